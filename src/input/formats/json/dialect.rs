//! What a dialect is: which keys tell an object of it, which fields it names what, and what of it is
//! counted. Each has a file of its own in `dialects/`. Knows no bytes of JSON.

use std::ops::Range;

use super::paths::{Found, Paths};
use crate::input::columns::{ColumnNames, Meaning};
use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::record::Address;

/// A way of naming the fields of a log in JSON.
pub(super) struct Dialect {
    pub about: About,
    /// Groups of paths: an object of this dialect has a path of each group.
    pub marks: &'static [&'static [&'static str]],
    /// The paths of each field, of which the first that has a value is taken.
    pub fields: &'static [(Meaning, &'static [&'static str])],
    /// Other paths, which `read` asks for by their index.
    pub extras: &'static [&'static str],
    /// Whether an object tells of a connection as a whole. In a log that has such records, the others
    /// are repeats.
    pub whole: Option<for<'a> fn(&Object<'a>) -> bool>,
    /// Brings the records of an object to `add`, one, several or none.
    pub read: Read,
}

type Read = for<'a> fn(&Object<'a>, Fields<'a>, &mut dyn FnMut(&Fields<'_>));

/// The records that a log of a dialect has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Records {
    /// Those of connections as a whole ([`Dialect::whole`]).
    pub whole: bool,
    /// Those of what happened in one.
    pub parts: bool,
}

/// Number of meanings.
const MEANINGS: usize = Meaning::ALL.len();

/// An object of a dialect.
pub(super) struct Object<'a> {
    plan: &'a Plan,
    found: &'a Found,
    bytes: &'a [u8],
    /// The records that the log has, by its first objects.
    pub records: Records,
    /// The text of each field; empty where it has none.
    texts: [&'a [u8]; MEANINGS],
    /// The path that each was taken from.
    names: [&'a str; MEANINGS],
}

impl<'a> Object<'a> {
    /// The object that was walked by a plan.
    #[inline]
    pub fn new(plan: &'a Plan, found: &'a Found, bytes: &'a [u8], records: Records) -> Self {
        let mut object = Self {
            plan,
            found,
            bytes,
            records,
            texts: [b""; MEANINGS],
            names: [""; MEANINGS],
        };
        for (path, (meaning, name)) in plan.fields.iter().enumerate() {
            let meaning = *meaning as usize;
            if object.texts[meaning].is_empty() {
                let text = found.text(bytes, path);
                if !text.is_empty() || object.names[meaning].is_empty() {
                    object.texts[meaning] = text;
                    object.names[meaning] = name;
                }
            }
        }
        object
    }

    /// The fields. `countries` tells that the log knows countries, so that a record without one is from nowhere
    /// known.
    #[inline]
    pub fn fields(&self, countries: bool) -> Fields<'a> {
        let of = |meaning: Meaning| self.texts[meaning as usize];
        let address = |text: &'a [u8]| {
            if text.is_empty() {
                Address::None
            } else {
                Address::Text(text)
            }
        };
        let (code, country) = (of(Meaning::Code), of(Meaning::Country));
        Fields {
            time: of(Meaning::Time),
            protocol: of(Meaning::Protocol),
            port: of(Meaning::Port),
            packets: of(Meaning::Packets),
            bytes: of(Meaning::Bytes),
            no_packet: true,
            code,
            country,
            host: of(Meaning::Host),
            source: address(of(Meaning::Source)),
            destination: address(of(Meaning::Destination)),
            group: self.plan.group.map_or(b"", |path| self.found.text(self.bytes, path)),
            no_country: !countries && code.is_empty() && country.is_empty(),
            ..Fields::default()
        }
    }

    /// What a message calls a field.
    pub fn name_of(&self, field: Field) -> &'a str {
        let meaning = match field {
            Field::Time => Meaning::Time,
            Field::Protocol => Meaning::Protocol,
            Field::Port => Meaning::Port,
            Field::Packets => Meaning::Packets,
            Field::Bytes => Meaning::Bytes,
            Field::Code => Meaning::Code,
            Field::Country => Meaning::Country,
        };
        match self.names[meaning as usize] {
            "" => meaning.name(),
            name => name,
        }
    }

    /// The source's address as it is written.
    pub fn source(&self) -> &'a [u8] {
        self.texts[Meaning::Source as usize]
    }

    /// The source port as it is written.
    pub fn source_port(&self) -> &'a [u8] {
        self.texts[Meaning::SourcePort as usize]
    }

    /// The text of an extra; empty where there is none.
    #[inline]
    pub fn extra(&self, index: usize) -> &'a [u8] {
        self.found.text(self.bytes, self.plan.fields.len() + index)
    }

    /// Whether bytes are measured.
    pub fn counts_bytes(&self) -> bool {
        self.plan.bytes
    }

    /// The array or object of an extra.
    pub fn container(&self, index: usize) -> Option<&'a [u8]> {
        self.found.container(self.bytes, self.plan.fields.len() + index)
    }
}

/// Names that whoever reads a log gives.
pub(super) struct Names {
    pub columns: ColumnNames,
    /// The path of what sources are grouped by.
    pub group: Option<String>,
    /// Whether bytes are measured; otherwise they are not looked for.
    pub bytes: bool,
}

/// A dialect, made ready to read objects that have its paths below a prefix.
pub(super) struct Plan {
    pub dialect: &'static Dialect,
    pub paths: Paths,
    /// The first paths: those of fields, without the prefix.
    fields: Vec<(Meaning, String)>,
    /// The path of what sources are grouped by.
    group: Option<usize>,
    /// Whether bytes are measured.
    bytes: bool,
    /// The paths of marks, of this dialect and then of those that are tried before it.
    marks: Vec<Groups>,
    /// The paths of what an object is looked for in before.
    wrappers: Range<usize>,
}

impl Plan {
    /// Makes a dialect ready, with names in place of its own. `before` are the dialects that are
    /// tried before it, and `wrappers` the paths of objects that are: what they take, it does not.
    pub fn new(
        dialect: &'static Dialect,
        names: &Names,
        before: &[&'static Dialect],
        prefix: &str,
        wrappers: &[&str],
    ) -> Self {
        let mut fields: Vec<(Meaning, String)> = Vec::new();
        let is_read = |meaning: &Meaning| *meaning != Meaning::Bytes || names.bytes;
        for meaning in Meaning::ALL.into_iter().filter(is_read) {
            if let Some(name) = names.columns.get(meaning) {
                fields.push((meaning, name.to_owned()));
                continue;
            }
            let usual = dialect.fields.iter().filter(|(known, _)| *known == meaning);
            let paths = usual.flat_map(|(_, paths)| paths.iter());
            fields.extend(paths.map(|path| (meaning, (*path).to_owned())));
        }
        let mut paths: Vec<String> = fields.iter().map(|(_, path)| path.clone()).collect();
        paths.extend(dialect.extras.iter().map(|path| (*path).to_owned()));
        let group = names.group.as_ref().map(|group| {
            paths.push(group.clone());
            paths.len() - 1
        });
        let dialects = std::iter::once(dialect).chain(before.iter().copied());
        let marks = dialects.map(|dialect| groups(dialect, &mut paths)).collect();
        let wrapped = paths.len()..paths.len() + wrappers.len();
        let paths = paths.iter().map(|path| below(prefix, path));
        let wrappers = wrappers.iter().copied().map(str::to_owned);
        Self {
            dialect,
            paths: Paths::new(paths.chain(wrappers)),
            fields,
            group,
            bytes: names.bytes,
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

    /// The paths of fields that have a value in an object.
    pub fn taken<'a>(&'a self, found: &'a Found, bytes: &'a [u8]) -> impl Iterator<Item = &'a str> {
        let fields = self.fields.iter().enumerate();
        fields
            .filter(move |(path, _)| !found.text(bytes, *path).is_empty())
            .map(|(_, (_, name))| name.as_str())
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
            paths: Paths::new(paths.iter().map(|path| below(prefix, path))),
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
fn groups(dialect: &Dialect, paths: &mut Vec<String>) -> Groups {
    let mut index = |path: &str| {
        let known = paths.iter().position(|known| *known == path);
        known.unwrap_or_else(|| {
            paths.push(path.to_owned());
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
