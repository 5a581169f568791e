# Questions to the other servers and sentinels; sourced by the scripts beside it.
#
# A name that does not resolve, a connection that is refused and an answer that does not come within a second are all the
# same: no answer.
# shellcheck shell=sh

# What completes every name, where that is needed.
completed() { for name in $1; do printf '%s ' "$name${DOMAIN:-}"; done; }
SELF=$SELF${DOMAIN:-}
SERVERS=$(completed "$SERVERS")
SENTINELS=$(completed "$SENTINELS")
# shellcheck disable=SC2034 # redis.sh uses it
FIRST_MASTER=$FIRST_MASTER${DOMAIN:-}

REDIS_PASSWORD=$(cat "${REDIS_PASSWORD_FILE:-/secrets/redis}")
SENTINEL_PASSWORD=$(cat "${SENTINEL_PASSWORD_FILE:-/secrets/sentinel}")

# Servers and sentinels write their files anew by themselves, and sentinels put no quotes around a password.
case $REDIS_PASSWORD$SENTINEL_PASSWORD in
*[!A-Za-z0-9._~@%^+=:,/-]*)
    echo "$SELF: a password may hold letters, digits and . _ ~ @ % ^ + = : , / - alone" >&2
    exit 1
    ;;
esac
if [ -z "$REDIS_PASSWORD" ] || [ -z "$SENTINEL_PASSWORD" ]; then
    echo "$SELF: a password is empty" >&2
    exit 1
fi

say() { echo "$(date -u +%FT%TZ) $SELF: $*"; }

# ask_redis HOST WORD... / ask_sentinel HOST WORD...: the answer, one line for each string. The password goes by the
# environment, where no list of processes shows it.
ask_redis() {
    host=$1
    shift
    REDISCLI_AUTH=$REDIS_PASSWORD timeout 1 redis-cli -h "$host" -p 6379 --raw "$@" 2>/dev/null
}

ask_sentinel() {
    host=$1
    shift
    REDISCLI_AUTH=$SENTINEL_PASSWORD timeout 1 redis-cli -h "$host" -p 26379 --raw "$@" 2>/dev/null
}

# The name of the master that a majority of all sentinels gives, those that do not answer counted; fails where there is none.
master_by_majority() {
    all=0
    claims=
    for sentinel in $SENTINELS; do
        all=$((all + 1))
        [ "$sentinel" = "$SELF" ] && continue
        claim=$(ask_sentinel "$sentinel" SENTINEL GET-MASTER-ADDR-BY-NAME "$MASTER_NAME" | head -n 1)
        case $claim in
        '' | *' '*) ;; # nothing known there, or an error's text
        *) claims="$claims$claim
" ;;
        esac
    done
    for claim in $(printf '%s' "$claims" | sort -u); do
        if [ "$(printf '%s' "$claims" | grep -cFx -- "$claim")" -gt $((all / 2)) ]; then
            echo "$claim"
            return 0
        fi
    done
    return 1
}

# The names of the other servers that say of themselves that they are the master.
masters_among_servers() {
    for server in $SERVERS; do
        [ "$server" = "$SELF" ] && continue
        [ "$(ask_redis "$server" ROLE | head -n 1)" = master ] && echo "$server"
    done
    return 0
}
