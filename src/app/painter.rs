//! Who draws: a GPU, or the CPU where there is none or it is asked for.

use crate::gpu::{AdapterChoice, Context, GpuError};
use crate::raster;

/// Who draws the pictures of a command.
pub enum Painter {
    /// A graphics adapter. A software one only where its name was asked for.
    Gpu(Context),
    /// The rasteriser of our own.
    Cpu,
}

impl Painter {
    /// The one asked for.
    ///
    /// # Errors
    /// [`GpuError`]: there is none of that name, or it cannot be opened.
    pub fn open(choice: &AdapterChoice) -> Result<Self, GpuError> {
        match choice {
            AdapterChoice::Software => Ok(Self::Cpu),
            AdapterChoice::Auto => match Context::new(&AdapterChoice::Hardware) {
                Err(GpuError::NoAdapter | GpuError::NoSuchAdapter { .. }) => Ok(Self::Cpu),
                context => context.map(Self::Gpu),
            },
            AdapterChoice::Hardware | AdapterChoice::Named(_) => Context::new(choice).map(Self::Gpu),
        }
    }

    /// Whether the CPU draws the pictures of a window that an adapter shows: where that draws on the CPU
    /// too, and was not asked for by its name.
    pub fn is_cpu_for(context: &Context, choice: &AdapterChoice) -> bool {
        context.is_software && !matches!(choice, AdapterChoice::Named(_))
    }

    /// Its name in messages and reports.
    pub fn name(&self) -> &str {
        match self {
            Self::Gpu(context) => &context.adapter,
            Self::Cpu => raster::NAME,
        }
    }
}
