//! Nanoseconds in 64 bits: what is beyond them is the last moment there is.

/// A time, or the nearest that 64 bits hold.
pub(super) fn clamp_i64(ns: i128) -> i64 {
    ns.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}
