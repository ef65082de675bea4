//! Bubbles and marks in pixels: the twins of the fragment shaders, same coverage, same opacity.

use super::canvas::{Canvas, share};
use super::changes::Part;
use crate::scene::Mark;
use crate::scene::describe::PlacedBubble;

/// A bubble of a frame; `Disc` in `shaders/bubble.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct Disc {
    center_px: [f32; 2],
    radius_px: f32,
    rim_px: f32,
    /// Opacity of the fill and of the rim.
    fill: f32,
    rim: f32,
    color: [u8; 4],
}

impl Disc {
    /// `unit_px` is pixels in a unit of the composition.
    pub fn new(bubble: &PlacedBubble, unit_px: f32) -> Self {
        let radius_px = bubble.radius_px;
        // As `vs_main` of the shader, which says why.
        let size = (radius_px / (12.0 * unit_px)).max(1.0);
        let rim_px = (0.012 * radius_px).clamp(1.6 * unit_px, 6.0 * unit_px);
        Self {
            center_px: bubble.center_px,
            radius_px,
            rim_px: rim_px.max(1.0),
            fill: (0.86 * size.powf(-0.48)).max(0.04) * bubble.fade,
            rim: 0.95 * size.powf(-0.08) * bubble.fade,
            color: bubble.color,
        }
    }

    /// A box around it with its soft edge.
    pub fn box_px(&self) -> [f32; 4] {
        let ([x, y], reach) = (self.center_px, self.radius_px + 1.0);
        [x - reach, y - reach, x + reach, y + reach]
    }

    pub fn draw(&self, canvas: &mut Canvas, [left, top, right, bottom]: Part) {
        let [center_x, center_y] = self.center_px;
        let [red, green, blue, _] = self.color;
        let color = [red, green, blue];
        let outer = self.radius_px + 0.5;
        // Up to here there is no rim.
        let inner = self.radius_px - self.rim_px - 0.5;
        for y in rows(center_y - outer, center_y + outer, top, bottom) {
            let down = y as f32 + 0.5 - center_y;
            let opacity = |x: u32| {
                let across = x as f32 + 0.5 - center_x;
                let distance = (across * across + down * down).sqrt();
                let inside = (self.radius_px - distance + 0.5).clamp(0.0, 1.0);
                let in_rim = (distance - (self.radius_px - self.rim_px) + 0.5).clamp(0.0, 1.0);
                share(inside * (self.fill + (self.rim - self.fill) * in_rim))
            };
            let half = (outer * outer - down * down).max(0.0).sqrt();
            let row = rows(center_x - half, center_x + half, left, right);
            let plain = if inner > down.abs() {
                let half = (inner * inner - down * down).sqrt();
                // Middles of pixels within.
                let from = ((center_x - half - 0.5).ceil().max(0.0) as u32).clamp(row.start, row.end);
                let to = ((center_x + half + 0.5).floor().max(0.0) as u32).clamp(from, row.end);
                from..to
            } else {
                row.end..row.end
            };
            canvas.pixels(y, row.start, plain.start, color, opacity);
            canvas.run(y, plain.start, plain.end, color, share(self.fill));
            canvas.pixels(y, plain.end, row.end, color, opacity);
        }
    }
}

/// Whole pixels that `low` to `high` reaches into, between `least` and `most`.
fn rows(low: f32, high: f32, least: u32, most: u32) -> std::ops::Range<u32> {
    let start = (low.floor().max(0.0) as u32).clamp(least, most);
    start..(high.ceil().max(0.0) as u32).clamp(start, most)
}

/// Draws a mark; `fs_main` in `shaders/mark.wgsl`.
pub(super) fn mark(canvas: &mut Canvas, [left, top, right, bottom]: Part, mark: &Mark) {
    let [red, green, blue, alpha] = mark.color;
    let (color, alpha) = ([red, green, blue], f32::from(alpha) / 255.0);
    let [x0, y0, x1, y1] = mark.rect_px;
    if mark.corner_px > 0.0 {
        let reach = 1.0 + mark.stroke_px * 0.5;
        let (center, half) = ([(x0 + x1) * 0.5, (y0 + y1) * 0.5], [(x1 - x0) * 0.5, (y1 - y0) * 0.5]);
        for y in rows(y0 - reach, y1 + reach, top, bottom) {
            let row = rows(x0 - reach, x1 + reach, left, right);
            canvas.pixels(y, row.start, row.end, color, |x| {
                let offset = [x as f32 + 0.5 - center[0], y as f32 + 0.5 - center[1]];
                let distance = box_distance(offset, half, mark.corner_px);
                let coverage = if mark.stroke_px > 0.0 {
                    0.5 + mark.stroke_px * 0.5 - distance.abs()
                } else {
                    0.5 - distance
                };
                share(alpha * coverage.clamp(0.0, 1.0))
            });
        }
        return;
    }
    // A plain rectangle covers each pixel by the product of its coverage across and down.
    let covered = |at: u32, low: f32, high: f32| {
        let at = at as f32;
        ((at + 1.0 - low).clamp(0.0, 1.0) + (high - at).clamp(0.0, 1.0) - 1.0).max(0.0)
    };
    let row = rows(x0, x1, left, right);
    let whole_from = (x0.ceil().max(0.0) as u32).clamp(row.start, row.end);
    let whole_to = (x1.floor().max(0.0) as u32).clamp(whole_from, row.end);
    for y in rows(y0, y1, top, bottom) {
        let alpha = alpha * covered(y, y0, y1);
        let opacity = |x: u32| share(alpha * covered(x, x0, x1));
        canvas.pixels(y, row.start, whole_from, color, opacity);
        canvas.run(y, whole_from, whole_to, color, share(alpha));
        canvas.pixels(y, whole_to, row.end, color, opacity);
    }
}

/// Signed distance to a box with round corners, in pixels, negative inside.
fn box_distance([x, y]: [f32; 2], [half_width, half_height]: [f32; 2], corner_px: f32) -> f32 {
    let q = [x.abs() - half_width + corner_px, y.abs() - half_height + corner_px];
    q[0].max(0.0).hypot(q[1].max(0.0)) + q[0].max(q[1]).min(0.0) - corner_px
}
