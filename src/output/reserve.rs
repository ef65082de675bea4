//! Room on a disk that is kept until a film is to be closed.
//!
//! Where a disk copies what is written anew, as btrfs does, it takes room to cut a film off, to write its head and to give
//! it its name. Of a quota that is used up there is none, and all of the film would be lost.

use std::fs::File;
use std::path::Path;

/// Number of bytes that are kept: four times as many as closing a film took on btrfs.
#[cfg(target_os = "linux")]
const BYTES: u64 = 1 << 20;

/// The room that is kept, by a file without a name, so that nothing is left of it whatever happens.
#[derive(Debug)]
pub struct Reserve(File);

impl Reserve {
    /// Keeps room on the disk of a folder; `None` where that cannot be done.
    #[cfg(target_os = "linux")]
    pub fn in_folder(folder: &Path) -> Option<Self> {
        use rustix::fs::{FallocateFlags, fallocate};
        let file = tempfile::tempfile_in(folder).ok()?;
        fallocate(&file, FallocateFlags::empty(), 0, BYTES).ok()?;
        Some(Self(file))
    }

    /// The same, elsewhere.
    #[cfg(not(target_os = "linux"))]
    pub fn in_folder(_folder: &Path) -> Option<Self> {
        None
    }

    /// Gives the room back to `film`, which is on the same disk.
    pub fn give_back(self, film: &File) {
        drop(self.0);
        // A quota does not know of it before the disk is told. Where that fails, so will what needs the room.
        #[cfg(target_os = "linux")]
        let _ = rustix::fs::syncfs(film);
        #[cfg(not(target_os = "linux"))]
        let _ = film;
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_reserve_takes_room_and_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::in_folder(folder.path()).unwrap();
        assert!(reserve.0.metadata().unwrap().blocks() * 512 >= BYTES);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        reserve.give_back(&tempfile::tempfile_in(folder.path()).unwrap());
        assert!(Reserve::in_folder(&folder.path().join("missing")).is_none());
    }
}
