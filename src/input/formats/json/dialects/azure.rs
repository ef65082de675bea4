//! Azure's flow logs: of network security groups (versions 1 and 2) and of virtual networks (version 4).
//! An object holds the flows of a minute as texts, tuples of values with commas between them.
//!
//! Sources: <https://learn.microsoft.com/azure/network-watcher/nsg-flow-logs-overview>,
//! <https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview>. A tuple has the direction of
//! its flow, so there are no replies. A flow is told of when it begins (B), while it goes on (C) and when
//! it ends (E), the latter two with the packets since the tuple before: these count by them, and B, without
//! packets, is a repeat. A flow that is denied is told of once, and counts as one packet.

use memchr::memmem;

use super::super::dialect::{Dialect, Object};
use super::super::paths::texts_of;
use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::record::{Address, Telling};

pub(super) static NSG: Dialect = Dialect {
    about: About {
        name: "azure-nsg",
        title: "Azure NSG flow logs, versions 1 and 2",
        counted: "each tuple of a flow that goes on or ends, by its packets from the source since the one before, and \
                  each that is denied; the host is the destination address; tuples of beginnings are repeats",
        measures: About::EVERY,
    },
    marks: &[&["category"], &["properties.flows"]],
    fields: &[(Meaning::Time, &["time"])],
    extras: &["properties.flows"],
    whole: None,
    read: |object, fields, add| {
        read_tuples(object, |tuple| {
            let values = values_of(tuple);
            let [.., decision, state, packets, bytes] = values;
            // Version 1 has no states, and a tuple for each flow.
            let begins = state == b"B" && decision != b"D";
            let [packets, bytes] = [packets, bytes].map(|number| if state == b"B" { b"" } else { number });
            add(&tuple_fields(&fields, values, [packets, bytes], begins));
        });
    },
};

pub(super) static VNET: Dialect = Dialect {
    about: About {
        name: "azure-vnet",
        title: "Azure virtual network flow logs",
        counted: "as in azure-nsg",
        measures: About::EVERY,
    },
    marks: &[&["category"], &["flowRecords.flows"]],
    fields: &[(Meaning::Time, &["time"])],
    extras: &["flowRecords.flows"],
    whole: None,
    read: |object, fields, add| {
        read_tuples(object, |tuple| {
            let values = values_of(tuple);
            let [.., state, _, packets, bytes] = values;
            let is_sum = !matches!(state, b"B" | b"D");
            let [packets, bytes] = [packets, bytes].map(|number| if is_sum { number } else { b"" });
            add(&tuple_fields(&fields, values, [packets, bytes], state == b"B"));
        });
    },
};

/// Hands over all tuples of an object.
fn read_tuples(object: &Object<'_>, mut read: impl FnMut(&[u8])) {
    let flows = object.container(0).unwrap_or_default();
    for at in memmem::find_iter(flows, b"\"flowTuples\"") {
        texts_of(&flows[at..], &mut read);
    }
}

/// The first values of a tuple; empty where it has fewer.
fn values_of(tuple: &[u8]) -> [&[u8]; 11] {
    let mut values = tuple.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    std::array::from_fn(|_| values.next().unwrap_or_default())
}

/// The fields of a tuple that counts by `packets` and `bytes`; the first values are the same in both formats.
fn tuple_fields<'t>(
    fields: &Fields<'t>,
    [time, source, destination, _, port, protocol, ..]: [&'t [u8]; 11],
    [packets, bytes]: [&'t [u8]; 2],
    begins: bool,
) -> Fields<'t> {
    let mut fields = Fields {
        time,
        source: Address::Text(source),
        destination: Address::Text(destination),
        port,
        protocol: match protocol {
            b"T" => b"tcp",
            b"U" => b"udp",
            number => number,
        },
        packets,
        bytes,
        ..*fields
    };
    if begins {
        fields.tie.telling = Telling::Beside;
    }
    fields
}
