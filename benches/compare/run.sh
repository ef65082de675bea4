#!/usr/bin/env bash
# Measures portbloom beside what people would use instead: frames a second of one scene, on one machine, in one run.
#
#   benches/compare/run.sh            the whole measurement, about ten minutes; the table goes to stdout
#   FRAMES=30 benches/compare/run.sh  a quick look
#
# The scene is frames 6600 to 6899 of the built-in sample: hundreds of bubbles, 1,153 ports, 45 countries.
# Preparation is not timed: portbloom writes where everything stands in each frame, and the other tools only draw it.
# Every tool has the same cores (CORES=2, taken with taskset). What is missing is installed with apt, and skia-python
# with pip into a venv under the cache folder; INSTALL=no forbids both. What cannot be installed or run is named in the
# table, and the rest goes on. All x264 is ffmpeg's libx264 at its default quality (CRF 23), into an MP4 file.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export PYTHONDONTWRITEBYTECODE=1
export FRAMES=${FRAMES:-300}
binary=${BINARY:-$root/target/release/portbloom}
cores=${CORES:-2}
only=${ONLY:-portbloom cairo skia logstalgia r x264}
first=6600
cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portbloom-compare}
mkdir -p "$cache/out"

# The first $cores cores that this shell may use; all that it starts inherits them.
allowed=$(taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' | awk -F- '{ for (i = $1; i <= (NF > 1 ? $2 : $1); i++) print i }')
[ "$(echo "$allowed" | wc -l)" -le "$cores" ] || taskset -cp "$(echo "$allowed" | head -n "$cores" | paste -sd,)" $$ >/dev/null

say() { echo "compare: $*" >&2; }
want() { [[ " $only " == *" $1 "* ]]; }

# ---- tools ----
export DEBIAN_FRONTEND=noninteractive
updated=no
install() { # install PACKAGE...: those that are missing, one by one, so that one that fails spoils nothing else
  local sudo="" p
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  for p in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] && continue
    [ "${INSTALL:-yes}" = no ] && continue
    [ $updated = yes ] || { $sudo apt-get update -qq >/dev/null 2>&1; updated=yes; }
    say "installing $p"
    $sudo apt-get install -y -qq --no-install-recommends "$p" >/dev/null 2>&1 || say "could not install $p"
  done
}
python_with() { # python_with MODULE: the first python3 on PATH that has it
  local p
  for p in $(type -ap python3); do "$p" -c "import $1" 2>/dev/null && { echo "$p"; return; }; done
  return 1
}
install ffmpeg python3 util-linux
if want cairo; then install python3-cairo; fi
if want skia; then
  install python3-venv libegl1 libgl1 libfontconfig1
  for p in $(type -ap python3); do
    [ "${INSTALL:-yes}" = no ] || "$cache/venv/bin/python" -c 'import skia' 2>/dev/null && break
    say "installing skia-python into a venv"
    "$p" -m venv --clear "$cache/venv" 2>/dev/null && "$cache/venv/bin/pip" install -q skia-python numpy 2>"$cache/out/pip.log"
  done
fi
if want logstalgia; then install logstalgia xvfb libgl1-mesa-dri; fi
if want r; then install r-base-core; fi
command -v ffmpeg >/dev/null || { say "no ffmpeg: nothing can be measured"; exit 1; }
[ -x "$binary" ] || (cd "$root" && cargo build --release) || exit 1

# ---- the scene, and frames ready in memory ----
stamp="$(sha256sum <"$binary" | cut -c1-12) $first $FRAMES $(sha256sum <"$here/prepare.py" | cut -c1-12)"
if [ "$(cat "$cache/stamp" 2>/dev/null)" != "$stamp" ]; then
  say "preparing the scene"
  rm -f "$cache/stamp"
  python3 "$here/prepare.py" "$binary" "$root/data/marx-july-2013.csv.gz" "$first" "$FRAMES" "$cache" || exit 1
  echo "$stamp" >"$cache/stamp"
fi
cat "$cache"/ready-*.yuv >/dev/null # into the page cache

# All who write text do so in portbloom's own typeface.
mkdir -p "$cache/fonts" && cp "$root"/fonts/*.ttf "$cache/fonts/" # a copy: fontconfig leaves a file beside the fonts
printf '<fontconfig><dir>%s</dir><cachedir>%s</cachedir></fontconfig>\n' "$cache/fonts" "$cache/fontconfig" >"$cache/fonts.conf"
export PORTBLOOM_FONT="$root/fonts/IBMPlexSans-Regular.ttf"

# ---- measuring ----
declare -A cell
notes=""
measure() { # measure ROW COLUMN COMMAND...: the last word that the command prints is its frames a second
  local row=$1 column=$2 rate
  shift 2
  rate=$(timeout -k 5 150 "$@" 2>"$cache/out/error.log" </dev/null | tail -n 1)
  if [[ $rate =~ ^[0-9]+(\.[0-9]+)?$ ]]; then
    cell[$row,$column]=$(awk -v r="$rate" 'BEGIN { printf (r < 20 ? "%.1f" : "%.0f"), r }')
  else
    cell[$row,$column]=failed
    notes+="- $row, $column: $(grep -v '^$' "$cache/out/error.log" | tail -n 1 | cut -c1-200)"$'\n'
  fi
  say "$row, $column: ${cell[$row,$column]}"
}
film() { # film SIZE EXTRA...: portbloom's own rate of the film part; the median of three runs
  local size=$1 i
  shift
  for i in 1 2 3; do
    "$binary" render -q --force --size "$size" --frames "$first..$((first + FRAMES))" --report "$cache/out/report.json" "$@" || return 1
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["frames_per_second"])' "$cache/out/report.json"
  done | sort -n | sed -n 2p
}
piped() { # piped SIZE: portbloom's frames through a pipe into the same ffmpeg as the others'; by the clock
  local from to
  from=$(date +%s%N)
  "$binary" render -q --size "$1" --frames "$first..$((first + FRAMES))" -o - |
    ffmpeg -v error -nostdin -y -thread_queue_size 8 -i - -c:v libx264 -preset veryfast "$cache/out/film.mp4" || return 1
  to=$(date +%s%N)
  awk -v n="$FRAMES" -v t=$((to - from)) 'BEGIN { print n * 1e9 / t }'
}
ready() { # ready SIZE PRESET: x264 alone; the same few frames again and again from the page cache
  local wh=1920x1080 from to
  [ "$1" = 1080p ] || wh=3840x2160
  from=$(date +%s%N)
  ffmpeg -v error -nostdin -y -stream_loop -1 -f rawvideo -pix_fmt yuv420p -s "$wh" -r 25 -thread_queue_size 8 \
    -i "$cache/ready-$1.yuv" -frames:v "$FRAMES" -c:v libx264 -preset "$2" "$cache/out/ready.mp4" || return 1
  to=$(date +%s%N)
  awk -v n="$FRAMES" -v t=$((to - from)) 'BEGIN { print n * 1e9 / t }'
}
export -f film piped ready
export binary first cache

for size in 1080p 4k; do
  if want portbloom; then
    if "$binary" render --help | grep -q -- --sink; then
      measure "portbloom" "$size null" bash -c 'film "$0" --sink null' "$size"
    else
      cell[portbloom,$size null]="no \`--sink\` yet"
    fi
    measure "portbloom" "$size film" bash -c 'film "$0" -o "$cache/out/film.mp4"' "$size"
    if "$binary" render --help | grep -qi y4m; then
      measure "portbloom to x264" "$size film" bash -c 'piped "$0"' "$size"
    fi
  fi

  # A loop in one process, as one would write it, and the same work shared out to a process a core.
  for tool in cairo skia; do
    want $tool || continue
    python=$cache/venv/bin/python
    [ $tool = skia ] || python=$(python_with cairo || echo python3)
    for processes in 1 "$cores"; do
      row="$tool $([ "$processes" = 1 ] && echo loop || echo processes)"
      for sink in null film; do
        measure "$row" "$size $sink" env FONTCONFIG_FILE="$cache/fonts.conf" \
          "$python" "$here/draw_$tool.py" "$cache/scene-$size.json" $sink "$cache/out/$tool" "$processes"
      done
    done
  done

  # Logstalgia has no window of its own here: Xvfb, and Mesa's llvmpipe for OpenGL.
  if want logstalgia; then
    for sink in null film; do
      measure logstalgia "$size $sink" python3 "$here/watch_logstalgia.py" "$size" $sink "$cache/access.log" "$cache/out/logstalgia"
    done
  fi

  # R writes PNGs; a film is those, joined by ffmpeg afterwards: both times together.
  if want r; then
    frames=$((FRAMES < 60 ? FRAMES : 60))
    [ "$size" = 1080p ] || frames=$((FRAMES < 30 ? FRAMES : 30))
    rm -rf "$cache/out/r" && mkdir -p "$cache/out/r"
    measure r "$size null" env FONTCONFIG_FILE="$cache/fonts.conf" Rscript --vanilla "$here/draw.R" "$cache" "$size" "$frames" "$cache/out/r"
    drawn=${cell[r,$size null]}
    cell[r,$size film]=failed
    if [ "$drawn" != failed ]; then
      from=$(date +%s%N)
      ffmpeg -v error -nostdin -y -framerate 25 -i "$cache/out/r/%05d.png" -c:v libx264 -preset veryfast -pix_fmt yuv420p "$cache/out/r.mp4" &&
        cell[r,$size film]=$(awk -v n="$frames" -v r="$drawn" -v t=$(($(date +%s%N) - from)) 'BEGIN { printf "%.1f", n / (n / r + t / 1e9) }')
      say "r, $size film: ${cell[r,$size film]}"
    fi
  fi

  if want x264; then
    for preset in ultrafast veryfast; do
      measure "x264 $preset" "$size film" bash -c 'ready "$0" "$1"' "$size" $preset
    done
  fi
done

# ---- the table ----
version() { "$@" 2>&1 | grep -o '[0-9]\+\(\.[0-9a-z+~-]\+\)\+' | head -n 1; }
row() { # row KEY TITLE
  echo "| $2 | ${cell[$1,1080p null]:--} | ${cell[$1,4k null]:--} | ${cell[$1,1080p film]:--} | ${cell[$1,4k film]:--} |"
}
echo "Frames a second, $(date -u +%F), $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores," \
  "frames $first to $((first + FRAMES)) of the built-in sample."
echo
echo "| tool | 1080p into nothing | 4K into nothing | 1080p to x264 \`veryfast\` | 4K to x264 \`veryfast\` |"
echo "| --- | --: | --: | --: | --: |"
if want portbloom; then
  row portbloom "portbloom, built-in encoder to MP4 in place of x264"
  ! "$binary" render --help | grep -qi y4m || row "portbloom to x264" "portbloom, Y4M through a pipe to x264"
fi
if want cairo; then
  row "cairo loop" "pycairo, a loop with cached labels"
  row "cairo processes" "pycairo, $cores processes with a part of the film each"
fi
if want skia; then
  row "skia loop" "skia-python, a loop with cached labels"
  row "skia processes" "skia-python, $cores processes with a part of the film each"
fi
! want logstalgia || row logstalgia "Logstalgia, Xvfb and llvmpipe"
! want r || row r "R, a PNG a frame, then joined"
if want x264; then
  row "x264 ultrafast" "x264 \`ultrafast\` in place of \`veryfast\`, frames ready in memory"
  row "x264 veryfast" "x264 \`veryfast\`, frames ready in memory"
fi
echo
echo "Versions: $("$binary" --version)," \
  "ffmpeg $(version ffmpeg -version)," \
  "libx264 $(dpkg-query -W -f '${Version}' 'libx264-*' 2>/dev/null | head -n 1)," \
  "pycairo $("$(python_with cairo || echo false)" -c 'import cairo; print(cairo.version, "on cairo", cairo.cairo_version_string())' 2>/dev/null || echo none)," \
  "skia-python $("$cache/venv/bin/python" -c 'import skia; print(skia.__version__)' 2>/dev/null || echo none)," \
  "Logstalgia $(dpkg-query -W -f '${Version}' logstalgia 2>/dev/null || echo none)," \
  "Mesa $(dpkg-query -W -f '${Version}' libgl1-mesa-dri 2>/dev/null || echo none)," \
  "R $(version Rscript --version)."
[ -z "$notes" ] || printf '\nFailed:\n%s' "$notes"
