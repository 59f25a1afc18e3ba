#!/bin/bash
# figures.sh BUILD: every figure of the briefing, counted from the rows of the full city's register. The register alone
# is built (no families, no rounds: some 25 seconds of processor), then all published figures are counted as known now
# and as known on the morning of the briefing. Two published figures cannot be; they must be told, with what the rows
# give, and nothing else may differ. Where the briefing's own list stands beside the checkout, the city's copy of the
# facts is compared with it.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() { echo "$1"; cat "$folder/table" 2>/dev/null; exit 1; }

"$build/jiaoti" demo --city cities/liaocheng --data "$folder/city" --register-only >"$folder/log"

count() { # count NAME OPTIONS…: the table of verdicts
    local name=$1
    shift
    "$build/jiaoti" figures --city cities/liaocheng --data "$folder/city" "$@" >"$folder/table" || true
    grep -q '^78 figures: 71 same, 5 within their bounds, 0 differ, 2 impossible as published, 0 not counted' \
        "$folder/table" || fail "$name: not all 78 figures come out of the rows"
    grep -Eq '^rural_coverage +73\.89 +73\.82 .*impossible as published.*468/634' "$folder/table" ||
        fail "$name: rural_coverage is not told as impossible"
    grep -Eq '^voc_compliance +85\.72 +85\.71 .*impossible as published' "$folder/table" ||
        fail "$name: voc_compliance is not told as impossible"
}
count "as known now"
count "as known at the briefing" --known "2024-02-27 09:00"

list=../shared/briefing/figures.csv
if [ -f "$list" ]; then
    awk -F, 'NR > 1 {print $1, $5}' "$list" | sort >"$folder/theirs"
    awk -F, 'NR > 1 {print $1, $2}' cities/liaocheng/published/2024-02-27.csv | sort >"$folder/ours"
    diff "$folder/theirs" "$folder/ours" || fail "the city's copy of the published figures differs from the briefing's list"
fi
echo "78 figures are counted from rows, now and as known at the briefing"
