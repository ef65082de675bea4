//! Gates: the hosts of a log between its sources and its ports, which bubbles pass on their way. Owns their order,
//! names and heat; what they look like is the layout's.

use std::sync::Arc;

use super::column::{self, Column, Place};
use super::heat::{Heat, PortHeat};
use super::layout::Layout;
use super::motion;
use crate::crew;
use crate::log::{Bubble, HostPlaces, Log, SIDES};
use crate::timeline::Timeline;

/// Share of a bubble's packets that light up its gate before it passes: of the heat that is felt when it has only just
/// passed, and is announced no more, exp(-0.12 / 1.6) - exp(-1).
const ANNOUNCED: f64 = 0.55;
/// Steps of a gate's light: a step is too small to be seen, and what has not changed is not drawn again.
const STEPS: f32 = 32.0;
/// Heat below which an arrival adds nothing to the light of a gate, in units. In steady traffic a fiftieth of the heat
/// is lost so, an eighth of a step, and half as many arrivals are looked at as down to a thousandth.
const COOL: f64 = 0.02;

/// The gates of a scene, the same on both sides. A gate has a number among those of both, the left ones first.
#[derive(Clone, Debug)]
pub(super) struct Gates {
    places: Arc<HostPlaces>,
    heat: Heat,
    /// Packets of the time range by number.
    packets: Vec<u64>,
}

impl Gates {
    /// The gates at the places of hosts, for the bubbles of `log`.
    pub fn new(log: &Log, places: Arc<HostPlaces>) -> Self {
        let mut gates = Self {
            packets: vec![0; 2 * places.count()],
            places,
            heat: Heat::new(&log.bubbles, &passing(&log.timeline)),
        };
        for bubble in log.bubbles.iter() {
            let number = gates.number(log.ends.side(bubble.port), bubble.host);
            if let Some(packets) = gates.packets.get_mut(number) {
                *packets += bubble.packets;
            }
        }
        gates
    }

    /// Number of gates on a side.
    fn count(&self) -> usize {
        self.places.count()
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

    /// The places of the hosts.
    pub fn places(&self) -> &HostPlaces {
        &self.places
    }

    /// The place of the hosts of a gate.
    pub fn place(&self, number: usize) -> u32 {
        (number % self.count()) as u32
    }

    /// The gate that the packets to a host pass on a side. On the side of hosts there are none: numbers of
    /// [`Gates::len`] and more.
    pub fn number(&self, side: usize, host: u32) -> usize {
        side * self.count() + self.places.of(host) as usize
    }

    /// Numbers of gates and of what flies to hosts are below this.
    pub fn numbers(&self) -> usize {
        SIDES * self.count()
    }

    /// The host of a gate, or what it is that several share.
    pub fn name(&self, number: usize) -> &Arc<str> {
        self.places.name(self.place(number))
    }

    /// Whether a gate has its name beside it.
    pub fn is_named(&self, number: usize) -> bool {
        self.places.is_named(self.place(number))
    }

    /// Packets that pass a gate in the time range.
    pub fn packets(&self, number: usize) -> u64 {
        self.packets[number]
    }

    /// The heat of gates at frame `k` of a clock, by number: of packets that have passed.
    pub fn heats(&self, log: &Log, timeline: &Timeline, k: u64, cold: f64) -> Vec<PortHeat> {
        let number = |bubble: &Bubble| self.number(log.ends.side(bubble.port), bubble.host) as u32;
        let slots = self.numbers();
        let mut heats = self
            .heat
            .at_by(&log.bubbles, slots, k, &passing(timeline), cold, number);
        heats.truncate(heats.partition_point(|heat| (heat.slot as usize) < self.len()));
        heats
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
            if let Some(lit) = lights.get_mut(self.number(log.ends.side(bubble.port), bubble.host)) {
                *lit = lit.max(share * light);
            }
        }
        lights
            .iter_mut()
            .for_each(|light| *light = (*light * STEPS).round() / STEPS);
        let column = |side: usize| self.column(&lights[self.of_side(side)], layout);
        let (mut places, right) = crew::both(|| column(0), || column(1));
        places.extend(right);
        StandingGates { places, lights }
    }

    /// The places of the gates of a side.
    fn column(&self, lights: &[f32], layout: &Layout) -> Vec<Place> {
        // The names of a few among many stand still, so that the others can be told apart by where they are.
        let still = vec![0.0; lights.len()];
        let growing = if self.places.are_all_named() { lights } else { &still };
        let column = host_column(&self.places, growing, layout);
        let mut places = column.places();
        if self.places.are_few() {
            let named = self.places.named();
            for (place, light) in places.iter_mut().zip(lights) {
                place.size = layout.gate_name_px(named, *light);
            }
        }
        places
    }
}

/// The column of places of hosts, each as bright as its light: evenly where they are few, else elastic.
pub(super) fn host_column(places: &HostPlaces, lights: &[f32], layout: &Layout) -> Column {
    let wishes: Vec<(u32, f32)> = if places.are_few() {
        Vec::new()
    } else {
        let names = places.named();
        let named = (0..places.count() as u32).filter(|place| places.is_named(*place));
        named
            .map(|place| (place, layout.gate_name_px(names, lights[place as usize])))
            .collect()
    };
    column::arrange(places.count() as u32, &wishes, layout.column_px())
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
