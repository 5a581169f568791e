#!/usr/bin/env python3
"""What web pages can do to the gateway, tried in a real browser.

    make browser
    python3 Tests/Tools/browser.py --program .build/debug/mastergate

A Redis and gateways run here, and headless Chromium opens pages of other origins: another port, another host name, a name of a stranger,
and that stranger's name led to the gateway's own address (DNS rebinding). Each page tries to read (fetch, XMLHttpRequest, EventSource,
WebSocket, a frame), to write (fetch without CORS, forms, pictures, style sheets, beacons, prefetches, new windows, WebSocket) and to load
answers as scripts (JSONP). It fails when

- a page has read anything, or Redis holds anything that a page has written;
- a page that is stored in Redis runs as a page of the gateway;
- a page of the gateway itself, or of an origin that http.cors_origins names, is refused;
- the same pages do not get through where Webdis's dialect leaves the door open: then the tries prove nothing;
- a page over TLS cannot have ten EventSources at once, more than the six that a browser opens with HTTP/1.1, or no WebSocket beside them.
"""
import argparse, base64, json, os, re, shutil, socket, struct, subprocess, sys, tempfile, threading, time
from soak import ROOT, Redis, free_ports, start, wait

FAILURES = []
STRANGER = 'evil.example'

# Runs in the page. `read` is all that it has got to see; what it has written, Redis tells.
ATTACK = r'''
async function attack(base, tag) {
  const read = [], rest = ms => new Promise(done => setTimeout(done, ms));
  const get = async (name, work) => { try { const text = await Promise.race([work(), rest(2000)]); if (text && String(text).includes('topsecret')) read.push(name); } catch (error) {} };
  const add = (tag, fields) => { const element = Object.assign(document.createElement(tag), fields); document.body.append(element); return element; };
  const socket = base.replace('http', 'ws') + '/.json';
  await get('fetch', async () => (await fetch(base + '/GET/secret')).text());
  await get('fetch of a batch', async () => (await fetch(base + '/pipeline', {method: 'POST', body: '[["GET","secret"]]'})).text());
  await get('fetch without CORS', async () => (await fetch(base + '/GET/secret', {mode: 'no-cors'})).text());
  await get('XMLHttpRequest', () => new Promise((done, failed) => {
    const request = new XMLHttpRequest(); request.open('GET', base + '/GET/secret'); request.onload = () => done(request.responseText); request.onerror = failed; request.send(); }));
  await get('JSONP', () => new Promise((done, failed) => {
    window.take = reply => done(JSON.stringify(reply)); add('script', {src: base + '/GET/secret?callback=take', onerror: failed, onload: () => setTimeout(failed, 200)}); }));
  await get('script', () => new Promise((done, failed) => {
    window.onerror = text => done(text); add('script', {src: base + '/GET/secret.js', onerror: failed, onload: () => setTimeout(failed, 200)}); }));
  await get('frame', () => new Promise((done, failed) => {
    const frame = add('iframe', {src: base + '/GET/secret.html'}); frame.onload = () => { try { done(frame.contentDocument.body.innerText); } catch (error) { failed(error); } }; }));
  await get('EventSource', () => new Promise((done, failed) => {
    const source = new EventSource(base + '/XREAD/STREAMS/stream/0'); source.onmessage = event => { source.close(); done(event.data); }; source.onerror = () => { source.close(); failed(); }; }));
  await get('WebSocket', () => new Promise((done, failed) => {
    const client = new WebSocket(socket); client.onopen = () => { client.send(JSON.stringify(['SET', tag + 'websocket', '1'])); client.send('["GET","secret"]'); };
    client.onmessage = event => { if (event.data.includes('GET')) done(event.data); }; client.onerror = failed; }));
  const write = name => '/SET/' + tag + name + '/1';
  const body = name => 'SET/' + tag + name + '/1';
  const quiet = async work => { try { await work(); } catch (error) {} };
  await quiet(() => fetch(base + '/', {method: 'POST', mode: 'no-cors', body: body('fetch')}));
  await quiet(() => fetch(base + '/', {method: 'POST', body: body('fetch-cors')}));
  await quiet(() => fetch(base + '/SET/' + tag + 'put', {method: 'PUT', body: '1'}));
  await quiet(() => fetch(base + '/', {method: 'POST', mode: 'no-cors', body: JSON.stringify(['SET', tag + 'json', '1'])}));
  await quiet(() => fetch(base + '/multi-exec', {method: 'POST', mode: 'no-cors', body: JSON.stringify([['SET', tag + 'batch', '1']])}));
  await quiet(() => fetch(base + write('get'), {mode: 'no-cors', referrerPolicy: 'no-referrer'}));
  await quiet(() => navigator.sendBeacon(base + '/', body('beacon')));
  add('img', {src: base + write('picture')});
  add('link', {rel: 'stylesheet', href: base + write('style')});
  add('link', {rel: 'prefetch', href: base + write('prefetch')});
  add('script', {src: base + write('script')});
  add('video', {src: base + write('video')});
  add('object', {data: base + write('object')});
  add('iframe', {src: base + write('frame')});
  add('iframe', {name: 'target'});
  const form = add('form', {method: 'POST', enctype: 'text/plain', action: base + '/', target: 'target'});
  form.append(Object.assign(document.createElement('input'), {name: body('form') + '?', value: 'x'}));
  form.submit();
  const sandboxed = add('iframe', {srcdoc: '<script>fetch(' + JSON.stringify(base + write('sandbox')) + ', {mode: "no-cors"})<\/script>'});
  sandboxed.sandbox = 'allow-scripts';
  sandboxed.srcdoc += ' ';
  window.open(base + write('window'));
  await rest(1500);
  return read;
}
'''

# Runs in a page of the gateway: so many EventSources at once. What each has heard, and by which protocol the page speaks.
LISTEN = r'''
async function listen(count) {
  window.heard = Array.from({length: count}, () => []);
  window.sources = heard.map((list, index) => { const source = new EventSource('/SUBSCRIBE/c' + index); source.onmessage = event => list.push(event.data); return source; });
  const rest = ms => new Promise(done => setTimeout(done, ms));
  for (let round = 0; round < 50 && sources.some(source => source.readyState !== 1); round++) await rest(100);
  return sources.filter(source => source.readyState === 1).length;
}
async function others() {
  const text = await Promise.race([fetch('/PING').then(answer => answer.text()), new Promise(done => setTimeout(() => done('none'), 3000))]);
  const entry = performance.getEntriesByType('resource').find(entry => entry.name.endsWith('/PING'));
  const client = new WebSocket(location.origin.replace('http', 'ws') + '/.json');
  const reply = await Promise.race([new Promise((done, failed) => { client.onopen = () => client.send('["PING"]'); client.onmessage = event => done(event.data); client.onerror = () => done('refused'); }),
                                    new Promise(done => setTimeout(() => done('none'), 3000))]);
  return [text, entry ? entry.nextHopProtocol : '', reply];
}
'''


def fail(text):
    FAILURES.append(text)
    print('  FAILED: ' + text)


class DevTools:
    """A browser, told what to do over its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/)."""

    def __init__(self, profile):
        words = [shutil.which('chromium'), '--headless=new', '--no-sandbox', '--ignore-certificate-errors', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-popup-blocking',
                 # What a browser forbids pages on its own is not what is tried here.
                 '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessRespectPreflightResults,HttpsUpgrades',
                 '--host-resolver-rules=MAP %s 127.0.0.1' % STRANGER, '--user-data-dir=' + profile, '--remote-debugging-port=0', 'about:blank']
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        address = None
        for line in self.process.stderr:
            found = re.search(rb'DevTools listening on ws://127\.0\.0\.1:(\d+)(\S+)', line)
            if found:
                address = int(found.group(1)), found.group(2).decode()
                break
        if not address:
            sys.exit('browser: chromium does not start')
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.socket = socket.create_connection(('127.0.0.1', address[0]), 60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(('GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n' % (address[1], key)).encode())
        self.stream = self.socket.makefile('rb')
        while self.stream.readline().strip():
            pass
        self.count = 0
        self.pages = {}

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def send(self, method, session=None, **parameters):
        self.count += 1
        message = dict(id=self.count, method=method, params=parameters)
        if session:
            message['sessionId'] = session
        payload = json.dumps(message).encode()
        size = len(payload)
        head = bytes([0x81, 0x80 | size]) if size < 126 else b'\x81\xfe' + struct.pack('>H', size) if size < 65536 else b'\x81\xff' + struct.pack('>Q', size)
        self.socket.sendall(head + b'\0\0\0\0' + payload)
        return self.count

    def receive(self):
        """The next message; requests for pages of ours are answered on the way."""
        text = b''
        while True:
            first, size = self.stream.read(2)
            size &= 127
            if size == 126:
                size = struct.unpack('>H', self.stream.read(2))[0]
            elif size == 127:
                size = struct.unpack('>Q', self.stream.read(8))[0]
            text += self.stream.read(size)
            if first & 0x80:
                break
        message = json.loads(text)
        if message.get('method') == 'Fetch.requestPaused':
            request = message['params']
            body = self.pages.get(request['request']['url'])
            if body is None:
                self.send('Fetch.continueRequest', message['sessionId'], requestId=request['requestId'])
            else:
                self.send('Fetch.fulfillRequest', message['sessionId'], requestId=request['requestId'], responseCode=200,
                          responseHeaders=[dict(name='Content-Type', value='text/html')], body=base64.b64encode(body.encode()).decode())
        return message

    def call(self, method, session=None, **parameters):
        number = self.send(method, session, **parameters)
        while True:
            message = self.receive()
            if message.get('id') == number:
                if 'error' in message:
                    raise RuntimeError('%s: %s' % (method, message['error']))
                return message['result']

    def open(self, url, html=None, isolated=True):
        """A new page at `url`: `html`, or what the server has there."""
        context = self.call('Target.createBrowserContext')['browserContextId']
        target = self.call('Target.createTarget', url='about:blank', browserContextId=context)['targetId']
        session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        self.call('Page.enable', session)
        self.call('Runtime.enable', session)
        if html is not None:
            self.pages[url] = html
            self.call('Fetch.enable', session, patterns=[dict(urlPattern=url)])
        self.call('Page.navigate', session, url=url)
        while self.receive().get('method') != 'Page.loadEventFired':
            pass
        return session, context

    def evaluate(self, session, expression):
        result = self.call('Runtime.evaluate', session, expression=expression, awaitPromise=True, returnByValue=True)
        if 'exceptionDetails' in result:
            raise RuntimeError(str(result['exceptionDetails'])[:400])
        return result['result'].get('value')

    def close(self, context):
        self.call('Target.disposeBrowserContext', browserContextId=context)


def attack(browser, redis, origin, base, tag):
    """What a page of `origin` has read from `base`, and what it has written there."""
    session, context = browser.open(origin + '/page', '<!doctype html><title>x</title><body><script>%s</script>' % ATTACK)
    place = browser.evaluate(session, 'location.origin')
    if place != origin:
        fail('the page is at %s and not at %s' % (place, origin))
    read = browser.evaluate(session, 'attack(%s, %s)' % (json.dumps(base), json.dumps(tag)))
    browser.close(context)
    written = sorted(key[len(tag):] for key in redis.command('KEYS', tag + '*'))
    print('%s at %s: read %s, written %s' % (origin, base, read or 'nothing', written or 'nothing'))
    return set(read), set(written)


def listen(browser, redis, origin, expected):
    """A page of `origin` listens to ten channels; as many as `expected` of them are heard."""
    session, context = browser.open(origin + '/page', '<!doctype html><title>x</title><body><script>%s</script>' % LISTEN)
    opened = browser.evaluate(session, 'listen(10)')
    for number in range(10):
        redis.command('PUBLISH', 'c%d' % number, 'word-%d' % number)
    time.sleep(1)
    heard = browser.evaluate(session, 'heard.filter((list, index) => list.some(text => text.includes("word-" + index))).length')
    others = browser.evaluate(session, 'others()') if expected == 10 else None
    browser.close(context)
    print('%s: %d EventSources are open, %d have heard; beside them %s' % (origin, opened, heard, others))
    if (opened, heard) != (expected, expected):
        fail('of 10 EventSources of %s %d are open and %d have heard, not %d' % (origin, opened, heard, expected))
    if expected == 10 and others != ['{"PING":[true,"PONG"]}', 'h2', '{"PING":[true,"PONG"]}']:
        fail('beside 10 EventSources a page gets %s by fetch, its protocol and a WebSocket' % others)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', default=os.path.join(ROOT, '.build', 'release', 'mastergate'))
    options = parser.parse_args()
    missing = [name for name in ('chromium', 'redis-server') if not shutil.which(name)]
    if missing:
        sys.exit('browser: apt-get install chromium redis-server (not here: %s)' % ', '.join(missing))
    with tempfile.TemporaryDirectory(prefix='mastergate-browser', ignore_cleanup_errors=True) as folder:
        run(options.program, folder)
    print('%d failures' % len(FAILURES) if FAILURES else 'no page does what it may not')
    sys.exit(1 if FAILURES else 0)


def run(program, folder):
    port, own, named, webdis, other, secure = free_ports(6)
    log = open(os.path.join(folder, 'log'), 'w')
    start(['redis-server', '--port', str(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], log)
    wait('redis-server', lambda: Redis(port).command('PING'))
    redis = Redis(port)
    redis.command('SET', 'secret', 'topsecret')
    redis.command('XADD', 'stream', '*', 'f', 'topsecret')
    here = 'http://127.0.0.1:%d'
    certificate, key = os.path.join(folder, 'tls.crt'), os.path.join(folder, 'tls.key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=IP:127.0.0.1'], check=True, stdout=log, stderr=log)
    for gateway, flags in ((own, ['--http-jsonp', 'true', '--http-tls-address', '127.0.0.1:%d' % secure, '--http-tls-cert', certificate, '--http-tls-key', key]), (named, ['--http-cors-origins', here % other]), (webdis, ['--http-dialect', 'webdis', '--http-cors-origins', '*'])):
        start([program, 'run', '--upstream', '127.0.0.1:%d' % port, '--listen', 'off', '--admin', 'off', '--http', '127.0.0.1:%d' % gateway] + flags, log)
        wait('mastergate', lambda: socket.create_connection(('127.0.0.1', gateway), 1))
    browser = DevTools(os.path.join(folder, 'profile'))
    try:
        # Pages that may do nothing: of another port, of another name, of a stranger, and of a stranger whose name leads here.
        for name, origin, base in (('port', here % other, here % own), ('name', 'http://localhost:%d' % other, here % own), ('reverse', here % other, 'http://localhost:%d' % own),
                                   ('stranger', 'http://%s:%d' % (STRANGER, other), here % own), ('rebinding', 'http://%s:%d' % (STRANGER, own), 'http://%s:%d' % (STRANGER, own)),
                                   ('unnamed', 'http://localhost:%d' % other, here % named)):
            read, written = attack(browser, redis, origin, base, name + ':')
            if read:
                fail('%s: a page of %s has read by %s' % (name, origin, ', '.join(sorted(read))))
            if written:
                fail('%s: a page of %s has written by %s' % (name, origin, ', '.join(sorted(written))))
        # Pages that may: the gateway's own, and one that is named.
        for name, origin, base, expected in (('own', here % own, here % own, {'fetch', 'fetch of a batch', 'XMLHttpRequest', 'EventSource', 'WebSocket', 'JSONP'}),
                                             ('named', here % other, here % named, {'fetch', 'fetch of a batch', 'XMLHttpRequest', 'EventSource', 'WebSocket'})):
            read, written = attack(browser, redis, origin, base, name + ':')
            if not expected <= read:
                fail('%s: a page of %s cannot read by %s' % (name, origin, ', '.join(sorted(expected - read))))
            if not {'fetch-cors', 'put', 'websocket'} <= written:
                fail('%s: a page of %s has written by %s only' % (name, origin, ', '.join(sorted(written))))
        # The same tries get through where nothing holds them back.
        read, written = attack(browser, redis, 'http://%s:%d' % (STRANGER, other), here % webdis, 'webdis:')
        if not {'fetch', 'XMLHttpRequest', 'JSONP', 'WebSocket'} <= read or not {'fetch', 'form', 'picture', 'beacon', 'frame', 'script', 'style', 'window', 'sandbox'} <= written:
            fail('the tries prove nothing: they do not get through to Webdis\'s dialect either')
        # With HTTP/2 a page may listen to as much as it likes; with HTTP/1.1 the browser opens six connections.
        listen(browser, redis, 'https://127.0.0.1:%d' % secure, 10)
        listen(browser, redis, here % own, 6)
        # A page that somebody has stored is no page of the gateway.
        redis.command('SET', 'page', '<script>fetch("/SET/stored:script/1")</script><img src="/SET/stored:picture/1"><form action="/SET/stored:form/1"><input type="submit"></form>')
        session, context = browser.open('%s/GET/page.html' % (here % own))
        origin = browser.evaluate(session, 'self.origin')
        time.sleep(1)
        browser.close(context)
        written = redis.command('KEYS', 'stored:*')
        print('a stored page: its origin is %s, written %s' % (origin, written or 'nothing'))
        if origin != 'null' or written:
            fail('a page that is stored in Redis runs as a page of the gateway')
    finally:
        browser.end()


if __name__ == '__main__':
    main()
