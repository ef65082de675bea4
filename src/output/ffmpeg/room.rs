//! The room on its disk that closing a film takes.
//!
//! MP4 and MOV can be played once their tables are written, which comes last. A disk that is full before that, a quota
//! or a largest file size leaves nothing of a film. So room is kept behind the film's end, for the pictures that ffmpeg
//! has not written yet and for the tables, and a film ends where no more can be kept.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Pictures that an encoder may hold back: x264 looks 40 ahead.
const HELD_BACK: u64 = 64;
/// Bytes that a picture takes in a film's tables, at most.
const TABLE_BYTES: u64 = 64;
/// Bytes of a film beside pictures and tables, with ffmpeg's buffer.
const LEAST_BYTES: u64 = 64 << 10;

/// The room that a film has on its disk.
#[derive(Debug)]
pub struct Room {
    film: PathBuf,
    pace: Pace,
    /// Bytes for which there is room, from the film's beginning.
    kept: u64,
}

impl Room {
    /// That of a film in the making.
    pub fn of(film: &Path) -> Self {
        Self {
            film: film.to_owned(),
            pace: Pace::default(),
            kept: 0,
        }
    }

    /// Keeps the room in which the film can still be closed when another picture is added to the `pictures` before it.
    ///
    /// # Errors
    /// The system's, where there is none: the disk, the quota or the largest file size is used up.
    pub fn keep(&mut self, pictures: u64) -> io::Result<()> {
        // ffmpeg has not begun it.
        let Ok(film) = OpenOptions::new().write(true).open(&self.film) else {
            return Ok(());
        };
        let bytes = film.metadata()?.len();
        // Room is asked for in steps: a picture adds little to the tables.
        let end = (bytes + self.pace.needed(pictures, bytes)).next_multiple_of(LEAST_BYTES);
        if end > self.kept {
            if end > largest_file() {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            keep(&film, bytes, end - bytes)?;
            self.kept = end;
        }
        Ok(())
    }

    /// Gives back what was kept and not used, of a film that is closed.
    pub fn give_back(&self) {
        // Without it, the film takes more room than it needs, and nothing else is lost.
        let film = OpenOptions::new().write(true).open(&self.film);
        let _ = film.and_then(|film| film.set_len(film.metadata()?.len()));
    }
}

/// How fast a film grows.
#[derive(Debug, Default)]
struct Pace {
    /// Length of the film in bytes, when the last [`HELD_BACK`] pictures had been added.
    before: u64,
    /// The most bytes by which it grew while that number was added.
    most: u64,
}

impl Pace {
    /// Bytes that closing a film takes which has `bytes` after a number of pictures. A film becomes busier at times,
    /// so it is twice as many as it has needed so far.
    fn needed(&mut self, pictures: u64, bytes: u64) -> u64 {
        self.most = self.most.max(bytes.saturating_sub(self.before));
        if pictures.is_multiple_of(HELD_BACK) {
            self.before = bytes;
        }
        LEAST_BYTES + TABLE_BYTES * pictures + 2 * self.most
    }
}

/// The most bytes that a file may have (`ulimit -f`).
#[cfg(unix)]
fn largest_file() -> u64 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize);
    limit.current.unwrap_or(u64::MAX)
}

/// The same, where there is no such limit.
#[cfg(not(unix))]
fn largest_file() -> u64 {
    u64::MAX
}

/// Keeps `more` bytes for a file, from byte `bytes` on, whose length stays as it is.
#[cfg(target_os = "linux")]
fn keep(file: &File, bytes: u64, more: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    match fallocate(file, FallocateFlags::KEEP_SIZE, bytes, more) {
        // Disks in a network may not know of this.
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => is_free(file, more),
        kept => Ok(kept?),
    }
}

/// Whether a disk has so many bytes: elsewhere, none can be kept.
#[cfg(not(target_os = "linux"))]
fn keep(file: &File, _bytes: u64, more: u64) -> io::Result<()> {
    is_free(file, more)
}

/// Fails where the disk of a file has fewer bytes left for this user. A quota is not told.
#[cfg(unix)]
fn is_free(file: &File, bytes: u64) -> io::Result<()> {
    let disk = rustix::fs::fstatvfs(file)?;
    if disk.f_bavail.saturating_mul(disk.f_frsize) < bytes {
        return Err(io::ErrorKind::StorageFull.into());
    }
    Ok(())
}

/// The same, where nobody tells.
#[cfg(not(unix))]
fn is_free(_file: &File, _bytes: u64) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_needs_room_for_what_it_grew_by_when_it_was_busiest() {
        let mut pace = Pace::default();
        let mut bytes = 0;
        let mut needed = |pictures, more| {
            bytes += more;
            pace.needed(pictures, bytes) - LEAST_BYTES - TABLE_BYTES * pictures
        };
        assert_eq!(needed(0, 0), 0);
        assert_eq!(needed(10, 500), 1000);
        assert_eq!(needed(63, 500), 2000);
        assert_eq!(needed(64, 9000), 20_000);
        // The next 64 are counted anew, and the busiest are remembered.
        assert_eq!(needed(100, 50), 20_000);
        assert_eq!(needed(128, 10_950), 22_000);
        assert_eq!(needed(192, 0), 22_000);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn room_is_kept_behind_the_end_of_a_film_and_given_back() {
        use std::os::unix::fs::MetadataExt;
        let film = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(film.path(), [1; 5000]).unwrap();
        let mut room = Room::of(film.path());
        room.keep(1000).unwrap();
        let kept = film.path().metadata().unwrap();
        assert_eq!(kept.len(), 5000);
        let takes = kept.blocks() * 512;
        let tables = 1000 * TABLE_BYTES + LEAST_BYTES;
        assert!(takes >= room.kept && takes > tables, "{takes}");
        room.give_back();
        let film = film.path().metadata().unwrap();
        assert!(film.len() == 5000 && film.blocks() * 512 < tables, "{film:?}");
    }

    #[test]
    #[cfg(unix)]
    fn what_no_disk_has_cannot_be_kept() {
        let film = tempfile::NamedTempFile::new().unwrap();
        assert!(is_free(film.as_file(), 1).is_ok());
        let full = is_free(film.as_file(), u64::MAX).unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        let error = keep(film.as_file(), 0, 1 << 60).unwrap_err();
        assert!(
            matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge),
            "{error}"
        );
        // Before ffmpeg has begun the film, there is nothing to keep room for.
        assert!(Room::of(Path::new("/no/such/film.mp4")).keep(5).is_ok());
    }
}
