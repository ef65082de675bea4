//! The outline of a made-up log: the number of rows in each slot of time, and the floods, scans and
//! worms at work in it. Decided for the whole log before its first row is written.
//!
//! A film of a log at its default pace has between 4,500 and 9,000 bins whatever its span, so
//! episodes are as long as they look well in that film: their unit is a bin, 1/8192 of the span.

use super::random::{Random, zipf};
use super::world::{COUNTRIES, DAY, FLOODED, WORMS};

/// Slots of equal length that a log's span has.
pub(super) const SLOTS: u64 = 1 << 16;
/// Slots in a bin of the default film, about.
const SLOTS_PER_BIN: u64 = 8;
/// Units of weight for one row: slots and episodes have fractions of a row.
const ROW: f64 = 1024.0;

const FLOODS: u64 = 24;
const SCANS: u64 = 14;
/// Share of all rows that episodes of a kind have at most.
const FLOOD_SHARE: f64 = 0.16;
const SCAN_SHARE: f64 = 0.07;
const WORM_SHARE: f64 = 0.07;
/// Of logs that ask for a number of hosts.
const HOST_SWEEPS: u64 = 8;
const HOST_SWEEP_SHARE: f64 = 0.04;
/// Rows in a bin at most. A bubble of 7,000 packets has a radius of 293 pixels at 1080p: a quarter of
/// the picture's height, and enough for any flood to be the largest thing in it.
const FLOOD_ROWS_PER_BIN: f64 = 7_000.0;
const SLOW_SCAN_ROWS_PER_BIN: f64 = 24.0;
const SWEEP_ROWS_PER_BIN: f64 = 1_500.0;

/// Source and destination of an episode's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One country to one port of one host: rises at once, then ebbs away.
    Flood { country: usize, tcp: bool, port: u16 },
    /// One country to many ports of one host, in order: `first`, `first + stride` ...
    Scan {
        country: usize,
        first: u16,
        stride: u16,
        ports: u16,
    },
    /// One port from everywhere: grows, then dies down.
    Worm { tcp: bool, port: u16 },
    /// One country to one port of all hosts, one after another.
    HostSweep { country: usize, port: u16 },
}

/// Something out of the ordinary that lasts for a while.
#[derive(Clone, Debug)]
pub(super) struct Episode {
    pub kind: Kind,
    pub host: usize,
    pub source_port: u16,
    pub first_slot: u64,
    pub slots: u64,
    /// Rows in all, on average.
    rows: f64,
}

impl Episode {
    /// Its weight in a slot; 0 outside of it. The whole episode weighs `rows * ROW`.
    fn weight(&self, slot: u64) -> u64 {
        let Some(at) = slot.checked_sub(self.first_slot).filter(|at| *at < self.slots) else {
            return 0;
        };
        let length = self.slots as f64;
        let x = (at as f64 + 0.5) / length;
        // Each shape has the area 1 over x from 0 to 1.
        let shape = match self.kind {
            Kind::Flood { .. } => 2.0 * (1.0 - x),
            Kind::Scan { .. } | Kind::HostSweep { .. } => 1.0,
            Kind::Worm { .. } => 12.0 * x * (1.0 - x) * (1.0 - x),
        };
        (self.rows * ROW * shape / length) as u64
    }

    /// Its rows in all, on average.
    pub fn rows(&self) -> f64 {
        self.rows
    }

    /// How far a slot is into it, in 1/65536.
    pub fn progress(&self, slot: u64, within: u32) -> u64 {
        let at = slot.saturating_sub(self.first_slot) << 16;
        (at + u64::from(within >> 16)) / self.slots
    }
}

/// The whole log in outline.
pub(super) struct Plan {
    pub clock: Clock,
    pub episodes: Vec<Episode>,
    slots: Vec<Slot>,
}

/// The rows and episodes of a slot of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Rows in it.
    pub rows: u64,
    /// Weight of everyday traffic.
    pub background: u64,
    /// Episodes at work, by index, with their weights.
    pub episodes: Vec<(usize, u64)>,
    /// Weight of both, above 0 where there are rows.
    pub weight: u64,
}

/// The span of a log in slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// First instant, Unix nanoseconds.
    pub start_ns: i64,
    /// Length in nanoseconds, at least one a slot.
    pub span_ns: i64,
}

impl Clock {
    /// First instant of a slot, Unix nanoseconds; of [`SLOTS`], the end of the log.
    pub fn slot_ns(self, slot: u64) -> i64 {
        self.start_ns + (i128::from(self.span_ns) * i128::from(slot) / i128::from(SLOTS)) as i64
    }

    /// Hour of the day (UTC) in which a slot begins, 0 to 23.
    pub fn hour(self, slot: u64) -> usize {
        self.slot_ns(slot).div_euclid(3_600_000_000_000).rem_euclid(24) as usize
    }
}

/// Weight of each country at an hour of the day (UTC): by its rank, and by day and night there.
pub(super) fn source_weights(hour: usize) -> Vec<f64> {
    // Steeper than Zipf: the first country has a fifth of the traffic, the last a thousandth of that.
    let ranks = zipf(COUNTRIES.len(), 1.4).map(|weight| weight * weight.sqrt());
    let day = COUNTRIES.iter().map(|(_, _, ahead)| {
        let local = (hour as i64 + ahead).rem_euclid(24);
        DAY[local as usize] as f64
    });
    ranks.zip(day).map(|(rank, day)| rank * day).collect()
}

impl Plan {
    /// Plans a log of `events` rows to `hosts` hosts, which may be swept. At least a row each is left to everyday
    /// traffic.
    pub fn new(events: u64, seed: u64, clock: Clock, hosts: usize, are_swept: bool) -> Self {
        let mut random = Random::of_part(seed, u64::MAX);
        let mut episodes = Vec::new();
        let rows = events as f64;
        floods(rows * FLOOD_SHARE, hosts, &mut random, &mut episodes);
        scans(rows * SCAN_SHARE, hosts, &mut random, &mut episodes);
        worms(rows * WORM_SHARE, &mut random, &mut episodes);
        if are_swept {
            host_sweeps(rows * HOST_SWEEP_SHARE, &mut random, &mut episodes);
        }
        let special: f64 = episodes.iter().map(|episode| episode.rows).sum();

        let by_hour: Vec<f64> = (0..24).map(|hour| source_weights(hour).iter().sum()).collect();
        let activity: Vec<f64> = (0..SLOTS)
            .map(|slot| by_hour[clock.hour(slot)] * slow_change(seed, slot))
            .collect();
        let unit = (rows - special) * ROW / activity.iter().sum::<f64>();
        let mut slots: Vec<Slot> = activity
            .iter()
            .map(|activity| Slot {
                rows: 0,
                background: (activity * unit) as u64 + 1,
                episodes: Vec::new(),
                weight: 0,
            })
            .collect();
        for (index, episode) in episodes.iter().enumerate() {
            for slot in episode.first_slot..episode.first_slot + episode.slots {
                slots[slot as usize].episodes.push((index, episode.weight(slot)));
            }
        }
        for slot in &mut slots {
            slot.weight = slot.background + slot.episodes.iter().map(|(_, weight)| weight).sum::<u64>();
        }
        // Rounded as a running total, so that the rows add up to the events.
        let total: u128 = slots.iter().map(|slot| u128::from(slot.weight)).sum();
        let (mut weight, mut given) = (0, 0);
        for slot in &mut slots {
            weight += u128::from(slot.weight);
            let due = (u128::from(events) * weight / total) as u64;
            slot.rows = due - given;
            given = due;
        }
        Self { clock, episodes, slots }
    }

    /// A slot by its number; `None` after the last.
    pub fn slot(&self, slot: u64) -> Option<&Slot> {
        self.slots.get(usize::try_from(slot).ok()?)
    }
}

/// Activity that drifts between 0.6 and 1.4 over hundreds of slots.
fn slow_change(seed: u64, slot: u64) -> f64 {
    const CELL: u64 = 512;
    let level = |cell: u64| Random::of_part(seed, 1 << 40 | cell).unit();
    let (cell, within) = (slot / CELL, (slot % CELL) as f64 / CELL as f64);
    0.6 + 0.8 * (level(cell) * (1.0 - within) + level(cell + 1) * within)
}

/// Where the `index`-th of `count` episodes of `slots` begins: spread over the log, not in step.
fn begin(index: u64, count: u64, slots: u64, random: &mut Random) -> u64 {
    let room = SLOTS / count;
    let begin = index * room + random.below(room);
    begin.min(SLOTS - slots)
}

/// `bins` of the default film in slots.
fn bins(bins: u64) -> u64 {
    bins * SLOTS_PER_BIN
}

/// Few large ones and many small ones.
fn floods(rows: f64, hosts: usize, random: &mut Random, episodes: &mut Vec<Episode>) {
    let sizes: Vec<f64> = (0..FLOODS).map(|_| random.heavy()).collect();
    let sum: f64 = sizes.iter().sum();
    for (index, size) in (0..).zip(sizes) {
        let slots = random.within(bins(2), bins(12));
        // Twice the mean at its height: see its shape.
        let most = FLOOD_ROWS_PER_BIN / 2.0 * slots as f64 / SLOTS_PER_BIN as f64;
        let (tcp, port) = FLOODED[random.below(FLOODED.len() as u64) as usize];
        episodes.push(Episode {
            kind: Kind::Flood {
                country: random.below(30) as usize,
                tcp,
                port,
            },
            host: random.below(hosts as u64) as usize,
            source_port: random.within(1024, 65_535) as u16,
            first_slot: begin(index, FLOODS, slots, random),
            slots,
            rows: (rows * size / sum).min(most),
        });
    }
}

/// By turns slow ones, a port now and then for a day, and sweeps, a thousand ports at once.
fn scans(rows: f64, hosts: usize, random: &mut Random, episodes: &mut Vec<Episode>) {
    let each = rows / SCANS as f64;
    for index in 0..SCANS {
        let slow = index % 2 == 0;
        let (slots, per_bin) = if slow {
            (random.within(bins(150), bins(400)), SLOW_SCAN_ROWS_PER_BIN)
        } else {
            (random.within(bins(4), bins(12)), SWEEP_ROWS_PER_BIN)
        };
        let rows = each.min(per_bin * slots as f64 / SLOTS_PER_BIN as f64);
        let ports = (rows.max(1.0) as u64).min(random.within(900, 1500));
        // From the first ports right through to the last, or the well-known ones alone.
        let (first, stride) = if random.below(3) == 0 {
            (1, 1)
        } else {
            (random.within(1, 400), 65_000 / ports)
        };
        let kind = Kind::Scan {
            country: random.below(40) as usize,
            first: first as u16,
            stride: stride.max(1) as u16,
            ports: ports as u16,
        };
        episodes.push(Episode {
            kind,
            host: random.below(hosts as u64) as usize,
            source_port: random.within(30_000, 65_535) as u16,
            first_slot: begin(index, SCANS, slots, random),
            slots,
            rows,
        });
    }
}

fn worms(rows: f64, random: &mut Random, episodes: &mut Vec<Episode>) {
    let count = WORMS.len() as u64;
    for (index, (tcp, port)) in (0..).zip(WORMS) {
        let slots = random.within(bins(400), bins(1200));
        episodes.push(Episode {
            kind: Kind::Worm { tcp, port },
            host: 0,
            source_port: 0,
            first_slot: begin(index, count, slots, random),
            slots,
            rows: rows / count as f64,
        });
    }
}

fn host_sweeps(rows: f64, random: &mut Random, episodes: &mut Vec<Episode>) {
    for index in 0..HOST_SWEEPS {
        let slots = random.within(bins(20), bins(60));
        let (_, port) = WORMS[random.below(WORMS.len() as u64) as usize];
        episodes.push(Episode {
            kind: Kind::HostSweep {
                country: random.below(40) as usize,
                port,
            },
            host: 0,
            source_port: random.within(30_000, 65_535) as u16,
            first_slot: begin(index, HOST_SWEEPS, slots, random),
            slots,
            rows: rows / HOST_SWEEPS as f64,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONTH: Clock = Clock {
        start_ns: 0,
        span_ns: 28 * 86_400_000_000_000,
    };

    #[test]
    fn the_rows_of_all_slots_are_the_events() {
        for events in [1, 2, 1000, 79_832, 1_000_000, 100_000_000, 10_000_000_000] {
            let plan = Plan::new(events, 1, MONTH, 9, events.is_multiple_of(2));
            assert_eq!(plan.slots.iter().map(|slot| slot.rows).sum::<u64>(), events);
            assert!(plan.slots.iter().all(|slot| slot.weight > 0));
        }
    }

    #[test]
    fn episodes_stay_in_the_log_and_leave_most_of_it_to_everyday_traffic() {
        for seed in 0..200 {
            for events in [1, 5000, 1_000_000_000] {
                let are_swept = seed % 2 == 1;
                let plan = Plan::new(events, seed, MONTH, 500, are_swept);
                let rows: f64 = plan.episodes.iter().map(|episode| episode.rows).sum();
                let most = if are_swept { 0.341 } else { 0.301 };
                assert!(rows <= most * events as f64, "{rows} of {events}");
                assert!(plan.episodes.iter().all(|episode| episode.host < 500));
                for episode in &plan.episodes {
                    assert!(episode.first_slot + episode.slots <= SLOTS);
                    if let Kind::Scan {
                        first, stride, ports, ..
                    } = episode.kind
                    {
                        let last = u32::from(first) + u32::from(stride) * u32::from(ports);
                        assert!(last < 65_536, "{episode:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_episode_weighs_what_its_rows_do() {
        let plan = Plan::new(1_000_000, 3, MONTH, 9, true);
        for episode in &plan.episodes {
            let weights = (0..SLOTS).map(|slot| episode.weight(slot));
            let rows = weights.sum::<u64>() as f64 / ROW;
            // Rounded down in each of up to ten thousand slots, by a unit at most.
            assert!(
                (rows - episode.rows).abs() < 10.0 + 0.01 * episode.rows,
                "{rows} of {episode:?}"
            );
        }
        let (first, last) = (plan.episodes[0].progress(plan.episodes[0].first_slot, 0), {
            let episode = &plan.episodes[0];
            episode.progress(episode.first_slot + episode.slots - 1, u32::MAX)
        });
        assert_eq!((first, last >> 10), (0, 63));
    }
}
