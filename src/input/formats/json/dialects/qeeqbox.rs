//! The honeypots of qeeqbox: an object an action.
//!
//! Source: <https://github.com/qeeqbox/honeypots>. A connection has an action `connection` and others that follow;
//! those after the first from one port of a source are repeats. The server's name tells the transport.

use super::super::dialect::Dialect;
use super::super::rules::transport_of;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::Address;

pub(super) static QEEQBOX: Dialect = Dialect {
    about: About {
        name: "qeeqbox",
        title: "qeeqbox honeypots, JSON",
        counted: "each connection, by its first action; the host is the destination address; there are no replies, and \
                  further actions of a connection are repeats",
        measures: About::RECORDS,
    },
    marks: &[&["action"], &["server"], &["timestamp"], &["dest_port", "status"]],
    fields: &[
        (Meaning::Time, &["timestamp"]),
        (Meaning::Protocol, &["server"]),
        (Meaning::Source, &["src_ip"]),
        (Meaning::Destination, &["dest_ip"]),
        (Meaning::Port, &["dest_port"]),
    ],
    extras: &["action", "src_port"],
    whole: None,
    read: |object, mut fields, add| {
        let [action, source_port] = [0, 1].map(|index| object.extra(index));
        // A server that starts or stops.
        if action == b"process" || object.source().is_empty() {
            return;
        }
        fields.protocol = transport_of(fields.protocol);
        // What the server listens on may be every address.
        if fields.destination == Address::Text(b"0.0.0.0") {
            fields.destination = Address::None;
        }
        if !source_port.is_empty() {
            fields.tie = fields.tie.told_by([object.source(), source_port, fields.port]);
        }
        add(&fields);
    },
};
