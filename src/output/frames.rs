//! A folder of numbered PNG files, one a frame: `frames/%05d.png`.

use std::path::{Path, PathBuf};

use super::png::{to_straight_alpha, write_png};
use super::sink::{Counter, Encoder, Format, Picture, Piece, Sink, Wants};
use super::{OutputError, whole_file};

/// A file name with one `%d` or `%0Nd` for the number of the frame in the film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    folder: PathBuf,
    before: String,
    digits: usize,
    after: String,
}

impl Pattern {
    /// Reads a pattern from a path; `None` where its file name has no `%d`.
    #[must_use]
    pub fn from_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let (before, rest) = name.split_once('%')?;
        let (digits, after) = rest.split_once('d')?;
        let digits = match digits {
            "" => 1,
            _ => digits
                .strip_prefix('0')?
                .parse()
                .ok()
                .filter(|digits| (1..=18).contains(digits))?,
        };
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Some(Self {
            folder,
            before: before.to_owned(),
            digits,
            after: after.to_owned(),
        })
    }

    /// The file of frame `number`.
    #[must_use]
    pub fn path(&self, number: u64) -> PathBuf {
        let Self {
            before, digits, after, ..
        } = self;
        self.folder.join(format!("{before}{number:0digits$}{after}"))
    }

    /// The pattern as a path, for messages.
    #[must_use]
    pub fn as_path(&self) -> PathBuf {
        let Self {
            before, digits, after, ..
        } = self;
        self.folder.join(format!("{before}%0{digits}d{after}"))
    }
}

/// Numbered pictures.
#[derive(Clone, Debug)]
pub struct FramesFormat {
    pattern: Pattern,
    force: bool,
    size: [u32; 2],
    first: u64,
}

impl FramesFormat {
    /// Pictures of `size` pixels; `first` is the number of the first.
    #[must_use]
    pub fn new(pattern: Pattern, force: bool, size: [u32; 2], first: u64) -> Self {
        Self {
            pattern,
            force,
            size,
            first,
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
            rgba: Vec::new(),
        }))
    }

    fn sink(&self, frames: u64) -> Result<Box<dyn Sink>, OutputError> {
        // All names before the first picture: a film of hours must not end at a file in its way.
        for number in self.first..self.first + frames {
            whole_file::check(&self.pattern.path(number), self.force)?;
        }
        Ok(Box::new(Counter::new(self.pattern.as_path())))
    }
}

struct FrameEncoder {
    path: PathBuf,
    force: bool,
    size: [u32; 2],
    rgba: Vec<u8>,
}

impl Encoder for FrameEncoder {
    fn load(&mut self, picture: Picture<'_>) {
        straight_rgba(picture, self.size[0] as usize, &mut self.rgba);
    }

    fn encode(&mut self) -> Result<(), OutputError> {
        write_png(&self.path, self.force, self.size[0], self.size[1], &self.rgba)
    }

    fn finish(self: Box<Self>) -> Piece {
        Piece::Done(1)
    }
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
    fn a_pattern_numbers_files() {
        let pattern = Pattern::from_path(Path::new("out/frame-%05d.png")).unwrap();
        assert_eq!(pattern.path(42), Path::new("out/frame-00042.png"));
        assert_eq!(pattern.as_path(), Path::new("out/frame-%05d.png"));
        assert_eq!(
            Pattern::from_path(Path::new("%d.png")).unwrap().path(7),
            Path::new("7.png")
        );
        for none in ["still.png", "%x.png", "%5d.png", "%0d.png", "%"] {
            assert_eq!(Pattern::from_path(Path::new(none)), None, "{none}");
        }
    }

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
