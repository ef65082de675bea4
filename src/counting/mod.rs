//! What is counted of a log in memory that does not grow with it: cells of time, different things, values that are
//! forgotten when they are too many, and what is usual among numbers. Knows no ports, no sources and no text.

mod beside;
mod dense;
mod distinct;
mod grid;
mod hosts;
mod lossy;
mod usual;

pub use beside::{Beside, Counter};
pub use dense::dense_part;
pub use distinct::{Distinct, Few, Union, mix};
pub use grid::Grid;
pub use hosts::{HostSet, Hosts, bit_of};
pub use lossy::{Kept, Lossy, Series};
pub use usual::{Usual, score};
