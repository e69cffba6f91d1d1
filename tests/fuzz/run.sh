#!/usr/bin/env bash
# Fuzzes every target for so many minutes each: bash tests/fuzz/run.sh 10 [TARGET …]
# Needs a nightly toolchain; cargo-fuzz is installed when it is missing. Without a sanitizer of
# memory: the project has no unsafe code; panics, hangs and floods are looked for.
set -euo pipefail
cd "$(dirname "$0")"
minutes=${1:?usage: bash tests/fuzz/run.sh MINUTES [TARGET …]}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(corpus sheet question turn request)
cargo fuzz --version >/dev/null 2>&1 || cargo install cargo-fuzz --locked --quiet
for target in "${targets[@]}"; do
    printf '\n== %s, %s min\n' "$target" "$minutes"
    mkdir -p "corpus/$target"
    cargo +nightly fuzz run -s none --fuzz-dir . "$target" -- \
        -max_total_time=$((minutes * 60)) -max_len=16384 -timeout=20 -rss_limit_mb=4096 -print_final_stats=1
done
