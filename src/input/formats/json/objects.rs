//! Goes through the objects of a piece, one after the other however they stand, and counts their places. What
//! is done with one is another's: a [`Taker`]'s.

use super::layout::{Layout, MOST_OBJECT_BYTES, Next, at_object, next_object};
use super::scan::Fault;
use crate::input::fields::escape;
use crate::model::PlaceUnit;

/// Takes the objects of a piece, and what stands in place of some.
pub(super) trait Taker {
    /// Takes the object whose first bracket is at `start`.
    fn object(&mut self, bytes: &[u8], start: usize, place: u64) -> Result<Taken, Fault>;

    /// Takes note of `bytes` at a place that are no object.
    fn damage(&mut self, damage: &Damage<'_>);

    /// Whether reading is to stop.
    fn stopped(&self) -> bool;
}

/// What an object was, with the offset at which reading goes on.
pub(super) enum Taken {
    /// A record, which ends there.
    Record(usize),
    /// An envelope, whose records begin there.
    Envelope(usize),
}

/// Something in place of an object.
pub(super) struct Damage<'a> {
    pub place: u64,
    /// Number of places that it takes up, where it may hide objects.
    pub hidden: Option<u64>,
    pub fault: Fault,
    /// What the fault's offset is in; an object that does not end begins them.
    pub bytes: &'a [u8],
}

impl Damage<'_> {
    /// What was found, and what was expected.
    pub fn describe(&self) -> String {
        match &self.fault {
            Fault::Unfinished => format!("object \"{}\" does not end, expected `}}`", escape(self.bytes)),
            Fault::Expected(at, what) => {
                let found = self.bytes.get(*at..).unwrap_or_default();
                format!("JSON is damaged at \"{}\", expected {what}", escape(found))
            }
        }
    }
}

/// Goes through a piece.
pub(super) struct Objects<'l, T> {
    layout: &'l Layout,
    pub taker: T,
    /// Number of places so far.
    pub places: u64,
    /// Offset of the last object, if it does not end in the piece.
    pub unfinished: Option<usize>,
    /// Offset up to which lines are counted.
    counted: usize,
}

impl<'l, T: Taker> Objects<'l, T> {
    pub fn new(layout: &'l Layout, taker: T) -> Self {
        Self {
            layout,
            taker,
            places: 0,
            unfinished: None,
            counted: 0,
        }
    }

    /// Goes through a piece, which is the last of its log or not.
    pub fn read(&mut self, bytes: &[u8], last: bool) {
        if self.layout.lines {
            self.lines(bytes, last);
        } else {
            self.objects(bytes, last);
        }
    }

    /// Reads lines, each of which has its objects for itself.
    fn lines(&mut self, bytes: &[u8], last: bool) {
        let mut at = 0;
        while at < bytes.len() && !self.taker.stopped() {
            let newline = memchr::memchr(b'\n', &bytes[at..]);
            if newline.is_none() && !last {
                self.unfinished = Some(at);
                return;
            }
            let end = newline.map_or(bytes.len(), |length| at + length + 1);
            self.line(&bytes[at..end]);
            self.places += 1;
            at = end;
        }
    }

    fn line(&mut self, line: &[u8]) {
        let place = self.places;
        let mut at = 0;
        loop {
            let fault = match next_object(line, at, self.layout.envelopes) {
                Next::End => return,
                Next::Object(start) => match self.taker.object(line, start, place) {
                    Ok(Taken::Record(next) | Taken::Envelope(next)) => {
                        at = next;
                        continue;
                    }
                    Err(fault) => fault,
                },
                Next::Unfinished(_) => Fault::Unfinished,
                // A line of syslog may have an object in it.
                Next::Fault(fault) => match memchr::memchr(b'{', &line[fault..]) {
                    Some(length) if at == 0 && at_object(&line[fault + length..]) => {
                        at = fault + length;
                        continue;
                    }
                    _ => Fault::Expected(fault, "an object in curly brackets"),
                },
            };
            self.taker.damage(&Damage {
                place,
                hidden: None,
                fault,
                bytes: line,
            });
            return;
        }
    }

    /// Reads objects however they stand; of those that do not end, the last is left to the next piece.
    fn objects(&mut self, bytes: &[u8], last: bool) {
        let mut at = 0;
        while !self.taker.stopped() {
            let (begin, fault) = match next_object(bytes, at, self.layout.envelopes) {
                Next::End => break,
                Next::Object(start) => {
                    let place = self.place(bytes, start);
                    match self.taker.object(bytes, start, place) {
                        Ok(Taken::Record(end)) => {
                            at = end;
                            if self.layout.unit == PlaceUnit::Record {
                                self.places += 1;
                            }
                            continue;
                        }
                        Ok(Taken::Envelope(inner)) => {
                            at = inner;
                            continue;
                        }
                        Err(fault) => (start, fault),
                    }
                }
                Next::Unfinished(start) => (start, Fault::Unfinished),
                Next::Fault(start) => (start, Fault::Expected(start, "an object in curly brackets")),
            };
            if fault == Fault::Unfinished && !last && bytes.len() - begin <= MOST_OBJECT_BYTES {
                self.unfinished = Some(begin);
                self.place(bytes, begin);
                return;
            }
            let place = self.place(bytes, begin);
            at = self.behind(bytes, begin);
            let places = if self.layout.unit == PlaceUnit::Line {
                newlines(&bytes[begin..at]).max(1)
            } else {
                self.places += 1;
                1
            };
            let bytes = if fault == Fault::Unfinished {
                &bytes[begin..]
            } else {
                bytes
            };
            self.taker.damage(&Damage {
                place,
                hidden: Some(places),
                fault,
                bytes,
            });
        }
        self.place(bytes, bytes.len());
    }

    /// The place of an offset, which is behind all that were asked for before.
    fn place(&mut self, bytes: &[u8], at: usize) -> u64 {
        if self.layout.unit == PlaceUnit::Line {
            self.places += newlines(&bytes[self.counted..at]);
            self.counted = at;
        }
        self.places
    }

    /// Where reading goes on behind an object that is damaged: at the next that begins like the first.
    fn behind(&self, bytes: &[u8], begin: usize) -> usize {
        let next = memchr::memmem::find(&bytes[begin + 1..], &self.layout.opening);
        next.map_or(bytes.len(), |length| begin + 1 + length)
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
