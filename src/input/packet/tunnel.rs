//! Tunnels, by the protocol or the port that they go by: where in them the packet begins that they carry.

use super::link::Layer;

/// Number of UDP in the headers of IP.
pub(super) const UDP: u8 = 17;

/// What a tunnel carries: the layer of its first bytes, and these. None for what is no tunnel.
pub(super) fn carried(protocol: u8, payload: &[u8]) -> Option<(Layer, &[u8])> {
    match protocol {
        UDP => by_port(payload),
        // IP within IP, IPv6 within IP, and the same of KA9Q.
        4 | 41 | 94 => Some((Layer::Ip, payload)),
        47 => gre(payload),
        97 => Some((Layer::Ethernet, payload.get(2..)?)),
        137 => Some((MPLS, payload)),
        _ => None,
    }
}

const MPLS: Layer = Layer::EtherType(0x8847);

/// The number of two bytes, the high one first.
fn number(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// Tunnels over UDP. Clients of Teredo and L2TP may have any port, their servers have the one.
fn by_port(datagram: &[u8]) -> Option<(Layer, &[u8])> {
    let (from, to) = (number(datagram, 0)?, number(datagram, 2)?);
    let payload = datagram.get(8..)?;
    match (from, to) {
        (_, 4789 | 8472) => vxlan(payload),
        (_, 4790) => vxlan_of_kinds(payload),
        (_, 6081) => geneve(payload),
        (_, 2152) => gtp(payload),
        (_, 4754) => gre(payload),
        (_, 6635) => Some((MPLS, payload)),
        (3544, _) | (_, 3544) => teredo(payload),
        (1701, _) | (_, 1701) => l2tp(payload),
        _ => None,
    }
}

/// RFC 2784 and 2890; version 1 is PPTP's, RFC 2637.
fn gre(payload: &[u8]) -> Option<(Layer, &[u8])> {
    let (flags, kind) = (number(payload, 0)?, number(payload, 2)?);
    let word = |flag: u16| if flags & flag > 0 { 4 } else { 0 };
    let (checksum, key, sequence) = (word(0x8000), word(0x2000), word(0x1000));
    let header = match flags & 7 {
        0 => 4 + checksum + key + sequence,
        1 => 4 + key + sequence + word(0x0080),
        _ => return None,
    };
    let rest = payload.get(header..)?;
    match kind {
        // ERSPAN: without a sequence number it has no header of its own.
        0x88be => Some((Layer::Ethernet, rest.get(if sequence > 0 { 8 } else { 0 }..)?)),
        0x22eb => {
            let more = rest.get(11)? & 1 == 1;
            Some((Layer::Ethernet, rest.get(if more { 20 } else { 12 }..)?))
        }
        kind => Some((Layer::EtherType(kind), rest)),
    }
}

/// RFC 7348.
fn vxlan(payload: &[u8]) -> Option<(Layer, &[u8])> {
    (payload.first()? & 0x08 > 0).then_some((Layer::Ethernet, payload.get(8..)?))
}

/// VXLAN-GPE, which names the kind of what it carries.
fn vxlan_of_kinds(payload: &[u8]) -> Option<(Layer, &[u8])> {
    let layer = match payload.get(3)? {
        1 | 2 => Layer::Ip,
        3 => Layer::Ethernet,
        5 => MPLS,
        _ => return None,
    };
    Some((layer, payload.get(8..)?))
}

/// RFC 8926.
fn geneve(payload: &[u8]) -> Option<(Layer, &[u8])> {
    let first = *payload.first()?;
    let options = usize::from(first & 0x3f) * 4;
    let kind = number(payload, 2)?;
    (first >> 6 == 0).then_some((Layer::EtherType(kind), payload.get(8 + options..)?))
}

/// GTP-U of 3GPP TS 29.281: a packet of a user, behind headers that may be followed by others.
fn gtp(payload: &[u8]) -> Option<(Layer, &[u8])> {
    let (flags, kind) = (*payload.first()?, *payload.get(1)?);
    if flags >> 4 != 3 || kind != 255 {
        return None;
    }
    if flags & 7 == 0 {
        return Some((Layer::Ip, payload.get(8..)?));
    }
    let mut next = if flags & 4 > 0 { *payload.get(11)? } else { 0 };
    let mut rest = payload.get(12..)?;
    while next != 0 {
        let length = usize::from(*rest.first()?).max(1) * 4;
        next = *rest.get(length - 1)?;
        rest = rest.get(length..)?;
    }
    Some((Layer::Ip, rest))
}

/// RFC 4380: IPv6, which may stand behind an authentication and an origin.
fn teredo(payload: &[u8]) -> Option<(Layer, &[u8])> {
    let mut rest = payload;
    if let [0, 1, identifier, value, ..] = *rest {
        rest = rest.get(13 + usize::from(identifier) + usize::from(value)..)?;
    }
    if rest.starts_with(&[0, 0]) {
        rest = rest.get(8..)?;
    }
    (rest.first()? >> 4 == 6).then_some((Layer::Ip, rest))
}

/// Data of L2TP version 2, RFC 2661.
fn l2tp(payload: &[u8]) -> Option<(Layer, &[u8])> {
    let flags = number(payload, 0)?;
    if flags & 0x8000 > 0 || flags & 0xf != 2 {
        return None;
    }
    let mut header = 6;
    if flags & 0x4000 > 0 {
        header += 2;
    }
    if flags & 0x0800 > 0 {
        header += 4;
    }
    if flags & 0x0200 > 0 {
        header += 2 + usize::from(number(payload, header)?);
    }
    Some((Layer::Ppp, payload.get(header..)?))
}
