#!/usr/bin/env bash
# Everything about the guest book: its tests, how many lines it has, and its pages in headless Chromium. Pictures of the
# pages are in target/guestbook afterwards. Needs cargo, npm and chromium.
set -euo pipefail
cd "$(dirname "$0")"
cargo fmt --check
cargo clippy --locked --all-targets -- -D warnings
cargo test --locked
cargo build --locked
./count.sh
cd ../..
npm ci --prefix tests/guestbook --ignore-scripts --no-audit --no-fund
cargo test --locked --test guestbook -- --ignored
