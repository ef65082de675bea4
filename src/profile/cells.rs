//! Time cut into cells of equal length that grow with the log, so that a log of any span fits a
//! bounded number of them. Owns the lengths; knows nothing of what is counted but packets per cell.

use std::collections::VecDeque;

use super::far_off::{FarOff, Span, far_off};

const NS_PER_MS: i64 = 1_000_000;

/// Lengths of cells in nanoseconds: 20, 100, 500 ms, 1, 5, 30 s, 1, 5, 30 min, 1, 6, 12 h, 1 d.
///
/// Each divides the next, so that cells can be joined, and every bin length of
/// [`BIN_LADDER_NS`](crate::timeline::BIN_LADDER_NS) that is not below a cell's is a multiple of it.
const LENGTHS_NS: [i64; 13] = [
    20 * NS_PER_MS,
    100 * NS_PER_MS,
    500 * NS_PER_MS,
    1_000 * NS_PER_MS,
    5_000 * NS_PER_MS,
    30_000 * NS_PER_MS,
    60_000 * NS_PER_MS,
    300_000 * NS_PER_MS,
    1_800_000 * NS_PER_MS,
    3_600_000 * NS_PER_MS,
    21_600_000 * NS_PER_MS,
    43_200_000 * NS_PER_MS,
    86_400_000 * NS_PER_MS,
];

/// A length of cells that suits what was seen so far. Cells are counted from 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    level: usize,
    most: u64,
    /// First and last cell.
    ends: Option<(i64, i64)>,
}

impl Grid {
    /// Cells of 20 ms that will be joined when there are more than `most`; days are not joined any
    /// more (213,504 of them are all times there are).
    pub fn new(most: u64) -> Self {
        Self {
            level: 0,
            most,
            ends: None,
        }
    }

    /// Length of a cell in nanoseconds.
    pub fn length_ns(&self) -> i64 {
        LENGTHS_NS[self.level]
    }

    /// Makes room for a time; true where cells have become longer.
    pub fn reach(&mut self, time_ns: i64) -> bool {
        let cell = self.cell(time_ns);
        let (mut first, mut last) = self.ends.unwrap_or((cell, cell));
        (first, last) = (first.min(cell), last.max(cell));
        let before = self.level;
        while last.abs_diff(first) >= self.most && self.level + 1 < LENGTHS_NS.len() {
            let joined = LENGTHS_NS[self.level + 1] / LENGTHS_NS[self.level];
            self.level += 1;
            (first, last) = (first.div_euclid(joined), last.div_euclid(joined));
        }
        self.ends = Some((first, last));
        self.level > before
    }

    /// The cell of a time.
    pub fn cell(&self, time_ns: i64) -> i64 {
        time_ns.div_euclid(self.length_ns())
    }

    /// First instant of a cell, Unix nanoseconds; the earliest there is for a cell cut by it.
    pub fn start_ns(&self, cell: i64) -> i64 {
        cell.saturating_mul(self.length_ns())
    }

    /// Number of cells from the first to the last.
    pub fn count(&self) -> u64 {
        self.ends.map_or(0, |(first, last)| last.abs_diff(first) + 1)
    }
}

/// The packets of a cell, and when they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub packets: u64,
    /// Time of its first row, Unix nanoseconds; means nothing where the cell is empty.
    pub first_ns: i64,
    /// Time of its last.
    pub last_ns: i64,
}

impl Cell {
    fn join(&mut self, other: Self) {
        if self.packets == 0 {
            *self = other;
        } else if other.packets > 0 {
            self.packets += other.packets;
            self.first_ns = self.first_ns.min(other.first_ns);
            self.last_ns = self.last_ns.max(other.last_ns);
        }
    }
}

/// Packets by time.
#[derive(Debug)]
pub(super) struct Cells {
    grid: Grid,
    /// Cells from `first` on.
    cells: VecDeque<Cell>,
    first: i64,
    /// Where the time before fell: its cell's first instant and its index.
    recent: Option<(i64, usize)>,
}

impl Cells {
    /// 24 bytes each: 25 MB.
    const MOST: u64 = 1 << 20;

    pub fn new() -> Self {
        Self {
            grid: Grid::new(Self::MOST),
            cells: VecDeque::new(),
            first: 0,
            recent: None,
        }
    }

    /// Counts a row.
    pub fn add(&mut self, time_ns: i64, packets: u64) {
        let index = match self.recent {
            Some((start_ns, index)) if time_ns >= start_ns && time_ns.abs_diff(start_ns) < self.length() => index,
            _ => self.find(time_ns),
        };
        self.cells[index].join(Cell {
            packets,
            first_ns: time_ns,
            last_ns: time_ns,
        });
    }

    fn length(&self) -> u64 {
        self.grid.length_ns().unsigned_abs()
    }

    /// Index of a time's cell, which is made where it is missing.
    fn find(&mut self, time_ns: i64) -> usize {
        let before = self.grid;
        if self.grid.reach(time_ns) {
            self.rebuild(before);
        }
        let cell = self.grid.cell(time_ns);
        if self.cells.is_empty() {
            self.first = cell;
        }
        while cell < self.first {
            self.cells.push_front(Cell::default());
            self.first -= 1;
        }
        let index = usize::try_from(cell - self.first).unwrap_or_default();
        if index >= self.cells.len() {
            self.cells.resize(index + 1, Cell::default());
        }
        self.recent = Some((self.grid.start_ns(cell), index));
        index
    }

    /// Joins the cells of a finer grid, where they are.
    fn rebuild(&mut self, before: Grid) {
        let first = self.first;
        self.first = self.grid.cell(before.start_ns(first));
        let mut count = 0;
        for (cell, at) in (first..).zip(0..self.cells.len()) {
            let content = std::mem::take(&mut self.cells[at]);
            let cell = self.grid.cell(before.start_ns(cell));
            // Never behind the one that was taken.
            let index = usize::try_from(cell - self.first).unwrap_or_default();
            self.cells[index].join(content);
            count = index + 1;
        }
        self.cells.truncate(count);
    }

    /// First and last time, Unix nanoseconds.
    pub fn ends_ns(&self) -> Option<(i64, i64)> {
        Some((self.cells.front()?.first_ns, self.cells.back()?.last_ns))
    }

    /// Packets by the time of the first of them, cell by cell.
    pub fn packets(&self) -> impl Iterator<Item = (i64, u64)> {
        let full = self.cells.iter().filter(|cell| cell.packets > 0);
        full.map(|cell| (cell.first_ns, cell.packets))
    }

    /// The packets that are far in time before and behind all others.
    pub fn far_off(&self) -> [Option<FarOff>; 2] {
        let spans = self.cells.iter().filter(|cell| cell.packets > 0).map(|cell| Span {
            first_ns: cell.first_ns,
            last_ns: cell.last_ns,
            count: cell.packets,
        });
        let total = spans.clone().map(|span| span.count).sum();
        far_off(total, spans.clone(), spans.rev())
    }

    /// The longest times without a row, longest first: the times of the rows around each. All that
    /// are longer than a cell are found.
    pub fn gaps(&self, least_ns: i64, most: usize) -> Vec<(i64, i64)> {
        let least_ns = least_ns.max(self.grid.length_ns());
        let full: Vec<&Cell> = self.cells.iter().filter(|cell| cell.packets > 0).collect();
        let mut gaps: Vec<(i64, i64)> = full
            .windows(2)
            .map(|pair| (pair[0].last_ns, pair[1].first_ns))
            .filter(|(from, to)| to.abs_diff(*from) > least_ns.unsigned_abs())
            .collect();
        gaps.sort_unstable_by_key(|(from, to)| (std::cmp::Reverse(to.abs_diff(*from)), *from));
        gaps.truncate(most);
        gaps
    }

    /// Packets of each bin from `start_ns` on, empty bins too; a bin is a multiple of a cell, and
    /// `start_ns` of a bin.
    pub fn bins(&self, start_ns: i64, bin_ns: i64) -> Vec<u64> {
        let mut bins = Vec::new();
        for cell in self.cells.iter().filter(|cell| cell.packets > 0) {
            let bin = usize::try_from((i128::from(cell.first_ns) - i128::from(start_ns)) / i128::from(bin_ns));
            let bin = bin.unwrap_or_default();
            if bin >= bins.len() {
                bins.resize(bin + 1, 0);
            }
            bins[bin] += cell.packets;
        }
        bins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{BIN_LADDER_NS, TimeSpec, Timeline};
    use proptest::prelude::*;

    #[test]
    fn lengths_divide_each_other_and_the_bins() {
        for pair in LENGTHS_NS.windows(2) {
            assert_eq!(pair[1] % pair[0], 0);
        }
        for length in LENGTHS_NS {
            for bin in BIN_LADDER_NS.iter().filter(|bin| **bin >= length) {
                assert_eq!(bin % length, 0, "{bin} {length}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_film_s_bin_is_made_of_whole_cells(first in -4_000_000_000_000_000_000_i64..4_000_000_000_000_000_000, span in 0_u64..63, extra in any::<u64>()) {
            let last = first.saturating_add((extra >> (64 - span - 1)).min(1 << 62) as i64);
            let mut grid = Grid::new(1 << 15);
            grid.reach(first);
            grid.reach(last);
            let Ok(timeline) = Timeline::settle(&TimeSpec::default(), first, last) else { return Ok(()) };
            prop_assert_eq!(timeline.bin_ns % grid.length_ns(), 0, "{} {}", timeline.bin_ns, grid.length_ns());
        }

        #[test]
        fn bins_and_gaps_are_those_of_the_rows(
            mut times in prop::collection::vec(-3_000_000_000_000_000_i64..3_000_000_000_000_000, 1..200),
        ) {
            let mut cells = Cells::new();
            for time in &times {
                cells.add(*time, 2);
            }
            times.sort_unstable();
            prop_assert_eq!(cells.ends_ns(), Some((times[0], times[times.len() - 1])));
            let bin = 3_600_000_000_000 * 24;
            let start = times[0].div_euclid(bin) * bin;
            let mut bins = vec![0; ((times[times.len() - 1] - start) / bin + 1) as usize];
            for time in &times {
                bins[((time - start) / bin) as usize] += 2;
            }
            prop_assert_eq!(cells.bins(start, bin), bins);
            let mut gaps: Vec<(i64, i64)> = times.windows(2).map(|pair| (pair[0], pair[1])).collect();
            gaps.sort_unstable_by_key(|(from, to)| (std::cmp::Reverse(to - from), *from));
            gaps.retain(|(from, to)| to - from > bin);
            gaps.truncate(5);
            prop_assert_eq!(cells.gaps(bin, 5), gaps);
        }
    }
}
