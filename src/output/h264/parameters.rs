//! Parameter sets: reads those of an encoder, as far as slices of the same stream depend on them, and writes
//! those of the film (ITU-T H.264 (08/2021), 7.3.2.1.1, 7.3.2.2 and E.1.1).
//!
//! Reads those of a constrained stream only: one slice a picture, CAVLC, frames, one reference, and in the film's two.

use super::bits::{BitReader, BitWriter};

/// The parameters that slice headers and macroblocks depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    /// Bits of `frame_num`.
    pub frame_num_bits: u32,
    /// Bits of `pic_order_cnt_lsb`; none where slices do not have it.
    pub order_bits: Option<u32>,
    /// Number of the picture parameter set.
    pub set: u32,
    /// The quantiser, to which each slice adds a difference.
    pub qp: i32,
    /// Whether slices have `disable_deblocking_filter_idc`.
    pub filter_control: bool,
}

impl Parameters {
    /// Reads the two NAL units, each with its header byte; `None` where slices would need syntax that is not
    /// written here.
    pub fn read(sps: &[u8], pps: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(sps.get(1..)?);
        // Baseline or main: later profiles have more in between.
        matches!(bits.take(8)?, 66 | 77).then_some(())?;
        bits.take(16)?;
        bits.ue()?;
        let frame_num_bits = bits.ue()? + 4;
        let order_bits = match bits.ue()? {
            0 => Some(bits.ue()? + 4),
            2 => None,
            _ => return None,
        };
        let references = bits.ue()?;
        bits.take(1)?;
        bits.ue()?;
        bits.ue()?;
        let frames_only = bits.take(1)? == 1;

        let mut bits = BitReader::new(pps.get(1..)?);
        let set = bits.ue()?;
        bits.ue()?;
        let cavlc = bits.take(1)? == 0;
        let order_of_fields = bits.take(1)? == 1;
        let groups = bits.ue()? + 1;
        let active = bits.ue()? + 1;
        bits.ue()?;
        let weighted = bits.take(1)? == 1;
        bits.take(2)?;
        let qp = 26 + bits.se()?;
        bits.se()?;
        let chroma_offset = bits.se()?;
        let filter_control = bits.take(1)? == 1;
        bits.take(1)?;
        let redundant = bits.take(1)? == 1;
        let plain = (1..=2).contains(&references)
            && frames_only
            && cavlc
            && !order_of_fields
            && groups == 1
            && active == 1
            && !weighted
            && chroma_offset == 0
            && !redundant;
        plain.then_some(Self {
            frame_num_bits,
            order_bits,
            set,
            qp,
            filter_control,
        })
    }
}

/// Makes the film's sequence parameter set of that of the encoder of first pictures, each with its header byte:
/// with one more reference, since first pictures are kept, and with a VUI that has the colours and the site
/// of chroma. `None` where that set ends early.
pub(super) fn sps_of_film(sps: &[u8]) -> Option<Vec<u8>> {
    let (header, payload) = sps.split_first()?;
    let (mut from, mut to) = (BitReader::new(payload), BitWriter::default());
    // Profile, constraints and level.
    to.put(from.take(24)?, 24);
    let copy = |from: &mut BitReader, to: &mut BitWriter, codes: u32| {
        (0..codes).try_for_each(|_| {
            to.ue(from.ue()?);
            Some(())
        })
    };
    // Its number, the length of frame numbers.
    copy(&mut from, &mut to, 2)?;
    let order_type = from.ue()?;
    to.ue(order_type);
    copy(&mut from, &mut to, u32::from(order_type == 0))?;
    to.ue(from.ue()? + 1);
    // Gaps in frame numbers; the size in macroblocks; frames alone, how B slices would be predicted.
    to.put(from.take(1)?, 1);
    copy(&mut from, &mut to, 2)?;
    to.put(from.take(2)?, 2);
    let is_cut = from.take(1)?;
    to.put(is_cut, 1);
    copy(&mut from, &mut to, 4 * is_cut)?;
    // A VUI, without a shape of pixels and overscan.
    to.put(0b100, 3);
    // Of no particular system, limited range, and primaries, transfer and matrix of BT.709 (Tables E-2 to
    // E-5).
    to.put(1, 1);
    to.put(5, 3);
    to.put(0b01, 2);
    for _ in 0..3 {
        to.put(1, 8);
    }
    // Chroma is sited in the middle of four samples of luma: type 1 of Figure E-1, for both fields.
    to.put(1, 1);
    to.ue(1);
    to.ue(1);
    // No times, no buffers, no structure of pictures.
    to.put(0b0000, 4);
    // Restrictions: vectors may cross edges, sizes are free, vectors are as long as may be, nothing is
    // reordered, two pictures are kept.
    to.put(0b11, 2);
    for value in [0, 0, 16, 16, 0, 2] {
        to.ue(value);
    }
    let mut made = Vec::new();
    to.finish(*header, &mut made);
    Some(made)
}
