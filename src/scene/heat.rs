//! Heat of ports and counters of sources at any moment, in closed form: sums over arrivals sorted by
//! time, found by a binary search, so a frame needs none before it and costs what happens in it.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::crew;
use crate::log::{Bubble, Bubbles};
use crate::timeline::Timeline;

/// Time constant of a port's heat, in seconds of film.
pub const TAU_SECS: f64 = 1.6;
/// Time constant with which a label grows after an arrival, in seconds of film. The heat itself
/// jumps; a label that jumped with it would read as a flaw of the film.
pub const ATTACK_SECS: f64 = 0.12;
/// Arrivals longer ago than this have sunk in, to the last bit of a double: exp(-37) is 2^-53.
const SUNK_IN_SECS: f64 = 37.0 * ATTACK_SECS;
/// Heat below which a port is cold, in packets: its label would be a thousand millionth of a pixel.
pub const COLD: f64 = 1e-12;

/// Number of arrivals from which on two threads may sum them up: half a millisecond of work.
const MANY: usize = 65_536;

/// Film time from one moment whose sums are kept to the next, in seconds.
const MOMENT_SECS: f64 = 1.0;
/// Such moments that are kept at most: those of 16 threads that draw segments of two seconds. Each takes 12 bytes for
/// a port that is felt then, 1.6 MB if all are.
const MOMENTS: usize = 32;

/// The arrivals that can still be felt, and the way they fade.
#[derive(Clone, Debug)]
pub struct Heat {
    /// Packets of the largest bubble.
    most_packets: f64,
    slow: Growth,
    fast: Growth,
    moments: Arc<Moments>,
}

/// A port's heat at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PortHeat {
    /// The port's slot.
    pub slot: u32,
    /// `sum over arrivals a <= v of n * exp(-(v - a) / TAU_SECS)`, in packets.
    pub heat: f64,
    /// The heat less what has not sunk in yet: what the label's size follows. Never jumps.
    pub felt: f64,
}

/// The decaying sums of a port up to and with its last arrival so far, in weights of the first.
#[derive(Clone, Copy, Default)]
struct Sums {
    slot: u32,
    /// Number of the last arrival's time, from 1 on; 0 where nothing has arrived.
    time: u32,
    slow: f64,
    fast: f64,
}

/// A time at which something arrived, and its weights.
#[derive(Clone, Copy, Default)]
struct Time {
    offset_ns: i64,
    slow: f64,
    fast: f64,
}

/// What has arrived at a port before a moment, as it has faded until then.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    slot: u32,
    slow: f32,
    fast: f32,
}

/// The moments whose sums are known, a second of film apart: a frame adds what has arrived since to the last before it.
/// The sums follow from their moment alone, so a frame is the same whether they were known or not.
#[derive(Debug, Default)]
struct Moments {
    /// By number and heat that is cold, each at the place that its number has.
    known: Mutex<Vec<Option<Moment>>>,
}

/// A moment's number, the heat that is cold then, and the sums.
type Moment = (i64, f64, Arc<[Kept]>);

impl Moments {
    fn get_or(&self, number: i64, cold: f64, sums: impl FnOnce() -> Vec<Kept>) -> Arc<[Kept]> {
        let place = number.rem_euclid(MOMENTS as i64) as usize;
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Some((of, down_to, sums))) = known().get(place)
            && (*of, *down_to) == (number, cold)
        {
            return Arc::clone(sums);
        }
        // Nobody waits meanwhile: two threads may sum up one moment, to the same sums.
        let sums: Arc<[Kept]> = sums().into();
        let mut known = known();
        known.resize(MOMENTS, None);
        known[place] = Some((number, cold, Arc::clone(&sums)));
        sums
    }
}

/// What is asked for: the sums over arrivals until a moment, of things below `slots`, where those that add less than
/// `cold` then count for nothing.
#[derive(Clone, Copy)]
struct Asked<'a> {
    slots: usize,
    until_ns: i64,
    timeline: &'a Timeline,
    cold: f64,
}

impl Asked<'_> {
    /// The fewest packets of an arrival at some offset that is still felt, and until which offset that is taken for
    /// the least: it has about doubled again by then.
    fn least(&self, offset_ns: i64) -> (u64, i64) {
        let next_ns = offset_ns.saturating_add(self.timeline.data_ns(TAU_SECS / 2.0).max(1));
        let ago_secs = self.timeline.departure_secs(self.until_ns.saturating_sub(next_ns));
        ((self.cold * (ago_secs / TAU_SECS).exp()) as u64, next_ns)
    }
}

/// Sums over arrivals, in the weights of the last.
struct Gathered {
    ports: Ports,
    /// The first is no time.
    times: Vec<Time>,
    last: Time,
}

impl Heat {
    /// Looks for the largest bubble, which is felt the longest.
    #[must_use]
    pub fn new(bubbles: &Bubbles, timeline: &Timeline) -> Self {
        Self {
            most_packets: bubbles.most_packets().max(1) as f64,
            slow: Growth::new(bubbles.unit_ns(), timeline, TAU_SECS),
            fast: Growth::new(bubbles.unit_ns(), timeline, ATTACK_SECS),
            moments: Arc::default(),
        }
    }

    /// The ports whose heat at frame `k` is above `cold`, and those that are about to cool below it,
    /// by slot. What an arrival still adds counts for nothing once it is less than `cold`: the arrivals of half a
    /// minute of film are looked at and not those before, whatever their number, once for each second of film; a frame
    /// looks at those since.
    #[must_use]
    pub fn at(&self, bubbles: &Bubbles, k: u64, timeline: &Timeline, cold: f64) -> Vec<PortHeat> {
        let slots = bubbles.ports();
        self.of_all(bubbles, slots, k, timeline, cold, |range| bubbles.arrivals(range))
    }

    /// The same of other things than ports: of those below `slots` that `slot` makes of bubbles. It is always to make
    /// the same of them.
    #[must_use]
    pub fn at_by(
        &self,
        bubbles: &Bubbles,
        slots: usize,
        k: u64,
        timeline: &Timeline,
        cold: f64,
        slot: impl Fn(&Bubble) -> u32 + Sync,
    ) -> Vec<PortHeat> {
        let arrival = |bubble: Bubble| (bubble.offset_ns, slot(&bubble), bubble.packets);
        let arrivals = |range| bubbles.range(range).map(arrival);
        self.of_all(bubbles, slots, k, timeline, cold, arrivals)
    }

    /// The heat of things below `slots`, of which `arrivals` gives offset, slot and packets for a range of bubbles.
    fn of_all<I: Iterator<Item = (i64, u32, u64)>>(
        &self,
        bubbles: &Bubbles,
        slots: usize,
        k: u64,
        timeline: &Timeline,
        cold: f64,
        arrivals: impl Fn(Range<usize>) -> I + Sync,
    ) -> Vec<PortHeat> {
        let until_ns = timeline.arrived_ns(k);
        let arrived = bubbles.departed_by(until_ns);
        if arrived == 0 {
            return Vec::new();
        }
        let asked = Asked {
            slots,
            until_ns,
            timeline,
            cold,
        };
        // Not in units of the bubbles' times, which the same bubbles may have others of.
        let step_ns = timeline.data_ns(MOMENT_SECS).max(1);
        let number = until_ns.div_euclid(step_ns);
        let moment_ns = number * step_ns;
        let kept = self.moments.get_or(number, cold, || {
            let asked = Asked {
                until_ns: moment_ns,
                ..asked
            };
            self.kept_at(bubbles, asked, &arrivals)
        });

        let since = bubbles.departed_before(moment_ns)..arrived;
        let count = kept.len() + since.len();
        let Some(gathered) = self.gather(Some((moment_ns, &kept)), arrivals(since), count, asked) else {
            return Vec::new();
        };
        let Gathered { ports, times, last } = gathered;
        let now = timeline.moment(k, timeline.travel_ns);
        let secs = now.secs_since(last.offset_ns).max(0.0);
        let slow_now = last.slow * (secs / TAU_SECS).exp();
        let fast_now = last.fast * (secs / ATTACK_SECS).exp();
        let heat = |sums: Sums| {
            // Rounded, so that a heat of a round number of packets is one.
            let rounded = |sum: f64, weight: f64| f64::from((sum / weight) as f32) * weight;
            let time = times[sums.time as usize];
            let heat = rounded(sums.slow, time.slow) / slow_now;
            let fast = if sums.fast == 0.0 {
                0.0
            } else {
                rounded(sums.fast, time.fast) / fast_now
            };
            PortHeat {
                slot: sums.slot,
                heat,
                felt: (heat - fast).max(0.0),
            }
        };
        ports.by_slot().map(heat).collect()
    }

    /// The sums over all that arrives before a moment, by slot.
    fn kept_at<I: Iterator<Item = (i64, u32, u64)>>(
        &self,
        bubbles: &Bubbles,
        asked: Asked<'_>,
        arrivals: impl Fn(Range<usize>) -> I + Sync,
    ) -> Vec<Kept> {
        let timeline = asked.timeline;
        let felt_secs = TAU_SECS * (self.most_packets / asked.cold).ln();
        let from_ns = asked.until_ns.saturating_sub(timeline.data_ns(felt_secs));
        let range = bubbles.departed_before(from_ns)..bubbles.departed_before(asked.until_ns);
        let sums = |range: Range<usize>| {
            let Some(gathered) = self.gather(None, arrivals(range.clone()), range.len(), asked) else {
                return Vec::new();
            };
            let Gathered { ports, last, .. } = gathered;
            let secs = timeline.departure_secs(asked.until_ns - last.offset_ns);
            let slow_now = last.slow * (secs / TAU_SECS).exp();
            let fast_now = last.fast * (secs / ATTACK_SECS).exp();
            let kept = |sums: Sums| Kept {
                slot: sums.slot,
                slow: (sums.slow / slow_now) as f32,
                fast: if sums.fast == 0.0 {
                    0.0
                } else {
                    (sums.fast / fast_now) as f32
                },
            };
            ports
                .by_slot()
                .map(kept)
                .filter(|kept| f64::from(kept.slow) >= asked.cold)
                .collect()
        };
        if range.len() < MANY {
            return sums(range);
        }
        // By their number alone: a frame is the same whoever lays it out.
        let middle = range.start + range.len() / 2;
        let (older, newer) = crew::both(|| sums(range.start..middle), || sums(middle..range.end));
        sums_of(&older, &newer)
    }

    /// Sums up `count` arrivals at most, and before them what is known of a moment; none where there are none.
    fn gather(
        &self,
        known: Option<(i64, &[Kept])>,
        arrivals: impl Iterator<Item = (i64, u32, u64)>,
        count: usize,
        asked: Asked<'_>,
    ) -> Option<Gathered> {
        let fresh_ns = asked
            .until_ns
            .saturating_sub(asked.timeline.data_ns(1.2 * SUNK_IN_SECS));

        // All that arrives is weighted by its time alone, by how much what arrived at the start has
        // faded since: a sum over a port is then one multiplication and addition for each of its
        // arrivals, and a weight serves all that arrive at once.
        let mut ports = Ports::new(count, asked.slots);
        let (mut slow, mut fast) = (self.slow.begin(), self.fast.begin());
        let mut times = vec![Time::default()];
        let mut last = Time {
            offset_ns: i64::MIN,
            ..Time::default()
        };
        if let Some((offset_ns, kept)) = known {
            last = Time {
                offset_ns,
                slow: slow.begin_at(offset_ns),
                fast: fast.begin_at(offset_ns),
            };
            times.push(last);
            for Kept { slot, slow, fast } in kept {
                let sums = ports.entry(*slot);
                sums.time = 1;
                sums.slow = f64::from(*slow) * last.slow;
                sums.fast = f64::from(*fast) * last.fast;
            }
        }
        let (mut least, mut least_until_ns) = (0_u64, i64::MIN);
        for (offset_ns, slot, packets) in arrivals {
            if offset_ns >= least_until_ns {
                (least, least_until_ns) = asked.least(offset_ns);
            }
            if packets < least {
                continue;
            }
            if offset_ns != last.offset_ns {
                last.offset_ns = offset_ns;
                last.slow = slow.at(offset_ns);
                if offset_ns >= fresh_ns {
                    last.fast = fast.at(offset_ns);
                }
                times.push(last);
            }
            let packets = packets as f64;
            let sums = ports.entry(slot);
            sums.time = times.len() as u32 - 1;
            sums.slow += packets * last.slow;
            // 0 for all that has sunk in.
            sums.fast += packets * last.fast;
        }
        (times.len() > 1).then_some(Gathered { ports, times, last })
    }
}

/// A sum over arrivals: that of all is that of the ones and that of the others. Both by slot.
fn sums_of(ones: &[Kept], others: &[Kept]) -> Vec<Kept> {
    let mut sums = Vec::with_capacity(ones.len().max(others.len()));
    let mut others = others.iter().copied().peekable();
    for one in ones {
        while let Some(other) = others.next_if(|other| other.slot < one.slot) {
            sums.push(other);
        }
        let same = others.next_if(|other| other.slot == one.slot).unwrap_or_default();
        sums.push(Kept {
            slot: one.slot,
            slow: one.slow + same.slow,
            fast: one.fast + same.fast,
        });
    }
    sums.extend(others);
    sums
}

/// The factor by which an arrival weighs more than one before it, which has faded since.
#[derive(Clone, Debug)]
struct Growth {
    unit_ns: i64,
    /// Data time of its time constant, in nanoseconds.
    constant_ns: f64,
    /// By units of time from one arrival to the next.
    by_units: Vec<f64>,
}

/// Steps by units that are looked up: five minutes of a log in whole seconds, 4 KiB.
const UNITS: i64 = 512;

/// Number of steps after which weights are computed anew, so that their roundings do not add up.
const STEPS: u32 = 32;

impl Growth {
    fn new(unit_ns: i64, timeline: &Timeline, constant_secs: f64) -> Self {
        let secs = |units: i64| timeline.departure_secs(units.saturating_mul(unit_ns));
        Self {
            unit_ns,
            constant_ns: constant_secs / timeline.departure_secs(1),
            by_units: (0..UNITS).map(|units| (secs(units) / constant_secs).exp()).collect(),
        }
    }

    fn begin(&self) -> Weight<'_> {
        Weight {
            growth: self,
            start_ns: None,
            last_ns: 0,
            steps: 0,
            weight: 1.0,
        }
    }
}

/// The weight of what arrives at a moment; of the first, 1.
struct Weight<'a> {
    growth: &'a Growth,
    start_ns: Option<i64>,
    last_ns: i64,
    steps: u32,
    weight: f64,
}

impl Weight<'_> {
    /// Begins at a moment that is no whole number of units from the others.
    fn begin_at(&mut self, offset_ns: i64) -> f64 {
        let weight = self.at(offset_ns);
        self.steps = STEPS;
        weight
    }

    /// Goes on to a later moment, and gives its weight.
    fn at(&mut self, offset_ns: i64) -> f64 {
        let Some(start_ns) = self.start_ns else {
            (self.start_ns, self.last_ns) = (Some(offset_ns), offset_ns);
            return self.weight;
        };
        let units = offset_ns.wrapping_sub(self.last_ns) as u64 / self.growth.unit_ns as u64;
        self.last_ns = offset_ns;
        self.steps += 1;
        self.weight = match self.growth.by_units.get(units as usize) {
            Some(growth) if self.steps < STEPS => self.weight * growth,
            _ => {
                self.steps = 0;
                ((offset_ns - start_ns) as f64 / self.growth.constant_ns).exp()
            }
        };
        self.weight
    }
}

/// The ports that a frame meets: in a hash table of its own, since most logs have thousands and most
/// frames hundreds, or, where it may meet most of them, each at its own place.
struct Ports {
    /// By slot, or as they were met where there is a table.
    sums: Vec<Sums>,
    /// Index into `sums` + 1 by hash, 0 where no entry is; at most half full. Empty where `sums` is.
    table: Vec<u32>,
}

impl Ports {
    /// Room for at most `arrivals` arrivals, with slots below `slots`.
    fn new(arrivals: usize, slots: usize) -> Self {
        if 2 * arrivals >= slots {
            return Self {
                sums: vec![Sums::default(); slots],
                table: Vec::new(),
            };
        }
        Self {
            sums: Vec::new(),
            table: vec![0; (2 * arrivals).max(1).next_power_of_two()],
        }
    }

    /// The sums of a slot. Called for each arrival: left to itself, the compiler does not inline it everywhere, which
    /// took 3% of a frame's instructions.
    #[inline(always)]
    fn entry(&mut self, slot: u32) -> &mut Sums {
        if self.table.is_empty() {
            let sums = &mut self.sums[slot as usize];
            sums.slot = slot;
            return sums;
        }
        let mask = self.table.len() - 1;
        let mut at = (slot.wrapping_mul(0x9e37_79b9) >> 8) as usize & mask;
        while self.table[at] != 0 && self.sums[self.table[at] as usize - 1].slot != slot {
            at = (at + 1) & mask;
        }
        if self.table[at] == 0 {
            self.sums.push(Sums {
                slot,
                ..Sums::default()
            });
            self.table[at] = self.sums.len() as u32;
        }
        &mut self.sums[self.table[at] as usize - 1]
    }

    /// Those that something has arrived at, by slot.
    fn by_slot(mut self) -> impl Iterator<Item = Sums> {
        if !self.table.is_empty() {
            self.sums.sort_unstable_by_key(|sums| sums.slot);
        }
        self.sums.into_iter().filter(|sums| sums.time > 0)
    }
}

/// Packets arrived so far per row and protocol, with checkpoints at equal numbers of bubbles.
#[derive(Debug)]
pub struct Counters {
    rows: usize,
    stride: usize,
    /// `[udp, tcp]` of each row before bubble `i * stride`.
    checkpoints: Vec<[u64; 2]>,
}

impl Counters {
    /// Checkpoints over bubbles sorted by departure; `key` gives a bubble's row and protocol index.
    /// As far apart as it takes for them to come to a quarter of a byte for each bubble: 2,880 for
    /// 45 rows.
    #[must_use]
    pub fn new(bubbles: &Bubbles, rows: usize, key: impl Fn(&Bubble) -> (usize, usize)) -> Self {
        let stride = (64 * rows).max(1024);
        let mut checkpoints = Vec::new();
        let mut running = vec![[0_u64; 2]; rows];
        checkpoints.reserve_exact(bubbles.len().div_ceil(stride) * rows);
        if bubbles.is_empty() {
            checkpoints.extend_from_slice(&running);
        }
        for (index, bubble) in bubbles.iter().enumerate() {
            if index % stride == 0 {
                checkpoints.extend_from_slice(&running);
            }
            let (row, protocol) = key(&bubble);
            running[row][protocol] += bubble.packets;
        }
        Self {
            rows,
            stride,
            checkpoints,
        }
    }

    /// `[udp, tcp]` of each row over the first `arrived` bubbles.
    #[must_use]
    pub fn at(&self, bubbles: &Bubbles, arrived: usize, key: impl Fn(&Bubble) -> (usize, usize)) -> Vec<[u64; 2]> {
        let checkpoint = arrived.saturating_sub(1) / self.stride;
        let mut counts = self.checkpoints[checkpoint * self.rows..(checkpoint + 1) * self.rows].to_vec();
        for bubble in bubbles.range(checkpoint * self.stride..arrived) {
            let (row, protocol) = key(&bubble);
            counts[row][protocol] += bubble.packets;
        }
        counts
    }

    /// Bytes of memory that the checkpoints take.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.checkpoints.capacity() * size_of::<[u64; 2]>()
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
        let unit_ns = if rows.iter().all(|row| row.0 % NS == 0) { NS } else { 1 };
        let ports = rows.iter().map(|row| row.1 as usize + 1).max();
        let mut bubbles = Bubbles::new(unit_ns, [ports.unwrap_or(0), 1, 1]);
        for (offset_ns, port, packets) in rows {
            bubbles.push(&Bubble {
                offset_ns,
                port,
                source: 0,
                host: 0,
                packets,
            });
        }
        bubbles
    }

    proptest! {
        #[test]
        fn heat_and_counters_are_the_sums_of_the_table(
            rows in prop::collection::vec((0_i64..1800 * NS, 0_u32..5, 1_u64..6000), 1..200),
            k in 0_u64..900,
            // Ports each at a place of its own, or in a hash table; times that are looked up, or are not.
            spread in prop_oneof![Just(1_u32), Just(300)],
            unit_ns in prop_oneof![Just(1), Just(NS)],
        ) {
            let timeline = timeline();
            let rows: Vec<_> = rows
                .into_iter()
                .map(|(offset_ns, port, packets)| (offset_ns / unit_ns * unit_ns, port * spread, packets))
                .collect();
            let bubbles = bubbles(&rows);
            let heats = Heat::new(&bubbles, &timeline).at(&bubbles, k, &timeline, COLD);
            prop_assert!(heats.is_sorted_by(|a, b| a.slot < b.slot));
            // Whatever was asked before.
            let heat = Heat::new(&bubbles, &timeline);
            for before in [k + 1, k.saturating_sub(13), k + 32 * 25] {
                let _ = heat.at(&bubbles, before, &timeline, COLD);
            }
            prop_assert_eq!(&heat.at(&bubbles, k, &timeline, COLD), &heats);
            let v = timeline.film_secs(k);
            let arrivals = || bubbles.iter().map(|bubble| (timeline.departure_secs(bubble.offset_ns) + 2.8, bubble));
            // A frame is 40 ms of film and 2.4 s of data; in integers, since many arrive just when one begins.
            let has_arrived = |bubble: &Bubble| bubble.offset_ns + 60 * 2_800_000_000 <= k as i64 * 2_400_000_000;
            for slot in (0..5).map(|port| port * spread) {
                let expected: f64 = arrivals()
                    .filter(|(_, bubble)| bubble.port == slot && has_arrived(bubble))
                    .map(|(arrival, bubble)| bubble.packets as f64 * (-(v - arrival) / TAU_SECS).exp())
                    .sum();
                let found = heats.iter().find(|heat| heat.slot == slot).copied().unwrap_or_default();
                prop_assert!((found.heat - expected).abs() <= 1e-5 * expected + 1e-9, "{} {expected}", found.heat);
                prop_assert!(found.felt <= found.heat);
            }

            let key = |bubble: &Bubble| ((bubble.port / spread) as usize, 0);
            let counters = Counters::new(&bubbles, 5, key);
            let counted = bubbles.departed_before(timeline.counted_before_ns(k));
            let counts = counters.at(&bubbles, counted, key);
            for slot in 0..5_u32 {
                let of_slot = bubbles.iter().filter(|bubble| bubble.port == slot * spread);
                let arrived = of_slot.filter(|bubble| bubble.offset_ns < timeline.counted_before_ns(k));
                prop_assert_eq!(counts[slot as usize][0], arrived.map(|bubble| bubble.packets).sum::<u64>());
            }
        }
    }

    #[test]
    fn many_arrivals_are_summed_up_in_two_halves() {
        let timeline = timeline();
        // Ports of the older half alone, of the newer, and of both.
        let count = MANY as i64 + 4000;
        let rows: Vec<_> = (0..count)
            .map(|index| {
                (
                    index * NS / 50,
                    (index % 3 + 2 * (index * 2 / count)) as u32,
                    1 + index as u64 % 7,
                )
            })
            .collect();
        let bubbles = bubbles(&rows);
        let k = 900;
        let now_secs = timeline.film_secs(k);
        let heats = Heat::new(&bubbles, &timeline).at(&bubbles, k, &timeline, COLD);
        assert_eq!(heats.iter().map(|heat| heat.slot).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        for found in heats {
            let of_port = bubbles.iter().filter(|bubble| bubble.port == found.slot);
            let expected: f64 = of_port
                .map(|bubble| (timeline.departure_secs(bubble.offset_ns) + 2.8, bubble.packets as f64))
                .map(|(arrival_secs, packets)| packets * ((arrival_secs - now_secs) / TAU_SECS).exp())
                .sum();
            assert!((found.heat / expected - 1.0).abs() < 1e-5, "{found:?} {expected}");
            assert!(found.felt <= found.heat);
        }
    }

    #[test]
    fn a_label_swells_within_a_few_frames_and_then_follows_the_heat() {
        let timeline = timeline();
        let bubbles = bubbles(&[(0, 0, 1000)]);
        let heat = Heat::new(&bubbles, &timeline);
        let at = |k: u64| heat.at(&bubbles, k, &timeline, COLD);
        let felt = |k: u64| at(k).first().copied().unwrap_or_default();
        assert_eq!(felt(69), PortHeat::default());
        assert_eq!((felt(70).heat, felt(70).felt), (1000.0, 0.0));
        assert!(felt(71).felt < 350.0 && felt(76).felt > 700.0);
        assert!(felt(110).felt / felt(110).heat > 0.999);
    }

    #[test]
    fn counters_cross_checkpoints() {
        let rows: Vec<_> = (0..5000).map(|index| (index, (index % 3) as u32, 2)).collect();
        let bubbles = bubbles(&rows);
        let key = |bubble: &Bubble| (bubble.port as usize, bubble.offset_ns as usize % 2);
        let counters = Counters::new(&bubbles, 3, key);
        for arrived in [0, 1, 1023, 1024, 1025, 2048, 4999, 5000] {
            let total: u64 = counters.at(&bubbles, arrived, key).into_iter().flatten().sum();
            assert_eq!(total, 2 * arrived as u64);
        }
    }
}
