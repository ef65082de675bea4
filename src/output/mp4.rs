//! Segments to an MP4 file that players can start to show before all of it has arrived (faststart).
//!
//! Owns the layout of the file and its tables. Must not know how a segment was encoded. Takes segments in
//! the order of the film, and holds a few bytes for each frame, never the film.
//!
//! The file: `ftyp`, `moov`, `free`, `mdat` (ISO/IEC 14496-12). The room for `moov` is reserved
//! before the first frame, since its largest length follows from the number of frames; `free` covers the
//! part that is not needed. So the film is written once, in order; titles of chapters are the first in `mdat`. `moov` is written again and again
//! meanwhile, so that the file that a killed run leaves can be played. The `moov` of a part has its mark, which
//! players skip; that of a whole film has none.
//! Every segment is a chunk, its first picture a sync sample. Offsets and the length of `mdat` are
//! 64-bit throughout. No time of day is written: the same film is the same file.

mod boxes;
pub mod join;
mod read;
mod text_track;

use super::chapters::Chapter;
use super::h264::{Segment, idr_id, level_of_film, with_idr_id};
use super::mark::Mark;
use super::whole_file::WholeFile;
use super::{Finished, OutputError};
use boxes::{mark_box, small_box};
use shiguredo_mp4::boxes::{
    Avc1Box, AvccBox, Brand, Co64Box, DinfBox, FreeBox, FtypBox, HdlrBox, MdatBox, MdhdBox, MdiaBox, MediaHeader,
    MinfBox, MoovBox, MvhdBox, SampleEntry, StblBox, StscBox, StscEntry, StsdBox, StssBox, StszBox, SttsBox, SttsEntry,
    TkhdBox, TrakBox, UnknownBox, VisualSampleEntryFields, VmhdBox,
};
use shiguredo_mp4::{BoxHeader, BoxSize, BoxType, Either, Encode, FixedPointNumber, LanguageCode, Mp4FileTime, Uint};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::num::NonZeroU32;
use std::path::Path;
use text_track::Written;

/// Room for `moov` without its tables: 700 bytes were measured, and parameter sets may be longer one day.
const MOOV_BASE_BYTES: u64 = 4096;
/// The length of a frame in `stsz`.
const BYTES_PER_FRAME: u64 = 4;
/// `stss` 4, `stsc` 12, `co64` 8.
const BYTES_PER_SEGMENT: u64 = 24;
/// The least length of `free`: its header, if that is a long one.
const LEAST_FREE_BYTES: u64 = 16;
/// The header of `mdat`, with its 64-bit length.
const MDAT_HEADER_BYTES: u64 = 16;
/// The most room for `moov` that is filled beforehand, so that a film whose disk is full can be
/// closed: enough for two days at 25 frames a second. The room of a longer one is a hole.
const FILLED_ROOM_BYTES: u64 = 64 << 20;
/// `moov` is written each time that the number of segments has grown by one part in this many.
const SEGMENTS_PER_HEAD: usize = 32;
/// Ticks a second that are fine enough for every player; `ffmpeg` has the same bound. 25 frames a
/// second become 512 ticks of 1/12800 s, 30000/1001 stays.
const LEAST_TIMESCALE: u32 = 10_000;

/// The size and the rate that the container tells of the film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mp4Settings {
    /// Pixels across, at most 32,767.
    pub width: u32,
    /// Pixels down, at most 32,767.
    pub height: u32,
    /// Frames a second as a fraction, neither part zero.
    pub fps: (u32, u32),
}

impl Mp4Settings {
    /// Ticks a second, and ticks a frame: exactly `num / den` frames a second.
    fn ticks(self) -> (NonZeroU32, u32) {
        let (mut timescale, mut duration) = self.fps;
        while timescale < LEAST_TIMESCALE && duration <= u32::MAX / 2 {
            timescale *= 2;
            duration *= 2;
        }
        let timescale = NonZeroU32::new(timescale).expect("checked when the film was created");
        (timescale, duration)
    }
}

#[derive(Debug)]
struct Chunk {
    /// From the start of the file, in bytes.
    offset: u64,
    /// Counted from 1.
    first_frame: u32,
    frames: u32,
}

impl Marking {
    fn bytes(&self) -> u64 {
        self.mark.box_size.get()
    }
}

/// A film in the making. Dropped, it leaves no file.
#[derive(Debug)]
pub struct Mp4Writer {
    file: WholeFile,
    settings: Mp4Settings,
    max_frames: u64,
    chapters: Vec<Chapter>,
    mark: Option<Marking>,
    /// Bytes from the end of `ftyp` to the start of `mdat`.
    moov_room_bytes: u64,
    mdat_offset: u64,
    /// The place of the next segment, in bytes from the start of the file.
    end: u64,
    sizes: Vec<u32>,
    chunks: Vec<Chunk>,
    /// SPS and PPS of all segments.
    parameter_sets: Option<(Vec<u8>, Vec<u8>)>,
    /// Number of segments at which `moov` is written next.
    next_head: usize,
    /// The end of the longest head so far.
    head_end: u64,
    /// The `idr_pic_id` of the last segment, if that has one frame.
    lone_id: Option<u32>,
}

/// The mark of a film in the making.
#[derive(Debug)]
struct Marking {
    /// Its box.
    mark: UnknownBox,
    /// Whether it is of a part, which has room for it. A whole film is one only while it is not finished.
    is_part: bool,
}

impl Mp4Writer {
    /// Opens a film of at most `max_frames` frames that will be `path`; until it is whole only a
    /// hidden file beside it exists. Players list its chapters: in what is left of a film that is cut short,
    /// those that begin in it. A part has its `mark`, and so has what is left of a film that is cut short, if there
    /// is room.
    ///
    /// # Errors
    /// Those of [`WholeFile::create`], and [`OutputError::TooManyFrames`] or
    /// [`OutputError::NoFrames`]: all before any work is done.
    ///
    /// # Panics
    /// If the settings are out of their bounds; `H264Settings` has refused those.
    pub fn create(
        path: &Path,
        force: bool,
        settings: Mp4Settings,
        max_frames: u64,
        chapters: &[Chapter],
        mark: Option<&Mark>,
    ) -> Result<Self, OutputError> {
        let most_px = i16::MAX as u32;
        assert!(
            settings.width <= most_px && settings.height <= most_px,
            "a track of {}x{} pixels",
            settings.width,
            settings.height
        );
        assert!(settings.fps.0 > 0 && settings.fps.1 > 0, "no frame rate");
        if max_frames == 0 {
            return Err(OutputError::NoFrames { path: path.into() });
        }
        if max_frames > u64::from(u32::MAX) {
            return Err(OutputError::TooManyFrames {
                path: path.into(),
                frames: max_frames,
                most: u32::MAX.into(),
            });
        }
        let mut file = WholeFile::create(path, force)?;
        file.keep_reserve();
        let ftyp = encoded(path, &file_type())?;
        // Only the last segment may have less than two frames: see `write_segment`.
        let most_segments = max_frames / 2 + 1;
        let tables_bytes = max_frames * BYTES_PER_FRAME + most_segments * BYTES_PER_SEGMENT;
        let mark = mark.map(|mark| Marking {
            mark: mark_box(mark.to_json().as_bytes()),
            is_part: mark.is_part(),
        });
        let mark_bytes = mark.as_ref().filter(|mark| mark.is_part).map_or(0, Marking::bytes);
        let moov_room_bytes = MOOV_BASE_BYTES + tables_bytes + text_track::room_bytes(chapters) + mark_bytes;
        let mdat_offset = ftyp.len() as u64 + moov_room_bytes;
        let start = mdat_offset + MDAT_HEADER_BYTES;
        if moov_room_bytes <= FILLED_ROOM_BYTES {
            file.write(&vec![0; start as usize])?;
        } else {
            file.seek(start)?;
        }
        let titles = text_track::samples(chapters);
        file.write(&titles)?;
        file.flush()?;
        Ok(Self {
            file,
            settings,
            max_frames,
            chapters: chapters.to_vec(),
            mark,
            moov_room_bytes,
            mdat_offset,
            end: start + titles.len() as u64,
            sizes: Vec::new(),
            chunks: Vec::new(),
            parameter_sets: None,
            next_head: 1,
            head_end: 0,
            lone_id: None,
        })
    }

    /// The same without a `moov` before the end, for a film that nobody would keep a part of.
    #[must_use]
    fn in_one_go(self) -> Self {
        Self {
            next_head: usize::MAX,
            ..self
        }
    }

    /// Frames written so far.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.sizes.len() as u64
    }

    /// Adds the next segment of the film; an empty one adds nothing.
    ///
    /// # Errors
    /// [`OutputError::NoRoom`] or [`OutputError::Write`] from the disk;
    /// [`OutputError::Inconsistent`] where the segment's parameter sets differ from those before, or
    /// where there are more frames than announced.
    pub fn write_segment(&mut self, segment: &Segment) -> Result<(), OutputError> {
        if segment.sizes.is_empty() {
            return Ok(());
        }
        // Two IDR pictures with the same `idr_pic_id` that follow each other are one to a decoder (ITU-T H.264,
        // 7.4.1.2.4), so the one behind a segment of one frame gets another.
        let renumbered;
        let segment = match self.lone_id {
            None => segment,
            Some(id) => {
                let other = with_idr_id(segment, 1 - id.min(1));
                renumbered = other.ok_or_else(|| self.inconsistent("the head of a segment cannot be read"))?;
                &renumbered
            }
        };
        let frames = segment.sizes.len() as u64;
        if self.frames() + frames > self.max_frames {
            return Err(self.inconsistent("there are more frames than were announced"));
        }
        let total_bytes: u64 = segment.sizes.iter().map(|&size| u64::from(size)).sum();
        if total_bytes != segment.data.len() as u64 {
            return Err(self.inconsistent("a segment is not as long as its frames"));
        }
        match &self.parameter_sets {
            None => {
                // avcC repeats three bytes of it.
                if segment.sps.len() < 4 || segment.pps.is_empty() {
                    return Err(self.inconsistent("a segment has no parameter sets"));
                }
                self.parameter_sets = Some((segment.sps.clone(), segment.pps.clone()));
            }
            Some((sps, pps)) if *sps == segment.sps && *pps == segment.pps => {}
            Some(_) => return Err(self.inconsistent("the segments have different parameter sets")),
        }
        self.file.write(&segment.data)?;
        // A frame counts once it is on the disk: after a failure those that count are saved.
        self.file.flush()?;
        // Both fit: `max_frames` does.
        self.chunks.push(Chunk {
            offset: self.end,
            first_frame: self.sizes.len() as u32 + 1,
            frames: frames as u32,
        });
        self.sizes.extend_from_slice(&segment.sizes);
        self.end += total_bytes;
        self.lone_id = if frames == 1 { idr_id(segment) } else { None };
        if self.chunks.len() >= self.next_head {
            self.write_head(false)?;
            self.file.seek(self.end)?;
            self.next_head = self.chunks.len() + 1 + self.chunks.len() / SEGMENTS_PER_HEAD;
        }
        Ok(())
    }

    /// Closes the film and gives it its name.
    ///
    /// # Errors
    /// [`OutputError::NoFrames`], or those of [`WholeFile::finish`]; no file is left then.
    pub fn finish(mut self) -> Result<Finished, OutputError> {
        let path = self.file.path().to_path_buf();
        if self.sizes.is_empty() {
            return Err(OutputError::NoFrames { path });
        }
        self.write_head(true)?;
        let frames = self.frames();
        let bytes = self.file.finish()?;
        Ok(Finished { path, frames, bytes })
    }

    /// Closes a film that was cut short, for whatever reason, under the first of its
    /// [`partial_names`](super::whole_file::partial_names) that is free. `None` where no frame was
    /// written: then no file is left.
    ///
    /// # Errors
    /// Those of [`WholeFile::finish_partial`].
    pub fn finish_partial(mut self) -> Result<Option<Finished>, OutputError> {
        if self.sizes.is_empty() {
            return Ok(None);
        }
        // A segment may have failed halfway.
        self.file = self.file.cut(self.end)?;
        self.write_head(false)?;
        let frames = self.frames();
        let (path, bytes) = self.file.finish_partial()?;
        Ok(Some(Finished { path, frames, bytes }))
    }

    /// Fills the room before the film: `ftyp`, `moov`, `free`, and the header of `mdat`.
    fn write_head(&mut self, is_last: bool) -> Result<(), OutputError> {
        let path = self.file.path().to_path_buf();
        let ftyp = encoded(&path, &file_type())?;
        let mut movie = self.movie();
        let mut moov = encoded(&path, &movie)?;
        if let Some(marking) = self.mark.as_ref().filter(|mark| mark.is_part || !is_last)
            && moov.len() as u64 + marking.bytes() + LEAST_FREE_BYTES <= self.moov_room_bytes
        {
            movie.unknown_boxes.push(marking.mark.clone());
            moov = encoded(&path, &movie)?;
        }
        let free_bytes = self
            .moov_room_bytes
            .checked_sub(moov.len() as u64)
            .filter(|&left| left >= LEAST_FREE_BYTES)
            .ok_or_else(|| self.inconsistent("its tables exceed the room left for them"))?;
        // A `free` of more than 4 GiB, for a film of 268 million frames, has a longer header.
        let free_size = match u32::try_from(free_bytes) {
            Ok(size) => BoxSize::U32(size),
            Err(_) => BoxSize::U64(free_bytes),
        };
        let free = encoded(&path, &header(FreeBox::TYPE, free_size))?;
        let mdat_size = BoxSize::U64(self.end - self.mdat_offset);
        let mdat = encoded(&path, &header(MdatBox::TYPE, mdat_size))?;
        self.file.seek(0)?;
        let end = (ftyp.len() + moov.len() + free.len()) as u64;
        for part in [ftyp, moov, free] {
            self.file.write(&part)?;
        }
        // The bytes between are inside of `free`. An earlier head that had a mark may have been longer.
        if end < self.head_end {
            self.file.write(&vec![0; (self.head_end - end) as usize])?;
        }
        self.head_end = self.head_end.max(end);
        self.file.seek(self.mdat_offset)?;
        self.file.write(&mdat)?;
        self.file.flush()
    }

    fn inconsistent(&self, what: &str) -> OutputError {
        OutputError::Inconsistent {
            path: self.file.path().into(),
            what: what.into(),
        }
    }

    fn movie(&self) -> MoovBox {
        let mut movie = self.film();
        if !self.chapters.is_empty() {
            let (timescale, frame_ticks) = self.settings.ticks();
            let written = Written {
                frames: self.frames(),
                timescale,
                frame_ticks,
            };
            let offset = self.mdat_offset + MDAT_HEADER_BYTES;
            movie.mvhd_box.next_track_id += 1;
            for track in &mut movie.trak_boxes {
                track.unknown_boxes.push(text_track::reference());
            }
            movie
                .trak_boxes
                .push(text_track::track(&self.chapters, written, offset));
            movie.unknown_boxes.push(text_track::list(&self.chapters, written));
        }
        movie
    }

    /// The movie without its chapters.
    fn film(&self) -> MoovBox {
        let (timescale, _) = self.settings.ticks();
        let duration = self.duration_ticks();
        MoovBox {
            mvhd_box: MvhdBox {
                creation_time: Mp4FileTime::default(),
                modification_time: Mp4FileTime::default(),
                // The track's own: every length is exact.
                timescale,
                duration,
                rate: MvhdBox::DEFAULT_RATE,
                volume: MvhdBox::DEFAULT_VOLUME,
                matrix: MvhdBox::DEFAULT_MATRIX,
                next_track_id: 2,
            },
            trak_boxes: vec![TrakBox {
                tkhd_box: TkhdBox {
                    flag_track_enabled: true,
                    flag_track_in_movie: true,
                    flag_track_in_preview: false,
                    flag_track_size_is_aspect_ratio: false,
                    creation_time: Mp4FileTime::default(),
                    modification_time: Mp4FileTime::default(),
                    track_id: 1,
                    duration,
                    layer: TkhdBox::DEFAULT_LAYER,
                    alternate_group: TkhdBox::DEFAULT_ALTERNATE_GROUP,
                    volume: TkhdBox::DEFAULT_VIDEO_VOLUME,
                    matrix: TkhdBox::DEFAULT_MATRIX,
                    // At most `i16::MAX`: see `create`.
                    width: FixedPointNumber::new(self.settings.width as i16, 0),
                    height: FixedPointNumber::new(self.settings.height as i16, 0),
                },
                edts_box: None,
                mdia_box: MdiaBox {
                    mdhd_box: MdhdBox {
                        creation_time: Mp4FileTime::default(),
                        modification_time: Mp4FileTime::default(),
                        timescale,
                        duration,
                        language: LanguageCode::UNDEFINED,
                    },
                    hdlr_box: HdlrBox {
                        handler_type: HdlrBox::HANDLER_TYPE_VIDE,
                        name: b"VideoHandler\0".to_vec(),
                    },
                    minf_box: MinfBox {
                        media_header: Some(MediaHeader::Vmhd(VmhdBox::default())),
                        dinf_box: DinfBox::LOCAL_FILE,
                        stbl_box: self.tables(),
                        unknown_boxes: Vec::new(),
                    },
                    unknown_boxes: Vec::new(),
                },
                unknown_boxes: Vec::new(),
            }],
            mvex_box: None,
            unknown_boxes: Vec::new(),
        }
    }

    fn duration_ticks(&self) -> u64 {
        let (_, frame_ticks) = self.settings.ticks();
        self.frames() * u64::from(frame_ticks)
    }

    fn tables(&self) -> StblBox {
        let (_, frame_ticks) = self.settings.ticks();
        let sync_frames = self
            .chunks
            .iter()
            .filter_map(|chunk| NonZeroU32::new(chunk.first_frame))
            .collect();
        StblBox {
            stsd_box: StsdBox {
                entries: vec![SampleEntry::Avc1(self.sample_entry())],
            },
            stts_box: SttsBox {
                entries: vec![SttsEntry {
                    sample_count: self.sizes.len() as u32,
                    sample_delta: frame_ticks,
                }],
            },
            ctts_box: None,
            cslg_box: None,
            stsc_box: self.frames_of_chunks(),
            stsz_box: StszBox::Variable {
                entry_sizes: self.sizes.clone(),
            },
            stco_or_co64_box: Either::B(Co64Box {
                chunk_offsets: self.chunks.iter().map(|chunk| chunk.offset).collect(),
            }),
            stss_box: Some(StssBox {
                sample_numbers: sync_frames,
            }),
            sdtp_box: None,
            unknown_boxes: Vec::new(),
        }
    }

    /// `stsc`: an entry for each chunk whose number of frames is not that of the chunk before.
    fn frames_of_chunks(&self) -> StscBox {
        let mut entries: Vec<StscEntry> = Vec::new();
        for (number, chunk) in (1..).zip(&self.chunks) {
            let changed = entries
                .last()
                .is_none_or(|entry| entry.sample_per_chunk != chunk.frames);
            if let (true, Some(first_chunk)) = (changed, NonZeroU32::new(number)) {
                entries.push(StscEntry {
                    first_chunk,
                    sample_per_chunk: chunk.frames,
                    sample_description_index: NonZeroU32::MIN,
                });
            }
        }
        StscBox { entries }
    }

    fn sample_entry(&self) -> Avc1Box {
        let (mut sps, pps) = self.parameter_sets.clone().unwrap_or_default();
        // Now that the length of every picture is known; no other copy of the SPS is in the file.
        let size_px = [self.settings.width, self.settings.height];
        if let Some(level) = sps.get_mut(3) {
            *level = level_of_film(size_px, self.settings.fps, &self.sizes).max(*level);
        }
        let byte = |index: usize| sps.get(index).copied().unwrap_or(0);
        Avc1Box {
            visual: VisualSampleEntryFields {
                data_reference_index: VisualSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
                width: self.settings.width as u16,
                height: self.settings.height as u16,
                horizresolution: VisualSampleEntryFields::DEFAULT_HORIZRESOLUTION,
                vertresolution: VisualSampleEntryFields::DEFAULT_VERTRESOLUTION,
                frame_count: VisualSampleEntryFields::DEFAULT_FRAME_COUNT,
                compressorname: VisualSampleEntryFields::NULL_COMPRESSORNAME,
                depth: VisualSampleEntryFields::DEFAULT_DEPTH,
            },
            // ISO/IEC 14496-15, 5.3.3.1: profile, compatibility and level repeat the SPS. The
            // encoder writes (Constrained) Baseline, whose avcC ends after the PPS.
            avcc_box: AvccBox {
                avc_profile_indication: byte(1),
                profile_compatibility: byte(2),
                avc_level_indication: byte(3),
                length_size_minus_one: Uint::new(3),
                sps_list: vec![sps],
                pps_list: vec![pps],
                chroma_format: None,
                bit_depth_luma_minus8: None,
                bit_depth_chroma_minus8: None,
                sps_ext_list: Vec::new(),
            },
            unknown_boxes: vec![colour(), square_pixels()],
        }
    }
}

/// `colr` (ISO/IEC 14496-12, 12.1.5): primaries, transfer and matrix are 1, BT.709 (ITU-T H.273,
/// tables 2 to 4), and the last byte's top bit is 0, limited range.
fn colour() -> UnknownBox {
    small_box(*b"colr", b"nclx\0\x01\0\x01\0\x01\0")
}

/// `pasp` (ISO/IEC 14496-12, 12.1.4): pixels as wide as high.
fn square_pixels() -> UnknownBox {
    small_box(*b"pasp", b"\0\0\0\x01\0\0\0\x01")
}

fn file_type() -> FtypBox {
    FtypBox {
        major_brand: Brand::ISOM,
        minor_version: 512,
        compatible_brands: vec![Brand::ISOM, Brand::ISO2, Brand::AVC1, Brand::MP41],
    }
}

fn header(box_type: BoxType, box_size: BoxSize) -> BoxHeader {
    BoxHeader { box_type, box_size }
}

fn encoded(path: &Path, part: &impl Encode) -> Result<Vec<u8>, OutputError> {
    part.encode_to_vec().map_err(|error| OutputError::Inconsistent {
        path: path.into(),
        what: error.to_string(),
    })
}

/// Cuts the film that a killed run left down to the frames that its tables list, so that it plays; returns
/// their number. `None` where it lists none, or is no film of [`Mp4Writer`].
///
/// # Errors
/// Those of the system.
pub fn salvage(file: &mut File) -> io::Result<Option<u64>> {
    let mut at = 0;
    let mut moov = Vec::new();
    for name in [b"ftyp", b"moov", b"free", b"mdat"] {
        let Some((payload, end)) = box_at(file, at, name)? else {
            return Ok(None);
        };
        match name {
            b"moov" => {
                file.seek(SeekFrom::Start(payload))?;
                file.by_ref().take(end - payload).read_to_end(&mut moov)?;
            }
            b"mdat" => {
                let Some(sizes) = sample_sizes(&moov).filter(|sizes| !sizes.is_empty()) else {
                    return Ok(None);
                };
                let Some(first_frame) = first_chunk(&moov) else {
                    return Ok(None);
                };
                let total_bytes: u64 = sizes.iter().map(|&size| u64::from(size)).sum();
                let is_film = first_frame >= payload && first_frame.checked_add(total_bytes) == Some(end);
                if !is_film || file.metadata()?.len() < end {
                    return Ok(None);
                }
                file.set_len(end)?;
                return Ok(Some(sizes.len() as u64));
            }
            _ => {}
        }
        at = end;
    }
    Ok(None)
}

/// The start of the payload of the box at `at`, and the end of the box, if it has this name.
fn box_at(file: &mut File, at: u64, name: &[u8; 4]) -> io::Result<Option<(u64, u64)>> {
    let mut header = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    file.by_ref().take(MDAT_HEADER_BYTES).read_to_end(&mut header)?;
    let Some((size, rest)) = header.split_first_chunk::<4>() else {
        return Ok(None);
    };
    let Some(rest) = rest.strip_prefix(name) else {
        return Ok(None);
    };
    // A length of 1 says that a 64-bit one follows (ISO/IEC 14496-12, 4.2).
    let (header_bytes, size) = match (u32::from_be_bytes(*size), rest.first_chunk::<8>()) {
        (1, Some(size)) => (16, u64::from_be_bytes(*size)),
        (size, _) => (8, size.into()),
    };
    let end = at.checked_add(size).filter(|_| size >= header_bytes);
    Ok(end.map(|end| (at + header_bytes, end)))
}

/// The lengths that `stsz` of the first track lists (ISO/IEC 14496-12, 8.7.3), in the payload of a `moov`.
fn sample_sizes(moov: &[u8]) -> Option<Vec<u32>> {
    let (sizes, _) = table(moov, b"stsz")?.get(12..)?.as_chunks::<4>();
    Some(sizes.iter().map(|&size| u32::from_be_bytes(size)).collect())
}

/// The place of the first track's first frame in the file (`co64`, 8.7.5).
fn first_chunk(moov: &[u8]) -> Option<u64> {
    let offset = table(moov, b"co64")?.get(8..)?.first_chunk::<8>()?;
    Some(u64::from_be_bytes(*offset))
}

/// The payload of a table of the first track.
fn table<'a>(moov: &'a [u8], table: &[u8; 4]) -> Option<&'a [u8]> {
    let mut inside = moov;
    for name in [b"trak", b"mdia", b"minf", b"stbl", table] {
        inside = child(inside, name)?;
    }
    Some(inside)
}

/// The payload of the first box of this name among those that `boxes` holds.
fn child<'a>(mut boxes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    loop {
        let (size, rest) = boxes.split_first_chunk::<4>()?;
        let payload_bytes = (u32::from_be_bytes(*size) as usize).checked_sub(8)?;
        let (found, rest) = rest.split_first_chunk::<4>()?;
        let (payload, rest) = rest.split_at_checked(payload_bytes)?;
        if found == name {
            return Some(payload);
        }
        boxes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::h264::{H264Settings, SegmentEncoder, Starters};
    use crate::output::pixels::I420;
    use crate::output::testing::{PATCHES, decode, names_in, noise, number_of, numbered_picture, probe, run, segment};
    use std::fs;

    const WIDTH: u32 = 320;
    const HEIGHT: u32 = 192;

    fn settings(fps: (u32, u32)) -> (H264Settings, Mp4Settings) {
        let encoder = H264Settings::new(WIDTH, HEIGHT, fps, 70).unwrap();
        let container = Mp4Settings {
            width: WIDTH,
            height: HEIGHT,
            fps,
        };
        (encoder, container)
    }

    /// A film in the making of numbered pictures, each pair of bounds by an encoder of its own.
    fn film(path: &Path, fps: (u32, u32), segments: &[(u32, u32)]) -> Mp4Writer {
        let (encoder, container) = settings(fps);
        let mut writer = Mp4Writer::create(path, false, container, 1000, &[], None).unwrap();
        for &(start, end) in segments {
            writer.write_segment(&segment(&encoder, start..end)).unwrap();
        }
        writer
    }

    fn numbers(path: &Path) -> Vec<u32> {
        let pictures = decode(path, WIDTH, HEIGHT);
        pictures.iter().map(|luma| number_of(luma, WIDTH)).collect()
    }

    /// Names and lengths of the boxes at the top of a file.
    fn top_boxes(path: &Path) -> Vec<(String, u64)> {
        use std::io::{Read as _, Seek as _, SeekFrom};
        let mut file = fs::File::open(path).unwrap();
        let end = file.metadata().unwrap().len();
        let (mut at, mut found) = (0, Vec::new());
        while at < end {
            let mut header = [0; 16];
            file.seek(SeekFrom::Start(at)).unwrap();
            file.read_exact(&mut header).unwrap();
            let name = String::from_utf8(header[4..8].to_vec()).unwrap();
            let size = match u32::from_be_bytes(header[..4].try_into().unwrap()) {
                1 => u64::from_be_bytes(header[8..].try_into().unwrap()),
                size => size.into(),
            };
            found.push((name, size));
            at += size;
        }
        assert_eq!(at, end);
        found
    }

    #[test]
    fn segments_of_three_encoders_join_to_one_film() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let writer = film(&path, (25, 1), &[(0, 10), (10, 20), (20, 23)]);
        assert_eq!(writer.frames(), 23);
        assert!(!path.exists(), "not before it is whole");
        let finished = writer.finish().unwrap();
        assert_eq!((finished.frames, &finished.path), (23, &path));
        assert_eq!(finished.bytes, fs::metadata(&path).unwrap().len());
        assert_eq!(names_in(folder.path()), ["film.mp4"]);
        assert_eq!(numbers(&path), (0..23).collect::<Vec<_>>());
    }

    #[test]
    fn the_picture_that_comes_out_is_the_one_that_went_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        film(&path, (25, 1), &[(0, 10), (10, 20)]).finish().unwrap();
        for (number, got) in (0..).zip(decode(&path, WIDTH, HEIGHT)) {
            let want = numbered_picture(WIDTH, HEIGHT, number);
            let want = [want.y(), want.u(), want.v()].concat();
            let squares: f64 = (got.iter().zip(&want))
                .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
                .sum();
            let error = (squares / want.len() as f64).sqrt();
            assert!(error < 1.5, "frame {number}: {error} steps");
        }
    }

    #[test]
    fn players_show_the_colours_that_were_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        film(&path, (25, 1), &[(0, 2)]).finish().unwrap();
        // To RGB by the tags in the file, as a player does.
        let arguments = ["-i", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
        let rgb = run("ffmpeg", &arguments, &path).stdout;
        for (index, want) in PATCHES.iter().enumerate() {
            let x = WIDTH as usize * (2 * index + 1) / (2 * PATCHES.len());
            let at = (120 * WIDTH as usize + x) * 3;
            for (got, want) in rgb[at..at + 3].iter().zip(want) {
                assert!(got.abs_diff(*want) <= 5, "patch {index}: {got} for {want}");
            }
        }
    }

    #[test]
    fn the_stream_and_the_container_say_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        film(&path, (25, 1), &[(0, 10), (10, 13)]).finish().unwrap();
        let said = probe(&path);
        for line in [
            "codec_name=h264",
            "profile=Constrained Baseline",
            "codec_tag_string=avc1",
            "width=320",
            "height=192",
            "pix_fmt=yuv420p",
            "color_range=tv",
            "color_space=bt709",
            "color_transfer=bt709",
            "color_primaries=bt709",
            "chroma_location=center",
            "sample_aspect_ratio=1:1",
            "has_b_frames=0",
            "r_frame_rate=25/1",
            "avg_frame_rate=25/1",
            "time_base=1/12800",
            "start_pts=0",
            "duration_ts=6656",
            "nb_frames=13",
        ] {
            assert!(said.lines().any(|said| said == line), "{line} in {said}");
        }
        // The container, and then the stream alone: with the container's word made unreadable.
        let mut bytes = fs::read(&path).unwrap();
        let colour = b"\0\0\0\x13colrnclx\0\x01\0\x01\0\x01\0";
        let at = bytes.windows(colour.len()).position(|window| window == colour).unwrap();
        bytes[at + 4..at + 8].copy_from_slice(b"skip");
        fs::write(&path, bytes).unwrap();
        let said = probe(&path);
        for line in [
            "color_range=tv",
            "color_space=bt709",
            "color_transfer=bt709",
            "color_primaries=bt709",
            "chroma_location=center",
        ] {
            assert!(said.lines().any(|said| said == line), "{line} in {said}");
        }
    }

    fn chapters() -> Vec<Chapter> {
        let chapter = |first_frame, title: &str| Chapter {
            first_frame,
            title: title.to_owned(),
        };
        vec![
            chapter(0, "July 2013"),
            chapter(4, "Scan: 東京 & <b>"),
            chapter(10, &"ü".repeat(200)),
            chapter(17, "not reached by a part"),
        ]
    }

    /// The chapters that ffprobe lists: where they begin and end in milliseconds, and their titles.
    fn listed(path: &Path) -> Vec<(u64, u64, String)> {
        let said = run("ffprobe", &["-v", "error", "-show_chapters", "-of", "json", "-i"], path).stdout;
        let said: serde_json::Value = serde_json::from_slice(&said).unwrap();
        let ms = |value: &serde_json::Value| (value.as_str().unwrap().parse::<f64>().unwrap() * 1e3).round() as u64;
        let chapters = said["chapters"].as_array().unwrap().iter();
        chapters
            .map(|chapter| {
                let title = chapter["tags"]["title"].as_str().unwrap().to_owned();
                (ms(&chapter["start_time"]), ms(&chapter["end_time"]), title)
            })
            .collect()
    }

    #[test]
    fn players_list_the_chapters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let (encoder, container) = settings((25, 1));
        let mut writer = Mp4Writer::create(&path, false, container, 1000, &chapters(), None).unwrap();
        for (start, end) in [(0, 10), (10, 20)] {
            writer.write_segment(&segment(&encoder, start..end)).unwrap();
        }
        writer.finish().unwrap();
        assert_eq!(numbers(&path), (0..20).collect::<Vec<_>>());
        let whole = [
            (0, 160, "July 2013".to_owned()),
            (160, 400, "Scan: 東京 & <b>".to_owned()),
            (400, 680, "ü".repeat(200)),
            (680, 800, "not reached by a part".to_owned()),
        ];
        assert_eq!(listed(&path), whole);
        let bytes = fs::read(&path).unwrap();
        let without = |name: &[u8; 4]| {
            let at = bytes.windows(4).position(|window| window == name).unwrap();
            let mut bytes = bytes.clone();
            bytes[at..at + 4].copy_from_slice(b"skip");
            fs::write(&path, bytes).unwrap();
            listed(&path)
        };
        // The text track alone, and the list alone, whose titles have 255 bytes.
        assert_eq!(without(b"chpl"), whole);
        let mut list = whole.clone();
        list[2].2 = "ü".repeat(127);
        let alone = without(b"tref");
        let starts = |chapters: &[(u64, u64, String)]| -> Vec<(u64, String)> {
            chapters
                .iter()
                .map(|(start, _, title)| (*start, title.clone()))
                .collect()
        };
        assert_eq!(starts(&alone), starts(&list));
        fs::write(&path, &bytes).unwrap();
        // The film's stream is the first, and the other is not shown.
        let said = run("ffprobe", &["-v", "error", "-show_streams", "-of", "json", "-i"], &path).stdout;
        let said: serde_json::Value = serde_json::from_slice(&said).unwrap();
        assert_eq!(said["streams"][0]["codec_name"], "h264");
        assert_eq!(said["streams"][1]["disposition"]["default"], 0);
    }

    #[test]
    fn a_film_cut_short_has_the_chapters_that_begin_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let (encoder, container) = settings((25, 1));
        let mut writer = Mp4Writer::create(&path, false, container, 1000, &chapters(), None).unwrap();
        writer.write_segment(&segment(&encoder, 0..12)).unwrap();
        // What a killed run would leave now.
        let killed = folder.path().join("killed.mp4");
        fs::copy(writer.file.temporary_path(), &killed).unwrap();
        let finished = writer.finish_partial().unwrap().unwrap();
        let part = [
            (0, 160, "July 2013".to_owned()),
            (160, 400, "Scan: 東京 & <b>".to_owned()),
            (400, 480, "ü".repeat(200)),
        ];
        assert_eq!(listed(&finished.path), part);
        let mut file = File::options().read(true).write(true).open(&killed).unwrap();
        assert_eq!(salvage(&mut file).unwrap(), Some(12));
        assert_eq!((listed(&killed), numbers(&killed)), (part.to_vec(), (0..12).collect()));
    }

    #[test]
    fn there_is_room_for_many_chapters_of_long_titles() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let (encoder, container) = settings((25, 1));
        let many: Vec<Chapter> = (0..300)
            .map(|number| Chapter {
                first_frame: number / 30,
                title: "long ".repeat(200),
            })
            .collect();
        let mut writer = Mp4Writer::create(&path, false, container, 10, &many, None).unwrap();
        writer.write_segment(&segment(&encoder, 0..10)).unwrap();
        writer.finish().unwrap();
        assert_eq!(numbers(&path), (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn the_level_is_the_films() {
        let folder = tempfile::tempdir().unwrap();
        let (width, height) = (320, 180);
        // Still ground, and noise in a part of it that exceeds what level 1.2 has room for, and not 1.3 in two seconds.
        for (noisy, want) in [(0, "level=12"), (90, "level=13")] {
            let path = folder.path().join(format!("{noisy}.mp4"));
            let settings = H264Settings::new(width, height, (25, 1), 100).unwrap();
            let container = Mp4Settings {
                width,
                height,
                fps: (25, 1),
            };
            let mut writer = Mp4Writer::create(&path, false, container, 1000, &[], None).unwrap();
            let mut picture = I420::new(width, height);
            for start in [0, 25] {
                let mut encoder = SegmentEncoder::new(&settings, &Starters::default());
                for number in start..start + 25 {
                    let mut shades = noise(number);
                    let rgba: Vec<u8> = (0..width * height)
                        .flat_map(|at| {
                            let is_noisy = at % width < noisy && at / width < noisy;
                            let shade = if is_noisy {
                                (shades.next().unwrap() >> 26) as u8
                            } else {
                                40
                            };
                            [shade, shade, shade, 255]
                        })
                        .collect();
                    picture.fill_from_rgba(&rgba, width as usize * 4);
                    encoder.encode(&picture).unwrap();
                }
                writer.write_segment(&encoder.finish()).unwrap();
            }
            let finished = writer.finish().unwrap();
            let said = probe(&path);
            let kbit_per_sec = finished.bytes * 8 / 1000 / 2;
            assert!(
                said.lines().any(|said| said == want),
                "{want} for {kbit_per_sec} kbit/s in {said}"
            );
            // The container repeats the profile, the constraints and the level of the stream.
            let bytes = fs::read(&path).unwrap();
            let at = bytes.windows(4).position(|window| window == b"avcC").unwrap();
            assert_eq!(bytes[at + 5..at + 8], bytes[at + 13..at + 16]);
        }
    }

    #[test]
    fn it_starts_to_play_before_it_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        film(&path, (25, 1), &[(0, 10), (10, 13)]).finish().unwrap();
        let found = top_boxes(&path);
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ftyp", "moov", "free", "mdat"]);
        let moov_bytes = found[1].1;
        assert!(moov_bytes < 1000, "{moov_bytes}: MOOV_BASE_BYTES is generous");
    }

    #[test]
    fn the_tables_of_the_most_segments_fit_their_room() {
        let folder = tempfile::tempdir().unwrap();
        let (encoder, container) = settings((25, 1));
        let (pair, three) = (segment(&encoder, 0..2), segment(&encoder, 0..3));
        // Alternating lengths: no two chunks share an entry of `stsc`.
        let path = folder.path().join("film.mp4");
        let mut writer = Mp4Writer::create(&path, false, container, 2000, &[], None).unwrap();
        for _ in 0..400 {
            writer.write_segment(&pair).unwrap();
            writer.write_segment(&three).unwrap();
        }
        assert_eq!(writer.finish().unwrap().frames, 2000);
        let film = numbers(&path);
        assert_eq!(film, [0, 1, 0, 1, 2].repeat(400));
        // The most: every segment a pair. The shortest film too.
        for pairs in [1, 1000] {
            let path = folder.path().join(format!("{pairs}.mp4"));
            let mut writer = Mp4Writer::create(&path, false, container, pairs * 2, &[], None).unwrap();
            for _ in 0..pairs {
                writer.write_segment(&pair).unwrap();
            }
            writer.finish().unwrap();
            assert_eq!(numbers(&path), [0, 1].repeat(pairs as usize));
        }
    }

    #[test]
    fn a_film_of_one_frame_plays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        film(&path, (25, 1), &[(5, 6)]).finish().unwrap();
        assert_eq!(numbers(&path), [5]);
    }

    #[test]
    fn a_last_segment_of_one_frame_plays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        film(&path, (25, 1), &[(0, 3), (3, 4)]).finish().unwrap();
        assert_eq!(numbers(&path), [0, 1, 2, 3]);
    }

    #[test]
    fn frame_rates_are_exact() {
        for (fps, rate, time_base, duration_ts) in [
            ((30_000, 1001), "30000/1001", "1/30000", 3003),
            ((25, 2), "25/2", "1/12800", 3 * 1024),
            ((60, 1), "60/1", "1/15360", 3 * 256),
            ((1, 10), "1/10", "1/16384", 3 * 163_840),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("film.mp4");
            film(&path, fps, &[(0, 2), (2, 3)]).finish().unwrap();
            let said = probe(&path);
            for line in [
                format!("r_frame_rate={rate}"),
                format!("avg_frame_rate={rate}"),
                format!("time_base={time_base}"),
                format!("duration_ts={duration_ts}"),
            ] {
                assert!(said.lines().any(|said| said == line), "{line} in {said}");
            }
        }
    }

    #[test]
    fn odd_multiples_of_a_macroblock_are_cropped_to_size() {
        let (width, height) = (1048, 106);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let encoder = H264Settings::new(width, height, (25, 1), 70).unwrap();
        let container = Mp4Settings {
            width,
            height,
            fps: (25, 1),
        };
        let mut writer = Mp4Writer::create(&path, false, container, 3, &[], None).unwrap();
        writer.write_segment(&segment(&encoder, 0..3)).unwrap();
        writer.finish().unwrap();
        let pictures = decode(&path, width, height);
        let numbers: Vec<_> = pictures.iter().map(|luma| number_of(luma, width)).collect();
        assert_eq!(numbers, [0, 1, 2]);
    }

    #[test]
    fn a_film_cut_short_plays_under_the_first_name_that_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        fs::create_dir(folder.path().join("film.partial.mp4")).unwrap();
        fs::write(folder.path().join("film.partial-2.mp4"), b"an older one").unwrap();
        let writer = film(&path, (25, 1), &[(0, 10), (10, 14)]);
        let finished = writer.finish_partial().unwrap().unwrap();
        let partial = folder.path().join("film.partial-3.mp4");
        assert_eq!((finished.frames, &finished.path), (14, &partial));
        let names = ["film.partial-2.mp4", "film.partial-3.mp4", "film.partial.mp4"];
        assert_eq!(names_in(folder.path()), names);
        assert_eq!(numbers(&partial), (0..14).collect::<Vec<_>>());
        assert_eq!(top_boxes(&partial)[1].0, "moov");
    }

    #[test]
    fn what_a_killed_run_left_is_cut_to_the_frames_that_play() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let left = folder.path().join("left.mp4");
        let hidden = |writer: &Mp4Writer| fs::read(writer.file.temporary_path()).unwrap();
        let writer = film(&path, (25, 1), &[]);
        fs::write(&left, hidden(&writer)).unwrap();
        let mut file = File::options().read(true).write(true).open(&left).unwrap();
        assert_eq!(salvage(&mut file).unwrap(), None, "no frame yet");

        let writer = film(&path, (25, 1), &[(0, 10), (10, 14)]);
        fs::write(&left, [hidden(&writer), vec![7; 1000]].concat()).unwrap();
        assert_eq!(salvage(&mut file).unwrap(), Some(14));
        assert_eq!(numbers(&left), (0..14).collect::<Vec<_>>());
        let sound = fs::read(&left).unwrap();
        fs::write(&left, &sound[..sound.len() - 1]).unwrap();
        assert_eq!(salvage(&mut file).unwrap(), None, "a frame that is not whole");
        fs::write(&left, b"no film").unwrap();
        assert_eq!(salvage(&mut file).unwrap(), None);
    }

    #[test]
    fn a_film_cut_before_its_first_frame_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let writer = film(&path, (25, 1), &[(3, 3)]);
        assert_eq!(writer.finish_partial().unwrap(), None);
        let error = film(&path, (25, 1), &[]).finish().unwrap_err();
        assert!(matches!(error, OutputError::NoFrames { .. }), "{error}");
        assert!(names_in(folder.path()).is_empty());
    }

    #[test]
    fn an_existing_film_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        fs::write(&path, b"old").unwrap();
        let (encoder, container) = settings((25, 1));
        let error = Mp4Writer::create(&path, false, container, 5, &[], None).unwrap_err();
        assert!(matches!(error, OutputError::Exists { .. }), "{error}");
        let mut writer = Mp4Writer::create(&path, true, container, 5, &[], None).unwrap();
        writer.write_segment(&segment(&encoder, 0..2)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        writer.finish().unwrap();
        assert_eq!(numbers(&path), [0, 1]);
    }

    #[test]
    fn pieces_that_do_not_fit_are_refused_and_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let (encoder, container) = settings((25, 1));
        let other = H264Settings::new(WIDTH * 2, HEIGHT, (25, 1), 70).unwrap();
        for (first, second, what) in [
            (segment(&encoder, 0..3), segment(&other, 0..3), "parameter"),
            (segment(&encoder, 0..3), segment(&encoder, 3..9), "announced"),
        ] {
            let mut writer = Mp4Writer::create(&path, false, container, 7, &[], None).unwrap();
            writer.write_segment(&first).unwrap();
            let error = writer.write_segment(&second).unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
            drop(writer);
            assert!(names_in(folder.path()).is_empty());
        }
        for frames in [0, u64::from(u32::MAX) + 1] {
            assert!(Mp4Writer::create(&path, false, container, frames, &[], None).is_err());
        }
        assert!(names_in(folder.path()).is_empty());
    }

    #[test]
    fn the_same_film_is_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a.mp4", "b.mp4"].map(|name| {
            let path = folder.path().join(name);
            film(&path, (25, 1), &[(0, 4), (4, 7)]).finish().unwrap();
            fs::read(path).unwrap()
        });
        assert_eq!(a, b);
    }

    #[test]
    fn more_than_4_gib_plays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let (encoder, _) = settings((25, 1));
        let mut writer = film(&path, (25, 1), &[(0, 5)]);
        // A hole instead of an hour of film; it takes no room on the disk.
        writer.end += 5 << 30;
        let end = writer.end;
        writer.file.seek(end).unwrap();
        writer.write_segment(&segment(&encoder, 5..9)).unwrap();
        let finished = writer.finish().unwrap();
        assert!(finished.bytes > 5 << 30);
        assert_eq!(top_boxes(&path).last().unwrap().0, "mdat");
        assert_eq!(numbers(&path), (0..9).collect::<Vec<_>>());
    }

    /// The system's limit on a file's length stands for a full disk: it strikes in mid-film, and
    /// needs no disk of its own. The film is made by this test again, under that limit.
    #[cfg(unix)]
    #[test]
    fn a_disk_that_fills_up_leaves_nothing() {
        const FOLDER: &str = "PORTBLOOM_TEST_FULL_DISK";
        let name = "a_disk_that_fills_up_leaves_nothing";
        if let Some(folder) = std::env::var_os(FOLDER) {
            let (encoder, container) = settings((25, 1));
            let path = Path::new(&folder).join("film.mp4");
            let mut writer = Mp4Writer::create(&path, false, container, 100_000, &[], None).unwrap();
            let piece = segment(&encoder, 0..30);
            let error = (0..3000).find_map(|_| writer.write_segment(&piece).err()).unwrap();
            assert!(matches!(error, OutputError::NoRoom { .. }), "{error}");
            assert!(!error.to_string().contains('\n'), "one line: {error}");
            drop(writer);
            assert!(names_in(Path::new(&folder)).is_empty());
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        // Without the trap the system ends the process.
        let script = format!("trap '' XFSZ; ulimit -f 8192; exec \"$0\" {name} --nocapture");
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .arg(std::env::current_exe().unwrap())
            .env(FOLDER, folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("1 passed"), "{said}");
        // Here the encoder had a stderr of its own to complain to.
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(!complaints.contains("OpenH264"), "{complaints}");
    }
}
