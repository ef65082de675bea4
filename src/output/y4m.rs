//! YUV4MPEG2: uncompressed pictures for any encoder, to a file or to standard output.
//!
//! Format: yuv4mpeg(5) of mjpegtools, with the colour range as ffmpeg reads and writes it. It has no
//! place for BT.709; players and encoders assume it for pictures of this size, or are to be told.
//!
//! A shard's file has its mark behind the word `FRAME` of its first picture, where the format allows comments.

pub mod join;

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::chapters::Chapter;
use super::mark::Mark;
use super::picture::Picture;
use super::pixels::I420;
use super::place::{Place, open_stream};
use super::sink::{Encoder, Flow, Format, Piece, Sink, Wants};
use super::whole_file::{WholeFile, write_error};
use super::{Finished, OutputError};

/// Before the planes of each picture.
const FRAME_HEADER: &[u8] = b"FRAME\n";
/// Before the mark in the header of a shard's first picture.
const MARK: &str = "XPORTBLOOM=";
/// The longest first lines of a file that are looked at, in bytes; those written here are shorter.
const MOST_HEADER_BYTES: u64 = 300;

/// The destination of the pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Y4mTarget {
    /// A file, and whether it may replace one; or a pipe or a device. A reader of a pipe that goes
    /// away ends the film without an error.
    File(PathBuf, bool),
    /// Standard output, likewise.
    Stdout,
}

/// A film of uncompressed pictures.
#[derive(Clone, Debug)]
pub struct Y4mFormat {
    target: Y4mTarget,
    size: [u32; 2],
    fps: (u32, u32),
    planes: PlanePool,
}

impl Y4mFormat {
    /// Pictures of `size` pixels, both sides even, at `fps` frames a second.
    #[must_use]
    pub fn new(target: Y4mTarget, size: [u32; 2], fps: (u32, u32)) -> Self {
        Self {
            target,
            size,
            fps,
            planes: PlanePool::default(),
        }
    }
}

impl Format for Y4mFormat {
    fn name(&self) -> String {
        "YUV4MPEG2 (uncompressed)".to_owned()
    }

    fn wants(&self) -> Wants {
        Wants::Planes
    }

    fn segment_frames(&self) -> u64 {
        1
    }

    fn encoder(&self, _first_frame: u64) -> Result<Box<dyn Encoder>, OutputError> {
        Ok(Box::new(self.planes.encoder(self.size, FRAME_HEADER)))
    }

    fn sink(&self, _frames: u64, _chapters: &[Chapter], mark: &Mark) -> Result<Box<dyn Sink>, OutputError> {
        let (path, writer) = match &self.target {
            Y4mTarget::Stdout => (PathBuf::from("standard output"), Writer::stream(io::stdout())),
            Y4mTarget::File(path, force) => {
                let writer = match Place::find(path, *force)? {
                    Place::File { .. } => {
                        let mut file = WholeFile::create(path, *force)?;
                        file.keep_reserve();
                        Writer::File(file)
                    }
                    Place::Stream(stream) => {
                        let stream = open_stream(&stream).map_err(|error| OutputError::Unwritable {
                            path: path.clone(),
                            error,
                        })?;
                        Writer::stream(stream)
                    }
                };
                (path.clone(), writer)
            }
        };
        let mut sink = Y4mSink {
            path,
            writer,
            frames: 0,
            bytes: 0,
            first_header: None,
            planes: self.planes.clone(),
        };
        if let Writer::File(_) = sink.writer {
            sink.first_header = mark.to_word().map(|word| format!("FRAME {MARK}{word}\n"));
        }
        let ([width, height], (num, den)) = (self.size, self.fps);
        // Chroma is the mean of four pixels: it sits in their middle, as in JPEG.
        let header = format!("YUV4MPEG2 W{width} H{height} F{num}:{den} Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\n");
        sink.put(header.as_bytes())?;
        Ok(Box::new(sink))
    }
}

/// Buffers of whole pictures that go round between encoders and a sink, in place of a fresh one of
/// 12 MB for every 4K picture.
#[derive(Clone, Debug, Default)]
pub(super) struct PlanePool(Arc<Mutex<Vec<Vec<u8>>>>);

impl PlanePool {
    /// An encoder that turns one picture into `head` and its three planes.
    pub fn encoder(&self, [width, height]: [u32; 2], head: &'static [u8]) -> PlanesEncoder {
        PlanesEncoder {
            planes: I420::reusing(width, height, self.take(), head),
            frames: 0,
        }
    }

    /// A buffer of an earlier picture, or an empty one.
    pub fn take(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .unwrap_or_default()
    }

    /// Takes a buffer back.
    pub fn put_back(&self, bytes: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

/// One picture as planes.
pub(super) struct PlanesEncoder {
    planes: I420,
    frames: u64,
}

impl Encoder for PlanesEncoder {
    fn load(&mut self, picture: Picture<'_>) {
        self.planes.fill(picture);
    }

    fn encode(&mut self) -> Result<(), OutputError> {
        self.frames += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Piece {
        Piece::Bytes(self.planes.into_bytes(), self.frames)
    }
}

enum Writer {
    File(WholeFile),
    Stream(Box<dyn Write + Send>),
}

impl Writer {
    fn stream(to: impl Write + Send + 'static) -> Self {
        Self::Stream(Box::new(BufWriter::with_capacity(1 << 20, to)))
    }
}

struct Y4mSink {
    /// The output's name in messages.
    path: PathBuf,
    writer: Writer,
    frames: u64,
    /// Bytes of the header and of these frames.
    bytes: u64,
    /// The header of the first picture, where that has a mark and is not written yet.
    first_header: Option<String>,
    planes: PlanePool,
}

impl Y4mSink {
    /// Writes bytes through to the system: after a failure the frames before it are whole.
    fn put(&mut self, bytes: &[u8]) -> Result<Flow, OutputError> {
        let flow = match &mut self.writer {
            Writer::File(file) => {
                file.write(bytes)?;
                file.flush()?;
                Flow::More
            }
            Writer::Stream(stream) => flow(&self.path, stream.write_all(bytes).and_then(|()| stream.flush()))?,
        };
        self.bytes += bytes.len() as u64;
        Ok(flow)
    }
}

/// The outcome of a write to a pipe: a reader that went away is the end, not a failure.
fn flow(path: &Path, written: io::Result<()>) -> Result<Flow, OutputError> {
    match written {
        Ok(()) => Ok(Flow::More),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Flow::Closed),
        Err(error) => Err(write_error(path, error)),
    }
}

impl Sink for Y4mSink {
    fn write(&mut self, piece: Piece) -> Result<Flow, OutputError> {
        let Piece::Bytes(bytes, frames) = piece else {
            return Ok(Flow::More);
        };
        let flow = match self.first_header.take() {
            None => self.put(&bytes)?,
            Some(header) => {
                self.put(header.as_bytes())?;
                self.put(&bytes[FRAME_HEADER.len()..])?
            }
        };
        self.frames += frames;
        self.planes.put_back(bytes);
        Ok(flow)
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn finish(self: Box<Self>) -> Result<Finished, OutputError> {
        let Self {
            path,
            writer,
            frames,
            bytes,
            ..
        } = *self;
        if let Writer::File(file) = writer {
            file.finish()?;
        }
        Ok(Finished { path, frames, bytes })
    }

    fn finish_partial(self: Box<Self>) -> Result<Option<Finished>, OutputError> {
        let Self {
            mut path,
            writer,
            frames,
            bytes,
            ..
        } = *self;
        match writer {
            Writer::File(_) if frames == 0 => return Ok(None),
            // A frame may have failed halfway.
            Writer::File(file) => (path, _) = file.cut(bytes)?.finish_partial()?,
            Writer::Stream(_) => {}
        }
        Ok(Some(Finished { path, frames, bytes }))
    }
}

/// Cuts what a killed run left of a film down to whole frames; returns their number. `None` where
/// the last picture is not whole, or the file is no film of [`Y4mFormat`].
///
/// # Errors
/// Those of the system.
pub fn salvage(file: &mut File) -> io::Result<Option<u64>> {
    let Some(head) = Head::read(file)? else {
        return Ok(None);
    };
    let frames = head.frames(file.metadata()?.len());
    if frames == 0 {
        return Ok(None);
    }
    file.set_len(head.end(frames))?;
    Ok(Some(frames))
}

/// What a file says before its first picture.
struct Head {
    size: [u32; 2],
    fps: (u32, u32),
    /// The first line, with its end.
    line: Vec<u8>,
    /// The header of the first picture, with its end.
    first_header: Vec<u8>,
}

impl Head {
    /// Reads it; `None` where the file is no film of [`Y4mFormat`].
    fn read(file: &mut File) -> io::Result<Option<Self>> {
        let mut head = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        (&*file).take(MOST_HEADER_BYTES).read_to_end(&mut head)?;
        Ok(Self::of(&head))
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        let mut lines = bytes.split_inclusive(|&byte| byte == b'\n');
        let line = lines.next().filter(|line| line.ends_with(b"\n"))?;
        let words = str::from_utf8(line).ok()?.trim_end();
        let mut words = words.split(' ');
        (words.next() == Some("YUV4MPEG2")).then_some(())?;
        let mut word = |letter: char| words.next()?.strip_prefix(letter);
        let size = [word('W')?.parse().ok()?, word('H')?.parse().ok()?];
        let (num, den) = word('F')?.split_once(':')?;
        let is_size = size.iter().all(|side: &u32| (1..=1 << 20).contains(side));
        let first_header = lines
            .next()
            .filter(|header| header.starts_with(b"FRAME") && header.ends_with(b"\n"));
        is_size.then_some(Self {
            size,
            fps: (num.parse().ok()?, den.parse().ok()?),
            line: line.to_vec(),
            first_header: first_header.unwrap_or(FRAME_HEADER).to_vec(),
        })
    }

    /// Bytes of a picture, with its header.
    fn frame_bytes(&self) -> u64 {
        let [width, height] = self.size.map(u64::from);
        FRAME_HEADER.len() as u64 + width * height * 3 / 2
    }

    /// Bytes before the first picture's planes, but for a header without a mark.
    fn extra_bytes(&self) -> u64 {
        (self.line.len() + self.first_header.len() - FRAME_HEADER.len()) as u64
    }

    /// Whole frames in a file of this length.
    fn frames(&self, bytes: u64) -> u64 {
        bytes.saturating_sub(self.extra_bytes()) / self.frame_bytes()
    }

    /// The length of a file of this many frames.
    fn end(&self, frames: u64) -> u64 {
        self.extra_bytes() + frames * self.frame_bytes()
    }
}
