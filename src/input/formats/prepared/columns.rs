//! The columns of a prepared log: where they are, and what their values stand for. A type that stands for
//! something else is refused by its name.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::schema::{BIN_START, COUNTRY, FIRST_TIME, HOST, PACKETS, PORT, PROTOCOL};

/// The columns' numbers in the file, and the meaning of their values.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub bin_start: Number,
    pub first_time: Number,
    /// Index of a column of texts.
    pub country: usize,
    pub protocol: Protocol,
    pub port: Number,
    pub packets: Number,
    /// Index of a column of texts.
    pub host: Option<usize>,
    /// A remark for each name that several columns have.
    pub remarks: Vec<String>,
}

/// A column of numbers or times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub index: usize,
    pub meaning: Meaning,
}

/// Meaning of the values in a column of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Integers as they are stored.
    Signed,
    /// Integers whose highest bit is no sign.
    Unsigned,
    /// Numbers with some decimal places, stored as integers without the point.
    Decimal(u32),
    /// Floating-point numbers.
    Float,
    /// Times since 1970, in a unit of this many nanoseconds.
    Time(i64),
}

/// The column of protocols.
#[derive(Clone, Copy, Debug)]
pub(super) enum Protocol {
    Number(Number),
    /// Index of a column of texts.
    Text(usize),
}

impl Columns {
    /// Finds the columns by their names, or says what is wrong with them.
    pub fn find(schema: &SchemaDescriptor) -> Result<Self, String> {
        let called = |name: &str| {
            let is_it = |column: &ColumnDescriptor| column.path().parts() == [name];
            let columns = 0..schema.num_columns();
            columns
                .filter(|index| is_it(&schema.column(*index)))
                .collect::<Vec<_>>()
        };
        let find = |name: &str| called(name).first().copied();
        let found = |name: &str| find(name).ok_or_else(|| format!("it has no column `{name}`"));
        let wrong = |name: &str, index: usize, expected: &str| {
            let found = type_text(&schema.column(index));
            format!("its column `{name}` is {found}, expected {expected}")
        };
        let number = |name: &str, of: fn(&ColumnDescriptor) -> Option<Meaning>, expected: &str| {
            let index = found(name)?;
            let meaning = of(&schema.column(index)).ok_or_else(|| wrong(name, index, expected))?;
            Ok::<_, String>(Number { index, meaning })
        };
        let text = |name: &str, index: usize| {
            let text = is_text(&schema.column(index)).then_some(index);
            text.ok_or_else(|| wrong(name, index, "STRING"))
        };
        let protocol = found(PROTOCOL)?;
        let mut remarks = Vec::new();
        for name in [BIN_START, FIRST_TIME, COUNTRY, PROTOCOL, PORT, PACKETS, HOST] {
            let columns: Vec<String> = called(name).iter().map(|index| (index + 1).to_string()).collect();
            if let [first, _, ..] = columns.as_slice() {
                remarks.push(format!(
                    "{} columns are called `{name}` ({}); column {first} is read: if another is meant, rename this one",
                    columns.len(),
                    columns.join(", "),
                ));
            }
        }
        Ok(Self {
            bin_start: number(BIN_START, time, "TIMESTAMP in UTC")?,
            first_time: number(FIRST_TIME, time, "TIMESTAMP in UTC")?,
            country: text(COUNTRY, found(COUNTRY)?)?,
            protocol: if is_text(&schema.column(protocol)) {
                Protocol::Text(protocol)
            } else {
                Protocol::Number(number(PROTOCOL, whole, "an integer or STRING")?)
            },
            port: number(PORT, whole, "an integer")?,
            packets: number(PACKETS, whole, "an integer")?,
            host: find(HOST).map(|index| text(HOST, index)).transpose()?,
            remarks,
        })
    }
}

/// Meaning of a column of times; none where its type is another.
fn time(column: &ColumnDescriptor) -> Option<Meaning> {
    if column.max_rep_level() > 0 {
        return None;
    }
    // Times that are not said to be UTC are taken as such, as in a text.
    let unit_ns = match (
        column.physical_type(),
        column.logical_type_ref(),
        column.converted_type(),
    ) {
        (Type::INT64, Some(LogicalType::Timestamp(time)), _) => match time.unit {
            TimeUnit::MILLIS => 1_000_000,
            TimeUnit::MICROS => 1_000,
            TimeUnit::NANOS => 1,
        },
        (Type::INT64, None, ConvertedType::TIMESTAMP_MILLIS) => 1_000_000,
        (Type::INT64, None, ConvertedType::TIMESTAMP_MICROS) => 1_000,
        (Type::INT32, Some(LogicalType::Date), _) | (Type::INT32, None, ConvertedType::DATE) => 86_400_000_000_000,
        // A day and the nanoseconds of it, as older engines write times.
        (Type::INT96, None, ConvertedType::NONE) => 1,
        _ => return None,
    };
    Some(Meaning::Time(unit_ns))
}

/// Meaning of a column of whole numbers; none where its type is another.
fn whole(column: &ColumnDescriptor) -> Option<Meaning> {
    if column.max_rep_level() > 0 {
        return None;
    }
    let physical = column.physical_type();
    let is_integer = matches!(physical, Type::INT32 | Type::INT64);
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Decimal(decimal)), _) => decimal_of(physical, decimal.scale),
        (None, ConvertedType::DECIMAL) => decimal_of(physical, column.type_scale()),
        (Some(LogicalType::Integer(integer)), _) if is_integer && !integer.is_signed => Some(Meaning::Unsigned),
        (Some(LogicalType::Integer(_)), _) if is_integer => Some(Meaning::Signed),
        (None, ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64)
            if is_integer =>
        {
            Some(Meaning::Unsigned)
        }
        (
            None,
            ConvertedType::NONE
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64,
        ) if is_integer => Some(Meaning::Signed),
        (None, ConvertedType::NONE) if matches!(physical, Type::FLOAT | Type::DOUBLE) => Some(Meaning::Float),
        _ => None,
    }
}

fn decimal_of(physical: Type, scale: i32) -> Option<Meaning> {
    let stored = matches!(
        physical,
        Type::INT32 | Type::INT64 | Type::FIXED_LEN_BYTE_ARRAY | Type::BYTE_ARRAY
    );
    let scale = u32::try_from(scale).ok().filter(|scale| *scale <= 38)?;
    stored.then_some(Meaning::Decimal(scale))
}

fn is_text(column: &ColumnDescriptor) -> bool {
    let plain = column.physical_type() == Type::BYTE_ARRAY && column.max_rep_level() == 0;
    let text = match column.logical_type_ref() {
        Some(logical) => matches!(logical, LogicalType::String | LogicalType::Enum),
        None => matches!(
            column.converted_type(),
            ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM
        ),
    };
    plain && text
}

/// A column's type as the specification writes it: `INT64 (DECIMAL(18,2))`.
fn type_text(column: &ColumnDescriptor) -> String {
    let logical = match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Decimal(decimal)), _) => Some(format!("DECIMAL({},{})", decimal.precision, decimal.scale)),
        (None, ConvertedType::DECIMAL) => Some(format!("DECIMAL({},{})", column.type_precision(), column.type_scale())),
        (Some(LogicalType::Timestamp(_)), _) => Some("TIMESTAMP".to_owned()),
        (Some(LogicalType::Time(_)), _) => Some("TIME".to_owned()),
        (Some(LogicalType::Integer(integer)), _) => {
            let sign = if integer.is_signed { "signed" } else { "unsigned" };
            Some(format!("INTEGER({}, {sign})", integer.bit_width))
        }
        (Some(logical), _) => Some(format!("{logical:?}").to_uppercase()),
        (None, ConvertedType::NONE) => None,
        (None, converted) => Some(converted.to_string()),
    };
    let repeated = if column.max_rep_level() > 0 { "a list of " } else { "" };
    let physical = column.physical_type();
    match logical {
        Some(logical) => format!("{repeated}{physical} ({logical})"),
        None => format!("{repeated}{physical}"),
    }
}
