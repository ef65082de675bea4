//! Pictures to files: H.264 in MP4, and PNG; and text.
//!
//! Owns everything between a finished picture (plain RGBA bytes or I420 planes) and a whole file
//! on disk, and every message about files. Must not know what the pictures show, who made them,
//! how frames are spread over threads, or what was typed: it imports nothing else of the project.

mod bt709;
pub mod chapters;
pub mod ffmpeg;
pub mod film;
pub mod flashes;
pub mod frames;
pub mod h264;
pub mod inline;
pub mod mark;
pub mod mp4;
pub mod names;
pub mod null;
pub mod numbered;
mod openh264;
pub mod picture;
pub mod pixels;
mod place;
pub mod png;
pub mod quality;
mod reserve;
pub mod rests;
pub mod sink;
pub mod text;
pub mod whole_file;
pub mod y4m;

#[cfg(test)]
mod testing;

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use crate::words::{counted, first_of, grouped};

/// A closed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The name under which it appeared.
    pub path: PathBuf,
    /// Pictures in it.
    pub frames: u64,
    /// Its length in bytes.
    pub bytes: u64,
}

/// The reason why no file could be made; each message says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The name is taken, and `--force` was not given.
    #[error("`{}` exists and is kept: choose another name, or add --force to replace it", path.display())]
    Exists {
        /// The output's name.
        path: PathBuf,
    },

    /// A numbered picture is there already, and `--force` was not given.
    #[error("`{}` exists and is kept: choose another name, add --force to replace it, or begin with the first picture that is missing: --frames {next}..", path.display())]
    FramesExist {
        /// The picture.
        path: PathBuf,
        /// Number of the first frame without a picture.
        next: u64,
    },

    /// The name was free at the start, and was taken by another when the file was whole.
    #[error("`{}` was made by another program in the meantime and is kept; what was made is whole and is called `{}`", path.display(), kept.display())]
    Appeared {
        /// The output's name.
        path: PathBuf,
        /// Where the whole file is.
        kept: PathBuf,
    },

    /// The file is whole, and the system refused to give it its name.
    #[error("what was made is whole, but could not be named `{}`: {error}; it is called `{}`", path.display(), kept.display())]
    NotNamed {
        /// The output's name.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
        /// Where the whole file is.
        kept: PathBuf,
    },

    /// A file that is both read and written, or written twice.
    #[error("`{}` is named twice: as {role}, and as {other_role}{}; give each a file of its own", path.display(), other_name(path, other))]
    NamedTwice {
        /// The file that would be replaced.
        path: PathBuf,
        /// Its role, like `the report`.
        role: &'static str,
        /// Its other name.
        other: PathBuf,
        /// Its role by that name.
        other_role: &'static str,
    },

    /// A folder where a file name is needed.
    #[error("`{}` is a folder: add a file name, for example `{}`", path.display(), path.join("film.mp4").display())]
    IsFolder {
        /// The output's name.
        path: PathBuf,
    },

    /// A device or a pipe, for an output that has to be a file.
    #[error("`{}` is a device or a pipe, and this kind of output has to be a file: choose a file name", path.display())]
    NotAFile {
        /// The output's name.
        path: PathBuf,
    },

    /// The folder of the output is missing.
    #[error("cannot write `{}`: there is no folder `{}`; make it first, or choose another name", path.display(), folder.display())]
    NoFolder {
        /// The output's name.
        path: PathBuf,
        /// The folder it names.
        folder: PathBuf,
    },

    /// The folder refuses new files.
    #[error("cannot write `{}`: {error}; choose a folder that you may write to", path.display())]
    Unwritable {
        /// The output's name.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },

    /// The disk, the quota or the largest file size is used up.
    #[error("no room for `{}`: {error}; free some, or choose a folder on another disk", path.display())]
    NoRoom {
        /// The output's name.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },

    /// Any other failure while writing.
    #[error("cannot write `{}`: {error}; check the disk, or choose another folder", path.display())]
    Write {
        /// The output's name.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },

    /// 4:2:0 halves both sides, and a picture has at least a macroblock.
    #[error(
        "a film of {width}x{height} pixels cannot be encoded: width and height must be even and at least 16; use --size {better_width}x{better_height}"
    )]
    SizeOdd {
        /// Asked for, in pixels.
        width: u32,
        /// Asked for, in pixels.
        height: u32,
        /// The nearest that works, in pixels.
        better_width: u32,
        /// The nearest that works, in pixels.
        better_height: u32,
    },

    /// Larger than the built-in encoder takes.
    #[error(
        "a film of {width}x{height} pixels is too large for the built-in H.264 encoder (at most 3840x2160, or 2160x3840 upright): the largest of this shape is --size {largest_width}x{largest_height}; --encoder ffmpeg makes larger ones"
    )]
    SizeTooLarge {
        /// Asked for, in pixels.
        width: u32,
        /// Asked for, in pixels.
        height: u32,
        /// The largest of the same shape, in pixels.
        largest_width: u32,
        /// The largest of the same shape, in pixels.
        largest_height: u32,
    },

    /// Beyond the highest level that the encoder can declare, or no rate at all.
    #[error(
        "{num}/{den} frames a second is not possible at {width}x{height} (H.264 level 5.2 ends at {most}): use --fps {most} or less, or a smaller --size"
    )]
    FrameRate {
        /// Frames asked for ...
        num: u32,
        /// ... in this number of seconds.
        den: u32,
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// The most whole frames a second at this size.
        most: u32,
    },

    /// Quality outside its scale.
    #[error("quality {quality} is outside 0 to 100: use --quality {}", quality::DEFAULT_QUALITY)]
    Quality {
        /// Asked for.
        quality: u8,
    },

    /// The encoder gave up.
    #[error(
        "the H.264 encoder failed at frame {frame} of a segment: {reason}; try a lower --quality or a smaller --size"
    )]
    Encoder {
        /// Counted from 0 within the segment.
        frame: usize,
        /// The encoder's reason.
        reason: String,
    },

    /// Pieces of a film that do not belong to one film: a fault of ours.
    #[error("`{}` cannot be put together: {what}; this is a fault in portbloom, please report it", path.display())]
    Inconsistent {
        /// The output's name.
        path: PathBuf,
        /// The part that does not fit.
        what: String,
    },

    /// More pictures than an MP4 table can count.
    #[error("`{}` would hold {} frames, and an MP4 file holds at most {}: use a lower --fps or a faster --pace", path.display(), grouped(*frames), grouped(*most))]
    TooManyFrames {
        /// The output's name.
        path: PathBuf,
        /// Asked for.
        frames: u64,
        /// The most.
        most: u64,
    },

    /// A film without a picture is not a film.
    #[error("`{}` was not made: there is no frame to write", path.display())]
    NoFrames {
        /// The output's name.
        path: PathBuf,
    },

    /// No ffmpeg to hand pictures to.
    #[error(
        "`--encoder ffmpeg` needs the program ffmpeg on PATH: {error}; install it (`apt install ffmpeg`), or leave the option out for the built-in encoder"
    )]
    NoFfmpeg {
        /// The system's reason.
        error: io::Error,
    },

    /// An option for ffmpeg that would make another film than the one asked for.
    #[error("--encoder-args: `{option}` is refused: {why}")]
    FfmpegOption {
        /// The option, or the word in its place.
        option: String,
        /// The reason, and what to do.
        why: String,
    },

    /// A container of ffmpeg's that is many files.
    #[error("`{}` would be many files, and a film by ffmpeg is one: make film.mp4, and cut it with `ffmpeg -i film.mp4 -c copy`; numbered pictures are -o frames/%05d.png without --encoder ffmpeg", path.display())]
    ManyFiles {
        /// The output.
        path: PathBuf,
    },

    /// A film of ffmpeg's that holds another number of pictures than went in.
    #[error("ffmpeg was given {} for `{}` and made {}: leave out the --encoder-args, or take another --codec or container", counted(*frames, "frame"), path.display(), grouped(*made))]
    FfmpegFrames {
        /// The output.
        path: PathBuf,
        /// Pictures in the film.
        made: u64,
        /// Pictures that went in.
        frames: u64,
    },

    /// A failure after which a part of the film was kept.
    #[error("{error}{}`{}` holds {}", separator(error), path.display(), first_of(*frames, *announced))]
    PartKept {
        /// The failure.
        error: Box<OutputError>,
        /// Where the part is.
        path: PathBuf,
        /// Pictures in it.
        frames: u64,
        /// Pictures of the whole film.
        announced: u64,
    },

    /// ffmpeg ended before the film did, or refused it.
    #[error("ffmpeg could not make `{}` ({status}); its last words:\n{words}", path.display())]
    Ffmpeg {
        /// The output.
        path: PathBuf,
        /// How it ended.
        status: String,
        /// The end of what it said.
        words: String,
    },
}

impl OutputError {
    /// Whether a command line that asks for it is wrong by itself, whatever files and programs there are.
    #[must_use]
    pub const fn is_wrong_line(&self) -> bool {
        matches!(
            self,
            Self::NamedTwice { .. }
                | Self::SizeOdd { .. }
                | Self::SizeTooLarge { .. }
                | Self::FrameRate { .. }
                | Self::Quality { .. }
                | Self::FfmpegOption { .. }
                | Self::ManyFiles { .. }
        )
    }

    /// The same failure, with the file that keeps a part of the film, if there is one.
    fn with_part(self, kept: Option<Finished>, announced: u64) -> Self {
        match kept {
            None => self,
            Some(Finished { path, frames, .. }) => Self::PartKept {
                error: Box::new(self),
                path,
                frames,
                announced,
            },
        }
    }
}

/// Between a message and what follows it: a line of its own where the message has several.
#[must_use]
pub fn separator(message: &impl Display) -> &'static str {
    if message.to_string().contains('\n') { "\n" } else { "; " }
}

/// The other name of a file that is named twice, where it differs.
fn other_name(path: &Path, other: &Path) -> String {
    if path == other {
        return String::new();
    }
    format!(" by the name `{}`", other.display())
}
