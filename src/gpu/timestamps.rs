//! How long the GPU took for a frame, by timestamp queries, where the adapter has them.

use super::Context;
use super::readback::{STAMP_BYTES, Staging};

/// Two queries a frame: before its first command and after its last copy.
pub(super) struct Timestamps {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
}

impl Timestamps {
    /// `None` where the adapter has no timestamps between passes.
    pub fn new(context: &Context) -> Option<Self> {
        let device = &context.device;
        device
            .features()
            .contains(wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS)
            .then(|| Self {
                queries: device.create_query_set(&wgpu::QuerySetDescriptor {
                    label: Some("frame"),
                    ty: wgpu::QueryType::Timestamp,
                    count: 2,
                }),
                resolved: device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("timestamps"),
                    size: STAMP_BYTES,
                    usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                    mapped_at_creation: false,
                }),
            })
    }

    pub fn begin(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.write_timestamp(&self.queries, 0);
    }

    /// Writes the second stamp, and both behind the picture in its staging buffer.
    pub fn end(&self, staging: &Staging, encoder: &mut wgpu::CommandEncoder) {
        encoder.write_timestamp(&self.queries, 1);
        encoder.resolve_query_set(&self.queries, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &staging.buffer, staging.picture_bytes, STAMP_BYTES);
    }
}
