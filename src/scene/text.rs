//! Texts to glyphs: shaped once, then scaled and placed. The only part of the scene that knows fonts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cosmic_text::{Attrs, Buffer, CacheKeyFlags, Family, FontSystem, Metrics, Shaping, Weight, fontdb};

use super::{Align, Face, Label};

/// IBM Plex Sans, regular and medium.
pub const FONTS: [&[u8]; 2] = [
    include_bytes!("../../fonts/IBMPlexSans-Regular.ttf"),
    include_bytes!("../../fonts/IBMPlexSans-Medium.ttf"),
];

/// Texts are shaped at this size and scaled: positions scale exactly, glyphs are rasterised at the
/// size they are seen at.
const SHAPED_PX: f32 = 64.0;
/// The reach of IBM Plex Sans above and below the baseline (`hhea` of both fonts), in em.
const ASCENT_EM: f32 = 1.025;
const DESCENT_EM: f32 = 0.275;
/// The most that a glyph reaches beyond those and beyond its advance, in em.
const OVERHANG_EM: f32 = 0.1;
/// Shaped texts kept; a film shows a new clock every frame, and its old ones must go.
const KEPT_TEXTS: usize = 4096;
/// Font sizes are rounded to this many steps an octave, at most 1.6% off: a label that cools down
/// reuses glyphs instead of asking for new ones in every frame.
const SIZES_PER_OCTAVE: f32 = 32.0;

/// Fonts, and the texts of a scene as they are laid out.
pub struct Typesetter {
    fonts: FontSystem,
    texts: Texts,
}

/// Texts that were laid out.
pub struct Texts {
    /// The labels of every frame, under those of each.
    statics: Vec<Label>,
    /// Their texts, hinted: their stems stay sharp at small sizes.
    hinted: ShapedTexts,
    shaped: ShapedTexts,
}

/// A label at its place.
pub struct Placed<'a> {
    /// The label that is placed.
    pub label: &'a Label,
    /// Its text, laid out at a size of its own.
    pub buffer: &'a Buffer,
    /// Factor from that size to the label's.
    pub scale: f32,
    /// Left edge in pixels.
    pub left_px: f32,
    /// Top in whole pixels: glyphs are drawn at whole pixels down, and the distance of their baseline
    /// from the top is rounded. Rounded here too, the baseline is at the pixel nearest to it.
    pub top_px: f32,
    width_px: f32,
}

/// A text laid out at [`SHAPED_PX`].
struct Shaped {
    buffer: Buffer,
    width_px: f32,
    /// Distance from the buffer's top to its baseline.
    baseline_px: f32,
}

impl Typesetter {
    /// For a scene whose labels `statics` are the same in every frame.
    #[must_use]
    pub fn new(statics: &[Label]) -> Self {
        let fonts = fonts();
        let texts = Texts {
            statics: Vec::new(),
            hinted: HashMap::new(),
            shaped: HashMap::new(),
        };
        let mut typesetter = Self { fonts, texts };
        typesetter.set_statics(statics);
        typesetter
    }

    /// Takes other labels for those that are the same in every frame.
    pub fn set_statics(&mut self, statics: &[Label]) {
        shape(&mut self.fonts, &mut self.texts.hinted, statics, Hints::On);
        self.texts.statics = statics.to_vec();
    }

    /// Lays out what is new among the texts of a frame. Gives the fonts, for rasterising, and all texts.
    pub fn shape(&mut self, labels: &[Label]) -> (&mut FontSystem, &Texts) {
        let Self { fonts, texts } = self;
        if texts.shaped.len() > KEPT_TEXTS {
            texts.shaped.clear();
        }
        shape(fonts, &mut texts.shaped, labels, Hints::Off);
        (fonts, texts)
    }
}

impl Texts {
    /// Number of labels of a frame, with those of every frame.
    #[must_use]
    pub fn count(&self, labels: &[Label]) -> usize {
        self.statics.len() + labels.len()
    }

    /// A label of a frame: those of every frame come first, then its own `labels`, as last shaped.
    /// `None` beyond both.
    #[must_use]
    pub fn place<'a>(&'a self, labels: &'a [Label], index: usize) -> Option<Placed<'a>> {
        let (label, texts) = match self.statics.get(index) {
            Some(label) => (label, &self.hinted),
            None => (labels.get(index - self.statics.len())?, &self.shaped),
        };
        let shaped = texts.get(&(Arc::clone(&label.text), label.face))?;
        let scale = stepped(label.size_px) / SHAPED_PX;
        let width_px = shaped.width_px * scale;
        let left_px = match label.align {
            Align::Left => label.x_px,
            Align::Center => label.x_px - width_px / 2.0,
            Align::Right => label.x_px - width_px,
        };
        Some(Placed {
            label,
            buffer: &shaped.buffer,
            scale,
            left_px,
            top_px: label.baseline_px.round() - (shaped.baseline_px * scale).round(),
            width_px,
        })
    }
}

impl Placed<'_> {
    /// A box around its pixels: left, top, right, bottom.
    #[must_use]
    pub fn box_px(&self) -> [f32; 4] {
        let size_px = self.scale * SHAPED_PX;
        // Two more for subpixel positions and rounding.
        let reach = size_px * OVERHANG_EM + 2.0;
        let baseline = self.label.baseline_px;
        [
            self.left_px - reach,
            baseline - size_px * ASCENT_EM - reach,
            self.left_px + self.width_px + reach,
            baseline + size_px * DESCENT_EM + reach,
        ]
    }
}

/// The typeface, and no font of the machine.
fn fonts() -> FontSystem {
    let mut database = fontdb::Database::new();
    for font in FONTS {
        database.load_font_data(font.to_vec());
    }
    // A locale of our own, not the machine's: the same glyphs everywhere.
    FontSystem::new_with_locale_and_db("en-US".to_owned(), database)
}

/// The letters of some texts that the typeface lacks, each once: they are drawn as boxes.
#[must_use]
pub fn missing_letters<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    // Marks that join or choose letters have no glyph of their own.
    let is_mark = |letter: char| matches!(letter, '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}');
    let letters = texts.flat_map(str::chars);
    let rare = letters.filter(|letter| !letter.is_ascii() && !letter.is_whitespace() && !letter.is_control());
    let rare: BTreeSet<char> = rare.filter(|letter| !is_mark(*letter)).collect();
    if rare.is_empty() {
        return String::new();
    }
    let mut fonts = fonts();
    let face = fonts.db().faces().next().map(|face| face.id);
    let font = face.and_then(|id| fonts.get_font(id, Weight::NORMAL));
    let has = |letter: &char| {
        font.as_ref()
            .is_some_and(|font| font.as_swash().charmap().map(*letter) != 0)
    };
    rare.into_iter().filter(|letter| !has(letter)).collect()
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

/// The nearest of the sizes that are rasterised: [`SIZES_PER_OCTAVE`] even steps in every octave.
fn stepped(size_px: f32) -> f32 {
    let step = size_px.max(1.0).log2().floor().exp2() / SIZES_PER_OCTAVE;
    (size_px / step).round() * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_the_typeface_lacks_are_found() {
        let missing = |text: &str| missing_letters([text].into_iter());
        assert_eq!(missing("Ödipus in São Paulo, Ľubľana"), "");
        assert_eq!(missing("Ελλάδα, Россия, Україна"), "");
        assert_eq!(missing("Honeypots 東京 2013 東"), "京東");
        assert_eq!(missing("🐝\u{fe0f}"), "🐝");
        assert_eq!(missing("مصر").chars().count(), 3);
    }

    #[test]
    fn sizes_are_rounded_to_few_steps() {
        for size in [6.7_f32, 20.0, 33.3, 64.0, 119.9] {
            assert!((stepped(size) / size - 1.0).abs() < 0.016, "{size}");
            assert_eq!(stepped(stepped(size)), stepped(size));
        }
    }
}
