#!/bin/bash
# exchange.sh BUILD [PGURL]: a school's sheet out and in over the pages: the difference first, mistakes given back, applied,
# proposed, undone.
. "$(dirname "$0")/system/city.sh"
system_test 180 exchange.mjs "$@"
