"""Counts visits in Redis and shows the count: `GET /` adds one, `GET /healthz` adds none.

A plain client: it knows one address and nothing of sentinels or failovers.

    REDIS_HOST, REDIS_PORT, REDIS_PASSWORD    where Redis is (mastergate, 6379, none)
    REDIS_CLUSTER=1                           speak to a Redis Cluster, not to one server
    PORT                                      where it listens (8080)
"""
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis


def connect():
    options = {"host": os.environ.get("REDIS_HOST", "mastergate"), "port": int(os.environ.get("REDIS_PORT", "6379")),
               "password": os.environ.get("REDIS_PASSWORD") or None, "socket_timeout": 20, "decode_responses": True}
    if os.environ.get("REDIS_CLUSTER") == "1":
        return redis.RedisCluster(**options)
    return redis.Redis(**options)


class Visits(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    client = None

    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, "ok\n")
        if self.path != "/":
            return self.answer(404, "not here\n")
        try:
            hits = type(self).client.incr("hits")
        except redis.RedisError as error:
            return self.answer(503, f"Redis does not answer: {type(error).__name__}\n")
        return self.answer(200, f"This page has been visited {hits} times; served by {socket.gethostname()}.\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Visits.client = connect()
    ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Visits).serve_forever()
