#!/bin/sh
# postgres.sh start|stop|url DIR: a PostgreSQL server of one's own in DIR, for tests and trials.
# It listens on a unix socket in DIR only and keeps its data durable (fsync on). As root, the server runs as the user
# postgres (PostgreSQL refuses root). `start` prints the URL and may be called again.
set -eu

usage() {
    echo "usage: postgres.sh start|stop|url DIR" >&2
    exit 2
}
[ $# -eq 2 ] || usage
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
data=$dir/data

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ]; then
    bin=$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/initdb)")
fi
[ -x "$bin/initdb" ] || {
    echo "postgres.sh: no PostgreSQL server is installed (Debian: apt install postgresql)" >&2
    exit 1
}

# The socket's path has at most 107 characters: a deep DIR gets a short folder of its own.
sockets=$dir
if [ ${#sockets} -gt 80 ]; then
    sockets=/tmp/jiaoti-pg-$(printf %s "$dir" | cksum | cut -d ' ' -f 1)
    mkdir -p "$sockets"
fi

as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}
url() {
    encoded=$(printf %s "$sockets" | sed 's|%|%25|g; s|/|%2F|g; s| |%20|g')
    echo "postgresql://jiaoti@/jiaoti?host=$encoded"
}
running() {
    [ -f "$data/postmaster.pid" ] && as_server "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1
}

start() {
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres "$dir" "$sockets"
        # postgres must be able to walk down to DIR
        as_server test -x "$dir" || {
            echo "postgres.sh: the user postgres cannot enter $dir; choose a folder under /tmp or /var" >&2
            exit 1
        }
    fi
    cd "$dir"
    if [ ! -f "$data/PG_VERSION" ]; then
        as_server "$bin/initdb" -D "$data" -U jiaoti --auth=trust --encoding=UTF8 --locale=C --lc-ctype=C.UTF-8 \
            >"$dir/initdb.log" 2>&1 || {
            cat "$dir/initdb.log" >&2
            exit 1
        }
    fi
    if ! running; then
        as_server "$bin/pg_ctl" -D "$data" -w -t 60 -l "$data/server.log" \
            -o "-c listen_addresses='' -c unix_socket_directories='$sockets' -c max_connections=200 ${JIAOTI_PG_OPTIONS:-}" \
            start >/dev/null || {
            tail -n 20 "$data/server.log" >&2
            exit 1
        }
    fi
    if [ -z "$("$bin/psql" -h "$sockets" -U jiaoti -d postgres -Atc "select 1 from pg_database where datname = 'jiaoti'")" ]; then
        "$bin/psql" -h "$sockets" -U jiaoti -d postgres -qc "create database jiaoti" >&2
    fi
    url
}

case $action in
start) start ;;
stop)
    cd "$dir"
    if running; then
        as_server "$bin/pg_ctl" -D "$data" -w -m fast stop >/dev/null
    fi
    ;;
url) url ;;
*) usage ;;
esac
