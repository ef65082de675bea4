//! Errors in the words of the window: what can be set there is called as it is there, not by its option
//! on the command line.

/// Options, and what the settings call them.
const SETTINGS: [(&str, &str); 9] = [
    ("--start", "start"),
    ("--end", "end"),
    ("--bin", "bin"),
    ("--pace", "pace"),
    ("--duration", "length"),
    ("--travel", "travel"),
    ("--fps", "film rate"),
    ("--size", "size"),
    ("--only", "only"),
];

/// An error as the window says it.
pub fn in_window(error: &str) -> String {
    let mut text = String::with_capacity(error.len());
    let mut rest = error;
    while let Some(at) = rest.find("--") {
        text += &rest[..at];
        let option = &rest[at..];
        let begins_word = !text.ends_with(|letter: char| letter.is_alphanumeric() || "-_.".contains(letter));
        let length = 2 + option[2..]
            .find(|letter: char| letter != '-' && !letter.is_ascii_lowercase())
            .unwrap_or(option.len() - 2);
        let (name, after) = option.split_at(length);
        let known = SETTINGS.iter().find(|(option, _)| *option == name && begins_word);
        text += known.map_or(name, |(_, setting)| setting);
        rest = after;
    }
    text += rest;
    let mut letters = text.chars();
    match letters.next() {
        // Files keep their names: only what was an option begins with a capital letter.
        Some(first) if error.starts_with("--") => first.to_uppercase().chain(letters).collect(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_can_be_set_in_the_window_are_called_as_there() {
        for (error, said) in [
            (
                "the film would last 2 seconds: choose a faster --pace, a shorter --duration or a narrower --start/--end",
                "the film would last 2 seconds: choose a faster pace, a shorter length or a narrower start/end",
            ),
            ("--only tcp/9: the log has none", "Only tcp/9: the log has none"),
            ("log.csv: change --start or --end", "log.csv: change start or end"),
            (
                "use --fps 30 or less, or a smaller --size",
                "use film rate 30 or less, or a smaller size",
            ),
            // The others are for the command line alone.
            ("a--bin.csv: add --encoder ffmpeg", "a--bin.csv: add --encoder ffmpeg"),
            ("read without --strict, --", "read without --strict, --"),
        ] {
            assert_eq!(in_window(error), said);
        }
    }
}
