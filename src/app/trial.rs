//! Who draws a film, where that is left to portbloom: the cheaper one, by a short measurement of the
//! film's own frames. The film is the same, whoever draws it, within the tolerance of the two drawers.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::film_painter::FilmPainter;
use super::stages::{Stage, Stages};
use crate::output::sink::Format;
use crate::scene::Scene;

/// Places of the film that are measured, as shares of its length.
const PLACES: [f64; 3] = [0.5, 0.25, 0.75];
/// Frames at each place after the first, which is dearer than those that follow it.
const FRAMES: u64 = 3;
/// A measurement ends after the place at which it has taken this long.
const ENOUGH: Duration = Duration::from_millis(150);
/// A film that the CPU draws within this time is not worth a look at the GPU.
const SHORT_SECS: f64 = 0.5;

/// Seconds that a frame of the film takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Of one thread, without encoding: layout, drawing or commands, conversion.
    pub thread: f64,
    /// Of the graphics adapter, of which there is one for all threads.
    pub adapter: f64,
    /// Of one thread for encoding; 0 where that was not measured.
    pub encode: f64,
}

impl Cost {
    /// What a frame takes of a film that `jobs` threads make, in seconds.
    fn of_film(self, jobs: usize) -> f64 {
        ((self.thread + self.encode) / jobs as f64).max(self.adapter)
    }
}

/// Measures what the frames of a part of a film take. `encoding`: whether they are encoded as well, where
/// that leaves nothing behind.
///
/// # Errors
/// The graphics adapter or the encoder failed.
pub fn measure(
    scene: &Scene,
    painter: &FilmPainter<'_>,
    format: &dyn Format,
    frames: &Range<u64>,
    encoding: bool,
) -> anyhow::Result<Cost> {
    let began = Instant::now();
    let mut painter = painter.open(scene)?;
    let (first, measured) = (Stages::new(false), Stages::new(false));
    // Formats of single pictures write them where they are encoded.
    let encoding = encoding && format.segment_frames() > 1;
    let (mut count, mut encoded) = (0, 0);
    for (place, share) in PLACES.into_iter().enumerate() {
        let length = (frames.end - frames.start) as f64;
        let start = frames.start + (length * share) as u64;
        let end = (start + 1 + FRAMES).min(frames.end);
        let mut encoder = format.encoder(start)?;
        for number in start..end {
            let stages = if number == start { &first } else { &measured };
            let time = Instant::now();
            let frame = scene.frame(number);
            stages.add(Stage::Scene, time);
            painter.begin(&frame, number == start, stages)?;
            painter.take(encoder.as_mut(), stages)?;
            if encoding && place == 0 {
                let time = Instant::now();
                encoder.encode()?;
                stages.add(Stage::Encode, time);
                encoded += u64::from(number > start);
            }
            count += u64::from(number > start);
        }
        if began.elapsed() > ENOUGH {
            break;
        }
    }
    let each = |stages: &[Stage], count: u64| {
        let secs: f64 = stages.iter().map(|stage| measured.secs(*stage)).sum();
        secs / count.max(1) as f64
    };
    let adapter = each(&[Stage::GpuDraw, Stage::GpuConvert, Stage::GpuCopy], count);
    Ok(Cost {
        thread: each(&[Stage::Scene, Stage::Draw, Stage::Commands, Stage::Convert], count),
        // Where it has no clock the time that was waited for it tells, which is more.
        adapter: if adapter > 0.0 {
            adapter
        } else {
            each(&[Stage::Readback], count)
        },
        encode: each(&[Stage::Encode], encoded),
    })
}

/// Whether a film is too short for another measurement, and why, where the CPU draws it.
pub fn is_short(cpu: Cost, frames: u64, jobs: usize) -> Option<String> {
    let secs = cpu.of_film(jobs) * frames as f64;
    (secs < SHORT_SECS).then(|| format!("the CPU needs {:.2} s for all of it", secs.max(0.01)))
}

/// Whether a graphics adapter is to draw, and why.
pub fn is_for_gpu(cpu: Cost, gpu: Cost, jobs: usize) -> (bool, String) {
    let gpu = Cost {
        encode: cpu.encode,
        ..gpu
    };
    let (by_cpu, by_gpu) = (cpu.of_film(jobs), gpu.of_film(jobs));
    let why = format!(
        "with {jobs} threads a frame takes {:.2} ms drawn by the graphics adapter and {:.2} ms drawn by the CPU",
        by_gpu * 1e3,
        by_cpu * 1e3
    );
    (by_gpu < by_cpu, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(thread_ms: f64, adapter_ms: f64, encode_ms: f64) -> Cost {
        Cost {
            thread: thread_ms / 1e3,
            adapter: adapter_ms / 1e3,
            encode: encode_ms / 1e3,
        }
    }

    #[test]
    fn the_cheaper_one_draws() {
        // Sparse frames, sixteen cores, no encoder: the one adapter is slower than all cores.
        let (cpu, gpu) = (cost(5.0, 0.0, 0.0), cost(0.8, 0.5, 0.0));
        assert!(!is_for_gpu(cpu, gpu, 16).0);
        assert!(is_for_gpu(cpu, gpu, 4).0);
        // With an encoder that keeps the cores busy the adapter takes drawing off them.
        assert!(is_for_gpu(cost(5.0, 0.0, 28.0), gpu, 16).0);
        // Dense frames.
        assert!(is_for_gpu(cost(90.0, 0.0, 0.0), cost(9.0, 3.0, 0.0), 16).0);
        let (_, why) = is_for_gpu(cpu, gpu, 16);
        assert!(why.contains("0.50 ms") && why.contains("0.31 ms"), "{why}");
    }

    #[test]
    fn a_short_film_is_not_worth_a_look_at_the_gpu() {
        assert!(is_short(cost(5.0, 0.0, 20.0), 100, 16).is_some());
        assert!(is_short(cost(5.0, 0.0, 20.0), 8000, 16).is_none());
    }
}
