#!/usr/bin/env bash
# Our server against others, on the same work in the same run.
#
#   bench/run.sh            builds everything; counts instructions, then measures time in rounds; results/*.md and *.svg
#   bench/run.sh --count    counts instructions and allocations alone
#   bench/run.sh --time     measures time alone; what follows goes to the tool: --rounds 7 --seconds 3 --threads 2
#   bench/run.sh --short    ours, bare hyper and axum by instructions, against baseline.txt: fails when a ratio of ours
#                           has become worse by more than a tenth, or a target that was reached no longer is
#   bench/run.sh --write    the same, and makes it the baseline
#   bench/run.sh --many --servers lunox-memory,lunox-file --sessions 1000000
#                           memory and reads with many sessions; --held has vmtouch hold their files in memory, for
#                           which vm.max_map_count has to be more than there are files
#   bench/run.sh --sweep --sessions 1000000
#                           requests beside the sweeper that removes so many expired files, and without it
#   bench/run.sh --profile --servers lunox-file --routes add
#                           where the instructions of a request go
#
# With --servers, only these are built and measured. Sessions in files lie below TMPDIR: the tables tell what disk that is, and
# what making a file takes there. On ext4 without a journal that is long for some minutes after many were removed.
#
# Needs Linux, two cores, taskset (util-linux), for counting valgrind, and for --held vmtouch.
set -euo pipefail
cd "$(dirname "$0")"

core="hyper axum lunox"
all="$core layer salvo poem actix"

# The frameworks of the servers that are asked for, or those that the mode needs.
frameworks() {
    local needed=$1
    shift
    while (($#)); do
        # lunox-memory,axum-memory is lunox and axum.
        [ "$1" = --servers ] && needed=$(tr ',' '\n' <<<"${2:-}" | cut -d- -f1 | sort -u)
        shift
    done
    echo $needed
}

# Each by itself: features of shared crates must not leak from one framework into another. --locked, so that the others
# stay as they were when the baseline was written.
build() {
    cargo build --locked --release --quiet --bin bench || {
        echo "when lunox's own dependencies have changed: cargo metadata --manifest-path bench/Cargo.toml >/dev/null" >&2
        exit 1
    }
    for framework in "$@"; do
        echo "building serve-$framework" >&2
        cargo build --locked --release --quiet --features "$framework" --bin "serve-$framework"
    done
}

program() {
    cargo metadata --locked --format-version 1 --no-deps |
        sed 's|.*"target_directory":"\([^"]*\)".*|\1/release/bench|'
}

tool() { "$(program)" "$@"; }

# The load keeps to core 1; the tool puts the servers on core 0. Both go before whatever else runs, as far as this user
# may say so: a request that waits for a compiler has the compiler's latency. Linux weighs the processes of a session
# against each other, and sessions by a value of their own.
alone() {
    local group=/proc/$$/autogroup nice=()
    if [ -w "$group" ] && echo -20 2>/dev/null >"$group"; then
        trap "echo 0 >$group" EXIT
    fi
    [ "$(nice -n -20 nice 2>/dev/null)" != -20 ] || nice=(nice -n -20)
    "${nice[@]}" taskset -c 1 "$(program)" "$@"
}

counts() {
    command -v valgrind >/dev/null || { echo "valgrind is missing: apt-get install valgrind" >&2; exit 1; }
}

main() {
    local mode=${1:---full}
    shift || true
    case $mode in
        --full)
            counts
            build $(frameworks "$all" "$@")
            tool count --out results "$@"
            alone time --out results "$@"
            ;;
        --count) counts; build $(frameworks "$all" "$@"); tool count --out results "$@" ;;
        --time) build $(frameworks "$all" "$@"); alone time --out results "$@" ;;
        --short) counts; build $core; tool check --baseline baseline.txt "$@" ;;
        --write) counts; build $core; tool check --baseline baseline.txt --write "$@" ;;
        --many) build $(frameworks "$core" "$@"); alone many --out results "$@" ;;
        --sweep) build lunox; alone sweep --out results "$@" ;;
        --profile) counts; build $(frameworks "$core" "$@"); tool profile "$@" ;;
        *) sed -n '2,/^[^#]/{s/^# \?//p}' run.sh; exit 2 ;;
    esac
}

# A function, so that the script can be edited while it runs.
main "$@"
