//! Undoes compression: gzip and zstd, recognised by their first bytes. Knows nothing of what is in them.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use flate2::bufread::MultiGzDecoder;

use super::error::InputError;
use crate::model::Place;

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    /// Undoes the packing that the first bytes show, and says which it was.
    pub fn open<'a>(mut bytes: impl Read + Send + 'a) -> io::Result<(Self, Box<dyn Read + Send + 'a>)> {
        let mut head = Vec::with_capacity(ZSTD_MAGIC.len());
        (&mut bytes).take(ZSTD_MAGIC.len() as u64).read_to_end(&mut head)?;
        let (gzip, zstd) = (head.starts_with(&GZIP_MAGIC), head == ZSTD_MAGIC);
        let bytes = io::Cursor::new(head).chain(bytes);
        Ok(if gzip {
            // A gzip file may be several in a row, as rotated logs are joined; so may a zstd file.
            (
                Self::Gzip,
                Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(PACKED_BYTES, bytes))),
            )
        } else if zstd {
            (Self::Zstd, Box::new(zstd::Decoder::new(bytes)?))
        } else {
            (Self::None, Box::new(bytes))
        })
    }

    /// Says whose fault it is that reading failed at `place`: the packed data's or the system's.
    pub fn read_error(self, name: &str, place: Place, error: io::Error) -> InputError {
        let name = name.to_owned();
        let kind = match self {
            Self::None => return InputError::Read { name, place, error },
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        };
        match error.kind() {
            io::ErrorKind::UnexpectedEof => InputError::EndsEarly { name, kind, place },
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => InputError::Damaged {
                name,
                kind,
                place,
                error,
            },
            // zstd's own errors have no kind; those of the system have a number.
            _ if self == Self::Zstd && error.raw_os_error().is_none() => InputError::Damaged {
                name,
                kind,
                place,
                error,
            },
            _ => InputError::Read { name, place, error },
        }
    }
}

/// Compressed bytes asked for at a time.
const PACKED_BYTES: usize = 64 << 10;

/// RFC 8878, section 3.1.1: the first four bytes of every frame.
pub(super) const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// RFC 1952, section 2.3.1: the first two bytes of every gzip member.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Bytes that a thread of their own gets ready, so that undoing compression and reading what comes
/// of it take place side by side.
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
                // What came before an error is told before it.
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
