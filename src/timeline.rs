//! The clock of a film: time range, bins, pace, frames and flights, in integers throughout.
//! Data time is nanoseconds; film time is a frame number over a rational rate. Nothing here is
//! accumulated, so frame k is the same whether it is asked for first or last. Knows no log.

mod clamp;
mod speeds;

use thiserror::Error;

use clamp::clamp_i64;

pub use speeds::{FASTEST, ONE, SpeedRange, Speeds, SpeedsError};

/// Nanoseconds in a second.
pub const NS: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * NS;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Bin lengths that a film may choose by itself, in nanoseconds, shortest first.
pub const BIN_LADDER_NS: [i64; 24] = [
    NS / 25,
    NS / 10,
    NS / 5,
    NS / 2,
    NS,
    2 * NS,
    5 * NS,
    10 * NS,
    15 * NS,
    30 * NS,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
];

/// Bins in a second of film, unless bin and pace are both asked for.
pub const BINS_PER_FILM_SEC: i64 = 25;
/// A film chooses its bin so as to last this long at most, in seconds.
pub const AUTO_FILM_SECS: i64 = 360;
/// A film of few events chooses its bin so as to last this long at most, and longer by [`EVENT_NS`] for each of
/// them, in nanoseconds, without the last flights.
const FEW_FILM_NS: i128 = 10 * NS as i128;
/// Film time that an event is worth.
const EVENT_NS: i128 = NS as i128 / 2;
/// The longest film, in seconds (11.6 days): keeps every product below within 128 bits.
pub const MAX_FILM_SECS: u64 = 1_000_000;
/// The largest numerator of a frame rate: 240 frames a second over 1001 fits.
pub const MAX_FPS_NUM: u32 = 240_000;
/// The most parts that a frame is cut in: 800 a second of a film of 25 frames a second.
pub const MAX_PARTS: u32 = 32;
/// A flight lasts this long when nothing else is asked for: 2.8 s, in nanoseconds.
pub const DEFAULT_TRAVEL_NS: i64 = 2_800_000_000;
/// Numerator and denominator of a pace stay below this, so that products with
/// `MAX_FILM_SECS * MAX_FPS_NUM * NS` (2.4e20) stay within an `i128` (1.7e38).
const MAX_PACE_TERM: u128 = 1 << 59;

/// Times as they were asked for, before a log is known. Durations are in nanoseconds, all positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSpec {
    /// First instant of the time range, Unix nanoseconds.
    pub start_ns: Option<i64>,
    /// First instant after the time range, Unix nanoseconds.
    pub end_ns: Option<i64>,
    /// Length of a bin of data time.
    pub bin_ns: Option<i64>,
    /// Data time in a second of film.
    pub pace_ns: Option<i64>,
    /// Length of the film without travel; excludes `pace_ns`.
    pub duration_ns: Option<i64>,
    /// Film time a bubble flies.
    pub travel_ns: i64,
    /// Frames in a second of film.
    pub fps: Fps,
}

impl Default for TimeSpec {
    fn default() -> Self {
        Self {
            start_ns: None,
            end_ns: None,
            bin_ns: None,
            pace_ns: None,
            duration_ns: None,
            travel_ns: DEFAULT_TRAVEL_NS,
            fps: Fps { num: 25, den: 1 },
        }
    }
}

/// A frame rate `num / den`, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fps {
    /// Number of frames in `den` seconds.
    pub num: u32,
    /// Number of seconds that `num` frames take.
    pub den: u32,
}

impl Fps {
    /// A rate in lowest terms.
    ///
    /// # Errors
    /// [`TimelineError::Fps`] where it is not above 0 and at most 1000, [`TimelineError::FineFps`]
    /// where numerator or denominator exceed [`MAX_FPS_NUM`].
    pub fn new(num: u64, den: u64) -> Result<Self, TimelineError> {
        if num == 0 || den == 0 || num > den.saturating_mul(1000) {
            return Err(TimelineError::Fps(format!("{num}/{den}")));
        }
        let nearest = Self::nearest(num, den);
        if u128::from(nearest.num) * u128::from(den) == u128::from(num) * u128::from(nearest.den) {
            return Ok(nearest);
        }
        Err(TimelineError::FineFps {
            asked: format!("{num}/{den}"),
            nearest,
        })
    }

    /// The last convergent of a rate's continued fraction whose terms are within [`MAX_FPS_NUM`]:
    /// the rate itself in lowest terms, or one next to it. Neither number is 0, and the rate is at
    /// most 1000.
    fn nearest(num: u64, den: u64) -> Self {
        let most = u64::from(MAX_FPS_NUM);
        // Convergents by their recurrence (Hardy and Wright, 10.2).
        let (mut before, mut last) = ((0_u64, 1_u64), (1_u64, 0_u64));
        let (mut rest, mut divisor) = (num, den);
        while divisor > 0 {
            let term = rest / divisor;
            let next = |last: u64, before: u64| term.checked_mul(last)?.checked_add(before).filter(|n| *n <= most);
            let (Some(next_num), Some(next_den)) = (next(last.0, before.0), next(last.1, before.1)) else {
                break;
            };
            (before, last) = (last, (next_num, next_den));
            (rest, divisor) = (divisor, rest % divisor);
        }
        // Slower than any that is possible.
        let (num, den) = if last.0 == 0 || last.1 == 0 { (1, most) } else { last };
        Self {
            num: num as u32,
            den: den as u32,
        }
    }

    /// Frames a second as a float, for display and for encoders that want one.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }
}

impl std::fmt::Display for Fps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.den == 1 {
            write!(f, "{}", self.num)
        } else {
            write!(f, "{}/{}", self.num, self.den)
        }
    }
}

/// The reason why a film's times cannot be settled.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TimelineError {
    /// Not a usable frame rate.
    #[error("a frame rate of {0}: expected more than 0 and at most 1000 frames a second, like 25, 59.94 or 30000/1001")]
    Fps(String),
    /// A frame rate that is too fine to compute with.
    #[error(
        "a frame rate of {asked}: in lowest terms neither number may exceed {MAX_FPS_NUM}; the nearest that is possible is {nearest}"
    )]
    FineFps {
        /// As it was asked for.
        asked: String,
        /// One that is possible.
        nearest: Fps,
    },
    /// End not after start.
    #[error("the time range is empty: its end is not after its start")]
    EmptyRange,
    /// A film longer than [`MAX_FILM_SECS`].
    #[error(
        "the film would last {secs} seconds, more than {MAX_FILM_SECS}: choose a faster --pace, a shorter --duration or --travel, or a narrower --start/--end"
    )]
    TooLong {
        /// Its length.
        secs: u128,
    },
    /// A pace of more than 2^59 nanoseconds, 18 years, of data in a second.
    #[error(
        "the pace is too fast: more than 18 years of data in a second of film; choose a slower --pace, a shorter --bin or a longer --duration"
    )]
    TooFast,
    /// A time range of more than 2^63 nanoseconds.
    #[error("the time range spans more than 292 years: narrow it with --start and --end")]
    TooWide,
    /// Speeds that cannot be kept.
    #[error(transparent)]
    Speeds(#[from] SpeedsError),
    /// The time range's rounded edge is not a time any more.
    #[error("the time range reaches beyond the years 1677 to 2262: give --start and --end, or a shorter --bin")]
    OutOfRange,
}

/// A moment of a film, in data time from the time range's start.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    whole_ns: i128,
    part_ns: f64,
    pace_num: f64,
    pace_den: f64,
}

impl Moment {
    /// Film seconds from `offset_ns` into the time range to this moment, exact to the rounding of one
    /// division; negative before the event.
    #[must_use]
    pub fn secs_since(&self, offset_ns: i64) -> f64 {
        let whole_ns = self.whole_ns - i128::from(offset_ns);
        (whole_ns as f64 + self.part_ns) * self.pace_den / self.pace_num
    }
}

/// The settled clock of one film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// First instant of the time range, Unix nanoseconds.
    pub start_ns: i64,
    /// First instant after it.
    pub end_ns: i64,
    /// Length of a bin, counted from `start_ns`.
    pub bin_ns: i64,
    /// Frames in a second of film.
    pub fps: Fps,
    /// Film nanoseconds of a flight.
    pub travel_ns: i64,
    /// Data nanoseconds in a second of film: `pace_num / pace_den`, in lowest terms.
    pace_num: i128,
    pace_den: i128,
}

impl Timeline {
    /// The same as [`Timeline::settle_for`] for events without number.
    ///
    /// # Errors
    /// [`TimelineError`]: an empty time range, a film that is too long or too fast.
    pub fn settle(spec: &TimeSpec, first_ns: i64, last_ns: i64) -> Result<Self, TimelineError> {
        Self::settle_for(spec, first_ns, last_ns, u64::MAX)
    }

    /// Settles what was left open by the first and the last drawable event (Unix nanoseconds), and their number: a
    /// film in which little happens is short.
    ///
    /// Where `--duration` is given and the bin is not, the bin follows from the pace and the pace
    /// from the time range, so open ends of the time range are rounded to the bin that the film would have
    /// chosen by itself.
    ///
    /// # Errors
    /// [`TimelineError`]: an empty time range, a film that is too long or too fast.
    pub fn settle_for(spec: &TimeSpec, first_ns: i64, last_ns: i64, events: u64) -> Result<Self, TimelineError> {
        let bin_from_pace = spec.pace_ns.map(|pace| (pace / BINS_PER_FILM_SEC).max(1));
        let rounding_bin_ns = match spec.bin_ns.or(bin_from_pace) {
            Some(bin) => bin,
            // A duration that was asked for is the film's.
            None if spec.duration_ns.is_some() => auto_bin(spec, first_ns, last_ns, u64::MAX)?,
            None => auto_bin(spec, first_ns, last_ns, events)?,
        };
        let (start_ns, end_ns) = range(spec, first_ns, last_ns, rounding_bin_ns)?;
        let span = u128::from(end_ns.abs_diff(start_ns));

        let (num, den) = match (spec.pace_ns, spec.duration_ns) {
            (Some(pace), _) => (u128::from(pace.unsigned_abs()), 1),
            (None, Some(duration)) => (span * NS as u128, u128::from(duration.unsigned_abs())),
            (None, None) => (rounding_bin_ns as u128 * BINS_PER_FILM_SEC as u128, 1),
        };
        let (pace_num, pace_den) = lowest_terms(num, den)?;
        let bin_ns = match (spec.bin_ns, spec.duration_ns) {
            (None, Some(_)) => i64::try_from(pace_num / (pace_den * i128::from(BINS_PER_FILM_SEC)))
                .map_err(|_| TimelineError::TooFast)?
                .max(1),
            _ => rounding_bin_ns,
        };

        let timeline = Self {
            start_ns,
            end_ns,
            bin_ns,
            fps: spec.fps,
            travel_ns: spec.travel_ns,
            pace_num,
            pace_den,
        };
        let secs = span * timeline.pace_den as u128 / timeline.pace_num as u128
            + u128::from(spec.travel_ns.unsigned_abs()) / NS as u128;
        if secs > u128::from(MAX_FILM_SECS) {
            return Err(TimelineError::TooLong { secs });
        }
        Ok(timeline)
    }

    /// This clock in stretched time: that of a film with these speeds. Its end is one of stretched time, too.
    ///
    /// # Errors
    /// [`TimelineError`]: a film that is too long.
    pub fn stretched(&self, speeds: &Speeds) -> Result<Self, TimelineError> {
        let span_ns = speeds.stretched_span_ns();
        let secs = span_ns as i128 * self.pace_den / self.pace_num + i128::from(self.travel_ns / NS);
        if secs > i128::from(MAX_FILM_SECS) {
            return Err(TimelineError::TooLong {
                secs: secs.unsigned_abs(),
            });
        }
        let end_ns = self.start_ns.checked_add(span_ns).ok_or(TimelineError::OutOfRange)?;
        Ok(Self { end_ns, ..*self })
    }

    /// Data time that goes by in `film_ns` nanoseconds of film, rounded down.
    #[must_use]
    pub fn data_of_film_ns(&self, film_ns: i64) -> i64 {
        clamp_i64(i128::from(film_ns) * self.pace_num / (self.pace_den * i128::from(NS)))
    }

    /// Film time of an offset into the time range, in nanoseconds, rounded down.
    #[must_use]
    pub fn film_of_data_ns(&self, offset_ns: i64) -> i64 {
        let film = i128::from(offset_ns) * self.pace_den;
        let (secs, rest) = (film.div_euclid(self.pace_num), film.rem_euclid(self.pace_num));
        clamp_i64(secs.saturating_mul(i128::from(NS)) + rest * i128::from(NS) / self.pace_num)
    }

    /// Length of the time range in nanoseconds.
    #[must_use]
    pub fn span_ns(&self) -> i64 {
        self.end_ns - self.start_ns
    }

    /// The moment of the time range that is nearest to a time: while the last bubbles of a film fly on,
    /// data time is beyond the end.
    #[must_use]
    pub fn nearest_ns(&self, time_ns: i64) -> i64 {
        time_ns.clamp(self.start_ns, self.end_ns - 1)
    }

    /// Number of the bin that a time of the time range is in.
    #[must_use]
    pub fn bin_of(&self, time_ns: i64) -> i64 {
        (time_ns - self.start_ns) / self.bin_ns
    }

    /// Data seconds in a second of film.
    #[must_use]
    pub fn pace_secs(&self) -> f64 {
        self.pace_num as f64 / self.pace_den as f64 / NS as f64
    }

    /// `ceil(fps * ((end - start) / pace + travel))`, at least 1.
    #[must_use]
    pub fn frames(&self) -> u64 {
        // span/pace seconds + travel seconds, over the common denominator pace_num * NS.
        let film = i128::from(self.span_ns()) * self.pace_den;
        let (whole, rest) = (film / self.pace_num, film % self.pace_num);
        // fps * (whole + rest/pace_num + travel/NS): whole and travel are exact over fps.den * NS.
        let exact = (whole * i128::from(NS) + i128::from(self.travel_ns)) * i128::from(self.fps.num);
        let unit = i128::from(self.fps.den) * i128::from(NS);
        let (frames, left) = (exact / unit, exact % unit);
        // The remainder, left/unit + rest*fps.num/(pace_num*fps.den), as one fraction.
        let left = left * self.pace_num;
        let rest = rest * i128::from(self.fps.num) * i128::from(NS);
        let total = left + rest;
        let denominator = unit * self.pace_num;
        (frames + (total + denominator - 1) / denominator).max(1) as u64
    }

    /// The same clock with every frame cut in as many parts as can be computed with, a power of two
    /// up to [`MAX_PARTS`]: for a display that shows more pictures a second than the film has. Part 0
    /// of frame `k` is at the film time of frame `k`, to the last bit.
    #[must_use]
    pub fn in_parts(&self) -> (Self, u32) {
        let mut parts = MAX_PARTS;
        while parts > 1 && self.fps.num > MAX_FPS_NUM / parts {
            parts /= 2;
        }
        let fps = Fps {
            num: self.fps.num * parts,
            den: self.fps.den,
        };
        (Self { fps, ..*self }, parts)
    }

    /// Film time of frame `k` in seconds: `k / fps`.
    #[must_use]
    pub fn film_secs(&self, k: u64) -> f64 {
        k as f64 * f64::from(self.fps.den) / f64::from(self.fps.num)
    }

    /// Data time of frame `k`, Unix nanoseconds, rounded down: `start + k / fps * pace`.
    #[must_use]
    pub fn data_time_ns(&self, k: u64) -> i64 {
        let (num, den) = self.data_offset(k, 0);
        clamp_i64(i128::from(self.start_ns) + num.div_euclid(den))
    }

    /// The frame whose data time is nearest to `time_ns`; `None` outside of the film.
    #[must_use]
    pub fn frame_at(&self, time_ns: i64) -> Option<u64> {
        let offset = i128::from(time_ns) - i128::from(self.start_ns);
        if offset < 0 {
            return None;
        }
        let (per_frame, den) = self.data_offset(1, 0);
        let k = (2 * offset * den + per_frame) / (2 * per_frame);
        u64::try_from(k).ok().filter(|k| *k < self.frames())
    }

    /// Offset into the time range up to which events have departed by frame `k`: a bubble whose first
    /// event is at `offset_ns <= departed_ns(k)` has `departure <= v`.
    #[must_use]
    pub fn departed_ns(&self, k: u64) -> i64 {
        let (num, den) = self.data_offset(k, 0);
        clamp_i64(num.div_euclid(den))
    }

    /// The same for arrivals: `offset_ns <= arrived_ns(k)` means `arrival <= v`.
    #[must_use]
    pub fn arrived_ns(&self, k: u64) -> i64 {
        let (num, den) = self.data_offset(k, self.travel_ns);
        clamp_i64(num.div_euclid(den))
    }

    /// The counters of frame `k` hold the events with `offset_ns < counted_before_ns(k)`:
    /// those that have arrived when the frame ends, `a < v + 1 / fps`.
    #[must_use]
    pub fn counted_before_ns(&self, k: u64) -> i64 {
        let (num, den) = self.data_offset(k + 1, self.travel_ns);
        clamp_i64(-(-num).div_euclid(den))
    }

    /// Frame `k` as a moment that film seconds are counted to, less `delay_ns` of film.
    #[must_use]
    pub fn moment(&self, k: u64, delay_ns: i64) -> Moment {
        let (num, den) = self.data_offset(k, delay_ns);
        Moment {
            whole_ns: num.div_euclid(den),
            part_ns: num.rem_euclid(den) as f64 / den as f64,
            pace_num: self.pace_num as f64,
            pace_den: self.pace_den as f64,
        }
    }

    /// The time range, Unix nanoseconds in whole bins, for a film of what is from one moment to another: a second of
    /// film more before and behind.
    #[must_use]
    pub fn around_ns(&self, from_ns: i64, to_ns: i64) -> (i64, i64) {
        let more_ns = self.data_ns(1.0);
        let bin = |time_ns: i64| time_ns.div_euclid(self.bin_ns);
        (
            bin(from_ns.saturating_sub(more_ns)).saturating_mul(self.bin_ns),
            (bin(to_ns.saturating_add(more_ns)) + 1).saturating_mul(self.bin_ns),
        )
    }

    /// A moment at which what left at `time_ns` (Unix nanoseconds) is well on its way and has not landed: nearly half of
    /// a flight later, in whole seconds of data time where a flight has some.
    #[must_use]
    pub fn under_way_ns(&self, time_ns: i64) -> i64 {
        let flight_ns = self.data_ns(self.travel_ns as f64 / 1e9);
        let under_way_ns = time_ns.saturating_add(flight_ns / 20 * 9);
        if flight_ns < 20 * NS {
            return under_way_ns;
        }
        under_way_ns - under_way_ns.rem_euclid(NS)
    }

    /// Data time of `film_secs` seconds of film, in nanoseconds, rounded up.
    #[must_use]
    pub fn data_ns(&self, film_secs: f64) -> i64 {
        (film_secs * self.pace_num as f64 / self.pace_den as f64).ceil() as i64
    }

    /// Film seconds at which an event `offset_ns` into the time range departs.
    #[must_use]
    pub fn departure_secs(&self, offset_ns: i64) -> f64 {
        offset_ns as f64 * self.pace_den as f64 / self.pace_num as f64
    }

    /// Ticks in a second of film: the largest power of two up to 65536 for which the whole film
    /// fits in a `u32`. 15 microseconds for films up to 18 hours.
    #[must_use]
    pub fn ticks_per_sec(&self) -> u32 {
        let secs = self.frames() * u64::from(self.fps.den) / u64::from(self.fps.num) + 2;
        let mut ticks = 1_u32 << 16;
        while u64::from(ticks) * secs > u64::from(u32::MAX) {
            ticks >>= 1;
        }
        ticks
    }

    /// Departure of an event `offset_ns` into the time range, in ticks of film, rounded down.
    #[must_use]
    pub fn departure_tick(&self, offset_ns: i64, ticks_per_sec: u32) -> u32 {
        let per_pace = self.pace_den * i128::from(ticks_per_sec);
        // A division of 128 bits takes as long as all else that is done for a bubble, and so do their
        // ways to and from floats; one of floats is off by 1 at most for what fits into 32 bits, and
        // is put right.
        let mut ticks = i128::from((offset_ns as f64 * float(per_pace) / float(self.pace_num)) as i64);
        let rest = i128::from(offset_ns) * per_pace - ticks * self.pace_num;
        if rest < 0 {
            ticks -= 1;
        } else if rest >= self.pace_num {
            ticks += 1;
        }
        u32::try_from(ticks).unwrap_or(u32::MAX)
    }

    /// Film time of frame `k` in ticks, rounded down.
    #[must_use]
    pub fn frame_tick(&self, k: u64, ticks_per_sec: u32) -> u32 {
        let ticks = u128::from(k) * u128::from(self.fps.den) * u128::from(ticks_per_sec) / u128::from(self.fps.num);
        u32::try_from(ticks).unwrap_or(u32::MAX)
    }

    /// `(k / fps - delay) * pace` as a fraction of nanoseconds of data.
    fn data_offset(&self, k: u64, delay_ns: i64) -> (i128, i128) {
        let film =
            i128::from(k) * i128::from(self.fps.den) * i128::from(NS) - i128::from(delay_ns) * i128::from(self.fps.num);
        (
            film * self.pace_num,
            i128::from(self.fps.num) * i128::from(NS) * self.pace_den,
        )
    }
}

/// Spans of data time that every bin still possible is a whole number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Where a cell begins, Unix nanoseconds.
    pub origin_ns: i64,
    /// Their length.
    pub length_ns: i64,
}

impl Cells {
    /// The longest cells of which the bins will be made up, whatever events may follow; those so far
    /// run from the first to the last. More events never make cells shorter. `None` where any bin is
    /// possible: with a duration, no bin and an open time range, it depends on the very last event.
    #[must_use]
    pub fn settle(spec: &TimeSpec, first_ns: i64, last_ns: i64) -> Option<Self> {
        let origin_ns = spec.start_ns.unwrap_or(0);
        let open = spec.start_ns.is_none() || spec.end_ns.is_none();
        let length_ns = if let Some(bin_ns) = spec.bin_ns {
            bin_ns
        } else if let Some(pace_ns) = spec.pace_ns {
            (pace_ns / BINS_PER_FILM_SEC).max(1)
        } else if spec.duration_ns.is_some() && open {
            return None;
        } else if spec.duration_ns.is_some() {
            Timeline::settle(spec, first_ns, last_ns).ok()?.bin_ns
        } else {
            let shortest = auto_bin(spec, first_ns, last_ns, u64::MAX).ok()?;
            let possible = BIN_LADDER_NS.iter().filter(|bin_ns| **bin_ns >= shortest);
            possible.fold(0, |cell, bin_ns| gcd(*bin_ns as u128, cell)) as i64
        };
        Some(Self { origin_ns, length_ns })
    }

    /// Number of the cell that a time is in; times beyond 292 years from the origin are in the last.
    #[must_use]
    pub fn index(&self, time_ns: i64) -> i64 {
        time_ns.saturating_sub(self.origin_ns).div_euclid(self.length_ns)
    }
}

/// The shortest bin of the ladder whose film, travel included, lasts six minutes or less, and no longer than its events
/// are worth.
fn auto_bin(spec: &TimeSpec, first_ns: i64, last_ns: i64, events: u64) -> Result<i64, TimelineError> {
    let most = i128::from(AUTO_FILM_SECS) * i128::from(NS);
    let worth = (FEW_FILM_NS + i128::from(events) * EVENT_NS).min(most);
    let mut result = Err(TimelineError::OutOfRange);
    for bin_ns in BIN_LADDER_NS {
        let Ok((start, end)) = range(spec, first_ns, last_ns, bin_ns) else {
            result = range(spec, first_ns, last_ns, bin_ns).map(|_| bin_ns);
            continue;
        };
        result = Ok(bin_ns);
        let pace = i128::from(bin_ns) * i128::from(BINS_PER_FILM_SEC);
        let travel = i128::from(spec.travel_ns) * pace;
        let film = (i128::from(end) - i128::from(start)) * i128::from(NS);
        if film + travel <= most * pace && film <= worth * pace {
            break;
        }
    }
    result
}

/// Start and end of the time range, open ends rounded outwards to whole bins.
fn range(spec: &TimeSpec, first_ns: i64, last_ns: i64, bin_ns: i64) -> Result<(i64, i64), TimelineError> {
    let bin = i128::from(bin_ns);
    let start = spec
        .start_ns
        .map_or_else(|| i128::from(first_ns).div_euclid(bin) * bin, i128::from);
    // A last event on a bin's edge belongs to the next bin, hence the + 1.
    let end = spec.end_ns.map_or_else(
        || start + ((i128::from(last_ns) - start).div_euclid(bin) + 1) * bin,
        i128::from,
    );
    if end <= start {
        return Err(TimelineError::EmptyRange);
    }
    let narrow = |t: i128| i64::try_from(t).map_err(|_| TimelineError::OutOfRange);
    let (start, end) = (narrow(start)?, narrow(end)?);
    end.checked_sub(start).ok_or(TimelineError::TooWide)?;
    Ok((start, end))
}

/// Reduces a pace; one too fine for 59 bits loses its last bits, a relative error below 1e-17.
fn lowest_terms(num: u128, den: u128) -> Result<(i128, i128), TimelineError> {
    let divisor = gcd(num, den);
    let (mut num, mut den) = (num / divisor, den / divisor);
    while num.max(den) > MAX_PACE_TERM {
        (num, den) = (num >> 1, den >> 1);
    }
    if den == 0 {
        return Err(TimelineError::TooFast);
    }
    Ok((num.max(1) as i128, den as i128))
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// As a float; small numbers by the processor's own instruction.
fn float(value: i128) -> f64 {
    i64::try_from(value).map_or(value as f64, |value| value as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2013-07-01T00:00:00Z.
    const JULY: i64 = 1_372_636_800 * NS;

    fn july(spec: &TimeSpec) -> Timeline {
        // The sample's first and last drawable events: 00:03:57 on the 1st, 23:59:33 on the 28th.
        Timeline::settle(spec, JULY + 3 * MINUTE + 57 * NS, JULY + 28 * DAY - 27 * NS).unwrap()
    }

    #[test]
    fn july_2013_is_the_film_of_2014() {
        let timeline = july(&TimeSpec::default());
        assert_eq!((timeline.start_ns, timeline.end_ns), (JULY, JULY + 28 * DAY));
        assert_eq!(timeline.bin_ns, 5 * MINUTE);
        assert_eq!(timeline.pace_secs(), 7500.0);
        assert_eq!(timeline.frames(), 8134);
        assert_eq!(timeline.span_ns(), 8064 * timeline.bin_ns);
        // 1:12 of the film is six days and six hours into the log.
        assert_eq!(timeline.data_time_ns(72 * 25), JULY + 72 * 7500 * NS);
        assert_eq!(timeline.frame_at(JULY + 72 * 7500 * NS), Some(1800));
        assert_eq!(timeline.frame_at(JULY - 1), None);
        assert_eq!(timeline.frame_at(JULY + 29 * DAY), None);
        // The first packet of the flood from Iran, on July 24 at 07:46:25, departs at 4:28.69: frame 6718
        // is the first to show it.
        let flood_ns = 23 * DAY + 7 * HOUR + 46 * MINUTE + 25 * NS;
        assert_eq!((timeline.departure_secs(flood_ns) * 100.0).round(), 26869.0);
        assert!(timeline.departed_ns(6717) < flood_ns && timeline.departed_ns(6718) >= flood_ns);
        // The last bubbles fly on for 5 h 50 min of data time; the clock stays within the log.
        let last_ns = timeline.data_time_ns(timeline.frames() - 1);
        assert!(last_ns > timeline.end_ns && timeline.nearest_ns(last_ns) == timeline.end_ns - 1);
        assert_eq!(timeline.nearest_ns(JULY + 5), JULY + 5);
    }

    #[test]
    fn a_last_event_on_a_bins_edge_belongs_to_the_next_bin() {
        let spec = TimeSpec {
            bin_ns: Some(HOUR),
            ..TimeSpec::default()
        };
        let timeline = Timeline::settle(&spec, JULY, JULY + HOUR).unwrap();
        assert_eq!(timeline.end_ns, JULY + 2 * HOUR);
        let instant = Timeline::settle(&spec, JULY + 5, JULY + 5).unwrap();
        assert_eq!((instant.start_ns, instant.end_ns), (JULY, JULY + HOUR));
    }

    #[test]
    fn pace_and_duration_make_the_bin_a_25th_of_the_pace() {
        let pace = july(&TimeSpec {
            pace_ns: Some(HOUR),
            ..TimeSpec::default()
        });
        assert_eq!(pace.bin_ns, HOUR / 25);
        assert_eq!(pace.pace_secs(), 3600.0);

        let minute = july(&TimeSpec {
            duration_ns: Some(60 * NS),
            ..TimeSpec::default()
        });
        assert_eq!(minute.frames(), 1570);
        assert_eq!(minute.bin_ns as f64 / 1e9, minute.pace_secs() / 25.0);

        let both = july(&TimeSpec {
            duration_ns: Some(60 * NS),
            bin_ns: Some(HOUR),
            ..TimeSpec::default()
        });
        assert_eq!((both.bin_ns, both.frames()), (HOUR, 1570));
        let bin = july(&TimeSpec {
            bin_ns: Some(HOUR),
            ..TimeSpec::default()
        });
        assert_eq!(bin.pace_secs(), 25.0 * 3600.0);
    }

    #[test]
    fn the_bin_is_the_shortest_whose_film_lasts_six_minutes_or_less() {
        for span_ns in [1, NS, 10 * MINUTE, 3 * HOUR, DAY, 28 * DAY, 3650 * DAY, 40_000 * DAY] {
            let timeline = Timeline::settle(&TimeSpec::default(), JULY, JULY + span_ns).unwrap();
            let at = BIN_LADDER_NS.iter().position(|bin| *bin == timeline.bin_ns).unwrap();
            let secs = |bin: i64| (span_ns / bin + 1) as f64 / 25.0 + 2.8;
            assert!(secs(timeline.bin_ns) <= 360.0, "{span_ns}");
            assert!(at == 0 || secs(BIN_LADDER_NS[at - 1]) > 360.0, "{span_ns}");
        }
    }

    #[test]
    fn a_film_of_few_events_is_short() {
        let of = |span_ns: i64, events: u64| {
            let timeline = Timeline::settle_for(&TimeSpec::default(), JULY, JULY + span_ns, events).unwrap();
            (timeline.bin_ns, timeline.frames() as f64 / 25.0)
        };
        // Two minutes, three events: not two minutes of film.
        assert_eq!(of(2 * MINUTE, 3), (NS / 2, 12.44));
        assert_eq!(of(HOUR, 2), (15 * NS, 12.44));
        assert_eq!(of(2 * MINUTE, 1000), (NS / 25, 122.84));
        assert_eq!(of(28 * DAY, 1_000_000).0, of(28 * DAY, u64::MAX).0);
        // What was asked for is what it is.
        for spec in [
            TimeSpec {
                bin_ns: Some(NS),
                ..TimeSpec::default()
            },
            TimeSpec {
                pace_ns: Some(NS),
                ..TimeSpec::default()
            },
            TimeSpec {
                duration_ns: Some(60 * NS),
                ..TimeSpec::default()
            },
        ] {
            let few = Timeline::settle_for(&spec, JULY, JULY + HOUR, 2);
            assert_eq!(few, Timeline::settle(&spec, JULY, JULY + HOUR));
        }
    }

    #[test]
    fn part_0_of_a_frame_is_the_frame() {
        for (num, den) in [(25, 1), (30_000, 1001), (240_000, 1001), (1, 3)] {
            let fps = Fps::new(num, den).unwrap();
            let timeline = july(&TimeSpec {
                fps,
                ..TimeSpec::default()
            });
            let (fine, parts) = timeline.in_parts();
            assert_eq!(
                parts,
                if num == 240_000 {
                    1
                } else if num == 30_000 {
                    8
                } else {
                    32
                }
            );
            for k in [0, 1, 1799, 6740] {
                let part = k * u64::from(parts);
                assert_eq!(fine.film_secs(part), timeline.film_secs(k));
                assert_eq!(fine.departed_ns(part), timeline.departed_ns(k));
                assert_eq!(fine.arrived_ns(part), timeline.arrived_ns(k));
                assert_eq!(fine.frame_tick(part, 65_536), timeline.frame_tick(k, 65_536));
                // The counters of a frame hold what arrives up to the next.
                assert_eq!(
                    fine.counted_before_ns(part + u64::from(parts) - 1),
                    timeline.counted_before_ns(k)
                );
            }
        }
    }

    #[test]
    fn what_cannot_be_settled_is_said() {
        let settle = |spec: TimeSpec| Timeline::settle(&spec, JULY, JULY + DAY);
        let ends = TimeSpec {
            start_ns: Some(JULY),
            end_ns: Some(JULY),
            ..TimeSpec::default()
        };
        assert_eq!(settle(ends), Err(TimelineError::EmptyRange));
        let slow = TimeSpec {
            pace_ns: Some(NS / 1000),
            ..TimeSpec::default()
        };
        assert!(matches!(settle(slow), Err(TimelineError::TooLong { .. })));
        let fast = TimeSpec {
            pace_ns: Some(i64::MAX),
            bin_ns: Some(DAY),
            ..TimeSpec::default()
        };
        assert_eq!(settle(fast), Err(TimelineError::TooFast));
        let edge = TimeSpec {
            bin_ns: Some(DAY),
            pace_ns: Some(DAY),
            ..TimeSpec::default()
        };
        assert_eq!(
            Timeline::settle(&edge, i64::MAX - 5, i64::MAX),
            Err(TimelineError::OutOfRange)
        );
        assert!(Fps::new(0, 1).is_err() && Fps::new(25, 0).is_err() && Fps::new(2000, 1).is_err());
    }

    #[test]
    fn a_rate_that_is_too_fine_is_answered_by_the_nearest() {
        for (num, den, nearest) in [
            (1_000_000, 33_333, "99991/3333"),
            (25_000_001, 1_000_000, "25"),
            (1, 300_000, "1/240000"),
            (u64::MAX, u64::MAX - 1, "1"),
        ] {
            let error = Fps::new(num, den).unwrap_err();
            assert!(matches!(error, TimelineError::FineFps { .. }), "{error:?}");
            assert!(
                error.to_string().ends_with(&format!("possible is {nearest}")),
                "{error}"
            );
        }
        assert_eq!(Fps::new(1_000_000, 40_000), Ok(Fps { num: 25, den: 1 }));
        assert_eq!(
            Fps::new(240_000, 1001),
            Ok(Fps {
                num: 240_000,
                den: 1001
            })
        );
    }

    /// `a / b <= c / d` for positive denominators.
    fn at_most(a: i128, b: i128, c: i128, d: i128) -> bool {
        a * d <= c * b
    }

    proptest! {
        /// The integer bounds say the same as the table's fractions.
        #[test]
        fn departures_and_arrivals_are_exact(
            k in 0_u64..20_000,
            fps in prop::sample::select(vec![(25_u64, 1_u64), (30_000, 1001), (1, 3), (60, 1)]),
            pace_ns in 1_i64..10 * HOUR,
            travel_ns in 1_i64..10 * NS,
            offset_ns in 0_i64..DAY,
        ) {
            let fps = Fps::new(fps.0, fps.1).unwrap();
            let spec = TimeSpec { pace_ns: Some(pace_ns.max(NS)), travel_ns, fps, ..TimeSpec::default() };
            let timeline = Timeline::settle(&spec, JULY, JULY + DAY).unwrap();
            let (num, den, ns) = (i128::from(fps.num), i128::from(fps.den), i128::from(NS));
            let pace = i128::from(pace_ns.max(NS));
            // Film nanoseconds: v = k * den * NS / num, departure = offset * NS / pace.
            let v = i128::from(k) * den * ns;
            let departure = i128::from(offset_ns) * ns;
            prop_assert_eq!(offset_ns <= timeline.departed_ns(k), at_most(departure, pace, v, num));
            let arrival = departure + i128::from(travel_ns) * pace;
            prop_assert_eq!(offset_ns <= timeline.arrived_ns(k), at_most(arrival, pace, v, num));
            let counted = !at_most(v + den * ns, num, arrival, pace);
            prop_assert_eq!(offset_ns < timeline.counted_before_ns(k), counted);
            prop_assert_eq!(timeline.frame_at(timeline.data_time_ns(k)).unwrap_or(k), k);
        }

        #[test]
        fn the_last_frame_counts_all_and_the_film_is_no_longer(
            span_ns in 1_i64..40 * DAY,
            pace_ns in NS..10 * HOUR,
            travel_ns in 1_i64..10 * NS,
        ) {
            let spec = TimeSpec { pace_ns: Some(pace_ns), travel_ns, ..TimeSpec::default() };
            let timeline = Timeline::settle(&spec, JULY, JULY + span_ns).unwrap();
            let last = timeline.frames() - 1;
            prop_assert!(timeline.counted_before_ns(last) >= timeline.span_ns());
            prop_assert!(last == 0 || timeline.counted_before_ns(last - 1) < timeline.span_ns());
            let ticks = timeline.ticks_per_sec();
            prop_assert!(timeline.frame_tick(last, ticks) < u32::MAX);
        }
    }

    #[test]
    fn cells_divide_every_bin_that_may_come() {
        for spec in [
            TimeSpec::default(),
            TimeSpec {
                start_ns: Some(JULY + 17),
                ..TimeSpec::default()
            },
            TimeSpec {
                end_ns: Some(JULY + DAY),
                ..TimeSpec::default()
            },
            TimeSpec {
                travel_ns: 60 * NS,
                ..TimeSpec::default()
            },
            TimeSpec {
                pace_ns: Some(HOUR),
                ..TimeSpec::default()
            },
            TimeSpec {
                bin_ns: Some(7 * NS),
                duration_ns: Some(60 * NS),
                ..TimeSpec::default()
            },
            TimeSpec {
                duration_ns: Some(60 * NS),
                start_ns: Some(JULY),
                end_ns: Some(JULY + DAY),
                ..TimeSpec::default()
            },
        ] {
            let mut longest = 1;
            let spans: Vec<i64> = (0..56).map(|power| 1_i64 << power).collect();
            for (index, span) in spans.iter().enumerate() {
                let Some(cells) = Cells::settle(&spec, JULY + 20, JULY + 20 + span) else {
                    continue;
                };
                assert!(cells.length_ns >= longest);
                longest = cells.length_ns;
                for span in &spans[index..] {
                    let Ok(timeline) = Timeline::settle(&spec, JULY + 20, JULY + 20 + span) else {
                        continue;
                    };
                    assert_eq!(timeline.bin_ns % cells.length_ns, 0, "{spec:?}");
                    assert_eq!((timeline.start_ns - cells.origin_ns) % cells.length_ns, 0, "{spec:?}");
                }
            }
        }
        let open = TimeSpec {
            duration_ns: Some(60 * NS),
            ..TimeSpec::default()
        };
        assert_eq!(Cells::settle(&open, JULY, JULY + DAY), None);
    }

    #[test]
    fn ticks_get_coarser_in_very_long_films_only() {
        assert_eq!(july(&TimeSpec::default()).ticks_per_sec(), 65_536);
        let long = july(&TimeSpec {
            duration_ns: Some(100 * HOUR),
            ..TimeSpec::default()
        });
        let ticks = long.ticks_per_sec();
        assert!(ticks < 65_536 && long.departure_tick(long.span_ns() - 1, ticks) < u32::MAX);
    }
}
