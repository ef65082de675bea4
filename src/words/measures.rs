//! Amounts of what is measured: `5,716 packets`, `3.4 GB`.

use super::counts::{counted, grouped, short_count};
use crate::model::Measure;

/// An amount with the name of what it is: `1 packet`, `5,716 records`, `3.4 GB`.
#[must_use]
pub fn measured(amount: u64, measure: Measure) -> String {
    match measure {
        Measure::Bytes => bytes_text(amount),
        Measure::Packets | Measure::Records => counted(amount, measure.noun()),
    }
}

/// The same without the name, where another one has it: `5,716`, `3.4 GB`.
#[must_use]
pub fn amount_text(amount: u64, measure: Measure) -> String {
    match measure {
        Measure::Bytes => bytes_text(amount),
        Measure::Packets | Measure::Records => grouped(amount),
    }
}

/// An amount in three figures at most: `5.7k`, `3.4 GB`.
#[must_use]
pub fn short_amount(amount: u64, measure: Measure) -> String {
    match measure {
        Measure::Bytes => bytes_text(amount),
        Measure::Packets | Measure::Records => short_count(amount),
    }
}

/// An amount as pictures have it, with all its figures where they are six at most: `5,716`, `1.2M`, `3.4 GB`.
#[must_use]
pub fn figure(amount: u64, measure: Measure) -> String {
    if amount < 1_000_000 {
        amount_text(amount, measure)
    } else {
        short_amount(amount, measure)
    }
}

/// The same with the name of what it is: `5,716 packets`, `1.2M packets`, `3.4 GB`.
#[must_use]
pub fn figure_of(amount: u64, measure: Measure) -> String {
    if amount < 1_000_000 || measure == Measure::Bytes {
        measured(amount, measure)
    } else {
        format!("{} {measure}", short_count(amount))
    }
}

/// A number of bytes in three figures at most, by thousands: `950 B`, `1.2 kB`, `34 GB`.
fn bytes_text(bytes: u64) -> String {
    let text = short_count(bytes);
    match text.strip_suffix(|letter: char| letter.is_ascii_alphabetic()) {
        Some(figures) => format!("{figures} {}B", &text[figures.len()..]),
        None => format!("{text} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_as_people_say_them() {
        for (amount, [bytes, packets, short, of_picture]) in [
            (0, ["0 B", "0 packets", "0", "0 packets"]),
            (1, ["1 B", "1 packet", "1", "1 packet"]),
            (950, ["950 B", "950 packets", "950", "950 packets"]),
            (5_716, ["5.7 kB", "5,716 packets", "5.7k", "5,716 packets"]),
            (1_234_567, ["1.2 MB", "1,234,567 packets", "1.2M", "1.2M packets"]),
            (
                3_400_000_000,
                ["3.4 GB", "3,400,000,000 packets", "3.4G", "3.4G packets"],
            ),
            (
                i64::MAX as u64,
                ["9.2 EB", "9,223,372,036,854,775,807 packets", "9.2E", "9.2E packets"],
            ),
        ] {
            assert_eq!(measured(amount, Measure::Bytes), bytes);
            assert_eq!(amount_text(amount, Measure::Bytes), bytes);
            assert_eq!(figure_of(amount, Measure::Bytes), bytes);
            assert_eq!(measured(amount, Measure::Packets), packets);
            assert_eq!(short_amount(amount, Measure::Packets), short);
            assert_eq!(figure_of(amount, Measure::Packets), of_picture);
        }
        assert_eq!(measured(2, Measure::Records), "2 records");
        assert_eq!(
            [999_999, 1_000_000].map(|count| figure(count, Measure::Packets)),
            ["999,999", "1M"]
        );
    }
}
