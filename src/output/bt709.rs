//! RGBA pixels to BT.709 samples, in integers; the twin of `shaders/bt709.wgsl`.
//!
//! BT.709 limited range (ITU-R BT.709-6, section 3): luma 16 to 235, chroma 16 to 240 around 128. Luma
//! is rounded to nearest once a pixel; chroma once for the sum of four pixels, in whose middle it is
//! sited. Fixed point is fine enough that no sample is more than 0.51 steps from the formula, and the
//! mean over all colours is off by less than a thousandth of a step.

/// Weights of red, green and blue in luma: 219/255 of those of BT.709, times 2 to the power of
/// [`LUMA_BITS`].
const LUMA: [i16; 3] = [5983, 20_127, 2032];
const LUMA_BITS: u32 = 15;
/// Black is 16; half a step rounds to nearest.
const LUMA_OFFSET: i32 = (16 << LUMA_BITS) + (1 << (LUMA_BITS - 1));

/// Weights in the blue and the red difference of the sum of four pixels: 224/255 of those of BT.709 over
/// four, times 2 to the power of [`CHROMA_BITS`]. Each three add up to 0: greys have no colour.
const BLUE_DIFFERENCE: [i16; 3] = [-6596, -22_188, 28_784];
const RED_DIFFERENCE: [i16; 3] = [28_784, -26_145, -2639];
const CHROMA_BITS: u32 = 18;
/// Grey is 128; half a step rounds to nearest.
const CHROMA_OFFSET: i32 = (128 << CHROMA_BITS) + (1 << (CHROMA_BITS - 1));

/// Two rows of pixels, and room for their samples: two rows of luma, and the row of chroma that they share.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    /// RGBA, 4 bytes a pixel, of which the last is not read; an even number of pixels in each row.
    pub rgba: [&'a [u8]; 2],
    /// Luma.
    pub y: [&'a mut [u8]; 2],
    /// Blue difference, half as many.
    pub u: &'a mut [u8],
    /// Red difference, half as many.
    pub v: &'a mut [u8],
}

/// Converts pairs of rows. Many at a time are faster than each by itself.
///
/// # Panics
/// If rows do not have as many pixels as samples are wanted.
pub(super) fn convert<'a>(pairs: impl Iterator<Item = Rows<'a>>) {
    let pairs = pairs.inspect(Rows::check);
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        unsafe { avx2::convert(pairs) };
        return;
    }
    pairs.for_each(plainly);
}

impl Rows<'_> {
    fn check(&self) {
        let width = self.y[0].len();
        assert!(
            width.is_multiple_of(2)
                && self.y[1].len() == width
                && self.rgba.iter().all(|row| row.len() == width * 4)
                && [self.u.len(), self.v.len()] == [width / 2; 2],
            "rows of different widths"
        );
    }
}

/// Pixel by pixel.
fn plainly(rows: Rows<'_>) {
    let [above, below] = rows.rgba.map(|row| row.as_chunks::<8>().0);
    let [y_above, y_below] = rows.y.map(|row| row.as_chunks_mut::<2>().0);
    let chroma = rows.u.iter_mut().zip(rows.v);
    for ((pixels, luma), (u, v)) in above.iter().zip(below).zip(y_above.iter_mut().zip(y_below)).zip(chroma) {
        let mut sum = [0; 3];
        for (eight, luma) in [pixels.0, pixels.1].into_iter().zip([luma.0, luma.1]) {
            for (pixel, luma) in eight.as_chunks::<4>().0.iter().zip(luma) {
                let rgb = [pixel[0], pixel[1], pixel[2]].map(i32::from);
                *luma = sample::<LUMA_BITS>(rgb, LUMA, LUMA_OFFSET);
                for (sum, channel) in sum.iter_mut().zip(rgb) {
                    *sum += channel;
                }
            }
        }
        *u = sample::<CHROMA_BITS>(sum, BLUE_DIFFERENCE, CHROMA_OFFSET);
        *v = sample::<CHROMA_BITS>(sum, RED_DIFFERENCE, CHROMA_OFFSET);
    }
}

fn sample<const BITS: u32>([r, g, b]: [i32; 3], weights: [i16; 3], offset: i32) -> u8 {
    let [red, green, blue] = weights.map(i32::from);
    ((r * red + g * green + b * blue + offset) >> BITS) as u8
}

/// Sixteen pixels of both rows at a time, on processors that have AVX2: the same bytes.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_unpacklo_epi16, _mm256_add_epi16, _mm256_add_epi32, _mm256_and_si256,
        _mm256_castps_si256, _mm256_castsi256_ps, _mm256_castsi256_si128, _mm256_extracti128_si256, _mm256_madd_epi16,
        _mm256_packus_epi16, _mm256_packus_epi32, _mm256_permutevar8x32_epi32, _mm256_set1_epi16, _mm256_set1_epi32,
        _mm256_setr_epi32, _mm256_shuffle_ps, _mm256_srli_epi16, _mm256_srli_epi32,
    };

    use super::{
        BLUE_DIFFERENCE, CHROMA_BITS, CHROMA_OFFSET, LUMA, LUMA_BITS, LUMA_OFFSET, RED_DIFFERENCE, Rows, plainly,
    };

    /// Pixels of a row in a block.
    const BLOCK_PX: usize = 16;

    /// All pairs. Called for each pair, the function would take a sixth longer for tiles of a picture.
    #[target_feature(enable = "avx2")]
    pub(super) fn convert<'a>(pairs: impl Iterator<Item = Rows<'a>>) {
        for rows in pairs {
            convert_pair(rows);
        }
    }

    /// The twin of [`plainly`], which takes the pixels behind the last block.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn convert_pair(rows: Rows<'_>) {
        let Rows { rgba, y, u, v } = rows;
        let [(above, rest_above), (below, rest_below)] = rgba.map(|row| row.as_chunks::<{ 4 * BLOCK_PX }>());
        let [(y_above, y_rest_above), (y_below, y_rest_below)] = y.map(|row| row.as_chunks_mut::<BLOCK_PX>());
        let (u, u_rest) = u.as_chunks_mut::<{ BLOCK_PX / 2 }>();
        let (v, v_rest) = v.as_chunks_mut::<{ BLOCK_PX / 2 }>();
        let luma = y_above.iter_mut().zip(y_below);
        for (((above, below), (y_above, y_below)), (u, v)) in above.iter().zip(below).zip(luma).zip(u.iter_mut().zip(v))
        {
            let [a, b]: [[Channels; 2]; 2] = [*above, *below].map(|row| {
                let [left, right]: [__m256i; 2] = bytemuck::cast(row);
                [channels(left), channels(right)]
            });
            [*y_above, *y_below] = luma_of(a, b);
            [*u, *v] = chroma_of(a, b);
        }
        if !rest_above.is_empty() {
            plainly(Rows {
                rgba: [rest_above, rest_below],
                y: [y_rest_above, y_rest_below],
                u: u_rest,
                v: v_rest,
            });
        }
    }

    /// Eight pixels: red and blue in turn, and green and alpha in turn, of 16 bits each.
    type Channels = [__m256i; 2];

    #[target_feature(enable = "avx2")]
    fn channels(pixels: __m256i) -> Channels {
        [
            _mm256_and_si256(pixels, _mm256_set1_epi16(0xFF)),
            _mm256_srli_epi16::<8>(pixels),
        ]
    }

    /// Two 16-bit factors of what two channels in turn are weighed by.
    #[target_feature(enable = "avx2")]
    fn in_turn(first: i16, second: i16) -> __m256i {
        _mm256_set1_epi32(i32::from(first) & 0xFFFF | i32::from(second) << 16)
    }

    /// Eight samples of 32 bits.
    #[target_feature(enable = "avx2")]
    fn samples<const BITS: i32>([red_blue, green]: Channels, [r, g, b]: [i16; 3], offset: i32) -> __m256i {
        let sums = _mm256_add_epi32(
            _mm256_madd_epi16(red_blue, in_turn(r, b)),
            _mm256_madd_epi16(green, in_turn(g, 0)),
        );
        _mm256_srli_epi32::<BITS>(_mm256_add_epi32(sums, _mm256_set1_epi32(offset)))
    }

    #[target_feature(enable = "avx2")]
    fn luma_of(a: [Channels; 2], b: [Channels; 2]) -> [[u8; BLOCK_PX]; 2] {
        let [a, b] = [a, b].map(|[left, right]| {
            _mm256_packus_epi32(
                samples::<{ LUMA_BITS as i32 }>(left, LUMA, LUMA_OFFSET),
                samples::<{ LUMA_BITS as i32 }>(right, LUMA, LUMA_OFFSET),
            )
        });
        // Packing works within halves of a register: fours of samples come as a0 a2 b0 b2 a1 a3 b1 b3.
        let fours = _mm256_packus_epi16(a, b);
        let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        bytemuck::cast(_mm256_permutevar8x32_epi32(fours, order))
    }

    #[target_feature(enable = "avx2")]
    fn chroma_of(a: [Channels; 2], b: [Channels; 2]) -> [[u8; BLOCK_PX / 2]; 2] {
        // Eight sums of four pixels, each half of a register its half of both eights: 0 1 4 5 2 3 6 7.
        let sums: Channels = std::array::from_fn(|pair| {
            let [left, right] = [0, 1].map(|eight| _mm256_add_epi16(a[eight][pair], b[eight][pair]));
            let [left, right] = [left, right].map(|eight| _mm256_castsi256_ps(eight));
            let even = _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(left, right));
            let odd = _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(left, right));
            _mm256_add_epi16(even, odd)
        });
        let [u, v] = [BLUE_DIFFERENCE, RED_DIFFERENCE]
            .map(|weights| samples::<{ CHROMA_BITS as i32 }>(sums, weights, CHROMA_OFFSET));
        let words = _mm256_packus_epi32(u, v);
        let bytes = _mm256_packus_epi16(words, words);
        // Twos of samples: of both differences 0 and 2 of each four here, 1 and 3 there.
        let (here, there): (__m128i, __m128i) = (_mm256_castsi256_si128(bytes), _mm256_extracti128_si256::<1>(bytes));
        bytemuck::cast(_mm_unpacklo_epi16(here, there))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::noise;

    /// BT.709-6, items 3.2 to 3.4, in floats; r, g, b in 0 to 255.
    fn formula([r, g, b]: [f64; 3]) -> [f64; 3] {
        let [r, g, b] = [r, g, b].map(|channel| channel / 255.0);
        let luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        [
            16.0 + 219.0 * luma,
            128.0 + 224.0 * (b - luma) / 1.8556,
            128.0 + 224.0 * (r - luma) / 1.5748,
        ]
    }

    /// Back again; the formula solved.
    fn decoded([y, u, v]: [u8; 3]) -> [f64; 3] {
        let luma = (f64::from(y) - 16.0) / 219.0;
        let [blue, red] = [u, v].map(|difference| (f64::from(difference) - 128.0) / 224.0);
        let (r, b) = (luma + 1.5748 * red, luma + 1.8556 * blue);
        [r, (luma - 0.2126 * r - 0.0722 * b) / 0.7152, b].map(|channel| channel * 255.0)
    }

    /// Planes of two rows: Y, U, V.
    fn planes(rgba: [&[u8]; 2], by: impl Fn(Rows<'_>)) -> [Vec<u8>; 3] {
        let width = rgba[0].len() / 4;
        let [mut y, mut u, mut v] = [2 * width, width / 2, width / 2].map(|samples| vec![0; samples]);
        let (above, below) = y.split_at_mut(width);
        by(Rows {
            rgba,
            y: [above, below],
            u: &mut u,
            v: &mut v,
        });
        [y, u, v]
    }

    fn at_once(rows: Rows<'_>) {
        convert(std::iter::once(rows));
    }

    fn of_color([r, g, b]: [u8; 3]) -> [u8; 3] {
        let row = [r, g, b, 255].repeat(2);
        planes([&row, &row], at_once).map(|plane| plane[0])
    }

    #[test]
    fn all_colors_are_within_one_rounding_of_the_formula_and_nothing_is_off_on_average() {
        let mut off = [0.0_f64; 3];
        let mut most = [0.0_f64; 3];
        let mut row = vec![255; 256 * 8];
        for red in 0..=255 {
            for green in 0..=255 {
                for (blue, pair) in row.as_chunks_mut::<8>().0.iter_mut().enumerate() {
                    *pair = bytemuck::cast([[red, green, blue as u8, 255]; 2]);
                }
                let [y, u, v] = planes([&row, &row], at_once);
                for blue in 0..256 {
                    let want = formula([red, green, blue as u8].map(f64::from));
                    for (plane, got) in [y[2 * blue], u[blue], v[blue]].into_iter().enumerate() {
                        let error = f64::from(got) - want[plane];
                        off[plane] += error;
                        most[plane] = most[plane].max(error.abs());
                    }
                }
            }
        }
        let mean = off.map(|off| off / f64::from(1 << 24));
        assert!(most.iter().all(|most| *most < 0.51), "{most:?}");
        assert!(mean.iter().all(|mean| mean.abs() < 0.001), "{mean:?}");
    }

    #[test]
    fn chroma_is_the_mean_of_four_pixels_rounded_once() {
        let mut pixels = noise(3).map(u32::to_be_bytes);
        for _ in 0..20_000 {
            let fours: [[u8; 4]; 4] = std::array::from_fn(|_| pixels.next().unwrap());
            let [a, b, c, d] = fours;
            let (above, below) = ([a, b].concat(), [c, d].concat());
            let [_, u, v] = planes([&above, &below], at_once);
            let mean = [0, 1, 2].map(|channel| fours.iter().map(|pixel| f64::from(pixel[channel])).sum::<f64>() / 4.0);
            let [_, blue, red] = formula(mean);
            assert!((f64::from(u[0]) - blue).abs() < 0.51, "{fours:?}: {} for {blue}", u[0]);
            assert!((f64::from(v[0]) - red).abs() < 0.51, "{fours:?}: {} for {red}", v[0]);
        }
    }

    #[test]
    fn white_black_and_greys_have_no_color() {
        assert_eq!(of_color([0; 3]), [16, 128, 128]);
        assert_eq!(of_color([255; 3]), [235, 128, 128]);
        for grey in 0..=255 {
            assert_eq!(of_color([grey; 3])[1..], [128, 128], "{grey}");
        }
    }

    #[test]
    fn backgrounds_come_back_as_near_as_samples_allow() {
        // A step of blue difference is two steps of blue.
        for (background, back) in [([250, 248, 243], [250, 248, 244]), ([8, 11, 18], [7, 11, 17])] {
            let decoded = decoded(of_color(background)).map(|channel| channel.round() as u8);
            assert_eq!(decoded, back, "{background:?}");
        }
    }

    #[test]
    fn many_at_a_time_are_the_bytes_of_one_after_the_other() {
        // Whole blocks, and every rest behind them.
        for width in (2..80).step_by(2).chain([1920]) {
            let mut numbers = noise(width as u32);
            let rows: [Vec<u8>; 2] = std::array::from_fn(|_| {
                let pixels = numbers.by_ref().take(width);
                // Ends of the range are the likeliest to be cut off.
                pixels
                    .flat_map(|number| {
                        let pixel = number.to_be_bytes();
                        if number & 0x10 == 0 {
                            pixel.map(|byte| if byte & 1 == 0 { 0 } else { 255 })
                        } else {
                            pixel
                        }
                    })
                    .collect()
            });
            let rgba = [&rows[0][..], &rows[1][..]];
            assert_eq!(planes(rgba, at_once), planes(rgba, plainly), "{width} pixels");
        }
    }
}
