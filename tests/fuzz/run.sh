#!/bin/bash
# run.sh [TARGET …]: fuzzes the readers of outside data, two at a time, FUZZ_SECONDS each (default 3600), under libFuzzer
# with AddressSanitizer and UBSan; stops at the first finding and prints the input's path. FUZZ_BUILD: folder of the
# build (build-fuzz); inputs that reached something new are kept in var/fuzz/TARGET and are used again.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${FUZZ_SECONDS:-3600}
build=${FUZZ_BUILD:-build-fuzz}
targets=${*:-transcript policy proof web stranger}

fuzzer=-fsanitize=fuzzer-no-link
[ -f "$build/build.ninja" ] || CC=clang meson setup "$build" -Dfuzz=true -Dwerror=false -Dbuildtype=plain \
    -Db_sanitize=address,undefined -Db_lundef=false -Dc_args="-O1 -fno-omit-frame-pointer -fno-sanitize-recover=undefined -Wno-unknown-warning-option $fuzzer \
    -fsanitize-coverage-ignorelist=$PWD/tests/fuzz/no-coverage.txt" \
    -Dc_link_args="$fuzzer" >"$build.log" 2>&1 || { tail -n 30 "$build.log"; exit 1; }
rm -f "$build.log"
# shellcheck disable=SC2086
ninja -C "$build" --quiet $(printf 'tests/fuzz/fuzz-%s ' $targets) || exit 1

export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
most() { case $1 in transcript) echo 16384 ;; policy) echo 16384 ;; *) echo 4096 ;; esac; }

fuzz() { # fuzz TARGET: the log stands in var/fuzz/TARGET.log
    local target=$1 options=()
    mkdir -p "var/fuzz/$target"
    [ -f "tests/fuzz/$target.dict" ] && options+=("-dict=tests/fuzz/$target.dict")
    local kept=("tests/fuzz/corpus/$target")
    [ "$target" = policy ] && kept+=(cities/liaocheng/admission)
    # One input may take ten seconds and 2 GB; a single piece of memory 1 GB.
    exec "$build/tests/fuzz/fuzz-$target" -max_total_time="$seconds" -max_len="$(most "$target")" -timeout=10 \
        -rss_limit_mb=2048 -malloc_limit_mb=1024 -print_final_stats=1 -artifact_prefix="var/fuzz/$target-" \
        "${options[@]}" "var/fuzz/$target" "${kept[@]}" >"var/fuzz/$target.log" 2>&1
}

say() { # say TARGET RESULT
    local log=var/fuzz/$1.log
    echo "$1: $(sed -n 's/.*\(cov: [0-9]* ft: [0-9]*\).*/\1/p' "$log" | tail -n 1)," \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs," \
        "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log") a second"
    [ "$2" = 0 ] && return 0
    tail -n 60 "$log"
    local input
    input=$(sed -n 's/.*Test unit written to //p' "$log")
    [ -n "$input" ] || { echo "$1: stopped"; return 1; }
    echo "$1: FOUND $input"
    echo "after the repair, keep it: cp … tests/fuzz/corpus/$1/found-NAME"
    return 1
}

declare -A running=()
failed=0
finish_one() { # waits for any of them
    local done_one status
    wait -n -p done_one
    status=$?
    [ -n "${done_one:-}" ] || return 0
    say "${running[$done_one]}" "$status" || failed=1
    unset "running[$done_one]"
}
mkdir -p var/fuzz
for target in $targets; do
    [ "${#running[@]}" -ge 2 ] && finish_one
    [ "$failed" = 0 ] || break
    fuzz "$target" &
    running[$!]=$target
done
while [ "${#running[@]}" -gt 0 ]; do
    [ "$failed" = 0 ] || kill "${!running[@]}" 2>/dev/null
    finish_one
done
exit "$failed"
