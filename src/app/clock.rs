//! Times of a log on the clock of its film.

use crate::log::Log;

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
