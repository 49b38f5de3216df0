# What .ci/run checks, step by step.

default: test

serve:
    cargo run

test:
    cargo test

# Sessions on real servers, which the tests start: packages redis-server, postgresql and mariadb-server.
stores:
    cargo test --features redis,sqlite,postgres,mysql --test stores -- --include-ignored --skip scaffolded

lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

ci:
    bash .ci/run

# Its own tests, its size, and its pages in Chromium. Needs cargo, npm and chromium.
guestbook:
    bash examples/guestbook/check.sh
