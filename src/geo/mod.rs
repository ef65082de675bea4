//! Addresses into countries, autonomous systems and networks, by tables of address ranges.
//! Knows no log.

mod address;
mod error;
mod mmdb;
mod packed;
mod pages;
mod places;
mod runs;
mod tables;

pub use address::{Network, host_address, is_private, network};
pub use error::GeoError;
pub use packed::{PackError, Range, pack};
pub use tables::{CountryChoice, Options, TableName, Tables};
