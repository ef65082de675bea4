//! Pages of a Parquet file, of which none claims what would stop the program or fill the memory: the
//! decoders of the `parquet` crate take pages at their word. Knows no column's meaning.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek as _, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

use super::{delta, guard, thrift};

/// Bytes of a page once it is decompressed, at most. Writers aim at 1 MiB.
const MOST_PAGE_BYTES: i64 = 128 << 20;

/// Bytes that are read of a file to find a page's header in.
const HEAD_BYTES: usize = 4096;

/// The range of a row group's bytes.
#[derive(Clone, Debug)]
pub(in crate::input::formats) enum Storage {
    /// In a file of a length.
    File(Arc<File>, u64),
    /// In memory, from a place of the file on.
    Memory(u64, Bytes),
}

impl Length for Storage {
    fn len(&self) -> u64 {
        match self {
            Self::File(_, length) => *length,
            Self::Memory(start, bytes) => start + bytes.len() as u64,
        }
    }
}

impl Storage {
    /// Bytes from a place on, as many as there are.
    fn read(&self, start: u64) -> std::io::Result<Box<dyn Read + Send>> {
        match self {
            Self::File(file, _) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(start))?;
                Ok(Box::new(BufReader::new(file)))
            }
            Self::Memory(first, bytes) => {
                let at = start.checked_sub(*first).and_then(|at| usize::try_from(at).ok());
                let bytes = at.filter(|at| *at <= bytes.len()).map(|at| bytes.slice(at..));
                Ok(Box::new(Cursor::new(bytes.unwrap_or_default())))
            }
        }
    }
}

impl ChunkReader for Storage {
    type T = Box<dyn Read + Send>;

    /// The bytes from the page header at `start` on, after a look at its sizes.
    fn get_read(&self, start: u64) -> Result<Self::T> {
        let mut rest = self.read(start)?;
        let mut head = Vec::with_capacity(HEAD_BYTES);
        (&mut rest).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        let sizes = thrift::page_sizes(&head).ok_or_else(|| general("a page has no header"))?;
        if !(0..=MOST_PAGE_BYTES).contains(&sizes.plain) {
            return Err(general("a page is larger than 128 MiB"));
        }
        let left = self.len().saturating_sub(start);
        if u64::try_from(sizes.stored).is_ok_and(|stored| stored <= left) {
            return Ok(Box::new(Cursor::new(head).chain(rest)));
        }
        Err(general("a page ends beyond the file"))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if self.len().saturating_sub(start) < length as u64 {
            return Err(general("a page ends beyond the file"));
        }
        if let Self::Memory(first, bytes) = self
            && let Some(at) = start.checked_sub(*first)
        {
            let at = at as usize;
            return Ok(bytes.slice(at..at + length));
        }
        let mut bytes = vec![0; length];
        self.read(start)?.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// The pages of a column of a row group.
pub(in crate::input::formats) struct Pages {
    pages: Box<dyn PageReader>,
    kind: Type,
    nullable: bool,
    /// Rows of the group.
    rows: u64,
    has_dictionary: bool,
}

impl Pages {
    /// The pages of the column at `index`.
    pub fn new(storage: &Storage, group: &RowGroupMetaData, index: usize) -> Result<Self> {
        let column = group.columns().get(index);
        let column = column.ok_or_else(|| general("a row group is without a column"))?;
        // The crate takes these to be sound.
        let places = [Some(column.data_page_offset()), column.dictionary_page_offset()];
        let places = places.into_iter().flatten().chain([column.compressed_size()]);
        let end = places.clone().try_fold(0_i64, i64::checked_add);
        if places.clone().any(|place| place < 0) || end.is_none() || group.num_rows() < 0 {
            return Err(general("a column is nowhere in the file"));
        }
        let rows = usize::try_from(group.num_rows())?;
        let storage = Arc::new(storage.clone());
        let pages = guard::decode(|| SerializedPageReader::new(storage, column, rows, None))?;
        Ok(Self {
            pages: Box::new(pages),
            kind: column.column_type(),
            nullable: column.column_descr().max_def_level() > 0,
            rows: rows as u64,
            has_dictionary: false,
        })
    }

    /// Whether a decoder may act on a page.
    fn check(&mut self, page: &Page) -> Result<()> {
        let count = u64::from(page.num_values());
        let bytes = page.buffer().len() as u64;
        if page.is_dictionary_page() {
            self.has_dictionary = true;
            // Decoders make room for all at once.
            let least_each = match self.kind {
                Type::INT64 | Type::DOUBLE => 8,
                Type::INT96 => 12,
                _ => 4,
            };
            let fits = self.kind == Type::FIXED_LEN_BYTE_ARRAY && count <= bytes || count * least_each <= bytes;
            return if fits && count <= self.rows {
                Ok(())
            } else {
                Err(general("a dictionary ends early"))
            };
        }
        if count > self.rows {
            return Err(general("a page has more rows than its group"));
        }
        match page.encoding() {
            encoding if is_numbered(encoding) && !self.has_dictionary => Err(general("a dictionary is missing")),
            encoding @ (Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY) => {
                let values = self.values(page).ok_or_else(|| general("a page ends early"))?;
                let prefixed = encoding == Encoding::DELTA_BYTE_ARRAY;
                let length = delta::text_bytes(values, prefixed, count);
                if length.is_some_and(|length| length <= MOST_PAGE_BYTES.unsigned_abs()) {
                    Ok(())
                } else {
                    Err(general("the lengths of a page's texts are not sound"))
                }
            }
            _ => Ok(()),
        }
    }

    /// The values in a page, behind what says which rows have one.
    fn values<'a>(&self, page: &'a Page) -> Option<&'a [u8]> {
        match page {
            Page::DataPage {
                buf,
                def_level_encoding,
                num_values,
                ..
            } if self.nullable => {
                if *def_level_encoding == Encoding::RLE {
                    let (length, rest) = buf.split_first_chunk()?;
                    return rest.get(u32::from_le_bytes(*length) as usize..);
                }
                buf.get(num_values.div_ceil(8) as usize..)
            }
            Page::DataPageV2 {
                buf,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => buf
                .get(*def_levels_byte_len as usize..)?
                .get(*rep_levels_byte_len as usize..),
            page => Some(page.buffer()),
        }
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page {
            self.check(page)?;
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

/// The dictionary of a column of texts, as its pages come.
#[derive(Default)]
pub(in crate::input::formats) struct Dictionary {
    /// The texts of the dictionary, until they are taken.
    pub texts: Vec<Vec<u8>>,
    /// Whether a page has come that spells its texts out.
    pub spelled: bool,
}

/// Pages of texts by number in a dictionary, as pages of integers: the numbers themselves, without a
/// text for each row. That is a fifth of the work.
pub(in crate::input::formats) struct Numbered {
    pub pages: Pages,
    pub dictionary: Arc<Mutex<Dictionary>>,
}

impl PageReader for Numbered {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        let mut dictionary = self.dictionary.lock().unwrap_or_else(PoisonError::into_inner);
        match page {
            Some(Page::DictionaryPage {
                buf,
                num_values,
                encoding,
                is_sorted,
            }) => {
                dictionary.texts = plain_texts(&buf, num_values)?;
                let numbers: Vec<u8> = (0..num_values).flat_map(u32::to_le_bytes).collect();
                Ok(Some(Page::DictionaryPage {
                    buf: numbers.into(),
                    num_values,
                    encoding,
                    is_sorted,
                }))
            }
            Some(page) if !is_numbered(page.encoding()) => {
                dictionary.spelled = true;
                Err(general("texts are spelled out"))
            }
            page => Ok(page),
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

impl Iterator for Numbered {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

/// Texts as a dictionary page has them: each after its length in four bytes ("Plain", apache/parquet-format).
fn plain_texts(mut bytes: &[u8], count: u32) -> Result<Vec<Vec<u8>>> {
    let mut texts = Vec::new();
    for _ in 0..count {
        let text = bytes.split_first_chunk().and_then(|(length, rest)| {
            let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            bytes = rest;
            Some(text.to_vec())
        });
        texts.push(text.ok_or_else(|| general("a dictionary ends early"))?);
    }
    Ok(texts)
}

fn is_numbered(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY)
}

/// An error of this crate's own, as those of the decoders are.
pub(in crate::input::formats) fn general(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::formats::parquet::thrift::{PageKind, PageSizes, page_header};

    #[test]
    fn a_page_that_claims_more_than_there_is_is_refused() {
        let read = |plain: i64, stored: i64| {
            let sizes = PageSizes { plain, stored };
            let header = page_header(PageKind::Dictionary, sizes, 0, 1, 0);
            let bytes = [&header[..], &[0; 100]].concat();
            let storage = Storage::Memory(4, bytes.into());
            storage.get_read(4).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(read(1000, 100), Ok(()));
        for (plain, stored, expected) in [
            (i64::from(i32::MAX), 100, "larger than 128 MiB"),
            (-1, 100, "larger than 128 MiB"),
            (1000, i64::from(i32::MAX), "ends beyond the file"),
            (1000, -1, "ends beyond the file"),
        ] {
            assert!(read(plain, stored).unwrap_err().contains(expected), "{plain} {stored}");
        }
        let none = Storage::Memory(0, Bytes::from_static(&[0xff; 40]));
        assert!(none.get_read(0).is_err() && none.get_read(50).is_err() && none.get_bytes(30, 20).is_err());
        // No dictionary behind its place either.
        assert!(Storage::Memory(4, Bytes::new()).get_bytes(0, 4).is_err());
    }
}
