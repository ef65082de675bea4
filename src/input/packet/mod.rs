//! A packet as it was captured, from its bytes to addresses and ports: through what the link, VLANs, MPLS and
//! PPPoE put before it, and through the extension headers of IPv6. What a tunnel carries is looked at on
//! demand. Knows no file and no time.

mod link;
mod tunnel;

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::record::{Address, Amounts, End, Origin, Record, Sign, Tie};
use crate::model::{Port, Protocol};
use crate::words::protocol_name;
pub(super) use link::Link;
use link::{Layer, Next};
use tunnel::UDP;

/// Tunnels within tunnels that are looked into; a packet of more is taken for what the last one is.
const MOST_TUNNELS: u8 = 8;

const TCP: u8 = 6;
const AUTHENTICATION: u8 = 51;

/// The headers of IPv6 that are followed by another, and tell their length: hop-by-hop and destination
/// options, routing, mobility, HIP, Shim6.
const EXTENSIONS: [u8; 6] = [0, 60, 43, 135, 139, 140];
const IPV6_FRAGMENT: u8 = 44;

/// Bits of the flags of TCP.
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// What a packet says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    /// Addresses it is from and to, where it is of IP.
    pub addresses: Option<(IpAddr, IpAddr)>,
    pub carries: Carries,
}

/// What a packet carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carries {
    /// A segment of TCP or a datagram of UDP.
    Ports { from: u16, to: Port, sign: Sign },
    /// What was captured of it ends before its ports.
    Cut,
    /// A protocol without ports, or whose ports are not drawn, by its name.
    Protocol(Cow<'static, str>),
}

impl Packet {
    /// A packet by its link and its bytes, as many as were captured; with `inner`, one that a tunnel carries
    /// in place of the tunnel's own.
    #[inline]
    pub fn read(link: Link, bytes: &[u8], inner: bool) -> Self {
        Self::within(link.layer(), bytes, if inner { MOST_TUNNELS } else { 0 })
    }

    /// A packet of a link type that cannot be read.
    pub fn of_unknown_link(number: u16) -> Self {
        Carries::Protocol(Cow::Owned(format!("link type {number}"))).without_addresses()
    }

    /// A packet of which a number of tunnels may be looked into.
    fn within(layer: Layer, bytes: &[u8], tunnels: u8) -> Self {
        match layer.network(bytes) {
            Next::Ip(bytes) => Self::of_ip(bytes, tunnels),
            Next::Cut => Carries::Cut.without_addresses(),
            Next::Other(name) => Carries::Protocol(name).without_addresses(),
        }
    }

    /// A packet of IP.
    #[inline]
    fn of_ip(bytes: &[u8], tunnels: u8) -> Self {
        let header = match Header::read(bytes) {
            Ok(header) => header,
            Err(carries) => return carries.without_addresses(),
        };
        let (protocol, payload) = match header.transport {
            Transport::Payload(protocol, payload) => (protocol, payload),
            Transport::Fragment => return header.carrying(Carries::named("IP fragment")),
            Transport::Cut => return header.carrying(Carries::Cut),
        };
        if tunnels > 0
            && let Some((layer, bytes)) = tunnel::carried(protocol, payload)
        {
            let carried = Self::within(layer, bytes, tunnels - 1);
            if carried.addresses.is_some() {
                return carried;
            }
        }
        header.carrying(Carries::of(protocol, payload))
    }

    /// The record of this packet at a time, which had so many bytes on the wire.
    #[inline]
    pub fn record(&self, time_ns: i64, bytes: u64) -> Record<'_> {
        let (end, tie) = match (&self.carries, self.addresses) {
            (Carries::Ports { from, to, sign }, Some((source, destination))) => {
                let number = match to.protocol {
                    Protocol::Tcp => TCP,
                    Protocol::Udp => UDP,
                };
                let tie = Tie::one_way(number, (source, *from), (destination, to.number), *sign);
                (End::Port(*to), tie)
            }
            (Carries::Protocol(name), _) => (End::Protocol(name.as_bytes()), Tie::default()),
            (Carries::Cut | Carries::Ports { .. }, _) => (End::NoPort, Tie::default()),
        };
        let address = |address: Option<IpAddr>| address.map_or(Address::None, Address::Ip);
        Record {
            time_ns,
            end,
            amounts: Amounts::packet(bytes),
            source: address(self.addresses.map(|both| both.0)),
            destination: address(self.addresses.map(|both| both.1)),
            host: b"",
            group: b"",
            origin: Origin::Address,
            tie,
        }
    }
}

impl Carries {
    fn named(name: &'static str) -> Self {
        Self::Protocol(Cow::Borrowed(name))
    }

    fn without_addresses(self) -> Packet {
        Packet {
            addresses: None,
            carries: self,
        }
    }

    /// What the protocol with a number carries.
    #[inline]
    fn of(number: u8, payload: &[u8]) -> Self {
        let protocol = match number {
            TCP => Protocol::Tcp,
            UDP => Protocol::Udp,
            _ => {
                return Self::Protocol(match protocol_name(number) {
                    Some(name) => Cow::Borrowed(name),
                    None => Cow::Owned(format!("IP protocol {number}")),
                });
            }
        };
        let &[from_high, from_low, to_high, to_low, ..] = payload else {
            return Self::Cut;
        };
        let sign = match payload.get(13) {
            Some(flags) if protocol == Protocol::Tcp => match flags & (SYN | ACK) {
                SYN => Sign::Opens,
                flags if flags == SYN | ACK => Sign::Answers,
                _ => Sign::None,
            },
            _ => Sign::None,
        };
        Self::Ports {
            from: u16::from_be_bytes([from_high, from_low]),
            to: Port {
                protocol,
                number: u16::from_be_bytes([to_high, to_low]),
            },
            sign,
        }
    }
}

/// The headers of IP.
struct Header<'a> {
    addresses: (IpAddr, IpAddr),
    transport: Transport<'a>,
}

/// What follows the headers of IP.
enum Transport<'a> {
    /// A protocol and its bytes, as many as were captured.
    Payload(u8, &'a [u8]),
    /// A part of a packet that is not the first, and so has no header of a transport.
    Fragment,
    Cut,
}

impl<'a> Header<'a> {
    /// The headers at the start of a packet; what to count it as where there are none.
    #[inline]
    fn read(bytes: &'a [u8]) -> Result<Self, Carries> {
        match bytes.first().map(|byte| byte >> 4) {
            Some(4) => Self::read_v4(bytes),
            Some(6) => Self::read_v6(bytes),
            Some(_) => Err(Carries::named("malformed IP")),
            None => Err(Carries::Cut),
        }
    }

    #[inline]
    fn read_v4(bytes: &'a [u8]) -> Result<Self, Carries> {
        let Some((header, _)) = bytes.split_first_chunk::<20>() else {
            return Err(Carries::Cut);
        };
        let header_bytes = usize::from(header[0] & 0xf) * 4;
        let total = usize::from(u16::from_be_bytes([header[2], header[3]]));
        // A length of 0 is one that the network card was to fill in.
        let total = if total == 0 { usize::MAX } else { total };
        if header_bytes < 20 || total < header_bytes {
            return Err(Carries::named("malformed IP"));
        }
        let [.., a, b, c, d, e, f, g, h] = *header;
        let addresses = (Ipv4Addr::new(a, b, c, d).into(), Ipv4Addr::new(e, f, g, h).into());
        let offset = u16::from_be_bytes([header[6], header[7]]) & 0x1fff;
        // What follows the packet is padding of the link.
        let transport = match bytes.get(header_bytes..bytes.len().min(total)) {
            _ if offset > 0 => Transport::Fragment,
            None => Transport::Cut,
            Some(payload) if header[9] == AUTHENTICATION => extended(AUTHENTICATION, payload),
            Some(payload) => Transport::Payload(header[9], payload),
        };
        Ok(Self { addresses, transport })
    }

    #[inline]
    fn read_v6(bytes: &'a [u8]) -> Result<Self, Carries> {
        let Some((header, rest)) = bytes.split_first_chunk::<40>() else {
            return Err(Carries::Cut);
        };
        let address = |at: usize| {
            let mut octets = [0; 16];
            octets.copy_from_slice(&header[at..at + 16]);
            // An IPv4 address within IPv6 is the IPv4 address.
            IpAddr::V6(Ipv6Addr::from(octets)).to_canonical()
        };
        let addresses = (address(8), address(24));
        // A length of 0 is that of a packet of more than 64 KiB, or one that the network card was to fill in.
        let payload = match usize::from(u16::from_be_bytes([header[4], header[5]])) {
            0 => rest,
            length => &rest[..rest.len().min(length)],
        };
        Ok(Self {
            addresses,
            transport: extended(header[6], payload),
        })
    }

    fn carrying(&self, carries: Carries) -> Packet {
        Packet {
            addresses: Some(self.addresses),
            carries,
        }
    }
}

/// What follows the extension headers, the first of which has a number.
#[inline]
fn extended(first: u8, payload: &[u8]) -> Transport<'_> {
    let (mut number, mut rest) = (first, payload);
    loop {
        let length = match (number, rest) {
            (AUTHENTICATION, &[_, length, ..]) => (usize::from(length) + 2) * 4,
            (IPV6_FRAGMENT, &[_, _, high, low, ..]) => {
                if u16::from_be_bytes([high, low]) & 0xfff8 > 0 {
                    return Transport::Fragment;
                }
                8
            }
            (number, &[_, length, ..]) if EXTENSIONS.contains(&number) => (usize::from(length) + 1) * 8,
            (AUTHENTICATION | IPV6_FRAGMENT, _) => return Transport::Cut,
            (number, _) if EXTENSIONS.contains(&number) => return Transport::Cut,
            _ => return Transport::Payload(number, rest),
        };
        let Some(behind) = rest.get(length..) else {
            return Transport::Cut;
        };
        (number, rest) = (rest[0], behind);
    }
}

#[cfg(test)]
mod tests;
