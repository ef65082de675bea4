//! Frame rate, a graph of frame times, and the number of bubbles alive.

use egui::{Id, Label, Order, RichText, Sense, pos2, vec2};

use super::look;
use super::meter::Meter;
use crate::scene::Scene;
use crate::words::counted;

/// Milliseconds at the top of the graph: three refreshes of a display of 60 Hz.
const TOP_MS: f32 = 50.0;

/// Shows the overlay beside the clock.
pub fn show(ctx: &egui::Context, scene: &Scene, meter: &Meter, alive: usize) {
    let palette = scene.palette();
    let left = ctx.content_rect().width() * 0.15;
    egui::Area::new(Id::unique("fps overlay"))
        .order(Order::Background)
        .interactable(false)
        .fixed_pos(pos2(left, 8.0))
        .show(ctx, |ui| {
            look::card(scene.settings().theme).show(ui, |ui| {
                ui.horizontal(|ui| {
                    let (rect, _) = ui.allocate_exact_size(vec2(120.0, 32.0), Sense::hover());
                    let painter = ui.painter();
                    let step = rect.width() / 120.0;
                    let y = |ms: f32| rect.bottom() - (ms / TOP_MS).min(1.0) * rect.height();
                    for (index, ms) in meter.recent_ms().enumerate() {
                        let x = rect.right() - (meter.recent_ms().len() - index) as f32 * step;
                        let color = if ms > 1e3 / 30.0 {
                            palette.playhead
                        } else {
                            palette.activity[0]
                        };
                        let bar = egui::Rect::from_min_max(pos2(x, y(ms)), pos2(x + step, rect.bottom()));
                        painter.rect_filled(bar, 0.0, look::color(color));
                    }
                    // A sixtieth and a thirtieth of a second.
                    for ms in [1e3 / 60.0, 1e3 / 30.0] {
                        let line = egui::Stroke::new(1.0, look::color(palette.faint).gamma_multiply(0.5));
                        painter.hline(rect.x_range(), y(ms), line);
                    }
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 1.0;
                        let last_ms = meter.recent_ms().last().unwrap_or(0.0);
                        let rate = format!("{:.0} fps, {last_ms:.1} ms", meter.recent_per_second());
                        let bubbles = RichText::new(counted(alive as u64, "bubble")).weak();
                        ui.add(Label::new(rate).extend());
                        ui.add(Label::new(bubbles).extend());
                    });
                });
            });
        });
}
