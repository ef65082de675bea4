//! Rectangles and rings: bars, ticks, the activity line, the legend.

use super::context::Context;
use super::data::GrowingBuffer;
use crate::scene::Mark;

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
            instances: GrowingBuffer::new(
                device,
                "marks",
                wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::STORAGE,
                1 << 17,
            ),
            drawn: 0,
        }
    }

    /// Brings the marks of a frame to the device; true where they are in another buffer than before.
    pub fn prepare(&mut self, context: &Context, marks: &[Mark]) -> bool {
        self.drawn = marks.len() as u32;
        self.instances
            .write(&context.device, &context.queue, bytemuck::cast_slice(marks))
    }

    /// The marks, for shaders that read them by themselves.
    pub fn buffer(&self) -> &wgpu::Buffer {
        &self.instances.buffer
    }

    /// Number of marks in the frame.
    pub fn count(&self) -> u32 {
        self.drawn
    }

    pub fn draw(&self, context: &Context, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&context.pipelines().marks.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.set_vertex_buffer(0, self.instances.buffer.slice(..));
        pass.draw(0..4, 0..self.drawn);
    }
}
