//! Texts from files and names as a terminal can take them.

use std::borrow::Cow;

/// A text without what would move a terminal's cursor, change its colours or turn the direction of
/// writing: such characters as escapes, like `\u{1b}`. The ends of lines stay.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter != '\n' && is_unprintable(letter))
}

/// JSON without characters that a terminal would obey: they stand in its texts alone, and are escaped there, like
/// `\u009b`. serde_json escapes those below 32.
#[must_use]
pub fn printable_json(json: &str) -> Cow<'_, str> {
    let is_raw = |letter: char| letter != '\n' && is_unprintable(letter);
    if !json.contains(is_raw) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for letter in json.chars() {
        if is_raw(letter) {
            // All of them have four digits at most.
            shown.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// The same on one line: the ends of lines are escapes, too.
#[must_use]
pub fn printable_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unprintable)
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_escaped(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and those that turn the direction of writing (Unicode Standard Annex 9).
fn is_unprintable(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        for text in ["", "log.csv: 3 rows\n  left out: 1", "Côte d’Ivoire, 中国 \u{1f30d}"] {
            assert_eq!(printable(text), text);
        }
        assert_eq!(
            printable("a\u{1b}[31mb\r\u{7}\u{9b}c\td\n"),
            "a\\u{1b}[31mb\\r\\u{7}\\u{9b}c\\td\n"
        );
        assert_eq!(printable("\u{202e}gnp.exe"), "\\u{202e}gnp.exe");
        assert_eq!(printable_line("a\nb"), "a\\nb");
    }

    #[test]
    fn json_means_what_it_meant() {
        let texts = ["a\u{80}\u{9b}31m\u{7f}b", "\u{202e}gnp.exe", "Côte\n\"\u{1f30d}\u{1b}"];
        let json = serde_json::to_string_pretty(&texts).unwrap();
        let shown = printable_json(&json);
        assert!(shown.contains("\"a\\u0080\\u009b31m\\u007fb\""), "{shown}");
        assert!(
            !shown.chars().any(|letter| letter != '\n' && is_unprintable(letter)),
            "{shown}"
        );
        assert_eq!(serde_json::from_str::<[String; 3]>(&shown).unwrap(), texts);
        assert_eq!(printable_json("[1]"), "[1]");
    }
}
