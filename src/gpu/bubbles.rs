//! The bubbles of a frame, drawn in the order that it gives.

use std::sync::Arc;

use super::context::Context;
use super::data::{self, FlightData, GrowingBuffer, RowData};
use super::error::GpuError;
use super::instances::{Instances, Source};
use crate::scene::{Frame, Scene};

/// Instances, and the tables of a frame.
pub(super) struct Bubbles {
    bind_group: wgpu::BindGroup,
    instances: Source,
    rows: wgpu::Buffer,
    flights: GrowingBuffer,
    /// The content of `flights`, kept for its memory.
    order: Vec<FlightData>,
    drawn: u32,
}

impl Bubbles {
    pub fn new(
        context: &Context,
        scene: &Scene,
        instances: Arc<Instances>,
        uniform: &wgpu::Buffer,
    ) -> Result<Self, GpuError> {
        let Context { device, queue, .. } = context;
        let storage = wgpu::BufferUsages::STORAGE;
        let instances = Source::new(context, instances)?;
        let table: Vec<RowData> = (0..scene.rows().len())
            .map(|row| RowData {
                starts_px: scene.departures_px(row),
                color: scene.rows()[row].color,
                padding: 0,
            })
            .collect();
        let rows = data::buffer(device, "rows", storage, size_of_val(table.as_slice()) as u64);
        queue.write_buffer(&rows, 0, bytemuck::cast_slice(&table));

        let flights = GrowingBuffer::new(device, "flights", storage, 1 << 16);
        let bind_group = bind(context, [uniform, instances.buffer(), &flights.buffer, &rows]);
        Ok(Self {
            bind_group,
            instances,
            rows,
            flights,
            order: Vec::new(),
            drawn: 0,
        })
    }

    /// Brings the bubbles of a frame to the device; true where they are in other buffers than before.
    pub fn prepare(
        &mut self,
        context: &Context,
        scene: &Scene,
        frame: &Frame,
        uniform: &wgpu::Buffer,
    ) -> Result<bool, GpuError> {
        let Context { device, queue, .. } = context;
        let another = self.instances.hold(context, scene, frame.alive.clone())?;
        self.order.clear();
        let landings = frame.order.iter().zip(&frame.landings_px).enumerate();
        self.order.extend(landings.map(|(at, (index, landing_px))| FlightData {
            index: self.instances.place(*index),
            landing_px: *landing_px,
            gate_px: frame.gates_px.get(at).copied().unwrap_or(0.0),
            gate: scene.gate_of(*index as usize) as u32,
        }));
        let grown = self.flights.write(device, queue, bytemuck::cast_slice(&self.order));
        if another || grown {
            let buffers = [uniform, self.instances.buffer(), &self.flights.buffer, &self.rows];
            self.bind_group = bind(context, buffers);
        }
        self.drawn = frame.order.len() as u32;
        Ok(another || grown)
    }

    /// The buffers of bubbles, of flights and of rows, for shaders that read them by themselves.
    pub fn buffers(&self) -> [&wgpu::Buffer; 3] {
        [self.instances.buffer(), &self.flights.buffer, &self.rows]
    }

    /// Number of bubbles in the frame.
    pub fn count(&self) -> u32 {
        self.drawn
    }

    pub fn draw(&self, context: &Context, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&context.pipelines().bubbles.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.draw(0..4, 0..self.drawn);
    }
}

fn bind(context: &Context, buffers: [&wgpu::Buffer; 4]) -> wgpu::BindGroup {
    let entries: Vec<_> = (0..)
        .zip(buffers)
        .map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        })
        .collect();
    context.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("bubbles"),
        layout: &context.pipelines().bubbles.layout,
        entries: &entries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::data::FrameUniform;
    use crate::gpu::pipelines::BUBBLES;
    use crate::gpu::testing;
    use crate::scene::motion;

    /// Calls the shader's `place`, `radius` and `fade` for every bubble.
    const PROBE: &str = "
        @group(0) @binding(4) var<storage, read_write> placed: array<vec4<f32>>;
        @compute @workgroup_size(64)
        fn probe(@builtin(global_invocation_id) id: vec3<u32>) {
            if id.x >= arrayLength(&placed) { return; }
            let flight = flights[id.x];
            let bubble = bubbles[flight.index];
            let now = place(bubble, flight.landing_px, flight.gate_px);
            placed[id.x] = vec4<f32>(now.xy, radius(bubble.packets, frame.one_packet_px, frame.least_px),
                fade(now.z) * faintness(bubble.packets, frame.one_packet_px, frame.least_px));
        }";

    const ROWS: u32 = 40;
    const PORTS: u32 = 1000;
    const SIDES_FROM: [u32; 2] = [300, 900];
    const COUNT: usize = 4096;

    /// Numbers that look random and are the same in every run.
    fn random(index: u32) -> u32 {
        motion::pcg(motion::pcg(index) ^ 0x5bd1_e995)
    }

    #[test]
    fn the_shader_moves_bubbles_as_its_twin_does() {
        for has_gates in [false, true] {
            is_moved_as_by_the_twin(has_gates);
        }
    }

    fn is_moved_as_by_the_twin(has_gates: bool) {
        let context = testing::context();
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
            dim: 1.0,
            ends_x_px: [640.0, 3200.0, 3400.0],
            least_px: 200.0,
            sides_from: SIDES_FROM,
            focus_row: data::ANY,
            focus_slot: data::ANY,
            gates_x_px: [1300.0, 2600.0],
            has_gates: has_gates.into(),
            focus_gate: data::ANY,
            focus_host: data::ANY,
            padding: [0; 3],
        };
        let part = |index: u32, most: f32| random(index) as f32 / u32::MAX as f32 * most;
        let instances: Vec<motion::Instance> = (0..COUNT as u32)
            .map(|index| motion::Instance {
                // Also some that have landed, and some that have not departed yet.
                tick: (now_tick - 10_000)
                    .saturating_sub(random(index) % 200_000)
                    .saturating_add(random(!index) % 11_000),
                route: (random(index + 1) % PORTS) | ((random(index + 2) % ROWS) << motion::SLOT_BITS),
                packets: (1 + random(index + 3) % 10_000) as f32,
                seed: random(index + 4),
            })
            .collect();
        let rows: Vec<RowData> = (0..ROWS)
            .map(|row| RowData {
                starts_px: [1744.0, 2096.0, 3000.0].map(|x| [x, part(row + x as u32, 2160.0)]),
                color: [0; 4],
                padding: 0,
            })
            .collect();
        let order: Vec<FlightData> = (0..COUNT as u32)
            .rev()
            .map(|index| FlightData {
                index,
                landing_px: part(index + 9, 2160.0),
                gate_px: part(index + 10, 2160.0),
                gate: 0,
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
        let source = format!("{BUBBLES}{PROBE}");
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
            let side = SIDES_FROM.iter().filter(|first| slot >= **first).count();
            let from = row.starts_px[side];
            let [x, y] = [uniform.ends_x_px[side], flight.landing_px];
            let jitter = motion::jitter(bubble);
            let t = motion::progress(now_tick, bubble.tick, uniform.flights_per_tick);
            in_flight += usize::from(t > 0.0 && t < 1.0);
            let to = [x + jitter[0] * 9.0, y + jitter[1] * 9.0];
            let [x, y] = if has_gates && side < 2 {
                motion::position_by(t, from, [uniform.gates_x_px[side], flight.gate_px], to)
            } else {
                motion::position(t, from, to)
            };
            let expected = [
                x,
                y,
                motion::radius(bubble.packets, 7.0, 200.0),
                motion::fade(t) * motion::faintness(bubble.packets, 7.0, 200.0),
            ];
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
