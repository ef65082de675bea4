//! The mark of a part: which film it is a part of, and which one. A part carries it in its file, so that parts can be
//! put together, and what is no part of the same film is told.
//!
//! Knows no format of files: what is written where is up to each.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::OutputError;
use super::chapters::Chapter;
use crate::words::grouped;

/// Digits of each number in a word.
const WORD_DIGITS: usize = 8;

/// What a part is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Version of the program that made it.
    pub portbloom: String,
    /// A number of the log's bubbles and names, in hexadecimal digits.
    pub log: String,
    /// The same of all settings on which a picture and its bytes depend.
    pub settings: String,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Frames a second as a fraction.
    pub fps: (u32, u32),
    /// The frames that it was to hold, by their numbers in the film.
    pub frames: Range<u64>,
    /// Frames of the film.
    pub film_frames: u64,
    /// Frames of a segment.
    pub segment_frames: u64,
    /// Its number among the shards of the film, from 1, and how many there are; where it was made as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<(u32, u32)>,
    /// What drew it.
    #[serde(default)]
    pub painter: String,
    /// The words of the command that made it, without the choice of frames; none where the file has no room for them.
    #[serde(default)]
    pub command: Vec<String>,
    /// The chapters of the film.
    #[serde(default)]
    pub chapters: Vec<Chapter>,
}

impl Mark {
    /// Whether it is of a part, and not of a whole film.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.shard.is_some() || self.frames != (0..self.film_frames)
    }

    /// As a file keeps it.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and texts are valid JSON")
    }

    /// The part of a shard's mark that has room in few letters: without command and chapters, and with the first digits
    /// of the numbers.
    pub(super) fn to_word(&self) -> Option<String> {
        let (number, of) = self.shard?;
        let Self {
            portbloom,
            frames,
            film_frames,
            ..
        } = self;
        let [log, settings] = [&self.log, &self.settings].map(|digits| &digits[..digits.len().min(WORD_DIGITS)]);
        let Range { start, end } = frames;
        Some(format!(
            "{portbloom}:{log}:{settings}:{start}:{end}:{film_frames}:{number}:{of}"
        ))
    }

    /// The mark that such a word tells of, for pictures of this size at this rate.
    pub(super) fn from_word(word: &str, size: [u32; 2], fps: (u32, u32)) -> Option<Self> {
        let mut words = word.split(':');
        let mut texts = [String::new(), String::new(), String::new()];
        for text in &mut texts {
            *text = words.next()?.to_owned();
        }
        let mut number = || words.next()?.parse::<u64>().ok();
        let (start, end, film_frames) = (number()?, number()?, number()?);
        let shard = (number()?.try_into().ok()?, number()?.try_into().ok()?);
        let [portbloom, log, settings] = texts;
        words.next().is_none().then_some(Self {
            portbloom,
            log,
            settings,
            size,
            fps,
            frames: start..end,
            film_frames,
            segment_frames: 1,
            shard: Some(shard),
            painter: String::new(),
            command: Vec::new(),
            chapters: Vec::new(),
        })
    }
}

/// The frames of shard `number` of `of`, from 1, of a film whose segments have `segment_frames`: whole segments, as
/// many of them as in every other shard or one more. `None` where there are fewer segments than shards.
#[must_use]
pub fn frames_of_shard(number: u32, of: u32, film_frames: u64, segment_frames: u64) -> Option<Range<u64>> {
    let segments = film_frames.div_ceil(segment_frames);
    let edge = |number: u32| {
        let segment = u128::from(segments) * u128::from(number) / u128::from(of);
        (segment as u64 * segment_frames).min(film_frames)
    };
    let frames = edge(number - 1)..edge(number);
    (u64::from(of) <= segments).then_some(frames)
}

/// A part that was found.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its file, or the pattern of its files.
    pub path: PathBuf,
    /// What it is of.
    pub mark: Mark,
    /// The frames that it holds, by their numbers in the film; as many as its mark says, or fewer.
    pub frames: Range<u64>,
}

/// Opens the file of a part; also its length in bytes.
pub(super) fn open_part(path: &Path) -> Result<(File, u64), PartError> {
    let unreadable = |error| PartError::unreadable(path, error);
    let file = File::open(path).map_err(unreadable)?;
    match file.metadata().map_err(unreadable)?.len() {
        0 => Err(PartError::Empty(path.into())),
        bytes => Ok((file, bytes)),
    }
}

impl Part {
    /// A part of this many frames, the first of those that its mark says.
    pub(super) fn new(path: &Path, mark: Mark, frames: u64) -> Result<Self, PartError> {
        let first = mark.frames.start;
        let frames = first..first.saturating_add(frames);
        if frames.end > mark.frames.end || mark.frames.end > mark.film_frames {
            return Err(PartError::damaged(path, "it has more frames than its mark says"));
        }
        Ok(Self {
            path: path.into(),
            mark,
            frames,
        })
    }

    /// Number of the frames that it holds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.frames.end - self.frames.start
    }
}

impl PartError {
    /// The file that it is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Missing(path) | Self::AtWork(path) | Self::Empty(path) | Self::Changed(path) => path,
            Self::Unreadable { path, .. }
            | Self::EndsEarly { path, .. }
            | Self::NoPart { path, .. }
            | Self::Damaged { path, .. } => path,
        }
    }

    /// A file of something else.
    pub(super) fn no_part(path: &Path, what: &'static str) -> Self {
        Self::NoPart {
            path: path.into(),
            what,
        }
    }

    /// A file whose contents do not fit each other.
    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.into(),
            what: what.into(),
        }
    }

    /// A file of this many bytes, which ends before what it announces does.
    pub(super) fn ends_early(path: &Path, bytes: u64) -> Self {
        Self::EndsEarly {
            path: path.into(),
            bytes,
        }
    }

    /// The system's refusal to read a part.
    pub(super) fn unreadable(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing(path.into()),
            _ => Self::Unreadable {
                path: path.into(),
                error,
            },
        }
    }
}

/// The reason why a file is of no use as a part.
#[derive(Debug, Error)]
pub enum PartError {
    /// No such file.
    #[error("there is no `{}`", .0.display())]
    Missing(PathBuf),
    /// A file that another run is writing.
    #[error("`{}` is still being made by another run: wait for it", .0.display())]
    AtWork(PathBuf),
    /// The system refuses it.
    #[error("`{}` cannot be read: {error}", path.display())]
    Unreadable {
        /// The part.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// A file without bytes.
    #[error("`{}` is empty: it was cut short, or is still being written", .0.display())]
    Empty(PathBuf),
    /// A file that ends before what it announces does.
    #[error("`{}` ends early, after {} bytes: it was cut short, or is still being written", path.display(), grouped(*bytes))]
    EndsEarly {
        /// The part.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// A file of something else.
    #[error("`{}` is no part of a film: {what}", path.display())]
    NoPart {
        /// The file.
        path: PathBuf,
        /// What it lacks.
        what: &'static str,
    },
    /// A file whose contents do not fit each other.
    #[error("`{}` is damaged: {what}", path.display())]
    Damaged {
        /// The part.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// A file that is another one than a moment ago.
    #[error("`{}` was changed while it was being read: wait until it is whole", .0.display())]
    Changed(PathBuf),
}

/// The reason why parts were not put together.
#[derive(Debug, Error)]
pub enum JoinError {
    /// One of them is of no use.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The film cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_whole_segments_and_together_the_film() {
        for (film_frames, segment_frames) in [(8134, 50), (50, 50), (51, 50), (1, 50), (163, 1), (1_000_001, 60)] {
            let segments = u64::div_ceil(film_frames, segment_frames) as u32;
            for of in [1, 2, 3, 4, 7, segments].into_iter().filter(|of| *of <= segments) {
                let shards: Vec<_> = (1..=of)
                    .map(|number| frames_of_shard(number, of, film_frames, segment_frames).unwrap())
                    .collect();
                assert_eq!(shards[0].start, 0);
                assert_eq!(shards.last().unwrap().end, film_frames);
                assert!(shards.windows(2).all(|two| two[0].end == two[1].start));
                assert!(shards.iter().all(|shard| !shard.is_empty()), "{shards:?}");
                assert!(
                    shards.iter().all(|shard| shard.start % segment_frames == 0),
                    "{shards:?}"
                );
                let lengths = shards
                    .iter()
                    .map(|shard| (shard.end - shard.start).div_ceil(segment_frames));
                assert!(lengths.clone().max().unwrap() - lengths.min().unwrap() <= 1);
            }
            assert_eq!(frames_of_shard(1, segments + 1, film_frames, segment_frames), None);
        }
    }
}
