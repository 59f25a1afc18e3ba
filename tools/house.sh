#!/bin/bash
# The house: an #include may only point at parts that stand before its own in this list.
cd "$(dirname "$0")/.." || exit 1
order="allot base simulate print store web city accounts registry connect casework places records services figures atlas import demo"
# Parts that a part may not see although they stand before it.
forbidden() {
    case "$1:$2" in
        base:allot | store:allot | web:allot | city:allot | city:store | city:web | figures:places | atlas:places | atlas:figures) return 0 ;;
        connect:accounts | connect:web) return 0 ;;
    esac
    return 1
}
place() { local n=0 p; for p in $order; do [ "$p" = "$1" ] && { echo $n; return; }; n=$((n + 1)); done; echo -1; }
bad=0
while IFS=: read -r file line include; do
    from=$(echo "$file" | cut -d/ -f2)
    to=$(echo "$include" | sed -E 's/.*"([a-z]+)\/.*/\1/')
    a=$(place "$from")
    b=$(place "$to")
    [ "$b" -ge 0 ] || continue
    [ "$from" = "$to" ] && continue
    [ "$a" -lt 0 ] && continue # src/*.c: main may see all
    if [ "$b" -gt "$a" ] || [ "$from" = allot ] || forbidden "$from" "$to"; then
        echo "$file:$line: an arrow runs backwards: $from must not see $to"
        bad=1
    fi
done < <(grep -nE '^#include "[a-z]+/' $(git ls-files 'src/*/*.c' 'src/*/*.h' 'src/*/*/*.c' 'src/*/*/*.h'))
exit $bad
