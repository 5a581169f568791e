#!/usr/bin/env python3
"""The start scripts of k8s/ and docker/, with real servers and sentinels, each in a network namespace of its own as a pod is.

    start-scripts.py [--mastergate .build/release/mastergate]

First start, a failover, the old master's return, everything restarted at once, a volume lost, a sentinel restarted; Mastergate
stands in front and follows names, as the sentinels announce them. Needs root (for the namespaces), ip, redis-server and
redis-sentinel. Leaves nothing behind.
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPTS = os.path.join(ROOT, "k8s", "base", "scripts")
SERVERS = [f"redis-{i}.redis" for i in range(3)]
SENTINELS = [f"sentinel-{i}.sentinel" for i in range(3)]
GATE = "mastergate"
PASSWORD = "only-a+test"


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


class Pods:
    """Hosts on one bridge, by name; each runs one process and has one folder."""

    def __init__(self, names, folder):
        self.tag = f"mg{os.getpid() % 10000}"
        self.folder = folder
        self.names = names
        self.addresses = {name: f"10.77.0.{index + 10}" for index, name in enumerate(names)}
        self.processes = {}
        self.hub = f"{self.tag}-hub"
        run("ip", "netns", "add", self.hub)
        self.inside(self.hub, "ip", "link", "add", "bridge", "type", "bridge")
        self.inside(self.hub, "ip", "link", "set", "bridge", "up")
        hosts = "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in self.addresses.items())
        for index, name in enumerate(names):
            space = self.space(name)
            os.makedirs(f"/etc/netns/{space}")
            with open(f"/etc/netns/{space}/hosts", "w", encoding="utf-8") as file:
                file.write(hosts)
            run("ip", "netns", "add", space)
            run("ip", "link", "add", f"{self.tag}a{index}", "type", "veth", "peer", "name", f"{self.tag}b{index}")
            run("ip", "link", "set", f"{self.tag}a{index}", "netns", space)
            run("ip", "link", "set", f"{self.tag}b{index}", "netns", self.hub)
            self.inside(self.hub, "ip", "link", "set", f"{self.tag}b{index}", "master", "bridge", "up")
            self.inside(space, "ip", "address", "add", f"{self.addresses[name]}/24", "dev", f"{self.tag}a{index}")
            self.inside(space, "ip", "link", "set", f"{self.tag}a{index}", "up")
            self.inside(space, "ip", "link", "set", "lo", "up")
            os.makedirs(self.data(name))
        with open(os.path.join(folder, "password"), "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\n")

    def space(self, name):
        return f"{self.tag}-{name.split('.')[0]}"

    def data(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def inside(space, *command, **options):
        return run("ip", "netns", "exec", space, *command, **options)

    def start(self, name, command, **environment):
        log = open(os.path.join(self.folder, f"{name}.log"), "a", encoding="utf-8")
        variables = {**os.environ, "NAME": name, "FIRST": SERVERS[0], "PASSWORD_FILE": os.path.join(self.folder, "password"),
                     "DATA": self.data(name), **environment}
        self.processes[name] = subprocess.Popen(
            ["ip", "netns", "exec", self.space(name), *command], stdout=log, stderr=log, env=variables, start_new_session=True)

    def start_server(self, name):
        self.start(name, [os.path.join(SCRIPTS, "redis.sh")], SENTINELS=" ".join(SENTINELS))

    def start_sentinel(self, name):
        self.start(name, [os.path.join(SCRIPTS, "sentinel.sh")])

    def kill(self, *names):
        for name in names:
            process = self.processes.pop(name)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def redis(self, name, *words, port=6379):
        return self.inside(self.space(GATE), "timeout", "20", "redis-cli", "-h", name, "-p", str(port), *words,
                           env={**os.environ, "REDISCLI_AUTH": PASSWORD}).strip()

    def role(self, name):
        try:
            return self.redis(name, "ROLE").split("\n")[0]
        except subprocess.CalledProcessError:
            return "none"

    def masters(self):
        return [name for name in SERVERS if self.role(name) == "master"]

    def named(self):
        """What each sentinel names."""
        names = []
        for sentinel in SENTINELS:
            try:
                names.append(self.redis(sentinel, "SENTINEL", "get-master-addr-by-name", "mymaster", port=26379).split("\n")[0])
            except subprocess.CalledProcessError:
                names.append("none")
        return names

    def usable_replicas(self, sentinel):
        """Of those it could promote: it learns of them within ten seconds."""
        lines = self.redis(sentinel, "SENTINEL", "replicas", "mymaster", port=26379).split("\n")
        return sum(flags == "slave" for name, flags in zip(lines[::2], lines[1::2]) if name == "flags")

    def remove(self):
        for name in list(self.processes):
            self.kill(name)
        for space in [self.space(name) for name in self.names] + [self.hub]:
            subprocess.run(["ip", "netns", "delete", space], check=False, capture_output=True)
            shutil.rmtree(f"/etc/netns/{space}", ignore_errors=True)


def wait(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except subprocess.CalledProcessError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"FAILED: waited {seconds} s for {what}")


def check(pods, mastergate):
    began = time.monotonic()

    def passed(text):
        print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)

    def settled(master):
        def holds():
            return pods.masters() == [master] and set(pods.named()) == {master} and all(
                "master_link_status:up" in pods.redis(name, "INFO", "replication") for name in SERVERS if name != master
            ) and all(pods.usable_replicas(sentinel) == 2 for sentinel in SENTINELS)
        wait(f"{master} to be the one master, with two replicas", holds)

    def write(value):
        """Through Mastergate, which holds commands back during a failover."""
        answer = pods.redis("localhost", "SET", "k", value)
        if answer != "OK":
            raise SystemExit(f"FAILED: SET through Mastergate says {answer}")

    def value():
        return pods.redis("localhost", "GET", "k")

    for name in SENTINELS:
        pods.start_sentinel(name)
    for name in reversed(SERVERS):
        pods.start_server(name)
    settled(SERVERS[0])
    passed("first start, all at once: the first server is the master, two follow")

    pods.start(GATE, [mastergate, "run", "--sentinel", ",".join(f"{name}:26379" for name in SENTINELS), "--master-name", "mymaster",
                      "--sentinel-password", f"file:{pods.folder}/password", "--redis-password", f"file:{pods.folder}/password",
                      "--listen", "127.0.0.1:6379", "--http", "off", "--admin", "127.0.0.1:9379"])
    wait("Mastergate to be ready", lambda: pods.inside(pods.space(GATE), mastergate, "health"))
    write("one")
    passed("Mastergate finds the master by its name and writes")

    pods.kill(SERVERS[0])
    write("two")
    new = [name for name in set(pods.named()) if name != SERVERS[0]]
    if len(new) != 1 or value() != "two":
        raise SystemExit(f"FAILED: after the failover the sentinels name {pods.named()}")
    passed(f"the master is killed: {new[0]} takes over, and no command failed")

    pods.start_server(SERVERS[0])
    settled(new[0])
    passed("the old master comes back, and follows")

    pods.kill(*SERVERS, *SENTINELS)
    for name in SERVERS + SENTINELS:
        (pods.start_server if name in SERVERS else pods.start_sentinel)(name)
    settled(new[0])
    wait("Mastergate to be ready again", lambda: pods.inside(pods.space(GATE), mastergate, "health"))
    if value() != "two":
        raise SystemExit("FAILED: the restart has lost a value")
    passed("everything is killed and started at once: the same master, the same data")

    pods.kill(new[0])
    shutil.rmtree(pods.data(new[0]))
    os.makedirs(pods.data(new[0]))
    pods.start_server(new[0])
    wait("another master", lambda: len(pods.masters()) == 1 and pods.masters() != [new[0]] and len(set(pods.named())) == 1)
    third = pods.masters()[0]
    settled(third)
    if value() != "two":
        raise SystemExit("FAILED: an empty server has become the master")
    passed(f"the master's volume is lost: it does not come back as an empty master, {third} takes over with the data")

    identity = pods.redis(SENTINELS[0], "SENTINEL", "MYID", port=26379)
    pods.kill(SENTINELS[0])
    pods.start_sentinel(SENTINELS[0])
    wait("the sentinel to come back as itself", lambda: pods.redis(SENTINELS[0], "SENTINEL", "MYID", port=26379) == identity)
    settled(third)
    passed("a sentinel comes back as itself, and names the master of now")
    print(pods.inside(pods.space(GATE), mastergate, "status"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mastergate", default=os.path.join(ROOT, ".build", "release", "mastergate"))
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("start-scripts.py: network namespaces need root")
    folder = tempfile.mkdtemp(prefix="mastergate-pods-")
    pods = None
    failed = True
    try:
        pods = Pods(SERVERS + SENTINELS + [GATE], folder)
        check(pods, os.path.abspath(options.mastergate))
        failed = False
    finally:
        if pods:
            pods.remove()
        if failed:
            print(f"the logs are in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
