//! Texts of pairs, as firewalls write them: `srcip=192.0.2.1 service="a b"`, with blanks, commas or
//! semicolons between. Knows no key.

/// Keys are shorter than this.
const MOST_KEY_BYTES: usize = 64;

/// The pairs of a text, one after the other; what is between them is passed over.
///
/// A value goes to its closing quote, before which a backslash escapes, or else to the next blank or to a
/// delimiter that another key follows, so it may hold equal signs and commas.
#[derive(Clone)]
pub(super) struct Pairs<'l> {
    rest: &'l [u8],
}

impl<'l> Pairs<'l> {
    pub const fn of(text: &'l [u8]) -> Self {
        Self { rest: text }
    }
}

impl<'l> Iterator for Pairs<'l> {
    type Item = (&'l [u8], &'l [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let equals = memchr::memchr(b'=', self.rest)?;
            let key = key_before(&self.rest[..equals]);
            let (value, rest) = value(&self.rest[equals + 1..]);
            self.rest = rest;
            if !key.is_empty() {
                return Some((key, value));
            }
        }
    }
}

/// The word at the end of a text, without quotes around it.
#[inline]
fn key_before(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\"").unwrap_or(text);
    let letters = text
        .iter()
        .rev()
        .take(MOST_KEY_BYTES)
        .take_while(|byte| is_key(**byte))
        .count();
    &text[text.len() - letters..]
}

const fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@')
}

/// The value at the beginning of a text, and what follows it.
#[inline]
fn value(text: &[u8]) -> (&[u8], &[u8]) {
    if let Some(inner) = text.strip_prefix(b"\"") {
        let mut at = 0;
        while let Some(length) = memchr::memchr2(b'"', b'\\', &inner[at..]) {
            if inner[at + length] == b'"' {
                return (&inner[..at + length], &inner[at + length + 1..]);
            }
            at = (at + length + 2).min(inner.len());
        }
        return (inner, &[]);
    }
    let end = memchr::memchr2(b' ', b'\t', text).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let mut at = 0;
    while let Some(length) = word[at..].iter().position(|byte| matches!(byte, b',' | b';' | b'|')) {
        at += length + 1;
        let behind = &word[at..];
        let key = behind.iter().take_while(|byte| is_key(**byte)).count();
        if at == word.len() || (key > 0 && behind.get(key) == Some(&b'=')) {
            return (&word[..at - 1], &text[at..]);
        }
    }
    (word, rest)
}

/// The pairs of an extension of CEF: a value goes to the next key, and may hold blanks. An equal sign
/// within a value has a backslash before it.
///
/// Source: ArcSight, "Common Event Format", "Extension Field Key Value Pairs".
#[derive(Clone)]
pub(super) struct Extension<'l> {
    rest: &'l [u8],
}

impl<'l> Extension<'l> {
    pub const fn of(text: &'l [u8]) -> Self {
        Self { rest: text }
    }
}

impl<'l> Iterator for Extension<'l> {
    type Item = (&'l [u8], &'l [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let equals = memchr::memchr(b'=', self.rest)?;
        let key = key_before(&self.rest[..equals]);
        let text = &self.rest[equals + 1..];
        for next in memchr::memchr_iter(b'=', text) {
            let name = key_before(&text[..next]);
            let before = &text[..next - name.len()];
            if !name.is_empty() && before.ends_with(b" ") {
                self.rest = &text[before.len()..];
                return Some((key, before.trim_ascii()));
            }
        }
        self.rest = &[];
        Some((key, text.trim_ascii()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts<'l>(pairs: impl Iterator<Item = (&'l [u8], &'l [u8])>) -> Vec<(&'l str, &'l str)> {
        let text = |bytes: &'l [u8]| std::str::from_utf8(bytes).unwrap();
        pairs.map(|(key, value)| (text(key), text(value))).collect()
    }

    #[test]
    fn pairs_of_all_kinds() {
        for (text, expected) in [
            ("a=1 b=2", &[("a", "1"), ("b", "2")][..]),
            ("<13>x: a=1,b=\"x, y\",c=3", &[("a", "1"), ("b", "x, y"), ("c", "3")]),
            ("a=\"say \\\"hi\\\"\" b=2", &[("a", "say \\\"hi\\\""), ("b", "2")]),
            (
                "url=http://x/?a=b,c dst=1.2.3.4",
                &[("url", "http://x/?a=b,c"), ("dst", "1.2.3.4")],
            ),
            ("a=1; b=2;", &[("a", "1"), ("b", "2")]),
            ("a= b=2", &[("a", ""), ("b", "2")]),
            ("\"a\"=\"1\" \"b\"=\"2\"", &[("a", "1"), ("b", "2")]),
            ("[id src-ip=\"1\"]", &[("src-ip", "1")]),
            ("msg=some words src=1", &[("msg", "some"), ("src", "1")]),
            ("a=\"open", &[("a", "open")]),
            ("a=\"open\\", &[("a", "open\\")]),
            ("=1 ==2", &[]),
            ("words", &[]),
        ] {
            assert_eq!(texts(Pairs::of(text.as_bytes())), expected, "{text}");
        }
    }

    #[test]
    fn pairs_of_extensions() {
        for (text, expected) in [
            (
                "src=1.2.3.4 rt=Jan 02 2026 10:11:12 msg=a\\=b c cs1Label=Source Country cs1=South Korea",
                &[
                    ("src", "1.2.3.4"),
                    ("rt", "Jan 02 2026 10:11:12"),
                    ("msg", "a\\=b c"),
                    ("cs1Label", "Source Country"),
                    ("cs1", "South Korea"),
                ][..],
            ),
            ("a=", &[("a", "")]),
            ("a", &[]),
        ] {
            assert_eq!(texts(Extension::of(text.as_bytes())), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60), text in "[a-c=\"\\\\ ,;\t]{0,40}") {
            for text in [&bytes[..], text.as_bytes()] {
                prop_assert!(Pairs::of(text).count() <= text.len());
                prop_assert!(Extension::of(text).count() <= text.len());
            }
        }
    }
}
