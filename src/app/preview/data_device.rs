//! The server of the clipboard and of drops where winit and egui-winit have none: on Wayland, a thread
//! of the window's own.

#[cfg(all(unix, not(target_os = "macos")))]
pub use super::wayland::DataDevice;

/// Never there: this system has no Wayland.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub enum DataDevice {}

#[cfg(not(all(unix, not(target_os = "macos"))))]
impl DataDevice {
    /// Always none.
    pub fn new(
        _: std::sync::Arc<winit::window::Window>,
        _: impl FnMut(super::clipboard::Told) + Send + 'static,
    ) -> Option<Self> {
        None
    }

    /// Puts a text on the clipboard.
    pub fn copy(&self, _: String) {
        match *self {}
    }

    /// Asks for what is on the clipboard.
    pub fn paste(&self) {
        match *self {}
    }

    /// Whether the display is gone.
    pub fn is_broken(&self) -> bool {
        match *self {}
    }
}
