//! Bringing pixels back: a staging buffer is free, in flight or mapped, and changes hands as it does.
//! `Staging` → `Renderer::submit` → `Flight` → `Renderer::wait` → `Pixels` → `Staging`.

use std::sync::mpsc;

use super::context::Context;
use super::error::GpuError;

/// The form in which a frame's pixels come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Readout {
    /// Four bytes a pixel, sRGB, premultiplied, in rows.
    #[default]
    Rgba,
    /// BT.709 limited range, 4:2:0, in tiles with stamps: see [`Pixels::tiles`].
    Planes,
}

impl Readout {
    /// Whether an adapter has buffers that are large enough for it.
    #[must_use]
    pub fn fits(self, context: &Context, size_px: [u32; 2]) -> bool {
        Staging::bytes(self, size_px) <= context.most_buffer_bytes
    }
}

/// Width and height of a tile in pixels.
pub(super) const TILE_PX: u32 = 16;
/// Bytes of a tile: 16 rows of 16 samples of luma, then 8 rows of 8 pairs of chroma, blue and red.
pub(super) const TILE_BYTES: u64 = 384;
/// Bytes of a tile's stamp.
pub(super) const STAMP_BYTES: u64 = 8;
/// Timestamps of a frame: drawing begins and ends, converting begins and ends, copying ends.
pub(super) const GPU_STAMPS: usize = 5;
/// Bytes of those timestamps, behind the picture.
pub(super) const TICK_BYTES: u64 = GPU_STAMPS as u64 * 8;

/// Tiles of a picture, across and down.
pub(super) fn tiles(size_px: [u32; 2]) -> [u32; 2] {
    size_px.map(|side| side.div_ceil(TILE_PX))
}

/// Bytes of a picture as tiles, with their stamps.
pub(super) fn planes_bytes(size_px: [u32; 2]) -> u64 {
    let [across, down] = tiles(size_px).map(u64::from);
    across * down * (TILE_BYTES + STAMP_BYTES)
}

/// A free staging buffer for one picture.
pub struct Staging {
    pub(super) buffer: wgpu::Buffer,
    /// By which a shader writes to it, where shaders can.
    pub(super) bind_group: Option<wgpu::BindGroup>,
    readout: Readout,
    size_px: [u32; 2],
    /// Bytes from one row of RGBA to the next.
    bytes_per_row: u32,
    /// Length of the picture, stamps among it; timestamps follow.
    pub(super) picture_bytes: u64,
}

impl Staging {
    /// Bytes of a staging buffer for pictures of a size.
    #[must_use]
    pub fn bytes(readout: Readout, size_px: [u32; 2]) -> u64 {
        match readout {
            Readout::Rgba => u64::from(padded_row(size_px[0])) * u64::from(size_px[1]),
            Readout::Planes => planes_bytes(size_px),
        }
    }

    /// For rows of RGBA.
    pub(super) fn rgba(context: &Context, size_px: [u32; 2]) -> Self {
        Self::new(context, Readout::Rgba, size_px, wgpu::BufferUsages::empty())
    }

    /// For tiles.
    pub(super) fn planes(context: &Context, size_px: [u32; 2]) -> Self {
        let written = if context.is_direct {
            wgpu::BufferUsages::STORAGE
        } else {
            wgpu::BufferUsages::empty()
        };
        Self::new(context, Readout::Planes, size_px, written)
    }

    fn new(context: &Context, readout: Readout, size_px: [u32; 2], written: wgpu::BufferUsages) -> Self {
        let picture_bytes = Self::bytes(readout, size_px);
        let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size: picture_bytes + TICK_BYTES,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST | written,
            mapped_at_creation: false,
        });
        Self {
            buffer,
            bind_group: None,
            readout,
            size_px,
            bytes_per_row: padded_row(size_px[0]),
            picture_bytes,
        }
    }

    pub(super) fn copy_from(&self, texture: &wgpu::Texture, encoder: &mut wgpu::CommandEncoder) {
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(self.bytes_per_row),
            rows_per_image: None,
        };
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &self.buffer,
                layout,
            },
            texture.size(),
        );
    }
}

/// Bytes of a row of RGBA: copies from textures need multiples of 256.
fn padded_row(width: u32) -> u32 {
    (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT)
}

/// A frame that the GPU is drawing.
pub struct Flight {
    number: u64,
    staging: Staging,
    submission: wgpu::SubmissionIndex,
    mapped: mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl Flight {
    pub(super) fn new(number: u64, staging: Staging, submission: wgpu::SubmissionIndex) -> Self {
        let (send, mapped) = mpsc::sync_channel(1);
        staging.buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver is gone only where the film was given up.
            let _ = send.send(result);
        });
        Self {
            number,
            staging,
            submission,
            mapped,
        }
    }

    pub(super) fn wait(self, context: &Context) -> Result<Pixels, GpuError> {
        let wait = wgpu::PollType::Wait {
            submission_index: Some(self.submission),
            timeout: None,
        };
        context.device.poll(wait).map_err(|error| context.failed(error))?;
        let mapped = self.mapped.recv().map_err(|error| context.failed(error))?;
        mapped.map_err(|error| context.check().err().unwrap_or_else(|| context.failed(error)))?;
        let view = self
            .staging
            .buffer
            .get_mapped_range(..)
            .map_err(|error| context.failed(error))?;
        Ok(Pixels {
            number: self.number,
            staging: self.staging,
            view,
        })
    }
}

/// The times at which the GPU worked on a frame, in ticks of its own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpuSpans {
    /// Drawing, from its beginning to its end.
    pub draw: [u64; 2],
    /// Converting to planes; of no length where pixels come back as RGBA.
    pub convert: [u64; 2],
    /// Copying; of no length where the shader wrote to the staging buffer.
    pub copy: [u64; 2],
}

/// A frame's pixels, mapped.
pub struct Pixels {
    number: u64,
    staging: Staging,
    view: wgpu::BufferView,
}

impl Pixels {
    /// Number of the frame in the film: stamped at submission, so that no pixel goes astray.
    #[must_use]
    pub fn frame_number(&self) -> u64 {
        self.number
    }

    /// The form of the pixels.
    #[must_use]
    pub fn readout(&self) -> Readout {
        self.staging.readout
    }

    /// Rows of RGBA, each padded to [`Pixels::bytes_per_row`].
    ///
    /// # Panics
    /// Where they are no RGBA.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        assert_eq!(self.staging.readout, Readout::Rgba);
        &self.view[..self.staging.picture_bytes as usize]
    }

    /// Tiles of 16x16 pixels, row by row from the top left, 384 bytes each: 16 rows of luma, then 8 rows of
    /// chroma in pairs of blue and red. And a stamp for each: where those of two pictures are equal, so are
    /// the tiles (but for one chance in 2^64). Tiles of a frame drawn with
    /// [`Extent::Changes`](super::Extent::Changes) hold nothing where they did not change.
    ///
    /// # Panics
    /// Where they are no planes.
    #[must_use]
    pub fn tiles(&self) -> (&[u8], &[u64]) {
        assert_eq!(self.staging.readout, Readout::Planes);
        let bytes = &self.view[..self.staging.picture_bytes as usize];
        let [across, down] = tiles(self.staging.size_px);
        let (tiles, stamps) = bytes.split_at((u64::from(across) * u64::from(down) * TILE_BYTES) as usize);
        // Mapped memory begins at a multiple of 8, and a tile's length is one.
        (tiles, bytemuck::cast_slice(stamps))
    }

    /// The times at which the GPU worked on the frame; only where its renderer has timestamps.
    #[must_use]
    pub fn gpu_spans(&self) -> GpuSpans {
        let ticks = &self.view[self.staging.picture_bytes as usize..];
        let [start, drawn, convert, converted, copied]: [u64; GPU_STAMPS] = bytemuck::pod_read_unaligned(ticks);
        let (convert, copy_start) = match self.staging.readout {
            Readout::Rgba => ([drawn; 2], drawn),
            Readout::Planes => ([convert, converted], converted),
        };
        GpuSpans {
            draw: [start, drawn],
            convert,
            // The pass that stamps the end of the copies begins after all that came before it.
            copy: [copy_start, copied],
        }
    }

    /// Bytes from one row of RGBA to the next.
    #[must_use]
    pub fn bytes_per_row(&self) -> usize {
        self.staging.bytes_per_row as usize
    }

    /// The rows of RGBA without their padding: `width * height * 4` bytes.
    #[must_use]
    pub fn to_tight(&self) -> Vec<u8> {
        let row_bytes = self.staging.size_px[0] as usize * 4;
        let mut tight = Vec::with_capacity(row_bytes * self.staging.size_px[1] as usize);
        for row in self.rgba().chunks_exact(self.bytes_per_row()) {
            tight.extend_from_slice(&row[..row_bytes]);
        }
        tight
    }

    /// Gives the staging buffer back for another frame.
    #[must_use]
    pub fn into_staging(self) -> Staging {
        drop(self.view);
        self.staging.buffer.unmap();
        self.staging
    }
}
