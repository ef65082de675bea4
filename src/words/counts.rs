//! Numbers of things: `1 packet`, `5,716 packets`, `no countries`.

/// A number with its noun: `1 packet`, `0 packets`, `137 countries`.
///
/// `noun` is in the singular, and has a regular plural.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    let number = grouped(count);
    let consonants_y = noun
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match (count, consonants_y) {
        (1, _) => format!("{number} {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {noun}s"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(72_599), "72,599");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn one_thing_is_singular_and_all_other_numbers_are_plural() {
        for (count, noun, text) in [
            (0, "packet", "0 packets"),
            (1, "packet", "1 packet"),
            (5_716, "packet", "5,716 packets"),
            (1, "country", "1 country"),
            (2, "country", "2 countries"),
            (2, "day", "2 days"),
        ] {
            assert_eq!(counted(count, noun), text);
        }
    }
}
