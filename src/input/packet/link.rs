//! What stands before a packet of IP: the headers of links, of VLANs, MPLS and PPPoE. Finds where IP begins,
//! or names what is there in its place. Link types are those of <https://www.tcpdump.org/linktypes.html>.

use std::borrow::Cow;

/// A link type of captures that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input) struct Link {
    number: u16,
    layer: Layer,
}

/// The link types, by number, with the name of each.
const LINKS: [(u16, &str, Layer); 18] = [
    (0, "BSD loopback", Layer::Loopback),
    (1, "Ethernet", Layer::Ethernet),
    (9, "PPP", Layer::Ppp),
    (12, "raw IP", Layer::Ip),
    (14, "raw IP", Layer::Ip),
    (50, "PPP in HDLC framing", Layer::Hdlc),
    (51, "PPPoE", Layer::PppoeSession),
    (101, "raw IP", Layer::Ip),
    (104, "Cisco HDLC", Layer::Hdlc),
    (105, "Wi-Fi", Layer::Wifi { padded: false }),
    (108, "OpenBSD loopback", Layer::Loopback),
    (113, "Linux cooked capture", Layer::Cooked),
    (117, "PFLOG", Layer::Pflog),
    (127, "Wi-Fi with radiotap", Layer::Radiotap),
    (228, "raw IPv4", Layer::Ip),
    (229, "raw IPv6", Layer::Ip),
    (239, "NFLOG", Layer::Nflog { big_endian: false }),
    (276, "Linux cooked capture", Layer::Cooked2),
];

impl Link {
    /// The link type with a number, in a capture whose writer had this byte order.
    pub fn of(number: u16, big_endian: bool) -> Option<Self> {
        let &(number, _, layer) = LINKS.iter().find(|link| link.0 == number)?;
        let layer = match layer {
            Layer::Nflog { .. } => Layer::Nflog { big_endian },
            layer => layer,
        };
        Some(Self { number, layer })
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        LINKS
            .iter()
            .find(|link| link.0 == self.number)
            .map_or("", |link| link.1)
    }

    /// The names of all, each once.
    pub fn names() -> String {
        let mut names: Vec<&str> = LINKS.iter().map(|link| link.1).collect();
        names.dedup();
        names.join(", ")
    }

    pub(super) fn layer(self) -> Layer {
        self.layer
    }
}

/// A header, or what it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Ip,
    Ethernet,
    /// What follows the type of an Ethernet frame.
    EtherType(u16),
    /// The logical link control of IEEE 802.2.
    Llc,
    Ppp,
    /// A PPPoE frame of a session, without what is before it.
    PppoeSession,
    /// HDLC as Cisco has it, or with PPP within.
    Hdlc,
    Loopback,
    /// Linux' capture of all interfaces, in its first and second version.
    Cooked,
    Cooked2,
    Wifi {
        /// Whether the header is padded to a multiple of four bytes.
        padded: bool,
    },
    Radiotap,
    Pflog,
    Nflog {
        big_endian: bool,
    },
}

/// What the layers of a link lead to.
pub(super) enum Next<'a> {
    /// A packet of IP.
    Ip(&'a [u8]),
    /// The end of what was captured.
    Cut,
    /// Another protocol, by its name.
    Other(Cow<'static, str>),
}

/// The outcome of a layer: the one below with its bytes, or what else it leads to.
type Below<'a> = Result<(Layer, &'a [u8]), Next<'a>>;

impl Layer {
    /// Follows the layers to IP. Each but the names for IP takes bytes, so it comes to an end.
    #[inline]
    pub fn network(self, bytes: &[u8]) -> Next<'_> {
        let (mut layer, mut bytes) = (self, bytes);
        loop {
            let below = match layer {
                Self::Ip => return Next::Ip(bytes),
                Self::Ethernet => ethernet(bytes),
                Self::EtherType(number) => ether_type(number, bytes),
                Self::Llc => llc(bytes),
                Self::Ppp => ppp(bytes),
                Self::PppoeSession => skipped(bytes, 6).map(|rest| (Self::Ppp, rest)),
                Self::Hdlc => hdlc(bytes),
                Self::Loopback => loopback(bytes),
                Self::Cooked => cooked(bytes),
                Self::Cooked2 => cooked2(bytes),
                Self::Wifi { padded } => wifi(bytes, padded),
                Self::Radiotap => radiotap(bytes),
                Self::Pflog => pflog(bytes),
                Self::Nflog { big_endian } => nflog(bytes, big_endian),
            };
            match below {
                Ok(next) => (layer, bytes) = next,
                Err(next) => return next,
            }
        }
    }
}

fn named(name: &'static str) -> Next<'static> {
    Next::Other(Cow::Borrowed(name))
}

/// The bytes behind a header of a length.
fn skipped(bytes: &[u8], length: usize) -> Result<&[u8], Next<'_>> {
    bytes.get(length..).ok_or(Next::Cut)
}

/// The number of two bytes, the high one first.
fn number(bytes: &[u8], at: usize) -> Result<u16, Next<'_>> {
    let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk);
    bytes.map(|bytes| u16::from_be_bytes(*bytes)).ok_or(Next::Cut)
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, Next<'_>> {
    bytes.get(at).copied().ok_or(Next::Cut)
}

/// Numbers from here on are types, those below are lengths.
const LEAST_TYPE: u16 = 0x600;

#[inline]
fn ethernet(bytes: &[u8]) -> Below<'_> {
    let kind = number(bytes, 12)?;
    Ok((Layer::EtherType(kind), skipped(bytes, 14)?))
}

#[inline]
fn ether_type(kind: u16, bytes: &[u8]) -> Below<'_> {
    Err(match kind {
        0x0800 | 0x86dd => return Ok((Layer::Ip, bytes)),
        // VLANs, however many are within each other.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => {
            return Ok((Layer::EtherType(number(bytes, 2)?), skipped(bytes, 4)?));
        }
        0x8847 | 0x8848 => return mpls(bytes),
        0x8864 => return Ok((Layer::PppoeSession, bytes)),
        0x6558 => return Ok((Layer::Ethernet, bytes)),
        0x880b => return Ok((Layer::Ppp, bytes)),
        0x8870 => return Ok((Layer::Llc, bytes)),
        // Novell's frames have no header behind the length.
        ..LEAST_TYPE if bytes.starts_with(b"\xff\xff") => named("IPX"),
        ..LEAST_TYPE => return Ok((Layer::Llc, bytes)),
        0x0806 => named("ARP"),
        0x0842 => named("Wake-on-LAN"),
        0x2000 => named("CDP"),
        0x4305 => named("BATMAN"),
        0x8035 => named("RARP"),
        0x809b | 0x80f3 => named("AppleTalk"),
        0x8137 => named("IPX"),
        0x8809 => named("LACP"),
        0x8863 => named("PPPoE discovery"),
        0x887b | 0x88e1 | 0x8912 => named("HomePlug"),
        0x888e => named("EAPOL"),
        0x8892 => named("PROFINET"),
        0x88a4 => named("EtherCAT"),
        0x88cc => named("LLDP"),
        0x88e5 => named("MACsec"),
        0x88f7 => named("PTP"),
        0x8902 => named("CFM"),
        0x8906 => named("FCoE"),
        0x8915 => named("RoCE"),
        0x9000 => named("Ethernet loopback"),
        _ => Next::Other(Cow::Owned(format!("EtherType 0x{kind:04x}"))),
    })
}

/// A stack of labels, and below it IP, or an Ethernet frame behind a word of control.
fn mpls(bytes: &[u8]) -> Below<'_> {
    let mut rest = bytes;
    loop {
        let last = byte(rest, 2)? & 1 == 1;
        rest = skipped(rest, 4)?;
        if last {
            break;
        }
    }
    match byte(rest, 0)? >> 4 {
        4 | 6 => Ok((Layer::Ip, rest)),
        0 => Ok((Layer::Ethernet, skipped(rest, 4)?)),
        _ => Err(named("MPLS")),
    }
}

fn llc(bytes: &[u8]) -> Below<'_> {
    Err(match *bytes {
        [0xaa, 0xaa, 0x03, 0, 0, 0 | 0xf8, high, low, ..] => {
            return Ok((Layer::EtherType(u16::from_be_bytes([high, low])), &bytes[8..]));
        }
        [0xaa, 0xaa, 0x03, 0, 0, 0x0c, 0x20, 0, ..] => named("CDP"),
        [0xaa, 0xaa, 0x03, 0, 0, 0x0c, 0x01, 0x0b, ..] => named("STP"),
        [0xaa, 0xaa, 0x03, _, _, _, _, _, ..] => named("SNAP"),
        [0x06, 0x06, 0x03, ..] => return Ok((Layer::Ip, &bytes[3..])),
        [0x42, 0x42, ..] => named("STP"),
        [0xe0, 0xe0, ..] => named("IPX"),
        [0xf0, 0xf0, ..] => named("NetBIOS"),
        [0xfe, 0xfe, ..] => named("OSI"),
        [0xaa, 0xaa, ..] if bytes.len() < 8 => Next::Cut,
        [_, _, _, ..] => named("LLC"),
        _ => Next::Cut,
    })
}

fn ppp(bytes: &[u8]) -> Below<'_> {
    let bytes = bytes.strip_prefix(b"\xff\x03").unwrap_or(bytes);
    // Protocols below 256 may leave out their high byte.
    let first = byte(bytes, 0)?;
    let (protocol, rest) = if first & 1 == 1 {
        (u16::from(first), &bytes[1..])
    } else {
        (number(bytes, 0)?, &bytes[2..])
    };
    match protocol {
        0x0021 | 0x0057 => Ok((Layer::Ip, rest)),
        0x0281 => Ok((Layer::EtherType(0x8847), rest)),
        _ => Err(named("PPP")),
    }
}

fn hdlc(bytes: &[u8]) -> Below<'_> {
    match byte(bytes, 0)? {
        // Unicast and multicast of Cisco's framing, whose types are those of Ethernet.
        0x0f | 0x8f => match number(bytes, 2)? {
            0x2000 => Err(named("CDP")),
            0x8035 => Err(named("SLARP")),
            kind => Ok((Layer::EtherType(kind), skipped(bytes, 4)?)),
        },
        _ => Ok((Layer::Ppp, bytes)),
    }
}

/// A family of addresses, in either byte order.
fn loopback(bytes: &[u8]) -> Below<'_> {
    let family = bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
    let family = family.ok_or(Next::Cut)?;
    match family.min(family.swap_bytes()) {
        2 | 10 | 24 | 28 | 30 => Ok((Layer::Ip, &bytes[4..])),
        family => Err(Next::Other(Cow::Owned(format!("address family {family}")))),
    }
}

/// Netlink, which Linux' capture of all interfaces holds too: its protocols are not those of Ethernet.
const NETLINK: u16 = 824;

fn cooked(bytes: &[u8]) -> Below<'_> {
    let (hardware, protocol) = (number(bytes, 2)?, number(bytes, 14)?);
    cooked_protocol(hardware, protocol, skipped(bytes, 16)?)
}

fn cooked2(bytes: &[u8]) -> Below<'_> {
    let (hardware, protocol) = (number(bytes, 8)?, number(bytes, 0)?);
    cooked_protocol(hardware, protocol, skipped(bytes, 20)?)
}

fn cooked_protocol(hardware: u16, protocol: u16, rest: &[u8]) -> Below<'_> {
    match protocol {
        _ if hardware == NETLINK => Err(named("netlink")),
        0x0001 => Err(named("IPX")),
        0x0004 => Ok((Layer::Llc, rest)),
        0x000c..=0x000e => Err(named("CAN")),
        kind => Ok((Layer::EtherType(kind), rest)),
    }
}

/// A frame of IEEE 802.11.
fn wifi(bytes: &[u8], padded: bool) -> Below<'_> {
    let (control, flags) = (byte(bytes, 0)?, byte(bytes, 1)?);
    match control >> 2 & 3 {
        0 => return Err(named("802.11 management")),
        1 => return Err(named("802.11 control")),
        2 => {}
        _ => return Err(named("802.11 extension")),
    }
    let (quality, no_data) = (control & 0x80 > 0, control & 0x40 > 0);
    let (between_stations, encrypted, order) = (flags & 3 == 3, flags & 0x40 > 0, flags & 0x80 > 0);
    if no_data {
        return Err(named("802.11 without data"));
    }
    if encrypted {
        return Err(named("802.11 encrypted"));
    }
    if byte(bytes, 22)? & 0xf > 0 {
        return Err(named("802.11 fragment"));
    }
    let quality_at = if between_stations { 30 } else { 24 };
    let header = quality_at + if quality { 2 } else { 0 } + if quality && order { 4 } else { 0 };
    // Several frames in one: of these, the first.
    let aggregated = quality && byte(bytes, quality_at)? & 0x80 > 0;
    let header = if padded { header.next_multiple_of(4) } else { header };
    Ok((Layer::Llc, skipped(bytes, header + if aggregated { 14 } else { 0 })?))
}

/// A header of the radio, whose field of flags tells whether the one below is padded.
fn radiotap(bytes: &[u8]) -> Below<'_> {
    let length = usize::from(number(bytes, 2)?.swap_bytes());
    let word = |at: usize| {
        bytes
            .get(at..)
            .and_then(<[u8]>::first_chunk)
            .map(|word| u32::from_le_bytes(*word))
    };
    let present = word(4).ok_or(Next::Cut)?;
    let mut fields_at = 8;
    let mut more = present >> 31 == 1;
    while more {
        more = word(fields_at).ok_or(Next::Cut)? >> 31 == 1;
        fields_at += 4;
    }
    // The first two fields: a time of eight bytes, and the flags.
    let flags_at = if present & 1 == 1 {
        fields_at.next_multiple_of(8) + 8
    } else {
        fields_at
    };
    let padded = present & 2 > 0 && flags_at < length && byte(bytes, flags_at)? & 0x20 > 0;
    Ok((Layer::Wifi { padded }, skipped(bytes, length.max(8))?))
}

/// A header of pf, which tells its length.
fn pflog(bytes: &[u8]) -> Below<'_> {
    let length = usize::from(byte(bytes, 0)?).next_multiple_of(4);
    Ok((Layer::Ip, skipped(bytes, length.max(4))?))
}

/// The kind of a field of NFLOG that holds the packet.
const NFLOG_PAYLOAD: u16 = 9;

/// Fields of netfilter, each with its length and its kind, in the byte order of the capture.
fn nflog(bytes: &[u8], big_endian: bool) -> Below<'_> {
    let family = byte(bytes, 0)?;
    if !matches!(family, 2 | 10) {
        return Err(Next::Other(Cow::Owned(format!("address family {family}"))));
    }
    let mut rest = skipped(bytes, 4)?;
    loop {
        let order = |number: u16| if big_endian { number } else { number.swap_bytes() };
        let (length, kind) = (usize::from(order(number(rest, 0)?)), order(number(rest, 2)?));
        // The highest bit says that there are fields within.
        if kind & 0x7fff == NFLOG_PAYLOAD {
            return Ok((Layer::Ip, skipped(rest, 4)?));
        }
        rest = skipped(rest, length.max(4).next_multiple_of(4))?;
    }
}
