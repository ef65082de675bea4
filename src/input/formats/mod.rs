//! The formats of logs, one file or folder each.

pub(super) mod csv;
#[cfg(feature = "prepared")]
pub mod prepared;
