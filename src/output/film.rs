//! The built-in film: segments of H.264 in an MP4 file.

use std::path::PathBuf;

use super::chapters::Chapter;
use super::h264::{H264Settings, SegmentEncoder, Starters, most_fps};
use super::mark::Mark;
use super::mp4::{Mp4Settings, Mp4Writer};
use super::picture::Picture;
use super::pixels::I420;
use super::sink::{Encoder, Flow, Format, Piece, Sink, Wants};
use super::{Finished, OutputError};

/// Length of a segment in seconds of film: how far apart players can seek to, and how much of a film
/// cut short may be lost for each encoder after the first. Measured at 4K: one second makes files 8%
/// larger, five seconds 5% smaller (`benches/encoder.md`).
const SEGMENT_SECS: u64 = 2;

/// The highest level that Windows documents for its decoder, 5.1 ("H.264 Video Decoder", Media Foundation).
const MOST_USUAL_LEVEL: u8 = 51;

/// A film to make.
#[derive(Clone)]
pub struct FilmFormat {
    path: PathBuf,
    force: bool,
    h264: H264Settings,
    starters: Starters,
}

impl FilmFormat {
    /// A film at `path`.
    #[must_use]
    pub fn new(path: PathBuf, force: bool, h264: H264Settings) -> Self {
        Self {
            path,
            force,
            h264,
            starters: Starters::default(),
        }
    }
}

impl Format for FilmFormat {
    fn name(&self) -> String {
        "H.264 (built in)".to_owned()
    }

    fn remark(&self) -> Option<String> {
        (self.h264.level() > MOST_USUAL_LEVEL).then(|| {
            let (width, height) = (self.h264.width(), self.h264.height());
            let most = most_fps(MOST_USUAL_LEVEL, [width, height]);
            format!(
                "{width}x{height} at more than {most} frames a second is level 5.2 of H.264, and Windows promises to play up to 5.1: for its players, make it with --fps {most} or less, or smaller"
            )
        })
    }

    fn wants(&self) -> Wants {
        Wants::Planes
    }

    fn segment_frames(&self) -> u64 {
        let (num, den) = self.h264.fps();
        SEGMENT_SECS * u64::from(num).div_ceil(u64::from(den))
    }

    fn encoder(&self, _first_frame: u64) -> Result<Box<dyn Encoder>, OutputError> {
        let planes = I420::new(self.h264.width(), self.h264.height());
        Ok(Box::new(FilmEncoder {
            planes,
            segment: SegmentEncoder::new(&self.h264, &self.starters),
        }))
    }

    fn sink(&self, frames: u64, chapters: &[Chapter], mark: &Mark) -> Result<Box<dyn Sink>, OutputError> {
        let settings = Mp4Settings {
            width: self.h264.width(),
            height: self.h264.height(),
            fps: self.h264.fps(),
        };
        let writer = Mp4Writer::create(&self.path, self.force, settings, frames, chapters, Some(mark))?;
        Ok(Box::new(writer))
    }
}

struct FilmEncoder {
    planes: I420,
    segment: SegmentEncoder,
}

impl Encoder for FilmEncoder {
    fn load(&mut self, picture: Picture<'_>) {
        self.planes.fill(picture);
    }

    fn encode(&mut self) -> Result<(), OutputError> {
        self.segment.encode(&self.planes).map(|_| ())
    }

    fn finish(self: Box<Self>) -> Piece {
        let mut segment = self.segment.finish();
        // A picture that failed may have left its beginning.
        let whole_bytes = segment.sizes.iter().map(|&size| size as usize).sum();
        segment.data.truncate(whole_bytes);
        Piece::Segment(segment)
    }
}

impl Sink for Mp4Writer {
    fn write(&mut self, piece: Piece) -> Result<Flow, OutputError> {
        if let Piece::Segment(segment) = piece {
            self.write_segment(&segment)?;
        }
        Ok(Flow::More)
    }

    fn frames(&self) -> u64 {
        Self::frames(self)
    }

    fn finish(self: Box<Self>) -> Result<Finished, OutputError> {
        Self::finish(*self)
    }

    fn finish_partial(self: Box<Self>) -> Result<Option<Finished>, OutputError> {
        Self::finish_partial(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_that_players_may_refuse_are_remarked_on() {
        let remark = |width: u32, height: u32, fps: (u32, u32)| {
            let h264 = H264Settings::new(width, height, fps, 70).unwrap();
            FilmFormat::new("film.mp4".into(), false, h264).remark()
        };
        // 3840x2160 is 32,400 macroblocks, of which level 5.1 allows 983,040 a second: 30.34 pictures.
        for fps in [(25, 1), (30, 1), (3_034, 100)] {
            assert_eq!(remark(3840, 2160, fps), None, "{fps:?}");
        }
        for fps in [(3_035, 100), (60, 1)] {
            let remark = remark(3840, 2160, fps).unwrap();
            assert!(remark.contains("more than 30 frames a second is level 5.2"), "{remark}");
            assert!(remark.contains("--fps 30 or less"), "{remark}");
        }
        assert_eq!(remark(1920, 1080, (120, 1)), None);
        assert!(remark(1920, 1080, (121, 1)).unwrap().contains("--fps 120 or less"));
    }
}
