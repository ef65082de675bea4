//! The parts of a line between separators, found sixteen bytes at a time. Knows no quotes and no format.

use wide::u8x16;

/// The parts of a line, in order: at least one, which may be empty.
pub(super) struct Split<'l> {
    line: &'l [u8],
    separator: u8,
    /// Offset of the bytes that were looked at last, and a bit for each separator in them that comes next, the
    /// lowest for the first.
    block: usize,
    found: u32,
    /// Offset of the next part; none behind the last.
    start: Option<usize>,
}

/// Number of bytes that are looked at at a time.
const BLOCK: usize = 16;

impl<'l> Split<'l> {
    #[inline]
    pub fn new(line: &'l [u8], separator: u8) -> Self {
        Self {
            line,
            separator,
            block: 0,
            found: separators(line, separator),
            start: Some(0),
        }
    }

    /// Number of parts that are left.
    #[inline]
    pub fn rest(&self) -> usize {
        if self.start.is_none() {
            return 0;
        }
        let mut parts = 1 + self.found.count_ones();
        let mut block = self.block + BLOCK;
        while let Some(rest) = self.line.get(block..) {
            parts += separators(rest, self.separator).count_ones();
            block += BLOCK;
        }
        parts as usize
    }
}

impl<'l> Iterator for Split<'l> {
    type Item = &'l [u8];

    #[inline]
    fn next(&mut self) -> Option<&'l [u8]> {
        let start = self.start?;
        while self.found == 0 {
            self.block += BLOCK;
            let Some(rest) = self.line.get(self.block..) else {
                self.start = None;
                return Some(&self.line[start..]);
            };
            self.found = separators(rest, self.separator);
        }
        let end = self.block + self.found.trailing_zeros() as usize;
        self.found &= self.found - 1;
        self.start = Some(end + 1);
        Some(&self.line[start..end])
    }
}

/// A bit for each separator in the first bytes.
#[inline]
fn separators(bytes: &[u8], separator: u8) -> u32 {
    match bytes.first_chunk::<BLOCK>() {
        Some(block) => u8x16::from(*block).simd_eq(u8x16::splat(separator)).to_bitmask(),
        None => (0..)
            .zip(bytes)
            .fold(0, |found, (at, byte)| found | u32::from(*byte == separator) << at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_those_of_the_standard_library(line in "[ab\t]{0,80}") {
            let expected: Vec<&[u8]> = line.as_bytes().split(|byte| *byte == b'\t').collect();
            let mut parts = Split::new(line.as_bytes(), b'\t');
            for (index, part) in expected.iter().enumerate() {
                prop_assert_eq!(parts.rest(), expected.len() - index);
                prop_assert_eq!(parts.next(), Some(*part));
            }
            prop_assert_eq!((parts.rest(), parts.next()), (0, None));
        }
    }
}
