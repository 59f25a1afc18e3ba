#!/bin/bash
# corpus.sh [BUILD_FOLDER]: makes the made part of the corpus again (transcripts, proofs) and the words that the policy
# reader knows. What was found (found-*) and what was written by hand (policy/, web/) stays.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
ninja -C "$build" --quiet tests/fuzz/fuzz_make_corpus
rm -f tests/fuzz/corpus/transcript/made-* tests/fuzz/corpus/proof/made-*
"$build/tests/fuzz/fuzz_make_corpus" tests/fuzz/corpus
{
    echo "# Words of policies: keys and values of the demo city's. Made by corpus.sh."
    sed 's/#.*//' cities/liaocheng/admission/371502-*.yaml cities/liaocheng/admission/371581-*.yaml |
        grep -oE '[a-z_]{3,30}' | sort -u | sed 's/.*/"&"/'
    printf '%s\n' '": "' '"\\x0a- "' '"\\x0a  "' '"{"' '"["' '"&a "' '"*a"' '"|\\x0a"' '"<<: "' '"!!int "' '"---\\x0a"'
} >tests/fuzz/policy.dict
