//! The tables that a command looks addresses up in: chosen, opened when they are first asked, and told of.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::address::host_address;
use super::error::GeoError;
use super::mmdb::{Mmdb, Wanted};
use super::packed::PackedTable;
use super::places;

/// Countries by DB-IP Lite: `data/README.md` tells of it.
static BUILT_IN: &[u8] = include_bytes!("../../data/countries.bin");

/// Which table tells the countries of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CountryChoice {
    /// The first in the usual places, or else the built-in one.
    #[default]
    Usual,
    /// The built-in one.
    BuiltIn,
    /// That of a file, in MaxMind's form.
    File(PathBuf),
    /// None: an address has no country.
    None,
}

impl CountryChoice {
    /// As `--geoip` takes it; none for the usual, which it does not name.
    #[must_use]
    pub fn asked(&self) -> Option<String> {
        match self {
            Self::Usual => None,
            Self::BuiltIn => Some("builtin".to_owned()),
            Self::File(path) => Some(path.to_string_lossy().into_owned()),
            Self::None => Some("none".to_owned()),
        }
    }
}

/// Which tables are to be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The table of countries.
    pub countries: CountryChoice,
    /// The table of autonomous systems, in MaxMind's form. By default the first in the usual places, where there is
    /// one.
    pub asns: Option<PathBuf>,
}

/// What a report calls a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName {
    /// Its maker's name for it: `DB-IP Lite`, `GeoLite2-Country`.
    pub name: String,
    /// When it was made: `2026-06`, or a day.
    pub date: String,
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.date)
    }
}

/// Tables of countries and of autonomous systems, to be shared by threads.
///
/// A table in the usual places, and the built-in one, is read when it is first asked.
pub struct Tables {
    options: Options,
    countries: OnceLock<Found<Countries>>,
    asns: OnceLock<Found<Mmdb>>,
}

/// A table, if there is one, with its name, and what was wrong with others that came first.
struct Found<T> {
    table: Option<(T, TableName)>,
    remarks: Vec<String>,
}

/// A table of countries.
enum Countries {
    BuiltIn(&'static PackedTable),
    Mmdb(Mmdb),
}

/// The tables in the usual places, and the built-in one.
impl Default for Tables {
    fn default() -> Self {
        Self {
            options: Options::default(),
            countries: OnceLock::new(),
            asns: OnceLock::new(),
        }
    }
}

impl Tables {
    /// Chooses tables, and opens those that are named as files.
    ///
    /// # Errors
    /// A file cannot be read, or is no such table.
    pub fn open(options: Options) -> Result<Self, GeoError> {
        let tables = Self {
            options,
            ..Self::default()
        };
        if let CountryChoice::File(path) = &tables.options.countries {
            let table = Mmdb::open(path, Wanted::Countries)?;
            tables
                .countries
                .get_or_init(|| Found::one(name_of(&table), Countries::Mmdb(table)));
        }
        if let Some(path) = &tables.options.asns {
            let table = Mmdb::open(path, Wanted::Asns)?;
            tables.asns.get_or_init(|| Found::one(name_of(&table), table));
        }
        Ok(tables)
    }

    /// The country of an address: its ISO 3166-1 alpha-2 code in capitals. An address of IPv6 that carries one of IPv4
    /// ([`host_address`]) has the country of that one.
    #[inline]
    pub fn country(&self, address: IpAddr) -> Option<[u8; 2]> {
        match &self.countries().table {
            Some((Countries::BuiltIn(table), _)) => table.country(host_address(address)),
            Some((Countries::Mmdb(table), _)) => table.country(host_address(address)),
            None => None,
        }
    }

    /// Whether countries come from the built-in table, where a look-up takes no longer than finding one's answer among
    /// those that were found before.
    pub fn finds_countries_at_once(&self) -> bool {
        matches!(self.countries().table, Some((Countries::BuiltIn(_), _)) | None)
    }

    /// The number of an address's autonomous system, and the organisation that runs it; empty where the table names
    /// none. `None` for every address where there is no table ([`Self::asn_table`]).
    pub fn asn(&self, address: IpAddr) -> Option<(u32, &str)> {
        let (table, _) = self.asns().table.as_ref()?;
        table.asn(host_address(address))
    }

    /// The name of the table of countries, which is opened by that. `None` where none was wanted.
    pub fn country_table(&self) -> Option<&TableName> {
        self.countries().table.as_ref().map(|(_, name)| name)
    }

    /// The name of the table of autonomous systems, which is opened by that. `None` where there is none.
    pub fn asn_table(&self) -> Option<&TableName> {
        self.asns().table.as_ref().map(|(_, name)| name)
    }

    /// The names of the tables that were asked so far.
    pub fn asked(&self) -> impl Iterator<Item = &TableName> {
        let countries = self.countries.get().and_then(|found| found.table.as_ref());
        let asns = self.asns.get().and_then(|found| found.table.as_ref());
        let countries = countries.map(|(_, name)| name);
        countries.into_iter().chain(asns.map(|(_, name)| name))
    }

    /// What was wrong with the tables that were asked so far: files in the usual places that could not be used, and
    /// look-ups that met damaged data.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(found) = self.countries.get() {
            remarks.extend(found.remarks.iter().cloned());
            if let Some((Countries::Mmdb(table), name)) = &found.table {
                remarks.extend(damage(table, name));
            }
        }
        if let Some(found) = self.asns.get() {
            remarks.extend(found.remarks.iter().cloned());
            remarks.extend(found.table.iter().filter_map(|(table, name)| damage(table, name)));
        }
        remarks
    }

    #[inline]
    fn countries(&self) -> &Found<Countries> {
        self.countries.get_or_init(|| match self.options.countries {
            CountryChoice::None => Found {
                table: None,
                remarks: Vec::new(),
            },
            CountryChoice::BuiltIn => built_in(Vec::new()),
            CountryChoice::Usual | CountryChoice::File(_) => {
                let found = usual(Wanted::Countries);
                match found.table {
                    Some((table, name)) => Found {
                        table: Some((Countries::Mmdb(table), name)),
                        remarks: found.remarks,
                    },
                    None => built_in(found.remarks),
                }
            }
        })
    }

    fn asns(&self) -> &Found<Mmdb> {
        self.asns.get_or_init(|| usual(Wanted::Asns))
    }
}

impl<T> Found<T> {
    fn one(name: TableName, table: T) -> Self {
        Self {
            table: Some((table, name)),
            remarks: Vec::new(),
        }
    }
}

fn built_in(remarks: Vec<String>) -> Found<Countries> {
    static TABLE: OnceLock<PackedTable> = OnceLock::new();
    let unpack = || PackedTable::unpack(BUILT_IN).expect("a test unpacks the built-in table");
    let table = TABLE.get_or_init(unpack);
    let name = TableName {
        name: table.name.clone(),
        date: table.date.clone(),
    };
    Found {
        table: Some((Countries::BuiltIn(table), name)),
        remarks,
    }
}

/// The first table in the usual places that can be used.
fn usual(wanted: Wanted) -> Found<Mmdb> {
    let mut remarks = Vec::new();
    for path in places::usual(wanted) {
        match Mmdb::open(&path, wanted) {
            Ok(table) => {
                return Found {
                    table: Some((name_of(&table), table)).map(|(name, table)| (table, name)),
                    remarks,
                };
            }
            Err(error) => remarks.push(error.to_string()),
        }
    }
    Found { table: None, remarks }
}

fn name_of(table: &Mmdb) -> TableName {
    TableName {
        name: table.kind().to_owned(),
        date: table.date(),
    }
}

fn damage(table: &Mmdb, name: &TableName) -> Option<String> {
    let damaged = table.damaged();
    (damaged > 0).then(|| format!("{name}: the table is damaged: {damaged} look-ups found nothing; fetch it again"))
}
