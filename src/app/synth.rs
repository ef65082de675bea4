//! `portbloom synth`: has a log made up and written, slot by slot.

use std::time::Instant;

use super::film::size_text;
use super::interrupt::Interrupt;
use super::outcome::Outcome;
use super::progress::WriteProgress;
use crate::output::text::{TextTarget, write_text};
use crate::settings::SynthSettings;
use crate::synth::{HEADER, Synth};
use crate::words::counted;

/// Text gathered before it is written: some slots of a small log, one of a huge one.
const CHUNK_BYTES: usize = 256 << 10;

/// Makes up a log. Memory does not grow with it. After Ctrl-C no file is left.
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn synth(settings: &SynthSettings, interrupt: &Interrupt) -> anyhow::Result<Outcome> {
    interrupt.take_over();
    let started = Instant::now();
    if let TextTarget::File(path, _) = &settings.target {
        super::clear_rests(path, settings.quiet);
    }
    let mut log = Synth::new(settings.recipe);
    let mut outcome = Outcome::Done;
    let mut progress = WriteProgress::new(settings.recipe.events, settings.quiet);
    let mut rows = 0;
    let bytes = write_text(&settings.target, |writer| {
        let mut text = HEADER.as_bytes().to_vec();
        while let Some(more) = log.write_slot(&mut text) {
            rows += more;
            progress.set(rows);
            if text.len() >= CHUNK_BYTES {
                writer.write_all(&text)?;
                text.clear();
            }
            if interrupt.is_asked() {
                outcome = Outcome::Interrupted;
                return Ok(false);
            }
        }
        writer.write_all(&text)?;
        Ok(true)
    });
    progress.finish();
    let bytes = bytes?;
    let name = settings.target.name();
    if outcome == Outcome::Interrupted {
        say!("portbloom: interrupted: {name} is not whole, and no file is left of it");
    } else if !settings.quiet {
        let secs = started.elapsed().as_secs_f64();
        let rows = settings.recipe.events;
        let size = size_text(bytes.unwrap_or(0));
        let per_sec = rows as f64 / 1e6 / secs;
        say!(
            "{name}: {}{size} in {secs:.1} s ({per_sec:.1} million a second)",
            counted(rows, "row")
        );
    }
    Ok(outcome)
}
