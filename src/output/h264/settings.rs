//! The settings that all segments of a film share, checked.
//!
//! Owns the limits of OpenH264.

use super::levels;
use crate::output::OutputError;
use crate::output::openh264::Settings;
use crate::output::quality::qp;

/// The largest picture, lying or standing, that OpenH264 promises to encode (its README, "Limitations
/// of the library"; its code alone would take any shape of 36,864 macroblocks).
const LARGEST_SIDES_PX: (u32, u32) = (3840, 2160);

/// Difference between the quantisers of macroblocks that move and of those at rest, which are finer. Ground
/// and letters are seen for seconds, a flying bubble at one place for a few pictures: measured at the default
/// quality, static bright samples are off by 0.5 steps in place of 2, for 2% more bytes (`benches/encoder.md`).
const STILL_FINER: u8 = 13;
/// The least quantiser of macroblocks at rest: below it, first pictures of a high quality would be most of the
/// film.
const LEAST_STILL_QP: u8 = 9;

/// The smallest side: one macroblock.
const SMALLEST_SIDE_PX: u32 = 16;

/// Bits a second, for a rate control that is off. The encoder raises the level to what this rate
/// needs, so it stays below level 1's 76.8 kbit/s; it must exceed the frame rate.
const NOMINAL_BITS_PER_SEC: i32 = 64_000;

/// The settings that all segments of a film share, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct H264Settings {
    pub(super) width: u32,
    pub(super) height: u32,
    fps: (u32, u32),
    /// Ten times the level that size and rate need.
    level: u8,
    pub(super) qp: u8,
}

impl H264Settings {
    /// `width` and `height` in pixels; `fps` frames a second as a fraction (30000/1001);
    /// `quality` 0 to 100, see [`qp`].
    ///
    /// # Errors
    /// A size that is odd, tiny or too large, a rate that no level allows, or a quality off its
    /// scale; the message names the nearest value that works.
    pub fn new(width: u32, height: u32, fps: (u32, u32), quality: u8) -> Result<Self, OutputError> {
        let (long, short) = (width.max(height), width.min(height));
        let (most_long, most_short) = LARGEST_SIDES_PX;
        if long > most_long || short > most_short {
            let (largest_width, largest_height) = largest_of_shape(width, height);
            return Err(OutputError::SizeTooLarge {
                width,
                height,
                largest_width,
                largest_height,
            });
        }
        if short < SMALLEST_SIDE_PX || !width.is_multiple_of(2) || !height.is_multiple_of(2) {
            return Err(OutputError::SizeOdd {
                width,
                height,
                better_width: even_at_least_smallest(width),
                better_height: even_at_least_smallest(height),
            });
        }
        let (num, den) = fps;
        let level = if num == 0 || den == 0 {
            None
        } else {
            levels::least_level([width, height], fps)
        };
        let Some(level) = level else {
            let most = levels::most_fps(levels::HIGHEST, [width, height]);
            return Err(OutputError::FrameRate {
                num,
                den,
                width,
                height,
                most: u32::try_from(most).unwrap_or(u32::MAX),
            });
        };
        if quality > 100 {
            return Err(OutputError::Quality { quality });
        }
        Ok(Self {
            width,
            height,
            fps,
            level,
            qp: qp(quality),
        })
    }

    /// Pixels across.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Frames a second as a fraction.
    #[must_use]
    pub fn fps(&self) -> (u32, u32) {
        self.fps
    }

    /// Ten times the level of H.264 that the film has at least, 51 for 5.1.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.level
    }

    /// The quantiser of first pictures, and of macroblocks that come to rest behind them.
    pub(super) fn still_qp(&self) -> u8 {
        self.qp.saturating_sub(STILL_FINER).max(LEAST_STILL_QP.min(self.qp))
    }

    /// The settings of the encoder of first pictures, with a quantiser of their own.
    pub(super) fn encoder(&self, qp: u8) -> Settings {
        let (num, den) = self.fps;
        Settings {
            width: self.width,
            height: self.height,
            fps: num as f32 / den as f32,
            qp,
            level: self.level,
            bits_per_sec: NOMINAL_BITS_PER_SEC,
        }
    }
}

/// The side below or at `side` that 4:2:0 can halve, and not less than a macroblock.
fn even_at_least_smallest(side: u32) -> u32 {
    (side & !1).max(SMALLEST_SIDE_PX)
}

/// The largest size within the encoder's limit with the shape of `width` to `height`.
fn largest_of_shape(width: u32, height: u32) -> (u32, u32) {
    let (most_long, most_short) = LARGEST_SIDES_PX;
    let (long, short) = (u64::from(width.max(height)), u64::from(width.min(height)).max(1));
    let (most_long, most_short) = (u64::from(most_long), u64::from(most_short));
    // The side that meets its limit first.
    let (long, short) = if long * most_short >= short * most_long {
        (most_long, short * most_long / long)
    } else {
        (long * most_short / short, most_short)
    };
    // Both are at most 3840.
    let (long, short) = (
        even_at_least_smallest(long as u32),
        even_at_least_smallest(short as u32),
    );
    if width >= height { (long, short) } else { (short, long) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_cannot_be_are_refused_with_one_that_can() {
        for (width, height, better) in [
            (7680, 4320, "--size 3840x2160"),
            (4320, 7680, "--size 2160x3840"),
            (4096, 2160, "--size 3840x2024"),
            (2560, 2560, "--size 2160x2160"),
            (1_000_000, 2, "--size 3840x16"),
            (1921, 1080, "--size 1920x1080"),
            (1280, 721, "--size 1280x720"),
            (0, 0, "--size 16x16"),
        ] {
            let error = H264Settings::new(width, height, (25, 1), 70).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(better), "{width}x{height}: {text}");
            let (w, h) = better.trim_start_matches("--size ").split_once('x').unwrap();
            H264Settings::new(w.parse().unwrap(), h.parse().unwrap(), (25, 1), 70).unwrap();
        }
    }

    #[test]
    fn qualities_off_the_scale_are_refused() {
        let error = H264Settings::new(64, 64, (25, 1), 101).unwrap_err();
        assert!(error.to_string().contains("--quality 70"), "{error}");
    }

    #[test]
    fn rates_that_cannot_be_are_refused() {
        for fps in [(0, 1), (25, 0), (120, 1)] {
            let error = H264Settings::new(3840, 2160, fps, 70).unwrap_err();
            assert!(error.to_string().contains("--fps 64"), "{error}");
        }
        H264Settings::new(3840, 2160, (64, 1), 70).unwrap();
        H264Settings::new(640, 360, (1, 10), 70).unwrap();
    }
}
