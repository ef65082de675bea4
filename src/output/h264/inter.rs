//! Pictures that refer to the one before: only what changed is looked at.
//!
//! A general encoder examines every macroblock of every picture. Of ours nine in ten are those of the
//! picture before, and the renderer knows which: here they cost some 20 nanoseconds each. The others are
//! coded as P macroblocks, one vector or four, with what is left over (ITU-T H.264 (08/2021), 7.3.4,
//! 7.3.5). Owns one slice's syntax; knows no file, and no intra prediction: a segment's first picture
//! comes from elsewhere, as it is decoded.

use super::bits::BitWriter;
use super::cavlc::{Context, write_block};
use super::motion::Search;
use super::parameters::Parameters;
use super::plane::{Mv, Plane, Square};
use super::residual::{Blocks, Quantiser, ZIGZAG, chroma_qp, forward, inverse};
use crate::output::pixels::I420;

/// Side of a macroblock in luma samples.
pub(super) const MACROBLOCK_PX: usize = 16;

/// `nal_unit_header`: a slice that is no IDR's, and others refer to it.
const NAL_HEADER: u8 = 0x61;

/// Most bits of a macroblock (A.3.1): 3,200 bits behind its type.
const MOST_MACROBLOCK_BITS: usize = 3_200;

/// The order in which the 4x4 blocks of a macroblock are coded, by row and column (Figure 6-10).
const CODING_ORDER: [usize; 16] = [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15];

/// Table 9-4, inter: which code stands for a `coded_block_pattern`.
const PATTERN_CODES: [u8; 48] = {
    const PATTERNS: [u8; 48] = [
        0, 16, 1, 2, 4, 8, 32, 3, 5, 10, 12, 15, 47, 7, 11, 13, 14, 6, 9, 31, 35, 37, 42, 44, 33, 34, 36, 40, 39, 43,
        45, 46, 17, 18, 20, 24, 19, 21, 26, 28, 23, 27, 29, 30, 22, 25, 38, 41,
    ];
    let mut codes = [0; 48];
    let mut code = 0;
    while code < 48 {
        codes[PATTERNS[code] as usize] = code as u8;
        code += 1;
    }
    codes
};

/// Where even ground is looked for, in macroblocks: the nearest first, within the reach of vectors.
const EVEN_AROUND: [[i16; 2]; 16] = [
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
    [-1, -1],
    [1, -1],
    [-1, 1],
    [1, 1],
    [-2, 0],
    [2, 0],
    [0, -2],
    [0, 2],
    [-3, 0],
    [3, 0],
    [0, -3],
    [0, 3],
];

/// Four vectors pay where a single one is off by more than this, in steps a sample.
const SPLIT_ABOVE: u32 = 3;

/// A macroblock's samples, or what predicts them.
#[derive(Clone, Debug)]
struct Samples {
    y: Square<16>,
    u: Square<8>,
    v: Square<8>,
}

/// A macroblock's levels.
#[derive(Clone)]
struct Levels {
    y: Blocks<16>,
    /// Blue's four blocks, then red's; their DC is in `dc`.
    chroma: Blocks<8>,
    dc: [[i16; 4]; 2],
}

/// Encodes the pictures of a segment behind its first.
pub(super) struct InterEncoder {
    parameters: Parameters,
    qp: u8,
    luma: Quantiser,
    chroma: Quantiser,
    bit_cost: u32,
    /// Macroblocks across and down.
    size: [usize; 2],
    /// Samples that are shown.
    shown: [usize; 2],
    /// The picture before as decoders have it: Y, U, V.
    reference: [Plane; 3],
    /// Vectors of each macroblock's four quarters in this picture and the one before.
    motion: Vec<[Mv; 4]>,
    motion_before: Vec<[Mv; 4]>,
    /// Coefficients of each macroblock's blocks: 16 of luma by row and column, 4 of blue, 4 of red.
    counts: Vec<[u8; 24]>,
    /// What changed in the reference, to be put there once nothing refers to the old samples.
    rebuilt: Vec<(usize, Samples)>,
    bits: BitWriter,
    /// Pictures since the IDR.
    number: u32,
}

impl InterEncoder {
    /// Behind an IDR picture that decodes to `planes`, each with its samples from row to row; `width` by
    /// `height` are shown.
    pub fn new(parameters: Parameters, qp: u8, [width, height]: [usize; 2], planes: [(&[u8], usize); 3]) -> Self {
        let size = [width, height].map(|side| side.div_ceil(MACROBLOCK_PX));
        let coded = size.map(|side| side * MACROBLOCK_PX);
        let mut reference = [coded, coded.map(|side| side / 2), coded.map(|side| side / 2)].map(Plane::new);
        let shown = [[width, height], [width / 2, height / 2], [width / 2, height / 2]];
        for ((to, (from, stride)), size) in reference.iter_mut().zip(planes).zip(shown) {
            to.fill(from, stride, size);
        }
        let macroblocks = size[0] * size[1];
        Self {
            parameters,
            qp,
            luma: Quantiser::new(qp),
            chroma: Quantiser::new(chroma_qp(qp)),
            // The usual square root of the Lagrangian 0.85 * 2^((QP - 12) / 3).
            bit_cost: (0.92 * 2_f64.powf((f64::from(qp) - 12.0) / 6.0)).round().max(1.0) as u32,
            size,
            shown: [width, height],
            reference,
            motion: vec![[Mv::default(); 4]; macroblocks],
            motion_before: vec![[Mv::default(); 4]; macroblocks],
            counts: vec![[0; 24]; macroblocks],
            rebuilt: Vec::new(),
            bits: BitWriter::default(),
            number: 0,
        }
    }

    /// Appends the NAL unit of a picture. `changed` tells for each macroblock whether any sample may
    /// differ from the picture before.
    pub fn encode(&mut self, picture: &I420, changed: &[bool], out: &mut Vec<u8>) {
        self.number += 1;
        std::mem::swap(&mut self.motion, &mut self.motion_before);
        self.motion.fill([Mv::default(); 4]);
        self.counts.fill([0; 24]);
        self.slice_header();
        let mut skipped = 0;
        for (y, row) in changed.chunks(self.size[0]).enumerate() {
            for (x, &changed) in row.iter().enumerate() {
                let coded = if changed {
                    let source = self.source(picture, [x, y]);
                    self.changed([x, y], &source, skipped)
                } else {
                    self.unchanged([x, y], skipped)
                };
                skipped = if coded { 0 } else { skipped + 1 };
            }
        }
        if skipped > 0 {
            self.bits.ue(skipped);
        }
        for (index, samples) in self.rebuilt.drain(..) {
            let [x, y] = [
                index % self.size[0] * MACROBLOCK_PX,
                index / self.size[0] * MACROBLOCK_PX,
            ];
            self.reference[0].put([x, y], &samples.y);
            self.reference[1].put([x / 2, y / 2], &samples.u);
            self.reference[2].put([x / 2, y / 2], &samples.v);
        }
        self.bits.finish(NAL_HEADER, out);
    }

    /// The picture as decoders have it: Y, U, V without padding.
    #[cfg(test)]
    pub fn decoded(&self) -> [Vec<u8>; 3] {
        let [width, height] = self.shown;
        let [y, u, v] = &self.reference;
        [
            (y, width, height),
            (u, width / 2, height / 2),
            (v, width / 2, height / 2),
        ]
        .map(|(plane, width, height)| {
            let rows = plane.samples.chunks(plane.stride).take(height);
            rows.flat_map(|row| &row[..width]).copied().collect()
        })
    }

    /// 7.3.3 for a P slice of a whole picture.
    fn slice_header(&mut self) {
        let Parameters {
            frame_num_bits,
            order_bits,
            set,
            qp,
            filter_control,
        } = self.parameters;
        let bits = &mut self.bits;
        // From macroblock 0, all of the picture's slices P, by this parameter set.
        bits.ue(0);
        bits.ue(5);
        bits.ue(set);
        let low = |value: u32, bits: u32| value & ((1 << bits) - 1);
        bits.put(low(self.number, frame_num_bits), frame_num_bits);
        if let Some(order_bits) = order_bits {
            bits.put(low(2 * self.number, order_bits), order_bits);
        }
        // One reference, in its usual order, and the oldest goes.
        bits.put(0, 3);
        bits.se(i32::from(self.qp) - qp);
        if filter_control {
            // No filter at edges.
            bits.ue(1);
        }
    }

    /// A macroblock of the picture; beyond what is shown the last samples are repeated.
    fn source(&self, picture: &I420, at: [usize; 2]) -> Samples {
        let [width, height] = self.shown;
        let [x, y] = at.map(|at| at * MACROBLOCK_PX);
        Samples {
            y: cut(picture.y(), [width, height], [x, y]),
            u: cut(picture.u(), [width / 2, height / 2], [x / 2, y / 2]),
            v: cut(picture.v(), [width / 2, height / 2], [x / 2, y / 2]),
        }
    }

    /// Vectors of a macroblock's quarter in this picture: `None` outside of it or not coded yet.
    fn quarter(&self, [x, y]: [usize; 2], by: [isize; 2], quarter: usize) -> Option<Mv> {
        let x = x.checked_add_signed(by[0]).filter(|x| *x < self.size[0])?;
        let y = y.checked_add_signed(by[1])?;
        Some(self.motion[y * self.size[0] + x][quarter])
    }

    /// What a macroblock's one vector is coded against, and the neighbours that it comes from.
    fn predicted(&self, at: [usize; 2]) -> (Mv, [Option<Mv>; 3]) {
        let left = self.quarter(at, [-1, 0], 1);
        let above = self.quarter(at, [0, -1], 2);
        let beside = self.quarter(at, [1, -1], 2).or_else(|| self.quarter(at, [-1, -1], 3));
        (median(left, above, beside), [left, above, beside])
    }

    /// The vector of a macroblock that is skipped (8.4.1.1).
    fn skipped(at: [Option<Mv>; 3], predicted: Mv) -> Mv {
        let still = Some(Mv::default());
        match at {
            [None, ..] | [_, None, _] => Mv::default(),
            [left, above, _] if left == still || above == still => Mv::default(),
            _ => predicted,
        }
    }

    /// A macroblock whose samples are those of the picture before; whether anything had to be said.
    fn unchanged(&mut self, at: [usize; 2], skipped: u32) -> bool {
        // Mostly all around is still.
        if self.quarter(at, [-1, 0], 1).unwrap_or_default() == Mv::default() {
            return false;
        }
        let (predicted, neighbours) = self.predicted(at);
        if Self::skipped(neighbours, predicted) == Mv::default() {
            return false;
        }
        self.bits.ue(skipped);
        self.bits.ue(0);
        self.bits.se(-i32::from(predicted.x));
        self.bits.se(-i32::from(predicted.y));
        self.bits.ue(PATTERN_CODES[0].into());
        true
    }

    /// A macroblock that may differ; whether anything had to be said.
    fn changed(&mut self, at: [usize; 2], source: &Samples, skipped: u32) -> bool {
        let index = at[1] * self.size[0] + at[0];
        let (predicted, neighbours) = self.predicted(at);
        let skip = Self::skipped(neighbours, predicted);
        let position = at.map(|at| at * MACROBLOCK_PX);
        let search = Search {
            reference: &self.reference[0],
            source: &source.y,
            at: position,
            shown: self.shown,
            predicted,
            bit_cost: self.bit_cost,
        };
        let before = |by: [isize; 2]| {
            let x = at[0].checked_add_signed(by[0]).filter(|x| *x < self.size[0])?;
            let y = at[1].checked_add_signed(by[1]).filter(|y| *y < self.size[1])?;
            Some(self.motion_before[y * self.size[0] + x][0])
        };
        let mut candidates = [Mv::default(); 9];
        let all = [Some(predicted)]
            .into_iter()
            .chain(neighbours)
            .chain([[0, 0], [1, 0], [-1, 0], [0, 1]].map(before));
        for (to, candidate) in candidates[1..].iter_mut().zip(all) {
            *to = candidate.unwrap_or_default();
        }
        let even = source
            .even()
            .and_then(|shades| self.even(position, shades, &candidates));
        let whole = even
            .and_then(|mv| search.cost(mv))
            .unwrap_or_else(|| search.best(skip, &candidates));
        let split = (whole.sad > SPLIT_ABOVE * 256).then(|| self.split(at, source, whole.mv, &candidates[..5]));
        let split = split.filter(|(_, cost)| *cost < whole.cost).map(|(vectors, _)| vectors);
        let vectors = split.unwrap_or([whole.mv; 4]);

        let prediction = self.prediction(position, vectors, split.is_some());
        let mut levels = self.levels(source, &prediction);
        let mut pattern = levels.pattern();
        self.motion[index] = vectors;
        if split.is_none() && pattern == 0 && whole.mv == skip {
            if skip != Mv::default() {
                self.rebuilt.push((index, prediction));
            }
            return false;
        }
        self.bits.ue(skipped);
        let start = self.bits.mark();
        let mut kept = 16;
        loop {
            if split.is_some() {
                self.write_split(at, vectors);
            } else {
                self.bits.ue(0);
                self.write_vector(whole.mv, predicted);
            }
            self.bits.ue(PATTERN_CODES[usize::from(pattern)].into());
            self.write_levels(at, &levels, pattern);
            if self.bits.since(start) <= MOST_MACROBLOCK_BITS {
                break;
            }
            // Noise: what is finest is left out until the rest is allowed.
            self.bits.back_to(start);
            kept /= 2;
            levels.keep(kept);
            pattern = levels.pattern();
        }
        if pattern != 0 || vectors != [Mv::default(); 4] {
            let samples = self.rebuild(prediction, &levels, pattern);
            self.rebuilt.push((index, samples));
        }
        true
    }

    /// The vector of a macroblock of a single shade: to where the reference is even too, a step away at
    /// most. A search would be content with what is nearly even; but where a bubble has flown by, the
    /// ground stays as it is coded then, and even the faintest trace of its path shows on a big screen.
    fn even(&self, position: [usize; 2], shades: [u8; 3], candidates: &[Mv]) -> Option<Mv> {
        let around = EVEN_AROUND.map(|[x, y]| Mv {
            x: 4 * MACROBLOCK_PX as i16 * x,
            y: 4 * MACROBLOCK_PX as i16 * y,
        });
        let whole = candidates.iter().filter(|mv| (mv.x | mv.y) & 7 == 0);
        let mut nearest = None;
        for mv in whole.copied().chain(around) {
            let [x, y] = [(position[0], mv.x), (position[1], mv.y)]
                .map(|(at, by)| at.checked_add_signed(isize::from(by >> 2)).unwrap_or(usize::MAX));
            if x > self.shown[0].saturating_sub(MACROBLOCK_PX) || y > self.shown[1].saturating_sub(MACROBLOCK_PX) {
                continue;
            }
            let [luma, blue, red] = &self.reference;
            let there = Samples {
                y: luma.square([x, y]),
                u: blue.square([x / 2, y / 2]),
                v: red.square([x / 2, y / 2]),
            };
            let Some(there) = there.even() else { continue };
            let off = there.into_iter().zip(shades).map(|(a, b)| a.abs_diff(b)).max();
            let off = off.unwrap_or(u8::MAX);
            if off <= 1 && nearest.is_none_or(|(least, _)| off < least) {
                nearest = Some((off, mv));
            }
            if off == 0 {
                break;
            }
        }
        nearest.map(|(_, mv)| mv)
    }

    /// A vector for each quarter, and what they cost together.
    fn split(&self, at: [usize; 2], source: &Samples, whole: Mv, candidates: &[Mv]) -> ([Mv; 4], u32) {
        let mut vectors = [whole; 4];
        // The type and the four types of quarters: 5 + 4 bits, against 1.
        let mut cost = 8 * self.bit_cost;
        for quarter in 0..4 {
            let predicted = self.quarter_predicted(at, &vectors, quarter);
            let corner = [quarter % 2 * 8, quarter / 2 * 8];
            let mut part: Square<8> = [[0; 8]; 8];
            for (to, from) in part.iter_mut().zip(&source.y[corner[1]..]) {
                to.copy_from_slice(&from[corner[0]..][..8]);
            }
            let search = Search {
                reference: &self.reference[0],
                source: &part,
                at: [at[0] * MACROBLOCK_PX + corner[0], at[1] * MACROBLOCK_PX + corner[1]],
                shown: self.shown,
                predicted,
                bit_cost: self.bit_cost,
            };
            let found = search.best(whole, candidates);
            vectors[quarter] = found.mv;
            cost += found.cost;
        }
        (vectors, cost)
    }

    /// What a quarter's vector is coded against; those before it are in `vectors` (6.4.11.7).
    fn quarter_predicted(&self, at: [usize; 2], vectors: &[Mv; 4], quarter: usize) -> Mv {
        let own = |quarter: usize| Some(vectors[quarter]);
        let (left, above, beside) = match quarter {
            0 => (
                self.quarter(at, [-1, 0], 1),
                self.quarter(at, [0, -1], 2),
                self.quarter(at, [0, -1], 3),
            ),
            1 => (
                own(0),
                self.quarter(at, [0, -1], 3),
                self.quarter(at, [1, -1], 2).or_else(|| self.quarter(at, [0, -1], 2)),
            ),
            2 => (self.quarter(at, [-1, 0], 3), own(0), own(1)),
            _ => (own(2), own(1), own(0)),
        };
        median(left, above, beside)
    }

    fn prediction(&self, [x, y]: [usize; 2], vectors: [Mv; 4], split: bool) -> Samples {
        let [luma, blue, red] = &self.reference;
        let mv = vectors[0];
        if !split {
            return Samples {
                y: luma.luma([x, y], mv),
                u: blue.chroma([x / 2, y / 2], mv),
                v: red.chroma([x / 2, y / 2], mv),
            };
        }
        let mut samples = Samples {
            y: [[0; 16]; 16],
            u: [[0; 8]; 8],
            v: [[0; 8]; 8],
        };
        for (quarter, mv) in vectors.into_iter().enumerate() {
            let [dx, dy] = [quarter % 2 * 4, quarter / 2 * 4];
            put(
                &mut samples.y,
                [2 * dx, 2 * dy],
                luma.luma::<8>([x + 2 * dx, y + 2 * dy], mv),
            );
            put(&mut samples.u, [dx, dy], blue.chroma::<4>([x / 2 + dx, y / 2 + dy], mv));
            put(&mut samples.v, [dx, dy], red.chroma::<4>([x / 2 + dx, y / 2 + dy], mv));
        }
        samples
    }

    /// What a prediction leaves over.
    fn levels(&self, source: &Samples, prediction: &Samples) -> Levels {
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

    fn rebuild(&self, mut prediction: Samples, levels: &Levels, pattern: u8) -> Samples {
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

    /// 7.3.5.1: `P_8x8`, each quarter whole.
    fn write_split(&mut self, at: [usize; 2], vectors: [Mv; 4]) {
        self.bits.ue(3);
        for _ in 0..4 {
            self.bits.ue(0);
        }
        for quarter in 0..4 {
            let predicted = self.quarter_predicted(at, &vectors, quarter);
            self.write_vector(vectors[quarter], predicted);
        }
    }

    fn write_vector(&mut self, mv: Mv, predicted: Mv) {
        self.bits.se(i32::from(mv.x) - i32::from(predicted.x));
        self.bits.se(i32::from(mv.y) - i32::from(predicted.y));
    }

    /// 7.3.5.3: blocks of quarters that have any, chroma's DC, the rest of chroma.
    fn write_levels(&mut self, at: [usize; 2], levels: &Levels, pattern: u8) {
        let index = at[1] * self.size[0] + at[0];
        self.counts[index] = [0; 24];
        if pattern == 0 {
            return;
        }
        // The same quantiser as before.
        self.bits.se(0);
        for block in CODING_ORDER {
            if pattern >> (block / 8 * 2 + block % 4 / 2) & 1 == 1 {
                let context = self.context(at, [block % 4, block / 4], 4, 0);
                let scan = scan(&levels.y, block);
                self.counts[index][block] = write_block(&mut self.bits, &scan, context);
            }
        }
        if pattern >> 4 > 0 {
            for dc in &levels.dc {
                write_block(&mut self.bits, dc, Context::ChromaDc);
            }
        }
        if pattern >> 4 > 1 {
            for block in 0..8 {
                let context = self.context(at, [block % 2, block / 2 % 2], 2, 16 + block / 4 * 4);
                let scan = scan(&levels.chroma, block);
                self.counts[index][16 + block] = write_block(&mut self.bits, &scan[1..], context);
            }
        }
    }

    /// The mean of the counts to the left and above a block (9.2.1); its plane has `across` blocks in a row
    /// and its counts begin at `first`.
    fn context(&self, at: [usize; 2], [x, y]: [usize; 2], across: usize, first: usize) -> Context {
        let index = at[1] * self.size[0] + at[0];
        let count = |macroblock: usize, x: usize, y: usize| self.counts[macroblock][first + y * across + x];
        let left = match x.checked_sub(1) {
            Some(x) => Some(count(index, x, y)),
            None => (at[0] > 0).then(|| count(index - 1, across - 1, y)),
        };
        let above = match y.checked_sub(1) {
            Some(y) => Some(count(index, x, y)),
            None => (at[1] > 0).then(|| count(index - self.size[0], x, across - 1)),
        };
        Context::Neighbours(match (left, above) {
            (Some(left), Some(above)) => (left + above).div_ceil(2),
            (left, above) => left.or(above).unwrap_or(0),
        })
    }
}

impl Samples {
    /// The shades of a macroblock that has only one.
    fn even(&self) -> Option<[u8; 3]> {
        fn shade<const N: usize>(square: &Square<N>) -> Option<u8> {
            let first = [square[0][0]; N];
            square.iter().all(|row| *row == first).then_some(first[0])
        }
        Some([shade(&self.y)?, shade(&self.u)?, shade(&self.v)?])
    }
}

impl Levels {
    /// `coded_block_pattern`: a bit for each quarter of luma, and 16 or 32 for chroma.
    fn pattern(&self) -> u8 {
        let luma = any(&self.y);
        let luma = (0..16)
            .filter(|block| luma[*block] != 0)
            .fold(0, |pattern, block| pattern | 1 << (block / 8 * 2 + block % 4 / 2));
        let chroma = if any(&self.chroma) != [0; 8] {
            32
        } else if self.dc != [[0; 4]; 2] {
            16
        } else {
            0
        };
        luma | chroma
    }

    /// Keeps so many levels of each block, the first in scan order.
    fn keep(&mut self, count: usize) {
        for position in &ZIGZAG[count..] {
            self.y[*position] = [0; 16];
            self.chroma[*position] = [0; 8];
        }
    }
}

/// 8.4.1.3: the median, or the only one there is.
fn median(left: Option<Mv>, above: Option<Mv>, beside: Option<Mv>) -> Mv {
    match (left, above, beside) {
        (Some(only), None, None) | (None, Some(only), None) | (None, None, Some(only)) => only,
        _ => {
            let [a, b, c] = [left, above, beside].map(Option::unwrap_or_default);
            let middle = |a: i16, b: i16, c: i16| a.max(b).min(a.min(b).max(c));
            Mv {
                x: middle(a.x, b.x, c.x),
                y: middle(a.y, b.y, c.y),
            }
        }
    }
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

fn put<const N: usize, const M: usize>(to: &mut Square<N>, [x, y]: [usize; 2], part: Square<M>) {
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
fn scan<const M: usize>(blocks: &Blocks<M>, block: usize) -> [i16; 16] {
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
