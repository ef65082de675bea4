//! Heralding, a honeypot that collects credentials: an object a session.
//!
//! Source: <https://github.com/johnnykv/heralding> (`log_session.json`).

use super::super::dialect::Dialect;
use super::super::rules::transport_of;
use crate::input::columns::Meaning;
use crate::input::format::About;

pub(super) static HERALDING: Dialect = Dialect {
    about: About {
        name: "heralding",
        title: "Heralding honeypot, JSON",
        counted: "each session; the host is the destination address; there are no replies nor repeats",
        measures: About::RECORDS,
    },
    marks: &[&["num_auth_attempts"], &["session_id"], &["destination_port"]],
    fields: &[
        (Meaning::Time, &["timestamp"]),
        (Meaning::Protocol, &["protocol"]),
        (Meaning::Source, &["source_ip"]),
        (Meaning::Destination, &["destination_ip"]),
        (Meaning::Port, &["destination_port"]),
    ],
    extras: &[],
    whole: None,
    read: |_, mut fields, add| {
        fields.protocol = transport_of(fields.protocol);
        add(&fields);
    },
};
