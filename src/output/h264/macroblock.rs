//! A macroblock's samples and levels: what a prediction leaves over, and back.
//!
//! Knows no code, and not where a prediction comes from.

use super::plane::Square;
use super::residual::{Blocks, Quantiser, ZIGZAG, chroma_qp, forward, inverse};
use crate::output::pixels::I420;

/// Side of a macroblock in luma samples.
pub(super) const MACROBLOCK_PX: usize = 16;

/// Weight of a level of 1 by the zeros before it.
const LONE_WEIGHTS: [u32; 6] = [3, 2, 2, 1, 1, 1];
/// Weight of a block with a level above 1.
const MUCH: u32 = 9;
/// Least weights of what is kept: a quarter of luma, all of luma, a plane of chroma without its DC.
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
    pub y: Blocks<16>,
    /// Blue's four blocks, then red's; their DC is in `dc`.
    pub chroma: Blocks<8>,
    pub dc: [[i16; 4]; 2],
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

    /// What a prediction leaves over.
    pub fn levels(&self, source: &Samples, prediction: &Samples) -> Levels {
        let mut y: Blocks<16> = [[0; 16]; 16];
        spread(&mut y, 0, &source.y, &prediction.y);
        forward(&mut y);
        self.luma.quantise(&mut y);
        let mut chroma: Blocks<8> = [[0; 8]; 16];
        spread(&mut chroma, 0, &source.u, &prediction.u);
        spread(&mut chroma, 4, &source.v, &prediction.v);
        forward(&mut chroma);
        let dc = [0, 4].map(|first| {
            let dc = std::array::from_fn(|block| chroma[0][first + block]);
            self.chroma.quantise_dc(dc)
        });
        chroma[0] = [0; 8];
        self.chroma.quantise(&mut chroma);
        Levels { y, chroma, dc }
    }

    /// Samples of a prediction and levels, as a decoder makes them.
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
    /// A macroblock of a picture; beyond what is shown the last samples are repeated.
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
        let luma = any(&self.y);
        let luma = (0..16)
            .filter(|block| luma[*block] != 0)
            .fold(0, |pattern, block| pattern | 1 << (quarter_of(block)));
        let chroma = if any(&self.chroma) != [0; 8] {
            32
        } else if self.dc != [[0; 4]; 2] {
            16
        } else {
            0
        };
        luma | chroma
    }

    /// Drops lone levels of 1, which take more bits than they are seen: in quarters of luma, in all of it
    /// and in chroma (rule and numbers of x264's `decimate_score`). What they leave is coded once the
    /// macroblock has come to rest.
    pub fn thin_out(&mut self) {
        let (luma, chroma) = (any(&self.y), any(&self.chroma));
        let mut quarters = [0; 4];
        for block in (0..16).filter(|block| luma[*block] != 0) {
            quarters[quarter_of(block)] += weight(&scan(&self.y, block));
        }
        let all = quarters.iter().sum::<u32>() < LEAST_WEIGHT_LUMA;
        for block in (0..16).filter(|block| luma[*block] != 0) {
            if all || quarters[quarter_of(block)] < LEAST_WEIGHT_QUARTER {
                self.y.iter_mut().for_each(|row| row[block] = 0);
            }
        }
        for plane in [0, 4] {
            let blocks = (plane..plane + 4).filter(|block| chroma[*block] != 0);
            let weights = blocks.map(|block| weight(&scan(&self.chroma, block)[1..]));
            if weights.sum::<u32>() < LEAST_WEIGHT_CHROMA {
                self.chroma.iter_mut().for_each(|row| row[plane..plane + 4].fill(0));
            }
        }
    }

    /// Keeps the first `count` levels of each block in scan order.
    pub fn keep(&mut self, count: usize) {
        for position in &ZIGZAG[count..] {
            self.y[*position] = [0; 16];
            self.chroma[*position] = [0; 8];
        }
    }
}

/// The quarter of a macroblock that a block of luma is in.
pub(super) fn quarter_of(block: usize) -> usize {
    block / 8 * 2 + block % 4 / 2
}

/// How much levels in scan order matter: one above 1 much, those of 1 the less the more zeros are before
/// them.
fn weight(scan: &[i16]) -> u32 {
    let mut weight = 0;
    let mut zeros = 0;
    for level in scan {
        match level {
            0 => zeros += 1,
            -1 | 1 => {
                weight += LONE_WEIGHTS.get(zeros).copied().unwrap_or(0);
                zeros = 0;
            }
            _ => return MUCH,
        }
    }
    weight
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

/// All levels of each block, bit by bit.
fn any<const M: usize>(blocks: &Blocks<M>) -> [i16; M] {
    let mut any = [0; M];
    for row in blocks {
        for (any, level) in any.iter_mut().zip(row) {
            *any |= level;
        }
    }
    any
}

/// The levels of a block in the order in which they are coded.
pub(super) fn scan<const M: usize>(blocks: &Blocks<M>, block: usize) -> [i16; 16] {
    let mut scan = [0; 16];
    for (level, position) in scan.iter_mut().zip(ZIGZAG) {
        *level = blocks[position][block];
    }
    scan
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
