//! The window on its display: opened, filled with a picture and the controls over it, and asked for
//! what egui wants of it. Knows nothing of films and logs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use winit::dpi::{LogicalSize, PhysicalSize};
use winit::event::WindowEvent;
use winit::event_loop::ActiveEventLoop;
use winit::window::{Fullscreen, Window};

use super::canvas::Canvas;
use super::clipboard::{Told, take_shortcuts};
use super::data_device::DataDevice;
use super::system_clipboard::SystemClipboard;
use super::{look, triangles};
use crate::gpu::{AdapterChoice, Context, GpuError, Surface};
use crate::scene::colors::Theme;

/// The smallest window, in points: below it the picture says nothing.
const LEAST_POINTS: [f64; 2] = [320.0, 180.0];

/// A window, and all that uses its display. The order in which the parts are dropped does not matter:
/// each keeps those that it uses.
pub struct Screen {
    /// The device that draws on it.
    pub canvas: Canvas,
    ctx: egui::Context,
    controls: egui_winit::State,
    clipboard: Clipboard,
    window: Arc<Window>,
}

/// The clipboard of the window.
enum Clipboard {
    /// On Wayland; takes what is dropped on the window as well.
    Wayland(DataDevice),
    /// Elsewhere, where winit takes what is dropped.
    System(SystemClipboard),
}

/// The outcome of showing the window.
pub struct Showing {
    /// False where nobody can see it, or the display is busy.
    pub is_shown: bool,
    /// After which time egui wants to be shown again.
    pub repaint_after: Option<Duration>,
}

/// Opens a window with `size_px` pixels.
///
/// # Errors
/// The display gives none.
pub fn open_window(events: &ActiveEventLoop, size_px: [u32; 2], is_full: bool) -> anyhow::Result<Arc<Window>> {
    let [width, height] = size_px;
    let [least_width, least_height] = LEAST_POINTS;
    let attributes = Window::default_attributes()
        .with_title("portbloom")
        .with_inner_size(PhysicalSize::new(width, height))
        .with_min_inner_size(LogicalSize::new(least_width, least_height))
        .with_fullscreen(is_full.then_some(Fullscreen::Borderless(None)));
    let window = events.create_window(attributes).context("no window can be opened")?;
    Ok(Arc::new(window))
}

/// Opens the adapter asked for on a window.
///
/// # Errors
/// No adapter can draw on it.
pub fn open_device(window: &Arc<Window>, choice: &AdapterChoice) -> Result<(Arc<Context>, Surface), GpuError> {
    Context::with_surface(choice, Arc::clone(window), window.inner_size().into())
}

impl Screen {
    /// Joins a window and its device; `tell` is called on another thread for what is copied and
    /// dropped on Wayland.
    pub fn new(window: Arc<Window>, canvas: Canvas, theme: Theme, tell: impl FnMut(Told) + Send + 'static) -> Self {
        let device = DataDevice::new(Arc::clone(&window), tell);
        let clipboard = device.map_or_else(|| Clipboard::System(SystemClipboard::new()), Clipboard::Wayland);
        Self::join(window, canvas, clipboard, theme)
    }

    /// The same window with another device, which `open` opens once the old one is gone.
    ///
    /// # Errors
    /// Those of `open`.
    pub fn with_device(
        self,
        theme: Theme,
        open: impl FnOnce(&Arc<Window>) -> anyhow::Result<Canvas>,
    ) -> anyhow::Result<Self> {
        let Self {
            canvas,
            clipboard,
            window,
            ..
        } = self;
        drop(canvas);
        let canvas = open(&window)?;
        Ok(Self::join(window, canvas, clipboard, theme))
    }

    fn join(window: Arc<Window>, canvas: Canvas, clipboard: Clipboard, theme: Theme) -> Self {
        let ctx = egui::Context::default();
        look::install(&ctx);
        look::set_theme(&ctx, theme);
        let scale = window.scale_factor() as f32;
        let id = ctx.viewport_id();
        let mut controls = egui_winit::State::new(ctx.clone(), id, &window, Some(scale), None, None);
        // egui-winit is built without a clipboard of its own.
        controls.set_clipboard_shortcuts(false);
        Self {
            canvas,
            ctx,
            controls,
            clipboard,
            window,
        }
    }

    /// Whether there is anything of the window to be seen.
    pub fn has_pixels(&self) -> bool {
        let size: [u32; 2] = self.window.inner_size().into();
        !size.contains(&0)
    }

    /// Refreshes of its display in a thousand seconds, where that is known.
    pub fn refresh_millihertz(&self) -> Option<u32> {
        self.window.current_monitor()?.refresh_rate_millihertz()
    }

    /// Sets the window's title.
    pub fn set_title(&self, title: &str) {
        self.window.set_title(title);
    }

    /// Takes the colours of a theme.
    pub fn set_theme(&self, theme: Theme) {
        look::set_theme(&self.ctx, theme);
    }

    /// Whether the window fills the screen.
    pub fn is_full(&self) -> bool {
        self.window.fullscreen().is_some()
    }

    /// To full screen, or back.
    pub fn toggle_full(&self) {
        let full = (!self.is_full()).then_some(Fullscreen::Borderless(None));
        self.window.set_fullscreen(full);
    }

    /// Takes the keyboard, where nobody else gives it to the window that is in use.
    pub fn take_keyboard(&self) {
        #[cfg(all(unix, not(target_os = "macos")))]
        if !self.window.has_focus() {
            super::x11::take_keyboard(&self.window);
        }
    }

    /// Has the window shown again.
    pub fn redraw(&self) {
        self.window.request_redraw();
    }

    /// Has the controls shown again.
    pub fn repaint_controls(&self) {
        self.ctx.request_repaint();
    }

    /// Puts a text on the clipboard, with the next picture.
    pub fn copy(&self, text: String) {
        self.ctx.copy_text(text);
    }

    /// Gives an event of the window to the controls.
    pub fn on_event(&mut self, event: &WindowEvent) {
        let response = self.controls.on_window_event(&self.window, event);
        if take_shortcuts(&mut self.controls.egui_input_mut().events) {
            match &mut self.clipboard {
                Clipboard::Wayland(device) => device.paste(),
                Clipboard::System(clipboard) => {
                    let text = clipboard.text().unwrap_or_default();
                    self.paste(text);
                }
            }
        }
        if response.repaint && !matches!(event, WindowEvent::RedrawRequested) {
            self.redraw();
        }
    }

    /// Files are dragged over the window, or no longer.
    pub fn set_dragged(&mut self, are_there: bool) {
        let files = &mut self.controls.egui_input_mut().hovered_files;
        files.clear();
        if are_there {
            files.push(egui::HoveredFile::default());
        }
    }

    /// A text is pasted.
    pub fn paste(&mut self, text: String) {
        self.controls.egui_input_mut().events.push(egui::Event::Paste(text));
    }

    /// Whether the display is known to be gone.
    pub fn is_broken(&self) -> bool {
        matches!(&self.clipboard, Clipboard::Wayland(device) if device.is_broken())
    }

    /// Shows the picture drawn last, and over it what `controls` shows.
    ///
    /// # Errors
    /// The driver failed.
    pub fn show(
        &mut self,
        background: [u8; 4],
        mut controls: impl FnMut(&egui::Context, &Canvas),
    ) -> Result<Showing, GpuError> {
        let Self { ctx, canvas, .. } = self;
        look::fit(ctx, canvas.size_px(), self.window.scale_factor() as f32);
        let input = self.controls.take_egui_input(&self.window);
        let output = ctx.run_ui(input, |root| controls(root.ctx(), canvas));
        let mut for_system = output.platform_output;
        for command in std::mem::take(&mut for_system.commands) {
            match (command, &mut self.clipboard) {
                (egui::OutputCommand::CopyText(text), Clipboard::Wayland(device)) => device.copy(text),
                (egui::OutputCommand::CopyText(text), Clipboard::System(clipboard)) => clipboard.copy(text),
                (other, _) => for_system.commands.push(other),
            }
        }
        self.controls.handle_platform_output(&self.window, for_system);
        let px_per_point = output.pixels_per_point;
        let primitives = ctx.tessellate(output.shapes, px_per_point);
        let mut textures = output.textures_delta;
        let (overlay, context) = canvas.overlay();
        triangles::take_textures(overlay, context, &mut textures);
        triangles::set(overlay, &primitives, px_per_point);
        let views = output.viewport_output.values();
        Ok(Showing {
            is_shown: canvas.show(background, px_per_point)?,
            repaint_after: views.map(|view| view.repaint_delay).min(),
        })
    }
}
