//! Flashes that may harm viewers: how many seconds of a film break WCAG 2.2, 2.3.1. A part of the picture flashes
//! when its relative luminance goes up and down, or its red does; more than three times in a second are too many,
//! over a quarter of what is seen without moving the eyes.
//!
//! A [`Watch`] looks at the pictures of one thread, a [`Counter`] at what all of them saw, in the film's order.

use std::ops::Range;
use std::sync::LazyLock;

use super::picture::Picture;

/// Columns of the grid that is measured.
const ACROSS: usize = 64;
/// Its rows.
const DOWN: usize = 36;
/// Cells of the grid.
const CELLS: usize = ACROSS * DOWN;
/// Side of the blocks of which pictures are looked at, in pixels: the tiles of a graphics adapter.
const BLOCK_PX: u32 = 16;
/// Least change of relative luminance: 10%, in 255ths.
const CHANGE: u8 = 26;
/// Relative luminance from which on the darker of two states counts for nothing: 0.80.
const BRIGHT: u8 = 204;
/// Least change of red less green and blue: 20 of 320, in 255ths.
const RED_CHANGE: u8 = 16;
/// Changes in a second that are more than three flashes, of two changes each.
const TOO_MANY: usize = 7;
/// Width and height of 10 degrees of what is seen, as a share of a screen's: 341 by 256 pixels of 1024 by 768.
const FIELD: f64 = 1.0 / 3.0;
/// Share of it that may not flash.
const SHARE: f64 = 0.25;
/// Width of a screen by its height.
const SCREEN: f64 = 16.0 / 9.0;

/// What is measured of a part of a picture, in 255ths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    /// Relative luminance.
    luminance: u8,
    /// Red less green and blue, where it is more.
    red: u8,
    /// Whether four fifths of its light are red.
    saturated: bool,
}

/// A picture as the counter sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid(Box<[Cell; CELLS]>);

/// Linear light, 65,535ths, of a byte of sRGB.
static LIGHT: LazyLock<[u16; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| {
        let value = byte as f64 / 255.0;
        let light = if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        };
        (light * 65_535.0).round() as u16
    })
});

/// Looks at pictures of one size, one after the other, and only at what changed.
#[derive(Debug)]
pub struct Watch {
    size_px: [u32; 2],
    /// Blocks across and down.
    blocks: [u32; 2],
    /// Pixels between two that are looked at: 4 in each direction, 8 in large pictures.
    step_px: u32,
    /// Mean light of each block, in red, green and blue.
    light: Vec<[u16; 3]>,
    /// Whether each block was measured since the grid was made.
    measured: Vec<bool>,
    /// What was seen of the picture before.
    cells: Box<[Cell; CELLS]>,
    /// Stamps of the tiles of the picture before.
    stamps: Vec<u64>,
    /// The blocks that each column and each row of cells covers.
    columns: Vec<Range<usize>>,
    rows: Vec<Range<usize>>,
}

impl Watch {
    /// For pictures of this width and height.
    #[must_use]
    pub fn new(size_px: [u32; 2]) -> Self {
        let blocks = size_px.map(|side| side.div_ceil(BLOCK_PX));
        Self {
            size_px,
            blocks,
            step_px: if size_px[0] * size_px[1] > 1920 * 1200 { 8 } else { 4 },
            light: vec![[0; 3]; (blocks[0] * blocks[1]) as usize],
            measured: vec![true; (blocks[0] * blocks[1]) as usize],
            cells: Box::new([Cell::default(); CELLS]),
            stamps: Vec::new(),
            columns: covered(ACROSS, size_px[0]),
            rows: covered(DOWN, size_px[1]),
        }
    }

    /// Looks at the next picture.
    pub fn look(&mut self, picture: Picture<'_>) -> Grid {
        let light = &*LIGHT;
        let [width, height] = self.size_px;
        match picture {
            Picture::Rgba {
                bytes,
                bytes_per_row,
                tiles,
            } => {
                let (tile_px, stamps) = tiles.map_or((self.size_px, &[][..]), |tiles| (tiles.size_px, tiles.stamps));
                let across = width.div_ceil(tile_px[0]);
                let pixel = |x: u32, y: u32| {
                    let at = y.min(height - 1) as usize * bytes_per_row + x.min(width - 1) as usize * 4;
                    let [red, green, blue] = [0, 1, 2].map(|part| bytes.get(at + part).copied().unwrap_or(0));
                    [red, green, blue]
                };
                self.each_block(stamps, tile_px, across, |step_px, x, y| {
                    mean(step_px, |dx, dy| pixel(x + dx, y + dy).map(|byte| light[byte as usize]))
                });
            }
            Picture::Tiles { tiles, stamps } => {
                let across = self.blocks[0];
                self.each_block(stamps, [BLOCK_PX; 2], across, |step_px, x, y| {
                    let tile = (y / BLOCK_PX * across + x / BLOCK_PX) as usize;
                    let tile = tiles.get(tile * 384..(tile + 1) * 384).unwrap_or(&[0; 384]);
                    mean(step_px, |dx, dy| {
                        rgb_of(tile, dx as usize, dy as usize).map(|byte| light[byte as usize])
                    })
                });
            }
        }
        self.grid()
    }

    /// Measures the blocks whose tile has another stamp than in the picture before: all of them where there are none.
    fn each_block(
        &mut self,
        stamps: &[u64],
        tile_px: [u32; 2],
        tiles_across: u32,
        measure: impl Fn(u32, u32, u32) -> [u16; 3],
    ) {
        let [across, down] = self.blocks;
        // Nearly always tiles are blocks, and need not be looked for.
        let are_blocks = tile_px == [BLOCK_PX; 2] && tiles_across == across;
        for row in 0..down {
            let y = row * BLOCK_PX;
            for column in 0..across {
                let x = column * BLOCK_PX;
                let block = (row * across + column) as usize;
                let tile = if are_blocks {
                    block
                } else {
                    (y / tile_px[1] * tiles_across + x / tile_px[0]) as usize
                };
                let stamp = stamps.get(tile);
                if stamp.is_some() && stamp == self.stamps.get(tile) {
                    continue;
                }
                self.light[block] = measure(self.step_px, x, y);
                self.measured[block] = true;
            }
        }
        self.stamps.clear();
        self.stamps.extend_from_slice(stamps);
    }

    /// What is seen: of cells without a block that was measured, what was seen before.
    fn grid(&mut self) -> Grid {
        let across = self.blocks[0] as usize;
        for (row, rows) in self.cells.chunks_exact_mut(ACROSS).zip(&self.rows) {
            for (cell, columns) in row.iter_mut().zip(&self.columns) {
                let mut blocks = rows
                    .clone()
                    .map(|y| y * across + columns.start..y * across + columns.end);
                if !blocks.any(|blocks| self.measured[blocks].contains(&true)) {
                    continue;
                }
                let mut sums = [0_u32; 3];
                for y in rows.clone() {
                    for block in &self.light[y * across + columns.start..y * across + columns.end] {
                        sums.iter_mut()
                            .zip(block)
                            .for_each(|(sum, light)| *sum += u32::from(*light));
                    }
                }
                let count = (rows.len() * columns.len()) as u32;
                *cell = Cell::new(sums.map(|sum| sum / count));
            }
        }
        self.measured.fill(false);
        Grid(self.cells.clone())
    }
}

/// The blocks that each of some cells covers, along a side of the picture: those whose middle lies in it, or the one in
/// which its own middle lies.
fn covered(cells: usize, side_px: u32) -> Vec<Range<usize>> {
    let blocks = side_px.div_ceil(BLOCK_PX) as usize;
    let cell_px = f64::from(side_px) / cells as f64;
    let block_px = f64::from(BLOCK_PX);
    let first = |from_px: f64| (from_px / block_px - 0.5).ceil().max(0.0) as usize;
    (0..cells)
        .map(|cell| {
            let from_px = cell as f64 * cell_px;
            let (start, end) = (first(from_px), first(from_px + cell_px).min(blocks));
            if start < end {
                return start..end;
            }
            let own = ((from_px + cell_px / 2.0) / block_px) as usize;
            own.min(blocks - 1)..(own + 1).min(blocks)
        })
        .collect()
}

/// The mean light of some pixels of a block.
fn mean(step_px: u32, light: impl Fn(u32, u32) -> [u16; 3]) -> [u16; 3] {
    let (mut sums, mut count) = ([0_u32; 3], 0);
    let mut y = step_px / 2;
    while y < BLOCK_PX {
        let mut x = step_px / 2;
        while x < BLOCK_PX {
            let parts = light(x, y);
            sums.iter_mut()
                .zip(parts)
                .for_each(|(sum, part)| *sum += u32::from(part));
            count += 1;
            x += step_px;
        }
        y += step_px;
    }
    sums.map(|sum| (sum / count) as u16)
}

/// The colour of a pixel of a tile: BT.709, limited range.
fn rgb_of(tile: &[u8], x: usize, y: usize) -> [u8; 3] {
    let chroma = 256 + y / 2 * 16 + x / 2 * 2;
    let part = |at: usize| i32::from(tile.get(at).copied().unwrap_or(0));
    let (luma, blue, red) = (part(y * 16 + x) - 16, part(chroma) - 128, part(chroma + 1) - 128);
    // 1024ths of 255/219, and of what each difference adds.
    let grey = luma * 1192;
    [grey + red * 1836, grey - blue * 218 - red * 546, grey + blue * 2163]
        .map(|value| ((value + 512) >> 10).clamp(0, 255) as u8)
}

impl Cell {
    /// Of mean light in red, green and blue, 65,535ths.
    fn new([red, green, blue]: [u32; 3]) -> Self {
        let luminance = (red * 2126 + green * 7152 + blue * 722) / 10_000;
        Self {
            luminance: (luminance / 257) as u8,
            red: (red.saturating_sub(green + blue) / 257) as u8,
            saturated: red > 0 && red * 5 >= (red + green + blue) * 4,
        }
    }
}

/// The changes of a cell.
#[derive(Clone, Copy, Debug)]
struct Changes {
    /// The highest value since it began to rise, or the lowest since it began to fall.
    extreme: u8,
    /// Whether there was saturated red at that value.
    saturated: bool,
    rising: bool,
    /// Frames of the last changes, from 1; 0 where there was none. `next` is where the oldest stands.
    frames: [u64; TOO_MANY],
    next: usize,
}

impl Changes {
    const fn new(extreme: u8, saturated: bool) -> Self {
        Self {
            extreme,
            saturated,
            rising: false,
            frames: [0; TOO_MANY],
            next: 0,
        }
    }

    /// A value at a frame; `counts` says whether a change from one value to another counts.
    fn add(&mut self, value: u8, saturated: bool, frame: u64, counts: impl Fn(u8, u8) -> bool) {
        let goes_on = if self.rising {
            value >= self.extreme
        } else {
            value <= self.extreme
        };
        if goes_on {
            (self.extreme, self.saturated) = (value, saturated);
        } else if counts(self.extreme, value) {
            (self.extreme, self.saturated) = (value, saturated);
            self.rising = !self.rising;
            self.frames[self.next] = frame;
            self.next = (self.next + 1) % TOO_MANY;
        }
    }

    /// Whether there were too many in the `second` frames up to this one.
    fn are_too_many(&self, frame: u64, second: u64) -> bool {
        let oldest = self.frames[self.next];
        oldest > 0 && frame - oldest < second
    }
}

/// Counts the seconds of a film that flash.
#[derive(Debug)]
pub struct Counter {
    fps: (u32, u32),
    /// Columns and rows of cells that are 10 degrees of what is seen.
    field: [usize; 2],
    /// Cells of them that may not flash.
    most: usize,
    frames: u64,
    luminance: Vec<Changes>,
    red: Vec<Changes>,
    before: Option<Grid>,
    /// The last second that was counted.
    last: Option<u64>,
    seconds: u64,
}

impl Counter {
    /// Of a film of this size in pixels, and this rate.
    #[must_use]
    pub fn new(size_px: [u32; 2], fps: (u32, u32)) -> Self {
        let [width, height] = size_px.map(f64::from);
        // The screen on which the film is as large as can be.
        let screen_height = height.max(width / SCREEN);
        let field = [
            FIELD * screen_height * SCREEN / width * ACROSS as f64,
            FIELD * screen_height / height * DOWN as f64,
        ];
        Self {
            fps,
            field: [
                (field[0].round() as usize).clamp(1, ACROSS),
                (field[1].round() as usize).clamp(1, DOWN),
            ],
            most: (SHARE * field[0] * field[1]).ceil() as usize,
            frames: 0,
            luminance: Vec::new(),
            red: Vec::new(),
            before: None,
            last: None,
            seconds: 0,
        }
    }

    /// Seconds of the film so far in which some of it flashes too often.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.seconds
    }

    /// Adds the next picture.
    pub fn add(&mut self, grid: Grid) {
        self.frames += 1;
        let frame = self.frames;
        let Some(before) = self.before.replace(grid) else {
            let cells = self.before.iter().flat_map(|grid| grid.0.iter());
            self.luminance = cells.clone().map(|cell| Changes::new(cell.luminance, false)).collect();
            self.red = cells.map(|cell| Changes::new(cell.red, cell.saturated)).collect();
            return;
        };
        let cells = self.before.iter().flat_map(|grid| grid.0.iter());
        let states = self.luminance.iter_mut().zip(&mut self.red);
        for ((cell, old), (luminance, red)) in cells.zip(before.0.iter()).zip(states) {
            if cell == old {
                continue;
            }
            luminance.add(cell.luminance, false, frame, |from, to| {
                from.abs_diff(to) >= CHANGE && from.min(to) < BRIGHT
            });
            let was_saturated = red.saturated;
            red.add(cell.red, cell.saturated, frame, |from, to| {
                from.abs_diff(to) > RED_CHANGE && (was_saturated || cell.saturated)
            });
        }
        let second = (frame - 1) * u64::from(self.fps.1) / u64::from(self.fps.0);
        if self.last != Some(second) && (self.flashes(&self.luminance) || self.flashes(&self.red)) {
            self.last = Some(second);
            self.seconds += 1;
        }
    }

    /// Whether so many cells that are seen at once flash too often.
    fn flashes(&self, changes: &[Changes]) -> bool {
        let second = u64::from(self.fps.0).div_ceil(u64::from(self.fps.1));
        let flash: Vec<bool> = changes
            .iter()
            .map(|changes| changes.are_too_many(self.frames, second))
            .collect();
        if flash.iter().filter(|flash| **flash).count() < self.most {
            return false;
        }
        // Sums of all cells above and to the left.
        let mut sums = vec![[0_usize; ACROSS + 1]; DOWN + 1];
        for (row, cells) in flash.chunks_exact(ACROSS).enumerate() {
            let mut sum = 0;
            for (column, flash) in cells.iter().enumerate() {
                sum += usize::from(*flash);
                sums[row + 1][column + 1] = sums[row][column + 1] + sum;
            }
        }
        let [across, down] = self.field;
        (down..=DOWN).any(|bottom| {
            (across..=ACROSS).any(|right| {
                let (top, left) = (bottom - down, right - across);
                let inside = sums[bottom][right] + sums[top][left];
                inside - sums[top][right] - sums[bottom][left] >= self.most
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::picture::Tiles;

    const SIZE: [u32; 2] = [640, 360];

    /// A picture of a ground, with a square of another colour.
    fn picture(ground: [u8; 3], square: [u8; 3], side_px: u32) -> Vec<u8> {
        let mut rgba = Vec::new();
        for y in 0..SIZE[1] {
            for x in 0..SIZE[0] {
                let inside = (100..100 + side_px).contains(&x) && (100..100 + side_px).contains(&y);
                rgba.extend(if inside { square } else { ground });
                rgba.push(255);
            }
        }
        rgba
    }

    /// Seconds that are counted of a film in which two pictures take turns of `turn` frames, 25 a second.
    fn seconds(first: &[u8], second: &[u8], turn: u64, frames: u64) -> u64 {
        let mut watch = Watch::new(SIZE);
        let mut counter = Counter::new(SIZE, (25, 1));
        for frame in 0..frames {
            let bytes = if (frame / turn).is_multiple_of(2) {
                first
            } else {
                second
            };
            let grid = watch.look(Picture::Rgba {
                bytes,
                bytes_per_row: SIZE[0] as usize * 4,
                tiles: None,
            });
            counter.add(grid);
        }
        counter.seconds()
    }

    #[test]
    fn what_flashes_more_than_three_times_a_second_is_counted() {
        let ground = [8, 11, 18];
        let dark = picture(ground, ground, 0);
        let large = picture(ground, [240, 240, 240], 200);
        // Up and down in 6 frames: 4 times a second; in 10 frames: twice and a half.
        assert_eq!(seconds(&dark, &large, 3, 100), 4);
        assert_eq!(seconds(&dark, &large, 5, 100), 0);
        assert_eq!(seconds(&dark, &large, 3, 18), 0);
        // A quarter of 213 by 120 pixels is a square of 80.
        assert_eq!(seconds(&dark, &picture(ground, [240; 3], 60), 3, 100), 0);
        assert!(seconds(&dark, &picture(ground, [240; 3], 112), 3, 100) > 0);
        // Less than a tenth of white, and two greys that are bright.
        assert_eq!(seconds(&dark, &picture(ground, [80; 3], 200), 3, 100), 0);
        assert_eq!(
            seconds(&picture([235; 3], [235; 3], 0), &picture([255; 3], [255; 3], 0), 3, 100),
            0
        );
        // Red is worse: this one has 2% of the luminance of white.
        assert!(seconds(&dark, &picture(ground, [100, 0, 0], 200), 3, 100) > 0);
        assert_eq!(seconds(&dark, &picture(ground, [80, 80, 0], 200), 3, 100), 0);
    }

    #[test]
    fn only_what_has_another_stamp_is_looked_at() {
        let (dark, light) = (picture([0; 3], [0; 3], 0), picture([255; 3], [255; 3], 0));
        let mut watch = Watch::new(SIZE);
        let mut look = |bytes: &[u8], stamps: &[u64]| {
            watch.look(Picture::Rgba {
                bytes,
                bytes_per_row: SIZE[0] as usize * 4,
                tiles: Some(Tiles {
                    size_px: [64, 16],
                    stamps,
                }),
            })
        };
        // 10 tiles across, 23 down.
        let mut stamps = vec![1; 230];
        look(&dark, &stamps);
        stamps[10] = 2;
        let grid = look(&light, &stamps);
        // The second tile from the top: pixels 0 to 63 across, 16 to 31 down, of cells of 10 by 10.
        let lit: Vec<usize> = (0..CELLS).filter(|cell| grid.0[*cell].luminance > 200).collect();
        assert!(
            lit.iter()
                .all(|cell| cell % ACROSS < 7 && (1..4).contains(&(cell / ACROSS))),
            "{lit:?}"
        );
        assert!(lit.contains(&(2 * ACROSS + 2)));
    }

    #[test]
    fn planes_are_seen_as_the_colours_that_they_show() {
        // White, black, and the red of BT.709: 63, 102, 240.
        for (planes, rgb) in [
            ([235, 128, 128], [255; 3]),
            ([16, 128, 128], [0; 3]),
            ([63, 102, 240], [255, 0, 0]),
        ] {
            let mut tile = vec![planes[0]; 256];
            tile.extend([planes[1], planes[2]].repeat(64));
            let found = rgb_of(&tile, 7, 9);
            let apart = found.iter().zip(rgb).map(|(a, b): (&u8, u8)| a.abs_diff(b)).max();
            assert!(apart.is_some_and(|apart| apart <= 2), "{found:?} {rgb:?}");
        }
    }

    #[test]
    fn the_field_is_ten_degrees_of_a_screen() {
        let counter = |size| Counter::new(size, (25, 1));
        assert_eq!(
            (counter([1920, 1080]).field, counter([1920, 1080]).most),
            ([21, 12], 64)
        );
        // Upright: as wide as the picture, a third of its height; a quarter of a third of the screen.
        let upright = counter([1080, 1920]);
        assert_eq!((upright.field, upright.most), ([64, 12], 203));
    }
}
