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
    /// At least 1,024 bubbles apart (a scan of 1 microsecond) and at most 4,096 of them.
    #[must_use]
    pub fn new(bubbles: &Bubbles, rows: usize, key: impl Fn(usize) -> (usize, usize)) -> Self {
        let stride = (bubbles.len() / 4096).max(1024);
        let mut checkpoints = Vec::new();
        let mut running = vec![[0_u64; 2]; rows];
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
