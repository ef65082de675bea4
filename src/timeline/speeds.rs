//! How fast data time goes by: slower or faster in some time ranges, and not at all before the first and after the last
//! moment. A monotone map between data time and stretched time, which is data time as a film without speeds would
//! have it, in integers: the clock of a film goes on in stretched time.

use thiserror::Error;

use super::clamp::clamp_i64;

/// Speeds are counted in 128ths of the film's pace.
pub const ONE: u32 = 128;
/// The fastest, eight times the pace.
pub const FASTEST: u32 = 8 * ONE;
/// A speed becomes another within half a second of film, in this many steps.
const STEPS: u32 = 8;
/// Film time of a step.
const STEP_NS: i64 = 500_000_000 / STEPS as i64;

/// The reason why speeds cannot be kept.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SpeedsError {
    /// Two time ranges that share a moment.
    #[error("two speeds for one moment: a time range ends after the next begins")]
    Overlap {
        /// Nanoseconds from the film's start to the first moment of the later one.
        at_ns: i64,
    },
    /// Stretched time of more than 2^63 nanoseconds.
    #[error("the film would be too long: choose faster speeds or a narrower time range")]
    TooLong,
}

/// A time range of its own speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeedRange {
    /// Nanoseconds from the start of the film's time range to its first moment.
    pub from_ns: i64,
    /// The same to the first moment after it.
    pub to_ns: i64,
    /// 128ths of the pace, from 1 to 1024.
    pub speed: u32,
}

/// The map of a film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speeds {
    /// Stretches of one speed, from the first moment on, without gaps.
    stretches: Vec<Stretch>,
    /// Length of the film's data, and the same stretched, with the time before the first moment.
    ends_ns: [i64; 2],
    /// Stretched time before the first moment, and after the last flight.
    holds_ns: [i64; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    data_ns: i64,
    stretched_ns: i64,
    speed: u32,
}

impl Speeds {
    /// Speeds for `span_ns` nanoseconds of data at a pace, given as a function from film time to data time, both in
    /// nanoseconds. Ranges may come in any order; what they have outside of the data is left out, and they do not
    /// overlap. `holds_ns` is film time that the film stands still before the first moment and after the last flight.
    ///
    /// # Errors
    /// [`SpeedsError`].
    pub fn new(
        span_ns: i64,
        pace: impl Fn(i64) -> i64,
        ranges: &[SpeedRange],
        holds_ns: [i64; 2],
    ) -> Result<Self, SpeedsError> {
        let holds_ns = holds_ns.map(&pace);
        let mut ranges: Vec<SpeedRange> = ranges
            .iter()
            .map(|range| SpeedRange {
                from_ns: range.from_ns.clamp(0, span_ns),
                to_ns: range.to_ns.clamp(0, span_ns),
                speed: range.speed.clamp(1, FASTEST),
            })
            .filter(|range| range.from_ns < range.to_ns)
            .collect();
        ranges.sort_unstable_by_key(|range| range.from_ns);
        if let Some(pair) = ranges.windows(2).find(|pair| pair[0].to_ns > pair[1].from_ns) {
            return Err(SpeedsError::Overlap { at_ns: pair[1].from_ns });
        }
        let mut map = Self {
            stretches: Vec::with_capacity(ranges.len() * (2 * STEPS as usize + 2) + 1),
            ends_ns: [0, holds_ns[0]],
            holds_ns,
        };
        let step_ns = pace(STEP_NS).max(1);
        let mut before: Option<u32> = None;
        for range in &ranges {
            map.gap(range.from_ns, [before, Some(range.speed)], step_ns)?;
            map.push(range.to_ns, range.speed)?;
            before = Some(range.speed);
        }
        map.gap(span_ns, [before, None], step_ns)?;
        Ok(map)
    }

    /// What is between two ranges, or before the first or after the last: at the film's own pace, with a ramp at each
    /// end; where there is no room for these, at the slower speed of its neighbours.
    fn gap(&mut self, to_ns: i64, neighbours: [Option<u32>; 2], step_ns: i64) -> Result<(), SpeedsError> {
        let [up, down] = neighbours.map(|speed| speed.map_or_else(Vec::new, |speed| ramp(speed, step_ns)));
        let long = |ramp: &[(i64, u32)]| ramp.iter().map(|(data_ns, _)| data_ns).sum::<i64>();
        let from_ns = self.ends_ns[0];
        if to_ns - from_ns < long(&up).saturating_add(long(&down)) {
            let slower = neighbours.into_iter().flatten().min().unwrap_or(ONE);
            return self.push(to_ns, slower);
        }
        for (data_ns, speed) in &up {
            self.push(self.ends_ns[0] + data_ns, *speed)?;
        }
        self.push(to_ns - long(&down), ONE)?;
        for (data_ns, speed) in down.iter().rev() {
            self.push(self.ends_ns[0] + data_ns, *speed)?;
        }
        Ok(())
    }

    /// Goes on to `to_ns` at a speed.
    fn push(&mut self, to_ns: i64, speed: u32) -> Result<(), SpeedsError> {
        let [data_ns, stretched_ns] = self.ends_ns;
        if to_ns <= data_ns {
            return Ok(());
        }
        self.stretches.push(Stretch {
            data_ns,
            stretched_ns,
            speed,
        });
        let length = (i128::from(to_ns - data_ns) * i128::from(ONE) + i128::from(speed) - 1) / i128::from(speed);
        let end_ns = i64::try_from(i128::from(stretched_ns) + length).map_err(|_| SpeedsError::TooLong)?;
        self.ends_ns = [to_ns, end_ns];
        Ok(())
    }

    /// Length of the data in stretched time, with both holds.
    #[must_use]
    pub fn stretched_span_ns(&self) -> i64 {
        self.ends_ns[1].saturating_add(self.holds_ns[1])
    }

    /// The moment of stretched time at which the data ends.
    #[must_use]
    pub fn stretched_end_ns(&self) -> i64 {
        self.ends_ns[1]
    }

    /// Length of the data.
    #[must_use]
    pub fn data_span_ns(&self) -> i64 {
        self.ends_ns[0]
    }

    /// Stretched time before the first moment and after the last flight.
    #[must_use]
    pub fn holds_ns(&self) -> [i64; 2] {
        self.holds_ns
    }

    /// The stretched time of a moment of the data, both from the start; rounded down.
    #[must_use]
    pub fn stretched_ns(&self, data_ns: i64) -> i64 {
        let at = self.stretches.partition_point(|stretch| stretch.data_ns <= data_ns);
        let Some(stretch) = self.stretches.get(at.saturating_sub(1)) else {
            return data_ns;
        };
        let after = i128::from(data_ns - stretch.data_ns) * i128::from(ONE);
        clamp_i64(i128::from(stretch.stretched_ns) + after.div_euclid(i128::from(stretch.speed)))
    }

    /// The last moment of the data up to which a moment of stretched time has come; before the first moment and after
    /// the last, that one.
    #[must_use]
    pub fn data_ns(&self, stretched_ns: i64) -> i64 {
        let (at, Some(stretch)) = self.stretch(stretched_ns) else {
            return stretched_ns;
        };
        // The last data whose stretched time, rounded down, is not later: below a whole step more.
        let next = (i128::from(stretched_ns) - i128::from(stretch.stretched_ns) + 1) * i128::from(stretch.speed);
        let after = -(-next).div_euclid(i128::from(ONE)) - 1;
        let data_ns = clamp_i64(i128::from(stretch.data_ns) + after);
        let end_ns = self.stretches.get(at + 1).map_or(self.ends_ns[0], |next| next.data_ns);
        data_ns.clamp(0, end_ns - i64::from(at + 1 < self.stretches.len()))
    }

    /// The speed at a moment of stretched time, in 128ths of the pace.
    #[must_use]
    pub fn speed(&self, stretched_ns: i64) -> u32 {
        let inside = (self.holds_ns[0]..self.ends_ns[1]).contains(&stretched_ns);
        self.stretch(stretched_ns)
            .1
            .filter(|_| inside)
            .map_or(ONE, |stretch| stretch.speed)
    }

    fn stretch(&self, stretched_ns: i64) -> (usize, Option<&Stretch>) {
        let after = |stretch: &Stretch| stretch.stretched_ns <= stretched_ns;
        let at = self.stretches.partition_point(after).saturating_sub(1);
        (at, self.stretches.get(at))
    }
}

/// The steps from a speed to the film's own pace, each with the data that it takes: the nearest to the speed first.
fn ramp(speed: u32, step_ns: i64) -> Vec<(i64, u32)> {
    let step = |step: u32| {
        // The speed in the middle of a step.
        let part = i64::from(2 * step + 1);
        let between = i64::from(speed) + (i64::from(ONE) - i64::from(speed)) * part / i64::from(2 * STEPS);
        let data_ns = i128::from(step_ns) * i128::from(between) / i128::from(ONE);
        (clamp_i64(data_ns), between as u32)
    };
    (0..STEPS).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NS: i64 = 1_000_000_000;
    const HOUR: i64 = 3600 * NS;

    fn range(from_ns: i64, to_ns: i64, speed: u32) -> SpeedRange {
        SpeedRange { from_ns, to_ns, speed }
    }

    #[test]
    fn a_quarter_of_the_speed_takes_four_times_as_long() {
        // An hour of data in a second.
        let pace = |film_ns: i64| film_ns * 3600;
        let speeds = Speeds::new(100 * HOUR, pace, &[range(50 * HOUR, 52 * HOUR, ONE / 4)], [0; 2]).unwrap();
        assert_eq!(speeds.stretched_ns(10 * HOUR), 10 * HOUR);
        let slow = speeds.stretched_ns(52 * HOUR) - speeds.stretched_ns(50 * HOUR);
        assert_eq!(slow, 8 * HOUR);
        // A ramp of half a second of film goes by at five eighths of the pace, on the average.
        let ramp_ns = HOUR * 5 / 16;
        assert_eq!(speeds.stretched_ns(50 * HOUR), 50 * HOUR + HOUR / 2 - ramp_ns);
        assert_eq!(
            speeds.stretched_span_ns(),
            100 * HOUR + 6 * HOUR + 2 * (HOUR / 2 - ramp_ns)
        );
        let middle = speeds.stretched_ns(51 * HOUR);
        assert_eq!((speeds.speed(middle), speeds.speed(HOUR)), (ONE / 4, ONE));
        assert_eq!(speeds.data_ns(middle), 51 * HOUR);
    }

    #[test]
    fn a_film_stands_still_before_and_after() {
        let pace = |film_ns: i64| film_ns * 3600;
        let speeds = Speeds::new(10 * HOUR, pace, &[], [2 * NS, 3 * NS]).unwrap();
        assert_eq!(speeds.stretched_span_ns(), 15 * HOUR);
        assert_eq!(speeds.stretched_ns(0), 2 * HOUR);
        for (stretched, data) in [(0, 0), (2, 0), (3, 1), (12, 10), (15, 10)] {
            assert_eq!(speeds.data_ns(stretched * HOUR), data * HOUR, "{stretched}");
        }
        assert_eq!((speeds.speed(HOUR), speeds.speed(13 * HOUR)), (ONE, ONE));
    }

    #[test]
    fn ranges_do_not_overlap() {
        let pace = |film_ns: i64| film_ns;
        let ranges = [range(50, 60, 16), range(10, 51, 16)];
        let overlap = SpeedsError::Overlap { at_ns: 50 };
        assert_eq!(Speeds::new(100, pace, &ranges, [0; 2]), Err(overlap));
        let wide = Speeds::new(i64::MAX, pace, &[range(0, i64::MAX, 1)], [0; 2]);
        assert_eq!(wide, Err(SpeedsError::TooLong));
        // Outside of the data they count for nothing.
        let outside = [range(-50, 0, 16), range(100, 300, 16)];
        assert_eq!(
            Speeds::new(100, pace, &outside, [0; 2]),
            Speeds::new(100, pace, &[], [0; 2])
        );
    }

    proptest! {
        #[test]
        fn the_map_is_monotone_and_there_and_back_is_where_it_was(
            cuts in prop::collection::vec((0_i64..1_000_000, 1_i64..200_000, prop::sample::select(vec![16_u32, 32, 64, 128, 512])), 0..5),
            times in prop::collection::btree_set(0_i64..1_000_000, 2..200),
            pace in 1_i64..3_000_000,
            hold in 0_i64..2_000_000_000,
        ) {
            let mut ranges: Vec<SpeedRange> = Vec::new();
            for (from_ns, length_ns, speed) in cuts {
                let new = range(from_ns, from_ns + length_ns, speed);
                if ranges.iter().all(|other| other.to_ns <= new.from_ns || new.to_ns <= other.from_ns) {
                    ranges.push(new);
                }
            }
            let film = |film_ns: i64| clamp_i64(i128::from(film_ns) * i128::from(pace) / i128::from(NS));
            let speeds = Speeds::new(1_000_000, film, &ranges, [hold, 0]).unwrap();
            let slow = |time: i64| !ranges.iter().any(|range| range.speed > ONE && (range.from_ns - 2 * pace - 9..range.to_ns + 2 * pace + 9).contains(&time));
            let mut before = i64::MIN;
            for time in times {
                let stretched = speeds.stretched_ns(time);
                prop_assert!(stretched >= before);
                before = stretched;
                // Faster than the pace, several moments are one.
                if slow(time) {
                    prop_assert_eq!(speeds.data_ns(stretched), time);
                }
                let last = speeds.data_ns(stretched);
                prop_assert!((time..time + 8).contains(&last));
                prop_assert_eq!(speeds.stretched_ns(last), stretched);
            }
        }
    }
}
