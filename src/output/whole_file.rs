//! A file that appears under its name only when it is whole.
//!
//! Owns the checks on an output's name, the hidden temporary file beside it, and the rename at the
//! end. Must not know what is written. Until [`WholeFile::finish`] the name is untouched; a value
//! that is dropped, by an error or on the way out of a panic, takes its temporary file with it.

use super::OutputError;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// Bytes gathered before they go to the disk. A segment of film is larger and passes unbuffered;
/// this is for the small pieces of small films and of PNG files.
const BUFFER_BYTES: usize = 1 << 20;

/// Checks an output's name without touching the disk: to be called before any work is done.
///
/// # Errors
/// [`OutputError::Exists`] without `force`; with or without it a folder, a device or a pipe, a
/// missing parent folder, or a name that the system refuses.
pub fn check(path: &Path, force: bool) -> Result<(), OutputError> {
    named(path, force).map(|_| ())
}

/// The same, and the name in the form `folder/name`: a folder that is never empty, and no `.` or
/// `/` at the end, on which the rename would fail only after all the work.
fn named(path: &Path, force: bool) -> Result<(PathBuf, PathBuf), OutputError> {
    let text = path.as_os_str().as_encoded_bytes();
    let ends_in_separator = text
        .last()
        .is_some_and(|&byte| std::path::is_separator(char::from(byte)));
    let (Some(name), false) = (path.file_name(), ends_in_separator) else {
        return Err(OutputError::IsFolder { path: path.into() });
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(OutputError::Unwritable {
                path: path.into(),
                error,
            });
        }
        _ => {
            return Err(OutputError::NoFolder {
                path: path.into(),
                folder: folder.into(),
            });
        }
    }
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(OutputError::IsFolder { path: path.into() }),
        // A rename would replace /dev/null itself.
        Ok(found) if !found.is_file() => return Err(OutputError::NotAFile { path: path.into() }),
        Ok(_) if !force => return Err(OutputError::Exists { path: path.into() }),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A link to nothing is found by its own name only.
            if !force && fs::symlink_metadata(path).is_ok() {
                return Err(OutputError::Exists { path: path.into() });
            }
        }
        Err(error) => {
            return Err(OutputError::Unwritable {
                path: path.into(),
                error,
            });
        }
    }
    Ok((folder.to_path_buf(), folder.join(name)))
}

/// A file in the making. Write to it, then [`finish`](Self::finish) it.
#[derive(Debug)]
pub struct WholeFile {
    /// As the user named it: for messages.
    path: PathBuf,
    /// Where it goes: the same place, without trailing `.`.
    target: PathBuf,
    force: bool,
    temporary: BufWriter<File>,
    /// Removes the temporary file when dropped.
    temporary_path: TempPath,
}

impl WholeFile {
    /// Checks the name as [`check`] does, and makes a hidden, empty file in the same folder: on
    /// the same disk, so that the rename at the end moves no bytes.
    ///
    /// # Errors
    /// Those of [`check`], and [`OutputError::Unwritable`] or [`OutputError::NoRoom`] where the
    /// folder takes no new file.
    pub fn create(path: &Path, force: bool) -> Result<Self, OutputError> {
        let (folder, target) = named(path, force)?;
        // The ending stays: ffmpeg knows the container by it.
        let mut suffix = std::ffi::OsString::from(".part");
        if let Some(extension) = target.extension() {
            suffix.push(".");
            suffix.push(extension);
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".portbloom-").suffix(&suffix);
        // `tempfile` makes private files (0600); a film is shared like any other file, as the
        // umask says.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let (temporary, temporary_path) = match builder.tempfile_in(&folder) {
            Ok(file) => file.into_parts(),
            Err(error) => {
                return Err(match write_error(path, without_temporary_name(error)) {
                    OutputError::Write { path, error } => OutputError::Unwritable { path, error },
                    no_room => no_room,
                });
            }
        };
        Ok(Self {
            path: path.into(),
            target,
            force,
            temporary: BufWriter::with_capacity(BUFFER_BYTES, temporary),
            temporary_path,
        })
    }

    /// As the user named it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is until it is whole: for programs that write it in our place.
    #[must_use]
    pub fn temporary_path(&self) -> &Path {
        &self.temporary_path
    }

    /// Adds `bytes` where the last write ended.
    ///
    /// # Errors
    /// [`OutputError::NoRoom`] or [`OutputError::Write`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        self.temporary
            .write_all(bytes)
            .map_err(|error| write_error(&self.path, error))
    }

    /// Moves the end of the last write to `offset` bytes from the start; what is skipped reads as
    /// zeros.
    ///
    /// # Errors
    /// [`OutputError::NoRoom`] or [`OutputError::Write`].
    pub fn seek(&mut self, offset: u64) -> Result<(), OutputError> {
        self.temporary
            .seek(SeekFrom::Start(offset))
            .map(|_| ())
            .map_err(|error| write_error(&self.path, error))
    }

    /// For libraries that want a writer; hand their `io::Error` to [`write_error`].
    pub fn writer(&mut self) -> &mut (impl Write + Send + use<>) {
        &mut self.temporary
    }

    /// Gives the file its name; returns its length in bytes.
    ///
    /// # Errors
    /// [`OutputError::Appeared`] if the name was taken meanwhile and `force` was not given;
    /// [`OutputError::NoRoom`] or [`OutputError::Write`]. No file is left then.
    pub fn finish(self) -> Result<u64, OutputError> {
        let (path, target, force) = (self.path.clone(), self.target.clone(), self.force);
        self.rename(&path, &target, force)
    }

    /// Gives the file another name in the same folder, and replaces a file that has that name.
    ///
    /// # Errors
    /// Those of [`check`] with `force`, and of [`finish`](Self::finish).
    pub fn finish_as(self, path: &Path) -> Result<u64, OutputError> {
        let (_, target) = named(path, true)?;
        self.rename(path, &target, true)
    }

    fn rename(self, path: &Path, target: &Path, force: bool) -> Result<u64, OutputError> {
        let temporary = self.temporary.into_inner();
        let temporary = temporary.map_err(|failed| write_error(path, failed.into_error()))?;
        let bytes = temporary.metadata().map_err(|error| write_error(path, error))?.len();
        // Some systems rename no open file.
        drop(temporary);
        let renamed = if force {
            self.temporary_path.persist(target)
        } else {
            self.temporary_path.persist_noclobber(target)
        };
        renamed.map(|()| bytes).map_err(|failed| {
            if failed.error.kind() == io::ErrorKind::AlreadyExists {
                OutputError::Appeared { path: path.into() }
            } else {
                write_error(path, without_temporary_name(failed.error))
            }
        })
    }
}

/// `tempfile` puts its own name for the file, of which the user knows nothing, around the system's
/// error, and gives no way to it but its kind.
fn without_temporary_name(error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() {
        return error;
    }
    io::Error::from(error.kind())
}

/// The message for a failed write to `path`: a used-up disk has its own remedy.
#[must_use]
pub fn write_error(path: &Path, error: io::Error) -> OutputError {
    let path = path.into();
    match error.kind() {
        // FileTooLarge: FAT ends at 4 GiB, and `ulimit -f` where it says.
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            OutputError::NoRoom { path, error }
        }
        _ => OutputError::Write { path, error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::names_in;

    #[test]
    fn appears_only_when_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let mut file = WholeFile::create(&path, false).unwrap();
        file.write(b"whole").unwrap();
        assert!(!path.exists());
        assert_eq!(file.finish().unwrap(), 5);
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(names_in(folder.path()), ["film.mp4"]);
    }

    #[test]
    fn dropped_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = WholeFile::create(&folder.path().join("film.mp4"), false).unwrap();
        file.write(&vec![7; 3 * BUFFER_BYTES]).unwrap();
        assert_eq!(names_in(folder.path()).len(), 1, "the hidden file");
        drop(file);
        assert!(names_in(folder.path()).is_empty());
    }

    #[test]
    fn an_existing_file_is_kept_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        fs::write(&path, b"old").unwrap();
        let error = WholeFile::create(&path, false).unwrap_err();
        assert!(matches!(error, OutputError::Exists { .. }));
        assert!(error.to_string().contains("--force"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");

        let mut file = WholeFile::create(&path, true).unwrap();
        file.write(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old", "until it is whole");
        file.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_file_that_appeared_meanwhile_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let mut file = WholeFile::create(&path, false).unwrap();
        file.write(b"ours").unwrap();
        fs::write(&path, b"theirs").unwrap();
        let error = file.finish().unwrap_err();
        assert!(matches!(error, OutputError::Appeared { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        assert_eq!(names_in(folder.path()), ["film.mp4"]);
    }

    #[test]
    fn bad_names_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        for path in [folder.path().to_path_buf(), inside("new/"), PathBuf::new()] {
            let error = check(&path, true).unwrap_err();
            assert!(matches!(error, OutputError::IsFolder { .. }), "{error}");
        }
        fs::write(inside("file"), b"").unwrap();
        for name in ["missing/film.mp4", "file/film.mp4"] {
            let error = check(&inside(name), true).unwrap_err();
            assert!(matches!(error, OutputError::NoFolder { .. }), "{error}");
        }
        assert_eq!(names_in(folder.path()), ["file"]);
        check(&inside("film.mp4"), false).unwrap();
        check(Path::new("no-such-file-here.mp4"), false).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_dangling_links_are_not_replaced() {
        let error = check(Path::new("/dev/null"), true).unwrap_err();
        assert!(matches!(error, OutputError::NotAFile { .. }), "{error}");

        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("film.mp4");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        let error = check(&link, false).unwrap_err();
        assert!(matches!(error, OutputError::Exists { .. }), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_takes_no_files_is_refused_at_once() {
        // Not by permission bits: the tests may run as root.
        let error = WholeFile::create(Path::new("/proc/film.mp4"), false).unwrap_err();
        assert!(matches!(error, OutputError::Unwritable { .. }), "{error}");
        assert!(!error.to_string().contains(".part"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_says_so() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let error = { &full }.write_all(b"x").unwrap_err();
        let error = write_error(Path::new("film.mp4"), error);
        assert!(matches!(error, OutputError::NoRoom { .. }), "{error}");
        assert!(!error.to_string().contains('\n'));
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_it_as_the_umask_says() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            let found = fs::metadata(folder.path().join(name)).unwrap();
            found.permissions().mode() & 0o777
        };
        File::create(folder.path().join("normal")).unwrap();
        let ours = WholeFile::create(&folder.path().join("ours"), false).unwrap();
        ours.finish().unwrap();
        assert_eq!(format!("{:o}", mode("ours")), format!("{:o}", mode("normal")));
    }
}
