//! The actions of the window, and the keys that ask for them. Knows neither how nor where they are done.

use std::path::PathBuf;

use egui::{Key, Modifiers};

use crate::scene::Only;
use crate::settings::ViewSettings;

/// Something that the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Play or pause.
    PlayPause,
    /// Step a number of frames on, or back where it is negative; pauses.
    StepFrames(i64),
    /// Step a number of seconds of film on, or back where it is negative.
    StepSecs(i64),
    /// Go a number of speeds up, or down where it is negative.
    Speed(isize),
    /// To a frame.
    Seek(u64),
    /// To the first frame.
    Home,
    /// To the last frame.
    End,
    /// Begin again at the end, or no longer.
    Loop,
    /// Skip gaps, or no longer.
    SkipGaps,
    /// To the next event.
    NextEvent,
    /// To the event before.
    PreviousEvent,
    /// Show or hide the list of events.
    Events,
    /// Show this traffic alone.
    Pin(Only),
    /// Close what is open on top: help, search, the panel; then show all traffic again.
    Escape,
    /// Show or hide the settings.
    Panel,
    /// Show or hide the keys.
    Help,
    /// Ask for a port or a country.
    Search,
    /// The next view: ports, hosts, both.
    View,
    /// Show the hosts on the way to ports, or no longer.
    Gates,
    /// To and from full screen.
    FullScreen,
    /// Save this frame as a picture.
    SaveFrame,
    /// Make a film in the background, or stop making one.
    Export,
    /// Make a film that was asked about, as it takes long.
    ExportLong,
    /// Put the command that makes this film on the clipboard.
    CopyCommand,
    /// Other settings.
    Change(Box<ViewSettings>),
    /// A picture for every refresh of the display, or only the film's own frames.
    Smooth(bool),
    /// Open the logs at these paths, as one.
    Open(Vec<PathBuf>),
    /// Close the window.
    Quit,
}

/// A key, whether shift is held with it, what it is called, what it does, in words.
struct Binding {
    key: Key,
    shift: Option<bool>,
    action: Action,
}

/// Groups of keys as the help shows them: keys, and what they do.
pub const HELP: [(&str, &[(&str, &str)]); 3] = [
    (
        "Play",
        &[
            ("Space", "play, pause"),
            ("Left, Right", "a second back, on"),
            ("Shift + Left, Right", "a frame back, on"),
            ("Up, Down", "faster, slower: 0.1x to 100x"),
            ("Home, End", "first, last frame"),
            ("P, N", "previous, next event"),
            ("L", "loop"),
            ("G", "skip gaps without traffic"),
        ],
    ),
    (
        "Look",
        &[
            ("Point", "what it is; the rest dims"),
            ("Click", "only its traffic"),
            ("Esc", "all traffic again"),
            ("/", "find a port, country or host"),
            ("T", "what stands out: all events"),
            ("V", "ports, hosts, or both"),
            ("H", "hosts on the way to ports"),
            ("S", "settings"),
            ("F11", "full screen"),
            ("?", "these keys"),
        ],
    ),
    (
        "Keep",
        &[
            ("F12", "this frame as a picture"),
            ("E", "export a film, or stop it"),
            ("C", "copy the command for it"),
            ("Drop a file", "open another log"),
            ("Ctrl + V", "open a copied path"),
            ("Q", "close"),
        ],
    ),
];

/// The action of a key; `None` where it has no action.
pub fn of_key(key: Key, modifiers: Modifiers) -> Option<Action> {
    if modifiers.ctrl || modifiers.alt || modifiers.command {
        let find = key == Key::F && modifiers.command;
        return find.then_some(Action::Search);
    }
    let found = bindings()
        .into_iter()
        .find(|binding| binding.key == key && binding.shift.is_none_or(|shift| shift == modifiers.shift));
    found.map(|binding| binding.action)
}

fn bindings() -> [Binding; 26] {
    let plain = |key, action| Binding {
        key,
        shift: None,
        action,
    };
    let shifted = |key, shift, action| Binding {
        key,
        shift: Some(shift),
        action,
    };
    [
        plain(Key::Space, Action::PlayPause),
        shifted(Key::ArrowLeft, true, Action::StepFrames(-1)),
        shifted(Key::ArrowRight, true, Action::StepFrames(1)),
        shifted(Key::ArrowLeft, false, Action::StepSecs(-1)),
        shifted(Key::ArrowRight, false, Action::StepSecs(1)),
        plain(Key::ArrowUp, Action::Speed(1)),
        plain(Key::ArrowDown, Action::Speed(-1)),
        plain(Key::Home, Action::Home),
        plain(Key::End, Action::End),
        plain(Key::L, Action::Loop),
        plain(Key::G, Action::SkipGaps),
        plain(Key::N, Action::NextEvent),
        plain(Key::P, Action::PreviousEvent),
        plain(Key::Escape, Action::Escape),
        plain(Key::S, Action::Panel),
        plain(Key::Questionmark, Action::Help),
        plain(Key::Slash, Action::Search),
        plain(Key::T, Action::Events),
        plain(Key::V, Action::View),
        plain(Key::H, Action::Gates),
        plain(Key::F11, Action::FullScreen),
        plain(Key::F12, Action::SaveFrame),
        plain(Key::E, Action::Export),
        plain(Key::C, Action::CopyCommand),
        plain(Key::Q, Action::Quit),
        plain(Key::F1, Action::Help),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_what_the_help_says() {
        let shift = Modifiers::SHIFT;
        assert_eq!(of_key(Key::Space, Modifiers::NONE), Some(Action::PlayPause));
        assert_eq!(of_key(Key::ArrowLeft, shift), Some(Action::StepFrames(-1)));
        assert_eq!(of_key(Key::ArrowLeft, Modifiers::NONE), Some(Action::StepSecs(-1)));
        assert_eq!(of_key(Key::Questionmark, shift), Some(Action::Help));
        assert_eq!(of_key(Key::F, Modifiers::COMMAND), Some(Action::Search));
        assert_eq!(of_key(Key::C, Modifiers::COMMAND), None);
        assert_eq!(of_key(Key::Z, Modifiers::NONE), None);
        assert_eq!(of_key(Key::V, Modifiers::NONE), Some(Action::View));
        assert_eq!(of_key(Key::V, Modifiers::COMMAND), None);
        assert_eq!(of_key(Key::H, Modifiers::NONE), Some(Action::Gates));
    }

    #[test]
    fn no_key_has_two_meanings() {
        let all = bindings();
        for (index, one) in all.iter().enumerate() {
            for other in &all[..index] {
                let apart = one.shift.is_some() && other.shift.is_some() && one.shift != other.shift;
                assert!(one.key != other.key || apart, "{:?}", one.key);
            }
        }
    }
}
