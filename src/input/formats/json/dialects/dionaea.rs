//! Dionaea's `log_json`: an object a connection, written when it ends.
//!
//! Source: <https://github.com/DinoTools/dionaea/blob/master/modules/python/dionaea/log_json.py>. Connections of the
//! types `accept` and `reject` come from outside; the others are the honeypot's own.

use super::super::dialect::Dialect;
use super::super::rules::transport_of;
use crate::input::columns::Meaning;
use crate::input::format::About;

pub(super) static DIONAEA: Dialect = Dialect {
    about: About {
        name: "dionaea",
        title: "Dionaea honeypot, JSON",
        counted: "each connection that was accepted or rejected; the host is the destination address; there are no replies \
                  nor repeats",
        measures: About::RECORDS,
    },
    marks: &[&["connection.transport"], &["connection.type"]],
    fields: &[
        (Meaning::Time, &["timestamp"]),
        (Meaning::Protocol, &["connection.transport"]),
        (Meaning::Source, &["src_ip"]),
        (Meaning::Destination, &["dst_ip"]),
        (Meaning::Port, &["dst_port"]),
    ],
    extras: &["connection.type"],
    whole: None,
    read: |object, mut fields, add| {
        if !matches!(object.extra(0), b"connect" | b"listen") {
            fields.protocol = transport_of(fields.protocol);
            add(&fields);
        }
    },
};
