#!/usr/bin/env python3
"""The Kubernetes start scripts, run for real: k8s/base/scripts with the servers, sentinels and a Mastergate in network
namespaces that stand for pods.

    make pods                                   # a minute; root is needed for the namespaces

Each pod has an address of its own, and a new one whenever it is made anew; its volume is a folder that stays. Names are
answered by a DNS server in here as a cluster's own does it: those of pods that are gone at once with "no such name". What
lies outside the cluster is answered never, and a server or a sentinel that asks for it has failed: it would stand still.
Everything happens in namespaces of its own and ends with this program.
"""
import argparse, os, re, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BASE = os.path.join(ROOT, 'k8s', 'base')
MASTERGATE = os.path.join(ROOT, '.build', 'release', 'mastergate')
NAMESPACE, HERE, USER = 'test', '10.79.0.1', 10999
PASSWORDS = {'redis': 'r-secret', 'sentinel': 's-secret', 'clients': 'c-secret'}


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


class Names(threading.Thread):
    """The cluster's DNS."""

    def __init__(self):
        super().__init__(daemon=True)
        self.lock, self.records, self.outside, self.slow = threading.Lock(), {}, [], set()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HERE, 53))

    def run(self):
        while True:
            query, peer = self.socket.recvfrom(512)
            labels, place = [], 12
            while query[place]:
                labels.append(query[place + 1:place + 1 + query[place]].decode().lower())
                place += 1 + query[place]
            kind = struct.unpack('!H', query[place + 1:place + 3])[0]
            name, question = '.'.join(labels), query[12:place + 5]
            if not name.endswith('.cluster.local'):
                with self.lock:
                    self.outside.append((peer[0], name))
                continue
            with self.lock:
                found = [a for (host, service), a in self.records.items()
                         if name in ('%s.%s.%s.svc.cluster.local' % (host, service, NAMESPACE), '%s.%s.svc.cluster.local' % (service, NAMESPACE))]
            addresses = found if kind == 1 else []
            head = query[:2] + struct.pack('!HHHHH', 0x8580 | (0 if found else 3), 1, len(addresses), 0, 0)
            answers = b''.join(b'\xc0\x0c' + struct.pack('!HHIH', 1, 1, 1, 4) + socket.inet_aton(a) for a in addresses)
            self.socket.sendto(head + question + answers, peer)


class Redis:
    """A plain RESP2 client of blocking calls."""

    def __init__(self, address, port, password, timeout=30.0):
        self.socket = socket.create_connection((address, port), timeout)
        self.file = self.socket.makefile('rb')
        self.command('AUTH', password)

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


def environment_file(folder):
    with open(os.path.join(folder, 'cluster.env')) as file:
        return dict(line.strip().split('=', 1) for line in file if '=' in line and not line.startswith('#'))


class Pod:
    """One pod; its script runs as the manifests have it, with what its volume holds."""
    count, manifests = 0, BASE

    def __init__(self, cluster, name, service, script):
        self.cluster, self.name, self.service, self.script = cluster, name, service, script
        self.volume = os.path.join(cluster.folder, name)
        self.log = os.path.join(cluster.folder, name + '.log')
        self.process = self.address = self.network = None
        self.new_volume()

    def new_volume(self):
        shutil.rmtree(self.volume, ignore_errors=True)
        os.mkdir(self.volume)
        os.chown(self.volume, USER, USER)

    def start(self, **environment):
        """Makes the pod: a network of its own with an address that nobody had, then the process."""
        Pod.count += 1
        self.network, link = 'pod%d' % Pod.count, 'v%d' % Pod.count
        self.address = '10.79.%d.%d' % (1 + Pod.count // 200, 1 + Pod.count % 200)
        run('ip', 'netns', 'add', self.network)
        run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', self.network)
        run('ip', 'link', 'set', link, 'master', 'pods', 'up')
        run('ip', '-n', self.network, 'addr', 'add', self.address + '/16', 'dev', 'eth0')
        for device in ('eth0', 'lo'):
            run('ip', '-n', self.network, 'link', 'set', device, 'up')
        with self.cluster.names.lock:
            self.cluster.names.records[(self.name, self.service)] = self.address
        self.restart(**environment)

    def restart(self, **environment):
        """Starts the process in the pod that is there, as a container that has crashed is started again."""
        self.variables = dict(environment_file(self.manifests), PATH=os.environ['PATH'], POD_NAME=self.name, POD_IP=self.address,
                              DOMAIN='.%s.svc.cluster.local.' % NAMESPACE, SELF='%s.%s' % (self.name, self.service), DATA=self.volume,
                              CONFIG=os.path.join(self.manifests, 'redis.conf'), REDIS_PASSWORD_FILE=self.secret('redis'),
                              PASSWORD_FILE=self.secret('redis'), SENTINEL_PASSWORD_FILE=self.secret('sentinel'), **environment)
        self.process = self.spawn(['sh', os.path.join(self.manifests, 'scripts', self.script)])

    def secret(self, name):
        return os.path.join(self.cluster.folder, 'secrets', name)

    def spawn(self, words):
        setup = 'mount --bind %s/resolv.conf /etc/resolv.conf && mount --bind %s/hosts /etc/hosts && exec "$@"' % ((self.cluster.folder,) * 2)
        prefix = ['ip', 'netns', 'exec', self.network, 'unshare', '-m', 'sh', '-c', setup, 'sh',
                  'setpriv', '--reuid', str(USER), '--regid', str(USER), '--clear-groups', '--no-new-privs', '--bounding-set=-all']
        with open(self.log, 'ab') as log:
            return subprocess.Popen(prefix + words, env=self.variables, cwd='/', stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self):
        """Ends the pod as a lost node does: process, address and name are gone at once."""
        self.end(signal.SIGKILL)

    def stop(self):
        """Ends the pod as Kubernetes does on purpose: the stop script, SIGTERM, and the name is gone."""
        self.spawn(['sh', os.path.join(BASE, 'scripts', 'redis-stop.sh')]).wait()
        self.end(signal.SIGTERM)

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait()
        with self.cluster.names.lock:
            del self.cluster.names.records[(self.name, self.service)]
        run('ip', 'netns', 'del', self.network)

    def ask(self, *words):
        kind = 'sentinel' if self.service == 'sentinel' else 'redis'
        return Redis(self.address, 26379 if kind == 'sentinel' else 6379, PASSWORDS[kind], 2.0).command(*words)

    @property
    def full_name(self):
        return '%s.%s.%s.svc.cluster.local.' % (self.name, self.service, NAMESPACE)


class Mastergate(Pod):
    """Mastergate with the configuration of the manifests."""

    def restart(self):
        self.variables = {'PATH': os.environ['PATH']}
        with open(os.path.join(BASE, 'mastergate-settings.yaml')) as file:
            text = file.read().replace('/run/secrets/mastergate', os.path.join(self.cluster.folder, 'secrets'))
        path = os.path.join(self.cluster.folder, 'mastergate.yaml')
        with open(path, 'w') as file:
            file.write(text)
        self.process = self.spawn([MASTERGATE, 'run', '--config', path])

    def page(self, path):
        with socket.create_connection((self.address, 9379), 2.0) as connection:
            connection.sendall(b'GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' % path.encode())
            return connection.makefile('rb').read().decode()


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        os.chmod(folder, 0o755)
        os.mkdir(os.path.join(folder, 'secrets'))
        for name, password in PASSWORDS.items():
            # With a line's end, as they come out of many people's files.
            self.write(os.path.join('secrets', name), password + '\n')
        self.write('resolv.conf', 'nameserver %s\nsearch %s.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n' % (HERE, NAMESPACE))
        self.write('hosts', '127.0.0.1 localhost\n')
        self.names = Names()
        self.names.start()
        self.servers = [Pod(self, 'redis-%d' % i, 'redis', 'redis.sh') for i in range(3)]
        self.sentinels = [Pod(self, 'sentinel-%d' % i, 'sentinel', 'sentinel.sh') for i in range(3)]
        self.mastergate = Mastergate(self, 'mastergate-0', 'mastergate', None)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), 'w') as file:
            file.write(text)

    def masters(self):
        """Who says that it is the master."""
        found = []
        for server in self.servers:
            try:
                if server.ask('ROLE')[0] == 'master':
                    found.append(server)
            except (OSError, TypeError):
                pass
        return found

    def settled(self):
        """The master, when everybody agrees on it: one master, two replicas of it, three sentinels that know two more."""
        masters = self.masters()
        if len(masters) != 1:
            return None
        master = masters[0]
        if master.ask('INFO', 'replication').count('state=online') != 2:
            return None
        for sentinel in self.sentinels:
            if sentinel.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster') != [master.full_name, '6379']:
                return None
            answer = sentinel.ask('SENTINEL', 'MASTER', 'mymaster')
            fields = dict(zip(answer[::2], answer[1::2]))
            if (fields['num-other-sentinels'], fields['num-slaves'], fields['flags']) != ('2', '2', 'master'):
                return None
        return master

    def await_settled(self, what, seconds=60.0):
        master = wait('all to agree: ' + what, self.settled, seconds)
        wait('Mastergate to be ready: ' + what, lambda: ' 200 ' in self.mastergate.page('/readyz').split('\r\n')[0])
        return master


class Writer(threading.Thread):
    """A client of Mastergate that counts without a pause, and what it was told."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address, self.isEnding = address, False
        self.written, self.unknown, self.refused, self.others, self.longest = 0, 0, 0, [], 0.0
        self.start()

    def run(self):
        client = Redis(self.address, 6379, PASSWORDS['clients'], 90.0)
        while not self.isEnding:
            began = time.monotonic()
            try:
                reply = client.command('INCR', 'n')
            except OSError as error:
                self.others.append(repr(error))
                return
            self.longest = max(self.longest, time.monotonic() - began)
            if isinstance(reply, int):
                self.written += 1
            elif str(reply).startswith('UNKNOWN'):
                self.unknown += 1
            elif str(reply).startswith('NOMASTER'):
                self.refused += 1
            else:
                self.others.append(str(reply))
            time.sleep(0.002)

    def finish(self):
        self.isEnding = True
        self.join(100)
        assert not self.others, 'a client was told: %s' % self.others[:3]
        return self


def wait(what, condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            result = condition()
            if result:
                return result
        except (OSError, TypeError, KeyError, AttributeError):
            pass
        time.sleep(0.1)
    raise AssertionError('waited %d s in vain for %s' % (seconds, what))


def check_probes(cluster):
    """The probes that are commands, as the manifests have them, in every pod."""
    for pod in cluster.servers + cluster.sentinels:
        with open(os.path.join(BASE, pod.service + '.yaml')) as file:
            commands = set(re.findall(r"command: \[sh, -c, '([^']+)'\]", file.read()))
        assert commands, 'no probes in %s.yaml' % pod.service
        for command in commands:
            assert pod.spawn(['sh', '-c', command]).wait(10) == 0, '%s: %s' % (pod.name, command)


def tell(text, began):
    print('%6.1f s  %s' % (time.monotonic() - began, text), flush=True)


def scenarios(cluster):
    began = time.monotonic()
    pods = cluster.servers + cluster.sentinels
    for pod in pods + [cluster.mastergate]:
        pod.start()
    master = cluster.await_settled('the first start')
    assert master is cluster.servers[0], master.name
    check_probes(cluster)
    tell('first start, all at once: redis-0 is the master, every probe says yes', began)

    client = Redis(cluster.mastergate.address, 6379, PASSWORDS['clients'])
    assert client.command('SET', 'kept', 'yes') == 'OK'
    assert client.command('WAIT', 2, 5000) == 2

    def data_is_there():
        assert client.command('GET', 'kept') == 'yes', 'the data is gone'

    # A lost node: process, name and address are gone.
    writer = Writer(cluster.mastergate.address)
    time.sleep(1)
    old = master
    old.kill()
    master = wait('another master', lambda: [m for m in cluster.masters() if m is not old])[0]
    time.sleep(2)
    writer.finish()
    tell('kill -9 of the master: %s took over, %d written, longest wait %d ms, unknown %d, refused %d'
         % (master.name, writer.written, writer.longest * 1000, writer.unknown, writer.refused), began)
    old.start()
    assert cluster.await_settled('the old master is back') is master
    data_is_there()
    tell('the old master is back with a new address, as a replica', began)

    # Its container crashes and is back before anybody decides.
    master.process.kill()
    master.process.wait()
    master.restart()
    assert cluster.await_settled('a master that came back at once') is master
    data_is_there()
    tell('a master whose container crashes and is back at once stays the master', began)

    ids = [sentinel.ask('SENTINEL', 'MYID') for sentinel in cluster.sentinels]
    for sentinel in cluster.sentinels:
        sentinel.kill()
        sentinel.start()
        assert cluster.await_settled(sentinel.name + ' is back') is master
    assert ids == [sentinel.ask('SENTINEL', 'MYID') for sentinel in cluster.sentinels]
    tell('every sentinel restarted in turn, each with a new address and its old id', began)

    # An update: the stop script hands over before the server ends.
    writer = Writer(cluster.mastergate.address)
    time.sleep(1)
    old = master
    old.stop()
    old.start()
    master = cluster.await_settled('the update of the master')
    assert master is not old
    writer.finish()
    assert writer.unknown == writer.refused == 0, 'a planned stop of the master is no loss'
    assert int(client.command('GET', 'n')) >= writer.written
    tell('the master stopped on purpose: %d written, longest wait %d ms, none failed' % (writer.written, writer.longest * 1000), began)

    for pod in pods:
        pod.kill()
    for pod in pods:
        pod.start()
    assert cluster.await_settled('everything restarted') is master
    data_is_there()
    tell('all six killed and started at once: %s is the master as before, the data is there' % master.name, began)

    # The volume of the master is lost. The replicas know more than an empty server.
    master.kill()
    master.new_volume()
    master.start()
    old, master = master, cluster.await_settled('a master with an empty volume')
    assert master is not old
    data_is_there()
    tell('the master came back with an empty volume: %s took over, the data is there' % master.name, began)

    for sentinel in cluster.sentinels:
        sentinel.kill()
        sentinel.new_volume()
    for sentinel in cluster.sentinels:
        sentinel.start()
    assert cluster.await_settled('sentinels without a memory') is master
    tell('all sentinels lost their volumes: they found the master among the servers', began)

    # Nobody to ask: each goes on as what it was.
    for pod in pods:
        pod.kill()
    for server in cluster.servers:
        server.start(START_WAIT='10')
    wait('the servers to go on by themselves', lambda: cluster.masters() == [master] and master.ask('INFO', 'replication').count('state=online') == 2)
    for sentinel in cluster.sentinels:
        sentinel.start()
    assert cluster.await_settled('sentinels that come late') is master
    data_is_there()
    tell('servers without sentinels went on as what they were; the sentinels came later and agreed', began)

    with cluster.names.lock:
        inside = {pod.address for pod in pods}
        asked = [entry for entry in cluster.names.outside if entry[0] != cluster.mastergate.address]
    assert not asked, 'names were looked up outside: %s' % asked[:3]
    assert cluster.mastergate.process.poll() is None
    tell('no name was looked up outside the cluster; one Mastergate was there all the time', began)


def run_inside(document, scenarios):
    """Runs `scenarios` with a cluster that is not started yet, in namespaces of its own; ends the program."""
    parser = argparse.ArgumentParser(description=document, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--inside', action='store_true', help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit('only root may make network namespaces')
    if not arguments.inside:
        # In the end the namespace of processes takes everything down that was started.
        os.execvp('unshare', ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc',
                              sys.executable, os.path.abspath(sys.argv[0]), '--inside'])
    run('mount', '-t', 'tmpfs', 'tmpfs', '/run')
    run('ip', 'link', 'set', 'lo', 'up')
    run('ip', 'link', 'add', 'pods', 'type', 'bridge')
    run('ip', 'addr', 'add', HERE + '/16', 'dev', 'pods')
    run('ip', 'link', 'set', 'pods', 'up')
    folder = tempfile.mkdtemp(prefix='mastergate-pods-')
    try:
        scenarios(Cluster(folder))
    except (AssertionError, OSError) as problem:
        print('FAILED: %r' % problem)
        for name in sorted(os.listdir(folder)):
            if name.endswith('.log'):
                print('--- %s' % name)
                with open(os.path.join(folder, name), errors='replace') as log:
                    print(''.join(log.readlines()[-15:]), end='')
        sys.exit(1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    run_inside(__doc__, scenarios)
