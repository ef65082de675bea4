//! What differs between a frame and the pixels that are there already.
//!
//! The picture is cut into tiles. A tile's stamp sums up, in drawing order, everything that is drawn
//! in it: two tiles with the same stamp have the same pixels, whichever frames they are of, so
//! nothing but the tiles whose stamps differ has to be drawn and converted again. Stamps are
//! 64 bits of a strong hash: among a million million different tiles, two are mistaken for each other
//! with a probability of a thirtieth of a percent of a percent.
//! Knows rectangles and numbers; does not know what is drawn.

use std::ops::Range;

/// Width and height of a tile.
pub const TILE_PX: [u32; 2] = [16, 16];

/// A part of a picture: left, top, right, bottom in whole pixels.
pub type Part = [u32; 4];

/// Something that is drawn, and the tiles in which it may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Touch {
    across: Range<u32>,
    down: Range<u32>,
    stamp: u64,
}

/// Tiles across and down that a part may have: 128 by 64 pixels stay in a core's nearest caches while
/// everything in them is drawn, however much that is. Drawn layer by layer all over a picture of 8 MB,
/// each row of each small bubble was a miss.
const CELL: [u32; 2] = [8, 4];

/// What is to be drawn in each part, in drawing order: indices among the things that touch tiles.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawn {
    /// Where the indices of each part end.
    ends: Vec<u32>,
    indices: Vec<u32>,
    /// Parts and indices by index; kept for its memory.
    found: Vec<(u32, u32)>,
}

impl Drawn {
    /// The things to draw in a part.
    pub fn of_part(&self, part: usize) -> &[u32] {
        let start = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.indices[start as usize..self.ends[part] as usize]
    }
}

/// The tiles of a picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    size_px: [u32; 2],
    across: u32,
    down: u32,
}

/// Parts that hold some tiles and no others.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub rects: Vec<Part>,
    /// Part of each tile; [`NO_PART`] for tiles in none.
    of_tile: Vec<u32>,
    across: u32,
}

const NO_PART: u32 = u32::MAX;

impl Grid {
    pub fn new(size_px: [u32; 2]) -> Self {
        Self {
            size_px,
            across: size_px[0].div_ceil(TILE_PX[0]),
            down: size_px[1].div_ceil(TILE_PX[1]),
        }
    }

    /// Number of tiles.
    pub fn tiles(&self) -> usize {
        (self.across * self.down) as usize
    }

    /// Something of the given stamp within a box: left, top, right, bottom in pixels.
    pub fn touch(&self, [left, top, right, bottom]: [f32; 4], stamp: u64) -> Touch {
        // What is outside of the picture touches no tile.
        let tiles = |low: f32, high: f32, tile: u32, count: u32| {
            let (low, high) = (floored(low) / tile, ceiled(high).div_ceil(tile));
            low.min(count)..high.min(count)
        };
        Touch {
            across: tiles(left, right, TILE_PX[0], self.across),
            down: tiles(top, bottom, TILE_PX[1], self.down),
            stamp,
        }
    }

    /// The stamp of every tile, row by row, for what is drawn in this order.
    pub fn stamps<'a>(&self, touches: impl IntoIterator<Item = &'a Touch>, stamps: &mut Vec<u64>) {
        stamps.clear();
        stamps.resize(self.tiles(), GROUND_STAMP);
        for touch in touches {
            for row in touch.down.clone() {
                let start = (row * self.across) as usize;
                for stamp in &mut stamps[start + touch.across.start as usize..start + touch.across.end as usize] {
                    *stamp = mixed(*stamp, touch.stamp);
                }
            }
        }
    }

    /// Rectangles around the tiles whose stamps differ, none overlapping another.
    pub fn changed(&self, held: &[u64], wanted: &[u64]) -> Parts {
        let mut parts = Parts {
            rects: Vec::new(),
            of_tile: vec![NO_PART; self.tiles()],
            across: self.across,
        };
        let differs = |tile: usize| held[tile] != wanted[tile];
        for row in 0..self.down {
            let start = (row * self.across) as usize;
            let mut column = 0;
            while column < self.across as usize {
                if !differs(start + column) {
                    column += 1;
                    continue;
                }
                let first = column;
                let last = (first + 1).next_multiple_of(CELL[0] as usize).min(self.across as usize);
                while column < last && differs(start + column) {
                    column += 1;
                }
                let part = self.extended(&mut parts, row, first as u32..column as u32);
                parts.of_tile[start + first..start + column].fill(part);
            }
        }
        parts
    }

    /// Adds a run of tiles to the part above it, where that is just as wide, or as a new one.
    fn extended(&self, parts: &mut Parts, row: u32, run: Range<u32>) -> u32 {
        let [width, height] = self.size_px;
        let left = run.start * TILE_PX[0];
        let right = (run.end * TILE_PX[0]).min(width);
        let bottom = ((row + 1) * TILE_PX[1]).min(height);
        if !row.is_multiple_of(CELL[1]) {
            let above = parts.of_tile[((row - 1) * self.across + run.start) as usize];
            if let Some(rect) = parts.rects.get_mut(above as usize)
                && rect[0] == left
                && rect[2] == right
            {
                rect[3] = bottom;
                return above;
            }
        }
        parts.rects.push([left, row * TILE_PX[1], right, bottom]);
        parts.rects.len() as u32 - 1
    }
}

impl Parts {
    /// What is to be drawn where, in the order of `touches`: each thing once in every part that it
    /// touches.
    pub fn drawn(&self, touches: &[Touch], drawn: &mut Drawn) {
        let Drawn { ends, indices, found } = drawn;
        found.clear();
        ends.clear();
        ends.resize(self.rects.len(), 0);
        let mut last_in = vec![u32::MAX; self.rects.len()];
        for (index, touch) in (0..).zip(touches) {
            for row in touch.down.clone() {
                let start = row * self.across;
                for &part in &self.of_tile[(start + touch.across.start) as usize..(start + touch.across.end) as usize] {
                    if part != NO_PART && last_in[part as usize] != index {
                        last_in[part as usize] = index;
                        found.push((part, index));
                        ends[part as usize] += 1;
                    }
                }
            }
        }
        // Counts to starts; each moves on to its end as its part is filled.
        let mut start = 0;
        for end in ends.iter_mut() {
            start += std::mem::replace(end, start);
        }
        indices.clear();
        indices.resize(found.len(), 0);
        for (part, index) in found {
            let end = &mut ends[*part as usize];
            indices[*end as usize] = *index;
            *end += 1;
        }
    }
}

/// Rounded down, at least 0. A cast, which saturates: the least SIMD there is has no rounding, and a
/// call for it takes as long as a row of a small bubble.
#[inline]
pub(super) fn floored(value: f32) -> u32 {
    value.max(0.0) as u32
}

/// Rounded up, at least 0.
#[inline]
pub(super) fn ceiled(value: f32) -> u32 {
    let floor = floored(value);
    floor.saturating_add(u32::from((floor as f32) < value))
}

/// The stamp of a tile in which nothing is drawn; that of no tile is 0.
const GROUND_STAMP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Folds a word into a stamp: multiply and fold, as wyhash does it (Wang Yi, "wyhash", final version
/// 4); order counts.
pub(super) fn mixed(stamp: u64, word: u64) -> u64 {
    let product = u128::from(stamp ^ 0xa076_1d64_78bd_642f) * u128::from(word ^ 0xe703_7ed1_a0b4_28db);
    (product as u64 ^ (product >> 64) as u64).max(1)
}

/// The stamp of some bytes.
pub(super) fn stamp_of(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let stamp = words.iter().fold(bytes.len() as u64, |stamp, word| {
        mixed(stamp, u64::from_le_bytes(*word))
    });
    mixed(stamp, u64::from_le_bytes(last))
}
