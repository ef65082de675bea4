//! The keys, on a card in the middle of the window.

use egui::{Align2, Id, Order, RichText};

use super::action::{Action, HELP};
use super::look;
use crate::scene::colors::Theme;

/// Shows the card.
pub fn show(ctx: &egui::Context, theme: Theme, actions: &mut Vec<Action>) {
    egui::Area::new(Id::unique("help"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .show(ctx, |ui| {
            look::card(theme).inner_margin(18).show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    for (group, keys) in HELP {
                        ui.vertical(|ui| {
                            ui.heading(group);
                            ui.add_space(4.0);
                            egui::Grid::new(group)
                                .num_columns(2)
                                .spacing([14.0, 5.0])
                                .show(ui, |ui| {
                                    for (key, what) in keys {
                                        ui.label(RichText::new(*key).family(look::medium()));
                                        ui.label(RichText::new(*what).weak());
                                        ui.end_row();
                                    }
                                });
                        });
                        ui.add_space(16.0);
                    }
                    if ui.button("Close").clicked() {
                        actions.push(Action::Help);
                    }
                });
            });
        });
}
