#!/bin/bash
# Makes the demo city when it is not there yet, starts the departments' stand-in and the server, prints where to look.
# Ends both on Ctrl-C, and when one of them ends. One at a time serves a folder of data.
set -eu
program=${BUILD:-build}/jiaoti
data=${DATA:-var/city}
data=${data%/}
city=${CITY:-cities/liaocheng}
port=${PORT:-8080}
authority_port=${AUTHORITY_PORT:-$((port + 1))}

# The lock is kept by what is started here too: it is free again only when the last of them has ended.
mkdir -p "$(dirname "$data")"
exec 8>"$data.lock"
if ! flock -n 8; then
    echo "$data is being made or served already. Another city beside it: DATA=var/second PORT=$((port + 10)) make run" >&2
    exit 1
fi

"$program" check "$city"
"$program" demo --city "$city" --data "$data" --scale "${SCALE:-1}" ${DB:+--db "$DB"}

stop() {
    trap - INT TERM EXIT
    # shellcheck disable=SC2046
    kill -TERM $(jobs -p) 2>/dev/null || true
    wait
}
trap 'stop; exit 0' INT TERM
trap stop EXIT

"$program" authority --data "$data" --port "$authority_port" &
"$program" serve --city "$city" --data "$data" --port "$port" ${DB:+--db "$DB"} \
    --authorities "http://127.0.0.1:$authority_port" &
status=0
wait -n || status=$?
[ "$status" -ne 1 ] || echo "If a port is taken: PORT=9000 make run (the departments' stand-in takes the next one)." >&2
exit "$status"
