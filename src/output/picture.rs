//! A picture as a renderer hands it over.

/// A picture as a renderer hands it over: rows from the top, each padded to `bytes_per_row`.
#[derive(Clone, Copy, Debug)]
pub enum Picture<'a> {
    /// Four bytes a pixel, non-linear sRGB, colour premultiplied with alpha.
    Rgba {
        /// The rows.
        bytes: &'a [u8],
        /// Bytes from one row to the next.
        bytes_per_row: usize,
        /// Stamps by which equal parts of two pictures are known, where there are any.
        tiles: Option<Tiles<'a>>,
    },
    /// BT.709 limited range, 4:2:0, in tiles of 16x16 pixels, row by row from the top left; those at the
    /// right and the bottom may reach beyond the picture.
    Tiles {
        /// 384 bytes a tile: 16 rows of luma, then 8 rows of chroma, blue and red difference in turn.
        /// Nothing where the stamp is that of the picture before.
        tiles: &'a [u8],
        /// As [`Tiles::stamps`].
        stamps: &'a [u64],
    },
}

/// A picture's tiles, row by row from the top left; those at the right and the bottom may be cut.
#[derive(Clone, Copy, Debug)]
pub struct Tiles<'a> {
    /// Width and height of a tile in pixels, both even.
    pub size_px: [u32; 2],
    /// A number for each: where those of two pictures of a film are equal, so are the pixels.
    pub stamps: &'a [u64],
}
