//! What memory a film of a log will take.

/// Bytes for a bubble: 12 to 16 in the log; the rest is for groups that are merged while the log is
/// read, and for those alive. A graphics adapter holds 16 more.
const BUBBLE_BYTES: u64 = 28;
/// Bytes for all else at 1080p, with two encoders: fonts, pictures, what encoders keep.
const BASE_BYTES: u64 = 165_000_000;

/// Bytes of memory that `render` takes for a film at 1080p of so many bubbles, about.
///
/// Measured (maximum resident size, 2 cores, drawn on the CPU, H.264): 162 MB for 39,337 bubbles and
/// 600 frames; 136, 242 and 238 MB for 39,337, 3,874,000 and 8,643,000 bubbles and 100 frames.
pub(super) fn film_bytes(bubbles: u64) -> u64 {
    BASE_BYTES + bubbles * BUBBLE_BYTES
}
