//! The latest time of each key, in bounded memory: keys that were not seen for long are forgotten, and what is
//! remembered of all of them is one time that none of theirs is after. Knows no bin.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Latest times by hash, in two generations: those seen since the last one was begun, and those before.
#[derive(Debug)]
pub(super) struct Latest {
    young: HashMap<u64, i64, RandomState>,
    old: HashMap<u64, i64, RandomState>,
    /// The latest time of all that were forgotten; the earliest there is where nothing was.
    forgotten_ns: i64,
    most: usize,
}

impl Latest {
    /// Remembers `most` keys at least, and twice as many at most.
    pub fn new(most: usize) -> Self {
        Self {
            young: HashMap::default(),
            old: HashMap::default(),
            forgotten_ns: i64::MIN,
            most,
        }
    }

    /// The latest time of a key; the earliest there is where none is known.
    pub fn get(&self, hash: u64) -> i64 {
        let known = self.young.get(&hash).or_else(|| self.old.get(&hash));
        known.copied().unwrap_or(i64::MIN)
    }

    /// Sets the latest time of a key.
    pub fn set(&mut self, hash: u64, latest_ns: i64) {
        self.young.insert(hash, latest_ns);
        if self.young.len() >= self.most {
            let forgotten = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
            self.forgotten_ns = forgotten.into_values().fold(self.forgotten_ns, i64::max);
        }
    }

    /// The latest time of the keys that were forgotten; the earliest there is where nothing was.
    pub const fn forgotten_ns(&self) -> i64 {
        self.forgotten_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_leaves_its_latest_time() {
        let mut latest = Latest::new(2);
        assert_eq!((latest.get(1), latest.forgotten_ns()), (i64::MIN, i64::MIN));
        for (hash, time) in [(1, 10), (2, 20), (3, 5)] {
            latest.set(hash, time);
        }
        assert_eq!([1, 2, 3].map(|hash| latest.get(hash)), [10, 20, 5]);
        assert_eq!(latest.forgotten_ns(), i64::MIN);
        // The second generation is full: of the first, all is forgotten, though 1 is known by the second.
        latest.set(1, 11);
        assert_eq!([1, 2, 3].map(|hash| latest.get(hash)), [11, i64::MIN, 5]);
        assert_eq!(latest.forgotten_ns(), 20);
    }
}
