//! Bursts and scans, with their times: the parts of a log that are out of the ordinary. Owns the
//! definitions of these words; knows no text.
//!
//! In each cell of time something is counted: packets from a source to a port, ports of a source,
//! sources of a port. The **usual** number is the median over all cells of the log, empty ones
//! too. A cell is unusual with at least twice the usual number and [`MORE`], and a **run** is unusual
//! cells with at most one other between them. So a source that knocks at fifty ports every hour is
//! no scan, and one that knocks at eleven, every hour for a day, where it is otherwise seen at one, is.

use super::distinct::Few;
use super::lossy::{Kept, Lossy, Series};

/// An unusual number is this much more than twice the usual one.
const MORE: u64 = 4;

/// Unusual cells of a series, by index, and what is usual.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    first: usize,
    last: usize,
    usual: u64,
}

/// The runs of a series whose other cells, of `cells` in all, are empty.
fn runs<V: Kept>(series: &Series<V>, cells: u64) -> Vec<Run> {
    let mut sizes: Vec<u64> = series.iter().map(|(_, value)| value.size()).collect();
    sizes.sort_unstable();
    let empty = cells.saturating_sub(sizes.len() as u64);
    let usual = (cells / 2)
        .checked_sub(empty)
        .and_then(|rank| sizes.get(usize::try_from(rank).ok()?).copied())
        .unwrap_or(0);
    let mut runs: Vec<Run> = Vec::new();
    for (index, (cell, value)) in series.iter().enumerate() {
        if value.size() < usual.saturating_mul(2).saturating_add(MORE) {
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

/// Packets from one source to one port, far more than usual for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// The strongest bursts: those whose height is most above the usual, one for each run; of equal ones
/// the first, and then that whose key has the lower rank.
pub(super) fn bursts(mut counted: Lossy<u64>, bins: u64, most: usize, rank: impl Fn(u64) -> u64) -> Vec<Burst> {
    let mut bursts = Vec::new();
    for (key, series) in counted.take_series() {
        for run in runs(&series, bins) {
            let part = &series[run.first..=run.last];
            let highest = part.iter().rev().max_by_key(|(_, packets)| *packets);
            let Some((peak, peak_packets)) = highest.copied() else {
                continue;
            };
            bursts.push(Burst {
                key,
                peak,
                peak_packets,
                first: part[0].0,
                last: part[part.len() - 1].0,
                packets: part.iter().map(|(_, packets)| packets).sum(),
                usual: run.usual,
                missing: counted.missing(peak),
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fan {
    /// `None` before the first is seen.
    others: Option<Few>,
    packets: u64,
}

impl Fan {
    pub fn add(&mut self, other: u32, packets: u64) {
        self.others.get_or_insert_with(Few::new).insert(other);
        self.packets += packets;
    }
}

impl Kept for Fan {
    fn size(&self) -> u64 {
        self.others.as_ref().map_or(0, |others| others.count().0)
    }

    fn merge(&mut self, other: Self) {
        self.packets += other.packets;
        match (&mut self.others, other.others) {
            (Some(ours), Some(theirs)) => ours.merge(&theirs),
            (ours @ None, theirs) => *ours = theirs,
            (Some(_), None) => {}
        }
    }

    fn heap_bytes(&self) -> usize {
        self.others.as_ref().map_or(0, Few::bytes)
    }
}

/// One that was seen with far more others than usual, for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// The widest scans: those with the most others, less the usual number; of equal ones the first, and
/// then that whose key has the lower rank.
pub(super) fn scans(mut counted: Lossy<Fan>, cells: u64, most: usize, rank: impl Fn(u64) -> u64) -> Vec<Scan> {
    let mut scans = Vec::new();
    for (key, series) in counted.take_series() {
        for run in runs(&series, cells) {
            let part = &series[run.first..=run.last];
            let (others, exact) = Few::count_all(part.iter().filter_map(|(_, fan)| fan.others.as_ref()));
            let forgotten = part.iter().any(|(cell, _)| counted.missing(*cell) > 0);
            scans.push(Scan {
                key,
                first: part[0].0,
                last: part[part.len() - 1].0,
                others,
                exact: exact && !forgotten,
                usual: run.usual,
                packets: part.iter().map(|(_, fan)| fan.packets).sum(),
            });
        }
    }
    scans.sort_unstable_by_key(|scan| {
        let above = scan.others.saturating_sub(scan.usual);
        (std::cmp::Reverse(above), scan.first, rank(scan.key))
    });
    scans.truncate(most);
    scans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(first: usize, last: usize, usual: u64) -> Run {
        Run { first, last, usual }
    }

    #[test]
    fn a_run_is_what_is_far_above_the_median() {
        // Eleven cells, three of them empty: the median is 2, so 8 and more is unusual.
        let series = vec![(0, 2_u64), (1, 3), (2, 8), (4, 9), (5, 7), (7, 8), (8, 2), (10, 1)];
        assert_eq!(runs(&series, 11), [run(2, 3, 2), run(5, 5, 2)]);
        // Mostly empty: the median is 0, so 4 and more is.
        assert_eq!(runs(&series, 100), [run(2, 5, 0)]);
        assert!(runs(&vec![(0, 3_u64)], 1).is_empty());
        assert!(runs(&Series::<u64>::new(), 0).is_empty());
    }

    #[test]
    fn the_height_of_a_burst_counts_and_its_sum_is_told() {
        let mut counted = Lossy::new(1 << 20);
        for (cell, key, packets) in [
            (3, 1, 50_u64),
            (4, 1, 70),
            (5, 1, 60),
            (9, 2, 100),
            (40, 1, 30),
            (1, 3, 3),
        ] {
            counted.change(cell, key, |kept| *kept += packets);
        }
        let found = bursts(counted, 50, 2, |key| key);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].key, found[0].peak_packets), (2, 100));
        let second = &found[1];
        assert_eq!((second.first, second.peak, second.last), (3, 4, 5));
        assert_eq!((second.packets, second.peak_packets, second.missing), (180, 70, 0));
    }

    #[test]
    fn a_slow_scan_adds_up_and_a_busy_source_is_none() {
        let mut counted = Lossy::<Fan>::new(8 << 20);
        for cell in 0..200 {
            for port in 0..50 {
                counted.change(cell, 1, |fan| fan.add(port * 7, 3));
            }
            if (80..111).contains(&cell) {
                for port in 0..11 {
                    counted.change(cell, 2, |fan| fan.add(cell as u32 * 11 + port, 1));
                }
            }
        }
        let found = scans(counted, 200, 5, |key| key);
        let expected = Scan {
            key: 2,
            first: 80,
            last: 110,
            others: 341,
            exact: true,
            usual: 0,
            packets: 341,
        };
        assert_eq!(found, [expected]);
    }
}
