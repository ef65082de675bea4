//! `portbloom render`: the film pipeline. One thread draws, several encode, one writes.
//!
//! The film is cut into closed segments at fixed frame numbers. Each is encoded by an encoder of its
//! own, so the bytes do not depend on how many work side by side; the drawing thread feeds
//! them in turn. All queues are bounded: pixels by the number of staging buffers, segments by the
//! encoders. The first failure stops every stage, and is the one reported.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail};

use super::interrupt::Interrupt;
use super::progress::Progress;
use super::report::{Made, Report, Stages};
use super::{open_scene, write_json};
use crate::gpu::{Context, Flight, Pixels, Renderer, Staging};
use crate::output::Finished;
use crate::output::h264::{H264Settings, Segment, SegmentEncoder};
use crate::output::mp4::{Mp4Settings, Mp4Writer};
use crate::output::pixels::I420;
use crate::scene::Scene;
use crate::settings::RenderSettings;

/// Name of the encoder in reports.
const ENCODER: &str = "H.264 (OpenH264, built in)";
/// Length of a segment in seconds of film: how far apart players can seek to, and how much of a
/// film cut short may be lost for each encoder after the first.
const SEGMENT_SECS: u64 = 2;
/// Frames that the GPU draws while the one before them is read.
const FRAMES_IN_FLIGHT: usize = 2;
/// Staging buffers for each encoder: one that it reads, one that waits.
const STAGING_PER_ENCODER: usize = 2;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is done.
    Done,
    /// Ctrl-C; what there was has been saved.
    Interrupted,
}

/// Makes a film. On Ctrl-C the frames made so far become
/// `NAME.partial.mp4`.
///
/// # Errors
/// Whatever stands in the way, with what to do about it; no half-written file is left.
pub fn render(settings: &RenderSettings, interrupt: &Interrupt) -> anyhow::Result<Outcome> {
    let begun = Instant::now();
    let view = &settings.view;
    let stages = Stages::default();
    let scene = open_scene(view, &stages)?;
    let frames = frames_asked(settings, scene.frames())?;
    let upload = Instant::now();
    let context = Context::new(&view.adapter)?;
    let mut renderer = Renderer::new(&context, &scene)?;
    stages.upload.add(upload);
    let [width, height] = scene.size_px();
    let fps = scene.log().timeline.fps;
    let mp4 = Mp4Settings {
        width,
        height,
        fps: (fps.num, fps.den),
    };
    interrupt.take_over();
    let writer = Mp4Writer::create(&settings.output, view.force, mp4, frames.end - frames.start)?;
    if !view.quiet {
        let length_secs = (frames.end - frames.start) as f64 / fps.as_f64();
        let count = frames.end - frames.start;
        say!(
            "{width}x{height}, {fps} frames a second, {count} frames ({length_secs:.1} s), drawn by {}",
            context.adapter
        );
    }

    let segment_frames = SEGMENT_SECS * u64::from(fps.num).div_ceil(u64::from(fps.den));
    let segments = segments(&frames, segment_frames);
    let jobs = settings
        .jobs
        .unwrap_or_else(|| default_jobs(context.is_software))
        .min(segments.len());
    let started = Instant::now();
    let pipeline = Pipeline {
        settings: &settings.h264,
        stages: &stages,
        stopped: AtomicBool::new(false),
        failure: Mutex::new(None),
        encoded: AtomicU64::new(0),
    };
    let mut progress = Progress::new(frames.end - frames.start, view.quiet);
    let writer = pipeline.run(&scene, &mut renderer, &segments, jobs, writer, interrupt, &mut progress);
    progress.finish();
    let writer = writer?;
    let complete = writer.frames() == frames.end - frames.start;

    let mux = Instant::now();
    let finished = if complete {
        Some(writer.finish()?)
    } else {
        writer.finish_partial()?
    };
    stages.mux.add(mux);
    let film_secs = started.elapsed().as_secs_f64();
    let made = finished.as_ref().map_or(0, |finished| finished.frames);
    if let Some(path) = &settings.report {
        let made = Made {
            output: finished.as_ref().map(|finished| finished.path.display().to_string()),
            complete,
            frames: made,
            size_px: scene.size_px(),
            adapter: &context.adapter,
            encoder: ENCODER,
            total_secs: begun.elapsed().as_secs_f64(),
            film_secs,
        };
        write_json(path, view.force, &Report::new(scene.log(), made, &stages))?;
    }
    match &finished {
        None => say!("portbloom: interrupted before the first frame was made; nothing is left"),
        Some(Finished { path, frames: made, .. }) if !complete => {
            let all = frames.end - frames.start;
            say!(
                "portbloom: interrupted: {} holds the first {made} of {all} frames",
                path.display()
            );
        }
        Some(Finished { path, bytes, .. }) if !view.quiet => {
            let mib = *bytes as f64 / f64::from(1 << 20);
            let per_sec = made as f64 / film_secs;
            say!(
                "{}: {made} frames in {film_secs:.1} s ({per_sec:.1} a second), {mib:.1} MiB",
                path.display()
            );
        }
        Some(_) => {}
    }
    Ok(if complete { Outcome::Done } else { Outcome::Interrupted })
}

/// The frames of `--frames`, or all.
fn frames_asked(settings: &RenderSettings, film: u64) -> anyhow::Result<Range<u64>> {
    let Some(asked) = settings.frames else {
        return Ok(0..film);
    };
    let end = asked.end.unwrap_or(film);
    if asked.start >= film || end > film {
        bail!(
            "--frames {}..{end}: the film has {film} frames, so the most is 0..{film}",
            asked.start
        );
    }
    Ok(asked.start..end)
}

/// Encoders side by side. With a software adapter, drawing and encoding take turns on all cores, and
/// one encoder a core keeps them busy: measured on 2 cores at 4K, one encoder 170% and 6.9 s for
/// 250 frames, two 186% and 6.2 s, three the same. A GPU is fed by a core of its own.
fn default_jobs(software: bool) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if software {
        cores.div_ceil(2)
    } else {
        cores.saturating_sub(1)
    }
    .max(1)
}

/// Cuts frames at multiples of `length` of the whole film, so that a part of a film has the same
/// segments as the whole. A first segment of a single frame joins the second: two pictures that
/// both begin a segment may not follow each other (see `Mp4Writer::write_segment`).
fn segments(frames: &Range<u64>, length: u64) -> Vec<Range<u64>> {
    let mut segments = Vec::new();
    let mut start = frames.start;
    while start < frames.end {
        let mut end = (start / length + 1) * length;
        if end - start == 1 {
            end += length;
        }
        segments.push(start..end.min(frames.end));
        start = end;
    }
    segments
}

/// What the stages share.
struct Pipeline<'a> {
    settings: &'a H264Settings,
    stages: &'a Stages,
    /// A stage failed: the others stop.
    stopped: AtomicBool,
    failure: Mutex<Option<anyhow::Error>>,
    /// Frames encoded so far.
    encoded: AtomicU64,
}

/// A frame on its way to its encoder.
struct Drawn {
    segment: usize,
    pixels: Pixels,
}

/// A segment on its way to the file.
struct Encoded {
    segment: usize,
    /// Whether it holds all its frames.
    complete: bool,
    data: Segment,
}

/// The drawing thread's ends of the queues.
struct Feed {
    encoders: Vec<SyncSender<Drawn>>,
    free: Receiver<Staging>,
}

impl Pipeline<'_> {
    /// Runs all stages until the film is made, interrupted or has failed; gives the writer back.
    #[expect(clippy::too_many_arguments, reason = "the ends of the pipeline, each used once")]
    fn run(
        &self,
        scene: &Scene,
        renderer: &mut Renderer<'_>,
        segments: &[Range<u64>],
        jobs: usize,
        writer: Mp4Writer,
        interrupt: &Interrupt,
        progress: &mut Progress,
    ) -> anyhow::Result<Mp4Writer> {
        let writer = thread::scope(|scope| {
            let (send_segment, receive_segment) = sync_channel(jobs);
            let (send_free, free) = channel();
            let mut encoders = Vec::with_capacity(jobs);
            for job in 0..jobs {
                let (send, receive) = sync_channel(STAGING_PER_ENCODER);
                encoders.push(send);
                let (send_segment, send_free) = (send_segment.clone(), send_free.clone());
                let encode = move || self.guard(|| self.encode(&receive, &send_segment, &send_free, segments));
                thread::Builder::new()
                    .name(format!("encode {job}"))
                    .spawn_scoped(scope, encode)
                    .context("no thread for an encoder")?;
            }
            drop((send_segment, send_free));
            let mux = move || {
                let mut writer = writer;
                self.guard(|| self.mux(&receive_segment, &mut writer));
                writer
            };
            let mux = thread::Builder::new()
                .name("mux".to_owned())
                .spawn_scoped(scope, mux)
                .context("no thread for the file")?;
            self.guard(|| self.draw(scene, renderer, segments, Feed { encoders, free }, interrupt, progress));
            mux.join().map_err(|_| anyhow::anyhow!("the writing thread panicked"))
        })?;
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.map_or(Ok(writer), Err)
    }

    /// Runs a stage; keeps the first failure of all and stops the others.
    fn guard(&self, stage: impl FnOnce() -> anyhow::Result<()>) {
        if let Err(error) = stage() {
            self.failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(error);
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    /// Draws every frame, each block of segments side by side so that all encoders have work.
    fn draw(
        &self,
        scene: &Scene,
        renderer: &mut Renderer<'_>,
        segments: &[Range<u64>],
        feed: Feed,
        interrupt: &Interrupt,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let jobs = feed.encoders.len();
        let mut unused = jobs * STAGING_PER_ENCODER + FRAMES_IN_FLIGHT;
        let mut flights: VecDeque<(usize, Flight)> = VecDeque::new();
        let order = segments
            .chunks(jobs)
            .enumerate()
            .flat_map(|(block, chunk)| turns(block * jobs, chunk));
        for (segment, number) in order {
            if self.stopped.load(Ordering::Relaxed) || interrupt.is_asked() {
                break;
            }
            if flights.len() == FRAMES_IN_FLIGHT && !self.land(renderer, &mut flights, &feed)? {
                break;
            }
            let wait = Instant::now();
            let staging = if unused > 0 {
                unused -= 1;
                renderer.staging()
            } else {
                // All encoders are gone only where one failed.
                let Ok(staging) = feed.free.recv() else { break };
                staging
            };
            self.stages.readback.add(wait);
            let time = Instant::now();
            let frame = scene.frame(number);
            self.stages.scene.add(time);
            let time = Instant::now();
            flights.push_back((segment, renderer.submit(&frame, staging)?));
            self.stages.commands.add(time);
            progress.set(self.encoded.load(Ordering::Relaxed));
        }
        loop {
            let done = self.stopped.load(Ordering::Relaxed) || !self.land(renderer, &mut flights, &feed)?;
            if done {
                return Ok(());
            }
        }
    }

    /// Waits for the oldest frame in flight and hands it to its encoder; false where there is none
    /// or the encoder is gone.
    fn land(
        &self,
        renderer: &Renderer<'_>,
        flights: &mut VecDeque<(usize, Flight)>,
        feed: &Feed,
    ) -> anyhow::Result<bool> {
        let Some((segment, flight)) = flights.pop_front() else {
            return Ok(false);
        };
        let wait = Instant::now();
        let pixels = renderer.wait(flight)?;
        let sent = feed.encoders[segment % feed.encoders.len()].send(Drawn { segment, pixels });
        self.stages.readback.add(wait);
        Ok(sent.is_ok())
    }

    /// Encodes the segments of one encoder, one after the other.
    fn encode(
        &self,
        frames: &Receiver<Drawn>,
        done: &SyncSender<Encoded>,
        free: &Sender<Staging>,
        segments: &[Range<u64>],
    ) -> anyhow::Result<()> {
        let mut planes = I420::new(self.settings.width(), self.settings.height());
        let mut current: Option<(usize, u64, SegmentEncoder)> = None;
        while let Ok(Drawn { segment, pixels }) = frames.recv() {
            if self.stopped.load(Ordering::Relaxed) {
                return Ok(());
            }
            let (_, next, mut encoder) = match current.take() {
                Some(current) => current,
                None => (segment, segments[segment].start, SegmentEncoder::new(self.settings)?),
            };
            if pixels.frame_number() != next {
                bail!(
                    "frame {} arrived in place of frame {next}; this is a fault in portbloom, please report it",
                    pixels.frame_number()
                );
            }
            let time = Instant::now();
            planes.fill_from_rgba(pixels.bytes(), pixels.bytes_per_row());
            self.stages.convert.add(time);
            // Nobody waits for a buffer any more once the last frame is drawn.
            let _ = free.send(pixels.into_staging());
            let time = Instant::now();
            encoder.encode(&planes)?;
            self.stages.encode.add(time);
            self.encoded.fetch_add(1, Ordering::Relaxed);
            if next + 1 < segments[segment].end {
                current = Some((segment, next + 1, encoder));
            } else if done
                .send(Encoded {
                    segment,
                    complete: true,
                    data: encoder.finish(),
                })
                .is_err()
            {
                return Ok(());
            }
        }
        if let Some((segment, _, encoder)) = current {
            // Cut short; where the file is gone too there is nobody to tell.
            let _ = done.send(Encoded {
                segment,
                complete: false,
                data: encoder.finish(),
            });
        }
        Ok(())
    }

    /// Writes the segments in their order, up to the first that is not complete.
    fn mux(&self, segments: &Receiver<Encoded>, writer: &mut Mp4Writer) -> anyhow::Result<()> {
        let mut waiting: BTreeMap<usize, Encoded> = BTreeMap::new();
        let mut next = Some(0);
        while let Ok(encoded) = segments.recv() {
            waiting.insert(encoded.segment, encoded);
            while let Some(encoded) = next.and_then(|next| waiting.remove(&next)) {
                let time = Instant::now();
                writer.write_segment(&encoded.data)?;
                self.stages.mux.add(time);
                next = encoded.complete.then_some(encoded.segment + 1);
            }
        }
        Ok(())
    }
}

/// The frames of a block of segments in the order of drawing: the first of each, the second of each ...
fn turns(first: usize, block: &[Range<u64>]) -> impl Iterator<Item = (usize, u64)> + use<'_> {
    let longest = block.iter().map(|range| range.end - range.start).max().unwrap_or(0);
    (0..longest).flat_map(move |turn| {
        let numbered = (first..).zip(block);
        numbered.filter_map(move |(segment, range)| {
            Some((segment, range.start + turn)).filter(|(_, frame)| range.contains(frame))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_cut_at_the_same_frames_in_any_part() {
        assert_eq!(segments(&(0..120), 50), [0..50, 50..100, 100..120]);
        assert_eq!(segments(&(70..120), 50), [70..100, 100..120]);
        assert_eq!(segments(&(49..120), 50), [49..100, 100..120]);
        assert_eq!(segments(&(49..50), 50), vec![49..50; 1]);
        assert_eq!(segments(&(0..1), 2), vec![0..1; 1]);
    }

    #[test]
    fn encoders_are_fed_in_turn_and_every_frame_once() {
        let order: Vec<_> = turns(4, &[0..3, 3..5]).collect();
        assert_eq!(order, [(4, 0), (5, 3), (4, 1), (5, 4), (4, 2)]);
    }
}
