//! YUV4MPEG2: uncompressed pictures for any encoder, to a file or to standard output.
//!
//! Format: yuv4mpeg(5) of mjpegtools, with the colour range as ffmpeg reads and writes it. It has no
//! place for BT.709; players and encoders assume it for pictures of this size, or are to be told.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::chapters::Chapter;
use super::picture::Picture;
use super::pixels::I420;
use super::place::{Place, open_stream};
use super::sink::{Encoder, Flow, Format, Piece, Sink, Wants};
use super::whole_file::{WholeFile, write_error};
use super::{Finished, OutputError};

/// Before the planes of each picture.
const FRAME_HEADER: &[u8] = b"FRAME\n";
/// The longest first line of a file that is looked at, in bytes; those written here are shorter.
const MOST_HEADER_BYTES: u64 = 200;

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

    fn sink(&self, _frames: u64, _chapters: &[Chapter]) -> Result<Box<dyn Sink>, OutputError> {
        let (path, writer) = match &self.target {
            Y4mTarget::Stdout => (PathBuf::from("standard output"), Writer::stream(io::stdout())),
            Y4mTarget::File(path, force) => {
                let writer = match Place::find(path, *force)? {
                    Place::File { .. } => Writer::File(WholeFile::create(path, *force)?),
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
            planes: self.planes.clone(),
        };
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
        let flow = self.put(&bytes)?;
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
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    (&*file).take(MOST_HEADER_BYTES).read_to_end(&mut head)?;
    let Some(line) = head
        .split(|&byte| byte == b'\n')
        .next()
        .filter(|line| line.len() < head.len())
    else {
        return Ok(None);
    };
    let words = String::from_utf8_lossy(line);
    let mut words = words.split(' ');
    if words.next() != Some("YUV4MPEG2") {
        return Ok(None);
    }
    let mut side = |letter: char| words.next()?.strip_prefix(letter)?.parse::<u64>().ok();
    let Some((width, height)) = side('W').zip(side('H')) else {
        return Ok(None);
    };
    let Some(pixels) = width
        .checked_mul(height)
        .filter(|pixels| (1..=1 << 40).contains(pixels))
    else {
        return Ok(None);
    };
    let header_bytes = line.len() as u64 + 1;
    let frame_bytes = FRAME_HEADER.len() as u64 + pixels * 3 / 2;
    let frames = file.metadata()?.len().saturating_sub(header_bytes) / frame_bytes;
    if frames == 0 {
        return Ok(None);
    }
    file.set_len(header_bytes + frames * frame_bytes)?;
    Ok(Some(frames))
}
