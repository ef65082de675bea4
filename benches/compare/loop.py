"""The timed loop that draw_cairo.py and draw_skia.py share: draw every frame, into nothing or through a pipe into x264.

Arguments: scene.json, `null` or `film`, a name for the files it writes, and how many processes share the frames.
Prints frames a second. Loading, and one pass over the scene that fills the label caches, are not timed.
"""

import json
import multiprocessing
import subprocess
import sys
import time

LEAST_SECONDS = 4  # into nothing: the scene goes round until then


def rgb(color):
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))


def load(path):
    with open(path) as f:
        scene = json.load(f)
    for name in scene["names"]:
        name[4] = rgb(name[4])
    for frame in scene["frames"]:
        for bar in frame["bars"]:
            bar[4] = rgb(bar[4])
        for bubble in frame["bubbles"]:
            bubble[3] = rgb(bubble[3])
    return scene


def encoder(size, path):
    """The picture goes as it is, 4 bytes a pixel; ffmpeg converts it, with a thread of its own to read it."""
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr0", "-s", f"{size[0]}x{size[1]}", "-r", "25"]
    command += ["-thread_queue_size", "8", "-i", "-", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", path]
    return subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0, pipesize=1 << 20)


def write(pipe, pixels):
    view = memoryview(pixels).cast("B")
    while len(view):
        view = view[pipe.write(view) :]


def part(drawer, frames, size, sink, path):
    """Draws `frames` and tells how many it drew, and from when to when."""
    start = time.monotonic()
    film = encoder(size, path) if sink == "film" else None
    drawn = 0
    while drawn < len(frames) or (film is None and time.monotonic() < start + LEAST_SECONDS):
        pixels = drawer.draw(frames[drawn % len(frames)])
        if film:
            write(film.stdin, pixels)
        drawn += 1
    if film:
        film.stdin.close()
        if film.wait():
            sys.exit("ffmpeg failed")
    return drawn, start, time.monotonic()


def main(make):
    path, sink, out, processes = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    scene = load(path)
    frames, size = scene["frames"], scene["size"]
    drawer = make(scene)
    for frame in frames:
        drawer.draw(frame)
    drawer.picture(f"{out}-{size[1]}.png")
    if processes == 1:
        done = [part(drawer, frames, size, sink, f"{out}.mp4")]
    else:
        cuts = [len(frames) * i // processes for i in range(processes + 1)]
        work = [(drawer, frames[a:b], size, sink, f"{out}-{a}.mp4") for a, b in zip(cuts, cuts[1:])]
        done = fork(work)
    print(sum(d for d, _, _ in done) / (max(e for _, _, e in done) - min(s for _, s, _ in done)))


def fork(work):
    """Each piece of work in a process of its own, which inherits the drawer with its caches warm."""
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    children = [context.Process(target=lambda w=w: answers.put(part(*w))) for w in work]
    for child in children:
        child.start()
    for child in children:
        child.join()
        if child.exitcode:
            sys.exit("a process failed")
    return [answers.get() for _ in children]
