//! An output that throws every picture away: what is left is the speed of the renderer.

use std::path::PathBuf;

use super::OutputError;
use super::chapters::Chapter;
use super::mark::Mark;
use super::picture::Picture;
use super::sink::{Counter, Encoder, Format, Piece, Sink, Wants};

/// Takes pictures of either kind and keeps none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullFormat;

/// Pictures in a segment: as many as a film has in two seconds.
const SEGMENT_FRAMES: u64 = 50;

impl Format for NullFormat {
    fn name(&self) -> String {
        "none (pictures are thrown away)".to_owned()
    }

    fn wants(&self) -> Wants {
        Wants::Nothing
    }

    fn segment_frames(&self) -> u64 {
        SEGMENT_FRAMES
    }

    fn encoder(&self, _first_frame: u64) -> Result<Box<dyn Encoder>, OutputError> {
        Ok(Box::new(Null { frames: 0 }))
    }

    fn sink(&self, _frames: u64, _chapters: &[Chapter], _mark: &Mark) -> Result<Box<dyn Sink>, OutputError> {
        Ok(Box::new(Counter::new(PathBuf::from("nowhere"))))
    }
}

struct Null {
    frames: u64,
}

impl Encoder for Null {
    fn load(&mut self, _picture: Picture<'_>) {}

    fn encode(&mut self) -> Result<(), OutputError> {
        self.frames += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Piece {
        Piece::Done(self.frames)
    }
}
