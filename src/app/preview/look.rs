//! The look of the controls: the film's typeface and colours, over a picture in either theme.

use std::sync::Arc;

use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Frame, Margin, Stroke, TextStyle};

use crate::scene::FONTS;
use crate::scene::colors::{Rgba, Theme};

/// Size of the controls' text, in points.
const TEXT: f32 = 13.0;

/// The family of headings.
pub fn medium() -> FontFamily {
    FontFamily::Name("medium".into())
}

/// A colour of the picture as egui has it.
pub fn color([r, g, b, a]: Rgba) -> Color32 {
    Color32::from_rgba_unmultiplied(r, g, b, a)
}

/// Sets typeface, sizes and spacing, once.
pub fn install(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in ["regular", "medium"].into_iter().zip(FONTS) {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let family = |name: &str| vec![name.to_owned()];
    fonts.families.insert(FontFamily::Proportional, family("regular"));
    fonts.families.insert(FontFamily::Monospace, family("regular"));
    fonts.families.insert(medium(), family("medium"));
    ctx.set_fonts(fonts);
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Small, FontId::proportional(11.0)),
            (TextStyle::Body, FontId::proportional(TEXT)),
            (TextStyle::Button, FontId::proportional(TEXT)),
            (TextStyle::Monospace, FontId::proportional(TEXT)),
            (TextStyle::Heading, FontId::new(15.0, medium())),
        ]
        .into();
        style.spacing.item_spacing = egui::vec2(6.0, 5.0);
        style.spacing.button_padding = egui::vec2(7.0, 3.0);
        style.spacing.interact_size.y = 22.0;
        style.spacing.slider_width = 130.0;
        style.interaction.selectable_labels = false;
    });
}

/// Takes the colours of a theme.
pub fn set_theme(ctx: &egui::Context, theme: Theme) {
    let palette = theme.palette();
    let dark = theme == Theme::Dark;
    let mut visuals = if dark {
        egui::Visuals::dark()
    } else {
        egui::Visuals::light()
    };
    let ink = color(palette.ink);
    let faint = color(palette.faint);
    visuals.override_text_color = Some(ink);
    visuals.weak_text_color = Some(color(palette.muted));
    visuals.selection.bg_fill = color(palette.activity[0]).gamma_multiply(if dark { 0.55 } else { 0.4 });
    visuals.selection.stroke = Stroke::new(1.0, ink);
    visuals.extreme_bg_color = color(palette.background);
    visuals.slider_trailing_fill = true;
    let plain = if dark {
        Color32::from_rgb(34, 40, 52)
    } else {
        Color32::from_rgb(230, 227, 219)
    };
    for (widget, fill) in [
        (&mut visuals.widgets.inactive, plain),
        (&mut visuals.widgets.hovered, plain.lerp_to_gamma(faint, 0.35)),
        (&mut visuals.widgets.active, plain.lerp_to_gamma(faint, 0.6)),
        (&mut visuals.widgets.open, plain),
    ] {
        widget.weak_bg_fill = fill;
        widget.bg_fill = fill;
        widget.bg_stroke = Stroke::NONE;
        widget.fg_stroke = Stroke::new(1.0, ink);
        widget.corner_radius = CornerRadius::same(4);
        widget.expansion = 0.0;
    }
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, faint.gamma_multiply(0.5));
    visuals.window_fill = surface(theme);
    visuals.panel_fill = surface(theme);
    ctx.set_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light });
    ctx.set_visuals(visuals);
}

fn surface(theme: Theme) -> Color32 {
    match theme {
        Theme::Dark => Color32::from_rgba_unmultiplied(20, 24, 33, 250),
        Theme::Light | Theme::White => Color32::from_rgba_unmultiplied(255, 254, 251, 250),
    }
}

/// Room that controls are made for, in points; in smaller windows they shrink, down to [`LEAST_ZOOM`].
const ROOM_POINTS: [f32; 2] = [960.0, 540.0];
const LEAST_ZOOM: f32 = 0.6;
/// Room that controls have in any window, in points: where a display has many pixels in a point, a
/// small window would hold nothing otherwise.
const LEAST_ROOM_POINTS: [f32; 2] = [320.0, 180.0];
/// Points between what is open and the edges of the window.
pub const EDGE: f32 = 12.0;

/// Shrinks the controls in a window that is too small for them.
pub fn fit(ctx: &egui::Context, size_px: [u32; 2], scale: f32) {
    ctx.set_zoom_factor(zoom(size_px, scale));
}

/// By how much controls are shrunk in a window of a size, on a display of `scale` pixels in a point.
pub fn zoom(size_px: [u32; 2], scale: f32) -> f32 {
    let share = |room: [f32; 2]| {
        let [width, height] = [0, 1].map(|side| size_px[side] as f32 / scale / room[side]);
        width.min(height)
    };
    let zoom = share(ROOM_POINTS).clamp(LEAST_ZOOM, 1.0);
    zoom.min(share(LEAST_ROOM_POINTS))
}

/// Width and height inside of a card that reaches from edge to edge, in points.
pub fn room(ctx: &egui::Context) -> egui::Vec2 {
    let margins = 2.0 * (EDGE + f32::from(CARD_MARGIN.left) + 1.0);
    ctx.content_rect().size() - egui::Vec2::splat(margins)
}

const CARD_MARGIN: Margin = Margin::symmetric(10, 7);

/// A text without what would break its line or turn it around: control characters, and those that
/// set the direction of writing.
pub fn visible(text: &str) -> String {
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace(is_hidden, "\u{fffd}")
}

/// The card that controls stand on, over the picture.
pub fn card(theme: Theme) -> Frame {
    let edge = color(theme.palette().faint).gamma_multiply(0.45);
    Frame::new()
        .fill(surface(theme))
        .stroke(Stroke::new(1.0, edge))
        .corner_radius(CornerRadius::same(8))
        .inner_margin(CARD_MARGIN)
}
