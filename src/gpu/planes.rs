//! RGBA to the samples that encoders take, on the GPU, tile by tile: tiles that did not change are not
//! brought back again.

use super::context::Context;
use super::data;
use super::readback::{self, Staging};
use super::target::Target;

/// Width and height that one workgroup covers in pixels: 16 by 8 invocations of 4 by 2.
const GROUP_PX: [u32; 2] = [64, 16];

/// Its uniform; `Planes` in the shader.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct PlanesData {
    pub size_px: [u32; 2],
    pub tiles: [u32; 2],
    pub whole: u32,
    pub padding: u32,
}

/// A part of a bind group: a buffer from its start.
fn entry(binding: u32, buffer: &wgpu::Buffer, bytes: u64) -> wgpu::BindGroupEntry<'_> {
    wgpu::BindGroupEntry {
        binding,
        resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer,
            offset: 0,
            size: std::num::NonZero::new(bytes),
        }),
    }
}

/// Buffers of one renderer's conversion.
pub(super) struct Planes {
    uniform: wgpu::Buffer,
    /// The content of the uniform.
    values: PlanesData,
    /// Stamps of the picture converted last.
    held: wgpu::Buffer,
    picture: wgpu::TextureView,
    /// Samples and stamps, and the bind group that writes them, where shaders cannot write to staging
    /// buffers.
    samples: Option<(wgpu::Buffer, wgpu::BindGroup)>,
    size_px: [u32; 2],
}

impl Planes {
    /// For pictures in `target`, both sides even.
    pub fn new(context: &Context, target: &Target, size_px: [u32; 2]) -> Self {
        let Context { device, queue, .. } = context;
        let storage = wgpu::BufferUsages::STORAGE;
        let tiles = readback::tiles(size_px);
        let uniform = wgpu::BufferUsages::UNIFORM;
        let uniform = data::buffer(device, "planes", uniform, size_of::<PlanesData>() as u64);
        let values = PlanesData {
            size_px,
            tiles,
            whole: 1,
            padding: 0,
        };
        queue.write_buffer(&uniform, 0, bytemuck::bytes_of(&values));
        let held_bytes = u64::from(tiles[0]) * u64::from(tiles[1]) * readback::STAMP_BYTES;
        let mut planes = Self {
            uniform,
            values,
            held: data::buffer(device, "held", storage, held_bytes),
            picture: target.view.clone(),
            samples: None,
            size_px,
        };
        if !context.is_direct {
            let usage = storage | wgpu::BufferUsages::COPY_SRC;
            let samples = data::buffer(device, "samples", usage, readback::planes_bytes(size_px));
            let bind_group = planes.bind(context, &samples);
            planes.samples = Some((samples, bind_group));
        }
        planes
    }

    /// A staging buffer for a picture.
    pub fn staging(&self, context: &Context) -> Staging {
        let mut staging = Staging::planes(context, self.size_px);
        if context.is_direct {
            staging.bind_group = Some(self.bind(context, &staging.buffer));
        }
        staging
    }

    fn bind(&self, context: &Context, samples: &wgpu::Buffer) -> wgpu::BindGroup {
        context.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("planes"),
            layout: &context.pipelines().planes.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(&self.picture),
                },
                entry(1, samples, readback::planes_bytes(self.size_px)),
                entry(2, &self.uniform, size_of::<PlanesData>() as u64),
                entry(3, &self.held, self.held.size()),
            ],
        })
    }

    /// Says whether the next picture is to be whole, or what changed will do.
    pub fn prepare(&mut self, context: &Context, whole: bool) {
        let values = PlanesData {
            whole: u32::from(whole),
            ..self.values
        };
        if values != self.values {
            self.values = values;
            context
                .queue
                .write_buffer(&self.uniform, 0, bytemuck::bytes_of(&values));
        }
    }

    /// Converts the picture drawn.
    pub fn convert(
        &self,
        context: &Context,
        staging: &Staging,
        encoder: &mut wgpu::CommandEncoder,
        timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
    ) {
        let bind_group = match &self.samples {
            Some((_, bind_group)) => Some(bind_group),
            None => staging.bind_group.as_ref(),
        };
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("planes"),
            timestamp_writes,
        });
        pass.set_pipeline(&context.pipelines().planes);
        pass.set_bind_group(0, bind_group, &[]);
        let [across, down] = [0, 1].map(|axis| self.size_px[axis].div_ceil(GROUP_PX[axis]));
        pass.dispatch_workgroups(across, down, 1);
    }

    /// Copies the samples where they are not in the staging buffer already.
    pub fn copy(&self, staging: &Staging, encoder: &mut wgpu::CommandEncoder) {
        if let Some((samples, _)) = &self.samples {
            encoder.copy_buffer_to_buffer(samples, 0, &staging.buffer, 0, staging.picture_bytes);
        }
    }
}
