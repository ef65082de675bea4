//! Whether an adapter draws faster tile by tile or by its raster units: by its own clock, once for a device.

use super::context::Context;
use super::data::{self, FrameUniform};
use super::error::GpuError;
use super::marks::Marks;
use super::target::Target;
use super::tiles::{Things, Tiles};
use crate::scene::Mark;

/// Side of the picture on which both ways are tried, in pixels.
const SIDE_PX: u32 = 2048;
/// Discs on it, and their radius in pixels: two layers of them.
const DISCS: u32 = 6400;
const RADIUS_PX: f32 = 20.0;
/// Number of tries of each way, the first of which does not count.
const TRIALS: u32 = 4;
/// Stamps of a trial: the raster units begin and end, tiles begin and end.
const STAMPS: u32 = 4;

/// Whether marks and bubbles are to be drawn tile by tile on this device: then pictures need the usage
/// `STORAGE_BINDING`. So where that takes less than half the time; not where the adapter draws on the CPU, has
/// no clock, or anything fails: the raster units are always right.
pub(super) fn are_tiles_faster(context: &Context) -> bool {
    context.draws_tiles(|context| {
        let has_clock = context.device.features().contains(wgpu::Features::TIMESTAMP_QUERY);
        let measured = || measured(context).ok().flatten();
        !context.is_software && has_clock && measured().is_some_and(|[raster, tiles]| 2 * tiles < raster)
    })
}

/// Discs all over the picture.
fn discs() -> Vec<Mark> {
    let place = |number: u32, step: f64| (f64::from(number) * step).fract() as f32 * SIDE_PX as f32;
    let disc = |number| {
        // Multiples of these fractions are spread evenly (the R2 sequence).
        let [x, y] = [
            place(number, 0.754_877_666_246_692_7),
            place(number, 0.569_840_290_998_053_2),
        ];
        Mark {
            rect_px: [x - RADIUS_PX, y - RADIUS_PX, x + RADIUS_PX, y + RADIUS_PX],
            color: [200, 120, 40, 128],
            corner_px: RADIUS_PX,
            stroke_px: 0.0,
            padding: 0,
        }
    };
    (0..DISCS).map(disc).collect()
}

/// Ticks of the adapter's clock that the raster units and tiles take; `None` where the driver failed.
fn measured(context: &Context) -> Result<Option<[u64; 2]>, GpuError> {
    let Context { device, queue, .. } = context;
    let target = Target::new(context, [SIDE_PX; 2], true)?;
    let frame = data::buffer(
        device,
        "frame",
        wgpu::BufferUsages::UNIFORM,
        size_of::<FrameUniform>() as u64,
    );
    let uniform = FrameUniform {
        size_px: [SIDE_PX as f32; 2],
        ..bytemuck::Zeroable::zeroed()
    };
    queue.write_buffer(&frame, 0, bytemuck::bytes_of(&uniform));
    let mut marks = Marks::new(context, &frame);
    marks.prepare(context, &discs());
    let none = data::buffer(device, "bubbles", wgpu::BufferUsages::STORAGE, 0);
    let things = Things {
        frame: &frame,
        marks: marks.buffer(),
        mark_count: marks.count(),
        bubbles: [&none; 3],
        bubble_count: 0,
    };
    let mut tiles = Tiles::new(context, &target, [0, 0, 0, 255]);

    let queries = device.create_query_set(&wgpu::QuerySetDescriptor {
        label: Some("trial"),
        ty: wgpu::QueryType::Timestamp,
        count: STAMPS * TRIALS,
    });
    let mut encoder = device.create_command_encoder(&Default::default());
    for trial in 0..TRIALS {
        let first = trial * STAMPS;
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("trial"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &target.view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            timestamp_writes: Some(wgpu::RenderPassTimestampWrites {
                query_set: &queries,
                beginning_of_pass_write_index: Some(first),
                end_of_pass_write_index: Some(first + 1),
            }),
            ..Default::default()
        });
        marks.draw(context, &mut pass);
        drop(pass);
        let writes = wgpu::ComputePassTimestampWrites {
            query_set: &queries,
            beginning_of_pass_write_index: Some(first + 2),
            end_of_pass_write_index: Some(first + 3),
        };
        tiles.draw(context, &things, false, &mut encoder, Some(writes));
    }
    let bytes = u64::from(STAMPS * TRIALS) * 8;
    let buffer = |usage| {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("trial"),
            size: bytes,
            usage,
            mapped_at_creation: false,
        })
    };
    let resolved = buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
    let staging = buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
    encoder.resolve_query_set(&queries, 0..STAMPS * TRIALS, &resolved, 0);
    encoder.copy_buffer_to_buffer(&resolved, 0, &staging, 0, bytes);
    queue.submit([encoder.finish()]);
    staging.map_async(wgpu::MapMode::Read, .., |_| {});
    let done = device.poll(wgpu::PollType::wait_indefinitely());
    done.map_err(|error| context.failed(error))?;
    let Ok(view) = staging.get_mapped_range(..) else {
        return Ok(None);
    };
    let ticks: &[u64] = bytemuck::cast_slice(&view);
    let counted = ticks.chunks_exact(STAMPS as usize).skip(1);
    let sum = counted.fold([0, 0], |[raster, tiles], stamps| {
        [
            raster + stamps[1].saturating_sub(stamps[0]),
            tiles + stamps[3].saturating_sub(stamps[2]),
        ]
    });
    Ok(Some(sum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::testing;

    #[test]
    fn either_answer_is_right_and_it_is_asked_for_once() {
        let mut context = testing::context();
        if context.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            let ticks = measured(&context).unwrap().unwrap();
            assert!(ticks.iter().all(|ticks| *ticks > 0), "{ticks:?}");
        }
        let faster = are_tiles_faster(&context);
        assert_eq!(context.draws_tiles(|_| !faster), faster);
        context.draw_tiles(!faster);
        assert_eq!(are_tiles_faster(&context), !faster);
        context.check().unwrap();
    }
}
