//! What a dialect is: which keys tell an object of it, which fields it names what, and what of it is
//! counted. Each has a file of its own in `dialects/`. Knows no bytes of JSON.

use std::ops::Range;

use super::paths::{Found, Paths};
use crate::input::columns::Meaning;
use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::record::Address;

/// A way of naming the fields of a log in JSON.
pub(super) struct Dialect {
    pub about: About,
    /// Groups of paths: an object of this dialect has a path of each group.
    pub marks: &'static [&'static [&'static str]],
    /// The paths of each field; where there are several, the first that has a value is taken.
    pub fields: &'static [(Meaning, &'static str)],
    /// Other paths, which `read` asks for by their index.
    pub extras: &'static [&'static str],
    /// Whether an object tells of a connection as a whole. In a log that has such records, the others
    /// are repeats.
    pub whole: Option<for<'a> fn(&Object<'a>) -> bool>,
    /// Brings the records of an object to `add`, one, several or none.
    pub read: Read,
}

type Read = for<'a> fn(&Object<'a>, Fields<'a>, &mut dyn FnMut(&Fields<'_>));

/// The meaning of a field that a message is about.
fn meaning_of(field: Field) -> Meaning {
    match field {
        Field::Time => Meaning::Time,
        Field::Protocol => Meaning::Protocol,
        Field::Port => Meaning::Port,
        Field::Packets => Meaning::Packets,
        Field::Code => Meaning::Code,
        Field::Country => Meaning::Country,
    }
}

/// Number of meanings.
const MEANINGS: usize = Meaning::ALL.len();

/// An object of a dialect.
pub(super) struct Object<'a> {
    plan: &'a Plan,
    found: &'a Found,
    bytes: &'a [u8],
    /// Whether the log has records of connections as a whole ([`Dialect::whole`]).
    pub whole: bool,
}

impl<'a> Object<'a> {
    pub fn new(plan: &'a Plan, found: &'a Found, bytes: &'a [u8], whole: bool) -> Self {
        Self {
            plan,
            found,
            bytes,
            whole,
        }
    }

    /// The text of an extra; empty where there is none.
    pub fn extra(&self, index: usize) -> &'a [u8] {
        self.found.text(self.bytes, self.plan.extra(index))
    }
}

/// A dialect, made ready to read objects that have its paths below a prefix.
pub(super) struct Plan {
    pub dialect: &'static Dialect,
    pub paths: Paths,
    /// The paths of marks, of this dialect and then of those that are tried before it.
    marks: Vec<Groups>,
    /// The paths of what an object is looked for in before.
    wrappers: Range<usize>,
}

impl Plan {
    /// Makes a dialect ready. `before` are the dialects that are tried before it, and `wrappers` the
    /// paths of objects that are: what they take, it does not.
    pub fn new(dialect: &'static Dialect, before: &[&'static Dialect], prefix: &str, wrappers: &[&str]) -> Self {
        let mut paths: Vec<&'static str> = dialect.fields.iter().map(|(_, path)| *path).collect();
        paths.extend(dialect.extras);
        let dialects = std::iter::once(dialect).chain(before.iter().copied());
        let marks = dialects.map(|dialect| groups(dialect, &mut paths)).collect();
        let wrapped = paths.len()..paths.len() + wrappers.len();
        let paths = paths.into_iter().map(|path| below(prefix, path));
        let wrappers = wrappers.iter().copied().map(str::to_owned);
        Self {
            dialect,
            paths: Paths::new(paths.chain(wrappers)),
            marks,
            wrappers: wrapped,
        }
    }

    /// Whether an object is of this dialect, and of none that is tried before it.
    #[inline]
    pub fn fits(&self, found: &Found) -> bool {
        let mut marks = self.marks.iter().map(|groups| has_all(groups, found));
        marks.next() == Some(true)
            && !marks.any(|fits| fits)
            && !self.wrappers.clone().any(|path| found.has_container(path))
    }

    fn extra(&self, index: usize) -> usize {
        self.dialect.fields.len() + index
    }

    /// The fields of an object, and the path of each that has a value. `countries` tells that the log knows
    /// countries, so that a record without one is from nowhere known.
    #[inline]
    pub fn fields<'a>(&self, found: &'a Found, bytes: &'a [u8], countries: bool) -> (Fields<'a>, Names) {
        let mut texts = [&b""[..]; MEANINGS];
        let mut names = Names([None; MEANINGS]);
        for (path, (meaning, name)) in self.dialect.fields.iter().enumerate() {
            let meaning = *meaning as usize;
            if texts[meaning].is_empty() {
                texts[meaning] = found.text(bytes, path);
                if !texts[meaning].is_empty() || names.0[meaning].is_none() {
                    names.0[meaning] = Some(name);
                }
            }
        }
        let of = |meaning: Meaning| texts[meaning as usize];
        let address = |text: &'a [u8]| {
            if text.is_empty() {
                Address::None
            } else {
                Address::Text(text)
            }
        };
        let (code, country) = (of(Meaning::Code), of(Meaning::Country));
        let fields = Fields {
            time: of(Meaning::Time),
            protocol: of(Meaning::Protocol),
            port: of(Meaning::Port),
            packets: of(Meaning::Packets),
            code,
            country,
            host: of(Meaning::Host),
            source: address(of(Meaning::Source)),
            destination: address(of(Meaning::Destination)),
            no_country: !countries && code.is_empty() && country.is_empty(),
            ..Fields::default()
        };
        (fields, names)
    }

    /// The paths that have a value in an object.
    pub fn taken(&self, found: &Found) -> impl Iterator<Item = &'static str> {
        let fields = self.dialect.fields.iter().enumerate();
        fields.filter(|(path, _)| found.has(*path)).map(|(_, (_, name))| *name)
    }
}

/// The marks of dialects, below a prefix.
pub(super) struct Marks {
    pub paths: Paths,
    dialects: Vec<Groups>,
}

impl Marks {
    pub fn new(dialects: &[&'static Dialect], prefix: &str) -> Self {
        let mut paths = Vec::new();
        let dialects = dialects.iter().map(|dialect| groups(dialect, &mut paths)).collect();
        Self {
            paths: Paths::new(paths.into_iter().map(|path| below(prefix, path))),
            dialects,
        }
    }

    /// The first dialect that an object is of.
    pub fn first(&self, found: &Found) -> Option<usize> {
        self.dialects.iter().position(|groups| has_all(groups, found))
    }
}

/// A path below another, which may be empty.
fn below(prefix: &str, path: &str) -> String {
    if prefix.is_empty() {
        path.to_owned()
    } else {
        format!("{prefix}.{path}")
    }
}

/// The marks of a dialect, as indices of paths.
type Groups = Vec<Vec<usize>>;

/// The marks of a dialect; their paths are added to those that are known.
fn groups(dialect: &Dialect, paths: &mut Vec<&'static str>) -> Groups {
    let mut index = |path: &'static str| {
        let known = paths.iter().position(|known| *known == path);
        known.unwrap_or_else(|| {
            paths.push(path);
            paths.len() - 1
        })
    };
    let groups = dialect.marks.iter();
    groups
        .map(|group| group.iter().map(|path| index(path)).collect())
        .collect()
}

#[inline]
fn has_all(groups: &Groups, found: &Found) -> bool {
    groups.iter().all(|group| group.iter().any(|path| found.has(*path)))
}

/// The paths that an object's fields were taken from.
#[derive(Clone, Copy)]
pub(super) struct Names([Option<&'static str>; MEANINGS]);

impl Names {
    /// What a message calls a field.
    pub fn of(&self, field: Field) -> &'static str {
        self.0[meaning_of(field) as usize].unwrap_or("port")
    }
}
