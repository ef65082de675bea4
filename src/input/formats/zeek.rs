//! Zeek's conn.log as tab-separated text: a line a connection, below lines that begin with `#` and name
//! the separator and the fields, in any order; logs that were joined have them again in the middle.
//!
//! Source: <https://docs.zeek.org/en/master/logs/conn.html>. The port is the responder's, so there are no
//! replies, and each connection stands in the log once.

use std::sync::Arc;

use crate::input::error::InputError;
use crate::input::fields::{Field, Fields, escape, sum};
use crate::input::format::{About, Begin, Begun, Format, Start};
use crate::input::lines::{Line, LineReader, Lines};
use crate::input::piece::Piece;
use crate::input::record::Address;
use crate::input::split::Split;
use crate::model::{Measure, SourceKind};
use crate::words::counted;

/// The format.
pub(super) struct Zeek;

/// The fields that are read, by Zeek's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Time,
    Protocol,
    Source,
    Destination,
    Port,
    Packets,
    Country,
    IpBytes,
    IpBytesBack,
    Bytes,
    BytesBack,
}

impl Column {
    const ALL: [Self; 11] = [
        Self::Time,
        Self::Protocol,
        Self::Source,
        Self::Destination,
        Self::Port,
        Self::Packets,
        Self::Country,
        Self::IpBytes,
        Self::IpBytesBack,
        Self::Bytes,
        Self::BytesBack,
    ];

    /// Those that are read where bytes are measured.
    const OF_BYTES: [Self; 4] = [Self::IpBytes, Self::IpBytesBack, Self::Bytes, Self::BytesBack];

    /// Those without which a line is no connection.
    const REQUIRED: [Self; 4] = [Self::Time, Self::Protocol, Self::Source, Self::Port];

    const fn name(self) -> &'static str {
        match self {
            Self::Time => "ts",
            Self::Protocol => "proto",
            Self::Source => "id.orig_h",
            Self::Destination => "id.resp_h",
            Self::Port => "id.resp_p",
            Self::Packets => "orig_pkts",
            Self::Country => "orig_cc",
            Self::IpBytes => "orig_ip_bytes",
            Self::IpBytesBack => "resp_ip_bytes",
            Self::Bytes => "orig_bytes",
            Self::BytesBack => "resp_bytes",
        }
    }
}

/// The lines that begin with `#`, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Header {
    separator: u8,
    /// What stands for a field without a value, and for one with an empty one.
    unset: Vec<u8>,
    empty: Vec<u8>,
    /// Number of fields of a line.
    fields: usize,
    /// Where in a line each column is.
    columns: Option<[Option<usize>; Column::ALL.len()]>,
    /// For each field of a line, up to the last of interest, the place in `columns` of what it is;
    /// [`Header::GROUP`] for the field that sources are grouped by, [`Header::NOTHING`] for others.
    order: Vec<u8>,
    /// The log that follows: `conn`, `dns` and so on.
    path: Vec<u8>,
    /// Name of the field that sources are grouped by, where they are, and where in a line it is.
    group: Option<(String, Option<usize>)>,
    /// Whether bytes are measured.
    bytes: bool,
}

impl Default for Header {
    fn default() -> Self {
        Self {
            separator: b'\t',
            unset: b"-".to_vec(),
            empty: b"(empty)".to_vec(),
            fields: 0,
            columns: None,
            order: Vec::new(),
            path: Vec::new(),
            group: None,
            bytes: false,
        }
    }
}

impl Header {
    const GROUP: u8 = Column::ALL.len() as u8;
    const NOTHING: u8 = u8::MAX;

    /// The header with a line of it taken in; none for lines that say nothing of interest.
    fn with(&self, line: &[u8]) -> Option<Self> {
        let mut header = self.clone();
        if let Some(separator) = line.strip_prefix(b"#separator ") {
            header.separator = match separator.trim_ascii() {
                [b'\\', b'x', digits @ ..] => u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?,
                [byte] => *byte,
                _ => return None,
            };
            return Some(header);
        }
        let mut words = line.split(|byte| *byte == self.separator);
        match words.next()? {
            b"#unset_field" => header.unset = words.next().unwrap_or_default().to_vec(),
            b"#empty_field" => header.empty = words.next().unwrap_or_default().to_vec(),
            b"#path" => header.path = words.next()?.to_vec(),
            b"#fields" => {
                let names: Vec<&[u8]> = words.collect();
                header.fields = names.len();
                let is_read = |column: &Column| header.bytes || !Column::OF_BYTES.contains(column);
                let index = |column: Column| {
                    let name = Some(column).filter(is_read)?.name();
                    names.iter().position(|found| *found == name.as_bytes())
                };
                let columns = Column::ALL.map(index);
                let whole = Column::REQUIRED
                    .iter()
                    .all(|column| columns[*column as usize].is_some());
                header.columns = whole.then_some(columns);
                if let Some((name, at)) = &mut header.group {
                    *at = names.iter().position(|found| *found == name.as_bytes());
                }
                let group = header.group.iter().filter_map(|(_, at)| *at);
                let known = (0..).zip(columns).filter_map(|(column, at)| Some((at?, column)));
                header.order = vec![Self::NOTHING; names.len()];
                // A field may be both: then it is read as the column, and its group is looked up.
                for (at, what) in group.map(|at| (at, Self::GROUP)).chain(known) {
                    header.order[at] = what;
                }
                while header.order.last() == Some(&Self::NOTHING) {
                    header.order.pop();
                }
            }
            _ => return None,
        }
        Some(header)
    }

    /// Whether a line may have this number of fields. Fields without a text at its end go with the blanks there.
    fn may_have(&self, fields: usize) -> bool {
        fields == self.fields || fields < self.fields && (self.unset.is_empty() || self.empty.is_empty())
    }

    /// Whether connections follow. Other logs, such as http.log, have the same fields for addresses and
    /// ports, but tell of a connection as often as it was used.
    fn is_conn(&self) -> bool {
        self.columns.is_some() && matches!(&*self.path, b"conn" | b"")
    }
}

impl Format for Zeek {
    fn about(&self) -> About {
        About {
            name: "zeek",
            title: "Zeek conn.log, tab-separated",
            counted: "each connection, by its packets from the originator (`orig_pkts`); the host is the responder",
            measures: About::EVERY,
        }
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let error = |what: String| InputError::OtherFormat {
            name: start.name.to_owned(),
            format: "zeek",
            what,
        };
        let bytes = start.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start.bytes);
        let is_zeek = [&b"#separator "[..], b"#fields\t"]
            .iter()
            .any(|first| bytes.starts_with(first));
        if !is_zeek {
            return Begin::Other(error("it does not begin with `#separator`".to_owned()));
        }
        let (mut at, mut places) = (start.bytes.len() - bytes.len(), 0);
        let mut header = Header {
            group: match &start.options.source_kind {
                Some(SourceKind::Column(name)) => Some((name.clone(), None)),
                _ => None,
            },
            bytes: start.options.measure == Some(Measure::Bytes),
            ..Header::default()
        };
        while let Some(length) = memchr::memchr(b'\n', &start.bytes[at..]) {
            let line = start.bytes[at..at + length].trim_ascii_end();
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            if !line.starts_with(b"#") {
                break;
            }
            header = header.with(line).unwrap_or(header);
            at += length + 1;
            places += 1;
        }
        if !header.is_conn() {
            return Begin::Refused(InputError::NotText {
                name: start.name.to_owned(),
                what: "a log of Zeek without connections",
                remedy: "give conn.log, in which each connection stands once, with `ts`, `proto`, `id.orig_h` and `id.resp_p`",
            });
        }
        let columns = header.columns.unwrap_or_default();
        let known = Column::ALL.iter().filter(|column| columns[**column as usize].is_some());
        let known: Vec<&str> = known.map(|column| column.name()).collect();
        Begin::Head(Begun {
            head: Arc::new(Lines(Arc::new(header))),
            at,
            places,
            taken: format!("read as Zeek conn.log: {}", known.join(", ")),
            remarks: Vec::new(),
        })
    }
}

impl LineReader for Header {
    fn read(&self, line: &[u8], place: u64, piece: &mut Piece) -> Line<Self> {
        if line.starts_with(b"#") {
            return self
                .with(line)
                .filter(|header| header != self)
                .map_or(Line::Other, Line::Change);
        }
        let (true, Some(columns)) = (self.is_conn(), &self.columns) else {
            return Line::Unreadable(format!(
                "line is of Zeek's {}.log, expected conn.log, where each connection stands once",
                escape(&self.path)
            ));
        };
        let mut found = [&b""[..]; Column::ALL.len() + 1];
        let (mut fields, mut parts) = (0, Split::new(line, self.separator));
        for (what, field) in self.order.iter().zip(parts.by_ref()) {
            fields += 1;
            if let Some(found) = found.get_mut(usize::from(*what))
                && field != self.unset
                && field != self.empty
            {
                *found = field;
            }
        }
        let fields = fields + parts.rest();
        if !self.may_have(fields) {
            return Line::Unreadable(format!(
                "line has {}, expected {}, as `#fields` names",
                counted(fields as u64, "field"),
                self.fields
            ));
        }
        let group = match &self.group {
            Some((_, Some(at))) => found[usize::from(self.order[*at])],
            _ => b"",
        };
        let of = |column: Column| found[column as usize];
        let protocol = of(Column::Protocol);
        let bytes = match [Column::IpBytes, Column::IpBytesBack].map(of) {
            [b"", b""] => [Column::Bytes, Column::BytesBack].map(of),
            of_ip => of_ip,
        };
        let both = if self.bytes {
            sum(bytes[0], bytes[1])
        } else {
            bytes[0].into()
        };
        let fields = Fields {
            time: of(Column::Time),
            // Zeek knows some connections only in part.
            protocol: if protocol.is_empty() {
                b"unknown_transport"
            } else {
                protocol
            },
            port: of(Column::Port),
            packets: of(Column::Packets),
            bytes: &both,
            code: of(Column::Country),
            source: Address::Text(of(Column::Source)),
            destination: Address::Text(of(Column::Destination)),
            group,
            no_country: columns[Column::Country as usize].is_none(),
            ..Fields::default()
        };
        let name = |field: Field| match field {
            Field::Time => Column::Time.name(),
            Field::Protocol => Column::Protocol.name(),
            Field::Port => Column::Port.name(),
            Field::Packets => Column::Packets.name(),
            Field::Bytes => Column::Bytes.name(),
            Field::Code | Field::Country => Column::Country.name(),
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
    use crate::model::{Protocol, Reason};

    const HEADER: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
        #open\t2026-01-02-00-00-00\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\torig_pkts\n\
        #types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\n";

    fn read(text: &str) -> Result<Whole, String> {
        read_from(text.as_bytes(), "conn.log", &Options::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn connections_are_read() {
        let text = format!(
            "{HEADER}1767312000.25\tC1\t192.0.2.1\t40000\t198.51.100.7\t23\ttcp\t5\n\
             1767312001.5\tC2\t2001:db8::1\t40001\t2001:db8::2\t53\tudp\t-\n\
             1767312002\tC3\t192.0.2.1\t8\t198.51.100.7\t0\ticmp\t1\n\
             #close\t2026-01-02-01-00-00\n"
        );
        let log = read(&text).unwrap();
        assert_eq!((log.rows, log.events.len(), log.packets), (3, 2, 7));
        let [first, second] = &log.events[..] else { panic!() };
        assert_eq!((first.time_ns, first.packets), (1_767_312_000_250_000_000, 5));
        assert_eq!((first.port.protocol, first.port.number), (Protocol::Tcp, 23));
        assert_eq!(
            (second.port.protocol, second.port.number, second.packets),
            (Protocol::Udp, 53, 1)
        );
        assert_eq!(log.names.hosts, ["198.51.100.7", "2001:db8::2"]);
        assert_eq!(log.other_protocols, [("ICMP".to_owned(), 1)].into());
        assert_eq!(log.left_out[&Reason::NoPort].rows, 1);
        assert_eq!(log.lines, [9, 10]);
        assert_eq!(
            log.formats,
            ["read as Zeek conn.log: ts, proto, id.orig_h, id.resp_h, id.resp_p, orig_pkts"]
        );
    }

    #[test]
    fn a_header_in_the_middle_holds_for_the_lines_below_it() {
        let text = format!(
            "{HEADER}1\tC1\t192.0.2.1\t40000\t198.51.100.7\t23\ttcp\t5\n\
             #fields\tproto\tid.resp_p\tts\tid.orig_h\n\
             udp\t53\t2\t192.0.2.9\n\
             #path\tdns\n\
             udp\t53\t3\t192.0.2.9\n"
        );
        let log = read(&text).unwrap();
        let ports: Vec<u16> = log.events.iter().map(|event| event.port.number).collect();
        assert_eq!(ports, [23, 53]);
        let unreadable = &log.left_out[&Reason::Unreadable];
        assert_eq!(unreadable.rows, 1);
        assert!(unreadable.first_rows[0].what.contains("Zeek's dns.log"));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_told() {
        let text = format!(
            "{HEADER}soon\tC1\t192.0.2.1\t1\t198.51.100.7\t23\ttcp\t5\n5\tC1\t192.0.2.1\n1\tC\ta\t1\tb\t23\ttcp\t5\n"
        );
        let log = read(&text).unwrap();
        assert_eq!(log.events.len(), 1);
        let first = &log.left_out[&Reason::Unreadable].first_rows[0];
        assert!(first.what.starts_with("`ts` is \"soon\"; expected"), "{}", first.what);
    }

    #[test]
    fn a_line_that_was_cut_or_runs_into_the_next_cannot_be_read() {
        let line = "1\tC1\t192.0.2.1\t1\t198.51.100.7\t23\ttcp\t5";
        let text = format!(
            "{HEADER}{line}\n{line}\t6\n1\tC1\t192.0.2.1\t1\t198.51.100.7\t23\ttcp\n{line}{line}\n1\tC1\t192.0.2.1\t1\ta\t2"
        );
        let log = read(&text).unwrap();
        assert_eq!((log.rows, log.events.len(), log.events[0].packets), (5, 1, 5));
        let unreadable = &log.left_out[&Reason::Unreadable];
        assert_eq!(unreadable.rows, 4);
        let first = unreadable.first_rows.iter().map(|row| &row.what[..]);
        let told = |fields: u8| format!("line has {fields} fields, expected 8, as `#fields` names");
        assert_eq!(first.collect::<Vec<_>>(), [9, 7, 15, 6].map(told));
    }

    #[test]
    fn fields_without_a_text_may_end_a_line() {
        let header = HEADER.replace("#unset_field\t-", "#unset_field\t");
        let text = format!("{header}1\tC1\t192.0.2.1\t1\t198.51.100.7\t23\ttcp\t\n");
        let log = read(&text).unwrap();
        assert_eq!((log.events.len(), log.packets), (1, 1));
    }

    #[test]
    fn sources_may_be_the_values_of_a_field() {
        let text =
            format!("{HEADER}1\tC1\t192.0.2.1\t1\t198.51.100.7\t23\ttcp\t5\n2\t-\t192.0.2.1\t1\ta\t23\ttcp\t5\n");
        let by = |name: &str| {
            let options = Options {
                source_kind: Some(crate::model::SourceKind::Column(name.to_owned())),
                ..Options::default()
            };
            let log = read_from(text.as_bytes(), "conn.log", &options).unwrap();
            let names = log.names.sources.iter().map(|country| country.code.clone());
            (names.collect::<Vec<_>>(), log.warnings.clone())
        };
        assert_eq!(by("uid"), (vec!["Unknown".to_owned(), "C1".to_owned()], vec![]));
        let (names, warnings) = by("site");
        assert_eq!(names, ["Unknown"]);
        assert!(warnings[0].contains("`site`"), "{warnings:?}");
    }

    #[test]
    fn other_logs_of_zeek_are_refused() {
        let dns = HEADER.replace("#path\tconn", "#path\tdns");
        assert!(read(&dns).unwrap_err().contains("give conn.log"));
    }
}
