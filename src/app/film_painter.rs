//! Frames as one thread draws them: by the CPU one after the other, by a graphics adapter with several in
//! flight, so that it draws while the thread lays out the next or encodes the one before.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::painter::PainterKind;
use super::stages::{Stage, Stages};
use crate::gpu::{Context, Extent, Flight, GpuSpans, Instances, Pixels, Readout, Renderer, RendererSettings, Staging};
use crate::output::picture::{Picture, Tiles};
use crate::output::sink::Encoder;
use crate::raster::{Raster, TILE_PX};
use crate::scene::{Frame, Scene};

/// The painter of a film, which all its threads draw with.
pub enum FilmPainter<'a> {
    /// With a graphics adapter that they share.
    Gpu {
        /// The adapter.
        context: &'a Context,
        /// The bubbles, on the adapter.
        instances: Arc<Instances>,
        /// The settings of the threads' renderers.
        settings: RendererSettings,
        /// Frames that each thread has in flight, at least 1.
        in_flight: usize,
        /// The adapter's clock.
        clock: GpuClock,
    },
    /// With the CPU.
    Cpu {
        /// Whether the background is transparent.
        transparent: bool,
    },
}

impl FilmPainter<'_> {
    /// Its kind.
    pub const fn kind(&self) -> PainterKind {
        match self {
            Self::Gpu { .. } => PainterKind::Gpu,
            Self::Cpu { .. } => PainterKind::Cpu,
        }
    }

    /// The painter of one thread, for the frames of a scene.
    ///
    /// # Errors
    /// The picture is too large, or the graphics adapter failed.
    pub fn open<'a>(&'a self, scene: &'a Scene) -> anyhow::Result<ThreadPainter<'a>> {
        Ok(match self {
            Self::Gpu {
                context,
                instances,
                settings,
                in_flight,
                clock,
            } => ThreadPainter::Gpu(Box::new(GpuThreadPainter {
                renderer: Renderer::with_instances(context, scene, Arc::clone(instances), *settings)?,
                flights: VecDeque::with_capacity(*in_flight),
                free: Vec::with_capacity(*in_flight),
                in_flight: *in_flight,
                clock,
            })),
            Self::Cpu { transparent } => ThreadPainter::Cpu {
                raster: Box::new(Raster::new(scene, *transparent)?),
                drawn: None,
            },
        })
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
    clock: &'a GpuClock,
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

    /// Waits for the oldest frame that was begun, loads it into an encoder and says its number; `None`
    /// where all that were begun are taken.
    ///
    /// # Errors
    /// The graphics adapter failed.
    pub fn take(&mut self, encoder: &mut dyn Encoder, stages: &Stages) -> anyhow::Result<Option<u64>> {
        match self {
            Self::Gpu(gpu) => gpu.take(encoder, stages),
            Self::Cpu { raster, drawn } => {
                let taken = drawn.take();
                if taken.is_some() {
                    let time = Instant::now();
                    encoder.load(Picture::Rgba {
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

    /// Tells what only a thread that ends knows.
    pub fn end(&self, stages: &Stages) {
        if let Self::Gpu(gpu) = self {
            stages.add_glyph_uploads(gpu.renderer.glyph_uploads());
        }
    }
}

impl GpuThreadPainter<'_> {
    fn take(&mut self, encoder: &mut dyn Encoder, stages: &Stages) -> anyhow::Result<Option<u64>> {
        let Some(flight) = self.flights.pop_front() else {
            return Ok(None);
        };
        let time = Instant::now();
        let pixels = self.renderer.wait(flight)?;
        stages.add(Stage::Readback, time);
        if self.renderer.has_timestamps() {
            self.clock.add(&pixels.gpu_spans(), stages);
        }
        let time = Instant::now();
        encoder.load(picture(&pixels));
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

/// The GPU's clock beside ours.
pub struct GpuClock {
    ns_per_tick: f64,
    /// Both at the same moment: that of the first frame's end.
    epoch: OnceLock<(u64, u64)>,
}

impl GpuClock {
    /// The clock of an adapter.
    pub fn new(context: &Context) -> Self {
        Self {
            ns_per_tick: context.ns_per_gpu_tick(),
            epoch: OnceLock::new(),
        }
    }

    fn add(&self, spans: &GpuSpans, stages: &Stages) {
        let (epoch, ours_ns) = *self.epoch.get_or_init(|| (spans.copy[1], stages.now_ns()));
        let ns = |ticks: u64, since: u64| (ticks.wrapping_sub(since) as i64 as f64 * self.ns_per_tick) as i64;
        for (stage, [start, end]) in [
            (Stage::GpuDraw, spans.draw),
            (Stage::GpuConvert, spans.convert),
            (Stage::GpuCopy, spans.copy),
        ] {
            let start_ns = ours_ns.saturating_add_signed(ns(start, epoch));
            stages.add_gpu(stage, start_ns, ns(end, start).max(0) as u64);
        }
    }
}
