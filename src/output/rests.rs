//! The hidden files that killed runs left beside an output: films are brought to their end, other
//! files removed.

use std::fs::{self, File};
use std::path::Path;

use tempfile::TempPath;

use super::numbered::Pattern;
use super::place::{Place, folder_of};
use super::whole_file::{Named, name_within, output_of, partial_names};
use super::{Finished, ffmpeg, mp4, y4m};

/// A hidden file that a killed run left, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// The frames of a film that it held are under a name of their own now.
    Kept(Finished),
    /// It held nothing that could be used, and is gone.
    Removed,
}

/// Clears away the rests that killed runs left of an output, a file or a pattern of files.
///
/// A file is left alone while the run that writes it is alive, on whatever machine, as it is locked
/// for that time; so are all files where there are no locks.
#[must_use]
pub fn clear(output: &Path) -> Vec<Rest> {
    if let Some(pattern) = Pattern::from_path(output) {
        let is_frame = |name: &str| pattern.number_of(name).is_some();
        return clear_in(pattern.folder(), output, is_frame);
    }
    let Ok(Place::File { folder, target }) = Place::find(output, true) else {
        return Vec::new();
    };
    let own = name_within(target.file_name().unwrap_or_default());
    clear_in(&folder, &target, |name| own == name)
}

/// Whether a run is at work on an output, a single file, whose name is not taken yet.
#[must_use]
pub fn is_being_made(output: &Path) -> bool {
    let Ok(Place::File { folder, target }) = Place::find(output, true) else {
        return false;
    };
    let own = name_within(target.file_name().unwrap_or_default());
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let hidden = entries.filter(|entry| {
        let name = entry.file_name();
        name.to_str().and_then(output_of).is_some_and(|name| own == name)
    });
    hidden
        .filter_map(|entry| File::open(entry.path()).ok())
        .any(|file| !is_abandoned(&file))
}

fn clear_in(folder: &Path, target: &Path, is_output: impl Fn(&str) -> bool) -> Vec<Rest> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let abandoned = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !is_output(output_of(&name)?) {
            return None;
        }
        let path = folder_of(target).join(&name);
        let file = File::options().read(true).write(true).open(&path).ok()?;
        // Its run may have named it since the folder was listed.
        if !is_abandoned(&file) || !path.exists() {
            return None;
        }
        // From here on it is removed unless it gets a name.
        Some((TempPath::try_from_path(path).ok()?, file))
    });
    abandoned.map(|(path, file)| end(path, file, target)).collect()
}

/// Whether no run holds its lock; from then on this one does.
#[cfg(unix)]
fn is_abandoned(file: &File) -> bool {
    file.try_lock().is_ok()
}

/// Without locks nobody can tell.
#[cfg(not(unix))]
fn is_abandoned(_file: &File) -> bool {
    false
}

/// Keeps the film that a hidden file holds, or removes the file.
fn end(path: TempPath, mut file: File, target: &Path) -> Rest {
    let by_ffmpeg = || ffmpeg::frames_that_play(&path);
    let ending = target.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    // Where it cannot be read it is of no use.
    let frames = match ending.as_str() {
        "y4m" => y4m::salvage(&mut file).ok().flatten(),
        "mp4" => mp4::salvage(&mut file).ok().flatten().or_else(by_ffmpeg),
        "png" | "json" | "csv" | "gz" | "zst" | "bloom" | "parquet" | "html" | "vtt" | "srt" => None,
        _ => by_ffmpeg(),
    };
    let (Some(frames), Ok(found)) = (frames, file.metadata()) else {
        return Rest::Removed;
    };
    let mut named = Named::new(path, file, found.len());
    let path = named.give_first(partial_names(target));
    Rest::Kept(Finished {
        path,
        frames,
        bytes: found.len(),
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::output::testing::names_in;
    use crate::output::whole_file::WholeFile;

    /// Makes the rest of a killed run: a hidden file without a lock.
    fn killed(path: &Path, bytes: &[u8]) {
        let mut file = WholeFile::create(path, true).unwrap();
        file.write(bytes).unwrap();
        file.flush().unwrap();
        let hidden = file.temporary_path().to_owned();
        drop(file);
        fs::write(hidden, bytes).unwrap();
    }

    #[test]
    fn frames_that_are_whole_are_kept_and_the_rest_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.y4m");
        let head = b"YUV4MPEG2 W16 H16 F25:1\n".to_vec();
        let frame = [b"FRAME\n".to_vec(), vec![128; 16 * 16 * 3 / 2]].concat();
        killed(&path, &[head.clone(), frame.repeat(2), frame[..50].to_vec()].concat());
        killed(&path, &[head.clone(), frame[..50].to_vec()].concat());
        killed(&folder.path().join("other.y4m"), &head);
        let rests = clear(&path);
        assert_eq!(rests.len(), 2);
        assert!(rests.contains(&Rest::Removed), "{rests:?}");
        let whole = [head, frame.repeat(2)].concat();
        assert_eq!(fs::read(folder.path().join("film.partial.y4m")).unwrap(), whole);
        let names = names_in(folder.path());
        assert!(names.len() == 2 && names[0].ends_with("other.y4m"), "{names:?}");
        assert!(clear(&path).is_empty());
    }

    #[test]
    fn what_a_live_run_writes_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let mut file = WholeFile::create(&path, false).unwrap();
        file.write(b"at work").unwrap();
        assert!(clear(&path).is_empty());
        file.finish().unwrap();
        assert_eq!(names_in(folder.path()), ["film.mp4"]);
    }

    #[test]
    fn rests_of_numbered_pictures_and_of_links_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        killed(&inside("00042.png"), b"half");
        killed(&inside("x.png"), b"of another");
        assert_eq!(clear(&inside("%05d.png")), [Rest::Removed]);

        fs::create_dir(inside("there")).unwrap();
        std::os::unix::fs::symlink("there/scene.json", inside("link.json")).unwrap();
        killed(&inside("link.json"), b"{");
        assert_eq!(names_in(&inside("there")).len(), 1);
        assert_eq!(clear(&inside("link.json")), [Rest::Removed]);
        assert!(names_in(&inside("there")).is_empty());

        let long = inside(&format!("{}.json", "n".repeat(250)));
        killed(&long, b"{");
        assert_eq!(clear(&long), [Rest::Removed]);
        // A file of somebody else's that only looks like it.
        fs::write(inside(".portbloom-notes.part.x.json"), b"").unwrap();
        assert!(clear(&inside("x.json")).is_empty());
    }
}
