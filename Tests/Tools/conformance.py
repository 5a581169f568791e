#!/usr/bin/env python3
"""Runs Redis's own test suite against a real redis-server with Mastergate in front of it.

The suite is the one of the redis source package of Debian 12, in its external-server mode: it starts no server itself
and leaves out what needs one. A plain redis-server passes 1803 tests of it (--direct shows that); behind Mastergate all but the one named below must pass.
Exits with 1 when a test fails or when fewer than that ran, with 2 when the run could not be made.

    python3 Tests/Tools/conformance.py                             # about three minutes
    python3 Tests/Tools/conformance.py --single unit/type/list     # one file of the suite

Another server with its own suite: REDIS_SERVER names the program (of Redis 8 or Valkey, say), REDIS_SUITE its source archive. The
suite runs without Mastergate first; whatever passes there has to pass behind Mastergate, save for what is named below.
"""
import argparse, glob, os, re, shutil, signal, socket, subprocess, sys, tarfile, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.path.join(ROOT, '.build', 'conformance')
VERSION = '7.0.15'
TESTS_MIN = 1803
SUITE_SECONDS_MAX = 20 * 60
# Left out, with and without a proxy: what takes minutes, what looks into the server by DEBUG, and one test that waits for
# a hash table of a shape that an external server gets by luck only.
SELECTION = ['--tags', '-slow -needs:debug', '--skiptest', 'SRANDMEMBER with a dict containing long chain']
# Left out of other suites with a proxy that shares connections: they look in CLIENT LIST for the last command of a connection that its
# client has given back by then, or for the buffers of one that it has only when it asks.
SHARED_CONNECTIONS = [
    'CLIENT KILL SKIPME YES/NO will kill all clients',
    'PUBLISH/SUBSCRIBE after UNSUBSCRIBE without arguments', 'PUBLISH/PSUBSCRIBE after PUNSUBSCRIBE without arguments',
    'BRPOPLPUSH does not affect WATCH while still blocked',
    'CLIENT INFO', 'Client executes small argv commands using reusable query buffer', 'Client executes small argv commands using shared query buffer',
]
# Left out with a proxy that shares connections: it kills every connection of the server and then wants to count three,
# one for each of its clients; behind Mastergate three clients may have one connection between them, or ten lying ready.
SELECTION_BEHIND_PROXY = ['--skiptest', 'CLIENT KILL SKIPME YES/NO will kill all clients']


class Unusable(Exception):
    """The run could not be made."""


def run(words, **options):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        raise Unusable('%s ended with %d' % (' '.join(words), done.returncode))


def install_missing():
    programs = {'tclsh': 'tcl', 'ps': 'procps', 'redis-server': 'redis-server', 'redis-cli': 'redis-tools'}
    packages = [package for program, package in programs.items() if not shutil.which(program)]
    if not packages:
        return
    print('installing what is missing:', *packages, flush=True)
    root = [] if os.getuid() == 0 else ['sudo']
    run(root + ['apt-get', 'update', '-q'])
    run(root + ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-q', '-y', '--no-install-recommends'] + packages)


def ask_for_sources(folder):
    """Writes the system's own lists of packages to `folder`, turned into lists of sources."""
    os.makedirs(folder, exist_ok=True)
    for path in glob.glob('/etc/apt/sources.list') + glob.glob('/etc/apt/sources.list.d/*'):
        kind = os.path.splitext(path)[1]
        if kind not in ('.list', '.sources'):
            continue
        with open(path) as file:
            text = file.read()
        text = re.sub(r'^Types:.*', 'Types: deb-src', text, flags=re.M) if kind == '.sources' else re.sub(r'^deb\s', 'deb-src ', text, flags=re.M)
        with open(os.path.join(folder, os.path.basename(path)), 'w') as file:
            file.write(text)


def fetch_source():
    """The path of the source archive, downloaded once. apt checks it against Debian's signature."""
    archive = os.path.join(CACHE, 'redis_%s.orig.tar.gz' % VERSION)
    if os.path.exists(archive):
        return archive
    # Lists of our own, so that the system's stay as they are.
    lists = os.path.join(CACHE, 'lists')
    os.makedirs(os.path.join(lists, 'partial'), exist_ok=True)
    parts = os.path.join(CACHE, 'sources')
    ask_for_sources(parts)
    apt = ['apt-get', '-q', '-o', 'Dir::Etc::sourcelist=/dev/null', '-o', 'Dir::Etc::sourceparts=' + parts,
           '-o', 'Dir::State::lists=' + lists, '-o', 'APT::Sandbox::User=']
    run(apt + ['update'])
    run(apt + ['source', '--download-only', 'redis'], cwd=CACHE)
    if not os.path.exists(archive):
        raise Unusable('Debian no longer offers redis %s: adapt VERSION and TESTS_MIN' % VERSION)
    return archive


def other_server():
    """The server that REDIS_SERVER names, and the archive of its suite; None where it is the installed one."""
    program = os.environ.get('REDIS_SERVER')
    if not program:
        return None
    suite = os.environ.get('REDIS_SUITE')
    if not suite or not os.path.exists(suite):
        raise Unusable('REDIS_SUITE must name the source archive of the server that REDIS_SERVER names')
    return os.path.abspath(program), os.path.abspath(suite)


def unpack(archive, folder, server):
    """The folder of the suite, with the installed programs in the places where it looks for its own."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder)
        source = os.path.join(folder, tar.getnames()[0].split('/')[0])
    for kind in ('redis', 'valkey'):
        for name in ('cli', 'benchmark', 'server', 'sentinel'):
            name = '%s-%s' % (kind, name)
            beside = os.path.join(os.path.dirname(server), name)
            installed = beside if os.path.exists(beside) else shutil.which(name)
            place = os.path.join(source, 'src', name)
            if installed and not os.path.lexists(place):
                os.symlink(installed, place)
    return source


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def suite_ports():
    """The first of 500 ports for the suite's own use, other ones than those of another run on this machine.

    The suite looks for a port of its control from 32 below, and takes one for free that another run listens at.
    """
    stretches = [12032 + 532 * index for index in range(18)]
    start = os.getpid() % len(stretches)
    for first in stretches[start:] + stretches[:start]:
        with socket.socket() as probe:
            try:
                probe.bind(('127.0.0.1', first - 32))
                return first
            except OSError:
                pass
    raise Unusable('no ports are left for the suite')


def await_answer(port, process, name, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Unusable('%s ended at once with %d' % (name, process.returncode))
        try:
            with socket.create_connection(('127.0.0.1', port), 1) as connection:
                connection.sendall(b'PING\r\n')
                if connection.recv(64).startswith(b'+PONG'):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise Unusable('%s did not answer within %d s' % (name, seconds))


def end(process):
    """Ends a process that this script has started, with the group that it leads."""
    for number, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
            process.wait(seconds)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def start(words, log, **options):
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **options)


def run_suite(options, other, folder, log, started):
    """Runs the suite; what it printed, and whether it came to its end."""
    program, archive = other or (shutil.which('redis-server'), fetch_source())
    source = unpack(archive, folder, program)
    port = free_port()
    server = start([program, '--port', str(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder,
                    '--enable-debug-command', 'yes', '--enable-protected-configs', 'yes', '--enable-module-command', 'yes'],
                   open(log + '.redis', 'wb'))
    started.append(server)
    await_answer(port, server, 'redis-server')
    if not options.direct:
        redis_port, port = port, free_port()
        proxy = start([options.binary, 'run', '--upstream', '127.0.0.1:%d' % redis_port, '--listen', '127.0.0.1:%d' % port,
                       '--http', 'off', '--admin', 'off', '--threads', options.threads], open(log + '.mastergate', 'wb'))
        started.append(proxy)
        await_answer(port, proxy, 'mastergate')
    words = ['./runtest', '--host', '127.0.0.1', '--port', str(port), '--baseport', str(suite_ports()), '--portcount', '500'] + SELECTION
    if not options.direct:
        for name in SHARED_CONNECTIONS if other else []:
            words += ['--skiptest', name]
        words += SELECTION_BEHIND_PROXY if not other else []
    for name in options.single:
        words += ['--single', name]
    with open(log, 'wb') as output:
        suite = start(words, output, cwd=source)
        started.append(suite)
        deadline = time.monotonic() + SUITE_SECONDS_MAX
        while suite.poll() is None and time.monotonic() < deadline:
            time.sleep(0.5)
    with open(log, errors='replace') as output:
        printed = re.sub(r'\x1b\[[0-9;]*m', '', output.read())
    for process, name in zip(started, ('redis-server', 'mastergate')):
        if process is not suite and process.poll() is not None:
            printed += '[exception]: %s ended during the run\n' % name
    return printed, suite.poll() is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--direct', action='store_true', help='without Mastergate, to compare')
    parser.add_argument('--single', action='append', default=[], metavar='FILE', help='only this file of the suite; may be repeated')
    parser.add_argument('--binary', default=os.path.join(ROOT, '.build', 'release', 'mastergate'), metavar='PATH')
    parser.add_argument('--threads', default=os.environ.get('THREADS', '1'), metavar='N', help='threads of Mastergate')
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))

    os.makedirs(CACHE, exist_ok=True)
    try:
        if not options.direct and not os.access(options.binary, os.X_OK):
            raise Unusable('there is no %s: run `make build`' % options.binary)
        install_missing()
        other = other_server()
        if other and not options.direct:
            options.direct = True
            known, passed_directly, _ = run_once(options, other)
            options.direct = False
        else:
            known, passed_directly = [], None
        failed, passed, is_whole = run_once(options, other)
    except (Unusable, OSError) as error:
        print('conformance:', error, file=sys.stderr)
        return 2

    new = [line for line in failed if title(line) not in map(title, known)]
    if passed_directly is not None:
        print('behind Mastergate %d tests fail that pass without it' % len(new))
        expected = passed_directly - len(SHARED_CONNECTIONS) - len(failed)
    else:
        expected = TESTS_MIN if options.direct else TESTS_MIN - len(SELECTION_BEHIND_PROXY) // 2
    if other and options.direct:
        expected = 1
    is_enough = passed > 0 if options.single else passed >= expected
    if not is_enough and not options.single:
        print('%d tests were expected to pass at least' % expected)
    return 0 if not new and is_whole and is_enough else 1


def title(line):
    """The name of the test that a line is about."""
    return re.sub(r'^\[\w+\]:? *|: .*|\(\d+ ms\)| in tests/.*', '', line)


def run_once(options, other):
    """Runs the suite: the lines of what failed, how many tests passed, and whether it came to its end."""
    name = ('direct' if options.direct else 'threads-' + options.threads) + ('-' + os.path.basename(other[1]).split('.tar')[0] if other else '')
    log = os.path.join(CACHE, name + '.log')
    started = []
    with tempfile.TemporaryDirectory(prefix='mastergate-conformance-') as folder:
        try:
            begun = time.monotonic()
            printed, is_whole = run_suite(options, other, folder, log, started)
        finally:
            for process in reversed(started):
                end(process)
    passed = len(re.findall(r'^\[ok\]', printed, re.M))
    failed = re.findall(r'^\[(?:err|exception|timeout)\].*', printed, re.M)
    for line in failed:
        print(line)
    print('%d ok, %d err in %d s (%s; log: %s)' % (passed, len(failed), time.monotonic() - begun, name, os.path.relpath(log, os.getcwd())))
    if not is_whole:
        print('the suite did not end within %d s' % SUITE_SECONDS_MAX)
    return failed, passed, is_whole


if __name__ == '__main__':
    sys.exit(main())
