//! Results of Splunk searches as JSON, with the names of its Common Information Model, below `result` or not.
//!
//! Source: <https://docs.splunk.com/Documentation/CIM/latest/User/NetworkTraffic>. Who sends to whom is told by
//! `src` and `dest` of the connection, so there are no replies.

use super::super::dialect::Dialect;
use crate::input::columns::Meaning;
use crate::input::format::About;

pub(super) static SPLUNK: Dialect = Dialect {
    about: About {
        name: "splunk",
        title: "Splunk search results (Common Information Model), JSON",
        counted: "each event, by its packets; the host is `dest_host`, else the destination address",
        measures: About::EVERY,
    },
    marks: &[&["_time"], &["dest_port", "dest_ip", "dest"]],
    fields: &[
        (Meaning::Time, &["_time"]),
        (Meaning::Protocol, &["transport", "protocol_id", "proto", "protocol"]),
        (Meaning::Source, &["src_ip", "src"]),
        (Meaning::SourcePort, &["src_port"]),
        (Meaning::Destination, &["dest_ip", "dest"]),
        (Meaning::Port, &["dest_port"]),
        (Meaning::Packets, &["packets"]),
        (Meaning::Bytes, &["bytes"]),
        (Meaning::Code, &["src_country_code"]),
        (Meaning::Country, &["src_country", "Country"]),
        (Meaning::Host, &["dest_host"]),
    ],
    extras: &[],
    whole: None,
    read: |_, fields, add| add(&fields),
};
