#!/usr/bin/env python3
"""Writes Sources/RESP/CommandTable+Generated.swift: one row per command and subcommand.

The rows come from the COMMAND reply of the redis-server in PATH (run here on a free loopback port); commands that only
newer servers publish are listed below, and are overruled by the server once it knows them.

    python3 Tests/Tools/command-table.py > Sources/RESP/CommandTable+Generated.swift
"""
import json, socket, subprocess, sys, tempfile, time

LETTERS = {'write': 'w', 'readonly': 'r', 'denyoom': 'd', 'admin': 'a', 'pubsub': 'p', 'noscript': 'n', 'blocking': 'b',
           'loading': 'l', 'stale': 't', 'fast': 'f', 'no_multi': 'm', 'movablekeys': 'k', 'no_auth': 'u',
           'allow_busy': 'y', 'may_replicate': 'c', 'module': 'o'}

# Redis 7.2, 7.4 and 8: name arity flags first-key last-key step.
NEWER = """
client|setinfo 4 nlt 0 0 0
client|no-touch 3 nlt 0 0 0
cluster|myshardid 2 lt 0 0 0
cluster|slot-stats -4 lt 0 0 0
waitaof 4 b 0 0 0
hexpire -6 wdf 1 1 1
hexpireat -6 wdf 1 1 1
hpexpire -6 wdf 1 1 1
hpexpireat -6 wdf 1 1 1
hexpiretime -5 rf 1 1 1
hpexpiretime -5 rf 1 1 1
httl -5 rf 1 1 1
hpttl -5 rf 1 1 1
hpersist -5 wf 1 1 1
hgetdel -5 wf 1 1 1
hgetex -5 wf 1 1 1
hsetex -6 wdf 1 1 1
xackdel -6 wf 1 1 1
xdelex -5 wf 1 1 1
delex -2 wf 1 1 1
digest 2 rf 1 1 1
msetex -4 wdk 2 2 1
vadd -5 wdo 1 1 1
vrem 3 wo 1 1 1
vsim -4 ro 1 1 1
vdim 2 rof 1 1 1
vcard 2 rof 1 1 1
vemb -3 rof 1 1 1
vsetattr 4 wof 1 1 1
vgetattr 3 rof 1 1 1
vinfo 2 rof 1 1 1
vlinks -3 rof 1 1 1
vrandmember -2 ro 1 1 1
vismember 3 rof 1 1 1
vrange -4 ro 1 1 1
"""


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def published():
    with tempfile.TemporaryDirectory() as folder:
        port = str(free_port())
        server = subprocess.Popen(['redis-server', '--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder],
                                  stdout=subprocess.DEVNULL)
        try:
            for _ in range(100):
                out = subprocess.run(['redis-cli', '-p', port, '--json', 'COMMAND'], capture_output=True, text=True)
                if out.returncode == 0 and out.stdout.startswith('['):
                    return json.loads(out.stdout)
                time.sleep(0.05)
            sys.exit('redis-server did not answer')
        finally:
            server.terminate()
            server.wait()


def rows(commands):
    for name, arity, flags, first, last, step, _, _, _, subcommands in commands:
        letters = ''.join(sorted(LETTERS[f] for f in flags if f in LETTERS)) or '-'
        yield name, '%s %d %s %d %d %d' % (name, arity, letters, first, last, step)
        yield from rows(subcommands)


table = {}
for line in NEWER.strip().splitlines():
    name, arity, flags, *keys = line.split()
    table[name] = ' '.join([name, arity, ''.join(sorted(flags))] + keys)
table.update(rows(published()))
print('''// Written by Tests/Tools/command-table.py; change that, not this.

extension CommandTable {
    /// One row per command: name, arity, flag letters (``CommandFlags``), first key, last key, key step.
    static let rows: StaticString = """''')
for name in sorted(table):
    print('        ' + table[name])
print('''        """
}''')
