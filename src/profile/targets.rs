//! The targets of the addresses that a log is from, where it has them, and scans by a single one. Owns the definition of
//! such a scan; knows no text.
//!
//! A **target** is a port of a host. An address **scans** while it reaches targets that it has not reached
//! before, until it reached none for 15 minutes or three bins, whichever is longer; with
//! [`FEWEST_TARGETS`] it is told. The rule, its number and the names of kinds are those of Zeek's
//! `simple-scan` (<https://github.com/ncsa/bro-simple-scan>).

use crate::counting::{Few, Grid, Kept, Lossy, Series, Union, Usual, dense_part, mix};
use crate::model::Event;

const TARGETS_BYTES: usize = 48 << 20;
/// Cells that targets are kept in: five minutes in a month.
const CELLS: u64 = 1 << 13;
/// Number of targets from which on an address scans.
const FEWEST_TARGETS: u64 = 25;
/// Number of ports, or hosts, up to which a scan is one of these few.
const FEW: u64 = 5;
/// Time without a new target after which a scan is over, at least.
const LEAST_PAUSE_NS: i64 = 15 * 60_000_000_000;

/// A log of fewer addresses is taken for one of so many, the others without targets: else nothing would be unusual of
/// the only one.
const FEWEST_ADDRESSES: usize = 3;

/// What a scan goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanKind {
    /// Many ports of few hosts.
    Ports,
    /// Many hosts at few ports.
    Hosts,
    /// Many of both.
    Random,
}

impl ScanKind {
    /// Its name: `port scan`, `address scan`, `random scan`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ports => "port scan",
            Self::Hosts => "address scan",
            Self::Random => "random scan",
        }
    }

    const fn of(ports: u64, hosts: u64) -> Self {
        match (ports, hosts) {
            (1, _) => Self::Hosts,
            (_, 1) => Self::Ports,
            (..=FEW, _) => Self::Hosts,
            (_, ..=FEW) => Self::Ports,
            _ => Self::Random,
        }
    }
}

/// A scan by one address.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AddressScan {
    /// Token of the address.
    pub address: u64,
    /// Its source, as events had it.
    pub source: u32,
    pub kind: ScanKind,
    pub targets: u64,
    pub ports: u64,
    pub hosts: u64,
    /// Whether these numbers are exact.
    pub exact: bool,
    /// First instant of the first cell, Unix nanoseconds, and the first after the last.
    pub from_ns: i64,
    pub to_ns: i64,
    /// The same of the time in which it is at work in earnest ([`dense_part`]).
    pub dense_ns: (i64, i64),
    pub packets: u64,
    /// How far its targets are above those of all addresses.
    pub above: f64,
    /// Its port, or its host, where it is one.
    pub one_port: Option<u32>,
    pub one_host: Option<u32>,
}

/// The targets of an address in a cell.
#[derive(Clone, Debug, Default)]
struct Targets {
    all: Few,
    ports: Few,
    hosts: Few,
    source: u32,
    packets: u64,
}

impl Kept for Targets {
    fn size(&self) -> u64 {
        self.all.count().0
    }

    fn merge(&mut self, other: Self) {
        self.take_in(&other);
    }

    fn heap_bytes(&self) -> usize {
        self.all.bytes() + self.ports.bytes() + self.hosts.bytes()
    }
}

impl Targets {
    fn take_in(&mut self, other: &Self) {
        self.all.merge(&other.all);
        self.ports.merge(&other.ports);
        self.hosts.merge(&other.hosts);
        self.packets += other.packets;
        self.source = other.source;
    }
}

/// The targets of an address in several cells.
struct Seen {
    all: Union,
    ports: Union,
    hosts: Union,
    source: u32,
    packets: u64,
}

impl Seen {
    fn of(targets: &Targets) -> Self {
        let mut seen = Self {
            all: Union::new(),
            ports: Union::new(),
            hosts: Union::new(),
            source: 0,
            packets: 0,
        };
        seen.take_in(targets);
        seen
    }

    /// Takes in the targets of the next cell; whether some are new.
    fn take_in(&mut self, targets: &Targets) -> bool {
        self.ports.take_in(&targets.ports);
        self.hosts.take_in(&targets.hosts);
        self.packets += targets.packets;
        self.source = targets.source;
        self.all.take_in(&targets.all)
    }
}

/// The targets of the addresses of a log.
#[derive(Debug)]
pub(crate) struct TargetsByAddress {
    grid: Grid,
    targets: Lossy<Targets>,
}

impl TargetsByAddress {
    pub fn new() -> Self {
        Self {
            grid: Grid::new(CELLS),
            targets: Lossy::new(TARGETS_BYTES),
        }
    }

    /// Takes in an event from the address of a token that is not 0, to the port of a slot.
    pub fn add(&mut self, token: u64, slot: u32, event: &Event) {
        let before = self.grid;
        if self.grid.reach(event.time_ns) {
            let grid = self.grid;
            self.targets.join(|cell| grid.cell(before.start_ns(cell)));
        }
        let target = mix(u64::from(event.host) << 17 | u64::from(slot)) as u32;
        self.targets.change(self.grid.cell(event.time_ns), token, |kept| {
            kept.all.insert(target);
            kept.ports.insert(slot);
            kept.hosts.insert(event.host);
            kept.packets += event.packets;
            kept.source = event.source;
        });
    }

    /// All scans, the widest first; bins of the film are of `bin_ns`.
    pub fn scans(&mut self, bin_ns: i64) -> Vec<AddressScan> {
        let pause_ns = LEAST_PAUSE_NS.max(bin_ns.saturating_mul(3));
        let mut scans = Vec::new();
        let mut numbers = Vec::new();
        for (token, series) in self.targets.take_series() {
            let sum = series.iter().map(|(_, targets)| targets.size()).sum::<u64>();
            numbers.push(sum);
            // Nearly all have too few for a scan.
            if sum >= FEWEST_TARGETS {
                self.scans_of(token, &series, pause_ns, &mut scans);
            }
        }
        let addresses = numbers.len().max(FEWEST_ADDRESSES) as u64;
        let usual = Usual::of(&mut numbers, addresses);
        for scan in &mut scans {
            scan.above = usual.above(scan.targets);
        }
        scans.sort_unstable_by_key(|scan| (std::cmp::Reverse(scan.targets), scan.from_ns, scan.address));
        scans
    }

    fn scans_of(&self, token: u64, series: &Series<Targets>, pause_ns: i64, scans: &mut Vec<AddressScan>) {
        let mut rest = &series[..];
        while let Some(((first, targets), others)) = rest.split_first() {
            let mut seen = Seen::of(targets);
            let (mut last_new, mut taken) = (*first, 1);
            let mut forgotten = self.targets.missing(*first) > 0;
            for (cell, targets) in others {
                // From the end of the one cell to the start of the other.
                let pause = self
                    .grid
                    .start_ns(*cell)
                    .saturating_sub(self.grid.start_ns(last_new + 1));
                if pause > pause_ns {
                    break;
                }
                forgotten |= self.targets.missing(*cell) > 0;
                if seen.take_in(targets) {
                    last_new = *cell;
                }
                taken += 1;
            }
            let cells = &rest[..taken];
            rest = &rest[taken..];
            let [mut targets, ports, hosts] = [&seen.all, &seen.ports, &seen.hosts].map(Union::count);
            // An estimate may be lower than what it cannot be lower than.
            targets.0 = targets.0.max(ports.0).max(hosts.0);
            if targets.0 >= FEWEST_TARGETS {
                let sizes: Vec<(i64, u64)> = cells.iter().map(|(cell, targets)| (*cell, targets.size())).collect();
                let (first, end) = (*first, last_new + 1);
                let dense = dense_part(&sizes, (first, end)).unwrap_or((first, end));
                let edge_ns = |cell: i64| self.grid.start_ns(cell);
                scans.push(AddressScan {
                    address: token,
                    source: seen.source,
                    kind: ScanKind::of(ports.0, hosts.0),
                    targets: targets.0,
                    ports: ports.0,
                    hosts: hosts.0,
                    exact: targets.1 && ports.1 && hosts.1 && !forgotten,
                    from_ns: edge_ns(first),
                    to_ns: edge_ns(end),
                    dense_ns: (edge_ns(dense.0), edge_ns(dense.1)),
                    packets: seen.packets,
                    above: 0.0,
                    one_port: seen.ports.one(),
                    one_host: seen.hosts.one(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Port, Protocol};

    const MINUTE_NS: i64 = 60_000_000_000;

    fn add(addresses: &mut TargetsByAddress, token: u64, minute: i64, port: u16, host: u32) {
        let event = Event {
            time_ns: minute * MINUTE_NS,
            port: Port {
                protocol: Protocol::Tcp,
                number: port,
            },
            source: 3,
            host,
            packets: 2,
        };
        addresses.add(token, u32::from(port), &event);
    }

    #[test]
    fn a_scan_lasts_as_long_as_its_targets_are_new() {
        let mut addresses = TargetsByAddress::new();
        for minute in 0..40 {
            add(&mut addresses, 7, minute * 10, minute as u16, 1);
            // The same few, again and again.
            add(&mut addresses, 8, minute * 10, minute as u16 % 24, 1);
        }
        // Too late, after three hours without any.
        for minute in 0..24 {
            add(&mut addresses, 7, 600 + minute, 1000 + minute as u16, 1);
        }
        let scans = addresses.scans(5 * MINUTE_NS);
        let [scan] = &scans[..] else { panic!("{scans:?}") };
        assert_eq!((scan.address, scan.source, scan.kind), (7, 3, ScanKind::Ports));
        assert_eq!((scan.targets, scan.ports, scan.hosts, scan.exact), (40, 40, 1, true));
        assert_eq!((scan.packets, scan.from_ns), (80, 0));
        assert!(
            (390 * MINUTE_NS..400 * MINUTE_NS).contains(&scan.to_ns),
            "{}",
            scan.to_ns
        );
    }

    #[test]
    fn a_slow_scan_of_many_targets_is_one_and_counted_exactly() {
        let mut addresses = TargetsByAddress::new();
        // One new target in five minutes, among many that are known.
        for minute in 0..1000 {
            for old in 0..10 {
                add(&mut addresses, 7, minute * 5, (minute as u16).saturating_sub(old), 1);
            }
        }
        let scans = addresses.scans(5 * MINUTE_NS);
        let [scan] = &scans[..] else { panic!("{scans:?}") };
        assert_eq!((scan.targets, scan.ports, scan.exact), (1000, 1000, true));
    }

    #[test]
    fn kinds_go_by_what_is_few() {
        let mut addresses = TargetsByAddress::new();
        for index in 0..30 {
            add(&mut addresses, 1, 0, 22, index);
            add(&mut addresses, 2, 0, 22 + index as u16 % 5, index);
            add(&mut addresses, 3, 0, index as u16, index % 5);
            add(&mut addresses, 4, 0, index as u16, index);
        }
        let kinds = addresses
            .scans(MINUTE_NS)
            .into_iter()
            .map(|scan| (scan.address, scan.kind));
        let expected = [
            (1, ScanKind::Hosts),
            (2, ScanKind::Hosts),
            (3, ScanKind::Ports),
            (4, ScanKind::Random),
        ];
        assert_eq!(kinds.collect::<Vec<_>>(), expected);
    }
}
