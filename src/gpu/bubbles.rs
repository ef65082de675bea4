//! The bubbles: uploaded once where the device has room for all, otherwise those that can be alive,
//! as frames come to need them; drawn by the order that a frame gives.

use std::ops::Range;

use super::data::{self, FlightData, GrowingBuffer, RowData};
use super::{Context, GpuError};
use crate::scene::{Frame, Scene, motion};

/// The shader with the shared uniform before it.
pub(super) const SOURCE: &str = concat!(
    include_str!("../../shaders/frame.wgsl"),
    include_str!("../../shaders/bubble.wgsl")
);

/// Bytes of an instance.
const INSTANCE: u64 = size_of::<motion::Instance>() as u64;
/// Instances written at a time: what is on its way to the device takes memory twice.
const CHUNK: usize = 1 << 18;
/// A buffer that the device refuses is halved down to so many instances, then it is an error.
const FEWEST: u64 = 1 << 16;

/// Pipeline, instances and the tables of a frame.
pub(super) struct Bubbles {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    bind_group: wgpu::BindGroup,
    instances: Instances,
    rows: wgpu::Buffer,
    flights: GrowingBuffer,
    /// What `flights` is filled from, kept for its memory.
    order: Vec<FlightData>,
    drawn: u32,
}

/// A ring of instances: bubble `i` is at `i % capacity`, if it is `held`.
struct Instances {
    buffer: wgpu::Buffer,
    capacity: usize,
    /// The bubbles in the ring, at most `capacity` of them.
    held: Range<usize>,
}

impl Instances {
    /// A ring for all bubbles of a scene, or for as many as the device has room for.
    fn new(context: &Context, scene: &Scene) -> Result<Self, GpuError> {
        let Context { device, .. } = context;
        let count = scene.log().bubbles.len() as u64;
        let mut capacity = count.min(context.most_buffer_bytes / INSTANCE).max(1);
        loop {
            let scope = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
            let buffer = data::buffer(device, "bubbles", wgpu::BufferUsages::STORAGE, capacity * INSTANCE);
            match pollster::block_on(scope.pop()) {
                None => {
                    return Ok(Self {
                        buffer,
                        capacity: capacity as usize,
                        held: 0..0,
                    });
                }
                Some(_) if capacity > FEWEST => capacity /= 2,
                Some(error) => return Err(context.failed(error)),
            }
        }
    }

    /// Sees to it that these bubbles are in the ring.
    fn hold(&mut self, context: &Context, scene: &Scene, wanted: Range<usize>) -> Result<(), GpuError> {
        if wanted.len() > self.capacity {
            return Err(GpuError::TooManyBubbles {
                bubbles: wanted.len(),
                needed: wanted.len() as u64 * INSTANCE,
                adapter: context.adapter.clone(),
                limit: self.capacity as u64 * INSTANCE,
            });
        }
        let Range { start, end } = self.held;
        if wanted.start >= start && wanted.end <= end || wanted.is_empty() {
            return Ok(());
        }
        // What is held goes on at either end, and gives way at the other. Encoders side by side ask for
        // frames that are seconds apart in turn: what lies between is held too, where there is room.
        let near = wanted.start <= end || wanted.end <= start + self.capacity;
        if wanted.start >= start && near {
            self.write(context, scene, end..wanted.end)?;
            self.held = start.max(wanted.end.saturating_sub(self.capacity))..wanted.end;
        } else if wanted.end >= start && wanted.end <= end {
            self.write(context, scene, wanted.start..start)?;
            self.held = wanted.start..end.min(wanted.start + self.capacity);
        } else {
            self.write(context, scene, wanted.clone())?;
            self.held = wanted;
        }
        Ok(())
    }

    fn write(&self, context: &Context, scene: &Scene, range: Range<usize>) -> Result<(), GpuError> {
        let Context { device, queue, .. } = context;
        let mut chunk = Vec::with_capacity(CHUNK.min(range.len()));
        let mut start = range.start;
        while start < range.end {
            // Up to where the ring begins anew.
            let ring_end = (start / self.capacity + 1) * self.capacity;
            let end = range.end.min(start + CHUNK).min(ring_end);
            chunk.clear();
            chunk.extend(scene.instances(start..end));
            let at = (start % self.capacity) as u64 * INSTANCE;
            queue.write_buffer(&self.buffer, at, bytemuck::cast_slice(&chunk));
            start = end;
            if start < range.end {
                // Until it is submitted, what is written waits in memory.
                queue.submit([]);
                let done = device.poll(wgpu::PollType::wait_indefinitely());
                done.map_err(|error| context.failed(error))?;
            }
        }
        Ok(())
    }
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
        let mut instances = Instances::new(context, scene)?;
        let count = scene.log().bubbles.len();
        if instances.capacity >= count {
            instances.hold(context, scene, 0..count)?;
        }

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

        let flights = GrowingBuffer::new(device, "flights", storage, 1 << 16);
        let read_only = wgpu::BufferBindingType::Storage { read_only: true };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("bubbles"),
            entries: &[
                data::layout_entry(0, wgpu::BufferBindingType::Uniform),
                data::layout_entry(1, read_only),
                data::layout_entry(2, read_only),
                data::layout_entry(3, read_only),
            ],
        });
        let pipeline = data::pipeline(device, "bubbles", SOURCE, &layout, &[], data::QUADS, format);
        let bind_group = bind(device, &layout, [uniform, &instances.buffer, &flights.buffer, &rows]);
        Ok(Self {
            pipeline,
            layout,
            bind_group,
            instances,
            rows,
            flights,
            order: Vec::new(),
            drawn: 0,
        })
    }

    pub fn prepare(
        &mut self,
        context: &Context,
        scene: &Scene,
        frame: &Frame,
        uniform: &wgpu::Buffer,
    ) -> Result<(), GpuError> {
        let Context { device, queue, .. } = context;
        self.instances.hold(context, scene, frame.alive.clone())?;
        self.order.clear();
        let landings = frame.order.iter().zip(&frame.landings_px);
        self.order.extend(landings.map(|(index, landing_px)| FlightData {
            index: (*index as usize % self.instances.capacity) as u32,
            landing_px: *landing_px,
        }));
        if self.flights.write(device, queue, bytemuck::cast_slice(&self.order)) {
            let buffers = [uniform, &self.instances.buffer, &self.flights.buffer, &self.rows];
            self.bind_group = bind(device, &self.layout, buffers);
        }
        self.drawn = frame.order.len() as u32;
        Ok(())
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.draw(0..4, 0..self.drawn);
    }
}

fn bind(device: &wgpu::Device, layout: &wgpu::BindGroupLayout, buffers: [&wgpu::Buffer; 4]) -> wgpu::BindGroup {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::{AdapterChoice, FrameUniform};

    /// Calls the shader's `place`, `radius` and `fade` for every bubble.
    const PROBE: &str = "
        @group(0) @binding(4) var<storage, read_write> placed: array<vec4<f32>>;
        @compute @workgroup_size(64)
        fn probe(@builtin(global_invocation_id) id: vec3<u32>) {
            if id.x >= arrayLength(&placed) { return; }
            let flight = flights[id.x];
            let bubble = bubbles[flight.index];
            let now = place(bubble, flight.landing_px);
            placed[id.x] = vec4<f32>(now.xy, radius(bubble.packets, frame.one_packet_px), fade(now.z));
        }";

    const ROWS: u32 = 40;
    const PORTS: u32 = 1000;
    const UDP_SLOTS: u32 = 300;
    const COUNT: usize = 4096;

    /// Numbers that look random and are the same in every run.
    fn random(index: u32) -> u32 {
        motion::pcg(motion::pcg(index) ^ 0x5bd1_e995)
    }

    #[test]
    fn the_shader_moves_bubbles_as_its_twin_does() {
        let context = Context::new(&AdapterChoice::Software).unwrap();
        let (device, queue) = (&context.device, &context.queue);
        // The end of a film of 18 hours: where a tick as a float would be off by 256 ticks.
        let now_tick = u32::MAX - 1000;
        let uniform = FrameUniform {
            size_px: [3840.0, 2160.0],
            now_tick,
            flights_per_tick: 1.0 / 183_500.8,
            one_packet_px: 7.0,
            jitter_px: 9.0,
            unit_px: 1.0,
            udp_slots: UDP_SLOTS,
            ports_x_px: [640.0, 3200.0],
            focus_row: data::ANY,
            focus_slot: data::ANY,
            dim: 1.0,
            padding: 0,
        };
        let part = |index: u32, most: f32| random(index) as f32 / u32::MAX as f32 * most;
        let instances: Vec<motion::Instance> = (0..COUNT as u32)
            .map(|index| motion::Instance {
                // Also some that have landed, and some that have not departed yet.
                tick: (now_tick - 10_000)
                    .saturating_sub(random(index) % 200_000)
                    .saturating_add(random(!index) % 11_000),
                route: (random(index + 1) % PORTS) | ((random(index + 2) % ROWS) << motion::SLOT_BITS),
                packets: 1 + random(index + 3) % 10_000,
                host: random(index + 4) % 10,
            })
            .collect();
        let rows: Vec<RowData> = (0..ROWS)
            .map(|row| RowData {
                udp_px: [1744.0, part(row, 2160.0)],
                tcp_px: [2096.0, part(row, 2160.0)],
                color: [0; 4],
                padding: 0,
            })
            .collect();
        let order: Vec<FlightData> = (0..COUNT as u32)
            .rev()
            .map(|index| FlightData {
                index,
                landing_px: part(index + 9, 2160.0),
            })
            .collect();

        let upload = |label, usage, bytes: &[u8]| {
            let buffer = data::buffer(device, label, usage, bytes.len() as u64);
            queue.write_buffer(&buffer, 0, bytes);
            buffer
        };
        let storage = wgpu::BufferUsages::STORAGE;
        let out_bytes = (COUNT * 16) as u64;
        let placed = data::buffer(device, "placed", storage | wgpu::BufferUsages::COPY_SRC, out_bytes);
        let buffers = [
            upload("frame", wgpu::BufferUsages::UNIFORM, bytemuck::bytes_of(&uniform)),
            upload("bubbles", storage, bytemuck::cast_slice(&instances)),
            upload("order", storage, bytemuck::cast_slice(&order)),
            upload("rows", storage, bytemuck::cast_slice(&rows)),
            placed.clone(),
        ];
        let source = format!("{SOURCE}{PROBE}");
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("probe"),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("probe"),
            layout: None,
            module: &module,
            entry_point: Some("probe"),
            compilation_options: Default::default(),
            cache: None,
        });
        let entries: Vec<_> = (0..)
            .zip(&buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("probe"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let staging = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size: out_bytes,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &bind_group, &[]);
            pass.dispatch_workgroups(COUNT.div_ceil(64) as u32, 1, 1);
        }
        encoder.copy_buffer_to_buffer(&placed, 0, &staging, 0, out_bytes);
        queue.submit([encoder.finish()]);
        staging.map_async(wgpu::MapMode::Read, .., |result| result.unwrap());
        device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
        context.check().unwrap();
        let view = staging.get_mapped_range(..).unwrap();
        let found: &[[f32; 4]] = bytemuck::cast_slice(&view);

        let mut in_flight = 0;
        for (flight, found) in order.iter().zip(found) {
            let bubble = instances[flight.index as usize];
            let slot = bubble.route & ((1 << motion::SLOT_BITS) - 1);
            let row = rows[(bubble.route >> motion::SLOT_BITS) as usize];
            let udp = slot < UDP_SLOTS;
            let from = if udp { row.udp_px } else { row.tcp_px };
            let [x, y] = [uniform.ports_x_px[usize::from(!udp)], flight.landing_px];
            let jitter = motion::jitter(bubble);
            let t = motion::progress(now_tick, bubble.tick, uniform.flights_per_tick);
            in_flight += usize::from(t > 0.0 && t < 1.0);
            let [x, y] = motion::position(t, from, [x + jitter[0] * 9.0, y + jitter[1] * 9.0]);
            let expected = [x, y, motion::radius(bubble.packets, 7.0), motion::fade(t)];
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 0.01,
                    "{bubble:?}: {found} in place of {expected}"
                );
            }
        }
        assert!(in_flight > COUNT / 2, "only {in_flight} of {COUNT} are in flight");
    }
}
