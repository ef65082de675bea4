//! Colours: one for every source, stable from run to run, and those of the rest of the picture.
//! All are sRGB bytes; the GPU blends them as they are, in the non-linear space (see docs/design.md).

use palette::convert::FromColorUnclamped;
use palette::{FromColor, IsWithinBounds, Oklab, Oklch, Srgb};

use crate::words::{COUNTRIES, country_index};

/// An opaque sRGB colour and an opacity: red, green, blue, alpha.
pub type Rgba = [u8; 4];

/// Background and ink of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light on nearly black.
    #[default]
    Dark,
    /// Ink on paper.
    Light,
    /// Ink on white, for print.
    White,
}

/// The colours of a theme, but for those of the sources.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    /// Behind everything.
    pub background: Rgba,
    /// Clock, hot ports, headings.
    pub ink: Rgba,
    /// Titles and counters.
    pub muted: Rgba,
    /// Ticks, axis, legend.
    pub faint: Rgba,
    /// The playhead.
    pub playhead: Rgba,
    /// The activity line, before and after the playhead.
    pub activity: [Rgba; 2],
    /// The pooled sources.
    pub other: Rgba,
    /// Rows without a source.
    pub unknown: Rgba,
    /// Lightness of the sources' colours in OKLCH, in cycles, so that the hues that come near each
    /// other again differ in it. On its background each gives a contrast of at least 5:1 in the dark
    /// theme and 4.5:1 in the light one (WCAG 2.1 asks 4.5:1 of text).
    lightness: [f32; 3],
    /// Their chroma: the most that sRGB holds at most hues of these lightnesses.
    chroma: f32,
    /// Whether a colour beyond sRGB is cut off there; otherwise it gives up chroma until it fits. Dark
    /// colours are cut off more often, and then to the same ones.
    clips: bool,
}

impl Theme {
    /// Its colours.
    #[must_use]
    pub const fn palette(self) -> &'static Palette {
        match self {
            Self::Dark => &DARK,
            Self::Light => &LIGHT,
            Self::White => &WHITE,
        }
    }
}

const DARK: Palette = Palette {
    // A little blue, so that black bars of a screen show the picture's edge.
    background: [8, 10, 15, 255],
    ink: [246, 241, 228, 255],
    muted: [150, 160, 176, 255],
    faint: [104, 114, 132, 255],
    playhead: [255, 205, 74, 255],
    activity: [[116, 150, 190, 255], [50, 62, 80, 255]],
    other: [138, 147, 160, 255],
    unknown: [206, 209, 214, 255],
    lightness: [0.72, 0.80, 0.68],
    chroma: 0.16,
    clips: true,
};

const LIGHT: Palette = Palette {
    // Paper rather than a lamp: a little warm.
    background: [250, 248, 243, 255],
    ink: [24, 28, 36, 255],
    muted: [86, 94, 108, 255],
    faint: [128, 136, 148, 255],
    playhead: [214, 116, 0, 255],
    activity: [[70, 112, 164, 255], [192, 200, 210, 255]],
    other: [104, 112, 124, 255],
    unknown: [60, 66, 76, 255],
    lightness: [0.49, 0.435, 0.465],
    chroma: 0.15,
    clips: false,
};

const WHITE: Palette = Palette {
    background: [255; 4],
    ..LIGHT
};

/// The golden angle in degrees: neighbours in a list of any length get distant hues.
const GOLDEN_ANGLE_DEG: f32 = 137.507_76;
/// Countries that send most of the traffic in honeypot logs come first, so that those seen
/// together are told apart most easily.
const PROMINENT: [&str; 24] = [
    "CN", "US", "IR", "VN", "NL", "TW", "JP", "RU", "KR", "DE", "GB", "IN", "BR", "FR", "CA", "HK", "TR", "UA", "SG",
    "RO", "IT", "TH", "SE", "PL",
];

/// The place of a source among all: those that are seen together most often come first.
pub(super) fn rank(code: &str) -> (usize, &str) {
    let prominent = PROMINENT.iter().position(|prominent| *prominent == code);
    let index = prominent.unwrap_or_else(|| match country_index(code) {
        Some(index) => PROMINENT.len() + index,
        None => PROMINENT.len() + COUNTRIES.len() + (fnv(code) % 10_000) as usize,
    });
    (index, code)
}

/// The colour of a source by its code: by its place in the kept table, or, for codes that are not
/// in it, by a hash of the code.
#[must_use]
pub fn source(code: &str, theme: Theme) -> Rgba {
    let (index, _) = rank(code);
    // 25 degrees is red: China's, as in the film of 2014.
    let hue_deg = (25.0 + index as f32 * GOLDEN_ANGLE_DEG) % 360.0;
    let palette = theme.palette();
    fitted(palette.lightness[index % palette.lightness.len()], hue_deg, palette)
}

/// The colour of a lightness and a hue, with the chroma of a theme or what of it fits.
fn fitted(lightness: f32, hue_deg: f32, palette: &Palette) -> Rgba {
    let mut chroma = palette.chroma;
    let color = |chroma| Srgb::<f32>::from_color_unclamped(Oklch::new(lightness, chroma, hue_deg));
    while !palette.clips && chroma > 0.0 && !color(chroma).is_within_bounds() {
        chroma -= 0.002;
    }
    let rgb: Srgb<u8> = Srgb::from_color(Oklch::new(lightness, chroma, hue_deg)).into_format();
    [rgb.red, rgb.green, rgb.blue, 255]
}

/// The least distance in OKLab at which two colours side by side are told apart for certain.
const APART: f32 = 0.04;
/// Rows up to which each source's colour is told apart from all others. More have not that many colours between them,
/// and their names help.
const FEW: usize = 12;
/// Degrees by which a hue moves at a time to get away from another.
const NUDGE_DEG: f32 = 15.0;

/// The colours of the sources of a picture by their codes, the first of which have theirs for certain. Where sources are
/// few, one that can hardly be told from another before it has the next hue that can.
pub fn sources(codes: &[&str], theme: Theme) -> Vec<Rgba> {
    let mut colors: Vec<Rgba> = Vec::with_capacity(codes.len());
    for code in codes {
        let own = source(code, theme);
        let is_apart = |color: &Rgba| codes.len() > FEW || colors.iter().all(|other| distance(*color, *other) >= APART);
        let hue = Oklch::from_color(srgb(own)).hue.into_positive_degrees();
        let turns = (0..(360.0 / NUDGE_DEG) as u16).map(|step| {
            // To both sides in turn: 0, 15, -15, 30 ...
            let away = f32::from(step.div_ceil(2)) * NUDGE_DEG;
            if step % 2 == 0 { -away } else { away }
        });
        let nudged = turns.map(|turn| {
            if turn == 0.0 {
                own
            } else {
                at_hue(own, hue + turn, theme)
            }
        });
        colors.push(nudged.into_iter().find(is_apart).unwrap_or(own));
    }
    colors
}

/// A colour with another hue.
fn at_hue(color: Rgba, hue_deg: f32, theme: Theme) -> Rgba {
    let lightness = Oklch::from_color(srgb(color)).l;
    fitted(lightness, hue_deg, theme.palette())
}

fn srgb([red, green, blue, _]: Rgba) -> Srgb<f32> {
    Srgb::new(red, green, blue).into_format()
}

/// How far two colours are from each other in OKLab.
fn distance(one: Rgba, other: Rgba) -> f32 {
    let [one, other] = [one, other].map(|color| Oklab::from_color(srgb(color)));
    let differences = [one.l - other.l, one.a - other.a, one.b - other.b];
    differences
        .map(|difference| difference * difference)
        .iter()
        .sum::<f32>()
        .sqrt()
}

/// `#rrggbb`.
#[must_use]
pub fn hex(color: Rgba) -> String {
    format!("#{:02x}{:02x}{:02x}", color[0], color[1], color[2])
}

/// The same colour at `share` of its opacity.
#[must_use]
pub fn with_alpha(color: Rgba, share: f32) -> Rgba {
    let alpha = (f32::from(color[3]) * share.clamp(0.0, 1.0)).round();
    [color[0], color[1], color[2], alpha as u8]
}

/// 32-bit FNV-1a (draft-eastlake-fnv): the same on every machine and run.
pub(super) fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_source_has_its_own_colour_readable_on_the_background() {
        for (theme, least) in [(Theme::Dark, 5.0), (Theme::Light, 4.5), (Theme::White, 4.5)] {
            let palette = theme.palette();
            let contrast = |color: Rgba| {
                let [light, dark] = [luminance(color), luminance(palette.background)].map(|one| one + 0.05);
                light.max(dark) / light.min(dark)
            };
            let mut seen = BTreeSet::new();
            for (code, _) in COUNTRIES {
                let color = source(code, theme);
                assert!(seen.insert(color), "{code} shares {}", hex(color));
                assert!(contrast(color) >= least, "{theme:?} {code}: {}", contrast(color));
            }
            assert!(!seen.contains(&palette.other) && !seen.contains(&palette.unknown));
            for text in [palette.ink, palette.muted, palette.other, palette.unknown] {
                assert!(contrast(text) >= 4.5, "{theme:?} {}: {}", hex(text), contrast(text));
            }
        }
    }

    #[test]
    fn few_sources_are_told_apart_and_keep_their_colours_where_they_can() {
        // Neighbours in the list of colours: each pair has nearly one hue.
        let codes = [
            "AU",
            "MW",
            "DK",
            "SK",
            "CR",
            "SA",
            "US",
            "SE",
            "CN",
            "TH",
            "198.51.100.1",
            "AS64500",
        ];
        for theme in [Theme::Dark, Theme::Light] {
            let own: Vec<Rgba> = codes.iter().map(|code| source(code, theme)).collect();
            let colors = sources(&codes, theme);
            let least = |colors: &[Rgba]| {
                let pairs = (0..colors.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
                pairs
                    .map(|(a, b)| distance(colors[a], colors[b]))
                    .fold(f32::MAX, f32::min)
            };
            assert!(least(&own) < 0.02 && least(&colors) >= APART, "{theme:?}");
            for at in [0, 2, 6, 8] {
                assert_eq!(colors[at], own[at], "{}", codes[at]);
            }
            // Those of most logs need not be moved, and of many none is.
            for codes in [&PROMINENT[..11], &PROMINENT[..], &codes.repeat(2)] {
                let own: Vec<Rgba> = codes.iter().map(|code| source(code, theme)).collect();
                assert_eq!(sources(codes, theme), own, "{theme:?} {codes:?}");
            }
        }
    }

    /// Relative luminance, WCAG 2.1.
    fn luminance(color: Rgba) -> f32 {
        let linear = |byte: u8| {
            let value = f32::from(byte) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2])
    }
}
