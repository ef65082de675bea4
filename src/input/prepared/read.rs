//! Parquet to events, row groups side by side: each bubble becomes an event of its packets at its
//! first time. Everything is checked: a file may be of another engine, or damaged.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::Read as _;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;

use parquet::basic::{LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::{ACCOUNT_KEY, Account, BIN_KEY, BIN_START, COUNTRY, FIRST_TIME, HOST, PACKETS, PORT, PROTOCOL};
use crate::input::InputError;
use crate::input::names::{PieceNames, Spellings};
use crate::input::reading::Log;
use crate::model::{Event, LeftOut, MANY_HOSTS, Port, Protocol, Reason};

/// First bytes of every Parquet file ("File Format", apache/parquet-format).
const MAGIC: &[u8; 4] = b"PAR1";

/// Rows handed on at a time.
const BATCH_ROWS: usize = 1 << 16;

/// Whether a file is a prepared log, by its first bytes; one that cannot be read is left to others.
pub(in crate::input) fn is_prepared(path: &Path) -> bool {
    let mut head = [0; MAGIC.len()];
    // A pipe would lose what is read of it here.
    path.is_file() && File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok()) && head == *MAGIC
}

/// A prepared log that was opened: its schema fits, and its bins are known.
pub(in crate::input) struct Prepared {
    path: PathBuf,
    name: String,
    columns: Columns,
    account: Account,
    groups: usize,
    /// Length of a bin in nanoseconds.
    pub bin_ns: i64,
}

/// Where the columns are, and how their values are to be taken.
#[derive(Clone, Debug)]
struct Columns {
    bin_start: Time,
    first_time: Time,
    country: usize,
    protocol: usize,
    port: usize,
    packets: usize,
    host: Option<usize>,
}

/// A column of times, and nanoseconds in one of its units.
#[derive(Clone, Copy, Debug)]
struct Time {
    index: usize,
    unit_ns: i64,
}

/// The bubbles of a row group.
struct Group {
    events: Vec<Event>,
    names: PieceNames,
    /// Row of each event in the group.
    rows: Vec<u32>,
    /// Rows in it.
    count: u64,
    packets: u64,
}

impl Prepared {
    /// Opens a prepared log, checks its schema and finds out its bins.
    pub fn open(path: &Path) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let damaged = |error: ParquetError| damaged(&name, &error);
        let reader = open(path, &name)?;
        let metadata = reader.metadata().file_metadata();
        let columns = Columns::find(metadata.schema_descr()).map_err(|what| InputError::PreparedSchema {
            name: name.clone(),
            what,
        })?;
        let value = |key: &str| {
            let pairs = metadata.key_value_metadata()?;
            pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
        };
        let bad = |key: &str, what: String| InputError::PreparedSchema {
            name: name.clone(),
            what: format!("its metadata `{key}` {what}"),
        };
        let account = match value(ACCOUNT_KEY) {
            None => Account::default(),
            Some(text) => {
                serde_json::from_str(text).map_err(|error| bad(ACCOUNT_KEY, format!("is not as expected ({error})")))?
            }
        };
        let groups = reader.num_row_groups();
        if reader.metadata().row_groups().iter().all(|group| group.num_rows() == 0) {
            return Err(InputError::PreparedSchema {
                name: name.clone(),
                what: "it has no rows".to_owned(),
            });
        }
        let bin_ns = match value(BIN_KEY) {
            Some(text) => text
                .parse()
                .ok()
                .filter(|bin_ns| *bin_ns > 0)
                .ok_or_else(|| bad(BIN_KEY, format!("is \"{text}\", expected nanoseconds above 0")))?,
            None => {
                let mut unit_ns = 0;
                for group in 0..groups {
                    let group = reader.get_row_group(group).map_err(damaged)?;
                    for start in times(&*group, columns.bin_start, BIN_START, &name, 0)? {
                        unit_ns = gcd(unit_ns, start.unsigned_abs());
                    }
                }
                i64::try_from(unit_ns)
                    .ok()
                    .filter(|bin_ns| *bin_ns > 0)
                    .ok_or_else(|| {
                        bad(
                            BIN_KEY,
                            "is missing, and all bins start at 1970: write the length of a bin there".to_owned(),
                        )
                    })?
            }
        };
        Ok(Self {
            path: path.to_owned(),
            columns,
            account,
            groups,
            bin_ns,
            name,
        })
    }

    /// Reads all bubbles into a log, in the order of the file.
    pub fn read(&self, log: &mut Log<'_>, progress: &mut dyn FnMut()) -> Result<(), InputError> {
        let first_file = log.begin_prepared(&self.name, &self.account.files);
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
        let (mut rows, mut packets) = (0, 0);
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(self.groups);
        let starts = self.group_starts()?;
        thread::scope(|scope| {
            type Done = Result<Group, InputError>;
            let (send_job, jobs) = channel::<(usize, SyncSender<Done>)>();
            let jobs = std::sync::Arc::new(Mutex::new(jobs));
            let mut spawned = 0;
            for number in 0..threads {
                let (jobs, starts, named) = (std::sync::Arc::clone(&jobs), &starts, &named);
                let work = move || {
                    let reader = open(&self.path, &self.name);
                    loop {
                        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok((group, done)) = job else { return };
                        let result = match &reader {
                            Ok(reader) => self.group(reader, group, starts[group], named),
                            // Open a moment ago, and not any more.
                            Err(_) => open(&self.path, &self.name)
                                .and_then(|reader| self.group(&reader, group, starts[group], named)),
                        };
                        // Where nobody waits any more, another group was refused.
                        let _ = done.send(result);
                    }
                };
                let thread = thread::Builder::new().name(format!("read {number}"));
                spawned += usize::from(thread.spawn_scoped(scope, work).is_ok());
            }
            let mut in_flight: VecDeque<Receiver<Done>> = VecDeque::new();
            let mut next = 0;
            loop {
                while next < self.groups && in_flight.len() <= threads && spawned > 0 {
                    let (done, receive) = sync_channel(1);
                    // The threads are there as long as the sender is.
                    let _ = send_job.send((next, done));
                    in_flight.push_back(receive);
                    next += 1;
                }
                let group = match in_flight.pop_front() {
                    Some(done) => done.recv().map_err(|_| InputError::PreparedDamaged {
                        name: self.name.clone(),
                        what: "a reading thread failed".to_owned(),
                    })??,
                    // No thread is to be had: this one reads.
                    None if next < self.groups => {
                        next += 1;
                        let reader = open(&self.path, &self.name)?;
                        self.group(&reader, next - 1, starts[next - 1], &named)?
                    }
                    None => break,
                };
                rows += group.count;
                packets += group.packets;
                let first_row = starts[next - in_flight.len() - 1];
                log.add_prepared(group.events, &group.rows, &group.names, first_row + 1);
                progress();
            }
            Ok(())
        })?;
        if self.account.rows > 0 {
            (rows, packets) = (self.account.rows, self.account.packets);
        }
        let left_out = |reason: Reason| Some((reason, self.account.left_out(reason, first_file)?));
        let left_out: Vec<(Reason, LeftOut)> = Reason::ALL.into_iter().filter_map(left_out).collect();
        log.end_prepared(rows, packets, left_out, &self.account.other_protocols);
        Ok(())
    }

    /// Row of the file that each group begins with, from 0.
    fn group_starts(&self) -> Result<Vec<u64>, InputError> {
        let reader = open(&self.path, &self.name)?;
        let mut starts = Vec::with_capacity(self.groups);
        let mut rows = 0;
        for group in reader.metadata().row_groups() {
            starts.push(rows);
            rows += group.num_rows().unsigned_abs();
        }
        if starts.len() < self.groups {
            return Err(InputError::PreparedDamaged {
                name: self.name.clone(),
                what: "it changed while it was read".to_owned(),
            });
        }
        Ok(starts)
    }

    fn group(
        &self,
        reader: &SerializedFileReader<File>,
        number: usize,
        first_row: u64,
        named: &HashMap<&str, &str>,
    ) -> Result<Group, InputError> {
        let (name, columns) = (&self.name, &self.columns);
        let group = reader.get_row_group(number).map_err(|error| damaged(name, &error))?;
        let integers = |index, column| integers(&*group, index, column, name, first_row);
        let starts = times(&*group, columns.bin_start, BIN_START, name, first_row)?;
        let firsts = times(&*group, columns.first_time, FIRST_TIME, name, first_row)?;
        let countries = Texts::read(&*group, columns.country, name)?;
        let protocols = self.protocols(&*group, first_row)?;
        let ports = integers(columns.port, PORT)?;
        let packets = integers(columns.packets, PACKETS)?;
        let hosts = columns.host.map(|host| Texts::read(&*group, host, name)).transpose()?;

        let mut names = PieceNames::default();
        let unknown = names.country(b"", b"");
        let country_numbers: Vec<u32> = (countries.different.iter())
            .map(|text| {
                let text = String::from_utf8_lossy(text);
                let (code, name) = country_of(text.trim(), named.get(text.trim()).copied());
                names.country(code.as_bytes(), name.as_bytes())
            })
            .collect();
        let host_numbers: Vec<u32> = hosts
            .iter()
            .flat_map(|hosts| &hosts.different)
            .map(|text| names.host(text.trim_ascii()))
            .collect();
        let unnamed = if hosts.is_none() { names.host(b"") } else { MANY_HOSTS };

        let mut events = Vec::with_capacity(starts.len());
        let mut rows = Vec::with_capacity(starts.len());
        let mut all_packets = 0;
        let lengths = [
            firsts.len(),
            countries.numbers.len(),
            protocols.len(),
            ports.len(),
            packets.len(),
        ];
        if lengths.iter().any(|length| *length != starts.len()) {
            return Err(InputError::PreparedDamaged {
                name: name.clone(),
                what: format!("the columns of row group {number} are not equally long"),
            });
        }
        for row in 0..starts.len() {
            let fault = |what: String| InputError::PreparedRow {
                name: name.clone(),
                row: first_row + row as u64 + 1,
                what,
            };
            let (start_ns, time_ns) = (starts[row], firsts[row]);
            if start_ns.rem_euclid(self.bin_ns) != 0 {
                let bin = self.bin_ns;
                return Err(fault(format!(
                    "`{BIN_START}` is {start_ns} ns, expected a multiple of the bin, {bin} ns"
                )));
            }
            if time_ns < start_ns || time_ns.abs_diff(start_ns) >= self.bin_ns.unsigned_abs() {
                return Err(fault(format!(
                    "`{FIRST_TIME}` is {} ns from `{BIN_START}`, expected a time in its bin, below {} ns",
                    i128::from(time_ns) - i128::from(start_ns),
                    self.bin_ns
                )));
            }
            let number = u16::try_from(ports[row])
                .map_err(|_| fault(format!("`{PORT}` is {}, expected a port number 0-65535", ports[row])))?;
            let mut left = u64::try_from(packets[row])
                .ok()
                .filter(|packets| *packets > 0)
                .ok_or_else(|| fault(format!("`{PACKETS}` is {}, expected 1 or more", packets[row])))?;
            all_packets += left;
            let mut event = Event {
                time_ns,
                port: Port {
                    protocol: protocols[row],
                    number,
                },
                country: match countries.numbers[row] {
                    Texts::NULL => unknown,
                    text => country_numbers[text as usize],
                },
                host: match hosts.as_ref().map(|hosts| hosts.numbers[row]) {
                    None | Some(Texts::NULL) => unnamed,
                    Some(text) => host_numbers[text as usize],
                },
                packets: 0,
            };
            // A flood may be more than an event holds.
            while left > 0 {
                event.packets = u32::try_from(left).unwrap_or(u32::MAX);
                left -= u64::from(event.packets);
                events.push(event);
                rows.push(row as u32);
            }
        }
        Ok(Group {
            events,
            names,
            rows,
            count: starts.len() as u64,
            packets: all_packets,
        })
    }

    /// Protocols by number or by name.
    fn protocols(&self, group: &dyn RowGroupReader, first_row: u64) -> Result<Vec<Protocol>, InputError> {
        let (name, index) = (&self.name, self.columns.protocol);
        let fault = |row: usize, found: String| InputError::PreparedRow {
            name: name.clone(),
            row: first_row + row as u64 + 1,
            what: format!("`{PROTOCOL}` is {found}, expected 6 or \"TCP\", 17 or \"UDP\""),
        };
        if group.metadata().column(index).column_type() != Type::BYTE_ARRAY {
            let numbers = integers(group, index, PROTOCOL, name, first_row)?;
            let protocol = |(row, number): (usize, &i64)| match number {
                6 => Ok(Protocol::Tcp),
                17 => Ok(Protocol::Udp),
                other => Err(fault(row, other.to_string())),
            };
            return numbers.iter().enumerate().map(protocol).collect();
        }
        let texts = Texts::read(group, index, name)?;
        let different: Vec<Option<Protocol>> = (texts.different.iter())
            .map(|text| match text.trim_ascii().to_ascii_lowercase().as_slice() {
                b"tcp" | b"6" => Some(Protocol::Tcp),
                b"udp" | b"17" => Some(Protocol::Udp),
                _ => None,
            })
            .collect();
        let protocol = |(row, text): (usize, &u32)| match *text {
            Texts::NULL => Err(fault(row, "null".to_owned())),
            text => different[text as usize].ok_or_else(|| {
                let found = crate::input::csv::escape(&texts.different[text as usize]);
                fault(row, format!("\"{found}\""))
            }),
        };
        texts.numbers.iter().enumerate().map(protocol).collect()
    }
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

fn open(path: &Path, name: &str) -> Result<SerializedFileReader<File>, InputError> {
    let file = File::open(path).map_err(|error| InputError::Open {
        name: name.to_owned(),
        error,
    })?;
    SerializedFileReader::new(file).map_err(|error| damaged(name, &error))
}

fn damaged(name: &str, error: &ParquetError) -> InputError {
    // The crate's words for a compression that it was built without.
    if let ParquetError::General(what) = error
        && what.contains("Disabled feature at compile time")
    {
        return InputError::PreparedSchema {
            name: name.to_owned(),
            what: "its pages are compressed in a way that portbloom does not read, write it by zstd or uncompressed"
                .to_owned(),
        };
    }
    InputError::PreparedDamaged {
        name: name.to_owned(),
        what: error.to_string().replace(|letter: char| letter.is_control(), " "),
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Columns {
    /// Finds the columns by their names, or says what is wrong with them.
    fn find(schema: &SchemaDescriptor) -> Result<Self, String> {
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
                    parquet::basic::ConvertedType::TIMESTAMP_MILLIS => 1_000_000,
                    parquet::basic::ConvertedType::TIMESTAMP_MICROS => 1_000,
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

/// The values of a column, and whether each row has one.
fn values<T: DataType>(
    reader: ColumnReader,
    rows: usize,
    nullable: bool,
) -> Result<(Vec<T::T>, Vec<i16>), ParquetError> {
    let mut reader: ColumnReaderImpl<T> = get_typed_column_reader(reader);
    let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::new());
    loop {
        let (records, ..) = reader.read_records(rows, nullable.then_some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Ok((values, levels));
        }
    }
}

/// Integers of a column without nulls.
fn integers(
    group: &dyn RowGroupReader,
    index: usize,
    column: &str,
    name: &str,
    first_row: u64,
) -> Result<Vec<i64>, InputError> {
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
    let nullable = group.metadata().column(index).column_descr().max_def_level() > 0;
    let damaged = |error: ParquetError| damaged(name, &error);
    let reader = group.get_column_reader(index).map_err(damaged)?;
    let (numbers, levels) = if group.metadata().column(index).column_type() == Type::INT32 {
        let (numbers, levels) = values::<Int32Type>(reader, rows, nullable).map_err(damaged)?;
        (numbers.into_iter().map(i64::from).collect(), levels)
    } else {
        values::<Int64Type>(reader, rows, nullable).map_err(damaged)?
    };
    match levels.iter().position(|level| *level == 0) {
        Some(row) => Err(InputError::PreparedRow {
            name: name.to_owned(),
            row: first_row + row as u64 + 1,
            what: format!("`{column}` is null, expected a value"),
        }),
        None => Ok(numbers),
    }
}

/// Times of a column in nanoseconds.
fn times(
    group: &dyn RowGroupReader,
    time: Time,
    column: &str,
    name: &str,
    first_row: u64,
) -> Result<Vec<i64>, InputError> {
    let mut times = integers(group, time.index, column, name, first_row)?;
    if time.unit_ns > 1 {
        for (row, value) in times.iter_mut().enumerate() {
            *value = value.checked_mul(time.unit_ns).ok_or_else(|| InputError::PreparedRow {
                name: name.to_owned(),
                row: first_row + row as u64 + 1,
                what: format!("`{column}` is beyond the years 1677 to 2262, expected a time within"),
            })?;
        }
    }
    Ok(times)
}

/// Texts of a column: the different ones, and the number of each row's.
struct Texts {
    different: Vec<Vec<u8>>,
    numbers: Vec<u32>,
}

impl Texts {
    /// The number of a row without a text.
    const NULL: u32 = u32::MAX;

    fn read(group: &dyn RowGroupReader, index: usize, name: &str) -> Result<Self, InputError> {
        let damaged = |error: ParquetError| damaged(name, &error);
        let nullable = group.metadata().column(index).column_descr().max_def_level() > 0;
        let reader = group.get_column_reader(index).map_err(damaged)?;
        let mut reader: ColumnReaderImpl<ByteArrayType> = get_typed_column_reader(reader);
        let mut texts = Self {
            different: Vec::new(),
            numbers: Vec::new(),
        };
        let mut spellings = Spellings::default();
        let (mut values, mut levels) = (Vec::with_capacity(BATCH_ROWS), Vec::new());
        loop {
            values.clear();
            levels.clear();
            let (records, ..) = reader
                .read_records(BATCH_ROWS, nullable.then_some(&mut levels), None, &mut values)
                .map_err(damaged)?;
            if records == 0 {
                return Ok(texts);
            }
            let mut number = |value: &parquet::data_type::ByteArray| {
                let next = texts.different.len() as u32;
                let number = spellings.index(value.data(), next);
                if number == next {
                    texts.different.push(value.data().to_vec());
                }
                number
            };
            if nullable {
                let mut values = values.iter();
                texts.numbers.extend(levels.iter().map(|level| match level {
                    0 => Self::NULL,
                    _ => values.next().map_or(Self::NULL, &mut number),
                }));
            } else {
                texts.numbers.extend(values.iter().map(number));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Options, Source, stream};
    use parquet::file::properties::WriterProperties;
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
        let reading = stream(&[Source::File(path)], &Options::default(), &mut |_| {}, &mut take);
        let reading = reading.map_err(|error| error.to_string())?;
        let country = |event: &Event| reading.names.countries[event.country as usize].code.clone();
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
        let expected = "300007 US TCP:65535 x4294967295, 300007 US TCP:65535 x2, 720000 Atlantis UDP:80 x1";
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
                [Some(0), Some(0), c, d],
                "TCP",
                1,
                1,
                "is Parquet, but no prepared log: its metadata `portbloom.bin_ns` is missing",
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
                "is Parquet, but no prepared log: its column `first_time` is a number",
            ),
        ] {
            let found = error(&SCHEMA.replace(from, to), TIMES, "TCP", 1, 1);
            assert!(found.starts_with(expected), "{found}, expected {expected}");
        }
    }
}
