#!/bin/sh
# `make bench`: measures everything of bench/README.md and prints one table. Ends what it started, whatever happens.
#   --save   also writes the table to docs/performance.md
#   BENCH_PARTS: which parts (default all); BENCH_LARGE=no leaves out the 18,000,000 children of a country.
#   BENCH_DATA (default var/bench) holds the data it makes; BENCH_ROUNDS (3) and BENCH_SUBMISSIONS (12000) its length.
set -eu
cd "$(dirname "$0")/.."
export BUILD="${BUILD:-build}"
unset DATA DB PORT TARGETS

# All that measures and all that is measured is of this source, however the script was started.
tools/build.sh "$BUILD" >&2

# The peers, from npm. The server's peer has better-sqlite3, which is compiled here, against the headers of the Node.js
# that runs it; allotment's peer needs nothing compiled.
case " ${BENCH_PARTS:-server} " in
*server* | *start*)
    needed="new (require('better-sqlite3'))(':memory:'); require('express'); require('stable-marriage')"
    scripts=""
    ;;
*)
    needed="require('stable-marriage')"
    scripts="--ignore-scripts"
    ;;
esac
peers=bench/peers
if ! (cd $peers && node -e "$needed") >/dev/null 2>&1; then
    echo "Installing the peers (better-sqlite3 is compiled, a minute or two) ..." >&2
    prefix=$(dirname "$(dirname "$(realpath "$(command -v node)")")")
    [ ! -f "$prefix/include/node/node.h" ] || export npm_config_nodedir="$prefix"
    # shellcheck disable=SC2086
    (cd $peers && npm ci --loglevel=error $scripts >/dev/null) || echo "The peers could not be installed; their lines will be missing." >&2
fi
exec node bench/run.mjs "$@"
