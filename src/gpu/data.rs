//! The data of the shaders as `repr(C)` structs, and the helpers that make buffers of them.
//! A test compares every offset with what naga finds in the WGSL.

use crate::scene::{Frame, SIDES, Scene};

/// The uniform of a frame; `FrameUniform` in `shaders/frame.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct FrameUniform {
    /// Width and height of the picture in pixels.
    pub size_px: [f32; 2],
    /// Film time of this frame in ticks.
    pub now_tick: u32,
    /// Share of a flight in a tick.
    pub flights_per_tick: f32,
    /// Radius of a bubble of one packet, in pixels.
    pub one_packet_px: f32,
    /// Largest offset of a bubble from its end at landing, in pixels.
    pub jitter_px: f32,
    /// Pixels in a unit of the composition.
    pub unit_px: f32,
    /// Share of its opacity that a bubble keeps that is not lit.
    pub dim: f32,
    /// Where bubbles land on each side: x in pixels.
    pub ends_x_px: [f32; SIDES],
    /// The least radius of a bubble in pixels, 0 where there is none.
    pub least_px: f32,
    /// The first slots of the second and of the third side.
    pub sides_from: [u32; SIDES - 1],
    /// The row that is lit, or `u32::MAX` for all.
    pub focus_row: u32,
    /// The slot that is lit, or `u32::MAX` for all.
    pub focus_slot: u32,
    /// Where bubbles pass gates: x on the first and on the second side, in pixels.
    pub gates_x_px: [f32; 2],
    /// Whether there are gates.
    pub has_gates: u32,
    /// The gate that is lit, or `u32::MAX` for all.
    pub focus_gate: u32,
    /// The slot to which flights to hosts are lit, or `u32::MAX` for all.
    pub focus_host: u32,
    pub padding: [u32; 3],
}

/// Every row, every slot, or every gate; the constant of the same name in the shader.
pub(super) const ANY: u32 = u32::MAX;

impl FrameUniform {
    /// The uniform for a frame of a scene.
    #[must_use]
    pub fn new(scene: &Scene, frame: &Frame) -> Self {
        Self {
            size_px: scene.size_px().map(|side| side as f32),
            now_tick: frame.now_tick,
            flights_per_tick: scene.flights_per_tick(),
            one_packet_px: scene.one_packet_px(),
            jitter_px: scene.jitter_px(),
            unit_px: scene.unit_px(),
            dim: frame.dim,
            ends_x_px: scene.ends_x_px(),
            least_px: scene.least_px(),
            sides_from: scene.flights().ends.sides_from(),
            focus_row: frame.focus.row.unwrap_or(ANY),
            focus_slot: frame.focus.slot.unwrap_or(ANY),
            gates_x_px: scene.gates_x_px(),
            has_gates: scene.has_gates().into(),
            focus_gate: frame.focus.gate.unwrap_or(ANY),
            focus_host: frame.focus.host_slot().unwrap_or(ANY),
            padding: [0; 3],
        }
    }
}

/// A row of the source column; `Row` in `shaders/bubble.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct RowData {
    /// Where its bubbles depart to each side.
    pub starts_px: [[f32; 2]; SIDES],
    pub color: [u8; 4],
    pub padding: u32,
}

/// A bubble to be drawn; `Flight` in `shaders/bubble.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct FlightData {
    /// Its index in the buffer of bubbles.
    pub index: u32,
    /// Where it lands, in pixels from the top.
    pub landing_px: f32,
    /// Where it passes its gate, if there are gates.
    pub gate_px: f32,
    /// The number of that gate, 0 where there are none.
    pub gate: u32,
}

/// A buffer that grows by doubling when a frame has more to say than any before it.
pub(super) struct GrowingBuffer {
    pub buffer: wgpu::Buffer,
    label: &'static str,
    usage: wgpu::BufferUsages,
}

impl GrowingBuffer {
    pub fn new(device: &wgpu::Device, label: &'static str, usage: wgpu::BufferUsages, bytes: u64) -> Self {
        Self {
            buffer: buffer(device, label, usage, bytes),
            label,
            usage,
        }
    }

    /// Makes room for `bytes`; true where the buffer was made anew, so that bind groups must be too.
    pub fn reserve(&mut self, device: &wgpu::Device, bytes: u64) -> bool {
        let grown = bytes > self.buffer.size();
        if grown {
            self.buffer = buffer(device, self.label, self.usage, bytes.next_power_of_two());
        }
        grown
    }

    /// Writes `bytes` from the start; true where the buffer was made anew, so that bind groups must be too.
    pub fn write(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, bytes: &[u8]) -> bool {
        let grown = self.reserve(device, bytes.len() as u64);
        if !bytes.is_empty() {
            queue.write_buffer(&self.buffer, 0, bytes);
        }
        grown
    }
}

/// Format of pictures: eight bits a channel, blended as they are, so sRGB bytes in the non-linear space.
pub(super) const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Of instanced quads: four corners each.
pub(super) const QUADS: wgpu::PrimitiveTopology = wgpu::PrimitiveTopology::TriangleStrip;

/// An empty buffer, at least 256 bytes: none may be of size 0.
pub(super) fn buffer(device: &wgpu::Device, label: &str, usage: wgpu::BufferUsages, bytes: u64) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: bytes.max(256).next_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT),
        usage: usage | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// The one blend of the picture: premultiplied source over destination.
pub(super) const OVER: wgpu::BlendState = wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING;

/// A pipeline that draws over what is there.
pub(super) fn pipeline(
    device: &wgpu::Device,
    label: &str,
    source: &str,
    layout: &wgpu::BindGroupLayout,
    buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
    topology: wgpu::PrimitiveTopology,
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(source.into()),
    });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(label),
        layout: Some(&pipeline_layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vs_main"),
            compilation_options: Default::default(),
            buffers,
        },
        primitive: wgpu::PrimitiveState {
            topology,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fs_main"),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format,
                blend: Some(OVER),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// A binding that the vertex stage reads (the uniform: both stages).
pub(super) fn layout_entry(binding: u32, kind: wgpu::BufferBindingType) -> wgpu::BindGroupLayoutEntry {
    let uniform = kind == wgpu::BufferBindingType::Uniform;
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: if uniform {
            wgpu::ShaderStages::VERTEX_FRAGMENT
        } else {
            wgpu::ShaderStages::VERTEX
        },
        ty: wgpu::BindingType::Buffer {
            ty: kind,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::{overlay, pipelines, planes, surface, tiles};
    use crate::scene::{Mark, motion};
    use naga::valid::{Capabilities, ValidationFlags, Validator};
    use std::mem::offset_of;

    /// Parses and validates a shader; panics with naga's diagnostic.
    fn module(source: &str) -> naga::Module {
        let module =
            naga::front::wgsl::parse_str(source).unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)));
        let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
        if let Err(error) = validator.validate(&module) {
            panic!("{}", error.emit_to_string(source));
        }
        module
    }

    /// Name and offset of each member of a struct, and the struct's size in bytes.
    fn layout(module: &naga::Module, name: &str) -> (Vec<(String, u32)>, u32) {
        let (_, found) = module
            .types
            .iter()
            .find(|(_, kind)| kind.name.as_deref() == Some(name))
            .unwrap();
        let naga::TypeInner::Struct { members, span } = &found.inner else {
            panic!("{name} is no struct")
        };
        let members = members
            .iter()
            .map(|member| (member.name.clone().unwrap(), member.offset))
            .collect();
        (members, *span)
    }

    macro_rules! rust_layout {
        ($kind:ty, $($field:ident),+) => {
            (vec![$((stringify!($field).to_owned(), offset_of!($kind, $field) as u32)),+], size_of::<$kind>() as u32)
        };
    }

    #[test]
    fn every_shader_is_valid() {
        for source in [
            pipelines::BUBBLES,
            pipelines::MARKS,
            pipelines::PLANES,
            pipelines::TOUCH,
            pipelines::PAINT,
            surface::SOURCE,
            overlay::SOURCE,
        ] {
            module(source);
        }
    }

    #[test]
    fn rust_and_wgsl_agree_on_every_offset() {
        let shader = module(pipelines::BUBBLES);
        let uniform = rust_layout!(
            FrameUniform,
            size_px,
            now_tick,
            flights_per_tick,
            one_packet_px,
            jitter_px,
            unit_px,
            dim,
            ends_x_px,
            least_px,
            sides_from,
            focus_row,
            focus_slot,
            gates_x_px,
            has_gates,
            focus_gate,
            focus_host
        );
        assert_eq!(layout(&shader, "FrameUniform"), uniform);
        assert_eq!(layout(&shader, "Row"), rust_layout!(RowData, starts_px, color, padding));
        assert_eq!(
            layout(&shader, "Bubble"),
            rust_layout!(motion::Instance, tick, route, packets, seed)
        );
        assert_eq!(
            layout(&shader, "Flight"),
            rust_layout!(FlightData, index, landing_px, gate_px, gate)
        );
        let shader = module(pipelines::PAINT);
        let shared = rust_layout!(
            tiles::TilesData,
            ground,
            cells,
            cell_px,
            words,
            marks,
            mark_words,
            bubbles,
            padding
        );
        assert_eq!(layout(&shader, "Tiles"), shared);
        let mark = rust_layout!(Mark, rect_px, color, corner_px, stroke_px, padding);
        assert_eq!(layout(&shader, "Mark"), mark);
        assert_eq!(u64::from(layout(&shader, "Disc").1), tiles::DISC_BYTES);
        let planes = rust_layout!(planes::PlanesData, size_px, tiles, whole, padding);
        assert_eq!(layout(&module(pipelines::PLANES), "Planes"), planes);
        // A mark is read as vertex attributes: vec4<f32>, unorm8x4, f32, f32 at these offsets.
        let mark = rust_layout!(Mark, rect_px, color, corner_px, stroke_px);
        let offsets: Vec<u32> = mark.0.iter().map(|(_, offset)| *offset).collect();
        assert_eq!((offsets, mark.1), (vec![0, 16, 20, 24], 32));
        // So is a corner of what lies over a picture: vec2<f32>, vec2<f32>, unorm8x4.
        let corner = rust_layout!(overlay::Corner, at_points, texture_at, color);
        let offsets: Vec<u32> = corner.0.iter().map(|(_, offset)| *offset).collect();
        assert_eq!((offsets, corner.1), (vec![0, 8, 16], 20));
    }

    #[test]
    fn a_shader_that_is_wrong_is_refused() {
        let wrong = pipelines::BUBBLES.replace("shape.x", "shape.colour");
        assert!(std::panic::catch_unwind(|| module(&wrong)).is_err());
    }
}
