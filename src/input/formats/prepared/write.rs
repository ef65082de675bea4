//! Bubbles to Parquet, a row group at a time.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use super::{ACCOUNT_KEY, Account, BIN_KEY, FIRST_TIME};
use crate::model::{Names, Port, Protocol, UNKNOWN_COUNTRY};

/// Bubbles of a row group: enough groups for every core, and few enough for each to be large.
const GROUP_ROWS: usize = 1 << 18;

const SCHEMA: &str = "message portbloom {
    required int64 bin_start (TIMESTAMP(NANOS, true));
    required int64 first_time (TIMESTAMP(NANOS, true));
    optional binary country (STRING);
    required int32 protocol (INTEGER(8, false));
    required int32 port (INTEGER(16, false));
    required int64 packets;
    optional binary host (STRING);
}";

/// One bubble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// First instant of its bin, Unix nanoseconds.
    pub bin_start_ns: i64,
    /// Time of its first packet, Unix nanoseconds.
    pub first_ns: i64,
    /// Index into [`Names::countries`].
    pub country: u32,
    /// Destination.
    pub port: Port,
    /// Packets, at least 1.
    pub packets: u64,
    /// Index into [`Names::hosts`]; none for several.
    pub host: Option<u32>,
}

/// Writes bubbles as a whole Parquet file.
///
/// # Errors
/// What the writer says, as an [`std::io::Error`].
pub fn write(
    writer: impl Write + Send,
    rows: impl Iterator<Item = Row>,
    names: &Names,
    account: &Account,
    bin_ns: i64,
) -> std::io::Result<()> {
    let account = serde_json::to_string(account)?;
    write_rows(writer, rows, names, account, bin_ns).map_err(|error| match error {
        parquet::errors::ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(error) => *error,
            Err(cause) => std::io::Error::other(cause),
        },
        error => std::io::Error::other(error),
    })
}

fn write_rows(
    writer: impl Write + Send,
    mut rows: impl Iterator<Item = Row>,
    names: &Names,
    account: String,
    bin_ns: i64,
) -> Result<()> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let column = |name: &str| ColumnPath::from(name);
    let properties = WriterProperties::builder()
        .set_created_by(concat!("portbloom ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_column_dictionary_enabled(column(FIRST_TIME), false)
        .set_column_encoding(column(FIRST_TIME), Encoding::DELTA_BINARY_PACKED)
        .set_key_value_metadata(Some(vec![
            KeyValue::new(BIN_KEY.to_owned(), bin_ns.to_string()),
            KeyValue::new(ACCOUNT_KEY.to_owned(), account),
        ]))
        .build();
    let countries = texts(names.countries.iter().map(|country| &country.code));
    let hosts = texts(names.hosts.iter());
    let mut file = SerializedFileWriter::new(writer, schema, Arc::new(properties))?;
    let mut group: Vec<Row> = Vec::with_capacity(GROUP_ROWS);
    loop {
        group.clear();
        group.extend(rows.by_ref().take(GROUP_ROWS));
        if group.is_empty() {
            break;
        }
        let mut columns = file.next_row_group()?;
        put::<Int64Type>(&mut columns, group.iter().map(|row| Some(row.bin_start_ns)))?;
        put::<Int64Type>(&mut columns, group.iter().map(|row| Some(row.first_ns)))?;
        let known = |row: &Row| (row.country != UNKNOWN_COUNTRY).then(|| countries[row.country as usize].clone());
        put::<ByteArrayType>(&mut columns, group.iter().map(known))?;
        let number = |row: &Row| match row.port.protocol {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
        };
        put::<Int32Type>(&mut columns, group.iter().map(|row| Some(number(row))))?;
        put::<Int32Type>(&mut columns, group.iter().map(|row| Some(i32::from(row.port.number))))?;
        let packets = |row: &Row| i64::try_from(row.packets).unwrap_or(i64::MAX);
        put::<Int64Type>(&mut columns, group.iter().map(|row| Some(packets(row))))?;
        let host = |row: &Row| row.host.map(|host| hosts[host as usize].clone());
        put::<ByteArrayType>(&mut columns, group.iter().map(host))?;
        columns.close()?;
    }
    file.close()?;
    Ok(())
}

fn texts<'a>(names: impl Iterator<Item = &'a String>) -> Vec<ByteArray> {
    names.map(|name| ByteArray::from(name.as_bytes().to_vec())).collect()
}

/// Writes the next column; what is none is null.
fn put<T: DataType>(
    columns: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let Some(mut column) = columns.next_column()? else {
        return Ok(());
    };
    let mut levels = Vec::with_capacity(GROUP_ROWS);
    let mut present = Vec::with_capacity(GROUP_ROWS);
    for value in values {
        levels.push(i16::from(value.is_some()));
        present.extend(value);
    }
    column.typed::<T>().write_batch(&present, Some(&levels), None)?;
    column.close()
}
