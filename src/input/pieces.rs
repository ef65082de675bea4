//! From bytes to batches: cuts a text into pieces, has them read side by side, puts what they say in
//! order. Owns the threads and the account of a log; knows no column and no notation.
//!
//! A piece ends at a newline, and is taken to end outside of quotes. Where a piece turns out not to,
//! or repeats the header in another order, the pieces after it are read again, so that the result is
//! that of reading from the first byte to the last.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::formats::csv::rows::{End, RecordReader};
use super::formats::csv::{self, Columns, Piece};
use super::names::{AllNames, PieceNames};
use super::open::{HEAD_BYTES, Packing, UTF8_BOM, count_newlines, recognise_binary};
use super::{InputError, Options};
#[cfg(feature = "prepared")]
use crate::model::LeftOut;
use crate::model::{Batch, Event, Names, Reading, Reason, SEVERAL_HOSTS};

/// Bytes of a piece: some thousand rows, which fit into a core's cache with what they become.
const PIECE_BYTES: usize = 1 << 18;

/// Bytes that one row may take: what is more is no log, and is not to fill the memory.
const MOST_ROW_BYTES: usize = 16 << 20;

/// A log in the making, of one file or several: events go on to `take`, the rest is kept.
pub(super) struct Log<'t> {
    options: Options,
    account: Account<'t>,
    /// Whether one of several sources may be without rows.
    several: bool,
    /// Why the first source without a readable row has none.
    empty: Option<InputError>,
    piece_bytes: usize,
    /// 0, 1, 2 and so on: the rows of a prepared log where each has one event.
    #[cfg(feature = "prepared")]
    counted: Vec<u32>,
}

/// Some rows of a prepared log.
#[cfg(feature = "prepared")]
pub(super) struct PreparedPart {
    /// How many, and the packets in them.
    pub rows: u64,
    pub packets: u64,
    /// Row of the file that the first is, from 1.
    pub first_row: u64,
    pub events: Vec<Event>,
    /// Row of each event, from 0; empty where each row has one.
    pub rows_of_events: Vec<u32>,
    /// Countries and hosts of the events.
    pub names: PieceNames,
}

/// A file of the log being read: what messages say of it.
struct File {
    name: String,
    packing: Packing,
}

impl<'t> Log<'t> {
    /// A log of so many sources, whose events go to `take`.
    pub fn new(options: Options, sources: usize, take: &'t mut dyn FnMut(&Batch<'_>)) -> Self {
        Self {
            options,
            account: Account::new(take, sources > 1),
            several: sources > 1,
            empty: None,
            piece_bytes: PIECE_BYTES,
            #[cfg(feature = "prepared")]
            counted: Vec::new(),
        }
    }

    /// Reads a file's text to its end, after the files before it; `progress` is called between
    /// batches. Rows that cannot be read stop it only under [`Options::strict`].
    pub fn read(
        &mut self,
        text: impl Read,
        packing: Packing,
        name: String,
        progress: &mut dyn FnMut(),
    ) -> Result<(), InputError> {
        self.account.begin_file(name.clone());
        let file = File { name, packing };
        let result = self.read_pieces(Splitter::new(text, self.piece_bytes), &file, progress);
        match result.and_then(|()| self.account.end_file()) {
            // Rotated logs have idle days.
            Err(error @ (InputError::Empty { .. } | InputError::NoRows { .. } | InputError::NoReadableRow { .. }))
                if self.several =>
            {
                self.account.reading.warnings.push(error.to_string());
                self.empty.get_or_insert(error);
                Ok(())
            }
            result => result,
        }
    }

    /// A remark about the file being read.
    pub fn warn(&mut self, what: String) {
        self.account.warn(what);
    }

    fn read_pieces(
        &mut self,
        mut splitter: Splitter<impl Read>,
        file: &File,
        progress: &mut dyn FnMut(),
    ) -> Result<(), InputError> {
        let (columns, first) = self.read_header(&mut splitter, file)?;
        let mut order = Order {
            account: &mut self.account,
            file,
            options: self.options,
            columns: Arc::new(columns),
            carried: Vec::new(),
        };
        // A small log is read where it is.
        if first.last {
            let piece = csv::parse(&first.bytes, true, &order.columns, order.options);
            order.add(first, piece)?;
            return Ok(());
        }
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            let (send_job, jobs) = channel::<Job>();
            let jobs = Arc::new(Mutex::new(jobs));
            for number in 0..threads {
                let jobs = Arc::clone(&jobs);
                let thread = thread::Builder::new().name(format!("read {number}"));
                let spawned = thread.spawn_scoped(scope, move || parse_jobs(&jobs));
                // With one thread less there is less speed; with none, nobody would read.
                if let Err(error) = spawned
                    && number == 0
                {
                    return Err(file.packing.read_error(&file.name, 1, error));
                }
            }
            let mut in_flight = VecDeque::new();
            let mut next = Some(first);
            loop {
                while in_flight.len() <= 2 * threads
                    && let Some(text) = next.take()
                {
                    if !text.last {
                        next = Some(splitter.next());
                    }
                    in_flight.push_back(dispatch(text, &order, &send_job));
                }
                let Some(done) = in_flight.pop_front() else {
                    return Ok(());
                };
                let Ok((text, columns, piece)) = done.recv() else {
                    return Err(file
                        .packing
                        .read_error(&file.name, 1, io::Error::other("a reading thread failed")));
                };
                // Read by a header that is not the one above it.
                let outdated = columns != order.columns;
                splitter.spare.push(order.add_checked(text, piece, outdated)?);
                progress();
            }
        })
    }

    /// The columns that the first row names, and what is below it.
    fn read_header(&mut self, splitter: &mut Splitter<impl Read>, file: &File) -> Result<(Columns, Text), InputError> {
        let mut reader = RecordReader::new();
        let mut first = true;
        loop {
            let mut text = splitter.next();
            if first {
                if let Some((what, remedy)) = recognise_binary(&text.bytes[..text.bytes.len().min(HEAD_BYTES)]) {
                    let name = file.name.clone();
                    return Err(InputError::NotText { name, what, remedy });
                }
                if text.bytes.starts_with(UTF8_BOM) {
                    text.bytes.drain(..UTF8_BOM.len());
                }
                first = false;
            }
            let mut at = 0;
            while at < text.bytes.len() {
                let begins = at;
                let (fault, next) = match reader.read(&text.bytes, at) {
                    End::Line(next) => (None, next),
                    End::Row(next) => (csv::quote_fault(&text.bytes[at..next]), next),
                    End::InQuotes => (Some(csv::QuoteFault::Unclosed), text.bytes.len()),
                };
                at = next;
                let line = self.account.line() + count_newlines(&text.bytes[..begins]);
                if let Some(fault) = fault {
                    let (name, what) = (file.name.clone(), fault.to_string());
                    return Err(InputError::Header { name, line, what });
                }
                let record = reader.record(&text.bytes);
                if record.is_blank() {
                    continue;
                }
                // A read that failed within the first row is told as such.
                if text.failure.is_some() && !text.bytes[begins..next].ends_with(b"\n") {
                    break;
                }
                let columns = csv::read_header(&file.name, line, &record)?;
                self.account.lines += count_newlines(&text.bytes[..next]);
                if let Some(remark) = columns.remark() {
                    self.account.warn(remark);
                }
                text.bytes.drain(..next);
                return Ok((columns, text));
            }
            self.account.fail(&mut text, file)?;
            self.account.lines += count_newlines(&text.bytes);
            if text.last {
                let (name, columns) = (file.name.clone(), csv::required_columns());
                return Err(InputError::Empty { name, columns });
            }
        }
    }

    /// Begins a prepared log that was made of `files`, if it says so; returns the index of the first.
    #[cfg(feature = "prepared")]
    pub fn begin_prepared(&mut self, name: &str, files: &[String]) -> u32 {
        let first_file = self.account.reading.files.len() as u32;
        self.account
            .begin_file(files.first().map_or_else(|| name.to_owned(), Clone::clone));
        self.account.reading.files.extend(files.iter().skip(1).cloned());
        first_file
    }

    /// Countries and hosts in the order in which they are to be numbered.
    #[cfg(feature = "prepared")]
    pub fn introduce(&mut self, names: &PieceNames) {
        self.account.names.merge(names);
    }

    /// Rows of a prepared log with bins of `bin_ns`.
    #[cfg(feature = "prepared")]
    pub fn add_prepared(&mut self, mut part: PreparedPart, bin_ns: i64) {
        let events = part.events.len();
        let counted = self.counted.len() as u32;
        self.counted.extend(counted..events.max(self.counted.len()) as u32);
        let rows = match part.rows_of_events.as_slice() {
            [] => &self.counted[..events],
            rows => rows,
        };
        self.account
            .take(&mut part.events, rows, &part.names, part.first_row, Some(bin_ns));
    }

    /// Ends a prepared log with the account of the log that it was made of.
    #[cfg(feature = "prepared")]
    pub fn end_prepared(
        &mut self,
        rows: u64,
        packets: u64,
        left_out: Vec<(Reason, LeftOut)>,
        other_protocols: &BTreeMap<String, u64>,
    ) {
        let reading = &mut self.account.reading;
        reading.rows += rows;
        reading.packets += packets;
        for (reason, left) in left_out {
            let all = reading.left_out.entry(reason).or_default();
            all.rows += left.rows;
            all.packets += left.packets;
            let room = LeftOut::FIRST_LINES - all.first_lines.len();
            all.first_lines.extend(left.first_lines.into_iter().take(room));
        }
        for (name, rows) in other_protocols {
            *reading.other_protocols.entry(name.clone()).or_default() += rows;
        }
    }

    /// What reading came to, under a name for all of it; an error where no file had a row to read.
    pub fn finish(self, source: String) -> Result<Reading, InputError> {
        let Account { mut reading, names, .. } = self.account;
        let readable = reading.rows - reading.left_out.get(&Reason::Unreadable).map_or(0, |left| left.rows);
        if let Some(error) = self.empty
            && readable == 0
        {
            return Err(error);
        }
        reading.source = source;
        reading.warnings.extend(names.warnings());
        reading.names = names.finish();
        Ok(reading)
    }
}

/// A piece of text, cut after a newline unless it is the last.
struct Text {
    bytes: Vec<u8>,
    last: bool,
    /// Why there is no more of it.
    failure: Option<Failure>,
}

enum Failure {
    Read(io::Error),
    RowTooLong,
}

/// Cuts bytes into pieces.
struct Splitter<R> {
    bytes: R,
    piece_bytes: usize,
    /// What followed the last newline of the piece before.
    rest: Vec<u8>,
    /// Memory of pieces that are done with: it is in a cache still.
    spare: Vec<Vec<u8>>,
}

impl<R: Read> Splitter<R> {
    fn new(bytes: R, piece_bytes: usize) -> Self {
        Self {
            bytes,
            piece_bytes,
            rest: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// The next piece; none is to be asked for after the last.
    fn next(&mut self) -> Text {
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        bytes.reserve(self.piece_bytes + self.rest.len());
        bytes.append(&mut self.rest);
        loop {
            let before = bytes.len();
            let result = (&mut self.bytes).take(self.piece_bytes as u64).read_to_end(&mut bytes);
            let failure = match result {
                Ok(length) if length < self.piece_bytes => {
                    return Text {
                        bytes,
                        last: true,
                        failure: None,
                    };
                }
                Ok(_) => match memchr::memrchr(b'\n', &bytes[before..]) {
                    Some(newline) => {
                        self.rest.extend_from_slice(&bytes[before + newline + 1..]);
                        bytes.truncate(before + newline + 1);
                        return Text {
                            bytes,
                            last: false,
                            failure: None,
                        };
                    }
                    None if bytes.len() <= MOST_ROW_BYTES => continue,
                    None => Failure::RowTooLong,
                },
                Err(error) => Failure::Read(error),
            };
            return Text {
                bytes,
                last: true,
                failure: Some(failure),
            };
        }
    }
}

/// A piece on its way to a thread: the columns it is to be read by, and where to it goes then.
struct Job {
    text: Text,
    columns: Arc<Columns>,
    options: Options,
    done: SyncSender<Done>,
}

type Done = (Text, Arc<Columns>, Piece);

fn dispatch(text: Text, order: &Order<'_, '_>, jobs: &Sender<Job>) -> Receiver<Done> {
    let (done, receive) = sync_channel(1);
    // The threads are there as long as the sender is; one that failed is noticed by its silence.
    let _ = jobs.send(Job {
        text,
        columns: Arc::clone(&order.columns),
        options: order.options,
        done,
    });
    receive
}

/// A thread's work.
fn parse_jobs(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        let piece = csv::parse(&job.text.bytes, job.text.last, &job.columns, job.options);
        // Where nobody waits any more, another piece was refused.
        let _ = job.done.send((job.text, job.columns, piece));
    }
}

/// Puts pieces in order, and reads those again that were not what they were taken for.
struct Order<'a, 't> {
    account: &'a mut Account<'t>,
    file: &'a File,
    options: Options,
    columns: Arc<Columns>,
    /// The row that the pieces so far have not ended.
    carried: Vec<u8>,
}

impl Order<'_, '_> {
    /// Adds a piece, after reading it again where that is needed; gives its memory back.
    fn add_checked(&mut self, mut text: Text, mut piece: Piece, outdated: bool) -> Result<Vec<u8>, InputError> {
        if !self.carried.is_empty() {
            let mut bytes = std::mem::take(&mut self.carried);
            bytes.append(&mut text.bytes);
            text.bytes = bytes;
        } else if !outdated {
            return self.add(text, piece);
        }
        piece = csv::parse(&text.bytes, text.last, &self.columns, self.options);
        self.add(text, piece)
    }

    fn add(&mut self, mut text: Text, piece: Piece) -> Result<Vec<u8>, InputError> {
        // A row that stops everything comes before whatever follows it.
        if piece.stopped.is_none() {
            self.account.fail(&mut text, self.file)?;
        }
        self.columns = Arc::clone(&piece.columns);
        if let Some(at) = piece.unfinished {
            self.carried = text.bytes.split_off(at);
        }
        self.account.add(piece, self.file)?;
        if self.carried.len() > MOST_ROW_BYTES {
            return Err(self.account.row_too_long(self.file));
        }
        Ok(text.bytes)
    }
}

/// A [`Reading`] in the making.
struct Account<'t> {
    take: &'t mut dyn FnMut(&Batch<'_>),
    several: bool,
    reading: Reading,
    names: AllNames,
    /// Newlines before what comes next in this file.
    lines: u64,
    /// Rows, rows that cannot be read and the first of them, in this file.
    file_rows: u64,
    file_unreadable: u64,
    file_first: Option<(u64, String)>,
    quote_seen: bool,
}

impl<'t> Account<'t> {
    fn new(take: &'t mut dyn FnMut(&Batch<'_>), several: bool) -> Self {
        Self {
            take,
            several,
            reading: Reading {
                source: String::new(),
                files: Vec::new(),
                names: Names {
                    countries: Vec::new(),
                    hosts: Vec::new(),
                },
                rows: 0,
                packets: 0,
                left_out: BTreeMap::new(),
                other_protocols: BTreeMap::new(),
                warnings: Vec::new(),
            },
            names: AllNames::default(),
            lines: 0,
            file_rows: 0,
            file_unreadable: 0,
            file_first: None,
            quote_seen: false,
        }
    }

    fn begin_file(&mut self, name: String) {
        self.reading.files.push(name);
        (self.lines, self.file_rows, self.file_unreadable) = (0, 0, 0);
        (self.file_first, self.quote_seen) = (None, false);
    }

    /// Index of the file being read.
    fn file(&self) -> u32 {
        self.reading.files.len() as u32 - 1
    }

    /// Line that comes next.
    fn line(&self) -> u64 {
        self.lines + 1
    }

    /// A remark about the file being read, by its name where there are several.
    fn warn(&mut self, what: String) {
        let name = self.reading.files.last().filter(|_| self.several);
        let warning = name.map_or_else(|| what.clone(), |name| format!("{name}: {what}"));
        self.reading.warnings.push(warning);
    }

    /// The error that a text ended with, by the line it came to.
    fn fail(&self, text: &mut Text, file: &File) -> Result<(), InputError> {
        match text.failure.take() {
            None => Ok(()),
            Some(Failure::Read(error)) => {
                let line = self.line() + count_newlines(&text.bytes);
                Err(file.packing.read_error(&file.name, line, error))
            }
            Some(Failure::RowTooLong) => Err(self.row_too_long(file)),
        }
    }

    fn row_too_long(&self, file: &File) -> InputError {
        InputError::RowTooLong {
            name: file.name.clone(),
            line: self.line(),
            most: MOST_ROW_BYTES >> 20,
        }
    }

    /// Numbers the countries and hosts of events by the log's order, and hands them on; those of a
    /// prepared log with the length of its bins.
    fn take(
        &mut self,
        events: &mut [Event],
        line_offsets: &[u32],
        names: &PieceNames,
        first_line: u64,
        bin_ns: Option<i64>,
    ) {
        if events.is_empty() {
            return;
        }
        let [countries, hosts] = self.names.merge(names);
        for event in events.iter_mut() {
            event.country = countries[event.country as usize];
            if event.host != SEVERAL_HOSTS {
                event.host = hosts[event.host as usize];
            }
        }
        let file = self.file();
        (self.take)(&Batch {
            file,
            events,
            line_offsets,
            first_line,
            bin_ns,
        });
    }

    /// Takes in the piece that follows.
    fn add(&mut self, mut piece: Piece, file: &File) -> Result<(), InputError> {
        let (index, first_line) = (self.file(), self.line());
        if let Some((line, what)) = piece.stopped {
            return Err(InputError::Row {
                name: file.name.clone(),
                line: first_line + line,
                what,
            });
        }
        self.take(&mut piece.events, &piece.line_offsets, &piece.names, first_line, None);
        self.lines += piece.newlines;
        self.reading.rows += piece.rows;
        self.reading.packets += piece.packets;
        self.file_rows += piece.rows;
        for (name, rows) in piece.protocols {
            let name = csv::escape(&name).to_uppercase();
            let protocols = &mut self.reading.other_protocols;
            let known = protocols.contains_key(&name) || protocols.len() < Reading::MOST_PROTOCOLS;
            *protocols.entry(if known { name } else { String::new() }).or_default() += rows;
        }
        for (reason, left) in piece.left_out {
            if reason == Reason::Unreadable {
                self.file_unreadable += left.rows;
                let first = left.first_lines.first();
                if self.file_first.is_none() {
                    self.file_first = first.map(|first| (first_line + first.line, first.what.clone()));
                }
            }
            self.reading
                .left_out
                .entry(reason)
                .or_default()
                .merge(left, index, first_line);
        }
        // Of many such rows the first tells all: the rest may be its consequence.
        if let Some((line, quote)) = piece.quote
            && !self.quote_seen
        {
            self.quote_seen = true;
            let line = first_line + line;
            self.warn(format!(
                "line {line}: {quote}; rows that such quotes take in are not counted"
            ));
        }
        Ok(())
    }

    /// An error where there was nothing to read in a file.
    fn end_file(&mut self) -> Result<(), InputError> {
        let name = self.reading.files.last().cloned().unwrap_or_default();
        if self.file_rows == 0 {
            return Err(InputError::NoRows { name });
        }
        match self.file_first.take() {
            Some((line, what)) if self.file_unreadable == self.file_rows => Err(InputError::NoReadableRow {
                name,
                rows: self.file_rows,
                line,
                what,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All that a text comes to, read in pieces of so many bytes.
    fn outcome(text: &[u8], piece_bytes: usize, strict: bool) -> Result<String, String> {
        let mut events = Vec::new();
        let mut take = |batch: &Batch<'_>| {
            events.extend((0..batch.events.len()).map(|index| (batch.line(index), batch.events[index])));
        };
        let mut log = Log::new(Options { strict }, 1, &mut take);
        log.piece_bytes = piece_bytes;
        let read = log.read(text, Packing::None, "x".to_owned(), &mut || {});
        let reading = read.and_then(|()| log.finish("x".to_owned()));
        let reading = reading.map_err(|error| error.to_string())?;
        Ok(format!("{reading:?} {events:?}"))
    }

    /// Rows of all kinds: with newlines in quotes, with quotes that are not closed, headers again.
    fn rows() -> impl Strategy<Value = String> {
        let row = prop_oneof![
            8 => (0..40_u8, 0..4_u8).prop_map(|(time, port)| format!("{time},TCP,{port},US,\"United States\"\n")),
            4 => "[0-9],(UDP|6|ICMP|),[0-9]{0,2},\"?[a-c]{0,2}\"?,[\"a\n,]{0,4}\n",
            1 => Just("dpt,time,proto,country\n".to_owned()),
            1 => Just("time,proto,dpt,cc,country\n".to_owned()),
            1 => Just("\n \n".to_owned()),
            1 => Just("1,6,1,\"a\nb\nc\",\"d\n\ne\"\r\n".to_owned()),
            1 => Just("1,6,1,\"a\"\"\n\"\"b\",c\n".to_owned()),
        ];
        prop::collection::vec(row, 0..30).prop_map(|rows| rows.concat())
    }

    proptest! {
        #[test]
        fn pieces_come_to_what_the_whole_comes_to(
            rows in rows(), cut in any::<prop::sample::Index>(), piece_bytes in 1_usize..60, strict in any::<bool>(),
        ) {
            let text = format!("time,proto,dpt,cc,country\n{rows}");
            let text = &text.as_bytes()[..cut.index(text.len() + 1)];
            prop_assert_eq!(outcome(text, piece_bytes, strict), outcome(text, 1 << 20, strict));
        }
    }

    #[test]
    fn a_row_without_an_end_is_refused() {
        struct Endless(&'static [u8], u8);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0.is_empty() {
                    buffer.fill(self.1);
                    return Ok(buffer.len());
                }
                self.0.read(buffer)
            }
        }
        let error = |text: &'static str, filler: u8| {
            let mut take = |_: &Batch<'_>| {};
            let mut log = Log::new(Options::default(), 1, &mut take);
            let text = Endless(text.as_bytes(), filler);
            log.read(text, Packing::None, "x.csv".to_owned(), &mut || {})
                .unwrap_err()
                .to_string()
        };
        assert!(error("", b'x').starts_with("x.csv:1: a row of more than 16 MiB"));
        assert!(error("time,proto,dpt\n0,6,1\n", b'x').starts_with("x.csv:3: a row of more than 16 MiB"));
        assert!(error("time,proto,dpt\n0,6,1\n0,6,\"", b'\n').starts_with("x.csv:3: a row of more than 16 MiB"));
    }
}
