//! What nfdump prints for people: `-o line`, `long`, `extended` and formats of one's own (`-o fmt:%ts,%pr,...`): a flow
//! of one direction a line, below a line that names the columns, above some lines of sums.
//!
//! Source: <https://github.com/phaag/nfdump>, nfdump(1), "OUTPUT FORMATS". Fields are parted by blanks, or by the commas of
//! a format of one's own. The port of an IPv4 address stands behind a colon, that of an IPv6 address behind a point;
//! addresses of IPv6 that are cut short (without `-6`) are not known. Large numbers are rounded and have a unit
//! (`16.4 M`). Times are local to the machine that printed them.

use std::sync::Arc;

use crate::input::error::InputError;
use crate::input::fields::{Field, Fields, port_number, transport};
use crate::input::format::{About, Begin, Begun, Format, Start};
use crate::input::lines::{Line, LineReader, Lines};
use crate::input::piece::Piece;
use crate::input::record::{Address, Sign, Tie};
use crate::model::Protocol;

/// The format.
pub(super) struct NfdumpText;

const NAME: &str = "nfdump-text";

/// Number of lines that may stand before the one that names the columns.
const ODD_LINES: usize = 20;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    /// A date and a time of day, between which there is a blank.
    Time,
    /// Another time.
    OtherTime,
    Protocol,
    Source,
    SourcePort,
    /// An address and a port.
    SourceEnd,
    Destination,
    DestinationPort,
    DestinationEnd,
    Packets,
    Bytes,
    Flags,
    Other,
}

/// Titles of columns, and all that have blanks in them; those that begin like others come before them.
const TITLES: [(&str, Column); 45] = [
    ("Date first seen (raw)", Column::Other),
    ("Date first seen", Column::Time),
    ("Date flow start", Column::Time),
    ("Date last seen", Column::OtherTime),
    ("Date flow end", Column::OtherTime),
    ("Date flow received", Column::OtherTime),
    ("Event time", Column::OtherTime),
    ("Proto", Column::Protocol),
    ("Src IP Addr(..):Port", Column::SourceEnd),
    ("Src IP Addr(..)", Column::Source),
    ("Src IP Addr:Port", Column::SourceEnd),
    ("Src IP Addr", Column::Source),
    ("Src Pt", Column::SourcePort),
    ("Dst IP Addr(..):Port", Column::DestinationEnd),
    ("Dst IP Addr(..)", Column::Destination),
    ("Dst IP Addr:Port", Column::DestinationEnd),
    ("Dst IP Addr", Column::Destination),
    ("Dst Pt", Column::DestinationPort),
    ("In Pkt", Column::Packets),
    ("Packets", Column::Packets),
    ("Flags", Column::Flags),
    ("Out Pkt", Column::Other),
    ("In Byte", Column::Bytes),
    ("Bytes", Column::Bytes),
    ("Out Byte", Column::Other),
    ("X-Src IP Addr:Port", Column::Other),
    ("X-Dst IP Addr:Port", Column::Other),
    ("X-late Src IP", Column::Other),
    ("X-late Dst IP", Column::Other),
    ("Src Network", Column::Other),
    ("Dst Network", Column::Other),
    ("Src AS", Column::Other),
    ("Dst AS", Column::Other),
    ("Next AS", Column::Other),
    ("Prev AS", Column::Other),
    ("Next-hop IP", Column::Other),
    ("BGP next-hop IP", Column::Other),
    ("Router IP", Column::Other),
    ("Exp ID", Column::Other),
    ("In src MAC Addr", Column::Other),
    ("Out dst MAC Addr", Column::Other),
    ("In dst MAC Addr", Column::Other),
    ("Out src MAC Addr", Column::Other),
    ("Ingress ACL", Column::Other),
    ("Egress ACL", Column::Other),
];

/// The columns of a log, in their order.
#[derive(Debug, PartialEq, Eq)]
struct Columns(Vec<Column>);

impl Columns {
    /// The columns that a line names; none where it names too few.
    fn of(line: &[u8]) -> Option<Self> {
        if !line.trim_ascii_start().first()?.is_ascii_alphabetic() {
            return None;
        }
        let mut columns = Vec::new();
        let mut rest = line.trim_ascii();
        while !rest.is_empty() {
            let known = TITLES.iter().find(|(title, _)| rest.starts_with(title.as_bytes()));
            let (length, column) = match known {
                Some((title, column)) => (title.len(), *column),
                None => {
                    let end = rest.iter().position(|byte| matches!(byte, b' ' | b','));
                    (end.unwrap_or(rest.len()), Column::Other)
                }
            };
            columns.push(column);
            rest = rest[length..].trim_ascii_start();
            rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
        }
        let has = |column: Column| columns.contains(&column);
        let port = has(Column::DestinationEnd) || has(Column::DestinationPort);
        (has(Column::Time) && has(Column::Protocol) && port).then_some(Self(columns))
    }
}

impl Format for NfdumpText {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "nfdump -o line, long, extended, fmt",
            counted: "each flow, by its packets, when it was first seen; the host is the destination; the way from a server is \
                      a reply",
            measures: About::EVERY,
        }
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let (mut at, mut places) = (0, 0);
        while let Some(length) = memchr::memchr(b'\n', &start.bytes[at..]) {
            let columns = Columns::of(&start.bytes[at..at + length]);
            at += length + 1;
            places += 1;
            if let Some(columns) = columns {
                return Begin::Head(Begun {
                    head: Arc::new(Lines(Arc::new(columns))),
                    at,
                    places,
                    taken: "read as text of nfdump: date first seen, proto, destination, its port, packets".to_owned(),
                    remarks: Vec::new(),
                });
            }
            if places as usize >= ODD_LINES {
                break;
            }
        }
        Begin::Other(InputError::OtherFormat {
            name: start.name.to_owned(),
            format: NAME,
            what: "no line of it names `Date first seen`, `Proto` and a destination port".to_owned(),
        })
    }
}

impl LineReader for Columns {
    fn read(&self, line: &[u8], place: u64, piece: &mut Piece) -> Line<Self> {
        const SUMS: [&[u8]; 6] = [
            b"Summary",
            b"Time window",
            b"Total flows",
            b"Sys:",
            b"Wall:",
            b"No match",
        ];
        if let Some(columns) = Self::of(line) {
            return if columns == *self {
                Line::Other
            } else {
                Line::Change(columns)
            };
        }
        if SUMS.iter().any(|sum| line.starts_with(sum)) {
            return Line::Other;
        }
        // Most rows begin with a time.
        if !line[0].is_ascii_digit() && matches!(self.0.first(), Some(Column::Time | Column::OtherTime)) {
            return Line::Foreign;
        }
        let mut words = Words::of(line);
        let mut fields = Fields {
            no_country: true,
            ..Fields::default()
        };
        let (mut flags, mut rounded, mut rounded_bytes) = (&b""[..], None, None);
        for column in &self.0 {
            let word = match column {
                Column::Time | Column::OtherTime => words.date(),
                _ => words.next(),
            };
            let Some(word) = word else { break };
            let (word, unit) = match column {
                Column::Packets | Column::Bytes | Column::Other => words.unit(word),
                _ => (word, None),
            };
            match column {
                Column::Time => fields.time = word,
                Column::Protocol => fields.protocol = word,
                Column::Source => fields.source = Address::Text(address_of(word)),
                Column::SourcePort => fields.source_port = word,
                Column::SourceEnd => {
                    let (address, port) = end_of(word);
                    (fields.source, fields.source_port) = (Address::Text(address), port);
                }
                Column::Destination => fields.destination = Address::Text(address_of(word)),
                Column::DestinationPort => fields.port = word,
                Column::DestinationEnd => {
                    let (address, port) = end_of(word);
                    (fields.destination, fields.port) = (Address::Text(address), port);
                }
                Column::Packets => {
                    fields.packets = word;
                    rounded = unit.and_then(|unit| times(word, unit));
                }
                Column::Bytes => {
                    fields.bytes = word;
                    rounded_bytes = unit.and_then(|unit| times(word, unit));
                }
                Column::Flags => flags = word,
                Column::OtherTime | Column::Other => {}
            }
        }
        let [rounded, rounded_bytes] = [rounded, rounded_bytes].map(|number| number.map(|number| number.to_string()));
        if let Some(bytes) = &rounded_bytes {
            fields.bytes = bytes.as_bytes();
        }
        if let Some(packets) = &rounded {
            fields.packets = packets.as_bytes();
        }
        fields.tie = tie(&fields, flags);
        let name = |field: Field| match field {
            Field::Time => "Date first seen",
            Field::Protocol => "Proto",
            Field::Port => "Dst Pt",
            Field::Packets => "Packets",
            Field::Bytes => "Bytes",
            Field::Code | Field::Country => "country",
        };
        match piece.add(place, &fields, name) {
            Ok(()) => Line::Record,
            Err(fault) => Line::Unreadable(fault.describe(name(fault.field()), &fields)),
        }
    }
}

/// The fields of a line.
struct Words<'a> {
    rest: &'a [u8],
    /// Whether commas part them, and not blanks.
    commas: bool,
}

impl<'a> Words<'a> {
    fn of(line: &'a [u8]) -> Self {
        Self {
            rest: line,
            commas: memchr::memchr(b',', line).is_some(),
        }
    }

    /// The next word, arrows left out.
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let end = self.rest.iter().position(|byte| match self.commas {
                true => *byte == b',',
                false => *byte == b' ',
            });
            let end = end.unwrap_or(self.rest.len());
            let word = self.rest[..end].trim_ascii();
            self.rest = self.rest.get(end + 1..).unwrap_or_default().trim_ascii_start();
            if !matches!(word, b"->" | b"<->") {
                return Some(word);
            }
        }
    }

    /// A date and a time of day.
    fn date(&mut self) -> Option<&'a [u8]> {
        if self.commas {
            return self.next();
        }
        let text = self.rest;
        self.next()?;
        let time = self.next()?;
        let end = time.as_ptr_range().end as usize - text.as_ptr() as usize;
        Some(&text[..end])
    }

    /// A number without the unit behind it, which stands there if it is rounded: `M` for a million.
    fn unit(&mut self, word: &'a [u8]) -> (&'a [u8], Option<u64>) {
        let factor = |unit: &[u8]| match unit {
            b"K" => Some(1_000),
            b"M" => Some(1_000_000),
            b"G" => Some(1_000_000_000),
            b"T" => Some(1_000_000_000_000),
            _ => None,
        };
        if self.commas {
            return match word {
                [number @ .., b' ', unit] => match factor(&[*unit]) {
                    Some(factor) => (number.trim_ascii(), Some(factor)),
                    None => (word, None),
                },
                _ => (word, None),
            };
        }
        let end = memchr::memchr(b' ', self.rest).unwrap_or(self.rest.len());
        let factor = factor(&self.rest[..end]);
        if factor.is_some() {
            self.next();
        }
        (word, factor)
    }
}

/// A number with one decimal place, times a factor.
fn times(number: &[u8], factor: u64) -> Option<u64> {
    let text = str::from_utf8(number).ok()?;
    let (whole, tenths) = text.split_once('.').unwrap_or((text, "0"));
    let (whole, tenths): (u64, u64) = (whole.parse().ok()?, tenths.parse().ok().filter(|tenths| *tenths < 10)?);
    whole.checked_mul(10)?.checked_add(tenths)?.checked_mul(factor / 10)
}

/// The address and the port of `192.0.2.1:80`, `2001:db8::1.443` or `192.0.2.1(DE):80`.
fn end_of(word: &[u8]) -> (&[u8], &[u8]) {
    let colons = memchr::memchr_iter(b':', word).count();
    let sign = memchr::memrchr(if colons > 1 { b'.' } else { b':' }, word);
    sign.map_or((word, b""), |sign| (address_of(&word[..sign]), &word[sign + 1..]))
}

/// An address without the country behind it: `192.0.2.1(DE)`.
fn address_of(word: &[u8]) -> &[u8] {
    &word[..memchr::memchr(b'(', word).unwrap_or(word.len())]
}

/// What ties a flow to that of the other way.
fn tie(fields: &Fields<'_>, flags: &[u8]) -> Tie {
    let protocol = match transport(fields.protocol) {
        Some(Protocol::Tcp) => 6,
        Some(Protocol::Udp) => 17,
        None => return Tie::default(),
    };
    // Flags are those of all packets together: whoever sent nothing but a SYN began.
    let sign = match flags.contains(&b'S') && !flags.contains(&b'A') {
        true => Sign::Opens,
        false => Sign::None,
    };
    let end = |address: Address<'_>, port: &[u8]| Some((address.ip()?, port_number(port)?));
    let ends = end(fields.source, fields.source_port).zip(end(fields.destination, fields.port));
    ends.map_or(Tie::default(), |(from, to)| Tie::one_way(protocol, from, to, sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Options;
    use crate::input::whole::{Whole, read_from};
    use crate::model::Protocol::{Tcp, Udp};
    use crate::model::Reason;

    fn read(text: &[u8]) -> Whole {
        read_from(text, "flows.txt", &Options::default()).unwrap()
    }

    fn events(log: &Whole) -> Vec<(Protocol, u16, u64)> {
        let events = log.events.iter();
        let mut events: Vec<_> = events
            .map(|event| (event.port.protocol, event.port.number, event.packets))
            .collect();
        events.sort_unstable_by_key(|event| event.1);
        events
    }

    #[test]
    fn flows_are_those_of_the_capture() {
        // Printed by nfdump 1.7.1 of the capture that the tables of text are of.
        let flows = [(Tcp, 22, 4), (Tcp, 23, 1), (Udp, 53, 1), (Tcp, 443, 1), (Udp, 1900, 1)];
        for text in [
            &include_bytes!("../../../tests/logs/nfdump/long.txt")[..],
            include_bytes!("../../../tests/logs/nfdump/fmt.txt"),
        ] {
            let log = read(text);
            assert_eq!(events(&log), flows);
            let rows = |reason: Reason| log.left_out.get(&reason).map_or(0, |left| left.rows);
            assert_eq!([Reason::Reply, Reason::NoPort, Reason::Unreadable].map(rows), [2, 2, 0]);
            assert_eq!(log.names.hosts, ["198.51.100.7", "2001:db8::7"]);
            assert!(
                log.formats[0].starts_with("read as text of nfdump"),
                "{:?}",
                log.formats
            );
            assert!(
                log.warnings.iter().all(|warning| !warning.contains("something else")),
                "{:?}",
                log.warnings
            );
        }
    }

    #[test]
    fn large_numbers_are_rounded_and_columns_in_any_order() {
        let text = "Date flow start          Duration Proto      Src IP Addr:Port          Dst IP Addr:Port   Packets    Bytes Flows\n\
            2006-09-06 22:53:10.007    60.000 TCP           10.0.0.1:1000  ->         10.0.0.2:80      1.2 M   16.4 M     1\n\
            2006-09-06 22:53:10.007    60.000 TCP           10.0.0.1:1000  ->         10.0.0.2:81        17   16.4 M     1\n\
            Summary: total flows: 2\n";
        assert_eq!(events(&read(text.as_bytes())), [(Tcp, 80, 1_200_000), (Tcp, 81, 17)]);
        // Of a firewall, with names of countries, and of both ways at once.
        let text = "Date first seen          Event  XEvent Proto      Src IP Addr:Port          Dst IP Addr:Port     X-Src IP Addr:Port        X-Dst IP Addr:Port   In Byte Out Byte In Pkt\n\
            2022-10-06 13:55:27.120 INVALID  Ignore UDP     100.64.205.216:54915 ->   100.64.223.255:53          0.0.0.0:0     ->          0.0.0.0:0          582  1.2 M 7\n";
        assert_eq!(events(&read(text.as_bytes())), [(Udp, 53, 7)]);
        let text = "Date first seen Proto Src IP Addr(..):Port Dst IP Addr(..):Port Out Pkt In Pkt Flows\n\
            2022-10-06 13:55:27.120 TCP 192.0.2.1(DE):4000 <-> 192.0.2.2(US):443 3 4 1\n\
            2022-10-06 13:55:27.120 TCP 2001:db8::1(DE).4000 <-> 2001:db8::2(US).8443 3 5 1\n";
        let log = read(text.as_bytes());
        assert_eq!(events(&log), [(Tcp, 443, 4), (Tcp, 8443, 5)]);
        assert_eq!(log.names.hosts, ["192.0.2.2", "2001:db8::2"]);
        let text = "Proto, Dst Pt, Packets, Date first seen\nUDP  ,    53,  16.4 M, 2013-07-24 09:40:06.300\nUDP,x,1,2013-07-24 09:40:06\n";
        let log = read(text.as_bytes());
        assert_eq!(events(&log), [(Udp, 53, 16_400_000)]);
        let unreadable = &log.left_out[&Reason::Unreadable].first_rows[0];
        assert!(unreadable.what.starts_with("`Dst Pt` is \"x\""), "{}", unreadable.what);
    }

    #[test]
    fn every_prefix_is_read_or_refused() {
        for text in [
            &include_bytes!("../../../tests/logs/nfdump/long.txt")[..],
            include_bytes!("../../../tests/logs/nfdump/fmt.txt"),
        ] {
            for end in 0..text.len() {
                if let Ok(log) = read_from(&text[..end], "flows.txt", &Options::default()) {
                    let left: u64 = log.left_out.values().map(|left| left.rows).sum();
                    assert_eq!(log.rows, left + log.events.len() as u64);
                }
            }
        }
    }
}
