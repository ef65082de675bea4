//! A file that appears under its name only when it is whole.
//!
//! Owns the hidden temporary file beside an output, the rename at the end, and where finished work
//! goes when the name cannot be taken. Must not know what is written. Until
//! [`WholeFile::finish`] the name is untouched; a value that is dropped, by an error or on the way
//! out of a panic, takes its temporary file with it. What is a pipe or a device is written into as
//! the bytes come.

use super::OutputError;
use super::place::{Place, folder_of, open_stream};
use super::reserve::Reserve;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// Bytes gathered before they go to the disk. A segment of film is larger and passes unbuffered;
/// this is for the small pieces of small films and of PNG files.
const BUFFER_BYTES: usize = 1 << 20;

/// Beginning of a hidden file's name; six letters or digits follow that differ from run to run.
const HIDDEN_PREFIX: &str = ".portbloom-";
/// Letters and digits that differ from run to run.
const RANDOM_LETTERS: usize = 6;
/// Between them and the name of the output, which comes last, as ffmpeg knows the container by its
/// ending.
const HIDDEN_MIDDLE: &str = ".part.";
/// The longest name that common file systems take, in bytes.
const NAME_BYTES: usize = 255;

/// The most names that are tried for a file whose own name is taken.
const FREE_NAMES: u32 = 1000;

/// A file in the making. Write to it, then [`finish`](Self::finish) it.
#[derive(Debug)]
pub struct WholeFile {
    /// The name as the user typed it, for messages.
    path: PathBuf,
    writer: BufWriter<File>,
    hidden: Option<Hidden>,
}

/// The file that is written, until it takes the output's name.
#[derive(Debug)]
struct Hidden {
    /// Its path at the end: the output's name, links followed.
    target: PathBuf,
    force: bool,
    /// Removes the file when dropped.
    path: TempPath,
    /// Room for what closing it takes, where it is kept.
    reserve: Option<Reserve>,
}

impl WholeFile {
    /// Checks that the name can be written, and makes a hidden, empty file in the same folder:
    /// on the same disk, so that the rename at the end moves no bytes. A pipe or a device is opened.
    ///
    /// # Errors
    /// [`OutputError::Exists`] without `force`, and [`OutputError::Unwritable`] or [`OutputError::NoRoom`] where
    /// the folder takes no new file.
    pub fn create(path: &Path, force: bool) -> Result<Self, OutputError> {
        let unwritable = |error| match write_error(path, without_temporary_name(error)) {
            OutputError::Write { path, error } => OutputError::Unwritable { path, error },
            no_room => no_room,
        };
        let (file, hidden) = match Place::find(path, force)? {
            Place::Stream(stream) => (open_stream(&stream).map_err(unwritable)?, None),
            Place::File { folder, target } => {
                let (file, path) = hidden_file(&folder, &target).map_err(unwritable)?;
                let hidden = Hidden {
                    target,
                    force,
                    path,
                    reserve: None,
                };
                (file, Some(hidden))
            }
        };
        Ok(Self {
            path: path.into(),
            writer: BufWriter::with_capacity(BUFFER_BYTES, file),
            hidden,
        })
    }

    /// Keeps room for what closing the file takes, so that it can be closed when its disk has no more.
    pub fn keep_reserve(&mut self) {
        if let Some(hidden) = &mut self.hidden {
            hidden.reserve = Reserve::in_folder(folder_of(&hidden.target));
        }
    }

    /// Gives that room back to whoever is to close the file.
    pub fn give_back_reserve(&mut self) {
        if let Some(reserve) = self.hidden.as_mut().and_then(|hidden| hidden.reserve.take()) {
            reserve.give_back(self.writer.get_ref());
        }
    }

    /// The name as the user typed it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its path until it is whole, for programs that write it in portbloom's place; a pipe or a
    /// device itself.
    #[must_use]
    pub fn temporary_path(&self) -> &Path {
        self.hidden.as_ref().map_or(&self.path, |hidden| &hidden.path)
    }

    /// Adds `bytes` where the last write ended.
    ///
    /// # Errors
    /// [`OutputError::NoRoom`] or [`OutputError::Write`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        let written = self.writer.write_all(bytes);
        self.unless_closed(written)
    }

    /// Hands all that was written to the system.
    ///
    /// # Errors
    /// [`OutputError::NoRoom`] or [`OutputError::Write`].
    pub fn flush(&mut self) -> Result<(), OutputError> {
        let flushed = self.writer.flush();
        self.unless_closed(flushed)
    }

    /// A reader of a pipe that has gone away is no failure: what is written then goes nowhere.
    fn unless_closed(&self, written: io::Result<()>) -> Result<(), OutputError> {
        match written {
            Err(error) if self.hidden.is_none() && error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|error| write_error(&self.path, error)),
        }
    }

    /// Moves the end of the last write to `offset` bytes from the start; what is skipped reads as
    /// zeros.
    ///
    /// # Errors
    /// [`OutputError::NoRoom`] or [`OutputError::Write`].
    pub fn seek(&mut self, offset: u64) -> Result<(), OutputError> {
        self.writer
            .seek(SeekFrom::Start(offset))
            .map(|_| ())
            .map_err(|error| write_error(&self.path, error))
    }

    /// Cuts the file off after `length` bytes, and forgets what did not reach the disk: after a
    /// write that failed, so that what was whole before it can be finished.
    ///
    /// # Errors
    /// [`OutputError::Write`].
    pub fn cut(self, length: u64) -> Result<Self, OutputError> {
        let Self {
            path,
            writer,
            mut hidden,
        } = self;
        // The bytes that wait are those of the failed write.
        let (mut file, _) = writer.into_parts();
        if let Some(reserve) = hidden.as_mut().and_then(|hidden| hidden.reserve.take()) {
            reserve.give_back(&file);
        }
        let cut = file.set_len(length).and_then(|()| file.seek(SeekFrom::Start(length)));
        cut.map_err(|error| write_error(&path, error))?;
        Ok(Self {
            path,
            writer: BufWriter::with_capacity(BUFFER_BYTES, file),
            hidden,
        })
    }

    /// For libraries that want a writer; hand their `io::Error` to [`write_error`].
    pub fn writer(&mut self) -> &mut (impl Write + Send + use<>) {
        &mut self.writer
    }

    /// Gives the file its name; returns its length in bytes, 0 for a pipe or a device.
    ///
    /// # Errors
    /// [`OutputError::NoRoom`] or [`OutputError::Write`]: no file is left then.
    /// [`OutputError::Appeared`] if the name was taken meanwhile and `force` was not given, and
    /// [`OutputError::NotNamed`] where the name could not be given: both say where the file is.
    pub fn finish(self) -> Result<u64, OutputError> {
        let path = self.path.clone();
        let Some((mut named, target, force)) = self.close()? else {
            return Ok(0);
        };
        let error = match named.give(&target, force) {
            Ok(()) => return Ok(named.bytes),
            Err(error) => error,
        };
        let kept = named.give_first(free_names(&target));
        if error.kind() == io::ErrorKind::AlreadyExists && !force {
            return Err(OutputError::Appeared { path, kept });
        }
        Err(OutputError::NotNamed { path, error, kept })
    }

    /// Gives a film that was cut short its [`partial_names`], the first that is free; returns that
    /// and its length in bytes.
    ///
    /// # Errors
    /// [`OutputError::NoRoom`] or [`OutputError::Write`]: no file is left then.
    pub fn finish_partial(self) -> Result<(PathBuf, u64), OutputError> {
        let path = self.path.clone();
        let Some((mut named, target, _)) = self.close()? else {
            return Ok((path, 0));
        };
        let kept = named.give_first(partial_names(&target));
        Ok((kept, named.bytes))
    }

    /// Ends the writing; `None` for a pipe or a device.
    fn close(mut self) -> Result<Option<(Named, PathBuf, bool)>, OutputError> {
        if let Err(error) = self.flush() {
            let Some(reserve) = self.hidden.as_mut().and_then(|hidden| hidden.reserve.take()) else {
                return Err(error);
            };
            reserve.give_back(self.writer.get_ref());
            self.flush()?;
        }
        let failed = |error| write_error(&self.path, error);
        let (file, _) = self.writer.into_parts();
        let Some(hidden) = self.hidden else {
            return Ok(None);
        };
        let bytes = file.metadata().map_err(failed)?.len();
        let Hidden {
            target,
            force,
            path,
            reserve,
        } = hidden;
        let mut named = Named::new(path, file, bytes);
        named.reserve = reserve;
        Ok(Some((named, target, force)))
    }
}

/// Makes sure, before any work, that a file can be made at its end; returns whether it will replace
/// one that is there now. What appears at its name until then is not to be replaced: it may be made
/// by the same command.
///
/// # Errors
/// Those of [`WholeFile::create`].
pub fn ensure_place(path: &Path, force: bool) -> Result<bool, OutputError> {
    if let Place::Stream(_) = Place::find(path, force)? {
        return Ok(false);
    }
    WholeFile::create(path, force)?;
    Ok(force && path.exists())
}

/// A whole file that has no name yet.
pub(super) struct Named {
    /// `None` once it has one.
    path: Option<TempPath>,
    bytes: u64,
    lock: Option<File>,
    /// Room that is left for giving it a name.
    reserve: Option<Reserve>,
}

impl Named {
    /// The hidden file at `path`, which is removed unless it gets a name.
    pub fn new(path: TempPath, file: File, bytes: u64) -> Self {
        Self {
            path: Some(path),
            bytes,
            // Windows renames no open file; elsewhere it keeps its lock until it has its name.
            lock: cfg!(not(windows)).then_some(file),
            reserve: None,
        }
    }

    /// Gives it this name, which must be free unless `force`.
    fn give(&mut self, name: &Path, force: bool) -> io::Result<()> {
        let Some(path) = self.path.take() else {
            return Ok(());
        };
        let give = |path: TempPath| {
            if force {
                path.persist(name)
            } else {
                path.persist_noclobber(name)
            }
        };
        let mut given = give(path);
        if let Err(failed) = given {
            given = match (&self.lock, self.reserve.take()) {
                (Some(file), Some(reserve)) if is_no_room(failed.error.kind()) => {
                    reserve.give_back(file);
                    give(failed.path)
                }
                (_, reserve) => {
                    self.reserve = reserve;
                    Err(failed)
                }
            };
        }
        let Err(mut failed) = given else { return Ok(()) };
        // Some network and user-space file systems cannot rename without replacing.
        let is_free = fs::symlink_metadata(name).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if !force && failed.error.kind() != io::ErrorKind::AlreadyExists && is_free {
            match failed.path.persist(name) {
                Ok(()) => return Ok(()),
                Err(again) => failed = again,
            }
        }
        self.path = Some(failed.path);
        Err(without_temporary_name(failed.error))
    }

    /// Gives it the first of these names that can be given, or else lets it keep its hidden one.
    pub fn give_first(&mut self, names: impl Iterator<Item = PathBuf>) -> PathBuf {
        for name in names {
            match self.give(&name, false) {
                Ok(()) => return name,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(_) => break,
            }
        }
        let Some(path) = self.path.take() else {
            return PathBuf::new();
        };
        let name = path.to_path_buf();
        // Where it cannot be kept it is gone, and nothing can be done about it.
        path.keep().unwrap_or(name)
    }
}

/// `film-2.mp4`, `film-3.mp4` ...: other names for a file whose own is taken.
pub fn free_names(path: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    numbered(path, "", 2)
}

/// `film.partial.mp4`, `film.partial-2.mp4` ...: names for a film that was cut short.
pub fn partial_names(path: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    numbered(path, ".partial", 1)
}

/// A path with `word` before its ending, and a number behind that from 2 on.
fn numbered(path: &Path, word: &'static str, first: u32) -> impl Iterator<Item = PathBuf> + use<> {
    let path = path.to_path_buf();
    (first..FREE_NAMES).map(move |number| {
        let mut name = path.file_stem().map_or_else(OsString::new, OsString::from);
        name.push(word);
        if number > 1 {
            name.push(format!("-{number}"));
        }
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        path.with_file_name(name)
    })
}

/// Makes a hidden file for an output, locked as long as it is open.
fn hidden_file(folder: &Path, target: &Path) -> io::Result<(File, TempPath)> {
    let mut suffix = OsString::from(HIDDEN_MIDDLE);
    suffix.push(name_within(target.file_name().unwrap_or_default()));
    let mut builder = tempfile::Builder::new();
    builder.prefix(HIDDEN_PREFIX).suffix(&suffix).rand_bytes(RANDOM_LETTERS);
    // `tempfile` makes private files (0600); a film is shared like any other file, as the umask says.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    loop {
        let (file, path) = builder.tempfile_in(folder)?.into_parts();
        if lock(&file, &path) {
            return Ok((file, path));
        }
    }
}

/// Locks a new file; false where another run took it for an abandoned one before that.
#[cfg(unix)]
fn lock(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => false,
        // Where a file system knows no locks, no run touches a file of another.
        Ok(()) | Err(fs::TryLockError::Error(_)) => path.exists(),
    }
}

/// Windows' locks would keep ffmpeg from writing to the file.
#[cfg(not(unix))]
fn lock(_file: &File, _path: &Path) -> bool {
    true
}

/// The name of an output within its hidden name: itself, or a shorter one where it is too long.
pub(super) fn name_within(name: &OsStr) -> OsString {
    let most = NAME_BYTES - HIDDEN_PREFIX.len() - RANDOM_LETTERS - HIDDEN_MIDDLE.len();
    if name.len() <= most {
        return name.to_owned();
    }
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let mut short = OsString::from(format!("{:016x}", hasher.finish()));
    if let Some(extension) = Path::new(name).extension().filter(|extension| extension.len() < 16) {
        short.push(".");
        short.push(extension);
    }
    short
}

/// The name of the output within a hidden name; `None` for any other name.
pub(super) fn output_of(hidden: &str) -> Option<&str> {
    let rest = hidden.strip_prefix(HIDDEN_PREFIX)?;
    let (random, rest) = (rest.get(..RANDOM_LETTERS)?, rest.get(RANDOM_LETTERS..)?);
    let is_random = random.bytes().all(|byte| byte.is_ascii_alphanumeric());
    rest.strip_prefix(HIDDEN_MIDDLE).filter(|_| is_random)
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
    if is_no_room(error.kind()) {
        OutputError::NoRoom { path, error }
    } else {
        OutputError::Write { path, error }
    }
}

/// Whether a disk, a quota or a largest file size is used up.
pub(super) fn is_no_room(kind: io::ErrorKind) -> bool {
    // FileTooLarge: FAT ends at 4 GiB, and `ulimit -f` where it says.
    matches!(
        kind,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
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
        assert!(error.to_string().contains("film-2.mp4"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        assert_eq!(fs::read(folder.path().join("film-2.mp4")).unwrap(), b"ours");
        assert_eq!(names_in(folder.path()), ["film-2.mp4", "film.mp4"]);
    }

    #[test]
    fn a_folder_that_took_the_name_costs_no_work() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let mut file = WholeFile::create(&path, true).unwrap();
        file.write(b"ours").unwrap();
        fs::create_dir(&path).unwrap();
        let error = file.finish().unwrap_err();
        assert!(matches!(error, OutputError::NotNamed { .. }), "{error}");
        assert_eq!(fs::read(folder.path().join("film-2.mp4")).unwrap(), b"ours");
    }

    #[test]
    fn what_was_whole_before_a_failed_write_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.y4m");
        let mut file = WholeFile::create(&path, false).unwrap();
        file.write(b"whole").unwrap();
        file.flush().unwrap();
        file.write(b"half").unwrap();
        let (kept, bytes) = file.cut(5).unwrap().finish_partial().unwrap();
        assert_eq!((kept, bytes), (folder.path().join("film.partial.y4m"), 5));
        assert_eq!(names_in(folder.path()), ["film.partial.y4m"]);
    }

    #[test]
    fn other_names() {
        for (path, partial, free) in [
            ("film.mp4", "film.partial.mp4", "film-2.mp4"),
            ("a.b/my.film.mp4", "a.b/my.film.partial.mp4", "a.b/my.film-2.mp4"),
            ("film", "film.partial", "film-2"),
        ] {
            assert_eq!(partial_names(Path::new(path)).next(), Some(PathBuf::from(partial)));
            assert_eq!(free_names(Path::new(path)).next(), Some(PathBuf::from(free)));
        }
        let second = partial_names(Path::new("film.mp4")).nth(1);
        assert_eq!(second, Some(PathBuf::from("film.partial-2.mp4")));
    }

    #[test]
    fn the_longest_name_has_a_hidden_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("{}.mp4", "n".repeat(251)));
        let file = WholeFile::create(&path, false).unwrap();
        assert!(file.temporary_path().extension().is_some_and(|end| end == "mp4"));
        file.finish().unwrap();
        assert!(path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_written_through_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        fs::create_dir(inside("there")).unwrap();
        fs::write(inside("there/film.mp4"), b"old").unwrap();
        std::os::unix::fs::symlink("there/film.mp4", inside("link.mp4")).unwrap();
        let mut file = WholeFile::create(&inside("link.mp4"), true).unwrap();
        file.write(b"new").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(inside("there/film.mp4")).unwrap(), b"new");
        assert!(fs::read_link(inside("link.mp4")).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_into_and_stays() {
        let mut file = WholeFile::create(Path::new("/dev/null"), true).unwrap();
        file.write(b"gone").unwrap();
        assert_eq!(file.finish().unwrap(), 0);
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
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
