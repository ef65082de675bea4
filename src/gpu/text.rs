//! Text through glyphon: what never changes is prepared once. The only file that knows glyphon.

use std::collections::HashMap;

use glyphon::{
    CacheKey, Color, ColorMode, PrepareError, Resolution, SwashCache, TextArea, TextAtlas, TextBounds, TextRenderer,
    Viewport,
};

use super::context::Context;
use super::data;
use super::error::GpuError;
use crate::scene::{Label, Texts, Typesetter};

/// Frames after which glyphs that none of them had may give way to others. A frame of the sample has some
/// 900 glyphs and 7 that those before it did not have; all that a thousand frames have fit into 4 MB.
const FRAMES_KEPT: u32 = 1024;

/// Fonts, atlases and shaped texts.
pub(super) struct Text {
    typesetter: Typesetter,
    statics: usize,
    swash: SwashCache,
    viewport: Viewport,
    /// Its glyphs are never prepared again, so they have an atlas that is never trimmed.
    static_atlas: TextAtlas,
    static_renderer: TextRenderer,
    atlas: TextAtlas,
    renderer: TextRenderer,
    /// Frames since glyphs last had to give way.
    frames: u32,
    uploads: Option<Uploads>,
}

/// Counts the glyphs that are brought to the device.
#[derive(Default)]
struct Uploads {
    /// Of each glyph, how often the atlas had been trimmed when it was last drawn.
    drawn: HashMap<CacheKey, u32>,
    trimmed: u32,
    count: u64,
}

impl Text {
    /// `counting`: whether uploads of glyphs are counted.
    pub fn new(
        context: &Context,
        [width, height]: [u32; 2],
        statics: &[Label],
        counting: bool,
    ) -> Result<Self, GpuError> {
        let Context { device, queue, .. } = context;
        let cache = &context.pipelines().text;
        let mut viewport = Viewport::new(device, cache);
        viewport.update(queue, Resolution { width, height });
        let atlas = || TextAtlas::with_color_mode(device, queue, cache, data::FORMAT, ColorMode::Web);
        let (mut static_atlas, mut atlas) = (atlas(), atlas());
        let renderer =
            |atlas: &mut TextAtlas| TextRenderer::new(atlas, device, wgpu::MultisampleState::default(), None);
        let static_renderer = renderer(&mut static_atlas);
        let renderer = renderer(&mut atlas);
        let mut text = Self {
            typesetter: Typesetter::new(statics),
            statics: statics.len(),
            swash: SwashCache::new(),
            viewport,
            static_atlas,
            static_renderer,
            atlas,
            renderer,
            frames: 0,
            uploads: counting.then(Uploads::default),
        };
        text.prepare_statics(context, statics)?;
        Ok(text)
    }

    /// Takes other colours for what never changes, or other texts altogether.
    pub fn prepare_statics(&mut self, context: &Context, statics: &[Label]) -> Result<(), GpuError> {
        self.typesetter.set_statics(statics);
        self.statics = statics.len();
        let (fonts, texts) = self.typesetter.shape(&[]);
        let prepared = self.static_renderer.prepare(
            &context.device,
            &context.queue,
            fonts,
            &mut self.static_atlas,
            &self.viewport,
            areas(texts, &[], 0),
            &mut self.swash,
        );
        prepared.map_err(|error| GpuError::Text(error.to_string()))
    }

    pub fn prepare(&mut self, context: &Context, labels: &[Label]) -> Result<(), GpuError> {
        if self.frames == FRAMES_KEPT {
            self.trim();
        }
        self.frames += 1;
        match self.prepare_labels(context, labels) {
            // Also where one frame fills what is left.
            Err(PrepareError::AtlasFull) if self.frames > 1 => {
                self.trim();
                self.prepare_labels(context, labels)
            }
            prepared => prepared,
        }
        .map_err(|error| GpuError::Text(error.to_string()))
    }

    /// Lets glyphs that no later frame has give way.
    fn trim(&mut self) {
        self.atlas.trim();
        self.frames = 0;
        if let Some(uploads) = &mut self.uploads {
            uploads.trimmed += 1;
        }
    }

    fn prepare_labels(&mut self, context: &Context, labels: &[Label]) -> Result<(), PrepareError> {
        let (fonts, texts) = self.typesetter.shape(labels);
        if let Some(uploads) = &mut self.uploads {
            uploads.add(areas(texts, labels, self.statics));
        }
        self.renderer.prepare(
            &context.device,
            &context.queue,
            fonts,
            &mut self.atlas,
            &self.viewport,
            areas(texts, labels, self.statics),
            &mut self.swash,
        )
    }

    /// Glyphs brought to the device so far, those of static texts not among them; 0 where they are not
    /// counted. A glyph that was not drawn since the atlas was last trimmed counts as brought again.
    pub fn uploads(&self) -> u64 {
        self.uploads.as_ref().map_or(0, |uploads| uploads.count)
    }

    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) -> Result<(), GpuError> {
        let failed = |error: glyphon::RenderError| GpuError::Text(error.to_string());
        self.static_renderer
            .render(&self.static_atlas, &self.viewport, pass)
            .map_err(failed)?;
        self.renderer.render(&self.atlas, &self.viewport, pass).map_err(failed)
    }
}

impl Uploads {
    fn add<'a>(&mut self, areas: impl Iterator<Item = TextArea<'a>>) {
        for area in areas {
            let runs = area.buffer.layout_runs();
            for glyph in runs.flat_map(|run| run.glyphs) {
                let key = glyph.physical((area.left, area.top), area.scale).cache_key;
                let drawn = self.drawn.insert(key, self.trimmed);
                self.count += u64::from(drawn.is_none_or(|drawn| drawn < self.trimmed));
            }
        }
    }
}

/// The labels of a frame from `first` on.
fn areas<'a>(texts: &'a Texts, labels: &'a [Label], first: usize) -> impl Iterator<Item = TextArea<'a>> {
    (first..texts.count(labels)).filter_map(|index| {
        let placed = texts.place(labels, index)?;
        let [red, green, blue, alpha] = placed.label.color;
        Some(TextArea {
            buffer: placed.buffer,
            left: placed.left_px,
            top: placed.top_px,
            scale: placed.scale,
            bounds: TextBounds::default(),
            default_color: Color::rgba(red, green, blue, alpha),
            custom_glyphs: &[],
        })
    })
}
