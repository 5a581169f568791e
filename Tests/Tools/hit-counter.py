#!/usr/bin/env python3
"""The hit counter of k8s/cluster, run for real: behind Mastergate with a plain client, and on the Redis Cluster.

    make hit-counter                            # a minute; root is needed for the namespaces

The application is served by gunicorn as in its Dockerfile, with its requirements from PyPI in a virtual environment below
.build. Redis, sentinels, cluster nodes and Mastergate are pods as in pods.py, started by the scripts of k8s/.

First: hits behind Mastergate, while the master is killed with SIGKILL. Then: a Redis Cluster of six, made by the script of
the Job; a master is killed and comes back with a new address; then all six come back with new addresses at once.
"""
import http.client, os, subprocess, sys, threading, time, venv

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pods

CLUSTER = os.path.join(pods.ROOT, 'k8s', 'cluster')
VENV = os.path.join(pods.ROOT, '.build', 'hit-counter')


class Counter:
    """The application, listening on a port of loopback."""

    def __init__(self, cluster, port, **environment):
        self.port = port
        variables = {'PATH': VENV + '/bin:' + os.environ['PATH'], 'REDIS_PASSWORD_FILE': environment.pop('password'), **environment}
        words = ['gunicorn', '--bind', '127.0.0.1:%d' % port, '--workers', '2', '--threads', '8', '--worker-tmp-dir', '/dev/shm', '--no-control-socket',
                 '--timeout', '60', 'app:app']
        with open(os.path.join(cluster.folder, 'hit-counter-%d.log' % port), 'wb') as log:
            self.process = subprocess.Popen(['unshare', '-m', 'sh', '-c', 'mount --bind %s/resolv.conf /etc/resolv.conf && exec "$@"' % cluster.folder, 'sh'] + words,
                                            env=variables, cwd=os.path.join(CLUSTER, 'hit-counter'), stdout=log, stderr=log)
        pods.wait('the application', lambda: self.get('/healthz')[0] == 200)

    def get(self, path='/'):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        connection.request('GET', path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def hit(self):
        """The number on the page; None where it says that the hit may not have been counted."""
        status, text = self.get()
        if status == 503:
            return None
        assert status == 200, text
        return int(text.split(' hit ')[1].split(' ')[0])

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Visitors:
    """Four visitors who hit without a pause."""

    def __init__(self, counter):
        self.counter, self.isEnding, self.answers, self.longest = counter, False, [], 0.0
        self.threads = [threading.Thread(target=self.visit, daemon=True) for _ in range(4)]
        for thread in self.threads:
            thread.start()

    def visit(self):
        while not self.isEnding:
            began = time.monotonic()
            self.answers.append(self.counter.hit())
            self.longest = max(self.longest, time.monotonic() - began)

    def finish(self):
        self.isEnding = True
        for thread in self.threads:
            thread.join(60)
        counted = [answer for answer in self.answers if answer is not None]
        return counted, len(self.answers) - len(counted)


def behind_mastergate(cluster, began):
    for pod in cluster.servers + cluster.sentinels + [cluster.mastergate]:
        pod.start()
    master = cluster.await_settled('the start')
    counter = Counter(cluster, 8081, REDIS_HOST=cluster.mastergate.address, password=os.path.join(cluster.folder, 'secrets', 'clients'))
    assert [counter.hit() for _ in range(100)] == list(range(1, 101))
    pods.tell('behind Mastergate: 100 hits, 100 counted', began)

    visitors = Visitors(counter)
    time.sleep(2)
    master.kill()
    pods.wait('another master', lambda: [m for m in cluster.masters() if m is not master])
    time.sleep(3)
    counted, unsure = visitors.finish()
    last = counter.hit()
    # The answers that say "may not have been counted" may have been; a hit that was answered just before the kill may not
    # have reached a replica yet (replication is asynchronous): one of each visitor at most.
    lost = 100 + len(counted) + 1 - last
    assert -unsure <= lost <= 4, 'hit %d times and unsure %d times, the counter says %d' % (100 + len(counted) + 1, unsure, last)
    pods.tell('kill -9 of the master under hits: %d answered, %d unsure, the counter says %d (%d), longest wait %d ms'
              % (len(counted), unsure, last, -lost, visitors.longest * 1000), began)
    master.start()
    cluster.await_settled('the old master is back')
    assert [counter.hit() for _ in range(50)] == list(range(last + 1, last + 51))
    pods.tell('the old master is back; 50 more hits, 50 counted', began)
    counter.stop()
    for pod in cluster.servers + cluster.sentinels + [cluster.mastergate]:
        pod.kill()


class Node(pods.Pod):
    manifests = CLUSTER

    def ask(self, *words):
        return pods.Redis(self.address, 6379, pods.PASSWORDS['redis'], 2.0).command(*words)

    def view(self):
        """What it says of the nodes: id, address and flags of each."""
        return [line.split() for line in self.ask('CLUSTER', 'NODES').splitlines()]

    def is_whole(self, nodes):
        role = self.ask('ROLE')
        if role[0] != 'master' and role[3] != 'connected':
            return False
        addresses = {node.address for node in nodes}
        lines = self.view()
        return ('cluster_state:ok' in self.ask('CLUSTER', 'INFO') and len(lines) == len(nodes)
                and {line[1].split(':')[0] for line in lines} == addresses and all(line[7] == 'connected' and 'fail' not in line[2] for line in lines))

    def is_master(self):
        return self.ask('ROLE')[0] == 'master'


def on_a_redis_cluster(cluster, began):
    nodes = [Node(cluster, 'redis-cluster-%d' % i, 'redis-cluster', 'start-node.sh') for i in range(6)]
    for node in nodes:
        node.start()
    for _ in range(2):  # the Job, and the Job again
        job = nodes[0].spawn(['sh', os.path.join(CLUSTER, 'scripts', 'create-cluster.sh')])
        assert job.wait(60) == 0
    pods.wait('the cluster', lambda: all(node.is_whole(nodes) for node in nodes))
    assert sum(node.is_master() for node in nodes) == 3
    counter = Counter(cluster, 8082, REDIS_MODE='cluster', REDIS_HOST='redis-cluster.%s.svc.cluster.local' % pods.NAMESPACE,
                      password=os.path.join(cluster.folder, 'secrets', 'redis'))
    assert [counter.hit() for _ in range(100)] == list(range(1, 101))
    pods.tell('on a Redis Cluster of six: 100 hits, 100 counted', began)

    slot = nodes[0].ask('CLUSTER', 'KEYSLOT', 'hits')
    def owner():
        for node in nodes:
            if node.is_master() and any('-' in part and int(part.split('-')[0]) <= slot <= int(part.split('-')[1])
                                        for line in node.view() if 'myself' in line[2] for part in line[8:]):
                return node
    lost = owner()
    lost.kill()
    rest = [node for node in nodes if node is not lost]
    pods.wait('its replica to take over', lambda: all('cluster_state:ok' in node.ask('CLUSTER', 'INFO') for node in rest) and sum(node.is_master() for node in rest) == 3)
    lost.start()
    pods.wait('the lost node with its new address', lambda: all(node.is_whole(nodes) for node in nodes))
    assert not lost.is_master()
    assert [counter.hit() for _ in range(50)] == list(range(101, 151))
    pods.tell('the master of the counter killed, and back with a new address: the counter goes on', began)

    for node in nodes:
        node.kill()
    for node in nodes:
        node.start()
    pods.wait('the cluster with six new addresses', lambda: all(node.is_whole(nodes) for node in nodes), 90)
    hits = pods.wait('the application', counter.hit)
    assert hits == 151, hits
    pods.tell('all six killed, back at once with new addresses: the counter goes on', began)
    counter.stop()


def install():
    """The application's requirements, from PyPI, once."""
    if not os.path.exists(os.path.join(VENV, 'bin', 'gunicorn')):
        venv.create(VENV, with_pip=True, symlinks=True)
        subprocess.run([os.path.join(VENV, 'bin', 'pip'), 'install', '-q', '--disable-pip-version-check',
                        '-r', os.path.join(CLUSTER, 'hit-counter', 'requirements.txt')], check=True)


def scenarios(cluster):
    began = time.monotonic()
    behind_mastergate(cluster, began)
    on_a_redis_cluster(cluster, began)


if __name__ == '__main__':
    if '--inside' not in sys.argv:
        install()  # while there is a way out
    pods.run_inside(__doc__, scenarios)
