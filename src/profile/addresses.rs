//! The addresses that a log is from, where it has them: those with the most packets, and scans by a single
//! one. Owns the definition of such a scan; knows no text.
//!
//! A **target** is a port of a host. An address **scans** while it reaches targets that it has not reached
//! before, until it reached none for 15 minutes or three bins, whichever is longer; with
//! [`FEWEST_TARGETS`] it is told. The rule, its number and the names of kinds are those of Zeek's
//! `simple-scan` (<https://github.com/ncsa/bro-simple-scan>).

use super::cells::Grid;
use super::distinct::{Few, Union, mix};
use super::lossy::{Kept, Lossy, Series};
use crate::model::Event;

const PACKETS_BYTES: usize = 16 << 20;
const TARGETS_BYTES: usize = 48 << 20;
/// Cells that targets are kept in: five minutes in a month.
const CELLS: u64 = 1 << 13;
/// Number of targets from which on an address scans.
const FEWEST_TARGETS: u64 = 25;
/// Number of ports, or hosts, up to which a scan is one of these few.
const FEW: u64 = 5;
/// Time without a new target after which a scan is over, at least.
const LEAST_PAUSE_NS: i64 = 15 * 60_000_000_000;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AddressScan {
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
    pub packets: u64,
}

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

/// The targets of an address in a cell.
#[derive(Clone, Debug)]
struct Targets {
    all: Few,
    ports: Few,
    hosts: Few,
    source: u32,
    packets: u64,
}

impl Default for Targets {
    fn default() -> Self {
        Self {
            all: Few::new(),
            ports: Few::new(),
            hosts: Few::new(),
            source: 0,
            packets: 0,
        }
    }
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

/// The addresses of a log.
#[derive(Debug)]
pub(super) struct Addresses {
    /// All in one cell.
    packets: Lossy<Counted>,
    grid: Grid,
    targets: Lossy<Targets>,
}

impl Addresses {
    pub fn new() -> Self {
        Self {
            packets: Lossy::new(PACKETS_BYTES),
            grid: Grid::new(CELLS),
            targets: Lossy::new(TARGETS_BYTES),
        }
    }

    /// Takes in an event from the address of a token that is not 0, to the port of a slot.
    pub fn add(&mut self, token: u64, slot: u32, event: &Event) {
        self.packets.change(0, token, |kept| {
            kept.packets += event.packets;
            kept.source = event.source;
        });
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

    /// The widest scans; bins of the film are of `bin_ns`.
    pub fn scans(&mut self, bin_ns: i64, count: usize) -> Vec<AddressScan> {
        let pause_ns = LEAST_PAUSE_NS.max(bin_ns.saturating_mul(3));
        let mut scans = Vec::new();
        for (token, series) in self.targets.take_series() {
            // Nearly all have too few for a scan.
            if series.iter().map(|(_, targets)| targets.size()).sum::<u64>() >= FEWEST_TARGETS {
                self.scans_of(token, &series, pause_ns, &mut scans);
            }
        }
        scans.sort_unstable_by_key(|scan| (std::cmp::Reverse(scan.targets), scan.from_ns, scan.address));
        scans.truncate(count);
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
            rest = &rest[taken..];
            let [mut targets, ports, hosts] = [&seen.all, &seen.ports, &seen.hosts].map(Union::count);
            // An estimate may be lower than what it cannot be lower than.
            targets.0 = targets.0.max(ports.0).max(hosts.0);
            if targets.0 >= FEWEST_TARGETS {
                scans.push(AddressScan {
                    address: token,
                    source: seen.source,
                    kind: ScanKind::of(ports.0, hosts.0),
                    targets: targets.0,
                    ports: ports.0,
                    hosts: hosts.0,
                    exact: targets.1 && ports.1 && hosts.1 && !forgotten,
                    from_ns: self.grid.start_ns(*first),
                    to_ns: self.grid.start_ns(last_new + 1),
                    packets: seen.packets,
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

    fn add(addresses: &mut Addresses, token: u64, minute: i64, port: u16, host: u32) {
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
        let mut addresses = Addresses::new();
        for minute in 0..40 {
            add(&mut addresses, 7, minute * 10, minute as u16, 1);
            // The same few, again and again.
            add(&mut addresses, 8, minute * 10, minute as u16 % 24, 1);
        }
        // Too late, after three hours without any.
        for minute in 0..24 {
            add(&mut addresses, 7, 600 + minute, 1000 + minute as u16, 1);
        }
        let scans = addresses.scans(5 * MINUTE_NS, 10);
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
        let mut addresses = Addresses::new();
        // One new target in five minutes, among many that are known.
        for minute in 0..1000 {
            for old in 0..10 {
                add(&mut addresses, 7, minute * 5, (minute as u16).saturating_sub(old), 1);
            }
        }
        let scans = addresses.scans(5 * MINUTE_NS, 10);
        let [scan] = &scans[..] else { panic!("{scans:?}") };
        assert_eq!((scan.targets, scan.ports, scan.exact), (1000, 1000, true));
    }

    #[test]
    fn kinds_go_by_what_is_few() {
        let mut addresses = Addresses::new();
        for index in 0..30 {
            add(&mut addresses, 1, 0, 22, index);
            add(&mut addresses, 2, 0, 22 + index as u16 % 5, index);
            add(&mut addresses, 3, 0, index as u16, index % 5);
            add(&mut addresses, 4, 0, index as u16, index);
        }
        let kinds = addresses
            .scans(MINUTE_NS, 10)
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

    #[test]
    fn the_busiest_come_first() {
        let mut addresses = Addresses::new();
        for (token, rows) in [(5, 3), (6, 9), (7, 1)] {
            (0..rows).for_each(|_| add(&mut addresses, token, 0, 1, 1));
        }
        assert_eq!(addresses.most(2), [(6, 3, 18, 0), (5, 3, 6, 0)]);
    }
}
