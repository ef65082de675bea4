//! Chapters in MP4, in both of the ways that players know: a text track that the film's track refers to (`QuickTime`
//! File Format, "Chapter Lists"), and a list in `udta` (Nero's `chpl`, which is documented nowhere; ffmpeg and `MP4v2`
//! read and write it).

use shiguredo_mp4::boxes::{
    Co64Box, DinfBox, HdlrBox, MdhdBox, MdiaBox, MinfBox, SampleEntry, StblBox, StscBox, StscEntry, StsdBox, StszBox,
    SttsBox, SttsEntry, TkhdBox, TrakBox, UnknownBox,
};
use shiguredo_mp4::{Either, FixedPointNumber, LanguageCode, Mp4FileTime};
use std::num::NonZeroU32;

use super::boxes::{inner_box, small_box};
use crate::output::chapters::{Chapter, beginning, one_line, with_lengths};

/// Number of the text track; the film's is 1.
const TRACK_ID: u32 = 2;
/// Nero's list counts chapters in a byte, and the bytes of a title in one.
const MOST_NERO: usize = 255;
/// The bytes of a title in a sample, behind a length of 16 bits.
const MOST_TITLE_BYTES: usize = 4096;
/// Room for a text track and a list without chapters: 600 bytes were measured.
const BASE_BYTES: u64 = 2048;
/// `stts` 8 and `stsz` 4, and in the list 8 and 1.
const BYTES_PER_CHAPTER: u64 = 8 + 4 + 8 + 1;

/// The part of a film that is written, and its clock.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Frames so far.
    pub frames: u64,
    /// Ticks a second.
    pub timescale: NonZeroU32,
    /// Ticks of a frame.
    pub frame_ticks: u32,
}

/// Bytes that the tables of chapters take at most; none where there are none.
pub fn room_bytes(chapters: &[Chapter]) -> u64 {
    if chapters.is_empty() {
        return 0;
    }
    BASE_BYTES + chapters.len() as u64 * (BYTES_PER_CHAPTER + MOST_NERO as u64)
}

/// The samples of all chapters, one behind the other.
pub fn samples(chapters: &[Chapter]) -> Vec<u8> {
    chapters.iter().flat_map(|chapter| sample(&chapter.title)).collect()
}

/// A text, its length before it, and behind it the word that it is UTF-8.
fn sample(title: &str) -> Vec<u8> {
    let title = one_line(title);
    let title = beginning(&title, MOST_TITLE_BYTES);
    let length = title.len() as u16;
    let encoding = inner_box(*b"encd", b"\0\0\x01\0");
    [&length.to_be_bytes(), title.as_bytes(), &encoding].concat()
}

/// What the film's track says of the text track.
pub fn reference() -> UnknownBox {
    small_box(*b"tref", &inner_box(*b"chap", &TRACK_ID.to_be_bytes()))
}

/// Nero's list of the chapters that begin in what is written.
pub fn list(chapters: &[Chapter], written: Written) -> UnknownBox {
    let begun: Vec<_> = with_lengths(chapters, written.frames).take(MOST_NERO).collect();
    // Version 1, no flags, and four bytes that nobody uses.
    let mut payload = vec![1, 0, 0, 0, 0, 0, 0, 0, begun.len() as u8];
    for (chapter, _) in begun {
        let ticks = u128::from(chapter.first_frame) * u128::from(written.frame_ticks);
        // Units of 100 ns.
        let units = (ticks * 10_000_000 / u128::from(written.timescale.get())) as u64;
        let title = one_line(&chapter.title);
        let title = beginning(&title, MOST_NERO);
        payload.extend(units.to_be_bytes());
        payload.push(title.len() as u8);
        payload.extend(title.as_bytes());
    }
    small_box(*b"udta", &inner_box(*b"chpl", &payload))
}

/// The text track of the chapters that begin in what is written; its samples are at `offset` of the file.
pub fn track(chapters: &[Chapter], written: Written, offset: u64) -> TrakBox {
    let begun: Vec<_> = with_lengths(chapters, written.frames).collect();
    let duration = written.frames * u64::from(written.frame_ticks);
    let sizes: Vec<u32> = begun
        .iter()
        .map(|(chapter, _)| sample(&chapter.title).len() as u32)
        .collect();
    let times = begun.iter().map(|(_, length)| SttsEntry {
        sample_count: 1,
        // A chapter of days would end too early: its length is 32 bits.
        sample_delta: u32::try_from(length * u64::from(written.frame_ticks)).unwrap_or(u32::MAX),
    });
    TrakBox {
        tkhd_box: TkhdBox {
            // Disabled: it is no subtitle.
            flag_track_enabled: false,
            flag_track_in_movie: false,
            flag_track_in_preview: false,
            flag_track_size_is_aspect_ratio: false,
            creation_time: Mp4FileTime::default(),
            modification_time: Mp4FileTime::default(),
            track_id: TRACK_ID,
            duration,
            layer: TkhdBox::DEFAULT_LAYER,
            alternate_group: TkhdBox::DEFAULT_ALTERNATE_GROUP,
            volume: TkhdBox::DEFAULT_VIDEO_VOLUME,
            matrix: TkhdBox::DEFAULT_MATRIX,
            width: FixedPointNumber::new(0, 0),
            height: FixedPointNumber::new(0, 0),
        },
        edts_box: None,
        mdia_box: MdiaBox {
            mdhd_box: MdhdBox {
                creation_time: Mp4FileTime::default(),
                modification_time: Mp4FileTime::default(),
                timescale: written.timescale,
                duration,
                language: LanguageCode::UNDEFINED,
            },
            hdlr_box: HdlrBox {
                handler_type: HdlrBox::HANDLER_TYPE_TEXT,
                name: b"ChapterHandler\0".to_vec(),
            },
            minf_box: MinfBox {
                media_header: None,
                dinf_box: DinfBox::LOCAL_FILE,
                stbl_box: StblBox {
                    stsd_box: StsdBox {
                        entries: vec![SampleEntry::Unknown(text_entry())],
                    },
                    stts_box: SttsBox {
                        entries: times.collect(),
                    },
                    ctts_box: None,
                    cslg_box: None,
                    stsc_box: StscBox {
                        entries: vec![StscEntry {
                            first_chunk: NonZeroU32::MIN,
                            sample_per_chunk: sizes.len() as u32,
                            sample_description_index: NonZeroU32::MIN,
                        }],
                    },
                    stsz_box: StszBox::Variable { entry_sizes: sizes },
                    stco_or_co64_box: Either::B(Co64Box {
                        chunk_offsets: vec![offset],
                    }),
                    stss_box: None,
                    sdtp_box: None,
                    unknown_boxes: Vec::new(),
                },
                unknown_boxes: vec![text_header()],
            },
            unknown_boxes: Vec::new(),
        },
        unknown_boxes: Vec::new(),
    }
}

/// `text` in `stsd`: data reference 1, and a description of 43 bytes, whose texts are centred.
fn text_entry() -> UnknownBox {
    let mut payload = vec![0, 0, 0, 0, 0, 0, 0, 1];
    payload.extend([0, 0, 0, 0, 0, 0, 0, 1]);
    payload.extend([0; 35]);
    small_box(*b"text", &payload)
}

/// `gmhd`, the header of media that are neither picture nor sound: how it is blended (`ditherCopy`, with a colour
/// that counts for nothing), and the matrix of a text, which leaves it where it is.
fn text_header() -> UnknownBox {
    let info = b"\0\0\0\0\0\x40\x80\0\x80\0\x80\0\0\0\0\0";
    let matrix = [0x0001_0000_u32, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000].map(u32::to_be_bytes);
    let payload = [inner_box(*b"gmin", info), inner_box(*b"text", &matrix.concat())].concat();
    small_box(*b"gmhd", &payload)
}
