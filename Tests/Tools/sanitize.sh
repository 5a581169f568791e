#!/usr/bin/env bash
# Runs every test, real servers included, with the address sanitizer and then with the thread sanitizer.
#
#     Tests/Tools/sanitize.sh                                      # both
#     Tests/Tools/sanitize.sh thread --filter IntegrationTests     # one; the rest goes to `swift test`
#
# The programs that the tests start are built with the sanitizer too. They inherit the environment, so what is found in
# them, or in the tests, is written to one folder; a run fails when that folder holds anything, whatever the tests say.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ $# -gt 0 ]; then kinds=$1; shift; else kinds="address thread"; fi

# Not run here, and why:
# - how much memory large values and slow readers take: a sanitizer multiplies memory, and keeps what is freed for a while.
skipped=(
    --skip aValueOf64MegabytesGoesBothWaysInLittleMemory
    --skip aValueOf512Megabytes
    --skip aClientThatDoesNotReadHoldsUpNobodyAndTakesLittleMemory
    --skip anHTTPClientThatDoesNotReadIsHeldBackToo
)

run_seconds_max=1200

# The leak sanitizer is off. It takes every side table of a weakly referenced Swift object for lost, with all that the
# object holds, since Swift keeps the table's address shifted, where a scan for addresses does not see it; and XCTest
# and Foundation lose memory of their own.
export SWIFT_BACKTRACE=enable=no

run() {
    local kind=$1 scratch=.build/$1-sanitizer reports status=0
    shift
    reports=$(pwd)/$scratch/reports
    rm -rf "$reports"
    mkdir -p "$reports"
    # The linker that is the default warns of a hundred symbols of the sanitizer's own.
    swift build --build-tests --sanitize="$kind" --scratch-path "$scratch" -Xswiftc -use-ld=lld || return 1
    if ! grep -q "__${marks[$kind]}_init" "$scratch/debug/mastergate"; then
        echo "$scratch/debug/mastergate is built without the $kind sanitizer" >&2
        return 1
    fi
    export ASAN_OPTIONS="detect_leaks=0:exitcode=66:log_path=$reports/report"
    export TSAN_OPTIONS="exitcode=66:log_path=$reports/report"
    timeout "$run_seconds_max" \
        swift test --skip-build --sanitize="$kind" --scratch-path "$scratch" -Xswiftc -use-ld=lld "${skipped[@]}" "$@" || status=$?
    if [ -n "$(ls -A "$reports")" ]; then
        head -n 60 "$reports"/*
        echo "the $kind sanitizer found something in $(ls "$reports" | wc -l) processes: $scratch/reports" >&2
        return 1
    fi
    echo "the $kind sanitizer found nothing; the tests ended with $status"
    return "$status"
}

declare -A marks=([address]=asan [thread]=tsan)
result=0
for kind in $kinds; do
    [ -n "${marks[$kind]:-}" ] || { echo "usage: $0 [address|thread [options of swift test]]" >&2; exit 2; }
    run "$kind" "$@" || result=1
done
exit $result
