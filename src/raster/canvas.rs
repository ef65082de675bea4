//! A picture in memory, and the one blend: colour over what is there, in 8.8 fixed point.
//!
//! Colours are sRGB bytes blended as they are, as in `gpu`. `out = c * a + out * (1 - a)` with the
//! opacity `a` in 65,536ths and each product in 256ths of a step: half a step is added and the rest cut
//! off, so a byte is at most one step from the exact one. Sixteen bits are as wide as every product
//! is, and the compiler makes SIMD of it.

use super::changes::Part;

/// RGBA, premultiplied, rows from the top without padding.
pub(super) struct Canvas {
    bytes: Vec<u8>,
    width: usize,
    ground: [u8; 4],
}

/// A colour and its opacity, ready to be blended.
#[derive(Clone, Copy)]
struct Paint {
    /// Colour times opacity in 256ths of a step, and half a step.
    add: [u16; 4],
    /// What is kept of the pixel below, in 65,536ths.
    keep: u16,
}

impl Paint {
    /// `None` where it changes nothing. `opacity` is 0 to 1.
    fn new([red, green, blue]: [u8; 3], opacity: f32) -> Option<Self> {
        let share = (opacity * 65_536.0 + 0.5) as u32;
        if share == 0 {
            return None;
        }
        // With 65,535 in place of 65,536 an opaque colour is still the byte itself.
        let share = share.min(65_535);
        let add = [red, green, blue, 255].map(|channel| ((u32::from(channel) * (share + 1)) >> 8) as u16 + 128);
        let keep = (65_535 - share) as u16;
        Some(Self { add, keep })
    }

    fn over(self, pixels: &mut [u8]) {
        let keep = u32::from(self.keep);
        let blend = |byte: u8, add: u16| {
            let kept = ((u32::from(u16::from(byte) << 8) * keep) >> 16) as u16;
            ((kept + add) >> 8) as u8
        };
        // Four pixels at a time: 16 bytes, a register of the least SIMD there is.
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

    /// Blends one colour over the pixels `from` to `to - 1` of a row.
    pub fn run(&mut self, y: u32, from: u32, to: u32, color: [u8; 3], opacity: f32) {
        if let Some(paint) = Paint::new(color, opacity)
            && from < to
        {
            paint.over(self.run_mut(y, from, to));
        }
    }

    /// Blends one colour over the pixels `from` to `to - 1` of a row, each with its own opacity, by x.
    pub fn pixels(&mut self, y: u32, from: u32, to: u32, color: [u8; 3], opacity: impl Fn(u32) -> f32) {
        if from >= to {
            return;
        }
        let pixels = self.run_mut(y, from, to).as_chunks_mut::<4>().0;
        for (x, pixel) in (from..).zip(pixels) {
            if let Some(paint) = Paint::new(color, opacity(x)) {
                paint.over(pixel);
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
                for share in 0..=200 {
                    let opacity = share as f32 / 200.0;
                    let mut canvas = Canvas::new([1, 1], [below; 4]);
                    canvas.clear([0, 0, 1, 1]);
                    canvas.run(0, 0, 1, [color; 3], opacity);
                    let exact =
                        f64::from(color) * f64::from(opacity) + f64::from(below) * (1.0 - f64::from(opacity));
                    worst = worst.max((f64::from(canvas.bytes()[0]) - exact).abs());
                }
            }
        }
        assert!(worst < 0.51, "{worst}");
    }

    #[test]
    fn nothing_and_everything_are_exact_and_opaque_stays_opaque() {
        let mut canvas = Canvas::new([9, 1], [8, 10, 15, 255]);
        canvas.clear([0, 0, 9, 1]);
        canvas.run(0, 0, 9, [1, 2, 3], 0.0);
        assert_eq!(canvas.bytes(), [8, 10, 15, 255].repeat(9));
        canvas.run(0, 0, 9, [200, 100, 50], 0.3);
        assert!(canvas.bytes().iter().skip(3).step_by(4).all(|alpha| *alpha == 255));
        // Blocks of four and the rest alike.
        assert!(canvas.bytes().chunks(4).all(|pixel| pixel == &canvas.bytes()[..4]));
        canvas.run(0, 2, 5, [1, 2, 3], 1.0);
        assert_eq!(canvas.bytes()[8..20], [1, 2, 3, 255].repeat(3));
    }
}
