//! JSON as bytes: finds where strings, values, objects and arrays end, and builds no tree. What is skipped
//! is not looked at closer than its brackets and quotes need. Knows no key and no log.

use std::ops::Range;

/// The reason why something does not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes end before it does.
    Unfinished,
    /// Something else stands at this offset.
    Expected(usize, &'static str),
}

/// A value, where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// The text of a string between its quotes, and whether it has escapes.
    String(Range<usize>, bool),
    /// A number, `true`, `false` or `null`.
    Plain(Range<usize>),
    /// An object or an array, with its brackets.
    Container(Range<usize>),
}

/// Number of bytes of a string that are looked at by eights before the vectors of `memchr` pay.
const SHORT_BYTES: usize = 32;

/// Offset of the quote that ends a string whose text begins at `at`, and whether there are escapes in it.
#[inline]
pub(super) fn string_end(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let start = at;
    let mut escaped = false;
    loop {
        at = quote_or_backslash(bytes, at, at - start)?;
        if bytes[at] == b'"' {
            return Some((at, escaped));
        }
        escaped = true;
        at += 2;
    }
}

/// The first quote or backslash from `at` on, in a string of which `known` bytes were looked at.
#[inline]
fn quote_or_backslash(bytes: &[u8], mut at: usize, known: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The lowest byte that is zero has its high bit set, and none below it has.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut left = SHORT_BYTES.saturating_sub(known);
    while left > 0
        && let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk())
    {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
        left = left.saturating_sub(8);
    }
    memchr::memchr2(b'"', b'\\', bytes.get(at..)?).map(|found| at + found)
}

/// The first byte from `at` on that is no blank.
#[inline]
pub(super) fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Offset behind an object or array whose first bracket stands before `at`. Brackets of the two kinds
/// are not told apart. Takes no more memory for deeper nesting.
#[inline]
pub(super) fn container_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 1_usize;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'"' => at = string_end(bytes, at)?.0 + 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
}

/// The key that begins at `at`, without its quotes, and the offset of its value.
#[inline]
pub(super) fn key(bytes: &[u8], at: usize) -> Result<(Range<usize>, usize), Fault> {
    match bytes.get(at) {
        Some(b'"') => {}
        Some(_) => return Err(Fault::Expected(at, "a key in quotes")),
        None => return Err(Fault::Unfinished),
    }
    let (end, _) = string_end(bytes, at + 1).ok_or(Fault::Unfinished)?;
    let colon = skip_blanks(bytes, end + 1);
    match bytes.get(colon) {
        Some(b':') => Ok((at + 1..end, skip_blanks(bytes, colon + 1))),
        Some(_) => Err(Fault::Expected(colon, "a colon")),
        None => Err(Fault::Unfinished),
    }
}

/// The value that begins at `at`, and the offset behind it.
#[inline]
pub(super) fn value(bytes: &[u8], at: usize) -> Result<(Value, usize), Fault> {
    match bytes.get(at) {
        Some(b'"') => {
            let (end, escaped) = string_end(bytes, at + 1).ok_or(Fault::Unfinished)?;
            Ok((Value::String(at + 1..end, escaped), end + 1))
        }
        Some(b'{' | b'[') => {
            let end = container_end(bytes, at + 1).ok_or(Fault::Unfinished)?;
            Ok((Value::Container(at..end), end))
        }
        Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
            let mut end = at + 1;
            while let Some(b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'+' | b'E') = bytes.get(end) {
                end += 1;
            }
            if end == bytes.len() {
                return Err(Fault::Unfinished);
            }
            Ok((Value::Plain(at..end), end))
        }
        Some(_) => Err(Fault::Expected(at, "a value")),
        None => Err(Fault::Unfinished),
    }
}

/// Appends the text of a string with escapes; what is no escape, and half a surrogate, becomes U+FFFD.
pub(super) fn unescape(text: &[u8], to: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(length) = memchr::memchr(b'\\', &text[at..]) {
        to.extend_from_slice(&text[at..at + length]);
        at += length + 1;
        let Some(byte) = text.get(at) else { return };
        at += 1;
        let character = match byte {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' | b'\\' | b'/' => char::from(*byte),
            b'u' => match unicode(text, at) {
                Some((character, length)) => {
                    at += length;
                    character
                }
                None => char::REPLACEMENT_CHARACTER,
            },
            _ => char::REPLACEMENT_CHARACTER,
        };
        to.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    to.extend_from_slice(&text[at..]);
}

/// The character of the hexadecimal digits behind `\u`, and the number of bytes that it takes.
fn unicode(text: &[u8], at: usize) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 4)?;
        let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
        u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    };
    let first = unit(at)?;
    if (0xd800..0xdc00).contains(&first)
        && text.get(at + 4..at + 6) == Some(b"\\u")
        && let Some(second @ 0xdc00..0xe000) = unit(at + 6)
    {
        let character = char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))?;
        return Some((character, 10));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value as Json;

    /// Values of all kinds.
    fn values() -> impl Strategy<Value = Json> {
        let text = "[a-z\"\\\\\u{0}-\u{20}äΩ€\u{1f600}/]{0,40}";
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            text.prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                prop::collection::vec((text, inner), 0..6).prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_end_where_serde_says(json in values(), pretty in any::<bool>(), behind in "[ ,}\\]\n]") {
            let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
            let whole = format!("{text}{behind}");
            let (found, end) = value(whole.as_bytes(), 0).unwrap();
            prop_assert_eq!(end, text.len());
            match (&json, found) {
                (Json::String(expected), Value::String(range, escaped)) => {
                    let mut text = Vec::new();
                    unescape(&whole.as_bytes()[range.clone()], &mut text);
                    prop_assert_eq!(str::from_utf8(&text).unwrap(), expected);
                    prop_assert_eq!(escaped, whole[range] != **expected);
                }
                (Json::Object(_) | Json::Array(_), Value::Container(range)) => prop_assert_eq!(&whole[range], &text),
                (_, Value::Plain(range)) => prop_assert_eq!(&whole[range], &text),
                (json, found) => prop_assert!(false, "{json} is {found:?}"),
            }
            for end in 0..text.len() {
                if whole.is_char_boundary(end) {
                    prop_assert_eq!(value(&whole.as_bytes()[..end], 0), Err(Fault::Unfinished));
                }
            }
        }

        #[test]
        fn escapes_are_those_of_serde(text in "(\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}|[a-zä ]){0,20}") {
            let mut ours = Vec::new();
            unescape(text.as_bytes(), &mut ours);
            // Serde refuses half a surrogate.
            if let Ok(expected) = serde_json::from_str::<String>(&format!("\"{text}\"")) {
                prop_assert_eq!(str::from_utf8(&ours).unwrap(), expected);
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), text in "[{}\\[\\]\"\\\\:,a-fu0-9 ]{0,60}") {
            for bytes in [&bytes[..], text.as_bytes()] {
                let _ = value(bytes, 0);
                let _ = key(bytes, 0);
                unescape(bytes, &mut Vec::new());
            }
        }
    }

    #[test]
    fn nesting_of_any_depth_is_skipped() {
        let text = format!("{}{}", "[{\"a\":".repeat(50_000), "}]".repeat(50_000));
        assert_eq!(container_end(text.as_bytes(), 1), Some(text.len()));
    }
}
