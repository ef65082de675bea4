//! The seam between reading and the formats of logs.
//!
//! A log that is read from first to last, from anywhere, is of a [`Format`]: it recognises the log by
//! its first bytes and returns a [`Head`], by which pieces of the log are cut and read, side by side.
//! A log that is a file to be read in any order is of a [`FileFormat`], which feeds the
//! [`Account`] itself.

use std::path::Path;
use std::sync::Arc;

use super::account::Account;
use super::error::InputError;
use super::options::Options;
use super::piece::Piece;
use crate::model::{Measure, PlaceUnit};

/// A format of logs that are read from first to last.
pub(super) trait Format: Sync {
    /// What the format is called, and what of it is counted.
    fn about(&self) -> About;

    /// Whether the columns of its logs can be named outright ([`Options::columns`]). Where some are, such
    /// formats are tried first.
    fn takes_columns(&self) -> bool {
        false
    }

    /// The kinds of this format that can be asked for by a name of their own.
    fn dialects(&self) -> Vec<About> {
        Vec::new()
    }

    /// Looks at the beginning of a log.
    fn begin(&self, start: &Start<'_>) -> Begin;
}

/// A format, as a list of them tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// Its name for `--format`: small letters, digits and hyphens.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What is an event, what is its host, and which records are replies and repeats.
    pub counted: &'static str,
    /// What can be measured of its logs, as far as they have it.
    pub measures: &'static [Measure],
}

impl About {
    /// The measures of formats that have packets and bytes.
    pub const EVERY: &'static [Measure] = &Measure::ALL;
    /// Those of formats that have packets.
    pub const WITHOUT_BYTES: &'static [Measure] = &[Measure::Packets, Measure::Records];
    /// Those of formats that tell of sessions.
    pub const RECORDS: &'static [Measure] = &[Measure::Records];
}

impl dyn Format + '_ {
    /// The format and its dialects.
    pub fn abouts(&self) -> impl Iterator<Item = About> {
        std::iter::once(self.about()).chain(self.dialects())
    }
}

/// The beginning of a log.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    pub options: &'a Options,
    /// All formats, for one that wraps logs of others.
    pub formats: &'a [&'a dyn Format],
    /// Name of the log in messages.
    pub name: &'a str,
    /// Time at which it was written last, in nanoseconds since 1970: of a file when it was modified, of
    /// others now.
    pub modified_ns: i64,
    /// Its last bytes, [`SAMPLE_BYTES`] at most; empty where only reading all of it would bring them.
    pub last: &'a [u8],
    /// Its first bytes: all of them, or [`SAMPLE_BYTES`] at least.
    pub bytes: &'a [u8],
    /// Whether these are all.
    pub whole: bool,
}

/// Number of bytes that a format can look at before it decides how to read a log.
pub(super) const SAMPLE_BYTES: usize = 1 << 16;

/// The answer of a format to the beginning of a log.
pub(super) enum Begin {
    /// The log is of this format.
    Head(Begun),
    /// More bytes are needed to tell.
    More,
    /// The log is of another format, or of none; the error tells what this one would have needed.
    Other(InputError),
    /// The log is of this format, and cannot be read.
    Refused(InputError),
}

/// A log whose head was read.
pub(super) struct Begun {
    pub head: Arc<dyn Head>,
    /// Offset of its first row in bytes.
    pub at: usize,
    /// Number of places before.
    pub places: u64,
    /// The format, and the fields that were taken for what, in one line; empty where there is nothing to say.
    pub taken: String,
    /// Remarks for the user.
    pub remarks: Vec<String>,
}

/// Everything that is needed to read the pieces of a log: the columns of a table, the link type of a
/// capture. A piece may change it for the pieces that follow.
pub(super) trait Head: Send + Sync {
    /// The unit that places of the log are counted in.
    fn unit(&self) -> PlaceUnit;

    /// The end of a piece: after the last row that seems to end in `bytes`, which begin with a row.
    /// No row ends in the first `searched` bytes. A guess will do: [`Head::parse`] tells where it was wrong.
    fn cut(&self, bytes: &[u8], searched: usize) -> Option<usize>;

    /// The end of the first line in `bytes`, of a format whose places are lines: reading goes on there behind a
    /// line that is too long to be a row.
    fn line_end(&self, bytes: &[u8]) -> Option<usize> {
        memchr::memchr(b'\n', bytes).map(|newline| newline + 1)
    }

    /// Whether rows may have addresses of sources.
    fn has_addresses(&self) -> bool {
        true
    }

    /// Reads the rows of a piece that begins with a row. Only the last piece of a log may end in the
    /// middle of one.
    fn parse(self: Arc<Self>, bytes: &[u8], last: bool, options: &Options) -> Parsed;
}

/// A piece that was read.
pub(super) struct Parsed {
    pub piece: Piece,
    /// The head of the pieces below, where this one changes it.
    pub head: Option<Arc<dyn Head>>,
}

/// A format of files that are read in any order of their bytes.
pub(super) trait FileFormat: Sync {
    /// What the format is called, and what of it is counted.
    fn about(&self) -> About;

    /// Opens a file if it is of this format.
    ///
    /// # Errors
    /// [`InputError`] for a file of this format that cannot be read.
    fn open(&self, path: &Path) -> Result<Option<Box<dyn LogFile>>, InputError>;
}

/// The films that a prepared log was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MadeFor {
    /// Length of their bins in nanoseconds, of which theirs are multiples.
    pub bin_ns: i64,
    /// Where the log does not tell that length: the largest that the starts of all its bins are multiples of. The length
    /// is concluded from that, and other logs beside it may show that it is shorter.
    pub starts_ns: Option<u64>,
    /// Packets of a bubble of the least size where bubbles are few, where the log names a number.
    pub unit: Option<u64>,
    /// What their bubbles count.
    pub measure: Measure,
}

/// The longest bin that is concluded from starts alone: a week. A few starts may have more in common by
/// chance, and a single one is a multiple of itself.
pub(super) const MOST_CONCLUDED_NS: u64 = 7 * 86_400_000_000_000;

/// The largest length that two others are multiples of; 0 is a multiple of all.
pub(super) fn in_common(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { in_common(b, a % b) }
}

impl MadeFor {
    /// What this log and another beside it were made for; `None` where their bins differ.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        let unit = self.unit.max(other.unit);
        let fits = |told: Self, starts_ns: u64| {
            let fits = starts_ns.is_multiple_of(told.bin_ns.unsigned_abs());
            fits.then_some(Self { unit, ..told })
        };
        match (self.starts_ns, other.starts_ns) {
            (None, None) => (self.bin_ns == other.bin_ns).then_some(Self { unit, ..self }),
            (None, Some(starts_ns)) => fits(self, starts_ns),
            (Some(starts_ns), None) => fits(other, starts_ns),
            (Some(one), Some(another)) => {
                let common = in_common(one, another);
                let is_by_starts = |log: &Self, starts_ns: u64| log.bin_ns.unsigned_abs() == starts_ns;
                // Several starts, as in a log by itself.
                let several = one != another || is_by_starts(&self, one) || is_by_starts(&other, another);
                let bin_ns = match i64::try_from(common) {
                    Ok(bin_ns) if several && (1..=MOST_CONCLUDED_NS).contains(&common) => bin_ns,
                    _ => self.bin_ns.max(other.bin_ns),
                };
                Some(Self {
                    bin_ns,
                    starts_ns: Some(common),
                    unit,
                    ..self
                })
            }
        }
    }
}

/// A file of a [`FileFormat`].
pub(super) trait LogFile {
    /// What a prepared log was made for; `None` for other logs.
    fn made_for(&self) -> Option<MadeFor>;

    /// The start of its first bin in nanoseconds, as far as a prepared log tells it without being read.
    fn first_ns(&self) -> Option<i64>;

    /// Reads the file into an account; `progress` is told the number of bytes read since its last call.
    ///
    /// # Errors
    /// [`InputError`] where the file is damaged.
    fn read(&self, account: &mut Account<'_>, progress: &mut dyn FnMut(u64)) -> Result<(), InputError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_beside_each_other_have_the_bins_of_all() {
        const MINUTE: i64 = 60_000_000_000;
        const DAY: i64 = 1440 * MINUTE;
        let told = |bin_ns| MadeFor {
            bin_ns,
            starts_ns: None,
            unit: None,
            measure: Measure::Packets,
        };
        let concluded = |bin_ns, starts_ns: i64| MadeFor {
            starts_ns: Some(starts_ns.unsigned_abs()),
            unit: Some(3),
            ..told(bin_ns)
        };
        let bin = |one: MadeFor, other: MadeFor| one.and(other).map(|both| both.bin_ns);
        assert_eq!(bin(told(MINUTE), told(MINUTE)), Some(MINUTE));
        assert_eq!(bin(told(MINUTE), told(5 * MINUTE)), None);
        // Bubbles of few bins may have more in common.
        assert_eq!(
            bin(told(5 * MINUTE), concluded(60 * MINUTE, 60 * MINUTE)),
            Some(5 * MINUTE)
        );
        assert_eq!(bin(concluded(60 * MINUTE, 60 * MINUTE), told(25 * MINUTE)), None);
        assert_eq!(
            bin(concluded(60 * MINUTE, 60 * MINUTE), concluded(5 * MINUTE, 5 * MINUTE)),
            Some(5 * MINUTE)
        );
        // A single start each: of one day, and of days that follow each other.
        let single = |day: i64, bin_ns| concluded(bin_ns, day * DAY);
        assert_eq!(
            bin(single(20_000, MINUTE), single(20_000, 2 * MINUTE)),
            Some(2 * MINUTE)
        );
        assert_eq!(bin(single(20_000, MINUTE), single(20_001, 2 * MINUTE)), Some(DAY));
        assert_eq!(bin(single(0, MINUTE), single(0, 2 * MINUTE)), Some(2 * MINUTE));
        assert_eq!(told(MINUTE).and(concluded(MINUTE, MINUTE)).unwrap().unit, Some(3));
    }
}
