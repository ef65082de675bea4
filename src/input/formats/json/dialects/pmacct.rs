//! Flows as pmacct writes them; which keys there are is configured.
//!
//! Source: <https://github.com/pmacct/pmacct/blob/master/CONFIG-KEYS> (`aggregate`, `timestamps_since_epoch`).
//! A record is one way of a flow.

use super::super::dialect::Dialect;
use super::super::rules::one_way;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::Sign;

pub(super) static PMACCT: Dialect = Dialect {
    about: About {
        name: "pmacct",
        title: "pmacct (nfacctd, sfacctd, pmacctd), JSON",
        counted: "each record of a flow's way, by its packets; the host is the destination address; ways back are replies",
        measures: About::EVERY,
    },
    marks: &[&["ip_proto"], &["port_dst", "ip_dst"]],
    fields: &[
        (
            Meaning::Time,
            &[
                "timestamp_start",
                "timestamp_arrival",
                "stamp_inserted",
                "timestamp_end",
                "stamp_updated",
            ],
        ),
        (Meaning::Protocol, &["ip_proto"]),
        (Meaning::Source, &["ip_src"]),
        (Meaning::SourcePort, &["port_src"]),
        (Meaning::Destination, &["ip_dst"]),
        (Meaning::Port, &["port_dst"]),
        (Meaning::Packets, &["packets"]),
        (Meaning::Bytes, &["bytes"]),
        (Meaning::Code, &["country_ip_src"]),
    ],
    extras: &[],
    whole: None,
    read: |object, mut fields, add| {
        fields.tie = one_way(&fields, object.source_port(), Sign::None);
        add(&fields);
    },
};
