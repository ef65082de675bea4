//! The macroblocks of a picture that may differ from the picture before.
//!
//! They are found by the stamps of the picture's tiles where the renderer gives them, else by a look at every
//! sample. Knows no code.

use super::macroblock::MACROBLOCK_PX;
use crate::output::pixels::I420;

/// Remembers one picture.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Stamps of the picture before, where it had any.
    stamps: Vec<u64>,
    /// Its samples, where it had none: Y, U, V.
    samples: Vec<u8>,
    changed: Vec<bool>,
}

impl Changes {
    /// A flag for each macroblock, row by row; all are set for the first picture.
    pub fn look(&mut self, picture: &I420) -> &[bool] {
        let [width, height] = [picture.width() as usize, picture.height() as usize];
        let across = width.div_ceil(MACROBLOCK_PX);
        self.changed.clear();
        self.changed.resize(across * height.div_ceil(MACROBLOCK_PX), true);
        if let Some(stamps) = picture.stamps([MACROBLOCK_PX as u32; 2]) {
            if self.stamps.len() == stamps.len() {
                for ((changed, old), new) in self.changed.iter_mut().zip(&self.stamps).zip(stamps) {
                    *changed = old != new;
                }
            }
            self.samples.clear();
            self.stamps.clear();
            self.stamps.extend_from_slice(stamps);
            return &self.changed;
        }
        self.stamps.clear();
        let planes = [picture.y(), picture.u(), picture.v()];
        if self.samples.is_empty() {
            self.samples.extend(planes.into_iter().flatten());
            return &self.changed;
        }
        self.changed.fill(false);
        let mut kept = &mut self.samples[..];
        for (plane, shrunk) in planes.into_iter().zip([1, 2, 2]) {
            let (old, rest) = kept.split_at_mut(plane.len());
            kept = rest;
            let (width, side) = (width / shrunk, MACROBLOCK_PX / shrunk);
            let rows = old.chunks_exact_mut(width).zip(plane.chunks_exact(width));
            for (row, (old, new)) in rows.enumerate().filter(|(_, (old, new))| old != new) {
                let changed = &mut self.changed[row / side * across..][..across];
                for ((changed, old), new) in changed.iter_mut().zip(old.chunks(side)).zip(new.chunks(side)) {
                    *changed |= old != new;
                }
                old.copy_from_slice(new);
            }
        }
        &self.changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::picture::{Picture, Tiles};

    const SIZE: [usize; 2] = [40, 24];

    fn filled(picture: &mut I420, rgba: &[u8], stamps: Option<&[u64]>) {
        picture.fill(Picture::Rgba {
            bytes: rgba,
            bytes_per_row: SIZE[0] * 4,
            tiles: stamps.map(|stamps| Tiles {
                size_px: [16, 16],
                stamps,
            }),
        });
    }

    #[test]
    fn samples_and_stamps_tell_the_same() {
        let mut rgba = vec![90; SIZE[0] * SIZE[1] * 4];
        let mut picture = I420::new(40, 24);
        let (mut by_samples, mut by_stamps) = (Changes::default(), Changes::default());
        filled(&mut picture, &rgba, None);
        assert_eq!(by_samples.look(&picture), [true; 6]);
        filled(&mut picture, &rgba, Some(&[1; 6]));
        assert_eq!(by_stamps.look(&picture), [true; 6]);

        // The last pixel: a macroblock that is cut both ways.
        let last = rgba.len() - 4;
        rgba[last..].copy_from_slice(&[255, 0, 0, 255]);
        let want = [false, false, false, false, false, true];
        filled(&mut picture, &rgba, None);
        assert_eq!(by_samples.look(&picture), want);
        assert_eq!(by_samples.look(&picture), [false; 6]);
        filled(&mut picture, &rgba, Some(&[1, 1, 1, 1, 1, 2]));
        assert_eq!(by_stamps.look(&picture), want);
        assert_eq!(by_stamps.look(&picture), [false; 6]);
    }
}
