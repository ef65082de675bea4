//! CSV text with a header: recognises its dialect, and makes rows of its lines.
//!
//! Besides RFC 4180: other delimiters (`;`, tab, `|`) and quotes, a line `sep=;` as Excel writes it, lines
//! of comments or titles before the header, lines that end in CR alone, and files joined to one, whose
//! headers and byte order marks repeat. Knows nothing of where the text comes from; leaves quotes and
//! delimiters to `rows.rs`, columns to `tables/` and the meaning of fields to `fields.rs`.

mod rows;

use std::borrow::Cow;
use std::sync::Arc;

use crate::input::clock::{Clock, LATE};
use crate::input::columns::Meaning;
use crate::input::error::InputError;
use crate::input::fields::{Fault, Fields, Row, whole_number};
use crate::input::format::{About, Begin, Begun, Format, Head, Parsed, Start};
use crate::input::formats::tables::columns::{
    Asked, Cells as _, Columns, Missing, is_known, is_relative, is_value, list_columns, names,
};
use crate::input::formats::tables::kinds::ALL as KINDS;
use crate::input::names::is_no_name;
use crate::input::options::Options;
use crate::input::piece::Piece;
use crate::input::stamp::{Stamp, read_stamp};
use crate::input::time_reader::TimeReader;
use crate::model::{Measure, PlaceUnit};
use rows::{Dialect, End, QuoteFault, Record, RowReader, field_range};

const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// The delimiters that a header is tried with, in this order.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Number of lines among which the header is looked for; blank ones and comments are not counted.
const PREAMBLE_LINES: usize = 50;

/// Number of rows that columns and escapes are chosen by.
const SAMPLE_ROWS: usize = 200;

/// Number of bytes of a row's last field in which another row is looked for.
const MOST_JOINED_BYTES: usize = 256;

/// Number of bytes from which times of the same length are taken to be written alike: seconds since 1970 have 10.
const LIKE_BYTES: usize = 9;

/// Number of bytes without LF from which on CR alone is taken for the end of a line.
const LONG_LINE_BYTES: usize = 1 << 20;

/// The format.
pub(super) struct Csv;

impl Format for Csv {
    fn about(&self) -> About {
        About {
            name: "csv",
            title: "a table of text: CSV, TSV and their relatives, with a header",
            counted: "each row, by its number of packets where there is one; the host is the one named, else the \
                      destination address; with both addresses and both ports, packets to whoever began a conversation \
                      are replies",
            measures: About::EVERY,
        }
    }

    fn takes_columns(&self) -> bool {
        true
    }

    fn dialects(&self) -> Vec<About> {
        KINDS.iter().map(|kind| kind.about).collect()
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        match Header::find(start) {
            Ok(Some(header)) => header.begin(start),
            Ok(None) => Begin::More,
            Err(error) => Begin::Other(error),
        }
    }
}

/// A header that was found.
struct Header {
    table: Table,
    /// Offset of the line below, and the number of lines before it.
    next: usize,
    lines: u64,
    /// First and last of the lines before it that are neither blank nor comments.
    skipped: Option<(u64, u64)>,
}

/// Everything that is needed to read rows.
#[derive(Clone)]
struct Table {
    dialect: Dialect,
    columns: Columns,
    /// What was asked for of the columns.
    asked: Arc<Asked>,
    times: TimeReader,
    /// The column of the date and its name, where times are in two columns.
    date: Option<(usize, Vec<u8>)>,
    /// The clock, where times have no date or no year.
    clock: Option<Clock>,
    /// Whether the lines that follow the rows of its kind have begun.
    ended: bool,
    /// The line of the header, without blanks around it; empty where there is none.
    line: Vec<u8>,
    /// Whether lines that begin with `#` are comments: those before the header are.
    comments: bool,
    /// Whether CR alone ends a line.
    cr: bool,
    /// Columns that the header lacks; rows below such a header are left out.
    missing: Option<String>,
}

impl Header {
    /// Looks for the header among the first lines; `None` where they do not suffice to tell.
    fn find(start: &Start<'_>) -> Result<Option<Self>, InputError> {
        let bytes = start.bytes;
        let asked = Arc::new(Asked::of(start.options));
        let times = start.options.times();
        let table = |dialect: Dialect, columns: Columns, line: &[u8], comments: bool, cr: bool| Table {
            dialect,
            columns,
            asked: Arc::clone(&asked),
            times: times.clone(),
            date: None,
            clock: None,
            ended: false,
            line: line.to_vec(),
            comments,
            cr,
            missing: None,
        };
        let mut at = bytes.len() - without_marks(bytes).len();
        let (mut lines, mut tried, mut comments, mut given) = (0, 0, false, None);
        let mut skipped: Option<(u64, u64)> = None;
        let mut refused = None;
        while at < bytes.len() && tried < PREAMBLE_LINES {
            let rest = &bytes[at..];
            let newline = memchr::memchr(b'\n', rest);
            let line = &rest[..newline.unwrap_or(rest.len())];
            let cr = lone_cr(line);
            if newline.is_none() && cr.is_none() && !start.whole {
                break;
            }
            let end = cr.unwrap_or(line.len());
            let (text, next) = (rest[..end].trim_ascii(), (at + end + 1).min(bytes.len()));
            if text.is_empty() {
                (at, lines) = (next, lines + 1);
                continue;
            }
            if let Some(delimiter) = separator_line(text) {
                (at, lines, given) = (next, lines + 1, Some(delimiter));
                continue;
            }
            let mut faults = Vec::new();
            let blanks = given.is_none().then(|| Dialect::of(b' '));
            for dialect in dialects(text, given).chain(blanks) {
                // First the line that ends in CR, if one does; by LF, a name in quotes may hold newlines.
                let by_cr = cr.map(|cr| (&rest[..cr], true, true));
                let by_lf = (newline.is_some() || start.whole).then_some((rest, start.whole, false));
                for (row, whole, cr) in by_cr.into_iter().chain(by_lf) {
                    let mut reader = RowReader::new(dialect);
                    let length = match reader.read(row, 0, whole) {
                        End::Line(length) | End::Lines(length) => length,
                        End::Fault(_, fault) => {
                            faults.push(fault);
                            continue;
                        }
                        End::Unfinished => return Ok(None),
                    };
                    let delimiter = dialect.delimiter;
                    let Ok(columns) = Columns::find(&reader.record(row), Some(delimiter), &asked, None) else {
                        continue;
                    };
                    // Prose has blanks, too.
                    if delimiter == b' ' && columns.kind().is_none_or(|kind| kind.delimiter != Some(b' ')) {
                        continue;
                    }
                    // Where all columns go by their numbers, the first line may be a row.
                    if read_row(&columns.fields(&reader.record(row)), &times).is_ok() {
                        return Ok(Some(Self {
                            next: at,
                            lines,
                            table: table(dialect, columns.numbered(), b"", comments, cr),
                            skipped,
                        }));
                    }
                    return Ok(Some(Self {
                        next: if cr { next } else { at + length },
                        lines: lines + if cr { 1 } else { newlines(&rest[..length]).max(1) },
                        // A blank in front makes a quote part of the first field: it is to be read so again.
                        table: table(dialect, columns, row[..length].trim_ascii_end(), comments, cr),
                        skipped,
                    }));
                }
            }
            if let Some((dialect, columns, header)) = unnamed(text, &asked, &times) {
                return Ok(Some(Self {
                    next: at,
                    lines,
                    table: table(dialect, columns, header, comments, cr.is_some()),
                    skipped,
                }));
            }
            lines += 1;
            at = next;
            if text.starts_with(b"#") {
                comments = true;
                continue;
            }
            tried += 1;
            skipped = Some((skipped.map_or(lines, |(first, _)| first), lines));
            refused.get_or_insert_with(|| refusal(start, lines, text, given, faults.first()));
        }
        match refused {
            Some(error) => Err(error),
            None if start.whole => Err(InputError::Empty {
                name: start.name.to_owned(),
            }),
            None => Ok(None),
        }
    }

    /// Chooses among columns, quotes, ends of lines and times by the first rows.
    fn begin(mut self, start: &Start<'_>) -> Begin {
        let table = &mut self.table;
        let rest = &start.bytes[self.next..];
        let line = memchr::memchr(b'\n', rest).map_or(rest, |newline| &rest[..newline]);
        if let Some(cr) = lone_cr(line) {
            let mut reader = RowReader::new(table.dialect);
            reader.read(&line[..cr], 0, true);
            let record = reader.record(line);
            table.cr |= table.is_row(&record);
        }
        let rest = if table.cr {
            Cow::Owned(by_lf(rest))
        } else {
            Cow::Borrowed(rest)
        };
        let mut rows = sample(&rest, table.dialect);
        let escaped = [b'\\', table.dialect.quote];
        if memchr::memmem::find(&rest, &escaped).is_some() {
            let escape = Dialect {
                escape: Some(b'\\'),
                ..table.dialect
            };
            let other = sample(&rest, escape);
            let whole = |rows: &[Vec<Vec<u8>>]| rows.iter().filter(|row| row.len() == table.columns.count).count();
            if whole(&other) > whole(&rows) {
                (table.dialect, rows) = (escape, other);
            }
        }
        let mut remarks = Vec::new();
        if !table.line.is_empty() {
            let mut reader = RowReader::new(table.dialect);
            reader.read(&table.line, 0, true);
            let header = reader.record(&table.line);
            (table.columns, remarks) = table.columns.choose(&header, &table.asked, &table.times, &rows);
            if let Some((date, time)) = table.columns.date_and_time(&header, &table.asked, &table.times, &rows) {
                table.date = Some((date, names(&header)[date].to_vec()));
                table.columns = table.columns.with_time(&header, &table.asked, time);
                // Which of the two is read is no question any more.
                let question = format!(" columns fit {}: ", Meaning::Time.words());
                remarks.retain(|remark| !remark.contains(&question));
            }
        }
        table.columns = table.columns.clone().with_points(table.dialect.delimiter, &rows);
        if let Err(remedy) = table.learn_times(&rows, start, &mut remarks) {
            let name = start.name.to_owned();
            let what = "a table whose times count from the first packet";
            return Begin::Refused(InputError::NotText { name, what, remedy });
        }
        if let Some((first, last)) = self.skipped {
            let lines = if first == last {
                format!("line {first}")
            } else {
                format!("lines {first} to {last}")
            };
            remarks.insert(0, format!("{lines}, before the header, skipped"));
        }
        Begin::Head(Begun {
            taken: self
                .table
                .columns
                .taken(self.table.date.as_ref().map(|(_, name)| &name[..])),
            head: Arc::new(self.table),
            at: self.next,
            places: self.lines,
            remarks,
        })
    }
}

/// What to do about a table whose times count from the first packet.
const RELATIVE: &str = "export it with dates (in Wireshark View, Time Display Format, UTC Date and Time of Day; in tshark \
    -e frame.time_epoch), or give the capture itself";

impl Table {
    /// Learns from the first rows how times are written: in which order, in one column or two, and whether without
    /// a date or a year.
    ///
    /// # Errors
    /// What to do about times that cannot be placed.
    fn learn_times(
        &mut self,
        rows: &[Vec<Vec<u8>>],
        start: &Start<'_>,
        remarks: &mut Vec<String>,
    ) -> Result<(), &'static str> {
        let times = || {
            rows.iter()
                .map(|row| self.columns.time_of(row))
                .filter(|time| !time.is_empty())
        };
        let (learned, remark) = self.times.clone().learned(times());
        let is_time = |time: &[u8]| learned.read(time).is_ok();
        if let Some((date, _)) = &self.date {
            let dates = rows.iter().filter_map(|row| row.get(*date)).map(Vec::as_slice);
            let (learned, remark) = self.times.clone().learned(dates);
            remarks.extend(remark.map(str::to_owned));
            self.times = learned;
            return Ok(());
        }
        let stamp = |time: Option<&[u8]>| time.and_then(read_stamp).map_or(Stamp::None, |(stamp, _)| stamp);
        let first = stamp(times().find(|time| !is_time(time)));
        if matches!(first, Stamp::OfDay(_) | Stamp::Yearless { .. }) && !times().any(is_time) {
            let (clock, remark) = Clock::new(start, first, Stamp::None);
            remarks.extend(remark);
            self.clock = Some(clock);
            return Ok(());
        }
        let is_packets = self.columns.kind().is_some_and(|kind| kind.one_way);
        if is_packets && times().next().is_some() && times().all(is_relative) {
            return Err(RELATIVE);
        }
        remarks.extend(remark.map(str::to_owned));
        self.times = learned;
        Ok(())
    }

    /// The fields of a row.
    fn fields<'a>(&self, record: &Record<'a>) -> Fields<'a> {
        self.columns.fields(record)
    }

    /// Reads the time of a row where it is not that of one field; returns the clock for the rows below it,
    /// where that is moved.
    #[inline(always)]
    fn set_time<'a>(&self, record: &Record<'a>, fields: &mut Fields<'a>) -> Option<Box<Clock>> {
        if self.date.is_none() && self.clock.is_none() {
            return None;
        }
        self.set_unusual_time(record, fields)
    }

    #[inline(never)]
    fn set_unusual_time<'a>(&self, record: &Record<'a>, fields: &mut Fields<'a>) -> Option<Box<Clock>> {
        if let Some(clock) = &self.clock {
            let stamp = read_stamp(fields.time).map_or(Stamp::None, |(stamp, _)| stamp);
            let read = clock.read(stamp).ok();
            fields.time_ns = read.as_ref().map(|read| read.time_ns);
            return read.and_then(|read| read.moved).map(Box::new);
        }
        let date = record.field(self.date.as_ref().map(|(index, _)| *index));
        let length = date.len() + 1 + fields.time.len();
        let mut both = [b' '; MOST_TIME_BYTES];
        if let Some(both) = both.get_mut(..length) {
            both[..date.len()].copy_from_slice(date);
            both[date.len() + 1..].copy_from_slice(fields.time);
            fields.time_ns = self.times.read(both).ok();
        }
        None
    }

    /// The column of the date under another header, by its name.
    fn date_under(&self, header: &Record<'_>) -> Option<(usize, Vec<u8>)> {
        let (_, date) = self.date.as_ref()?;
        let names = names(header);
        let index = names.iter().position(|name| name.eq_ignore_ascii_case(date));
        Some((index?, date.clone()))
    }

    /// Whether a record is a row of this table that can be read.
    fn is_row(&self, record: &Record<'_>) -> bool {
        if record.len() < self.columns.fields {
            return false;
        }
        let mut fields = self.fields(record);
        self.set_time(record, &mut fields);
        read_row(&fields, &self.times).is_ok()
    }
}

/// A date and a time in two columns take no more bytes than this.
const MOST_TIME_BYTES: usize = 80;

/// A line that is a row of a kind whose tables have no header: how it is written, and the header.
fn unnamed(line: &[u8], asked: &Asked, times: &TimeReader) -> Option<(Dialect, Columns, &'static [u8])> {
    let kinds = KINDS.iter().filter(|kind| {
        asked
            .kind
            .is_none_or(|asked| KINDS[asked].about.name == kind.about.name)
    });
    let headers = kinds.filter_map(|kind| Some((kind.headers, kind.delimiter?)));
    let headers =
        headers.flat_map(|(headers, delimiter)| headers.iter().map(move |header| (header.as_bytes(), delimiter)));
    for (header, delimiter) in headers {
        let dialect = Dialect::of(delimiter);
        let (mut names, mut reader) = (RowReader::new(dialect), RowReader::new(dialect));
        names.read(header, 0, true);
        reader.read(line, 0, true);
        let (header_record, record) = (names.record(header), reader.record(line));
        let Ok(columns) = Columns::find(&header_record, Some(delimiter), asked, None) else {
            continue;
        };
        // A delimiter may end the row, too.
        let length = record.len() - usize::from(record.len() > 1 && record.get(record.len() - 1).is_empty());
        let fields = columns.fields(&record);
        let is_protocol =
            whole_number(fields.protocol, 255).is_some() || fields.protocol.iter().all(u8::is_ascii_alphabetic);
        if length == header_record.len() && is_protocol && read_row(&fields, times).is_ok() {
            return Some((dialect, columns, header));
        }
    }
    None
}

/// The error of a log whose first line is no header.
fn refusal(start: &Start<'_>, line: u64, text: &[u8], given: Option<u8>, fault: Option<&QuoteFault>) -> InputError {
    let name = start.name.to_owned();
    if let Some(fault) = fault {
        let what = fault.to_string();
        return InputError::Header { name, line, what };
    }
    let mut readers = dialects(text, given).map(RowReader::new).collect::<Vec<_>>();
    for reader in &mut readers {
        reader.read(text, 0, true);
    }
    // By the delimiter that parts the most.
    let records = readers.iter().map(|reader| reader.record(text)).rev();
    let Some(record) = records.max_by_key(Record::len) else {
        return InputError::Empty { name };
    };
    let missing = Columns::find(&record, Some(b','), &Asked::of(start.options), None).err();
    InputError::MissingColumns {
        name,
        line,
        missing: missing.as_ref().map_or_else(String::new, Missing::list),
        found: list_columns(&record),
    }
}

/// The first rows of a text, field by field without blanks.
fn sample(text: &[u8], dialect: Dialect) -> Vec<Vec<Vec<u8>>> {
    let mut reader = RowReader::new(dialect);
    let (mut at, mut rows) = (0, Vec::new());
    while at < text.len() && rows.len() < SAMPLE_ROWS {
        match reader.read(text, at, false) {
            End::Line(next) | End::Lines(next) => {
                let record = reader.record(text);
                if !record.is_blank() {
                    rows.push(record.iter().map(|field| field.trim_ascii().to_vec()).collect());
                }
                at = next;
            }
            End::Fault(next, _) => at = next,
            End::Unfinished => break,
        }
    }
    rows
}

/// The ways of writing that a line may be a header of.
fn dialects(line: &[u8], given: Option<u8>) -> impl Iterator<Item = Dialect> {
    let quote = if line.starts_with(b"'") { b'\'' } else { b'"' };
    let delimiters = given.map_or_else(|| DELIMITERS.to_vec(), |given| vec![given]);
    delimiters.into_iter().map(move |delimiter| Dialect {
        quote,
        ..Dialect::of(delimiter)
    })
}

/// The delimiter that a line like `sep=;` names, as Excel reads and writes it.
fn separator_line(line: &[u8]) -> Option<u8> {
    let line = line
        .strip_prefix(b"\"")
        .and_then(|line| line.strip_suffix(b"\""))
        .unwrap_or(line);
    let (name, value) = line.split_at_checked(4)?;
    match value {
        // Blanks around the line were trimmed, and a tab with them.
        [] if name.eq_ignore_ascii_case(b"sep=") => Some(b'\t'),
        [delimiter] if name.eq_ignore_ascii_case(b"sep=") && !matches!(delimiter, b'"' | b'\r' | b'\n') => {
            Some(*delimiter)
        }
        _ => None,
    }
}

/// The first CR that ends a line alone: one that is followed by something else than LF.
fn lone_cr(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\r', text).find(|at| text.get(at + 1).is_some_and(|byte| *byte != b'\n'))
}

/// The same text with LF in place of every CR that ends a line alone.
fn by_lf(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    for at in 0..text.len() {
        if text[at] == b'\r' && text.get(at + 1) != Some(&b'\n') {
            text[at] = b'\n';
        }
    }
    text
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

impl Head for Table {
    fn unit(&self) -> PlaceUnit {
        PlaceUnit::Line
    }

    fn cut(&self, bytes: &[u8], searched: usize) -> Option<usize> {
        let end = memchr::memrchr(b'\n', &bytes[searched..]).map(|newline| searched + newline + 1);
        let cr = || {
            // The last byte may be the CR of CR LF.
            let cr = memchr::memrchr(b'\r', &bytes[..bytes.len() - 1])?;
            (bytes[cr + 1] != b'\n').then_some(cr + 1)
        };
        end.or_else(|| (self.cr || bytes.len() > LONG_LINE_BYTES).then(cr).flatten())
    }

    fn line_end(&self, bytes: &[u8]) -> Option<usize> {
        let lf = memchr::memchr(b'\n', bytes);
        let cr = if self.cr { lone_cr(bytes) } else { None };
        lf.into_iter().chain(cr).min().map(|end| end + 1)
    }

    fn has_addresses(&self) -> bool {
        self.columns.has_addresses()
    }

    fn parse(self: Arc<Self>, bytes: &[u8], last: bool, options: &Options) -> Parsed {
        // Rows of logs are 40 bytes and more.
        let mut piece = Piece::new(PlaceUnit::Line, bytes.len() / 40, options);
        piece.times = self.times.clone();
        let text = if self.cr {
            Cow::Owned(by_lf(bytes))
        } else {
            Cow::Borrowed(bytes)
        };
        let mut parser = Parser {
            reader: RowReader::new(self.dialect),
            probe: RowReader::new(self.dialect),
            table: Arc::clone(&self),
            piece,
            strict: options.strict,
        };
        parser.read(&text, last);
        let changed = !Arc::ptr_eq(&parser.table, &self);
        Parsed {
            piece: parser.piece,
            head: changed.then_some(parser.table as Arc<dyn Head>),
        }
    }
}

/// Reads the rows of a piece.
struct Parser {
    table: Arc<Table>,
    reader: RowReader,
    /// For a second look at a line.
    probe: RowReader,
    piece: Piece,
    strict: bool,
}

impl Parser {
    /// Reads the rows of a text, all of them or up to one that does not end in it; false where one stops
    /// reading.
    fn read(&mut self, text: &[u8], whole: bool) -> bool {
        let read = self.read_rows(text, whole);
        // The reader goes on in another text.
        self.reader.forget();
        read
    }

    fn read_rows(&mut self, text: &[u8], whole: bool) -> bool {
        let mut at = 0;
        // A table of its own for the loop: that of `self` would be looked up anew for every field.
        let mut table = Arc::clone(&self.table);
        while at < text.len() {
            let place = self.piece.places;
            let (next, lines, fault) = match self.reader.read(text, at, whole) {
                End::Line(next) => (next, 1, None),
                End::Lines(next) => match self.row_within(&text[at..next]) {
                    Some(length) => (at + length, 1, Some(QuoteFault::Rows)),
                    None => (next, newlines(&text[at..next - 1]) + 1, None),
                },
                End::Fault(next, fault) => (next, 1, Some(fault)),
                End::Unfinished => {
                    self.piece.unfinished = Some(at);
                    return true;
                }
            };
            let row = &text[at..next];
            at = next;
            if fault.is_none() {
                let record = self.reader.record(text);
                let usual = table.missing.is_none()
                    && record.len() >= table.columns.fields
                    && !table.columns.comment_behind(&record)
                    // Rows that CR alone parts, and a row with the next file's header or row behind it, have
                    // more fields than the header.
                    && (record.len() <= table.columns.count
                        || !(lone_cr(row).is_some() || may_end_in_header(row, &table.asked) || table.columns.may_be_two(record.len())));
                if usual {
                    // In two steps, so that no field is moved when they are known.
                    let mut fields = table.columns.usual_fields(&record);
                    table.columns.add_unusual(&record, &mut fields);
                    let moved = table.set_time(&record, &mut fields);
                    if self
                        .piece
                        .add(place, &fields, |field| table.columns.name(field))
                        .is_ok()
                    {
                        self.piece.places += lines;
                        if record.len() != table.columns.count
                            && let Some(what) = table.columns.remark_of_length(&record)
                        {
                            self.piece.remark(place, what);
                        }
                        if let Some(clock) = moved {
                            self.move_clock(place, *clock);
                            table = Arc::clone(&self.table);
                        }
                        continue;
                    }
                }
                if record.is_blank() {
                    self.piece.places += lines;
                    continue;
                }
            }
            if !self.read_unusual(row, lines, fault) {
                return false;
            }
            table = Arc::clone(&self.table);
        }
        true
    }

    /// The length of the first line of a row of several lines, if a line below it reads as a row by
    /// itself: then the row's quote was opened by mistake.
    /// So does text behind a quote that closes on another line.
    fn row_within(&mut self, row: &[u8]) -> Option<usize> {
        let first = memchr::memchr(b'\n', row)? + 1;
        if self.reader.closes_before_text(row) {
            return Some(first);
        }
        let mut lines = row[first..].split_inclusive(|byte| *byte == b'\n');
        lines
            .any(|line| self.is_row(line) || self.is_header(line))
            .then_some(first)
    }

    /// Whether a line reads as a row by itself, whatever stands in its other fields.
    fn is_row(&mut self, line: &[u8]) -> bool {
        self.probe.dialect = self.table.dialect;
        if !self.probe.split_alone(line) {
            return false;
        }
        self.table.is_row(&self.probe.record(line))
    }

    /// Whether a line is a header with all columns that are needed.
    fn is_header(&mut self, line: &[u8]) -> bool {
        self.probe.dialect = self.table.dialect;
        let Table { asked, dialect, .. } = &*self.table;
        names_a_time(line, asked)
            && self.probe.split_alone(line)
            && Columns::find(&self.probe.record(line), Some(dialect.delimiter), asked, None).is_ok()
    }

    /// Everything but a row of values: lines that CR parts, headers, comments, and rows that cannot be
    /// read; false where one of those stops reading.
    #[cold]
    fn read_unusual(&mut self, row: &[u8], lines: u64, fault: Option<QuoteFault>) -> bool {
        if fault.is_none() {
            let text = lone_cr(row).map(|_| by_lf(row));
            if let Some(text) = &text
                && text
                    .split(|byte| *byte == b'\n')
                    .any(|line| self.is_row(line) || self.is_header(line))
            {
                return self.read(text, true);
            }
            let unmarked = without_marks(row);
            if unmarked.len() < row.len() {
                return self.read(unmarked, true);
            }
            if let Some(tail) = self.header_behind(row) {
                return self.read_joined(row, lines, tail);
            }
            if self.is_no_row(row) {
                self.piece.places += lines;
                return true;
            }
            if let Some(read) = self.read_two(row) {
                return read;
            }
            self.probe.dialect = self.table.dialect;
            if self.probe.split_alone(row)
                && self.table.columns.comment_behind(&self.probe.record(row))
                && self.read_commented(row)
            {
                self.piece.places += lines;
                return true;
            }
            // What is left of CR alone stands in quotes.
            if self.add(text.as_deref().unwrap_or(row)) || self.read_commented(row) {
                self.piece.places += lines;
                return true;
            }
        }
        let place = self.piece.places;
        self.piece.places += lines;
        let what = self.fault(row, fault);
        if fault.is_some() {
            self.piece.skip(place, lines, || what.clone());
        }
        self.piece.unreadable(self.strict, place, || what)
    }

    /// Takes a row in by itself; false where it cannot be read, or has the wrong number of fields.
    fn add(&mut self, row: &[u8]) -> bool {
        let table = Arc::clone(&self.table);
        self.probe.dialect = table.dialect;
        if table.missing.is_some() || !matches!(self.probe.read(row, 0, true), End::Line(_) | End::Lines(_)) {
            return false;
        }
        let record = self.probe.record(row);
        let mut fields = table.fields(&record);
        let moved = table.set_time(&record, &mut fields);
        let place = self.piece.places;
        let columns = &table.columns;
        let added =
            record.len() >= columns.fields && self.piece.add(place, &fields, |field| columns.name(field)).is_ok();
        if added
            && record.len() != columns.count
            && let Some(what) = columns.remark_of_length(&record)
        {
            self.piece.remark(place, what);
        }
        if let (true, Some(clock)) = (added, moved) {
            self.move_clock(place, *clock);
        }
        added
    }

    /// Reads a row that the next file's header follows on the same line, and reads on by that header.
    fn read_joined(&mut self, row: &[u8], lines: u64, tail: Tail) -> bool {
        let place = self.piece.places;
        let whole = tail.at.is_some_and(|at| self.add(&row[..at]));
        self.piece.places += lines;
        let what = if whole {
            "a header follows the last row of the file before it on the same line; it was read as one"
        } else {
            "row has a header behind it on the same line, expected a newline between them"
        };
        self.change(tail.table);
        if whole {
            self.piece.remark(place, what);
            return true;
        }
        self.piece.unreadable(self.strict, place, || what.to_owned())
    }

    /// Reads a row that another follows on the same line, as files come to that are joined of which the first
    /// has no newline at its end and the second no header. `None` where the line is not two rows; false where
    /// one stops reading.
    fn read_two(&mut self, row: &[u8]) -> Option<bool> {
        let place = self.piece.places;
        let what = match self.row_behind(row)? {
            Behind::At(at) => {
                if self.add(&row[..at]) {
                    self.piece.places += newlines(&row[..at]);
                    self.piece.remark(
                        place,
                        "a row follows the last row of the file before it on the same line; it was read as one",
                    );
                    return Some(self.read(&row[at..], true));
                }
                "row has another behind it on the same line, expected a newline between them"
            }
            Behind::Somewhere => {
                "row has another behind it on the same line, and where that begins cannot be told; expected a newline \
                 between them"
            }
        };
        self.piece.places += newlines(row).max(1);
        Some(self.piece.unreadable(self.strict, place, || what.to_owned()))
    }

    /// The place of a second row in a line: within the last field that the header names, where the line before
    /// it is a row and the line from there on is one.
    fn row_behind(&mut self, row: &[u8]) -> Option<Behind> {
        self.probe.dialect = self.table.dialect;
        let End::Line(_) = self.probe.read(row, 0, true) else {
            return None;
        };
        let columns = &self.table.columns;
        if !columns.may_be_two(self.probe.record(row).len()) {
            return None;
        }
        let row = row.trim_ascii_end();
        let field = field_range(row, self.table.dialect, columns.count - 1)?;
        let mut found = Vec::new();
        for at in field.start.max(1)..field.end.min(field.start + MOST_JOINED_BYTES) {
            let rows = self.row_alone(&row[..at]).zip(self.row_alone(&row[at..]));
            found.extend(rows.map(|rows| (at, rows)));
        }
        // Most likely both have a port, and their times are written alike.
        if found.iter().any(|(_, (before, behind))| before.1 && behind.1) {
            found.retain(|(_, (before, behind))| before.1 && behind.1);
        }
        if found.len() > 1 {
            found.retain(|(_, (before, behind))| before.0 == behind.0 && before.0 >= LIKE_BYTES);
            if found.len() != 1 {
                return Some(Behind::Somewhere);
            }
        }
        found.first().map(|(at, _)| Behind::At(*at))
    }

    /// Number of bytes of the time in a line that reads as a row by itself, and whether it has a port; `None` for
    /// another line.
    fn row_alone(&mut self, line: &[u8]) -> Option<(usize, bool)> {
        if !self.is_row(line) {
            return None;
        }
        let record = self.probe.record(line);
        let fields = self.table.columns.fields(&record);
        Some((
            fields.time.len(),
            matches!(read_row(&fields, &self.table.times), Ok(Row::Drawable { .. })),
        ))
    }

    /// Reads a row that a comment follows on the same line, as files come to that are joined of which the first
    /// has no newline at its end and the second comments before its header; false where the line is not that.
    fn read_commented(&mut self, row: &[u8]) -> bool {
        let place = self.piece.places;
        let Some(last) = field_range(row, self.table.dialect, self.table.columns.count - 1) else {
            return false;
        };
        let Some(sign) = memchr::memchr(b'#', &row[last.start..]) else {
            return false;
        };
        if !self.add(&row[..last.start + sign]) {
            return false;
        }
        self.piece.remark(
            place,
            "a comment follows the last row of the file before it on the same line; it was left out",
        );
        self.change(Table {
            comments: true,
            ..(*self.table).clone()
        });
        true
    }

    /// The header that a row ends in, as files come to that are joined of which the first has no newline
    /// at its end.
    fn header_behind(&mut self, row: &[u8]) -> Option<Tail> {
        if !may_end_in_header(row, &self.table.asked) {
            return None;
        }
        let row = row.trim_ascii_end();
        let own = self.table.dialect;
        let (mut above, mut reader) = (RowReader::new(own), RowReader::new(own));
        above.read(&self.table.line, 0, true);
        let line = above.record(&self.table.line);
        let own_names = names(&line);
        let mut sorted = own_names.clone();
        sorted.sort_unstable();
        for dialect in std::iter::once(own).chain(dialects(b"", None)) {
            let ends = memchr::memchr_iter(dialect.delimiter, row).chain(std::iter::once(row.len()));
            let ends = ends.collect::<Vec<_>>();
            // Fields of the row before the one that the header's first name follows: by its own delimiter,
            // most likely as many as its own header has.
            let usual = self.table.columns.count.saturating_sub(1);
            let first = if dialect.delimiter == own.delimiter { usual } else { 0 };
            let others = (0..ends.len()).filter(|index| *index != first);
            for index in std::iter::once(first).chain(others) {
                let Some(end) = ends.get(index).copied() else {
                    continue;
                };
                let mut start = index.checked_sub(1).map_or(0, |before| ends[before] + 1);
                if dialect.delimiter != own.delimiter {
                    let delimiter = memchr::memrchr(own.delimiter, &row[start..end]);
                    start += delimiter.map_or(0, |delimiter| delimiter + 1);
                }
                // Names alone are a header by themselves.
                let mut before = row[..start].split(|byte| *byte == own.delimiter);
                if !before.any(|field| is_value(without_quotes(field.trim_ascii()))) {
                    continue;
                }
                let field = &row[start..end];
                let bom = memchr::memmem::find(field, UTF8_BOM);
                let quote = (field.len() > 1 && field.ends_with(&[dialect.quote]))
                    .then(|| memchr::memrchr(dialect.quote, &field[..field.len() - 1]))
                    .flatten();
                // A name of the header above rather than any other: `UStime` ends in `stime`, too.
                let name = || {
                    let ends = |is_name: &dyn Fn(&[u8]) -> bool| {
                        (0..field.len()).find(|at| is_name(field[*at..].trim_ascii()))
                    };
                    ends(&|name| own_names.contains(&name)).or_else(|| ends(&|name| is_known(name, &self.table.asked)))
                };
                let mark = bom.or(quote);
                let at = mark.or_else(name);
                if at.is_none() && index != first {
                    continue;
                }
                let from = start + at.unwrap_or(0);
                let header = without_marks(&row[from..]);
                reader.dialect = dialect;
                if !matches!(reader.read(header, 0, true), End::Line(_)) {
                    continue;
                }
                let record = reader.record(header);
                let Ok(columns) = Columns::find(
                    &record,
                    Some(dialect.delimiter),
                    &self.table.asked,
                    Some(&self.table.columns),
                ) else {
                    continue;
                };
                let mut found = names(&record);
                found.sort_unstable();
                let before = memchr::memchr_iter(own.delimiter, &row[..start]).count();
                let value = row[start..from].trim_ascii();
                let sure = mark.is_some() || found == sorted || self.table.columns.is_sure(before, value);
                return Some(Tail {
                    at: at.filter(|_| sure).map(|_| from),
                    table: Table {
                        dialect,
                        columns,
                        date: self.table.date_under(&record),
                        line: header.to_vec(),
                        missing: None,
                        ..(*self.table).clone()
                    },
                });
            }
        }
        None
    }

    /// Whether a row that cannot be read is a comment, a header again, or the line before one. Such a
    /// header holds for the rows below it.
    fn is_no_row(&mut self, row: &[u8]) -> bool {
        let line = row.trim_ascii();
        if self.table.comments && line.starts_with(b"#") {
            return true;
        }
        if line == self.table.line.trim_ascii_start() {
            if self.table.missing.is_some() || self.table.ended {
                self.change(Table {
                    missing: None,
                    ended: false,
                    ..(*self.table).clone()
                });
            }
            return true;
        }
        if self.table.ended {
            let fields = memchr::memchr_iter(self.table.dialect.delimiter, line).count() + 1;
            if fields < self.table.columns.fields {
                return true;
            }
        }
        let trailer = self.table.columns.kind().and_then(|kind| kind.trailer);
        if trailer.is_some_and(|trailer| line.starts_with(trailer.as_bytes())) {
            self.change(Table {
                ended: true,
                ..(*self.table).clone()
            });
            return true;
        }
        if let Some(delimiter) = separator_line(line) {
            let dialect = Dialect {
                delimiter,
                ..self.table.dialect
            };
            self.change(Table {
                dialect,
                ..(*self.table).clone()
            });
            return true;
        }
        if !names_a_time(line, &self.table.asked) {
            return false;
        }
        let own = self.table.dialect;
        for dialect in std::iter::once(own).chain(dialects(line, None)) {
            self.probe.dialect = dialect;
            if !matches!(self.probe.read(row, 0, true), End::Line(_) | End::Lines(_)) {
                continue;
            }
            let record = self.probe.record(row);
            match Columns::find(
                &record,
                Some(dialect.delimiter),
                &self.table.asked,
                Some(&self.table.columns),
            ) {
                Ok(columns) => {
                    let line = line.to_vec();
                    let date = self.table.date_under(&record);
                    self.change(Table {
                        dialect,
                        columns,
                        date,
                        line,
                        missing: None,
                        ..(*self.table).clone()
                    });
                    return true;
                }
                // Rows below it are not to be read by the columns above it.
                Err(missing) if dialect == own && missing.is_header(&record, &self.table.asked) => {
                    let missing = Some(missing.list());
                    self.change(Table {
                        missing,
                        ..(*self.table).clone()
                    });
                    return false;
                }
                Err(_) => {}
            }
        }
        false
    }

    /// Reads on by a clock that the row at `place` moved.
    fn move_clock(&mut self, place: u64, clock: Clock) {
        if self.table.clock.as_ref().is_some_and(|own| own.is_first_late(&clock)) {
            self.piece.remark(place, LATE);
        }
        self.change(Table {
            clock: Some(clock),
            ..(*self.table).clone()
        });
    }

    /// Reads on by another table.
    fn change(&mut self, table: Table) {
        self.reader.dialect = table.dialect;
        self.table = Arc::new(table);
    }

    /// The reason why a row cannot be read.
    fn fault(&mut self, row: &[u8], fault: Option<QuoteFault>) -> String {
        if let Some(fault) = fault {
            return fault.to_string();
        }
        let columns = &self.table.columns;
        if let Some(missing) = &self.table.missing {
            return format!("row stands under a header without a column for {missing}, expected one");
        }
        self.probe.dialect = self.table.dialect;
        self.probe.read(row, 0, true);
        let record = self.probe.record(row);
        if record.len() < columns.fields {
            let (found, plural) = (record.len(), if record.len() == 1 { "" } else { "s" });
            return format!("row has {found} field{plural}, expected at least {}", columns.fields);
        }
        let mut fields = self.table.fields(&record);
        self.table.set_time(&record, &mut fields);
        match read_row(&fields, &self.table.times) {
            Err(fault) => fault.describe(columns.name(fault.field()), &fields),
            Ok(Row::Drawable { .. }) if is_no_name(fields.code) || is_no_name(fields.country) => {
                let fault = Fault::country(&fields);
                fault.describe(columns.name(fault.field()), &fields)
            }
            Ok(_) => "row cannot be read, expected one that can".to_owned(),
        }
    }
}

/// A row behind another on the same line.
enum Behind {
    /// It begins at this byte of the line.
    At(usize),
    /// It begins at one of several bytes.
    Somewhere,
}

/// A header at the end of a row.
struct Tail {
    /// Offset in the row; `None` where its first name cannot be told from the row's last field.
    at: Option<usize>,
    table: Table,
}

/// A text without the byte order marks at its start: of files that were joined or converted twice there are
/// several.
fn without_marks(mut text: &[u8]) -> &[u8] {
    while let Some(behind) = text.strip_prefix(UTF8_BOM) {
        text = behind;
    }
    text
}

/// A field without the quotes around it.
fn without_quotes(field: &[u8]) -> &[u8] {
    match field {
        [first @ (b'"' | b'\''), inner @ .., last] if first == last => inner,
        _ => field,
    }
}

/// Whether a row may have a header behind it: two of its fields are names of columns.
#[cold]
fn may_end_in_header(row: &[u8], asked: &Asked) -> bool {
    let is_name = |field: &&[u8]| is_known(without_quotes(field.trim_ascii()), asked);
    DELIMITERS
        .iter()
        .any(|delimiter| row.split(|byte| byte == delimiter).filter(is_name).count() >= 2)
}

/// Whether one of a line's words may be the name of a column of times: every header has one.
fn names_a_time(line: &[u8], asked: &Asked) -> bool {
    let names = |word: &[u8]| line.windows(word.len()).any(|found| found.eq_ignore_ascii_case(word));
    match asked.names.get(Meaning::Time) {
        // Any line has a column of a number: only the first is known to be a header.
        Some(name) if name.split('+').any(|name| name.parse::<usize>().is_ok()) => false,
        Some(name) => name.split('+').all(|name| names(name.as_bytes())),
        None => [
            &b"time"[..],
            b"ts",
            b"start",
            b"first",
            b"date",
            b"epoch",
            b"event",
            b"received",
            b"stamp",
            // In other languages, see `Meaning`.
            b"zeit",
            b"datum",
            b"tijd",
            b"horodat",
            b"heure",
            b"fecha",
            b"hora",
            b"marca",
            b"data",
            b"orario",
        ]
        .iter()
        .any(|word| names(word)),
    }
}

/// Reads a row; one of a table has bytes only where they are measured.
fn read_row(fields: &Fields<'_>, times: &TimeReader) -> Result<Row, Fault> {
    Row::read(fields, times, Measure::Bytes)
}

#[cfg(test)]
mod tests;
