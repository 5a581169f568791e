"""Inputs that the fuzzer starts from, and words that it may put into them: what the protocols look like."""
import base64, json, os

# Every input begins with four bytes that steer the test (FuzzInput.swift).
STEERING = b'\x00\x02\x09\x21'


def resp(*arguments):
    return b'*%d\r\n' % len(arguments) + b''.join(b'$%d\r\n%s\r\n' % (len(argument), argument) for argument in arguments)


REQUESTS = [
    resp(b'PING'), resp(b'GET', b'key') + resp(b'SET', b'key', b'v' * 70), resp(b'SET', b'', b'\r\n\x00\xff'),
    resp(*[b'MGET'] + [b'k%d' % index for index in range(14)]), resp(b'CONFIG', b'GET', b'*'),
    b'PING\r\n', b'\r\n\nGET key\n', b'SET "a b\\x41\\n" \'it\\\'s\'\r\n', b'*0\r\n*-1\r\nPING\r\n', b'*1\r\n$-1\r\n', b'GET "open\r\n', b'A\x00B\r\n',
]

REPLIES = [
    b'+OK\r\n-ERR no\r\n:5\r\n$2\r\nhi\r\n$-1\r\n*-1\r\n', b'*3\r\n:1\r\n*2\r\n$0\r\n\r\n+a\r\n*0\r\n', b'*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n',
    b'%2\r\n+a\r\n:1\r\n*1\r\n+b\r\n_\r\n', b'~2\r\n#t\r\n,1.5\r\n', b'>2\r\n+message\r\n(12345678901234567890\r\n', b'|1\r\n+ttl\r\n:3\r\n=7\r\ntxt:abc\r\n',
    b'$?\r\n;3\r\nabc\r\n;0\r\n*?\r\n:1\r\n.\r\n%?\r\n+k\r\n+v\r\n.\r\n', b'!5\r\nERR x\r\n,inf\r\n,-1e5\r\n#f\r\n', b'$9\r\na:b\r\n# c\n\r\n',
    b'$6\r\n\xe6\x97\xa5\xff\x22\x5c\r\n', b'*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n',
    b'*4\r\n:1\r\n$3\r\n1-1\r\n$3\r\n1-1\r\n*1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n', b'*1\r\n*4\r\n$1\r\np\r\n$1\r\n1\r\n:5\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n',
]

HTTP = [
    b'GET /GET/hello HTTP/1.1\r\nHost: a\r\n\r\n', b'GET /7/SET/k/a%20b+c.txt?type=text/plain&sep=%2C&filename=f&callback=cb HTTP/1.0\r\n\r\n',
    b'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nINCRBY/n/5GET /GET/x.raw HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    b'PUT /SET/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n',
    b'\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', b'HEAD http://a/GET/k.xml??jsonp=f#g HTTP/1.1\r\nHost: a\r\nIf-None-Match: "x"\r\nAuthorization: Basic dTpw\r\nUpgrade: w\r\n\r\n',
]

JSON = [
    b'["SET","k",1,true,null,2.5,"\\u00e9"]', b'[["GET","k"],["SET" , "a\\ud83c\\udf89", -1e5, {"a":[1,{"b":null}]}] ]', b'["MSET","1","2","3","4","5","6","7","8","9","10"]',
]

def recorded():
    """What was sent to the real Webdis: requests, and the frames behind a handshake."""
    path = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'IntegrationTests', 'Webdis', 'corpus.jsonl')
    requests, frames = set(), set()
    with open(path) as file:
        for line in file:
            for step in json.loads(line)['requests']:
                raw = base64.b64decode(step.get('raw', ''))
                if 0 < len(raw) < 1000:
                    (frames if raw[0] >= 0x80 or raw[0] < 3 else requests).add(raw)
    return sorted(requests), sorted(frames)


RECORDED, FRAMES = recorded()
HTTP += RECORDED
BEARER = b'Host: a\r\nAuthorization: Bearer t\r\nUpstash-Encoding: base64\r\n'
HTTP += [
    b'GET /set/k/v?EX=1 HTTP/1.1\r\n' + BEARER + b'\r\n', b'POST /pipeline HTTP/1.1\r\n' + BEARER + b'Content-Length: 29\r\n\r\n[["SET","k",1],["GET","\\u00e9"]]',
    b'GET /XREAD/STREAMS/s/$ HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nLast-Event-ID: 1-1\r\nAccept-Encoding: gzip;q=0.5, *\r\n\r\n',
    b'GET /GET/k HTTP/1.1\r\nHost: a:1\r\nOrigin: http://a\r\nX-Forwarded-For: 10.0.0.1, [::1]:5\r\nForwarded: for="[::1]:2";by=x\r\n\r\n',
]

SESSIONS = [
    resp(b'MULTI') + resp(b'DISCARD', b'x') + resp(b'SELECT', b'5') + resp(b'EXEC'), resp(b'HELLO', b'3', b'AUTH', b'u', b'pw', b'SETNAME', b'bad name') + resp(b'GET', b'k'),
    resp(b'WATCH', b'k') + resp(b'CLIENT', b'REPLY', b'OFF') + resp(b'MULTI') + resp(b'CLIENT', b'REPLY', b'ON'), resp(b'SUBSCRIBE', b'a', b'b') + resp(b'UNSUBSCRIBE') + resp(b'GET', b'k'),
    resp(b'CLIENT', b'REPLY\x00', b'SKIP') + resp(b'AUTH', b'u', b'pw'), resp(b'MULTI') + resp(b'SUBSCRIBE', b'a') + resp(b'EXEC') + resp(b'RESET') + resp(b'GET', b'k'),
    resp(b'CLIENT', b'TRACKING', b'ON') + resp(b'CLIENT', b'ID') + resp(b'CLIENT', b'NO-EVICT', b'ON') + resp(b'MONITOR') + resp(b'RESET'), b'SELECT 3\r\nGET k\r\nHELLO 3\r\n',
]



def frame(kind, flags, stream, payload=b''):
    return len(payload).to_bytes(3, 'big') + bytes([kind, flags]) + stream.to_bytes(4, 'big') + payload


def literals(*fields):
    return b''.join(b'\x00%c%s%c%s' % (len(name), name, len(value), value) for name, value in fields)


USUAL = [(b':method', b'GET'), (b':scheme', b'http'), (b':authority', b'h'), (b':path', b'/GET/a')]
PUT = [(b':method', b'PUT')] + USUAL[1:]
# What becomes of these bytes follows from the first of those that steer: frames as they are, or fields of requests.
HTTP2 = [
    frame(1, 5, 1, literals(*USUAL, (b'accept', b'*/*'), (b'cookie', b'a=1'), (b'cookie', b'b=2'), (b'te', b'trailers'))),
    frame(1, 5, 1, b'\x82\x86\x84\x41\x01h\x40\x01x\x01y') + frame(1, 5, 3, b'\x82\x86\x84\xbf\xbe'),
    frame(1, 4, 1, literals(*PUT, (b'content-length', b'3'))) + frame(0, 0, 1, b'ab') + frame(0, 9, 1, b'\x02c\x00\x00'),
    frame(1, 4, 1, literals(*PUT)) + frame(0, 0, 1, b'abc') + frame(8, 0, 1, b'\x00\x00\x00\x09') + frame(1, 5, 1, literals((b'x-sum', b'1'))),
    frame(1, 0, 1, literals(*USUAL[:2])) + frame(9, 0, 1, literals(*USUAL[2:])) + frame(9, 4, 1, literals((b'host', b'h'))) + frame(3, 0, 1, b'\x00\x00\x00\x08'),
    frame(6, 0, 0, b'12345678') + frame(4, 0, 0, b'\x00\x04\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00') + frame(4, 1, 0) + frame(2, 0, 1, b'\0\0\0\0\x10') + frame(7, 0, 0, b'\0' * 8),
    frame(1, 5, 1, literals(*USUAL)) + frame(1, 5, 3, literals((b':method', b'HEAD'), *USUAL[1:])) + frame(1, 5, 5, literals((b':method', b'CONNECT'), (b':authority', b'h:1'))),
]
FIELDS = [
    b'\xfe'.join(name + b'\xfd' + value for name, value in fields) + body
    for fields in (USUAL, PUT + [(b'content-length', b'3')], PUT, USUAL + [(b'x', b'a\r\ny: z')], [(b':method', b'OPTIONS'), (b':scheme', b'https'), (b':path', b'*'), (b'host', b'h')])
    for body in (b'', b'\xfcabc', b'\xfcGET / HTTP/1.1\r\n\r\n')
]

SEEDS = {'requests': REQUESTS, 'replies': REPLIES, 'http': HTTP, 'json': JSON, 'websocket': FRAMES, 'http2': HTTP2 + FIELDS, 'sessions': SESSIONS}

WORDS = {
    'http2': [b'\x00\x00\x00\x04\x01\x00\x00\x00\x00', b'\x00\x00\x04\x03\x00\x00\x00\x00\x01', b'\x00\x00\x04\x08\x00\x00\x00\x00\x00', b'\x82\x86\x84', b'\xff', b'\xfe', b'\xfd', b'\xfc',
              b':method\xfdPOST', b':path\xfd/', b':scheme\xfdhttp', b':authority\xfdh', b'host\xfdh', b'content-length\xfd', b'transfer-encoding\xfdchunked', b'te\xfdtrailers', b'cookie\xfda', b'\r\n', b'expect\xfd100-continue', b':path\x06/GET/a'],
    'websocket': [b'\x81\x80', b'\x01\x80', b'\x80\x80', b'\x88\x82', b'\x89\x80', b'\x81\xfe', b'\x81\xff', b'["', b'*1\r\n'],
    'requests': [b'\r\n', b'*1\r\n', b'*2\r\n', b'$0\r\n', b'$4\r\nPING\r\n', b'$-1\r\n', b'*-1\r\n', b'\\x41', b'"', b"'", b'99999999999999999999', b'2147483647', b'-0'],
    'replies': [b'\r\n', b'*?\r\n', b'$?\r\n', b'%?\r\n', b'~?\r\n', b';0\r\n', b';1\r\n', b'.\r\n', b'|1\r\n', b'>1\r\n', b'*1\r\n', b'%1\r\n', b'~1\r\n', b'$0\r\n\r\n',
                b'_\r\n', b'#t\r\n', b',inf\r\n', b'=4\r\ntxt:\r\n', b'!1\r\n', b'(1\r\n', b'999999999999999999', b'\xef\xbf\xbd', b'\xf0\x9f\x98\x80'],
    'http': [b'\r\n', b'\r\n\r\n', b'GET ', b'POST ', b'PUT ', b' HTTP/1.1\r\n', b' HTTP/1.0\r\n', b'Host: ', b'Content-Length: ', b'Transfer-Encoding: chunked\r\n',
             b'Connection: close\r\n', b'Connection: keep-alive\r\n', b'Connection: upgrade\r\n', b'Expect: 100-continue\r\n', b'0\r\n\r\n', b'1\r\na\r\n', b'%2F', b'%0D%0A',
             b'.json', b'.txt', b'.raw', b'.xml', b'?type=', b'&sep=', b'?callback=', b'?filename=', b'http://', b'FFFFFFFFFFFFFFFF', b'/EVAL/', b'/SELECT/'],
    'json': [b'["', b'","', b'"]', b'\\u0041', b'\\ud83c', b'\\udf89', b'\\n', b'null', b'true', b'false', b'-1.5e-10', b'{"a":', b'[[', b']]', b',["a"]', b'\xc3\xa9', b'99999999999999999999'],
    'sessions': [resp(*words.split()) for words in (
        b'MULTI', b'EXEC', b'DISCARD', b'DISCARD x', b'WATCH k', b'UNWATCH', b'SELECT 5', b'HELLO 3', b'HELLO 3 AUTH u pw', b'AUTH u pw', b'CLIENT REPLY OFF', b'CLIENT REPLY ON',
        b'CLIENT SETNAME n', b'CLIENT TRACKING ON', b'SUBSCRIBE a', b'UNSUBSCRIBE', b'MONITOR', b'RESET', b'GET k', b'EVAL q 0', b'NOSUCH')],
}


def corpus(target):
    """Each seed under steering that chooses wide limits and narrow ones."""
    return [bytes([choice]) + STEERING[1:] + seed for seed in SEEDS[target] for choice in (0, 1, 6)]


def dictionary(target):
    """The words as libFuzzer reads them."""
    return ''.join('"%s"\n' % ''.join('\\x%02X' % byte for byte in word) for word in WORDS[target])
