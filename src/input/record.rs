//! A record of a log, as every format comes to it: one packet, flow, line or object, its fields read.
//! Knows no format and no text.

use std::hash::Hasher;
use std::net::IpAddr;

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;

use super::address::parse_address;
#[cfg(doc)]
use crate::model::MOST_PACKETS;
use crate::model::{Measure, Port};

/// What one record says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: i64,
    pub end: End<'a>,
    pub amounts: Amounts,
    pub source: Address<'a>,
    /// Address of the receiving host.
    pub destination: Address<'a>,
    /// Name of the receiving host or sensor; where it is empty, the host goes by its address.
    pub host: &'a [u8],
    pub origin: Origin<'a>,
    /// Value of the column that sources are grouped by, where they are.
    pub group: &'a [u8],
    pub tie: Tie,
}

/// How much a record tells of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    /// Number of packets, 0 to [`MOST_PACKETS`]; of a record that names none it is 1.
    pub packets: u64,
    /// Whether packets are what is told: their number, or the record is one. A session of a honeypot is none.
    pub has_packets: bool,
    /// Number of bytes, 0 to [`MOST_PACKETS`]; none where it names none.
    pub bytes: Option<u64>,
}

impl Amounts {
    /// One packet.
    pub fn packet(bytes: u64) -> Self {
        Self {
            packets: 1,
            has_packets: true,
            bytes: Some(bytes),
        }
    }

    /// How much there is of what is measured.
    #[inline]
    pub fn of(&self, measure: Measure) -> u64 {
        match measure {
            Measure::Packets => self.packets,
            Measure::Bytes => self.bytes.unwrap_or(0),
            Measure::Records => 1,
        }
    }
}

/// Where packets go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End<'a> {
    Port(Port),
    /// A protocol without ports, by its name.
    Protocol(&'a [u8]),
    /// A protocol with ports, and no port.
    NoPort,
}

/// An address, as a format has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Address<'a> {
    #[default]
    None,
    Ip(IpAddr),
    /// As text, which is read where it is needed.
    Text(&'a [u8]),
}

impl Address<'_> {
    /// The address; none where there is none, or its text is something else. An IPv4 address within IPv6
    /// is the IPv4 address.
    #[inline]
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Address::None => None,
            Address::Ip(address) => Some(address.to_canonical()),
            Address::Text(text) => parse_address(text),
        }
    }
}

/// The country of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin<'a> {
    /// The log does not know countries: it is that of the source's address.
    Address,
    /// The log's own, by its code and its name; both are empty where this record has none.
    Named { code: &'a [u8], name: &'a [u8] },
}

/// What ties a record to others of its log. By default nothing does, and each counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tie {
    /// Hash of both ends of the conversation that it is one way of, the same for both ways (see
    /// [`Tie::one_way`]); 0 where a log tells of whole conversations, and has no replies.
    pub conversation: u64,
    /// Which of the two ways it is.
    pub forward: bool,
    pub sign: Sign,
    /// Hash of what names the connection in a log that tells of one more than once; 0 where it does not.
    pub connection: u64,
    /// How it stands to other records of that connection.
    pub telling: Telling,
    /// Whether a filter leaves the record out. It is looked at all the same, for those that follow.
    pub filtered: bool,
}

/// What a record tells by itself of who began a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sign {
    /// Its source did: a SYN without ACK.
    Opens,
    /// Its destination did: a SYN with ACK.
    Answers,
    /// Its source port looks like that of a server, and its destination port does not.
    FromServer,
    #[default]
    None,
}

/// How a record stands to others that tell of the same connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Telling {
    /// The first of them is an event, and all others are repeats.
    #[default]
    Again,
    /// It tells all packets of the connection so far: those that were not told of before are an event; without any, it
    /// is a repeat. So it is with the beginning and the end of a session.
    Sums,
    /// It tells all packets of the connection, which has ended: those that were not told of before are an event. What
    /// comes [again](Self::Again) is a repeat, and the next that ends is another connection of that name.
    Ends,
    /// It is an event; the next that [follows](Self::Follows) is a repeat.
    Announces,
    /// It is a repeat of the one that announced it, and an event where none did.
    Follows,
    /// It is a repeat by itself, since the log tells of its connection elsewhere: an alert in a log of
    /// flows.
    Beside,
}

/// Ports up to this are those of servers, where both ends have one: IANA's well-known ports.
const LAST_WELL_KNOWN: u16 = 1023;

impl Tie {
    /// The tie of a packet, or a flow of one direction, from an address and port to another.
    pub fn one_way(protocol: u8, from: (IpAddr, u16), to: (IpAddr, u16), sign: Sign) -> Self {
        let forward = from <= to;
        let (low, high) = if forward { (from, to) } else { (to, from) };
        let mut hash = Hash::default();
        hash.number(u64::from(protocol));
        for (address, port) in [low, high] {
            match address {
                IpAddr::V4(address) => hash.number(u64::from(u32::from(address)) << 16 | u64::from(port)),
                IpAddr::V6(address) => {
                    let bits = u128::from(address);
                    hash.number((bits >> 64) as u64);
                    hash.number(bits as u64 ^ u64::from(port).rotate_left(48));
                }
            }
        }
        let by_port = from.1 <= LAST_WELL_KNOWN && to.1 > LAST_WELL_KNOWN;
        Self {
            conversation: hash.finish(),
            forward,
            sign: match sign {
                Sign::None if by_port => Sign::FromServer,
                sign => sign,
            },
            ..Self::default()
        }
    }

    /// The same tie, for a log that names the connection in one or several texts.
    pub fn told_by<'t>(self, names: impl IntoIterator<Item = &'t [u8]>) -> Self {
        let mut hash = Hash::default();
        for name in names {
            hash.bytes(name);
        }
        Self {
            connection: hash.finish(),
            ..self
        }
    }
}

/// A hash of numbers and texts; never 0. It is another one in each run, so that nobody writes records of different
/// conversations that have the same.
struct Hash(FoldHasher<'static>);

impl Default for Hash {
    fn default() -> Self {
        Self(FoldHasher::with_seed(0, SharedSeed::global_random()))
    }
}

impl Hash {
    #[inline]
    fn number(&mut self, number: u64) {
        self.0.write_u64(number);
    }

    fn bytes(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        self.0.write(text);
    }

    #[inline]
    fn finish(self) -> u64 {
        self.0.finish().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str, port: u16) -> (IpAddr, u16) {
        (text.parse().unwrap(), port)
    }

    #[test]
    fn both_ways_of_a_conversation_are_tied() {
        for (from, to) in [
            (end("10.0.0.1", 40_000), end("10.0.0.2", 80)),
            (end("2001:db8::1", 40_000), end("2001:db8::2", 443)),
            (end("10.0.0.1", 7), end("10.0.0.1", 8)),
        ] {
            let (there, back) = (
                Tie::one_way(6, from, to, Sign::None),
                Tie::one_way(6, to, from, Sign::None),
            );
            assert_eq!(there.conversation, back.conversation);
            assert_ne!(there.forward, back.forward);
            let other = Tie::one_way(17, from, to, Sign::None);
            assert_ne!(there.conversation, other.conversation);
            let other = Tie::one_way(6, (from.0, from.1 + 1), to, Sign::None);
            assert_ne!(there.conversation, other.conversation);
        }
    }

    #[test]
    fn a_server_is_told_by_its_port() {
        let (client, server) = (end("10.0.0.1", 40_000), end("10.0.0.2", 80));
        assert_eq!(Tie::one_way(6, server, client, Sign::None).sign, Sign::FromServer);
        assert_eq!(Tie::one_way(6, client, server, Sign::None).sign, Sign::None);
        assert_eq!(Tie::one_way(6, server, client, Sign::Opens).sign, Sign::Opens);
    }

    #[test]
    fn names_of_connections_are_told_apart() {
        let tie = |names: &[&[u8]]| Tie::default().told_by(names.iter().copied()).connection;
        assert_eq!(tie(&[b"CxWJzK2"]), tie(&[b"CxWJzK2"]));
        assert_ne!(tie(&[b"CxWJzK2"]), tie(&[b"CxWJzK3"]));
        assert_ne!(tie(&[b"ab", b"c"]), tie(&[b"a", b"bc"]));
        assert_ne!(tie(&[b""]), 0);
    }
}
