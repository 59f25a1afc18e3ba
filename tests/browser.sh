#!/bin/sh
# browser.sh BUILD_DIR [POSTGRES_URL]: browser tests over a small demo city of their own, on SQLite or on PostgreSQL
# (there in a database of their own, jiaoti_browser). Needs Chromium, Node.js and the packages of package-lock.json.
# --screenshots before the other words also writes the pictures of docs/screenshots/.
# ONLY="clerk" runs the walks whose name contains the word. What failed is seen in tests/browser/out/.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = --screenshots ]; then
    shift
    SCREENSHOTS=docs/screenshots
    export SCREENSHOTS
fi
[ $# -ge 1 ] && [ $# -le 2 ] || {
    echo "usage: browser.sh [--screenshots] BUILD_DIR [POSTGRES_URL]" >&2
    exit 2
}
[ -d node_modules/playwright-core ] || npm ci --silent
BUILD=$1 DB=${2:-} exec node --test-reporter=./tests/browser/reporter.mjs tests/browser/run.mjs
