#!/bin/sh
# Counts the instructions of allot's main operations on a small city (once.c) under callgrind, so that a change shows on
# a noisy machine too, and compares with the counts that were kept (instructions.txt). More than 2 % of difference is
# said, not failed. One worker, no AVX-512 (valgrind has none); the counts belong to one compiler and one library of C.
#   --lines   only lines: operation, count, kept count
#   --save    keeps the new counts
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
kept=bench/instructions.txt
mode=${1:-}
command -v valgrind >/dev/null 2>&1 || {
    echo "valgrind is not installed (tools/packages.sh test)" >&2
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for operation in $("$build/bench/once"); do
    valgrind --tool=callgrind --toggle-collect=measured --callgrind-out-file="$work/out" "$build/bench/once" "$operation" \
        2>"$work/said" || {
        cat "$work/said" >&2
        exit 1
    }
    now=$(awk '/^totals:/ { print $2 }' "$work/out")
    then=$(awk -v name="$operation" '$1 == name { print $2 }' $kept 2>/dev/null || true)
    printf '%s\t%s\t%s\n' "$operation" "$now" "$then" >>"$work/lines"
    [ "$mode" = --lines ] || printf '%s\t%s\t%s\n' "$operation" "$now" "$then" | awk -F '\t' '{
        change = $3 ? ($2 / $3 - 1) * 100 : 0
        printf "%-14s %12.3f million", $1, $2 / 1e6
        if ($3) printf "   kept %12.3f   %+6.1f %%%s", $3 / 1e6, change, (change > 2 || change < -2 ? "   CHANGED" : "")
        printf "\n"
    }'
done
[ "$mode" != --lines ] || cat "$work/lines"
[ "$mode" != --save ] || awk -F '\t' '{ print $1, $2 }' "$work/lines" >$kept
