//! Times as people and loggers write them, to integer nanoseconds since 1970.
//!
//! Has every accepted notation, for logs and for the command line alike. Knows no column, no file
//! and no time range. Nothing here goes through floating point: an epoch in `f64` has steps of 238 ns.

use jiff::Zoned;
use jiff::civil::Time;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use thiserror::Error;

use super::dates::{
    DayOrder, Offset as WrittenOffset, days_from_civil, days_in_month, decimal, fraction_ns, parse_written,
};

const NS_PER_SEC: i64 = 1_000_000_000;
const SECS_PER_DAY: i64 = 86_400;

/// Days from Excel's day 0 to 1970-01-01: as from 1899-12-30, for all days since March 1900.
const EXCEL_EPOCH_DAYS: i64 = 25_569;

/// The reason why a text is no time. It is displayed as the text that was expected, to follow the one
/// that was found:
/// ``format!("`--start` is {text:?}; {error}")``.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TimeError {
    /// The text is in no notation that is known, or a date or time of day that does not exist.
    #[error(
        "expected an existing date and time such as 2013-07-24 09:40:00 (UTC, or with an offset \
         such as +02:00), or Unix seconds"
    )]
    Unrecognised,
    /// A time, but not one that 64 bits of nanoseconds can hold.
    #[error("expected a time from 1677-09-22 to 2262-04-10, the span of 64-bit nanoseconds")]
    OutOfRange,
    /// A number of seconds that 64 bits of nanoseconds cannot hold, where numbers are always seconds.
    #[error("expected Unix seconds, which have 10 digits (13 are milliseconds)")]
    NotSeconds,
    /// A time whose zone is named by an abbreviation.
    #[error("expected an offset such as +02:00, or UTC; say by --timezone what this abbreviation stands for")]
    Abbreviation,
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
    /// With an abbreviation for its zone, such as `CEST`: as without.
    Abbreviated(i64),
}

/// How numbers and dates of figures are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Notation {
    pub numbers: Numbers,
    pub days: DayOrder,
}

/// What a bare number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Unix seconds.
    Secs,
    /// Unix seconds, milliseconds, microseconds or nanoseconds, by their size, or a date and time of day in
    /// 14 digits.
    BySize,
    /// Days since 1899-12-30, as Excel counts them.
    ExcelDays,
}

impl Notation {
    /// The notations of the command line.
    const TYPED: Self = Self {
        numbers: Numbers::Secs,
        days: DayOrder::Sure,
    };

    /// Those of logs, as far as nothing is known of one.
    pub const OF_LOGS: Self = Self {
        numbers: Numbers::BySize,
        days: DayOrder::Sure,
    };
}

impl Moment {
    /// Nanoseconds since 1970-01-01T00:00:00Z, where times without an offset are UTC.
    #[inline]
    pub const fn in_utc(self) -> Result<i64, TimeError> {
        match self {
            Self::Utc(ns) | Self::Local(ns) => Ok(ns),
            Self::Abbreviated(_) => Err(TimeError::Abbreviation),
        }
    }
}

/// Parses a time to nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Accepted, with blanks around it: `2013-07-24 09:40:05`, the same with `T` for the space; to the
/// minute (`2013-07-24T09:40`) or the day (`2013-07-24`, midnight); up to nine digits of fraction;
/// an offset (`Z`, `+02:00`), without which it is UTC; whatever else RFC 9557 has (`20130724T094005Z`,
/// `2013-07-24T11:40:05[Europe/Paris]`); dates with slashes, points and names of months, clocks of twelve hours and
/// the notations of mails and web servers, as long as there is one way to read them (`24/07/2013`, not
/// `03/04/2013`). A bare number, whole or decimal, is Unix seconds and nothing else: `20130724` is a day in 1970.
/// A leap second (`23:59:60`) is read as the second before it.
///
/// # Errors
///
/// [`TimeError::Unrecognised`] for anything else, [`TimeError::OutOfRange`] for times that do not
/// fit an `i64`.
pub fn parse_time_ns(text: &str) -> Result<i64, TimeError> {
    parse_moment(text.as_bytes().trim_ascii(), Notation::TYPED)?.in_utc()
}

/// Parses a field that need not be UTF-8, without blanks around it; one that is not is no time.
pub(super) fn parse_moment(bytes: &[u8], notation: Notation) -> Result<Moment, TimeError> {
    if let Some(moment) = parse_civil_ns(bytes) {
        return Ok(moment);
    }
    if is_number(bytes) || notation.numbers == Numbers::ExcelDays && is_decimal(bytes) {
        return match notation.numbers {
            Numbers::Secs => parse_unix_ns(bytes, 1).map_err(|error| match error {
                TimeError::OutOfRange => TimeError::NotSeconds,
                error => error,
            }),
            Numbers::BySize => parse_by_size(bytes),
            Numbers::ExcelDays => parse_excel_ns(bytes),
        };
    }
    if let Some(written) = parse_written(bytes, notation.days) {
        let ns = written.civil_ns;
        return Ok(match written.offset {
            WrittenOffset::None => Moment::Local(ns),
            WrittenOffset::Secs(secs) => Moment::Utc(ns.checked_sub(secs * NS_PER_SEC).ok_or(TimeError::OutOfRange)?),
            WrittenOffset::Abbreviation => Moment::Abbreviated(ns),
        });
    }
    parse_rfc9557(str::from_utf8(bytes).map_err(|_| TimeError::Unrecognised)?)
}

/// `YYYY-MM-DD HH:MM:SS[.fraction]`, perhaps with `Z` or an offset like `+02:00` or `+0200`; `None` for all else,
/// even where it is a time.
#[inline]
pub(super) fn parse_civil_ns(bytes: &[u8]) -> Option<Moment> {
    let (civil, rest) = bytes.split_first_chunk::<19>()?;
    let date = pairs(*civil.first_chunk()?, DATE)?;
    let time = pairs(*civil.last_chunk()?, CLOCK)?;
    let day = [civil[8], civil[9]].map(|digit| digit.wrapping_sub(b'0'));
    if day[0] > 9 || day[1] > 9 || !matches!(civil[10], b' ' | b'T') {
        return None;
    }
    let two = |pairs: u64, at: u32| (pairs >> (8 * at) & 0xff) as i64;
    let date = (
        two(date, 0) * 100 + two(date, 2),
        two(date, 5),
        i64::from(day[0]) * 10 + i64::from(day[1]),
    );
    let (rest, offset_secs) = match rest {
        [rest @ .., b'Z'] => (rest, Some(0)),
        [rest @ .., sign @ (b'+' | b'-'), h, hh, b':', m, mm] | [rest @ .., sign @ (b'+' | b'-'), h, hh, m, mm] => {
            let (hours, minutes) = (decimal(&[*h, *hh])?, decimal(&[*m, *mm])?);
            // Whatever lies beyond is left to jiff, too.
            let secs = (hours < 24 && minutes < 60).then_some(hours * 3600 + minutes * 60)?;
            (rest, Some(if *sign == b'-' { -secs } else { secs }))
        }
        rest => (rest, None),
    };
    let fraction_ns = match rest {
        [] => 0,
        [b'.', digits @ ..] => fraction_ns(digits)?,
        _ => return None,
    };
    let ns = civil_ns(date, (two(time, 0), two(time, 3), two(time, 6)), fraction_ns)?;
    Some(match offset_secs {
        Some(secs) => Moment::Utc(ns.checked_sub(secs * NS_PER_SEC)?),
        None => Moment::Local(ns),
    })
}

/// How a date begins, a time of day, and digits of a number: zeros stand for digits.
const DATE: [u8; 8] = *b"0000-00-";
const CLOCK: [u8; 8] = *b"00:00:00";
const NUMBER: [u8; 8] = *b"00000000";

/// Eight bytes that are written like `form`, all at once: each digit's byte becomes the number of two digits that
/// begins there, the first byte the lowest. `None` where they are written otherwise.
#[inline]
fn pairs(text: [u8; 8], form: [u8; 8]) -> Option<u64> {
    // Digits are 0 to 9 by this, and signs 0.
    let digits = u64::from_le_bytes(text) ^ u64::from_le_bytes(form);
    // What has to be added to more than that for the highest bit of its byte to be set.
    let limits = u64::from_le_bytes(form.map(|sign| if sign == b'0' { 0x76 } else { 0x7f }));
    let is_wrong = (digits.wrapping_add(limits) | digits) & 0x8080_8080_8080_8080 != 0;
    (!is_wrong).then(|| digits.wrapping_mul(10).wrapping_add(digits >> 8))
}

/// Nanoseconds from 1970-01-01 to a date and a time of day, if they exist.
#[inline]
fn civil_ns(
    (year, month, day): (i64, i64, i64),
    (hour, minute, second): (i64, i64, i64),
    fraction_ns: i64,
) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    // Second 60 is left to jiff, which knows what to do with it.
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let secs = days_from_civil(year, month, day) * SECS_PER_DAY + hour * 3600 + minute * 60 + second;
    secs.checked_mul(NS_PER_SEC)?.checked_add(fraction_ns)
}

/// Whether this is written like a bare number: digits, one point at most, perhaps a minus.
pub(super) fn is_number(bytes: &[u8]) -> bool {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    digits.first().is_some_and(u8::is_ascii_digit) && digits.iter().all(|&b| b.is_ascii_digit() || b == b'.')
}

/// Unix seconds of ten digits, with or without a fraction: most numbers in logs are. None for all else.
#[inline]
pub(super) fn parse_secs_ns(bytes: &[u8]) -> Option<i64> {
    let (whole, rest) = bytes.split_first_chunk::<10>()?;
    let (head, last) = (
        pairs(*whole.first_chunk()?, NUMBER)?,
        pairs(*whole.last_chunk()?, NUMBER)?,
    );
    let two = |pairs: u64, at: u32| (pairs >> (8 * at) & 0xff) as i64;
    let head = ((two(head, 0) * 100 + two(head, 2)) * 100 + two(head, 4)) * 100 + two(head, 6);
    let secs = head * 100 + two(last, 6);
    let fraction_ns = match rest {
        [] => 0,
        [b'.', digits @ ..] => fraction_ns(digits)?,
        _ => return None,
    };
    secs.checked_mul(NS_PER_SEC)?.checked_add(fraction_ns)
}

/// A time since 1970 in units of which a second has so many, whole or decimal: `1372637094`,
/// `1372637094.250`, `-0.5`.
fn parse_unix_ns(digits: &[u8], per_sec: i64) -> Result<Moment, TimeError> {
    let (sign, digits) = match digits.strip_prefix(b"-") {
        Some(digits) => (-1, digits),
        None => (1, digits),
    };
    let (whole, fraction) = split_at_point(digits);
    let unit_ns = NS_PER_SEC / per_sec;
    let fraction_ns = match fraction {
        Some(fraction) => fraction_ns(fraction).ok_or(TimeError::Unrecognised)? / per_sec,
        None => 0,
    };
    // Only digits are left of the point, so the one way to fail is to be too large.
    let whole = str::from_utf8(whole).ok().and_then(|whole| whole.parse::<i64>().ok());
    let whole = whole.ok_or(TimeError::OutOfRange)?;
    let whole_ns = (sign * whole).checked_mul(unit_ns);
    let ns = whole_ns.and_then(|ns| ns.checked_add(sign * fraction_ns));
    Ok(Moment::Utc(ns.ok_or(TimeError::OutOfRange)?))
}

/// A time since 1970 in the unit that its size tells: seconds have 10 digits since 2001, milliseconds 13 and so on.
fn parse_by_size(digits: &[u8]) -> Result<Moment, TimeError> {
    let (whole, fraction) = split_at_point(digits.strip_prefix(b"-").unwrap_or(digits));
    if let (Some(moment), None) = (parse_compact(digits), fraction) {
        return Ok(moment);
    }
    let zeros = whole.iter().take_while(|byte| **byte == b'0').count();
    let per_sec = match whole.len() - zeros {
        ..=11 => 1,
        12..=14 => 1_000,
        15..=17 => 1_000_000,
        _ => NS_PER_SEC,
    };
    parse_unix_ns(digits, per_sec)
}

/// `20130724094005`, a date and a time of day in 14 digits, of the years 1900 to 2099.
fn parse_compact(digits: &[u8]) -> Option<Moment> {
    let digits: &[u8; 14] = digits.try_into().ok()?;
    let two = |at: usize| decimal(&digits[at..at + 2]);
    let year = decimal(&digits[..4]).filter(|year| (1900..2100).contains(year))?;
    civil_ns((year, two(4)?, two(6)?), (two(8)?, two(10)?, two(12)?), 0).map(Moment::Local)
}

/// Days since 1899-12-30, whole or decimal: `41479.40278`.
fn parse_excel_ns(digits: &[u8]) -> Result<Moment, TimeError> {
    let (whole, fraction) = split_at_point(digits);
    let days = decimal(whole)
        .filter(|days| *days < 1_000_000)
        .ok_or(TimeError::OutOfRange)?;
    let fraction = fraction.unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return Err(TimeError::Unrecognised);
    }
    // Fifteen digits are what a spreadsheet keeps of a number, and its times are of milliseconds.
    let fraction = &fraction[..fraction.len().min(15)];
    let part = decimal(fraction).unwrap_or(0);
    let parts = 10_i128.pow(fraction.len() as u32);
    let of_day_ms = (i128::from(part) * i128::from(SECS_PER_DAY) * 1_000 + parts / 2) / parts;
    let ns = i128::from(days - EXCEL_EPOCH_DAYS) * i128::from(SECS_PER_DAY * NS_PER_SEC) + of_day_ms * 1_000_000;
    i64::try_from(ns).map(Moment::Local).map_err(|_| TimeError::OutOfRange)
}

/// Whether a text is a number with a comma before its fraction, as many languages write it.
pub(super) fn is_decimal(bytes: &[u8]) -> bool {
    let mut parts = bytes.split(|byte| *byte == b',');
    let mut is_part = || {
        let part = parts.next();
        part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
    };
    is_part() && is_part() && parts.next().is_none()
}

/// What stands before a point, and behind it.
fn split_at_point(digits: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr2(b'.', b',', digits) {
        Some(point) => (&digits[..point], Some(&digits[point + 1..])),
        None => (digits, None),
    }
}

/// Every other notation: jiff reads the parts, and their meaning is decided here.
fn parse_rfc9557(text: &str) -> Result<Moment, TimeError> {
    let pieces = Pieces::parse(text).map_err(|_| TimeError::Unrecognised)?;
    if pieces.time_zone_annotation().is_some() {
        let zoned: Zoned = text.parse().map_err(|_| TimeError::Unrecognised)?;
        let ns = i64::try_from(zoned.timestamp().as_nanosecond());
        return ns.map(Moment::Utc).map_err(|_| TimeError::OutOfRange);
    }
    let civil = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
    let offset = pieces.to_numeric_offset();
    let timestamp = offset.unwrap_or(Offset::UTC).to_timestamp(civil);
    let ns = timestamp.map_err(|_| TimeError::OutOfRange)?.as_nanosecond();
    let ns = i64::try_from(ns).map_err(|_| TimeError::OutOfRange)?;
    Ok(offset.map_or(Moment::Local(ns), |_| Moment::Utc(ns)))
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
            ("2013-07-24 09:40:00 UTC", MORNING_NS),
            ("24/07/2013 09:40", MORNING_NS),
            ("2013-07-24T11:40:00[Europe/Paris]", MORNING_NS),
            ("2013-07-24T11:40:00+02:00[Europe/Paris]", MORNING_NS),
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
            "2013-07-24 09:40:00 noon",
            "2013-07-24T09:40:00[Europe/Atlantis]",
            "2013-07-24T09:40:00+05:00[Europe/Paris]",
            "03/04/2013 09:40",
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
        let bytes = b"2013-07-24 09:40:0\xff";
        assert_eq!(parse_moment(bytes, Notation::OF_LOGS), Err(TimeError::Unrecognised));
        let abbreviated = "2013-07-24 09:40:00 CEST";
        assert_eq!(parse_time_ns(abbreviated), Err(TimeError::Abbreviation));
        let moment = parse_moment(abbreviated.as_bytes(), Notation::OF_LOGS);
        assert_eq!(moment, Ok(Moment::Abbreviated(MORNING_NS)));
    }

    #[test]
    fn numbers_in_logs_are_what_their_size_tells() {
        let read = |text: &str, numbers| {
            let notation = Notation {
                numbers,
                ..Notation::OF_LOGS
            };
            parse_moment(text.as_bytes(), notation)
        };
        let midnight_ns = MORNING_NS - (9 * 60 + 40) * 60 * NS_PER_SEC;
        for (text, expected) in [
            ("1374658800", Moment::Utc(MORNING_NS)),
            ("1374658800.25", Moment::Utc(MORNING_NS + 250_000_000)),
            ("1374658800000", Moment::Utc(MORNING_NS)),
            ("1374658800000.5", Moment::Utc(MORNING_NS + 500_000)),
            ("1374658800123456", Moment::Utc(MORNING_NS + 123_456_000)),
            ("1374658800123456.7", Moment::Utc(MORNING_NS + 123_456_700)),
            ("1374658800123456789", Moment::Utc(MORNING_NS + 123_456_789)),
            ("-1374658800000", Moment::Utc(-MORNING_NS)),
            ("0000000000000005", Moment::Utc(5 * NS_PER_SEC)),
            ("20130724094000", Moment::Local(MORNING_NS)),
        ] {
            assert_eq!(read(text, Numbers::BySize), Ok(expected), "{text}");
        }
        // No date, and milliseconds of the year 2607.
        for text in ["20130732094000", "99999999999999999999"] {
            assert_eq!(read(text, Numbers::BySize), Err(TimeError::OutOfRange), "{text}");
        }
        for (text, expected) in [
            ("41479", Ok(Moment::Local(midnight_ns))),
            ("41479.402777777781", Ok(Moment::Local(MORNING_NS))),
            (
                "41479.5",
                Ok(Moment::Local(midnight_ns + SECS_PER_DAY / 2 * NS_PER_SEC)),
            ),
            ("41479.", Ok(Moment::Local(midnight_ns))),
            ("1374658800", Err(TimeError::OutOfRange)),
            ("-5", Err(TimeError::OutOfRange)),
            ("41479.4.5", Err(TimeError::Unrecognised)),
        ] {
            assert_eq!(read(text, Numbers::ExcelDays), expected, "{text}");
        }
    }

    #[test]
    fn the_span_of_64_bits() {
        for (text, expected) in [
            ("1677-09-21 00:12:43.145224192", Ok(i64::MIN)),
            ("-9223372036.854775808", Ok(i64::MIN)),
            ("2262-04-11T23:47:16.854775807Z", Ok(i64::MAX)),
            ("9223372036.854775807", Ok(i64::MAX)),
            ("1677-09-21 00:12:43.145224191", Err(TimeError::OutOfRange)),
            ("-9223372036.854775809", Err(TimeError::NotSeconds)),
            ("2262-04-11 23:47:16.854775808", Err(TimeError::OutOfRange)),
            ("9223372036.854775808", Err(TimeError::NotSeconds)),
            ("0001-01-01 00:00:00", Err(TimeError::OutOfRange)),
            ("0000-01-01", Err(TimeError::OutOfRange)),
            ("9999-12-31 23:59:59", Err(TimeError::OutOfRange)),
            // Milliseconds, microseconds, and more than an i64 of seconds.
            ("1374658800000", Err(TimeError::NotSeconds)),
            ("1374658800000000", Err(TimeError::NotSeconds)),
            ("99999999999999999999999999", Err(TimeError::NotSeconds)),
            ("-99999999999999999999999999", Err(TimeError::NotSeconds)),
        ] {
            assert_eq!(parse_time_ns(text), expected, "{text:?}");
        }
        assert!(TimeError::OutOfRange.to_string().contains("1677-09-22 to 2262-04-10"));
    }

    #[test]
    fn other_bytes_are_no_digits() {
        let (date, number) = (*b"2013-07-24 09:40:05", *b"1372637094");
        for (at, byte) in (0..19).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
            let mut text = date;
            text[at] = byte;
            let is_form = match date[at] {
                b' ' => matches!(byte, b' ' | b'T'),
                sign @ (b'-' | b':') => byte == sign,
                _ => byte.is_ascii_digit(),
            };
            assert!(is_form || parse_civil_ns(&text).is_none(), "{byte} at {at}");
            let mut text = number;
            let Some(place) = text.get_mut(at) else { continue };
            *place = byte;
            // 9,372,637,094 s are more nanoseconds than 63 bits hold.
            let fits = (at, byte) != (0, b'9');
            assert_eq!(
                parse_secs_ns(&text).is_some(),
                byte.is_ascii_digit() && fits,
                "{byte} at {at}"
            );
        }
    }

    proptest! {
        #[test]
        fn epochs_are_what_their_digits_are(text in "[0-9]{9,11}(\\.[0-9]{0,10})?") {
            let expected = parse_unix_ns(text.as_bytes(), 1);
            match parse_secs_ns(text.as_bytes()) {
                Some(ns) => prop_assert_eq!(Ok(Moment::Utc(ns)), expected),
                None => prop_assert!(text.split('.').next().map(str::len) != Some(10) || expected.is_err(), "{}", text),
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            for numbers in [Numbers::Secs, Numbers::BySize, Numbers::ExcelDays] {
                let _ = parse_moment(&bytes, Notation { numbers, ..Notation::OF_LOGS });
            }
        }

        /// Texts that are nearly times reach deeper than random bytes do.
        #[test]
        fn near_misses_do_not_panic(text in "[-+0-9]{1,5}-?[0-9]{2}-?[0-9]{2}[ T]?[0-9:.,Z+-]{0,24}") {
            let _ = parse_time_ns(&text);
        }

        /// The other fast path is compared with the slow one.
        #[test]
        fn seconds_of_ten_digits_are_those_of_any(text in "[0-9]{8,12}(\\.[0-9]{0,10})?") {
            if let Some(fast) = parse_secs_ns(text.as_bytes()) {
                prop_assert_eq!(parse_moment(text.as_bytes(), Notation::OF_LOGS), Ok(Moment::Utc(fast)));
            } else {
                prop_assert!(text.split('.').next().map(str::len) != Some(10) || parse_time_ns(&text).is_err());
            }
        }

        /// The fast path is compared with jiff over every year that 64 bits hold, and beyond.
        #[test]
        fn the_fast_path_agrees_with_jiff(
            year in 1600..2300_i32, month in 0..14_u32, day in 0..33_u32,
            hour in 0..25_u32, minute in 0..61_u32, second in 0..60_u32,
            suffix in "(\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?",
        ) {
            let text =
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{suffix}");
            let slow = parse_rfc9557(&text);
            match parse_civil_ns(text.as_bytes()) {
                Some(fast) => prop_assert_eq!(Ok(fast), slow),
                // The two edges of the span are jiff's: there, the seconds alone may not fit.
                None => prop_assert!(slow.is_err() || year == 1677 || year == 2262, "{} is missed", text),
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
