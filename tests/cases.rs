//! Logs as people have them, from `tests/cases`: what each holds is read, and what is left out is told.
//! Their right values were counted by other means (`awk`, `zcat`).
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeMap;
use std::path::Path;

use portbloom::input::{self, LogPart, Options};
use portbloom::model::{Protocol, Reading, Reason};

/// All that a log comes to.
struct Read {
    reading: Reading,
    /// Packets by country code and by port: `TCP 80`.
    countries: BTreeMap<String, u64>,
    ports: BTreeMap<String, u64>,
    /// Places of the events.
    places: Vec<u64>,
}

impl Read {
    fn events(&self) -> usize {
        self.places.len()
    }

    fn left_out(&self, reason: Reason) -> Vec<(u64, &str)> {
        let left = self.reading.left_out.get(&reason);
        let rows = left.map_or(&[][..], |left| &left.first_rows);
        rows.iter().map(|row| (row.place.number, row.what.as_str())).collect()
    }

    fn countries(&self) -> Vec<(&str, u64)> {
        self.countries
            .iter()
            .map(|(code, packets)| (code.as_str(), *packets))
            .collect()
    }
}

fn read_by(name: &str, strict: bool) -> Result<Read, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    let mut events = Vec::new();
    let mut places = Vec::new();
    let mut take = |batch: &portbloom::model::Batch<'_>| {
        events.extend_from_slice(batch.events);
        places.extend((0..batch.events.len()).map(|index| batch.place(index).number));
    };
    let reading = input::stream(
        &[LogPart::File(path)],
        &Options {
            strict,
            ..Options::default()
        },
        &mut |_| {},
        &mut take,
    );
    let reading = reading.map_err(|error| error.to_string())?;
    let (mut countries, mut ports) = (BTreeMap::new(), BTreeMap::new());
    for event in &events {
        let packets = event.packets;
        let code = &reading.names.sources[event.source as usize].code;
        *countries.entry(code.clone()).or_default() += packets;
        let port = format!("{} {}", event.port.protocol, event.port.number);
        *ports.entry(port).or_default() += packets;
    }
    Ok(Read {
        reading,
        countries,
        ports,
        places,
    })
}

fn read(name: &str) -> Read {
    read_by(name, false).unwrap()
}

/// A log that is whole: so many events, nothing left out, no remark, and the same under `--strict`.
fn read_whole(name: &str, events: usize) -> Read {
    let log = read_by(name, true).unwrap();
    assert_eq!((log.events(), log.reading.rows), (events, events as u64), "{name}");
    assert!(log.reading.left_out.is_empty(), "{name}: {:?}", log.reading.left_out);
    assert_eq!(log.reading.warnings, [""; 0], "{name}");
    log
}

#[test]
fn joined_exports_repeat_their_headers() {
    read_whole("bom-quoted-joined.csv", 120);
    let log = read_whole("bom-quoted-joined-other-order.csv", 40);
    assert_eq!(log.countries(), [("CN", 20), ("RU", 20)]);
    assert_eq!(log.reading.names.hosts, ["hp-a"]);
    let log = read_whole("bom-quoted-joined-ports-swapped.csv", 40);
    assert_eq!(log.ports, [("TCP 23".to_owned(), 40)].into());
}

#[test]
fn a_stray_quote_costs_its_own_row() {
    for (name, lost) in [
        ("bad-quote-early-1200rows.csv", vec![32]),
        ("bad-quote-twice-1200rows.csv", vec![32, 602]),
    ] {
        let log = read(name);
        assert_eq!((log.events(), log.reading.rows), (1200 - lost.len(), 1200));
        let places: Vec<u64> = log.left_out(Reason::Unreadable).iter().map(|left| left.0).collect();
        assert_eq!(places, lost);
        let count = lost.len();
        let plural = if count == 1 { "" } else { "s" };
        let told =
            format!("{count} row{plural} on {count} line{plural} skipped, the first at line 32: row opens a quote");
        assert!(log.reading.warnings[0].starts_with(&told), "{:?}", log.reading.warnings);
        assert!(read_by(name, true).is_err());
    }
}

#[test]
fn zeros_are_bytes_like_others_wherever_they_stand() {
    for name in ["nul-one-byte-early.csv", "nul-one-byte-late.csv"] {
        read_whole(name, 300);
    }
    let log = read("nul-tail.csv");
    assert_eq!((log.events(), log.reading.rows), (60, 61));
    let left = log.left_out(Reason::Unreadable);
    assert_eq!(left, [(62, "row has 1 field, expected at least 3")]);
}

#[test]
fn what_stands_behind_compressed_data_costs_nothing() {
    read_whole("gz-zero-padding.csv.gz", 60);
    let log = read("gz-trailing-garbage.csv.gz");
    assert_eq!(log.events(), 60);
    assert_eq!(
        log.reading.warnings,
        ["2 bytes behind the end of the gzip data left out"]
    );
    read_whole("zst-pzstd-skippable-first.csv.zst", 40);
}

#[test]
fn lines_may_end_in_cr_alone() {
    for name in ["cr-only-after-lf-header.csv", "cr-only-cc-last.csv"] {
        let log = read_whole(name, 30);
        assert_eq!(log.countries(), [("CN", 30)]);
        assert_eq!(log.places, (2..32).collect::<Vec<u64>>());
    }
}

#[test]
fn of_columns_that_fit_alike_the_one_that_makes_sense_is_read() {
    let log = read("duplicate-columns.csv");
    assert_eq!(log.events(), 60);
    assert!(log.ports.keys().all(|port| !port.contains("400")), "{:?}", log.ports);
    assert_eq!(
        log.reading.warnings,
        [
            "2 columns fit the destination port: `port` (column 2), `port` (column 4); column 4 is read: for another \
             give its name or number, like --columns port=2"
        ]
    );
    let log = read("time-two-candidates.csv");
    assert_eq!(log.events(), 40);
    assert_eq!(
        log.reading.warnings,
        [
            "2 columns fit the time: `timestamp` (column 1), `time` (column 2); column 1 is read: for another give \
             its name or number, like --columns time=time"
        ]
    );
    let earliest = log.reading.earliest.unwrap();
    assert_eq!(earliest.time_ns, input::parse_time_ns("2024-05-01 10:00:00").unwrap());
}

#[test]
fn words_for_no_country_are_one_source() {
    let log = read_whole("country-unknown-words.csv", 60);
    assert_eq!(log.countries(), [("NA", 5), ("Unknown", 55)]);
    assert_eq!(log.reading.names.sources.len(), 2);
}

#[test]
fn whole_numbers_are_read_however_they_are_written() {
    let log = read_whole("port-float.csv", 60);
    assert_eq!(log.ports, read_whole("excel-sep-comma.csv", 60).ports);
    let log = read("port-float-some-empty.csv");
    assert_eq!((log.reading.rows, log.reading.packets), (60, 150));
    assert!(!log.reading.left_out.contains_key(&Reason::Unreadable));
    assert_eq!(log.events() as u64 + log.reading.left_out[&Reason::NoPort].rows, 60);
    let log = read_whole("port-thousands.csv", 60);
    assert!(log.ports.contains_key("TCP 8080") || log.ports.contains_key("UDP 8080"));
    assert_eq!(log.ports, read_whole("time-kibana.csv", 60).ports);
}

#[test]
fn rows_may_hold_no_packets() {
    let log = read("packets-zero.csv");
    assert_eq!(log.reading.rows, 60);
    assert_eq!(log.events(), 45);
    assert_eq!(log.reading.left_out[&Reason::NothingMeasured].rows, 15);
    assert_eq!(log.reading.packets, 90);
}

#[test]
fn dialects_of_spreadsheets_are_read() {
    let plain = read_whole("excel-sep-comma.csv", 60);
    let semicolons = read_whole("excel-sep-semicolon.csv", 60);
    assert_eq!(plain.ports, semicolons.ports);
    assert_eq!(plain.places, (3..63).collect::<Vec<u64>>());
    let comments = read_whole("comment-preamble.csv", 60);
    assert_eq!(comments.ports, plain.ports);
    assert_eq!(comments.places, (4..64).collect::<Vec<u64>>());
}

#[test]
fn times_of_kibana_are_read() {
    let log = read_whole("time-kibana.csv", 60);
    let ends = [log.reading.earliest, log.reading.latest].map(|end| end.unwrap().time_ns);
    let expected = ["2024-05-01 10:00:00", "2024-05-01 10:30:29"].map(|time| input::parse_time_ns(time).unwrap());
    assert_eq!(ends, expected);
    assert!(
        Protocol::ALL
            .iter()
            .any(|protocol| log.ports.keys().any(|port| port.starts_with(protocol.name())))
    );
}

#[test]
#[cfg(feature = "prepared")]
fn prepared_logs_that_are_damaged_say_so() {
    for (name, expected) in [
        (
            "silent.bloom",
            "the prepared log is damaged or was cut off (its rows have ",
        ),
        (
            "wrap.bloom",
            "the prepared log is damaged or was cut off (its account leaves out more than there was)",
        ),
        (
            "panic-plain.bloom",
            "the prepared log is damaged or was cut off (Parquet error: a page cannot be decoded)",
        ),
    ] {
        let error = read_by(name, false).err().unwrap();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
#[cfg(feature = "prepared")]
fn a_row_of_2_to_62_packets_is_one_event() {
    let log = read_whole("bomb.bloom", 1);
    assert_eq!(log.reading.packets, 1 << 62);
}

#[test]
#[cfg(feature = "prepared")]
fn decimal_packets_are_taken_at_their_value() {
    let log = read_whole("pq-packets-decimal18-2.parquet", 40);
    assert_eq!(log.reading.packets, 155);
}

#[test]
fn a_row_may_have_more_packets_than_32_bits_hold() {
    let log = read_whole("packets-huge.csv", 60);
    assert_eq!(log.countries.values().sum::<u64>(), log.reading.packets);
    assert_eq!(log.reading.packets, 6_000_059_000);
}
