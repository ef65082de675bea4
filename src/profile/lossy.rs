//! What happened in each cell of time for each of many keys, in bounded memory: when there is too
//! much, the smaller half is forgotten, and how small that was is remembered for each cell.
//! After Manku and Motwani, "Approximate Frequency Counts over Data Streams", VLDB 2002.

use rustc_hash::FxHashMap;

/// What is kept of a key in a cell.
pub(super) trait Kept: Default {
    /// How much it is: the least are forgotten first.
    fn size(&self) -> u64;
    /// Takes in what was kept of the same key in another cell.
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

/// Cells and keys, and what is kept of them.
#[derive(Debug)]
pub(super) struct Lossy<V> {
    kept: FxHashMap<(i64, u64), V>,
    /// By cell, how large the things may have been that were forgotten of one key, in all.
    forgotten: FxHashMap<i64, u64>,
    heap_bytes: usize,
    most_bytes: usize,
}

/// What was kept of a key: cells in order, each with what was kept of it.
pub(super) type Series<V> = Vec<(i64, V)>;

impl<V: Kept> Lossy<V> {
    /// An entry of the table with the table's free places.
    const ENTRY_BYTES: usize = 2 * (size_of::<((i64, u64), V)>() + 1);

    /// Keeps about `most_bytes` at most.
    pub fn new(most_bytes: usize) -> Self {
        Self {
            kept: FxHashMap::default(),
            forgotten: FxHashMap::default(),
            heap_bytes: 0,
            most_bytes,
        }
    }

    /// Changes what is kept of a key in a cell.
    pub fn change(&mut self, cell: i64, key: u64, change: impl FnOnce(&mut V)) {
        let value = self.kept.entry((cell, key)).or_default();
        let before = value.heap_bytes();
        change(value);
        self.heap_bytes = self.heap_bytes + value.heap_bytes() - before;
        if self.heap_bytes + self.kept.len() * Self::ENTRY_BYTES > self.most_bytes {
            self.forget_half();
        }
    }

    fn forget_half(&mut self) {
        let mut sizes: Vec<u64> = self.kept.values().map(V::size).collect();
        let middle = sizes.len() / 2;
        let (_, median, _) = sizes.select_nth_unstable(middle);
        let median = *median;
        let mut lost: FxHashMap<i64, u64> = FxHashMap::default();
        self.kept.retain(|(cell, _), value| {
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
        self.heap_bytes = self.kept.values().map(V::heap_bytes).sum();
    }

    /// Joins cells.
    pub fn join(&mut self, cell_of: impl Fn(i64) -> i64) {
        for ((cell, key), value) in std::mem::take(&mut self.kept) {
            self.kept.entry((cell_of(cell), key)).or_default().merge(value);
        }
        for (cell, size) in std::mem::take(&mut self.forgotten) {
            *self.forgotten.entry(cell_of(cell)).or_default() += size;
        }
        self.heap_bytes = self.kept.values().map(V::heap_bytes).sum();
    }

    /// How much of a key may be missing in a cell, at most.
    pub fn missing(&self, cell: i64) -> u64 {
        self.forgotten.get(&cell).copied().unwrap_or_default()
    }

    /// Everything, by key and cell.
    pub fn take_series(&mut self) -> Vec<(u64, Series<V>)> {
        let mut all: Vec<((i64, u64), V)> = std::mem::take(&mut self.kept).into_iter().collect();
        all.sort_unstable_by_key(|((cell, key), _)| (*key, *cell));
        let mut series: Vec<(u64, Series<V>)> = Vec::new();
        for ((cell, key), value) in all {
            match series.last_mut() {
                Some((last, cells)) if *last == key => cells.push((cell, value)),
                _ => series.push((key, vec![(cell, value)])),
            }
        }
        series
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::distinct::mix;

    #[test]
    fn the_large_are_kept_and_the_bound_of_the_loss_holds() {
        let mut lossy = Lossy::<u64>::new(1 << 20);
        let mut counted: FxHashMap<(i64, u64), u64> = FxHashMap::default();
        for row in 0..400_000_u64 {
            let cell = (row / 40_000) as i64;
            // Every tenth row is of one of three busy keys; the others hardly come back.
            let key = if row % 10 == 0 { mix(row) % 3 } else { mix(row) % 50_000 };
            lossy.change(cell, key, |packets| *packets += 1);
            *counted.entry((cell, key)).or_default() += 1;
        }
        assert!(counted.len() > 2 * lossy.kept.len());
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
    fn joined_cells_hold_what_their_parts_held() {
        let mut lossy = Lossy::<u64>::new(1 << 20);
        for (cell, key, packets) in [(0, 1, 5), (1, 1, 6), (2, 1, 7), (1, 2, 8)] {
            lossy.change(cell, key, |kept| *kept += packets);
        }
        lossy.join(|cell| cell.div_euclid(2));
        assert_eq!(lossy.take_series(), [(1, vec![(0, 11), (1, 7)]), (2, vec![(0, 8)])]);
    }
}
