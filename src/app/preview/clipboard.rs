//! The keys of the clipboard, which egui-winit leaves to portbloom, and news of the clipboard and of drags, which
//! winit leaves to it on Wayland.

use egui::{Event, Key};

/// News of the clipboard and of drags.
pub enum Told {
    /// Files are dragged over it, or no longer.
    Dragged(bool),
    /// They were dropped: their URIs, a line each. `None` where they could not be read.
    Dropped(Option<String>),
    /// The text on the clipboard, after `DataDevice::paste`. `None` where there is no text on it.
    Pasted(Option<String>),
}

/// Makes the keys of the clipboard what egui-winit would have made of them, but for those that paste,
/// which it takes out. Gives whether there were any.
pub fn take_shortcuts(events: &mut Vec<Event>) -> bool {
    let mut pastes = false;
    events.retain_mut(|event| {
        let Event::Key {
            key,
            pressed: true,
            modifiers,
            ..
        } = *event
        else {
            return true;
        };
        match (key, modifiers.command_only()) {
            (Key::Copy, _) | (Key::C, true) => *event = Event::Copy,
            (Key::Cut, _) | (Key::X, true) => *event = Event::Cut,
            (Key::Paste, _) | (Key::V, true) => {
                pastes = true;
                return false;
            }
            _ => {}
        }
        true
    });
    pastes
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::Modifiers;

    #[test]
    fn keys_of_the_clipboard_are_told_from_others() {
        let key = |key, modifiers, pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers,
        };
        let others = [
            key(Key::C, Modifiers::NONE, true),
            key(Key::V, Modifiers::SHIFT, true),
            key(Key::V, Modifiers::COMMAND, false),
            Event::Text("v".to_owned()),
        ];
        let mut events = others.to_vec();
        assert!(!take_shortcuts(&mut events));
        assert_eq!(events, others);

        let mut events = vec![
            key(Key::C, Modifiers::COMMAND, true),
            key(Key::V, Modifiers::COMMAND, true),
            key(Key::Cut, Modifiers::NONE, true),
            key(Key::Paste, Modifiers::NONE, true),
        ];
        assert!(take_shortcuts(&mut events));
        assert_eq!(events, [Event::Copy, Event::Cut]);
        // Once taken, they are not taken again.
        assert!(!take_shortcuts(&mut events));
    }
}
