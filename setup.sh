#!/usr/bin/env bash
# Installs what portbloom needs beyond Rust. To build it: nasm and a C++ compiler. With --tests also what the tests
# use: a software Vulkan driver for the shaders, ffmpeg, mpv and Chromium for the films and what stands beside them, and
# for the window virtual screens on X11 and Wayland with keys, a pointer, a clipboard and a window manager, and for films in
# parts Slurm, and what a venv of Python needs. Does nothing where all is there.
set -eu
need() { command -v "$1" >/dev/null 2>&1; }
library() { ldconfig -p 2>/dev/null | grep -q -F "$1"; }
software_driver() { ls /usr/share/vulkan/icd.d/lvp_icd*.json >/dev/null 2>&1; }

packages=""
need nasm || packages="$packages nasm"
need g++ || need c++ || packages="$packages g++"
case "${1:-}" in
  # The tests draw with the software driver, so that they give the same result on every machine.
  --tests)
    library libvulkan.so.1 || packages="$packages libvulkan1"
    software_driver || packages="$packages mesa-vulkan-drivers"
    need ffmpeg || packages="$packages ffmpeg"
    need mpv || packages="$packages mpv"
    need chromium || packages="$packages chromium"
    need Xvfb || packages="$packages xvfb"
    need xdotool || packages="$packages xdotool"
    need import || packages="$packages imagemagick"
    need xclip || packages="$packages xclip"
    need openbox || packages="$packages openbox"
    need weston || packages="$packages weston"
    need wl-copy || packages="$packages wl-clipboard"
    PATH="$PATH:/usr/sbin" need munged || packages="$packages munge"
    PATH="$PATH:/usr/sbin" need slurmctld || packages="$packages slurmctld"
    PATH="$PATH:/usr/sbin" need slurmd || packages="$packages slurmd"
    need sbatch || packages="$packages slurm-client"
    python3 -c "import ensurepip" 2>/dev/null || packages="$packages python3-venv"
    # Libraries that a window on X11 loads when it opens.
    library libX11-xcb.so.1 || packages="$packages libx11-xcb1"
    library libXcursor.so.1 || packages="$packages libxcursor1"
    library libXi.so.6 || packages="$packages libxi6"
    library libxkbcommon-x11.so.0 || packages="$packages libxkbcommon-x11-0"
    ;;
  "") ;;
  *) echo "usage: setup.sh [--tests]" >&2; exit 2 ;;
esac
if [ "$(uname -s)" != Linux ]; then
  packages=$(echo "$packages" | sed 's/mesa-vulkan-drivers//; s/g++//; s/xvfb.*//')
  [ -z "${packages// }" ] || { echo "setup.sh: please install$packages" >&2; exit 1; }
  exit 0
fi
[ -n "$packages" ] || exit 0

if ! need apt-get; then
  echo "setup.sh: no apt-get here; please install what these Debian packages hold:$packages" >&2
  exit 1
fi
sudo=""
if [ "$(id -u)" != 0 ]; then
  need sudo || { echo "setup.sh: please run as root: apt-get install$packages" >&2; exit 1; }
  sudo=sudo
fi
echo "setup.sh: installing$packages"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $packages >/dev/null
