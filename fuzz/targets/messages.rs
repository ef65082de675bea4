//! Lines of firewalls and honeypots: what holds of logs of text holds of them.

/// Reads the bytes as a log.
pub fn run(data: &[u8]) -> u64 {
    super::csv::run(data)
}
