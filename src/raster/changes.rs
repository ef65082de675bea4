//! Finds the tiles in which a frame differs from the pixels that are there already.
//!
//! The picture is cut into tiles. A tile's stamp sums up everything that is drawn in it, in drawing order. Two
//! tiles with the same stamp have the same pixels, whichever frames they are of, so only tiles whose stamps differ
//! are drawn and converted again. A stamp is 64 bits of a strong hash: in a million million
//! comparisons of tiles that differ, the probability of one mistake is 1 in 18 million.
//!
//! Knows rectangles and numbers, and not what they stand for.

use std::ops::Range;

/// Width and height of a tile.
pub const TILE_PX: [u32; 2] = [16, 16];

/// A part of a picture: left, top, right, bottom in whole pixels.
pub type Part = [u32; 4];

/// The tiles in which a drawn thing may be seen, and the stamp of all that it looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Touch {
    across: Range<u32>,
    down: Range<u32>,
    stamp: u64,
}

/// The things of a layer in drawing order, and those of each band.
#[derive(Clone, Debug, Default)]
pub(super) struct Touches {
    pub all: Vec<Touch>,
    /// Indices, band by band.
    of_band: Vec<Vec<u32>>,
}

impl Touches {
    /// Sorts the things into the bands of a grid.
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

    /// The things of a band with their indices, in order.
    fn of_band(&self, band: usize) -> impl Iterator<Item = (u32, &Touch)> {
        let indices = self.of_band[band].iter();
        indices.map(|index| (*index, &self.all[*index as usize]))
    }
}

/// Tiles across and down that a part may have: 128 by 64 pixels stay in a core's nearest caches while
/// everything in them is drawn, however much that is. Drawn layer by layer all over a picture of 8 MB,
/// each row of each small bubble was a miss.
const CELL: [u32; 2] = [8, 4];

/// The things to draw in each part, in drawing order, by their indices in a layer.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawn {
    /// End of each part's indices.
    ends: Vec<u32>,
    indices: Vec<u32>,
    /// Pairs of part and index, by index. Kept so that its memory is used again.
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

/// A band of the picture: some rows of tiles, and the parts of them to draw.
#[derive(Clone, Debug)]
pub(super) struct Band {
    grid: Grid,
    rows: Range<u32>,
    /// Rectangles around the tiles that changed, none overlapping another.
    pub parts: Vec<Part>,
    /// Part of each tile; [`NO_PART`] for tiles in none.
    of_tile: Vec<u32>,
    /// Stamps of the tiles in the new frame. Kept so that its memory is used again.
    wanted: Vec<u64>,
    /// Index of the thing that was found last in each part. Kept so that its memory is used again.
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

    /// Rows of pixels in a band. The last band may have fewer.
    pub const BAND_PX: u32 = BAND_TILES * TILE_PX[1];

    /// Number of tiles in a band. The last band may have fewer.
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

    /// A thing of the given stamp within a box: left, top, right, bottom in pixels.
    pub fn touch(&self, [left, top, right, bottom]: [f32; 4], stamp: u64) -> Touch {
        // A thing outside of the picture touches no tile.
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

    /// The tiles of the band that a thing touches: a run of numbers for each row. Tiles are counted within the
    /// band.
    fn runs(&self, touch: &Touch) -> impl Iterator<Item = Range<usize>> + use<> {
        let (Range { start: first, end }, across) = (self.rows.clone(), self.grid.across);
        let columns = touch.across.clone();
        (touch.down.start.max(first)..touch.down.end.min(end)).map(move |row| {
            let start = (row - first) * across;
            (start + columns.start) as usize..(start + columns.end) as usize
        })
    }

    /// Finds the parts to draw: those of tiles whose stamps, with these layers drawn, differ from `held`, the
    /// stamps of the pixels that are there, row by row. Stores the new stamps in `held`.
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

    /// Lists the things to draw in each part, in the order of `touches`. A thing is listed once for every part
    /// that it touches.
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
        // `ends` holds counts. They become the starts of the parts, and each moves to its part's end as the part
        // is filled.
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

/// Rounds down, to 0 at least. A cast, which saturates, is faster than `floor`: the SIMD that every x86-64
/// processor has knows no rounding, and the function that is called in its place takes as long as a row of a
/// small bubble.
#[inline]
pub(super) fn floored(value: f32) -> u32 {
    value.max(0.0) as u32
}

/// Rounds up, to 0 at least.
#[inline]
pub(super) fn ceiled(value: f32) -> u32 {
    let floor = floored(value);
    floor.saturating_add(u32::from((floor as f32) < value))
}

/// The stamp of a tile in which nothing is drawn. No tile has the stamp 0.
const GROUND_STAMP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes a word into a stamp; the order of words counts. Multiplies and folds, as wyhash does (Wang Yi,
/// "wyhash", final version 4).
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
