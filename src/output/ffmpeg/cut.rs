//! The chapters of a film that was cut short: ffmpeg writes them before the pictures, and so does not know which will be
//! reached. The film is copied with those that are.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::codecs::is_closed_last;
use super::count::input;

/// Gives a film of ffmpeg's the chapters of a file, in place of those that it has; one without any has none afterwards,
/// too.
///
/// # Errors
/// It could not be copied, as where there is no room: it is as it was.
pub fn replace_chapters(film: &Path, chapters: &Path) -> io::Result<()> {
    let has_chapters = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "chapter=id", "-of", "csv=p=0"])
        .arg(input(film))
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|said| said.stdout.iter().any(u8::is_ascii_digit));
    if !has_chapters {
        return Ok(());
    }
    let ending = film.extension().unwrap_or_default().to_string_lossy();
    let copy = tempfile::Builder::new()
        .prefix(".portbloom-")
        .suffix(&format!(".{ending}"))
        .tempfile_in(film.parent().unwrap_or(Path::new(".")))?
        .into_temp_path();
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y", "-i"]).arg(input(film));
    command.args(["-f", "ffmetadata", "-i"]).arg(input(chapters));
    command.args(["-map", "0:v", "-map_metadata", "0", "-map_chapters", "1", "-c", "copy"]);
    if is_closed_last(film) {
        command.args(["-movflags", "+faststart"]);
    }
    let made = command
        .arg(input(&copy))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !made.success() {
        return Err(io::Error::other("ffmpeg could not copy the film"));
    }
    fs::set_permissions(&copy, film.metadata()?.permissions())?;
    copy.persist(film).map_err(|error| error.error)
}
