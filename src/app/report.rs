//! The report of a film: its options, what was read, drawn and left out, and where the time went.

use std::collections::BTreeMap;

use serde::Serialize;

use super::painter::PainterKind;
use super::stages::Stages;
use super::sums;
use crate::log::Log;
use crate::model::{LeftOut, LeftOutRow, Measure, Protocol, Reason};
use crate::output::mark::Mark;
use crate::scene::colors::Theme;
use crate::scene::{Scene, SceneSettings, missing_letters};
use crate::settings::RenderSettings;
use crate::words::{amount_text, counted, exact_duration, measured, short_duration, utc};

/// The file that `--report` writes.
#[derive(Debug, Serialize)]
pub struct Report {
    portbloom: &'static str,
    source: String,
    formats: Vec<String>,
    /// What the sources are: countries, networks, addresses.
    group_by: String,
    /// What is counted, under names that speak of packets, too.
    measure: &'static str,
    output: Option<String>,
    complete: bool,
    title: String,
    /// The log as which it is laid out, if another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    layout_of: Option<String>,
    only: Option<String>,
    /// What tells parts of one film from those of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<PartReport>,
    options: Options,
    rows: u64,
    drawable: u64,
    left_out: BTreeMap<&'static str, u64>,
    first_lines: BTreeMap<&'static str, Vec<Line>>,
    packets: Packets,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lost: Vec<String>,
    bubbles: usize,
    ports: BTreeMap<&'static str, usize>,
    countries: usize,
    /// The named hosts that packets went to, where hosts are told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts: Option<usize>,
    start: String,
    end: String,
    bin_secs: f64,
    /// Packets of a bubble of the radius that a single one has where bubbles are few.
    unit: u64,
    pace_secs: f64,
    travel_secs: f64,
    frames: u64,
    /// Seconds of the film in which some of it flashes more than three times (WCAG 2.2, 2.3.1).
    flashes: u64,
    size: [u32; 2],
    fps: String,
    adapter: String,
    /// Reason why it draws, where the choice was left to portbloom.
    #[serde(skip_serializing_if = "Option::is_none")]
    adapter_because: Option<String>,
    encoder: String,
    jobs: usize,
    seconds: BTreeMap<&'static str, f64>,
    frames_per_second: f64,
}

/// The part that a film is of another: how the mark in its file has it.
#[derive(Debug, Serialize)]
struct PartReport {
    log: String,
    settings: String,
    first_frame: u64,
    film_frames: u64,
}

/// The options that a film was made with: those that were given, and the defaults of the others.
/// Absent are those that are left to portbloom; what it chose stands beside them.
#[derive(Debug, Serialize)]
struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    travel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<u64>,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    short: Option<&'static str>,
    countries: usize,
    view: String,
    hosts: bool,
    background: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ink: Option<&'static str>,
    adapter: String,
    encoder: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    codec: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoder_args: Option<String>,
    quality: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jobs: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    group_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    geoip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<String>,
    inner: bool,
    replies: bool,
    repeats: bool,
    strict: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    direct: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    highlights: Option<String>,
    #[serde(rename = "captions", skip_serializing_if = "Option::is_none")]
    captions_file: Option<String>,
    #[serde(rename = "speed", skip_serializing_if = "Vec::is_empty")]
    speeds: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_end: Option<String>,
}

impl Options {
    fn new(settings: &RenderSettings) -> Self {
        let RenderSettings { view, encoding, .. } = settings;
        let (times, reading, telling) = (&view.times, &view.reading, &view.telling);
        let tables = reading.lookup.options();
        let background = match view.theme {
            _ if view.transparent => "none",
            Theme::Dark => "dark",
            Theme::Light => "light",
            Theme::White => "white",
        };
        Self {
            start: times.start_ns.map(utc),
            end: times.end_ns.map(utc),
            bin: times.bin_ns.map(exact_duration),
            pace: times.pace_ns.map(exact_duration),
            duration: times.duration_ns.map(exact_duration),
            travel: exact_duration(times.travel_ns),
            unit: view.unit.and_then(|choice| choice.0),
            short: view.short.map(|short| short.name()),
            countries: view.countries,
            view: view.view.to_string(),
            hosts: view.hosts,
            background,
            ink: view
                .transparent
                .then_some(if view.theme == Theme::Dark { "light" } else { "dark" }),
            adapter: view.adapter.to_string(),
            encoder: if encoding.by_ffmpeg { "ffmpeg" } else { "builtin" },
            codec: encoding.codec.clone(),
            encoder_args: encoding.encoder_args.clone(),
            quality: encoding.quality,
            frames: settings.frames.map(|frames| frames.to_string()),
            shard: settings.shard.map(|shard| shard.to_string()),
            jobs: settings.jobs,
            format: reading.format.clone(),
            filter: reading.filter.as_ref().map(ToString::to_string),
            group_by: reading
                .source_kind
                .as_ref()
                .map_or_else(|| "auto".to_owned(), ToString::to_string),
            geoip: tables.countries.asked(),
            asn: tables.asns.as_ref().map(|path| path.display().to_string()),
            columns: (!reading.columns.is_empty()).then(|| reading.columns.to_string()),
            time_format: reading.time_format.as_ref().map(ToString::to_string),
            timezone: reading.timezone.as_ref().map(ToString::to_string),
            inner: reading.inner,
            replies: reading.replies,
            repeats: reading.repeats,
            strict: reading.strict,
            plan: telling.plan.as_ref().map(|path| path.display().to_string()),
            direct: telling.tells_found,
            highlights: telling.highlights_ns.map(exact_duration),
            captions_file: telling.captions.as_ref().map(|path| path.display().to_string()),
            speeds: telling.speeds.iter().map(ToString::to_string).collect(),
            hold_start: telling.holds_ns[0].map(exact_duration),
            hold_end: telling.holds_ns[1].map(exact_duration),
        }
    }
}

/// A row that was left out.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Named where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The place in the file: its number, by the name of what is counted.
    #[serde(flatten)]
    pub place: BTreeMap<&'static str, u64>,
    /// The same as messages put it: `line 12`.
    #[serde(skip)]
    pub place_text: String,
    /// The value that was found, and what was expected; empty where the reason says it all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub what: String,
}

/// Packets read, and what became of them.
#[derive(Debug, Serialize)]
pub struct Packets {
    /// In all rows.
    pub input: u64,
    /// In those that are drawn.
    pub drawn: u64,
    /// Packets of the time range that `--only` leaves out; absent where it leaves out none.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_asked_for: u64,
    /// In the others, by reason.
    pub left_out: BTreeMap<&'static str, u64>,
}

/// The rows left out, by the key of the reason: every reason is there.
#[derive(Debug)]
pub struct LeftOutReport {
    /// Number of rows.
    pub rows: BTreeMap<&'static str, u64>,
    /// Packets in them.
    pub packets: BTreeMap<&'static str, u64>,
    /// The first of them.
    pub first_lines: BTreeMap<&'static str, Vec<Line>>,
}

impl LeftOutReport {
    /// The rows left out of a log that was read from `files`.
    pub fn new(left_out: &BTreeMap<Reason, LeftOut>, files: &[String]) -> Self {
        let none = LeftOut::default();
        let all = Reason::ALL.map(|reason| (reason.key(), left_out.get(&reason).unwrap_or(&none)));
        let lines = |left: &LeftOut| {
            let line = |row: &LeftOutRow| Line {
                file: (files.len() > 1).then(|| files[row.file as usize].clone()),
                place: [(row.place.unit.name(), row.place.number)].into(),
                place_text: row.place.to_string(),
                what: row.what.clone(),
            };
            left.first_rows.iter().map(line).collect()
        };
        Self {
            rows: all.map(|(key, left)| (key, left.rows)).into(),
            packets: all.map(|(key, left)| (key, left.packets)).into(),
            first_lines: all.map(|(key, left)| (key, lines(left))).into(),
        }
    }
}

/// A film that was made, whole or in part.
pub struct Made<'a> {
    /// The file; `None` where nothing was kept.
    pub output: Option<String>,
    /// Whether every frame asked for is in it.
    pub complete: bool,
    /// Frames in it.
    pub frames: u64,
    /// Seconds of it that flash too often.
    pub flashes: u64,
    /// Width and height in pixels.
    pub size_px: [u32; 2],
    /// Name of the adapter.
    pub adapter: &'a str,
    /// Reason why it drew, where the choice was left to portbloom.
    pub adapter_because: Option<String>,
    /// Kind of the painter.
    pub painter: PainterKind,
    /// Name of the encoder.
    pub encoder: &'a str,
    /// Encoders side by side.
    pub jobs: usize,
    /// Wall clock from the start of the command.
    pub total_secs: f64,
    /// Wall clock from the first frame to the last.
    pub film_secs: f64,
}

impl Report {
    /// The report of a film.
    pub fn new(settings: &RenderSettings, scene: &Scene, mark: &Mark, made: Made<'_>, stages: &Stages) -> Self {
        let log = scene.log();
        let part = mark.is_part().then(|| PartReport {
            log: mark.log.clone(),
            settings: mark.settings.clone(),
            first_frame: mark.frames.start,
            film_frames: mark.film_frames,
        });
        let left_out = LeftOutReport::new(&log.left_out, &log.files);
        let timeline = &log.timeline;
        Self {
            portbloom: env!("CARGO_PKG_VERSION"),
            source: log.source.clone(),
            formats: log.formats.clone(),
            group_by: log.source_kind.to_string(),
            measure: log.measure.name(),
            output: made.output,
            complete: made.complete,
            title: scene.settings().title.clone(),
            layout_of: settings.view.layout_of.as_ref().map(|path| path.display().to_string()),
            only: settings.view.only.as_ref().map(ToString::to_string),
            part,
            options: Options::new(settings),
            rows: log.rows,
            drawable: log.drawable_rows,
            left_out: left_out.rows,
            first_lines: left_out.first_lines,
            packets: Packets {
                input: log.rows_packets,
                drawn: log.packets.iter().sum(),
                not_asked_for: not_asked_for(log),
                left_out: left_out.packets,
            },
            lost: log.losses.clone(),
            bubbles: log.bubbles.len(),
            ports: [0, 1]
                .map(|side| (["udp", "tcp"][side], log.ends.slots(side).len()))
                .into(),
            countries: log.sources(),
            hosts: settings.view.needs_hosts().then(|| sums::named_hosts(log)),
            start: utc(log.unstretched().start_ns),
            end: utc(log.unstretched().end_ns),
            bin_secs: timeline.bin_ns as f64 / 1e9,
            unit: scene.sizes().unit,
            pace_secs: timeline.pace_secs(),
            travel_secs: timeline.travel_ns as f64 / 1e9,
            frames: made.frames,
            flashes: made.flashes,
            size: made.size_px,
            fps: timeline.fps.to_string(),
            adapter: made.adapter.to_owned(),
            adapter_because: made.adapter_because,
            encoder: made.encoder.to_owned(),
            jobs: made.jobs,
            seconds: stages.all_secs(made.total_secs, made.painter),
            frames_per_second: made.frames as f64 / made.film_secs.max(f64::MIN_POSITIVE),
        }
    }
}

/// Tells the user what is shown of a log, how fast, and what is not.
pub fn print_shown(scene: &Scene) {
    let log = scene.log();
    print_summary(log);
    let timeline = &log.timeline;
    let pace_ns = (timeline.pace_secs() * 1e9).round() as u64;
    let unit = match scene.sizes().unit {
        1 => String::new(),
        unit => format!(", a bubble of the unit is {}", measured(unit, log.measure)),
    };
    say!(
        "  bin {}, a second is {} of the log{unit}",
        short_duration(timeline.bin_ns.unsigned_abs()),
        short_duration(pace_ns)
    );
    print_left_out(log);
    let static_texts = scene.static_labels().iter().map(|label| &*label.text);
    let SceneSettings { captions, cards, .. } = scene.settings();
    let captions = captions.iter().map(|caption| caption.text.as_str());
    let cards = cards.iter().flatten();
    let cards = cards.flat_map(|card| card.lines.iter().chain([&card.title]).map(String::as_str));
    let hosts = scene.host_names().iter().map(|name| &**name);
    let missing = missing_letters(static_texts.chain(hosts).chain(captions).chain(cards));
    if !missing.is_empty() {
        let letters: String = missing.chars().take(MOST_LETTERS).collect();
        let more = if letters == missing { "" } else { "..." };
        say!("  remark: the typeface has no {letters}{more}, which the picture shows as boxes");
    }
}

/// Letters that the typeface lacks are told up to this number.
const MOST_LETTERS: usize = 20;

/// Tells the user what a log holds, after the remarks about it.
pub fn print_summary(log: &Log) {
    for format in &log.formats {
        say!("{}: {format}", log.source);
    }
    for warning in &log.warnings {
        say!("{}: {warning}", log.source);
    }
    let [udp, tcp] = log.packets;
    let timeline = log.unstretched();
    say!(
        "{}: {} ({} {}, {} {}) in {}, {}, {}, {} to {}",
        log.source,
        measured(udp + tcp, log.measure),
        amount_text(udp, log.measure),
        Protocol::Udp,
        amount_text(tcp, log.measure),
        Protocol::Tcp,
        counted(log.bubbles.len() as u64, "bubble"),
        counted(log.ends.len() as u64, "port"),
        counted(log.sources() as u64, log.source_kind.noun()),
        utc(timeline.start_ns),
        utc(timeline.end_ns),
    );
}

/// Tells the user what was left out of a log.
pub fn print_left_out(log: &Log) {
    let not_asked_for = not_asked_for(log);
    if not_asked_for > 0 {
        say!("  left out by --only: {}", measured(not_asked_for, log.measure));
    }
    for (reason, left) in &log.left_out {
        let what = reason_text(*reason, log.measure);
        let first = left.first_rows.first().filter(|_| reason.is_fault());
        let first = first.map_or_else(String::new, |first| {
            let file = if log.files.len() > 1 {
                format!("{}, ", log.files[first.file as usize])
            } else {
                String::new()
            };
            match first.what.as_str() {
                "" => format!(", the first at {file}{}", first.place),
                what => format!(", the first at {file}{}: {what}", first.place),
            }
        });
        say!("  left out: {} {what}{first}", counted(left.rows, "row"));
    }
}

/// What is said of rows that are left out, behind their number.
pub(super) const fn reason_text(reason: Reason, measure: Measure) -> &'static str {
    match reason {
        Reason::OutsideRange => "outside the time range",
        Reason::NoPort => "without a TCP or UDP port",
        Reason::NothingMeasured => without(measure),
        Reason::Filtered => "that --where leaves out",
        Reason::Reply => "that are replies",
        Reason::Repeat => "that tell of a connection again",
        Reason::Unreadable => "that could not be read",
    }
}

/// What rows are without that have nothing to count.
pub(super) const fn without(measure: Measure) -> &'static str {
    match measure {
        Measure::Bytes => "without bytes",
        Measure::Packets | Measure::Records => "without packets",
    }
}

/// Packets of the time range that are not shown: a part of the traffic keeps the countries' sums of the whole.
fn not_asked_for(log: &Log) -> u64 {
    log.source_packets.iter().sum::<u64>() - log.packets.iter().sum::<u64>()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
