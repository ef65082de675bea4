//! Draws frames of a scene with wgpu, offscreen, and brings their pixels back or onto a window.
//! Knows the scene's tables; knows no log format, no encoder and no file.

mod adapters;
mod bubbles;
mod context;
mod data;
mod error;
mod instances;
mod marks;
mod overlay;
mod picture;
mod pipelines;
mod planes;
mod readback;
mod renderer;
mod surface;
mod swapchain;
mod target;
#[cfg(test)]
#[path = "../../tests/support/adapter.rs"]
pub(crate) mod testing;
mod text;
mod tiles;
mod tiles_trial;
mod timestamps;

pub use adapters::{AdapterChoice, AdapterReport, adapters};
pub use context::Context;
pub use error::GpuError;
pub use instances::Instances;
pub use overlay::{Corner, Overlay, Patch};
pub use picture::{BLOCK_PX, Changes, Picture, PixelOrder};
pub use readback::{Flight, GpuSpans, Pixels, Readout, Staging};
pub use renderer::{Extent, Renderer, RendererSettings};
pub use surface::Surface;
pub use target::OnDevice;
