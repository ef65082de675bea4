//! A window's surface: a picture shown on it, and something drawn over that. Knows no window system and
//! no controls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::adapters::{self, AdapterChoice};
use super::context::Context;
use super::error::GpuError;
use super::overlay::Overlay;
use super::picture::PixelOrder;
use super::swapchain::{self, Answer, Swapchain};
use super::target::OnDevice;

/// The shader that brings a picture onto the window.
pub(super) const SOURCE: &str = include_str!("../../shaders/surface.wgsl");

/// Frames that may wait for the display: one is shown while the next is drawn.
const FRAMES_WAITING: u32 = 2;
/// Number of tries in a row to give the textures another size, the pause between them, and how long it
/// may go on: wgpu refuses while another thread hands work to the device, as one that uploads a log
/// does.
const CONFIGURE_TRIES: u32 = 4;
const CONFIGURE_PAUSE: Duration = Duration::from_millis(1);
const CONFIGURE_LONGEST: Duration = Duration::from_secs(10);

/// Formats of textures by preference, and as what they are drawn on. The picture's bytes are sRGB
/// already: a format that converts is drawn on as its pair that does not. One of linear light
/// (`Rgba16Float`) would show other colours, and is not among them.
const FORMATS: [(wgpu::TextureFormat, wgpu::TextureFormat); 5] = {
    use wgpu::TextureFormat::{Bgra8Unorm, Bgra8UnormSrgb, Rgb10a2Unorm, Rgba8Unorm, Rgba8UnormSrgb};
    [
        (Bgra8Unorm, Bgra8Unorm),
        (Rgba8Unorm, Rgba8Unorm),
        (Bgra8UnormSrgb, Bgra8Unorm),
        (Rgba8UnormSrgb, Rgba8Unorm),
        (Rgb10a2Unorm, Rgb10a2Unorm),
    ]
};

/// The best of the formats that a surface has, and as what it is drawn on; `has_views` where one may be
/// drawn on as another.
fn best_format(found: &[wgpu::TextureFormat], has_views: bool) -> Option<(wgpu::TextureFormat, wgpu::TextureFormat)> {
    let usable = |(format, view): &(wgpu::TextureFormat, wgpu::TextureFormat)| {
        found.contains(format) && (has_views || format == view)
    };
    FORMATS.into_iter().find(usable)
}

/// Makes a surface of the window.
type Remake = Box<dyn Fn(&wgpu::Instance) -> Result<wgpu::Surface<'static>, wgpu::CreateSurfaceError>>;

/// The window's surface, on which frames are shown.
pub struct Surface {
    chain: Chain,
    view_format: wgpu::TextureFormat,
    layout: wgpu::BindGroupLayout,
    exact: wgpu::RenderPipeline,
    stretched: wgpu::RenderPipeline,
    sampler: wgpu::Sampler,
    window_px: wgpu::Buffer,
}

/// The textures of the window, by wgpu.
struct Chain {
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    remake: Remake,
    surface: wgpu::Surface<'static>,
    config: wgpu::SurfaceConfiguration,
    /// The reason why the textures are not as `config` has it, and the time since when they are not.
    refused: Option<(String, Instant)>,
    context: Arc<Context>,
}

impl Swapchain for Chain {
    type Texture = wgpu::SurfaceTexture;

    fn ask(&mut self) -> Answer<wgpu::SurfaceTexture> {
        match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(texture) | wgpu::CurrentSurfaceTexture::Suboptimal(texture) => {
                Answer::Texture(texture)
            }
            wgpu::CurrentSurfaceTexture::Timeout | wgpu::CurrentSurfaceTexture::Occluded => Answer::Later,
            wgpu::CurrentSurfaceTexture::Outdated => Answer::Outdated,
            wgpu::CurrentSurfaceTexture::Lost => Answer::Lost,
            wgpu::CurrentSurfaceTexture::Validation => Answer::Failed,
        }
    }

    fn configure(&mut self) -> bool {
        let device = &self.context.device;
        for attempt in 0..CONFIGURE_TRIES {
            if attempt > 0 {
                std::thread::sleep(CONFIGURE_PAUSE);
            }
            let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
            self.surface.configure(device, &self.config);
            let Some(error) = pollster::block_on(scope.pop()) else {
                self.refused = None;
                return true;
            };
            let (reason, _) = self.refused.get_or_insert_with(|| (String::new(), Instant::now()));
            *reason = error.to_string();
        }
        false
    }

    fn is_configured(&self) -> bool {
        self.refused.is_none()
    }

    fn remake(&mut self) -> Result<(), GpuError> {
        let remade = (self.remake)(&self.instance);
        self.surface = remade.map_err(|error| GpuError::NoSurface(error.to_string()))?;
        if !self.adapter.is_surface_supported(&self.surface) {
            let adapter = &self.context.adapter;
            return Err(GpuError::NoSurface(format!("{adapter} cannot draw on it")));
        }
        Ok(())
    }

    fn check(&self) -> Result<(), GpuError> {
        // A lost device says so only when it is asked for news; that fails where it is lost.
        let _ = self.context.device.poll(wgpu::PollType::Poll);
        self.context.check()?;
        match &self.refused {
            Some((reason, since)) if since.elapsed() > CONFIGURE_LONGEST => Err(self.context.failed(reason)),
            _ => Ok(()),
        }
    }
}

impl Context {
    /// Loses the device, as a failing driver does.
    #[cfg(test)]
    pub(crate) fn lose_device(&self) {
        self.device.destroy();
    }

    /// Opens the adapter asked for that can show pictures on a window, and the window's surface.
    /// `window` is a handle that is shared, like an `Arc`: the surface keeps one.
    ///
    /// # Errors
    /// As [`Context::new`]; [`GpuError::NoSurface`] where the adapter cannot draw on the window.
    pub fn with_surface<W>(
        choice: &AdapterChoice,
        window: W,
        size_px: [u32; 2],
    ) -> Result<(Arc<Self>, Surface), GpuError>
    where
        W: Clone + Into<wgpu::SurfaceTarget<'static>> + 'static,
    {
        let instance = adapters::instance();
        let remake: Remake = Box::new(move |instance| instance.create_surface(window.clone()));
        let surface = remake(&instance).map_err(|error| {
            // Where there is no driver, wgpu complains of the window.
            let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
            match adapters.as_slice() {
                [] => GpuError::NoAdapter,
                _ => GpuError::NoSurface(error.to_string()),
            }
        })?;
        let (context, adapter) = pollster::block_on(Self::open(&instance, choice, Some(&surface)))?;
        let context = Arc::new(context);
        let surface = Surface::new(instance, adapter, Arc::clone(&context), remake, surface, size_px)?;
        Ok((context, surface))
    }
}

impl Surface {
    fn new(
        instance: wgpu::Instance,
        adapter: wgpu::Adapter,
        context: Arc<Context>,
        remake: Remake,
        surface: wgpu::Surface<'static>,
        [width, height]: [u32; 2],
    ) -> Result<Self, GpuError> {
        let device = &context.device;
        let capabilities = surface.get_capabilities(&adapter);
        let downlevel = adapter.get_downlevel_capabilities().flags;
        let has_views = downlevel.contains(wgpu::DownlevelFlags::SURFACE_VIEW_FORMATS);
        let (format, view_format) = best_format(&capabilities.formats, has_views).ok_or_else(|| {
            let found = &capabilities.formats;
            GpuError::NoSurface(format!(
                "{} has no format of 8 or 10 bits a colour for it, only {found:?}",
                context.adapter
            ))
        })?;
        // For `copies`.
        let copies = if context.is_software {
            capabilities.usages & wgpu::TextureUsages::COPY_DST
        } else {
            wgpu::TextureUsages::empty()
        };
        let config = wgpu::SurfaceConfiguration {
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | copies,
            format,
            color_space: wgpu::SurfaceColorSpace::Srgb,
            width: width.max(1),
            height: height.max(1),
            // The one mode that never tears and that every adapter has.
            present_mode: wgpu::PresentMode::Fifo,
            desired_maximum_frame_latency: FRAMES_WAITING,
            alpha_mode: wgpu::CompositeAlphaMode::Auto,
            view_formats: if view_format == format {
                Vec::new()
            } else {
                vec![view_format]
            },
        };
        let mut chain = Chain {
            instance,
            adapter,
            remake,
            surface,
            config,
            refused: None,
            context: Arc::clone(&context),
        };
        if !chain.configure() {
            let reason = chain.refused.map(|(reason, _)| reason).unwrap_or_default();
            return Err(GpuError::NoSurface(reason));
        }

        let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty,
            count: None,
        };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("surface"),
            entries: &[
                entry(
                    0,
                    wgpu::BindingType::Texture {
                        sample_type: wgpu::TextureSampleType::Float { filterable: true },
                        view_dimension: wgpu::TextureViewDimension::D2,
                        multisampled: false,
                    },
                ),
                entry(1, wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering)),
                entry(
                    2,
                    wgpu::BindingType::Buffer {
                        ty: wgpu::BufferBindingType::Uniform,
                        has_dynamic_offset: false,
                        min_binding_size: None,
                    },
                ),
            ],
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("surface"),
            source: wgpu::ShaderSource::Wgsl(SOURCE.into()),
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("surface"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = |fragment| {
            device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(fragment),
                layout: Some(&pipeline_layout),
                vertex: wgpu::VertexState {
                    module: &module,
                    entry_point: Some("vs_main"),
                    compilation_options: Default::default(),
                    buffers: &[],
                },
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: None,
                multisample: wgpu::MultisampleState::default(),
                fragment: Some(wgpu::FragmentState {
                    module: &module,
                    entry_point: Some(fragment),
                    compilation_options: Default::default(),
                    targets: &[Some(view_format.into())],
                }),
                multiview_mask: None,
                cache: None,
            })
        };
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("surface"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let window_px = super::data::buffer(device, "window", wgpu::BufferUsages::UNIFORM, 8);
        Ok(Self {
            exact: pipeline("fs_exact"),
            stretched: pipeline("fs_stretched"),
            chain,
            view_format,
            layout,
            sampler,
            window_px,
        })
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size_px(&self) -> [u32; 2] {
        [self.chain.config.width, self.chain.config.height]
    }

    /// An empty overlay for its pictures.
    #[must_use]
    pub fn overlay(&self) -> Overlay {
        Overlay::new(&self.chain.context, self.view_format)
    }

    /// The order of colours in which pictures can be copied onto this window.
    #[must_use]
    pub fn pixel_order(&self) -> PixelOrder {
        PixelOrder::of(self.chain.config.format)
    }

    /// The window has another size; one without pixels is ignored.
    pub fn resize(&mut self, [width, height]: [u32; 2]) {
        if width > 0 && height > 0 && self.size_px() != [width, height] {
            (self.chain.config.width, self.chain.config.height) = (width, height);
            // Where that is refused, `show` tries again.
            let _ = self.chain.configure();
        }
    }

    /// Shows a picture, where there is one, and an overlay of `px_per_point` pixels in a point. False where
    /// nobody can see it, or the display is busy: to be tried again later.
    ///
    /// # Errors
    /// [`GpuError`]: the driver failed, or a lost surface cannot be made anew.
    pub fn show(
        &mut self,
        picture: Option<OnDevice<'_>>,
        background: [u8; 4],
        overlay: &mut Overlay,
        px_per_point: f32,
    ) -> Result<bool, GpuError> {
        let Some(texture) = swapchain::next(&mut self.chain)? else {
            return Ok(false);
        };
        let context = &*self.chain.context;
        let view = texture.texture.create_view(&wgpu::TextureViewDescriptor {
            label: Some("window"),
            format: Some(self.view_format),
            ..Default::default()
        });
        let mut encoder = context
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("window") });
        match picture {
            Some(picture) if self.copies(picture) => {
                let to = texture.texture.as_image_copy();
                encoder.copy_texture_to_texture(picture.texture.as_image_copy(), to, picture.texture.size());
            }
            _ => self.paint(picture, background, &view, &mut encoder),
        }
        overlay.draw(context, &mut encoder, &view, self.size_px(), px_per_point);
        context.queue.submit([encoder.finish()]);
        context.queue.present(texture);
        context.check()?;
        Ok(true)
    }

    /// Whether a picture can be copied onto the window. A software adapter takes 4 ns for each pixel
    /// that goes through a shader.
    fn copies(&self, picture: OnDevice<'_>) -> bool {
        self.chain.config.usage.contains(wgpu::TextureUsages::COPY_DST)
            && picture.texture.format() == self.chain.config.format
            && picture.size_px() == self.size_px()
    }

    fn paint(
        &self,
        picture: Option<OnDevice<'_>>,
        background: [u8; 4],
        view: &wgpu::TextureView,
        encoder: &mut wgpu::CommandEncoder,
    ) {
        let [r, g, b, a] = background.map(|byte| f64::from(byte) / 255.0);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("window"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a }),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        let Some(picture) = picture else { return };
        let Context { device, queue, .. } = &*self.chain.context;
        queue.write_buffer(&self.window_px, 0, bytemuck::cast_slice(&self.size_px()));
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("surface"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(picture.view),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::Sampler(&self.sampler),
                },
                wgpu::BindGroupEntry {
                    binding: 2,
                    resource: self.window_px.as_entire_binding(),
                },
            ],
        });
        pass.set_pipeline(if picture.size_px() == self.size_px() {
            &self.exact
        } else {
            &self.stretched
        });
        pass.set_bind_group(0, &bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgpu::TextureFormat::{Bgra8Unorm, Bgra8UnormSrgb, Rgb10a2Unorm, Rgba8Unorm, Rgba8UnormSrgb, Rgba16Float};

    #[test]
    fn no_format_is_taken_that_changes_the_colours() {
        for (found, has_views, best) in [
            (&[Bgra8UnormSrgb, Bgra8Unorm][..], true, Some((Bgra8Unorm, Bgra8Unorm))),
            (&[Rgba16Float, Rgba8Unorm], true, Some((Rgba8Unorm, Rgba8Unorm))),
            (&[Rgba16Float, Rgba8UnormSrgb], true, Some((Rgba8UnormSrgb, Rgba8Unorm))),
            (
                &[Rgb10a2Unorm, Bgra8UnormSrgb],
                true,
                Some((Bgra8UnormSrgb, Bgra8Unorm)),
            ),
            (
                &[Rgb10a2Unorm, Bgra8UnormSrgb],
                false,
                Some((Rgb10a2Unorm, Rgb10a2Unorm)),
            ),
            (&[Bgra8UnormSrgb], false, None),
            (&[Rgba16Float], true, None),
            (&[], true, None),
        ] {
            assert_eq!(best_format(found, has_views), best, "{found:?}");
        }
    }
}
