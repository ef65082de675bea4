#!/usr/bin/env python3
"""Times how logs of several formats are read: portbloom and, where they are installed, duckdb, polars, tcpdump, tshark,
grep and awk, all in one run on the same logs. Prints a table in Markdown, medians of all rounds.

Usage: benches/reading.py [EVENTS] [ROUNDS]. BINARY names another portbloom, LOG a CSV log of your own in the layout
of the sample, ONLY a part of the name of the logs that are read. Made-up logs take 1.1 KB an event; where FOLDER
names one, they stay there for the next run. duckdb and polars are those of the Python that runs this; they and
portbloom use the cores that there are.

Every log tells of the same events, those of `portbloom synth`: as Zeek's conn.log, as flows of Suricata's eve.json, as
lines of Linux' firewall, as CSV; and a capture by captures.py. Sources are 50,000 addresses, of which some come far
more often than others (number 50,000 r^3 of them for a random r in 0..1).

portbloom reads a log and draws one small frame (`frame`), the whole command among it, or profiles it (`profile`).
duckdb and polars group by five minutes, source, protocol and port, and keep the first time and the packets: what
portbloom's bubbles are. Reading alone is `dd` into nothing. Look-ups are told by the processor time that `frame` takes
less with `--geoip none`.
"""

import csv
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
ADDRESSES = 50_000
CONN = (
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig "
    "local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
).split()
# tshark reads so many packets alone: it would take a minute for all.
TSHARK_PACKETS = 100_000
TSHARK = f"tshark -T fields, {TSHARK_PACKETS:,} packets"
CSV_TYPES = {"datetime": "TIMESTAMP", "spt": "USMALLINT", "dpt": "USMALLINT"}


def make(binary, events, folder):
    """Writes the logs; returns their number of rows and of packets."""
    table = folder / "synth.csv"
    run([binary, "synth", "--events", str(events), "--seed", "1", "-o", table, "--force"])
    dice = random.Random(1)
    octets = [(dice.randrange(1, 223), dice.randrange(256), dice.randrange(256), dice.randrange(256)) for _ in range(ADDRESSES)]
    addresses = [".".join(map(str, parts)) for parts in octets]
    conn, eve, ufw = (open(folder / name, "w", 1 << 20) for name in ("conn.log", "eve.json", "ufw.log"))
    conn.write("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n")
    conn.write("#fields\t" + "\t".join(CONN) + "\n")
    rows = 0
    second, stamp, secs = None, None, 0
    for row in csv.DictReader(open(table)):
        if row["proto"] not in ("TCP", "UDP"):
            continue
        if row["datetime"] != second:
            second = row["datetime"]
            moment = datetime.strptime(second, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
            stamp, secs = moment.strftime("%b %e %H:%M:%S"), int(moment.timestamp())
        micros, source, port, proto = dice.randrange(1_000_000), row["spt"], row["dpt"], row["proto"]
        client, server = addresses[int(ADDRESSES * dice.random() ** 3)], f"198.51.100.{dice.randrange(250)}"
        conn.write(
            f"{secs}.{micros:06}\tC{rows:08x}{micros:05x}\t{client}\t{source}\t{server}\t{port}\t{proto.lower()}\t-\t"
            f"0.{micros:06}\t44\t0\tS0\tF\tT\t0\tS\t1\t44\t0\t0\t-\n"
        )
        eve.write(
            f'{{"timestamp":"{second[:10]}T{second[11:]}.{micros:06}+0000","flow_id":{rows + 1}{micros:06},"in_iface":"eth0",'
            f'"event_type":"flow","src_ip":"{client}","src_port":{source},"dest_ip":"{server}","dest_port":{port},'
            f'"proto":"{proto}","app_proto":"failed","flow":{{"pkts_toserver":1,"pkts_toclient":0,"bytes_toserver":60,'
            f'"bytes_toclient":0,"start":"{second[:10]}T{second[11:]}.{micros:06}+0000",'
            f'"end":"{second[:10]}T{second[11:]}.{micros:06}+0000","age":0,"state":"new","reason":"timeout",'
            f'"alerted":false}}}}\n'
        )
        tail = "WINDOW=1024 RES=0x00 SYN URGP=0" if proto == "TCP" else "LEN=20"
        ufw.write(
            f"{stamp} web kernel: [{secs - 1_767_000_000}.{micros:06}] [UFW BLOCK] IN=eth0 OUT= "
            f"MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 SRC={client} DST={server} LEN=40 TOS=0x00 PREC=0x00 "
            f"TTL=52 ID={micros & 0xffff} PROTO={proto} SPT={source} DPT={port} {tail}\n"
        )
        rows += 1
    for log in (conn, eve, ufw):
        log.close()
    # A packet of the capture takes 364 bytes on average.
    capture = folder / "capture.pcap"
    told = run([sys.executable, HERE / "captures.py", str(max(events * 364 >> 20, 1)), capture])
    return rows, int(told.split()[0])


def logs_in(folder, binary, events):
    """The logs: names, paths and numbers of rows. They are made unless they are there."""
    made = folder / "made.txt"
    found = made.read_text().split() if made.exists() else []
    if found[:1] != [str(events)]:
        made.write_text(" ".join(map(str, [events, *make(binary, events, folder)])))
        found = made.read_text().split()
    rows, packets = int(found[1]), int(found[2])
    logs = [
        ("pcap", folder / "capture.pcap", packets),
        ("Zeek conn.log", folder / "conn.log", rows),
        ("Suricata eve.json", folder / "eve.json", rows),
        ("netfilter", folder / "ufw.log", rows),
        ("CSV", folder / "synth.csv", events),
    ]
    if own := os.environ.get("LOG"):
        with open(own, "rb") as lines:
            logs.append((f"CSV, {Path(own).name}", Path(own).resolve(), sum(1 for _ in lines) - 1))
    return [log for log in logs if os.environ.get("ONLY", "") in log[0]]


def run(command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def measure(command):
    """Seconds by the clock, of the processor, and the most memory in MB."""
    start = time.perf_counter()
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read().decode()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    secs = time.perf_counter() - start
    if child.returncode != 0:
        sys.exit(f"{command} failed: {said}")
    return secs, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def group(tool, name, path):
    """One group-by, on its own: `reading.py --group TOOL LOG PATH`. Prints seconds, without the start of Python."""
    key = "Zeek" if name.startswith("Zeek") else "CSV" if name.startswith("CSV") else name
    if tool == "duckdb":
        import duckdb

        with open(path) as lines:
            columns = next(lines).strip().split(",")
        types = {column: CSV_TYPES.get(column, "VARCHAR") for column in columns}
        conn = {column: "VARCHAR" for column in CONN} | {"ts": "DOUBLE", "id.resp_p": "USMALLINT", "orig_pkts": "BIGINT"}
        eve = {
            "timestamp": "TIMESTAMPTZ", "src_ip": "VARCHAR", "dest_port": "USMALLINT", "proto": "VARCHAR",
            "flow": "STRUCT(pkts_toserver BIGINT)",
        }
        query = {
            "CSV": f"""select time_bucket(interval 5 minutes, datetime), cc, proto, dpt, min(datetime), count(*)
                from read_csv($path, header = true, columns = {types})
                where proto in ('TCP', 'UDP') and dpt is not null group by all""",
            "Zeek": f"""select ts // 300, "id.orig_h", proto, "id.resp_p", min(ts), sum(orig_pkts)
                from read_csv($path, header = false, delim = '\\t', skip = 6, quote = '', nullstr = '-', columns = {conn})
                group by all""",
            "Suricata eve.json": f"""select time_bucket(interval 5 minutes, timestamp), src_ip, proto, dest_port,
                min(timestamp), sum(flow.pkts_toserver)
                from read_json($path, format = 'newline_delimited', columns = {eve}) group by all""",
            "netfilter": """select regexp_extract(line, '^.{12}') stamp, regexp_extract(line, 'SRC=([0-9.]+)', 1),
                regexp_extract(line, 'PROTO=([A-Z]+)', 1), regexp_extract(line, 'DPT=([0-9]+)', 1), count(*)
                from read_csv($path, header = false, delim = '\\0', quote = '', columns = {'line': 'VARCHAR'}) group by all""",
        }[key]
        start = time.perf_counter()
        duckdb.connect().execute("create table groups as " + query, {"path": str(path)})
    else:
        import polars as pl

        start = time.perf_counter()
        if key == "CSV":
            rows = pl.scan_csv(path, schema_overrides={"datetime": pl.String, "spt": pl.UInt16, "dpt": pl.UInt16})
            rows = rows.filter(pl.col("proto").is_in(["TCP", "UDP"]) & pl.col("dpt").is_not_null())
            time_, by = pl.col("datetime").str.to_datetime("%Y-%m-%d %H:%M:%S"), ["cc", "proto", "dpt"]
            packets = pl.len()
        elif key == "Zeek":
            types = {column: pl.String for column in CONN}
            types |= {"ts": pl.Float64, "id.resp_p": pl.UInt16, "orig_pkts": pl.Int64}
            rows = pl.scan_csv(
                path, has_header=False, separator="\t", comment_prefix="#", quote_char=None, null_values="-", schema=types
            )
            time_, by = pl.from_epoch(pl.col("ts").cast(pl.Int64)), ["id.orig_h", "proto", "id.resp_p"]
            packets = pl.sum("orig_pkts")
        else:
            schema = {
                "timestamp": pl.String, "src_ip": pl.String, "dest_port": pl.Int64, "proto": pl.String,
                "flow": pl.Struct({"pkts_toserver": pl.Int64}),
            }
            rows = pl.scan_ndjson(path, schema=schema)
            time_, by = pl.col("timestamp").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f%z"), ["src_ip", "proto", "dest_port"]
            packets = pl.col("flow").struct.field("pkts_toserver").sum()
        rows = rows.with_columns(time=time_)
        rows = rows.group_by(pl.col("time").dt.truncate("5m").alias("bin"), *by).agg(pl.col("time").min(), packets.alias("n"))
        rows.collect(engine="streaming")
    print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)


def peers(name, path):
    """What else reads a log: names and commands. Those of Python measure themselves."""
    import importlib.util

    found = []
    if name == "pcap":
        commands = [
            ("tcpdump -n -r", ["tcpdump", "-n", "-r", path]),
            ("tcpdump -r -w", ["tcpdump", "-r", path, "-w", "/dev/null"]),
            (TSHARK, ["tshark", "-n", "-c", str(TSHARK_PACKETS), "-r", path, "-T", "fields", "-e", "ip.src", "-e", "tcp.dstport", "-e", "udp.dstport"]),
        ]
        found += [command for command in commands if shutil.which(command[1][0])]
    if name == "netfilter":
        program = "{ for (i = 10; i <= NF; i++) { if ($i ~ /^PROTO=/) a = $i; if ($i ~ /^DPT=/) b = $i } n[a b]++ }"
        found += [("grep -c", ["sh", "-c", 'grep -c PROTO=TCP "$0" | cat', path]), ("awk, fields", ["awk", program, path])]
    for tool in ("duckdb", "polars"):
        if importlib.util.find_spec(tool) and name != "pcap" and (tool, name) != ("polars", "netfilter"):
            found.append((tool, None))
    return found


def peer(tool, command, name, path):
    if command:
        secs, _, memory = measure(command)
        return secs, memory
    secs, memory = run([sys.executable, __file__, "--group", tool, name, path]).split()
    return float(secs), float(memory)


def main():
    if sys.argv[1:2] == ["--group"]:
        group(*sys.argv[2:5])
        return
    events, rounds = (int(text) for text in (sys.argv[1:] + ["2000000", "5"][len(sys.argv) - 1 :]))
    binary = os.environ.get("BINARY", HERE.parent / "target/release/portbloom")
    with tempfile.TemporaryDirectory(prefix="portbloom-reading.") as folder:
        folder = Path(os.environ.get("FOLDER", folder))
        folder.mkdir(exist_ok=True)
        logs = logs_in(folder, binary, events)
        print("| log | what | seconds | million rows a second | MB a second | most memory |")
        print("| --- | --- | --: | --: | --: | --: |")
        for name, path, rows in logs:
            path_bytes = path.stat().st_size
            frame = [binary, "frame", "--quiet", path, "--frame", "0", "--size", "320x180", "-o", folder / "frame.png", "--force"]
            commands = {
                "reading alone (`dd`)": ["dd", f"if={path}", "of=/dev/null", "bs=512K"],
                "portbloom `frame`": frame,
                "the same, `--geoip none`": [*frame, "--geoip", "none"],
                "portbloom `profile`": [binary, "profile", "--quiet", path],
            }
            results = {what: [] for what in commands}
            others = peers(name, path)
            for _ in range(rounds):
                for what, command in commands.items():
                    results[what].append(measure(command))
                for tool, command in others:
                    secs, memory = peer(tool, command, name, path)
                    results.setdefault(tool, []).append((secs, 0, memory))
            for what, found in results.items():
                part = min(TSHARK_PACKETS / rows, 1) if what == TSHARK else 1
                secs, memory = (statistics.median(one[at] for one in found) for at in (0, 2))
                print(
                    f"| {name} | {what} | {secs:.2f} | {part * rows / secs / 1e6:.2f} | {part * path_bytes / secs / 1e6:.0f} | {memory:.0f} MB |",
                    flush=True,
                )
            with_table, without = (
                statistics.median(one[1] for one in results[what])
                for what in ("portbloom `frame`", "the same, `--geoip none`")
            )
            print(f"| {name} | look-ups, of processor time | | {100 * (with_table - without) / with_table:.0f}% | | |", flush=True)


main()
