//! The columns of a prepared log: where they are, and what their values stand for. A type that stands for
//! something else is refused by its name.

use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::schema::{BIN_START, COUNTRY, FIRST_TIME, HOST, PACKETS, PORT, PROTOCOL};
use crate::input::formats::parquet::types::{Meaning, Number, is_text, time, type_text, whole};

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

/// The column of protocols.
#[derive(Clone, Copy, Debug)]
pub(super) enum Protocol {
    Number(Number),
    /// Index of a column of texts.
    Text(usize),
}

impl Columns {
    /// Whether a schema is that of a prepared log: it has the one column that nothing else has.
    pub fn are_there(schema: &SchemaDescriptor) -> bool {
        schema
            .columns()
            .iter()
            .any(|column| column.path().parts() == [BIN_START])
    }

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
