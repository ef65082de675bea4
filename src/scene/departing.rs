//! The bubbles of a log, as sums over the frames of a film take them.

use crate::log::{Bubbles, Taken};
use crate::unit::Departures;

/// Bubbles by when they depart, by the clock of their log.
#[derive(Clone, Debug)]
pub struct Departing<'a>(Taken<'a>);

impl<'a> Departing<'a> {
    /// All of these.
    #[must_use]
    pub fn of(bubbles: &'a Bubbles) -> Self {
        Self(bubbles.taken())
    }
}

impl Departures for Departing<'_> {
    #[inline]
    fn next_ns(&self) -> i64 {
        self.0.next_ns()
    }

    #[inline]
    fn take_until(&mut self, until_ns: i64) -> (u64, u64) {
        self.0.take_until(until_ns)
    }
}
