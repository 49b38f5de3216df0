#!/usr/bin/env bash
# What a new project costs its author: building it, building it again, its size and its start.
#
#   bench/skeleton.sh            all of it, as a table; 5 minutes on two cores
#   bench/skeleton.sh --quick    without the release build
#
# Compiles in a folder of its own below cargo's target folder, which it clears first. Downloads are made before and not
# counted. CARGO_BUILD_JOBS=2 where there are more cores than the targets speak of.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(cargo metadata --locked --format-version 1 --no-deps | sed 's|.*"target_directory":"\([^"]*\)".*|\1|')
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
project=$room/blog

row() { printf '| %s | %s | %s |\n' "$@"; }

# Seconds on the clock, and of processors, that a command takes.
timed() {
    local TIMEFORMAT='%R %U %S'
    { time "$@" >/dev/null 2>"$room/output"; } 2>&1 || { cat "$room/output" >&2; return 1; }
}

built() { (cd "$project" && CARGO_TARGET_DIR=$target/skeleton cargo build --quiet "$@"); }

# `wall (processors)` of a line that `timed` wrote.
said() { awk '{ printf "%.1f s, %.1f s of processors", $1, $2 + $3 }' <<<"$1"; }

median() { sort -n | awk '{ line[NR] = $0 } END { print line[int((NR + 1) / 2)] }'; }

# Milliseconds from the start of the program to its first answer.
first_answer() {
    local port begun answer
    port=$((20000 + RANDOM % 20000))
    begun=$EPOCHREALTIME
    (cd "$project" && exec "$1" serve --port "$port" >/dev/null 2>&1) &
    until { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; do :; done
    printf 'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n' >&3
    read -r answer <&3
    awk -v from="$begun" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f\n", (to - from) * 1000 }'
    exec 3>&-
    kill %% && wait %% 2>/dev/null || true
    [[ $answer == *" 200 "* ]] || { echo "the first answer is $answer" >&2; return 1; }
}

starts() { for _ in $(seq 11); do first_answer "$1"; done | median; }

cargo build --locked --quiet --bin lunox
"$target/debug/lunox" new blog --path "$room" --lunox . >/dev/null
(cd "$project" && cargo fetch --quiet)
rm -rf "$target/skeleton"

printf '| | here | at most |\n|---|---|---|\n'
row "cold debug build" "$(said "$(timed built)")" "75 s on two cores"
controller=$project/app/http/controllers/welcome_controller.rs
again() {
    for change in $(seq 5); do
        printf 'pub fn change_%s() -> u32 {\n    %s\n}\n' "$change" "$change" >>"$controller"
        timed built
    done | median
}
row "build with one controller changed" "$(said "$(again)")" "4 s"
row "first answer, debug" "$(starts "$target/skeleton/debug/blog") ms" "30 ms"
if [ "${1:-}" != --quick ]; then
    row "release build" "$(said "$(timed built --release)")" ""
    row "first answer, release" "$(starts "$target/skeleton/release/blog") ms" "30 ms"
    size=$(stat -c %s "$target/skeleton/release/blog")
    row "release binary" "$(awk -v size="$size" 'BEGIN { printf "%.1f MB", size / 1e6 }')" "8 MB"
fi
