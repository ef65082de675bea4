//! The web honeypot of a DShield sensor: an object a request.
//!
//! Source: <https://github.com/DShield-ISC/dshield> (`srv/web`). It has no port: requests come to port 80.

use super::super::dialect::Dialect;
use crate::input::columns::Meaning;
use crate::input::format::About;

pub(super) static DSHIELD: Dialect = Dialect {
    about: About {
        name: "dshield-web",
        title: "DShield's web honeypot, JSON",
        counted: "each request, as one to port 80; the host is the destination address; there are no replies nor repeats",
        measures: About::RECORDS,
    },
    marks: &[&["sip"], &["dip"], &["useragent", "headers"]],
    fields: &[
        (Meaning::Time, &["time"]),
        (Meaning::Source, &["sip"]),
        (Meaning::Destination, &["dip"]),
        (Meaning::Port, &["dport"]),
    ],
    extras: &[],
    whole: None,
    read: |_, mut fields, add| {
        fields.protocol = b"tcp";
        if fields.port.is_empty() {
            fields.port = b"80";
        }
        add(&fields);
    },
};
