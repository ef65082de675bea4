//! `portbloom preview`: the same picture in a window, in real time.
//!
//! `window` owns the event loop and joins the rest; `stage` makes scenes in the background,
//! `easel` draws their pictures where no GPU does, `playback` knows where in the film it is, `ui` and
//! what it shows are egui alone, `painter` brings that over the picture, `clipboard` and `wayland` do
//! what winit leaves out there.

mod action;
mod bursts;
mod clipboard;
mod controls;
mod easel;
mod fps_overlay;
mod help;
mod look;
mod making;
mod meter;
mod painter;
mod panel;
mod paste;
mod playback;
mod search;
mod seek_bar;
mod stage;
mod tip;
mod ui;
#[cfg(all(unix, not(target_os = "macos")))]
mod wayland;
mod window;

pub use window::preview;
