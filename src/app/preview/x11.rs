//! The keyboard on X11 where no window manager hands it out, as in a kiosk: there a window takes it.

use winit::raw_window_handle::{HasWindowHandle, RawWindowHandle};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, EventMask, InputFocus, MapState};

/// Gives the keyboard to a window, where that is on X11 and no window manager is there to do so. A
/// window that is not on the screen yet cannot have it.
pub fn take_keyboard(window: &impl HasWindowHandle) {
    let id = match window.window_handle().map(|handle| handle.as_raw()) {
        Ok(RawWindowHandle::Xlib(handle)) => u32::try_from(handle.window).ok(),
        Ok(RawWindowHandle::Xcb(handle)) => Some(handle.window.get()),
        _ => None,
    };
    if let Some(id) = id {
        // Without it the window has what the pointer gives it, as before.
        let _ = focus(id);
    }
}

fn focus(window: u32) -> Result<(), Box<dyn std::error::Error>> {
    let (display, screen) = x11rb::connect(None)?;
    let root = display.setup().roots[screen].root;
    // A window manager is whoever redirects what is done to the children of the root (ICCCM, 4.1).
    let masks = display.get_window_attributes(root)?.reply()?.all_event_masks;
    if masks.contains(EventMask::SUBSTRUCTURE_REDIRECT) {
        return Ok(());
    }
    if display.get_window_attributes(window)?.reply()?.map_state == MapState::VIEWABLE {
        let give = display.set_input_focus(InputFocus::POINTER_ROOT, window, x11rb::CURRENT_TIME)?;
        give.check()?;
    }
    Ok(())
}
