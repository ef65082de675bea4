//! Rectangles and rings: bars, ticks, the activity line, the legend.

use super::context::Context;
use super::data::GrowingBuffer;
use crate::scene::Frame;

/// Instances, one for each mark of a frame.
pub(super) struct Marks {
    bind_group: wgpu::BindGroup,
    instances: GrowingBuffer,
    drawn: u32,
}

impl Marks {
    pub fn new(context: &Context, uniform: &wgpu::Buffer) -> Self {
        let device = &context.device;
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("marks"),
            layout: &context.pipelines().marks.layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: uniform.as_entire_binding(),
            }],
        });
        Self {
            bind_group,
            instances: GrowingBuffer::new(device, "marks", wgpu::BufferUsages::VERTEX, 1 << 17),
            drawn: 0,
        }
    }

    pub fn prepare(&mut self, context: &Context, frame: &Frame) {
        self.instances
            .write(&context.device, &context.queue, bytemuck::cast_slice(&frame.marks));
        self.drawn = frame.marks.len() as u32;
    }

    pub fn draw(&self, context: &Context, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&context.pipelines().marks.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.set_vertex_buffer(0, self.instances.buffer.slice(..));
        pass.draw(0..4, 0..self.drawn);
    }
}
