//! RGBA rows to I420 planes, BT.709 limited range.
//!
//! Owns the picture format that the encoders eat. Must not know which encoder eats it.

use yuv::{BufferStoreMut, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, rgba_to_yuv420};

/// One picture as three planes (Y, then U and V at half the width and half the height), each tight:
/// its stride is its width. 8 bits a sample, BT.709 (ITU-R BT.709-6, section 3), limited range: luma
/// 16 to 235, chroma 16 to 240 around 128. Made once and filled again for every frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct I420 {
    width: u32,
    height: u32,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
}

impl I420 {
    /// A black picture of `width` by `height` pixels.
    ///
    /// # Panics
    /// If a side is odd or zero; [`H264Settings`](super::h264::H264Settings) has refused those.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        assert!(
            width > 0 && height > 0 && width.is_multiple_of(2) && height.is_multiple_of(2),
            "4:2:0 needs even sides, not {width}x{height}"
        );
        let luma = width as usize * height as usize;
        Self {
            width,
            height,
            y: vec![16; luma],
            u: vec![128; luma / 4],
            v: vec![128; luma / 4],
        }
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

    /// Luma: `width * height` bytes.
    #[must_use]
    pub fn y(&self) -> &[u8] {
        &self.y
    }

    /// Blue difference: `width / 2 * height / 2` bytes.
    #[must_use]
    pub fn u(&self) -> &[u8] {
        &self.u
    }

    /// Red difference: `width / 2 * height / 2` bytes.
    #[must_use]
    pub fn v(&self) -> &[u8] {
        &self.v
    }

    /// Takes over a picture of the same size. `rgba` is rows of 4 bytes a pixel, non-linear (sRGB)
    /// and opaque: alpha is not read. Row `r` starts at `r * stride_bytes`, as a GPU readback with
    /// padded rows has it; what follows the last row is not read. Chroma is the mean of four pixels.
    ///
    /// Measured: 3 ms for 3840x2160 on one core with AVX2, a tenth of the encoder's time; no sample
    /// is more than 1.2 steps from the formula.
    ///
    /// # Panics
    /// If the rows are shorter than `width` or `rgba` has too few of them. The last row needs its
    /// padding too: `yuv` takes whole strides, and leaves out two rows without a word otherwise.
    pub fn fill_from_rgba(&mut self, rgba: &[u8], stride_bytes: usize) {
        let row_bytes = self.width as usize * 4;
        assert!(
            stride_bytes >= row_bytes && rgba.len() >= stride_bytes * self.height as usize,
            "{} bytes with a stride of {stride_bytes} are no {}x{} picture",
            rgba.len(),
            self.width,
            self.height
        );
        let mut planes = YuvPlanarImageMut {
            y_plane: BufferStoreMut::Borrowed(&mut self.y),
            y_stride: self.width,
            u_plane: BufferStoreMut::Borrowed(&mut self.u),
            u_stride: self.width / 2,
            v_plane: BufferStoreMut::Borrowed(&mut self.v),
            v_stride: self.width / 2,
            width: self.width,
            height: self.height,
        };
        rgba_to_yuv420(
            &mut planes,
            rgba,
            u32::try_from(stride_bytes).expect("a row of less than 4 GiB"),
            YuvRange::Limited,
            YuvStandardMatrix::Bt709,
            YuvConversionMode::Balanced,
        )
        .expect("sizes were checked above");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BT.709-6, items 3.2 to 3.4, in floats; r, g, b in 0 to 255.
    fn bt709([r, g, b]: [u8; 3]) -> [f64; 3] {
        let [r, g, b] = [r, g, b].map(|channel| f64::from(channel) / 255.0);
        let luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        [
            16.0 + 219.0 * luma,
            128.0 + 224.0 * (b - luma) / 1.8556,
            128.0 + 224.0 * (r - luma) / 1.5748,
        ]
    }

    #[test]
    fn colours_are_bt709_limited() {
        // 34 wide: a SIMD block and a tail.
        let (width, height) = (34, 6);
        let mut picture = I420::new(width, height);
        let mut seed = 1_u32;
        for _ in 0..500 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [r, g, b, _] = seed.to_be_bytes();
            let rgba = [r, g, b, 255].repeat((width * height) as usize);
            picture.fill_from_rgba(&rgba, width as usize * 4);
            let want = bt709([r, g, b]);
            for (plane, want) in [picture.y(), picture.u(), picture.v()].iter().zip(want) {
                for &got in *plane {
                    let off = (f64::from(got) - want).abs();
                    assert!(off <= 1.2, "{r} {g} {b}: {got} for {want:.2}");
                }
            }
        }
    }

    #[test]
    fn white_and_black_reach_the_ends_of_the_range() {
        let mut picture = I420::new(2, 2);
        for (grey, luma) in [(0, 16), (255, 235)] {
            picture.fill_from_rgba(&[grey, grey, grey, 255].repeat(4), 8);
            assert_eq!(picture.y(), [luma; 4]);
            assert_eq!((picture.u(), picture.v()), (&[128][..], &[128][..]));
        }
    }

    #[test]
    fn padding_of_rows_is_not_read() {
        let (width, height, stride_bytes) = (6_usize, 4_usize, 256_usize);
        let mut tight = Vec::new();
        let mut padded = vec![0xEE; stride_bytes * height];
        for row in 0..height {
            for column in 0..width {
                let pixel = [(row * 50) as u8, (column * 40) as u8, 90, 255];
                let at = row * stride_bytes + column * 4;
                padded[at..at + 4].copy_from_slice(&pixel);
                tight.extend_from_slice(&pixel);
            }
        }
        let (mut a, mut b) = (I420::new(6, 4), I420::new(6, 4));
        a.fill_from_rgba(&tight, width * 4);
        b.fill_from_rgba(&padded, stride_bytes);
        assert_eq!(a, b);
    }

    #[test]
    #[should_panic(expected = "no 4x4 picture")]
    fn too_few_rows_are_our_own_bug() {
        I420::new(4, 4).fill_from_rgba(&[0; 48], 16);
    }
}
