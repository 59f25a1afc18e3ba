#!/bin/sh
# Installs what is missing of the packages that jiaoti is built from and tested with (Debian 12).
# Says what it does; asks for sudo only when something is missing and it is not root; quick when nothing is.
set -eu

build="gcc make meson ninja-build pkg-config git
libevent-dev libyaml-dev libsqlite3-dev libpq-dev libargon2-dev libgeos-dev libproj-dev libgdal-dev libjansson-dev
libxlsxwriter-dev libpango1.0-dev libcairo2-dev libqrencode-dev libcurl4-openssl-dev libssl-dev libseccomp-dev
libcmocka-dev brotli"
fonts="fonts-noto-cjk"
tests="postgresql chromium wrk clang-format clang-tidy poppler-utils zbar-tools sqlite3"

missing=""
for package in $build $fonts $tests; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
# Node.js: any version from 18 on will do, wherever it comes from.
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    missing="$missing nodejs npm"
fi
[ -n "$missing" ] || exit 0

echo "jiaoti needs these Debian packages and installs them now:$missing"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "Neither root nor sudo: please have them installed by an administrator: apt-get install$missing" >&2
        exit 1
    }
    as_root="sudo"
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
    if ! "$@" >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        echo "The installation failed: $*" >&2
        exit 1
    fi
}
echo "  reading the package lists ..."
run $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
echo "  installing (some minutes on a fresh machine) ..."
# shellcheck disable=SC2086
run $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
echo "  done."
