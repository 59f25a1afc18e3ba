#!/bin/sh
# fuzz.sh [SECONDS]: runs tests/web/fuzz.c under libFuzzer, AddressSanitizer and UBSan (clang).
set -eu
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/seeds"
printf '\0GET /a%%20b?x=1 HTTP/1.1\r\nHost: h\r\nCookie: a=b; jiaoti=c\r\nContent-Length: 3\r\n\r\n' >"$folder/seeds/head"
printf '\1a=%%E7%%8E%%8B&b-year=2020&b-month=3&b-day=27&c=a&e=11010519491231002x&f=13800138000&g=7&h=a@b.cn' >"$folder/seeds/form"
printf '\2--b\r\nContent-Disposition: form-data; name="d"; filename="a.png"\r\n\r\n\211PNG\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--b--\r\n' >"$folder/seeds/parts"
clang -std=gnu17 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -Isrc \
    tests/web/fuzz.c src/web/http.c src/web/form_parse.c src/web/form_check.c src/web/forms.c \
    src/base/arena.c src/base/str.c src/base/clock.c src/base/error.c src/base/buf.c -o "$folder/fuzz"
"$folder/fuzz" -max_total_time="${1:-60}" -max_len=4096 -print_final_stats=1 "$folder/seeds"
