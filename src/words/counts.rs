//! Numbers of things: `1 packet`, `5,716 packets`, `no countries`.

/// A number with its noun: `1 packet`, `0 packets`, `137 countries`.
///
/// `noun` is in the singular, and has a regular plural.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    let number = grouped(count);
    if count == 1 {
        format!("{number} {noun}")
    } else {
        format!("{number} {}", plural(noun))
    }
}

/// The plural of a noun that has a regular one: `countries`, `addresses`.
#[must_use]
pub fn plural(noun: &str) -> String {
    let consonants_y = noun
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match consonants_y {
        Some(stem) => format!("{stem}ies"),
        None if noun.ends_with('s') => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}

/// The first of the frames of a film: `the first of 10 frames`, `the first 1,234 of 2,000 frames`.
#[must_use]
pub fn first_of(frames: u64, all: u64) -> String {
    let all_told = counted(all, "frame");
    match frames {
        1 => format!("the first of {all_told}"),
        _ if frames == all => format!("all {all_told}"),
        _ => format!("the first {} of {all_told}", grouped(frames)),
    }
}

/// A number with its digits in groups of three: `17959` as `17,959`.
#[must_use]
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number as people say it, in three figures at most: `950`, `5k`, `1.2M`, `34G`.
#[must_use]
pub fn short_count(count: u64) -> String {
    const NAMES: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
    let (mut value, mut name) = (count as f64, 0);
    // What is rounded up to a thousand has the next name.
    while value.round() >= 1000.0 && name + 1 < NAMES.len() {
        value /= 1000.0;
        name += 1;
    }
    let figures = if name > 0 && value < 9.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    };
    format!("{}{}", figures.trim_end_matches(".0"), NAMES[name])
}

/// A text with a capital at its beginning.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_said_in_few_figures() {
        for (count, text) in [
            (0, "0"),
            (1, "1"),
            (999, "999"),
            (1_000, "1k"),
            (1_049, "1k"),
            (1_050, "1.1k"),
            (5_716, "5.7k"),
            (9_949, "9.9k"),
            (9_951, "10k"),
            (12_345, "12k"),
            (999_499, "999k"),
            (999_501, "1M"),
            (1_200_000, "1.2M"),
            (3_400_000_000, "3.4G"),
            (u64::MAX, "18E"),
        ] {
            assert_eq!(short_count(count), text, "{count}");
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(72_599), "72,599");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn a_part_of_a_film_is_told_by_its_first_frames() {
        assert_eq!(first_of(1, 10), "the first of 10 frames");
        assert_eq!(first_of(1234, 2000), "the first 1,234 of 2,000 frames");
        assert_eq!(first_of(2000, 2000), "all 2,000 frames");
    }

    #[test]
    fn one_thing_is_singular_and_all_other_numbers_are_plural() {
        for (count, noun, text) in [
            (0, "packet", "0 packets"),
            (1, "packet", "1 packet"),
            (5_716, "packet", "5,716 packets"),
            (1, "country", "1 country"),
            (2, "country", "2 countries"),
            (2, "address", "2 addresses"),
            (2, "day", "2 days"),
        ] {
            assert_eq!(counted(count, noun), text);
        }
    }
}
