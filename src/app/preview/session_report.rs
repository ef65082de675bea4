//! The report of a session in the window, for `--report`.

use serde::Serialize;

use super::meter::FrameTimes;

/// The report of a session.
#[derive(Serialize)]
pub struct SessionReport {
    /// Version of portbloom.
    pub portbloom: &'static str,
    /// The painter and the adapter that showed its pictures, for people.
    pub adapter: Option<String>,
    /// Width and height of the window in pixels.
    pub size: Option<[u32; 2]>,
    /// Seconds from the start of the program to the first picture.
    pub first_picture_secs: Option<f64>,
    /// Pictures shown.
    pub pictures: u64,
    /// Times between them, where the film played.
    pub frame_times: Option<FrameTimes>,
    /// Frame of the film at the end.
    pub frame: Option<u64>,
    /// Frames of the film.
    pub frames: Option<u64>,
    /// Whether it played at the end.
    pub playing: Option<bool>,
    /// Multiple of real time.
    pub speed: Option<f64>,
    /// Whether the film began again at its end.
    pub looping: Option<bool>,
    /// Whether time without traffic was skipped.
    pub skips_gaps: bool,
    /// The part of the traffic that was shown, as `--only` takes it.
    pub only: Option<String>,
}
