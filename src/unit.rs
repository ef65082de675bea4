//! The unit of a picture: the number of packets whose bubble is as large as that of a single one in a log of few.
//! Chosen so that what flies leaves the picture open, by sums over the frames of a film. Lays out no frame, and knows
//! of a bubble when it departs and what it holds.

use std::f64::consts::PI;
use std::ops::Range;

use crate::model::MAX_UNIT;
use crate::timeline::Timeline;

/// Height of a picture, in units of the composition.
pub const HEIGHT: f32 = 2160.0;
/// Radius of a bubble of one unit.
pub const RADIUS: f32 = 7.0;
/// Area of the two fields in which bubbles fly, between sources and ports, in a picture of 16:9. Other pictures have
/// the same unit, so that a film can be told from another one by what it shows.
pub const FIELDS: f64 = 3_872_960.0;

/// Share of the fields that bubbles may cover in half of the frames.
const USUAL_SHARE: f64 = 0.12;
/// Share of the fields that they may cover in nine tenths of the frames.
const MOST_SHARE: f64 = 0.60;
/// Share of the height that no radius exceeds.
const MOST_RADIUS: f64 = 0.45;
/// Share of the fields that dots may cover in half of the frames, were all bubbles that small.
const DOTS_SHARE: f64 = 0.08;
/// The least radius, in tenths: at least, and at most.
const LEAST_TENTHS: [usize; 2] = [15, 40];
/// Number of units to choose from: 1, 2, 5, 10 ... 5 * 10^18.
const RUNGS: usize = 57;
const TENTHS: usize = LEAST_TENTHS[1] - LEAST_TENTHS[0] + 1;

/// How bubbles are sized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// Packets of a bubble of [`RADIUS`].
    pub unit: u64,
    /// The least radius, 0 where there is none, in units of the composition.
    pub least: f32,
}

impl Default for Sizes {
    /// Every packet counts.
    fn default() -> Self {
        Self { unit: 1, least: 0.0 }
    }
}

impl Sizes {
    /// Radius of a bubble, in units of the composition.
    #[must_use]
    pub fn radius(&self, packets: u64) -> f32 {
        (RADIUS * (packets as f32 / self.unit as f32).sqrt()).max(self.least)
    }

    /// Whether some bubbles are drawn larger than they are.
    #[must_use]
    pub fn enlarges(&self) -> bool {
        self.radius(1) > RADIUS / (self.unit as f32).sqrt()
    }
}

/// The unit at a rung of the ladder: 1, 2, 5, 10 and so on.
fn unit_at(rung: usize) -> u64 {
    [1, 2, 5][rung % 3] * 10_u64.pow(rung as u32 / 3)
}

/// Sums over the frames of a film, from which its unit follows.
#[derive(Clone, Debug)]
pub struct Sums {
    /// The most packets alive for which a unit will do, by its rung: in half of the frames, and in nine tenths.
    limits: [Vec<u64>; 2],
    /// Frames by the first rung that will do, `RUNGS` for none.
    frames: [Vec<u64>; 2],
    /// The most bubbles alive for which a least radius will do, from the smallest.
    dot_limits: Vec<u64>,
    /// Frames by the number of radii, from the smallest, that will do.
    dots: Vec<u64>,
    /// Packets of the largest bubble.
    largest: u64,
}

impl Default for Sums {
    fn default() -> Self {
        let disc = PI * f64::from(RADIUS).powi(2) / FIELDS;
        let limits = [USUAL_SHARE, MOST_SHARE].map(|share| {
            let limit = |rung| (share / disc * unit_at(rung) as f64) as u64;
            (0..RUNGS).map(limit).collect()
        });
        let dot_limit = |tenths: usize| (DOTS_SHARE * FIELDS / (PI * (tenths as f64 / 10.0).powi(2))) as u64;
        Self {
            limits,
            frames: [vec![0; RUNGS + 1], vec![0; RUNGS + 1]],
            dot_limits: (LEAST_TENTHS[0]..=LEAST_TENTHS[1]).map(dot_limit).collect(),
            dots: vec![0; TENTHS + 1],
            largest: 0,
        }
    }
}

impl Sums {
    /// The sums over all frames of a film, in one pass over the bubbles, given twice; the largest has `largest` packets.
    /// Frames with the same bubbles alive are counted together.
    #[must_use]
    pub fn over<D: Departures>(timeline: &Timeline, departing: D, arriving: D, largest: u64) -> Self {
        let mut sums = Self {
            largest,
            ..Self::default()
        };
        each_run(timeline, departing, arriving, |frames, packets, alive| {
            sums.add(frames.end - frames.start, packets, alive);
        });
        sums
    }

    /// Counts frames, by the packets and bubbles alive in each.
    fn add(&mut self, frames: u64, packets: u64, bubbles: u64) {
        for (limits, counts) in self.limits.iter().zip(&mut self.frames) {
            counts[limits.partition_point(|limit| *limit < packets)] += frames;
        }
        self.dots[self.dot_limits.partition_point(|limit| *limit >= bubbles)] += frames;
    }

    /// The smallest unit that leaves the picture open.
    #[must_use]
    pub fn unit(&self) -> u64 {
        let all: u64 = self.dots.iter().sum();
        let needed = [all.div_ceil(2), all - all / 10];
        let rung_of = |counts: &Vec<u64>, needed: u64| {
            let mut frames = 0;
            let mut so_far = counts.iter().map(|count| {
                frames += count;
                frames
            });
            so_far.position(|frames| frames >= needed).unwrap_or(0)
        };
        let by_frames = self
            .frames
            .iter()
            .zip(needed)
            .map(|(counts, needed)| rung_of(counts, needed));
        let factor = (MOST_RADIUS * f64::from(HEIGHT) / f64::from(RADIUS)).powi(2);
        let is_small = |rung: &usize| self.largest as f64 <= factor * unit_at(*rung) as f64;
        let by_largest = (0..RUNGS).find(is_small).unwrap_or(RUNGS);
        let rung = by_frames.fold(by_largest, usize::max);
        if rung < RUNGS { unit_at(rung) } else { MAX_UNIT }
    }

    /// The sizes for a unit: where it is above 1, the small stay visible as dots.
    #[must_use]
    pub fn sizes(&self, unit: u64) -> Sizes {
        if unit == 1 {
            return Sizes::default();
        }
        let half = self.dots.iter().sum::<u64>().div_ceil(2);
        // The most radii, from the smallest, that will do in half of the frames.
        let mut frames = 0;
        let fitting = self.dots.iter().enumerate().rev().find(|(_, count)| {
            frames += *count;
            frames >= half
        });
        let fitting = fitting.map_or(0, |(fitting, _)| fitting);
        let tenths = LEAST_TENTHS[0] + fitting.saturating_sub(1);
        Sizes {
            unit,
            least: tenths as f32 / 10.0,
        }
    }
}

/// Hands on all frames of a film in runs in which the same bubbles are alive, with the packets and the number of
/// these. The bubbles are given twice, as for [`Sums::over`].
pub fn each_run<D: Departures>(
    timeline: &Timeline,
    mut departing: D,
    mut arriving: D,
    mut take: impl FnMut(Range<u64>, u64, u64),
) {
    let (mut packets, mut alive) = (0_u64, 0_u64);
    let frames = timeline.frames();
    let mut k = 0;
    while k < frames {
        let more = departing.take_until(timeline.departed_ns(k));
        let fewer = arriving.take_until(timeline.arrived_ns(k));
        (packets, alive) = (packets + more.0 - fewer.0, alive + more.1 - fewer.1);
        let (departs_ns, arrives_ns) = (departing.next_ns(), arriving.next_ns());
        let is_same = |k: u64| departs_ns > timeline.departed_ns(k) && arrives_ns > timeline.arrived_ns(k);
        let next = first_other(k, frames, is_same);
        take(k..next, packets, alive);
        k = next;
    }
}

/// Bubbles in the order in which they depart, in data time from the start.
pub trait Departures {
    /// When the next departs; the end of time where there is none.
    fn next_ns(&self) -> i64;
    /// Takes those that depart by then: their packets, and their number.
    fn take_until(&mut self, until_ns: i64) -> (u64, u64);
}

/// Bubbles by an iterator over when each departs, and its packets. A batch at a time, since an iterator that is made of
/// several takes a batch in half the time that single steps do.
#[derive(Debug)]
pub struct Ahead<I> {
    rest: I,
    batch: Vec<(i64, u64)>,
    taken: usize,
}

impl<I: Iterator<Item = (i64, u64)>> Ahead<I> {
    /// Bubbles of a batch; few in tests, which have few.
    const BATCH: usize = if cfg!(test) { 7 } else { 1024 };

    /// The bubbles of an iterator.
    pub fn of(rest: I) -> Self {
        let mut ahead = Self {
            rest,
            batch: Vec::with_capacity(Self::BATCH),
            taken: 0,
        };
        ahead.fill();
        ahead
    }

    fn fill(&mut self) {
        self.taken = 0;
        self.batch.clear();
        let batch = &mut self.batch;
        self.rest
            .by_ref()
            .take(Self::BATCH)
            .for_each(|bubble| batch.push(bubble));
    }
}

impl<I: Iterator<Item = (i64, u64)>> Departures for Ahead<I> {
    fn next_ns(&self) -> i64 {
        self.batch.get(self.taken).map_or(i64::MAX, |(offset_ns, _)| *offset_ns)
    }

    fn take_until(&mut self, until_ns: i64) -> (u64, u64) {
        let (mut packets, mut number) = (0, 0);
        while let Some((offset_ns, more)) = self.batch.get(self.taken)
            && *offset_ns <= until_ns
        {
            packets += more;
            number += 1;
            self.taken += 1;
            if self.taken == self.batch.len() {
                self.fill();
            }
        }
        (packets, number)
    }
}

/// The first number from `after + 1` on, `end` at most, that `is_same` is false of; it is true of those before it.
fn first_other(after: u64, end: u64, is_same: impl Fn(u64) -> bool) -> u64 {
    let (mut same, mut step) = (after, 1);
    let mut other = loop {
        let next = (same + step).min(end);
        if next == end || !is_same(next) {
            break next;
        }
        (same, step) = (next, 2 * step);
    };
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if is_same(middle) {
            same = middle;
        } else {
            other = middle;
        }
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{Fps, NS, TimeSpec};
    use proptest::prelude::*;

    #[test]
    fn units_are_round() {
        assert_eq!([0, 1, 2, 3, 4, 20].map(unit_at), [1, 2, 5, 10, 20, 5_000_000]);
        assert_eq!(unit_at(RUNGS - 1), MAX_UNIT);
    }

    #[test]
    fn the_least_radius_follows_the_number_of_bubbles() {
        for (bubbles, least) in [(1, 4.0), (6000, 4.0), (10_000, 3.1), (1_000_000, 1.5)] {
            let mut sums = Sums::default();
            sums.add(10, 0, bubbles);
            sums.add(9, 0, 1);
            assert_eq!(sums.sizes(5), Sizes { unit: 5, least });
            assert_eq!(sums.sizes(1), Sizes::default());
        }
    }

    proptest! {
        #[test]
        fn the_sums_are_those_of_every_frame(
            rows in prop::collection::vec((0_i64..1800, 1_u64..9000, prop::bool::weighted(0.1)), 0..120),
            // Many frames for few bubbles, and few for many.
            fps in prop::sample::select(vec![(25_u64, 1_u64), (240, 1), (1, 1), (30_000, 1001)]),
            pace_secs in 1_i64..4000,
        ) {
            let spec = TimeSpec {
                pace_ns: Some(pace_secs * NS),
                fps: Fps::new(fps.0, fps.1).unwrap(),
                ..TimeSpec::default()
            };
            let timeline = Timeline::settle(&spec, 0, 1800 * NS).unwrap();
            let mut bubbles: Vec<(i64, u64)> = rows
                .into_iter()
                .map(|(secs, packets, flood)| (secs * NS, if flood { packets << 40 } else { packets }))
                .collect();
            bubbles.sort_unstable();
            let mut expected = Sums::default();
            for k in 0..timeline.frames() {
                let (departed_ns, arrived_ns) = (timeline.departed_ns(k), timeline.arrived_ns(k));
                let alive = bubbles.iter().filter(|(offset_ns, _)| (arrived_ns + 1..=departed_ns).contains(offset_ns));
                expected.add(1, alive.clone().map(|(_, packets)| packets).sum(), alive.count() as u64);
            }
            let [departing, arriving] = [(); 2].map(|()| Ahead::of(bubbles.iter().copied()));
            let found = Sums::over(&timeline, departing, arriving, 0);
            prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        }

        #[test]
        fn the_unit_is_the_smallest_that_leaves_the_picture_open(
            frames in prop::collection::vec((0.0_f64..1.0, 0_u64..40), 1..60),
            scale in 0_u32..56,
            largest in 0.0_f64..1.0,
        ) {
            let of = |share: f64| (share * 2_f64.powi(scale as i32)) as u64;
            let mut sums = Sums {
                largest: of(largest),
                ..Sums::default()
            };
            for (share, count) in &frames {
                sums.add(*count, of(*share), 1);
            }
            let mut all: Vec<f64> = frames.iter().flat_map(|(share, count)| vec![of(*share) as f64; *count as usize]).collect();
            all.sort_by(f64::total_cmp);
            let open = |unit: f64| {
                let covered = |packets: f64| packets / unit * PI * 49.0 / FIELDS;
                let within = |share: f64| all.iter().filter(|packets| covered(**packets) <= share).count();
                2 * within(0.12) >= all.len()
                    && 10 * within(0.6) >= 9 * all.len()
                    && 7.0 * (of(largest) as f64 / unit).sqrt() <= 0.45 * 2160.0 + 1e-9
            };
            let expected = (0..RUNGS).map(unit_at).find(|unit| open(*unit as f64));
            prop_assert_eq!(Some(sums.unit()), expected);
        }
    }
}
