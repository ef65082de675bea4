//! Countries of addresses of IPv4 by their first 24 bits. A look-up takes two steps through memory and no search, so that
//! a processor makes several at once.

/// Number of blocks: addresses that share their first 16 bits.
const BLOCKS: usize = 1 << 16;

/// Number of cells of a block: addresses that share their first 24 bits.
const CELLS: usize = 1 << 8;

/// The countries of the cells of a block, by index.
type Page = [u8; CELLS];

/// The countries of all addresses.
pub struct Pages {
    /// The page of each block.
    page_of: Vec<u16>,
    /// Blocks of one country share a page.
    pages: Vec<Page>,
}

impl Pages {
    /// Runs of cells one after the other from the first on, each with its length and its country. Cells behind the last
    /// have country 0. `None` where they reach beyond the last cell.
    pub fn new(runs: impl Iterator<Item = (u64, u8)>) -> Option<Self> {
        let mut built = Self {
            page_of: Vec::with_capacity(BLOCKS),
            pages: Vec::new(),
        };
        let mut of_one = [None; 1 << u8::BITS];
        // What is known of the next block.
        let (mut page, mut filled) = ([0; CELLS], 0);
        for (length, country) in runs {
            let mut length = usize::try_from(length).ok()?;
            while length > 0 {
                if built.page_of.len() == BLOCKS {
                    return None;
                }
                if filled == 0 && length >= CELLS {
                    let known = of_one[usize::from(country)];
                    let number = known.unwrap_or_else(|| built.add([country; CELLS]));
                    of_one[usize::from(country)] = Some(number);
                    let blocks = (length / CELLS).min(BLOCKS - built.page_of.len());
                    built.page_of.extend(std::iter::repeat_n(number, blocks));
                    length -= blocks * CELLS;
                    continue;
                }
                let taken = length.min(CELLS - filled);
                page[filled..filled + taken].fill(country);
                (filled, length) = (filled + taken, length - taken);
                if filled == CELLS {
                    let number = built.add(page);
                    built.page_of.push(number);
                    filled = 0;
                }
            }
        }
        if filled > 0 {
            page[filled..].fill(0);
            let number = built.add(page);
            built.page_of.push(number);
        }
        if built.page_of.len() < BLOCKS {
            let number = built.add([0; CELLS]);
            built.page_of.resize(BLOCKS, number);
        }
        built.pages.shrink_to_fit();
        Some(built)
    }

    /// Adds a page; returns its number. There are no more than blocks.
    fn add(&mut self, page: Page) -> u16 {
        self.pages.push(page);
        (self.pages.len() - 1) as u16
    }

    /// The country of an address.
    #[inline]
    pub fn country(&self, address: u32) -> u8 {
        let page = self.page_of[(address >> 16) as usize];
        self.pages[usize::from(page)][usize::from((address >> 8) as u8)]
    }

    /// Bytes of memory that the cells take.
    #[cfg(test)]
    pub fn heap_bytes(&self) -> usize {
        self.page_of.capacity() * size_of::<u16>() + self.pages.capacity() * size_of::<Page>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_at_their_edges() {
        // Within a block, over several, to the end of one, of one country that was there before, and up to the end.
        let lengths = [
            (5_u64, 0),
            (3, 1),
            (300, 2),
            (3 * 256 - 308, 3),
            (512, 3),
            (256, 4),
            (256, 3),
            (7, 5),
        ];
        let found = Pages::new(lengths.into_iter()).unwrap();
        let expected = lengths
            .iter()
            .flat_map(|&(length, country)| (0..length).map(move |_| country))
            .chain([0; 600]);
        for (at, country) in (0_u32..).zip(expected) {
            assert_eq!(found.country(at << 8), country, "{at}");
            assert_eq!(found.country(at << 8 | 0xff), country, "{at}");
        }
        assert_eq!(found.country(u32::MAX), 0);
        // Two blocks of several countries, all of 3, that of 4, the last and those behind it.
        assert_eq!(found.pages.len(), 6);
    }

    #[test]
    fn runs_fill_all_addresses_and_no_more() {
        let all = 1_u64 << 24;
        let found = Pages::new([(all - 1, 7), (1, 9)].into_iter()).unwrap();
        assert_eq!((found.country(0xffff_feff), found.country(u32::MAX)), (7, 9));
        for lengths in [[(all, 7), (1, 9)], [(all - 1, 7), (2, 9)], [(1, 7), (u64::MAX, 9)]] {
            assert!(Pages::new(lengths.into_iter()).is_none(), "{lengths:?}");
        }
    }

    #[test]
    fn every_block_may_have_a_page_of_its_own() {
        let found = Pages::new((0..1 << 24).map(|cell| (1, (cell % 251) as u8))).unwrap();
        assert_eq!(found.pages.len(), BLOCKS);
        for cell in [0, 1, 255, 256, (1 << 24) - 1] {
            assert_eq!(u32::from(found.country(cell << 8)), cell % 251, "{cell}");
        }
    }
}
