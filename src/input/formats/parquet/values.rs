//! The values of a column, some rows at a time, whatever their encoding: integers, times and texts.
//! Knows what values stand for, and no bubble.

use std::sync::{Arc, Mutex, PoisonError};

use parquet::basic::Type;
use parquet::column::page::PageReader;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{
    AsBytes as _, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type, Int96, Int96Type,
};
use parquet::errors::Result;
use parquet::file::metadata::RowGroupMetaData;

use super::guard;
use super::pages::{Dictionary, Numbered, Pages, Storage, general};
use super::types::{Meaning, Number};
use crate::input::names::Spellings;

/// Rows that are read at once to be skipped.
const SKIPPED_AT_ONCE: usize = 8192;

/// A row group of an open file.
pub(in crate::input::formats) struct Group<'a> {
    pub storage: Storage,
    pub metadata: &'a RowGroupMetaData,
}

impl Group<'_> {
    pub(super) fn pages(&self, index: usize) -> Result<Pages> {
        Pages::new(&self.storage, self.metadata, index)
    }

    pub(super) fn column<T: DataType>(&self, index: usize, pages: impl PageReader + 'static) -> Result<Column<T>> {
        let descriptor = self.metadata.column(index).column_descr_ptr();
        Ok(Column {
            level: descriptor.max_def_level(),
            reader: guard::decode(|| Ok(ColumnReaderImpl::new(descriptor, Box::new(pages))))?,
            values: Vec::new(),
            levels: Vec::new(),
        })
    }
}

/// The values of a column, and whether each row has one.
pub(super) struct Column<T: DataType> {
    reader: ColumnReaderImpl<T>,
    /// The level of a value that is there; 0 where all are.
    level: i16,
    values: Vec<T::T>,
    levels: Vec<i16>,
}

impl<T: DataType> Column<T> {
    /// Reads the next `rows`, or those that are left; returns how many.
    pub(super) fn next(&mut self, rows: usize) -> Result<usize> {
        self.values.clear();
        self.levels.clear();
        let levels = (self.level > 0).then_some(&mut self.levels);
        let (reader, values) = (&mut self.reader, &mut self.values);
        let (read, ..) = guard::decode(|| reader.read_records(rows, levels, None, values))?;
        if self.level > 1 {
            // A value may be missing with the group that it is in.
            for level in &mut self.levels {
                *level = i16::from(*level == self.level);
            }
        }
        Ok(read)
    }

    /// The values of the rows read last that have one.
    pub(super) fn values(&self) -> &[T::T] {
        &self.values
    }

    /// For each of the rows read last 0 where it has no value; empty where all columns have one.
    pub(super) fn levels(&self) -> &[i16] {
        &self.levels
    }

    /// Goes on behind the next `rows`. They are read: the decoders' own way to skip pages asks for bytes in the middle
    /// of one, where no header says what may be believed of it.
    fn skip(&mut self, rows: usize) -> Result<()> {
        let mut left = rows;
        while left > 0 {
            match self.next(left.min(SKIPPED_AT_ONCE))? {
                0 => return Ok(()),
                read => left -= read,
            }
        }
        Ok(())
    }

    /// The first of the rows read last that has no value.
    fn first_null(&self) -> Option<usize> {
        // All have one where there are as many values.
        let some = self.values.len() < self.levels.len();
        some.then(|| self.levels.iter().position(|level| *level == 0)).flatten()
    }
}

/// A row with an unexpected value: its number among those read last, and what is wrong.
pub(in crate::input::formats) type Fault = (usize, String);

/// A column of numbers or times: whole ones, times in nanoseconds since 1970.
pub(in crate::input::formats) struct Numbers {
    column: Stored,
    meaning: Meaning,
    pub numbers: Vec<i64>,
}

enum Stored {
    Int32(Column<Int32Type>),
    Int64(Column<Int64Type>),
    Int96(Column<Int96Type>),
    Float(Column<FloatType>),
    Double(Column<DoubleType>),
    Bytes(Column<ByteArrayType>),
    Fixed(Column<FixedLenByteArrayType>),
}

impl Numbers {
    pub fn new(group: &Group<'_>, Number { index, meaning }: Number) -> Result<Self> {
        let pages = group.pages(index)?;
        let column = match group.metadata.column(index).column_type() {
            Type::INT32 => Stored::Int32(group.column(index, pages)?),
            Type::INT96 => Stored::Int96(group.column(index, pages)?),
            Type::FLOAT => Stored::Float(group.column(index, pages)?),
            Type::DOUBLE => Stored::Double(group.column(index, pages)?),
            Type::BYTE_ARRAY => Stored::Bytes(group.column(index, pages)?),
            Type::FIXED_LEN_BYTE_ARRAY => Stored::Fixed(group.column(index, pages)?),
            Type::INT64 | Type::BOOLEAN => Stored::Int64(group.column(index, pages)?),
        };
        Ok(Self {
            column,
            meaning,
            numbers: Vec::new(),
        })
    }

    /// Reads the next `rows`, or those that are left, into `numbers`; returns the first that is at
    /// fault, if one is.
    pub fn next(&mut self, rows: usize) -> Result<Option<Fault>> {
        let (meaning, numbers) = (self.meaning, &mut self.numbers);
        match &mut self.column {
            // As they are stored, without a copy.
            Stored::Int64(column) if matches!(meaning, Meaning::Signed | Meaning::Time(1)) => {
                column.next(rows)?;
                let fault = null(column);
                std::mem::swap(numbers, &mut column.values);
                Ok(fault)
            }
            // Below 2^63 they are stored as the others are; above, they are at fault.
            Stored::Int64(column) if meaning == Meaning::Unsigned => {
                column.next(rows)?;
                let large = column.values.iter().position(|value| *value < 0);
                let large = large.map(|row| (row, too_large(column.values[row] as u64)));
                let fault = null(column).or(large);
                std::mem::swap(numbers, &mut column.values);
                Ok(fault)
            }
            Stored::Int32(column) if matches!(meaning, Meaning::Signed | Meaning::Unsigned) => {
                column.next(rows)?;
                numbers.clear();
                let values = column.values.iter();
                if meaning == Meaning::Signed {
                    numbers.extend(values.map(|value| i64::from(*value)));
                } else {
                    numbers.extend(values.map(|value| i64::from(*value as u32)));
                }
                Ok(null(column))
            }
            Stored::Int32(column) => take(column, rows, numbers, |value| of_integer(i64::from(*value), meaning)),
            Stored::Int64(column) => take(column, rows, numbers, |value| of_integer(*value, meaning)),
            Stored::Int96(column) => take(column, rows, numbers, of_int96),
            Stored::Float(column) => take(column, rows, numbers, |value| of_float(f64::from(*value))),
            Stored::Double(column) => take(column, rows, numbers, |value| of_float(*value)),
            Stored::Bytes(column) => take(column, rows, numbers, |value| of_bytes(value.data(), meaning)),
            Stored::Fixed(column) => take(column, rows, numbers, |value| of_bytes(value.as_bytes(), meaning)),
        }
    }
}

fn null<T: DataType>(column: &Column<T>) -> Option<Fault> {
    Some((column.first_null()?, "is null, expected a value".to_owned()))
}

/// Reads rows of a column, and what `number` makes of their values.
fn take<T: DataType>(
    column: &mut Column<T>,
    rows: usize,
    numbers: &mut Vec<i64>,
    number: impl Fn(&T::T) -> std::result::Result<i64, String>,
) -> Result<Option<Fault>> {
    column.next(rows)?;
    numbers.clear();
    if let Some(fault) = null(column) {
        return Ok(Some(fault));
    }
    for (row, value) in column.values.iter().enumerate() {
        match number(value) {
            Ok(number) => numbers.push(number),
            Err(what) => return Ok(Some((row, what))),
        }
    }
    Ok(None)
}

fn of_integer(value: i64, meaning: Meaning) -> std::result::Result<i64, String> {
    match meaning {
        Meaning::Time(unit_ns) => value.checked_mul(unit_ns).ok_or_else(beyond),
        Meaning::Decimal(places) => of_decimal(i128::from(value), places),
        Meaning::Unsigned | Meaning::Signed | Meaning::Float => Ok(value),
    }
}

/// A decimal number from its digits; only whole ones are numbers of packets.
fn of_decimal(digits: i128, places: u32) -> std::result::Result<i64, String> {
    let one = 10_i128.pow(places);
    if digits % one != 0 {
        let (sign, digits) = (if digits < 0 { "-" } else { "" }, digits.unsigned_abs());
        let (whole, part, width) = (
            digits / one.unsigned_abs(),
            digits % one.unsigned_abs(),
            places as usize,
        );
        return Err(not_whole(format_args!("{sign}{whole}.{part:0width$}")));
    }
    i64::try_from(digits / one).map_err(|_| too_large(digits / one))
}

/// A decimal number from its digits as a signed integer, highest byte first.
fn of_bytes(bytes: &[u8], meaning: Meaning) -> std::result::Result<i64, String> {
    let Meaning::Decimal(places) = meaning else {
        return Err("is no number".to_owned());
    };
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let fill = if negative { 0xff } else { 0 };
    let (extra, last) = bytes.split_at(bytes.len().saturating_sub(16));
    let mut all = [fill; 16];
    all[16 - last.len()..].copy_from_slice(last);
    if extra.iter().any(|byte| *byte != fill) || (all[0] & 0x80 != 0) != negative {
        return Err(too_large("a number of more than 38 digits"));
    }
    of_decimal(i128::from_be_bytes(all), places)
}

fn of_float(value: f64) -> std::result::Result<i64, String> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() != 0.0 || !value.is_finite() {
        return Err(not_whole(value));
    }
    if (-LIMIT..LIMIT).contains(&value) {
        Ok(value as i64)
    } else {
        Err(too_large(value))
    }
}

fn of_int96(value: &Int96) -> std::result::Result<i64, String> {
    i64::try_from(int96_ns(value)).map_err(|_| beyond())
}

/// The time of a Julian day and nanoseconds of it, in nanoseconds since 1970.
pub(super) fn int96_ns(value: &Int96) -> i128 {
    const FIRST_DAY: i128 = 2_440_588;
    let &[low, high, day] = value.data().first_chunk().unwrap_or(&[0; 3]);
    let of_day_ns = i128::from(u64::from(high) << 32 | u64::from(low));
    (i128::from(day) - FIRST_DAY) * 86_400_000_000_000 + of_day_ns
}

fn beyond() -> String {
    "is beyond the years 1677 to 2262, expected a time within".to_owned()
}

fn not_whole(value: impl std::fmt::Display) -> String {
    format!("is {value}, expected a whole number")
}

fn too_large(value: impl std::fmt::Display) -> String {
    format!("is {value}, expected a number below 2^63")
}

/// Bytes that the different texts of a column of a row group may take: names are words, not files.
const MOST_TEXT_BYTES: usize = 256 << 20;

/// A column of texts: the different ones so far, and the number of each row's among them.
pub(in crate::input::formats) struct Texts {
    index: usize,
    column: Spelled,
    dictionary: Arc<Mutex<Dictionary>>,
    /// Rows read so far.
    rows: usize,
    pub different: Vec<Vec<u8>>,
    /// Bytes of `different`.
    bytes: usize,
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
            pages: group.pages(index)?,
            dictionary: Arc::clone(&dictionary),
        };
        Ok(Self {
            index,
            column: Spelled::Numbered(group.column(index, pages)?),
            dictionary,
            rows: 0,
            different: Vec::new(),
            bytes: 0,
            spellings: Spellings::default(),
            numbers: Vec::new(),
        })
    }

    /// Reads the next `rows`, or those that are left, into `numbers`.
    pub fn next(&mut self, group: &Group<'_>, rows: usize) -> Result<()> {
        self.read(group, rows)?;
        if self.bytes > MOST_TEXT_BYTES {
            return Err(general("the different texts of a column are more than 256 MiB"));
        }
        Ok(())
    }

    fn read(&mut self, group: &Group<'_>, rows: usize) -> Result<()> {
        if let Spelled::Numbered(column) = &mut self.column {
            let result = column.next(rows);
            let mut dictionary = self.dictionary.lock().unwrap_or_else(PoisonError::into_inner);
            if !dictionary.texts.is_empty() {
                self.bytes += dictionary.texts.iter().map(Vec::len).sum::<usize>();
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
            let mut column = group.column(self.index, group.pages(self.index)?)?;
            column.skip(self.rows)?;
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
                self.bytes += value.data().len();
                self.different.push(value.data().to_vec());
            }
            number
        };
        self.numbers.clear();
        if column.level > 0 {
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
