//! Packets as tshark writes them with `-T ek`, `-T json` and `-T jsonraw`, whole or with some fields (`-e`).
//!
//! Source: <https://www.wireshark.org/docs/man-pages/tshark.html>. Every value is a text or a list; of a tunnel's
//! packets the outer one is taken. Who began a conversation is told as in a capture.

use super::super::dialect::{Dialect, Object};
use super::super::rules::one_way;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::Sign;

pub(super) static TSHARK: Dialect = Dialect {
    about: About {
        name: "tshark-json",
        title: "packets by tshark, JSON (-T ek, -T json)",
        counted: "each packet; the host is the destination address; packets back to who began are replies",
        measures: About::EVERY,
    },
    marks: &[
        &["layers"],
        &[
            "layers.frame",
            "layers.frame.time_epoch",
            "layers.frame_time_epoch",
            "layers.ip",
            "layers.ipv6",
            "layers.ip.src",
            "layers.ip_src",
            "layers.tcp.dstport",
            "layers.tcp_dstport",
            "layers.udp.dstport",
            "layers.udp_dstport",
        ],
    ],
    fields: &[
        (
            Meaning::Bytes,
            &[
                "layers.frame.frame.len",
                "layers.frame.frame_frame_len",
                "layers.frame.len",
                "layers.frame_len",
            ],
        ),
        (
            Meaning::Time,
            &[
                "layers.frame.frame.time_epoch",
                "layers.frame.frame_frame_time_epoch",
                "layers.frame.time_epoch",
                "layers.frame_time_epoch",
                "timestamp",
            ],
        ),
        (
            Meaning::Protocol,
            &[
                "layers.ip.ip.proto",
                "layers.ip.ip_ip_proto",
                "layers.ip.proto",
                "layers.ip_proto",
                "layers.ipv6.ipv6.nxt",
                "layers.ipv6.ipv6_ipv6_nxt",
                "layers.ipv6.nxt",
                "layers.ipv6_nxt",
            ],
        ),
        (
            Meaning::Source,
            &[
                "layers.ip.ip.src",
                "layers.ip.ip_ip_src",
                "layers.ip.src",
                "layers.ip_src",
                "layers.ipv6.ipv6.src",
                "layers.ipv6.ipv6_ipv6_src",
                "layers.ipv6.src",
                "layers.ipv6_src",
            ],
        ),
        (
            Meaning::Destination,
            &[
                "layers.ip.ip.dst",
                "layers.ip.ip_ip_dst",
                "layers.ip.dst",
                "layers.ip_dst",
                "layers.ipv6.ipv6.dst",
                "layers.ipv6.ipv6_ipv6_dst",
                "layers.ipv6.dst",
                "layers.ipv6_dst",
            ],
        ),
    ],
    extras: &[
        "layers.tcp.tcp.srcport",
        "layers.tcp.tcp_tcp_srcport",
        "layers.tcp.srcport",
        "layers.tcp_srcport",
        "layers.tcp.tcp.dstport",
        "layers.tcp.tcp_tcp_dstport",
        "layers.tcp.dstport",
        "layers.tcp_dstport",
        "layers.udp.udp.srcport",
        "layers.udp.udp_udp_srcport",
        "layers.udp.srcport",
        "layers.udp_srcport",
        "layers.udp.udp.dstport",
        "layers.udp.udp_udp_dstport",
        "layers.udp.dstport",
        "layers.udp_dstport",
        "layers.tcp.tcp.flags_tree.tcp.flags.syn",
        "layers.tcp.tcp_tcp_flags_syn",
        "layers.tcp.flags.syn",
        "layers.tcp_flags_syn",
        "layers.tcp.tcp.flags_tree.tcp.flags.ack",
        "layers.tcp.tcp_tcp_flags_ack",
        "layers.tcp.flags.ack",
        "layers.tcp_flags_ack",
        "layers.frame.frame.protocols",
        "layers.frame.frame_frame_protocols",
        "layers.frame.protocols",
        "layers.frame_protocols",
    ],
    whole: None,
    read: |object, mut fields, add| {
        let [tcp_from, tcp_to, udp_from, udp_to, syn, ack, stack] =
            std::array::from_fn(|index| one_of(object, 4 * index));
        let mut source_port = &b""[..];
        // The protocol of IPv6 may be that of an extension header. An error of ICMP quotes a packet with ports.
        let quoted = matches!(fields.protocol, b"1" | b"58");
        if !tcp_to.is_empty() && !quoted {
            (fields.protocol, fields.port, source_port) = (b"tcp", tcp_to, tcp_from);
        } else if !udp_to.is_empty() && !quoted {
            (fields.protocol, fields.port, source_port) = (b"udp", udp_to, udp_from);
        } else if fields.protocol.is_empty() {
            // ARP and whatever else is not IP: the last of a stack like `eth:ethertype:arp`.
            fields.protocol = match stack.rsplit(|byte| *byte == b':').next() {
                Some([]) | None => b"other",
                Some(name) => name,
            };
        }
        let set = |flag: &[u8]| matches!(flag, b"1" | b"true" | b"True");
        let sign = match (set(syn), set(ack)) {
            (true, false) => Sign::Opens,
            (true, true) => Sign::Answers,
            _ => Sign::None,
        };
        fields.tie = one_way(&fields, source_port, sign);
        fields.no_packet = false;
        add(&fields);
    },
};

/// The first of four extras that has a value.
fn one_of<'a>(object: &Object<'a>, first: usize) -> &'a [u8] {
    let values = (first..first + 4).map(|index| object.extra(index));
    values.into_iter().find(|value| !value.is_empty()).unwrap_or_default()
}
