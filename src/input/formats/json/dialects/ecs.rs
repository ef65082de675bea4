//! Elastic's Common Schema, nested or with dots in keys, as Beats, Elastic Agent and many others write it.
//!
//! Source: <https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html>. Who sends to whom is told by
//! `source` and `destination` of the connection, so there are no replies. In a log that has other events,
//! alerts are repeats, and so are reports of a flow that goes on (`flow.final` is false).

use super::super::dialect::{Dialect, Object};
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::Telling;

pub(super) static ECS: Dialect = Dialect {
    about: About {
        name: "ecs",
        title: "Elastic Common Schema",
        counted: "each event with a destination, by `source.packets`; the host is `observer.name`, else the destination \
                  address; alerts and reports of flows that go on are repeats where there are others",
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
    whole: Some(is_whole),
    read: |object, mut fields, add| {
        if object.records.whole && !is_whole(object) {
            fields.tie.telling = Telling::Beside;
        }
        add(&fields);
    },
};

fn is_whole(object: &Object<'_>) -> bool {
    object.extra(0) != b"alert" && object.extra(1) != b"false"
}
