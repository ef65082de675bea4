//! The event loop of the window: joins the session, the screen that shows it, and the pace at which
//! that is done.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use winit::application::ApplicationHandler;
use winit::event::{ElementState, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::window::{Window, WindowId};

use super::super::interrupt::Interrupt;
use super::super::{Outcome, report, write_json};
use super::action::Action;
use super::builder::Built;
use super::canvas::{Canvas, NextPicture};
use super::clipboard::Told;
use super::errors::in_window;
use super::making::{Export, free};
use super::meter::Meter;
use super::pacing::{Next, Pacing};
use super::playback::Playback;
use super::screen::{Screen, open_device, open_window};
use super::session::{Around, Session, Wish};
use super::session_report::SessionReport;
use super::{display, look, paste};
use crate::app::command::{shell_line, view_words};
use crate::gpu::GpuError;
use crate::settings::{PreviewSettings, ViewSettings};

/// Time after a frame that could not be shown until the next.
const RETRY: Duration = Duration::from_millis(50);
/// A driver that fails again so soon after it was opened anew is given up.
const TOO_SOON: Duration = Duration::from_secs(5);

/// Opens the window and plays until it is closed.
///
/// # Errors
/// No display, no log, no adapter that can draw on the window, a driver that fails again and again.
pub fn preview(settings: &PreviewSettings, interrupt: &Interrupt, begun: Instant) -> anyhow::Result<Outcome> {
    let mut events = EventLoop::<Wake>::with_user_event();
    let remedy = display::choose(&mut events);
    let events = events.build().map_err(|error| {
        let (error, film) = (error.to_string(), film_command(&settings.view));
        let reason = reason(&error);
        let remedy = remedy.map(|remedy| format!("{remedy}, or ")).unwrap_or_default();
        anyhow!("no display to open a window on ({reason}); {remedy}make a film instead: {film}")
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

/// The reason in an error of winit's, without the place in its source.
fn reason(error: &str) -> &str {
    match error.split_once(".rs:") {
        Some((_, place)) => place.split_once(": ").map_or(error, |(_, reason)| reason),
        None => error,
    }
}

/// An event from another thread.
enum Wake {
    /// The number of the device that a scene was asked for on, and what became of the request.
    Built(u32, Built),
    /// The CPU has drawn a picture.
    Drawn,
    /// A message to show.
    Said(String),
    /// The film that was being made has ended.
    Exported,
    /// News of the clipboard and of drags on Wayland.
    Told(Told),
    /// Ctrl-C.
    Interrupted,
}

/// The program while its window is open.
struct Preview {
    settings: PreviewSettings,
    proxy: EventLoopProxy<Wake>,
    session: Session,
    pacing: Pacing,
    meter: Meter,
    /// Some while the window is open.
    screen: Option<Screen>,
    /// Devices opened so far.
    devices: u32,
    export: Option<Export>,
    /// Files that were dropped on the window, and are not opened yet.
    dropped: Vec<PathBuf>,
    interrupted: bool,
    /// Whether the window was on the screen, and may have the keyboard.
    was_shown: bool,
    /// The session's, once it is over.
    report: Option<SessionReport>,
    failure: Option<anyhow::Error>,
}

impl Preview {
    fn new(settings: PreviewSettings, proxy: EventLoopProxy<Wake>, begun: Instant) -> Self {
        Self {
            session: Session::new(&settings, Instant::now()),
            settings,
            proxy,
            pacing: Pacing::new(),
            meter: Meter::new(begun),
            screen: None,
            devices: 0,
            export: None,
            dropped: Vec::new(),
            interrupted: false,
            was_shown: false,
            report: None,
            failure: None,
        }
    }

    /// Opens the window.
    fn open(&mut self, events: &ActiveEventLoop) -> anyhow::Result<()> {
        let window = open_window(events, self.settings.window_px, self.settings.full_screen)?;
        let canvas = self.open_canvas(&window)?;
        let proxy = self.proxy.clone();
        let theme = self.session.view().theme;
        self.screen = Some(Screen::new(window, canvas, theme, move |told| {
            let _ = proxy.send_event(Wake::Told(told));
        }));
        self.settle();
        Ok(())
    }

    fn open_canvas(&mut self, window: &Arc<Window>) -> anyhow::Result<Canvas> {
        let view = self.session.view();
        let opened = open_device(window, &view.adapter).map_err(|error| match error {
            GpuError::NoAdapter => anyhow!("{error}; films need none: {}", film_command(view)),
            error => anyhow!(error),
        })?;
        self.devices += 1;
        let number = self.devices;
        let proxy = self.proxy.clone();
        let wake = proxy.clone();
        Canvas::new(
            opened,
            &view.adapter,
            move |built| {
                let _ = proxy.send_event(Wake::Built(number, built));
            },
            move || {
                let _ = wake.send_event(Wake::Drawn);
            },
        )
    }

    /// Hands the session's request to the builder of scenes.
    fn settle(&mut self) {
        if let Some(screen) = &self.screen
            && let Some(view) = self.session.take_request()
        {
            screen.canvas.request(view);
        }
    }

    /// Takes the outcome of a request.
    fn take(&mut self, built: Built, events: &ActiveEventLoop) {
        let (watched, painter) = match built {
            Built::Ready(watched, painter) => (*watched, painter),
            Built::Events(scene, found) => return self.session.take_events(&scene, found, Instant::now()),
            Built::Failed(request, error) => {
                if let Err(error) = self.session.give_up(&request.view, error) {
                    self.fail(error, events);
                }
                return;
            }
        };
        let now = Instant::now();
        let (size_px, theme) = (watched.request.size_px, watched.request.view.theme);
        let is_new_log = match self.session.take(watched, now) {
            Ok(is_new_log) => is_new_log,
            Err(error) => return self.fail(error, events),
        };
        let wanted = self.session.wanted(now);
        let (Some(screen), Some(watched), Some(wanted)) = (&mut self.screen, self.session.watched(), wanted) else {
            return;
        };
        screen.set_theme(theme);
        if is_new_log {
            let title = &watched.scene.settings().title;
            let joint = if title.is_empty() { "" } else { " - " };
            screen.set_title(&look::visible(&format!("{title}{joint}portbloom")));
            if !self.settings.view.quiet {
                report::print_shown(&watched.scene);
            }
        }
        // The old picture is gone, so the new one has to be there.
        screen.canvas.take(painter);
        if let Err(error) = screen.canvas.draw_now(&watched.scene, wanted) {
            return self.recover(error, events);
        }
        // The window may have another size by now.
        if size_px != screen.canvas.size_px() {
            self.session.renew(now);
        }
    }

    /// Draws and shows the window as it is now.
    fn draw(&mut self, events: &ActiveEventLoop) -> anyhow::Result<()> {
        let now = Instant::now();
        let Some(screen) = &mut self.screen else { return Ok(()) };
        self.pacing.set_refresh(screen.refresh_millihertz());
        if self.pacing.is_hidden() || !screen.has_pixels() {
            self.pacing.begin(now);
            return Ok(());
        }
        let wanted = self.session.wanted(now);
        let is_new = match (wanted, self.session.watched()) {
            (Some(wanted), Some(watched)) => screen.canvas.draw(&watched.scene, wanted, self.pacing.is_due(now))?,
            _ => false,
        };
        // While the CPU draws, only what lies over the picture is shown anew: the picture is not to
        // wait for that.
        if is_new || !screen.canvas.is_cpu() {
            self.pacing.begin(now);
        }
        for action in self.show(is_new, now)? {
            self.act(action, now, events);
        }
        self.settle();
        Ok(())
    }

    /// Shows the picture and the controls over it; gives what was asked for with them.
    fn show(&mut self, is_new: bool, now: Instant) -> anyhow::Result<Vec<Action>> {
        let Some(screen) = &mut self.screen else {
            return Ok(Vec::new());
        };
        let theme = self.session.view().theme;
        let watched = self.session.watched();
        let background = watched.map_or(theme.palette().background, |watched| watched.scene.palette().background);
        let mut actions = Vec::new();
        let (session, meter, export) = (&mut self.session, &self.meter, &self.export);
        let showing = screen.show(background, |ctx, canvas| {
            let around = Around {
                drawn: canvas.drawn(),
                adapter: canvas.adapter(),
                meter: self.settings.fps_overlay.then_some(meter),
                export: export.as_ref().map(Export::frames),
            };
            actions.extend(session.show(ctx, &around, now));
        })?;
        self.pacing.repaint_after(showing.repaint_after, now);
        if let Some(until) = self.session.patient_until(now) {
            self.pacing.repaint_by(until);
        }
        if showing.is_shown && !std::mem::replace(&mut self.was_shown, true) {
            screen.take_keyboard();
        }
        if !showing.is_shown {
            self.pacing.repaint_after(Some(RETRY), now);
        } else if is_new {
            self.meter.picture(Instant::now(), self.session.plays());
        } else if !self.session.plays() {
            self.meter.rest();
        }
        Ok(actions)
    }

    /// Carries out an action.
    fn act(&mut self, action: Action, now: Instant, events: &ActiveEventLoop) {
        let wish = self.session.act(action, now);
        let Some(screen) = &self.screen else { return };
        match wish {
            Some(Wish::FullScreen) => screen.toggle_full(),
            Some(Wish::LeaveFullScreen) if screen.is_full() => screen.toggle_full(),
            Some(Wish::LeaveFullScreen) | None => {}
            Some(Wish::Copy(text)) => screen.copy(text),
            Some(Wish::Quit) => events.exit(),
            Some(Wish::SaveFrame) => self.save_frame(),
            Some(Wish::Export { is_sure }) => self.export(is_sure),
        }
        if let Some(screen) = &self.screen {
            screen.repaint_controls();
        }
    }

    fn save_frame(&mut self) {
        let (Some(screen), Some(watched)) = (&mut self.screen, self.session.watched()) else {
            return;
        };
        let proxy = self.proxy.clone();
        let started = screen.canvas.save_frame(watched, move |text| {
            let _ = proxy.send_event(Wake::Said(text));
        });
        if let Err(error) = started {
            self.session.say(format!("{error:#}"));
        }
    }

    /// Begins a film of what is on show, or stops the one being made. One that takes long is asked about.
    fn export(&mut self, is_sure: bool) {
        if let Some(export) = &self.export {
            export.stop();
            return;
        }
        let plan = match self.session.film_plan() {
            Ok(plan) => plan,
            Err(reason) => return self.session.say(reason),
        };
        let path = free(self.session.ui.output.as_ref());
        if plan.is_long() && !is_sure {
            self.session.ui.ask(format!("{}: {plan}.", path.display()));
            return;
        }
        let proxy = self.proxy.clone();
        let started = Export::start(&view_words(self.session.view(), &path), path.clone(), move || {
            let _ = proxy.send_event(Wake::Exported);
        });
        match started {
            Ok(export) => {
                self.export = Some(export);
                self.session.say(format!("Making {}: {plan}.", path.display()));
            }
            Err(error) => {
                let error = in_window(&format!("{error:#}"));
                self.session.say(format!("Export failed: {error}"));
            }
        }
    }

    /// Takes news of the clipboard and of drags on Wayland.
    fn hear(&mut self, told: Told) {
        let Some(screen) = &mut self.screen else { return };
        match told {
            Told::Dragged(are_there) => screen.set_dragged(are_there),
            Told::Dropped(Some(uris)) => self.dropped.extend(paste::paths(&uris)),
            Told::Dropped(None) => self.session.say("What was dropped cannot be read."),
            Told::Pasted(text) => screen.paste(text.unwrap_or_default()),
        }
    }

    fn fail(&mut self, error: anyhow::Error, events: &ActiveEventLoop) {
        self.failure.get_or_insert(error);
        events.exit();
    }

    /// A driver that failed gets one more chance: everything on it is made anew.
    fn recover(&mut self, error: anyhow::Error, events: &ActiveEventLoop) {
        let Some(screen) = self.screen.take().filter(|screen| screen.canvas.age() >= TOO_SOON) else {
            return self.fail(error, events);
        };
        let theme = self.session.view().theme;
        match screen.with_device(theme, |window| self.open_canvas(window)) {
            Ok(screen) => self.screen = Some(screen),
            Err(error) => return self.fail(error, events),
        }
        self.session.renew(Instant::now());
        self.settle();
    }

    /// Lets go of the window while its display is still there.
    fn leave(&mut self) {
        self.report = Some(self.report());
        // The driver may have noticed first, and called it a failure of its own.
        if self.screen.take().is_some_and(|screen| screen.is_broken()) {
            self.failure = Some(anyhow!("the display is gone, and the window with it"));
        }
    }

    /// After the window has closed: a film is brought to its end, the report is written.
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
            write_json(path, self.settings.replaces_report, &self.report)?;
        }
        Ok(if self.interrupted {
            Outcome::Interrupted
        } else {
            Outcome::Done
        })
    }

    fn report(&self) -> SessionReport {
        let canvas = self.screen.as_ref().map(|screen| &screen.canvas);
        let mut playback = self.session.playback().cloned();
        let spot = playback.as_mut().map(|playback| playback.at(Instant::now()));
        SessionReport {
            portbloom: env!("CARGO_PKG_VERSION"),
            adapter: canvas.map(|canvas| canvas.adapter().to_owned()),
            size: canvas.map(Canvas::size_px),
            first_picture_secs: self.meter.first_picture_secs(),
            pictures: self.meter.shown(),
            frame_times: self.meter.times(),
            frame: spot.map(|spot| spot.frame),
            frames: self.session.watched().map(|watched| watched.scene.frames()),
            playing: playback.as_ref().map(Playback::is_playing),
            speed: playback.as_ref().map(Playback::speed),
            looping: playback.as_ref().map(Playback::is_looping),
            skips_gaps: self.session.skips_gaps(),
            only: self.session.view().only.as_ref().map(ToString::to_string),
        }
    }

    /// The time at which the next picture is to be drawn, or shown where it is drawn already. `None` where it does not
    /// change, and while the CPU is at it, which wakes the loop when it is done.
    fn next_picture_at(&mut self, now: Instant) -> Option<Instant> {
        let canvas = &mut self.screen.as_mut()?.canvas;
        let next = match canvas.next_picture() {
            NextPicture::Ready => Next::Now,
            NextPicture::Drawing => Next::Never,
            NextPicture::NotBegun => self.session.next(canvas.drawn().map(|drawn| drawn.wanted), now),
        };
        self.pacing.picture_at(next, now)
    }

    /// Shows the picture that is drawn, or has it drawn.
    fn begin_picture(&mut self, now: Instant) {
        let wanted = self.session.wanted(now);
        let Some(screen) = &mut self.screen else { return };
        if wanted.is_some_and(|wanted| screen.canvas.begin(wanted)) {
            self.pacing.begin(now);
        } else {
            screen.redraw();
        }
    }

    fn redraw(&self) {
        if let Some(screen) = &self.screen {
            screen.redraw();
        }
    }
}

impl ApplicationHandler<Wake> for Preview {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        if self.screen.is_none()
            && let Err(error) = self.open(events)
        {
            self.fail(error, events);
        }
    }

    fn user_event(&mut self, events: &ActiveEventLoop, wake: Wake) {
        match wake {
            // Made for a device that is gone.
            Wake::Built(number, _) if number != self.devices => {}
            Wake::Built(_, built) => {
                self.take(built, events);
                self.settle();
            }
            // `about_to_wait` has it shown in time.
            Wake::Drawn => {
                if let Some(screen) = &mut self.screen {
                    screen.canvas.poll();
                }
                return;
            }
            Wake::Said(text) => self.session.say(text),
            Wake::Exported => {
                if let Some(export) = self.export.take() {
                    self.session.say(export.end());
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
        screen.on_event(&event);
        match event {
            WindowEvent::CloseRequested => events.exit(),
            WindowEvent::Resized(size) => {
                if screen.canvas.resize(size.into()) {
                    self.session.renew(Instant::now());
                }
                screen.redraw();
                self.settle();
            }
            WindowEvent::Occluded(hidden) => {
                self.pacing.set_hidden(hidden);
                screen.redraw();
            }
            WindowEvent::MouseInput {
                state: ElementState::Pressed,
                ..
            } => screen.take_keyboard(),
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
            self.session.open_logs(paths, now);
            self.settle();
        }
        if self.pacing.take_repaint(now) {
            self.redraw();
        }
        let mut next = self.next_picture_at(now);
        if next.is_some_and(|at| at <= now) {
            self.begin_picture(now);
            next = self.next_picture_at(now).filter(|at| *at > now);
        }
        let wake_at = self.pacing.wake_at(next);
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
            let canvas = &self.preview.screen.as_ref().unwrap().canvas;
            let frame = canvas.drawn().unwrap().wanted.spot.frame;
            self.destroyed.push((self.preview.meter.shown(), frame));
            canvas.lose_device();
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
            let open_for = self.preview.screen.as_ref().map(|screen| screen.canvas.age());
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
