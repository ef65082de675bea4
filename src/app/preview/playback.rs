//! The window's position in the film, which follows the wall clock, in integers.
//! A late picture does not slow it down: it is asked where it is now, and the frames between are
//! skipped. Knows no window; the time of day comes in as an argument.

use std::time::{Duration, Instant};

use crate::timeline::{Fps, NS};

/// Speeds in tenths, slowest first.
const SPEEDS_TENTHS: [u32; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
/// Real time.
const NORMAL: usize = 3;

/// A position in a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Frame of the film.
    pub frame: u64,
    /// Parts of the way to the next.
    pub part: u32,
}

/// Plays, pauses, seeks.
#[derive(Clone, Debug)]
pub struct Playback {
    frames: u64,
    fps: Fps,
    /// Parts of a frame.
    parts: u32,
    /// Position when the clock was last set, in nanoseconds of film.
    anchor_ns: u64,
    anchored: Instant,
    playing: bool,
    looping: bool,
    speed: usize,
}

impl Playback {
    /// At the first frame of a film of `frames` frames, each cut in `parts`.
    pub fn new(frames: u64, fps: Fps, parts: u32, now: Instant) -> Self {
        Self {
            frames,
            fps,
            parts,
            anchor_ns: 0,
            anchored: now,
            playing: true,
            looping: false,
            speed: NORMAL,
        }
    }

    /// The same playback of another film, at one of its frames.
    pub fn of_film(&self, frames: u64, fps: Fps, parts: u32, frame: u64, now: Instant) -> Self {
        let mut other = Self {
            frames,
            fps,
            parts,
            ..self.clone()
        };
        other.seek(frame, now);
        other
    }

    /// Whether the clock runs.
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// Whether the film begins again at its end.
    pub fn is_looping(&self) -> bool {
        self.looping
    }

    /// Speed as a multiple of real time.
    pub fn speed(&self) -> f64 {
        f64::from(SPEEDS_TENTHS[self.speed]) / 10.0
    }

    /// Begins again at the end, or no longer.
    pub fn set_looping(&mut self, looping: bool) {
        self.looping = looping;
    }

    /// The film's position now. At its end it stops, or begins again.
    pub fn at(&mut self, now: Instant) -> Spot {
        let mut film_ns = self.film_ns(now);
        let length_ns = self.frame_ns(self.frames);
        if self.playing && film_ns >= length_ns {
            if self.looping {
                film_ns %= length_ns.max(1);
                (self.anchor_ns, self.anchored) = (film_ns, now);
            } else {
                film_ns = self.frame_ns(self.frames - 1);
                (self.anchor_ns, self.playing) = (film_ns, false);
            }
        }
        let part_ns = u128::from(self.fps.den) * NS as u128;
        let parts = u128::from(film_ns) * u128::from(self.fps.num) * u128::from(self.parts) / part_ns;
        let spot = Spot {
            frame: ((parts / u128::from(self.parts)) as u64).min(self.frames - 1),
            part: (parts % u128::from(self.parts)) as u32,
        };
        if self.playing { spot } else { Spot { part: 0, ..spot } }
    }

    /// Plays on, or stops at the frame it has come to.
    pub fn play_pause(&mut self, now: Instant) {
        let spot = self.at(now);
        // At the end, playing means from the start.
        let again = !self.playing && spot.frame + 1 >= self.frames;
        self.playing = !self.playing;
        self.seek(if again { 0 } else { spot.frame }, now);
    }

    /// Stops at the frame it has come to.
    pub fn pause(&mut self, now: Instant) {
        if self.playing {
            self.play_pause(now);
        }
    }

    /// Goes to a frame, at most the last.
    pub fn seek(&mut self, frame: u64, now: Instant) {
        self.anchor_ns = self.frame_ns(frame.min(self.frames - 1));
        self.anchored = now;
    }

    /// Goes a number of frames on, or back where it is negative.
    pub fn step_frames(&mut self, frames: i64, now: Instant) {
        let frame = self.at(now).frame;
        self.seek(frame.saturating_add_signed(frames), now);
    }

    /// Goes a number of seconds of film on, or back where it is negative.
    pub fn step_secs(&mut self, secs: i64, now: Instant) {
        let frames = (secs * i64::from(self.fps.num)) / i64::from(self.fps.den);
        self.step_frames(if frames == 0 { secs.signum() } else { frames }, now);
    }

    /// The next speed up or down.
    pub fn change_speed(&mut self, steps: isize, now: Instant) {
        (self.anchor_ns, self.anchored) = (self.film_ns(now), now);
        self.speed = self.speed.saturating_add_signed(steps).min(SPEEDS_TENTHS.len() - 1);
    }

    /// The time until the next frame of the film begins.
    pub fn until_next_frame(&self, now: Instant) -> Duration {
        let film_ns = self.film_ns(now);
        let frame = film_ns as u128 * u128::from(self.fps.num) / (u128::from(self.fps.den) * NS as u128);
        let left_ns = self.frame_ns(frame as u64 + 1).saturating_sub(film_ns);
        Duration::from_nanos(left_ns * 10 / u64::from(SPEEDS_TENTHS[self.speed]) + 1)
    }

    /// Nanoseconds of film, beyond its end too.
    fn film_ns(&self, now: Instant) -> u64 {
        if !self.playing {
            return self.anchor_ns;
        }
        let passed_ns = now.saturating_duration_since(self.anchored).as_nanos();
        let film_ns = passed_ns * u128::from(SPEEDS_TENTHS[self.speed]) / 10;
        self.anchor_ns
            .saturating_add(u64::try_from(film_ns).unwrap_or(u64::MAX))
    }

    /// Film time of a frame in nanoseconds, rounded up: it lies within the frame.
    fn frame_ns(&self, frame: u64) -> u64 {
        let ns = u128::from(frame) * u128::from(self.fps.den) * NS as u128;
        u64::try_from(ns.div_ceil(u128::from(self.fps.num))).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn film(num: u64, den: u64) -> (Playback, Instant) {
        let now = Instant::now();
        (Playback::new(1000, Fps::new(num, den).unwrap(), 32, now), now)
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn it_follows_the_wall_clock_however_late_it_is_asked() {
        let (mut film, start) = film(25, 1);
        assert_eq!(film.at(start + ms(20)), Spot { frame: 0, part: 16 });
        assert_eq!(film.at(start + ms(1000)).frame, 25);
        // Nothing was asked in between, and nothing is made up for.
        assert_eq!(film.at(start + ms(9000)).frame, 225);
        film.change_speed(2, start + ms(9000));
        assert_eq!((film.speed(), film.at(start + ms(10_000)).frame), (5.0, 350));
    }

    #[test]
    fn paused_it_stands_on_a_frame_of_the_film() {
        let (mut film, start) = film(30_000, 1001);
        film.play_pause(start + ms(1010));
        assert_eq!(film.at(start + ms(5000)), Spot { frame: 30, part: 0 });
        film.step_frames(1, start);
        assert_eq!(film.at(start).frame, 31);
        film.step_frames(-100, start);
        assert_eq!(film.at(start).frame, 0);
        film.step_secs(2, start);
        assert_eq!(film.at(start).frame, 59);
        film.play_pause(start + ms(6000));
        assert_eq!(film.at(start + ms(6000)), Spot { frame: 59, part: 0 });
    }

    #[test]
    fn the_end_stops_it_or_begins_it_again() {
        let (mut film, start) = film(25, 1);
        let mut once = film.clone();
        assert_eq!(once.at(start + ms(90_000)), Spot { frame: 999, part: 0 });
        assert!(!once.is_playing());
        once.play_pause(start + ms(95_000));
        assert_eq!(once.at(start + ms(96_000)).frame, 25);
        film.set_looping(true);
        assert_eq!(film.at(start + ms(41_000)).frame, 25);
        assert!(film.is_playing());
        film.seek(u64::MAX, start);
        assert_eq!(film.at(start).frame, 999);
    }

    #[test]
    fn speeds_end_at_a_tenth_and_a_hundred() {
        let (mut film, start) = film(25, 1);
        film.change_speed(-100, start);
        assert_eq!(film.speed(), 0.1);
        film.change_speed(100, start);
        assert_eq!(film.speed(), 100.0);
    }

    proptest! {
        #[test]
        fn a_frame_sought_is_the_frame_shown(
            frame in 0_u64..1000,
            fps in prop::sample::select(vec![(25_u64, 1_u64), (30_000, 1001), (1, 3), (60, 1), (2997, 50)]),
        ) {
            let (mut film, start) = film(fps.0, fps.1);
            film.seek(frame, start);
            prop_assert_eq!(film.at(start), Spot { frame, part: 0 });
            let next = film.until_next_frame(start);
            prop_assert_eq!(film.at(start + next).frame, (frame + 1).min(999));
            prop_assert_eq!(film.clone().at(start + next - Duration::from_nanos(2)).frame, frame);
        }
    }
}
