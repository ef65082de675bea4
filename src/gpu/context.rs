//! An open device: an adapter's, with what all that is drawn on it shares.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::adapters::{self, AdapterChoice};
use super::error::GpuError;
use super::pipelines::{Pipelines, TilePipelines};

/// An open device.
pub struct Context {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    /// Name and API of the adapter, for people: `llvmpipe (LLVM 15.0.6, 256 bits), Vulkan, software`.
    pub adapter: String,
    /// Whether it draws on the CPU.
    pub is_software: bool,
    /// The largest buffer that bubbles may take; a larger log is streamed. Lowered by tests.
    pub most_buffer_bytes: u64,
    /// Whether shaders write to buffers that the CPU reads, so that planes are not copied. Cleared by tests.
    pub is_direct: bool,
    pipelines: OnceLock<Pipelines>,
    tile_pipelines: OnceLock<TilePipelines>,
    draws_tiles: OnceLock<bool>,
    bubbles_brought: AtomicU64,
    failure: Arc<Mutex<Option<String>>>,
}

impl Context {
    /// Opens the adapter asked for.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], [`GpuError::NoSuchAdapter`] or [`GpuError::Device`].
    pub fn new(choice: &AdapterChoice) -> Result<Self, GpuError> {
        let (context, _) = pollster::block_on(Self::open(&adapters::instance(), choice, None))?;
        Ok(context)
    }

    /// The adapter asked for, of those that can draw on `surface` where there is one: the best that opens.
    pub(super) async fn open(
        instance: &wgpu::Instance,
        choice: &AdapterChoice,
        surface: Option<&wgpu::Surface<'_>>,
    ) -> Result<(Self, wgpu::Adapter), GpuError> {
        let mut failed = None;
        for adapter in adapters::chosen(instance, choice, surface).await? {
            match Self::of(&adapter).await {
                Ok(context) => return Ok((context, adapter)),
                // The first is the best, and the one that is to be told of.
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
        Err(failed.unwrap_or(GpuError::NoAdapter))
    }

    async fn of(adapter: &wgpu::Adapter) -> Result<Self, GpuError> {
        let info = adapter.get_info();
        let name = adapters::describe(&info);
        let features = adapters::features(adapter);
        let request = wgpu::DeviceDescriptor {
            label: Some("portbloom"),
            required_features: features,
            // All that the adapter has: a large log wants large buffers, a 4K picture large textures.
            required_limits: adapter.limits(),
            memory_hints: wgpu::MemoryHints::Performance,
            ..Default::default()
        };
        let opened = adapter.request_device(&request).await;
        let (device, queue) = opened.map_err(|error| GpuError::Device {
            adapter: name.clone(),
            reason: error.to_string(),
        })?;

        // Without a handler wgpu panics; the first error is kept and reported with the next frame.
        let failure = Arc::new(Mutex::new(None));
        let keep = Arc::clone(&failure);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            keep.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_with(|| error.to_string());
        }));
        let keep = Arc::clone(&failure);
        device.set_device_lost_callback(move |reason, message| {
            keep.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_with(|| format!("the device was lost ({reason:?}): {message}"));
        });
        let limits = device.limits();
        Ok(Self {
            most_buffer_bytes: adapters::largest_buffer_bytes(&limits),
            device,
            queue,
            adapter: name,
            is_software: adapters::is_software(&info),
            is_direct: features.contains(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS),
            pipelines: OnceLock::new(),
            tile_pipelines: OnceLock::new(),
            draws_tiles: OnceLock::new(),
            bubbles_brought: AtomicU64::new(0),
            failure,
        })
    }

    /// The pipelines of pictures, compiled when they are first asked for.
    pub(super) fn pipelines(&self) -> &Pipelines {
        self.pipelines.get_or_init(|| Pipelines::new(&self.device))
    }

    /// The pipelines that draw tile by tile, compiled when they are first asked for.
    pub(super) fn tile_pipelines(&self) -> &TilePipelines {
        self.tile_pipelines.get_or_init(|| TilePipelines::new(&self.device))
    }

    /// Whether a shader draws marks and bubbles tile by tile; found out by `measured` when it is first asked
    /// for.
    pub(super) fn draws_tiles(&self, measured: impl FnOnce(&Self) -> bool) -> bool {
        *self.draws_tiles.get_or_init(|| measured(self))
    }

    /// Says whether a shader draws marks and bubbles tile by tile, or the raster units do, in place of a
    /// measurement. For tests and benches.
    pub fn draw_tiles(&mut self, tiles: bool) {
        self.draws_tiles = OnceLock::from(tiles);
    }

    /// Counts bubbles that are brought to the device.
    pub(super) fn add_bubbles_brought(&self, count: usize) {
        self.bubbles_brought.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Bubbles brought to the device so far; one that was brought twice counts twice. For tests.
    #[must_use]
    pub fn bubbles_brought(&self) -> u64 {
        self.bubbles_brought.load(Ordering::Relaxed)
    }

    /// Nanoseconds in a tick of the GPU's clock.
    #[must_use]
    pub fn ns_per_gpu_tick(&self) -> f64 {
        f64::from(self.queue.get_timestamp_period())
    }

    /// The first thing that went wrong since the device was opened.
    pub(super) fn check(&self) -> Result<(), GpuError> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match failure.as_ref() {
            Some(reason) => Err(self.failed(reason)),
            None => Ok(()),
        }
    }

    pub(super) fn failed(&self, reason: impl ToString) -> GpuError {
        GpuError::Failed {
            adapter: self.adapter.clone(),
            reason: in_one_line(&reason.to_string()),
        }
    }
}

/// An error of wgpu's, which has its causes a line each.
fn in_one_line(error: &str) -> String {
    let lines = error.lines().map(str::trim);
    let said: Vec<&str> = lines.filter(|line| !line.is_empty() && *line != "Caused by:").collect();
    said.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_in_one_line() {
        let error = "Validation Error\n\nCaused by:\n  In Surface::configure\n    No such queue family\n";
        assert_eq!(
            in_one_line(error),
            "Validation Error: In Surface::configure: No such queue family"
        );
        assert_eq!(in_one_line("Out of memory"), "Out of memory");
    }
}
