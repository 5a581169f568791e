#!/bin/sh
# Before a server is stopped on purpose: if it is the master, the sentinels move the master first. Commands wait in
# Mastergate meanwhile, and none is lost.
set -eu

HERE=$(dirname "$0")
# shellcheck source=k8s/base/scripts/ask.sh
. "$HERE/ask.sh"

[ "$(ask_redis "$SELF" ROLE | head -n 1)" = master ] || exit 0
tried=0
while [ "$tried" -lt 15 ] && [ "$(master_by_majority)" = "$SELF" ]; do
    # One of them is enough, and has to be asked again only when nothing comes of it: a second failover that begins
    # while one is under way is refused.
    if [ $((tried % 5)) = 0 ]; then
        for sentinel in $SENTINELS; do
            [ "$(ask_sentinel "$sentinel" SENTINEL FAILOVER "$MASTER_NAME")" = OK ] && break
        done
    fi
    sleep 1
    tried=$((tried + 1))
done
