//! Settings resolved and validated: every check that needs neither the log nor a GPU.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use crate::cli::Subtitles;
use crate::cli::{
    At, Background, Cli, Command, DEFAULT_SIZE_PX, DirectArgs, EncoderKind, FrameArgs, FrameRange, Ink, JoinArgs,
    PreviewArgs, ProfileArgs, ReadArgs, RenderArgs, SHORT_COUNTRIES, SceneArgs, Shard, Short, SpeedChoice, SynthArgs,
    TimeArgs, UnitChoice,
};
use crate::geo;
use crate::gpu::AdapterChoice;
use crate::input::{self, InputError, LogPart};
use crate::model::SourceKind;
use crate::output::OutputError;
use crate::output::ffmpeg::{self, FfmpegFormat, FfmpegSettings};
use crate::output::film::FilmFormat;
use crate::output::frames::FramesFormat;
use crate::output::h264::H264Settings;
use crate::output::names::Names;
use crate::output::null::NullFormat;
use crate::output::numbered::Pattern;
use crate::output::sink::Format;
use crate::output::text::TextTarget;
use crate::output::y4m::{Y4mFormat, Y4mTarget};
use crate::scene::colors::Theme;
use crate::scene::{Only, SceneSettings, View};
use crate::synth::{MIN_SPAN_NS, Recipe};
use crate::timeline::TimeSpec;

/// Country rows by default.
pub const DEFAULT_COUNTRIES: usize = crate::cli::DEFAULT_COUNTRIES as usize;

/// Country rows by default of a picture for a small screen or none.
#[must_use]
pub fn default_countries(short: Option<Short>) -> usize {
    short.map_or(DEFAULT_COUNTRIES, |_| usize::from(SHORT_COUNTRIES))
}

/// The longest side of a picture, in pixels: what the CPU draws, and most GPUs.
const MOST_SIDE_PX: u32 = 16_384;

/// The reason why a command cannot be carried out as typed.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// Autonomous systems, and nothing to look them up in.
    #[error(
        "--group-by asn: there is no table of autonomous systems; name one in MaxMind's form by --asn FILE.mmdb, such as \
         GeoLite2-ASN.mmdb or dbip-asn-lite.mmdb"
    )]
    NoAsnTable,
    /// A table of addresses that cannot be opened.
    #[error(transparent)]
    Geo(#[from] geo::GeoError),
    /// Two speeds for one moment.
    #[error("--speed {0} and --speed {1} overlap: a time range may begin where another ends, and not before")]
    SpeedsOverlap(SpeedChoice, SpeedChoice),
    /// Hosts on the way to hosts.
    #[error("--hosts is for ports: it shows hosts on the way to them; leave it out with --view hosts")]
    HostsTwice,
    /// A size without pixels, or with odd sides.
    #[error("a size of {0}x{1}: both sides must be even and at least 16, like 1920x1080")]
    Size(u32, u32),
    /// A size that nothing can draw.
    #[error(
        "a size of {0}x{1} is too large: a picture has at most {MOST_SIDE_PX} pixels a side; choose a smaller --size"
    )]
    SizeTooLarge(u32, u32),
    /// A film that portbloom does not make by itself.
    #[error("`{}`: a film is film.mp4, film.y4m, frames/%05d.png, or - for Y4M on standard output; for this one add --encoder ffmpeg{}", .0.display(), codec_hint(.0))]
    UnknownFilm(PathBuf),
    /// A prepared log on standard output, where no command could read it.
    #[cfg(feature = "prepared")]
    #[error("-o -: a prepared log is read from both its ends, so it has to be a file: name one, like log.bloom")]
    PreparedNeedsFile,
    /// A single picture for a film.
    #[error("`{}`: a film of PNG files needs their number in the name, like {}", path.display(), example.display())]
    OnePicture {
        /// The output.
        path: PathBuf,
        /// The same with a number in it.
        example: PathBuf,
    },
    /// A still of another kind.
    #[error("`{}`: a picture is written as .png; end its name in .png", .0.display())]
    NotPng(PathBuf),
    /// A file beside a film that has no name.
    #[error("{0} stands beside a film that is a file: give its name with -o, like -o film.mp4")]
    NeedsFilm(&'static str),
    /// A page of a film that no browser plays.
    #[error("--page shows a film that browsers play: end its name in .mp4, or in .webm with --encoder ffmpeg")]
    NotForBrowsers,
    /// A container whose usual codec is not known.
    #[error("`{}`: name ffmpeg's encoder with --codec, like --codec libx264", .0.display())]
    NoCodec(PathBuf),
    /// Options for an encoder that is not used.
    #[error("{0} is for ffmpeg: add --encoder ffmpeg")]
    NeedsFfmpeg(&'static str),
    /// ffmpeg without a file.
    #[error("--encoder ffmpeg needs a file to make: give its name with -o, like -o film.mkv")]
    FfmpegNeedsFile,
    /// Transparency that the output cannot hold.
    #[error("--background none: {0} cannot hold transparency; use -o frames/%05d.png, or --encoder ffmpeg with --codec {codecs}", codecs = ffmpeg::alpha_codecs().collect::<Vec<_>>().join(", "))]
    NoAlpha(String),
    /// A pattern of logs that no file matches.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Words that are no such command line.
    #[error("{0}")]
    Words(String),
    /// Ink on a ground that has its own.
    #[error("--ink is for --background none: the other backgrounds have an ink of their own")]
    InkOnGround,
    /// A window with a transparent background.
    #[error("--background none: a window cannot be transparent; use dark or light")]
    OpaqueWindow,
    /// Parts that nobody puts together.
    #[error(
        "--shard makes parts for portbloom join, which takes those of the built-in encoder: leave out --encoder ffmpeg"
    )]
    NoShards,
    /// A film that parts cannot be put together to.
    #[error("`{}`: parts are put together to film.mp4, film.y4m or frames/%05d.png, of the kind that they are of", .0.display())]
    NotJoined(PathBuf),
    /// A part of another kind than the film.
    #[error("`{}` is not of the same kind as `{}`: end both names in .mp4 or .y4m, or give both the form frames/%05d.png", part.display(), output.display())]
    OtherKind {
        /// The part.
        part: PathBuf,
        /// The film.
        output: PathBuf,
    },
    /// Pictures of a part where those of the film are to be.
    #[error("`{}` holds pictures of a part: put those of the film into a folder of their own", .0.display())]
    SameFolder(PathBuf),
    /// An end that is not after the start.
    #[error("the time range is empty: its end is not after its start")]
    EmptyRange,
    /// A log too short to have an order.
    #[error("--span: a log lasts at least {MIN_SPAN_NS} nanoseconds; choose a longer one, like 1s")]
    Span,
    /// A log that ends where times do.
    #[error(
        "the log would reach beyond the year 2262, the end of 64-bit nanoseconds: choose an earlier --start or a shorter --span"
    )]
    LogEnd,
    /// The output or the encoder cannot do it.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl SettingsError {
    /// Whether the command line is wrong by itself, whatever files and programs there are.
    #[must_use]
    pub const fn is_wrong_line(&self) -> bool {
        match self {
            Self::Input(error) => error.is_wrong_line(),
            Self::Output(error) => error.is_wrong_line(),
            Self::Geo(_) => false,
            _ => true,
        }
    }
}

/// A duration as it is typed, in nanoseconds, above 0: `5m`, `1h30m`, `100ms`.
///
/// # Errors
/// What was expected.
pub fn typed_duration(text: &str) -> Result<i64, String> {
    crate::cli::parse_duration(text)
}

/// A time as it is typed, in Unix nanoseconds: `2013-07-24 09:40`.
///
/// # Errors
/// What was expected.
pub fn typed_time(text: &str) -> Result<i64, String> {
    crate::cli::parse_time(text)
}

/// How logs are read.
fn reading(args: ReadArgs) -> Result<input::Options, SettingsError> {
    if let Some(format) = &args.format {
        input::check_format(format)?;
    }
    let lookup = input::Lookup::open(geo::Options {
        countries: args.geoip.unwrap_or_default(),
        asns: args.asn,
    })?;
    if args.group_by.0 == Some(SourceKind::Asn) && lookup.asn_table().is_none() {
        return Err(SettingsError::NoAsnTable);
    }
    Ok(input::Options {
        source_kind: args.group_by.0,
        measure: args.measure,
        lookup,
        strict: args.strict,
        format: args.format,
        filter: args.filter,
        columns: args.columns.unwrap_or_default(),
        time_format: args.time_format,
        timezone: args.timezone,
        inner: args.inner,
        replies: args.replies,
        repeats: args.repeats,
        ..input::Options::default()
    })
}

/// The clock that was asked for.
fn times(args: &TimeArgs) -> Result<TimeSpec, SettingsError> {
    if args
        .start
        .zip(args.end)
        .is_some_and(|(start_ns, end_ns)| start_ns >= end_ns)
    {
        return Err(SettingsError::EmptyRange);
    }
    Ok(TimeSpec {
        start_ns: args.start,
        end_ns: args.end,
        bin_ns: args.bin,
        pace_ns: args.pace,
        duration_ns: args.duration,
        travel_ns: args.travel,
        fps: args.fps,
    })
}

/// What a film tells besides its log, as it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Telling {
    /// A plan.
    pub plan: Option<PathBuf>,
    /// Whether to tell what is found in the log.
    pub tells_found: bool,
    /// Captions in WebVTT, SRT or a table.
    pub captions: Option<PathBuf>,
    /// Time ranges that are slower or faster.
    pub speeds: Vec<SpeedChoice>,
    /// Film time that the film stands still before and after, in nanoseconds.
    pub holds_ns: [Option<i64>; 2],
    /// Length of a film of the strongest events alone, in nanoseconds, where that is to be made.
    pub highlights_ns: Option<i64>,
}

/// Two speeds that share a moment, in the order of time.
fn overlapping(speeds: &[SpeedChoice]) -> Option<[SpeedChoice; 2]> {
    let mut in_time = speeds.to_vec();
    in_time.sort_by_key(|speed| (speed.from_ns, speed.to_ns));
    let pair = in_time.windows(2).find(|pair| pair[0].to_ns > pair[1].from_ns)?;
    Some([pair[0], pair[1]])
}

/// The log to show, and how: what all commands that show a log have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewSettings {
    /// Where the log is: one file or several, read as one.
    pub parts: Vec<LogPart>,
    /// Where the log is as which it is laid out, if another one.
    pub layout_of: Option<PathBuf>,
    /// How it is read.
    pub reading: input::Options,
    /// The film's clock as far as it was asked for.
    pub times: TimeSpec,
    /// Width and height in pixels.
    pub size_px: [u32; 2],
    /// The small screen that it is for, if any: its texts are larger.
    pub short: Option<Short>,
    /// Number of country rows, without `Other`.
    pub countries: usize,
    /// The title, where one was given.
    pub title: Option<String>,
    /// Background and ink.
    pub theme: Theme,
    /// The part of the traffic to show, where one was named.
    pub only: Option<Only>,
    /// The unit, where one was asked for.
    pub unit: Option<UnitChoice>,
    /// What stands at the ends of flights.
    pub view: View,
    /// Whether bubbles to ports pass their hosts on the way.
    pub hosts: bool,
    /// What the film tells besides.
    pub telling: Telling,
    /// Whether the background is transparent.
    pub transparent: bool,
    /// Which adapter to use.
    pub adapter: AdapterChoice,
    /// Whether existing files are replaced.
    pub force: bool,
    /// Whether to say nothing but errors.
    pub quiet: bool,
}

impl ViewSettings {
    fn new(args: SceneArgs) -> Result<Self, SettingsError> {
        let short_px = args.short.map(Short::size_px);
        let size_px = args.size.or(short_px).unwrap_or(DEFAULT_SIZE_PX);
        let [width, height] = size_px;
        if size_px.iter().any(|side| *side < 16 || side % 2 == 1) {
            return Err(SettingsError::Size(width, height));
        }
        if size_px.iter().any(|side| *side > MOST_SIDE_PX) {
            return Err(SettingsError::SizeTooLarge(width, height));
        }
        let times = times(&args.times)?;
        if args.hosts && !args.view.has_ports() {
            return Err(SettingsError::HostsTwice);
        }
        if let Some([first, second]) = overlapping(&args.telling.speeds) {
            return Err(SettingsError::SpeedsOverlap(first, second));
        }
        let theme = match (args.background, args.ink) {
            (Background::None, Some(Ink::Dark)) => Theme::Light,
            (Background::None, _) => Theme::Dark,
            (_, Some(_)) => return Err(SettingsError::InkOnGround),
            (Background::Dark, None) => Theme::Dark,
            (Background::Light, None) => Theme::Light,
            (Background::White, None) => Theme::White,
        };
        let Ok(adapter) = args.adapter.parse();
        Ok(Self {
            parts: LogPart::from_arguments(&args.logs)?,
            layout_of: None,
            reading: reading(args.reading)?,
            times,
            size_px,
            short: args.short,
            countries: args.countries.map_or(default_countries(args.short), usize::from),
            title: args.title,
            theme,
            only: args.only,
            unit: args.unit,
            view: args.view,
            hosts: args.hosts,
            telling: Telling {
                plan: args.telling.plan,
                tells_found: args.telling.direct,
                captions: args.telling.captions,
                speeds: args.telling.speeds,
                holds_ns: [args.telling.hold_start, args.telling.hold_end],
                highlights_ns: None,
            },
            transparent: args.background == Background::None,
            adapter,
            force: args.force,
            quiet: args.quiet,
        })
    }

    /// The files that are read.
    fn names_read(&self) -> Names {
        let mut names = names_read(&self.parts);
        if let Some(path) = &self.layout_of {
            names.reads(path, "the log of --layout-of");
        }
        if let Some(path) = &self.telling.plan {
            names.reads(path, "the plan");
        }
        if let Some(path) = &self.telling.captions {
            names.reads(path, "the captions");
        }
        names
    }

    /// Whether it takes a log whose bubbles are told apart by their hosts.
    #[must_use]
    pub fn needs_hosts(&self) -> bool {
        self.hosts || self.view.has_hosts() || self.only.as_ref().is_some_and(Only::asks_for_hosts)
    }

    /// How the scene is to be laid out, for a log of this name.
    #[must_use]
    pub fn scene(&self, log_name: &str) -> SceneSettings {
        let title = match (&self.title, self.parts.as_slice()) {
            (Some(title), _) => title.clone(),
            (None, [LogPart::File(path)]) => title_of(path),
            (None, [LogPart::Stdin]) => String::new(),
            (None, several @ [_, rest @ ..]) if !rest.is_empty() => {
                // The first by name: the picture does not follow the order of the files.
                let titles = several.iter().filter_map(|part| match part {
                    LogPart::File(path) => Some(title_of(path)),
                    LogPart::Stdin | LogPart::Sample => None,
                });
                format!("{} and {} more", titles.min().unwrap_or_default(), rest.len())
            }
            (None, _) => log_name.to_owned(),
        };
        SceneSettings {
            size_px: self.size_px,
            countries: self.countries,
            title,
            theme: self.theme,
            only: self.only.clone(),
            filter: self.reading.filter.as_ref().map(ToString::to_string),
            unit: self.unit.and_then(|choice| choice.0),
            view: self.view,
            hosts: self.hosts,
            large: self.short.is_some(),
            captions: Vec::new(),
            cards: Default::default(),
            cuts: Vec::new(),
        }
    }
}

/// A file's name without its folder and its endings: `logs/marx.csv.gz` as `marx`.
fn title_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = [".gz", ".zst"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name);
    let endings = [".csv", ".bloom", ".parquet"];
    let name = endings
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    name.to_owned()
}

/// A film to make.
pub struct RenderSettings {
    /// The log to show, and how.
    pub view: ViewSettings,
    /// The film's file, or `-` for standard output; `None` where it is not kept.
    pub output: Option<PathBuf>,
    /// The format that the film is written in.
    pub format: Box<dyn Format>,
    /// How it is encoded.
    pub encoding: Encoding,
    /// The frames asked for; all where none were.
    pub frames: Option<FrameRange>,
    /// The shard asked for, in place of frames.
    pub shard: Option<Shard>,
    /// Encoders side by side, where a number was given.
    pub jobs: Option<usize>,
    /// Whether to print where the time went.
    pub timings: bool,
    /// The kinds of subtitles to write beside the film.
    pub subtitles: Vec<Subtitles>,
    /// Where to write a picture that stands for the film.
    pub poster: Option<PathBuf>,
    /// The page to write.
    pub page: Option<PageSettings>,
    /// Where to write the trace.
    pub trace: Option<PathBuf>,
    /// Where to write the report.
    pub report: Option<PathBuf>,
}

impl RenderSettings {
    /// Checks sizes, names, the encoder, and whether the files can be written.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    pub fn new(args: RenderArgs) -> Result<Self, SettingsError> {
        let encoding = Encoding {
            quality: args.quality,
            by_ffmpeg: args.encoder == EncoderKind::Ffmpeg,
            codec: args.codec,
            encoder_args: args.encoder_args,
        };
        let mut view = ViewSettings {
            layout_of: args.layout_of,
            ..ViewSettings::new(args.scene)?
        };
        view.telling.highlights_ns = args.highlights;
        // Of a log without a plan, what is found in it.
        view.telling.tells_found |= args.highlights.is_some() && view.telling.plan.is_none();
        let mut names = view.names_read();
        if let Some(output) = &args.output {
            encoding.add_output(&mut names, output, args.frames);
        }
        let mut subtitles = args.beside.subtitles;
        subtitles.sort_unstable();
        subtitles.dedup();
        for kind in &subtitles {
            let film = film_name(args.output.as_deref()).ok_or(SettingsError::NeedsFilm("--subtitles"))?;
            names.writes_file(&film.with_extension(kind.ending()), "the subtitles");
        }
        if let Some(poster) = &args.beside.poster {
            if ending(poster) != "png" {
                return Err(SettingsError::NotPng(poster.clone()));
            }
            names.writes(poster, "the poster");
        }
        let page = args.beside.page.map(|path| PageSettings::new(path, args.beside.embed));
        if let Some(page) = &page {
            let film = film_name(args.output.as_deref()).ok_or(SettingsError::NeedsFilm("--page"))?;
            if !["mp4", "m4v", "webm", "ogv"].contains(&ending(film).as_str()) {
                return Err(SettingsError::NotForBrowsers);
            }
            names.writes_file(&page.path, "the page");
            if let Some(share) = &page.share {
                names.writes_file(share, "the picture of the page");
            }
        }
        if let Some(report) = &args.report {
            names.writes(report, "the report");
        }
        if let Some(trace) = &args.trace {
            names.writes(trace, "the trace");
        }
        names.check(view.force)?;
        if args.shard.is_some() && encoding.by_ffmpeg {
            return Err(SettingsError::NoShards);
        }
        let format = encoding.format(args.output.as_deref(), &view)?;
        Ok(Self {
            view,
            output: args.output,
            format,
            encoding,
            frames: args.frames,
            shard: args.shard,
            jobs: args.jobs.map(usize::from),
            timings: args.timings,
            subtitles,
            poster: args.beside.poster,
            page,
            trace: args.trace,
            report: args.report,
        })
    }
}

impl RenderSettings {
    /// The files that stand beside the film.
    #[must_use]
    pub fn beside_film(&self) -> Vec<PathBuf> {
        let film = self.output.as_deref().unwrap_or(Path::new(""));
        let subtitles = self.subtitles.iter().map(|kind| film.with_extension(kind.ending()));
        let pages = self
            .page
            .iter()
            .flat_map(|page| [Some(page.path.clone()), page.share.clone()]);
        subtitles.chain(self.poster.clone()).chain(pages.flatten()).collect()
    }

    /// The settings that a command line of `portbloom render` means.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    pub fn from_words<W: Into<OsString> + Clone>(words: &[W]) -> Result<Self, SettingsError> {
        match Cli::command_of(words.iter().cloned()).map_err(SettingsError::Words)? {
            Command::Render(args) => Self::new(args),
            _ => Err(SettingsError::Words("expected portbloom render".to_owned())),
        }
    }
}

/// The kinds of films that are put together of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// MP4 by the built-in encoder.
    Mp4,
    /// Y4M.
    Y4m,
    /// Numbered pictures.
    Pictures(Pattern),
}

impl JoinKind {
    fn of(path: &Path) -> Option<Self> {
        match ending(path).as_str() {
            "mp4" => Some(Self::Mp4),
            "y4m" => Some(Self::Y4m),
            _ => Pattern::from_path(path).map(Self::Pictures),
        }
    }
}

/// Parts to put together.
#[derive(Clone, Debug)]
pub struct JoinSettings {
    /// The parts, in the order in which they were named.
    pub parts: Vec<PathBuf>,
    /// The film's file.
    pub output: PathBuf,
    /// What it is.
    pub kind: JoinKind,
    /// The reports of the parts.
    pub reports: Vec<PathBuf>,
    /// Where to write the report of the film.
    pub report: Option<PathBuf>,
    /// Whether an existing file is replaced.
    pub force: bool,
    /// Whether to say nothing but errors.
    pub quiet: bool,
}

impl JoinSettings {
    /// Checks that parts and film are of one kind, and that the film can be written.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    pub fn new(args: JoinArgs) -> Result<Self, SettingsError> {
        let Some(kind) = JoinKind::of(&args.output) else {
            return Err(SettingsError::NotJoined(args.output));
        };
        let mut names = Names::default();
        for part in &args.parts {
            match (&kind, JoinKind::of(part)) {
                (JoinKind::Pictures(film), Some(JoinKind::Pictures(part))) => {
                    let [from, to] = [&part, film].map(|pattern| pattern.folder().canonicalize());
                    if from.ok().zip(to.ok()).is_some_and(|(from, to)| from == to) {
                        return Err(SettingsError::SameFolder(film.folder().to_owned()));
                    }
                }
                (kind, own) if own.as_ref() == Some(kind) => names.reads(part, "a part"),
                _ => {
                    return Err(SettingsError::OtherKind {
                        part: part.clone(),
                        output: args.output,
                    });
                }
            }
        }
        for report in &args.reports {
            names.reads(report, "the report of a part");
        }
        match &kind {
            JoinKind::Pictures(pattern) => names.writes_frames(pattern.clone(), 0, None, "the film"),
            JoinKind::Mp4 | JoinKind::Y4m => names.writes_file(&args.output, "the film"),
        }
        if let Some(report) = &args.report {
            names.writes(report, "the report");
        }
        names.check(args.force)?;
        Ok(Self {
            parts: args.parts,
            output: args.output,
            kind,
            reports: args.reports,
            report: args.report,
            force: args.force,
            quiet: args.quiet,
        })
    }
}

/// A page to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageSettings {
    /// Its file.
    pub path: PathBuf,
    /// Whether the film is within it.
    pub embed: bool,
    /// The file of the picture that is shown of it elsewhere: `july.share.png` for `july.html`.
    pub share: Option<PathBuf>,
}

impl PageSettings {
    fn new(path: PathBuf, embed: bool) -> Self {
        Self {
            share: (!embed).then(|| path.with_extension("share.png")),
            path,
            embed,
        }
    }
}

/// How a film is encoded, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// Constant quality, 0 to 100.
    pub quality: u8,
    /// Whether an installed ffmpeg encodes, and not the built-in encoder.
    pub by_ffmpeg: bool,
    /// Name of ffmpeg's encoder, where one was given.
    pub codec: Option<String>,
    /// More options for ffmpeg, separated by blanks.
    pub encoder_args: Option<String>,
}

impl Encoding {
    /// Adds the files that the film is to the files of the command.
    fn add_output(&self, names: &mut Names, output: &Path, frames: Option<FrameRange>) {
        let role = "the film";
        if output.as_os_str() == "-" {
            return names.writes_stdout(role);
        }
        match (self.by_ffmpeg, ending(output).as_str(), Pattern::from_path(output)) {
            (false, "png", Some(pattern)) => {
                names.writes_frames(
                    pattern,
                    frames.map_or(0, |frames| frames.start),
                    frames.and_then(|frames| frames.end),
                    role,
                );
            }
            (false, "y4m", _) => names.writes(output, role),
            _ => names.writes_file(output, role),
        }
    }

    /// The format that an output's name means; without a name, the one that keeps nothing.
    fn format(&self, output: Option<&Path>, view: &ViewSettings) -> Result<Box<dyn Format>, SettingsError> {
        let [width, height] = view.size_px;
        let fps = (view.times.fps.num, view.times.fps.den);
        if self.by_ffmpeg {
            return self.ffmpeg(output, view);
        }
        if self.codec.is_some() {
            return Err(SettingsError::NeedsFfmpeg("--codec"));
        }
        if self.encoder_args.is_some() {
            return Err(SettingsError::NeedsFfmpeg("--encoder-args"));
        }
        let opaque = |what: &str| {
            if view.transparent {
                Err(SettingsError::NoAlpha(what.to_owned()))
            } else {
                Ok(())
            }
        };
        let Some(path) = output else {
            return Ok(Box::new(NullFormat));
        };
        if path.as_os_str() == "-" {
            opaque("Y4M")?;
            return Ok(Box::new(Y4mFormat::new(Y4mTarget::Stdout, view.size_px, fps)));
        }
        match ending(path).as_str() {
            "mp4" => {
                opaque("H.264 in MP4")?;
                let h264 = H264Settings::new(width, height, fps, self.quality)?;
                Ok(Box::new(FilmFormat::new(path.to_owned(), view.force, h264)))
            }
            "y4m" => {
                opaque("Y4M")?;
                let target = Y4mTarget::File(path.to_owned(), view.force);
                Ok(Box::new(Y4mFormat::new(target, view.size_px, fps)))
            }
            "png" => match Pattern::from_path(path) {
                Some(pattern) => Ok(Box::new(FramesFormat::new(pattern, view.force, view.size_px))),
                None => {
                    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                    let example = path.with_file_name(format!("{stem}-%05d.png"));
                    Err(SettingsError::OnePicture {
                        path: path.to_owned(),
                        example,
                    })
                }
            },
            _ if ffmpeg::is_many_files(path) => Err(OutputError::ManyFiles { path: path.into() }.into()),
            _ => Err(SettingsError::UnknownFilm(path.to_owned())),
        }
    }

    fn ffmpeg(&self, output: Option<&Path>, view: &ViewSettings) -> Result<Box<dyn Format>, SettingsError> {
        let path = output
            .filter(|path| path.as_os_str() != "-")
            .ok_or(SettingsError::FfmpegNeedsFile)?;
        // Before a codec is asked for, which would not help.
        if ffmpeg::is_many_files(path) {
            return Err(OutputError::ManyFiles { path: path.into() }.into());
        }
        let usual = || ffmpeg::usual_codec(path).map(str::to_owned);
        let codec = self
            .codec
            .clone()
            .or_else(usual)
            .ok_or_else(|| SettingsError::NoCodec(path.to_owned()))?;
        if view.transparent && !ffmpeg::alpha_codecs().any(|name| name == codec) {
            return Err(SettingsError::NoAlpha(codec));
        }
        let words = self.encoder_args.as_deref().unwrap_or_default();
        Ok(Box::new(FfmpegFormat::new(FfmpegSettings {
            path: path.to_owned(),
            force: view.force,
            size: view.size_px,
            fps: (view.times.fps.num, view.times.fps.den),
            codec,
            quality: self.quality,
            arguments: words.split_whitespace().map(str::to_owned).collect(),
            alpha: view.transparent,
        })?))
    }
}

/// Which frame a still shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// By its number.
    Frame(u64),
    /// The nearest to a data time, Unix nanoseconds.
    Time(i64),
    /// The nearest to the first moment of a time of day, in nanoseconds from midnight.
    TimeOfDay(i64),
    /// The one in which the most packets are in flight, when the largest bubble of them is half-way.
    Busiest,
}

impl Moment {
    /// The one that was asked for.
    fn asked(at: Option<At>, frame: Option<u64>) -> Option<Self> {
        match at {
            Some(At::Time(time_ns)) => Some(Self::Time(time_ns)),
            Some(At::TimeOfDay(since_midnight_ns)) => Some(Self::TimeOfDay(since_midnight_ns)),
            None => frame.map(Self::Frame),
        }
    }
}

/// A still to make.
#[derive(Clone, Debug)]
pub struct FrameSettings {
    /// The log to show, and how.
    pub view: ViewSettings,
    /// Which frame.
    pub moment: Moment,
    /// The picture's file.
    pub output: PathBuf,
    /// Dots per inch that the picture's file names, if any.
    pub dpi: Option<u16>,
    /// Where to write the scene.
    pub json: Option<PathBuf>,
}

impl FrameSettings {
    /// Checks sizes, names and whether the files can be written.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    pub fn new(args: FrameArgs) -> Result<Self, SettingsError> {
        let view = ViewSettings {
            layout_of: args.layout_of,
            ..ViewSettings::new(args.scene)?
        };
        if !args.output.extension().unwrap_or_default().eq_ignore_ascii_case("png") {
            return Err(SettingsError::NotPng(args.output));
        }
        let mut names = view.names_read();
        names.writes(&args.output, "the picture");
        if let Some(json) = &args.json {
            names.writes(json, "the scene");
        }
        names.check(view.force)?;
        Ok(Self {
            view,
            moment: Moment::asked(args.at, args.frame).unwrap_or(Moment::Busiest),
            output: args.output,
            dpi: args.dpi,
            json: args.json,
        })
    }
}

/// A window to open.
#[derive(Clone, Debug)]
pub struct PreviewSettings {
    /// The log to show, and how; its size is that of films and pictures made from the window.
    pub view: ViewSettings,
    /// Size of the window at first, in pixels.
    pub window_px: [u32; 2],
    /// Where to begin, if not at the start.
    pub moment: Option<Moment>,
    /// Whether it begins paused.
    pub paused: bool,
    /// Whether it begins full screen.
    pub full_screen: bool,
    /// Whether frame rate and frame times are shown.
    pub fps_overlay: bool,
    /// Where to write the report of the session.
    pub report: Option<PathBuf>,
    /// Whether the report replaces a file: one that was there before the window opened, and not a
    /// film or a picture that was made from the window.
    pub replaces_report: bool,
}

impl PreviewSettings {
    /// Checks sizes and whether the report can be written.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    pub fn new(args: PreviewArgs) -> Result<Self, SettingsError> {
        let view = ViewSettings {
            layout_of: args.layout_of,
            ..ViewSettings::new(args.scene)?
        };
        if view.transparent {
            return Err(SettingsError::OpaqueWindow);
        }
        let force = view.force;
        check_report(args.report.as_deref(), &view, force)?;
        Ok(Self {
            view,
            window_px: args.window,
            moment: Moment::asked(args.at, args.frame),
            paused: args.paused,
            full_screen: args.full_screen,
            fps_overlay: args.fps_overlay,
            replaces_report: force && args.report.as_ref().is_some_and(|report| report.exists()),
            report: args.report,
        })
    }

    /// The settings that a command line of `portbloom preview` means.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    #[cfg(test)]
    pub(crate) fn from_words<W: Into<OsString> + Clone>(words: &[W]) -> Result<Self, SettingsError> {
        match Cli::command_of(words.iter().cloned()).map_err(SettingsError::Words)? {
            Command::Preview(args) => Self::new(args),
            _ => Err(SettingsError::Words("expected portbloom preview".to_owned())),
        }
    }
}

/// A log to describe.
#[derive(Clone, Debug)]
pub struct ProfileSettings {
    /// Where it is: one file or several, read as one.
    pub parts: Vec<LogPart>,
    /// Whether to print JSON.
    pub json: bool,
    /// How it is read.
    pub reading: input::Options,
    /// Whether to show no progress.
    pub quiet: bool,
}

impl ProfileSettings {
    /// Finds the files.
    ///
    /// # Errors
    /// [`SettingsError::Input`] for a pattern that no file matches.
    pub fn new(args: ProfileArgs) -> Result<Self, SettingsError> {
        let parts = LogPart::from_arguments(&args.logs)?;
        let mut names = names_read(&parts);
        names.writes_stdout("the profile");
        names.check(false)?;
        Ok(Self {
            parts,
            json: args.json,
            reading: reading(args.reading)?,
            quiet: args.quiet,
        })
    }
}

/// A log in which to look for what is worth telling.
#[derive(Clone, Debug)]
pub struct DirectSettings {
    /// Where it is: one file or several, read as one.
    pub parts: Vec<LogPart>,
    /// The plan's file; `None` to list what was found.
    pub output: Option<PathBuf>,
    /// The film's clock as far as it was asked for.
    pub times: TimeSpec,
    /// Whether to print JSON.
    pub json: bool,
    /// How it is read.
    pub reading: input::Options,
    /// Whether an existing file is replaced.
    pub force: bool,
    /// Whether to say nothing but errors.
    pub quiet: bool,
}

impl DirectSettings {
    /// Finds the files, and checks whether the output can be written.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    pub fn new(args: DirectArgs) -> Result<Self, SettingsError> {
        let parts = LogPart::from_arguments(&args.logs)?;
        let mut names = names_read(&parts);
        match &args.output {
            Some(output) => names.writes(output, "the plan"),
            None => names.writes_stdout("the list"),
        }
        names.check(args.force)?;
        Ok(Self {
            parts,
            output: args.output,
            times: times(&args.times)?,
            json: args.json,
            reading: reading(args.reading)?,
            force: args.force,
            quiet: args.quiet,
        })
    }
}

/// A log to prepare.
#[cfg(feature = "prepared")]
#[derive(Clone, Debug)]
pub struct PrepareSettings {
    /// Where it is: one file or several, read as one.
    pub parts: Vec<LogPart>,
    /// The prepared log's file.
    pub output: PathBuf,
    /// Length of a bin in nanoseconds, where one was asked for.
    pub bin_ns: Option<i64>,
    /// The unit of films that name none, where one was asked for.
    pub unit: Option<UnitChoice>,
    /// Whether the packets to each host are told apart.
    pub by_host: bool,
    /// How it is read.
    pub reading: input::Options,
    /// Whether an existing file is replaced.
    pub force: bool,
    /// Whether to say nothing but errors.
    pub quiet: bool,
}

#[cfg(feature = "prepared")]
impl PrepareSettings {
    /// Finds the files, and checks whether the output can be written.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    pub fn new(args: crate::cli::PrepareArgs) -> Result<Self, SettingsError> {
        if args.output.as_os_str() == "-" {
            return Err(SettingsError::PreparedNeedsFile);
        }
        let parts = LogPart::from_arguments(&args.logs)?;
        let mut names = names_read(&parts);
        names.writes_file(&args.output, "the prepared log");
        names.check(args.force)?;
        Ok(Self {
            parts,
            output: args.output,
            bin_ns: args.bin,
            unit: args.unit,
            by_host: args.by_host,
            reading: reading(args.reading)?,
            force: args.force,
            quiet: args.quiet,
        })
    }
}

/// A log to make up.
#[derive(Clone, Debug)]
pub struct SynthSettings {
    /// Its rows and times.
    pub recipe: Recipe,
    /// Where it goes.
    pub target: TextTarget,
    /// Whether to say nothing but errors.
    pub quiet: bool,
}

impl SynthSettings {
    /// Checks the times and whether the file can be written.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    pub fn new(args: SynthArgs) -> Result<Self, SettingsError> {
        if args.span < MIN_SPAN_NS {
            return Err(SettingsError::Span);
        }
        if args.start.checked_add(args.span).is_none() {
            return Err(SettingsError::LogEnd);
        }
        let target = if args.output.as_os_str() == "-" {
            TextTarget::Stdout
        } else {
            let mut names = Names::default();
            names.writes(&args.output, "the log");
            names.check(args.force)?;
            TextTarget::File(args.output, args.force)
        };
        Ok(Self {
            recipe: Recipe {
                events: args.events,
                seed: args.seed,
                start_ns: args.start,
                span_ns: args.span,
                hosts: args.hosts,
            },
            target,
            quiet: args.quiet,
        })
    }
}

/// The name of a film that is one file.
fn film_name(output: Option<&Path>) -> Option<&Path> {
    output.filter(|path| path.as_os_str() != "-" && Pattern::from_path(path).is_none())
}

/// The options that ffmpeg needs besides for a file of this ending.
fn codec_hint(path: &Path) -> &'static str {
    match ffmpeg::usual_codec(path) {
        Some(_) => "",
        None => " --codec NAME, like --codec libx264",
    }
}

/// Checks that the report of a window can be written, and is none of the logs that the window reads.
///
/// # Errors
/// [`OutputError::NamedTwice`], and those of its file's name.
pub fn check_report(report: Option<&Path>, view: &ViewSettings, force: bool) -> Result<(), SettingsError> {
    let mut names = view.names_read();
    if let Some(report) = report {
        names.writes(report, "the report");
    }
    Ok(names.check(force)?)
}

/// The files of a command that reads these logs; those that it writes are to be added.
fn names_read(parts: &[LogPart]) -> Names {
    let mut names = Names::default();
    for part in parts {
        match part {
            LogPart::File(log) => names.reads(log, "the log"),
            LogPart::Stdin => names.reads_stdin("the log"),
            LogPart::Sample => {}
        }
    }
    names
}

/// The ending of a file's name in small letters.
fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}
