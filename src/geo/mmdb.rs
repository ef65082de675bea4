//! Tables in MaxMind's form (MaxMind DB 2.0), whoever made them.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use maxminddb::{MaxMindDbError, PathElement, Reader, WithinOptions};

use super::error::GeoError;

/// Networks that are looked at to learn how a table names what it holds.
const PROBED: usize = 100_000;

/// What is looked up in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Countries of addresses.
    Countries,
    /// Numbers and organisations of the autonomous systems that addresses belong to.
    Asns,
}

/// Where a record has its country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CountryPlace {
    /// MaxMind's and DB-IP's: `country.iso_code`, and `registered_country.iso_code` where there is none.
    IsoCode,
    /// `country_code`, as in the tables of ip-location-db and of `IPinfo`.
    CountryCode,
}

/// A table in memory.
pub struct Mmdb {
    reader: Reader<Vec<u8>>,
    country_place: CountryPlace,
    /// Number of look-ups that met damaged data.
    damaged: AtomicU64,
}

impl Mmdb {
    /// Reads a table.
    ///
    /// # Errors
    /// The file cannot be read, is no such table, is damaged, or does not hold what is wanted.
    pub fn open(path: &Path, wanted: Wanted) -> Result<Self, GeoError> {
        let name = path.display().to_string();
        match fs::read(path) {
            Ok(bytes) => Self::new(name, bytes, wanted),
            Err(error) => Err(GeoError::Read { name, error }),
        }
    }

    /// A table of these bytes; `name` is for messages.
    ///
    /// # Errors
    /// As those of [`Mmdb::open`], but for reading the file.
    pub fn new(name: String, bytes: Vec<u8>, wanted: Wanted) -> Result<Self, GeoError> {
        const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";
        if memchr::memmem::rfind(&bytes, MARKER).is_none() {
            return Err(GeoError::NotMmdb {
                name,
                what: kind_of(&bytes),
            });
        }
        let damaged = |name: &str, error: MaxMindDbError| GeoError::Damaged {
            name: name.to_owned(),
            fault: error.to_string(),
        };
        let reader = Reader::from_source(bytes).map_err(|error| damaged(&name, error))?;
        let mut table = Self {
            reader,
            country_place: CountryPlace::IsoCode,
            damaged: AtomicU64::new(0),
        };
        match table.probe(wanted) {
            Ok(true) => Ok(table),
            Ok(false) => {
                let (wanted, example) = match wanted {
                    Wanted::Countries => ("countries", "GeoLite2-Country.mmdb or dbip-country-lite.mmdb"),
                    Wanted::Asns => ("autonomous systems", "GeoLite2-ASN.mmdb or dbip-asn-lite.mmdb"),
                };
                Err(GeoError::Without {
                    name,
                    kind: format!("\"{}\"", table.kind()),
                    wanted,
                    example,
                })
            }
            Err(error) => Err(damaged(&name, error)),
        }
    }

    /// Looks for a record that holds what is wanted, and learns where. Whether there is one.
    fn probe(&mut self, wanted: Wanted) -> Result<bool, MaxMindDbError> {
        // Networks without data and aliases are taken too, so that a damaged tree cannot be walked without end.
        let all = WithinOptions::default()
            .include_networks_without_data()
            .include_aliased_networks();
        let mut found = None;
        for record in self.reader.networks(all)?.take(PROBED) {
            let record = record?;
            if !record.has_data() {
                continue;
            }
            found = match wanted {
                Wanted::Countries => [CountryPlace::IsoCode, CountryPlace::CountryCode]
                    .into_iter()
                    .find(|place| matches!(country_in(&record, *place), Ok(Some(_)))),
                Wanted::Asns => matches!(asn_in(&record), Ok(Some(_))).then_some(self.country_place),
            };
            if found.is_some() {
                break;
            }
        }
        self.country_place = found.unwrap_or(self.country_place);
        Ok(found.is_some())
    }

    /// The table's own name for its kind, like `GeoLite2-Country`.
    pub fn kind(&self) -> &str {
        &self.reader.metadata().database_type
    }

    /// The day on which it was made, like `2026-06-01`.
    pub fn date(&self) -> String {
        let seconds = i64::try_from(self.reader.metadata().build_epoch).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_second(seconds) {
            Ok(time) => time.strftime("%F").to_string(),
            Err(_) => "of an unknown date".to_owned(),
        }
    }

    /// The country of an address: its ISO 3166-1 alpha-2 code.
    pub fn country(&self, address: IpAddr) -> Option<[u8; 2]> {
        self.found(address, |record| country_in(record, self.country_place))
    }

    /// The number of an address's autonomous system, and the organisation that runs it.
    pub fn asn(&self, address: IpAddr) -> Option<(u32, &str)> {
        self.found(address, asn_in)
    }

    /// Number of look-ups that met damaged data.
    pub fn damaged(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }

    fn found<'a, T>(
        &'a self,
        address: IpAddr,
        take: impl FnOnce(&Record<'a>) -> Result<Option<T>, MaxMindDbError>,
    ) -> Option<T> {
        if address.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return None;
        }
        let taken = self.reader.lookup(address).and_then(|record| take(&record));
        taken.unwrap_or_else(|_| {
            self.damaged.fetch_add(1, Ordering::Relaxed);
            None
        })
    }
}

type Record<'a> = maxminddb::LookupResult<'a, Vec<u8>>;

/// The country that a record names.
fn country_in(record: &Record<'_>, place: CountryPlace) -> Result<Option<[u8; 2]>, MaxMindDbError> {
    use PathElement::Key;
    let code = match place {
        CountryPlace::IsoCode => match record.decode_path::<&str>(&[Key("country"), Key("iso_code")])? {
            None => record.decode_path(&[Key("registered_country"), Key("iso_code")])?,
            found => found,
        },
        CountryPlace::CountryCode => record.decode_path(&[Key("country_code")])?,
    };
    Ok(code.and_then(country_code))
}

/// Two letters, as capitals. `None` for any other text, and for `ZZ`, which is no country.
fn country_code(text: &str) -> Option<[u8; 2]> {
    let code: [u8; 2] = text.as_bytes().try_into().ok()?;
    let code = code.map(|letter| letter.to_ascii_uppercase());
    (code.iter().all(u8::is_ascii_uppercase) && code != *b"ZZ").then_some(code)
}

/// The autonomous system that a record names: in the fields of MaxMind and DB-IP, or in those of `IPinfo`.
fn asn_in<'a>(record: &Record<'a>) -> Result<Option<(u32, &'a str)>, MaxMindDbError> {
    use PathElement::Key;
    // Of an integer of any width: `i64` takes all that hold a `u32`, where `u32` takes that alone.
    let number = record.decode_path::<i64>(&[Key("autonomous_system_number")])?;
    if let Some(number) = number.and_then(|number| u32::try_from(number).ok()) {
        let organisation = record.decode_path::<&str>(&[Key("autonomous_system_organization")])?;
        return Ok(Some((number, organisation.unwrap_or_default())));
    }
    let Some(number) = record.decode_path::<&str>(&[Key("asn")])? else {
        return Ok(None);
    };
    let Some(number) = number.strip_prefix("AS").and_then(|digits| digits.parse().ok()) else {
        return Ok(None);
    };
    Ok(Some((
        number,
        record.decode_path::<&str>(&[Key("as_name")])?.unwrap_or_default(),
    )))
}

/// What a file seems to be that is no mmdb.
fn kind_of(bytes: &[u8]) -> &'static str {
    let end = &bytes[bytes.len().saturating_sub(256)..];
    match bytes {
        [] => "is empty",
        [0x1f, 0x8b, ..] => "is gzipped; unpack it first",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "is compressed by zstd; unpack it first",
        [b'P', b'K', 3, 4, ..] => "is a zip archive; unpack it first",
        [b'<', ..] => "is a web page; was its download refused?",
        _ if bytes.get(257..262) == Some(b"ustar") => "is a tar archive; unpack it first",
        _ if memchr::memmem::find(end, b"GEO-1").is_some() => "is in MaxMind's old .dat form, which ended in 2022",
        _ => "is no MaxMind DB",
    }
}
