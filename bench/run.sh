#!/bin/sh
# `make bench`: measures everything of bench/README.md and prints one table. Ends what it started, whatever happens.
#   --save   also writes the table to docs/performance.md
#   BENCH_DATA (default var/bench) holds the data it makes; BENCH_ROUNDS (3) and BENCH_SUBMISSIONS (12000) its length.
set -eu
cd "$(dirname "$0")/.."
export BUILD="${BUILD:-build}"
unset DATA DB PORT TARGETS

# All that measures and all that is measured is of this source, however the script was started.
tools/build.sh "$BUILD" >&2

# The peer, from npm; better-sqlite3 is compiled here, against the headers of the Node.js that runs it.
peers=bench/peers
if ! (cd $peers && node -e "new (require('better-sqlite3'))(':memory:'); require('express')") >/dev/null 2>&1; then
    echo "Installing the peer (Express and better-sqlite3; it is compiled, a minute or two) ..." >&2
    prefix=$(dirname "$(dirname "$(realpath "$(command -v node)")")")
    [ ! -f "$prefix/include/node/node.h" ] || export npm_config_nodedir="$prefix"
    (cd $peers && npm ci --loglevel=error >/dev/null) || echo "The peer could not be installed; its lines will be missing." >&2
fi
exec node bench/run.mjs "$@"
