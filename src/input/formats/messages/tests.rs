//! Samples of all formats of lines, and help for the tests of each.

use crate::input::Options;
use crate::input::whole::{Whole, read_from};
use crate::model::{Event, Reason, SourceKind};

/// Reads a log.
pub(super) fn read(text: &str) -> Whole {
    read_by(text, SourceKind::Country)
}

fn read_by(text: &str, kind: SourceKind) -> Whole {
    let options = Options {
        source_kind: Some(kind),
        ..Options::default()
    };
    read_from(text.as_bytes(), "log-20260103", &options).unwrap()
}

/// The ports of a log's events: `TCP 23`.
pub(super) fn ports(log: &Whole) -> Vec<String> {
    let text = |event: &Event| format!("{} {}", event.port.protocol, event.port.number);
    log.events.iter().map(text).collect()
}

/// The countries of a log's events, by name where it has one.
pub(super) fn countries(log: &Whole) -> Vec<&str> {
    let country = |event: &Event| {
        let country = &log.names.sources[event.source as usize];
        if country.name.is_empty() {
            &*country.code
        } else {
            &*country.name
        }
    };
    log.events.iter().map(country).collect()
}

/// The addresses that a log's events are from.
pub(super) fn sources(text: &str) -> Vec<String> {
    let log = read_by(text, SourceKind::Address);
    let source = |event: &Event| log.names.sources[event.source as usize].name.clone();
    log.events.iter().map(source).collect()
}

/// A log of `tests/logs`, by its format's name.
macro_rules! sample {
    ($path:literal) => {
        include_str!(concat!("../../../../tests/logs/", $path))
    };
}

/// Format, log, events, and rows that have no port, are replies and are repeats, as `grep -c` counts the
/// lines of each kind: `grep -c "PROTO=[TU]"`, `grep -c ICMP`, `grep -c "SPT=443"`, `grep -c ALLOW` and so on.
const SAMPLES: [(&str, &str, [u64; 4]); 13] = [
    ("netfilter", sample!("netfilter/ufw.log"), [4, 1, 1, 1]),
    ("filterlog", sample!("filterlog/filter.log"), [2, 1, 0, 0]),
    ("cisco-asa", sample!("cisco-asa/asa.log"), [3, 0, 1, 0]),
    ("cisco-ftd", sample!("cisco-ftd/ftd.log"), [3, 0, 0, 0]),
    ("cisco-ios", sample!("cisco-ios/router.log"), [2, 1, 0, 0]),
    ("fortinet", sample!("fortinet/traffic.log"), [3, 0, 0, 0]),
    ("palo-alto", sample!("palo-alto/traffic.log"), [3, 0, 0, 1]),
    ("cef", sample!("cef/events.log"), [3, 0, 0, 0]),
    ("juniper-srx", sample!("juniper-srx/sessions.log"), [4, 0, 0, 0]),
    ("mikrotik", sample!("mikrotik/firewall.log"), [3, 1, 0, 0]),
    ("endlessh", sample!("endlessh/endlessh.log"), [2, 0, 0, 0]),
    ("cowrie-text", sample!("cowrie-text/cowrie.log"), [2, 0, 0, 0]),
    ("pairs", sample!("pairs/app.log"), [3, 0, 0, 0]),
];

fn counts(log: &Whole) -> [u64; 4] {
    let left = |reason| log.left_out.get(&reason).map_or(0, |left| left.rows);
    let reasons = [Reason::NoPort, Reason::Reply, Reason::Repeat].map(left);
    [log.events.len() as u64, reasons[0], reasons[1], reasons[2]]
}

#[test]
fn samples_are_told_by_their_content_and_read_by_their_name() {
    for (format, text, expected) in SAMPLES {
        for name in [None, Some(format.to_owned())] {
            let options = Options {
                format: name,
                strict: true,
                ..Options::default()
            };
            let log = read_from(text.as_bytes(), "log-20260103", &options);
            let log = log.unwrap_or_else(|error| panic!("{format}: {error}"));
            assert_eq!(counts(&log), expected, "{format}");
            assert!(log.formats[0].starts_with("read as "), "{format}: {:?}", log.formats);
        }
    }
}

#[test]
fn the_lines_of_one_collector_are_all_read() {
    let text: String = SAMPLES[..12].iter().map(|(_, text, _)| *text).collect();
    let mut expected = [0; 4];
    for (_, _, counts) in &SAMPLES[..12] {
        expected.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    assert_eq!(counts(&read(&text)), expected);
}

#[test]
fn a_log_that_is_cut_anywhere_loses_nothing_in_silence() {
    // One for all, since the table of countries is unpacked for each.
    let options = Options::default();
    for (format, text, _) in SAMPLES {
        let options = Options {
            format: Some(format.to_owned()),
            ..options.clone()
        };
        for cut in 0..text.len() {
            let bytes = &text.as_bytes()[..cut];
            let Ok(log) = read_from(bytes, "log-20260103", &options) else {
                continue;
            };
            let left: u64 = log.left_out.values().map(|left| left.rows).sum();
            assert_eq!(log.rows, log.events.len() as u64 + left, "{format}, {cut} bytes");
        }
    }
}

#[test]
fn lines_within_tables_and_objects_are_left_to_those() {
    let line = SAMPLES[0].1.lines().next().unwrap();
    let text = format!("\"time\",\"raw\"\n\"2026-01-02\",\"{line}\"\n");
    let error = read_from(text.as_bytes(), "x", &Options::default()).unwrap_err();
    assert!(!error.to_string().contains("firewall"), "{error}");
    let text = format!("{{\"message\":\"{line}\"}}\n");
    let log = read_from(text.as_bytes(), "x", &Options::default()).unwrap();
    assert!(
        log.formats[0].ends_with(", from `message` of objects in JSON"),
        "{:?}",
        log.formats
    );
}

#[test]
fn a_syslog_is_read_whose_first_megabytes_say_nothing_of_traffic() {
    let line = SAMPLES[0].1.lines().next().unwrap();
    let mut text = "2026-01-02T10:11:12Z gate cron[17]: (root) CMD (run-parts /etc/cron.hourly)\n".repeat(40_000);
    text.push_str(line);
    let log = read_from(text.as_bytes(), "x", &Options::default()).unwrap();
    assert_eq!((log.events.len(), log.lines[0]), (1, 40_001));
    // Prose is no syslog, and is refused by its first lines.
    let prose = "So it goes on and on, line after line.\n".repeat(400_000);
    assert!(read_from(prose.as_bytes(), "x", &Options::default()).is_err());
}
