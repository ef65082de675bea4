//! Rows of a text and the fields in them, quotes undone: the one that knows how CSV is written.
//! What the fields mean, and where the text comes from, is not known here.
//!
//! The rules are those of RFC 4180 as the `csv` crate reads them, of which a test holds it to be a
//! twin: a quote counts at the start of a field only, a field in quotes may hold newlines, whatever
//! stands between a closing quote and the next comma belongs to the field.

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};

/// Where one row ends and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input) enum End {
    /// The row is one line; the next begins here.
    Line(usize),
    /// The same for a row whose fields may hold newlines.
    Row(usize),
    /// The text ends within quotes.
    InQuotes,
}

/// The fields of a row.
pub(in crate::input) struct Record<'a> {
    bytes: &'a [u8],
    spans: &'a [[u32; 2]],
}

impl<'a> Record<'a> {
    /// Number of fields.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// A field as it is; empty where the row is too short for it.
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

/// Reads row after row; keeps its memory from one to the next.
pub(in crate::input) struct RecordReader {
    spans: Vec<[u32; 2]>,
    /// Fields of a row whose quotes cannot be undone by leaving bytes out at the ends.
    unquoted: Vec<u8>,
    in_unquoted: bool,
    /// Made when it is first needed: building its tables took 2% of the time of a log in pieces.
    strict: Option<csv_core::Reader>,
    ends: Vec<usize>,
}

impl RecordReader {
    pub fn new() -> Self {
        Self {
            spans: Vec::new(),
            unquoted: Vec::new(),
            in_unquoted: false,
            strict: None,
            ends: vec![0; 16],
        }
    }

    /// The row that [`RecordReader::read`] found last in this text.
    pub fn record<'a>(&'a self, text: &'a [u8]) -> Record<'a> {
        Record {
            bytes: if self.in_unquoted { &self.unquoted } else { text },
            spans: &self.spans,
        }
    }

    /// Reads the row that begins at `start`; a newline at the end of the text may be missing.
    pub fn read(&mut self, text: &[u8], start: usize) -> End {
        self.spans.clear();
        self.in_unquoted = false;
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length);
        let next = (end + 1).min(text.len());
        if split_plain(text, start, end, &mut self.spans) {
            return End::Line(next);
        }
        self.spans.clear();
        if split_quoted(text, start, end, &mut self.spans) {
            return End::Line(next);
        }
        self.read_strictly(text, start)
    }

    /// For quotes in quotes, newlines in quotes, and quotes that are never closed.
    fn read_strictly(&mut self, text: &[u8], start: usize) -> End {
        let strict = self.strict.get_or_insert_with(|| {
            // Not the default, which ends a row at CR and counts the LF to the row below. The CR stays
            // at the end of the last field, and is trimmed with blanks.
            ReaderBuilder::new().terminator(Terminator::Any(b'\n')).build()
        });
        strict.reset();
        self.spans.clear();
        self.in_unquoted = true;
        let (mut at, mut written, mut fields) = (start, 0, 0);
        // Behind its end a text has a newline, as the last row may have none.
        let mut newline_left = true;
        loop {
            let rest = if at < text.len() { &text[at..] } else { &b"\n"[..] };
            let output = &mut self.unquoted[written..];
            let (result, read, out, ends) = strict.read_record(rest, output, &mut self.ends[fields..]);
            if at < text.len() {
                at += read;
            } else if read > 0 {
                newline_left = false;
            }
            written += out;
            fields += ends;
            match result {
                ReadRecordResult::OutputFull => self.unquoted.resize((2 * self.unquoted.len()).max(1024), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::InputEmpty if newline_left => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return End::InQuotes,
                ReadRecordResult::Record => break,
            }
        }
        let mut from = 0;
        self.spans.extend(self.ends[..fields].iter().map(|end| {
            let span = [from, *end as u32];
            from = *end as u32;
            span
        }));
        End::Row(at)
    }
}

/// Splits the line `text[start..end]` at its commas; false where there is a quote in it.
///
/// Eight bytes at a time (Lamport, "Multiple byte processing with full-word instructions", 1975).
fn split_plain(text: &[u8], start: usize, end: usize, spans: &mut Vec<[u32; 2]>) -> bool {
    let mut field = start as u32;
    let mut at = start;
    while at < end {
        let word = match text.get(at..at + 8) {
            Some(bytes) => u64::from_le_bytes([
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
            ]),
            None => {
                let mut bytes = [0; 8];
                bytes[..text.len() - at].copy_from_slice(&text[at..]);
                u64::from_le_bytes(bytes)
            }
        };
        // Bytes beyond the end of the line are none of ours.
        let ours = if end - at >= 8 {
            u64::MAX
        } else {
            (1 << (8 * (end - at))) - 1
        };
        if equal_bytes(word, b'"') & ours != 0 {
            return false;
        }
        let mut commas = equal_bytes(word, b',') & ours;
        while commas != 0 {
            let comma = at as u32 + commas.trailing_zeros() / 8;
            spans.push([field, comma]);
            field = comma + 1;
            commas &= commas - 1;
        }
        at += 8;
    }
    spans.push([field, end as u32]);
    true
}

/// The highest bit of every byte of `word` that equals `byte`, and no other.
fn equal_bytes(word: u64, byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let difference = word ^ (u64::from(byte) * 0x0101_0101_0101_0101);
    !(((difference & LOW) + LOW) | difference | LOW)
}

/// The same for a line with quotes, if each opens at the start of a field and closes at its end.
fn split_quoted(text: &[u8], start: usize, end: usize, spans: &mut Vec<[u32; 2]>) -> bool {
    let line = &text[..end];
    let mut at = start;
    loop {
        let comma = if line.get(at) == Some(&b'"') {
            let Some(length) = memchr::memchr(b'"', &line[at + 1..]) else {
                return false;
            };
            let close = at + 1 + length;
            spans.push([at as u32 + 1, close as u32]);
            match line.get(close + 1) {
                None => None,
                Some(b',') => Some(close + 1),
                Some(b'\r') if close + 2 == end => None,
                Some(_) => return false,
            }
        } else {
            let comma = memchr::memchr(b',', &line[at..]).map(|length| at + length);
            spans.push([at as u32, comma.unwrap_or(end) as u32]);
            comma
        };
        match comma {
            Some(comma) => at = comma + 1,
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
        let mut reader = RecordReader::new();
        let (mut rows, mut at) = (Vec::new(), 0);
        while at < text.len() {
            let (End::Line(next) | End::Row(next)) = reader.read(text, at) else {
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
                if text.windows(3).any(|three| three == b"\xef\xbb\xbf") {
                    continue;
                }
                if let Some(rows) = found(&text) {
                    prop_assert_eq!(trimmed(rows), trimmed(expected(&text)));
                }
            }
        }
    }
}
