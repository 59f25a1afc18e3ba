#!/bin/bash
# The library's face: what the headers declare is what allot.map names is what the shared library exports; and after an
# installation into an empty folder the examples build against it through pkg-config and say what they should.
# abi.sh BUILD_FOLDER [--write]: --write makes allot.map anew from the headers (layout.py --write does layout.c).
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
map=$source/src/allot/allot.map

headers=$(sed -n "s/^allot_headers = files(\(.*\))/\1/p" "$source/src/allot/meson.build" | tr -d "',")
for header in $headers; do
    gcc -std=gnu17 -I"$source/src" -fsyntax-only -x c -aux-info "$work/$header.txt" "$source/src/allot/$header"
    grep -F "/src/allot/$header:" "$work/$header.txt" | grep -v ' static ' | sed -E 's/^[^(]*[ *]([a-z0-9_]+) \(.*/\1/'
    sed -nE 's/^extern const .*[ *]([a-z0-9_]+)(\[[^]]*\])?;/\1/p' "$source/src/allot/$header"
done | sort -u >"$work/declared"

if [ "${2:-}" = --write ]; then
    { echo "ALLOT_2 {"; echo "global:"; sed 's/.*/    &;/' "$work/declared"; echo "local:"; echo "    *;"; echo "};"; } >"$map"
fi
sed -n 's/^ *\([a-z0-9_]*\);/\1/p' "$map" | sort -u >"$work/named"
diff "$work/declared" "$work/named" >&2 || { echo "allot.map is not what the headers declare" >&2; exit 1; }
[ "${2:-}" = --write ] && exit 0

nm -D --defined-only "$build/src/allot/liballot.so.2" | awk '$3 != "ALLOT_2" { print $3 }' | sed 's/@.*//' | sort -u \
    >"$work/exported"
diff "$work/named" "$work/exported" >&2 || { echo "the shared library exports something else than allot.map" >&2; exit 1; }
echo "$(wc -l <"$work/named") names: headers, allot.map and the shared library agree"

"$source/tests/allot/layout.py" --check || { echo "tests/allot/layout.c is not the layout of the headers" >&2; exit 1; }

# Pure: what it takes from outside is memory and text functions of libc and the question what the processor can do; only
# the default host asks for memory; nothing that can be written outlives a call.
nm -A -u "$build/src/allot/liballot.a" | awk '{ print $NF }' | sort -u >"$work/needed"
nm --defined-only "$build/src/allot/liballot.a" | awk 'NF == 3 { print $3 }' | sort -u >"$work/defined"
comm -23 "$work/needed" "$work/defined" | grep -vxE 'mem(cpy|move|set|cmp|chr)|str(len|cmp|chr)|v?snprintf|malloc|calloc|free|__(mem|str)[a-z]*_chk|__v?snprintf_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__cpu_(model|features2|indicator_init)' \
    >&2 && { echo "the library needs this from outside" >&2; exit 1; }
asking=$(nm -A -u "$build/src/allot/liballot.a" | grep -wE 'malloc|calloc|realloc|free' | cut -d: -f2 | sort -u)
[ "$asking" = problem.c.o ] || { echo "not only problem.c asks for memory: $asking" >&2; exit 1; }
objdump -h "$build/src/allot/liballot.a" | awk '$2 ~ /^\.(data|bss)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0*$/' >"$work/written"
[ ! -s "$work/written" ] || { cat "$work/written" >&2; echo "the library has a variable of its own" >&2; exit 1; }
# Whoever takes a host is tortured.
for header in $headers; do
    sed -E 's/^[^(]*[ *]([a-z0-9_]+) \(.*struct allot_host \*.*/\1/; t; d' <(grep -F "/src/allot/$header:" "$work/$header.txt")
done | sort -u | while read -r name; do
    grep -q "\b$name(" "$source/tests/allot/test_torture.c" || { echo "$name: test_torture.c does not call it" >&2; exit 1; }
done

# As somebody else would use it.
DESTDIR=$work/root meson install -C "$build" --no-rebuild --quiet --skip-subprojects --tags devel,runtime,man >/dev/null
pc=$(find "$work/root" -name allot.pc)
library=$(dirname "$(find "$work/root" -name 'liballot.so.2')")
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR=$work/root
PKG_CONFIG_PATH=$(dirname "$pc")
include=$(dirname "$(dirname "$(find "$work/root" -name allot.h)")")
read -ra flags <<<"$(pkg-config --cflags --libs allot)"
for name in school draw verify; do
    gcc -std=gnu17 -Wall -Wextra -Werror "$source/examples/$name.c" -o "$work/$name" "${flags[@]}"
    gcc -std=gnu17 "$source/examples/$name.c" -o "$work/$name-static" -I"$include" "$library/liballot.a" -lm
done
export LD_LIBRARY_PATH=$library
"$work/school" >"$work/school.txt"
"$work/school-static" | diff "$work/school.txt" -
python3 "$source/examples/allot.py" "$library/liballot.so.2" | diff "$work/school.txt" -
diff "$source/tests/allot/example-school.txt" "$work/school.txt"
"$work/draw" "$(printf '00%.0s' {1..32})" | diff "$source/tests/allot/example-draw.txt" -
status=0
printf 'not a transcript\n' >"$work/wrong.txt"
"$work/verify" "$work/wrong.txt" >"$work/verify.txt" || status=$?
[ "$status" = 1 ] && grep -q 'wrong in line 1' "$work/verify.txt"
# A header alone is enough, in C and in C++.
for header in $headers; do
    echo "#include <allot/$header>" >"$work/alone.c"
    gcc -std=c17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$include" "$work/alone.c"
    if command -v g++ >/dev/null; then
        g++ -x c++ -Wall -Wextra -Werror -fsyntax-only -I"$include" "$work/alone.c"
    fi
done
echo "3 examples, shared and static, and the one in Python: passed"
