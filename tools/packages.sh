#!/bin/sh
# packages.sh [build|test]: installs what is missing of the Debian 12 packages that jiaoti is built from and runs with
# (build, the default), or also those of the tests and the measurements (test).
# Says what it does; asks for sudo only when something is missing and it is not root; quick when nothing is.
set -eu

build="gcc libc6-dev meson ninja-build pkg-config git ca-certificates
libevent-dev libyaml-dev libsqlite3-dev libpq-dev libargon2-dev libgeos-dev libproj-dev libgdal-dev libjansson-dev libicu-dev
libxlsxwriter-dev libminizip-dev libpango1.0-dev libcairo2-dev libqrencode-dev libcurl4-openssl-dev libssl-dev libseccomp-dev libexif-dev
libcmocka-dev fonts-noto-cjk clang lld wasi-libc libclang-rt-14-dev-wasm32"
tests="postgresql sqlite3 chromium-headless-shell clang-format wrk libclang-rt-14-dev g++ liblemon-dev valgrind"

wanted=$build
case ${1:-build} in
build) ;;
test) wanted="$build $tests" ;;
*)
    echo "usage: packages.sh [build|test]" >&2
    exit 2
    ;;
esac

missing=""
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
# Node.js: any version from 18 on will do, wherever it comes from.
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    missing="$missing nodejs npm"
fi
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "jiaoti installs its packages on Debian 12 only. Please install what is called here on your system:$missing" >&2
    exit 1
fi
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
# The lock's time: a fresh machine may be updating itself at this moment.
apt() {
    if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        echo "The installation failed: apt-get $*" >&2
        exit 1
    fi
}
echo "  reading the package lists ..."
apt update
echo "  installing (some minutes on a fresh machine) ..."
# shellcheck disable=SC2086
apt install -y --no-install-recommends $missing
echo "  done."
