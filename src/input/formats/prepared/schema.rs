//! The names in a prepared log: its columns, and the keys of its metadata.

pub(super) const BIN_START: &str = "bin_start";
pub(super) const FIRST_TIME: &str = "first_time";
pub(super) const COUNTRY: &str = "country";
pub(super) const PROTOCOL: &str = "protocol";
pub(super) const PORT: &str = "port";
pub(super) const PACKETS: &str = "packets";
pub(super) const HOST: &str = "host";

/// Metadata key of the length of a bin in nanoseconds.
pub(super) const BIN_KEY: &str = "portbloom.bin_ns";
/// Metadata key of the unit of films that name none.
pub(super) const UNIT_KEY: &str = "portbloom.unit";
/// Metadata key of what the bubbles count; packets where it is missing.
pub(super) const MEASURE_KEY: &str = "portbloom.measure";
/// Metadata key of the [`StoredAccount`](super::account::StoredAccount).
pub(super) const ACCOUNT_KEY: &str = "portbloom.account";
/// Metadata key of the checksums.
pub(super) const CRC_KEY: &str = "portbloom.crc32";
/// End of `created_by` in files that have checksums.
pub(super) const WITH_CHECKSUMS: &str = " with crc32";
