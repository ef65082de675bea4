//! The part of Thrift's compact protocol that it takes to check what a Parquet file claims before a decoder
//! acts on it, and to write page headers with a checksum. Knows field numbers, no values of rows.
//!
//! Sources: "Thrift Compact protocol encoding" (apache/thrift) and `parquet.thrift` (apache/parquet-format).

use std::ops::Range;

use super::cursor::Cursor;

/// Columns and groups of columns that a schema may have. A decoder goes down one call for each.
const MOST_SCHEMA_ELEMENTS: u64 = 4096;

/// Structures within each other, at most; Parquet's own are five deep.
const MOST_DEPTH: u32 = 24;

/// Types of fields.
const BOOL_TRUE: u8 = 1;
const BOOL_FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

/// The parts of a footer that are needed before it is decoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::input::formats) struct Footer {
    /// The range of the name of the program that wrote the file.
    pub created_by: Range<usize>,
    /// The ranges of keys and values of the metadata.
    pub pairs: Vec<[Range<usize>; 2]>,
    /// Whether columns are encrypted.
    pub encrypted: bool,
}

/// Goes through a footer (`FileMetaData`); none where it is not sound, or claims what a decoder must
/// not act on.
pub(in crate::input::formats) fn footer(bytes: &[u8]) -> Option<Footer> {
    let mut reader = Reader(Cursor::new(bytes));
    let mut footer = Footer::default();
    reader.fields(|reader, field, kind| {
        match (field, kind) {
            // `schema`
            (2, LIST) => {
                let (kind, count) = reader.list()?;
                if kind != STRUCT || count > MOST_SCHEMA_ELEMENTS {
                    return None;
                }
                for _ in 0..count {
                    reader.fields(|reader, field, kind| {
                        // `num_children`, for which a decoder makes room.
                        if (field, kind) == (5, I32) {
                            let children = reader.0.zigzag()?;
                            return (0..=count as i64).contains(&children).then_some(());
                        }
                        reader.skip(kind, MOST_DEPTH)
                    })?;
                }
                Some(())
            }
            // `key_value_metadata`
            (5, LIST) => {
                let (kind, count) = reader.list()?;
                if kind != STRUCT {
                    return None;
                }
                for _ in 0..count {
                    let mut pair = [0..0, 0..0];
                    reader.fields(|reader, field, kind| {
                        match (field, kind) {
                            (1, BINARY) => pair[0] = reader.binary()?,
                            (2, BINARY) => pair[1] = reader.binary()?,
                            _ => reader.skip(kind, MOST_DEPTH)?,
                        }
                        Some(())
                    })?;
                    footer.pairs.push(pair);
                }
                Some(())
            }
            (6, BINARY) => {
                footer.created_by = reader.binary()?;
                Some(())
            }
            // `encryption_algorithm`, and the key by which the footer is signed
            (8 | 9, _) => {
                footer.encrypted = true;
                reader.skip(kind, MOST_DEPTH)
            }
            _ => reader.skip(kind, MOST_DEPTH),
        }
    })?;
    // A signature of the footer follows it.
    (footer.encrypted || reader.0.at() == bytes.len()).then_some(footer)
}

/// Sizes that a page header says its page has, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input::formats) struct PageSizes {
    /// Once decompressed.
    pub plain: i64,
    /// In the file.
    pub stored: i64,
}

/// The sizes in a page header (`PageHeader`), of which the bytes are the first; none where it does not
/// begin as all writers begin it.
pub(in crate::input::formats) fn page_sizes(bytes: &[u8]) -> Option<PageSizes> {
    let mut reader = Reader(Cursor::new(bytes));
    let mut last = 0;
    let mut next = |expected: i64| {
        let (field, kind) = reader.field(last)??;
        last = field;
        ((field, kind) == (expected, I32)).then(|| reader.0.zigzag())?
    };
    next(1)?;
    let (plain, stored) = (next(2)?, next(3)?);
    Some(PageSizes { plain, stored })
}

/// Kind of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input::formats) enum PageKind {
    /// `DICTIONARY_PAGE`.
    Dictionary,
    /// `DATA_PAGE`, with the numbers of how definition and repetition levels are encoded.
    Data { definitions: i32, repetitions: i32 },
}

/// A page header with the checksum of the page's bytes as they are stored.
pub(in crate::input::formats) fn page_header(
    kind: PageKind,
    sizes: PageSizes,
    crc: u32,
    values: u32,
    encoding: i32,
) -> Vec<u8> {
    let mut writer = Writer { bytes: Vec::new() };
    let page_type = match kind {
        PageKind::Data { .. } => 0,
        PageKind::Dictionary => 2,
    };
    writer.i32(1, page_type);
    writer.i32(1, sizes.plain);
    writer.i32(1, sizes.stored);
    writer.i32(1, i64::from(crc as i32));
    match kind {
        PageKind::Data {
            definitions,
            repetitions,
        } => {
            writer.bytes.push(1 << 4 | STRUCT);
            writer.i32(1, i64::from(values));
            writer.i32(1, i64::from(encoding));
            writer.i32(1, i64::from(definitions));
            writer.i32(1, i64::from(repetitions));
        }
        PageKind::Dictionary => {
            writer.bytes.push(3 << 4 | STRUCT);
            writer.i32(1, i64::from(values));
            writer.i32(1, i64::from(encoding));
        }
    }
    // The end of the structure within, and of the header.
    writer.bytes.extend([0, 0]);
    writer.bytes
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// A field of 32 bits whose number is so much above that of the field before it.
    fn i32(&mut self, step: u8, value: i64) {
        self.bytes.push(step << 4 | I32);
        let mut rest = (value << 1 ^ value >> 63) as u64;
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }
}

/// A reader of structures.
struct Reader<'a>(Cursor<'a>);

impl Reader<'_> {
    fn binary(&mut self) -> Option<Range<usize>> {
        let length = usize::try_from(self.0.varint()?).ok()?;
        let start = self.0.at();
        self.0.take(length)?;
        Some(start..self.0.at())
    }

    /// Type and number of the elements of a list.
    fn list(&mut self) -> Option<(u8, u64)> {
        let head = self.0.byte()?;
        let count = match head >> 4 {
            15 => self.0.varint()?,
            count => u64::from(count),
        };
        Some((head & 15, count))
    }

    /// Number and type of the next field of a structure, or its end, as `Some(None)`.
    fn field(&mut self, last: i64) -> Option<Option<(i64, u8)>> {
        let head = self.0.byte()?;
        if head == 0 {
            return Some(None);
        }
        let field = match head >> 4 {
            0 => self.0.zigzag()?,
            step => last.wrapping_add(i64::from(step)),
        };
        Some(Some((field, head & 15)))
    }

    /// Goes through the fields of a structure, of which `take` reads or skips each.
    fn fields(&mut self, mut take: impl FnMut(&mut Self, i64, u8) -> Option<()>) -> Option<()> {
        let mut last = 0;
        while let Some((field, kind)) = self.field(last)? {
            last = field;
            take(self, field, kind)?;
        }
        Some(())
    }

    fn skip(&mut self, kind: u8, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            BOOL_TRUE | BOOL_FALSE => {}
            BYTE => drop(self.0.byte()?),
            I16 | I32 | I64 => drop(self.0.varint()?),
            DOUBLE => drop(self.0.take(8)?),
            BINARY => {
                self.binary()?;
            }
            LIST | SET => {
                let (kind, count) = self.list()?;
                for _ in 0..count {
                    self.skip_element(kind, depth)?;
                }
            }
            MAP => {
                let count = self.0.varint()?;
                let kinds = if count > 0 { self.0.byte()? } else { 0 };
                for _ in 0..count {
                    self.skip_element(kinds >> 4, depth)?;
                    self.skip_element(kinds & 15, depth)?;
                }
            }
            STRUCT => self.fields(|reader, _, kind| reader.skip(kind, depth))?,
            _ => return None,
        }
        Some(())
    }

    /// An element of a list: a truth value takes a byte there, and none in a structure.
    fn skip_element(&mut self, kind: u8, depth: u32) -> Option<()> {
        if matches!(kind, BOOL_TRUE | BOOL_FALSE) {
            self.0.byte()?;
            return Some(());
        }
        self.skip(kind, depth)
    }
}
