#!/usr/bin/python3
"""Makes the captures of this folder with scapy (Debian: python3-scapy) and Wireshark's editcap; prints what
tshark counts in each. Run it in this folder. The tests hold the counts that it printed."""

import os
import struct
import subprocess

from scapy.all import (ARP, AH, ESP, GRE, ICMP, IP, LLC, PPP, SCTP, SNAP, STP, TCP, UDP, CookedLinux,
                       CookedLinuxV2, Dot1AD, Dot1Q, Dot3, Ether, ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt,
                       IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, L2TP, PPPoE, RadioTap, Raw, VXLAN,
                       Dot11, Dot11Beacon, Dot11QoS, conf, fragment, load_contrib)

load_contrib("geneve")
load_contrib("gtp")
load_contrib("mpls")
from scapy.contrib.geneve import GENEVE
from scapy.contrib.gtp import GTP_U_Header
from scapy.contrib.mpls import MPLS

conf.verb = 0
START = 1767312000.0
MACS = dict(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")


def v4(n=1):
    return IP(src=f"192.0.2.{n}", dst="198.51.100.7", id=n)


def v6(n=1):
    return IPv6(src=f"2001:db8::{n}", dst="2001:db8:ff::7")


def ether():
    return Ether(**MACS)


def odd():
    """A packet of each kind that Ethernet carries."""
    big = v4(9) / UDP(sport=5000, dport=161) / Raw(b"x" * 3000)
    return [
        ether() / v4() / TCP(sport=40000, dport=22, flags="S"),
        ether() / IP(src="198.51.100.7", dst="192.0.2.1") / TCP(sport=22, dport=40000, flags="SA"),
        ether() / v4() / TCP(sport=40000, dport=22, flags="A"),
        ether() / v4(2) / UDP(sport=40001, dport=53) / Raw(b"q"),
        ether() / IP(src="198.51.100.7", dst="192.0.2.2") / UDP(sport=53, dport=40001) / Raw(b"a"),
        ether() / Dot1Q(vlan=7) / v4(3) / TCP(sport=40002, dport=23, flags="S"),
        ether() / Dot1AD(vlan=7) / Dot1Q(vlan=8) / v6(3) / TCP(sport=40003, dport=25, flags="S"),
        ether() / MPLS(label=16, s=0) / MPLS(label=17, s=1) / v4(4) / UDP(sport=40004, dport=123),
        ether() / PPPoE(sessionid=1) / PPP() / v4(5) / TCP(sport=40005, dport=445, flags="S"),
        ether() / PPPoE(sessionid=1) / PPP() / v6(5) / UDP(sport=40006, dport=5353),
        ether() / v6(6) / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting() / TCP(sport=40007, dport=80, flags="S"),
        ether() / v6(7) / ICMPv6EchoRequest(),
        ether() / v4(7) / ICMP(),
        ether() / v4(8) / SCTP(sport=40008, dport=3868),
        *[ether() / part for part in fragment(big, 1000)],
        ether() / v6(8) / IPv6ExtHdrFragment(offset=0, m=1, nh=17) / UDP(sport=40009, dport=69, len=100) / Raw(b"x" * 32),
        ether() / v6(8) / IPv6ExtHdrFragment(offset=5, m=0, nh=17) / Raw(b"x" * 60),
        ether() / ARP(pdst="192.0.2.9"),
        Dot3(**MACS) / LLC() / STP(),
        ether() / v4(10) / ESP(spi=1, seq=1, data=b"secret"),
        ether() / v4(11) / AH(spi=1, seq=1, icv=b"123456789012", nh=6, payloadlen=4) / TCP(sport=40010, dport=3389, flags="S"),
        Ether(**MACS, type=0x88B5) / Raw(b"of one's own"),
    ]


def tunnels():
    """A packet to TCP port 8080 in each tunnel."""
    inner = IP(src="203.0.113.9", dst="203.0.113.10") / TCP(sport=50000, dport=8080, flags="S")
    inner6 = IPv6(src="2001:db8:9::1", dst="2001:db8:9::2") / TCP(sport=50000, dport=8080, flags="S")
    return [
        ether() / v4(1) / GRE() / inner,
        ether() / v4(2) / GRE(key_present=1, seqnum_present=1, key=7) / inner6,
        ether() / v4(3) / GRE(proto=0x6558) / ether() / inner,
        ether() / v4(4) / inner,
        ether() / v4(5) / inner6,
        ether() / v6(6) / inner,
        ether() / v4(7) / UDP(sport=60000, dport=4789) / VXLAN(vni=5) / ether() / inner,
        ether() / v4(8) / UDP(sport=60000, dport=6081) / GENEVE(vni=5, options=b"\0\0\0\1\1\2\3\4") / ether() / inner,
        ether() / v4(9) / UDP(sport=2152, dport=2152) / GTP_U_Header(teid=1) / inner,
        ether() / v4(10) / UDP(sport=60001, dport=3544) / inner6,
        ether() / v4(11) / UDP(sport=1701, dport=1701) / L2TP(hdr=[], version=2, tunnel_id=1, session_id=2) / PPP() / inner,
        ether() / v4(12) / GRE() / IP(src="192.0.2.77", dst="192.0.2.78") / UDP(sport=60002, dport=4789) / VXLAN() / ether() / inner,
    ]


def write(name, packets, link=1, nano=False, endian="<", snap=None):
    """A capture of packets a quarter of a second apart."""
    unit = 1_000_000_000 if nano else 1_000_000
    with open(name, "wb") as file:
        file.write(struct.pack(endian + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535, link))
        for number, packet in enumerate(packets):
            data = bytes(packet)
            kept = data[:snap] if snap else data
            secs, quarter = int(START) + number // 4, number % 4
            file.write(struct.pack(endian + "IIII", secs, quarter * unit // 4, len(kept), len(data)) + kept)


def modified(name, packets):
    """A capture by the libpcap that Kuznetzov modified: headers of 24 bytes."""
    with open(name, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65535, 1))
        for number, packet in enumerate(packets):
            data = bytes(packet)
            file.write(struct.pack("<IIIIIHBB", int(START) + number, 0, len(data), len(data), 1, 0, 0, 0) + data)


def mixed():
    """IP packets for links of all kinds."""
    return [
        v4() / TCP(sport=40000, dport=22, flags="S"),
        v6(2) / UDP(sport=40001, dport=53) / Raw(b"q"),
        v4(3) / ICMP(),
        v4(4) / TCP(sport=40002, dport=443, flags="S"),
    ]


def nflog(packet):
    data = bytes(packet)
    family = 10 if packet.version == 6 else 2
    prefix = struct.pack("<HH", 5 + 4, 10) + b"drop\0" + b"\0" * 3
    return struct.pack(">BBH", family, 0, 1) + prefix + struct.pack("<HH", 4 + len(data), 9) + data


def pflog(packet):
    family = 24 if packet.version == 6 else 2
    head = struct.pack("BBBB", 61, family, 1, 0) + b"em0".ljust(16, b"\0") + b"\0" * 16
    return (head + b"\0" * 25 + b"\1").ljust(64, b"\0") + bytes(packet)


def family(packet, order, v6_number):
    return struct.pack(order + "I", v6_number if packet.version == 6 else 2) + bytes(packet)


def kind(packet):
    return 0x86DD if packet.version == 6 else 0x0800


def wifi(packet):
    head = Dot11(type=2, subtype=8, FCfield="to-DS", addr1=MACS["dst"], addr2=MACS["src"], addr3=MACS["dst"])
    return head / Dot11QoS() / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(code=kind(packet)) / packet


def links():
    packets = mixed()
    ppp = [bytes(PPP(proto=0x57 if packet.version == 6 else 0x21) / packet) for packet in packets]
    beacon = Dot11(type=0, subtype=8, addr1="ff:ff:ff:ff:ff:ff", addr2=MACS["src"], addr3=MACS["src"]) / Dot11Beacon()
    return {
        0: [family(packet, "<", 30) for packet in packets],
        9: ppp,
        12: packets,
        50: [b"\xff\x03" + data for data in ppp],
        51: [bytes(PPPoE(sessionid=3) / Raw(data)) for data in ppp],
        101: packets,
        104: [struct.pack(">BBH", 0x0F, 0, kind(packet)) + bytes(packet) for packet in packets],
        105: [wifi(packet) for packet in packets] + [beacon],
        108: [family(packet, ">", 24) for packet in packets],
        113: [CookedLinux(proto=kind(packet)) / packet for packet in packets],
        117: [pflog(packet) for packet in packets],
        127: [RadioTap(present="Flags", Flags="FCS") / Raw(bytes(wifi(packet)) + b"\0" * 4) for packet in packets]
        + [RadioTap() / beacon],
        228: [packet for packet in packets if packet.version == 4],
        229: [packet for packet in packets if packet.version == 6],
        239: [nflog(packet) for packet in packets],
        276: [CookedLinuxV2(proto=kind(packet)) / packet for packet in packets],
    }


def block(endian, kind, body):
    body = body + b"\0" * (-len(body) % 4)
    length = struct.pack(endian + "I", len(body) + 12)
    return struct.pack(endian + "I", kind) + length + body + length


def section(endian):
    return block(endian, 0x0A0D0D0A, struct.pack(endian + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def option(endian, kind, value):
    return struct.pack(endian + "HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def interface(endian, link, *options):
    end = option(endian, 0, b"") if options else b""
    return block(endian, 1, struct.pack(endian + "HHI", link, 0, 65535) + b"".join(options) + end)


def enhanced(endian, number, ticks, packet, options=b""):
    data = bytes(packet)
    head = struct.pack(endian + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(endian, 6, head + data + b"\0" * (-len(data) % 4) + options)


def sections(name):
    """Sections of both byte orders, interfaces with units and offsets of their own, blocks of all kinds."""
    resolution, offset = 9, 14
    packets = odd()
    secs = int(START)
    with open(name, "wb") as file:
        for endian in "<>":
            file.write(section(endian))
            file.write(interface(endian, 1))
            file.write(interface(endian, 101, option(endian, resolution, b"\x09"), option(endian, 2, b"tun0")))
            file.write(block(endian, 4, option(endian, 0, b"")))
            # Units of 1/1024 of a second, from an hour later on.
            file.write(interface(endian, 1, option(endian, resolution, b"\x8a"),
                                 option(endian, offset, struct.pack(endian + "q", secs - 3600))))
            for number, packet in enumerate(packets):
                comment = option(endian, 1, b"a comment") + option(endian, 0, b"")
                file.write(enhanced(endian, 0, secs * 1_000_000 + number * 250_000, packet, comment if number % 3 else b""))
                if number == 5:
                    # A block of nobody, one of a vendor, statistics.
                    file.write(block(endian, 0x7777, b"something else"))
                    file.write(block(endian, 0xBAD, struct.pack(endian + "I", 32473) + b"of a vendor"))
                    file.write(block(endian, 5, struct.pack(endian + "III", 0, 0, 0)))
            for number, packet in enumerate(mixed()):
                file.write(enhanced(endian, 1, (secs + number) * 1_000_000_000 + 5, packet))
            file.write(enhanced(endian, 2, 3600 * 1024 + 512, packets[0]))
            ticks = (secs + 7) * 1_000_000
            data = bytes(packets[0])
            old = struct.pack(endian + "HHIIII", 0, 0xFFFF, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
            file.write(block(endian, 2, old + data))


def simple(name):
    """Packets without a time behind one with a time."""
    packets = mixed()
    with open(name, "wb") as file:
        file.write(section("<") + interface("<", 101) + enhanced("<", 0, int(START) * 1_000_000, packets[0]))
        for packet in packets[1:]:
            data = bytes(packet)
            file.write(block("<", 3, struct.pack("<I", len(data)) + data))


def two_links(name):
    """Interfaces of which one is of a link type that is not read: USB."""
    packets = mixed()
    with open(name, "wb") as file:
        file.write(section("<") + interface("<", 220) + interface("<", 101))
        for number, packet in enumerate(packets):
            file.write(enhanced("<", 1, (int(START) + number) * 1_000_000, packet))
            file.write(enhanced("<", 0, (int(START) + number) * 1_000_000, b"\0" * 64))


def counts(name):
    """What tshark counts: packets to TCP and UDP ports, all packets. The outermost ports are taken."""
    fields = ["tcp.dstport", "udp.dstport", "frame.protocols"]
    command = ["tshark", "-n", "-r", name, "-T", "fields", "-E", "occurrence=f"]
    # What tunnels carry, and what quotes a packet, is not looked at.
    for field in fields:
        command += ["-e", field]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    tcp = sum(1 for row in rows if row[0])
    udp = sum(1 for row in rows if row[1] and not row[0])
    print(f"{name}: {len(rows)} packets, {tcp} TCP, {udp} UDP")


def main():
    write("odd.pcap", odd())
    write("odd-nano-be.pcap", odd(), nano=True, endian=">")
    modified("modified.pcap", odd())
    write("tunnels.pcap", tunnels())
    write("snapped-40.pcap", odd(), snap=40)
    write("snapped-30.pcap", odd(), snap=30)
    for link, packets in links().items():
        write(f"link-{link}.pcap", packets, link=link)
    subprocess.run(["editcap", "-F", "pcapng", "odd.pcap", "odd.pcapng"], check=True)
    sections("sections.pcapng")
    simple("simple.pcapng")
    two_links("two-links.pcapng")
    for name in sorted(os.listdir(".")):
        if name.endswith((".pcap", ".pcapng")):
            counts(name)


main()
