//! Files of other engines with columns of all types, and files that are not what they were.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::data_type::{
    ByteArray, ByteArrayType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::account::LeftOutAccount;
use super::account::StoredAccount;
use super::schema::ACCOUNT_KEY;
use super::write::{StoredBubble, write};
use crate::input::{LogPart, MadeFor, Options, stream};
use crate::model::{Batch, Names, Port, Protocol, Reading, Reason, Source};

const MINUTE_NS: i64 = 60_000_000_000;

/// The values of a column.
#[derive(Clone)]
enum Values {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<[u32; 3]>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<Vec<u8>>),
    Fixed(Vec<Vec<u8>>),
}

fn texts(texts: &[&str]) -> Values {
    Values::Bytes(texts.iter().map(|text| text.as_bytes().to_vec()).collect())
}

/// Writes a file as another engine does.
fn write_foreign(path: &Path, columns: &[(&str, Values)], metadata: Option<KeyValue>) {
    let schema: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
    let schema = format!("message other {{ required {}; }}", schema.join("; required "));
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = WriterProperties::builder().set_key_value_metadata(metadata.map(|pair| vec![pair]));
    let file = File::create(path).unwrap();
    let mut file = SerializedFileWriter::new(file, schema, Arc::new(properties.build())).unwrap();
    let mut group = file.next_row_group().unwrap();
    for (_, values) in columns {
        let mut next = group.next_column().unwrap().unwrap();
        let bytes = |values: &[Vec<u8>]| values.iter().cloned().map(ByteArray::from).collect::<Vec<_>>();
        match values {
            Values::Int32(values) => next.typed::<Int32Type>().write_batch(values, None, None),
            Values::Int64(values) => next.typed::<Int64Type>().write_batch(values, None, None),
            Values::Int96(values) => {
                let values: Vec<Int96> = values.iter().map(|value| Int96::from(value.to_vec())).collect();
                next.typed::<Int96Type>().write_batch(&values, None, None)
            }
            Values::Float(values) => next.typed::<FloatType>().write_batch(values, None, None),
            Values::Double(values) => next.typed::<DoubleType>().write_batch(values, None, None),
            Values::Bytes(values) => next.typed::<ByteArrayType>().write_batch(&bytes(values), None, None),
            Values::Fixed(values) => {
                let values: Vec<_> = bytes(values).into_iter().map(Into::into).collect();
                next.typed::<FixedLenByteArrayType>().write_batch(&values, None, None)
            }
        }
        .unwrap();
        next.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
}

/// All that a file comes to: a line an event, and what is told beside them.
fn told(path: &Path) -> Result<(Vec<String>, Reading), String> {
    let mut events = Vec::new();
    let mut take = |batch: &Batch<'_>| events.extend_from_slice(batch.events);
    let source = [LogPart::File(path.to_owned())];
    let reading = stream(&source, &Options::default(), &mut |_| {}, &mut take).map_err(|error| error.to_string())?;
    let told = events.iter().map(|event| {
        let country = &reading.names.sources[event.source as usize].code;
        let host = reading
            .names
            .hosts
            .get(event.host as usize)
            .map_or("several", String::as_str);
        let (time, Port { protocol, number }, packets) = (event.time_ns, event.port, event.packets);
        format!("{time} {country} {protocol}:{number} x{packets} {host}")
    });
    Ok((told.collect(), reading))
}

/// Two bubbles of minute bins, with some columns in place of the usual ones.
fn columns(other: &[(&'static str, Values)]) -> Vec<(&'static str, Values)> {
    let times = |extra: i64| Values::Int64(vec![MINUTE_NS + extra, 2 * MINUTE_NS]);
    let mut columns = vec![
        ("int64 bin_start (TIMESTAMP(NANOS,true))", times(0)),
        ("int64 first_time (TIMESTAMP(NANOS,true))", times(7)),
        ("binary country (STRING)", texts(&["US", "Atlantis"])),
        ("int32 protocol", Values::Int32(vec![6, 17])),
        ("int32 port", Values::Int32(vec![80, 53])),
        ("int64 packets", Values::Int64(vec![3, 4])),
    ];
    for (column, values) in other {
        let at = columns
            .iter()
            .position(|(usual, _)| column_name(usual) == column_name(column));
        columns[at.unwrap()] = (*column, values.clone());
    }
    columns
}

/// The name in a column of a schema: `port` in `int32 port (INTEGER(16,false))`.
fn column_name(column: &str) -> &str {
    column.split(' ').nth(1).unwrap()
}

fn read_with(other: &[(&'static str, Values)]) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.bloom");
    write_foreign(&path, &columns(other), None);
    let told = told(&path).map(|(told, _)| told);
    told.map_err(|error| error.split_once("foreign.bloom: ").unwrap().1.to_owned())
}

#[test]
fn whole_numbers_of_any_type_are_taken_at_their_value() {
    let big = |numbers: [i128; 2], width: usize| numbers.map(|number| number.to_be_bytes()[16 - width..].to_vec());
    for (column, values) in [
        ("int64 packets (DECIMAL(18,2))", Values::Int64(vec![300, 400])),
        ("int32 packets (DECIMAL(9,0))", Values::Int32(vec![3, 4])),
        (
            "fixed_len_byte_array(16) packets (DECIMAL(38,3))",
            Values::Fixed(big([3000, 4000], 16).into()),
        ),
        (
            "fixed_len_byte_array(5) packets (DECIMAL(10,1))",
            Values::Fixed(big([30, 40], 5).into()),
        ),
        ("binary packets (DECIMAL(10,1))", Values::Bytes(big([30, 40], 2).into())),
        ("double packets", Values::Double(vec![3.0, 4.0])),
        ("float packets", Values::Float(vec![3.0, 4.0])),
        ("int64 packets (INTEGER(64,false))", Values::Int64(vec![3, 4])),
        ("int32 packets (INTEGER(8,false))", Values::Int32(vec![3, 4])),
        ("int32 packets (INTEGER(16,true))", Values::Int32(vec![3, 4])),
        ("int64 packets (UINT_64)", Values::Int64(vec![3, 4])),
    ] {
        let expected = [
            format!("{} US TCP:80 x3 ", MINUTE_NS + 7),
            format!("{} Atlantis UDP:53 x4 ", 2 * MINUTE_NS),
        ];
        assert_eq!(read_with(&[(column, values)]).unwrap(), expected, "{column}");
    }
    let unsigned = read_with(&[("int32 packets (INTEGER(32,false))", Values::Int32(vec![-1, 4]))]).unwrap();
    assert!(unsigned[0].ends_with("x4294967295 "), "{unsigned:?}");
    let most = read_with(&[("int64 packets", Values::Int64(vec![i64::MAX - 4, 4]))]).unwrap();
    assert!(most[0].contains("x9223372036854775803 "), "{most:?}");
    let decimal = [
        ("int32 protocol (DECIMAL(4,1))", Values::Int32(vec![60, 170])),
        ("double port", Values::Double(vec![80.0, 53.0])),
    ];
    assert_eq!(read_with(&decimal), read_with(&[]));
}

#[test]
fn a_number_that_is_not_whole_or_too_large_is_told_with_its_row() {
    for (column, values, expected) in [
        (
            "int64 packets (DECIMAL(18,2))",
            Values::Int64(vec![300, -450]),
            "row 2: `packets` is -4.50, expected a whole number",
        ),
        (
            "double packets",
            Values::Double(vec![3.0, 4.5]),
            "row 2: `packets` is 4.5, expected a whole number",
        ),
        (
            "double packets",
            Values::Double(vec![f64::NAN, 4.0]),
            "row 1: `packets` is NaN, expected a whole number",
        ),
        (
            "float packets",
            Values::Float(vec![3.0, 1e30]),
            "row 2: `packets` is 1000000015047466200000000000000, expected a number below 2^63",
        ),
        (
            "int64 packets (INTEGER(64,false))",
            Values::Int64(vec![3, -1]),
            "row 2: `packets` is 18446744073709551615, expected a number below 2^63",
        ),
        (
            "int64 packets",
            Values::Int64(vec![3, i64::MIN]),
            "row 2: `packets` is -9223372036854775808, expected 1 or more",
        ),
        (
            "binary packets (DECIMAL(38,0))",
            Values::Bytes(vec![vec![3], vec![1; 20]]),
            "row 2: `packets` is a number of more than 38 digits",
        ),
        (
            "int64 port (DECIMAL(18,2))",
            Values::Int64(vec![8000, 5350]),
            "row 2: `port` is 53.50, expected a whole number",
        ),
    ] {
        let error = read_with(&[(column, values)]).unwrap_err();
        assert!(error.starts_with(expected), "{column}: {error}");
    }
    let error = read_with(&[("int64 packets", Values::Int64(vec![i64::MAX, 1]))]).unwrap_err();
    assert!(
        error.starts_with("with this file there are more than 9223372036854775807 packets"),
        "{error}"
    );
}

#[test]
fn a_type_that_stands_for_something_else_is_refused_by_its_name() {
    let fixed = |length: usize| Values::Fixed(vec![vec![0; length]; 2]);
    let (int32, int64) = (Values::Int32(vec![6, 17]), Values::Int64(vec![6, 17]));
    for (column, values, expected) in [
        (
            "int32 packets (DATE)",
            &int32,
            "`packets` is INT32 (DATE), expected an integer",
        ),
        (
            "int64 packets (TIME(MICROS,true))",
            &int64,
            "`packets` is INT64 (TIME), expected an integer",
        ),
        (
            "int64 packets (TIMESTAMP(MILLIS,true))",
            &int64,
            "`packets` is INT64 (TIMESTAMP), expected an integer",
        ),
        (
            "int96 packets",
            &Values::Int96(vec![[0; 3]; 2]),
            "`packets` is INT96, expected an integer",
        ),
        (
            "fixed_len_byte_array(2) packets (FLOAT16)",
            &fixed(2),
            "`packets` is FIXED_LEN_BYTE_ARRAY (FLOAT16)",
        ),
        (
            "fixed_len_byte_array(16) port (UUID)",
            &fixed(16),
            "`port` is FIXED_LEN_BYTE_ARRAY (UUID), expected an integer",
        ),
        (
            "binary packets (STRING)",
            &texts(&["3", "4"]),
            "`packets` is BYTE_ARRAY (STRING), expected an integer",
        ),
        (
            "int64 protocol (TIME(NANOS,false))",
            &int64,
            "`protocol` is INT64 (TIME), expected an integer or STRING",
        ),
        (
            "binary country (JSON)",
            &texts(&["1", "2"]),
            "`country` is BYTE_ARRAY (JSON), expected STRING",
        ),
        (
            "binary country (BSON)",
            &texts(&["1", "2"]),
            "`country` is BYTE_ARRAY (BSON), expected STRING",
        ),
        (
            "binary country (DECIMAL(4,0))",
            &texts(&["1", "2"]),
            "`country` is BYTE_ARRAY (DECIMAL(4,0)), expected STRING",
        ),
        (
            "fixed_len_byte_array(16) country (UUID)",
            &fixed(16),
            "`country` is FIXED_LEN_BYTE_ARRAY (UUID), expected STRING",
        ),
        ("int32 country", &int32, "`country` is INT32, expected STRING"),
        (
            "int64 bin_start",
            &int64,
            "`bin_start` is INT64, expected TIMESTAMP in UTC",
        ),
        (
            "int32 bin_start (TIME(MILLIS,true))",
            &int32,
            "`bin_start` is INT32 (TIME), expected TIMESTAMP in UTC",
        ),
        (
            "int64 first_time (DECIMAL(18,2))",
            &int64,
            "`first_time` is INT64 (DECIMAL(18,2)), expected TIMESTAMP in UTC",
        ),
        (
            "double first_time",
            &Values::Double(vec![0.0; 2]),
            "`first_time` is DOUBLE, expected TIMESTAMP in UTC",
        ),
    ] {
        let error = read_with(&[(column, values.clone())]).unwrap_err();
        let found = error.strip_prefix("is Parquet, but no prepared log: its column ");
        assert!(
            found.is_some_and(|found| found.starts_with(expected)),
            "{column}: {error}"
        );
    }
}

#[test]
fn times_and_texts_of_other_types_are_taken_as_what_they_stand_for() {
    let usual = read_with(&[]);
    for other in [
        // Without a zone it is UTC, as in a text.
        vec![(
            "int64 bin_start (TIMESTAMP(NANOS,false))",
            Values::Int64(vec![MINUTE_NS, 2 * MINUTE_NS]),
        )],
        vec![(
            "int64 bin_start (TIMESTAMP_MILLIS)",
            Values::Int64(vec![60_000, 120_000]),
        )],
        vec![(
            "int64 bin_start (TIMESTAMP(MICROS,true))",
            Values::Int64(vec![60_000_000, 120_000_000]),
        )],
        // The day of 1970 by the Julian count, and nanoseconds of it.
        vec![(
            "int96 first_time",
            Values::Int96(
                [MINUTE_NS + 7, 2 * MINUTE_NS]
                    .map(|ns| [ns as u32, (ns >> 32) as u32, 2_440_588])
                    .into(),
            ),
        )],
        vec![("binary country (ENUM)", texts(&["US", "Atlantis"]))],
        vec![("binary country", texts(&["US", "Atlantis"]))],
        vec![("binary protocol (STRING)", texts(&["tcp", "17"]))],
    ] {
        assert_eq!(read_with(&other), usual, "{}", other[0].0);
    }
    let days = [
        ("int32 bin_start (DATE)", Values::Int32(vec![1, 2])),
        ("int32 first_time (DATE)", Values::Int32(vec![1, 2])),
    ];
    let told = read_with(&days).unwrap();
    assert!(told[1].starts_with("172800000000000 Atlantis"), "{told:?}");
    let far = [(
        "int96 first_time",
        Values::Int96(vec![[0, 0, 2_440_588], [0, 0, u32::MAX]]),
    )];
    let error = read_with(&far).unwrap_err();
    assert!(
        error.contains("row 2: `first_time` is beyond the years 1677 to 2262"),
        "{error}"
    );
}

/// A prepared log of some bubbles, and an account of as many rows as packets.
fn prepared(path: &Path, bubbles: usize, change: impl FnOnce(&mut StoredAccount)) {
    let names = Names {
        sources: ["Unknown", "CN", "Far Away", "US"]
            .map(|code| Source {
                code: code.to_owned(),
                name: String::new(),
            })
            .into(),
        hosts: ["a", "b"].map(str::to_owned).into(),
    };
    let rows: Vec<StoredBubble> = (0..bubbles)
        .map(|index| StoredBubble {
            bin_start_ns: index as i64 / 9 * MINUTE_NS,
            first_ns: index as i64 / 9 * MINUTE_NS + index as i64 % 9,
            country: index as u32 % 4,
            port: Port {
                protocol: Protocol::ALL[index % 2],
                number: (index * 7 % 50) as u16,
            },
            packets: 1 + index as u64 % 5,
            host: [None, Some(0), Some(1)][index % 3],
        })
        .collect();
    let packets = rows.iter().map(|row| row.packets).sum::<u64>();
    let mut account = StoredAccount::new(&Reading {
        source: "log.csv".to_owned(),
        files: vec!["log.csv".to_owned()],
        names: names.clone(),
        source_kind: crate::model::SourceKind::Country,
        measure: crate::model::Measure::Packets,
        rows: packets,
        packets,
        left_out: BTreeMap::new(),
        other_protocols: BTreeMap::new(),
        formats: Vec::new(),
        warnings: Vec::new(),
        losses: Vec::new(),
        joined_hosts: None,
        earliest: None,
        latest: None,
    })
    .with_names(&names);
    change(&mut account);
    write(
        File::create(path).unwrap(),
        rows.into_iter(),
        &names,
        &account,
        MadeFor {
            measure: crate::model::Measure::Packets,
            bin_ns: MINUTE_NS,
            starts_ns: None,
            unit: None,
        },
    )
    .unwrap();
}

#[test]
fn of_5000_flipped_bits_none_goes_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.bloom");
    prepared(&path, 60, |_| {});
    let good = std::fs::read(&path).unwrap();
    let expected = format!("{:?}", told(&path).unwrap());
    let bits = good.len() * 8;
    let flips = 5000.min(bits);
    let (mut unseen, mut same) = (0, 0);
    for flip in 0..flips {
        let bit = flip * bits / flips;
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, bytes).unwrap();
        match told(&path) {
            Err(_) => {}
            Ok(found) if format!("{found:?}") == expected => same += 1,
            Ok(_) => unseen += 1,
        }
    }
    println!(
        "of {flips} flips in {} bytes, {same} change nothing and {unseen} go unseen",
        good.len()
    );
    // A bit of the name of the checksums or of the program that wrote them may be lost without harm.
    assert!(
        unseen == 0 && same * 50 < flips,
        "{unseen} unseen, {same} without effect"
    );
}

#[test]
fn rows_and_account_are_of_one_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.bloom");
    let error = |change: fn(&mut StoredAccount)| {
        prepared(&path, 60, change);
        told(&path).unwrap_err()
    };
    prepared(&path, 60, |_| {});
    assert_eq!(told(&path).unwrap().1.packets, 180);
    let left_out = |account: &mut StoredAccount, rows: u64, packets: u64| {
        let left = LeftOutAccount {
            rows,
            packets,
            ..LeftOutAccount::default()
        };
        account.left_out = [("no_port".to_owned(), left)].into();
    };
    prepared(&path, 60, |account| {
        account.rows += 7;
        account.packets += 9;
        left_out(account, 7, 9);
    });
    assert_eq!(told(&path).unwrap().1.left_out[&Reason::NoPort].packets, 9);
    assert!(error(|account| account.packets += 1).contains("its rows have 180 packets, its account 181"));
    assert!(error(|account| account.rows = 59).contains("it has 60 bubbles, its account 59 rows for them"));
    assert!(error(|account| account.rows = u64::MAX).contains("more than 9223372036854775807 rows or packets"));
    for (rows, packets) in [(181, 0), (0, 181), (u64::MAX, 0)] {
        prepared(&path, 60, |account| left_out(account, rows, packets));
        let error = told(&path).unwrap_err();
        assert!(error.contains("its account leaves out more than there was"), "{error}");
    }
}

#[test]
fn a_file_that_another_program_rewrote_is_not_held_to_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.bloom");
    // Its metadata is kept, as some programs do.
    let pair = KeyValue::new("portbloom.crc32".to_owned(), "0123456789abcdef".to_owned());
    write_foreign(&path, &columns(&[]), Some(pair));
    assert_eq!(told(&path).unwrap().0.len(), 2);
    let account = "{\"rows\": 3, \"packets\": 3}".to_owned();
    write_foreign(
        &path,
        &columns(&[]),
        Some(KeyValue::new(ACCOUNT_KEY.to_owned(), account)),
    );
    let error = told(&path).unwrap_err();
    assert!(error.contains("leave out the metadata `portbloom.account`"), "{error}");
}

/// Length of a bin in a file with bubbles of some starts and first times, in milliseconds, and no metadata.
fn inferred_bin_ns(times: &[(i64, i64)]) -> Result<i64, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.bloom");
    let all = |value: i32| Values::Int32(vec![value; times.len()]);
    let columns = [
        (
            "int64 bin_start (TIMESTAMP(MILLIS,true))",
            Values::Int64(times.iter().map(|(start, _)| *start).collect()),
        ),
        (
            "int64 first_time (TIMESTAMP(MILLIS,true))",
            Values::Int64(times.iter().map(|(_, first)| *first).collect()),
        ),
        ("binary country (STRING)", texts(&vec!["US"; times.len()])),
        ("int32 protocol", all(6)),
        ("int32 port", all(80)),
        ("int32 packets", all(1)),
    ];
    write_foreign(&path, &columns, None);
    let source = [LogPart::File(path.clone())];
    let made_for = crate::input::made_for(&source).map_err(|error| error.to_string())?;
    assert_eq!(told(&path).unwrap().0.len(), times.len());
    Ok(made_for.unwrap().bin_ns)
}

#[test]
fn a_bin_that_is_not_told_is_concluded_from_the_times() {
    const MINUTE: i64 = 60_000;
    const DAY: i64 = 1440 * MINUTE;
    // 1 May 2024, 10:00; and the first instant of 1900.
    const START: i64 = 19_844 * DAY + 600 * MINUTE;
    const OLD: i64 = -25_567 * DAY;
    for (times, expected_ms) in [
        // One start: the shortest round length that holds all bubbles.
        (vec![(START, START), (START, START + 2_000)], 5_000),
        (vec![(START, START + 39)], 40),
        (vec![(START, START + 40)], 100),
        (vec![(START, START + 5 * MINUTE)], 10 * MINUTE),
        (vec![(START + MINUTE, START + MINUTE)], 40),
        (vec![(OLD, OLD), (OLD, OLD + DAY - 1)], DAY),
        (vec![(0, 7)], 40),
        // Several starts: the largest length that all are multiples of.
        (
            vec![(START, START), (START + 5 * MINUTE, START + 5 * MINUTE)],
            5 * MINUTE,
        ),
        (vec![(START, START), (START + 7, START + 7)], 7),
        (vec![(OLD, OLD), (OLD + 2, OLD + 3)], 2),
        (vec![(0, 0), (7 * DAY, 13 * DAY)], 7 * DAY),
        // Of more than a week, they have too little in common.
        (vec![(0, 0), (19_844 * DAY, 19_844 * DAY + 90_000)], 2 * MINUTE),
        (vec![(8 * DAY, 8 * DAY), (16 * DAY, 17 * DAY - 1)], DAY),
    ] {
        assert_eq!(inferred_bin_ns(&times), Ok(expected_ms * 1_000_000), "{times:?}");
    }
    for times in [
        // Longer than a day, or no multiples of a round length.
        vec![(START - 600 * MINUTE, START - 600 * MINUTE + DAY)],
        vec![(START, START + DAY - 1)],
        vec![(START + 7, START + 7)],
        vec![(8 * DAY, 9 * DAY), (16 * DAY, 16 * DAY)],
    ] {
        let error = inferred_bin_ns(&times).unwrap_err();
        let expected = "its metadata `portbloom.bin_ns` is missing, and no round length from 40 ms to 28 days";
        assert!(error.contains(expected), "{times:?}: {error}");
        assert!(
            error.contains("write the length of a bin there in nanoseconds"),
            "{error}"
        );
    }
}

#[test]
fn of_columns_with_one_name_the_first_is_read_with_a_remark() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.bloom");
    let mut twice = columns(&[]);
    write_foreign(&path, &twice, None);
    let (expected, reading) = told(&path).unwrap();
    assert_eq!(reading.warnings, Vec::<String>::new());
    twice.push(("int64 packets", Values::Int64(vec![30, 40])));
    write_foreign(&path, &twice, None);
    let (found, reading) = told(&path).unwrap();
    assert_eq!(found, expected);
    let remark = "2 columns are called `packets` (6, 7); column 6 is read: if another is meant, rename this one";
    assert_eq!(reading.warnings, [remark]);
}

#[test]
fn a_text_that_is_not_utf8_is_told_with_its_row() {
    let latin = Values::Bytes(vec![b"US".to_vec(), b"C\xf4te".to_vec()]);
    for column in ["binary country (STRING)", "binary country"] {
        let error = read_with(&[(column, latin.clone())]).unwrap_err();
        assert!(error.starts_with("row 2: `country` is \"C"), "{error}");
        assert!(error.contains("expected UTF-8"), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.bloom");
    let mut with_host = columns(&[]);
    with_host.push(("binary host (STRING)", latin));
    write_foreign(&path, &with_host, None);
    let error = told(&path).unwrap_err();
    assert!(error.contains("row 2: `host` is \"C"), "{error}");
}

#[test]
fn joined_files_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["ours.bloom", "longer.bloom", "foreign.bloom"].map(|name| folder.path().join(name));
    prepared(&paths[0], 60, |_| {});
    prepared(&paths[1], 600, |_| {});
    write_foreign(&paths[2], &columns(&[]), None);
    let joined = folder.path().join("joined.bloom");
    for first in &paths {
        assert!(told(first).is_ok());
        for last in &paths {
            for middle in [None, Some(&paths[0])] {
                let files = [Some(first), middle, Some(last)];
                let bytes: Vec<u8> = files
                    .iter()
                    .flatten()
                    .flat_map(|path| std::fs::read(path).unwrap())
                    .collect();
                std::fs::write(&joined, bytes).unwrap();
                let error = told(&joined).unwrap_err();
                assert!(
                    error.contains("joined.bloom: is several Parquet files joined"),
                    "{files:?}: {error}"
                );
            }
        }
    }
}
