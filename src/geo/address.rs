//! What an address tells by itself: whether it is of the public internet, and its network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: an address, and the number of its bits that all addresses of the network share. Written and read as
/// `192.0.2.0/24`.
pub use ipnetwork::IpNetwork as Network;

/// The address of the host itself: that of IPv4 where an address of IPv6 carries one, else the same address.
///
/// IPv4-mapped addresses (RFC 4291), those of the NAT64 prefix `64:ff9b::/96` (RFC 6052), of 6to4 (`2002::/16`,
/// RFC 3056) and of Teredo (`2001::/32`, RFC 4380, the client's) carry one. Addresses in the deprecated form
/// `::192.0.2.1` do not.
#[inline]
#[must_use]
pub fn host_address(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => carried(v6).map_or(address, IpAddr::V4),
    }
}

/// The address of IPv4 that one of IPv6 carries.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = u128::from(address);
    let last = bits as u32;
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(last.into()),
        [0x2002, ..] => Some(((bits >> 80) as u32).into()),
        [0x2001, 0, ..] => Some((!last).into()),
        _ => None,
    }
}

/// Whether an address is not of the public internet.
///
/// These are the blocks that IANA's registries of special addresses (RFC 6890) call not globally reachable,
/// multicast (RFC 5771, RFC 4291) and the deprecated site-local addresses (RFC 3879):
///
/// - IPv4: this network `0/8`, private `10/8`, `172.16/12` and `192.168/16`, shared by carriers `100.64/10`, loopback
///   `127/8`, link-local `169.254/16`, protocol assignments `192.0.0/24` but for its two anycast addresses `.9` and
///   `.10`, documentation `192.0.2/24`, `198.51.100/24` and `203.0.113/24`, benchmarking `198.18/15`, multicast
///   `224/4`, reserved `240/4` with the broadcast address;
/// - IPv6: unspecified and loopback `::`, `::1`, local NAT64 `64:ff9b:1::/48`, discard and dummy `100::/63`, protocol
///   assignments `2001::/23` but for the parts with globally reachable addresses (`2001:1::1` to `2001:1::3`,
///   `2001:3::/32`, `2001:4:112::/48`, `2001:20::/27`), documentation `2001:db8::/32` and `3fff::/20`, segment
///   routing `5f00::/16`, unique local `fc00::/7`, link-local `fe80::/10`, site-local `fec0::/10`, multicast `ff00::/8`.
///
/// An address of IPv6 that carries one of IPv4 is what that one is.
#[inline]
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match host_address(address) {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    }
}

#[inline]
fn is_private_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        [192, 0, 0, last] => !matches!(last, 9 | 10),
        [100, second, ..] => (64..128).contains(&second),
        [172, second, ..] => (16..32).contains(&second),
        [192, 168, ..] | [169, 254, ..] | [198, 18 | 19, ..] => true,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        [first, ..] => matches!(first, 0 | 10 | 127 | 224..),
    }
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, last] => last <= 1,
        [0x64, 0xff9b, 1, ..] | [0x100, 0, 0, 0 | 1, ..] | [0x2001, 0xdb8, ..] | [0x5f00, ..] => true,
        [0x2001, 1, 0, 0, 0, 0, 0, 1..=3] | [0x2001, 3, ..] | [0x2001, 4, 0x112, ..] | [0x2001, 0x20..0x40, ..] => {
            false
        }
        [0x2001, second, ..] => second < 0x200,
        [0x3fff, second, ..] => second < 0x1000,
        [first, ..] => matches!(first, 0xfc00..0xfe00 | 0xfe80..),
    }
}

/// The network that an address counts for: the /24 of one of IPv4, the /64 of one of IPv6.
///
/// An address of IPv6 that carries one of IPv4 counts for the network of that one.
#[must_use]
pub fn network(address: IpAddr) -> Network {
    match host_address(address) {
        IpAddr::V4(v4) => whole(IpAddr::V4((u32::from(v4) & !0xff).into()), 24),
        IpAddr::V6(v6) => whole(IpAddr::V6((u128::from(v6) >> 64 << 64).into()), 64),
    }
}

fn whole(address: IpAddr, shared_bits: u8) -> Network {
    Network::new(address, shared_bits).expect("24 and 64 are fewer bits than those addresses have")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_edges_of_every_block_are_known() {
        // The first and the last address of each block, and what stands before and behind it.
        for (first, last, before, behind) in [
            ("0.0.0.0", "0.255.255.255", "", "1.0.0.0"),
            ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
            ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
            ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
            ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
            ("192.0.0.0", "192.0.0.8", "191.255.255.255", "192.0.0.9"),
            ("192.0.0.11", "192.0.0.255", "192.0.0.10", "192.0.1.0"),
            ("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
            ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
            ("198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
            ("198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"),
            ("203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"),
            ("224.0.0.0", "255.255.255.255", "223.255.255.255", ""),
            ("::", "::1", "", "::2"),
            (
                "64:ff9b:1::",
                "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
                "64:ff9b:0:ffff::",
                "64:ff9b:2::",
            ),
            ("100::", "100::1:ffff:ffff:ffff:ffff", "ff:ffff::", "100:0:0:2::"),
            ("2001:1::", "2001:1::", "", "2001:1::1"),
            (
                "2001:1::4",
                "2001:2:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:1::3",
                "2001:3::",
            ),
            (
                "2001:4::",
                "2001:4:111:ffff:ffff:ffff:ffff:ffff",
                "2001:3:ffff::",
                "2001:4:112::",
            ),
            ("2001:4:113::", "2001:1f:ffff:ffff::", "2001:4:112:ffff::", "2001:20::"),
            (
                "2001:40::",
                "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:3f:ffff::",
                "2001:200::",
            ),
            (
                "2001:db8::",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db7:ffff::",
                "2001:db9::",
            ),
            (
                "3fff::",
                "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
                "3ffe:ffff::",
                "3fff:1000::",
            ),
            (
                "5f00::",
                "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "5eff:ffff::",
                "5f01::",
            ),
            (
                "fc00::",
                "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "fbff:ffff::",
                "fe00::",
            ),
            ("fe80::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe7f:ffff::", ""),
        ] {
            assert!(is_private(address(first)), "{first}");
            assert!(is_private(address(last)), "{last}");
            for outside in [before, behind].into_iter().filter(|text| !text.is_empty()) {
                assert!(!is_private(address(outside)), "{outside}");
            }
        }
    }

    #[test]
    fn an_address_of_ipv4_is_found_in_one_of_ipv6() {
        for (carrier, host) in [
            ("::ffff:192.0.2.33", "192.0.2.33"),
            ("64:ff9b::192.0.2.33", "192.0.2.33"),
            ("2002:c000:0221::1", "192.0.2.33"),
            // The example of RFC 4380, section 4.
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45"),
            ("::192.0.2.33", "::192.0.2.33"),
            ("64:ff9b:1::192.0.2.33", "64:ff9b:1::192.0.2.33"),
            ("2001:1::192.0.2.33", "2001:1::192.0.2.33"),
            ("192.0.2.33", "192.0.2.33"),
        ] {
            assert_eq!(host_address(address(carrier)), address(host), "{carrier}");
        }
        assert!(is_private(address("::ffff:10.1.2.3")) && is_private(address("2002:0a00:1::")));
        assert!(!is_private(address("::ffff:8.8.8.8")) && !is_private(address("2002:808:808::")));
    }

    #[test]
    fn networks_are_written_and_read() {
        for (member, written) in [
            ("198.51.100.77", "198.51.100.0/24"),
            ("::ffff:198.51.100.77", "198.51.100.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(network(address(member)).to_string(), written);
            assert_eq!(written.parse::<Network>().unwrap(), network(address(member)));
        }
        assert!("10.0.0.0/8".parse::<Network>().unwrap().contains(address("10.9.8.7")));
    }
}
