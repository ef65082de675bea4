//! The traits of every kind of output: pictures go in on many threads, a file comes out of one.
//!
//! A film is cut into segments. A [`Format`] makes an [`Encoder`] for each, on whatever thread; the
//! pieces that encoders make go in order to the one [`Sink`].

use std::path::PathBuf;

use super::chapters::Chapter;
use super::h264::Segment;
use super::mark::Mark;
use super::picture::Picture;
use super::{Finished, OutputError};

/// The pictures that a format takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Either kind: it encodes planes, and converts RGBA itself.
    Planes,
    /// [`Picture::Rgba`] only.
    Rgba,
    /// Either kind; it does not look.
    Nothing,
}

/// The coded pictures of a segment.
#[derive(Debug)]
pub enum Piece {
    /// Coded pictures.
    Segment(Segment),
    /// Pictures as bytes to be written as they are, and how many.
    Bytes(Vec<u8>, u64),
    /// The number of pictures that went elsewhere; nothing is to be written.
    Done(u64),
}

/// Makes a piece of one segment's pictures.
pub trait Encoder: Send {
    /// Takes over a picture; afterwards its bytes may change.
    fn load(&mut self, picture: Picture<'_>);

    /// Encodes the picture loaded last.
    ///
    /// # Errors
    /// [`OutputError`]: the encoder or a file failed.
    fn encode(&mut self) -> Result<(), OutputError>;

    /// The piece of all pictures so far.
    fn finish(self: Box<Self>) -> Piece;
}

/// Whether a sink takes more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The output takes more pictures.
    More,
    /// The reader of the output has gone away, which is fine.
    Closed,
}

/// Takes the pieces in the film's order.
pub trait Sink: Send {
    /// Writes the next piece.
    ///
    /// # Errors
    /// [`OutputError`]: the file failed.
    fn write(&mut self, piece: Piece) -> Result<Flow, OutputError>;

    /// Pictures written so far.
    fn frames(&self) -> u64;

    /// Closes a whole film.
    ///
    /// # Errors
    /// [`OutputError`]: the file failed; nothing is left then.
    fn finish(self: Box<Self>) -> Result<Finished, OutputError>;

    /// Closes a film that was cut short, by a wish or by an error of [`write`](Self::write), with the
    /// pictures that were written before; `None` where there are none.
    ///
    /// # Errors
    /// [`OutputError`]: the file failed.
    fn finish_partial(self: Box<Self>) -> Result<Option<Finished>, OutputError>;
}

/// A sink for pictures that went elsewhere, or nowhere: it counts them, and has no bytes of its own.
pub(super) struct Counter {
    path: PathBuf,
    frames: u64,
}

impl Counter {
    /// `path` is what messages call the output.
    pub fn new(path: PathBuf) -> Self {
        Self { path, frames: 0 }
    }

    fn finished(self) -> Finished {
        Finished {
            path: self.path,
            frames: self.frames,
            bytes: 0,
        }
    }
}

impl Sink for Counter {
    fn write(&mut self, piece: Piece) -> Result<Flow, OutputError> {
        if let Piece::Done(frames) = piece {
            self.frames += frames;
        }
        Ok(Flow::More)
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn finish(self: Box<Self>) -> Result<Finished, OutputError> {
        Ok(self.finished())
    }

    fn finish_partial(self: Box<Self>) -> Result<Option<Finished>, OutputError> {
        Ok((self.frames > 0).then(|| self.finished()))
    }
}

/// A kind of output, ready to be made: all checks that need no picture have passed.
pub trait Format: Send + Sync {
    /// Its name in reports.
    fn name(&self) -> String;

    /// A remark about the film, to be told before it is made.
    fn remark(&self) -> Option<String> {
        None
    }

    /// The pictures that it takes.
    fn wants(&self) -> Wants;

    /// Pictures in a segment.
    fn segment_frames(&self) -> u64;

    /// An encoder for the segment that begins with frame `first_frame` of the film.
    ///
    /// # Errors
    /// [`OutputError`]: it cannot be set up.
    fn encoder(&self, first_frame: u64) -> Result<Box<dyn Encoder>, OutputError>;

    /// The one sink, for `frames` pictures in all. Formats whose files can tell chapters do so, and those whose parts
    /// can be put together keep the mark of one.
    ///
    /// # Errors
    /// [`OutputError`]: the output cannot be written.
    fn sink(&self, frames: u64, chapters: &[Chapter], mark: &Mark) -> Result<Box<dyn Sink>, OutputError>;
}
