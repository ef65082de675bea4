//! `portbloom render`: opens log, adapter and output, runs the pipeline, tells what came of it.

use std::ops::Range;
use std::thread;
use std::time::Instant;

use anyhow::{anyhow, bail};

use super::beside::Beside;
use super::chapters;
use super::choice::{Chosen, choose};
use super::command::{rest_words, shell_line};
use super::interrupt::Interrupt;
use super::mark::mark;
use super::outcome::Outcome;
use super::painter::Painter;
use super::pipeline::{self, Pipeline};
use super::progress::Progress;
use super::replacing::Replacing;
use super::report::{Made, Report};
use super::stages::{Stage, Stages};
use super::{Opened, clear_rests, json_text, open_told};
use crate::output::mark::frames_of_shard;
use crate::output::{Finished, OutputError, separator};
use crate::scene::Scene;
use crate::settings::RenderSettings;
use crate::words::{counted, exact_duration, first_of, grouped};

/// Makes a film. On Ctrl-C the frames made so far become `NAME.partial.mp4`.
///
/// # Errors
/// Whatever stands in the way, with what to do about it. Where frames were made before, they are
/// kept like those before Ctrl-C, and the message says where.
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
    // Looking for a GPU in vain takes 30 ms: as long as the sample takes to read.
    let (scene, painter) = thread::scope(|scope| {
        let painter = scope.spawn(|| Painter::open(&view.adapter));
        (open_told(view, settings.page.is_some(), &stages), painter.join())
    });
    let Opened { scene, told, hosts } = scene?;
    let frames = frames_asked(settings, scene.frames())?;
    let count = frames.end - frames.start;

    let upload = Instant::now();
    let (opened, failed) = painter.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let Chosen {
        painter,
        jobs,
        name: adapter,
        because,
    } = choose(&opened, failed.as_deref(), &scene, settings, &frames)?;
    let kind = painter.kind();
    stages.add(Stage::Upload, upload);

    // From here on there is something to save.
    interrupt.take_over();
    let outputs = [&settings.output, &settings.report, &settings.trace]
        .into_iter()
        .flatten();
    let outputs = outputs.cloned().chain(settings.beside_film());
    for output in outputs.filter(|output| output.as_os_str() != "-") {
        for kept in clear_rests(&output, view.quiet) {
            let words = rest_words(settings, &frames, kept).filter(|_| kept < count && !view.quiet);
            if let Some(words) = words {
                say!("  if it had these options, this makes the rest: {}", shell_line(&words));
            }
        }
    }
    let report_file = Replacing::asked(settings.report.as_ref(), view.force)?;
    let trace_file = Replacing::asked(settings.trace.as_ref(), view.force)?;
    let beside = Beside::new(settings, &scene, (&told, &hosts), &frames)?;
    let chapters = chapters::chapters(told.plan(), scene.log(), &scene.settings().title);
    let chapters = chapters::of_cuts(&chapters, &scene);
    let of_part = chapters::of_part(&chapters, &frames, &scene.log().timeline);
    let mark = mark(settings, &scene, &frames, chapters, adapter);
    let sink = format.sink(count, &of_part, &mark)?;
    let fps = scene.log().timeline.fps;
    let [width, height] = scene.size_px();
    if !view.quiet {
        let length = length_text(&scene, count);
        let because = because.as_ref().map_or(String::new(), |because| format!(": {because}"));
        let rate = if fps.num == fps.den {
            "1 frame"
        } else {
            &format!("{fps} frames")
        };
        let frames = counted(count, "frame");
        say!("{width}x{height}, {rate} a second, {frames} ({length}), drawn by {adapter}{because}");
        if let Some(remark) = format.remark() {
            say!("  remark: {remark}");
        }
    }
    let segments = pipeline::segments(&frames, format.segment_frames());
    let jobs = jobs.min(segments.len());
    let pipeline = Pipeline::new(format, &stages, interrupt);
    let mut progress = progress(count);
    let started = Instant::now();
    let (sink, failure) = pipeline.run(&painter, &segments, jobs, sink, &mut progress)?;
    progress.finish();
    let written = sink.frames();
    let complete = failure.is_none() && written == count;
    let mux = Instant::now();
    let finished = if complete {
        sink.finish().map(Some)
    } else {
        sink.finish_partial()
    };
    if let Some(failure) = failure {
        let rest = |made| rest_words(settings, &frames, made).map(|words| shell_line(&words));
        let without_subtitles = match &finished {
            Ok(Some(made)) => beside.write_subtitles(made).err(),
            _ => None,
        };
        let error = with_rest(failure, finished, written, count, rest);
        return Err(match without_subtitles {
            Some(why) => anyhow!("{error:#}; its subtitles are missing: {why:#}"),
            None => error,
        });
    }
    let finished = finished?;
    stages.add(Stage::Mux, mux);
    let film_secs = started.elapsed().as_secs_f64();
    let interrupted = !complete && !pipeline.is_closed();
    tell(finished.as_ref(), count, interrupted, film_secs, view.quiet);
    let flashes = pipeline.flashes();
    if flashes > 0 && !view.quiet {
        say!(
            "  remark: {} of the film flash more than three times, which may harm viewers (WCAG 2.2, 2.3.1)",
            counted(flashes, "second")
        );
    }
    if let Some(made) = finished.as_ref().filter(|made| interrupted && made.frames < count)
        && let Some(words) = rest_words(settings, &frames, made.frames)
    {
        say!("  this makes the rest: {}", shell_line(&words));
    }

    if let Some(made) = &finished {
        beside.write(made)?;
    }
    if let Some(file) = &report_file {
        let made = Made {
            output: finished.as_ref().map(|finished| finished.path.display().to_string()),
            complete,
            frames: finished.as_ref().map_or(0, |finished| finished.frames),
            flashes,
            size_px: scene.size_px(),
            adapter,
            adapter_because: because,
            painter: kind,
            encoder: &format.name(),
            jobs,
            total_secs: stages.total_secs(),
            film_secs,
        };
        let report = Report::new(settings, &scene, &mark, made, &stages);
        file.write_text(&json_text(&report)?)?;
    }
    if let Some(file) = &trace_file {
        file.write_text(&json_text(&stages.trace())?)?;
    }
    if settings.timings {
        say!("{}", stages.table(film_secs, count, jobs, kind));
    }
    Ok(if interrupted {
        Outcome::Interrupted
    } else {
        Outcome::of(&scene.log().losses)
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

/// A failure, where the frames are that were `written` before it, of `count` in all, and the command that
/// makes the rest: `rest` gives it for a number of frames made.
fn with_rest(
    failure: anyhow::Error,
    kept: Result<Option<Finished>, OutputError>,
    written: u64,
    count: u64,
    rest: impl FnOnce(u64) -> Option<String>,
) -> anyhow::Error {
    let message = format!("{failure:#}");
    let kept = match kept {
        Ok(None) if written == 0 => return failure,
        Ok(None) => {
            let written = counted(written, "frame");
            format!("the file cannot be played with the {written} made before that, so nothing is kept")
        }
        Ok(Some(Finished { path, frames, .. })) => {
            let rest = rest(frames).filter(|_| frames < count);
            let rest = rest.map_or_else(String::new, |line| format!("; this makes the rest: {line}"));
            format!("`{}` holds {}{rest}", path.display(), first_of(frames, count))
        }
        Err(error) => format!("and the frames before that could not be saved: {error}"),
    };
    anyhow!("{message}{}{kept}", separator(&message))
}

/// Tells what was made, or what is left of it.
fn tell(finished: Option<&Finished>, count: u64, interrupted: bool, film_secs: f64, quiet: bool) {
    match finished {
        None => say!("portbloom: interrupted before the first frame was made; nothing is left"),
        Some(Finished { path, frames, .. }) if interrupted => {
            say!(
                "portbloom: interrupted: {} holds {}",
                path.display(),
                first_of(*frames, count)
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

/// The frames of `--frames` or `--shard`, or all.
fn frames_asked(settings: &RenderSettings, film: u64) -> anyhow::Result<Range<u64>> {
    if let Some(shard) = settings.shard {
        let segment_frames = settings.format.segment_frames();
        let Some(frames) = frames_of_shard(shard.number, shard.of, film, segment_frames) else {
            let segments = film.div_ceil(segment_frames);
            bail!(
                "--shard {shard}: the film has {}, which is {} of {segment_frames}: it can have {} shards at most",
                counted(film, "frame"),
                counted(segments, "segment"),
                grouped(segments)
            );
        };
        return Ok(frames);
    }
    let Some(asked) = settings.frames else {
        return Ok(0..film);
    };
    let end = asked.end.unwrap_or(film);
    if asked.start >= film || end > film {
        bail!(
            "--frames {asked}: the film has {}; expected a part of 0..{film}",
            counted(film, "frame")
        );
    }
    Ok(asked.start..end)
}
