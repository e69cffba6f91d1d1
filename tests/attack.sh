#!/usr/bin/env bash
# Attacks a server with requests made from its own /openapi.json (schemathesis), with all its checks:
# that hold here: no 5xx, no status, type, header or body that is not described, nothing taken that
# does not fit. Takes some minutes; not part of run.sh.
#
#   bash tests/attack.sh [EXAMPLES [SEED]]     examples per operation and phase, 300 by default
set -euo pipefail
cd "$(dirname "$0")/.."
examples=${1:-300}
seed=${2:-1}

tools="$HOME/.cache/sahihi-tests"
if ! [ -x "$tools/attack/bin/schemathesis" ]; then
    python3 -m venv "$tools/attack"
    "$tools/attack/bin/pip" install --quiet 'schemathesis>=4.32,<5'
fi
program=${SAHIHI:-target/release/sahihi}
[ -x "$program" ] || cargo build --release

work=$(mktemp -d)
"$program" --index "$work/index" --state "$work/state" serve --addr 127.0.0.1:0 2> "$work/log" &
server=$!
trap 'kill "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
until url=$(grep -o -m 1 'http://127[^/]*' "$work/log"); do
    kill -0 "$server" || { cat "$work/log"; exit 1; }
    sleep 0.2
done

attack() {
    "$tools/attack/bin/schemathesis" run "$url/openapi.json" --continue-on-failure --no-color \
        --max-examples "$examples" --seed "$seed" --generation-database none "$@" || failed=1
}
# What fits the schema may be refused: "a text or a choice" and "a tag of a language" are no schemas.
# What does not fit is refused, but for the paths of Ask-A-Question, which read 0 and "no" as false.
attack --checks all --exclude-checks positive_data_acceptance,negative_data_rejection
attack --checks negative_data_rejection --include-path-regex '^/v1/'
kill -0 "$server" || { echo "the server has ended"; tail "$work/log"; exit 1; }
if grep -q 'a handler failed\|panicked' "$work/log"; then
    grep -A 5 'a handler failed\|panicked' "$work/log"
    exit 1
fi
exit "${failed:-0}"
