#!/bin/sh
# Starts a node of the cluster. Its address changes with each start of its pod, its id and its slots do not: they are in
# nodes.conf on its volume, in which the address is put right. The others learn it from this node's first words to them.
#
#   POD_IP, PASSWORD_FILE, DATA, PORT    the last two: /data, 6379
set -eu
: "${POD_IP:?}" "${PASSWORD_FILE:?}"
DATA=${DATA:-/data}
PORT=${PORT:-6379}
if [ -s "$DATA/nodes.conf" ]; then
    # ID 10.0.0.1:6379@16379[,host] myself,…
    sed -i "/ myself[, ]/s/^\([0-9a-f]*\) [^ :]*:/\1 $POD_IP:/" "$DATA/nodes.conf"
fi
umask 077
cat >"$DATA/start.conf" <<END
bind * -::*
port $PORT
protected-mode no
dir $DATA
appendonly yes
cluster-enabled yes
cluster-config-file nodes.conf
cluster-node-timeout 5000
cluster-announce-ip $POD_IP
requirepass "$(cat "$PASSWORD_FILE")"
masterauth "$(cat "$PASSWORD_FILE")"
END
exec redis-server "$DATA/start.conf"
