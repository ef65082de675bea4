//! Bringing pixels back: a staging buffer is free, in flight or mapped, and changes hands as it does.
//! `Staging` → `Renderer::submit` → `Flight` → `Renderer::wait` → `Pixels` → `Staging`.

use std::sync::mpsc;

use super::{Context, GpuError, convert};

/// What a frame's pixels come back as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Readout {
    /// Four bytes a pixel, sRGB, premultiplied.
    #[default]
    Rgba,
    /// BT.709 limited range: luma, then chroma in pairs at half the width and height.
    Nv12,
}

/// Two timestamps of 8 bytes, behind the picture.
pub(super) const STAMP_BYTES: u64 = 16;

/// A free staging buffer for one picture.
pub struct Staging {
    pub(super) buffer: wgpu::Buffer,
    readout: Readout,
    size_px: [u32; 2],
    bytes_per_row: u32,
    /// Length of the picture; timestamps follow where there are any.
    pub(super) picture_bytes: u64,
}

impl Staging {
    pub(super) fn new(context: &Context, readout: Readout, [width, height]: [u32; 2]) -> Self {
        let (bytes_per_row, rows) = match readout {
            // Copies from textures need rows at multiples of 256 bytes.
            Readout::Rgba => ((width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT), height),
            Readout::Nv12 => (convert::bytes_per_row(width), height / 2 * 3),
        };
        let picture_bytes = u64::from(bytes_per_row) * u64::from(rows);
        let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size: picture_bytes + STAMP_BYTES,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self {
            buffer,
            readout,
            size_px: [width, height],
            bytes_per_row,
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

/// A frame's pixels, mapped: rows from the top, each padded to [`Pixels::bytes_per_row`].
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

    /// What the bytes are.
    #[must_use]
    pub fn readout(&self) -> Readout {
        self.staging.readout
    }

    /// The mapped bytes: `bytes_per_row * height` of RGBA, half as much again of rows for NV12.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.view[..self.staging.picture_bytes as usize]
    }

    /// When the GPU began and ended the frame, in ticks of its own clock; zeros without timestamps.
    #[must_use]
    pub fn gpu_ticks(&self) -> [u64; 2] {
        bytemuck::pod_read_unaligned(&self.view[self.staging.picture_bytes as usize..])
    }

    /// Bytes from one row to the next.
    #[must_use]
    pub fn bytes_per_row(&self) -> usize {
        self.staging.bytes_per_row as usize
    }

    /// The rows of RGBA without their padding: `width * height * 4` bytes.
    #[must_use]
    pub fn to_tight(&self) -> Vec<u8> {
        let row_bytes = self.staging.size_px[0] as usize * 4;
        let mut tight = Vec::with_capacity(row_bytes * self.staging.size_px[1] as usize);
        for row in self.bytes().chunks_exact(self.bytes_per_row()) {
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
