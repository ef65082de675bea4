//! Several files of one log, read side by side and judged in the order of time: who began a conversation may stand in
//! another file than the answer. Owns a thread for each file that is open; knows no format.
//!
//! Each file is read into an account of its own, which counts its rows and hands its pieces on ([`Account::apart`]).
//! Here, the records of the pieces are judged one by one, always of the file whose next is the earliest; a piece that
//! was judged to its end goes to the log's account. So memory is that of the pieces that are being read, and a file in
//! the order of time is all that it takes. Of more files than are opened at once, those are opened first that were written
//! first.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, Scope};

use super::account::{Account, Apart, Relayed};
use super::error::InputError;
use super::open::LogPart;
use super::options::Options;
use crate::model::{Place, Reason};

/// Number of files that are open at once.
const MOST_OPEN: usize = 16;

/// A record that is earlier than those judged before it by more than this is out of order. Flows are written when they
/// end, or after half an hour.
const MOST_BACK_NS: i64 = 3_600 * 1_000_000_000;

/// Reads a file into an account.
pub(super) type Read<'r> = dyn Fn(&LogPart, &mut Account<'_>) -> Result<(), InputError> + Sync + 'r;

/// What comes of a file.
enum Told {
    Piece(Box<Relayed>),
    End(Box<Apart>),
}

/// Reads parts by `read` into the account of their log; `progress` is called between pieces.
///
/// # Errors
/// [`InputError`] where the log cannot be read on.
pub(super) fn read_merged(
    parts: &[LogPart],
    read: &Read<'_>,
    account: &mut Account<'_>,
    progress: &mut dyn FnMut(),
) -> Result<(), InputError> {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    if parts.len() > MOST_OPEN {
        order.sort_by_key(|index| parts[*index].written().modified_ns);
    }
    let mut ended: Vec<Option<Ended>> = parts.iter().map(|_| None).collect();
    thread::scope(|scope| {
        let mut waiting = order.into_iter();
        let mut open: Vec<Feed> = Vec::new();
        let mut now_ns = i64::MIN;
        loop {
            while open.len() < MOST_OPEN
                && let Some(index) = waiting.next()
            {
                let mut feed = Feed::open(scope, index, &parts[index], read, &account.options)?;
                match feed.receive(account)? {
                    None => open.push(feed),
                    Some(apart) => ended[index] = Some(feed.end(apart)?),
                }
            }
            let Some((at, until)) = earliest(&open) else { break };
            let feed = &mut open[at];
            if !feed.judge(account, until, &mut now_ns) {
                continue;
            }
            feed.hand_on(account)?;
            progress();
            if let Some(apart) = feed.receive(account)? {
                let feed = open.swap_remove(at);
                let index = feed.index;
                ended[index] = Some(feed.end(apart)?);
            }
        }
        Ok(())
    })?;
    let tied = ended.iter().flatten().filter(|ended| ended.tied).count();
    for Ended { apart, files, back, .. } in ended.into_iter().flatten() {
        let back = back.filter(|_| tied > 1);
        let remark = back.map(|(file, place)| {
            let name = &apart.reading.files[file as usize];
            format!(
                "{name}: {place} is earlier than what was read before it: files are to be in the order of time, for \
                 replies and repeats in others not to be counted as events"
            )
        });
        account.join(*apart, &files)?;
        remark.into_iter().for_each(|remark| account.warn_of_all(remark));
    }
    Ok(())
}

/// The file whose next record is the earliest, and the time and the number of the one after it.
fn earliest(open: &[Feed]) -> Option<(usize, (i64, usize))> {
    let keys = open
        .iter()
        .enumerate()
        .map(|(at, feed)| (feed.next_ns(), feed.index, at));
    let (first, second) = keys.fold((None, None), |(first, second), key| match (first, second) {
        (Some(first), _) if key < first => (Some(key), Some(first)),
        (None, _) => (Some(key), None),
        (_, Some(second)) if key > second => (first, Some(second)),
        _ => (first, Some(key)),
    });
    let until = second.map_or((i64::MAX, usize::MAX), |(next_ns, index, _)| (next_ns, index));
    first.map(|(.., at)| (at, until))
}

/// What is left of a file that was read to its end.
struct Ended {
    apart: Box<Apart>,
    /// The numbers in the log of its files, of which an archive has several; none of those without a piece.
    files: Vec<Option<u32>>,
    /// Whether records of it are tied to others.
    tied: bool,
    /// Where it is not in the order of time: the first such place, and the file that it is in.
    back: Option<(u32, Place)>,
}

/// A file that is open.
struct Feed {
    /// Its number among the parts.
    index: usize,
    name: String,
    told: Receiver<Told>,
    /// The piece that is judged.
    piece: Option<Box<Relayed>>,
    /// For each of its records that were judged, why it is left out, if it is.
    reasons: Vec<Option<Reason>>,
    /// The latest time of a record so far.
    latest_ns: i64,
    files: Vec<Option<u32>>,
    tied: bool,
    back: Option<(u32, Place)>,
}

impl Feed {
    /// Has a thread read a part.
    fn open<'scope>(
        scope: &'scope Scope<'scope, '_>,
        index: usize,
        part: &'scope LogPart,
        read: &'scope Read<'scope>,
        options: &Options,
    ) -> Result<Self, InputError> {
        // A piece waits while the one before it is judged.
        let (send, told) = sync_channel(1);
        let (name, options) = (part.name(), options.clone());
        let work = move || {
            let mut relay = |relayed| send.send(Told::Piece(Box::new(relayed))).is_ok();
            let mut account = Account::apart(options, &mut relay);
            let read = read(part, &mut account);
            let apart = account.end_apart(read);
            // Where nobody waits any more, another file was refused.
            let _ = send.send(Told::End(Box::new(apart)));
        };
        let thread = thread::Builder::new().name(format!("file {index}"));
        match thread.spawn_scoped(scope, work) {
            Ok(_) => Ok(Self {
                index,
                name,
                told,
                piece: None,
                reasons: Vec::new(),
                latest_ns: i64::MIN,
                files: Vec::new(),
                tied: false,
                back: None,
            }),
            Err(error) => Err(InputError::Open { name, error }),
        }
    }

    /// Takes the next piece; returns what the file came to where there is none.
    fn receive(&mut self, account: &mut Account<'_>) -> Result<Option<Box<Apart>>, InputError> {
        let mut relayed = match self.told.recv() {
            Ok(Told::Piece(relayed)) => relayed,
            Ok(Told::End(apart)) => {
                account.follow_sources(apart.source_kind.as_ref());
                return Ok(Some(apart));
            }
            Err(_) => {
                return Err(InputError::Open {
                    name: self.name.clone(),
                    error: std::io::Error::other("a reading thread failed"),
                });
            }
        };
        account.follow_sources(relayed.source_kind.as_ref());
        if let Some(name) = relayed.begins.take() {
            self.files.resize(relayed.file as usize, None);
            self.files.push(Some(account.add_file(name)));
        }
        self.tied |= !relayed.piece.ties.is_empty();
        self.piece = Some(relayed);
        self.reasons.clear();
        Ok(None)
    }

    fn end(self, mut apart: Box<Apart>) -> Result<Ended, InputError> {
        std::mem::replace(&mut apart.read, Ok(()))?;
        Ok(Ended {
            apart,
            files: self.files,
            tied: self.tied,
            back: self.back,
        })
    }

    /// The time of the next record, or a later one of the same file; the earliest of all where it is tied to nothing,
    /// since it need not wait for others.
    fn next_ns(&self) -> i64 {
        let piece = self.piece.as_ref().map(|relayed| &relayed.piece);
        let tied = piece.filter(|piece| !piece.ties.is_empty());
        let next = tied.and_then(|piece| piece.events.get(self.reasons.len()));
        next.map_or(i64::MIN, |event| event.time_ns.max(self.latest_ns))
    }

    /// Judges records up to a time, and to the number of the part whose record has that time; false where some are
    /// left. `now_ns` is the latest time of all that were judged.
    fn judge(&mut self, account: &mut Account<'_>, until: (i64, usize), now_ns: &mut i64) -> bool {
        let Some(relayed) = &mut self.piece else { return true };
        let piece = &mut relayed.piece;
        let first = self.reasons.len();
        let records = piece.ties.iter().zip(&mut piece.events).zip(&piece.place_offsets);
        for ((tie, event), offset) in records.skip(first) {
            let latest_ns = self.latest_ns.max(event.time_ns);
            if (latest_ns, self.index) > until {
                return false;
            }
            if event.time_ns < now_ns.saturating_sub(MOST_BACK_NS) && self.back.is_none() {
                let number = relayed.first_place.number + u64::from(*offset);
                let place = Place {
                    number,
                    ..relayed.first_place
                };
                self.back = Some((relayed.file, place));
            }
            self.latest_ns = latest_ns;
            *now_ns = (*now_ns).max(event.time_ns);
            self.reasons.push(account.judge(tie, event));
        }
        true
    }

    /// Hands a piece on that was judged.
    fn hand_on(&mut self, account: &mut Account<'_>) -> Result<(), InputError> {
        let Some(relayed) = self.piece.take() else {
            return Ok(());
        };
        let file = self.files[relayed.file as usize].unwrap_or_default();
        account.hand_on(relayed.piece, &self.reasons, file, relayed.first_place)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::input::whole::{Whole, read_all};
    use crate::input::{LogPart, Options};
    use crate::model::Reason;
    use proptest::prelude::*;

    /// A UDP packet: its second, the number of its conversation, and whether it goes to the server.
    type Packet = (u32, u16, bool);

    /// A capture of packets whose ports do not tell who is the server.
    fn capture(packets: &[Packet]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
            bytes.extend(word.to_le_bytes());
        }
        for (secs, conversation, forward) in packets {
            let ends = [([203, 0, 113, 1], 40_000 + conversation), ([198, 51, 100, 2], 50_000)];
            let [from, to] = if *forward { ends } else { [ends[1], ends[0]] };
            for word in [1_767_312_000 + secs, 0, 28, 28] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0]);
            bytes.extend(from.0);
            bytes.extend(to.0);
            bytes.extend(from.1.to_be_bytes());
            bytes.extend(to.1.to_be_bytes());
            bytes.extend([0, 8, 0, 0]);
        }
        bytes
    }

    /// Reads captures as one log, from files that are named by their numbers.
    fn read(folder: &Path, captures: &[Vec<Packet>]) -> Whole {
        let write = |(number, packets): (usize, &Vec<Packet>)| {
            let path = folder.join(format!("{number}.pcap"));
            fs::write(&path, capture(packets)).unwrap();
            LogPart::File(path)
        };
        let parts: Vec<LogPart> = captures.iter().enumerate().map(write).collect();
        read_all(&parts, &Options::default()).unwrap()
    }

    /// Second and port of each event, in the order of time, and the number of replies.
    fn told(log: &Whole) -> (Vec<(i64, u16)>, u64) {
        let events = log.events.iter();
        let mut events: Vec<(i64, u16)> = events
            .map(|event| (event.time_ns / 1_000_000_000 - 1_767_312_000, event.port.number))
            .collect();
        events.sort_unstable();
        (events, log.left_out.get(&Reason::Reply).map_or(0, |left| left.rows))
    }

    #[test]
    fn who_began_may_stand_in_another_file_however_long_they_are() {
        let folder = tempfile::tempdir().unwrap();
        for count in [1, 3, 20_000] {
            // Conversations one after the other: the answer follows in the same second or in the next.
            let way = |forward: bool| {
                let packet = |number: u32| (2 * number + u32::from(!forward), (number % 20_000) as u16, forward);
                (0..count).map(packet).collect::<Vec<Packet>>()
            };
            let log = read(folder.path(), &[way(false), way(true)]);
            let expected = (0..i64::from(count)).map(|number| (2 * number, 50_000)).collect();
            assert_eq!(told(&log), (expected, u64::from(count)));
            assert_eq!((log.files.len(), log.rows), (2, 2 * u64::from(count)));
            assert!(
                log.warnings.iter().all(|warning| !warning.contains("order")),
                "{:?}",
                log.warnings
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn files_come_to_what_one_with_all_of_them_comes_to(
            packets in prop::collection::vec((0..3_u32, 0..6_u16, any::<bool>(), 0..8_usize), 1..60),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let (mut secs, mut whole, mut files) = (0, Vec::new(), vec![Vec::new(); 8]);
            for (step, conversation, forward, file) in packets {
                // Of records of one time, those in the file that is named first come first.
                secs += step + u32::from(step == 0);
                whole.push((secs, conversation, forward));
                files[file].push((secs, conversation, forward));
            }
            let expected = told(&read(folder.path(), &[whole]));
            prop_assert_eq!(told(&read(folder.path(), &files)), expected);
        }
    }

    #[test]
    fn more_files_than_are_open_at_once_are_read_in_the_order_in_which_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<Vec<Packet>> = (0..40).map(|hour| vec![(3600 * hour, 1, hour == 0)]).collect();
        let log = read(folder.path(), &files);
        assert_eq!(told(&log), (vec![(0, 50_000)], 39));
        assert_eq!(log.files.len(), 40);
    }

    #[test]
    fn files_that_are_not_in_the_order_of_time_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let late = vec![(20_000, 1, true), (10_000, 1, true), (30_000, 1, true)];
        let told = |files: &[Vec<Packet>]| {
            let log = read(folder.path(), files);
            let warnings = log.warnings.iter();
            let told = warnings.filter(|warning| warning.contains("not to be counted as events"));
            told.cloned().collect::<Vec<_>>()
        };
        let [warning] = &told(&[late.clone(), vec![(25_000, 1, false)]])[..] else {
            panic!()
        };
        assert!(warning.contains("0.pcap: packet 2 is earlier than"), "{warning}");
        // Alone, or beside files that nothing ties to it, it is as it always was.
        assert!(told(&[late]).is_empty());
    }
}
