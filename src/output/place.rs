//! The place that an output's name leads to: a file that is made whole and then takes the name, or to
//! something that is there already and is written into, like a pipe.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::OutputError;

/// Links that are followed before they count as a circle, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// The end of an output's name, with all links followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file, in a folder that exists.
    File {
        /// The folder; never empty.
        folder: PathBuf,
        /// The file in it.
        target: PathBuf,
    },
    /// A device, a pipe or an open descriptor like `/dev/stdout`: bytes go into it as they come.
    Stream(PathBuf),
}

impl Place {
    /// Finds it, without touching the disk. `force`: whether it may be a file that exists.
    ///
    /// # Errors
    /// [`OutputError::Exists`] without `force`; with or without it a folder, a missing folder, a
    /// disk, a circle of links, or a name that the system refuses.
    pub fn find(path: &Path, force: bool) -> Result<Self, OutputError> {
        let text = path.as_os_str().as_encoded_bytes();
        let ends_in_separator = text
            .last()
            .is_some_and(|&byte| std::path::is_separator(char::from(byte)));
        if ends_in_separator || path.file_name().is_none() {
            return Err(OutputError::IsFolder { path: path.into() });
        }
        let unwritable = |error| OutputError::Unwritable {
            path: path.into(),
            error,
        };
        let target = match follow(path).map_err(unwritable)? {
            End::Name(target) => target,
            End::Descriptor(descriptor) => return Ok(Self::Stream(descriptor)),
        };
        let Some(name) = target.file_name() else {
            return Err(OutputError::IsFolder { path: path.into() });
        };
        let folder = folder_of(&target).to_path_buf();
        match fs::metadata(&folder) {
            Ok(found) if found.is_dir() => {}
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(unwritable(error)),
            _ => {
                return Err(OutputError::NoFolder {
                    path: path.into(),
                    folder,
                });
            }
        }
        match fs::metadata(&target) {
            Ok(found) if found.is_dir() => return Err(OutputError::IsFolder { path: path.into() }),
            Ok(found) if is_disk(&found) => return Err(OutputError::NotAFile { path: path.into() }),
            Ok(found) if !found.is_file() => return Ok(Self::Stream(target)),
            Ok(_) if !force => return Err(OutputError::Exists { path: path.into() }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A link to nothing is there too.
                if !force && fs::symlink_metadata(path).is_ok() {
                    return Err(OutputError::Exists { path: path.into() });
                }
            }
            Err(error) => return Err(unwritable(error)),
        }
        // Without a `.` or `/` at the end.
        let target = target.with_file_name(name);
        Ok(Self::File { folder, target })
    }
}

/// The folder that a file is in, as its name says; `.` for a name alone.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The end of a name's links.
pub enum End {
    /// A name that is no link, of something that may not exist.
    Name(PathBuf),
    /// An open descriptor, by a name like `/proc/123/fd/1`.
    Descriptor(PathBuf),
}

/// Follows the links of a name.
///
/// # Errors
/// A circle of links.
pub fn follow(path: &Path) -> io::Result<End> {
    let mut at = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        if let Some(descriptor) = descriptor(&at) {
            return Ok(End::Descriptor(descriptor));
        }
        let Ok(next) = fs::read_link(&at) else {
            return Ok(End::Name(at));
        };
        // A link that begins at the root replaces all of it.
        at = folder_of(&at).join(next);
    }
    Err(io::Error::other("its links lead in a circle"))
}

/// The open descriptor that a name stands for, like `/dev/fd/1` or `/proc/self/fd/1`, in a folder
/// without links.
fn descriptor(path: &Path) -> Option<PathBuf> {
    let folder = folder_of(path).canonicalize().ok()?;
    let is_of_process = folder.starts_with("/proc") && folder.ends_with("fd");
    let is_descriptor = (is_of_process || folder == Path::new("/dev/fd")) && path.exists();
    is_descriptor.then(|| folder.join(path.file_name().unwrap_or_default()))
}

#[cfg(unix)]
fn is_disk(found: &fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_block_device(&found.file_type())
}

#[cfg(not(unix))]
fn is_disk(_found: &fs::Metadata) -> bool {
    false
}

/// Opens a [`Place::Stream`] to write into it. A pipe is opened once somebody reads it.
///
/// # Errors
/// Those of the system.
pub fn open_stream(stream: &Path) -> io::Result<File> {
    // By the descriptor itself: opened by its name, a file behind it would be written from its
    // start, and a socket could not be opened at all.
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        let own = PathBuf::from(format!("/proc/{}/fd", std::process::id()));
        let is_own = |number: &str| stream == own.join(number) || stream == Path::new("/dev/fd").join(number);
        if is_own("1") {
            return io::stdout().as_fd().try_clone_to_owned().map(File::from);
        }
        if is_own("2") {
            return io::stderr().as_fd().try_clone_to_owned().map(File::from);
        }
    }
    File::options().append(true).open(stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::names_in;

    #[test]
    fn bad_names_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        for path in [folder.path().to_path_buf(), inside("new/"), PathBuf::new()] {
            let error = Place::find(&path, true).unwrap_err();
            assert!(matches!(error, OutputError::IsFolder { .. }), "{error}");
        }
        fs::write(inside("file"), b"").unwrap();
        for name in ["missing/film.mp4", "file/film.mp4"] {
            let error = Place::find(&inside(name), true).unwrap_err();
            assert!(matches!(error, OutputError::NoFolder { .. }), "{error}");
        }
        assert_eq!(names_in(folder.path()), ["file"]);
        Place::find(&inside("film.mp4"), false).unwrap();
        Place::find(Path::new("no-such-file-here.mp4"), false).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_streams_and_links_are_followed() {
        assert!(matches!(
            Place::find(Path::new("/dev/null"), false),
            Ok(Place::Stream(_))
        ));
        // Whatever standard output is while the tests run.
        assert!(matches!(
            Place::find(Path::new("/dev/stdout"), false),
            Ok(Place::Stream(_))
        ));

        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("film.mp4");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        let error = Place::find(&link, false).unwrap_err();
        assert!(matches!(error, OutputError::Exists { .. }), "{error}");
        let found = Place::find(&link, true).unwrap();
        let Place::File { target, .. } = found else {
            panic!("{found:?}")
        };
        assert_eq!(target, folder.path().join("nowhere"));

        let circle = folder.path().join("circle");
        std::os::unix::fs::symlink("circle", &circle).unwrap();
        let error = Place::find(&circle, true).unwrap_err();
        assert!(error.to_string().contains("circle"), "{error}");
    }
}
