//! Logs each of whose lines is a record: cuts them, and hands line after line to the reader of a format.
//! Knows no format.

use std::sync::Arc;

use super::format::{Head, Parsed};
use super::options::Options;
use super::piece::Piece;
use crate::model::PlaceUnit;

/// Number of bytes of a short line of a log, by which memory is set aside.
const SHORT_LINE_BYTES: usize = 80;

/// Reads the lines of a format. It holds what was learned from the head of the log, or from a line
/// further down, such as the order of the fields.
pub(super) trait LineReader: Send + Sync + Sized + 'static {
    /// Reads a line without its end and the blanks around it, which is not empty, and brings what it
    /// says into the piece, at `place`.
    fn read(&self, line: &[u8], place: u64, piece: &mut Piece) -> Line<Self>;
}

/// What a line was.
pub(super) enum Line<R> {
    /// A record, which was brought into the piece: to be drawn, or left out for a reason.
    Record,
    /// A comment, a header, a statistic: no record.
    Other,
    /// A line of something else, such as another program's in a common log: no record, and told of.
    Foreign,
    /// A line by which those below it are to be read otherwise.
    Change(R),
    /// A record that cannot be read: what was found, and what was expected.
    Unreadable(String),
}

/// The head of a log that a reader reads line by line.
pub(super) struct Lines<R>(pub Arc<R>);

impl<R: LineReader> Head for Lines<R> {
    fn unit(&self) -> PlaceUnit {
        PlaceUnit::Line
    }

    fn cut(&self, bytes: &[u8], searched: usize) -> Option<usize> {
        memchr::memrchr(b'\n', &bytes[searched..]).map(|newline| searched + newline + 1)
    }

    fn parse(self: Arc<Self>, bytes: &[u8], last: bool, options: &Options) -> Parsed {
        let mut piece = Piece::new(PlaceUnit::Line, bytes.len() / SHORT_LINE_BYTES, options);
        let mut reader = Arc::clone(&self.0);
        let mut at = 0;
        while at < bytes.len() {
            let newline = memchr::memchr(b'\n', &bytes[at..]);
            if newline.is_none() && !last {
                piece.unfinished = Some(at);
                break;
            }
            let end = newline.map_or(bytes.len(), |length| at + length);
            let line = bytes[at..end].trim_ascii();
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            at = (end + 1).min(bytes.len());
            let place = piece.places;
            piece.places += 1;
            if line.is_empty() {
                continue;
            }
            match reader.read(line, place, &mut piece) {
                Line::Record | Line::Other => {}
                Line::Foreign => piece.foreign.add(1, place),
                Line::Change(changed) => reader = Arc::new(changed),
                Line::Unreadable(what) => {
                    if !piece.unreadable(options.strict, place, || what) {
                        break;
                    }
                }
            }
        }
        let changed = !Arc::ptr_eq(&reader, &self.0);
        Parsed {
            piece,
            head: changed.then(|| Arc::new(Lines(reader)) as Arc<dyn Head>),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts the lines below each that begins with `#`; those that are `bad` cannot be read.
    struct Counter(u64);

    impl LineReader for Counter {
        fn read(&self, line: &[u8], place: u64, piece: &mut Piece) -> Line<Self> {
            match line {
                b"other" => Line::Foreign,
                b"bad" => Line::Unreadable("it is bad".to_owned()),
                [b'#', ..] => Line::Change(Self(self.0 + 1)),
                _ => {
                    piece.rows += 1;
                    piece.remark(place, if self.0 > 0 { "below" } else { "above" });
                    Line::Record
                }
            }
        }
    }

    fn parse(text: &str, last: bool, strict: bool) -> Parsed {
        let options = Options {
            strict,
            ..Options::default()
        };
        Arc::new(Lines(Arc::new(Counter(0)))).parse(text.as_bytes(), last, &options)
    }

    #[test]
    fn lines_are_read_by_the_head_above_them() {
        let parsed = parse("a\r\n\n bad \n#\nb\nc", true, false);
        let piece = &parsed.piece;
        assert_eq!((piece.rows, piece.places), (4, 6));
        assert_eq!(piece.remarks, [("above", (0, 1)), ("below", (4, 2))].into());
        assert!(parsed.head.is_some());
        assert!(parse("a\nb\n", true, false).head.is_none());
    }

    #[test]
    fn lines_of_something_else_are_counted() {
        let piece = parse("a\nother\n#\nother\n", true, false).piece;
        assert_eq!((piece.rows, piece.places), (1, 4));
        assert_eq!((piece.foreign.lines, piece.foreign.first), (2, Some(1)));
    }

    #[test]
    fn a_line_that_does_not_end_is_left_to_the_next_piece() {
        let piece = parse("a\nb", false, false).piece;
        assert_eq!((piece.rows, piece.places, piece.unfinished), (1, 1, Some(2)));
        let head = Lines(Arc::new(Counter(0)));
        assert_eq!((head.cut(b"a\nb", 0), head.cut(b"a\nb", 2)), (Some(2), None));
    }

    #[test]
    fn reading_stops_where_it_is_strict() {
        let piece = parse("a\nbad\nb\n", true, true).piece;
        assert_eq!(piece.stopped, Some((1, "it is bad".to_owned())));
        assert_eq!(piece.rows, 1);
    }
}
