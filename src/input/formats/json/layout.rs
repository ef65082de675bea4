//! How objects stand in a file of JSON: one a line, behind each other, in an array, or in one large object
//! under a key such as `records`. Finds where the next one begins, and learns from the first how a log is laid out;
//! knows no field.

use std::ops::Range;

use super::scan::{Fault, container_end, key, skip_blanks, string_end, value};
use crate::model::PlaceUnit;

/// Number of objects that a log is recognised by.
const SAMPLE_OBJECTS: usize = 10_000;

/// Number of lines that may be no JSON before the first that is.
const ODD_LINES: usize = 50;

/// An object that takes more bytes than this is damaged, so that it hides no more.
pub(super) const MOST_OBJECT_BYTES: usize = 8 << 20;

/// Keys under which programs put their records, and those on the way to them.
const ENVELOPES: [&[u8]; 16] = [
    b"records",
    b"Records",
    b"hits",
    b"events",
    b"Events",
    b"logEvents",
    b"flows",
    b"results",
    b"result",
    b"rows",
    b"data",
    b"items",
    b"entries",
    b"logs",
    b"value",
    b"packets",
];

/// What stands at a place between objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// An object, whose first bracket is at this offset.
    Object(usize),
    /// Nothing but blanks, commas and closing brackets.
    End,
    /// Something that begins at this offset and does not end.
    Unfinished(usize),
    /// Something else than objects, at this offset.
    Fault(usize),
}

/// The next object from `at` on, a place between objects. In an envelope, what stands beside the records
/// is passed over.
pub(super) fn next_object(bytes: &[u8], mut at: usize, envelopes: bool) -> Next {
    loop {
        match bytes.get(at) {
            None => return Next::End,
            // 1E stands before each object of a JSON text sequence (RFC 7464).
            Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b'[' | b']' | b'}' | 0x1e) => at += 1,
            Some(b'{') => return Next::Object(at),
            Some(0xef) if bytes[at..].starts_with(b"\xef\xbb\xbf") => at += 3,
            Some(b'"') if envelopes => match beside(bytes, at) {
                Ok(behind) => at = behind,
                Err(Fault::Unfinished) => return Next::Unfinished(at),
                Err(Fault::Expected(..)) => return Next::Fault(at),
            },
            Some(_) => return Next::Fault(at),
        }
    }
}

/// Offset behind a key and its value that stand beside records in an envelope; of records, it is that of the
/// first.
fn beside(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let (key, start) = key(bytes, at)?;
    match bytes.get(start) {
        Some(b'{' | b'[') if ENVELOPES.contains(&&bytes[key.clone()]) => Ok(start),
        _ => value(bytes, start).map(|(_, end)| end),
    }
}

/// Number of envelopes that may be in each other.
const MOST_ENVELOPES: usize = 4;

/// Offset of the records in an envelope whose first bracket is at `at`; `None` where it is none.
pub(super) fn inside(bytes: &[u8], at: usize) -> Result<Option<usize>, Fault> {
    inside_of(bytes, at, MOST_ENVELOPES)
}

fn inside_of(bytes: &[u8], at: usize, most: usize) -> Result<Option<usize>, Fault> {
    let mut at = skip_blanks(bytes, at + 1);
    loop {
        if bytes.get(at) == Some(&b'}') {
            return Ok(None);
        }
        let (key, start) = key(bytes, at)?;
        let first = bytes.get(start);
        if matches!(first, Some(b'{' | b'[')) && ENVELOPES.contains(&&bytes[key.clone()]) {
            // An array of texts or numbers holds no records.
            let item = skip_blanks(bytes, start + 1);
            match (first, bytes.get(item)) {
                (_, None) => return Err(Fault::Unfinished),
                (Some(b'['), Some(b'{' | b']')) => return Ok(Some(start)),
                (Some(b'{'), _) if most > 1 => {
                    if let Some(inner) = inside_of(bytes, start, most - 1)? {
                        return Ok(Some(inner));
                    }
                }
                _ => {}
            }
        }
        let end = match first {
            Some(b'"') => string_end(bytes, start + 1).map(|(end, _)| end + 1),
            Some(b'{' | b'[') => container_end(bytes, start + 1),
            _ => Some(value(bytes, start)?.1),
        };
        at = skip_blanks(bytes, end.ok_or(Fault::Unfinished)?);
        match bytes.get(at) {
            Some(b',') => at = skip_blanks(bytes, at + 1),
            Some(b'}') => return Ok(None),
            Some(_) => return Err(Fault::Expected(at, "a comma or `}`")),
            None => return Err(Fault::Unfinished),
        }
    }
}

/// The first objects of a log.
pub(super) struct Sample {
    pub objects: Vec<Range<usize>>,
    /// Whether they are in an object of their own.
    envelopes: bool,
}

impl Sample {
    /// Finds them; `knows` tells whether an object is a record.
    pub fn take(bytes: &[u8], mut knows: impl FnMut(&[u8]) -> bool) -> Self {
        let mut sample = Self {
            objects: Vec::new(),
            envelopes: false,
        };
        let (mut at, mut odd) = (0, 0);
        while sample.objects.len() < SAMPLE_OBJECTS {
            match next_object(bytes, at, sample.envelopes) {
                Next::Object(start) => {
                    let end = container_end(bytes, start + 1);
                    let mut known = || end.is_some_and(|end| knows(&bytes[start..end]));
                    let may_be_one = sample.envelopes || sample.objects.is_empty();
                    if may_be_one
                        && let Ok(Some(inner)) = inside(bytes, start)
                        && (sample.envelopes || !known())
                    {
                        sample.envelopes = true;
                        at = inner;
                        continue;
                    }
                    let Some(end) = end else { break };
                    sample.objects.push(start..end);
                    at = end;
                }
                Next::End | Next::Unfinished(_) => break,
                Next::Fault(fault) => {
                    odd += 1;
                    let line = memchr::memchr(b'\n', &bytes[fault..]).map_or(bytes.len(), |length| fault + length);
                    // A line of syslog may have an object in it.
                    match memchr::memchr(b'{', &bytes[fault..line]) {
                        Some(length) if at_object(&bytes[fault + length..]) => at = fault + length,
                        _ if odd > ODD_LINES && sample.objects.is_empty() => break,
                        _ => at = line,
                    }
                }
            }
        }
        sample
    }
}

/// Whether bytes begin like an object with a key.
pub(super) fn at_object(bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'{') && key(bytes, skip_blanks(bytes, 1)).is_ok()
}

/// How the objects of a log are laid out.
#[derive(Clone, Default)]
pub(super) struct Layout {
    /// Whether each is on a line of its own.
    pub lines: bool,
    pub envelopes: bool,
    pub unit: PlaceUnit,
    /// The bytes that most of them begin with: the bracket and the first key.
    pub opening: Vec<u8>,
}

impl Layout {
    pub fn of(bytes: &[u8], sample: &Sample) -> Self {
        let has_newline = |range: Range<usize>| memchr::memchr(b'\n', &bytes[range]).is_some();
        let first = sample.objects.first().map_or(0, |first| first.start);
        let begins = bytes.iter().position(|byte| *byte == b'{').unwrap_or(first);
        let apart = sample
            .objects
            .windows(2)
            .all(|pair| has_newline(pair[0].end..pair[1].start));
        let on_one_line = !sample.objects.iter().any(|object| has_newline(object.clone()));
        let lines = apart && on_one_line && !(sample.envelopes && has_newline(begins..first));
        let opening = sample.objects.first().and_then(|first| {
            let (key, _) = key(bytes, skip_blanks(bytes, first.start + 1)).ok()?;
            Some(bytes[first.start..=key.end].to_vec())
        });
        Self {
            lines,
            envelopes: sample.envelopes,
            unit: if apart || !on_one_line || sample.objects.len() < 2 {
                PlaceUnit::Line
            } else {
                PlaceUnit::Record
            },
            opening: opening.unwrap_or_default(),
        }
    }

    /// The end of a piece, after the last object that seems to end in `bytes` ([`Head::cut`](crate::input::format::Head::cut)).
    pub fn cut(&self, bytes: &[u8], searched: usize) -> Option<usize> {
        if self.lines {
            return memchr::memrchr(b'\n', &bytes[searched..]).map(|newline| searched + newline + 1);
        }
        let from = searched.saturating_sub(self.opening.len()).max(1);
        let opening = memchr::memmem::rfind(bytes.get(from..)?, &self.opening).map(|at| from + at);
        // Objects that begin otherwise may end at any bracket; whether one did is seen when it is read.
        let bracket = || memchr::memrchr(b'}', bytes).map(|at| at + 1);
        opening.or_else(|| (bytes.len() > MOST_OBJECT_BYTES / 2).then(bracket).flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(text: &str) -> Vec<&str> {
        let bytes = text.as_bytes();
        let (mut at, mut found) = (0, Vec::new());
        loop {
            match next_object(bytes, at, true) {
                Next::Object(start) => match inside(bytes, start) {
                    Ok(Some(inner)) => at = inner,
                    _ => {
                        at = container_end(bytes, start + 1).unwrap();
                        found.push(&text[start..at]);
                    }
                },
                Next::End => return found,
                other => panic!("{other:?} in {text}"),
            }
        }
    }

    #[test]
    fn objects_are_found_however_they_stand() {
        for text in [
            "{\"a\":1}\n{\"a\":2}\n",
            "{\"a\":1}{\"a\":2}",
            "\u{feff}[{\"a\":1},\r\n {\"a\":2}]",
            "\u{1e}{\"a\":1}\n\u{1e}{\"a\":2}\n",
            "{\"records\":[{\"a\":1},{\"a\":2}]}",
            "{\"records\":[{\"a\":1}],\"x\":{\"b\":[1]},\"n\":null}\n{\"records\":[{\"a\":2}]}",
            "{\"took\":5,\"_shards\":{\"total\":1},\"hits\":{\"total\":{\"value\":2},\"max_score\":1.0,\"hits\":[{\"a\":1},{\"a\":2}]}}",
            "{\"events\":[],\"searched\":[]}{\"a\":1}{\"a\":2}",
        ] {
            assert_eq!(objects(text), ["{\"a\":1}", "{\"a\":2}"], "{text}");
        }
        assert_eq!(objects("{\"data\":[1,2],\"rows\":5}").len(), 1);
        assert_eq!(objects("{\"data\":{\"port\":1}}").len(), 1);
    }

    #[test]
    fn what_is_no_object_is_told() {
        assert_eq!(next_object(b" 5", 0, true), Next::Fault(1));
        assert_eq!(next_object(b"\"a\":1", 0, false), Next::Fault(0));
        assert_eq!(next_object(b", \"a\":[1", 0, true), Next::Unfinished(2));
        assert_eq!(inside(b"{\"a\":1,\"records\":", 0), Err(Fault::Unfinished));
    }
}
