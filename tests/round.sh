#!/bin/bash
# round.sh BUILD [PGURL]: a small demo city's rounds on the command line, from the close to the published result, with
# everything checked that anybody can check, and everything tampered with that must then be found.
. "$(dirname "$0")/system/city.sh"
system_test 420 round.mjs "$@"
