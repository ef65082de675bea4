//! Whether the disk still has the room that closing a film takes.
//!
//! MP4 and MOV can be played once their tables are written, which comes last. A disk that is full before that leaves
//! nothing of a film, so it ends while there is room: for the pictures that ffmpeg has not written yet, and for the
//! tables.

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
}

impl Room {
    /// That of a film in the making.
    pub fn of(film: &Path) -> Self {
        Self {
            film: film.to_owned(),
            pace: Pace::default(),
        }
    }

    /// Whether the film can still be closed when another picture is added to the `pictures` before it. `true` where
    /// the system does not tell.
    pub fn is_left(&mut self, pictures: u64) -> bool {
        let Ok(film) = self.film.metadata() else {
            return true;
        };
        let needed = self.pace.needed(pictures, film.len());
        free_bytes(&self.film).is_none_or(|free| free >= needed)
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

/// Bytes that the disk of a file has left for this user.
#[cfg(unix)]
fn free_bytes(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The same, where nobody tells.
#[cfg(not(unix))]
fn free_bytes(_path: &Path) -> Option<u64> {
    None
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
    #[cfg(unix)]
    fn the_disk_of_a_file_tells_its_room() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(free_bytes(file.path()).unwrap() > 0);
        assert_eq!(free_bytes(Path::new("/no/such/file")), None);
    }
}
