//! Durations for people, as options take them.

use std::fmt::Write as _;

use crate::timeline::NS;

/// The two largest units of a duration, as options take it: `5m`, `1h30m`, `27d23h`, `100ms`.
pub fn text(ns: u64) -> String {
    const UNITS: [(&str, u64); 7] = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    let Some(first) = UNITS.iter().position(|(_, unit)| ns >= *unit) else {
        return "0s".to_owned();
    };
    let mut text = String::new();
    let mut rest = ns;
    for (name, unit) in UNITS.iter().skip(first).take(2) {
        let count = rest / unit;
        rest %= unit;
        if count > 0 {
            // A string takes all that is written to it.
            let _ = write!(text, "{count}{name}");
        }
    }
    text
}

/// A duration as the command line reads it: `2h5m`, `2.8s`, `40ms`.
pub fn exact(length_ns: i64) -> String {
    let (secs, part_ns) = (length_ns / NS, length_ns % NS);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_largest_units_are_told() {
        let second = 1_000_000_000;
        for (ns, text) in [
            (0, "0s"),
            (300 * second, "5m"),
            (5400 * second, "1h30m"),
            (86_400 * second * 28 - 1, "27d23h"),
            (100_000_000, "100ms"),
            (2_800_000_000, "2s800ms"),
            (86_400 * second + 5, "1d"),
        ] {
            assert_eq!(self::text(ns), text);
        }
    }
}
