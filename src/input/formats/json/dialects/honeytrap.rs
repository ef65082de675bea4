//! Two honeypots called Honeytrap: the one in C, whose objects have `attack_connection`, and the one in Go,
//! whose names have hyphens.
//!
//! Sources: <https://github.com/armedpot/honeytrap/> (log plugin for JSON),
//! <https://github.com/honeytrap/honeytrap/blob/master/event/event.go>. The one in C writes an object an attack. The
//! one in Go writes what happens in a connection: events after the first from one port of a source are
//! repeats, and those without ports no traffic.

use super::super::dialect::Dialect;
use super::super::rules::transport_of;
use crate::input::columns::Meaning;
use crate::input::format::About;

pub(super) static HONEYTRAP: Dialect = Dialect {
    about: About {
        name: "honeytrap",
        title: "Honeytrap honeypot (C), JSON",
        counted: "each attack; the host is the local address; there are no replies nor repeats",
        measures: About::RECORDS,
    },
    marks: &[&["attack_connection"]],
    fields: &[
        (Meaning::Time, &["timestamp"]),
        (Meaning::Protocol, &["attack_connection.protocol"]),
        (Meaning::Source, &["attack_connection.remote_ip"]),
        (Meaning::Destination, &["attack_connection.local_ip"]),
        (Meaning::Port, &["attack_connection.local_port"]),
    ],
    extras: &[],
    whole: None,
    read: |_, fields, add| add(&fields),
};

pub(super) static HONEYTRAP_GO: Dialect = Dialect {
    about: About {
        name: "honeytrap-go",
        title: "Honeytrap honeypot (Go), JSON",
        counted: "each connection, by its first event; the host is the destination address; there are no replies, and \
                  further events of a connection are repeats",
        measures: About::RECORDS,
    },
    marks: &[&["category"], &["source-ip"], &["date"]],
    fields: &[
        (Meaning::Time, &["date"]),
        (Meaning::Protocol, &["protocol", "category"]),
        (Meaning::Source, &["source-ip"]),
        (Meaning::Destination, &["destination-ip"]),
        (Meaning::Port, &["destination-port"]),
    ],
    extras: &["source-port"],
    whole: None,
    read: |object, mut fields, add| {
        let source_port = object.extra(0);
        fields.protocol = transport_of(fields.protocol);
        if !source_port.is_empty() {
            fields.tie = fields.tie.told_by([object.source(), source_port, fields.port]);
        }
        add(&fields);
    },
};
