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
cluster|migration -4 at 0 0 0
waitaof 4 b 0 0 0
hexpire -6 wf 1 1 1
hexpireat -6 wf 1 1 1
hpexpire -6 wf 1 1 1
hpexpireat -6 wf 1 1 1
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
msetex -4 wdk 0 0 0
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

# The modules that come with Redis 8. A module publishes no arity (-1); these are the least that its documentation asks
# for. CF.COMPACT is published as a read, but rewrites the filter: here it counts as a write.
MODULES = """
bf.add 3 wdo 1 1 1
bf.card 2 fro 1 1 1
bf.debug 2 fro 1 1 1
bf.exists 3 fro 1 1 1
bf.info -2 fro 1 1 1
bf.insert -4 wdo 1 1 1
bf.loadchunk 4 wdo 1 1 1
bf.madd -3 wdo 1 1 1
bf.mexists -3 fro 1 1 1
bf.reserve -4 wdo 1 1 1
bf.scandump 3 fro 1 1 1
cf.add 3 wdo 1 1 1
cf.addnx 3 wdo 1 1 1
cf.compact 2 wo 1 1 1
cf.count 3 fro 1 1 1
cf.debug 2 fro 1 1 1
cf.del 3 fwo 1 1 1
cf.exists 3 fro 1 1 1
cf.info 2 fro 1 1 1
cf.insert -4 wdo 1 1 1
cf.insertnx -4 wdo 1 1 1
cf.loadchunk 4 wdo 1 1 1
cf.mexists -3 fro 1 1 1
cf.reserve -3 wdo 1 1 1
cf.scandump 3 fro 1 1 1
cms.incrby -4 wdo 1 1 1
cms.info 2 ro 1 1 1
cms.initbydim 4 wdo 1 1 1
cms.initbyprob 4 wdo 1 1 1
cms.merge -4 wdo 1 1 1
cms.query -3 ro 1 1 1
ft._list 1 ro 0 0 0
ft.aggregate -3 ro 0 0 0
ft.aliasadd 3 wdo 0 0 0
ft.aliasdel 2 wo 0 0 0
ft.aliasupdate 3 wdo 0 0 0
ft.alter -2 wdo 0 0 0
ft.config -3 ro 0 0 0
ft.create -2 wdo 0 0 0
ft.cursor -4 ro 0 0 0
ft.dictadd -3 wdo 0 0 0
ft.dictdel -3 wo 0 0 0
ft.dictdump 2 ro 0 0 0
ft.drop -2 wo 0 0 0
ft.dropindex -2 wo 0 0 0
ft.explain -3 ro 0 0 0
ft.explaincli -3 ro 0 0 0
ft.hybrid -3 ro 0 0 0
ft.info 2 ro 0 0 0
ft.profile -5 ro 0 0 0
ft.search -3 ro 0 0 0
ft.spellcheck -3 ro 0 0 0
ft.sugadd -4 wdo 1 1 1
ft.sugdel 3 wo 1 1 1
ft.sugget -3 ro 1 1 1
ft.suglen 2 ro 1 1 1
ft.syndump 2 ro 0 0 0
ft.synupdate -4 wdo 0 0 0
ft.tagvals 3 ro 0 0 0
json.arrappend -4 wdo 1 1 1
json.arrindex -4 ro 1 1 1
json.arrinsert -5 wdo 1 1 1
json.arrlen -2 ro 1 1 1
json.arrpop -2 wo 1 1 1
json.arrtrim 5 wo 1 1 1
json.clear -2 wo 1 1 1
json.debug -2 ro 2 2 1
json.del -2 wo 1 1 1
json.forget -2 wo 1 1 1
json.get -2 ro 1 1 1
json.merge 4 wdo 1 1 1
json.mget -3 ro 1 -2 1
json.mset -4 wdo 1 -1 3
json.numincrby 4 wo 1 1 1
json.nummultby 4 wo 1 1 1
json.numpowby 4 wo 1 1 1
json.objkeys -2 ro 1 1 1
json.objlen -2 ro 1 1 1
json.resp -2 ro 1 1 1
json.set -4 wdo 1 1 1
json.strappend -3 wdo 1 1 1
json.strlen -2 ro 1 1 1
json.toggle -2 wdo 1 1 1
json.type -2 ro 1 1 1
tdigest.add -3 wdo 1 1 1
tdigest.byrank -3 ro 1 1 1
tdigest.byrevrank -3 ro 1 1 1
tdigest.cdf -3 ro 1 1 1
tdigest.create -2 wdo 1 1 1
tdigest.info 2 ro 1 1 1
tdigest.max 2 ro 1 1 1
tdigest.merge -4 wdo 1 1 1
tdigest.min 2 ro 1 1 1
tdigest.quantile -3 ro 1 1 1
tdigest.rank -3 ro 1 1 1
tdigest.reset 2 wdo 1 1 1
tdigest.revrank -3 ro 1 1 1
tdigest.trimmed_mean 4 ro 1 1 1
topk.add -3 wdo 1 1 1
topk.count -3 ro 1 1 1
topk.incrby -4 wdo 1 1 1
topk.info 2 ro 1 1 1
topk.list -2 ro 1 1 1
topk.query -3 ro 1 1 1
topk.reserve -3 wdo 1 1 1
ts.add -4 wdo 1 1 1
ts.alter -2 wdo 1 1 1
ts.create -2 wdo 1 1 1
ts.createrule -6 wdo 1 2 1
ts.decrby -3 wdo 1 1 1
ts.del 4 wo 1 1 1
ts.deleterule 3 wo 1 2 1
ts.get -2 ro 1 1 1
ts.incrby -3 wdo 1 1 1
ts.info -2 ro 1 1 1
ts.madd -4 wdo 1 -1 3
ts.mget -3 ro 0 0 0
ts.mrange -5 ro 0 0 0
ts.mrevrange -5 ro 0 0 0
ts.queryindex -2 ro 0 0 0
ts.range -4 ro 1 1 1
ts.revrange -4 ro 1 1 1
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
for line in (NEWER + MODULES).split('\n'):
    if not line:
        continue
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
