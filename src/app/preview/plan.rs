//! The length and the size of a film, and about how large its file will be, told before it is made.

use std::fmt;
use std::path::Path;

use crate::settings::ViewSettings;
use crate::timeline::Timeline;
use crate::words::{counted, exact_duration, grouped};

/// A film with more frames is asked about before it is made: half an hour at 25 a second.
const MOST_UNASKED: u64 = 45_000;
/// Bits of a frame of 1280x720 at the default quality, and the power of the number of pixels by which
/// those of other sizes grow: the sample takes 3.0 Mbit/s at 720p, 4.8 at 1080p and 10.6 at 4K.
const BITS: f64 = 120_000.0;
const GROWTH: f64 = 0.575;

/// A film to make.
#[derive(Clone, Debug, PartialEq)]
pub struct FilmPlan {
    frames: u64,
    secs: f64,
    size_px: [u32; 2],
    /// Bytes of its file, where its kind is one that can be told.
    bytes: Option<f64>,
}

impl FilmPlan {
    /// The film of these settings on a clock, in a file.
    pub fn of(view: &ViewSettings, timeline: &Timeline, output: &Path) -> Self {
        let (frames, size_px) = (timeline.frames(), view.size_px);
        let pixels = size_px.map(f64::from).iter().product::<f64>();
        let extension = output.extension().unwrap_or_default().to_ascii_lowercase();
        let bytes_of_frame = match extension.to_str() {
            Some("mp4") => Some(BITS / 8.0 * (pixels / 921_600.0).powf(GROWTH)),
            Some("y4m") => Some(1.5 * pixels),
            _ => None,
        };
        Self {
            frames,
            secs: frames as f64 / view.times.fps.as_f64(),
            size_px,
            bytes: bytes_of_frame.map(|bytes| bytes * frames as f64),
        }
    }

    /// Whether it is so long that it is not to be begun unasked.
    pub fn is_long(&self) -> bool {
        self.frames > MOST_UNASKED
    }

    /// Its size in words: `8,134 frames, about 190 MB`.
    pub fn amount(&self) -> String {
        let frames = counted(self.frames, "frame");
        match self.bytes {
            Some(bytes) => format!("{frames}, about {}", bytes_text(bytes)),
            None => frames,
        }
    }

    /// Its length in words: `5m25.4s`.
    pub fn length(&self) -> String {
        // To a tenth of a second; days have no use for that.
        let tenths = (self.secs * 10.0).round() as i64;
        let tenths = if tenths > 36_000 { tenths / 10 * 10 } else { tenths };
        exact_duration(tenths.max(1) * 100_000_000)
    }
}

impl fmt::Display for FilmPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [width, height] = self.size_px;
        write!(f, "{}, {width} x {height}, {}", self.length(), self.amount())
    }
}

/// `190 MB`: two digits, as more would be a promise.
fn bytes_text(bytes: f64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut amount = bytes / 1e3;
    let mut unit = 0;
    while amount >= 999.5 && unit + 1 < units.len() {
        amount /= 1e3;
        unit += 1;
    }
    let step = 10_f64.powf(amount.max(1.0).log10().floor() - 1.0);
    let rounded = ((amount / step).round() * step).max(1.0);
    format!("{} {}", grouped(rounded.round() as u64), units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::PreviewSettings;
    use crate::timeline::TimeSpec;

    #[test]
    fn a_film_is_told_by_length_size_and_bytes() {
        let view = PreviewSettings::from_words(&["portbloom", "preview", "--size", "1080p"])
            .unwrap()
            .view;
        let second = 1_000_000_000;
        let film = |pace_ns, output: &str| {
            let spec = TimeSpec {
                pace_ns: Some(pace_ns),
                ..TimeSpec::default()
            };
            // A month, and 2.8 seconds of film to travel.
            let timeline = Timeline::settle(&spec, 0, 2_592_000 * second - 1).unwrap();
            FilmPlan::of(&view, &timeline, output.as_ref())
        };
        let short = film(7200 * second, "film.mp4");
        assert_eq!(short.to_string(), "6m2.8s, 1920 x 1080, 9,070 frames, about 220 MB");
        assert!(!short.is_long());
        assert_eq!(
            film(7200 * second, "film.y4m").to_string(),
            "6m2.8s, 1920 x 1080, 9,070 frames, about 28 GB"
        );
        assert_eq!(
            film(7200 * second, "film.mkv").to_string(),
            "6m2.8s, 1920 x 1080, 9,070 frames"
        );
        let long = film(3 * second, "film.mp4");
        assert!(long.is_long());
        assert_eq!(long.to_string(), "10d2s, 1920 x 1080, 21,600,070 frames, about 520 GB");
    }

    #[test]
    fn sizes_have_two_digits_and_a_unit() {
        for (bytes, text) in [
            (12.0, "1 kB"),
            (1234.0, "1 kB"),
            (194_400_000.0, "190 MB"),
            (999_600_000.0, "1 GB"),
            (12_345_678_901.0, "12 GB"),
            (7.4e17, "740,000 TB"),
        ] {
            assert_eq!(bytes_text(bytes), text, "{bytes}");
        }
    }
}
