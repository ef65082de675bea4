//! Bits of NAL units: written and read most significant first, Exp-Golomb codes, and the bytes that
//! keep a start code from appearing inside (ITU-T H.264 (08/2021), 7.2, 7.3.1, 9.1).
//!
//! Does not know the meaning of the bits.

/// Writes the bits of one NAL unit's payload.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not fill a word yet, in the lowest `held_bits` (below 32).
    held: u64,
    held_bits: u32,
}

/// A place in a writer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    bytes: usize,
    held: u64,
    held_bits: u32,
}

impl BitWriter {
    /// Appends the lowest `count` bits (at most 32) of `bits`; those above them are zero.
    pub fn put(&mut self, bits: u32, count: u32) {
        debug_assert!(count <= 32 && u64::from(bits) < 1 << count, "{bits} in {count} bits");
        self.held = self.held << count | u64::from(bits);
        self.held_bits += count;
        if self.held_bits >= 32 {
            self.held_bits -= 32;
            let word = (self.held >> self.held_bits) as u32;
            self.bytes.extend_from_slice(&word.to_be_bytes());
            self.held &= (1 << self.held_bits) - 1;
        }
    }

    /// Unsigned Exp-Golomb, `ue(v)`; below 65,535.
    pub fn ue(&mut self, value: u32) {
        let code = value + 1;
        self.put(code, 2 * code.ilog2() + 1);
    }

    /// Signed Exp-Golomb, `se(v)`; below 32,768 either way.
    pub fn se(&mut self, value: i32) {
        self.ue(mapped(value));
    }

    /// The place that comes next, to come back to.
    pub fn mark(&self) -> Mark {
        Mark {
            bytes: self.bytes.len(),
            held: self.held,
            held_bits: self.held_bits,
        }
    }

    /// Forgets all that was written since a mark.
    pub fn back_to(&mut self, mark: Mark) {
        self.bytes.truncate(mark.bytes);
        (self.held, self.held_bits) = (mark.held, mark.held_bits);
    }

    /// Bits since a mark.
    pub fn since(&self, mark: Mark) -> usize {
        (self.bytes.len() - mark.bytes) * 8 + self.held_bits as usize - mark.held_bits as usize
    }

    /// Appends the NAL unit with this header byte to `out`, and is empty again: the stop bit, zeros up to
    /// a whole byte, and a 3 wherever two zeros would be followed by 3 or less.
    pub fn finish(&mut self, header: u8, out: &mut Vec<u8>) {
        self.put(1, 1);
        self.put(0, (8 - self.held_bits % 8) % 8);
        let rest = (self.held as u32).to_be_bytes();
        self.bytes.extend_from_slice(&rest[4 - self.held_bits as usize / 8..]);
        out.reserve(self.bytes.len() + 1);
        out.push(header);
        let mut zeros = 0;
        for &byte in &self.bytes {
            if zeros >= 2 && byte <= 3 {
                out.push(3);
                zeros = 0;
            }
            out.push(byte);
            zeros = if byte == 0 { zeros + 1 } else { 0 };
        }
        self.bytes.clear();
        (self.held, self.held_bits) = (0, 0);
    }
}

/// The number that stands for a signed one (9.1.1): 0, 1, -1, 2, -2 are 0 to 4.
fn mapped(value: i32) -> u32 {
    if value > 0 {
        2 * value.unsigned_abs() - 1
    } else {
        2 * value.unsigned_abs()
    }
}

/// Bits of `se(value)`.
pub(super) fn se_bits(value: i32) -> u32 {
    2 * (mapped(value) + 1).ilog2() + 1
}

/// Reads the bits of one NAL unit behind its header byte; `None` at the end.
#[derive(Debug)]
pub(super) struct BitReader {
    bytes: Vec<u8>,
    at: usize,
}

impl BitReader {
    /// `payload` is a NAL unit without its header byte.
    pub fn new(payload: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(payload.len());
        let mut zeros = 0;
        for &byte in payload {
            if zeros >= 2 && byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            bytes.push(byte);
        }
        Self { bytes, at: 0 }
    }

    /// The next `count` bits, at most 32.
    pub fn take(&mut self, count: u32) -> Option<u32> {
        let mut bits = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            bits = bits << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(bits)
    }

    /// Appends the bits that are left before the stop bit to a writer.
    pub fn copy_rest(&self, to: &mut BitWriter) {
        let last = self.bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0);
        let trailing = self.bytes.get(last).map_or(0, |byte| byte.trailing_zeros() as usize);
        let end = (last + 1) * 8 - (trailing + 1).min(8);
        let mut at = self.at;
        while at < end {
            let count = (end - at).min(32);
            let mut five = [0; 8];
            let from = &self.bytes[at / 8..];
            let length = from.len().min(5);
            five[3..3 + length].copy_from_slice(&from[..length]);
            let bits = u64::from_be_bytes(five) << (24 + at % 8) >> (64 - count);
            to.put(bits as u32, count as u32);
            at += count;
        }
    }

    /// Unsigned Exp-Golomb.
    pub fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
        }
        (zeros < 32).then_some(())?;
        Some((1_u32 << zeros) - 1 + self.take(zeros)?)
    }

    /// Signed Exp-Golomb.
    pub fn se(&mut self) -> Option<i32> {
        let code = self.ue()?;
        let half = i32::try_from(code.div_ceil(2)).ok()?;
        Some(if code % 2 == 1 { half } else { -half })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = BitWriter::default();
        for value in 0..300 {
            writer.ue(value);
            writer.put(5, 3);
            writer.se(150 - value as i32);
        }
        // 64 zeros: three of them in a row of bytes need two bytes against start codes.
        writer.put(0, 32);
        writer.put(0, 32);
        let mut nal = Vec::new();
        writer.finish(0x41, &mut nal);
        assert_eq!(nal[0], 0x41);
        assert!(!nal.windows(3).any(|three| three[..2] == [0, 0] && three[2] < 3));
        let mut reader = BitReader::new(&nal[1..]);
        for value in 0..300 {
            assert_eq!(reader.ue(), Some(value));
            assert_eq!(reader.take(3), Some(5));
            assert_eq!(reader.se(), Some(150 - value as i32));
        }
        assert_eq!((reader.take(32), reader.take(32)), (Some(0), Some(0)));
        assert_eq!(reader.take(1), Some(1), "the stop bit");
        assert_eq!(reader.take(8), None, "the end");
    }

    #[test]
    fn the_rest_is_copied_up_to_the_stop_bit() {
        for taken in 0..70 {
            let mut writer = BitWriter::default();
            for value in 0..40 {
                writer.ue(value * value);
            }
            let mut nal = Vec::new();
            writer.finish(0x65, &mut nal);
            let mut reader = BitReader::new(&nal[1..]);
            let mut again = BitWriter::default();
            for _ in 0..taken {
                again.put(reader.take(1).unwrap(), 1);
            }
            reader.copy_rest(&mut again);
            let mut copy = Vec::new();
            again.finish(0x65, &mut copy);
            assert_eq!(copy, nal, "after {taken} bits");
        }
    }

    #[test]
    fn a_mark_can_be_gone_back_to() {
        let mut writer = BitWriter::default();
        writer.put(0x2A, 7);
        let mark = writer.mark();
        for value in 0..100 {
            writer.ue(value);
        }
        assert_eq!(
            writer.since(mark),
            (0..100)
                .map(|value: u32| 2 * (value + 1).ilog2() as usize + 1)
                .sum::<usize>()
        );
        writer.back_to(mark);
        writer.put(1, 1);
        let mut nal = Vec::new();
        writer.finish(0, &mut nal);
        assert_eq!(nal, [0, 0b0101_0101, 0b1000_0000]);
    }

    #[test]
    fn the_bits_of_a_signed_code_are_counted() {
        for value in -200..=200 {
            let mut writer = BitWriter::default();
            let mark = writer.mark();
            writer.se(value);
            assert_eq!(writer.since(mark), se_bits(value) as usize, "{value}");
        }
    }
}
