//! The paths of fields in an object, such as `flow.pkts_toserver`, and how an object is walked for them:
//! once, key by key; what no path leads to is skipped. A path's dots may be levels of objects or stand in
//! keys: `{"id.resp_p":1}` is `{"id":{"resp_p":1}}`. Knows no meaning of a field.

use std::ops::Range;

use super::scan::{Fault, Value, container_end, key, skip_blanks, string_end, unescape, value};
use crate::input::fields::escape;

/// Number of keys of an object that a message quotes.
const QUOTED_KEYS: usize = 8;

/// Paths, as a tree of keys.
#[derive(Debug, Default)]
pub(super) struct Paths {
    nodes: Vec<Node>,
    /// Number of paths.
    len: usize,
}

/// The keys of an object that are looked for.
#[derive(Debug, Default)]
struct Node {
    /// Entry + 1 by hash, 0 where no entry is; a power of two, at most a quarter full.
    table: Vec<u16>,
    entries: Vec<Entry>,
}

/// A key that is looked for.
#[derive(Debug)]
struct Entry {
    key: Box<[u8]>,
    ends: Ends,
    /// The path that ends here.
    path: Option<usize>,
    /// The node of the keys below.
    below: Option<usize>,
}

/// The length of a key, its first eight bytes and its last: all of a key of 16 bytes and fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends {
    len: usize,
    first: u64,
    last: u64,
}

impl Ends {
    #[inline]
    fn of(key: &[u8]) -> Self {
        let (first, last) = match (key.first_chunk(), key.last_chunk()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => (key.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 0),
        };
        Self {
            len: key.len(),
            first,
            last,
        }
    }

    #[inline]
    fn hash(self) -> usize {
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        let hash = (self.first ^ self.last.rotate_left(29) ^ self.len as u64).wrapping_mul(FACTOR);
        (hash >> 40) as usize
    }
}

impl Paths {
    /// The tree of some paths, which go by their index.
    pub fn new(paths: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut tree = Self {
            nodes: vec![Node::default()],
            len: 0,
        };
        for path in paths {
            tree.add(0, path.as_ref(), tree.len);
            tree.len += 1;
        }
        for node in &mut tree.nodes {
            node.index();
        }
        tree
    }

    fn add(&mut self, node: usize, path: &str, index: usize) {
        self.nodes[node].entry(path).path.get_or_insert(index);
        for (dot, _) in path.match_indices('.') {
            let (key, rest) = (&path[..dot], &path[dot + 1..]);
            let next = self.nodes.len();
            let below = *self.nodes[node].entry(key).below.get_or_insert(next);
            if below == next {
                self.nodes.push(Node::default());
            }
            self.add(below, rest, index);
        }
    }
}

impl Node {
    fn entry(&mut self, key: &str) -> &mut Entry {
        let known = self.entries.iter().position(|entry| *entry.key == *key.as_bytes());
        let index = known.unwrap_or_else(|| {
            self.entries.push(Entry {
                key: key.as_bytes().into(),
                ends: Ends::of(key.as_bytes()),
                path: None,
                below: None,
            });
            self.entries.len() - 1
        });
        &mut self.entries[index]
    }

    fn index(&mut self) {
        let size = (4 * self.entries.len()).next_power_of_two();
        self.table = vec![0; size];
        for (index, entry) in self.entries.iter().enumerate() {
            let mut at = entry.ends.hash() & (size - 1);
            while self.table[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.table[at] = u16::try_from(index + 1).expect("fewer than 65,535 keys of an object are looked for");
        }
    }

    #[inline]
    fn find(&self, key: &[u8]) -> Option<&Entry> {
        let ends = Ends::of(key);
        let mask = self.table.len() - 1;
        let mut at = ends.hash() & mask;
        loop {
            let entry = &self.entries[usize::from(self.table[at].checked_sub(1)?)];
            if entry.ends == ends && (ends.len <= 16 || *entry.key == *key) {
                return Some(entry);
            }
            at = (at + 1) & mask;
        }
    }
}

/// The values that a walk found, by the index of their path. It is used again for object after object.
#[derive(Debug, Default)]
pub(super) struct Found {
    spans: Vec<Span>,
    /// Texts of strings with escapes.
    unescaped: Vec<u8>,
}

/// Where a value is.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    end: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// No value was found.
    #[default]
    Missing,
    /// A number, a word, or a string without escapes, in the object's own bytes.
    Text,
    /// A string, in `Found::unescaped`.
    Unescaped,
    /// An object or an array.
    Container,
}

impl Found {
    /// Walks an object whose first bracket stands before `at`, and returns the offset behind it. Of values
    /// at the same path the first is taken, and of an array the first object.
    #[inline]
    pub fn walk(&mut self, paths: &Paths, bytes: &[u8], at: usize) -> Result<usize, Fault> {
        self.spans.clear();
        self.spans.resize(paths.len, Span::default());
        self.unescaped.clear();
        self.walk_node(paths, &paths.nodes[0], bytes, at)
    }

    fn walk_node(&mut self, paths: &Paths, node: &Node, bytes: &[u8], mut at: usize) -> Result<usize, Fault> {
        at = skip_blanks(bytes, at);
        if bytes.get(at) == Some(&b'}') {
            return Ok(at + 1);
        }
        loop {
            let (key, start) = key(bytes, at)?;
            let end = match node.find(&bytes[key]) {
                None => skip(bytes, start)?,
                Some(entry) => match (entry.below, bytes.get(start)) {
                    (Some(below), Some(b'{')) => {
                        let end = self.walk_node(paths, &paths.nodes[below], bytes, start + 1)?;
                        if let Some(path) = entry.path {
                            self.keep(path, Value::Container(start..end), bytes);
                        }
                        end
                    }
                    (Some(below), Some(b'[')) => {
                        let (value, end) = value(bytes, start)?;
                        let first = skip_blanks(bytes, start + 1);
                        if bytes[first] == b'{' {
                            self.walk_node(paths, &paths.nodes[below], bytes, first + 1)?;
                        }
                        if let Some(path) = entry.path {
                            self.keep(path, value, bytes);
                        }
                        end
                    }
                    _ => {
                        let (value, end) = value(bytes, start)?;
                        if let Some(path) = entry.path {
                            self.keep(path, value, bytes);
                        }
                        end
                    }
                },
            };
            at = skip_blanks(bytes, end);
            match bytes.get(at) {
                Some(b',') => at = skip_blanks(bytes, at + 1),
                Some(b'}') => return Ok(at + 1),
                Some(_) => return Err(Fault::Expected(at, "a comma or `}`")),
                None => return Err(Fault::Unfinished),
            }
        }
    }

    #[inline]
    fn keep(&mut self, path: usize, value: Value, bytes: &[u8]) {
        let span = &mut self.spans[path];
        if span.kind != Kind::Missing {
            return;
        }
        let (range, kind) = match value {
            Value::Plain(range) if bytes[range.start] == b'n' => return,
            Value::String(range, true) => {
                let start = self.unescaped.len();
                unescape(&bytes[range], &mut self.unescaped);
                (start..self.unescaped.len(), Kind::Unescaped)
            }
            Value::Plain(range) | Value::String(range, false) => (range, Kind::Text),
            Value::Container(range) => (range, Kind::Container),
        };
        // A piece and a row are far below 2^32 bytes.
        *span = Span {
            start: range.start as u32,
            end: range.end as u32,
            kind,
        };
    }

    /// Whether there is a value at a path; `null` is none.
    #[inline]
    pub fn has(&self, path: usize) -> bool {
        self.spans[path].kind != Kind::Missing
    }

    /// The text at a path, without blanks around it; empty where there is none, and where it is `-`. Of an
    /// array it is the first text or number in it, and of an object like `{"$date":".."}` its value.
    #[inline]
    pub fn text<'a>(&'a self, bytes: &'a [u8], path: usize) -> &'a [u8] {
        let span = self.spans[path];
        let range = span.start as usize..span.end as usize;
        let text = match span.kind {
            Kind::Missing => return b"",
            Kind::Text => &bytes[range],
            Kind::Unescaped => &self.unescaped[range],
            Kind::Container => first_text(&bytes[range]),
        };
        match text.trim_ascii() {
            b"-" => b"",
            text => text,
        }
    }

    /// Whether there is an object or array at a path.
    #[inline]
    pub fn has_container(&self, path: usize) -> bool {
        self.spans[path].kind == Kind::Container
    }

    /// The object or array at a path.
    pub fn container<'a>(&self, bytes: &'a [u8], path: usize) -> Option<&'a [u8]> {
        let span = self.spans[path];
        (span.kind == Kind::Container).then(|| &bytes[span.start as usize..span.end as usize])
    }
}

/// Offset behind a value of no interest.
#[inline]
fn skip(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let end = match bytes.get(at) {
        Some(b'"') => string_end(bytes, at + 1).map(|(end, _)| end + 1),
        Some(b'{' | b'[') => container_end(bytes, at + 1),
        _ => return value(bytes, at).map(|(_, end)| end),
    };
    end.ok_or(Fault::Unfinished)
}

/// The first text or number of an array, however deep, or the value of an object whose key begins with a
/// dollar sign, as MongoDB writes types; empty for all else, and for texts with escapes.
fn first_text(container: &[u8]) -> &[u8] {
    let mut at = 0;
    loop {
        at = skip_blanks(container, at);
        match container.get(at) {
            Some(b'[') => at += 1,
            Some(b'{') => match key(container, skip_blanks(container, at + 1)) {
                Ok((key, value)) if container[key.start] == b'$' => at = value,
                _ => return b"",
            },
            _ => break,
        }
    }
    match value(container, at) {
        Ok((Value::String(range, false) | Value::Plain(range), _)) => match &container[range] {
            b"null" => b"",
            text => text,
        },
        _ => b"",
    }
}

/// Hands over the texts of the array that is the value of the key with which `bytes` begin, up to the first
/// item that is no text.
pub(super) fn texts_of<'a>(bytes: &'a [u8], mut take: impl FnMut(&'a [u8])) {
    let Ok((_, array)) = key(bytes, 0) else { return };
    if bytes.get(array) != Some(&b'[') {
        return;
    }
    let mut at = skip_blanks(bytes, array + 1);
    while let Ok((Value::String(range, _), end)) = value(bytes, at) {
        take(&bytes[range]);
        at = skip_blanks(bytes, end);
        if bytes.get(at) == Some(&b',') {
            at = skip_blanks(bytes, at + 1);
        }
    }
}

/// The keys of an object, as far as they can be read, and where their values are.
pub(super) fn members(bytes: &[u8], at: usize) -> impl Iterator<Item = (&[u8], Range<usize>)> {
    let mut at = skip_blanks(bytes, at);
    std::iter::from_fn(move || {
        let (key, start) = key(bytes, at).ok()?;
        let end = skip(bytes, start).unwrap_or(bytes.len());
        at = skip_blanks(bytes, end);
        if bytes.get(at) == Some(&b',') {
            at = skip_blanks(bytes, at + 1);
        }
        Some((&bytes[key], start..end))
    })
}

/// The first keys of an object, as a message lists them.
pub(super) fn keys_of(object: &[u8]) -> String {
    let mut keys: Vec<String> = members(object, 1)
        .take(QUOTED_KEYS + 1)
        .map(|(key, _)| format!("`{}`", escape(key)))
        .collect();
    match keys.len() {
        0 => "no keys".to_owned(),
        1 => format!("the key {}", keys[0]),
        _ => {
            if keys.len() > QUOTED_KEYS {
                keys[QUOTED_KEYS] = "…".to_owned();
            }
            format!("the keys {}", keys.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(paths: &[&str], text: &str) -> Vec<String> {
        let paths = Paths::new(paths);
        let mut found = Found::default();
        assert_eq!(found.walk(&paths, text.as_bytes(), 1), Ok(text.len()), "{text}");
        let texts = (0..paths.len).map(|path| found.text(text.as_bytes(), path));
        texts.map(|text| String::from_utf8(text.to_vec()).unwrap()).collect()
    }

    #[test]
    fn dots_are_levels_or_stand_in_keys() {
        for text in [
            r#"{"a":{"b":{"c":1}}}"#,
            r#"{"a.b.c":1}"#,
            r#"{"a.b":{"c":1}}"#,
            r#"{ "x" : [ {"a": 2} ] , "a" : { "b.c" : 1 } }"#,
            r#"{"a":[{"b":[{"c":1}]},{"b":{"c":2}}]}"#,
        ] {
            assert_eq!(found(&["a.b.c", "d"], text), ["1", ""], "{text}");
        }
        assert_eq!(found(&["a", "a.b"], r#"{"a":{"b":5}}"#), ["", "5"]);
    }

    #[test]
    fn values_are_texts() {
        for (value, expected) in [
            ("\"x\"", "x"),
            ("\" x \"", "x"),
            ("\"a\\u0041\\n\"", "aA"),
            ("-1.5e3", "-1.5e3"),
            ("true", "true"),
            ("null", ""),
            ("\"-\"", ""),
            ("[]", ""),
            ("[[], 1]", ""),
            ("[\"TCP\",\"UDP\"]", "TCP"),
            ("[[ 7 ]]", "7"),
            ("{\"$date\":\"2026\"}", "2026"),
            ("{\"$date\":{\"$numberLong\":\"5\"}}", "5"),
            ("{\"date\":5}", ""),
            ("{}", ""),
        ] {
            assert_eq!(found(&["k"], &format!("{{\"k\":{value}}}")), [expected], "{value}");
        }
        assert_eq!(found(&["k"], r#"{"k":null,"k":1,"k":2}"#), ["1"]);
        assert_eq!(found(&["k"], "{}"), [""]);
    }

    #[test]
    fn damage_is_found() {
        let paths = Paths::new(["k"]);
        let walk = |text: &str| Found::default().walk(&paths, text.as_bytes(), 1);
        for (text, at) in [
            ("{\"a\" 1}", 5),
            ("{\"a\":}", 5),
            ("{\"a\":1 \"b\":2}", 7),
            ("{a:1}", 1),
            ("{\"a\":1,}", 7),
        ] {
            assert!(
                matches!(walk(text), Err(Fault::Expected(found, _)) if found == at),
                "{text}: {:?}",
                walk(text)
            );
        }
    }

    proptest! {
        #[test]
        fn every_key_is_found(keys in prop::collection::btree_set("[a-z]{1,20}", 1..100)) {
            let keys: Vec<String> = keys.into_iter().collect();
            let pairs = keys.iter().enumerate().map(|(index, key)| format!("\"{key}\":{index}"));
            let text = format!("{{{}}}", pairs.collect::<Vec<_>>().join(","));
            let names: Vec<&str> = keys.iter().map(String::as_str).collect();
            let expected: Vec<String> = (0..keys.len()).map(|index| index.to_string()).collect();
            prop_assert_eq!(found(&names, &text), expected);
        }
    }
}
