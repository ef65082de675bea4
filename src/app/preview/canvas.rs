//! A window's graphics device and all that is on it: the scenes' builder and painter, the picture drawn
//! last, and the surface that shows it. Knows no window system and no controls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::painter::Painter;
use super::builder::{Builder, Built, Request, Watched, WindowPainter};
use super::easel::{Drawn, Wanted};
use super::making::{Saving, save_frame};
use crate::gpu::{AdapterChoice, Context, GpuError, Overlay, Surface};
use crate::raster;
use crate::scene::Scene;
use crate::settings::ViewSettings;

/// The device of a window.
pub struct Canvas {
    context: Arc<Context>,
    surface: Surface,
    overlay: Overlay,
    builder: Builder,
    painter: Option<WindowPainter>,
    drawn: Option<Drawn>,
    /// Whether that picture was drawn by [`Canvas::draw_now`] and not told of by [`Canvas::draw`] yet.
    is_drawn_ahead: bool,
    /// A frame that is being saved, or was.
    saving: Option<Saving>,
    adapter: String,
    is_cpu: bool,
    opened: Instant,
}

/// The CPU's progress with the next picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextPicture {
    /// Not asked for, or the CPU does not draw.
    NotBegun,
    /// Being drawn.
    Drawing,
    /// Drawn, and not shown yet.
    Ready,
}

impl Canvas {
    /// Takes a device and its surface into use. `built` is called on another thread for each scene that
    /// was asked for, `drawn` whenever the CPU has drawn a picture.
    ///
    /// # Errors
    /// There is no thread for it.
    pub fn new(
        (context, surface): (Arc<Context>, Surface),
        choice: &AdapterChoice,
        built: impl Fn(Built) + Send + 'static,
        drawn: impl Fn() + Clone + Send + 'static,
    ) -> anyhow::Result<Self> {
        let is_cpu = Painter::is_cpu_for(&context, choice);
        let order = is_cpu.then(|| surface.pixel_order());
        Ok(Self {
            builder: Builder::new(Arc::clone(&context), order, built, drawn)?,
            overlay: surface.overlay(),
            adapter: if is_cpu {
                format!("{}, shown by {}", raster::NAME, context.adapter)
            } else {
                context.adapter.clone()
            },
            context,
            surface,
            painter: None,
            drawn: None,
            is_drawn_ahead: false,
            saving: None,
            is_cpu,
            opened: Instant::now(),
        })
    }

    /// The painter and the adapter that shows its pictures, for people.
    pub fn adapter(&self) -> &str {
        &self.adapter
    }

    /// Whether the CPU draws the pictures, and the adapter only shows them.
    pub fn is_cpu(&self) -> bool {
        self.is_cpu
    }

    /// The time since the device was opened.
    pub fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// Width and height of the window in pixels.
    pub fn size_px(&self) -> [u32; 2] {
        self.surface.size_px()
    }

    /// Takes another size of the window; gives whether it is another.
    pub fn resize(&mut self, size_px: [u32; 2]) -> bool {
        let before = self.size_px();
        self.surface.resize(size_px);
        self.size_px() != before
    }

    /// Asks for a scene at the window's size.
    pub fn request(&self, view: ViewSettings) {
        let size_px = self.size_px();
        self.builder.request(Request { view, size_px });
    }

    /// Draws another scene from now on.
    pub fn take(&mut self, painter: WindowPainter) {
        (self.painter, self.drawn) = (Some(painter), None);
    }

    /// The picture drawn last, of the scene on show.
    pub fn drawn(&self) -> Option<&Drawn> {
        self.drawn.as_ref()
    }

    /// Has a picture of the scene drawn, unless it is the one drawn last. Gives whether there is a new
    /// one to show: the CPU's are shown once they are due, while it draws the next.
    ///
    /// # Errors
    /// It could not be drawn, or the driver failed.
    pub fn draw(&mut self, scene: &Scene, wanted: Wanted, is_due: bool) -> anyhow::Result<bool> {
        let Some(painter) = &mut self.painter else {
            return Ok(false);
        };
        let drawn = match painter {
            WindowPainter::Cpu(easel) if easel.is_ready() && !is_due => None,
            WindowPainter::Cpu(easel) => easel.take(&self.context, wanted)?,
            WindowPainter::Gpu(..) if self.drawn.as_ref().is_some_and(|drawn| drawn.wanted == wanted) => None,
            WindowPainter::Gpu(renderer, crew) => {
                let Wanted { spot, focus } = wanted;
                let frame = crew.work(|| scene.moment(spot.frame, spot.part, focus));
                renderer.draw(&frame)?;
                Some(Drawn { wanted, frame })
            }
        };
        let is_new = drawn.is_some();
        self.drawn = drawn.or(self.drawn.take());
        Ok(is_new | std::mem::take(&mut self.is_drawn_ahead))
    }

    /// Draws a picture, however long that takes: the one before it is gone.
    ///
    /// # Errors
    /// As [`Canvas::draw`].
    pub fn draw_now(&mut self, scene: &Scene, wanted: Wanted) -> anyhow::Result<()> {
        self.draw(scene, wanted, true)?;
        if let Some(easel) = self.painter.as_mut().and_then(WindowPainter::easel) {
            easel.wait();
            self.draw(scene, wanted, true)?;
        }
        self.is_drawn_ahead = true;
        Ok(())
    }

    /// The progress of the next picture.
    pub fn next_picture(&mut self) -> NextPicture {
        match self.painter.as_mut().and_then(WindowPainter::easel) {
            Some(easel) if easel.is_ready() => NextPicture::Ready,
            Some(easel) if easel.is_drawing() => NextPicture::Drawing,
            _ => NextPicture::NotBegun,
        }
    }

    /// Finds out whether the CPU has drawn the next picture.
    pub fn poll(&mut self) {
        if let Some(easel) = self.painter.as_mut().and_then(WindowPainter::easel) {
            easel.poll();
        }
    }

    /// Has the CPU begin a picture; false where it does not draw, or has one that is to be shown first.
    pub fn begin(&mut self, wanted: Wanted) -> bool {
        match self.painter.as_mut().and_then(WindowPainter::easel) {
            Some(easel) if !easel.is_ready() => {
                easel.ask(wanted);
                true
            }
            _ => false,
        }
    }

    /// The overlay of the picture, and the device that draws it.
    pub fn overlay(&mut self) -> (&mut Overlay, &Context) {
        (&mut self.overlay, &self.context)
    }

    /// Shows the picture drawn last, or the background before the first, and the overlay over it, at
    /// `px_per_point`. False where nobody can see it, or the display is busy.
    ///
    /// # Errors
    /// The driver failed.
    pub fn show(&mut self, background: [u8; 4], px_per_point: f32) -> Result<bool, GpuError> {
        let painter = self.painter.as_ref().filter(|_| self.drawn.is_some());
        let picture = painter.map(WindowPainter::on_device);
        self.surface.show(picture, background, &mut self.overlay, px_per_point)
    }

    /// Saves the frame on show as a picture of the film's size; `done` gets what there is to say of it.
    /// Does nothing while another is being saved.
    ///
    /// # Errors
    /// There is no thread for it.
    pub fn save_frame(&mut self, watched: &Watched, done: impl FnOnce(String) + Send + 'static) -> anyhow::Result<()> {
        let Some(drawn) = &self.drawn else { return Ok(()) };
        if self.saving.as_ref().is_some_and(|saving| !saving.is_over()) {
            return Ok(());
        }
        self.saving = Some(save_frame(
            (!self.is_cpu).then(|| Arc::clone(&self.context)),
            Arc::clone(&watched.scene),
            watched.request.view.size_px,
            drawn.wanted.spot.frame,
            done,
        )?);
        Ok(())
    }

    /// Does what a driver does that fails.
    #[cfg(test)]
    pub fn lose_device(&self) {
        self.context.lose_device();
    }
}
