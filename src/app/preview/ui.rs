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
use super::{fps_overlay, help, look, paste, seek_bar};
use crate::scene::colors::Theme;
use crate::scene::{Frame, Scene, Target};
use crate::settings::ViewSettings;

/// The row of buttons stays so long after the pointer has come to rest.
const CONTROLS_STAY: Duration = Duration::from_millis(2500);
/// A message stays so long, and so much longer for each character.
const MESSAGE_STAYS: Duration = Duration::from_millis(2500);
const CHARACTER_STAYS: Duration = Duration::from_millis(50);

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

    /// What the pointer is on: named, and pinned by a click. Nothing, where it is on something else:
    /// a flood reaches down to the seek bar, and is not what a click there means.
    fn point(&mut self, ctx: &egui::Context, shown: &Shown<'_>, is_on_bar: bool, actions: &mut Vec<Action>) {
        let pointer = ctx.input(|input| input.pointer.hover_pos());
        let is_taken = is_on_bar || ctx.is_pointer_over_egui() || ctx.egui_is_using_pointer();
        let free = pointer.filter(|_| !is_taken);
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

    /// What is pinned, dragged over the window, waited for, being made, and messages.
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

/// What happens to the files that are dragged over the window, if there are any.
fn dragged(files: &[egui::HoveredFile]) -> Option<String> {
    let name = |file: &egui::HoveredFile| Some(file.path.as_ref()?.file_name()?.to_string_lossy().into_owned());
    match files {
        [] => None,
        [file] => Some(name(file).map_or("Drop to open.".to_owned(), |name| format!("Drop to open {name}."))),
        _ => Some("Drop to open them as one log.".to_owned()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::open_log;
    use crate::app::preview::action::HELP;
    use crate::app::preview::stage::port_packets;
    use crate::app::stages::Stages;
    use crate::model::{Port, Protocol};
    use crate::scene::{Focus, Only};
    use crate::settings::PreviewSettings;
    use crate::timeline::Fps;
    use crate::words::{counted, port_text};
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
        let packets = port_packets(scene.log());
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
                px_per_point: 1.0,
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
        let builder = Harness::builder().with_size([1280.0, 720.0]).with_pixels_per_point(1.0);
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

    /// What was asked for since the last time.
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
        let expected = [Action::PlayPause, Action::StepFrames(1), Action::NextBurst];
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
            ("Next burst", Action::NextBurst),
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
            let words = ["portbloom", "preview", path.to_str().unwrap()];
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
        let slot = log.ports.binary_search(&tcp(1433)).unwrap();
        let [x, y] = scene().port_px(slot, &frame);
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
                Only::new(Some("IR"), Some(log.ports[log.bubbles.port(flood) as usize])),
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
        let port = port_text(log.ports[log.bubbles.port(flood) as usize]);
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
        for (label, value) in [("Countries", 7.0), ("Travel", 4.2)] {
            let sliders = harness.get_all_by_label(label);
            let slider = sliders
                .into_iter()
                .find(|node| node.accesskit_node().role() == egui::Role::Slider);
            slider.unwrap().set_value_accesskit(value);
            let view = changed(&mut harness);
            let found = if label == "Travel" {
                view.times.travel_ns as f64 / 1e9
            } else {
                view.countries as f64
            };
            assert_eq!(found, value, "{label}");
        }
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
