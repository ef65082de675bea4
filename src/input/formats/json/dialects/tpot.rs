//! T-Pot, a platform of many honeypots, as its Logstash stores their events in Elasticsearch.
//!
//! Source: <https://github.com/telekom-security/tpotce/blob/master/docker/elk/logstash/dist/logstash.conf>. Events from
//! one port of a source to one port are one connection, whoever tells of it: Suricata, P0f and Fatt see the packets that
//! go to the honeypots, and others. Those after the first are repeats, and so is what T-Pot itself sends. Where there
//! are no ports, those of one flow of Suricata are one. `geoip` is the source, `geoip_ext` the sensor.

use super::super::dialect::Dialect;
use super::super::rules::transport_of;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::{Address, Telling};

pub(super) static TPOT: Dialect = Dialect {
    about: About {
        name: "tpot",
        title: "T-Pot (Elastic), JSON",
        counted: "each connection, by its first event, be it of a honeypot or of Suricata, P0f or Fatt; the host is the \
                  sensor; there are no replies; further events of a connection are repeats",
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
        (Meaning::Destination, &["dest_ip"]),
        (Meaning::Port, &["dest_port"]),
        (Meaning::Code, &["geoip.country_code2", "geoip.country_iso_code"]),
        (Meaning::Country, &["geoip.country_name"]),
        (Meaning::Host, &["t-pot_hostname"]),
    ],
    extras: &[
        "type",
        "src_port",
        "flow_id",
        "protocol",
        "t-pot_ip_int",
        "t-pot_ip_ext",
    ],
    whole: None,
    read: |object, mut fields, add| {
        let [kind, source_port, flow, service, inside, outside] = [0, 1, 2, 3, 4, 5].map(|index| object.extra(index));
        // NGINX serves T-Pot's own pages; statistics are from nowhere.
        if kind == b"NGINX" || object.source().is_empty() {
            return;
        }
        if fields.protocol.is_empty() || is_honeypot(kind) {
            fields.protocol = transport_of(match (fields.protocol, kind) {
                (b"", b"Sentrypeer") => b"sip",
                (b"", b"Ddospot") => b"udp",
                (b"", _) => service,
                (protocol, _) => protocol,
            });
        }
        if fields.destination == Address::None && !inside.is_empty() {
            fields.destination = Address::Text(inside);
        }
        if object.source() == inside || object.source() == outside {
            fields.tie.telling = Telling::Beside;
        } else if !source_port.is_empty() {
            fields.tie = fields.tie.told_by([object.source(), source_port, fields.port]);
        } else if !flow.is_empty() {
            fields.tie = fields.tie.told_by([kind, flow]);
        }
        add(&fields);
    },
};

/// Whether events of this type are those of a honeypot.
fn is_honeypot(kind: &[u8]) -> bool {
    !matches!(kind, b"Suricata" | b"P0f" | b"Fatt" | b"NGINX" | b"")
}
