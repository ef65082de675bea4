//! CSV logs read as a whole: dialects, joined files, faults, and random texts.

use crate::input::LogPart;
use crate::input::Options;
use crate::input::names::stands_for_none;
use crate::input::whole::{Whole as Reading, read as read_part, read_from};
use crate::model::MOST_PACKETS;
use crate::model::Protocol::{Tcp, Udp};
use crate::model::Reason;
use crate::model::{Event, Port, Protocol, Source, UNKNOWN_SOURCE};
use proptest::prelude::*;
use std::fmt::Write as _;

fn options(strict: bool) -> Options {
    Options {
        strict,
        ..Options::default()
    }
}

fn read(text: impl AsRef<[u8]>) -> Reading {
    read_from(text.as_ref(), "log.csv", &options(false)).unwrap()
}

fn error(text: impl AsRef<[u8]>) -> String {
    read_from(text.as_ref(), "log.csv", &options(false))
        .unwrap_err()
        .to_string()
}

fn strict_error(text: impl AsRef<[u8]>) -> String {
    read_from(text.as_ref(), "log.csv", &options(true))
        .unwrap_err()
        .to_string()
}

/// Lines and remarks of the rows left out for a reason.
fn left_out(reading: &Reading, reason: Reason) -> Vec<(u64, &str)> {
    let lines = reading.left_out.get(&reason).map(|left| &left.first_rows[..]);
    lines
        .unwrap_or_default()
        .iter()
        .map(|line| (line.place.number, line.what.as_str()))
        .collect()
}

fn ports(reading: &Reading) -> Vec<(Protocol, u16)> {
    reading
        .events
        .iter()
        .map(|event| (event.port.protocol, event.port.number))
        .collect()
}

fn rows_add_up(reading: &Reading) -> bool {
    let rows: u64 = reading.left_out.values().map(|left| left.rows).sum();
    let packets: u64 = reading.left_out.values().map(|left| left.packets).sum();
    let drawn: u64 = reading.events.iter().map(|event| event.packets).sum();
    reading.rows == rows + reading.events.len() as u64
        && reading.packets == packets + drawn
        && reading.lines.len() == reading.events.len()
}

#[test]
fn the_facts_of_july() {
    let july = read_part(&LogPart::Sample, &options(true)).unwrap();
    assert_eq!(july.source, "Marx honeypots, July 2013");
    assert_eq!((july.rows, july.packets), (79_832, 79_832));
    assert_eq!(july.events.len(), 72_599);
    assert!(rows_add_up(&july));
    assert!(july.warnings.is_empty());
    assert_eq!(july.left_out.keys().collect::<Vec<_>>(), [&Reason::NoPort]);
    assert_eq!(july.left_out[&Reason::NoPort].rows, 7_233);

    let mut packets = [0; 2];
    let mut seen = [(); 2].map(|()| std::collections::BTreeSet::new());
    for event in &july.events {
        packets[event.port.protocol.index()] += 1;
        seen[event.port.protocol.index()].insert(event.port.number);
    }
    assert_eq!(packets, [17_959, 54_640]);
    assert_eq!(seen.map(|ports| ports.len()), [243, 910]);
    assert_eq!(july.names.sources.len(), 137);
    assert_eq!(july.names.hosts.len(), 9);
    let iran = july.names.sources.iter().find(|country| country.code == "IR").unwrap();
    assert_eq!(iran.name, "Iran, Islamic Republic of");

    // The header is line 1, and no field of the sample holds a newline.
    assert_eq!(july.lines.first(), Some(&2));
    assert_eq!(july.lines.last(), Some(&79_833));
    let steps_back = july.events.windows(2).filter(|pair| pair[1].time_ns < pair[0].time_ns);
    assert!(steps_back.count() > 10_000, "the rows are in the order of the file");
}

#[test]
fn a_row_becomes_an_event() {
    let log = read(
        "datetime,proto,dpt,cc,country,host,packets\n\
         2013-07-24 09:40:05,UDP,2193,IR,\"Iran, Islamic Republic of\",groucho-oregon,12\n",
    );
    assert_eq!(
        log.events,
        [Event {
            time_ns: 1_374_658_805_000_000_000,
            port: Port {
                protocol: Protocol::Udp,
                number: 2193
            },
            source: 1,
            host: 0,
            packets: 12,
        }]
    );
    assert_eq!(log.lines, [2]);
    assert_eq!(log.source, "log.csv");
    assert_eq!(
        log.names.sources,
        [
            Source {
                code: "Unknown".into(),
                name: String::new()
            },
            Source {
                code: "IR".into(),
                name: "Iran, Islamic Republic of".into()
            },
        ]
    );
    assert_eq!(log.names.hosts, ["groucho-oregon"]);
    assert_eq!((log.rows, log.packets), (1, 12));
    assert!(log.warnings.is_empty() && log.left_out.is_empty());
}

#[test]
fn columns_by_name_in_any_order() {
    let header = "\u{feff} DPT ,src,Proto,dpt, DateTime,country_code,proto\r\n";
    let log = read(format!("{header}80,x,tcp,81,2013-07-01,us,udp\r\n"));
    assert_eq!(ports(&log), [(Protocol::Tcp, 80)], "the first of two equal names");
    assert_eq!(log.names.sources[1].code, "US");

    for header in ["time,protocol,dport", "timestamp,PROTO,dst_port", "TS,proto,port"] {
        assert_eq!(read(format!("{header}\n0,6,443\n")).events.len(), 1, "{header}");
    }
    // An alias does not displace portbloom's own name.
    let log = read("port,time,datetime,proto,dpt,count,cc\n1,x,0,17,2,3,FR\n");
    assert_eq!(ports(&log), [(Protocol::Udp, 2)]);
    assert_eq!(log.packets, 3);
}

#[test]
fn missing_columns_are_named() {
    assert_eq!(
        error("\n\nstamp,proto,src\n0,TCP,80\n"),
        "log.csv:3: no column for the time (`datetime`, `time`, `timestamp`, `ts`) or the \
         destination port (`dpt`, `dport`, `dst_port`, `port`); this line names `stamp`, \
         `proto`, `src`; add or rename the column in the header"
    );
    assert!(error("datetime;proto;port number\n").contains("names `datetime`, `proto`, `port number`;"));
    let wide = error(vec!["x"; 25].join(","));
    assert!(wide.contains("`x` and 5 more;"), "{wide}");
    assert!(error(vec!["x"; 20].join(",")).contains("`x`; add or"));
    assert!(error("<html>\n<body>\n").contains("this line names `<html>`"));
}

#[test]
fn nothing_to_read() {
    for text in ["", "\n", "\r\n \n\t\n", "\u{feff}", "\u{feff}\n"] {
        assert_eq!(
            error(text),
            "log.csv: is empty; expected a log: `portbloom formats` lists what can be read",
            "{text:?}"
        );
    }
    for text in [
        "time,proto,dpt",
        "time,proto,dpt\n",
        "time,proto,dpt\n\n \ntime,proto,dpt",
    ] {
        assert!(error(text).starts_with("log.csv: has a header and no rows"), "{text:?}");
    }
    assert_eq!(
        error("time,proto,dpt\n\n0,TCP,http\n0,TCP,\nx\n".replace("0,TCP,\n", "")),
        "log.csv:3: `dpt` is \"http\"; expected a port number 0-65535; none of the 2 rows can \
         be read: check that the header names the columns it stands above"
    );
    // Rows without ports can be read, though there is nothing to draw.
    let icmp = read("time,proto,dpt\n0,ICMP,\n");
    assert_eq!((icmp.rows, icmp.events.len()), (1, 0));
}

#[test]
fn no_country_column_is_a_warning() {
    let log = read("time,proto,dpt\n0,TCP,80\n");
    assert_eq!(
        log.warnings,
        ["no column `cc` or `country`: all packets come from the country `Unknown`"]
    );
    assert_eq!(log.events[0].source, UNKNOWN_SOURCE);
    assert_eq!(log.names.sources.len(), 1);
    assert_eq!(log.names.hosts, [""]);
    // By something else than countries, none are missed.
    let by = |group: &str, text: &str| {
        let options = Options {
            source_kind: Some(group.parse().unwrap()),
            ..Options::default()
        };
        read_from(text.as_bytes(), "log.csv", &options)
            .unwrap()
            .warnings
            .clone()
    };
    let none: [&str; 0] = [];
    let with_tenant = "time,proto,dpt,tenant\n0,TCP,80,a\n";
    assert_eq!(by("column:tenant", with_tenant), none);
    for (group, text, missing) in [
        ("column:nope", with_tenant, "a value of `nope`"),
        (
            "address",
            "time,proto,dpt,cc\n0,TCP,80,US\n",
            "the address of its source",
        ),
        (
            "network",
            "time,proto,dpt,src\n0,TCP,80,-\n",
            "the address of its source",
        ),
        (
            "asn",
            with_tenant,
            "an address that the table of autonomous systems has",
        ),
    ] {
        assert_eq!(
            by(group, text),
            [format!(
                "no record has {missing}, by which sources are grouped: all packets come from `Unknown`"
            )]
        );
    }
    assert_eq!(by("address", "time,proto,dpt,src\n0,TCP,80,192.0.2.1\n"), none);
}

#[test]
fn what_stands_for_none_is_no_host() {
    let log = read(
        "time,proto,dpt,cc,host,dst\n0,TCP,80,US,-,192.0.2.1\n0,TCP,80,US,null,192.0.2.1\n0,TCP,80,US,N/A,\n\
         0,TCP,80,US,web,192.0.2.1\n0,TCP,80,US,,192.0.2.2\n0,TCP,80,US,,\n",
    );
    let hosts: Vec<&str> = log
        .events
        .iter()
        .map(|event| log.names.hosts[event.host as usize].as_str())
        .collect();
    assert_eq!(hosts, ["192.0.2.1", "192.0.2.1", "", "web", "192.0.2.2", ""]);
    // A filter takes them for the same.
    let options = Options {
        filter: Some("host == 192.0.2.1".parse().unwrap()),
        ..Options::default()
    };
    let text = "time,proto,dpt,cc,host,dst\n0,TCP,80,US,-,192.0.2.1\n0,TCP,80,US,null,192.0.2.9\n";
    let log = read_from(text.as_bytes(), "log.csv", &options).unwrap();
    assert_eq!(
        (log.events.len(), &log.names.hosts[..]),
        (1, &["192.0.2.1".to_owned()][..])
    );
}

#[test]
fn line_numbers_survive_blank_lines_quotes_and_crlf() {
    let text = "\n\ntime,proto,dpt,cc\n\n0,TCP,1,A\n\n\n0,TCP,2,\"B\nb\n\"\n0,TCP,3,C\n \n\
                \n\"0\",\"TCP\",\"\n4\",\"\"\"D\"\"\"\n0,TCP,5,E\n\n0,TCP,6,F";
    let expected = [5, 8, 11, 14, 16, 18];
    for (text, name) in [
        (text.to_owned(), "LF"),
        (text.replace('\n', "\r\n"), "CR LF"),
        (format!("\u{feff}{text}"), "BOM"),
        (format!("{text}\n"), "newline at the end"),
        (format!("{text}\n\n\n"), "newlines at the end"),
    ] {
        let log = read(&text);
        assert_eq!(log.lines, expected, "{name}");
        assert_eq!(log.events.last().unwrap().port.number, 6);
        assert!(rows_add_up(&log));
    }
}

#[test]
fn long_logs_cross_the_buffer() {
    let mut text = "time,proto,dpt,cc\r\n".to_owned();
    for row in 0..30_000 {
        let _ = write!(text, "{row},TCP,80,\"a{}b\"\r\n", "\r\n".repeat(row % 3));
    }
    let log = read(&text);
    let mut line = 2;
    for (row, &found) in log.lines.iter().enumerate() {
        assert_eq!(found, line);
        line += 1 + (row % 3) as u64;
    }
    assert_eq!(log.lines.len(), 30_000);
}

#[test]
fn a_repeated_header_is_no_row() {
    let log = read(
        "time,proto,dpt,cc\n0,TCP,1,A\ntime,proto,dpt,cc\n0,TCP,2,B\n\
         \u{feff}CC,dpt,packets,proto,ts\nC,3,7,UDP,5\ntime,proto,dpt\n9,17,4\n",
    );
    assert_eq!(log.rows, 4);
    assert_eq!(log.packets, 10);
    assert!(log.left_out.is_empty());
    assert_eq!(ports(&log), [(Tcp, 1), (Tcp, 2), (Udp, 3), (Udp, 4)]);
    assert_eq!(log.lines, [2, 4, 6, 8]);
    let codes: Vec<_> = log.names.sources.iter().map(|c| c.code.as_str()).collect();
    assert_eq!(codes, ["Unknown", "A", "B", "C"]);
    assert_eq!(log.events[3].source, UNKNOWN_SOURCE);
    assert!(read_from(&b"time,proto,dpt\ntime,proto,dpt\n0,6,1\n"[..], "x", &options(true)).is_ok());
}

#[test]
fn protocols_and_ports() {
    let log = read(
        "time,proto,dpt,n\n0,tcp,0,\n0, Udp , 65535 ,\n0,6,00080,\n0,17,53,\n0,ICMP,80,\n\
         0,1,,\n0,gre,x,\n0,TCP,,\n0,udp, ,\n",
    );
    assert_eq!(ports(&log), [(Tcp, 0), (Udp, 65535), (Tcp, 80), (Udp, 53)]);
    assert_eq!(
        left_out(&log, Reason::NoPort),
        [
            (6, "`proto` is \"ICMP\""),
            (7, "`proto` is \"1\""),
            (8, "`proto` is \"gre\""),
            (9, "`dpt` is empty"),
            (10, "`dpt` is empty"),
        ]
    );
    assert!(!log.left_out.contains_key(&Reason::Unreadable));
}

#[test]
fn unreadable_rows_say_why() {
    let time = "; expected an existing date and time such as 2013-07-24 09:40:00 (UTC, or with an \
                offset such as +02:00), or Unix seconds";
    let port = "; expected a port number 0-65535";
    let count = format!("; expected a number of packets, {MOST_PACKETS} or fewer");
    let endless = "x".repeat(500);
    for (row, expected) in [
        ("0,TCP,http,1", format!("`Port` is \"http\"{port}")),
        ("0,TCP,65536,1", format!("`Port` is \"65536\"{port}")),
        ("0,TCP,-1,1", format!("`Port` is \"-1\"{port}")),
        ("0,TCP,+80,1", format!("`Port` is \"+80\"{port}")),
        ("0,TCP,80.5,1", format!("`Port` is \"80.5\"{port}")),
        (
            "0,TCP,99999999999999999999999,1",
            format!("`Port` is \"99999999999999999999999\"{port}"),
        ),
        (
            &format!("0,TCP,{endless},1"),
            format!("`Port` is \"{}…\"{port}", "x".repeat(40)),
        ),
        ("0,TCP,\"a\"\"\n'b\",1", format!("`Port` is \"a\"\\n'b\"{port}")),
        (
            "0,,80,1",
            "`proto` is empty; expected TCP, UDP or another protocol".to_owned(),
        ),
        (",TCP,80,1", format!("`Time` is empty{time}")),
        ("soon,TCP,80,1", format!("`Time` is \"soon\"{time}")),
        ("soon,ICMP,,1", format!("`Time` is \"soon\"{time}")),
        ("2013-02-30,TCP,80,1", format!("`Time` is \"2013-02-30\"{time}")),
        (
            "9999-01-01,TCP,80,1",
            "`Time` is \"9999-01-01\"; expected a time from 1677-09-22 to 2262-04-10, the span of \
             64-bit nanoseconds"
                .to_owned(),
        ),
        ("0,TCP,80,-1", format!("`Count` is \"-1\"{count}")),
        (
            &format!("0,TCP,80,{}", MOST_PACKETS + 1),
            format!("`Count` is \"{}\"{count}", MOST_PACKETS + 1),
        ),
        ("0,ICMP,,many", format!("`Count` is \"many\"{count}")),
        ("0,TCP", "row has 2 fields, expected at least 3".to_owned()),
        ("0", "row has 1 field, expected at least 3".to_owned()),
    ] {
        let text = format!("Time,proto,Port,Count\n0,UDP,53,4\n{row}\n");
        let log = read(&text);
        assert_eq!(left_out(&log, Reason::Unreadable), [(3, expected.as_str())]);
        // The row counts as a packet, unless it is their number that cannot be read.
        let packets = 4 + u64::from(!expected.ends_with(&count));
        assert_eq!((log.rows, log.packets, log.events.len()), (2, packets, 1));
        assert_eq!(
            strict_error(&text),
            format!("log.csv:3: {expected}; correct the row, or read without --strict to leave it out")
        );
    }
}

#[test]
fn bytes_that_are_not_utf8() {
    let log = read(b"time,proto,dpt,cc,host\n0,TCP,8\xff0,A,h\n\xfe,TCP,80,A,h\n0,6,1,\xe9,\xe8\n");
    let what = left_out(&log, Reason::Unreadable);
    assert_eq!(what[0], (2, "`dpt` is \"8\\xff0\"; expected a port number 0-65535"));
    assert!(what[1].1.starts_with("`time` is \"\\xfe\"; expected"));
    assert_eq!(log.names.sources[1].code, "\u{fffd}");
    assert_eq!(log.names.hosts, ["\u{fffd}"]);
}

#[test]
fn packets_default_to_one() {
    let log = read("time,proto,dpt,packets\n0,TCP,1,\n0,TCP,2\n0,TCP,3, 4294967295 \n0,ICMP,,9\n0,47\n0,ICMP,\n");
    let packets: Vec<_> = log.events.iter().map(|event| event.packets).collect();
    assert_eq!(packets, [1, 1, u64::from(u32::MAX)]);
    assert_eq!(log.left_out[&Reason::NoPort].packets, 10);
    assert_eq!(log.left_out[&Reason::Unreadable].packets, 1);
    assert_eq!(log.packets, 2 + u64::from(u32::MAX) + 10 + 1);
    assert!(rows_add_up(&log));
}

#[test]
fn countries_are_one_however_written() {
    let log = read(
        "time,proto,dpt,cc,country\n0,6,1,na,\n0,6,1,NA,Namibia\n0,6,1, Na ,Other\n0,6,1,,Narnia\n\
         0,6,1,,\n0,6,1,,unknown\n0,6,1,UNKNOWN,x\n0,6,1,NARNIA,\n0,6,1\n0,6,1,,Narnia\n0,6,1,,NA\n",
    );
    let countries: Vec<_> = log
        .names
        .sources
        .iter()
        .map(|c| (c.code.as_str(), c.name.as_str()))
        .collect();
    let expected = [
        ("Unknown", ""),
        ("NA", "Namibia"),
        ("Narnia", "Narnia"),
        ("x", "x"),
        ("NARNIA", ""),
    ];
    assert_eq!(countries, expected);
    let indices: Vec<_> = log.events.iter().map(|event| event.source).collect();
    assert_eq!(indices, [1, 1, 1, 2, 0, 0, 3, 4, 0, 2, 1]);
}

#[test]
fn hosts_are_numbered_by_first_use() {
    let log = read("time,proto,dpt,dst_host\n0,6,1,b\n0,1,,z\n0,6,1,a\n0,6,1,\n0,6,1, b\n0,6,1\n");
    assert_eq!(log.names.hosts, ["b", "a", ""]);
    let indices: Vec<_> = log.events.iter().map(|event| event.host).collect();
    assert_eq!(indices, [0, 1, 2, 0, 2]);
}

#[test]
fn only_the_first_lines_are_quoted_but_all_are_counted() {
    let text = format!("time,proto,dpt\n0,6,1\n{}", "x,6,1\n".repeat(20));
    let log = read(text);
    assert_eq!(log.left_out[&Reason::Unreadable].rows, 20);
    let lines: Vec<_> = left_out(&log, Reason::Unreadable).iter().map(|left| left.0).collect();
    assert_eq!(lines, [3, 4, 5, 6, 7]);
}

#[test]
fn a_runaway_quote_does_not_pass_in_silence() {
    let good = "0,6,1,A\n".repeat(150);
    let header = "time,proto,dpt,cc\n";
    let long = "row opens a quote that does not close within 100 lines or 1 MiB, expected it to close";
    let rows = "row opens a quote that takes in the rows below it, expected it to close";
    let unclosed = "row opens a quote that is never closed, expected it to close";
    // Never closed, with and without rows, blank lines and a newline after it.
    for end in ["", "\n", &format!("\n{good}")] {
        let log = read(format!("{header}0,6,1,A\n\n0,6,2,\"B{end}"));
        let fault = if end.len() < 2 { unclosed } else { long };
        assert_eq!(left_out(&log, Reason::Unreadable), [(4, fault)], "{end:?}");
        assert_eq!(
            log.warnings,
            [format!(
                "1 row on 1 line skipped, the first at line 4: {fault}; reading went on at the next line"
            )]
        );
        assert_eq!(log.events.len(), 1 + end.trim().lines().count());
    }
    // Closed by the next stray quote, far below or near.
    let log = read(format!("{header}0,6,2,\"B\n{good}0,6,2,\"C\n0,6,3,A\n"));
    assert_eq!(left_out(&log, Reason::Unreadable), [(2, long), (153, unclosed)]);
    assert_eq!(log.events.len(), 151);
    for between in [1, 5, 90] {
        let good = "0,6,1,A\n".repeat(between);
        for (next, fault, lost) in [
            ("0,6,2,\"C", rows, 2),
            ("0,6,2,\"C, D\"", rows, 1),
            ("0,6,2,\"\"", unclosed, 1),
        ] {
            let log = read(format!("{header}0,6,2,\"B\n{good}{next}\n0,6,3,A\n"));
            let found = left_out(&log, Reason::Unreadable);
            assert_eq!(found[0], (2, fault), "{between} {next}");
            assert_eq!(found.len(), lost, "{between} {next}: {found:?}");
            assert_eq!(log.events.len(), between + 3 - lost, "{between} {next}");
        }
    }
    // In a log that quotes every field.
    let log = read(
        "\"time\",\"proto\",\"dpt\",\"cc\"\n\"0\",\"6\",\"1\",\"A\n\"0\",\"6\",\"2\",\"B\"\n\"0\",\"6\",\"3\",\"C\"\n",
    );
    assert_eq!(left_out(&log, Reason::Unreadable), [(2, rows)]);
    assert_eq!(log.lines, [3, 4]);
    // Many of them are one warning.
    let runaways = format!("0,6,2,\"B\n{good}0,6,2,\"C\n").repeat(9);
    let log = read(format!("{header}0,6,1,A\n{runaways}"));
    assert_eq!(log.left_out[&Reason::Unreadable].rows, 18);
    assert_eq!(log.events.len(), 1 + 9 * 150);
    assert!(log.warnings[0].starts_with("18 rows on 18 lines skipped, the first at line 3: "));
    assert_eq!(log.warnings.len(), 1);
    // In a header, and in its repetition.
    assert!(error(format!("time,proto,dpt,\"cc\n{good}")).starts_with("log.csv:1: row opens"));
    let log = read(format!("{header}0,6,1,A\ntime,proto,dpt,\"cc\n{good}"));
    assert_eq!(left_out(&log, Reason::Unreadable).len(), 1);
    // As long as a row may be, up to the very end of the text.
    for end in ["\"", "\"\n"] {
        let log = read(format!("{header}0,6,2,\"{}{end}", "\n".repeat(99)));
        assert!(log.left_out.is_empty() && log.warnings.is_empty());
    }
    assert!(strict_error(format!("{header}0,6,2,\"B\n{good}")).starts_with("log.csv:2: row opens"));
}

/// A field that may need quotes.
const TEXT: &str = "[a-zA-Z0-9 ,\"\n\r\té;'-]{0,12}";

/// A country's code or name that may need quotes.
const COUNTRY: &str = "[a-zA-Z0-9 ,\n\ré'-]{0,12}";

/// A name as it is kept.
fn one_line(name: &str) -> String {
    if name.contains(char::is_control) {
        name.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        name.to_owned()
    }
}

/// The code that a country is kept under, and whether it is no country.
fn country_of(code: &str, name: &str) -> (String, bool) {
    let [code, name] = [code, name].map(|text| text.trim_matches([' ', '\n', '\r', '\t']));
    let [code, name] = [code, name].map(|text| if stands_for_none(text.as_bytes()) { "" } else { text });
    let by_code = !code.is_empty();
    let code = if code.is_empty() {
        name.to_owned()
    } else {
        code.to_uppercase()
    };
    let two_letters = code.len() == 2 && by_code;
    let code = one_line(&code);
    let known = crate::words::logged_country_code(&code).filter(|_| !two_letters);
    let code = known.map_or(code, str::to_owned);
    let unknown = code.is_empty();
    (if unknown { "Unknown".to_owned() } else { code }, unknown)
}

proptest! {
    #[test]
    fn random_bytes_do_not_panic(
        header in prop_oneof![Just(""), Just("time,proto,dpt\n"), Just("ts,port,proto,cc,host,count\n")],
        bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), proptest::sample::select(&b"0167,,,\"\"\n\n\r TCPUD"[..])],
            0..400,
        ),
        strict in any::<bool>(),
    ) {
        let text = [header.as_bytes(), &bytes].concat();
        if let Ok(reading) = read_from(&text[..], "log.csv", &options(strict)) {
            prop_assert!(rows_add_up(&reading));
            let lines = text.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64 + 1;
            prop_assert!(reading.rows < lines);
            prop_assert!(reading.lines.is_sorted_by(|a, b| a < b));
            prop_assert!(reading.lines.iter().all(|&line| line <= lines));
            let left = reading.left_out.values().flat_map(|left| &left.first_rows);
            prop_assert!(left.into_iter().all(|left| (2..=lines).contains(&left.place.number)));
        }
    }

    #[test]
    fn rows_round_trip(
        rows in proptest::collection::vec(
            (any::<i64>(), any::<bool>(), any::<u16>(), 1..=MOST_PACKETS / 30, COUNTRY, COUNTRY, TEXT), 1..30),
        crlf in any::<bool>(),
    ) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        writer.write_record(["host", "country", "cc", "packets", "dpt", "proto", "datetime"]).unwrap();
        for (time_ns, tcp, port, packets, code, name, host) in &rows {
            let time = jiff::Timestamp::from_nanosecond(i128::from(*time_ns)).unwrap().to_string();
            let (packets, port) = (packets.to_string(), port.to_string());
            let protocol = if *tcp { "TCP" } else { "UDP" };
            writer.write_record([host, name, code, &packets, &port, protocol, &time]).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let log = read_from(&text[..], "log.csv", &options(true)).unwrap();
        prop_assert_eq!(log.events.len(), rows.len());
        prop_assert_eq!(log.rows, rows.len() as u64);

        let mut line = 2;
        for (index, (time_ns, tcp, port, packets, code, name, host)) in rows.iter().enumerate() {
            let event = log.events[index];
            prop_assert_eq!(event.time_ns, *time_ns);
            prop_assert_eq!(event.packets, *packets);
            prop_assert_eq!((event.port.protocol == Protocol::Tcp, event.port.number), (*tcp, *port));
            let host = host.trim_matches([' ', '\n', '\r', '\t']);
            let host = if stands_for_none(host.as_bytes()) { "" } else { host };
            prop_assert_eq!(&log.names.hosts[event.host as usize], &one_line(host));
            let (code, unknown) = country_of(code, name);
            prop_assert_eq!(event.source == UNKNOWN_SOURCE, unknown);
            prop_assert_eq!(&log.names.sources[event.source as usize].code, &code);
            prop_assert_eq!(log.lines[index], line);
            let newlines = [&rows[index].4, &rows[index].5, &rows[index].6]
                .map(|text| text.matches('\n').count()).iter().sum::<usize>();
            line += 1 + newlines as u64;
        }
    }
}

/// Ports and countries of the events, and the number of rows that cannot be read.
fn told(text: impl AsRef<[u8]>) -> (Vec<(u16, String)>, u64) {
    let log = read(text);
    let country = |event: &Event| log.names.sources[event.source as usize].code.clone();
    let events = log.events.iter();
    let unreadable = log.left_out.get(&Reason::Unreadable).map_or(0, |left| left.rows);
    assert!(rows_add_up(&log));
    (
        events.map(|event| (event.port.number, country(event))).collect(),
        unreadable,
    )
}

/// Rows to the ports 1, 2 and so on, from these countries.
fn rows_of(countries: &[&str]) -> (Vec<(u16, String)>, u64) {
    let rows = (1..).zip(countries.iter().map(|code| (*code).to_owned()));
    (rows.collect(), 0)
}

#[test]
fn dialects_are_recognised_by_the_header() {
    let plain = "time,proto,dpt,cc\n0,TCP,1,AA\n1,UDP,2,BB\n";
    for text in [
        plain.to_owned(),
        plain.replace(',', "\t"),
        plain.replace(',', ";"),
        plain.replace(',', "|"),
        plain.replace(',', " , "),
        format!("sep=,\n{plain}"),
        format!("\u{feff}\"sep=;\"\r\n{}", plain.replace(',', ";")),
        format!("sep=\t\r\n{}", plain.replace(',', "\t")),
        format!("SEP=^\n{}", plain.replace(',', "^")),
        format!("# a comment, with a comma\n#\n\n{plain}"),
        plain.replace("time", "#time"),
        plain.replace("time", "# Time"),
        format!("Report of May\nby fw-1, and \"others\"\n\n{plain}"),
        "'time','proto','dpt','cc'\n'0','TCP','1','AA'\n'1','UDP','2','BB'\n".to_owned(),
        "\"time\",\"proto\",\"dpt\",\"cc\"\n\"0\",\"TCP\",\"1\",\"AA\"\n\"1\",\"UDP\",\"2\",\"BB\"\n".to_owned(),
        plain.replace('\n', "\r"),
        plain.replace('\n', "\r\n"),
        plain.replacen('\n', "\r", 2),
        plain.replace("AA\n", "AA\r"),
    ] {
        assert_eq!(told(&text), rows_of(&["AA", "BB"]), "{text:?}");
        assert_eq!(told(text.trim_end()), rows_of(&["AA", "BB"]), "{text:?}");
    }
    let log = read(format!("Report of May\n\nby fw-1\n{plain}"));
    assert_eq!(log.warnings, ["lines 1 to 3, before the header, skipped"]);
    assert_eq!(log.lines, [5, 6]);
    // What stands in quotes is no delimiter, whichever way they are escaped.
    let escaped = "time,proto,payload,dpt,cc\n0,TCP,\"a \\\"b\\\", c\",1,AA\n1,TCP,\"\\\\\",2,BB\n";
    assert_eq!(told(escaped), rows_of(&["AA", "BB"]));
    let doubled = "time,proto,payload,dpt,cc\n0,TCP,\"a \"\"b\"\", c\\\",1,AA\n1,TCP,\"\\\",2,BB\n";
    assert_eq!(told(doubled), rows_of(&["AA", "BB"]));
}

#[test]
fn joined_files_are_read_by_their_own_headers() {
    let first = "time,proto,dpt,cc\n0,TCP,1,AA\n";
    for (second, expected, unreadable) in [
        ("\u{feff}1,TCP,2,BB\n", &["AA", "BB"][..], 0),
        (
            "\u{feff}\"time\",\"proto\",\"dpt\",\"cc\"\n1,TCP,2,BB\n",
            &["AA", "BB"],
            0,
        ),
        ("\u{feff}cc;dpt;proto;time\nBB;2;TCP;1\n", &["AA", "BB"], 0),
        ("sep=;\ncc;dpt;proto;time\nBB;2;TCP;1\n", &["AA", "BB"], 0),
        (
            "cc\tdpt\tproto\ttime\nBB\t2\tTCP\t1\ntime,proto,dpt,cc\n1,TCP,3,CC\n",
            &["AA", "BB", "CC"],
            0,
        ),
        // Rows under a header that lacks columns are not read by the columns of another.
        ("cc,dpt,time\nBB,9,1\nCC,8,TCP,2\n", &["AA"], 3),
        ("cc,dpt,time\nBB,9,1\ntime,proto,dpt,cc\n1,TCP,2,BB\n", &["AA", "BB"], 2),
        // A part whose lines end in CR alone.
        ("1,TCP,2,BB\r2,TCP,3,CC\r3,TCP,4,DD\r", &["AA", "BB", "CC", "DD"], 0),
        ("cc,dpt,proto,time\rBB,2,TCP,1\rCC,3,TCP,1\r", &["AA", "BB", "CC"], 0),
    ] {
        let text = format!("{first}{second}");
        assert_eq!(told(&text), (rows_of(expected).0, unreadable), "{second:?}");
    }
    // Comments before the header repeat with it.
    let part = |row: &str| format!("# exported, by fw-1\ntime,proto,dpt,cc\n{row}\n");
    let text = part("0,TCP,1,AA") + &part("1,TCP,2,BB");
    assert_eq!(told(&text), rows_of(&["AA", "BB"]));
    assert!(read_from(text.as_bytes(), "x", &options(true)).is_ok());
    // A column of two names is the same one under every header.
    let header = "time,port,proto,port,cc\n";
    let text = format!("{header}0,40000,TCP,1,AA\n0,50000,TCP,2,BB\n\u{feff}{header}0,60000,TCP,3,CC\n");
    assert_eq!(told(text), rows_of(&["AA", "BB", "CC"]));
}

#[test]
fn text_of_two_bytes_a_letter_is_named() {
    let text = "time,proto,dpt\n0,TCP,80\n";
    for bytes in [
        text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
        text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ] {
        assert!(error(bytes).contains("is UTF-16 text without a byte order mark; save it as UTF-8"));
    }
    assert!(error("\0\0\0\0").contains("is binary data"));
}

#[test]
fn columns_are_chosen_by_what_they_hold() {
    for (text, taken) in [
        ("port,time,proto,port\n40000,0,TCP,80\n", "column 4 is read"),
        ("port,time,proto,port\n80,0,TCP,40000\n", "column 1 is read"),
        ("port,time,proto,dpt\n80,0,TCP,40000\n", "column 4 is read"),
        ("port,time,proto,dpt\n80,0,TCP,http\n", "column 1 is read"),
        ("time,ts,proto,dpt\n3.5,1714557600,TCP,80\n", "column 2 is read"),
        ("time,proto,protocol,dpt\n0,ssh,TCP,80\n", "column 3 is read"),
        ("time,proto,dpt,count,packets\n0,TCP,80,5,many\n", "column 4 is read"),
    ] {
        let log = read(text);
        assert_eq!(log.events.len(), 1, "{text}");
        assert!(
            log.warnings.iter().any(|warning| warning.contains(taken)),
            "{text}: {:?}",
            log.warnings
        );
        // What a remark gives as an example settles it, for another column.
        let remark = log
            .warnings
            .iter()
            .find(|warning| warning.contains("columns fit"))
            .unwrap();
        let example = remark.rsplit_once("like --columns ").unwrap().1;
        let options = Options {
            columns: example.parse().unwrap(),
            ..Options::default()
        };
        let other = read_from(text.as_bytes(), "log.csv", &options);
        let remarks = other.as_ref().map_or(&[][..], |log| &log.warnings);
        assert!(!remarks.iter().any(|remark| remark.contains("columns fit")), "{text}");
        let same = |other: &Reading| (&other.events, &other.left_out) == (&log.events, &log.left_out);
        assert!(!other.is_ok_and(|other| same(&other)), "{text}: {example}");
    }
    // A name that would have to be quoted, or that another column has, goes by its number.
    for (header, example) in [
        ("dpt,time,proto,dpt", "--columns port=4"),
        ("dpt,time,proto,destination port", "--columns port=4"),
        ("destination port,time,proto,dpt", "--columns port=1"),
    ] {
        let log = read(format!("{header}\n1,0,TCP,2\n"));
        let remark = log.warnings.iter().find(|warning| warning.contains("columns fit"));
        assert!(remark.unwrap().ends_with(example), "{header}: {remark:?}");
    }
    // Columns that say the same need no remark.
    let log = read("time,ts,proto,dpt,cc\n5,5,TCP,80,A\n");
    assert_eq!(log.warnings, [""; 0]);
}

#[test]
fn a_header_behind_the_last_row_of_a_file_is_told_from_it() {
    let first = "time,proto,dpt,spt,cc\n0,TCP,1,40000,AA\n1,TCP,2,40000,BB";
    for (second, expected, unreadable) in [
        ("time,proto,dpt,spt,cc\n2,TCP,3,40000,CC\n", &["AA", "BB", "CC"][..], 0),
        ("time,proto,spt,dpt,cc\n2,TCP,40000,3,CC\n", &["AA", "BB", "CC"], 0),
        ("time,proto,spt,dpt,cc\r\n2,TCP,40000,3,CC\r\n", &["AA", "BB", "CC"], 0),
        (
            "time, proto, spt, dpt, cc\n2, TCP, 40000, 3, CC\n",
            &["AA", "BB", "CC"],
            0,
        ),
        ("cc,dpt,proto,time\nCC,3,TCP,2\n", &["AA", "BB", "CC"], 0),
        ("sport,time,proto,dpt,cc\n40000,2,TCP,3,CC\n", &["AA", "BB", "CC"], 0),
        (
            "TS,protocol,dst_port,country_code\n2,TCP,3,CC\n",
            &["AA", "BB", "CC"],
            0,
        ),
        (
            "\u{feff}\"cc\",\"dpt\",\"proto\",\"time\"\n\"CC\",\"3\",\"TCP\",\"2\"\n",
            &["AA", "BB", "CC"],
            0,
        ),
        (
            "\"cc\"\t\"dpt\"\t\"proto\"\t\"time\"\nCC\t3\tTCP\t2\n",
            &["AA", "BB", "CC"],
            0,
        ),
        (
            "time,proto,spt,dpt,cc\r2,TCP,40000,3,CC\r3,TCP,40000,4,DD\r",
            &["AA", "BB", "CC", "DD"],
            0,
        ),
    ] {
        assert_eq!(
            told(format!("{first}{second}")),
            (rows_of(expected).0, unreadable),
            "{second:?}"
        );
        let log = read(format!("{first}{second}"));
        assert!(
            log.warnings
                .iter()
                .any(|warning| warning.contains("line 3: a header follows")),
            "{second:?}"
        );
    }
    // Where the row ends cannot be told; the header is one all the same.
    for second in [
        "uid,time,proto,dpt,cc\n40000,2,TCP,3,CC\n",
        "id,cc,dpt,proto,time\n7,CC,3,TCP,2\n",
    ] {
        let (events, unreadable) = told(format!("{first}{second}"));
        assert_eq!(events, [(1, "AA".to_owned()), (3, "CC".to_owned())], "{second:?}");
        assert_eq!(unreadable, 1, "{second:?}");
    }
    // A row that has names among its fields is a row.
    assert_eq!(told("time,proto,dpt,cc\n0,TCP,1,AA,time,proto,x\n"), rows_of(&["AA"]));
}

#[test]
fn two_stray_quotes_on_adjacent_rows_cost_a_row_each() {
    for header in [
        "note,time,proto,dpt,cc",
        "time,note,proto,dpt,cc",
        "time,proto,note,dpt,cc",
    ] {
        let row = |note: &str, port: u16| {
            header
                .replace("note", note)
                .replace("time", "0")
                .replace("proto", "TCP")
                .replace("dpt", &port.to_string())
                .replace("cc", "AA")
        };
        let rows = [row("a", 1), row("\"x", 2), row("\"y", 3), row("b", 4)].join("\n");
        let (events, unreadable) = told(format!("{header}\n{rows}\n"));
        let ports: Vec<u16> = events.iter().map(|event| event.0).collect();
        assert_eq!((ports, unreadable), (vec![1, 4], 2), "{header}");
    }
}

#[test]
fn rows_of_another_length_than_the_header_are_told() {
    let log = read(
        "time,proto,dport,src,packets,note\n0,tcp,22,192.0.2.1,5,a\n1,tcp,80\n2,tcp,80,192.0.2.1,6,7,8\n\
         3,tcp,80,192.0.2.1,2\n4,tcp,81,192.0.2.1,1,a,,\n5,tcp,81,192.0.2.1,1,a,5,tcp,81,192.0.2.1,1\n",
    );
    let events: Vec<(u16, u64)> = log
        .events
        .iter()
        .map(|event| (event.port.number, event.packets))
        .collect();
    assert_eq!(events, [(22, 5), (80, 1), (80, 6), (80, 2), (81, 1), (81, 1)]);
    assert_eq!((log.rows, log.left_out.len()), (6, 0));
    assert_eq!(
        log.warnings[1..],
        [
            "line 3: row ends before all columns that are read; those that are missing were taken to be empty",
            "line 4 and 1 more: row has more fields than the header names; it was read by the first of them"
        ]
    );
}

#[test]
fn lines_may_end_in_lf_and_cr() {
    let text = "cc,time,proto,dpt\n\"AA\",\"0\",\"TCP\",\"1\"\n\"BB\",\"1\",\"TCP\",\"2\"\n";
    assert_eq!(told(text.replace('\n', "\n\r")), rows_of(&["AA", "BB"]));
    assert_eq!(
        told(text.replace('"', "").replace('\n', "\n\r")),
        rows_of(&["AA", "BB"])
    );
}

#[test]
fn a_country_of_control_characters_quotes_or_fields_is_none() {
    for country in ["C\0N", "C\u{1b}[1mN", "U\"S", "US\"", "UStime;proto;dpt;cc", "USsep=;"] {
        let log = read(format!(
            "time,proto,dpt,cc\n0,TCP,1,AA\n0,TCP,2,{country}\n0,TCP,2,{country}\n"
        ));
        // A header behind a row costs the row at most.
        let told = log.left_out.get(&Reason::Unreadable).map_or(0, |left| left.rows);
        let codes: Vec<_> = log.names.sources.iter().map(|country| country.code.as_str()).collect();
        if country.contains("proto") {
            assert_eq!(codes, ["Unknown", "AA", "US"], "{country:?}");
            assert_eq!(told, 1, "{country:?}");
            continue;
        }
        assert_eq!((codes, told), (vec!["Unknown", "AA"], 2), "{country:?}");
        assert!(
            log.left_out[&Reason::Unreadable].first_rows[0]
                .what
                .starts_with("`cc` is ")
        );
        let log = read(format!(
            "time,proto,dpt,cc,country\n0,TCP,1,-,\"{}\"\n0,6,1,AA,x\n",
            country.replace('"', "\"\"")
        ));
        assert!(
            log.left_out[&Reason::Unreadable].first_rows[0]
                .what
                .starts_with("`country` is ")
        );
    }
}

#[test]
fn a_filter_leaves_rows_out_and_counts_them() {
    let text = "time,proto,dpt,country,host,packets\n0,TCP,22,Iran,a,3\n1,TCP,80,Iran,b,4\n2,ICMP,0,Iran,a,1\n3,UDP,22,China,a,5\n";
    let options = Options {
        filter: Some("port == 22 and source.country == IR".parse().unwrap()),
        ..options(false)
    };
    let log = read_from(text.as_bytes(), "log.csv", &options).unwrap();
    assert_eq!((log.events.len(), log.lines.clone()), (1, vec![2]));
    let filtered = &log.left_out[&Reason::Filtered];
    assert_eq!((filtered.rows, filtered.packets), (2, 9));
    assert_eq!(log.left_out[&Reason::NoPort].rows, 1);
    assert_eq!((log.rows, log.warnings.len()), (4, 0));
}

#[test]
fn a_filter_by_a_name_of_no_country_is_told() {
    let text = "time,proto,dpt,country\n0,TCP,22,Iran\n1,TCP,80,Atlantis\n";
    let told = |filter: &str| {
        let options = Options {
            filter: Some(filter.parse().unwrap()),
            ..options(false)
        };
        let log = read_from(text.as_bytes(), "log.csv", &options).unwrap();
        let told = log.warnings.iter().filter(|warning| warning.starts_with("--where"));
        told.cloned().collect::<Vec<_>>()
    };
    for filter in [
        "source.country == Chad or tcp",
        "source.country == atlantis",
        "source.country != Atlantis",
        "tcp or source.country contains nowhere",
    ] {
        assert_eq!(told(filter), [""; 0], "{filter}");
    }
    assert_eq!(
        told("tcp or not (source.country in {US, Nowhere})"),
        ["--where: `nowhere` is no country and no source of the log"]
    );
}

#[test]
fn columns_may_be_named_outright() {
    let chosen = |columns: &str| Options {
        columns: columns.parse().unwrap(),
        ..Options::default()
    };
    let text = "when,time,l4,dest.port,port,\"from, land\"\n7,x,6,22,1,US\n8,x,17,53,2,DE\n";
    let columns = "time=when,protocol=L4,port=dest.port,code=\"from, land\"";
    let log = read_from(text.as_bytes(), "log.csv", &chosen(columns)).unwrap();
    assert_eq!(ports(&log), [(Tcp, 22), (Udp, 53)]);
    assert_eq!(log.names.sources[2].code, "DE");
    // Joined, with the header in the middle and in another order.
    let joined = format!("{text}l4,when,dest.port,\"from, land\"\n6,9,80,FR\n");
    let log = read_from(joined.as_bytes(), "log.csv", &chosen(columns)).unwrap();
    assert_eq!(ports(&log), [(Tcp, 22), (Udp, 53), (Tcp, 80)]);
    let error = read_from(text.as_bytes(), "log.csv", &chosen("time=when,host=sensor,protocol=l4"));
    let error = error.unwrap_err().to_string();
    assert!(error.contains("no column for the receiving host (`sensor`)"), "{error}");
}

#[test]
fn columns_without_names_go_by_their_numbers() {
    let numbered = Options {
        columns: "time=2,port=4,protocol=3,code=1".parse().unwrap(),
        ..Options::default()
    };
    for text in [
        "US;7;tcp;22\nDE;8;udp;x\n",
        "land;at;l4;port\nUS;7;tcp;22\nDE;8;udp;x\n",
    ] {
        let log = read_from(text.as_bytes(), "log.csv", &numbered).unwrap();
        assert_eq!(ports(&log), [(Tcp, 22)]);
        let left = left_out(&log, Reason::Unreadable);
        let name = if text.starts_with("US") { "column 4" } else { "port" };
        assert_eq!(left.len(), 1);
        assert!(
            left[0].1.starts_with(&format!("`{name}` is \"x\"; expected")),
            "{left:?}"
        );
    }
}

#[test]
fn a_row_under_a_header_of_numbered_columns_is_a_row() {
    let numbered = Options {
        columns: "time=1,protocol=2,port=3,source=4".parse().unwrap(),
        time_format: Some("%Y-%m-%d %H:%M".parse().unwrap()),
        ..Options::default()
    };
    let text = "Zeit;P;D;S\n2024-01-01;TCP;22;8.8.8.8\n2024-01-02 13:00;UDP;53;8.8.8.8\n2024-01-03;1;2;3;4\n\
        2024-01-03 13:00;UDP;54;8.8.8.8\n";
    let log = read_from(text.as_bytes(), "log.csv", &numbered).unwrap();
    assert_eq!((log.rows, ports(&log)), (4, vec![(Udp, 53), (Udp, 54)]));
    let left = left_out(&log, Reason::Unreadable);
    assert_eq!(left.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4]);
    assert!(left[0].1.starts_with("`Zeit` is \"2024-01-01\""), "{left:?}");
}

#[test]
fn a_date_and_a_time_in_two_columns_are_one_time() {
    let (first, second) = (1_706_792_405, 1_706_792_406);
    for (header, rows, taken) in [
        (
            "date,time,proto,src,dport",
            [
                "2024-02-01,13:00:05,tcp,8.8.8.8,22",
                "2024-02-01,13:00:06,udp,8.8.8.8,53",
            ],
            "`date` and `time` are",
        ),
        (
            "dport;proto;Time;Date",
            ["22;tcp;1:00:05 PM;2/13/2024", "53;udp;1:00:06 PM;2/13/2024"],
            "`Date` and `Time` are",
        ),
        (
            "end_date,end_time,start_date,start_time,proto,dport",
            [
                "2024-02-02,14:00:00,2024-02-01,13:00:05,tcp,22",
                "2024-02-02,14:00:00,2024-02-01,13:00:06,udp,53",
            ],
            "`start_date` and `start_time` are",
        ),
        (
            "Date,Time of day,proto,dport",
            ["01.02.2024,13:00:05,tcp,22", ",13:00:06,udp,53"],
            "`Date` and `Time of day` are",
        ),
    ] {
        let days = if header.contains(';') { 12 * 86_400 } else { 0 };
        let text = format!("{header}\n{}\n{header}\n{}\n", rows[0], rows[1]);
        let log = read(&text);
        let times: Vec<i64> = log
            .events
            .iter()
            .map(|event| event.time_ns / 1_000_000_000 - days)
            .collect();
        // A row without a date is none.
        let expected = if rows[1].starts_with(',') {
            &[first][..]
        } else {
            &[first, second]
        };
        assert_eq!(times, expected, "{text}");
        assert_eq!(log.rows, 2, "{text}");
        assert!(log.formats[0].contains(taken), "{:?}", log.formats);
        assert!(
            !log.warnings.iter().any(|warning| warning.contains("columns fit")),
            "{:?}",
            log.warnings
        );
    }
    // Joined, with the columns in another order.
    let log =
        read("date,time,proto,dport\n2024-02-01,13:00:05,tcp,22\nproto,dport,time,date\nudp,53,13:00:06,2024-02-01\n");
    let times: Vec<i64> = log.events.iter().map(|event| event.time_ns / 1_000_000_000).collect();
    assert_eq!(times, [first, second]);
    // Named outright, by names and by numbers; one of the two alone is not enough.
    let by = |columns: &str| {
        let options = Options {
            columns: columns.parse().unwrap(),
            ..Options::default()
        };
        let text = "day,clock,proto,dport\n2024-02-01,13:00:05,tcp,22\n2024-02-01,13:00:06,udp,53\n";
        read_from(text.as_bytes(), "log.csv", &options).map(|log| {
            log.events
                .iter()
                .map(|event| event.time_ns / 1_000_000_000)
                .collect::<Vec<_>>()
        })
    };
    for columns in ["time=day+clock", "time=1+2", "time=Day+2"] {
        assert_eq!(by(columns).unwrap(), [first, second], "{columns}");
    }
    assert!(by("time=day+hour").unwrap_err().to_string().contains("`day+hour`"));
    // A time of another meaning beside one that is whole.
    let log = read("time,end time,proto,dport\n2024-02-01 13:00:05,14:00,tcp,22\n");
    assert_eq!(log.events[0].time_ns / 1_000_000_000, first);
}

#[test]
fn times_are_read_by_the_format_and_in_the_zone_given() {
    let given = Options {
        time_format: Some("%d.%m.%y %H:%M".parse().unwrap()),
        timezone: Some("Europe/Berlin".parse().unwrap()),
        ..Options::default()
    };
    let text = "time,proto,dpt\n24.07.13 11:40,tcp,22\n2013-07-24 11:40:00,tcp,22\n";
    let log = read_from(text.as_bytes(), "log.csv", &given).unwrap();
    assert_eq!(log.events.len(), 1);
    assert_eq!(log.events[0].time_ns, 1_374_658_800_000_000_000);
    let left = left_out(&log, Reason::Unreadable);
    assert!(
        left[0].1.contains("expected a time as --time-format has it"),
        "{left:?}"
    );
}

#[test]
fn a_row_behind_the_last_row_of_a_file_is_told_from_it() {
    for (header, first, second) in [
        ("time,proto,dpt,cc", "0,TCP,1,AA", "9,TCP,2,BB"),
        ("time,proto,dpt,cc", "1374658800,TCP,1,AA", "1374658801,TCP,2,BB"),
        (
            "time,proto,dpt,cc",
            "2013-07-24 09:40:00,TCP,1,AA",
            "2013-07-24 09:40:01,TCP,2,BB",
        ),
        (
            "time,proto,dpt,cc",
            "\"0\",\"TCP\",\"1\",\"AA\"",
            "\"9\",\"TCP\",\"2\",\"BB\"",
        ),
        ("cc,dpt,proto,time", "AA,1,TCP,1374658800", "BB,2,TCP,1374658801"),
        ("proto,cc,time,dpt", "TCP,AA,0,1", "UDP,BB,0,2"),
        ("time,cc,proto,dpt", "1374658800,AA,TCP,1", "1374658801,BB,TCP,2"),
        (
            "time,proto,dpt,cc,lon",
            "1374658800,6,1,AA,-122.0",
            "1374658801,6,2,BB,7.5",
        ),
        ("time,proto,dpt,cc,lon", "1374658800,6,1,AA,", "1374658801,6,2,BB,7.5"),
    ] {
        let text = format!("{header}\n{first}{second}\n{}\n", first.replace("AA", "CC"));
        let log = read(&text);
        let (events, unreadable) = told(&text);
        assert_eq!(unreadable, 0, "{text}");
        let (one, two, three) = ("AA".to_owned(), "BB".to_owned(), "CC".to_owned());
        assert_eq!(events, [(1, one), (2, two), (1, three)], "{text}");
        assert_eq!(log.lines, [2, 2, 3], "{text}");
        assert_eq!(
            log.warnings,
            ["line 2: a row follows the last row of the file before it on the same line; it was read as one"],
            "{text}"
        );
    }
    // Three files joined, and many times.
    let row = "9,TCP,1,AA";
    let text = format!("time,proto,dpt,cc\n{}", format!("{row}{row}{row}\n").repeat(40));
    let log = read(&text);
    assert_eq!((log.events.len(), log.lines.last()), (120, Some(&41)));
    assert!(log.warnings[0].starts_with("line 2 and 79 more: a row follows"));
    // Where the second begins cannot be told; neither row is guessed.
    let text = "time,proto,dpt\n0,TCP,8051,TCP,2\n7,TCP,3\n";
    let log = read(text);
    let unreadable = &log.left_out[&Reason::Unreadable];
    assert_eq!((log.events.len(), unreadable.rows), (1, 1));
    assert!(unreadable.first_rows[0].what.starts_with("row has another behind it"));
    // A row of more fields than the header names is a row.
    assert_eq!(
        told("time,proto,dpt,cc\n0,TCP,1,AA,1,2,3\n1,TCP,2,BB,,,,\n"),
        rows_of(&["AA", "BB"])
    );
}

#[test]
fn a_comment_behind_the_last_row_of_a_file_is_told_from_it() {
    for (header, row) in [
        ("time,proto,dpt,cc", "1,TCP,2,BB"),
        ("time,proto,dpt,cc", "\"1\",\"TCP\",\"2\",\"BB\""),
        ("time,proto,cc,dpt", "1,TCP,BB,2"),
        ("proto,dpt,cc,time", "TCP,2,BB,1"),
        ("time,proto,dpt,cc,country", "1,TCP,2,BB,Bee"),
        ("time,proto,dpt,cc,country", "1,TCP,2,,BB"),
    ] {
        for comment in ["#", "# exported, by fw-1", "#one\n# two\n\n#three"] {
            let first = row.replace("BB", "AA").replace('2', "1");
            let third = row.replace("BB", "CC").replace('2', "3");
            let text = format!("{header}\n{first}\n{row}{comment}\n{header}\n{third}\n");
            assert_eq!(told(&text), rows_of(&["AA", "BB", "CC"]), "{text}");
            let log = read(&text);
            let remark =
                "line 3: a comment follows the last row of the file before it on the same line; it was left out";
            assert_eq!(log.warnings, [remark], "{text}");
            assert!(read_from(text.as_bytes(), "x", &options(true)).is_ok(), "{text}");
        }
    }
    // A host may have the sign in its name.
    let log = read("time,proto,dpt,cc,host\n0,TCP,1,AA,web#1\n");
    assert_eq!((log.names.hosts[0].as_str(), log.warnings.len()), ("web#1", 0));
    assert_eq!(told("time,proto,dpt,cc\n0,TCP,1,#N/A\n").1, 0);
}

#[test]
fn a_country_in_quotes_may_hold_cr() {
    for end in ["\n", "\r", "\r\n"] {
        for newline in ["\r", "\n", "\r\n", "\r \n"] {
            for more in ["", ",x,y"] {
                let row = format!("0,TCP,1,,\"South{newline}Korea\"{more}{end}");
                let text =
                    format!("time,proto,dpt,cc,country{end}{row}0,TCP,2,,Chad{end}{row}0,TCP,1,,South Korea{end}");
                let log = read(&text);
                let names: Vec<_> = log.names.sources.iter().map(|country| country.name.as_str()).collect();
                assert_eq!(log.events.len(), 4, "{text:?}: {:?}", log.left_out);
                assert_eq!(names, ["", "South Korea", "Chad"], "{text:?}");
            }
        }
    }
    // Outside of quotes it ends a line.
    let log = read("time,proto,dpt,cc\n0,TCP,1,AA\rBB\n");
    let codes: Vec<_> = log.names.sources.iter().map(|country| country.code.as_str()).collect();
    assert_eq!(
        (codes, log.left_out[&Reason::Unreadable].rows),
        (vec!["Unknown", "AA"], 1)
    );
}

#[test]
fn several_byte_order_marks_are_as_one() {
    for end in ["\n", "\r", "\r\n"] {
        let file = |row: &str| format!("\u{feff}\u{feff}time,proto,dpt,cc{end}\u{feff}{row}{end}");
        let text = file("0,TCP,1,AA") + &file("1,TCP,2,BB");
        assert_eq!(told(&text), rows_of(&["AA", "BB"]), "{text:?}");
        let glued = text.replacen(&format!("AA{end}"), "AA", 1);
        assert_eq!(told(&glued), rows_of(&["AA", "BB"]), "{glued:?}");
    }
}

/// Packets and ports of the events of a log.
fn sizes(reading: &Reading) -> Vec<(u64, u16)> {
    let events = reading.events.iter();
    events.map(|event| (event.packets, event.port.number)).collect()
}

#[test]
fn points_part_threes_in_tables_by_semicolons() {
    let table = |delimiter: &str, rows: &[&str]| {
        let header = "time;proto;dpt;packets".replace(';', delimiter);
        let rows: String = rows
            .iter()
            .map(|row| format!("2013-07-24 09:40:00;tcp;{row}\n").replace(';', delimiter))
            .collect();
        read(format!("{header}\n{rows}"))
    };
    let european = table(";", &["1.433;1.234", "80;12", "8.080;1.000", "80;1.234.567", "80;7,0"]);
    let expected = [(1234, 1433), (12, 80), (1000, 8080), (1_234_567, 80), (7, 80)];
    assert_eq!(sizes(&european), expected);
    // Those beyond the rows that are looked at first.
    let mut rows = vec!["80;12"; 300];
    rows.push("80;1.000");
    assert_eq!(sizes(&table(";", &rows)).last(), Some(&(1000, 80)));
    // By tabs where the first rows show it; fractions of zeros are those of numbers that were no whole ones.
    assert_eq!(sizes(&table("\t", &["80;1.234", "80;5"])), [(1234, 80), (5, 80)]);
    assert_eq!(sizes(&table(";", &["80.0;1.000", "22.0;12.000"])), [(1, 80), (12, 22)]);
    assert_eq!(sizes(&table("\t", &["80;1.000", "80;12.000"])), [(1, 80), (12, 80)]);
    let comma = table(",", &["80;1.000", "80;1.234"]);
    assert_eq!(
        (sizes(&comma), left_out(&comma, Reason::Unreadable).len()),
        (vec![(1, 80)], 1)
    );
}

#[test]
fn headers_may_be_in_other_languages() {
    for header in [
        "Zeit;Protokoll;Zielport;Quell-IP;Pakete;L\u{e4}ndercode",
        "Horodatage;Protocole;Port de destination;Adresse source;Paquets;Code pays",
        "Fecha;Protocolo;Puerto de destino;IP origen;Paquetes;C\u{f3}digo de pa\u{ed}s",
        "Data e ora;Protocollo;Porta di destinazione;Indirizzo sorgente;Pacchetti;Codice paese",
        "Data hora;Protocolo;Porta de destino;Endere\u{e7}o de origem;Pacotes;C\u{f3}digo do pa\u{ed}s",
        "Tijdstip;Protocol;Doelpoort;Bronadres;Pakketten;Landcode",
    ] {
        let row = "24.07.2013 09:40:05;TCP;1.433;8.8.8.8;1.234;DE\n";
        // The header again, as where files are joined.
        let log = read(format!("{header}\n{row}{header}\n{row}"));
        assert_eq!(sizes(&log), [(1234, 1433); 2], "{header}");
        assert_eq!(log.names.sources[log.events[0].source as usize].code, "DE", "{header}");
        assert_eq!(log.rows, 2, "{header}");
    }
}

#[test]
fn days_of_spreadsheets_are_times() {
    for days in [["41479,5", "41480"], ["41479", "41480"], ["41479.25", "41480.0"]] {
        let log = read(format!("Zeit;proto;dpt\n{};tcp;80\n{};tcp;80\n", days[0], days[1]));
        let last = log.events.last().map(|event| event.time_ns / 1_000_000_000);
        // date -u -d 2013-07-25 +%s
        assert_eq!((log.events.len(), last), (2, Some(1_374_710_400)), "{days:?}");
        assert!(log.warnings.iter().any(|warning| warning.contains("Excel")));
    }
}

#[test]
fn a_table_with_both_ends_has_replies() {
    let text = "time,proto,src_ip,src_port,dst_ip,dst_port\n\
                1,tcp,8.8.8.8,50000,10.0.0.1,80\n\
                2,tcp,10.0.0.1,80,8.8.8.8,50000\n\
                3,udp,10.0.0.1,40000,8.8.8.8,5353\n\
                4,udp,8.8.8.8,5353,10.0.0.1,40000\n\
                5,tcp,10.0.0.1,22,8.8.4.4,50001\n\
                6,icmp,10.0.0.1,,8.8.8.8,\n";
    let log = read(text);
    assert_eq!(ports(&log), [(Tcp, 80), (Udp, 5353)]);
    assert_eq!(log.left_out[&Reason::Reply].rows, 3);
    // Without one of the four nothing is known of the way.
    let log = read(text.replace("src_port", "x"));
    assert_eq!(log.events.len(), 5);
}

#[test]
fn a_comment_behind_the_last_field_is_no_part_of_it() {
    for (field, value, cut) in [
        ("host", "tokyo# joined", "tokyo"),
        ("host", "tokyo#Fields: a", "tokyo"),
        ("host", "sensor #3", "sensor #3"),
        ("host", "sensor#3", "sensor#3"),
        ("dst", "10.0.0.1# joined, and more", "10.0.0.1"),
    ] {
        let log = read(format!("time,proto,dpt,{field}\n1,tcp,80,{value}\n2,tcp,80,{cut}\n"));
        let hosts = log.events.iter().map(|event| &log.names.hosts[event.host as usize]);
        assert_eq!(hosts.collect::<Vec<_>>(), [cut; 2], "{value}");
        let told = log.warnings.iter().any(|warning| warning.contains("comment"));
        assert_eq!(told, value != cut, "{:?}", log.warnings);
    }
    // The address that a country is looked up by.
    let log = read("time,proto,dpt,src\n1,tcp,80,8.8.8.8# joined\n");
    assert_eq!(log.names.sources[log.events[0].source as usize].code, "US");
}
