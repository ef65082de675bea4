#!/bin/sh
# Lines of Linux' firewall, read by portbloom and by others in one run:
#
#     benches/netfilter.sh [LINES] [ROUNDS] [PORTBLOOM]
#
# The log is made up: a thousand sources, 65,536 source ports, forty destination ports, a line in ten UDP. grep
# counts the lines of one protocol, awk groups by protocol and port with its fields, duckdb (where there is one)
# with regular expressions.
set -eu
lines=${1:-4000000} rounds=${2:-3} portbloom=${3:-target/release/portbloom}
log=$(mktemp --suffix=.log)
trap 'rm -f "$log"' EXIT
awk -v lines="$lines" 'BEGIN {
    srand(1)
    split("Jan Feb Mar Apr May Jun", months)
    for (i = 0; i < lines; i++) {
        secs = int(i * 15000000 / lines)
        day = int(secs / 86400)
        udp = rand() < 0.1
        printf "%s %2d %02d:%02d:%02d web kernel: [%d.%06d] [UFW BLOCK] IN=eth0 OUT= MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 SRC=%d.%d.%d.%d DST=203.0.113.%d LEN=40 TOS=0x00 PREC=0x00 TTL=%d ID=%d PROTO=%s SPT=%d DPT=%d %s\n",
            months[int(day / 28) % 6 + 1], day % 28 + 1, secs / 3600 % 24, secs / 60 % 60, secs % 60, secs, rand() * 1000000,
            rand() * 10 + 100, rand() * 10, rand() * 10, 7, rand() * 9 + 1, rand() * 200 + 50, rand() * 65536,
            udp ? "UDP" : "TCP", rand() * 64000 + 1024, int(rand() * 40) * 25 + 22,
            udp ? "LEN=20" : "WINDOW=1024 RES=0x00 SYN URGP=0"
    }
}' > "$log"
ls -l "$log" | awk -v lines="$lines" '{ printf "%d lines, %.0f MB\n", lines, $5 / 1e6 }'
round=0
while [ $round -lt "$rounds" ]; do
    /usr/bin/time -f "portbloom profile: %e s by the clock, %U s of processor time, %M KB" "$portbloom" profile --quiet "$log" > /dev/null
    /usr/bin/time -f "grep -c: %e s by the clock, %U s of processor time, %M KB" grep -c PROTO=TCP "$log" > /dev/null
    /usr/bin/time -f "awk: %e s by the clock, %U s of processor time, %M KB" awk '{
        protocol = port = ""
        for (i = 10; i <= NF; i++) {
            if ($i ~ /^PROTO=/) protocol = substr($i, 7)
            if ($i ~ /^DPT=/) port = substr($i, 5)
        }
        count[protocol " " port]++
    } END { for (key in count) print key, count[key] }' "$log" > /dev/null
    if command -v duckdb > /dev/null; then
        /usr/bin/time -f "duckdb: %e s by the clock, %U s of processor time, %M KB" duckdb -c "
            SELECT regexp_extract(line, 'PROTO=([A-Z]+)', 1) protocol, regexp_extract(line, 'DPT=([0-9]+)', 1) port, count(*)
            FROM read_csv('$log', header = false, delim = '\0', columns = {'line': 'VARCHAR'}) GROUP BY ALL" > /dev/null
    fi
    round=$((round + 1))
done
