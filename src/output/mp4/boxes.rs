//! Boxes of MP4 whose payload is made here.

use shiguredo_mp4::boxes::UnknownBox;
use shiguredo_mp4::{BoxSize, BoxType};

/// A box of a name and a payload.
pub fn small_box(name: [u8; 4], payload: &[u8]) -> UnknownBox {
    let box_type = BoxType::Normal(name);
    UnknownBox {
        box_type,
        box_size: BoxSize::with_payload_size(box_type, payload.len() as u64),
        payload: payload.to_vec(),
    }
}

/// The type of the box of a mark, a number drawn by lot (ISO/IEC 14496-12, 11.1).
const MARK: BoxType = BoxType::Uuid([
    0x3f, 0x1e, 0x6b, 0x0a, 0x52, 0xd7, 0x4c, 0x1b, 0x9d, 0x86, 0x7a, 0x21, 0xe4, 0x58, 0xc0, 0x93,
]);

/// The box of a mark, which is text.
pub fn mark_box(text: &[u8]) -> UnknownBox {
    UnknownBox {
        box_type: MARK,
        box_size: BoxSize::with_payload_size(MARK, text.len() as u64),
        payload: text.to_vec(),
    }
}

/// The text of a mark among boxes.
pub fn mark_in(boxes: &[UnknownBox]) -> Option<&[u8]> {
    let found = boxes.iter().find(|found| found.box_type == MARK);
    found.map(|found| found.payload.as_slice())
}

/// The bytes of a box within the payload of another.
pub fn inner_box(name: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() + 8) as u32;
    [&length.to_be_bytes(), &name, payload].concat()
}
