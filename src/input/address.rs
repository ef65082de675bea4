//! Addresses as logs write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 or IPv6 address; an IPv4 address may be a number, as databases keep it. IPv6 may stand in brackets and have a zone (`fe80::1%eth0`); an IPv4 address
/// within IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
#[inline]
pub(super) fn parse_address(text: &[u8]) -> Option<IpAddr> {
    let text = text.trim_ascii();
    match parse_v4(text) {
        Some(address) => Some(IpAddr::V4(address)),
        None => parse_other(text),
    }
}

/// Four decimal numbers of at most three digits. Zeros in front of them are read as decimal, as SiLK and
/// others write them.
#[inline]
fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    if text.len() > 15 {
        return None;
    }
    let (mut address, mut part, mut digits, mut points) = (0_u32, 0_u32, 0, 0);
    for byte in text {
        match byte {
            b'0'..=b'9' if digits < 3 => {
                part = part * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && points < 3 && part < 256 => {
                address = address << 8 | part;
                (part, digits) = (0, 0);
                points += 1;
            }
            _ => return None,
        }
    }
    (points == 3 && digits > 0 && part < 256).then(|| Ipv4Addr::from(address << 8 | part))
}

/// From this number on one is an IPv4 address, 1.0.0.0.
const FIRST_ADDRESS: u32 = 1 << 24;

fn parse_other(text: &[u8]) -> Option<IpAddr> {
    if text.iter().all(u8::is_ascii_digit) {
        let number: u32 = str::from_utf8(text).ok()?.parse().ok()?;
        return (number >= FIRST_ADDRESS).then(|| Ipv4Addr::from(number).into());
    }
    memchr::memchr(b':', text)?;
    let text = text
        .strip_prefix(b"[")
        .and_then(|text| text.strip_suffix(b"]"))
        .unwrap_or(text);
    let text = text.split(|byte| *byte == b'%').next().unwrap_or_default();
    let address: Ipv6Addr = str::from_utf8(text).ok()?.parse().ok()?;
    Some(IpAddr::V6(address).to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_as_logs_write_them() {
        for (text, expected) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("3221225985", Some("192.0.2.1")),
            ("16777216", Some("1.0.0.0")),
            ("16777215", None),
            ("4294967296", None),
            (" 192.0.2.1 ", Some("192.0.2.1")),
            ("192.000.002.001", Some("192.0.2.1")),
            ("0.0.0.0", Some("0.0.0.0")),
            ("255.255.255.255", Some("255.255.255.255")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("::ffff:192.0.2.1", Some("192.0.2.1")),
            ("::1", Some("::1")),
            ("", None),
            ("256.1.1.1", None),
            ("1.2.3", None),
            ("1.2.3.", None),
            ("1.2.3.4.5", None),
            ("1..3.4", None),
            ("0001.2.3.4", None),
            ("example.org", None),
            ("80", None),
            ("2001:db8::g", None),
            ("[::1", None),
        ] {
            assert_eq!(
                parse_address(text.as_bytes()),
                expected.map(|text| text.parse().unwrap()),
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_address_is_read_back(bits in any::<u128>(), four in any::<bool>()) {
            let address = if four { IpAddr::V4(Ipv4Addr::from(bits as u32)) } else { IpAddr::V6(Ipv6Addr::from(bits)) };
            prop_assert_eq!(parse_address(address.to_string().as_bytes()), Some(address.to_canonical()));
        }

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in "[0-9a-f:.%\\[\\]]{0,40}") {
            let _ = parse_address(&bytes);
            let _ = parse_address(text.as_bytes());
        }
    }
}
