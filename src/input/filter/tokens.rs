//! The words and signs of a filter, each with its place in the text.

use super::error::FilterError;

/// A word or a sign, and where it begins: its number of characters from the start, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub at: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a number, an address or a time.
    Word(String),
    /// A text in quotes, which is a value and no word of the grammar.
    Quoted(String),
    /// A sign: `(`, `)`, `{`, `}`, `,`, `..`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `!`, `&&`, `||`.
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// Signs; those that begin with another come before it.
const SIGNS: [&str; 16] = [
    "==", "!=", "<=", ">=", "&&", "||", "..", "=", "<", ">", "!", "(", ")", "{", "}", ",",
];

/// Cuts a text into tokens; the last is its end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        if letter.is_whitespace() {
            at += 1;
            continue;
        }
        let start = at;
        if letter == '"' || letter == '\'' {
            let length = letters[at + 1..].iter().position(|other| *other == letter);
            let length = length.ok_or_else(|| FilterError::new(at, "a quote is opened and not closed"))?;
            let quoted = letters[at + 1..at + 1 + length].iter().collect();
            at += length + 2;
            tokens.push(Token {
                at: start,
                kind: Kind::Quoted(quoted),
            });
            continue;
        }
        let sign = SIGNS.iter().find(|sign| starts_with(&letters[at..], sign));
        if let Some(sign) = sign {
            at += sign.len();
            // One equals sign will do, as in other languages.
            let sign = if *sign == "=" { "==" } else { sign };
            tokens.push(Token {
                at: start,
                kind: Kind::Sign(sign),
            });
            continue;
        }
        while at < letters.len() && !ends_word(&letters[at..]) {
            at += 1;
        }
        if at == start {
            return Err(FilterError::new(at, format!("`{letter}` has no meaning here")));
        }
        tokens.push(Token {
            at: start,
            kind: Kind::Word(letters[start..at].iter().collect()),
        });
    }
    tokens.push(Token {
        at: letters.len(),
        kind: Kind::End,
    });
    Ok(tokens)
}

/// Whether a word ends before these letters. Names have dots, and ranges have two.
fn ends_word(letters: &[char]) -> bool {
    let letter = letters[0];
    letter.is_whitespace()
        || matches!(letter, '"' | '\'' | '&' | '|')
        || SIGNS.iter().any(|sign| starts_with(letters, sign))
}

fn starts_with(letters: &[char], sign: &str) -> bool {
    let mut letters = letters.iter();
    sign.chars().all(|letter| letters.next() == Some(&letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).unwrap().into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn words_and_signs_are_told_apart() {
        let word = |text: &str| Kind::Word(text.to_owned());
        assert_eq!(
            kinds("port in{1..1023,8080}"),
            [
                word("port"),
                word("in"),
                Kind::Sign("{"),
                word("1"),
                Kind::Sign(".."),
                word("1023"),
                Kind::Sign(","),
                word("8080"),
                Kind::Sign("}"),
                Kind::End
            ]
        );
        assert_eq!(
            kinds("source.country!='South Korea'"),
            [
                word("source.country"),
                Kind::Sign("!="),
                Kind::Quoted("South Korea".to_owned()),
                Kind::End
            ]
        );
        assert_eq!(
            kinds("host=2001:db8::/32"),
            [word("host"), Kind::Sign("=="), word("2001:db8::/32"), Kind::End]
        );
    }

    #[test]
    fn faults_say_where_they_are() {
        assert_eq!(tokens("a == \"b").unwrap_err().at, 5);
        assert_eq!(tokens("ü & b").unwrap_err().at, 2);
    }
}
