//! Levels: the limits that a stream keeps, so that decoders know whether they can play it (ITU-T H.264
//! (08/2021), Annex A.3).

/// A row of Table A-1.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// Ten times the level, `level_idc`.
    number: u8,
    /// Macroblocks a second, `MaxMBPS`.
    per_sec: u64,
    /// Macroblocks a frame, `MaxFS`.
    per_frame: u64,
    /// Macroblocks of all frames that are kept, `MaxDpbMbs`.
    kept: u64,
    /// Bits a second, and bits of the coded picture buffer: `MaxBR` and `MaxCPB`, times 1,000 as for VCL
    /// NAL units (A.3.1, the narrower of two limits).
    bits_per_sec: u64,
    buffer_bits: u64,
    /// A picture is at most this part of its samples, `MinCR`.
    compression: u64,
}

/// Level 1b, which would need a flag, is left out; OpenH264 ends at 5.2.
const LEVELS: [Level; 16] = [
    row(10, 1_485, 99, 396, 64, 175, 2),
    row(11, 3_000, 396, 900, 192, 500, 2),
    row(12, 6_000, 396, 2_376, 384, 1_000, 2),
    row(13, 11_880, 396, 2_376, 768, 2_000, 2),
    row(20, 11_880, 396, 2_376, 2_000, 2_000, 2),
    row(21, 19_800, 792, 4_752, 4_000, 4_000, 2),
    row(22, 20_250, 1_620, 8_100, 4_000, 4_000, 2),
    row(30, 40_500, 1_620, 8_100, 10_000, 10_000, 2),
    row(31, 108_000, 3_600, 18_000, 14_000, 14_000, 4),
    row(32, 216_000, 5_120, 20_480, 20_000, 20_000, 4),
    row(40, 245_760, 8_192, 32_768, 20_000, 25_000, 4),
    row(41, 245_760, 8_192, 32_768, 50_000, 62_500, 2),
    row(42, 522_240, 8_704, 34_816, 50_000, 62_500, 2),
    row(50, 589_824, 22_080, 110_400, 135_000, 135_000, 2),
    row(51, 983_040, 36_864, 184_320, 240_000, 240_000, 2),
    row(52, 2_073_600, 36_864, 184_320, 240_000, 240_000, 2),
];

/// The picture before and the segment's first are kept.
const KEPT_FRAMES: u64 = 2;

const fn row(
    number: u8,
    per_sec: u64,
    per_frame: u64,
    kept: u64,
    kbit_per_sec: u64,
    buffer_kbit: u64,
    compression: u64,
) -> Level {
    Level {
        number,
        per_sec,
        per_frame,
        kept,
        bits_per_sec: kbit_per_sec * 1_000,
        buffer_bits: buffer_kbit * 1_000,
        compression,
    }
}

impl Level {
    /// Whether it admits pictures of this size at this rate.
    fn admits(&self, [across, down]: [u64; 2], (num, den): (u32, u32)) -> bool {
        let macroblocks = across * down;
        macroblocks <= self.per_frame
            && macroblocks * KEPT_FRAMES <= self.kept
            && across.max(down).pow(2) <= 8 * self.per_frame
            && u128::from(macroblocks) * u128::from(num) <= u128::from(self.per_sec) * u128::from(den)
    }

    /// Whether it admits coded pictures of these lengths in bytes. A decoder's buffer is filled at the level's
    /// rate, emptied by a picture at a time, and must always have the next one (C.1.2): that is so if a bucket
    /// that takes in the pictures and leaks at this rate never holds more than the buffer. And no picture may
    /// be too long for its time.
    fn admits_lengths(&self, macroblocks: u64, (num, den): (u32, u32), lengths: &[u32]) -> bool {
        let [num, den] = [num, den].map(u128::from);
        // All in `1 / num`ths of a bit.
        let (leak, most) = (u128::from(self.bits_per_sec) * den, u128::from(self.buffer_bits) * num);
        let of_samples = |macroblocks: u128| macroblocks * 384 / u128::from(self.compression);
        let first = of_samples(u128::from(macroblocks.max(self.per_sec / 172)));
        let later = of_samples(u128::from(self.per_sec) * den / num);
        let mut held = 0;
        lengths.iter().enumerate().all(|(index, length)| {
            let length = u128::from(*length);
            held += 8 * length * num;
            let fits = held <= most && length <= if index == 0 { first } else { later };
            held = held.saturating_sub(leak);
            fits
        })
    }
}

/// Macroblocks across and down a picture.
fn macroblocks([width, height]: [u32; 2]) -> [u64; 2] {
    [width, height].map(|side| u64::from(side.div_ceil(16)))
}

/// The lowest level for pictures of this size in pixels at this rate in frames a second; `None` where no
/// level allows them. How long coded pictures are is not known yet.
#[must_use]
pub fn least_level(size_px: [u32; 2], fps: (u32, u32)) -> Option<u8> {
    let size = macroblocks(size_px);
    let level = LEVELS.iter().find(|level| level.admits(size, fps));
    level.map(|level| level.number)
}

/// The highest level there is.
pub(super) const HIGHEST: u8 = LEVELS[LEVELS.len() - 1].number;

/// The highest whole rate in frames a second that a level, or the next below it, allows for pictures of
/// this size.
#[must_use]
pub fn most_fps(level: u8, size_px: [u32; 2]) -> u64 {
    let [across, down] = macroblocks(size_px);
    let allowed = LEVELS.iter().rfind(|row| row.number <= level);
    allowed.map_or(0, |row| row.per_sec / (across * down))
}

/// The lowest level for a whole film, by the lengths of its coded pictures in bytes: at constant quality
/// they are known at its end. Where a film exceeds all levels, the highest.
#[must_use]
pub fn level_of_film(size_px: [u32; 2], fps: (u32, u32), lengths: &[u32]) -> u8 {
    let size = macroblocks(size_px);
    let level = LEVELS
        .iter()
        .find(|level| level.admits(size, fps) && level.admits_lengths(size[0] * size[1], fps, lengths));
    level.map_or(HIGHEST, |level| level.number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_follows_the_rate_of_macroblocks() {
        for (size_px, fps, want) in [
            ([176, 144], (15, 1), 10),
            ([640, 360], (25, 1), 30),
            ([1280, 720], (30, 1), 31),
            ([1280, 720], (30_000, 1001), 31),
            ([1280, 720], (60, 1), 32),
            ([1920, 1080], (25, 1), 40),
            ([1920, 1080], (60, 1), 42),
            ([1920, 1080], (120, 1), 51),
            ([2560, 1440], (25, 1), 50),
            ([3840, 2160], (25, 1), 51),
            ([2160, 3840], (30, 1), 51),
            ([3840, 2160], (60, 1), 52),
            // Few macroblocks, but a long row of them.
            ([3840, 16], (1, 1), 40),
        ] {
            assert_eq!(least_level(size_px, fps), Some(want), "{size_px:?} at {fps:?}");
            // As long as nothing is coded.
            assert_eq!(level_of_film(size_px, fps, &[1; 100]), want, "{size_px:?} at {fps:?}");
        }
        assert_eq!(least_level([3840, 2160], (65, 1)), None);
    }

    #[test]
    fn the_level_follows_the_bits() {
        // 320x180 at 25 frames a second is 6,000 macroblocks a second: level 1.2, of 384 kbit/s.
        let level = |lengths: &[u32]| level_of_film([320, 180], (25, 1), lengths);
        for (kbit_per_sec, want) in [
            (384, 12),
            (385, 13),
            (1_000, 20),
            (2_001, 21),
            (9_000, 30),
            (60_000, 50),
        ] {
            // Long enough for the buffer to run over.
            let film = vec![kbit_per_sec * 1000 / 8 / 25; 200_000];
            assert_eq!(level(&film), want, "{kbit_per_sec} kbit/s");
        }
        // A burst that the buffer takes, and one that it does not: 1,000 kbit at level 1.2.
        let burst = |bytes: u32| [vec![800; 50], vec![bytes; 5], vec![800; 50]].concat();
        assert_eq!(level(&burst(26_000)), 12);
        assert_eq!(level(&burst(28_000)), 13);
        // A single picture of more than half of its samples is more than any picture may have.
        assert_eq!(level_of_film([320, 180], (25, 1), &[100, 47_000]), 13);
    }
}
