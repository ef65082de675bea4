//! YUV4MPEG2: uncompressed pictures for any encoder, to a file or to standard output.
//!
//! Format: yuv4mpeg(5) of mjpegtools, with the colour range as ffmpeg reads and writes it. It has no
//! place for BT.709; players and encoders assume it for pictures of this size, or are to be told.

use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::mp4::partial_path;
use super::pixels::I420;
use super::sink::{Encoder, Flow, Format, Picture, Piece, Sink, Wants};
use super::whole_file::{WholeFile, write_error};
use super::{Finished, OutputError};

/// Where the pictures go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Y4mTarget {
    /// A file, and whether it may replace one.
    File(PathBuf, bool),
    /// Standard output; a reader that goes away ends the film without an error.
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
        Ok(Box::new(self.planes.encoder(self.size, b"FRAME\n")))
    }

    fn sink(&self, _frames: u64) -> Result<Box<dyn Sink>, OutputError> {
        let writer = match &self.target {
            Y4mTarget::File(path, force) => Writer::File(WholeFile::create(path, *force)?),
            Y4mTarget::Stdout => Writer::Stdout(BufWriter::with_capacity(1 << 20, io::stdout())),
        };
        let mut sink = Y4mSink {
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
    Stdout(BufWriter<Stdout>),
}

struct Y4mSink {
    writer: Writer,
    frames: u64,
    bytes: u64,
    planes: PlanePool,
}

impl Y4mSink {
    fn put(&mut self, bytes: &[u8]) -> Result<Flow, OutputError> {
        self.bytes += bytes.len() as u64;
        match &mut self.writer {
            Writer::File(file) => file.write(bytes).map(|()| Flow::More),
            Writer::Stdout(stdout) => flow(stdout.write_all(bytes)),
        }
    }
}

/// What a write to standard output came to: nobody reading on is the end, not a failure.
fn flow(written: io::Result<()>) -> Result<Flow, OutputError> {
    match written {
        Ok(()) => Ok(Flow::More),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Flow::Closed),
        Err(error) => Err(write_error(Path::new("standard output"), error)),
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
            writer, frames, bytes, ..
        } = *self;
        let path = match writer {
            Writer::Stdout(mut stdout) => {
                flow(stdout.flush())?;
                PathBuf::from("standard output")
            }
            Writer::File(file) => {
                let path = file.path().to_path_buf();
                file.finish()?;
                path
            }
        };
        Ok(Finished { path, frames, bytes })
    }

    fn finish_partial(self: Box<Self>) -> Result<Option<Finished>, OutputError> {
        let Self {
            writer, frames, bytes, ..
        } = *self;
        let path = match writer {
            Writer::Stdout(mut stdout) => {
                flow(stdout.flush())?;
                PathBuf::from("standard output")
            }
            Writer::File(_) if frames == 0 => return Ok(None),
            Writer::File(file) => {
                let path = partial_path(file.path());
                file.finish_as(&path)?;
                path
            }
        };
        Ok(Some(Finished { path, frames, bytes }))
    }
}
