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

# Five minutes of attacks on the release build: kills, floods, slow readers, failing disks, flipped bytes. Root mounts a small disk.
attack:
    cargo build --locked --release --bin app
    LUNOX_PROGRAM="$PWD/target/release/app" cargo test --locked --test server -- --ignored --nocapture a_soak

# A fuzz target of `fuzz/`: record, json, form, multipart or cookies. Needs nightly and cargo-fuzz.
fuzz target="record" seconds="60":
    cargo +nightly fuzz run {{target}} -- -max_total_time={{seconds}}
