//! Numbered pictures of shards put together in one folder: each is copied, without its mark.

use std::fs;
use std::path::Path;

use super::write_whole;
use crate::output::Finished;
use crate::output::OutputError;
use crate::output::mark::{JoinError, Mark, Part, PartError};
use crate::output::numbered::Pattern;
use crate::output::png::without_mark;

/// Looks at the pictures of a pattern: a part for each run of frames of one shard.
///
/// # Errors
/// [`PartError`]: there are none, or one of them is of no shard.
pub fn look(pattern: &Pattern) -> Result<Vec<Part>, PartError> {
    let unreadable = |error| PartError::unreadable(pattern.folder(), error);
    let mut numbers = Vec::new();
    for entry in fs::read_dir(pattern.folder()).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        numbers.extend(name.to_str().and_then(|name| pattern.number_of(name)));
    }
    numbers.sort_unstable();
    numbers.dedup();
    let mut parts: Vec<Part> = Vec::new();
    for number in numbers {
        let (mark, _) = read(&pattern.path(number))?;
        match parts.last_mut() {
            Some(last) if last.frames.end == number && last.mark == mark => last.frames.end += 1,
            _ => parts.push(Part {
                path: pattern.as_path(),
                mark,
                frames: number..number + 1,
            }),
        }
    }
    if parts.is_empty() {
        return Err(PartError::Missing(pattern.as_path()));
    }
    Ok(parts)
}

/// The mark of a picture, and its bytes without that.
fn read(path: &Path) -> Result<(Mark, Vec<u8>), PartError> {
    let png = fs::read(path).map_err(|error| PartError::unreadable(path, error))?;
    if png.is_empty() {
        return Err(PartError::Empty(path.into()));
    }
    let no_part = || PartError::no_part(path, "it has no mark of one; render --shard I/N makes parts in PNG");
    let (mark, bytes) = without_mark(&png).ok_or_else(no_part)?;
    let mark = serde_json::from_slice(mark);
    let mark = mark.map_err(|error| PartError::damaged(path, format!("its mark: {error}")))?;
    if !bytes.ends_with(b"IEND\xaeB\x60\x82") {
        return Err(PartError::ends_early(path, png.len() as u64));
    }
    Ok((mark, bytes))
}

/// Puts parts together, which are of one film and in its order. `go_on` is called with the number of frames so far, and
/// ends the work where it says so, with the pictures that are there by then. Every picture appears when it is whole.
///
/// # Errors
/// A part that is not as it was looked at, or [`OutputError`].
pub fn join(
    parts: &[Part],
    to: &Pattern,
    force: bool,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<Option<Finished>, JoinError> {
    let (mut frames, mut written) = (0, 0);
    // All names before the first picture.
    let numbers = parts.iter().flat_map(|part| part.frames.clone());
    if let Some(path) = numbers
        .map(|number| to.path(number))
        .find(|path| !force && path.symlink_metadata().is_ok())
    {
        return Err(OutputError::Exists { path }.into());
    }
    for part in parts {
        let changed = || PartError::Changed(part.path.clone());
        let from = Pattern::from_path(&part.path).ok_or_else(changed)?;
        for number in part.frames.clone() {
            let (mark, bytes) = read(&from.path(number))?;
            if mark != part.mark {
                return Err(changed().into());
            }
            write_whole(&to.path(number), force, &bytes)?;
            frames += 1;
            written += bytes.len() as u64;
            if !go_on(frames) {
                return Ok(None);
            }
        }
    }
    Ok(Some(Finished {
        path: to.as_path(),
        frames,
        bytes: written,
    }))
}
