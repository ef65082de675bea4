//! The addresses that a log is from, where it has them: those with the most packets, and their targets.

use super::targets::TargetsByAddress;
use crate::counting::{Kept, Lossy};
use crate::model::Event;

const PACKETS_BYTES: usize = 16 << 20;

/// Packets of an address, and its source.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    packets: u64,
    source: u32,
}

impl Kept for Counted {
    fn size(&self) -> u64 {
        self.packets
    }

    fn merge(&mut self, other: Self) {
        self.packets += other.packets;
        self.source = other.source;
    }

    fn heap_bytes(&self) -> usize {
        0
    }
}

/// The addresses of a log.
#[derive(Debug)]
pub(super) struct Addresses {
    /// All in one cell.
    packets: Lossy<Counted>,
    pub targets: TargetsByAddress,
}

impl Addresses {
    pub fn new() -> Self {
        Self {
            packets: Lossy::new(PACKETS_BYTES),
            targets: TargetsByAddress::new(),
        }
    }

    /// Takes in an event from the address of a token that is not 0, to the port of a slot.
    pub fn add(&mut self, token: u64, slot: u32, event: &Event) {
        self.packets.change(0, token, |kept| {
            kept.packets += event.packets;
            kept.source = event.source;
        });
        self.targets.add(token, slot, event);
    }

    /// The addresses with the most packets: token, source, packets, and how many may be missing.
    pub fn most(&mut self, count: usize) -> Vec<(u64, u32, u64, u64)> {
        let missing = self.packets.missing(0);
        let mut all: Vec<(u64, u32, u64, u64)> = self
            .packets
            .take_series()
            .into_iter()
            .filter_map(|(token, series)| {
                series
                    .first()
                    .map(|(_, kept)| (token, kept.source, kept.packets, missing))
            })
            .collect();
        all.sort_unstable_by_key(|(token, _, packets, _)| (std::cmp::Reverse(*packets), *token));
        all.truncate(count);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Port, Protocol};

    #[test]
    fn the_busiest_come_first() {
        let mut addresses = Addresses::new();
        for (token, rows) in [(5, 3), (6, 9), (7, 1)] {
            let event = Event {
                time_ns: 0,
                port: Port {
                    protocol: Protocol::Tcp,
                    number: 1,
                },
                source: 3,
                host: 1,
                packets: 2,
            };
            (0..rows).for_each(|_| addresses.add(token, 1, &event));
        }
        assert_eq!(addresses.most(2), [(6, 3, 18, 0), (5, 3, 6, 0)]);
    }
}
