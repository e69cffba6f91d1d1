#!/usr/bin/env bash
# Everything that must hold, in the order in which it is cheap to find out. CI runs this alone.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

# cargo-deny comes from crates.io like every other package; unoptimised and without its network
# parts it is built in a minute or two, and it has one lock file to read.
if ! cargo deny --version >/dev/null 2>&1; then
    step "install cargo-deny (once)"
    cargo install cargo-deny --version '^0.20' --locked --no-default-features --debug --quiet
fi

# Packages of the distribution, where they are not there yet.
packages() {
    step "install $* (once)"
    local as_root=""
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# The tests start a PostgreSQL of their own.
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || packages postgresql
# The chat page is tested in a real browser.
command -v chromium >/dev/null && command -v chromedriver >/dev/null || packages chromium chromium-driver
# Two reviewers' work is merged with the real thing.
command -v git >/dev/null || packages git

step "format"
cargo fmt --check

step "lints"
cargo clippy --all-targets -- -D warnings

step "documentation"
RUSTDOCFLAGS='-D warnings' cargo doc --no-deps

step "tests"
cargo test

step "licences, sources and bans of the dependencies"
cargo deny --offline check bans licenses sources

step "all is well"
