//! The list of what stands out in a film, with a field to search in it.

use super::action::Action;
use super::events::{Event, Events};
use super::look;
use super::picker::{Picker, PickerLook};
use crate::scene::colors::Theme;
use crate::words::time_text;

/// The list's place and its width, in points.
const TOP: f32 = 70.0;
const WIDTH: f32 = 440.0;

/// The list with what is typed in its field.
#[derive(Clone, Debug, Default)]
pub struct EventList {
    picker: Picker,
}

impl EventList {
    /// Shows the list; false once it is to be closed.
    pub fn show(
        &mut self,
        ctx: &egui::Context,
        theme: Theme,
        events: Option<&Events>,
        actions: &mut Vec<Action>,
    ) -> bool {
        let all = events.map_or(&[][..], Events::all);
        let found = found(all, &self.picker.text);
        let row = |event: &&Event| format!("{}   {}", time_text(event.time_ns), look::visible(&event.text));
        let rows: Vec<String> = found.iter().map(row).collect();
        let none = match (events, all) {
            (None, _) => "looking for what stands out ...",
            (Some(_), []) => "nothing stands out in what is shown",
            (Some(_), _) => "nothing of that",
        };
        let room = look::room(ctx);
        let look = PickerLook {
            name: "events",
            hint: "What stands out: search in it",
            theme,
            top: TOP.min(room.y / 4.0).max(look::EDGE),
            width: WIDTH,
            height: room.y * 0.6,
        };
        let picked = self.picker.show(ctx, &look, &rows, Some(none));
        let picked = picked.and_then(|index| found.get(index));
        actions.extend(picked.map(|event| Action::Seek(event.frame)));
        picked.is_none()
    }
}

/// The events that a text means: all words of it are in theirs.
fn found<'a>(events: &'a [Event], text: &str) -> Vec<&'a Event> {
    let wanted: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let is_meant = |event: &&Event| {
        let told = format!("{} {}", time_text(event.time_ns), event.text).to_lowercase();
        wanted.iter().all(|word| told.contains(word.as_str()))
    };
    events.iter().filter(is_meant).collect()
}
