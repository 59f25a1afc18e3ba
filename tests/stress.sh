#!/bin/bash
# stress.sh BUILD [PGURL]: the ledger of places under 64 clients while its process is killed. JIAOTI_STRESS_SECONDS says
# how long (default 60).
. "$(dirname "$0")/system/city.sh"
system_test 300 stress.mjs "$@"
