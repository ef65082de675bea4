//! The time that the GPU took for a frame, by the timestamps of its passes, where the adapter has them.

use super::context::Context;
use super::readback::{GPU_STAMPS, Staging, TICK_BYTES};

/// Places of the stamps in the query set.
const DRAW: u32 = 0;
const CONVERT: u32 = 2;
const COPIED: u32 = 4;

/// The queries of one renderer.
pub(super) struct Timestamps {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
}

impl Timestamps {
    /// `None` where the adapter has no timestamps.
    pub fn new(context: &Context) -> Option<Self> {
        let device = &context.device;
        device
            .features()
            .contains(wgpu::Features::TIMESTAMP_QUERY)
            .then(|| Self {
                queries: device.create_query_set(&wgpu::QuerySetDescriptor {
                    label: Some("frame"),
                    ty: wgpu::QueryType::Timestamp,
                    count: GPU_STAMPS as u32,
                }),
                resolved: device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("timestamps"),
                    size: TICK_BYTES,
                    usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                    mapped_at_creation: false,
                }),
            })
    }

    /// Stamps the beginning of the pass that draws tile by tile, if there is one: before that of the pass that
    /// draws by the raster units, which writes no stamp there then.
    pub fn tiles(&self) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(DRAW),
            end_of_pass_write_index: None,
        }
    }

    /// Stamps the end of the pass that draws by the raster units, and its beginning where nothing did before.
    pub fn draw(&self, begun: bool) -> wgpu::RenderPassTimestampWrites<'_> {
        wgpu::RenderPassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: (!begun).then_some(DRAW),
            end_of_pass_write_index: Some(DRAW + 1),
        }
    }

    /// Stamps the beginning and the end of the pass that converts.
    pub fn convert(&self) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(CONVERT),
            end_of_pass_write_index: Some(CONVERT + 1),
        }
    }

    /// Stamps the end of the copies, and brings all stamps behind the picture in its staging buffer.
    pub fn end(&self, staging: &Staging, converted: bool, encoder: &mut wgpu::CommandEncoder) {
        // Copies are in no pass: one without any work, after them, has their end as its beginning.
        let stamp = |index, encoder: &mut wgpu::CommandEncoder| {
            encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some("stamp"),
                timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                    query_set: &self.queries,
                    beginning_of_pass_write_index: Some(index),
                    end_of_pass_write_index: None,
                }),
            });
        };
        if !converted {
            // No query may be read that was not written.
            stamp(CONVERT, encoder);
            stamp(CONVERT + 1, encoder);
        }
        stamp(COPIED, encoder);
        encoder.resolve_query_set(&self.queries, 0..GPU_STAMPS as u32, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &staging.buffer, staging.picture_bytes, TICK_BYTES);
    }
}
