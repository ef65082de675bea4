//! JSON, as the programs of `dialects/` write it: an object a record, one a line, behind each other, in an
//! array, or in a large object; as they are, or wrapped in another object.
//!
//! Which dialect an object is of is told by its keys, object by object: a file may hold several. The
//! objects are not made into trees; each is walked once (`paths.rs`). A line that is damaged costs itself;
//! where objects are not one a line, reading goes on at the next that begins like the first.

mod dialect;
mod dialects;
mod layout;
mod paths;
mod plans;
mod rules;
mod scan;
mod times;

use std::ops::Range;
use std::sync::Arc;

use crate::input::error::InputError;
use crate::input::fields::escape;
use crate::input::format::{About, Begin, Begun, Format, Head, Parsed, Start};
use crate::input::options::Options;
use crate::input::piece::Piece;
use crate::model::PlaceUnit;
use dialect::{Dialect, Object, Plan};
use dialects::{ALL, GENERAL};
use layout::{Next, inside, next_object};
use paths::{Found, members};
use plans::{Kind, Plans};
use scan::{Fault, container_end, key, skip_blanks};
use times::large_epoch_ns;

/// Number of objects that a log is recognised by.
const SAMPLE_OBJECTS: usize = 1000;

/// Number of lines that may be no JSON before the first that is.
const ODD_LINES: usize = 50;

/// An object that takes more bytes than this is damaged, so that it hides no more.
const MOST_OBJECT_BYTES: usize = 8 << 20;

/// Number of bytes in which each dialect with records of connections as a whole has one: flows are told of
/// when they end, and much else before.
const WHOLE_BYTES: usize = 2 << 20;

/// Number of keys of an object that a message quotes.
const QUOTED_KEYS: usize = 8;

/// The format.
pub(super) struct Json;

const NAME: &str = "json";

impl Format for Json {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "JSON, each object in one of the dialects below",
            counted: "as its dialect says",
        }
    }

    fn dialects(&self) -> Vec<About> {
        ALL.iter().map(|dialect| dialect.about).collect()
    }

    fn takes_columns(&self) -> bool {
        true
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let asked = start.options.format.as_deref();
        let asked = ALL.iter().copied().find(|dialect| Some(dialect.about.name) == asked);
        let other = |what: &str| {
            Begin::Other(InputError::OtherFormat {
                name: start.name.to_owned(),
                format: asked.map_or(NAME, |dialect| dialect.about.name),
                what: what.to_owned(),
            })
        };
        let mut log = Log::new(asked, start.options);
        let sample = Sample::take(start.bytes, &log.plans);
        let Some(first) = sample.objects.first() else {
            let begins = matches!(start.bytes.trim_ascii_start().first(), Some(b'{' | b'['));
            return if begins && !start.whole {
                Begin::More
            } else {
                other("no JSON object was found in it")
            };
        };
        let known = log.learn(start.bytes, &sample);
        if known.is_empty() {
            let begins = matches!(start.bytes.trim_ascii_start().first(), Some(b'{' | b'['));
            return match begins {
                true => Begin::Refused(unknown(start, &start.bytes[first.clone()])),
                false => other("no object was found in it that is a record of traffic"),
            };
        }
        if !start.whole && start.bytes.len() < WHOLE_BYTES && log.misses_whole(&known) {
            return Begin::More;
        }
        log.layout = Layout::of(start.bytes, &sample);
        let titles: Vec<&str> = known.iter().map(|known| known.title).collect();
        let taken = known.first().map_or(&[][..], |known| &known.taken);
        Begin::Head(Begun {
            taken: format!("read as {}: {}", titles.join(" and "), taken.join(", ")),
            head: Arc::new(log),
            at: 0,
            places: 0,
            remarks: Vec::new(),
        })
    }
}

/// The error of a log in JSON whose objects are of no dialect.
fn unknown(start: &Start<'_>, object: &[u8]) -> InputError {
    InputError::OtherFormat {
        name: start.name.to_owned(),
        format: NAME,
        what: format!(
            "its first object has {}; expected a time, a protocol and a destination port; name them by `--columns \
             time=...,protocol=...,port=...`",
            keys_of(object)
        ),
    }
}

/// The first keys of an object, as a message lists them.
fn keys_of(object: &[u8]) -> String {
    let mut keys: Vec<String> = members(object, 1)
        .take(QUOTED_KEYS + 1)
        .map(|(key, _)| format!("`{}`", escape(key)))
        .collect();
    match keys.len() {
        0 => "no keys".to_owned(),
        1 => format!("the key {}", keys[0]),
        _ => {
            if keys.len() > QUOTED_KEYS {
                keys[QUOTED_KEYS] = "…".to_owned();
            }
            format!("the keys {}", keys.join(", "))
        }
    }
}

/// The first objects of a log.
struct Sample {
    objects: Vec<Range<usize>>,
    /// Whether they are in an object of their own.
    envelopes: bool,
}

impl Sample {
    fn take(bytes: &[u8], plans: &Plans) -> Self {
        let mut sample = Self {
            objects: Vec::new(),
            envelopes: false,
        };
        let mut found = Found::default();
        let (mut at, mut odd) = (0, 0);
        while sample.objects.len() < SAMPLE_OBJECTS {
            match next_object(bytes, at, sample.envelopes) {
                Next::Object(start) => {
                    let end = container_end(bytes, start + 1);
                    let mut known = || end.is_some_and(|end| plans.knows(&mut found, &bytes[start..end]));
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
fn at_object(bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'{') && key(bytes, skip_blanks(bytes, 1)).is_ok()
}

/// What is known of a dialect by the first objects.
struct Known {
    dialect: usize,
    title: &'static str,
    /// The paths that fields were taken from.
    taken: Vec<String>,
    objects: usize,
}

/// How the objects of a log are laid out.
#[derive(Default)]
struct Layout {
    /// Whether each is on a line of its own.
    lines: bool,
    envelopes: bool,
    unit: PlaceUnit,
    /// The bytes that most of them begin with: the bracket and the first key.
    opening: Vec<u8>,
}

impl Layout {
    fn of(bytes: &[u8], sample: &Sample) -> Self {
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
}

/// Everything that is needed to read the pieces of a log.
struct Log {
    plans: Plans,
    layout: Layout,
    /// The kind of the first objects.
    first: Kind,
    /// Whether there are records of connections as a whole, by dialect.
    whole: Vec<bool>,
    /// Whether some object names a country.
    countries: bool,
}

impl Log {
    fn new(asked: Option<&'static Dialect>, options: &Options) -> Self {
        let plans = Plans::new(asked, options);
        Self {
            whole: vec![false; plans.dialects.len()],
            plans,
            layout: Layout::default(),
            first: Kind::default(),
            countries: false,
        }
    }

    /// Learns from the first objects; returns the dialects that they are of, the most frequent first.
    fn learn(&mut self, bytes: &[u8], sample: &Sample) -> Vec<Known> {
        let mut known: Vec<Known> = Vec::new();
        let (mut found, mut text) = (Found::default(), Vec::new());
        for object in &sample.objects {
            let mut bytes = &bytes[object.clone()];
            let mut kind = self.plans.kind(&mut found, bytes);
            if kind.is_none() && self.plans.text_within(&mut found, bytes, &mut text) {
                bytes = &text;
                kind = self.plans.kind(&mut found, bytes);
            }
            let Some(kind) = kind else { continue };
            let plan = self.plans.plan(kind);
            if found.walk(&plan.paths, bytes, 1).is_err() {
                continue;
            }
            let object = Object::new(plan, &found, bytes, false);
            let fields = object.fields(false);
            // With the usual names alone, a port is needed to tell traffic from other logs.
            let usual = std::ptr::eq(plan.dialect, &GENERAL);
            if fields.time.is_empty() || usual && fields.port.is_empty() {
                continue;
            }
            self.countries |= !fields.no_country;
            if let Some(is_whole) = plan.dialect.whole {
                self.whole[kind.dialect] |= is_whole(&object);
            }
            let index = known.iter().position(|known| known.dialect == kind.dialect);
            let index = index.unwrap_or_else(|| {
                known.push(Known {
                    dialect: kind.dialect,
                    title: plan.dialect.about.title,
                    taken: Vec::new(),
                    objects: 0,
                });
                known.len() - 1
            });
            known[index].objects += 1;
            for path in plan.taken(&found, bytes) {
                let taken = &mut known[index].taken;
                if !taken.iter().any(|known| known == path) {
                    taken.push(path.to_owned());
                }
            }
            if known.len() == 1 && known[0].objects == 1 {
                self.first = kind;
            }
        }
        known.sort_by_key(|known| std::cmp::Reverse(known.objects));
        known
    }

    /// Whether a dialect has records of connections as a whole, and none was seen.
    fn misses_whole(&self, known: &[Known]) -> bool {
        let mut known = known.iter();
        known.any(|known| self.plans.dialects[known.dialect].whole.is_some() && !self.whole[known.dialect])
    }
}

impl Head for Log {
    fn unit(&self) -> PlaceUnit {
        self.layout.unit
    }

    fn cut(&self, bytes: &[u8], searched: usize) -> Option<usize> {
        if self.layout.lines {
            return memchr::memrchr(b'\n', &bytes[searched..]).map(|newline| searched + newline + 1);
        }
        let from = searched.saturating_sub(self.layout.opening.len()).max(1);
        let opening = memchr::memmem::rfind(bytes.get(from..)?, &self.layout.opening).map(|at| from + at);
        // Objects that begin otherwise may end at any bracket; whether one did is seen when it is read.
        let bracket = || memchr::memrchr(b'}', bytes).map(|at| at + 1);
        opening.or_else(|| (bytes.len() > MOST_OBJECT_BYTES / 2).then(bracket).flatten())
    }

    fn parse(self: Arc<Self>, bytes: &[u8], last: bool, options: &Options) -> Parsed {
        // Records are some hundred bytes.
        let mut reader = Reader {
            log: &self,
            piece: Piece::new(self.layout.unit, bytes.len() / 256, options),
            strict: options.strict,
            usual_times: options.time_format.is_none(),
            kind: self.first,
            found: Found::default(),
            text: Vec::new(),
            counted: 0,
        };
        if self.layout.lines {
            reader.lines(bytes, last);
        } else {
            reader.objects(bytes, last);
        }
        Parsed {
            piece: reader.piece,
            head: None,
        }
    }
}

/// Reads the objects of a piece.
struct Reader<'l> {
    log: &'l Log,
    piece: Piece,
    strict: bool,
    /// Whether times are written as usual.
    usual_times: bool,
    /// The kind of the last object, which is likely that of the next.
    kind: Kind,
    found: Found,
    /// A text that holds an object.
    text: Vec<u8>,
    /// Offset up to which places are counted.
    counted: usize,
}

impl Reader<'_> {
    /// Reads lines, each of which has its objects for itself.
    fn lines(&mut self, bytes: &[u8], last: bool) {
        let mut at = 0;
        while at < bytes.len() && self.piece.stopped.is_none() {
            let newline = memchr::memchr(b'\n', &bytes[at..]);
            if newline.is_none() && !last {
                self.piece.unfinished = Some(at);
                return;
            }
            let end = newline.map_or(bytes.len(), |length| at + length + 1);
            self.line(&bytes[at..end]);
            self.piece.places += 1;
            at = end;
        }
    }

    fn line(&mut self, line: &[u8]) {
        let place = self.piece.places;
        let mut at = 0;
        loop {
            let fault = match next_object(line, at, self.log.layout.envelopes) {
                Next::End => return,
                Next::Object(start) => match self.object(line, start, place) {
                    Ok(end) => {
                        at = end;
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
            self.piece.unreadable(self.strict, place, || describe(&fault, line));
            return;
        }
    }

    /// Reads objects however they stand; of those that do not end, the last is left to the next piece.
    fn objects(&mut self, bytes: &[u8], last: bool) {
        let mut at = 0;
        while self.piece.stopped.is_none() {
            let (begin, fault) = match next_object(bytes, at, self.log.layout.envelopes) {
                Next::End => break,
                Next::Object(start) => {
                    let place = self.place(bytes, start);
                    match self.object(bytes, start, place) {
                        Ok(end) => {
                            at = end;
                            continue;
                        }
                        Err(fault) => (start, fault),
                    }
                }
                Next::Unfinished(start) => (start, Fault::Unfinished),
                Next::Fault(start) => (start, Fault::Expected(start, "an object in curly brackets")),
            };
            if fault == Fault::Unfinished && !last && bytes.len() - begin <= MOST_OBJECT_BYTES {
                self.piece.unfinished = Some(begin);
                self.place(bytes, begin);
                return;
            }
            let place = self.place(bytes, begin);
            at = self.behind(bytes, begin);
            let places = if self.log.layout.unit == PlaceUnit::Line {
                newlines(&bytes[begin..at]).max(1)
            } else {
                self.piece.places += 1;
                1
            };
            let what = describe(&fault, &bytes[begin..]);
            self.piece.skip(place, places, || what.clone());
            self.piece.unreadable(self.strict, place, || what);
        }
        self.place(bytes, bytes.len());
    }

    /// The place of an offset, which is behind all that were asked for before.
    fn place(&mut self, bytes: &[u8], at: usize) -> u64 {
        if self.log.layout.unit == PlaceUnit::Line {
            self.piece.places += newlines(&bytes[self.counted..at]);
            self.counted = at;
        }
        self.piece.places
    }

    /// Where reading goes on behind an object that is damaged: at the next that begins like the first.
    fn behind(&self, bytes: &[u8], begin: usize) -> usize {
        let next = memchr::memmem::find(&bytes[begin + 1..], &self.log.layout.opening);
        next.map_or(bytes.len(), |length| begin + 1 + length)
    }

    /// Reads an object whose first bracket is at `start`, at `place`; returns the offset behind it. Of an
    /// envelope it is that of its records.
    #[inline]
    fn object(&mut self, bytes: &[u8], start: usize, place: u64) -> Result<usize, Fault> {
        if self.log.layout.envelopes
            && let Some(inner) = inside(bytes, start)?
        {
            return Ok(inner);
        }
        let plan = self.log.plans.plan(self.kind);
        let end = self.found.walk(&plan.paths, bytes, start + 1)?;
        if plan.fits(&self.found) {
            self.record(plan, bytes, place);
        } else {
            self.other_object(&bytes[start..end], place);
        }
        if self.log.layout.unit == PlaceUnit::Record {
            self.piece.places += 1;
        }
        Ok(end)
    }

    /// Brings the records of an object into the piece; it was walked.
    #[inline]
    fn record(&mut self, plan: &Plan, bytes: &[u8], place: u64) {
        let object = Object::new(plan, &self.found, bytes, self.log.whole[self.kind.dialect]);
        let mut fields = object.fields(self.log.countries);
        if self.usual_times {
            fields.time_ns = large_epoch_ns(fields.time);
        }
        let (piece, strict) = (&mut self.piece, self.strict);
        (plan.dialect.read)(&object, fields, &mut |fields| {
            if piece.stopped.is_none()
                && let Err(fault) = piece.add(place, fields, |field| object.name_of(field))
            {
                piece.unreadable(strict, place, || fault.describe(object.name_of(fault.field()), fields));
            }
        });
    }

    /// Reads an object of another kind than the one before it.
    #[cold]
    fn other_object(&mut self, object: &[u8], place: u64) {
        if is_index(object) {
            return;
        }
        if let Some(kind) = self.log.plans.kind(&mut self.found, object) {
            self.kind = kind;
            self.known(object, place);
            return;
        }
        let mut text = std::mem::take(&mut self.text);
        if self.log.plans.text_within(&mut self.found, object, &mut text)
            && let Some(kind) = self.log.plans.kind(&mut self.found, &text)
        {
            self.kind = kind;
            self.known(&text, place);
        } else {
            self.piece.unreadable(self.strict, place, || {
                format!("object has {}, expected those of a record of traffic", keys_of(object))
            });
        }
        self.text = text;
    }

    fn known(&mut self, object: &[u8], place: u64) {
        let plan = self.log.plans.plan(self.kind);
        if self.found.walk(&plan.paths, object, 1).is_ok() {
            self.record(plan, object, place);
        }
    }
}

/// Whether an object tells Elasticsearch what to do with the next.
fn is_index(object: &[u8]) -> bool {
    let mut members = members(object, 1);
    let first = members.next();
    first.is_some_and(|(key, _)| matches!(key, b"index" | b"create")) && members.next().is_none()
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// A fault of JSON, as a message tells it.
fn describe(fault: &Fault, bytes: &[u8]) -> String {
    match fault {
        Fault::Unfinished => format!("object \"{}\" does not end, expected `}}`", escape(bytes)),
        Fault::Expected(at, what) => {
            let found = bytes.get(*at..).unwrap_or_default();
            format!("JSON is damaged at \"{}\", expected {what}", escape(found))
        }
    }
}

#[cfg(test)]
mod tests;
