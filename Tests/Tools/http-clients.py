#!/usr/bin/env python3
"""The HTTP gateway used by what people use: requests, websockets, msgpack, upstash-redis, curl, httpx over HTTP/2, and h11 as a strict reader.

The packages are installed from PyPI below .build. A redis-server and a Mastergate are started on free loopback ports and ended
behind it; any difference ends the run with an error.

    make http-clients
"""
import asyncio, json, os, shutil, socket, subprocess, sys, tempfile, time

from loopback import free_port, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKAGES = os.path.join(ROOT, '.build', 'http-clients')
NAMES = ['requests', 'websockets', 'msgpack', 'upstash-redis', 'h11', 'httpx[http2]']
TOKEN, READ_ONLY_TOKEN = 'a token', 'another'


def install():
    if not all(os.path.isdir(os.path.join(PACKAGES, name)) for name in ('upstash_redis', 'h2')):
        subprocess.run([sys.executable, '-m', 'pip', 'install', '-q', '--upgrade', '--target', PACKAGES] + NAMES, check=True)
    sys.path.insert(0, PACKAGES)


def expect(name, found, wanted):
    if found != wanted:
        raise SystemExit('%s: found %r, expected %r' % (name, found, wanted))
    print('ok  ' + name)


def with_requests(base):
    import msgpack, requests
    session = requests.Session()
    expect('requests: SET', session.get(base + '/SET/hello/w%C3%B6rld').json(), {'SET': [True, 'OK']})
    expect('requests: GET', session.get(base + '/GET/hello').json(), {'GET': 'wörld'})
    binary = bytes(range(256)) * 100
    session.put(base + '/SET/bin', data=binary)
    expect('requests: binary as raw text', session.get(base + '/GET/bin.bin').content, binary)
    expect('requests: gzip', session.get(base + '/GET/bin.bin').headers.get('Content-Encoding'), 'gzip')
    expect('msgpack: binary', msgpack.unpackb(session.get(base + '/GET/bin.msg').content, raw=True), {b'GET': binary})
    session.get(base + '/HSET/h/a/1/b/-9223372036854775808')
    expect('msgpack: map', msgpack.unpackb(session.get(base + '/HGETALL/h.msg').content), {'HGETALL': {'a': '1', 'b': '-9223372036854775808'}})
    first = session.get(base + '/GET/hello')
    again = session.get(base + '/GET/hello', headers={'If-None-Match': first.headers['ETag']})
    expect('requests: 304', (again.status_code, again.content), (304, b''))
    expect('requests: HEAD', session.head(base + '/GET/hello').headers['Content-Length'], str(len(first.content)))
    with session.get(base + '/SUBSCRIBE/news', stream=True) as stream:
        chunks = stream.raw.stream(decode_content=False)
        expect('requests: subscribe', json.loads(next(chunks)), {'SUBSCRIBE': ['subscribe', 'news', 1]})
        requests.get(base + '/PUBLISH/news/today')
        expect('requests: message', json.loads(next(chunks)), {'SUBSCRIBE': ['message', 'news', 'today']})


def with_websockets(port):
    import websockets

    async def talk():
        async with websockets.connect('ws://127.0.0.1:%d/.json' % port) as client:
            for command in (['SET', 'k', 'ü' * 70000], ['STRLEN', 'k'], ['GET', 'k'], ['SUBSCRIBE', 'c']):
                await client.send(json.dumps(command))
            expect('websockets: SET', json.loads(await client.recv()), {'SET': [True, 'OK']})
            expect('websockets: STRLEN', json.loads(await client.recv()), {'STRLEN': 140000})
            expect('websockets: large', json.loads(await client.recv()), {'GET': 'ü' * 70000})
            expect('websockets: SUBSCRIBE', json.loads(await client.recv()), {'SUBSCRIBE': ['subscribe', 'c', 1]})
            await client.send(iter(['["PUBL', 'ISH","c",', '"hi"]']))
            replies = sorted([await client.recv(), await client.recv()])
            expect('websockets: fragments, and a message', replies, ['{"PUBLISH":1}', '{"SUBSCRIBE":["message","c","hi"]}'])
            await (await client.ping())
            print('ok  websockets: ping')
        expect('websockets: close', client.close_code, 1000)
        async with websockets.connect('ws://127.0.0.1:%d/.raw' % port) as client:
            await client.send(b'*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$2\r\n\xff\x00\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n')
            expect('websockets: raw', [await client.recv(), await client.recv()], ['+OK\r\n', b'$2\r\n\xff\x00\r\n'])
    asyncio.run(talk())


def with_upstash(base):
    from upstash_redis import Redis
    redis = Redis(url=base, token=TOKEN)
    expect('upstash-redis: SET, GET', (redis.set('u', 'v"ü\n'), redis.get('u'), redis.get('none')), (True, 'v"ü\n', None))
    expect('upstash-redis: hash', (redis.hset('uh', values={'a': '1', 'b': '2'}), redis.hgetall('uh')), (2, {'a': '1', 'b': '2'}))
    pipeline = redis.pipeline()
    pipeline.set('n', 1).incr('n').lpush('ul', 'a', 'b').lrange('ul', 0, -1)
    expect('upstash-redis: pipeline', pipeline.exec(), [True, 2, 2, ['b', 'a']])
    transaction = redis.multi()
    transaction.incr('n').get('n')
    expect('upstash-redis: transaction', transaction.exec(), [3, '3'])
    try:
        Redis(url=base, token=READ_ONLY_TOKEN).set('u', 'x')
        raise SystemExit('a token that may only read has written')
    except Exception as error:
        expect('upstash-redis: read-only', 'NOPERM' in str(error), True)


def with_curl(base):
    def curl(*arguments):
        return subprocess.run(['curl', '-s', '--max-time', '10', *arguments], capture_output=True, check=True).stdout
    expect('curl: pipeline', curl('-H', 'Authorization: Bearer ' + TOKEN, '-d', '[["SET","a",1],["GET","a"]]', base + '/pipeline'), b'[{"result":"OK"},{"result":"1"}]')
    expect('curl: upload', curl('-T', __file__, base + '/SET/file', '-H', 'Authorization: Bearer ' + TOKEN), b'{"result":"OK"}')
    expect('curl: compressed', curl('--compressed', base + '/GET/file.txt', '-u', ':' + TOKEN, '-H', 'Authorization: Bearer ' + TOKEN)[:10] != b'', True)


def with_httpx(base):
    """HTTP/2 by prior knowledge, as the library h2 reads and writes it."""
    import httpx

    async def talk():
        async with httpx.AsyncClient(http1=False, http2=True, timeout=20) as client:
            answer = await client.get(base + '/SET/two/v%C3%A9')
            expect('httpx: protocol', (answer.http_version, answer.json()), ('HTTP/2', {'SET': [True, 'OK']}))
            binary = bytes(range(256)) * 20000
            expect('httpx: upload', (await client.put(base + '/SET/binary2', content=binary)).status_code, 200)
            expect('httpx: download', (await client.get(base + '/GET/binary2.bin')).content, binary)

            async def pieces():
                for start in range(0, len(binary), 100000):
                    yield binary[start:start + 100000]

            expect('httpx: upload of unknown length', (await client.put(base + '/SET/binary3', content=pieces())).json(), {'SET': [True, 'OK']})
            expect('httpx: length', (await client.get(base + '/STRLEN/binary3')).json(), {'STRLEN': len(binary)})
            answers = await asyncio.gather(*(client.get(base + '/ECHO/%d' % number) for number in range(300)))
            expect('httpx: 300 at once', [answer.json()['ECHO'] for answer in answers], [str(number) for number in range(300)])
            expect('httpx: HEAD', (await client.head(base + '/GET/two')).content, b'')
            async with client.stream('GET', base + '/SUBSCRIBE/two', headers={'Accept': 'text/event-stream'}) as stream:
                lines = stream.aiter_lines()
                expect('httpx: subscribe', [await anext(lines), await anext(lines), await anext(lines)], ['event: subscribe', 'data: {"SUBSCRIBE":["subscribe","two",1]}', ''])
                await client.get(base + '/PUBLISH/two/hi')
                expect('httpx: message', [await anext(lines), await anext(lines)], ['event: message', 'data: {"SUBSCRIBE":["message","two","hi"]}'])
            expect('httpx: afterwards', (await client.get(base + '/PING')).json(), {'PING': [True, 'PONG']})

    asyncio.run(talk())


def with_h11(port):
    """Every response of a pipeline, by the book."""
    import h11
    targets = ['/PING', '/GET/none.txt', '/GET/hello.raw', '/nosuch', '/SELECT/1', '/GET/bin.bin', '/LRANGE/none/0/-1.txt', '/']
    reader = h11.Connection(our_role=h11.CLIENT)
    client = socket.create_connection(('127.0.0.1', port), 5)
    for method in ('GET', 'HEAD', 'OPTIONS', 'DELETE'):
        for target in targets:
            client.sendall(reader.send(h11.Request(method=method, target=target, headers=[('Host', 'x'), ('Accept-Encoding', 'gzip')])) + (reader.send(h11.EndOfMessage()) or b''))
            while type(event := reader.next_event()) is not h11.EndOfMessage:
                if event is h11.NEED_DATA:
                    reader.receive_data(client.recv(1 << 16))
            reader.start_next_cycle()
    print('ok  h11: %d responses' % (4 * len(targets)))


def main():
    install()
    folder = tempfile.mkdtemp(prefix='mastergate-clients')
    program = os.environ.get('MASTERGATE', os.path.join(ROOT, '.build', 'release', 'mastergate'))
    redis_port, open_port, token_port = free_port(), free_port(), free_port()
    started = [subprocess.Popen(['redis-server', '--port', str(redis_port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], stdout=subprocess.DEVNULL)]
    try:
        wait_for(redis_port)
        for port, options in ((open_port, []), (token_port, ['--http-token', TOKEN, '--http-read-only-token', READ_ONLY_TOKEN])):
            log = open(os.path.join(folder, '%d.log' % port), 'wb')
            started.append(subprocess.Popen([program, 'run', '--upstream', '127.0.0.1:%d' % redis_port, '--listen', 'off', '--admin', 'off',
                                             '--http', '127.0.0.1:%d' % port] + options, stderr=log))
            wait_for(port)
        with_requests('http://127.0.0.1:%d' % open_port)
        with_websockets(open_port)
        with_httpx('http://127.0.0.1:%d' % open_port)
        with_h11(open_port)
        with_upstash('http://127.0.0.1:%d' % token_port)
        with_curl('http://127.0.0.1:%d' % token_port)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    print('all is well')


if __name__ == '__main__':
    main()
