//! The film pipeline: several threads encode, one writes. A GPU's pictures come from one thread that
//! feeds the encoders in turn; without a GPU each encoder's thread draws its own.
//!
//! The film is cut into closed segments at fixed frame numbers. Each is encoded by an encoder of its
//! own, so the bytes do not depend on how many work side by side. All queues are bounded: pixels by
//! the number of staging buffers, pieces by the encoders and by how far one may be ahead of the
//! file. The first failure stops every stage, and is the one reported.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};

use super::interrupt::Interrupt;
use super::progress::Progress;
use super::stages::{Stage, Stages};
use crate::gpu::{Context, Flight, Pixels, Readout, Renderer, Staging};
use crate::output::sink::{Encoder, Flow, Format, Picture, Piece, Sink, Tiles};
use crate::raster::{Raster, TILE_PX};
use crate::scene::Scene;

/// Frames that the GPU draws while the one before them is read.
const FRAMES_IN_FLIGHT: usize = 2;
/// Staging buffers for each encoder: one that it reads, one that waits.
const STAGING_PER_ENCODER: usize = 2;
/// Segments for each encoder that may be begun before the oldest of them is in the file.
const SEGMENTS_AHEAD: usize = 2;
/// How often those that wait look whether there is anything left to wait for.
const LOOK_UP: Duration = Duration::from_millis(100);

/// Cuts frames at multiples of `length` of the whole film, so that a part of a film has the same
/// segments as the whole. Where segments are longer than a frame, a first segment of a single frame
/// joins the second: two pictures that both begin a segment may not follow each other (see
/// `Mp4Writer::write_segment`).
pub fn segments(frames: &Range<u64>, length: u64) -> Vec<Range<u64>> {
    let mut segments = Vec::new();
    let mut start = frames.start;
    while start < frames.end {
        let mut end = (start / length + 1) * length;
        if length > 1 && end - start == 1 {
            end += length;
        }
        segments.push(start..end.min(frames.end));
        start = end;
    }
    segments
}

/// Draws the pictures of a film.
pub enum FilmPainter<'a, 'r> {
    /// A GPU, on the calling thread.
    Gpu(&'a Context, &'a mut Renderer<'r>),
    /// The threads of the encoders.
    Cpu {
        /// Whether the background is transparent.
        transparent: bool,
    },
}

/// What the stages share.
pub struct Pipeline<'a> {
    format: &'a dyn Format,
    stages: &'a Stages,
    interrupt: &'a Interrupt,
    /// A stage failed or the output takes no more: the others stop.
    stopped: AtomicBool,
    /// The output takes no more, and that is fine.
    closed: AtomicBool,
    failure: Mutex<Option<anyhow::Error>>,
    /// Frames encoded so far.
    encoded: AtomicU64,
}

/// A frame on its way to its encoder.
struct Drawn {
    segment: usize,
    pixels: Pixels,
}

/// Which segment is whose turn, where encoders' threads draw.
struct Turns {
    segments: usize,
    ahead: usize,
    state: Mutex<Turn>,
    moved: Condvar,
}

struct Turn {
    next: usize,
    /// Segments in the file.
    written: usize,
}

/// A segment on its way to the sink.
struct Encoded {
    segment: usize,
    /// Whether it holds all its frames.
    complete: bool,
    piece: Piece,
}

/// The drawing thread's side.
struct Drawing<'a, 'r> {
    renderer: &'a mut Renderer<'r>,
    encoders: Vec<SyncSender<Drawn>>,
    free: Receiver<Staging>,
    /// The oldest first.
    flights: VecDeque<(usize, Flight)>,
    ns_per_gpu_tick: f64,
    /// The GPU's clock and ours at the same moment: that of the first frame's end.
    gpu_epoch: Option<(u64, u64)>,
}

impl<'a> Pipeline<'a> {
    pub fn new(format: &'a dyn Format, stages: &'a Stages, interrupt: &'a Interrupt) -> Self {
        Self {
            format,
            stages,
            interrupt,
            stopped: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            failure: Mutex::new(None),
            encoded: AtomicU64::new(0),
        }
    }

    /// Whether the film ended because nobody reads on.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Runs all stages until the film is made, interrupted or has failed; gives the sink back.
    pub fn run(
        &self,
        scene: &Scene,
        painter: FilmPainter<'_, '_>,
        segments: &[Range<u64>],
        jobs: usize,
        sink: Box<dyn Sink>,
        progress: &mut Progress,
    ) -> anyhow::Result<Box<dyn Sink>> {
        let turns = Turns::new(segments.len(), jobs * SEGMENTS_AHEAD);
        let sink = thread::scope(|scope| {
            let (send_piece, receive_piece) = sync_channel(jobs);
            let (turns, main) = (&turns, thread::current());
            let mux = move || {
                let mut sink = sink;
                self.guard(|| self.mux(&receive_piece, turns, sink.as_mut()));
                main.unpark();
                sink
            };
            let mux = thread::Builder::new().name("mux".to_owned()).spawn_scoped(scope, mux);
            let mux = mux.context("no thread for the file")?;
            match painter {
                FilmPainter::Gpu(context, renderer) => {
                    let (send_free, free) = channel();
                    let mut encoders = Vec::with_capacity(jobs);
                    for job in 0..jobs {
                        let (send, receive) = sync_channel(STAGING_PER_ENCODER);
                        encoders.push(send);
                        let (send_piece, send_free) = (send_piece.clone(), send_free.clone());
                        let encode = move || self.encode(&receive, &send_piece, &send_free, segments);
                        self.spawn(scope, job, encode)?;
                    }
                    drop((send_piece, send_free));
                    let drawing = Drawing {
                        renderer,
                        encoders,
                        free,
                        flights: VecDeque::new(),
                        ns_per_gpu_tick: context.ns_per_gpu_tick(),
                        gpu_epoch: None,
                    };
                    self.guard(|| self.draw(drawing, scene, segments, progress));
                }
                FilmPainter::Cpu { transparent } => {
                    for job in 0..jobs {
                        let send_piece = send_piece.clone();
                        let film = move || {
                            let raster = Raster::new(scene, transparent)?;
                            self.draw_and_encode(raster, scene, &send_piece, turns, segments)
                        };
                        if let Err(error) = self.spawn(scope, job, film) {
                            self.guard(|| Err(error));
                        }
                    }
                    drop(send_piece);
                    while !mux.is_finished() {
                        progress.set(self.encoded.load(Ordering::Relaxed));
                        thread::park_timeout(LOOK_UP);
                    }
                }
            }
            mux.join().map_err(|_| anyhow!("the writing thread panicked"))
        })?;
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.map_or(Ok(sink), Err)
    }

    /// Starts an encoder's thread.
    fn spawn<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        job: usize,
        work: impl FnOnce() -> anyhow::Result<()> + Send + 'scope,
    ) -> anyhow::Result<()> {
        let thread = thread::Builder::new().name(format!("encode {job}"));
        let spawned = thread.spawn_scoped(scope, || self.guard(work));
        spawned.map(|_| ()).context("no thread for an encoder")
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

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Draws every frame, each block of segments side by side so that all encoders have work.
    fn draw(
        &self,
        mut drawing: Drawing<'_, '_>,
        scene: &Scene,
        segments: &[Range<u64>],
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let jobs = drawing.encoders.len();
        let mut unused = jobs * STAGING_PER_ENCODER + FRAMES_IN_FLIGHT;
        let order = segments
            .chunks(jobs)
            .enumerate()
            .flat_map(|(block, chunk)| turns(block * jobs, chunk));
        for (segment, number) in order {
            if self.is_stopped() || self.interrupt.is_asked() {
                break;
            }
            if drawing.flights.len() == FRAMES_IN_FLIGHT && !self.land(&mut drawing)? {
                break;
            }
            let staging = if unused > 0 {
                unused -= 1;
                drawing.renderer.staging()
            } else {
                let wait = Instant::now();
                // All encoders are gone only where one failed.
                let Ok(staging) = drawing.free.recv() else { break };
                self.stages.add(Stage::Backpressure, wait);
                staging
            };
            let time = Instant::now();
            let frame = scene.frame(number);
            self.stages.add(Stage::Scene, time);
            let time = Instant::now();
            let flight = drawing.renderer.submit(&frame, staging)?;
            drawing.flights.push_back((segment, flight));
            self.stages.add(Stage::Commands, time);
            progress.set(self.encoded.load(Ordering::Relaxed));
        }
        while !self.is_stopped() {
            if !self.land(&mut drawing)? {
                break;
            }
        }
        Ok(())
    }

    /// Waits for the oldest frame in flight and hands it to its encoder; false where there is none
    /// or the encoder is gone.
    fn land(&self, drawing: &mut Drawing<'_, '_>) -> anyhow::Result<bool> {
        let Some((segment, flight)) = drawing.flights.pop_front() else {
            return Ok(false);
        };
        let wait = Instant::now();
        let pixels = drawing.renderer.wait(flight)?;
        self.stages.add(Stage::Readback, wait);
        if drawing.renderer.has_timestamps() {
            let [start, end] = pixels.gpu_ticks();
            let (epoch, ours_ns) = *drawing.gpu_epoch.get_or_insert((end, self.stages.now_ns()));
            let ns = |ticks: i64| (ticks as f64 * drawing.ns_per_gpu_tick) as i64;
            let start_ns = ours_ns.saturating_add_signed(ns(start.wrapping_sub(epoch) as i64));
            self.stages
                .add_gpu(start_ns, ns(end.wrapping_sub(start) as i64).max(0) as u64);
        }
        let wait = Instant::now();
        let sent = drawing.encoders[segment % drawing.encoders.len()].send(Drawn { segment, pixels });
        self.stages.add(Stage::Backpressure, wait);
        Ok(sent.is_ok())
    }

    /// Draws and encodes one segment after the other, whichever is next.
    fn draw_and_encode(
        &self,
        mut raster: Raster<'_>,
        scene: &Scene,
        done: &SyncSender<Encoded>,
        turns: &Turns,
        segments: &[Range<u64>],
    ) -> anyhow::Result<()> {
        while let Some(segment) = turns.take(|| self.is_stopped()) {
            let mut encoder = self.format.encoder(segments[segment].start)?;
            let mut complete = true;
            let mut frames = 0;
            for number in segments[segment].clone() {
                if self.is_stopped() {
                    return Ok(());
                }
                if self.interrupt.is_asked() {
                    complete = false;
                    break;
                }
                let time = Instant::now();
                let frame = scene.frame(number);
                self.stages.add(Stage::Scene, time);
                let time = Instant::now();
                raster.draw(&frame);
                self.stages.add(Stage::Draw, time);
                let time = Instant::now();
                encoder.load(Picture::Rgba {
                    bytes: raster.padded_rgba(),
                    bytes_per_row: raster.bytes_per_row(),
                    tiles: Some(Tiles {
                        size_px: TILE_PX,
                        stamps: raster.stamps(),
                    }),
                });
                self.stages.add(Stage::Convert, time);
                let time = Instant::now();
                encoder.encode()?;
                self.stages.add(Stage::Encode, time);
                self.encoded.fetch_add(1, Ordering::Relaxed);
                frames += 1;
            }
            let piece = (frames > 0).then(|| Encoded {
                segment,
                complete,
                piece: encoder.finish(),
            });
            if !complete || piece.is_none() {
                // Where the file is gone too there is nobody to tell.
                piece.map(|piece| done.send(piece));
                return Ok(());
            }
            if piece.is_some_and(|piece| done.send(piece).is_err()) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Encodes the segments of one encoder, one after the other.
    fn encode(
        &self,
        frames: &Receiver<Drawn>,
        done: &SyncSender<Encoded>,
        free: &Sender<Staging>,
        segments: &[Range<u64>],
    ) -> anyhow::Result<()> {
        let mut current: Option<(usize, u64, Box<dyn Encoder>)> = None;
        while let Ok(Drawn { segment, pixels }) = frames.recv() {
            if self.is_stopped() {
                return Ok(());
            }
            let (_, next, mut encoder) = match current.take() {
                Some(current) => current,
                None => (
                    segment,
                    segments[segment].start,
                    self.format.encoder(segments[segment].start)?,
                ),
            };
            let number = pixels.frame_number();
            if number != next {
                bail!(
                    "frame {number} arrived in place of frame {next}; this is a fault in portbloom, please report it"
                );
            }
            let time = Instant::now();
            encoder.load(picture(&pixels));
            self.stages.add(Stage::Convert, time);
            // Nobody waits for a buffer any more once the last frame is drawn.
            let _ = free.send(pixels.into_staging());
            let time = Instant::now();
            encoder.encode()?;
            self.stages.add(Stage::Encode, time);
            self.encoded.fetch_add(1, Ordering::Relaxed);
            if next + 1 < segments[segment].end {
                current = Some((segment, next + 1, encoder));
            } else if done
                .send(Encoded {
                    segment,
                    complete: true,
                    piece: encoder.finish(),
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
                piece: encoder.finish(),
            });
        }
        Ok(())
    }

    /// Writes the segments in their order, up to the first that is not complete.
    fn mux(&self, pieces: &Receiver<Encoded>, turns: &Turns, sink: &mut dyn Sink) -> anyhow::Result<()> {
        let mut waiting: BTreeMap<usize, Encoded> = BTreeMap::new();
        let mut next = Some(0);
        while let Ok(encoded) = pieces.recv() {
            waiting.insert(encoded.segment, encoded);
            while let Some(encoded) = next.and_then(|next| waiting.remove(&next)) {
                let time = Instant::now();
                let flow = sink.write(encoded.piece)?;
                self.stages.add(Stage::Mux, time);
                if flow == Flow::Closed {
                    self.closed.store(true, Ordering::Relaxed);
                    self.stopped.store(true, Ordering::Relaxed);
                    return Ok(());
                }
                next = encoded.complete.then_some(encoded.segment + 1);
                turns.written();
            }
        }
        Ok(())
    }
}

impl Turns {
    fn new(segments: usize, ahead: usize) -> Self {
        Self {
            segments,
            ahead,
            state: Mutex::new(Turn { next: 0, written: 0 }),
            moved: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, Turn> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next segment, as soon as it is near enough to the file's end; `None` after the last, or
    /// where it will not be needed.
    fn take(&self, is_stopped: impl Fn() -> bool) -> Option<usize> {
        let mut turn = self.state();
        loop {
            if turn.next == self.segments || is_stopped() {
                return None;
            }
            if turn.next < turn.written + self.ahead {
                turn.next += 1;
                return Some(turn.next - 1);
            }
            let waited = self.moved.wait_timeout(turn, LOOK_UP);
            turn = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A segment more is in the file.
    fn written(&self) {
        self.state().written += 1;
        self.moved.notify_all();
    }
}

/// Pixels as the encoders know them.
fn picture(pixels: &Pixels) -> Picture<'_> {
    let (bytes, bytes_per_row) = (pixels.bytes(), pixels.bytes_per_row());
    match pixels.readout() {
        Readout::Rgba => Picture::Rgba {
            bytes,
            bytes_per_row,
            tiles: None,
        },
        Readout::Nv12 => Picture::Nv12 { bytes, bytes_per_row },
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
        assert_eq!(segments(&(7..10), 1), [7..8, 8..9, 9..10]);
    }

    #[test]
    fn nobody_is_far_ahead_of_the_file() {
        let turns = Turns::new(4, 2);
        let go_on = || false;
        assert_eq!([turns.take(go_on), turns.take(go_on)], [Some(0), Some(1)]);
        // The third waits until the first is written, or the film is given up.
        assert_eq!(turns.take(|| true), None);
        thread::scope(|scope| {
            let third = scope.spawn(|| turns.take(go_on));
            turns.written();
            assert_eq!(third.join().unwrap(), Some(2));
        });
        turns.written();
        assert_eq!([turns.take(go_on), turns.take(go_on)], [Some(3), None]);
    }

    #[test]
    fn encoders_are_fed_in_turn_and_every_frame_once() {
        let order: Vec<_> = turns(4, &[0..3, 3..5]).collect();
        assert_eq!(order, [(4, 0), (5, 3), (4, 1), (5, 4), (4, 2)]);
    }
}
