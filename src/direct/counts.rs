//! What is counted of a log to find what is worth telling in it, in one pass over its rows or its bubbles and in bounded
//! memory: 40 MB for each of four tables and 48 for targets of addresses, beside what the log names.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::counting::{Counter, Few, Grid, Kept, Lossy};
use crate::model::{Event, Port, SEVERAL_HOSTS};
use crate::profile::targets::TargetsByAddress;

/// Cells that everything is kept in: five minutes in a month, about a bin of its film.
const CELLS: u64 = 1 << 13;
/// Bytes of a table.
const TABLE_BYTES: usize = 40 << 20;
/// Sums of a cell that are added up before the tables are touched.
const MOST_OPEN: usize = 1 << 16;
/// Hosts whose first and last packets are kept.
const MOST_HOSTS: u32 = 1 << 16;

const SLOT_BITS: u32 = 17;
const HOST_BITS: u32 = 20;
/// A host's number where packets went to several; logs have fewer names.
const NO_HOST: u64 = (1 << HOST_BITS) - 1;

/// An event, and the token of its address, 0 where it has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub event: Event,
    pub address: u64,
}

/// Packets, and when the first and the last of them came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    pub packets: u64,
    pub first_ns: i64,
    pub last_ns: i64,
}

impl Default for Sum {
    fn default() -> Self {
        Self {
            packets: 0,
            first_ns: i64::MAX,
            last_ns: i64::MIN,
        }
    }
}

impl Sum {
    #[inline]
    pub fn add(&mut self, other: Self) {
        self.packets += other.packets;
        self.first_ns = self.first_ns.min(other.first_ns);
        self.last_ns = self.last_ns.max(other.last_ns);
    }
}

impl Kept for Sum {
    fn size(&self) -> u64 {
        self.packets
    }

    fn merge(&mut self, other: Self) {
        self.add(other);
    }

    fn heap_bytes(&self) -> usize {
        0
    }
}

/// A source, the slot of a port and a host in one number.
fn who(source: u32, slot: u32, host: u32) -> u64 {
    let host = if host == SEVERAL_HOSTS {
        NO_HOST
    } else {
        u64::from(host)
    };
    pair(source, slot) << HOST_BITS | host
}

/// A source and the slot of a port in one number.
fn pair(source: u32, slot: u32) -> u64 {
    u64::from(source) << SLOT_BITS | u64::from(slot)
}

/// The source and the slot of a pair.
pub(super) fn pair_parts(pair: u64) -> (u32, u32) {
    ((pair >> SLOT_BITS) as u32, pair as u32 & ((1 << SLOT_BITS) - 1))
}

/// The pair of a source and a slot, and the host, of [`who`].
pub(super) fn who_parts(who: u64) -> (u64, u32) {
    let host = match who & NO_HOST {
        NO_HOST => SEVERAL_HOSTS,
        host => host as u32,
    };
    (who >> HOST_BITS, host)
}

/// What was counted.
#[derive(Debug)]
pub(super) struct Counts {
    pub grid: Grid,
    /// All packets, by cell.
    pub cells: BTreeMap<i64, Sum>,
    /// Packets by source, port and host.
    pub pours: Lossy<Sum>,
    /// Ports by source.
    pub ports: Lossy<Few>,
    /// Sources by port.
    pub sources: Lossy<Few>,
    /// Hosts by source and port.
    pub hosts: Lossy<Few>,
    /// Ports of hosts by address; `None` as long as no event has an address.
    pub targets: Option<TargetsByAddress>,
    /// Packets of each source, port and host.
    pub of_sources: Vec<Sum>,
    pub of_ports: Vec<Sum>,
    pub of_hosts: Vec<Sum>,
    pub events: u64,
    open_cell: i64,
    open: HashMap<u64, Sum, RandomState>,
    /// Room for what was open.
    closed: Vec<(u64, Sum)>,
}

impl Counts {
    pub fn new() -> Self {
        Self {
            grid: Grid::new(CELLS),
            cells: BTreeMap::new(),
            pours: Lossy::new(TABLE_BYTES),
            ports: Lossy::new(TABLE_BYTES),
            sources: Lossy::new(TABLE_BYTES),
            hosts: Lossy::new(TABLE_BYTES),
            targets: None,
            of_sources: Vec::new(),
            of_ports: vec![Sum::default(); Port::COUNT],
            of_hosts: Vec::new(),
            events: 0,
            open_cell: i64::MIN,
            open: HashMap::default(),
            closed: Vec::new(),
        }
    }

    /// Takes in an event.
    pub fn add(&mut self, event: &Event) {
        let cell = self.grid.cell(event.time_ns);
        if cell != self.open_cell || self.open.len() >= MOST_OPEN {
            self.close();
            self.reach(event.time_ns);
            self.open_cell = self.grid.cell(event.time_ns);
        }
        let slot = event.port.index();
        let sum = Sum {
            packets: event.packets,
            first_ns: event.time_ns,
            last_ns: event.time_ns,
        };
        self.open
            .entry(who(event.source, slot, event.host))
            .or_default()
            .add(sum);
        self.events += 1;
    }

    /// Makes room for a time in the grid, whose cells may become longer.
    fn reach(&mut self, time_ns: i64) {
        let before = self.grid;
        if !self.grid.reach(time_ns) {
            return;
        }
        let grid = self.grid;
        let cell_of = |cell| grid.cell(before.start_ns(cell));
        self.pours.join(cell_of);
        self.ports.join(cell_of);
        self.sources.join(cell_of);
        self.hosts.join(cell_of);
        for (cell, sum) in std::mem::take(&mut self.cells) {
            self.cells.entry(cell_of(cell)).or_default().add(sum);
        }
    }

    /// Hands what was added up in the open cell to those who keep it.
    pub fn close(&mut self) {
        let cell = self.open_cell;
        let mut sums = std::mem::take(&mut self.closed);
        sums.extend(self.open.drain());
        // By source, then by port, then by host: each table is looked into once for all that it gets.
        sums.sort_unstable_by_key(|(who, _)| *who);
        let mut all = Sum::default();
        let pair_of = |(who, _): &(u64, Sum)| who_parts(*who).0;
        let source_of = |sum: &(u64, Sum)| pair_parts(pair_of(sum)).0;
        for of_source in sums.chunk_by(|a, b| source_of(a) == source_of(b)) {
            let source = source_of(&of_source[0]);
            self.ports.change(cell, u64::from(source), |few| {
                for of_port in of_source.chunk_by(|a, b| pair_of(a) == pair_of(b)) {
                    few.insert(pair_parts(pair_of(&of_port[0])).1);
                }
            });
            for of_port in of_source.chunk_by(|a, b| pair_of(a) == pair_of(b)) {
                let pair = pair_of(&of_port[0]);
                let slot = pair_parts(pair).1;
                self.sources.change(cell, u64::from(slot), |few| few.insert(source));
                self.hosts.change(cell, pair, |few| {
                    // Of a bubble of several it is not known which.
                    let hosts = of_port.iter().map(|(who, _)| who_parts(*who).1);
                    let known = hosts.filter(|host| *host != SEVERAL_HOSTS);
                    known.for_each(|host| few.insert(host));
                });
                let mut to_port = Sum::default();
                for (who, sum) in of_port {
                    self.pours.change(cell, *who, |kept| kept.add(*sum));
                    to_port.add(*sum);
                    let host = who_parts(*who).1;
                    if host < MOST_HOSTS {
                        add_at(&mut self.of_hosts, host, *sum);
                    }
                }
                add_at(&mut self.of_sources, source, to_port);
                add_at(&mut self.of_ports, slot, to_port);
                all.add(to_port);
            }
        }
        if !sums.is_empty() {
            self.cells.entry(cell).or_default().add(all);
        }
        sums.clear();
        self.closed = sums;
    }

    /// Time of the first and of the last packet.
    pub fn ends_ns(&self) -> Option<(i64, i64)> {
        let (first, last) = (self.cells.first_key_value()?, self.cells.last_key_value()?);
        Some((first.1.first_ns, last.1.last_ns))
    }
}

impl Counter for Counts {
    type Row = Row;

    fn count(&mut self, rows: &mut Vec<Row>) {
        for Row { event, address } in rows.iter() {
            self.add(event);
            if *address != 0 {
                let targets = self.targets.get_or_insert_with(TargetsByAddress::new);
                targets.add(*address, event.port.index(), event);
            }
        }
    }
}

/// Adds to a sum of a growing list.
fn add_at(sums: &mut Vec<Sum>, index: u32, sum: Sum) {
    let index = index as usize;
    if index >= sums.len() {
        sums.resize(index + 1, Sum::default());
    }
    sums[index].add(sum);
}
