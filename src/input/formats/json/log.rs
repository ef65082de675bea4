//! A log whose objects are of the dialects: what is learned from the first of them, and how they are read.

use std::sync::Arc;

use super::dialect::{Dialect, Object, Plan, Records};
use super::dialects::GENERAL;
use super::layout::{Layout, Sample, inside};
use super::objects::{Damage, Objects, Taken, Taker};
use super::paths::{Found, keys_of, members};
use super::plans::{Kind, Plans};
use super::scan::Fault;
use crate::input::format::{Head, Parsed};
use crate::input::options::Options;
use crate::input::piece::Piece;
use crate::model::PlaceUnit;

/// What is known of a dialect by the first objects.
pub(super) struct Known {
    dialect: usize,
    pub title: &'static str,
    /// The paths that fields were taken from.
    pub taken: Vec<String>,
    objects: usize,
}

/// Everything that is needed to read the pieces of a log.
pub(super) struct Log {
    pub plans: Plans,
    pub layout: Layout,
    /// The kind of the first objects.
    first: Kind,
    /// Whether there are records of connections as a whole, by dialect.
    whole: Vec<bool>,
    /// Whether there are others, too.
    parts: Vec<bool>,
    /// Whether some object names a country.
    countries: bool,
}

impl Log {
    pub fn new(asked: Option<&'static Dialect>, options: &Options) -> Self {
        let plans = Plans::new(asked, options);
        Self {
            whole: vec![false; plans.dialects.len()],
            parts: vec![false; plans.dialects.len()],
            plans,
            layout: Layout::default(),
            first: Kind::default(),
            countries: false,
        }
    }

    /// Learns from the first objects; returns the dialects that they are of, the most frequent first.
    pub fn learn(&mut self, bytes: &[u8], sample: &Sample) -> Vec<Known> {
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
            let object = Object::new(plan, &found, bytes, Records::default());
            let fields = object.fields(false);
            // With the usual names alone, a port is needed to tell traffic from other logs.
            let usual = std::ptr::eq(plan.dialect, &GENERAL);
            if fields.time.is_empty() || usual && fields.port.is_empty() {
                continue;
            }
            self.countries |= !fields.no_country;
            if let Some(is_whole) = plan.dialect.whole {
                let records = if is_whole(&object) {
                    &mut self.whole
                } else {
                    &mut self.parts
                };
                records[kind.dialect] = true;
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
    pub fn misses_whole(&self, known: &[Known]) -> bool {
        let mut known = known.iter();
        known.any(|known| self.plans.dialects[known.dialect].whole.is_some() && !self.whole[known.dialect])
    }
}

impl Head for Log {
    fn unit(&self) -> PlaceUnit {
        self.layout.unit
    }

    fn cut(&self, bytes: &[u8], searched: usize) -> Option<usize> {
        self.layout.cut(bytes, searched)
    }

    fn parse(self: Arc<Self>, bytes: &[u8], last: bool, options: &Options) -> Parsed {
        let reader = Reader {
            log: &self,
            // Records are some hundred bytes.
            piece: Piece::new(self.layout.unit, bytes.len() / 256, options),
            strict: options.strict,
            kind: self.first,
            found: Found::default(),
            text: Vec::new(),
        };
        let mut objects = Objects::new(&self.layout, reader);
        objects.read(bytes, last);
        let (places, unfinished) = (objects.places, objects.unfinished);
        let mut piece = objects.taker.piece;
        (piece.places, piece.unfinished) = (places, unfinished);
        Parsed { piece, head: None }
    }
}

/// Reads the objects of a piece.
struct Reader<'l> {
    log: &'l Log,
    piece: Piece,
    strict: bool,
    /// The kind of the last object, which is likely that of the next.
    kind: Kind,
    found: Found,
    /// A text that holds an object.
    text: Vec<u8>,
}

impl Taker for Reader<'_> {
    #[inline]
    fn object(&mut self, bytes: &[u8], start: usize, place: u64) -> Result<Taken, Fault> {
        if self.log.layout.envelopes
            && let Some(inner) = inside(bytes, start)?
        {
            return Ok(Taken::Envelope(inner));
        }
        let plan = self.log.plans.plan(self.kind);
        let end = self.found.walk(&plan.paths, bytes, start + 1)?;
        if plan.fits(&self.found) {
            self.record(plan, bytes, place);
        } else {
            self.other_object(&bytes[start..end], place);
        }
        Ok(Taken::Record(end))
    }

    fn damage(&mut self, damage: &Damage<'_>) {
        if let Some(places) = damage.hidden {
            self.piece.skip(damage.place, places, || damage.describe());
        }
        self.piece.unreadable(self.strict, damage.place, || damage.describe());
    }

    fn stopped(&self) -> bool {
        self.piece.stopped.is_some()
    }
}

impl Reader<'_> {
    /// Brings the records of an object into the piece; it was walked.
    #[inline]
    fn record(&mut self, plan: &Plan, bytes: &[u8], place: u64) {
        let records = Records {
            whole: self.log.whole[self.kind.dialect],
            parts: self.log.parts[self.kind.dialect],
        };
        let object = Object::new(plan, &self.found, bytes, records);
        let fields = object.fields(self.log.countries);
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
