//! Text in UTF-16, as Windows writes it, to UTF-8. It is recognised by its byte order mark; all other bytes
//! pass as they are, but for byte order marks of UTF-8 in front of them, one or several.

use std::io::{self, Read};

/// Number of bytes of UTF-16 that are decoded at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// Bytes of a log, in UTF-8 where they are text.
pub(super) struct Text<R> {
    bytes: R,
    state: State,
}

enum State {
    /// Nothing was read yet.
    New,
    /// Bytes that were looked at, and are to be handed on as they are.
    Plain {
        front: [u8; 3],
        at: usize,
        length: usize,
    },
    Utf16(Decoder),
}

/// The bytes of a text in UTF-8, where they are in UTF-16 by their byte order mark; others are as they were, but for
/// byte order marks.
///
/// # Errors
/// None: bytes in memory can be read.
pub fn in_utf8(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(bytes.len());
    Text::of(bytes).read_to_end(&mut text)?;
    Ok(text)
}

/// Decodes UTF-16.
struct Decoder {
    big_endian: bool,
    /// Bytes that were read and not decoded: at most three, of a unit and half a pair.
    rest: Vec<u8>,
    /// What was decoded, and how much of it was handed on.
    text: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Text<R> {
    pub const fn of(bytes: R) -> Self {
        Self {
            bytes,
            state: State::New,
        }
    }

    /// Looks for a byte order mark.
    fn begin(&mut self) -> io::Result<State> {
        let (mut front, mut length) = ([0; 3], 0);
        loop {
            while length < front.len() {
                match self.bytes.read(&mut front[length..]) {
                    Ok(0) => break,
                    Ok(read) => length += read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if length == 0 => return Err(error),
                    // It comes again with the next read.
                    Err(_) => break,
                }
            }
            if front != *b"\xef\xbb\xbf" || length < front.len() {
                break;
            }
            length = 0;
        }
        let big_endian = match front {
            [0xff, 0xfe, _] if length > 1 => false,
            [0xfe, 0xff, _] if length > 1 => true,
            _ => return Ok(State::Plain { front, at: 0, length }),
        };
        Ok(State::Utf16(Decoder {
            big_endian,
            rest: front[2..length].to_vec(),
            text: Vec::new(),
            at: 0,
            ended: false,
        }))
    }
}

impl Decoder {
    /// Decodes the next chunk of bytes.
    fn fill(&mut self, bytes: &mut impl Read) -> io::Result<()> {
        let read = bytes.take(CHUNK_BYTES as u64).read_to_end(&mut self.rest)?;
        self.ended = read < CHUNK_BYTES;
        let big_endian = self.big_endian;
        let unit = |pair: &[u8]| {
            let pair = [pair[0], pair[1]];
            if big_endian {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            }
        };
        let mut whole = self.rest.len() / 2 * 2;
        // A pair of units that the next chunk completes.
        if !self.ended && whole > 0 && (0xd800..0xdc00).contains(&unit(&self.rest[whole - 2..whole])) {
            whole -= 2;
        }
        self.text.clear();
        self.at = 0;
        let chars = char::decode_utf16(self.rest[..whole].chunks_exact(2).map(unit));
        for char in chars.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)) {
            self.text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
        self.rest.drain(..whole);
        if self.ended && !self.rest.is_empty() {
            self.rest.clear();
            self.text.extend_from_slice("\u{fffd}".as_bytes());
        }
        Ok(())
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.state, State::New) {
            self.state = self.begin()?;
        }
        match &mut self.state {
            State::New => Ok(0),
            State::Plain { front, at, length } if *at < *length => {
                let read = (&front[*at..*length]).read(buffer)?;
                *at += read;
                Ok(read)
            }
            State::Plain { .. } => self.bytes.read(buffer),
            State::Utf16(decoder) => {
                while decoder.at == decoder.text.len() {
                    if decoder.ended {
                        return Ok(0);
                    }
                    decoder.fill(&mut self.bytes)?;
                }
                let read = (&decoder.text[decoder.at..]).read(buffer)?;
                decoder.at += read;
                Ok(read)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_of_utf_8_are_taken_off_the_front_alone() {
        const MARK: &str = "\u{feff}";
        for marks in 0..4 {
            for text in ["", "a", "ab", "abc", "a\u{feff}b"] {
                let mut read = String::new();
                let marked = MARK.repeat(marks) + text;
                Text::of(marked.as_bytes()).read_to_string(&mut read).unwrap();
                assert_eq!(read, text);
            }
        }
    }

    fn decoded(bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        Text::of(bytes).read_to_end(&mut text).unwrap();
        text
    }

    fn encoded(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(bytes_of)
            .collect()
    }

    #[test]
    fn text_is_decoded_by_its_mark() {
        let text = "zeit,proto\r\n\u{1f980}".repeat(20_000);
        for bytes_of in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(decoded(&encoded(&text, bytes_of)), text.as_bytes());
        }
        assert_eq!(decoded(b"\xff\xfea\0b"), "a\u{fffd}".as_bytes());
        assert_eq!(decoded(b"\xff\xfe\x00\xd8"), "\u{fffd}".as_bytes());
    }

    #[test]
    fn other_bytes_pass() {
        for bytes in [&b""[..], b"a", b"\xff", b"ab", b"abc", b"\xff\xffabc", b"\xef\xbbabc"] {
            assert_eq!(decoded(bytes), bytes);
        }
    }

    proptest! {
        #[test]
        fn what_windows_writes_is_read_back(text in any::<String>()) {
            prop_assert_eq!(decoded(&encoded(&text, u16::to_le_bytes)), text.as_bytes());
        }
    }
}
