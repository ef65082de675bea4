//! The window and its event loop: asks the clock where the film is, has that drawn, and does what
//! is asked for. Knows winit; the controls are egui's, the pixels the GPU's.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use serde::Serialize;
use winit::application::ApplicationHandler;
use winit::dpi::PhysicalSize;
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::window::{Fullscreen, Window, WindowId};

use super::super::interrupt::Interrupt;
use super::super::painter::Painter as Films;
use super::super::{Outcome, report, still, write_json};
use super::action::Action;
use super::bursts::end_of_gap;
use super::clipboard::{DataDevice, Told, take_shortcuts};
use super::controls::Playing;
use super::easel::{Drawn, Wanted};
use super::making::{Export, free, save_frame};
use super::meter::{FrameTimes, Meter};
use super::playback::Playback;
use super::stage::{Artist, Builder, Built, Request, Stage};
use super::ui::{self, Ui};
use super::{look, painter, paste, tip};
use crate::app::command::{shell_line, view_words};
use crate::gpu::{Context, GpuError, Overlay, Surface};
use crate::input::Source;
use crate::raster;
use crate::scene::{Focus, shortened};
use crate::settings::{Moment, PreviewSettings, ViewSettings};

/// Refreshes a second of a display that does not say.
const USUAL_HZ: f64 = 60.0;
/// A picture is not begun sooner after the last than this share of a refresh. Displays that pace
/// the window never let it come to that; one that does not (Xvfb: 128 pictures a second, all the
/// processor has) is not fed more than it would show.
const LEAST_REFRESH: f64 = 0.9;
/// After a frame that could not be shown, so long until the next.
const RETRY: Duration = Duration::from_millis(50);
/// What is ready sooner needs no word of waiting.
const PATIENCE: Duration = Duration::from_millis(300);
/// A driver that fails again so soon after it was opened anew is given up.
const TOO_SOON: Duration = Duration::from_secs(5);
/// More characters of a path are not shown.
const MOST_OF_A_PATH: usize = 120;
/// The smallest window, in points: below it the picture says nothing.
const LEAST_POINTS: [f64; 2] = [320.0, 180.0];

/// Opens the window and plays until it is closed.
///
/// # Errors
/// No display, no log, no adapter that can draw on the window, a driver that fails again and again.
pub fn preview(settings: &PreviewSettings, interrupt: &Interrupt, begun: Instant) -> anyhow::Result<Outcome> {
    let events = EventLoop::<Wake>::with_user_event().build().map_err(|error| {
        anyhow!(
            "no display to open a window on ({}); make a film instead: {}",
            reason(&error.to_string()),
            film_command(&settings.view)
        )
    })?;
    let proxy = events.create_proxy();
    let wake = proxy.clone();
    interrupt.take_over_waking(move || {
        // The loop is gone only where the window is.
        let _ = wake.send_event(Wake::Interrupted);
    });
    let mut preview = Preview::new(settings.clone(), proxy, begun);
    if let Err(error) = events.run_app(&mut preview) {
        preview
            .failure
            .get_or_insert(anyhow!(error).context("the window failed"));
    }
    preview.close()
}

/// The command for a film of what the window would have shown.
fn film_command(view: &ViewSettings) -> String {
    shell_line(&view_words(view, "film.mp4".as_ref()))
}

/// What winit says went wrong, without the place in its source where it says so.
fn reason(error: &str) -> &str {
    match error.split_once(".rs:") {
        Some((_, place)) => place.split_once(": ").map_or(error, |(_, reason)| reason),
        None => error,
    }
}

/// What wakes the loop besides the window.
enum Wake {
    /// A scene is ready, or is not to be.
    Built(Built),
    /// The CPU has drawn a picture.
    Drawn,
    /// Something to say.
    Said(String),
    /// A film is over.
    Exported,
    /// What is copied and dropped on Wayland.
    Told(Told),
    /// Ctrl-C.
    Interrupted,
}

/// The window, and all that goes with it when the driver fails.
struct Screen {
    window: Arc<Window>,
    context: Arc<Context>,
    surface: Surface,
    overlay: Overlay,
    controls: egui_winit::State,
    builder: Builder,
    /// Who draws and who shows, in words.
    adapter: String,
    /// Whether the CPU draws the pictures, and the adapter shows them alone.
    on_cpu: bool,
    opened: Instant,
}

struct Preview {
    settings: PreviewSettings,
    proxy: EventLoopProxy<Wake>,
    ctx: egui::Context,
    screen: Option<Screen>,
    stage: Option<Stage>,
    /// The settings asked for last; on show once their scene is ready.
    view: ViewSettings,
    /// Whether a scene is being made.
    is_building: bool,
    /// When the scene being made was asked for.
    requested_at: Option<Instant>,
    playback: Option<Playback>,
    skips_gaps: bool,
    smooth: bool,
    ui: Ui,
    meter: Meter,
    drawn: Option<Drawn>,
    export: Option<Export>,
    /// A picture that is being saved, or was.
    saving: Option<JoinHandle<()>>,
    /// Files that were dropped on the window, and are not opened yet.
    dropped: Vec<PathBuf>,
    /// Where the window is on Wayland. Elsewhere egui-winit has a clipboard, and winit what is dropped.
    data_device: Option<DataDevice>,
    is_hidden: bool,
    interrupted: bool,
    /// The session's, once it is over.
    account: Option<Report>,
    failure: Option<anyhow::Error>,
    /// When the last picture was begun to be drawn or shown.
    begun_at: Option<Instant>,
    /// When egui wants to be shown again.
    repaint_at: Option<Instant>,
}

/// The account of a session.
#[derive(Serialize)]
struct Report {
    portbloom: &'static str,
    adapter: Option<String>,
    size: Option<[u32; 2]>,
    first_picture_secs: Option<f64>,
    pictures: u64,
    frame_times: Option<FrameTimes>,
    frame: Option<u64>,
    frames: Option<u64>,
    playing: Option<bool>,
    speed: Option<f64>,
    looping: Option<bool>,
    skips_gaps: bool,
    only: Option<String>,
}

impl Preview {
    fn new(settings: PreviewSettings, proxy: EventLoopProxy<Wake>, begun: Instant) -> Self {
        let ctx = egui::Context::default();
        look::install(&ctx);
        look::set_theme(&ctx, settings.view.theme);
        Self {
            view: settings.view.clone(),
            settings,
            proxy,
            ctx,
            screen: None,
            stage: None,
            is_building: false,
            requested_at: None,
            playback: None,
            skips_gaps: false,
            smooth: true,
            ui: Ui::new(),
            meter: Meter::new(begun),
            drawn: None,
            export: None,
            saving: None,
            dropped: Vec::new(),
            data_device: None,
            is_hidden: false,
            interrupted: false,
            account: None,
            failure: None,
            begun_at: None,
            repaint_at: None,
        }
    }

    /// Opens the window, or a new device on the window there is.
    fn open(&mut self, events: &ActiveEventLoop, window: Option<Arc<Window>>) -> anyhow::Result<()> {
        let window = match window {
            Some(window) => window,
            None => Arc::new(
                events
                    .create_window(self.attributes())
                    .context("no window can be opened")?,
            ),
        };
        let size: [u32; 2] = window.inner_size().into();
        let opened = Context::with_surface(&self.view.adapter, Arc::clone(&window), size);
        let (context, surface) = opened.map_err(|error| match error {
            GpuError::NoAdapter => anyhow!("{error}; films need none: {}", film_command(&self.view)),
            error => anyhow!(error),
        })?;
        let proxy = self.proxy.clone();
        let wake = proxy.clone();
        let on_cpu = Films::is_cpu_for(&context, &self.view.adapter);
        let builder = Builder::new(
            Arc::clone(&context),
            on_cpu.then(|| surface.pixel_order()),
            move |built| {
                let _ = proxy.send_event(Wake::Built(built));
            },
            move || {
                let _ = wake.send_event(Wake::Drawn);
            },
        )?;
        let scale = window.scale_factor() as f32;
        let id = self.ctx.viewport_id();
        let mut controls = egui_winit::State::new(self.ctx.clone(), id, &window, Some(scale), None, None);
        if self.data_device.is_none() {
            let proxy = self.proxy.clone();
            self.data_device = DataDevice::new(&window, move |told| {
                let _ = proxy.send_event(Wake::Told(told));
            });
        }
        controls.set_clipboard_shortcuts(self.data_device.is_none());
        self.screen = Some(Screen {
            overlay: surface.overlay(),
            adapter: if on_cpu {
                format!("{}, shown by {}", raster::NAME, context.adapter)
            } else {
                context.adapter.clone()
            },
            on_cpu,
            window,
            context,
            surface,
            controls,
            builder,
            opened: Instant::now(),
        });
        self.request(self.view.clone());
        Ok(())
    }

    fn attributes(&self) -> winit::window::WindowAttributes {
        let [width, height] = self.settings.window_px;
        let full = self.settings.full_screen.then_some(Fullscreen::Borderless(None));
        let [least_width, least_height] = LEAST_POINTS;
        Window::default_attributes()
            .with_title("portbloom")
            .with_inner_size(PhysicalSize::new(width, height))
            .with_min_inner_size(winit::dpi::LogicalSize::new(least_width, least_height))
            .with_fullscreen(full)
    }

    /// Asks for a scene of other settings, at the window's size.
    fn request(&mut self, view: ViewSettings) {
        let Some(screen) = &self.screen else { return };
        self.view = view.clone();
        self.is_building = true;
        self.requested_at = Some(Instant::now());
        screen.builder.request(Request {
            view,
            size_px: screen.surface.size_px(),
        });
    }

    /// Takes a scene on show. The moment stays where it was, by the data's time.
    fn take(&mut self, built: Built) -> anyhow::Result<()> {
        let now = Instant::now();
        let stage = match built {
            Built::Ready(stage) => stage,
            // The first log has to be there; later, what is on show stays.
            Built::Failed(_, error) if self.stage.is_none() => return Err(error),
            Built::Failed(request, error) => {
                if request.view == self.view {
                    self.is_building = false;
                    if let Some(stage) = &self.stage {
                        self.view = stage.request.view.clone();
                    }
                }
                self.ui.say(format!("{error:#}"), now);
                return Ok(());
            }
        };
        self.is_building = stage.request.view != self.view;
        let timeline = stage.scene.log().timeline;
        let (frames, parts) = (stage.scene.frames(), stage.scene.parts());
        self.playback = Some(match (&mut self.playback, &self.stage) {
            (Some(playback), Some(before)) => {
                let same_log = before.request.view.sources == stage.request.view.sources;
                let spot = playback.at(now);
                let old = &before.scene.log().timeline;
                if *old == timeline && same_log {
                    playback.clone()
                } else {
                    let time_ns = old.data_time_ns(spot.frame);
                    let at = timeline.frame_at(time_ns).filter(|_| same_log);
                    let past = same_log && time_ns > timeline.start_ns;
                    let frame = at.unwrap_or(if past { frames - 1 } else { 0 });
                    playback.of_film(frames, timeline.fps, parts, frame, now)
                }
            }
            _ => {
                let mut playback = Playback::new(frames, timeline.fps, parts, now);
                let moment = self.settings.moment.unwrap_or(Moment::Frame(0));
                playback.seek(still::number_of(moment, &stage.scene)?, now);
                if self.settings.paused {
                    playback.pause(now);
                }
                playback
            }
        });
        let new_log =
            (self.stage.as_ref()).is_none_or(|before| before.request.view.sources != stage.request.view.sources);
        if new_log && let Some(screen) = &self.screen {
            let title = &stage.scene.settings().title;
            let joint = if title.is_empty() { "" } else { " - " };
            screen.window.set_title(&format!("{title}{joint}portbloom"));
            if !self.settings.view.quiet {
                report::print_shown(&stage.scene);
            }
        }
        look::set_theme(&self.ctx, stage.request.view.theme);
        self.stage = Some(*stage);
        // What was pointed at is of the old scene.
        (self.drawn, self.ui.target) = (None, None);
        self.advance(now, true)?;
        // The old picture is gone, so the new one has to be there.
        if let Some(easel) = self.stage.as_mut().and_then(|stage| stage.artist.easel()) {
            easel.wait();
            self.advance(now, true)?;
        }
        // The window may have another size by now.
        if let (Some(stage), Some(screen)) = (&self.stage, &self.screen)
            && stage.request.size_px != screen.surface.size_px()
        {
            self.request(self.view.clone());
        }
        Ok(())
    }

    /// Draws what there is to be seen now.
    fn draw(&mut self, events: &ActiveEventLoop) -> anyhow::Result<()> {
        let now = Instant::now();
        let Some(screen) = &mut self.screen else { return Ok(()) };
        let on_cpu = screen.on_cpu;
        let size: [u32; 2] = screen.window.inner_size().into();
        if size.contains(&0) || self.is_hidden {
            self.begun_at = Some(now);
            return Ok(());
        }
        let is_due = self.due_at().is_none_or(|at| at <= now);
        let is_new = self.advance(now, is_due)?;
        // While the CPU draws, only what lies over the picture is shown anew: the picture is not to
        // wait for that.
        if is_new || !on_cpu {
            self.begun_at = Some(now);
        }
        let actions = self.show(is_new, now)?;
        for action in actions {
            self.act(action, now, events);
        }
        Ok(())
    }

    /// What is to be seen now; none before there is a log.
    fn wanted(&mut self, now: Instant) -> Option<Wanted> {
        let (stage, playback) = (self.stage.as_ref()?, self.playback.as_mut()?);
        let mut spot = playback.at(now);
        if self.skips_gaps
            && playback.is_playing()
            && let Some(frame) = end_of_gap(stage.scene.log(), spot.frame)
        {
            playback.seek(frame, now);
            spot = playback.at(now);
        }
        if !self.smooth {
            spot.part = 0;
        }
        let target = self.ui.target;
        let focus = target.map_or_else(Focus::default, |target| tip::focus(&stage.scene, target));
        Some(Wanted { spot, focus })
    }

    /// Has the picture of this moment drawn, unless it is the one drawn last. Gives whether there is a
    /// new one to show: the CPU's are shown once they are due, while it draws the next.
    fn advance(&mut self, now: Instant, is_due: bool) -> anyhow::Result<bool> {
        let wanted = self.wanted(now);
        let (Some(wanted), Some(stage), Some(screen)) = (wanted, &mut self.stage, &self.screen) else {
            return Ok(false);
        };
        let drawn = match &mut stage.artist {
            Artist::Cpu(easel) if easel.is_ready() && !is_due => None,
            Artist::Cpu(easel) => easel.take(&screen.context, wanted)?,
            Artist::Gpu(..) if self.drawn.as_ref().is_some_and(|drawn| drawn.wanted == wanted) => None,
            Artist::Gpu(renderer, crew) => {
                let Wanted { spot, focus } = wanted;
                let frame = crew.work(|| stage.scene.moment(spot.frame, spot.part, focus));
                renderer.draw(&frame)?;
                Some(Drawn { wanted, frame })
            }
        };
        let is_new = drawn.is_some();
        self.drawn = drawn.or(self.drawn.take());
        Ok(is_new)
    }

    /// Shows the picture and the controls over it; gives what was asked for with them.
    fn show(&mut self, is_new: bool, now: Instant) -> anyhow::Result<Vec<Action>> {
        let waiting = self.waiting(now);
        let Some(screen) = &mut self.screen else {
            return Ok(Vec::new());
        };
        look::fit(&self.ctx, screen.surface.size_px(), screen.window.scale_factor() as f32);
        let input = screen.controls.take_egui_input(&screen.window);
        let playing = self.playback.as_ref().map(|playback| Playing {
            plays: playback.is_playing(),
            speed: playback.speed(),
            loops: playback.is_looping(),
            skips_gaps: self.skips_gaps,
        });
        let (stage, drawn, view) = (&self.stage, &self.drawn, &self.view);
        let export = self.export.as_ref().map(Export::frames);
        let meter = self.settings.fps_overlay.then_some(&self.meter);
        let (ui, smooth) = (&mut self.ui, self.smooth);
        let adapter = screen.adapter.clone();
        let mut actions = Vec::new();
        let output = self.ctx.run_ui(input, |root| {
            let ctx = root.ctx();
            match (stage, drawn, playing) {
                (Some(stage), Some(drawn), Some(playing)) => {
                    let shown = ui::Shown {
                        scene: &stage.scene,
                        frame: &drawn.frame,
                        port_packets: &stage.port_packets,
                        view,
                        playing,
                        smooth,
                        export,
                        adapter: &adapter,
                        meter,
                        px_per_point: ctx.pixels_per_point(),
                        waiting: waiting.as_deref(),
                    };
                    actions.extend(ui.show(ctx, &shown, now));
                }
                _ => {
                    let at = ctx.content_rect().center();
                    let line = format!("Reading {} ...", log_name(view));
                    ui::note(ctx, view.theme, at, &[line]);
                }
            }
        });
        let mut for_system = output.platform_output;
        if let Some(device) = &self.data_device {
            for command in std::mem::take(&mut for_system.commands) {
                match command {
                    egui::OutputCommand::CopyText(text) => device.copy(text),
                    other => for_system.commands.push(other),
                }
            }
        }
        screen.controls.handle_platform_output(&screen.window, for_system);
        let delay = output
            .viewport_output
            .values()
            .map(|viewport| viewport.repaint_delay)
            .min();
        self.repaint_at = delay.and_then(|delay| now.checked_add(delay));
        let patient_until = self.requested_at.filter(|_| self.is_building).map(|at| at + PATIENCE);
        if let Some(until) = patient_until.filter(|until| *until > now) {
            self.repaint_at = Some(self.repaint_at.map_or(until, |at| at.min(until)));
        }
        let px_per_point = output.pixels_per_point;
        let primitives = self.ctx.tessellate(output.shapes, px_per_point);
        let mut textures = output.textures_delta;
        let background = stage.as_ref().map_or(view.theme.palette().background, |stage| {
            stage.scene.palette().background
        });
        let Screen {
            context,
            surface,
            overlay,
            ..
        } = screen;
        let shows = stage.as_ref().filter(|_| drawn.is_some());
        let picture = shows.map(|stage| stage.artist.on_device());
        painter::take_textures(overlay, context, &mut textures);
        painter::set(overlay, &primitives, px_per_point);
        let showing = surface.show(picture, background, overlay, px_per_point);
        let plays = playing.is_some_and(|playing| playing.plays);
        if !showing? {
            self.repaint_at = Some(now + RETRY);
        } else if is_new {
            self.meter.picture(Instant::now(), plays);
        } else if !plays {
            self.meter.rest();
        }
        Ok(actions)
    }

    /// What is being waited for, where that takes long enough to be told.
    fn waiting(&self, now: Instant) -> Option<String> {
        let shown = &self.stage.as_ref()?.request.view;
        let is_other = shown.sources != self.view.sources;
        let reads = self.is_building && (is_other || shown.times != self.view.times);
        let since = now.duration_since(self.requested_at.filter(|_| reads)?);
        let name = log_name(&self.view);
        (since >= PATIENCE).then(|| {
            if is_other {
                format!("Reading {name} ...")
            } else {
                format!("Making the bubbles of {name} for the new times ...")
            }
        })
    }

    /// Does what was asked for.
    fn act(&mut self, action: Action, now: Instant, events: &ActiveEventLoop) {
        let Some(playback) = &mut self.playback else {
            if action == Action::Quit {
                events.exit();
            }
            return;
        };
        let bursts = self
            .stage
            .as_ref()
            .map(|stage| Arc::clone(&stage.bursts))
            .unwrap_or_default();
        match action {
            Action::PlayPause => playback.play_pause(now),
            Action::StepFrames(frames) => {
                playback.pause(now);
                playback.step_frames(frames, now);
            }
            Action::StepSecs(secs) => playback.step_secs(secs, now),
            Action::Speed(steps) => {
                playback.change_speed(steps, now);
                let text = format!("Speed {}", super::controls::speed_text(playback.speed()));
                self.ui.say(text, now);
            }
            Action::Seek(frame) => playback.seek(frame, now),
            Action::Home => playback.seek(0, now),
            Action::End => playback.seek(u64::MAX, now),
            Action::Loop => {
                playback.set_looping(!playback.is_looping());
                self.ui
                    .say(if playback.is_looping() { "Loop on" } else { "Loop off" }, now);
            }
            Action::SkipGaps => {
                self.skips_gaps = !self.skips_gaps;
                self.ui.say(
                    if self.skips_gaps {
                        "Gaps are skipped"
                    } else {
                        "Gaps are shown"
                    },
                    now,
                );
            }
            Action::NextBurst | Action::PreviousBurst => {
                let at = playback.at(now).frame;
                let (found, none) = if action == Action::NextBurst {
                    (bursts.after(at), "No burst after this")
                } else {
                    (bursts.before(at), "No burst before this")
                };
                match found {
                    Some(frame) => playback.seek(frame, now),
                    None => self.ui.say(none, now),
                }
            }
            Action::Pin(only) => {
                let view = ViewSettings {
                    only: Some(only),
                    ..self.view.clone()
                };
                self.request(view);
            }
            Action::Escape => self.escape(),
            Action::Panel => self.ui.toggle_panel(),
            Action::Help => self.ui.toggle_help(),
            Action::Search => self.ui.toggle_search(),
            Action::FullScreen => self.toggle_full_screen(),
            Action::SaveFrame => self.save_frame(now),
            Action::Export => self.export(now),
            Action::CopyCommand => {
                let words = view_words(&self.view, self.ui.output.as_ref());
                self.ctx.copy_text(shell_line(&words));
                self.ui.say("The command is on the clipboard.", now);
            }
            Action::Change(view) => self.request(*view),
            Action::Smooth(smooth) => self.smooth = smooth,
            Action::Open(paths) => self.open_pasted(paths, now),
            Action::Quit => events.exit(),
        }
        self.ctx.request_repaint();
    }

    /// Closes what is open, else unpins, else leaves full screen.
    fn escape(&mut self) {
        if self.ui.close_top() {
            return;
        }
        if self.view.only.is_some() {
            let view = ViewSettings {
                only: None,
                ..self.view.clone()
            };
            self.request(view);
        } else if self.is_full_screen() {
            self.toggle_full_screen();
        }
    }

    fn is_full_screen(&self) -> bool {
        self.screen
            .as_ref()
            .is_some_and(|screen| screen.window.fullscreen().is_some())
    }

    fn toggle_full_screen(&self) {
        let full = (!self.is_full_screen()).then_some(Fullscreen::Borderless(None));
        if let Some(screen) = &self.screen {
            screen.window.set_fullscreen(full);
        }
    }

    fn save_frame(&mut self, now: Instant) {
        let (Some(screen), Some(stage), Some(drawn)) = (&self.screen, &self.stage, &self.drawn) else {
            return;
        };
        if self.saving.as_ref().is_some_and(|saving| !saving.is_finished()) {
            return;
        }
        let proxy = self.proxy.clone();
        let started = save_frame(
            (!screen.on_cpu).then(|| Arc::clone(&screen.context)),
            Arc::clone(&stage.scene),
            stage.request.view.size_px,
            drawn.wanted.spot.frame,
            move |text| {
                let _ = proxy.send_event(Wake::Said(text));
            },
        );
        match started {
            Ok(saving) => self.saving = Some(saving),
            Err(error) => self.ui.say(format!("{error:#}"), now),
        }
    }

    /// Begins a film of what is on show, or stops the one being made.
    fn export(&mut self, now: Instant) {
        if let Some(export) = &self.export {
            export.stop();
            return;
        }
        if self.view.sources.contains(&Source::Stdin) {
            self.ui.say(
                "This log came by standard input and cannot be read again: save it to a file first.",
                now,
            );
            return;
        }
        let path = free(self.ui.output.as_ref());
        let proxy = self.proxy.clone();
        let started = Export::start(&view_words(&self.view, &path), path.clone(), move || {
            let _ = proxy.send_event(Wake::Exported);
        });
        match started {
            Ok(export) => self.export = Some(export),
            Err(error) => self.ui.say(format!("Export failed: {error:#}"), now),
        }
    }

    /// Takes what is copied and dropped on Wayland for what it is elsewhere.
    fn hear(&mut self, told: Told) {
        let Some(screen) = &mut self.screen else { return };
        let input = screen.controls.egui_input_mut();
        match told {
            Told::Dragged(true) => input.hovered_files.push(egui::HoveredFile::default()),
            Told::Dragged(false) => input.hovered_files.clear(),
            Told::Dropped(Some(uris)) => self.dropped.extend(paste::paths(&uris)),
            Told::Dropped(None) => self.ui.say("What was dropped cannot be read.", Instant::now()),
            Told::Pasted(text) => input.events.push(egui::Event::Paste(text.unwrap_or_default())),
        }
    }

    /// Opens what was on the clipboard, if that were paths of files.
    fn open_pasted(&mut self, paths: Vec<PathBuf>, now: Instant) {
        match paths.iter().find(|path| !path.is_file()) {
            Some(path) => {
                let name = shortened(&path.to_string_lossy(), MOST_OF_A_PATH);
                self.ui.say(format!("{name}: there is no such file."), now);
            }
            None if paths.is_empty() => self.ui.say("There is no path on the clipboard.", now),
            None => self.open_logs(paths),
        }
    }

    /// Opens other logs, as one; what was pinned, and the window of time, belong to the old one.
    fn open_logs(&mut self, paths: Vec<PathBuf>) {
        let mut view = self.view.clone();
        view.sources = paths.into_iter().map(Source::File).collect();
        view.only = None;
        view.title = None;
        (view.times.start_ns, view.times.end_ns) = (None, None);
        self.request(view);
    }

    fn fail(&mut self, error: anyhow::Error, events: &ActiveEventLoop) {
        self.failure.get_or_insert(error);
        events.exit();
    }

    /// A driver that failed gets one more chance: everything on it is made anew.
    fn recover(&mut self, error: anyhow::Error, events: &ActiveEventLoop) {
        let Some(screen) = self.screen.take() else {
            return self.fail(error, events);
        };
        if screen.opened.elapsed() < TOO_SOON {
            return self.fail(error, events);
        }
        let window = Arc::clone(&screen.window);
        drop(screen);
        (self.drawn, self.is_building) = (None, true);
        self.ctx = egui::Context::default();
        look::install(&self.ctx);
        look::set_theme(&self.ctx, self.view.theme);
        // The stage's pictures are on the old device; where in the film it was is kept by `playback`.
        let stage = self.stage.take();
        if let (Some(stage), Some(playback)) = (stage, &mut self.playback) {
            let frame = playback.at(Instant::now()).frame;
            self.settings.moment = Some(Moment::Frame(frame));
            self.settings.paused = !playback.is_playing();
            drop(stage);
        }
        if let Err(error) = self.open(events, Some(window)) {
            self.fail(error, events);
        }
    }

    /// Lets go of the window while its display is still there, and before that of who uses it.
    fn leave(&mut self) {
        self.account = Some(self.report());
        if let Some(saving) = self.saving.take() {
            // What went wrong with it was its own to say, to a window that is gone.
            let _ = saving.join();
        }
        // Who draws on it may have noticed first, and taken it for a failure of its own.
        if self.data_device.take().is_some_and(|device| device.is_broken()) {
            self.failure = Some(anyhow!("the display is gone, and the window with it"));
        }
        self.stage = None;
        self.screen = None;
    }

    /// After the window has closed: a film is brought to its end, the account is written.
    fn close(mut self) -> anyhow::Result<Outcome> {
        if let Some(export) = self.export.take() {
            if !export.is_over() {
                export.stop();
            }
            say!("portbloom: {}", export.end());
        }
        if let Some(error) = self.failure {
            return Err(error);
        }
        if let Some(path) = &self.settings.report {
            write_json(path, self.settings.view.force, &self.account)?;
        }
        Ok(if self.interrupted {
            Outcome::Interrupted
        } else {
            Outcome::Done
        })
    }

    fn report(&self) -> Report {
        let mut playback = self.playback.clone();
        let spot = playback.as_mut().map(|playback| playback.at(Instant::now()));
        Report {
            portbloom: env!("CARGO_PKG_VERSION"),
            adapter: self.screen.as_ref().map(|screen| screen.adapter.clone()),
            size: self.screen.as_ref().map(|screen| screen.surface.size_px()),
            first_picture_secs: self.meter.first_picture_secs(),
            pictures: self.meter.shown(),
            frame_times: self.meter.times(),
            frame: spot.map(|spot| spot.frame),
            frames: self.stage.as_ref().map(|stage| stage.scene.frames()),
            playing: playback.as_ref().map(Playback::is_playing),
            speed: playback.as_ref().map(Playback::speed),
            looping: playback.as_ref().map(Playback::is_looping),
            skips_gaps: self.skips_gaps,
            only: self.view.only.as_ref().map(ToString::to_string),
        }
    }

    /// Time from one picture to the next at least.
    fn least_interval(&self) -> Duration {
        let monitor = self.screen.as_ref().and_then(|screen| screen.window.current_monitor());
        let rate = monitor
            .and_then(|monitor| monitor.refresh_rate_millihertz())
            .filter(|rate| *rate > 0);
        let hz = rate.map_or(USUAL_HZ, |millihertz| f64::from(millihertz) / 1e3);
        Duration::from_secs_f64(LEAST_REFRESH / hz)
    }

    /// When the next picture may be shown; at once where there was none.
    fn due_at(&self) -> Option<Instant> {
        self.begun_at.map(|begun| begun + self.least_interval())
    }

    /// When the next picture is to be drawn, or shown where it is drawn already. None where it does not
    /// change, and while the CPU is at it, which wakes the loop when it is done.
    fn next_picture_at(&mut self, now: Instant) -> Option<Instant> {
        if self.is_hidden {
            return None;
        }
        let in_time = self.due_at().unwrap_or(now);
        let easel = self.stage.as_mut().and_then(|stage| stage.artist.easel());
        if easel.as_ref().is_some_and(|easel| easel.is_ready()) {
            return Some(in_time);
        }
        let playback = self.playback.as_mut().filter(|playback| playback.is_playing())?;
        if easel.is_some_and(|easel| easel.is_drawing()) {
            return None;
        }
        let frame = self.drawn.as_ref().map(|drawn| drawn.wanted.spot.frame);
        if self.smooth || frame != Some(playback.at(now).frame) {
            return Some(in_time);
        }
        Some(now + playback.until_next_frame(now))
    }

    /// Shows the picture that is drawn, or has it drawn.
    fn begin_picture(&mut self, now: Instant) {
        let wanted = self.wanted(now);
        match (wanted, self.stage.as_mut().and_then(|stage| stage.artist.easel())) {
            (Some(wanted), Some(easel)) if !easel.is_ready() => {
                self.begun_at = Some(now);
                easel.ask(wanted);
            }
            _ => self.redraw(),
        }
    }

    fn redraw(&self) {
        if let Some(screen) = &self.screen {
            screen.window.request_redraw();
        }
    }
}

/// What to call a log: its name, or the first of several and how many more.
fn log_name(view: &ViewSettings) -> String {
    let name = view.sources.first().map(Source::name).unwrap_or_default();
    match view.sources.len() {
        0 | 1 => name,
        count => format!("{name} and {} more", count - 1),
    }
}

impl ApplicationHandler<Wake> for Preview {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        if self.screen.is_none()
            && let Err(error) = self.open(events, None)
        {
            self.fail(error, events);
        }
    }

    fn user_event(&mut self, events: &ActiveEventLoop, wake: Wake) {
        match wake {
            Wake::Built(built) => {
                if let Err(error) = self.take(built) {
                    self.fail(error, events);
                }
            }
            // `about_to_wait` has it shown in time.
            Wake::Drawn => {
                if let Some(easel) = self.stage.as_mut().and_then(|stage| stage.artist.easel()) {
                    easel.poll();
                }
                return;
            }
            Wake::Said(text) => self.ui.say(text, Instant::now()),
            Wake::Exported => {
                if let Some(export) = self.export.take() {
                    self.ui.say(export.end(), Instant::now());
                }
            }
            Wake::Told(told) => self.hear(told),
            Wake::Interrupted => {
                self.interrupted = true;
                events.exit();
            }
        }
        self.redraw();
    }

    fn window_event(&mut self, events: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(screen) = &mut self.screen else { return };
        let response = screen.controls.on_window_event(&screen.window, &event);
        if let Some(device) = &self.data_device
            && take_shortcuts(&mut screen.controls.egui_input_mut().events)
        {
            device.paste();
        }
        if response.repaint && !matches!(event, WindowEvent::RedrawRequested) {
            screen.window.request_redraw();
        }
        match event {
            WindowEvent::CloseRequested => events.exit(),
            WindowEvent::Resized(size) => {
                let before = screen.surface.size_px();
                screen.surface.resize(size.into());
                if screen.surface.size_px() != before {
                    self.request(self.view.clone());
                }
                self.redraw();
            }
            WindowEvent::Occluded(hidden) => {
                self.is_hidden = hidden;
                self.redraw();
            }
            // One after the other; `about_to_wait` has them all.
            WindowEvent::DroppedFile(path) => self.dropped.push(path),
            WindowEvent::RedrawRequested => {
                if let Err(error) = self.draw(events) {
                    self.recover(error, events);
                }
            }
            _ => {}
        }
    }

    fn exiting(&mut self, _: &ActiveEventLoop) {
        self.leave();
    }

    /// Sleeps until there is something new to be seen.
    fn about_to_wait(&mut self, events: &ActiveEventLoop) {
        let now = Instant::now();
        if !self.dropped.is_empty() {
            let paths = std::mem::take(&mut self.dropped);
            self.open_logs(paths);
        }
        if self.repaint_at.is_some_and(|at| at <= now) {
            self.repaint_at = None;
            self.redraw();
        }
        let mut next = self.next_picture_at(now);
        if next.is_some_and(|at| at <= now) {
            self.begin_picture(now);
            next = self.next_picture_at(now).filter(|at| *at > now);
        }
        let wake_at = [next, self.repaint_at].into_iter().flatten().min();
        events.set_control_flow(wake_at.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    use winit::platform::x11::EventLoopBuilderExtX11 as _;

    /// The window, on whose device something happens.
    struct Mishap {
        preview: Preview,
        /// Pictures shown, and the frame of the last, when the device was destroyed.
        destroyed: Vec<(u64, u64)>,
    }

    impl Mishap {
        fn destroy_device(&mut self) {
            let frame = self.preview.drawn.as_ref().map(|drawn| drawn.wanted.spot.frame);
            self.destroyed.push((self.preview.meter.shown(), frame.unwrap()));
            let screen = self.preview.screen.as_ref().unwrap();
            screen.context.lose_device();
        }
    }

    impl ApplicationHandler<Wake> for Mishap {
        fn resumed(&mut self, events: &ActiveEventLoop) {
            self.preview.resumed(events);
        }

        fn user_event(&mut self, events: &ActiveEventLoop, wake: Wake) {
            self.preview.user_event(events, wake);
        }

        fn window_event(&mut self, events: &ActiveEventLoop, id: WindowId, event: WindowEvent) {
            self.preview.window_event(events, id, event);
        }

        fn exiting(&mut self, events: &ActiveEventLoop) {
            self.preview.exiting(events);
        }

        fn about_to_wait(&mut self, events: &ActiveEventLoop) {
            self.preview.about_to_wait(events);
            let shown = self.preview.meter.shown();
            let open_for = self.preview.screen.as_ref().map(|screen| screen.opened.elapsed());
            match self.destroyed.as_slice() {
                // Both times in the midst of playing; the second time too soon.
                [] if shown > 3 && open_for.is_some_and(|open| open > TOO_SOON) => self.destroy_device(),
                [(before, _)] if shown > before + 3 => self.destroy_device(),
                _ => {}
            }
        }
    }

    /// A window whose device is destroyed plays on with another; where that is destroyed soon after,
    /// it ends, and says why.
    fn a_device_is_destroyed_twice(adapter: &str) {
        let words = [
            "portbloom",
            "preview",
            "--frame",
            "100",
            "--window",
            "640x360",
            "--quiet",
        ];
        let mut words: Vec<&str> = words.into();
        words.extend(["--adapter", adapter]);
        let settings = PreviewSettings::from_words(&words).unwrap();
        let events = EventLoop::<Wake>::with_user_event()
            .with_any_thread(true)
            .build()
            .unwrap();
        let mut mishap = Mishap {
            preview: Preview::new(settings, events.create_proxy(), Instant::now()),
            destroyed: Vec::new(),
        };
        events.run_app(&mut mishap).unwrap();
        let Mishap { preview, destroyed } = mishap;
        let [(before, first), (after, second)] = destroyed.as_slice() else {
            panic!("destroyed at {destroyed:?}: {:?}", preview.failure)
        };
        assert!(after > before && second >= first, "{destroyed:?}");
        let message = format!("{:#}", preview.close().unwrap_err());
        assert!(message.contains("llvmpipe") && message.contains("lost"), "{message}");
        assert!(message.contains("update the graphics driver"), "{message}");
    }

    #[test]
    #[ignore = "needs a display; `a_lost_device_is_opened_anew_once` gives it one"]
    fn where_the_cpu_draws() {
        a_device_is_destroyed_twice("software");
    }

    #[test]
    #[ignore = "needs a display; `a_lost_device_is_opened_anew_once` gives it one"]
    fn where_the_adapter_draws() {
        a_device_is_destroyed_twice("llvmpipe");
    }

    #[test]
    fn a_lost_device_is_opened_anew_once() {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-noreset",
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                "640x360x24",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run Xvfb: {error}; run ./setup.sh --tests"));
        let mut number = String::new();
        let pipe = server.stdout.take().unwrap();
        BufReader::new(pipe).read_line(&mut number).unwrap();
        let run = |name: &str| {
            // A loop of events in a process of its own: there may be one in each, and the display is
            // named by the environment.
            let test = format!("app::preview::window::tests::{name}");
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", &test, "--ignored", "--nocapture"])
                .env("DISPLAY", format!(":{}", number.trim()))
                .env_remove("WAYLAND_DISPLAY")
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        // One after the other: a window behind another is not drawn.
        let names = ["where_the_cpu_draws", "where_the_adapter_draws"];
        let ends = names.map(|name| run(name).wait_with_output().unwrap());
        // Where it has ended there is nothing to stop.
        let _ = server.kill();
        let _ = server.wait();
        for end in ends {
            let [said, complaint] = [&end.stdout, &end.stderr].map(|text| String::from_utf8_lossy(text));
            assert!(end.status.success() && said.contains("1 passed"), "{said}\n{complaint}");
        }
    }
}
