//! Texts in lines. Knows letters, and no sizes.

/// A text in lines of at most `letters` letters, broken at blanks where there are any, of about the same length.
pub(super) fn in_lines(text: &str, letters: usize) -> Vec<String> {
    let letters = letters.max(8);
    let clean: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    let mut words: Vec<Vec<char>> = Vec::new();
    for word in clean.split_whitespace() {
        let word: Vec<char> = word.chars().collect();
        words.extend(word.chunks(letters).map(<[char]>::to_vec));
    }
    let all = words.iter().map(|word| word.len() + 1).sum::<usize>().saturating_sub(1);
    // Two lines of the same length read better than a full one and a word.
    let even = all.div_ceil(all.div_ceil(letters).max(1));
    for most in even..letters {
        let lines = filled(&words, most);
        if lines.len() <= all.div_ceil(letters) {
            return lines;
        }
    }
    filled(&words, letters)
}

/// Words in lines that have as many of them as fit.
fn filled(words: &[Vec<char>], most: usize) -> Vec<String> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for word in words {
        match lines.last_mut().filter(|(length, _)| length + 1 + word.len() <= most) {
            Some((length, line)) => {
                line.push(' ');
                line.extend(word);
                *length += 1 + word.len();
            }
            None => lines.push((word.len(), word.iter().collect())),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_lines_of_about_the_same_length() {
        let text = "Iran floods UDP 2193 on tokyo: 11,116 packets in 10 minutes";
        assert_eq!(in_lines(text, 66), [text]);
        assert_eq!(
            in_lines(text, 58),
            ["Iran floods UDP 2193 on tokyo:", "11,116 packets in 10 minutes"]
        );
        assert_eq!(
            in_lines(text, 20),
            ["Iran floods UDP 2193", "on tokyo: 11,116", "packets in 10", "minutes"]
        );
        assert_eq!(in_lines(&"x".repeat(50), 20).len(), 3);
        assert_eq!(in_lines("a\nb\tc", 20), ["a b c"]);
        assert!(in_lines(" ", 20).is_empty());
    }
}
