//! The speeds that a log is shown at, and the clock that it has without them.

use crate::timeline::{Speeds, Timeline};

/// The speeds of a log, and what it was without them.
#[derive(Clone, Debug)]
pub(super) struct Paced {
    pub speeds: Speeds,
    /// The clock without speeds.
    pub data: Timeline,
    /// Departures in data time are multiples of this.
    pub unit_ns: i64,
}
