#!/usr/bin/env python3
"""Makes up logs in JSON to measure reading by: eve.json of Suricata, conn.log of Zeek.

    json_logs.py eve 1000000 > eve.json
    json_logs.py zeek 1000000 > conn.json

The same rows come for the same arguments: sources, ports and packets are drawn from a small generator of
numbers, and about one record of eve in five is no flow.
"""

import sys

MASK = (1 << 64) - 1


def numbers(seed):
    """SplitMix64."""
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        mixed = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        yield mixed ^ (mixed >> 31)


PORTS = [22, 23, 80, 443, 445, 1433, 3306, 3389, 5060, 6379, 8080, 53, 123, 161, 1900, 5900]


def rows(count):
    draw = numbers(1)
    for row in range(count):
        bits = next(draw)
        port = PORTS[bits & 15] if bits & 0x30 else bits >> 8 & 0xFFFF
        udp = port in (53, 123, 161, 1900, 5060)
        source = f"{bits >> 16 & 127 | 1}.{bits >> 24 & 255}.{bits >> 32 & 255}.{bits >> 40 & 255}"
        packets = 1 + (bits >> 48 & 7) * (bits >> 52 & 63)
        millis = 1_772_355_600_000 + row * 37
        yield row, bits, port, udp, source, packets, millis


def clock(millis):
    seconds = millis // 1000 - 1_772_323_200
    day, seconds = divmod(seconds, 86400)
    return f"2026-03-{day + 1:02}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{millis % 1000:03}000"


def eve(count, write):
    for row, bits, port, udp, source, packets, millis in rows(count):
        proto, time = ("UDP", clock(millis)) if udp else ("TCP", clock(millis))
        head = (
            f'{{"timestamp":"{time}+0000","flow_id":{bits >> 12},"in_iface":"eth0","event_type":"%s",'
            f'"src_ip":"{source}","src_port":{1024 + (bits >> 20) % 64000},"dest_ip":"198.51.100.{bits >> 28 & 15}",'
            f'"dest_port":{port},"proto":"{proto}",'
        )
        if bits >> 56 < 51:
            write(
                head % "alert"
                + '"alert":{"action":"allowed","gid":1,"signature_id":2001219,"rev":20,"signature":"ET SCAN Potential '
                '\\"SSH\\" Scan","category":"Attempted Information Leak","severity":2},"app_proto":"failed",'
                f'"flow":{{"pkts_toserver":{packets},"pkts_toclient":1,"bytes_toserver":{packets * 60},'
                f'"bytes_toclient":60,"start":"{time}+0000"}}}}\n'
            )
        else:
            write(
                head % "flow"
                + f'"app_proto":"failed","flow":{{"pkts_toserver":{packets},"pkts_toclient":1,"bytes_toserver":'
                f'{packets * 60},"bytes_toclient":60,"start":"{time}+0000","end":"{time}+0000","age":0,"state":"new",'
                '"reason":"timeout","alerted":false},"tcp":{"tcp_flags":"02","tcp_flags_ts":"02","tcp_flags_tc":"00",'
                '"syn":true,"state":"syn_sent"},"community_id":"1:LQU9qZlK+B5F3KDmev6m5PMibrg="}\n'
            )


def zeek(count, write):
    for row, bits, port, udp, source, packets, millis in rows(count):
        write(
            f'{{"ts":{millis // 1000}.{millis % 1000:03}000,"uid":"C{bits:x}","id.orig_h":"{source}","id.orig_p":'
            f'{1024 + (bits >> 20) % 64000},"id.resp_h":"198.51.100.{bits >> 28 & 15}","id.resp_p":{port},"proto":'
            f'"{"udp" if udp else "tcp"}","conn_state":"S0","local_orig":false,"local_resp":true,"missed_bytes":0,'
            f'"history":"S","orig_pkts":{packets},"orig_ip_bytes":{packets * 60},"resp_pkts":0,"resp_ip_bytes":0}}\n'
        )


if __name__ == "__main__":
    {"eve": eve, "zeek": zeek}[sys.argv[1]](int(sys.argv[2]), sys.stdout.write)
