//! `portbloom profile`: reads a log once and tells what is in it, on standard output.

mod json;
mod memory;
mod text;

use std::io::{self, Write as _};

use anyhow::Context as _;

use super::outcome::Outcome;
use super::outlier::Ends;
use crate::input;
use crate::profile::ProfileBuilder;
use crate::settings::ProfileSettings;
use crate::words::printable;

/// Tells what is in a log: as text, or as JSON for programs.
///
/// # Errors
/// [`input::InputError`], where there is no log to speak of; a standard output that cannot be
/// written to, unless its reader went away.
pub fn profile(settings: &ProfileSettings) -> anyhow::Result<Outcome> {
    let made_for = input::made_for(&settings.parts)?;
    let options = input::Options {
        addresses: true,
        ..super::options_of(made_for, &settings.reading)
    };
    let mut builder = ProfileBuilder::new(made_for.map(|made_for| made_for.bin_ns));
    let reading = super::read(&settings.parts, &options, settings.quiet, &mut |batch| {
        builder.add(batch);
    })?;
    let outcome = Outcome::of(&reading.losses);
    let ends = Ends::new(&reading);
    let mut profile = builder.finish(reading);
    if let Some(drawn) = &profile.drawn {
        profile.warnings.extend(ends.remarks_on(drawn, profile.measure));
    }
    let text = if settings.json {
        super::json_text(&json::ProfileReport::new(&profile))?
    } else {
        printable(&text::write(&profile, text::terminal_width())).into_owned()
    };
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write the profile to standard output")
        }
        _ => Ok(outcome),
    }
}
