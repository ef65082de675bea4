//! The film pipeline: several threads draw and encode, one writes.
//!
//! The film is cut into closed segments at fixed frame numbers. Each is drawn and encoded by one thread,
//! with an encoder of its own, so the bytes do not depend on how many work side by side, and layout,
//! commands and encoding all grow with the cores. All queues are bounded: pictures by the frames that a
//! thread has in flight, pieces by the threads and by how far one may be ahead of the file. The first
//! failure stops every stage, and is the one reported.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};

use super::film_painter::{FilmPainter, ThreadPainter};
use super::interrupt::Interrupt;
use super::progress::Progress;
use super::stages::{Stage, Stages};
use crate::output::flashes::{Counter, Grid, Watch};
use crate::output::picture::Picture;
use crate::output::sink::{Encoder, Flow, Format, Piece, Sink};
use crate::scene::Scene;

/// Segments for each thread that may be begun before the oldest of them is in the file.
const SEGMENTS_AHEAD: usize = 2;
/// Time after which those that wait look whether there is anything left to wait for.
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

/// The state that the stages share.
pub struct Pipeline<'a> {
    format: &'a dyn Format,
    stages: &'a Stages,
    interrupt: &'a Interrupt,
    /// The first segment that is not made any more, after a failure or when the output takes no more.
    end: AtomicUsize,
    /// The output takes no more, and that is fine.
    closed: AtomicBool,
    failure: Mutex<Option<anyhow::Error>>,
    /// Frames encoded so far.
    encoded: AtomicU64,
    /// Seconds of the frames written so far that flash too often.
    flashes: AtomicU64,
}

/// Index of the next segment.
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
    /// What was seen of its frames.
    grids: Vec<Grid>,
}

/// A segment in the making.
struct Making<'a> {
    encoder: Box<dyn Encoder>,
    watch: &'a mut Watch,
    /// What was seen of each picture that was loaded.
    grids: Vec<Grid>,
}

impl Making<'_> {
    fn load(&mut self, picture: Picture<'_>) {
        self.grids.push(self.watch.look(picture));
        self.encoder.load(picture);
    }
}

impl<'a> Pipeline<'a> {
    pub fn new(format: &'a dyn Format, stages: &'a Stages, interrupt: &'a Interrupt) -> Self {
        Self {
            format,
            stages,
            interrupt,
            end: AtomicUsize::new(usize::MAX),
            closed: AtomicBool::new(false),
            failure: Mutex::new(None),
            encoded: AtomicU64::new(0),
            flashes: AtomicU64::new(0),
        }
    }

    /// Whether the film ended because nobody reads on.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Seconds of the film that flash too often.
    pub fn flashes(&self) -> u64 {
        self.flashes.load(Ordering::Relaxed)
    }

    /// Runs all stages until the film is made, interrupted or has failed; gives the sink back, with
    /// the frames so far, and the first failure.
    pub fn run(
        &self,
        painter: &FilmPainter<'_>,
        segments: &[Range<u64>],
        jobs: usize,
        sink: Box<dyn Sink>,
        progress: &mut Progress,
    ) -> anyhow::Result<(Box<dyn Sink>, Option<anyhow::Error>)> {
        let scene = painter.scene();
        let turns = Turns::new(segments.len(), jobs * SEGMENTS_AHEAD);
        let sink = thread::scope(|scope| {
            let (send_piece, receive_piece) = sync_channel(jobs);
            let (turns, main) = (&turns, thread::current());
            let mux = move || {
                let mut sink = sink;
                let fps = scene.log().timeline.fps;
                let counter = Counter::new(scene.size_px(), (fps.num, fps.den));
                self.guard(|| self.mux(&receive_piece, turns, sink.as_mut(), counter));
                main.unpark();
                sink
            };
            let mux = thread::Builder::new().name("mux".to_owned()).spawn_scoped(scope, mux);
            let mux = mux.context("no thread for the file")?;
            for job in 0..jobs {
                let send_piece = send_piece.clone();
                let work = move || {
                    let mut thread_painter = painter.open()?;
                    self.draw_and_encode(&mut thread_painter, scene, &send_piece, turns, segments)?;
                    painter.close(thread_painter, self.stages)
                };
                let thread = thread::Builder::new().name(format!("encode {job}"));
                let spawned = thread.spawn_scoped(scope, || self.guard(work));
                if let Err(error) = spawned.context("no thread for an encoder") {
                    self.guard(|| Err(error));
                }
            }
            drop(send_piece);
            while !mux.is_finished() {
                progress.set(self.encoded.load(Ordering::Relaxed));
                thread::park_timeout(LOOK_UP);
            }
            mux.join().map_err(|_| anyhow!("the writing thread panicked"))
        })?;
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok((sink, failure))
    }

    /// Runs a stage; keeps the first failure of all and stops the others. A panic is one too: the
    /// frames that were made before it are saved.
    fn guard(&self, stage: impl FnOnce() -> anyhow::Result<()>) {
        let ended = catch_unwind(AssertUnwindSafe(stage));
        if let Err(error) = ended.unwrap_or_else(|_| Err(fault())) {
            self.fail(error, 0);
        }
    }

    /// Keeps a failure, if it is the first, and stops all work from `segment` on; what is before it
    /// is still made, as it will be the end of the film.
    fn fail(&self, error: anyhow::Error, segment: usize) {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
        self.end.fetch_min(segment, Ordering::Relaxed);
    }

    /// Whether no segment is begun any more.
    fn is_ending(&self) -> bool {
        self.end.load(Ordering::Relaxed) < usize::MAX
    }

    /// Draws and encodes one segment after the other, whichever is next.
    fn draw_and_encode(
        &self,
        painter: &mut ThreadPainter<'_>,
        scene: &Scene,
        done: &SyncSender<Encoded>,
        turns: &Turns,
        segments: &[Range<u64>],
    ) -> anyhow::Result<()> {
        let mut watch = Watch::new(scene.size_px());
        loop {
            let wait = Instant::now();
            let segment = turns.take(|| self.is_ending());
            self.stages.add(Stage::Backpressure, wait);
            let Some(segment) = segment else {
                return Ok(());
            };
            let range = &segments[segment];
            let encoder = match self.format.encoder(range.start) {
                Ok(encoder) => encoder,
                Err(error) => {
                    self.fail(error.into(), segment);
                    return Ok(());
                }
            };
            let mut taken = range.start;
            let mut making = Making {
                encoder,
                watch: &mut watch,
                grids: Vec::with_capacity((range.end - range.start) as usize),
            };
            let draw = || self.draw_segment(painter, scene, (segment, range), &mut making, &mut taken);
            let drawn = catch_unwind(AssertUnwindSafe(draw)).unwrap_or_else(|_| {
                // An encoder that was left in the middle has nothing to give.
                taken = range.start;
                Err(fault())
            });
            if let Err(error) = drawn {
                self.fail(error, segment);
            }
            let complete = taken == range.end;
            if taken > range.start {
                let Making { encoder, mut grids, .. } = making;
                let piece = encoder.finish();
                grids.truncate((taken - range.start) as usize);
                let wait = Instant::now();
                let sent = done.send(Encoded {
                    segment,
                    complete,
                    piece,
                    grids,
                });
                self.stages.add(Stage::Backpressure, wait);
                if sent.is_err() {
                    // The file is gone too: there is nobody to tell.
                    return Ok(());
                }
            }
            if !complete {
                return Ok(());
            }
        }
    }

    /// Draws and encodes the frames of a segment until it is complete, or is not to be made any more;
    /// `taken` is the first frame that is not encoded yet.
    fn draw_segment(
        &self,
        painter: &mut ThreadPainter<'_>,
        scene: &Scene,
        (segment, range): (usize, &Range<u64>),
        making: &mut Making<'_>,
        taken: &mut u64,
    ) -> anyhow::Result<()> {
        let mut begun = range.start;
        let mut interrupted = false;
        while segment < self.end.load(Ordering::Relaxed) {
            interrupted |= self.interrupt.is_asked();
            while begun < range.end && !interrupted && painter.has_room() {
                let time = Instant::now();
                let frame = scene.frame(begun);
                self.stages.add(Stage::Scene, time);
                painter.begin(&frame, begun == range.start, self.stages)?;
                begun += 1;
            }
            let Some(number) = painter.take(&mut |picture| making.load(picture), self.stages)? else {
                break;
            };
            if number != *taken {
                bail!(
                    "frame {number} arrived in place of frame {taken}; this is a fault in portbloom, please report it"
                );
            }
            let time = Instant::now();
            making.encoder.encode()?;
            self.stages.add(Stage::Encode, time);
            self.encoded.fetch_add(1, Ordering::Relaxed);
            *taken += 1;
        }
        Ok(())
    }

    /// Writes the segments in their order, up to the first that is not complete.
    fn mux(
        &self,
        pieces: &Receiver<Encoded>,
        turns: &Turns,
        sink: &mut dyn Sink,
        mut flashes: Counter,
    ) -> anyhow::Result<()> {
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
                    self.end.store(0, Ordering::Relaxed);
                    return Ok(());
                }
                encoded.grids.into_iter().for_each(|grid| flashes.add(grid));
                self.flashes.store(flashes.seconds(), Ordering::Relaxed);
                next = encoded.complete.then_some(encoded.segment + 1);
                turns.written();
            }
        }
        Ok(())
    }
}

/// The failure of a thread that panicked; what it had to say it has said.
fn fault() -> anyhow::Error {
    anyhow!("a fault in portbloom ended the film, please report it")
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::output::chapters::Chapter;
    use crate::output::mark::Mark;
    use crate::output::sink::Wants;
    use crate::output::{Finished, OutputError};
    use crate::settings::PreviewSettings;

    /// Counts pictures; at the frame `at` its encoder fails, or panics.
    #[derive(Clone, Copy)]
    struct Failing {
        at: u64,
        panics: bool,
    }

    struct FailingEncoder {
        failing: Failing,
        next: u64,
        frames: u64,
    }

    struct Count(u64);

    impl Format for Failing {
        fn name(&self) -> String {
            "none".to_owned()
        }

        fn wants(&self) -> Wants {
            Wants::Nothing
        }

        fn segment_frames(&self) -> u64 {
            10
        }

        fn encoder(&self, first_frame: u64) -> Result<Box<dyn Encoder>, OutputError> {
            Ok(Box::new(FailingEncoder {
                failing: *self,
                next: first_frame,
                frames: 0,
            }))
        }

        fn sink(&self, _frames: u64, _chapters: &[Chapter], _mark: &Mark) -> Result<Box<dyn Sink>, OutputError> {
            Ok(Box::new(Count(0)))
        }
    }

    impl Encoder for FailingEncoder {
        fn load(&mut self, _picture: Picture<'_>) {}

        fn encode(&mut self) -> Result<(), OutputError> {
            if self.next == self.failing.at {
                assert!(!self.failing.panics, "a fault of the encoder");
                return Err(OutputError::NoFrames { path: PathBuf::new() });
            }
            self.next += 1;
            self.frames += 1;
            Ok(())
        }

        fn finish(self: Box<Self>) -> Piece {
            Piece::Done(self.frames)
        }
    }

    impl Sink for Count {
        fn write(&mut self, piece: Piece) -> Result<Flow, OutputError> {
            let Piece::Done(frames) = piece else { unreachable!() };
            self.0 += frames;
            Ok(Flow::More)
        }

        fn frames(&self) -> u64 {
            self.0
        }

        fn finish(self: Box<Self>) -> Result<Finished, OutputError> {
            unreachable!()
        }

        fn finish_partial(self: Box<Self>) -> Result<Option<Finished>, OutputError> {
            unreachable!()
        }
    }

    fn test_mark() -> Mark {
        Mark {
            portbloom: String::new(),
            log: String::new(),
            settings: String::new(),
            size: [64, 64],
            fps: (25, 1),
            frames: 0..60,
            film_frames: 60,
            segment_frames: 10,
            shard: None,
            painter: String::new(),
            command: Vec::new(),
            chapters: Vec::new(),
        }
    }

    #[test]
    fn an_encoder_that_fails_or_panics_costs_no_frame_before_it() {
        let words = ["portbloom", "preview", "--size", "64x64", "--quiet"];
        let view = PreviewSettings::from_words(&words).unwrap().view;
        let scene = super::super::open_scene(&view, &Stages::new(false)).unwrap();
        for (panics, jobs, frames) in [(false, 1, 25), (false, 3, 25), (true, 1, 20), (true, 3, 20)] {
            let format = Failing { at: 25, panics };
            let (stages, interrupt) = (Stages::new(false), Interrupt::default());
            let pipeline = Pipeline::new(&format, &stages, &interrupt);
            let painter = FilmPainter::cpu(&scene, false);
            let segments = segments(&(0..60), 10);
            let mut progress = Progress::new(60, true);
            let sink = format.sink(60, &[], &test_mark()).unwrap();
            let ran = pipeline.run(&painter, &segments, jobs, sink, &mut progress);
            let (sink, failure) = ran.unwrap();
            let failure = failure.unwrap().to_string();
            assert_eq!(failure.contains("a fault in portbloom"), panics, "{failure}");
            assert_eq!(sink.frames(), frames, "{jobs} encoders, {failure}");
        }
    }

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
}
