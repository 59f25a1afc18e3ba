# For the scripts of the system tests: runs one program of tests/system with a limit in time. Sourced.
system_test() { # system_test SECONDS PROGRAM ARGUMENTS…
    local seconds=$1 name=$2
    shift 2
    cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
    exec timeout --kill-after=15 "$seconds" node "tests/system/$name" "$@"
}
