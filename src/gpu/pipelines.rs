//! Shaders and pipelines of pictures: compiled once for a device, and shared by all its renderers.

use super::data;
use crate::scene::Mark;

/// Marks by the raster units.
pub(super) const MARKS: &str = concat!(
    include_str!("../../shaders/frame.wgsl"),
    include_str!("../../shaders/coverage.wgsl"),
    include_str!("../../shaders/mark.wgsl")
);
/// Bubbles by the raster units.
pub(super) const BUBBLES: &str = concat!(
    include_str!("../../shaders/frame.wgsl"),
    include_str!("../../shaders/coverage.wgsl"),
    include_str!("../../shaders/motion.wgsl"),
    include_str!("../../shaders/bubble.wgsl")
);
/// The cells that marks and bubbles touch.
pub(super) const TOUCH: &str = concat!(
    include_str!("../../shaders/frame.wgsl"),
    include_str!("../../shaders/coverage.wgsl"),
    include_str!("../../shaders/motion.wgsl"),
    include_str!("../../shaders/tiles.wgsl"),
    include_str!("../../shaders/touch.wgsl")
);
/// Marks and bubbles, tile by tile.
pub(super) const PAINT: &str = concat!(
    include_str!("../../shaders/coverage.wgsl"),
    include_str!("../../shaders/tiles.wgsl"),
    include_str!("../../shaders/paint.wgsl")
);
/// From a picture to the samples that encoders take.
pub(super) const PLANES: &str = concat!(
    include_str!("../../shaders/bt709.wgsl"),
    include_str!("../../shaders/planes.wgsl")
);

/// All pipelines of a picture in [`data::FORMAT`].
pub(super) struct Pipelines {
    pub marks: Drawn,
    pub bubbles: Drawn,
    pub planes: wgpu::ComputePipeline,
    /// glyphon's.
    pub text: glyphon::Cache,
}

/// Pipelines that draw marks and bubbles tile by tile.
pub(super) struct TilePipelines {
    pub touch: wgpu::ComputePipeline,
    pub paint: wgpu::ComputePipeline,
}

/// A pipeline that draws, and what its bind group looks like.
pub(super) struct Drawn {
    pub pipeline: wgpu::RenderPipeline,
    pub layout: wgpu::BindGroupLayout,
}

impl Pipelines {
    pub fn new(device: &wgpu::Device) -> Self {
        let uniform = data::layout_entry(0, wgpu::BufferBindingType::Uniform);
        let read_only = wgpu::BufferBindingType::Storage { read_only: true };
        let storage = |binding| data::layout_entry(binding, read_only);
        let attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Unorm8x4, 2 => Float32, 3 => Float32];
        let mark = wgpu::VertexBufferLayout {
            array_stride: size_of::<Mark>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &attributes,
        };
        Self {
            marks: Drawn::new(device, "marks", MARKS, &[uniform], &[Some(mark)]),
            bubbles: Drawn::new(
                device,
                "bubbles",
                BUBBLES,
                &[uniform, storage(1), storage(2), storage(3)],
                &[],
            ),
            planes: computed(device, "planes", PLANES, "convert"),
            text: glyphon::Cache::new(device),
        }
    }
}

impl TilePipelines {
    pub fn new(device: &wgpu::Device) -> Self {
        Self {
            touch: computed(device, "touch", TOUCH, "touch"),
            paint: computed(device, "paint", PAINT, "paint"),
        }
    }
}

impl Drawn {
    fn new(
        device: &wgpu::Device,
        label: &'static str,
        source: &str,
        entries: &[wgpu::BindGroupLayoutEntry],
        buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
    ) -> Self {
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(label),
            entries,
        });
        let pipeline = data::pipeline(device, label, source, &layout, buffers, data::QUADS, data::FORMAT);
        Self { pipeline, layout }
    }
}

fn computed(device: &wgpu::Device, label: &str, source: &str, entry_point: &str) -> wgpu::ComputePipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(source.into()),
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(label),
        layout: None,
        module: &module,
        entry_point: Some(entry_point),
        compilation_options: Default::default(),
        cache: None,
    })
}
