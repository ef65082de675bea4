//! The commands: each joins the modules into one job, and leaves every detail to them.

/// Tells the user something on stderr, whatever names and values hold. An error there is ignored: nothing
/// depends on the message.
macro_rules! say {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "{}", crate::words::printable(&format!($($part)*)));
    }};
}

mod adapters;
mod assembly;
mod beside;
mod chapters;
mod choice;
mod clock;
mod command;
mod direct;
mod few;
mod film;
mod film_painter;
mod film_worker;
mod formats;
mod highlights;
mod interrupt;
mod join;
mod joined_report;
mod mark;
mod outcome;
mod outlier;
mod page;
mod painter;
mod pipeline;
#[cfg(feature = "prepared")]
mod prepare;
mod preview;
mod profile;
mod progress;
mod replacing;
mod report;
mod stages;
mod still;
mod sums;
mod synth;
mod told;
mod trial;

pub use adapters::adapters;
pub use direct::direct;
pub use film::render;
pub use formats::formats;
pub use interrupt::Interrupt;
pub use join::join;
pub use outcome::Outcome;
#[cfg(feature = "prepared")]
pub use prepare::prepare;
pub use preview::preview;
pub use profile::profile;
pub use still::still;
pub use synth::synth;

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::direct::{Finder, Found};
use crate::input::{self, InputError, LogPart, MadeFor};
use crate::log::{Grouping, Log, LogBuilder};
use crate::model::{Batch, Measure, Reading};
use crate::output::Finished;
use crate::output::numbered::Pattern;
use crate::output::rests::{self, Rest};
use crate::output::whole_file::WholeFile;
use crate::scene::Scene;
use crate::settings::{Telling, ViewSettings};
use crate::timeline::TimeSpec;
use crate::words::{OTHER, counted, exact_duration, grouped, printable_json, spoken_name, utc};
use progress::ReadProgress;
use stages::{Stage, Stages};
use sums::Sums;
use told::Told;

/// Number of sources that a remark names at most.
const NAMED_SOURCES: usize = 10;

/// The times asked for, where prepared logs were made for something: their bubbles are there already. They are
/// shown by their own bins, or by multiples of them, in a time range that cuts none.
fn times_of(made_for: Option<MadeFor>, spec: &TimeSpec) -> anyhow::Result<TimeSpec> {
    let Some(MadeFor { bin_ns: own_ns, .. }) = made_for else {
        return Ok(spec.clone());
    };
    let own = bin_text(own_ns);
    let bin_ns = spec.bin_ns.unwrap_or(own_ns);
    if bin_ns % own_ns != 0 {
        let asked = exact_duration(bin_ns);
        bail!(
            "--bin {asked}: the prepared log has {own}; choose a multiple, or prepare the log again with --bin {asked}"
        );
    }
    for (option, edge) in [("--start", spec.start_ns), ("--end", spec.end_ns)] {
        if let Some(edge_ns) = edge.filter(|edge_ns| edge_ns.rem_euclid(own_ns) != 0) {
            let (edge, before) = (utc(edge_ns), utc(edge_ns - edge_ns.rem_euclid(own_ns)));
            bail!(
                "{option} {edge}: cuts a bin of the prepared log, which has {own}; choose the edge of one, like {before}"
            );
        }
    }
    Ok(TimeSpec {
        bin_ns: Some(bin_ns),
        ..spec.clone()
    })
}

/// How logs are read, where some are prepared: what those count is what is counted of all, unless something else is
/// asked for.
fn options_of(made_for: Option<MadeFor>, options: &input::Options) -> input::Options {
    let own = made_for.map(|made_for| made_for.measure);
    input::Options {
        measure: options.measure.or(own.filter(|own| *own != Measure::Packets)),
        ..options.clone()
    }
}

/// `bins of 5m`.
fn bin_text(bin_ns: i64) -> String {
    format!("bins of {}", exact_duration(bin_ns))
}

/// Reads a log and lays it out, timing both.
fn open_scene(view: &ViewSettings, stages: &Stages) -> anyhow::Result<Scene> {
    Ok(open_told(view, false, stages)?.scene)
}

/// A log that was read and laid out, and what is told of it.
struct Opened {
    scene: Scene,
    told: Told,
    /// The packets of each host, where they were asked for.
    hosts: Sums,
}

/// Reads a log and lays it out, with what is told of it; `counts_hosts` where the packets of hosts are asked for.
fn open_told(view: &ViewSettings, counts_hosts: bool, stages: &Stages) -> anyhow::Result<Opened> {
    let mut told = Told::read(&view.telling)?;
    let by_host = counts_hosts || view.needs_hosts();
    let (mut log, found) = open_log_and_find(view, view.quiet, by_host, stages)?;
    let start = Instant::now();
    let by_host = counts_hosts.then(|| log.clone());
    if !view.needs_hosts() {
        log = log.joined_by_port();
    }
    if let Some(found) = &found {
        told.take_found(found, &log);
    }
    let log = told.paced(log)?;
    let mut settings = view.scene(&log.source);
    let remarks = told.add_to(&mut settings, view, &log);
    if !view.quiet {
        remarks.iter().for_each(|remark| say!("portbloom: {remark}"));
    }
    let scene = match &view.layout_of {
        None => Scene::new(log, settings),
        Some(path) => Scene::like(&log, &layout_log(view, path, &log)?, settings),
    };
    check_only(&scene)?;
    let cards = told.cards(&scene);
    let scene = scene.with_cards(cards);
    let hosts = by_host.map_or_else(Vec::new, |log| sums::hosts(&scene.part_of(&log)));
    stages.add(Stage::Aggregate, start);
    if !view.quiet {
        report::print_shown(&scene);
    }
    Ok(Opened { scene, told, hosts })
}

/// Reads the log as which another is laid out, by the bins and the pace of that one.
fn layout_log(view: &ViewSettings, path: &Path, log: &Log) -> anyhow::Result<Log> {
    let view = ViewSettings {
        parts: LogPart::from_arguments(std::slice::from_ref(&path.to_owned()))?,
        times: TimeSpec {
            start_ns: None,
            end_ns: None,
            bin_ns: Some(log.timeline.bin_ns),
            pace_ns: Some((log.timeline.pace_secs() * 1e9).round() as i64),
            duration_ns: None,
            ..view.times.clone()
        },
        ..view.clone()
    };
    let layout = open_log(&view, view.quiet, &Stages::new(false)).context("--layout-of")?;
    if layout.measure != log.measure {
        bail!(
            "--layout-of {}: it counts {}, and {} counts {}: choose one for both with --measure",
            layout.source,
            layout.measure,
            log.source,
            log.measure
        );
    }
    if layout.source_kind != log.source_kind {
        bail!(
            "--layout-of {}: its sources are of the kind {}, and those of {} of the kind {}: choose one for both with \
             --group-by",
            layout.source,
            layout.source_kind,
            log.source,
            log.source_kind
        );
    }
    let strange = log
        .ends
        .ports()
        .filter(|port| layout.ends.slot_of(*port).is_none())
        .count();
    if strange > 0 && !view.quiet {
        say!(
            "{}: has {} that {} has not: they stand between the others, which are a little off for that",
            log.source,
            counted(strange as u64, "port"),
            layout.source
        );
    }
    let pooled = strange_sources(log, &layout);
    if !pooled.is_empty() && !view.quiet {
        let (named, others) = pooled.split_at(pooled.len().min(NAMED_SOURCES));
        let more = match others.len() as u64 {
            0 => String::new(),
            more => format!(" and {} more", grouped(more)),
        };
        say!(
            "{}: has {} that {} has not, pooled as `{OTHER}`: {}{more}",
            log.source,
            counted(pooled.len() as u64, log.source_kind.noun()),
            layout.source,
            named.join(", ")
        );
    }
    Ok(layout)
}

/// Names of the sources that send in a log and not in the one as which it is laid out, in the order of names.
fn strange_sources<'a>(log: &'a Log, layout: &'a Log) -> Vec<&'a str> {
    let sending = |log: &'a Log| {
        let sources = log.names.sources.iter().zip(&log.source_packets);
        sources.filter(|(_, packets)| **packets > 0).map(|(source, _)| source)
    };
    let known: HashSet<&str> = sending(layout).map(|source| source.code.as_str()).collect();
    let strange = sending(log).filter(|source| !known.contains(source.code.as_str()));
    let mut names: Vec<&str> = strange.map(spoken_name).collect();
    names.sort_unstable();
    names
}

/// Reads a log, saying how far it is unless `quiet`.
fn open_log(view: &ViewSettings, quiet: bool, stages: &Stages) -> anyhow::Result<Log> {
    let telling = Telling::default();
    let view = ViewSettings {
        telling,
        ..view.clone()
    };
    Ok(open_log_and_find(&view, quiet, view.needs_hosts(), stages)?.0)
}

/// The same, with its bubbles told apart by hosts or not, and with what is found in it where the film is to tell that.
fn open_log_and_find(
    view: &ViewSettings,
    quiet: bool,
    by_host: bool,
    stages: &Stages,
) -> anyhow::Result<(Log, Option<Found>)> {
    let start = Instant::now();
    let made_for = input::made_for(&view.parts)?;
    let times = times_of(made_for, &view.times)?;
    let grouping = if by_host {
        Grouping::PortsByHost
    } else {
        Grouping::Ports
    };
    let mut log = LogBuilder::new(times.clone(), grouping);
    let mut finder = view
        .telling
        .tells_found
        .then(|| Finder::new(times.start_ns, times.end_ns, made_for.is_some()));
    let options = input::Options {
        addresses: view.telling.tells_found,
        ..options_of(made_for, &view.reading)
    };
    let reading = read(&view.parts, &options, quiet, &mut |batch| {
        log.add(batch);
        if let Some(finder) = &mut finder {
            finder.add(batch);
        }
    })?;
    let found = finder.map(|finder| finder.finish(&reading));
    stages.add(Stage::Parse, start);
    let start = Instant::now();
    let ends = outlier::Ends::new(&reading);
    let mut log = log.finish(reading)?;
    let remarks = ends.remarks(&log);
    log.warnings.extend(remarks);
    log.warnings.extend(few::remark(&log, &times));
    // One that is asked for is not that of the prepared log.
    log.unit = made_for
        .and_then(|made_for| made_for.unit)
        .filter(|_| view.unit.is_none());
    if view.needs_hosts() {
        log.check_hosts().context(match (view.hosts, view.view.has_hosts()) {
            (true, _) => "--hosts",
            (_, true) => "--view",
            _ => "--only",
        })?;
    }
    stages.add(Stage::Aggregate, start);
    Ok((log, found))
}

/// Reads a log once, batch by batch, saying how far it is unless `quiet`, and which parts could not be read.
fn read(
    parts: &[LogPart],
    options: &input::Options,
    quiet: bool,
    take: &mut dyn FnMut(&Batch<'_>),
) -> Result<Reading, InputError> {
    let mut progress = ReadProgress::new(quiet);
    let reading = input::stream(parts, options, &mut |now| progress.set(now), take);
    progress.finish();
    let reading = reading?;
    for loss in &reading.losses {
        say!("portbloom: {loss}");
    }
    Ok(reading)
}

/// Refuses a part of the traffic that the log does not have.
fn check_only(scene: &Scene) -> anyhow::Result<()> {
    match (&scene.settings().only, scene.check_only()) {
        (Some(only), Err(error)) => bail!("--only {only}: {error}"),
        _ => Ok(()),
    }
}

/// Tells the user why a command failed.
pub fn say_error(error: &anyhow::Error) {
    say!("portbloom: {error:#}");
}

/// Tells the user that a command was ended before it had made anything that could be saved.
pub fn say_interrupted() {
    say!("portbloom: interrupted before anything was made; nothing is left");
}

/// Clears away what killed runs left beside an output, and says so unless `quiet`; returns the number of frames
/// of each film that was kept.
fn clear_rests(output: &Path, quiet: bool) -> Vec<u64> {
    let mut kept = Vec::new();
    for rest in rests::clear(output) {
        let what = match rest {
            Rest::Kept(Finished { path, frames, .. }) => {
                kept.push(frames);
                let frames = counted(frames, "frame");
                format!("what it had made, {frames}, is `{}` now", path.display())
            }
            Rest::Removed if Pattern::from_path(output).is_some() => {
                "the pictures that it had finished are kept, and one that it had not is removed".to_owned()
            }
            Rest::Removed => "what it left is of no use and is removed".to_owned(),
        };
        if !quiet {
            say!(
                "portbloom: an earlier run for `{}` was killed: {what}",
                output.display()
            );
        }
    }
    kept
}

/// Writes a file of JSON, with a line end after it.
fn write_json(path: &Path, force: bool, value: &impl serde::Serialize) -> anyhow::Result<()> {
    write_text(path, force, &json_text(value)?)
}

/// Writes a file of text.
fn write_text(path: &Path, force: bool, text: &str) -> anyhow::Result<()> {
    let mut file = WholeFile::create(path, force)?;
    file.write(text.as_bytes())?;
    file.finish()?;
    Ok(())
}

/// JSON that a terminal can take, with a line end after it.
fn json_text(value: &impl serde::Serialize) -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(value).context("a report is always valid JSON")?;
    Ok(printable_json(&text).into_owned() + "\n")
}
