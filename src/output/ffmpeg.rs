//! Any other codec: an installed ffmpeg, fed with raw pictures by a pipe.
//!
//! Owns the child process: what it is told, its stderr (drained and kept to the last lines), its
//! end. Must not know what the pictures show.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

use super::frames::straight_rgba;
use super::mp4::partial_path;
use super::sink::{Encoder, Flow, Format, Picture, Piece, Sink, Wants};
use super::whole_file::WholeFile;
use super::y4m::PlanePool;
use super::{Finished, OutputError};

/// Lines of ffmpeg's words that are kept for an error.
const LAST_LINES: usize = 12;
/// Longest line kept, in bytes.
const LINE_BYTES: u64 = 2000;

/// Codecs that hold transparency, with the options that make them do so.
const ALPHA_CODECS: [(&str, &[&str]); 6] = [
    ("prores_ks", &["-profile:v", "4444", "-pix_fmt", "yuva444p10le"]),
    ("libvpx-vp9", &["-pix_fmt", "yuva420p"]),
    ("ffv1", &["-pix_fmt", "bgra"]),
    ("qtrle", &["-pix_fmt", "argb"]),
    ("png", &["-pix_fmt", "rgba"]),
    ("utvideo", &["-pix_fmt", "gbrap"]),
];

/// Codecs whose constant quality is `-crf`, on a scale like the quantiser's of H.264.
const CRF_CODECS: [&str; 5] = ["libx264", "libx265", "libsvtav1", "libvpx-vp9", "libaom-av1"];

/// What ffmpeg is to make.
#[derive(Clone, Debug)]
pub struct FfmpegSettings {
    /// The film's file; its extension names the container.
    pub path: PathBuf,
    /// Whether it may replace one.
    pub force: bool,
    /// Width and height in pixels, both even.
    pub size: [u32; 2],
    /// Frames a second as a fraction.
    pub fps: (u32, u32),
    /// Name of the video encoder, like `libsvtav1`.
    pub codec: String,
    /// The quantiser for codecs with a constant quality; see [`super::h264::qp`].
    pub qp: u8,
    /// More options, after ours.
    pub arguments: Vec<String>,
    /// Whether pictures have transparency.
    pub alpha: bool,
}

/// The codec that a container usually holds, by its extension.
#[must_use]
pub fn usual_codec(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "mp4" | "mkv" | "m4v" => Some("libx264"),
        "mov" => Some("prores_ks"),
        "webm" => Some("libvpx-vp9"),
        _ => None,
    }
}

/// Names of the codecs that can hold transparency.
pub fn alpha_codecs() -> impl Iterator<Item = &'static str> {
    ALPHA_CODECS.into_iter().map(|(codec, _)| codec)
}

/// A film by ffmpeg.
#[derive(Clone, Debug)]
pub struct FfmpegFormat {
    settings: FfmpegSettings,
    planes: PlanePool,
}

impl FfmpegFormat {
    /// Checks that there is an ffmpeg.
    ///
    /// # Errors
    /// [`OutputError::NoFfmpeg`].
    pub fn new(settings: FfmpegSettings) -> Result<Self, OutputError> {
        let asked = Command::new("ffmpeg")
            .arg("-version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match asked {
            Ok(_) => Ok(Self {
                settings,
                planes: PlanePool::default(),
            }),
            Err(error) => Err(OutputError::NoFfmpeg { error }),
        }
    }
}

impl FfmpegSettings {
    /// The command line, with `output` in place of the film's file.
    fn arguments(&self, output: &Path) -> Vec<OsString> {
        let ([width, height], (num, den)) = (self.size, self.fps);
        let (size, rate) = (format!("{width}x{height}"), format!("{num}/{den}"));
        let mut words: Vec<OsString> = Vec::new();
        let mut add = |more: &[&str]| words.extend(more.iter().map(OsString::from));
        add(&[
            "-hide_banner",
            "-loglevel",
            "warning",
            "-nostdin",
            "-y",
            "-f",
            "rawvideo",
        ]);
        add(&[
            "-pix_fmt",
            if self.alpha { "rgba" } else { "yuv420p" },
            "-s",
            &size,
            "-r",
            &rate,
        ]);
        let tags = [
            "-color_range",
            "tv",
            "-colorspace",
            "bt709",
            "-color_primaries",
            "bt709",
            "-color_trc",
            "bt709",
        ];
        if self.alpha {
            // RGB becomes BT.709 in ffmpeg's scaler, which otherwise takes BT.601.
            add(&["-i", "-", "-vf", "scale=out_color_matrix=bt709:out_range=tv"]);
        } else {
            add(&tags);
            add(&["-chroma_sample_location", "center", "-i", "-"]);
        }
        add(&["-c:v", &self.codec]);
        add(&tags);
        if CRF_CODECS.contains(&self.codec.as_str()) {
            add(&["-crf", &self.qp.to_string()]);
            if ["libvpx-vp9", "libaom-av1"].contains(&self.codec.as_str()) {
                // Without it their quality is constrained by a bit rate.
                add(&["-b:v", "0"]);
            }
        }
        let alpha = ALPHA_CODECS
            .iter()
            .find(|(codec, _)| self.alpha && *codec == self.codec);
        add(alpha.map_or(&[][..], |(_, options)| options));
        let container = self.path.extension().unwrap_or_default().to_ascii_lowercase();
        if ["mp4", "mov", "m4v"].iter().any(|name| container == *name) {
            add(&["-movflags", "+faststart"]);
        }
        add(&self.arguments.iter().map(String::as_str).collect::<Vec<_>>());
        words.push(output.into());
        words
    }
}

impl Format for FfmpegFormat {
    fn name(&self) -> String {
        format!("{} (ffmpeg)", self.settings.codec)
    }

    fn wants(&self) -> Wants {
        if self.settings.alpha {
            Wants::Rgba
        } else {
            Wants::Planes
        }
    }

    fn segment_frames(&self) -> u64 {
        1
    }

    fn encoder(&self, _first_frame: u64) -> Result<Box<dyn Encoder>, OutputError> {
        if self.settings.alpha {
            return Ok(Box::new(RgbaEncoder {
                width: self.settings.size[0] as usize,
                rgba: self.planes.take(),
            }));
        }
        Ok(Box::new(self.planes.encoder(self.settings.size, b"")))
    }

    fn sink(&self, _frames: u64) -> Result<Box<dyn Sink>, OutputError> {
        let settings = &self.settings;
        let file = WholeFile::create(&settings.path, settings.force)?;
        let mut command = Command::new("ffmpeg");
        // Ctrl-C is for us: we end ffmpeg's input, and it closes the file.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .args(settings.arguments(file.temporary_path()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| OutputError::NoFfmpeg { error })?;
        let pictures = child.stdin.take();
        let words = child
            .stderr
            .take()
            .map(|stderr| std::thread::spawn(move || last_lines(stderr)));
        Ok(Box::new(FfmpegSink {
            child,
            pictures,
            words,
            file: Some(file),
            frames: 0,
            planes: self.planes.clone(),
        }))
    }
}

/// Reads all of a stream, keeps its last lines.
fn last_lines(stream: impl Read) -> VecDeque<String> {
    let mut lines = VecDeque::new();
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    // A line longer than the limit is read as several; an error ends the stream like its end.
    while let Ok(1..) = stream.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line) {
        if lines.len() == LAST_LINES {
            lines.pop_front();
        }
        lines.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
    lines
}

struct RgbaEncoder {
    width: usize,
    rgba: Vec<u8>,
}

impl Encoder for RgbaEncoder {
    fn load(&mut self, picture: Picture<'_>) {
        straight_rgba(picture, self.width, &mut self.rgba);
    }

    fn encode(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Piece {
        Piece::Bytes(self.rgba, 1)
    }
}

struct FfmpegSink {
    child: Child,
    pictures: Option<ChildStdin>,
    words: Option<JoinHandle<VecDeque<String>>>,
    file: Option<WholeFile>,
    frames: u64,
    planes: PlanePool,
}

impl FfmpegSink {
    fn path(&self) -> &Path {
        self.file.as_ref().map_or(Path::new(""), WholeFile::path)
    }

    /// Ends ffmpeg's input, waits for it, and judges how it ended.
    fn end(&mut self, written: io::Result<()>) -> Result<(), OutputError> {
        drop(self.pictures.take());
        let status = self.child.wait();
        let words = self
            .words
            .take()
            .and_then(|words| words.join().ok())
            .unwrap_or_default();
        let failed = |status: String| OutputError::Ffmpeg {
            path: self.path().into(),
            status,
            words: Vec::from(words).join("\n"),
        };
        match (status, written) {
            (Ok(status), Ok(())) if status.success() => Ok(()),
            (Ok(status), Ok(())) => Err(failed(status.to_string())),
            (Ok(status), Err(error)) => Err(failed(format!("{status}, {error}"))),
            (Err(error), _) => Err(failed(error.to_string())),
        }
    }

    fn finished(&self, path: &Path, bytes: u64) -> Finished {
        Finished {
            path: path.into(),
            frames: self.frames,
            bytes,
        }
    }
}

impl Sink for FfmpegSink {
    fn write(&mut self, piece: Piece) -> Result<Flow, OutputError> {
        let Piece::Bytes(bytes, frames) = piece else {
            return Ok(Flow::More);
        };
        let written = self
            .pictures
            .as_mut()
            .map_or(Ok(()), |pictures| pictures.write_all(&bytes));
        if written.is_err() {
            // ffmpeg has ended, and says why: this is always its error.
            return self.end(written).map(|()| Flow::Closed);
        }
        self.frames += frames;
        self.planes.put_back(bytes);
        Ok(Flow::More)
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn finish(mut self: Box<Self>) -> Result<Finished, OutputError> {
        self.end(Ok(()))?;
        let Some(file) = self.file.take() else {
            unreachable!("a sink is finished once")
        };
        let path = file.path().to_path_buf();
        let bytes = file.finish()?;
        Ok(self.finished(&path, bytes))
    }

    fn finish_partial(mut self: Box<Self>) -> Result<Option<Finished>, OutputError> {
        if self.frames == 0 {
            return Ok(None);
        }
        self.end(Ok(()))?;
        let Some(file) = self.file.take() else {
            unreachable!("a sink is finished once")
        };
        let path = partial_path(file.path());
        let bytes = file.finish_as(&path)?;
        Ok(Some(self.finished(&path, bytes)))
    }
}

impl Drop for FfmpegSink {
    fn drop(&mut self) {
        // Only where the film failed: otherwise it has ended, and killing it is refused.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_words_are_kept() {
        let said: String = (0..100).map(|line| format!("line {line}\n")).collect();
        let lines = last_lines(said.as_bytes());
        assert_eq!(
            (lines.len(), lines[0].as_str(), lines[11].as_str()),
            (12, "line 88", "line 99")
        );
        let endless = last_lines(io::repeat(b'x').take(1 << 20));
        assert!(endless.len() <= LAST_LINES && endless.iter().all(|line| line.len() <= LINE_BYTES as usize));
    }

    #[test]
    fn the_users_options_come_after_ours() {
        let settings = FfmpegSettings {
            path: "film.mp4".into(),
            force: false,
            size: [64, 64],
            fps: (30_000, 1001),
            codec: "libx264".to_owned(),
            qp: 22,
            arguments: vec!["-preset".to_owned(), "veryfast".to_owned()],
            alpha: false,
        };
        let words = settings.arguments(Path::new("hidden.mp4"));
        let line = words
            .iter()
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ");
        assert!(
            line.ends_with("-crf 22 -movflags +faststart -preset veryfast hidden.mp4"),
            "{line}"
        );
        assert!(line.contains("-r 30000/1001") && line.contains("-colorspace bt709"));
    }
}
