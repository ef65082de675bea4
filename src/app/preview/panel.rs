//! The settings, whose changes show at once, and the buttons that make pictures, films, and the command
//! for them.

use egui::{Align2, Id, Order, Slider, SliderClamping, Ui};

use super::action::Action;
use super::plan::FilmPlan;
use super::{field, look};
use crate::log::View;
use crate::scene::Scene;
use crate::scene::colors::Theme;
use crate::settings::{ViewSettings, typed_duration, typed_time};
use crate::timeline::{BIN_LADDER_NS, BINS_PER_FILM_SEC, Fps, NS};
use crate::words::{exact_duration, grouped, utc};

/// Paces to choose from: data time in a second of film, in seconds.
const PACES_SECS: [i64; 22] = [
    1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 7500, 10_800, 21_600, 43_200, 86_400, 172_800,
    604_800, 2_592_000,
];
/// Frame rates of films.
const RATES: [u32; 5] = [24, 25, 30, 50, 60];
/// Sizes of films and pictures.
const SIZES: [(&str, [u32; 2]); 4] = [
    ("1280 x 720", [1280, 720]),
    ("1920 x 1080", [1920, 1080]),
    ("2560 x 1440", [2560, 1440]),
    ("3840 x 2160 (4K)", [3840, 2160]),
];
/// In points: the widest row fills it, so that the heading ends where the rows do.
const WIDTH: f32 = 278.0;
/// In points: in a window with less below the headings, the panel begins above them.
const LEAST_HEIGHT: f32 = 320.0;
/// Share of the picture's height that is above the lower edge of its headings.
const HEADINGS: f32 = 156.0 / 2160.0;
/// Rows of countries to choose from.
const USUAL_COUNTRIES: usize = 100;
const NS_PER_SEC: f64 = NS as f64;

/// The values that the panel shows besides the settings.
pub struct Shown<'a> {
    /// The settings on show, or about to be.
    pub view: &'a ViewSettings,
    /// The scene on show, for what is left to portbloom.
    pub scene: &'a Scene,
    /// Whether every refresh of the display has its picture.
    pub smooth: bool,
    /// Frames done and all of them, while a film is made.
    pub export: Option<(u64, u64)>,
    /// The adapter, in words.
    pub adapter: &'a str,
}

/// Shows the panel; `output` is the name of the film.
pub fn show(ctx: &egui::Context, shown: &Shown<'_>, output: &mut String, actions: &mut Vec<Action>) {
    let mut view = shown.view.clone();
    let top = top(ctx, shown.scene);
    egui::Area::new(Id::unique("settings"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_TOP, [-12.0, top])
        .show(ctx, |ui| {
            let height = ui.ctx().content_rect().height() - top - 12.0 - 16.0;
            look::card(shown.scene.settings().theme).show(ui, |ui| {
                ui.set_width(WIDTH);
                heading(ui, "Settings", actions);
                let height = height - (ui.min_rect().height() + ui.spacing().item_spacing.y);
                let scroll = egui::ScrollArea::vertical()
                    .max_height(height)
                    .min_scrolled_height(height);
                scroll.show(ui, |ui| {
                    time(ui, &mut view, shown.scene);
                    look_and_motion(ui, &mut view, shown, actions);
                    make(ui, &mut view, shown, output, actions);
                });
            });
        });
    if view != *shown.view {
        actions.push(Action::Change(Box::new(view)));
    }
}

/// Where the panel begins: below the picture's heading of a side, which it would hide, where there is
/// room for both.
fn top(ctx: &egui::Context, scene: &Scene) -> f32 {
    let below = HEADINGS * scene.size_px()[1] as f32 / ctx.pixels_per_point() + 6.0;
    let rest = ctx.content_rect().height() - below;
    if rest < LEAST_HEIGHT { 12.0 } else { below }
}

/// The panel's name and the way out of it; both stay while the rest is scrolled.
fn heading(ui: &mut Ui, text: &str, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.heading(text);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Close").on_hover_text("S or Esc").clicked() {
                actions.push(Action::Panel);
            }
        });
    });
    ui.add_space(2.0);
}

fn section(ui: &mut Ui, text: &str) {
    ui.add_space(6.0);
    ui.label(egui::RichText::new(text).small().weak());
}

/// The part of the log that is shown, and its bin, pace and travel.
fn time(ui: &mut Ui, view: &mut ViewSettings, scene: &Scene) {
    section(ui, "TIME");
    let timeline = scene.log().unstretched();
    let times = &mut view.times;
    for (name, edge_ns, now_ns) in [
        ("Start", &mut times.start_ns, timeline.start_ns),
        ("End", &mut times.end_ns, timeline.end_ns),
    ] {
        let text = edge_ns.map(time_text).unwrap_or_default();
        if let Some(typed) = field::show(ui, name, &text, &time_text(now_ns), optional(typed_time)) {
            *edge_ns = typed;
        }
    }
    let automatic = times.bin_ns.is_none();
    // A bin that was chosen stays chosen while the log is read again for it.
    let bin_ns = times.bin_ns.unwrap_or(timeline.bin_ns);
    if let Some(bin_ns) = chosen(ui, "Bin", automatic, bin_ns, &BIN_LADDER_NS) {
        times.bin_ns = bin_ns;
    }
    let paces: Vec<i64> = PACES_SECS.iter().map(|secs| secs * NS).collect();
    let automatic = times.pace_ns.is_none() && times.duration_ns.is_none();
    let pace_ns = times.pace_ns.unwrap_or((timeline.pace_secs() * NS_PER_SEC) as i64);
    if let Some(pace_ns) = chosen(ui, "Pace", automatic, pace_ns, &paces) {
        (times.pace_ns, times.duration_ns) = (pace_ns, None);
    }
    let told = if automatic {
        format!("{BINS_PER_FILM_SEC} bins in a second of film")
    } else {
        "The pace is the log's time in a second of film".to_owned()
    };
    ui.label(egui::RichText::new(told).small().weak());
    let travel = exact_duration(times.travel_ns);
    if let Some(travel_ns) = field::show(ui, "Travel", &travel, "", typed_duration) {
        times.travel_ns = travel_ns;
    }
}

/// A duration that is typed, or out of a ladder, or left to portbloom. `Some(None)` is automatic; `None` is
/// no change.
fn chosen(ui: &mut Ui, name: &str, automatic: bool, now_ns: i64, ladder: &[i64]) -> Option<Option<i64>> {
    let mut change = None;
    let text = exact_duration(now_ns);
    if let Some(typed_ns) = field::show(ui, name, &text, "", typed_duration) {
        change = Some(Some(typed_ns));
    }
    let before = ladder
        .partition_point(|length_ns| *length_ns < now_ns)
        .min(ladder.len() - 1);
    let mut step = before;
    ui.horizontal(|ui| {
        let slider = Slider::new(&mut step, 0..=ladder.len() - 1).show_value(false);
        let slider = ui.add(slider);
        slider.widget_info(|| egui::WidgetInfo::slider(true, step as f64, format!("{name}, in steps")));
        if slider.changed() && step != before {
            change = Some(Some(ladder[step]));
        }
        let mut wants_automatic = automatic;
        let label = egui::RichText::new(format!("{name}: automatic")).small();
        if ui.checkbox(&mut wants_automatic, label).changed() {
            change = Some((!wants_automatic).then_some(now_ns));
        }
    });
    change
}

fn look_and_motion(ui: &mut Ui, view: &mut ViewSettings, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    section(ui, "PICTURE");
    let title = shown.scene.settings().title.clone();
    if let Some(title) = field::show(ui, "Title", &title, "none", |text| Ok(look::visible(text))) {
        view.title = Some(title);
    }
    if view.title.is_some() && ui.small_button("Title: the log's name").clicked() {
        view.title = None;
    }
    // More than the slider has, given on the command line, stay as they are.
    let countries = Slider::new(&mut view.countries, 0..=USUAL_COUNTRIES).clamping(SliderClamping::Edits);
    ui.add(countries.text("Countries"));
    let ends = [
        ("Ports", View::Ports, false),
        ("Ports, past hosts", View::Ports, true),
        ("Hosts", View::Hosts, false),
        ("Ports and hosts", View::PortsAndHosts, false),
    ];
    let is_shown = |(_, ends, past)| (ends, past) == (view.view, view.hosts && ends != View::PortsAndHosts);
    let shown_ends = ends
        .into_iter()
        .find(|choice| is_shown(*choice))
        .map_or("", |choice| choice.0);
    egui::ComboBox::from_label("View")
        .selected_text(shown_ends)
        .show_ui(ui, |ui| {
            for (text, ends, past) in ends {
                if ui.selectable_label(text == shown_ends, text).clicked() {
                    (view.view, view.hosts) = (ends, past);
                }
            }
        });
    ui.horizontal(|ui| {
        ui.selectable_value(&mut view.theme, Theme::Dark, "Dark");
        ui.selectable_value(&mut view.theme, Theme::Light, "Light");
        ui.selectable_value(&mut view.theme, Theme::White, "White");
        ui.label("Theme");
    });
    section(ui, "MOTION");
    ui.horizontal(|ui| {
        let mut smooth = shown.smooth;
        ui.selectable_value(&mut smooth, true, "Every refresh");
        ui.selectable_value(&mut smooth, false, "Film frames");
        if smooth != shown.smooth {
            actions.push(Action::Smooth(smooth));
        }
    });
    ui.horizontal(|ui| {
        for rate in RATES {
            let fps = Fps { num: rate, den: 1 };
            ui.selectable_value(&mut view.times.fps, fps, rate.to_string());
        }
        ui.label("Film rate");
    });
}

/// Pictures, films, and the command for them.
fn make(ui: &mut Ui, view: &mut ViewSettings, shown: &Shown<'_>, output: &mut String, actions: &mut Vec<Action>) {
    section(ui, "FILM");
    let plan = FilmPlan::of(view, &shown.scene.log().timeline, output.as_ref());
    let length = view.times.duration_ns.map(exact_duration).unwrap_or_default();
    if let Some(typed) = field::show(ui, "Length", &length, &plan.length(), optional(typed_duration)) {
        (view.times.duration_ns, view.times.pace_ns) = (typed, None);
    }
    let name = |size: [u32; 2]| {
        let known = SIZES.iter().find(|known| known.1 == size);
        known.map_or_else(|| format!("{} x {}", size[0], size[1]), |known| known.0.to_owned())
    };
    egui::ComboBox::from_label("Size")
        .selected_text(name(view.size_px))
        .show_ui(ui, |ui| {
            for (text, size_px) in SIZES {
                ui.selectable_value(&mut view.size_px, size_px, text);
            }
        });
    ui.horizontal(|ui| {
        ui.add(egui::TextEdit::singleline(output).desired_width(130.0));
        ui.label("File");
    });
    ui.label(egui::RichText::new(plan.amount()).small().weak());
    ui.horizontal_wrapped(|ui| {
        let text = if shown.export.is_some() {
            "Stop export"
        } else {
            "Export"
        };
        if ui
            .button(text)
            .on_hover_text("Make the film in the background: E")
            .clicked()
        {
            actions.push(Action::Export);
        }
        if ui
            .button("Copy command")
            .on_hover_text("The command that makes this film: C")
            .clicked()
        {
            actions.push(Action::CopyCommand);
        }
        if ui
            .button("Save frame")
            .on_hover_text("This frame as a PNG, at the film's size: F12")
            .clicked()
        {
            actions.push(Action::SaveFrame);
        }
    });
    if let Some((done, all)) = shown.export {
        let share = done as f32 / all.max(1) as f32;
        ui.add(egui::ProgressBar::new(share).text(progress_text(done, all)));
    }
    ui.add_space(4.0);
    ui.label(egui::RichText::new(shown.adapter).small().weak());
}

/// A field that may be empty, for what is left to portbloom.
fn optional<T>(parse: impl FnOnce(&str) -> Result<T, String>) -> impl FnOnce(&str) -> Result<Option<T>, String> {
    |text| {
        if text.is_empty() {
            return Ok(None);
        }
        parse(text).map(Some)
    }
}

/// `2013-07-24 09:40:00`, in UTC.
fn time_text(time_ns: i64) -> String {
    utc(time_ns).replace('T', " ").replace('Z', "")
}

/// `1,234 of 8,134 frames`.
pub fn progress_text(done: u64, all: u64) -> String {
    if all == 0 {
        return "reading the log".to_owned();
    }
    format!("{} of {} frames", grouped(done), grouped(all))
}
