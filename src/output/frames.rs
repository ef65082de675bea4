//! A folder of numbered PNG files, one a frame: `frames/%05d.png`. Each picture of a shard has its mark.

pub mod join;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::OutputError;
use super::chapters::Chapter;
use super::mark::Mark;
use super::numbered::Pattern;
use super::picture::Picture;
use super::place::Place;
use super::png::{encoded_png, to_straight_alpha, with_mark, write_png};
use super::sink::{Counter, Encoder, Format, Piece, Sink, Wants};
use super::whole_file::{WholeFile, write_error};

/// Numbered pictures.
#[derive(Clone, Debug)]
pub struct FramesFormat {
    pattern: Pattern,
    force: bool,
    size: [u32; 2],
    /// The mark of a shard, once that is known.
    mark: Arc<OnceLock<String>>,
}

impl FramesFormat {
    /// Pictures of `size` pixels.
    #[must_use]
    pub fn new(pattern: Pattern, force: bool, size: [u32; 2]) -> Self {
        Self {
            pattern,
            force,
            size,
            mark: Arc::default(),
        }
    }
}

impl Format for FramesFormat {
    fn name(&self) -> String {
        "PNG".to_owned()
    }

    fn wants(&self) -> Wants {
        Wants::Rgba
    }

    fn segment_frames(&self) -> u64 {
        1
    }

    fn encoder(&self, first_frame: u64) -> Result<Box<dyn Encoder>, OutputError> {
        let path = self.pattern.path(first_frame);
        Ok(Box::new(FrameEncoder {
            path,
            force: self.force,
            size: self.size,
            mark: Arc::clone(&self.mark),
            rgba: Vec::new(),
        }))
    }

    fn sink(&self, frames: u64, _chapters: &[Chapter], mark: &Mark) -> Result<Box<dyn Sink>, OutputError> {
        // All names before the first picture: a film of hours must not end at a file in its way.
        let first = mark.frames.start;
        let numbers = first..first + frames;
        for number in numbers.clone() {
            let path = self.pattern.path(number);
            match Place::find(&path, self.force) {
                Ok(Place::File { .. }) => {}
                Ok(Place::Stream(_)) => return Err(OutputError::NotAFile { path }),
                Err(OutputError::Exists { path }) => {
                    let is_missing = |number: &u64| self.pattern.path(*number).symlink_metadata().is_err();
                    return Err(match (number..numbers.end).find(is_missing) {
                        Some(next) => OutputError::FramesExist { path, next },
                        None => OutputError::Exists { path },
                    });
                }
                Err(error) => return Err(error),
            }
        }
        if mark.shard.is_some() {
            self.mark.get_or_init(|| mark.to_json());
        }
        Ok(Box::new(Counter::new(self.pattern.as_path())))
    }
}

struct FrameEncoder {
    path: PathBuf,
    force: bool,
    size: [u32; 2],
    mark: Arc<OnceLock<String>>,
    rgba: Vec<u8>,
}

impl Encoder for FrameEncoder {
    fn load(&mut self, picture: Picture<'_>) {
        straight_rgba(picture, self.size[0] as usize, &mut self.rgba);
    }

    fn encode(&mut self) -> Result<(), OutputError> {
        match self.mark.get() {
            None => write_png(&self.path, self.force, self.size, &self.rgba, None),
            Some(mark) => {
                let png = encoded_png(self.size, &self.rgba, None).map_err(|error| write_error(&self.path, error))?;
                write_whole(&self.path, self.force, &with_mark(&png, mark))
            }
        }
    }

    fn finish(self: Box<Self>) -> Piece {
        Piece::Done(1)
    }
}

/// Writes a file at once.
fn write_whole(path: &Path, force: bool, bytes: &[u8]) -> Result<(), OutputError> {
    let mut file = WholeFile::create(path, force)?;
    file.write(bytes)?;
    file.finish().map(|_| ())
}

/// Tight rows with straight alpha, as files hold them, of premultiplied rows with padding.
pub fn straight_rgba(picture: Picture<'_>, width: usize, rgba: &mut Vec<u8>) {
    let Picture::Rgba {
        bytes, bytes_per_row, ..
    } = picture
    else {
        panic!("the format wants RGBA")
    };
    rgba.clear();
    for row in bytes.chunks_exact(bytes_per_row) {
        rgba.extend_from_slice(&row[..width * 4]);
    }
    to_straight_alpha(rgba);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_becomes_straight() {
        let bytes = [10, 20, 30, 255, 50, 25, 0, 128, 0, 0, 0, 0, 9, 9, 9, 9];
        let mut rgba = Vec::new();
        straight_rgba(
            Picture::Rgba {
                bytes: &bytes,
                bytes_per_row: 16,
                tiles: None,
            },
            3,
            &mut rgba,
        );
        assert_eq!(rgba, [10, 20, 30, 255, 100, 50, 0, 128, 0, 0, 0, 0]);
    }
}
