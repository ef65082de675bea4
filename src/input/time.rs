//! Times as people and loggers write them, to integer nanoseconds since 1970.
//!
//! Has every accepted notation, for logs and for the command line alike. Knows no column, no file
//! and no time range. Nothing here goes through floating point: an epoch in `f64` has steps of 238 ns.

use jiff::civil::Time;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use thiserror::Error;

const NS_PER_SEC: i64 = 1_000_000_000;
const SECS_PER_DAY: i64 = 86_400;

/// Digits a fraction of a second may have: more would be cut off without a word.
const MAX_FRACTION_DIGITS: usize = 9;

/// The reason why a text is no time. It is displayed as the text that was expected, to follow the one
/// that was found:
/// ``format!("`--start` is {text:?}; {error}")``.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TimeError {
    /// The text is in no notation of [`parse_time_ns`], or a date or time of day that does not exist.
    #[error(
        "expected an existing date and time such as 2013-07-24 09:40:00 (UTC, or with an offset \
         such as +02:00), or Unix seconds"
    )]
    Unrecognised,
    /// A time, but not one that 64 bits of nanoseconds can hold.
    #[error(
        "expected a time from 1677-09-22 to 2262-04-10, the span of 64-bit nanoseconds (a bare \
         number is Unix seconds, not milliseconds)"
    )]
    OutOfRange,
    /// The text is not written as the format of the log's times says.
    #[error("expected a time as --time-format has it")]
    Format,
}

/// A time as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// With an offset, or as Unix seconds: nanoseconds since 1970-01-01T00:00:00Z.
    Utc(i64),
    /// Without: the same for that date and time of day in UTC.
    Local(i64),
}

impl Moment {
    /// Nanoseconds since 1970-01-01T00:00:00Z, where times without an offset are UTC.
    #[inline]
    pub const fn ns(self) -> i64 {
        match self {
            Self::Utc(ns) | Self::Local(ns) => ns,
        }
    }
}

/// Parses a time to nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Accepted, with blanks around it: `2013-07-24 09:40:05`, the same with `T` for the space; to the
/// minute (`2013-07-24T09:40`) or the day (`2013-07-24`, midnight); up to nine digits of fraction;
/// an offset (`Z`, `+02:00`), without which it is UTC; whatever else of RFC 9557 needs no time zone
/// database (`20130724T094005Z`); `Jul 24, 2013 @ 09:40:05.000`, as Kibana exports it. A bare number, whole or decimal, is Unix seconds and nothing
/// else: `20130724` is a day in 1970. A leap second (`23:59:60`) is read as the second before it.
///
/// # Errors
///
/// [`TimeError::Unrecognised`] for anything else, [`TimeError::OutOfRange`] for times that do not
/// fit an `i64`.
pub fn parse_time_ns(text: &str) -> Result<i64, TimeError> {
    parse_moment(text.as_bytes().trim_ascii()).map(Moment::ns)
}

/// [`parse_time_ns`] for a field that need not be UTF-8, without blanks around it; one that is not is no time.
pub(super) fn parse_moment(bytes: &[u8]) -> Result<Moment, TimeError> {
    if let Some(moment) = parse_civil_ns(bytes) {
        return Ok(moment);
    }
    let text = str::from_utf8(bytes).map_err(|_| TimeError::Unrecognised)?;
    if is_number(bytes) {
        parse_unix_ns(text).map(Moment::Utc)
    } else if let Some(civil) = civil_of_kibana(text) {
        parse_civil_ns(civil.as_bytes()).map_or_else(|| parse_rfc9557(&civil), Ok)
    } else {
        parse_rfc9557(text)
    }
}

/// `May 1, 2024 @ 10:00:00.000`, as Kibana shows and exports times, in the notation of [`parse_civil_ns`].
fn civil_of_kibana(text: &str) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let (date, time) = text.split_once('@')?;
    let (month_day, year) = date.split_once(',')?;
    let (month, day) = month_day.trim().split_once(' ')?;
    let month = month.trim_end_matches('.').to_ascii_lowercase();
    let number = MONTHS
        .iter()
        .position(|name| month.len() >= 3 && name.starts_with(&month))?
        + 1;
    let (day, year, time) = (day.trim(), year.trim(), time.trim());
    Some(format!("{year}-{number:02}-{day:0>2} {time}"))
}

/// `YYYY-MM-DD HH:MM:SS[.fraction][Z]`; `None` for all else, even where it is a time.
#[inline]
pub(super) fn parse_civil_ns(bytes: &[u8]) -> Option<Moment> {
    let (civil, rest) = bytes.split_first_chunk::<19>()?;
    let separators = [civil[4], civil[7], civil[13], civil[16]];
    if separators != *b"--::" || !matches!(civil[10], b' ' | b'T') {
        return None;
    }
    let two = |at: usize| decimal(&civil[at..at + 2]);
    let (year, month, day) = (decimal(&civil[..4])?, two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    // Second 60 is left to jiff, which knows what to do with it.
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (rest, utc) = rest.strip_suffix(b"Z").map_or((rest, false), |rest| (rest, true));
    let fraction_ns = match rest {
        [] => 0,
        [b'.', digits @ ..] => fraction_ns(digits)?,
        _ => return None,
    };
    let secs = days_from_civil(year, month, day) * SECS_PER_DAY + hour * 3600 + minute * 60 + second;
    let ns = secs.checked_mul(NS_PER_SEC)?.checked_add(fraction_ns)?;
    Some(if utc { Moment::Utc(ns) } else { Moment::Local(ns) })
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
///
/// Howard Hinnant's `days_from_civil`, <https://howardhinnant.github.io/date_algorithms.html>: years
/// begin in March, so that the leap day is the last, and 400 of them (an era) have 146,097 days.
#[inline]
pub(super) const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Days in a month from 1 to 12.
pub(super) const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether this is written like a bare number: digits, one point at most, perhaps a minus.
fn is_number(bytes: &[u8]) -> bool {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    digits.first().is_some_and(u8::is_ascii_digit) && digits.iter().all(|&b| b.is_ascii_digit() || b == b'.')
}

/// Unix seconds, whole or decimal: `1372637094`, `1372637094.250`, `-0.5`.
fn parse_unix_ns(text: &str) -> Result<i64, TimeError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, fraction_ns(fraction.as_bytes()).ok_or(TimeError::Unrecognised)?),
        None => (digits, 0),
    };
    // Only digits are left of the point, so the one way to fail is to be too large.
    let secs: i64 = whole.parse().map_err(|_| TimeError::OutOfRange)?;
    let sign = if negative { -1 } else { 1 };
    (sign * secs)
        .checked_mul(NS_PER_SEC)
        .and_then(|ns| ns.checked_add(sign * fraction))
        .ok_or(TimeError::OutOfRange)
}

/// Every other notation: jiff reads the parts, and their meaning is decided here.
fn parse_rfc9557(text: &str) -> Result<Moment, TimeError> {
    let pieces = Pieces::parse(text).map_err(|_| TimeError::Unrecognised)?;
    // `[Europe/Paris]` would need a time zone database, which the sample and CI do without.
    if pieces.time_zone_annotation().is_some() {
        return Err(TimeError::Unrecognised);
    }
    let civil = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
    let offset = pieces.to_numeric_offset();
    let timestamp = offset.unwrap_or(Offset::UTC).to_timestamp(civil);
    let ns = timestamp.map_err(|_| TimeError::OutOfRange)?.as_nanosecond();
    let ns = i64::try_from(ns).map_err(|_| TimeError::OutOfRange)?;
    Ok(offset.map_or(Moment::Local(ns), |_| Moment::Utc(ns)))
}

/// One to nine digits after a decimal point of seconds, in nanoseconds.
fn fraction_ns(digits: &[u8]) -> Option<i64> {
    if digits.len() > MAX_FRACTION_DIGITS {
        return None;
    }
    let missing = u32::try_from(MAX_FRACTION_DIGITS - digits.len()).ok()?;
    Some(decimal(digits)? * 10_i64.pow(missing))
}

/// The number that one to eighteen ASCII digits, and nothing but digits, stand for.
fn decimal(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2013-07-24T09:40:00Z, by `date -u -d 2013-07-24T09:40:00Z +%s`.
    const MORNING_NS: i64 = 1_374_658_800 * NS_PER_SEC;

    #[test]
    fn the_accepted_notations() {
        for (text, expected_ns) in [
            ("2013-07-24 09:40:00", MORNING_NS),
            ("2013-07-24T09:40:00", MORNING_NS),
            ("2013-07-24t09:40:00z", MORNING_NS),
            ("  2013-07-24T09:40:00Z\r", MORNING_NS),
            ("2013-07-24T09:40", MORNING_NS),
            ("2013-07-24 09:40", MORNING_NS),
            ("2013-07-24T09:40Z", MORNING_NS),
            ("20130724T094000Z", MORNING_NS),
            ("2013-07-24T11:40:00+02:00", MORNING_NS),
            ("2013-07-24 11:40+02:00", MORNING_NS),
            ("2013-07-24T04:10:00-0530", MORNING_NS),
            ("2013-07-24T09:40:00-00:00", MORNING_NS),
            ("2013-07-24", MORNING_NS - (9 * 60 + 40) * 60 * NS_PER_SEC),
            ("2013-07-24 09:40:00.5", MORNING_NS + 500_000_000),
            ("Jul 24, 2013 @ 09:40:00.000", MORNING_NS),
            ("July 24, 2013 @ 09:40:00.25", MORNING_NS + 250_000_000),
            ("Jul 4, 2013 @ 09:40:00", MORNING_NS - 20 * SECS_PER_DAY * NS_PER_SEC),
            ("2013-07-24 09:40:00.000000001", MORNING_NS + 1),
            ("2013-07-24T11:40:00.123456789+02:00", MORNING_NS + 123_456_789),
            ("2013-07-24T09:40:00.123Z", MORNING_NS + 123_000_000),
            ("1374658800", MORNING_NS),
            ("1374658800.25", MORNING_NS + 250_000_000),
            ("1374658800.000000001", MORNING_NS + 1),
            ("0", 0),
            ("-1", -NS_PER_SEC),
            ("-0.5", -500_000_000),
            ("1969-12-31 23:59:59.5", -500_000_000),
            ("2012-02-29 00:00:00", 1_330_473_600 * NS_PER_SEC),
            ("2015-06-30 23:59:60", 1_435_708_799 * NS_PER_SEC),
        ] {
            assert_eq!(parse_time_ns(text), Ok(expected_ns), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            " ",
            "-",
            ".",
            ".5",
            "5.",
            "1.2.3",
            "+5",
            "1.37e9",
            "0x10",
            "NaN",
            "yesterday",
            "2013",
            "2013-07",
            "2013-02-29 00:00:00",
            "2013-13-01 00:00:00",
            "2013-00-10 00:00:00",
            "2013-06-31",
            "2013-07-24 24:00:00",
            "2013-07-24 09:60:00",
            "2013-07-24 09:40:00.",
            "2013-07-24 09:40:00.1234567890",
            "2013-07-24 09:40:00+25:00x",
            "2013-07-24 09:40:00 UTC",
            "2013-07-24T09:40:00[Europe/Paris]",
            "2013-07-24T09:40:00+02:00[Europe/Paris]",
            "24/07/2013 09:40",
            "Foo 24, 2013 @ 09:40:00",
            "Ju 24, 2013 @ 09:40:00",
            "Jul 32, 2013 @ 09:40:00",
            "Jul 24 2013 @ 09:40:00",
            "@",
            "1374658800.1234567890",
            "2013-07-24 09:40:00\u{fe0f}",
        ] {
            // "2013" is a bare number, hence seconds; it is in the list to say so.
            let expected = if text == "2013" {
                Ok(2013 * NS_PER_SEC)
            } else {
                Err(TimeError::Unrecognised)
            };
            assert_eq!(parse_time_ns(text), expected, "{text:?}");
        }
        assert_eq!(parse_moment(b"2013-07-24 09:40:0\xff"), Err(TimeError::Unrecognised));
    }

    #[test]
    fn the_span_of_64_bits() {
        for (text, expected) in [
            ("1677-09-21 00:12:43.145224192", Ok(i64::MIN)),
            ("-9223372036.854775808", Ok(i64::MIN)),
            ("2262-04-11T23:47:16.854775807Z", Ok(i64::MAX)),
            ("9223372036.854775807", Ok(i64::MAX)),
            ("1677-09-21 00:12:43.145224191", Err(TimeError::OutOfRange)),
            ("-9223372036.854775809", Err(TimeError::OutOfRange)),
            ("2262-04-11 23:47:16.854775808", Err(TimeError::OutOfRange)),
            ("9223372036.854775808", Err(TimeError::OutOfRange)),
            ("0001-01-01 00:00:00", Err(TimeError::OutOfRange)),
            ("0000-01-01", Err(TimeError::OutOfRange)),
            ("9999-12-31 23:59:59", Err(TimeError::OutOfRange)),
            // Milliseconds, microseconds, and more than an i64 of seconds.
            ("1374658800000", Err(TimeError::OutOfRange)),
            ("1374658800000000", Err(TimeError::OutOfRange)),
            ("99999999999999999999999999", Err(TimeError::OutOfRange)),
            ("-99999999999999999999999999", Err(TimeError::OutOfRange)),
        ] {
            assert_eq!(parse_time_ns(text), expected, "{text:?}");
        }
        assert!(TimeError::OutOfRange.to_string().contains("1677-09-22 to 2262-04-10"));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse_moment(&bytes);
        }

        /// Texts that are nearly times reach deeper than random bytes do.
        #[test]
        fn near_misses_do_not_panic(text in "[-+0-9]{1,5}-?[0-9]{2}-?[0-9]{2}[ T]?[0-9:.,Z+-]{0,24}") {
            let _ = parse_time_ns(&text);
        }

        /// The fast path is compared with jiff over every year that 64 bits hold, and beyond.
        #[test]
        fn the_fast_path_agrees_with_jiff(
            year in 1600..2300_i32, month in 0..14_u32, day in 0..33_u32,
            hour in 0..25_u32, minute in 0..61_u32, second in 0..60_u32,
            suffix in "(\\.[0-9]{1,9})?Z?",
        ) {
            let text =
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{suffix}");
            let slow = parse_rfc9557(&text);
            match parse_civil_ns(text.as_bytes()) {
                Some(fast) => prop_assert_eq!(Ok(fast), slow),
                // The two edges of the span are jiff's: there, the seconds alone may not fit.
                None => prop_assert!(slow.is_err() || year == 1677, "{} is missed", text),
            }
        }

        #[test]
        fn unix_seconds_round_trip(time_ns in any::<i64>()) {
            let (sign, size) = (if time_ns < 0 { "-" } else { "" }, time_ns.unsigned_abs());
            let text = format!("{sign}{}.{:09}", size / 1_000_000_000, size % 1_000_000_000);
            prop_assert_eq!(parse_time_ns(&text), Ok(time_ns));
        }

        #[test]
        fn what_jiff_prints_is_read_back(time_ns in any::<i64>()) {
            let timestamp = jiff::Timestamp::from_nanosecond(i128::from(time_ns)).unwrap();
            prop_assert_eq!(parse_time_ns(&timestamp.to_string()), Ok(time_ns));
        }
    }
}
