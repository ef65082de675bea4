//! A filter as a tree of tests, and whether a record passes it. Knows no text of a filter.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnetwork::IpNetwork;

use crate::input::address::parse_address;

use crate::model::Protocol;
use crate::words::{country_code, country_name};

/// The parts of a record that a filter can look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub time_ns: i64,
    pub protocol: Protocol,
    pub port: u16,
    pub packets: u64,
    /// Address that the packets are from.
    pub source: Option<IpAddr>,
    /// Code and name of the source's country, as far as they are known.
    pub country: (&'a [u8], &'a [u8]),
    /// Name of the receiving host; empty where it goes by its address.
    pub host: &'a [u8],
    /// Address of the receiving host.
    pub destination: Option<IpAddr>,
}

/// A tree of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Protocol(Protocol),
    /// A number, in one of some ranges.
    Number(Number, Vec<RangeInclusive<i64>>),
    /// An address in one of some networks.
    Address(End, Vec<IpNetwork>),
    /// A text that is, or with `contains` holds, one of some others in small letters.
    Text {
        text: Text,
        values: Vec<String>,
        contains: bool,
    },
}

/// A part of a record, other than its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Number(Number),
    Address(End),
    Text(Text),
}

/// The numbers of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// Nanoseconds since 1970.
    Time,
    Port,
    Packets,
}

/// The ends of a record that have an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Source,
    Host,
}

/// The texts of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Country,
    Host,
}

impl Expression {
    /// The names in small letters that countries are compared with and that are those of none, as far as they are to be
    /// whole names.
    pub fn unknown_countries(&self) -> Vec<&str> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::unknown_countries).collect(),
            Self::Not(part) => part.unknown_countries(),
            Self::Text {
                text: Text::Country,
                values,
                contains: false,
            } => {
                let names = values.iter().map(String::as_str);
                names.filter(|name| country_code(name).is_none()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether it looks at one of some things.
    pub fn asks(&self, things: &[Thing]) -> bool {
        let thing = match self {
            Self::All(parts) | Self::Any(parts) => return parts.iter().any(|part| part.asks(things)),
            Self::Not(part) => return part.asks(things),
            Self::Protocol(_) => return false,
            Self::Number(number, _) => Thing::Number(*number),
            Self::Address(end, _) => Thing::Address(*end),
            Self::Text { text, .. } => Thing::Text(*text),
        };
        things.contains(&thing)
    }

    /// Whether a record passes.
    pub fn passes(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.passes(facts)),
            Self::Any(parts) => parts.iter().any(|part| part.passes(facts)),
            Self::Not(part) => !part.passes(facts),
            Self::Protocol(protocol) => facts.protocol == *protocol,
            Self::Number(number, ranges) => {
                let value = match number {
                    Number::Time => facts.time_ns,
                    Number::Port => i64::from(facts.port),
                    Number::Packets => i64::try_from(facts.packets).unwrap_or(i64::MAX),
                };
                ranges.iter().any(|range| range.contains(&value))
            }
            Self::Address(end, networks) => {
                let address = match end {
                    End::Source => facts.source,
                    End::Host => facts.destination.or_else(|| parse_address(facts.host)),
                };
                address.is_some_and(|address| networks.iter().any(|network| network.contains(address)))
            }
            Self::Text { text, values, contains } => {
                let is_it = |found: &[u8]| {
                    !found.is_empty() && {
                        let found = String::from_utf8_lossy(found).to_lowercase();
                        values.iter().any(|value| {
                            if *contains {
                                found.contains(value)
                            } else {
                                found == *value
                            }
                        })
                    }
                };
                match text {
                    Text::Country => {
                        let (code, name) = facts.country;
                        let spoken = || std::str::from_utf8(code).ok().and_then(country_name);
                        is_it(code) || is_it(name) || *contains && spoken().is_some_and(|name| is_it(name.as_bytes()))
                    }
                    Text::Host => match (facts.host, facts.destination) {
                        ([], Some(address)) => is_it(address.to_string().as_bytes()),
                        (name, _) => is_it(name),
                    },
                }
            }
        }
    }
}
