//! Checksums of a prepared log, so that no damage goes unseen: CRC-32, as gzip's, of the bytes of each
//! row group and of the footer. Knows no page.
//!
//! They are the value of the metadata `portbloom.crc32`: eight hexadecimal digits for each row group
//! and, last, eight for the footer, computed with these last ones as zeros. A file has them if its
//! `created_by` says so: another program that rewrites a file may keep its metadata.

use std::io::{self, Write};
use std::ops::Range;

use crc32fast::Hasher;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::RowGroupMetaData;

use super::schema::{CRC_KEY, WITH_CHECKSUMS};
use crate::input::formats::parquet::thrift::Footer;

/// Bytes behind the footer: its length, and the magic number.
const TAIL_BYTES: usize = 8;
/// Digits of a checksum.
const DIGITS: usize = 8;

/// The checksums of an open file's row groups.
#[derive(Clone, Debug)]
pub(super) struct Checksums {
    groups: Vec<u32>,
}

impl Checksums {
    /// The checksums that a footer has, after checking its own; `None` where it has no checksums.
    pub fn of(bytes: &[u8], footer: &Footer) -> std::result::Result<Option<Self>, String> {
        let value = value(bytes, footer);
        let by_us = bytes[footer.created_by.clone()].ends_with(WITH_CHECKSUMS.as_bytes());
        // One bit can hide all metadata, the name of the program with them: their text is still there.
        let hidden = value.is_none() && memchr::memmem::find(bytes, CRC_KEY.as_bytes()).is_some();
        let value = match value {
            Some(value) if by_us => value,
            None if by_us || hidden => return Err("its checksums are not where they should be".to_owned()),
            _ => return Ok(None),
        };
        let sums = bytes[value.clone()].chunks(DIGITS).map(|digits| {
            let digits = std::str::from_utf8(digits)
                .ok()
                .filter(|digits| digits.len() == DIGITS)?;
            u32::from_str_radix(digits, 16).ok()
        });
        let Some((own, groups)) = sums
            .collect::<Option<Vec<u32>>>()
            .and_then(|mut sums| Some((sums.pop()?, sums)))
        else {
            return Err("its checksums are not readable".to_owned());
        };
        if own != footer_crc(bytes, value.end) {
            return Err("the checksum of its footer is another".to_owned());
        }
        Ok(Some(Self { groups }))
    }

    /// Whether a row group's bytes are those that were written.
    pub fn check(&self, number: usize, bytes: &[u8]) -> Result<()> {
        if self.groups.get(number) == Some(&crc32fast::hash(bytes)) {
            return Ok(());
        }
        let what = format!("the checksum of row group {number} is another");
        Err(ParquetError::General(what))
    }
}

/// The place of the checksums in a footer.
fn value(bytes: &[u8], footer: &Footer) -> Option<Range<usize>> {
    let mut pairs = footer.pairs.iter();
    let [_, value] = pairs.find(|[key, _]| bytes[key.clone()] == *CRC_KEY.as_bytes())?;
    (value.len() >= DIGITS).then(|| value.clone())
}

/// The checksum of a footer whose last digits of checksums end at a place.
fn footer_crc(bytes: &[u8], digits_end: usize) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&bytes[..digits_end - DIGITS]);
    hasher.update(&[b'0'; DIGITS]);
    hasher.update(&bytes[digits_end..]);
    hasher.finalize()
}

/// The range of a row group's bytes in the file; `None` where its columns do not say so.
pub(super) fn group_range(group: &RowGroupMetaData) -> Option<Range<u64>> {
    let mut range: Option<Range<u64>> = None;
    for column in group.columns() {
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let start = u64::try_from(start).ok()?;
        let end = start.checked_add(u64::try_from(column.compressed_size()).ok()?)?;
        let all = range.unwrap_or(start..end);
        range = Some(all.start.min(start)..all.end.max(end));
    }
    range
}

/// A writer that adds up checksums on the way, and keeps the footer back until its own is known.
pub(super) struct Summing<W> {
    writer: W,
    group: Hasher,
    /// The footer, once it is being written.
    footer: Option<Vec<u8>>,
}

impl<W: Write> Summing<W> {
    pub fn new(writer: W) -> Self {
        Self {
            writer,
            group: Hasher::new(),
            footer: None,
        }
    }

    /// The checksum of what was written since the last call.
    pub fn take(&mut self) -> u32 {
        std::mem::take(&mut self.group).finalize()
    }

    /// Ends the row groups: what is written from here on is the footer.
    pub fn begin_footer(&mut self) {
        self.footer = Some(Vec::new());
    }

    /// Writes the footer, with its own checksum in it.
    pub fn finish(mut self) -> io::Result<()> {
        let mut bytes = self.footer.take().unwrap_or_default();
        let end = bytes.len().saturating_sub(TAIL_BYTES);
        let footer = crate::input::formats::parquet::thrift::footer(&bytes[..end]);
        let value = footer.and_then(|footer| value(&bytes[..end], &footer));
        let value = value.ok_or_else(|| io::Error::other("a footer without checksums was written"))?;
        let crc = footer_crc(&bytes[..end], value.end);
        bytes[value.end - DIGITS..value.end].copy_from_slice(digits(crc).as_bytes());
        self.writer.write_all(&bytes)
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(footer) = &mut self.footer {
            footer.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        let written = self.writer.write(bytes)?;
        self.group.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A checksum as it is written.
pub(super) fn digits(crc: u32) -> String {
    format!("{crc:08x}")
}
