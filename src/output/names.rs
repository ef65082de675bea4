//! The files that a command reads and writes, checked together before its work begins: no command
//! may replace a file that it reads, or one that it wrote itself.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::OutputError;
use super::numbered::Pattern;
use super::place::{End, Place, folder_of, follow};

/// Names of files and their roles. Add all of them, then [`check`](Self::check) them.
#[derive(Debug, Default)]
pub struct Names {
    entries: Vec<Entry>,
}

/// The use of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Read,
    /// Written, to any place or to a file alone.
    Write {
        file_only: bool,
    },
}

/// A name, or a pattern of names.
#[derive(Debug)]
enum Name {
    Path(PathBuf),
    Frames {
        pattern: Pattern,
        first: u64,
        /// First frame not written, where that is known.
        end: Option<u64>,
    },
    Stdin,
    Stdout,
}

#[derive(Debug)]
struct Entry {
    name: Name,
    role: &'static str,
    used: Use,
}

impl Names {
    /// A file that is read. `role` is its name in messages, like `the log`.
    pub fn reads(&mut self, path: &Path, role: &'static str) {
        self.add(Name::Path(path.into()), role, Use::Read);
    }

    /// Standard input is read.
    pub fn reads_stdin(&mut self, role: &'static str) {
        self.add(Name::Stdin, role, Use::Read);
    }

    /// A file that is written, or a pipe or a device that is written into.
    pub fn writes(&mut self, path: &Path, role: &'static str) {
        self.add(Name::Path(path.into()), role, Use::Write { file_only: false });
    }

    /// A file that is written, and cannot be a pipe or a device.
    pub fn writes_file(&mut self, path: &Path, role: &'static str) {
        self.add(Name::Path(path.into()), role, Use::Write { file_only: true });
    }

    /// Standard output is written.
    pub fn writes_stdout(&mut self, role: &'static str) {
        self.add(Name::Stdout, role, Use::Write { file_only: false });
    }

    /// Numbered files are written: those from `first` up to, not including, `end`.
    pub fn writes_frames(&mut self, pattern: Pattern, first: u64, end: Option<u64>, role: &'static str) {
        let name = Name::Frames { pattern, first, end };
        self.add(name, role, Use::Write { file_only: true });
    }

    fn add(&mut self, name: Name, role: &'static str, used: Use) {
        self.entries.push(Entry { name, role, used });
    }

    /// Checks that no file is both read and written or written twice, however it is named, and that
    /// every output can be written; numbered files are checked when their number is known.
    ///
    /// # Errors
    /// [`OutputError::NamedTwice`], and where an output cannot be written.
    pub fn check(&self, force: bool) -> Result<(), OutputError> {
        let found: Vec<Found> = self.entries.iter().map(Found::new).collect();
        for (at, (entry, here)) in self.entries.iter().zip(&found).enumerate() {
            if let Name::Frames { pattern, first, end } = &entry.name {
                let frames = Frames {
                    pattern,
                    numbers: *first..end.unwrap_or(u64::MAX),
                };
                let others = self
                    .entries
                    .iter()
                    .zip(&found)
                    .filter(|(other, _)| !std::ptr::eq(*other, entry));
                for (other, there) in others {
                    if let Some(frame) = frames.meets(there) {
                        return Err(named_twice(frame, entry.role, other));
                    }
                }
                if let Some([frame, link]) = frames.linked_twice() {
                    return Err(OutputError::NamedTwice {
                        path: frame,
                        role: entry.role,
                        other: link,
                        other_role: entry.role,
                    });
                }
                continue;
            }
            for (other, there) in self.entries[..at].iter().zip(&found) {
                let both_read = entry.used == Use::Read && other.used == Use::Read;
                let both_written = entry.used != Use::Read && other.used != Use::Read;
                if !both_read && here.is(there, both_written) {
                    return Err(named_twice(entry.display(), entry.role, other));
                }
            }
        }
        for entry in &self.entries {
            if let (Name::Path(path), Use::Write { file_only }) = (&entry.name, entry.used)
                && let Place::Stream(_) = Place::find(path, force)?
                && file_only
            {
                return Err(OutputError::NotAFile { path: path.clone() });
            }
        }
        Ok(())
    }
}

impl Entry {
    /// The name as the user typed it.
    fn display(&self) -> PathBuf {
        match &self.name {
            Name::Path(path) => path.clone(),
            Name::Frames { pattern, .. } => pattern.as_path(),
            Name::Stdin => "standard input".into(),
            Name::Stdout => "standard output".into(),
        }
    }
}

fn named_twice(path: PathBuf, role: &'static str, other: &Entry) -> OutputError {
    OutputError::NamedTwice {
        path,
        role,
        other: other.display(),
        other_role: other.role,
    }
}

/// The file that a name leads to.
#[derive(Debug)]
struct Found {
    /// The file itself, where it exists.
    there: Option<Identity>,
    /// The folder that it would be in and its name there, where it does not exist.
    new: Option<(Identity, OsString)>,
    /// The folder that its name is in and its name there, where it exists.
    named: Option<(Identity, OsString)>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    /// A pipe or a socket: two who write into it would mix what they write.
    Pipe,
    /// A terminal, `/dev/null`, a folder: whoever names it twice may do so.
    Other,
}

impl Kind {
    #[cfg(unix)]
    fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = found.file_type();
        if kind.is_file() || kind.is_block_device() {
            Self::File
        } else if kind.is_fifo() || kind.is_socket() {
            Self::Pipe
        } else {
            Self::Other
        }
    }

    #[cfg(not(unix))]
    fn of(found: &Metadata) -> Self {
        if found.is_file() { Self::File } else { Self::Other }
    }
}

/// A file, whatever its names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    /// Number of its device, and its number on it.
    #[cfg(unix)]
    Inode(u64, u64),
    /// Its path without links.
    #[cfg(not(unix))]
    Path(PathBuf),
}

impl Identity {
    #[cfg(unix)]
    fn of(_path: &Path, found: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        Some(Self::Inode(found.dev(), found.ino()))
    }

    #[cfg(not(unix))]
    fn of(path: &Path, _found: &Metadata) -> Option<Self> {
        path.canonicalize().ok().map(Self::Path)
    }

    /// The identity of a file that exists, links followed.
    fn find(path: &Path) -> Option<Self> {
        Self::of(path, &fs::metadata(path).ok()?)
    }
}

impl Found {
    fn new(entry: &Entry) -> Self {
        match &entry.name {
            Name::Path(path) => Self::by_name(path),
            Name::Frames { .. } => Self::nothing(),
            Name::Stdin => Self::open(0),
            Name::Stdout => Self::open(1),
        }
    }

    fn nothing() -> Self {
        Self {
            there: None,
            new: None,
            named: None,
            kind: Kind::Other,
        }
    }

    fn by_name(path: &Path) -> Self {
        let in_folder = |path: &Path| Some((Identity::find(folder_of(path))?, path.file_name()?.to_owned()));
        if let Ok(found) = fs::metadata(path) {
            return Self {
                there: Identity::of(path, &found),
                new: None,
                named: in_folder(path),
                kind: Kind::of(&found),
            };
        }
        let Ok(End::Name(end)) = follow(path) else {
            return Self::nothing();
        };
        Self {
            new: in_folder(&end),
            kind: Kind::File,
            ..Self::nothing()
        }
    }

    /// The file behind an open descriptor.
    #[cfg(unix)]
    fn open(descriptor: u8) -> Self {
        use std::os::fd::AsFd as _;
        let stream = match descriptor {
            0 => std::io::stdin().as_fd().try_clone_to_owned(),
            _ => std::io::stdout().as_fd().try_clone_to_owned(),
        };
        let Ok(found) = stream.map(fs::File::from).and_then(|stream| stream.metadata()) else {
            return Self::nothing();
        };
        Self {
            there: Identity::of(Path::new(""), &found),
            kind: Kind::of(&found),
            ..Self::nothing()
        }
    }

    #[cfg(not(unix))]
    fn open(_descriptor: u8) -> Self {
        Self::nothing()
    }

    /// Whether both are one file; or one pipe, where both are written.
    fn is(&self, other: &Self, both_written: bool) -> bool {
        if let (Some(here), Some(there)) = (&self.there, &other.there) {
            return here == there
                && match self.kind {
                    Kind::File => true,
                    Kind::Pipe => both_written,
                    Kind::Other => false,
                };
        }
        let (Some((folder, name)), Some((other_folder, other_name))) = (&self.new, &other.new) else {
            return false;
        };
        folder == other_folder && same_name(name, other_name)
    }
}

/// Whether a folder may take two names that no file has yet for one: many disks do not tell names
/// apart that differ in case alone, or in what Windows cuts off at the end.
fn same_name(a: &OsStr, b: &OsStr) -> bool {
    let folded = |name: &OsStr| name.to_string_lossy().trim_end_matches(['.', ' ']).to_lowercase();
    folded(a) == folded(b)
}

/// Numbered files.
struct Frames<'a> {
    pattern: &'a Pattern,
    numbers: std::ops::Range<u64>,
}

impl Frames<'_> {
    /// The frame that would be written to this file, if any.
    fn meets(&self, other: &Found) -> Option<PathBuf> {
        let folder = Identity::find(self.pattern.folder())?;
        let by_name = [&other.new, &other.named].into_iter().flatten();
        for (other_folder, name) in by_name {
            if *other_folder == folder
                && let Some(frame) = self.frame_named(name)
                && (other.new.is_some() && fs::symlink_metadata(&frame).is_err()
                    || other.there.is_some() && other.there == Identity::find(&frame))
            {
                return Some(frame);
            }
        }
        // By another name: a link among the frames that are there already.
        let there = other.there.as_ref().filter(|_| other.kind == Kind::File)?;
        self.there().find(|frame| Identity::find(frame).as_ref() == Some(there))
    }

    /// The frame of this file name, on a disk that may not tell case.
    fn frame_named(&self, name: &OsStr) -> Option<PathBuf> {
        let number = self.pattern.number_of(&name.to_string_lossy())?;
        self.numbers.contains(&number).then(|| self.pattern.path(number))
    }

    /// The frames that exist already.
    fn there(&self) -> impl Iterator<Item = PathBuf> {
        let names = fs::read_dir(self.pattern.folder()).into_iter().flatten().flatten();
        names.filter_map(|entry| self.frame_named(&entry.file_name()))
    }

    /// Two frames that are one file by links, so that the later would replace the earlier.
    fn linked_twice(&self) -> Option<[PathBuf; 2]> {
        let folder = Identity::find(self.pattern.folder())?;
        let mut ends: Vec<((Identity, OsString), PathBuf)> = Vec::new();
        for link in self.there().filter(|frame| fs::read_link(frame).is_ok()) {
            let Ok(End::Name(end)) = follow(&link) else { continue };
            let Some(place) = Identity::find(folder_of(&end)).zip(end.file_name().map(OsStr::to_owned)) else {
                continue;
            };
            let twin = ends.iter().find(|(other, _)| *other == place);
            let frame = (place.0 == folder).then(|| self.frame_named(&place.1)).flatten();
            if let Some(other) = frame.or_else(|| twin.map(|(_, path)| path.clone())) {
                return Some([link, other]);
            }
            ends.push((place, link));
        }
        None
    }
}
