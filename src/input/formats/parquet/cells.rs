//! The values of a column as the fields of a table of text would have them, some rows at a time, and times of a type
//! that stands for one. Knows types, and no meaning of a column but that of addresses.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::data_type::{
    AsBytes as _, BoolType, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type, Int96Type,
};
use parquet::errors::Result;
use parquet::schema::types::ColumnDescriptor;

use super::types::{Meaning, time, whole};
use super::values::{Column, Group, int96_ns};
use crate::input::address::parse_address;

/// Bytes of a text that are looked at: fields are words and names.
const MOST_TEXT_BYTES: usize = 4096;

const NS_PER_SEC: u64 = 1_000_000_000;

/// Addresses are below this number.
const TWO_TO_32: f64 = 4_294_967_296.0;

/// A column being read.
pub(super) struct Cells {
    stored: Stored,
    out: Out,
}

/// What was read last.
struct Out {
    what: What,
    /// Whether times are spelt out as Unix seconds.
    spell_times: bool,
    bytes: Vec<u8>,
    /// The place of each row's text in `bytes`.
    spans: Vec<[u32; 2]>,
    /// Of a column of times, that of each row.
    times: Vec<Option<i64>>,
}

/// What values stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Number(Meaning),
    /// Numbers of 32 bits, or bytes.
    Address,
    Text,
}

enum Stored {
    Bool(Column<BoolType>),
    Int32(Column<Int32Type>),
    Int64(Column<Int64Type>),
    Int96(Column<Int96Type>),
    Float(Column<FloatType>),
    Double(Column<DoubleType>),
    Bytes(Column<ByteArrayType>),
    Fixed(Column<FixedLenByteArrayType>),
}

impl Cells {
    /// The column at an index of a row group; `is_address` tells that it holds addresses. With `spell_times`, times
    /// have a text, too, Unix seconds.
    pub fn new(group: &Group<'_>, index: usize, is_address: bool, spell_times: bool) -> Result<Self> {
        let pages = group.pages(index)?;
        let column = group.metadata.column(index);
        let stored = match column.column_type() {
            Type::BOOLEAN => Stored::Bool(group.column(index, pages)?),
            Type::INT32 => Stored::Int32(group.column(index, pages)?),
            Type::INT64 => Stored::Int64(group.column(index, pages)?),
            Type::INT96 => Stored::Int96(group.column(index, pages)?),
            Type::FLOAT => Stored::Float(group.column(index, pages)?),
            Type::DOUBLE => Stored::Double(group.column(index, pages)?),
            Type::BYTE_ARRAY => Stored::Bytes(group.column(index, pages)?),
            Type::FIXED_LEN_BYTE_ARRAY => Stored::Fixed(group.column(index, pages)?),
        };
        let descriptor = column.column_descr_ptr();
        let what = match time(&descriptor).or_else(|| whole(&descriptor)) {
            _ if is_address => What::Address,
            Some(meaning) => What::Number(meaning),
            None => What::Text,
        };
        Ok(Self {
            stored,
            out: Out {
                what,
                spell_times,
                bytes: Vec::new(),
                spans: Vec::new(),
                times: Vec::new(),
            },
        })
    }

    /// Reads the next `rows`, or those that are left; returns how many.
    pub fn next(&mut self, rows: usize) -> Result<usize> {
        let out = &mut self.out;
        out.bytes.clear();
        out.spans.clear();
        out.times.clear();
        match &mut self.stored {
            Stored::Bool(column) => each(column, rows, |value| out.write(value.map(|value| u8::from(*value)))),
            Stored::Int32(column) => each(column, rows, |value| match out.what {
                What::Number(Meaning::Unsigned) | What::Address => {
                    out.integer(value.map(|value| i64::from(*value as u32)))
                }
                _ => out.integer(value.map(|value| i64::from(*value))),
            }),
            Stored::Int64(column) => each(column, rows, |value| out.integer(value.copied())),
            Stored::Int96(column) => each(column, rows, |value| out.time(value.map(int96_ns))),
            Stored::Float(column) => each(column, rows, |value| out.float(value.map(|value| f64::from(*value)))),
            Stored::Double(column) => each(column, rows, |value| out.float(value.copied())),
            Stored::Bytes(column) => each(column, rows, |value| out.bytes(value.map(|value| value.data()))),
            Stored::Fixed(column) => each(column, rows, |value| match value.map(|value| value.as_bytes()) {
                // Four bytes in every row are no text.
                Some(&[a, b, c, d]) if out.what == What::Address => out.write(Some(Ipv4Addr::new(a, b, c, d))),
                value => out.bytes(value),
            }),
        }
    }

    /// The text of one of the rows read last; empty where it has none.
    pub fn text(&self, row: usize) -> &[u8] {
        let span = self.out.spans.get(row);
        span.map_or(&[], |[start, end]| &self.out.bytes[*start as usize..*end as usize])
    }

    /// The time of one of the rows read last, in a column of times; the inner one is none for null.
    pub fn time(&self, row: usize) -> Option<Option<i64>> {
        self.out.times.get(row).copied()
    }
}

/// Whether a column without a time zone holds times of a type that stands for one.
pub(super) fn is_local_time(column: &ColumnDescriptor) -> bool {
    match column.logical_type_ref() {
        Some(LogicalType::Timestamp(time)) => !time.is_adjusted_to_u_t_c,
        Some(LogicalType::Date) => true,
        Some(_) => false,
        None => column.converted_type() == ConvertedType::DATE,
    }
}

/// Brings the next rows of a column to `put`, one by one.
fn each<T: DataType>(column: &mut Column<T>, rows: usize, mut put: impl FnMut(Option<&T::T>)) -> Result<usize> {
    let read = column.next(rows)?;
    if column.levels().is_empty() {
        column.values().iter().for_each(|value| put(Some(value)));
    } else {
        let mut values = column.values().iter();
        for level in column.levels() {
            put(if *level == 0 { None } else { values.next() });
        }
    }
    Ok(read)
}

impl Out {
    fn end_cell(&mut self, start: usize) {
        // A part of a column is far below 4 GiB.
        self.spans.push([start as u32, self.bytes.len() as u32]);
    }

    fn write(&mut self, value: Option<impl std::fmt::Display>) {
        let start = self.bytes.len();
        if let Some(value) = value {
            // Nothing fails in memory.
            let _ = write!(self.bytes, "{value}");
        }
        self.end_cell(start);
    }

    /// A time in nanoseconds since 1970. One that 64 bits do not hold has a text that is none.
    fn time(&mut self, time_ns: Option<i128>) {
        const NS_PER_YEAR: i128 = 31_556_952 * NS_PER_SEC as i128;
        let start = self.bytes.len();
        let fitting = time_ns.and_then(|time_ns| i64::try_from(time_ns).ok());
        self.times.push(fitting);
        // Nothing fails in memory.
        let _ = match (time_ns, fitting) {
            (Some(_), Some(time_ns)) if self.spell_times => {
                let (sign, size) = (if time_ns < 0 { "-" } else { "" }, time_ns.unsigned_abs());
                write!(self.bytes, "{sign}{}.{:09}", size / NS_PER_SEC, size % NS_PER_SEC)
            }
            (Some(time_ns), None) => {
                let year = 1970 + time_ns.div_euclid(NS_PER_YEAR);
                write!(self.bytes, "a time in the year {year}")
            }
            _ => Ok(()),
        };
        self.end_cell(start);
    }

    fn integer(&mut self, value: Option<i64>) {
        match self.what {
            What::Number(Meaning::Time(unit_ns)) => {
                self.time(value.map(|value| i128::from(value) * i128::from(unit_ns)));
            }
            What::Number(Meaning::Decimal(places)) => self.decimal(value.map(i128::from), places),
            What::Number(Meaning::Unsigned) => self.write(value.map(|value| value as u64)),
            // A number that fits is the address; another is none.
            What::Address => self.write(value.and_then(|value| u32::try_from(value).ok()).map(Ipv4Addr::from)),
            What::Number(Meaning::Signed | Meaning::Float) | What::Text => self.write(value),
        }
    }

    fn decimal(&mut self, digits: Option<i128>, places: u32) {
        let start = self.bytes.len();
        if let (Some(digits), Some(one)) = (digits, 10_u128.checked_pow(places)) {
            let (sign, size) = (if digits < 0 { "-" } else { "" }, digits.unsigned_abs());
            let (whole, part, width) = (size / one, size % one, places as usize);
            let _ = match width {
                0 => write!(self.bytes, "{sign}{whole}"),
                _ => write!(self.bytes, "{sign}{whole}.{part:0width$}"),
            };
        }
        self.end_cell(start);
    }

    fn float(&mut self, value: Option<f64>) {
        let value = value.filter(|value| value.is_finite());
        match self.what {
            // Numbers of a column with gaps are floating-point ones, as pandas has them.
            What::Address => {
                let whole = value.filter(|value| value.fract() == 0.0 && (0.0..TWO_TO_32).contains(value));
                self.write(whole.map(|value| Ipv4Addr::from(value as u32)));
            }
            _ => self.write(value),
        }
    }

    fn bytes(&mut self, value: Option<&[u8]>) {
        let value = value.map(|value| &value[..value.len().min(MOST_TEXT_BYTES)]);
        match (self.what, value) {
            (What::Number(Meaning::Decimal(places)), value) => self.decimal(value.and_then(big_endian), places),
            (What::Address, Some(value)) if parse_address(value).is_none() => self.write(address(value)),
            (_, value) => {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(value.unwrap_or_default());
                self.end_cell(start);
            }
        }
    }
}

/// An address from its bytes, 4 or 16.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(bytes).into());
    }
    let bytes = <[u8; 16]>::try_from(bytes).ok()?;
    Some(IpAddr::from(Ipv6Addr::from(bytes)).to_canonical())
}

/// A signed number of at most 16 bytes, the highest first.
fn big_endian(bytes: &[u8]) -> Option<i128> {
    let fill = if bytes.first()? & 0x80 == 0 { 0 } else { 0xff };
    let mut all = [fill; 16];
    let start = all.len().checked_sub(bytes.len())?;
    all[start..].copy_from_slice(bytes);
    Some(i128::from_be_bytes(all))
}
