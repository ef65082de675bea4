//! Moments of data time, always in UTC: for data, for messages, for people and for the clock.

use jiff::Timestamp;

const MINUTE_NS: i64 = 60_000_000_000;

/// A time as messages and data write it: `2013-07-24T09:40:00Z`, with a fraction where there is one.
#[must_use]
pub fn utc(time_ns: i64) -> String {
    timestamp(time_ns).to_string()
}

/// A time as people read it, with its zone: `2013-07-24 09:41:03 UTC`.
#[must_use]
pub fn utc_text(time_ns: i64) -> String {
    utc(time_ns).replace('T', " ").replace('Z', " UTC")
}

/// A time in a table whose heading names the zone: `2013-07-24 07:45`, with seconds where there are any.
#[must_use]
pub fn time_text(time_ns: i64) -> String {
    let format = if time_ns.rem_euclid(MINUTE_NS) == 0 {
        "%Y-%m-%d %H:%M"
    } else {
        "%Y-%m-%d %H:%M:%S"
    };
    timestamp(time_ns).strftime(format).to_string()
}

/// A time that stands behind an earlier one: as [`time_text`], without the date where both have the same.
#[must_use]
pub fn later_time_text(before_ns: i64, time_ns: i64) -> String {
    let (before, time) = (time_text(before_ns), time_text(time_ns));
    match (before.get(..10), time.get(..10), time.get(11..)) {
        (Some(day), Some(same), Some(rest)) if day == same => rest.to_owned(),
        _ => time,
    }
}

/// The clock of a film whose frames are `step_secs` seconds of data time apart: as fine as that makes
/// sense.
#[must_use]
pub fn clock_text(time_ns: i64, step_secs: f64) -> String {
    let format = match step_secs {
        step if step >= 30.0 => "%a %Y-%m-%d %H:%M",
        step if step >= 0.5 => "%a %Y-%m-%d %H:%M:%S",
        _ => "%a %Y-%m-%d %H:%M:%S%.3f",
    };
    civil(time_ns).strftime(format).to_string()
}

/// Date and time of day of Unix nanoseconds.
#[must_use]
pub fn civil(time_ns: i64) -> jiff::civil::DateTime {
    jiff::tz::Offset::UTC.to_datetime(timestamp(time_ns))
}

fn timestamp(time_ns: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(time_ns))
        .expect("64 bits of nanoseconds are within jiff's years -9999 to 9999")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NS: i64 = 1_000_000_000;

    #[test]
    fn the_clock_is_as_fine_as_the_pace() {
        let time_ns = 1_374_658_800_123_000_000;
        assert_eq!(clock_text(time_ns, 300.0), "Wed 2013-07-24 09:40");
        assert_eq!(clock_text(time_ns, 1.0), "Wed 2013-07-24 09:40:00");
        assert_eq!(clock_text(time_ns, 0.04), "Wed 2013-07-24 09:40:00.123");
    }

    #[test]
    fn times_have_what_their_reader_needs() {
        let time_ns = 1_374_651_900 * NS;
        assert_eq!(utc(time_ns), "2013-07-24T07:45:00Z");
        assert_eq!(utc_text(time_ns + NS), "2013-07-24 07:45:01 UTC");
        assert_eq!(time_text(time_ns), "2013-07-24 07:45");
        assert_eq!(time_text(time_ns + NS), "2013-07-24 07:45:01");
        assert_eq!(later_time_text(time_ns, time_ns + 300 * NS), "07:50");
        assert_eq!(later_time_text(time_ns, time_ns + 86_400 * NS), "2013-07-25 07:45");
        for far_ns in [i64::MIN, i64::MAX] {
            assert!(!utc(far_ns).is_empty() && !clock_text(far_ns, 1.0).is_empty());
        }
    }
}
