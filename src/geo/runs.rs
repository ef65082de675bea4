//! Runs of addresses of IPv6 with one country, and the country of an address among them.
//!
//! Addresses are of 48 bits, and grouped into blocks by their first 16. A block's runs are told by the 32 bits behind
//! those ("low"), so a look-up is one step to the block and a search in it.

/// Number of blocks.
const BLOCKS: usize = 1 << 16;

/// Number of bits of an address behind those of its block.
const LOW_BITS: u32 = u32::BITS;

/// The countries of all addresses.
pub struct Runs {
    /// Index of each block's first run, and behind them the number of runs.
    first: Vec<u32>,
    /// In order. A block's first run begins at 0.
    runs: Vec<Run>,
}

/// A run. What is searched for and what is found lie side by side, so that a look-up finds both in one line of the cache.
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Run {
    /// First address, without the bits of its block.
    low: u32,
    /// Index of the country.
    country: u8,
}

impl Runs {
    /// Runs one after the other from the first address on, each with its length and its country. Addresses behind
    /// the last have country 0. `None` where they reach beyond the last address.
    pub fn new(runs: impl Iterator<Item = (u64, u8)>) -> Option<Self> {
        let end = (BLOCKS as u64) << LOW_BITS;
        let mut built = Self {
            first: Vec::with_capacity(BLOCKS + 1),
            runs: Vec::with_capacity(runs.size_hint().0 + BLOCKS),
        };
        let mut start = 0_u64;
        for (length, country) in runs {
            let next = start.checked_add(length).filter(|next| *next <= end)?;
            built.push(start, next, country)?;
            start = next;
        }
        built.push(start, end, 0)?;
        built.first.push(u32::try_from(built.runs.len()).ok()?);
        built.runs.shrink_to_fit();
        Some(built)
    }

    /// Adds a run, cut at the edges of blocks.
    fn push(&mut self, start: u64, end: u64, country: u8) -> Option<()> {
        let mut at = start;
        while at < end {
            let block = at >> LOW_BITS;
            let low = at - (block << LOW_BITS);
            if low == 0 {
                self.first.push(u32::try_from(self.runs.len()).ok()?);
            }
            let low = u32::try_from(low).ok()?;
            self.runs.push(Run { low, country });
            at = (block + 1) << LOW_BITS;
        }
        Some(())
    }

    /// The country of an address.
    #[inline]
    pub fn country(&self, block: u16, low: u32) -> u8 {
        let first = self.first[usize::from(block)] as usize;
        let behind = self.first[usize::from(block) + 1] as usize;
        let runs = &self.runs[first..behind];
        let later = runs.partition_point(|&Run { low: start, .. }| start <= low);
        // At least the run at 0 is not later.
        runs[later - 1].country
    }

    /// Bytes of memory that the runs take.
    #[cfg(test)]
    pub fn heap_bytes(&self) -> usize {
        self.first.capacity() * size_of::<u32>() + self.runs.capacity() * size_of::<Run>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_at_their_edges() {
        const QUARTER: u64 = 1 << 30;
        // Within a block, over several, and up to the end of the last.
        let lengths = [(1, 0), (2, 1), (7, 2), (2, 3)];
        let runs = Runs::new(lengths.iter().map(|&(quarters, country)| (quarters * QUARTER, country))).unwrap();
        let country = |at: u64| runs.country((at >> LOW_BITS) as u16, at as u32);
        let mut start = 0;
        for (quarters, expected) in lengths.into_iter().chain([(5, 0)]) {
            let end = start + quarters * QUARTER;
            assert_eq!((country(start), country(end - 1)), (expected, expected), "{start}");
            start = end;
        }
        assert_eq!(runs.country(u16::MAX, u32::MAX), 0);
    }

    #[test]
    fn runs_fill_all_addresses_and_no_more() {
        let all = 1_u64 << 48;
        let runs = Runs::new([(all - 1, 7), (1, 9)].into_iter()).unwrap();
        let last = |low: u32| runs.country(u16::MAX, low);
        assert_eq!((last(u32::MAX - 1), last(u32::MAX)), (7, 9));
        assert!(Runs::new([(all, 7), (1, 9)].into_iter()).is_none());
        assert!(Runs::new([(all, 7), (u64::MAX, 9)].into_iter()).is_none());
    }
}
