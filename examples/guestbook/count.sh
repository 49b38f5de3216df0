#!/usr/bin/env bash
# Counts the lines of the guest book that `lunox new --database sqlite guestbook` did not write. Tests, documentation, the
# lock file, blank lines and comments do not count. A changed line counts as one.
set -euo pipefail
cd "$(dirname "$0")"
cargo build --quiet --manifest-path ../../Cargo.toml --bin lunox
generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
../../target/debug/lunox new guestbook --path "$generated" --lunox ../.. --database sqlite >/dev/null
total=0
while read -r file; do
    own=$({ diff "$generated/guestbook/$file" "$file" 2>/dev/null || [ -e "$generated/guestbook/$file" ] || sed 's/^/> /' "$file"; } |
        grep '^> ' | grep -cvE '^> *($|//|#|\{#.*#\}$)' || true)
    [ "$own" = 0 ] || printf '%5d %s\n' "$own" "$file"
    total=$((total + own))
done < <(git ls-files app build.rs config database public resources routes Cargo.toml .cargo .env.example .gitignore)
printf '%5d lines, 300 at most\n' "$total"
[ "$total" -le 300 ]
