//! Errors of reading logs, and the words of their messages. Knows no format's rules.

use std::io;

use thiserror::Error;

use crate::model::{Measure, Place, PlaceUnit};
use crate::words::{counted, grouped};

/// The reason why a log cannot be read. Each message names the log, its fault and the remedy.
///
/// Causes are part of the message, and so not repeated by [`std::error::Error::source`].
#[derive(Debug, Error)]
pub enum InputError {
    /// The file cannot be opened.
    #[error("{name}: cannot open the log: {error}; {}", remedy(error))]
    Open {
        /// The log.
        name: String,
        /// The system's reason.
        error: io::Error,
    },
    /// A pattern that no file matches.
    #[error("{pattern}: no file matches; check the pattern, and that it is seen from this folder")]
    NothingMatches {
        /// The pattern.
        pattern: String,
    },
    /// A folder without files.
    #[error("{name}: the folder has no files; name one that holds logs")]
    EmptyFolder {
        /// The folder.
        name: String,
    },
    /// An archive that cannot be read on.
    #[error("{name}: the tar archive cannot be read on: {error}; fetch the file again, or unpack what can be")]
    Archive {
        /// The archive.
        name: String,
        /// The reason.
        error: io::Error,
    },
    /// An archive without files.
    #[error("{name}: the tar archive has no files; give one that holds logs")]
    EmptyArchive {
        /// The archive.
        name: String,
    },
    /// A pattern that cannot be followed.
    #[error("{pattern}: {reason}; correct the pattern, or name the files")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// The fault.
        reason: String,
    },
    /// Reading failed midway.
    #[error("{}: cannot read on: {error}", at(name, *place))]
    Read {
        /// The log.
        name: String,
        /// Place that reading had come to.
        place: Place,
        /// The system's reason.
        error: io::Error,
    },
    /// Compressed data stops before its end: a download or a logger was cut off.
    #[error("{name}: the {kind} data ends early, at {place} of its content; fetch the file again to have all of it")]
    EndsEarly {
        /// The log.
        name: String,
        /// `gzip` or `zstd`.
        kind: &'static str,
        /// Place that reading had come to.
        place: Place,
    },
    /// Data that was compressed to be decompressed with much memory.
    #[error(
        "{name}: the zstd data needs a window of more than 128 MiB; decompress it with `zstd -dc --long=31` and read that"
    )]
    WindowTooLarge {
        /// The log.
        name: String,
    },
    /// Compressed data does not decode, or something else stands in it.
    #[error(
        "{name}: the {kind} data is damaged after {place} of its content ({error}); fetch the file again to \
         have all of it"
    )]
    Damaged {
        /// The log.
        name: String,
        /// `gzip` or `zstd`.
        kind: &'static str,
        /// Place that reading had come to.
        place: Place,
        /// The decoder's reason.
        error: io::Error,
    },
    /// A format that there is not.
    #[error("--format {format}: there is no such format; expected one of {formats}")]
    NoSuchFormat {
        /// The name asked for.
        format: String,
        /// The names there are.
        formats: String,
    },
    /// Not of the format that it was said to be of.
    #[error("{name}: is not of the format {format}: {what}; leave out --format to have it told by its content")]
    OtherFormat {
        /// The log.
        name: String,
        /// The name of the format.
        format: &'static str,
        /// What was found, and what was expected.
        what: String,
    },
    /// Compressed data, and behind it many bytes that do not decode.
    #[error(
        "{name}: the last {} of {} were not read, as they are no {kind} data: where they are a damaged part of the log, \
         its rows are lost; fetch the file again",
        grouped(*bytes), counted(*of, "byte")
    )]
    NotRead {
        /// The log.
        name: String,
        /// `gzip` or `zstd`.
        kind: &'static str,
        /// Number of the bytes that were not read.
        bytes: u64,
        /// Number of all bytes.
        of: u64,
    },
    /// Not a text at all.
    #[error("{name}: is {what}; {remedy}")]
    NotText {
        /// The log.
        name: String,
        /// Its likely kind.
        what: &'static str,
        /// The way to make CSV text of it.
        remedy: &'static str,
    },
    /// A capture of a link that is not known.
    #[error(
        "{name}: its packets are of link type {number}, which portbloom does not know; it reads {links}; \
         capture on another interface, or convert the file with a program that knows the link"
    )]
    LinkType {
        /// The log.
        name: String,
        /// Number of the link type (<https://www.tcpdump.org/linktypes.html>).
        number: u16,
        /// The link types that are known.
        links: String,
    },
    /// The log holds nothing but blank lines.
    #[error("{name}: is empty; expected a log: `portbloom formats` lists what can be read")]
    Empty {
        /// The log.
        name: String,
    },
    /// The header lacks columns that every log needs.
    #[error("{name}:{line}: no column for {missing}; this line names {found}; add or rename the column in the header")]
    MissingColumns {
        /// The log.
        name: String,
        /// Line of the header.
        line: u64,
        /// The columns that are missing, and the names that each may have.
        missing: String,
        /// The columns there are.
        found: String,
    },
    /// The first line has a quote that takes in the lines below it.
    #[error("{name}:{line}: {what}; correct the header")]
    Header {
        /// The log.
        name: String,
        /// Line of the header.
        line: u64,
        /// The value that was found, and the one that was expected.
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
        "{}: {what}; none of the {rows} rows can be read: {}", at(name, *place), none_remedy(*place)
    )]
    NoReadableRow {
        /// The log.
        name: String,
        /// Number of rows.
        rows: u64,
        /// Place of the first row.
        place: Place,
        /// Its fault.
        what: String,
    },
    /// A line, or a field in quotes, that does not end.
    #[error(
        "{}: a row of more than {most} MiB, expected one for each packet or group of packets; check \
         that this is the log you mean", at(name, *place)
    )]
    RowTooLong {
        /// The log.
        name: String,
        /// Place of the row.
        place: Place,
        /// The most that a row may take, in MiB.
        most: usize,
    },
    /// More packets, or whatever is measured, than can be counted.
    #[error(
        "{name}: with this file there are more than {} {measure}, the most that can be counted; check its column of {measure}",
        crate::model::MOST_PACKETS
    )]
    TooManyPackets {
        /// The log.
        name: String,
        /// What is counted.
        measure: Measure,
    },
    /// A log whose records do not tell of what is to be counted.
    #[error("--measure {asked}: {name} has no {asked}; it has {}", others(*has_packets))]
    NotMeasured {
        /// The log.
        name: String,
        /// What is to be counted.
        asked: Measure,
        /// Whether they tell of packets.
        has_packets: bool,
    },
    /// A prepared log of another measure than asked for.
    #[error(
        "{name}: its bubbles are {own}, not {asked}; show it by itself with --measure {own}, or prepare the log again \
         with --measure {asked}"
    )]
    PreparedMeasure {
        /// The log.
        name: String,
        /// What it counts.
        own: Measure,
        /// What was asked for, or is counted of the others.
        asked: Measure,
    },
    /// A prepared log that does not tell hosts apart, where a filter asks for them.
    #[error(
        "{name}: was prepared without telling hosts apart, so that --where cannot ask for them; prepare it again: \
         portbloom prepare --by-host LOG -o FILE"
    )]
    PreparedHosts {
        /// The log.
        name: String,
    },
    /// A prepared log that counts something else than packets, where a filter asks for them.
    #[error(
        "{name}: its bubbles are {own}, so that --where cannot ask for packets; prepare the log again with \
         --measure packets, or with this --where"
    )]
    PreparedWithoutPackets {
        /// The log.
        name: String,
        /// What it counts.
        own: Measure,
    },
    /// A prepared log, where a filter asks for addresses of sources.
    #[error(
        "{name}: a prepared log no longer has the addresses of its sources, so that --where cannot ask for them; ask \
         for source.country, or prepare the log again with this --where"
    )]
    PreparedSourceAddresses {
        /// The log.
        name: String,
    },
    /// Prepared logs whose bins are not the same.
    #[error("{name}: its bins are {bin}, those of {other} {other_bin}: prepare them again with the same --bin")]
    PreparedBins {
        /// The log.
        name: String,
        /// Length of its bins.
        bin: String,
        /// Another log.
        other: String,
        /// Length of that one's bins.
        other_bin: String,
    },
    /// A prepared log with other sources than asked for.
    #[error(
        "{name}: its bubbles are by {own}, not by {asked}; leave out --group-by, show it by itself, or prepare the log \
         again with --group-by {asked}"
    )]
    PreparedSources {
        /// The log.
        name: String,
        /// What its sources are.
        own: String,
        /// What was asked for, or what those of another file are.
        asked: String,
    },
    /// A Parquet file of another kind.
    #[error(
        "{name}: is Parquet, but no prepared log: {what}; the README tells the columns, and `portbloom prepare` makes one"
    )]
    PreparedSchema {
        /// The log.
        name: String,
        /// Its fault.
        what: String,
    },
    /// A prepared log that was cut off, or does not decode.
    #[error("{name}: the prepared log is damaged or was cut off ({what}); fetch it again, or prepare it anew")]
    PreparedDamaged {
        /// The log.
        name: String,
        /// Its fault.
        what: String,
    },
    /// A Parquet file without the columns of a log.
    #[error("{name}: is Parquet, and has no column for {missing}; its columns are {found}; name them by --columns")]
    ParquetColumns {
        /// The log.
        name: String,
        /// The columns that are missing, and the names that each may have.
        missing: String,
        /// The columns there are.
        found: String,
    },
    /// A Parquet file that was cut off, or does not decode.
    #[error("{name}: the Parquet file is damaged or was cut off ({what}); fetch it again, or write it anew")]
    ParquetDamaged {
        /// The log.
        name: String,
        /// Its fault.
        what: String,
    },
    /// A Parquet file whose pages are compressed in an unknown way.
    #[error(
        "{name}: is Parquet, and its pages are compressed in a way that portbloom does not read; write it by zstd, snappy, gzip or lz4, or uncompressed"
    )]
    ParquetCodec {
        /// The log.
        name: String,
    },
    /// A file that became shorter while it was read.
    #[error("{name}: the file was cut short while it was read: {read} of {of} bytes were left of it")]
    CutShort {
        /// The file.
        name: String,
        /// Number of bytes that were read.
        read: u64,
        /// Number of bytes that it had.
        of: u64,
    },
    /// A file of several that is read no further, since another cannot be read.
    #[error("this file was read no further, since another of the log cannot be read")]
    ReadNoFurther,
    /// Parquet files behind each other in one file.
    #[error(
        "{name}: is several Parquet files joined into one, of which only the last could be read; name each of them in place of it, like `portbloom render a.bloom b.bloom`"
    )]
    ParquetJoined {
        /// The log.
        name: String,
    },
    /// A row of a prepared log that cannot be a bubble.
    #[error("{name}: row {row}: {what}; correct what wrote it, or prepare it with `portbloom prepare`")]
    PreparedRow {
        /// The log.
        name: String,
        /// The row, the first being 1.
        row: u64,
        /// The value that was found, and the one that was expected.
        what: String,
    },
    /// A row that cannot be read, under [`Options::strict`](super::Options::strict).
    #[error("{}: {what}; correct the row, or read without --strict to leave it out", at(name, *place))]
    Row {
        /// The log.
        name: String,
        /// Place of the row.
        place: Place,
        /// The value that was found, and the one that was expected.
        what: String,
    },
}

impl InputError {
    /// Whether a command line that leads to it is wrong by itself, whatever files there are.
    #[must_use]
    pub const fn is_wrong_line(&self) -> bool {
        matches!(self, Self::Pattern { .. } | Self::NoSuchFormat { .. })
    }
}

/// What a log has that lacks a measure, and how it is asked for.
const fn others(has_packets: bool) -> &'static str {
    if has_packets {
        "packets (which are counted without --measure) and records (--measure records)"
    } else {
        "records (which are counted without --measure)"
    }
}

/// A place in a log as editors and compilers write it, `log.csv:12`; `log.pcap: packet 12` where it is no line.
fn at(name: &str, place: Place) -> String {
    match place.unit {
        PlaceUnit::Line => format!("{name}:{}", place.number),
        _ => format!("{name}: {place}"),
    }
}

/// The remedy for a log none of whose rows can be read.
fn none_remedy(place: Place) -> &'static str {
    match place.unit {
        PlaceUnit::Packet | PlaceUnit::Record => "fetch the file again, it is damaged",
        PlaceUnit::Line | PlaceUnit::Row => "check that the header names the columns it stands above",
    }
}

/// The remedy for a file that cannot be opened.
fn remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        // EMFILE and ENFILE of all Unix systems.
        Some(23 | 24) if cfg!(unix) => "close other programs, or allow more open files (`ulimit -n`)",
        _ => "check the path and its permissions",
    }
}

impl InputError {
    /// Whether what was read of the file before holds all the same.
    pub(super) const fn is_of_the_rest(&self) -> bool {
        matches!(
            self,
            Self::Read { .. }
                | Self::EndsEarly { .. }
                | Self::Damaged { .. }
                | Self::Archive { .. }
                | Self::RowTooLong { .. }
        )
    }

    /// Whether others of several files can be read all the same.
    pub(super) const fn is_of_one_file(&self) -> bool {
        !matches!(
            self,
            Self::TooManyPackets { .. }
                | Self::NotMeasured { .. }
                | Self::PreparedMeasure { .. }
                | Self::PreparedHosts { .. }
                | Self::PreparedWithoutPackets { .. }
                | Self::PreparedSourceAddresses { .. }
                | Self::PreparedBins { .. }
                | Self::PreparedSources { .. }
                | Self::NoSuchFormat { .. }
        )
    }
}
