#!/usr/bin/env python3
"""The hit counter of k8s/cluster, with its plain client, through Mastergate: no visit is lost or refused in a failover; and in a
Redis Cluster that the scripts of k8s/cluster make, whose nodes come back under other addresses.

    hit-counter.py [--mastergate .build/release/mastergate]

Needs redis-server, redis-cli, and redis-py (PyPI: redis).
"""
import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLUSTER = os.path.join(ROOT, "k8s", "cluster")
PASSWORD = "test-only"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(what, condition, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (OSError, subprocess.CalledProcessError):
            pass
        time.sleep(0.1)
    raise SystemExit(f"FAILED: waited {seconds} s for {what}")


class Counter:
    def __init__(self, **environment):
        self.port = free_port()
        self.process = subprocess.Popen([sys.executable, os.path.join(CLUSTER, "hit-counter", "app.py")],
                                        env={**os.environ, "PORT": str(self.port), **environment})
        wait("the hit counter", lambda: self.get("/healthz") == "ok\n")

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def visit(self):
        return int(re.search(r"visited (\d+) times", self.get("/")).group(1))

    def end(self):
        self.process.kill()
        self.process.wait()


def redis_is_there(process):
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def through_mastergate(mastergate):
    demo = subprocess.Popen([mastergate, "demo"], stdout=subprocess.PIPE, text=True, start_new_session=True)
    counter = None
    try:
        master = resp = None
        for line in demo.stdout:
            resp = re.search(r"redis-cli -p (\d+)", line) or resp
            found = re.search(r"kill -9 (\d+)", line)
            if found:
                master = int(found.group(1))
                break
        if master is None or resp is None:
            raise SystemExit("FAILED: the demo did not say which process is the master")
        counter = Counter(REDIS_HOST="127.0.0.1", REDIS_PORT=resp.group(1))
        for expected in range(1, 101):
            if counter.visit() != expected:
                raise SystemExit("FAILED: a visit was not counted")
        # What is acknowledged and not yet replicated dies with a master; the counter is quiet for a moment, so nothing is.
        time.sleep(0.5)
        os.kill(master, signal.SIGKILL)
        # A visit on its way at that very moment could have an unknown outcome, which the page says: 503.
        wait("the master's process to be gone", lambda: not redis_is_there(master))
        began = time.monotonic()
        first = counter.visit()
        outage = time.monotonic() - began
        if [first] + [counter.visit() for _ in range(99)] != list(range(101, 201)):
            raise SystemExit(f"FAILED: the failover has changed the count: {first}")
        print(f"through Mastergate: 200 visits counted, the master killed between them; the longest took {outage:.2f} s")
    finally:
        if counter:
            counter.end()
        demo.send_signal(signal.SIGINT)
        demo.wait()


def in_a_cluster():
    folder = tempfile.mkdtemp(prefix="mastergate-cluster-")
    with open(os.path.join(folder, "password"), "w", encoding="utf-8") as file:
        file.write(PASSWORD)
    ports = []
    while len(ports) < 6:
        port = free_port()
        # The bus is 10000 above.
        if port < 55000 and port not in ports:
            ports.append(port)
    nodes = {}
    counter = None

    def start(port, address="127.0.0.1"):
        data = os.path.join(folder, str(port))
        os.makedirs(data, exist_ok=True)
        nodes[port] = subprocess.Popen(
            [os.path.join(CLUSTER, "scripts", "node.sh")], stdout=open(os.path.join(data, "log"), "a", encoding="utf-8"),
            env={**os.environ, "POD_IP": address, "PASSWORD_FILE": os.path.join(folder, "password"), "DATA": data, "PORT": str(port)})

    def cli(port, *words):
        return subprocess.run(["redis-cli", "-p", str(port), *words], check=True, capture_output=True, text=True,
                              env={**os.environ, "REDISCLI_AUTH": PASSWORD}).stdout

    try:
        for port in ports:
            start(port)
        for port in ports:
            wait("a node", lambda port=port: "PONG" in cli(port, "PING"))
        # create.sh knows pods by name, all of them at one port; here they have one name and six ports.
        subprocess.run(["redis-cli", "--cluster", "create", *[f"127.0.0.1:{port}" for port in ports], "--cluster-replicas", "1", "--cluster-yes"],
                       check=True, capture_output=True, env={**os.environ, "REDISCLI_AUTH": PASSWORD})
        wait("the cluster", lambda: all("cluster_state:ok" in cli(port, "CLUSTER", "INFO") for port in ports))
        counter = Counter(REDIS_HOST="127.0.0.1", REDIS_PORT=str(ports[0]), REDIS_PASSWORD=PASSWORD, REDIS_CLUSTER="1")
        visits = [counter.visit() for _ in range(50)]
        replica = next(port for port in ports if "slave" in cli(port, "ROLE").split("\n")[0])
        identity = cli(replica, "CLUSTER", "MYID")
        nodes[replica].kill()
        nodes[replica].wait()
        start(replica, "127.0.0.2")
        wait("the node under its new address",
             lambda: cli(replica, "CLUSTER", "MYID") == identity and f"{identity.strip()} 127.0.0.2:" in cli(ports[0] if replica != ports[0] else ports[1], "CLUSTER", "NODES"))
        visits += [counter.visit() for _ in range(50)]
        if visits != list(range(1, 101)):
            raise SystemExit("FAILED: a visit was not counted")
        print("in a Redis Cluster of six: 100 visits counted, a node came back under another address with its id")
    finally:
        if counter:
            counter.end()
        for process in nodes.values():
            process.kill()
            process.wait()
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mastergate", default=os.path.join(ROOT, ".build", "release", "mastergate"))
    options = parser.parse_args()
    try:
        import redis  # noqa: F401  # pylint: disable=unused-import,import-outside-toplevel
    except ImportError:
        sys.exit("hit-counter.py: redis-py is missing: pip install redis")
    through_mastergate(os.path.abspath(options.mastergate))
    in_a_cluster()


if __name__ == "__main__":
    main()
