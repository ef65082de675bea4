//! Flows as goflow2 and its ancestor goflow write them.
//!
//! Sources: <https://github.com/netsampler/goflow2/blob/main/docs/protocols.md>,
//! <https://github.com/cloudflare/goflow>. A record is one way of a flow, sampled: a packet stands for
//! `sampling_rate` packets. goflow's addresses may be bytes in base64.

use super::super::dialect::{Dialect, Object};
use super::super::rules::{base64_address, one_way, sampled};
use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::record::{Address, Sign};

const COUNTED: &str = "each record of a flow's way, by its packets times the sampling rate; the host is the destination \
                       address; ways back are replies";

pub(super) static GOFLOW2: Dialect = Dialect {
    about: About {
        name: "goflow2",
        title: "goflow2 (NetFlow, IPFIX, sFlow), JSON",
        counted: COUNTED,
        measures: About::EVERY,
    },
    marks: &[&["time_flow_start_ns", "time_received_ns"], &["src_addr"]],
    fields: &[
        (Meaning::Time, &["time_flow_start_ns", "time_received_ns"]),
        (Meaning::Protocol, &["proto"]),
        (Meaning::Source, &["src_addr"]),
        (Meaning::SourcePort, &["src_port"]),
        (Meaning::Destination, &["dst_addr"]),
        (Meaning::Port, &["dst_port"]),
        (Meaning::Packets, &["packets"]),
        (Meaning::Bytes, &["bytes"]),
    ],
    extras: &["sampling_rate"],
    whole: None,
    read,
};

pub(super) static GOFLOW: Dialect = Dialect {
    about: About {
        name: "goflow",
        title: "goflow 1 (NetFlow, IPFIX, sFlow), JSON",
        counted: COUNTED,
        measures: About::EVERY,
    },
    marks: &[&["TimeFlowStart", "TimeReceived"], &["SrcAddr"]],
    fields: &[
        (Meaning::Time, &["TimeFlowStart", "TimeReceived"]),
        (Meaning::Protocol, &["Proto"]),
        (Meaning::Source, &["SrcAddr"]),
        (Meaning::SourcePort, &["SrcPort"]),
        (Meaning::Destination, &["DstAddr"]),
        (Meaning::Port, &["DstPort"]),
        (Meaning::Packets, &["Packets"]),
        (Meaning::Bytes, &["Bytes"]),
    ],
    extras: &["SamplingRate"],
    whole: None,
    read,
};

fn read<'a>(object: &Object<'a>, fields: Fields<'a>, add: &mut dyn FnMut(&Fields<'_>)) {
    let mut fields: Fields<'_> = fields;
    fields.source = address(fields.source);
    fields.destination = address(fields.destination);
    fields.tie = one_way(&fields, object.source_port(), Sign::None);
    let [packets, bytes] =
        [fields.packets, fields.bytes].map(|number| sampled(number, object.extra(0)).map(|number| number.to_string()));
    if let Some(packets) = &packets {
        fields.packets = packets.as_bytes();
    }
    if let Some(bytes) = &bytes {
        fields.bytes = bytes.as_bytes();
    }
    add(&fields);
}

/// An address as text, or as bytes in base64.
fn address(address: Address<'_>) -> Address<'_> {
    match address {
        Address::Text(text) if address.ip().is_none() => base64_address(text).map_or(address, Address::Ip),
        address => address,
    }
}
