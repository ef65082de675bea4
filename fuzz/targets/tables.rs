//! Tables of addresses in MaxMind's form: damaged ones are refused, or tell no more than they hold.

use std::net::IpAddr;

use portbloom::geo::{CountryChoice, Options, Tables};
use portbloom::input::LogPart;

use super::{file_of, kind_of};

/// Opens the bytes as a table of countries and as one of autonomous systems, and looks addresses up.
pub fn run(data: &[u8]) -> u64 {
    let (_file, source) = file_of(data);
    let LogPart::File(path) = &source else {
        unreachable!("the bytes are in a file");
    };
    let countries = Options {
        countries: CountryChoice::File(path.clone()),
        asns: None,
    };
    let asns = Options {
        countries: CountryChoice::None,
        asns: Some(path.clone()),
    };
    let outcomes = [countries, asns].map(|options| match Tables::open(options) {
        Ok(tables) => told(&tables),
        Err(error) => error.to_string().replace(&source.name(), "table"),
    });
    kind_of(&outcomes.concat())
}

/// What a table tells of addresses in the networks of the corpus and around them, and of itself.
fn told(tables: &Tables) -> String {
    let mut told = String::new();
    for address in [
        "0.0.0.0",
        "1.2.3.4",
        "1.2.4.4",
        "1.2.130.1",
        "255.255.255.255",
        "::",
        "2001:db8:1::9",
        "ffff::",
    ] {
        let address: IpAddr = address.parse().expect("an address");
        let country = tables.country(address);
        if let Some(code) = country {
            assert!(code.iter().all(u8::is_ascii_uppercase), "{code:?}");
        }
        let asn = tables.asn(address);
        told += &format!("{}{} ", country.is_some(), asn.is_some());
        // A second time tells the same.
        assert_eq!((tables.country(address), tables.asn(address)), (country, asn));
    }
    format!("{told}{:?}", tables.remarks().len())
}
