#!/bin/bash
# interface.sh BUILD [PGURL]: the programming interface against its own description; keys; proposals; OneRoster; returns.
. "$(dirname "$0")/system/city.sh"
system_test 180 interface.mjs "$@"
