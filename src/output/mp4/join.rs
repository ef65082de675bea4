//! Parts of a film put together to one MP4 file: their segments are copied as they are.
//!
//! Takes parts whose frames follow each other. One part is open at a time, and one segment of it in memory.

use std::path::Path;

use super::read::Film;
use super::{Mp4Settings, Mp4Writer};
use crate::output::h264::least_level;
use crate::output::mark::{JoinError, Part, PartError};
use crate::output::{Finished, OutputError};

/// Looks at a part.
///
/// # Errors
/// [`PartError`]: it is none, or none that is whole.
pub fn look(path: &Path) -> Result<Part, PartError> {
    let Film { mark, sizes, .. } = Film::open(path)?;
    Part::new(path, mark, sizes.len() as u64)
}

/// Puts parts together, which are of one film and in its order. `go_on` is called with the number of frames so far, and
/// ends the work where it says so: then there is no film.
///
/// # Errors
/// A part that is not as it was looked at, or [`OutputError`]: nothing is left then.
pub fn join(
    parts: &[Part],
    path: &Path,
    force: bool,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<Option<Finished>, JoinError> {
    let Some(Part { path: first, mark, .. }) = parts.first() else {
        return Err(OutputError::NoFrames { path: path.into() }.into());
    };
    let [width, height] = mark.size;
    let settings = Mp4Settings {
        width,
        height,
        fps: mark.fps,
    };
    let level = least_level(mark.size, mark.fps)
        .filter(|_| mark.size.iter().all(|side| *side <= i16::MAX as u32) && mark.fps.0 > 0 && mark.fps.1 > 0)
        .ok_or_else(|| PartError::damaged(first, "its mark has a size or a rate that no film has"))?;
    let mut writer = Mp4Writer::create(path, force, settings, mark.film_frames, &mark.chapters, None)?.in_one_go();
    for part in parts {
        let mut film = Film::open(&part.path)?;
        if film.mark != part.mark || film.sizes.len() as u64 != part.count() {
            return Err(PartError::Changed(part.path.clone()).into());
        }
        for index in 0..film.segments() {
            let segment = film.segment(index, level)?;
            writer.write_segment(&segment).map_err(|error| match error {
                OutputError::Inconsistent { what, .. } => JoinError::Part(PartError::damaged(&part.path, what)),
                error => error.into(),
            })?;
            if !go_on(writer.frames()) {
                return Ok(None);
            }
        }
    }
    Ok(Some(writer.finish()?))
}
