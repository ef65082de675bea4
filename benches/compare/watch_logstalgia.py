"""Runs Logstalgia on the scene's log in Xvfb with software OpenGL and prints frames a second.

Arguments: `1080p` or `4k`, `null` or `film`, the log, a name for the film. Frames are counted by the bytes that
Logstalgia has written (its PPM frames have one size), so that into nothing is really its own `-o /dev/null`.
The clock starts when the first bubbles have arrived (2.8 s of film): from then on the picture is full.
"""

import os
import subprocess
import sys
import time

size, sink, log, out = sys.argv[1:5]
width, height = (1920, 1080) if size == "1080p" else (3840, 2160)
wanted = min(int(os.environ["FRAMES"]), 100 if size == "1080p" else 60)
skipped = 70
frame_bytes = len(f"P6\n{width} {height}\n255\n") + width * height * 3  # give or take a few bytes of header


def written(pid):
    with open(f"/proc/{pid}/io") as f:
        return int(next(line for line in f if line.startswith("wchar")).split()[1]) / frame_bytes


def wait_for(frames, pid, deadline):
    while written(pid) < frames:
        if time.monotonic() > deadline:
            sys.exit(f"Logstalgia wrote {written(pid):.0f} frames in the time it had")
        time.sleep(0.005)
    return time.monotonic()


processes = []
try:
    read, write = os.pipe()
    screen = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    processes.append(subprocess.Popen(screen, pass_fds=[write], stderr=subprocess.DEVNULL))
    os.close(write)
    display = os.read(read, 16).decode().strip()
    if not display:
        sys.exit("Xvfb did not start")

    # Bubbles cross in 2.8 s; ports in two groups, as portbloom's two columns.
    command = ["logstalgia", f"-{width}x{height}", "-s", "1", "-p", str(1 / 2.8), "-r", "25", "-x"]
    command += ["-g", "UDP,URI=^/UDP,50", "-g", "TCP,URI=^/TCP,50", "-o", "/dev/null" if sink == "null" else "-", log]
    environment = dict(os.environ, DISPLAY=f":{display}", LIBGL_ALWAYS_SOFTWARE="1")
    to = subprocess.DEVNULL if sink == "null" else subprocess.PIPE
    logstalgia = subprocess.Popen(command, env=environment, stdout=to)
    processes.append(logstalgia)
    encoder = None
    if sink == "film":
        film = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "image2pipe", "-c:v", "ppm", "-framerate", "25"]
        film += ["-thread_queue_size", "8", "-i", "-", "-frames:v", str(skipped + wanted)]
        film += ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", f"{out}.mp4"]
        encoder = subprocess.Popen(film, stdin=logstalgia.stdout)
        processes.append(encoder)
        logstalgia.stdout.close()

    deadline = time.monotonic() + 120
    start = wait_for(skipped, logstalgia.pid, deadline)
    before = written(logstalgia.pid)
    if encoder:
        if encoder.wait(timeout=120):
            sys.exit("ffmpeg failed")
        done = skipped + wanted
    else:
        wait_for(skipped + wanted, logstalgia.pid, deadline)
        done = written(logstalgia.pid)
    print((done - before) / (time.monotonic() - start))
finally:
    for process in reversed(processes):
        process.kill()
        process.wait()
