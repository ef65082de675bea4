//! A log, wherever it is, to events: finds the bytes, undoes gzip, recognises the format.
//!
//! Owns what all formats share (sources, options, errors); one file per format does the reading.
//! Knows no window, no aggregation and no picture.

mod csv;
mod sample;
mod time;

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use flate2::read::MultiGzDecoder;
use thiserror::Error;

use crate::model::Reading;
pub use time::{TimeError, parse_time_ns};

/// Where a log comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The log in the binary: nine honeypots, July 2013.
    Sample,
    /// A file, plain or gzipped.
    File(PathBuf),
    /// Standard input, plain or gzipped.
    Stdin,
}

impl Source {
    /// The source that a path on the command line means: none is the sample, `-` standard input.
    #[must_use]
    pub fn from_argument(path: Option<PathBuf>) -> Self {
        match path {
            None => Self::Sample,
            Some(path) if path.as_os_str() == "-" => Self::Stdin,
            Some(path) => Self::File(path),
        }
    }

    /// What to call it in messages and titles; becomes [`Reading::source`].
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Sample => sample::NAME.to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
        }
    }
}

/// How to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether the first row that cannot be read is an error; otherwise it is counted, and reading
    /// goes on.
    pub strict: bool,
}

/// Why there is no log. Each message names the log, what is wrong with it and what to do.
///
/// Causes are part of the message, and so not repeated by [`std::error::Error::source`].
#[derive(Debug, Error)]
pub enum InputError {
    /// The file cannot be opened.
    #[error("{name}: cannot open the log: {error}; check the path and its permissions")]
    Open {
        /// The log.
        name: String,
        /// The system's reason.
        error: io::Error,
    },
    /// Reading failed midway.
    #[error("{name}:{line}: cannot read on: {error}")]
    Read {
        /// The log.
        name: String,
        /// Line of the text that reading had come to.
        line: u64,
        /// The system's reason.
        error: io::Error,
    },
    /// A gzip stream stops before its end: a download or a logger was cut off.
    #[error(
        "{name}: the gzip data ends early, at line {line} of the text; fetch the file again, or \
         save what there is with `gzip -dc` and read that"
    )]
    GzipEndsEarly {
        /// The log.
        name: String,
        /// Line of the text that reading had come to.
        line: u64,
    },
    /// A gzip stream does not decode, or something that is not gzip follows it.
    #[error(
        "{name}: the gzip data is damaged after line {line} of the text ({error}); fetch the file \
         again, or save what there is with `gzip -dc` and read that"
    )]
    GzipDamaged {
        /// The log.
        name: String,
        /// Line of the text that reading had come to.
        line: u64,
        /// The decoder's reason.
        error: io::Error,
    },
    /// Not a text at all.
    #[error("{name}: is {what}; expected CSV text, plain or gzipped: {remedy}")]
    NotText {
        /// The log.
        name: String,
        /// What it looks like.
        what: &'static str,
        /// How to make CSV text of it.
        remedy: &'static str,
    },
    /// Nothing but blank lines.
    #[error("{name}: is empty; expected CSV text whose first line names the columns: {columns}")]
    Empty {
        /// The log.
        name: String,
        /// The columns a log needs.
        columns: String,
    },
    /// The header lacks columns that every log needs.
    #[error("{name}:{line}: no column for {missing}; this line names {found}; {remedy}")]
    MissingColumns {
        /// The log.
        name: String,
        /// Line of the header.
        line: u64,
        /// What is missing, and how a column for it may be named.
        missing: String,
        /// The columns there are.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The first line has a quote that takes in the lines below it.
    #[error("{name}:{line}: {what}; correct the header")]
    Header {
        /// The log.
        name: String,
        /// Line of the header.
        line: u64,
        /// What was found, and what was expected.
        what: String,
    },
    /// A header, and nothing below it.
    #[error("{name}: has a header and no rows; was the log still being written, or cut off?")]
    NoRows {
        /// The log.
        name: String,
    },
    /// Rows, but none that can be read.
    #[error(
        "{name}:{line}: {what}; none of the {rows} rows can be read: check that the header names \
         the columns it stands above"
    )]
    NoReadableRow {
        /// The log.
        name: String,
        /// Number of rows.
        rows: u64,
        /// Line of the first row.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A row that cannot be read, under [`Options::strict`].
    #[error("{name}:{line}: {what}; correct the row, or read without --strict to leave it out")]
    Row {
        /// The log.
        name: String,
        /// Line of the row.
        line: u64,
        /// What was found, and what was expected.
        what: String,
    },
}

/// Reads a whole log.
///
/// Its events are in the order of the log; times are UTC nanoseconds; line numbers are those of the
/// decompressed text. A log all of whose rows are without ports is read, and has no events.
///
/// # Errors
///
/// [`InputError`], where there is no log to speak of or, under [`Options::strict`], a row of it
/// cannot be read.
pub fn read(source: &Source, options: &Options) -> Result<Reading, InputError> {
    let name = source.name();
    match source {
        Source::Sample => read_from(sample::GZIPPED_CSV, name, options),
        Source::File(path) => match File::open(path) {
            Ok(file) if file.metadata().is_ok_and(|found| found.is_dir()) => {
                let error = io::Error::from(io::ErrorKind::IsADirectory);
                Err(InputError::Open { name, error })
            }
            Ok(file) => read_from(file, name, options),
            Err(error) => Err(InputError::Open { name, error }),
        },
        Source::Stdin => read_from(io::stdin().lock(), name, options),
    }
}

/// [`read`] for any other stream of bytes, plain or gzipped, called `name` in messages.
///
/// # Errors
///
/// As [`read`].
pub fn read_from(input: impl Read, name: impl Into<String>, options: &Options) -> Result<Reading, InputError> {
    let mut log = Log {
        name: name.into(),
        gzipped: false,
    };
    let mut input = input;
    let head = peek(&mut input, GZIP_MAGIC.len()).map_err(|(_, error)| log.read_error(1, error))?;
    log.gzipped = head == GZIP_MAGIC;
    let input = head.chain(input);
    if log.gzipped {
        // A gzip file may be several in a row, as rotated logs are joined.
        read_text(MultiGzDecoder::new(input), &log, *options)
    } else {
        read_text(input, &log, *options)
    }
}

/// Tells CSV text from what it might be mistaken for, and has it read.
fn read_text(mut text: impl Read, log: &Log, options: Options) -> Result<Reading, InputError> {
    let head = peek(&mut text, HEAD_BYTES).map_err(|(head, error)| log.read_error(1 + count_newlines(&head), error))?;
    if let Some((what, remedy)) = recognise_binary(&head) {
        return Err(InputError::NotText {
            name: log.name.clone(),
            what,
            remedy,
        });
    }
    let head = head.strip_prefix(UTF8_BOM).unwrap_or(&head);
    csv::read(head.chain(text), log, options)
}

/// A log being read: what messages say of it.
struct Log {
    name: String,
    gzipped: bool,
}

impl Log {
    /// Says whose fault it is that reading failed at `line`: the gzip data's or the system's.
    fn read_error(&self, line: u64, error: io::Error) -> InputError {
        let name = self.name.clone();
        match error.kind() {
            io::ErrorKind::UnexpectedEof if self.gzipped => InputError::GzipEndsEarly { name, line },
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if self.gzipped => {
                InputError::GzipDamaged { name, line, error }
            }
            _ => InputError::Read { name, line, error },
        }
    }
}

/// RFC 1952, section 2.3.1: the first two bytes of every gzip member.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// How much of the text is looked at before it is read: a header and some rows of any log.
const HEAD_BYTES: usize = 8192;

const DECOMPRESS: &str = "decompress it first, to a file or into standard input";
const EXPORT: &str = "export the packets to CSV first, a time, a protocol and a port each";

/// First bytes of files that people may well hand over, what they are, and what to do about it.
const BINARIES: [(&[u8], &str, &str); 12] = [
    (&GZIP_MAGIC, "gzip data within gzip data", DECOMPRESS),
    (b"\x28\xb5\x2f\xfd", "zstd data", DECOMPRESS),
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
fn recognise_binary(head: &[u8]) -> Option<(&'static str, &'static str)> {
    BINARIES
        .iter()
        .find(|(magic, ..)| head.starts_with(magic))
        .map(|&(_, what, remedy)| (what, remedy))
        .or_else(|| {
            head.contains(&0)
                .then_some(("binary data", "check that this is the log you mean"))
        })
}

fn count_newlines(bytes: &[u8]) -> u64 {
    bytes.split(|&byte| byte == b'\n').count() as u64 - 1
}

/// The first `limit` bytes, or all of fewer; an error comes with the bytes before it.
fn peek(input: &mut impl Read, limit: usize) -> Result<Vec<u8>, (Vec<u8>, io::Error)> {
    let mut head = Vec::with_capacity(limit);
    match input.take(limit as u64).read_to_end(&mut head) {
        Ok(_) => Ok(head),
        Err(error) => Err((head, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::fmt::Write as _;
    use std::io::Write as _;

    const HEADER: &str = "time,proto,dpt,cc\n";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read_bytes(bytes: &[u8]) -> Result<Reading, InputError> {
        read_from(bytes, "log.csv.gz", &Options::default())
    }

    fn error(bytes: &[u8]) -> String {
        read_bytes(bytes).unwrap_err().to_string()
    }

    /// Random enough that its gzip data has no end to spare.
    fn long_log() -> String {
        let mut text = HEADER.to_owned();
        for row in 0_u64..20_000 {
            let port = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
            writeln!(text, "{row},TCP,{port},US").unwrap();
        }
        text
    }

    #[test]
    fn paths_name_sources() {
        let file = PathBuf::from("./-");
        assert_eq!(Source::from_argument(None), Source::Sample);
        assert_eq!(Source::from_argument(Some("-".into())), Source::Stdin);
        assert_eq!(Source::from_argument(Some(file.clone())), Source::File(file));
        assert_eq!(Source::from_argument(Some("a/b.csv".into())).name(), "a/b.csv");
        assert_eq!(Source::Stdin.name(), "standard input");
    }

    #[test]
    fn files_are_read_by_content_not_by_name() {
        let path = std::env::temp_dir().join(format!("portbloom-input-{}.csv", std::process::id()));
        let source = Source::File(path.clone());
        for bytes in [HEADER.as_bytes().to_vec(), gzip(HEADER.as_bytes())] {
            let text = if bytes.starts_with(&GZIP_MAGIC) {
                gzip(b"0,6,1,A\n")
            } else {
                b"0,6,1,A\n".into()
            };
            std::fs::write(&path, [bytes, text].concat()).unwrap();
            let reading = read(&source, &Options::default());
            assert_eq!(reading.as_ref().map(|log| log.events.len()).ok(), Some(1));
            assert_eq!(reading.unwrap().source, path.display().to_string());
        }
        std::fs::remove_file(&path).unwrap();
        let missing = read(&source, &Options::default()).unwrap_err().to_string();
        assert!(
            missing.starts_with(&format!("{}: cannot open the log: ", path.display())),
            "{missing}"
        );
        assert!(missing.ends_with("check the path and its permissions"));
    }

    #[test]
    fn a_folder_is_an_error() {
        let folder = Source::File(std::env::temp_dir());
        // Some systems open folders and refuse to read them, others do not open them.
        let error = read(&folder, &Options::default()).unwrap_err();
        assert!(
            matches!(error, InputError::Open { .. } | InputError::Read { .. }),
            "{error}"
        );
    }

    #[test]
    fn gzip_members_follow_each_other() {
        let first = long_log();
        let bytes = [
            gzip(first.as_bytes()),
            gzip(b""),
            gzip(HEADER.as_bytes()),
            gzip(b"0,17,9,A"),
        ]
        .concat();
        let log = read_bytes(&bytes).unwrap();
        assert_eq!(log.rows, 20_001);
        assert_eq!(log.lines.last(), Some(&20_003));
        assert!(matches!(read_bytes(&gzip(b"")), Err(InputError::Empty { .. })));
    }

    #[test]
    fn gzip_data_that_ends_early() {
        let bytes = gzip(long_log().as_bytes());
        for kept in [2, 5, 10, 11, 500, bytes.len() / 2, bytes.len() - 8, bytes.len() - 1] {
            let error = error(&bytes[..kept]);
            assert!(
                error.starts_with("log.csv.gz: the gzip data ends early, at line "),
                "{kept} of {} bytes: {error}",
                bytes.len()
            );
            assert!(error.ends_with("save what there is with `gzip -dc` and read that"));
        }
    }

    #[test]
    fn gzip_data_that_is_damaged() {
        let good = gzip(long_log().as_bytes());
        let mut checksum = good.clone();
        checksum[good.len() - 6] ^= 1;
        let mut data = good.clone();
        data[good.len() / 2..][..64].fill(0xff);
        let trailing = [&good[..], b"and more after the end"].concat();
        for bytes in [checksum, data, trailing] {
            let error = error(&bytes);
            assert!(
                error.starts_with("log.csv.gz: the gzip data is damaged after line "),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, expected) in [
            (&b"\x28\xb5\x2f\xfd\x04"[..], "is zstd data"),
            (b"PK\x03\x04....", "is a zip archive or a spreadsheet"),
            (b"\xd4\xc3\xb2\xa1\x02", "is a packet capture (pcap)"),
            (b"\x0a\x0d\x0d\x0a\x02", "is a packet capture (pcapng)"),
            (b"\xff\xfet\0i\0", "is UTF-16 text"),
            (b"\x7fELF\x02\x01\x01\0\0", "is binary data"),
        ] {
            for bytes in [bytes.to_vec(), gzip(bytes)] {
                let error = error(&bytes);
                assert!(
                    error.starts_with(&format!("log.csv.gz: {expected}; expected CSV text")),
                    "{error}"
                );
            }
        }
        assert!(error(&gzip(&gzip(b"time"))).contains("gzip data within gzip data"));
        // Short of a whole magic number, a file is text.
        for bytes in [&b"\x1f"[..], b"P", b"\xef\xbb"] {
            assert!(matches!(read_bytes(bytes), Err(InputError::MissingColumns { .. })));
        }
    }

    #[test]
    fn bytes_may_come_one_at_a_time() {
        struct Drip<'a>(&'a [u8], bool);
        impl Read for Drip<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.1 = !self.1;
                if self.1 {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                let len = self.0.len().min(buffer.len()).min(1);
                self.0.read(&mut buffer[..len])
            }
        }
        let text = format!("\u{feff}{HEADER}{}", "0,TCP,80,\"A\nB\"\r\n".repeat(1000));
        for bytes in [text.clone().into_bytes(), gzip(text.as_bytes())] {
            let log = read_from(Drip(&bytes, false), "drip", &Options::default()).unwrap();
            assert_eq!(log.rows, 1000);
            assert_eq!(log.lines.last(), Some(&2000));
        }
    }

    #[test]
    fn a_read_that_fails_says_how_far_it_came() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the cable is out"))
            }
        }
        let text = format!("{HEADER}{}", "0,TCP,80,A\n".repeat(2000));
        for (rows, line) in [(0, 1), (HEADER.len(), 2), (text.len(), 2002)] {
            let error = read_from(text.as_bytes()[..rows].chain(Broken), "nfs.csv", &Options::default());
            assert_eq!(
                error.unwrap_err().to_string(),
                format!("nfs.csv:{line}: cannot read on: the cable is out")
            );
        }
    }
}
