#!/usr/bin/env python3
"""Vandals against witnesses: does anything that one client leaves behind reach another?

    python3 Tests/Tools/isolation.py                                  # a minute, the optimised program
    python3 Tests/Tools/isolation.py --seconds 600 --losses           # longer, with connections to Redis that are killed
    python3 Tests/Tools/isolation.py --program .build/debug/mastergate --seed 7

Vandals say whatever Redis's own command list holds, right and wrong, in transactions, pipelines, batches and over WebSockets, with
bytes where no bytes belong, and leave in the middle. Meanwhile witnesses come as new clients and look at what they are given
(database, user, protocol, name, transaction), and talkers ask for texts of their own and take nothing else for an answer. The
program is told to check each link that it lends again (`redis.check_links`), and what it finds counts as well.

It prints the seed; the same seed makes the same requests, though not the same order between threads. Exit status: 0 nothing was
found, 1 something was, 2 it could not run.
"""
import argparse, atexit, base64, json, os, random, re, shutil, socket, struct, subprocess, sys, tempfile, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROCESSES = []
FOLDER = tempfile.mkdtemp(prefix='mastergate-isolation')
# They end, replace or empty the server, hold up everybody, or write files for as long as they run.
LEFT_OUT = {'shutdown', 'replicaof', 'slaveof', 'failover', 'debug', 'flushall', 'flushdb', 'swapdb', 'config', 'acl', 'cluster', 'module', 'migrate',
            'sync', 'psync', 'save', 'bgsave', 'bgrewriteaof', 'client|kill', 'client|pause', 'client|unblock', 'latency', 'restore', 'restore-asking'}
ODD = [b'\0', b'\0x', b'\x7f', b'\xff', b' ', b'\r\n', b'\t']


@atexit.register
def end_all():
    for process in PROCESSES:
        if process.poll() is None:
            process.kill()
            process.wait()
    shutil.rmtree(FOLDER, ignore_errors=True)


def cannot(why):
    print('could not run: %s' % why)
    sys.exit(2)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def start(words, name):
    with open(os.path.join(FOLDER, name), 'wb') as log:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=FOLDER)
    PROCESSES.append(process)
    return process


def wait_for(port, seconds=15):
    end = time.time() + seconds
    while time.time() < end:
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    cannot('nothing listens at port %d' % port)


def encoded(words):
    words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
    return b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(w), w) for w in words)


def apart(wanted, got):
    """Both as they begin, with their lengths and what stands where they part."""
    if not isinstance(got, bytes):
        return '%.60r' % wanted, '%.200r' % got
    place = next((i for i, (one, other) in enumerate(zip(wanted, got)) if one != other), min(len(wanted), len(got)))
    return tuple('%.40r of %d bytes, at %d %r' % (text, len(text), place, text[max(0, place - 20):place + 60]) for text in (wanted, got))


class Client:
    """A RESP client of blocking calls. An error is an Exception object, a push a tuple."""

    def __init__(self, port, timeout=10.0):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout)
        self.file = self.socket.makefile('rb')

    def send(self, *words):
        self.socket.sendall(encoded(words))

    def whole(self, count):
        """So many bytes; a connection may end in the midst of them."""
        got = self.file.read(count)
        if len(got) < count:
            raise EOFError
        return got

    def reply(self):
        line = self.file.readline()
        if not line.endswith(b'\r\n'):
            raise EOFError
        kind, rest = line[:1], line[1:-2]
        if kind in b'+,(#':
            return rest
        if kind == b'_':
            return None
        if kind == b'-':
            return Exception(rest.decode('latin1'))
        if kind == b':':
            return int(rest)
        if kind in b'$=!':
            return None if int(rest) < 0 else self.whole(int(rest) + 2)[:-2]
        if kind in b'*~>':
            elements = None if int(rest) < 0 else [self.reply() for _ in range(int(rest))]
            return ('push', elements) if kind == b'>' else elements
        if kind == b'%':
            return [self.reply() for _ in range(2 * int(rest))]
        raise ValueError(line)

    def ask(self, *words):
        self.send(*words)
        return self.reply()

    def close(self, abruptly=False):
        if abruptly:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.file.close()
        self.socket.close()


def post(port, path, body, timeout=2.0):
    with socket.create_connection(('127.0.0.1', port), timeout) as s:
        s.sendall(b'POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' % (path.encode(), len(body), body))
        answer = b''
        while True:
            part = s.recv(65536)
            if not part:
                return answer.partition(b'\r\n\r\n')[2]
            answer += part


class Test:
    def __init__(self, options):
        self.options = options
        self.found = []
        self.counts = {'vandal requests': 0, 'witnesses': 0, 'texts': 0}
        self.redis, self.resp, self.http, self.admin = (free_port() for _ in range(4))
        start(['redis-server', '--port', str(self.redis), '--bind', '127.0.0.1', '--save', '', '--dir', FOLDER], 'redis.log')
        wait_for(self.redis)
        where = ['--upstream', '127.0.0.1:%d' % self.redis]
        if options.losses:
            # Clients outlive their links only where there are sentinels.
            sentinel = free_port()
            with open(os.path.join(FOLDER, 'sentinel.conf'), 'w') as file:
                file.write('port %d\nbind 127.0.0.1\nsentinel monitor mymaster 127.0.0.1 %d 1\nsentinel down-after-milliseconds mymaster 60000\n' % (sentinel, self.redis))
            start(['redis-server', os.path.join(FOLDER, 'sentinel.conf'), '--sentinel'], 'sentinel.log')
            wait_for(sentinel)
            where = ['--sentinel', '127.0.0.1:%d' % sentinel]
        self.process = start(
            [options.program, 'run', *where, '--listen', '127.0.0.1:%d' % self.resp, '--http', '127.0.0.1:%d' % self.http, '--admin', '127.0.0.1:%d' % self.admin,
             '--threads', '1', '--redis-check-links', 'true', '--redis-warm-links', '4', '--redis-named-links', '2'], 'mastergate.log')
        wait_for(self.http)
        direct = Client(self.redis)
        for number in range(4):
            direct.ask('SELECT', number)
            direct.ask('SET', 'where', 'database %d' % number)
        direct.ask('ACL', 'SETUSER', 'guest', 'on', '>pw', '+@all', '-get', '~*', '&*')
        self.names = [n.decode() for n in direct.ask('COMMAND', 'LIST') if n.decode().split('|')[0] not in LEFT_OUT and n.decode() not in LEFT_OUT]
        for container in ('client', 'script', 'object', 'pubsub', 'function', 'memory', 'xinfo', 'xgroup', 'slowlog'):
            self.names += ['%s|%s' % (container, w) for w in ('nosuch', 'help', '')]
        self.end = time.time() + options.seconds

    def fail(self, text):
        self.found.append(text)
        print('FOUND: %s' % text[:1500], flush=True)

    @property
    def is_over(self):
        return time.time() > self.end or len(self.found) >= 3

    # What vandals say

    def word(self, rnd):
        return rnd.choice([b'0', b'1', b'2', b'-1', b'k%d' % rnd.randint(0, 5), b'ON', b'OFF', b'SKIP', b'YES', b'ID', b'*', b'$', b'BLOCK', b'STREAMS', b'AUTH', b'guest', b'pw',
                           b'SETNAME', b'name', b'bad name', b'REDIRECT', b'BCAST', b'return 1', b'0.001', b'x' * rnd.randint(0, 40)])

    def request(self, rnd):
        if rnd.random() < 0.4:
            request = list(rnd.choice([
                (b'SELECT', b'%d' % rnd.randint(0, 3)), (b'HELLO', b'%d' % rnd.randint(1, 4)), (b'HELLO', b'3', b'AUTH', b'guest', b'pw', b'SETNAME', b'bad name'),
                (b'AUTH', b'guest', b'pw'), (b'CLIENT', b'SETNAME', b'vandal'), (b'CLIENT', b'REPLY', rnd.choice([b'ON', b'OFF', b'SKIP'])), (b'MULTI',), (b'EXEC',), (b'DISCARD',),
                (b'DISCARD', b'x'), (b'WATCH', b'k'), (b'SUBSCRIBE', b'c', b'd'), (b'UNSUBSCRIBE',), (b'PSUBSCRIBE', b'c*'), (b'CLIENT', b'TRACKING', b'ON'), (b'RESET',),
                (b'EVAL', b"return redis.call('select', 2)", b'0'), (b'EVAL', b"return redis.status_reply('QUEUED')", b'0'), (b'CLIENT', b'ID'),
                (b'CLIENT', b'NO-EVICT', b'ON'), (b'MONITOR',), (b'XREAD', b'BLOCK', b'5', b'STREAMS', b's', b'$'), (b'BLPOP', b'l', b'0.01'), (b'WAIT', b'0', b'1')]))
        else:
            request = [w.upper().encode() for w in rnd.choice(self.names).split('|')] + [self.word(rnd) for _ in range(rnd.choice([0, 1, 1, 2, 3, 6]))]
        if rnd.random() < 0.08:
            place = rnd.randrange(len(request))
            request[place] += rnd.choice(ODD)
        return request

    def vandal(self, number):
        rnd = random.Random(self.options.seed * 1000 + number)
        while not self.is_over:
            requests = [self.request(rnd) for _ in range(rnd.randint(1, 8))]
            self.counts['vandal requests'] += len(requests)
            how = rnd.random()
            try:
                if how < 0.6:
                    self.say(rnd, requests)
                elif how < 0.85:
                    body = json.dumps([[w.decode('latin1') for w in r] for r in requests]).encode()
                    post(self.http, rnd.choice(['/multi-exec', '/pipeline']), body, 0.3)
                else:
                    self.say_by_websocket(rnd, requests)
            except (OSError, EOFError, ValueError):
                pass
            if self.process.poll() is not None:
                return self.fail('the program has ended with %s, after %r' % (self.process.poll(), requests))

    def say(self, rnd, requests):
        client = Client(self.resp, 0.03)
        try:
            if rnd.random() < 0.5:
                whole = b''.join(encoded(r) for r in requests)
                cut = rnd.randint(0, len(whole))
                client.socket.sendall(whole[:cut])
                client.socket.sendall(whole[cut:] if rnd.random() < 0.9 else b'')
                client.socket.recv(65536)
            else:
                for request in requests:
                    client.socket.sendall(encoded(request))
                    client.socket.recv(65536)
        finally:
            client.close(abruptly=rnd.random() < 0.4)

    def say_by_websocket(self, rnd, requests):
        with socket.create_connection(('127.0.0.1', self.http), 0.05) as s:
            s.sendall(b'GET /.json HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n'
                      % base64.b64encode(bytes(16)))
            s.recv(4096)
            for request in requests:
                text = json.dumps([w.decode('latin1') for w in request]).encode()
                length = bytes([0x80 | len(text)]) if len(text) < 126 else b'\xfe' + struct.pack('>H', len(text))
                s.sendall(b'\x81' + length + bytes(4) + text)
            s.recv(65536)

    # What nobody may notice

    def is_excused(self, answer):
        """Where connections are killed, a client may hear that."""
        text = repr(answer)
        return self.options.losses and any(word in text for word in ('UNKNOWN', 'NOMASTER', 'EXECABORT'))

    def witness(self, number):
        rnd = random.Random(self.options.seed * 2000 + number)
        while not self.is_over:
            self.counts['witnesses'] += 1
            protocol, database = rnd.choice([2, 3]), rnd.choice([0, 0, 3])
            try:
                client = Client(self.resp)
                try:
                    if protocol == 3:
                        client.ask('HELLO', 3)
                    if database:
                        client.ask('SELECT', database)
                    self.look(client, protocol, database)
                finally:
                    client.close()
            except (OSError, EOFError, ValueError) as error:
                if not self.options.losses:
                    self.fail('a new client is not served: %r' % error)

    def look(self, client, protocol, database):
        place = b'database %d' % database
        for words, expected in [(('GET', 'where'), place), (('EVAL', "return redis.call('get', 'where')", 0), place), (('CLIENT', 'GETNAME'), None), (('ACL', 'WHOAMI'), b'default')]:
            answer = client.ask(*words)
            if answer != expected and not self.is_excused(answer):
                return self.fail('a new client of database %d, protocol %d: %s is answered %r' % (database, protocol, ' '.join(map(str, words)), answer))
        for words in (('MULTI',), ('ACL', 'WHOAMI'), ('GET', 'where'), ('EXEC',)):
            answer = client.ask(*words)
        if answer != [b'default', place] and not self.is_excused(answer):
            return self.fail('a transaction of a new client of database %d is answered %r' % (database, answer))
        info = client.ask('CLIENT', 'INFO')
        if isinstance(info, bytes):
            facts = dict(f.split('=', 1) for f in info.decode('latin1').split() if '=' in f)
            expected = {'name': '', 'resp': str(protocol), 'db': str(database), 'user': 'default', 'sub': '0', 'psub': '0', 'multi': '-1', 'flags': 'N'}
            odd = {key: facts[key] for key, value in expected.items() if key in facts and facts[key] != value}
            if odd:
                self.fail('a new client of database %d, protocol %d has a link with %r' % (database, protocol, odd))

    def talker(self, number):
        rnd = random.Random(self.options.seed * 3000 + number)
        count = 0
        while not self.is_over:
            try:
                client = Client(self.resp)
                for _ in range(30):
                    if self.is_over:
                        break
                    texts = [b'<%d:%d>' % (number, count + i) + b'y' * rnd.choice([0, 10, 3000, 200000 if rnd.random() < 0.05 else 1]) for i in range(rnd.choice([1, 4, 20]))]
                    count += len(texts)
                    client.socket.sendall(b''.join(encoded((rnd.choice([b'ECHO', b'PING']), t)) for t in texts))
                    for text in texts:
                        answer = client.reply()
                        if answer != text and not self.is_excused(answer):
                            return self.fail('talker %d asked for %s and got %s' % (number, *apart(text, answer)))
                    self.counts['texts'] += len(texts)
                client.close()
                text = '<http %d:%d>' % (number, count)
                answer = post(self.http, '/pipeline', json.dumps([['ECHO', text], ['GET', 'where']]).encode(), 10)
                if json.loads(answer) != [{'result': text}, {'result': 'database 0'}] and not self.is_excused(answer):
                    return self.fail('a batch is answered %r' % answer[:200])
            except (OSError, EOFError, ValueError) as error:
                if not self.options.losses:
                    return self.fail('talker %d is not served: %r' % (number, error))

    def killer(self):
        rnd = random.Random(self.options.seed)
        direct = Client(self.redis)
        while not self.is_over:
            time.sleep(rnd.random())
            direct.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')

    def run(self):
        parts = [(self.vandal, n) for n in range(6)] + [(self.witness, n) for n in range(3)] + [(self.talker, n) for n in range(3)]
        threads = [threading.Thread(target=part, args=(n,), daemon=True) for part, n in parts]
        if self.options.losses:
            threads.append(threading.Thread(target=self.killer, daemon=True))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(self.options.seconds + 60)
            if thread.is_alive():
                self.fail('somebody still waits a minute after the end')
        with open(os.path.join(FOLDER, 'mastergate.log'), errors='replace') as file:
            for line in file:
                if 'given back in a state' in line:
                    self.fail(line.strip())
        if self.process.poll() is not None:
            self.fail('the program has ended with %s' % self.process.poll())
        print('%s; seed %d' % (', '.join('%d %s' % (n, what) for what, n in self.counts.items()), self.options.seed))
        print('isolation: %d passed, %d failed' % (0 if self.found else 1, len(self.found)))
        return 1 if self.found else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--seed', type=int, default=random.randrange(1 << 20))
    parser.add_argument('--losses', action='store_true', help='Redis kills connections all the time')
    parser.add_argument('--program', default=os.path.join(ROOT, '.build/release/mastergate'))
    options = parser.parse_args()
    options.program = os.path.abspath(options.program)
    if not os.path.exists(options.program) or not shutil.which('redis-server'):
        cannot('%s and redis-server are needed' % options.program)
    print('seed %d' % options.seed, flush=True)
    sys.exit(Test(options).run())


main()
