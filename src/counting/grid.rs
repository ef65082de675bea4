//! Time cut into cells of equal length that grow with the log, so that a log of any span fits a bounded number of
//! them. Owns the lengths; knows nothing of what is counted.

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
pub struct Grid {
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

    /// First and last instant of the cell of a time.
    pub fn span_ns(&self, time_ns: i64) -> (i64, i64) {
        let cell = self.cell(time_ns);
        // Where times end, the cell is cut.
        let next = (cell + 1).checked_mul(self.length_ns());
        (self.start_ns(cell), next.map_or(i64::MAX, |next_ns| next_ns - 1))
    }

    /// Number of cells from the first to the last.
    pub fn count(&self) -> u64 {
        self.ends.map_or(0, |(first, last)| last.abs_diff(first) + 1)
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
    }
}
