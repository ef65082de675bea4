//! The command line that makes a film: its words from settings, and the words quoted for a shell.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::input::{self, LogPart};
use crate::log::View;
use crate::output::numbered::Pattern;
use crate::output::quality::DEFAULT_QUALITY;
use crate::scene::colors::Theme;
use crate::settings::{Encoding, RenderSettings, Telling, ViewSettings, default_countries};
use crate::timeline::{DEFAULT_TRAVEL_NS, Fps, TimeSpec};
use crate::words::{exact_duration, utc};

/// The words of the command that makes the rest of a film: its `frames` but for the first `made` of them.
/// `None` where the film is not kept.
///
/// Reports and traces of the rest have names of their own, too.
pub fn rest_words(settings: &RenderSettings, frames: &Range<u64>, made: u64) -> Option<Vec<String>> {
    let output = rest_path(settings.output.as_deref()?);
    let mut words = view_words(&settings.view, &output);
    let start = frames.start + made;
    let end = match settings.shard {
        Some(_) => Some(frames.end),
        None => settings.frames.and_then(|asked| asked.end),
    };
    let end = end.map_or_else(String::new, |end| end.to_string());
    words.extend(["--frames".to_owned(), format!("{start}..{end}")]);
    words.extend(encoding_words(&settings.encoding));
    if let Some(jobs) = settings.jobs {
        words.extend(["--jobs".to_owned(), jobs.to_string()]);
    }
    if !settings.subtitles.is_empty() {
        let kinds = settings.subtitles.iter().map(|kind| kind.ending());
        words.extend(["--subtitles".to_owned(), kinds.collect::<Vec<_>>().join(",")]);
    }
    if let Some(path) = &settings.poster {
        words.extend(["--poster".to_owned(), path_word(path)]);
    }
    if let Some(page) = &settings.page {
        words.extend(["--page".to_owned(), path_word(&page.path)]);
        words.extend(page.embed.then(|| "--embed".to_owned()));
    }
    for (option, path) in [("--report", &settings.report), ("--trace", &settings.trace)] {
        if let Some(path) = path {
            words.extend([option.to_owned(), path_word(&rest_path(path))]);
        }
    }
    if settings.timings {
        words.push("--timings".to_owned());
    }
    if settings.view.force {
        words.push("--force".to_owned());
    }
    Some(words)
}

/// The words of the command that makes a film, without its name, a choice of frames and what is written beside it.
pub fn part_words(settings: &RenderSettings) -> Vec<String> {
    let mut words = view_words(&settings.view, Path::new("-"));
    words.extend(encoding_words(&settings.encoding));
    words
}

/// Such words for another output; `None` where there are none.
pub fn of_part(words: &[String], output: &Path) -> Option<Vec<String>> {
    let at = words.iter().position(|word| word == "-o")?;
    let mut words = words.to_vec();
    *words.get_mut(at + 1)? = path_word(output);
    Some(words)
}

/// `film.rest.mp4` for `film.mp4`, or `film.rest-2.mp4` and so on where that name is taken. Numbered pictures,
/// pipes, devices and standard output keep their names.
fn rest_path(output: &Path) -> PathBuf {
    let is_stream = output.metadata().is_ok_and(|found| !found.is_file());
    if output.as_os_str() == "-" || Pattern::from_path(output).is_some() || is_stream {
        return output.to_owned();
    }
    let numbered = |number: u32| {
        let mut name = output.file_stem().unwrap_or_default().to_owned();
        name.push(".rest");
        if number > 1 {
            name.push(format!("-{number}"));
        }
        if let Some(extension) = output.extension() {
            name.push(".");
            name.push(extension);
        }
        output.with_file_name(name)
    };
    let mut names = (1..1000).map(numbered);
    names
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_else(|| numbered(1))
}

/// The options of an encoder that are not the default.
fn encoding_words(encoding: &Encoding) -> Vec<String> {
    let mut words = Vec::new();
    if encoding.quality != DEFAULT_QUALITY {
        words.extend(["--quality".to_owned(), encoding.quality.to_string()]);
    }
    if encoding.by_ffmpeg {
        words.extend(["--encoder".to_owned(), "ffmpeg".to_owned()]);
    }
    // Tied to their names, since their values may look like options.
    let tied = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}={value}"));
    words.extend(tied("--codec", &encoding.codec));
    words.extend(tied("--encoder-args", &encoding.encoder_args));
    words
}

/// The words of `portbloom render` for what is shown, by the built-in encoder; defaults are left out.
pub fn view_words(view: &ViewSettings, output: &Path) -> Vec<String> {
    let mut words = command_words("render", &view.parts);
    let output = if output.as_os_str() == "-" {
        "-".to_owned()
    } else {
        path_word(output)
    };
    words.extend(["-o".to_owned(), output]);
    if view.view != View::Ports {
        words.push(format!("--view={}", view.view));
    }
    if view.hosts {
        words.push("--hosts".to_owned());
    }
    let mut option = |name: &str, value: String| words.extend(option_words(name, value));
    let [width, height] = view.size_px;
    option("--size", format!("{width}x{height}"));
    time_options(&view.times, &mut option);
    if let Some(short) = view.short {
        option("--for", short.name().to_owned());
    }
    if view.countries != default_countries(view.short) {
        option("--countries", view.countries.to_string());
    }
    if let Some(title) = &view.title {
        option("--title", title.clone());
    }
    if let Some(only) = &view.only {
        option("--only", only.to_string());
    }
    if let Some(path) = &view.layout_of {
        option("--layout-of", path_word(path));
    }
    if let Some(unit) = view.unit {
        option("--unit", unit.to_string());
    }
    let ground = match view.theme {
        _ if view.transparent => Some("none"),
        Theme::Dark => None,
        Theme::Light => Some("light"),
        Theme::White => Some("white"),
    };
    if let Some(ground) = ground {
        option("--background", ground.to_owned());
    }
    if view.transparent && view.theme == Theme::Light {
        option("--ink", "dark".to_owned());
    }
    if view.adapter != crate::gpu::AdapterChoice::Auto {
        option("--adapter", view.adapter.to_string());
    }
    let Telling {
        plan,
        tells_found,
        captions,
        speeds,
        holds_ns,
        highlights_ns,
    } = &view.telling;
    for (name, path) in [("--plan", plan), ("--captions", captions)] {
        if let Some(path) = path {
            option(name, path_word(path));
        }
    }
    for speed in speeds {
        option("--speed", speed.to_string());
    }
    for (name, hold_ns) in ["--hold-start", "--hold-end"].into_iter().zip(holds_ns) {
        if let Some(hold_ns) = hold_ns {
            option(name, exact_duration(*hold_ns));
        }
    }
    if let Some(length_ns) = highlights_ns {
        option("--highlights", exact_duration(*length_ns));
    }
    if *tells_found && highlights_ns.is_none() {
        words.push("--direct".to_owned());
    }
    words.extend(reading_words(&view.reading));
    words
}

/// `portbloom`, a command, and its log.
pub fn command_words(command: &str, parts: &[LogPart]) -> Vec<String> {
    let mut words: Vec<String> = vec!["portbloom".to_owned(), command.to_owned()];
    words.extend(parts.iter().filter_map(|part| match part {
        LogPart::Sample => None,
        LogPart::Stdin => Some("-".to_owned()),
        LogPart::File(path) => Some(path_word(path)),
    }));
    words
}

/// An option and its value, which is tied to it where it looks like an option itself.
fn option_words(name: &str, value: String) -> Vec<String> {
    if value.starts_with('-') {
        vec![format!("{name}={value}")]
    } else {
        vec![name.to_owned(), value]
    }
}

/// The words for a clock; defaults are left out.
pub fn time_words(times: &TimeSpec) -> Vec<String> {
    let mut words = Vec::new();
    time_options(times, &mut |name, value| words.extend(option_words(name, value)));
    words
}

fn time_options(times: &TimeSpec, option: &mut dyn FnMut(&str, String)) {
    let TimeSpec {
        start_ns,
        end_ns,
        bin_ns,
        pace_ns,
        duration_ns,
        travel_ns,
        fps,
    } = times;
    if *fps != (Fps { num: 25, den: 1 }) {
        let rate = if fps.den == 1 {
            fps.num.to_string()
        } else {
            format!("{}/{}", fps.num, fps.den)
        };
        option("--fps", rate);
    }
    for (name, time_ns) in [("--start", start_ns), ("--end", end_ns)] {
        if let Some(time_ns) = time_ns {
            option(name, utc(*time_ns));
        }
    }
    for (name, length_ns) in [("--bin", bin_ns), ("--pace", pace_ns), ("--duration", duration_ns)] {
        if let Some(length_ns) = length_ns {
            option(name, exact_duration(*length_ns));
        }
    }
    if *travel_ns != DEFAULT_TRAVEL_NS {
        option("--travel", exact_duration(*travel_ns));
    }
}

/// The words for how a log is read; defaults are left out.
pub fn reading_words(reading: &input::Options) -> Vec<String> {
    let mut words = Vec::new();
    let mut option = |name: &str, value: String| words.extend(option_words(name, value));
    if let Some(format) = &reading.format {
        option("--format", format.clone());
    }
    if let Some(kind) = &reading.source_kind {
        option("--group-by", kind.to_string());
    }
    if let Some(measure) = reading.measure {
        option("--measure", measure.to_string());
    }
    let tables = reading.lookup.options();
    if let Some(table) = tables.countries.asked() {
        option("--geoip", table);
    }
    if let Some(path) = &tables.asns {
        option("--asn", path.to_string_lossy().into_owned());
    }
    if let Some(filter) = &reading.filter {
        option("--where", filter.to_string());
    }
    if !reading.columns.is_empty() {
        option("--columns", reading.columns.to_string());
    }
    if let Some(format) = &reading.time_format {
        option("--time-format", format.to_string());
    }
    if let Some(zone) = &reading.timezone {
        option("--timezone", zone.to_string());
    }
    let flags = [
        ("--inner", reading.inner),
        ("--replies", reading.replies),
        ("--repeats", reading.repeats),
        ("--strict", reading.strict),
    ];
    let given = flags.into_iter().filter(|(_, given)| *given);
    words.extend(given.map(|(name, _)| name.to_owned()));
    words
}

/// A path that is not taken for an option.
fn path_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.starts_with('-') {
        format!("./{text}")
    } else {
        text.into_owned()
    }
}

/// Words as one line for a shell: POSIX, or the command prompt on Windows.
pub fn shell_line(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:=,+@%-".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if cfg!(windows) {
        format!("\"{}\"", word.replace('"', "\\\""))
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{PreviewSettings, RenderSettings};

    /// The view that a line of `preview` means.
    fn view(line: &[&str]) -> ViewSettings {
        PreviewSettings::from_words(line).unwrap().view
    }

    /// The view that a shell makes of a line of `render`.
    fn again(line: &str) -> ViewSettings {
        let shell = std::process::Command::new("sh")
            .args(["-c", &format!("printf '%s\\0' {line}")])
            .output()
            .unwrap();
        let text = String::from_utf8(shell.stdout).unwrap();
        let words: Vec<&str> = text.split_terminator('\0').collect();
        RenderSettings::from_words(&words).unwrap().view
    }

    #[test]
    #[cfg(unix)]
    fn the_line_means_what_the_window_shows() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("it's a film.mp4");
        for line in [
            &["portbloom", "preview"][..],
            &[
                "portbloom",
                "preview",
                "o'brien & co.csv",
                "--size",
                "4k",
                "--fps",
                "30000/1001",
            ],
            &[
                "portbloom",
                "preview",
                "-",
                "--start",
                "2013-07-24",
                "--end",
                "2013-07-25T01:02:03.5Z",
            ],
            &[
                "portbloom",
                "preview",
                "--bin",
                "40ms",
                "--pace",
                "90m",
                "--travel",
                "1.25s",
                "--countries",
                "0",
            ],
            &[
                "portbloom",
                "preview",
                "--duration",
                "1d2h3m4.000000005s",
                "--title=-v $HOME `x`",
            ],
            &[
                "portbloom",
                "preview",
                "--only",
                "CN:tcp/1433",
                "--background",
                "light",
                "--adapter",
                "llvm pipe",
            ],
            &["portbloom", "preview", "--strict", "--title", ""],
            &[
                "portbloom",
                "preview",
                "--plan",
                "a plan.json",
                "--captions",
                "c.vtt",
                "--speed",
                "2013-07-24..2013-07-24T00:00:01.5=1/4",
                "--speed=2013-07-25..2013-07-26=4",
                "--hold-start",
                "2s",
                "--hold-end",
                "1500ms",
                "--for",
                "vertical",
            ],
            &[
                "portbloom",
                "preview",
                "--direct",
                "--for=square",
                "--countries=44",
                "--size=720p",
            ],
            &[
                "portbloom",
                "preview",
                "x.csv",
                "--format",
                "csv",
                "--group-by",
                "column:sensor",
                "--geoip",
                "builtin",
                "--where",
                "udp and host == 'a b'",
                "--replies",
                "--repeats",
                "--inner",
                "--columns",
                "time=\"at, UTC\",port=dest.port",
                "--time-format",
                "%d/%m/%Y %H:%M:%S",
                "--timezone=-03:00",
            ],
        ] {
            let before = view(line);
            let shown = shell_line(&view_words(&before, &output));
            let after = again(&shown);
            assert_eq!(format!("{before:?}"), format!("{after:?}"), "{shown}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_rest_of_a_film_is_the_same_film_from_a_later_frame() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("it's a film.mkv");
        let output = output.to_str().unwrap();
        let report = folder.path().join("r.json");
        let report = report.to_str().unwrap();
        let settings = |words: &[&str]| RenderSettings::from_words(words).unwrap();
        let line = |words: &[&str], frames: Range<u64>, made| {
            let words = rest_words(&settings(words), &frames, made);
            words.map_or_else(String::new, |words| shell_line(&words))
        };
        let typed = [
            "portbloom",
            "render",
            "-o",
            output,
            "--title",
            "it's",
            "--only",
            "South Korea:ssh",
            "--frames=100..",
            "--encoder",
            "ffmpeg",
            "--codec",
            "libx264",
            "--encoder-args",
            "-preset veryfast",
            "--quality",
            "50",
            "--jobs",
            "3",
            "--report",
            report,
            "--timings",
            "--subtitles=srt,vtt",
            "--poster=-poster.png",
        ];
        let rest = line(&typed, 100..8134, 25);
        let shell = std::process::Command::new("sh")
            .args(["-c", &format!("printf '%s\\0' {rest}")])
            .output()
            .unwrap();
        let text = String::from_utf8(shell.stdout).unwrap();
        let words: Vec<&str> = text.split_terminator('\0').collect();
        let (before, after) = (settings(&typed), settings(&words));
        assert_eq!(format!("{:?}", before.view), format!("{:?}", after.view), "{rest}");
        assert_eq!((before.encoding, before.jobs), (after.encoding, after.jobs), "{rest}");
        assert_eq!(after.frames.map(|frames| (frames.start, frames.end)), Some((125, None)));
        assert_eq!(after.output, Some(folder.path().join("it's a film.rest.mkv")));
        assert_eq!(after.report, Some(folder.path().join("r.rest.json")));
        assert!(after.timings && after.trace.is_none());
        assert_eq!(before.subtitles, after.subtitles);
        assert_eq!(after.poster, Some("./-poster.png".into()));

        let page = [
            "portbloom",
            "render",
            "-o",
            "film.mp4",
            "--page",
            "page.html",
            "--embed",
        ];
        let rest = line(&page, 0..8134, 5);
        assert!(rest.ends_with("--frames 5.. --page page.html --embed"), "{rest}");

        let part = ["portbloom", "render", "-o", "p/%05d.png", "--frames", "0..50"];
        assert_eq!(
            line(&part, 0..50, 7),
            "portbloom render -o p/%05d.png --size 1920x1080 --frames 7..50"
        );
        let kept_nowhere = ["portbloom", "render", "--sink", "null"];
        assert_eq!(line(&kept_nowhere, 0..8134, 7), "");
    }
}
