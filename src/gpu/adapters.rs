//! The graphics adapters of a machine: listed, told apart, chosen.

use super::error::GpuError;

/// The features that portbloom uses where an adapter has them, and for what.
const USED: [(wgpu::Features, &str); 2] = [
    (wgpu::Features::TIMESTAMP_QUERY, "timestamps"),
    (wgpu::Features::MAPPABLE_PRIMARY_BUFFERS, "direct readback"),
];

/// A choice of adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdapterChoice {
    /// The best there is: discrete, integrated, virtual, software.
    #[default]
    Auto,
    /// The best that is no software.
    Hardware,
    /// A software one.
    Software,
    /// The one with this index in [`adapters`].
    Index(usize),
    /// The first that is described by all of these words, in lower case: each is a part of its name, API,
    /// kind or driver.
    Named(String),
}

impl std::str::FromStr for AdapterChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "auto" => Self::Auto,
            "hardware" => Self::Hardware,
            "software" | "cpu" => Self::Software,
            _ => text.parse().map_or_else(|_| Self::Named(text.to_owned()), Self::Index),
        })
    }
}

impl std::fmt::Display for AdapterChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Hardware => f.write_str("hardware"),
            Self::Software => f.write_str("software"),
            Self::Index(index) => index.fmt(f),
            Self::Named(name) => f.write_str(name),
        }
    }
}

impl AdapterChoice {
    /// Whether an adapter is one that was asked for.
    fn takes(&self, index: usize, info: &wgpu::AdapterInfo) -> bool {
        let software = is_software(info);
        match self {
            Self::Auto => true,
            Self::Hardware => !software,
            Self::Software => software,
            Self::Index(wanted) => *wanted == index,
            // `vulkan:nvidia` as well as `H100`: parts in any order.
            Self::Named(name) => {
                let described = format!("{} {} {}", describe(info), info.driver, info.driver_info).to_lowercase();
                // First as it stands: a name may hold a colon.
                let name = name.to_lowercase();
                let is_part = |part: &str| !part.trim().is_empty() && described.contains(part.trim());
                is_part(&name) || name.split(':').all(is_part)
            }
        }
    }
}

/// An adapter as `portbloom adapters` lists it.
#[derive(Clone, Debug)]
pub struct AdapterReport {
    /// Its place in the list, from 0; taken by `--adapter`.
    pub index: usize,
    /// Name of the device.
    pub name: String,
    /// The API it is reached by: Vulkan, Metal, Direct3D 12.
    pub api: &'static str,
    /// `discrete`, `integrated`, `virtual`, `software` or `other`.
    pub kind: &'static str,
    /// The driver and its version, empty where it says none.
    pub driver: String,
    /// The largest side of a picture, in pixels.
    pub largest_side_px: u32,
    /// The largest buffer of bubbles, in bytes.
    pub largest_buffer_bytes: u64,
    /// Features that are used, of those that are not on every adapter.
    pub features: Vec<&'static str>,
}

/// Every adapter of this machine, the best first; those of one kind in the order of their drivers.
#[must_use]
pub fn adapters() -> Vec<AdapterReport> {
    let found = pollster::block_on(sorted(&instance()));
    let report = |(index, adapter): (usize, &wgpu::Adapter)| {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        let used = USED.iter().filter(|(feature, _)| adapter.features().contains(*feature));
        AdapterReport {
            index,
            api: api(info.backend),
            kind: kind(info.device_type),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            name: info.name,
            largest_side_px: limits.max_texture_dimension_2d,
            largest_buffer_bytes: largest_buffer_bytes(&limits),
            features: used.map(|(_, name)| *name).collect(),
        }
    };
    found.iter().enumerate().map(report).collect()
}

/// Where adapters are looked for.
pub(super) fn instance() -> wgpu::Instance {
    let mut description = wgpu::InstanceDescriptor::new_without_display_handle();
    description.backends = wgpu::Backends::PRIMARY;
    wgpu::Instance::new(description)
}

/// The adapters that are what was asked for, the best first, of those that can draw on `surface` where there
/// is one; at least one.
///
/// # Errors
/// [`GpuError::NoAdapter`], [`GpuError::NoSuchAdapter`], [`GpuError::NoSurface`].
pub(super) async fn chosen(
    instance: &wgpu::Instance,
    choice: &AdapterChoice,
    surface: Option<&wgpu::Surface<'_>>,
) -> Result<Vec<wgpu::Adapter>, GpuError> {
    let mut found: Vec<_> = sorted(instance).await.into_iter().enumerate().collect();
    if let Some(surface) = surface {
        let any = !found.is_empty();
        found.retain(|(_, adapter)| adapter.is_surface_supported(surface));
        if any && found.is_empty() {
            let reason = "no graphics adapter can draw on it".to_owned();
            return Err(GpuError::NoSurface(reason));
        }
    }
    if found.is_empty() {
        return Err(GpuError::NoAdapter);
    }
    let names: Vec<String> = found
        .iter()
        .map(|(index, adapter)| format!("{index}: {}", describe(&adapter.get_info())))
        .collect();
    found.retain(|(index, adapter)| choice.takes(*index, &adapter.get_info()));
    if found.is_empty() {
        return Err(GpuError::NoSuchAdapter {
            wanted: choice.to_string(),
            found: names.join("; "),
        });
    }
    Ok(found.into_iter().map(|(_, adapter)| adapter).collect())
}

/// The features of [`USED`] that an adapter has.
pub(super) fn features(adapter: &wgpu::Adapter) -> wgpu::Features {
    let used = USED.iter().map(|(feature, _)| *feature);
    adapter.features() & used.fold(wgpu::Features::empty(), |all, feature| all | feature)
}

/// The largest buffer that a shader may read, in bytes.
pub(super) fn largest_buffer_bytes(limits: &wgpu::Limits) -> u64 {
    limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
}

/// Whether an adapter draws on the CPU.
pub(super) fn is_software(info: &wgpu::AdapterInfo) -> bool {
    info.device_type == wgpu::DeviceType::Cpu
}

/// Name, API and kind, for people: `llvmpipe (LLVM 15.0.6, 256 bits), Vulkan, software`.
pub(super) fn describe(info: &wgpu::AdapterInfo) -> String {
    let kind = if is_software(info) { "software" } else { "hardware" };
    format!("{}, {}, {kind}", info.name, api(info.backend))
}

async fn sorted(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    let mut adapters = instance.enumerate_adapters(wgpu::Backends::PRIMARY).await;
    // Stable: among equals the driver's order stays.
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    adapters
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

fn kind(kind: wgpu::DeviceType) -> &'static str {
    match kind {
        wgpu::DeviceType::DiscreteGpu => "discrete",
        wgpu::DeviceType::IntegratedGpu => "integrated",
        wgpu::DeviceType::VirtualGpu => "virtual",
        wgpu::DeviceType::Other => "other",
        wgpu::DeviceType::Cpu => "software",
    }
}

fn api(backend: wgpu::Backend) -> &'static str {
    match backend {
        wgpu::Backend::Vulkan => "Vulkan",
        wgpu::Backend::Metal => "Metal",
        wgpu::Backend::Dx12 => "Direct3D 12",
        other => other.to_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(name: &str, backend: wgpu::Backend, kind: wgpu::DeviceType) -> wgpu::AdapterInfo {
        let mut info = wgpu::AdapterInfo::new(kind, backend);
        info.name = name.to_owned();
        info.driver = "NVIDIA".to_owned();
        info.driver_info = "580.159.04".to_owned();
        info
    }

    #[test]
    fn equal_cards_and_backends_of_one_card_are_told_apart() {
        let vulkan = card("RTX 4070", wgpu::Backend::Vulkan, wgpu::DeviceType::DiscreteGpu);
        let dx12 = card("RTX 4070", wgpu::Backend::Dx12, wgpu::DeviceType::DiscreteGpu);
        let takes = |text: &str, index, info| text.parse::<AdapterChoice>().unwrap().takes(index, info);
        assert!(takes("1", 1, &vulkan) && !takes("1", 0, &vulkan));
        assert!(takes("vulkan:rtx", 0, &vulkan) && !takes("vulkan:rtx", 0, &dx12));
        assert!(takes("direct3d 12:4070", 0, &dx12) && takes("580.159", 0, &dx12));
        assert!(takes("RTX 4070, Vulkan", 0, &vulkan) && !takes("vulkan:amd", 0, &vulkan));
        let software = card("llvmpipe", wgpu::Backend::Vulkan, wgpu::DeviceType::Cpu);
        assert!(takes("software", 0, &software) && !takes("hardware", 0, &software));
        // Nothing is no part of a name: a script whose variable is not set gets an error.
        assert!(!takes("", 0, &vulkan) && !takes(":", 0, &vulkan) && !takes("vulkan:", 0, &vulkan));
        // A number is an index, and never a part of a name.
        assert!(!takes("4070", 0, &vulkan));
    }

    #[test]
    fn a_choice_is_told_as_it_was_given() {
        for text in ["auto", "hardware", "software", "3", "vulkan:nvidia"] {
            assert_eq!(text.parse::<AdapterChoice>().unwrap().to_string(), text);
        }
    }
}
