#!/bin/sh
# Starts a sentinel. It keeps its file on its volume, and with that its id, its epochs and who the master is.
#
# A sentinel with a new volume asks the others; where no majority of them knows, it asks the servers, and begins once
# exactly one of them is a master.
set -eu

HERE=$(dirname "$0")
DATA=${DATA:-/data}
# shellcheck source=k8s/base/scripts/ask.sh
. "$HERE/ask.sh"

FILE=$DATA/sentinel.conf
umask 077

if grep -q "^sentinel monitor $MASTER_NAME " "$FILE" 2>/dev/null; then
    # All but what may have changed outside: passwords and times.
    grep -v -e "^sentinel auth-pass " -e "^sentinel sentinel-pass " -e "^requirepass " -e "^user default " \
        -e "^sentinel down-after-milliseconds " -e "^sentinel failover-timeout " "$FILE" >"$FILE.new"
    say "back again: $(sed -n 's/^\(sentinel monitor .*\)/\1/p' "$FILE.new")"
else
    waited=0
    while :; do
        if master=$(master_by_majority); then
            say "the other sentinels name $master"
            break
        fi
        master=$(masters_among_servers)
        case $master in
        '') [ $((waited % 10)) -gt 0 ] || say "waiting for a master" ;;
        *[![:graph:]]*) [ $((waited % 10)) -gt 0 ] || say "several servers are masters, and it takes a person to choose:" "$master" ;;
        *)
            say "$master is the master"
            break
            ;;
        esac
        sleep 1
        waited=$((waited + 1))
    done
    quorum=$(($(echo "$SENTINELS" | wc -w) / 2 + 1))
    {
        echo "port 26379"
        echo "dir $DATA"
        # Names outlive addresses. Both must stand before the master's name does.
        echo "sentinel resolve-hostnames yes"
        echo "sentinel announce-hostnames yes"
        echo "sentinel announce-ip $SELF"
        echo "sentinel monitor $MASTER_NAME $master 6379 $quorum"
    } >"$FILE.new"
fi
{
    echo "requirepass $SENTINEL_PASSWORD"
    echo "sentinel sentinel-pass $SENTINEL_PASSWORD"
    echo "sentinel auth-pass $MASTER_NAME $REDIS_PASSWORD"
    echo "sentinel down-after-milliseconds $MASTER_NAME $DOWN_AFTER"
    echo "sentinel failover-timeout $MASTER_NAME $FAILOVER_TIMEOUT"
} >>"$FILE.new"
mv "$FILE.new" "$FILE"
exec redis-server "$FILE" --sentinel
