#!/usr/bin/env bash
# Times what is done with a large log: making it up, profiling it, preparing it, and opening what was
# prepared, beside reading that file and nothing else. Seconds, processor time and the most memory.
# Usage: benches/large.sh [EVENTS] [ROUNDS]; BINARY and FOLDER say what to measure and where the files go
# (64 bytes an event). Needs GNU time.
set -euo pipefail
events=${1:-10000000}
rounds=${2:-3}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=${BINARY:-$root/target/release/portbloom}
folder=$(mktemp -d "${FOLDER:-${TMPDIR:-/tmp}}/portbloom-large.XXXXXX")
trap 'rm -rf "$folder"' EXIT
[ -x "$binary" ] || (cd "$root" && cargo build --release)
cd "$folder"

measure() { # measure NAME COMMAND...
  local name=$1
  shift
  /usr/bin/time -o time.txt -f "%e s, %U + %S s of processor, %M KB at most" "$@" >/dev/null 2>error.txt ||
    { cat error.txt >&2; exit 1; }
  echo "$name: $(cat time.txt)"
}
for _ in $(seq "$rounds"); do
  measure "synth $events" "$binary" synth --events "$events" --seed 1 -o log.csv --force
  measure "profile" "$binary" profile log.csv
  measure "prepare" "$binary" prepare log.csv -o log.bloom --force
  measure "cat log.bloom" cat log.bloom
  measure "frame log.bloom" "$binary" frame log.bloom --frame 0 --size 720p -o frame.png --force
  "$binary" render log.bloom --frames 0..1 --size 720p --sink null --timings 2>&1 | awk '/^(parse|aggregate)/ { print "  " $1 ": " $2 " s" }'
done
