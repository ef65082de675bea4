//! The choice of a film's painter, where it is left to portbloom: the faster one, by a short run of the film's own
//! frames on all threads. The film is the same, whoever draws it, within the tolerance of the two painters.

use std::ops::Range;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::film_painter::FilmPainter;
use super::stages::Stages;
use crate::output::sink::Format;
use crate::scene::Scene;

/// The most frames of a thread, the first not counted: it is dearer than those that follow it.
const FRAMES: u64 = 24;
/// A thread draws no more frames when it has drawn for this long.
const ENOUGH: Duration = Duration::from_millis(60);
/// A film that the CPU makes within this time is not worth a look at the GPU.
const SHORT_SECS: f64 = 0.5;

/// Frames a second that `threads` threads make of a part of a film, each at a place of its own. Formats of
/// single pictures write them where they are encoded: for those it is without encoding.
///
/// # Errors
/// The graphics adapter or the encoder failed.
pub fn frames_a_second(
    scene: &Scene,
    painter: &FilmPainter<'_>,
    format: &dyn Format,
    frames: &Range<u64>,
    threads: usize,
) -> anyhow::Result<f64> {
    let start = Barrier::new(threads);
    let length = (frames.end - frames.start) as f64;
    let place = |thread: usize| frames.start + (length * (thread as f64 + 0.5) / threads as f64) as u64;
    let rates: Vec<anyhow::Result<f64>> = thread::scope(|scope| {
        let run = |thread: usize| {
            let (start, first) = (&start, place(thread));
            let range = first..frames.end.min(first + 1 + FRAMES);
            move || one_thread(scene, painter, format, range, start)
        };
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(run(thread))).collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined
            .map(|rate| rate.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    rates.into_iter().sum()
}

/// The same of one thread, which begins to count when all have drawn their first frame, or failed to.
fn one_thread(
    scene: &Scene,
    painter: &FilmPainter<'_>,
    format: &dyn Format,
    frames: Range<u64>,
    start: &Barrier,
) -> anyhow::Result<f64> {
    let stages = Stages::new(false);
    let encoding = format.segment_frames() > 1;
    let begun = (|| {
        let mut painter = painter.open(scene)?;
        let mut encoder = format.encoder(frames.start)?;
        painter.begin(&scene.frame(frames.start), true, &stages)?;
        painter.take(encoder.as_mut(), &stages)?;
        if encoding {
            encoder.encode()?;
        }
        anyhow::Ok((painter, encoder))
    })();
    start.wait();
    let (mut painter, mut encoder) = begun?;
    let time = Instant::now();
    let mut next = frames.start + 1;
    let mut made = 0_u32;
    loop {
        while next < frames.end && painter.has_room() && time.elapsed() < ENOUGH {
            painter.begin(&scene.frame(next), false, &stages)?;
            next += 1;
        }
        if painter.take(encoder.as_mut(), &stages)?.is_none() {
            break;
        }
        if encoding {
            encoder.encode()?;
        }
        made += 1;
    }
    Ok(f64::from(made) / time.elapsed().as_secs_f64().max(f64::MIN_POSITIVE))
}

/// The reason why the CPU draws a film that is too short for more measurements; `None` where it is not.
pub fn is_short(cpu_rate: f64, frames: u64) -> Option<String> {
    let secs = frames as f64 / cpu_rate;
    (secs < SHORT_SECS).then(|| format!("the CPU needs {:.2} s for all of it", secs.max(0.01)))
}

/// Whether a graphics adapter is to draw, and why.
pub fn is_for_gpu(cpu_rate: f64, gpu_rate: f64) -> (bool, String) {
    let why = format!("of its frames the graphics adapter drew {gpu_rate:.0} a second and the CPU {cpu_rate:.0}");
    (gpu_rate > cpu_rate, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{self, Source};
    use crate::log::LogBuilder;
    use crate::output::null::NullFormat;
    use crate::scene::SceneSettings;
    use crate::timeline::TimeSpec;

    #[test]
    fn the_faster_one_draws_and_a_short_film_is_not_worth_a_look() {
        let (gpu, why) = is_for_gpu(316.0, 435.4);
        assert!(gpu && why.contains("435") && why.contains("316"), "{why}");
        assert!(!is_for_gpu(4000.0, 860.0).0);
        assert!(is_short(400.0, 100).is_some() && is_short(400.0, 8000).is_none());
    }

    #[test]
    fn every_part_of_a_film_can_be_tried() {
        let mut log = LogBuilder::new(TimeSpec::default());
        let options = input::Options::default();
        let reading = input::stream(&[Source::Sample], &options, &mut |_| {}, &mut |batch| log.add(batch));
        let log = log.finish(reading.unwrap()).unwrap();
        let settings = SceneSettings {
            size_px: [320, 180],
            countries: 44,
            ..SceneSettings::default()
        };
        let scene = Scene::new(log, settings);
        let painter = FilmPainter::Cpu { transparent: false };
        // A part of one frame has none to count.
        for (frames, threads) in [(0..8134, 3), (8133..8134, 2), (100..103, 1)] {
            let rate = frames_a_second(&scene, &painter, &NullFormat, &frames, threads).unwrap();
            assert!(
                rate.is_finite() && (rate > 0.0 || frames.end - frames.start == 1),
                "{frames:?}: {rate}"
            );
        }
    }
}
