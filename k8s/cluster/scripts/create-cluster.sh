#!/bin/sh
# Makes the cluster of the nodes, once. Run again, it finds the cluster and changes nothing.
set -eu

REDISCLI_AUTH=$(cat "${PASSWORD_FILE:-/run/secrets/redis/password}")
export REDISCLI_AUTH

addresses=
for name in $NODES; do
    until [ "$(timeout 1 redis-cli -h "$name${DOMAIN:-}" PING 2>/dev/null)" = PONG ]; do sleep 1; done
    address=$(getent ahostsv4 "$name${DOMAIN:-}" | head -n 1 | cut -d ' ' -f 1)
    addresses="$addresses $address:6379"
    known=$(timeout 1 redis-cli -h "$address" CLUSTER INFO | tr -d '\r' | sed -n 's/^cluster_known_nodes://p')
    if [ "$known" -gt 1 ]; then
        echo "$name is in a cluster of $known nodes already"
        exit 0
    fi
done
# shellcheck disable=SC2086 # a list of words
exec redis-cli --cluster create $addresses --cluster-replicas "$REPLICAS" --cluster-yes
