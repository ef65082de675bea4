//! The files beside a film: its captions for players, and a picture that stands for it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::chapters::poster;
use super::still::{drawn_on_cpu, save};
use super::told::Told;
use super::write_text;
use crate::output::Finished;
use crate::output::whole_file::ensure_place;
use crate::plan::{self, Cue, CueTime};
use crate::scene::Scene;
use crate::settings::{RenderSettings, Subtitles};

/// What is to be written once the film is made.
pub struct Beside<'a> {
    scene: &'a Scene,
    told: &'a Told,
    /// The frames of the film that were asked for.
    frames: &'a Range<u64>,
    transparent: bool,
    force: bool,
    subtitles: Vec<(Subtitles, Replacing)>,
    poster: Option<Replacing>,
    quiet: bool,
}

/// A file, and whether it replaces one that was there before the film was begun.
struct Replacing {
    path: PathBuf,
    replaces: bool,
}

impl Replacing {
    fn new(path: PathBuf, force: bool) -> anyhow::Result<Self> {
        Ok(Self {
            replaces: ensure_place(&path, force)?,
            path,
        })
    }
}

impl<'a> Beside<'a> {
    /// Checks that the files can be written.
    ///
    /// # Errors
    /// A name that is taken, a folder that is missing.
    pub fn new(
        settings: &RenderSettings,
        scene: &'a Scene,
        told: &'a Told,
        frames: &'a Range<u64>,
    ) -> anyhow::Result<Self> {
        let force = settings.view.force;
        let film = settings.output.as_deref().unwrap_or(Path::new(""));
        let subtitles = settings.subtitles.iter().map(|kind| {
            let file = Replacing::new(film.with_extension(kind.ending()), force)?;
            anyhow::Ok((*kind, file))
        });
        let poster = settings.poster.clone().map(|path| Replacing::new(path, force));
        Ok(Self {
            scene,
            told,
            frames,
            transparent: settings.view.transparent,
            force,
            subtitles: subtitles.collect::<anyhow::Result<_>>()?,
            poster: poster.transpose()?,
            quiet: settings.view.quiet,
        })
    }

    /// Writes the files of a film, or of what was made of one: that has subtitles by its own name, and no poster.
    ///
    /// # Errors
    /// A file could not be written.
    pub fn write(&self, made: &Finished) -> anyhow::Result<()> {
        let is_whole = made.frames == self.frames.end - self.frames.start;
        let part = self.frames.start..self.frames.start + made.frames;
        let cues = cues(self.scene, &part);
        for (kind, file) in &self.subtitles {
            let text = match kind {
                Subtitles::Vtt => plan::web_vtt(&cues),
                Subtitles::Srt => plan::srt(&cues),
            };
            if is_whole {
                write_text(&file.path, file.replaces, &text)?;
                self.tell(&file.path);
            } else {
                let path = made.path.with_extension(kind.ending());
                write_text(&path, self.force, &text)?;
                self.tell(&path);
            }
        }
        if let Some(file) = self.poster.as_ref().filter(|_| is_whole) {
            // Of a film of some runs of frames, a frame of the whole one: the strongest event is in both.
            let whole = (!self.scene.settings().cuts.is_empty()).then(|| self.scene.whole());
            let (scene, frames) = match &whole {
                Some(whole) => (whole, &(0..whole.frames())),
                None => (self.scene, self.frames),
            };
            let (number, shown) = poster(self.told.plan(), scene, frames);
            let shown = shown.as_ref().unwrap_or(scene);
            let rgba = drawn_on_cpu(shown, &shown.frame(number), self.transparent)?;
            save(rgba, shown.size_px(), None, &file.path, file.replaces)?;
            self.tell(&file.path);
        }
        Ok(())
    }

    fn tell(&self, path: &Path) {
        if !self.quiet {
            say!("{}", path.display());
        }
    }
}

/// The captions that stand in a part of a film, by its own times.
pub fn cues(scene: &Scene, part: &Range<u64>) -> Vec<Cue> {
    let timeline = &scene.log().timeline;
    let ms = |frame: u64| (timeline.film_secs(frame) * 1e3).round() as i64;
    let mut cues = Vec::new();
    for (first, cut) in scene.cuts() {
        // The frames of this run that are in the part, by their numbers here and in the whole film.
        let from = part.start.max(first);
        let to = part.end.min(first + cut.end - cut.start);
        if from >= to {
            continue;
        }
        let (start_ms, end_ms) = (ms(cut.start + from - first), ms(cut.start + to - first));
        let earlier_ms = ms(from - part.start);
        let cut = scene.said().map(|(from_ms, to_ms, text)| Cue {
            at: CueTime::Film {
                from_ms: from_ms.clamp(start_ms, end_ms) - start_ms + earlier_ms,
                to_ms: Some(to_ms.clamp(start_ms, end_ms) - start_ms + earlier_ms),
            },
            text: text.to_owned(),
        });
        let stands = |cue: &Cue| matches!(cue.at, CueTime::Film { from_ms, to_ms: Some(to_ms) } if from_ms < to_ms);
        cues.extend(cut.filter(stands));
    }
    cues
}
