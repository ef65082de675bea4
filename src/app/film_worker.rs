//! A thread's work on a film, as it is on trial: what happens once (pipelines, memory, the first letters, the first
//! picture of an encoder), and one frame after the other.

use std::ops::Range;

use super::film_painter::{FilmPainter, ThreadPainter};
use super::stages::Stages;
use super::trial::Worker;
use crate::output::null::NullFormat;
use crate::output::sink::{Encoder, Format};
use crate::scene::Scene;

/// A thread of a film, on trial.
pub struct FilmWorker<'a> {
    painter: ThreadPainter<'a>,
    encoder: Box<dyn Encoder>,
    /// Formats of single pictures write them where they are encoded: those are tried without encoding.
    encodes: bool,
    scene: &'a Scene,
    /// The frames that it makes, over and over.
    frames: Range<u64>,
    next: u64,
    stages: Stages,
}

impl<'a> FilmWorker<'a> {
    /// One of `threads` threads, each at a place of its own among the frames of a film.
    ///
    /// # Errors
    /// The painter or the encoder failed.
    pub fn new(
        film: &FilmPainter<'a>,
        format: &dyn Format,
        frames: &Range<u64>,
        [thread, threads]: [usize; 2],
    ) -> anyhow::Result<Self> {
        let length = (frames.end - frames.start) as f64;
        let start = frames.start + (length * (thread as f64 + 0.5) / threads as f64) as u64;
        let mut worker = Self {
            painter: film.open()?,
            encoder: format.encoder(start)?,
            encodes: format.segment_frames() > 1,
            scene: film.scene(),
            frames: start..frames.end,
            next: start,
            stages: Stages::new(false),
        };
        worker.warm_up()?;
        Ok(worker)
    }

    fn warm_up(&mut self) -> anyhow::Result<()> {
        // As many frames as can be in flight: there is memory for all of them then. They go nowhere.
        while self.painter.has_room() {
            self.begin(true)?;
        }
        let mut nowhere = NullFormat.encoder(self.next)?;
        while self
            .painter
            .take(&mut |picture| nowhere.load(picture), &self.stages)?
            .is_some()
        {}
        // The first picture of an encoder is dearer than those that follow it.
        self.begin(true)?;
        self.take()
    }

    /// Gives the team's painters back to the film.
    ///
    /// # Errors
    /// The graphics adapter failed.
    pub fn disband(team: Vec<Self>, film: &FilmPainter<'a>) -> anyhow::Result<()> {
        let mut team = team.into_iter();
        team.try_for_each(|worker| film.close(worker.painter, &worker.stages))
    }

    fn begin(&mut self, first: bool) -> anyhow::Result<()> {
        if self.next == self.frames.end {
            self.next = self.frames.start;
        }
        let frame = self.scene.frame(self.next);
        self.painter.begin(&frame, first, &self.stages)?;
        self.next += 1;
        Ok(())
    }

    fn take(&mut self) -> anyhow::Result<()> {
        let encoder = &mut self.encoder;
        self.painter.take(&mut |picture| encoder.load(picture), &self.stages)?;
        if self.encodes {
            self.encoder.encode()?;
        }
        Ok(())
    }
}

impl Worker for FilmWorker<'_> {
    fn make(&mut self) -> anyhow::Result<()> {
        while self.painter.has_room() {
            self.begin(false)?;
        }
        self.take()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::app::trial;
    use crate::gpu::{Instances, RendererSettings, testing};
    use crate::input::{self, LogPart};
    use crate::log::{Grouping, LogBuilder};
    use crate::scene::SceneSettings;
    use crate::timeline::TimeSpec;

    #[test]
    fn every_part_of_a_film_can_be_tried() {
        let mut log = LogBuilder::new(TimeSpec::default(), Grouping::Ports);
        let options = input::Options::default();
        let reading = input::stream(&[LogPart::Sample], &options, &mut |_| {}, &mut |batch| log.add(batch));
        let log = log.finish(reading.unwrap()).unwrap();
        let settings = SceneSettings {
            size_px: [320, 180],
            countries: 44,
            ..SceneSettings::default()
        };
        let scene = Scene::new(log, settings);
        let context = testing::context();
        let render = RendererSettings::default();
        let by_gpu = FilmPainter::gpu(&scene, &context, Instances::new(&context, &scene).unwrap(), render, 2);
        let start = Instant::now();
        for film in [FilmPainter::cpu(&scene, false), by_gpu] {
            for (frames, threads) in [(0..8134, 3), (8133..8134, 2), (100..103, 1)] {
                let worker = |thread| FilmWorker::new(&film, &NullFormat, &frames, [thread, threads]);
                let mut team = trial::team(threads, worker).unwrap();
                let rate = trial::turn(&mut team, || start.elapsed()).unwrap();
                assert!(rate.is_finite() && rate > 0.0, "{frames:?}: {rate}");
                FilmWorker::disband(team, &film).unwrap();
            }
            // Nothing is left of those frames.
            let mut painter = film.open().unwrap();
            let (mut nowhere, stages) = (NullFormat.encoder(0).unwrap(), Stages::new(false));
            assert_eq!(
                painter.take(&mut |picture| nowhere.load(picture), &stages).unwrap(),
                None
            );
            painter.begin(&scene.frame(5000), true, &stages).unwrap();
            assert_eq!(
                painter.take(&mut |picture| nowhere.load(picture), &stages).unwrap(),
                Some(5000)
            );
        }
    }
}
