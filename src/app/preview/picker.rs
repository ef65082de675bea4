//! A card with a field to type in and the rows that were found for it: one is chosen by arrows and Enter, or by a
//! click.

use egui::{Align2, Id, Key, Order};

use super::look;
use crate::scene::colors::Theme;

/// What is typed, and the row that is chosen.
#[derive(Clone, Debug, Default)]
pub struct Picker {
    /// The text.
    pub text: String,
    chosen: usize,
}

/// A picker as it looks; lengths in points.
#[derive(Clone, Copy, Debug)]
pub struct PickerLook {
    /// What tells it from others.
    pub name: &'static str,
    /// What stands in the empty field.
    pub hint: &'static str,
    /// Colours.
    pub theme: Theme,
    /// Its upper edge.
    pub top: f32,
    /// Its width, where the window has that.
    pub width: f32,
    /// Its height at most.
    pub height: f32,
}

impl Picker {
    /// Shows rows, or what is said where there are none; gives the row that was picked.
    pub fn show(
        &mut self,
        ctx: &egui::Context,
        look: &PickerLook,
        rows: &[String],
        none: Option<&str>,
    ) -> Option<usize> {
        let mut picked = None;
        egui::Area::new(Id::unique(look.name))
            .order(Order::Foreground)
            .anchor(Align2::CENTER_TOP, [0.0, look.top])
            .show(ctx, |ui| {
                look::card(look.theme).show(ui, |ui| {
                    ui.set_width(look.width.min(look::room(ui.ctx()).x));
                    let edit = egui::TextEdit::singleline(&mut self.text)
                        .hint_text(look.hint)
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
                    let last = rows.len().saturating_sub(1);
                    self.chosen = (self.chosen + usize::from(down))
                        .min(last)
                        .saturating_sub(usize::from(up));
                    let height = (look.height - ui.min_rect().height()).max(0.0);
                    let scroll = egui::ScrollArea::vertical()
                        .max_height(height)
                        .min_scrolled_height(height);
                    scroll.show(ui, |ui| {
                        ui.with_layout(egui::Layout::top_down_justified(egui::Align::Min), |ui| {
                            for (index, text) in rows.iter().enumerate() {
                                let row = ui.selectable_label(index == self.chosen, text);
                                if (down || up) && index == self.chosen {
                                    row.scroll_to_me(None);
                                }
                                if row.clicked() || enter && index == self.chosen {
                                    picked = Some(index);
                                }
                            }
                        });
                    });
                    if let Some(none) = none.filter(|_| rows.is_empty()) {
                        ui.weak(none);
                    }
                });
            });
        picked
    }
}
