#!/bin/sh
# Starts a node of the Redis Cluster. What it was is in nodes.conf on its volume; its address, and perhaps everybody else's,
# is a new one whenever the pod is made anew.
#
# The node tells the others its own new address by itself, as long as one of those that it knows is where it was. When all
# were made anew at once none is: so it introduces itself to every name until each of them is connected.
set -eu

DATA=${DATA:-/data}
CONFIG=${CONFIG:-/config/redis.conf}
SELF=$SELF${DOMAIN:-}
PASSWORD=$(cat "${PASSWORD_FILE:-/run/secrets/redis/password}")

node() { REDISCLI_AUTH=$PASSWORD timeout 1 redis-cli -h "$POD_IP" --raw "$@" 2>/dev/null; }

introduce() {
    tried=0
    while [ "$tried" -lt 100 ]; do
        sleep 3
        tried=$((tried + 1))
        view=$(node CLUSTER NODES) || continue
        # A node whose link is down, or that this one knows without having met it.
        echo "$view" | grep -v myself | grep -q -e ' disconnected' -e 'noaddr' || break
        for name in $NODES; do
            name=$name${DOMAIN:-}
            [ "$name" = "$SELF" ] && continue
            address=$(getent ahostsv4 "$name" | head -n 1 | cut -d ' ' -f 1)
            [ -z "$address" ] || node CLUSTER MEET "$address" 6379 >/dev/null || true
        done
    done
}

# A node that has never been in a cluster waits for the Job that makes one.
if [ -f "$DATA/nodes.conf" ] && [ "$(grep -c connected "$DATA/nodes.conf")" -gt 1 ]; then introduce & fi

umask 077
{
    echo "include $CONFIG"
    echo "dir $DATA"
    echo "cluster-announce-ip $POD_IP"
    echo "cluster-announce-hostname $SELF"
    echo "requirepass $PASSWORD"
    echo "masterauth $PASSWORD"
} >"$DATA/redis.conf"
exec redis-server "$DATA/redis.conf"
