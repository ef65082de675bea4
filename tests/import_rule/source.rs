//! The sources of the crate as text and as tokens: without comments, strings, and items that only tests have.

use std::fs;
use std::path::{Path, PathBuf};

/// Every file of `src`, by its path there with `/` between folders, and its text.
pub fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 10, "{files:?}");
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).expect("below src").to_string_lossy();
        (
            name.replace('\\', "/"),
            fs::read_to_string(&path).expect("sources are UTF-8"),
        )
    };
    files.into_iter().map(read).collect()
}

/// The code of a text: without comments, quoted texts, and items that only tests have.
pub fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment_length(rest)
        } else if let Some(length) = raw_string_length(rest).filter(|_| !code.ends_with(is_name)) {
            length
        } else if first == '"' {
            quoted_length(rest, '"')
        } else if first == '\'' && is_character(rest) {
            quoted_length(rest, '\'')
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skipped..];
    }
    without_tests(&code)
}

pub fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Length of a block comment at the start of a text. Block comments nest.
fn comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, _) in text.char_indices() {
        if text[at..].starts_with("/*") {
            depth += 1;
        } else if text[..at].ends_with("*/") && at > 3 {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    text.len()
}

/// Length of `r#"..."#` at the start of a text.
fn raw_string_length(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let content = hashes.trim_start_matches('#');
    let end = format!("\"{}", "#".repeat(hashes.len() - content.len()));
    let content = content.strip_prefix('"')?;
    let start = text.len() - content.len();
    Some(content.find(&end).map_or(text.len(), |at| start + at + end.len()))
}

/// Length of a quoted text with its quotes; a backslash hides the next character.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut hidden = false;
    for (at, letter) in text.char_indices().skip(1) {
        if letter == quote && !hidden {
            return at + 1;
        }
        hidden = letter == '\\' && !hidden;
    }
    text.len()
}

/// Whether a text begins with a character in quotes, and not with a lifetime.
fn is_character(text: &str) -> bool {
    let mut letters = text.chars().skip(1);
    let (first, second) = (letters.next(), letters.next());
    first == Some('\\') || second == Some('\'')
}

/// Cuts out every item that only tests have: `#[cfg(test)]`, or `#[cfg(all(test, ...))]`, and what follows it.
fn without_tests(code: &str) -> String {
    let first = ["#[cfg(test)]", "#[cfg(all(test"]
        .into_iter()
        .filter_map(|start| code.find(start))
        .min();
    let Some(start) = first else {
        return code.to_owned();
    };
    let end = start + item_length(&code[start..]);
    format!("{} {}", &code[..start], without_tests(&code[end..]))
}

/// Length of an item and its attributes: up to a `;` or to the end of its `{ ... }`.
fn item_length(code: &str) -> usize {
    let (mut braces, mut others, mut begun_with_use) = (0_usize, 0_usize, None);
    for (at, letter) in code.char_indices() {
        match letter {
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            '(' | '[' => others += 1,
            ')' | ']' => others = others.saturating_sub(1),
            _ => {}
        }
        if braces + others == 0 {
            if begun_with_use.is_none() && letter.is_alphabetic() {
                begun_with_use = Some(code[at..].starts_with("use ") || code[at..].starts_with("pub use "));
            }
            if letter == ';' || letter == '}' && begun_with_use == Some(false) {
                return at + 1;
            }
        }
    }
    code.len()
}

/// The words and signs of a code; `::` is one sign.
pub fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if is_name(first) {
            rest.find(|letter| !is_name(letter)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}
