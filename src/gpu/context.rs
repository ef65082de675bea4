//! The adapter and its device: hardware first, software otherwise, or the one asked for.

use std::sync::{Arc, Mutex, PoisonError};

use super::GpuError;

/// Which adapter to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdapterChoice {
    /// The best there is: discrete, integrated, virtual, software.
    #[default]
    Auto,
    /// The best that is no software.
    Hardware,
    /// A software one.
    Software,
    /// The first whose name holds this text, whatever the case.
    Named(String),
}

impl std::str::FromStr for AdapterChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "auto" => Self::Auto,
            "hardware" => Self::Hardware,
            "software" | "cpu" => Self::Software,
            _ => Self::Named(text.to_owned()),
        })
    }
}

impl std::fmt::Display for AdapterChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Hardware => "hardware",
            Self::Software => "software",
            Self::Named(name) => name,
        })
    }
}

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
    failure: Arc<Mutex<Option<String>>>,
}

impl Context {
    /// Opens the adapter asked for.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], [`GpuError::NoSuchAdapter`] or [`GpuError::Device`].
    pub fn new(choice: &AdapterChoice) -> Result<Self, GpuError> {
        let (context, _) = pollster::block_on(Self::open(&Self::instance(), choice, None))?;
        Ok(context)
    }

    pub(super) fn instance() -> wgpu::Instance {
        let mut description = wgpu::InstanceDescriptor::new_without_display_handle();
        description.backends = wgpu::Backends::PRIMARY;
        wgpu::Instance::new(description)
    }

    /// The adapter asked for, of those that can draw on `surface` where there is one.
    pub(super) async fn open(
        instance: &wgpu::Instance,
        choice: &AdapterChoice,
        surface: Option<&wgpu::Surface<'_>>,
    ) -> Result<(Self, wgpu::Adapter), GpuError> {
        let mut adapters = instance.enumerate_adapters(wgpu::Backends::PRIMARY).await;
        if let Some(surface) = surface {
            let any = !adapters.is_empty();
            adapters.retain(|adapter| adapter.is_surface_supported(surface));
            if any && adapters.is_empty() {
                let reason = "no graphics adapter can draw on it".to_owned();
                return Err(GpuError::NoSurface(reason));
            }
        }
        if adapters.is_empty() {
            return Err(GpuError::NoAdapter);
        }
        // Stable: among equals the driver's order stays.
        adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
        let found = adapters
            .iter()
            .map(|adapter| describe(&adapter.get_info()))
            .collect::<Vec<_>>()
            .join("; ");
        let adapter = adapters
            .into_iter()
            .find(|adapter| matches(choice, &adapter.get_info()));
        let Some(adapter) = adapter else {
            return Err(GpuError::NoSuchAdapter {
                wanted: choice.to_string(),
                found,
            });
        };
        let info = adapter.get_info();
        let name = describe(&info);
        let request = wgpu::DeviceDescriptor {
            label: Some("portbloom"),
            // For `--timings` and `--trace`, where the adapter has them.
            required_features: adapter.features()
                & (wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS),
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
        let context = Self {
            most_buffer_bytes: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            device,
            queue,
            adapter: name,
            is_software: info.device_type == wgpu::DeviceType::Cpu,
            failure,
        };
        Ok((context, adapter))
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

fn rank(kind: wgpu::DeviceType) -> u8 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

fn matches(choice: &AdapterChoice, info: &wgpu::AdapterInfo) -> bool {
    let software = info.device_type == wgpu::DeviceType::Cpu;
    match choice {
        AdapterChoice::Auto => true,
        AdapterChoice::Hardware => !software,
        AdapterChoice::Software => software,
        AdapterChoice::Named(name) => info.name.to_lowercase().contains(&name.to_lowercase()),
    }
}

fn describe(info: &wgpu::AdapterInfo) -> String {
    let kind = if info.device_type == wgpu::DeviceType::Cpu {
        "software"
    } else {
        "hardware"
    };
    let api = match info.backend {
        wgpu::Backend::Vulkan => "Vulkan",
        wgpu::Backend::Metal => "Metal",
        wgpu::Backend::Dx12 => "Direct3D 12",
        other => other.to_str(),
    };
    format!("{}, {api}, {kind}", info.name)
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
