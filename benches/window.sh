#!/usr/bin/env bash
# How smoothly the window plays: under Xvfb on the software adapter, or on the display there is with
# DISPLAY=... ON_SCREEN=1. Prints a line for each run: the time to the first picture, pictures a second,
# and the 99th percentile of the time between two.
#   benches/window.sh [LOG]       SECS=20 SIZE=720p ADAPTER=software
set -euo pipefail
cd "$(dirname "$0")/.."
secs=${SECS:-20} size=${SIZE:-720p} adapter=${ADAPTER:-software}
cargo build --release --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"; [ -z "${server:-}" ] || kill "$server"' EXIT
if [ -z "${ON_SCREEN:-}" ]; then
  Xvfb -displayfd 3 -noreset -screen 0 3840x2160x24 3>"$work/display" 2>/dev/null &
  server=$!
  until [ -s "$work/display" ]; do sleep 0.1; done
  export DISPLAY=":$(cat "$work/display")"
  xdotool mousemove 3835 2155
fi
# One that plays, one that seeks to a random frame five times a second while it plays, and one in which
# the pointer goes over the picture, to another place five times a second.
for kind in play seek point; do
  ./target/release/portbloom preview "$@" --window "$size" --adapter "$adapter" --quiet --report "$work/$kind.json" &
  preview=$!
  window=""
  until [ -n "$window" ]; do
    kill -0 "$preview" || exit 1
    window=$(xdotool search --onlyvisible --name ' - portbloom' 2>/dev/null | head -1 || true)
    sleep 0.1
  done
  xdotool windowfocus "$window"
  eval "$(xdotool getwindowgeometry --shell "$window")"
  for step in $(seq $((secs * 5))); do
    case $kind in
      # Along the line at the bottom: from 2% to 80% of the width.
      seek) xdotool mousemove "$((WIDTH * (2 + step * 37 % 78) / 100))" "$((HEIGHT - 26))" click 1 ;;
      point) xdotool mousemove "$((WIDTH * (10 + step * 37 % 78) / 100))" "$((HEIGHT / 2 + step))" ;;
    esac
    sleep 0.2
  done
  xdotool mousemove 3835 2155
  kill -INT "$preview"
  wait "$preview" || true
  python3 - "$kind" "$work/$kind.json" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[2]))
times = report["frame_times"]
print(f"{sys.argv[1]} {report['size'][0]}x{report['size'][1]} on {report['adapter']}: first picture after "
      f"{report['first_picture_secs']:.2f} s, {times['per_second']:.1f} pictures a second, median {times['median_ms']:.1f} ms, "
      f"99% within {times['p99_ms']:.1f} ms, longest {times['max_ms']:.1f} ms, {times['pictures']} pictures")
PYTHON
done
