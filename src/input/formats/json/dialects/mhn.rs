//! Sessions as mnemosyne, the store of the Modern Honey Network, exports them, of any honeypot.
//!
//! Source: <https://github.com/johnnykv/mnemosyne>. `protocol` is a service, or `pcap` for refused connections of
//! TCP.

use super::super::dialect::Dialect;
use super::super::rules::transport_of;
use crate::input::columns::Meaning;
use crate::input::format::About;

pub(super) static MHN: Dialect = Dialect {
    about: About {
        name: "mhn",
        title: "Modern Honey Network (mnemosyne), JSON",
        counted: "each session; the host is the sensor (`identifier`); there are no replies nor repeats",
        measures: About::RECORDS,
    },
    marks: &[&["hpfeed_id", "hpfeed_ids"], &["honeypot"]],
    fields: &[
        (Meaning::Time, &["timestamp"]),
        (Meaning::Protocol, &["protocol"]),
        (Meaning::Source, &["source_ip"]),
        (Meaning::Destination, &["destination_ip"]),
        (Meaning::Port, &["destination_port"]),
        (Meaning::Host, &["identifier"]),
    ],
    extras: &[],
    whole: None,
    read: |_, mut fields, add| {
        fields.protocol = transport_of(fields.protocol);
        add(&fields);
    },
};
