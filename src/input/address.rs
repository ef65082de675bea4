//! Addresses as logs write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wide::u8x16;

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
/// others write them. Without a branch for each byte, whose ways nobody could foretell.
#[inline]
fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    let length = text.len();
    // The first bytes and the last, which may have some in common.
    let bits = match length {
        7 => {
            let (first, last) = (text.first_chunk::<4>()?, text.last_chunk::<4>()?);
            u128::from(u32::from_le_bytes(*first)) | u128::from(u32::from_le_bytes(*last)) << 24
        }
        8..=15 => {
            let (first, last) = (text.first_chunk::<8>()?, text.last_chunk::<8>()?);
            u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << (8 * (length - 8))
        }
        _ => return None,
    };
    // A bit for each byte, the lowest for the first.
    let bytes = u8x16::from(bits.to_le_bytes());
    let all = (1 << length) - 1;
    let points = bytes.simd_eq(u8x16::splat(b'.')).to_bitmask() & all;
    let digits = bytes - u8x16::splat(b'0');
    let others = digits.max(u8x16::splat(10)).simd_eq(digits).to_bitmask() & all;
    if others != points || points.count_ones() != 3 {
        return None;
    }
    let (mut address, mut start, mut rest, mut is_right) = (0, 0, points | 1 << length, true);
    for _ in 0..4 {
        let end = rest.trailing_zeros();
        rest &= rest - 1;
        let count = end - start;
        is_right &= (1..=3).contains(&count);
        // The last digit in the highest byte.
        let word = ((bits >> (8 * start)) as u32).unbounded_shl(32 - 8 * count.min(4)) & 0x0f0f_0f0f;
        let part = (word >> 24) + 10 * (word >> 16 & 0xff) + 100 * (word >> 8 & 0xff);
        is_right &= part < 256;
        address = address << 8 | part;
        start = end + 1;
    }
    is_right.then(|| Ipv4Addr::from(address))
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
        fn four_numbers_are_an_address(text in "[0-9]{0,4}(\\.[0-9]{0,4}){0,4}[.x]?") {
            let parts: Vec<&str> = text.split('.').collect();
            let numbers: Option<Vec<u8>> = parts
                .iter()
                .map(|part| part.parse().ok().filter(|_| part.len() <= 3))
                .collect();
            let expected = numbers.and_then(|numbers| <[u8; 4]>::try_from(numbers).ok()).map(Ipv4Addr::from);
            prop_assert_eq!(parse_v4(text.as_bytes()), expected);
        }

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in "[0-9a-f:.%\\[\\]]{0,40}") {
            let _ = parse_address(&bytes);
            let _ = parse_address(text.as_bytes());
        }
    }
}
