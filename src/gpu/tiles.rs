//! Marks and bubbles drawn by a shader, tile by tile, on adapters whose raster units are slower than that.
//!
//! Cards for computing have few raster units: an H100 blends 14 pixels in a nanosecond by them, 1.9 ms of a 4K
//! picture with 38,500 bubbles.

use super::context::Context;
use super::data::{self, GrowingBuffer};
use super::pipelines::TilePipelines;
use super::target::Target;

/// Width and height of a tile; the constant of the same name in `shaders/paint.wgsl`.
const TILE_PX: u32 = 16;
/// Width and height of the smallest cells.
const LEAST_CELL_PX: u32 = 2 * TILE_PX;
/// Cells of a picture: each takes a bit for every mark and bubble.
const MOST_CELLS: u32 = 1024;
/// Bits in a word of a mask.
const WORD: u32 = 32;
/// Invocations in a workgroup of `shaders/touch.wgsl`.
const TOUCH_GROUP: u32 = 64;
/// Bytes of a bubble's disc, `Disc` in `shaders/coverage.wgsl`.
pub(super) const DISC_BYTES: u64 = 32;
/// Bytes that masks may take, and discs, if the device gives as many. Frames that need more are drawn by the raster
/// units.
const MOST_BYTES: u64 = 64 << 20;

/// Its uniform; `Tiles` in the shader.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct TilesData {
    pub ground: [f32; 4],
    pub cells: [u32; 2],
    pub cell_px: u32,
    pub words: u32,
    pub marks: u32,
    pub mark_words: u32,
    pub bubbles: u32,
    pub padding: u32,
}

impl TilesData {
    /// For a picture without marks or bubbles yet; `ground` is its colour, premultiplied.
    fn new(size_px: [u32; 2], ground: [u8; 4]) -> Self {
        let cells = |cell_px: u32| size_px.map(|side| side.div_ceil(cell_px));
        let mut cell_px = LEAST_CELL_PX;
        while cells(cell_px).into_iter().product::<u32>() > MOST_CELLS {
            cell_px *= 2;
        }
        Self {
            ground: ground.map(f32::from),
            cells: cells(cell_px),
            cell_px,
            words: 0,
            marks: 0,
            mark_words: 0,
            bubbles: 0,
            padding: 0,
        }
    }

    /// The same picture with so many marks and bubbles.
    fn with(self, marks: u32, bubbles: u32) -> Self {
        let mark_words = marks.div_ceil(WORD);
        Self {
            marks,
            mark_words,
            bubbles,
            words: mark_words + bubbles.div_ceil(WORD),
            ..self
        }
    }

    fn mask_bytes(&self) -> u64 {
        let [across, down] = self.cells.map(u64::from);
        across * down * u64::from(self.words) * 4
    }

    /// Bytes of the discs, if marks had some as well.
    fn disc_bytes(&self) -> u64 {
        u64::from(self.words) * u64::from(WORD) * DISC_BYTES
    }
}

/// The marks and bubbles of a frame on the device, in buffers that `shaders/touch.wgsl` reads.
pub(super) struct Things<'a> {
    /// The uniform of the frame.
    pub frame: &'a wgpu::Buffer,
    pub marks: &'a wgpu::Buffer,
    pub mark_count: u32,
    /// Bubbles, flights and rows.
    pub bubbles: [&'a wgpu::Buffer; 3],
    pub bubble_count: u32,
}

/// The tiles of one renderer's pictures.
pub(super) struct Tiles {
    data: TilesData,
    uniform: wgpu::Buffer,
    discs: GrowingBuffer,
    masks: GrowingBuffer,
    picture: wgpu::TextureView,
    tiles: [u32; 2],
    /// Bind groups of `touch` and of `paint`, made for the first frame.
    bind_groups: Option<[wgpu::BindGroup; 2]>,
}

impl Tiles {
    /// For the pictures in `target`, on ground of one colour, premultiplied.
    pub fn new(context: &Context, target: &Target, ground: [u8; 4]) -> Self {
        let device = &context.device;
        let storage = wgpu::BufferUsages::STORAGE;
        let size_px = [target.texture.width(), target.texture.height()];
        let data = TilesData::new(size_px, ground);
        let bytes = size_of::<TilesData>() as u64;
        let uniform = data::buffer(device, "tiles", wgpu::BufferUsages::UNIFORM, bytes);
        context.queue.write_buffer(&uniform, 0, bytemuck::bytes_of(&data));
        Self {
            data,
            uniform,
            discs: GrowingBuffer::new(device, "discs", storage, 1 << 16),
            masks: GrowingBuffer::new(device, "masks", storage, 1 << 16),
            picture: target.view.clone(),
            tiles: size_px.map(|side| side.div_ceil(TILE_PX)),
            bind_groups: None,
        }
    }

    /// Draws things over the ground; false where there are too many of them, and nothing is drawn. `another`:
    /// whether they are in other buffers than before.
    pub fn draw(
        &mut self,
        context: &Context,
        things: &Things<'_>,
        another: bool,
        encoder: &mut wgpu::CommandEncoder,
        timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
    ) -> bool {
        let Context { device, queue, .. } = context;
        let data = self.data.with(things.mark_count, things.bubble_count);
        if another {
            self.bind_groups = None;
        }
        if data.mask_bytes().max(data.disc_bytes()) > MOST_BYTES.min(context.most_buffer_bytes) {
            return false;
        }
        let grown = self.masks.reserve(device, data.mask_bytes());
        if self.discs.reserve(device, data.disc_bytes()) || grown {
            self.bind_groups = None;
        }
        if data != self.data {
            self.data = data;
            queue.write_buffer(&self.uniform, 0, bytemuck::bytes_of(&data));
        }
        let bound = self.bind_groups.take().unwrap_or_else(|| self.bind(context, things));
        let [touch, paint] = self.bind_groups.insert(bound);

        encoder.clear_buffer(&self.masks.buffer, 0, Some(data.mask_bytes()));
        let pipelines = context.tile_pipelines();
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("tiles"),
            timestamp_writes,
        });
        pass.set_pipeline(&pipelines.touch);
        pass.set_bind_group(0, &*touch, &[]);
        pass.dispatch_workgroups((data.words * WORD).div_ceil(TOUCH_GROUP), 1, 1);
        pass.set_pipeline(&pipelines.paint);
        pass.set_bind_group(0, &*paint, &[]);
        pass.dispatch_workgroups(self.tiles[0], self.tiles[1], 1);
        true
    }

    fn bind(&self, context: &Context, things: &Things<'_>) -> [wgpu::BindGroup; 2] {
        let TilePipelines { touch, paint } = context.tile_pipelines();
        let group = |pipeline: &wgpu::ComputePipeline, resources: &[wgpu::BindingResource<'_>]| {
            let entries: Vec<_> = (0..)
                .zip(resources.iter().cloned())
                .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
                .collect();
            context.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("tiles"),
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries,
            })
        };
        let whole = wgpu::Buffer::as_entire_binding;
        let [bubbles, flights, rows] = things.bubbles.map(whole);
        let (tiles, marks) = (whole(&self.uniform), whole(things.marks));
        let (discs, masks) = (whole(&self.discs.buffer), whole(&self.masks.buffer));
        let picture = wgpu::BindingResource::TextureView(&self.picture);
        let touched = [
            whole(things.frame),
            bubbles,
            flights,
            rows,
            tiles.clone(),
            marks.clone(),
            discs.clone(),
            masks.clone(),
        ];
        [
            group(touch, &touched),
            group(paint, &[tiles, marks, discs, masks, picture]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_bounded_whatever_the_size_of_the_picture() {
        for (size_px, cells, cell_px) in [
            ([64, 64], [2, 2], 32),
            ([1920, 1080], [30, 17], 64),
            ([3840, 2160], [30, 17], 128),
            ([16_384, 16_384], [32, 32], 512),
            ([16_384, 16], [512, 1], 32),
        ] {
            let data = TilesData::new(size_px, [0; 4]);
            assert_eq!((data.cells, data.cell_px), (cells, cell_px), "{size_px:?}");
            assert_eq!(data.with(0, 0).mask_bytes(), 0);
            // A bubble after 33 marks: two words of marks, one of bubbles.
            let data = data.with(33, 1);
            assert_eq!((data.mark_words, data.words), (2, 3));
            assert_eq!(data.mask_bytes(), u64::from(cells[0] * cells[1]) * 12);
        }
    }
}
