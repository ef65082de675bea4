//! Where bytes come from: files, patterns of files, standard input, the sample. Owns the count of bytes
//! read; knows nothing of what is in them.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::InputError;
use super::format::SAMPLE_BYTES;
use super::sample;
use crate::words::printable_line;

/// A part of a log: where bytes are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogPart {
    /// The log in the binary: nine honeypots, July 2013.
    Sample,
    /// A file, plain or compressed.
    File(PathBuf),
    /// Standard input, plain or compressed.
    Stdin,
}

impl LogPart {
    /// The parts that arguments of the command line mean: no argument is the sample, `-` is standard
    /// input, a folder stands for the files in it and in its folders, and a name of no file with a `*`, `?`
    /// or `[` in it is a pattern, which stands for its files; both in the order of their names. Files and
    /// folders whose names begin with a dot are not those of a folder, nor is what engines write beside data.
    ///
    /// # Errors
    /// [`InputError::NothingMatches`], [`InputError::Pattern`], [`InputError::EmptyFolder`], or a folder
    /// that cannot be listed.
    pub fn from_arguments(arguments: &[PathBuf]) -> Result<Vec<Self>, InputError> {
        if arguments.is_empty() {
            return Ok(vec![Self::Sample]);
        }
        let mut parts = Vec::with_capacity(arguments.len());
        for path in arguments {
            if path.as_os_str() == "-" {
                parts.push(Self::Stdin);
                continue;
            }
            match path.to_str() {
                Some(pattern) if pattern.contains(['*', '?', '[']) && !path.exists() => {
                    parts.extend(matching(pattern)?.into_iter().map(Self::File));
                }
                _ if path.is_dir() => {
                    let before = parts.len();
                    list(path, 0, &mut parts)?;
                    if parts.len() == before {
                        return Err(InputError::EmptyFolder {
                            name: Self::File(path.clone()).name(),
                        });
                    }
                }
                _ => parts.push(Self::File(path.clone())),
            }
        }
        Ok(parts)
    }

    /// Its name in messages and titles, on one line; one of [`Reading::files`](crate::model::Reading::files).
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Sample => sample::NAME.to_owned(),
            Self::File(path) => printable_line(&path.display().to_string()).into_owned(),
            Self::Stdin => "standard input".to_owned(),
        }
    }

    /// Its bytes, as they are: of a file, those that it has now.
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

    /// When it was written last, and its last bytes.
    pub(super) fn written(&self) -> Written {
        let now = SystemTime::now();
        // A pipe is not opened twice.
        let file = match self {
            Self::File(path) if path.is_file() => File::open(path).and_then(|file| Ok((file.metadata()?, file))),
            _ => Err(io::ErrorKind::Unsupported.into()),
        };
        let Ok((found, mut file)) = file else {
            return Written::at(now, Vec::new());
        };
        let mut last = Vec::new();
        let from = found.len().saturating_sub(SAMPLE_BYTES as u64);
        let read = file
            .seek(SeekFrom::Start(from))
            .and_then(|_| file.take(SAMPLE_BYTES as u64).read_to_end(&mut last));
        if read.is_err() {
            last.clear();
        }
        Written::at(found.modified().unwrap_or(now), last)
    }

    /// Number of bytes, where that is known.
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

/// When a part was written last, and its last bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// Nanoseconds since 1970.
    pub modified_ns: i64,
    /// [`SAMPLE_BYTES`] at most; none where it is not a file.
    pub last: Vec<u8>,
}

impl Written {
    fn at(time: SystemTime, last: Vec<u8>) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let modified_ns = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
        Self { modified_ns, last }
    }
}

/// A part that is being read.
pub(super) struct Opened {
    pub bytes: Box<dyn Read + Send>,
    watched: Option<Watched>,
}

/// A file that may change while it is read.
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

    /// The bytes, and a function that tells afterwards whether the file changed while they were read.
    pub fn split(self) -> (Box<dyn Read + Send>, impl Fn() -> Option<Change>) {
        let watched = self.watched;
        (self.bytes, move || watched.as_ref().and_then(Watched::change))
    }
}

/// What became of a file while it was read, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It was cut short: `read` were left of the `of` that it had.
    CutShort { read: u64, of: u64 },
    /// It grew: `read` are shown of the `now` that it has.
    Grew { read: u64, now: u64 },
}

impl Watched {
    fn change(&self) -> Option<Change> {
        let (read, of) = (self.read.load(Ordering::Relaxed), self.length);
        if read < of {
            return Some(Change::CutShort { read, of });
        }
        let now = self.file.metadata().ok()?.len();
        (now > read).then_some(Change::Grew { read, now })
    }
}

/// A file with the length that it had when it was opened: without that, a file that is written faster
/// than it is read would have no end. A line that was being written then is read to its end.
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
                self.packed = matches!(buffer[0], 0x1f | 0x28 | b'B' | 0xfd | 0x04);
            }
        }
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// The name of several parts together: that of the first, and the number of the others.
pub(super) fn name_of(parts: &[LogPart]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.name(),
        [first, rest @ ..] => format!("{} and {} more", first.name(), rest.len()),
    }
}

/// Beginnings of the names of what Spark, Hive and Delta Lake write beside the files of a data set.
const BESIDE_DATA: [&[u8]; 7] = [
    b"_SUCCESS",
    b"_committed_",
    b"_common_metadata",
    b"_delta_log",
    b"_metadata",
    b"_started_",
    b"_temporary",
];

/// Folders within each other, at most: links may go round in circles.
const MOST_DEPTH: usize = 32;

/// Adds the files of a folder and of its folders, in the order of their names.
fn list(folder: &Path, depth: usize, parts: &mut Vec<LogPart>) -> Result<(), InputError> {
    let open_error = |error| InputError::Open {
        name: LogPart::File(folder.to_owned()).name(),
        error,
    };
    if depth > MOST_DEPTH {
        return Err(open_error(io::Error::other("folders are nested too deeply")));
    }
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(open_error)? {
        let entry = entry.map_err(open_error)?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if !name.starts_with(b".") && !BESIDE_DATA.iter().any(|beside| name.starts_with(beside)) {
            paths.push(entry.path());
        }
    }
    paths.sort_unstable();
    for path in paths {
        if path.is_dir() {
            list(&path, depth + 1, parts)?;
        } else if path.is_file() {
            parts.push(LogPart::File(path));
        }
    }
    Ok(())
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

/// The progress of reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far, as they are in the files: compressed, where those are.
    pub bytes: u64,
    /// Bytes of all parts, where that is known: not of standard input, and a file may still grow.
    pub total_bytes: Option<u64>,
}

/// Counts the bytes of all parts.
#[derive(Debug, Default)]
pub(super) struct Meter {
    bytes: Arc<AtomicU64>,
    total_bytes: Option<u64>,
}

impl Meter {
    pub fn new(parts: &[LogPart]) -> Self {
        Self {
            bytes: Arc::default(),
            total_bytes: parts.iter().map(LogPart::bytes).sum(),
        }
    }

    pub fn count<R: Read>(&self, bytes: R) -> Metered<R> {
        Metered {
            bytes,
            count: Arc::clone(&self.bytes),
        }
    }

    /// Counts bytes that were read otherwise.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// Reads a file that holds `before`, to which `change` is done once it is open.
    fn read_while(before: &str, change: impl FnOnce(&mut File)) -> (String, Option<Change>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), before).unwrap();
        let part = LogPart::File(file.path().to_owned());
        let (mut bytes, changed) = part.open().unwrap().split();
        change(&mut File::options().append(true).open(file.path()).unwrap());
        let mut text = String::new();
        bytes.read_to_string(&mut text).unwrap();
        (text, changed())
    }

    #[test]
    fn a_file_that_grows_is_read_as_it_was_to_the_end_of_a_line() {
        let (text, change) = read_while("a\nb\n", |file| file.write_all(b"c\nd\n").unwrap());
        assert_eq!(
            (text.as_str(), change),
            ("a\nb\n", Some(Change::Grew { read: 4, now: 8 }))
        );
        let (text, change) = read_while("a\nbb", |file| file.write_all(b"bb\nd\n").unwrap());
        assert_eq!(
            (text.as_str(), change),
            ("a\nbbbb\n", Some(Change::Grew { read: 7, now: 9 }))
        );
    }

    #[test]
    fn a_file_that_is_cut_short_is_read_as_far_as_it_goes() {
        let (text, change) = read_while("a\nb\nc\n", |file| file.set_len(4).unwrap());
        assert_eq!(
            (text.as_str(), change),
            ("a\nb\n", Some(Change::CutShort { read: 4, of: 6 }))
        );
        assert_eq!(read_while("a\nb", |_| ()), ("a\nb".to_owned(), None));
    }
}
