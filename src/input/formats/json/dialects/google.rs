//! Google Cloud's VPC flow logs, as Cloud Logging exports them (below `jsonPayload`) or as they are.
//!
//! Source: <https://cloud.google.com/vpc/docs/about-flow-logs-records>. A record is one way of a flow. Where
//! both ends are machines of the project, both report it: that of the source is a repeat then. Countries
//! are three small letters.

use super::super::dialect::Dialect;
use super::super::rules::one_way;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::{Sign, Telling};

pub(super) static GOOGLE: Dialect = Dialect {
    about: About {
        name: "google-vpc",
        title: "Google Cloud VPC flow logs",
        counted: "each record of a flow's way, by `packets_sent`; the host is the receiving machine, else the \
                  destination address; ways back are replies, and what the source reports of a flow between two \
                  machines of the project is a repeat",
        measures: About::EVERY,
    },
    marks: &[&["reporter"], &["connection.dest_ip"], &["connection.src_ip"]],
    fields: &[
        (Meaning::Time, &["start_time", "end_time", "timestamp"]),
        (Meaning::Protocol, &["connection.protocol"]),
        (Meaning::Source, &["connection.src_ip"]),
        (Meaning::SourcePort, &["connection.src_port"]),
        (Meaning::Destination, &["connection.dest_ip"]),
        (Meaning::Port, &["connection.dest_port"]),
        (Meaning::Packets, &["packets_sent"]),
        (Meaning::Bytes, &["bytes_sent"]),
        (Meaning::Code, &["src_location.country"]),
        (Meaning::Host, &["dest_instance.vm_name"]),
    ],
    extras: &["reporter"],
    whole: None,
    read: |object, mut fields, add| {
        fields.tie = one_way(&fields, object.source_port(), Sign::None);
        if object.extra(0) == b"SRC" && !fields.host.is_empty() {
            fields.tie.telling = Telling::Beside;
        }
        add(&fields);
    },
};
