//! Times as devices and loggers write them at the beginning of a line, with or without a year and a zone.
//! What an incomplete one means is up to `clock.rs`. Knows no format and no file.

use super::dates::{days_from_civil, days_in_month};

pub(super) const NS_PER_SEC: i64 = 1_000_000_000;
pub(super) const NS_PER_DAY: i64 = 86_400 * NS_PER_SEC;

/// The months as lines name them, in small letters.
const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// A time as a line has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stamp {
    /// There is none.
    #[default]
    None,
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Utc(i64),
    /// A date and a time of day in a zone that is not named: nanoseconds since 1970 as if it were UTC.
    Local(i64),
    /// The same without a year: month and day from 1 on, and nanoseconds since midnight.
    Yearless { month: u8, day: u8, of_day_ns: i64 },
    /// The time of day alone, in nanoseconds since midnight.
    OfDay(i64),
}

/// Reads the time at the beginning of a text; returns it with its length in bytes.
///
/// Known are `Jan  2 10:11:12` with or without a year behind the day or the time, a fraction and a zone;
/// `jan/02/2026 10:11:12`; `2026-01-02T10:11:12.5+01:00` and its relatives; `2026 Jan  2 10:11:12`;
/// `02/Jan/2026:10:11:12 +0100`; `[Fri Jan  2 10:11:12 2026]`; and seconds since 1970, or its thousandths,
/// by their number of digits. A `*` or `.` in front is a router's that was not set to the time.
#[inline]
pub(super) fn read_stamp(text: &[u8]) -> Option<(Stamp, usize)> {
    let (stamp, rest) = match text.first()? {
        b'0'..=b'9' => in_digits(text)?,
        b'*' | b'.' => from_month(&text[1..])?,
        b'[' => {
            let (stamp, rest) = from_month(without_weekday(&text[1..])?)?;
            (stamp, rest.strip_prefix(b"]")?)
        }
        _ => match from_month(text) {
            Some(found) => found,
            None => {
                let text = without_weekday(text)?;
                from_month(text).or_else(|| in_digits(text))?
            }
        },
    };
    Some((stamp, text.len() - rest.len()))
}

/// The time of day at the beginning of a text, in nanoseconds since midnight, and what follows it.
/// A leap second is the second before it.
#[inline]
pub(super) fn of_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let (clock, rest) = text.split_first_chunk::<8>()?;
    if clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (two(clock, 0)?, two(clock, 3)?, two(clock, 6)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction_ns, rest) = fraction(rest);
    let secs = hour * 3600 + minute * 60 + second.min(59);
    Some((secs * NS_PER_SEC + fraction_ns, rest))
}

/// The number of a month, from 1 on.
#[inline]
fn month(text: &[u8]) -> Option<(i64, &[u8])> {
    let (name, rest) = text.split_first_chunk::<3>()?;
    let name = name.map(|byte| byte.to_ascii_lowercase());
    let index = MONTHS.iter().position(|month| **month == name)?;
    Some((index as i64 + 1, rest))
}

#[inline]
fn two(text: &[u8], at: usize) -> Option<i64> {
    let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

/// Digits at the beginning of a text, `most` at most, as a number.
#[inline]
fn number(text: &[u8], most: usize) -> Option<(i64, &[u8])> {
    let length = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let value = text[..length]
        .iter()
        .fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0'));
    (length > 0).then_some((value, &text[length..]))
}

/// The fraction of a second at the beginning of a text, behind a point or a comma; digits beyond nine are
/// cut off.
fn fraction(text: &[u8]) -> (i64, &[u8]) {
    let [b'.' | b',', digits @ ..] = text else {
        return (0, text);
    };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return (0, text);
    }
    let digit = |at: usize| i64::from(digits[..length].get(at).map_or(0, |byte| byte - b'0'));
    let value = (0..9).fold(0, |sum, at| sum * 10 + digit(at));
    (value, &digits[length..])
}

fn blanks(text: &[u8]) -> Option<&[u8]> {
    let count = text.iter().take_while(|byte| **byte == b' ').count();
    (count > 0).then(|| &text[count..])
}

/// A text behind the day of the week, as in `Fri Jan  2`.
fn without_weekday(text: &[u8]) -> Option<&[u8]> {
    let (name, rest) = text.split_first_chunk::<3>()?;
    let known = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"].contains(&name);
    blanks(rest.strip_prefix(b",").unwrap_or(rest)).filter(|_| known)
}

/// A year of four digits that ends here.
fn year(text: &[u8]) -> Option<(i64, &[u8])> {
    let (year, rest) = number(text, 5)?;
    ((1900..2300).contains(&year) && text.len() - rest.len() == 4).then_some((year, rest))
}

/// A date and a time of day that begin with the name of a month.
fn from_month(text: &[u8]) -> Option<(Stamp, &[u8])> {
    let (month, rest) = month(text)?;
    if let Some(rest) = rest.strip_prefix(b"/") {
        let (day, rest) = number(rest, 2)?;
        let found = rest.strip_prefix(b"/").and_then(year);
        let (found, rest) = found.map_or((None, rest), |(year, rest)| (Some(year), rest));
        let (of_day_ns, rest) = of_day(blanks(rest)?)?;
        return Some((stamp(found, month, day, of_day_ns, None)?, rest));
    }
    let (day, rest) = number(blanks(rest)?, 2)?;
    let rest = blanks(rest.strip_prefix(b",").unwrap_or(rest))?;
    let (mut found, rest) = match year(rest) {
        Some((year, rest)) => (Some(year), blanks(rest)?),
        None => (None, rest),
    };
    let (of_day_ns, mut rest) = of_day(rest)?;
    if found.is_none()
        && let Some((year, behind)) = blanks(rest).and_then(year)
        && matches!(behind.first(), None | Some(b' ' | b':' | b']'))
    {
        (found, rest) = (Some(year), behind);
    }
    let (zone_secs, rest) = zone(rest);
    Some((stamp(found, month, day, of_day_ns, zone_secs)?, rest))
}

/// A date and a time of day that begin with a digit, or a number of seconds since 1970.
fn in_digits(text: &[u8]) -> Option<(Stamp, &[u8])> {
    let (first, rest) = number(text, 18)?;
    match (text.len() - rest.len(), rest) {
        (4, [separator @ (b'-' | b'/'), ..]) => {
            let (date, rest) = rest.split_first_chunk::<6>()?;
            let (blank, rest) = rest.split_first()?;
            if date[3] != *separator || !matches!(blank, b'T' | b't' | b' ' | b'\t') {
                return None;
            }
            let (of_day_ns, rest) = of_day(rest)?;
            let (zone_secs, rest) = zone(rest);
            Some((
                stamp(Some(first), two(date, 1)?, two(date, 4)?, of_day_ns, zone_secs)?,
                rest,
            ))
        }
        (4, [b' ', rest @ ..]) => {
            let (month, rest) = month(rest)?;
            let (day, rest) = number(blanks(rest)?, 2)?;
            let (of_day_ns, rest) = of_day(blanks(rest)?)?;
            let (zone_secs, rest) = zone(rest);
            Some((stamp(Some(first), month, day, of_day_ns, zone_secs)?, rest))
        }
        (1 | 2, [b'/', rest @ ..]) => {
            let (month, rest) = month(rest)?;
            let (year, rest) = year(rest.strip_prefix(b"/")?)?;
            let (of_day_ns, rest) = of_day(rest.strip_prefix(b":").or_else(|| blanks(rest))?)?;
            let (zone_secs, rest) = zone(rest);
            Some((stamp(Some(year), month, first, of_day_ns, zone_secs)?, rest))
        }
        (2, [b':', ..]) => {
            let (of_day_ns, rest) = of_day(text)?;
            Some((Stamp::OfDay(of_day_ns), rest))
        }
        (10, rest) => {
            let (fraction_ns, rest) = fraction(rest);
            epoch(first, NS_PER_SEC, fraction_ns, rest)
        }
        (13, rest) => epoch(first, 1_000_000, 0, rest),
        (16, rest) => epoch(first, 1000, 0, rest),
        // The nineteenth digit was left.
        (18, [last @ b'0'..=b'9', rest @ ..]) => epoch(first, 10, i64::from(last - b'0'), rest),
        _ => None,
    }
}

fn epoch(count: i64, unit_ns: i64, more_ns: i64, rest: &[u8]) -> Option<(Stamp, &[u8])> {
    let ends = matches!(rest.first(), None | Some(b' ' | b'\t' | b':' | b'"'));
    let time_ns = count.checked_mul(unit_ns)?.checked_add(more_ns)?;
    ends.then_some((Stamp::Utc(time_ns), rest))
}

/// The zone behind a time, in seconds east of UTC, and what follows it: `Z`, `+01:00`, `GMT+01:00`, `UTC` before a colon
/// or at the end. Another that is known by its letters alone, as in `10:11:12 CET: `, is passed over.
fn zone(text: &[u8]) -> (Option<i64>, &[u8]) {
    match text {
        [b'Z' | b'z', rest @ ..] => return (Some(0), rest),
        [b'+' | b'-', ..] => return offset(text).map_or((None, text), |(secs, rest)| (Some(secs), rest)),
        [b' ', inner @ ..] => {
            if let Some((secs, rest)) = offset(inner) {
                return (Some(secs), rest);
            }
            let length = inner.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
            let (name, rest) = inner.split_at(length);
            let is_utc = name == b"UTC" || name == b"GMT";
            if is_utc && let Some((secs, rest)) = offset(rest) {
                return (Some(secs), rest);
            }
            if (3..=5).contains(&length) && rest.starts_with(b":") || is_utc && rest.is_empty() {
                return (is_utc.then_some(0), rest);
            }
        }
        _ => {}
    }
    (None, text)
}

/// An offset like `+01:00` or `-0530`.
fn offset(text: &[u8]) -> Option<(i64, &[u8])> {
    let (sign, text) = text.split_first()?;
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = text.split_first_chunk::<2>()?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let (minutes, rest) = rest.split_first_chunk::<2>()?;
    let ends = !matches!(rest.first(), Some(b'0'..=b'9' | b'-' | b':'));
    let secs = two(hours, 0)? * 3600 + two(minutes, 0)? * 60;
    ends.then_some((sign * secs, rest))
}

/// The time of a date that exists and 64 bits of nanoseconds can hold.
fn stamp(year: Option<i64>, month: i64, day: i64, of_day_ns: i64, zone_secs: Option<i64>) -> Option<Stamp> {
    let Some(year) = year else {
        // A leap year, since it may be one.
        let exists = (1..=12).contains(&month) && (1..=days_in_month(2000, month)).contains(&day);
        return exists.then_some(Stamp::Yearless {
            month: month as u8,
            day: day as u8,
            of_day_ns,
        });
    };
    let time_ns = date_ns(year, month, day)?.checked_add(of_day_ns)?;
    match zone_secs {
        None => Some(Stamp::Local(time_ns)),
        Some(secs) => Some(Stamp::Utc(time_ns.checked_sub(secs * NS_PER_SEC)?)),
    }
}

/// Nanoseconds from 1970 to a date; none for one that does not exist or is out of range.
#[inline]
pub(super) fn date_ns(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    days_from_civil(year, month, day).checked_mul(NS_PER_DAY)
}

/// The time of a date, a time of day and a zone in fields of their own.
pub(super) fn stamp_of(date: &[u8], time: &[u8], zone: &[u8]) -> Stamp {
    let mut text = [b' '; 48];
    let mut length = 0;
    for part in [date, b" ", time, b" ", zone] {
        let Some(room) = text.get_mut(length..length + part.len()) else {
            return Stamp::None;
        };
        room.copy_from_slice(part);
        length += part.len();
    }
    match (read_stamp(&text[..length]), zone) {
        (Some((Stamp::OfDay(_), _)) | None, _) => Stamp::None,
        // Hours alone, in quotes or not: `tz="-5"` is no offset that a stamp has.
        (Some((Stamp::Local(local_ns), _)), [sign @ (b'+' | b'-'), digits @ ..]) if digits.len() <= 2 => {
            let hours = str::from_utf8(digits)
                .ok()
                .and_then(|digits| digits.parse::<i64>().ok());
            let east_ns = hours.map(|hours| hours * 3600 * NS_PER_SEC * if *sign == b'-' { -1 } else { 1 });
            east_ns.map_or(Stamp::Local(local_ns), |east_ns| Stamp::Utc(local_ns - east_ns))
        }
        (Some((stamp, _)), _) => stamp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-01-02T10:11:12Z, by `date -u -d 2026-01-02T10:11:12Z +%s`.
    const SECS: i64 = 1_767_348_672;
    const NS: i64 = SECS * NS_PER_SEC;
    const HOUR: i64 = 3600 * NS_PER_SEC;

    #[test]
    fn times_as_lines_begin_with_them() {
        let yearless = |of_day_ns| Stamp::Yearless {
            month: 1,
            day: 2,
            of_day_ns: NS % NS_PER_DAY + of_day_ns,
        };
        for (text, expected, rest) in [
            ("Jan  2 10:11:12 host", yearless(0), " host"),
            ("Jan 02 10:11:12.5: x", yearless(500_000_000), ": x"),
            ("*Jan  2 10:11:12.123: x", yearless(123_000_000), ": x"),
            ("jan/02 10:11:12 x", yearless(0), " x"),
            ("jan/02/2026 10:11:12 x", Stamp::Local(NS), " x"),
            ("Jan 02 2026 10:11:12: x", Stamp::Local(NS), ": x"),
            ("Jan  2 10:11:12 2026 x", Stamp::Local(NS), " x"),
            ("Jan 02 2026 10:11:12 UTC: x", Stamp::Utc(NS), ": x"),
            ("Jan 02 2026 10:11:12 GMT", Stamp::Utc(NS), ""),
            ("Jan 02 2026 11:11:12 GMT+01:00 x", Stamp::Utc(NS), " x"),
            ("Jan 02 2026 10:11:12 CET: x", Stamp::Local(NS), ": x"),
            ("Jan 02 2026 10:11:12 CET", Stamp::Local(NS), " CET"),
            ("Jan  2 10:11:12 CET host", yearless(0), " CET host"),
            ("[Fri Jan  2 10:11:12 2026] x", Stamp::Local(NS), " x"),
            ("Fri 2026-01-02 10:11:12 x", Stamp::Local(NS), " x"),
            ("Fri, Jan 2 2026 10:11:12 x", Stamp::Local(NS), " x"),
            ("2026 Jan  2 10:11:12 x", Stamp::Local(NS), " x"),
            ("2026-01-02 10:11:12 x", Stamp::Local(NS), " x"),
            ("2026/01/02 10:11:12.25 x", Stamp::Local(NS + 250_000_000), " x"),
            ("2026-01-02T11:11:12+01:00 x", Stamp::Utc(NS), " x"),
            ("2026-01-02T04:41:12-0530 x", Stamp::Utc(NS), " x"),
            ("2026-01-02T10:11:12,123456Z x", Stamp::Utc(NS + 123_456_000), " x"),
            ("2026-01-02 10:11:12 +0000 x", Stamp::Utc(NS), " x"),
            ("02/Jan/2026:09:11:12 -0100 x", Stamp::Utc(NS), " x"),
            ("1767348672 x", Stamp::Utc(NS), " x"),
            ("1767348672.5 x", Stamp::Utc(NS + 500_000_000), " x"),
            ("1767348672123", Stamp::Utc(NS + 123_000_000), ""),
            ("1767348672000001 x", Stamp::Utc(NS + 1000), " x"),
            ("1767348672000000001 x", Stamp::Utc(NS + 1), " x"),
            ("10:11:12.000000001 IP", Stamp::OfDay(NS % NS_PER_DAY + 1), " IP"),
            (
                "2026-01-02T23:59:60Z",
                Stamp::Utc(NS + 13 * HOUR + 48 * 60 * NS_PER_SEC + 47 * NS_PER_SEC),
                "",
            ),
        ] {
            let (stamp, length) = read_stamp(text.as_bytes()).unwrap_or_default();
            assert_eq!((stamp, &text[length..]), (expected, rest), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "J",
            "Jan",
            "Jan  2",
            "Jan  2 10:11",
            "Jan 32 10:11:12",
            "Jon  2 10:11:12",
            "Feb 30 10:11:12",
            "Jan  2 24:11:12",
            "2025-02-29 10:11:12",
            "2026-13-02 10:11:12",
            "0001-01-01T00:00:00Z",
            "9999-12-31T00:00:00Z",
            "2026-01-02",
            "2026-01/02 10:11:12",
            "12345",
            "12345678901",
            "17673486721234567890123",
            "1767348672abc",
            "[12345.678901] x",
            "[Fri Jan  2 10:11:12 2026 x",
        ] {
            assert_eq!(read_stamp(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn dates_and_zones_of_their_own() {
        let local = read_stamp(b"2026-01-02 10:11:12").unwrap().0;
        for (zone, expected) in [
            ("", local),
            ("CET", local),
            ("+0000", Stamp::Utc(1_767_348_672_000_000_000)),
            ("+1", Stamp::Utc(1_767_345_072_000_000_000)),
            ("-05", Stamp::Utc(1_767_366_672_000_000_000)),
        ] {
            assert_eq!(
                stamp_of(b"2026-01-02", b"10:11:12", zone.as_bytes()),
                expected,
                "{zone}"
            );
        }
        assert_eq!(stamp_of(b"", b"10:11:12", b""), Stamp::None);
        assert_eq!(stamp_of(&[b'2'; 60], b"10:11:12", b""), Stamp::None);
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = read_stamp(&bytes);
        }

        #[test]
        fn near_misses_do_not_panic(text in "[*.\\[]?(Fri )?([0-9]{1,20}|Jan|2026)[-/ ]{0,2}([0-9]{1,4}|Jan)[-/ T]?[0-9:., UTCZ+-]{0,30}") {
            if let Some((_, length)) = read_stamp(text.as_bytes()) {
                prop_assert!(length <= text.len());
            }
        }
    }
}
