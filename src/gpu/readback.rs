//! Bringing pixels back: a staging buffer is free, in flight or mapped, and changes hands as it does.
//! `Staging` → `Renderer::submit` → `Flight` → `Renderer::wait` → `Pixels` → `Staging`.

use std::sync::mpsc;

use super::{Context, GpuError};

/// A free staging buffer for one picture.
pub struct Staging {
    pub(super) buffer: wgpu::Buffer,
    pub(super) size_px: [u32; 2],
    pub(super) bytes_per_row: u32,
}

impl Staging {
    pub(super) fn new(context: &Context, size_px: [u32; 2]) -> Self {
        // Copies from textures need rows at multiples of 256 bytes.
        let bytes_per_row = (size_px[0] * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size: u64::from(bytes_per_row) * u64::from(size_px[1]),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self {
            buffer,
            size_px,
            bytes_per_row,
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

/// A frame's pixels, mapped: RGBA bytes, rows from the top, each padded to [`Pixels::bytes_per_row`].
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

    /// The mapped bytes, `bytes_per_row * height` of them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.view
    }

    /// Bytes from one row to the next.
    #[must_use]
    pub fn bytes_per_row(&self) -> usize {
        self.staging.bytes_per_row as usize
    }

    /// The rows without their padding: `width * height * 4` bytes.
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
