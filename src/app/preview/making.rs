//! Films and pictures of one frame, each made on a thread of its own while the window plays on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::Context as _;

use super::super::film::render_telling;
use super::super::progress::{Progress, Tally};
use super::super::{Interrupt, Outcome, still};
use crate::gpu::Context;
use crate::output::whole_file::free_names;
use crate::scene::Scene;
use crate::settings::RenderSettings;

/// A film that is being made.
pub struct Export {
    path: PathBuf,
    interrupt: Arc<Interrupt>,
    tally: Arc<Tally>,
    thread: JoinHandle<anyhow::Result<Outcome>>,
}

impl Export {
    /// Starts to make the film that the words of a command line mean; `done` is called once it is over.
    pub fn start(words: &[String], path: PathBuf, done: impl FnOnce() + Send + 'static) -> anyhow::Result<Self> {
        let mut settings = RenderSettings::from_words(words)?;
        settings.view.quiet = true;
        // A core is left to the window; the film is the same for any number.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        settings.jobs = Some(cores.saturating_sub(1).max(1));
        let (interrupt, tally) = (Arc::new(Interrupt::default()), Arc::new(Tally::default()));
        let (asked, told) = (Arc::clone(&interrupt), Arc::clone(&tally));
        let make = move || {
            let outcome = render_telling(&settings, &asked, |count| Progress::told(count, &told));
            done();
            outcome
        };
        let thread = thread::Builder::new().name("export".to_owned()).spawn(make);
        Ok(Self {
            path,
            interrupt,
            tally,
            thread: thread.context("no thread for the film")?,
        })
    }

    /// Frames done, and all of them.
    pub fn frames(&self) -> (u64, u64) {
        self.tally.frames()
    }

    /// Asks it to close the film as it is.
    pub fn stop(&self) {
        self.interrupt.ask();
    }

    /// Whether it has come to its end.
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its end; what there is to say of it.
    pub fn end(self) -> String {
        let path = self.path.display();
        match self.thread.join() {
            Ok(Ok(Outcome::Done)) => format!("{path} is made."),
            Ok(Ok(Outcome::Incomplete)) => format!("{path} is made, but rows of the log are lost."),
            Ok(Ok(Outcome::Interrupted)) => "Export stopped; what there was is kept as .partial.".to_owned(),
            Ok(Err(error)) => format!("Export failed: {error:#}"),
            Err(_) => "Export failed: a fault in portbloom, please report it.".to_owned(),
        }
    }
}

/// A picture that is being saved. Dropping it waits for the end, as it may draw on a window's device.
pub struct Saving {
    /// Some until the end.
    thread: Option<JoinHandle<()>>,
}

impl Saving {
    /// Whether it has come to its end.
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // Where it panicked, that was printed.
            let _ = thread.join();
        }
    }
}

/// Draws a frame at the film's size and saves it; `done` gets what there is to say of it. The CPU draws
/// it where there is no context.
pub fn save_frame(
    context: Option<Arc<Context>>,
    scene: Arc<Scene>,
    size_px: [u32; 2],
    number: u64,
    done: impl FnOnce(String) + Send + 'static,
) -> anyhow::Result<Saving> {
    let save = move || {
        let path = free(Path::new(&format!("portbloom-frame-{number:05}.png")));
        let scene = scene.resized(size_px);
        let frame = scene.frame(number);
        let drawn = match context {
            Some(context) => still::drawn(&context, &scene, &frame, false),
            None => still::drawn_on_cpu(&scene, &frame, false),
        };
        let saved = drawn.and_then(|rgba| still::save(rgba, scene.size_px(), None, &path, false));
        done(match saved {
            Ok(()) => format!("{} is saved.", path.display()),
            Err(error) => format!("The frame was not saved: {error:#}"),
        });
    };
    let thread = thread::Builder::new().name("save".to_owned()).spawn(save);
    let thread = thread.context("no thread for the picture")?;
    Ok(Saving { thread: Some(thread) })
}

/// The first of `film.mp4`, `film-2.mp4`, ... that does not exist.
pub fn free(path: &Path) -> PathBuf {
    std::iter::once(path.to_owned())
        .chain(free_names(path))
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_exist_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        assert_eq!(free(&path), path);
        std::fs::write(&path, b"").unwrap();
        assert_eq!(free(&path), folder.path().join("film-2.mp4"));
        std::fs::write(folder.path().join("film-2.mp4"), b"").unwrap();
        assert_eq!(free(&path), folder.path().join("film-3.mp4"));
    }
}
