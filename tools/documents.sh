#!/bin/sh
# Writes the documents that come from the program.
set -eu
cd "$(dirname "$0")/.."
"${BUILD:-build}/jiaoti" routes >docs/routes.md
