//! Two logs whose sources, ports and hosts have the same numbers, so that one can be laid out as the other.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::bubbles::{Bubble, Bubbles};
use super::{Ends, Log};
use crate::model::{Names, Port, SEVERAL_HOSTS, Source};

impl Log {
    /// This log and another, each with the sources, ports and hosts of both.
    #[must_use]
    pub fn united(&self, other: &Self) -> [Self; 2] {
        let ports: BTreeSet<Port> = self.ends.ports().chain(other.ends.ports()).collect();
        let ports: Vec<Port> = ports.into_iter().collect();
        let sources = united(&self.names.sources, &other.names.sources);
        let hosts: BTreeSet<&String> = self.names.hosts.iter().chain(&other.names.hosts).collect();
        let names = Names {
            sources,
            hosts: hosts.into_iter().cloned().collect(),
        };
        [self, other].map(|log| log.numbered(&ports, &names))
    }

    /// The same log with other numbers of its ports, sources and hosts, which are among these.
    fn numbered(&self, ports: &[Port], names: &Names) -> Self {
        let sources = &names.sources;
        let slots: Vec<u32> = self
            .ends
            .ports()
            .map(|port| ports.partition_point(|other| *other < port) as u32)
            .collect();
        // The first is none in each.
        let numbers: Vec<u32> = (0..)
            .zip(&self.names.sources)
            .map(|(index, source)| match index {
                0 => 0,
                _ => 1 + sources[1..].partition_point(|other| other.code < source.code) as u32,
            })
            .collect();
        let hosts: Vec<u32> = self
            .names
            .hosts
            .iter()
            .map(|host| names.hosts.partition_point(|other| other < host) as u32)
            .collect();
        let mut source_packets = vec![0; sources.len()];
        for (number, packets) in numbers.iter().zip(&self.source_packets) {
            source_packets[*number as usize] += packets;
        }
        let counts = [ports.len(), sources.len(), names.hosts.len()];
        let renumbered = self.bubbles.iter().map(|bubble| Bubble {
            port: slots[bubble.port as usize],
            source: numbers[bubble.source as usize],
            host: hosts.get(bubble.host as usize).copied().unwrap_or(SEVERAL_HOSTS),
            ..bubble
        });
        let bubbles = Bubbles::new(self.bubbles.unit_ns(), counts).ordered(renumbered, self.bubbles.len());
        Self {
            names: names.clone(),
            ends: Ends::of_ports(ports.iter().copied()),
            bubbles: Arc::new(bubbles),
            source_packets,
            ..self.clone()
        }
    }
}

/// The sources of two logs: the first of each, which is none, and then by code.
fn united(ones: &[Source], others: &[Source]) -> Vec<Source> {
    let [unknown, ..] = ones else { return others.to_vec() };
    let mut rest: Vec<&Source> = ones[1..].iter().chain(others.get(1..).unwrap_or_default()).collect();
    // Of one code, the name of the first log stays.
    rest.sort_by_key(|source| &source.code);
    rest.dedup_by_key(|source| &source.code);
    std::iter::once(unknown).chain(rest).cloned().collect()
}
