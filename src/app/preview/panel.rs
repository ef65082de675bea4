//! The settings: what is changed here shows at once. And what is made from the window: pictures,
//! films, and the command for them.

use egui::{Align2, Id, Order, Slider, Ui};

use super::action::Action;
use super::look;
use crate::scene::colors::Theme;
use crate::settings::ViewSettings;
use crate::timeline::{BIN_LADDER_NS, BINS_PER_FILM_SEC, Fps, NS, Timeline};
use crate::words::{exact_duration, grouped};

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
const NS_PER_SEC: f64 = NS as f64;

/// What the panel shows besides the settings.
pub struct Shown<'a> {
    /// The settings on show, or about to be.
    pub view: &'a ViewSettings,
    /// The clock on show, for what is left to portbloom.
    pub timeline: &'a Timeline,
    /// The theme on show.
    pub theme: Theme,
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
    egui::Area::new(Id::unique("settings"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_TOP, [-12.0, 12.0])
        .show(ctx, |ui| {
            let height = ui.ctx().content_rect().height() - 24.0 - 16.0;
            look::card(shown.theme).show(ui, |ui| {
                ui.set_width(WIDTH);
                let scroll = egui::ScrollArea::vertical()
                    .max_height(height)
                    .min_scrolled_height(height);
                scroll.show(ui, |ui| {
                    heading(ui, "Settings", actions);
                    time(ui, &mut view, shown.timeline);
                    look_and_motion(ui, &mut view, shown, actions);
                    make(ui, &mut view, shown, output, actions);
                });
            });
        });
    if view != *shown.view {
        actions.push(Action::Change(Box::new(view)));
    }
}

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

/// Bin, pace and travel.
fn time(ui: &mut Ui, view: &mut ViewSettings, timeline: &Timeline) {
    section(ui, "TIME");
    let times = &mut view.times;
    let automatic = times.bin_ns.is_none();
    // What was chosen stays chosen while the log is read again for it.
    let bin_ns = times.bin_ns.unwrap_or(timeline.bin_ns);
    if let Some(bin_ns) = chosen(ui, "Bin", automatic, bin_ns, &BIN_LADDER_NS) {
        times.bin_ns = bin_ns;
    }
    let paces: Vec<i64> = PACES_SECS.iter().map(|secs| secs * NS).collect();
    let automatic = times.pace_ns.is_none() && times.duration_ns.is_none();
    let pace_ns = times.pace_ns.unwrap_or((timeline.pace_secs() * NS_PER_SEC) as i64);
    if let Some(pace_ns) = chosen(ui, "Pace, a second", automatic, pace_ns, &paces) {
        (times.pace_ns, times.duration_ns) = (pace_ns, None);
    }
    if automatic {
        ui.label(
            egui::RichText::new(format!("{BINS_PER_FILM_SEC} bins in a second of film"))
                .small()
                .weak(),
        );
    }
    let mut travel_secs = times.travel_ns as f64 / NS_PER_SEC;
    let slider = Slider::new(&mut travel_secs, 0.5..=10.0)
        .step_by(0.1)
        .suffix(" s")
        .text("Travel");
    if ui.add(slider).changed() {
        times.travel_ns = (travel_secs * 10.0).round() as i64 * (NS / 10);
    }
}

/// A duration out of a ladder, or left to portbloom. Some(None) is automatic; None is no change.
fn chosen(ui: &mut Ui, name: &str, automatic: bool, now_ns: i64, ladder: &[i64]) -> Option<Option<i64>> {
    let mut change = None;
    let mut step = ladder
        .partition_point(|length_ns| *length_ns < now_ns)
        .min(ladder.len() - 1);
    let before = step;
    let slider = Slider::new(&mut step, 0..=ladder.len() - 1)
        .custom_formatter(|step, _| {
            // Between the steps stands what is on show, where it is none of them.
            let at = step.round() as usize;
            exact_duration(if at == before { now_ns } else { ladder[at] })
        })
        .text(name);
    if ui.add(slider).changed() && step != before {
        change = Some(Some(ladder[step]));
    }
    let mut wants_automatic = automatic;
    let label = format!("{name}: automatic").replace(", a second", "");
    if ui
        .checkbox(&mut wants_automatic, egui::RichText::new(label).small())
        .changed()
    {
        change = Some((!wants_automatic).then_some(now_ns));
    }
    change
}

fn look_and_motion(ui: &mut Ui, view: &mut ViewSettings, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    section(ui, "PICTURE");
    ui.add(Slider::new(&mut view.countries, 0..=100).text("Countries"));
    ui.horizontal(|ui| {
        ui.selectable_value(&mut view.theme, Theme::Dark, "Dark");
        ui.selectable_value(&mut view.theme, Theme::Light, "Light");
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
    ui.horizontal(|ui| {
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
    });
    if let Some((done, all)) = shown.export {
        let share = done as f32 / all.max(1) as f32;
        ui.add(egui::ProgressBar::new(share).text(progress_text(done, all)));
    }
    if ui
        .button("Save frame")
        .on_hover_text("This frame as a PNG, at the film's size: F12")
        .clicked()
    {
        actions.push(Action::SaveFrame);
    }
    ui.add_space(4.0);
    ui.label(egui::RichText::new(shown.adapter).small().weak());
}

/// `1,234 of 8,134 frames`.
pub fn progress_text(done: u64, all: u64) -> String {
    if all == 0 {
        return "reading the log".to_owned();
    }
    format!("{} of {} frames", grouped(done), grouped(all))
}
