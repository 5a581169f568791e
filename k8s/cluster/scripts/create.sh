#!/bin/sh
# Joins the nodes into one cluster, once; where there is one already it does nothing.
#
#   NODES, PASSWORD_FILE, REPLICAS, PORT    the last two: 1, 6379
set -eu
: "${NODES:?}" "${PASSWORD_FILE:?}"
PORT=${PORT:-6379}
REDISCLI_AUTH=$(cat "$PASSWORD_FILE")
export REDISCLI_AUTH
set --
for node in $NODES; do
    until redis-cli -h "$node" -p "$PORT" PING 2>/dev/null | grep -q PONG; do
        echo "create.sh: waiting for $node"
        sleep 1
    done
    address=$(getent hosts "$node" | awk '{print $1; exit}')
    set -- "$@" "$address:$PORT"
done
if redis-cli -h "${1%:*}" -p "$PORT" CLUSTER INFO | grep -q '^cluster_state:ok'; then
    echo "create.sh: the cluster is there"
    exit 0
fi
redis-cli --cluster create "$@" --cluster-replicas "${REPLICAS:-1}" --cluster-yes
