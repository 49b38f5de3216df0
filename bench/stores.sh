#!/usr/bin/env bash
# lunox's layer on axum beside tower-sessions, on the same Redis, PostgreSQL and SQLite: processor time of the application and of
# the store for a request, commands that the store carries out, and the memory of a session in Redis.
#
#   bench/stores.sh                  all of it: 4 rounds of 5,000 requests, A B B A
#   bench/stores.sh --count          instructions of the application for a request, by callgrind
#   bench/stores.sh --rounds 8       what follows goes to the tool
#
# It starts the servers itself, with Debian's programs, on core 1; the application has core 0.
set -euo pipefail
cd "$(dirname "$0")"

folder=$(mktemp -d /tmp/lunox-stores-XXXXXX)
started=()
finish() {
    for process in "${started[@]}"; do kill -QUIT "$process" 2>/dev/null && wait "$process" 2>/dev/null; done
    rm -rf "$folder"
}
trap finish EXIT

# PostgreSQL does not run as root.
as=()
if [ "$(id -u)" = 0 ]; then
    chown nobody "$folder"
    as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi

until_ready() { for _ in $(seq 200); do "$@" >/dev/null 2>&1 && return; sleep 0.05; done; return 1; }

build() {
    cargo build --locked --release --quiet --bin bench
    cargo build --locked --release --quiet --features layer-stores --bin serve-layer
    cargo build --locked --release --quiet --manifest-path tower/Cargo.toml --target-dir target
}

start_redis() {
    port=$((20000 + RANDOM % 20000))
    "${as[@]}" taskset -c 1 redis-server --port $port --unixsocket "$folder/redis" --save '' --dir "$folder" >/dev/null &
    redis=$!
    started+=("$redis")
    until_ready redis-cli -s "$folder/redis" ping
}

start_postgres() {
    local programs
    programs=$(dirname "$(ls /usr/lib/postgresql/*/bin/postgres | sort -V | tail -1)")
    "${as[@]}" "$programs/initdb" -D "$folder/data" -U lunox --auth=trust --no-sync >/dev/null
    "${as[@]}" taskset -c 1 "$programs/postgres" -D "$folder/data" -k "$folder" -F -c listen_addresses= \
        -c shared_preload_libraries=pg_stat_statements -c autovacuum=off >"$folder/log" 2>&1 &
    postgres=$!
    started+=("$postgres")
    sql="psql -qAt -h $folder -U lunox postgres"
    until_ready $sql -c 'select 1'
    $sql -c 'create extension pg_stat_statements' -f ../src/session/drivers/sql/postgres.sql >/dev/null
}

# Bytes of Redis for a session of eleven keys.
bytes() {
    local before after
    redis-cli -s "$folder/redis" flushall >/dev/null
    before=$(redis-cli -s "$folder/redis" info memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p')
    "$tool" stores --servers "$1" --routes make --rounds 1 --requests 10000 >/dev/null
    after=$(redis-cli -s "$folder/redis" info memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p')
    echo "$1: $(((after - before) / $(redis-cli -s "$folder/redis" dbsize))) bytes of Redis for a session of 11 keys"
}

main() {
    local mode=stores
    if [ "${1:-}" = --count ]; then
        mode=count
        shift
    fi
    build
    tool=${CARGO_TARGET_DIR:-target}/release/bench
    start_redis
    start_postgres
    local probe="redis-cli -s $folder/redis info commandstats | sed -n '/redis-cli\|cmdstat_info/d;s/.*:calls=\([0-9]*\),.*/\1/p' | paste -sd+ | bc"
    local urls=("redis redis://127.0.0.1:$port" "postgres postgres://lunox@${folder//\//%2F}/postgres" "sqlite sqlite://$folder/sessions.sqlite")
    sqlite3 "$folder/sessions.sqlite" <../src/session/drivers/sql/sqlite.sql
    for entry in "${urls[@]}"; do
        local store=${entry%% *} options=()
        export BENCH_URL=${entry#* }
        if [ $mode = stores ]; then
            case $store in
                redis) options=(--process "$redis" --probe "$probe") ;;
                postgres) options=(--process "$postgres" --probe "$sql -c \"select sum(calls) from pg_stat_statements where query not like '%pg_stat_statements%'\"") ;;
            esac
        fi
        "$tool" $mode --servers "layer-$store,tower-$store" --routes read,add "${options[@]}" "$@"
        if [ $mode = stores ] && [ $store = redis ]; then bytes layer-redis; bytes tower-redis; fi
    done
}

main "$@"
