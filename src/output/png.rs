//! A picture to a PNG file.
//!
//! Owns the choice of PNG settings. Must not know what the picture shows.

use super::OutputError;
use super::whole_file::{WholeFile, write_error};
use flate2::Crc;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageError};
use std::io;
use std::path::Path;

/// Writes a picture of `width` by `height` pixels: `rgba` is tight rows of 4 bytes a pixel, sRGB,
/// with straight alpha. A picture that is opaque throughout is written as RGB. With `dpi` the file says how large it
/// is on paper. Without `force` an existing file is kept; the name appears only when the file is whole.
///
/// # Errors
/// Those of [`WholeFile::create`] and [`WholeFile::finish`]; no file is left then.
///
/// # Panics
/// If `rgba` has another length than `4 * width * height`.
pub fn write_png(
    path: &Path,
    force: bool,
    [width, height]: [u32; 2],
    rgba: &[u8],
    dpi: Option<u16>,
) -> Result<(), OutputError> {
    let png = encoded_png([width, height], rgba, dpi).map_err(|error| write_error(path, error))?;
    let mut file = WholeFile::create(path, force)?;
    file.write(&png)?;
    file.finish().map(|_| ())
}

/// The bytes of such a file.
///
/// # Errors
/// Those of the encoder.
///
/// # Panics
/// As [`write_png`].
pub fn encoded_png([width, height]: [u32; 2], rgba: &[u8], dpi: Option<u16>) -> io::Result<Vec<u8>> {
    assert_eq!(
        rgba.len(),
        4 * width as usize * height as usize,
        "no {width}x{height} picture"
    );
    let (pixels, _) = rgba.as_chunks::<4>();
    let opaque = pixels.iter().all(|pixel| pixel[3] == 255);
    let rgb: Vec<u8>;
    let (bytes, colour) = if opaque {
        rgb = pixels.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
        (&rgb[..], ExtendedColorType::Rgb8)
    } else {
        (rgba, ExtendedColorType::Rgba8)
    };
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive)
        .write_image(bytes, width, height, colour)
        .map_err(|error| match error {
            ImageError::IoError(error) => error,
            other => io::Error::other(other),
        })?;
    let size = dpi.map_or_else(Vec::new, size_on_paper);
    let (head, rest) = png.split_at(HEAD_BYTES);
    Ok([head, &size, rest].concat())
}

/// Bytes up to the end of the first chunk, IHDR: the signature, then length, name, 13 bytes and a checksum.
const HEAD_BYTES: usize = 8 + 12 + 13;

/// The chunk pHYs (PNG, third edition, 11.3.4.3): pixels in a metre, across and down.
fn size_on_paper(dpi: u16) -> Vec<u8> {
    let per_metre = ((f64::from(dpi) / 0.0254).round() as u32).to_be_bytes();
    let body = [b"pHYs", &per_metre[..], &per_metre, &[1]].concat();
    let mut crc = Crc::new();
    crc.update(&body);
    [&9_u32.to_be_bytes()[..], &body, &crc.sum().to_be_bytes()].concat()
}

/// Before the text of a mark in its chunk iTXt (11.3.3.4): its keyword, not compressed, of no language, no other keyword.
const MARK_HEAD: &[u8] = b"portbloom\0\0\0\0\0";

/// The bytes of a picture with a mark behind the first chunk.
pub fn with_mark(png: &[u8], mark: &str) -> Vec<u8> {
    let (head, rest) = png.split_at(HEAD_BYTES);
    let body = [b"iTXt", MARK_HEAD, mark.as_bytes()].concat();
    let length = (body.len() - 4) as u32;
    let mut crc = Crc::new();
    crc.update(&body);
    [head, &length.to_be_bytes(), &body, &crc.sum().to_be_bytes(), rest].concat()
}

/// The mark of a picture that has one, and the picture without it.
pub fn without_mark(png: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    let (head, rest) = png.split_at_checked(HEAD_BYTES)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (body, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize + 4)?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let mark = body.strip_prefix(b"iTXt")?.strip_prefix(MARK_HEAD)?;
    let mut crc = Crc::new();
    crc.update(body);
    (crc.sum().to_be_bytes() == *checksum).then(|| (mark, [head, rest].concat()))
}

/// Premultiplied RGBA, as a renderer blends it, to the straight alpha of files. Opaque pixels stay.
pub fn to_straight_alpha(rgba: &mut [u8]) {
    let (pixels, _) = rgba.as_chunks_mut::<4>();
    for pixel in pixels {
        let alpha = u32::from(pixel[3]);
        if alpha > 0 && alpha < 255 {
            for channel in &mut pixel[..3] {
                *channel = ((u32::from(*channel) * 255 + alpha / 2) / alpha).min(255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::{names_in, numbered_rgba, run};
    use std::fs;

    #[test]
    fn an_opaque_picture_is_rgb_and_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frame.png");
        let rgba = numbered_rgba(320, 192, 7);
        write_png(&path, false, [320, 192], &rgba, None).unwrap();
        assert_eq!(names_in(folder.path()), ["frame.png"]);
        let read = image::load_from_memory(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(read.color(), image::ColorType::Rgb8);
        assert_eq!(read.to_rgba8().into_raw(), rgba);
        // And for a decoder that is not ours.
        let arguments = ["-i", "-f", "rawvideo", "-pix_fmt", "rgba", "-"];
        assert_eq!(run("ffmpeg", &arguments, &path).stdout, rgba);
    }

    #[test]
    fn a_translucent_picture_keeps_its_alpha() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frame.png");
        let mut rgba = numbered_rgba(256, 64, 7);
        rgba[3] = 128;
        write_png(&path, false, [256, 64], &rgba, None).unwrap();
        let read = image::load_from_memory(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(read.color(), image::ColorType::Rgba8);
        assert_eq!(read.to_rgba8().into_raw(), rgba);
    }

    #[test]
    fn a_picture_for_print_says_how_large_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frame.png");
        let rgba = numbered_rgba(256, 64, 7);
        write_png(&path, false, [256, 64], &rgba, Some(300)).unwrap();
        let read = image::load_from_memory(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(read.to_rgba8().into_raw(), rgba);
        // A wrong checksum would be a complaint.
        assert_eq!(
            run("ffmpeg", &["-i", "-f", "rawvideo", "-pix_fmt", "rgba", "-"], &path).stdout,
            rgba
        );
        let bytes = fs::read(&path).unwrap();
        let at = bytes.windows(4).position(|name| name == b"pHYs").unwrap();
        // 300 dots per inch.
        assert_eq!(bytes[at + 4..at + 13], [0, 0, 46, 35, 0, 0, 46, 35, 1]);
        assert_eq!(at, 37);
    }

    #[test]
    fn an_existing_picture_is_kept_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frame.png");
        fs::write(&path, b"old").unwrap();
        let rgba = numbered_rgba(256, 64, 7);
        let error = write_png(&path, false, [256, 64], &rgba, None).unwrap_err();
        assert!(matches!(error, OutputError::Exists { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_png(&path, true, [256, 64], &rgba, None).unwrap();
        assert_ne!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names_in(folder.path()), ["frame.png"]);
    }

    #[test]
    fn a_failed_picture_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frame.png");
        assert!(write_png(&path, false, [0, 0], &[], None).is_err());
        assert!(names_in(folder.path()).is_empty());
    }
}
