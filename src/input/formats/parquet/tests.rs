//! Raw events in Parquet, read as a whole. The files in `tests/logs/parquet` were written by pyarrow and DuckDB as
//! other engines write them, and by polars and fastparquet (`make.py`); what they hold is told by `duckdb -c "FROM 'x.parquet'"`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::input::whole::{Whole, read};
use crate::input::{InputError, LogPart, Options};
use crate::model::Protocol::{self, Tcp, Udp};
use crate::model::{Reason, SourceKind};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/logs/parquet")
        .join(name)
}

fn read_by(path: &Path, options: &Options) -> Result<Whole, InputError> {
    read(&LogPart::File(path.to_owned()), options)
}

/// By countries: by default, the addresses of examples are taken for private ones.
fn options() -> Options {
    Options {
        source_kind: Some(SourceKind::Country),
        ..Options::default()
    }
}

/// Time since 09:40:05 in milliseconds, protocol, port and packets of every event.
fn events(log: &Whole) -> Vec<(i64, Protocol, u16, u64)> {
    let events = log.events.iter();
    events
        .map(|event| {
            let offset_ms = event.time_ns / 1_000_000 - 1_374_658_805_000;
            (offset_ms, event.port.protocol, event.port.number, event.packets)
        })
        .collect()
}

fn codes(log: &Whole) -> Vec<&str> {
    let countries = log.events.iter().map(|event| event.source as usize);
    countries
        .map(|country| log.names.sources[country].code.as_str())
        .collect()
}

#[test]
fn events_of_any_engine_are_read() {
    for (name, offset_ms, packets) in [
        ("spark.parquet", 0, [4, 1, 7, 1]),
        ("clickhouse.parquet", 0, [4, 1, 7, 1]),
        ("bytes.parquet", 250, [1, 1, 1, 1]),
        ("nested.parquet", 0, [1, 1, 1, 1]),
        ("polars.parquet", 0, [4, 1, 7, 1]),
        ("fastparquet.parquet", 0, [4, 1, 7, 1]),
    ] {
        let log = read_by(&sample(name), &options()).unwrap();
        let ports = [(Tcp, 22), (Udp, 53), (Tcp, 80), (Tcp, 443)];
        let expected = (0..).zip(ports).zip(packets);
        let expected: Vec<_> = expected
            .map(|((second, (protocol, port)), packets)| (1000 * second + offset_ms, protocol, port, packets))
            .collect();
        assert_eq!(events(&log), expected, "{name}");
        assert_eq!(log.other_protocols, [("ICMP".to_owned(), 1)].into(), "{name}");
        assert_eq!((log.rows, log.lines.clone()), (5, vec![1, 2, 3, 4]), "{name}");
        assert_eq!(log.names.hosts, ["198.51.100.7"], "{name}");
        assert!(
            log.formats[0].starts_with("read as events in Parquet"),
            "{:?}",
            log.formats
        );
    }
    for name in ["clickhouse.parquet", "nested.parquet"] {
        let log = read_by(&sample(name), &options()).unwrap();
        // Codes of three letters and names, too.
        assert_eq!(codes(&log), ["DE", "DE", "DE", "US"], "{name}");
    }
}

#[test]
fn decimals_that_are_whole_are_numbers_and_times_far_off_are_told() {
    let unreadable = |log: &Whole| {
        let rows = log.left_out[&Reason::Unreadable].first_rows.iter();
        let what = |what: &str| what.split(';').next().unwrap().to_owned();
        rows.map(|row| (row.place.number, what(&row.what))).collect::<Vec<_>>()
    };
    let log = read_by(&sample("decimals.parquet"), &options()).unwrap();
    assert_eq!(events(&log), [(0, Tcp, 22, 4), (1000, Udp, 53, 1), (3000, Tcp, 443, 1)]);
    assert_eq!(unreadable(&log), [(3, "`dst_port` is \"80.5\"".to_owned())]);
    let log = read_by(&sample("far.parquet"), &options()).unwrap();
    assert_eq!(events(&log), [(0, Udp, 53, 1)]);
    let told = [
        (1, "`ts` is \"a time in the year 9999\""),
        (3, "`ts` is \"a time in the year 1\""),
        (4, "`ts` is empty"),
    ];
    assert_eq!(unreadable(&log), told.map(|(row, what)| (row, what.to_owned())));
}

#[test]
fn addresses_are_texts_numbers_or_bytes() {
    let by_address = Options {
        source_kind: Some(SourceKind::Address),
        ..Options::default()
    };
    for (name, expected) in [
        (
            "spark.parquet",
            ["203.0.113.5", "203.0.113.6", "198.51.100.9", "2001:db8::9"],
        ),
        (
            "clickhouse.parquet",
            ["203.0.113.5", "203.0.113.6", "198.51.100.9", "0.0.0.0"],
        ),
        (
            "bytes.parquet",
            ["203.0.113.5", "203.0.113.6", "198.51.100.9", "2001:db8::9"],
        ),
    ] {
        let log = read_by(&sample(name), &by_address).unwrap();
        let codes: Vec<String> = codes(&log).iter().map(|code| code.to_lowercase()).collect();
        assert_eq!(codes, expected, "{name}");
    }
    // Nobody said what sources are: these are addresses of examples, and so of no public internet.
    let log = read_by(&sample("spark.parquet"), &Options::default()).unwrap();
    assert_eq!(log.source_kind, SourceKind::Address);
    assert!(log.warnings[0].contains("choose by --group-by"), "{:?}", log.warnings);
}

#[test]
fn flow_logs_of_aws_are_told_by_their_columns() {
    let log = read_by(&sample("aws.parquet"), &options()).unwrap();
    assert_eq!(events(&log), [(0, Tcp, 22, 4)]);
    assert_eq!(log.left_out[&Reason::Reply].rows, 1);
    assert_eq!(log.left_out[&Reason::NothingMeasured].rows, 1);
    assert!(
        log.formats[0].starts_with("read as AWS VPC flow logs: `start` is the time"),
        "{:?}",
        log.formats
    );
}

#[test]
fn row_groups_are_read_in_order_and_texts_are_times() {
    let log = read_by(&sample("duckdb.parquet"), &options()).unwrap();
    assert_eq!(log.events.len(), 5000);
    assert!(log.lines.iter().copied().eq(1..=5000));
    let of_port = |port: u16| log.events.iter().filter(|event| event.port.number == port).count();
    assert_eq!([22, 23, 24].map(of_port), [1667, 1667, 1666]);
    assert!(
        log.events
            .windows(2)
            .all(|two| two[1].time_ns - two[0].time_ns == 1_000_000_000)
    );
    let berlin = Options {
        timezone: Some("Europe/Berlin".parse().unwrap()),
        ..options()
    };
    let local = read_by(&sample("duckdb.parquet"), &berlin).unwrap();
    assert_eq!(log.events[0].time_ns - local.events[0].time_ns, 7200 * 1_000_000_000);
}

#[test]
fn columns_may_be_named_outright() {
    let named = Options {
        columns: "port=destination.port,time=time,code=source.geo.country_iso_code,protocol=network.transport"
            .parse()
            .unwrap(),
        ..options()
    };
    assert_eq!(read_by(&sample("nested.parquet"), &named).unwrap().events.len(), 4);
    let wrong = Options {
        columns: "port=nowhere".parse().unwrap(),
        ..options()
    };
    let error = read_by(&sample("nested.parquet"), &wrong).unwrap_err().to_string();
    assert!(
        error.contains("no column for the destination port (`nowhere`); its columns are `time`, `source.ip`"),
        "{error}"
    );
    let asked = Options {
        format: Some("prepared".to_owned()),
        ..options()
    };
    let error = read_by(&sample("nested.parquet"), &asked).unwrap_err().to_string();
    assert!(error.contains("is not of the format prepared"), "{error}");
}

#[test]
fn damaged_and_encrypted_files_are_told_and_nothing_worse() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.parquet");
    fs::write(&path, b"PARE\0\0\0\0PARE").unwrap();
    let error = read_by(&path, &options()).unwrap_err().to_string();
    assert!(
        error.contains("is a Parquet file with an encrypted footer; export it without encryption"),
        "{error}"
    );
    let error = read_by(&sample("encrypted-footer.parquet"), &options()).unwrap_err();
    assert!(error.to_string().contains("encrypted footer"), "{error}");
    let error = read_by(&sample("encrypted-columns.parquet"), &options()).unwrap_err();
    assert!(
        error.to_string().contains("is a Parquet file with encrypted columns"),
        "{error}"
    );
    let good = fs::read(sample("spark.parquet")).unwrap();
    fs::write(&path, [&good[..], &good].concat()).unwrap();
    let error = read_by(&path, &options()).unwrap_err();
    assert!(
        error.to_string().contains("is several Parquet files joined into one"),
        "{error}"
    );
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % below
    };
    for name in [
        "spark.parquet",
        "clickhouse.parquet",
        "bytes.parquet",
        "nested.parquet",
        "aws.parquet",
        "decimals.parquet",
        "fastparquet.parquet",
    ] {
        let good = fs::read(sample(name)).unwrap();
        for end in 0..good.len() {
            fs::write(&path, &good[..end]).unwrap();
            assert!(read_by(&path, &options()).is_err(), "{name}: {end} bytes");
        }
        for _ in 0..300 {
            let mut bytes = good.clone();
            let at = random(bytes.len());
            bytes[at] ^= 1 << random(8);
            fs::write(&path, &bytes).unwrap();
            if let Ok(log) = read_by(&path, &options()) {
                let left: u64 = log.left_out.values().map(|left| left.rows).sum();
                assert_eq!(log.rows, left + log.events.len() as u64);
            }
        }
    }
}
