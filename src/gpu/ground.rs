//! The empty ground that a frame is drawn on: cleared, or filled by a shader where that is faster.
//!
//! Clearing goes through the raster units. Cards for computing have few of those: an H100 clears a 4K
//! picture in 0.59 ms, 14 pixels in a nanosecond, and takes as long to copy one.

use super::context::Context;
use super::data::{self, FORMAT};
use super::error::GpuError;
use super::target::Target;

/// Side of the picture on which both ways are tried, in pixels.
const TRIAL_PX: u32 = 2048;
/// Number of tries of each, besides the first, which does not count.
const TRIALS: u32 = 4;
/// Width and height that one workgroup fills, in pixels.
const GROUP_PX: u32 = 16;

/// The ground of one renderer's pictures.
pub(super) struct Ground {
    color: wgpu::Color,
    /// By which the shader fills the picture, where that is faster.
    fill: Option<Fill>,
}

/// A picture that the shader fills.
struct Fill {
    bind_group: wgpu::BindGroup,
    groups: [u32; 2],
}

impl Ground {
    /// Whether pictures are to be filled by the shader on this device: then they need the usage
    /// `STORAGE_BINDING`. Measured when it is first asked for.
    pub fn is_filled(context: &Context) -> bool {
        context.fills_ground(is_filling_faster)
    }

    /// Ground of one colour for the pictures in `target`.
    pub fn new(context: &Context, target: &Target, color: wgpu::Color) -> Self {
        let fill = Self::is_filled(context).then(|| Fill::new(context, target, color));
        Self { color, fill }
    }

    /// Brings the ground into the target; how the pass that draws over it is to begin.
    pub fn lay(
        &self,
        context: &Context,
        encoder: &mut wgpu::CommandEncoder,
        stamp: Option<wgpu::ComputePassTimestampWrites<'_>>,
    ) -> wgpu::LoadOp<wgpu::Color> {
        let Some(fill) = &self.fill else {
            return wgpu::LoadOp::Clear(self.color);
        };
        fill.run(context, encoder, stamp);
        wgpu::LoadOp::Load
    }
}

impl Fill {
    fn new(context: &Context, target: &Target, color: wgpu::Color) -> Self {
        let Context { device, queue, .. } = context;
        let values = [color.r, color.g, color.b, color.a].map(|channel| channel as f32);
        let uniform = data::buffer(
            device,
            "ground",
            wgpu::BufferUsages::UNIFORM,
            size_of_val(&values) as u64,
        );
        queue.write_buffer(&uniform, 0, bytemuck::cast_slice(&values));
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("ground"),
            layout: &context.pipelines().ground.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(&target.view),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: uniform.as_entire_binding(),
                },
            ],
        });
        Self {
            bind_group,
            groups: [target.texture.width(), target.texture.height()].map(|side| side.div_ceil(GROUP_PX)),
        }
    }

    fn run(
        &self,
        context: &Context,
        encoder: &mut wgpu::CommandEncoder,
        timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
    ) {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("ground"),
            timestamp_writes,
        });
        pass.set_pipeline(&context.pipelines().ground);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.dispatch_workgroups(self.groups[0], self.groups[1], 1);
    }
}

/// A picture that can be cleared and filled.
fn both_ways(context: &Context, size_px: [u32; 2]) -> Result<Target, GpuError> {
    let usage =
        wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC | wgpu::TextureUsages::STORAGE_BINDING;
    Target::of(context, size_px, FORMAT, usage)
}

fn clear(
    encoder: &mut wgpu::CommandEncoder,
    view: &wgpu::TextureView,
    color: wgpu::Color,
    timestamp_writes: Option<wgpu::RenderPassTimestampWrites<'_>>,
) {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("ground"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(color),
                store: wgpu::StoreOp::Store,
            },
        })],
        timestamp_writes,
        ..Default::default()
    });
}

/// Whether the shader fills a picture in less than half the time that clearing it takes, by the adapter's own
/// clock. Not where it draws on the CPU, has no clock, or anything fails: clearing is always right.
fn is_filling_faster(context: &Context) -> bool {
    let has_clock = context.device.features().contains(wgpu::Features::TIMESTAMP_QUERY);
    !context.is_software && has_clock && measured(context).is_some_and(|[cleared, filled]| 2 * filled < cleared)
}

/// Ticks of the adapter's clock that clearing and filling take; `None` where the driver failed.
fn measured(context: &Context) -> Option<[u64; 2]> {
    let Context { device, queue, .. } = context;
    // Clearing begins and ends, filling begins and ends.
    let stamps = 4;
    let queries = device.create_query_set(&wgpu::QuerySetDescriptor {
        label: Some("ground"),
        ty: wgpu::QueryType::Timestamp,
        count: stamps * TRIALS,
    });
    let bytes = u64::from(stamps * TRIALS) * 8;
    let buffer = |usage| {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("ground"),
            size: bytes,
            usage,
            mapped_at_creation: false,
        })
    };
    let resolved = buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
    let staging = buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
    let target = both_ways(context, [TRIAL_PX; 2]).ok()?;
    let fill = Fill::new(context, &target, wgpu::Color::BLACK);
    let mut encoder = device.create_command_encoder(&Default::default());
    for trial in 0..TRIALS {
        let first = trial * stamps;
        let writes = wgpu::RenderPassTimestampWrites {
            query_set: &queries,
            beginning_of_pass_write_index: Some(first),
            end_of_pass_write_index: Some(first + 1),
        };
        clear(&mut encoder, &target.view, wgpu::Color::BLACK, Some(writes));
        let writes = wgpu::ComputePassTimestampWrites {
            query_set: &queries,
            beginning_of_pass_write_index: Some(first + 2),
            end_of_pass_write_index: Some(first + 3),
        };
        fill.run(context, &mut encoder, Some(writes));
    }
    encoder.resolve_query_set(&queries, 0..stamps * TRIALS, &resolved, 0);
    encoder.copy_buffer_to_buffer(&resolved, 0, &staging, 0, bytes);
    queue.submit([encoder.finish()]);
    staging.map_async(wgpu::MapMode::Read, .., |_| {});
    device.poll(wgpu::PollType::wait_indefinitely()).ok()?;
    let view = staging.get_mapped_range(..).ok()?;
    let ticks: &[u64] = bytemuck::cast_slice(&view);
    let counted = ticks.chunks_exact(stamps as usize).skip(1);
    let sum = counted.fold([0, 0], |[cleared, filled], stamps| {
        [
            cleared + stamps[1].saturating_sub(stamps[0]),
            filled + stamps[3].saturating_sub(stamps[2]),
        ]
    });
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::adapters::AdapterChoice;
    use crate::gpu::readback::{Flight, Staging};

    #[test]
    fn ground_is_the_same_cleared_and_filled() {
        let context = Context::new(&AdapterChoice::Auto).unwrap();
        let size_px = [70, 30];
        let color = wgpu::Color {
            r: 8.0 / 255.0,
            g: 10.0 / 255.0,
            b: 16.0 / 255.0,
            a: 1.0,
        };
        let target = both_ways(&context, size_px).unwrap();
        let mut encoder = context.device.create_command_encoder(&Default::default());
        let ground = Ground {
            color,
            fill: Some(Fill::new(&context, &target, color)),
        };
        assert_eq!(ground.lay(&context, &mut encoder, None), wgpu::LoadOp::Load);
        let staging = Staging::rgba(&context, size_px);
        staging.copy_from(&target.texture, &mut encoder);
        let submission = context.queue.submit([encoder.finish()]);
        let pixels = Flight::new(0, staging, submission).wait(&context).unwrap().to_tight();
        assert!(pixels.as_chunks().0.iter().all(|pixel| *pixel == [8, 10, 16, 255]));
        if context.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            let ticks = measured(&context).unwrap();
            assert!(ticks.iter().all(|ticks| *ticks > 0), "{ticks:?}");
        }
        // Either answer is right, and it is asked for once.
        let faster = context.fills_ground(is_filling_faster);
        assert_eq!(context.fills_ground(|_| !faster), faster);
        context.check().unwrap();
    }
}
