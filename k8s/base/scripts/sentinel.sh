#!/bin/sh
# Starts a sentinel. Used by the pods of k8s/ and by docker/compose.yaml.
#
# What a sentinel has learned, its own id and the current master among it, is in its configuration on its volume; so that is
# written once and then left to it.
#
#   NAME            the name under which others reach this sentinel, and which it announces
#   FIRST           the name of the server that is the master at first
#   PASSWORD_FILE   the password of servers and sentinels
#   MASTER_NAME, QUORUM, DOWN_AFTER, DATA, PORT, REDIS_PORT   mymaster, 2, 2000 ms, /data, 26379, 6379
set -eu
: "${NAME:?}" "${FIRST:?}" "${PASSWORD_FILE:?}"
MASTER_NAME=${MASTER_NAME:-mymaster}
DATA=${DATA:-/data}
PORT=${PORT:-26379}
REDIS_PORT=${REDIS_PORT:-6379}
password=$(cat "$PASSWORD_FILE")
# A sentinel writes the password back into its configuration without quotes, and could then not start again.
case $password in
    '' | *[!A-Za-z0-9._~!@%^*+=:,/?-]*)
        echo "sentinel.sh: the password may hold letters, digits and . _ ~ ! @ % ^ * + = : , / ? - only, and not be empty" >&2
        exit 1
        ;;
esac
config=$DATA/sentinel.conf

if [ ! -s "$config" ]; then
    umask 077
    # Written aside and moved into place, so that no half of it is ever taken for the whole.
    cat >"$config.new" <<END
port $PORT
bind * -::*
protected-mode no
dir $DATA
requirepass "$password"
sentinel sentinel-pass "$password"
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip "$NAME"
sentinel announce-port $PORT
sentinel monitor $MASTER_NAME $FIRST $REDIS_PORT ${QUORUM:-2}
sentinel auth-pass $MASTER_NAME "$password"
sentinel down-after-milliseconds $MASTER_NAME ${DOWN_AFTER:-2000}
sentinel failover-timeout $MASTER_NAME 10000
sentinel parallel-syncs $MASTER_NAME 1
END
    mv "$config.new" "$config"
fi

# A master's name that cannot be resolved ends a sentinel at its start.
known=$(sed -n "s/^sentinel monitor $MASTER_NAME \"\{0,1\}\([^ \"]*\)\"\{0,1\} .*/\1/p" "$config")
waited=0
until getent hosts "${known:-$FIRST}" >/dev/null; do
    if [ $((waited % 50)) -eq 0 ]; then echo "sentinel.sh: waiting for the name ${known:-$FIRST}"; fi
    waited=$((waited + 1))
    sleep 0.2
done
exec redis-sentinel "$config"
