//! Suricata's eve.json, an object an event.
//!
//! Source: <https://docs.suricata.io/en/latest/output/eve/eve-json-format.html>. A flow is told of by its
//! `flow` record when it ends, with its packets, and before that by an alert, an http or a dns record and
//! so on, all with the same `flow_id`. The first record of a `flow_id` counts, so that flows count whose own
//! record is in another file, and the flow record by the packets that were not told of before, at the time at which
//! the flow began. A flow has the direction of its first packet, so there are no replies; `netflow` records are one
//! way each. An alert about a packet to the client, or what was found in one, has its ends the other way round.

use super::super::dialect::Dialect;
use super::super::rules::one_way;
use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::record::{Sign, Telling};

pub(super) static EVE: Dialect = Dialect {
    about: About {
        name: "suricata",
        title: "Suricata eve.json",
        counted: "each flow, by its packets to the server, at the time it began; of alerts and other records of a flow \
                  the first counts, the others are repeats; the host is the sensor, else the destination address",
        measures: About::EVERY,
    },
    marks: &[
        &["event_type"],
        &["timestamp"],
        &["dest_port", "flow_id", "icmp_type", "stats"],
    ],
    fields: &[
        (Meaning::Time, &["flow.start", "netflow.start", "timestamp"]),
        (Meaning::Protocol, &["proto"]),
        (Meaning::Source, &["flow.src_ip", "src_ip"]),
        (Meaning::Destination, &["flow.dest_ip", "dest_ip"]),
        (Meaning::Port, &["flow.dest_port", "dest_port"]),
        (Meaning::Packets, &["flow.pkts_toserver", "netflow.pkts"]),
        (Meaning::Bytes, &["flow.bytes_toserver", "netflow.bytes"]),
        (Meaning::Host, &["host"]),
    ],
    extras: &["event_type", "flow_id", "flow.src_port", "direction", "src_port"],
    whole: None,
    read: |object, mut fields, add| {
        let [kind, flow] = [KIND, FLOW].map(|index| object.extra(index));
        // Statistics and the like are of no flow.
        if flow.is_empty() && fields.protocol.is_empty() {
            return;
        }
        if !matches!(kind, b"flow" | b"netflow") {
            (fields.packets, fields.bytes) = (b"", b"");
            let source_port = object.extra(SOURCE_PORT);
            if object.extra(FLOW_SOURCE).is_empty() && is_turned(&fields, object.extra(DIRECTION), source_port) {
                std::mem::swap(&mut fields.source, &mut fields.destination);
                fields.port = source_port;
            }
        }
        if !flow.is_empty() {
            fields.tie = fields.tie.told_by([flow, fields.host]);
            if kind == b"flow" {
                fields.tie.telling = Telling::Ends;
            }
        }
        add(&fields);
    },
};

const KIND: usize = 0;
const FLOW: usize = 1;
const FLOW_SOURCE: usize = 2;
const DIRECTION: usize = 3;
const SOURCE_PORT: usize = 4;

/// Whether the ends of a record are those of a packet to the client: it says so, or says nothing and comes from
/// the port of a server.
fn is_turned(fields: &Fields<'_>, direction: &[u8], source_port: &[u8]) -> bool {
    match direction {
        b"to_client" => true,
        b"" => one_way(fields, source_port, Sign::None).sign == Sign::FromServer,
        _ => false,
    }
}
