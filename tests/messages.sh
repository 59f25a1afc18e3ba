#!/bin/bash
# messages.sh BUILD [PGURL]: messages by mail and short message, against servers that others wrote; killed while it sends.
. "$(dirname "$0")/system/city.sh"
system_test 400 messages.mjs "$@"
