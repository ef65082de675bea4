//! Draws labels: rasterises each glyph once for a size and subpixel position, and blends its mask.

use std::collections::HashMap;
use std::ops::Range;

use cosmic_text::{CacheKey, FontSystem, SwashCache, SwashContent};
use foldhash::fast::RandomState;

use super::canvas::{Strip, WHOLE};
use super::changes::{Part, mixed, stamp_of};
use crate::scene::Placed;

/// Number of rasterised glyphs that are kept. An ordinary frame of the sample at 4K needs 20 new ones.
const KEPT_GLYPHS: usize = 16_384;

/// The product of the largest opacity and coverage, 255 each. Times 65,536 it fits 32 bits.
const ALL: u32 = 255 * 255;

/// Rasterised glyphs, and their places in a frame.
pub(super) struct Glyphs {
    swash: SwashCache,
    /// Index of a glyph's mask, by its key.
    keys: HashMap<CacheKey, u32, RandomState>,
    masks: Vec<Mask>,
    /// Shares by opacity and coverage.
    shares: Vec<[f32; 256]>,
    /// The glyphs of the frame, label by label.
    places: Vec<Glyph>,
    /// Range of each label's glyphs in `places`; empty for labels that are not drawn.
    of_label: Vec<Range<u32>>,
}

/// A glyph at its place: left and top in pixels.
struct Glyph {
    mask: u32,
    x: i32,
    y: i32,
}

impl Default for Glyphs {
    fn default() -> Self {
        Self {
            swash: SwashCache::new(),
            keys: HashMap::default(),
            masks: Vec::new(),
            shares: (0..=255).map(shares).collect(),
            places: Vec::new(),
            of_label: Vec::new(),
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
    /// Begins a frame that has this number of labels.
    pub fn begin(&mut self, labels: usize) {
        if self.masks.len() > KEPT_GLYPHS {
            self.keys.clear();
            self.masks.clear();
        }
        self.places.clear();
        self.of_label.clear();
        self.of_label.resize(labels, 0..0);
    }

    /// Places the glyphs of a label, and rasterises those that are new. Does nothing for a label that it has.
    pub fn take(&mut self, fonts: &mut FontSystem, number: usize, placed: &Placed<'_>) {
        if !self.of_label[number].is_empty() {
            return;
        }
        let first = self.places.len() as u32;
        for run in placed.buffer.layout_runs() {
            let baseline = (run.line_y * placed.scale).round() as i32;
            for glyph in run.glyphs {
                let glyph = glyph.physical((placed.left_px, placed.top_px), placed.scale);
                let key = glyph.cache_key;
                let index = *self.keys.entry(key).or_insert_with(|| {
                    self.masks.push(Mask::new(&mut self.swash, fonts, key));
                    self.masks.len() as u32 - 1
                });
                let mask = &self.masks[index as usize];
                if !mask.coverage.is_empty() {
                    self.places.push(Glyph {
                        mask: index,
                        x: glyph.x + mask.left,
                        y: glyph.y + baseline - mask.top,
                    });
                }
            }
        }
        self.of_label[number] = first..self.places.len() as u32;
    }

    /// Draws what is within a part of the picture of a label that was taken.
    pub fn draw(&self, strip: &mut Strip<'_>, part: Part, number: usize, color: [u8; 4]) {
        let [left, top, right, bottom] = part.map(|side| side as i32);
        let [red, green, blue, alpha] = color;
        let share_of = &self.shares[usize::from(alpha)];
        let Range { start, end } = self.of_label[number];
        for Glyph { mask, x, y } in &self.places[start as usize..end as usize] {
            let mask = &self.masks[*mask as usize];
            let (from, to) = ((*x).max(left), (x + mask.width as i32).min(right));
            if from >= to {
                continue;
            }
            for (y, coverage) in (*y..).zip(mask.coverage.chunks_exact(mask.width)) {
                if y >= top && y < bottom {
                    // The row is within the part, so no coordinate is negative.
                    let coverage = &coverage[(from - x) as usize..(to - x) as usize];
                    strip.mask(y as u32, from as u32, [red, green, blue], coverage, share_of);
                }
            }
        }
    }
}

impl Mask {
    fn new(swash: &mut SwashCache, fonts: &mut FontSystem, key: CacheKey) -> Self {
        // The fonts have outlines alone, so every image is a mask.
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

/// The stamp of a label: of its text, face, colour and place.
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
