#!/bin/bash
# kill.sh BUILD TIMES [PGURL]: the server under load by HTTP, killed with kill -9 TIMES times; counted from the client's
# side.
. "$(dirname "$0")/system/city.sh"
system_test 300 kill.mjs "$@"
