//! Objects of no program that is known, with the usual names for a time, a protocol, ports and addresses.
//!
//! The destination port is the server's. Where an object has both addresses and both ports, packets to whoever began
//! a conversation are replies.

use super::super::dialect::Dialect;
use super::super::rules::one_way;
use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::record::Sign;

const TIMES: &[&str] = &[
    "@timestamp",
    "timestamp",
    "time",
    "ts",
    "datetime",
    "date_time",
    "event_time",
    "eventTime",
    "start_time",
    "startTime",
    "flow_start",
    "start",
    "first_seen",
    "Timestamp",
    "Time",
    "EventTime",
    "TimeGenerated",
    "FlowStartTime",
    "FlowStartTime_t",
    "utc_time",
    "date",
    "epoch",
];

const PROTOCOLS: &[&str] = &[
    "proto",
    "protocol",
    "transport",
    "ip_proto",
    "ipProtocol",
    "ip_protocol",
    "l4_proto",
    "l4_protocol",
    "network.transport",
    "network.protocol",
    "transport_protocol",
    "protocol_name",
    "Proto",
    "Protocol",
    "L4Protocol",
    "L4Protocol_s",
    "TransportProtocol",
];

const PORTS: &[&str] = &[
    "dst_port",
    "dest_port",
    "destination_port",
    "dport",
    "dpt",
    "dstport",
    "dstPort",
    "destPort",
    "destinationPort",
    "DstPort",
    "DestPort",
    "DestPort_d",
    "DestinationPort",
    "dst.port",
    "dest.port",
    "destination.port",
    "local_port",
    "server_port",
    "port",
];

const SOURCES: &[&str] = &[
    "src_ip",
    "source_ip",
    "srcip",
    "src_addr",
    "srcaddr",
    "src",
    "sourceIP",
    "sourceIp",
    "srcIp",
    "sourceAddress",
    "source_address",
    "SrcIp",
    "SrcIP",
    "SrcIP_s",
    "SourceIP",
    "SourceIp",
    "src.ip",
    "source.ip",
    "source.address",
    "client_ip",
    "clientIp",
    "client.ip",
    "remote_ip",
    "remote_host",
    "remote_addr",
    "attacker_ip",
    "peerIP",
    "source",
];

const DESTINATIONS: &[&str] = &[
    "dst_ip",
    "dest_ip",
    "destination_ip",
    "dstip",
    "dst_addr",
    "dstaddr",
    "dst",
    "destinationIP",
    "destinationIp",
    "dstIp",
    "destIp",
    "destinationAddress",
    "destination_address",
    "DstIp",
    "DestIp",
    "DestIP",
    "DestIP_s",
    "DestinationIP",
    "DestinationIp",
    "dst.ip",
    "dest.ip",
    "destination.ip",
    "destination.address",
    "server_ip",
    "serverIp",
    "local_ip",
    "local_host",
    "dest",
    "destination",
];

const CODES: &[&str] = &[
    "country_code",
    "country_code2",
    "country_iso_code",
    "countryCode",
    "cc",
    "src_country_code",
    "source_country_code",
    "geoip.country_code2",
    "geoip.country_iso_code",
    "geoip.country_code",
    "source.geo.country_iso_code",
    "src_geo.country_code",
    "geo.country_code",
];

pub(in super::super) static GENERAL: Dialect = Dialect {
    about: About {
        name: "json-general",
        title: "JSON with the usual names, or those of --columns",
        counted: "each object, by its number of packets where there is one; the host is the one named, else the destination \
                  address; with both addresses and both ports, packets to whoever began a conversation are replies",
        measures: About::EVERY,
    },
    marks: &[TIMES, PROTOCOLS],
    fields: &[
        (Meaning::Time, TIMES),
        (Meaning::Protocol, PROTOCOLS),
        (Meaning::Source, SOURCES),
        (
            Meaning::SourcePort,
            &[
                "src_port",
                "source_port",
                "sport",
                "spt",
                "srcport",
                "srcPort",
                "sourcePort",
                "SrcPort",
            ],
        ),
        (Meaning::Destination, DESTINATIONS),
        (Meaning::Port, PORTS),
        (
            Meaning::Packets,
            &[
                "packets",
                "pkts",
                "packets_sent",
                "packetsSent",
                "pkts_toserver",
                "orig_pkts",
                "count",
            ],
        ),
        (
            Meaning::Bytes,
            &[
                "bytes",
                "octets",
                "bytes_sent",
                "bytesSent",
                "bytes_toserver",
                "orig_bytes",
                "Bytes",
            ],
        ),
        (Meaning::Code, CODES),
        (
            Meaning::Country,
            &[
                "country_name",
                "country",
                "src_country",
                "srccountry",
                "source_country",
                "geoip.country_name",
                "source.geo.country_name",
            ],
        ),
        (
            Meaning::Host,
            &[
                "sensor",
                "sensor_name",
                "host",
                "hostname",
                "dst_host",
                "node",
                "device",
            ],
        ),
    ],
    extras: &[],
    whole: None,
    read: |object, mut fields, add| {
        fields.no_packet = false;
        if !fields.port.is_empty() && !object.source_port().is_empty() {
            fields.tie = one_way(&fields, object.source_port(), Sign::None);
        }
        add(&fields);
    },
};
