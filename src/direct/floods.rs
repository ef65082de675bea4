//! Floods: many packets of one source to one port of a host, in a time in which few come otherwise.

use super::counts::{Counts, Sum, who_parts};
use crate::counting::{HostSet as _, Hosts, Lossy, Usual};
use crate::model::{Measure, SEVERAL_HOSTS};

/// Packets that a flood has at least, and in its best minute. After CAIDA's `corsaro_dos`.
const LEAST_PACKETS: u64 = 25;
const LEAST_IN_MINUTE: u64 = 30;
/// Time without a packet that ends it, at least.
const PAUSE_NS: i64 = 300_000_000_000;
const MINUTE_NS: i64 = 60_000_000_000;
/// In a log of less than five hours a minute is as long as it is in the film of one of five.
const MINUTES: i64 = 300;

/// A flood.
#[derive(Clone, Debug)]
pub(super) struct Flood {
    /// Source and slot.
    pub pair: u64,
    pub sum: Sum,
    /// Time of the first packet of its highest cell.
    pub peak_ns: i64,
    pub peak_packets: u64,
    pub above: f64,
    /// The hosts that are known.
    pub hosts: Hosts,
    /// Whether some packets went to hosts that are not known: those of bubbles of several.
    pub to_several: bool,
}

/// The floods of a log, in no order: of packets by source, port and host, and what else was counted.
pub(super) fn floods(mut pours: Lossy<Sum>, counts: &Counts, measure: Measure) -> Vec<Flood> {
    let Some((first_ns, last_ns)) = counts.ends_ns() else {
        return Vec::new();
    };
    let cells = counts.grid.count();
    let pause_ns = PAUSE_NS.max(2 * counts.grid.length_ns());
    let minute_ns = MINUTE_NS.min(last_ns.saturating_sub(first_ns) / MINUTES).max(1);
    let mut packets: Vec<u64> = counts.cells.values().map(|sum| sum.packets).collect();
    let all = Usual::of(&mut packets, cells);
    // It stands out of the whole log, too. Bytes are not spread as single packets are.
    let least = match measure {
        Measure::Packets | Measure::Records => (6.0 * (all.median as f64).sqrt()) as u64,
        Measure::Bytes => (6.0 * all.spread()) as u64,
    };
    let mut floods: Vec<Flood> = Vec::new();
    for (who, series) in pours.take_series() {
        let highest = series.iter().map(|(_, sum)| sum.packets).max().unwrap_or(0);
        if highest < least.max(LEAST_PACKETS) {
            continue;
        }
        let mut numbers: Vec<u64> = series.iter().map(|(_, sum)| sum.packets).collect();
        let usual = Usual::of(&mut numbers, cells);
        let (pair, host) = who_parts(who);
        let parts = series.chunk_by(|(_, before), (_, next)| next.first_ns.saturating_sub(before.last_ns) <= pause_ns);
        for part in parts {
            let Some((_, peak)) = part.iter().rev().max_by_key(|(_, sum)| sum.packets) else {
                continue;
            };
            let in_minute = part.iter().any(|(_, sum)| {
                let length_ns = sum.last_ns.saturating_sub(sum.first_ns).max(minute_ns);
                u128::from(sum.packets) * minute_ns as u128 >= u128::from(LEAST_IN_MINUTE) * length_ns as u128
            });
            let above = usual.above(peak.packets);
            let mut sum = Sum::default();
            part.iter().for_each(|(_, part)| sum.add(*part));
            if !in_minute || above < super::waves::BEGINS || peak.packets < least || sum.packets < LEAST_PACKETS {
                continue;
            }
            let mut hosts = Hosts::default();
            let to_several = host == SEVERAL_HOSTS;
            if !to_several {
                hosts.insert(host);
            }
            floods.push(Flood {
                pair,
                sum,
                peak_ns: peak.first_ns,
                peak_packets: peak.packets,
                above,
                hosts,
                to_several,
            });
        }
    }
    joined(floods, pause_ns)
}

/// Those from one source to one port at the same time are one, whatever their hosts.
fn joined(mut floods: Vec<Flood>, pause_ns: i64) -> Vec<Flood> {
    floods.sort_by_key(|flood| (flood.pair, flood.sum.first_ns, flood.sum.last_ns, flood.sum.packets));
    let mut joined: Vec<Flood> = Vec::new();
    for flood in floods {
        match joined.last_mut() {
            Some(last)
                if last.pair == flood.pair && flood.sum.first_ns.saturating_sub(last.sum.last_ns) <= pause_ns =>
            {
                last.sum.add(flood.sum);
                last.hosts.merge(&flood.hosts);
                last.to_several |= flood.to_several;
                if flood.peak_packets > last.peak_packets {
                    (last.peak_ns, last.peak_packets) = (flood.peak_ns, flood.peak_packets);
                }
                last.above = last.above.max(flood.above);
            }
            _ => joined.push(flood),
        }
    }
    joined
}
