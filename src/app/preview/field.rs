//! A field for a typed value, which is taken when the field is left. An error is told below the field,
//! and the text stays to be corrected.

use egui::{Color32, Id, Key, RichText, TextEdit, Ui};

/// Width of the text in points.
const WIDTH: f32 = 150.0;

/// The text of a field that is being typed in, or that was left with something wrong.
#[derive(Clone, Debug, Default)]
struct Typed {
    text: String,
    error: Option<String>,
}

/// Shows a field with a name, holding `text` unless something is being typed, and `hint` where that is
/// empty. Gives what `parse` makes of the text once the field is left, by Enter or another click; Esc
/// leaves it as it was.
pub fn show<T>(
    ui: &mut Ui,
    name: &str,
    text: &str,
    hint: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    let id = Id::unique(("field", name));
    let held = ui.data(|data| data.get_temp::<Typed>(id));
    let mut typed = held.unwrap_or_else(|| Typed {
        text: text.to_owned(),
        error: None,
    });
    let response = ui
        .horizontal(|ui| {
            let edit = TextEdit::singleline(&mut typed.text).id(id).hint_text(hint.to_owned());
            let response = ui.add(edit.desired_width(WIDTH));
            let label = ui.label(name);
            response.labelled_by(label.id)
        })
        .inner;
    let mut taken = None;
    if response.changed() {
        typed.error = None;
    }
    let mut is_held = response.has_focus() || typed.error.is_some();
    if response.lost_focus() {
        is_held = false;
        let is_left = ui.input(|input| input.key_pressed(Key::Escape)) || typed.text == text;
        if !is_left {
            match parse(typed.text.trim()) {
                Ok(value) => taken = Some(value),
                Err(error) => (typed.error, is_held) = (Some(error), true),
            }
        }
    }
    if let Some(error) = &typed.error {
        ui.label(RichText::new(error).small().color(warning(ui)));
    }
    ui.data_mut(|data| {
        if is_held {
            data.insert_temp(id, typed);
        } else {
            data.remove_temp::<Typed>(id);
        }
    });
    taken
}

/// The colour of what is wrong, readable on either theme.
fn warning(ui: &Ui) -> Color32 {
    if ui.visuals().dark_mode {
        Color32::from_rgb(255, 150, 110)
    } else {
        Color32::from_rgb(176, 54, 20)
    }
}
