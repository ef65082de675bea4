//! Texts from files and names as a terminal can take them.

use std::borrow::Cow;

/// A text without what would move a terminal's cursor, change its colours or turn the direction of
/// writing: such characters as escapes, like `\u{1b}`. The ends of lines stay.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter != '\n' && is_unprintable(letter))
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
}
