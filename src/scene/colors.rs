//! Colours: one for every country, stable from run to run, and those of the rest of the picture.
//! All are sRGB bytes; the GPU blends them as they are, in the non-linear space (see docs/design.md).

use palette::{FromColor, Oklch, Srgb};

use super::names::{COUNTRIES, country_index};

/// An opaque sRGB colour and an opacity: red, green, blue, alpha.
pub type Rgba = [u8; 4];

/// Behind everything: nearly black, a little blue, so that black bars of a screen show its edge.
pub const BACKGROUND: Rgba = [8, 10, 15, 255];
/// Clock, hot ports, headings.
pub const INK: Rgba = [246, 241, 228, 255];
/// Titles and counters.
pub const MUTED: Rgba = [150, 160, 176, 255];
/// Ticks, axis, legend.
pub const FAINT: Rgba = [104, 114, 132, 255];
/// The playhead.
pub const PLAYHEAD: Rgba = [255, 205, 74, 255];
/// The activity line, before and after the playhead.
pub const ACTIVITY: [Rgba; 2] = [[116, 150, 190, 255], [50, 62, 80, 255]];
/// The pooled countries.
pub const OTHER: Rgba = [138, 147, 160, 255];
/// Rows without a country.
pub const UNKNOWN: Rgba = [206, 209, 214, 255];

/// The golden angle in degrees: neighbours in a list of any length get distant hues.
const GOLDEN_ANGLE_DEG: f32 = 137.507_76;
/// Lightness cycles, so that the hues that come near each other again differ in it.
/// All give a contrast of at least 5:1 on [`BACKGROUND`] (WCAG 2.1 asks 4.5:1 of text).
const LIGHTNESS: [f32; 3] = [0.72, 0.80, 0.68];
/// The most chroma that sRGB holds at most hues of these lightnesses.
const CHROMA: f32 = 0.16;
/// Countries that send most of the traffic in honeypot logs come first, so that those seen
/// together are told apart most easily.
const PROMINENT: [&str; 24] = [
    "CN", "US", "IR", "VN", "NL", "TW", "JP", "RU", "KR", "DE", "GB", "IN", "BR", "FR", "CA", "HK", "TR", "UA", "SG",
    "RO", "IT", "TH", "SE", "PL",
];

/// The colour of a country by its code: by its place in the kept table, or, for codes that are not
/// in it, by a hash of the code.
#[must_use]
pub fn country(code: &str) -> Rgba {
    let prominent = PROMINENT.iter().position(|prominent| *prominent == code);
    let index = prominent.unwrap_or_else(|| match country_index(code) {
        Some(index) => PROMINENT.len() + index,
        None => PROMINENT.len() + COUNTRIES.len() + (fnv(code) % 10_000) as usize,
    });
    // 25 degrees is red: China's, as in the film of 2014.
    let hue_deg = (25.0 + index as f32 * GOLDEN_ANGLE_DEG) % 360.0;
    let lightness = LIGHTNESS[index % LIGHTNESS.len()];
    let rgb: Srgb<u8> = Srgb::from_color(Oklch::new(lightness, CHROMA, hue_deg)).into_format();
    [rgb.red, rgb.green, rgb.blue, 255]
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
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_country_has_its_own_colour_readable_on_the_background() {
        let mut seen = BTreeSet::new();
        for (code, _) in COUNTRIES {
            let color = country(code);
            assert!(seen.insert(color), "{code} shares {}", hex(color));
            let contrast = (luminance(color) + 0.05) / (luminance(BACKGROUND) + 0.05);
            assert!(contrast >= 5.0, "{code}: {contrast}");
        }
        assert!(!seen.contains(&OTHER) && !seen.contains(&UNKNOWN));
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
