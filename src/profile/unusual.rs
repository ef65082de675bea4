//! Bursts and scans, with their times: the parts of a log that are out of the ordinary. Owns the
//! definitions of these words; knows no text.
//!
//! In each cell of time something is counted: packets from a source to a port, ports of a source,
//! sources of a port. The **usual** number is the median over all cells of the log, empty ones
//! too. A cell is unusual with at least twice the usual number and [`MORE`], and a **run** is unusual
//! cells with at most one other between them. So a source that knocks at fifty ports every hour is
//! no scan, and one that knocks at eleven, every hour for a day, where it is otherwise seen at one, is.

use crate::counting::{Few, HostSet, Hosts, Kept, Lossy, Series, Usual, score};

/// An unusual number is this much more than twice the usual one.
const MORE: u64 = 4;

/// Unusual cells of a series, by index, and what is usual.
#[derive(Clone, Debug, PartialEq)]
struct Run {
    first: usize,
    last: usize,
    usual: Usual,
}

/// The runs of a series whose other cells, of `cells` in all, are empty.
fn runs<V: Kept>(series: &Series<V>, cells: u64) -> Vec<Run> {
    let mut sizes: Vec<u64> = series.iter().map(|(_, value)| value.size()).collect();
    let usual = Usual::of(&mut sizes, cells);
    let mut runs: Vec<Run> = Vec::new();
    for (index, (cell, value)) in series.iter().enumerate() {
        if value.size() < usual.median.saturating_mul(2).saturating_add(MORE) {
            continue;
        }
        match runs.last_mut() {
            Some(run) if cell - series[run.last].0 <= 2 => run.last = index,
            _ => runs.push(Run {
                first: index,
                last: index,
                usual,
            }),
        }
    }
    runs
}

/// The packets of a key in a cell, and the hosts that they went to.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent<H> {
    pub packets: u64,
    pub hosts: H,
}

impl<H: HostSet> Kept for Sent<H> {
    fn size(&self) -> u64 {
        self.packets
    }

    fn merge(&mut self, other: Self) {
        self.packets += other.packets;
        self.hosts.merge(&other.hosts);
    }

    fn heap_bytes(&self) -> usize {
        self.hosts.bytes()
    }
}

/// The hosts of several values together.
fn together<'a, H: HostSet + 'a>(all: impl Iterator<Item = &'a H>) -> Hosts {
    let mut together = H::default();
    all.for_each(|hosts| together.merge(hosts));
    together.hosts()
}

/// Packets from one source to one port, far more than usual for a while.
#[derive(Clone, Debug)]
pub(super) struct Burst {
    pub key: u64,
    /// Bin of its height, and the packets in it.
    pub peak: i64,
    pub peak_packets: u64,
    /// First and last bin.
    pub first: i64,
    pub last: i64,
    /// Packets in all of them.
    pub packets: u64,
    /// Packets in a bin that are usual.
    pub usual: u64,
    /// The most packets that may be missing from the peak.
    pub missing: u64,
    /// The hosts that they went to.
    pub hosts: Hosts,
}

/// The strongest bursts: those whose height is most above the usual, one for each run; of equal ones
/// the first, and then that whose key has the lower rank.
pub(super) fn bursts<H: HostSet>(
    mut counted: Lossy<Sent<H>>,
    bins: u64,
    most: usize,
    rank: impl Fn(u64) -> u64,
) -> Vec<Burst> {
    let mut bursts = Vec::new();
    for (key, series) in counted.take_series() {
        for run in runs(&series, bins) {
            let part = &series[run.first..=run.last];
            let highest = part.iter().rev().max_by_key(|(_, sent)| sent.packets);
            let Some((peak, peak_packets)) = highest.map(|(cell, sent)| (*cell, sent.packets)) else {
                continue;
            };
            bursts.push(Burst {
                key,
                peak,
                peak_packets,
                first: part[0].0,
                last: part[part.len() - 1].0,
                packets: part.iter().map(|(_, sent)| sent.packets).sum(),
                usual: run.usual.median,
                missing: counted.missing(peak),
                hosts: together(part.iter().map(|(_, sent)| &sent.hosts)),
            });
        }
    }
    bursts.sort_unstable_by_key(|burst| {
        let above = burst.peak_packets - burst.usual;
        (std::cmp::Reverse(above), burst.peak, rank(burst.key))
    });
    bursts.truncate(most);
    bursts
}

/// The partners of a key in a cell: the ports of a source, or the sources of a port.
#[derive(Clone, Debug, Default)]
pub(super) struct Fan<H> {
    /// `None` before the first is seen.
    others: Option<Few>,
    packets: u64,
    pub hosts: H,
}

impl<H: HostSet> Fan<H> {
    /// Takes in packets to or from another, which went to some of the first 64 hosts, a bit for each.
    pub fn add(&mut self, other: u32, packets: u64, first_hosts: u64) {
        self.others.get_or_insert_with(Few::new).insert(other);
        self.packets += packets;
        self.hosts.insert_first(first_hosts);
    }

    /// The same with its hosts, each of which is known to be `hosts` so far.
    pub fn with_hosts(self, hosts: Hosts) -> Fan<Hosts> {
        Fan {
            others: self.others,
            packets: self.packets,
            hosts,
        }
    }
}

impl<H: HostSet> Kept for Fan<H> {
    fn size(&self) -> u64 {
        self.others.as_ref().map_or(0, |others| others.count().0)
    }

    fn merge(&mut self, other: Self) {
        self.packets += other.packets;
        self.hosts.merge(&other.hosts);
        match (&mut self.others, other.others) {
            (Some(ours), Some(theirs)) => ours.merge(&theirs),
            (ours @ None, theirs) => *ours = theirs,
            (Some(_), None) => {}
        }
    }

    fn heap_bytes(&self) -> usize {
        self.others.as_ref().map_or(0, Few::bytes) + self.hosts.bytes()
    }
}

/// One that was seen with far more others than usual, for a while.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    pub key: u64,
    /// First and last cell.
    pub first: i64,
    pub last: i64,
    /// Different others, and whether their number is exact.
    pub others: u64,
    pub exact: bool,
    /// Others in a cell that are usual.
    pub usual: u64,
    /// Packets of the key in these cells.
    pub packets: u64,
    /// The hosts that these went to.
    pub hosts: Hosts,
}

/// The scans with the most weight: by how far the widest cell is above the usual, and by length ([`score`]); of equal
/// ones the first, and then that whose key has the lower rank.
pub(super) fn scans<H: HostSet>(
    mut counted: Lossy<Fan<H>>,
    cells: u64,
    most: usize,
    rank: impl Fn(u64) -> u64,
) -> Vec<Scan> {
    let mut scans = Vec::new();
    for (key, series) in counted.take_series() {
        for run in runs(&series, cells) {
            let part = &series[run.first..=run.last];
            let (others, exact) = Few::count_all(part.iter().filter_map(|(_, fan)| fan.others.as_ref()));
            let forgotten = part.iter().any(|(cell, _)| counted.missing(*cell) > 0);
            let scan = Scan {
                key,
                first: part[0].0,
                last: part[part.len() - 1].0,
                others,
                exact: exact && !forgotten,
                usual: run.usual.median,
                packets: part.iter().map(|(_, fan)| fan.packets).sum(),
                hosts: together(part.iter().map(|(_, fan)| &fan.hosts)),
            };
            let widest = part.iter().map(|(_, fan)| fan.size()).max().unwrap_or(0);
            let length = scan.first.abs_diff(scan.last) + 1;
            scans.push((score(run.usual.above(widest), length as f64), scan));
        }
    }
    scans.sort_by(|(a_score, a), (b_score, b)| {
        let by_name = |scan: &Scan| (scan.first, rank(scan.key));
        b_score.total_cmp(a_score).then_with(|| by_name(a).cmp(&by_name(b)))
    });
    scans.truncate(most);
    scans.into_iter().map(|(_, scan)| scan).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(runs: &[Run]) -> Vec<(usize, usize, u64)> {
        runs.iter().map(|run| (run.first, run.last, run.usual.median)).collect()
    }

    #[test]
    fn a_run_is_what_is_far_above_the_median() {
        // Eleven cells, three of them empty: the median is 2, so 8 and more is unusual.
        let series = vec![(0, 2_u64), (1, 3), (2, 8), (4, 9), (5, 7), (7, 8), (8, 2), (10, 1)];
        assert_eq!(told(&runs(&series, 11)), [(2, 3, 2), (5, 5, 2)]);
        // Mostly empty: the median is 0, so 4 and more is.
        assert_eq!(told(&runs(&series, 100)), [(2, 5, 0)]);
        assert!(runs(&vec![(0, 3_u64)], 1).is_empty());
        assert!(runs(&Series::<u64>::new(), 0).is_empty());
    }

    #[test]
    fn the_height_of_a_burst_counts_and_its_sum_is_told() {
        let mut counted = Lossy::new(1 << 20);
        for (cell, key, packets) in [(3, 1, 50), (4, 1, 70), (5, 1, 60), (9, 2, 100), (40, 1, 30), (1, 3, 3)] {
            counted.change(cell, key, |sent: &mut Sent<Hosts>| {
                sent.packets += packets;
                sent.hosts.insert(cell as u32 / 5);
            });
        }
        let found = bursts(counted, 50, 2, |key| key);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].key, found[0].peak_packets), (2, 100));
        let second = &found[1];
        assert_eq!((second.first, second.peak, second.last), (3, 4, 5));
        assert_eq!((second.packets, second.peak_packets, second.missing), (180, 70, 0));
        assert_eq!((found[0].hosts.one(), second.hosts.count()), (Some(1), (2, true)));
    }

    #[test]
    fn a_slow_scan_adds_up_and_a_busy_source_is_none() {
        let mut counted = Lossy::<Fan<Hosts>>::new(8 << 20);
        for cell in 0..200 {
            for port in 0..50 {
                counted.change(cell, 1, |fan| fan.add(port * 7, 3, 1));
            }
            if (80..111).contains(&cell) {
                for port in 0..11 {
                    counted.change(cell, 2, |fan| fan.add(cell as u32 * 11 + port, 1, 1 << (port % 4)));
                }
            }
        }
        let found = scans(counted, 200, 5, |key| key);
        let [scan] = &found[..] else { panic!("{found:?}") };
        assert_eq!((scan.key, scan.first, scan.last), (2, 80, 110));
        assert_eq!((scan.others, scan.exact, scan.usual, scan.packets), (341, true, 0, 341));
        assert_eq!(scan.hosts.count(), (4, true));
    }
}
