//! Where bytes come from: files, patterns of files, standard input, the sample; plain or compressed.
//! Owns decompression and the count of bytes read; knows nothing of what is in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use flate2::bufread::MultiGzDecoder;

use super::InputError;
use super::sample;

/// Where a log comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The log in the binary: nine honeypots, July 2013.
    Sample,
    /// A file, plain or compressed.
    File(PathBuf),
    /// Standard input, plain or compressed.
    Stdin,
}

impl Source {
    /// The sources that arguments of the command line mean: none is the sample, `-` standard input,
    /// and what names no file but has a `*`, `?` or `[` is a pattern: its files in the order of their names.
    ///
    /// # Errors
    /// [`InputError::NothingMatches`], [`InputError::Pattern`], or a folder that cannot be listed.
    pub fn from_arguments(arguments: &[PathBuf]) -> Result<Vec<Self>, InputError> {
        if arguments.is_empty() {
            return Ok(vec![Self::Sample]);
        }
        let mut sources = Vec::with_capacity(arguments.len());
        for path in arguments {
            if path.as_os_str() == "-" {
                sources.push(Self::Stdin);
                continue;
            }
            match path.to_str() {
                Some(pattern) if pattern.contains(['*', '?', '[']) && !path.exists() => {
                    sources.extend(matching(pattern)?.into_iter().map(Self::File));
                }
                _ => sources.push(Self::File(path.clone())),
            }
        }
        Ok(sources)
    }

    /// What to call it in messages and titles; one of [`Reading::files`](crate::model::Reading::files).
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Sample => sample::NAME.to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
        }
    }

    /// Its bytes, as they are: of a file, as many as it has now.
    pub(super) fn open(&self) -> Result<Opened, InputError> {
        let open_error = |error| InputError::Open {
            name: self.name(),
            error,
        };
        Ok(match self {
            Self::Sample => Opened::other(sample::GZIPPED_CSV),
            Self::Stdin => Opened::other(io::stdin()),
            Self::File(path) => {
                let file = File::open(path).map_err(open_error)?;
                let found = file.metadata().map_err(open_error)?;
                if found.is_dir() {
                    return Err(open_error(io::ErrorKind::IsADirectory.into()));
                }
                // Pipes have no length, and files of /proc say 0.
                if found.is_file() && found.len() > 0 {
                    Opened::file(file, found.len()).map_err(open_error)?
                } else {
                    Opened::other(file)
                }
            }
        })
    }

    /// How many bytes there are, where that is known.
    pub(super) fn bytes(&self) -> Option<u64> {
        match self {
            Self::Sample => Some(sample::GZIPPED_CSV.len() as u64),
            Self::Stdin => None,
            Self::File(path) => path
                .metadata()
                .ok()
                .filter(std::fs::Metadata::is_file)
                .map(|found| found.len()),
        }
    }
}

/// A source that is being read.
pub(super) struct Opened {
    pub bytes: Box<dyn Read + Send>,
    watched: Option<Watched>,
}

/// A file that may change under our hands.
struct Watched {
    file: File,
    length: u64,
    read: Arc<AtomicU64>,
}

impl Opened {
    fn other(bytes: impl Read + Send + 'static) -> Self {
        Self {
            bytes: Box::new(bytes),
            watched: None,
        }
    }

    fn file(file: File, length: u64) -> io::Result<Self> {
        let read = Arc::new(AtomicU64::new(0));
        let watched = Watched {
            file: file.try_clone()?,
            length,
            read: Arc::clone(&read),
        };
        let bytes = Box::new(Snapshot {
            file,
            length,
            read,
            packed: false,
            last: b'\n',
        });
        Ok(Self {
            bytes,
            watched: Some(watched),
        })
    }

    /// Takes the bytes; what is left can tell whether the file changed while they were read.
    pub fn split(self) -> (Box<dyn Read + Send>, impl Fn() -> Option<String>) {
        let watched = self.watched;
        (self.bytes, move || watched.as_ref().and_then(Watched::remark))
    }
}

impl Watched {
    fn remark(&self) -> Option<String> {
        let (read, length) = (self.read.load(Ordering::Relaxed), self.length);
        if read < length {
            return Some(format!(
                "the file was cut short while it was read: {read} of {length} bytes were left of it"
            ));
        }
        let now = self.file.metadata().ok()?.len();
        (now > read).then(|| {
            format!("the file grew while it was read: shown is what its first {read} bytes hold, of {now} by now")
        })
    }
}

/// A file as long as it was when it was opened: one that is written faster than it is read would
/// have no end. A line that the writer was in the middle of is read to its end.
struct Snapshot {
    file: File,
    length: u64,
    read: Arc<AtomicU64>,
    packed: bool,
    last: u8,
}

impl Read for Snapshot {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read.load(Ordering::Relaxed);
        let length = if read < self.length {
            let left = usize::try_from(self.length - read).unwrap_or(usize::MAX);
            let most = buffer.len().min(left);
            self.file.read(&mut buffer[..most])?
        } else if self.last != b'\n' && !self.packed {
            let length = self.file.read(buffer)?;
            memchr::memchr(b'\n', &buffer[..length]).map_or(length, |newline| newline + 1)
        } else {
            0
        };
        if let Some(last) = buffer[..length].last() {
            self.last = *last;
            if read == 0 {
                self.packed = matches!(buffer[0], 0x1f | 0x28);
            }
        }
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// What to call several sources together: the first, and how many more.
pub(super) fn name_of(sources: &[Source]) -> String {
    match sources {
        [] => String::new(),
        [one] => one.name(),
        [first, rest @ ..] => format!("{} and {} more", first.name(), rest.len()),
    }
}

/// The files that a pattern stands for, in the order of their names.
fn matching(pattern: &str) -> Result<Vec<PathBuf>, InputError> {
    let paths = glob::glob(pattern).map_err(|error| InputError::Pattern {
        pattern: pattern.to_owned(),
        reason: error.to_string(),
    })?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|error| InputError::Open {
            name: error.path().display().to_string(),
            error: error.into(),
        })?;
        if !path.is_dir() {
            files.push(path);
        }
    }
    if files.is_empty() {
        let pattern = pattern.to_owned();
        return Err(InputError::NothingMatches { pattern });
    }
    Ok(files)
}

/// How far reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far, as they are in the files: compressed, where those are.
    pub bytes: u64,
    /// Bytes of all sources, where that is known: not of standard input, and a file may still grow.
    pub total_bytes: Option<u64>,
}

/// Counts the bytes of all sources.
#[derive(Debug, Default)]
pub(super) struct Meter {
    bytes: Arc<AtomicU64>,
    total_bytes: Option<u64>,
}

impl Meter {
    pub fn new(sources: &[Source]) -> Self {
        Self {
            bytes: Arc::default(),
            total_bytes: sources.iter().map(Source::bytes).sum(),
        }
    }

    pub fn count<R: Read>(&self, bytes: R) -> Metered<R> {
        Metered {
            bytes,
            count: Arc::clone(&self.bytes),
        }
    }

    /// Counts bytes that were read otherwise.
    #[cfg(feature = "prepared")]
    pub fn advance(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub fn progress(&self) -> Progress {
        Progress {
            bytes: self.bytes.load(Ordering::Relaxed),
            total_bytes: self.total_bytes,
        }
    }
}

/// Bytes that are counted as they are read.
pub(super) struct Metered<R> {
    bytes: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.read(buffer)?;
        self.count.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

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

    /// Says whose fault it is that reading failed at `line`: the packed data's or the system's.
    pub fn read_error(self, name: &str, line: u64, error: io::Error) -> InputError {
        let name = name.to_owned();
        let kind = match self {
            Self::None => return InputError::Read { name, line, error },
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        };
        match error.kind() {
            io::ErrorKind::UnexpectedEof => InputError::EndsEarly { name, kind, line },
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => InputError::Damaged {
                name,
                kind,
                line,
                error,
            },
            // zstd's own errors have no kind; those of the system have a number.
            _ if self == Self::Zstd && error.raw_os_error().is_none() => InputError::Damaged {
                name,
                kind,
                line,
                error,
            },
            _ => InputError::Read { name, line, error },
        }
    }
}

/// Compressed bytes asked for at a time.
const PACKED_BYTES: usize = 64 << 10;

/// RFC 8878, section 3.1.1: the first four bytes of every frame.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// RFC 1952, section 2.3.1: the first two bytes of every gzip member.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

pub(super) const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// How much of the text is looked at before it is read: a header and some rows of any log.
pub(super) const HEAD_BYTES: usize = 8192;

const DECOMPRESS: &str = "decompress it first, to a file or into standard input";
const PREPARED: &str = if cfg!(feature = "prepared") {
    "give it as a file of its own, not compressed again nor by standard input"
} else {
    "this portbloom was built without the feature `prepared`"
};
const EXPORT: &str = "export the packets to CSV first, a time, a protocol and a port each";

/// First bytes of files that people may well hand over, what they are, and what to do about it.
const BINARIES: [(&[u8], &str, &str); 13] = [
    (b"PAR1", "a prepared log (Parquet)", PREPARED),
    (&GZIP_MAGIC, "gzip data within compressed data", DECOMPRESS),
    (b"\x28\xb5\x2f\xfd", "zstd data within compressed data", DECOMPRESS),
    (b"\xfd7zXZ\0", "xz data", DECOMPRESS),
    (b"BZh9", "bzip2 data", DECOMPRESS),
    (
        b"PK\x03\x04",
        "a zip archive or a spreadsheet",
        "unpack it, or save the sheet as CSV",
    ),
    (b"\xd4\xc3\xb2\xa1", "a packet capture (pcap)", EXPORT),
    (b"\xa1\xb2\xc3\xd4", "a packet capture (pcap)", EXPORT),
    (b"\x4d\x3c\xb2\xa1", "a packet capture (pcap)", EXPORT),
    (b"\xa1\xb2\x3c\x4d", "a packet capture (pcap)", EXPORT),
    (b"\x0a\x0d\x0d\x0a", "a packet capture (pcapng)", EXPORT),
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
];

/// What a file that is no text is, and the remedy; `None` for what may be CSV.
pub(super) fn recognise_binary(head: &[u8]) -> Option<(&'static str, &'static str)> {
    BINARIES
        .iter()
        .find(|(magic, ..)| head.starts_with(magic))
        .map(|&(_, what, remedy)| (what, remedy))
        .or_else(|| {
            head.contains(&0)
                .then_some(("binary data", "check that this is the log you mean"))
        })
}

pub(super) fn count_newlines(bytes: &[u8]) -> u64 {
    bytes.split(|&byte| byte == b'\n').count() as u64 - 1
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// Reads a file that holds `before`, to which `change` is done once it is open.
    fn read_while(before: &str, change: impl FnOnce(&mut File)) -> (String, Option<String>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), before).unwrap();
        let source = Source::File(file.path().to_owned());
        let (mut bytes, remark) = source.open().unwrap().split();
        change(&mut File::options().append(true).open(file.path()).unwrap());
        let mut text = String::new();
        bytes.read_to_string(&mut text).unwrap();
        (text, remark())
    }

    #[test]
    fn a_file_that_grows_is_read_as_it_was_to_the_end_of_a_line() {
        let (text, remark) = read_while("a\nb\n", |file| file.write_all(b"c\nd\n").unwrap());
        assert_eq!(text, "a\nb\n");
        assert!(remark.unwrap().starts_with("the file grew while it was read"));
        let (text, remark) = read_while("a\nbb", |file| file.write_all(b"bb\nd\n").unwrap());
        assert_eq!(text, "a\nbbbb\n");
        assert!(remark.unwrap().contains("its first 7 bytes"));
    }

    #[test]
    fn a_file_that_is_cut_short_is_read_as_far_as_it_goes() {
        let (text, remark) = read_while("a\nb\nc\n", |file| file.set_len(4).unwrap());
        assert_eq!(text, "a\nb\n");
        assert!(remark.unwrap().contains("4 of 6 bytes"));
        assert_eq!(read_while("a\nb", |_| ()), ("a\nb".to_owned(), None));
    }
}
