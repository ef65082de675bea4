//! A picture that is drawn elsewhere and kept on the device for a window: what changed is uploaded.
//! Knows pixels and blocks of them; does not know what is drawn.

use std::ops::Range;

use super::context::Context;
use super::data::{self, GrowingBuffer};
use super::error::GpuError;
use super::target::{OnDevice, Target};
use crate::crew;

/// Width and height of the parts that are uploaded. A row of one is the 256 bytes that rows of a copy
/// to a texture have to be multiples of, so blocks lie in the buffer one after the other, without
/// padding, and those below one another are one copy.
pub const BLOCK_PX: [u32; 2] = [64, 16];
const ROW_BYTES: usize = BLOCK_PX[0] as usize * 4;

/// The order of a window's colours in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelOrder {
    /// Red first, as in pictures.
    Rgba,
    /// Blue first, as on most displays.
    Bgra,
}

impl PixelOrder {
    /// The order of a format; pictures' own for those that are neither.
    pub(super) fn of(format: wgpu::TextureFormat) -> Self {
        if format == wgpu::TextureFormat::Bgra8Unorm {
            Self::Bgra
        } else {
            Self::Rgba
        }
    }

    fn format(self) -> wgpu::TextureFormat {
        match self {
            Self::Rgba => data::FORMAT,
            Self::Bgra => wgpu::TextureFormat::Bgra8Unorm,
        }
    }
}

/// Blocks of a picture with their pixels, on the way to the device.
#[derive(Debug, Default)]
pub struct Changes {
    bytes: Vec<u8>,
    runs: Vec<Run>,
}

/// Blocks below one another.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    column: u32,
    rows: Range<u32>,
    /// Index of their first byte.
    start: usize,
}

impl Changes {
    /// Collects the blocks of a picture that are to be uploaded: `rgba` has rows from the top, of `bytes_per_row`
    /// each; `differs` is asked for each block by its column and row. The blocks of before are dropped.
    pub fn collect(
        &mut self,
        rgba: &[u8],
        bytes_per_row: usize,
        [width, height]: [u32; 2],
        order: PixelOrder,
        differs: impl Fn(u32, u32) -> bool,
    ) {
        self.runs.clear();
        let [columns, rows] = [width.div_ceil(BLOCK_PX[0]), height.div_ceil(BLOCK_PX[1])];
        let lines = |run: &Run| run.rows.start * BLOCK_PX[1]..(run.rows.end * BLOCK_PX[1]).min(height);
        let mut start = 0;
        for column in 0..columns {
            let mut row = 0;
            while row < rows {
                let first = row;
                while row < rows && differs(column, row) {
                    row += 1;
                }
                if first == row {
                    row += 1;
                    continue;
                }
                let rows = first..row;
                let run = Run { column, rows, start };
                start += lines(&run).len() * ROW_BYTES;
                self.runs.push(run);
            }
        }
        // The bytes of before are written over, not filled first: that took a fifth of the time.
        self.bytes.resize(start, 0);
        let mut rest = self.bytes.as_mut_slice();
        let places = self.runs.iter().map(|run| {
            let (to, others) = std::mem::take(&mut rest).split_at_mut(lines(run).len() * ROW_BYTES);
            rest = others;
            (run, to)
        });
        crew::each(places, |(run, to)| {
            let left = run.column * BLOCK_PX[0];
            let bytes = (width - left).min(BLOCK_PX[0]) as usize * 4;
            for (line, to) in lines(run).zip(to.chunks_exact_mut(ROW_BYTES)) {
                let from = line as usize * bytes_per_row + left as usize * 4;
                copy(&mut to[..bytes], &rgba[from..from + bytes], order);
            }
        });
    }
}

fn copy(to: &mut [u8], from: &[u8], order: PixelOrder) {
    if order == PixelOrder::Rgba {
        to.copy_from_slice(from);
        return;
    }
    for (to, [red, green, blue, alpha]) in to.as_chunks_mut::<4>().0.iter_mut().zip(from.as_chunks::<4>().0) {
        *to = [*blue, *green, *red, *alpha];
    }
}

/// A picture whose pixels are brought to the device.
pub struct Picture {
    target: Target,
    staging: GrowingBuffer,
}

impl Picture {
    /// A picture without pixels yet.
    ///
    /// # Errors
    /// [`GpuError::PictureTooLarge`], or the driver failed.
    pub fn new(context: &Context, size_px: [u32; 2], order: PixelOrder) -> Result<Self, GpuError> {
        let usage =
            wgpu::TextureUsages::COPY_DST | wgpu::TextureUsages::COPY_SRC | wgpu::TextureUsages::TEXTURE_BINDING;
        let target = Target::of(context, size_px, order.format(), usage)?;
        let staging = GrowingBuffer::new(&context.device, "changes", wgpu::BufferUsages::COPY_SRC, 1 << 20);
        context.check()?;
        Ok(Self { target, staging })
    }

    /// Brings changes to the device, those of this size and order.
    ///
    /// # Errors
    /// [`GpuError::Failed`]: the driver failed.
    pub fn upload(&mut self, context: &Context, changes: &Changes) -> Result<(), GpuError> {
        if changes.runs.is_empty() {
            return Ok(());
        }
        let Context { device, queue, .. } = context;
        self.staging.write(device, queue, &changes.bytes);
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("changes") });
        let texture = &self.target.texture;
        for Run { column, rows, start } in &changes.runs {
            let [x, y] = [column * BLOCK_PX[0], rows.start * BLOCK_PX[1]];
            encoder.copy_buffer_to_texture(
                wgpu::TexelCopyBufferInfo {
                    buffer: &self.staging.buffer,
                    layout: wgpu::TexelCopyBufferLayout {
                        offset: *start as u64,
                        bytes_per_row: Some(ROW_BYTES as u32),
                        rows_per_image: None,
                    },
                },
                wgpu::TexelCopyTextureInfo {
                    texture,
                    mip_level: 0,
                    origin: wgpu::Origin3d { x, y, z: 0 },
                    aspect: wgpu::TextureAspect::All,
                },
                wgpu::Extent3d {
                    width: (texture.width() - x).min(BLOCK_PX[0]),
                    height: (rows.end * BLOCK_PX[1]).min(texture.height()) - y,
                    depth_or_array_layers: 1,
                },
            );
        }
        queue.submit([encoder.finish()]);
        context.check()
    }

    /// The picture as it is now, for [`super::Surface::show`].
    #[must_use]
    pub fn on_device(&self) -> OnDevice<'_> {
        self.target.on_device()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::readback::{Flight, Staging};
    use crate::gpu::testing;

    /// A picture of its own at every pixel.
    fn pixels([width, height]: [u32; 2], salt: u8) -> Vec<u8> {
        let pixel = |at: u32| [(at % width) as u8, (at / width) as u8, salt, 255];
        (0..width * height).flat_map(pixel).collect()
    }

    fn on_device(context: &Context, picture: &Picture, size_px: [u32; 2]) -> Vec<u8> {
        let staging = Staging::rgba(context, size_px);
        let mut encoder = context
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        staging.copy_from(&picture.target.texture, &mut encoder);
        let submission = context.queue.submit([encoder.finish()]);
        let flight = Flight::new(0, staging, submission);
        flight.wait(context).unwrap().to_tight()
    }

    #[test]
    fn what_changed_arrives_and_the_rest_stays() {
        let context = testing::context();
        // Blocks that are cut at the right and at the bottom.
        for size_px in [[200, 70], [64, 16], [1, 1], [128, 48]] {
            let [width, _] = size_px;
            let (before, after) = (pixels(size_px, 1), pixels(size_px, 2));
            // Rows that are longer than the picture is wide.
            let bytes_per_row = 4 * width as usize + 8;
            let padded = |pixels: &[u8]| -> Vec<u8> {
                let rows = pixels.chunks(4 * width as usize);
                rows.flat_map(|row| row.iter().copied().chain([9; 8])).collect()
            };
            let mut picture = Picture::new(&context, size_px, PixelOrder::Rgba).unwrap();
            let mut changes = Changes::default();
            changes.collect(&padded(&before), bytes_per_row, size_px, PixelOrder::Rgba, |_, _| true);
            picture.upload(&context, &changes).unwrap();
            assert!(on_device(&context, &picture, size_px) == before, "{size_px:?}");

            let differs = |column: u32, row: u32| (column + row).is_multiple_of(2) || column == 1;
            changes.collect(&padded(&after), bytes_per_row, size_px, PixelOrder::Rgba, differs);
            picture.upload(&context, &changes).unwrap();
            let expected = (0..)
                .zip(before.chunks(4).zip(after.chunks(4)))
                .flat_map(|(at, (before, after))| {
                    let changed = differs(at % width / BLOCK_PX[0], at / width / BLOCK_PX[1]);
                    if changed { after } else { before }
                });
            assert!(
                on_device(&context, &picture, size_px).iter().eq(expected),
                "{size_px:?}"
            );
            changes.collect(&padded(&before), bytes_per_row, size_px, PixelOrder::Rgba, |_, _| false);
            assert!(changes.bytes.is_empty());
            picture.upload(&context, &changes).unwrap();
        }
    }

    #[test]
    fn the_order_of_colours_is_the_windows() {
        let mut changes = Changes::default();
        changes.collect(&[1, 2, 3, 4, 5, 6, 7, 8], 8, [2, 1], PixelOrder::Bgra, |_, _| true);
        assert_eq!(changes.bytes[..8], [3, 2, 1, 4, 7, 6, 5, 8]);
    }
}
