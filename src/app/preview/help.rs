//! The keys, on a card in the middle of the window.

use egui::{Align2, Id, Order, RichText, ScrollArea, Ui};

use super::action::{Action, HELP};
use super::look;
use crate::scene::colors::Theme;

/// Width of a group of keys with the space beside it, in points.
const GROUP: f32 = 290.0;

/// Shows the card.
pub fn show(ctx: &egui::Context, theme: Theme, actions: &mut Vec<Action>) {
    egui::Area::new(Id::unique("help"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .show(ctx, |ui| {
            look::card(theme).show(ui, |ui| {
                let room = look::room(ui.ctx());
                // As many groups side by side as there is room for; the others below.
                let columns = ((room.x / GROUP) as usize).clamp(1, HELP.len());
                ui.set_width((GROUP * columns as f32).min(room.x));
                ui.horizontal(|ui| {
                    ui.heading("Keys");
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if ui.button("Close").on_hover_text("? or Esc").clicked() {
                            actions.push(Action::Help);
                        }
                    });
                });
                ui.add_space(4.0);
                let height = (room.y - ui.min_rect().height() - ui.spacing().item_spacing.y).max(0.0);
                let scroll = ScrollArea::both()
                    .max_height(height)
                    .min_scrolled_height(height)
                    .auto_shrink([false, true]);
                scroll.show(ui, |ui| {
                    for groups in HELP.chunks(columns) {
                        ui.horizontal_top(|ui| {
                            for (name, keys) in groups {
                                group(ui, name, keys);
                            }
                        });
                    }
                });
            });
        });
}

fn group(ui: &mut Ui, name: &str, keys: &[(&str, &str)]) {
    ui.vertical(|ui| {
        ui.label(RichText::new(name).family(look::medium()));
        egui::Grid::new(name)
            .num_columns(2)
            .spacing([14.0, 5.0])
            .show(ui, |ui| {
                for (key, what) in keys {
                    ui.label(RichText::new(*key).family(look::medium()));
                    ui.label(RichText::new(*what).weak());
                    ui.end_row();
                }
            });
        ui.add_space(8.0);
    });
    ui.add_space(16.0);
}
