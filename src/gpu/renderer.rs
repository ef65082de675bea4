//! One frame from tables to pixels: prepare, draw, one submit.

use std::ops::Deref;
use std::sync::Arc;

use super::bubbles::Bubbles;
use super::context::Context;
use super::data::{self, FrameUniform};
use super::error::GpuError;
use super::instances::Instances;
use super::marks::Marks;
use super::planes::Planes;
use super::readback::{Flight, Pixels, Readout, Staging};
use super::target::{OnDevice, Target};
use super::text::Text;
use super::tiles::{Things, Tiles};
use super::tiles_trial;
use super::timestamps::Timestamps;
use crate::scene::{Frame, Scene};

/// The settings of a renderer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RendererSettings {
    /// The form in which pixels come back.
    pub readout: Readout,
    /// Whether the background is transparent.
    pub transparent: bool,
    /// Whether the GPU's time is taken, where the adapter can, and uploads of glyphs are counted.
    pub timings: bool,
}

/// The part of a frame that is to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// At least the tiles that are not those of the frame that this renderer drew before. RGBA always
    /// comes back whole.
    Changes,
}

/// Borrowed for a film, shared with others for as long as a window shows it.
enum Held<'a, T> {
    Borrowed(&'a T),
    Shared(Arc<T>),
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Borrowed(held) => held,
            Self::Shared(held) => held,
        }
    }
}

/// Draws the frames of one scene.
pub struct Renderer<'a> {
    context: Held<'a, Context>,
    scene: Held<'a, Scene>,
    target: Target,
    /// Premultiplied.
    ground: [u8; 4],
    uniform: wgpu::Buffer,
    marks: Marks,
    bubbles: Bubbles,
    /// `None` where the raster units draw everything.
    tiles: Option<Tiles>,
    text: Text,
    planes: Option<Planes>,
    timestamps: Option<Timestamps>,
    /// Whether the static text is prepared for the frame drawn last alone.
    restyled: bool,
}

impl Renderer<'static> {
    /// A renderer that keeps its scene alive by itself, for bubbles that are on the device already, as
    /// [`Renderer::with_instances`].
    ///
    /// # Errors
    /// As [`Renderer::new`].
    pub fn shared(
        context: Arc<Context>,
        scene: Arc<Scene>,
        instances: Arc<Instances>,
        settings: RendererSettings,
    ) -> Result<Self, GpuError> {
        Self::open(Held::Shared(context), Held::Shared(scene), instances, settings)
    }
}

impl<'a> Renderer<'a> {
    /// Uploads what does not change from frame to frame.
    ///
    /// # Errors
    /// [`GpuError`]: a picture or a log beyond the adapter's limits, text that cannot be prepared.
    pub fn new(context: &'a Context, scene: &'a Scene, settings: RendererSettings) -> Result<Self, GpuError> {
        Self::with_instances(context, scene, Instances::new(context, scene)?, settings)
    }

    /// The same for bubbles that are on the device already, for this scene or one that differs from it in
    /// the size of the picture alone.
    ///
    /// # Errors
    /// As [`Renderer::new`].
    pub fn with_instances(
        context: &'a Context,
        scene: &'a Scene,
        instances: Arc<Instances>,
        settings: RendererSettings,
    ) -> Result<Self, GpuError> {
        Self::open(Held::Borrowed(context), Held::Borrowed(scene), instances, settings)
    }

    fn open(
        held_context: Held<'a, Context>,
        held_scene: Held<'a, Scene>,
        instances: Arc<Instances>,
        settings: RendererSettings,
    ) -> Result<Self, GpuError> {
        let (context, scene) = (&*held_context, &*held_scene);
        let tiled = tiles_trial::are_tiles_faster(context);
        let target = Target::new(context, scene.size_px(), tiled)?;
        let uniform = data::buffer(
            &context.device,
            "frame",
            wgpu::BufferUsages::UNIFORM,
            size_of::<FrameUniform>() as u64,
        );
        let ground = if settings.transparent {
            [0; 4]
        } else {
            scene.palette().background
        };
        let renderer = Self {
            ground,
            tiles: tiled.then(|| Tiles::new(context, &target, ground)),
            planes: (settings.readout == Readout::Planes).then(|| Planes::new(context, &target, scene.size_px())),
            timestamps: settings.timings.then(|| Timestamps::new(context)).flatten(),
            target,
            marks: Marks::new(context, &uniform),
            bubbles: Bubbles::new(context, scene, instances, &uniform)?,
            text: Text::new(context, scene.size_px(), scene.static_labels(), settings.timings)?,
            uniform,
            restyled: false,
            context: held_context,
            scene: held_scene,
        };
        renderer.context.check()?;
        Ok(renderer)
    }

    /// A staging buffer for a picture of this scene.
    #[must_use]
    pub fn staging(&self) -> Staging {
        match &self.planes {
            Some(planes) => planes.staging(&self.context),
            None => Staging::rgba(&self.context, self.scene.size_px()),
        }
    }

    /// Records the drawing of a frame into the target.
    fn record(&mut self, frame: &Frame) -> Result<wgpu::CommandEncoder, GpuError> {
        let Context { device, queue, .. } = &*self.context;
        queue.write_buffer(
            &self.uniform,
            0,
            bytemuck::bytes_of(&FrameUniform::new(&self.scene, frame)),
        );
        let mut another = self.marks.prepare(&self.context, &frame.marks);
        another |= self.bubbles.prepare(&self.context, &self.scene, frame, &self.uniform)?;
        self.text.prepare(&self.context, &frame.labels)?;
        if frame.restyles() {
            let labels = self.scene.restyled_labels(frame);
            self.text.prepare_statics(&self.context, &labels)?;
        } else if self.restyled {
            self.text.prepare_statics(&self.context, self.scene.static_labels())?;
        }
        self.restyled = frame.restyles();

        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("frame") });
        let tiled = self.tiles.as_mut().is_some_and(|tiles| {
            let things = Things {
                frame: &self.uniform,
                marks: self.marks.buffer(),
                mark_count: self.marks.count(),
                bubbles: self.bubbles.buffers(),
                bubble_count: self.bubbles.count(),
            };
            let stamps = self.timestamps.as_ref().map(Timestamps::tiles);
            tiles.draw(&self.context, &things, another, &mut encoder, stamps)
        });
        let load = if tiled {
            wgpu::LoadOp::Load
        } else {
            let [r, g, b, a] = self.ground.map(|byte| f64::from(byte) / 255.0);
            wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a })
        };
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("frame"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &self.target.view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load,
                        store: wgpu::StoreOp::Store,
                    },
                })],
                timestamp_writes: self.timestamps.as_ref().map(|timestamps| timestamps.draw(tiled)),
                ..Default::default()
            });
            if !tiled {
                self.marks.draw(&self.context, &mut pass);
                self.bubbles.draw(&self.context, &mut pass);
            }
            self.text.draw(&mut pass)?;
        }
        Ok(encoder)
    }

    /// Starts drawing a frame of the scene; its pixels come back by [`Renderer::wait`].
    ///
    /// # Errors
    /// [`GpuError`]: the text or the driver failed.
    pub fn submit(&mut self, frame: &Frame, staging: Staging, extent: Extent) -> Result<Flight, GpuError> {
        if let Some(planes) = &mut self.planes {
            planes.prepare(&self.context, extent == Extent::Whole);
        }
        let mut encoder = self.record(frame)?;
        match &self.planes {
            Some(planes) => {
                let stamps = self.timestamps.as_ref().map(Timestamps::convert);
                planes.convert(&self.context, &staging, &mut encoder, stamps);
                planes.copy(&staging, &mut encoder);
            }
            None => staging.copy_from(&self.target.texture, &mut encoder),
        }
        if let Some(timestamps) = &self.timestamps {
            timestamps.end(&staging, self.planes.is_some(), &mut encoder);
        }
        let submission = self.context.queue.submit([encoder.finish()]);
        self.context.check()?;
        Ok(Flight::new(frame.number, staging, submission))
    }

    /// Draws a frame that stays on the GPU, for [`super::Surface::show`].
    ///
    /// # Errors
    /// [`GpuError`]: the text or the driver failed.
    pub fn draw(&mut self, frame: &Frame) -> Result<(), GpuError> {
        let encoder = self.record(frame)?;
        self.context.queue.submit([encoder.finish()]);
        self.context.check()
    }

    /// The picture drawn last, for [`super::Surface::show`].
    #[must_use]
    pub fn on_device(&self) -> OnDevice<'_> {
        self.target.on_device()
    }

    /// Waits until a frame is drawn.
    ///
    /// # Errors
    /// [`GpuError::Failed`]: the driver failed.
    pub fn wait(&self, flight: Flight) -> Result<Pixels, GpuError> {
        flight.wait(&self.context)
    }

    /// Whether frames carry the GPU's time.
    #[must_use]
    pub fn has_timestamps(&self) -> bool {
        self.timestamps.is_some()
    }

    /// Glyphs brought to the device so far, where timings are taken.
    #[must_use]
    pub fn glyph_uploads(&self) -> u64 {
        self.text.uploads()
    }

    /// A frame as tight RGBA bytes: for stills and tests; a film keeps several frames in flight.
    /// Not for renderers that read out planes.
    ///
    /// # Errors
    /// [`GpuError`], as of [`Renderer::submit`] and [`Renderer::wait`].
    pub fn still(&mut self, frame: &Frame) -> Result<Vec<u8>, GpuError> {
        let staging = self.staging();
        let flight = self.submit(frame, staging, Extent::Whole)?;
        Ok(self.wait(flight)?.to_tight())
    }
}
