//! Pictures to closed H.264 segments, by the encoder that is built in.
//!
//! Must not know about files, or about how frames are spread over segments and threads: a segment is
//! the same bytes wherever and whenever it is encoded.
//!
//! # Two encoders
//! OpenH264 encodes a segment's first picture (`intra`). Those behind it are coded here (`inter`): in nine
//! macroblocks of ten nothing changes, the renderer knows which, and a general encoder would look at each
//! of them all the same. The stream is of the constrained baseline profile, with two references (the picture
//! before and the segment's first) and no loop filter. Decoders show the same samples as the encoder has.
//! `benches/encoder.md` has measurements, and the reasons for OpenH264's settings.

mod bits;
mod cavlc;
mod changes;
mod differences;
mod inter;
mod intra;
mod levels;
mod macroblock;
mod motion;
mod parameters;
mod plane;
mod residual;
mod segment;
mod settings;
mod vectors;

use super::OutputError;
use super::openh264::Code;
use super::pixels::I420;
use changes::Changes;
use inter::InterEncoder;
use intra::Failure;
pub use intra::{Starters, idr_id, with_idr_id};
pub use levels::{least_level, level_of_film, most_fps};
pub use segment::Segment;
pub use settings::H264Settings;

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
                let qp = [self.settings.qp, self.settings.still_qp()];
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
    use crate::output::quality::DEFAULT_QUALITY;
    use crate::output::testing::{noise, numbered_picture, segment};

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

    /// Ground with bars and something like letters, which a picture covers by discs: one that rests until
    /// picture 20, others that fly over everything.
    fn ground_and_discs(picture: &mut I420, number: u32) {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut rgba = Vec::with_capacity(width * height * 4);
        for at in 0..width * height {
            let (x, y) = (at % width, at / width);
            let mut shade = [9.0, 11.0, 16.0];
            if y % 24 < 9 {
                // Strokes in all directions, with soft edges.
                let stroke = (x as f32 * 0.9 + (y % 24) as f32 * (x / 20 % 5) as f32 * 0.4).sin();
                let part = (stroke * 1.7).clamp(0.0, 1.0);
                shade = [9.0 + 200.0 * part, 11.0 + 190.0 * part, 16.0 + 175.0 * part];
            } else if y % 24 > 14 && y % 24 < 20 && x > width / 3 && x < width / 3 + 5 * y / 2 {
                shade = [180.0, 120.0, 60.0];
            }
            let time = number as f32;
            let resting = [(70.0, 60.0 + 400.0 * f32::from(u8::from(number >= 20)), 24.0)];
            let flying = (0..3).map(|disc| {
                let disc = disc as f32;
                (
                    time * (9.0 + disc) - 40.0,
                    30.0 + 60.0 * disc + time * 0.7,
                    11.0 + 3.0 * disc,
                )
            });
            for (center_x, center_y, radius) in resting.into_iter().chain(flying) {
                let off = (x as f32 - center_x).hypot(y as f32 - center_y);
                let part = 0.7 * (radius + 0.5 - off).clamp(0.0, 1.0);
                for (shade, full) in shade.iter_mut().zip([90.0, 200.0, 120.0]) {
                    *shade += (full - *shade) * part;
                }
            }
            rgba.extend(shade.map(|shade| shade as u8));
            rgba.push(255);
        }
        picture.fill_from_rgba(&rgba, width * 4);
    }

    #[test]
    fn ground_that_was_left_is_clean_before_the_next_segment_begins() {
        let (width, height) = (320, 192);
        let settings = H264Settings::new(width, height, (25, 1), DEFAULT_QUALITY).unwrap();
        let mut encoder = SegmentEncoder::new(&settings, &Starters::default());
        let mut picture = I420::new(width, height);
        let mut still_for = vec![0; (width * height) as usize];
        let mut before = Vec::new();
        for number in 0..50 {
            ground_and_discs(&mut picture, number);
            encoder.encode(&picture).unwrap();
            for ((pictures, before), now) in still_for.iter_mut().zip(&before).zip(picture.y()) {
                *pictures = if before == now { *pictures + 1 } else { 0 };
            }
            before = picture.y().to_vec();
        }
        let [shown, ..] = encoder.inter.as_ref().unwrap().decoded();
        // The next segment begins with the same picture.
        let mut next = SegmentEncoder::new(&settings, &Starters::default());
        next.encode(&picture).unwrap();
        let [key, ..] = next.inter.as_ref().unwrap().decoded();
        let mean_off = |a: &[u8], b: &[u8], is_meant: &dyn Fn(usize) -> bool| {
            let meant = (0..a.len()).filter(|at| still_for[*at] >= 10 && is_meant(*at));
            let off: Vec<u8> = meant.map(|at| a[at].abs_diff(b[at])).collect();
            assert!(off.len() > 200, "{} samples", off.len());
            off.iter().copied().map(f64::from).sum::<f64>() / off.len() as f64
        };
        let is_bright = |at: usize| picture.y()[at] > 100;
        let was_left = |at: usize| is_bright(at) && still_for[at] < 48;
        let bright = mean_off(&shown, picture.y(), &is_bright);
        let left = mean_off(&shown, picture.y(), &was_left);
        let snap = mean_off(&key, &shown, &|_| true);
        let bright_snap = mean_off(&key, &shown, &is_bright);
        assert!(
            bright < 0.35 && left < 0.35,
            "{bright}, {left} where something was left"
        );
        assert!(
            snap < 0.05 && bright_snap < 0.05,
            "{snap}, {bright_snap} where it is bright"
        );
    }

    #[test]
    fn ground_that_is_bare_again_comes_from_the_first_picture() {
        let (width, height) = (160_usize, 96_usize);
        let settings = H264Settings::new(width as u32, height as u32, (25, 1), DEFAULT_QUALITY).unwrap();
        let mut encoder = SegmentEncoder::new(&settings, &Starters::default());
        // Squares of chance shades: no part of the ground is like another.
        let shades: Vec<u8> = noise(5)
            .take(width * height / 16)
            .map(|number| 30 + (number >> 25) as u8)
            .collect();
        let is_covered = |x: usize, y: usize| (48..112).contains(&x) && (32..80).contains(&y);
        let mut picture = I420::new(width as u32, height as u32);
        let mut first = None;
        for number in 0..6 {
            let rgba = (0..width * height).flat_map(|at| {
                let (x, y) = (at % width, at / width);
                let shade = shades[y / 4 * (width / 4) + x / 4];
                if (1..5).contains(&number) && is_covered(x, y) {
                    [200, 120, 60, 255]
                } else {
                    [shade, shade, shade, 255]
                }
            });
            picture.fill_from_rgba(&rgba.collect::<Vec<u8>>(), width * 4);
            let bytes = encoder.encode(&picture).unwrap();
            let [decoded, ..] = encoder.inter.as_ref().unwrap().decoded();
            let first = first.get_or_insert_with(|| decoded.clone());
            let covered = (0..decoded.len()).filter(|at| is_covered(at % width, at / width));
            let different = covered.filter(|at| decoded[*at] != first[*at]).count();
            match number {
                0 => assert_eq!(different, 0),
                1..5 => assert!(different > 2500, "{different} of 3072 in picture {number}"),
                // To the sample, without a difference that would be coded.
                _ => assert!(different == 0 && bytes < 60, "{different} of 3072 in {bytes} bytes"),
            }
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
