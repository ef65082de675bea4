//! What a record's packets are from: its country, its network, its address. Knows no format.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;

use super::names::{PieceNames, code_of};
use super::record::{Origin, Record};
use crate::geo::{self, Tables, is_private, network};
use crate::model::{Event, PRIVATE, SourceKind};

/// Tables of addresses, shared by all who look addresses up.
#[derive(Clone, Default)]
pub struct Lookup {
    tables: Arc<Tables>,
    options: geo::Options,
}

impl Lookup {
    /// Opens the tables.
    ///
    /// # Errors
    /// One of them cannot be opened.
    pub fn open(options: geo::Options) -> Result<Self, geo::GeoError> {
        Ok(Self {
            tables: Arc::new(Tables::open(options.clone())?),
            options,
        })
    }

    /// The choice of tables.
    #[must_use]
    pub fn options(&self) -> &geo::Options {
        &self.options
    }
}

impl Deref for Lookup {
    type Target = Tables;

    fn deref(&self) -> &Tables {
        &self.tables
    }
}

impl std::fmt::Debug for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.options.fmt(f)
    }
}

impl PartialEq for Lookup {
    fn eq(&self, other: &Self) -> bool {
        self.options == other.options
    }
}

impl Eq for Lookup {}

/// Whether sources of this kind are told by the address of a record from there.
#[inline]
pub(super) fn needs_address(kind: &SourceKind, origin: Origin<'_>) -> bool {
    match kind {
        SourceKind::Country => origin == Origin::Address,
        SourceKind::Asn | SourceKind::Network | SourceKind::Address => true,
        SourceKind::Column(_) => false,
    }
}

/// The number of a record's source among the names of a piece; none where the text in its place cannot be
/// one. `address` is the record's, where it is needed.
#[inline]
pub(super) fn number(
    names: &mut PieceNames,
    record: &Record<'_>,
    address: Option<IpAddr>,
    kind: &SourceKind,
    lookup: &Lookup,
) -> Option<u32> {
    let number: fn(&mut PieceNames, IpAddr, &Lookup) -> u32 = match (kind, record.origin) {
        (SourceKind::Country, Origin::Named { code, name }) => return names.country_of_text(code, name),
        (SourceKind::Column(_), _) => return names.source_of_text(record.group),
        (SourceKind::Country, Origin::Address) => {
            let Some(address) = address else {
                return Some(names.source(b"", b""));
            };
            return Some(names.country_at(address, |names| Countries::default().number(names, address, lookup)));
        }
        (SourceKind::Asn, _) => asn,
        (SourceKind::Network, _) => |names, address, _| names.source(b"", network(address).to_string().as_bytes()),
        (SourceKind::Address, _) => |names, address, _| names.source(b"", address.to_string().as_bytes()),
    };
    Some(match address {
        Some(address) => names.source_at(address, |names| number(names, address, lookup)),
        None => names.source(b"", b""),
    })
}

/// The country that a record is from.
pub(super) enum Country<'a> {
    /// By the code and the name that the log has.
    Named(&'a [u8], &'a [u8]),
    /// By the code of a table.
    Code([u8; 2]),
}

impl Country<'_> {
    /// Code and name; each is empty where it is not known.
    pub fn text(&self) -> (&[u8], &[u8]) {
        match self {
            Self::Named(code, name) => (code, name),
            Self::Code(code) => (code, b""),
        }
    }
}

/// The country that a record is from, whatever its source is.
pub(super) fn country_of<'a>(origin: Origin<'a>, address: Option<IpAddr>, lookup: &Lookup) -> Country<'a> {
    const NONE: Country<'static> = Country::Named(b"", b"");
    match (origin, address) {
        (Origin::Named { code, name }, _) => match code_of(code, name) {
            Some(code) => Country::Named(code.as_bytes(), name),
            None => Country::Named(code, name),
        },
        (Origin::Address, Some(address)) if is_private(address) => Country::Named(b"", PRIVATE.as_bytes()),
        (Origin::Address, Some(address)) => lookup.country(address).map_or(NONE, Country::Code),
        (Origin::Address, None) => NONE,
    }
}

/// Gives events of a piece the countries of their sources' addresses. Each waits for that by its index, so that many are
/// looked up in a row: a processor has several look-ups under way, where one alone waits for memory.
pub(super) fn settle(names: &mut PieceNames, waiting: &[(u32, Ipv4Addr)], events: &mut [Event], lookup: &Lookup) {
    if waiting.is_empty() {
        return;
    }
    let at_once = lookup.finds_countries_at_once();
    let mut countries = Countries::default();
    for &(event, address) in waiting {
        let address = IpAddr::V4(address);
        events[event as usize].source = if at_once {
            countries.number(names, address, lookup)
        } else {
            names.country_at(address, |names| countries.number(names, address, lookup))
        };
    }
}

/// Numbers of countries among the names of a piece.
#[derive(Default)]
struct Countries {
    /// Those of what has no code, where they are known.
    private: Option<u32>,
    unknown: Option<u32>,
}

impl Countries {
    /// The country of an address. What has no code goes by its name, which keeps its letters.
    #[inline]
    fn number(&mut self, names: &mut PieceNames, address: IpAddr, lookup: &Lookup) -> u32 {
        if is_private(address) {
            let number = || names.source(b"", PRIVATE.as_bytes());
            return *self.private.get_or_insert_with(number);
        }
        match lookup.country(address) {
            Some(code) => names.country_of_code(code),
            None => *self.unknown.get_or_insert_with(|| names.source(b"", b"")),
        }
    }
}

/// Number and organisation of an address's autonomous system.
fn asn(names: &mut PieceNames, address: IpAddr, lookup: &Lookup) -> u32 {
    if is_private(address) {
        return names.source(b"", PRIVATE.as_bytes());
    }
    match lookup.asn(address) {
        Some((number, organisation)) => names.source(format!("AS{number}").as_bytes(), organisation.as_bytes()),
        None => names.source(b"", b""),
    }
}
