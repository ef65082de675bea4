//! `portbloom prepare`: reads a log, and stores its bubbles for next time.

use std::time::Instant;

use anyhow::{anyhow, bail};

use super::film::size_text;
use super::outcome::Outcome;
use super::report;
use crate::input::prepared::{StoredAccount, StoredBubble, write};
use crate::input::{self, MadeFor};
use crate::log::{Grouping, LogBuilder, LogError};
use crate::model::SEVERAL_HOSTS;
use crate::output::whole_file::{WholeFile, write_error};
use crate::settings::PrepareSettings;
use crate::timeline::{BINS_PER_FILM_SEC, MAX_FILM_SECS, TimeSpec, TimelineError};
use crate::words::{counted, exact_duration, grouped};

/// Stores the bubbles of a log.
///
/// # Errors
/// Any error that keeps the log from being read or the file from being written; no half-written file is left.
pub fn prepare(settings: &PrepareSettings) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    super::clear_rests(&settings.output, settings.quiet);
    let spec = TimeSpec {
        bin_ns: settings.bin_ns,
        ..TimeSpec::default()
    };
    let made_for = input::made_for(&settings.parts)?;
    let spec = super::times_of(made_for, &spec)?;
    let grouping = if settings.by_host {
        Grouping::PortsByHost
    } else {
        Grouping::Ports
    };
    let mut builder = LogBuilder::new(spec, grouping);
    let reading = super::read(
        &settings.parts,
        &super::options_of(made_for, &settings.reading),
        settings.quiet,
        &mut |batch| {
            builder.add(batch);
        },
    )?;
    let account = StoredAccount::new(&reading);
    let log = builder
        .finish(reading)
        .map_err(|error| without_film(error, settings.bin_ns))?;
    if settings.by_host {
        log.check_hosts()?;
    }
    if !settings.quiet {
        report::print_summary(&log);
        report::print_left_out(&log);
    }
    let timeline = &log.timeline;
    let rows = log.bubbles.iter().filter_map(|bubble| {
        Some(StoredBubble {
            bin_start_ns: timeline.start_ns + bubble.offset_ns.div_euclid(timeline.bin_ns) * timeline.bin_ns,
            first_ns: timeline.start_ns + bubble.offset_ns,
            country: bubble.source,
            port: log.ends.get(bubble.port as usize).port()?,
            packets: bubble.packets,
            host: (bubble.host != SEVERAL_HOSTS).then_some(bubble.host),
        })
    });
    if log.bubbles.is_empty() {
        bail!("{}: there is nothing to prepare", log.source);
    }
    let mut file = WholeFile::create(&settings.output, settings.force)?;
    let account = account.with_names(&log.names);
    // That of a prepared log goes on to the new one.
    let made_for = MadeFor {
        bin_ns: timeline.bin_ns,
        starts_ns: None,
        measure: log.measure,
        unit: match settings.unit {
            Some(choice) => choice.0,
            None => made_for.and_then(|made_for| made_for.unit),
        },
    };
    write(file.writer(), rows, &log.names, &account, made_for).map_err(|error| write_error(&settings.output, error))?;
    let bytes = file.finish()?;
    if !settings.quiet {
        say!(
            "{}: {} in {}{} in {:.1} s",
            settings.output.display(),
            counted(log.bubbles.len() as u64, "bubble"),
            super::bin_text(timeline.bin_ns),
            size_text(bytes),
            started.elapsed().as_secs_f64()
        );
    }
    Ok(Outcome::of(&log.losses))
}

/// The reason why a log has no clock with bins of `bin_ns`, by the options of `prepare`: it makes no film,
/// and has none of the options that set a film's time range and pace.
fn without_film(error: LogError, bin_ns: Option<i64>) -> anyhow::Error {
    let bin = bin_ns.map_or_else(String::new, |bin_ns| format!("--bin {}: ", exact_duration(bin_ns)));
    match error {
        LogError::Timeline(TimelineError::TooLong { secs }) => anyhow!(
            "{bin}a film of it, {BINS_PER_FILM_SEC} bins a second, would last {} seconds, more than {}; choose a longer --bin",
            grouped(secs.try_into().unwrap_or(u64::MAX)),
            grouped(MAX_FILM_SECS)
        ),
        LogError::Timeline(TimelineError::TooFast) => {
            anyhow!("{bin}a bin lasts 266 days at most; choose a shorter --bin")
        }
        LogError::Timeline(TimelineError::OutOfRange) => {
            anyhow!("{bin}whole bins around the log reach beyond the years 1677 to 2262; choose a shorter --bin")
        }
        LogError::Timeline(TimelineError::TooWide) => {
            anyhow!("the log spans more than 292 years; leave out the rows with wrong times")
        }
        other => other.into(),
    }
}
