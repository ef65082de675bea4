//! Parquet to events, row groups side by side: each bubble becomes an event of its packets at its
//! first time. Everything is checked: a file may be of another engine, or damaged.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use super::account::StoredAccount;
use super::bins::{self, BinFault};
use super::checksums::{Checksums, group_range};
use super::columns::{Columns, Protocol as ProtocolColumn};
use super::schema::{
    ACCOUNT_KEY, BIN_KEY, BIN_START, COUNTRY, FIRST_TIME, HOST, MEASURE_KEY, PACKETS, PORT, PROTOCOL, UNIT_KEY,
};
use crate::input::account::Account;
use crate::input::error::InputError;
use crate::input::format::{LogFile, MadeFor};
use crate::input::formats::parquet::file::{self, MAGIC, Opened, TAIL_BYTES, open};
use crate::input::formats::parquet::groups::{self, read_groups};
use crate::input::formats::parquet::pages::{Storage, general};
use crate::input::formats::parquet::types::{Meaning, Number};
use crate::input::formats::parquet::values::{Group, Numbers, Texts};
use crate::input::names::PieceNames;
use crate::model::{Event, MAX_UNIT, Measure, Place, PlaceUnit, Port, Protocol, Reason, SEVERAL_HOSTS};

/// Rows read and handed on at a time: with what they become they fit into a core's cache.
const PART_ROWS: usize = 1 << 14;

/// Some rows of a prepared log.
struct Part {
    /// Number of rows, and the packets in them.
    rows: u64,
    packets: u64,
    /// Row of the file that the first is, from 1.
    first_row: u64,
    /// An event for each row.
    events: Vec<Event>,
    /// Countries and hosts of the events.
    names: PieceNames,
}

impl groups::Part for Part {
    fn row_count(&self) -> u64 {
        self.rows
    }
}

/// A prepared log that was opened: its schema fits, and its bins are known.
pub(in crate::input) struct Prepared {
    path: PathBuf,
    name: String,
    metadata: ParquetMetaData,
    checksums: Option<Checksums>,
    columns: Columns,
    account: StoredAccount,
    /// Length of a bin in nanoseconds.
    bin_ns: i64,
    /// What the starts of all bins are multiples of, where the metadata does not tell the length of one.
    starts_ns: Option<u64>,
    /// The unit of films that name none.
    unit: Option<u64>,
    /// What the bubbles count.
    measure: Measure,
}

impl Prepared {
    /// Opens a prepared log, checks its schema and finds out its bins; `None` for a file of other columns.
    pub fn open(path: &Path) -> Result<Option<Self>, InputError> {
        let name = path.display().to_string();
        let Opened {
            file,
            length,
            footer,
            claims,
            metadata,
        } = Opened::new(path, &name)?;
        let found_damage = |what: String| InputError::PreparedDamaged {
            name: name.clone(),
            what,
        };
        let checksums = Checksums::of(&footer, &claims).map_err(found_damage)?;
        if is_joined(&file, length - TAIL_BYTES - footer.len() as u64, &metadata) {
            return Err(InputError::ParquetJoined { name });
        }
        let about = metadata.file_metadata();
        if !Columns::are_there(about.schema_descr()) {
            return Ok(None);
        }
        let columns = Columns::find(about.schema_descr()).map_err(|what| InputError::PreparedSchema {
            name: name.clone(),
            what,
        })?;
        let value = |key: &str| {
            let pairs = about.key_value_metadata()?;
            pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
        };
        let bad = |key: &str, what: String| InputError::PreparedSchema {
            name: name.clone(),
            what: format!("its metadata `{key}` {what}"),
        };
        let account = match value(ACCOUNT_KEY) {
            None => StoredAccount::default(),
            Some(text) => {
                serde_json::from_str(text).map_err(|error| bad(ACCOUNT_KEY, format!("is not as expected ({error})")))?
            }
        };
        account.check().map_err(found_damage)?;
        if about.num_rows() == 0 {
            return Err(InputError::PreparedSchema {
                name: name.clone(),
                what: "it has no rows".to_owned(),
            });
        }
        let (bin_ns, starts_ns) = match value(BIN_KEY) {
            Some(text) => {
                let bin_ns = text.parse().ok().filter(|bin_ns| *bin_ns > 0);
                let told =
                    bin_ns.ok_or_else(|| bad(BIN_KEY, format!("is \"{text}\", expected nanoseconds above 0")))?;
                (told, None)
            }
            None => {
                let storage = Storage::File(Arc::new(file), length);
                let concluded = bins::bin_ns(&storage, &metadata, &columns).map_err(|fault| match fault {
                    BinFault::Damaged(error) => damaged(&name, &error),
                    BinFault::Row(row, what) => InputError::PreparedRow {
                        name: name.clone(),
                        row,
                        what,
                    },
                    BinFault::Unknown(what) => bad(BIN_KEY, what),
                })?;
                (concluded.bin_ns, Some(concluded.starts_ns))
            }
        };
        let unit = value(UNIT_KEY).map(|text| {
            let unit = text.parse().ok().filter(|unit| (1..=MAX_UNIT).contains(unit));
            unit.ok_or_else(|| {
                bad(
                    UNIT_KEY,
                    format!("is \"{text}\", expected a whole number from 1 to {MAX_UNIT}"),
                )
            })
        });
        let unit = unit.transpose()?;
        let measure = match value(MEASURE_KEY) {
            None => Measure::Packets,
            Some(text) => text.parse().map_err(|_| {
                let known = Measure::ALL.map(Measure::name).join(", ");
                bad(MEASURE_KEY, format!("is \"{text}\", expected one of {known}"))
            })?,
        };
        Ok(Some(Self {
            starts_ns,
            measure,
            path: path.to_owned(),
            metadata,
            checksums,
            columns,
            account,
            bin_ns,
            unit,
            name,
        }))
    }

    fn damaged(&self, what: String) -> InputError {
        InputError::PreparedDamaged {
            name: self.name.clone(),
            what,
        }
    }

    /// Reads a row group, part by part, as long as `take` wants them.
    fn read_group(
        &self,
        number: usize,
        first_row: u64,
        named: &HashMap<&str, &str>,
        take: &mut dyn FnMut(Part) -> bool,
    ) -> Result<(), InputError> {
        let damaged = |error: ParquetError| damaged(&self.name, &error);
        let (file, length) = open(&self.path, &self.name)?;
        let metadata = self.metadata.row_group(number);
        let storage = match &self.checksums {
            None => Storage::File(Arc::new(file), length),
            Some(checksums) => checked(&file, length, metadata, checksums, number).map_err(damaged)?,
        };
        let group = Group { storage, metadata };
        let mut reader = GroupReader {
            log: self,
            starts: Numbers::new(&group, self.columns.bin_start).map_err(damaged)?,
            firsts: Numbers::new(&group, self.columns.first_time).map_err(damaged)?,
            countries: Texts::new(&group, self.columns.country).map_err(damaged)?,
            protocols: Protocols::new(&group, self.columns.protocol).map_err(damaged)?,
            ports: Numbers::new(&group, self.columns.port).map_err(damaged)?,
            packets: Numbers::new(&group, self.columns.packets).map_err(damaged)?,
            hosts: (self.columns.host.map(|index| Texts::new(&group, index)))
                .transpose()
                .map_err(damaged)?,
            source_numbers: Vec::new(),
            host_numbers: Vec::new(),
            named,
            first_row,
            number,
        };
        let mut left = group.metadata.num_rows();
        while left > 0 {
            let rows = usize::try_from(left).unwrap_or(usize::MAX).min(PART_ROWS);
            let Some(part) = reader.next(&group, rows)? else { break };
            left -= rows as i64;
            if !take(part) {
                break;
            }
        }
        Ok(())
    }
}

impl LogFile for Prepared {
    fn made_for(&self) -> Option<MadeFor> {
        Some(MadeFor {
            bin_ns: self.bin_ns,
            starts_ns: self.starts_ns,
            unit: self.unit,
            measure: self.measure,
        })
    }

    fn first_ns(&self) -> Option<i64> {
        let Number { index, meaning } = self.columns.bin_start;
        let Meaning::Time(unit_ns) = meaning else { return None };
        let least = |group: &RowGroupMetaData| match group.column(index).statistics()? {
            Statistics::Int64(found) => found.min_opt().copied(),
            _ => None,
        };
        let first = self.metadata.row_groups().iter().filter_map(least).min()?;
        first.checked_mul(unit_ns)
    }

    /// Reads all bubbles, in the order of the file.
    fn read(&self, log: &mut Account<'_>, progress: &mut dyn FnMut(u64)) -> Result<(), InputError> {
        log.set_places(PlaceUnit::Row, 0);
        for remark in &self.columns.remarks {
            log.warn(remark.clone());
        }
        log.take_measure(self.measure)?;
        log.take_sources(self.account.source_kind())?;
        let first_file = log.made_of(&self.account.files);
        let mut known = PieceNames::default();
        for (code, name) in &self.account.countries {
            let (code, name) = country_of(code, Some(name));
            known.country(code.as_bytes(), name.as_bytes());
        }
        for host in &self.account.hosts {
            known.host(host.as_bytes());
        }
        log.introduce(&known);

        let named: HashMap<&str, &str> = (self.account.countries.iter())
            .map(|(code, name)| (code.as_str(), name.as_str()))
            .collect();
        let (mut rows, mut packets) = (0_u64, 0_u64);
        // Each row has an event.
        let offsets: Vec<u32> = (0..PART_ROWS as u32).collect();
        let mut add = |mut part: Part| {
            rows = rows.saturating_add(part.rows);
            packets = packets.saturating_add(part.packets);
            let offsets = &offsets[..part.events.len()];
            let first_place = Place {
                unit: PlaceUnit::Row,
                number: part.first_row,
            };
            log.take(&mut part.events, offsets, &part.names, first_place, Some(self.bin_ns))
        };
        read_groups(
            &self.name,
            self.metadata.row_groups(),
            &|group, first_row, take| self.read_group(group, first_row, &named, take),
            &|what| self.damaged(what),
            &mut add,
            progress,
        )?;
        let checked = self.account.check_rows(rows, packets);
        checked.map_err(|what| {
            self.damaged(format!(
                "{what}; if another program changed its rows, leave out the metadata `{ACCOUNT_KEY}`"
            ))
        })?;
        if self.account.rows > 0 {
            (rows, packets) = (self.account.rows, self.account.packets);
        }
        log.count(rows, packets)?;
        for reason in Reason::ALL {
            if let Some(left) = self.account.left_out(reason, first_file) {
                log.leave_out(reason, left);
            }
        }
        for (name, rows) in &self.account.other_protocols {
            log.count_protocol(name.clone(), *rows);
        }
        Ok(())
    }
}

/// A column of protocols, by number or by name.
enum Protocols {
    Numbers(Numbers),
    Texts(Texts),
}

impl Protocols {
    fn new(group: &Group<'_>, column: ProtocolColumn) -> Result<Self, ParquetError> {
        Ok(match column {
            ProtocolColumn::Text(index) => Self::Texts(Texts::new(group, index)?),
            ProtocolColumn::Number(number) => Self::Numbers(Numbers::new(group, number)?),
        })
    }
}

/// A row group being read.
struct GroupReader<'a> {
    log: &'a Prepared,
    starts: Numbers,
    firsts: Numbers,
    countries: Texts,
    protocols: Protocols,
    ports: Numbers,
    packets: Numbers,
    hosts: Option<Texts>,
    /// Number in the part's names of each different text, [`Texts::NULL`] before its first row.
    source_numbers: Vec<u32>,
    host_numbers: Vec<u32>,
    named: &'a HashMap<&'a str, &'a str>,
    /// Row of the file that comes next, from 0.
    first_row: u64,
    /// Number of the group.
    number: usize,
}

impl GroupReader<'_> {
    /// The next rows as events; none where a column has ended before.
    fn next(&mut self, group: &Group<'_>, rows: usize) -> Result<Option<Part>, InputError> {
        let log = self.log;
        let damaged = |error: ParquetError| damaged(&log.name, &error);
        let first_row = self.first_row;
        let fault = |row: usize, what: String| InputError::PreparedRow {
            name: log.name.clone(),
            row: first_row + row as u64 + 1,
            what,
        };
        for (column, name) in [
            (&mut self.starts, BIN_START),
            (&mut self.firsts, FIRST_TIME),
            (&mut self.ports, PORT),
            (&mut self.packets, PACKETS),
        ] {
            if let Some((row, what)) = column.next(rows).map_err(damaged)? {
                return Err(fault(row, format!("`{name}` {what}")));
            }
        }
        self.countries.next(group, rows).map_err(damaged)?;
        if let Some(hosts) = &mut self.hosts {
            hosts.next(group, rows).map_err(damaged)?;
        }
        let protocols = self.next_protocols(group, rows)?;
        let (starts, firsts, countries) = (&self.starts.numbers, &self.firsts.numbers, &self.countries.numbers);
        let (ports, packets) = (&self.ports.numbers, &self.packets.numbers);
        let lengths = [starts, firsts, ports, packets].map(Vec::len);
        let same = lengths.iter().all(|length| *length == protocols.len()) && countries.len() == protocols.len();
        let hosts = self.hosts.as_ref().map(|hosts| hosts.numbers.as_slice());
        if !same || hosts.is_some_and(|hosts| hosts.len() != protocols.len()) {
            let number = self.number;
            return Err(log.damaged(format!("the columns of row group {number} are not equally long")));
        }
        if protocols.is_empty() {
            return Ok(None);
        }

        let mut names = PieceNames::default();
        let unknown = names.country(b"", b"");
        let unnamed = if hosts.is_none() {
            names.no_host()
        } else {
            SEVERAL_HOSTS
        };
        let different = self.hosts.as_ref().map_or(0, |hosts| hosts.different.len());
        for (numbers, different) in [
            (&mut self.source_numbers, self.countries.different.len()),
            (&mut self.host_numbers, different),
        ] {
            numbers.clear();
            numbers.resize(different, Texts::NULL);
        }

        let mut events = Vec::with_capacity(protocols.len());
        let mut all_packets = 0_u64;
        let mut start_checked = None;
        for row in 0..protocols.len() {
            let (start_ns, time_ns) = (starts[row], firsts[row]);
            if start_checked != Some(start_ns) {
                if start_ns.rem_euclid(log.bin_ns) != 0 {
                    let bin = log.bin_ns;
                    return Err(fault(
                        row,
                        format!("`{BIN_START}` is {start_ns} ns, expected a multiple of the bin, {bin} ns"),
                    ));
                }
                start_checked = Some(start_ns);
            }
            if time_ns < start_ns || time_ns.abs_diff(start_ns) >= log.bin_ns.unsigned_abs() {
                return Err(fault(
                    row,
                    format!(
                        "`{FIRST_TIME}` is {} ns from `{BIN_START}`, expected a time in its bin, below {} ns",
                        i128::from(time_ns) - i128::from(start_ns),
                        log.bin_ns
                    ),
                ));
            }
            let Ok(number) = u16::try_from(ports[row]) else {
                return Err(fault(
                    row,
                    format!("`{PORT}` is {}, expected a port number 0-65535", ports[row]),
                ));
            };
            let row_packets = u64::try_from(packets[row]).unwrap_or(0);
            if row_packets == 0 {
                return Err(fault(
                    row,
                    format!("`{PACKETS}` is {}, expected 1 or more", packets[row]),
                ));
            }
            all_packets = all_packets.saturating_add(row_packets);
            let country = match countries[row] {
                Texts::NULL => unknown,
                text => match self.source_numbers[text as usize] {
                    Texts::NULL => {
                        let spelled = utf8(&self.countries.different[text as usize])
                            .map_err(|what| fault(row, format!("`{COUNTRY}` {what}")))?;
                        let (code, name) = country_of(spelled.trim(), self.named.get(spelled.trim()).copied());
                        let number = names.country(code.as_bytes(), name.as_bytes());
                        self.source_numbers[text as usize] = number;
                        number
                    }
                    number => number,
                },
            };
            let host = match (hosts, &self.hosts) {
                (Some(numbers), Some(texts)) if numbers[row] != Texts::NULL => {
                    let text = numbers[row] as usize;
                    if self.host_numbers[text] == Texts::NULL {
                        let spelled =
                            utf8(&texts.different[text]).map_err(|what| fault(row, format!("`{HOST}` {what}")))?;
                        self.host_numbers[text] = match names.host(spelled.as_bytes().trim_ascii()) {
                            Some(number) => number,
                            None => names.no_host(),
                        };
                    }
                    self.host_numbers[text]
                }
                _ => unnamed,
            };
            events.push(Event {
                time_ns,
                port: Port {
                    protocol: protocols[row],
                    number,
                },
                source: country,
                host,
                packets: row_packets,
            });
        }
        self.first_row += protocols.len() as u64;
        Ok(Some(Part {
            rows: protocols.len() as u64,
            packets: all_packets,
            first_row: first_row + 1,
            events,
            names,
        }))
    }

    /// Protocols by number or by name.
    fn next_protocols(&mut self, group: &Group<'_>, rows: usize) -> Result<Vec<Protocol>, InputError> {
        let (name, first_row) = (&self.log.name, self.first_row);
        let fault = |row: usize, what: String| InputError::PreparedRow {
            name: name.clone(),
            row: first_row + row as u64 + 1,
            what: format!("`{PROTOCOL}` {what}"),
        };
        let damaged = |error: ParquetError| damaged(name, &error);
        match &mut self.protocols {
            Protocols::Numbers(column) => {
                if let Some((row, what)) = column.next(rows).map_err(damaged)? {
                    return Err(fault(row, what));
                }
                if let Some(row) = column.numbers.iter().position(|number| !matches!(number, 6 | 17)) {
                    return Err(fault(row, unknown_protocol(&column.numbers[row].to_string())));
                }
                let protocol = |number: &i64| if *number == 6 { Protocol::Tcp } else { Protocol::Udp };
                Ok(column.numbers.iter().map(protocol).collect())
            }
            Protocols::Texts(column) => {
                column.next(group, rows).map_err(damaged)?;
                let protocol = |text: &Vec<u8>| match text.trim_ascii().to_ascii_lowercase().as_slice() {
                    b"tcp" | b"6" => Some(Protocol::Tcp),
                    b"udp" | b"17" => Some(Protocol::Udp),
                    _ => None,
                };
                let different: Vec<Option<Protocol>> = column.different.iter().map(protocol).collect();
                let protocol = |(row, text): (usize, &u32)| match *text {
                    Texts::NULL => Err(fault(row, unknown_protocol("null"))),
                    text => different[text as usize].ok_or_else(|| {
                        let found = crate::input::fields::escape(&column.different[text as usize]);
                        fault(row, unknown_protocol(&format!("\"{found}\"")))
                    }),
                };
                column.numbers.iter().enumerate().map(protocol).collect()
            }
        }
    }
}

fn unknown_protocol(found: &str) -> String {
    format!("is {found}, expected 6 or \"TCP\", 17 or \"UDP\"")
}

/// A text of a column; one in another encoding would be another name.
fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| {
        let found = crate::input::fields::escape(bytes);
        format!("is \"{found}\", expected UTF-8")
    })
}

/// Whether a file is several that were joined: before its footer there is more than this one tells of,
/// and where the last file would begin, one ends and one begins.
fn is_joined(mut file: &File, footer_start: u64, metadata: &ParquetMetaData) -> bool {
    let range_end = |start: Option<i64>, length: Option<i32>| {
        let start = u64::try_from(start?).ok()?;
        start.checked_add(u64::try_from(length?).ok()?)
    };
    let columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let indices_end = columns.flat_map(|column| {
        [
            range_end(column.column_index_offset(), column.column_index_length()),
            range_end(column.offset_index_offset(), column.offset_index_length()),
            range_end(column.bloom_filter_offset(), column.bloom_filter_length()),
        ]
    });
    let groups = metadata.row_groups().iter();
    let groups_end = groups.map(|group| group_range(group).map(|range| range.end));
    let magic_end = MAGIC.len() as u64;
    let end = groups_end.chain(indices_end).flatten().fold(magic_end, u64::max);
    // Places in a file are counted from its first byte.
    let Some(before) = footer_start.checked_sub(end).filter(|before| *before >= magic_end) else {
        return false;
    };
    let mut found = [0; 2 * MAGIC.len()];
    let read = (file.seek(SeekFrom::Start(before - magic_end))).and_then(|_| file.read_exact(&mut found));
    read.is_ok() && found == *[*MAGIC; 2].as_flattened()
}

/// Code and name of a country as logs give them: what is longer than ISO's codes is a name.
fn country_of<'a>(text: &'a str, name: Option<&'a str>) -> (&'a str, &'a str) {
    match name {
        // Kept in capitals, it came from a code or is the same as one.
        Some(name) if text == text.to_uppercase() => (text, name),
        Some(_) => ("", text),
        None if text.chars().count() <= 3 => (text, ""),
        None => ("", text),
    }
}

/// The bytes of a row group, which have the checksum that they should have.
fn checked(
    mut file: &File,
    length: u64,
    group: &RowGroupMetaData,
    checksums: &Checksums,
    number: usize,
) -> Result<Storage, ParquetError> {
    let range = group_range(group).filter(|range| range.end <= length);
    let range = range.ok_or_else(|| general("a row group is nowhere in the file"))?;
    let mut bytes = vec![0; usize::try_from(range.end - range.start)?];
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut bytes)?;
    checksums.check(number, &bytes)?;
    Ok(Storage::Memory(range.start, bytes.into()))
}

fn damaged(name: &str, error: &ParquetError) -> InputError {
    if file::is_codec(error) {
        return InputError::ParquetCodec { name: name.to_owned() };
    }
    InputError::PreparedDamaged {
        name: name.to_owned(),
        what: file::reason(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{LogPart, Options, stream};
    use parquet::basic::{Compression, GzipLevel, ZstdLevel};
    use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
    use parquet::file::properties::{WriterProperties, WriterVersion};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    const MINUTE_MS: i64 = 60_000;

    /// Two bubbles as another engine writes them, in milliseconds and without metadata.
    fn read(schema: &str, times: [Option<i64>; 4], protocol: &str, port: i64, packets: i64) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foreign.bloom");
        let schema = Arc::new(parse_message_type(&format!("message other {{ {schema} }}")).unwrap());
        let file = File::create(&path).unwrap();
        let mut file = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::new())).unwrap();
        let mut group = file.next_row_group().unwrap();
        let mut column = 0;
        while let Some(mut next) = group.next_column().unwrap() {
            let integers = |values: [i64; 2]| (values.to_vec(), [1_i16, 1].to_vec());
            let some = |values: &[Option<i64>]| {
                let levels = values.iter().map(|value| i16::from(value.is_some())).collect();
                (values.iter().flatten().copied().collect(), levels)
            };
            let (values, levels): (Vec<i64>, Vec<i16>) = match column {
                0 => some(&times[..2]),
                1 => some(&times[2..]),
                4 => integers([port, 80]),
                _ => integers([packets, 1]),
            };
            if matches!(column, 2 | 3) {
                let texts = if column == 2 {
                    ["US", "Atlantis"]
                } else {
                    [protocol, "udp"]
                };
                let texts = texts.map(|text| text.into());
                next.typed::<ByteArrayType>()
                    .write_batch(&texts, Some(&[1, 1]), None)
                    .unwrap();
            } else {
                next.typed::<Int64Type>()
                    .write_batch(&values, Some(&levels), None)
                    .unwrap();
            }
            next.close().unwrap();
            column += 1;
        }
        group.close().unwrap();
        file.close().unwrap();
        let mut events = Vec::new();
        let mut take = |batch: &crate::model::Batch<'_>| events.extend_from_slice(batch.events);
        let reading = stream(&[LogPart::File(path)], &Options::default(), &mut |_| {}, &mut take);
        let reading = reading.map_err(|error| error.to_string())?;
        let country = |event: &Event| reading.names.sources[event.source as usize].code.clone();
        let told = events.iter().map(|event| {
            let Event {
                time_ns, port, packets, ..
            } = event;
            format!(
                "{} {} {}:{} x{packets}",
                time_ns / 1_000_000,
                country(event),
                port.protocol,
                port.number
            )
        });
        Ok(told.collect::<Vec<_>>().join(", "))
    }

    const SCHEMA: &str = "optional int64 bin_start (TIMESTAMP(MILLIS,true)); optional int64 first_time (TIMESTAMP(MILLIS,true)); \
        optional binary country (STRING); optional binary protocol (STRING); optional int64 port; optional int64 packets;";
    const TIMES: [Option<i64>; 4] = [
        Some(5 * MINUTE_MS),
        Some(10 * MINUTE_MS),
        Some(5 * MINUTE_MS + 7),
        Some(12 * MINUTE_MS),
    ];

    #[test]
    fn files_of_other_engines_are_read() {
        let told = read(SCHEMA, TIMES, "TCP", 65_535, i64::from(u32::MAX) + 2).unwrap();
        let expected = "300007 US TCP:65535 x4294967297, 720000 Atlantis UDP:80 x1";
        assert_eq!(told, expected);
    }

    #[test]
    fn what_cannot_be_is_told_with_its_row_or_column() {
        let error = |schema: &str, times, protocol: &str, port, packets| {
            let error = read(schema, times, protocol, port, packets).unwrap_err();
            error.split_once("foreign.bloom: ").unwrap().1.to_owned()
        };
        let [a, b, c, d] = TIMES;
        for (times, protocol, port, packets, expected) in [
            (
                TIMES,
                "ICMP",
                1,
                1,
                "row 1: `protocol` is \"ICMP\", expected 6 or \"TCP\", 17 or \"UDP\"",
            ),
            (
                TIMES,
                "TCP",
                65_536,
                1,
                "row 1: `port` is 65536, expected a port number 0-65535",
            ),
            (
                TIMES,
                "TCP",
                -1,
                1,
                "row 1: `port` is -1, expected a port number 0-65535",
            ),
            (TIMES, "TCP", 1, 0, "row 1: `packets` is 0, expected 1 or more"),
            (
                [a, b, None, d],
                "TCP",
                1,
                1,
                "row 1: `first_time` is null, expected a value",
            ),
            (
                [a, b, c, Some(9 * MINUTE_MS)],
                "TCP",
                1,
                1,
                "row 2: `first_time` is -60000000000 ns from `bin_start`",
            ),
            (
                [a, b, c, Some(15 * MINUTE_MS)],
                "TCP",
                1,
                1,
                "row 2: `first_time` is 300000000000 ns from `bin_start`",
            ),
            (
                [Some(i64::MAX), b, c, d],
                "TCP",
                1,
                1,
                "row 1: `bin_start` is beyond the years 1677 to 2262",
            ),
            (
                [Some(0), Some(0), c, Some(28 * 24 * 60 * MINUTE_MS)],
                "TCP",
                1,
                1,
                "is Parquet, but no prepared log: its metadata `portbloom.bin_ns` is missing, and no round length",
            ),
        ] {
            let found = error(SCHEMA, times, protocol, port, packets);
            assert!(found.starts_with(expected), "{found}, expected {expected}");
        }
        for (from, to, expected) in [
            (
                "int64 port",
                "int64 door",
                "is Parquet, but no prepared log: it has no column `port`",
            ),
            (
                "first_time (TIMESTAMP(MILLIS,true))",
                "first_time",
                "is Parquet, but no prepared log: its column `first_time` is INT64, expected TIMESTAMP in UTC",
            ),
        ] {
            let found = error(&SCHEMA.replace(from, to), TIMES, "TCP", 1, 1);
            assert!(found.starts_with(expected), "{found}, expected {expected}");
        }
    }

    /// Writes a log of `count` bubbles in row groups of `group_rows`, some hosts null.
    fn write_many(path: &Path, count: usize, group_rows: usize, properties: WriterProperties) {
        let schema = "message other { required int64 bin_start (TIMESTAMP(MICROS,true)); \
            required int64 first_time (TIMESTAMP(NANOS,true)); optional binary country (STRING); \
            required int32 protocol; required int32 port; required int32 packets; optional binary host (STRING); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut file = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(properties)).unwrap();
        for first in (0..count).step_by(group_rows) {
            let rows = first..(first + group_rows).min(count);
            let mut group = file.next_row_group().unwrap();
            let mut column = 0;
            while let Some(mut next) = group.next_column().unwrap() {
                let texts: Vec<ByteArray> = rows.clone().filter(|row| row % 7 > 0).map(text).collect();
                let levels: Vec<i16> = rows.clone().map(|row| i16::from(row % 7 > 0)).collect();
                let starts: Vec<i64> = rows.clone().map(|row| row as i64 / 50 * 60_000_000).collect();
                let firsts: Vec<i64> = rows.clone().map(|row| row as i64 / 50 * 60_000_000_000 + 7).collect();
                let numbers: Vec<i32> = rows.clone().map(|row| (row * 31 % 5000) as i32 + 1).collect();
                match column {
                    0 => next.typed::<Int64Type>().write_batch(&starts, None, None).unwrap(),
                    1 => next.typed::<Int64Type>().write_batch(&firsts, None, None).unwrap(),
                    2 | 6 => next
                        .typed::<ByteArrayType>()
                        .write_batch(&texts, Some(&levels), None)
                        .unwrap(),
                    3 => next
                        .typed::<Int32Type>()
                        .write_batch(&vec![17; rows.len()], None, None)
                        .unwrap(),
                    _ => next.typed::<Int32Type>().write_batch(&numbers, None, None).unwrap(),
                };
                next.close().unwrap();
                column += 1;
            }
            group.close().unwrap();
        }
        file.close().unwrap();
    }

    fn text(row: usize) -> ByteArray {
        format!("Country {}", row * 17 % 3000).into_bytes().into()
    }

    /// All that a file comes to, in a line an event.
    fn told(path: &Path) -> Result<String, InputError> {
        let mut events = Vec::new();
        let mut take = |batch: &crate::model::Batch<'_>| {
            events.extend((0..batch.events.len()).map(|index| (batch.place(index).number, batch.events[index])));
        };
        let options = Options::default();
        let reading = stream(&[LogPart::File(path.to_owned())], &options, &mut |_| {}, &mut take)?;
        let told = events.iter().map(|(row, event)| {
            let country = &reading.names.sources[event.source as usize].code;
            let host = reading
                .names
                .hosts
                .get(event.host as usize)
                .map_or("several", String::as_str);
            let (time, port, packets) = (event.time_ns, event.port.number, event.packets);
            format!("{row} {time} {country} {} {port} {packets} {host}", event.port.protocol)
        });
        Ok(told.collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn pages_may_be_encoded_in_any_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("many.bloom");
        let count = 2 * PART_ROWS + 5000;
        let expected = (0..count).map(|row| {
            let name = String::from_utf8(text(row).data().to_vec()).unwrap();
            let [country, host] = if row % 7 > 0 {
                [name.as_str(); 2]
            } else {
                ["Unknown", "several"]
            };
            let (time, number) = (row / 50 * 60_000_000_000 + 7, row * 31 % 5000 + 1);
            format!("{} {time} {country} UDP {number} {number} {host}", row + 1)
        });
        let expected = expected.collect::<Vec<_>>().join("\n");
        let builder = WriterProperties::builder;
        let small = || builder().set_data_page_row_count_limit(700).set_write_batch_size(100);
        for (index, properties) in [
            builder(),
            builder().set_writer_version(WriterVersion::PARQUET_2_0),
            builder().set_dictionary_enabled(false),
            builder().set_compression(Compression::SNAPPY),
            builder().set_compression(Compression::GZIP(GzipLevel::default())),
            builder().set_compression(Compression::ZSTD(ZstdLevel::default())),
            // A dictionary at first, and texts spelled out once it is full.
            small().set_dictionary_page_size_limit(20_000),
            small()
                .set_dictionary_page_size_limit(20_000)
                .set_writer_version(WriterVersion::PARQUET_2_0),
        ]
        .into_iter()
        .enumerate()
        {
            for group_rows in [count, 9000] {
                write_many(&path, count, group_rows, properties.clone().build());
                assert!(told(&path).unwrap() == expected, "{index}, groups of {group_rows}");
            }
        }
    }

    #[test]
    fn what_compresses_pages_is_named_if_it_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.bloom");
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        write_many(&path, 100, 100, properties.build());
        let mut bytes = std::fs::read(&path).unwrap();
        // In the footer, each column's name is followed by what compresses it: 1 is Snappy, 4 Brotli.
        let places: Vec<usize> = memchr::memmem::find_iter(&bytes, b"port\x15\x02").collect();
        places.iter().for_each(|place| bytes[place + 5] = 4 << 1);
        assert_eq!(places.len(), 1);
        std::fs::write(&path, bytes).unwrap();
        let error = told(&path).unwrap_err().to_string();
        assert!(
            error.contains(
                "x.bloom: is Parquet, and its pages are compressed in a way that portbloom does not read; write it by \
                 zstd, snappy, gzip or lz4, or uncompressed"
            ),
            "{error}"
        );
    }

    #[test]
    fn damaged_files_are_told_and_nothing_worse() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.bloom");
        write_many(&path, 3000, 1000, WriterProperties::builder().build());
        let good = std::fs::read(&path).unwrap();
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let mut refused = 0;
        for _ in 0..400 {
            let mut bytes = good.clone();
            match random(3) {
                0 => bytes.truncate(random(good.len())),
                // Of the footer, which says where everything is; and of all.
                1 => bytes[good.len() - 1 - random(1500)] = random(256) as u8,
                _ => (0..20).for_each(|_| bytes[random(good.len())] ^= 1 << random(8)),
            }
            std::fs::write(&path, &bytes).unwrap();
            refused += usize::from(told(&path).is_err());
        }
        assert!(refused > 200, "{refused}");
    }
}
