#!/usr/bin/env bash
# Counts the lines of the guest book that lunox did not write: neither `lunox new --database sqlite guestbook` nor
# `make:auth`, which `lunox new --auth` runs. Tests, documentation, the lock file, blank lines and comments do not count. A
# changed line counts as one, a generated file that was deleted as none.
set -euo pipefail
cd "$(dirname "$0")"
cargo build --quiet --manifest-path ../../Cargo.toml --bin lunox
generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
for folder in plain accounts; do
    mkdir "$generated/$folder"
    auth=--auth
    [ $folder = accounts ] || auth=
    ../../target/debug/lunox new guestbook --path "$generated/$folder" --lunox ../.. --database sqlite $auth >/dev/null
done

# The lines of a second file that the first does not have.
added() {
    { [ -e "$1" ] && diff "$1" "$2" || [ -e "$1" ] || sed 's/^/> /' "$2"; } | grep '^> ' |
        grep -cvE '^> *($|//|#|--|\{#.*#\}$)' || true
}

counted=(app build.rs config database public resources routes Cargo.toml .cargo .env.example .gitignore)
total=0
while read -r file; do
    own=$(added "$generated/accounts/guestbook/$file" "$file")
    [ "$own" = 0 ] || printf '%5d %s\n' "$own" "$file"
    total=$((total + own))
done < <(git ls-files "${counted[@]}")

written=0
while read -r file; do
    written=$((written + $(added "$generated/plain/guestbook/$file" "$generated/accounts/guestbook/$file")))
done < <(cd "$generated/accounts/guestbook" && find "${counted[@]}" -type f)

# Before there were accounts.
before=206
printf '%5d lines of its own: %d before it had accounts, and %d more, 250 at most\n' $total $before $((total - before))
printf '%5d lines for accounts written by make:auth\n' $written
[ $((total - before)) -le 250 ]
