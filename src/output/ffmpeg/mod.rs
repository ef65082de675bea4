//! Any other codec: an installed ffmpeg, fed with raw pictures by a pipe.
//!
//! Owns the child process: its command line, its stderr (drained and kept to the last lines), its
//! end, and whether the film holds the pictures that went in. Must not know what the pictures show.

mod codecs;
mod count;
mod cut;
mod options;
mod room;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

use super::chapters::{Chapter, ffmetadata};
use super::frames::straight_rgba;
use super::mark::Mark;
use super::picture::Picture;
use super::sink::{Encoder, Flow, Format, Piece, Sink, Wants};
use super::whole_file::{WholeFile, write_error};
use super::y4m::PlanePool;
use super::{Finished, OutputError};
use codecs::Feed;
use options::Options;
use room::Room;
use tempfile::TempPath;

pub use codecs::{alpha_codecs, is_many_files, usual_codec};
pub use count::frames_that_play;

/// Lines of ffmpeg's words that are kept for an error.
const LAST_LINES: usize = 12;
/// Longest line kept, in bytes.
const LINE_BYTES: u64 = 2000;

/// A film that ffmpeg is to make.
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
    /// Quality, 0 to 100, for codecs that have a constant one.
    pub quality: u8,
    /// More options, as they were typed, after portbloom's own.
    pub arguments: Vec<String>,
    /// Whether pictures have transparency.
    pub alpha: bool,
}

/// A film by ffmpeg.
#[derive(Clone, Debug)]
pub struct FfmpegFormat {
    settings: FfmpegSettings,
    options: Options,
    feed: Feed,
    planes: PlanePool,
}

impl FfmpegFormat {
    /// Checks quality and options, and that there is an ffmpeg.
    ///
    /// # Errors
    /// [`OutputError::Quality`], [`OutputError::ManyFiles`], [`OutputError::FfmpegOption`] or
    /// [`OutputError::NoFfmpeg`].
    pub fn new(settings: FfmpegSettings) -> Result<Self, OutputError> {
        if settings.quality > 100 {
            return Err(OutputError::Quality {
                quality: settings.quality,
            });
        }
        if codecs::is_many_files(&settings.path) {
            return Err(OutputError::ManyFiles { path: settings.path });
        }
        let options = Options::new(&settings.arguments, settings.alpha)
            .map_err(|(option, why)| OutputError::FfmpegOption { option, why })?;
        let asked = Command::new("ffmpeg")
            .arg("-version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if let Err(error) = asked {
            return Err(OutputError::NoFfmpeg { error });
        }
        Ok(Self {
            feed: codecs::feed(&settings.codec, settings.alpha),
            settings,
            options,
            planes: PlanePool::default(),
        })
    }

    /// The command line, with `output` in place of the film's file, and the file of its chapters, if it has any.
    fn arguments(&self, output: &Path, chapters: Option<&Path>) -> Vec<OsString> {
        let settings = &self.settings;
        let ([width, height], (num, den)) = (settings.size, settings.fps);
        let (size, rate) = (format!("{width}x{height}"), format!("{num}/{den}"));
        let mut words: Vec<OsString> = Vec::new();
        let mut add = |more: &[&str]| words.extend(more.iter().map(OsString::from));
        add(&["-hide_banner", "-loglevel", "warning", "-nostdin", "-y"]);
        add(&["-progress", "pipe:1", "-f", "rawvideo"]);
        let is_planes = self.feed == Feed::Planes;
        let pixels = if is_planes { "yuv420p" } else { "rgba" };
        add(&["-pix_fmt", pixels, "-s", &size, "-r", &rate]);
        let tags = ["-color_range", "tv", "-colorspace", "bt709"];
        let more_tags = ["-color_primaries", "bt709", "-color_trc", "bt709"];
        if is_planes {
            add(&tags);
            add(&more_tags);
            add(&["-chroma_sample_location", "center"]);
        }
        add(&["-i", "-"]);
        if let Some(chapters) = chapters {
            words.extend(["-f", "ffmetadata", "-i"].map(OsString::from));
            words.push(count::input(chapters));
            words.extend(["-map", "0:v", "-map_chapters", "1"].map(OsString::from));
        }
        let mut add = |more: &[&str]| words.extend(more.iter().map(OsString::from));
        let ours = match &self.feed {
            Feed::Planes => None,
            Feed::Rgba(filters) => Some(filters.as_str()),
        };
        let filters: Vec<&str> = self.options.filters.as_deref().into_iter().chain(ours).collect();
        if !filters.is_empty() {
            add(&["-vf", &filters.join(",")]);
        }
        // RGB has no matrix, and what became planes of it says which.
        if is_planes || ours.is_some_and(|filters| filters.contains("bt709")) {
            add(&tags);
            add(&more_tags);
        }
        for word in codecs::options(&settings.codec, &settings.path, settings.quality, settings.alpha) {
            add(&[&word]);
        }
        for word in &self.options.words {
            add(&[word]);
        }
        words.push(count::input(output));
        words
    }
}

impl FfmpegFormat {
    /// A file that tells ffmpeg the chapters of a film, if it has any.
    fn chapters_file(&self, chapters: &[Chapter], frames: u64) -> Result<Option<TempPath>, OutputError> {
        if chapters.is_empty() {
            return Ok(None);
        }
        let failed = |error| OutputError::Write {
            path: self.settings.path.clone(),
            error,
        };
        let text = ffmetadata(chapters, frames, self.settings.fps);
        let mut file = tempfile::Builder::new()
            .prefix("portbloom-chapters-")
            .tempfile()
            .map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        Ok(Some(file.into_temp_path()))
    }
}

impl Format for FfmpegFormat {
    fn name(&self) -> String {
        format!("{} (ffmpeg)", self.settings.codec)
    }

    fn wants(&self) -> Wants {
        match self.feed {
            Feed::Planes => Wants::Planes,
            Feed::Rgba(_) => Wants::Rgba,
        }
    }

    fn segment_frames(&self) -> u64 {
        1
    }

    fn encoder(&self, _first_frame: u64) -> Result<Box<dyn Encoder>, OutputError> {
        Ok(match self.feed {
            Feed::Planes => Box::new(self.planes.encoder(self.settings.size, b"")),
            Feed::Rgba(_) => Box::new(RgbaEncoder {
                width: self.settings.size[0] as usize,
                rgba: self.planes.take(),
            }),
        })
    }

    fn sink(&self, frames: u64, chapters: &[Chapter], _mark: &Mark) -> Result<Box<dyn Sink>, OutputError> {
        let settings = &self.settings;
        let mut file = WholeFile::create(&settings.path, settings.force)?;
        file.keep_reserve();
        let chapters_file = self.chapters_file(chapters, frames)?;
        let mut command = Command::new("ffmpeg");
        // Ctrl-C is for portbloom: it ends ffmpeg's input, and ffmpeg closes the file.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .args(self.arguments(file.temporary_path(), chapters_file.as_deref()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| OutputError::NoFfmpeg { error })?;
        let pictures = child.stdin.take();
        let words = child.stderr.take();
        let words = words.map(|stderr| std::thread::spawn(move || last_lines(stderr)));
        let counted = child.stdout.take();
        let counted = counted.map(|stdout| std::thread::spawn(move || count::last_frame(stdout)));
        let room = codecs::is_closed_last(&settings.path).then(|| Room::of(file.temporary_path()));
        Ok(Box::new(FfmpegSink {
            child,
            pictures,
            words,
            counted,
            file: Some(file),
            frames: 0,
            announced: frames,
            failed: false,
            no_room: None,
            room,
            chapters: chapters.to_vec(),
            _chapters_file: chapters_file,
            format: self.clone(),
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

/// The system's error that a line of ffmpeg's ends with, where it is that a disk, a quota or a largest file size is used
/// up.
#[cfg(unix)]
fn no_room_by(line: &str) -> Option<io::Error> {
    use rustix::io::Errno;
    let errors = [Errno::NOSPC, Errno::DQUOT, Errno::FBIG].map(io::Error::from);
    errors.into_iter().find(|error| {
        let text = error.to_string();
        line.ends_with(text.split(" (os error").next().unwrap_or(&text))
    })
}

/// The same, where ffmpeg's words for it are others.
#[cfg(not(unix))]
fn no_room_by(_line: &str) -> Option<io::Error> {
    None
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
    /// Pictures encoded, as ffmpeg counts them.
    counted: Option<JoinHandle<Option<u64>>>,
    file: Option<WholeFile>,
    /// Pictures handed over.
    frames: u64,
    /// Pictures of the whole film.
    announced: u64,
    /// Whether ffmpeg has failed: what it left is not known to be sound.
    failed: bool,
    /// What kept ffmpeg from writing all of the film, where it ended as if nothing had.
    no_room: Option<io::Error>,
    /// Of a film that cannot be played before ffmpeg has closed it.
    room: Option<Room>,
    /// Those of the whole film.
    chapters: Vec<Chapter>,
    /// Removed with the sink.
    _chapters_file: Option<TempPath>,
    format: FfmpegFormat,
    planes: PlanePool,
}

impl FfmpegSink {
    fn file(&self) -> &WholeFile {
        self.file
            .as_ref()
            .unwrap_or_else(|| unreachable!("a sink is finished once"))
    }

    fn take_file(&mut self) -> WholeFile {
        self.file
            .take()
            .unwrap_or_else(|| unreachable!("a sink is finished once"))
    }

    /// Ends ffmpeg's input, waits for it, and judges how it ended. Returns how many pictures it
    /// encoded, where it says so. It may succeed where a write of it failed.
    fn end(&mut self, written: io::Result<()>) -> Result<Option<u64>, OutputError> {
        drop(self.pictures.take());
        let status = self.child.wait();
        if let Some(room) = self.room.take() {
            room.give_back();
        }
        let words = self
            .words
            .take()
            .and_then(|words| words.join().ok())
            .unwrap_or_default();
        let counted = self.counted.take().and_then(|counted| counted.join().ok());
        let failed = |status: String| OutputError::Ffmpeg {
            path: self.file().path().into(),
            status,
            words: Vec::from(words.clone()).join("\n"),
        };
        let error = match (status, written) {
            (Ok(status), Ok(())) if status.success() => {
                self.no_room = words.iter().find_map(|line| no_room_by(line));
                return Ok(counted.flatten());
            }
            (Ok(status), Ok(())) => failed(status.to_string()),
            (Ok(status), Err(error)) => failed(format!("{status}, {error}")),
            (Err(error), _) => failed(error.to_string()),
        };
        self.failed = true;
        Err(error)
    }

    /// Pictures in the file: as many as the file says, or as many as ffmpeg said it encoded.
    fn frames_made(&self, counted: Option<u64>) -> u64 {
        let path = self.file().temporary_path();
        let in_file = codecs::can_be_counted(path).then(|| count::frames_in(path)).flatten();
        in_file.or(counted).unwrap_or(self.frames)
    }

    /// Keeps the pictures that a file of ffmpeg's holds, if any.
    fn keep(&mut self, frames: u64) -> Result<Option<Finished>, OutputError> {
        if frames == 0 {
            return Ok(None);
        }
        if let Ok(Some(chapters)) = self.format.chapters_file(&self.chapters, frames) {
            // Where there is no room for a copy, chapters beyond the end stay: they harm nothing.
            let _ = cut::replace_chapters(self.file().temporary_path(), &chapters);
        }
        let (path, bytes) = self.take_file().finish_partial()?;
        Ok(Some(Finished { path, frames, bytes }))
    }

    /// Keeps what can be played of a file that ffmpeg left in a failure.
    fn keep_what_plays(&mut self) -> Result<Option<Finished>, OutputError> {
        let frames = frames_that_play(self.file().temporary_path());
        self.keep(frames.unwrap_or(0))
    }
}

impl Sink for FfmpegSink {
    fn write(&mut self, piece: Piece) -> Result<Flow, OutputError> {
        let Piece::Bytes(bytes, frames) = piece else {
            return Ok(Flow::More);
        };
        if let Some(Err(error)) = self.room.as_mut().map(|room| room.keep(self.frames)) {
            // ffmpeg closes the film with what is left.
            if let Some(file) = &mut self.file {
                file.give_back_reserve();
            }
            return Err(write_error(self.file().path(), error));
        }
        let written = self
            .pictures
            .as_mut()
            .map_or(Ok(()), |pictures| pictures.write_all(&bytes));
        if written.is_err() {
            // ffmpeg has ended before the film, which is an error whatever it says.
            self.end(written)?;
            return Ok(Flow::Closed);
        }
        self.frames += frames;
        self.planes.put_back(bytes);
        Ok(Flow::More)
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn finish(mut self: Box<Self>) -> Result<Finished, OutputError> {
        let counted = match self.end(Ok(())) {
            Ok(counted) => counted,
            Err(error) => {
                let kept = self.keep_what_plays()?;
                return Err(error.with_part(kept, self.announced));
            }
        };
        let path = self.file().path().to_path_buf();
        let made = self.frames_made(counted);
        if made != self.frames {
            let error = match self.no_room.take() {
                Some(error) => write_error(&path, error),
                None => OutputError::FfmpegFrames {
                    path,
                    made,
                    frames: self.frames,
                },
            };
            let kept = self.keep(made)?;
            return Err(error.with_part(kept, self.announced));
        }
        let bytes = self.take_file().finish()?;
        Ok(Finished {
            path,
            frames: self.frames,
            bytes,
        })
    }

    fn finish_partial(mut self: Box<Self>) -> Result<Option<Finished>, OutputError> {
        if self.frames == 0 {
            return Ok(None);
        }
        if self.failed {
            return self.keep_what_plays();
        }
        match self.end(Ok(())) {
            Ok(counted) => {
                let made = self.frames_made(counted);
                self.keep(made)
            }
            Err(error) => {
                let kept = self.keep_what_plays()?;
                Err(error.with_part(kept, self.announced))
            }
        }
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
    #[cfg(unix)]
    fn words_about_room_are_known() {
        let kind = |line: &str| no_room_by(line).map(|error| error.kind());
        // What ffmpeg 5.1 says of a film in Matroska, beyond a quota.
        let line = "av_interleaved_write_frame(): Disk quota exceeded";
        assert_eq!(kind(line), Some(io::ErrorKind::QuotaExceeded));
        let line = "Error writing trailer of file:film.mkv: No space left on device";
        assert_eq!(kind(line), Some(io::ErrorKind::StorageFull));
        assert_eq!(
            kind("Error writing trailer: File too large"),
            Some(io::ErrorKind::FileTooLarge)
        );
        assert_eq!(kind("Conversion failed!"), None);
    }

    #[test]
    fn the_users_options_come_last_and_their_filters_first() {
        let line = |codec: &str, arguments: &str, alpha| {
            let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
            let options = Options::new(&arguments, alpha).unwrap();
            let settings = FfmpegSettings {
                path: "film.mp4".into(),
                force: false,
                size: [64, 64],
                fps: (30_000, 1001),
                codec: codec.to_owned(),
                quality: 70,
                arguments,
                alpha,
            };
            let format = FfmpegFormat {
                feed: codecs::feed(codec, alpha),
                settings,
                options,
                planes: PlanePool::default(),
            };
            let words = format.arguments(Path::new("hidden.mp4"), None);
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            words.join(" ")
        };
        let x264 = line("libx264", "-preset veryfast -vf format=nv12", false);
        assert!(
            x264.ends_with("-crf 22 -movflags +faststart -preset veryfast file:hidden.mp4"),
            "{x264}"
        );
        assert!(x264.contains("-r 30000/1001") && x264.contains("-vf format=nv12 -color_range tv -colorspace bt709"));
        let qtrle = line("qtrle", "-vf null", true);
        assert!(
            qtrle.contains("-pix_fmt rgba") && qtrle.contains("-vf null,format=argb -c:v qtrle"),
            "{qtrle}"
        );
        assert!(!qtrle.contains("bt709"), "{qtrle}");
    }
}
