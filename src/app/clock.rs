//! Times of a log on the clock of its film.

use crate::log::Log;
use crate::timeline::Timeline;

/// Film time before the first bubble of an event at which its caption appears.
pub const AHEAD_MS: i64 = 400;

/// The film time at which what happens at a data time departs, in milliseconds; none outside of the time range.
pub fn film_ms(time_ns: i64, log: &Log) -> Option<i64> {
    let data = log.unstretched();
    if !(data.start_ns..data.end_ns).contains(&time_ns) {
        return None;
    }
    let departure_ns = log.departure_ns(time_ns - data.start_ns);
    Some(log.timeline.film_of_data_ns(departure_ns) / 1_000_000)
}

/// The first frame at or before a moment of film in milliseconds, whatever the length of the film; 0 before its start.
pub fn frame_at_ms(film_ms: i64, timeline: &Timeline) -> u64 {
    let ms = u128::from(film_ms.max(0).unsigned_abs());
    let fps = timeline.fps;
    (ms * u128::from(fps.num) / (1000 * u128::from(fps.den))) as u64
}

/// The frame at a moment of film in milliseconds, in it.
pub fn frame_at(film_ms: i64, timeline: &Timeline) -> u64 {
    frame_at_ms(film_ms, timeline).min(timeline.frames().saturating_sub(1))
}

/// The frames with which the parts of a film begin that begin at data times, each with the caption of what happens then;
/// none outside of the film. The film begins in the last part of those that begin before it.
pub fn first_frames(times_ns: &[i64], log: &Log) -> Vec<Option<u64>> {
    let start_ns = log.unstretched().start_ns;
    let last_before_ns = times_ns.iter().filter(|time_ns| **time_ns < start_ns).max();
    let frame = |time_ns: &i64| {
        if last_before_ns == Some(time_ns) {
            return Some(0);
        }
        Some(frame_at(film_ms(*time_ns, log)? - AHEAD_MS, &log.timeline))
    };
    times_ns.iter().map(frame).collect()
}

/// The frame `lead_secs` seconds of film before an offset into the time range departs.
pub fn frame_before(offset_ns: i64, lead_secs: f64, timeline: &Timeline) -> u64 {
    let secs = (timeline.departure_secs(offset_ns) - lead_secs).max(0.0);
    ((secs * timeline.fps.as_f64()) as u64).min(timeline.frames() - 1)
}

/// Number of frames that a length of film takes at most.
pub fn frames_in(secs: f64, timeline: &Timeline) -> u64 {
    (secs * timeline.fps.as_f64()).ceil() as u64
}
