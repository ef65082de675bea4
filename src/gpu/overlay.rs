//! Triangles over the picture in a window, with colours and one texture, as libraries of controls make
//! them. Knows no controls.

use std::ops::Range;

use super::context::Context;
use super::data::{self, GrowingBuffer};

/// The shader.
pub(super) const SOURCE: &str = include_str!("../../shaders/overlay.wgsl");

/// A corner of a triangle: 20 bytes, as such libraries have them.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Corner {
    /// Position from the window's upper left, in points.
    pub at_points: [f32; 2],
    /// Position in the texture, 0 to 1.
    pub texture_at: [f32; 2],
    /// Premultiplied sRGB, which the texture is multiplied by.
    pub color: [u8; 4],
}

/// Pixels of the texture.
#[derive(Clone, Copy, Debug)]
pub struct Patch<'a> {
    /// Their place in the texture; `None` for a texture of this size in place of the one before.
    pub at: Option<[u32; 2]>,
    /// Width and height.
    pub size_px: [u32; 2],
    /// Premultiplied sRGB, rows from the top without padding.
    pub rgba: &'a [u8],
}

/// Triangles over a picture, and their texture.
pub struct Overlay {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    window_points: wgpu::Buffer,
    texture: Option<(wgpu::Texture, wgpu::BindGroup)>,
    corners: Vec<Corner>,
    indices: Vec<u32>,
    meshes: Vec<Mesh>,
    corner_buffer: GrowingBuffer,
    index_buffer: GrowingBuffer,
}

/// Some of the triangles.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mesh {
    /// Left, top, right, bottom of the part of the window that they are seen in.
    clip_px: [u32; 4],
    indices: Range<u32>,
    first_corner: i32,
}

impl Overlay {
    /// Without triangles, for windows of a format.
    pub(super) fn new(context: &Context, format: wgpu::TextureFormat) -> Self {
        let device = &context.device;
        let fragment = |binding, ty| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty,
            count: None,
        };
        let texture = wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable: true },
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("overlay"),
            entries: &[
                data::layout_entry(0, wgpu::BufferBindingType::Uniform),
                fragment(1, texture),
                fragment(2, wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering)),
            ],
        });
        let attributes = wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4];
        let corner = wgpu::VertexBufferLayout {
            array_stride: size_of::<Corner>() as u64,
            step_mode: wgpu::VertexStepMode::Vertex,
            attributes: &attributes,
        };
        let triangles = wgpu::PrimitiveTopology::TriangleList;
        let pipeline = data::pipeline(device, "overlay", SOURCE, &layout, &[Some(corner)], triangles, format);
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("overlay"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let buffer = |usage| GrowingBuffer::new(device, "overlay", usage, 1 << 16);
        Self {
            pipeline,
            layout,
            sampler,
            window_points: data::buffer(device, "overlay", wgpu::BufferUsages::UNIFORM, 8),
            texture: None,
            corners: Vec::new(),
            indices: Vec::new(),
            meshes: Vec::new(),
            corner_buffer: buffer(wgpu::BufferUsages::VERTEX),
            index_buffer: buffer(wgpu::BufferUsages::INDEX),
        }
    }

    /// Takes new pixels of the texture. A part of a texture that was never there is ignored.
    pub fn patch(&mut self, context: &Context, patch: &Patch<'_>) {
        let [width, height] = patch.size_px;
        let size = wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        };
        if patch.at.is_none() {
            self.texture = Some(self.new_texture(context, size));
        }
        let Some((texture, _)) = &self.texture else { return };
        let [x, y] = patch.at.unwrap_or_default();
        let to = wgpu::TexelCopyTextureInfo {
            origin: wgpu::Origin3d { x, y, z: 0 },
            ..texture.as_image_copy()
        };
        let rows = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(4 * width),
            rows_per_image: None,
        };
        context.queue.write_texture(to, patch.rgba, rows, size);
    }

    fn new_texture(&self, context: &Context, size: wgpu::Extent3d) -> (wgpu::Texture, wgpu::BindGroup) {
        let texture = context.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("overlay"),
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            // Colours are blended as they are, as in the picture.
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let bind_group = context.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("overlay"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: self.window_points.as_entire_binding(),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::TextureView(&texture.create_view(&Default::default())),
                },
                wgpu::BindGroupEntry {
                    binding: 2,
                    resource: wgpu::BindingResource::Sampler(&self.sampler),
                },
            ],
        });
        (texture, bind_group)
    }

    /// Forgets all triangles.
    pub fn clear(&mut self) {
        self.corners.clear();
        self.indices.clear();
        self.meshes.clear();
    }

    /// Adds triangles, three indices into `corners` each, to be seen between left, top, right and bottom
    /// of `clip_px` alone.
    pub fn add(&mut self, clip_px: [u32; 4], corners: &[Corner], indices: &[u32]) {
        let first = self.indices.len() as u32;
        self.indices.extend_from_slice(indices);
        self.meshes.push(Mesh {
            clip_px,
            indices: first..self.indices.len() as u32,
            first_corner: self.corners.len() as i32,
        });
        self.corners.extend_from_slice(corners);
    }

    /// Draws all of them over a view of the window, of a size in pixels and `px_per_point` pixels in a point.
    pub(super) fn draw(
        &mut self,
        context: &Context,
        encoder: &mut wgpu::CommandEncoder,
        view: &wgpu::TextureView,
        size_px: [u32; 2],
        px_per_point: f32,
    ) {
        let Some((_, bind_group)) = self.texture.as_ref().filter(|_| !self.meshes.is_empty()) else {
            return;
        };
        let Context { device, queue, .. } = context;
        let points = size_px.map(|side| side as f32 / px_per_point);
        queue.write_buffer(&self.window_points, 0, bytemuck::cast_slice(&points));
        self.corner_buffer
            .write(device, queue, bytemuck::cast_slice(&self.corners));
        self.index_buffer
            .write(device, queue, bytemuck::cast_slice(&self.indices));
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("overlay"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Load,
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, bind_group, &[]);
        pass.set_vertex_buffer(0, self.corner_buffer.buffer.slice(..));
        pass.set_index_buffer(self.index_buffer.buffer.slice(..), wgpu::IndexFormat::Uint32);
        for mesh in &self.meshes {
            let [left, top, right, bottom] = mesh.clip_px;
            let (right, bottom) = (right.min(size_px[0]), bottom.min(size_px[1]));
            if left < right && top < bottom {
                pass.set_scissor_rect(left, top, right - left, bottom - top);
                pass.draw_indexed(mesh.indices.clone(), mesh.first_corner, 0..1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::readback::{Flight, Staging};
    use crate::gpu::target::Target;
    use crate::gpu::testing;

    const SIZE_PX: [u32; 2] = [8, 4];

    /// Two triangles: a rectangle, by left, top, right and bottom in points and in the texture.
    fn rectangle(at: [f32; 4], texture: [f32; 4], color: [u8; 4]) -> ([Corner; 4], [u32; 6]) {
        let corner = |x: usize, y: usize| Corner {
            at_points: [at[x], at[y]],
            texture_at: [texture[x], texture[y]],
            color,
        };
        (
            [corner(0, 1), corner(2, 1), corner(0, 3), corner(2, 3)],
            [0, 1, 2, 2, 1, 3],
        )
    }

    /// The pixels of an overlay over red ground, at two pixels a point.
    fn seen(context: &Context, overlay: &mut Overlay) -> Vec<[u8; 4]> {
        let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC;
        let target = Target::of(context, SIZE_PX, data::FORMAT, usage).unwrap();
        let view = &target.view;
        let mut encoder = context.device.create_command_encoder(&Default::default());
        encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::RED),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        overlay.draw(context, &mut encoder, view, SIZE_PX, 2.0);
        let staging = Staging::rgba(context, SIZE_PX);
        staging.copy_from(&target.texture, &mut encoder);
        let submission = context.queue.submit([encoder.finish()]);
        let flight = Flight::new(0, staging, submission);
        let bytes = flight.wait(context).unwrap().to_tight();
        bytes.as_chunks().0.to_vec()
    }

    #[test]
    fn triangles_are_blended_clipped_and_textured() {
        const RED: [u8; 4] = [255, 0, 0, 255];
        let context = testing::context();
        let mut overlay = Overlay::new(&context, data::FORMAT);
        // Nothing is drawn without triangles, nor without a texture.
        assert_eq!(seen(&context, &mut overlay), [RED; 32]);
        let (corners, indices) = rectangle([0.0, 0.0, 4.0, 2.0], [0.25; 4], [0, 0, 128, 128]);
        overlay.add([2, 1, 6, 3], &corners, &indices);
        assert_eq!(seen(&context, &mut overlay), [RED; 32]);

        // White on the left, then green where the lower right was.
        let white = [255; 16];
        overlay.patch(
            &context,
            &Patch {
                at: None,
                size_px: [2, 2],
                rgba: &white,
            },
        );
        overlay.patch(
            &context,
            &Patch {
                at: Some([1, 1]),
                size_px: [1, 1],
                rgba: &[0, 255, 0, 255],
            },
        );
        // One pixel, in the last column: the texture's last texel.
        let (corners, indices) = rectangle([3.5, 0.0, 4.0, 0.5], [0.75; 4], [255; 4]);
        overlay.add([0, 0, 1000, 1000], &corners, &indices);
        // Out of the window.
        overlay.add([9, 0, 1000, 1000], &corners, &indices);
        let mut expected = [RED; 32];
        for row in 1..3 {
            expected[8 * row + 2..8 * row + 6].fill([127, 0, 128, 255]);
        }
        expected[7] = [0, 255, 0, 255];
        assert_eq!(seen(&context, &mut overlay), expected);

        overlay.clear();
        assert_eq!(seen(&context, &mut overlay), [RED; 32]);
    }
}
