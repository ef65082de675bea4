//! Undoes compression: gzip, zstd, bzip2, xz and lz4, recognised by their first bytes. Knows nothing of the content.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::XzReader;
use zstd::stream::raw::{Decoder, Operation as _};

use super::error::InputError;
use crate::model::Place;

/// A way in which bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Lz4,
}

/// The content of a log, without its compression.
pub(super) struct Unpacked<'a> {
    pub packing: Packing,
    pub bytes: Box<dyn Read + Send + 'a>,
    /// The bytes behind the end of the compressed data, once it was read and if there are some.
    pub behind: Arc<OnceLock<Behind>>,
}

/// Bytes behind the end of compressed data, which are not read.
pub(super) struct Behind {
    /// Their number.
    pub bytes: u64,
    /// Number of all bytes, the compressed data's and these.
    pub of: u64,
}

impl Behind {
    /// Whether they are too few to be a damaged part of the data: the smallest part takes 9 bytes.
    pub const fn is_stray(&self) -> bool {
        self.bytes < 9
    }
}

impl Packing {
    /// The packing of data that begins like this.
    fn of(head: &[u8]) -> Self {
        if head.starts_with(&GZIP_MAGIC) {
            Self::Gzip
        } else if head.starts_with(&ZSTD_MAGIC) || is_skippable(head) {
            Self::Zstd
        } else if matches!(head, [b'B', b'Z', b'h', b'1'..=b'9', ..]) {
            Self::Bzip2
        } else if head.starts_with(&XZ_MAGIC) {
            Self::Xz
        } else if head.starts_with(&LZ4_MAGIC) {
            Self::Lz4
        } else {
            Self::None
        }
    }

    /// Undoes the packing that the first bytes show.
    pub fn open<'a>(bytes: impl Read + Send + 'a) -> io::Result<Unpacked<'a>> {
        let mut bytes = Peeked::new(bytes);
        let packing = Self::of(bytes.peek(HEAD_BYTES)?);
        let behind = Arc::default();
        let bytes: Box<dyn Read + Send> = match packing {
            Self::None => Box::new(bytes),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(bytes)),
            Self::Xz => Box::new(XzReader::new(bytes, true)),
            Self::Lz4 => Box::new(Lz4Frames(FrameDecoder::new(bytes))),
            Self::Gzip | Self::Zstd => Box::new(Parts {
                packing,
                part: Part::Between(bytes),
                behind: Arc::clone(&behind),
            }),
        };
        Ok(Unpacked { packing, bytes, behind })
    }

    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lz4 => "lz4",
            Self::Zstd | Self::None => "zstd",
        }
    }

    /// Says whose fault it is that reading failed at `place`: the packed data's or the system's.
    pub fn read_error(self, name: &str, place: Place, error: io::Error) -> InputError {
        let (name, kind) = (name.to_owned(), self.name());
        // Errors of the system have a number; those of decoders have all kinds.
        if self == Self::None || error.raw_os_error().is_some() {
            return InputError::Read { name, place, error };
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => InputError::EndsEarly { name, kind, place },
            _ if error.to_string().contains(TOO_LARGE) => InputError::WindowTooLarge { name },
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => InputError::Damaged {
                name,
                kind,
                place,
                error,
            },
            _ if self != Self::Gzip => InputError::Damaged {
                name,
                kind,
                place,
                error,
            },
            _ => InputError::Read { name, place, error },
        }
    }
}

/// Number of compressed bytes asked for at a time.
const PACKED_BYTES: usize = 64 << 10;

/// Number of bytes that tell how a part is packed: a skippable frame's magic number and length.
const HEAD_BYTES: usize = 8;

/// RFC 8878, section 3.1.1: the first four bytes of every frame.
pub(super) const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The XZ File Format, version 1.2.1, section 2.1.1.1.
const XZ_MAGIC: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];

/// LZ4 Frame Format Description, "Magic Number", little endian.
const LZ4_MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

/// RFC 1952, section 2.3.1: the first two bytes of every gzip member.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The words of zstd for a window beyond the 128 MiB that it decodes unasked.
const TOO_LARGE: &str = "requires too much memory";

/// RFC 8878, section 3.1.2: a frame of bytes for other programs; pzstd and the seekable format write them.
fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Compressed data, which is several parts one after the other: gzip members, as rotated logs are joined,
/// or zstd frames.
///
/// Zeros between and behind the parts are padding, of tapes and of `dd`. Other bytes behind the last part
/// are counted and not read; where another part follows them, the data is damaged.
struct Parts<R> {
    packing: Packing,
    part: Part<R>,
    behind: Arc<OnceLock<Behind>>,
}

enum Part<R> {
    Between(Peeked<R>),
    Gzip(Box<GzDecoder<Peeked<R>>>),
    Zstd(Peeked<R>, Decoder<'static>),
    End,
}

impl<R: Read> Read for Parts<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            // After an error there is nothing.
            let length = match std::mem::replace(&mut self.part, Part::End) {
                Part::End => return Ok(0),
                Part::Between(bytes) => {
                    self.part = self.begin(bytes)?;
                    continue;
                }
                Part::Gzip(mut decoder) => {
                    let length = decoder.read(buffer)?;
                    self.part = match length {
                        0 => Part::Between(decoder.into_inner()),
                        _ => Part::Gzip(decoder),
                    };
                    length
                }
                Part::Zstd(mut bytes, mut decoder) => {
                    let packed = bytes.fill_buf()?;
                    let ended = packed.is_empty();
                    // At the end, some of the content may be left that had no room.
                    let status = decoder.run_on_buffers(packed, buffer)?;
                    bytes.consume(status.bytes_read);
                    if ended && status.bytes_written == 0 && status.remaining > 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    self.part = match status.remaining {
                        0 => Part::Between(bytes),
                        _ => Part::Zstd(bytes, decoder),
                    };
                    status.bytes_written
                }
            };
            if length > 0 {
                return Ok(length);
            }
        }
    }
}

impl<R: Read> Parts<R> {
    /// The part that comes next.
    fn begin(&self, mut bytes: Peeked<R>) -> io::Result<Part<R>> {
        bytes.skip_zeros()?;
        let head = bytes.peek(HEAD_BYTES)?;
        if head.is_empty() {
            return Ok(Part::End);
        }
        if Packing::of(head) == self.packing {
            if let [_, _, _, _, length @ ..] = head
                && is_skippable(head)
            {
                let length = <[u8; 4]>::try_from(length).map_err(|_| io::ErrorKind::UnexpectedEof)?;
                bytes.skip(HEAD_BYTES as u64 + u64::from(u32::from_le_bytes(length)))?;
                return Ok(Part::Between(bytes));
            }
            return Ok(match self.packing {
                Packing::Gzip => Part::Gzip(Box::new(GzDecoder::new(bytes))),
                _ => Part::Zstd(bytes, Decoder::new()?),
            });
        }
        let magic = match self.packing {
            Packing::Gzip => &[GZIP_MAGIC[0], GZIP_MAGIC[1], 8][..],
            _ => &ZSTD_MAGIC[..],
        };
        if magic.starts_with(head) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let count = bytes.count_without(magic)?.ok_or_else(|| {
            let what = "bytes that are no part of it, and more of it behind them";
            io::Error::new(io::ErrorKind::InvalidData, what)
        })?;
        // Set once: this is the end.
        let _ = self.behind.set(Behind {
            bytes: count,
            of: bytes.taken,
        });
        Ok(Part::End)
    }
}

/// LZ4 frames one after the other. The decoder ends with each; it goes on where it is asked again.
struct Lz4Frames<R: Read>(FrameDecoder<R>);

impl<R: BufRead> Read for Lz4Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.0.read(buffer)?;
            if length > 0 || buffer.is_empty() || self.0.get_mut().fill_buf()?.is_empty() {
                return Ok(length);
            }
        }
    }
}

/// Bytes that can be looked at before they are read.
struct Peeked<R> {
    bytes: R,
    /// Number of bytes taken from `bytes`.
    taken: u64,
    buffer: Vec<u8>,
    at: usize,
}

impl<R: Read> Peeked<R> {
    const fn new(bytes: R) -> Self {
        Self {
            bytes,
            taken: 0,
            buffer: Vec::new(),
            at: 0,
        }
    }

    /// The next bytes, `count` of them unless the end comes before.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.buffer.len() - self.at < count {
            self.buffer.drain(..self.at);
            self.at = 0;
            let missing = PACKED_BYTES.max(count) - self.buffer.len();
            let before = self.buffer.len();
            self.buffer.resize(before + missing, 0);
            let read = loop {
                match self.bytes.read(&mut self.buffer[before..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            self.buffer.truncate(before + *read.as_ref().unwrap_or(&0));
            let read = read?;
            self.taken += read as u64;
            if read == 0 {
                break;
            }
        }
        let end = (self.at + count).min(self.buffer.len());
        Ok(&self.buffer[self.at..end])
    }

    fn skip_zeros(&mut self) -> io::Result<()> {
        loop {
            let bytes = self.fill_buf()?;
            let (length, zeros) = (bytes.len(), bytes.iter().take_while(|byte| **byte == 0).count());
            self.consume(zeros);
            if zeros < length || length == 0 {
                return Ok(());
            }
        }
    }

    fn skip(&mut self, mut count: u64) -> io::Result<()> {
        while count > 0 {
            let length = self.fill_buf()?.len();
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let skipped = length.min(usize::try_from(count).unwrap_or(usize::MAX));
            self.consume(skipped);
            count -= skipped as u64;
        }
        Ok(())
    }

    /// Reads to the end; returns the number of bytes, or none if `magic` is among them.
    fn count_without(&mut self, magic: &[u8]) -> io::Result<Option<u64>> {
        let mut count = 0;
        loop {
            let bytes = self.peek(PACKED_BYTES)?;
            if memchr::memmem::find(bytes, magic).is_some() {
                return Ok(None);
            }
            if bytes.len() < PACKED_BYTES {
                return Ok(Some(count + bytes.len() as u64));
            }
            // The magic may begin in these bytes and end in the next.
            let read = bytes.len() + 1 - magic.len();
            self.consume(read);
            count += read as u64;
        }
    }
}

impl<R: Read> BufRead for Peeked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.buffer.len() {
            self.peek(1)?;
        }
        Ok(&self.buffer[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

impl<R: Read> Read for Peeked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() {
            let length = self.bytes.read(buffer)?;
            self.taken += length as u64;
            return Ok(length);
        }
        let length = (&self.buffer[self.at..]).read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

/// Bytes that a thread of their own gets ready, so that undoing compression and reading the
/// content take place side by side.
pub(super) struct Ahead {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: io::Cursor<Vec<u8>>,
}

impl Ahead {
    const CHUNK_BYTES: usize = 1 << 20;

    /// Starts the thread, which ends with the bytes, or with the first chunk that nobody takes.
    pub fn new(mut bytes: Box<dyn Read + Send>) -> io::Result<Self> {
        let (send, chunks) = sync_channel(2);
        thread::Builder::new().name("unpack".to_owned()).spawn(move || {
            loop {
                let mut chunk = Vec::with_capacity(Self::CHUNK_BYTES);
                let result = (&mut bytes).take(Self::CHUNK_BYTES as u64).read_to_end(&mut chunk);
                let ended = result.is_err() || chunk.len() < Self::CHUNK_BYTES;
                // Bytes before an error are handed on before it.
                if send.send(Ok(chunk)).is_err() {
                    return;
                }
                if let Err(error) = result {
                    // As above.
                    let _ = send.send(Err(error));
                }
                if ended {
                    return;
                }
            }
        })?;
        Ok(Self {
            chunks,
            chunk: io::Cursor::default(),
        })
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.chunk.read(buffer)?;
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            match self.chunks.recv() {
                Ok(chunk) => self.chunk = io::Cursor::new(chunk?),
                Err(_) => return Ok(0),
            }
        }
    }
}
