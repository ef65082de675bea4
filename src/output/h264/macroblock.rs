//! A macroblock's samples, and the levels of their differences from a prediction.
//!
//! Knows no code, and no vector.

use super::plane::Square;
use super::residual::{Blocks, NonZero, Quantiser, ZIGZAG, chroma_qp, forward, inverse};
use crate::output::pixels::I420;

/// Side of a macroblock in luma samples.
pub(super) const MACROBLOCK_PX: usize = 16;

/// Weight of a level of 1 by the zeros before it.
const LONE_WEIGHTS: [u32; 6] = [3, 2, 2, 1, 1, 1];
/// Weight of a block with a level above 1.
const MUCH: u32 = 9;
/// The least weights that are kept: of a quarter of luma, of all luma, of a plane of chroma without its DC.
const LEAST_WEIGHT_QUARTER: u32 = 4;
const LEAST_WEIGHT_LUMA: u32 = 6;
const LEAST_WEIGHT_CHROMA: u32 = 7;

/// A macroblock's samples, or what predicts them.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    pub y: Square<16>,
    pub u: Square<8>,
    pub v: Square<8>,
}

/// A macroblock's levels.
#[derive(Clone)]
pub(super) struct Levels {
    y: Blocks<16>,
    /// Blue's four blocks, then red's; their DC is in `dc`.
    chroma: Blocks<8>,
    pub dc: [[i16; 4]; 2],
    /// Those of `y` and `chroma` that are not zero.
    y_found: NonZero<16>,
    chroma_found: NonZero<8>,
}

/// Luma's quantiser and the one that chroma has with it.
#[derive(Clone, Debug)]
pub(super) struct Quantisers {
    /// Luma's.
    pub qp: u8,
    luma: Quantiser,
    chroma: Quantiser,
}

impl Quantisers {
    /// Both as for [`Quantiser::new`].
    pub fn new(qp: u8, rounding: u32) -> Self {
        Self {
            qp,
            luma: Quantiser::new(qp, rounding),
            chroma: Quantiser::new(chroma_qp(qp), rounding),
        }
    }

    /// The levels of the differences between samples and their prediction.
    pub fn levels(&self, source: &Samples, prediction: &Samples) -> Levels {
        let mut levels = Levels {
            y: [[0; 16]; 16],
            chroma: [[0; 8]; 16],
            dc: [[0; 4]; 2],
            y_found: NonZero::NONE,
            chroma_found: NonZero::NONE,
        };
        let Levels {
            y,
            chroma,
            dc,
            y_found,
            chroma_found,
        } = &mut levels;
        spread(y, 0, &source.y, &prediction.y);
        forward(y);
        *y_found = self.luma.quantise(y);
        spread(chroma, 0, &source.u, &prediction.u);
        spread(chroma, 4, &source.v, &prediction.v);
        forward(chroma);
        for (dc, blocks) in dc.iter_mut().zip(chroma[0].as_chunks::<4>().0) {
            *dc = self.chroma.quantise_dc(*blocks);
        }
        chroma[0] = [0; 8];
        *chroma_found = self.chroma.quantise(chroma);
        levels
    }

    /// Samples by their prediction and levels, as decoders compute them.
    pub fn rebuild(&self, mut prediction: Samples, levels: &Levels, pattern: u8) -> Samples {
        if pattern & 15 != 0 {
            let mut y = levels.y;
            self.luma.scale(&mut y);
            inverse(&mut y);
            gather(&mut prediction.y, &y, 0);
        }
        if pattern >> 4 != 0 {
            let mut chroma = levels.chroma;
            self.chroma.scale(&mut chroma);
            for (plane, levels) in levels.dc.into_iter().enumerate() {
                chroma[0][4 * plane..][..4].copy_from_slice(&self.chroma.scale_dc(levels));
            }
            inverse(&mut chroma);
            gather(&mut prediction.u, &chroma, 0);
            gather(&mut prediction.v, &chroma, 4);
        }
        prediction
    }
}

impl Samples {
    /// To be filled.
    pub const EMPTY: Self = Self {
        y: [[0; 16]; 16],
        u: [[0; 8]; 8],
        v: [[0; 8]; 8],
    };

    /// A macroblock of a picture; beyond its edges the last samples are repeated.
    pub fn of(picture: &I420, at: [usize; 2]) -> Self {
        let [width, height] = [picture.width() as usize, picture.height() as usize];
        let [x, y] = at.map(|at| at * MACROBLOCK_PX);
        Self {
            y: cut(picture.y(), [width, height], [x, y]),
            u: cut(picture.u(), [width / 2, height / 2], [x / 2, y / 2]),
            v: cut(picture.v(), [width / 2, height / 2], [x / 2, y / 2]),
        }
    }

    /// The shades of a macroblock that has only one.
    pub fn even(&self) -> Option<[u8; 3]> {
        fn shade<const N: usize>(square: &Square<N>) -> Option<u8> {
            let first = [square[0][0]; N];
            square.iter().all(|row| *row == first).then_some(first[0])
        }
        Some([shade(&self.y)?, shade(&self.u)?, shade(&self.v)?])
    }
}

impl Levels {
    /// `coded_block_pattern`: a bit for each quarter of luma, and 16 or 32 for chroma.
    pub fn pattern(&self) -> u8 {
        let luma = self.y_found.bits;
        let luma = (0..4).fold(0, |pattern, quarter| {
            let first = quarter / 2 * 8 + quarter % 2 * 2;
            let any = luma[first] | luma[first + 1] | luma[first + 4] | luma[first + 5];
            pattern | u8::from(any != 0) << quarter
        });
        let chroma = if self.chroma_found.bits != [0; 8] {
            32
        } else if self.dc != [[0; 4]; 2] {
            16
        } else {
            0
        };
        luma | chroma
    }

    /// A block of luma: a bit for each level that is not zero, in scan order from the lowest on, and the levels
    /// by their place in that order.
    pub fn luma_block(&self, block: usize) -> (u16, impl Fn(usize) -> i16) {
        (self.y_found.bits[block], move |at| self.y[ZIGZAG[at]][block])
    }

    /// The same for a block of chroma without its DC.
    pub fn chroma_block(&self, block: usize) -> (u16, impl Fn(usize) -> i16) {
        (self.chroma_found.bits[block] >> 1, move |at| {
            self.chroma[ZIGZAG[at + 1]][block]
        })
    }

    /// Drops lone levels of 1, which take more bits than they are seen: in quarters of luma, in all of it
    /// and in chroma (rule and numbers of x264's `decimate_score`). Their differences are coded once the
    /// macroblock has come to rest.
    pub fn thin_out(&mut self) {
        // Loops, and no arrays made by a function of their index, here and where levels are made: those are called
        // once for each block, which takes 1% of a film's time.
        let mut quarters = [0; 4];
        for block in 0..16 {
            quarters[quarter_of(block)] += self.y_found.weight(block, 0);
        }
        let is_little = quarters.iter().sum::<u32>() < LEAST_WEIGHT_LUMA;
        let mut kept = [false; 16];
        for (block, kept) in kept.iter_mut().enumerate() {
            *kept = !is_little && quarters[quarter_of(block)] >= LEAST_WEIGHT_QUARTER;
        }
        self.y_found.keep_blocks(&mut self.y, kept);
        let mut kept = [false; 8];
        for (plane, kept) in kept.chunks_exact_mut(4).enumerate() {
            let blocks = 4 * plane..4 * plane + 4;
            let weights = blocks.map(|block| self.chroma_found.weight(block, 1));
            kept.fill(weights.sum::<u32>() >= LEAST_WEIGHT_CHROMA);
        }
        self.chroma_found.keep_blocks(&mut self.chroma, kept);
    }

    /// Keeps the first `count` levels of each block in scan order.
    pub fn keep(&mut self, count: usize) {
        for position in &ZIGZAG[count..] {
            self.y[*position] = [0; 16];
            self.chroma[*position] = [0; 8];
        }
        let kept = (1 << count) - 1;
        self.y_found.bits.iter_mut().for_each(|bits| *bits &= kept);
        self.chroma_found.bits.iter_mut().for_each(|bits| *bits &= kept);
    }
}

impl<const N: usize> NonZero<N> {
    /// The weight of a block's levels from a place in scan order on: large if one is above 1; each level of 1
    /// weighs less the more zeros are before it.
    fn weight(&self, block: usize, from: u32) -> u32 {
        if self.sizes[block] > 1 {
            return MUCH;
        }
        let mut rest = self.bits[block] >> from;
        let mut weight = 0;
        while rest != 0 {
            let zeros = rest.trailing_zeros();
            weight += LONE_WEIGHTS.get(zeros as usize).copied().unwrap_or(0);
            rest = rest >> zeros >> 1;
        }
        weight
    }

    /// Drops all levels of the blocks that are not kept.
    fn keep_blocks(&mut self, blocks: &mut Blocks<N>, is_kept: [bool; N]) {
        let dropped = self
            .bits
            .iter()
            .zip(is_kept)
            .any(|(bits, is_kept)| *bits != 0 && !is_kept);
        if !dropped {
            return;
        }
        let mut kept = [0_i16; N];
        for (kept, is_kept) in kept.iter_mut().zip(is_kept) {
            *kept = -i16::from(is_kept);
        }
        for row in blocks {
            for (level, kept) in row.iter_mut().zip(kept) {
                *level &= kept;
            }
        }
        for (block, is_kept) in is_kept.into_iter().enumerate() {
            if !is_kept {
                (self.bits[block], self.sizes[block]) = (0, 0);
            }
        }
    }
}

/// The quarter of a macroblock that a block of luma is in.
pub(super) fn quarter_of(block: usize) -> usize {
    block / 8 * 2 + block % 4 / 2
}

/// A square of a plane without padding; the last row and column are repeated beyond it.
fn cut<const N: usize>(plane: &[u8], [width, height]: [usize; 2], [x, y]: [usize; 2]) -> Square<N> {
    let mut square = [[0; N]; N];
    for (row, to) in square.iter_mut().enumerate() {
        let row = &plane[(y + row).min(height - 1) * width..][..width];
        let there = &row[x..width.min(x + N)];
        to[..there.len()].copy_from_slice(there);
        to[there.len()..].fill(row[width - 1]);
    }
    square
}

/// Puts a square into a larger one.
pub(super) fn put<const N: usize, const M: usize>(to: &mut Square<N>, [x, y]: [usize; 2], part: Square<M>) {
    for (to, from) in to[y..].iter_mut().zip(part) {
        to[x..x + M].copy_from_slice(&from);
    }
}

/// Differences of a square, as blocks from `first` on.
fn spread<const N: usize, const M: usize>(blocks: &mut Blocks<M>, first: usize, a: &Square<N>, b: &Square<N>) {
    for (y, (a, b)) in a.iter().zip(b).enumerate() {
        for (x, (a, b)) in a.iter().zip(b).enumerate() {
            blocks[y % 4 * 4 + x % 4][first + y / 4 * (N / 4) + x / 4] = i16::from(*a) - i16::from(*b);
        }
    }
}

/// Adds differences to a square.
fn gather<const N: usize, const M: usize>(square: &mut Square<N>, blocks: &Blocks<M>, first: usize) {
    for (y, row) in square.iter_mut().enumerate() {
        for (x, sample) in row.iter_mut().enumerate() {
            let difference = blocks[y % 4 * 4 + x % 4][first + y / 4 * (N / 4) + x / 4];
            *sample = (i16::from(*sample) + difference).clamp(0, 255) as u8;
        }
    }
}
