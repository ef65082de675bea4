//! Descriptions of things in the picture, and the traffic that a click on them pins.

use crate::log::End;
use crate::model::SEVERAL_HOSTS;
use crate::scene::colors::Rgba;
use crate::scene::{Focus, Frame, Only, Scene, Target};
use crate::words::{SEVERAL_HOSTS_TEXT, amount_text, measured, spoken_name, utc_text};

/// A description beside the pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The name of the thing.
    pub title: String,
    /// The colour of its country, where it has one.
    pub color: Option<Rgba>,
    /// More of it, one line each.
    pub lines: Vec<String>,
}

/// The description of a target.
pub fn tip(scene: &Scene, frame: &Frame, port_packets: &[u64], target: Target) -> Tip {
    let log = scene.flights();
    match target {
        Target::Bubble(bubble) => {
            let found = log.bubbles.get(bubble);
            let slot = found.port as usize;
            let is_to_port = scene.end(slot).port().is_some();
            let host = match found.host {
                _ if !is_to_port => None,
                SEVERAL_HOSTS => Some(SEVERAL_HOSTS_TEXT.to_owned()),
                host => Some(log.names.hosts[host as usize].clone()).filter(|name| !name.is_empty()),
            };
            let first = utc_text(log.timeline.start_ns + log.data_offset_ns(found.offset_ns));
            let mut lines = vec![
                log.end_text(slot),
                format!("{}, the first at {first}", measured(found.packets, log.measure)),
            ];
            lines.extend(host.map(|host| format!("to {host}")));
            Tip {
                title: spoken_name(&log.names.sources[found.source as usize]).to_owned(),
                color: Some(scene.rows()[scene.row_of(bubble)].color),
                lines,
            }
        }
        Target::End(slot) => {
            let flying = log.bubbles.range(frame.alive.clone());
            let flying = flying.filter(|bubble| bubble.port as usize == slot);
            let flying: u64 = flying.map(|bubble| bubble.packets).sum();
            let in_all = match scene.end(slot) {
                End::Port(_) => port_packets[slot],
                End::Host(place) => scene.host_packets(place),
            };
            Tip {
                title: log.end_text(slot),
                color: None,
                lines: vec![
                    format!("{} in all", measured(in_all, log.measure)),
                    format!("{} on the way", measured(flying, log.measure)),
                ],
            }
        }
        Target::Gate(number) => {
            let (name, packets) = scene.gate(number).unwrap_or_default();
            let flying = frame.alive.clone().filter(|bubble| scene.gate_of(*bubble) == number);
            let flying: u64 = flying.map(|bubble| log.bubbles.packets(bubble)).sum();
            Tip {
                title: name.to_owned(),
                color: None,
                lines: vec![
                    format!("{} in all", measured(packets, log.measure)),
                    format!("{} on the way", measured(flying, log.measure)),
                ],
            }
        }
        Target::Row(row) => {
            let [udp, tcp, hosts] = frame.counts[row];
            let row = &scene.rows()[row];
            let view = scene.settings().view;
            let by_protocol = format!(
                "UDP {}, TCP {}",
                amount_text(udp, log.measure),
                amount_text(tcp, log.measure)
            );
            let mut lines = vec![format!("{} so far", measured((udp + tcp).max(hosts), log.measure))];
            lines.extend(view.has_ports().then_some(by_protocol));
            Tip {
                title: row.name.clone(),
                color: Some(row.color),
                lines,
            }
        }
    }
}

/// The traffic that is lit while the pointer is on a target.
pub fn focus(scene: &Scene, target: Target) -> Focus {
    match target {
        Target::Bubble(bubble) => Focus {
            row: Some(scene.row_of(bubble) as u32),
            slot: Some(scene.flights().bubbles.port(bubble)),
            gate: scene.has_gates().then(|| scene.gate_of(bubble) as u32),
            ..Focus::default()
        },
        Target::End(slot) => Focus {
            slot: Some(slot as u32),
            ..Focus::default()
        },
        Target::Gate(number) => Focus {
            gate: Some(number as u32),
            ..Focus::default()
        },
        Target::Row(row) => Focus {
            row: Some(row as u32),
            ..Focus::default()
        },
    }
}

/// The traffic that a click on a target leaves.
pub fn only(scene: &Scene, target: Target) -> Only {
    let log = scene.flights();
    match target {
        Target::Bubble(bubble) => {
            let country = &log.names.sources[log.bubbles.source(bubble) as usize];
            let (port, hosts) = match scene.end(log.bubbles.port(bubble) as usize) {
                End::Port(port) if scene.has_gates() => (Some(port), scene.hosts_of_gate(scene.gate_of(bubble))),
                End::Port(port) => (Some(port), Vec::new()),
                End::Host(place) => (None, scene.hosts_at(place)),
            };
            Only::new(Some(&country.code), port).to_hosts(&hosts)
        }
        Target::End(slot) => match scene.end(slot) {
            End::Port(port) => Only::new(None, Some(port)),
            End::Host(place) => Only::default().to_hosts(&scene.hosts_at(place)),
        },
        Target::Gate(number) => Only::default().to_hosts(&scene.hosts_of_gate(number)),
        Target::Row(row) => Only::new(Some(&scene.rows()[row].code), None),
    }
}
