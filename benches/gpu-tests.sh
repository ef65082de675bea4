#!/usr/bin/env bash
# Runs the tests that draw on a graphics adapter, on a machine that needs no network, no cargo and no display.
# Usage: benches/gpu-tests.sh [FOLDER]. FOLDER (default: target/gpu-tests) holds the programs of the tests,
# compressed. Where it holds none they are built by cargo and put there: take it along with a clone of this
# repository. ADAPTER (default "hardware") is the adapter to draw with, as `--adapter` takes it. Ends with 1 where a
# test fails.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(realpath -m "${1:-$root/target/gpu-tests}")
adapter=${ADAPTER:-hardware}
programs=(portbloom pictures raster)
# Of the library's own tests, those of its module for graphics adapters.
declare -A filters=([portbloom]=gpu:: [pictures]='' [raster]='')

build() {
  mkdir -p "$folder"
  (cd "$root" && cargo test --no-run --lib --test pictures --test raster --message-format=json) |
    sed -n 's/.*"executable":"\([^"]*\/deps\/[^"]*\)".*/\1/p' |
    while read -r program; do
      name=$(basename "$program")
      strip -o "$folder/stripped" "$program"
      gzip -c "$folder/stripped" >"$folder/${name%-*}.gz"
      rm "$folder/stripped"
    done
}

for program in "${programs[@]}"; do
  if ! [ -e "$folder/$program.gz" ]; then
    build
    break
  fi
done
unpacked=$(mktemp -d "${TMPDIR:-/tmp}/portbloom-gpu-tests.XXXXXX")
trap 'rm -rf "$unpacked"' EXIT
export PORTBLOOM_TEST_ADAPTER=$adapter CARGO_MANIFEST_DIR=$root CARGO_TARGET_TMPDIR=$unpacked
failed=()
for program in "${programs[@]}"; do
  gunzip -c "$folder/$program.gz" >"$unpacked/$program"
  chmod +x "$unpacked/$program"
  echo "== $program ${filters[$program]}"
  # shellcheck disable=SC2086
  (cd "$root" && "$unpacked/$program" ${filters[$program]}) || failed+=("$program")
done
if [ "${#failed[@]}" -gt 0 ]; then
  mkdir -p "$folder/differences"
  find "$unpacked" -name '*.png' -exec cp {} "$folder/differences/" \;
  echo "failed with --adapter $adapter: ${failed[*]}; pictures that differ are in $folder/differences" >&2
  exit 1
fi
echo "all passed with --adapter $adapter"
