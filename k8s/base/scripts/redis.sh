#!/bin/sh
# Starts a Redis server in the role that it has now, which it learns from the sentinels.
#
#   a majority of the sentinels names another   a replica of that one
#   a majority names this one                   the master again, with the data of its volume; but where the volume is
#                                               new, the replicas know more: it waits until one of them is the master
#   no majority, nothing has ever run here      FIRST_MASTER is the master and the others are its replicas, unless some
#                                               server is a master already: then its replica
#   no majority, and this is a restart          it waits START_WAIT seconds for one, then looks for a master among the
#                                               servers, and at last goes on as what it was
#
# So a server never makes itself the master beside another that it can see, and one that sees nobody is no danger either:
# clients go where the sentinels point, and these make it a replica as soon as they see it.
set -eu

HERE=$(dirname "$0")
CONFIG=${CONFIG:-/config/redis.conf}
DATA=${DATA:-/data}
# shellcheck source=k8s/base/scripts/ask.sh
. "$HERE/ask.sh"

FILE=$DATA/redis.conf
was_here=no
[ -f "$FILE" ] && was_here=yes
# What the sentinels or this script have made of this server last.
was_replica_of=$(sed -n 's/^replicaof \([^ ]*\) .*/\1/p' "$FILE" 2>/dev/null | tail -n 1)

# Prints whom to follow; nothing for nobody.
find_master() {
    waited=0
    while :; do
        if named=$(master_by_majority); then
            if [ "$named" != "$SELF" ]; then
                say "the sentinels name $named" >&2
                echo "$named"
                return
            elif [ "$was_here" = yes ]; then
                say "the sentinels name this server" >&2
                return
            fi
            [ "$waited" -gt 0 ] || say "the sentinels name this server, whose volume is new: waiting until they choose a replica" >&2
        elif [ "$was_here" = no ]; then
            masters=$(masters_among_servers)
            case $masters in
            '')
                # Whoever is not the first waits for the first one.
                if [ "$SELF" = "$FIRST_MASTER" ]; then
                    say "nobody knows of a master: this is the first start" >&2
                    return
                fi
                [ "$waited" -gt 0 ] || say "waiting for $FIRST_MASTER" >&2
                ;;
            *[![:graph:]]*) say "several servers are masters: $masters; waiting for the sentinels" >&2 ;;
            *)
                say "$masters is a master" >&2
                echo "$masters"
                return
                ;;
            esac
        else
            [ "$waited" -gt 0 ] || say "waiting for a majority of the sentinels" >&2
        fi
        if [ "$waited" -ge "$START_WAIT" ] && { [ "$was_here" = yes ] || [ "$SELF" = "$FIRST_MASTER" ]; }; then
            masters=$(masters_among_servers | head -n 1)
            say "no word from the sentinels for $waited s; a master among the servers: ${masters:-none, so this server goes on as it was}" >&2
            echo "${masters:-$was_replica_of}"
            return
        fi
        sleep 1
        waited=$((waited + 1))
    done
}

master=$(find_master)

# Written anew each time: passwords may have changed. Sentinels have the server rewrite it when its role changes.
umask 077
{
    echo "include $CONFIG"
    echo "dir $DATA"
    echo "replica-announce-ip $SELF"
    echo "requirepass $REDIS_PASSWORD"
    echo "masterauth $REDIS_PASSWORD"
    if [ -n "$master" ]; then echo "replicaof $master 6379"; fi
} >"$FILE.new"
mv "$FILE.new" "$FILE"

role=master
[ -z "$master" ] || role="a replica of $master"
say "starting as $role"
exec redis-server "$FILE"
