//! Runs of addresses with one country, and the country of an address among them.
//!
//! Addresses are grouped into blocks by their first 16 bits. A block's runs are told by the bits behind those
//! ("low"), as many as the type `L` has, so a look-up is one step to the block and a search in it.

/// Number of blocks.
const BLOCKS: usize = 1 << 16;

/// The countries of all addresses of a kind.
pub struct Runs<L> {
    /// Index of each block's first run, and behind them the number of runs.
    first: Vec<u32>,
    /// In order. A block's first run begins at 0.
    runs: Vec<Run<L>>,
}

/// A run. What is searched for and what is found lie side by side, so that a look-up finds both in one line of the cache.
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Run<L> {
    /// First address, without the bits of its block.
    low: L,
    /// Index of the country.
    country: u8,
}

impl<L: Copy + Ord + TryFrom<u64>> Runs<L> {
    /// Bits of an address behind those of its block.
    const LOW_BITS: u32 = (size_of::<L>() * 8) as u32;

    /// Runs one after the other from the first address on, each with its length and its country. Addresses behind
    /// the last have country 0. `None` where they reach beyond the last address.
    pub fn new(runs: impl Iterator<Item = (u64, u8)>) -> Option<Self> {
        let end = (BLOCKS as u64) << Self::LOW_BITS;
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
            let block = at >> Self::LOW_BITS;
            let low = at - (block << Self::LOW_BITS);
            if low == 0 {
                self.first.push(u32::try_from(self.runs.len()).ok()?);
            }
            let low = L::try_from(low).ok()?;
            self.runs.push(Run { low, country });
            at = (block + 1) << Self::LOW_BITS;
        }
        Some(())
    }

    /// The country of an address.
    #[inline]
    pub fn country(&self, block: u16, low: L) -> u8 {
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
        self.first.capacity() * size_of::<u32>() + self.runs.capacity() * size_of::<Run<L>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_at_their_edges() {
        // Within a block, over several, and up to the end of the last.
        let lengths = [(5_u64, 0), (3, 1), (300, 2), (2 * 256 - 52, 3)];
        let runs = Runs::<u8>::new(lengths.into_iter()).unwrap();
        let expected = lengths
            .iter()
            .flat_map(|&(length, country)| (0..length).map(move |_| country))
            .chain([0; 600]);
        for (at, country) in (0_u32..).zip(expected) {
            assert_eq!(runs.country((at >> 8) as u16, at as u8), country, "{at}");
        }
        assert_eq!(runs.country(u16::MAX, u8::MAX), 0);
    }

    #[test]
    fn runs_fill_all_addresses_and_no_more() {
        let all = 1_u64 << 24;
        let runs = Runs::<u8>::new([(all - 1, 7), (1, 9)].into_iter()).unwrap();
        assert_eq!((runs.country(u16::MAX, 254), runs.country(u16::MAX, 255)), (7, 9));
        assert!(Runs::<u8>::new([(all, 7), (1, 9)].into_iter()).is_none());
        assert!(Runs::<u32>::new([(1 << 48, 7), (u64::MAX, 9)].into_iter()).is_none());
    }
}
