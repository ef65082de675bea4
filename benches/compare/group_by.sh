#!/usr/bin/env bash
# Reads a log and groups it by (bin, country, protocol, port), with the first time and the packets of
# each group: portbloom, polars and duckdb on the same file, one after the other, in each of some rounds.
# Usage: benches/compare/group_by.sh LOG.csv [BIN_SECS] [ROUNDS]; the log has the layout of the sample.
set -euo pipefail
log=$(realpath "$1")
bin_secs=${2:-300}
rounds=${3:-3}
cd "$(dirname "$0")/../.."
venv=${TMPDIR:-/tmp}/portbloom-group-by
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q polars duckdb
fi
cargo bench -q --bench group_by --no-run
# The whole log once, so that all find it in memory.
cat "$log" > /dev/null
for _ in $(seq "$rounds"); do
    cargo bench -q --bench group_by -- "$log" "$bin_secs"
    for tool in polars duckdb; do
        "$venv/bin/python" benches/compare/group_by.py "$tool" "$log" "$bin_secs"
    done
done
