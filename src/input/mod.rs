//! A log, wherever it is, to events: finds the bytes, undoes compression, recognises the format.
//!
//! ```text
//! let reading = input::stream(&parts, &Options::default(), &mut |progress| .., &mut |batch| ..)?;
//! ```
//!
//! [`stream`] reads files, standard input or the sample, each once. Its events go by in [`Batch`]es, in the order of the log, and are not kept; countries and hosts in them are
//! indices into the [`Names`](crate::model::Names) of the [`Reading`] that it returns at the end,
//! with the account of all rows that were left out. Memory does not grow with the log, but for the
//! names of different countries and hosts, of which there is a limit.
//!
//! Owns what all formats share: parts of a log, compression, pieces, fields, the account and errors. The
//! formats are in a folder of their own, behind the seam of `format.rs`. Knows no time range, no
//! aggregation and no picture.

mod account;
mod address;
mod archive;
mod binaries;
mod blocks;
mod clock;
mod columns;
mod conversations;
mod dates;
mod error;
mod fields;
mod filter;
mod format;
mod formats;
mod lines;
mod merge;
mod names;
mod open;
mod options;
mod packet;
mod pairs;
mod piece;
mod pieces;
mod record;
mod sample;
mod sources;
mod split;
mod stamp;
mod survey;
mod syslog;
mod time;
mod time_reader;
mod twice;
mod unpack;
mod utf16;

use std::io::{self, Read};
use std::sync::OnceLock;

use crate::model::{Batch, Reading};
use crate::words::{counted, exact_duration, printable_line};
use account::Account;
use archive::{Archive, HEADER_BYTES, is_archive};
pub use columns::ColumnNames;
pub use error::InputError;
pub use filter::{Filter, FilterError};
use format::LogFile;
pub use format::{About, MadeFor};
#[cfg(feature = "prepared")]
pub use formats::prepared;
use formats::{OF_FILES, OF_STREAMS};
use merge::read_merged;
use open::{Change, Meter, Written};
pub use open::{LogPart, Progress};
pub use options::Options;
use pieces::{PIECE_BYTES, Stream};
pub use sources::Lookup;
pub use time::{TimeError, parse_time_ns};
pub use time_reader::{TimeFormat, Zone};
use unpack::{Ahead, Behind, Packing, Unpacked};
use utf16::Text;
pub use utf16::in_utf8;

/// Reads logs as one: events go to `take`, those of each file in its order. Files are read side by side, so that
/// replies and repeats are judged in the order of time.
///
/// Times are UTC nanoseconds; places are those of a file's decompressed content. A log all of whose
/// rows are without ports is read, and has no events. The files of a tar archive are read like several
/// parts. Of several, some may not be read: that is a loss, and where they are empty or have no row that
/// can be read, a warning. `progress` is called between batches.
///
/// # Errors
///
/// [`InputError`], where there is no log to speak of or, under [`Options::strict`], a row of it
/// cannot be read.
pub fn stream(
    parts: &[LogPart],
    options: &Options,
    progress: &mut dyn FnMut(Progress),
    take: &mut dyn FnMut(&Batch<'_>),
) -> Result<Reading, InputError> {
    let meter = Meter::new(parts);
    let mut account = Account::new(options.clone(), parts.len() > 1, take);
    for remark in twice::remarks(parts) {
        account.warn_of_all(remark);
    }
    let in_order = prepared_in_order(parts, options);
    for part in in_order.iter().flatten() {
        let read = read_part(part, &meter, &mut account, &mut || progress(meter.progress()));
        account.end_part(read)?;
    }
    let mut left = if in_order.is_some() { &[] } else { parts };
    while let [part, ..] = left {
        // Bubbles of prepared logs are in no order, and tied to nothing.
        let apart = match left {
            // One by itself is read the same way whatever it is, and not opened once more for that.
            [_] => 1,
            _ => left.iter().take_while(|part| !is_prepared(part, options)).count(),
        };
        let read = |part: &LogPart, account: &mut Account<'_>, progress: &mut dyn FnMut()| {
            read_part(part, &meter, account, progress)
        };
        let mut progress = || progress(meter.progress());
        if apart > 1 {
            let read = |part: &LogPart, account: &mut Account<'_>| read(part, account, &mut || ());
            read_merged(&left[..apart], &read, &mut account, &mut progress)?;
        } else {
            let read = read(part, &mut account, &mut progress);
            account.end_part(read)?;
        }
        left = &left[apart.max(1)..];
    }
    progress(meter.progress());
    account.finish(open::name_of(parts))
}

/// Several parts that are all prepared, in the order of their bins, as far as they tell it: bubbles in the order of time
/// are taken as they are. `None` where one is another log.
fn prepared_in_order(parts: &[LogPart], options: &Options) -> Option<Vec<LogPart>> {
    if parts.len() < 2 {
        return None;
    }
    let mut found = Vec::with_capacity(parts.len());
    for part in parts {
        let file = open_file(part, options).ok()??;
        file.made_for()?;
        found.push((file.first_ns(), part));
    }
    found.sort_by_key(|(first_ns, _)| *first_ns);
    Some(found.into_iter().map(|(_, part)| part.clone()).collect())
}

/// Whether a part is a prepared log.
fn is_prepared(part: &LogPart, options: &Options) -> bool {
    let opened = open_file(part, options);
    opened.is_ok_and(|file| file.is_some_and(|file| file.made_for().is_some()))
}

/// Reads one of several parts.
fn read_part(
    part: &LogPart,
    meter: &Meter,
    account: &mut Account<'_>,
    progress: &mut dyn FnMut(),
) -> Result<(), InputError> {
    let name = part.name();
    if let Some(file) = open_file(part, &account.options)? {
        account.begin_file(name);
        let mut left = part.bytes().unwrap_or_default();
        let mut advance = |bytes: u64| {
            left -= bytes.min(left);
            meter.advance(bytes);
            progress();
        };
        file.read(account, &mut advance)?;
        meter.advance(left);
        return Ok(());
    }
    let (bytes, changed) = part.open()?.split();
    account.begin_file(name.clone());
    let mut content = unpacked(meter.count(bytes), &name, account)?;
    if content.packing != Packing::None {
        content.bytes = match Ahead::new(content.bytes) {
            Ok(ahead) => Box::new(ahead),
            Err(error) => {
                let place = account.place();
                return Err(InputError::Read { name, place, error });
            }
        };
    }
    let mut written = part.written();
    if content.packing != Packing::None {
        written.last.clear();
    }
    let mut head = Vec::new();
    let peeked = (&mut content.bytes).take(HEADER_BYTES as u64).read_to_end(&mut head);
    peeked.map_err(|error| content.packing.read_error(&name, account.place(), error))?;
    let archive = is_archive(&head);
    content.bytes = Box::new(io::Cursor::new(head).chain(content.bytes));
    if archive {
        read_archive(content, &name, written.modified_ns, account, progress)?;
    } else {
        read_stream(content, &name, written, account, progress)?;
    }
    match changed() {
        None => Ok(()),
        Some(Change::CutShort { read, of }) => account.lose(InputError::CutShort { name, read, of }),
        Some(Change::Grew { read, now }) => {
            account.warn(format!(
                "the file grew while it was read: shown is what its first {read} bytes hold, of {now} by now"
            ));
            Ok(())
        }
    }
}

/// Reads the logs in an archive one after the other, as several files.
fn read_archive(
    content: Unpacked<'static>,
    name: &str,
    modified_ns: i64,
    account: &mut Account<'_>,
    progress: &mut dyn FnMut(),
) -> Result<(), InputError> {
    let packing = content.packing;
    let read_error = |error| InputError::Archive {
        name: name.to_owned(),
        error,
    };
    let mut archive = Archive::new(content.bytes).map_err(read_error)?;
    account.end_container();
    let mut files = 0_u64;
    while let Some(member) = archive.next().map_err(read_error)? {
        files += 1;
        let member = format!("{name}: {}", printable_line(&member));
        account.begin_file(member.clone());
        let written = Written {
            modified_ns,
            last: Vec::new(),
        };
        let read = unpacked(&mut archive, &member, account)
            .and_then(|content| read_stream(content, &member, written, account, progress));
        account.end_part(read)?;
    }
    if files == 0 {
        return Err(InputError::EmptyArchive { name: name.to_owned() });
    }
    tell_behind(&content.behind, packing, name, account)
}

/// The formats that logs may be of.
pub fn formats() -> impl Iterator<Item = About> {
    let files = OF_FILES.iter().map(|format| format.about());
    files.chain(OF_STREAMS.iter().flat_map(|format| format.abouts()))
}

/// Checks that there is a format of this name.
///
/// # Errors
/// [`InputError::NoSuchFormat`].
pub fn check_format(name: &str) -> Result<(), InputError> {
    if formats().any(|format| format.name == name) {
        return Ok(());
    }
    let names = formats().map(|format| format.name);
    Err(InputError::NoSuchFormat {
        format: name.to_owned(),
        formats: names.collect::<Vec<_>>().join(", "),
    })
}

/// The films that those parts were made for that are prepared logs; `None` where no part is one. Of several
/// units the largest counts. Reads their footers, and all their bins' starts where no length is written there.
///
/// # Errors
///
/// [`InputError`] for a prepared log alone that cannot be read, or two with different bins.
pub fn made_for(parts: &[LogPart]) -> Result<Option<MadeFor>, InputError> {
    let mut common: Option<(MadeFor, String)> = None;
    for part in parts {
        let opened = match open_file(part, &Options::default()) {
            // One of several that cannot be opened is told when it is read.
            Err(error) if parts.len() > 1 && error.is_of_one_file() => None,
            opened => opened?,
        };
        let Some(made_for) = opened.and_then(|file| file.made_for()) else {
            continue;
        };
        match &mut common {
            None => common = Some((made_for, part.name())),
            Some((others, other)) if others.measure != made_for.measure => {
                return Err(InputError::PreparedMeasure {
                    name: other.clone(),
                    own: others.measure,
                    asked: made_for.measure,
                });
            }
            Some((others, other)) => {
                *others = others.and(made_for).ok_or_else(|| InputError::PreparedBins {
                    name: part.name(),
                    bin: exact_duration(made_for.bin_ns),
                    other: other.clone(),
                    other_bin: exact_duration(others.bin_ns),
                })?;
            }
        }
    }
    Ok(common.map(|(made_for, _)| made_for))
}

/// Opens a part if it is a file of a format that is read in any order.
fn open_file(part: &LogPart, options: &Options) -> Result<Option<Box<dyn LogFile>>, InputError> {
    let LogPart::File(path) = part else { return Ok(None) };
    for format in OF_FILES.iter().filter(|format| options.may_be(format.about().name)) {
        if let Some(file) = format.open(path)? {
            return Ok(Some(file));
        }
        if options.format.is_some() {
            return Err(InputError::OtherFormat {
                name: part.name(),
                format: format.about().name,
                what: "it is no Parquet file, or one with other columns".to_owned(),
            });
        }
    }
    Ok(None)
}

/// Reads a log from its first byte to its last.
fn read_stream(
    content: Unpacked<'_>,
    name: &str,
    written: Written,
    account: &mut Account<'_>,
    progress: &mut dyn FnMut(),
) -> Result<(), InputError> {
    let stream = Stream {
        name,
        packing: content.packing,
        written,
        formats: OF_STREAMS,
        piece_bytes: PIECE_BYTES,
    };
    let read = stream.read(Text::of(content.bytes), account, progress);
    account.end_file(read)?;
    tell_behind(&content.behind, content.packing, name, account)
}

/// Tells what stands behind the end of compressed data.
fn tell_behind(
    behind: &OnceLock<Behind>,
    packing: Packing,
    name: &str,
    account: &mut Account<'_>,
) -> Result<(), InputError> {
    match behind.get() {
        None => Ok(()),
        Some(behind) if behind.is_stray() => {
            let (bytes, kind) = (counted(behind.bytes, "byte"), packing.name());
            account.warn(format!("{bytes} behind the end of the {kind} data left out"));
            Ok(())
        }
        Some(behind) => account.lose(InputError::NotRead {
            name: name.to_owned(),
            kind: packing.name(),
            bytes: behind.bytes,
            of: behind.of,
        }),
    }
}

/// The content of a log, without its compression.
fn unpacked<'a>(bytes: impl Read + Send + 'a, name: &str, account: &Account<'_>) -> Result<Unpacked<'a>, InputError> {
    Packing::open(bytes).map_err(|error| Packing::None.read_error(name, account.place(), error))
}

#[cfg(test)]
mod whole {
    //! A log read into memory, for tests that look at every event.

    use super::*;
    use crate::model::Event;
    use std::ops::Deref;

    #[derive(Debug)]
    pub struct Whole {
        pub reading: Reading,
        pub events: Vec<Event>,
        pub lines: Vec<u64>,
    }

    impl Deref for Whole {
        type Target = Reading;

        fn deref(&self) -> &Reading {
            &self.reading
        }
    }

    fn collect(
        read: impl FnOnce(&mut dyn FnMut(&Batch<'_>)) -> Result<Reading, InputError>,
    ) -> Result<Whole, InputError> {
        let (mut events, mut lines) = (Vec::new(), Vec::new());
        let reading = read(&mut |batch| {
            events.extend_from_slice(batch.events);
            lines.extend((0..batch.events.len()).map(|index| batch.place(index).number));
        })?;
        Ok(Whole { reading, events, lines })
    }

    pub fn read(part: &LogPart, options: &Options) -> Result<Whole, InputError> {
        read_all(std::slice::from_ref(part), options)
    }

    pub fn read_all(parts: &[LogPart], options: &Options) -> Result<Whole, InputError> {
        collect(|take| stream(parts, options, &mut |_| {}, take))
    }

    /// [`stream`] for any other bytes, plain or compressed, called `name` in messages.
    pub fn read_from(bytes: impl Read + Send, name: &str, options: &Options) -> Result<Whole, InputError> {
        collect(|take| {
            let mut account = Account::new(options.clone(), false, take);
            account.begin_file(name.to_owned());
            let content = unpacked(bytes, name, &account)?;
            read_stream(content, name, Written::default(), &mut account, &mut || {})?;
            account.finish(name.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::unpack::GZIP_MAGIC;
    use super::whole::{Whole, read, read_from};
    use super::*;
    use crate::model::{Measure, Reason};
    use flate2::{Compression, write::GzEncoder};
    use std::fmt::Write as _;
    use std::io::{self, Write as _};
    use std::path::PathBuf;

    const HEADER: &str = "time,proto,dpt,cc\n";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn options(strict: bool) -> Options {
        Options {
            strict,
            ..Options::default()
        }
    }

    fn read_bytes(bytes: &[u8]) -> Result<Whole, InputError> {
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
        let parts =
            |paths: &[&str]| LogPart::from_arguments(&paths.iter().map(PathBuf::from).collect::<Vec<_>>()).unwrap();
        assert_eq!(parts(&[]), [LogPart::Sample]);
        assert_eq!(parts(&["-"]), [LogPart::Stdin]);
        assert_eq!(parts(&["./-", "-"]), [LogPart::File(file), LogPart::Stdin]);
        assert_eq!(parts(&["a/b.csv"])[0].name(), "a/b.csv");
        assert_eq!(open::name_of(&parts(&["a", "b", "c"])), "a and 2 more");
        assert_eq!(LogPart::Stdin.name(), "standard input");
    }

    #[test]
    fn a_file_that_is_cut_short_while_it_is_read_is_a_loss() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let rows = 800_000;
        file.write_all(format!("{HEADER}{}", "0,TCP,22,AA\n".repeat(rows)).as_bytes())
            .unwrap();
        let part = LogPart::File(file.path().to_owned());
        // A few pieces at most are read before the first is handed on.
        let mut cut = |_: &Batch<'_>| file.as_file().set_len(8_000_000).unwrap();
        let reading = stream(&[part], &Options::default(), &mut |_| {}, &mut cut).unwrap();
        assert!(reading.rows < rows as u64 && reading.rows > 600_000, "{}", reading.rows);
        let [loss] = &reading.losses[..] else {
            panic!("{:?}", reading.losses)
        };
        assert!(
            loss.contains("cut short while it was read: 8000000 of 9600018 bytes"),
            "{loss}"
        );
    }

    #[test]
    fn files_are_read_by_content_not_by_name() {
        let path = std::env::temp_dir().join(format!("portbloom-input-{}.csv", std::process::id()));
        let part = LogPart::File(path.clone());
        for bytes in [HEADER.as_bytes().to_vec(), gzip(HEADER.as_bytes())] {
            let text = if bytes.starts_with(&GZIP_MAGIC) {
                gzip(b"0,6,1,A\n")
            } else {
                b"0,6,1,A\n".into()
            };
            std::fs::write(&path, [bytes, text].concat()).unwrap();
            let reading = read(&part, &Options::default());
            assert_eq!(reading.as_ref().map(|log| log.events.len()).ok(), Some(1));
            assert_eq!(reading.unwrap().source, path.display().to_string());
        }
        std::fs::remove_file(&path).unwrap();
        let missing = read(&part, &Options::default()).unwrap_err().to_string();
        assert!(
            missing.starts_with(&format!("{}: cannot open the log: ", path.display())),
            "{missing}"
        );
        assert!(missing.ends_with("check the path and its permissions"));
    }

    #[test]
    fn a_folder_is_an_error() {
        let folder = LogPart::File(std::env::temp_dir());
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
            assert!(error.ends_with("fetch the file again to have all of it"));
        }
    }

    #[test]
    fn gzip_data_that_is_damaged() {
        let good = gzip(long_log().as_bytes());
        let mut checksum = good.clone();
        checksum[good.len() - 6] ^= 1;
        let mut data = good.clone();
        data[good.len() / 2..][..64].fill(0xff);
        let between = [&good[..], b"something else", &good].concat();
        for bytes in [checksum, data, between] {
            let error = error(&bytes);
            assert!(
                error.starts_with("log.csv.gz: the gzip data is damaged after line "),
                "{error}"
            );
        }
    }

    #[test]
    fn zstd_data_is_read_and_its_faults_are_named() {
        let text = long_log();
        let bytes = zstd::encode_all(text.as_bytes(), 3).unwrap();
        let more = zstd::encode_all(&b"0,17,9,A"[..], 3).unwrap();
        assert_eq!(read_bytes(&[&bytes[..], &more].concat()).unwrap().rows, 20_001);
        for kept in [5, 500, bytes.len() / 2, bytes.len() - 1] {
            let error = error(&bytes[..kept]);
            let expected = "log.csv.gz: the zstd data ends early, at line ";
            assert!(error.starts_with(expected), "{kept} of {} bytes: {error}", bytes.len());
            assert!(error.ends_with("fetch the file again to have all of it"));
        }
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2..][..64].fill(0xff);
        assert!(error(&damaged).starts_with("log.csv.gz: the zstd data is damaged after line "));
    }

    #[test]
    fn padding_and_stray_bytes_behind_compressed_data_cost_nothing() {
        let text = long_log();
        let gzip = gzip(text.as_bytes());
        let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
        let skippable = [&b"\x5a\x2a\x4d\x18\x05\0\0\0hello"[..], &zstd].concat();
        for (good, name) in [(&gzip, "gzip"), (&zstd, "zstd"), (&skippable, "zstd")] {
            let zeros = vec![0; 100_000];
            for (behind, remark) in [
                (&b""[..], None),
                (&zeros[..], None),
                (
                    b"\r\n",
                    Some(format!("2 bytes behind the end of the {name} data left out")),
                ),
                (
                    b"\0\0x",
                    Some(format!("1 byte behind the end of the {name} data left out")),
                ),
            ] {
                let log = read_bytes(&[&good[..], behind].concat()).unwrap();
                assert_eq!(log.rows, 20_000);
                assert_eq!(log.warnings, remark.into_iter().collect::<Vec<_>>());
            }
            // Between two parts, too.
            let more = if name == "gzip" {
                self::gzip(b"0,17,9,A")
            } else {
                zstd::encode_all(&b"0,17,9,A"[..], 1).unwrap()
            };
            assert_eq!(read_bytes(&[&good[..], &zeros, &more].concat()).unwrap().rows, 20_001);
            let error = error(&[&good[..], b"stray", &more].concat());
            assert!(error.contains("data is damaged after line 2000"), "{error}");
        }
        for kept in [5, 8, 10] {
            assert!(error(&skippable[..kept]).contains("the zstd data ends early"), "{kept}");
        }
    }

    #[test]
    fn a_later_part_that_is_damaged_at_its_start_is_lost_and_told() {
        let first = long_log();
        let second = b"30000,17,9,A\n".repeat(3);
        for kind in ["gzip", "zstd"] {
            let pack = |text: &[u8]| match kind {
                "gzip" => gzip(text),
                _ => zstd::encode_all(text, 3).unwrap(),
            };
            let good = pack(first.as_bytes());
            let mut more = pack(&second);
            for at in 0..2 {
                more[at] ^= 0x10;
                let bytes = [&good[..], &more].concat();
                more[at] ^= 0x10;
                let log = read_bytes(&bytes).unwrap();
                assert_eq!((log.rows, &log.warnings), (20_000, &Vec::new()), "{kind}");
                let loss = format!(
                    "log.csv.gz: the last {} of {} were not read, as they are no {kind} data: where they are a damaged \
                     part of the log, its rows are lost; fetch the file again",
                    more.len(),
                    counted(bytes.len() as u64, "byte"),
                );
                assert_eq!(log.losses, [loss.as_str()]);
                let strict = read_from(&bytes[..], "log.csv.gz", &options(true));
                assert_eq!(strict.unwrap_err().to_string(), loss);
            }
            // So is a text behind compressed data.
            let text = [&good[..], &second[..]].concat();
            assert_eq!(read_bytes(&text).unwrap().losses.len(), 1);
            // And a part that was cut off within the bytes that tell its kind.
            let cut = [&good[..], &more[..1]].concat();
            assert!(error(&cut).contains(&format!("the {kind} data ends early")), "{kind}");
        }
    }

    #[test]
    fn a_window_that_is_too_large_is_no_damage() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(28).unwrap();
        encoder.write_all(long_log().as_bytes()).unwrap();
        // Frames whose length is known may take a smaller window.
        let bytes = encoder.finish().unwrap();
        assert_eq!(
            error(&bytes),
            "log.csv.gz: the zstd data needs a window of more than 128 MiB; decompress it with `zstd -dc --long=31` and \
             read that"
        );
    }

    #[test]
    fn several_files_are_one_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(
            path("b.csv"),
            "time,proto,dpt,cc,host\n5,TCP,80,US,h\n6,ICMP,,US,h\nx,6,1,A,h\n",
        )
        .unwrap();
        std::fs::write(
            path("a.csv.gz"),
            gzip(b"dpt,proto,ts,country_code\n53,UDP,7,DE\n443,TCP,8,US\n"),
        )
        .unwrap();
        std::fs::write(path("c.csv"), "time,proto,dpt\n").unwrap();
        let pattern = path("*.csv*");
        let parts = LogPart::from_arguments(&[pattern, path("b.csv")]).unwrap();
        assert_eq!(parts.len(), 4);
        let (mut seen, mut last) = (Vec::new(), Progress::default());
        let reading = stream(&parts, &Options::default(), &mut |now| last = now, &mut |batch| {
            seen.extend((0..batch.events.len()).map(|index| {
                (
                    batch.file,
                    batch.place(index).number,
                    batch.events[index].port.number,
                    batch.events[index].source,
                )
            }));
        })
        .unwrap();
        assert_eq!(seen, [(0, 2, 53, 1), (0, 3, 443, 2), (1, 2, 80, 2), (3, 2, 80, 2)]);
        assert_eq!((reading.rows, reading.files.len()), (8, 4));
        assert_eq!(reading.source, format!("{} and 3 more", path("a.csv.gz").display()));
        assert_eq!(reading.other_protocols, [("ICMP".to_owned(), 2)].into());
        let unreadable = &reading.left_out[&crate::model::Reason::Unreadable].first_rows;
        let places: Vec<_> = unreadable.iter().map(|left| (left.file, left.place.number)).collect();
        assert_eq!(places, [(1, 4), (3, 4)]);
        assert!(
            reading
                .warnings
                .iter()
                .any(|warning| warning.contains("c.csv: has a header and no rows"))
        );
        let bytes: u64 = parts
            .iter()
            .map(|part| {
                let LogPart::File(path) = part else { panic!("no file") };
                path.metadata().unwrap().len()
            })
            .sum();
        assert_eq!((last.bytes, last.total_bytes), (bytes, Some(bytes)));

        let nothing = LogPart::from_arguments(&[path("*.log")]).unwrap_err().to_string();
        assert!(nothing.ends_with("no file matches; check the pattern, and that it is seen from this folder"));
        let only_empty = stream(&parts[2..3], &Options::default(), &mut |_| {}, &mut |_| {});
        assert!(matches!(only_empty, Err(InputError::NoRows { .. })));
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, expected) in [
            (&b"PK\x03\x04...."[..], "is a zip archive or a spreadsheet"),
            (b"snoop\0\0\0\0\x02", "is a packet capture by snoop"),
            (b"GMBU\x02", "is a packet capture by Network Monitor"),
            (b"\x7fELF\x02\x01\x01\0\0", "is binary data"),
        ] {
            for bytes in [bytes.to_vec(), gzip(bytes)] {
                let error = error(&bytes);
                assert!(error.starts_with(&format!("log.csv.gz: {expected}; ")), "{error}");
            }
        }
        assert!(error(&gzip(&gzip(b"time"))).contains("gzip data within compressed data"));
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

    /// Reads a text by a measure.
    fn measured(text: &str, measure: Option<Measure>) -> Result<Whole, String> {
        let options = Options {
            measure,
            ..Options::default()
        };
        read_from(text.as_bytes(), "log", &options).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_measured_is_what_counts() {
        let text = "time,proto,dpt,packets,bytes\n1,TCP,80,3,4000\n2,UDP,53,1,0\n3,TCP,22,2,-\n4,TCP,22,2,-5\n5,TCP,22,2,1.5\n";
        let amounts = |log: &Whole| log.events.iter().map(|event| event.packets).collect::<Vec<_>>();
        let rows = |log: &Whole, reason: Reason| log.left_out.get(&reason).map_or(0, |left| left.rows);
        for measure in [None, Some(Measure::Packets)] {
            let log = measured(text, measure).unwrap();
            assert_eq!((amounts(&log), log.measure), (vec![3, 1, 2, 2, 2], Measure::Packets));
        }
        let log = measured(text, Some(Measure::Bytes)).unwrap();
        assert_eq!(
            (amounts(&log), log.measure, log.packets),
            (vec![4000], Measure::Bytes, 4000)
        );
        assert_eq!(
            [Reason::NothingMeasured, Reason::Unreadable].map(|reason| rows(&log, reason)),
            [2, 2]
        );
        let what = &log.left_out[&Reason::Unreadable].first_rows[0].what;
        assert!(
            what.starts_with("`bytes` is \"-5\"; expected a number of bytes"),
            "{what}"
        );
        let log = measured(text, Some(Measure::Records)).unwrap();
        assert_eq!((amounts(&log), log.measure), (vec![1; 5], Measure::Records));
        // A row of a table is a packet, where no column says how many.
        let log = measured("time,proto,dpt\n1,TCP,80\n", None).unwrap();
        assert_eq!(log.measure, Measure::Packets);
        let error = measured("time,proto,dpt\n1,TCP,80\n", Some(Measure::Bytes)).unwrap_err();
        assert!(
            error.starts_with("--measure bytes: log has no bytes; it has packets"),
            "{error}"
        );
    }

    #[test]
    fn a_log_of_sessions_has_records_and_no_packets() {
        let text = r#"{"eventid":"cowrie.session.connect","src_ip":"192.0.2.1","src_port":4000,"dst_ip":"198.51.100.7","dst_port":2222,"session":"a","protocol":"ssh","timestamp":"2026-01-02T10:11:12.0Z","sensor":"s"}"#;
        assert_eq!(measured(text, None).unwrap().measure, Measure::Records);
        let error = measured(text, Some(Measure::Packets)).unwrap_err();
        assert_eq!(
            error,
            "--measure packets: log has no packets; it has records (which are counted without --measure)"
        );
    }

    #[test]
    fn bytes_of_connections_are_those_of_both_ways_in_zeek() {
        let head = "#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.resp_p\tproto\torig_pkts\torig_bytes\tresp_bytes\torig_ip_bytes\tresp_ip_bytes\n";
        let text =
            format!("{head}1\t192.0.2.1\t80\ttcp\t5\t10\t20\t100\t200\n2\t192.0.2.1\t80\ttcp\t5\t10\t20\t-\t-\n");
        let amounts = |log: Whole| log.events.iter().map(|event| event.packets).collect::<Vec<_>>();
        assert_eq!(amounts(measured(&text, Some(Measure::Bytes)).unwrap()), [300, 30]);
        assert_eq!(amounts(measured(&text, None).unwrap()), [5, 5]);
    }
}
