#!/bin/sh
# Makes the demo city when it is not there yet, starts the departments' stand-in and the server, prints where to look.
# Ends both on Ctrl-C.
set -eu
program=${BUILD:-build}/jiaoti
data=${DATA:-var/city}
city=${CITY:-cities/liaocheng}
port=${PORT:-8080}
authority_port=${AUTHORITY_PORT:-$((port + 1))}

"$program" check "$city"
"$program" demo --city "$city" --data "$data" --scale "${SCALE:-1}" ${DB:+--db "$DB"}

"$program" authority --data "$data" --port "$authority_port" &
authority=$!
server=
stop() {
    trap - INT TERM EXIT
    [ -z "$server" ] || kill -TERM "$server" 2>/dev/null || true
    kill -TERM "$authority" 2>/dev/null || true
    wait
}
trap stop INT TERM EXIT

"$program" serve --city "$city" --data "$data" --port "$port" ${DB:+--db "$DB"} \
    --authorities "http://127.0.0.1:$authority_port" &
server=$!
wait "$server"
