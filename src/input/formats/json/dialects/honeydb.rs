//! The agent of HoneyDB: an object an event of a connection (`CONNECT`, `RX`, `TX`).
//!
//! Source: <https://honeydb-agent-docs.readthedocs.io>. Events of a connection have its `session`; those after
//! the first are repeats.

use super::super::dialect::Dialect;
use crate::input::columns::Meaning;
use crate::input::format::About;

pub(super) static HONEYDB: Dialect = Dialect {
    about: About {
        name: "honeydb",
        title: "HoneyDB agent, JSON",
        counted: "each connection, by its first event; the host is the local one; there are no replies, and further events \
                  of a connection are repeats",
        measures: About::RECORDS,
    },
    marks: &[&["remote_host"], &["local_port"], &["event"]],
    fields: &[
        (Meaning::Time, &["date_time", "time"]),
        (Meaning::Protocol, &["protocol"]),
        (Meaning::Source, &["remote_host"]),
        (Meaning::Destination, &["local_host"]),
        (Meaning::Port, &["local_port"]),
    ],
    extras: &["session"],
    whole: None,
    read: |object, mut fields, add| {
        let session = object.extra(0);
        if !session.is_empty() {
            fields.tie = fields.tie.told_by([session]);
        }
        add(&fields);
    },
};
