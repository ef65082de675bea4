//! A header's columns by meaning: which names each may have, and which is taken where several fit.
//! Knows no row but those that are looked at to choose.

use std::fmt::Write as _;

use super::rows::Record;
use crate::input::fields::{Field, Fields, escape, transport, whole_number};
use crate::input::time::parse_time_ns_bytes;
use crate::model::MOST_PACKETS;

/// Names of a column, the first being portbloom's own; earlier ones are preferred.
type Aliases = &'static [&'static str];

/// The meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Time,
    Protocol,
    Port,
    Packets,
    Code,
    Country,
    Host,
}

impl Meaning {
    const ALL: [Self; 7] = [
        Self::Time,
        Self::Protocol,
        Self::Port,
        Self::Packets,
        Self::Code,
        Self::Country,
        Self::Host,
    ];

    /// The meanings that a log needs a column for.
    const REQUIRED: [Self; 3] = [Self::Time, Self::Protocol, Self::Port];

    const fn aliases(self) -> Aliases {
        match self {
            Self::Time => &["datetime", "time", "timestamp", "ts"],
            Self::Protocol => &["proto", "protocol"],
            Self::Port => &["dpt", "dport", "dst_port", "port"],
            Self::Packets => &["packets", "count"],
            Self::Code => &["cc", "country_code"],
            Self::Country => &["country", "country_name"],
            Self::Host => &["host", "dst_host"],
        }
    }

    /// The words for it in messages.
    const fn words(self) -> &'static str {
        match self {
            Self::Time => "the time",
            Self::Protocol => "the protocol",
            Self::Port => "the destination port",
            Self::Packets => "the number of packets",
            Self::Code => "the country's code",
            Self::Country => "the country's name",
            Self::Host => "the receiving host",
        }
    }

    /// Whether a value makes sense as this: the measure by which one of several columns is chosen.
    fn makes_sense(self, value: &[u8]) -> bool {
        match self {
            // A small number counts from somewhere else, such as the first packet.
            Self::Time => parse_time_ns_bytes(value).is_ok() && !is_relative(value),
            Self::Protocol => {
                transport(value).is_some() || value.eq_ignore_ascii_case(b"icmp") || whole_number(value, 255).is_some()
            }
            Self::Port => whole_number(value, u64::from(u16::MAX)).is_some(),
            Self::Packets => whole_number(value, MOST_PACKETS).is_some(),
            Self::Code => value.len() == 2 && value.iter().all(u8::is_ascii_alphabetic),
            Self::Country | Self::Host => !value.is_empty(),
        }
    }
}

/// Whether a time is a number of seconds below 10^8, which is in 1973.
fn is_relative(value: &[u8]) -> bool {
    let whole = value.split(|byte| *byte == b'.').next().unwrap_or_default();
    let digits = whole.strip_prefix(b"-").unwrap_or(whole);
    digits.iter().all(u8::is_ascii_digit) && digits.len() <= 8
}

/// Number of column names that a message lists at most.
const LISTED_COLUMNS: usize = 20;

/// The first port that systems give to the sending side of a connection (Linux; others begin higher).
const FIRST_EPHEMERAL: u64 = 32_768;

/// The places in a row of the fields that are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    time: Column,
    protocol: Column,
    port: Column,
    packets: Option<Column>,
    code: Option<usize>,
    country: Option<usize>,
    host: Option<usize>,
    /// Number of fields that a row must have, for the required ones to be among them.
    pub fields: usize,
    /// Number of fields of the header.
    pub count: usize,
    /// For each meaning, the column that is taken: its name, and how many of that name stand before it.
    taken: Vec<(Meaning, Vec<u8>, usize)>,
}

/// A column that messages name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    index: usize,
    /// As the header has it.
    name: String,
}

/// A line that is no header: the names that it lacks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing(Vec<Meaning>);

impl Missing {
    /// Whether the line is a header all the same: some of its fields are names of columns, and none is
    /// a value.
    pub fn is_header(&self, line: &Record<'_>) -> bool {
        let names = names(line);
        let known = names.iter().filter(|name| is_known(name));
        known.count() >= 2 && !names.iter().any(|name| is_value(name))
    }

    /// The names, and how a column for each may be called.
    pub fn list(&self) -> String {
        let missing = self.0.iter();
        let missing = missing.map(|meaning| format!("{} (`{}`)", meaning.words(), meaning.aliases().join("`, `")));
        missing.collect::<Vec<_>>().join(" or ")
    }
}

/// Whether a field is a number or a time, as no name of a column is.
pub(super) fn is_value(field: &[u8]) -> bool {
    whole_number(field, MOST_PACKETS).is_some() || parse_time_ns_bytes(field).is_ok()
}

/// Whether a name is one that a column may be taken by.
pub(super) fn is_known(name: &[u8]) -> bool {
    let mut aliases = Meaning::ALL.iter().flat_map(|meaning| meaning.aliases());
    aliases.any(|alias| name.eq_ignore_ascii_case(alias.as_bytes()))
}

/// The columns that a log needs, as a message about an empty one lists them.
pub(super) fn required_columns() -> String {
    Meaning::REQUIRED
        .map(|meaning| format!("`{}`", meaning.aliases()[0]))
        .join(", ")
}

/// The columns of a header, quoted, and the number of those that are too many for a message.
pub(super) fn list_columns(header: &Record<'_>) -> String {
    let listed = header.iter().take(LISTED_COLUMNS);
    let listed = listed.map(|field| format!("`{}`", escape(field.trim_ascii())));
    let mut list = listed.collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = header.len().checked_sub(LISTED_COLUMNS) {
        let _ = write!(list, " and {more} more");
    }
    list
}

impl Columns {
    /// Finds the columns in a header, or tells which of the required ones it lacks. Any order and any
    /// case will do.
    ///
    /// Of several columns that fit one meaning, the one that was taken in `before`, a header further up,
    /// is taken again; else the one whose name is preferred, and of the same name the first.
    pub fn find(header: &Record<'_>, before: Option<&Self>) -> Result<Self, Missing> {
        let names = names(header);
        let find = |meaning: Meaning| {
            let again = before
                .into_iter()
                .flat_map(|columns| &columns.taken)
                .filter(|taken| taken.0 == meaning);
            let again = again.filter_map(|(_, name, nth)| {
                let same = (0..names.len()).filter(|index| names[*index].eq_ignore_ascii_case(name));
                same.take(nth + 1).nth(*nth)
            });
            again.chain(candidates(&names, meaning)).next()
        };
        let missing = Meaning::REQUIRED.into_iter().filter(|meaning| find(*meaning).is_none());
        let missing: Vec<Meaning> = missing.collect();
        if !missing.is_empty() {
            return Err(Missing(missing));
        }
        Ok(Self::of(&names, Meaning::ALL.map(find)))
    }

    /// The columns at indices, by meaning; the required ones must be there.
    fn of(names: &[&[u8]], indices: [Option<usize>; Meaning::ALL.len()]) -> Self {
        let [time, protocol, port, packets, code, country, host] = indices;
        let column = |index: usize| Column {
            index,
            name: names
                .get(index)
                .map_or_else(String::new, |name| String::from_utf8_lossy(name).into_owned()),
        };
        let [time, protocol, port] = [time, protocol, port].map(|index| column(index.unwrap_or(0)));
        let taken = Meaning::ALL.into_iter().zip(indices).filter_map(|(meaning, index)| {
            let index = index?;
            let before = names[..index].iter();
            let nth = before.filter(|name| name.eq_ignore_ascii_case(names[index])).count();
            Some((meaning, names[index].to_ascii_lowercase(), nth))
        });
        Self {
            fields: time.index.max(protocol.index).max(port.index) + 1,
            count: names.len(),
            taken: taken.collect(),
            time,
            protocol,
            port,
            packets: packets.map(column),
            code,
            country,
            host,
        }
    }

    /// The columns of a header, chosen by some of the rows below it where several fit one meaning: by
    /// how many values make sense, then by name; of ports under the same name, the column with fewer of
    /// those that systems give to the sending side. Also a remark for each choice.
    pub fn choose(&self, header: &Record<'_>, rows: &[Vec<Vec<u8>>]) -> (Self, Vec<String>) {
        let names = names(header);
        let mut remarks = Vec::new();
        let indices = Meaning::ALL.map(|meaning| {
            let found: Vec<usize> = candidates(&names, meaning).collect();
            let [first, _, ..] = found[..] else {
                return found.first().copied();
            };
            let values = |index: usize| {
                rows.iter()
                    .map(move |row| row.get(index).map_or(&[][..], Vec::as_slice))
            };
            if found.iter().all(|index| values(*index).eq(values(first))) {
                return Some(first);
            }
            let rank = |index: usize| {
                let sense = values(index).filter(|value| meaning.makes_sense(value)).count();
                let alias = meaning
                    .aliases()
                    .iter()
                    .position(|alias| names[index].eq_ignore_ascii_case(alias.as_bytes()));
                let ephemeral = values(index).filter(|value| {
                    meaning == Meaning::Port
                        && whole_number(value, u64::from(u16::MAX)).is_some_and(|port| port >= FIRST_EPHEMERAL)
                });
                (std::cmp::Reverse(sense), alias, ephemeral.count(), index)
            };
            let taken = found.iter().copied().min_by_key(|index| rank(*index)).unwrap_or(first);
            let mut in_order = found;
            in_order.sort_unstable();
            let listed = in_order
                .iter()
                .map(|index| format!("`{}` (column {})", escape(names[*index]), index + 1));
            remarks.push(format!(
                "{} columns fit {}: {}; column {} is read: if another is meant, rename this one in the header",
                in_order.len(),
                meaning.words(),
                listed.collect::<Vec<_>>().join(", "),
                taken + 1,
            ));
            Some(taken)
        });
        if self.code.is_none() && self.country.is_none() {
            remarks.push(format!(
                "no column `{}` or `{}`: all packets come from the country `Unknown`",
                Meaning::Code.aliases()[0],
                Meaning::Country.aliases()[0]
            ));
        }
        (Self::of(&names, indices), remarks)
    }

    /// The fields of a row.
    #[inline(always)]
    pub fn fields<'a>(&self, row: &Record<'a>) -> Fields<'a> {
        Fields {
            time: row.field(Some(self.time.index)),
            protocol: row.field(Some(self.protocol.index)),
            port: row.field(Some(self.port.index)),
            packets: row.field(self.packets.as_ref().map(|column| column.index)),
            code: row.field(self.code),
            country: row.field(self.country),
            host: row.field(self.host),
            ..Fields::default()
        }
    }

    /// Whether a value at an index, from which a name was parted that ran into it, can be nothing else:
    /// a country's code of two letters, or a number.
    pub fn is_sure(&self, index: usize, value: &[u8]) -> bool {
        match value {
            [] => true,
            [first, second] if self.code == Some(index) => first.is_ascii_alphabetic() && second.is_ascii_alphabetic(),
            digits => digits.iter().all(u8::is_ascii_digit),
        }
    }

    /// The name that the header has for a field.
    pub fn name(&self, field: Field) -> &str {
        let taken = |meaning: Meaning| {
            let taken = self.taken.iter().find(|taken| taken.0 == meaning);
            taken.map_or("", |(_, name, _)| std::str::from_utf8(name).unwrap_or_default())
        };
        match field {
            Field::Time => &self.time.name,
            Field::Protocol => &self.protocol.name,
            Field::Port => &self.port.name,
            Field::Packets => self.packets.as_ref().map_or("", |column| &column.name),
            Field::Code => taken(Meaning::Code),
            Field::Country => taken(Meaning::Country),
        }
    }
}

/// The names in a header. One that is a comment, too, begins with `#`.
pub(super) fn names<'a>(header: &Record<'a>) -> Vec<&'a [u8]> {
    let mut names: Vec<&[u8]> = header.iter().map(<[u8]>::trim_ascii).collect();
    if let Some(first) = names.first_mut() {
        *first = first.strip_prefix(b"#").unwrap_or(first).trim_ascii();
    }
    names
}

/// The columns that fit a meaning, the preferred ones first.
fn candidates(names: &[&[u8]], meaning: Meaning) -> impl Iterator<Item = usize> {
    meaning.aliases().iter().flat_map(move |alias| {
        let is_it = |index: &usize| names[*index].eq_ignore_ascii_case(alias.as_bytes());
        (0..names.len()).filter(is_it).collect::<Vec<_>>()
    })
}
