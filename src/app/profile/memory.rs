//! What memory a film of a log will take.

/// Bytes for a bubble: 16 in the log and 16 on the GPU, which is the same memory for a software
/// adapter; the rest is their counters, and the groups that they were gathered from.
const BUBBLE_BYTES: u64 = 48;
/// Bytes for all else at 1080p, with two encoders: adapter, fonts, pictures under way.
const BASE_BYTES: u64 = 220_000_000;

/// Bytes of memory that `render` takes for a film at 1080p of so many bubbles, about.
///
/// Measured (maximum resident size, 2 cores, software adapter, H.264): 213 MB for 39,337 bubbles,
/// 392 MB for 3,866,000.
pub(super) fn film_bytes(bubbles: u64) -> u64 {
    BASE_BYTES + bubbles * BUBBLE_BYTES
}
