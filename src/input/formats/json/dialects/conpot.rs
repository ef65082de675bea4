//! Conpot, a honeypot of industrial controls: an object an event of a session.
//!
//! Source: <https://github.com/mushorg/conpot/blob/master/conpot/core/loggers/json_log.py>. Events of a session have
//! its `id`; those after the first are repeats.

use super::super::dialect::Dialect;
use super::super::rules::transport_of;
use crate::input::columns::Meaning;
use crate::input::format::About;

pub(super) static CONPOT: Dialect = Dialect {
    about: About {
        name: "conpot",
        title: "Conpot honeypot, JSON",
        counted: "each session, by its first event; the host is the sensor, else the destination address; there are no \
                  replies, and further events of a session are repeats",
        measures: About::RECORDS,
    },
    marks: &[&["data_type"], &["dst_port"], &["src_ip", "remote"]],
    fields: &[
        (Meaning::Time, &["timestamp"]),
        (Meaning::Protocol, &["data_type"]),
        (Meaning::Source, &["src_ip"]),
        (Meaning::Destination, &["dst_ip"]),
        (Meaning::Port, &["dst_port"]),
        (Meaning::Host, &["sensorid"]),
    ],
    extras: &["id"],
    whole: None,
    read: |object, mut fields, add| {
        fields.protocol = transport_of(fields.protocol);
        if fields.host == b"default" {
            fields.host = b"";
        }
        let session = object.extra(0);
        if !session.is_empty() {
            fields.tie = fields.tie.told_by([session]);
        }
        add(&fields);
    },
};
