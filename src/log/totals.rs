//! Sums over the events of a log's time range, by port, source and protocol.

use crate::model::Port;

/// Sums so far.
#[derive(Debug)]
pub(super) struct Totals {
    /// Whether a port has packets, by its number among those of both protocols.
    pub seen: Vec<bool>,
    /// Packets by source.
    pub sources: Vec<u64>,
    /// Packets by protocol.
    pub packets: [u64; 2],
}

impl Totals {
    pub fn new() -> Self {
        Self {
            seen: vec![false; Port::COUNT],
            sources: Vec::new(),
            packets: [0; 2],
        }
    }

    #[inline]
    pub fn add(&mut self, port: usize, source: usize, packets: u64) {
        self.seen[port] = true;
        if source >= self.sources.len() {
            self.sources.resize(source + 1, 0);
        }
        self.sources[source] += packets;
        self.packets[port >> 16] += packets;
    }
}
