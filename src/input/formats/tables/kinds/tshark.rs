//! What `tshark -T fields -E header=y` prints, or with `-E separator=,`: a packet a row.
//!
//! Source: <https://www.wireshark.org/docs/man-pages/tshark.html>. The protocol is that whose port is there, else
//! `ip.proto`, the IPv6 next header or the stack of `frame.protocols`. Where a field occurs several times in a packet
//! (a tunnel, the packet that ICMP quotes), the first counts, which is the outer one.

use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;
use crate::input::record::{Address, Sign};

pub(in crate::input::formats::tables) const TSHARK: Kind = Kind {
    fields: &[
        (Meaning::Time, "frame_time_epoch"),
        (Meaning::Time, "frame_time_utc"),
        (Meaning::Time, "frame_time"),
        (Meaning::Protocol, "ip_proto"),
        (Meaning::Protocol, "ipv6_nxt"),
        (Meaning::Protocol, "frame_protocols"),
        (Meaning::Protocol, "ws_col_protocol"),
        (Meaning::Source, "ip_src"),
        (Meaning::Source, "ipv6_src"),
        (Meaning::Destination, "ip_dst"),
        (Meaning::Destination, "ipv6_dst"),
        (Meaning::Bytes, "frame_len"),
        (Meaning::Bytes, "ip_len"),
    ],
    lacks: &[Meaning::Port, Meaning::Protocol],
    extras: &[
        "tcp_dstport",
        "udp_dstport",
        "tcp_srcport",
        "udp_srcport",
        "tcp_flags",
        "tcp_flags_syn",
        "tcp_flags_ack",
    ],
    adapt: Some(adapt),
    one_way: true,
    ..Kind::new(
        About {
            name: "tshark",
            title: "tshark -T fields",
            counted: "each packet; the host is its destination; the way from a server is a reply",
            measures: About::EVERY,
        },
        &[
            &["tcp_dstport", "udp_dstport"],
            &["frame_time_epoch", "frame_time_utc", "frame_time"],
        ],
    )
};

fn adapt<'a>(fields: &mut Fields<'a>, extras: &[&'a [u8]]) {
    let [tcp_port, udp_port, tcp_source, udp_source, flags, syn, ack] = *extras else {
        return;
    };
    for address in [&mut fields.source, &mut fields.destination] {
        if let Address::Text(text) = address {
            *text = first(text);
        }
    }
    let (tcp, udp) = (first(tcp_port), first(udp_port));
    let protocol = first(fields.protocol);
    // With both, it is a tunnel, whose outer protocol is that of the outer header.
    let (protocol, port, source): (&[u8], _, _) = match (tcp, udp) {
        ([], []) if protocol.is_empty() => (b"no transport", tcp, udp),
        ([], []) => (protocol, tcp, udp),
        (_, []) => (b"6", tcp, first(tcp_source)),
        ([], _) => (b"17", udp, first(udp_source)),
        _ if protocol == b"17" => (protocol, udp, first(udp_source)),
        _ => (b"6", tcp, first(tcp_source)),
    };
    (fields.protocol, fields.port, fields.source_port) = (protocol, port, source);
    let is_set = |flag: &[u8]| matches!(first(flag), b"1" | b"True");
    let bits = first(flags)
        .strip_prefix(b"0x")
        .and_then(|digits| str::from_utf8(digits).ok());
    let bits = bits
        .and_then(|digits| u16::from_str_radix(digits, 16).ok())
        .unwrap_or(0);
    let (syn, ack) = (bits & 2 != 0 || is_set(syn), bits & 16 != 0 || is_set(ack));
    fields.tie.sign = match (syn, ack) {
        (true, false) => Sign::Opens,
        (true, true) => Sign::Answers,
        (false, _) => Sign::None,
    };
}

/// The first of several values, which stand behind each other with commas between them.
fn first(values: &[u8]) -> &[u8] {
    let end = memchr::memchr(b',', values).unwrap_or(values.len());
    &values[..end]
}
