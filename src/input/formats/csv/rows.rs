//! Rows of a text and the fields in them, quotes undone: the file that knows how CSV is written. It does
//! not know what the fields mean, nor where the text comes from.
//!
//! The rules are those of RFC 4180 as the `csv` crate reads them: a quote counts at the start of a field
//! only, a field in quotes may hold newlines, and whatever stands between a closing quote and the next
//! delimiter belongs to the field. Most lines are split here, sixteen bytes at a time, and a test compares
//! them with the `csv` crate; lines that are not plain enough go through that crate.

use std::io;
use std::ops::Range;

use thiserror::Error;

use crate::input::formats::tables::columns::Cells;
use wide::u8x16;

/// The most lines that one row may take. Fields here are words and names; a row of more lines is a quote
/// that was opened by mistake.
const MOST_LINES: u64 = 100;

/// The most bytes that a row of several lines may take.
const MOST_BYTES: usize = 1 << 20;

/// The signs that part and quote fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
    /// The byte that makes the quote behind it a part of the field; without one, two quotes do.
    pub escape: Option<u8>,
}

impl Dialect {
    /// RFC 4180, with another delimiter.
    pub const fn of(delimiter: u8) -> Self {
        Self {
            delimiter,
            quote: b'"',
            escape: None,
        }
    }
}

/// The end of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The row is one line; the next begins here.
    Line(usize),
    /// The row is of several lines; the next begins here.
    Lines(usize),
    /// The row has a fault in its quotes. It is taken to be one line; the next begins here.
    Fault(usize, QuoteFault),
    /// The text ends before the row does, and is not whole.
    Unfinished,
}

/// A fault in a row's quotes, which may hide other rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum QuoteFault {
    #[error("row opens a quote that is never closed, expected it to close")]
    Unclosed,
    #[error("row opens a quote that does not close within {MOST_LINES} lines or 1 MiB, expected it to close")]
    Long,
    #[error("row opens a quote that takes in the rows below it, expected it to close")]
    Rows,
}

/// The fields of a row.
pub(super) struct Record<'a> {
    bytes: &'a [u8],
    spans: &'a [[u32; 2]],
}

impl<'a> Record<'a> {
    /// A field as it is; empty where the row is too short for it.
    #[inline]
    pub fn get(&self, index: usize) -> &'a [u8] {
        self.spans
            .get(index)
            .map_or(&[], |[start, end]| &self.bytes[*start as usize..*end as usize])
    }

    /// Every field.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Whether there is nothing in it.
    pub fn is_blank(&self) -> bool {
        self.len() == 1 && self.get(0).trim_ascii().is_empty()
    }
}

impl<'a> Cells<'a> for Record<'a> {
    fn len(&self) -> usize {
        self.spans.len()
    }

    #[inline]
    fn field(&self, index: Option<usize>) -> &'a [u8] {
        match index.map(|index| self.get(index)).unwrap_or_default() {
            // Nearly every one: blanks are below the other characters.
            field @ [first, .., last] if *first > b' ' && *last > b' ' => field,
            field => field.trim_ascii(),
        }
    }
}

/// Reads row after row; keeps its memory from one to the next.
pub(super) struct RowReader {
    pub dialect: Dialect,
    spans: Vec<[u32; 2]>,
    /// Fields of a row whose quotes cannot be undone by leaving bytes out at the ends.
    unquoted: Vec<u8>,
    in_unquoted: bool,
    /// A part of the text from one line's start to another's: a line that begins in it and in quotes is followed
    /// by no end of a row in it.
    quoted: Range<usize>,
    /// Made for the first row that needs it: building its tables took 2% of the time of a log in pieces.
    odd: Option<OddReader>,
}

impl RowReader {
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            spans: Vec::new(),
            unquoted: Vec::new(),
            in_unquoted: false,
            quoted: 0..0,
            odd: None,
        }
    }

    /// The row that [`RowReader::read`] found last in this text.
    pub fn record<'a>(&'a self, text: &'a [u8]) -> Record<'a> {
        Record {
            bytes: if self.in_unquoted { &self.unquoted } else { text },
            spans: &self.spans,
        }
    }

    /// Reads the row that begins at `start`; a newline at the end of the text may be missing. A text that
    /// is not `whole` may go on behind its end.
    #[inline]
    pub fn read(&mut self, text: &[u8], start: usize, whole: bool) -> End {
        self.spans.clear();
        self.in_unquoted = false;
        if let Some(end) = split_plain(text, start, self.dialect, &mut self.spans) {
            return End::Line((end + 1).min(text.len()));
        }
        self.spans.clear();
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length);
        let next = (end + 1).min(text.len());
        // Lines may end in LF CR: then the CR stands before the next line's quote.
        let start = start + text[start..end].iter().take_while(|byte| **byte == b'\r').count();
        if split_quoted(text, start, end, self.dialect, &mut self.spans) {
            return End::Line(next);
        }
        self.read_odd(text, start, next, whole)
    }

    /// Splits a line as a row by itself: a quote that does not close takes in the rest of the line. False
    /// where a quote closes that was not opened: then the line is the end of a row of several.
    pub fn split_alone(&mut self, line: &[u8]) -> bool {
        let Dialect { delimiter, quote, .. } = self.dialect;
        self.spans.clear();
        self.in_unquoted = false;
        let line = line.trim_ascii_end();
        let mut at = line.iter().take_while(|byte| **byte == b'\r').count();
        loop {
            let end = if line.get(at) == Some(&quote) {
                let (start, mut from) = (at + 1, at + 1);
                let close = loop {
                    match memchr::memchr(quote, &line[from..]).map(|length| from + length) {
                        Some(close) if line.get(close + 1) == Some(&quote) => from = close + 2,
                        close => break close,
                    }
                };
                let close = close.filter(|close| line.get(close + 1).is_none_or(|byte| *byte == delimiter));
                self.spans.push([start as u32, close.unwrap_or(line.len()) as u32]);
                close.map_or(line.len(), |close| close + 1)
            } else {
                let end = memchr::memchr(delimiter, &line[at..]).map_or(line.len(), |length| at + length);
                if line[at..end].ends_with(&[quote]) {
                    return false;
                }
                self.spans.push([at as u32, end as u32]);
                end
            };
            if end == line.len() {
                return true;
            }
            at = end + 1;
        }
    }

    /// Whether a quoted field of a row of several lines holds a newline and has text behind its closing
    /// quote: then two quotes were opened by mistake, and none was closed.
    pub fn closes_before_text(&self, row: &[u8]) -> bool {
        let Dialect {
            delimiter,
            quote,
            escape,
        } = self.dialect;
        let mut at = row.iter().take_while(|byte| **byte == b'\r').count();
        while at < row.len() {
            if row[at] == quote {
                let open = at;
                at += 1;
                while at < row.len() && (row[at] != quote || row.get(at + 1) == Some(&quote)) {
                    at += if row[at] == quote || escape == Some(row[at]) {
                        2
                    } else {
                        1
                    };
                }
                let text = row.get(at + 1..).unwrap_or_default();
                let end = memchr::memchr2(delimiter, b'\n', text).unwrap_or(text.len());
                let newline = memchr::memchr(b'\n', &row[open..at.min(row.len())]).is_some();
                if newline && !text[..end].trim_ascii().is_empty() {
                    return true;
                }
                at = at + 1 + end;
            } else {
                at = memchr::memchr(delimiter, &row[at..]).map_or(row.len(), |length| at + length);
            }
            at += 1;
        }
        false
    }

    /// For quotes in quotes, newlines in quotes, and quotes that are never closed; the first line of the
    /// row ends at `next`. Lines are added until the quotes close.
    fn read_odd(&mut self, text: &[u8], start: usize, next: usize, whole: bool) -> End {
        if start == 0 {
            self.forget();
        }
        let dialect = self.dialect;
        let (mut end, mut lines) = (next, 1);
        let mut is_open = ends_in_quotes(&text[start..next], false, dialect);
        while is_open {
            if lines >= MOST_LINES || end - start > MOST_BYTES {
                return End::Fault(next, QuoteFault::Long);
            }
            if end == text.len() {
                return if whole {
                    End::Fault(next, QuoteFault::Unclosed)
                } else {
                    End::Unfinished
                };
            }
            if self.quoted.contains(&end) {
                lines += memchr::memchr_iter(b'\n', &text[end..self.quoted.end]).count() as u64;
                end = self.quoted.end;
                continue;
            }
            let line_end = memchr::memchr(b'\n', &text[end..]).map_or(text.len(), |length| end + length + 1);
            is_open = ends_in_quotes(&text[end..line_end], true, dialect);
            if is_open {
                let from = if self.quoted.end == end { self.quoted.start } else { end };
                self.quoted = from..line_end;
            }
            (end, lines) = (line_end, lines + 1);
        }
        if lines > 1 && end - start > MOST_BYTES {
            return End::Fault(next, QuoteFault::Long);
        }
        let odd = match &mut self.odd {
            Some(odd) if odd.dialect == dialect => odd,
            odd => odd.insert(OddReader::new(dialect)),
        };
        if odd.read(&text[start..end]).is_none() {
            return End::Fault(next, QuoteFault::Unclosed);
        }
        self.in_unquoted = true;
        self.unquoted.clear();
        self.unquoted.extend_from_slice(odd.record.as_slice());
        let ranges = (0..odd.record.len()).filter_map(|index| odd.record.range(index));
        self.spans.clear();
        self.spans
            .extend(ranges.map(|range| [range.start as u32, range.end as u32]));
        if lines == 1 { End::Line(end) } else { End::Lines(end) }
    }

    /// Forgets what is known of the text so far: the next row is one of another text.
    pub fn forget(&mut self) {
        self.quoted = 0..0;
    }
}

/// Whether a line ends within quotes; `is_open` is whether it begins there.
fn ends_in_quotes(line: &[u8], mut is_open: bool, dialect: Dialect) -> bool {
    let Dialect {
        delimiter,
        quote,
        escape,
    } = dialect;
    let mut at = 0;
    loop {
        if is_open {
            let Some(length) = memchr::memchr2(quote, escape.unwrap_or(quote), &line[at..]) else {
                return true;
            };
            at += length;
            if escape == Some(line[at]) || line.get(at + 1) == Some(&quote) {
                at = (at + 2).min(line.len());
                continue;
            }
            // Text behind a closing quote belongs to the field.
            is_open = false;
        } else if line.get(at) == Some(&quote) {
            (is_open, at) = (true, at + 1);
            continue;
        }
        match memchr::memchr(delimiter, &line[at..]) {
            Some(length) => at += length + 1,
            None => return false,
        }
    }
}

/// The `csv` crate on one row at a time.
struct OddReader {
    dialect: Dialect,
    reader: csv::Reader<io::Cursor<Vec<u8>>>,
    record: csv::ByteRecord,
}

impl OddReader {
    fn new(dialect: Dialect) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .quote(dialect.quote)
            .escape(dialect.escape)
            .double_quote(true)
            // Not the default, which ends a row at CR and counts the LF to the row below. The CR stays at
            // the end of the last field, and is trimmed with blanks.
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(io::Cursor::new(Vec::new()));
        Self {
            dialect,
            reader,
            record: csv::ByteRecord::new(),
        }
    }

    /// Reads the row that `lines` are, into `record`; `None` where it does not end with them.
    fn read(&mut self, lines: &[u8]) -> Option<()> {
        let text = self.reader.get_mut().get_mut();
        text.clear();
        text.extend_from_slice(lines);
        if !lines.ends_with(b"\n") {
            text.push(b'\n');
        }
        let most = text.len() as u64;
        // A row whose quotes are open goes on into this.
        text.push(b'\n');
        // Neither seeking nor reading fails in memory.
        self.reader
            .seek_raw(io::SeekFrom::Start(0), csv::Position::new())
            .ok()?;
        self.reader.read_byte_record(&mut self.record).ok()?;
        (self.reader.position().byte() == most).then_some(())
    }
}

/// The bytes of a field of a row as they are written, with the quotes around it; `None` where the row is too
/// short for it.
pub(super) fn field_range(row: &[u8], dialect: Dialect, index: usize) -> Option<Range<usize>> {
    let Dialect {
        delimiter,
        quote,
        escape,
    } = dialect;
    let mut start = 0;
    for number in 0..=index {
        let mut at = start;
        if row.get(at) == Some(&quote) {
            at += 1;
            while at < row.len() && (row[at] != quote || row.get(at + 1) == Some(&quote)) {
                at += if row[at] == quote || escape == Some(row[at]) {
                    2
                } else {
                    1
                };
            }
            at = at.min(row.len());
        }
        let end = memchr::memchr(delimiter, &row[at..]).map_or(row.len(), |length| at + length);
        if number == index {
            return Some(start..end);
        }
        if end == row.len() {
            return None;
        }
        start = end + 1;
    }
    None
}

/// Splits the line that begins at `start` at its delimiters; returns where it ends, or none where there is a
/// quote in it.
#[inline]
fn split_plain(text: &[u8], start: usize, dialect: Dialect, spans: &mut Vec<[u32; 2]>) -> Option<usize> {
    let [newline, delimiter, quote] = [b'\n', dialect.delimiter, dialect.quote].map(u8x16::splat);
    let mut field = start as u32;
    let mut at = start;
    loop {
        let rest = &text[at..];
        let bytes = rest.first_chunk::<16>().copied().unwrap_or_else(|| {
            // A newline behind the end of the text.
            let mut bytes = [b'\n'; 16];
            bytes[..rest.len()].copy_from_slice(rest);
            bytes
        });
        // A bit for each byte, the lowest for the first.
        let found = |byte: u8x16| u8x16::from(bytes).simd_eq(byte).to_bitmask();
        let newlines = found(newline);
        let before_newline = (newlines & newlines.wrapping_neg()).wrapping_sub(1);
        if found(quote) & before_newline != 0 {
            return None;
        }
        let mut delimiters = found(delimiter) & before_newline;
        while delimiters != 0 {
            let end = at as u32 + delimiters.trailing_zeros();
            spans.push([field, end]);
            field = end + 1;
            delimiters &= delimiters - 1;
        }
        if newlines != 0 {
            let end = at + newlines.trailing_zeros() as usize;
            spans.push([field, end as u32]);
            return Some(end);
        }
        at += 16;
    }
}

/// Splits the line `text[start..end]`, which has quotes, if each opens at the start of a field and closes at
/// its end; false otherwise.
fn split_quoted(text: &[u8], start: usize, end: usize, dialect: Dialect, spans: &mut Vec<[u32; 2]>) -> bool {
    let line = &text[..end];
    if dialect
        .escape
        .is_some_and(|escape| memchr::memchr(escape, &line[start..]).is_some())
    {
        return false;
    }
    let mut at = start;
    loop {
        let delimiter = if line.get(at) == Some(&dialect.quote) {
            let Some(length) = memchr::memchr(dialect.quote, &line[at + 1..]) else {
                return false;
            };
            let close = at + 1 + length;
            spans.push([at as u32 + 1, close as u32]);
            match line.get(close + 1) {
                None => None,
                Some(byte) if *byte == dialect.delimiter => Some(close + 1),
                Some(b'\r') if close + 2 == end => None,
                Some(_) => return false,
            }
        } else {
            let delimiter = memchr::memchr(dialect.delimiter, &line[at..]).map(|length| at + length);
            spans.push([at as u32, delimiter.unwrap_or(end) as u32]);
            delimiter
        };
        match delimiter {
            Some(delimiter) => at = delimiter + 1,
            None => return true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows by the `csv` crate, blank ones left out.
    fn expected(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(text);
        let records = reader.into_byte_records().map(|record| record.unwrap());
        let rows = records.map(|record| record.iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
        rows.filter(|row| row.len() != 1 || !row[0].trim_ascii().is_empty())
            .collect()
    }

    fn found(text: &[u8]) -> Option<Vec<Vec<Vec<u8>>>> {
        let mut reader = RowReader::new(Dialect::of(b','));
        let (mut rows, mut at) = (Vec::new(), 0);
        while at < text.len() {
            let (End::Line(next) | End::Lines(next)) = reader.read(text, at, true) else {
                return None;
            };
            let record = reader.record(text);
            if !record.is_blank() {
                rows.push(record.iter().map(<[u8]>::to_vec).collect());
            }
            at = next;
        }
        Some(rows)
    }

    fn trimmed(rows: Vec<Vec<Vec<u8>>>) -> Vec<Vec<Vec<u8>>> {
        let trim = |row: Vec<Vec<u8>>| row.iter().map(|field| field.trim_ascii().to_vec()).collect();
        rows.into_iter().map(trim).collect()
    }

    #[test]
    fn quotes_are_undone() {
        let text = b"a,\"b,c\",\"d\"\n\"e\"\"f\",g\"h,\"i\nj\"\r\n\"k\"l,m,\"\"\n,\n\n\"n\"";
        let rows = found(text).unwrap();
        let rows: Vec<Vec<&str>> = rows
            .iter()
            .map(|row| row.iter().map(|field| std::str::from_utf8(field).unwrap()).collect())
            .collect();
        assert_eq!(
            rows,
            [
                vec!["a", "b,c", "d"],
                vec!["e\"f", "g\"h", "i\nj\r"],
                vec!["kl", "m", ""],
                vec!["", ""],
                vec!["n"]
            ]
        );
        assert_eq!(found(b"a,\"b\nc,d\n"), None);
    }

    proptest! {
        #[test]
        fn rows_are_those_of_the_csv_crate(
            bytes in proptest::collection::vec(
                prop_oneof![3 => proptest::sample::select(&b"\",\n\r ab"[..]), 1 => any::<u8>()], 0..120),
        ) {
            // Without quotes, and with.
            for text in [bytes.iter().copied().filter(|byte| *byte != b'"').collect(), bytes.clone()] {
                let text: Vec<u8> = text;
                // That crate takes a CR before a quote for text.
                let cr = text.starts_with(b"\r") || text.windows(2).any(|two| two == b"\n\r");
                if cr || text.windows(3).any(|three| three == b"\xef\xbb\xbf") {
                    continue;
                }
                if let Some(rows) = found(&text) {
                    prop_assert_eq!(trimmed(rows), trimmed(expected(&text)));
                }
            }
        }
    }

    #[test]
    fn quotes_that_never_close_are_looked_at_once() {
        // Each row opens a quote at its end that the next closes and opens anew.
        let row = "0,TCP,1,\"a\",b\"c,\"d\n";
        let text = row.repeat(100_000);
        let mut reader = RowReader::new(Dialect::of(b','));
        let (mut at, mut faults) = (0, Vec::new());
        while at < text.len() {
            match reader.read(text.as_bytes(), at, true) {
                End::Fault(next, fault) => (at, _) = (next, faults.push(fault)),
                end => panic!("{end:?}"),
            }
        }
        let unclosed = MOST_LINES as usize - 1;
        assert_eq!(faults.len(), 100_000);
        assert_eq!(
            faults.iter().filter(|fault| **fault == QuoteFault::Unclosed).count(),
            unclosed
        );
        assert!(
            faults[..100_000 - unclosed]
                .iter()
                .all(|fault| *fault == QuoteFault::Long)
        );
    }

    proptest! {
        #[test]
        fn what_is_known_of_a_text_does_not_change_its_rows(
            bytes in proptest::collection::vec(proptest::sample::select(&b"\",\n\\a"[..]), 0..400),
            escaped in any::<bool>(),
        ) {
            let dialect = Dialect { escape: escaped.then_some(b'\\'), ..Dialect::of(b',') };
            let mut reader = RowReader::new(dialect);
            let mut at = 0;
            while at < bytes.len() {
                let mut fresh = RowReader::new(dialect);
                let (end, expected) = (reader.read(&bytes, at, true), fresh.read(&bytes, at, true));
                prop_assert_eq!(end, expected, "at {}", at);
                prop_assert!(reader.record(&bytes).iter().eq(fresh.record(&bytes).iter()));
                at = match end {
                    End::Line(next) | End::Lines(next) | End::Fault(next, _) => next,
                    End::Unfinished => bytes.len(),
                };
            }
        }
    }
}
