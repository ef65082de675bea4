//! The mark of a film's part: numbers of its log and of all that its pictures and bytes depend on.

use std::hash::{Hash as _, Hasher as _};
use std::ops::Range;

use rustc_hash::FxHasher;

use super::command::part_words;
use crate::log::Log;
use crate::output::chapters::Chapter;
use crate::output::mark::Mark;
use crate::scene::Scene;
use crate::settings::RenderSettings;

/// The mark of `frames` of a film, with the film's chapters and the name of what draws it.
pub fn mark(
    settings: &RenderSettings,
    scene: &Scene,
    frames: &Range<u64>,
    chapters: Vec<Chapter>,
    painter: &str,
) -> Mark {
    let fps = scene.log().timeline.fps;
    Mark {
        portbloom: env!("CARGO_PKG_VERSION").to_owned(),
        log: number_of_log(scene.log()),
        settings: number_of_settings(settings, scene),
        size: scene.size_px(),
        fps: (fps.num, fps.den),
        frames: frames.clone(),
        film_frames: scene.frames(),
        segment_frames: settings.format.segment_frames(),
        shard: settings.shard.map(|shard| (shard.number, shard.of)),
        painter: painter.to_owned(),
        command: part_words(settings),
        chapters,
    }
}

/// A number of a log's bubbles and names, whatever its files are called and in whatever order its rows were.
fn number_of_log(log: &Log) -> String {
    let mut hasher = FxHasher::default();
    for bubble in log.bubbles.iter() {
        hasher.write_u64(bubble.offset_ns as u64);
        hasher.write_u64(u64::from(bubble.port) << 32 | u64::from(bubble.source));
        hasher.write_u64(u64::from(bubble.host));
        hasher.write_u64(bubble.packets);
    }
    for source in &log.names.sources {
        (&source.code, &source.name).hash(&mut hasher);
    }
    log.names.hosts.hash(&mut hasher);
    for port in log.ends.ports() {
        port.hash(&mut hasher);
    }
    format!("{:?} {:?}", log.timeline, log.unstretched()).hash(&mut hasher);
    (&log.source_packets, log.measure).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A number of what makes pictures and bytes of a log.
fn number_of_settings(settings: &RenderSettings, scene: &Scene) -> String {
    let view = &settings.view;
    let encoding = &settings.encoding;
    let mut hasher = FxHasher::default();
    format!("{:?}", scene.settings()).hash(&mut hasher);
    (scene.sizes().unit, view.transparent, encoding.quality).hash(&mut hasher);
    view.layout_of
        .as_ref()
        .and_then(|path| path.file_name())
        .hash(&mut hasher);
    settings.format.name().hash(&mut hasher);
    format!("{:?}", view.telling.speeds).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::open_scene;
    use crate::app::stages::Stages;

    #[test]
    fn a_mark_tells_logs_and_settings_apart_and_not_threads_or_names() {
        let marked = |words: &[&str]| {
            let words = [&["portbloom", "render", "-o", "f.mp4", "--quiet"], words].concat();
            let settings = RenderSettings::from_words(&words).unwrap();
            let scene = open_scene(&settings.view, &Stages::new(false)).unwrap();
            let mark = mark(&settings, &scene, &(0..50), Vec::new(), "");
            (mark.log, mark.settings)
        };
        let small = ["--size=64x64"];
        let plain = marked(&small);
        for same in [&["--size=64x64", "--jobs=3"][..], &["--size=64x64", "--report=r.json"]] {
            assert_eq!(marked(same), plain, "{same:?}");
        }
        for other in [
            "--title=x",
            "--quality=71",
            "--countries=3",
            "--unit=2",
            "--only=CN",
            "--background=light",
        ] {
            let (log, settings) = marked(&["--size=64x64", other]);
            assert!(settings != plain.1, "{other}");
            assert_eq!(log == plain.0, other != "--only=CN", "{other}");
        }
        for other in [
            "--end=2013-08-01",
            "--bin=10m",
            "--fps=30",
            "--travel=2s",
            "--where=udp",
        ] {
            assert!(marked(&["--size=64x64", other]).0 != plain.0, "{other}");
        }
    }
}
