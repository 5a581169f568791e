"""A page that counts how often it was called.

REDIS_HOST, REDIS_PORT   where Redis is: a Mastergate, a server, or with REDIS_MODE=cluster any node of a Redis Cluster
REDIS_PASSWORD_FILE      a file with the password; none without it
"""
import os
import redis
from flask import Flask

app = Flask(__name__)


def connect():
    password = None
    if path := os.environ.get('REDIS_PASSWORD_FILE'):
        with open(path, encoding='utf-8') as file:
            password = file.read().strip()
    kind = redis.RedisCluster if os.environ.get('REDIS_MODE') == 'cluster' else redis.Redis
    # Longer than a failover takes: what a proxy holds is worth waiting for.
    return kind(host=os.environ.get('REDIS_HOST', 'mastergate'), port=int(os.environ.get('REDIS_PORT', '6379')),
                password=password, socket_timeout=20, decode_responses=True)


client = None


@app.get('/')
def hit():
    global client
    try:
        # A cluster's client asks for the nodes when it is made: at the first hit, not when the program starts.
        client = client or connect()
        hits = client.incr('hits')
    except redis.RedisError as error:
        return f'The hit may not have been counted: {error}\n', 503
    return f'I have been hit {hits} times since deployment.\n'


@app.get('/healthz')
def health():
    return 'ok\n'
