#!/usr/bin/env bash
# Our server against others, on the same work in the same run.
#
#   bench/run.sh            builds everything; counts instructions, then measures time in rounds; results/*.md and *.svg
#   bench/run.sh --count    counts instructions and allocations alone
#   bench/run.sh --time     measures time alone; what follows goes to the tool: --rounds 7 --seconds 3 --threads 2
#   bench/run.sh --short    ours, bare hyper and axum by instructions, against baseline.txt: fails when a ratio of ours
#                           has become worse by more than a tenth
#   bench/run.sh --write    the same, and makes it the baseline
#   bench/run.sh --many --servers lunox-memory,lunox-file --sessions 500000
#                           memory and reads with many sessions
#   bench/run.sh --profile --servers lunox-file --routes add
#                           where the instructions of a request go
#
# Needs Linux, two cores, taskset (util-linux) and, for counting, valgrind.
set -euo pipefail
cd "$(dirname "$0")"

core="hyper axum lunox"
all="$core salvo poem actix"

# Each by itself: features of shared crates must not leak from one framework into another. Not --locked: the lock file
# names what lunox depends on, and would have to follow every change of it.
build() {
    cargo build --release --quiet --bin bench
    for framework in "$@"; do
        echo "building serve-$framework" >&2
        cargo build --release --quiet --features "$framework" --bin "serve-$framework"
    done
}

# The load keeps to core 1; the tool puts the servers on core 0.
tool() {
    local target
    target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
    taskset -c "$CORES" "$target/release/bench" "$@"
}

# Counting does not depend on where it runs.
export CORES=0,1

counts() {
    command -v valgrind >/dev/null || { echo "valgrind is missing: apt-get install valgrind" >&2; exit 1; }
}

main() {
    local mode=${1:---full}
    shift || true
    case $mode in
        --full)
            counts
            build $all
            tool count --out results "$@"
            CORES=1 tool time --out results "$@"
            ;;
        --count) counts; build $all; tool count --out results "$@" ;;
        --time) build $all; CORES=1 tool time --out results "$@" ;;
        --short) counts; build $core; tool check --baseline baseline.txt "$@" ;;
        --write) counts; build $core; tool check --baseline baseline.txt --write "$@" ;;
        --many) build $core; CORES=1 tool many --out results "$@" ;;
        --profile) counts; build $core; tool profile "$@" ;;
        *) sed -n '2,17p' "$0"; exit 2 ;;
    esac
}

# A function, so that the script can be edited while it runs.
main "$@"
