//! The painter of a command: a GPU, or the CPU where there is no GPU or the CPU is asked for.

use crate::gpu::{AdapterChoice, Context, GpuError};
use crate::raster;

/// The painter of a command's pictures.
pub enum Painter {
    /// A graphics adapter. A software one only where its name was asked for.
    Gpu(Context),
    /// The rasteriser of our own.
    Cpu,
}

/// The kinds of painters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PainterKind {
    /// A graphics adapter.
    Gpu,
    /// The rasteriser of our own, on the threads that encode.
    Cpu,
}

impl Painter {
    /// Opens the painter asked for. Left to portbloom, it is a GPU that can be opened, or else the CPU, with the
    /// reason where there is a GPU that cannot be opened.
    ///
    /// # Errors
    /// [`GpuError`]: no adapter has that name, or it cannot be opened.
    pub fn open(choice: &AdapterChoice) -> Result<(Self, Option<String>), GpuError> {
        match choice {
            AdapterChoice::Software => Ok((Self::Cpu, None)),
            AdapterChoice::Auto => Ok(match Context::new(&AdapterChoice::Hardware) {
                Ok(context) => (Self::Gpu(context), None),
                Err(GpuError::NoAdapter | GpuError::NoSuchAdapter { .. }) => (Self::Cpu, None),
                Err(error) => (Self::Cpu, Some(error.to_string())),
            }),
            AdapterChoice::Hardware | AdapterChoice::Index(_) | AdapterChoice::Named(_) => {
                Ok((Self::Gpu(Context::new(choice)?), None))
            }
        }
    }

    /// Opens the painter asked for, for a single picture: left to portbloom, the CPU, which draws a picture of 38,500
    /// bubbles at 4K in 0.1 s, where opening a GPU took 0.15 to 0.3 s.
    ///
    /// # Errors
    /// As [`Painter::open`].
    pub fn open_for_still(choice: &AdapterChoice) -> Result<Self, GpuError> {
        match choice {
            AdapterChoice::Auto => Ok(Self::Cpu),
            _ => Self::open(choice).map(|(painter, _)| painter),
        }
    }

    /// Whether the CPU draws the pictures of a window that an adapter shows: where that draws on the CPU
    /// too, and was not asked for by its name.
    pub fn is_cpu_for(context: &Context, choice: &AdapterChoice) -> bool {
        context.is_software && !matches!(choice, AdapterChoice::Named(_) | AdapterChoice::Index(_))
    }

    /// Its name in messages and reports.
    pub fn name(&self) -> &str {
        match self {
            Self::Gpu(context) => &context.adapter,
            Self::Cpu => raster::NAME,
        }
    }
}
