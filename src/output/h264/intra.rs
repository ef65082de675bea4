//! A segment's first picture: as OpenH264 encodes it, and as a decoder sees it.
//!
//! Owns what is kept from segment to segment. Knows nothing of the pictures that follow.

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

/// One encoder, and the decoder that tells what became of its picture.
struct Starter {
    settings: H264Settings,
    encoder: OpenH264,
    decoder: Decoder,
}

/// Why there is no first picture.
pub(super) enum Failure {
    /// OpenH264 says so.
    Code(Code),
    /// It wrote a stream that we cannot go on with.
    Stream(&'static str),
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self::Code(code)
    }
}

impl Starters {
    /// Appends the picture and its parameter sets to a segment, and hands its parameters and its planes as
    /// they are decoded, each with its samples from row to row, to `go_on`. The bytes do not depend
    /// on what was encoded before.
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
            // Noise, of which more is coded than the encoder has room for: as coarse as what moves.
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
            let slice = of_film(slice, parameters).ok_or(Failure::Stream("a slice that ends early"))?;
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

/// An IDR slice (7.3.3) with `idr_pic_id` 0, in place of the number of its encoder's pictures before, and
/// kept as a long-term reference.
fn of_film(slice: &[u8], parameters: Parameters) -> Option<Vec<u8>> {
    let (header, payload) = slice.split_first()?;
    let mut from = BitReader::new(payload);
    let mut to = BitWriter::default();
    // The first macroblock, the type, the parameter set.
    for _ in 0..3 {
        to.ue(from.ue()?);
    }
    to.put(from.take(parameters.frame_num_bits)?, parameters.frame_num_bits);
    from.ue()?;
    to.ue(0);
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
