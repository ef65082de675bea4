//! What a record's packets are from: its country, its network, its address. Knows no format.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use super::names::PieceNames;
use super::record::{Origin, Record};
use crate::geo::{self, Tables, is_private, network};
use crate::model::{PRIVATE, SourceKind};

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

/// The number of a record's source among the names of a piece; none where the text in its place cannot be
/// one.
#[inline]
pub(super) fn number(names: &mut PieceNames, record: &Record<'_>, kind: &SourceKind, lookup: &Lookup) -> Option<u32> {
    match (kind, record.origin) {
        (SourceKind::Country, Origin::Named { code, name }) => names.country_of_text(code, name),
        (SourceKind::Country, Origin::Address) => {
            Some(names.source_at(record.source, |address| country(address, lookup)))
        }
        (SourceKind::Asn, _) => Some(names.source_at(record.source, |address| asn(address, lookup))),
        (SourceKind::Network, _) => {
            Some(names.source_at(record.source, |address| (String::new(), network(address).to_string())))
        }
        (SourceKind::Address, _) => {
            Some(names.source_at(record.source, |address| (String::new(), address.to_string())))
        }
        (SourceKind::Column(_), _) => names.source_of_text(record.group),
    }
}

/// Code and name of an address's country; empty where it is not known. What has no code goes by its name,
/// which keeps its letters.
fn country(address: IpAddr, lookup: &Lookup) -> (String, String) {
    if is_private(address) {
        return private();
    }
    let code = lookup.country(address);
    let code = code.map_or_else(String::new, |code| String::from_utf8_lossy(&code).into_owned());
    (code, String::new())
}

/// Number and organisation of an address's autonomous system.
fn asn(address: IpAddr, lookup: &Lookup) -> (String, String) {
    if is_private(address) {
        return private();
    }
    match lookup.asn(address) {
        Some((number, organisation)) => (format!("AS{number}"), organisation.to_owned()),
        None => (String::new(), String::new()),
    }
}

fn private() -> (String, String) {
    (String::new(), PRIVATE.to_owned())
}
