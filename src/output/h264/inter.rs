//! Pictures that refer to the one before: only what changed is looked at.
//!
//! A general encoder examines every macroblock of every picture. Of ours nine in ten are those of the
//! picture before, and the renderer knows which: here they cost some 20 nanoseconds each. The others are
//! coded as P macroblocks, one vector or four, with what is left over (ITU-T H.264 (08/2021), 7.3.4,
//! 7.3.5). Owns one slice's syntax; knows no file, and no intra prediction: a segment's first picture
//! comes from elsewhere, as it is decoded.

use super::bits::{BitWriter, se_bits};
use super::cavlc::{Context, write_block};
use super::differences::sum;
use super::macroblock::{Levels, MACROBLOCK_PX, Quantisers, Samples, put, quarter_of, scan};
use super::motion::Search;
use super::parameters::Parameters;
use super::plane::{Mv, Plane, Square};
use super::vectors::{self, Motion, Neighbours, Reference, Vectors};
use crate::output::pixels::I420;

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

/// Pictures for which a macroblock must be as it was before it is coded finely. Measured: one takes 0.5%
/// more bytes for what moves again at once.
const REST: u8 = 2;

/// How levels are rounded ([`Quantisers::new`]), of what moves and of what rests. What moves is seen for a
/// picture or two: measured, a ninth takes 2.5% fewer bytes than a sixth and pays for fine first pictures.
const ROUNDING_MOVING: u32 = 9;
const ROUNDING_STILL: u32 = 6;

/// A block that is this close to the same place in the segment's first picture, in steps a sample on
/// average, comes from there: the ground is as clean there as it can be.
const CLOSE_TO_FIRST: u32 = 1;

/// Four vectors pay where a single one is off by more than this, in steps a sample.
const SPLIT_ABOVE: u32 = 3;

/// Encodes the pictures of a segment behind its first.
pub(super) struct InterEncoder {
    parameters: Parameters,
    /// For what moves, and for what has come to rest.
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
    /// The segment's first picture, likewise.
    first: [Plane; 3],
    /// For each macroblock, pictures since it changed, where it has not been coded finely since then.
    rest: Vec<Option<u8>>,
    vectors: Vectors,
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
        Self {
            parameters,
            moving: Quantisers::new(qp, ROUNDING_MOVING),
            still: Quantisers::new(still_qp, ROUNDING_STILL),
            last_qp: qp,
            // The usual square root of the Lagrangian 0.85 * 2^((QP - 12) / 3).
            bit_cost: (0.92 * 2_f64.powf((f64::from(qp) - 12.0) / 6.0)).round().max(1.0) as u32,
            size,
            shown: [width, height],
            first: reference.clone(),
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
        // From macroblock 0, all of the picture's slices P, by this parameter set.
        bits.ue(0);
        bits.ue(5);
        bits.ue(set);
        let low = |value: u32, bits: u32| value & ((1 << bits) - 1);
        bits.put(low(self.number, frame_num_bits), frame_num_bits);
        if let Some(order_bits) = order_bits {
            bits.put(low(2 * self.number, order_bits), order_bits);
        }
        if self.number > 1 {
            // Two references: the picture before, then the first, which is kept for long.
            bits.put(1, 1);
            bits.ue(1);
        } else {
            bits.put(0, 1);
        }
        // In their usual order, and the oldest that is not kept goes.
        bits.put(0, 2);
        bits.se(i32::from(self.moving.qp) - qp);
        self.last_qp = self.moving.qp;
        if filter_control {
            // No filter at edges.
            bits.ue(1);
        }
    }

    /// A macroblock whose samples are those of the picture before; whether anything had to be said.
    fn unchanged(&mut self, at: [usize; 2], skipped: u32) -> bool {
        // Mostly all around is still.
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

    /// Whether a macroblock that is as it was is to be coded finely: once, some pictures after it was coded.
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

    /// A macroblock that came to rest: what is left over is coded once more, finely. Whether anything had
    /// to be said.
    fn refined(&mut self, at: [usize; 2], source: &Samples, skipped: u32) -> bool {
        let still = [Motion::default(); 4];
        let prediction = self.prediction(at.map(|at| at * MACROBLOCK_PX), still);
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

    /// A macroblock that may differ; whether anything had to be said.
    fn changed(&mut self, at: [usize; 2], source: &Samples, skipped: u32) -> bool {
        let index = at[1] * self.size[0] + at[0];
        let skip = vectors::skipped(self.vectors.neighbours(at));
        let position = at.map(|at| at * MACROBLOCK_PX);
        let motion = self.motion(at, source, skip);
        let prediction = self.prediction(position, motion);
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

    /// Where a macroblock's samples come from, `skip` being the vector that costs nothing.
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
        if let Some(off) = self.off_first(position, &source.y)
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

    /// How far a block is from the same place in the segment's first picture, where that is close.
    fn off_first<const N: usize>(&self, [x, y]: [usize; 2], source: &Square<N>) -> Option<u32> {
        let first = &self.first[0];
        let off = || sum(source, &first.samples[y * first.stride + x..], first.stride);
        (self.number > 1)
            .then(off)
            .filter(|off| *off <= CLOSE_TO_FIRST * (N * N) as u32)
    }

    /// 7.3.5: all of a macroblock that is not skipped. Returns the pattern that was written: of noise, what
    /// is finest is left out until the rest is allowed.
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

    /// Where the samples of each quarter come from, and what that costs together.
    fn split(&self, at: [usize; 2], source: &Samples, whole: Mv, candidates: &[Mv]) -> ([Motion; 4], u32) {
        let mut motion = [Motion::default(); 4];
        // The type and the four types of quarters: 5 + 4 bits, against 1.
        let mut cost = 8 * self.bit_cost;
        for quarter in 0..4 {
            let neighbours = self.vectors.neighbours_of_quarter(at, &motion, quarter);
            let corner = [quarter % 2 * 8, quarter / 2 * 8];
            let mut part: Square<8> = [[0; 8]; 8];
            for (to, from) in part.iter_mut().zip(&source.y[corner[1]..]) {
                to.copy_from_slice(&from[corner[0]..][..8]);
            }
            let position = [at[0] * MACROBLOCK_PX + corner[0], at[1] * MACROBLOCK_PX + corner[1]];
            if let Some(off) = self.off_first(position, &part) {
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

    fn prediction(&self, [x, y]: [usize; 2], motion: [Motion; 4]) -> Samples {
        let planes = |reference: Reference| match reference {
            Reference::Before => &self.reference,
            Reference::First => &self.first,
        };
        if motion == [motion[0]; 4] {
            let mv = motion[0].mv;
            let [luma, blue, red] = planes(motion[0].reference);
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
        for (quarter, Motion { mv, reference }) in motion.into_iter().enumerate() {
            let [luma, blue, red] = planes(reference);
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

    /// 7.3.5.1: `P_L0_16x16` where all quarters move alike, else quarters of their own, each whole: `P_8x8`,
    /// or `P_8x8ref0` where all come from the picture before.
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

    /// 7.3.5.3: blocks of quarters that have any, chroma's DC, the rest of chroma.
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
