//! The profile of a log: what is in it, told before anyone renders it. One pass over the events, in
//! memory that does not grow with them.
//!
//! Owns what is counted and how it is kept small; must not know how it is written. Up to some size
//! everything is exact; beyond, what is an estimate says so. At most about 240 MB: 32 for packets by
//! time, 44 for bubbles by bin length and 10 for the latest times of their keys, 24 for bursts, twice 32
//! for scans and 64 for addresses, and what the log names.

mod addresses;
mod cells;
mod far_off;
mod ladder;
mod latest;
mod open;
mod tables;
pub(crate) mod targets;
mod unusual;

pub use far_off::{FarOff, Span, far_off};

use std::collections::BTreeMap;

use addresses::Addresses;
use cells::{Cells, FullCells};
use ladder::{Ladder, Step};
use latest::Latest;
use open::Open;
use tables::{Asked, Counted, Tables, Unusual, key, parts};
pub use targets::ScanKind;

use crate::counting::{Beside, Distinct, Few, Grid, Hosts, mix};
use crate::model::{
    Batch, Event, LeftOut, Measure, Names, Port, Reading, Reason, SEVERAL_HOSTS, Source, SourceKind, address_text,
};
use crate::timeline::{BIN_LADDER_NS, Fps, TimeSpec, Timeline};
use crate::unit::{Ahead, Sums};
use crate::words::SEVERAL_HOSTS_TEXT;

/// Standard error of a number of bubbles that is not exact.
pub const BUBBLES_ERROR: f64 = Distinct::ERROR;
/// Standard error of the width of a scan that is not exact, for each of its cells.
pub const SCAN_ERROR: f64 = Few::ERROR;

/// Cells that bursts are kept in: no longer than the bin of the film (see the test in `cells.rs`).
const BURST_CELLS: u64 = 1 << 15;
/// Cells that scans are looked for in: an hour in a month.
const SCAN_CELLS: u64 = 1 << 10;
/// Addresses that are told.
pub const MOST_ADDRESSES: usize = 20;
/// Gaps, bursts and scans of each kind that are told.
const MOST_TOLD: usize = 10;
/// Keys whose latest time is known, at least: up to 10 MB for twice as many.
const LATEST: usize = 1 << 17;
/// Film seconds of the pace that [`Film::minute_pace_secs`] tells.
const MINUTE_NS: i64 = 60_000_000_000;
const DAY_NS: i64 = 86_400_000_000_000;

/// The contents of a log.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Name of the log in messages.
    pub source: String,
    /// The files it was read from.
    pub files: Vec<String>,
    /// Rows read.
    pub rows: u64,
    /// Packets in them.
    pub rows_packets: u64,
    /// Rows that can be drawn.
    pub drawable: u64,
    /// Rows that cannot, by reason.
    pub left_out: BTreeMap<Reason, LeftOut>,
    /// Rows of other protocols by name.
    pub other_protocols: BTreeMap<String, u64>,
    /// What its sources are.
    pub source_kind: SourceKind,
    /// What is counted of it.
    pub measure: Measure,
    /// The formats of the files, and the fields that were taken for what.
    pub formats: Vec<String>,
    /// Remarks for the user.
    pub warnings: Vec<String>,
    /// The drawable rows; `None` where there are none.
    pub drawn: Option<Drawn>,
}

/// The contents of the drawable rows.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Time of the first, Unix nanoseconds.
    pub first_ns: i64,
    /// Time of the last.
    pub last_ns: i64,
    /// Rows whose time is before that of the row before.
    pub steps_back: u64,
    /// Nanoseconds that the furthest of these goes back.
    pub furthest_step_back_ns: u64,
    /// The packets that are far in time before and behind all others.
    pub far_off: [Option<FarOff>; 2],
    /// The longest times of a bin or more without a row, the times of the rows around them, longest first.
    pub gaps: Vec<(i64, i64)>,
    /// Rows and packets per protocol: `[udp, tcp]`.
    pub protocols: [Count; 2],
    /// Sources by packets, most first; rows without one are a source too.
    pub sources: Vec<(Source, u64)>,
    /// Ports by packets, most first.
    pub ports: Vec<(Port, u64)>,
    /// Whether the log names hosts.
    pub has_hosts: bool,
    /// Receiving hosts by packets, most first; the name is empty where the log has none.
    pub hosts: Vec<(String, u64)>,
    /// Packets in each bin of the film, empty bins too.
    pub bins: Vec<u64>,
    /// Length of these bins in nanoseconds.
    pub bin_ns: i64,
    /// The strongest bursts, by their height.
    pub bursts: Vec<Burst>,
    /// The scans of one source over many ports, by how wide and how long they are.
    pub port_scans: Vec<Scan<Source>>,
    /// The same of one port by many sources.
    pub source_scans: Vec<Scan<Port>>,
    /// Addresses by packets, most first: the first [`MOST_ADDRESSES`]. Empty where the log has none.
    pub addresses: Vec<TopAddress>,
    /// The widest scans of one address.
    pub address_scans: Vec<AddressScan>,
    /// A film for each bin length, shortest first; none that would last more than a day.
    pub choices: Vec<Choice>,
    /// The film by default, or the reason why there is none.
    pub film: Result<Film, String>,
}

impl Drawn {
    /// The choice with the bin of the film by default.
    #[must_use]
    pub fn default_choice(&self) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.bin_ns == self.bin_ns)
    }

    /// A moment at which the largest bubble of a burst is well on its way in the film by default: it leaves with its
    /// first packet, some time in its bin. `None` where there is no film.
    #[must_use]
    pub fn shown_ns(&self, burst: &Burst) -> Option<i64> {
        let film = self.film.as_ref().ok()?;
        let departure_ns = burst.peak_ns.saturating_add(self.bin_ns / 2);
        Some(film.timeline.under_way_ns(departure_ns))
    }

    /// The time range of a film of what is from one moment to another, Unix nanoseconds: a second of the film by default
    /// more before and behind, in whole bins. `None` where there is no film.
    #[must_use]
    pub fn around_ns(&self, from_ns: i64, to_ns: i64) -> Option<(i64, i64)> {
        let film = self.film.as_ref().ok()?;
        Some(film.timeline.around_ns(from_ns, to_ns))
    }
}

/// Rows, and the packets in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Rows.
    pub rows: u64,
    /// Packets.
    pub packets: u64,
}

/// The hosts that packets went to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// A single one, by its name, which is empty where rows name none.
    One(String),
    /// Several.
    Many {
        /// Their number.
        count: u64,
        /// Whether that is exact; if not, see [`SCAN_ERROR`].
        exact: bool,
    },
    /// Several, of which a prepared log no longer tells how many.
    Several,
}

/// Packets from one source to one port, far more than usual for a while. See [`Profile`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burst {
    /// Its source.
    pub source: Source,
    /// Its destination.
    pub port: Port,
    /// First instant of the bin with most packets, Unix nanoseconds.
    pub peak_ns: i64,
    /// Packets in that bin: the largest bubble.
    pub peak_packets: u64,
    /// Packets that may be missing from that number, at most.
    pub missing: u64,
    /// Packets in the median bin.
    pub usual: u64,
    /// First instant of the first unusual bin.
    pub from_ns: i64,
    /// First instant after the last.
    pub to_ns: i64,
    /// Packets from the one to the other, in unusual bins.
    pub packets: u64,
    /// The hosts that these went to; `None` where the log names no host.
    pub hosts: Option<Reached>,
}

/// One source at many ports, or one port from many sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan<T> {
    /// The source, or the port.
    pub one: T,
    /// Number of its different ports, or sources.
    pub many: u64,
    /// Whether that number is exact.
    pub exact: bool,
    /// The usual number in the time of one cell ([`Scan::cell_ns`]).
    pub usual: u64,
    /// First instant of the first unusual cell, Unix nanoseconds.
    pub from_ns: i64,
    /// First instant after the last.
    pub to_ns: i64,
    /// Length of a cell in nanoseconds.
    pub cell_ns: i64,
    /// Packets of the source, or to the port, in unusual cells.
    pub packets: u64,
    /// The hosts that these went to; `None` where the log names no host.
    pub hosts: Option<Reached>,
}

/// An address, or a network of IPv6 of 64 bits, and its packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopAddress {
    /// As text.
    pub address: String,
    /// its source.
    pub source: Source,
    /// Packets from it.
    pub packets: u64,
    /// Packets that may be missing from that number, at most.
    pub missing: u64,
}

/// One address at many targets, which are ports of hosts. See [`ScanKind`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressScan {
    /// The address, or the network of IPv6 of 64 bits.
    pub address: String,
    /// its source.
    pub source: Source,
    /// What it goes over.
    pub kind: ScanKind,
    /// Number of different targets.
    pub targets: u64,
    /// Number of different ports.
    pub ports: u64,
    /// Number of different hosts.
    pub hosts: u64,
    /// Whether these numbers are exact; if not, see [`SCAN_ERROR`].
    pub exact: bool,
    /// First instant of the first cell, Unix nanoseconds.
    pub from_ns: i64,
    /// First instant after the last.
    pub to_ns: i64,
    /// Packets of the address from the one to the other.
    pub packets: u64,
}

/// The film that a bin length would give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Length of a bin in nanoseconds.
    pub bin_ns: i64,
    /// Bubbles.
    pub bubbles: u64,
    /// Whether their number is exact; if not, see [`BUBBLES_ERROR`].
    pub exact: bool,
    /// Length of the film at 25 bins a second, with the last flights.
    pub film_secs: f64,
    /// About the unit of its picture: packets of a bubble of the least size where bubbles are few.
    pub unit: u64,
}

/// A film with default settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Film {
    /// Its clock.
    pub timeline: Timeline,
    /// Its length.
    pub secs: f64,
    /// Data seconds in a second of a film that lasts a minute, without the last flights.
    pub minute_pace_secs: f64,
}

/// A profile in the making: takes what [`input::stream`](crate::input::stream) delivers.
#[derive(Debug)]
pub struct ProfileBuilder {
    protocols: [Count; 2],
    sources: Vec<u64>,
    hosts: Vec<u64>,
    /// Packets of a prepared log that went to more than one host.
    several_hosts: u64,
    /// By [`Port::index`].
    ports: Vec<u64>,
    before_ns: Option<i64>,
    steps_back: u64,
    furthest_step_back_ns: u64,
    cells: Cells,
    /// On a thread of its own, since that takes as long as everything else that is counted.
    ladder: Beside<Ladder>,
    open: Open,
    /// By the hash of a key.
    latest: Latest,
    burst_grid: Grid,
    scan_grid: Grid,
    tables: Tables,
    /// The host of all events, as long as there is but one.
    only_host: Option<u32>,
    /// `None` as long as no event has an address.
    addresses: Option<Addresses>,
    /// Length of the bins of a prepared log.
    bin_ns: Option<i64>,
}

impl Default for ProfileBuilder {
    fn default() -> Self {
        Self {
            protocols: [Count::default(); 2],
            sources: Vec::new(),
            hosts: Vec::new(),
            several_hosts: 0,
            bin_ns: None,
            ports: vec![0; Port::COUNT],
            before_ns: None,
            steps_back: 0,
            furthest_step_back_ns: 0,
            cells: Cells::new(),
            ladder: Beside::new(Ladder::new),
            open: Open::new(),
            latest: Latest::new(LATEST),
            burst_grid: Grid::new(BURST_CELLS),
            scan_grid: Grid::new(SCAN_CELLS),
            tables: Tables::OneHost(Counted::new()),
            only_host: None,
            addresses: None,
        }
    }
}

impl ProfileBuilder {
    /// Begins the profile of a log; a prepared one has bins of `bin_ns` already, and no finer ones.
    #[must_use]
    pub fn new(bin_ns: Option<i64>) -> Self {
        Self {
            bin_ns,
            ..Self::default()
        }
    }

    /// Takes in events; batches come in the order of the log.
    pub fn add(&mut self, batch: &Batch<'_>) {
        for event in batch.events {
            self.add_event(event);
        }
        for (event, token) in batch.events.iter().zip(batch.addresses) {
            if *token != 0 {
                let addresses = self.addresses.get_or_insert_with(Addresses::new);
                addresses.add(*token, event.port.index(), event);
            }
        }
    }

    fn add_event(&mut self, event: &Event) {
        let (time_ns, packets) = (event.time_ns, event.packets);
        let slot = event.port.index();
        let protocol = &mut self.protocols[event.port.protocol.index()];
        protocol.rows += 1;
        protocol.packets += packets;
        self.ports[slot as usize] += packets;
        add_at(&mut self.sources, event.source, packets);
        if event.host == SEVERAL_HOSTS {
            self.several_hosts += packets;
        } else {
            add_at(&mut self.hosts, event.host, packets);
        }
        if let Some(before_ns) = self.before_ns.replace(time_ns)
            && time_ns < before_ns
        {
            self.steps_back += 1;
            self.furthest_step_back_ns = self.furthest_step_back_ns.max(before_ns.abs_diff(time_ns));
        }
        self.cells.add(time_ns, packets);

        if !self.open.holds(time_ns) || self.open.is_full() {
            self.close_cell();
            self.reach(time_ns);
            let cell_start_ns = self.burst_grid.start_ns(self.burst_grid.cell(time_ns));
            self.open.start_ns = cell_start_ns;
            self.open.end_ns = cell_start_ns.saturating_add(self.burst_grid.length_ns());
        }
        let host = self.host_of(event);
        let key = key(event.source, slot);
        let hash = mix(key);
        let before_ns = self.open.add(key, event, host, || self.latest.get(hash));
        self.ladder.add(Step {
            time_ns,
            key_hash: hash,
            before_ns,
            none_after_ns: before_ns.max(self.latest.forgotten_ns()),
        });
    }

    /// The host of an event, where hosts are told apart: from the second on.
    #[inline]
    fn host_of(&mut self, event: &Event) -> Option<u32> {
        match (&self.tables, self.only_host) {
            (Tables::Hosts(_), _) => Some(event.host),
            (Tables::OneHost(_), Some(only)) if only == event.host => None,
            (Tables::OneHost(_), None) => {
                self.only_host = Some(event.host);
                None
            }
            (Tables::OneHost(_), Some(only)) => {
                self.close_cell();
                self.tables.tell_hosts(only);
                Some(event.host)
            }
        }
    }

    /// Makes room for a time in the grids, whose cells may become longer.
    fn reach(&mut self, time_ns: i64) {
        let (bursts, scans) = (self.burst_grid, self.scan_grid);
        if self.burst_grid.reach(time_ns) {
            let grid = self.burst_grid;
            self.tables.join_bursts(|cell| grid.cell(bursts.start_ns(cell)));
        }
        if self.scan_grid.reach(time_ns) {
            let grid = self.scan_grid;
            self.tables.join_scans(|cell| grid.cell(scans.start_ns(cell)));
        }
    }

    /// Hands what was added up in the open cell to those who keep it.
    fn close_cell(&mut self) {
        let closed = self.open.take();
        let start_ns = self.open.start_ns;
        // A cell of the one grid lies within a cell of the other.
        let cells = [self.burst_grid.cell(start_ns), self.scan_grid.cell(start_ns)];
        self.tables.add(&closed, cells);
        for entry in &closed.entries {
            self.latest.set(mix(entry.key), entry.latest_ns);
        }
        self.open.recycle(closed);
    }

    /// The profile; `reading` is what [`input::stream`](crate::input::stream) gave at the end.
    #[must_use]
    pub fn finish(mut self, reading: Reading) -> Profile {
        self.close_cell();
        let (names, numbers) = reading.names.sorted();
        let cells = std::mem::replace(&mut self.cells, Cells::new()).finish();
        Profile {
            source: reading.source,
            files: reading.files,
            rows: reading.rows,
            rows_packets: reading.packets,
            // By what is left out: a prepared log has a row for many.
            drawable: reading
                .left_out
                .values()
                .fold(reading.rows, |rows, left| rows.saturating_sub(left.rows)),
            left_out: reading.left_out,
            other_protocols: reading.other_protocols,
            source_kind: reading.source_kind,
            measure: reading.measure,
            formats: reading.formats,
            warnings: [reading.losses, reading.warnings].concat(),
            drawn: cells
                .ends_ns()
                .map(|ends_ns| self.drawn(&cells, ends_ns, &names, &numbers)),
        }
    }

    /// Cells are those of all rows, the first and the last at these times; names are sorted, with the new numbers of
    /// sources and hosts by those that events had.
    fn drawn(
        mut self,
        cells: &FullCells,
        (first_ns, last_ns): (i64, i64),
        names: &Names,
        numbers: &[Vec<u32>; 2],
    ) -> Drawn {
        let [source_numbers, host_numbers] = numbers;
        // Cells are of whole bins of the ladder: of bins of another length, films are told by the
        // next one that holds them.
        let own_ns = self.bin_ns.map(|own_ns| {
            let holds = BIN_LADDER_NS.iter().find(|bin_ns| **bin_ns % own_ns == 0);
            holds.copied().unwrap_or(DAY_NS.max(own_ns))
        });
        let spec = TimeSpec {
            bin_ns: own_ns,
            ..TimeSpec::default()
        };
        let events = self.protocols.iter().map(|protocol| protocol.rows).sum();
        let clock = Timeline::settle_for(&spec, first_ns, last_ns, events);
        // Where no film can be made, days are as good as any bin.
        let (start_ns, bin_ns) = clock.as_ref().map_or_else(
            |_| (first_ns.div_euclid(DAY_NS).saturating_mul(DAY_NS), DAY_NS),
            |clock| (clock.start_ns, clock.bin_ns),
        );
        let bins = cells.bins(start_ns, bin_ns);
        let sorted = |number: u64| source_numbers[number as usize];
        let source = |number: u64| names.sources[sorted(number) as usize].clone();
        let place = |key: u64| {
            let (number, slot) = parts(key);
            (source(u64::from(number)), Port::at(slot))
        };
        let has_hosts = names.hosts.iter().any(|host| !host.is_empty());
        let is_only = matches!(self.tables, Tables::OneHost(_));
        let reached = |hosts: &Hosts| {
            let one = hosts.one().or(self.only_host.filter(|_| is_only));
            has_hosts.then(|| match (one, hosts.count()) {
                _ if hosts.has(SEVERAL_HOSTS) => Reached::Several,
                (Some(SEVERAL_HOSTS), _) => Reached::Several,
                (Some(host), _) => Reached::One(names.hosts[host_numbers[host as usize] as usize].clone()),
                (None, (count, exact)) => Reached::Many { count, exact },
            })
        };

        let named = |token| address_text(token).unwrap_or_default();
        let mut addresses = self.addresses.take();
        let top_addresses = addresses
            .iter_mut()
            .flat_map(|addresses| addresses.most(MOST_ADDRESSES));
        let top_addresses = top_addresses.map(|(token, number, packets, missing)| TopAddress {
            address: named(token),
            source: source(u64::from(number)),
            packets,
            missing,
        });
        let top_addresses = top_addresses.collect();
        let address_scans = addresses
            .iter_mut()
            .flat_map(|addresses| addresses.targets.scans(bin_ns))
            .take(MOST_TOLD);
        let address_scans = address_scans.map(|scan| AddressScan {
            address: named(scan.address),
            source: source(u64::from(scan.source)),
            kind: scan.kind,
            targets: scan.targets,
            ports: scan.ports,
            hosts: scan.hosts,
            exact: scan.exact,
            from_ns: scan.from_ns,
            to_ns: scan.to_ns,
            packets: scan.packets,
        });
        let address_scans = address_scans.collect();

        let mut choices = choices(&self.ladder.finish(), first_ns, last_ns);
        choices.retain(|choice| self.bin_ns.is_none_or(|own_ns| choice.bin_ns % own_ns == 0));
        let lengths_ns: Vec<i64> = choices.iter().map(|choice| choice.bin_ns).collect();
        let Unusual {
            bursts,
            port_scans,
            source_scans,
            largest,
        } = self.tables.finish(&Asked {
            bin_ns,
            bins: bins.len() as u64,
            largest_of_ns: &lengths_ns,
            burst_grid: self.burst_grid,
            scan_grid: self.scan_grid,
            most: MOST_TOLD,
            rank: |number| u64::from(sorted(number)),
        });
        for (choice, largest) in choices.iter_mut().zip(largest) {
            choice.unit = about_unit(cells, choice.bin_ns, largest, first_ns, last_ns).unwrap_or(1);
        }
        let bursts = bursts.into_iter().map(|burst| {
            let (source, port) = place(burst.key);
            Burst {
                source,
                port,
                peak_ns: burst.peak.saturating_mul(bin_ns),
                peak_packets: burst.peak_packets,
                missing: burst.missing,
                usual: burst.usual,
                from_ns: burst.first.saturating_mul(bin_ns),
                to_ns: (burst.last + 1).saturating_mul(bin_ns),
                packets: burst.packets,
                hosts: reached(&burst.hosts),
            }
        });
        let grid = self.scan_grid;
        let film = clock.map_err(|error| error.to_string()).map(|timeline| Film {
            timeline,
            secs: timeline.film_secs(timeline.frames()),
            minute_pace_secs: minute_pace_secs(first_ns, last_ns).unwrap_or_else(|| timeline.pace_secs()),
        });
        Drawn {
            first_ns,
            last_ns,
            steps_back: self.steps_back,
            furthest_step_back_ns: self.furthest_step_back_ns,
            far_off: cells.far_off(),
            gaps: cells.gaps(bin_ns, MOST_TOLD),
            protocols: self.protocols,
            sources: most_first(&renumbered(&self.sources, source_numbers), |index| {
                names.sources[index].clone()
            }),
            ports: most_first(&self.ports, |slot| Port::at(slot as u32)),
            has_hosts,
            hosts: {
                let hosts = renumbered(&self.hosts, host_numbers);
                let mut hosts = most_first(&hosts, |index| names.hosts[index].clone());
                if self.several_hosts > 0 {
                    let at = hosts.partition_point(|(_, packets)| *packets >= self.several_hosts);
                    hosts.insert(at, (format!("({SEVERAL_HOSTS_TEXT})"), self.several_hosts));
                }
                hosts
            },
            bins,
            bin_ns,
            bursts: bursts.collect(),
            port_scans: port_scans
                .into_iter()
                .map(|scan| told(scan, grid, reached, source))
                .collect(),
            source_scans: source_scans
                .into_iter()
                .map(|scan| told(scan, grid, reached, |key| Port::at(key as u32)))
                .collect(),
            addresses: top_addresses,
            address_scans,
            choices,
            film,
        }
    }
}

/// Adds to a counter of a growing list.
fn add_at(counters: &mut Vec<u64>, index: u32, packets: u64) {
    let index = index as usize;
    if index >= counters.len() {
        counters.resize(index + 1, 0);
    }
    counters[index] += packets;
}

/// The same counters by their new numbers.
fn renumbered(counters: &[u64], numbers: &[u32]) -> Vec<u64> {
    let mut renumbered = vec![0; numbers.len()];
    for (number, packets) in numbers.iter().zip(counters) {
        renumbered[*number as usize] = *packets;
    }
    renumbered
}

/// Names with their packets, the most packets first, without those that have none; equals are in the order
/// of their indices.
fn most_first<T>(packets: &[u64], named: impl Fn(usize) -> T) -> Vec<(T, u64)> {
    let mut counted: Vec<(usize, u64)> = packets.iter().copied().enumerate().collect();
    counted.retain(|(_, packets)| *packets > 0);
    counted.sort_by_key(|(_, packets)| std::cmp::Reverse(*packets));
    let named = counted.into_iter().map(|(index, packets)| (named(index), packets));
    named.collect()
}

fn told<T>(
    scan: unusual::Scan,
    grid: Grid,
    reached: impl Fn(&Hosts) -> Option<Reached>,
    named: impl Fn(u64) -> T,
) -> Scan<T> {
    Scan {
        hosts: reached(&scan.hosts),
        one: named(scan.key),
        many: scan.others,
        exact: scan.exact,
        usual: scan.usual,
        from_ns: grid.start_ns(scan.first),
        to_ns: grid.start_ns(scan.last + 1),
        cell_ns: grid.length_ns(),
        packets: scan.packets,
    }
}

/// The bins whose films can be made.
fn choices(ladder: &Ladder, first_ns: i64, last_ns: i64) -> Vec<Choice> {
    let choice = |(bin_ns, bubbles, exact)| {
        let spec = TimeSpec {
            bin_ns: Some(bin_ns),
            ..TimeSpec::default()
        };
        let timeline = Timeline::settle(&spec, first_ns, last_ns).ok()?;
        Some(Choice {
            bin_ns,
            bubbles,
            exact,
            film_secs: timeline.film_secs(timeline.frames()),
            unit: 1,
        })
    };
    ladder.counts().filter_map(choice).collect()
}

/// The unit of a film, by the packets of cells in place of bubbles, each of which departs with the first of them, and
/// by five frames a second.
fn about_unit(cells: &FullCells, bin_ns: i64, largest: u64, first_ns: i64, last_ns: i64) -> Option<u64> {
    let spec = TimeSpec {
        bin_ns: Some(bin_ns),
        fps: Fps { num: 5, den: 1 },
        ..TimeSpec::default()
    };
    let timeline = Timeline::settle(&spec, first_ns, last_ns).ok()?;
    let bubbles = || {
        cells
            .packets()
            .map(|(first_ns, packets)| (first_ns.saturating_sub(timeline.start_ns), packets))
    };
    let [departing, arriving] = [bubbles(), bubbles()].map(Ahead::of);
    Some(Sums::over(&timeline, departing, arriving, largest).unit())
}

/// Data seconds in a second of a film of one minute.
fn minute_pace_secs(first_ns: i64, last_ns: i64) -> Option<f64> {
    let spec = TimeSpec {
        duration_ns: Some(MINUTE_NS),
        ..TimeSpec::default()
    };
    let timeline = Timeline::settle(&spec, first_ns, last_ns).ok()?;
    Some(timeline.pace_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{self, LogPart, Options};
    use crate::log::{Grouping, LogBuilder};
    use crate::model::Protocol;
    use crate::words::utc;

    fn sample() -> Profile {
        let mut builder = ProfileBuilder::default();
        let take = &mut |batch: &Batch<'_>| builder.add(batch);
        let reading = input::stream(&[LogPart::Sample], &Options::default(), &mut |_| {}, take).unwrap();
        builder.finish(reading)
    }

    fn bubbles(spec: TimeSpec) -> u64 {
        let mut builder = LogBuilder::new(spec, Grouping::Ports);
        let take = &mut |batch: &Batch<'_>| builder.add(batch);
        let reading = input::stream(&[LogPart::Sample], &Options::default(), &mut |_| {}, take).unwrap();
        builder.finish(reading).unwrap().bubbles.len() as u64
    }

    #[test]
    fn the_sample_has_its_facts() {
        let profile = sample();
        assert_eq!((profile.rows, profile.drawable), (79_832, 72_599));
        assert_eq!(profile.other_protocols, [("ICMP".to_owned(), 7_233)].into());
        let drawn = profile.drawn.unwrap();
        assert_eq!(drawn.protocols.map(|count| count.packets), [17_959, 54_640]);
        assert_eq!(drawn.sources.len(), 137);
        assert_eq!(
            (drawn.sources[0].0.code.as_str(), drawn.ports[0].0.number),
            ("CN", 1433)
        );
        assert_eq!(
            drawn
                .ports
                .iter()
                .filter(|(port, _)| port.protocol == Protocol::Tcp)
                .count(),
            910
        );
        assert_eq!(drawn.hosts.len(), 9);
        assert_eq!((drawn.bins.len(), drawn.bins.iter().sum::<u64>()), (8064, 72_599));
        let film = drawn.film.unwrap();
        assert_eq!((film.timeline.frames(), film.timeline.bin_ns), (8134, drawn.bin_ns));
        // 28 days in a minute.
        assert_eq!(film.minute_pace_secs, 28.0 * 1440.0);
    }

    #[test]
    fn the_flood_from_iran_is_the_strongest_burst() {
        let flood = &sample().drawn.unwrap().bursts[0];
        assert_eq!(
            (flood.source.code.as_str(), flood.port.protocol, flood.port.number),
            ("IR", Protocol::Udp, 2193)
        );
        assert_eq!(utc(flood.peak_ns), "2013-07-24T07:45:00Z");
        assert_eq!((flood.peak_packets, flood.missing, flood.usual), (5_716, 0, 0));
        assert!((flood.from_ns..flood.to_ns).contains(&flood.peak_ns) && flood.packets >= 5_716);
    }

    #[test]
    fn bursts_and_scans_tell_their_hosts() {
        let drawn = sample().drawn.unwrap();
        assert_eq!(drawn.bursts[0].hosts, Some(Reached::One("groucho-tokyo".to_owned())));
        let told = drawn.port_scans[..2].iter().map(|scan| scan.hosts.clone());
        let many = |count| Some(Reached::Many { count, exact: true });
        assert_eq!(told.collect::<Vec<_>>(), [many(8), many(9)]);
    }

    #[test]
    fn the_slow_scans_from_vietnam_come_first() {
        let scans = sample().drawn.unwrap().port_scans;
        let told = |scan: &Scan<Source>| {
            let code = scan.one.code.clone();
            (
                code,
                utc(scan.from_ns),
                utc(scan.to_ns),
                scan.many,
                scan.exact,
                scan.usual,
            )
        };
        let vietnam = |from: &str, to: &str, many| ("VN".to_owned(), from.to_owned(), to.to_owned(), many, true, 1);
        assert_eq!(
            told(&scans[0]),
            vietnam("2013-07-22T06:00:00Z", "2013-07-24T03:00:00Z", 487)
        );
        assert_eq!(
            told(&scans[1]),
            vietnam("2013-07-07T08:00:00Z", "2013-07-08T15:00:00Z", 241)
        );
        assert!(scans[2].many < 50);
    }

    #[test]
    fn bubbles_of_a_bin_are_those_that_the_log_makes_of_it() {
        let choices = sample().drawn.unwrap().choices;
        for choice in choices.iter().filter(|choice| choice.bin_ns >= 60_000_000_000) {
            let spec = TimeSpec {
                bin_ns: Some(choice.bin_ns),
                ..TimeSpec::default()
            };
            assert_eq!(
                (choice.bubbles, choice.exact),
                (bubbles(spec), true),
                "{}",
                choice.bin_ns
            );
        }
        assert!(choices.len() > 15);
    }

    #[test]
    fn the_order_of_rows_does_not_matter_but_for_steps_back() {
        let event = |minute: i64, number| Event {
            time_ns: minute * 60_000_000_000,
            port: Port {
                protocol: Protocol::Tcp,
                number,
            },
            source: 0,
            host: 0,
            packets: 2,
        };
        let profile = |events: &[Event]| {
            let mut builder = ProfileBuilder::default();
            events.iter().for_each(|event| builder.add_event(event));
            let names = Names {
                sources: vec![Source {
                    code: "A".to_owned(),
                    name: String::new(),
                }],
                hosts: vec![String::new()],
            };
            builder.close_cell();
            let cells = std::mem::replace(&mut builder.cells, Cells::new()).finish();
            builder.drawn(&cells, cells.ends_ns().unwrap(), &names, &[vec![0], vec![0]])
        };
        let mut events: Vec<Event> = (0..5000).map(|row| event(row / 3, (row % 40) as u16)).collect();
        let sorted = profile(&events);
        assert_eq!((sorted.steps_back, sorted.furthest_step_back_ns), (0, 0));
        events.reverse();
        let turned = profile(&events);
        assert_eq!(turned.steps_back, 1666);
        assert_eq!(turned.furthest_step_back_ns, 60_000_000_000);
        assert_eq!((turned.bins, turned.choices), (sorted.bins, sorted.choices));
        assert_eq!((turned.bursts, turned.port_scans), (sorted.bursts, sorted.port_scans));
    }
}
