//! A picture in memory, and its blend: a colour over the pixels that are there, in fixed point.
//!
//! Colours are sRGB bytes blended as they are, as in `gpu`: `out = color * share + out * (1 - share)`. The share,
//! opacity times coverage, is in 65,536ths. A byte is at most 0.51 steps from the exact value.
//!
//! Pixels are blended four at a time, with the SIMD that every x86-64 processor has; `avx2` blends eight. Shares
//! and products are whole numbers below 2^24. Floats hold those exactly, and such SIMD multiplies floats faster
//! than integers.

use wide::{f32x4, i32x4};

use super::changes::Part;

/// Pixels in RGBA, premultiplied, rows from the top. A row is longer than the picture is wide, so that a whole
/// block of pixels can begin at each pixel of the picture.
pub(super) struct Canvas {
    /// Pixels as their bytes are in memory.
    pixels: Vec<u32>,
    /// Pixels in a row.
    stride: usize,
    ground: u32,
    /// Whether every pixel is opaque, and stays so.
    opaque: bool,
}

/// Some rows of a canvas, for one thread to draw in. Rows are counted from the top of the canvas.
pub(super) struct Strip<'a> {
    pixels: &'a mut [u32],
    top: usize,
    stride: usize,
    ground: u32,
    opaque: bool,
}

/// Number of pixels that are blended at a time. Pixels of a block that are beyond the shape have a share of 0,
/// which leaves every byte as it is.
const LANES: usize = 4;

/// The largest number of pixels that are blended at a time, in `avx2`.
pub(super) const MOST_LANES: usize = 8;

/// The share of a colour that covers a pixel wholly.
pub(super) const WHOLE: f32 = 65_536.0;

/// Half a step of a channel, added before a sum is cut to whole steps.
pub(super) const HALF: f32 = WHOLE / 2.0;

/// 2^23: added to a smaller float and subtracted again, it rounds the float to a whole number.
pub(super) const ROUND: f32 = 8_388_608.0;

/// An opacity of 0 to 1 as a share.
#[inline]
pub(super) fn share(opacity: f32) -> f32 {
    (opacity * WHOLE + ROUND) - ROUND
}

/// Four opacities of 0 to 1 as shares.
#[inline]
pub(super) fn shares(opacities: f32x4) -> f32x4 {
    (opacities * WHOLE + ROUND) - ROUND
}

/// A blend of one colour with one share. Each channel becomes `(keep * channel + add) / WHOLE`, in 8.8 fixed
/// point, for which 16 bits are enough.
#[derive(Clone, Copy)]
struct Paint {
    keep: u16,
    /// In 256ths of a step.
    add: [u16; 4],
}

impl Paint {
    #[inline]
    fn new([red, green, blue]: [u8; 3], share: f32) -> Self {
        // With 65,535 in place of 65,536 an opaque colour is still the byte itself.
        let share = (share as u32).min(u32::from(u16::MAX));
        Self {
            add: [red, green, blue, 255].map(|channel| ((u32::from(channel) * (share + 1)) >> 8) as u16 + 128),
            keep: u16::MAX - share as u16,
        }
    }

    fn over(self, pixels: &mut [u32]) {
        let keep = u32::from(self.keep);
        let blend = |byte: u8, add: u16| {
            let kept = ((u32::from(u16::from(byte) << 8) * keep) >> 16) as u16;
            ((kept + add) >> 8) as u8
        };
        let [r, g, b, a] = self.add;
        let add = [r, g, b, a, r, g, b, a, r, g, b, a, r, g, b, a];
        let (blocks, rest) = bytemuck::cast_slice_mut(pixels).as_chunks_mut::<{ 4 * LANES }>();
        for block in blocks {
            *block = std::array::from_fn(|at| blend(block[at], add[at]));
        }
        for (byte, add) in rest.iter_mut().zip(add) {
            *byte = blend(*byte, add);
        }
    }
}

/// A colour's channels, opaque alpha the last.
#[inline]
pub(super) fn channels([red, green, blue]: [u8; 3]) -> [f32; 4] {
    [red, green, blue, 255].map(f32::from)
}

/// Sets each channel of a block to `(keep * channel + add) / WHOLE`. `add` is called with the channel's number.
#[inline(always)]
fn blend(block: &mut [u32; LANES], opaque: bool, keep: f32x4, add: impl Fn(usize) -> f32x4) {
    let below: i32x4 = bytemuck::cast(block.map(u32::from_le));
    let byte = i32x4::splat(255);
    let sum = |channel: usize, below: i32x4| (below.round_float() * keep + add(channel)).fast_trunc_int();
    // A channel is in bits 16 to 23 of its sum.
    let red = sum(0, below & byte) >> 16;
    let green = (sum(1, below >> 8 & byte) >> 8) & i32x4::splat(0xff00);
    let blue = sum(2, below >> 16 & byte) & i32x4::splat(0xff_0000);
    let alpha = if opaque {
        below & i32x4::splat(255 << 24)
    } else {
        (sum(3, below >> 24 & byte) >> 16) << 24
    };
    let out: [u32; LANES] = bytemuck::cast(red | green | blue | alpha);
    *block = out.map(u32::to_le);
}

impl Canvas {
    /// `ground` is what [`Strip::clear`] fills parts with.
    pub fn new([width, height]: [u32; 2], ground: [u8; 4]) -> Self {
        let stride = (width as usize + MOST_LANES - 1).next_multiple_of(MOST_LANES);
        Self {
            pixels: vec![0; stride * height as usize],
            stride,
            ground: u32::from_ne_bytes(ground),
            opaque: ground[3] == 255,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.pixels)
    }

    pub fn bytes_per_row(&self) -> usize {
        self.stride * size_of::<u32>()
    }

    /// The canvas in strips of `rows` rows. The last strip may have fewer.
    pub fn strips(&mut self, rows: u32) -> impl Iterator<Item = Strip<'_>> {
        let (stride, ground, opaque) = (self.stride, self.ground, self.opaque);
        let strips = self.pixels.chunks_mut(rows as usize * stride).enumerate();
        strips.map(move |(number, pixels)| Strip {
            pixels,
            top: number * rows as usize,
            stride,
            ground,
            opaque,
        })
    }
}

impl Strip<'_> {
    /// Index of a pixel in the strip.
    #[inline]
    fn at(&self, x: u32, y: u32) -> usize {
        (y as usize - self.top) * self.stride + x as usize
    }

    #[inline]
    fn run_mut(&mut self, y: u32, from: u32, to: u32) -> &mut [u32] {
        let start = self.at(from, y);
        &mut self.pixels[start..start + (to - from) as usize]
    }

    /// Fills a part with the ground.
    pub fn clear(&mut self, [left, top, right, bottom]: Part) {
        let ground = self.ground;
        for y in top..bottom {
            self.run_mut(y, left, right).fill(ground);
        }
    }

    /// The pixels `from` to `to - 1` of a row in blocks. The last block may hold pixels from `to` on as well.
    #[inline]
    pub fn blocks_mut<const N: usize>(&mut self, y: u32, from: u32, to: u32) -> &mut [[u32; N]] {
        let start = self.at(from, y);
        let end = start + ((to - from) as usize).next_multiple_of(N);
        self.pixels[start..end].as_chunks_mut().0
    }

    /// Calls `blend` with each block of the pixels `from` to `to - 1` of a row, and the x of its pixels.
    #[inline(always)]
    fn blocks(&mut self, y: u32, from: u32, to: u32, mut blend: impl FnMut(&mut [u32; LANES], f32x4)) {
        if from >= to {
            return;
        }
        let mut x = f32x4::from([0.0, 1.0, 2.0, 3.0]) + from as f32;
        for block in self.blocks_mut(y, from, to) {
            blend(block, x);
            x += LANES as f32;
        }
    }

    /// Whether every pixel is opaque, and stays so.
    #[cfg(target_arch = "x86_64")]
    pub fn is_opaque(&self) -> bool {
        self.opaque
    }

    /// Blends one colour over the pixels `from` to `to - 1` of a row, all with the same share.
    #[inline]
    pub fn run(&mut self, y: u32, from: u32, to: u32, color: [u8; 3], share: f32) {
        if share > 0.0 && from < to {
            Paint::new(color, share).over(self.run_mut(y, from, to));
        }
    }

    /// Blends one colour over the pixels `from` to `to - 1` of a row, each with its own opacity, by x.
    #[inline(always)]
    pub fn pixels(&mut self, y: u32, from: u32, to: u32, color: [u8; 3], opacity: impl Fn(f32x4) -> f32x4) {
        let (opaque, color) = (self.opaque, channels(color));
        self.blocks(y, from, to, |block, x| {
            let share = shares(opacity(x)) & x.simd_lt(to as f32);
            blend(block, opaque, WHOLE - share, |channel| share * color[channel] + HALF);
        });
    }

    /// Blends one colour over the pixels from `from` on, each with the share that `share_of` has for its
    /// coverage.
    pub fn mask(&mut self, y: u32, from: u32, color: [u8; 3], coverage: &[u8], share_of: &[f32; 256]) {
        let (opaque, color) = (self.opaque, channels(color));
        let to = from + coverage.len() as u32;
        let mut coverage = coverage.chunks(LANES);
        self.blocks(y, from, to, |block, _| {
            let mut share = [0.0; LANES];
            for (share, coverage) in share.iter_mut().zip(coverage.next().unwrap_or_default()) {
                *share = share_of[usize::from(*coverage)];
            }
            let share = f32x4::from(share);
            blend(block, opaque, WHOLE - share, |channel| share * color[channel] + HALF);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All of a canvas, filled with its ground.
    fn cleared(canvas: &mut Canvas) -> Strip<'_> {
        let [width, height] = [canvas.stride, canvas.pixels.len() / canvas.stride].map(|side| side as u32);
        let mut strip = canvas.strips(height).next().unwrap();
        strip.clear([0, 0, width, height]);
        strip
    }

    #[test]
    fn every_blend_is_within_a_step_of_the_formula() {
        let mut worst = 0.0_f64;
        for below in 0..=255_u8 {
            for color in [0, 1, 77, 128, 254, 255] {
                for step in 0..=200 {
                    let opacity = step as f32 / 200.0;
                    let mut canvas = Canvas::new([1, 1], [below; 4]);
                    let exact = f64::from(color) * f64::from(opacity) + f64::from(below) * (1.0 - f64::from(opacity));
                    let mut strip = cleared(&mut canvas);
                    strip.run(0, 0, 1, [color; 3], super::share(opacity));
                    worst = worst.max((f64::from(canvas.bytes()[0]) - exact).abs());
                    let mut strip = cleared(&mut canvas);
                    strip.pixels(0, 0, 1, [color; 3], |_| f32x4::splat(opacity));
                    worst = worst.max((f64::from(canvas.bytes()[0]) - exact).abs());
                }
            }
        }
        assert!(worst < 0.51, "{worst}");
    }

    #[test]
    fn nothing_and_everything_are_exact_and_opaque_stays_opaque() {
        assert_eq!([share(0.0), share(0.5), share(1.0)], [0.0, WHOLE / 2.0, WHOLE]);
        let mut canvas = Canvas::new([9, 1], [8, 10, 15, 255]);
        let mut strip = cleared(&mut canvas);
        strip.run(0, 0, 9, [1, 2, 3], 0.0);
        strip.pixels(0, 0, 9, [1, 2, 3], |_| f32x4::ZERO);
        assert_eq!(canvas.bytes(), [8, 10, 15, 255].repeat(16));
        let mut strip = cleared(&mut canvas);
        strip.run(0, 0, 9, [200, 100, 50], share(1.0 / 3.0));
        assert!(canvas.bytes().iter().skip(3).step_by(4).all(|alpha| *alpha == 255));
        // Blocks of four and the rest alike.
        assert!(
            canvas
                .bytes()
                .chunks(4)
                .take(9)
                .all(|pixel| pixel == &canvas.bytes()[..4])
        );
        let ground = canvas.bytes()[..4].to_vec();
        let mut strip = canvas.strips(1).next().unwrap();
        strip.run(0, 2, 4, [1, 2, 3], WHOLE);
        strip.pixels(0, 4, 6, [1, 2, 3], |x| x.simd_lt(5.0) & f32x4::ONE);
        assert_eq!(canvas.bytes()[8..20], [1, 2, 3, 255].repeat(3));
        assert_eq!(canvas.bytes()[20..24], ground);
    }

    #[test]
    fn strips_are_rows_of_their_own() {
        let mut canvas = Canvas::new([6, 5], [0, 0, 0, 255]);
        cleared(&mut canvas);
        let mut strips: Vec<Strip<'_>> = canvas.strips(2).collect();
        assert_eq!(strips.len(), 3);
        // A block ends beyond its row, at most four pixels of it.
        strips[0].pixels(1, 5, 6, [1, 1, 1], |_| f32x4::ONE);
        strips[1].run(2, 0, 1, [2, 2, 2], WHOLE);
        strips[2].pixels(4, 3, 6, [3, 3, 3], |_| f32x4::ONE);
        let bytes_per_row = canvas.bytes_per_row();
        let rows = canvas.bytes().chunks(bytes_per_row);
        let red: Vec<Vec<u8>> = rows.map(|row| row[..24].iter().copied().step_by(4).collect()).collect();
        assert_eq!(
            red,
            [
                [0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 1],
                [2, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0],
                [0, 0, 0, 3, 3, 3]
            ]
        );
    }
}
