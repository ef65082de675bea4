//! The bubbles: uploaded once, drawn by the order that a frame gives.

use super::data::{self, GrowingBuffer, RowData};
use super::{Context, GpuError};
use crate::scene::{Frame, Scene, motion};

/// The shader with the shared uniform before it.
pub(super) const SOURCE: &str = concat!(
    include_str!("../../shaders/frame.wgsl"),
    include_str!("../../shaders/bubble.wgsl")
);

/// Pipeline, instances and the tables of a frame.
pub(super) struct Bubbles {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    bind_group: wgpu::BindGroup,
    instances: wgpu::Buffer,
    rows: wgpu::Buffer,
    draw_order: GrowingBuffer,
    ports: GrowingBuffer,
    drawn: u32,
}

impl Bubbles {
    pub fn new(
        context: &Context,
        scene: &Scene,
        uniform: &wgpu::Buffer,
        format: wgpu::TextureFormat,
    ) -> Result<Self, GpuError> {
        let Context { device, queue, .. } = context;
        let storage = wgpu::BufferUsages::STORAGE;
        let count = scene.log().bubbles.len();
        let needed = (count * size_of::<motion::Instance>()) as u64;
        let limits = device.limits();
        let limit = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        if needed > limit {
            return Err(GpuError::TooManyBubbles {
                bubbles: count,
                needed,
                adapter: context.adapter.clone(),
                limit,
            });
        }
        let instances = data::buffer(device, "bubbles", storage, needed);
        queue.write_buffer(&instances, 0, bytemuck::cast_slice(&scene.instances()));

        let table: Vec<RowData> = (0..scene.rows().len())
            .map(|row| {
                let [udp_px, tcp_px] = scene.departures_px(row);
                RowData {
                    udp_px,
                    tcp_px,
                    color: scene.rows()[row].color,
                    padding: 0,
                }
            })
            .collect();
        let rows = data::buffer(device, "rows", storage, size_of_val(table.as_slice()) as u64);
        queue.write_buffer(&rows, 0, bytemuck::cast_slice(&table));

        let draw_order = GrowingBuffer::new(device, "draw order", storage, 1 << 16);
        let ports = GrowingBuffer::new(device, "ports", storage, (scene.log().ports.len() * 8) as u64);
        let read_only = wgpu::BufferBindingType::Storage { read_only: true };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("bubbles"),
            entries: &[
                data::layout_entry(0, wgpu::BufferBindingType::Uniform),
                data::layout_entry(1, read_only),
                data::layout_entry(2, read_only),
                data::layout_entry(3, read_only),
                data::layout_entry(4, read_only),
            ],
        });
        let pipeline = data::quad_pipeline(device, "bubbles", SOURCE, &layout, &[], format);
        let bind_group = bind(
            device,
            &layout,
            [uniform, &instances, &draw_order.buffer, &ports.buffer, &rows],
        );
        Ok(Self {
            pipeline,
            layout,
            bind_group,
            instances,
            rows,
            draw_order,
            ports,
            drawn: 0,
        })
    }

    pub fn prepare(&mut self, context: &Context, frame: &Frame, uniform: &wgpu::Buffer) {
        let Context { device, queue, .. } = context;
        let grown = self.draw_order.write(device, queue, bytemuck::cast_slice(&frame.order));
        self.ports.write(device, queue, bytemuck::cast_slice(&frame.ports_px));
        if grown {
            self.bind_group = bind(
                device,
                &self.layout,
                [
                    uniform,
                    &self.instances,
                    &self.draw_order.buffer,
                    &self.ports.buffer,
                    &self.rows,
                ],
            );
        }
        self.drawn = frame.order.len() as u32;
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.draw(0..4, 0..self.drawn);
    }
}

fn bind(device: &wgpu::Device, layout: &wgpu::BindGroupLayout, buffers: [&wgpu::Buffer; 5]) -> wgpu::BindGroup {
    let entries: Vec<_> = (0..)
        .zip(buffers)
        .map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        })
        .collect();
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("bubbles"),
        layout,
        entries: &entries,
    })
}
