//! Countries and autonomous systems of addresses, by the built-in table and by files in MaxMind's form.
//! `make_tables.py` made the files, `sample_addresses.py` the list of addresses.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use portbloom::geo::{CountryChoice, Options, Tables};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/geo").join(name)
}

fn open(countries: CountryChoice, asns: Option<PathBuf>) -> Result<Tables, String> {
    Tables::open(Options { countries, asns }).map_err(|error| error.to_string())
}

fn built_in() -> Tables {
    open(CountryChoice::BuiltIn, None).unwrap()
}

fn country(tables: &Tables, address: &str) -> String {
    let code = tables.country(address.parse().unwrap());
    String::from_utf8(code.map_or_else(Vec::new, Vec::from)).unwrap()
}

#[test]
fn the_built_in_table_agrees_with_its_source() {
    let tables = built_in();
    let list = fs::read_to_string(file("addresses.csv")).unwrap();
    let mut known = 0;
    for line in list.lines() {
        let (address, code) = line.split_once(',').unwrap();
        assert_eq!(country(&tables, address), code, "{address}");
        known += usize::from(!code.is_empty());
    }
    assert!(known > 200, "{known} addresses with a country");
    assert_eq!(tables.country_table().unwrap().to_string(), "DB-IP Lite 2026-06");
    assert_eq!(tables.remarks(), [""; 0]);
}

#[test]
fn the_built_in_table_knows_no_country_of_private_addresses() {
    let tables = built_in();
    for address in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "172.16.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::1",
        "fe80::1",
        "ff02::1",
        "::ffff:192.168.1.1",
        "2002:c0a8:101::1",
    ] {
        assert_eq!(country(&tables, address), "", "{address}");
    }
}

#[test]
fn addresses_of_ipv4_in_ipv6_have_their_country() {
    for tables in [
        built_in(),
        open(CountryChoice::File(file("country.mmdb")), None).unwrap(),
    ] {
        let plain = country(&tables, "1.2.3.4");
        assert_eq!(plain.len(), 2);
        for carrier in [
            "::ffff:1.2.3.4",
            "64:ff9b::1.2.3.4",
            "2002:102:304::1",
            "2001:0:4136:e378:8000:63bf:fefd:fcfb",
        ] {
            assert_eq!(country(&tables, carrier), plain, "{carrier}");
        }
    }
}

#[test]
fn tables_of_every_maker_are_read() {
    let (v6, unknown_v6) = ("2001:db8:1::9", "2001:db8:2::9");
    for (name, told, expected) in [
        (
            "country.mmdb",
            "GeoLite2-Country 2026-06-01",
            &[
                ("1.2.127.255", "FR"),
                ("1.2.128.0", "US"),
                ("1.2.200.1", ""),
                ("1.3.0.0", ""),
                (v6, "JP"),
                (unknown_v6, ""),
            ][..],
        ),
        (
            "city.mmdb",
            "GeoLite2-City 2026-06-01",
            &[("1.2.0.127", "CH"), ("1.2.0.128", ""), (v6, "")],
        ),
        (
            "dbip.mmdb",
            "DBIP-Country-Lite 2026-06-01",
            &[("1.2.3.0", "KR"), ("1.2.4.0", ""), (v6, "")],
        ),
        (
            "flat.mmdb",
            "ipv4-country 2026-06-01",
            &[("1.2.3.255", "BR"), ("1.2.4.0", ""), (v6, "")],
        ),
        (
            "ipinfo.mmdb",
            "ipinfo generic_bundle_free.mmdb 2026-06-01",
            &[("1.2.3.255", "NO"), ("1.2.4.0", "")],
        ),
    ] {
        let tables = open(CountryChoice::File(file(name)), None).unwrap();
        assert_eq!(tables.country_table().unwrap().to_string(), told);
        for (address, code) in expected {
            assert_eq!(country(&tables, address), *code, "{address} in {name}");
        }
        assert_eq!(tables.remarks(), [""; 0]);
    }
}

#[test]
fn autonomous_systems_have_numbers_and_organisations() {
    let asn = |tables: &Tables, address: &str| {
        let address: IpAddr = address.parse().unwrap();
        tables.asn(address).map(|(number, name)| (number, name.to_owned()))
    };
    let found = |number: u32, name: &str| Some((number, name.to_owned()));
    let tables = open(CountryChoice::None, Some(file("asn.mmdb"))).unwrap();
    assert_eq!(asn(&tables, "1.2.3.4"), found(64_496, "Example Net"));
    assert_eq!(asn(&tables, "::ffff:1.2.3.4"), found(64_496, "Example Net"));
    assert_eq!(asn(&tables, "1.2.4.4"), found(4_200_000_000, ""));
    assert_eq!(asn(&tables, "1.2.5.4"), None);
    assert_eq!(asn(&tables, "2001:db8:1::9"), found(64_511, "Beispiel AG"));
    assert_eq!(tables.asn_table().unwrap().to_string(), "GeoLite2-ASN 2026-06-01");
    let tables = open(CountryChoice::None, Some(file("ipinfo.mmdb"))).unwrap();
    assert_eq!(asn(&tables, "1.2.3.4"), found(64_496, "Example Net"));
    assert_eq!(asn(&tables, "1.2.5.4"), None);
    assert_eq!(tables.remarks(), [""; 0]);
}

#[test]
fn without_a_table_no_address_has_a_country() {
    let tables = open(CountryChoice::None, None).unwrap();
    assert_eq!(country(&tables, "8.8.8.8"), "");
    assert_eq!(tables.country_table(), None);
}

#[test]
fn files_that_are_no_table_are_refused_with_what_helps() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let good = fs::read(file("country.mmdb")).unwrap();
    let marker = good.windows(3).rposition(|part| part == b"\xab\xcd\xef").unwrap();
    fs::write(path("gz"), b"\x1f\x8b\x08").unwrap();
    fs::write(path("page"), b"<!DOCTYPE html>").unwrap();
    fs::write(path("empty"), b"").unwrap();
    fs::write(path("dat"), b"\0\0\0\xff\xff\xffGEO-106FREE 20180605 Build 1").unwrap();
    fs::write(path("csv"), b"1.0.0.0,1.0.0.255,AU\n").unwrap();
    // The tree and the data are gone, the end is there.
    fs::write(path("cut"), &good[marker - 4..]).unwrap();
    let form = "expected a MaxMind DB, like GeoLite2-Country.mmdb or dbip-country-lite.mmdb";
    for (file, expected) in [
        (path("gz"), format!("is gzipped; unpack it first; {form}")),
        (
            path("page"),
            format!("is a web page; was its download refused?; {form}"),
        ),
        (path("empty"), format!("is empty; {form}")),
        (
            path("dat"),
            format!("is in MaxMind's old .dat form, which ended in 2022; {form}"),
        ),
        (path("csv"), format!("is no MaxMind DB; {form}")),
        (
            path("missing"),
            "cannot read the table: No such file or directory (os error 2); check its path".to_owned(),
        ),
        (
            path("cut"),
            "the table is damaged (invalid database: the MaxMind DB file's search tree extends beyond the metadata \
             section); fetch it again"
                .to_owned(),
        ),
        (
            file("asn.mmdb"),
            "is a table of \"GeoLite2-ASN\" and names no countries; expected one like GeoLite2-Country.mmdb or \
             dbip-country-lite.mmdb"
                .to_owned(),
        ),
    ] {
        let error = open(CountryChoice::File(file.clone()), None).err().unwrap();
        assert_eq!(error, format!("{}: {expected}", file.display()));
    }
    let countries = file("country.mmdb");
    let error = open(CountryChoice::None, Some(countries.clone())).err().unwrap();
    let expected = "is a table of \"GeoLite2-Country\" and names no autonomous systems; expected one like \
                    GeoLite2-ASN.mmdb or dbip-asn-lite.mmdb";
    assert_eq!(error, format!("{}: {expected}", countries.display()));
}

#[test]
fn damage_that_a_look_up_meets_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(file("country.mmdb")).unwrap();
    // The code of Japan is no longer a text.
    let code = bytes.windows(3).rposition(|part| part == b"BJP").unwrap();
    bytes[code] = 0xff;
    let path = folder.path().join("damaged.mmdb");
    fs::write(&path, bytes).unwrap();
    let tables = open(CountryChoice::File(path), None).unwrap();
    assert_eq!(country(&tables, "1.2.3.4"), "FR");
    assert_eq!(tables.remarks(), [""; 0]);
    assert_eq!(country(&tables, "2001:db8:1::9"), "");
    let told = "GeoLite2-Country 2026-06-01: the table is damaged: 1 look-ups found nothing; fetch it again";
    assert_eq!(tables.remarks(), [told]);
}
