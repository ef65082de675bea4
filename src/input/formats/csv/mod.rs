//! CSV text with a header to events: columns by name, rows by rule, an account of what is left out.
//!
//! Knows nothing of where the text comes from, leaves quotes and commas to `rows.rs` and the notations
//! of time to `time.rs`.

pub(in crate::input) mod rows;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use thiserror::Error;

use crate::input::names::{PieceNames, Spellings};
use crate::input::open::{UTF8_BOM, count_newlines};
use crate::input::time::{TimeError, parse_time_ns_bytes};
use crate::input::{InputError, Options};
use crate::model::{Event, LeftOut, Port, Protocol, Reason};
use rows::{End, Record, RecordReader};

/// Names of a column, the first being portbloom's own; it is also the one preferred.
type Aliases = &'static [&'static str];

const TIME: Aliases = &["datetime", "time", "timestamp", "ts"];
const PROTOCOL: Aliases = &["proto", "protocol"];
const PORT: Aliases = &["dpt", "dport", "dst_port", "port"];
const COUNTRY_CODE: Aliases = &["cc", "country_code"];
const COUNTRY_NAME: Aliases = &["country", "country_name"];
const HOST: Aliases = &["host", "dst_host"];
const PACKETS: Aliases = &["packets", "count"];

/// What the columns that every log needs are for, as messages put it.
const REQUIRED: [(&str, Aliases); 3] = [
    ("the time", TIME),
    ("the protocol", PROTOCOL),
    ("the destination port", PORT),
];

/// Lines that one row may take. Fields here are words and names; a row of more lines is a quote
/// that was opened by mistake, and took in the rows below it.
const MAX_ROW_LINES: u64 = 100;

/// Characters of a value that a message quotes: enough to find it by, and to fit a terminal's line.
const QUOTED_CHARS: usize = 40;

/// Column names that a message lists at most.
const LISTED_COLUMNS: usize = 20;

/// What a line names the columns of a log that it should be the header of; or what stands in the way.
pub(in crate::input) fn read_header(name: &str, line: u64, header: &Record<'_>) -> Result<Columns, InputError> {
    Columns::resolve(header).map_err(|missing| InputError::MissingColumns {
        name: name.to_owned(),
        line,
        missing: missing
            .iter()
            .map(|(what, aliases)| format!("{what} (`{}`)", aliases.join("`, `")))
            .collect::<Vec<_>>()
            .join(" or "),
        found: list_columns(header),
        remedy: if header.len() == 1 && header.get(0).iter().any(|b| matches!(b, b';' | b'\t' | b'|')) {
            "separate the columns by commas"
        } else if header.iter().any(|field| field.trim_ascii().contains(&b'\r')) {
            "end the lines in LF or CR LF, not in CR alone"
        } else {
            "add or rename the column in the log's first line"
        },
    })
}

/// The columns of a header, quoted, and how many more there are than a message can list.
fn list_columns(header: &Record<'_>) -> String {
    let listed = header.iter().take(LISTED_COLUMNS).map(|field| {
        let name = clean_name(field);
        format!("`{}`", escape(name))
    });
    let mut list = listed.collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = header.len().checked_sub(LISTED_COLUMNS) {
        let _ = write!(list, " and {more} more");
    }
    list
}

/// A header's field as a name. A byte order mark heads every file that was joined from several.
fn clean_name(field: &[u8]) -> &[u8] {
    field.strip_prefix(UTF8_BOM).unwrap_or(field).trim_ascii()
}

/// Where in a row the needed fields are.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::input) struct Columns {
    time: Column,
    protocol: Column,
    port: Column,
    packets: Option<Column>,
    code: Option<usize>,
    country: Option<usize>,
    host: Option<usize>,
    /// Fields that a row must have, for the required ones to be among them.
    fields: usize,
}

/// A column that messages name.
#[derive(Debug, PartialEq, Eq)]
struct Column {
    index: usize,
    /// As the header has it.
    name: String,
}

impl Columns {
    /// Finds the columns in a header, or says which of the required ones it lacks.
    ///
    /// Any order and any case will do. Of columns with the same name the first is taken; of aliases,
    /// the one that is listed first.
    fn resolve(header: &Record<'_>) -> Result<Self, Vec<(&'static str, Aliases)>> {
        let find = |aliases: Aliases| {
            aliases.iter().find_map(|alias| {
                header
                    .iter()
                    .position(|field| clean_name(field).eq_ignore_ascii_case(alias.as_bytes()))
            })
        };
        let column = |index: usize| Column {
            index,
            name: String::from_utf8_lossy(clean_name(header.get(index))).into_owned(),
        };
        let [Some(time), Some(protocol), Some(port)] = REQUIRED.map(|(_, aliases)| find(aliases)) else {
            let missing = REQUIRED.into_iter().filter(|(_, aliases)| find(aliases).is_none());
            return Err(missing.collect());
        };
        Ok(Self {
            time: column(time),
            protocol: column(protocol),
            port: column(port),
            packets: find(PACKETS).map(column),
            code: find(COUNTRY_CODE),
            country: find(COUNTRY_NAME),
            host: find(HOST),
            fields: time.max(protocol).max(port) + 1,
        })
    }
}

/// What a row says, its country and host apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Drawable {
        time_ns: i64,
        port: Port,
        packets: u32,
    },
    /// A protocol without ports, or a port that is not given; `empty_port` says which.
    NoPort {
        packets: u32,
        empty_port: bool,
    },
}

/// Why a row cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    TooFewFields,
    Time(TimeError),
    NoProtocol,
    Port,
    Packets,
    Quote(QuoteFault),
}

/// What is wrong with a row's quotes: the one fault that may hide other rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(in crate::input) enum QuoteFault {
    #[error("row opens a quote that is never closed, expected it to close")]
    Unclosed,
    #[error("row has a quote over {lines} lines, expected it to close within {MAX_ROW_LINES}")]
    Long { lines: u64 },
}

impl Fault {
    /// What was found in `row`, and what was expected.
    fn describe(self, row: &Record<'_>, columns: &Columns) -> String {
        let (column, expected) = match self {
            Self::TooFewFields => {
                let (found, plural) = (row.len(), if row.len() == 1 { "" } else { "s" });
                return format!("row has {found} field{plural}, expected at least {}", columns.fields);
            }
            Self::Quote(fault) => return fault.to_string(),
            Self::Time(error) => (Some(&columns.time), error.to_string()),
            Self::NoProtocol => (
                Some(&columns.protocol),
                "expected TCP, UDP or another protocol".to_owned(),
            ),
            Self::Port => (Some(&columns.port), "expected a port number 0-65535".to_owned()),
            Self::Packets => (
                columns.packets.as_ref(),
                format!("expected a number of packets 1-{}", u32::MAX),
            ),
        };
        let found = column.map(|column| column.quote(row)).unwrap_or_default();
        format!("{found}; {expected}")
    }
}

impl Column {
    /// The field of a row; empty where the row is too short for it.
    fn field<'row>(&self, row: &Record<'row>) -> &'row [u8] {
        field(row, Some(self.index))
    }

    /// Name and value, as in `` `dpt` is "http" ``.
    fn quote(&self, row: &Record<'_>) -> String {
        match self.field(row) {
            [] => format!("`{}` is empty", self.name),
            value => format!("`{}` is \"{}\"", self.name, escape(value)),
        }
    }
}

/// A field without the blanks around it; empty where there is no such column or field.
fn field<'row>(row: &Record<'row>, index: Option<usize>) -> &'row [u8] {
    index.map(|index| row.get(index)).unwrap_or_default().trim_ascii()
}

/// Bytes of a log as a message can show them: on one line, valid UTF-8, and cut.
pub(in crate::input) fn escape(bytes: &[u8]) -> String {
    // Four bytes a character at most: what lies beyond is cut off anyway, however long it is.
    let bytes = &bytes[..bytes.len().min(4 * (QUOTED_CHARS + 1))];
    let mut text = String::new();
    let mut chars = 0;
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid().chars().map(|c| match c {
            '\'' | '"' => c.to_string(),
            _ => c.escape_debug().to_string(),
        });
        for shown in valid.chain(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"))) {
            if chars == QUOTED_CHARS {
                text.push('…');
                return text;
            }
            text.push_str(&shown);
            chars += 1;
        }
    }
    text
}

/// Reads all of a row but its country and host.
fn parse_row(row: &Record<'_>, columns: &Columns) -> Result<Row, Fault> {
    if row.len() < columns.fields {
        return Err(Fault::TooFewFields);
    }
    // The time first, of every row: a row that has none is no row, whatever its protocol.
    let time_ns = parse_time_ns_bytes(columns.time.field(row)).map_err(Fault::Time)?;
    let packets = match columns.packets.as_ref().map(|column| column.field(row)) {
        None | Some([]) => 1,
        Some(digits) => parse_digits(digits, u32::MAX)
            .filter(|&n| n > 0)
            .ok_or(Fault::Packets)?,
    };
    let protocol = match columns.protocol.field(row) {
        [] => return Err(Fault::NoProtocol),
        // By name, or by number: https://www.iana.org/assignments/protocol-numbers
        name if name.eq_ignore_ascii_case(b"tcp") || name == b"6" => Protocol::Tcp,
        name if name.eq_ignore_ascii_case(b"udp") || name == b"17" => Protocol::Udp,
        _ => {
            return Ok(Row::NoPort {
                packets,
                empty_port: false,
            });
        }
    };
    let number = match columns.port.field(row) {
        [] => {
            return Ok(Row::NoPort {
                packets,
                empty_port: true,
            });
        }
        digits => parse_digits(digits, u32::from(u16::MAX)).and_then(|n| u16::try_from(n).ok()),
    };
    let port = Port {
        protocol,
        number: number.ok_or(Fault::Port)?,
    };
    Ok(Row::Drawable { time_ns, port, packets })
}

/// A number of digits and nothing else (`str::parse` takes a plus), up to `max`.
fn parse_digits(digits: &[u8], max: u32) -> Option<u32> {
    let mut sum = 0_u64;
    for byte in digits {
        if !byte.is_ascii_digit() || sum > u64::from(max) {
            return None;
        }
        sum = sum * 10 + u64::from(byte - b'0');
    }
    u32::try_from(sum).ok().filter(|&sum| sum <= max && !digits.is_empty())
}

/// What an empty log lacks, as a message lists it.
pub(in crate::input) fn required_columns() -> String {
    REQUIRED.map(|(_, aliases)| format!("`{}`", aliases[0])).join(", ")
}

impl Columns {
    /// A remark on a log that cannot tell where packets come from.
    pub fn remark(&self) -> Option<String> {
        (self.code.is_none() && self.country.is_none()).then(|| {
            format!(
                "no column `{}` or `{}`: all packets come from the country `Unknown`",
                COUNTRY_CODE[0], COUNTRY_NAME[0]
            )
        })
    }
}

/// What is wrong with the quotes of a row that is `text`, its newline at the end included.
pub(in crate::input) fn quote_fault(row: &[u8]) -> Option<QuoteFault> {
    let lines = 1 + count_newlines(row.strip_suffix(b"\n").unwrap_or(row));
    (lines > MAX_ROW_LINES).then_some(QuoteFault::Long { lines })
}

/// What a piece of a log came to. Lines and names are numbered from the piece's start.
pub(in crate::input) struct Piece {
    /// Its drawable rows; countries and hosts are those of `names`.
    pub events: Vec<Event>,
    /// Line of each, the piece's first being 0.
    pub line_offsets: Vec<u32>,
    /// What the numbers in `events` stand for.
    pub names: PieceNames,
    /// Rows, headers and blank lines not counted.
    pub rows: u64,
    /// Packets in them.
    pub packets: u64,
    /// Rows that are not drawn; their file is not known yet.
    pub left_out: BTreeMap<Reason, LeftOut>,
    /// Protocols without ports as written, and the rows of each.
    pub protocols: Vec<(Box<[u8]>, u64)>,
    /// The first row with a fault in its quotes: line and fault.
    pub quote: Option<(u64, QuoteFault)>,
    /// The row that reading stopped at, where one that cannot be read is an error: line and fault.
    pub stopped: Option<(u64, String)>,
    /// Newlines in the piece, up to `unfinished`.
    pub newlines: u64,
    /// Where the last row begins if its quotes do not end in this piece.
    pub unfinished: Option<usize>,
    /// The columns of the header that the piece ended under: its own, where it repeats one.
    pub columns: Arc<Columns>,
}

/// Reads the rows of a piece of text that begins with a row. Only the `last` of a log may end in
/// the middle of one: what is not closed there never will be.
pub(in crate::input) fn parse(text: &[u8], last: bool, columns: &Arc<Columns>, options: Options) -> Piece {
    // Rows of logs are 40 bytes and more.
    let expected = text.len() / 40;
    let mut piece = Piece {
        events: Vec::with_capacity(expected),
        line_offsets: Vec::with_capacity(expected),
        names: PieceNames::default(),
        rows: 0,
        packets: 0,
        left_out: BTreeMap::new(),
        protocols: Vec::new(),
        quote: None,
        stopped: None,
        newlines: 0,
        unfinished: None,
        columns: Arc::clone(columns),
    };
    let mut protocols = Spellings::default();
    let mut reader = RecordReader::new();
    let mut at = 0;
    while at < text.len() {
        let line = piece.newlines;
        let (row, next) = match reader.read(text, at) {
            End::Line(next) => {
                piece.newlines += 1;
                (None, next)
            }
            End::Row(next) => {
                let row = &text[at..next];
                piece.newlines += count_newlines(row);
                (quote_fault(row), next)
            }
            End::InQuotes if last => {
                piece.newlines += count_newlines(&text[at..]);
                (Some(QuoteFault::Unclosed), text.len())
            }
            End::InQuotes => {
                piece.unfinished = Some(at);
                break;
            }
        };
        at = next;
        let record = reader.record(text);
        if row.is_none() && record.is_blank() {
            continue;
        }
        let columns = &piece.columns;
        let fault = match row.map_or_else(|| parse_row(&record, columns), |fault| Err(Fault::Quote(fault))) {
            Ok(Row::Drawable { time_ns, port, packets }) => {
                let (code, name) = (field(&record, columns.code), field(&record, columns.country));
                piece.events.push(Event {
                    time_ns,
                    port,
                    country: piece.names.country(code, name),
                    host: piece.names.host(field(&record, columns.host)),
                    packets,
                });
                // A piece is far below 2^32 bytes.
                piece.line_offsets.push(line as u32);
                piece.rows += 1;
                piece.packets += u64::from(packets);
                continue;
            }
            Ok(Row::NoPort { packets, empty_port }) => {
                let column = if empty_port { &columns.port } else { &columns.protocol };
                if !empty_port {
                    let next = piece.protocols.len() as u32;
                    let name = column.field(&record);
                    let index = protocols.index(name, next);
                    if index == next {
                        piece.protocols.push((name.into(), 0));
                    }
                    piece.protocols[index as usize].1 += 1;
                }
                piece.rows += 1;
                piece.packets += u64::from(packets);
                let left = piece.left_out.entry(Reason::NoPort).or_default();
                left.add(0, line, u64::from(packets), || column.quote(&record));
                continue;
            }
            Err(fault) => fault,
        };
        // Joined files repeat the header. It never reads as a row, its time being a name, so that
        // looking for it here costs the good rows nothing.
        if row.is_none()
            && let Ok(repeated) = Columns::resolve(&record)
        {
            if repeated != *piece.columns {
                piece.columns = Arc::new(repeated);
            }
            continue;
        }
        let what = || fault.describe(&record, columns);
        if options.strict {
            piece.stopped = Some((line, what()));
            break;
        }
        piece.rows += 1;
        piece.packets += 1;
        piece
            .left_out
            .entry(Reason::Unreadable)
            .or_default()
            .add(0, line, 1, what);
        if let Fault::Quote(quote) = fault {
            piece.quote.get_or_insert((line, quote));
        }
    }
    piece
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Source;
    use crate::input::whole::{Whole as Reading, read as read_source, read_from};
    use crate::model::Protocol::{Tcp, Udp};
    use crate::model::{Country, UNKNOWN_COUNTRY};
    use proptest::prelude::*;

    const LENIENT: Options = Options { strict: false };
    const STRICT: Options = Options { strict: true };

    fn read(text: impl AsRef<[u8]>) -> Reading {
        read_from(text.as_ref(), "log.csv", &LENIENT).unwrap()
    }

    fn error(text: impl AsRef<[u8]>) -> String {
        read_from(text.as_ref(), "log.csv", &LENIENT).unwrap_err().to_string()
    }

    fn strict_error(text: impl AsRef<[u8]>) -> String {
        read_from(text.as_ref(), "log.csv", &STRICT).unwrap_err().to_string()
    }

    /// Lines and remarks of the rows left out for a reason.
    fn left_out(reading: &Reading, reason: Reason) -> Vec<(u64, &str)> {
        let lines = reading.left_out.get(&reason).map(|left| &left.first_lines[..]);
        lines
            .unwrap_or_default()
            .iter()
            .map(|line| (line.line, line.what.as_str()))
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
        let drawn: u64 = reading.events.iter().map(|event| u64::from(event.packets)).sum();
        reading.rows == rows + reading.events.len() as u64
            && reading.packets == packets + drawn
            && reading.lines.len() == reading.events.len()
    }

    #[test]
    fn the_facts_of_july() {
        let july = read_source(&Source::Sample, &STRICT).unwrap();
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
        assert_eq!(july.names.countries.len(), 137);
        assert_eq!(july.names.hosts.len(), 9);
        let iran = july
            .names
            .countries
            .iter()
            .find(|country| country.code == "IR")
            .unwrap();
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
                country: 1,
                host: 0,
                packets: 12,
            }]
        );
        assert_eq!(log.lines, [2]);
        assert_eq!(log.source, "log.csv");
        assert_eq!(
            log.names.countries,
            [
                Country {
                    code: "Unknown".into(),
                    name: String::new()
                },
                Country {
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
        assert_eq!(log.names.countries[1].code, "US");

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
             `proto`, `src`; add or rename the column in the log's first line"
        );
        assert!(error("datetime;proto;dpt\n").ends_with("separate the columns by commas"));
        assert!(error("time,proto,dpt\r0,TCP,80\r").contains("not in CR alone"));
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
                "log.csv: is empty; expected CSV text whose first line names the columns: \
                 `datetime`, `proto`, `dpt`",
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
        assert_eq!(log.events[0].country, UNKNOWN_COUNTRY);
        assert_eq!(log.names.countries.len(), 1);
        assert_eq!(log.names.hosts, [""]);
    }

    #[test]
    fn line_numbers_survive_blank_lines_quotes_and_crlf() {
        let text = "\n\ntime,proto,dpt,cc\n\n0,TCP,1,A\n\n\n0,TCP,2,\"B\nb\n\"\n0,TCP,3,C\n \n\
                    \n\"0\",\"TCP\",\"\n4\",\"\"\"D\"\n0,TCP,5,E\n\n0,TCP,6,F";
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
        let codes: Vec<_> = log.names.countries.iter().map(|c| c.code.as_str()).collect();
        assert_eq!(codes, ["Unknown", "A", "B", "C"]);
        assert_eq!(log.events[3].country, UNKNOWN_COUNTRY);
        assert!(read_from(&b"time,proto,dpt\ntime,proto,dpt\n0,6,1\n"[..], "x", &STRICT).is_ok());
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
        let count = "; expected a number of packets 1-4294967295";
        let endless = "x".repeat(500);
        for (row, expected) in [
            ("0,TCP,http,1", format!("`Port` is \"http\"{port}")),
            ("0,TCP,65536,1", format!("`Port` is \"65536\"{port}")),
            ("0,TCP,-1,1", format!("`Port` is \"-1\"{port}")),
            ("0,TCP,+80,1", format!("`Port` is \"+80\"{port}")),
            ("0,TCP,80.0,1", format!("`Port` is \"80.0\"{port}")),
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
                 64-bit nanoseconds (a bare number is Unix seconds, not milliseconds)"
                    .to_owned(),
            ),
            ("0,TCP,80,0", format!("`Count` is \"0\"{count}")),
            ("0,TCP,80,4294967296", format!("`Count` is \"4294967296\"{count}")),
            ("0,ICMP,,many", format!("`Count` is \"many\"{count}")),
            ("0,TCP", "row has 2 fields, expected at least 3".to_owned()),
            ("0", "row has 1 field, expected at least 3".to_owned()),
        ] {
            let text = format!("Time,proto,Port,Count\n0,UDP,53,4\n{row}\n");
            let log = read(&text);
            assert_eq!(left_out(&log, Reason::Unreadable), [(3, expected.as_str())]);
            assert_eq!((log.rows, log.packets, log.events.len()), (2, 5, 1));
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
        assert_eq!(log.names.countries[1].code, "\u{fffd}");
        assert_eq!(log.names.hosts, ["\u{fffd}"]);
    }

    #[test]
    fn packets_default_to_one() {
        let log = read("time,proto,dpt,packets\n0,TCP,1,\n0,TCP,2\n0,TCP,3, 4294967295 \n0,ICMP,,9\n0,47\n0,ICMP,\n");
        let packets: Vec<_> = log.events.iter().map(|event| event.packets).collect();
        assert_eq!(packets, [1, 1, u32::MAX]);
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
            .countries
            .iter()
            .map(|c| (c.code.as_str(), c.name.as_str()))
            .collect();
        let expected = [("Unknown", ""), ("NA", "Namibia"), ("Narnia", "Narnia"), ("NARNIA", "")];
        assert_eq!(countries, expected);
        let indices: Vec<_> = log.events.iter().map(|event| event.country).collect();
        assert_eq!(indices, [1, 1, 1, 2, 0, 0, 0, 3, 0, 2, 1]);
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
        // Never closed, with and without rows, blank lines and a newline after it.
        for end in ["", "\n", &format!("\n{good}")] {
            let log = read(format!("{header}0,6,1,A\n\n0,6,2,\"B{end}"));
            let unclosed = "row opens a quote that is never closed, expected it to close";
            assert_eq!(left_out(&log, Reason::Unreadable), [(4, unclosed)], "{end:?}");
            assert_eq!(
                log.warnings,
                [format!(
                    "line 4: {unclosed}; rows that such quotes take in are not counted"
                )]
            );
        }
        // Closed by the next stray quote.
        let log = read(format!("{header}0,6,2,\"B\n{good}0,6,2,\"C\n0,6,3,A\n"));
        assert_eq!(
            left_out(&log, Reason::Unreadable),
            [(2, "row has a quote over 152 lines, expected it to close within 100")]
        );
        assert_eq!(log.lines, [154]);
        assert_eq!(log.warnings.len(), 1);
        // Many of them are one warning.
        let runaways = format!("0,6,2,\"B\n{good}0,6,2,\"C\n").repeat(9);
        let log = read(format!("{header}0,6,1,A\n{runaways}"));
        assert_eq!(log.left_out[&Reason::Unreadable].rows, 9);
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

    /// What [`RowReader::add`] makes of a country: its code and its name.
    fn country_of(code: &str, name: &str) -> (String, bool) {
        let [code, name] = [code, name].map(|text| text.trim_matches([' ', '\n', '\r', '\t']));
        let code = if code.is_empty() {
            name.to_owned()
        } else {
            code.to_uppercase()
        };
        let unknown = code.is_empty() || code.eq_ignore_ascii_case("unknown");
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
            if let Ok(reading) = read_from(&text[..], "log.csv", &Options { strict }) {
                prop_assert!(rows_add_up(&reading));
                let lines = count_newlines(&text) + 1;
                prop_assert!(reading.rows < lines);
                prop_assert!(reading.lines.is_sorted_by(|a, b| a < b));
                prop_assert!(reading.lines.iter().all(|&line| line <= lines));
                let left = reading.left_out.values().flat_map(|left| &left.first_lines);
                prop_assert!(left.into_iter().all(|left| (2..=lines).contains(&left.line)));
            }
        }

        #[test]
        fn rows_round_trip(
            rows in proptest::collection::vec(
                (any::<i64>(), any::<bool>(), any::<u16>(), 1..=u32::MAX, TEXT, TEXT, TEXT), 1..30),
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
            let log = read_from(&text[..], "log.csv", &STRICT).unwrap();
            prop_assert_eq!(log.events.len(), rows.len());
            prop_assert_eq!(log.rows, rows.len() as u64);

            let mut line = 2;
            for (index, (time_ns, tcp, port, packets, code, name, host)) in rows.iter().enumerate() {
                let event = log.events[index];
                prop_assert_eq!(event.time_ns, *time_ns);
                prop_assert_eq!(event.packets, *packets);
                prop_assert_eq!((event.port.protocol == Protocol::Tcp, event.port.number), (*tcp, *port));
                let host = host.trim_matches([' ', '\n', '\r', '\t']);
                prop_assert_eq!(&log.names.hosts[event.host as usize], host);
                let (code, unknown) = country_of(code, name);
                prop_assert_eq!(event.country == UNKNOWN_COUNTRY, unknown);
                prop_assert_eq!(&log.names.countries[event.country as usize].code, &code);
                prop_assert_eq!(log.lines[index], line);
                let newlines = [&rows[index].4, &rows[index].5, &rows[index].6]
                    .map(|text| text.matches('\n').count()).iter().sum::<usize>();
                line += 1 + newlines as u64;
            }
        }
    }
}
