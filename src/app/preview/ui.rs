//! The controls and cards over the picture: which of them are open, and the actions asked for with them.
//! Changes nothing by itself.

use std::time::{Duration, Instant};

use egui::{Align2, Id, Order, RichText, pos2, vec2};

use super::action::{self, Action};
use super::controls::{self, Playing};
use super::event_list::EventList;
use super::events::Events;
use super::meter::Meter;
use super::panel;
use super::search::Search;
use super::tip::{self, Tip};
use super::{ask, fps_overlay, help, look, paste, seek_bar};
use crate::scene::colors::Theme;
use crate::scene::{Frame, Scene, Target};
use crate::settings::ViewSettings;

/// Time for which the buttons stay after the pointer has come to rest.
const CONTROLS_STAY: Duration = Duration::from_millis(2500);
/// Time for which a message stays, and the time added for each of its characters.
const MESSAGE_STAYS: Duration = Duration::from_millis(2500);
const CHARACTER_STAYS: Duration = Duration::from_millis(50);
/// A pointer that enters the window is told of once, and once more where it was moved to do so.
const MOVES_TO_ENTER: usize = 2;
/// Widest of a note and of a tip, in points.
const NOTE_WIDTH: f32 = 360.0;

/// The controls and cards over the picture.
pub struct Ui {
    panel: bool,
    help: bool,
    search: Option<Search>,
    events: Option<EventList>,
    /// A film that takes long, in words, while it is asked whether to make it.
    asked: Option<String>,
    /// Name of the film to make.
    pub output: String,
    message: Option<(String, Instant)>,
    pointer_moved: Option<Instant>,
    /// Number of moves of the pointer before it points at something: one that lies where the window
    /// opened, or where something was closed, means nothing by it.
    moves_needed: usize,
    /// The thing in the picture that the pointer is on.
    pub target: Option<Target>,
    /// Whether the pointer drags the seek bar.
    pub is_seeking: bool,
}

/// The values that are shown.
pub struct Shown<'a> {
    /// The scene on show.
    pub scene: &'a Scene,
    /// Its frame.
    pub frame: &'a Frame,
    /// Packets of each port.
    pub port_packets: &'a [u64],
    /// What stands out, once that is known.
    pub events: Option<&'a Events>,
    /// The settings on show, or about to be.
    pub view: &'a ViewSettings,
    /// The state that the buttons show.
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
    /// No card is open.
    pub fn new() -> Self {
        Self {
            panel: false,
            help: false,
            search: None,
            events: None,
            asked: None,
            output: "portbloom.mp4".to_owned(),
            message: None,
            pointer_moved: None,
            moves_needed: MOVES_TO_ENTER,
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

    /// Opens or closes the list of events.
    pub fn toggle_events(&mut self) {
        self.events = match self.events {
            Some(_) => None,
            None => Some(EventList::default()),
        };
    }

    /// Asks whether to make a film, given in words.
    pub fn ask(&mut self, film: String) {
        self.asked = Some(film);
    }

    /// Closes what is open on top; false where nothing was.
    pub fn close_top(&mut self) -> bool {
        let lists = self.search.is_some() || self.events.is_some();
        let open = self.asked.is_some() || self.help || lists || self.panel;
        if self.asked.take().is_some() {
            // Only that.
        } else if self.help {
            self.help = false;
        } else if self.search.take().is_none() && self.events.take().is_none() {
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
        let with_controls = self.controls_are_shown(ctx, shown.playing.plays, now);
        let on_bar = seek_bar::show(ctx, scene, px_per_point, shown.events, with_controls);
        actions.extend(on_bar.seek.map(Action::Seek));
        self.is_seeking = on_bar.is_dragged;
        if with_controls {
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
                scene,
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
        if let Some(list) = &mut self.events
            && !list.show(ctx, scene.settings().theme, shown.events, &mut actions)
        {
            self.events = None;
        }
        if self.help {
            help::show(ctx, scene.settings().theme, &mut actions);
        }
        if let Some(film) = &self.asked {
            ask::show(ctx, scene.settings().theme, film, &mut actions);
        }
        if actions.contains(&Action::ExportLong) {
            self.asked = None;
        }
        self.point(ctx, shown, on_bar.is_pointed_at, &mut actions);
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

    /// Finds the thing under the pointer, describes it, and pins it by a click. Nothing is under a pointer
    /// on the controls or the seek bar: a flood reaches down there, and is not what a click means.
    fn point(&mut self, ctx: &egui::Context, shown: &Shown<'_>, is_on_bar: bool, actions: &mut Vec<Action>) {
        let (pointer, moves) = ctx.input(|input| {
            let moves = |event: &&egui::Event| matches!(event, egui::Event::PointerMoved(_));
            (input.pointer.hover_pos(), input.events.iter().filter(moves).count())
        });
        self.moves_needed = self.moves_needed.saturating_sub(moves);
        let is_taken = is_on_bar || ctx.is_pointer_over_egui() || ctx.egui_is_using_pointer();
        let free = pointer.filter(|_| !is_taken && self.moves_needed == 0);
        if pointer.is_none() {
            self.moves_needed = MOVES_TO_ENTER;
        } else if is_taken {
            self.moves_needed = 1;
        }
        let at_px = free.map(|at| [at.x, at.y].map(|points| points * shown.px_per_point));
        let target = at_px.and_then(|at_px| shown.scene.pick(shown.frame, at_px));
        if std::mem::replace(&mut self.target, target) != target {
            // This picture is drawn already; the next has another focus.
            ctx.request_repaint();
        }
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

    /// Shows the traffic that is pinned, files that are dragged over the window, progress, and messages.
    fn footnotes(&mut self, ctx: &egui::Context, shown: &Shown<'_>, now: Instant) {
        let mut lines: Vec<String> = Vec::new();
        if let Some(only) = &shown.scene.settings().only {
            lines.push(format!("Only {}. Esc shows all.", only.spoken()));
        }
        lines.extend(ctx.input(|input| dragged(&input.raw.hovered_files)));
        lines.extend(shown.waiting.map(str::to_owned));
        if let Some((done, all)) = shown.export {
            lines.push(format!("Export: {}", panel::progress_text(done, all)));
            ctx.request_repaint_after(Duration::from_millis(500));
        }
        if let Some((text, said)) = &self.message {
            let stays = MESSAGE_STAYS + CHARACTER_STAYS * text.chars().count() as u32;
            let left = stays.saturating_sub(now.duration_since(*said));
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

/// A line about files that are dragged over the window, if there are any.
fn dragged(files: &[egui::HoveredFile]) -> Option<String> {
    let name = |file: &egui::HoveredFile| Some(file.path.as_ref()?.file_name()?.to_string_lossy().into_owned());
    match files {
        [] => None,
        [file] => Some(name(file).map_or("Drop to open.".to_owned(), |name| format!("Drop to open {name}."))),
        _ => Some("Drop to open them as one log.".to_owned()),
    }
}

/// Lines on a card whose lower left corner is at a position, or as near as there is room. The card is
/// in nobody's way, but where it is too high for the window and has to be scrolled.
pub fn note(ctx: &egui::Context, theme: Theme, at: egui::Pos2, lines: &[String]) {
    let id = Id::unique("note");
    let room = look::room(ctx);
    let height = ctx
        .memory(|memory| memory.area_rect(id))
        .map_or(0.0, |area| area.height());
    egui::Area::new(id)
        .order(Order::Middle)
        .interactable(height > room.y)
        .pivot(Align2::LEFT_BOTTOM)
        .current_pos(at)
        .show(ctx, |ui| {
            look::card(theme).show(ui, |ui| {
                ui.set_max_width(NOTE_WIDTH.min(room.x));
                let lines_area = egui::ScrollArea::vertical()
                    .max_height(room.y)
                    .min_scrolled_height(room.y);
                lines_area.show(ui, |ui| {
                    for line in lines {
                        ui.label(look::visible(line));
                    }
                });
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
                        | Action::NextEvent
                        | Action::PreviousEvent
                );
                // While something is typed, only what no letter means.
                let free = !typing || matches!(action, Action::Escape | Action::FullScreen | Action::SaveFrame);
                (free && (goes_on || !repeat)).then_some(action)
            }
            egui::Event::Paste(text) => (!typing).then(|| Action::Open(paste::paths(text))),
            _ => None,
        });
        pressed.collect()
    })
}

/// A ring around the bubble under the pointer.
fn ring(ctx: &egui::Context, shown: &Shown<'_>, bubble: usize) {
    let scale = shown.px_per_point;
    let [x, y] = shown.scene.placed(bubble, shown.frame).center_px.map(|px| px / scale);
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
                ui.set_max_width(NOTE_WIDTH.min(look::room(ui.ctx()).x));
                ui.spacing_mut().item_spacing.y = 2.0;
                let mut title = RichText::new(look::visible(&tip.title))
                    .family(look::medium())
                    .size(14.0);
                if let Some(color) = tip.color {
                    title = title.color(look::color(color));
                }
                ui.label(title);
                for line in &tip.lines {
                    ui.label(RichText::new(look::visible(line)).weak());
                }
            });
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::open_log;
    use crate::app::preview::action::HELP;
    use crate::app::preview::builder::port_packets;
    use crate::app::stages::Stages;
    use crate::model::{Port, Protocol};
    use crate::scene::{Focus, Only};
    use crate::settings::PreviewSettings;
    use crate::timeline::Fps;
    use crate::words::counted;
    use egui::{Key, Modifiers};
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT, Queryable};
    use std::sync::OnceLock;

    /// The frame of the flood.
    const FLOOD: u64 = 6740;

    /// All that lies over a frame of the sample, and what was asked for.
    struct Window {
        ui: Ui,
        view: ViewSettings,
        frame: Frame,
        playing: bool,
        actions: Vec<Action>,
    }

    fn scene() -> &'static Scene {
        static SCENE: OnceLock<Scene> = OnceLock::new();
        SCENE.get_or_init(|| {
            let view = PreviewSettings::from_words(&["portbloom", "preview"]).unwrap().view;
            let log = open_log(&view, true, &Stages::new(false)).unwrap();
            let mut settings = view.scene("");
            settings.size_px = [1280, 720];
            Scene::new(log, settings)
        })
    }

    fn harness() -> Harness<'static, Window> {
        harness_of(scene(), FLOOD)
    }

    fn harness_of(scene: &'static Scene, frame: u64) -> Harness<'static, Window> {
        harness_at(scene, frame, 1.0)
    }

    /// On a display of `scale` pixels in a point.
    fn harness_at(scene: &'static Scene, frame: u64, scale: f32) -> Harness<'static, Window> {
        harness_in(scene, frame, scene.size_px(), scale)
    }

    /// In a window that may be of another size than the picture.
    fn harness_in(scene: &'static Scene, frame: u64, size_px: [u32; 2], scale: f32) -> Harness<'static, Window> {
        let px_per_point = scale * look::zoom(size_px, scale);
        let packets = port_packets(scene.log());
        let events = Events::of(scene);
        let mut ready = false;
        let show = move |root: &mut egui::Ui, window: &mut Window| {
            let ctx = root.ctx();
            if !ready {
                look::install(ctx);
                look::set_theme(ctx, Theme::Dark);
                ready = true;
            }
            let shown = Shown {
                scene,
                frame: &window.frame,
                port_packets: &packets,
                events: Some(&events),
                view: &window.view,
                playing: Playing {
                    plays: window.playing,
                    speed: 1.0,
                    loops: false,
                    skips_gaps: false,
                },
                smooth: true,
                export: None,
                adapter: "an adapter",
                meter: None,
                px_per_point,
                waiting: None,
            };
            let actions = window.ui.show(ctx, &shown, Instant::now());
            window.actions.extend(actions);
        };
        let window = Window {
            ui: Ui::new(),
            view: PreviewSettings::from_words(&["portbloom", "preview"]).unwrap().view,
            frame: scene.moment(frame, 0, Focus::default()),
            playing: false,
            actions: Vec::new(),
        };
        let size = size_px.map(|px| px as f32 / px_per_point);
        let builder = Harness::builder().with_size(size).with_pixels_per_point(px_per_point);
        let mut harness = builder.build_ui_state(show, window);
        harness.run_steps(3);
        harness
    }

    /// Points at a position, as a hand does: on the way there it moves.
    fn point_at(harness: &mut Harness<'_, Window>, [x, y]: [f32; 2]) {
        harness.hover_at(pos2(x - 3.0, y));
        harness.step();
        harness.hover_at(pos2(x, y));
        harness.run_steps(2);
    }

    /// The actions asked for since the last time.
    fn asked(harness: &mut Harness<'_, Window>) -> Vec<Action> {
        harness.run_steps(2);
        std::mem::take(&mut harness.state_mut().actions)
    }

    fn changed(harness: &mut Harness<'_, Window>) -> ViewSettings {
        match asked(harness).pop() {
            Some(Action::Change(view)) => *view,
            other => panic!("no settings were changed: {other:?}"),
        }
    }

    fn tcp(number: u16) -> Port {
        Port {
            protocol: Protocol::Tcp,
            number,
        }
    }

    #[test]
    fn keys_ask_for_actions_unless_something_is_typed() {
        let mut harness = harness();
        harness.key_press(Key::Space);
        harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
        harness.key_press(Key::N);
        let expected = [Action::PlayPause, Action::StepFrames(1), Action::NextEvent];
        assert_eq!(asked(&mut harness), expected);
        harness.state_mut().ui.toggle_search();
        harness.run_steps(2);
        harness.key_press(Key::N);
        harness.key_press(Key::F12);
        // Into the box.
        harness.event(egui::Event::Paste("/tmp/log.csv".to_owned()));
        assert_eq!(asked(&mut harness), [Action::SaveFrame]);
        assert!(harness.state_mut().ui.close_top());
        harness.run_steps(2);
        harness.event(egui::Event::Paste("/tmp/log.csv\nfile:///b%20c.csv".to_owned()));
        let paths = ["/tmp/log.csv", "/b c.csv"].map(Into::into).into();
        assert_eq!(asked(&mut harness), [Action::Open(paths)]);
    }

    #[test]
    fn the_buttons_come_with_the_pointer_and_go_with_it() {
        let mut harness = harness();
        assert!(harness.query_by_label("Play").is_none());
        point_at(&mut harness, [100.0, 600.0]);
        for (label, action) in [
            ("Play", Action::PlayPause),
            ("Next event", Action::NextEvent),
            ("Loop", Action::Loop),
            ("Skip gaps", Action::SkipGaps),
            ("Settings", Action::Panel),
        ] {
            harness.get_by_label(label).click();
            assert_eq!(asked(&mut harness), [action], "{label}");
        }
        harness.remove_cursor();
        harness.run_steps(2);
        assert!(harness.query_by_label("Play").is_none());
        // While it plays they go once the pointer rests.
        point_at(&mut harness, [100.0, 600.0]);
        harness.state_mut().playing = true;
        harness.state_mut().ui.pointer_moved = Instant::now().checked_sub(CONTROLS_STAY);
        harness.run_steps(2);
        assert!(harness.query_by_label("Pause").is_none());
    }

    #[test]
    fn the_seek_bar_is_the_activity_line() {
        let mut harness = harness();
        let [left, top, right, bottom] = scene().activity_px();
        let timeline = scene().log().timeline;
        point_at(&mut harness, [(left + right) / 2.0, (top + bottom) / 2.0]);
        assert!(asked(&mut harness).is_empty(), "pointing asks for nothing");
        for share in [0.25, 0.75] {
            harness.drag_at(pos2(left + (right - left) * share, bottom - 2.0));
            let Some(Action::Seek(frame)) = asked(&mut harness).pop() else {
                panic!("no seek")
            };
            let share_of_data = (timeline.data_time_ns(frame) - timeline.start_ns) as f64 / timeline.span_ns() as f64;
            assert!(
                (share_of_data - f64::from(share)).abs() < 1e-3,
                "{share}: {share_of_data}"
            );
            // Dragged on, beyond the end of the line too.
            harness.hover_at(pos2(right + 200.0, bottom - 2.0));
            let Some(Action::Seek(frame)) = asked(&mut harness).pop() else {
                panic!("no drag")
            };
            assert!(timeline.data_time_ns(frame) >= timeline.end_ns - timeline.bin_ns);
            harness.drop_at(pos2(right, bottom - 2.0));
            asked(&mut harness);
        }
    }

    #[test]
    fn a_flood_that_reaches_down_to_the_seek_bar_is_not_what_a_click_there_means() {
        static SCENE: OnceLock<Scene> = OnceLock::new();
        let scene = SCENE.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("flood.csv");
            std::fs::write(
                &path,
                "time,proto,dpt,cc,packets\n0,UDP,53,IR,100000\n3600,TCP,22,CN,1\n",
            )
            .unwrap();
            let words = ["portbloom", "preview", path.to_str().unwrap(), "--unit", "1"];
            let view = PreviewSettings::from_words(&words).unwrap().view;
            let log = open_log(&view, true, &Stages::new(false)).unwrap();
            let mut settings = view.scene("");
            settings.size_px = [1280, 720];
            Scene::new(log, settings)
        });
        let mut harness = harness_of(scene, 20);
        let [left, top, right, bottom] = scene.activity_px();
        let at = [left + (right - left) / 4.0, (top + bottom) / 2.0];
        assert!(scene.pick(&harness.state().frame, at).is_some(), "the flood is there");
        point_at(&mut harness, at);
        assert_eq!(harness.state().ui.target, None);
        harness.drag_at(pos2(at[0], at[1]));
        harness.step();
        harness.drop_at(pos2(at[0], at[1]));
        let asked = asked(&mut harness);
        let seeks = |action: &Action| matches!(action, Action::Seek(_));
        assert!(!asked.is_empty() && asked.iter().all(seeks), "{asked:?}");
    }

    #[test]
    fn pointing_tells_what_it_is_and_a_click_pins_it() {
        let mut harness = harness();
        let frame = harness.state().frame.clone();
        let log = scene().log();
        // A port, a country, and the largest bubble in flight: the flood from Iran.
        let slot = log.ends.slot_of(tcp(1433)).unwrap();
        let [x, y] = scene().end_px(slot, &frame);
        let row = scene().rows().iter().position(|row| row.code == "CN").unwrap();
        let flood = frame.order[0] as usize;
        let [flood_x, flood_y] = scene().placed(flood, &frame).center_px;
        let edge = scene().radius_px(flood) - 4.0;
        for (at, words, only) in [
            ([x + 20.0, y], "TCP 1433 ms-sql", Only::new(None, Some(tcp(1433)))),
            ([640.0, scene().rows()[row].y_px], "China", Only::new(Some("CN"), None)),
            (
                [flood_x - edge, flood_y],
                "Iran",
                Only::new(Some("IR"), log.ends.get(log.bubbles.port(flood) as usize).port()),
            ),
        ] {
            point_at(&mut harness, at);
            assert!(harness.query_by_label(words).is_some(), "{words}");
            harness.drag_at(pos2(at[0], at[1]));
            harness.step();
            harness.drop_at(pos2(at[0], at[1]));
            assert_eq!(asked(&mut harness), [Action::Pin(only)], "{words}");
        }
        point_at(&mut harness, [flood_x - edge, flood_y]);
        let port = log.end_text(log.bubbles.port(flood) as usize);
        assert!(
            port.starts_with("UDP") && harness.query_by_label(&port).is_some(),
            "{port}"
        );
        let packets = counted(log.bubbles.packets(flood), "packet");
        assert!(harness.query_by_label_contains(&packets).is_some(), "{packets}");
        point_at(&mut harness, [20.0, 300.0]);
        assert_eq!(harness.state().ui.target, None);
    }

    #[test]
    fn the_panel_changes_what_is_shown() {
        let mut harness = harness();
        harness.state_mut().ui.toggle_panel();
        harness.run_steps(3);
        harness.get_by_label("Light").click();
        assert_eq!(changed(&mut harness).theme, Theme::Light);
        harness.get_by_label("50").click();
        assert_eq!(changed(&mut harness).times.fps, Fps { num: 50, den: 1 });
        harness.get_by_label("Bin: automatic").click();
        assert_eq!(changed(&mut harness).times.bin_ns, Some(300_000_000_000));
        harness.get_by_label("Pace: automatic").click();
        assert_eq!(changed(&mut harness).times.pace_ns, Some(7_500_000_000_000));
        harness.get_by_label("Film frames").click();
        assert_eq!(asked(&mut harness), [Action::Smooth(false)]);
        for (label, action) in [
            ("Export", Action::Export),
            ("Copy command", Action::CopyCommand),
            ("Save frame", Action::SaveFrame),
        ] {
            harness.get_by_label(label).click();
            assert_eq!(asked(&mut harness), [action], "{label}");
        }
        let sliders = harness.get_all_by_label("Countries");
        let slider = sliders
            .into_iter()
            .find(|node| node.accesskit_node().role() == egui::Role::Slider);
        slider.unwrap().set_value_accesskit(7.0);
        assert_eq!(changed(&mut harness).countries, 7);
    }

    #[test]
    fn the_search_finds_ports_services_and_countries() {
        let find = |text: &str| crate::app::preview::search::find(scene(), &port_packets(scene().log()), text);
        assert_eq!(find("ms-sql")[0].only, Only::new(None, Some(tcp(1433))));
        assert_eq!(find("tcp/22")[0].only, Only::new(None, Some(tcp(22))));
        assert_eq!(find("iran")[0].only, Only::new(Some("IR"), None));
        assert_eq!(find("kr")[0].name, "South Korea");
        assert_eq!(find(" CHI ")[0].name, "China");
        assert!(find("").is_empty() && find("zzz").is_empty());
        // As `--only` takes it.
        for (text, name) in [
            ("CN:ssh", "China to TCP 22 ssh"),
            (
                "china, russia : tcp/22,23",
                "China, Russia to TCP 22 ssh, TCP 23 telnet",
            ),
            ("tcp/6000-6100", "TCP 6000-6100"),
            ("tokyo", "groucho-tokyo"),
            ("CN@tokyo:ssh", "China to tokyo on TCP 22 ssh"),
        ] {
            let found = find(text);
            assert_eq!((found.len(), found[0].name.as_str()), (1, name), "{text}");
            if text != "tokyo" {
                assert_eq!(found[0].only, text.parse().unwrap());
            }
        }
        assert_eq!(find("tokyo")[0].only, "@groucho-tokyo".parse().unwrap());
        assert!(find("AD:ssh").is_empty() && find("CN:tcp/9").is_empty());

        let mut harness = harness();
        harness.state_mut().ui.toggle_search();
        harness.run_steps(2);
        harness.event(egui::Event::Text("vietn".to_owned()));
        harness.run_steps(2);
        assert!(harness.query_by_label_contains("Vietnam").is_some());
        harness.key_press(Key::Enter);
        let only = Only::new(Some("VN"), None);
        assert_eq!(asked(&mut harness), [Action::Pin(only)]);
        assert!(harness.state().ui.search.is_none());
    }

    #[test]
    fn the_help_shows_every_key() {
        let mut harness = harness();
        harness.state_mut().ui.toggle_help();
        harness.run_steps(3);
        for (key, what) in HELP.iter().flat_map(|(_, keys)| keys.iter()) {
            assert!(
                harness.query_by_label(key).is_some() && harness.query_by_label(what).is_some(),
                "{key}"
            );
        }
        assert!(harness.state_mut().ui.close_top());
        assert!(!harness.state_mut().ui.close_top());
    }

    /// The windows in which everything has to be within reach: width and height in pixels, and pixels in a
    /// point.
    const WINDOWS: [([u32; 2], f32); 12] = [
        ([320, 180], 1.0),
        ([320, 180], 2.0),
        ([320, 180], 3.0),
        ([640, 360], 1.0),
        ([640, 360], 2.0),
        ([640, 360], 3.0),
        ([1280, 720], 1.0),
        ([1280, 720], 3.0),
        ([3840, 2160], 2.0),
        ([320, 1000], 1.0),
        ([1600, 180], 1.0),
        ([1024, 560], 1.25),
    ];

    /// Opens something in each of the windows.
    fn in_every_window(mut each: impl FnMut(&str, Harness<'static, Window>)) {
        for (size_px, scale) in WINDOWS {
            // Tests end soon; what they leak goes with them.
            let resized: &'static Scene = Box::leak(Box::new(scene().resized(size_px)));
            each(
                &format!("{size_px:?}, scale {scale}"),
                harness_at(resized, FLOOD, scale),
            );
        }
    }

    /// Everything that has a name or holds something, once it was scrolled to.
    #[track_caller]
    fn all_within_reach(window: &str, harness: &mut Harness<'_, Window>) -> Vec<String> {
        harness.run_steps(3);
        let is_something = |node: &egui_kittest::Node<'_>| {
            let node = node.accesskit_node();
            let roles = [
                egui::Role::Label,
                egui::Role::Button,
                egui::Role::TextInput,
                egui::Role::Slider,
            ];
            let others = [egui::Role::CheckBox, egui::Role::ComboBox, egui::Role::RadioButton];
            roles.contains(&node.role()) || others.contains(&node.role())
        };
        let count = harness.root().children_recursive().filter(is_something).count();
        assert!(count > 0, "{window}: nothing is open");
        let mut names = Vec::new();
        for index in 0..count {
            let nth = |harness: &Harness<'_, Window>| {
                let node = harness.root().children_recursive().filter(is_something).nth(index);
                let node = node.expect("nothing is closed by scrolling");
                let text = node.accesskit_node().label().or_else(|| node.accesskit_node().value());
                node.scroll_to_me();
                (text.unwrap_or_default(), node.rect())
            };
            nth(harness);
            harness.run_steps(6);
            let (name, rect) = nth(harness);
            let screen = harness.ctx.content_rect();
            assert!(
                screen.expand(0.5).contains_rect(rect),
                "{window}: {name} at {rect:?} in {screen:?}"
            );
            names.push(name);
        }
        names
    }

    #[test]
    fn nothing_is_out_of_reach_in_any_window() {
        in_every_window(|window, mut harness| {
            harness.state_mut().ui.toggle_help();
            let names = all_within_reach(window, &mut harness);
            for (key, what) in HELP.iter().flat_map(|(_, keys)| keys.iter()) {
                assert!(
                    names.iter().any(|name| name == key) && names.iter().any(|name| name == what),
                    "{key}"
                );
            }
            harness.state_mut().ui.toggle_help();

            harness.state_mut().ui.toggle_panel();
            let names = all_within_reach(window, &mut harness);
            for name in [
                "Close",
                "Start",
                "Bin: automatic",
                "Title",
                "Light",
                "Length",
                "Export",
                "an adapter",
            ] {
                assert!(names.iter().any(|found| found == name), "{window}: {name} of {names:?}");
            }
            harness.state_mut().ui.toggle_panel();

            harness.state_mut().ui.toggle_search();
            harness.run_steps(2);
            harness.event(egui::Event::Text("1".to_owned()));
            let names = all_within_reach(window, &mut harness);
            assert!(names.len() >= 10, "{window}: {names:?}");
            harness.state_mut().ui.toggle_search();

            harness
                .state_mut()
                .ui
                .ask("portbloom.mp4: 24,000,000 frames. ".repeat(9));
            let names = all_within_reach(window, &mut harness);
            assert!(names.iter().any(|name| name == "Make it"), "{window}: {names:?}");
            assert!(harness.state_mut().ui.close_top());

            // Higher than the smallest windows: it is read by scrolling.
            let long = "A long error about a log. ".repeat(30);
            harness.state_mut().ui.say(long, Instant::now());
            harness.run_steps(4);
            let screen = harness.ctx.content_rect();
            let message = |harness: &Harness<'_, Window>| harness.get_by_label_contains("A long error").rect();
            assert!(screen.contains(message(&harness).left_top()), "{window}");
            for _ in 0..5 {
                harness.get_by_label_contains("A long error").scroll_down();
                harness.run_steps(3);
            }
            assert!(screen.contains(message(&harness).right_bottom()), "{window}");
        });
    }

    #[test]
    fn a_picture_of_another_size_than_the_window_harms_nothing() {
        for size_px in [[320, 180], [640, 1000], [2000, 300], [3840, 2160]] {
            let mut harness = harness_in(scene(), FLOOD, size_px, 1.0);
            point_at(&mut harness, [100.0, 100.0]);
            harness.state_mut().ui.toggle_panel();
            harness.state_mut().ui.toggle_help();
            harness.state_mut().ui.toggle_search();
            harness.state_mut().ui.say("A message", Instant::now());
            all_within_reach(&format!("{size_px:?}"), &mut harness);
        }
    }

    #[test]
    fn the_buttons_and_what_is_pointed_at_fit_in_any_window() {
        in_every_window(|window, mut harness| {
            let scene = scene();
            let size = harness.ctx.content_rect().size();
            point_at(&mut harness, [size.x * 0.4, size.y * 0.2]);
            let names = all_within_reach(window, &mut harness);
            for name in ["Play", "Next event", "Loop", "Skip gaps", "Find", "Settings", "?"] {
                assert!(names.iter().any(|found| found == name), "{window}: {name} of {names:?}");
            }
            // Near enough: rows are at about the same share of the height of every picture.
            let height = scene.size_px()[1] as f32;
            for row in scene.rows().iter().step_by(7) {
                point_at(&mut harness, [size.x / 2.0, row.y_px / height * size.y]);
                all_within_reach(window, &mut harness);
            }
        });
    }

    #[test]
    fn the_settings_leave_the_headings_of_the_picture_alone() {
        let mut harness = harness();
        harness.state_mut().ui.toggle_panel();
        harness.run_steps(3);
        let close = harness.get_by_label("Close").rect();
        for label in scene().static_labels().iter().chain(&harness.state().frame.labels) {
            let is_heading = label.baseline_px < 60.0 && label.x_px > 900.0;
            assert!(
                !is_heading || label.baseline_px + 0.3 * label.size_px < close.top(),
                "{label:?}"
            );
        }
    }

    /// The settings that a line of `preview` means.
    fn view_of(words: &[&str]) -> ViewSettings {
        let words: Vec<&str> = ["portbloom", "preview"].iter().chain(words).copied().collect();
        PreviewSettings::from_words(&words).unwrap().view
    }

    #[test]
    fn opening_the_settings_changes_nothing() {
        for words in [
            &["--countries", "200"][..],
            &["--countries", "0"],
            &["--travel", "1.25s"],
            &["--travel", "100ms"],
            &["--travel", "60s"],
            &["--bin", "7m"],
            &["--bin", "3d", "--pace", "61d"],
            &["--duration", "61.5s"],
            &["--fps", "30000/1001", "--size", "640x360"],
            &["--start", "2013-07-02T01:02:03.5", "--title", ""],
        ] {
            let mut harness = harness();
            harness.state_mut().view = view_of(words);
            harness.state_mut().ui.toggle_panel();
            assert_eq!(asked(&mut harness), [], "{words:?}");
            for name in ["Start", "Bin", "Travel", "Title", "Length"] {
                let field = harness.get_by_role_and_label(egui::Role::TextInput, name);
                field.focus();
                harness.run_steps(2);
            }
            assert_eq!(asked(&mut harness), [], "{words:?}");
        }
    }

    /// Replaces what stands in a field.
    fn fill(harness: &mut Harness<'_, Window>, name: &str, text: &str) {
        harness.get_by_role_and_label(egui::Role::TextInput, name).focus();
        harness.run_steps(2);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.step();
        if text.is_empty() {
            harness.key_press(Key::Backspace);
        } else {
            harness.event(egui::Event::Text(text.to_owned()));
        }
        harness.step();
        harness.key_press(Key::Enter);
    }

    #[test]
    fn what_is_typed_into_a_field_is_what_is_meant() {
        let mut harness = harness();
        harness.state_mut().ui.toggle_panel();
        harness.run_steps(3);
        let second = 1_000_000_000;
        for (text, bin_ns) in [
            ("30m", 1800 * second),
            ("1h", 3600 * second),
            ("7m", 420 * second),
            ("100ms", second / 10),
            ("3d", 259_200 * second),
            ("90", 90 * second),
        ] {
            fill(&mut harness, "Bin", text);
            assert_eq!(changed(&mut harness).times.bin_ns, Some(bin_ns), "{text}");
        }
        fill(&mut harness, "Pace", "1h30m");
        assert_eq!(changed(&mut harness).times.pace_ns, Some(5400 * second));
        fill(&mut harness, "Travel", "1.25s");
        assert_eq!(changed(&mut harness).times.travel_ns, 1_250_000_000);
        fill(&mut harness, "Length", "1m");
        assert_eq!(changed(&mut harness).times.duration_ns, Some(60 * second));
        fill(&mut harness, "Start", "2013-07-24 09:40");
        assert_eq!(changed(&mut harness).times.start_ns, Some(1_374_658_800 * second));
        fill(&mut harness, "End", "2013-07-25");
        assert_eq!(changed(&mut harness).times.end_ns, Some(1_374_710_400 * second));
        fill(&mut harness, "Title", "Floods");
        assert_eq!(changed(&mut harness).title.as_deref(), Some("Floods"));

        // An error is told, and nothing is changed until it is corrected.
        fill(&mut harness, "Bin", "soon");
        assert_eq!(asked(&mut harness), []);
        assert!(harness.query_by_label_contains("expected a duration").is_some());
        fill(&mut harness, "Bin", "2m");
        assert_eq!(changed(&mut harness).times.bin_ns, Some(120 * second));
        assert!(harness.query_by_label_contains("expected a duration").is_none());
        // Esc leaves it as it was.
        harness.get_by_role_and_label(egui::Role::TextInput, "Bin").focus();
        harness.run_steps(2);
        harness.event(egui::Event::Text("9".to_owned()));
        harness.step();
        harness.key_press(Key::Escape);
        let asked = asked(&mut harness);
        assert!(
            !asked.iter().any(|action| matches!(action, Action::Change(_))),
            "{asked:?}"
        );

        // An emptied one is left to portbloom.
        harness.state_mut().view = view_of(&["--start", "2013-07-24", "--duration", "60s"]);
        harness.run_steps(2);
        fill(&mut harness, "Start", "");
        assert_eq!(changed(&mut harness).times.start_ns, None);
        fill(&mut harness, "Length", "");
        assert_eq!(changed(&mut harness).times.duration_ns, None);
    }

    #[test]
    fn a_pointer_that_did_not_move_points_at_nothing() {
        let mut harness = harness();
        let row = scene().rows().iter().position(|row| row.code == "CN").unwrap();
        let at = pos2(640.0, scene().rows()[row].y_px);
        // The window opens under it: it is told of once.
        harness.hover_at(at);
        harness.run_steps(4);
        assert_eq!(harness.state().ui.target, None);
        harness.hover_at(at + vec2(1.0, 0.0));
        harness.run_steps(2);
        assert_eq!(harness.state().ui.target, Some(Target::Row(row)));

        // A list lies over it, and is closed by a key.
        harness.state_mut().ui.toggle_search();
        harness.run_steps(3);
        harness.event(egui::Event::Text("1".to_owned()));
        harness.run_steps(2);
        let list = harness
            .query_all_by_label_contains("ms-sql")
            .next()
            .unwrap()
            .rect()
            .center();
        harness.hover_at(list);
        harness.run_steps(2);
        assert_eq!(harness.state().ui.target, None);
        assert!(harness.state_mut().ui.close_top());
        harness.run_steps(3);
        assert!(
            scene().pick(&harness.state().frame, [list.x, list.y]).is_some(),
            "something lies there"
        );
        assert_eq!(harness.state().ui.target, None);
        harness.hover_at(list + vec2(1.0, 0.0));
        harness.run_steps(2);
        assert!(harness.state().ui.target.is_some());
    }

    #[test]
    fn a_long_film_is_made_only_by_saying_so() {
        let mut harness = harness();
        for (key, action) in [(Key::Enter, Some(Action::ExportLong)), (Key::Escape, None)] {
            harness.state_mut().ui.ask("film.mp4: 24,000,000 frames.".to_owned());
            harness.run_steps(3);
            assert!(harness.query_by_label_contains("24,000,000 frames").is_some());
            harness.key_press(key);
            let asked = asked(&mut harness);
            assert_eq!(asked.contains(&Action::ExportLong), action.is_some(), "{asked:?}");
            harness.state_mut().ui.close_top();
            harness.run_steps(2);
            assert!(harness.query_by_label_contains("24,000,000 frames").is_none());
        }
    }

    #[test]
    fn names_of_a_log_break_no_line() {
        let mut harness = harness();
        harness.state_mut().ui.say("a\n\u{1b}[31mb\u{202e}c", Instant::now());
        harness.run_steps(2);
        assert!(harness.query_by_label("a\u{fffd}\u{fffd}[31mb\u{fffd}c").is_some());
    }

    #[test]
    fn files_over_the_window_are_told_what_happens_to_them() {
        let mut harness = harness();
        let file = |path: Option<&str>| egui::HoveredFile {
            path: path.map(Into::into),
            ..Default::default()
        };
        for (files, text) in [
            (vec![file(Some("/logs/july.csv"))], "Drop to open july.csv."),
            (vec![file(None)], "Drop to open."),
            (vec![file(Some("/a.csv")), file(None)], "Drop to open them as one log."),
        ] {
            harness.input_mut().hovered_files = files;
            harness.run_steps(2);
            assert!(harness.query_by_label(text).is_some(), "{text}");
        }
        harness.input_mut().hovered_files.clear();
        harness.run_steps(2);
        assert!(harness.query_by_label_contains("Drop to open").is_none());
    }

    #[test]
    fn a_message_is_shown_for_a_while() {
        let mut harness = harness();
        harness.state_mut().ui.say("film.mp4 is made.", Instant::now());
        harness.run_steps(2);
        assert!(harness.query_by_label("film.mp4 is made.").is_some());
        let long_ago = Instant::now().checked_sub(2 * MESSAGE_STAYS).unwrap();
        harness.state_mut().ui.say("film.mp4 is made.", long_ago);
        harness.run_steps(2);
        assert!(harness.query_by_label("film.mp4 is made.").is_none());
    }
}
