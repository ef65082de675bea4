//! AWS VPC flow logs as JSON, as Firehose and queries of Athena write them, in names with hyphens or underscores.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>. A record is one way of a
//! flow. Behind a load balancer or a NAT gateway, `pkt-srcaddr` is the true source.

use super::super::dialect::Dialect;
use super::super::rules::one_way;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::Sign;

pub(super) static AWS: Dialect = Dialect {
    about: About {
        name: "aws-vpc-json",
        title: "AWS VPC flow logs, JSON",
        counted: "each record of a flow's way, by its packets; the host is the destination address; ways back are \
                  replies; records that tell of no data are none",
        measures: About::EVERY,
    },
    marks: &[
        &["srcaddr", "log-status", "log_status"],
        &["dstaddr", "interface-id", "interface_id", "account-id", "account_id"],
        &["start"],
    ],
    fields: &[
        (Meaning::Time, &["start"]),
        (Meaning::Protocol, &["protocol"]),
        (Meaning::Source, &["pkt-srcaddr", "pkt_srcaddr", "srcaddr"]),
        (Meaning::SourcePort, &["srcport"]),
        (Meaning::Destination, &["pkt-dstaddr", "pkt_dstaddr", "dstaddr"]),
        (Meaning::Port, &["dstport"]),
        (Meaning::Packets, &["packets"]),
        (Meaning::Bytes, &["bytes"]),
    ],
    extras: &["log-status", "log_status"],
    whole: None,
    read: |object, mut fields, add| {
        let empty = |index: usize| matches!(object.extra(index), b"NODATA" | b"SKIPDATA");
        if empty(0) || empty(1) {
            return;
        }
        fields.tie = one_way(&fields, object.source_port(), Sign::None);
        add(&fields);
    },
};
