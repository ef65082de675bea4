//! Lengths in the DELTA_BINARY_PACKED encoding, added up: what the texts of a page take, before a decoder
//! makes room for them. Source: "Encodings" (apache/parquet-format).

use super::cursor::Cursor;

/// Bytes that the texts of a page have together; none where its lengths are not sound.
///
/// `values` are the page's values of DELTA_LENGTH_BYTE_ARRAY, or of DELTA_BYTE_ARRAY if texts share
/// prefixes; `most` is how many there are at most.
pub(in crate::input::formats) fn text_bytes(values: &[u8], prefixed: bool, most: u64) -> Option<u64> {
    let mut cursor = Cursor::new(values);
    let prefixes = if prefixed { sum(&mut cursor, most)? } else { 0 };
    // Behind the suffixes' lengths there are their bytes.
    let suffixes = sum(&mut cursor, most)?;
    let left = (values.len() - cursor.at()) as u64;
    (suffixes <= left).then(|| prefixes.checked_add(suffixes)).flatten()
}

/// Reads lengths, `most` at most, none of which may be below 0, and adds them up.
fn sum(cursor: &mut Cursor<'_>, most: u64) -> Option<u64> {
    let (block, blocks) = (cursor.varint()?, cursor.varint()?);
    let mut left = cursor.varint()?;
    let mut last = cursor.zigzag()?;
    let each = block.checked_div(blocks).filter(|each| *each > 0 && each % 32 == 0)?;
    if left > most || block > 1 << 20 {
        return None;
    }
    let mut sum = 0_u64;
    let mut add = |length: i64| {
        sum = sum.checked_add(u64::try_from(length).ok().filter(|length| *length <= i32::MAX as u64)?)?;
        Some(())
    };
    if left > 0 {
        add(last)?;
        left -= 1;
    }
    while left > 0 {
        let least = cursor.zigzag()?;
        for width in cursor.take(usize::try_from(blocks).ok()?)? {
            if left == 0 {
                break;
            }
            let packed = cursor.take(usize::from(*width) * each as usize / 8)?;
            for number in 0..left.min(each) {
                last = last
                    .wrapping_add(least)
                    .wrapping_add(bits(packed, number, *width)? as i64);
                // Decoders compute in 32 bits.
                last = i64::from(last as i32);
                add(last)?;
                left -= 1;
            }
        }
    }
    Some(sum)
}

/// The number at an index among those that are packed in some bits each, the lowest first.
fn bits(packed: &[u8], index: u64, width: u8) -> Option<u64> {
    if width > 32 {
        return None;
    }
    let first = index * u64::from(width);
    let mut word = [0; 8];
    let from = packed.get((first / 8) as usize..).unwrap_or_default();
    let count = from.len().min(8);
    word[..count].copy_from_slice(&from[..count]);
    Some(u64::from_le_bytes(word) >> (first % 8) & ((1 << width) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_add_up_or_are_refused() {
        // A block of 128 in 4 of 32: the first is 5, two more are 6 and 8 (least difference 1, one bit each).
        let lengths = [128, 1, 4, 3, 10, 2, 1, 0, 0, 0, 0b10, 0, 0, 0];
        let page = |texts: usize| [&lengths[..], &vec![b'x'; texts]].concat();
        assert_eq!(text_bytes(&page(19), false, 3), Some(19));
        assert_eq!(text_bytes(&page(18), false, 3), None, "texts that end early");
        assert_eq!(text_bytes(&page(19), false, 2), None, "more than there are rows");
        assert_eq!(text_bytes(&lengths[..10], false, 3), None, "lengths that end early");
        let prefixed = [&lengths[..], &page(19)].concat();
        assert_eq!(text_bytes(&prefixed, true, 3), Some(38));
        // A length below 0, and more lengths than memory.
        assert_eq!(text_bytes(&[128, 1, 4, 1, 1], false, 3), None);
        assert_eq!(
            text_bytes(&[128, 1, 4, 255, 255, 255, 255, 255, 255, 127, 0], false, u64::MAX),
            None
        );
        assert_eq!(text_bytes(&[], false, 3), None);
    }
}
