//! A film of `Mp4Writer` read again: its mark, its tables, and one segment after the other.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use shiguredo_mp4::boxes::{MoovBox, SampleEntry, StszBox};
use shiguredo_mp4::{Decode as _, Either};

use super::box_at;
use super::boxes::mark_in;
use crate::output::h264::Segment;
use crate::output::mark::{Mark, PartError, open_part};

/// A film that is there, open.
pub struct Film {
    path: PathBuf,
    file: File,
    pub mark: Mark,
    /// Lengths of all frames in bytes.
    pub sizes: Vec<u32>,
    chunks: Vec<Chunk>,
    sps: Vec<u8>,
    pps: Vec<u8>,
}

/// A segment in the file.
struct Chunk {
    offset: u64,
    first_frame: usize,
    frames: usize,
}

impl Film {
    /// Opens a part, and reads all but its pictures.
    pub fn open(path: &Path) -> Result<Self, PartError> {
        let unreadable = |error| PartError::unreadable(path, error);
        let damaged = |what: &str| PartError::damaged(path, what);
        let (mut file, bytes) = open_part(path)?;
        let mut moov = Vec::new();
        let mut at = 0;
        for name in [b"ftyp", b"moov", b"free", b"mdat"] {
            let found = box_at(&mut file, at, name).map_err(unreadable)?;
            let (_, end) = found.ok_or_else(|| PartError::no_part(path, "it is no MP4 film of portbloom's"))?;
            if end > bytes {
                return Err(PartError::ends_early(path, bytes));
            }
            if name == b"moov" {
                file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
                let read = file.by_ref().take(end - at).read_to_end(&mut moov);
                read.map_err(unreadable)?;
            }
            at = end;
        }
        let (movie, _) = MoovBox::decode(&moov).map_err(|error| damaged(&format!("its tables: {error}")))?;
        let mark = mark_in(&movie.unknown_boxes).ok_or_else(|| {
            PartError::no_part(
                path,
                "it has no mark of one; render --shard I/N or --frames A..B makes parts",
            )
        })?;
        let mark = serde_json::from_slice(mark).map_err(|error| damaged(&format!("its mark: {error}")))?;
        let tables = Tables::of(movie).and_then(|tables| Some((tables.chunks()?, tables)));
        let (chunks, tables) = tables.ok_or_else(|| damaged("its tables do not fit each other"))?;
        Ok(Self {
            path: path.into(),
            file,
            mark,
            sizes: tables.sizes,
            chunks,
            sps: tables.sps,
            pps: tables.pps,
        })
    }

    /// Its number of segments.
    pub fn segments(&self) -> usize {
        self.chunks.len()
    }

    /// One of its segments, counted from 0. Its level is as low as the film's size and rate allow.
    pub fn segment(&mut self, index: usize, level: u8) -> Result<Segment, PartError> {
        let chunk = &self.chunks[index];
        let sizes = self.sizes[chunk.first_frame..][..chunk.frames].to_vec();
        let bytes: u64 = sizes.iter().map(|&size| u64::from(size)).sum();
        let unreadable = |error| PartError::unreadable(&self.path, error);
        self.file.seek(SeekFrom::Start(chunk.offset)).map_err(unreadable)?;
        let mut data = Vec::new();
        let read = self.file.by_ref().take(bytes).read_to_end(&mut data);
        if (read.map_err(unreadable)? as u64) < bytes {
            return Err(PartError::ends_early(&self.path, chunk.offset + data.len() as u64));
        }
        if !is_segment(&data, &sizes) {
            let what = format!("pictures from its frame {} on are none", chunk.first_frame);
            return Err(PartError::damaged(&self.path, what));
        }
        let mut sps = self.sps.clone();
        if let Some(own) = sps.get_mut(3) {
            *own = level;
        }
        Ok(Segment {
            data,
            sizes,
            sps,
            pps: self.pps.clone(),
        })
    }
}

/// Whether pictures of these lengths are one NAL unit each, the first of them an IDR slice and the others slices (ITU-T
/// H.264, Table 7-1).
fn is_segment(data: &[u8], sizes: &[u32]) -> bool {
    let mut rest = data;
    sizes.iter().enumerate().all(|(index, &size)| {
        let Some((picture, behind)) = rest.split_at_checked(size as usize) else {
            return false;
        };
        rest = behind;
        let kind = if index == 0 { 5 } else { 1 };
        picture.split_first_chunk::<4>().is_some_and(|(length, unit)| {
            u32::from_be_bytes(*length) as usize == unit.len()
                && unit.first().is_some_and(|header| header & 0x1F == kind)
        })
    })
}

/// What the tables of a film's first track say.
struct Tables {
    sizes: Vec<u32>,
    offsets: Vec<u64>,
    /// The first chunk of this number of frames, counted from 1, and the number.
    runs: Vec<(usize, usize)>,
    sps: Vec<u8>,
    pps: Vec<u8>,
}

impl Tables {
    fn of(movie: MoovBox) -> Option<Self> {
        let table = movie.trak_boxes.into_iter().next()?.mdia_box.minf_box.stbl_box;
        let entry = table.stsd_box.entries.into_iter().next()?;
        let SampleEntry::Avc1(entry) = entry else { return None };
        let StszBox::Variable { entry_sizes } = table.stsz_box else {
            return None;
        };
        let Either::B(offsets) = table.stco_or_co64_box else {
            return None;
        };
        let runs = table.stsc_box.entries.iter();
        Some(Self {
            sizes: entry_sizes,
            offsets: offsets.chunk_offsets,
            runs: runs
                .map(|run| (run.first_chunk.get() as usize, run.sample_per_chunk as usize))
                .collect(),
            sps: entry.avcc_box.sps_list.into_iter().next()?,
            pps: entry.avcc_box.pps_list.into_iter().next()?,
        })
    }

    /// The chunks, which hold all frames between them.
    fn chunks(&self) -> Option<Vec<Chunk>> {
        let mut runs = self.runs.iter().peekable();
        let (mut frames, mut first_frame) = (0, 0_usize);
        let mut chunks = Vec::with_capacity(self.offsets.len());
        for (number, &offset) in (1..).zip(&self.offsets) {
            if let Some((_, run)) = runs.next_if(|(first, _)| *first == number) {
                frames = *run;
            }
            chunks.push(Chunk {
                offset,
                first_frame,
                frames,
            });
            first_frame = first_frame.checked_add(frames).filter(|_| frames > 0)?;
        }
        (first_frame == self.sizes.len() && first_frame > 0).then_some(chunks)
    }
}
