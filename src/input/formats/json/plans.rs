//! Which dialect an object is of, and whether it is as it is or wrapped in another: told by its keys. Plans
//! are made when they are needed.

use std::sync::OnceLock;

use super::dialect::{Dialect, Marks, Names, Plan};
use super::dialects::{ALL, GENERAL};
use super::paths::{Found, Paths};
use crate::input::options::Options;
use crate::model::{Measure, SourceKind};

/// Keys under which programs wrap an object; the empty one is none.
pub(super) const WRAPPERS: [&str; 5] = ["", "_source", "jsonPayload", "json", "result"];

/// Keys under which programs keep an object as text.
pub(super) const TEXTS: [&str; 9] = [
    "message",
    "log",
    "_raw",
    "event.original",
    "log.original",
    "MESSAGE",
    "msg",
    "textPayload",
    "line",
];

/// The kind of an object: its dialect, and what it is wrapped in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    pub dialect: usize,
    wrapper: usize,
}

/// All that tells objects apart.
pub(super) struct Plans {
    pub dialects: Vec<&'static Dialect>,
    /// Whether every object is taken for one of the first dialect.
    asked: bool,
    names: Names,
    /// The plan of each dialect in each wrapper.
    plans: Vec<OnceLock<Plan>>,
    /// The marks of all dialects, in each wrapper.
    marks: [OnceLock<Marks>; WRAPPERS.len()],
    wrappers: Paths,
    texts: Paths,
}

impl Plans {
    /// Those of all dialects, or of the one that was asked for. Fields may be named outright.
    pub fn new(asked: Option<&'static Dialect>, options: &Options) -> Self {
        let asked = asked.or((!options.columns.is_empty()).then_some(&GENERAL));
        let dialects = asked.map_or_else(|| ALL.to_vec(), |dialect| vec![dialect]);
        let plans = std::iter::repeat_with(OnceLock::new).take(dialects.len() * WRAPPERS.len());
        Self {
            plans: plans.collect(),
            dialects,
            asked: asked.is_some(),
            names: Names {
                columns: options.columns.clone(),
                group: match &options.source_kind {
                    Some(SourceKind::Column(name)) => Some(name.clone()),
                    _ => None,
                },
                bytes: options.measure == Some(Measure::Bytes),
            },
            marks: [const { OnceLock::new() }; WRAPPERS.len()],
            wrappers: Paths::new(WRAPPERS),
            texts: Paths::new(TEXTS),
        }
    }

    /// How objects of a kind are read.
    #[inline]
    pub fn plan(&self, kind: Kind) -> &Plan {
        let index = kind.wrapper * self.dialects.len() + kind.dialect;
        self.plans[index].get_or_init(|| {
            let before = &self.dialects[..kind.dialect];
            let wrappers = if kind.wrapper == 0 {
                &WRAPPERS[1..]
            } else {
                &WRAPPERS[1..kind.wrapper]
            };
            let dialect = self.dialects[kind.dialect];
            Plan::new(dialect, &self.names, before, WRAPPERS[kind.wrapper], wrappers)
        })
    }

    /// The kind of a whole object; none where it is of no dialect. What is wrapped goes before the wrapper.
    pub fn kind(&self, found: &mut Found, object: &[u8]) -> Option<Kind> {
        let (kind, wrapper) = self.marked(found, object);
        kind.or(self.asked.then_some(Kind { dialect: 0, wrapper }))
    }

    /// Whether an object has the marks of a dialect.
    pub fn knows(&self, found: &mut Found, object: &[u8]) -> bool {
        self.marked(found, object).0.is_some()
    }

    /// The kind of an object by its marks, and what it is wrapped in if it is of a kind at all.
    fn marked(&self, found: &mut Found, object: &[u8]) -> (Option<Kind>, usize) {
        if found.walk(&self.wrappers, object, 1).is_err() {
            return (None, 0);
        }
        let wrapper = (1..WRAPPERS.len()).find(|wrapper| found.has_container(*wrapper));
        let kind = [wrapper, Some(0)].into_iter().flatten().find_map(|wrapper| {
            let marks = self.marks[wrapper].get_or_init(|| Marks::new(&self.dialects, WRAPPERS[wrapper]));
            found.walk(&marks.paths, object, 1).ok()?;
            let dialect = marks.first(found)?;
            Some(Kind { dialect, wrapper })
        });
        (kind, wrapper.unwrap_or(0))
    }

    /// Takes the object that another keeps as text; false where it has none.
    pub fn text_within(&self, found: &mut Found, object: &[u8], text: &mut Vec<u8>) -> bool {
        if found.walk(&self.texts, object, 1).is_err() {
            return false;
        }
        let texts = (0..TEXTS.len()).map(|path| found.text(object, path));
        let Some(first) = texts.into_iter().find(|text| text.starts_with(b"{")) else {
            return false;
        };
        text.clear();
        text.extend_from_slice(first);
        true
    }
}
