//! The packets of a log by source, port and host, the busiest first.

use crate::log::Log;
use crate::words::{short_hosts, spoken_name};

/// Names and packets, the busiest first; of equals, the first by name.
pub type Sums = Vec<(String, u64)>;

/// The sources that have packets.
pub fn sources(log: &Log) -> Sums {
    let mut packets = vec![0; log.names.sources.len()];
    for bubble in log.bubbles.iter() {
        packets[bubble.source as usize] += bubble.packets;
    }
    let names = log.names.sources.iter().map(|source| spoken_name(source).to_owned());
    busiest(names.zip(packets))
}

/// The ports.
pub fn ports(log: &Log) -> Sums {
    let mut packets = vec![0; log.ends.len()];
    for bubble in log.bubbles.iter() {
        packets[bubble.port as usize] += bubble.packets;
    }
    busiest((0..).zip(packets).map(|(slot, packets)| (log.end_text(slot), packets)))
}

/// The hosts; none where the log does not name several, or its bubbles are not told apart by them.
pub fn hosts(log: &Log) -> Sums {
    let mut packets = vec![0; log.names.hosts.len()];
    for bubble in log.bubbles.iter() {
        let Some(host) = packets.get_mut(bubble.host as usize) else {
            return Vec::new();
        };
        *host += bubble.packets;
    }
    let named = log.names.hosts.iter().any(|host| !host.is_empty());
    if !named || packets.len() < 2 {
        return Vec::new();
    }
    busiest(short_hosts(&log.names.hosts).into_iter().zip(packets))
}

/// The number of hosts that have a name and packets, of a log that tells them apart.
pub fn named_hosts(log: &Log) -> usize {
    let mut have_packets = vec![false; log.names.hosts.len()];
    for bubble in log.bubbles.iter() {
        if let Some(host) = have_packets.get_mut(bubble.host as usize) {
            *host = true;
        }
    }
    let hosts = log.names.hosts.iter().zip(have_packets);
    hosts
        .filter(|(name, has_packets)| *has_packets && !name.is_empty())
        .count()
}

fn busiest(packets: impl Iterator<Item = (String, u64)>) -> Sums {
    let mut all: Sums = packets.filter(|(_, packets)| *packets > 0).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all
}
