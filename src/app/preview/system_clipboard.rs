//! The clipboard of a system without Wayland, through arboard.

use arboard::Clipboard;

/// The system's clipboard. Holds nothing, and takes nothing, where it cannot be reached.
pub struct SystemClipboard(Option<Clipboard>);

impl SystemClipboard {
    /// Reaches for the clipboard.
    pub fn new() -> Self {
        Self(Clipboard::new().ok())
    }

    /// Puts a text on it.
    pub fn copy(&mut self, text: String) {
        if let Some(clipboard) = &mut self.0 {
            // Where the system refuses the text, there is nothing else to be done with it.
            let _ = clipboard.set_text(text);
        }
    }

    /// The text on it. `None` where there is no text.
    pub fn text(&mut self) -> Option<String> {
        self.0.as_mut()?.get_text().ok()
    }
}
