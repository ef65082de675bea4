//! Parts of a film put together to one Y4M file: their pictures are copied as they are.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::{FRAME_HEADER, Head, MARK};
use crate::output::mark::{JoinError, Mark, Part, PartError, open_part};
use crate::output::whole_file::WholeFile;
use crate::output::{Finished, OutputError};

/// Bytes that are copied at once.
const COPIED_BYTES: usize = 1 << 20;

/// Looks at a part.
///
/// # Errors
/// [`PartError`]: it is none, or none that is whole.
pub fn look(path: &Path) -> Result<Part, PartError> {
    open(path).map(|(_, _, part)| part)
}

fn open(path: &Path) -> Result<(File, Head, Part), PartError> {
    let no_part = |what| PartError::no_part(path, what);
    let (mut file, bytes) = open_part(path)?;
    let head = Head::read(&mut file).map_err(|error| PartError::unreadable(path, error))?;
    let head = head.ok_or_else(|| no_part("it is no Y4M film of portbloom's"))?;
    let frames = head.frames(bytes);
    if head.end(frames) != bytes || frames == 0 {
        return Err(PartError::ends_early(path, bytes));
    }
    let header = String::from_utf8_lossy(&head.first_header);
    let word = header.trim_end().split(' ').find_map(|word| word.strip_prefix(MARK));
    let word = word.ok_or_else(|| no_part("it has no mark of one; render --shard I/N makes parts in Y4M"))?;
    let mark = Mark::from_word(word, head.size, head.fps);
    let mark = mark.ok_or_else(|| PartError::damaged(path, "its mark cannot be read"))?;
    let part = Part::new(path, mark, frames)?;
    Ok((file, head, part))
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
    let mut to = WholeFile::create(path, force)?;
    let mut buffer = vec![0; COPIED_BYTES];
    let mut written = 0;
    let mut frames = 0;
    for part in parts {
        let (mut file, head, now) = open(&part.path)?;
        if now.mark != part.mark || now.frames != part.frames {
            return Err(PartError::Changed(part.path.clone()).into());
        }
        if frames == 0 {
            to.write(&head.line)?;
            written += head.line.len() as u64;
        }
        to.write(FRAME_HEADER)?;
        written += FRAME_HEADER.len() as u64;
        let planes = (head.line.len() + head.first_header.len()) as u64;
        let mut left = head.end(part.count()) - planes;
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => PartError::Changed(part.path.clone()),
            _ => PartError::unreadable(&part.path, error),
        };
        file.seek(SeekFrom::Start(planes)).map_err(unreadable)?;
        while left > 0 {
            let piece = &mut buffer[..left.min(COPIED_BYTES as u64) as usize];
            file.read_exact(piece).map_err(unreadable)?;
            to.write(piece)?;
            left -= piece.len() as u64;
            written += piece.len() as u64;
            if !go_on(frames + part.count() - left.div_ceil(head.frame_bytes())) {
                return Ok(None);
            }
        }
        frames += part.count();
    }
    if frames == 0 {
        return Err(OutputError::NoFrames { path: path.into() }.into());
    }
    to.finish()?;
    Ok(Some(Finished {
        path: path.into(),
        frames,
        bytes: written,
    }))
}
