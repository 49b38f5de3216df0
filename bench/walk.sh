#!/usr/bin/env bash
# The files of src/session that one `get` and one `put` on the file driver pass through, drivers not counted: those with a
# function that is called on the way. A debug build, which inlines nothing, is run under callgrind.
#
#   bench/walk.sh           both lists; fails where one is longer than it may be, or has a file that docs/architecture.md lacks
#   bench/walk.sh --calls   with the functions
set -euo pipefail
cd "$(dirname "$0")/.."

tests=$(cargo test --lib --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*lunox-[^"]*\)".*/\1/p' | tail -1)

declare -A most=([get]=8 [put]=12)
wrong=0
for what in get put; do
    out=$(mktemp)
    valgrind --quiet --tool=callgrind --callgrind-out-file="$out" --compress-strings=no --compress-pos=no \
        --toggle-collect='*session::tests::walk::watched*' \
        "$tests" --exact --ignored --quiet --test-threads 1 "session::tests::walk::$what" >/dev/null
    # A function belongs to the file of its `fl` line; what is called but not entered is named by `cfi`.
    found=$(awk -F= '
        /^fl=/ { file = $2 } /^fn=/ { print file " " $2 }
    ' "$out" | grep -o 'src/session/[^ ]* .*' | grep -v '^src/session/\(drivers\|tests\)/' | sort -u)
    rm "$out"
    [ "${1:-}" != --calls ] || echo "$found" | cut -c1-150
    files=$(cut -d' ' -f1 <<<"$found" | sort -u)
    echo "$what: $(wc -l <<<"$files") files"
    sed 's/^/    /' <<<"$files"
    (($(wc -l <<<"$files") <= most[$what])) || { echo "more than ${most[$what]}" >&2; wrong=1; }
    for file in $files; do
        name=${file#src/session/}
        grep -q "^| \`${name%.rs}\`" docs/architecture.md || { echo "docs/architecture.md lacks $name" >&2; wrong=1; }
    done
done
exit $wrong
