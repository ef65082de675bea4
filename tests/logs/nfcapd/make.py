#!/usr/bin/python3
"""Makes the files of this folder from captures with nfpcapd and nfdump (Debian: nfdump), and one of the older
layout by hand; prints what nfdump counts in each. Run it in this folder. The tests hold the counts that it
printed."""

import glob
import os
import socket
import struct
import subprocess
import tempfile

START = 1767312000


def of_capture():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["nfpcapd", "-r", "../captures/odd.pcap", "-w", folder], check=True, capture_output=True)
        (made,) = glob.glob(folder + "/nfcapd.*")
        os.replace(made, "plain.nfcapd")
    for option, name in [("-z", "lzo"), ("-y", "lz4"), ("-j", "bzip2")]:
        subprocess.run(["nfdump", "-r", "plain.nfcapd", "-w", f"{name}.nfcapd", option], check=True, capture_output=True)


def flow(kind, number, source, destination, protocol, ports, packets, tcp_flags=0):
    """A record as nfdump 1.6 wrote it."""
    is_v6 = ":" in source
    long_packets = packets >= 1 << 32
    flags = is_v6 | long_packets << 1
    if is_v6:
        both = b"".join(struct.pack("<QQ", *struct.unpack(">QQ", socket.inet_pton(socket.AF_INET6, text)))
                        for text in (source, destination))
    else:
        both = b"".join(struct.pack("<I", *struct.unpack(">I", socket.inet_aton(text))) for text in (source, destination))
    times = struct.pack("<HHII", 250 * number, 0, START + number, START + number + 1)
    body = times + struct.pack("<BBBBHH", 0, tcp_flags, protocol, 0, *ports)
    head = struct.pack("<HH", flags, 1) if kind == 10 else struct.pack("<BBH", flags, 0, 1)
    exporter = struct.pack("<HH", 0, 0) if kind == 10 else b""
    counts = struct.pack("<Q" if long_packets else "<I", packets) + struct.pack("<I", 60 * packets % (1 << 32))
    record = head + body + exporter + both + counts
    return struct.pack("<HH", kind, len(record) + 4) + record


def of_layout_1():
    extensions = struct.pack("<HHHHHH", 2, 12, 1, 0, 0, 0)
    flows = [
        flow(10, 0, "192.0.2.1", "198.51.100.7", 6, (40000, 22), 7, 0x02),
        flow(10, 1, "198.51.100.7", "192.0.2.1", 6, (22, 40000), 5, 0x12),
        flow(10, 2, "2001:db8::1", "2001:db8:ff::7", 17, (40001, 53), 1),
        flow(10, 3, "192.0.2.3", "198.51.100.7", 1, (0, 2048), 3),
        flow(10, 1, "192.0.2.4", "198.51.100.7", 17, (40002, 123), 5_000_000_000),
    ]
    records = [extensions, *flows]
    body = b"".join(records)
    with open("layout-1.nfcapd", "wb") as file:
        file.write(struct.pack("<HHII", 0xA50C, 1, 0, 1) + b"by hand".ljust(128, b"\0"))
        file.write(struct.pack("<15Q", len(flows), *[0] * 14) + struct.pack("<IIHHI", START, START + 4, 0, 0, 0))
        file.write(struct.pack("<IIHH", len(records), len(body), 2, 0) + body)


def counts(name):
    command = ["nfdump", "-r", name, "-q", "-o", "fmt:%ts|%pr|%sap|%dap|%pkt|%flg"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if line.count("|") == 5]
    packets = sum(int(row[4]) for row in rows if row[4].isdigit())
    tcp = sum(1 for row in rows if row[1] == "TCP")
    udp = sum(1 for row in rows if row[1] == "UDP")
    print(f"{name}: {len(rows)} flows, {tcp} TCP, {udp} UDP, {packets} packets")
    if name in ("plain.nfcapd", "layout-1.nfcapd"):
        print("\n".join(lines))


of_capture()
of_layout_1()
for name in sorted(glob.glob("*.nfcapd")):
    counts(name)
