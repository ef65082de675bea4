//! Suricata's eve.json, an object an event.
//!
//! Source: <https://docs.suricata.io/en/latest/output/eve/eve-json-format.html>. A flow is told of by its
//! `flow` record when it ends, with its packets, and before that by an alert, an http or a dns record and
//! so on, all with the same `flow_id`. Where the log has flow records, they count, at the time at which
//! the flow began, and the others are repeats. Where it has none, the first record of each `flow_id`
//! counts. A flow has the direction of its first packet, so there are no replies; `netflow` records are one
//! way each.

use super::super::dialect::Dialect;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::Telling;

pub(super) static EVE: Dialect = Dialect {
    about: About {
        name: "suricata",
        title: "Suricata eve.json",
        counted: "each flow, by its packets to the server, at the time it began; alerts and other records of a flow \
                  are repeats, and in a log without flows the first of them counts; the host is the sensor, else the \
                  destination address",
    },
    marks: &[
        &["event_type"],
        &["timestamp"],
        &["dest_port", "flow_id", "icmp_type", "stats"],
    ],
    fields: &[
        (Meaning::Time, &["flow.start", "timestamp"]),
        (Meaning::Protocol, &["proto"]),
        (Meaning::Source, &["src_ip"]),
        (Meaning::Destination, &["dest_ip"]),
        (Meaning::Port, &["dest_port"]),
        (Meaning::Packets, &["flow.pkts_toserver", "netflow.pkts"]),
        (Meaning::Host, &["host"]),
    ],
    extras: &["event_type", "flow_id"],
    whole: Some(|object| object.extra(KIND) == b"flow"),
    read: |object, mut fields, add| {
        let [kind, flow] = [KIND, FLOW].map(|index| object.extra(index));
        // Statistics and the like are of no flow.
        if flow.is_empty() && fields.protocol.is_empty() {
            return;
        }
        if kind != b"flow" {
            fields.packets = if kind == b"netflow" { fields.packets } else { b"" };
            if object.whole {
                fields.tie.telling = Telling::Beside;
            }
        }
        if !object.whole && !flow.is_empty() {
            fields.tie = fields.tie.told_by([flow, fields.host]);
        }
        add(&fields);
    },
};

const KIND: usize = 0;
const FLOW: usize = 1;
