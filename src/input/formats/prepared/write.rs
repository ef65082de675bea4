//! Bubbles to Parquet, a row group at a time, with checksums for each page and for the whole.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnDescPtr, ColumnPath};

use super::account::StoredAccount;
use super::checksums::{Summing, digits};
use super::schema::{ACCOUNT_KEY, BIN_KEY, CRC_KEY, FIRST_TIME, MEASURE_KEY, UNIT_KEY, WITH_CHECKSUMS};
use crate::input::format::MadeFor;
use crate::input::formats::parquet::pages::general;
use crate::input::formats::parquet::thrift::{PageKind, PageSizes, page_header};
use crate::model::{Names, Port, Protocol, UNKNOWN_SOURCE};

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
pub struct StoredBubble {
    /// First instant of its bin, Unix nanoseconds.
    pub bin_start_ns: i64,
    /// Time of its first packet, Unix nanoseconds.
    pub first_ns: i64,
    /// Index into [`Names::sources`].
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
/// The error of the writer, as an [`std::io::Error`].
pub fn write(
    writer: impl Write + Send,
    rows: impl Iterator<Item = StoredBubble>,
    names: &Names,
    account: &StoredAccount,
    made_for: MadeFor,
) -> std::io::Result<()> {
    let account = serde_json::to_string(account)?;
    write_rows(writer, rows, names, account, made_for).map_err(|error| match error {
        parquet::errors::ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(error) => *error,
            Err(cause) => std::io::Error::other(cause),
        },
        error => std::io::Error::other(error),
    })
}

fn write_rows(
    writer: impl Write + Send,
    mut rows: impl Iterator<Item = StoredBubble>,
    names: &Names,
    account: String,
    made_for: MadeFor,
) -> Result<()> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let column = |name: &str| ColumnPath::from(name);
    let mut about = vec![
        KeyValue::new(BIN_KEY.to_owned(), made_for.bin_ns.to_string()),
        KeyValue::new(MEASURE_KEY.to_owned(), made_for.measure.to_string()),
        KeyValue::new(ACCOUNT_KEY.to_owned(), account),
    ];
    let unit = made_for.unit.map(|unit| unit.to_string());
    about.extend(unit.map(|unit| KeyValue::new(UNIT_KEY.to_owned(), unit)));
    let properties = WriterProperties::builder()
        .set_created_by(concat!("portbloom ", env!("CARGO_PKG_VERSION")).to_owned() + WITH_CHECKSUMS)
        // Nothing is in the file but row groups and the footer.
        .set_offset_index_disabled(true)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_column_dictionary_enabled(column(FIRST_TIME), false)
        .set_column_encoding(column(FIRST_TIME), Encoding::DELTA_BINARY_PACKED)
        .set_key_value_metadata(Some(about))
        .build();
    let properties = Arc::new(properties);
    let countries = texts(names.sources.iter().map(|country| &country.code));
    let hosts = texts(names.hosts.iter());
    let mut file = SerializedFileWriter::new(Summing::new(writer), schema, Arc::clone(&properties))?;
    // The magic number belongs to no group.
    file.flush()?;
    file.inner_mut().take();
    let columns = file.schema_descr().columns().to_vec();
    let mut checksums = String::new();
    let mut group: Vec<StoredBubble> = Vec::with_capacity(GROUP_ROWS);
    loop {
        group.clear();
        group.extend(rows.by_ref().take(GROUP_ROWS));
        if group.is_empty() {
            break;
        }
        let columns = Columns {
            group: file.next_row_group()?,
            left: columns.iter(),
            properties: &properties,
        };
        columns.put_all(&group, &countries, &hosts)?;
        file.flush()?;
        checksums += &digits(file.inner_mut().take());
    }
    // Its own place in the footer is filled in at the end.
    checksums += &digits(0);
    file.append_key_value_metadata(KeyValue::new(CRC_KEY.to_owned(), checksums));
    file.flush()?;
    file.inner_mut().begin_footer();
    file.into_inner()?.finish()?;
    Ok(())
}

fn texts<'a>(names: impl Iterator<Item = &'a String>) -> Vec<ByteArray> {
    names.map(|name| ByteArray::from(name.as_bytes().to_vec())).collect()
}

/// The columns of a row group that are still to be written.
struct Columns<'a, 'f, W: Write> {
    group: SerializedRowGroupWriter<'f, W>,
    left: std::slice::Iter<'a, ColumnDescPtr>,
    properties: &'a Arc<WriterProperties>,
}

impl<W: Write + Send> Columns<'_, '_, W> {
    /// Writes all columns of some rows.
    fn put_all(mut self, rows: &[StoredBubble], countries: &[ByteArray], hosts: &[ByteArray]) -> Result<()> {
        self.put::<Int64Type>(rows.iter().map(|row| Some(row.bin_start_ns)))?;
        self.put::<Int64Type>(rows.iter().map(|row| Some(row.first_ns)))?;
        let known =
            |row: &StoredBubble| (row.country != UNKNOWN_SOURCE).then(|| countries[row.country as usize].clone());
        self.put::<ByteArrayType>(rows.iter().map(known))?;
        let number = |row: &StoredBubble| match row.port.protocol {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
        };
        self.put::<Int32Type>(rows.iter().map(|row| Some(number(row))))?;
        self.put::<Int32Type>(rows.iter().map(|row| Some(i32::from(row.port.number))))?;
        let packets = |row: &StoredBubble| i64::try_from(row.packets).unwrap_or(i64::MAX);
        self.put::<Int64Type>(rows.iter().map(|row| Some(packets(row))))?;
        let host = |row: &StoredBubble| row.host.map(|host| hosts[host as usize].clone());
        self.put::<ByteArrayType>(rows.iter().map(host))?;
        self.group.close()?;
        Ok(())
    }

    /// Writes the next column; `None` is written as null.
    fn put<T: DataType>(&mut self, values: impl Iterator<Item = Option<T::T>>) -> Result<()> {
        let mut levels = Vec::with_capacity(GROUP_ROWS);
        let mut present = Vec::with_capacity(GROUP_ROWS);
        for value in values {
            levels.push(i16::from(value.is_some()));
            present.extend(value);
        }
        let descriptor = self
            .left
            .next()
            .ok_or_else(|| general("a schema has too few columns"))?;
        let pages = Pages::default();
        let writer = Box::new(pages.clone());
        let mut column = ColumnWriterImpl::<T>::new(Arc::clone(descriptor), Arc::clone(self.properties), writer);
        column.write_batch(&present, Some(&levels), None)?;
        let closed = column.close()?;
        let bytes = std::mem::take(&mut *pages.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.group.append_column(&Bytes::from(bytes), closed)
    }
}

/// The pages of a column, each behind a header with its checksum, which the `parquet` crate checks and
/// does not write.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<u8>>>);

impl PageWriter for Pages {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec> {
        let (kind, encoding) = match page.compressed_page() {
            Page::DictionaryPage { encoding, .. } => (PageKind::Dictionary, *encoding),
            Page::DataPage {
                encoding,
                def_level_encoding,
                rep_level_encoding,
                ..
            } => {
                let definitions = *def_level_encoding as i32;
                let repetitions = *rep_level_encoding as i32;
                (
                    PageKind::Data {
                        definitions,
                        repetitions,
                    },
                    *encoding,
                )
            }
            Page::DataPageV2 { .. } => return Err(general("a page of another version")),
        };
        let sizes = PageSizes {
            plain: page.uncompressed_size() as i64,
            stored: page.compressed_size() as i64,
        };
        let crc = crc32fast::hash(page.data());
        let header = page_header(kind, sizes, crc, page.num_values(), encoding as i32);
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut spec = PageWriteSpec::new();
        spec.page_type = page.page_type();
        spec.num_values = page.num_values();
        spec.uncompressed_size = page.uncompressed_size() + header.len();
        spec.compressed_size = page.compressed_size() + header.len();
        spec.offset = bytes.len() as u64;
        spec.bytes_written = spec.compressed_size as u64;
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(page.data());
        Ok(spec)
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}
