//! Frames as one thread draws them: by the CPU one after the other, by a graphics adapter with several in
//! flight, so that it draws while the thread lays out the next or encodes the one before.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::painter::PainterKind;
use super::stages::{Stage, Stages};
use crate::gpu::{Context, Extent, Flight, Instances, Pixels, Readout, Renderer, RendererSettings, Staging};
use crate::output::picture::{Picture, Tiles};
use crate::raster::{Raster, TILE_PX};
use crate::scene::{Frame, Scene};

/// The painter of a film, which all its threads draw with.
pub struct FilmPainter<'a> {
    scene: &'a Scene,
    means: Means<'a>,
    /// Painters of threads that are not at work; they have all that they need.
    idle: Mutex<Vec<ThreadPainter<'a>>>,
}

/// What the threads draw with.
enum Means<'a> {
    /// A graphics adapter that they share.
    Gpu {
        context: &'a Context,
        /// The bubbles, on the adapter.
        instances: Arc<Instances>,
        /// The settings of the threads' renderers.
        settings: RendererSettings,
        /// Frames that each thread has in flight, at least 1.
        in_flight: usize,
    },
    /// The CPU.
    Cpu { transparent: bool },
}

impl<'a> FilmPainter<'a> {
    /// With a graphics adapter. `in_flight`: number of frames that each thread has in flight, at least 1.
    pub fn gpu(
        scene: &'a Scene,
        context: &'a Context,
        instances: Arc<Instances>,
        settings: RendererSettings,
        in_flight: usize,
    ) -> Self {
        Self::new(
            scene,
            Means::Gpu {
                context,
                instances,
                settings,
                in_flight,
            },
        )
    }

    /// With the CPU.
    pub fn cpu(scene: &'a Scene, transparent: bool) -> Self {
        Self::new(scene, Means::Cpu { transparent })
    }

    fn new(scene: &'a Scene, means: Means<'a>) -> Self {
        Self {
            scene,
            means,
            idle: Mutex::default(),
        }
    }

    /// The scene of its frames.
    pub const fn scene(&self) -> &'a Scene {
        self.scene
    }

    /// Its kind.
    pub const fn kind(&self) -> PainterKind {
        match self.means {
            Means::Gpu { .. } => PainterKind::Gpu,
            Means::Cpu { .. } => PainterKind::Cpu,
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<ThreadPainter<'a>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The painter of one thread: one that is idle, or a new one.
    ///
    /// # Errors
    /// The picture is too large, or the graphics adapter failed.
    pub fn open(&self) -> anyhow::Result<ThreadPainter<'a>> {
        if let Some(painter) = self.idle().pop() {
            return Ok(painter);
        }
        Ok(match &self.means {
            Means::Gpu {
                context,
                instances,
                settings,
                in_flight,
            } => ThreadPainter::Gpu(Box::new(GpuThreadPainter {
                renderer: Renderer::with_instances(context, self.scene, Arc::clone(instances), *settings)?,
                flights: VecDeque::with_capacity(*in_flight),
                free: Vec::with_capacity(*in_flight),
                in_flight: *in_flight,
                ns_per_tick: context.ns_per_gpu_tick(),
                uploads_told: 0,
            })),
            Means::Cpu { transparent } => ThreadPainter::Cpu {
                raster: Box::new(Raster::new(self.scene, *transparent)?),
                drawn: None,
            },
        })
    }

    /// Takes a painter back, for another thread.
    ///
    /// # Errors
    /// The graphics adapter failed.
    pub fn close(&self, mut painter: ThreadPainter<'a>, stages: &Stages) -> anyhow::Result<()> {
        painter.rest(stages)?;
        self.idle().push(painter);
        Ok(())
    }
}

/// A thread at work.
pub enum ThreadPainter<'a> {
    /// With a graphics adapter.
    Gpu(Box<GpuThreadPainter<'a>>),
    /// By itself.
    Cpu {
        /// Holds the picture.
        raster: Box<Raster<'a>>,
        /// Number of the frame it holds, until that is taken.
        drawn: Option<u64>,
    },
}

/// A renderer and the frames that it has in flight.
pub struct GpuThreadPainter<'a> {
    renderer: Renderer<'a>,
    /// The oldest first.
    flights: VecDeque<Flight>,
    free: Vec<Staging>,
    in_flight: usize,
    /// Nanoseconds in a tick of the adapter's clock.
    ns_per_tick: f64,
    /// Glyph uploads that were told of.
    uploads_told: u64,
}

impl ThreadPainter<'_> {
    /// Whether another frame may be begun before the oldest is taken.
    pub fn has_room(&self) -> bool {
        match self {
            Self::Gpu(gpu) => gpu.flights.len() < gpu.in_flight,
            Self::Cpu { drawn, .. } => drawn.is_none(),
        }
    }

    /// Begins to draw a frame; `first` where it is the first of an encoder's, so that nothing of it is
    /// known yet.
    ///
    /// # Errors
    /// The graphics adapter failed.
    pub fn begin(&mut self, frame: &Frame, first: bool, stages: &Stages) -> anyhow::Result<()> {
        let time = Instant::now();
        match self {
            Self::Gpu(gpu) => {
                let staging = gpu.free.pop().unwrap_or_else(|| gpu.renderer.staging());
                let extent = if first { Extent::Whole } else { Extent::Changes };
                let flight = gpu.renderer.submit(frame, staging, extent)?;
                gpu.flights.push_back(flight);
                stages.add(Stage::Commands, time);
            }
            Self::Cpu { raster, drawn } => {
                raster.draw(frame);
                *drawn = Some(frame.number);
                stages.add(Stage::Draw, time);
            }
        }
        Ok(())
    }

    /// Waits for the oldest frame that was begun, hands its picture over and says its number; `None` where all that
    /// were begun are taken.
    ///
    /// # Errors
    /// The graphics adapter failed.
    pub fn take(&mut self, load: &mut dyn FnMut(Picture<'_>), stages: &Stages) -> anyhow::Result<Option<u64>> {
        match self {
            Self::Gpu(gpu) => gpu.take(load, stages),
            Self::Cpu { raster, drawn } => {
                let taken = drawn.take();
                if taken.is_some() {
                    let time = Instant::now();
                    load(Picture::Rgba {
                        bytes: raster.padded_rgba(),
                        bytes_per_row: raster.bytes_per_row(),
                        tiles: Some(Tiles {
                            size_px: TILE_PX,
                            stamps: raster.stamps(),
                        }),
                    });
                    stages.add(Stage::Convert, time);
                }
                Ok(taken)
            }
        }
    }

    /// Gives up the frames that were begun and not taken, and tells what was not told yet.
    fn rest(&mut self, stages: &Stages) -> anyhow::Result<()> {
        match self {
            Self::Gpu(gpu) => {
                while let Some(flight) = gpu.flights.pop_front() {
                    gpu.free.push(gpu.renderer.wait(flight)?.into_staging());
                }
                let uploads = gpu.renderer.glyph_uploads();
                stages.add_glyph_uploads(uploads - gpu.uploads_told);
                gpu.uploads_told = uploads;
            }
            Self::Cpu { drawn, .. } => *drawn = None,
        }
        Ok(())
    }
}

impl GpuThreadPainter<'_> {
    fn take(&mut self, load: &mut dyn FnMut(Picture<'_>), stages: &Stages) -> anyhow::Result<Option<u64>> {
        let Some(flight) = self.flights.pop_front() else {
            return Ok(None);
        };
        let time = Instant::now();
        let pixels = self.renderer.wait(flight)?;
        stages.add(Stage::Readback, time);
        if self.renderer.has_timestamps() {
            let spans = pixels.gpu_spans();
            for (stage, ticks) in [
                (Stage::GpuCopy, spans.copy),
                (Stage::GpuDraw, spans.draw),
                (Stage::GpuConvert, spans.convert),
            ] {
                stages.add_gpu(stage, ticks, self.ns_per_tick);
            }
        }
        let time = Instant::now();
        load(picture(&pixels));
        stages.add(Stage::Convert, time);
        let number = pixels.frame_number();
        self.free.push(pixels.into_staging());
        Ok(Some(number))
    }
}

/// Pixels as the encoders know them.
fn picture(pixels: &Pixels) -> Picture<'_> {
    match pixels.readout() {
        Readout::Rgba => Picture::Rgba {
            bytes: pixels.rgba(),
            bytes_per_row: pixels.bytes_per_row(),
            tiles: None,
        },
        Readout::Planes => {
            let (tiles, stamps) = pixels.tiles();
            Picture::Tiles { tiles, stamps }
        }
    }
}
