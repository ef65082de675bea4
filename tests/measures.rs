//! What is measured of logs of all kinds: packets, bytes and records of those in `tests/logs`. The right values are
//! those of other programs: tshark of captures, nfdump of its files, grep of firewalls' lines and jq of JSON.

use std::path::Path;

use portbloom::input::{self, LogPart, Options};
use portbloom::model::{Measure, Reading};

/// How much of a measure a log's events have, and their number.
fn measured(name: &str, measure: Option<Measure>) -> (u64, usize, Reading) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs").join(name);
    let options = Options {
        measure,
        ..Options::default()
    };
    let (mut sum, mut events) = (0, 0);
    let reading = input::stream(&[LogPart::File(path)], &options, &mut |_| {}, &mut |batch| {
        sum += batch.events.iter().map(|event| event.packets).sum::<u64>();
        events += batch.events.len();
    });
    (sum, events, reading.unwrap_or_else(|error| panic!("{name}: {error}")))
}

#[test]
fn every_kind_of_log_tells_its_packets_bytes_and_records() {
    // Packets and bytes of the events, and records.
    for (name, packets, bytes, records) in [
        // Lengths of frames to ports, without replies: 54 + 54 + 43 + 58 + 82 + 50 + 61 + 69 + 98 + 1034 + 78 + 102.
        ("captures/odd.pcap", 12, 1783, 12),
        ("captures/simple.pcapng", 1, 40, 1),
        // 29 + 80 + 40 + 28 + 3028.
        ("nfcapd/plain.nfcapd", 6, 3205, 5),
        ("nfcapd/lz4.nfcapd", 6, 3205, 5),
        // Its bytes have 32 bits: 60 times 5,000,000,000 packets, modulo 2^32, and 480.
        ("nfcapd/layout-1.nfcapd", 5_000_000_008, 3_647_257_056, 3),
        // 40 + 40 + 60 + 60, the lengths of IP.
        ("netfilter/ufw.log", 4, 200, 4),
        ("filterlog/filter.log", 2, 100, 2),
        ("mikrotik/firewall.log", 3, 152, 3),
        // A session's packets are told at its end, and a record of its beginning is another of the same.
        ("fortinet/traffic.log", 13, 600, 2),
        ("google-vpc/flows.json", 22, 840 + 420 + 60, 3),
        // Times the sampling rate: 840 + 60 * 1000.
        ("goflow2/flows.json", 14 + 1000, 60_840, 2),
        ("suricata/eve.json", 14 + 1 + 1, 2222 + 90 + 60, 3),
        ("pmacct/purge.json", 15, 900, 2),
        ("ntopng/flows.json", 28, 4602, 2),
        ("zeek-json/conn.log", 16, 4662, 3),
    ] {
        let (sum, _, reading) = measured(name, None);
        assert_eq!((sum, reading.measure), (packets, Measure::Packets), "{name}");
        for (measure, expected) in [
            (Measure::Packets, packets),
            (Measure::Bytes, bytes),
            (Measure::Records, records),
        ] {
            let (sum, events, reading) = measured(name, Some(measure));
            assert_eq!((sum, reading.measure), (expected, measure), "{name}");
            assert!(measure != Measure::Records || events as u64 == records, "{name}");
        }
    }
}
