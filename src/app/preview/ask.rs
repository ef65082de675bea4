//! The question before a film that takes long, on a card in the middle of the window.

use egui::{Align2, Id, Key, Order, ScrollArea};

use super::action::Action;
use super::look;
use crate::scene::colors::Theme;

/// Shows the question with what there is to know of the film. Enter makes it, Esc does not.
pub fn show(ctx: &egui::Context, theme: Theme, film: &str, actions: &mut Vec<Action>) {
    egui::Area::new(Id::unique("ask"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .show(ctx, |ui| {
            look::card(theme).show(ui, |ui| {
                let room = look::room(ui.ctx());
                ui.set_max_width(room.x.min(320.0));
                ui.heading("Make this film?");
                let buttons = 60.0;
                let height = (room.y - buttons).max(0.0);
                let text = ScrollArea::vertical().max_height(height).min_scrolled_height(height);
                text.show(ui, |ui| ui.label(film));
                ui.horizontal(|ui| {
                    let enter = ui.input(|input| input.key_pressed(Key::Enter));
                    if ui.button("Make it").on_hover_text("Enter").clicked() || enter {
                        actions.push(Action::ExportLong);
                    }
                    if ui.button("Cancel").on_hover_text("Esc").clicked() {
                        actions.push(Action::Escape);
                    }
                });
            });
        });
}
