#!/bin/sh
# Builds ui/ into the C file OUT and the page PAGE: ui/build.sh OUT PAGE VERIFY.wasm VERIFY-PLAIN.wasm (ui/build.mjs).
# Installs the packages of package-lock.json when they are missing or of
# another lock file; the second time this costs nothing. Two builds at once wait for each other.
set -eu
out=$(realpath -m "$1") page=$(realpath -m "$2") fast=$(realpath "$3") plain=$(realpath "$4")
cd "$(dirname "$(realpath "$0")")/.."
exec 9<package.json
flock 9
stamp=node_modules/.jiaoti-lock
if ! cmp -s package-lock.json "$stamp" || [ ! -d node_modules/govuk-frontend ]; then
    # Where the home folder cannot be written (or there is none), npm keeps what it downloads in var/.
    cache=${npm_config_cache:-${HOME:-/nonexistent}/.npm}
    if ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then
        export npm_config_cache="$PWD/var/npm"
    fi
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    cp package-lock.json "$stamp"
fi
flock -u 9
exec node ui/build.mjs "$out" "$page" "$fast" "$plain"
