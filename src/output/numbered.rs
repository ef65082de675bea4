//! Names of numbered files: `frames/%05d.png`.

use std::path::{Path, PathBuf};

/// A file name with one `%d` or `%0Nd` for the number of the frame in the film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    folder: PathBuf,
    before: String,
    digits: usize,
    after: String,
}

impl Pattern {
    /// Reads a pattern from a path; `None` where its file name has no `%d`, or more than one, or does
    /// not end in `.png`.
    #[must_use]
    pub fn from_path(path: &Path) -> Option<Self> {
        let is_png = path.extension()?.eq_ignore_ascii_case("png");
        let name = path.file_name()?.to_str().filter(|_| is_png)?;
        let (before, rest) = name.split_once('%')?;
        let (digits, after) = rest.split_once('d')?;
        let digits = match digits {
            "" => 1,
            _ => digits
                .strip_prefix('0')?
                .parse()
                .ok()
                .filter(|digits| (1..=18).contains(digits))?,
        };
        if after.contains('%') {
            return None;
        }
        Some(Self {
            folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
            before: before.to_owned(),
            digits,
            after: after.to_owned(),
        })
    }

    /// The file of frame `number`.
    #[must_use]
    pub fn path(&self, number: u64) -> PathBuf {
        let Self {
            before, digits, after, ..
        } = self;
        self.folder.join(format!("{before}{number:0digits$}{after}"))
    }

    /// The folder of all files; `.` where the pattern names none.
    #[must_use]
    pub fn folder(&self) -> &Path {
        if self.folder.as_os_str().is_empty() {
            return Path::new(".");
        }
        &self.folder
    }

    /// The number in a file name of this pattern, upper and lower case being the same; `None` for
    /// any other name.
    #[must_use]
    pub fn number_of(&self, name: &str) -> Option<u64> {
        let name = name.to_lowercase();
        let digits = name
            .strip_prefix(&self.before.to_lowercase())?
            .strip_suffix(&self.after.to_lowercase())?;
        let number: u64 = digits.parse().ok()?;
        let width = self.digits;
        (digits == format!("{number:0width$}")).then_some(number)
    }

    /// The pattern as a path, for messages.
    #[must_use]
    pub fn as_path(&self) -> PathBuf {
        let Self {
            before, digits, after, ..
        } = self;
        self.folder.join(match digits {
            1 => format!("{before}%d{after}"),
            _ => format!("{before}%0{digits}d{after}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_numbers_files() {
        let pattern = Pattern::from_path(Path::new("out/frame-%05d.png")).unwrap();
        assert_eq!(pattern.path(42), Path::new("out/frame-00042.png"));
        assert_eq!(pattern.as_path(), Path::new("out/frame-%05d.png"));
        assert_eq!(
            Pattern::from_path(Path::new("%d.png")).unwrap().path(7),
            Path::new("7.png")
        );
        assert_eq!(
            Pattern::from_path(Path::new("%d.png")).unwrap().as_path(),
            Path::new("%d.png")
        );
        for none in [
            "still.png",
            "%x.png",
            "%5d.png",
            "%0d.png",
            "%",
            "%d-%d.png",
            "log%d.mp4",
        ] {
            assert_eq!(Pattern::from_path(Path::new(none)), None, "{none}");
        }
    }

    #[test]
    fn a_number_is_read_from_the_names_that_the_pattern_makes() {
        let pattern = Pattern::from_path(Path::new("out/f%03d.png")).unwrap();
        for (name, number) in [
            ("f002.png", Some(2)),
            ("F002.PNG", Some(2)),
            ("f1000.png", Some(1000)),
            ("f2.png", None),
            ("f0002.png", None),
            ("f.png", None),
            ("f+02.png", None),
            ("g002.png", None),
            ("f002.png.csv", None),
        ] {
            assert_eq!(pattern.number_of(name), number, "{name}");
        }
    }
}
