//! What all segments of a film share, and the meaning of `--quality`.
//!
//! Owns the limits of OpenH264 and of the standard's levels.

use crate::output::OutputError;
use crate::output::openh264::Settings;

/// `--quality` when nothing is said: QP 22, on which no difference is seen in motion.
pub const DEFAULT_QUALITY: u8 = 70;

/// The largest picture, lying or standing, that OpenH264 promises to encode (its README, "Limitations
/// of the library"; its code alone would take any shape of 36,864 macroblocks).
const LARGEST_SIDES_PX: (u32, u32) = (3840, 2160);

/// The smallest side: one macroblock.
const SMALLEST_SIDE_PX: u32 = 16;

/// Bits a second, for a rate control that is off. The encoder raises the level to what this rate
/// needs, so it stays below level 1's 76.8 kbit/s; it must exceed the frame rate.
const NOMINAL_BITS_PER_SEC: i32 = 64_000;

/// ITU-T H.264 (08/2021) Table A-1: ten times the level, macroblocks a second (`MaxMBPS`), macroblocks a frame
/// (`MaxFS`). Level 1b differs from 1 in its bit rate only; OpenH264 ends at 5.2. One reference
/// frame always fits `MaxDpbMbs`.
const LEVELS: [(u8, u64, u64); 16] = [
    (10, 1_485, 99),
    (11, 3_000, 396),
    (12, 6_000, 396),
    (13, 11_880, 396),
    (20, 11_880, 396),
    (21, 19_800, 792),
    (22, 20_250, 1_620),
    (30, 40_500, 1_620),
    (31, 108_000, 3_600),
    (32, 216_000, 5_120),
    (40, 245_760, 8_192),
    (41, 245_760, 8_192),
    (42, 522_240, 8_704),
    (50, 589_824, 22_080),
    (51, 983_040, 36_864),
    (52, 2_073_600, 36_864),
];

/// Macroblocks across and down a picture.
fn macroblocks(width: u32, height: u32) -> (u64, u64) {
    (u64::from(width.div_ceil(16)), u64::from(height.div_ceil(16)))
}

/// The lowest level (Annex A.3.1) whose frame size, longest side and macroblock rate admit the
/// film. Its bit rate is not looked at: at constant quality nobody knows it beforehand, and the
/// pictures measured above, 11 Mbit/s at 4K and 25 frames a second, stay far below the limit.
fn level(width: u32, height: u32, (num, den): (u32, u32)) -> Option<u8> {
    let (across, down) = macroblocks(width, height);
    LEVELS
        .into_iter()
        .find(|&(_, per_sec, per_frame)| {
            across * down <= per_frame
                && across.max(down).pow(2) <= 8 * per_frame
                && u128::from(across * down) * u128::from(num) <= u128::from(per_sec) * u128::from(den)
        })
        .map(|(level, ..)| level)
}

/// The quantiser of a `--quality` of 0 to 100: `12 + (100 - quality) / 3`, rounded: 100 is QP 12
/// (the encoder's least), 70 is 22, 40 is 32, 0 is 45. Six steps of QP double the step size
/// (ITU-T H.264, 8.5.9), so 18 steps of quality halve or double the coarseness.
#[must_use]
pub fn qp(quality: u8) -> u8 {
    12 + (100 - quality.min(100) + 1) / 3
}

/// What all segments of a film share, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct H264Settings {
    pub(super) width: u32,
    pub(super) height: u32,
    fps: (u32, u32),
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
            level(width, height, fps)
        };
        let Some(level) = level else {
            let (across, down) = macroblocks(width, height);
            let most = LEVELS[LEVELS.len() - 1].1 / (across * down);
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

    pub(super) fn encoder(&self) -> Settings {
        let (num, den) = self.fps;
        Settings {
            width: self.width,
            height: self.height,
            fps: num as f32 / den as f32,
            qp: self.qp,
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
    // Which side meets its limit first.
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
    fn quality_is_monotonic_and_70_is_qp_22() {
        assert_eq!([100, 70, 40, 0].map(qp), [12, 22, 32, 45]);
        assert_eq!(qp(DEFAULT_QUALITY), 22);
        for quality in 1..=100 {
            let (better, worse) = (qp(quality), qp(quality - 1));
            assert!(better == worse || better + 1 == worse, "at {quality}");
        }
        assert!(H264Settings::new(64, 64, (25, 1), 101).is_err());
    }

    #[test]
    fn the_level_is_that_of_table_a_1_and_the_encoder_writes_it() {
        for (width, height, fps, want) in [
            (176, 144, (15, 1), 10),
            (640, 360, (25, 1), 30),
            (1280, 720, (30, 1), 31),
            (1280, 720, (30_000, 1001), 31),
            (1280, 720, (60, 1), 32),
            (1920, 1080, (25, 1), 40),
            (1920, 1080, (60, 1), 42),
            (1920, 1080, (120, 1), 51),
            (2560, 1440, (25, 1), 50),
            (3840, 2160, (25, 1), 51),
            (2160, 3840, (30, 1), 51),
            (3840, 2160, (60, 1), 52),
            // Few macroblocks, but a long row of them.
            (3840, 16, (1, 1), 40),
        ] {
            let got = H264Settings::new(width, height, fps, 70).unwrap().level;
            assert_eq!(got, want, "{width}x{height} at {fps:?}");
        }
    }

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
    fn rates_that_cannot_be_are_refused() {
        for fps in [(0, 1), (25, 0), (120, 1)] {
            let error = H264Settings::new(3840, 2160, fps, 70).unwrap_err();
            assert!(error.to_string().contains("--fps 64"), "{error}");
        }
        H264Settings::new(3840, 2160, (64, 1), 70).unwrap();
        H264Settings::new(640, 360, (1, 10), 70).unwrap();
    }
}
