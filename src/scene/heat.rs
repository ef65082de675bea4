//! Heat of ports and counters of countries at any moment, in closed form: prefix sums over
//! arrivals sorted by time and a binary search, so a frame needs none before it.

use crate::log::Bubbles;
use crate::timeline::Timeline;

/// Time constant of a port's heat, in seconds of film.
pub const TAU_SECS: f64 = 1.6;
/// Time constant with which a label grows after an arrival, in seconds of film. The heat itself
/// jumps; a label that jumped with it would read as a flaw of the film.
pub const ATTACK_SECS: f64 = 0.12;

/// Arrivals by port, with the decaying sums just after each.
#[derive(Debug)]
pub struct Heat {
    /// First entry of each port slot in the arrays below; one more at the end.
    starts: Vec<u32>,
    /// Departure of each arrival, nanoseconds into the window.
    offset_ns: Vec<i64>,
    /// `sum of n * exp(-(a - a_i) / TAU_SECS)` up to and with this arrival.
    slow: Vec<f32>,
    /// The same with [`ATTACK_SECS`].
    fast: Vec<f32>,
}

/// A port's heat at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PortHeat {
    /// `sum over arrivals a <= v of n * exp(-(v - a) / TAU_SECS)`, in packets.
    pub heat: f64,
    /// The heat less what has not sunk in yet: what the label's size follows. Never jumps.
    pub felt: f64,
}

impl Heat {
    /// Sums up the bubbles by port; bubbles are sorted by departure, travel is the same for all,
    /// so departures sort arrivals too.
    #[must_use]
    pub fn new(bubbles: &Bubbles, ports: usize, timeline: &Timeline) -> Self {
        let mut starts = vec![0_u32; ports + 1];
        for slot in &bubbles.port {
            starts[*slot as usize + 1] += 1;
        }
        for slot in 0..ports {
            starts[slot + 1] += starts[slot];
        }
        let mut next = starts.clone();
        let mut offset_ns = vec![0; bubbles.len()];
        let (mut slow, mut fast) = (vec![0.0_f32; bubbles.len()], vec![0.0_f32; bubbles.len()]);
        // The running sums are kept in f64 per port and stored in f32: errors do not add up.
        let mut running = vec![(0_i64, 0.0_f64, 0.0_f64); ports];
        for index in 0..bubbles.len() {
            let slot = bubbles.port[index] as usize;
            let offset = bubbles.offset_ns[index];
            let (last, slow_sum, fast_sum) = running[slot];
            let secs = timeline.departure_secs(offset - last);
            let packets = bubbles.packets[index] as f64;
            let sums = (
                offset,
                slow_sum * (-secs / TAU_SECS).exp() + packets,
                fast_sum * (-secs / ATTACK_SECS).exp() + packets,
            );
            running[slot] = sums;
            let at = next[slot] as usize;
            next[slot] += 1;
            (offset_ns[at], slow[at], fast[at]) = (offset, sums.1 as f32, sums.2 as f32);
        }
        Self {
            starts,
            offset_ns,
            slow,
            fast,
        }
    }

    /// Heat of the port in `slot` at frame `k`.
    #[must_use]
    pub fn at(&self, slot: usize, k: u64, arrived_ns: i64, timeline: &Timeline) -> PortHeat {
        let (start, end) = (self.starts[slot] as usize, self.starts[slot + 1] as usize);
        let arrived = self.offset_ns[start..end].partition_point(|offset| *offset <= arrived_ns);
        if arrived == 0 {
            return PortHeat::default();
        }
        let last = start + arrived - 1;
        let secs = timeline
            .film_secs_since(self.offset_ns[last], k, timeline.travel_ns)
            .max(0.0);
        let heat = f64::from(self.slow[last]) * (-secs / TAU_SECS).exp();
        let fast = f64::from(self.fast[last]) * (-secs / ATTACK_SECS).exp();
        PortHeat {
            heat,
            felt: (heat - fast).max(0.0),
        }
    }
}

/// Packets arrived so far per row and protocol, with a checkpoint every so many bubbles.
#[derive(Debug)]
pub struct Counters {
    rows: usize,
    stride: usize,
    /// `[udp, tcp]` of each row before bubble `i * stride`.
    checkpoints: Vec<[u64; 2]>,
}

impl Counters {
    /// Checkpoints over bubbles sorted by departure; `key` gives a bubble's row and protocol index.
    /// At least 1,024 bubbles apart and at most 4,096 of them.
    #[must_use]
    pub fn new(bubbles: &Bubbles, rows: usize, key: impl Fn(usize) -> (usize, usize)) -> Self {
        let stride = (bubbles.len() / 4096).max(1024);
        let mut checkpoints = Vec::new();
        let mut running = vec![[0_u64; 2]; rows];
        if bubbles.is_empty() {
            checkpoints.extend_from_slice(&running);
        }
        for index in 0..bubbles.len() {
            if index % stride == 0 {
                checkpoints.extend_from_slice(&running);
            }
            let (row, protocol) = key(index);
            running[row][protocol] += bubbles.packets[index];
        }
        Self {
            rows,
            stride,
            checkpoints,
        }
    }

    /// `[udp, tcp]` of each row over the first `arrived` bubbles.
    #[must_use]
    pub fn at(&self, bubbles: &Bubbles, arrived: usize, key: impl Fn(usize) -> (usize, usize)) -> Vec<[u64; 2]> {
        let checkpoint = arrived.saturating_sub(1) / self.stride;
        let mut counts = self.checkpoints[checkpoint * self.rows..(checkpoint + 1) * self.rows].to_vec();
        for index in checkpoint * self.stride..arrived {
            let (row, protocol) = key(index);
            counts[row][protocol] += bubbles.packets[index];
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{NS, TimeSpec};
    use proptest::prelude::*;

    fn timeline() -> Timeline {
        let spec = TimeSpec {
            pace_ns: Some(60 * NS),
            ..TimeSpec::default()
        };
        Timeline::settle(&spec, 0, 1800 * NS).unwrap()
    }

    fn bubbles(rows: &[(i64, u32, u64)]) -> Bubbles {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        Bubbles {
            offset_ns: rows.iter().map(|row| row.0).collect(),
            port: rows.iter().map(|row| row.1).collect(),
            country: vec![0; rows.len()],
            host: vec![0; rows.len()],
            packets: rows.iter().map(|row| row.2).collect(),
        }
    }

    proptest! {
        #[test]
        fn heat_and_counters_are_the_sums_of_the_table(
            rows in prop::collection::vec((0_i64..1800 * NS, 0_u32..5, 1_u64..6000), 1..200),
            k in 0_u64..900,
        ) {
            let timeline = timeline();
            let bubbles = bubbles(&rows);
            let heat = Heat::new(&bubbles, 5, &timeline);
            let v = timeline.film_secs(k);
            let arrivals = || bubbles.offset_ns.iter().map(|offset| timeline.departure_secs(*offset) + 2.8);
            for slot in 0..5 {
                let expected: f64 = arrivals()
                    .zip(&bubbles.port)
                    .zip(&bubbles.packets)
                    .filter(|((arrival, port), _)| **port == slot && *arrival <= v)
                    .map(|((arrival, _), packets)| *packets as f64 * (-(v - arrival) / TAU_SECS).exp())
                    .sum();
                let found = heat.at(slot as usize, k, timeline.arrived_ns(k), &timeline);
                prop_assert!((found.heat - expected).abs() <= 1e-5 * expected + 1e-9, "{} {expected}", found.heat);
                prop_assert!(found.felt <= found.heat);
            }

            let key = |index: usize| (bubbles.port[index] as usize, 0);
            let counters = Counters::new(&bubbles, 5, key);
            let counted = bubbles.offset_ns.partition_point(|offset| *offset < timeline.counted_before_ns(k));
            let counts = counters.at(&bubbles, counted, key);
            for slot in 0..5_u32 {
                let rows = bubbles.offset_ns.iter().zip(&bubbles.port).zip(&bubbles.packets);
                let arrived = rows.filter(|((offset, port), _)| **offset < timeline.counted_before_ns(k) && **port == slot);
                prop_assert_eq!(counts[slot as usize][0], arrived.map(|(_, packets)| packets).sum::<u64>());
            }
        }
    }

    #[test]
    fn a_label_swells_within_a_few_frames_and_then_follows_the_heat() {
        let timeline = timeline();
        let bubbles = bubbles(&[(0, 0, 1000)]);
        let heat = Heat::new(&bubbles, 1, &timeline);
        let felt = |k: u64| heat.at(0, k, timeline.arrived_ns(k), &timeline);
        assert_eq!(felt(69), PortHeat::default());
        assert_eq!((felt(70).heat, felt(70).felt), (1000.0, 0.0));
        assert!(felt(71).felt < 350.0 && felt(76).felt > 700.0);
        assert!(felt(110).felt / felt(110).heat > 0.999);
    }

    #[test]
    fn counters_cross_checkpoints() {
        let rows: Vec<_> = (0..5000).map(|index| (index, (index % 3) as u32, 2)).collect();
        let bubbles = bubbles(&rows);
        let key = |index: usize| (bubbles.port[index] as usize, index % 2);
        let counters = Counters::new(&bubbles, 3, key);
        for arrived in [0, 1, 1023, 1024, 1025, 2048, 4999, 5000] {
            let total: u64 = counters.at(&bubbles, arrived, key).into_iter().flatten().sum();
            assert_eq!(total, 2 * arrived as u64);
        }
    }
}
