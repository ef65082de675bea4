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

/// The bytes of a box within the payload of another.
pub fn inner_box(name: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() + 8) as u32;
    [&length.to_be_bytes(), &name, payload].concat()
}
