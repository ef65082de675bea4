//! Text through glyphon: what never changes is prepared once. The only file that knows glyphon.

use glyphon::{
    Cache, Color, ColorMode, Resolution, SwashCache, TextArea, TextAtlas, TextBounds, TextRenderer, Viewport,
};

use super::{Context, GpuError};
use crate::scene::{Label, Texts, Typesetter};

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
}

impl Text {
    pub fn new(
        context: &Context,
        [width, height]: [u32; 2],
        statics: &[Label],
        format: wgpu::TextureFormat,
    ) -> Result<Self, GpuError> {
        let Context { device, queue, .. } = context;
        let cache = Cache::new(device);
        let mut viewport = Viewport::new(device, &cache);
        viewport.update(queue, Resolution { width, height });
        let atlas = || TextAtlas::with_color_mode(device, queue, &cache, format, ColorMode::Web);
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
        self.atlas.trim();
        let (fonts, texts) = self.typesetter.shape(labels);
        let prepared = self.renderer.prepare(
            &context.device,
            &context.queue,
            fonts,
            &mut self.atlas,
            &self.viewport,
            areas(texts, labels, self.statics),
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
