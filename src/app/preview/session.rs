//! The state of the window that needs no window: the settings asked for, the scene on show, the position
//! in the film, and the cards that are open. Knows no window system and no device.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::still;
use super::action::Action;
use super::builder::Watched;
use super::controls::{Playing, speed_text};
use super::easel::{Drawn, Wanted};
use super::errors::in_window;
use super::events::Events;
use super::gaps::end_of_gap;
use super::meter::Meter;
use super::pacing::Next;
use super::plan::FilmPlan;
use super::playback::Playback;
use super::tip;
use super::ui::{self, Ui};
use crate::app::command::{shell_line, view_words};
use crate::input::LogPart;
use crate::scene::{Focus, Scene, shortened};
use crate::settings::{Moment, PreviewSettings, ViewSettings, check_report};

/// Waiting is mentioned only after this time.
const PATIENCE: Duration = Duration::from_millis(300);
/// The most characters of a path that are shown.
const MOST_OF_A_PATH: usize = 120;

/// The state of a window, but for the window itself.
pub struct Session {
    /// The controls and cards over the picture.
    pub ui: Ui,
    /// The scene on show.
    watched: Option<Watched>,
    /// The file for the report of the session, if one is written.
    report: Option<PathBuf>,
    /// The settings asked for last; on show once their scene is ready.
    view: ViewSettings,
    request: Request,
    playback: Option<Playback>,
    /// The moment of the film to begin at, and whether paused.
    begin: (Option<Moment>, bool),
    skips_gaps: bool,
    smooth: bool,
    /// Jumps to the next event, or else the one before, that were asked for while events were looked for.
    jumps: Vec<bool>,
}

/// The progress of the scene that was asked for last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    /// On show.
    None,
    /// Asked for at this time, and the builder does not know yet.
    New(Instant),
    /// Asked for at this time, and the builder makes it.
    Made(Instant),
}

/// An action that needs the window or its device.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// To full screen, or back.
    FullScreen,
    /// From full screen back, if the window is.
    LeaveFullScreen,
    /// Save the frame on show.
    SaveFrame,
    /// Make a film of what is on show, or stop making one.
    Export {
        /// Whether it is to be made however long it takes.
        is_sure: bool,
    },
    /// Put a text on the clipboard.
    Copy(String),
    /// Close the window.
    Quit,
}

/// The values that are shown and are not the session's own.
pub struct Around<'a> {
    /// The picture drawn last.
    pub drawn: Option<&'a Drawn>,
    /// The painter, for people.
    pub adapter: &'a str,
    /// Frame times, where they are to be shown.
    pub meter: Option<&'a Meter>,
    /// Frames done and all, while a film is made.
    pub export: Option<(u64, u64)>,
}

impl Session {
    /// Begins with a request for the log that was asked for.
    pub fn new(settings: &PreviewSettings, now: Instant) -> Self {
        Self {
            ui: Ui::new(),
            watched: None,
            report: settings.report.clone(),
            view: settings.view.clone(),
            request: Request::New(now),
            playback: None,
            begin: (settings.moment, settings.paused),
            skips_gaps: false,
            smooth: true,
            jumps: Vec::new(),
        }
    }

    /// The settings asked for last.
    pub fn view(&self) -> &ViewSettings {
        &self.view
    }

    /// The scene on show.
    pub fn watched(&self) -> Option<&Watched> {
        self.watched.as_ref()
    }

    /// The clock of the film, as it is now.
    pub fn playback(&self) -> Option<&Playback> {
        self.playback.as_ref()
    }

    /// Whether time without traffic is skipped.
    pub fn skips_gaps(&self) -> bool {
        self.skips_gaps
    }

    /// Whether the film plays.
    pub fn plays(&self) -> bool {
        self.playback.as_ref().is_some_and(Playback::is_playing)
    }

    /// Says something for a few seconds.
    pub fn say(&mut self, text: impl Into<String>) {
        self.ui.say(text, Instant::now());
    }

    /// The settings whose scene is to be made; said once.
    pub fn take_request(&mut self) -> Option<ViewSettings> {
        let Request::New(since) = self.request else { return None };
        self.request = Request::Made(since);
        Some(self.view.clone())
    }

    /// Asks for the scene again: the window has another size or device.
    pub fn renew(&mut self, now: Instant) {
        self.request = Request::New(now);
    }

    /// Takes another scene on show. The moment stays where it was, by the data's time. Gives whether it
    /// is another log.
    ///
    /// # Errors
    /// The film has no such moment as was asked for at the start.
    pub fn take(&mut self, watched: Watched, now: Instant) -> anyhow::Result<bool> {
        if watched.request.view == self.view {
            self.request = Request::None;
        }
        let timeline = watched.scene.log().timeline;
        let (frames, parts) = (watched.scene.frames(), watched.scene.parts());
        let same_log = self
            .watched
            .as_ref()
            .map(|before| before.request.view.parts == watched.request.view.parts);
        self.playback = Some(match (&mut self.playback, &self.watched) {
            (Some(playback), Some(before)) => {
                let same_log = same_log == Some(true);
                let spot = playback.at(now);
                let old = before.scene.log();
                if old.timeline == timeline && same_log {
                    playback.clone()
                } else {
                    let time_ns = old.data_time_ns(&old.timeline, spot.frame);
                    let at = watched.scene.log().frame_at(time_ns).filter(|_| same_log);
                    let past = same_log && time_ns > timeline.start_ns;
                    let frame = at.unwrap_or(if past { frames - 1 } else { 0 });
                    playback.of_film(frames, timeline.fps, parts, frame, now)
                }
            }
            _ => {
                let mut playback = Playback::new(frames, timeline.fps, parts, now);
                let (moment, is_paused) = self.begin;
                playback.seek(
                    still::number_of(moment.unwrap_or(Moment::Frame(0)), &watched.scene)?,
                    now,
                );
                if is_paused {
                    playback.pause(now);
                }
                playback
            }
        });
        self.watched = Some(watched);
        // The target under the pointer is of the old scene.
        self.ui.target = None;
        Ok(same_log != Some(true))
    }

    /// A scene could not be made: what is on show stays.
    ///
    /// # Errors
    /// The same error, where nothing is on show.
    pub fn give_up(&mut self, view: &ViewSettings, error: anyhow::Error) -> anyhow::Result<()> {
        let Some(watched) = &self.watched else {
            return Err(error);
        };
        if *view == self.view {
            self.request = Request::None;
            self.view = watched.request.view.clone();
        }
        self.say(in_window(&format!("{error:#}")));
        Ok(())
    }

    /// The content of the picture that is due now; none before there is a log.
    pub fn wanted(&mut self, now: Instant) -> Option<Wanted> {
        let (watched, playback) = (self.watched.as_ref()?, self.playback.as_mut()?);
        let mut spot = playback.at(now);
        if self.skips_gaps
            && playback.is_playing()
            && let Some(frame) = end_of_gap(watched.scene.log(), spot.frame)
        {
            playback.seek(frame, now);
            spot = playback.at(now);
        }
        if !self.smooth {
            spot.part = 0;
        }
        let target = self.ui.target;
        let focus = target.map_or_else(Focus::default, |target| tip::focus(&watched.scene, target));
        Some(Wanted { spot, focus })
    }

    /// The time at which something else than `drawn` is to be seen, as the film plays.
    pub fn next(&mut self, drawn: Option<Wanted>, now: Instant) -> Next {
        let Some(playback) = self.playback.as_mut().filter(|playback| playback.is_playing()) else {
            return Next::Never;
        };
        let frame = drawn.map(|drawn| drawn.spot.frame);
        if self.smooth || frame != Some(playback.at(now).frame) {
            return Next::Now;
        }
        Next::At(now + playback.until_next_frame(now))
    }

    /// Shows all that lies over the picture; gives what was asked for with it.
    pub fn show(&mut self, ctx: &egui::Context, around: &Around<'_>, now: Instant) -> Vec<Action> {
        let waiting = self.waiting(now);
        let (Some(watched), Some(drawn), Some(playback)) = (&self.watched, around.drawn, &self.playback) else {
            let at = ctx.content_rect().center();
            let line = format!("Reading {} ...", log_name(&self.view));
            ui::note(ctx, self.view.theme, at, &[line]);
            return Vec::new();
        };
        let shown = ui::Shown {
            scene: &watched.scene,
            frame: &drawn.frame,
            port_packets: &watched.port_packets,
            events: watched.events.as_deref(),
            view: &self.view,
            playing: Playing {
                plays: playback.is_playing(),
                speed: playback.speed(),
                loops: playback.is_looping(),
                skips_gaps: self.skips_gaps,
            },
            smooth: self.smooth,
            export: around.export,
            adapter: around.adapter,
            meter: around.meter,
            px_per_point: ctx.pixels_per_point(),
            waiting: waiting.as_deref(),
        };
        self.ui.show(ctx, &shown, now)
    }

    /// The time at which a word of waiting is due, where something is waited for.
    pub fn patient_until(&self, now: Instant) -> Option<Instant> {
        self.requested_at().map(|at| at + PATIENCE).filter(|until| *until > now)
    }

    /// Carries out an action, or gives back the part that needs the window.
    pub fn act(&mut self, action: Action, now: Instant) -> Option<Wish> {
        let Some(playback) = &mut self.playback else {
            return (action == Action::Quit).then_some(Wish::Quit);
        };
        match action {
            Action::PlayPause => playback.play_pause(now),
            Action::StepFrames(frames) => {
                playback.pause(now);
                playback.step_frames(frames, now);
            }
            Action::StepSecs(secs) => playback.step_secs(secs, now),
            Action::Speed(steps) => {
                playback.change_speed(steps, now);
                let text = format!("Speed {}", speed_text(playback.speed()));
                self.say(text);
            }
            Action::Seek(frame) => playback.seek(frame, now),
            Action::Home => playback.seek(0, now),
            Action::End => playback.seek(u64::MAX, now),
            Action::Loop => {
                let loops = !playback.is_looping();
                playback.set_looping(loops);
                self.say(if loops { "Loop on" } else { "Loop off" });
            }
            Action::SkipGaps => {
                self.skips_gaps = !self.skips_gaps;
                self.say(if self.skips_gaps {
                    "Gaps are skipped"
                } else {
                    "Gaps are shown"
                });
            }
            Action::NextEvent => self.jump_to_event(true, now),
            Action::PreviousEvent => self.jump_to_event(false, now),
            Action::Events => self.ui.toggle_events(),
            Action::Pin(only) => self.change(
                ViewSettings {
                    only: Some(only),
                    ..self.view.clone()
                },
                now,
            ),
            Action::Escape => return self.escape(now),
            Action::Panel => self.ui.toggle_panel(),
            Action::Help => self.ui.toggle_help(),
            Action::Search => self.ui.toggle_search(),
            Action::View => {
                let mut view = self.view.clone();
                view.view = view.view.next();
                view.hosts &= view.view.has_ports();
                self.change(view, now);
            }
            Action::Gates if self.view.view.has_ports() => {
                let hosts = !self.view.hosts;
                self.change(
                    ViewSettings {
                        hosts,
                        ..self.view.clone()
                    },
                    now,
                );
            }
            Action::Gates => self.say("Hosts are at the ends here; V shows ports"),
            Action::Change(view) => self.change(*view, now),
            Action::Smooth(smooth) => self.smooth = smooth,
            Action::Open(paths) => self.open_pasted(paths, now),
            Action::CopyCommand => {
                self.say("The command is on the clipboard.");
                let words = view_words(&self.view, self.ui.output.as_ref());
                return Some(Wish::Copy(shell_line(&words)));
            }
            Action::FullScreen => return Some(Wish::FullScreen),
            Action::SaveFrame => return Some(Wish::SaveFrame),
            Action::Export => return Some(Wish::Export { is_sure: false }),
            Action::ExportLong => return Some(Wish::Export { is_sure: true }),
            Action::Quit => return Some(Wish::Quit),
        }
        None
    }

    /// The film of what is on show.
    ///
    /// # Errors
    /// The reason why there is no film, to be told.
    pub fn film_plan(&self) -> Result<FilmPlan, &'static str> {
        if self.view.parts.contains(&LogPart::Stdin) {
            return Err("This log came by standard input and cannot be read again: save it to a file first.");
        }
        match &self.watched {
            Some(watched) if watched.request.view == self.view => {
                let timeline = &watched.scene.log().timeline;
                Ok(FilmPlan::of(&self.view, timeline, self.ui.output.as_ref()))
            }
            _ => Err("The new settings are not on show yet: try again once they are."),
        }
    }

    /// Opens other logs, as one; what was pinned, and the time range, belong to the old one.
    pub fn open_logs(&mut self, paths: Vec<PathBuf>, now: Instant) {
        let mut view = self.view.clone();
        view.parts = paths.into_iter().map(LogPart::File).collect();
        if let Err(error) = check_report(self.report.as_deref(), &view, true) {
            return self.say(error.to_string());
        }
        view.only = None;
        view.title = None;
        (view.times.start_ns, view.times.end_ns) = (None, None);
        self.change(view, now);
    }

    fn change(&mut self, view: ViewSettings, now: Instant) {
        self.view = view;
        self.request = Request::New(now);
    }

    /// Goes to the next event, or the one before, and says which it is; as soon as events are known.
    fn jump_to_event(&mut self, is_next: bool, now: Instant) {
        let (Some(watched), Some(playback)) = (&self.watched, &mut self.playback) else {
            return;
        };
        let Some(events) = &watched.events else {
            self.jumps.push(is_next);
            return self.say("Looking for what stands out ...");
        };
        let at = playback.at(now).frame;
        let found = if is_next { events.after(at) } else { events.before(at) };
        let text = match found {
            Some((index, event)) => {
                playback.seek(event.frame, now);
                format!("{} of {}: {}", index + 1, events.all().len(), event.text)
            }
            None if events.all().is_empty() => "Nothing stands out in what is shown".to_owned(),
            None if is_next => "No event after this".to_owned(),
            None => "No event before this".to_owned(),
        };
        self.say(text);
    }

    /// Takes what stands out in a scene, if that is still on show.
    pub fn take_events(&mut self, scene: &Arc<Scene>, events: Arc<Events>, now: Instant) {
        if let Some(watched) = &mut self.watched
            && Arc::ptr_eq(&watched.scene, scene)
        {
            watched.events = Some(events);
            for is_next in std::mem::take(&mut self.jumps) {
                self.jump_to_event(is_next, now);
            }
        }
    }

    /// Closes what is open, else unpins, else leaves full screen.
    fn escape(&mut self, now: Instant) -> Option<Wish> {
        if self.ui.close_top() {
            return None;
        }
        if self.view.only.is_none() {
            return Some(Wish::LeaveFullScreen);
        }
        let view = ViewSettings {
            only: None,
            ..self.view.clone()
        };
        self.change(view, now);
        None
    }

    /// Opens what was on the clipboard, if that were paths of files.
    fn open_pasted(&mut self, paths: Vec<PathBuf>, now: Instant) {
        match paths.iter().find(|path| !path.is_file()) {
            Some(path) => {
                let name = shortened(&path.to_string_lossy(), MOST_OF_A_PATH);
                self.say(format!("{name}: there is no such file."));
            }
            None if paths.is_empty() => self.say("There is no path on the clipboard."),
            None => self.open_logs(paths, now),
        }
    }

    fn requested_at(&self) -> Option<Instant> {
        match self.request {
            Request::None => None,
            Request::New(at) | Request::Made(at) => Some(at),
        }
    }

    /// A line about a request that takes long.
    fn waiting(&self, now: Instant) -> Option<String> {
        let shown = &self.watched.as_ref()?.request.view;
        let is_other = shown.parts != self.view.parts;
        let reads = is_other || shown.times != self.view.times;
        let since = now.duration_since(self.requested_at().filter(|_| reads)?);
        let name = log_name(&self.view);
        (since >= PATIENCE).then(|| {
            if is_other {
                format!("Reading {name} ...")
            } else {
                format!("Making the bubbles of {name} for the new times ...")
            }
        })
    }
}

/// The name of a log: that of its file, or of the first of several and how many more.
fn log_name(view: &ViewSettings) -> String {
    let name = view.parts.first().map(LogPart::name).unwrap_or_default();
    match view.parts.len() {
        0 | 1 => name,
        count => format!("{name} and {} more", count - 1),
    }
}
