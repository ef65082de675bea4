//! A segment's first picture, encoded by OpenH264 and decoded again.
//!
//! Owns the encoders that are kept from segment to segment. Knows nothing of the pictures that follow.

use std::sync::{Arc, Mutex, PoisonError};

use super::bits::{BitReader, BitWriter};
use super::parameters::{Parameters, sps_of_film};
use super::segment::{Segment, without_start_code};
use super::settings::H264Settings;
use crate::output::openh264::{Code, Decoder, OpenH264};
use crate::output::pixels::I420;

/// Type of a NAL unit that is an IDR slice (ITU-T H.264, Table 7-1).
const IDR_SLICE: u8 = 5;

/// Encoders of first pictures that wait for their next segment. Clones share them. At 1920x1080 a first
/// picture took 57 ms with an encoder and a decoder of its own, and each behind it 7 ms (measured
/// beside other work).
#[derive(Clone, Default)]
pub struct Starters {
    idle: Arc<Mutex<Vec<Starter>>>,
}

/// An encoder, and the decoder of its picture.
struct Starter {
    settings: H264Settings,
    encoder: OpenH264,
    decoder: Decoder,
}

/// The reason why there is no first picture.
pub(super) enum Failure {
    /// OpenH264 failed.
    Code(Code),
    /// OpenH264 wrote a stream that other pictures cannot be added to.
    Stream(&'static str),
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self::Code(code)
    }
}

impl Starters {
    /// Appends the picture and its parameter sets to a segment, and calls `go_on` with its parameters and its
    /// decoded planes: the samples of each, and their distance from row to row. The bytes do not depend on
    /// pictures that were encoded before.
    pub(super) fn start<T>(
        &self,
        settings: &H264Settings,
        picture: &I420,
        segment: &mut Segment,
        go_on: impl FnOnce(Parameters, [(&[u8], usize); 3]) -> T,
    ) -> Result<T, Failure> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop().filter(|starter| starter.settings == *settings);
        let mut starter = match kept {
            Some(starter) => starter,
            None => Starter {
                settings: settings.clone(),
                encoder: OpenH264::new(settings.encoder(settings.still_qp()))?,
                decoder: Decoder::new()?,
            },
        };
        let planes = [picture.y(), picture.u(), picture.v()];
        let is_coarse = starter.encoder.encode(planes).is_err();
        if is_coarse {
            // Noise takes more bytes than the encoder has room for: it is coded as coarsely as what moves.
            starter.encoder = OpenH264::new(settings.encoder(settings.qp))?;
            starter.encoder.encode(planes)?;
        }
        let mut units = Vec::new();
        let mut slices = Vec::new();
        for unit in starter.encoder.nal_units() {
            units.extend_from_slice(unit);
            let unit = without_start_code(unit);
            if unit.first().is_some_and(|header| header & 0x1F == IDR_SLICE) {
                slices.push(unit);
            } else {
                segment.push_nal(unit);
            }
        }
        let parameters = Parameters::read(&segment.sps, &segment.pps)
            .ok_or(Failure::Stream("parameter sets that only OpenH264 can follow"))?;
        segment.sps = sps_of_film(&segment.sps).ok_or(Failure::Stream("a parameter set that ends early"))?;
        for slice in slices {
            let slice = of_film(slice, parameters, 0).ok_or(Failure::Stream("a slice that ends early"))?;
            segment.push_nal(&slice);
        }
        let size = [picture.width() as usize, picture.height() as usize];
        let made = go_on(parameters, starter.decoder.decode(&units, size)?.planes);
        if !is_coarse {
            idle().push(starter);
        }
        Ok(made)
    }
}

/// The `idr_pic_id` of a segment's first picture; `None` where that cannot be read.
#[must_use]
pub fn idr_id(segment: &Segment) -> Option<u32> {
    let parameters = Parameters::read(&segment.sps, &segment.pps)?;
    let mut from = BitReader::new(first_picture(segment)?.get(1..)?);
    for _ in 0..3 {
        from.ue()?;
    }
    from.take(parameters.frame_num_bits)?;
    from.ue()
}

/// The segment with another `idr_pic_id`; `None` where it is none of the encoder here.
#[must_use]
pub fn with_idr_id(segment: &Segment, id: u32) -> Option<Segment> {
    let parameters = Parameters::read(&segment.sps, &segment.pps)?;
    let slice = of_film(first_picture(segment)?, parameters, id)?;
    let mut made = Segment {
        data: Vec::with_capacity(segment.data.len() + 8),
        sizes: segment.sizes.clone(),
        sps: segment.sps.clone(),
        pps: segment.pps.clone(),
    };
    made.push_nal(&slice);
    let first = made.sizes.first_mut()?;
    let rest = segment.data.get(*first as usize..)?;
    *first = u32::try_from(made.data.len()).ok()?;
    made.data.extend_from_slice(rest);
    Some(made)
}

/// The one NAL unit of a segment's first picture.
fn first_picture(segment: &Segment) -> Option<&[u8]> {
    let (length, rest) = segment.data.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length);
    let is_all = segment.sizes.first()?.checked_sub(4)? == length;
    let picture = rest.get(..length as usize).filter(|_| is_all)?;
    picture.first().filter(|header| *header & 0x1F == IDR_SLICE)?;
    Some(picture)
}

/// An IDR slice (7.3.3) with this `idr_pic_id`, in place of the number of its encoder's pictures before, and
/// kept as a long-term reference.
fn of_film(slice: &[u8], parameters: Parameters, id: u32) -> Option<Vec<u8>> {
    let (header, payload) = slice.split_first()?;
    let mut from = BitReader::new(payload);
    let mut to = BitWriter::default();
    // The first macroblock, the type, the parameter set.
    for _ in 0..3 {
        to.ue(from.ue()?);
    }
    to.put(from.take(parameters.frame_num_bits)?, parameters.frame_num_bits);
    from.ue()?;
    to.ue(id);
    if let Some(order_bits) = parameters.order_bits {
        to.put(from.take(order_bits)?, order_bits);
    }
    // `dec_ref_pic_marking`: pictures before are still shown, and this one stays.
    from.take(2)?;
    to.put(0b01, 2);
    from.copy_rest(&mut to);
    let mut made = Vec::with_capacity(slice.len() + 8);
    to.finish(*header, &mut made);
    Some(made)
}
