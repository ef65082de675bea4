//! The search for the vector that predicts a block best from the picture before.
//!
//! Knows no code.

use wide::i16x8;

use super::bits::se_bits;
use super::differences::{sum, sum_to_mean};
use super::plane::{Mv, Plane, Square, across, centre, down, half, six};

/// The length up to which vectors are searched for, in samples each way. Levels below 1.1 allow 64 down
/// (Table A-1, `MaxVmvR`).
const REACH_PX: i32 = 60;

/// The most steps of a search, first of two samples each, then of one.
const MOST_STEPS: usize = 12;

/// The search ends at a prediction that is at most this far off, in steps a sample on average.
const CLOSE: u32 = 1;

/// Distance from row to row of the samples between samples: the 18 of the largest block, in whole SIMD vectors
/// of eight.
const BETWEEN_STRIDE: usize = 24;

/// Samples half way between those around a block, each computed once for all vectors that need it:
/// from one sample to the left and above on.
struct Between {
    /// To the right of each sample.
    across: [[u8; BETWEEN_STRIDE]; 18],
    /// Below.
    down: [[u8; BETWEEN_STRIDE]; 18],
    /// Both.
    both: [[u8; BETWEEN_STRIDE]; 18],
}

impl Between {
    /// The samples around the block of `N` by `N` whose top left sample this is; three to the left and above,
    /// and four to the right and below, must be in the plane.
    fn new<const N: usize>(plane: &Plane, at: [usize; 2]) -> Self {
        // Whole SIMD vectors of eight; samples beyond the block are not used.
        if N > 8 {
            Self::of::<3>(plane, at, N + 2)
        } else {
            Self::of::<2>(plane, at, N + 2)
        }
    }

    /// `side` rows of `VECTORS` SIMD vectors.
    #[inline(always)]
    fn of<const VECTORS: usize>(plane: &Plane, [x, y]: [usize; 2], side: usize) -> Self {
        let mut made = Self {
            across: [[0; BETWEEN_STRIDE]; 18],
            down: [[0; BETWEEN_STRIDE]; 18],
            both: [[0; BETWEEN_STRIDE]; 18],
        };
        // From three rows above on.
        let mut sums = [[i16x8::ZERO; VECTORS]; 23];
        for (row, sums) in sums[..side + 5].iter_mut().enumerate() {
            let from = plane.from([x - 3, y - 3 + row]);
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum = across(from, 8 * at);
            }
        }
        for row in 0..side {
            let from = six(|tap| plane.from([x - 1, y - 3 + row + tap]));
            for (at, middle) in sums[row + 2].iter().enumerate() {
                let put = |to: &mut [u8; BETWEEN_STRIDE], samples| to.as_chunks_mut().0[at] = samples;
                put(&mut made.across[row], half(*middle));
                put(&mut made.down[row], half(down(from, 8 * at)));
                put(&mut made.both[row], centre(six(|tap| sums[row + tap][at])));
            }
        }
        made
    }
}

/// Looks for a block in the reference picture.
#[derive(Debug)]
pub(super) struct Search<'a, const N: usize> {
    pub reference: &'a Plane,
    pub source: &'a Square<N>,
    /// Its top left sample.
    pub at: [usize; 2],
    /// Size of the part of the picture that is shown. Samples beyond it are not known here, so no sample that
    /// is shown may come from there.
    pub shown: [usize; 2],
    /// The vector that this one is coded against.
    pub predicted: Mv,
    /// The cost of a bit, as a sum of differences.
    pub bit_cost: u32,
}

/// A vector; its cost, which is the sum of differences and the cost of its bits; and that sum alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub mv: Mv,
    pub cost: u32,
    pub sad: u32,
}

impl<const N: usize> Search<'_, N> {
    /// Whether all samples that are shown come from samples that are shown.
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

    fn found(&self, mv: Mv, sad: u32) -> Found {
        let bits = se_bits(i32::from(mv.x) - i32::from(self.predicted.x))
            + se_bits(i32::from(mv.y) - i32::from(self.predicted.y));
        Found {
            mv,
            cost: sad + self.bit_cost * bits,
            sad,
        }
    }

    /// A vector with its cost; `None` where it must not be used.
    pub fn cost(&self, mv: Mv) -> Option<Found> {
        self.is_allowed(mv).then(|| {
            let sad = if (mv.x | mv.y) & 3 == 0 {
                let [x, y] = self.whole(mv);
                let stride = self.reference.stride;
                sum(self.source, &self.reference.samples[y * stride + x..], stride)
            } else {
                let there: Square<N> = self.reference.luma(self.at, mv);
                sum(self.source, there.as_flattened(), N)
            };
            self.found(mv, sad)
        })
    }

    /// The sample that a vector leads to, rounded down to a whole one.
    fn whole(&self, mv: Mv) -> [usize; 2] {
        [
            self.at[0].wrapping_add_signed(isize::from(mv.x >> 2)),
            self.at[1].wrapping_add_signed(isize::from(mv.y >> 2)),
        ]
    }

    /// The best of `first`, of others to the nearest whole sample, and of those around.
    pub fn best(&self, first: Mv, others: &[Mv]) -> Found {
        let close = CLOSE * (N * N) as u32;
        let mut best = Found {
            mv: Mv::default(),
            cost: u32::MAX,
            sad: u32::MAX,
        };
        self.take(&mut best, first);
        let mut whole = best;
        if (first.x | first.y) & 3 != 0 {
            whole.cost = u32::MAX;
            self.take(&mut whole, first.rounded());
        }
        for (index, mv) in others.iter().map(|mv| mv.rounded()).enumerate() {
            if best.sad.min(whole.sad) <= close {
                break;
            }
            if mv != first && !others[..index].iter().any(|other| other.rounded() == mv) {
                self.take(&mut whole, mv);
            }
        }
        if whole.cost < u32::MAX && best.sad.min(whole.sad) > close {
            // Two samples apart, then one.
            for step in [8, 4] {
                self.descend(&mut whole, step, close);
            }
            if whole.sad > close {
                self.between(&mut whole);
            }
        }
        if whole.cost < best.cost { whole } else { best }
    }

    fn take(&self, best: &mut Found, mv: Mv) -> bool {
        let found = self.cost(mv).filter(|found| found.cost < best.cost);
        *best = found.unwrap_or(*best);
        found.is_some()
    }

    /// Goes on to the best of the four vectors that are `step` quarters of a sample away, while one is better.
    fn descend(&self, best: &mut Found, step: i16, close: u32) {
        let mut from = best.mv;
        for _ in 0..MOST_STEPS {
            let Mv { x, y } = best.mv;
            for (dx, dy) in [(step, 0), (-step, 0), (0, step), (0, -step)] {
                let mv = Mv { x: x + dx, y: y + dy };
                if mv != from {
                    self.take(best, mv);
                }
            }
            if best.mv == (Mv { x, y }) || best.sad <= close {
                break;
            }
            from = Mv { x, y };
        }
    }

    /// Tries vectors half a sample around a whole one, then a quarter around the best: the four beside,
    /// and the one between the better of them.
    fn between(&self, best: &mut Found) {
        let start = best.mv;
        let corners = [-3, 5].map(|off| Mv {
            x: start.x + off,
            y: start.y + off,
        });
        if !corners.into_iter().all(|corner| self.is_allowed(corner)) {
            return;
        }
        let [x, y] = self.whole(start);
        let between = Between::new::<N>(self.reference, [x, y]);
        let stride = self.reference.stride;
        let whole = &self.reference.samples[(y - 1) * stride + x - 1..];
        // Samples `hx` and `hy` halves of a sample from those of the whole vector, from -2 to 2.
        let halves = |[hx, hy]: [i16; 2]| -> (&[u8], usize) {
            let [left, row] = [hx, hy].map(|halves| ((halves + 2) >> 1) as usize);
            match (hx & 1, hy & 1) {
                (0, 0) => (&whole[row * stride + left..], stride),
                (_, 0) => (&between.across[row..].as_flattened()[left..], BETWEEN_STRIDE),
                (0, _) => (&between.down[row..].as_flattened()[left..], BETWEEN_STRIDE),
                _ => (&between.both[row..].as_flattened()[left..], BETWEEN_STRIDE),
            }
        };
        let cost = |mv: Mv| {
            let (qx, qy) = (mv.x - start.x, mv.y - start.y);
            let (left, right) = (qx >> 1, (qx + 1) >> 1);
            let (above, below) = (qy >> 1, (qy + 1) >> 1);
            // Among four: the two that are half way along one axis only.
            let [a, b] = if left != right && above != below && (left ^ above) & 1 == 0 {
                [[right, above], [left, below]]
            } else {
                [[left, above], [right, below]]
            };
            let sad = if a == b {
                let (samples, stride) = halves(a);
                sum(self.source, samples, stride)
            } else {
                sum_to_mean(self.source, halves(a), halves(b))
            };
            self.found(mv, sad)
        };
        for step in [2, 1] {
            let middle = best.mv;
            let beside = [(step, 0), (-step, 0), (0, step), (0, -step)].map(|(dx, dy)| {
                cost(Mv {
                    x: middle.x + dx,
                    y: middle.y + dy,
                })
            });
            let better = |a: Found, b: Found| if b.cost < a.cost { b } else { a };
            let (across, down) = (better(beside[0], beside[1]), better(beside[2], beside[3]));
            let corner = cost(Mv {
                x: across.mv.x,
                y: down.mv.y,
            });
            *best = [across, down, corner].into_iter().fold(*best, better);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::noise;

    /// A plane of noise that is smooth enough to be found again.
    fn plane() -> Plane {
        let mut plane = Plane::new([96, 80]);
        for (sample, number) in plane.samples.iter_mut().zip(noise(1)) {
            *sample = (number >> 24) as u8;
        }
        plane
    }

    fn search<'a, const N: usize>(reference: &'a Plane, source: &'a Square<N>) -> Search<'a, N> {
        Search {
            reference,
            source,
            at: [40, 32],
            shown: [96, 80],
            predicted: Mv::default(),
            bit_cost: 1,
        }
    }

    /// Every vector around a whole one costs what its prediction says.
    fn assert_between_agrees<const N: usize>() {
        let plane = plane();
        let whole = Mv { x: -8, y: 12 };
        for dy in -3..=3 {
            for dx in -3..=3 {
                let mv = Mv {
                    x: whole.x + dx,
                    y: whole.y + dy,
                };
                let source: Square<N> = plane.luma([40, 32], mv);
                let search = search(&plane, &source);
                let mut best = search.cost(whole).unwrap();
                search.between(&mut best);
                let again = search.cost(best.mv).unwrap();
                assert_eq!(best.sad, again.sad, "{N}: {mv:?}");
                if (dx == 0 || dy == 0) && (dx | dy).abs() == 2 {
                    assert_eq!((best.mv, best.sad), (mv, 0), "{N}");
                }
            }
        }
    }

    #[test]
    fn what_lies_between_is_what_is_predicted() {
        assert_between_agrees::<16>();
        assert_between_agrees::<8>();
    }

    #[test]
    fn nothing_comes_from_beyond_what_is_shown() {
        let plane = plane();
        let source: Square<16> = plane.square([40, 32]);
        let mut search = search(&plane, &source);
        // Eight rows of the block are shown.
        search.shown = [96, 40];
        for (mv, allowed) in [
            ((0, 0), true),
            ((0, -4), true),
            ((0, 4), false),
            ((0, -8), true),
            ((0, -7), false),
            ((0, -9), true),
            ((0, -13), true),
            ((160, 0), true),
            ((164, 0), false),
            ((-160, 0), true),
            ((-164, 0), false),
            ((-153, -16), false),
        ] {
            let mv = Mv { x: mv.0, y: mv.1 };
            assert_eq!(search.is_allowed(mv), allowed, "{mv:?}");
        }
    }
}
