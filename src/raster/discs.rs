//! Chooses how discs are drawn: by the widest SIMD that the processor has.

#[cfg(target_arch = "x86_64")]
use super::avx2;
use super::canvas::Strip;
use super::changes::Part;
use super::shapes::Disc;

/// Draws what is within a part of the picture of discs, in their order.
pub(super) fn draw(discs: &[Disc], strip: &mut Strip<'_>, part: Part) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, which is all that the function asks for.
        return unsafe { avx2::draw(discs, strip, part) };
    }
    for disc in discs {
        disc.draw(strip, part);
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::raster::canvas::Canvas;

    /// Nothing to compare on a processor without AVX2.
    #[test]
    fn small_discs_are_the_same_bytes_eight_pixels_at_a_time() {
        if !std::arch::is_x86_feature_detected!("avx2") {
            return;
        }
        let discs: Vec<Disc> = (0..250_u8)
            .map(|number| {
                let number = f32::from(number);
                Disc {
                    center_px: [(number * 7.31) % 60.0 - 5.0, (number * 3.77) % 40.0 - 5.0],
                    radius_px: 0.3 + (number * 0.91) % 9.0,
                    rim_px: 1.0,
                    fill: (number * 0.13) % 1.0,
                    rim: (number * 0.29) % 1.0,
                    color: [200, number as u8, 255 - number as u8, 255],
                }
            })
            .collect();
        assert!(discs.iter().any(Disc::is_small) && !discs.iter().all(Disc::is_small));
        for ground in [[8, 10, 15, 255], [0; 4]] {
            for part in [[0, 0, 50, 30], [3, 5, 17, 29], [49, 0, 50, 30]] {
                let [mut four, mut eight] = [0, 1].map(|_| Canvas::new([50, 30], ground));
                let mut strip = four.strips(30).next().unwrap();
                strip.clear([0, 0, 50, 30]);
                for disc in &discs {
                    disc.draw(&mut strip, part);
                }
                let mut strip = eight.strips(30).next().unwrap();
                strip.clear([0, 0, 50, 30]);
                draw(&discs, &mut strip, part);
                assert!(four.bytes() == eight.bytes(), "{ground:?}, {part:?}");
                assert!(four.bytes()[..16] != ground.repeat(4) || part != [0, 0, 50, 30]);
            }
        }
    }
}
