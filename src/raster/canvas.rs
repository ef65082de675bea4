//! A picture in memory, and the one blend: colour over what is there, in fixed point.
//!
//! Colours are sRGB bytes blended as they are, as in `gpu`: `out = c * share + out * (1 - share)`, with
//! the share, opacity times coverage, in 65,536ths. A byte is at most half a step and a hundredth from
//! the exact one.

use super::changes::Part;

/// RGBA, premultiplied, rows from the top without padding.
pub(super) struct Canvas {
    bytes: Vec<u8>,
    width: usize,
    ground: [u8; 4],
}

/// The whole of a pixel, as a share.
pub(super) const WHOLE: u32 = 1 << 16;

/// An opacity of 0 to 1 as a share.
pub(super) fn share(opacity: f32) -> u32 {
    // The bits of a float between 2^23 and 2^24 are an integer: SIMD has this where it has no cast.
    (opacity * WHOLE as f32 + 8_388_608.0).to_bits() & 0x7f_ffff
}

/// A colour for pixels that each have a share of their own.
#[derive(Clone, Copy)]
struct Color {
    /// Red and green, blue and opaque alpha: two channels in the halves of a word, so that one
    /// multiplication serves both.
    pairs: [u64; 2],
}

impl Color {
    fn new([red, green, blue]: [u8; 3]) -> Self {
        let pair = |low: u8, high: u8| u64::from(low) | u64::from(high) << 32;
        Self {
            pairs: [pair(red, green), pair(blue, 255)],
        }
    }

    fn over(self, pixel: &mut [u8; 4], share: u32) {
        const HALF: u64 = 1 << 15 | 1 << 47;
        let [red, green, blue, alpha] = *pixel;
        let blend = |low: u8, high: u8, color: u64| {
            let below = u64::from(low) | u64::from(high) << 32;
            let sum = below * u64::from(WHOLE - share) + color * u64::from(share) + HALF;
            [(sum >> 16) as u8, (sum >> 48) as u8]
        };
        let [red, green] = blend(red, green, self.pairs[0]);
        let [blue, alpha] = blend(blue, alpha, self.pairs[1]);
        *pixel = [red, green, blue, alpha];
    }
}

/// A colour for pixels that all have the same share: 8.8 fixed point, as wide as the products of the
/// least SIMD there is.
#[derive(Clone, Copy)]
struct Paint {
    /// Colour times share in 256ths of a step, and half a step.
    add: [u16; 4],
    /// What is kept of the pixel below, in 65,536ths.
    keep: u16,
}

impl Paint {
    fn new([red, green, blue]: [u8; 3], share: u32) -> Self {
        // With 65,535 in place of 65,536 an opaque colour is still the byte itself.
        let share = share.min(WHOLE - 1);
        Self {
            add: [red, green, blue, 255].map(|channel| ((u32::from(channel) * (share + 1)) >> 8) as u16 + 128),
            keep: (WHOLE - 1 - share) as u16,
        }
    }

    fn over(self, pixels: &mut [u8]) {
        let keep = u32::from(self.keep);
        let blend = |byte: u8, add: u16| {
            let kept = ((u32::from(u16::from(byte) << 8) * keep) >> 16) as u16;
            ((kept + add) >> 8) as u8
        };
        // Four pixels at a time.
        let [r, g, b, a] = self.add;
        let add = [r, g, b, a, r, g, b, a, r, g, b, a, r, g, b, a];
        let (blocks, rest) = pixels.as_chunks_mut::<16>();
        for block in blocks {
            *block = std::array::from_fn(|at| blend(block[at], add[at]));
        }
        for (byte, add) in rest.iter_mut().zip(add) {
            *byte = blend(*byte, add);
        }
    }
}

impl Canvas {
    /// `ground` is what [`Canvas::clear`] fills parts with.
    pub fn new([width, height]: [u32; 2], ground: [u8; 4]) -> Self {
        Self {
            bytes: vec![0; width as usize * height as usize * 4],
            width: width as usize,
            ground,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn run_mut(&mut self, y: u32, from: u32, to: u32) -> &mut [u8] {
        let start = y as usize * self.width;
        &mut self.bytes[(start + from as usize) * 4..(start + to as usize) * 4]
    }

    /// Fills a part with the ground.
    pub fn clear(&mut self, [left, top, right, bottom]: Part) {
        let ground = self.ground;
        for y in top..bottom {
            self.run_mut(y, left, right).as_chunks_mut::<4>().0.fill(ground);
        }
    }

    /// Blends one colour over the pixels `from` to `to - 1` of a row, all with the same share.
    pub fn run(&mut self, y: u32, from: u32, to: u32, color: [u8; 3], share: u32) {
        if share > 0 && from < to {
            Paint::new(color, share).over(self.run_mut(y, from, to));
        }
    }

    /// Blends one colour over the pixels `from` to `to - 1` of a row, each with its own share, by x.
    pub fn pixels(&mut self, y: u32, from: u32, to: u32, color: [u8; 3], share: impl Fn(u32) -> u32) {
        if from >= to {
            return;
        }
        let color = Color::new(color);
        let pixels = self.run_mut(y, from, to).as_chunks_mut::<4>().0;
        // Shares first: they are floats for SIMD, where blends are integers for the rest.
        let mut shares = [0; 16];
        for (block, pixels) in (0..).zip(pixels.chunks_mut(shares.len())) {
            let x = from + block * shares.len() as u32;
            for (at, of) in (x..).zip(&mut shares[..pixels.len()]) {
                *of = share(at);
            }
            for (pixel, share) in pixels.iter_mut().zip(shares) {
                if share > 0 {
                    color.over(pixel, share);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_blend_is_within_a_step_of_the_formula() {
        let mut worst = 0.0_f64;
        for below in 0..=255_u8 {
            for color in [0, 1, 77, 128, 254, 255] {
                for step in 0..=200 {
                    let opacity = step as f32 / 200.0;
                    let mut canvas = Canvas::new([1, 1], [below; 4]);
                    canvas.clear([0, 0, 1, 1]);
                    let exact = f64::from(color) * f64::from(opacity) + f64::from(below) * (1.0 - f64::from(opacity));
                    canvas.run(0, 0, 1, [color; 3], super::share(opacity));
                    worst = worst.max((f64::from(canvas.bytes()[0]) - exact).abs());
                    canvas.clear([0, 0, 1, 1]);
                    canvas.pixels(0, 0, 1, [color; 3], |_| super::share(opacity));
                    worst = worst.max((f64::from(canvas.bytes()[0]) - exact).abs());
                }
            }
        }
        assert!(worst < 0.51, "{worst}");
    }

    #[test]
    fn nothing_and_everything_are_exact_and_opaque_stays_opaque() {
        assert_eq!([share(0.0), share(0.5), share(1.0)], [0, WHOLE / 2, WHOLE]);
        let mut canvas = Canvas::new([9, 1], [8, 10, 15, 255]);
        canvas.clear([0, 0, 9, 1]);
        canvas.run(0, 0, 9, [1, 2, 3], 0);
        canvas.pixels(0, 0, 9, [1, 2, 3], |_| 0);
        assert_eq!(canvas.bytes(), [8, 10, 15, 255].repeat(9));
        canvas.run(0, 0, 9, [200, 100, 50], WHOLE / 3);
        assert!(canvas.bytes().iter().skip(3).step_by(4).all(|alpha| *alpha == 255));
        // Blocks of four and the rest alike.
        assert!(canvas.bytes().chunks(4).all(|pixel| pixel == &canvas.bytes()[..4]));
        canvas.run(0, 2, 4, [1, 2, 3], WHOLE);
        canvas.pixels(0, 4, 6, [1, 2, 3], |x| if x == 4 { WHOLE } else { 0 });
        assert_eq!(canvas.bytes()[8..20], [1, 2, 3, 255].repeat(3));
        assert_eq!(canvas.bytes()[20..24], canvas.bytes()[..4]);
    }
}
