//! Cowrie, a honeypot of SSH and Telnet: an object an event of a session.
//!
//! Source: <https://docs.cowrie.org/en/latest/OUTPUT.html>. A session begins with `cowrie.session.connect`, which
//! alone has the port that was connected to, and is counted. Logins, commands and the ports of connections
//! that a visitor has the honeypot make are what happens in a session.

use super::super::dialect::Dialect;
use crate::input::columns::Meaning;
use crate::input::format::About;

pub(super) static COWRIE: Dialect = Dialect {
    about: About {
        name: "cowrie",
        title: "Cowrie honeypot, JSON",
        counted: "each session, by its event `cowrie.session.connect`; the host is the sensor; there are no replies, and \
                  the other events of a session are no records",
        measures: About::RECORDS,
    },
    marks: &[&["eventid"], &["session"]],
    fields: &[
        (Meaning::Time, &["timestamp"]),
        (Meaning::Source, &["src_ip"]),
        (Meaning::Destination, &["dst_ip"]),
        (Meaning::Port, &["dst_port"]),
        (Meaning::Host, &["sensor"]),
    ],
    extras: &["eventid"],
    whole: None,
    read: |object, mut fields, add| {
        if object.extra(0) == b"cowrie.session.connect" {
            fields.protocol = b"tcp";
            add(&fields);
        }
    },
};
