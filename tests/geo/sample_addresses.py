"""Prints addresses with their countries, looked up in the ranges that the built-in table was made of.

    npm pack @ip-location-db/dbip-country@2.3.2026060120 && tar xzf ip-location-db-dbip-country-*.tgz
    python3 sample_addresses.py package/dbip-country-ipv4.csv package/dbip-country-ipv6.csv > addresses.csv

Left out are addresses of a /24 or /48 most of which is of another country: four of these 240.
"""

import bisect
import collections
import csv
import ipaddress
import random
import sys

random.seed(20260601)
for path, kind, untold in zip(sys.argv[1:], (ipaddress.IPv4Address, ipaddress.IPv6Address), (8, 80)):
    with open(path) as file:
        ranges = [(int(kind(first)), int(kind(last)), code) for first, last, code in csv.reader(file)]
    shared = collections.defaultdict(collections.Counter)
    mask = (1 << untold) - 1
    for first, last, code in ranges:
        for cell in {first >> untold, last >> untold}:
            low, high = max(first, cell << untold), min(last, cell << untold | mask)
            if high - low != mask:
                shared[cell][code] += high - low + 1
    most = {cell: min(codes.items(), key=lambda item: (-item[1], item[0]))[0] for cell, codes in shared.items()}

    picked = []
    for _ in range(60):
        first, last, _ = random.choice(ranges)
        picked.append(random.randint(first, last))
    for _ in range(20):
        first, last, _ = random.choice(ranges)
        picked += [first, last]
    picked += [random.randrange(1 << kind(0).max_prefixlen) for _ in range(20)]
    firsts = [first for first, _, _ in ranges]
    for address in picked:
        first, last, code = ranges[bisect.bisect(firsts, address) - 1]
        code = code if first <= address <= last else ""
        if most.get(address >> untold, code) == code:
            print(f"{kind(address)},{code}")
