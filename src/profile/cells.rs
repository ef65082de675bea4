//! Packets by time, in cells that grow with the log. Knows nothing else of what is counted.

use super::far_off::{FarOff, Span, far_off};
use crate::counting::Grid;

/// The packets of a cell, and when they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub packets: u64,
    /// Time of its first row, Unix nanoseconds.
    pub first_ns: i64,
    /// Time of its last.
    pub last_ns: i64,
}

impl Cell {
    fn join(&mut self, other: Self) {
        self.packets += other.packets;
        self.first_ns = self.first_ns.min(other.first_ns);
        self.last_ns = self.last_ns.max(other.last_ns);
    }
}

/// Packets by time, in the making: the cells that have some. Rows may come in any order.
#[derive(Debug)]
pub(super) struct Cells {
    grid: Grid,
    /// In the order of time.
    cells: Vec<Cell>,
    /// Cells before the last of those, in the order of their rows; some are there already.
    late: Vec<Cell>,
    /// The last cell, and the last of the late ones: their first and last instants.
    spans_ns: [Option<(i64, i64)>; 2],
}

/// Packets by time: the cells that have some, in the order of time.
#[derive(Debug)]
pub(super) struct FullCells {
    grid: Grid,
    cells: Vec<Cell>,
}

impl Cells {
    /// 24 bytes each: 25 MB, and a quarter as much for late ones.
    const MOST: u64 = 1 << 20;
    /// Late cells that may wait, of few cells.
    const FEW_LATE: usize = 1 << 12;

    pub fn new() -> Self {
        Self {
            grid: Grid::new(Self::MOST),
            cells: Vec::new(),
            late: Vec::new(),
            spans_ns: [None; 2],
        }
    }

    /// Counts a row.
    #[inline]
    pub fn add(&mut self, time_ns: i64, packets: u64) {
        let row = Cell {
            packets,
            first_ns: time_ns,
            last_ns: time_ns,
        };
        for (cells, span_ns) in [&mut self.cells, &mut self.late].into_iter().zip(&self.spans_ns) {
            if let (Some(cell), Some((start_ns, end_ns))) = (cells.last_mut(), span_ns)
                && (*start_ns..=*end_ns).contains(&time_ns)
            {
                cell.join(row);
                return;
            }
        }
        self.begin(row);
    }

    /// Begins a cell with a row that is not in the last one.
    fn begin(&mut self, row: Cell) {
        if self.grid.reach(row.first_ns) {
            join_all(&mut self.cells, &self.grid);
            self.spans_ns = [self.cells.last().map(|last| self.grid.span_ns(last.first_ns)), None];
        }
        let span_ns = self.grid.span_ns(row.first_ns);
        match self.spans_ns[0] {
            Some((_, end_ns)) if row.first_ns <= end_ns => {
                self.late.push(row);
                self.spans_ns[1] = Some(span_ns);
                if self.late.len() >= Self::FEW_LATE.max(self.cells.len() / 4) {
                    self.settle();
                }
            }
            _ => {
                self.cells.push(row);
                self.spans_ns[0] = Some(span_ns);
            }
        }
    }

    /// Puts late cells in order.
    fn settle(&mut self) {
        if self.late.is_empty() {
            return;
        }
        self.cells.append(&mut self.late);
        // It takes long runs that are in order as they are.
        self.cells.sort_by_key(|cell| cell.first_ns);
        join_all(&mut self.cells, &self.grid);
        self.spans_ns[1] = None;
    }

    /// All cells.
    pub fn finish(mut self) -> FullCells {
        self.settle();
        FullCells {
            grid: self.grid,
            cells: self.cells,
        }
    }
}

/// Joins those of the same cell; all are in the order of their first rows.
fn join_all(cells: &mut Vec<Cell>, grid: &Grid) {
    let Some(first) = cells.first() else { return };
    let mut end_ns = grid.span_ns(first.first_ns).1;
    cells.dedup_by(|next, cell| {
        let same = next.first_ns <= end_ns;
        if same {
            cell.join(*next);
        } else {
            end_ns = grid.span_ns(next.first_ns).1;
        }
        same
    });
}

impl FullCells {
    /// First and last time, Unix nanoseconds.
    pub fn ends_ns(&self) -> Option<(i64, i64)> {
        Some((self.cells.first()?.first_ns, self.cells.last()?.last_ns))
    }

    /// Packets by the time of the first of them, cell by cell.
    pub fn packets(&self) -> impl Iterator<Item = (i64, u64)> {
        self.cells.iter().map(|cell| (cell.first_ns, cell.packets))
    }

    /// The packets that are far in time before and behind all others.
    pub fn far_off(&self) -> [Option<FarOff>; 2] {
        let spans = self.cells.iter().map(|cell| Span {
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
        let mut gaps: Vec<(i64, i64)> = self
            .cells
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
        for cell in &self.cells {
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
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bins_and_gaps_are_those_of_the_rows(
            mut times in prop::collection::vec(-3_000_000_000_000_000_i64..3_000_000_000_000_000, 1..200),
        ) {
            let mut cells = Cells::new();
            for time in &times {
                cells.add(*time, 2);
            }
            let cells = cells.finish();
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
