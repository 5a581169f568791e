#!/usr/bin/env python3
"""The status page in a real browser, and the metrics by promtool, before, during and after a failover under load.

    make status-page                                    # pictures go to .build/status-page
    python3 Tests/Tools/status-page.py --out FOLDER

A master, two replicas, three sentinels and Mastergate run here, clients write over RESP and HTTP, and the master is killed. Headless
Chromium takes pictures of the page each time, wide, narrow and dark; look at them. It fails when

- the browser finds anything to complain of: a script error, something that the page's Content-Security-Policy refuses;
- the page does not name the master of the moment, or does not tell of the failover, with and without scripts;
- the page is wider than a narrow window, so that one would have to scroll sideways;
- promtool finds anything to complain of in /metrics.
"""
import argparse, os, re, shutil, subprocess, sys, tempfile, threading, time, urllib.request
from soak import ROOT, Cluster, Redis, free_ports, start, wait

SIZES = {'wide': (1280, 2200, False), 'narrow': (390, 3200, False), 'dark': (1280, 2200, True)}
FAILURES = []


def fail(text):
    FAILURES.append(text)
    print('  FAILED: ' + text)


class Load:
    """Clients that never stop."""

    def __init__(self, resp, web):
        self.ends = False
        self.threads = [threading.Thread(target=self.write, args=(resp,), daemon=True) for _ in range(8)]
        self.threads += [threading.Thread(target=self.get, args=(web,), daemon=True) for _ in range(4)]
        for thread in self.threads:
            thread.start()

    def write(self, port):
        client = Redis(port, 60.0)
        while not self.ends:
            client.command('INCR', 'n')
            time.sleep(0.002)

    def get(self, port):
        while not self.ends:
            try:
                urllib.request.urlopen('http://127.0.0.1:%d/INCR/web' % port, timeout=60).read()
            except OSError:
                pass
            time.sleep(0.005)

    def end(self):
        self.ends = True
        for thread in self.threads:
            thread.join(60)


class Browser:
    def __init__(self, profile):
        self.program = shutil.which('chromium')
        self.profile = profile

    def run(self, url, *flags):
        words = [self.program, '--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run',
                 '--disable-background-networking', '--user-data-dir=' + self.profile, '--enable-logging=stderr', '--v=0',
                 # The page holds a stream open, so that it never ends by itself.
                 '--timeout=3000'] + list(flags) + [url]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        for line in done.stderr.decode(errors='replace').split('\n'):
            if ':CONSOLE' in line:
                fail('the browser says: ' + line[:300])
        return done.stdout.decode(errors='replace')

    def picture(self, url, path, size):
        width, height, is_dark = SIZES[size]
        self.run(url, '--screenshot=' + path, '--window-size=%d,%d' % (width, height), *(['--blink-settings=preferredColorScheme=0'] if is_dark else []))
        if not os.path.exists(path) or os.path.getsize(path) < 10_000:
            fail('no picture %s' % path)

    def document(self, url, *flags):
        return self.run(url, '--dump-dom', '--window-size=390,3200', *flags)


def page(admin, path):
    return urllib.request.urlopen('http://127.0.0.1:%d%s' % (admin, path), timeout=10).read().decode()


def check(moment, browser, admin, out, master, words):
    print('%s: the master is 127.0.0.1:%s' % (moment, master))
    metrics = page(admin, '/metrics')
    done = subprocess.run(['promtool', 'check', 'metrics'], input=metrics.encode(), capture_output=True)
    if done.returncode != 0 or done.stdout.strip() or done.stderr.strip():
        fail('promtool: ' + (done.stdout + done.stderr).decode())
    url = 'http://127.0.0.1:%d/' % admin
    for size in SIZES:
        browser.picture(url, os.path.join(out, '%s-%s.png' % (moment, size)), size)
    for name, document in (('with scripts', browser.document(url)), ('without scripts', page(admin, '/'))):
        for word in ['127.0.0.1:%s</h1>' % master] + words:
            if word not in document:
                fail('%s, %s: the page does not say %r' % (moment, name, word))


def overflow(browser, admin, folder):
    """How many pixels the page is wider than a narrow window."""
    frame = os.path.join(folder, 'frame.html')
    body = page(admin, '/')
    body = re.sub(r'<script.*?</script>', '', body, flags=re.S)
    with open(frame, 'w') as file:
        file.write(body + '<script>document.title = "OVER " + (document.documentElement.scrollWidth - window.innerWidth)</script>')
    title = re.search(r'<title>OVER (-?\d+)</title>', browser.document('file://' + frame))
    return int(title.group(1)) if title else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', default=os.path.join(ROOT, '.build', 'status-page'))
    parser.add_argument('--program', default=os.path.join(ROOT, '.build', 'release', 'mastergate'))
    options = parser.parse_args()
    missing = [name for name in ('chromium', 'promtool', 'redis-server', 'redis-sentinel') if not shutil.which(name)]
    if missing:
        sys.exit('status-page: apt-get install chromium prometheus redis-server redis-sentinel (not here: %s)' % ', '.join(missing))
    os.makedirs(options.out, exist_ok=True)
    folder = tempfile.mkdtemp(prefix='mastergate-status-page-')
    try:
        cluster = Cluster(folder)
        resp, web, admin = free_ports(3)
        log = open(os.path.join(folder, 'mastergate.log'), 'wb')
        start([options.program, 'run', '--sentinel', ','.join('127.0.0.1:%d' % port for port in cluster.sentinels), '--listen', '127.0.0.1:%d' % resp,
               '--http', '127.0.0.1:%d' % web, '--admin', '127.0.0.1:%d' % admin], log)

        def is_ready():
            try:
                return page(admin, '/readyz').startswith('ready')
            except OSError:
                return False
        wait('Mastergate', is_ready)
        load = Load(resp, web)
        browser = Browser(os.path.join(folder, 'profile'))
        time.sleep(12)
        old = cluster.master()
        check('before', browser, admin, options.out, old, ['serving'])
        # Before the sentinels agree on it, the page tells of trouble; they are given long for that, so that there is time to look.
        for port in cluster.sentinels:
            Redis(port).command('SENTINEL', 'SET', 'mymaster', 'down-after-milliseconds', '20000')
        cluster.processes[old].kill()
        cluster.processes[old].wait()
        time.sleep(1)
        check('during', browser, admin, options.out, old, ['does not answer'])
        for port in cluster.sentinels:
            Redis(port).command('SENTINEL', 'SET', 'mymaster', 'down-after-milliseconds', '1200')
        wait('a new master', lambda: cluster.master() != old)
        wait('the page to show it', lambda: '127.0.0.1:%d</h1>' % cluster.master() in page(admin, '/'))
        time.sleep(8)
        check('after', browser, admin, options.out, cluster.master(), ['serving', '+switch-master', 'waited ·'])
        over = overflow(browser, admin, folder)
        if over is None or over > 0:
            fail('in a narrow window the page is %s pixels too wide' % over)
        load.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print('pictures: ' + options.out)
    if FAILURES:
        sys.exit('status-page: %d failures' % len(FAILURES))
    print('all is well')


main()
