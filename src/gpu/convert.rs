//! RGBA to NV12 on the GPU: 12.4 MB to read back for a 4K frame in place of 33.2 MB.

use super::Context;
use super::data;
use super::target::Target;

/// The shader.
pub(super) const SOURCE: &str = include_str!("../../shaders/nv12.wgsl");

/// Pixels that one workgroup covers: 16 by 8 invocations of 4 by 2.
const GROUP_PX: [u32; 2] = [64, 16];

/// Its uniform; `Nv12` in the shader.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct Nv12 {
    pub size_px: [u32; 2],
    pub row_words: u32,
    pub padding: u32,
}

/// Pipeline and planes.
pub(super) struct Convert {
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    planes: wgpu::Buffer,
    planes_bytes: u64,
    size_px: [u32; 2],
}

impl Convert {
    /// For pictures in `target`, both sides even.
    pub fn new(context: &Context, target: &Target, size_px: [u32; 2]) -> Self {
        let device = &context.device;
        let bytes_per_row = bytes_per_row(size_px[0]);
        let planes_bytes = u64::from(bytes_per_row) * u64::from(size_px[1]) * 3 / 2;
        let planes = data::buffer(
            device,
            "planes",
            wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
            planes_bytes,
        );
        let uniform = data::buffer(device, "nv12", wgpu::BufferUsages::UNIFORM, size_of::<Nv12>() as u64);
        let values = Nv12 {
            size_px,
            row_words: bytes_per_row / 4,
            padding: 0,
        };
        context.queue.write_buffer(&uniform, 0, bytemuck::bytes_of(&values));
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("nv12"),
            source: wgpu::ShaderSource::Wgsl(SOURCE.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("nv12"),
            layout: None,
            module: &module,
            entry_point: Some("convert"),
            compilation_options: Default::default(),
            cache: None,
        });
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("nv12"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(&target.view),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: planes.as_entire_binding(),
                },
                wgpu::BindGroupEntry {
                    binding: 2,
                    resource: uniform.as_entire_binding(),
                },
            ],
        });
        Self {
            pipeline,
            bind_group,
            planes,
            planes_bytes,
            size_px,
        }
    }

    /// Converts the picture drawn and copies its planes, luma before chroma, to the start of a buffer.
    pub fn copy_to(&self, buffer: &wgpu::Buffer, encoder: &mut wgpu::CommandEncoder) {
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some("nv12"),
                timestamp_writes: None,
            });
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bind_group, &[]);
            let [across, down] = [0, 1].map(|axis| self.size_px[axis].div_ceil(GROUP_PX[axis]));
            pass.dispatch_workgroups(across, down, 1);
        }
        encoder.copy_buffer_to_buffer(&self.planes, 0, buffer, 0, self.planes_bytes);
    }
}

/// Bytes of a row of samples: whole words.
pub(super) fn bytes_per_row(width: u32) -> u32 {
    width.next_multiple_of(4)
}
