//! Pictures to files: H.264 in MP4, and PNG; and text.
//!
//! Owns everything between a finished picture (plain RGBA bytes or I420 planes) and a whole file
//! on disk, and every message about files. Must not know what the pictures show, who made them,
//! how frames are spread over threads, or what was typed: it imports nothing else of the project.

pub mod ffmpeg;
pub mod film;
pub mod frames;
pub mod h264;
pub mod mp4;
pub mod null;
mod openh264;
pub mod pixels;
pub mod png;
pub mod sink;
pub mod text;
pub mod whole_file;
pub mod y4m;

#[cfg(test)]
mod testing;

use std::io;
use std::path::PathBuf;

/// What a closed file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The name under which it appeared.
    pub path: PathBuf,
    /// Pictures in it.
    pub frames: u64,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Why no file could be made; each message says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The name is taken, and `--force` was not given.
    #[error("`{}` exists and is kept: choose another name, or add --force to replace it", path.display())]
    Exists {
        /// The output's name.
        path: PathBuf,
    },

    /// The name was free at the start, and was taken by another when the file was whole.
    #[error("`{}` was made by another program in the meantime and is kept: run again with another name, or add --force", path.display())]
    Appeared {
        /// The output's name.
        path: PathBuf,
    },

    /// A folder where a file name is needed.
    #[error("`{}` is a folder: add a file name, for example `{}`", path.display(), path.join("film.mp4").display())]
    IsFolder {
        /// The output's name.
        path: PathBuf,
    },

    /// A device, a pipe or a socket: these cannot be replaced by a finished file.
    #[error("`{}` is not a file (a device or a pipe): choose a file name", path.display())]
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
        /// What the system said.
        error: io::Error,
    },

    /// The disk, the quota or the largest file size is used up.
    #[error("no room for `{}`: {error}; free some, or choose a folder on another disk (nothing was left behind)", path.display())]
    NoRoom {
        /// The output's name.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },

    /// Any other failure while writing.
    #[error("cannot write `{}`: {error}; check the disk, or choose another folder (nothing was left behind)", path.display())]
    Write {
        /// The output's name.
        path: PathBuf,
        /// What the system said.
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
        /// Asked for: frames.
        num: u32,
        /// Asked for: in so many seconds.
        den: u32,
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// The most whole frames a second at this size.
        most: u32,
    },

    /// Quality outside its scale.
    #[error("quality {quality} is outside 0 to 100: use --quality {}", h264::DEFAULT_QUALITY)]
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
        /// What the encoder said.
        reason: String,
    },

    /// Pieces of a film that do not belong to one film: a fault of ours.
    #[error("`{}` cannot be put together: {what}; this is a fault in portbloom, please report it", path.display())]
    Inconsistent {
        /// The output's name.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },

    /// More pictures than an MP4 table can count.
    #[error("`{}` would hold {frames} frames, and an MP4 file holds at most {most}: use a lower --fps or a faster --pace", path.display())]
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
