//! Fuzz targets: each is a function `run` that takes any bytes and must come back, without a panic and
//! within seconds, whatever they are.
//!
//! The number that it returns stands for the way that it took: an input with a number that was not seen
//! before is kept, and changed further. A message without its digits makes a good one ([`kind_of`]).

pub mod captures;
pub mod csv;
pub mod film;
pub mod json;
pub mod messages;
pub mod only;
pub mod plans;
pub mod prepared;
pub mod tables;
pub mod times;
pub mod wrappers;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use portbloom::input::LogPart;
use tempfile::NamedTempFile;

/// Some bytes as a file, which goes with the first of the two.
pub fn file_of(bytes: &[u8]) -> (NamedTempFile, LogPart) {
    let file = NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("the temporary file takes bytes");
    let source = LogPart::File(file.path().to_owned());
    (file, source)
}

/// A number for the kind of an outcome: that of its text without digits and quoted values.
pub fn kind_of(outcome: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in outcome.split('"').step_by(2) {
        part.chars()
            .filter(|c| !c.is_ascii_digit())
            .for_each(|c| c.hash(&mut hasher));
    }
    hasher.finish()
}
