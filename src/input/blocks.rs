//! Logs made of blocks of bytes, each of which tells its length: cuts them, walks from block to block, and
//! where one makes no sense goes on at the next that does. Knows no format.
//!
//! A block is read once it is known what follows it, since a length that lies shows behind the block. What
//! makes no sense costs no more than itself: reading goes on where several blocks in a row make sense, be it
//! within the block whose length lied. Pieces of a log are cut where the next block makes sense, so it does
//! not matter for this where they are cut.

use std::ops::Range;
use std::sync::Arc;

use super::format::{Head, Parsed};
use super::options::Options;
use super::piece::Piece;
use crate::model::PlaceUnit;
use crate::words::counted;

/// Number of blocks in a row that make sense, from which on reading goes on.
const CHAIN: usize = 3;

/// The most bytes that a block may take: less than the most of a row, so that a piece can hold one.
pub(super) const MOST_BLOCK_BYTES: usize = 15 << 20;

/// Reads the blocks of a format. It holds what was learned from the head of the log, or from a block
/// further down, such as the interfaces of a capture.
pub(super) trait BlockReader: Clone + Send + Sync + 'static {
    /// The unit of places.
    const UNIT: PlaceUnit;

    /// Number of bytes by which a block's length is known.
    const HEADER_BYTES: usize;

    /// Number of bytes of a short block, by which memory is set aside.
    const SHORT_BYTES: usize;

    /// Whether a block seems to begin here, and how long it is. `before` are the bytes of the block before,
    /// where there is one that made sense.
    fn look(&self, bytes: &[u8], before: Option<&[u8]>) -> Look;

    /// Whether a block that makes sense behind the one before it does so by itself: a piece may begin with it.
    fn stands_alone(&self, _block: &[u8]) -> bool {
        true
    }

    /// What is wrong with the block that begins here, and what was expected.
    fn fault(&self, bytes: &[u8]) -> String;

    /// The reader of the blocks behind a block, where that changes it; it is then not read itself.
    fn behind(&self, block: &[u8]) -> Option<Self>;

    /// Brings what a block says into the piece, and counts its places; false where reading is to stop.
    fn read(&self, block: &[u8], piece: &mut Piece, options: &Options) -> bool;
}

/// What seems to begin at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A block of this length.
    Sure(usize),
    /// A block of this length, if those behind it make sense.
    Odd(usize),
    /// More bytes are needed to tell.
    More,
    /// No block.
    Wrong,
}

/// The head of a log that a reader reads block by block.
pub(super) struct Blocks<R> {
    reader: R,
    lost: Option<Lost>,
    /// The header of the block before the first, where that one makes sense behind it alone.
    before: Option<Box<[u8]>>,
}

/// What was skipped on the way to the next block that makes sense.
#[derive(Clone)]
struct Lost {
    /// Number of bytes so far.
    bytes: usize,
    /// What is wrong with the first of them.
    fault: String,
    /// The header of the last block that made sense.
    before: Option<Box<[u8]>>,
}

/// The outcome of a search for blocks that make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    At(usize),
    /// What begins here may make sense: more bytes are needed to tell.
    Perhaps(usize),
    Nowhere,
}

/// Whether blocks in a row make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chain {
    Holds,
    /// As far as the end of the log, which comes soon.
    Ends,
    Breaks,
    /// More bytes are needed to tell.
    Open,
}

/// Whether the blocks from `at` on make sense: the first few that are there. Where `sure`, each by itself.
fn chain<R: BlockReader>(reader: &R, bytes: &[u8], at: usize, before: Option<&[u8]>, last: bool, sure: bool) -> Chain {
    let open = if last { Chain::Breaks } else { Chain::Open };
    let (mut at, mut before) = (at, before);
    let mut changed: Option<R> = None;
    for number in 0..CHAIN {
        let rest = &bytes[at..];
        if rest.is_empty() && number > 0 {
            return if last { Chain::Ends } else { Chain::Open };
        }
        let reader = changed.as_ref().unwrap_or(reader);
        let length = match reader.look(rest, before) {
            Look::Sure(length) => length,
            Look::Odd(length) if !sure => length,
            // The end of a log that was cut off.
            Look::More if number > 0 && last => return Chain::Ends,
            Look::More => return open,
            Look::Odd(_) | Look::Wrong => return Chain::Breaks,
        };
        let Some(block) = rest.get(..length) else {
            return if number > 0 && last { Chain::Ends } else { open };
        };
        let behind = reader.behind(block);
        before = behind.is_none().then_some(block);
        changed = behind.or(changed);
        at += length;
    }
    Chain::Holds
}

/// Looks for the next block that makes sense, and is followed by such; at the end of the log, for one that
/// goes with the last that made sense.
fn search<R: BlockReader>(reader: &R, bytes: &[u8], places: Range<usize>, before: Option<&[u8]>, last: bool) -> Found {
    let end = (bytes.len() + 1).saturating_sub(R::HEADER_BYTES);
    for at in places.start..places.end.min(end) {
        let rest = &bytes[at..];
        if matches!(reader.look(rest, None), Look::Sure(_) | Look::More) {
            match chain(reader, bytes, at, None, last, true) {
                Chain::Holds => return Found::At(at),
                Chain::Ends if before.is_some() && matches!(reader.look(rest, before), Look::Sure(_)) => {
                    return Found::At(at);
                }
                Chain::Open => return Found::Perhaps(at),
                Chain::Ends | Chain::Breaks => {}
            }
        }
    }
    Found::Nowhere
}

impl<R: BlockReader> Blocks<R> {
    /// The head of a log.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            lost: None,
            before: None,
        }
    }
}

impl<R: BlockReader> Head for Blocks<R> {
    fn unit(&self) -> PlaceUnit {
        R::UNIT
    }

    fn cut(&self, bytes: &[u8], _: usize) -> Option<usize> {
        let mut changed: Option<R> = None;
        let (mut at, mut before, mut cut) = (0, None, None);
        loop {
            let reader = changed.as_ref().unwrap_or(&self.reader);
            let rest = &bytes[at..];
            let length = match reader.look(rest, before) {
                Look::Sure(length) => Some(length),
                Look::Odd(length) => match chain(reader, bytes, at, before, false, false) {
                    Chain::Holds | Chain::Ends => Some(length),
                    Chain::Open => return cut,
                    Chain::Breaks => None,
                },
                Look::More => return cut,
                Look::Wrong => None,
            };
            match length {
                Some(length) => {
                    cut = if at > 0 && reader.stands_alone(rest) {
                        Some(at)
                    } else {
                        cut
                    };
                    let Some(block) = rest.get(..length) else { return cut };
                    let behind = reader.behind(block);
                    before = behind.is_none().then_some(block);
                    changed = behind.or(changed);
                    at += length;
                }
                None => {
                    before = None;
                    match search(reader, bytes, at + 1..bytes.len(), None, false) {
                        Found::At(found) => at = found,
                        Found::Perhaps(found) => return Some(found),
                        Found::Nowhere => return Some(bytes.len()),
                    }
                }
            }
        }
    }

    fn parse(self: Arc<Self>, bytes: &[u8], last: bool, options: &Options) -> Parsed {
        let mut walk = Walk {
            bytes,
            last,
            options,
            reader: self.reader.clone(),
            changed: false,
            at: 0,
            before: self.before.clone(),
            left: None,
            waiting: None,
            piece: Piece::new(R::UNIT, bytes.len() / R::SHORT_BYTES, options),
        };
        let lost = walk.go(self.lost.clone());
        let before = walk.left;
        let changed = walk.changed || before != self.before || lost.is_some() || self.lost.is_some();
        let head = changed.then(|| {
            let reader = walk.reader;
            Arc::new(Self { reader, lost, before }) as Arc<dyn Head>
        });
        Parsed {
            piece: walk.piece,
            head,
        }
    }
}

/// The reading of a piece.
struct Walk<'a, R> {
    bytes: &'a [u8],
    last: bool,
    options: &'a Options,
    /// The reader of the block that waits, or of the one at `at` where none does.
    reader: R,
    /// Whether the reader is not that of the head any more.
    changed: bool,
    at: usize,
    /// That of the head: the header of the block before the first.
    before: Option<Box<[u8]>>,
    /// The same for the piece that follows.
    left: Option<Box<[u8]>>,
    waiting: Option<Waiting<R>>,
    piece: Piece,
}

/// A block that was not read yet: it ends at the place that is looked at.
struct Waiting<R> {
    from: usize,
    behind: Option<R>,
    /// Where the block before it begins, if it is in the piece and makes the blocks behind it known.
    previous: Option<usize>,
}

impl<R: BlockReader> Walk<'_, R> {
    /// Reads the piece to its end; what is being skipped there is for the next.
    fn go(&mut self, lost: Option<Lost>) -> Option<Lost> {
        let mut lost = lost;
        loop {
            if let Some(mut skipped) = lost.take() {
                let places = self.at..self.bytes.len();
                let found = search(&self.reader, self.bytes, places, skipped.before.as_deref(), self.last);
                let to = match found {
                    Found::At(to) | Found::Perhaps(to) => to,
                    Found::Nowhere if self.last => self.bytes.len(),
                    Found::Nowhere => self.at.max((self.bytes.len() + 1).saturating_sub(R::HEADER_BYTES)),
                };
                skipped.bytes += to - self.at;
                self.at = to;
                self.before = None;
                if !self.last && !matches!(found, Found::At(_)) {
                    self.piece.unfinished = Some(to);
                    return Some(skipped);
                }
                if !self.count_lost(&skipped) {
                    return None;
                }
            }
            match self.step() {
                Step::On => {}
                Step::End => return None,
                Step::Lost(start) => lost = Some(start),
            }
        }
    }

    /// Looks at the block that comes next, and reads the one before it.
    fn step(&mut self) -> Step {
        let rest = &self.bytes[self.at..];
        if rest.is_empty() {
            self.read_waiting();
            return Step::End;
        }
        let waiting = self.waiting.as_ref();
        let read = waiting.filter(|waiting| waiting.behind.is_none());
        let before = match waiting {
            Some(_) => read.map(|read| &self.bytes[read.from..self.at]),
            None => self.before.as_deref(),
        };
        let reader = waiting
            .and_then(|waiting| waiting.behind.as_ref())
            .unwrap_or(&self.reader);
        let length = match reader.look(rest, before) {
            Look::Sure(length) => length,
            Look::Odd(length) => match chain(reader, self.bytes, self.at, before, self.last, false) {
                Chain::Holds | Chain::Ends => length,
                Chain::Open => return self.wait(),
                Chain::Breaks => return self.wrong(),
            },
            Look::More => usize::MAX,
            Look::Wrong => return self.wrong(),
        };
        let Some(block) = rest.get(..length) else {
            if !self.last {
                return self.wait();
            }
            // The log was cut off, unless the length lies.
            let inside = self.at + 1..self.bytes.len();
            if matches!(search(reader, self.bytes, inside, Some(rest), true), Found::At(_)) {
                return self.wrong();
            }
            if self.read_waiting() {
                let place = self.piece.places;
                self.piece.places += 1;
                self.piece.remark(
                    place,
                    "the log ends in the middle of it, as when the program that wrote it was killed; it is left out",
                );
            }
            return Step::End;
        };
        let behind = reader.behind(block);
        let previous = read.map(|read| read.from);
        if !self.read_waiting() {
            return Step::End;
        }
        self.waiting = Some(Waiting {
            from: self.at,
            behind,
            previous,
        });
        self.at += length;
        Step::On
    }

    /// Leaves what was not read to the piece that follows.
    fn wait(&mut self) -> Step {
        let from = self.waiting.as_ref().map_or(self.at, |waiting| waiting.from);
        self.piece.unfinished = Some(from);
        let known = |waiting: &Waiting<R>| !self.reader.stands_alone(&self.bytes[waiting.from..self.at]);
        self.left = match self.waiting.as_ref().filter(|waiting| known(waiting)) {
            Some(Waiting { previous: Some(at), .. }) => Some(self.bytes[*at..at + R::HEADER_BYTES].into()),
            _ if from == 0 => self.before.take(),
            _ => None,
        };
        Step::End
    }

    /// What comes next is no block. Where the one before it lied about its length, reading goes on within it.
    fn wrong(&mut self) -> Step {
        let mut before = None;
        if let Some(Waiting { from, .. }) = self.waiting {
            let header = &self.bytes[from..from + R::HEADER_BYTES];
            match search(&self.reader, self.bytes, from + 1..self.at, Some(header), self.last) {
                Found::At(to) => {
                    self.waiting = None;
                    self.before = None;
                    self.at = to;
                    let on = self.count_unreadable(|| {
                        let bytes = counted(to as u64 - from as u64, "byte");
                        format!("its length is wrong: the next begins {bytes} behind its beginning")
                    });
                    return if on { Step::On } else { Step::End };
                }
                Found::Perhaps(_) => return self.wait(),
                Found::Nowhere => before = Some(header.into()),
            }
        }
        if !self.read_waiting() {
            return Step::End;
        }
        Step::Lost(Lost {
            bytes: 0,
            fault: self.reader.fault(&self.bytes[self.at..]),
            before,
        })
    }

    /// Reads the block that waits; false where reading is to stop.
    fn read_waiting(&mut self) -> bool {
        match self.waiting.take() {
            None => true,
            Some(Waiting {
                behind: Some(behind), ..
            }) => {
                self.reader = behind;
                self.changed = true;
                true
            }
            Some(Waiting { from, behind: None, .. }) => {
                self.reader
                    .read(&self.bytes[from..self.at], &mut self.piece, self.options)
            }
        }
    }

    /// Counts what was skipped as one place; false where reading is to stop.
    fn count_lost(&mut self, lost: &Lost) -> bool {
        let behind = if self.at == self.bytes.len() {
            "to the end of the log"
        } else {
            "to the next that makes sense"
        };
        self.count_unreadable(|| {
            format!(
                "{}; {} skipped {behind}",
                lost.fault,
                counted(lost.bytes as u64, "byte")
            )
        })
    }

    fn count_unreadable(&mut self, what: impl FnOnce() -> String) -> bool {
        let place = self.piece.places;
        self.piece.places += 1;
        self.piece.unreadable(self.options.strict, place, what)
    }
}

/// The outcome of a look at a block.
enum Step {
    On,
    /// The end of the piece.
    End,
    /// No block is here.
    Lost(Lost),
}
