//! What the values of a column of a Parquet file stand for, by its type. A type that stands for something else is
//! told by its name.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::schema::types::ColumnDescriptor;

/// A column of numbers or times.
#[derive(Clone, Copy, Debug)]
pub(in crate::input::formats) struct Number {
    pub index: usize,
    pub meaning: Meaning,
}

/// Meaning of the values in a column of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input::formats) enum Meaning {
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

/// Meaning of a column of times; none where its type is another.
pub(in crate::input::formats) fn time(column: &ColumnDescriptor) -> Option<Meaning> {
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
pub(in crate::input::formats) fn whole(column: &ColumnDescriptor) -> Option<Meaning> {
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

/// Whether the values of a column can be fields: one a row, and no times of day, lengths of time or the like.
pub(in crate::input::formats) fn is_usable(column: &ColumnDescriptor) -> bool {
    let known = match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::String | LogicalType::Enum | LogicalType::Json), _) => true,
        (None, ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON) => true,
        _ => time(column).or_else(|| whole(column)).is_some(),
    };
    known && column.max_rep_level() == 0
}

pub(in crate::input::formats) fn is_text(column: &ColumnDescriptor) -> bool {
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
pub(in crate::input::formats) fn type_text(column: &ColumnDescriptor) -> String {
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
