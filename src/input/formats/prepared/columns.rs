//! Columns of a Parquet file, some rows at a time, whatever their encoding: where they are, and their
//! times, integers and texts. Owns what is known of pages; knows no bubble.

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use parquet::basic::{ConvertedType, Encoding, LogicalType, TimeUnit, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::{BIN_START, COUNTRY, FIRST_TIME, HOST, PACKETS, PORT, PROTOCOL};
use crate::input::names::Spellings;

/// Where the columns are, and how their values are to be taken.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub bin_start: Time,
    pub first_time: Time,
    pub country: usize,
    pub protocol: usize,
    pub port: usize,
    pub packets: usize,
    pub host: Option<usize>,
}

/// A column of times, and nanoseconds in one of its units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    pub index: usize,
    pub unit_ns: i64,
}

impl Columns {
    /// Finds the columns by their names, or says what is wrong with them.
    pub fn find(schema: &SchemaDescriptor) -> std::result::Result<Self, String> {
        let find = |name: &str| {
            let is_it = |column: &ColumnDescriptor| column.path().parts() == [name];
            let index = (0..schema.num_columns()).find(|index| is_it(&schema.column(*index)))?;
            Some((index, schema.column(index)))
        };
        let missing = |name: &str| format!("it has no column `{name}`");
        let kind = |name: &str, kinds: &[Type], expected: &str| {
            let (index, column) = find(name).ok_or_else(|| missing(name))?;
            if !kinds.contains(&column.physical_type()) || column.max_rep_level() > 0 {
                let found = column.physical_type();
                return Err(format!("its column `{name}` is {found}, expected {expected}"));
            }
            Ok(index)
        };
        let time = |name: &str| {
            let index = kind(name, &[Type::INT64], "TIMESTAMP in UTC")?;
            let column = schema.column(index);
            let unit_ns = match column.logical_type_ref() {
                Some(LogicalType::Timestamp(time)) => match time.unit {
                    TimeUnit::MILLIS => 1_000_000,
                    TimeUnit::MICROS => 1_000,
                    TimeUnit::NANOS => 1,
                },
                _ => match column.converted_type() {
                    ConvertedType::TIMESTAMP_MILLIS => 1_000_000,
                    ConvertedType::TIMESTAMP_MICROS => 1_000,
                    _ => return Err(format!("its column `{name}` is a number, expected TIMESTAMP in UTC")),
                },
            };
            Ok(Time { index, unit_ns })
        };
        let integers = [Type::INT32, Type::INT64];
        Ok(Self {
            bin_start: time(BIN_START)?,
            first_time: time(FIRST_TIME)?,
            country: kind(COUNTRY, &[Type::BYTE_ARRAY], "STRING")?,
            protocol: kind(
                PROTOCOL,
                &[Type::INT32, Type::INT64, Type::BYTE_ARRAY],
                "an integer or STRING",
            )?,
            port: kind(PORT, &integers, "an integer")?,
            packets: kind(PACKETS, &integers, "an integer")?,
            host: match find(HOST) {
                Some(_) => Some(kind(HOST, &[Type::BYTE_ARRAY], "STRING")?),
                None => None,
            },
        })
    }
}

/// A row group of an open file.
pub(super) struct Group<'a> {
    pub file: Arc<File>,
    pub metadata: &'a RowGroupMetaData,
}

impl Group<'_> {
    fn pages(&self, index: usize) -> Result<Box<dyn PageReader>> {
        let Some(column) = self.metadata.columns().get(index) else {
            return Err(ParquetError::General("a row group is without a column".to_owned()));
        };
        // The crate takes these to be sound, or stops the program.
        let places = [Some(column.data_page_offset()), column.dictionary_page_offset()];
        let places = places.into_iter().flatten().chain([column.compressed_size()]);
        if places.clone().any(|place| place < 0) || self.metadata.num_rows() < 0 {
            return Err(ParquetError::General("a column is nowhere in the file".to_owned()));
        }
        let rows = usize::try_from(self.metadata.num_rows())?;
        let pages = SerializedPageReader::new(Arc::clone(&self.file), column, rows, None)?;
        Ok(Box::new(pages))
    }

    fn column<T: DataType>(&self, index: usize, pages: Box<dyn PageReader>) -> Column<T> {
        let descriptor = self.metadata.column(index).column_descr_ptr();
        Column {
            nullable: descriptor.max_def_level() > 0,
            reader: ColumnReaderImpl::new(descriptor, pages),
            values: Vec::new(),
            levels: Vec::new(),
        }
    }

    /// The type of a column; none where the group is without it.
    pub fn kind(&self, index: usize) -> Option<Type> {
        Some(self.metadata.columns().get(index)?.column_type())
    }
}

/// The values of a column, and whether each row has one.
struct Column<T: DataType> {
    reader: ColumnReaderImpl<T>,
    nullable: bool,
    values: Vec<T::T>,
    levels: Vec<i16>,
}

impl<T: DataType> Column<T> {
    /// Reads so many rows, or those that are left; returns how many.
    fn next(&mut self, rows: usize) -> Result<usize> {
        self.values.clear();
        self.levels.clear();
        let levels = self.nullable.then_some(&mut self.levels);
        let (read, ..) = self.reader.read_records(rows, levels, None, &mut self.values)?;
        Ok(read)
    }

    /// The first of the rows read last that has no value.
    fn first_null(&self) -> Option<usize> {
        // All have one where there are as many values.
        let some = self.values.len() < self.levels.len();
        some.then(|| self.levels.iter().position(|level| *level == 0)).flatten()
    }
}

/// A column of integers.
pub(super) struct Integers {
    column: Either,
    pub numbers: Vec<i64>,
}

enum Either {
    Narrow(Column<Int32Type>),
    Wide(Column<Int64Type>),
}

impl Integers {
    pub fn new(group: &Group<'_>, index: usize) -> Result<Self> {
        let pages = Box::new(Checked::new(group.pages(index)?));
        let column = if group.kind(index) == Some(Type::INT32) {
            Either::Narrow(group.column(index, pages))
        } else {
            Either::Wide(group.column(index, pages))
        };
        Ok(Self {
            column,
            numbers: Vec::new(),
        })
    }

    /// Reads the next rows, so many or those that are left, into `numbers`; returns the first of them
    /// that is null, if one is.
    pub fn next(&mut self, rows: usize) -> Result<Option<usize>> {
        match &mut self.column {
            Either::Narrow(column) => {
                column.next(rows)?;
                self.numbers.clear();
                self.numbers.extend(column.values.iter().map(|value| i64::from(*value)));
                Ok(column.first_null())
            }
            Either::Wide(column) => {
                column.next(rows)?;
                let null = column.first_null();
                std::mem::swap(&mut self.numbers, &mut column.values);
                Ok(null)
            }
        }
    }
}

/// A column of texts: the different ones so far, and the number of each row's among them.
pub(super) struct Texts {
    index: usize,
    column: Spelled,
    dictionary: Arc<Mutex<Dictionary>>,
    /// Rows read so far.
    rows: usize,
    pub different: Vec<Vec<u8>>,
    spellings: Spellings,
    pub numbers: Vec<u32>,
}

enum Spelled {
    /// By number in a dictionary, as long as all pages are.
    Numbered(Column<Int32Type>),
    Plain(Column<ByteArrayType>),
}

impl Texts {
    /// The number of a row without a text.
    pub const NULL: u32 = u32::MAX;

    pub fn new(group: &Group<'_>, index: usize) -> Result<Self> {
        let dictionary = Arc::new(Mutex::new(Dictionary::default()));
        let pages = Numbered {
            pages: Checked::new(group.pages(index)?),
            dictionary: Arc::clone(&dictionary),
        };
        Ok(Self {
            index,
            column: Spelled::Numbered(group.column(index, Box::new(pages))),
            dictionary,
            rows: 0,
            different: Vec::new(),
            spellings: Spellings::default(),
            numbers: Vec::new(),
        })
    }

    /// Reads the next rows, so many or those that are left, into `numbers`.
    pub fn next(&mut self, group: &Group<'_>, rows: usize) -> Result<()> {
        if let Spelled::Numbered(column) = &mut self.column {
            let result = column.next(rows);
            let mut dictionary = self.dictionary.lock().unwrap_or_else(PoisonError::into_inner);
            if !dictionary.texts.is_empty() {
                self.different.append(&mut dictionary.texts);
            }
            if !dictionary.spelled {
                let read = result?;
                self.rows += read;
                self.numbers.clear();
                if column.values.len() == read {
                    self.numbers.extend(column.values.iter().map(|number| *number as u32));
                } else {
                    let mut values = column.values.iter().map(|number| *number as u32);
                    let numbers = column.levels.iter().map(|level| match level {
                        0 => Self::NULL,
                        _ => values.next().unwrap_or(Self::NULL),
                    });
                    self.numbers.extend(numbers);
                }
                return Ok(());
            }
            drop(dictionary);
            // A writer spells texts out where they are too many. The rest is read so, from here on.
            let mut column = group.column(self.index, Box::new(Checked::new(group.pages(self.index)?)));
            column.reader.skip_records(self.rows)?;
            for (number, text) in (0..).zip(&self.different) {
                self.spellings.index(text, number);
            }
            self.column = Spelled::Plain(column);
        }
        let Spelled::Plain(column) = &mut self.column else {
            return Ok(());
        };
        self.rows += column.next(rows)?;
        let mut number = |value: &ByteArray| {
            let next = self.different.len() as u32;
            let number = self.spellings.index(value.data(), next);
            if number == next {
                self.different.push(value.data().to_vec());
            }
            number
        };
        self.numbers.clear();
        if column.nullable {
            let mut values = column.values.iter();
            self.numbers.extend(column.levels.iter().map(|level| match level {
                0 => Self::NULL,
                _ => values.next().map_or(Self::NULL, &mut number),
            }));
        } else {
            self.numbers.extend(column.values.iter().map(number));
        }
        Ok(())
    }
}

/// What the pages of a column of texts say beside the rows.
#[derive(Default)]
struct Dictionary {
    texts: Vec<Vec<u8>>,
    /// Whether a page has come that spells its texts out.
    spelled: bool,
}

/// Pages of texts by number in a dictionary, as pages of integers: the numbers themselves, without a
/// text for each row. That is a fifth of the work.
struct Numbered {
    pages: Checked,
    dictionary: Arc<Mutex<Dictionary>>,
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
                Err(ParquetError::General("texts are spelled out".to_owned()))
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
        texts.push(text.ok_or_else(|| ParquetError::General("a dictionary ends early".to_owned()))?);
    }
    Ok(texts)
}

fn is_numbered(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY)
}

/// Pages of which none refers to a dictionary that there is not: the crate would stop the program.
struct Checked {
    pages: Box<dyn PageReader>,
    has_dictionary: bool,
}

impl Checked {
    fn new(pages: Box<dyn PageReader>) -> Self {
        Self {
            pages,
            has_dictionary: false,
        }
    }
}

impl PageReader for Checked {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page {
            if page.is_dictionary_page() {
                self.has_dictionary = true;
            } else if is_numbered(page.encoding()) && !self.has_dictionary {
                return Err(ParquetError::General("a dictionary is missing".to_owned()));
            }
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

impl Iterator for Checked {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}
