//! The command line for what a window shows: its words, and the words quoted for a shell.

use std::path::Path;

use crate::input::Source;
use crate::scene::colors::Theme;
use crate::settings::ViewSettings;
use crate::timeline::{DEFAULT_TRAVEL_NS, Fps, TimeSpec};
use crate::words::{exact_duration, utc};

/// The words of `portbloom render` for these settings; what is the default is left out.
pub fn render_words(view: &ViewSettings, output: &Path) -> Vec<String> {
    let mut words: Vec<String> = vec!["portbloom".to_owned(), "render".to_owned()];
    words.extend(view.sources.iter().filter_map(|source| match source {
        Source::Sample => None,
        Source::Stdin => Some("-".to_owned()),
        Source::File(path) => Some(path_word(path)),
    }));
    words.extend(["-o".to_owned(), path_word(output)]);
    let mut option = |name: &str, value: String| {
        // A value that looks like an option has to be tied to its own.
        if value.starts_with('-') {
            words.push(format!("{name}={value}"));
        } else {
            words.extend([name.to_owned(), value]);
        }
    };
    let [width, height] = view.size_px;
    option("--size", format!("{width}x{height}"));
    let TimeSpec {
        start_ns,
        end_ns,
        bin_ns,
        pace_ns,
        duration_ns,
        travel_ns,
        fps,
    } = &view.times;
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
    if view.countries != crate::settings::DEFAULT_COUNTRIES {
        option("--countries", view.countries.to_string());
    }
    if let Some(title) = &view.title {
        option("--title", title.clone());
    }
    if let Some(only) = &view.only {
        option("--only", only.to_string());
    }
    if view.theme == Theme::Light {
        option("--background", "light".to_owned());
    }
    if view.adapter != crate::gpu::AdapterChoice::Auto {
        option("--adapter", view.adapter.to_string());
    }
    if view.strict {
        words.push("--strict".to_owned());
    }
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
        ] {
            let before = view(line);
            let shown = shell_line(&render_words(&before, &output));
            let after = again(&shown);
            assert_eq!(format!("{before:?}"), format!("{after:?}"), "{shown}");
        }
    }
}
