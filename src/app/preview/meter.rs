//! Measurements of how smoothly the window plays: times between pictures, their rate, and the report of a session.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Serialize;

/// Pictures that the graph and the rate look back on.
const RECENT: usize = 120;
/// A picture that comes later than this after the one before it begins a new run: the window was
/// hidden, or there was nothing to show.
const PAUSE: Duration = Duration::from_secs(2);
/// Times are counted in steps of a tenth of a millisecond, up to [`PAUSE`].
const STEPS_PER_MS: f64 = 10.0;

/// Counts pictures and the time between them.
pub struct Meter {
    begun: Instant,
    first: Option<Duration>,
    last: Option<Instant>,
    recent_ms: VecDeque<f32>,
    /// Number of pictures by their time in tenths of a millisecond.
    histogram: Vec<u32>,
    shown: u64,
    played: u64,
    played_secs: f64,
}

/// A summary of the times between pictures, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FrameTimes {
    /// Pictures a second.
    pub per_second: f64,
    /// Half took less.
    pub median_ms: f64,
    /// 99 of 100 took less.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
    /// Pictures that were timed.
    pub pictures: u64,
}

impl Meter {
    /// Begins to count, `begun` being the start of the program.
    pub fn new(begun: Instant) -> Self {
        Self {
            begun,
            first: None,
            last: None,
            recent_ms: VecDeque::with_capacity(RECENT),
            histogram: vec![0; (PAUSE.as_millis() as f64 * STEPS_PER_MS) as usize + 1],
            shown: 0,
            played: 0,
            played_secs: 0.0,
        }
    }

    /// A picture of the log was shown. It is timed where it follows another while the film `plays`.
    pub fn picture(&mut self, now: Instant, plays: bool) {
        self.shown += 1;
        self.first.get_or_insert_with(|| now.duration_since(self.begun));
        let since = self.last.map(|last| now.duration_since(last));
        self.last = plays.then_some(now);
        let Some(since) = since.filter(|since| plays && *since < PAUSE) else {
            return;
        };
        let ms = since.as_secs_f64() * 1e3;
        self.histogram[(ms * STEPS_PER_MS) as usize] += 1;
        self.played += 1;
        self.played_secs += since.as_secs_f64();
        if self.recent_ms.len() == RECENT {
            self.recent_ms.pop_front();
        }
        self.recent_ms.push_back(ms as f32);
    }

    /// No picture is due: the next begins a new run.
    pub fn rest(&mut self) {
        self.last = None;
    }

    /// Seconds from the start of the program to the first picture.
    pub fn first_picture_secs(&self) -> Option<f64> {
        self.first.map(|first| first.as_secs_f64())
    }

    /// Pictures shown.
    pub fn shown(&self) -> u64 {
        self.shown
    }

    /// Milliseconds between the last pictures, the oldest first.
    pub fn recent_ms(&self) -> impl ExactSizeIterator<Item = f32> + '_ {
        self.recent_ms.iter().copied()
    }

    /// Pictures a second of late.
    pub fn recent_per_second(&self) -> f32 {
        let sum: f32 = self.recent_ms.iter().sum();
        if sum > 0.0 {
            1e3 * self.recent_ms.len() as f32 / sum
        } else {
            0.0
        }
    }

    /// All pictures that were timed; `None` before the first.
    pub fn times(&self) -> Option<FrameTimes> {
        (self.played > 0).then(|| FrameTimes {
            per_second: self.played as f64 / self.played_secs,
            median_ms: self.quantile_ms(0.5),
            p99_ms: self.quantile_ms(0.99),
            max_ms: self.quantile_ms(1.0),
            pictures: self.played,
        })
    }

    /// The time that a share of the pictures did not exceed, to the next tenth of a millisecond.
    fn quantile_ms(&self, share: f64) -> f64 {
        let wanted = (share * self.played as f64).ceil() as u64;
        let mut seen = 0;
        let reaches = |count: &u32| {
            seen += u64::from(*count);
            seen >= wanted
        };
        let step = self.histogram.iter().position(reaches).unwrap_or(self.histogram.len());
        (step + 1) as f64 / STEPS_PER_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_between_pictures_of_a_playing_film() {
        let begun = Instant::now();
        let mut meter = Meter::new(begun);
        let mut now = begun + Duration::from_millis(300);
        meter.picture(now, true);
        for frame in 0..100 {
            now += Duration::from_millis(if frame == 50 { 90 } else { 20 });
            meter.picture(now, true);
        }
        // Paused, and on again: no time between them.
        meter.picture(now + Duration::from_secs(1), false);
        meter.picture(now + Duration::from_millis(1500), true);
        let times = meter.times().unwrap();
        assert_eq!((times.pictures, meter.shown()), (100, 103));
        assert!(
            (times.median_ms - 20.1).abs() < 0.01 && (times.p99_ms - 20.1).abs() < 0.01,
            "{times:?}"
        );
        assert!(
            (times.max_ms - 90.1).abs() < 0.01 && (times.per_second - 100.0 / 2.07).abs() < 0.1,
            "{times:?}"
        );
        assert_eq!(meter.first_picture_secs(), Some(0.3));
        assert!((meter.recent_per_second() - 48.3).abs() < 0.1);
    }

    #[test]
    fn a_film_that_never_played_has_no_times() {
        let mut meter = Meter::new(Instant::now());
        meter.picture(Instant::now(), false);
        assert_eq!(meter.times(), None);
    }
}
