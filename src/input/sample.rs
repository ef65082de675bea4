//! The log that portbloom carries with it, so that its first film needs no file.
//! Owns the bytes and their name; knows nothing of what is in them.

/// The name of the sample in titles and messages.
pub(super) const NAME: &str = "Marx honeypots, July 2013";

/// `data/marx-july-2013.csv.gz`: 79,832 rows, 0.5 MB. Origin and licence: `data/README.md`.
pub(super) static GZIPPED_CSV: &[u8] = include_bytes!("../../data/marx-july-2013.csv.gz");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_small_and_gzipped() {
        assert!(GZIPPED_CSV.starts_with(&[0x1f, 0x8b]));
        // It is part of every binary: a careless replacement should be noticed.
        assert!(GZIPPED_CSV.len() < 600_000, "{} bytes", GZIPPED_CSV.len());
    }
}
