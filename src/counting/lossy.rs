//! Values by cell of time and key, in bounded memory: when they are too many, the smaller half is
//! forgotten, and the largest size among the forgotten is remembered for each cell.
//! After Manku and Motwani, "Approximate Frequency Counts over Data Streams", VLDB 2002.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::distinct::Few;

/// The value that is kept of a key in a cell.
pub trait Kept: Default {
    /// Its size, by which the smallest are forgotten first.
    fn size(&self) -> u64;
    /// Takes in the value of the same key from another cell.
    fn merge(&mut self, other: Self);
    /// Bytes on the heap.
    fn heap_bytes(&self) -> usize;
}

impl Kept for u64 {
    fn size(&self) -> u64 {
        *self
    }

    fn merge(&mut self, other: Self) {
        *self += other;
    }

    fn heap_bytes(&self) -> usize {
        0
    }
}

impl Kept for Few {
    fn size(&self) -> u64 {
        self.count().0
    }

    fn merge(&mut self, other: Self) {
        Self::merge(self, &other);
    }

    fn heap_bytes(&self) -> usize {
        self.bytes()
    }
}

/// The values of cells and keys.
///
/// Logs are mostly in the order of time: the cell that rows fall into is a table by key, and those
/// before it a list, which is sorted only where a cell came again. Whoever chooses the keys does not know how they are
/// hashed. That differs from run to run, so what is gone through one by one is in the order in which it came.
#[derive(Debug)]
pub struct Lossy<V> {
    open_cell: i64,
    open: IndexMap<u64, V, RandomState>,
    kept: Vec<(i64, u64, V)>,
    /// Whether each cell in `kept` is after the one before it.
    in_order: bool,
    /// The most that may have been forgotten of one key, by cell.
    forgotten: HashMap<i64, u64, RandomState>,
    heap_bytes: usize,
    most_bytes: usize,
}

/// The values of one key: cells in order, each with its value.
pub type Series<V> = Vec<(i64, V)>;

impl<V: Kept> Lossy<V> {
    /// An entry of the table or the list, with their free places.
    const ENTRY_BYTES: usize = 2 * (size_of::<(i64, u64, V)>() + 1);

    /// Keeps about `most_bytes` at most.
    pub fn new(most_bytes: usize) -> Self {
        Self {
            open_cell: 0,
            open: IndexMap::default(),
            kept: Vec::new(),
            in_order: true,
            forgotten: HashMap::default(),
            heap_bytes: 0,
            most_bytes,
        }
    }

    /// Changes the value of a key in a cell.
    pub fn change(&mut self, cell: i64, key: u64, change: impl FnOnce(&mut V)) {
        if cell != self.open_cell {
            self.close();
            self.open_cell = cell;
        }
        let value = self.open.entry(key).or_default();
        let before = value.heap_bytes();
        change(value);
        self.heap_bytes = self.heap_bytes + value.heap_bytes() - before;
        if self.bytes() > self.most_bytes {
            self.make_room();
        }
    }

    #[cold]
    fn make_room(&mut self) {
        // The open cell comes again: the list is in order as long as it need not be moved there.
        if self.open.len() > self.kept.len() {
            self.close();
        }
        self.merge();
        // Below that, what was merged has made room.
        if self.bytes() > self.most_bytes / 4 * 3 {
            self.forget_half();
        }
    }

    fn bytes(&self) -> usize {
        self.heap_bytes + (self.open.len() + self.kept.len()) * Self::ENTRY_BYTES
    }

    /// Moves the open cell to the list.
    fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        self.in_order &= self.kept.last().is_none_or(|(cell, ..)| *cell < self.open_cell);
        let cell = self.open_cell;
        self.kept
            .extend(self.open.drain(..).map(|(key, value)| (cell, key, value)));
    }

    /// Makes one of those of the same cell and key.
    fn merge(&mut self) {
        if self.in_order {
            return;
        }
        self.kept.sort_unstable_by_key(|(cell, key, _)| (*cell, *key));
        self.kept.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2.merge(std::mem::take(&mut next.2));
            }
            same
        });
        self.in_order = true;
        self.count_heap();
    }

    fn count_heap(&mut self) {
        let open = self.open.values().map(V::heap_bytes).sum::<usize>();
        self.heap_bytes = open + self.kept.iter().map(|(.., value)| value.heap_bytes()).sum::<usize>();
    }

    fn forget_half(&mut self) {
        let mut sizes: Vec<u64> = self.kept.iter().map(|(.., value)| value.size()).collect();
        let middle = sizes.len() / 2;
        let (_, median, _) = sizes.select_nth_unstable(middle);
        let median = *median;
        let mut lost: HashMap<i64, u64, RandomState> = HashMap::default();
        self.kept.retain(|(cell, _, value)| {
            let size = value.size();
            if size <= median {
                let most = lost.entry(*cell).or_default();
                *most = size.max(*most);
            }
            size > median
        });
        for (cell, size) in lost {
            *self.forgotten.entry(cell).or_default() += size;
        }
        self.count_heap();
    }

    /// Joins cells.
    pub fn join(&mut self, cell_of: impl Fn(i64) -> i64) {
        self.close();
        for (cell, ..) in &mut self.kept {
            *cell = cell_of(*cell);
        }
        self.in_order = false;
        self.merge();
        for (cell, size) in std::mem::take(&mut self.forgotten) {
            *self.forgotten.entry(cell_of(cell)).or_default() += size;
        }
    }

    /// The most that may be missing of a key in a cell.
    pub fn missing(&self, cell: i64) -> u64 {
        self.forgotten.get(&cell).copied().unwrap_or_default()
    }

    /// The same with other values.
    pub fn map<W: Kept>(self, value_of: impl Fn(V) -> W) -> Lossy<W> {
        let mut mapped = Lossy {
            open_cell: self.open_cell,
            open: self
                .open
                .into_iter()
                .map(|(key, value)| (key, value_of(value)))
                .collect(),
            kept: self
                .kept
                .into_iter()
                .map(|(cell, key, value)| (cell, key, value_of(value)))
                .collect(),
            in_order: self.in_order,
            forgotten: self.forgotten,
            heap_bytes: 0,
            most_bytes: self.most_bytes,
        };
        mapped.count_heap();
        mapped
    }

    /// Everything, by key and cell.
    pub fn take_series(&mut self) -> Vec<(u64, Series<V>)> {
        self.close();
        self.merge();
        let mut all = std::mem::take(&mut self.kept);
        all.sort_unstable_by_key(|(cell, key, _)| (*key, *cell));
        let mut series: Vec<(u64, Series<V>)> = Vec::new();
        for (cell, key, value) in all {
            match series.last_mut() {
                Some((last, cells)) if *last == key => cells.push((cell, value)),
                _ => series.push((key, vec![(cell, value)])),
            }
        }
        series
    }
}

impl<V: Kept> Lossy<V> {
    /// The largest sum of the sizes of one key, for each way of joining cells that follow each other.
    pub fn largest<'a, J: Fn(i64) -> i64>(&mut self, ways: impl Iterator<Item = J> + 'a) -> Vec<u64> {
        self.close();
        self.merge();
        let mut by_key: Vec<(u64, i64, u64)> = self
            .kept
            .iter()
            .map(|(cell, key, value)| (*key, *cell, value.size()))
            .collect();
        by_key.sort_unstable();
        let largest = |cell_of: J| {
            let joined = by_key.chunk_by(|a, b| (a.0, cell_of(a.1)) == (b.0, cell_of(b.1)));
            let sums = joined.map(|parts| parts.iter().map(|(.., value)| value).sum());
            sums.max().unwrap_or(0)
        };
        ways.map(largest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::distinct::mix;

    #[test]
    fn the_large_are_kept_and_the_bound_of_the_loss_holds() {
        let mut lossy = Lossy::<u64>::new(1 << 20);
        let mut counted: HashMap<(i64, u64), u64, RandomState> = HashMap::default();
        for row in 0..400_000_u64 {
            let cell = (row / 40_000) as i64;
            // Every tenth row is of one of three busy keys; the others hardly come back.
            let key = if row % 10 == 0 { mix(row) % 3 } else { mix(row) % 50_000 };
            lossy.change(cell, key, |packets| *packets += 1);
            *counted.entry((cell, key)).or_default() += 1;
        }
        assert!(counted.len() > 2 * (lossy.kept.len() + lossy.open.len()));
        let missing: Vec<u64> = (0..10).map(|cell| lossy.missing(cell)).collect();
        assert!(missing.iter().any(|missing| *missing > 0));
        let series = lossy.take_series();
        for key in 0..3 {
            let found = series.iter().find(|(found, _)| *found == key);
            let (_, cells) = found.unwrap();
            assert_eq!(cells.len(), 10);
        }
        for (key, cells) in series {
            for (cell, packets) in cells {
                let truth = counted[&(cell, key)];
                assert!(packets <= truth && truth <= packets + missing[cell as usize]);
            }
        }
    }

    #[test]
    fn what_is_kept_does_not_depend_on_how_keys_are_hashed() {
        // Each table hashes by a key of its own, forgets, and gets cells again that it had.
        let outcome = || {
            let mut lossy = Lossy::<Few>::new(1 << 20);
            for row in 0..200_000_u64 {
                let cell = (row / 20_000 % 4) as i64;
                lossy.change(cell, mix(row) % 5_000, |few| few.insert(mix(row * 7) as u32 % 300));
            }
            let missing: Vec<u64> = (0..4).map(|cell| lossy.missing(cell)).collect();
            (missing, lossy.take_series())
        };
        let (missing, series) = outcome();
        assert!(missing.iter().any(|missing| *missing > 0) && !series.is_empty());
        for _ in 0..3 {
            assert!(outcome() == (missing.clone(), series.clone()));
        }
    }

    #[test]
    fn joined_cells_hold_what_their_parts_held() {
        let mut lossy = Lossy::<u64>::new(1 << 20);
        for (cell, key, packets) in [(0, 1, 5), (1, 1, 6), (2, 1, 7), (1, 2, 8)] {
            lossy.change(cell, key, |kept| *kept += packets);
        }
        let ways = [1, 2, 3]
            .into_iter()
            .map(|length| move |cell: i64| cell.div_euclid(length));
        assert_eq!(lossy.largest(ways), [8, 11, 18]);
        lossy.join(|cell| cell.div_euclid(2));
        assert_eq!(lossy.take_series(), [(1, vec![(0, 11), (1, 7)]), (2, vec![(0, 8)])]);
    }
}
