//! What the parameter sets of an encoder say that other slices of the same stream must know
//! (ITU-T H.264 (08/2021), 7.3.2.1.1 and 7.3.2.2).
//!
//! Reads those of a constrained stream only: one slice a picture, CAVLC, frames, one reference.

use super::bits::BitReader;

/// What slice headers and macroblocks depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    /// Bits of `frame_num`.
    pub frame_num_bits: u32,
    /// Bits of `pic_order_cnt_lsb`, where order is told at all.
    pub order_bits: Option<u32>,
    /// Picture parameter set's number.
    pub set: u32,
    /// The quantiser before a slice's own difference.
    pub qp: i32,
    /// Whether slices say how edges are filtered.
    pub filter_control: bool,
}

impl Parameters {
    /// From the two NAL units, each with its header byte; `None` where slices would need more than
    /// is written here.
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
        let plain = references == 1
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
