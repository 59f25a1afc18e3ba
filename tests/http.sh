#!/bin/bash
# http.sh BUILD [PGURL] [PART …]: every route as every role; bad input; headers; signing in; stopping; departments that do not answer.
. "$(dirname "$0")/system/city.sh"
system_test 420 http.mjs "$@"
