//! Pictures that refer to the one before: only macroblocks that changed are looked at.
//!
//! A general encoder examines every macroblock of every picture. Nine in ten of ours are those of the
//! picture before, and the renderer knows which: here each of them costs some 20 nanoseconds. The others are
//! coded as P macroblocks with one vector or four and the differences from their prediction (ITU-T H.264
//! (08/2021), 7.3.4, 7.3.5). Owns the syntax of a slice. Knows no file, and no intra prediction: a segment's
//! first picture is given to it as decoders have it.

use super::bits::{BitWriter, se_bits};
use super::cavlc::{Context, write_block};
use super::differences::sum;
use super::macroblock::{Levels, MACROBLOCK_PX, Quantisers, Samples, put, quarter_of};
use super::motion::Search;
use super::parameters::Parameters;
use super::plane::{Mv, Plane, Square};
use super::vectors::{self, Motion, Neighbours, Reference, Vectors};
use crate::output::pixels::I420;

/// `nal_unit_header` of a slice that is not of an IDR picture, and that others refer to.
const NAL_HEADER: u8 = 0x61;

/// Most bits of a macroblock (A.3.1): 3,200 bits behind its type.
const MOST_MACROBLOCK_BITS: usize = 3_200;

/// The order in which the 4x4 blocks of a macroblock are coded, by row and column (Figure 6-10).
const CODING_ORDER: [usize; 16] = [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15];

/// Table 9-4, inter: the code of each `coded_block_pattern`.
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

/// Places where even ground is looked for, in macroblocks: the nearest first, within the reach of vectors.
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

/// Number of pictures for which a macroblock must not have changed before it is coded finely. Measured: with
/// 1, films take 0.5% more bytes, for macroblocks that change again at once.
const REST: u8 = 2;

/// Rounding of levels ([`Quantisers::new`]) in macroblocks that move and in those at rest. A moving one is
/// seen for a picture or two: measured, a ninth takes 2.5% fewer bytes than a sixth, which pays for fine
/// first pictures.
const ROUNDING_MOVING: u32 = 9;
const ROUNDING_STILL: u32 = 6;

/// The most by which a block may differ from the same place in the segment's first picture to be taken from
/// there, in steps a sample on average. The ground is as clean there as it can be.
const CLOSE_TO_FIRST: u32 = 1;

/// A single vector whose prediction is off by more than this, in steps a sample on average, is tried against
/// four.
const SPLIT_ABOVE: u32 = 3;

/// Encodes the pictures of a segment behind its first.
pub(super) struct InterEncoder {
    parameters: Parameters,
    /// The quantisers of macroblocks that move, and of those that have come to rest.
    moving: Quantisers,
    still: Quantisers,
    /// Quantiser of the macroblock coded last (`QP_Y,PRED`).
    last_qp: u8,
    bit_cost: u32,
    /// Macroblocks across and down.
    size: [usize; 2],
    /// Samples that are shown.
    shown: [usize; 2],
    /// The picture before as decoders have it: Y, U, V.
    reference: [Plane; 3],
    /// The macroblocks of the segment's first picture as decoders have it. Vectors into it are zero, so each
    /// macroblock lies in one piece: the rows of a plane are far apart in memory, and slow to look at.
    first: Vec<Samples>,
    /// For each macroblock, the number of pictures since it changed; none once it has been coded finely.
    rest: Vec<Option<u8>>,
    vectors: Vectors,
    /// Coefficients of each macroblock's blocks: 16 of luma by row and column, 4 of blue, 4 of red.
    counts: Vec<[u8; 24]>,
    /// Macroblocks that changed, to be put into the reference once nothing refers to the old samples.
    rebuilt: Vec<(usize, Samples)>,
    bits: BitWriter,
    /// Pictures since the IDR.
    number: u32,
}

impl InterEncoder {
    /// An encoder of the pictures behind an IDR picture, of which `width` by `height` samples are shown.
    /// Decoded, it is `planes`: the samples of each, and their distance from row to row.
    pub fn new(
        parameters: Parameters,
        [qp, still_qp]: [u8; 2],
        [width, height]: [usize; 2],
        planes: [(&[u8], usize); 3],
    ) -> Self {
        let size = [width, height].map(|side| side.div_ceil(MACROBLOCK_PX));
        let coded = size.map(|side| side * MACROBLOCK_PX);
        let mut reference = [coded, coded.map(|side| side / 2), coded.map(|side| side / 2)].map(Plane::new);
        let shown = [[width, height], [width / 2, height / 2], [width / 2, height / 2]];
        for ((to, (from, stride)), size) in reference.iter_mut().zip(planes).zip(shown) {
            to.fill(from, stride, size);
        }
        let macroblocks = size[0] * size[1];
        let first = (0..macroblocks).map(|index| {
            let at = [index % size[0], index / size[0]];
            samples_from(&reference, at.map(|at| at * MACROBLOCK_PX))
        });
        let first = first.collect();
        Self {
            parameters,
            moving: Quantisers::new(qp, ROUNDING_MOVING),
            still: Quantisers::new(still_qp, ROUNDING_STILL),
            last_qp: qp,
            // The usual square root of the Lagrangian 0.85 * 2^((QP - 12) / 3).
            bit_cost: (0.92 * 2_f64.powf((f64::from(qp) - 12.0) / 6.0)).round().max(1.0) as u32,
            size,
            shown: [width, height],
            first,
            reference,
            rest: vec![None; macroblocks],
            vectors: Vectors::new(size),
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
        self.vectors.next_picture();
        self.counts.fill([0; 24]);
        self.slice_header();
        let mut skipped = 0;
        for (y, row) in changed.chunks(self.size[0]).enumerate() {
            for (x, &changed) in row.iter().enumerate() {
                let coded = if changed {
                    let source = Samples::of(picture, [x, y]);
                    self.changed([x, y], &source, skipped)
                } else if self.is_due([x, y]) {
                    let source = Samples::of(picture, [x, y]);
                    self.refined([x, y], &source, skipped)
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
        // From macroblock 0 on; all slices of the picture are P; the number of the parameter set.
        bits.ue(0);
        bits.ue(5);
        bits.ue(set);
        let low = |value: u32, bits: u32| value & ((1 << bits) - 1);
        bits.put(low(self.number, frame_num_bits), frame_num_bits);
        if let Some(order_bits) = order_bits {
            bits.put(low(2 * self.number, order_bits), order_bits);
        }
        if self.number > 1 {
            // Two references: the picture before, and the first, a long-term one.
            bits.put(1, 1);
            bits.ue(1);
        } else {
            bits.put(0, 1);
        }
        // They are in their usual order, and the oldest short-term one goes.
        bits.put(0, 2);
        bits.se(i32::from(self.moving.qp) - qp);
        self.last_qp = self.moving.qp;
        if filter_control {
            // No filter at edges.
            bits.ue(1);
        }
    }

    /// Codes a macroblock whose samples are those of the picture before; false where it was skipped.
    fn unchanged(&mut self, at: [usize; 2], skipped: u32) -> bool {
        // Nearly always everything around is at rest.
        if self.vectors.quarter(at, [-1, 0], 1).unwrap_or_default() == Motion::default() {
            return false;
        }
        if vectors::skipped(self.vectors.neighbours(at)) == Mv::default() {
            return false;
        }
        self.bits.ue(skipped);
        self.write_motion(at, [Motion::default(); 4]);
        self.bits.ue(PATTERN_CODES[0].into());
        true
    }

    /// Whether a macroblock that did not change is to be coded finely now: once, some pictures after it changed.
    fn is_due(&mut self, at: [usize; 2]) -> bool {
        match &mut self.rest[at[1] * self.size[0] + at[0]] {
            None => false,
            Some(pictures) if *pictures < REST => {
                *pictures += 1;
                false
            }
            rest => {
                *rest = None;
                true
            }
        }
    }

    /// Codes a macroblock that came to rest once more, finely; false where it was skipped.
    fn refined(&mut self, at: [usize; 2], source: &Samples, skipped: u32) -> bool {
        let still = [Motion::default(); 4];
        let prediction = self.prediction(at, still);
        let mut levels = self.still.levels(source, &prediction);
        if levels.pattern() == 0 {
            return self.unchanged(at, skipped);
        }
        self.bits.ue(skipped);
        let pattern = self.write_macroblock(at, still, &mut levels, self.still.qp);
        let samples = self.still.rebuild(prediction, &levels, pattern);
        self.rebuilt.push((at[1] * self.size[0] + at[0], samples));
        true
    }

    /// Codes a macroblock that may differ from the picture before; false where it was skipped.
    fn changed(&mut self, at: [usize; 2], source: &Samples, skipped: u32) -> bool {
        let index = at[1] * self.size[0] + at[0];
        let skip = vectors::skipped(self.vectors.neighbours(at));
        let motion = self.motion(at, source, skip);
        let prediction = self.prediction(at, motion);
        let mut levels = self.moving.levels(source, &prediction);
        levels.thin_out();
        let pattern = levels.pattern();
        self.vectors.set(at, motion);
        let is_skipped = motion
            .iter()
            .all(|motion| motion.mv == skip && motion.reference == Reference::Before);
        if is_skipped && pattern == 0 {
            if skip == Mv::default() {
                return self.is_due(at) && self.refined(at, source, skipped);
            }
            self.rest[index] = Some(0);
            self.rebuilt.push((index, prediction));
            return false;
        }
        self.rest[index] = Some(0);
        self.bits.ue(skipped);
        let pattern = self.write_macroblock(at, motion, &mut levels, self.moving.qp);
        if pattern != 0 || motion != [Motion::default(); 4] {
            let samples = self.moving.rebuild(prediction, &levels, pattern);
            self.rebuilt.push((index, samples));
        }
        true
    }

    /// Finds the motion that predicts a macroblock best; `skip` is the vector of a skipped macroblock.
    fn motion(&self, at: [usize; 2], source: &Samples, skip: Mv) -> [Motion; 4] {
        let position = at.map(|at| at * MACROBLOCK_PX);
        let neighbours = self.vectors.neighbours(at);
        let predicted = vectors::predicted(neighbours, Reference::Before);
        let search = Search {
            reference: &self.reference[0],
            source: &source.y,
            at: position,
            shown: self.shown,
            predicted,
            bit_cost: self.bit_cost,
        };
        if let Some(off) = self.off_first(at, [0, 0], &source.y)
            && search.cost(skip).is_none_or(|skip| off < skip.sad)
        {
            return [Motion::FIRST; 4];
        }
        let before = [[0, 0], [1, 0], [-1, 0], [0, 1]].map(|by| self.vectors.before(at, by));
        let around = neighbours.map(|motion| motion.map(|motion| motion.mv));
        let mut candidates = [Mv::default(); 9];
        let all = [Some(predicted)].into_iter().chain(around).chain(before);
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
        let split = split.filter(|(_, cost)| *cost < whole.cost).map(|(motion, _)| motion);
        split.unwrap_or(
            [Motion {
                mv: whole.mv,
                reference: Reference::Before,
            }; 4],
        )
    }

    /// The distance of a block, `x` and `y` into a macroblock, from the same place in the segment's first
    /// picture, where that is close.
    fn off_first<const N: usize>(&self, at: [usize; 2], [x, y]: [usize; 2], source: &Square<N>) -> Option<u32> {
        let first = &self.first[at[1] * self.size[0] + at[0]].y.as_flattened()[y * MACROBLOCK_PX + x..];
        (self.number > 1)
            .then(|| sum(source, first, MACROBLOCK_PX))
            .filter(|off| *off <= CLOSE_TO_FIRST * (N * N) as u32)
    }

    /// Writes a macroblock that is not skipped (7.3.5); returns its pattern. Where it would be longer than is
    /// allowed, as noise is, its last levels in scan order are left out.
    fn write_macroblock(&mut self, at: [usize; 2], motion: [Motion; 4], levels: &mut Levels, qp: u8) -> u8 {
        let (start, last_qp) = (self.bits.mark(), self.last_qp);
        let mut kept = 16;
        loop {
            let pattern = levels.pattern();
            self.write_motion(at, motion);
            self.bits.ue(PATTERN_CODES[usize::from(pattern)].into());
            self.write_levels(at, levels, pattern, qp);
            if self.bits.since(start) <= MOST_MACROBLOCK_BITS {
                return pattern;
            }
            self.bits.back_to(start);
            self.last_qp = last_qp;
            kept /= 2;
            levels.keep(kept);
        }
    }

    /// A vector for a macroblock of a single shade: to a place that has a single shade too, at most a step
    /// away. A search would be content with nearly even places, and their texture would stay behind a bubble:
    /// even the faintest trace of its path shows on a big screen.
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
            let Some(there) = samples_from(&self.reference, [x, y]).even() else {
                continue;
            };
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

    /// Finds the motion that predicts each quarter best, and the cost of all four.
    fn split(&self, at: [usize; 2], source: &Samples, whole: Mv, candidates: &[Mv]) -> ([Motion; 4], u32) {
        let mut motion = [Motion::default(); 4];
        // The type of the macroblock and those of its quarters take 5 + 4 bits; a single vector takes 1.
        let mut cost = 8 * self.bit_cost;
        for quarter in 0..4 {
            let neighbours = self.vectors.neighbours_of_quarter(at, &motion, quarter);
            let corner = [quarter % 2 * 8, quarter / 2 * 8];
            let mut part: Square<8> = [[0; 8]; 8];
            for (to, from) in part.iter_mut().zip(&source.y[corner[1]..]) {
                to.copy_from_slice(&from[corner[0]..][..8]);
            }
            let position = [at[0] * MACROBLOCK_PX + corner[0], at[1] * MACROBLOCK_PX + corner[1]];
            if let Some(off) = self.off_first(at, corner, &part) {
                motion[quarter] = Motion::FIRST;
                let predicted = vectors::predicted(neighbours, Reference::First);
                let bits = se_bits(i32::from(predicted.x)) + se_bits(i32::from(predicted.y));
                cost += off + self.bit_cost * bits;
                continue;
            }
            let search = Search {
                reference: &self.reference[0],
                source: &part,
                at: position,
                shown: self.shown,
                predicted: vectors::predicted(neighbours, Reference::Before),
                bit_cost: self.bit_cost,
            };
            let found = search.best(whole, candidates);
            motion[quarter].mv = found.mv;
            cost += found.cost;
        }
        (motion, cost)
    }

    /// Samples of a macroblock as its motion predicts them.
    fn prediction(&self, at: [usize; 2], motion: [Motion; 4]) -> Samples {
        let [x, y] = at.map(|at| at * MACROBLOCK_PX);
        let [luma, blue, red] = &self.reference;
        let first = &self.first[at[1] * self.size[0] + at[0]];
        if motion == [motion[0]; 4] {
            let Motion { mv, reference } = motion[0];
            return match reference {
                Reference::Before => Samples {
                    y: luma.luma([x, y], mv),
                    u: blue.chroma([x / 2, y / 2], mv),
                    v: red.chroma([x / 2, y / 2], mv),
                },
                Reference::First => first.clone(),
            };
        }
        let any_first = motion.iter().any(|motion| motion.reference == Reference::First);
        let mut samples = if any_first { first.clone() } else { Samples::EMPTY };
        for (quarter, Motion { mv, reference }) in motion.into_iter().enumerate() {
            if reference == Reference::First {
                continue;
            }
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

    /// Writes the type of a macroblock and its vectors (7.3.5.1): `P_L0_16x16` with one vector, `P_8x8` with one
    /// for each quarter, or `P_8x8ref0` where all of those lead into the picture before.
    fn write_motion(&mut self, at: [usize; 2], motion: [Motion; 4]) {
        let is_first = |motion: Motion| motion.reference == Reference::First;
        let has_two = self.number > 1;
        if motion == [motion[0]; 4] {
            self.bits.ue(0);
            if has_two {
                self.bits.put(u32::from(!is_first(motion[0])), 1);
            }
            self.write_vector(motion[0], self.vectors.neighbours(at));
            return;
        }
        let any_first = motion.into_iter().any(is_first);
        self.bits.ue(if has_two && !any_first { 4 } else { 3 });
        for _ in 0..4 {
            self.bits.ue(0);
        }
        if any_first {
            for motion in motion {
                self.bits.put(u32::from(!is_first(motion)), 1);
            }
        }
        for quarter in 0..4 {
            let neighbours = self.vectors.neighbours_of_quarter(at, &motion, quarter);
            self.write_vector(motion[quarter], neighbours);
        }
    }

    fn write_vector(&mut self, motion: Motion, neighbours: Neighbours) {
        let predicted = vectors::predicted(neighbours, motion.reference);
        self.bits.se(i32::from(motion.mv.x) - i32::from(predicted.x));
        self.bits.se(i32::from(motion.mv.y) - i32::from(predicted.y));
    }

    /// Writes the levels of a macroblock (7.3.5.3): luma, quarter by quarter, then the DC of chroma, then its
    /// other levels. Parts that have none by the pattern are left out.
    fn write_levels(&mut self, at: [usize; 2], levels: &Levels, pattern: u8, qp: u8) {
        let index = at[1] * self.size[0] + at[0];
        self.counts[index] = [0; 24];
        if pattern == 0 {
            return;
        }
        self.bits.se(i32::from(qp) - i32::from(self.last_qp));
        self.last_qp = qp;
        for block in CODING_ORDER {
            if pattern >> quarter_of(block) & 1 == 1 {
                let context = self.context(at, [block % 4, block / 4], 4, 0);
                let (mask, level) = levels.luma_block(block);
                self.counts[index][block] = write_block(&mut self.bits, mask, 16, level, context);
            }
        }
        if pattern >> 4 > 0 {
            for dc in &levels.dc {
                let mask = (0..4).fold(0, |mask, at| mask | u16::from(dc[at] != 0) << at);
                write_block(&mut self.bits, mask, 4, |at| dc[at], Context::ChromaDc);
            }
        }
        if pattern >> 4 > 1 {
            for block in 0..8 {
                let context = self.context(at, [block % 2, block / 2 % 2], 2, 16 + block / 4 * 4);
                let (mask, level) = levels.chroma_block(block);
                self.counts[index][16 + block] = write_block(&mut self.bits, mask, 15, level, context);
            }
        }
    }

    /// The context of a block: the mean of the counts to its left and above (9.2.1). Its plane has `across`
    /// blocks in a row, and counts from `first` on.
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

/// The macroblock of a picture whose top left sample of luma this is.
fn samples_from([luma, blue, red]: &[Plane; 3], [x, y]: [usize; 2]) -> Samples {
    Samples {
        y: luma.square([x, y]),
        u: blue.square([x / 2, y / 2]),
        v: red.square([x / 2, y / 2]),
    }
}
