//! The number of bubbles of a log for each bin length that a film may choose. Owns the counters; knows
//! a bubble as a bin and a key (source, protocol and port), no names.
//!
//! Bin lengths whose film would last more than a day are given up as soon as that is known: nobody
//! asks for them, and they are the ones that cost most, as hardly two rows share a bin.

use crate::counting::{Counter, Distinct, mix};
use crate::timeline::{BIN_LADDER_NS, BINS_PER_FILM_SEC};

/// Whether a bin length divides every longer one: two times in the same bin of it are in the same
/// bin of all those.
fn divides_the_rest(index: usize) -> bool {
    BIN_LADDER_NS[index..]
        .iter()
        .all(|longer| longer % BIN_LADDER_NS[index] == 0)
}

/// One bin length.
#[derive(Debug)]
struct Rung {
    bin_ns: i64,
    divides_the_rest: bool,
    /// The bin of the time before: its bounds, and its number spread over 64 bits.
    start_ns: i64,
    end_ns: i64,
    salt: u64,
    bubbles: Distinct,
}

/// A row, as far as bubbles are concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub time_ns: i64,
    /// Hash of its country, protocol and port.
    pub key_hash: u64,
    /// The latest time at which the same key was counted, of those that are known: what both times share is not counted
    /// again. The earliest time there is where none is known.
    pub before_ns: i64,
    /// No time at which the same key was counted is later: bins behind it are new.
    pub none_after_ns: i64,
}

impl Rung {
    /// Counts a row; false where it is known that longer bins have counted it already.
    #[inline]
    fn add(&mut self, row: &Step) -> bool {
        if !(self.start_ns..self.end_ns).contains(&row.time_ns) {
            let bin = row.time_ns.div_euclid(self.bin_ns);
            // Cut where times end: the first and the last bin there are lie half beyond.
            self.start_ns = bin.saturating_mul(self.bin_ns);
            self.end_ns = (bin + 1).saturating_mul(self.bin_ns);
            self.salt = mix(bin as u64 ^ self.bin_ns as u64);
        }
        // Known first: the earliest bin there is begins where no known time is told from none.
        let is_counted = row.before_ns > i64::MIN && (self.start_ns..self.end_ns).contains(&row.before_ns);
        if row.none_after_ns < self.start_ns {
            self.bubbles.insert_new(mix(row.key_hash ^ self.salt));
        } else if !is_counted {
            self.bubbles.insert(mix(row.key_hash ^ self.salt));
        }
        !(is_counted && self.divides_the_rest)
    }
}

/// Different bubbles by bin length.
#[derive(Debug)]
pub(super) struct Ladder {
    rungs: Vec<Rung>,
    /// First and last time.
    ends_ns: Option<(i64, i64)>,
}

/// Seconds of the longest film whose bin is counted.
const MAX_FILM_SECS: u64 = 86_400;

impl Ladder {
    pub fn new() -> Self {
        let rung = |(index, bin_ns): (usize, &i64)| Rung {
            bin_ns: *bin_ns,
            divides_the_rest: divides_the_rest(index),
            start_ns: 0,
            end_ns: 0,
            salt: 0,
            bubbles: Distinct::new(),
        };
        Self {
            rungs: BIN_LADDER_NS.iter().enumerate().map(rung).collect(),
            ends_ns: None,
        }
    }

    /// Takes note of an earlier or a later time than all before.
    fn reach(&mut self, time_ns: i64) {
        let (first, last) = self.ends_ns.unwrap_or((time_ns, time_ns));
        let (first, last) = (first.min(time_ns), last.max(time_ns));
        self.ends_ns = Some((first, last));
        let most_bins = MAX_FILM_SECS * BINS_PER_FILM_SEC as u64;
        let too_fine = |rung: &Rung| last.abs_diff(first) / rung.bin_ns.unsigned_abs() >= most_bins;
        if self.rungs.first().is_some_and(too_fine) {
            self.rungs.retain(|rung| !too_fine(rung));
        }
    }

    /// Bin length in nanoseconds, bubbles, and whether their number is exact; shortest bin first.
    pub fn counts(&self) -> impl Iterator<Item = (i64, u64, bool)> {
        self.rungs.iter().map(|rung| {
            let (bubbles, exact) = rung.bubbles.count();
            (rung.bin_ns, bubbles, exact)
        })
    }
}

impl Counter for Ladder {
    type Row = Step;

    /// One bin length after the other, whose table then stays in a core's cache; `rows` is left with those that no bin
    /// length could tell for all longer ones.
    fn count(&mut self, rows: &mut Vec<Step>) {
        for row in rows.iter() {
            match self.ends_ns {
                Some((first, last)) if (first..=last).contains(&row.time_ns) => {}
                _ => self.reach(row.time_ns),
            }
        }
        for rung in &mut self.rungs {
            rows.retain(|row| rung.add(row));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn bins_of_endless_films_are_given_up() {
        let step = |time_ns: i64| Step {
            time_ns,
            key_hash: 7,
            before_ns: i64::MIN,
            none_after_ns: i64::MAX,
        };
        let mut ladder = Ladder::new();
        for time in [0, 1, i64::MAX, 0, i64::MIN, i64::MAX] {
            ladder.count(&mut vec![step(time)]);
        }
        // All times there are last 854,000 bins of six hours.
        let bins: Vec<i64> = ladder.counts().map(|(bin_ns, ..)| bin_ns).collect();
        assert_eq!(bins, BIN_LADDER_NS[18..]);
        assert!(ladder.counts().all(|(_, bubbles, exact)| (bubbles, exact) == (3, true)));
        let mut month = Ladder::new();
        month.count(&mut vec![step(0), step(28 * 86_400_000_000_000)]);
        assert_eq!(month.counts().next(), Some((2_000_000_000, 2, true)));
    }

    proptest! {
        #[test]
        fn bubbles_are_those_of_a_set(
            rows in prop::collection::vec((-20_000_000_000_000_i64..20_000_000_000_000, 0_u64..5), 1..300),
            known in any::<[bool; 2]>(), at_a_time in 1..300_usize,
        ) {
            let mut ladder = Ladder::new();
            let mut latest = BTreeMap::<u64, i64>::new();
            let steps: Vec<Step> = rows
                .iter()
                .map(|(time, key)| {
                    let before_ns = latest.get(key).copied().unwrap_or(i64::MIN);
                    latest.insert(*key, before_ns.max(*time));
                    Step {
                        time_ns: *time,
                        key_hash: mix(*key),
                        before_ns: if known[0] { before_ns } else { i64::MIN },
                        none_after_ns: if known[1] { before_ns } else { i64::MAX },
                    }
                })
                .collect();
            for steps in steps.chunks(at_a_time) {
                ladder.count(&mut steps.to_vec());
            }
            for (bin, bubbles, exact) in ladder.counts() {
                let set: BTreeSet<_> = rows.iter().map(|(time, key)| (time.div_euclid(bin), key)).collect();
                prop_assert_eq!((bubbles, exact), (set.len() as u64, true), "bin {}", bin);
            }
            // 40,000 seconds at most: a day's film has 2,160,000 bins.
            prop_assert_eq!(ladder.counts().count(), BIN_LADDER_NS.len());
        }
    }
}
