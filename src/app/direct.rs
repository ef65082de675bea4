//! `portbloom direct`: reads a log once, finds what is worth telling in it, and lists that or writes a plan of it.

use std::io::{self, Write as _};

use anyhow::Context as _;
use serde::Serialize;

use super::command::{command_words, reading_words, shell_line, time_words};
use super::outcome::Outcome;
use crate::direct::{Finder, Finding, plan_of, told};
use crate::input;
use crate::output::whole_file::WholeFile;
use crate::plan::{About, Kind};
use crate::settings::DirectSettings;
use crate::timeline::{TimeSpec, Timeline};
use crate::words::{counted, later_time_text, printable, printable_json, printable_line, time_text, utc};

/// A log without anything to tell.
const NOTHING: &str = "nothing in it stands out: no flood, scan, sweep, worm, silence or late first";

/// Lists what is worth telling in a log, or writes a plan of it.
///
/// # Errors
/// Any error that keeps the log from being read, its film from being made, or the plan from being written.
pub fn direct(settings: &DirectSettings) -> anyhow::Result<Outcome> {
    if let Some(output) = &settings.output {
        super::clear_rests(output, settings.quiet);
    }
    let made_for = input::made_for(&settings.parts)?;
    let times = super::times_of(made_for, &settings.times)?;
    let options = input::Options {
        addresses: true,
        ..super::options_of(made_for, &settings.reading)
    };
    let mut finder = Finder::new(times.start_ns, times.end_ns, made_for.is_some());
    let reading = super::read(&settings.parts, &options, settings.quiet, &mut |batch| {
        finder.add(batch)
    })?;
    let outcome = Outcome::of(&reading.losses);
    let found = finder.finish(&reading);
    let timeline = found.timeline(&times)?;
    let told = timeline.map_or_else(Vec::new, |timeline| told(&found.ranked(&timeline), &timeline));

    if let Some(output) = &settings.output {
        let plan = match &timeline {
            Some(timeline) => plan_of(&told, timeline, found.fingerprint()),
            None => crate::plan::Plan::default(),
        };
        let mut file = WholeFile::create(output, settings.force)?;
        file.write(printable_json(&plan.to_json()?).as_bytes())?;
        file.finish()?;
        if !settings.quiet {
            say!("{}: {}", output.display(), number_text(told.len()));
        }
        return Ok(outcome);
    }
    let listed: Vec<Listed<'_>> = timeline
        .iter()
        .flat_map(|timeline| {
            (1..)
                .zip(&told)
                .map(|(rank, finding)| Listed::new(rank, finding, timeline, settings))
        })
        .collect();
    let text = if settings.json {
        super::json_text(&Report {
            portbloom: env!("CARGO_PKG_VERSION"),
            source: &found.source,
            fingerprint: found.fingerprint(),
            findings: listed,
        })?
    } else {
        printable(&text_of(&found.source, &listed)).into_owned()
    };
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write the list to standard output")
        }
        _ => Ok(outcome),
    }
}

/// `3 findings`, or that there are none.
fn number_text(count: usize) -> String {
    match count {
        0 => NOTHING.to_owned(),
        count => counted(count as u64, "finding"),
    }
}

/// The JSON that `direct --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    portbloom: &'static str,
    source: &'a str,
    fingerprint: Option<String>,
    /// The strongest first.
    findings: Vec<Listed<'a>>,
}

/// A finding in a list.
#[derive(Serialize)]
struct Listed<'a> {
    rank: usize,
    kind: Kind,
    text: &'a str,
    score: f64,
    above: f64,
    at: String,
    peak: String,
    until: String,
    /// Film time of the first moment, and the frame.
    film_secs: f64,
    frame: u64,
    about: About,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packets: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ports: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts: Option<u64>,
    frame_command: String,
    render_command: String,
    #[serde(skip)]
    range_ns: (i64, i64),
}

impl<'a> Listed<'a> {
    fn new(rank: usize, finding: &'a Finding, timeline: &Timeline, settings: &DirectSettings) -> Self {
        let film_secs = timeline.departure_secs(finding.at_ns.saturating_sub(timeline.start_ns));
        let name = format!("{}-{rank}", finding.kind.name());
        Self {
            rank,
            kind: finding.kind,
            text: &finding.text,
            score: finding.score,
            above: (finding.above * 1000.0).round() / 1000.0,
            at: utc(finding.at_ns),
            peak: utc(finding.peak_ns),
            until: utc(finding.until_ns),
            film_secs: (film_secs * 1000.0).round() / 1000.0,
            frame: (film_secs * timeline.fps.as_f64()) as u64,
            about: finding.about(),
            address: finding.address.as_deref(),
            packets: finding.packets,
            ports: finding.ports,
            sources: finding.sources,
            hosts: finding.hosts,
            frame_command: frame_command(finding, timeline, settings, &name),
            render_command: render_command(finding, timeline, settings, &name),
            range_ns: (finding.at_ns, finding.until_ns),
        }
    }
}

/// The command that makes a picture in which a finding is to be seen.
fn frame_command(finding: &Finding, timeline: &Timeline, settings: &DirectSettings, name: &str) -> String {
    let at_ns = match finding.kind {
        // In the middle of nothing.
        Kind::Silence => finding.at_ns + finding.until_ns.saturating_sub(finding.at_ns) / 2,
        _ => timeline.under_way_ns(finding.peak_ns),
    };
    let mut words = command_words("frame", &settings.parts);
    words.extend(["--at".to_owned(), utc(at_ns), "-o".to_owned(), format!("{name}.png")]);
    words.extend(time_words(&settings.times));
    words.extend(reading_words(&settings.reading));
    shell_line(&words)
}

/// The command that makes a film of a finding alone, in whole bins of the log's film, which may be those of a prepared
/// log.
fn render_command(finding: &Finding, timeline: &Timeline, settings: &DirectSettings, name: &str) -> String {
    let (from_ns, to_ns) = timeline.around_ns(finding.at_ns, finding.until_ns);
    let asked = &settings.times;
    let times = TimeSpec {
        start_ns: Some(asked.start_ns.map_or(from_ns, |start_ns| start_ns.max(from_ns))),
        end_ns: Some(asked.end_ns.map_or(to_ns, |end_ns| end_ns.min(to_ns))),
        // A clock of its own: a second of the whole film may be too short to see anything.
        bin_ns: None,
        pace_ns: None,
        duration_ns: None,
        ..asked.clone()
    };
    let mut words = command_words("render", &settings.parts);
    words.extend(time_words(&times));
    words.extend(["-o".to_owned(), format!("{name}.mp4")]);
    words.extend(reading_words(&settings.reading));
    shell_line(&words)
}

/// The list for people.
fn text_of(source: &str, listed: &[Listed<'_>]) -> String {
    let mut text = format!("{}: {}\n", printable_line(source), number_text(listed.len()));
    for one in listed {
        let (from_ns, to_ns) = one.range_ns;
        let minutes = (one.film_secs / 60.0) as u64;
        let secs = one.film_secs - minutes as f64 * 60.0;
        text += &format!(
            "\n{:>2}  {}\n    {} from {} to {}; {minutes}:{secs:04.1} in the film, score {:.1}\n    {}\n    {}\n",
            one.rank,
            one.text,
            one.kind.name(),
            time_text(from_ns.div_euclid(1_000_000_000) * 1_000_000_000),
            later_time_text(from_ns, to_ns.div_euclid(1_000_000_000) * 1_000_000_000),
            one.score,
            one.frame_command,
            one.render_command,
        );
    }
    text
}
