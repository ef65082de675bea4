//! What is kept for bursts and scans: packets by source and port, ports by source, sources by port, each in cells of time.
//! Hosts are kept beside them from the second on that a log has.

use super::open::{Closed, Entry};
use super::unusual::{self, Burst, Fan, Scan, Sent};
use crate::counting::{Grid, HostSet, Hosts, Lossy};

const BURST_BYTES: usize = 24 << 20;
const FAN_BYTES: usize = 32 << 20;

/// The tables of a log.
#[derive(Debug)]
pub(super) enum Tables {
    /// All packets went to a single host so far.
    OneHost(Counted<()>),
    /// Hosts are told apart.
    Hosts(Counted<Hosts>),
}

/// The tables, with what is kept of hosts.
#[derive(Debug)]
pub(super) struct Counted<H> {
    bursts: Lossy<Sent<H>>,
    port_fans: Lossy<Fan<H>>,
    source_fans: Lossy<Fan<H>>,
}

/// The bursts and scans of a log, each kind with the strongest first, and packets of the largest bubbles.
pub(super) struct Unusual {
    pub bursts: Vec<Burst>,
    pub port_scans: Vec<Scan>,
    pub source_scans: Vec<Scan>,
    /// By the bins that were asked for.
    pub largest: Vec<u64>,
}

/// What is asked of the tables.
pub(super) struct Asked<'a, R: Fn(u64) -> u64> {
    /// Length of the bins of bursts, and their number.
    pub bin_ns: i64,
    pub bins: u64,
    /// Lengths of bins whose largest bubbles are wanted.
    pub largest_of_ns: &'a [i64],
    pub burst_grid: Grid,
    pub scan_grid: Grid,
    /// Bursts and scans of each kind.
    pub most: usize,
    /// The place of a source among all.
    pub rank: R,
}

impl Tables {
    /// See [`Counted::add`].
    pub fn add(&mut self, closed: &Closed, cells: [i64; 2]) {
        match self {
            Self::OneHost(counted) => counted.add(closed, cells),
            Self::Hosts(counted) => counted.add(closed, cells),
        }
    }

    /// Joins cells of bursts.
    pub fn join_bursts(&mut self, cell_of: impl Fn(i64) -> i64) {
        match self {
            Self::OneHost(counted) => counted.bursts.join(cell_of),
            Self::Hosts(counted) => counted.bursts.join(cell_of),
        }
    }

    /// Joins cells of scans.
    pub fn join_scans(&mut self, cell_of: impl Fn(i64) -> i64) {
        match self {
            Self::OneHost(counted) => counted.join_scans(cell_of),
            Self::Hosts(counted) => counted.join_scans(cell_of),
        }
    }

    /// Tells hosts apart from now on; `host` is that of all before.
    pub fn tell_hosts(&mut self, host: u32) {
        let before = std::mem::replace(self, Self::OneHost(Counted::new()));
        *self = match before {
            Self::OneHost(counted) => Self::Hosts(counted.with_hosts(host)),
            already @ Self::Hosts(_) => already,
        };
    }

    /// See [`Counted::finish`].
    pub fn finish<R: Fn(u64) -> u64>(self, asked: &Asked<'_, R>) -> Unusual {
        match self {
            Self::OneHost(counted) => counted.finish(asked),
            Self::Hosts(counted) => counted.finish(asked),
        }
    }
}

impl<H: HostSet> Counted<H> {
    pub fn new() -> Self {
        Self {
            bursts: Lossy::new(BURST_BYTES),
            port_fans: Lossy::new(FAN_BYTES),
            source_fans: Lossy::new(FAN_BYTES),
        }
    }

    /// Takes in the entries of a cell, which lies within a cell of bursts and one of scans. A key is a source and the
    /// slot of a port.
    pub fn add(&mut self, closed: &Closed, [burst_cell, scan_cell]: [i64; 2]) {
        for Entry {
            key,
            packets,
            first_hosts,
            ..
        } in &closed.entries
        {
            let (source, slot) = parts(*key);
            self.bursts.change(burst_cell, *key, |sent| {
                sent.packets += packets;
                sent.hosts.insert_first(*first_hosts);
            });
            self.port_fans.change(scan_cell, u64::from(source), |fan| {
                fan.add(slot, *packets, *first_hosts)
            });
            self.source_fans.change(scan_cell, u64::from(slot), |fan| {
                fan.add(source, *packets, *first_hosts)
            });
        }
        for (index, host) in &closed.more_hosts {
            let key = closed.entries[*index as usize].key;
            let (source, slot) = parts(key);
            self.bursts.change(burst_cell, key, |sent| sent.hosts.insert(*host));
            self.port_fans
                .change(scan_cell, u64::from(source), |fan| fan.hosts.insert(*host));
            self.source_fans
                .change(scan_cell, u64::from(slot), |fan| fan.hosts.insert(*host));
        }
    }
}

impl<H: HostSet> Counted<H> {
    fn join_scans(&mut self, cell_of: impl Fn(i64) -> i64) {
        self.port_fans.join(&cell_of);
        self.source_fans.join(&cell_of);
    }

    /// The bursts and scans.
    fn finish<R: Fn(u64) -> u64>(mut self, asked: &Asked<'_, R>) -> Unusual {
        let grid = asked.burst_grid;
        let largest = self.bursts.largest(asked.largest_of_ns.iter().map(|bin_ns| {
            // Bins that are shorter than a cell hold what it holds at most.
            let bin_ns = (*bin_ns).max(grid.length_ns());
            move |cell| grid.start_ns(cell).div_euclid(bin_ns)
        }));
        self.bursts.join(|cell| grid.start_ns(cell).div_euclid(asked.bin_ns));
        let cells = asked.scan_grid.count();
        Unusual {
            bursts: unusual::bursts(self.bursts, asked.bins, asked.most, |burst| {
                let (source, slot) = parts(burst);
                key((asked.rank)(u64::from(source)) as u32, slot)
            }),
            port_scans: unusual::scans(self.port_fans, cells, asked.most, &asked.rank),
            source_scans: unusual::scans(self.source_fans, cells, asked.most, |slot| slot),
            largest,
        }
    }
}

impl Counted<()> {
    /// The same with hosts, all of them being `host` so far.
    pub fn with_hosts(self, host: u32) -> Counted<Hosts> {
        let mut hosts = Hosts::default();
        hosts.insert(host);
        Counted {
            bursts: self.bursts.map(|sent| Sent {
                packets: sent.packets,
                hosts: hosts.clone(),
            }),
            port_fans: self.port_fans.map(|fan| fan.with_hosts(hosts.clone())),
            source_fans: self.source_fans.map(|fan| fan.with_hosts(hosts.clone())),
        }
    }
}

/// A source and the slot of a port in one number.
pub(super) fn key(source: u32, slot: u32) -> u64 {
    (u64::from(source) << 17) | u64::from(slot)
}

/// The source and the slot of a key.
pub(super) fn parts(key: u64) -> (u32, u32) {
    ((key >> 17) as u32, key as u32 & ((1 << 17) - 1))
}
