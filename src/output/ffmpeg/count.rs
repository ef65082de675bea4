//! The number of pictures in a film, as ffmpeg's own programs count them.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

/// Files up to this length are read through to be counted; of longer ones the head is believed.
const COUNTED_BYTES: u64 = 1 << 30;

/// Pictures in a whole film; `None` where nobody here can tell.
pub fn frames_in(path: &Path) -> Option<u64> {
    if path.metadata().is_ok_and(|found| found.len() <= COUNTED_BYTES) {
        return frames_that_play(path);
    }
    probe(path, "nb_frames", false)
}

/// Pictures that can be read from a file, however it was left; `None` where there is not one.
pub fn frames_that_play(path: &Path) -> Option<u64> {
    probe(path, "nb_read_packets", true)
        .or_else(|| copied(path))
        .filter(|&frames| frames > 0)
}

/// A number that ffprobe tells of the film's stream, where there is an ffprobe.
fn probe(path: &Path, entry: &str, counting: bool) -> Option<u64> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-select_streams", "v:0"]);
    if counting {
        command.arg("-count_packets");
    }
    let output = command
        .args(["-show_entries", &format!("stream={entry}"), "-of", "csv=p=0"])
        .arg(input(path))
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    // Some containers repeat it for a program of the stream, with a comma behind it.
    text.lines().next()?.trim_matches([',', ' ']).parse().ok()
}

/// The number of pictures that ffmpeg itself can copy.
fn copied(path: &Path) -> Option<u64> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(input(path))
        .args(["-map", "0:v:0", "-c", "copy", "-f", "null", "-progress", "pipe:1", "-"])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    last_frame(output.stdout.as_slice())
}

/// A file as ffmpeg takes it whatever its name: one that begins with `-` or has a `:` is no file to
/// it otherwise.
pub fn input(path: &Path) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from("file:");
    name.push(path);
    name
}

/// The last `frame=` of what `-progress` prints: pictures encoded so far. Reads to the end.
pub fn last_frame(progress: impl Read) -> Option<u64> {
    let lines = BufReader::new(progress).lines().map_while(Result::ok);
    lines
        .filter_map(|line| line.strip_prefix("frame=")?.trim().parse().ok())
        .last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_of_a_progress_counts() {
        let said = b"frame=1\nfps=0.0\nprogress=continue\nframe=  25\nprogress=end\n";
        assert_eq!(last_frame(&said[..]), Some(25));
        assert_eq!(last_frame(&b"progress=end\n"[..]), None);
    }
}
