//! RGBA rows to I420 planes, BT.709 limited range.
//!
//! Owns the picture format that the encoders eat. Must not know which encoder eats it.

use super::sink::Picture;
use yuv::{BufferStoreMut, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, rgba_to_yuv420};

/// One picture as three planes (Y, then U and V at half the width and half the height), each tight:
/// its stride is its width. 8 bits a sample, BT.709 (ITU-R BT.709-6, section 3), limited range: luma
/// 16 to 235, chroma 16 to 240 around 128. Made once and filled again for every frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct I420 {
    width: u32,
    height: u32,
    /// The planes one after the other, behind `head_bytes` of something else.
    bytes: Vec<u8>,
    head_bytes: usize,
}

impl I420 {
    /// A picture of `width` by `height` pixels, all zeros until it is filled.
    ///
    /// # Panics
    /// If a side is odd or zero; [`H264Settings`](super::h264::H264Settings) has refused those.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self::reusing(width, height, Vec::new(), &[])
    }

    /// The same in a buffer that may have held another picture, behind `head`.
    ///
    /// # Panics
    /// As [`I420::new`].
    #[must_use]
    pub fn reusing(width: u32, height: u32, mut bytes: Vec<u8>, head: &[u8]) -> Self {
        assert!(
            width > 0 && height > 0 && width.is_multiple_of(2) && height.is_multiple_of(2),
            "4:2:0 needs even sides, not {width}x{height}"
        );
        bytes.resize(head.len() + width as usize * height as usize * 3 / 2, 0);
        bytes[..head.len()].copy_from_slice(head);
        Self {
            width,
            height,
            bytes,
            head_bytes: head.len(),
        }
    }

    /// The head and the planes as one piece.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Samples of the luma plane; each chroma plane has a quarter.
    fn luma(&self) -> usize {
        self.width as usize * self.height as usize
    }

    fn planes_mut(&mut self) -> [&mut [u8]; 3] {
        let luma = self.luma();
        let (y, chroma) = self.bytes[self.head_bytes..].split_at_mut(luma);
        let (u, v) = chroma.split_at_mut(luma / 4);
        [y, u, v]
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
        &self.bytes[self.head_bytes..][..self.luma()]
    }

    /// Blue difference: `width / 2 * height / 2` bytes.
    #[must_use]
    pub fn u(&self) -> &[u8] {
        &self.bytes[self.head_bytes + self.luma()..][..self.luma() / 4]
    }

    /// Red difference: `width / 2 * height / 2` bytes.
    #[must_use]
    pub fn v(&self) -> &[u8] {
        &self.bytes[self.head_bytes + self.luma() / 4 * 5..]
    }

    /// Takes over a picture of the same size, of either kind.
    ///
    /// # Panics
    /// As [`I420::fill_from_rgba`].
    pub fn fill(&mut self, picture: Picture<'_>) {
        match picture {
            Picture::Rgba { bytes, bytes_per_row } => self.fill_from_rgba(bytes, bytes_per_row),
            Picture::Nv12 { bytes, bytes_per_row } => self.fill_from_nv12(bytes, bytes_per_row),
        }
    }

    /// Takes over a picture of the same size that has been converted already: rows of luma, then
    /// rows of chroma in pairs, `stride_bytes` apart.
    ///
    /// # Panics
    /// If the rows are shorter than `width` or there are too few of them.
    pub fn fill_from_nv12(&mut self, nv12: &[u8], stride_bytes: usize) {
        let (width, height) = (self.width as usize, self.height as usize);
        assert!(
            stride_bytes >= width && nv12.len() >= stride_bytes * height * 3 / 2,
            "{} bytes with a stride of {stride_bytes} are no {width}x{height} picture",
            nv12.len()
        );
        let (luma, chroma) = nv12.split_at(stride_bytes * height);
        let [y, u, v] = self.planes_mut();
        for (to, from) in y.chunks_exact_mut(width).zip(luma.chunks_exact(stride_bytes)) {
            to.copy_from_slice(&from[..width]);
        }
        let rows = u.chunks_exact_mut(width / 2).zip(v.chunks_exact_mut(width / 2));
        for ((u, v), from) in rows.zip(chroma.chunks_exact(stride_bytes)) {
            let (pairs, _) = from[..width].as_chunks::<2>();
            for ((u, v), [blue, red]) in u.iter_mut().zip(v).zip(pairs) {
                (*u, *v) = (*blue, *red);
            }
        }
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
        let (width, height) = (self.width, self.height);
        let [y, u, v] = self.planes_mut();
        let mut planes = YuvPlanarImageMut {
            y_plane: BufferStoreMut::Borrowed(y),
            y_stride: width,
            u_plane: BufferStoreMut::Borrowed(u),
            u_stride: width / 2,
            v_plane: BufferStoreMut::Borrowed(v),
            v_stride: width / 2,
            width,
            height,
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
    fn nv12_is_taken_apart_and_a_head_stays_in_front() {
        let nv12 = [
            1, 2, 3, 4, 0, 0, // luma, two bytes of padding a row
            5, 6, 7, 8, 0, 0, //
            10, 20, 11, 21, 0, 0, // chroma in pairs
        ];
        let mut picture = I420::reusing(4, 2, vec![9; 3], b"HEAD");
        picture.fill(Picture::Nv12 {
            bytes: &nv12,
            bytes_per_row: 6,
        });
        assert_eq!(picture.y(), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!((picture.u(), picture.v()), (&[10, 11][..], &[20, 21][..]));
        assert_eq!(
            picture.into_bytes(),
            b"HEAD\x01\x02\x03\x04\x05\x06\x07\x08\x0a\x0b\x14\x15"
        );
    }

    #[test]
    #[should_panic(expected = "no 4x4 picture")]
    fn too_few_rows_are_our_own_bug() {
        I420::new(4, 4).fill_from_rgba(&[0; 48], 16);
    }
}
