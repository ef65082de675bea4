//! CSV text with a header to events: columns by name, rows by rule, an account of what is left out.
//!
//! The only file that knows the `csv` crate. Knows nothing of where the text comes from, and leaves
//! the notations of time to `time.rs`.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{self, Read};

use csv::{ByteRecord, Terminator};
use thiserror::Error;

use super::source::{HEAD_BYTES, Packing, UTF8_BOM, count_newlines, peek, recognise_binary};
use super::time::{TimeError, parse_time_ns_bytes};
use super::{InputError, Options};
use crate::model::{Batch, Country, Event, Names, Port, Protocol, Reading, Reason, UNKNOWN_COUNTRY};

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

/// Bytes asked of the decoder at a time. Measured on the sample: 16.8 ms at 8 KiB (the crate's
/// default), 15.4 ms at 64 KiB, 15.2 ms at 256 KiB.
const BUFFER_BYTES: usize = 64 << 10;

/// A log in the making, of one file or several: events go on to `take`, the rest is kept.
pub(super) struct Log<'t> {
    options: Options,
    collector: Collector<'t>,
    /// Whether one of several sources may be without rows.
    several: bool,
    /// Why the first source without a readable row has none.
    empty: Option<InputError>,
}

/// A file of the log being read: what messages say of it.
struct Text {
    name: String,
    packing: Packing,
}

impl Text {
    fn read_error(&self, line: u64, error: io::Error) -> InputError {
        self.packing.read_error(&self.name, line, error)
    }
}

impl<'t> Log<'t> {
    /// A log of so many sources, whose events go to `take`.
    pub fn new(options: Options, sources: usize, take: &'t mut dyn FnMut(&Batch<'_>)) -> Self {
        Self {
            options,
            collector: Collector::new(take),
            several: sources > 1,
            empty: None,
        }
    }

    /// Reads a file to its end, after the files before it; `progress` is called between batches.
    /// Rows that cannot be read stop it only under [`Options::strict`].
    pub fn read(&mut self, bytes: impl Read, name: String, progress: &mut dyn FnMut()) -> Result<(), InputError> {
        self.collector.begin_file(name.clone());
        let unpacked = Packing::open(bytes);
        let (packing, mut bytes) = unpacked.map_err(|error| Packing::None.read_error(&name, 1, error))?;
        let text = Text { name, packing };
        let head =
            peek(&mut bytes, HEAD_BYTES).map_err(|(head, error)| text.read_error(1 + count_newlines(&head), error))?;
        if let Some((what, remedy)) = recognise_binary(&head) {
            return Err(InputError::NotText {
                name: text.name,
                what,
                remedy,
            });
        }
        let head = head.strip_prefix(UTF8_BOM).unwrap_or(&head);
        let result = self.read_rows(head.chain(bytes), &text, progress);
        match result.and_then(|()| self.collector.end_file()) {
            // Rotated logs have idle days.
            Err(error @ (InputError::Empty { .. } | InputError::NoRows { .. } | InputError::NoReadableRow { .. }))
                if self.several =>
            {
                self.collector.reading.warnings.push(error.to_string());
                self.empty.get_or_insert(error);
                Ok(())
            }
            result => result,
        }
    }

    fn read_rows(&mut self, text: impl Read, of: &Text, progress: &mut dyn FnMut()) -> Result<(), InputError> {
        let mut rows = Rows::new(text, of);
        let mut columns = read_header(&mut rows)?;
        let collector = &mut self.collector;
        if columns.code.is_none() && columns.country.is_none() {
            collector.warn(
                self.several,
                format!(
                    "no column `{}` or `{}`: all packets come from the country `Unknown`",
                    COUNTRY_CODE[0], COUNTRY_NAME[0]
                ),
            );
        }
        let mut quote_seen = false;
        while let Some(line) = rows.next()? {
            let row = match rows.fault {
                Some(fault) => Err(Fault::Quote(fault)),
                None => parse_row(&rows.record, &columns),
            };
            match row {
                Ok(row) => {
                    if collector.add(line, &row, &rows.record, &columns) {
                        progress();
                    }
                }
                Err(fault) => {
                    // Joined files repeat the header. It never reads as a row, its time being a name,
                    // so that looking for it here costs the good rows nothing.
                    if rows.fault.is_none()
                        && let Ok(repeated) = Columns::resolve(&rows.record)
                    {
                        columns = repeated;
                        continue;
                    }
                    let what = || fault.describe(&rows.record, &columns);
                    if self.options.strict {
                        return Err(InputError::Row {
                            name: of.name.clone(),
                            line,
                            what: what(),
                        });
                    }
                    collector.leave_out(Reason::Unreadable, line, 1, what);
                    // Of many such rows the first tells all: the rest may be its consequence.
                    if let Fault::Quote(quote) = fault
                        && !quote_seen
                    {
                        quote_seen = true;
                        collector.warn(
                            self.several,
                            format!("line {line}: {quote}; rows that such quotes take in are not counted"),
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// What reading came to, under a name for all of it; an error where no file had a row to read.
    pub fn finish(self, source: String) -> Result<Reading, InputError> {
        let Collector {
            mut reading,
            countries,
            hosts,
            ..
        } = self.collector;
        let readable = reading.rows - reading.left_out.get(&Reason::Unreadable).map_or(0, |left| left.rows);
        if let Some(error) = self.empty
            && readable == 0
        {
            return Err(error);
        }
        reading.source = source;
        reading.names = Names {
            countries: countries.list,
            hosts: hosts.list,
        };
        Ok(reading)
    }
}

/// Reads the first row that is not blank as the header.
fn read_header<R: Read>(rows: &mut Rows<'_, R>) -> Result<Columns, InputError> {
    let name = rows.log.name.clone();
    let Some(line) = rows.next()? else {
        let columns = REQUIRED.map(|(_, aliases)| format!("`{}`", aliases[0])).join(", ");
        return Err(InputError::Empty { name, columns });
    };
    if let Some(quote) = rows.fault {
        let what = quote.to_string();
        return Err(InputError::Header { name, line, what });
    }
    let header = &rows.record;
    Columns::resolve(header).map_err(|missing| InputError::MissingColumns {
        name,
        line,
        missing: missing
            .iter()
            .map(|(what, aliases)| format!("{what} (`{}`)", aliases.join("`, `")))
            .collect::<Vec<_>>()
            .join(" or "),
        found: list_columns(header),
        remedy: if header.len() == 1 && header[0].iter().any(|b| matches!(b, b';' | b'\t' | b'|')) {
            "separate the columns by commas"
        } else if header.iter().any(|field| field.trim_ascii().contains(&b'\r')) {
            "end the lines in LF or CR LF, not in CR alone"
        } else {
            "add or rename the column in the log's first line"
        },
    })
}

/// The columns of a header, quoted, and how many more there are than a message can list.
fn list_columns(header: &ByteRecord) -> String {
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
#[derive(Debug)]
struct Columns {
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
#[derive(Debug)]
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
    fn resolve(header: &ByteRecord) -> Result<Self, Vec<(&'static str, Aliases)>> {
        let find = |aliases: Aliases| {
            aliases.iter().find_map(|alias| {
                header
                    .iter()
                    .position(|field| clean_name(field).eq_ignore_ascii_case(alias.as_bytes()))
            })
        };
        let column = |index: usize| Column {
            index,
            name: String::from_utf8_lossy(clean_name(&header[index])).into_owned(),
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
enum QuoteFault {
    #[error("row opens a quote that is never closed, expected it to close")]
    Unclosed,
    #[error("row has a quote over {lines} lines, expected it to close within {MAX_ROW_LINES}")]
    Long { lines: u64 },
}

impl Fault {
    /// What was found in `row`, and what was expected.
    fn describe(self, row: &ByteRecord, columns: &Columns) -> String {
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
    fn field<'row>(&self, row: &'row ByteRecord) -> &'row [u8] {
        field(row, Some(self.index))
    }

    /// Name and value, as in `` `dpt` is "http" ``.
    fn quote(&self, row: &ByteRecord) -> String {
        match self.field(row) {
            [] => format!("`{}` is empty", self.name),
            value => format!("`{}` is \"{}\"", self.name, escape(value)),
        }
    }
}

/// A field without the blanks around it; empty where there is no such column or field.
fn field(row: &ByteRecord, index: Option<usize>) -> &[u8] {
    index.and_then(|index| row.get(index)).unwrap_or_default().trim_ascii()
}

/// Bytes of a log as a message can show them: on one line, valid UTF-8, and cut.
fn escape(bytes: &[u8]) -> String {
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
fn parse_row(row: &ByteRecord, columns: &Columns) -> Result<Row, Fault> {
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

/// Events of a batch: enough that a batch costs nothing, few enough to stay in a core's cache.
const BATCH: usize = 8192;

/// A [`Reading`] in the making, and the batch that is being filled.
struct Collector<'t> {
    take: &'t mut dyn FnMut(&Batch<'_>),
    reading: Reading,
    countries: Countries,
    hosts: Hosts,
    events: Vec<Event>,
    line_offsets: Vec<u32>,
    first_line: u64,
    /// Rows, rows that cannot be read and the first of them, in this file.
    file_rows: u64,
    file_unreadable: u64,
    file_first: Option<(u64, String)>,
}

impl<'t> Collector<'t> {
    fn new(take: &'t mut dyn FnMut(&Batch<'_>)) -> Self {
        Self {
            take,
            reading: Reading {
                source: String::new(),
                files: Vec::new(),
                names: Names {
                    countries: Vec::new(),
                    hosts: Vec::new(),
                },
                rows: 0,
                packets: 0,
                left_out: BTreeMap::new(),
                other_protocols: BTreeMap::new(),
                warnings: Vec::new(),
            },
            countries: Countries::default(),
            hosts: Hosts::default(),
            events: Vec::with_capacity(BATCH),
            line_offsets: Vec::with_capacity(BATCH),
            first_line: 1,
            file_rows: 0,
            file_unreadable: 0,
            file_first: None,
        }
    }

    fn begin_file(&mut self, name: String) {
        self.reading.files.push(name);
        (self.file_rows, self.file_unreadable, self.file_first) = (0, 0, None);
    }

    /// Index of the file being read.
    fn file(&self) -> u32 {
        self.reading.files.len() as u32 - 1
    }

    fn file_name(&self) -> String {
        self.reading.files.last().cloned().unwrap_or_default()
    }

    /// A remark about the file being read, by its name where there are several.
    fn warn(&mut self, several: bool, what: String) {
        let warning = if several {
            format!("{}: {what}", self.file_name())
        } else {
            what
        };
        self.reading.warnings.push(warning);
    }

    /// Takes in a row that can be read; says whether a batch went out.
    fn add(&mut self, line: u64, row: &Row, record: &ByteRecord, columns: &Columns) -> bool {
        match *row {
            Row::Drawable { time_ns, port, packets } => {
                let (code, name) = (field(record, columns.code), field(record, columns.country));
                if self.events.is_empty() {
                    self.first_line = line;
                }
                // The lines of a batch are not 2^32 apart: a row has a length, and memory an end.
                let offset = u32::try_from(line - self.first_line).unwrap_or(u32::MAX);
                self.events.push(Event {
                    time_ns,
                    port,
                    country: self.countries.index(code, name),
                    host: self.hosts.index(field(record, columns.host)),
                    packets,
                });
                self.line_offsets.push(offset);
                self.reading.rows += 1;
                self.file_rows += 1;
                self.reading.packets += u64::from(packets);
            }
            Row::NoPort { packets, empty_port } => {
                let column = if empty_port { &columns.port } else { &columns.protocol };
                if !empty_port {
                    self.count_protocol(columns.protocol.field(record));
                }
                self.leave_out(Reason::NoPort, line, u64::from(packets), || column.quote(record));
            }
        }
        let full = self.events.len() == BATCH;
        if full {
            self.deliver();
        }
        full
    }

    fn count_protocol(&mut self, name: &[u8]) {
        let name = escape(name).to_uppercase();
        let protocols = &mut self.reading.other_protocols;
        let known = protocols.contains_key(&name) || protocols.len() < Reading::MOST_PROTOCOLS;
        *protocols.entry(if known { name } else { String::new() }).or_default() += 1;
    }

    fn deliver(&mut self) {
        if !self.events.is_empty() {
            let file = self.file();
            (self.take)(&Batch {
                file,
                events: &self.events,
                line_offsets: &self.line_offsets,
                first_line: self.first_line,
            });
            self.events.clear();
            self.line_offsets.clear();
        }
    }

    /// Counts a row that is not drawn.
    fn leave_out(&mut self, reason: Reason, line: u64, packets: u64, what: impl Fn() -> String) {
        let file = self.file();
        self.reading.rows += 1;
        self.reading.packets += packets;
        self.file_rows += 1;
        if reason == Reason::Unreadable {
            self.file_unreadable += 1;
            self.file_first.get_or_insert_with(|| (line, what()));
        }
        let left = self.reading.left_out.entry(reason).or_default();
        left.add(file, line, packets, what);
    }

    /// Hands on what is left of a file; an error where there was nothing to read in it.
    fn end_file(&mut self) -> Result<(), InputError> {
        self.deliver();
        let name = self.file_name();
        if self.file_rows == 0 {
            return Err(InputError::NoRows { name });
        }
        match self.file_first.take() {
            Some((line, what)) if self.file_unreadable == self.file_rows => Err(InputError::NoReadableRow {
                name,
                rows: self.file_rows,
                line,
                what,
            }),
            _ => Ok(()),
        }
    }
}

/// Countries by the order of their first event.
struct Countries {
    list: Vec<Country>,
    by_code: HashMap<String, u32>,
    /// Spellings of codes as the log has them.
    codes: Spellings,
    /// Names of rows that have no code.
    names: Spellings,
}

impl Default for Countries {
    fn default() -> Self {
        let unknown = Country {
            code: "Unknown".to_owned(),
            name: String::new(),
        };
        Self {
            by_code: HashMap::from([(unknown.code.clone(), UNKNOWN_COUNTRY)]),
            list: vec![unknown],
            codes: Spellings::default(),
            names: Spellings::default(),
        }
    }
}

impl Countries {
    /// The index for a trimmed code and name; the name stands in for an empty code.
    fn index(&mut self, code: &[u8], name: &[u8]) -> u32 {
        if code.is_empty() {
            if name.is_empty() {
                return UNKNOWN_COUNTRY;
            }
            if let Some(index) = self.names.get(name) {
                return index;
            }
            let index = self.add(String::from_utf8_lossy(name).into_owned());
            self.names.insert(name, index);
            self.give_name(index, name);
            return index;
        }
        let index = self.codes.get(code).unwrap_or_else(|| {
            let index = self.add(String::from_utf8_lossy(code).to_uppercase());
            self.codes.insert(code, index);
            index
        });
        self.give_name(index, name);
        index
    }

    /// The index for a code as it is kept. `Unknown` is one country however it is written.
    fn add(&mut self, code: String) -> u32 {
        if code.eq_ignore_ascii_case(&self.list[0].code) {
            return UNKNOWN_COUNTRY;
        }
        let next = next_index(self.list.len());
        *self.by_code.entry(code).or_insert_with_key(|code| {
            self.list.push(Country {
                code: code.clone(),
                name: String::new(),
            });
            next
        })
    }

    /// The first name that the log gives a country is the one it keeps.
    fn give_name(&mut self, index: u32, name: &[u8]) {
        let country = &mut self.list[index as usize];
        if country.name.is_empty() && !name.is_empty() && index != UNKNOWN_COUNTRY {
            country.name = String::from_utf8_lossy(name).into_owned();
        }
    }
}

/// Receiving hosts by the order of their first event.
#[derive(Default)]
struct Hosts {
    list: Vec<String>,
    spellings: Spellings,
}

impl Hosts {
    /// The index for a trimmed name; the empty one is a name like any other.
    fn index(&mut self, name: &[u8]) -> u32 {
        self.spellings.get(name).unwrap_or_else(|| {
            let index = next_index(self.list.len());
            self.spellings.insert(name, index);
            self.list.push(String::from_utf8_lossy(name).into_owned());
            index
        })
    }
}

/// The index after `len` others, which is below 2^32 as each has several words of memory.
fn next_index(len: usize) -> u32 {
    u32::try_from(len).expect("2^32 different names do not fit in memory")
}

/// From the bytes of a field to an index, without an allocation per row.
#[derive(Default)]
struct Spellings {
    index_of: HashMap<Box<[u8]>, u32>,
    /// The field asked for last: logs come in runs of the same country and host.
    last: Vec<u8>,
    last_index: Option<u32>,
}

impl Spellings {
    fn get(&mut self, bytes: &[u8]) -> Option<u32> {
        if self.last_index.is_none() || self.last != bytes {
            self.last_index = self.index_of.get(bytes).copied();
            self.last.clear();
            self.last.extend_from_slice(bytes);
        }
        self.last_index
    }

    fn insert(&mut self, bytes: &[u8], index: u32) {
        self.index_of.insert(bytes.into(), index);
    }
}

/// The rows of a text one by one, blank ones skipped, each with the line it begins on.
struct Rows<'log, R> {
    reader: csv::Reader<Ended<R>>,
    log: &'log Text,
    /// The row that [`Rows::next`] read last.
    record: ByteRecord,
    /// What is wrong with its quotes.
    fault: Option<QuoteFault>,
}

impl<'log, R: Read> Rows<'log, R> {
    fn new(text: R, log: &'log Text) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            // Not the default, which ends a row at CR and counts the LF to the row below: its line
            // numbers are one too low. The CR stays at the end of the last field, and is trimmed with blanks.
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(Ended {
                text,
                delivered: 0,
                newlines_left: 2,
            });
        Self {
            reader,
            log,
            record: ByteRecord::new(),
            fault: None,
        }
    }

    /// Reads the next row; says on which line it begins, or `None` at the end.
    fn next(&mut self) -> Result<Option<u64>, InputError> {
        loop {
            let from_line = self.reader.position().line();
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => {
                    let line = self.reader.position().line();
                    // The crate's own conversion would hide the kind of the error within.
                    let error = match error.into_kind() {
                        csv::ErrorKind::Io(error) => error,
                        other => io::Error::other(format!("{other:?}")),
                    };
                    return Err(self.log.read_error(line, error));
                }
            }
            // Nearly every row: from the line after the last row to the next.
            let to_line = self.reader.position().line();
            let line = if to_line == from_line + 1 {
                self.fault = None;
                from_line
            } else {
                self.first_line(to_line)
            };
            if self.record.len() != 1 || !self.record[0].trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    /// The line that a row begins on which `to_line` follows, if blank lines came before it (the
    /// crate counts them to the row) or if it has newlines in quotes, which are judged here.
    fn first_line(&mut self, to_line: u64) -> u64 {
        let inner = count_newlines(self.record.as_slice());
        // Of the two newlines at the end of the text, one at most can end a row. A row that has
        // taken both is still inside a quote.
        let text = self.reader.get_ref();
        let unclosed = text.newlines_left == 0 && self.reader.position().byte() == text.delivered;
        if unclosed {
            self.fault = Some(QuoteFault::Unclosed);
            return to_line - inner;
        }
        let lines = inner + 1;
        self.fault = (lines > MAX_ROW_LINES).then_some(QuoteFault::Long { lines });
        to_line - lines
    }
}

/// A text with two newlines after it: the last row always has its own, and a quote that is never
/// closed can be told from one that closes at the very end.
struct Ended<R> {
    text: R,
    /// Bytes given out, newlines included.
    delivered: u64,
    newlines_left: u8,
}

impl<R: Read> Read for Ended<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut len = 0;
        // Once ended, a text is not asked again: a terminal would wait for more.
        while self.newlines_left == 2 {
            match self.text.read(buffer) {
                // The csv crate takes an interrupted read for a failed one.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => {
                    len = result?;
                    break;
                }
            }
        }
        if len == 0 && self.newlines_left > 0 && !buffer.is_empty() {
            buffer[0] = b'\n';
            self.newlines_left -= 1;
            len = 1;
        }
        self.delivered += len as u64;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::super::whole::{Whole as Reading, read as read_source, read_from};
    use super::*;
    use crate::model::Protocol::{Tcp, Udp};
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
            let terminator = if crlf { Terminator::CRLF } else { Terminator::Any(b'\n') };
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
