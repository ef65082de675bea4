//! CSV that Wireshark exports of its list of packets: a packet a row.
//!
//! Source: <https://www.wireshark.org/docs/wsug_html_chunked/ChIOExportSection.html>. Ports are columns of their own where
//! those were added to the list, else they stand in `Info` of packets that carry nothing known. The protocol is the
//! topmost one: those that use UDP are listed here, others with a port use TCP. Times must have a date, as with View,
//! Time Display Format, Date and Time of Day.

use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;
use crate::input::record::Sign;

pub(in crate::input::formats::tables) const WIRESHARK: Kind = Kind {
    fields: &[
        (Meaning::Time, "time"),
        (Meaning::Time, "utc_time"),
        (Meaning::Bytes, "length"),
    ],
    lacks: &[Meaning::Port],
    extras: &["info"],
    adapt: Some(adapt),
    one_way: true,
    ..Kind::new(
        About {
            name: "wireshark",
            title: "Wireshark's list of packets as CSV",
            counted: "each packet; the host is its destination; the way from a server is a reply",
            measures: About::EVERY,
        },
        &[
            &["no"],
            &["time"],
            &["source"],
            &["destination"],
            &["protocol"],
            &["info"],
        ],
    )
};

/// Protocols that use UDP, as Wireshark calls them.
const OVER_UDP: [&[u8]; 22] = [
    b"UDP", b"DNS", b"MDNS", b"LLMNR", b"NBNS", b"NBDS", b"BROWSER", b"DHCP", b"DHCPv6", b"BOOTP", b"NTP", b"SNMP",
    b"SSDP", b"QUIC", b"GQUIC", b"TFTP", b"SIP", b"STUN", b"RTP", b"RTCP", b"Syslog", b"CoAP",
];

fn adapt<'a>(fields: &mut Fields<'a>, extras: &[&'a [u8]]) {
    let info = extras[0];
    if fields.port.is_empty() {
        let (source, port) = ports(info).unwrap_or_default();
        (fields.source_port, fields.port) = (source, port);
    }
    if fields.port.is_empty() {
        return;
    }
    fields.protocol = if OVER_UDP.contains(&fields.protocol) {
        b"17"
    } else {
        b"6"
    };
    let has = |flag: &[u8]| memchr::memmem::find(info, flag).is_some();
    fields.tie.sign = if has(b"[SYN]") {
        Sign::Opens
    } else if has(b"[SYN, ACK]") {
        Sign::Answers
    } else {
        Sign::None
    };
}

/// The ports in `40000 → 22 [SYN] ...`; older versions write `>` for the arrow.
fn ports(info: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut words = info.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let is_port = |word: &&[u8]| word.len() <= 5 && word.iter().all(u8::is_ascii_digit);
    let source = words.by_ref().find(is_port)?;
    if !matches!(words.next()?, b">" | b"\xe2\x86\x92") {
        return None;
    }
    Some((source, words.next().filter(is_port)?))
}
