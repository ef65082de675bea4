//! Glyphs to pixels: rasterised once a size and subpixel position, then blended.

use cosmic_text::{CacheKey, FontSystem, SwashCache, SwashContent};
use rustc_hash::FxHashMap;

use super::canvas::{Canvas, WHOLE};
use super::changes::{Part, mixed, stamp_of};
use crate::scene::Placed;

/// Rasterised glyphs kept. A 4K film of July 2013 asks for 20 new ones in an ordinary frame.
const KEPT_GLYPHS: usize = 16_384;

/// The product of an opacity and a coverage, each 0 to 255, that is all; times 65,536 it fits 32 bits.
const ALL: u32 = 255 * 255;

/// Glyphs as they were rasterised.
pub(super) struct Glyphs {
    swash: SwashCache,
    masks: FxHashMap<CacheKey, Mask>,
    /// Shares by opacity and coverage.
    shares: Vec<[f32; 256]>,
}

impl Default for Glyphs {
    fn default() -> Self {
        Self {
            swash: SwashCache::new(),
            masks: FxHashMap::default(),
            shares: (0..=255).map(shares).collect(),
        }
    }
}

/// Shares by coverage of a colour of this opacity.
fn shares(alpha: u32) -> [f32; 256] {
    std::array::from_fn(|coverage| ((alpha * coverage as u32 * WHOLE as u32 + ALL / 2) / ALL) as f32)
}

/// Coverage of each pixel, 0 to 255; empty for blanks.
struct Mask {
    coverage: Vec<u8>,
    width: usize,
    /// From the glyph's origin to the mask's left edge, and up to its top.
    left: i32,
    top: i32,
}

impl Glyphs {
    /// Blends the part of a label that is within `part`.
    pub fn draw(&mut self, canvas: &mut Canvas, part: Part, fonts: &mut FontSystem, placed: &Placed<'_>) {
        if self.masks.len() > KEPT_GLYPHS {
            self.masks.clear();
        }
        let [left, top, right, bottom] = part.map(|side| side as i32);
        let [red, green, blue, alpha] = placed.label.color;
        let share_of = &self.shares[usize::from(alpha)];
        for run in placed.buffer.layout_runs() {
            let baseline = (run.line_y * placed.scale).round() as i32;
            for glyph in run.glyphs {
                // Far beyond the part, by more than any glyph reaches out of its place.
                let at_px = placed.left_px + glyph.x * placed.scale;
                let reach_px = (glyph.w + glyph.font_size) * placed.scale;
                if at_px - reach_px > right as f32 || at_px + reach_px < left as f32 {
                    continue;
                }
                let glyph = glyph.physical((placed.left_px, placed.top_px), placed.scale);
                let mask = self
                    .masks
                    .entry(glyph.cache_key)
                    .or_insert_with(|| Mask::new(&mut self.swash, fonts, glyph.cache_key));
                if mask.coverage.is_empty() {
                    continue;
                }
                let (x, y) = (glyph.x + mask.left, glyph.y + baseline - mask.top);
                for (y, coverage) in (y..).zip(mask.coverage.chunks_exact(mask.width)) {
                    let (from, to) = (x.max(left), (x + mask.width as i32).min(right));
                    if y < top || y >= bottom || from >= to {
                        continue;
                    }
                    // All are within the part now, so none is negative.
                    let coverage = &coverage[(from - x) as usize..(to - x) as usize];
                    canvas.mask(y as u32, from as u32, [red, green, blue], coverage, share_of);
                }
            }
        }
    }
}

impl Mask {
    fn new(swash: &mut SwashCache, fonts: &mut FontSystem, key: CacheKey) -> Self {
        // Our fonts have outlines alone, so there are masks alone.
        let image = swash
            .get_image_uncached(fonts, key)
            .filter(|image| image.content == SwashContent::Mask && image.placement.width > 0);
        image.map_or(
            Self {
                coverage: Vec::new(),
                width: 0,
                left: 0,
                top: 0,
            },
            |image| Self {
                coverage: image.data,
                width: image.placement.width as usize,
                left: image.placement.left,
                top: image.placement.top,
            },
        )
    }
}

/// The stamp of all that a label looks like.
pub(super) fn stamp(placed: &Placed<'_>) -> u64 {
    let label = placed.label;
    let place = [
        placed.left_px.to_bits(),
        placed.top_px.to_bits(),
        placed.scale.to_bits(),
        label.face as u32,
        u32::from_le_bytes(label.color),
    ];
    mixed(stamp_of(label.text.as_bytes()), stamp_of(bytemuck::bytes_of(&place)))
}
