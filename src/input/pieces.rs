//! A log that is read from first to last: cuts it into pieces, has them read side by side, and puts the
//! outcomes in order. Owns the threads; knows no format.
//!
//! A piece is cut where a row seems to end. Where one turns out not to, or changes the head (a second
//! header with other columns), the pieces after it are read again, so that the result is that of
//! reading from the first byte to the last.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::account::Account;
use super::binaries::{guess, recognise};
use super::error::InputError;
use super::format::{Begin, Format, Head, Parsed, SAMPLE_BYTES, Start};
use super::open::Written;
use super::options::Options;
use super::piece::Piece;
use super::survey::{SURVEY_BYTES, survey};
use super::unpack::Packing;
use crate::model::PlaceUnit;

/// Number of bytes of a piece: some thousand rows, so that what is looked up once for each piece, as countries of
/// addresses are, is looked up for many. More would save less than memory costs.
pub(super) const PIECE_BYTES: usize = 1 << 19;

/// The most bytes that one row may take, so that a file that is no log does not fill the memory.
const MOST_ROW_BYTES: usize = 16 << 20;

/// A log being read: the parts that messages name.
pub(super) struct Stream<'a> {
    pub name: &'a str,
    pub packing: Packing,
    /// When it was written last, and its last bytes; see [`Start`].
    pub written: Written,
    /// Formats that it may be of.
    pub formats: &'a [&'a dyn Format],
    /// Number of bytes of a piece, at least 1.
    pub piece_bytes: usize,
}

impl Stream<'_> {
    /// Reads the log to its end into an account; `progress` is called between pieces.
    ///
    /// # Errors
    /// [`InputError`] where it is of no format, cannot be read on, or has a row that stops reading.
    pub fn read(
        &self,
        mut bytes: impl Read,
        account: &mut Account<'_>,
        progress: &mut dyn FnMut(),
    ) -> Result<(), InputError> {
        let (head, mut rest) = self.begin(&mut bytes, account)?;
        if account.options.source_kind.is_none() && head.has_addresses() {
            rest.gather(rest.at + SURVEY_BYTES);
            let (bytes, whole) = (&rest.front[rest.at..], rest.end.is_some());
            if let Some(survey) = survey(Arc::clone(&head), bytes, whole, &account.options) {
                account.settle_sources(survey.source_kind, survey.remark);
            }
        }
        let mut splitter = Splitter {
            bytes: rest,
            piece_bytes: self.piece_bytes,
            rest: Vec::new(),
            spare: Vec::new(),
        };
        let options = account.options.clone();
        let mut order = Order {
            stream: self,
            options: &options,
            account,
            head,
            carried: Vec::new(),
        };
        let first = splitter.next(&*order.head);
        // A small log is read where it is.
        if first.last {
            let parsed = first.parse(&order.head, order.options);
            order.add(first, parsed)?;
            return Ok(());
        }
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            let (send_job, jobs) = channel::<Job<'_>>();
            let jobs = Arc::new(Mutex::new(jobs));
            for number in 0..threads {
                let jobs = Arc::clone(&jobs);
                let thread = thread::Builder::new().name(format!("read {number}"));
                let spawned = thread.spawn_scoped(scope, move || parse_jobs(&jobs));
                // With one thread less there is less speed; with none, nobody would read.
                if let Err(error) = spawned
                    && number == 0
                {
                    return Err(order.read_error(error));
                }
            }
            let mut in_flight = VecDeque::new();
            let mut next = Some(first);
            loop {
                while in_flight.len() <= 2 * threads
                    && let Some(text) = next.take()
                {
                    if !text.last {
                        next = Some(splitter.next(&*order.head));
                    }
                    in_flight.push_back(dispatch(text, &order, &send_job));
                }
                let Some(done) = in_flight.pop_front() else {
                    return Ok(());
                };
                let Ok((text, head, parsed)) = done.recv() else {
                    return Err(order.read_error(io::Error::other("a reading thread failed")));
                };
                // Read by a head that is not the one above it.
                let outdated = !Arc::ptr_eq(&head, &order.head);
                splitter.spare.push(order.add_checked(text, parsed, outdated)?);
                progress();
            }
        })
    }

    /// Reads the head of the log by the first format that takes it; returns the bytes below it, too.
    fn begin<R: Read>(&self, bytes: R, account: &mut Account<'_>) -> Result<(Arc<dyn Head>, Rest<R>), InputError> {
        let mut rest = Rest {
            front: Vec::new(),
            at: 0,
            end: None,
            bytes,
        };
        let mut least = SAMPLE_BYTES;
        loop {
            rest.gather(least);
            if account.options.format.is_none()
                && let Some((what, remedy)) = recognise(&rest.front)
            {
                let name = self.name.to_owned();
                return Err(InputError::NotText { name, what, remedy });
            }
            let start = Start {
                options: &account.options,
                formats: self.formats,
                name: self.name,
                modified_ns: self.written.modified_ns,
                last: &self.written.last,
                bytes: &rest.front,
                whole: rest.end.is_some(),
            };
            let mut refused = None;
            let mut more = false;
            let formats = self.formats.iter();
            let formats = formats.filter(|format| {
                let mut names = format.abouts().map(|about| about.name);
                names.any(|name| account.options.may_be(name))
            });
            let mut formats: Vec<_> = formats.collect();
            let named = !account.options.columns.is_empty();
            if named {
                formats.sort_by_key(|format| !format.takes_columns());
            }
            for format in formats {
                match format.begin(&start) {
                    Begin::Head(begun) => {
                        rest.at = begun.at;
                        if named && !format.takes_columns() {
                            let title = format.about().title;
                            account.warn(format!("--columns is of no use here: the log is {title}"));
                        }
                        account.set_places(begun.head.unit(), begun.places);
                        if !begun.taken.is_empty() {
                            account.tell_format(begun.taken);
                        }
                        for remark in begun.remarks {
                            account.warn(remark);
                        }
                        return Ok((begun.head, rest));
                    }
                    Begin::More => more = true,
                    // Of those that name columns, where some are named.
                    Begin::Other(error) if !named || format.takes_columns() => refused = Some(error),
                    Begin::Other(error) => refused = refused.or(Some(error)),
                    Begin::Refused(error) => return Err(error),
                }
            }
            if let Some(Err(error)) = rest.end {
                return Err(self.packing.read_error(self.name, account.place(), error));
            }
            match refused {
                Some(error) if !more || rest.end.is_some() => {
                    let name = self.name.to_owned();
                    return Err(guess(&rest.front).map_or(error, |(what, remedy)| InputError::NotText {
                        name,
                        what,
                        remedy,
                    }));
                }
                _ if rest.front.len() > MOST_ROW_BYTES || rest.end.is_some() => return Err(self.row_too_long(account)),
                _ => least += least.max(PIECE_BYTES),
            }
        }
    }

    fn row_too_long(&self, account: &Account<'_>) -> InputError {
        InputError::RowTooLong {
            name: self.name.to_owned(),
            place: account.place(),
            most: MOST_ROW_BYTES >> 20,
        }
    }
}

/// The bytes of a log from its first row on: some that were looked at already, and the others.
struct Rest<R> {
    front: Vec<u8>,
    /// Number of bytes of `front` that were read.
    at: usize,
    /// The end of `bytes`, if it was reached.
    end: Option<io::Result<()>>,
    bytes: R,
}

impl<R: Read> Rest<R> {
    /// Brings at least `least` bytes to the front, or all.
    fn gather(&mut self, least: usize) {
        while self.end.is_none() && self.front.len() < least {
            let missing = (least - self.front.len()) as u64;
            match (&mut self.bytes).take(missing).read_to_end(&mut self.front) {
                Ok(length) if (length as u64) < missing => self.end = Some(Ok(())),
                Ok(_) => {}
                Err(error) => self.end = Some(Err(error)),
            }
        }
    }
}

impl<R: Read> Read for Rest<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at < self.front.len() {
            let length = (&self.front[self.at..]).read(buffer)?;
            self.at += length;
            if self.at == self.front.len() {
                (self.front, self.at) = (Vec::new(), 0);
            }
            return Ok(length);
        }
        match &mut self.end {
            None => self.bytes.read(buffer),
            // An error is told once.
            Some(end) => std::mem::replace(end, Ok(())).map(|()| 0),
        }
    }
}

/// A piece of a log, cut where a row seems to end unless it is the last.
struct Text {
    bytes: Vec<u8>,
    /// Whether it stands for a line that was skipped, for it is too long to be a row.
    is_skipped: bool,
    last: bool,
    /// The reason why there is no more of it.
    failure: Option<Failure>,
}

impl Text {
    fn parse(&self, head: &Arc<dyn Head>, options: &Options) -> Parsed {
        if !self.is_skipped {
            let mut parsed = Arc::clone(head).parse(&self.bytes, self.last, options);
            parsed.piece.settle();
            return parsed;
        }
        let mut piece = Piece::new(head.unit(), 0, options);
        piece.places = 1;
        let most = MOST_ROW_BYTES >> 20;
        piece.unreadable(options.strict, 0, || {
            format!("row of more than {most} MiB, expected one for each packet or group of packets")
        });
        Parsed { piece, head: None }
    }
}

enum Failure {
    Read(io::Error),
    RowTooLong,
}

/// Cuts bytes into pieces.
struct Splitter<R> {
    bytes: R,
    piece_bytes: usize,
    /// The bytes behind the end of the piece before.
    rest: Vec<u8>,
    /// Memory of pieces that are done with: it is in a cache still.
    spare: Vec<Vec<u8>>,
}

impl<R: Read> Splitter<R> {
    /// The next piece; not to be called after the last.
    fn next(&mut self, head: &dyn Head) -> Text {
        let mut bytes = self.spare.pop().unwrap_or_default();
        let mut before = self.rest.len();
        bytes.resize(before.max(bytes.len()), 0);
        bytes[..before].copy_from_slice(&self.rest);
        self.rest.clear();
        loop {
            let result = fill(&mut self.bytes, &mut bytes, before, self.piece_bytes);
            let failure = match result {
                Ok(length) if length < self.piece_bytes => {
                    return Text {
                        bytes,
                        is_skipped: false,
                        last: true,
                        failure: None,
                    };
                }
                Ok(_) => match head.cut(&bytes, before) {
                    Some(end) => {
                        self.rest.extend_from_slice(&bytes[end..]);
                        bytes.truncate(end);
                        return Text {
                            bytes,
                            is_skipped: false,
                            last: false,
                            failure: None,
                        };
                    }
                    // A file that room was made for, and that was not filled, ends in zeros.
                    None if head.unit() == PlaceUnit::Line && is_zero(&bytes[before.saturating_sub(1)..]) => {
                        before = before.max(1);
                        continue;
                    }
                    None if bytes.len() <= MOST_ROW_BYTES => {
                        before = bytes.len();
                        continue;
                    }
                    None if head.unit() == PlaceUnit::Line => return self.skip_line(bytes, head),
                    None => Failure::RowTooLong,
                },
                Err(error) => {
                    // The last row may have been cut off: what is there of it would be read as something else.
                    bytes.truncate(head.cut(&bytes, 0).unwrap_or_default());
                    Failure::Read(error)
                }
            };
            return Text {
                bytes,
                is_skipped: false,
                last: true,
                failure: Some(failure),
            };
        }
    }

    /// Skips the rest of a line that began in `bytes`.
    fn skip_line(&mut self, mut bytes: Vec<u8>, head: &dyn Head) -> Text {
        loop {
            bytes.clear();
            let result = (&mut self.bytes).take(self.piece_bytes as u64).read_to_end(&mut bytes);
            let end = head.line_end(&bytes);
            let (last, failure) = match result {
                Err(error) => (true, Some(Failure::Read(error))),
                Ok(length) => (length < self.piece_bytes, None),
            };
            if end.is_none() && !last {
                continue;
            }
            self.rest.extend_from_slice(&bytes[end.unwrap_or(bytes.len())..]);
            bytes.clear();
            return Text {
                bytes,
                is_skipped: true,
                last: last && self.rest.is_empty(),
                failure,
            };
        }
    }
}

/// Reads `count` bytes, or all there are, to behind the first `before` of `bytes`, and cuts off what stands behind
/// them; returns their number. What `bytes` hold there is written over, so that memory which was used before need not
/// be emptied first.
fn fill(from: &mut impl Read, bytes: &mut Vec<u8>, before: usize, count: usize) -> io::Result<usize> {
    bytes.resize(before + count, 0);
    let mut end = before;
    let result = loop {
        match from.read(&mut bytes[end..]) {
            Ok(0) => break Ok(end - before),
            Ok(length) => end += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    bytes.truncate(end);
    result
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// A piece on its way to a thread: the head by which it is to be read, and where the outcome goes.
struct Job<'a> {
    text: Text,
    head: Arc<dyn Head>,
    options: &'a Options,
    done: SyncSender<Done>,
}

type Done = (Text, Arc<dyn Head>, Parsed);

fn dispatch<'a>(text: Text, order: &Order<'a, '_>, jobs: &Sender<Job<'a>>) -> Receiver<Done> {
    let (done, receive) = sync_channel(1);
    // The threads are there as long as the sender is; one that failed is noticed by its silence.
    let _ = jobs.send(Job {
        text,
        head: Arc::clone(&order.head),
        options: order.options,
        done,
    });
    receive
}

/// The work of a thread.
fn parse_jobs(jobs: &Mutex<Receiver<Job<'_>>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        let parsed = job.text.parse(&job.head, job.options);
        // Where nobody waits any more, another piece was refused.
        let _ = job.done.send((job.text, job.head, parsed));
    }
}

/// Puts pieces in order, and reads those again that were cut or read wrongly.
struct Order<'a, 't> {
    stream: &'a Stream<'a>,
    options: &'a Options,
    account: &'a mut Account<'t>,
    /// The head below the pieces so far.
    head: Arc<dyn Head>,
    /// The row that the pieces so far have not ended.
    carried: Vec<u8>,
}

impl Order<'_, '_> {
    /// Adds a piece, after reading it again where that is needed; gives its memory back.
    fn add_checked(&mut self, mut text: Text, parsed: Parsed, outdated: bool) -> Result<Vec<u8>, InputError> {
        if text.is_skipped {
            self.end_carried()?;
            return self.add(text, parsed);
        }
        if !self.carried.is_empty() {
            let mut bytes = std::mem::take(&mut self.carried);
            bytes.append(&mut text.bytes);
            text.bytes = bytes;
        } else if !outdated {
            return self.add(text, parsed);
        }
        let parsed = text.parse(&self.head, self.options);
        self.add(text, parsed)
    }

    /// Reads the row that the pieces so far have not ended as far as it came.
    fn end_carried(&mut self) -> Result<(), InputError> {
        let text = Text {
            bytes: std::mem::take(&mut self.carried),
            is_skipped: false,
            last: true,
            failure: None,
        };
        let parsed = text.parse(&self.head, self.options);
        self.add(text, parsed).map(|_| ())
    }

    fn add(&mut self, mut text: Text, parsed: Parsed) -> Result<Vec<u8>, InputError> {
        let Parsed { piece, head } = parsed;
        if let Some(head) = head {
            self.head = head;
        }
        // A row that stops everything comes before what follows it.
        let stopped = piece.stopped.is_some();
        if let Some(at) = piece.unfinished {
            self.carried = text.bytes.split_off(at);
        }
        match text.failure.take() {
            Some(failure) if !stopped => {
                let place = self.account.place_at(piece.places);
                self.account.add(piece)?;
                return Err(match failure {
                    Failure::Read(error) => self.stream.packing.read_error(self.stream.name, place, error),
                    Failure::RowTooLong => self.stream.row_too_long(self.account),
                });
            }
            _ => self.account.add(piece)?,
        }
        if self.carried.len() > MOST_ROW_BYTES {
            return Err(self.stream.row_too_long(self.account));
        }
        Ok(text.bytes)
    }

    /// The error of a read that failed here.
    fn read_error(&self, error: io::Error) -> InputError {
        self.stream
            .packing
            .read_error(self.stream.name, self.account.place(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::formats::OF_STREAMS;
    use crate::input::{Options, Reading};
    use crate::model::Batch;
    use proptest::prelude::*;

    /// Reads a log in pieces of a number of bytes.
    fn read_in_pieces(
        content: impl Read,
        name: &str,
        piece_bytes: usize,
        strict: bool,
        take: &mut dyn FnMut(&Batch<'_>),
    ) -> Result<Reading, InputError> {
        let mut account = Account::new(
            Options {
                strict,
                ..Options::default()
            },
            false,
            take,
        );
        account.begin_file(name.to_owned());
        let stream = Stream {
            name,
            packing: Packing::None,
            written: Written::default(),
            formats: OF_STREAMS,
            piece_bytes,
        };
        let read = stream.read(content, &mut account, &mut || {});
        account.end_file(read)?;
        account.finish(name.to_owned())
    }

    /// The events and the account of a text that is read in pieces of `piece_bytes`.
    fn outcome(text: &[u8], piece_bytes: usize, strict: bool) -> Result<String, String> {
        let mut events = Vec::new();
        let mut take = |batch: &Batch<'_>| {
            events.extend((0..batch.events.len()).map(|index| (batch.place(index), batch.events[index])));
        };
        let reading = read_in_pieces(text, "x", piece_bytes, strict, &mut take);
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

    /// Packets in a row of which some bytes are changed, taken out or put in.
    fn damaged(packets: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
        let change = (any::<prop::sample::Index>(), 0..3_u8, any::<u8>(), 1..40_usize);
        prop::collection::vec(change, 0..6).prop_map(move |changes| {
            let mut bytes = [packets; 3].concat();
            for (at, kind, value, length) in changes {
                let at = 24 + at.index(bytes.len() - 24);
                match kind {
                    0 => bytes[at] = value,
                    1 => drop(bytes.drain(at..(at + length).min(bytes.len()))),
                    _ => drop(bytes.splice(at..at, std::iter::repeat_n(value, length))),
                }
            }
            bytes
        })
    }

    proptest! {
        #[test]
        fn damaged_captures_in_pieces_come_to_what_the_whole_comes_to(
            pcap in damaged(include_bytes!("../../tests/logs/captures/odd.pcap")),
            pcapng in damaged(include_bytes!("../../tests/logs/captures/odd.pcapng")),
            sections in damaged(include_bytes!("../../tests/logs/captures/sections.pcapng")),
            piece_bytes in 1_usize..3000,
        ) {
            for bytes in [pcap, pcapng, sections] {
                let whole = outcome(&bytes, 1 << 20, false);
                prop_assert_eq!(outcome(&bytes, piece_bytes, false), whole);
            }
        }
    }

    #[test]
    fn zeros_behind_a_log_are_one_row_however_many_they_are() {
        let text = b"time,proto,dpt\n0,6,1\n";
        for zeros in [1, 1000, 3 * MOST_ROW_BYTES] {
            let content = (&text[..]).chain(io::repeat(0).take(zeros as u64));
            let reading = read_in_pieces(content, "x", PIECE_BYTES, false, &mut |_| {}).unwrap();
            let unreadable = &reading.left_out[&crate::model::Reason::Unreadable];
            assert_eq!((reading.rows, unreadable.rows), (2, 1), "{zeros}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_costs_its_row_alone() {
        let header = "time,proto,dpt,cc\n0,TCP,1,AA\n";
        let long = |head: &'static str, tail: &'static str| {
            let filler = io::repeat(b'x').take(MOST_ROW_BYTES as u64 + 5 * PIECE_BYTES as u64);
            header
                .as_bytes()
                .chain(head.as_bytes())
                .chain(filler)
                .chain(tail.as_bytes())
        };
        for (head, tail, rows, lines) in [
            ("1,TCP,2,BB,", "\n2,TCP,3,CC\n", 3, vec![2, 4]),
            ("1,TCP,2,BB,", "", 2, vec![2]),
            ("", "\r\n2,TCP,3,CC", 3, vec![2, 4]),
            ("1,TCP,2,\"BB\n\"", "\n2,TCP,3,CC\n", 4, vec![2, 5]),
            ("1,TCP,2,\"BB\n", "\n2,TCP,3,CC\n", 4, vec![2, 5]),
        ] {
            let mut found = Vec::new();
            let mut take = |batch: &Batch<'_>| {
                found.extend((0..batch.events.len()).map(|index| batch.place(index).number));
            };
            let reading = read_in_pieces(long(head, tail), "x.csv", PIECE_BYTES, false, &mut take).unwrap();
            assert_eq!((reading.rows, &found), (rows, &lines), "{head}...{tail}");
            let unreadable = &reading.left_out[&crate::model::Reason::Unreadable].first_rows;
            let told = &unreadable[unreadable.len() - 1].what;
            assert_eq!(
                told,
                "row of more than 16 MiB, expected one for each packet or group of packets"
            );
            let strict = read_in_pieces(long(head, tail), "x.csv", PIECE_BYTES, true, &mut |_| {});
            assert!(strict.unwrap_err().to_string().starts_with("x.csv:3: row "));
        }
        // Nor is a header looked for without an end.
        let endless = read_in_pieces(io::repeat(b'x'), "x.csv", PIECE_BYTES, false, &mut |_| {});
        let error = endless.unwrap_err().to_string();
        assert!(error.starts_with("x.csv:1: a row of more than 16 MiB"), "{error}");
    }
}
