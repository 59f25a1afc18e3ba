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

step() { # step GROUP NAME COMMAND…
    local group=$1 name=$2 start=$SECONDS log
    shift 2
    wanted "$group" || return 0
    log=$out/$(echo "$name" | tr -c 'a-zA-Z0-9\n' '-').log
    printf '%-58s ' "$name"
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok %5ds\n' $((SECONDS - start))
    else
        failed=$((failed + 1))
        names="$names
  $name ($log)"
        printf 'FAILED %ds\n' $((SECONDS - start))
        tail -n 40 "$log" | sed 's/^/    | /'
    fi
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
    step postgres "PostgreSQL for the tests" tools/postgres.sh start "$postgres"
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

step round "a small city's rounds, close to verified result" tests/round.sh "$build"
step round "the same on PostgreSQL" tests/round.sh "$build" "$url"
step kill "ledger: 64 clients, killed, SQLite" tests/stress.sh "$build"
step kill "ledger: 64 clients, killed, PostgreSQL" tests/stress.sh "$build" "$url"
step kill "server killed fifty times, SQLite" tests/kill.sh "$build" 50
step kill "server killed fifty times, PostgreSQL" tests/kill.sh "$build" 50 "$url"
step browser "every route as every role; bad input" tests/http.sh "$build"
step browser "spreadsheets out and in, SQLite" tests/exchange.sh "$build"
step browser "spreadsheets out and in, PostgreSQL" tests/exchange.sh "$build" "$url"
step browser "browser walks on SQLite" tests/browser.sh "$build"
step browser "browser walks on PostgreSQL" tests/browser.sh "$build" "$url"

echo
[ "$failed" = 0 ] || echo "Failed:$names"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
