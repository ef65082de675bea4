//! The offscreen texture that frames are drawn into.

use super::{Context, GpuError};

/// Eight bits a channel, blended as they are: sRGB bytes in the non-linear space.
pub(super) const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// A texture of the picture's size.
pub(super) struct Target {
    pub texture: wgpu::Texture,
    pub view: wgpu::TextureView,
}

impl Target {
    pub fn new(context: &Context, [width, height]: [u32; 2]) -> Result<Self, GpuError> {
        let limit = context.device.limits().max_texture_dimension_2d;
        if width > limit || height > limit {
            return Err(GpuError::PictureTooLarge {
                width,
                height,
                adapter: context.adapter.clone(),
                limit,
            });
        }
        let texture = context.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::COPY_SRC
                | wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Ok(Self { texture, view })
    }
}
