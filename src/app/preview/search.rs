//! Finds a port, a country or a host by a number, a service, a name or a code, or the traffic from one to the other.

use egui::{Align2, Id, Key, Order};

use super::action::Action;
use super::look;
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
    text: String,
    chosen: usize,
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
        let found = match self.found.take() {
            Some((text, of, found)) if (&text, of) == (&self.text, address) => found,
            _ => find(scene, port_packets, &self.text),
        };
        self.found = Some((self.text.clone(), address, found.clone()));
        let measure = scene.log().measure;
        let mut open = true;
        let room = look::room(ctx);
        // Below the picture's headings, where the finds have room there.
        let top = TOP.min(ctx.content_rect().height() - HEIGHT).max(look::EDGE);
        egui::Area::new(Id::unique("search"))
            .order(Order::Foreground)
            .anchor(Align2::CENTER_TOP, [0.0, top])
            .show(ctx, |ui| {
                look::card(scene.settings().theme).show(ui, |ui| {
                    ui.set_width(WIDTH.min(room.x));
                    let edit = egui::TextEdit::singleline(&mut self.text)
                        .hint_text("Port, service, country or host")
                        .desired_width(f32::INFINITY);
                    let typed = ui.add(edit);
                    if !typed.lost_focus() {
                        typed.request_focus();
                    }
                    if typed.changed() {
                        self.chosen = 0;
                    }
                    let (down, up, enter) = ui.input(|input| {
                        let pressed = |key| input.key_pressed(key);
                        (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::Enter))
                    });
                    let last = found.len().saturating_sub(1);
                    self.chosen = (self.chosen + usize::from(down))
                        .min(last)
                        .saturating_sub(usize::from(up));
                    let height = room.y - (top - look::EDGE) - ui.min_rect().height();
                    let height = height.max(0.0);
                    let scroll = egui::ScrollArea::vertical()
                        .max_height(height)
                        .min_scrolled_height(height);
                    scroll.show(ui, |ui| {
                        ui.with_layout(egui::Layout::top_down_justified(egui::Align::Min), |ui| {
                            for (index, find) in found.iter().enumerate() {
                                let packets = find.packets.map(|packets| measured(packets, measure));
                                let text = format!("{}   {}", look::visible(&find.name), packets.unwrap_or_default());
                                let row = ui.selectable_label(index == self.chosen, text);
                                if (down || up) && index == self.chosen {
                                    row.scroll_to_me(None);
                                }
                                if row.clicked() || enter && index == self.chosen {
                                    actions.push(Action::Pin(find.only.clone()));
                                    open = false;
                                }
                            }
                        });
                    });
                    if found.is_empty() && !self.text.trim().is_empty() {
                        ui.weak("nothing in this log");
                    }
                });
            });
        open
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
