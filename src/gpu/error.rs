//! The errors of a GPU, each with its remedy.

use thiserror::Error;

/// The drivers to install where there is no adapter.
pub(super) const INSTALL_HINT: &str = if cfg!(target_os = "linux") {
    "install your GPU's Vulkan driver, or Mesa's software one: `apt install mesa-vulkan-drivers` (Debian, Ubuntu), `dnf install mesa-vulkan-drivers` (Fedora), `pacman -S vulkan-swrast` (Arch); a container with an NVIDIA GPU also needs libvulkan1, the driver's graphics part (NVIDIA_DRIVER_CAPABILITIES=graphics or all) and the X11 libraries that this part loads (libx11-6, libxext6); a slice of a GPU (MIG) has no Vulkan"
} else if cfg!(target_os = "macos") {
    "portbloom needs Metal: macOS 10.14 or later on a Mac of 2012 or later"
} else if cfg!(target_os = "windows") {
    "update the graphics driver; Windows 10 and later bring a software adapter for Direct3D 12 (WARP)"
} else {
    "install a Vulkan driver"
};

/// An error of a GPU.
#[derive(Debug, Error)]
pub enum GpuError {
    /// No adapter at all.
    #[error("no graphics adapter was found: {}", INSTALL_HINT)]
    NoAdapter,
    /// No adapter is the one asked for.
    #[error("no graphics adapter matches --adapter {wanted}; found: {found}")]
    NoSuchAdapter {
        /// The adapter as it was asked for.
        wanted: String,
        /// Every adapter's name and kind.
        found: String,
    },
    /// The adapter would not give a device.
    #[error("the graphics adapter {adapter} cannot be opened: {reason}")]
    Device {
        /// Its name.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// A picture beyond the adapter's limit.
    #[error(
        "a picture of {width}x{height} is more than the graphics adapter {adapter} can draw: at most {limit} pixels a side; choose a smaller --size"
    )]
    PictureTooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The adapter's name.
        adapter: String,
        /// Its largest texture side.
        limit: u32,
    },
    /// More bubbles in flight at once than fit into one buffer.
    #[error(
        "{bubbles} bubbles in flight at once need {needed} bytes in one buffer, more than the graphics adapter {adapter} allows ({limit}): choose a shorter --travel, a slower --pace or a longer --bin"
    )]
    TooManyBubbles {
        /// Number of bubbles in flight.
        bubbles: usize,
        /// Bytes they take.
        needed: u64,
        /// The adapter's name.
        adapter: String,
        /// Its largest storage buffer.
        limit: u64,
    },
    /// The driver failed while drawing: out of memory, device lost.
    #[error(
        "the graphics adapter {adapter} failed: {reason}; try again, update the graphics driver, or choose another --adapter"
    )]
    Failed {
        /// Its name.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// A window that nothing can be drawn on.
    #[error("the window cannot be drawn on: {0}; update the graphics driver, or make a film: portbloom render")]
    NoSurface(String),
    /// glyphon could not prepare or draw the text.
    #[error("the text could not be drawn: {0}")]
    Text(String),
}
