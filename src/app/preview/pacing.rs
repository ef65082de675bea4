//! The time of the window's next picture: no more often than the display does, and only where
//! there is something new. Knows no window; the time of day comes in as an argument.

use std::time::{Duration, Instant};

/// Refreshes a second of a display that does not tell its own.
const USUAL_HZ: f64 = 60.0;
/// Share of a refresh that lies between the beginnings of two pictures, at least. Displays that pace
/// the window never let it come to that; one that does not (Xvfb: 128 pictures a second, all the
/// processor has) is not fed more than it would show.
const LEAST_REFRESH: f64 = 0.9;

/// The next change of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It has changed, and is to be shown as soon as the display can.
    Now,
    /// At a time to come.
    At(Instant),
    /// Not by itself.
    Never,
}

/// The times of the pictures that were shown, and of those to come.
#[derive(Clone, Copy, Debug)]
pub struct Pacing {
    least_interval: Duration,
    /// The time at which the last picture was begun to be drawn or shown.
    begun_at: Option<Instant>,
    /// The time at which the controls are to be shown again.
    repaint_at: Option<Instant>,
    is_hidden: bool,
}

impl Pacing {
    /// The pacing before the first picture, on a display of the usual rate.
    pub fn new() -> Self {
        Self {
            least_interval: Duration::from_secs_f64(LEAST_REFRESH / USUAL_HZ),
            begun_at: None,
            repaint_at: None,
            is_hidden: false,
        }
    }

    /// Paces pictures for a display of a refresh rate in thousandths of a hertz, where that is known.
    pub fn set_refresh(&mut self, millihertz: Option<u32>) {
        let known = millihertz.filter(|rate| *rate > 0);
        let hz = known.map_or(USUAL_HZ, |rate| f64::from(rate) / 1e3);
        self.least_interval = Duration::from_secs_f64(LEAST_REFRESH / hz);
    }

    /// The window is covered by others, or no longer.
    pub fn set_hidden(&mut self, is_hidden: bool) {
        self.is_hidden = is_hidden;
    }

    /// Whether nobody can see the window.
    pub fn is_hidden(&self) -> bool {
        self.is_hidden
    }

    /// A picture was begun to be drawn or shown.
    pub fn begin(&mut self, now: Instant) {
        self.begun_at = Some(now);
    }

    /// Whether the next picture may be shown.
    pub fn is_due(&self, now: Instant) -> bool {
        self.due_at(now) <= now
    }

    /// The time at which the next picture is to be drawn, or shown where it is drawn already.
    pub fn picture_at(&self, next: Next, now: Instant) -> Option<Instant> {
        match next {
            _ if self.is_hidden => None,
            Next::Now => Some(self.due_at(now)),
            Next::At(at) => Some(at),
            Next::Never => None,
        }
    }

    /// The controls are to be shown again after a delay; those of before no longer.
    pub fn repaint_after(&mut self, delay: Option<Duration>, now: Instant) {
        self.repaint_at = delay.and_then(|delay| now.checked_add(delay));
    }

    /// The controls are to be shown again at a time, or before.
    pub fn repaint_by(&mut self, at: Instant) {
        self.repaint_at = Some(self.repaint_at.map_or(at, |other| other.min(at)));
    }

    /// Whether the controls are to be shown again now; said once.
    pub fn take_repaint(&mut self, now: Instant) -> bool {
        self.repaint_at.take_if(|at| *at <= now).is_some()
    }

    /// The time at which there is something to do next, where the next picture is at `picture_at`.
    pub fn wake_at(&self, picture_at: Option<Instant>) -> Option<Instant> {
        [picture_at, self.repaint_at].into_iter().flatten().min()
    }

    fn due_at(&self, now: Instant) -> Instant {
        self.begun_at.map_or(now, |begun| begun + self.least_interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn pictures_come_no_faster_than_the_display_shows_them() {
        let now = Instant::now();
        let mut pacing = Pacing::new();
        assert!(pacing.is_due(now));
        pacing.begin(now);
        for (millihertz, least_ms) in [(None, 15), (Some(0), 15), (Some(60_000), 15), (Some(100_000), 9)] {
            pacing.set_refresh(millihertz);
            assert_eq!(pacing.picture_at(Next::Now, now), Some(now + ms(least_ms)));
            assert!(!pacing.is_due(now + ms(least_ms - 1)) && pacing.is_due(now + ms(least_ms)));
        }
        let later = now + ms(40);
        assert_eq!(pacing.picture_at(Next::At(later), now), Some(later));
        assert_eq!(pacing.picture_at(Next::Never, now), None);
        pacing.set_hidden(true);
        assert_eq!(pacing.picture_at(Next::Now, now), None);
    }

    #[test]
    fn the_controls_are_shown_again_once_each_time() {
        let now = Instant::now();
        let mut pacing = Pacing::new();
        pacing.repaint_after(Some(ms(20)), now);
        pacing.repaint_by(now + ms(10));
        pacing.repaint_by(now + ms(30));
        assert_eq!(pacing.wake_at(Some(now + ms(15))), Some(now + ms(10)));
        assert!(!pacing.take_repaint(now + ms(9)));
        assert!(pacing.take_repaint(now + ms(10)) && !pacing.take_repaint(now + ms(11)));
        assert_eq!(pacing.wake_at(None), None);
        // egui's word for never.
        pacing.repaint_after(Some(Duration::MAX), now);
        assert_eq!(pacing.wake_at(None), None);
    }
}
