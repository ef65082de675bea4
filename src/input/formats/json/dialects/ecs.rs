//! Elastic's Common Schema, nested or with dots in keys, as Beats, Elastic Agent and many others write it.
//!
//! Source: <https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html>. Who sends to whom is told by
//! `source` and `destination` of the connection, so there are no replies. Records with both addresses and ports tell of a
//! connection: its first alert counts, and its event by the packets that were not told of before; further alerts are
//! repeats. A report of a flow that goes on (`flow.final` is false) has its packets so far, and counts by those that
//! were not told of before.

use super::super::dialect::Dialect;
use super::super::rules::one_way;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::{Sign, Telling};

pub(super) static ECS: Dialect = Dialect {
    about: About {
        name: "ecs",
        title: "Elastic Common Schema",
        counted: "each event with a destination, by `source.packets`; of alerts of a connection the first counts, the \
                  others and those beside its event are repeats; the host is `observer.name`, else the destination address",
        measures: About::EVERY,
    },
    marks: &[
        &["destination.ip", "destination.address", "destination.port"],
        &["source.ip", "source.address", "source.port"],
        &["@timestamp", "event.start", "event.created"],
    ],
    fields: &[
        (Meaning::Time, &["event.start", "@timestamp", "event.created"]),
        (Meaning::Protocol, &["network.transport", "network.iana_number"]),
        (Meaning::Source, &["source.ip", "source.address"]),
        (Meaning::SourcePort, &["source.port"]),
        (Meaning::Destination, &["destination.ip", "destination.address"]),
        (Meaning::Port, &["destination.port"]),
        (Meaning::Packets, &["source.packets", "network.packets"]),
        (Meaning::Bytes, &["source.bytes", "network.bytes"]),
        (Meaning::Code, &["source.geo.country_iso_code"]),
        (Meaning::Country, &["source.geo.country_name"]),
        (Meaning::Host, &["observer.name"]),
    ],
    extras: &["event.kind", "flow.final"],
    whole: None,
    read: |object, mut fields, add| {
        // As of what tells of both ways, but without replies.
        let ends = one_way(&fields, object.source_port(), Sign::None);
        if ends.conversation != 0 {
            fields.tie.connection = ends.conversation;
            fields.tie.telling = match (object.extra(KIND), object.extra(FINAL)) {
                (b"alert", _) => Telling::Again,
                (_, b"false") => Telling::Sums,
                _ => Telling::Ends,
            };
        }
        add(&fields);
    },
};

const KIND: usize = 0;
const FINAL: usize = 1;
