//! The empty ground that a frame is drawn on: cleared, or copied from a texture where that is faster.
//!
//! Clearing goes through the raster units. Cards for computing have few of those: an H100 clears a 4K
//! picture in 0.59 ms, at 14 pixels a nanosecond, and copies one at the speed of its memory.

use super::context::Context;
use super::data::FORMAT;
use super::target::Target;

/// Side of the picture on which both ways are tried, in pixels.
const TRIAL_PX: u32 = 2048;
/// How often each is tried, the first time not counted.
const TRIALS: u32 = 4;

/// The ground of one renderer's pictures.
pub(super) struct Ground {
    color: wgpu::Color,
    /// A picture of nothing else, where copying is faster.
    texture: Option<wgpu::Texture>,
}

impl Ground {
    /// Ground of one colour for pictures of a size.
    pub fn new(context: &Context, size_px: [u32; 2], color: wgpu::Color) -> Self {
        let texture = context.copies_ground(is_copying_faster).then(|| {
            let texture = texture(context, size_px);
            let mut encoder = context.device.create_command_encoder(&Default::default());
            clear(&mut encoder, &texture.create_view(&Default::default()), color, None);
            context.queue.submit([encoder.finish()]);
            texture
        });
        Self { color, texture }
    }

    /// Brings the ground into a target; how the pass that draws over it is to begin.
    pub fn lay(&self, target: &Target, encoder: &mut wgpu::CommandEncoder) -> wgpu::LoadOp<wgpu::Color> {
        let Some(texture) = &self.texture else {
            return wgpu::LoadOp::Clear(self.color);
        };
        copy(encoder, texture, &target.texture);
        wgpu::LoadOp::Load
    }
}

fn copy(encoder: &mut wgpu::CommandEncoder, from: &wgpu::Texture, to: &wgpu::Texture) {
    encoder.copy_texture_to_texture(from.as_image_copy(), to.as_image_copy(), to.size());
}

fn texture(context: &Context, [width, height]: [u32; 2]) -> wgpu::Texture {
    context.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("ground"),
        size: wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
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

/// Whether an adapter copies a picture in less than half the time in which it clears one, by its own clock.
/// Not where it draws on the CPU, has no clock, or anything fails: clearing is always right.
fn is_copying_faster(context: &Context) -> bool {
    let Context { device, queue, .. } = context;
    if context.is_software || !device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
        return false;
    }
    // Cleared from 0 to 1, copied from 1 to 2: the third is taken by a pass without any work.
    let stamps = 3;
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
    let [from, to] = [(); 2].map(|()| texture(context, [TRIAL_PX; 2]));
    let view = to.create_view(&Default::default());
    let mut encoder = device.create_command_encoder(&Default::default());
    clear(
        &mut encoder,
        &from.create_view(&Default::default()),
        wgpu::Color::BLACK,
        None,
    );
    for trial in 0..TRIALS {
        let first = trial * stamps;
        let writes = wgpu::RenderPassTimestampWrites {
            query_set: &queries,
            beginning_of_pass_write_index: Some(first),
            end_of_pass_write_index: Some(first + 1),
        };
        clear(&mut encoder, &view, wgpu::Color::BLACK, Some(writes));
        copy(&mut encoder, &from, &to);
        encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("stamp"),
            timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                query_set: &queries,
                beginning_of_pass_write_index: Some(first + 2),
                end_of_pass_write_index: None,
            }),
        });
    }
    encoder.resolve_query_set(&queries, 0..stamps * TRIALS, &resolved, 0);
    encoder.copy_buffer_to_buffer(&resolved, 0, &staging, 0, bytes);
    queue.submit([encoder.finish()]);
    staging.map_async(wgpu::MapMode::Read, .., |_| {});
    let waited = device.poll(wgpu::PollType::wait_indefinitely());
    let Some(view) = waited.ok().and_then(|_| staging.get_mapped_range(..).ok()) else {
        return false;
    };
    let ticks: &[u64] = bytemuck::cast_slice(&view);
    let counted = ticks.chunks_exact(stamps as usize).skip(1);
    let (cleared, copied) = counted.fold((0, 0), |(cleared, copied), stamps| {
        (
            cleared + stamps[1].saturating_sub(stamps[0]),
            copied + stamps[2].saturating_sub(stamps[1]),
        )
    });
    2 * copied < cleared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::adapters::AdapterChoice;
    use crate::gpu::readback::{Flight, Staging};

    #[test]
    fn ground_is_the_same_cleared_and_copied() {
        let context = Context::new(&AdapterChoice::Auto).unwrap();
        let size_px = [70, 30];
        let color = wgpu::Color {
            r: 8.0 / 255.0,
            g: 10.0 / 255.0,
            b: 16.0 / 255.0,
            a: 1.0,
        };
        let target = Target::new(&context, size_px).unwrap();
        let source = texture(&context, size_px);
        let mut encoder = context.device.create_command_encoder(&Default::default());
        clear(&mut encoder, &source.create_view(&Default::default()), color, None);
        let ground = Ground {
            color,
            texture: Some(source),
        };
        assert_eq!(ground.lay(&target, &mut encoder), wgpu::LoadOp::Load);
        let staging = Staging::rgba(&context, size_px);
        staging.copy_from(&target.texture, &mut encoder);
        let submission = context.queue.submit([encoder.finish()]);
        let pixels = Flight::new(0, staging, submission).wait(&context).unwrap().to_tight();
        assert!(pixels.as_chunks().0.iter().all(|pixel| *pixel == [8, 10, 16, 255]));
        // Either answer is right, and it is asked for once.
        let faster = context.copies_ground(is_copying_faster);
        assert_eq!(context.copies_ground(|_| !faster), faster);
        context.check().unwrap();
    }
}
