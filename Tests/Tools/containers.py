#!/usr/bin/env python3
"""docker/ for real, by podman: the image is built with docker/Dockerfile, docker/compose.yaml is started and mistreated, and
systemd runs the units of docker/systemd in a container.

    make containers           # about five minutes the first time, two later; root is needed

What the registries would give is made here by debootstrap: a Debian that is as bare as debian:bookworm-slim, the same with
Debian's Redis for redis:…, and the same with this machine's Swift toolchain for swift:… (mounted while the image is built).
So neither a registry nor an engine is needed. Images are kept below .build/containers. On Debian:

    apt-get install podman buildah runc debootstrap netavark aardvark-dns redis-tools
"""
import argparse, atexit, glob, http.client, json, os, shutil, socket, subprocess, sys, tempfile, threading, time, venv

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLACE = os.path.join(ROOT, '.build', 'containers')
COMPOSE = os.path.join(PLACE, 'compose', 'bin', 'podman-compose')
DEBIAN, REDIS, SWIFT, SYSTEMD, IMAGE = ('localhost/' + name for name in ('debian:bookworm-slim', 'redis:bookworm', 'swift:bookworm', 'systemd:bookworm', 'mastergate:latest'))
RESP_PORT, HTTP_PORT, SUBNET = 16379, 17379, '172.30.80'
SIZE_MAX_MB, MEMORY_MAX_MB, FIRST_ANSWER_MAX_MS = 40, 20, 300
SERVERS, SENTINELS = ['redis-1', 'redis-2', 'redis-3'], ['sentinel-1', 'sentinel-2', 'sentinel-3']
BEGAN = time.monotonic()


def tell(text):
    print('%6.1f s  %s' % (time.monotonic() - BEGAN, text), flush=True)


def run(*words, **options):
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if result.returncode:
        raise AssertionError('%s ended with %d:\n%s' % (' '.join(words[:4]), result.returncode, result.stdout[-3000:]))
    return result.stdout


def settings():
    """podman's own files, apart from the machine's: for machines without systemd, and with low limits."""
    files = {
        'containers.conf': '[containers]\ndefault_ulimits = ["nofile=16384:16384", "nproc=16384:16384"]\n'
                           '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n[network]\nnetwork_backend = "netavark"\n',
        'storage.conf': '[storage]\ndriver = "overlay"\nrunroot = "%s/run"\ngraphroot = "%s/graph"\n' % (PLACE, PLACE),
    }
    os.makedirs(PLACE, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(PLACE, name), 'w') as file:
            file.write(text)
    os.environ.update(CONTAINERS_CONF=PLACE + '/containers.conf', CONTAINERS_STORAGE_CONF=PLACE + '/storage.conf', REDIS_IMAGE=REDIS,
                      MASTERGATE_IMAGE=IMAGE, RESP_PORT=str(RESP_PORT), HTTP_PORT=str(HTTP_PORT), SUBNET=SUBNET)
    if not os.path.exists(COMPOSE):
        venv.create(os.path.join(PLACE, 'compose'), with_pip=True, symlinks=True)
        run(os.path.join(PLACE, 'compose', 'bin', 'pip'), 'install', '-q', '--disable-pip-version-check', 'podman-compose==1.6.0')


def has_image(name):
    return subprocess.run(['podman', 'image', 'exists', name]).returncode == 0


def package_mirror():
    """Where git reads packages instead of GitHub on this machine, if it does: folder and what it stands for."""
    result = subprocess.run(['git', 'config', '--get-regexp', r'^url\..*\.insteadof$'], stdout=subprocess.PIPE, text=True)
    for line in result.stdout.splitlines():
        key, address = line.split(' ', 1)
        folder = key[len('url.'):-len('.insteadof')]
        if address == 'https://github.com/' and os.path.isdir(folder):
            return folder
    return None


def make_bases(folder):
    if not has_image(DEBIAN):
        root = os.path.join(folder, 'debian')
        run('debootstrap', '--variant=minbase', 'bookworm', root)
        for pattern in ('var/cache/apt/archives/*.deb', 'var/lib/apt/lists/*', 'usr/share/doc/*', 'usr/share/man/*', 'usr/share/locale/*', 'usr/share/info/*'):
            for path in glob.glob(os.path.join(root, pattern)):
                shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path)
        with open(os.path.join(root, 'etc/dpkg/dpkg.cfg.d/slim'), 'w') as file:
            file.write(''.join('path-exclude /usr/share/%s/*\n' % name for name in ('doc', 'man', 'locale', 'info')))
        run('sh', '-c', 'tar -C %s -c . | podman import --change CMD=bash - %s' % (root, DEBIAN))
        tell('a Debian by debootstrap: %s' % DEBIAN)
    if not has_image(REDIS):
        build_base(folder, REDIS, 'RUN groupadd -r -g 999 redis && useradd -r -u 999 -g redis redis && apt-get update '
                   '&& apt-get install -y --no-install-recommends redis-server redis-sentinel redis-tools && rm -rf /var/lib/apt/lists/*\n')
    if not has_image(SWIFT):
        mirror = package_mirror()
        build_base(folder, SWIFT, 'RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends binutils g++ git '
                   'libc6-dev libstdc++-12-dev libcurl4 libxml2 libedit2 libsqlite3-0 libncurses6 libpython3.11 tzdata ca-certificates && rm -rf /var/lib/apt/lists/*\n'
                   'ENV PATH=%s:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' % os.path.dirname(swift())
                   + ('RUN git config --system url.%s.insteadOf https://github.com/ && git config --system --add safe.directory "*"\n' % mirror if mirror else ''))


def make_system(folder):
    """The image with systemd in it, and what the trial of the units needs."""
    path = os.path.join(folder, 'System')
    with open(path, 'w') as file:
        file.write('FROM %s\nUSER 0\nHEALTHCHECK NONE\nRUN apt-get update && apt-get install -y --no-install-recommends systemd procps redis-server redis-tools curl '
                   '&& rm -rf /var/lib/apt/lists/* && systemctl disable redis-server && systemctl mask systemd-logind systemd-udevd getty@tty1 console-getty\n'
                   'ENTRYPOINT ["/lib/systemd/systemd"]\nCMD []\n' % IMAGE)
    run('buildah', 'bud', '--network', 'host', '--format', 'docker', '-t', SYSTEMD, '-f', path, folder)


def swift():
    path = shutil.which('swift') or sys.exit('no Swift toolchain in PATH')
    return os.path.realpath(path)[:-len('swift-package')] + 'swift' if os.path.realpath(path).endswith('swift-package') else path


def build_base(folder, name, steps):
    path = os.path.join(folder, 'Base')
    with open(path, 'w') as file:
        file.write('FROM %s\n%s' % (DEBIAN, steps))
    run('buildah', 'bud', '--network', 'host', '-t', name, '-f', path, folder)
    tell(name)


def build_image():
    toolchain = os.path.dirname(os.path.dirname(os.path.dirname(swift())))
    mounts = ['-v', '%s:%s:ro' % (toolchain, toolchain)]
    if mirror := package_mirror():
        mounts += ['-v', '%s:%s:ro' % (mirror.rstrip('/'), mirror.rstrip('/'))]
    run('buildah', 'bud', '--network', 'host', '--format', 'docker', '--build-arg', 'BUILD_IMAGE=' + SWIFT, '--build-arg', 'RUN_IMAGE=' + DEBIAN,
        *mounts, '-f', 'docker/Dockerfile', '-t', IMAGE, '.', cwd=ROOT)
    size = [json.loads(run('podman', 'image', 'inspect', name))[0]['Size'] / 1e6 for name in (IMAGE, DEBIAN)]
    assert size[0] - size[1] <= SIZE_MAX_MB, 'the image adds %.1f MB to its base' % (size[0] - size[1])
    tell('docker/Dockerfile built: adds %.1f MB to its base of %.1f MB' % (size[0] - size[1], size[1]))


def compose(*words):
    return run(COMPOSE, '-f', 'docker/compose.yaml', *words, cwd=ROOT)


def container(name):
    return 'mastergate_%s_1' % name


def state(name):
    return json.loads(run('podman', 'inspect', container(name)))[0]['State']


def kill(name):
    """Ends the container's process from outside, as the kernel does when memory is short."""
    os.kill(state(name)['Pid'], 9)


def restart(name):
    """Starts it again, as `restart: unless-stopped` has it. podman does not: it wants the container `secrets` to be running
    first, which has done its work and ended."""
    run('podman', 'start', container(name))


def is_healthy(name):
    """Runs the healthcheck once; podman without systemd has nobody to run it regularly."""
    return subprocess.run(['podman', 'healthcheck', 'run', container(name)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def mastergate(*words):
    return run('podman', 'exec', container('mastergate'), 'mastergate', *words)


def fact():
    """What Mastergate knows of the master."""
    return json.loads(mastergate('status', '--json'))['masters'][0]


def master_name():
    return fact()['master'].split(':')[0]


def is_whole():
    master = fact()
    return (master['answering'] and sum(replica['online'] for replica in master['replicas']) == 2
            and sum(sentinel['answering'] and sentinel['claim'] == master['master'] for sentinel in master['sentinels']) == 3)


def curl(path, timeout=30):
    connection = http.client.HTTPConnection('127.0.0.1', HTTP_PORT, timeout=timeout)
    connection.request('GET', path)
    return connection.getresponse().read().decode()


def redis_cli(*words):
    return subprocess.run(['redis-cli', '-p', str(RESP_PORT), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout.strip()


def wait(what, condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (OSError, AssertionError, ValueError, KeyError, IndexError, http.client.HTTPException):
            pass
        time.sleep(0.1)
    raise AssertionError('waited %d s in vain for %s' % (seconds, what))


class Users(threading.Thread):
    """curl and redis-cli in turns, all the while."""

    def __init__(self):
        super().__init__(daemon=True)
        self.isEnding, self.count, self.others, self.longest = False, 0, [], 0.0
        self.start()

    def run(self):
        while not self.isEnding:
            began = time.monotonic()
            for answer, wanted in ((curl('/INCR/http', 60), '{"INCR":'), (redis_cli('INCR', 'resp'), '')):
                if answer.startswith(wanted) and answer.strip('{}"INCR:').isdigit():
                    self.count += 1
                else:
                    self.others.append(answer)
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(0.01)

    def finish(self):
        self.isEnding = True
        self.join(120)
        strange = [answer for answer in self.others if 'UNKNOWN' not in answer and '504' not in answer]
        assert not strange, 'users were told: %s' % strange[:3]
        return '%d answered, %d with unknown outcome, longest wait %d ms' % (self.count, len(self.others), self.longest * 1000)


def check_container():
    status = open('/proc/%d/status' % state('mastergate')['Pid']).read()
    fields = dict(line.split(':\t', 1) for line in status.splitlines())
    memory = int(fields['VmRSS'].split()[0]) / 1024
    assert memory <= MEMORY_MAX_MB, '%.1f MB of memory' % memory
    assert fields['Uid'].split()[0] == '10001' and int(fields['CapEff'], 16) == 0 and fields['NoNewPrivs'] == '1', status
    assert 'Read-only' in subprocess.run(['podman', 'exec', container('mastergate'), 'touch', '/x'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    assert mastergate('health').startswith('ready')
    tell('Mastergate: %.1f MB of memory, user 10001, no capability, read-only, healthy' % memory)


def check_first_answer():
    """From the start of the process to the first answer, with sentinels that answer: of new containers beside the set-up."""
    hosts = [word for i in (1, 2, 3) for word in ('--add-host', 'redis-%d:%s.1%d' % (i, SUBNET, i), '--add-host', 'sentinel-%d:%s.2%d' % (i, SUBNET, i))]
    settings = [word for name, value in (('SENTINEL', 'sentinel-1,sentinel-2,sentinel-3'), ('SENTINEL_PASSWORD', 'file:/secrets/sentinel'),
                                         ('REDIS_PASSWORD', 'file:/secrets/redis'), ('ALLOW', SUBNET + '.0/24')) for word in ('-e', 'MASTERGATE_%s=%s' % (name, value))]
    times = []
    for number in range(7):
        # An address that nobody had: the engine's network remembers where an old one led.
        name, address = 'mastergate_new', '%s.%d' % (SUBNET, 100 + number)
        starting = subprocess.Popen(['podman', 'run', '-d', '--rm', '--name', name, '--network', 'mastergate_redis', '--ip', address, '--read-only', '--cap-drop', 'ALL',
                                     '-v', 'mastergate_secrets:/secrets:ro', *hosts, *settings, IMAGE], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            assert time.monotonic() < deadline, 'no answer within 30 s'
            try:
                with socket.create_connection((address, 7379), 0.2) as connection:
                    connection.settimeout(20)
                    connection.sendall(b'GET /GET/hello HTTP/1.1\r\nHost: x\r\n\r\n')
                    if b'world' in connection.recv(1000):
                        break
            except OSError:
                time.sleep(0.002)
        answered = time.clock_gettime(time.CLOCK_BOOTTIME)
        starting.wait()
        process = json.loads(run('podman', 'inspect', name))[0]['State']['Pid']
        with open('/proc/%d/stat' % process) as file:
            times.append((answered - int(file.read().rsplit(')', 1)[1].split()[19]) / os.sysconf('SC_CLK_TCK')) * 1000)
        run('podman', 'rm', '-f', '-t', '0', name)
    times.sort()
    assert times[3] <= FIRST_ANSWER_MAX_MS, times
    tell('start of the process to the first answer: %s ms' % ', '.join('%d' % t for t in times))


def scenarios():
    compose('up', '-d', '--no-build')
    wait('curl', lambda: curl('/SET/hello/world', 2) == '{"SET":[true,"OK"]}')
    assert redis_cli('GET', 'hello') == 'world'
    tell('up: curl and redis-cli are answered')
    wait('everybody', is_whole)
    wait('every healthcheck', lambda: all(is_healthy(name) for name in SERVERS + SENTINELS + ['mastergate']))
    check_container()
    check_first_answer()
    wait('everybody', is_whole)

    for _ in range(2):
        users, old = Users(), master_name()
        time.sleep(1)
        kill(old)
        wait('another master', lambda: master_name() != old)
        time.sleep(2)
        tell('kill -9 of the master %s, %s took over: %s' % (old, master_name(), users.finish()))
        restart(old)
        wait('the old master as a replica', is_whole)
        tell('%s is back, as a replica' % old)

    # A container that is down has no name for the engine's DNS: sentinels that looked it up would stand still just then.
    users, old = Users(), master_name()
    absent = next(name for name in SERVERS if name != old)
    run('podman', 'stop', '-t', '5', container(absent))
    time.sleep(3)
    kill(old)
    wait('the third server to take over', lambda: master_name() not in (old, absent))
    time.sleep(1)
    tell('%s stopped, then kill -9 of the master %s: %s took over: %s' % (absent, old, master_name(), users.finish()))
    for name in (absent, old):
        restart(name)
    wait('both as replicas', is_whole)

    users, master = Users(), master_name()
    for name in SERVERS + SENTINELS:
        kill(name)
    assert not is_healthy(master)
    for name in SERVERS + SENTINELS:
        restart(name)
    wait('everybody', is_whole)
    assert master_name() == master
    time.sleep(1)
    tell('all six killed at once and started again, the master is %s as before: %s' % (master, users.finish()))
    assert redis_cli('GET', 'hello') == 'world'
    log = run('podman', 'logs', container('mastergate'))
    run('podman', 'stop', '-t', '15', container('mastergate'))
    assert state('mastergate')['ExitCode'] == 0, log[-1000:]
    tell('Mastergate drained and ended with 0')


def check_service(folder):
    """The units, by a systemd of their own. LoadCredential needs what a container has not, so passwords come from files here."""
    make_system(folder)
    name, place = 'mastergate_system', os.path.join(folder, 'system')
    os.mkdir(place)
    texts = {
        'mastergate.yaml': 'upstream: 127.0.0.1:6399\nlisten: {address: "127.0.0.1:6379"}\nhttp: {address: "127.0.0.1:7379"}\nclient: {password: file:/etc/mastergate/clients}\n',
        'clients': 'pw\n',
        'here.conf': '[Service]\nLoadCredential=\n',
    }
    for file_name, text in texts.items():
        with open(os.path.join(place, file_name), 'w') as file:
            file.write(text)
    run('podman', 'run', '-d', '--name', name, '--privileged', '--systemd=always', '--network', 'none', '-v', place + ':/etc/mastergate:ro',
        '-v', os.path.join(ROOT, 'docker', 'systemd') + ':/units:ro', SYSTEMD)
    atexit.register(lambda: subprocess.run(['podman', 'rm', '-f', '-t', '0', name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def inside(command):
        return run('podman', 'exec', name, 'sh', '-c', command)

    wait('systemd', lambda: inside('systemctl is-system-running || true').strip() in ('running', 'degraded'))
    inside('cp /units/* /etc/systemd/system/; mkdir /etc/systemd/system/mastergate.service.d; cp /etc/mastergate/here.conf /etc/systemd/system/mastergate.service.d/;'
           'redis-server --port 6399 --save "" --dir /tmp --daemonize yes; systemctl daemon-reload; systemctl start mastergate.socket')
    assert inside('systemctl is-active mastergate.service || true').strip() == 'inactive'
    assert '{"SET":[true,"OK"]}' in inside('curl -s -m 10 -u :pw http://127.0.0.1:7379/SET/n/0')
    process = '/proc/$(systemctl show -p MainPID --value mastergate)'
    facts = inside('grep -E "^(CapEff|NoNewPrivs|Seccomp|Uid):" %s/status' % process)
    assert 'NoNewPrivs:\t1' in facts and 'Seccomp:\t2' in facts and 'Uid:\t0' not in facts and 'CapEff:\t0000000000000000' in facts, facts
    tell('systemd: the first connection to the socket started the service, with all restrictions')
    inside('systemctl reload mastergate')
    # Another process takes over, and systemd knows it for the service.
    def main_process():
        return inside('systemctl show -p MainPID --value mastergate').strip()
    first = main_process()
    asking = subprocess.Popen(['podman', 'exec', name, 'sh', '-c', 'for i in $(seq 300); do curl -s -m 10 -u :pw http://127.0.0.1:7379/INCR/u; echo; done'],
                              stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)
    inside('systemctl kill --kill-whom=main -s USR2 mastergate')
    wait('another main process', lambda: main_process() not in (first, '0'))
    answers = asking.communicate()[0].split()
    assert len(answers) == 300 and all(answer.startswith('{"INCR":') for answer in answers), answers
    wait('the old process to end', lambda: inside('kill -0 %s 2>/dev/null && echo there || echo gone' % first).strip() == 'gone')
    assert 'ActiveState=active' in inside('systemctl show -p ActiveState mastergate')
    tell('systemd: upgraded by SIGUSR2 under 300 requests, none of which failed')
    # New connections one after the other, while the service is restarted and killed.
    asking = subprocess.Popen(['podman', 'exec', name, 'sh', '-c', 'for i in $(seq 1000); do curl -s -m 10 -u :pw http://127.0.0.1:7379/INCR/n; echo; done'],
                              stdout=subprocess.PIPE, text=True)
    for _ in range(3):
        time.sleep(1)
        inside('systemctl restart mastergate')
    inside('kill -9 $(systemctl show -p MainPID --value mastergate)')
    answers = asking.communicate()[0].split()
    others = [answer for answer in answers if not answer.startswith('{"INCR":')]
    # Those under way when it is killed get no answer, which is an empty line and no word.
    assert not others and len(answers) >= 998, (len(answers), others[:3])
    tell('systemd: reloaded; restarted three times and killed once while 1000 new connections came: %d answered' % len(answers))
    assert 'ActiveState=active' in inside('systemctl show -p ActiveState mastergate')


def down():
    subprocess.run([COMPOSE, '-f', 'docker/compose.yaml', 'down', '-v', '-t', '1'], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--no-build', action='store_true', help='take the image that is there')
    arguments = parser.parse_args()
    missing = [name for name in ('podman', 'buildah', 'runc', 'debootstrap', 'redis-cli') if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        sys.exit('not installed: %s' % ', '.join(missing) if missing else 'only root can do this')
    settings()
    folder = tempfile.mkdtemp(prefix='mastergate-containers-')
    try:
        make_bases(folder)
        if not arguments.no_build or not has_image(IMAGE):
            build_image()
        down()
        atexit.register(down)
        scenarios()
        down()
        check_service(folder)
    except AssertionError as problem:
        print('FAILED: %s' % problem)
        for name in SERVERS + SENTINELS + ['mastergate']:
            print('--- %s\n%s' % (name, subprocess.run(['podman', 'logs', '--tail', '12', container(name)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout))
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
