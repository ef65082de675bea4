//! Sums of absolute differences: the one loop in which a search spends its time.
//!
//! Compilers do not always find the instruction that processors have for it; on x86-64 it is named.

use super::plane::Square;

/// The sum between a block and samples whose rows are `stride` apart.
pub(super) fn sum<const N: usize>(block: &Square<N>, samples: &[u8], stride: usize) -> u32 {
    let mut sums = Sums::default();
    for (row, block) in block.iter().enumerate() {
        sums.add(row_of(block), row_of(&samples[row * stride..][..N]));
    }
    sums.total()
}

/// The sum between a block and the mean of two others, rounded up. Their rows are their strides apart.
pub(super) fn sum_to_mean<const N: usize>(
    block: &Square<N>,
    (a, a_stride): (&[u8], usize),
    (b, b_stride): (&[u8], usize),
) -> u32 {
    let mut sums = Sums::default();
    for (row, block) in block.iter().enumerate() {
        let [a, b] = [&a[row * a_stride..][..N], &b[row * b_stride..][..N]].map(row_of);
        sums.add(row_of(block), mean(a, b));
    }
    sums.total()
}

/// A row of a block as one of 16 samples; those that are missing are zeros, in both blocks.
fn row_of(samples: &[u8]) -> SampleRow {
    if let Some(row) = samples.first_chunk::<16>() {
        return bytemuck::cast(*row);
    }
    let mut row = [0; 16];
    let count = samples.len().min(16);
    row[..count].copy_from_slice(&samples[..count]);
    bytemuck::cast(row)
}

#[cfg(target_arch = "x86_64")]
mod named {
    use std::arch::x86_64::{__m128i, _mm_add_epi64, _mm_avg_epu8, _mm_sad_epu8};

    pub(super) type SampleRow = __m128i;

    /// Two partial sums.
    pub(super) struct Sums(__m128i);

    impl Default for Sums {
        fn default() -> Self {
            Self(bytemuck::cast([0_u64; 2]))
        }
    }

    impl Sums {
        pub fn add(&mut self, a: SampleRow, b: SampleRow) {
            // SAFETY: every x86-64 processor has SSE2.
            self.0 = unsafe { _mm_add_epi64(self.0, _mm_sad_epu8(a, b)) };
        }

        pub fn total(self) -> u32 {
            let [low, high]: [u64; 2] = bytemuck::cast(self.0);
            (low + high) as u32
        }
    }

    pub(super) fn mean(a: SampleRow, b: SampleRow) -> SampleRow {
        // SAFETY: as above.
        unsafe { _mm_avg_epu8(a, b) }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod named {
    pub(super) type SampleRow = [u8; 16];

    /// The sum so far.
    #[derive(Default)]
    pub(super) struct Sums(u32);

    impl Sums {
        pub fn add(&mut self, a: SampleRow, b: SampleRow) {
            self.0 += a.iter().zip(&b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
        }

        pub fn total(self) -> u32 {
            self.0
        }
    }

    pub(super) fn mean(mut a: SampleRow, b: SampleRow) -> SampleRow {
        for (a, b) in a.iter_mut().zip(b) {
            *a = ((u16::from(*a) + u16::from(b) + 1) >> 1) as u8;
        }
        a
    }
}

use named::{SampleRow, Sums, mean};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::noise;

    fn plainly<const N: usize>(block: &Square<N>, other: impl Fn(usize, usize) -> u8) -> u32 {
        let rows = block.iter().enumerate();
        let samples = rows.flat_map(|(y, row)| row.iter().enumerate().map(move |(x, sample)| (x, y, *sample)));
        samples
            .map(|(x, y, sample)| u32::from(sample.abs_diff(other(x, y))))
            .sum()
    }

    fn assert_plain<const N: usize>() {
        let mut numbers = noise(1);
        let mut noise = || (numbers.next().unwrap() >> 24) as u8;
        let mut block: Square<N> = [[0; N]; N];
        block.iter_mut().flatten().for_each(|sample| *sample = noise());
        let [a, b]: [Vec<u8>; 2] = std::array::from_fn(|_| (0..40 * N).map(|_| noise()).collect());
        let at = |plane: &[u8], stride: usize, x: usize, y: usize| plane[3 + y * stride + x];
        assert_eq!(sum(&block, &a[3..], 37), plainly(&block, |x, y| at(&a, 37, x, y)));
        assert_eq!(
            sum_to_mean(&block, (&a[3..], 37), (&b[3..], 24)),
            plainly(&block, |x, y| {
                (u16::from(at(&a, 37, x, y)) + u16::from(at(&b, 24, x, y))).div_ceil(2) as u8
            })
        );
    }

    #[test]
    fn sums_are_those_of_one_sample_after_the_other() {
        assert_plain::<16>();
        assert_plain::<8>();
    }
}
