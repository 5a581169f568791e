#!/usr/bin/env python3
"""Measures Mastergate beside direct Redis and whatever other proxies are installed, and prints a table for the README.

Starts a real redis-server without persistence and each proxy in front of it, all on free ports of 127.0.0.1, each with
one thread. redis-benchmark then visits them in turn, round after round, in an order that rotates, so that what else
happens on the machine disturbs all of them alike. Rates and latencies are medians of the rounds. CPU seconds per million
commands are the steadiest figure of a shared machine. System calls are counted in a run of their own.

    python3 Tests/Tools/end-to-end.py            # under four minutes
    python3 Tests/Tools/end-to-end.py --quick    # under one
"""
import argparse, collections, csv, datetime, os, platform, re, resource, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOST = '127.0.0.1'
TICKS_PER_SECOND = os.sysconf('SC_CLK_TCK')
VALUE_BYTES = 64
SAMPLE_SECONDS_MAX = 30

# A measure: its name, redis-benchmark's words, and commands per sample, about a second's worth.
Measure = collections.namedtuple('Measure', 'name words commands')
MEASURES = [
    Measure('50 clients', ['-c', '50'], 100_000),
    Measure('50 clients, 16 pipelined', ['-c', '50', '-P', '16'], 600_000),
    Measure('1000 clients', ['-c', '1000'], 100_000),
    Measure('1 client', ['-c', '1'], 15_000),
]
SYSTEM_CALL_COMMANDS = 10_000

Sample = collections.namedtuple('Sample', 'rate p50 p99 proxy_cpu redis_cpu')


class Failure(Exception):
    """A program did not do what it should."""


class Peer:
    """A redis-server, or a proxy in front of one."""

    def __init__(self, name, port, words, folder):
        self.name = name
        self.port = port
        self.log = os.path.join(folder, name + '.log')
        self.samples = collections.defaultdict(list)
        self.system_calls = {}
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True)

    def await_answer(self, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with socket.create_connection((HOST, self.port), 1) as connection:
                    connection.sendall(b'*2\r\n$3\r\nGET\r\n$4\r\nnone\r\n')
                    if connection.recv(64).startswith(b'$-1'):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        with open(self.log, errors='replace') as log:
            raise Failure('%s does not answer: %s' % (self.name, log.read()[-300:].strip()))

    def cpu_seconds(self):
        """User and system time of all its threads so far."""
        with open('/proc/%d/stat' % self.process.pid) as stat:
            fields = stat.read().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def end(self):
        for number, seconds in ((signal.SIGTERM, 3), (signal.SIGKILL, 3)):
            if self.process.poll() is None:
                self.process.send_signal(number)
                try:
                    self.process.wait(seconds)
                except subprocess.TimeoutExpired:
                    pass


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, 'w') as file:
        file.write(text)
    return path


def haproxy_words(program, port, redis_port, folder):
    return [program, '-db', '-f', write(folder, 'haproxy.cfg', """\
global
    nbthread 1
    maxconn 4000
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen redis
    bind %s:%d
    server redis %s:%d
""" % (HOST, port, HOST, redis_port))]


def nutcracker_words(program, port, redis_port, folder):
    return [program, '--stats-addr=' + HOST, '--stats-port=%d' % free_port(), '--conf-file=' + write(folder, 'nutcracker.yml', """\
pool:
  listen: %s:%d
  redis: true
  hash: fnv1a_64
  distribution: modula
  preconnect: true
  servers:
   - %s:%d:1
""" % (HOST, port, HOST, redis_port))]


def envoy_words(program, port, redis_port, folder):
    return [program, '--concurrency', '1', '--disable-hot-restart', '--log-level', 'error', '-c', write(folder, 'envoy.yaml', """\
static_resources:
  listeners:
  - address: {socket_address: {address: %s, port_value: %d}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
          stat_prefix: redis
          settings: {op_timeout: 10s}
          prefix_routes: {catch_all_route: {cluster: redis}}
  clusters:
  - name: redis
    connect_timeout: 5s
    type: STATIC
    load_assignment:
      cluster_name: redis
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: %s, port_value: %d}}}
""" % (HOST, port, HOST, redis_port))]


def find(program):
    """Daemons often lie outside a user's PATH."""
    return shutil.which(program) or shutil.which(program, path='/usr/sbin:/usr/local/sbin')


def start_all(options, folder, peers):
    """Starts redis and every proxy that there is, appending each to `peers`, redis first."""
    redis_port = free_port()
    peers.append(Peer('direct', redis_port, [find('redis-server') or 'redis-server', '--port', str(redis_port), '--bind', HOST,
                                             '--save', '', '--appendonly', 'no', '--dir', folder, '--maxclients', '9000'], folder))
    peers[0].await_answer()
    words = {'mastergate': lambda port: [options.binary, 'run', '--upstream', '%s:%d' % (HOST, redis_port), '--threads', '1',
                                         '--listen', '%s:%d' % (HOST, port), '--http', 'off', '--admin', 'off']}
    others = (('haproxy', find('haproxy'), haproxy_words), ('nutcracker', find('nutcracker'), nutcracker_words),
              ('envoy', options.envoy or find('envoy'), envoy_words))
    for name, program, configured in others:
        if program:
            words[name] = lambda port, program=program, configured=configured: configured(program, port, redis_port, folder)
        else:
            print('%s is not installed here' % name, file=sys.stderr)
    for name in words:
        port = free_port()
        peers.append(Peer(name, port, words[name](port), folder))
        peers[-1].await_answer()


def redis_benchmark(peer, measure, commands, test='get'):
    """One run; requests per second and latencies in milliseconds."""
    words = ['redis-benchmark', '-h', HOST, '-p', str(peer.port), '-t', test, '-n', str(commands), '-d', str(VALUE_BYTES), '--csv']
    try:
        done = subprocess.run(words + measure.words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SAMPLE_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        raise Failure('%s: redis-benchmark with %s did not end within %d s' % (peer.name, measure.name, SAMPLE_SECONDS_MAX))
    rows = [row for row in csv.reader(done.stdout.splitlines()) if row and row[0].lower() == test]
    if not rows:
        raise Failure('%s: redis-benchmark with %s says %s' % (peer.name, measure.name, (done.stdout + done.stderr)[-300:]))
    # test, rps, average, least, p50, p95, p99, most
    return float(rows[0][1]), float(rows[0][4]), float(rows[0][6])


def sample(peer, redis, measure, commands):
    before = peer.cpu_seconds(), redis.cpu_seconds()
    rate, p50, p99 = redis_benchmark(peer, measure, commands)
    after = peer.cpu_seconds(), redis.cpu_seconds()
    million = commands / 1e6
    return Sample(rate, p50, p99, (after[0] - before[0]) / million, (after[1] - before[1]) / million)


def count_system_calls(peer, measure, folder):
    """System calls per command of `peer`, or None where strace may not look at it."""
    summary = os.path.join(folder, 'strace')
    tracer = subprocess.Popen(['strace', '-c', '-f', '-o', summary, '-p', str(peer.process.pid)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 5
        while not is_traced(peer.process.pid):
            if tracer.poll() is not None or time.monotonic() > deadline:
                return None
            time.sleep(0.02)
        redis_benchmark(peer, measure, SYSTEM_CALL_COMMANDS)
    finally:
        # The interrupt makes it let go and write its summary.
        if tracer.poll() is None:
            tracer.send_signal(signal.SIGINT)
        tracer.wait(10)
    with open(summary) as text:
        total = re.search(r'^\s*100\.00\s+\S+\s+(?:\d+\s+)?(\d+)\s+(?:\d+\s+)?total$', text.read(), re.M)
    return int(total.group(1)) / SYSTEM_CALL_COMMANDS if total else None


def is_traced(process_id):
    with open('/proc/%d/status' % process_id) as status:
        return not re.search(r'^TracerPid:\s+0$', status.read(), re.M)


def measure_all(peers, options, folder):
    """Fills the samples of `peers`; how many rounds were made before the time was up."""
    deadline = time.monotonic() + (20 if options.quick else 130)
    scale = 0.3 if options.quick else 1
    redis = peers[0]
    redis_benchmark(redis, MEASURES[0], 1, test='set')
    rounds = 0
    while rounds < (2 if options.quick else 7) and (rounds == 0 or time.monotonic() < deadline):
        for measure in MEASURES:
            for offset in range(len(peers)):
                peer = peers[(rounds + offset) % len(peers)]
                peer.samples[measure.name].append(sample(peer, redis, measure, int(measure.commands * scale)))
        rounds += 1
    if shutil.which('strace'):
        # Not for a thousand clients: so short a run would count the making of their connections.
        for measure in MEASURES[:2] if options.quick else MEASURES[:2] + MEASURES[3:]:
            for peer in peers[1:]:
                peer.system_calls[measure.name] = count_system_calls(peer, measure, folder)
    return rounds


def version(words):
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
        return re.search(r'\d+\.\d+(\.\d+)?', done.stdout + done.stderr).group(0)
    except (OSError, AttributeError, subprocess.TimeoutExpired):
        return '?'


def machine():
    with open('/proc/cpuinfo') as info:
        model = re.search(r'^model name\s*:\s*(.*)$', info.read(), re.M)
    return '%s, %d cores, Linux %s' % (model.group(1).strip() if model else platform.machine(), os.cpu_count(), platform.release())


def print_tables(peers, options, rounds):
    programs = {'haproxy': [find('haproxy'), '-v'], 'nutcracker': [find('nutcracker'), '--version'],
                'envoy': [options.envoy or find('envoy'), '--version'], 'direct': ['redis-server', '--version']}
    versions = ['%s %s' % ('redis' if peer.name == 'direct' else peer.name, version(programs[peer.name])) for peer in peers if peer.name in programs]
    print('GET of a %d-byte value by redis-benchmark, one thread each; %s; %s; %s; medians of %d interleaved rounds.\n' % (
        VALUE_BYTES, machine(), ', '.join(versions), datetime.date.today().isoformat(), rounds))
    print('| | | commands/s | p50, ms | p99, ms | CPU of the proxy, s per million | CPU of Redis, s per million | system calls per command |')
    print('|---|---|--:|--:|--:|--:|--:|--:|')
    for measure in MEASURES:
        for peer in peers:
            medians = [statistics.median(column) for column in zip(*peer.samples[measure.name])]
            # Ticks are coarse, so CPU times are taken over all rounds together.
            proxy, redis = (statistics.mean(column) for column in list(zip(*peer.samples[measure.name]))[3:])
            calls = peer.system_calls.get(measure.name)
            print('| %s | %s | %s | %.2f | %.2f | %s | %.2f | %s |' % (
                measure.name if peer is peers[0] else '', peer.name, format(round(medians[0]), ','), medians[1], medians[2],
                '' if peer is peers[0] else '%.2f' % proxy, redis, '' if calls is None else '%.2f' % calls))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--quick', action='store_true', help='fewer and shorter rounds')
    parser.add_argument('--binary', default=os.path.join(ROOT, '.build', 'release', 'mastergate'), metavar='PATH')
    parser.add_argument('--envoy', metavar='PATH', help='an envoy outside PATH')
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    # A thousand clients are two thousand descriptors in a proxy; children inherit the limit.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    peers = []
    with tempfile.TemporaryDirectory(prefix='mastergate-bench-') as folder:
        try:
            start_all(options, folder, peers)
            rounds = measure_all(peers, options, folder)
            print_tables(peers, options, rounds)
        except (Failure, OSError) as failure:
            print('end-to-end: %s' % failure, file=sys.stderr)
            return 2
        finally:
            for peer in reversed(peers):
                peer.end()
    return 0


if __name__ == '__main__':
    sys.exit(main())
