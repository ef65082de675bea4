//! T-Pot, a platform of many honeypots, as its Logstash stores their events in Elasticsearch.
//!
//! Source: <https://github.com/telekom-security/tpotce/blob/master/docker/elk/logstash/dist/logstash.conf>. Events of
//! a honeypot from one port of a source are one connection: those after the first are repeats. Suricata, P0f
//! and Fatt see the packets that go to the honeypots: theirs are repeats in a log that has honeypots. Of
//! Suricata's, those of one flow count once. `geoip` is the source, `geoip_ext` the sensor.

use super::super::dialect::{Dialect, Object};
use super::super::rules::transport_of;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::Telling;

pub(super) static TPOT: Dialect = Dialect {
    about: About {
        name: "tpot",
        title: "T-Pot (Elastic), JSON",
        counted: "each connection to a honeypot, by its first event; the host is the sensor; there are no replies; further \
                  events of a connection are repeats, and so is what Suricata, P0f and Fatt see beside honeypots",
        measures: About::RECORDS,
    },
    marks: &[&["t-pot_hostname", "t-pot_ip_ext"]],
    fields: &[
        (Meaning::Time, &["@timestamp", "timestamp"]),
        (
            Meaning::Protocol,
            &[
                "proto",
                "connection.transport",
                "attack_connection.protocol",
                "transport",
            ],
        ),
        (Meaning::Source, &["src_ip"]),
        (Meaning::Destination, &["dest_ip", "t-pot_ip_int"]),
        (Meaning::Port, &["dest_port"]),
        (Meaning::Code, &["geoip.country_code2", "geoip.country_iso_code"]),
        (Meaning::Country, &["geoip.country_name"]),
        (Meaning::Host, &["t-pot_hostname"]),
    ],
    extras: &["type", "src_port", "flow_id", "protocol"],
    whole: Some(is_honeypot),
    read: |object, mut fields, add| {
        let [kind, source_port, flow, service] = [0, 1, 2, 3].map(|index| object.extra(index));
        // NGINX serves T-Pot's own pages; statistics are from nowhere.
        if kind == b"NGINX" || object.source().is_empty() {
            return;
        }
        if fields.protocol.is_empty() || is_honeypot(object) {
            fields.protocol = transport_of(match (fields.protocol, kind) {
                (b"", b"Sentrypeer") => b"sip",
                (b"", b"Ddospot") => b"udp",
                (b"", _) => service,
                (protocol, _) => protocol,
            });
        }
        if object.records.whole && !is_honeypot(object) {
            fields.tie.telling = Telling::Beside;
        } else if !flow.is_empty() {
            fields.tie = fields.tie.told_by([kind, flow]);
        } else if !source_port.is_empty() {
            fields.tie = fields.tie.told_by([kind, object.source(), source_port, fields.port]);
        }
        add(&fields);
    },
};

fn is_honeypot(object: &Object<'_>) -> bool {
    !matches!(object.extra(0), b"Suricata" | b"P0f" | b"Fatt" | b"NGINX" | b"")
}
