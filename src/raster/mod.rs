//! Draws frames of a scene on the CPU, without any graphics driver: the twin of `gpu`, for machines
//! that have none. The same picture: a test holds the two together.
//!
//! Most of a frame equals the frame before it, so only tiles that changed are drawn; every frame is
//! still the same, byte for byte, as when it is drawn alone. Measured on 2 cores without a GPU, 4K:
//! llvmpipe, Mesa's software adapter, takes 21 ms of processor time a frame, and 14 ms where it draws
//! such tiles alone, since it takes 4 ns for a pixel of the plainest shader.
//! Knows the scene's tables; knows no log format, no encoder and no file.

mod canvas;
mod changes;
mod glyphs;
mod shapes;

pub use changes::TILE_PX;

use thiserror::Error;

use crate::scene::{Focus, Frame, Mark, Placed, Scene, Typesetter};
use canvas::Canvas;
use changes::{Drawn, Grid, Touch, stamp_of};
use glyphs::Glyphs;
use shapes::Disc;

/// What reports and messages call it.
pub const NAME: &str = "the CPU, software";

/// The longest side of a picture: what most GPUs can draw, and 1 GiB of pixels at most.
const MOST_PX: u32 = 16_384;

/// What cannot be drawn.
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
    /// The same of the frame that is drawn; kept for its memory.
    wanted: Vec<u64>,
    typesetter: Typesetter,
    glyphs: Glyphs,
    layers: Layers,
    /// What to draw of each layer.
    drawn: [Drawn; 3],
    /// The discs of a part; kept for its memory.
    near: Vec<Disc>,
    /// Of the frame drawn last: the labels of every frame are those that it asks for.
    focus: Focus,
}

/// What a frame draws, layer by layer, as it touches the tiles.
#[derive(Default)]
struct Layers {
    marks: Vec<Touch>,
    bubbles: Vec<Touch>,
    labels: Vec<Touch>,
    discs: Vec<Disc>,
}

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
        Ok(Self {
            scene,
            canvas: Canvas::new(scene.size_px(), ground),
            // The stamp of no tile: the first frame draws everything.
            stamps: vec![0; grid.tiles()],
            wanted: Vec::new(),
            grid,
            typesetter: Typesetter::new(scene.static_labels()),
            glyphs: Glyphs::default(),
            layers: Layers::default(),
            drawn: Default::default(),
            near: Vec::new(),
            focus: Focus::default(),
        })
    }

    /// Draws a frame of the scene.
    pub fn draw(&mut self, frame: &Frame) {
        if frame.focus.is_some() {
            self.typesetter.set_statics(&self.scene.focused_labels(frame));
        } else if self.focus.is_some() {
            self.typesetter.set_statics(self.scene.static_labels());
        }
        self.focus = frame.focus;
        let Self { canvas, layers, .. } = self;
        let (fonts, texts) = self.typesetter.shape(&frame.labels);
        layers.marks.clear();
        layers.marks.extend(frame.marks.iter().map(|mark| {
            let stamp = stamp_of(bytemuck::bytes_of(mark));
            self.grid.touch(mark_box_px(mark), stamp)
        }));
        layers.discs.clear();
        let unit_px = self.scene.unit_px();
        layers.discs.extend(shapes::discs(self.scene.alive(frame), unit_px));
        layers.bubbles.clear();
        layers.bubbles.extend(layers.discs.iter().map(|disc| {
            let stamp = stamp_of(bytemuck::bytes_of(disc));
            self.grid.touch(disc.box_px(), stamp)
        }));
        layers.labels.clear();
        let placed: Vec<Option<Placed<'_>>> = (0..texts.count(&frame.labels))
            .map(|index| texts.place(&frame.labels, index))
            .collect();
        layers.labels.extend(placed.iter().map(|placed| {
            placed.as_ref().map_or_else(
                || self.grid.touch([0.0; 4], 0),
                |placed| self.grid.touch(placed.box_px(), glyphs::stamp(placed)),
            )
        }));

        let touches = layers.marks.iter().chain(&layers.bubbles).chain(&layers.labels);
        self.grid.stamps(touches, &mut self.wanted);
        let parts = self.grid.changed(&self.stamps, &self.wanted);
        let [marks, bubbles, labels] = &mut self.drawn;
        parts.drawn(&layers.marks, marks);
        parts.drawn(&layers.bubbles, bubbles);
        parts.drawn(&layers.labels, labels);
        for (number, part) in parts.rects.iter().enumerate() {
            canvas.clear(*part);
            for index in marks.of_part(number) {
                shapes::mark(canvas, *part, &frame.marks[*index as usize]);
            }
            // From all over memory, together: one by one, each would be waited for.
            self.near.clear();
            self.near.extend(
                bubbles
                    .of_part(number)
                    .iter()
                    .map(|index| layers.discs[*index as usize]),
            );
            for disc in &self.near {
                disc.draw(canvas, *part);
            }
            for index in labels.of_part(number) {
                if let Some(placed) = &placed[*index as usize] {
                    self.glyphs.draw(canvas, *part, fonts, placed);
                }
            }
        }
        std::mem::swap(&mut self.stamps, &mut self.wanted);
    }

    /// The pixels: rows from the top without padding, non-linear sRGB, premultiplied.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        self.canvas.bytes()
    }

    /// A stamp for every tile of [`TILE_PX`], row by row: where those of two frames of a scene are
    /// equal, so are the pixels.
    #[must_use]
    pub fn stamps(&self) -> &[u64] {
        &self.stamps
    }
}

/// A box around a mark with its soft edge, as `vs_main` of `shaders/mark.wgsl` has it.
fn mark_box_px(mark: &Mark) -> [f32; 4] {
    let reach = 1.0 + mark.stroke_px * 0.5;
    let [left, top, right, bottom] = mark.rect_px;
    [left - reach, top - reach, right + reach, bottom + reach]
}
