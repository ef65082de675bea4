//! Lengths of time: exact as options take them, or rounded for people.

use super::counts::counted;

const SECOND_NS: u64 = 1_000_000_000;

/// A duration that an option reads as exactly this length: `2h5m`, `2.8s`, `40ms`.
///
/// `length_ns` is in nanoseconds, and above 0.
#[must_use]
pub fn exact_duration(length_ns: i64) -> String {
    let (secs, part_ns) = (length_ns / 1_000_000_000, length_ns % 1_000_000_000);
    if secs == 0 && part_ns % 1_000_000 == 0 {
        return format!("{}ms", part_ns / 1_000_000);
    }
    let (days, hours, minutes, rest) = (secs / 86_400, secs / 3600 % 24, secs / 60 % 60, secs % 60);
    let mut text = String::new();
    for (count, unit) in [(days, "d"), (hours, "h"), (minutes, "m")] {
        if count > 0 {
            text += &format!("{count}{unit}");
        }
    }
    if part_ns > 0 {
        let digits = format!("{part_ns:09}");
        text += &format!("{rest}.{}s", digits.trim_end_matches('0'));
    } else if rest > 0 {
        text += &format!("{rest}s");
    }
    text
}

/// A duration of nanoseconds in messages, rounded to its two largest units or to a thousandth of a
/// second: `5m`, `1h30m`, `26m53s`, `2.8s`, `100ms`.
#[must_use]
pub fn short_duration(length_ns: u64) -> String {
    let parts = rounded(length_ns).into_iter();
    parts.map(|(number, unit)| number + unit.short()).collect()
}

/// The same in a picture, with units as people write them: `5 min`, `1 h 30 min`, `2.8 s`, `1 day`.
#[must_use]
pub fn spoken_duration(length_ns: u64) -> String {
    let parts = rounded(length_ns).into_iter();
    let parts: Vec<String> = parts
        .map(|(number, unit)| format!("{number} {}", unit.spoken(number == "1")))
        .collect();
    parts.join(" ")
}

/// About how long something lasts, in one unit, as people say it: `10 minutes`, `45 hours`, `1 second`.
#[must_use]
pub fn round_duration(length_ns: u64) -> String {
    // In whole seconds; a unit for what has two of it, or more.
    let length_ns = length_ns.saturating_add(SECOND_NS / 2) / SECOND_NS * SECOND_NS;
    let units = [
        (86_400 * SECOND_NS, "day"),
        (3600 * SECOND_NS, "hour"),
        (60 * SECOND_NS, "minute"),
        (SECOND_NS, "second"),
    ];
    let fits = |(ns, _): &&(u64, &str)| length_ns >= 2 * ns || length_ns == *ns;
    let (ns, noun) = units.iter().find(fits).copied().unwrap_or((SECOND_NS, "second"));
    // What is shorter is said to last a second.
    counted((length_ns.saturating_add(ns / 2) / ns).max(1), noun)
}

/// Units of time, the longest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl Unit {
    const ALL: [Self; 7] = [
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Millisecond,
        Self::Microsecond,
        Self::Nanosecond,
    ];

    const fn ns(self) -> u64 {
        match self {
            Self::Day => 86_400 * SECOND_NS,
            Self::Hour => 3600 * SECOND_NS,
            Self::Minute => 60 * SECOND_NS,
            Self::Second => SECOND_NS,
            Self::Millisecond => 1_000_000,
            Self::Microsecond => 1_000,
            Self::Nanosecond => 1,
        }
    }

    const fn short(self) -> &'static str {
        match self {
            Self::Day => "d",
            Self::Hour => "h",
            Self::Minute => "m",
            Self::Second => "s",
            Self::Millisecond => "ms",
            Self::Microsecond => "us",
            Self::Nanosecond => "ns",
        }
    }

    const fn spoken(self, is_one: bool) -> &'static str {
        match self {
            Self::Day if is_one => "day",
            Self::Day => "days",
            Self::Minute => "min",
            Self::Microsecond => "µs",
            _ => self.short(),
        }
    }

    /// The longest that a duration has at least one of; nanoseconds for 0.
    fn longest_in(length_ns: u64) -> Self {
        let found = Self::ALL.into_iter().find(|unit| length_ns >= unit.ns());
        found.unwrap_or(Self::Nanosecond)
    }
}

/// The one or two numbers and units of a duration.
fn rounded(length_ns: u64) -> Vec<(String, Unit)> {
    if length_ns == 0 {
        return vec![("0".to_owned(), Unit::Second)];
    }
    // Rounded up, 59 min 59.9 s are an hour: the units are those of the rounded length.
    let step_ns = step_ns(Unit::longest_in(length_ns));
    let length_ns = length_ns.saturating_add(step_ns / 2) / step_ns * step_ns;
    let unit = Unit::longest_in(length_ns);
    let (whole, rest_ns) = (length_ns / unit.ns(), length_ns % unit.ns());
    let next = Unit::ALL.get(unit as usize + 1).copied().unwrap_or(unit);
    if matches!(unit, Unit::Day | Unit::Hour | Unit::Minute) {
        let parts = [(whole, unit), (rest_ns / next.ns(), next)].into_iter();
        let parts = parts.filter(|(count, _)| *count > 0);
        return parts.map(|(count, unit)| (count.to_string(), unit)).collect();
    }
    let thousandths = format!(".{:03}", 1000 * rest_ns / unit.ns());
    let thousandths = thousandths.trim_end_matches('0').trim_end_matches('.');
    vec![(format!("{whole}{thousandths}"), unit)]
}

/// The step, in nanoseconds, to which durations of at least one of a unit are rounded: one of the next
/// smaller unit.
fn step_ns(unit: Unit) -> u64 {
    Unit::ALL.get(unit as usize + 1).map_or(1, |next| next.ns())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_read_the_very_length() {
        const NS: i64 = SECOND_NS as i64;
        for (length_ns, text) in [
            (7500 * NS, "2h5m"),
            (2_800_000_000, "2.8s"),
            (40_000_000, "40ms"),
            (86_400 * NS, "1d"),
            (61 * NS, "1m1s"),
            (1, "0.000000001s"),
        ] {
            assert_eq!(exact_duration(length_ns), text);
        }
    }

    #[test]
    fn a_sentence_has_one_unit() {
        for (secs, text) in [
            (0, "1 second"),
            (1, "1 second"),
            (90, "90 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (622, "10 minutes"),
            (7_300, "2 hours"),
            (3_600, "1 hour"),
            (162_000, "45 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(round_duration(secs * SECOND_NS), text);
        }
    }

    #[test]
    fn people_are_told_the_two_largest_units() {
        for (length_ns, short, spoken) in [
            (0, "0s", "0 s"),
            (300 * SECOND_NS, "5m", "5 min"),
            (5400 * SECOND_NS, "1h30m", "1 h 30 min"),
            (1_612_800_000_000, "26m53s", "26 min 53 s"),
            (40_320 * SECOND_NS, "11h12m", "11 h 12 min"),
            (86_400 * SECOND_NS * 28 - 1, "28d", "28 days"),
            (86_400 * SECOND_NS + 5, "1d", "1 day"),
            (3_599_900_000_000, "1h", "1 h"),
            (59_999_999_999, "1m", "1 min"),
            (100_000_000, "100ms", "100 ms"),
            (2_800_000_000, "2.8s", "2.8 s"),
            (1_234_567, "1.235ms", "1.235 ms"),
            (20_000, "20us", "20 µs"),
            (7, "7ns", "7 ns"),
        ] {
            assert_eq!(short_duration(length_ns), short);
            assert_eq!(spoken_duration(length_ns), spoken);
        }
        assert_eq!(short_duration(u64::MAX), "213503d23h");
    }
}
