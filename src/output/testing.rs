//! Pictures that say which they are, and decoders that are not ours: for the tests of this folder.

use super::h264::{H264Settings, Segment, SegmentEncoder, Starters};
use super::pixels::I420;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Output};

/// Pixels of one bit in a numbered picture.
const BIT_PX: u32 = 16;
/// Bits of the number: pictures are at least `16 * 16` pixels wide for it to be read again.
const BITS: u32 = 16;

/// Rows of a numbered picture below its number: patches whose colours are known.
pub const PATCHES: [[u8; 3]; 6] = [
    [8, 11, 18],
    [230, 60, 40],
    [50, 200, 90],
    [60, 110, 240],
    [250, 220, 60],
    [128, 128, 128],
];

/// Numbers without end that look like chance, the same for the same seed; the high bits are the better
/// ones (a linear congruential generator, Press et al., "Numerical Recipes", 7.1).
pub fn noise(seed: u32) -> impl Iterator<Item = u32> {
    let next = |seed: u32| seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    std::iter::successors(Some(next(seed)), move |seed| Some(next(*seed)))
}

/// A tight RGBA picture: its number in black and white squares along the top, then a bar that moves
/// with it, then [`PATCHES`].
pub fn numbered_rgba(width: u32, height: u32, number: u32) -> Vec<u8> {
    let mut rgba = Vec::with_capacity((width * height * 4) as usize);
    for y in 0..height {
        for x in 0..width {
            let colour = if y < BIT_PX {
                let bit = x / BIT_PX;
                [255 * u8::from(bit < BITS && number >> bit & 1 == 1); 3]
            } else if y < 3 * BIT_PX {
                let near = (x + width - number * 3 % width) % width < 20;
                if near { [240, 240, 240] } else { [8, 11, 18] }
            } else {
                PATCHES[(x as usize * PATCHES.len() / width as usize).min(PATCHES.len() - 1)]
            };
            rgba.extend_from_slice(&[colour[0], colour[1], colour[2], 255]);
        }
    }
    rgba
}

/// The same picture as planes.
pub fn numbered_picture(width: u32, height: u32, number: u32) -> I420 {
    let mut picture = I420::new(width, height);
    picture.fill_from_rgba(&numbered_rgba(width, height, number), width as usize * 4);
    picture
}

/// The number in a luma plane.
pub fn number_of(luma: &[u8], width: u32) -> u32 {
    (0..BITS).fold(0, |number, bit| {
        let at = (BIT_PX / 2 * width + bit * BIT_PX + BIT_PX / 2) as usize;
        number | u32::from(luma[at] > 125) << bit
    })
}

/// Numbered pictures through an encoder of their own.
pub fn segment(settings: &H264Settings, numbers: Range<u32>) -> Segment {
    let mut encoder = SegmentEncoder::new(settings, &Starters::default());
    for number in numbers {
        let picture = numbered_picture(settings.width(), settings.height(), number);
        encoder.encode(&picture).unwrap();
    }
    encoder.finish()
}

/// File names in a folder, sorted, hidden ones too.
pub fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs `ffmpeg` or `ffprobe`; any complaint is a failure.
pub fn run(program: &str, arguments: &[&str], file: &Path) -> Output {
    let (before, after) = arguments.split_at(
        arguments
            .iter()
            .position(|&argument| argument == "-i")
            .map_or(arguments.len(), |at| at + 1),
    );
    let output = Command::new(program)
        .args(["-v", "warning"])
        .args(before)
        .arg(file)
        .args(after)
        .output()
        .unwrap_or_else(|error| panic!("cannot run {program}: {error}; install ffmpeg (setup.sh does)"));
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.trim().is_empty(),
        "{program} on {}: {}: {complaints}",
        file.display(),
        output.status
    );
    output
}

/// All pictures of a film, each as tight I420 bytes.
pub fn decode(file: &Path, width: u32, height: u32) -> Vec<Vec<u8>> {
    let arguments = ["-i", "-f", "rawvideo", "-fps_mode", "passthrough", "-"];
    let bytes = run("ffmpeg", &arguments, file).stdout;
    let picture_bytes = (width * height * 3 / 2) as usize;
    assert_eq!(bytes.len() % picture_bytes, 0, "whole pictures");
    bytes.chunks(picture_bytes).map(<[u8]>::to_vec).collect()
}

/// The answer of `ffprobe` about the video stream: `key=value` lines.
pub fn probe(file: &Path) -> String {
    let arguments = ["-show_error", "-show_streams", "-select_streams", "v:0", "-i"];
    String::from_utf8(run("ffprobe", &arguments, file).stdout).unwrap()
}
