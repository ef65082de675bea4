//! `portbloom join`: looks at the parts of a film, and copies them to one file in its order.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};

use super::assembly::in_order;
use super::film::size_text;
use super::interrupt::Interrupt;
use super::outcome::Outcome;
use super::progress::Progress;
use super::replacing::Replacing;
use super::{clear_rests, joined_report, json_text};
use crate::output::frames::join as pictures;
use crate::output::mark::{JoinError, Part, PartError};
use crate::output::mp4::join as mp4;
use crate::output::numbered::Pattern;
use crate::output::rests::is_being_made;
use crate::output::y4m::join as y4m;
use crate::settings::{JoinKind, JoinSettings};
use crate::words::counted;

/// Puts the parts of a film together. After Ctrl-C nothing is left but numbered pictures.
///
/// # Errors
/// Parts that are not of one film, or not all of it, with the command that makes what is missing; a file that cannot be
/// written. Nothing is left then but numbered pictures.
pub fn join(settings: &JoinSettings, interrupt: &Interrupt) -> anyhow::Result<Outcome> {
    let JoinSettings { output, force, .. } = settings;
    let started = Instant::now();
    interrupt.take_over();
    clear_rests(output, settings.quiet);
    let report_file = Replacing::asked(settings.report.as_ref(), *force)?;
    let mut parts = Vec::new();
    let mut faults = Vec::new();
    for path in &settings.parts {
        if interrupt.is_asked() {
            return Ok(interrupted(&settings.kind));
        }
        match look(path, &settings.kind) {
            Ok(found) => parts.extend(found),
            Err(error) => faults.push((path.clone(), error.to_string())),
        }
    }
    let parts = in_order(parts, &faults, output).map_err(|problems| anyhow!(problems))?;
    if !settings.quiet {
        tell_painters(&parts);
    }
    let film_frames = parts.last().map_or(0, |part| part.frames.end);
    let report = match report_file {
        None => None,
        Some(file) => Some((file, joined_report::joined(&settings.reports, &parts, output)?)),
    };
    let mut progress = Progress::new(film_frames, settings.quiet);
    let mut go_on = |frames| {
        progress.set(frames);
        !interrupt.is_asked()
    };
    let joined = match &settings.kind {
        JoinKind::Mp4 => mp4::join(&parts, output, *force, &mut go_on),
        JoinKind::Y4m => y4m::join(&parts, output, *force, &mut go_on),
        JoinKind::Pictures(pattern) => pictures::join(&parts, pattern, *force, &mut go_on),
    };
    progress.finish();
    let made = match joined {
        Ok(Some(made)) => made,
        Ok(None) => return Ok(interrupted(&settings.kind)),
        Err(JoinError::Output(error)) => bail!(error),
        Err(JoinError::Part(error)) => {
            // The command that makes it again is told as if it were not there.
            let Some(at) = parts.iter().position(|part| error.path().starts_with(&part.path)) else {
                bail!(error);
            };
            let mut others = parts;
            let path = others.remove(at).path;
            let told = in_order(others, &[(path, error.to_string())], output);
            bail!(told.err().unwrap_or_else(|| error.to_string()));
        }
    };
    if !settings.quiet {
        say!(
            "{}: {} of {} in {:.1} s{}",
            made.path.display(),
            counted(made.frames, "frame"),
            counted(parts.len() as u64, "part"),
            started.elapsed().as_secs_f64(),
            size_text(made.bytes)
        );
    }
    if let Some((file, report)) = report {
        file.write_text(&json_text(&report)?).context("the film is whole")?;
    }
    Ok(Outcome::Done)
}

/// What a name of the command line stands for: a part, or some in a folder of pictures.
fn look(path: &Path, kind: &JoinKind) -> Result<Vec<Part>, PartError> {
    let found = match (kind, Pattern::from_path(path)) {
        (JoinKind::Mp4, _) => mp4::look(path).map(|part| vec![part]),
        (JoinKind::Y4m, _) => y4m::look(path).map(|part| vec![part]),
        (JoinKind::Pictures(_), Some(pattern)) => pictures::look(&pattern),
        (JoinKind::Pictures(_), None) => Ok(Vec::new()),
    };
    match found {
        Err(PartError::Missing(_)) if is_being_made(path) => Err(PartError::AtWork(path.to_owned())),
        found => found,
    }
}

fn interrupted(kind: &JoinKind) -> Outcome {
    let left = match kind {
        JoinKind::Pictures(_) => "the pictures that are there are whole",
        JoinKind::Mp4 | JoinKind::Y4m => "nothing is left",
    };
    say!("portbloom: interrupted before the film was whole; {left}");
    Outcome::Interrupted
}

/// Remarks on parts that were not all drawn by the same.
fn tell_painters(parts: &[Part]) {
    let Some(first) = parts.first() else { return };
    let other = parts.iter().find(|part| part.mark.painter != first.mark.painter);
    if let Some(other) = other {
        let named = |part: &Part| format!("`{}` was drawn by {}", part.path.display(), part.mark.painter);
        say!(
            "  remark: {} and {}: their colours may differ in the last bit, so this film may not be that of one run; \
             --adapter software makes all parts alike",
            named(first),
            named(other)
        );
    }
}
