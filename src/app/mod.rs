//! The commands: each joins the modules into one job and knows nothing that they know.

/// Tells the user something on stderr. That nobody reads it is no reason to stop.
macro_rules! say {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($part)*);
    }};
}

mod film;
mod interrupt;
mod pipeline;
mod profile;
mod progress;
mod report;
mod stages;
mod still;
mod synth;

pub use film::{Outcome, render};
pub use interrupt::Interrupt;
pub use profile::profile;
pub use still::still;
pub use synth::synth;

use std::time::Instant;

use anyhow::Context as _;

use crate::input;
use crate::log::LogBuilder;
use crate::output::whole_file::WholeFile;
use crate::scene::Scene;
use crate::settings::ViewSettings;
use progress::ReadProgress;
use stages::{Stage, Stages};

/// Reads a log and lays it out, timing both.
fn open_scene(view: &ViewSettings, stages: &Stages) -> anyhow::Result<Scene> {
    let start = Instant::now();
    let mut log = LogBuilder::new(view.times.clone());
    let options = input::Options { strict: view.strict };
    let mut progress = ReadProgress::new(view.quiet);
    let reading = input::stream(&view.sources, &options, &mut |now| progress.set(now), &mut |batch| {
        log.add(batch)
    });
    progress.finish();
    let reading = reading?;
    stages.add(Stage::Parse, start);
    let start = Instant::now();
    let log = log.finish(reading)?;
    let settings = view.scene(&log.source);
    let scene = Scene::new(log, settings);
    stages.add(Stage::Aggregate, start);
    if !view.quiet {
        report::print_left_out(scene.log());
    }
    Ok(scene)
}

/// Writes a file of JSON, with a line end after it.
fn write_json(path: &std::path::Path, force: bool, value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec_pretty(value).context("a report is always valid JSON")?;
    text.push(b'\n');
    let mut file = WholeFile::create(path, force)?;
    file.write(&text)?;
    file.finish()?;
    Ok(())
}
