//! The number of different things that were seen, in bounded memory: exact while they are few, an estimate of
//! known error beyond. Things are 64-bit hashes; knows nothing of what they stand for.
//!
//! The estimate is HyperLogLog: Flajolet, Fusy, Gandouet, Meunier, AofA 2007, figure 3, on 64-bit
//! hashes, which makes the correction for large counts needless.

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// Spreads the bits of a number: the finaliser of SplitMix64.
pub fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A HyperLogLog of `2^bits` registers, a byte each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    registers: Box<[u8]>,
    bits: u32,
}

impl Sketch {
    pub fn new(bits: u32) -> Self {
        Self {
            registers: vec![0; 1 << bits].into(),
            bits,
        }
    }

    pub fn insert(&mut self, hash: u64) {
        let register = &mut self.registers[(hash >> (64 - self.bits)) as usize];
        let rank = (hash << self.bits).leading_zeros().min(64 - self.bits) as u8 + 1;
        *register = (*register).max(rank);
    }

    /// Takes in what another of the same size has seen.
    pub fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.registers.iter_mut().zip(&other.registers) {
            *ours = (*ours).max(*theirs);
        }
    }

    pub fn estimate(&self) -> u64 {
        let count = self.registers.len() as f64;
        let sum: f64 = self.registers.iter().map(|rank| 0.5_f64.powi(i32::from(*rank))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / count) * count * count / sum;
        let empty = self.registers.iter().filter(|rank| **rank == 0).count();
        let estimate = if raw <= 2.5 * count && empty > 0 {
            count * (count / empty as f64).ln()
        } else {
            raw
        };
        estimate.round() as u64
    }
}

/// Counts hashes one by one up to [`Distinct::EXACT`], then estimates.
#[derive(Debug)]
pub enum Distinct {
    /// As long as all were known to be new: nothing had to be looked up yet.
    List(Vec<u64>),
    Exact(Table),
    Estimate(Sketch),
}

impl Distinct {
    /// The most that are counted one by one, in 2 MB.
    pub const EXACT: usize = 1 << 17;
    /// 16 KB.
    const SKETCH_BITS: u32 = 14;
    /// Standard error of an estimate: `1.04 / sqrt(registers)`.
    pub const ERROR: f64 = 1.04 / 128.0;

    pub const fn new() -> Self {
        Self::List(Vec::new())
    }

    /// Takes in a hash that is known to be new: what is known need not be looked up.
    #[inline]
    pub fn insert_new(&mut self, hash: u64) {
        match self {
            Self::List(list) if list.len() < Self::EXACT => list.push(hash.max(1)),
            Self::List(list) => {
                let list = std::mem::take(list);
                self.estimate_from(list.iter());
                self.insert(hash);
            }
            Self::Exact(_) | Self::Estimate(_) => self.insert(hash),
        }
    }

    #[inline]
    pub fn insert(&mut self, hash: u64) {
        let hash = hash.max(1);
        match self {
            Self::Estimate(sketch) => sketch.insert(hash),
            Self::List(list) => {
                let mut table = Table::with_room(list.len());
                for hash in std::mem::take(list) {
                    table.insert(hash);
                }
                *self = Self::Exact(table);
                self.insert(hash);
            }
            Self::Exact(table) => {
                if table.insert(hash) && table.count > Self::EXACT {
                    let places = std::mem::take(&mut table.places);
                    self.estimate_from(places.iter().filter(|hash| **hash != 0));
                }
            }
        }
    }

    #[cold]
    fn estimate_from<'a>(&mut self, hashes: impl Iterator<Item = &'a u64>) {
        let mut sketch = Sketch::new(Self::SKETCH_BITS);
        hashes.for_each(|hash| sketch.insert(*hash));
        *self = Self::Estimate(sketch);
    }

    /// The number, and whether it is exact (but for two hashes that are the same by chance: among
    /// 131,072, one time in two thousand million).
    pub fn count(&self) -> (u64, bool) {
        match self {
            Self::List(list) => (list.len() as u64, true),
            Self::Exact(table) => (table.count as u64, true),
            Self::Estimate(sketch) => (sketch.estimate(), false),
        }
    }
}

/// Hashes that are not 0: open addressing with linear probing, at most half full. Whoever chooses the hashes does not know
/// where they are put.
#[derive(Debug)]
pub struct Table {
    /// 0 is an empty place; a power of two.
    places: Vec<u64>,
    count: usize,
    place_of: RandomState,
}

impl Table {
    /// An empty table with room for four times as many as `count`.
    fn with_room(count: usize) -> Self {
        Self {
            places: zeros((4 * count).next_power_of_two().max(64)),
            count: 0,
            place_of: RandomState::default(),
        }
    }

    /// Puts a hash into the table; false where it was there.
    #[inline]
    fn insert(&mut self, hash: u64) -> bool {
        if !self.place(hash) {
            return false;
        }
        self.count += 1;
        if self.count * 2 > self.places.len() {
            let larger = zeros(self.places.len() * 2);
            for hash in std::mem::replace(&mut self.places, larger) {
                if hash != 0 {
                    self.place(hash);
                }
            }
        }
        true
    }

    #[inline]
    fn place(&mut self, hash: u64) -> bool {
        let mask = self.places.len() - 1;
        let mut at = self.place_of.hash_one(hash) as usize & mask;
        loop {
            match self.places[at] {
                0 => {
                    self.places[at] = hash;
                    return true;
                }
                found if found == hash => return false,
                _ => at = (at + 1) & mask,
            }
        }
    }
}

/// A table of zeros that is written now: memory that is read before it is written costs two page faults, and the second
/// stops all other threads.
fn zeros(count: usize) -> Vec<u64> {
    std::iter::repeat_n(0, count).collect()
}

/// What several [`Few`] have seen together: the numbers by themselves up to [`Union::EXACT`] where all know
/// theirs, then an estimate.
#[derive(Debug)]
pub enum Union {
    /// The numbers, as long as they are known.
    Known(HashSet<u32, RandomState>),
    Few(Few),
}

impl Union {
    pub const EXACT: usize = 1 << 17;

    pub fn new() -> Self {
        Self::Known(HashSet::default())
    }

    /// Takes in what another has seen; whether some of it is new, as far as it is known.
    pub fn take_in(&mut self, other: &Few) -> bool {
        let before = self.count().0;
        match (&mut *self, other.exact()) {
            (Self::Known(known), Some(numbers)) if known.len() + numbers.len() <= Self::EXACT => known.extend(numbers),
            (Self::Known(known), _) => {
                let mut few = Few::new();
                known.iter().for_each(|number| few.insert(*number));
                few.merge(other);
                *self = Self::Few(few);
            }
            (Self::Few(few), _) => few.merge(other),
        }
        self.count().0 > before
    }

    /// The number that was seen, where it is one.
    pub fn one(&self) -> Option<u32> {
        match self {
            Self::Known(known) if known.len() == 1 => known.iter().next().copied(),
            _ => None,
        }
    }

    /// The number, and whether it is exact.
    pub fn count(&self) -> (u64, bool) {
        match self {
            Self::Known(known) => (known.len() as u64, true),
            Self::Few(few) => few.count(),
        }
    }
}

/// Few different numbers, by themselves up to [`Few::EXACT`], then as an estimate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Few {
    /// The first of these numbers, as many as the first field says, sorted: most have no more, and need
    /// no memory of their own.
    Small(u8, [u32; Few::SMALL]),
    /// More, sorted.
    Exact(Vec<u32>),
    Estimate(Sketch),
}

impl Default for Few {
    fn default() -> Self {
        Self::new()
    }
}

impl Few {
    /// As many as take the room of a sketch, 1 KB.
    pub const EXACT: usize = 256;
    const SMALL: usize = 5;
    const SKETCH_BITS: u32 = 10;
    /// Standard error of an estimate.
    pub const ERROR: f64 = 1.04 / 32.0;

    pub fn new() -> Self {
        Self::Small(0, [0; Self::SMALL])
    }

    pub fn insert(&mut self, number: u32) {
        match self {
            Self::Estimate(sketch) => sketch.insert(mix(u64::from(number))),
            Self::Small(count, numbers) => {
                let length = usize::from(*count);
                let Err(at) = numbers[..length].binary_search(&number) else {
                    return;
                };
                if length < Self::SMALL {
                    numbers.copy_within(at..length, at + 1);
                    numbers[at] = number;
                    *count += 1;
                } else {
                    let mut more = Vec::with_capacity(2 * Self::SMALL);
                    more.extend_from_slice(numbers);
                    more.insert(at, number);
                    *self = Self::Exact(more);
                }
            }
            Self::Exact(numbers) => {
                let Err(at) = numbers.binary_search(&number) else {
                    return;
                };
                if numbers.len() < Self::EXACT {
                    numbers.insert(at, number);
                } else {
                    self.estimating().insert(mix(u64::from(number)));
                }
            }
        }
    }

    fn estimating(&mut self) -> &mut Sketch {
        if let Some(numbers) = self.exact() {
            let mut sketch = Sketch::new(Self::SKETCH_BITS);
            for number in numbers.iter() {
                sketch.insert(mix(u64::from(*number)));
            }
            *self = Self::Estimate(sketch);
        }
        match self {
            Self::Estimate(sketch) => sketch,
            Self::Small(..) | Self::Exact(_) => unreachable!("it was just turned into a sketch"),
        }
    }

    /// Takes in what another has seen.
    pub fn merge(&mut self, other: &Self) {
        match other {
            Self::Estimate(sketch) => self.estimating().merge(sketch),
            other => {
                let numbers = other.exact().unwrap_or_default();
                numbers.iter().for_each(|number| self.insert(*number));
            }
        }
    }

    /// The numbers, where they are known.
    pub fn exact(&self) -> Option<&[u32]> {
        match self {
            Self::Small(count, numbers) => Some(&numbers[..usize::from(*count)]),
            Self::Exact(numbers) => Some(numbers),
            Self::Estimate(_) => None,
        }
    }

    /// The number of different numbers that several have seen, and whether that is exact.
    pub fn count_all<'a>(all: impl Iterator<Item = &'a Self> + Clone) -> (u64, bool) {
        if all.clone().all(|few| few.exact().is_some()) {
            let numbers = all.flat_map(|few| few.exact().unwrap_or_default());
            let different: HashSet<u32> = numbers.copied().collect();
            return (different.len() as u64, true);
        }
        let mut merged = Self::new();
        all.for_each(|few| merged.merge(few));
        merged.count()
    }

    /// The number, and whether it is exact.
    pub fn count(&self) -> (u64, bool) {
        match self {
            Self::Small(count, _) => (u64::from(*count), true),
            Self::Exact(numbers) => (numbers.len() as u64, true),
            Self::Estimate(sketch) => (sketch.estimate(), false),
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Small(..) => 0,
            Self::Exact(numbers) => numbers.capacity() * 4,
            Self::Estimate(_) => 1 << Self::SKETCH_BITS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_counted_and_many_are_estimated_within_three_errors() {
        for count in [0, 1, 1000, Distinct::EXACT as u64] {
            let mut distinct = Distinct::new();
            for number in (0..count).chain(0..count / 2) {
                distinct.insert(mix(number));
            }
            assert_eq!(distinct.count(), (count, true));
            // Known to be new, half of them and all.
            for known in [count / 2, count] {
                let mut distinct = Distinct::new();
                (0..known).for_each(|number| distinct.insert_new(mix(number)));
                assert_eq!(distinct.count(), (known, true));
                (0..count).for_each(|number| distinct.insert(mix(number)));
                assert_eq!(distinct.count(), (count, true));
            }
        }
        for (seed, count) in [(1, 131_073), (2, 200_000), (3, 1_000_000), (4, 5_000_000)] {
            let mut distinct = Distinct::new();
            for number in 0..count {
                distinct.insert(mix(number ^ (seed << 40)));
            }
            let (estimate, exact) = distinct.count();
            let mut known = Distinct::new();
            (0..count).for_each(|number| known.insert_new(mix(number ^ (seed << 40))));
            assert_eq!(known.count(), (estimate, exact));
            let error = estimate as f64 / count as f64 - 1.0;
            assert!(!exact && error.abs() < 3.0 * Distinct::ERROR, "{count}: {estimate}");
        }
    }

    #[test]
    fn a_few_merge_to_the_same_as_all_at_once() {
        for (a, b) in [
            (0..100, 50..200),
            (0..250, 200..400),
            (0..3000, 10..20),
            (0..10, 5..4000),
        ] {
            let few = |range: std::ops::Range<u32>| {
                let mut few = Few::new();
                range.for_each(|number| few.insert(number));
                few
            };
            let (mut merged, all) = (few(a.clone()), few(a.start..a.end.max(b.end)));
            merged.merge(&few(b.clone()));
            let union = u64::from(a.end.max(b.end) - a.start);
            assert_eq!(merged.count(), all.count());
            let (count, exact) = all.count();
            assert_eq!(exact, count <= Few::EXACT as u64);
            let (a, b) = (few(a.clone()), few(b.clone()));
            let both_exact = a.count().1 && b.count().1;
            let (together, exact) = Few::count_all([&a, &b].into_iter());
            assert_eq!(exact, both_exact);
            assert!(!exact || together == union);
        }
        let mut many = Few::new();
        (0..2000).for_each(|number| many.insert(number));
        let error = many.count().0 as f64 / 2000.0 - 1.0;
        assert!(error.abs() < 3.0 * Few::ERROR, "{many:?}");
    }
}
