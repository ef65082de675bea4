//! What ends and what begins: times without packets, hosts that stop for good, and busy ports and sources that appear late.

use super::counts::{Counts, Sum};

/// A silence is as many times as long as the usual time between two packets, and as a part of the log.
const USUAL_GAPS: i64 = 20;
const PART_OF_LOG: i64 = 200;
/// A host that stops was there for, and is missed for, at least this part of the log, and had so many packets.
const PART_OF_HOST: i64 = 10;
const LEAST_OF_HOST: u64 = 100;
/// Hosts of a log whose ends are told; of more, each is one of many.
const MOST_HOSTS: usize = 1000;
/// The part of the log after which something is late, and the place among the busiest that it has at least.
const PART_BEFORE: i64 = 10;
const TOP: usize = 10;
/// Packets that are expected before it appears, had it been there all the time.
const EXPECTED: f64 = 16.0;

/// A time without packets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Silence {
    /// The last packet before it, and the first behind it.
    pub from_ns: i64,
    pub to_ns: i64,
    /// How much longer it is than the usual time between two packets.
    pub above: f64,
}

/// The silences of a log.
pub(super) fn silences(counts: &Counts) -> Vec<Silence> {
    let Some((first_ns, last_ns)) = counts.ends_ns() else {
        return Vec::new();
    };
    let span_ns = last_ns.saturating_sub(first_ns);
    let mut packets: Vec<u64> = counts.cells.values().map(|sum| sum.packets).collect();
    packets.sort_unstable();
    // By the median cell, so that a flood makes no night of the rest; of a log with more cells than packets by all.
    let empty = counts.grid.count().saturating_sub(packets.len() as u64);
    let middle = (counts.grid.count() / 2).checked_sub(empty);
    let usual_ns = match middle.and_then(|middle| packets.get(middle as usize)) {
        Some(packets) => counts.grid.length_ns() / (*packets).clamp(1, 1 << 40) as i64,
        None => span_ns / counts.events.clamp(1, 1 << 40) as i64,
    };
    let least_ns = (span_ns / PART_OF_LOG).max(usual_ns.saturating_mul(USUAL_GAPS));
    let sums: Vec<&Sum> = counts.cells.values().collect();
    let gaps = sums.windows(2).map(|pair| (pair[0].last_ns, pair[1].first_ns));
    gaps.filter(|(from_ns, to_ns)| to_ns.saturating_sub(*from_ns) > least_ns)
        .map(|(from_ns, to_ns)| Silence {
            from_ns,
            to_ns,
            above: to_ns.abs_diff(from_ns) as f64 / usual_ns.max(1) as f64,
        })
        .collect()
}

/// Hosts that stop for good, by their numbers, with their last packets.
pub(super) fn stopped_hosts(counts: &Counts) -> Vec<(u32, Silence)> {
    let Some((first_ns, last_ns)) = counts.ends_ns() else {
        return Vec::new();
    };
    let part_ns = last_ns.saturating_sub(first_ns) / PART_OF_HOST;
    let hosts = counts.of_hosts.iter().filter(|sum| sum.packets > 0).count();
    if !(2..=MOST_HOSTS).contains(&hosts) {
        return Vec::new();
    }
    let stopped = (0..).zip(&counts.of_hosts).filter_map(|(host, sum)| {
        if sum.packets < LEAST_OF_HOST {
            return None;
        }
        let active_ns = sum.last_ns.saturating_sub(sum.first_ns);
        let usual_ns = active_ns / sum.packets.min(1 << 40) as i64;
        let silent_ns = last_ns.saturating_sub(sum.last_ns);
        let is_long = silent_ns > part_ns && silent_ns > usual_ns.saturating_mul(USUAL_GAPS);
        (active_ns > part_ns && is_long).then(|| {
            let silence = Silence {
                from_ns: sum.last_ns,
                to_ns: last_ns,
                above: silent_ns as f64 / usual_ns.max(1) as f64,
            };
            (host, silence)
        })
    });
    stopped.collect()
}

/// The indices of those among the busiest that appear late.
pub(super) fn late(sums: &[Sum], (first_ns, last_ns): (i64, i64)) -> Vec<u32> {
    let span_ns = last_ns.saturating_sub(first_ns);
    let mut busiest: Vec<(u32, &Sum)> = (0..).zip(sums).filter(|(_, sum)| sum.packets > 0).collect();
    busiest.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.packets));
    // Of as many packets as the tenth, none is among the ten.
    let next = busiest.get(TOP).map_or(0, |(_, sum)| sum.packets);
    busiest.truncate(TOP);
    let late = busiest.into_iter().filter(|(_, sum)| {
        let before_ns = sum.first_ns.saturating_sub(first_ns);
        let part = before_ns as f64 / span_ns.max(1) as f64;
        sum.packets > next && before_ns > span_ns / PART_BEFORE && sum.packets as f64 * part >= EXPECTED
    });
    late.map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, Port, Protocol};

    const MINUTE_NS: i64 = 60_000_000_000;

    /// Packets at some minutes, each to a host.
    fn counts(events: impl Iterator<Item = (i64, u32)>) -> Counts {
        let mut counts = Counts::new();
        for (minute, host) in events {
            counts.add(&Event {
                time_ns: minute * MINUTE_NS,
                port: Port {
                    protocol: Protocol::Tcp,
                    number: 80,
                },
                source: 0,
                host,
                packets: 1,
            });
        }
        counts.close();
        counts
    }

    #[test]
    fn a_silence_is_far_longer_than_usual() {
        let quiet = |minute: &i64| !(1000..1500).contains(minute) && !(5000..5010).contains(minute);
        let found = silences(&counts((0..10_000).filter(quiet).map(|minute| (minute, 0))));
        let [silence] = &found[..] else { panic!("{found:?}") };
        assert_eq!((silence.from_ns, silence.to_ns), (999 * MINUTE_NS, 1500 * MINUTE_NS));
        // Few packets, far apart.
        assert_eq!(silences(&counts((0..50).map(|index| (index * 777, 0)))), []);
    }

    #[test]
    fn a_host_that_stops_is_told_and_one_that_pauses_is_not() {
        let events = (0..10_000).flat_map(|minute| {
            [(minute, 0), (minute, 1), (minute, 2)]
                .into_iter()
                .filter(|(minute, host)| match host {
                    1 => *minute < 6000,
                    2 => !(3000..7000).contains(minute),
                    _ => true,
                })
        });
        let found = stopped_hosts(&counts(events));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0, found[0].1.from_ns), (1, 5999 * MINUTE_NS));
    }

    #[test]
    fn late_ones_are_busy_and_were_not_there_before() {
        let sum = |packets, first_ns| Sum {
            packets,
            first_ns,
            last_ns: 1000,
        };
        let sums: Vec<Sum> = (0..20).map(|index| sum(100 + index, 0)).collect();
        let late_of = |more: Sum| late(&[&sums[..], &[more]].concat(), (0, 1000));
        assert_eq!(late_of(sum(500, 300)), [20]);
        // Too early, too few, too few for the time before.
        assert!(late_of(sum(500, 50)).is_empty() && late_of(sum(90, 800)).is_empty());
        assert!(late_of(sum(119, 101)).is_empty());
    }
}
