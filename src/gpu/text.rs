//! Text through glyphon: what never changes is prepared once, what changes is shaped once a text.
//! The only file that knows glyphon.

use std::collections::HashMap;
use std::sync::Arc;

use glyphon::cosmic_text::CacheKeyFlags;
use glyphon::fontdb;
use glyphon::{
    Attrs, Buffer, Cache, Color, ColorMode, Family, FontSystem, Metrics, Resolution, Shaping, SwashCache, TextArea,
    TextAtlas, TextBounds, TextRenderer, Viewport, Weight,
};

use super::{Context, GpuError};
use crate::scene::{Align, Face, Label};

/// IBM Plex Sans, regular and medium.
pub const FONTS: [&[u8]; 2] = [
    include_bytes!("../../fonts/IBMPlexSans-Regular.ttf"),
    include_bytes!("../../fonts/IBMPlexSans-Medium.ttf"),
];

/// Texts are shaped at this size and scaled: positions scale exactly, glyphs are rasterised at the
/// size they are seen at.
const SHAPED_PX: f32 = 64.0;
/// Shaped texts kept; a film shows a new clock every frame, and its old ones must go.
const KEPT_TEXTS: usize = 4096;
/// Font sizes are rounded to this many steps an octave, at most 1.6% off: a label that cools down
/// reuses glyphs instead of asking for new ones in every frame.
const SIZES_PER_OCTAVE: f32 = 32.0;

/// Fonts, atlases and shaped texts.
pub(super) struct Text {
    fonts: FontSystem,
    swash: SwashCache,
    viewport: Viewport,
    /// Its glyphs are never prepared again, so they have an atlas that is never trimmed.
    static_atlas: TextAtlas,
    static_renderer: TextRenderer,
    shaped_statics: ShapedTexts,
    atlas: TextAtlas,
    renderer: TextRenderer,
    shaped: ShapedTexts,
}

/// A text laid out at [`SHAPED_PX`].
struct Shaped {
    buffer: Buffer,
    width_px: f32,
    /// Distance from the buffer's top to its baseline.
    baseline_px: f32,
}

impl Text {
    pub fn new(
        context: &Context,
        [width, height]: [u32; 2],
        statics: &[Label],
        format: wgpu::TextureFormat,
    ) -> Result<Self, GpuError> {
        let Context { device, queue, .. } = context;
        let mut database = fontdb::Database::new();
        for font in FONTS {
            database.load_font_data(font.to_vec());
        }
        let cache = Cache::new(device);
        let mut viewport = Viewport::new(device, &cache);
        viewport.update(queue, Resolution { width, height });
        let atlas = || TextAtlas::with_color_mode(device, queue, &cache, format, ColorMode::Web);
        let (mut static_atlas, mut atlas) = (atlas(), atlas());
        let renderer =
            |atlas: &mut TextAtlas| TextRenderer::new(atlas, device, wgpu::MultisampleState::default(), None);
        let static_renderer = renderer(&mut static_atlas);
        let renderer = renderer(&mut atlas);
        // A locale of our own, not the machine's: the same glyphs everywhere.
        let fonts = FontSystem::new_with_locale_and_db("en-US".to_owned(), database);
        let mut text = Self {
            fonts,
            swash: SwashCache::new(),
            viewport,
            static_atlas,
            static_renderer,
            shaped_statics: HashMap::new(),
            atlas,
            renderer,
            shaped: HashMap::new(),
        };
        text.prepare_statics(context, statics)?;
        Ok(text)
    }

    /// Takes other colours for what never changes, or other texts altogether.
    pub fn prepare_statics(&mut self, context: &Context, statics: &[Label]) -> Result<(), GpuError> {
        // What never changes is hinted: its stems stay sharp at small sizes.
        shape(&mut self.fonts, &mut self.shaped_statics, statics, Hints::On);
        let areas = areas(&self.shaped_statics, statics);
        let prepared = self.static_renderer.prepare(
            &context.device,
            &context.queue,
            &mut self.fonts,
            &mut self.static_atlas,
            &self.viewport,
            areas,
            &mut self.swash,
        );
        prepared.map_err(|error| GpuError::Text(error.to_string()))
    }

    pub fn prepare(&mut self, context: &Context, labels: &[Label]) -> Result<(), GpuError> {
        if self.shaped.len() > KEPT_TEXTS {
            self.shaped.clear();
        }
        self.atlas.trim();
        shape(&mut self.fonts, &mut self.shaped, labels, Hints::Off);
        let areas = areas(&self.shaped, labels);
        let prepared = self.renderer.prepare(
            &context.device,
            &context.queue,
            &mut self.fonts,
            &mut self.atlas,
            &self.viewport,
            areas,
            &mut self.swash,
        );
        prepared.map_err(|error| GpuError::Text(error.to_string()))
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) -> Result<(), GpuError> {
        let failed = |error: glyphon::RenderError| GpuError::Text(error.to_string());
        self.static_renderer
            .render(&self.static_atlas, &self.viewport, pass)
            .map_err(failed)?;
        self.renderer.render(&self.atlas, &self.viewport, pass).map_err(failed)
    }
}

/// Whether glyphs are fitted to whole pixels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hints {
    On,
    /// For labels that change their size: hinted, they would jump where they should swell, and the
    /// font's hinting program took 10% of the time of a frame (1080p, software adapter, 2 cores).
    Off,
}

type ShapedTexts = HashMap<(Arc<str>, Face), Shaped>;

fn shape(fonts: &mut FontSystem, shaped: &mut ShapedTexts, labels: &[Label], hints: Hints) {
    for label in labels {
        let key = (Arc::clone(&label.text), label.face);
        shaped
            .entry(key)
            .or_insert_with(|| Shaped::new(fonts, &label.text, label.face, hints));
    }
}

impl Shaped {
    fn new(fonts: &mut FontSystem, text: &str, face: Face, hints: Hints) -> Self {
        let mut buffer = Buffer::new(fonts, Metrics::new(SHAPED_PX, SHAPED_PX));
        let weight = match face {
            Face::Regular => Weight::NORMAL,
            Face::Medium => Weight::MEDIUM,
        };
        let flags = if hints == Hints::On {
            CacheKeyFlags::empty()
        } else {
            CacheKeyFlags::DISABLE_HINTING
        };
        let attributes = Attrs::new()
            .family(Family::Name("IBM Plex Sans"))
            .weight(weight)
            .cache_key_flags(flags);
        buffer.set_text(text, &attributes, Shaping::Advanced, None);
        buffer.shape_until_scroll(fonts, false);
        let (width_px, baseline_px) = buffer
            .layout_runs()
            .next()
            .map_or((0.0, 0.0), |run| (run.line_w, run.line_y));
        Self {
            buffer,
            width_px,
            baseline_px,
        }
    }
}

fn areas<'a>(shaped: &'a ShapedTexts, labels: &'a [Label]) -> impl Iterator<Item = TextArea<'a>> {
    labels.iter().filter_map(|label| {
        let shaped = shaped.get(&(Arc::clone(&label.text), label.face))?;
        let scale = stepped(label.size_px) / SHAPED_PX;
        let left = match label.align {
            Align::Left => label.x_px,
            Align::Center => label.x_px - shaped.width_px * scale / 2.0,
            Align::Right => label.x_px - shaped.width_px * scale,
        };
        let [red, green, blue, alpha] = label.color;
        Some(TextArea {
            buffer: &shaped.buffer,
            left,
            // glyphon draws at whole pixels down: the baseline's distance from the top is rounded, and
            // the top cut off. Rounded here, the baseline is at the pixel nearest to it.
            top: label.baseline_px.round() - (shaped.baseline_px * scale).round(),
            scale,
            bounds: TextBounds::default(),
            default_color: Color::rgba(red, green, blue, alpha),
            custom_glyphs: &[],
        })
    })
}

/// The nearest of the sizes that are rasterised: [`SIZES_PER_OCTAVE`] even steps in every octave.
fn stepped(size_px: f32) -> f32 {
    let step = size_px.max(1.0).log2().floor().exp2() / SIZES_PER_OCTAVE;
    (size_px / step).round() * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_to_few_steps() {
        for size in [6.7_f32, 20.0, 33.3, 64.0, 119.9] {
            assert!((stepped(size) / size - 1.0).abs() < 0.016, "{size}");
            assert_eq!(stepped(stepped(size)), stepped(size));
        }
    }
}
