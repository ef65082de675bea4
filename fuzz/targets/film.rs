//! Films of pictures that the bytes draw: ffmpeg decodes what the H.264 encoder and the MP4 writer wrote,
//! without a complaint, and shows what was drawn.

use std::process::Command;

use portbloom::output::h264::{H264Settings, SegmentEncoder, Starters};
use portbloom::output::mp4::{Mp4Settings, Mp4Writer};
use portbloom::output::pixels::I420;

use super::kind_of;

/// Pictures of a film at most.
const MOST_PICTURES: usize = 24;

/// Frames a second that containers and levels have trouble with, and that they have not.
const RATES: [(u32, u32); 6] = [(25, 1), (30_000, 1001), (1, 1), (60, 1), (1_000_000, 33_333), (1, 10)];

/// Reads size, quality and rate, then a step for each picture.
pub fn run(data: &[u8]) -> u64 {
    let mut bytes = data.iter().copied();
    let mut next = || bytes.next().map(usize::from);
    let mut side = || 16 + 2 * (next().unwrap_or(8) % 64);
    let [width, height] = [side(), side()];
    let quality = next().unwrap_or(70) as u8 % 101;
    let fps = RATES[next().unwrap_or(0) % RATES.len()];
    let size_px = [width as u32, height as u32];
    let settings = match H264Settings::new(size_px[0], size_px[1], fps, quality) {
        Ok(settings) => settings,
        Err(error) => return kind_of(&error.to_string()),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    let container = Mp4Settings {
        width: size_px[0],
        height: size_px[1],
        fps,
    };
    let mut writer = Mp4Writer::create(&path, false, container, MOST_PICTURES as u64, &[], None).expect("a new file");
    let starters = Starters::default();
    let mut encoder = SegmentEncoder::new(&settings, &starters);
    let mut canvas = Canvas::new([width, height]);
    let mut picture = I420::new(size_px[0], size_px[1]);
    let (mut shown, mut in_segment, mut steps) = (Vec::new(), 0, 0);
    while let Some(step) = next() {
        if shown.len() == MOST_PICTURES {
            break;
        }
        if step & 0x80 != 0 && in_segment > 1 {
            let whole = std::mem::replace(&mut encoder, SegmentEncoder::new(&settings, &starters));
            writer.write_segment(&whole.finish()).expect("a segment that fits");
            in_segment = 0;
        }
        canvas.step(step % 5, &mut || next().unwrap_or(0));
        steps |= 1 << (step % 5);
        picture.fill_from_rgba(&canvas.rgba, width * 4);
        if let Err(error) = encoder.encode(&picture) {
            assert!(canvas.has_noise, "{error}");
            return kind_of(&error.to_string());
        }
        shown.push([picture.y(), picture.u(), picture.v()].concat());
        in_segment += 1;
    }
    if shown.is_empty() {
        return 0;
    }
    writer.write_segment(&encoder.finish()).expect("a segment that fits");
    assert_eq!(writer.finish().expect("a film").frames, shown.len() as u64);

    let decoded = Command::new("ffmpeg")
        .args(["-v", "warning", "-i"])
        .arg(&path)
        .args(["-f", "rawvideo", "-fps_mode", "passthrough", "-"])
        .output()
        .expect("ffmpeg (setup.sh --tests installs it)");
    // Small pictures at a tenth of a frame a second are so few bytes that ffmpeg's writer of raw pictures wonders.
    let complaints = String::from_utf8_lossy(&decoded.stderr);
    let complaints = complaints.replace(
        "The bitrate parameter is set too low. It takes bits/s as argument, not kbits/s\n",
        "",
    );
    assert!(decoded.status.success() && complaints.is_empty(), "{complaints}");
    assert_eq!(decoded.stdout.len(), shown.len() * width * height * 3 / 2);
    // Half a step of the quantiser, and what lies between samples; of noise, what is finest is left out.
    let step = 0.625 * 2_f64.powf(f64::from(portbloom::output::quality::qp(quality)) / 6.0);
    let most = if canvas.has_noise { 60.0 } else { step + 2.0 };
    for (number, (got, want)) in decoded.stdout.chunks(shown[0].len()).zip(&shown).enumerate() {
        let squares = got.iter().zip(want).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
        let off = (squares.sum::<f64>() / want.len() as f64).sqrt();
        assert!(off < most, "picture {number} is off by {off}, {most} are allowed");
    }
    (steps << 8 | u64::from(quality / 10) << 4) + u64::from(canvas.has_noise)
}

/// A picture that is drawn on.
struct Canvas {
    size: [usize; 2],
    rgba: Vec<u8>,
    has_noise: bool,
}

impl Canvas {
    fn new(size: [usize; 2]) -> Self {
        Self {
            size,
            rgba: [8, 11, 18, 255].repeat(size[0] * size[1]),
            has_noise: false,
        }
    }

    /// Nothing, an even or a noisy rectangle, everything moved, or a disc with a soft edge.
    fn step(&mut self, step: usize, next: &mut impl FnMut() -> usize) {
        let [width, height] = self.size;
        match step {
            1 | 2 => {
                let (left, top) = (next() % width, next() % height);
                let (right, bottom) = (left + 1 + next() % 48, top + 1 + next() % 48);
                let mut shade = [next() as u8, next() as u8, next() as u8];
                self.has_noise |= step == 2;
                let mut state = u32::from(shade[0]) << 8 | 1;
                for y in top..bottom.min(height) {
                    for x in left..right.min(width) {
                        if step == 2 {
                            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            shade = [24, 16, 8].map(|bits| (state >> bits) as u8);
                        }
                        self.rgba[(y * width + x) * 4..][..3].copy_from_slice(&shade);
                    }
                }
            }
            3 => {
                let (dx, dy) = (next() % width, next() % height);
                self.rgba.rotate_right((dy * width + dx) * 4);
            }
            4 => {
                let center = [next() % width, next() % height].map(|at| at as f32 + next() as f32 / 256.0);
                let radius = (next() % 40) as f32;
                let shade = [next(), next(), next()];
                for (at, pixel) in self.rgba.chunks_exact_mut(4).enumerate() {
                    let off = ((at % width) as f32 - center[0]).hypot((at / width) as f32 - center[1]);
                    let part = (radius - off).clamp(0.0, 0.8);
                    for (channel, full) in pixel.iter_mut().zip(shade) {
                        *channel = (f32::from(*channel) * (1.0 - part) + full as f32 * part) as u8;
                    }
                }
            }
            _ => {}
        }
    }
}
