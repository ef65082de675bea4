//! The row of buttons that appears with the pointer: play, events, speed, and the doors to the rest.

use egui::{Align2, Id, Order, Response, RichText, Sense, Stroke, Ui, pos2, vec2};

use super::action::Action;
use super::look;
use crate::scene::Scene;

/// Width of the row in points; in a window with less, it is broken.
const ROW: f32 = 552.0;

/// The state that the buttons show.
#[derive(Clone, Copy, Debug)]
pub struct Playing {
    /// Whether the film plays.
    pub plays: bool,
    /// Multiple of real time.
    pub speed: f64,
    /// Whether it begins again at its end.
    pub loops: bool,
    /// Whether gaps are skipped.
    pub skips_gaps: bool,
}

/// Shows the row above the seek bar; gives what was pressed, and whether the pointer is on it.
pub fn show(
    ctx: &egui::Context,
    scene: &Scene,
    px_per_point: f32,
    playing: Playing,
    actions: &mut Vec<Action>,
) -> bool {
    // The date at the pointer stands between these and the bar.
    let top = scene.activity_px()[1] / px_per_point - 30.0;
    let shown = egui::Area::new(Id::unique("controls"))
        .order(Order::Middle)
        .pivot(Align2::CENTER_BOTTOM)
        .current_pos(pos2(ctx.content_rect().center().x, top))
        .show(ctx, |ui| {
            look::card(scene.settings().theme).show(ui, |ui| {
                let room = look::room(ui.ctx()).x;
                if room < ROW {
                    ui.set_max_width(room);
                    ui.horizontal_wrapped(|ui| row(ui, playing, actions));
                } else {
                    ui.horizontal(|ui| row(ui, playing, actions));
                }
            });
        });
    shown.response.contains_pointer()
}

fn row(ui: &mut Ui, playing: Playing, actions: &mut Vec<Action>) {
    let name = if playing.plays { "Pause" } else { "Play" };
    let icon = if playing.plays { pause_icon } else { play_icon };
    if icon_button(ui, name, "Space", icon).clicked() {
        actions.push(Action::PlayPause);
    }
    if icon_button(ui, "Previous event", "P", back_icon).clicked() {
        actions.push(Action::PreviousEvent);
    }
    if icon_button(ui, "Next event", "N", next_icon).clicked() {
        actions.push(Action::NextEvent);
    }
    ui.separator();
    if text_button(ui, "−", "Slower: Down", false) {
        actions.push(Action::Speed(-1));
    }
    // The width of the widest, so that nothing moves under the pointer.
    ui.add_sized([34.0, 20.0], egui::Label::new(speed_text(playing.speed)));
    if text_button(ui, "+", "Faster: Up", false) {
        actions.push(Action::Speed(1));
    }
    ui.separator();
    for (text, hint, on, action) in [
        ("Loop", "Begin again at the end: L", playing.loops, Action::Loop),
        (
            "Skip gaps",
            "Skip time without traffic: G",
            playing.skips_gaps,
            Action::SkipGaps,
        ),
    ] {
        if text_button(ui, text, hint, on) {
            actions.push(action);
        }
    }
    ui.separator();
    for (text, hint, action) in [
        ("Events", "What stands out: T", Action::Events),
        ("Find", "Find a port or a country: /", Action::Search),
        ("Settings", "Settings, export: S", Action::Panel),
        ("?", "Keys: ?", Action::Help),
    ] {
        if text_button(ui, text, hint, false) {
            actions.push(action);
        }
    }
}

/// `0.5x`, `10x`.
pub fn speed_text(speed: f64) -> String {
    format!("{speed}x")
}

fn text_button(ui: &mut Ui, text: &str, hint: &str, on: bool) -> bool {
    let button = egui::Button::new(RichText::new(text)).selected(on);
    ui.add(button).on_hover_text(hint).clicked()
}

/// A button with a drawing on it; the name is for readers of the screen.
fn icon_button(ui: &mut Ui, name: &str, key: &str, icon: fn(&egui::Painter, egui::Rect, Stroke)) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(28.0, 22.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    let look = ui.style().interact(&response);
    ui.painter().rect_filled(rect, look.corner_radius, look.weak_bg_fill);
    icon(
        ui.painter(),
        egui::Rect::from_center_size(rect.center(), vec2(10.0, 11.0)),
        look.fg_stroke,
    );
    response.on_hover_text(format!("{name}: {key}"))
}

fn play_icon(painter: &egui::Painter, rect: egui::Rect, stroke: Stroke) {
    triangle(painter, rect, stroke);
}

fn pause_icon(painter: &egui::Painter, rect: egui::Rect, stroke: Stroke) {
    for x in [rect.left(), rect.right() - 3.5] {
        let bar = egui::Rect::from_min_max(pos2(x, rect.top()), pos2(x + 3.5, rect.bottom()));
        painter.rect_filled(bar, 0.0, stroke.color);
    }
}

fn next_icon(painter: &egui::Painter, rect: egui::Rect, stroke: Stroke) {
    triangle(painter, rect.with_max_x(rect.right() - 2.0), stroke);
    let bar = rect.with_min_x(rect.right() - 2.0);
    painter.rect_filled(bar, 0.0, stroke.color);
}

fn back_icon(painter: &egui::Painter, rect: egui::Rect, stroke: Stroke) {
    let flipped = egui::Rect::from_min_max(pos2(rect.right(), rect.top()), pos2(rect.left() + 2.0, rect.bottom()));
    triangle(painter, flipped, stroke);
    painter.rect_filled(rect.with_max_x(rect.left() + 2.0), 0.0, stroke.color);
}

/// Points from the left to the right edge of a rectangle, wherever those are.
fn triangle(painter: &egui::Painter, rect: egui::Rect, stroke: Stroke) {
    let points = vec![rect.left_top(), pos2(rect.right(), rect.center().y), rect.left_bottom()];
    painter.add(egui::Shape::convex_polygon(points, stroke.color, Stroke::NONE));
}
