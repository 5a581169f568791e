#!/bin/sh
# Starts a Redis server in the role that it has now. Used by the pods of k8s/ and by docker/compose.yaml.
#
# The sentinels are asked who the master is, and most of them have to agree. So a server that comes back after a failover
# follows the new master, whatever it was before, and there are never two. Only on the very first start, when there is
# nothing on disk and no sentinel has seen a replica yet, is the first server the master by itself.
#
#   NAME            the name under which others reach this server, and which the sentinels announce
#   FIRST           the name of the server that is the master at first
#   SENTINELS       the names of the sentinels
#   PASSWORD_FILE   the password of servers and sentinels
#   MASTER_NAME, DATA, PORT, SENTINEL_PORT   mymaster, /data, 6379, 26379
set -eu
: "${NAME:?}" "${FIRST:?}" "${SENTINELS:?}" "${PASSWORD_FILE:?}"
MASTER_NAME=${MASTER_NAME:-mymaster}
DATA=${DATA:-/data}
PORT=${PORT:-6379}
SENTINEL_PORT=${SENTINEL_PORT:-26379}
# Not as an argument of redis-cli, where every process of the machine could read it.
REDISCLI_AUTH=$(cat "$PASSWORD_FILE")
export REDISCLI_AUTH
# A sentinel writes the password back into its configuration without quotes, and could then not start again.
case $REDISCLI_AUTH in
    '' | *[!A-Za-z0-9._~!@%^*+=:,/?-]*)
        echo "redis.sh: the password may hold letters, digits and . _ ~ ! @ % ^ * + = : , / ? - only, and not be empty" >&2
        exit 1
        ;;
esac

ask() {
    timeout 2 redis-cli -h "$1" -p "$SENTINEL_PORT" --raw SENTINEL "$2" "$MASTER_NAME" 2>/dev/null
}

majority=$(($(echo "$SENTINELS" | wc -w) / 2 + 1))

# The master that most sentinels name; nothing where there is none such.
agreed_master() {
    for sentinel in $SENTINELS; do
        # A name or an address; what is an error has blanks.
        ask "$sentinel" get-master-addr-by-name | sed -n '1{/^[^ ]\{1,\}$/p;}' || true
    done | sort | uniq -c | while read -r count name; do
        if [ "$count" -ge "$majority" ]; then echo "$name"; fi
    done
}

# Whether any sentinel has seen a replica: then this is not the first start.
replicas_known() {
    for sentinel in $SENTINELS; do
        if ask "$sentinel" replicas | grep -q '^ip$'; then return 0; fi
    done
    return 1
}

has_data() { [ -n "$(find "$DATA" -name '*.rdb' -o -name '*.aof' 2>/dev/null | head -n 1)" ]; }

waited=0
while :; do
    master=$(agreed_master)
    if [ -n "$master" ] && [ "$master" != "$NAME" ]; then break; fi
    if has_data; then
        # Whatever it was before: the sentinels know what it is now.
        if [ "$master" = "$NAME" ]; then break; fi
    elif ! replicas_known; then
        master=$FIRST
        break
    fi
    # Empty, and named as the master by sentinels that know replicas: they hold the data, and one of them will be promoted.
    if [ $((waited % 10)) -eq 0 ]; then echo "redis.sh: waiting for most sentinels to name a master that has the data (now: ${master:-none})"; fi
    waited=$((waited + 1))
    sleep 1
done

# Secrets go by a file, for the same reason.
config=$DATA/start.conf
umask 077
cat >"$config" <<END
bind * -::*
port $PORT
protected-mode no
dir $DATA
appendonly yes
requirepass "$REDISCLI_AUTH"
masterauth "$REDISCLI_AUTH"
replica-announce-ip $NAME
replica-announce-port $PORT
min-replicas-to-write ${MIN_REPLICAS_TO_WRITE:-0}
min-replicas-max-lag 10
END
if [ "$master" = "$NAME" ]; then
    echo "redis.sh: $NAME is the master"
else
    echo "redis.sh: $NAME follows $master"
    echo "replicaof $master $PORT" >>"$config"
fi
unset REDISCLI_AUTH
exec redis-server "$config"
