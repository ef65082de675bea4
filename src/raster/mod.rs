//! Draws frames of a scene on the CPU, without any graphics driver: the twin of `gpu`, for machines
//! that have none. The same picture: a test holds the two together.
//!
//! Most of a frame equals the frame before it, so only tiles that changed are drawn; every frame is
//! still the same, byte for byte, as when it is drawn alone. Measured on 2 cores without a GPU, 4K:
//! llvmpipe, Mesa's software adapter, takes 21 ms of processor time a frame, and 14 ms where it draws
//! such tiles alone, since it takes 4 ns for a pixel of the plainest shader.
//! Knows the scene's tables; knows no log format, no encoder and no file.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod canvas;
mod changes;
mod discs;
mod glyphs;
mod shapes;

pub use changes::TILE_PX;

use thiserror::Error;

use crate::crew;
use crate::scene::{Frame, Mark, Placed, Scene, Typesetter};
use canvas::{Canvas, Strip};
use changes::{Band, Drawn, Grid, Touch, Touches, stamp_of};
use glyphs::Glyphs;
use shapes::Disc;

/// The name of this renderer in reports and messages.
pub const NAME: &str = "the CPU, software";

/// The longest side of a picture: what most GPUs can draw, and 1 GiB of pixels at most.
const MOST_PX: u32 = 16_384;

/// The reason why a scene cannot be drawn.
#[derive(Debug, Error)]
pub enum RasterError {
    /// A picture beyond the limit.
    #[error(
        "a picture of {width}x{height} is more than can be drawn: at most {MOST_PX} pixels a side; choose a smaller --size"
    )]
    PictureTooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
}

/// Draws the frames of one scene into one picture.
pub struct Raster<'a> {
    scene: &'a Scene,
    canvas: Canvas,
    grid: Grid,
    /// Stamps of the tiles in the canvas.
    stamps: Vec<u64>,
    typesetter: Typesetter,
    glyphs: Glyphs,
    layers: Layers,
    desks: Vec<Desk>,
    /// Whether the labels that are the same in every frame were set for the frame drawn last alone.
    restyled: bool,
}

/// The three layers of a frame, from the bottom, and the tiles that each thing in them touches.
#[derive(Default)]
struct Layers {
    marks: Touches,
    bubbles: Touches,
    labels: Touches,
    discs: Vec<Disc>,
}

/// A band of the picture and the things to draw in it: work for one thread.
struct Desk {
    band: Band,
    /// The things to draw, by layer.
    drawn: [Drawn; 3],
    /// The discs of a part. Kept so that its memory is used again.
    near: Vec<Disc>,
}

/// Number of discs or marks that a thread places at a time: up to 100 microseconds of work.
const AT_ONCE: usize = 2048;

impl<'a> Raster<'a> {
    /// An empty picture of the scene's size, 4 bytes a pixel.
    ///
    /// # Errors
    /// [`RasterError::PictureTooLarge`].
    pub fn new(scene: &'a Scene, transparent: bool) -> Result<Self, RasterError> {
        let [width, height] = scene.size_px();
        if width.max(height) > MOST_PX {
            return Err(RasterError::PictureTooLarge { width, height });
        }
        let ground = if transparent {
            [0; 4]
        } else {
            scene.palette().background
        };
        let grid = Grid::new(scene.size_px());
        let desk = |band| Desk {
            band,
            drawn: Default::default(),
            near: Vec::new(),
        };
        Ok(Self {
            scene,
            canvas: Canvas::new(scene.size_px(), ground),
            // No tile has the stamp 0, so the first frame draws everything.
            stamps: vec![0; grid.tiles()],
            desks: grid.bands().map(desk).collect(),
            grid,
            typesetter: Typesetter::new(scene.static_labels()),
            glyphs: Glyphs::default(),
            layers: Layers::default(),
            restyled: false,
        })
    }

    /// Draws a frame of the scene. On a thread of a [`crew::Crew`], its threads share the work.
    pub fn draw(&mut self, frame: &Frame) {
        if frame.restyles() {
            self.typesetter.set_statics(&self.scene.restyled_labels(frame));
        } else if self.restyled {
            self.typesetter.set_statics(self.scene.static_labels());
        }
        self.restyled = frame.restyles();
        let Self {
            scene,
            canvas,
            grid,
            stamps,
            glyphs,
            layers,
            desks,
            ..
        } = self;
        let (fonts, texts) = self.typesetter.shape(&frame.labels);
        layers.place_marks(frame, grid);
        layers.place_bubbles(scene, frame, grid);
        let placed: Vec<Option<Placed<'_>>> = (0..texts.count(&frame.labels))
            .map(|index| texts.place(&frame.labels, index))
            .collect();
        layers.labels.all.clear();
        layers.labels.all.extend(placed.iter().map(|placed| {
            placed.as_ref().map_or_else(Touch::default, |placed| {
                grid.touch(placed.box_px(), glyphs::stamp(placed))
            })
        }));

        layers.sort(grid);
        let bands = desks.iter_mut().zip(stamps.chunks_mut(grid.band_tiles()));
        crew::each(bands, |(desk, stamps)| desk.compare(layers, stamps));
        // New glyphs are rasterised here, by one thread, since the fonts cannot be shared.
        glyphs.begin(placed.len());
        for index in desks.iter().flat_map(|desk| desk.drawn[2].all()) {
            if let Some(placed) = &placed[*index as usize] {
                glyphs.take(fonts, *index as usize, placed);
            }
        }
        let strips = desks.iter_mut().zip(canvas.strips(Grid::BAND_PX));
        crew::each(strips, |(desk, mut strip)| {
            desk.draw(&mut strip, frame, layers, glyphs, &placed);
        });
    }

    /// A copy of the pixels: `4 * width * height` bytes, rows from the top without padding, non-linear sRGB,
    /// premultiplied.
    #[must_use]
    pub fn rgba(&self) -> Vec<u8> {
        let bytes = self.scene.size_px()[0] as usize * 4;
        let rows = self.padded_rgba().chunks(self.bytes_per_row());
        rows.flat_map(|row| &row[..bytes]).copied().collect()
    }

    /// The pixels as [`Raster::rgba`] has them, but each row takes [`Raster::bytes_per_row`]. The bytes of a row
    /// beyond the picture's width mean nothing.
    #[must_use]
    pub fn padded_rgba(&self) -> &[u8] {
        self.canvas.bytes()
    }

    /// Bytes from one row to the next in [`Raster::padded_rgba`].
    #[must_use]
    pub fn bytes_per_row(&self) -> usize {
        self.canvas.bytes_per_row()
    }

    /// A stamp for every tile of [`TILE_PX`], row by row. Where two frames of a scene have the same stamp, they
    /// have the same pixels.
    #[must_use]
    pub fn stamps(&self) -> &[u64] {
        &self.stamps
    }
}

impl Layers {
    fn place_marks(&mut self, frame: &Frame, grid: &Grid) {
        self.marks.all.resize(frame.marks.len(), Touch::default());
        let chunks = frame.marks.chunks(AT_ONCE).zip(self.marks.all.chunks_mut(AT_ONCE));
        crew::each(chunks, |(marks, touches)| {
            for (mark, touch) in marks.iter().zip(touches) {
                *touch = grid.touch(mark_box_px(mark), stamp_of(bytemuck::bytes_of(mark)));
            }
        });
    }

    fn place_bubbles(&mut self, scene: &Scene, frame: &Frame, grid: &Grid) {
        let (count, unit_px) = (frame.order.len(), scene.unit_px());
        self.discs.resize(count, Disc::default());
        self.bubbles.all.resize(count, Touch::default());
        let discs = self.discs.chunks_mut(AT_ONCE);
        let chunks = discs.zip(self.bubbles.all.chunks_mut(AT_ONCE)).enumerate();
        crew::each(chunks, |(number, (discs, touches))| {
            let from = number * AT_ONCE;
            let placed = shapes::discs(scene.alive(frame, from..from + discs.len()), unit_px);
            for ((disc, touch), placed) in discs.iter_mut().zip(touches).zip(placed) {
                *touch = grid.touch(placed.box_px(), stamp_of(bytemuck::bytes_of(&placed)));
                *disc = placed;
            }
        });
    }

    fn sort(&mut self, grid: &Grid) {
        let layers = [&mut self.marks, &mut self.bubbles, &mut self.labels];
        crew::each(layers.into_iter(), |layer| layer.sort(grid));
    }
}

impl Desk {
    /// Finds the parts that changed and the things to draw in them. `stamps` are those of the band's tiles; they
    /// become those of the new frame.
    fn compare(&mut self, layers: &Layers, stamps: &mut [u64]) {
        let layers = [&layers.marks, &layers.bubbles, &layers.labels];
        self.band.compare(layers, stamps);
        for (touches, drawn) in layers.into_iter().zip(&mut self.drawn) {
            self.band.draw_list(touches, drawn);
        }
    }

    fn draw(
        &mut self,
        strip: &mut Strip<'_>,
        frame: &Frame,
        layers: &Layers,
        glyphs: &Glyphs,
        placed: &[Option<Placed<'_>>],
    ) {
        let [marks, bubbles, labels] = &self.drawn;
        for (number, part) in self.band.parts.iter().enumerate() {
            strip.clear(*part);
            for index in marks.of_part(number) {
                shapes::mark(strip, *part, &frame.marks[*index as usize]);
            }
            // Discs lie all over memory. Copied together, they are fetched at the same time; one by one, each
            // would be waited for.
            self.near.clear();
            let near = bubbles.of_part(number).iter();
            self.near.extend(near.map(|index| layers.discs[*index as usize]));
            discs::draw(&self.near, strip, *part);
            for index in labels.of_part(number) {
                if let Some(placed) = &placed[*index as usize] {
                    glyphs.draw(strip, *part, *index as usize, placed.label.color);
                }
            }
        }
    }
}

/// A box around a mark with its soft edge, as `vs_main` of `shaders/mark.wgsl` has it.
fn mark_box_px(mark: &Mark) -> [f32; 4] {
    let reach = 1.0 + mark.stroke_px * 0.5;
    let [left, top, right, bottom] = mark.rect_px;
    [left - reach, top - reach, right + reach, bottom + reach]
}
