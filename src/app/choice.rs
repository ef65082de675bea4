//! The choice of a film's painter: the one asked for, or, where that is left to portbloom, the faster one by a short
//! run of the film's own frames. The film is the same, whoever draws it, within the tolerance of the two painters.

use std::ops::Range;
use std::thread;
use std::time::Instant;

use super::film_painter::FilmPainter;
use super::film_worker::FilmWorker;
use super::painter::Painter;
use super::{pipeline, trial};
use crate::gpu::{AdapterChoice, Instances, Readout, RendererSettings, Staging};
use crate::output::sink::Wants;
use crate::raster;
use crate::scene::Scene;
use crate::settings::RenderSettings;

/// The most frames that a thread has on the GPU: it draws one while the thread lays out the next, or
/// encodes the one before. Measured on an H100 at 4K, one thread: 342 frames a second with 1 in flight, 697
/// with 2, 825 with 3, 821 with 4, 709 with 8.
const FRAMES_IN_FLIGHT: usize = 3;
/// Where more threads than this have frames on the GPU, two of each are enough to keep it at work, and
/// faster: 435 frames a second with 16 threads that encode, where 3 made 376, 4 400 and 8 348.
const FEW_THREADS: usize = 4;
/// The most memory that staging buffers take, in bytes; one picture may take more.
const STAGING_BYTES: u64 = 2 << 30;

/// The painter of a film, and its number of threads.
pub struct Chosen<'a> {
    /// It may have painters of threads ready.
    pub painter: FilmPainter<'a>,
    /// Threads that draw and encode.
    pub jobs: usize,
    /// Its name in messages and reports.
    pub name: &'a str,
    /// Reason for this painter, where the choice was left to portbloom and there was one.
    pub because: Option<String>,
}

/// The painter asked for, or the faster one. `failed`: the reason why no GPU was opened, where there is one.
///
/// # Errors
/// The painter asked for cannot draw this, or the encoder failed.
pub fn choose<'a>(
    painter: &'a Painter,
    failed: Option<&str>,
    scene: &'a Scene,
    settings: &RenderSettings,
    frames: &Range<u64>,
) -> anyhow::Result<Chosen<'a>> {
    let transparent = settings.view.transparent;
    let jobs = settings.jobs.unwrap_or_else(cores);
    let by_cpu = FilmPainter::cpu(scene, transparent);
    let on_cpu = |painter, because| Chosen {
        painter,
        jobs,
        name: raster::NAME,
        because,
    };
    let Painter::Gpu(context) = painter else {
        return Ok(on_cpu(by_cpu, failed.map(str::to_owned)));
    };
    let fits = Readout::Planes.fits(context, scene.size_px());
    let readout = readout(settings.format.wants(), context.is_software, transparent, fits);
    let (gpu_jobs, in_flight) = within_memory(jobs, Staging::bytes(readout, scene.size_px()));
    let render = RendererSettings {
        readout,
        transparent,
        timings: settings.timings || settings.trace.is_some(),
    };
    let open_gpu = || -> anyhow::Result<_> {
        let instances = Instances::new(context, scene)?;
        Ok(FilmPainter::gpu(scene, context, instances, render, in_flight))
    };
    let on_gpu = |painter_of_film, because| Chosen {
        painter: painter_of_film,
        jobs: gpu_jobs,
        name: painter.name(),
        because,
    };
    if settings.view.adapter != AdapterChoice::Auto {
        return Ok(on_gpu(open_gpu()?, None));
    }

    let format = settings.format.as_ref();
    let segments = pipeline::segments(frames, format.segment_frames()).len();
    let start = Instant::now();
    let now = || start.elapsed();
    let team = |painter: &FilmPainter<'a>, jobs: usize| {
        let threads = jobs.min(segments);
        trial::team(threads, |thread| {
            FilmWorker::new(painter, format, frames, [thread, threads])
        })
    };
    let mut cpu_team = team(&by_cpu, jobs)?;
    let cpu_rate = trial::turn(&mut cpu_team, now)?;
    let because = if let Some(because) = trial::is_short(cpu_rate, frames.end - frames.start) {
        because
    } else {
        let mut try_gpu = || {
            let by_gpu = open_gpu()?;
            let mut gpu_team = team(&by_gpu, gpu_jobs)?;
            let rates = trial::rates(cpu_rate, [&mut cpu_team, &mut gpu_team], now)?;
            FilmWorker::disband(gpu_team, &by_gpu)?;
            anyhow::Ok((by_gpu, trial::is_for_gpu(rates)))
        };
        match try_gpu() {
            Ok((by_gpu, (true, because))) => return Ok(on_gpu(by_gpu, Some(because))),
            Ok((_, (false, because))) => because,
            Err(error) => error.to_string(),
        }
    };
    FilmWorker::disband(cpu_team, &by_cpu)?;
    Ok(on_cpu(by_cpu, Some(because)))
}

/// The form in which pixels come back. A hardware GPU makes planes in no time, finds what changed, and brings back that
/// alone, where RGBA of a 4K frame has 33.2 MB. A software adapter takes 36 ms a frame for its compute
/// shader, where SIMD on the CPU takes 3 ms: there RGBA is read and the encoders convert it, as where planes
/// do not fit into a buffer of the adapter's.
fn readout(wants: Wants, software: bool, transparent: bool, fits: bool) -> Readout {
    match wants {
        Wants::Rgba => Readout::Rgba,
        Wants::Planes | Wants::Nothing if software || transparent || !fits => Readout::Rgba,
        Wants::Planes | Wants::Nothing => Readout::Planes,
    }
}

/// Threads, and frames in flight for each, whose staging buffers of `bytes` each take [`STAGING_BYTES`] at
/// most; at least one thread with one frame.
fn within_memory(jobs: usize, bytes: u64) -> (usize, usize) {
    let pictures = usize::try_from(STAGING_BYTES / bytes.max(1)).unwrap_or(usize::MAX);
    let jobs = jobs.min(pictures).max(1);
    let most = if jobs <= FEW_THREADS { FRAMES_IN_FLIGHT } else { 2 };
    (jobs, (pictures / jobs).clamp(1, most))
}

/// Cores of this machine, as far as the process may use them.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::painter::PainterKind;
    use crate::app::stages::Stages;
    use crate::gpu::testing;

    #[test]
    fn where_it_is_left_to_portbloom_both_are_tried() {
        let opened = Painter::Gpu(testing::context());
        // More frames than the film has, so that no machine is through with them in a moment.
        for (frames, is_tried) in [(0..100_000, true), (0..1, false)] {
            let words = [
                "portbloom",
                "render",
                "--sink",
                "null",
                "--size",
                "320x180",
                "--jobs",
                "2",
            ];
            let settings = RenderSettings::from_words(&words).unwrap();
            let scene = crate::app::open_scene(&settings.view, &Stages::new(false)).unwrap();
            let chosen = choose(&opened, None, &scene, &settings, &frames).unwrap();
            let because = chosen.because.unwrap();
            assert_eq!(because.contains("with the graphics adapter"), is_tried, "{because}");
            let by_gpu = chosen.painter.kind() == PainterKind::Gpu;
            assert_eq!(chosen.name == opened.name(), by_gpu);
            assert!(is_tried || !by_gpu);
        }
    }

    #[test]
    fn planes_are_made_where_it_is_cheaper() {
        assert_eq!(readout(Wants::Planes, false, false, true), Readout::Planes);
        assert_eq!(readout(Wants::Planes, true, false, true), Readout::Rgba);
        assert_eq!(readout(Wants::Nothing, false, false, true), Readout::Planes);
        assert_eq!(readout(Wants::Rgba, false, false, true), Readout::Rgba);
        assert_eq!(readout(Wants::Planes, false, true, true), Readout::Rgba);
        assert_eq!(readout(Wants::Planes, false, false, false), Readout::Rgba);
    }

    #[test]
    fn staging_buffers_take_a_bounded_amount_of_memory() {
        let of_4k = Staging::bytes(Readout::Planes, [3840, 2160]);
        assert_eq!(within_memory(16, of_4k), (16, 2));
        assert_eq!(within_memory(2, of_4k), (2, FRAMES_IN_FLIGHT));
        let largest = Staging::bytes(Readout::Rgba, [16384, 16384]);
        assert_eq!(largest, 1 << 30);
        assert_eq!(within_memory(16, largest), (2, 1));
        assert_eq!(within_memory(1, largest), (1, 2));
        assert_eq!(within_memory(4, 10 * largest), (1, 1));
    }
}
