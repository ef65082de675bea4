//! A frame as data: what stands where, in pixels from the top left, ready for `serde`.
//! Made from the same [`Frame`] as the picture, with the shader's twin for the bubbles.

use std::ops::Range;

use serde::Serialize;

use super::focus::Flight;
use super::{Frame, HostSide, Scene, colors, heat, motion, place_of};
use crate::log::{SIDES, View};
use crate::model::SEVERAL_HOSTS;
use crate::words::utc;

/// A whole frame.
#[derive(Debug, Serialize)]
pub struct Description<'a> {
    /// Number in the film.
    pub frame: u64,
    /// Number of frames in the film.
    pub frames: u64,
    /// Film time in seconds.
    pub film_secs: f64,
    /// Data time, RFC 3339, UTC.
    pub data_time: String,
    /// The caption that stands, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Packets of a bubble of the radius that a single one has where bubbles are few.
    pub unit: u64,
    /// What is counted, under names that speak of packets, too.
    pub measure: &'static str,
    /// Bubbles alive, in order of departure.
    pub bubbles: Vec<Bubble<'a>>,
    /// Every port of the time range: UDP before TCP, ascending.
    pub ports: Vec<Port>,
    /// Hosts: the gates on the left, those on the right, and those at the ends of flights; not there where none are
    /// shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<Host<'a>>>,
    /// Rows of the middle column, from the top.
    pub countries: Vec<Country<'a>>,
    /// Packets arrived.
    pub totals: Counts,
    /// Packets departed and not arrived.
    pub in_flight: Counts,
}

/// A bubble alive.
#[derive(Debug, Serialize)]
pub struct Bubble<'a> {
    /// Its own country's code, also where that is pooled in the picture.
    pub country: &'a str,
    /// `UDP` or `TCP`; not there where ports are not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<&'static str>,
    /// Destination port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Packets.
    pub packets: u64,
    /// The host that all its packets went to; `None` where there were several, or the log names no host.
    pub host: Option<&'a str>,
    /// Film time of its departure in seconds.
    pub departure_secs: f64,
    /// Centre.
    pub x: f32,
    /// Centre.
    pub y: f32,
    /// Radius.
    pub radius: f32,
    /// Colour of its row.
    pub color: String,
}

/// A port of the time range.
#[derive(Debug, Serialize)]
pub struct Port {
    /// `UDP` or `TCP`.
    pub protocol: &'static str,
    /// Number.
    pub port: u16,
    /// Heat in packets.
    pub heat: f64,
    /// The x at which bubbles land.
    pub x: f32,
    /// The y at which bubbles land: the middle of its place in the column.
    pub y: f32,
    /// Font size of its label; 0 where it is drawn as a tick.
    pub size: f32,
}

/// A host, or several that share a gate.
#[derive(Debug, Serialize)]
pub struct Host<'a> {
    /// Its name in the picture.
    pub name: &'a str,
    /// Middle of its gate.
    pub x: f32,
    /// Middle of its gate.
    pub y: f32,
    /// Font size of its name; 0 where it has none.
    pub size: f32,
    /// Heat in packets.
    pub heat: f64,
    /// Packets to it that have arrived.
    pub packets: u64,
}

/// A row of the middle column.
#[derive(Debug, Serialize)]
pub struct Country<'a> {
    /// Code; `Other` and `Unknown` for those two.
    pub code: &'a str,
    /// Name as people say it.
    pub name: &'a str,
    /// Middle of its name, or its end where the names stand before a single field.
    pub x: f32,
    /// Middle of its row; of two panels, in that of the ports.
    pub y: f32,
    /// Packets arrived.
    #[serde(flatten)]
    pub counts: Counts,
    /// Colour.
    pub color: String,
}

/// Packets by the sides of the picture.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// UDP packets, where ports are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub udp: Option<u64>,
    /// TCP packets, where ports are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<u64>,
    /// Packets to hosts, where these are at the ends of flights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosts: Option<u64>,
}

impl Counts {
    fn new(view: View, [udp, tcp, hosts]: [u64; SIDES]) -> Self {
        Self {
            udp: view.has_ports().then_some(udp),
            tcp: view.has_ports().then_some(tcp),
            hosts: view.has_hosts().then_some(hosts),
        }
    }
}

/// A bubble in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedBubble {
    /// Its centre in pixels.
    pub center_px: [f32; 2],
    /// Its radius in pixels.
    pub radius_px: f32,
    /// Opacity at this moment of its flight, 0 to 1; less where something else is lit, and of the smallest.
    pub fade: f32,
    /// Colour of its country.
    pub color: colors::Rgba,
}

impl Scene {
    /// A frame of this scene as data.
    #[must_use]
    pub fn describe(&self, frame: &Frame) -> Description<'_> {
        let view = self.settings.view;
        let hot = self
            .heat
            .at(&self.flights.bubbles, frame.number, &self.flights.timeline, heat::COLD);
        let mut heats = vec![0.0; self.flights.ends.len()];
        for port in hot {
            heats[port.slot as usize] = port.heat;
        }
        let ports = self.flights.ends.ports().zip(&heats).enumerate();
        let ports = ports.map(|(slot, (port, heat))| {
            let [x, y] = self.end_px(slot, frame);
            let size = self.place(slot, &frame.columns).size;
            Port {
                protocol: port.protocol.name(),
                port: port.number,
                heat: *heat,
                x,
                y,
                size: if self.layout.label_opacity(size) > 0.0 {
                    size
                } else {
                    0.0
                },
            }
        });
        let countries = self.rows.iter().zip(&frame.counts).map(|(row, counts)| Country {
            code: &row.code,
            name: &row.name,
            x: self.layout.names_px(),
            y: row.y_px,
            counts: Counts::new(view, *counts),
            color: colors::hex(row.color),
        });
        Description {
            frame: frame.number,
            frames: self.frames(),
            film_secs: frame.film_secs,
            data_time: utc(frame.data_time_ns),
            caption: self.captions.at(frame.film_secs).map(|now| now.caption.lines.join(" ")),
            size: self.settings.size_px,
            unit: self.sizes.unit,
            measure: self.flights.measure.name(),
            bubbles: frame.alive.clone().map(|index| self.bubble(index, frame)).collect(),
            ports: ports.collect(),
            hosts: self.describe_hosts(&heats, frame),
            countries: countries.collect(),
            totals: Counts::new(view, frame.totals),
            in_flight: Counts::new(view, frame.in_flight),
        }
    }

    /// A bubble where it is in a frame, by the shader's twin.
    #[must_use]
    pub fn placed(&self, index: usize, frame: &Frame) -> PlacedBubble {
        let [_, landing_px] = self.end_px(self.flights.bubbles.port(index) as usize, frame);
        let gate_px = frame.gates.as_ref().and_then(|standing| self.gate_px(index, standing));
        self.placed_to(index, landing_px, gate_px, frame)
    }

    /// Some of the bubbles alive in a frame, by their places in its drawing order.
    pub fn alive<'a>(&'a self, frame: &'a Frame, range: Range<usize>) -> impl Iterator<Item = PlacedBubble> + 'a {
        range.map(|at| self.placed_at(at, frame))
    }

    /// A bubble at a place of a frame's drawing order.
    pub(super) fn placed_at(&self, at: usize, frame: &Frame) -> PlacedBubble {
        let is_to_host = || {
            self.flights
                .ends
                .side(self.flights.bubbles.port(frame.order[at] as usize))
                == 2
        };
        let gate_px = frame.gates_px.get(at).copied().filter(|_| !is_to_host());
        self.placed_to(frame.order[at] as usize, frame.landings_px[at], gate_px, frame)
    }

    /// A bubble that lands at a height, and passes its gate at one, in pixels.
    fn placed_to(&self, index: usize, landing_px: f32, gate_px: Option<f32>, frame: &Frame) -> PlacedBubble {
        let instance = self.instance(&self.flights.bubbles.get(index));
        let slot = (instance.route & ((1 << motion::SLOT_BITS) - 1)) as usize;
        let row = (instance.route >> motion::SLOT_BITS) as usize;
        let side = self.flights.ends.side(slot as u32);
        let jitter = motion::jitter(instance).map(|part| part * self.jitter_px());
        let landing_px = [self.ends_x_px()[side] + jitter[0], landing_px + jitter[1]];
        let from_px = self.departures_px(row)[side];
        let t = motion::progress(frame.now_tick, instance.tick, self.flights_per_tick());
        let light = if frame.focus.is_some() {
            let gate = self.gate_of(index) as u32;
            let flight = Flight {
                row: row as u32,
                slot: slot as u32,
                gate,
                is_to_host: side == 2,
            };
            frame.focus.light(flight, frame.dim)
        } else {
            1.0
        };
        PlacedBubble {
            center_px: match gate_px {
                None => motion::position(t, from_px, landing_px),
                Some(y_px) => motion::position_by(t, from_px, [self.gates_x_px()[side], y_px], landing_px),
            },
            radius_px: motion::radius(instance.packets, self.one_packet_px(), self.least_px()),
            fade: motion::fade(t) * light * motion::faintness(instance.packets, self.one_packet_px(), self.least_px()),
            color: self.rows[row].color,
        }
    }

    fn bubble(&self, index: usize, frame: &Frame) -> Bubble<'_> {
        let bubble = self.flights.bubbles.get(index);
        let port = self.flights.ends.get(bubble.port as usize).port();
        let country = bubble.source as usize;
        let name = (bubble.host != SEVERAL_HOSTS).then(|| self.flights.names.hosts[bubble.host as usize].as_str());
        let PlacedBubble {
            center_px: [x, y],
            radius_px,
            color,
            ..
        } = self.placed(index, frame);
        Bubble {
            country: &self.flights.names.sources[country].code,
            protocol: port.map(|port| port.protocol.name()),
            port: port.map(|port| port.number),
            packets: bubble.packets,
            host: name.filter(|name| !name.is_empty()),
            departure_secs: self.flights.timeline.departure_secs(bubble.offset_ns),
            x,
            y,
            radius: radius_px,
            color: colors::hex(color),
        }
    }

    /// The hosts of a frame, if any are shown: gates, and those at the ends of flights, of which `heats` are by slot.
    fn describe_hosts(&self, heats: &[f64], frame: &Frame) -> Option<Vec<Host<'_>>> {
        let ends = self.describe_host_ends(heats, frame);
        match (self.describe_gates(frame), ends) {
            (Some(mut gates), ends) => {
                gates.extend(ends.into_iter().flatten());
                Some(gates)
            }
            (None, ends) => ends,
        }
    }

    fn describe_host_ends(&self, heats: &[f64], frame: &Frame) -> Option<Vec<Host<'_>>> {
        let HostSide { places, counters, .. } = self.hosts.as_deref()?;
        let (bubbles, timeline) = (&self.flights.bubbles, &self.flights.timeline);
        let counted = bubbles.departed_before(timeline.counted_before_ns(frame.number));
        let counts = counters.at(bubbles, counted, |bubble| place_of(bubble, &self.flights));
        let first_slot = self.slots(2).start;
        let host = |number: u32| {
            let slot = first_slot + number as usize;
            let [x, y] = self.end_px(slot, frame);
            let place = self.place(slot, &frame.columns);
            Host {
                name: places.name(number),
                x,
                y,
                size: if places.is_named(number) {
                    let light = frame.host_lights[number as usize];
                    self.layout
                        .host_name_px(places.name(number), &place, light, places.are_few())
                } else {
                    0.0
                },
                heat: heats[slot],
                packets: counts[number as usize][0],
            }
        };
        Some((0..places.count() as u32).map(host).collect())
    }

    /// The gates of a frame: those of the left side, then those of the right.
    fn describe_gates(&self, frame: &Frame) -> Option<Vec<Host<'_>>> {
        let (gates, standing) = (self.gates.as_ref()?, frame.gates.as_ref()?);
        let (log, bubbles) = (&self.flights, &self.flights.bubbles);
        let mut packets = vec![0; gates.len()];
        let arrived = bubbles.departed_before(log.timeline.counted_before_ns(frame.number));
        for index in 0..arrived {
            // What flies to hosts passes no gate.
            if let Some(packets) = packets.get_mut(self.gate_of(index)) {
                *packets += bubbles.packets(index);
            }
        }
        let mut heat = vec![0.0; gates.len()];
        for found in gates.heats(log, &log.timeline, frame.number, heat::COLD) {
            heat[found.slot as usize] = found.heat;
        }
        let host = |number: usize| Host {
            name: gates.name(number),
            x: self.gates_x_px()[gates.side(number)],
            y: self.layout.column_top_px(gates.side(number)) + standing.places[number].center,
            size: if gates.is_named(number) {
                standing.places[number].size
            } else {
                0.0
            },
            heat: heat[number],
            packets: packets[number],
        };
        Some((0..gates.len()).map(host).collect())
    }
}
