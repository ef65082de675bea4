//! What the columns of a table mean, or the keys of an object: the names that are usual for each meaning,
//! and those that whoever reads a log gives. Knows no format and no row.

use std::fmt;
use std::str::FromStr;

/// Names of a column, the first being portbloom's own; earlier ones are preferred.
pub(super) type Aliases = &'static [&'static str];

/// The meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    Time,
    Protocol,
    Port,
    Packets,
    Code,
    Country,
    Host,
    Source,
    SourcePort,
    Destination,
}

impl Meaning {
    pub const ALL: [Self; 10] = [
        Self::Time,
        Self::Protocol,
        Self::Port,
        Self::Packets,
        Self::Code,
        Self::Country,
        Self::Host,
        Self::Source,
        Self::SourcePort,
        Self::Destination,
    ];

    /// The meanings that a log needs a column for.
    pub const REQUIRED: [Self; 3] = [Self::Time, Self::Protocol, Self::Port];

    /// Its name in `--columns`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Protocol => "protocol",
            Self::Port => "port",
            Self::Packets => "packets",
            Self::Code => "code",
            Self::Country => "country",
            Self::Host => "host",
            Self::Source => "source",
            Self::SourcePort => "source_port",
            Self::Destination => "destination",
        }
    }

    /// The usual names of such a column, in small letters.
    pub const fn aliases(self) -> Aliases {
        match self {
            Self::Time => &["datetime", "time", "timestamp", "ts"],
            Self::Protocol => &["proto", "protocol"],
            Self::Port => &["dpt", "dport", "dst_port", "port"],
            Self::Packets => &["packets", "count"],
            Self::Code => &["cc", "country_code"],
            Self::Country => &["country", "country_name"],
            Self::Host => &["host", "dst_host"],
            Self::Source => &["src", "src_ip", "source", "source_ip"],
            Self::SourcePort => &["spt", "sport", "src_port", "source_port"],
            Self::Destination => &["dst", "dst_ip", "destination", "destination_ip"],
        }
    }

    /// The words for it in messages.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Time => "the time",
            Self::Protocol => "the protocol",
            Self::Port => "the destination port",
            Self::Packets => "the number of packets",
            Self::Code => "the country's code",
            Self::Country => "the country's name",
            Self::Host => "the receiving host",
            Self::Source => "the source's address",
            Self::SourcePort => "the source port",
            Self::Destination => "the destination's address",
        }
    }
}

/// The columns of a log as whoever reads it names them: `time=ts,port=dest.port`. Columns of other
/// meanings are found by their usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnNames(Vec<(Meaning, String)>);

impl ColumnNames {
    /// Whether none is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name given for a meaning.
    pub(super) fn get(&self, meaning: Meaning) -> Option<&str> {
        let named = self.0.iter().find(|(known, _)| *known == meaning);
        named.map(|(_, name)| name.as_str())
    }
}

impl FromStr for ColumnNames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut names: Vec<(Meaning, String)> = Vec::new();
        for pair in split_unquoted(text) {
            let (field, name) = pair
                .split_once('=')
                .ok_or_else(|| format!("`{pair}`: expected FIELD=NAME, like time=ts"))?;
            let field = field.trim().to_ascii_lowercase().replace('-', "_");
            let Some(meaning) = Meaning::ALL.into_iter().find(|meaning| meaning.name() == field) else {
                let known = Meaning::ALL.map(Meaning::name).join(", ");
                return Err(format!("there is no field `{field}`; expected one of {known}"));
            };
            let name = name.trim();
            let name = name
                .strip_prefix('"')
                .and_then(|name| name.strip_suffix('"'))
                .unwrap_or(name);
            if name.is_empty() {
                return Err(format!("`{field}=` names no column; expected a name behind the `=`"));
            }
            if names.iter().any(|(known, _)| *known == meaning) {
                return Err(format!("`{field}` is named twice; expected one column"));
            }
            names.push((meaning, name.to_owned()));
        }
        Ok(Self(names))
    }
}

/// Written so that it is read again as the same.
impl fmt::Display for ColumnNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (meaning, name)) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let quote = if name.contains(',') || name.trim() != name {
                "\""
            } else {
                ""
            };
            write!(f, "{comma}{}={quote}{name}{quote}", meaning.name())?;
        }
        Ok(())
    }
}

/// The parts of a text between commas that are not in quotes.
fn split_unquoted(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for text in [
            "time=ts,port=dest.port,source=client.ip",
            "time=\"start, UTC\",source_port=4",
            "host=\" sensor\"",
            "country=a=b",
        ] {
            let names: ColumnNames = text.parse().unwrap();
            assert_eq!(names.to_string(), text);
        }
        let names: ColumnNames = "Time= ts , Source-Port=sp".parse().unwrap();
        assert_eq!(names.get(Meaning::Time), Some("ts"));
        assert_eq!(names.get(Meaning::SourcePort), Some("sp"));
        assert_eq!(names.get(Meaning::Port), None);
        assert!(!names.is_empty() && ColumnNames::default().is_empty());
    }

    #[test]
    fn what_names_no_columns_is_told() {
        for (text, what) in [
            ("", "expected FIELD=NAME"),
            ("ts", "expected FIELD=NAME"),
            (
                "when=ts",
                "there is no field `when`; expected one of time, protocol, port",
            ),
            ("time=", "names no column"),
            ("time=a,time=b", "`time` is named twice"),
        ] {
            let error = text.parse::<ColumnNames>().unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn no_name_has_two_meanings() {
        let mut names: Vec<&str> = Meaning::ALL
            .iter()
            .flat_map(|meaning| meaning.aliases())
            .copied()
            .collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(names.iter().all(|name| *name == name.to_ascii_lowercase()));
    }
}
