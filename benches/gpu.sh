#!/usr/bin/env bash
# Takes every figure of a GPU in one command, on a machine that needs no network, no cargo and no display.
# Usage: benches/gpu.sh [BINARY]. Prints tables and writes gpu.json into OUT (default: the folder it is
# started in). Ends within LIMIT seconds (default 460); measurements that no longer fit are named.
# ADAPTER (default "hardware") says which adapter is measured against the CPU's drawing; EVENTS (default
# 10M) how large the dense log is; FRAMES (default 800) how long the largest run is.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=$(realpath "${1:-$root/target/release/portbloom}")
out=$(realpath "${OUT:-.}")
limit=${LIMIT:-460}
adapter=${ADAPTER:-hardware}
events=${EVENTS:-10M}
most_frames=${FRAMES:-800}
[ -x "$binary" ] || { echo "gpu.sh: $binary is no program; build it: cargo build --release" >&2; exit 1; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/portbloom-gpu.XXXXXX")
trap 'rm -rf "$folder"; [ -z "${watcher:-}" ] || kill "$watcher" 2>/dev/null || true' EXIT
cd "$folder"
cores=$(nproc)
json=$out/gpu.json
first=true
left_out=()

printf '{\n' >"$json"
record() { # record KEY VALUE: a line of the JSON, VALUE being JSON
  $first || printf ',\n' >>"$json"
  first=false
  printf '  "%s": %s' "$1" "$2" >>"$json"
}
quoted() { printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g')"; }
seconds_left() { echo $((limit - SECONDS)); }
number() { # number FILE KEY: the number of a key of a report, which has one key a line
  sed -n "s/^ *\"$2\": \([0-9.eE+-]*\),*\$/\1/p" "$1" | tail -n 1
}

# What the program and the machine are.
"$binary" render --help >help.txt
timings=--timings
grep -q -e --timings help.txt || timings=--profile
echo "portbloom $("$binary" --version | awk '{ print $2 }'), $cores cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
record version "$(quoted "$("$binary" --version)")"
record cores "$cores"
record processor "$(quoted "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)")"
if "$binary" adapters >adapters.txt 2>&1; then
  cat adapters.txt
  record adapters "$(quoted "$(paste -sd';' adapters.txt)")"
fi
smi=false
if command -v nvidia-smi >/dev/null; then
  smi=true
  card=$(nvidia-smi --query-gpu=name,driver_version,memory.total,pcie.link.gen.max,pcie.link.width.max --format=csv,noheader | head -n 1)
  echo "$card"
  record card "$(quoted "$card")"
fi

# A frame, from the command to the file: how long opening takes.
for who in "$adapter" software; do
  best=""
  for _ in 1 2 3; do
    start=$(date +%s%N)
    "$binary" frame --frame 6700 --size 4k --adapter "$who" -o open.png --force --quiet || { echo "gpu.sh: --adapter $who does not draw" >&2; exit 1; }
    ms=$((($(date +%s%N) - start) / 1000000))
    if [ -z "$best" ] || [ "$ms" -lt "$best" ]; then best=$ms; fi
  done
  echo "one frame of the sample at 4K, --adapter $who: $best ms, the best of three"
  record "open_ms_${who//[^a-zA-Z0-9]/_}" "$best"
done

"$binary" synth --events "$events" --seed 1 -o dense.csv --quiet
"$binary" prepare dense.csv -o dense.bloom --quiet
rm dense.csv

watch_gpu() { # the share of time that the card is busy, sampled ten times a second
  $smi || return 0
  nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits -lms 100 >busy.txt 2>/dev/null &
  watcher=$!
}
gpu_busy() {
  $smi || { echo null; return; }
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  watcher=""
  awk '{ sum += $1; n++ } END { print n ? int(sum / n + 0.5) : "null" }' busy.txt
}

row='%-7s %-9s %-5s %-4s %5s %7s %9s  %s\n'
runs=""
run() { # run LOG WHO SIZE SINK JOBS FIRST FRAMES
  local log=$1 who=$2 size=$3 sink=$4 jobs=$5 first=$6 frames=$7 source=() target
  local name="$log, $who, $size, $sink, $jobs jobs"
  if [ "$(seconds_left)" -lt 25 ]; then left_out+=("$name"); return; fi
  [ "$log" = sample ] || source=(dense.bloom)
  if [ "$sink" = null ]; then target=(--sink null); else target=(-o film.mp4); fi
  watch_gpu
  if ! timeout "$(seconds_left)" "$binary" render "${source[@]}" --adapter "$who" --size "$size" --jobs "$jobs" \
    --frames "$first..$((first + frames))" "${target[@]}" --force --quiet $timings --report report.json 2>timings.txt; then
    gpu_busy >/dev/null
    left_out+=("$name (failed or cut off)")
    return
  fi
  local busy rate stages neck
  busy=$(gpu_busy)
  rate=$(number report.json frames_per_second)
  stages=$(awk -v frames="$frames" '$1 ~ /^(scene|draw|commands|gpu_draw|gpu_convert|gpu_copy|readback|backpressure|convert|encode)$/ {
    printf "%s%s %.2f", comma, $1, $2 * 1000 / frames; comma = ", " }' timings.txt)
  neck=$(sed -n 's/^bottleneck: //p' timings.txt)
  uploads=$(sed -n 's/^glyph uploads a frame: //p' timings.txt)
  # shellcheck disable=SC2059
  printf "$row" "$log" "$who" "$size" "$sink" "$jobs" "$frames" "$(printf '%.1f' "$rate")" "busy $busy%, glyph uploads ${uploads:--}; ms a frame, all threads: $stages"
  runs+="${runs:+,
    }{\"log\": \"$log\", \"adapter\": $(quoted "$who"), \"size\": \"$size\", \"sink\": \"$sink\", \"jobs\": $jobs, \"frames\": $frames, \"frames_a_second\": ${rate:-null}, \"gpu_busy_percent\": $busy, \"glyph_uploads_a_frame\": ${uploads:-null}, \"ms_a_frame\": $(quoted "$stages"), \"bottleneck\": $(quoted "$neck")}"
}

# How far the pictures are from the CPU's: 20 frames, as planes, byte by byte.
difference() { # difference SIZE FRAMES
  local size=$1 frames=$2 at=0 worst=0 sum=0 beyond=0 count=0
  for step in $(seq "$frames"); do
    if [ "$(seconds_left)" -lt 5 ]; then left_out+=("difference at $size from frame $step"); break; fi
    at=$((step * 400))
    for who in "$adapter" software; do
      "$binary" render --adapter "$who" --size "$size" --frames "$at..$((at + 1))" --jobs 1 -o "$who.y4m" --force --quiet
    done
    bytes=$(stat -c %s software.y4m)
    read -r most total far < <(cmp -l "$adapter.y4m" software.y4m | awk '
      function octal(text) { return substr(text, length(text)) + 8 * substr(text, length(text) - 1, 1) + 64 * substr(text, length(text) - 2, 1) }
      { d = octal(sprintf("%03d", $2)) - octal(sprintf("%03d", $3)); if (d < 0) d = -d; if (d > most) most = d; sum += d; if (d > 2) far++ }
      END { print most + 0, sum + 0, far + 0 }')
    [ "$most" -le "$worst" ] || worst=$most
    sum=$((sum + total)) beyond=$((beyond + far)) count=$((count + bytes))
  done
  [ "$count" -gt 0 ] || return 0
  local mean share
  mean=$(awk -v sum="$sum" -v count="$count" 'BEGIN { printf "%.5f", sum / count }')
  share=$(awk -v beyond="$beyond" -v count="$count" 'BEGIN { printf "%.6f", 100 * beyond / count }')
  echo "difference to the CPU's pictures at $size: $mean steps on average, $worst at most, $share% of samples more than 2"
  record "difference_$size" "{\"mean_steps\": $mean, \"most_steps\": $worst, \"percent_beyond_2\": $share}"
}
difference 4k 20
difference 320x180 20

# The whole of July at 4K: what people do first.
whole() { # whole WHO
  if [ "$(seconds_left)" -lt 60 ]; then left_out+=("July at 4K, $1"); return; fi
  watch_gpu
  if ! timeout "$(seconds_left)" "$binary" render --adapter "$1" --size 4k -o july.mp4 --force --quiet $timings --report report.json 2>timings.txt; then
    gpu_busy >/dev/null
    left_out+=("July at 4K, $1 (failed or cut off)")
    return
  fi
  local busy total
  busy=$(gpu_busy)
  total=$(number report.json total)
  echo "July at 4K to MP4, --adapter $1: $total s, $(number report.json frames_per_second) frames a second, GPU busy $busy%"
  sed 's/^/  /' timings.txt
  record "july_4k_secs_${1//[^a-zA-Z0-9]/_}" "$total"
  rm -f july.mp4
}
whole "$adapter"
whole software
whole auto

echo
# shellcheck disable=SC2059
printf "$row" log adapter size sink jobs frames "a second" ""
all_jobs=$(printf '%s\n' 1 4 8 "$cores" | awk -v cores="$cores" '$1 <= cores && !seen[$1]++')
for log in sample dense; do
  for size in 4k 1080p; do
    for sink in null mp4; do
      for jobs in $(echo "$all_jobs" | sort -rn); do
        for who in "$adapter" software; do
          # Two segments of the film for each thread; one of the dense log, which takes longer. Its films
          # are encoded at 5 to 30 frames a second: all threads, four segments.
          frames=$((100 * jobs))
          [ "$frames" -le "$most_frames" ] || frames=$most_frames
          if [ "$log" = dense ]; then frames=$((50 * jobs)); fi
          if [ "$log $sink" = "dense mp4" ]; then
            [ "$jobs" = "$cores" ] || continue
            frames=200
          fi
          if [ "$log" = dense ]; then at=3000; else at=6000; fi
          run "$log" "$who" "$size" "$sink" "$jobs" "$at" "$frames"
        done
      done
    done
  done
done

record runs "[
    $runs
  ]"
record seconds "$SECONDS"
printf '\n}\n' >>"$json"
for name in "${left_out[@]}"; do echo "left out: $name"; done
echo "$SECONDS s; the figures are in $json"
