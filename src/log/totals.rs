//! Sums over the events of a log's time range, by port, country and protocol.

use super::kind::PORTS;

/// Sums so far.
#[derive(Debug)]
pub(super) struct Totals {
    /// Whether a port has packets, by its number among those of both protocols.
    pub seen: Vec<bool>,
    /// Packets by country.
    pub countries: Vec<u64>,
    /// Packets by protocol.
    pub packets: [u64; 2],
}

impl Totals {
    pub fn new() -> Self {
        Self {
            seen: vec![false; PORTS],
            countries: Vec::new(),
            packets: [0; 2],
        }
    }

    #[inline]
    pub fn add(&mut self, port: usize, country: usize, packets: u64) {
        self.seen[port] = true;
        if country >= self.countries.len() {
            self.countries.resize(country + 1, 0);
        }
        self.countries[country] += packets;
        self.packets[port >> 16] += packets;
    }
}
