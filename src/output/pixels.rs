//! Pictures as I420 planes, filled from those of a renderer.
//!
//! Owns the picture format that encoders take. Must not know which encoder takes it.

use std::ops::Range;

use super::bt709::{self, Rows};
use super::picture::{Picture, Tiles};

/// One picture as three planes (Y, then U and V at half the width and half the height), each tight:
/// its stride is its width. 8 bits a sample, BT.709 (ITU-R BT.709-6, section 3), limited range: luma
/// 16 to 235, chroma 16 to 240 around 128. Made once and filled again for every frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct I420 {
    width: u32,
    height: u32,
    /// The planes one after the other, behind `head_bytes` of something else.
    bytes: Vec<u8>,
    head_bytes: usize,
    /// Stamps of the tiles that were taken over last; empty where they are not known.
    stamps: Vec<u64>,
    /// Width and height of those tiles in pixels.
    tile_px: [u32; 2],
}

/// Width and height of a tile of [`Picture::Tiles`] in pixels.
const TILE_PX: usize = 16;
/// Bytes of such a tile.
const TILE_BYTES: usize = TILE_PX * TILE_PX * 3 / 2;

impl I420 {
    /// A picture of `width` by `height` pixels, all zeros until it is filled.
    ///
    /// # Panics
    /// If a side is odd or zero; [`H264Settings`](super::h264::H264Settings) has refused those.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self::reusing(width, height, Vec::new(), &[])
    }

    /// The same in a buffer that may have held another picture, behind `head`.
    ///
    /// # Panics
    /// As [`I420::new`].
    #[must_use]
    pub fn reusing(width: u32, height: u32, mut bytes: Vec<u8>, head: &[u8]) -> Self {
        assert!(
            width > 0 && height > 0 && width.is_multiple_of(2) && height.is_multiple_of(2),
            "4:2:0 needs even sides, not {width}x{height}"
        );
        bytes.resize(head.len() + width as usize * height as usize * 3 / 2, 0);
        bytes[..head.len()].copy_from_slice(head);
        Self {
            width,
            height,
            bytes,
            head_bytes: head.len(),
            stamps: Vec::new(),
            tile_px: [0; 2],
        }
    }

    /// The head and the planes as one piece.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Samples of the luma plane; each chroma plane has a quarter.
    fn luma(&self) -> usize {
        self.width as usize * self.height as usize
    }

    fn planes_mut(&mut self) -> [&mut [u8]; 3] {
        let luma = self.luma();
        let (y, chroma) = self.bytes[self.head_bytes..].split_at_mut(luma);
        let (u, v) = chroma.split_at_mut(luma / 4);
        [y, u, v]
    }

    /// Pixels across.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Luma: `width * height` bytes.
    #[must_use]
    pub fn y(&self) -> &[u8] {
        &self.bytes[self.head_bytes..][..self.luma()]
    }

    /// Blue difference: `width / 2 * height / 2` bytes.
    #[must_use]
    pub fn u(&self) -> &[u8] {
        &self.bytes[self.head_bytes + self.luma()..][..self.luma() / 4]
    }

    /// Red difference: `width / 2 * height / 2` bytes.
    #[must_use]
    pub fn v(&self) -> &[u8] {
        &self.bytes[self.head_bytes + self.luma() / 4 * 5..]
    }

    /// Stamps of the picture's tiles, row by row, where they are known and of this size in pixels.
    pub(super) fn stamps(&self, tile_px: [u32; 2]) -> Option<&[u64]> {
        (!self.stamps.is_empty() && self.tile_px == tile_px).then_some(&self.stamps)
    }

    /// Takes over a picture of the same size, of either kind: where both it and the one before have
    /// tiles, only those that differ.
    ///
    /// # Panics
    /// As [`I420::fill_from_rgba`].
    pub fn fill(&mut self, picture: Picture<'_>) {
        match picture {
            Picture::Rgba {
                bytes,
                bytes_per_row,
                tiles: Some(tiles),
            } => self.fill_tiles(bytes, bytes_per_row, tiles),
            Picture::Rgba {
                bytes,
                bytes_per_row,
                tiles: None,
            } => self.fill_from_rgba(bytes, bytes_per_row),
            Picture::Tiles { tiles, stamps } => self.fill_from_tiles(tiles, stamps),
        }
    }

    /// [`I420::fill_from_rgba`] for the tiles whose stamps are not those of the picture before.
    fn fill_tiles(&mut self, rgba: &[u8], stride_bytes: usize, tiles: Tiles<'_>) {
        if self
            .stamps(tiles.size_px)
            .is_some_and(|stamps| stamps.len() == tiles.stamps.len())
        {
            let (width, height) = (self.width as usize, self.height as usize);
            let [tile_width, tile_height] = tiles.size_px.map(|side| side as usize);
            let across = width.div_ceil(tile_width);
            let rows = self.stamps.chunks(across).zip(tiles.stamps.chunks(across));
            let bands: Vec<(Range<usize>, Vec<Range<usize>>)> = rows
                .enumerate()
                .map(|(row, (old, new))| {
                    let down = row * tile_height..((row + 1) * tile_height).min(height);
                    (down, changed_runs(old, new, tile_width, width))
                })
                .collect();
            for (down, runs) in bands {
                for run in runs {
                    self.convert(rgba, stride_bytes, run, down.clone());
                }
            }
        } else {
            self.fill_from_rgba(rgba, stride_bytes);
        }
        self.stamps.clear();
        self.stamps.extend_from_slice(tiles.stamps);
        self.tile_px = tiles.size_px;
    }

    /// Takes over the tiles of a picture of the same size that are not those of the picture before, all
    /// where that had none; see [`Picture::Tiles`].
    ///
    /// # Panics
    /// If there are fewer tiles than the picture has.
    fn fill_from_tiles(&mut self, tiles: &[u8], stamps: &[u64]) {
        let [width, height] = [self.width as usize, self.height as usize];
        let across = width.div_ceil(TILE_PX);
        let count = across * height.div_ceil(TILE_PX);
        assert!(
            tiles.len() == count * TILE_BYTES && stamps.len() == count,
            "{} bytes and {} stamps are no {width}x{height} picture in tiles",
            tiles.len(),
            stamps.len()
        );
        let tile_px = [TILE_PX as u32; 2];
        let held = self.stamps(tile_px).map_or(&[][..], |stamps| stamps);
        let changed: Vec<usize> = (0..count)
            .filter(|tile| held.get(*tile) != Some(&stamps[*tile]))
            .collect();
        let [y, u, v] = self.planes_mut();
        for tile in changed {
            let (left, top) = (tile % across * TILE_PX, tile / across * TILE_PX);
            let (columns, rows) = (TILE_PX.min(width - left), TILE_PX.min(height - top));
            let (luma, chroma) = tiles[tile * TILE_BYTES..][..TILE_BYTES].split_at(TILE_PX * TILE_PX);
            for (row, from) in luma.chunks_exact(TILE_PX).take(rows).enumerate() {
                y[(top + row) * width + left..][..columns].copy_from_slice(&from[..columns]);
            }
            for (row, from) in chroma.chunks_exact(TILE_PX).take(rows / 2).enumerate() {
                let at = (top / 2 + row) * (width / 2) + left / 2;
                let (pairs, _) = from[..columns].as_chunks::<2>();
                let to = u[at..].iter_mut().zip(&mut v[at..]);
                for ((u, v), [blue, red]) in to.zip(pairs) {
                    (*u, *v) = (*blue, *red);
                }
            }
        }
        self.stamps.clear();
        self.stamps.extend_from_slice(stamps);
        self.tile_px = tile_px;
    }

    /// Takes over a picture of the same size. `rgba` is rows of 4 bytes a pixel, non-linear (sRGB)
    /// and opaque: alpha is not read. Row `r` starts at `r * stride_bytes`, as a GPU readback with
    /// padded rows has it; what follows the last row is not read. Chroma is the mean of four pixels,
    /// sited in their middle; samples are rounded to nearest.
    ///
    /// # Panics
    /// If the rows are shorter than `width` or `rgba` has too few of them.
    pub fn fill_from_rgba(&mut self, rgba: &[u8], stride_bytes: usize) {
        let row_bytes = self.width as usize * 4;
        assert!(
            stride_bytes >= row_bytes && rgba.len() + (stride_bytes - row_bytes) >= stride_bytes * self.height as usize,
            "{} bytes with a stride of {stride_bytes} are no {}x{} picture",
            rgba.len(),
            self.width,
            self.height
        );
        self.stamps.clear();
        self.convert(rgba, stride_bytes, 0..self.width as usize, 0..self.height as usize);
    }

    /// Converts a part of a picture: pixels across and down, the ends of both ranges even.
    fn convert(&mut self, rgba: &[u8], stride_bytes: usize, across: Range<usize>, down: Range<usize>) {
        let width = self.width as usize;
        let [y, u, v] = self.planes_mut();
        let chroma = across.start / 2..across.end / 2;
        let y = y[down.start * width..down.end * width].chunks_exact_mut(2 * width);
        let [u, v] = [u, v].map(|plane| plane[down.start / 2 * (width / 2)..].chunks_exact_mut(width / 2));
        let rows = down.step_by(2).zip(y).zip(u.zip(v));
        bt709::convert(rows.map(|((row, y), (u, v))| {
            let (above, below) = y.split_at_mut(width);
            Rows {
                rgba: [row, row + 1].map(|row| &rgba[row * stride_bytes..][4 * across.start..4 * across.end]),
                y: [&mut above[across.clone()], &mut below[across.clone()]],
                u: &mut u[chroma.clone()],
                v: &mut v[chroma.clone()],
            }
        }));
    }
}

/// Runs of pixels around the tiles of a row whose stamps differ.
fn changed_runs(old: &[u64], new: &[u64], tile_px: usize, width: usize) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (tile, _) in old.iter().zip(new).enumerate().filter(|(_, (old, new))| old != new) {
        let (start, end) = (tile * tile_px, ((tile + 1) * tile_px).min(width));
        match runs.last_mut() {
            Some(run) if run.end == start => run.end = end,
            _ => runs.push(start..end),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::noise;

    #[test]
    fn padding_of_rows_is_not_read() {
        let (width, height, stride_bytes) = (6_usize, 4_usize, 256_usize);
        let mut tight = Vec::new();
        let mut padded = vec![0xEE; stride_bytes * height];
        for row in 0..height {
            for column in 0..width {
                let pixel = [(row * 50) as u8, (column * 40) as u8, 90, 255];
                let at = row * stride_bytes + column * 4;
                padded[at..at + 4].copy_from_slice(&pixel);
                tight.extend_from_slice(&pixel);
            }
        }
        let (mut a, mut b) = (I420::new(6, 4), I420::new(6, 4));
        a.fill_from_rgba(&tight, width * 4);
        b.fill_from_rgba(&padded, stride_bytes);
        assert_eq!(a, b);
    }

    #[test]
    fn tiles_that_changed_make_the_bytes_of_the_whole_picture() {
        // An odd number of tiles, a last column and a last row that are cut.
        for (width, height) in [(640, 64), (350, 40), (1914, 34)] {
            let tile = 16_u32;
            let (across, down) = (u32::div_ceil(width, tile), u32::div_ceil(height, tile));
            let mut numbers = noise(7);
            let mut random = || numbers.next().unwrap() >> 8;
            let mut rgba: Vec<u8> = (0..width * height * 4).map(|_| random() as u8).collect();
            let mut stamps = vec![1_u64; (across * down) as usize];
            let mut film = I420::new(width, height);
            for turn in 2..30 {
                for _ in 0..random() % 9 {
                    let at = random() % (across * down);
                    stamps[at as usize] = turn;
                    let (left, top) = (at % across * tile, at / across * tile);
                    for y in top..(top + tile).min(height) {
                        for x in left..(left + tile).min(width) {
                            let pixel = (y * width + x) as usize * 4;
                            rgba[pixel..pixel + 4].copy_from_slice(&random().to_le_bytes());
                        }
                    }
                }
                let tiles = Tiles {
                    size_px: [tile; 2],
                    stamps: &stamps,
                };
                film.fill(Picture::Rgba {
                    bytes: &rgba,
                    bytes_per_row: width as usize * 4,
                    tiles: Some(tiles),
                });
                let mut alone = I420::new(width, height);
                alone.fill_from_rgba(&rgba, width as usize * 4);
                assert_eq!(
                    (film.y(), film.u(), film.v()),
                    (alone.y(), alone.u(), alone.v()),
                    "{width}x{height}, picture {turn}"
                );
            }
        }
    }

    #[test]
    fn only_tiles_that_changed_are_converted() {
        let white = vec![255; 128 * 32 * 4];
        let mut film = I420::new(128, 32);
        let mut fill = |stamps: [u64; 16], bytes: &[u8]| {
            let tiles = Tiles {
                size_px: [16, 16],
                stamps: &stamps,
            };
            film.fill(Picture::Rgba {
                bytes,
                bytes_per_row: 512,
                tiles: Some(tiles),
            });
            [0, 64, 80, 16 * 128 + 80].map(|at| film.y()[at])
        };
        let mut stamps = [1; 16];
        assert_eq!(fill(stamps, &vec![0; white.len()]), [16; 4]);
        stamps[5] = 2;
        assert_eq!(fill(stamps, &white), [16, 16, 235, 16]);
    }

    #[test]
    fn tiles_are_taken_apart_and_a_head_stays_in_front() {
        // 20x18: four tiles, three of them cut.
        let sample = |tile: usize, at: usize| (tile * 50 + at % 50) as u8;
        let tiles: Vec<u8> = (0..4)
            .flat_map(|tile| (0..TILE_BYTES).map(move |at| sample(tile, at)))
            .collect();
        let mut picture = I420::reusing(20, 18, vec![9; 3], b"HEAD");
        picture.fill(Picture::Tiles {
            tiles: &tiles,
            stamps: &[1, 2, 3, 4],
        });
        for row in 0..18 {
            for column in 0..20 {
                let tile = row / 16 * 2 + column / 16;
                let at = row % 16 * 16 + column % 16;
                assert_eq!(picture.y()[row * 20 + column], sample(tile, at), "{column}, {row}");
                let pair = 256 + row % 16 / 2 * 16 + column % 16 / 2 * 2;
                let at = row / 2 * 10 + column / 2;
                assert_eq!(
                    [picture.u()[at], picture.v()[at]],
                    [sample(tile, pair), sample(tile, pair + 1)],
                    "{column}, {row}"
                );
            }
        }
        // Only the tile with another stamp is read.
        let white = vec![255; tiles.len()];
        picture.fill(Picture::Tiles {
            tiles: &white,
            stamps: &[1, 2, 5, 4],
        });
        assert_eq!(
            picture.y()[15 * 20..16 * 20],
            std::array::from_fn::<u8, 20, _>(|x| sample(x / 16, 240 + x % 16))
        );
        assert_eq!(picture.y()[16 * 20..][..16], [255; 16]);
        assert_eq!(
            picture.y()[16 * 20 + 16..][..4],
            std::array::from_fn::<u8, 4, _>(|x| sample(3, x))
        );
        assert_eq!(&picture.into_bytes()[..4], b"HEAD");
    }

    #[test]
    #[should_panic(expected = "no 4x4 picture")]
    fn too_few_rows_are_our_own_bug() {
        I420::new(4, 4).fill_from_rgba(&[0; 48], 16);
    }
}
