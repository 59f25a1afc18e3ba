#!/bin/sh
# build.sh DIR [meson options …]: configures once, then builds what has changed. Quiet unless something is wrong.
# TARGETS: what to build (default: everything).
set -eu
dir=$1
shift
if [ ! -f "$dir/build.ninja" ]; then
    echo "Configuring $dir ..."
    meson setup "$dir" "$@" >"$dir.log" 2>&1 || { cat "$dir.log" >&2; exit 1; }
    rm -f "$dir.log"
    echo "Building (some minutes the first time) ..."
fi
# shellcheck disable=SC2086
ninja -C "$dir" --quiet ${TARGETS:-all}
