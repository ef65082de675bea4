//! Rules that several dialects share: one-way records, names of services in place of a transport, counts of
//! sampled packets, addresses that are something else than text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::input::fields::{Fields, transport, whole_number};
use crate::input::record::{Sign, Tie};
use crate::model::{MOST_PACKETS, Protocol};

/// The tie of a record that tells of one way of a conversation; none where an end is missing.
pub(super) fn one_way(fields: &Fields<'_>, source_port: &[u8], sign: Sign) -> Tie {
    let port = |text: &[u8]| whole_number(text, u64::from(u16::MAX)).map(|number| number as u16);
    let ends = (
        fields.source.ip().zip(port(source_port)),
        fields.destination.ip().zip(port(fields.port)),
    );
    let (Some(from), Some(to)) = ends else {
        return Tie::default();
    };
    let protocol = match transport(fields.protocol) {
        Some(Protocol::Tcp) => 6,
        Some(Protocol::Udp) => 17,
        None => 0,
    };
    Tie::one_way(protocol, from, to, sign)
}

/// Beginnings of the names of services that go over UDP, in small letters.
const OVER_UDP: [&[u8]; 14] = [
    b"sip",
    b"snmp",
    b"tftp",
    b"ntp",
    b"dns",
    b"chargen",
    b"ssdp",
    b"upnp",
    b"rtp",
    b"coap",
    b"bacnet",
    b"ipmi",
    b"memcached_udp",
    b"qotd",
];

/// The transport of what a honeypot names: a transport, or a service; TCP where it is no service that is known
/// to go over UDP.
pub(super) fn transport_of(name: &[u8]) -> &'static [u8] {
    let starts = |word: &&[u8]| {
        name.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if transport(name) == Some(Protocol::Udp) || OVER_UDP.iter().any(starts) {
        b"udp"
    } else {
        b"tcp"
    }
}

/// A number of packets, each of which stands for `rate`; 0 and no rate are 1. None where there is no number
/// or the product is too large.
pub(super) fn sampled(packets: &[u8], rate: &[u8]) -> Option<u64> {
    let rate = whole_number(rate, MOST_PACKETS).unwrap_or(1).max(1);
    let packets = whole_number(packets, MOST_PACKETS)?.checked_mul(rate)?;
    (packets <= MOST_PACKETS).then_some(packets)
}

/// An IPv4 address as a number.
pub(super) fn number_address(text: &[u8]) -> Option<IpAddr> {
    let number = whole_number(text, u64::from(u32::MAX)).filter(|number| *number > 0)?;
    Some(IpAddr::V4(Ipv4Addr::from(number as u32)))
}

/// An address as its bytes in base64, as Go and Protocol Buffers write bytes.
pub(super) fn base64_address(text: &[u8]) -> Option<IpAddr> {
    let digits = text.iter().take_while(|byte| **byte != b'=');
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::with_capacity(16));
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
        if bytes.len() > 16 {
            return None;
        }
    }
    match &bytes[..] {
        bytes if bytes.len() == 4 => Some(IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?))),
        bytes => Some(IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)).to_canonical()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_have_a_transport() {
        for (name, expected) in [
            ("tcp", "tcp"),
            ("UDP", "udp"),
            ("17", "udp"),
            ("SipSession", "udp"),
            ("tftpd", "udp"),
            ("ssh", "tcp"),
            ("tls", "tcp"),
            ("pcap", "tcp"),
            ("", "tcp"),
        ] {
            assert_eq!(transport_of(name.as_bytes()), expected.as_bytes(), "{name}");
        }
    }

    #[test]
    fn sampled_packets_are_multiplied() {
        assert_eq!(sampled(b"3", b"1000"), Some(3000));
        assert_eq!(sampled(b"3", b"0"), Some(3));
        assert_eq!(sampled(b"3", b""), Some(3));
        assert_eq!(sampled(b"9007199254740992", b"2"), Some(18_014_398_509_481_984));
        assert_eq!(sampled(b"9223372036854775807", b"2"), None);
        assert_eq!(sampled(b"", b"2"), None);
    }

    #[test]
    fn addresses_as_numbers_and_bytes() {
        assert_eq!(number_address(b"3221225985"), Some("192.0.2.1".parse().unwrap()));
        assert_eq!(number_address(b"0"), None);
        assert_eq!(number_address(b"192.0.2.1"), None);
        // printf '\xc0\x00\x02\x01' | base64
        assert_eq!(base64_address(b"wAACAQ=="), Some("192.0.2.1".parse().unwrap()));
        assert_eq!(
            base64_address(b"IAENuAAAAAAAAAAAAAAAAQ=="),
            Some("2001:db8::1".parse().unwrap())
        );
        assert_eq!(
            base64_address(b"AAAAAAAAAAAAAP//wAACAQ=="),
            Some("192.0.2.1".parse().unwrap())
        );
        for text in ["", "wA==", "192.0.2.1", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(base64_address(text.as_bytes()), None, "{text}");
        }
    }
}
