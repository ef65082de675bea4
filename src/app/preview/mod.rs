//! `portbloom preview`: the same picture in a window, in real time.
//!
//! `window` owns the event loop and joins the rest: `session` is what is being watched, `screen` the
//! window on its display, `canvas` the graphics device behind it, `pacing` the times of pictures.
//! `builder` makes scenes in the background, `easel` draws their pictures where no GPU does, `playback`
//! knows where in the film it is, `ui` and what it shows are egui alone, `triangles` brings that over
//! the picture, `clipboard`, `system_clipboard`, `data_device` and `wayland` do what winit leaves out.

mod action;
mod ask;
mod builder;
mod canvas;
mod clipboard;
mod controls;
mod data_device;
mod display;
mod easel;
mod errors;
mod event_list;
mod events;
mod field;
mod fps_overlay;
mod gaps;
mod help;
mod look;
mod making;
mod meter;
mod pacing;
mod panel;
mod paste;
mod picker;
mod plan;
mod playback;
mod screen;
mod search;
mod seek_bar;
mod session;
mod session_report;
mod system_clipboard;
mod tip;
mod triangles;
mod ui;
#[cfg(all(unix, not(target_os = "macos")))]
mod wayland;
mod window;
#[cfg(all(unix, not(target_os = "macos")))]
mod x11;

pub use window::preview;
