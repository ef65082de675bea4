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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Touch {
    across: Range<u32>,
    down: Range<u32>,
    stamp: u64,
}

/// Things that are drawn one after the other, and which of them each band has.
#[derive(Clone, Debug, Default)]
pub(super) struct Touches {
    pub all: Vec<Touch>,
    /// Indices, band by band.
    of_band: Vec<Vec<u32>>,
}

impl Touches {
    /// Finds out which of them each band of a grid has.
    pub fn sort(&mut self, grid: &Grid) {
        self.of_band
            .resize_with(grid.down.div_ceil(BAND_TILES) as usize, Vec::new);
        self.of_band.iter_mut().for_each(Vec::clear);
        for (index, touch) in (0..).zip(&self.all) {
            let bands = touch.down.start / BAND_TILES..touch.down.end.div_ceil(BAND_TILES);
            for band in bands {
                self.of_band[band as usize].push(index);
            }
        }
    }

    /// Those that a band has, and their indices, in order.
    fn of_band(&self, band: usize) -> impl Iterator<Item = (u32, &Touch)> {
        let indices = self.of_band[band].iter();
        indices.map(|index| (*index, &self.all[*index as usize]))
    }
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
    /// All things to draw, by part.
    pub fn all(&self) -> &[u32] {
        &self.indices
    }

    /// The things to draw in a part.
    pub fn of_part(&self, part: usize) -> &[u32] {
        let start = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.indices[start as usize..self.ends[part] as usize]
    }
}

/// Rows of tiles in a band: two of cells. Dense pictures of 720 rows then come in six bands, enough for
/// two threads to share evenly, while few of them have to look at the same disc.
const BAND_TILES: u32 = 2 * CELL[1];

/// The tiles of a picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    size_px: [u32; 2],
    across: u32,
    down: u32,
}

/// Rows of tiles of a picture, and what is to be drawn in them.
#[derive(Clone, Debug)]
pub(super) struct Band {
    grid: Grid,
    rows: Range<u32>,
    /// Rectangles around the tiles that changed, none overlapping another.
    pub parts: Vec<Part>,
    /// Part of each tile; [`NO_PART`] for tiles in none.
    of_tile: Vec<u32>,
    /// Stamps that the tiles are to have; kept for its memory.
    wanted: Vec<u64>,
    /// What was found in each part last; kept for its memory.
    last_in: Vec<u32>,
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

    /// Rows of pixels in a band, but for the last.
    pub const BAND_PX: u32 = BAND_TILES * TILE_PX[1];

    /// Number of tiles in a band, but for the last.
    pub fn band_tiles(&self) -> usize {
        (self.across * BAND_TILES) as usize
    }

    /// All bands, from the top.
    pub fn bands(&self) -> impl Iterator<Item = Band> {
        let grid = *self;
        (0..grid.down).step_by(BAND_TILES as usize).map(move |first| Band {
            grid,
            rows: first..(first + BAND_TILES).min(grid.down),
            parts: Vec::new(),
            of_tile: Vec::new(),
            wanted: Vec::new(),
            last_in: Vec::new(),
        })
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
}

impl Band {
    fn number(&self) -> usize {
        (self.rows.start / BAND_TILES) as usize
    }

    /// The tiles of the band that something touches, a run a row, by their numbers within the band.
    fn runs(&self, touch: &Touch) -> impl Iterator<Item = Range<usize>> + use<> {
        let (Range { start: first, end }, across) = (self.rows.clone(), self.grid.across);
        let columns = touch.across.clone();
        (touch.down.start.max(first)..touch.down.end.min(end)).map(move |row| {
            let start = (row - first) * across;
            (start + columns.start) as usize..(start + columns.end) as usize
        })
    }

    /// Finds the parts whose tiles do not have the stamps that `held` says, when these layers are drawn;
    /// `held`, row by row, has the new ones then.
    pub fn compare(&mut self, layers: [&Touches; 3], held: &mut [u64]) {
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.clear();
        wanted.resize(held.len(), GROUND_STAMP);
        for (_, touch) in layers.into_iter().flat_map(|layer| layer.of_band(self.number())) {
            for run in self.runs(touch) {
                for stamp in &mut wanted[run] {
                    *stamp = mixed(*stamp, touch.stamp);
                }
            }
        }
        self.find_parts(|tile| held[tile] != wanted[tile]);
        held.copy_from_slice(&wanted);
        self.wanted = wanted;
    }

    fn find_parts(&mut self, differs: impl Fn(usize) -> bool) {
        let across = self.grid.across as usize;
        self.parts.clear();
        self.of_tile.clear();
        self.of_tile.resize(across * self.rows.len(), NO_PART);
        for row in self.rows.clone() {
            let start = (row - self.rows.start) as usize * across;
            let mut column = 0;
            while column < across {
                if !differs(start + column) {
                    column += 1;
                    continue;
                }
                let first = column;
                let last = (first + 1).next_multiple_of(CELL[0] as usize).min(across);
                while column < last && differs(start + column) {
                    column += 1;
                }
                let part = self.extended(row, first as u32..column as u32);
                self.of_tile[start + first..start + column].fill(part);
            }
        }
    }

    /// Adds a run of tiles to the part above it, where that is just as wide, or as a new one.
    fn extended(&mut self, row: u32, run: Range<u32>) -> u32 {
        let [width, height] = self.grid.size_px;
        let left = run.start * TILE_PX[0];
        let right = (run.end * TILE_PX[0]).min(width);
        let bottom = ((row + 1) * TILE_PX[1]).min(height);
        if !row.is_multiple_of(CELL[1]) {
            let above = self.of_tile[((row - 1 - self.rows.start) * self.grid.across + run.start) as usize];
            if let Some(part) = self.parts.get_mut(above as usize)
                && part[0] == left
                && part[2] == right
            {
                part[3] = bottom;
                return above;
            }
        }
        self.parts.push([left, row * TILE_PX[1], right, bottom]);
        self.parts.len() as u32 - 1
    }

    /// What is to be drawn where, in the order of `touches`: each thing once in every part that it
    /// touches.
    pub fn draw_list(&mut self, touches: &Touches, drawn: &mut Drawn) {
        let Drawn { ends, indices, found } = drawn;
        found.clear();
        ends.clear();
        ends.resize(self.parts.len(), 0);
        self.last_in.clear();
        self.last_in.resize(self.parts.len(), u32::MAX);
        for (index, touch) in touches.of_band(self.number()) {
            for run in self.runs(touch) {
                for &part in &self.of_tile[run] {
                    if part != NO_PART && self.last_in[part as usize] != index {
                        self.last_in[part as usize] = index;
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
