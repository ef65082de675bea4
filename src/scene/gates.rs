//! Gates: the hosts of a log between its sources and its ports, which bubbles pass on their way. Owns their order,
//! names and heat; what they look like is the layout's.

use std::cmp::Reverse;
use std::sync::Arc;

use super::column::{self, Place};
use super::heat::{Heat, PortHeat};
use super::layout::Layout;
use super::motion;
use crate::crew;
use crate::log::{Bubble, Log};
use crate::model::SEVERAL_HOSTS;
use crate::timeline::Timeline;
use crate::words::{SEVERAL_HOSTS_TEXT, host_order, joined_hosts};

/// Gates on a side at most, besides that of several hosts: of more hosts, neighbours share one.
const MOST: usize = 500;
/// Gates up to which all stand as far apart, each with its name.
const EVENLY: usize = 12;
/// Gates up to which all have names.
const ALL_NAMED: usize = 60;
/// Gates that have names where there are more.
const NAMED: usize = 44;
/// Share of a bubble's packets that light up its gate before it passes: of the heat that is felt when it has only just
/// passed, and is announced no more, exp(-0.12 / 1.6) - exp(-1).
const ANNOUNCED: f64 = 0.55;
/// Heat below which a gate does not glow, in units.
const COOL: f64 = 1e-3;

/// The gates of a scene, the same on both sides. A gate has a number among those of both, the left ones first.
#[derive(Clone, Debug)]
pub(super) struct Gates {
    /// Gate of each of the log's hosts.
    of_host: Vec<u32>,
    /// Gate of the packets that went to several hosts, which a prepared log may not tell apart.
    of_several: u32,
    names: Vec<Arc<str>>,
    /// Whether each has its name where there is not room for all.
    is_named: Vec<bool>,
    heat: Heat,
    /// Packets of the time range by number.
    packets: Vec<u64>,
}

impl Gates {
    /// The gates for the bubbles of `log`, which is `whole` or a part of it: they stand where all of the hosts of
    /// `whole` and of `scale` have a place, and those have names that are the busiest of `scale`. All three have the
    /// same names.
    pub fn new(scale: &Log, whole: &Log, log: &Log) -> Self {
        let hosts = &log.names.hosts;
        // The last is for several.
        let several = hosts.len();
        let mut packets = vec![0_u64; hosts.len() + 1];
        let mut is_there = vec![false; hosts.len() + 1];
        for bubble in scale.bubbles.iter() {
            packets[(bubble.host as usize).min(several)] += bubble.packets;
        }
        for index in 0..whole.bubbles.len() {
            is_there[(whole.bubbles.host(index) as usize).min(several)] = true;
        }
        let is_there = |host: usize| is_there[host] || packets[host] > 0;
        let order: Vec<u32> = host_order(hosts)
            .into_iter()
            .filter(|host| is_there(*host as usize))
            .collect();
        let ordered: Vec<&str> = order.iter().map(|host| hosts[*host as usize].as_str()).collect();
        let joined = joined_hosts(&ordered, MOST);
        let mut of_host = vec![0; hosts.len()];
        let mut sums: Vec<u64> = Vec::with_capacity(joined.len() + 1);
        for (gate, group) in (0..).zip(&joined) {
            let of_group = &order[group.hosts.clone()];
            of_group.iter().for_each(|host| of_host[*host as usize] = gate);
            sums.push(of_group.iter().map(|host| packets[*host as usize]).sum());
        }
        let mut names: Vec<Arc<str>> = joined.into_iter().map(|group| group.name.into()).collect();
        if is_there(several) {
            names.push(SEVERAL_HOSTS_TEXT.into());
            sums.push(packets[several]);
        }
        let mut busiest: Vec<usize> = (0..sums.len()).collect();
        busiest.sort_unstable_by_key(|gate| (Reverse(sums[*gate]), *gate));
        let most = if names.len() <= ALL_NAMED { ALL_NAMED } else { NAMED };
        let mut is_named = vec![false; names.len()];
        busiest.iter().take(most).for_each(|gate| is_named[*gate] = true);
        let mut gates = Self {
            of_host,
            of_several: names.len().saturating_sub(1) as u32,
            packets: vec![0; 2 * names.len()],
            names,
            is_named,
            heat: Heat::new(&log.bubbles, &passing(&log.timeline)),
        };
        for bubble in log.bubbles.iter() {
            let number = gates.number(log.ends.side(bubble.port), bubble.host);
            gates.packets[number] += bubble.packets;
        }
        gates
    }

    /// Number of gates on a side.
    fn count(&self) -> usize {
        self.names.len()
    }

    /// The numbers of the gates on a side.
    pub fn of_side(&self, side: usize) -> std::ops::Range<usize> {
        side * self.count()..(side + 1) * self.count()
    }

    /// The side of a gate.
    pub fn side(&self, number: usize) -> usize {
        number / self.count()
    }

    /// Number of gates on both sides.
    pub fn len(&self) -> usize {
        2 * self.count()
    }

    /// Whether all have room for their names, wherever the heat is.
    pub fn are_few(&self) -> bool {
        self.count() <= EVENLY
    }

    /// The gate that the packets to a host pass on a side.
    pub fn number(&self, side: usize, host: u32) -> usize {
        let gate = if host == SEVERAL_HOSTS {
            self.of_several
        } else {
            self.of_host[host as usize]
        };
        side * self.count() + gate as usize
    }

    /// The host of a gate, or what it is that several share.
    pub fn name(&self, number: usize) -> &Arc<str> {
        &self.names[number % self.count()]
    }

    /// Whether a gate has its name beside it.
    pub fn is_named(&self, number: usize) -> bool {
        self.is_named[number % self.count()]
    }

    /// Packets that pass a gate in the time range.
    pub fn packets(&self, number: usize) -> u64 {
        self.packets[number]
    }

    /// The heat of gates at frame `k` of a clock, by number: of packets that have passed.
    pub fn heats(&self, log: &Log, timeline: &Timeline, k: u64, cold: f64) -> Vec<PortHeat> {
        let number = |bubble: &Bubble| self.number(log.ends.side(bubble.port), bubble.host) as u32;
        self.heat
            .at_by(&log.bubbles, self.len(), k, &passing(timeline), cold, number)
    }

    /// The gates of both sides at frame `k` of a clock, by heat in units of packets. Bubbles that are announced light
    /// up their gates before they pass, by a share of the light that follows.
    pub fn stand(
        &self,
        log: &Log,
        timeline: &Timeline,
        k: u64,
        unit: u64,
        announced: impl Iterator<Item = (Bubble, f32)>,
        layout: &Layout,
    ) -> StandingGates {
        let mut lights = vec![0.0; self.len()];
        for heat in self.heats(log, timeline, k, unit as f64 * COOL) {
            lights[heat.slot as usize] = Layout::gate_light((heat.felt / unit as f64) as f32);
        }
        for (bubble, share) in announced {
            let light = Layout::gate_light((ANNOUNCED * bubble.packets as f64 / unit as f64) as f32);
            let number = self.number(log.ends.side(bubble.port), bubble.host);
            lights[number] = lights[number].max(share * light);
        }
        let column = |side: usize| self.column(&lights[self.of_side(side)], layout);
        let (mut places, right) = crew::both(|| column(0), || column(1));
        places.extend(right);
        StandingGates { places, lights }
    }

    /// The places of the gates of a side.
    fn column(&self, lights: &[f32], layout: &Layout) -> Vec<Place> {
        let names = self.is_named.iter().filter(|named| **named).count();
        let size_px = |gate: usize| layout.gate_name_px(names, lights[gate]);
        let wishes: Vec<(u32, f32)> = if self.are_few() {
            Vec::new()
        } else {
            let named = (0..self.count()).filter(|gate| self.is_named[*gate]);
            named.map(|gate| (gate as u32, size_px(gate))).collect()
        };
        let column = column::arrange(self.count() as u32, &wishes, layout.column_px());
        let mut places = column.places();
        if self.are_few() {
            (0..)
                .zip(&mut places)
                .for_each(|(gate, place)| place.size = size_px(gate));
        }
        places
    }
}

/// A clock by which bubbles arrive when they pass their gates.
pub(super) fn passing(timeline: &Timeline) -> Timeline {
    let mut passing = *timeline;
    passing.travel_ns = (timeline.travel_ns as f64 * f64::from(motion::GATE)).round() as i64;
    passing
}

/// The gates in a frame, by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct StandingGates {
    /// Where each is in its column, and the font size of its name.
    pub places: Vec<Place>,
    /// How bright each is, 0 to 1.
    pub lights: Vec<f32>,
}
