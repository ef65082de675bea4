//! AWS VPC flow logs as text: a flow of one direction a row, blanks between the fields.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>. Logs of the default
//! format may come without a header, which then has 14 fields, behind a time where CloudWatch exported them; others name theirs, in any order. Rows without
//! data (`NODATA`, `SKIPDATA`) have no packets. Behind NAT, `pkt-srcaddr` and `pkt-dstaddr` are the ends.

use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;
use crate::input::record::Sign;

pub(in crate::input::formats::tables) const AWS_VPC: Kind = Kind {
    fields: &[
        (Meaning::Time, "start"),
        (Meaning::Source, "pkt_srcaddr"),
        (Meaning::Source, "srcaddr"),
        (Meaning::Destination, "pkt_dstaddr"),
        (Meaning::Destination, "dstaddr"),
    ],
    extras: &["log_status", "tcp_flags"],
    adapt: Some(adapt),
    one_way: true,
    delimiter: Some(b' '),
    headers: &[
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status",
        "exported version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status",
    ],
    ..Kind::new(
        About {
            name: "aws-vpc",
            title: "AWS VPC flow logs",
            counted: "each flow, by its packets, when its window starts; the host is the destination; the way from a server \
                      is a reply",
            measures: About::EVERY,
        },
        &[
            &["srcaddr", "pkt_srcaddr"],
            &["dstport"],
            &["start"],
            &[
                "interface_id",
                "account_id",
                "log_status",
                "vpc_id",
                "flow_direction",
                "action",
            ],
        ],
    )
};

/// Bits of `tcp-flags`, which are those of all packets together; ACK stands there only beside SYN.
const SYN: u64 = 2;
const SYN_ACK: u64 = 18;

fn adapt<'a>(fields: &mut Fields<'a>, extras: &[&'a [u8]]) {
    if matches!(extras[0], b"NODATA" | b"SKIPDATA") {
        (fields.protocol, fields.port, fields.packets) = (b"6", b"0", b"0");
    }
    let flags = str::from_utf8(extras[1]).ok().and_then(|flags| flags.parse().ok());
    fields.tie.sign = match flags.unwrap_or(0) & SYN_ACK {
        SYN => Sign::Opens,
        SYN_ACK => Sign::Answers,
        _ => Sign::None,
    };
}
