#!/bin/sh
# measure.sh BUILD [ROUNDS]: the fixed 8 KB page of web/ beside bare evhttp, with wrk, side by side. Prints a ratio a round.
set -eu
build=$1
rounds=${2:-3}
ninja -C "$build" tests/web/web-serve tests/web/web-bare >/dev/null
"$build/tests/web/web-serve" 8391 unlimited 2>/dev/null &
serve=$!
"$build/tests/web/web-bare" 8392 &
bare=$!
trap 'kill $serve $bare' EXIT
sleep 1
rate() {
    wrk -t1 -c"$1" -d3 "$2" | awk '/Requests\/sec/ { print $2 }'
}
round=0
while [ "$round" -lt "$rounds" ]; do
    for clients in 64 1000; do
        ours=$(rate "$clients" http://127.0.0.1:8391/still)
        theirs=$(rate "$clients" http://127.0.0.1:8392/)
        echo "$clients $ours $theirs" | awk '{ printf "%5d connections: web %8.0f/s, bare evhttp %8.0f/s, ratio %.2f\n", $1, $2, $3, $2 / $3 }'
    done
    round=$((round + 1))
done
