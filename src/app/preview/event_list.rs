//! The list of what stands out in a film, with a field to search in it.

use egui::{Align2, Id, Key, Order};

use super::action::Action;
use super::events::{Event, Events};
use super::look;
use crate::scene::colors::Theme;
use crate::words::time_text;

/// The list's place and its width, in points.
const TOP: f32 = 70.0;
const WIDTH: f32 = 440.0;

/// The list with what is typed in its field.
#[derive(Clone, Debug, Default)]
pub struct EventList {
    text: String,
    chosen: usize,
}

impl EventList {
    /// Shows the list; false once it is to be closed.
    pub fn show(
        &mut self,
        ctx: &egui::Context,
        theme: Theme,
        events: Option<&Events>,
        actions: &mut Vec<Action>,
    ) -> bool {
        let all = events.map_or(&[][..], Events::all);
        let found = found(all, &self.text);
        let mut open = true;
        let room = look::room(ctx);
        egui::Area::new(Id::unique("events"))
            .order(Order::Foreground)
            .anchor(Align2::CENTER_TOP, [0.0, TOP.min(room.y / 4.0).max(look::EDGE)])
            .show(ctx, |ui| {
                look::card(theme).show(ui, |ui| {
                    ui.set_width(WIDTH.min(room.x));
                    let edit = egui::TextEdit::singleline(&mut self.text)
                        .hint_text("What stands out: search in it")
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
                    let height = (room.y * 0.6 - ui.min_rect().height()).max(0.0);
                    let scroll = egui::ScrollArea::vertical()
                        .max_height(height)
                        .min_scrolled_height(height);
                    scroll.show(ui, |ui| {
                        ui.with_layout(egui::Layout::top_down_justified(egui::Align::Min), |ui| {
                            for (index, event) in found.iter().enumerate() {
                                let text = format!("{}   {}", time_text(event.time_ns), look::visible(&event.text));
                                let row = ui.selectable_label(index == self.chosen, text);
                                if (down || up) && index == self.chosen {
                                    row.scroll_to_me(None);
                                }
                                if row.clicked() || enter && index == self.chosen {
                                    actions.push(Action::Seek(event.frame));
                                    open = false;
                                }
                            }
                        });
                    });
                    if found.is_empty() {
                        ui.weak(match (events, all) {
                            (None, _) => "looking for what stands out ...",
                            (Some(_), []) => "nothing stands out in what is shown",
                            (Some(_), _) => "nothing of that",
                        });
                    }
                });
            });
        open
    }
}

/// The events that a text means: all words of it are in theirs.
fn found<'a>(events: &'a [Event], text: &str) -> Vec<&'a Event> {
    let wanted: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let is_meant = |event: &&Event| {
        let told = format!("{} {}", time_text(event.time_ns), event.text).to_lowercase();
        wanted.iter().all(|word| told.contains(word.as_str()))
    };
    events.iter().filter(is_meant).collect()
}
