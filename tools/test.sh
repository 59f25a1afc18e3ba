#!/bin/bash
# Everything that can go red: lint, unit tests on both engines, sanitizers, fuzzing, the round on the command line, kill
# tests, browser tests. Each step prints one line; a failed one prints the end of its log. Logs stand in var/test/.
# STEPS="unit browser" runs only those.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
out=var/test
mkdir -p "$out"
passed=0
failed=0
names=""

wanted() { [ -z "${STEPS:-}" ] || case " $STEPS " in *" $1 "*) true ;; *) false ;; esac; }

log_of() { echo "$out/$(echo "$1" | tr -c 'a-zA-Z0-9\n' '-').log"; }

tell() { # tell NAME STATUS SECONDS
    printf '%-58s ' "$1"
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
        printf 'ok %5ds\n' "$3"
    else
        failed=$((failed + 1))
        names="$names
  $1 ($(log_of "$1"))"
        printf 'FAILED %ds\n' "$3"
        tail -n 40 "$(log_of "$1")" | sed 's/^/    | /'
    fi
}

step() { # step GROUP NAME COMMAND…
    local group=$1 name=$2 start=$SECONDS status
    shift 2
    wanted "$group" || return 0
    "$@" >"$(log_of "$name")" 2>&1
    status=$?
    tell "$name" $status $((SECONDS - start))
}

# Two steps beside each other: the same on both databases, or one that computes beside one that waits.
both() { # both GROUP NAME COMMAND… -- NAME COMMAND…
    local group=$1 one=$2 start=$SECONDS other status process times
    local first=()
    shift 2
    while [ "$1" != -- ]; do
        first+=("$1")
        shift
    done
    other=$2
    shift 2
    wanted "$group" || return 0
    times=$(mktemp)
    (
        "${first[@]}" >"$(log_of "$one")" 2>&1
        status=$?
        echo $((SECONDS - start)) >"$times"
        exit $status
    ) &
    process=$!
    "$@" >"$(log_of "$other")" 2>&1
    status=$?
    local took=$((SECONDS - start))
    wait $process
    tell "$one" $? "$(cat "$times")"
    tell "$other" $status $took
    rm -f "$times"
}

postgres=$out/postgres
cleanup() { tools/postgres.sh stop "$postgres" >/dev/null 2>&1; }
trap cleanup EXIT

step build "build" tools/build.sh "$build"
[ "$failed" = 0 ] || { echo "$passed passed, $failed failed"; exit 1; }
step lint "lint: house, calls, format, texts" tools/lint.sh
step check "the demo city's folder has no mistake" "$build/jiaoti" check cities/liaocheng

url=""
if wanted unit || wanted kill || wanted browser || wanted round; then
    # Programs are killed here, never the machine: the server need not wait for the disk.
    step postgres "PostgreSQL for the tests" env JIAOTI_PG_OPTIONS="-c fsync=off" tools/postgres.sh start "$postgres"
    url=$(tools/postgres.sh url "$postgres" 2>/dev/null)
fi
step unit "unit tests on SQLite" meson test -C "$build" --print-errorlogs
step unit "unit tests on PostgreSQL" env JIAOTI_TEST_DB="$url" meson test -C "$build" --suite store --suite places \
    --suite unit --no-suite pure --print-errorlogs
step asan "build with sanitizers" env TARGETS=meson-test-prereq tools/build.sh build-asan \
    -Db_sanitize=address,undefined -Doptimization=1
step asan "unit tests under sanitizers" env ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1 \
    meson test -C build-asan --no-suite long --print-errorlogs --timeout-multiplier 6

step fuzz "fuzzing each reader for a minute, two at a time" env FUZZ_SECONDS="${FUZZ_SECONDS:-60}" tests/fuzz/run.sh

both round "a small city's rounds, close to verified result" tests/round.sh "$build" -- \
    "the same on PostgreSQL" tests/round.sh "$build" "$url"
both kill "ledger: 64 clients, killed, SQLite" tests/stress.sh "$build" -- \
    "ledger: 64 clients, killed, PostgreSQL" tests/stress.sh "$build" "$url"
both kill "server killed fifty times, SQLite" tests/kill.sh "$build" 50 -- \
    "server killed fifty times, PostgreSQL" tests/kill.sh "$build" 50 "$url"
both browser "every route as every role; bad input" tests/http.sh "$build" -- \
    "78 figures from the full city's rows" tests/figures.sh "$build"
both browser "spreadsheets out and in, SQLite" tests/exchange.sh "$build" -- \
    "spreadsheets out and in, PostgreSQL" tests/exchange.sh "$build" "$url"
both browser "programming interface on SQLite" tests/interface.sh "$build" -- \
    "programming interface on PostgreSQL" tests/interface.sh "$build" "$url"
both browser "messages, against other servers, SQLite" tests/messages.sh "$build" -- \
    "messages, against other servers, PostgreSQL" tests/messages.sh "$build" "$url"
both browser "browser walks on SQLite" tests/browser.sh "$build" -- \
    "browser walks on PostgreSQL" tests/browser.sh "$build" "$url"

echo
[ "$failed" = 0 ] || echo "Failed:$names"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
