//! Rectangles and rings: bars, ticks, the activity line, the legend.

use super::Context;
use super::data::{self, GrowingBuffer};
use crate::scene::{Frame, Mark};

/// The shader with the shared uniform before it.
pub(super) const SOURCE: &str = concat!(
    include_str!("../../shaders/frame.wgsl"),
    include_str!("../../shaders/mark.wgsl")
);

/// Pipeline and instances.
pub(super) struct Marks {
    pipeline: wgpu::RenderPipeline,
    bind_group: wgpu::BindGroup,
    instances: GrowingBuffer,
    drawn: u32,
}

impl Marks {
    pub fn new(context: &Context, uniform: &wgpu::Buffer, format: wgpu::TextureFormat) -> Self {
        let device = &context.device;
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("marks"),
            entries: &[data::layout_entry(0, wgpu::BufferBindingType::Uniform)],
        });
        let attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Unorm8x4, 2 => Float32, 3 => Float32];
        let instance = wgpu::VertexBufferLayout {
            array_stride: size_of::<Mark>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &attributes,
        };
        let pipeline = data::pipeline(device, "marks", SOURCE, &layout, &[Some(instance)], data::QUADS, format);
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("marks"),
            layout: &layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: uniform.as_entire_binding(),
            }],
        });
        let instances = GrowingBuffer::new(device, "marks", wgpu::BufferUsages::VERTEX, 1 << 17);
        Self {
            pipeline,
            bind_group,
            instances,
            drawn: 0,
        }
    }

    pub fn prepare(&mut self, context: &Context, frame: &Frame) {
        self.instances
            .write(&context.device, &context.queue, bytemuck::cast_slice(&frame.marks));
        self.drawn = frame.marks.len() as u32;
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.set_vertex_buffer(0, self.instances.buffer.slice(..));
        pass.draw(0..4, 0..self.drawn);
    }
}
