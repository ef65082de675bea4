//! Pictures to closed H.264 segments, by the encoder that is built in.
//!
//! Owns the limits of `openh264`, its settings and the meaning of `--quality`. Must not know about
//! files, or about how frames are spread over segments and threads: a segment is the same bytes
//! wherever and whenever it is encoded.
//!
//! # Two encoders
//! A segment's first picture is OpenH264's (`intra`). Those behind it are coded here (`inter`): in nine
//! macroblocks of ten nothing changes, the renderer knows which, and a general encoder looks at each
//! of them all the same. The stream is what OpenH264 would write, constrained baseline with one
//! reference and no loop filter; its decoder, and ffmpeg's, see what the encoder saw, sample by sample.
//! `benches/encoder.md` has what was measured, and why OpenH264's settings are what they are.

mod bits;
mod cavlc;
mod changes;
mod differences;
mod inter;
mod intra;
mod motion;
mod parameters;
mod residual;

use super::OutputError;
use super::openh264::{Code, Settings};
use super::pixels::I420;
use changes::Changes;
use inter::InterEncoder;
use intra::Failure;
pub use intra::Starters;

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
    width: u32,
    height: u32,
    fps: (u32, u32),
    level: u8,
    qp: u8,
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

    fn encoder(&self) -> Settings {
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

/// A closed piece of a film: its first picture is an IDR, the others refer to no picture outside.
/// Empty if no picture was encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The pictures one after the other, each as NAL units with a 4-byte big-endian length before
    /// each (ISO/IEC 14496-15, 5.3.2); parameter sets are not among them.
    pub data: Vec<u8>,
    /// The length of each picture in `data`, in bytes.
    pub sizes: Vec<u32>,
    /// Sequence parameter set: one NAL unit with its header, without start code or length.
    pub sps: Vec<u8>,
    /// Picture parameter set, likewise.
    pub pps: Vec<u8>,
}

/// Encodes one segment. Single-threaded and deterministic: the same pictures and settings give the
/// same bytes, and the same parameter sets as every other encoder of the film.
pub struct SegmentEncoder {
    settings: H264Settings,
    starters: Starters,
    changes: Changes,
    /// Made with the first picture.
    inter: Option<InterEncoder>,
    segment: Segment,
}

impl SegmentEncoder {
    /// Allocates little; encoders are set up at the first picture.
    #[must_use]
    pub fn new(settings: &H264Settings, starters: &Starters) -> Self {
        Self {
            settings: settings.clone(),
            starters: starters.clone(),
            changes: Changes::default(),
            inter: None,
            segment: Segment {
                data: Vec::new(),
                sizes: Vec::new(),
                sps: Vec::new(),
                pps: Vec::new(),
            },
        }
    }

    /// Adds a picture; returns its coded length in bytes.
    ///
    /// # Errors
    /// [`OutputError::Encoder`].
    ///
    /// # Panics
    /// If the picture has another size than the settings.
    pub fn encode(&mut self, picture: &I420) -> Result<usize, OutputError> {
        assert_eq!(
            (picture.width(), picture.height()),
            (self.settings.width, self.settings.height),
            "a picture of another size than the film"
        );
        let start = self.segment.data.len();
        let changed = self.changes.look(picture);
        match &mut self.inter {
            Some(inter) => self.segment.push_slice(|data| inter.encode(picture, changed, data)),
            None => {
                let size = [picture.width() as usize, picture.height() as usize];
                let qp = self.settings.qp;
                let started = self
                    .starters
                    .start(&self.settings, picture, &mut self.segment, |parameters, planes| {
                        InterEncoder::new(parameters, qp, size, planes)
                    });
                self.inter = Some(started.map_err(encoder_error)?);
            }
        }
        let frame = self.segment.sizes.len();
        let bytes = self.segment.data.len() - start;
        let size = u32::try_from(bytes).ok().filter(|&size| size > 0);
        let Some(size) = size else {
            return Err(OutputError::Encoder {
                frame,
                reason: format!("a picture of {bytes} bytes"),
            });
        };
        self.segment.sizes.push(size);
        Ok(bytes)
    }

    /// The segment; empty if no picture was added.
    #[must_use]
    pub fn finish(self) -> Segment {
        self.segment
    }
}

impl Segment {
    /// Sorts a NAL unit by its type (ITU-T H.264, Table 7-1).
    fn push_nal(&mut self, nal: &[u8]) {
        match nal.first().map(|header| header & 0x1F) {
            None => {}
            Some(7) => self.sps = nal.to_vec(),
            Some(8) => self.pps = nal.to_vec(),
            Some(_) => self.push_slice(|data| data.extend_from_slice(nal)),
        }
    }

    /// A NAL unit that `write` appends, behind its length.
    fn push_slice(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.data.len();
        self.data.extend_from_slice(&[0; 4]);
        write(&mut self.data);
        let length = self.data.len() - start - 4;
        let length = u32::try_from(length).expect("a NAL unit of less than 4 GiB");
        self.data[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
}

/// Annex B, B.1.1: two or three zeros and a one stand before each NAL unit.
fn without_start_code(nal: &[u8]) -> &[u8] {
    nal.strip_prefix(&[0, 0, 0, 1])
        .or_else(|| nal.strip_prefix(&[0, 0, 1]))
        .unwrap_or(nal)
}

/// The number (`CM_RETURN` of `codec_app_def.h`) says as much as there is. 3 is seen where a coded
/// picture exceeds two thirds of its raw planes, the encoder's buffer: pure noise above quality 80
/// does, our pictures stay at a tenth of that.
fn encoder_error(failure: Failure) -> OutputError {
    OutputError::Encoder {
        frame: 0,
        reason: match failure {
            Failure::Code(Code(code)) => format!("openh264 code {code}"),
            Failure::Stream(reason) => reason.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::openh264::Decoder;
    use crate::output::testing::{noise, numbered_picture, segment};

    fn level_idc(width: u32, height: u32, fps: (u32, u32)) -> u8 {
        let settings = H264Settings::new(width, height, fps, DEFAULT_QUALITY).unwrap();
        segment(&settings, 0..1).sps[3]
    }

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
    fn more_quality_takes_more_bytes() {
        let sizes = [10, 40, 70, 100].map(|quality| {
            let settings = H264Settings::new(320, 192, (25, 1), quality).unwrap();
            let mut encoder = SegmentEncoder::new(&settings, &Starters::default());
            let mut picture = I420::new(320, 192);
            // Flat squares cost the same at any quality: a texture is needed.
            let rgba: Vec<_> = (0_u64..320 * 192 * 4)
                .map(|at| (100 + at * at % 251 / 8) as u8)
                .collect();
            picture.fill_from_rgba(&rgba, 320 * 4);
            encoder.encode(&picture).unwrap()
        });
        assert!(sizes.is_sorted(), "{sizes:?}");
        assert!(sizes[0] * 2 < sizes[3], "{sizes:?}");
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
            let got = level_idc(width, height, fps);
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

    #[test]
    fn the_encoder_takes_every_size_within_the_limits() {
        for (width, height) in [(3840, 2160), (2160, 3840), (16, 16), (3840, 16), (18, 46)] {
            let settings = H264Settings::new(width, height, (25, 1), 70).unwrap();
            assert_eq!(segment(&settings, 0..2).sizes.len(), 2, "{width}x{height}");
        }
    }

    #[test]
    fn a_segment_is_one_closed_gop() {
        let settings = H264Settings::new(320, 192, (25, 1), 70).unwrap();
        let segment = segment(&settings, 0..40);
        assert_eq!(segment.sizes.len(), 40);
        let mut rest = &segment.data[..];
        for (index, &size) in segment.sizes.iter().enumerate() {
            let (picture, tail) = rest.split_at(size as usize);
            rest = tail;
            let length = u32::from_be_bytes(picture[..4].try_into().unwrap());
            assert_eq!(length + 4, size, "one slice, no parameter sets");
            let want = if index == 0 { 5 } else { 1 };
            assert_eq!(picture[4] & 0x1F, want, "IDR first, then none");
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn the_same_pictures_give_the_same_bytes_everywhere() {
        let settings = H264Settings::new(320, 192, (25, 1), 70).unwrap();
        let here = segment(&settings, 7..19);
        let there = std::thread::scope(|scope| {
            let thread = scope.spawn(|| segment(&settings, 7..19));
            thread.join().unwrap()
        });
        assert_eq!(here, there);
        // An encoder that has seen other pictures.
        let starters = Starters::default();
        for _ in 0..2 {
            let mut encoder = SegmentEncoder::new(&settings, &starters);
            encoder.encode(&numbered_picture(320, 192, 40)).unwrap();
        }
        let mut encoder = SegmentEncoder::new(&settings, &starters);
        for number in 7..19 {
            encoder.encode(&numbered_picture(320, 192, number)).unwrap();
        }
        assert_eq!(here, encoder.finish());
        let other = segment(&settings, 30..33);
        assert_eq!((&here.sps, &here.pps), (&other.sps, &other.pps));
        assert_ne!(here.data, other.data);
    }

    #[test]
    fn the_length_returned_is_the_length_stored() {
        let settings = H264Settings::new(320, 192, (25, 1), 70).unwrap();
        let mut encoder = SegmentEncoder::new(&settings, &Starters::default());
        let bytes: Vec<_> = (0..3)
            .map(|number| encoder.encode(&numbered_picture(320, 192, number)).unwrap())
            .collect();
        let segment = encoder.finish();
        let stored: Vec<_> = segment.sizes.iter().map(|&size| size as usize).collect();
        assert_eq!(bytes, stored);
        assert_eq!(segment.data.len(), bytes.iter().sum::<usize>());
    }

    #[test]
    fn a_picture_that_the_encoder_cannot_take_is_an_error() {
        let settings = H264Settings::new(320, 192, (25, 1), 100).unwrap();
        let mut encoder = SegmentEncoder::new(&settings, &Starters::default());
        let mut picture = I420::new(320, 192);
        let noise: Vec<_> = noise(1)
            .map(|number| (number >> 24) as u8)
            .take(320 * 192 * 4)
            .collect();
        picture.fill_from_rgba(&noise, 320 * 4);
        let error = encoder.encode(&picture).unwrap_err();
        assert!(error.to_string().contains("lower --quality"), "{error}");
    }

    #[test]
    fn an_empty_segment_is_empty() {
        let settings = H264Settings::new(320, 192, (25, 1), 70).unwrap();
        let segment = SegmentEncoder::new(&settings, &Starters::default()).finish();
        assert!(segment.data.is_empty() && segment.sizes.is_empty());
    }

    /// Discs that fly at speeds between samples, and noise that changes every time where asked for: what
    /// moves, appears, is covered, and cannot be foreseen.
    fn busy_picture(picture: &mut I420, number: u32, noisy: bool) {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut numbers = noise(number);
        let mut rgba = Vec::with_capacity(width * height * 4);
        for at in 0..width * height {
            let (x, y) = ((at % width) as f32, (at / width) as f32);
            let mut shade = [20.0, 22.0, 30.0];
            for disc in 0..6 {
                let disc = disc as f32;
                let time = number as f32;
                let centre_x = (disc * 37.0 + time * (1.3 + 2.1 * disc)) % (width as f32 + 30.0) - 15.0;
                let centre_y = (disc * 23.0 + time * (0.7 * disc - 1.9)).rem_euclid(height as f32 + 30.0) - 15.0;
                let off = (x - centre_x).hypot(y - centre_y);
                let part = (5.5 + disc * 2.0 - off).clamp(0.0, 1.0);
                for (shade, full) in shade.iter_mut().zip([90.0 + 25.0 * disc, 200.0 - 30.0 * disc, 120.0]) {
                    *shade += (full - *shade) * part;
                }
            }
            if x < 24.0 && (16.0..40.0).contains(&y) && noisy && !number.is_multiple_of(3) {
                let [r, g, b, _] = numbers.next().unwrap().to_be_bytes();
                shade = [r, g, b].map(f32::from);
            }
            rgba.extend(shade.map(|shade| shade as u8));
            rgba.push(255);
        }
        picture.fill_from_rgba(&rgba, width * 4);
    }

    fn start_codes(segment: &Segment, pictures: std::ops::Range<usize>) -> Vec<u8> {
        let skipped: u32 = segment.sizes[..pictures.start].iter().sum();
        let size: u32 = segment.sizes[pictures.clone()].iter().sum();
        let mut rest = &segment.data[skipped as usize..][..size as usize];
        let mut units = Vec::new();
        if pictures.start == 0 {
            for set in [&segment.sps, &segment.pps] {
                units.extend_from_slice(&[0, 0, 0, 1]);
                units.extend_from_slice(set);
            }
        }
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (unit, after) = after.split_at(u32::from_be_bytes(*length) as usize);
            units.extend_from_slice(&[0, 0, 0, 1]);
            units.extend_from_slice(unit);
            rest = after;
        }
        units
    }

    #[test]
    fn another_decoder_sees_what_the_encoder_saw() {
        // Whole macroblocks, cut ones both ways, a single one, more than one of each quarter.
        for (width, height) in [(320, 192), (90, 74), (16, 16), (34, 120)] {
            for quality in [100, 70, 35, 0] {
                let settings = H264Settings::new(width, height, (25, 1), quality).unwrap();
                let mut encoder = SegmentEncoder::new(&settings, &Starters::default());
                let mut decoder = Decoder::new().unwrap();
                let mut picture = I420::new(width, height);
                for number in 0..24 {
                    // Now and then nothing changes.
                    busy_picture(&mut picture, number / 5 * 4 + number % 5 % 4, true);
                    encoder.encode(&picture).unwrap();
                    let at = number as usize;
                    let units = start_codes(&encoder.segment, at..at + 1);
                    let size = [width as usize, height as usize];
                    let decoded = decoder.decode(&units, size).unwrap();
                    let ours = encoder.inter.as_ref().unwrap().decoded();
                    for (plane, ((samples, stride), ours)) in decoded.planes.into_iter().zip(&ours).enumerate() {
                        let width = size[0] >> usize::from(plane > 0);
                        for (row, (theirs, ours)) in samples.chunks(stride).zip(ours.chunks(width)).enumerate() {
                            assert!(
                                theirs[..width] == *ours,
                                "{width}x{height}, quality {quality}, picture {number}, plane {plane}, row {row}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_flies_by_leaves_no_trace() {
        let (width, height) = (320_usize, 192_usize);
        let settings = H264Settings::new(width as u32, height as u32, (25, 1), DEFAULT_QUALITY).unwrap();
        let mut encoder = SegmentEncoder::new(&settings, &Starters::default());
        let mut picture = I420::new(width as u32, height as u32);
        // From beyond the left edge to beyond the right.
        for number in 0..50 {
            let mut rgba = [9, 11, 16, 255].repeat(width * height);
            for (at, pixel) in rgba.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let (x, y) = ((at % width) as f32, (at / width) as f32);
                let off = (x + 20.0 - 7.3 * number as f32).hypot(y - 90.0 - 1.7 * number as f32);
                let part = (9.5 - off).clamp(0.0, 1.0);
                for (shade, full) in pixel.iter_mut().zip([200.0, 120.0, 60.0]) {
                    *shade = (f32::from(*shade) + (full - f32::from(*shade)) * part) as u8;
                }
            }
            picture.fill_from_rgba(&rgba, width * 4);
            encoder.encode(&picture).unwrap();
        }
        let [y, u, v] = encoder.inter.as_ref().unwrap().decoded();
        for (plane, source) in [(&y, picture.y()), (&u, picture.u()), (&v, picture.v())] {
            assert!(plane.iter().all(|sample| *sample == plane[0]), "a trace");
            assert!(plane[0].abs_diff(source[0]) <= 1);
        }
    }

    #[test]
    fn pictures_stay_close_to_what_they_show() {
        let (width, height) = (320, 192);
        for (quality, least_db) in [(100, 48.0), (70, 41.0), (35, 33.0)] {
            let settings = H264Settings::new(width, height, (25, 1), quality).unwrap();
            let mut encoder = SegmentEncoder::new(&settings, &Starters::default());
            let mut picture = I420::new(width, height);
            for number in 0..50 {
                busy_picture(&mut picture, number, false);
                encoder.encode(&picture).unwrap();
                let [ours, ..] = encoder.inter.as_ref().unwrap().decoded();
                let squares = ours
                    .iter()
                    .zip(picture.y())
                    .map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
                let mean = squares.sum::<f64>() / f64::from(width * height);
                let db = 10.0 * (255.0 * 255.0 / mean).log10();
                assert!(db > least_db, "quality {quality}, picture {number}: {db} dB");
            }
        }
    }
}
