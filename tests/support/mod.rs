//! Shared by the tests that draw: the sample as a scene, an adapter, and the comparison of pictures.
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses a part of this")]
#![expect(clippy::unwrap_used, reason = "these are tests")]

pub mod adapter;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use portbloom::gpu::{AdapterChoice, Context};
use portbloom::input::{self, LogPart, Options};
use portbloom::log::{Grouping, Log, LogBuilder};
use portbloom::scene::{Align, Label, Scene, SceneSettings};
use portbloom::timeline::TimeSpec;

/// The sample's scene at a size of `width` by `height` pixels.
pub fn sample(width: u32, height: u32) -> Scene {
    static LOG: OnceLock<Log> = OnceLock::new();
    let log = LOG.get_or_init(|| sample_log(&TimeSpec::default()));
    let settings = SceneSettings {
        size_px: [width, height],
        countries: 44,
        title: log.source.clone(),
        ..SceneSettings::default()
    };
    Scene::new(log.clone(), settings)
}

/// The sample's scene with its hosts, at a size of `width` by `height` pixels.
pub fn sample_with_hosts(width: u32, height: u32) -> Scene {
    static LOG: OnceLock<Log> = OnceLock::new();
    let log = LOG.get_or_init(|| sample_by(&TimeSpec::default(), Grouping::PortsByHost));
    let settings = SceneSettings {
        hosts: true,
        ..sample(width, height).settings().clone()
    };
    Scene::new(log.clone(), settings)
}

/// The sample as a log, on a clock.
pub fn sample_log(spec: &TimeSpec) -> Log {
    sample_by(spec, Grouping::Ports)
}

/// The sample as a log, on a clock, by a choice of what its bubbles are.
pub fn sample_by(spec: &TimeSpec, grouping: Grouping) -> Log {
    let mut log = LogBuilder::new(spec.clone(), grouping);
    let reading = input::stream(&[LogPart::Sample], &Options::default(), &mut |_| {}, &mut |batch| {
        log.add(batch);
    });
    log.finish(reading.unwrap()).unwrap()
}

/// A log of CSV text as a scene.
pub fn scene_of(csv: &str, spec: &TimeSpec, countries: usize, width: u32, height: u32) -> Scene {
    let settings = SceneSettings {
        size_px: [width, height],
        countries,
        title: "Test".to_owned(),
        ..SceneSettings::default()
    };
    Scene::new(log_of(csv, spec, Grouping::Ports), settings)
}

/// A log of CSV text as a scene with its hosts.
pub fn hosts_scene_of(csv: &str, spec: &TimeSpec, width: u32, height: u32) -> Scene {
    let settings = SceneSettings {
        size_px: [width, height],
        countries: 44,
        title: "Test".to_owned(),
        hosts: true,
        ..SceneSettings::default()
    };
    Scene::new(log_of(csv, spec, Grouping::PortsByHost), settings)
}

/// A log of CSV text.
pub fn log_of(csv: &str, spec: &TimeSpec, grouping: Grouping) -> Log {
    let mut log = LogBuilder::new(spec.clone(), grouping);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), csv).unwrap();
    let sources = [LogPart::File(file.path().to_owned())];
    let reading = input::stream(
        &sources,
        &Options {
            strict: true,
            ..Options::default()
        },
        &mut |_| {},
        &mut |batch| {
            log.add(batch);
        },
    );
    log.finish(reading.unwrap()).unwrap()
}

/// A log of `rows` packets a minute apart to `hosts` hosts of `10.0.0.0/8`, most of them to a few ports.
pub fn hosts_log(rows: u64, hosts: u64) -> String {
    let mut text = "time,proto,dpt,cc,host,packets\n".to_owned();
    for row in 0..rows {
        let mixed = (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let host = if row < hosts { row } else { mixed >> 33 } % hosts;
        let address = format!("10.{}.{}.{}", host >> 14, host >> 6 & 0xff, 4 * (host & 0x3f) + 1);
        let port = [53, 443, 1433, 22, 80, 445, 8080, mixed >> 48][(mixed & 7) as usize];
        let protocol = if port % 3 == 2 { "UDP" } else { "TCP" };
        let country = ["CN", "US", "RU", "BR", "IN", "DE", "VN", "KR"][(mixed >> 20) as usize % 8];
        text += &format!(
            "{},{protocol},{port},{country},{address},{}\n",
            60 * row,
            1 + (mixed >> 12) % 5
        );
    }
    text
}

/// A log of `rows` packets a second apart, from a hundred countries to every port there is, in turn.
pub fn wide_log(rows: u64) -> String {
    let mut text = "time,proto,dpt,cc,host\n".to_owned();
    for row in 0..rows {
        let mixed = row.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (port, country, host) = (mixed >> 48, mixed >> 20 & 0x3f, mixed >> 40 & 7);
        let protocol = if mixed >> 47 & 1 == 0 { "TCP" } else { "UDP" };
        text += &format!("{row},{protocol},{port},C{country},h{host}\n");
    }
    text
}

/// A day of flow records as CSV: packets from 1 to millions a row, most of them few, ten countries, busy ports and
/// rare ones.
pub fn flow_log() -> String {
    let mut text = "time,proto,dpt,cc,packets\n".to_owned();
    for row in 0..20_000_u64 {
        let mixed = row.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let share =
            |bits: u32| ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> bits & 0xff) as f64 / 256.0;
        // About normal, so that packets are about log-normal: 400 in the middle.
        let normal = [0, 8, 16, 24, 32, 40].map(share).iter().sum::<f64>() - 3.0;
        let packets = (400.0 * (normal * 3.5).exp()).ceil() as u64;
        let busy = [443, 80, 53, 22, 123, 23, 445, 3389];
        let port = if mixed >> 60 < 15 {
            busy[(mixed >> 50 & 7) as usize]
        } else {
            mixed >> 40 & 0xffff
        };
        let protocol = if port == 53 || port == 123 { "UDP" } else { "TCP" };
        let country = ["CN", "CN", "US", "US", "RU", "BR", "IN", "DE", "VN", "KR"][(mixed >> 20) as usize % 10];
        text += &format!("{},{protocol},{port},{country},{packets}\n", row * 86_400 / 20_000);
    }
    text
}

/// Left, top, right, bottom of a label's ink, by the metrics of IBM Plex Sans: digits and capitals
/// 0.698 em high, nothing wider than 0.9 em a character.
pub fn ink(label: &Label) -> [f32; 4] {
    let em = if label.text.bytes().all(|byte| byte.is_ascii_digit()) {
        0.6
    } else {
        0.56
    };
    let width = label.text.chars().count() as f32 * em * label.size_px;
    let left = match label.align {
        Align::Left => label.x_px,
        Align::Center => label.x_px - width / 2.0,
        Align::Right => label.x_px - width,
    };
    [
        left,
        label.baseline_px - 0.698 * label.size_px,
        left + width,
        label.baseline_px,
    ]
}

/// How far two pictures are apart.
#[derive(Debug)]
pub struct Difference {
    /// Share of samples more than [`Difference::TOLERANCE`] apart.
    pub outliers: f64,
    /// The largest distance of two samples.
    pub largest: u8,
}

impl Difference {
    /// Rasterisers of different versions may round a sample by this much.
    pub const TOLERANCE: u8 = 6;
    /// Share of samples that may be further apart, where rasterisers place an edge a pixel apart.
    pub const OUTLIERS: f64 = 0.002;

    /// Compares RGBA bytes of equal length.
    pub fn of(a: &[u8], b: &[u8]) -> Self {
        assert_eq!(a.len(), b.len(), "pictures of different sizes");
        let distances = || a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
        let outliers = distances().filter(|distance| *distance > Self::TOLERANCE).count();
        Self {
            outliers: outliers as f64 / a.len() as f64,
            largest: distances().max().unwrap_or(0),
        }
    }

    /// Whether the pictures are the same to the eye.
    pub fn is_small(&self) -> bool {
        self.outliers <= Self::OUTLIERS
    }
}

/// A folder of cargo's: where it was when the tests were built, unless `variable` says that it is elsewhere now.
fn folder_of_cargo(variable: &str, built: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| built.into(), PathBuf::from)
}

/// Compares with the reference picture `tests/pictures/NAME.png`; writes what was drawn and the
/// difference beside the test's other output where they differ.
///
/// With `PORTBLOOM_REFERENCES=write` the reference is written anew and the test fails, so that no
/// run passes on a picture that nobody has looked at.
pub fn compare_with_reference(name: &str, size: [u32; 2], rgba: &[u8]) {
    let folder = folder_of_cargo("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    let path = folder.join(format!("{name}.png"));
    let save = |path: &Path, bytes: &[u8]| {
        image::save_buffer(path, bytes, size[0], size[1], image::ExtendedColorType::Rgba8).unwrap();
    };
    if std::env::var("PORTBLOOM_REFERENCES").is_ok_and(|mode| mode == "write") {
        std::fs::create_dir_all(&folder).unwrap();
        save(&path, rgba);
        panic!(
            "{} was written: look at it, then run the tests without PORTBLOOM_REFERENCES",
            path.display()
        );
    }
    let reference = image::open(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; make it with PORTBLOOM_REFERENCES=write cargo test",
            path.display()
        )
    });
    let reference = reference.into_rgba8();
    assert_eq!(reference.dimensions(), (size[0], size[1]), "{name}: another size");
    let difference = Difference::of(rgba, &reference);
    if !difference.is_small() {
        let out = folder_of_cargo("CARGO_TARGET_TMPDIR", env!("CARGO_TARGET_TMPDIR"));
        let (actual, delta) = (
            out.join(format!("{name}.actual.png")),
            out.join(format!("{name}.difference.png")),
        );
        save(&actual, rgba);
        let bright = |(index, (a, b)): (usize, (&u8, &u8))| {
            if index % 4 == 3 {
                255
            } else {
                a.abs_diff(*b).saturating_mul(4)
            }
        };
        let pixels: Vec<u8> = rgba.iter().zip(reference.as_raw()).enumerate().map(bright).collect();
        save(&delta, &pixels);
        panic!(
            "{name}: {difference:?}; drawn: {}, difference: {}",
            actual.display(),
            delta.display()
        );
    }
}
