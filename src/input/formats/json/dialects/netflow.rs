//! NetFlow as Logstash's codec and Elastic's Beats write it, below `netflow`.
//!
//! Sources: <https://www.elastic.co/guide/en/logstash/current/plugins-codecs-netflow.html>,
//! <https://www.elastic.co/guide/en/beats/filebeat/current/exported-fields-netflow.html>. A record is one way of a
//! flow. Its start is told from the start of the exporter, so the time is that of the export.

use super::super::dialect::Dialect;
use super::super::rules::one_way;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::Sign;

pub(super) static NETFLOW: Dialect = Dialect {
    about: About {
        name: "netflow-json",
        title: "NetFlow by Logstash or Beats, JSON",
        counted: "each record of a flow's way, by its packets; the host is the destination address; ways back are replies",
        measures: About::EVERY,
    },
    marks: &[&[
        "netflow.l4_dst_port",
        "netflow.destination_transport_port",
        "netflow.ipv4_dst_addr",
        "netflow.ipv6_dst_addr",
        "netflow.destination_ipv4_address",
        "netflow.destination_ipv6_address",
    ]],
    fields: &[
        (Meaning::Time, &["event.start", "@timestamp"]),
        (Meaning::Protocol, &["netflow.protocol", "netflow.protocol_identifier"]),
        (
            Meaning::Source,
            &[
                "netflow.ipv4_src_addr",
                "netflow.ipv6_src_addr",
                "netflow.source_ipv4_address",
                "netflow.source_ipv6_address",
            ],
        ),
        (
            Meaning::SourcePort,
            &["netflow.l4_src_port", "netflow.source_transport_port"],
        ),
        (
            Meaning::Destination,
            &[
                "netflow.ipv4_dst_addr",
                "netflow.ipv6_dst_addr",
                "netflow.destination_ipv4_address",
                "netflow.destination_ipv6_address",
            ],
        ),
        (
            Meaning::Port,
            &["netflow.l4_dst_port", "netflow.destination_transport_port"],
        ),
        (Meaning::Packets, &["netflow.in_pkts", "netflow.packet_delta_count"]),
        (Meaning::Bytes, &["netflow.in_bytes", "netflow.octet_delta_count"]),
        (
            Meaning::Code,
            &["source.geo.country_iso_code", "geoip_src.country_code2"],
        ),
    ],
    extras: &[],
    whole: None,
    read: |object, mut fields, add| {
        fields.tie = one_way(&fields, object.source_port(), Sign::None);
        add(&fields);
    },
};
