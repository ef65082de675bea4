//! The picture's own line of activity as a seek bar: the date or the event under the pointer, click and drag.

use egui::{Align2, Color32, FontId, Id, Order, Rect, Sense, Shape, Stroke, pos2, vec2};

use super::events::{Event, Events};
use super::look;
use crate::log::Log;
use crate::scene::Scene;

/// Points around the line that belong to it.
const AROUND: f32 = 8.0;
/// Half the width of the mark of an event, in points.
const MARK: f32 = 4.0;
/// Distance at which the pointer means an event, in points.
const NEAR: f32 = 6.0;

/// The pointer's doings on the bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnBar {
    /// Whether the pointer is on it.
    pub is_pointed_at: bool,
    /// The frame to go to.
    pub seek: Option<u64>,
    /// Whether it is dragged.
    pub is_dragged: bool,
}

/// Shows the bar over the activity line of a scene drawn at `px_per_point`.
/// `marks` says whether events are marked on it.
pub fn show(ctx: &egui::Context, scene: &Scene, px_per_point: f32, events: Option<&Events>, marks: bool) -> OnBar {
    let events = events.map_or(&[][..], Events::all);
    let [left, top, right, bottom] = scene.activity_px().map(|px| px / px_per_point);
    let line = Rect::from_min_max(pos2(left, top), pos2(right, bottom));
    let window = ctx.content_rect();
    // Down to the edge of the window: the edge is the easiest thing to hit.
    let zone =
        Rect::from_min_max(pos2(left - AROUND, top - AROUND), pos2(right + AROUND, window.bottom())).intersect(window);
    if !zone.is_positive() {
        // The picture is of a larger window, and one for this window is being made.
        return OnBar::default();
    }
    let shown = egui::Area::new(Id::unique("seek bar"))
        .order(Order::Background)
        .fixed_pos(zone.min)
        .constrain(false)
        .show(ctx, |ui| {
            let (_, response) = ui.allocate_exact_size(zone.size(), Sense::click_and_drag());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Slider, true, "Seek"));
            let log = scene.log();
            let palette = scene.palette();
            let ink = look::color(palette.ink);
            let event_x = |event: &Event| line.left() + line.width() * share_of(log, event.time_ns) as f32;
            if marks {
                for event in events {
                    let top = pos2(event_x(event), line.top() - 1.0);
                    let points = vec![top, top + vec2(-MARK, -1.5 * MARK), top + vec2(MARK, -1.5 * MARK)];
                    let fill = look::color(palette.playhead);
                    ui.painter().add(Shape::convex_polygon(points, fill, Stroke::NONE));
                }
            }
            let Some(pointer) = response.hover_pos().or_else(|| response.interact_pointer_pos()) else {
                return OnBar::default();
            };
            let share = f64::from(((pointer.x - line.left()) / line.width()).clamp(0.0, 1.0));
            // Over the buttons, where they are in the way.
            let top_layer = egui::LayerId::new(Order::Tooltip, Id::unique("seek date"));
            let painter = ui.ctx().layer_painter(top_layer);
            // An event, where the pointer is near one and does not drag.
            let distance = |event: &Event| (event_x(event) - pointer.x).abs();
            let near = events.iter().filter(|event| distance(event) <= NEAR);
            let near = near.min_by(|a, b| distance(a).total_cmp(&distance(b)));
            let near = near.filter(|_| !response.dragged());
            let x = near.map_or(line.left() + line.width() * share as f32, event_x);
            painter.vline(x, line.top()..=line.bottom(), Stroke::new(1.0, ink.gamma_multiply(0.8)));
            let text = match near {
                Some(event) => format!("{}: {}", scene.clock(event.time_ns), look::visible(&event.text)),
                None => scene.clock(time_at(log, share)),
            };
            let text = painter.layout_no_wrap(text, FontId::proportional(12.0), ink);
            let size = text.size() + vec2(14.0, 6.0);
            // Whole, and where there is no room for that, from its start.
            let x = x
                .min(window.right() - size.x / 2.0 - 4.0)
                .max(window.left() + size.x / 2.0 + 4.0);
            let plate = Align2::CENTER_BOTTOM.anchor_size(pos2(x, line.top() - 4.0), size);
            painter.add(look::card(scene.settings().theme).paint(plate.shrink2(vec2(10.0, 7.0))));
            painter.galley(plate.min + vec2(7.0, 3.0), text, Color32::PLACEHOLDER);
            let pressed = response.is_pointer_button_down_on() || response.clicked();
            OnBar {
                is_pointed_at: true,
                seek: pressed.then(|| near.map_or_else(|| frame_at(log, share), |event| event.frame)),
                is_dragged: response.is_pointer_button_down_on(),
            }
        });
    shown.inner
}

/// Data time at a share of the window.
fn time_at(log: &Log, share: f64) -> i64 {
    let timeline = log.unstretched();
    timeline.start_ns + (timeline.span_ns() as f64 * share) as i64
}

/// Share of the window at which a data time is.
fn share_of(log: &Log, time_ns: i64) -> f64 {
    let timeline = log.unstretched();
    let since_ns = i128::from(time_ns) - i128::from(timeline.start_ns);
    (since_ns as f64 / timeline.span_ns() as f64).clamp(0.0, 1.0)
}

/// The frame whose playhead stands at a share of the bar.
fn frame_at(log: &Log, share: f64) -> u64 {
    log.frame_at(time_at(log, share)).unwrap_or(log.timeline.frames() - 1)
}
