//! A table's columns by meaning: which names each may have, which is taken where several fit, and what the kind
//! of a table adds. Knows no row but those that are looked at to choose.

use std::fmt::Write as _;

use super::kind::Kind;
use super::kinds::ALL as KINDS;
use crate::input::columns::{ColumnNames, Key, Meaning};
use crate::input::fields::{Field, Fields, Parted, escape, port_number, transport_of, whole_number};
use crate::input::options::Options;
use crate::input::record::{Address, Sign, Tie};
use crate::input::time::{Notation, parse_moment};
use crate::input::time_reader::TimeReader;
use crate::model::{MOST_PACKETS, Measure, Protocol, SourceKind};

/// The fields of a row, or of a header.
pub(in crate::input::formats) trait Cells<'a> {
    /// Number of fields.
    fn len(&self) -> usize;

    /// A field without the blanks around it; empty where there is no such column or field.
    fn field(&self, index: Option<usize>) -> &'a [u8];
}

/// Number of meanings.
const MEANINGS: usize = Meaning::ALL.len();

/// Whether a value makes sense as this: the measure by which one of several columns is chosen.
fn makes_sense(meaning: Meaning, value: &[u8], times: &TimeReader) -> bool {
    match meaning {
        // A small number counts from somewhere else, such as the first packet.
        Meaning::Time => times.read(value).is_ok() && (times.counts_days() || !is_relative(value)),
        Meaning::Protocol => {
            transport_of(value).is_some() || value.eq_ignore_ascii_case(b"icmp") || whole_number(value, 255).is_some()
        }
        Meaning::Port | Meaning::SourcePort => whole_number(value, u64::from(u16::MAX)).is_some(),
        Meaning::Packets | Meaning::Bytes => whole_number(value, MOST_PACKETS).is_some(),
        Meaning::Code => value.len() == 2 && value.iter().all(u8::is_ascii_alphabetic),
        Meaning::Source | Meaning::Destination => Address::Text(value).ip().is_some(),
        Meaning::Country | Meaning::Host => !value.is_empty(),
    }
}

/// Whether a time is a number of seconds below 10^8, which is in 1973.
pub(in crate::input::formats) fn is_relative(value: &[u8]) -> bool {
    let whole = value.split(|byte| *byte == b'.').next().unwrap_or_default();
    let digits = whole.strip_prefix(b"-").unwrap_or(whole);
    digits.iter().all(u8::is_ascii_digit) && digits.len() <= 8
}

/// Number of names of a meaning that are portbloom's own, and that messages list.
const OWN_NAMES: usize = 4;

/// What tells both ends of packets, where a row has all of it.
const BOTH_ENDS: [Meaning; 4] = [
    Meaning::Source,
    Meaning::SourcePort,
    Meaning::Destination,
    Meaning::Port,
];

/// Extra columns of a kind, at most.
const MOST_EXTRAS: usize = 10;

/// Number of column names that a message lists at most.
const LISTED_COLUMNS: usize = 20;

/// The first port that systems give to the sending side of a connection (Linux; others begin higher).
const FIRST_EPHEMERAL: u64 = 32_768;

/// The places in a row of the fields that are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::input::formats) struct Columns {
    /// For each meaning, the place of its column.
    at: [Option<usize>; MEANINGS],
    /// Number of fields that a row must have, for the required ones to be among them.
    pub fields: usize,
    /// Number of fields of a row that has one for each meaning.
    reach: usize,
    /// Number of fields of the header, at least 1.
    pub count: usize,
    /// Whether no column names countries.
    no_country: bool,
    /// Whether points part the digits of numbers in threes.
    points: bool,
    /// Whether rows tell both ends of their packets: then those that go back are replies.
    both_ends: bool,
    /// Whether any text makes sense in the last column, so that a comment behind it goes unseen.
    free_end: bool,
    /// For each meaning, the column that is taken: its name, and how many of that name stand before it.
    taken: Vec<(Meaning, String, usize)>,
    /// What the fields of a row need besides, where they need anything.
    more: Option<Box<More>>,
}

/// What the fields of some tables' rows need besides.
#[derive(Clone, Default)]
struct More {
    kind: Option<&'static Kind>,
    /// Columns that are taken where those of the same meaning before them are empty.
    others: Vec<(Meaning, usize)>,
    /// The kind's extra columns.
    extras: Vec<Option<usize>>,
    /// The column that sources are grouped by.
    group: Option<usize>,
}

/// Kinds are told apart by their names.
impl PartialEq for More {
    fn eq(&self, other: &Self) -> bool {
        let name = |more: &Self| more.kind.map(|kind| kind.about.name);
        name(self) == name(other)
            && (&self.others, &self.extras, self.group) == (&other.others, &other.extras, other.group)
    }
}

impl Eq for More {}

impl std::fmt::Debug for More {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.kind.map(|kind| kind.about.name);
        (name, &self.others, &self.extras, self.group).fmt(f)
    }
}

/// What was asked for of the columns of a log.
#[derive(Clone, Debug, Default)]
pub(in crate::input::formats) struct Asked {
    /// Columns that were named outright.
    pub names: ColumnNames,
    /// The kind that the table was said to be of, by its number in the list of kinds.
    pub kind: Option<usize>,
    /// Whether sources are countries, as far as is known.
    pub countries: bool,
    /// The column that sources are grouped by.
    pub group: Option<String>,
    /// Whether bytes are measured; otherwise no column of them is read.
    pub bytes: bool,
}

impl Asked {
    pub fn of(options: &Options) -> Self {
        let format = options.format.as_deref();
        Self {
            names: options.columns.clone(),
            kind: format.and_then(|format| KINDS.iter().position(|kind| kind.about.name == format)),
            countries: matches!(options.source_kind, None | Some(SourceKind::Country)),
            group: match &options.source_kind {
                Some(SourceKind::Column(name)) => Some(name.clone()),
                _ => None,
            },
            bytes: options.measure == Some(Measure::Bytes),
        }
    }

    /// The kind of a table with these columns.
    fn kind_of(&self, names: &[&[u8]], delimiter: Option<u8>) -> Option<&'static Kind> {
        if let Some(kind) = self.kind {
            return Some(KINDS[kind]);
        }
        let keys: Vec<Option<Key>> = names.iter().map(|name| Key::of(name)).collect();
        KINDS.iter().copied().find(|kind| kind.fits(&keys, delimiter))
    }
}

/// A line that is no header: the meanings that it lacks, and how a column for each may be called.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::input::formats) struct Missing(Vec<(Meaning, String)>);

impl Missing {
    /// Whether the line is a header all the same: some of its fields are names of columns, and none is
    /// a value.
    pub fn is_header<'a>(&self, line: &impl Cells<'a>, asked: &Asked) -> bool {
        let names = names(line);
        let known = names.iter().filter(|name| is_known(name, asked));
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
pub(in crate::input::formats) fn is_value(field: &[u8]) -> bool {
    whole_number(field, MOST_PACKETS).is_some() || parse_moment(field, Notation::OF_LOGS).is_ok()
}

/// Whether a name is one that a column may be taken by.
pub(in crate::input::formats) fn is_known(name: &[u8], asked: &Asked) -> bool {
    let Some(key) = Key::of(name) else { return false };
    Meaning::ALL.into_iter().any(|meaning| match asked.names.get(meaning) {
        // A number is the place of a column, and no name.
        Some(known) => known.parse::<usize>().is_err() && name.eq_ignore_ascii_case(known.as_bytes()),
        None => meaning.is_called(&key),
    })
}

/// The columns of a header, quoted, and the number of those that are too many for a message.
pub(in crate::input::formats) fn list_columns<'a>(header: &impl Cells<'a>) -> String {
    let listed = (0..header.len()).take(LISTED_COLUMNS);
    let listed = listed.map(|index| format!("`{}`", escape(header.field(Some(index)))));
    let mut list = listed.collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = header.len().checked_sub(LISTED_COLUMNS) {
        let _ = write!(list, " and {more} more");
    }
    list
}

impl Columns {
    /// Whether a line with this number of fields may be two whole rows or more, each of which begins in the last field
    /// of the one before it.
    pub const fn may_be_two(&self, fields: usize) -> bool {
        fields > self.count && self.count > 1 && (fields - 1).is_multiple_of(self.count - 1)
    }

    /// What is to be told of a row that has another number of fields than the header, if anything.
    #[cold]
    pub fn remark_of_length<'a>(&self, row: &impl Cells<'a>) -> Option<&'static str> {
        if row.len() < self.reach {
            return Some("row ends before all columns that are read; those that are missing were taken to be empty");
        }
        let more = (self.count..row.len()).any(|index| !row.field(Some(index)).is_empty());
        more.then_some("row has more fields than the header names; it was read by the first of them")
    }

    /// Finds the columns in a header, or tells which of the required ones and of those asked for it lacks.
    /// Any order and any case will do. A table of text has a byte between fields.
    ///
    /// Of several columns that fit one meaning, the one that was taken in `before`, a header further up,
    /// is taken again; else the one whose name is preferred, and of the same name the first.
    pub fn find<'a>(
        header: &impl Cells<'a>,
        delimiter: Option<u8>,
        asked: &Asked,
        before: Option<&Self>,
    ) -> Result<Self, Missing> {
        let names = names(header);
        let kind = asked.kind_of(&names, delimiter);
        let find = |meaning: Meaning| {
            let again = before
                .into_iter()
                .flat_map(|columns| &columns.taken)
                .filter(|taken| taken.0 == meaning);
            let again = again.filter_map(|(_, name, nth)| {
                let same = (0..names.len()).filter(|index| names[*index].eq_ignore_ascii_case(name.as_bytes()));
                same.take(nth + 1).nth(*nth)
            });
            again
                .chain(candidates(&names, asked, kind, meaning, delimiter.is_some()))
                .next()
        };
        let missing = Meaning::ALL.into_iter().filter_map(|meaning| {
            let is_read = meaning != Meaning::Bytes || asked.bytes;
            let asked = asked.names.get(meaning).filter(|_| is_read);
            let needed =
                Meaning::REQUIRED.contains(&meaning) && !kind.is_some_and(|kind| kind.lacks.contains(&meaning));
            if find(meaning).is_some() || (asked.is_none() && !needed) {
                return None;
            }
            let names = asked.map_or_else(|| first_names(meaning), str::to_owned);
            Some((meaning, format!("`{names}`")))
        });
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            return Err(Missing(missing));
        }
        Ok(Self {
            points: before.is_some_and(|before| before.points),
            ..Self::of(&names, Meaning::ALL.map(find), asked, kind)
        })
    }

    /// The columns at places, by meaning; the required ones must be there.
    fn of(names: &[&[u8]], at: [Option<usize>; MEANINGS], asked: &Asked, kind: Option<&'static Kind>) -> Self {
        let required = Meaning::REQUIRED.map(|meaning| at[meaning as usize].unwrap_or(0));
        let taken = Meaning::ALL.into_iter().zip(at).filter_map(|(meaning, index)| {
            let index = index?;
            let before = names[..index].iter();
            let nth = before.filter(|name| name.eq_ignore_ascii_case(names[index])).count();
            Some((meaning, String::from_utf8_lossy(names[index]).into_owned(), nth))
        });
        let group = asked.group.as_ref();
        let group = group.and_then(|group| {
            names
                .iter()
                .position(|name| name.eq_ignore_ascii_case(group.as_bytes()))
        });
        let mut more = More {
            kind,
            group,
            ..More::default()
        };
        if let Some(kind) = kind {
            for meaning in Meaning::ALL {
                let others = candidates(names, asked, Some(kind), meaning, false);
                let has_own = kind.fields.iter().any(|(own, _)| *own == meaning);
                let others = others.filter(|index| has_own && Some(*index) != at[meaning as usize]);
                more.others.extend(others.map(|index| (meaning, index)));
            }
            let keys: Vec<Option<Key>> = names.iter().map(|name| Key::of(name)).collect();
            let column = |extra: &&str| keys.iter().position(|key| key.is_some_and(|key| key == **extra));
            more.extras = kind.extras.iter().map(column).collect();
        }
        let needed = more != More::default();
        let is_last = |meaning: Meaning| at[meaning as usize].is_some_and(|index| index + 1 == names.len());
        Self {
            both_ends: kind.is_none() && BOTH_ENDS.iter().all(|meaning| at[*meaning as usize].is_some()),
            free_end: [Meaning::Host, Meaning::Source, Meaning::Destination]
                .into_iter()
                .any(is_last),
            points: false,
            at,
            fields: required.into_iter().max().unwrap_or(0) + 1,
            reach: at.into_iter().flatten().max().unwrap_or(0) + 1,
            count: names.len(),
            no_country: at[Meaning::Code as usize].is_none() && at[Meaning::Country as usize].is_none(),
            taken: taken.collect(),
            more: needed.then(|| Box::new(more)),
        }
    }

    /// The kind of the table, where it is of one.
    pub fn kind(&self) -> Option<&'static Kind> {
        self.more.as_ref().and_then(|more| more.kind)
    }

    /// What the table was read as, and which columns were taken for what, with the column of the date where it is
    /// apart from the time; empty where all have portbloom's own names.
    pub fn taken(&self, date: Option<&[u8]>) -> String {
        let own = |(meaning, name, _): &(Meaning, String, usize)| {
            let mut aliases = meaning.aliases().take(OWN_NAMES);
            aliases.any(|alias| name.eq_ignore_ascii_case(alias))
        };
        if self.more.is_none() && date.is_none() && self.taken.iter().all(own) {
            return String::new();
        }
        let taken = self.taken.iter();
        let taken = taken.map(|(meaning, name, _)| match date.filter(|_| *meaning == Meaning::Time) {
            Some(date) => format!(
                "`{}` and `{}` are {}",
                escape(date),
                escape(name.as_bytes()),
                meaning.words()
            ),
            None => format!("`{}` is {}", escape(name.as_bytes()), meaning.words()),
        });
        let title = self.kind().map_or("a table", |kind| kind.about.title);
        format!("read as {title}: {}", taken.collect::<Vec<_>>().join(", "))
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
    pub fn choose<'a>(
        &self,
        header: &impl Cells<'a>,
        asked: &Asked,
        times: &TimeReader,
        rows: &[Vec<Vec<u8>>],
    ) -> (Self, Vec<String>) {
        let names = names(header);
        let kind = self.kind();
        let mut remarks = Vec::new();
        let indices = Meaning::ALL.map(|meaning| {
            let found: Vec<usize> = candidates(&names, asked, kind, meaning, true).collect();
            // A kind says which is preferred.
            let own = kind.is_some_and(|kind| kind.fields.iter().any(|(own, _)| *own == meaning));
            let ([first, _, ..], false) = (&found[..], own) else {
                return found.first().copied();
            };
            let first = *first;
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
                let key = Key::of(names[index]);
                let alias = meaning.aliases().position(|alias| key.is_some_and(|key| key == *alias));
                let ephemeral = values(index).filter(|value| {
                    meaning == Meaning::Port
                        && whole_number(value, u64::from(u16::MAX)).is_some_and(|port| port >= FIRST_EPHEMERAL)
                });
                (std::cmp::Reverse(sense), alias, ephemeral.count(), index)
            };
            let taken = found.iter().copied().min_by_key(|index| rank(*index)).unwrap_or(first);
            let mut in_order = found;
            in_order.sort_unstable();
            let other = in_order.iter().copied().find(|index| *index != taken);
            let listed = in_order
                .iter()
                .map(|index| format!("`{}` (column {})", escape(names[*index]), index + 1));
            remarks.push(format!(
                "{} columns fit {}: {}; column {} is read: for another give its name or number, like --columns {}={}",
                in_order.len(),
                meaning.words(),
                listed.collect::<Vec<_>>().join(", "),
                taken + 1,
                meaning.name(),
                typed(&names, other.unwrap_or(taken)),
            ));
            Some(taken)
        });
        if asked.countries && self.no_country && self.at[Meaning::Source as usize].is_none() {
            remarks.push(format!(
                "no column `{}` or `{}`: all packets come from the country `Unknown`",
                Meaning::Code.own_name(),
                Meaning::Country.own_name()
            ));
        }
        (Self::of(&names, indices, asked, kind), remarks)
    }

    /// The same columns, where points part the digits of numbers in threes: so it is in a table by `delimiter` whose
    /// first rows tell it, and in one by semicolons whose rows do not tell otherwise, since its commas are in numbers.
    pub fn with_points(mut self, delimiter: u8, rows: &[Vec<Vec<u8>>]) -> Self {
        let parted = [Meaning::Packets, Meaning::Bytes, Meaning::Port].map(|meaning| {
            let index = self.at[meaning as usize];
            let values = rows.iter().filter_map(|row| row.get(index?)).map(Vec::as_slice);
            Parted::of(values)
        });
        self.points = match delimiter {
            _ if parted.contains(&Parted::AtPoints) => false,
            b',' => false,
            b';' => true,
            _ => parted.contains(&Parted::ByPoints),
        };
        self
    }

    /// Whether a comment follows the last field of a row without a blank, and would be taken for a part of it: as
    /// files come to that are joined of which the first has no newline at its end and the second comments before its
    /// header.
    #[inline]
    pub fn comment_behind<'a>(&self, row: &impl Cells<'a>) -> bool {
        self.free_end && self.count > 0 && row.len() >= self.count && is_commented(row.field(Some(self.count - 1)))
    }

    /// The fields of a row.
    pub fn fields<'a>(&self, row: &impl Cells<'a>) -> Fields<'a> {
        let mut fields = self.usual_fields(row);
        self.add_unusual(row, &mut fields);
        fields
    }

    /// The fields of a row, as far as its table is of no kind and not grouped by a column.
    #[inline(always)]
    pub fn usual_fields<'a>(&self, row: &impl Cells<'a>) -> Fields<'a> {
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
            bytes: field(Meaning::Bytes),
            no_packet: false,
            code: field(Meaning::Code),
            country: field(Meaning::Country),
            host: field(Meaning::Host),
            source: address(Meaning::Source),
            destination: address(Meaning::Destination),
            source_port: b"",
            time_ns: None,
            group: b"",
            no_country: self.no_country,
            points: self.points,
            tie: Tie::default(),
        }
    }

    /// The rest of the fields of a row.
    #[inline(always)]
    pub fn add_unusual<'a>(&self, row: &impl Cells<'a>, fields: &mut Fields<'a>) {
        if let Some(more) = &self.more {
            self.add_more(more, row, fields);
        }
        if self.both_ends {
            self.add_tie(row, fields);
        }
    }

    #[inline(never)]
    fn add_tie<'a>(&self, row: &impl Cells<'a>, fields: &mut Fields<'a>) {
        fields.source_port = row.field(self.at[Meaning::SourcePort as usize]);
        fields.tie = one_way(fields);
    }

    /// Whether rows may have addresses of sources.
    pub fn has_addresses(&self) -> bool {
        self.at[Meaning::Source as usize].is_some() || self.more.is_some()
    }

    /// The fields of a row whose kind says more of them.
    #[inline(never)]
    fn add_more<'a>(&self, more: &More, row: &impl Cells<'a>, fields: &mut Fields<'a>) {
        fields.group = row.field(more.group);
        let Some(kind) = more.kind else { return };
        fields.source_port = row.field(self.at[Meaning::SourcePort as usize]);
        for (meaning, index) in &more.others {
            let text = row.field(Some(*index));
            let replace = |field: &mut &'a [u8]| {
                if field.is_empty() || *field == b"-" {
                    *field = text;
                }
            };
            match meaning {
                Meaning::Time => replace(&mut fields.time),
                Meaning::Protocol => replace(&mut fields.protocol),
                Meaning::Port => replace(&mut fields.port),
                Meaning::Packets => replace(&mut fields.packets),
                Meaning::Bytes => replace(&mut fields.bytes),
                Meaning::Code => replace(&mut fields.code),
                Meaning::Country => replace(&mut fields.country),
                Meaning::Host => replace(&mut fields.host),
                Meaning::SourcePort => replace(&mut fields.source_port),
                Meaning::Source | Meaning::Destination => {
                    let address = if *meaning == Meaning::Source {
                        &mut fields.source
                    } else {
                        &mut fields.destination
                    };
                    if let Address::Text(own) = address {
                        replace(own);
                    }
                }
            }
        }
        if let Some(adapt) = kind.adapt {
            let mut extras = [&b""[..]; MOST_EXTRAS];
            for (extra, index) in extras.iter_mut().zip(&more.extras) {
                *extra = row.field(*index);
            }
            adapt(fields, &extras[..more.extras.len()]);
        }
        if kind.one_way {
            fields.tie = one_way(fields);
        }
    }

    /// The columns of the date and of the time of day, where these are apart: those that were asked for as
    /// `DATE+TIME`, or the column that was taken for the time and another beside it, by the first rows.
    pub fn date_and_time<'a>(
        &self,
        header: &impl Cells<'a>,
        asked: &Asked,
        times: &TimeReader,
        rows: &[Vec<Vec<u8>>],
    ) -> Option<(usize, usize)> {
        let names = names(header);
        let taken = self.at[Meaning::Time as usize]?;
        if let Some(name) = asked.names.get(Meaning::Time) {
            let is_it = |found: &&[u8]| found.eq_ignore_ascii_case(name.as_bytes());
            let (date, _) = name.split_once('+').filter(|_| !names.iter().any(is_it))?;
            return column_called(&names, date).map(|date| (date, taken));
        }
        let value = |row: &'_ [Vec<u8>], index: usize| row.get(index).cloned().unwrap_or_default();
        let are_one = |date: usize, time: usize| {
            let values = rows.iter().map(|row| (value(row, date), value(row, time)));
            let values: Vec<_> = values
                .filter(|(date, time)| !date.is_empty() && is_clock(time))
                .collect();
            let (learned, _) = times.clone().learned(values.iter().map(|(date, _)| &date[..]));
            let fit = values.iter().filter(|(date, time)| {
                learned.read(time).is_err() && learned.read(&[date, &b" "[..], time].concat()).is_ok()
            });
            2 * fit.count() > values.len()
        };
        // The names of a pair are alike: `start_date` and `start_time`.
        let like = |index: usize| {
            let both = names[index].iter().zip(names[taken]);
            both.take_while(|(one, other)| one.eq_ignore_ascii_case(other)).count()
        };
        let is_time = |index: usize| Key::of(names[index]).is_some_and(|key| Meaning::Time.is_called(&key));
        let mut others: Vec<usize> = (0..names.len()).filter(|index| *index != taken).collect();
        others.retain(|index| {
            let name = names[*index].to_ascii_lowercase();
            let has = |word: &[u8]| name.windows(word.len()).any(|part| part == word);
            has(b"date") || has(b"time") || has(b"day") || is_time(*index)
        });
        others.sort_by_key(|index| (std::cmp::Reverse(like(*index)), !is_time(*index)));
        let pairs = others.into_iter().flat_map(|other| [(taken, other), (other, taken)]);
        pairs.into_iter().find(|(date, time)| are_one(*date, *time))
    }

    /// The same columns with another for the time.
    pub fn with_time<'a>(&self, header: &impl Cells<'a>, asked: &Asked, time: usize) -> Self {
        let mut at = self.at;
        at[Meaning::Time as usize] = Some(time);
        Self::of(&names(header), at, asked, self.kind())
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
            Field::Bytes => Meaning::Bytes,
            Field::Code => Meaning::Code,
            Field::Country => Meaning::Country,
        };
        let taken = self.taken.iter().find(|taken| taken.0 == meaning);
        taken.map_or("", |(_, name, _)| name)
    }
}

/// For tables whose columns are stored apart.
#[cfg(feature = "prepared")]
impl Columns {
    /// The place of a meaning's column.
    pub fn place(&self, meaning: Meaning) -> Option<usize> {
        self.at[meaning as usize]
    }

    /// The places of all columns that the fields of a row are taken from.
    pub fn needed(&self) -> Vec<usize> {
        let more = self.more.iter();
        let more = more.flat_map(|more| {
            let others = more.others.iter().map(|(_, index)| *index);
            others.chain(more.extras.iter().copied().flatten()).chain(more.group)
        });
        let mut needed: Vec<usize> = self.at.iter().copied().flatten().chain(more).collect();
        needed.sort_unstable();
        needed.dedup();
        needed
    }

    /// Whether a column is one of addresses.
    pub fn is_address(&self, index: usize) -> bool {
        let is_one = |meaning: Meaning| matches!(meaning, Meaning::Source | Meaning::Destination);
        let other = |more: &More| more.others.iter().any(|(meaning, at)| *at == index && is_one(*meaning));
        let own = [Meaning::Source, Meaning::Destination].map(|meaning| self.place(meaning));
        own.contains(&Some(index)) || self.more.as_ref().is_some_and(|more| other(more))
    }
}

/// The names in a header. One that is a comment, too, begins with `#`.
pub(in crate::input::formats) fn names<'a>(header: &impl Cells<'a>) -> Vec<&'a [u8]> {
    let mut names: Vec<&[u8]> = (0..header.len()).map(|index| header.field(Some(index))).collect();
    if let Some(first) = names.first_mut() {
        *first = first.strip_prefix(b"#").unwrap_or(first).trim_ascii();
    }
    names
}

/// The columns that fit a meaning, the preferred ones first. A number in place of a name that was asked for
/// is the column of that number, the first being 1.
fn candidates(
    names: &[&[u8]],
    asked: &Asked,
    kind: Option<&'static Kind>,
    meaning: Meaning,
    is_text: bool,
) -> impl Iterator<Item = usize> + use<> {
    let found = if meaning == Meaning::Bytes && !asked.bytes {
        Vec::new()
    } else if let Some(name) = asked.names.get(meaning) {
        let is_it = |index: &usize| names[*index].eq_ignore_ascii_case(name.as_bytes());
        let named: Vec<usize> = (0..names.len()).filter(is_it).collect();
        match name.parse::<usize>() {
            Ok(number @ 1..) if named.is_empty() && number <= names.len() => vec![number - 1],
            // A date and a time in two columns of a text: both are to be there.
            _ if named.is_empty() && meaning == Meaning::Time && is_text => {
                let both = name.split_once('+');
                let both = both.map(|(date, time)| [date, time].map(|name| column_called(names, name)));
                match both {
                    Some([Some(_), Some(time)]) => vec![time],
                    _ => named,
                }
            }
            _ => named,
        }
    } else {
        let keys: Vec<Option<Key>> = names.iter().map(|name| Key::of(name)).collect();
        let called = |alias: &str| {
            let is_it = |index: &usize| keys[*index].is_some_and(|key| key == *alias);
            (0..keys.len()).filter(is_it).collect::<Vec<_>>()
        };
        let own = kind.into_iter().flat_map(|kind| kind.fields);
        let own = own
            .filter(|(own, _)| *own == meaning)
            .flat_map(|(_, name)| called(name));
        let own: Vec<usize> = own.collect();
        if own.is_empty() {
            meaning.aliases().flat_map(called).collect()
        } else {
            own
        }
    };
    found.into_iter()
}

/// Whether a comment follows a field's value: `tokyo# the next file`, and not `sensor #3` or `sensor#3`.
#[inline]
fn is_commented(field: &[u8]) -> bool {
    memchr::memchr(b'#', field).is_some_and(|sign| {
        let before = field[..sign].last();
        let behind = field.get(sign + 1);
        before.is_some_and(|byte| !byte.is_ascii_whitespace()) && behind.is_none_or(|byte| !byte.is_ascii_digit())
    })
}

/// A column as `--columns` takes it: by its name, or by its number where another has that name too, or where the name
/// would have to be quoted.
fn typed(names: &[&[u8]], index: usize) -> String {
    let name = names[index];
    let alike = names.iter().filter(|other| other.eq_ignore_ascii_case(name)).count();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    if alike == 1 && name.iter().all(plain) && name.first().is_some_and(u8::is_ascii_alphabetic) {
        String::from_utf8_lossy(name).into_owned()
    } else {
        (index + 1).to_string()
    }
}

/// The column of a name, or of a number in its place, the first being 1.
fn column_called(names: &[&[u8]], name: &str) -> Option<usize> {
    let named = names
        .iter()
        .position(|found| found.eq_ignore_ascii_case(name.as_bytes()));
    let number = || name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    named.or_else(|| number().filter(|index| *index < names.len()))
}

/// Whether a value is a time of day: it begins with an hour.
fn is_clock(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    matches!(digits, 1 | 2) && value.get(digits) == Some(&b':')
}

/// The tie of a row that tells of one way of a conversation; its sign is known already.
fn one_way(fields: &Fields<'_>) -> Tie {
    let protocol = match transport_of(fields.protocol) {
        Some(Protocol::Tcp) => 6,
        Some(Protocol::Udp) => 17,
        None => return fields.tie,
    };
    let end = |address: Address<'_>, port: &[u8]| Some((address.ip()?, port_number(port)?));
    match (
        end(fields.source, fields.source_port),
        end(fields.destination, fields.port),
    ) {
        (Some(from), Some(to)) => Tie::one_way(protocol, from, to, fields.tie.sign),
        _ => Tie {
            sign: Sign::None,
            ..fields.tie
        },
    }
}

/// The names of a meaning that messages list.
fn first_names(meaning: Meaning) -> String {
    meaning.aliases().take(OWN_NAMES).collect::<Vec<_>>().join("`, `")
}
