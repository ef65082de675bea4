//! A header's columns by meaning: which names each may have, and which is taken where several fit.
//! Knows no row but those that are looked at to choose.

use std::fmt::Write as _;

use super::rows::Record;
use crate::input::columns::{ColumnNames, Meaning};
use crate::input::fields::{Field, Fields, escape, transport, whole_number};
use crate::input::record::Address;
use crate::input::time::{Notation, parse_moment};
use crate::input::time_reader::TimeReader;
use crate::model::MOST_PACKETS;

/// Number of meanings.
const MEANINGS: usize = Meaning::ALL.len();

/// Whether a value makes sense as this: the measure by which one of several columns is chosen.
fn makes_sense(meaning: Meaning, value: &[u8], times: &TimeReader) -> bool {
    match meaning {
        // A small number counts from somewhere else, such as the first packet.
        Meaning::Time => times.read(value).is_ok() && (times.counts_days() || !is_relative(value)),
        Meaning::Protocol => {
            transport(value).is_some() || value.eq_ignore_ascii_case(b"icmp") || whole_number(value, 255).is_some()
        }
        Meaning::Port | Meaning::SourcePort => whole_number(value, u64::from(u16::MAX)).is_some(),
        Meaning::Packets => whole_number(value, MOST_PACKETS).is_some(),
        Meaning::Code => value.len() == 2 && value.iter().all(u8::is_ascii_alphabetic),
        Meaning::Source | Meaning::Destination => Address::Text(value).ip().is_some(),
        Meaning::Country | Meaning::Host => !value.is_empty(),
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
    /// For each meaning, the place of its column.
    at: [Option<usize>; MEANINGS],
    /// Number of fields that a row must have, for the required ones to be among them.
    pub fields: usize,
    /// Number of fields of the header, at least 1.
    pub count: usize,
    /// Whether no column names countries.
    no_country: bool,
    /// For each meaning, the column that is taken: its name, and how many of that name stand before it.
    taken: Vec<(Meaning, String, usize)>,
}

/// A line that is no header: the meanings that it lacks, and how a column for each may be called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing(Vec<(Meaning, String)>);

impl Missing {
    /// Whether the line is a header all the same: some of its fields are names of columns, and none is
    /// a value.
    pub fn is_header(&self, line: &Record<'_>, chosen: &ColumnNames) -> bool {
        let names = names(line);
        let known = names.iter().filter(|name| is_known(name, chosen));
        known.count() >= 2 && !names.iter().any(|name| is_value(name))
    }

    /// The meanings, and how a column for each may be called.
    pub fn list(&self) -> String {
        let missing = self.0.iter();
        let missing = missing.map(|(meaning, names)| format!("{} ({names})", meaning.words()));
        missing.collect::<Vec<_>>().join(" or ")
    }
}

/// Whether a field is a number or a time, as no name of a column is.
pub(super) fn is_value(field: &[u8]) -> bool {
    whole_number(field, MOST_PACKETS).is_some() || parse_moment(field, Notation::OF_LOGS).is_ok()
}

/// Whether a name is one that a column may be taken by.
pub(super) fn is_known(name: &[u8], chosen: &ColumnNames) -> bool {
    let is_it = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    Meaning::ALL.into_iter().any(|meaning| match chosen.get(meaning) {
        Some(known) => is_it(known),
        None => meaning.aliases().iter().any(|alias| is_it(alias)),
    })
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
    /// Whether a line with this number of fields may be two rows, of which the second begins in the last field of
    /// the first.
    pub const fn may_be_two(&self, fields: usize) -> bool {
        fields > self.count && fields + 1 >= self.count + self.fields
    }

    /// Finds the columns in a header, or tells which of the required ones and of those `chosen` it lacks.
    /// Any order and any case will do.
    ///
    /// Of several columns that fit one meaning, the one that was taken in `before`, a header further up,
    /// is taken again; else the one whose name is preferred, and of the same name the first.
    pub fn find(header: &Record<'_>, chosen: &ColumnNames, before: Option<&Self>) -> Result<Self, Missing> {
        let names = names(header);
        let find = |meaning: Meaning| {
            let again = before
                .into_iter()
                .flat_map(|columns| &columns.taken)
                .filter(|taken| taken.0 == meaning);
            let again = again.filter_map(|(_, name, nth)| {
                let same = (0..names.len()).filter(|index| names[*index].eq_ignore_ascii_case(name.as_bytes()));
                same.take(nth + 1).nth(*nth)
            });
            again.chain(candidates(&names, chosen, meaning)).next()
        };
        let missing = Meaning::ALL.into_iter().filter_map(|meaning| {
            let asked = chosen.get(meaning);
            if find(meaning).is_some() || (asked.is_none() && !Meaning::REQUIRED.contains(&meaning)) {
                return None;
            }
            let names = asked.map_or_else(|| meaning.aliases().join("`, `"), str::to_owned);
            Some((meaning, format!("`{names}`")))
        });
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            return Err(Missing(missing));
        }
        Ok(Self::of(&names, Meaning::ALL.map(find)))
    }

    /// The columns at places, by meaning; the required ones must be there.
    fn of(names: &[&[u8]], at: [Option<usize>; MEANINGS]) -> Self {
        let required = Meaning::REQUIRED.map(|meaning| at[meaning as usize].unwrap_or(0));
        let taken = Meaning::ALL.into_iter().zip(at).filter_map(|(meaning, index)| {
            let index = index?;
            let before = names[..index].iter();
            let nth = before.filter(|name| name.eq_ignore_ascii_case(names[index])).count();
            Some((meaning, String::from_utf8_lossy(names[index]).into_owned(), nth))
        });
        Self {
            at,
            fields: required.into_iter().max().unwrap_or(0) + 1,
            count: names.len(),
            no_country: at[Meaning::Code as usize].is_none() && at[Meaning::Country as usize].is_none(),
            taken: taken.collect(),
        }
    }

    /// The same columns of a table whose first line is a row: they go by their numbers.
    pub fn numbered(mut self) -> Self {
        for (meaning, name, nth) in &mut self.taken {
            let index = self.at[*meaning as usize].unwrap_or(0);
            (*name, *nth) = (format!("column {}", index + 1), 0);
        }
        self
    }

    /// The columns of a header, chosen by some of the rows below it where several fit one meaning: by
    /// how many values make sense, then by name; of ports under the same name, the column with fewer of
    /// those that systems give to the sending side. Also a remark for each choice.
    pub fn choose(
        &self,
        header: &Record<'_>,
        chosen: &ColumnNames,
        times: &TimeReader,
        rows: &[Vec<Vec<u8>>],
    ) -> (Self, Vec<String>) {
        let names = names(header);
        let mut remarks = Vec::new();
        let indices = Meaning::ALL.map(|meaning| {
            let found: Vec<usize> = candidates(&names, chosen, meaning).collect();
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
                let (times, _) = times.clone().learned(values(index));
                let sense = values(index)
                    .filter(|value| makes_sense(meaning, value, &times))
                    .count();
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
        if self.no_country && self.at[Meaning::Source as usize].is_none() {
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
        let field = |meaning: Meaning| row.field(self.at[meaning as usize]);
        let address = |meaning: Meaning| match self.at[meaning as usize] {
            Some(index) => Address::Text(row.field(Some(index))),
            None => Address::None,
        };
        Fields {
            time: field(Meaning::Time),
            protocol: field(Meaning::Protocol),
            port: field(Meaning::Port),
            packets: field(Meaning::Packets),
            code: field(Meaning::Code),
            country: field(Meaning::Country),
            host: field(Meaning::Host),
            source: address(Meaning::Source),
            destination: address(Meaning::Destination),
            no_country: self.no_country,
            ..Fields::default()
        }
    }

    /// The time of a row whose fields were taken apart.
    pub fn time_of<'a>(&self, row: &'a [Vec<u8>]) -> &'a [u8] {
        let index = self.at[Meaning::Time as usize];
        index.and_then(|index| row.get(index)).map_or(&[], Vec::as_slice)
    }

    /// Whether a value at an index, from which a name was parted that ran into it, can be nothing else:
    /// a country's code of two letters, or a number.
    pub fn is_sure(&self, index: usize, value: &[u8]) -> bool {
        match value {
            [] => true,
            [first, second] if self.at[Meaning::Code as usize] == Some(index) => {
                first.is_ascii_alphabetic() && second.is_ascii_alphabetic()
            }
            digits => digits.iter().all(u8::is_ascii_digit),
        }
    }

    /// The name that the header has for a field.
    pub fn name(&self, field: Field) -> &str {
        let meaning = match field {
            Field::Time => Meaning::Time,
            Field::Protocol => Meaning::Protocol,
            Field::Port => Meaning::Port,
            Field::Packets => Meaning::Packets,
            Field::Code => Meaning::Code,
            Field::Country => Meaning::Country,
        };
        let taken = self.taken.iter().find(|taken| taken.0 == meaning);
        taken.map_or("", |(_, name, _)| name)
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

/// The columns that fit a meaning, the preferred ones first. A number in place of a name is the column of
/// that number, the first being 1.
fn candidates<'a>(
    names: &'a [&'a [u8]],
    chosen: &'a ColumnNames,
    meaning: Meaning,
) -> impl Iterator<Item = usize> + 'a {
    let named = |name: &str| {
        let is_it = |index: &usize| names[*index].eq_ignore_ascii_case(name.as_bytes());
        (0..names.len()).filter(is_it).collect::<Vec<_>>()
    };
    let found = match chosen.get(meaning) {
        Some(name) => match (named(name), name.parse::<usize>()) {
            (found, Ok(number @ 1..)) if found.is_empty() && number <= names.len() => vec![number - 1],
            (found, _) => found,
        },
        None => meaning.aliases().iter().flat_map(|alias| named(alias)).collect(),
    };
    found.into_iter()
}
