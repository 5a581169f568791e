#!/usr/bin/env python3
"""The HTTP gateway behind nginx, Caddy, Varnish and Apache, those of them that are installed, as the README sets them up.

Each is started on a free loopback port before one Mastergate with http.base_path: /redis, and must hand on commands, keys with %2F,
streams of events at once, WebSockets, and what writes each time.
"""
import base64, http.client, json, os, shutil, socket, subprocess, sys, tempfile, time

from loopback import free_port, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get('MASTERGATE', os.path.join(ROOT, '.build', 'release', 'mastergate'))
FOLDER = tempfile.mkdtemp(prefix='front-ends')
os.chmod(FOLDER, 0o755)
PROCESSES = []

NGINX = """
daemon off; pid %(folder)s/nginx.pid; error_log %(folder)s/nginx.log; worker_processes 1; %(user)s
events {}
http {
    access_log off; client_body_temp_path %(folder)s/a; proxy_temp_path %(folder)s/b; fastcgi_temp_path %(folder)s/c; uwsgi_temp_path %(folder)s/d; scgi_temp_path %(folder)s/e;
    map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
    upstream mastergate { server 127.0.0.1:%(upstream)d; keepalive 32; }
    server {
        listen 127.0.0.1:%(port)d;
        location /redis/ {
            proxy_pass http://mastergate;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_read_timeout 1h;
            client_max_body_size 128m;
        }
    }
}
"""

CADDY = """
{
    admin off
    auto_https off
}
http://:%(port)d {
    bind 127.0.0.1
    reverse_proxy /redis/* 127.0.0.1:%(upstream)d {
        flush_interval -1
    }
}
"""

VARNISH = """
vcl 4.1;
backend mastergate { .host = "127.0.0.1"; .port = "%(upstream)d"; .first_byte_timeout = 1h; .between_bytes_timeout = 1h; }
sub vcl_recv {
    if (req.http.Upgrade ~ "(?i)websocket" || req.http.Accept ~ "text/event-stream") { return (pipe); }
}
sub vcl_pipe {
    if (req.http.Upgrade) { set bereq.http.Upgrade = req.http.Upgrade; set bereq.http.Connection = req.http.Connection; }
}
"""

APACHE = """
ServerRoot %(folder)s
ServerName localhost
PidFile %(folder)s/apache.pid
ErrorLog %(folder)s/apache.log
DefaultRuntimeDir %(folder)s
Mutex file:%(folder)s default
Listen 127.0.0.1:%(port)d
%(user)s
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule proxy_module %(modules)s/mod_proxy.so
LoadModule proxy_http_module %(modules)s/mod_proxy_http.so
AllowEncodedSlashes NoDecode
ProxyPreserveHost On
ProxyTimeout 3600
ProxyPass /redis/ http://127.0.0.1:%(upstream)d/redis/ nocanon flushpackets=on upgrade=websocket
"""


def start(words, port):
    PROCESSES.append(subprocess.Popen(words, stdout=open(os.path.join(FOLDER, os.path.basename(words[0]) + '.out'), 'wb'), stderr=subprocess.STDOUT))
    wait_for(port, FOLDER)
    return port


def written(name, text, **values):
    path = os.path.join(FOLDER, name)
    with open(path, 'w') as file:
        file.write(text % dict(values, folder=FOLDER))
    return path


def expect(name, found, wanted):
    if found != wanted:
        raise SystemExit('%s: found %r, expected %r' % (name, found, wanted))
    print('ok  ' + name)


def ask(port, method, path, body=None, **fields):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
    connection.request(method, path, body, {name.replace('_', '-'): value for name, value in fields.items()})
    response = connection.getresponse()
    return response.status, response.read().decode()


def receive(link, wanted, seconds=10):
    """What has come once it holds `wanted`; whatever it is after so long."""
    link.settimeout(.2)
    found, end = b'', time.time() + seconds
    while wanted not in found and time.time() < end:
        try:
            part = link.recv(65536)
            if not part:
                break
            found += part
        except socket.timeout:
            pass
    return found


def check(name, port, direct):
    expect(name + ': a command', ask(port, 'GET', '/redis/SET/a%2Fb%20c/1')[1], '{"SET":[true,"OK"]}')
    expect(name + ': %2F stays in a key', ask(direct, 'GET', '/redis/KEYS/*')[1], '{"KEYS":["a/b c"]}')
    expect(name + ': what writes runs each time', [ask(port, 'GET', '/redis/INCR/n')[1] for _ in range(3)], ['{"INCR":%d}' % number for number in (1, 2, 3)])
    expect(name + ': a read is never stale', [ask(direct, 'GET', '/redis/SET/v/%d' % number) and ask(port, 'GET', '/redis/GET/v')[1] for number in (1, 2)], ['{"GET":"1"}', '{"GET":"2"}'])
    status, body = ask(port, 'POST', '/redis/pipeline', '[["GET","v"]]', Content_Type='application/json')
    expect(name + ': a pipeline', (status, json.loads(body)), (200, [{'result': '2'}]))
    with socket.create_connection(('127.0.0.1', port)) as link:
        link.sendall(b'GET /redis/XREAD/STREAMS/s/$ HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n')
        expect(name + ': the head of a stream comes at once', b'id: 0-0' in receive(link, b'id: 0-0'), True)
        ask(direct, 'GET', '/redis/XADD/s/5-1/f/hello')
        expect(name + ': so does an event', b'data: {"f":"hello"}' in receive(link, b'hello', 3), True)
    with socket.create_connection(('127.0.0.1', port)) as link:
        key = base64.b64encode(os.urandom(16)).decode()
        link.sendall(('GET /redis/.json HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n' % key).encode())
        expect(name + ': a WebSocket', b' 101 ' in receive(link, b'\r\n\r\n'), True)
        message = b'["GET","v"]'
        link.sendall(bytes([0x81, 0x80 | len(message), 0, 0, 0, 0]) + message)
        expect(name + ': and its reply', b'{"GET":"2"}' in receive(link, b'"2"}', 3), True)
    ask(direct, 'POST', '/redis/', 'FLUSHALL')


def main():
    redis, gateway = free_port(), free_port()
    start(['redis-server', '--port', str(redis), '--save', '', '--dir', FOLDER], redis)
    start([PROGRAM, '--upstream', '127.0.0.1:%d' % redis, '--listen', 'off', '--admin', 'off', '--http', '127.0.0.1:%d' % gateway, '--http-base-path', '/redis'], gateway)
    time.sleep(.5)
    user = 'user %s;' if os.getuid() == 0 else ''
    fronts = {
        'nginx': lambda port: ['nginx', '-c', written('nginx.conf', NGINX, port=port, upstream=gateway, user=user % 'root' if user else '')],
        'caddy': lambda port: ['caddy', 'run', '--adapter', 'caddyfile', '--config', written('Caddyfile', CADDY, port=port, upstream=gateway)],
        'varnishd': lambda port: ['varnishd', '-F', '-f', written('v.vcl', VARNISH, upstream=gateway), '-a', '127.0.0.1:%d' % port, '-n', os.path.join(FOLDER, 'v'), '-s', 'malloc,16m', '-T', 'none',
                                  '-p', 'feature=+http2'],
        'apache2': lambda port: ['apache2', '-D', 'FOREGROUND', '-f', written('apache.conf', APACHE, port=port, upstream=gateway, modules='/usr/lib/apache2/modules',
                                                                            user='User www-data\nGroup www-data' if user else '')],
    }
    for name, words in fronts.items():
        if not shutil.which(name):
            print('--  %s is not installed' % name)
            continue
        port = free_port()
        check(name, start(words(port), port), gateway)


if __name__ == '__main__':
    try:
        main()
    finally:
        for process in reversed(PROCESSES):
            process.terminate()
        for process in PROCESSES:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(FOLDER, ignore_errors=True)
