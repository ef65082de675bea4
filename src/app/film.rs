//! `portbloom render`: opens log, adapter and output, runs the pipeline, tells what came of it.

use std::ops::Range;
use std::thread;
use std::time::Instant;

use anyhow::bail;

use super::command::{rest_words, shell_line};
use super::interrupt::Interrupt;
use super::painter::Painter;
use super::pipeline::{self, FilmPainter, Pipeline};
use super::progress::Progress;
use super::report::{Made, Report};
use super::stages::{Stage, Stages};
use super::{open_scene, write_json};
use crate::gpu::{Readout, Renderer, RendererSettings};
use crate::output::Finished;
use crate::output::sink::Wants;
use crate::scene::Scene;
use crate::settings::RenderSettings;
use crate::words::{counted, exact_duration, grouped};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is done.
    Done,
    /// Ctrl-C; what there was has been saved.
    Interrupted,
}

/// Makes a film. On Ctrl-C the frames made so far become `NAME.partial.mp4`.
///
/// # Errors
/// Whatever stands in the way, with what to do about it; no half-written file is left.
pub fn render(settings: &RenderSettings, interrupt: &Interrupt) -> anyhow::Result<Outcome> {
    let quiet = settings.view.quiet;
    render_telling(settings, interrupt, |count| Progress::new(count, quiet))
}

/// The same; `progress` is made once the number of frames is known.
pub(super) fn render_telling(
    settings: &RenderSettings,
    interrupt: &Interrupt,
    progress: impl FnOnce(u64) -> Progress,
) -> anyhow::Result<Outcome> {
    let view = &settings.view;
    let format = settings.format.as_ref();
    let stages = Stages::new(settings.trace.is_some());
    // Looking for a GPU takes 30 ms where there is none: as long as the sample takes to read.
    let (scene, painter) = thread::scope(|scope| {
        let painter = scope.spawn(|| Painter::open(&view.adapter));
        (open_scene(view, &stages), painter.join())
    });
    let scene = scene?;
    let frames = frames_asked(settings, scene.frames())?;
    let count = frames.end - frames.start;

    let upload = Instant::now();
    let painter = painter.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let drawn_on_cpu = matches!(painter, Painter::Cpu);
    let mut renderer = None;
    let film_painter = match &painter {
        Painter::Gpu(context) => {
            let drawn = RendererSettings {
                readout: readout(format.wants(), context.is_software, view.transparent),
                transparent: view.transparent,
                timestamps: settings.timings || settings.trace.is_some(),
            };
            let renderer = renderer.insert(Renderer::new(context, &scene, drawn)?);
            FilmPainter::Gpu(context, renderer)
        }
        Painter::Cpu => FilmPainter::Cpu {
            transparent: view.transparent,
        },
    };
    stages.add(Stage::Upload, upload);

    // From here on there is something to save.
    interrupt.take_over();
    let sink = format.sink(count)?;
    let fps = scene.log().timeline.fps;
    let [width, height] = scene.size_px();
    if !view.quiet {
        let length = length_text(&scene, count);
        let name = painter.name();
        let rate = if fps.num == fps.den {
            "1 frame"
        } else {
            &format!("{fps} frames")
        };
        let frames = counted(count, "frame");
        say!("{width}x{height}, {rate} a second, {frames} ({length}), drawn by {name}");
    }
    let segments = pipeline::segments(&frames, format.segment_frames());
    let jobs = settings
        .jobs
        .unwrap_or_else(|| default_jobs(&painter))
        .min(segments.len());
    let pipeline = Pipeline::new(format, &stages, interrupt);
    let mut progress = progress(count);
    let started = Instant::now();
    let sink = pipeline.run(&scene, film_painter, &segments, jobs, sink, &mut progress);
    progress.finish();
    let sink = sink?;
    let complete = sink.frames() == count;
    let mux = Instant::now();
    let finished = if complete {
        Some(sink.finish()?)
    } else {
        sink.finish_partial()?
    };
    stages.add(Stage::Mux, mux);
    let film_secs = started.elapsed().as_secs_f64();

    if let Some(path) = &settings.report {
        let made = Made {
            output: finished.as_ref().map(|finished| finished.path.display().to_string()),
            complete,
            frames: finished.as_ref().map_or(0, |finished| finished.frames),
            size_px: scene.size_px(),
            adapter: painter.name(),
            drawn_on_cpu,
            encoder: &format.name(),
            jobs,
            total_secs: stages.total_secs(),
            film_secs,
        };
        write_json(path, view.force, &Report::new(settings, &scene, made, &stages))?;
    }
    if let Some(path) = &settings.trace {
        write_json(path, view.force, &stages.trace())?;
    }
    let interrupted = !complete && !pipeline.is_closed();
    tell(finished.as_ref(), count, interrupted, film_secs, view.quiet);
    if let Some(made) = finished.as_ref().filter(|made| interrupted && made.frames < count)
        && let Some(words) = rest_words(settings, &frames, made.frames)
    {
        say!("  this makes the rest: {}", shell_line(&words));
    }
    if settings.timings {
        say!("{}", stages.table(film_secs, jobs, drawn_on_cpu));
    }
    Ok(if interrupted {
        Outcome::Interrupted
    } else {
        Outcome::Done
    })
}

/// The length of a film or a part of it: `62.8 s`, and how it comes from a duration that was asked for.
fn length_text(scene: &Scene, count: u64) -> String {
    let timeline = &scene.log().timeline;
    let secs = count as f64 / timeline.fps.as_f64();
    if count < scene.frames() {
        return format!("{secs:.1} s");
    }
    let travel = exact_duration(timeline.travel_ns);
    format!("{secs:.1} s, of which the last bubbles' travel takes {travel}")
}

/// Tells what was made, or what is left of it.
fn tell(finished: Option<&Finished>, count: u64, interrupted: bool, film_secs: f64, quiet: bool) {
    match finished {
        None => say!("portbloom: interrupted before the first frame was made; nothing is left"),
        Some(Finished { path, frames, .. }) if interrupted => {
            say!(
                "portbloom: interrupted: {} holds the first {} of {}",
                path.display(),
                grouped(*frames),
                counted(count, "frame")
            );
        }
        Some(Finished { path, frames, bytes }) if !quiet => {
            let per_sec = *frames as f64 / film_secs;
            say!(
                "{}: {} in {film_secs:.1} s ({per_sec:.1} a second){}",
                path.display(),
                counted(*frames, "frame"),
                size_text(*bytes)
            );
        }
        Some(_) => {}
    }
}

/// `, 12.3 MiB`; nothing where no bytes were counted.
pub(super) fn size_text(bytes: u64) -> String {
    if bytes == 0 {
        return String::new();
    }
    format!(", {:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// The frames of `--frames`, or all.
fn frames_asked(settings: &RenderSettings, film: u64) -> anyhow::Result<Range<u64>> {
    let Some(asked) = settings.frames else {
        return Ok(0..film);
    };
    let end = asked.end.unwrap_or(film);
    if asked.start >= film || end > film {
        bail!(
            "--frames {asked}: the film has {}, so the most is 0..{film}",
            counted(film, "frame")
        );
    }
    Ok(asked.start..end)
}

/// How pixels come back. A hardware GPU makes planes in no time and then reads 12.4 MB of a 4K frame
/// back in place of 33.2 MB. A software adapter takes 36 ms a frame for its compute shader, where
/// SIMD on the CPU takes 3 ms: there RGBA is read and the encoders convert it.
fn readout(wants: Wants, software: bool, transparent: bool) -> Readout {
    match wants {
        Wants::Rgba => Readout::Rgba,
        Wants::Planes | Wants::Nothing if software || transparent => Readout::Rgba,
        Wants::Planes | Wants::Nothing => Readout::Nv12,
    }
}

/// Encoders side by side: one a core where they draw their own pictures, which keeps all cores busy to
/// the end. A GPU is fed by a core of its own; a software adapter draws on all of them.
fn default_jobs(painter: &Painter) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    match painter {
        Painter::Gpu(context) if !context.is_software => cores.saturating_sub(1).max(1),
        Painter::Gpu(_) | Painter::Cpu => cores,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_made_where_it_is_cheaper() {
        assert_eq!(readout(Wants::Planes, false, false), Readout::Nv12);
        assert_eq!(readout(Wants::Planes, true, false), Readout::Rgba);
        assert_eq!(readout(Wants::Nothing, false, false), Readout::Nv12);
        assert_eq!(readout(Wants::Rgba, false, false), Readout::Rgba);
    }
}
