//! All that lies over the picture: which of it is open, and what was asked for with it.
//! Changes nothing by itself; gives actions.

use std::time::{Duration, Instant};

use egui::{Align2, Id, Order, RichText, pos2, vec2};

use super::action::{self, Action};
use super::controls::{self, Playing};
use super::meter::Meter;
use super::panel;
use super::search::Search;
use super::tip::{self, Tip};
use super::{fps_overlay, help, look, seek_bar};
use crate::scene::colors::Theme;
use crate::scene::{Frame, Scene, Target};
use crate::settings::ViewSettings;

/// The row of buttons stays so long after the pointer has come to rest.
const CONTROLS_STAY: Duration = Duration::from_millis(2500);
/// A message stays so long.
const MESSAGE_STAYS: Duration = Duration::from_millis(3500);

/// What is open.
pub struct Ui {
    panel: bool,
    help: bool,
    search: Option<Search>,
    /// Name of the film to make.
    pub output: String,
    message: Option<(String, Instant)>,
    pointer_moved: Option<Instant>,
    /// What the pointer is on, in the picture.
    pub target: Option<Target>,
    /// Whether the pointer drags the seek bar.
    pub is_seeking: bool,
}

/// What is to be shown.
pub struct Shown<'a> {
    /// The scene on show.
    pub scene: &'a Scene,
    /// Its frame.
    pub frame: &'a Frame,
    /// Packets of each port.
    pub port_packets: &'a [u64],
    /// The settings on show, or about to be.
    pub view: &'a ViewSettings,
    /// What the buttons show.
    pub playing: Playing,
    /// Whether every refresh of the display has its picture.
    pub smooth: bool,
    /// Frames done and all, while a film is made.
    pub export: Option<(u64, u64)>,
    /// The adapter, in words.
    pub adapter: &'a str,
    /// Frame times, where they are to be shown.
    pub meter: Option<&'a Meter>,
    /// Pixels in a point.
    pub px_per_point: f32,
    /// Something that is being waited for.
    pub waiting: Option<&'a str>,
}

impl Ui {
    /// Nothing is open.
    pub fn new() -> Self {
        Self {
            panel: false,
            help: false,
            search: None,
            output: "portbloom.mp4".to_owned(),
            message: None,
            pointer_moved: None,
            target: None,
            is_seeking: false,
        }
    }

    /// Says something for a few seconds.
    pub fn say(&mut self, text: impl Into<String>, now: Instant) {
        self.message = Some((text.into(), now));
    }

    /// Shows or hides the settings.
    pub fn toggle_panel(&mut self) {
        self.panel = !self.panel;
    }

    /// Shows or hides the keys.
    pub fn toggle_help(&mut self) {
        self.help = !self.help;
    }

    /// Opens or closes the search box.
    pub fn toggle_search(&mut self) {
        self.search = match self.search {
            Some(_) => None,
            None => Some(Search::default()),
        };
    }

    /// Closes what is open on top; false where nothing was.
    pub fn close_top(&mut self) -> bool {
        let open = self.help || self.search.is_some() || self.panel;
        if self.help {
            self.help = false;
        } else if self.search.take().is_none() {
            self.panel = false;
        }
        open
    }

    /// Shows everything that is open; gives what was asked for.
    pub fn show(&mut self, ctx: &egui::Context, shown: &Shown<'_>, now: Instant) -> Vec<Action> {
        let Shown {
            scene, px_per_point, ..
        } = *shown;
        let mut actions = keys(ctx);
        let on_bar = seek_bar::show(ctx, scene, px_per_point);
        actions.extend(on_bar.seek.map(Action::Seek));
        self.is_seeking = on_bar.is_dragged;
        if self.controls_are_shown(ctx, shown.playing.plays, now) {
            let on_them = controls::show(ctx, scene, px_per_point, shown.playing, &mut actions);
            if on_them {
                self.pointer_moved = Some(now);
            }
        }
        if let Some(meter) = shown.meter {
            fps_overlay::show(ctx, scene, meter, shown.frame.alive.len());
        }
        if self.panel {
            let panel = panel::Shown {
                view: shown.view,
                timeline: &scene.log().timeline,
                theme: scene.settings().theme,
                smooth: shown.smooth,
                export: shown.export,
                adapter: shown.adapter,
            };
            panel::show(ctx, &panel, &mut self.output, &mut actions);
        }
        if let Some(search) = &mut self.search
            && !search.show(ctx, scene, shown.port_packets, &mut actions)
        {
            self.search = None;
        }
        if self.help {
            help::show(ctx, scene.settings().theme, &mut actions);
        }
        self.point(ctx, shown, &mut actions);
        self.footnotes(ctx, shown, now);
        actions
    }

    /// The row of buttons is there while the pointer moves, and a little longer.
    fn controls_are_shown(&mut self, ctx: &egui::Context, plays: bool, now: Instant) -> bool {
        let (moved, is_here) = ctx.input(|input| {
            let pointer = &input.pointer;
            (
                pointer.delta() != egui::Vec2::ZERO || pointer.any_pressed(),
                pointer.hover_pos().is_some(),
            )
        });
        if moved {
            self.pointer_moved = Some(now);
        }
        if !is_here {
            self.pointer_moved = None;
        }
        let Some(moved) = self.pointer_moved else { return false };
        if !plays {
            return true;
        }
        let left = CONTROLS_STAY.saturating_sub(now.duration_since(moved));
        if !left.is_zero() {
            ctx.request_repaint_after(left);
        }
        !left.is_zero()
    }

    /// What the pointer is on: named, and pinned by a click.
    fn point(&mut self, ctx: &egui::Context, shown: &Shown<'_>, actions: &mut Vec<Action>) {
        let pointer = ctx.input(|input| input.pointer.hover_pos());
        let free = pointer.filter(|_| !ctx.is_pointer_over_egui() && !ctx.egui_is_using_pointer());
        let at_px = free.map(|at| [at.x, at.y].map(|points| points * shown.px_per_point));
        self.target = at_px.and_then(|at_px| shown.scene.pick(shown.frame, at_px));
        let (Some(at), Some(target)) = (pointer, self.target) else {
            return;
        };
        if ctx.input(|input| input.pointer.primary_clicked()) {
            actions.push(Action::Pin(tip::only(shown.scene, target)));
        }
        let theme = shown.scene.settings().theme;
        if let Target::Bubble(bubble) = target {
            ring(ctx, shown, bubble);
        }
        card_at(
            ctx,
            theme,
            at,
            &tip::tip(shown.scene, shown.frame, shown.port_packets, target),
        );
    }

    /// What is pinned, what is waited for, what is being made, and messages.
    fn footnotes(&mut self, ctx: &egui::Context, shown: &Shown<'_>, now: Instant) {
        let mut lines: Vec<String> = Vec::new();
        if let Some(only) = &shown.scene.settings().only {
            lines.push(format!("Only {}. Esc shows all.", tip::only_text(only)));
        }
        lines.extend(shown.waiting.map(str::to_owned));
        if let Some((done, all)) = shown.export {
            lines.push(format!("Export: {}", panel::progress_text(done, all)));
            ctx.request_repaint_after(Duration::from_millis(500));
        }
        if let Some((text, said)) = &self.message {
            let left = MESSAGE_STAYS.saturating_sub(now.duration_since(*said));
            if left.is_zero() {
                self.message = None;
            } else {
                lines.push(text.clone());
                ctx.request_repaint_after(left);
            }
        }
        if lines.is_empty() {
            return;
        }
        let bottom = shown.scene.activity_px()[1] / shown.px_per_point - 14.0;
        note(ctx, shown.scene.settings().theme, pos2(14.0, bottom), &lines);
    }
}

/// Lines on a card whose lower left corner is at a position.
pub fn note(ctx: &egui::Context, theme: Theme, at: egui::Pos2, lines: &[String]) {
    egui::Area::new(Id::unique("note"))
        .order(Order::Middle)
        .interactable(false)
        .pivot(Align2::LEFT_BOTTOM)
        .current_pos(at)
        .show(ctx, |ui| {
            look::card(theme).show(ui, |ui| {
                ui.set_max_width(360.0);
                for line in lines {
                    ui.label(line);
                }
            });
        });
}

/// The actions of the keys pressed; none while something is typed.
fn keys(ctx: &egui::Context) -> Vec<Action> {
    let typing = ctx.egui_wants_keyboard_input();
    ctx.input(|input| {
        let pressed = input.events.iter().filter_map(|event| match event {
            egui::Event::Key {
                key,
                pressed: true,
                repeat,
                modifiers,
                ..
            } => {
                let action = action::of_key(*key, *modifiers)?;
                let goes_on = matches!(
                    action,
                    Action::StepFrames(_)
                        | Action::StepSecs(_)
                        | Action::Speed(_)
                        | Action::NextBurst
                        | Action::PreviousBurst
                );
                // While something is typed, only what no letter means.
                let free = !typing || matches!(action, Action::Escape | Action::FullScreen | Action::SaveFrame);
                (free && (goes_on || !repeat)).then_some(action)
            }
            _ => None,
        });
        pressed.collect()
    })
}

/// A ring around the bubble under the pointer.
fn ring(ctx: &egui::Context, shown: &Shown<'_>, bubble: usize) {
    let scale = shown.px_per_point;
    let [x, y] = shown.scene.bubble_px(bubble, shown.frame).map(|px| px / scale);
    let radius = shown.scene.radius_px(bubble) / scale + 2.0;
    let painter = ctx.layer_painter(egui::LayerId::new(Order::Background, Id::unique("ring")));
    let ink = look::color(shown.scene.palette().ink);
    painter.circle_stroke(pos2(x, y), radius, egui::Stroke::new(1.5, ink));
}

/// A tip beside the pointer, on the side where there is room.
fn card_at(ctx: &egui::Context, theme: Theme, at: egui::Pos2, tip: &Tip) {
    let window = ctx.content_rect();
    let (left, above) = (at.x > window.center().x, at.y > window.center().y);
    let pivot = match (left, above) {
        (false, false) => Align2::LEFT_TOP,
        (true, false) => Align2::RIGHT_TOP,
        (false, true) => Align2::LEFT_BOTTOM,
        (true, true) => Align2::RIGHT_BOTTOM,
    };
    let away = vec2(if left { -14.0 } else { 14.0 }, if above { -10.0 } else { 14.0 });
    egui::Area::new(Id::unique("tip"))
        .order(Order::Tooltip)
        .interactable(false)
        .pivot(pivot)
        .current_pos(at + away)
        .show(ctx, |ui| {
            look::card(theme).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                let mut title = RichText::new(&tip.title).family(look::medium()).size(14.0);
                if let Some(color) = tip.color {
                    title = title.color(look::color(color));
                }
                ui.add(egui::Label::new(title).extend());
                for line in &tip.lines {
                    ui.add(egui::Label::new(RichText::new(line).weak()).extend());
                }
            });
        });
}
