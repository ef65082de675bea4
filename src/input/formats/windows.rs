//! The log of Windows' firewall, `pfirewall.log`: a line a packet or a connection, below lines that begin with
//! `#` and name the fields.
//!
//! Source: Microsoft, "Configure Windows Firewall logging"
//! (<https://learn.microsoft.com/windows/security/operating-system-security/network-security/windows-firewall/configure-logging>).
//! Times are those of the machine's zone. A line counts as one packet: connections that were allowed have a
//! size of 0. A packet that was dropped may be one way of a conversation, so replies are told by its flags
//! and ports. `INFO-EVENTS-LOST` says that lines are missing.

use std::sync::Arc;

use crate::input::clock::Clock;
use crate::input::error::InputError;
use crate::input::fields::{Fault, Field, Fields};
use crate::input::format::{About, Begin, Begun, Format, Start};
use crate::input::lines::{Line, LineReader, Lines};
use crate::input::piece::Piece;
use crate::input::record::Tie;
use crate::input::stamp::{Stamp, stamp_of};

use super::ends::{End, one_way, sign};

/// The format.
pub(super) struct Windows;

/// The fields that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Date,
    Time,
    Action,
    Protocol,
    Source,
    Destination,
    SourcePort,
    Port,
    Flags,
    Size,
}

impl Column {
    const ALL: [Self; 10] = [
        Self::Date,
        Self::Time,
        Self::Action,
        Self::Protocol,
        Self::Source,
        Self::Destination,
        Self::SourcePort,
        Self::Port,
        Self::Flags,
        Self::Size,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Time => "time",
            Self::Action => "action",
            Self::Protocol => "protocol",
            Self::Source => "src-ip",
            Self::Destination => "dst-ip",
            Self::SourcePort => "src-port",
            Self::Port => "dst-port",
            Self::Flags => "tcpflags",
            Self::Size => "size",
        }
    }
}

/// Where in a line each field is.
type Columns = [Option<usize>; Column::ALL.len()];

/// The columns that a line `#Fields: ...` names; none where it is another, or lacks one that is needed.
fn columns(line: &[u8]) -> Option<Columns> {
    let names = line.strip_prefix(b"#Fields:")?.split(|byte| *byte == b' ');
    let names: Vec<&[u8]> = names.filter(|name| !name.is_empty()).collect();
    let columns = Column::ALL.map(|column| names.iter().position(|name| *name == column.name().as_bytes()));
    let optional = [Column::SourcePort, Column::Flags, Column::Size];
    let whole = Column::ALL
        .iter()
        .zip(&columns)
        .all(|(column, at)| at.is_some() || optional.contains(column));
    whole.then_some(columns)
}

impl Format for Windows {
    fn about(&self) -> About {
        About {
            name: "windows-firewall",
            title: "Windows firewall log (pfirewall.log)",
            counted: "each line as one packet; the host is the destination address; dropped packets back to whoever \
                      began are replies",
            measures: About::EVERY,
        }
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let mut at = if start.bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let (mut places, mut found) = (0, None);
        let mut first = Stamp::None;
        while let Some(length) = memchr::memchr(b'\n', &start.bytes[at..]) {
            let line = start.bytes[at..at + length].trim_ascii();
            if !line.is_empty() && !line.starts_with(b"#") {
                if let Some(columns) = &found {
                    let [date, time] = [Column::Date, Column::Time].map(|column| of(line, columns, column));
                    first = stamp_of(date, time, b"");
                }
                break;
            }
            found = columns(line).or(found);
            at += length + 1;
            places += 1;
        }
        let Some(columns) = found else {
            return Begin::Other(InputError::OtherFormat {
                name: start.name.to_owned(),
                format: "windows-firewall",
                what:
                    "no line above the first record names the fields, `#Fields: date time action protocol src-ip ...`"
                        .to_owned(),
            });
        };
        let (clock, remark) = Clock::new(start, first, Stamp::None);
        Begin::Head(Begun {
            head: Arc::new(Lines(Arc::new(Reader { columns, clock }))),
            at,
            places,
            taken: "read as Windows firewall log: date, time, protocol, src-ip, dst-ip, dst-port".to_owned(),
            remarks: remark.into_iter().collect(),
        })
    }
}

/// A field of a line; empty where there is none.
fn of<'l>(line: &'l [u8], columns: &Columns, column: Column) -> &'l [u8] {
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let word = columns[column as usize].and_then(|at| words.nth(at));
    word.filter(|word| *word != b"-").unwrap_or_default()
}

/// Reads the lines below the head.
#[derive(Clone)]
struct Reader {
    columns: Columns,
    clock: Clock,
}

impl LineReader for Reader {
    fn read(&self, line: &[u8], place: u64, piece: &mut Piece) -> Line<Self> {
        if line.starts_with(b"#") {
            return match columns(line) {
                Some(columns) if columns != self.columns => Line::Change(Self {
                    columns,
                    ..self.clone()
                }),
                _ => Line::Other,
            };
        }
        let mut found = [&b""[..]; Column::ALL.len()];
        let words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let mut count = 0;
        for (index, word) in words.enumerate() {
            count = index + 1;
            for (field, at) in found.iter_mut().zip(&self.columns) {
                if *at == Some(index) && word != b"-" {
                    *field = word;
                }
            }
        }
        let of = |column: Column| found[column as usize];
        if of(Column::Action) == b"INFO-EVENTS-LOST" {
            piece.remark(place, "the firewall says that it lost events");
            return Line::Other;
        }
        let needed = self.columns[..Column::Size as usize]
            .iter()
            .flatten()
            .max()
            .map_or(0, |last| last + 1);
        if count < needed {
            return Line::Unreadable(format!(
                "line has {count} field{}, expected at least {needed}, as `#Fields:` names",
                if count == 1 { "" } else { "s" }
            ));
        }
        let protocol = of(Column::Protocol);
        let from = End::of(of(Column::Source), of(Column::SourcePort));
        let to = End::of(of(Column::Destination), of(Column::Port));
        let flags = of(Column::Flags);
        let dropped = of(Column::Action) == b"DROP";
        let sign = sign(flags.contains(&b'S'), flags.contains(&b'A'));
        let mut fields = Fields {
            time: of(Column::Time),
            protocol,
            port: to.port,
            bytes: of(Column::Size),
            source: from.address,
            destination: to.address,
            no_country: true,
            tie: if dropped {
                one_way(protocol, &from, &to, sign)
            } else {
                Tie::default()
            },
            ..Fields::default()
        };
        let stamp = stamp_of(of(Column::Date), of(Column::Time), b"");
        match self.clock.read(stamp) {
            Ok(read) => fields.time_ns = Some(read.time_ns),
            Err(error) => return Line::Unreadable(Fault::Time(error).describe("time", &fields)),
        }
        let name = |field: Field| match field {
            Field::Time => "time",
            Field::Protocol => "protocol",
            Field::Port => "dst-port",
            Field::Packets => "packets",
            Field::Bytes => "size",
            Field::Code | Field::Country => "country",
        };
        match piece.add(place, &fields, name) {
            Ok(()) => Line::Record,
            Err(fault) => Line::Unreadable(fault.describe(name(fault.field()), &fields)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::input::Options;
    use crate::input::whole::{Whole, read_from};
    use crate::model::Reason;

    /// Five lines of packets: `grep -c "TCP\|UDP\|ICMP"`.
    const LOG: &str = include_str!("../../../tests/logs/windows-firewall/pfirewall.log");

    fn read(bytes: &[u8], options: &Options) -> Whole {
        read_from(bytes, "pfirewall.log", options).unwrap()
    }

    fn ports(log: &Whole) -> Vec<u16> {
        log.events.iter().map(|event| event.port.number).collect()
    }

    #[test]
    fn packets_and_connections_are_read() {
        let log = read(LOG.as_bytes(), &Options::default());
        assert_eq!(ports(&log), [23, 443, 1900]);
        assert_eq!((log.rows, log.left_out[&Reason::Reply].rows), (5, 1));
        assert_eq!(log.other_protocols, [("ICMP".to_owned(), 1)].into());
        assert_eq!(log.events[0].time_ns, 1_767_348_672_000_000_000);
        assert_eq!(log.names.hosts, ["203.0.113.7", "8.8.4.4", "239.255.255.250"]);
        let lost = "line 10 and 1 more: the firewall says that it lost events";
        assert!(
            log.warnings.iter().any(|warning| warning.starts_with(lost)),
            "{:?}",
            log.warnings
        );
        let zone = Options {
            timezone: Some("Europe/Berlin".parse().unwrap()),
            format: Some("windows-firewall".to_owned()),
            ..Options::default()
        };
        assert_eq!(read(LOG.as_bytes(), &zone).events[0].time_ns, 1_767_345_072_000_000_000);
    }

    #[test]
    fn it_may_be_in_utf_16_and_its_fields_in_any_order() {
        let text = format!("\u{feff}{}", LOG.replace('\n', "\r\n"));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(ports(&read(&bytes, &Options::default())), [23, 443, 1900]);
        let text = format!(
            "{LOG}#Fields: protocol date time dst-port src-ip dst-ip action\nTCP 2026-01-02 10:11:12 80 8.8.8.8 1.1.1.1 DROP\n\
             TCP 2026-01-02 10:11:12 http 8.8.8.8 1.1.1.1 DROP\nTCP soon\n"
        );
        let log = read(text.as_bytes(), &Options::default());
        assert_eq!(ports(&log), [23, 443, 1900, 80, 80]);
        assert_eq!(log.left_out[&Reason::Unreadable].rows, 1);
    }

    #[test]
    fn a_line_that_was_cut_cannot_be_read() {
        let line = LOG.lines().find(|line| line.contains(" TCP ")).unwrap();
        let cut = line.split(' ').take(7).collect::<Vec<_>>().join(" ");
        let log = read(format!("{LOG}{cut}").as_bytes(), &Options::default());
        assert_eq!((log.rows, log.left_out[&Reason::Unreadable].rows), (6, 1));
        let what = &log.left_out[&Reason::Unreadable].first_rows[0].what;
        assert!(what.starts_with("line has 7 fields, expected at least"), "{what}");
    }

    #[test]
    fn a_log_that_is_cut_anywhere_loses_nothing_in_silence() {
        let options = Options {
            format: Some("windows-firewall".to_owned()),
            ..Options::default()
        };
        for cut in 0..LOG.len() {
            let Ok(log) = read_from(&LOG.as_bytes()[..cut], "x", &options) else {
                continue;
            };
            let left: u64 = log.left_out.values().map(|left| left.rows).sum();
            assert_eq!(log.rows, log.events.len() as u64 + left, "{cut}");
        }
    }
}
