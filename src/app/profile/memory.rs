//! The memory that a film of a log will take.

/// Bytes for a bubble: 12 to 16 in the log; the rest is for groups that are merged while the log is
/// read, and for those alive. A graphics adapter holds 16 more.
const BUBBLE_BYTES: u64 = 22;
/// Bytes for all else at 1080p, with two encoders: fonts, pictures, what encoders keep.
const BASE_BYTES: u64 = 220_000_000;

/// About how many bytes of memory `render` takes for a film of `bubbles` bubbles at 1080p.
///
/// Measured (maximum resident size, 2 cores, drawn on the CPU, H.264): 219 MB for the sample's 39,337
/// bubbles and 600 frames. With encoders that took 60 MB less, and 20 to 100 frames, 198 MB for 4.4 million
/// bubbles, 256 MB for 8.9 million, 557 MB for 18.6 million, 1,292 MB for 53 million. A prepared log takes
/// less: 372 MB for 18.6 million.
pub(super) fn film_bytes(bubbles: u64) -> u64 {
    BASE_BYTES + bubbles * BUBBLE_BYTES
}
