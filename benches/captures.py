#!/usr/bin/env python3
"""Makes a large capture: conversations of TCP and UDP between made-up addresses, both ways, in packets of 60, 576
and 1514 bytes (seven, four and one of twelve, as in the "simple Internet mix"), 5% of them ICMP.

Usage: benches/captures.py MIB FILE.pcap [FILE.pcapng], the same packets in each. To time what reads it:

    benches/captures.py 1024 big.pcap big.pcapng
    time portbloom profile --quiet big.pcap
    time tcpdump -n -r big.pcap -w /dev/null
    time tcpdump -n -q -r big.pcap > /dev/null
    time tshark -n -r big.pcap -T fields -e tcp.dstport -e udp.dstport > /dev/null
"""

import random
import struct
import sys

START = 1767312000
CONVERSATIONS = 50_000
SIZES = [60, 576, 1514]
# Which of the sizes each of twelve packets has.
MIX = [0] * 7 + [1] * 4 + [2]
PORTS = [22, 23, 25, 53, 80, 123, 443, 445, 1433, 3389, 5060, 8080]


def packet(protocol, source, destination, ports, flags, size):
    """An Ethernet frame of a size."""
    if protocol == 6:
        transport = struct.pack(">HHIIBBHHH", *ports, 1, 1, 0x50, flags, 1024, 0, 0)
    elif protocol == 17:
        transport = struct.pack(">HHHH", *ports, size - 34, 0)
    else:
        transport = struct.pack(">BBHHH", 8, 0, 0, 1, 1)
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, size - 14, 1, 0, 64, protocol, 0, source, destination)
    return (b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" + ip + transport).ljust(size, b"\xa5")


def main():
    most = int(sys.argv[1]) << 20
    plain = open(sys.argv[2], "wb", 1 << 20)
    blocks = open(sys.argv[3], "wb", 1 << 20) if len(sys.argv) > 3 else None
    dice = random.Random(1)
    conversations = []
    for _ in range(CONVERSATIONS):
        protocol = dice.choices([6, 17, 1], [70, 25, 5])[0]
        source, destination = dice.randrange(1 << 24, 223 << 24), 0xC6336400 + dice.randrange(250)
        ports = (dice.randrange(32768, 61000), dice.choice(PORTS))
        there = [packet(protocol, source, destination, ports, 0x10, size) for size in SIZES]
        back = [packet(protocol, destination, source, ports[::-1], 0x10, size) for size in SIZES]
        conversations.append((packet(protocol, source, destination, ports, 2, 60), there, back))
    plain.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    if blocks:
        blocks.write(struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28))
        blocks.write(struct.pack("<IIHHII", 1, 20, 1, 0, 262144, 20))
    written, number, seen = 24, 0, set()
    while written < most:
        index = int(CONVERSATIONS * dice.random() ** 2)
        begin, there, back = conversations[index]
        size = MIX[int(12 * dice.random())]
        frame = begin if index not in seen else (there, back)[dice.random() < 0.4][size]
        seen.add(index)
        secs, micros = START + number // 20_000, number % 20_000 * 50
        plain.write(struct.pack("<IIII", secs, micros, len(frame), len(frame)) + frame)
        if blocks:
            padded = frame + b"\0" * (-len(frame) % 4)
            length, ticks = len(padded) + 32, secs * 1_000_000 + micros
            head = struct.pack("<IIIIIII", 6, length, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
            blocks.write(head + padded + struct.pack("<I", length))
        written += 16 + len(frame)
        number += 1
    print(f"{number} packets, {written} bytes")


main()
