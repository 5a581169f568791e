#!/usr/bin/env python3
"""Failovers for minutes on end: a real cluster, clients that never stop, and a new master every 20 s.

    make soak                                  # 10 minutes
    python3 Tests/Tools/soak.py --seconds 120  # less

Every second failover is planned (PUT /failover), the others kill the master with SIGKILL and bring it back as a replica.
Clients over RESP and HTTP write to lists, each value once, and count what they were told. It fails when

- a value is there twice, or is there though its client was told that it was not executed;
- a client's connection is closed, or a planned failover fails a command or leaves an outcome unknown;
- memory or open files of the proxy grow from the first third of the time to the last.
"""
import argparse, atexit, http.client, os, shutil, signal, socket, subprocess, sys, tempfile, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PERIOD = 20.0
GROWTH_MAX_MB = 4.0
GROWTH_MAX_FILES = 8
PROCESSES = []


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(('127.0.0.1', 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def start(words, log):
    process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    PROCESSES.append(process)
    return process


@atexit.register
def end_all():
    for process in PROCESSES:
        if process.poll() is None:
            process.kill()
            process.wait()


class Redis:
    """A plain RESP2 client of blocking calls."""

    def __init__(self, port, timeout=30.0):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile('rb')

    def command(self, *words):
        request = b'*%d\r\n' % len(words)
        for word in words:
            word = str(word).encode()
            request += b'$%d\r\n%s\r\n' % (len(word), word)
        self.socket.sendall(request)
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line.endswith(b'\r\n'):
            raise ConnectionError('closed')
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b'-':
            return RuntimeError(rest)
        if kind == b'$':
            return None if rest == '-1' else self.file.read(int(rest) + 2)[:-2].decode()
        if kind == b'*':
            return None if rest == '-1' else [self.reply() for _ in range(int(rest))]
        return int(rest) if kind == b':' else rest


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.log = open(os.path.join(folder, 'redis.log'), 'wb')
        ports = free_ports(6)
        self.servers, self.sentinels = ports[:3], ports[3:]
        self.processes = {}
        for port in self.servers:
            self.start_server(port, None if port == self.servers[0] else self.servers[0])
        wait('the replicas', lambda: Redis(self.servers[0]).command('INFO', 'replication').count('state=online') == 2)
        for port in self.sentinels:
            path = os.path.join(folder, 'sentinel-%d.conf' % port)
            with open(path, 'w') as file:
                file.write('port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor mymaster 127.0.0.1 %d 2\n'
                           'sentinel down-after-milliseconds mymaster 1200\nsentinel failover-timeout mymaster 5000\n'
                           % (port, folder, self.servers[0]))
            start(['redis-sentinel', path], self.log)
        wait('the sentinels', lambda: all(self.sentinel_ready(port) for port in self.sentinels))

    def start_server(self, port, master):
        words = ['redis-server', '--port', str(port), '--bind', '127.0.0.1', '--save', '', '--dir', self.folder, '--repl-diskless-sync-delay', '0']
        if master:
            words += ['--replicaof', '127.0.0.1 %d' % master]
        self.processes[port] = start(words, self.log)

    def sentinel_ready(self, port):
        fields = Redis(port).command('SENTINEL', 'MASTER', 'mymaster')
        fields = dict(zip(fields[::2], fields[1::2]))
        return fields['num-other-sentinels'] == '2' and fields['num-slaves'] == '2'

    def master(self):
        return int(Redis(self.sentinels[0]).command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')[1])

    def all_in_step(self):
        """Whether every sentinel names one master, that has two online replicas, and the sentinels know them as such."""
        named = {tuple(Redis(port).command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')) for port in self.sentinels}
        replicas = [dict(zip(r[::2], r[1::2])) for port in self.sentinels for r in Redis(port).command('SENTINEL', 'REPLICAS', 'mymaster')]
        if sum(r['master-link-status'] == 'ok' and r['flags'] == 'slave' for r in replicas) < 2 * len(self.sentinels):
            return False
        return len(named) == 1 and Redis(int(named.pop()[1])).command('INFO', 'replication').count('state=online') == 2


def wait(what, condition, seconds=40.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (OSError, TypeError, ValueError, KeyError, AttributeError):
            pass
        time.sleep(0.05)
    sys.exit('soak: waited in vain for ' + what)


class Writer(threading.Thread):
    """Appends one value after another to a list of its own, and notes what it was told of each."""

    def __init__(self, name, port, over_http):
        super().__init__(daemon=True)
        self.name, self.port, self.over_http = name, port, over_http
        self.told = {}
        self.closed = []
        self.halt = False

    def run(self):
        number, connection = 0, None
        while not self.halt:
            number += 1
            try:
                if connection is None:
                    connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=30) if self.over_http else Redis(self.port)
                self.told[number] = self.over_http_told(connection, number) if self.over_http else self.over_resp_told(connection, number)
            except (OSError, ConnectionError, http.client.HTTPException) as error:
                self.told[number] = 'unknown'
                self.closed.append((time.monotonic(), repr(error)))
                connection = None
            time.sleep(0.002)

    def over_resp_told(self, connection, number):
        # Every third over a link of its own.
        words = ('EVAL', "return redis.call('rpush', KEYS[1], ARGV[1])", 1, self.name, number) if number % 3 == 0 else ('RPUSH', self.name, number)
        reply = connection.command(*words)
        if isinstance(reply, int):
            return 'written'
        return 'unknown' if str(reply).startswith('UNKNOWN') else 'refused'

    def over_http_told(self, connection, number):
        connection.request('GET', '/RPUSH/%s/%d' % (self.name, number))
        answer = connection.getresponse()
        answer.read()
        return {200: 'written', 504: 'unknown'}.get(answer.status, 'refused')

    def count(self, what):
        return sum(1 for told in list(self.told.values()) if told == what)


def memory_and_files(pid):
    with open('/proc/%d/statm' % pid) as file:
        pages = int(file.read().split()[1])
    return pages * os.sysconf('SC_PAGE_SIZE') / 1e6, len(os.listdir('/proc/%d/fd' % pid))


def failover(cluster, admin, writers, is_planned, problems):
    old = cluster.master()
    before = [(w.count('unknown'), w.count('refused'), len(w.closed)) for w in writers]
    if is_planned:
        connection = http.client.HTTPConnection('127.0.0.1', admin, timeout=40)
        connection.request('PUT', '/failover')
        answer = connection.getresponse()
        text = answer.read().decode().strip()
        if answer.status != 200:
            problems.append('planned failover: ' + text)
    else:
        cluster.processes[old].kill()
        cluster.processes[old].wait()
        wait('another master', lambda: cluster.master() != old)
        text = 'killed %d, new master %d' % (old, cluster.master())
        cluster.start_server(old, cluster.master())
    time.sleep(2)
    after = [(w.count('unknown'), w.count('refused'), len(w.closed)) for w in writers]
    unknown, refused, closed = [sum(b[i] - a[i] for a, b in zip(before, after)) for i in range(3)]
    print('%s: %s; unknown %d, refused %d, closed %d' % ('planned' if is_planned else 'crash', text, unknown, refused, closed), flush=True)
    if closed:
        problems.append('%d connections closed by a failover' % closed)
    if is_planned and (unknown or refused):
        problems.append('a planned failover left %d outcomes unknown and refused %d commands' % (unknown, refused))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seconds', type=float, default=600)
    parser.add_argument('--binary', default=os.path.join(ROOT, '.build', 'release', 'mastergate'), metavar='PATH')
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix='mastergate-soak-')
    atexit.register(shutil.rmtree, folder, True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    cluster = Cluster(folder)
    resp, web, admin = free_ports(3)
    log = os.path.join(folder, 'mastergate.log')
    proxy = start([options.binary, 'run', '--sentinel', ','.join('127.0.0.1:%d' % port for port in cluster.sentinels), '--listen', '127.0.0.1:%d' % resp,
                   '--http', '127.0.0.1:%d' % web, '--admin', '127.0.0.1:%d' % admin, '--log-level', 'warning'], open(log, 'wb'))
    wait('Mastergate', lambda: Redis(resp).command('PING') == 'PONG')
    writers = [Writer('list-%d' % index, resp if index < 6 else web, index >= 6) for index in range(8)]
    for writer in writers:
        writer.start()
    samples, problems, count, began = [], [], 0, time.monotonic()
    while time.monotonic() - began < options.seconds:
        next_failover = time.monotonic() + PERIOD
        count += 1
        wait('the cluster to be in step', cluster.all_in_step)
        failover(cluster, admin, writers, count % 2 == 1, problems)
        while time.monotonic() < next_failover:
            samples.append(memory_and_files(proxy.pid))
            time.sleep(1)
        if proxy.poll() is not None:
            sys.exit('soak: the proxy has ended: ' + open(log).read()[-2000:])
    for writer in writers:
        writer.halt = True
    for writer in writers:
        writer.join(40)
    check(cluster, writers, problems)
    grown(samples, problems)
    total = {what: sum(w.count(what) for w in writers) for what in ('written', 'unknown', 'refused')}
    print('%d failovers in %d s; commands %s' % (count, time.monotonic() - began, total))
    for problem in problems:
        print('FAILED: ' + problem)
    sys.exit(1 if problems else 0)


def check(cluster, writers, problems):
    client, lost = Redis(cluster.master()), 0
    for writer in writers:
        values = [int(value) for value in client.command('LRANGE', writer.name, 0, -1)]
        if len(values) != len(set(values)):
            problems.append('%s: %d values are there twice' % (writer.name, len(values) - len(set(values))))
        denied = [value for value in values if writer.told.get(value) == 'refused']
        if denied:
            problems.append('%s: %d values are there of which the client was told that they were not executed' % (writer.name, len(denied)))
        if values != sorted(values):
            problems.append('%s: written in another order than sent' % writer.name)
        there = set(values)
        lost += sum(1 for value, told in writer.told.items() if told == 'written' and value not in there)
    print('acknowledged and lost with a killed master, which had not replicated them: %d' % lost)


def grown(samples, problems):
    third = max(1, len(samples) // 3)
    for index, what, bound in ((0, 'memory (MB)', GROWTH_MAX_MB), (1, 'open files', GROWTH_MAX_FILES)):
        first, last = [sorted(sample[index] for sample in part)[len(part) // 2] for part in (samples[:third], samples[-third:])]
        print('%s: median of the first third %.1f, of the last %.1f' % (what, first, last))
        if last - first > bound:
            problems.append('%s grew from %.1f to %.1f' % (what, first, last))


if __name__ == '__main__':
    main()
