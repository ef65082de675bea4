//! The display that the window opens on: Wayland, or X11 where there is no compositor behind the name in
//! the environment.

use winit::event_loop::EventLoopBuilder;

/// Prepares a loop of events for a display that answers; gives what may help where that fails. Elsewhere
/// than on Linux and BSD there is one display, and nothing to choose.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub fn choose<T>(_: &mut EventLoopBuilder<T>) -> Option<String> {
    None
}

/// Prepares a loop of events for a display that answers; gives what may help where that fails. winit
/// takes Wayland where the environment names a compositor, whether it is there or not.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn choose<T>(events: &mut EventLoopBuilder<T>) -> Option<String> {
    use winit::platform::x11::EventLoopBuilderExtX11 as _;
    let names = ["WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
        .into_iter()
        .filter(|name| is_set(name));
    let wayland: Vec<&str> = names.collect();
    if wayland.is_empty() || !is_set("DISPLAY") {
        return None;
    }
    if !has_compositor() {
        events.with_x11();
        return None;
    }
    Some(format!("unset {} to open it on X11", wayland.join(" and ")))
}

#[cfg(all(unix, not(target_os = "macos")))]
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Whether a compositor answers where the environment says. A socket that was handed down is not
/// spoken to, as that works once: it has to be open.
#[cfg(all(unix, not(target_os = "macos")))]
fn has_compositor() -> bool {
    use sctk::reexports::client::Connection;
    match std::env::var_os("WAYLAND_SOCKET") {
        Some(number) => !number.is_empty() && std::path::Path::new("/dev/fd").join(number).exists(),
        None => Connection::connect_to_env().is_ok_and(|compositor| compositor.roundtrip().is_ok()),
    }
}
