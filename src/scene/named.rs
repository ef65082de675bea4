//! The large bubbles that carry a name while they fly, and whose ports are named before they land: a few at a time,
//! chosen once for a film, so that no name comes or goes in flight.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::log::{Bubbles, Log, SIDES};
use crate::unit::Sizes;

/// Least radius of a bubble with a name, in units of the composition.
const FROM: f32 = 90.0;
/// Bubbles with a name on one side that fly together with another, at most.
const COMPANIONS: usize = 2;

/// The bubbles with a name, by their indices in the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    indices: Vec<u32>,
}

impl Named {
    /// Chooses the largest of a log's bubbles that are large enough, of equals the first to depart.
    pub fn new(log: &Log, sizes: Sizes) -> Self {
        let bubbles = &log.bubbles;
        let flight_ns = log.timeline.data_ns(log.timeline.travel_ns as f64 / 1e9);
        let mut large: Vec<u32> = (0..bubbles.len() as u32)
            .filter(|index| sizes.radius(bubbles.packets(*index as usize)) >= FROM)
            .collect();
        large.sort_unstable_by_key(|index| (Reverse(bubbles.packets(*index as usize)), *index));
        // Departures of those that are chosen, with their indices, by side.
        let mut chosen: [BTreeSet<(i64, u32)>; SIDES] = Default::default();
        for index in large {
            let bubble = bubbles.get(index as usize);
            let chosen = &mut chosen[log.ends.side(bubble.port)];
            let first_ns = bubble.offset_ns.saturating_sub(flight_ns);
            let last_ns = bubble.offset_ns.saturating_add(flight_ns);
            let together = chosen.range((first_ns, 0)..=(last_ns, u32::MAX));
            if together.take(COMPANIONS + 1).count() <= COMPANIONS {
                chosen.insert((bubble.offset_ns, index));
            }
        }
        let mut indices: Vec<u32> = chosen.into_iter().flatten().map(|(_, index)| index).collect();
        indices.sort_unstable();
        Self { indices }
    }

    /// Those among a range of bubbles, the largest first.
    pub fn among(&self, bubbles: &Bubbles, range: Range<usize>) -> Vec<usize> {
        let [start, end] =
            [range.start, range.end].map(|end| self.indices.partition_point(|index| (*index as usize) < end));
        let mut among: Vec<usize> = self.indices[start..end].iter().map(|index| *index as usize).collect();
        among.sort_unstable_by_key(|index| (Reverse(bubbles.packets(*index)), *index));
        among
    }
}
