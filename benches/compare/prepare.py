"""Writes the scene that the tools draw: portbloom's own positions as drawing primitives, a log for Logstalgia, raw frames for x264."""

import calendar
import csv
import gzip
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

binary, sample, first, count, cache = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
HEIGHTS = {"1080p": 1080, "4k": 2160}
READY = min(count, 50)  # raw frames kept: 155 MB at 1080p, 622 MB at 4K
PACE, FPS, TRAVEL, BIN = 7500, 25, 2.8, 300  # of the built-in sample


def frame(k, size, png, data):
    subprocess.run([binary, "frame", "-q", "--force", "--frame", str(k), "--size", size, "-o", png, "--json", data], check=True)


def primitives(scene, s):
    """What one frame shows, scaled by `s` from 4K. The tools draw this list and compute nothing."""
    ticks, labels, bars = [], [], []
    for p in scene["ports"]:
        left = p["protocol"] == "UDP"
        x, y = p["x"] * s, p["y"] * s
        if p["size"] >= 20:
            labels.append([str(p["port"]), max(1, round(p["size"] * s)), round(x - 16 * s if left else x + 16 * s), round(y), left])
        else:
            ticks.append([round(x - 10 * s if left else x), round(y), round(10 * s)])
    for c in scene["countries"]:
        for n, side in ((c["udp"], -1), (c["tcp"], 1)):
            width = 2 * n**0.5 * s
            left = c["x"] * s + side * 176 * s - (width if side < 0 else 0)
            if n:
                bars.append([left, c["y"] * s - 12 * s, width, 24 * s, c["color"]])
    bubbles = [[b["x"] * s, b["y"] * s, b["radius"] * s, b["color"]] for b in scene["bubbles"]]
    clock = time.strftime("%a %Y-%m-%d %H:%M", time.strptime(scene["data_time"][:16], "%Y-%m-%dT%H:%M"))
    return {"clock": clock, "ticks": ticks, "labels": labels, "bars": bars, "bubbles": bubbles}


def write_scene(size, scenes):
    s = HEIGHTS[size] / 2160
    names = [[c["name"], round(26 * s), round(c["x"] * s), round(c["y"] * s), c["color"]] for c in scenes[0]["countries"]]
    names += [["UDP", round(60 * s), round(140 * s), round(70 * s), "#f0f0e8"], ["TCP", round(60 * s), round(3700 * s), round(70 * s), "#f0f0e8"]]
    clock = {"size": round(72 * s), "x": round(1920 * s), "y": round(66 * s)}
    frames = [primitives(scene, s) for scene in scenes]
    with open(f"{cache}/scene-{size}.json", "w") as f:
        json.dump({"size": [3840 * HEIGHTS[size] // 2160, HEIGHTS[size]], "names": names, "clock": clock, "frames": frames}, f)
    # The same as tables, for R.
    for kind in ("ticks", "labels", "bars", "bubbles"):
        with open(f"{cache}/{kind}-{size}.tsv", "w") as f:
            for k, one in enumerate(frames, 1):
                f.writelines("\t".join(map(str, [k, *row])) + "\n" for row in one[kind])
    with open(f"{cache}/names-{size}.tsv", "w") as f:
        f.writelines("\t".join(map(str, row)) + "\n" for row in names)
    with open(f"{cache}/clock-{size}.tsv", "w") as f:
        f.writelines(f"{k}\t{one['clock']}\t{clock['size']}\t{clock['x']}\t{clock['y']}\n" for k, one in enumerate(frames, 1))


def write_access_log():
    """Logstalgia's own format: a line a bubble, not a packet, one second of log for one second of film."""
    start = calendar.timegm((2013, 7, 1, 0, 0, 0))
    bubbles = {}
    for row in csv.DictReader(gzip.open(sample, "rt")):
        if row["proto"] in ("TCP", "UDP") and row["dpt"]:
            t = calendar.timegm(time.strptime(row["datetime"], "%Y-%m-%d %H:%M:%S")) - start
            one = bubbles.setdefault((t // BIN, row["country"] or "Unknown", row["proto"], row["dpt"]), [t, 0])
            one[0] = min(one[0], t)
            one[1] += 1
    lines = sorted((t, country, proto, port, n) for (_, country, proto, port), (t, n) in bubbles.items())
    with open(f"{cache}/access.log", "w") as f:
        for t, country, proto, port, n in lines:
            if t >= (first / FPS - TRAVEL) * PACE:
                f.write(f"{start + t // PACE}|{country}|/{proto}/{port}|200|{n * 1000}|1\n")


work = f"{cache}/work"
os.makedirs(work, exist_ok=True)
with ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda i: frame(first + i, "4k", f"{work}/4k-{i:05}.png", f"{work}/{i:05}.json"), range(count)))
    # The layout is the same at every size: only the pictures are needed at 1080p.
    list(pool.map(lambda i: frame(first + i, "1080p", f"{work}/1080p-{i:05}.png", f"{work}/1080p-{i:05}.json"), range(READY)))
scenes = [json.load(open(f"{work}/{i:05}.json")) for i in range(count)]
for size in HEIGHTS:
    write_scene(size, scenes)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", f"{work}/{size}-%05d.png", "-frames:v", str(READY)]
        + ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p", "-f", "rawvideo", f"{cache}/ready-{size}.yuv"],
        check=True,
    )
write_access_log()
for name in os.listdir(work):
    os.remove(f"{work}/{name}")
os.rmdir(work)
