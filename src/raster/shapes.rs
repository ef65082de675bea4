//! Bubbles and marks in pixels: the twins of the fragment shaders, same coverage, same opacity.

use wide::f32x4;

use super::canvas::{Strip, share};
use super::changes::{Part, ceiled, floored};
use crate::scene::Mark;
use crate::scene::describe::PlacedBubble;

/// A bubble of a frame; `Disc` in `shaders/bubble.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct Disc {
    pub center_px: [f32; 2],
    pub radius_px: f32,
    pub rim_px: f32,
    /// Opacity of the fill and of the rim.
    pub fill: f32,
    pub rim: f32,
    pub color: [u8; 4],
}

/// The look of bubbles of one radius.
#[derive(Clone, Copy, Debug)]
struct Look {
    radius_px: f32,
    rim_px: f32,
    fill: f32,
    rim: f32,
}

impl Look {
    /// The look for a radius, where a unit of the composition has `unit_px` pixels.
    fn new(radius_px: f32, unit_px: f32) -> Self {
        // As in `vs_main` of the shader, which gives the reasons.
        let size = (radius_px / (12.0 * unit_px)).max(1.0);
        let rim_px = (0.012 * radius_px).clamp(1.6 * unit_px, 6.0 * unit_px);
        Self {
            radius_px,
            rim_px: rim_px.max(1.0),
            fill: (0.86 * size.powf(-0.48)).max(0.04),
            rim: 0.95 * size.powf(-0.08),
        }
    }
}

/// The discs of bubbles in drawing order. Bubbles of one radius follow each other, so each look is computed once.
pub(super) fn discs(bubbles: impl Iterator<Item = PlacedBubble>, unit_px: f32) -> impl Iterator<Item = Disc> {
    let mut look = Look::new(0.0, unit_px);
    bubbles.map(move |bubble| {
        if bubble.radius_px != look.radius_px {
            look = Look::new(bubble.radius_px, unit_px);
        }
        Disc {
            center_px: bubble.center_px,
            radius_px: look.radius_px,
            rim_px: look.rim_px,
            fill: look.fill * bubble.fade,
            rim: look.rim * bubble.fade,
            color: bubble.color,
        }
    })
}

impl Disc {
    /// A box around the disc and its soft edge.
    pub fn box_px(&self) -> [f32; 4] {
        let ([x, y], reach) = (self.center_px, self.radius_px + 1.0);
        [x - reach, y - reach, x + reach, y + reach]
    }

    /// Whether all rows are blended from one side of the disc's box to the other; see [`SMALL_PX`].
    pub fn is_small(&self) -> bool {
        self.radius_px + 0.5 < SMALL_PX
    }

    /// Draws what is within a part of the picture.
    pub fn draw(&self, strip: &mut Strip<'_>, [left, top, right, bottom]: Part) {
        let [center_x, center_y] = self.center_px;
        let [red, green, blue, _] = self.color;
        let color = [red, green, blue];
        let outer = self.radius_px + 0.5;
        // Radius within which there is no rim.
        let inner = self.radius_px - self.rim_px - 0.5;
        let opacity = |x: f32x4, down: f32| {
            let across = x + 0.5 - center_x;
            let distance = (across * across + down * down).sqrt();
            let inside = clamped(self.radius_px - distance + 0.5);
            let in_rim = clamped(distance - (self.radius_px - self.rim_px) + 0.5);
            inside * (self.fill + (self.rim - self.fill) * in_rim)
        };
        let down = rows(center_y - outer, center_y + outer, top, bottom);
        if self.is_small() {
            let row = rows(center_x - outer, center_x + outer, left, right);
            for y in down {
                let down = y as f32 + 0.5 - center_y;
                strip.pixels(y, row.start, row.end, color, |x| opacity(x, down));
            }
            return;
        }
        let plain_share = share(self.fill);
        for y in down {
            let down = y as f32 + 0.5 - center_y;
            let opacity = |x| opacity(x, down);
            let half = (outer * outer - down * down).max(0.0).sqrt();
            let row = rows(center_x - half, center_x + half, left, right);
            // Pixels wholly within the rim all have the opacity of the fill.
            let half = (inner * inner - down * down).max(0.0).sqrt();
            let [from, to] = if inner > down.abs() {
                [center_x - half - 0.5, center_x + half + 0.5]
            } else {
                [center_x, center_x]
            };
            let from = ceiled(from).clamp(row.start, row.end);
            let to = floored(to).clamp(from, row.end);
            strip.pixels(y, row.start, from, color, opacity);
            strip.run(y, from, to, color, plain_share);
            strip.pixels(y, to, row.end, color, opacity);
        }
    }
}

/// Radius below which the rows of a disc are all blended from one side of its box to the other. Shorter rows
/// would be fewer pixels, but the processor would mispredict where each of them ends.
const SMALL_PX: f32 = 8.0;

/// Clamps to 0 to 1.
#[inline(always)]
fn clamped(values: f32x4) -> f32x4 {
    // The fast functions are right for any values but NaN.
    values.fast_max(f32x4::ZERO).fast_min(f32x4::ONE)
}

/// The whole pixels that `low` to `high` reaches into, of `least` to `most - 1`.
#[inline(always)]
pub(super) fn rows(low: f32, high: f32, least: u32, most: u32) -> std::ops::Range<u32> {
    let start = floored(low).clamp(least, most);
    start..ceiled(high).clamp(start, most)
}

/// Draws what is within a part of the picture of a mark; `fs_main` in `shaders/mark.wgsl`.
pub(super) fn mark(strip: &mut Strip<'_>, [left, top, right, bottom]: Part, mark: &Mark) {
    let [red, green, blue, alpha] = mark.color;
    let (color, alpha) = ([red, green, blue], f32::from(alpha) / 255.0);
    let [x0, y0, x1, y1] = mark.rect_px;
    if mark.corner_px > 0.0 {
        let reach = 1.0 + mark.stroke_px * 0.5;
        let (center, half) = ([(x0 + x1) * 0.5, (y0 + y1) * 0.5], [(x1 - x0) * 0.5, (y1 - y0) * 0.5]);
        for y in rows(y0 - reach, y1 + reach, top, bottom) {
            let row = rows(x0 - reach, x1 + reach, left, right);
            let down = y as f32 + 0.5 - center[1];
            strip.pixels(y, row.start, row.end, color, |x| {
                let distance = box_distance(x + 0.5 - center[0], down, half, mark.corner_px);
                let coverage = if mark.stroke_px > 0.0 {
                    0.5 + mark.stroke_px * 0.5 - distance.abs()
                } else {
                    0.5 - distance
                };
                clamped(coverage) * alpha
            });
        }
        return;
    }
    // A plain rectangle covers each pixel by the product of its coverage across and down.
    let covered =
        |at: f32x4, low: f32, high: f32| (clamped(at + 1.0 - low) + clamped(high - at) - 1.0).fast_max(f32x4::ZERO);
    let row = rows(x0, x1, left, right);
    let whole_from = ceiled(x0).clamp(row.start, row.end);
    let whole_to = floored(x1).clamp(whole_from, row.end);
    for y in rows(y0, y1, top, bottom) {
        let alpha = alpha * covered(f32x4::splat(y as f32), y0, y1).to_array()[0];
        let opacity = |x: f32x4| covered(x, x0, x1) * alpha;
        strip.pixels(y, row.start, whole_from, color, opacity);
        strip.run(y, whole_from, whole_to, color, share(alpha));
        strip.pixels(y, whole_to, row.end, color, opacity);
    }
}

/// Signed distances to a box with round corners, in pixels, negative inside.
fn box_distance(x: f32x4, y: f32, [half_width, half_height]: [f32; 2], corner_px: f32) -> f32x4 {
    let across = x.abs() - half_width + corner_px;
    let down = f32x4::splat(y.abs() - half_height + corner_px);
    let [beyond, below] = [across, down].map(|one| one.fast_max(f32x4::ZERO));
    let corner: [f32; 4] = std::array::from_fn(|lane| beyond.to_array()[lane].hypot(below.to_array()[lane]));
    f32x4::from(corner) + across.fast_max(down).fast_min(f32x4::ZERO) - corner_px
}
