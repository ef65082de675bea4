//! Dates and times of day as people and programs write them, in words or in figures of any order, and the
//! arithmetic of the calendar. Knows no number of seconds and no time zone but an offset.
//!
//! Nothing here goes through floating point.

const NS_PER_SEC: i64 = 1_000_000_000;
const SECS_PER_DAY: i64 = 86_400;

/// Digits a fraction of a second may have: more would be cut off without a word.
const MAX_FRACTION_DIGITS: usize = 9;

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

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Which of the two numbers before a year is the day, in dates like `03/04/2013`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DayOrder {
    /// Only dates that can be read in one way are read.
    #[default]
    Sure,
    DayFirst,
    MonthFirst,
}

/// What follows a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offset {
    None,
    /// Seconds east of UTC.
    Secs(i64),
    /// An abbreviation like `CEST`, of which there is no list that holds everywhere.
    Abbreviation,
}

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Nanoseconds from 1970-01-01 to that date and time of day.
    pub civil_ns: i64,
    pub offset: Offset,
}

/// Reads a date and a time of day: `2013/07/24 09:40:05,123`, `24.07.2013 09:40`, `7/24/13 9:40:05 AM`,
/// `24/Jul/2013:09:40:05 +0200` (Apache), `Jul 24, 2013 @ 09:40:05.000` (Kibana), `Wed, 24 Jul 2013
/// 09:40:05 GMT` (RFC 2822), `Wed Jul 24 09:40:05 UTC 2013` (date), and what else is made of these parts.
/// None for all else, and for dates and times of day that do not exist.
///
/// Dates of figures with points have the day first, others as `order` says where both would do. A year of two digits
/// is of 1970 to 2069.
pub(super) fn parse_written(text: &[u8], order: DayOrder) -> Option<Written> {
    let text = match text {
        [b'[', inner @ .., b']'] => inner,
        _ => text,
    };
    let mut parts = Parts { rest: text };
    let mut date = parts.date(order)?;
    let mut written = Time::default();
    if !parts.rest.is_empty() {
        parts.between();
        written = parts.time()?;
        parts.blanks();
        if date.year.is_none() && !parts.rest.is_empty() {
            date.year = Some(parts.year()?);
        }
    }
    let year = date.year?;
    if !parts.rest.is_empty() || !(1..=days_in_month(year, date.month)).contains(&date.day) {
        return None;
    }
    let secs = days_from_civil(year, date.month, date.day) * SECS_PER_DAY + written.secs;
    let civil_ns = secs.checked_mul(NS_PER_SEC)?.checked_add(written.fraction_ns)?;
    Some(Written {
        civil_ns,
        offset: written.offset,
    })
}

/// The two numbers before the year of a date in figures that may be read in two ways by its signs:
/// `03/04/2013`. None for other dates.
pub(super) fn numbers_before_year(text: &[u8]) -> Option<(i64, i64)> {
    let mut parts = Parts { rest: text };
    let (first, sign, second, third) = parts.figures()?;
    (sign != b'.' && first.1 <= 2 && matches!(third.1, 2 | 4)).then_some((first.0, second.0))
}

/// A date whose month is one.
struct Date {
    year: Option<i64>,
    month: i64,
    day: i64,
}

/// A time of day, and its offset.
struct Time {
    secs: i64,
    fraction_ns: i64,
    offset: Offset,
}

impl Default for Time {
    fn default() -> Self {
        Self {
            secs: 0,
            fraction_ns: 0,
            offset: Offset::None,
        }
    }
}

/// A number, and how many digits it has.
type Number = (i64, usize);

/// A text from whose front parts are taken.
struct Parts<'a> {
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Takes a sign, if it comes next.
    fn sign(&mut self, signs: &[u8]) -> Option<u8> {
        let first = *self.rest.first()?;
        if !signs.contains(&first) {
            return None;
        }
        self.rest = &self.rest[1..];
        Some(first)
    }

    /// A number of one to four digits.
    fn number(&mut self) -> Option<Number> {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(length);
        if !(1..=4).contains(&length) {
            return None;
        }
        self.rest = rest;
        Some((decimal(digits)?, length))
    }

    /// A word of letters, at least one.
    fn word(&mut self) -> Option<&'a [u8]> {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        (length > 0).then_some(word)
    }

    /// A year of four digits, or of two.
    fn year(&mut self) -> Option<i64> {
        let (number, digits) = self.number()?;
        year_of(number, digits)
    }

    /// The name of a month, or its first letters, with or without a point; its number from 1.
    fn month(&mut self) -> Option<i64> {
        let month = index_of(self.word()?, &MONTHS)? + 1;
        self.sign(b".");
        Some(month as i64)
    }

    /// Three numbers with the same sign between them: the first, the sign, and the others.
    fn figures(&mut self) -> Option<(Number, u8, Number, Number)> {
        let first = self.number()?;
        let sign = self.sign(b"/.-")?;
        let second = self.number()?;
        self.sign(&[sign])?;
        Some((first, sign, second, self.number()?))
    }

    fn date(&mut self, order: DayOrder) -> Option<Date> {
        if self.rest.first()?.is_ascii_alphabetic() {
            let before = self.rest;
            let word = self.word()?;
            if index_of(word, &WEEKDAYS).is_some() {
                self.sign(b".");
                self.sign(b",");
                self.blanks();
                return self.date_without_weekday(order);
            }
            self.rest = before;
        }
        self.date_without_weekday(order)
    }

    fn date_without_weekday(&mut self, order: DayOrder) -> Option<Date> {
        if self.rest.first()?.is_ascii_alphabetic() {
            // Jul 24, 2013; Jul 24 09:40:05 2013
            let month = self.month()?;
            self.blanks();
            let (day, ..=2) = self.number()? else { return None };
            let before = self.rest;
            self.sign(b",");
            self.blanks();
            let year = match self.number() {
                Some((year, 4)) if self.rest.first() != Some(&b':') => Some(year),
                _ => {
                    self.rest = before;
                    None
                }
            };
            return Some(Date { year, month, day });
        }
        let before = self.rest;
        if let Some((first, sign, second, third)) = self.figures() {
            let (year, month, day) = match (first, third) {
                ((year, 4), (day, ..=2)) => (year, second.0, day),
                ((first, ..=2), (year, digits)) => {
                    let year = year_of(year, digits)?;
                    let second = second.0;
                    match order {
                        _ if sign == b'.' => (year, second, first),
                        DayOrder::DayFirst => (year, second, first),
                        DayOrder::MonthFirst => (year, first, second),
                        DayOrder::Sure if first > 12 || first == second => (year, second, first),
                        DayOrder::Sure if second > 12 => (year, first, second),
                        DayOrder::Sure => return None,
                    }
                }
                _ => return None,
            };
            return ((1..=12).contains(&month) && second.1 <= 2).then_some(Date {
                year: Some(year),
                month,
                day,
            });
        }
        self.rest = before;
        // 24/Jul/2013, 24-Jul-13, 24 Jul 2013, 2013-Jul-24
        let first = self.number()?;
        let sign = self.sign(b"/.- ")?;
        self.blanks();
        let month = self.month()?;
        self.sign(&[sign]).or_else(|| self.sign(b" "));
        self.blanks();
        let third = self.number()?;
        let (year, day) = match (first, third) {
            ((year, 4), (day, ..=2)) => (year, day),
            ((day, ..=2), (year, digits)) => (year_of(year, digits)?, day),
            _ => return None,
        };
        Some(Date {
            year: Some(year),
            month,
            day,
        })
    }

    /// What may stand between a date and a time of day.
    fn between(&mut self) {
        self.sign(b",");
        let blanks = self.rest.len();
        self.blanks();
        if blanks == self.rest.len() {
            // Right behind the date.
            self.sign(b"T:t");
        } else {
            self.sign(b"@");
            self.blanks();
        }
    }

    /// `09:40:05.123 AM +0200`, of which minutes at least have to be there.
    fn time(&mut self) -> Option<Time> {
        let (mut hour, ..=2) = self.number()? else { return None };
        self.sign(b":")?;
        let (minute, 2) = self.number()? else { return None };
        let mut second = 0;
        let mut fraction = 0;
        if self.sign(b":").is_some() {
            let (found, 2) = self.number()? else { return None };
            second = found;
            if self.sign(b".,").is_some() {
                let length = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (digits, rest) = self.rest.split_at(length);
                fraction = fraction_ns(digits)?;
                self.rest = rest;
            }
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        self.blanks();
        let before = self.rest;
        let half = match self.word() {
            Some(word) if word.eq_ignore_ascii_case(b"am") => Some(0),
            Some(word) if word.eq_ignore_ascii_case(b"pm") => Some(12),
            _ => {
                self.rest = before;
                None
            }
        };
        if let Some(half) = half {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + half;
            self.blanks();
        }
        Some(Time {
            secs: hour * 3600 + minute * 60 + second,
            fraction_ns: fraction,
            offset: self.offset()?,
        })
    }

    /// `Z`, `UTC`, `+02:00`, `+0200`, `+02`, `GMT+2`, `CEST`, or nothing; none for what is no offset.
    fn offset(&mut self) -> Option<Offset> {
        let before = self.rest;
        let mut offset = Offset::None;
        if let Some(word) = self.word() {
            offset = if [&b"Z"[..], b"UTC", b"GMT"]
                .iter()
                .any(|utc| word.eq_ignore_ascii_case(utc))
            {
                Offset::Secs(0)
            } else if (2..=5).contains(&word.len()) && word.iter().all(u8::is_ascii_uppercase) {
                Offset::Abbreviation
            } else {
                return None;
            };
        }
        if offset != Offset::Abbreviation
            && let Some(sign) = self.sign(b"+-")
        {
            let (hours, minutes) = match self.number()? {
                (hours, 1 | 2) if self.sign(b":").is_some() => match self.number()? {
                    (minutes, 2) => (hours, minutes),
                    _ => return None,
                },
                (hours, 1 | 2) => (hours, 0),
                (both, 4) => (both / 100, both % 100),
                _ => return None,
            };
            if hours > 23 || minutes > 59 {
                return None;
            }
            let secs = hours * 3600 + minutes * 60;
            offset = Offset::Secs(if sign == b'-' { -secs } else { secs });
        } else if offset == Offset::None {
            self.rest = before;
        }
        Some(offset)
    }
}

/// The place of a name in a list, of which three letters are enough.
fn index_of(word: &[u8], names: &[&str]) -> Option<usize> {
    let begins = |name: &&str| {
        let name = name.as_bytes();
        word.len() <= name.len() && name[..word.len()].eq_ignore_ascii_case(word)
    };
    (word.len() >= 3).then(|| names.iter().position(begins)).flatten()
}

fn year_of(number: i64, digits: usize) -> Option<i64> {
    match digits {
        4 => Some(number),
        2 if number < 70 => Some(2000 + number),
        2 => Some(1900 + number),
        _ => None,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
///
/// After Howard Hinnant's `days_from_civil`, <https://howardhinnant.github.io/date_algorithms.html>: years
/// begin in March, so that the leap day is the last.
#[inline]
pub(super) const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 {
        (year - 1, month + 12)
    } else {
        (year, month)
    };
    let century = year.div_euclid(100);
    let leap_days = year.div_euclid(4) - century + century.div_euclid(4);
    year * 365 + leap_days + (153 * (month - 3) + 2) / 5 + day - 719_469
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

/// One to nine digits after a decimal point of seconds, in nanoseconds.
pub(super) fn fraction_ns(digits: &[u8]) -> Option<i64> {
    if digits.len() > MAX_FRACTION_DIGITS {
        return None;
    }
    let missing = u32::try_from(MAX_FRACTION_DIGITS - digits.len()).ok()?;
    Some(decimal(digits)? * 10_i64.pow(missing))
}

/// The number that one to eighteen ASCII digits, and nothing but digits, stand for.
pub(super) fn decimal(digits: &[u8]) -> Option<i64> {
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

    /// 2013-07-24T09:40:00, by `date -u -d 2013-07-24T09:40:00Z +%s`.
    const MORNING_NS: i64 = 1_374_658_800 * NS_PER_SEC;

    fn ns(text: &str, order: DayOrder) -> Option<i64> {
        parse_written(text.as_bytes(), order).map(|written| written.civil_ns)
    }

    #[test]
    fn dates_in_any_order() {
        use DayOrder::{DayFirst, MonthFirst, Sure};
        for (text, order) in [
            ("2013/07/24 09:40:00", Sure),
            ("2013/7/24T9:40", Sure),
            ("2013.07.24 09:40:00.000", Sure),
            ("2013-07-24 09:40:00,000", Sure),
            ("24.07.2013 09:40:00", Sure),
            ("24.7.13 9:40", MonthFirst),
            ("24/07/2013 09:40:00", Sure),
            ("24/07/2013, 09:40:00", DayFirst),
            ("24-07-2013 09:40", Sure),
            ("07/24/2013 09:40:00 AM", Sure),
            ("7/24/13 9:40 am", MonthFirst),
            ("7/24/2013, 9:40:00 AM", Sure),
            ("24/Jul/2013:09:40:00 +0000", Sure),
            ("[24/Jul/2013:09:40:00 +0000]", Sure),
            ("24-Jul-2013 09:40:00", Sure),
            ("24-JUL-13 09:40:00", Sure),
            ("24 Jul 2013 09:40:00", Sure),
            ("24 July 2013, 09:40:00", Sure),
            ("24. July 2013 09:40:00", Sure),
            ("2013-Jul-24 09:40:00", Sure),
            ("2013 Jul 24 09:40:00.000", Sure),
            ("Jul 24, 2013 @ 09:40:00.000", Sure),
            ("Jul 24 2013 @ 09:40:00", Sure),
            ("Sept 24, 2013 09:40:00", Sure),
            ("Jul 24 2013 09:40:00", Sure),
            ("July 24, 2013 9:40:00.000000000 AM", Sure),
            ("Jul 24, 2013 09:40:00.000000000 CEST", Sure),
            ("Wed, 24 Jul 2013 09:40:00 +0000", Sure),
            ("Wednesday, 24 Jul 2013 09:40:00 GMT", Sure),
            ("Wed Jul 24 09:40:00 2013", Sure),
            ("Wed Jul 24 09:40:00 UTC 2013", Sure),
        ] {
            let expected = if text.starts_with("Sept") {
                MORNING_NS + 62 * SECS_PER_DAY * NS_PER_SEC
            } else {
                MORNING_NS
            };
            assert_eq!(ns(text, order), Some(expected), "{text}");
        }
        let day_ns = SECS_PER_DAY * NS_PER_SEC;
        let midnight = MORNING_NS - (9 * 60 + 40) * 60 * NS_PER_SEC;
        assert_eq!(ns("24.07.2013", Sure), Some(midnight));
        // The third of April, and the fourth of March: 2013-04-03, by `date -u -d 2013-04-03 +%s`.
        assert_eq!(ns("03/04/2013", DayFirst), Some(1_364_947_200 * NS_PER_SEC));
        assert_eq!(
            ns("03/04/2013", MonthFirst),
            Some((1_364_947_200 - 30 * 86_400) * NS_PER_SEC)
        );
        assert_eq!(ns("03/04/2013", Sure), None);
        assert_eq!(ns("03.04.2013", MonthFirst), Some(1_364_947_200 * NS_PER_SEC));
        assert_eq!(ns("24/07/70 00:00", Sure), Some((205 - 1) * day_ns));
    }

    #[test]
    fn clocks_of_twelve_hours_and_offsets() {
        let at = |text: &str| parse_written(format!("24/07/2013 {text}").as_bytes(), DayOrder::Sure);
        let of_day =
            |text: &str| at(text).map(|written| written.civil_ns - MORNING_NS + (9 * 60 + 40) * 60 * NS_PER_SEC);
        for (text, secs) in [
            ("12:00:00 AM", 0),
            ("12:01 AM", 60),
            ("1:00:00PM", 13 * 3600),
            ("12:00 pm", 12 * 3600),
            ("11:59:59 PM", 86_399),
        ] {
            assert_eq!(of_day(text), Some(secs * NS_PER_SEC), "{text}");
        }
        assert_eq!(of_day("00:00:00.5"), Some(NS_PER_SEC / 2));
        for (text, offset) in [
            ("09:40", Offset::None),
            ("09:40Z", Offset::Secs(0)),
            ("09:40:00 UTC", Offset::Secs(0)),
            ("09:40:00 +0200", Offset::Secs(7200)),
            ("09:40:00.25-05:30", Offset::Secs(-19_800)),
            ("9:40 AM GMT+2", Offset::Secs(7200)),
            ("09:40:00 CEST", Offset::Abbreviation),
        ] {
            assert_eq!(at(text).map(|written| written.offset), Some(offset), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "24",
            "24/07",
            "24/07/2013 ",
            "24/07/2013 09",
            "24/07/2013 24:00",
            "24/07/2013 09:60",
            "24/07/2013 09:40:00.",
            "24/07/2013 09:40:00.1234567890",
            "24/07/2013 13:40 PM",
            "24/07/2013 0:40 AM",
            "24/07/2013 09:40 noon",
            "24/07/2013 09:40 +25:00",
            "24/07/2013 09:40 2013",
            "24/07-2013 09:40",
            "31/06/2013",
            "29/02/2013",
            "2013/13/01",
            "13/13/2013",
            "24/07/201",
            "24/07/20130",
            "Jul 24 09:40:05",
            "Foo 24, 2013 @ 09:40:00",
            "Ju 24, 2013 @ 09:40:00",
            "Jul 32, 2013 @ 09:40:00",
            "24/Jul",
            "Wed",
            "@",
            "[24/07/2013 09:40",
        ] {
            assert_eq!(ns(text, DayOrder::Sure), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_that_may_be_days_or_months() {
        assert_eq!(numbers_before_year(b"03/04/2013 09:40"), Some((3, 4)));
        assert_eq!(numbers_before_year(b"3-14-13"), Some((3, 14)));
        for text in ["03.04.2013", "2013/03/04", "3/Apr/2013", "", "1372637094"] {
            assert_eq!(numbers_before_year(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[A-Za-z]{0,4}[-/. ,@:TZ0-9+\\[\\]]{0,30}( ?[AaPp][Mm])?[ +A-Z0-9:]{0,8}") {
            for order in [DayOrder::Sure, DayOrder::DayFirst, DayOrder::MonthFirst] {
                let _ = parse_written(text.as_bytes(), order);
            }
        }

        #[test]
        fn dates_are_those_that_were_written(secs in -2_000_000_000..4_000_000_000_i64) {
            let time = jiff::Timestamp::from_second(secs).unwrap();
            for (format, order) in [
                ("%d/%m/%Y %H:%M:%S", DayOrder::DayFirst),
                ("%m/%d/%Y %I:%M:%S %p", DayOrder::MonthFirst),
                ("%d.%m.%Y %H:%M:%S", DayOrder::Sure),
                ("%d/%b/%Y:%H:%M:%S +0000", DayOrder::Sure),
                ("%a, %d %b %Y %H:%M:%S GMT", DayOrder::Sure),
                ("%a %b %e %H:%M:%S %Y", DayOrder::Sure),
                ("%B %d, %Y @ %H:%M:%S", DayOrder::Sure),
            ] {
                let text = time.strftime(format).to_string();
                let found = parse_written(text.as_bytes(), order).map(|written| written.civil_ns);
                prop_assert_eq!(found, Some(secs * NS_PER_SEC), "{}", text);
            }
        }
    }
}
