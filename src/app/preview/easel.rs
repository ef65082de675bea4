//! Pictures drawn on the CPU for a window: a thread lays out and draws one while the one before it is
//! shown, and hands over what changed. Knows no window and no clock.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use anyhow::{Context as _, anyhow};

use super::playback::Spot;
use crate::crew::Crew;
use crate::gpu::{BLOCK_PX, Changes, Context, OnDevice, Picture, PixelOrder};
use crate::raster::{Raster, RasterError, TILE_PX};
use crate::scene::{Focus, Frame, Scene};

// Blocks are whole tiles.
const _: () = assert!(BLOCK_PX[0].is_multiple_of(TILE_PX[0]) && BLOCK_PX[1].is_multiple_of(TILE_PX[1]));

/// The content of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The moment of the film.
    pub spot: Spot,
    /// The part of the traffic that is lit.
    pub focus: Focus,
}

/// A picture, and the frame it was drawn from.
pub struct Drawn {
    /// Its content.
    pub wanted: Wanted,
    /// The frame.
    pub frame: Frame,
}

/// A picture, and the thread that draws into it.
pub struct Easel {
    picture: Picture,
    asks: Sender<(Wanted, Changes)>,
    finished: Receiver<Result<(Drawn, Changes), RasterError>>,
    /// The content asked for last.
    asked: Option<Wanted>,
    is_drawing: bool,
    ready: Option<anyhow::Result<(Drawn, Changes)>>,
    /// The memory of changes that have been uploaded.
    spare: Changes,
}

/// Wakes the window when a picture is finished, and when the thread has ended.
struct Waking<F: Fn()>(F);

impl<F: Fn()> Drop for Waking<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Easel {
    /// An easel on which nothing is drawn yet; `crew` will draw. `wake` is called on the thread whenever
    /// there is something to [`Easel::poll`].
    ///
    /// # Errors
    /// A picture beyond the adapter's limits, a driver that failed, no thread.
    pub fn new(
        context: &Context,
        scene: Arc<Scene>,
        crew: Arc<Crew>,
        order: PixelOrder,
        wake: impl Fn() + Send + 'static,
    ) -> anyhow::Result<Self> {
        let picture = Picture::new(context, scene.size_px(), order)?;
        let (asks, asked) = channel();
        let (finish, finished) = channel();
        let draw = move || {
            let waking = Waking(wake);
            draw_all(&scene, order, &crew, &asked, |drawn| {
                // The window has let go of this scene where nobody listens.
                let _ = finish.send(drawn);
                (waking.0)();
            });
        };
        let thread = thread::Builder::new().name("pictures".to_owned()).spawn(draw);
        thread.context("no thread for pictures")?;
        Ok(Self {
            picture,
            asks,
            finished,
            asked: None,
            is_drawing: false,
            ready: None,
            spare: Changes::default(),
        })
    }

    /// Asks for a picture, unless one is being drawn or it is the one asked for last.
    pub fn ask(&mut self, wanted: Wanted) {
        if self.is_drawing || self.ready.is_some() || self.asked == Some(wanted) {
            return;
        }
        (self.asked, self.is_drawing) = (Some(wanted), true);
        // Where the thread has ended, `poll` finds out.
        let _ = self.asks.send((wanted, std::mem::take(&mut self.spare)));
    }

    /// Whether a picture is being drawn.
    pub fn is_drawing(&self) -> bool {
        self.is_drawing
    }

    /// Whether a picture is drawn and not taken yet.
    pub fn is_ready(&self) -> bool {
        self.ready.is_some()
    }

    /// Finds out whether the picture is drawn.
    pub fn poll(&mut self) {
        let found = match self.finished.try_recv() {
            Ok(drawn) => drawn.map_err(Into::into),
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) if !self.is_drawing => return,
            Err(TryRecvError::Disconnected) => Err(ended()),
        };
        (self.ready, self.is_drawing) = (Some(found), false);
    }

    /// Waits for the picture that is being drawn.
    pub fn wait(&mut self) {
        if self.is_drawing {
            let found = self.finished.recv();
            self.ready = Some(found.map_err(|_| ended()).and_then(|drawn| Ok(drawn?)));
            self.is_drawing = false;
        }
    }

    /// Brings the picture that is ready, where one is, to the device, while the next is drawn.
    ///
    /// # Errors
    /// It could not be drawn, or the driver failed.
    pub fn take(&mut self, context: &Context, next: Wanted) -> anyhow::Result<Option<Drawn>> {
        let ready = self.ready.take();
        self.ask(next);
        let Some(ready) = ready else {
            return Ok(None);
        };
        let (drawn, changes) = ready?;
        self.picture.upload(context, &changes)?;
        self.spare = changes;
        Ok(Some(drawn))
    }

    /// The picture taken last.
    pub fn on_device(&self) -> OnDevice<'_> {
        self.picture.on_device()
    }
}

fn ended() -> anyhow::Error {
    anyhow!("the thread that draws has ended: a fault in portbloom, please report it")
}

/// Draws what is asked for until nobody asks any more.
fn draw_all(
    scene: &Scene,
    order: PixelOrder,
    crew: &Crew,
    asked: &Receiver<(Wanted, Changes)>,
    finish: impl Fn(Result<(Drawn, Changes), RasterError>),
) {
    let mut raster = match Raster::new(scene, false) {
        Ok(raster) => raster,
        Err(error) => return finish(Err(error)),
    };
    let [width, height] = scene.size_px();
    let tiles = [width.div_ceil(TILE_PX[0]), height.div_ceil(TILE_PX[1])];
    // Of the pixels that the window has.
    let mut held = Vec::new();
    while let Ok((wanted, mut changes)) = asked.recv() {
        let Wanted { spot, focus } = wanted;
        let frame = crew.work(|| {
            let frame = scene.moment(spot.frame, spot.part, focus);
            raster.draw(&frame);
            let stamps = raster.stamps();
            let differs = |column: u32, row: u32| held.is_empty() || differs_in(&held, stamps, tiles, [column, row]);
            let (rgba, bytes_per_row) = (raster.padded_rgba(), raster.bytes_per_row());
            changes.collect(rgba, bytes_per_row, [width, height], order, differs);
            frame
        });
        held.clear();
        held.extend_from_slice(raster.stamps());
        finish(Ok((Drawn { wanted, frame }, changes)));
    }
}

/// Whether any of the tiles in a block has another stamp.
fn differs_in(held: &[u64], stamps: &[u64], [across, down]: [u32; 2], [column, row]: [u32; 2]) -> bool {
    let tiles = [0, 1].map(|axis| BLOCK_PX[axis] / TILE_PX[axis]);
    let columns = column * tiles[0]..((column + 1) * tiles[0]).min(across);
    (row * tiles[1]..((row + 1) * tiles[1]).min(down)).any(|row| {
        let run = (row * across + columns.start) as usize..(row * across + columns.end) as usize;
        held[run.clone()] != stamps[run]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_differs_where_one_of_its_tiles_does() {
        // Six tiles across: a block of four, and one of two.
        let held: Vec<u64> = (0..12).collect();
        let mut stamps = held.clone();
        stamps[11] = 99;
        let differing = |column, row| differs_in(&held, &stamps, [6, 2], [column, row]);
        assert_eq!(
            [differing(0, 0), differing(1, 0), differing(0, 1), differing(1, 1)],
            [false, false, false, true]
        );
    }
}
