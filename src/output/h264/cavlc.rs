//! Coefficients of a block as CAVLC, context-adaptive variable-length codes (ITU-T H.264 (08/2021), 9.2).
//!
//! Owns the tables of codes. Knows no transform and no macroblock.

use super::bits::BitWriter;

/// The context of a block, by which its number of coefficients is guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// The mean of the blocks to the left and above, `nC`.
    Neighbours(u8),
    /// The four mean values of a chroma plane.
    ChromaDc,
}

/// A code: its length in bits, and the bits.
type Code = (u8, u8);

/// Table 9-5 by `nC`: 0 and 1, 2 and 3, 4 to 7, chroma DC. Rows are the coefficients of a block, 0 to 16,
/// columns the number of the last ones that are ±1, 0 to 3. From 8 on the code is 6 bits for both.
const COEFF_TOKEN: [[[Code; 4]; 17]; 3] = [
    [
        [(1, 1), (0, 0), (0, 0), (0, 0)],
        [(6, 5), (2, 1), (0, 0), (0, 0)],
        [(8, 7), (6, 4), (3, 1), (0, 0)],
        [(9, 7), (8, 6), (7, 5), (5, 3)],
        [(10, 7), (9, 6), (8, 5), (6, 3)],
        [(11, 7), (10, 6), (9, 5), (7, 4)],
        [(13, 15), (11, 6), (10, 5), (8, 4)],
        [(13, 11), (13, 14), (11, 5), (9, 4)],
        [(13, 8), (13, 10), (13, 13), (10, 4)],
        [(14, 15), (14, 14), (13, 9), (11, 4)],
        [(14, 11), (14, 10), (14, 13), (13, 12)],
        [(15, 15), (15, 14), (14, 9), (14, 12)],
        [(15, 11), (15, 10), (15, 13), (14, 8)],
        [(16, 15), (15, 1), (15, 9), (15, 12)],
        [(16, 11), (16, 14), (16, 13), (15, 8)],
        [(16, 7), (16, 10), (16, 9), (16, 12)],
        [(16, 4), (16, 6), (16, 5), (16, 8)],
    ],
    [
        [(2, 3), (0, 0), (0, 0), (0, 0)],
        [(6, 11), (2, 2), (0, 0), (0, 0)],
        [(6, 7), (5, 7), (3, 3), (0, 0)],
        [(7, 7), (6, 10), (6, 9), (4, 5)],
        [(8, 7), (6, 6), (6, 5), (4, 4)],
        [(8, 4), (7, 6), (7, 5), (5, 6)],
        [(9, 7), (8, 6), (8, 5), (6, 8)],
        [(11, 15), (9, 6), (9, 5), (6, 4)],
        [(11, 11), (11, 14), (11, 13), (7, 4)],
        [(12, 15), (11, 10), (11, 9), (9, 4)],
        [(12, 11), (12, 14), (12, 13), (11, 12)],
        [(12, 8), (12, 10), (12, 9), (11, 8)],
        [(13, 15), (13, 14), (13, 13), (12, 12)],
        [(13, 11), (13, 10), (13, 9), (13, 12)],
        [(13, 7), (14, 11), (13, 6), (13, 8)],
        [(14, 9), (14, 8), (14, 10), (13, 1)],
        [(14, 7), (14, 6), (14, 5), (14, 4)],
    ],
    [
        [(4, 15), (0, 0), (0, 0), (0, 0)],
        [(6, 15), (4, 14), (0, 0), (0, 0)],
        [(6, 11), (5, 15), (4, 13), (0, 0)],
        [(6, 8), (5, 12), (5, 14), (4, 12)],
        [(7, 15), (5, 10), (5, 11), (4, 11)],
        [(7, 11), (5, 8), (5, 9), (4, 10)],
        [(7, 9), (6, 14), (6, 13), (4, 9)],
        [(7, 8), (6, 10), (6, 9), (4, 8)],
        [(8, 15), (7, 14), (7, 13), (5, 13)],
        [(8, 11), (8, 14), (7, 10), (6, 12)],
        [(9, 15), (8, 10), (8, 13), (7, 12)],
        [(9, 11), (9, 14), (8, 9), (8, 12)],
        [(9, 8), (9, 10), (9, 13), (8, 8)],
        [(10, 13), (9, 7), (9, 9), (9, 12)],
        [(10, 9), (10, 12), (10, 11), (10, 10)],
        [(10, 5), (10, 8), (10, 7), (10, 6)],
        [(10, 1), (10, 4), (10, 3), (10, 2)],
    ],
];

/// The column of Table 9-5 for chroma DC.
const COEFF_TOKEN_CHROMA_DC: [[Code; 4]; 5] = [
    [(2, 1), (0, 0), (0, 0), (0, 0)],
    [(6, 7), (1, 1), (0, 0), (0, 0)],
    [(6, 4), (6, 6), (3, 1), (0, 0)],
    [(6, 3), (7, 3), (7, 2), (6, 5)],
    [(6, 2), (8, 3), (8, 2), (7, 0)],
];

/// Tables 9-7 and 9-8: rows are the coefficients of a block, 1 to 15, columns the zeros before the last.
const TOTAL_ZEROS: [&[Code]; 15] = [
    &[
        (1, 1),
        (3, 3),
        (3, 2),
        (4, 3),
        (4, 2),
        (5, 3),
        (5, 2),
        (6, 3),
        (6, 2),
        (7, 3),
        (7, 2),
        (8, 3),
        (8, 2),
        (9, 3),
        (9, 2),
        (9, 1),
    ],
    &[
        (3, 7),
        (3, 6),
        (3, 5),
        (3, 4),
        (3, 3),
        (4, 5),
        (4, 4),
        (4, 3),
        (4, 2),
        (5, 3),
        (5, 2),
        (6, 3),
        (6, 2),
        (6, 1),
        (6, 0),
    ],
    &[
        (4, 5),
        (3, 7),
        (3, 6),
        (3, 5),
        (4, 4),
        (4, 3),
        (3, 4),
        (3, 3),
        (4, 2),
        (5, 3),
        (5, 2),
        (6, 1),
        (5, 1),
        (6, 0),
    ],
    &[
        (5, 3),
        (3, 7),
        (4, 5),
        (4, 4),
        (3, 6),
        (3, 5),
        (3, 4),
        (4, 3),
        (3, 3),
        (4, 2),
        (5, 2),
        (5, 1),
        (5, 0),
    ],
    &[
        (4, 5),
        (4, 4),
        (4, 3),
        (3, 7),
        (3, 6),
        (3, 5),
        (3, 4),
        (3, 3),
        (4, 2),
        (5, 1),
        (4, 1),
        (5, 0),
    ],
    &[
        (6, 1),
        (5, 1),
        (3, 7),
        (3, 6),
        (3, 5),
        (3, 4),
        (3, 3),
        (3, 2),
        (4, 1),
        (3, 1),
        (6, 0),
    ],
    &[
        (6, 1),
        (5, 1),
        (3, 5),
        (3, 4),
        (3, 3),
        (2, 3),
        (3, 2),
        (4, 1),
        (3, 1),
        (6, 0),
    ],
    &[(6, 1), (4, 1), (5, 1), (3, 3), (2, 3), (2, 2), (3, 2), (3, 1), (6, 0)],
    &[(6, 1), (6, 0), (4, 1), (2, 3), (2, 2), (3, 1), (2, 1), (5, 1)],
    &[(5, 1), (5, 0), (3, 1), (2, 3), (2, 2), (2, 1), (4, 1)],
    &[(4, 0), (4, 1), (3, 1), (3, 2), (1, 1), (3, 3)],
    &[(4, 0), (4, 1), (2, 1), (1, 1), (3, 1)],
    &[(3, 0), (3, 1), (1, 1), (2, 1)],
    &[(2, 0), (2, 1), (1, 1)],
    &[(1, 0), (1, 1)],
];

/// Table 9-9 (a): the same for chroma DC, 1 to 3 coefficients.
const TOTAL_ZEROS_CHROMA_DC: [&[Code]; 3] = [
    &[(1, 1), (2, 1), (3, 1), (3, 0)],
    &[(1, 1), (2, 1), (2, 0)],
    &[(1, 1), (1, 0)],
];

/// Table 9-10: rows are the zeros that are left, 1 to 6 and more, columns those before a coefficient.
const RUN_BEFORE: [&[Code]; 7] = [
    &[(1, 1), (1, 0)],
    &[(1, 1), (2, 1), (2, 0)],
    &[(2, 3), (2, 2), (2, 1), (2, 0)],
    &[(2, 3), (2, 2), (2, 1), (3, 1), (3, 0)],
    &[(2, 3), (2, 2), (3, 3), (3, 2), (3, 1), (3, 0)],
    &[(2, 3), (3, 0), (3, 1), (3, 3), (3, 2), (3, 5), (3, 4)],
    &[
        (3, 7),
        (3, 6),
        (3, 5),
        (3, 4),
        (3, 3),
        (3, 2),
        (3, 1),
        (4, 1),
        (5, 1),
        (6, 1),
        (7, 1),
        (8, 1),
        (9, 1),
        (10, 1),
        (11, 1),
    ],
];

fn put(bits: &mut BitWriter, (length, code): Code) {
    bits.put(code.into(), length.into());
}

/// Writes the levels of a block of `room` levels: 16 in a whole block, 15 in one whose DC is elsewhere, 4 in
/// chroma DC. `mask` has a bit for each level that is not zero, in scan order from the lowest bit on, and
/// `level` gives it by its place. Returns the number of those levels, the context of later blocks. Levels are
/// within ±2,000, as they are in 8-bit pictures from QP 6 on.
pub(super) fn write_block(
    bits: &mut BitWriter,
    mask: u16,
    room: usize,
    level: impl Fn(usize) -> i16,
    context: Context,
) -> u8 {
    // From the last to the first, as they are coded: the level, and the zeros before it.
    let mut found = [(0_i16, 0_u8); 16];
    let count = mask.count_ones() as usize;
    let last = mask.checked_ilog2().unwrap_or(0) as usize;
    let mut rest = mask;
    for found in &mut found[..count] {
        let at = rest.ilog2();
        rest ^= 1 << at;
        let before = rest.checked_ilog2().map_or(at, |before| at - before - 1);
        *found = (level(at as usize), before as u8);
    }
    let found = &found[..count];
    let ones = found.iter().take(3).take_while(|(level, _)| level.abs() == 1).count();
    match context {
        Context::ChromaDc => put(bits, COEFF_TOKEN_CHROMA_DC[count][ones]),
        Context::Neighbours(0..2) => put(bits, COEFF_TOKEN[0][count][ones]),
        Context::Neighbours(2..4) => put(bits, COEFF_TOKEN[1][count][ones]),
        Context::Neighbours(4..8) => put(bits, COEFF_TOKEN[2][count][ones]),
        Context::Neighbours(8..) if count == 0 => bits.put(3, 6),
        Context::Neighbours(8..) => bits.put((count as u32 - 1) << 2 | ones as u32, 6),
    }
    if count == 0 {
        return 0;
    }
    for (level, _) in &found[..ones] {
        bits.put(u32::from(*level < 0), 1);
    }
    let mut suffix_bits = u32::from(count > 10 && ones < 3);
    for (index, &(level, _)) in found.iter().enumerate().skip(ones) {
        // The first one after fewer than three ±1 is not ±1.
        let nearest = if index == ones && ones < 3 { 2 } else { 0 };
        put_level(bits, level_code(level) - nearest, suffix_bits);
        suffix_bits = suffix_bits.max(1);
        if level.unsigned_abs() > 3 << (suffix_bits - 1) && suffix_bits < 6 {
            suffix_bits += 1;
        }
    }
    let mut zeros = last + 1 - count;
    if count < room {
        let table = if context == Context::ChromaDc {
            TOTAL_ZEROS_CHROMA_DC[count - 1]
        } else {
            TOTAL_ZEROS[count - 1]
        };
        put(bits, table[zeros]);
    }
    for &(_, run) in &found[..count - 1] {
        if zeros == 0 {
            break;
        }
        put(bits, RUN_BEFORE[zeros.min(7) - 1][usize::from(run)]);
        zeros -= usize::from(run);
    }
    count as u8
}

/// `levelCode` of 9.2.2.1: 1, -1, 2, -2 are 0 to 3.
fn level_code(level: i16) -> u32 {
    let size = u32::from(level.unsigned_abs());
    2 * size - 2 + u32::from(level < 0)
}

/// 9.2.2.1, from the code to its prefix of zeros and its suffix.
fn put_level(bits: &mut BitWriter, code: u32, suffix_bits: u32) {
    let (prefix, suffix, suffix_bits) = match suffix_bits {
        0 if code < 14 => (code, 0, 0),
        0 if code < 30 => (14, code - 14, 4),
        0 => (15, code - 30, 12),
        _ if code < 15 << suffix_bits => (code >> suffix_bits, code & ((1 << suffix_bits) - 1), suffix_bits),
        _ => (15, code - (15 << suffix_bits), 12),
    };
    bits.put(1, prefix + 1);
    bits.put(suffix, suffix_bits);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No code of a table begins another, as 9.2 needs to be readable; the longest is 16 bits.
    fn assert_prefix_free(codes: impl IntoIterator<Item = Code>, name: &str) {
        let codes: Vec<Code> = codes.into_iter().filter(|(length, _)| *length > 0).collect();
        for (index, &(length, code)) in codes.iter().enumerate() {
            for &(other_length, other) in &codes[..index] {
                let short = length.min(other_length);
                assert_ne!(
                    code.checked_shr(u32::from(length - short)).unwrap_or(0),
                    other.checked_shr(u32::from(other_length - short)).unwrap_or(0),
                    "{name}: {length} bits of {code} and {other_length} of {other}"
                );
            }
        }
    }

    #[test]
    fn no_code_begins_another() {
        for (index, table) in COEFF_TOKEN.iter().enumerate() {
            assert_prefix_free(table.iter().flatten().copied(), &format!("coeff_token {index}"));
        }
        assert_prefix_free(COEFF_TOKEN_CHROMA_DC.into_iter().flatten(), "coeff_token of chroma DC");
        for table in TOTAL_ZEROS.iter().chain(&TOTAL_ZEROS_CHROMA_DC).chain(&RUN_BEFORE) {
            assert_prefix_free(table.iter().copied(), &format!("{table:?}"));
        }
    }

    #[test]
    fn a_block_of_the_standard_is_coded_as_there() {
        // I. Richardson, "H.264 / MPEG-4 Part 10: Variable Length Coding", the worked example: levels
        // 0, 3, 0, 1, -1, -1, 0, 1 and zeros, nC 0: 000010001110010111101101.
        let levels = [0, 3, 0, 1, -1, -1, 0, 1];
        let mut bits = BitWriter::default();
        let count = write_block(&mut bits, 0b1011_1010, 16, |at| levels[at], Context::Neighbours(0));
        assert_eq!(count, 5);
        let mut nal = Vec::new();
        bits.finish(0, &mut nal);
        assert_eq!(nal, [0, 0b0000_1000, 0b1110_0101, 0b1110_1101, 0b1000_0000]);
    }
}
