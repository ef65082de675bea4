//! Where a block of a picture was in the one before: predictions from it, and the search for the best
//! (ITU-T H.264 (08/2021), 8.4.2).
//!
//! Owns the samples of the reference picture. Knows no code.

use super::bits::se_bits;

/// A motion vector in quarters of a luma sample, right and down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mv {
    pub x: i16,
    pub y: i16,
}

/// Farthest that a vector found by searching may point, in samples. Levels below 1.1 allow 64 down
/// (Table A-1, `MaxVmvR`).
const REACH_PX: i32 = 60;

/// Steps of a search in whole samples; a bubble crosses a macroblock in one.
const MOST_STEPS: usize = 12;

/// A block this close to its prediction, in steps a sample on average, is not searched for further.
const CLOSE: u32 = 1;

/// A square of samples.
pub(super) type Square<const N: usize> = [[u8; N]; N];

/// One plane, in whole macroblocks.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    pub stride: usize,
    pub samples: Vec<u8>,
}

impl Plane {
    /// `width` and `height` in samples.
    pub fn new([width, height]: [usize; 2]) -> Self {
        Self {
            stride: width,
            samples: vec![0; width * height],
        }
    }

    /// Takes over a plane of at most this size, `stride` samples from row to row.
    pub fn fill(&mut self, from: &[u8], stride: usize, [width, height]: [usize; 2]) {
        let rows = self.samples.chunks_exact_mut(self.stride);
        for (row, to) in rows.enumerate() {
            let from = &from[row.min(height - 1) * stride..][..width];
            to[..width].copy_from_slice(from);
            to[width..].fill(from[width - 1]);
        }
    }

    /// The square whose top left sample this is.
    pub fn square<const N: usize>(&self, [x, y]: [usize; 2]) -> Square<N> {
        let mut square = [[0; N]; N];
        let rows = self.samples[y * self.stride + x..].chunks(self.stride);
        for (to, from) in square.iter_mut().zip(rows) {
            to.copy_from_slice(&from[..N]);
        }
        square
    }

    /// Puts a square there.
    pub fn put<const N: usize>(&mut self, [x, y]: [usize; 2], square: &Square<N>) {
        let to = &mut self.samples[y * self.stride + x..];
        for (row, samples) in square.iter().enumerate() {
            to[row * self.stride..][..N].copy_from_slice(samples);
        }
    }

    /// Luma `mv` away from `at`: whole samples, or between them by 8.4.2.2.1. Two samples to the left and
    /// above, and three to the right and below, must be there.
    pub fn luma<const N: usize>(&self, at: [usize; 2], mv: Mv) -> Square<N> {
        let whole = |at: usize, by: i16| at.wrapping_add_signed(isize::from(by >> 2));
        let [x, y] = [whole(at[0], mv.x), whole(at[1], mv.y)];
        match (mv.x & 3, mv.y & 3) {
            (0, 0) => self.square([x, y]),
            (fx, 0) if fx != 2 => mean(self.square([x + usize::from(fx == 3), y]), self.across([x, y])),
            (_, 0) => self.across([x, y]),
            (0, fy) if fy != 2 => mean(self.square([x, y + usize::from(fy == 3)]), self.down([x, y])),
            (0, _) => self.down([x, y]),
            (2, 2) => self.both([x, y]),
            (2, fy) => mean(self.across([x, y + usize::from(fy == 3)]), self.both([x, y])),
            (fx, 2) => mean(self.down([x + usize::from(fx == 3), y]), self.both([x, y])),
            (fx, fy) => mean(
                self.across([x, y + usize::from(fy == 3)]),
                self.down([x + usize::from(fx == 3), y]),
            ),
        }
    }

    /// Half a sample to the right, `b`.
    fn across<const N: usize>(&self, [x, y]: [usize; 2]) -> Square<N> {
        let mut square = [[0; N]; N];
        let from = &self.samples[y * self.stride + x - 2..];
        for (row, to) in square.iter_mut().enumerate() {
            let sums: [i16; N] = taps_across(&from[row * self.stride..][..N + 5]);
            for (to, sum) in to.iter_mut().zip(sums) {
                *to = clip(sum + 16 >> 5);
            }
        }
        square
    }

    /// Half a sample down, `h`.
    fn down<const N: usize>(&self, [x, y]: [usize; 2]) -> Square<N> {
        let mut square = [[0; N]; N];
        let from = &self.samples[(y - 2) * self.stride + x..];
        let row_at = |row: usize| &from[row * self.stride..][..N];
        for (row, to) in square.iter_mut().enumerate() {
            let [a, b, c] = [row_at(row), row_at(row + 1), row_at(row + 2)];
            let [d, e, f] = [row_at(row + 3), row_at(row + 4), row_at(row + 5)];
            for (at, to) in to.iter_mut().enumerate() {
                *to = clip(taps([a[at], b[at], c[at], d[at], e[at], f[at]]) + 16 >> 5);
            }
        }
        square
    }

    /// Half a sample to the right and down, `j`.
    fn both<const N: usize>(&self, [x, y]: [usize; 2]) -> Square<N> {
        let mut square = [[0; N]; N];
        let from = &self.samples[(y - 2) * self.stride + x - 2..];
        // Rows from two above to three below.
        let mut sums = [[0_i16; N]; 21];
        for (row, sums) in sums[..N + 5].iter_mut().enumerate() {
            *sums = taps_across(&from[row * self.stride..][..N + 5]);
        }
        for (row, to) in square.iter_mut().enumerate() {
            let [a, b, c] = [sums[row], sums[row + 1], sums[row + 2]];
            let [d, e, f] = [sums[row + 3], sums[row + 4], sums[row + 5]];
            for (at, to) in to.iter_mut().enumerate() {
                let [a, b, c, d, e, f] = [a[at], b[at], c[at], d[at], e[at], f[at]].map(i32::from);
                let sum = (a + f) - 5 * (b + e) + 20 * (c + d);
                *to = (sum + 512 >> 10).clamp(0, 255) as u8;
            }
        }
        square
    }

    /// Chroma for a luma vector: eighths of a sample (8.4.2.2.2). One sample to the right and below must
    /// be there where the vector is not whole.
    pub fn chroma<const N: usize>(&self, at: [usize; 2], mv: Mv) -> Square<N> {
        let whole = |at: usize, by: i16| at.wrapping_add_signed(isize::from(by >> 3));
        let [x, y] = [whole(at[0], mv.x), whole(at[1], mv.y)];
        let [fx, fy] = [(mv.x & 7) as u16, (mv.y & 7) as u16];
        if (fx, fy) == (0, 0) {
            return self.square([x, y]);
        }
        let mut square = [[0; N]; N];
        let from = &self.samples[y * self.stride + x..];
        let (right, down) = (usize::from(fx != 0), if fy == 0 { 0 } else { self.stride });
        let weights = [(8 - fx) * (8 - fy), fx * (8 - fy), (8 - fx) * fy, fx * fy];
        for (row, to) in square.iter_mut().enumerate() {
            let above = &from[row * self.stride..][..N + right];
            let below = &from[row * self.stride + down..][..N + right];
            let (a, b, c, d) = (&above[..N], &above[right..], &below[..N], &below[right..]);
            for (at, to) in to.iter_mut().enumerate() {
                let [a, b, c, d] = [a[at], b[at], c[at], d[at]].map(u16::from);
                let sum = weights[0] * a + weights[1] * b + weights[2] * c + weights[3] * d;
                *to = (sum + 32 >> 6) as u8;
            }
        }
        square
    }
}

/// The filter along a row of `N + 5` samples.
fn taps_across<const N: usize>(row: &[u8]) -> [i16; N] {
    let row = &row[..N + 5];
    let mut sums = [0; N];
    for (at, sum) in sums.iter_mut().enumerate() {
        *sum = taps([row[at], row[at + 1], row[at + 2], row[at + 3], row[at + 4], row[at + 5]]);
    }
    sums
}

/// The six-tap filter of 8.4.2.2.1: within 16 bits for samples of 8.
fn taps(samples: [u8; 6]) -> i16 {
    let [a, b, c, d, e, f] = samples.map(i16::from);
    (a + f) - 5 * (b + e) + 20 * (c + d)
}

fn clip(value: i16) -> u8 {
    value.clamp(0, 255) as u8
}

fn mean<const N: usize>(mut a: Square<N>, b: Square<N>) -> Square<N> {
    for (a, b) in a.iter_mut().flatten().zip(b.iter().flatten()) {
        *a = ((u16::from(*a) + u16::from(*b) + 1) >> 1) as u8;
    }
    a
}

/// The sum of absolute differences.
fn sad<const N: usize>(a: &Square<N>, b: &Square<N>) -> u32 {
    a.iter().zip(b).map(|(a, b)| row_sad(a, b)).sum()
}

fn row_sad(a: &[u8], b: &[u8]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
}

/// Looks for a block in the reference picture.
#[derive(Debug)]
pub(super) struct Search<'a, const N: usize> {
    pub reference: &'a Plane,
    pub source: &'a Square<N>,
    /// Its top left sample.
    pub at: [usize; 2],
    /// Size of the picture that is shown: samples beyond it are unknown to us, so none that is shown
    /// may come from there.
    pub shown: [usize; 2],
    /// What the vector is coded against.
    pub predicted: Mv,
    /// What a bit is worth in differences.
    pub bit_cost: u32,
}

/// A vector, and what it costs: differences, and the bits of the vector in the same measure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub mv: Mv,
    pub cost: u32,
    pub sad: u32,
}

impl<const N: usize> Search<'_, N> {
    /// Whether all samples that are shown come from such.
    fn is_allowed(&self, mv: Mv) -> bool {
        if mv == Mv::default() {
            return true;
        }
        let axis = |at: usize, shown: usize, by: i16| {
            // Filters reach two samples back and three on.
            let (back, on) = if (mv.x | mv.y) & 3 == 0 { (0, 0) } else { (2, 3) };
            let size = shown.saturating_sub(at).min(N) as i32;
            let start = at as i32 + i32::from(by >> 2);
            start >= back && start + size + on <= shown as i32 && i32::from(by).abs() <= 4 * REACH_PX
        };
        axis(self.at[0], self.shown[0], mv.x) && axis(self.at[1], self.shown[1], mv.y)
    }

    /// What a vector costs; `None` where it must not be used.
    pub fn cost(&self, mv: Mv) -> Option<Found> {
        self.is_allowed(mv).then(|| {
            let sad = if (mv.x | mv.y) & 3 == 0 {
                let x = self.at[0].wrapping_add_signed(isize::from(mv.x >> 2));
                let y = self.at[1].wrapping_add_signed(isize::from(mv.y >> 2));
                let from = &self.reference.samples[y * self.reference.stride + x..];
                let rows = self.source.iter().enumerate();
                rows.map(|(row, source)| row_sad(source, &from[row * self.reference.stride..][..N]))
                    .sum()
            } else {
                sad(self.source, &self.reference.luma(self.at, mv))
            };
            let bits = se_bits(i32::from(mv.x) - i32::from(self.predicted.x))
                + se_bits(i32::from(mv.y) - i32::from(self.predicted.y));
            Found {
                mv,
                cost: sad + self.bit_cost * bits,
                sad,
            }
        })
    }

    /// The best of some vectors and of those around the best of them.
    pub fn best(&self, candidates: &[Mv]) -> Found {
        let mut best = Found {
            mv: Mv::default(),
            cost: u32::MAX,
            sad: u32::MAX,
        };
        for (index, &mv) in candidates.iter().enumerate() {
            if !candidates[..index].contains(&mv) {
                self.take(&mut best, mv);
            }
        }
        let close = CLOSE * (N * N) as u32;
        if best.sad <= close {
            return best;
        }
        // Whole samples, from the nearest on: two apart, then one.
        let round = |quarters: i16| (quarters + 2) & !3;
        let whole = Mv {
            x: round(best.mv.x),
            y: round(best.mv.y),
        };
        self.take(&mut best, whole);
        for step in [8, 4] {
            for _ in 0..MOST_STEPS {
                if best.sad <= close || !self.around(&mut best, step) {
                    break;
                }
            }
        }
        for step in [2, 1] {
            if best.sad > close {
                self.around(&mut best, step);
            }
        }
        best
    }

    fn take(&self, best: &mut Found, mv: Mv) -> bool {
        let found = self.cost(mv).filter(|found| found.cost < best.cost);
        *best = found.unwrap_or(*best);
        found.is_some()
    }

    /// Tries the four vectors so many quarters away; whether one is better.
    fn around(&self, best: &mut Found, step: i16) -> bool {
        let Mv { x, y } = best.mv;
        let mut better = false;
        for (dx, dy) in [(step, 0), (-step, 0), (0, step), (0, -step)] {
            better |= self.take(best, Mv { x: x + dx, y: y + dy });
        }
        better
    }
}
