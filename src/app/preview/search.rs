//! Finds a port, a country or a host by a number, a service, a name or a code, or the traffic from one to the other.

use super::action::Action;
use super::look;
use super::picker::{Picker, PickerLook};
use crate::scene::{Only, Scene};
use crate::words::{measured, port_text, service_name, short_hosts, shown_host, spoken_name};

/// Finds shown.
const MOST: usize = 9;
/// The box's place, its width, and its height with all finds, in points.
const TOP: f32 = 70.0;
const WIDTH: f32 = 300.0;
const HEIGHT: f32 = 310.0;

/// The box with what is typed in it.
#[derive(Clone, Debug, Default)]
pub struct Search {
    picker: Picker,
    /// The text and the scene, by its address, for which it was last looked, and what was found: a log may have a
    /// million hosts.
    found: Option<(String, usize, Vec<Find>)>,
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Find {
    /// The traffic.
    pub only: Only,
    /// Its name.
    pub name: String,
    /// Its packets in the time range; `None` where every bubble would have to be looked at.
    pub packets: Option<u64>,
}

impl Search {
    /// Shows the box; false once it is to be closed.
    pub fn show(
        &mut self,
        ctx: &egui::Context,
        scene: &Scene,
        port_packets: &[u64],
        actions: &mut Vec<Action>,
    ) -> bool {
        let address = std::ptr::from_ref(scene).addr();
        let text = &self.picker.text;
        let found = match self.found.take() {
            Some((of_text, of, found)) if (&of_text, of) == (text, address) => found,
            _ => find(scene, port_packets, text),
        };
        let measure = scene.log().measure;
        let row = |find: &Find| {
            let packets = find.packets.map(|packets| measured(packets, measure));
            format!("{}   {}", look::visible(&find.name), packets.unwrap_or_default())
        };
        let rows: Vec<String> = found.iter().map(row).collect();
        self.found = Some((text.clone(), address, found));
        // Below the picture's headings, where the finds have room there.
        let top = TOP.min(ctx.content_rect().height() - HEIGHT).max(look::EDGE);
        let look = PickerLook {
            name: "search",
            hint: "Port, service, country or host",
            theme: scene.settings().theme,
            top,
            width: WIDTH,
            height: look::room(ctx).y - (top - look::EDGE),
        };
        let none = (!text.trim().is_empty()).then_some("nothing in this log");
        let picked = self.picker.show(ctx, &look, &rows, none);
        let picked = picked.and_then(|index| self.found.as_ref()?.2.get(index));
        actions.extend(picked.map(|find| Action::Pin(find.only.clone())));
        picked.is_none()
    }
}

/// The ports and countries of a log that a text means, the best first: exact ones, then those that
/// begin with it, then those that hold it; among equals, the busiest. Without any, the part of the traffic
/// that `--only` would take it for.
pub fn find(scene: &Scene, port_packets: &[u64], text: &str) -> Vec<Find> {
    let wanted = text.trim().to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let log = scene.log();
    let mut found: Vec<(usize, Find)> = Vec::new();
    for (slot, port) in log.ends.ports().enumerate() {
        let number = port.number.to_string();
        let protocol = port.protocol.name().to_lowercase();
        let service = service_name(port).unwrap_or_default();
        let words = [
            number.clone(),
            service.to_owned(),
            format!("{protocol}/{number}"),
            format!("{protocol} {number}"),
            format!("{protocol}{number}"),
        ];
        if let Some(rank) = rank(&wanted, &words) {
            let only = Only::new(None, Some(port));
            let (name, packets) = (port_text(port), Some(port_packets[slot]));
            found.push((rank, Find { only, name, packets }));
        }
    }
    for (index, country) in log.names.sources.iter().enumerate() {
        let packets = log.source_packets[index];
        let name = spoken_name(country);
        let words = [
            name.to_lowercase(),
            country.code.to_lowercase(),
            country.name.to_lowercase(),
        ];
        if let Some(rank) = rank(&wanted, &words).filter(|_| packets > 0) {
            let only = Only::new(Some(&country.code), None);
            let (name, packets) = (name.to_owned(), Some(packets));
            found.push((rank, Find { only, name, packets }));
        }
    }
    let hosts = &log.names.hosts;
    for (host, short) in hosts
        .iter()
        .zip(short_hosts(hosts))
        .filter(|(host, _)| !host.is_empty())
    {
        let words = [host.to_lowercase(), short.to_lowercase()];
        if let Some(rank) = rank(&wanted, &words) {
            let only = Only::default().to_hosts(&[host]);
            let (name, packets) = (shown_host(host), None);
            found.push((rank, Find { only, name, packets }));
        }
    }
    // As `--only` takes it: lists, ranges, or countries and ports with a colon between them.
    if found.is_empty()
        && let Ok(only) = text.parse::<Only>()
        && only.is_known_in(log)
    {
        let name = only.spoken();
        let packets = None;
        found.push((0, Find { only, name, packets }));
    }
    found.sort_by(|(rank, find), (other_rank, other)| {
        rank.cmp(other_rank)
            .then(other.packets.cmp(&find.packets))
            .then_with(|| find.name.cmp(&other.name))
    });
    found.into_iter().map(|(_, find)| find).take(MOST).collect()
}

/// The rank of a match of words: 0 exactly, 1 from the start, 2 somewhere.
fn rank(wanted: &str, words: &[String]) -> Option<usize> {
    let kinds: [fn(&str, &str) -> bool; 3] = [
        |word, wanted| word == wanted,
        |word, wanted| word.starts_with(wanted),
        |word, wanted| word.contains(wanted),
    ];
    kinds
        .into_iter()
        .position(|matches| words.iter().any(|word| !word.is_empty() && matches(word, wanted)))
}
