//! The offscreen texture that frames are drawn into, or brought to.

use super::context::Context;
use super::data::FORMAT;
use super::error::GpuError;

/// A picture on the device.
#[derive(Clone, Copy)]
pub struct OnDevice<'a> {
    pub(super) texture: &'a wgpu::Texture,
    pub(super) view: &'a wgpu::TextureView,
}

impl OnDevice<'_> {
    pub(super) fn size_px(&self) -> [u32; 2] {
        [self.texture.width(), self.texture.height()]
    }
}

/// A texture of the picture's size.
pub(super) struct Target {
    pub texture: wgpu::Texture,
    pub view: wgpu::TextureView,
}

impl Target {
    /// For frames that are drawn on the device; `filled` where a shader writes to it as well.
    pub fn new(context: &Context, size_px: [u32; 2], filled: bool) -> Result<Self, GpuError> {
        let mut usage = wgpu::TextureUsages::RENDER_ATTACHMENT
            | wgpu::TextureUsages::COPY_SRC
            | wgpu::TextureUsages::TEXTURE_BINDING;
        if filled {
            usage |= wgpu::TextureUsages::STORAGE_BINDING;
        }
        Self::of(context, size_px, FORMAT, usage)
    }

    /// Of a format and for a use.
    pub fn of(
        context: &Context,
        [width, height]: [u32; 2],
        format: wgpu::TextureFormat,
        usage: wgpu::TextureUsages,
    ) -> Result<Self, GpuError> {
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
            format,
            usage,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Ok(Self { texture, view })
    }

    pub fn on_device(&self) -> OnDevice<'_> {
        OnDevice {
            texture: &self.texture,
            view: &self.view,
        }
    }
}
