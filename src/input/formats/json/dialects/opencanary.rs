//! OpenCanary: an object an event.
//!
//! Source: <https://github.com/thinkst/opencanary/blob/master/opencanary/logger.py>, which numbers the kinds of events
//! (`logtype`). 1000 to 1006 and a port of -1 are the honeypot's own. Several events of a service from
//! one port of a source are one session: those after the first are repeats. `local_time` is UTC.

use super::super::dialect::Dialect;
use crate::input::columns::Meaning;
use crate::input::format::About;

pub(super) static OPENCANARY: Dialect = Dialect {
    about: About {
        name: "opencanary",
        title: "OpenCanary honeypot, JSON",
        counted: "each session and each probe of a port; the host is the node (`node_id`); there are no replies, and \
                  further events of a session are repeats",
        measures: About::RECORDS,
    },
    marks: &[&["logtype"], &["node_id"]],
    fields: &[
        (Meaning::Time, &["utc_time", "local_time"]),
        (Meaning::Source, &["src_host"]),
        (Meaning::Destination, &["dst_host"]),
        (Meaning::Port, &["dst_port"]),
        (Meaning::Host, &["node_id"]),
    ],
    extras: &["logtype", "src_port", "logdata.PROTO"],
    whole: None,
    read: |object, mut fields, add| {
        let [kind, source_port, protocol] = [0, 1, 2].map(|index| object.extra(index));
        if fields.port == b"-1" || matches!(kind, [b'1', b'0', b'0', _]) {
            return;
        }
        let source = object.source();
        fields.protocol = match kind {
            // TFTP, NTP, SNMP and SIP.
            b"10001" | b"11001" | b"13001" | b"15001" => b"udp",
            _ if protocol.is_empty() => b"tcp",
            _ => protocol,
        };
        let is_probe = kind.len() == 4 && kind.starts_with(b"500");
        if !is_probe && !matches!(source_port, b"" | b"-1" | b"0") {
            fields.tie = fields.tie.told_by([source, source_port, fields.host, fields.port]);
        }
        add(&fields);
    },
};
