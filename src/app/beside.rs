//! The files beside a film: its captions for players, a picture that stands for it, and a page.

use std::ops::Range;
use std::path::Path;

use super::chapters::{cues, poster};
use super::page::Contents;
use super::replacing::Replacing;
use super::still::{drawn_on_cpu, save};
use super::sums::Sums;
use super::told::Told;
use super::write_text;
use crate::output::Finished;
use crate::plan;
use crate::scene::Scene;
use crate::settings::{RenderSettings, Subtitles};

/// What is to be written once the film is made.
pub struct Beside<'a> {
    scene: &'a Scene,
    told: &'a Told,
    hosts: &'a Sums,
    /// The frames of the film that were asked for.
    frames: &'a Range<u64>,
    transparent: bool,
    force: bool,
    subtitles: Vec<(Subtitles, Replacing)>,
    poster: Option<Replacing>,
    page: Option<Replacing>,
    share: Option<Replacing>,
    embed: bool,
    quiet: bool,
}

impl<'a> Beside<'a> {
    /// Checks that the files can be written.
    ///
    /// # Errors
    /// A name that is taken, a folder that is missing.
    pub fn new(
        settings: &RenderSettings,
        scene: &'a Scene,
        (told, hosts): (&'a Told, &'a Sums),
        frames: &'a Range<u64>,
    ) -> anyhow::Result<Self> {
        let force = settings.view.force;
        let film = settings.output.as_deref().unwrap_or(Path::new(""));
        let subtitles = settings.subtitles.iter().map(|kind| {
            let file = Replacing::new(&film.with_extension(kind.ending()), force)?;
            anyhow::Ok((*kind, file))
        });
        let page = settings.page.as_ref();
        Ok(Self {
            scene,
            told,
            hosts,
            frames,
            transparent: settings.view.transparent,
            force,
            subtitles: subtitles.collect::<anyhow::Result<_>>()?,
            poster: Replacing::asked(settings.poster.as_ref(), force)?,
            page: Replacing::asked(page.map(|page| &page.path), force)?,
            share: Replacing::asked(page.and_then(|page| page.share.as_ref()), force)?,
            embed: page.is_some_and(|page| page.embed),
            quiet: settings.view.quiet,
        })
    }

    /// Writes the files of a film, or of what was made of one: that has subtitles by its own name, and nothing else.
    ///
    /// # Errors
    /// A file could not be written.
    pub fn write(&self, made: &Finished) -> anyhow::Result<()> {
        self.write_subtitles(made)?;
        let is_whole = self.is_whole(made);
        if let Some(file) = self.poster.as_ref().filter(|_| is_whole) {
            let (number, shown) = poster(self.told.plan(), self.scene, self.frames);
            let shown = shown.as_ref().unwrap_or(self.scene);
            let rgba = drawn_on_cpu(shown, &shown.frame(number), self.transparent)?;
            save(rgba, shown.size_px(), None, &file.path, file.replaces())?;
            self.tell(&file.path);
        }
        if let Some(file) = self.page.as_ref().filter(|_| is_whole) {
            let contents = Contents {
                scene: self.scene,
                told: self.told,
                hosts: self.hosts,
                frames: self.frames.clone(),
                film: &made.path,
                embed: self.embed,
                share: self.share.as_ref().map(|share| share.path.as_path()),
            };
            if let Some(share) = &self.share {
                let mut picture = share.create()?;
                picture.write(&contents.share_png()?)?;
                picture.finish()?;
            }
            contents.write(file)?;
            self.tell(&file.path);
        }
        Ok(())
    }

    /// Writes the subtitles of a film, or by its own name those of what was made of one.
    ///
    /// # Errors
    /// A file could not be written.
    pub fn write_subtitles(&self, made: &Finished) -> anyhow::Result<()> {
        let part = self.frames.start..self.frames.start + made.frames;
        let cues = cues(self.scene, &part);
        for (kind, file) in &self.subtitles {
            let text = match kind {
                Subtitles::Vtt => plan::web_vtt(&cues),
                Subtitles::Srt => plan::srt(&cues),
            };
            if self.is_whole(made) {
                file.write_text(&text)?;
                self.tell(&file.path);
            } else {
                let path = made.path.with_extension(kind.ending());
                write_text(&path, self.force, &text)?;
                self.tell(&path);
            }
        }
        Ok(())
    }

    fn is_whole(&self, made: &Finished) -> bool {
        made.frames == self.frames.end - self.frames.start
    }

    fn tell(&self, path: &Path) {
        if !self.quiet {
            say!("{}", path.display());
        }
    }
}
