//! Differences from a prediction to quantised coefficients and back: the 4x4 transform of inter blocks
//! (ITU-T H.264 (08/2021), 8.5; the forward side after Malvar et al., "Low-Complexity Transform and
//! Quantization in H.264/AVC", IEEE Trans. CSVT 13(7), 2003).
//!
//! Blocks lie side by side, so that every step is the same for all blocks of a macroblock and compilers
//! make vectors of it. Knows no code and no macroblock.

use wide::{i16x8, u16x8};

/// `N` blocks of 4x4: `[4 * row + column][block]`.
pub(super) type Blocks<const N: usize> = [[i16; N]; 16];

/// Positions in scan order, frame macroblocks (Figure 8-8 (a)).
pub(super) const ZIGZAG: [usize; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

/// Malvar et al., Table 3, by QP modulo 6: positions with even row and column, with odd ones, the others.
const MULTIPLIERS: [[u32; 3]; 6] = [
    [13_107, 5_243, 8_066],
    [11_916, 4_660, 7_490],
    [10_082, 4_194, 6_554],
    [9_362, 3_647, 5_825],
    [8_192, 3_355, 5_243],
    [7_282, 2_893, 4_559],
];

/// `normAdjust4x4` (8-315), likewise.
const SCALES: [[i16; 3]; 6] = [
    [10, 16, 13],
    [11, 18, 14],
    [13, 20, 16],
    [14, 23, 18],
    [16, 25, 20],
    [18, 29, 23],
];

/// Table 8-15: the quantiser of chroma for one of luma from 30 on, equal below.
const CHROMA_QP: [u8; 22] = [
    29, 30, 31, 32, 32, 33, 34, 34, 35, 35, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39,
];

/// The quantiser that chroma has with a luma quantiser of 0 to 51 and no offset.
pub(super) fn chroma_qp(qp: u8) -> u8 {
    match qp.checked_sub(30) {
        Some(above) => CHROMA_QP[usize::from(above)],
        None => qp,
    }
}

fn class(position: usize) -> usize {
    match (position / 4 % 2, position % 2) {
        (0, 0) => 0,
        (1, 1) => 1,
        _ => 2,
    }
}

/// The bit of each position in [`NonZero`].
const SCAN_BITS: [u16; 16] = {
    let mut bits = [0; 16];
    let mut at = 0;
    while at < 16 {
        bits[ZIGZAG[at]] = 1 << at;
        at += 1;
    }
    bits
};

/// The levels of `N` blocks that are not zero: the others need not be looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct NonZero<const N: usize> {
    /// For each block, a bit for each level that is not zero, in scan order from the lowest on.
    pub bits: [u16; N],
    /// For each block, the sizes of its levels joined by "or": above 1 if a level is.
    pub sizes: [u16; N],
}

impl<const N: usize> NonZero<N> {
    /// Of blocks of zeros.
    pub const NONE: Self = Self {
        bits: [0; N],
        sizes: [0; N],
    };
}

/// Quantises and scales back with one QP, 6 to 51.
#[derive(Clone, Debug)]
pub(super) struct Quantiser {
    /// A coefficient's size and `bias` times this, over 65,536, is its level.
    multiplier: [u16; 16],
    /// The part of a step that is added before rounding down.
    bias: [u16; 16],
    scale: [i16; 16],
}

impl Quantiser {
    /// A quantiser of `qp` 6 or more: below, multipliers would not fit 16 bits. A `rounding`th of a step is
    /// added before rounding down: with 6, as the reference encoder has it for inter blocks, coefficients below
    /// five sixths of a step become zero.
    pub fn new(qp: u8, rounding: u32) -> Self {
        let (sixths, shift) = (usize::from(qp % 6), u32::from(qp / 6));
        // The whole step is 2^(15 + qp / 6), of which 16 bits are shifted away later.
        let multiplier: [u16; 16] = std::array::from_fn(|at| (MULTIPLIERS[sixths][class(at)] >> (shift - 1)) as u16);
        Self {
            multiplier,
            bias: multiplier.map(|multiplier| (65_536 / rounding / u32::from(multiplier)) as u16),
            scale: std::array::from_fn(|at| SCALES[sixths][class(at)] << shift),
        }
    }

    /// Coefficients to levels, in place; `N` is a multiple of 8.
    pub fn quantise<const N: usize>(&self, blocks: &mut Blocks<N>) -> NonZero<N> {
        let mut found = NonZero::NONE;
        let founds = found.bits.as_chunks_mut::<8>().0.iter_mut();
        let founds = founds.zip(found.sizes.as_chunks_mut::<8>().0);
        for (eight, (found_bits, found_sizes)) in founds.enumerate() {
            let (mut bits, mut sizes) = (u16x8::ZERO, u16x8::ZERO);
            for (position, row) in blocks.iter_mut().enumerate() {
                let row = &mut row.as_chunks_mut::<8>().0[eight];
                let value = i16x8::from(*row);
                let sign: i16x8 = value >> 15;
                let size: u16x8 = bytemuck::cast((value ^ sign) - sign);
                let size =
                    (size + u16x8::splat(self.bias[position])).mul_keep_high(u16x8::splat(self.multiplier[position]));
                let level: i16x8 = bytemuck::cast(size);
                *row = ((level ^ sign) - sign).to_array();
                bits |= !size.simd_eq(u16x8::ZERO) & u16x8::splat(SCAN_BITS[position]);
                sizes |= size;
            }
            (*found_bits, *found_sizes) = (bits.to_array(), sizes.to_array());
        }
        found
    }

    /// Levels to coefficients, in place.
    pub fn scale<const N: usize>(&self, blocks: &mut Blocks<N>) {
        for (row, scale) in blocks.iter_mut().zip(self.scale) {
            for value in row {
                *value = value.wrapping_mul(scale);
            }
        }
    }

    /// The DC of a chroma plane's four blocks to levels: they are transformed once more.
    pub fn quantise_dc(&self, dc: [i16; 4]) -> [i16; 4] {
        let [a, b, c, d] = dc;
        let mut levels = [0; 4];
        for (level, value) in levels
            .iter_mut()
            .zip(hadamard([a.into(), b.into(), c.into(), d.into()]))
        {
            let size = value.unsigned_abs() + 2 * u32::from(self.bias[0]);
            *level = ((size * u32::from(self.multiplier[0])) >> 17) as i16;
            if value < 0 {
                *level = -*level;
            }
        }
        levels
    }

    /// Levels of a chroma plane's DC back to those of its blocks (8-330).
    pub fn scale_dc(&self, levels: [i16; 4]) -> [i16; 4] {
        hadamard(levels.map(i32::from)).map(|value| ((value * i32::from(self.scale[0])) >> 1) as i16)
    }
}

/// 2x2, its own inverse but for a factor of 4.
fn hadamard([a, b, c, d]: [i32; 4]) -> [i32; 4] {
    [a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d]
}

/// One position of all blocks. Sums wrap where a decoder's 16 bits would; those of real differences stay
/// far from there.
type Lanes<const N: usize> = [i16; N];

#[inline(always)]
fn lanes<const N: usize>(a: Lanes<N>, b: Lanes<N>, each: impl Fn(i16, i16) -> i16) -> Lanes<N> {
    let mut made = [0; N];
    for ((made, a), b) in made.iter_mut().zip(a).zip(b) {
        *made = each(a, b);
    }
    made
}

/// Each row of the blocks, then each column, through a butterfly.
#[inline(always)]
fn both_ways<const N: usize>(blocks: &mut Blocks<N>, butterfly: impl Fn([Lanes<N>; 4]) -> [Lanes<N>; 4]) {
    for at in [0, 4, 8, 12] {
        let made = butterfly([blocks[at], blocks[at + 1], blocks[at + 2], blocks[at + 3]]);
        [blocks[at], blocks[at + 1], blocks[at + 2], blocks[at + 3]] = made;
    }
    for at in 0..4 {
        let made = butterfly([blocks[at], blocks[at + 4], blocks[at + 8], blocks[at + 12]]);
        [blocks[at], blocks[at + 4], blocks[at + 8], blocks[at + 12]] = made;
    }
}

/// Differences to coefficients: at most 36 times 255, which 16 bits hold.
pub(super) fn forward<const N: usize>(blocks: &mut Blocks<N>) {
    both_ways(blocks, |[a, b, c, d]| {
        let (outer, inner) = (lanes(a, d, i16::wrapping_add), lanes(b, c, i16::wrapping_add));
        let (outer_less, inner_less) = (lanes(a, d, i16::wrapping_sub), lanes(b, c, i16::wrapping_sub));
        [
            lanes(outer, inner, i16::wrapping_add),
            lanes(outer_less, inner_less, |outer, inner| {
                outer.wrapping_mul(2).wrapping_add(inner)
            }),
            lanes(outer, inner, i16::wrapping_sub),
            lanes(outer_less, inner_less, |outer, inner| {
                outer.wrapping_sub(inner.wrapping_mul(2))
            }),
        ]
    });
}

/// Coefficients to differences (8.5.12.2).
pub(super) fn inverse<const N: usize>(blocks: &mut Blocks<N>) {
    both_ways(blocks, |[a, b, c, d]| {
        let (sum, difference) = (lanes(a, c, i16::wrapping_add), lanes(a, c, i16::wrapping_sub));
        let inner = lanes(b, d, |b, d| (b >> 1).wrapping_sub(d));
        let outer = lanes(b, d, |b, d| b.wrapping_add(d >> 1));
        [
            lanes(sum, outer, i16::wrapping_add),
            lanes(difference, inner, i16::wrapping_add),
            lanes(difference, inner, i16::wrapping_sub),
            lanes(sum, outer, i16::wrapping_sub),
        ]
    });
    for row in blocks {
        for value in row {
            *value = value.wrapping_add(32) >> 6;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::noise;

    #[test]
    fn what_comes_back_is_within_half_a_step_or_so() {
        let mut numbers = noise(1);
        for qp in 6..=51 {
            let quantiser = Quantiser::new(qp, 6);
            let step = 0.625 * 2_f64.powf(f64::from(qp) / 6.0);
            let mut blocks: Blocks<16> =
                std::array::from_fn(|_| std::array::from_fn(|_| (numbers.next().unwrap() >> 23) as i16 - 255));
            let before = blocks;
            forward(&mut blocks);
            quantiser.quantise(&mut blocks);
            quantiser.scale(&mut blocks);
            inverse(&mut blocks);
            let squares: f64 = blocks
                .iter()
                .flatten()
                .zip(before.iter().flatten())
                .map(|(after, before)| f64::from(after - before).powi(2))
                .sum();
            let rms = (squares / 256.0).sqrt();
            assert!(rms < 0.5 * step + 0.5, "QP {qp}: {rms} for a step of {step}");
        }
    }

    #[test]
    fn nothing_is_nothing_and_a_flat_block_is_its_dc() {
        let quantiser = Quantiser::new(22, 6);
        let mut blocks: Blocks<8> = [[0, 40, 0, 0, 0, 0, 0, -40]; 16];
        forward(&mut blocks);
        assert_eq!(blocks[0], [0, 640, 0, 0, 0, 0, 0, -640]);
        quantiser.quantise(&mut blocks);
        assert!(blocks[1..].iter().flatten().all(|level| *level == 0));
        // A step of 8: 640 / 4 / 8.
        assert_eq!(blocks[0], [0, 20, 0, 0, 0, 0, 0, -20]);
    }

    #[test]
    fn chroma_dc_comes_back() {
        for qp in [9, 12, 22, 30, 45] {
            let quantiser = Quantiser::new(qp, 6);
            let step = 0.625 * 2_f64.powf(f64::from(qp) / 6.0);
            let dc = [1600, -800, 320, 0];
            let levels = quantiser.quantise_dc(dc);
            let back = quantiser.scale_dc(levels);
            for (back, dc) in back.into_iter().zip(dc) {
                // Coefficients of a decoder are four times those of the encoder.
                let off = (f64::from(back) / 4.0 - f64::from(dc)).abs();
                assert!(off <= 5.0 * step, "QP {qp}: {back} for {dc}");
            }
        }
    }
}
