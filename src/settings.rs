//! Settings resolved and validated: every check that needs neither the log nor a GPU.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::cli::{FrameArgs, FrameRange, RenderArgs, SceneArgs};
use crate::gpu::AdapterChoice;
use crate::input::Source;
use crate::output::h264::H264Settings;
use crate::output::{OutputError, whole_file};
use crate::scene::SceneSettings;
use crate::timeline::TimeSpec;

/// Why a command cannot be carried out as typed.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A size without pixels, or with odd sides.
    #[error("a size of {0}x{1}: both sides must be even and at least 16, like 1920x1080")]
    Size(u32, u32),
    /// An output whose kind is not known.
    #[error("`{}`: a {what} is written as {extension}; end its name in {extension}", path.display())]
    Extension {
        /// The output.
        path: PathBuf,
        /// `film` or `picture`.
        what: &'static str,
        /// The extension expected, with its dot.
        extension: &'static str,
    },
    /// Two outputs in one file, or an output in place of the log.
    #[error("`{}` is named twice: give the log and each output a file of its own", .0.display())]
    SameFile(PathBuf),
    /// The output or the encoder cannot do it.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// What every command that shows a log needs.
#[derive(Clone, Debug)]
pub struct ViewSettings {
    /// Where the log is.
    pub source: Source,
    /// Whether an unreadable row is an error.
    pub strict: bool,
    /// The film's clock as far as it was asked for.
    pub times: TimeSpec,
    /// Width and height in pixels.
    pub size_px: [u32; 2],
    /// Rows of the country column.
    pub countries: usize,
    /// The title, where one was given.
    pub title: Option<String>,
    /// Which adapter to use.
    pub adapter: AdapterChoice,
    /// Whether existing files are replaced.
    pub force: bool,
    /// Whether to say nothing but errors.
    pub quiet: bool,
}

impl ViewSettings {
    fn new(args: SceneArgs) -> Result<Self, SettingsError> {
        let [width, height] = args.size;
        if args.size.iter().any(|side| *side < 16 || side % 2 == 1) {
            return Err(SettingsError::Size(width, height));
        }
        let times = TimeSpec {
            start_ns: args.start,
            end_ns: args.end,
            bin_ns: args.bin,
            pace_ns: args.pace,
            duration_ns: args.duration,
            travel_ns: args.travel,
            fps: args.fps,
        };
        let Ok(adapter) = args.adapter.parse();
        Ok(Self {
            source: Source::from_argument(args.log),
            strict: args.strict,
            times,
            size_px: args.size,
            countries: usize::from(args.countries),
            title: args.title,
            adapter,
            force: args.force,
            quiet: args.quiet,
        })
    }

    /// How the scene is to be laid out, for a log of this name.
    #[must_use]
    pub fn scene(&self, log_name: &str) -> SceneSettings {
        let title = match (&self.title, &self.source) {
            (Some(title), _) => title.clone(),
            (None, Source::Sample) => log_name.to_owned(),
            (None, Source::Stdin) => String::new(),
            (None, Source::File(path)) => title_of(path),
        };
        SceneSettings {
            size_px: self.size_px,
            countries: self.countries,
            title,
        }
    }
}

/// A file's name without its folder and its endings: `logs/marx.csv.gz` as `marx`.
fn title_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.strip_suffix(".csv").unwrap_or(name).to_owned()
}

/// A film to make.
#[derive(Clone, Debug)]
pub struct RenderSettings {
    /// What is shown.
    pub view: ViewSettings,
    /// The film's file.
    pub output: PathBuf,
    /// How it is encoded.
    pub h264: H264Settings,
    /// The frames asked for; all where none were.
    pub frames: Option<FrameRange>,
    /// Encoders side by side, where a number was given.
    pub jobs: Option<usize>,
    /// Where to write the report.
    pub report: Option<PathBuf>,
}

impl RenderSettings {
    /// Checks sizes, names and whether the files can be written.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    pub fn new(args: RenderArgs) -> Result<Self, SettingsError> {
        let view = ViewSettings::new(args.scene)?;
        let [width, height] = view.size_px;
        let h264 = H264Settings::new(width, height, (view.times.fps.num, view.times.fps.den), args.quality)?;
        check_extension(&args.output, "film", ".mp4")?;
        let outputs = [Some(args.output.as_path()), args.report.as_deref()];
        check_outputs(&outputs.into_iter().flatten().collect::<Vec<_>>(), &view)?;
        Ok(Self {
            view,
            output: args.output,
            h264,
            frames: args.frames,
            jobs: args.jobs.map(usize::from),
            report: args.report,
        })
    }
}

/// Which frame a still shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// By its number.
    Frame(u64),
    /// The nearest to a data time, Unix nanoseconds.
    Time(i64),
}

/// A still to make.
#[derive(Clone, Debug)]
pub struct FrameSettings {
    /// What is shown.
    pub view: ViewSettings,
    /// Which frame.
    pub moment: Moment,
    /// The picture's file.
    pub output: PathBuf,
    /// Where to write the scene.
    pub json: Option<PathBuf>,
}

impl FrameSettings {
    /// Checks sizes, names and whether the files can be written.
    ///
    /// # Errors
    /// [`SettingsError`], with what to do.
    pub fn new(args: FrameArgs) -> Result<Self, SettingsError> {
        let view = ViewSettings::new(args.scene)?;
        check_extension(&args.output, "picture", ".png")?;
        let outputs = [Some(args.output.as_path()), args.json.as_deref()];
        check_outputs(&outputs.into_iter().flatten().collect::<Vec<_>>(), &view)?;
        let moment = match args.at {
            Some(time_ns) => Moment::Time(time_ns),
            None => Moment::Frame(args.frame.unwrap_or(0)),
        };
        Ok(Self {
            view,
            moment,
            output: args.output,
            json: args.json,
        })
    }
}

fn check_extension(path: &Path, what: &'static str, extension: &'static str) -> Result<(), SettingsError> {
    let found = path.extension().unwrap_or_default();
    if found.eq_ignore_ascii_case(&extension[1..]) {
        return Ok(());
    }
    Err(SettingsError::Extension {
        path: path.to_owned(),
        what,
        extension,
    })
}

/// Checks that all outputs can be written and that no file is named twice, the log among them.
fn check_outputs(outputs: &[&Path], view: &ViewSettings) -> Result<(), SettingsError> {
    let mut seen = Vec::new();
    if let Source::File(log) = &view.source {
        seen.push(resolved(log));
    }
    for output in outputs {
        whole_file::check(output, view.force)?;
        let path = resolved(output);
        if seen.contains(&path) {
            return Err(SettingsError::SameFile(output.to_path_buf()));
        }
        seen.push(path);
    }
    Ok(())
}

/// A path that is the same however the file is named; of a file that does not exist yet, by its folder.
fn resolved(path: &Path) -> PathBuf {
    let by_folder = || {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    };
    path.canonicalize()
        .ok()
        .or_else(by_folder)
        .unwrap_or_else(|| path.to_owned())
}
