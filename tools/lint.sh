#!/bin/bash
# A small checker of our own habits. Each finding is a line `file:line: what`.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
say() { # say WHAT < lines; a line of code that says `lint: why` is excused
    while IFS= read -r line; do
        sed -n "$(echo "$line" | cut -d: -f2)p" "$(echo "$line" | cut -d: -f1)" 2>/dev/null | grep -q 'lint: ' && continue
        echo "$line: $1"
        bad=1
    done
}
sources=$(git ls-files 'src/*.c' 'src/*.h' 'tests/*.c' 'tests/*.h' 'tools/*.c' 'bench/*.c')

# Calls that are not used here: unbounded, locale-bound, or through a shell.
say "this call is banned (docs/style.md)" < <(grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|system|popen|tmpnam|mktemp|strtok|alloca)\(' $sources | cut -d: -f1,2)
# One clock for the whole program.
say "use clock_ms() (base/clock.h)" < <(grep -nE '\b(time\(NULL\)|gettimeofday\()' $(git ls-files 'src/*.c') | grep -v '^src/base/' | cut -d: -f1,2)
# SQL is bound, never built from text: no printf formats inside SQL words.
say "SQL must be bound, not formatted" < <(grep -nE '(printf|buf_add)[a-z_]*\([^)]*"(select|insert|update|delete) ' $(git ls-files 'src/*.c') | cut -d: -f1,2)
# Each folder of src has a README; each file starts with its story.
for folder in $(git ls-files 'src/*/*' | cut -d/ -f1,2 | sort -u); do
    [ -d "$folder" ] && { [ -f "$folder/README.md" ] || echo "$folder" | say "has no README.md"; }
done
for file in $(git ls-files 'src/*.c' 'src/*.h'); do
    head -c 2 "$file" | grep -q '/\*' || echo "$file:1" | say "does not start with its story"
done
# Long files ask to be looked at.
for file in $(git ls-files 'src/*.c' 'src/*.h' 'tools/*.c'); do
    lines=$(wc -l <"$file")
    [ "$lines" -le 800 ] || echo "$file:$lines" | say "is over 800 lines: is it one idea?"
done
tools/house.sh || bad=1
if command -v clang-format >/dev/null 2>&1; then
    say "clang-format would change it" < <(clang-format --dry-run $sources 2>&1 | grep 'Wclang-format' | cut -d: -f1,2 | sort -u | head -n 20)
fi
# Every error message of the allotment library is explained.
tools/allot_errors.py --check 2>/dev/null || bad=1
# The documents of routes come from the program.
program=${BUILD:-build}/jiaoti
if [ -x "$program" ]; then
    "$program" routes | cmp -s - docs/routes.md || echo "docs/routes.md:1" | say "is not what \`jiaoti routes\` prints: run tools/documents.sh"
fi
[ "$bad" = 0 ] && echo "lint: nothing found"
exit "$bad"
