//! Prepared logs: the bubbles of a log as Parquet, one row a bubble, for portbloom and for any engine
//! that reads or writes Parquet. Owns the schema and what is kept beside the rows; how Parquet is read is
//! in `parquet/`. Knows no picture.
//!
//! | column | type | is |
//! | --- | --- | --- |
//! | `bin_start` | `TIMESTAMP` | start of the bin, a multiple of its length since 1970 |
//! | `first_time` | `TIMESTAMP` | time of the bubble's first packet, in the bin |
//! | `country` | `STRING`, may be null | ISO code of the source, or its name; null where it is not known |
//! | `protocol` | `INT32` or `STRING` | 6 or `TCP`, 17 or `UDP` |
//! | `port` | `INT32` | destination port |
//! | `packets` | `INT64` | packets, at least 1 |
//! | `host` | `STRING`, may be null or missing | receiving host; null where there were several |
//!
//! Integers may be of any width, signed or not, and whole numbers of a decimal or floating-point type;
//! times may be dates, or INT96. A type that stands for something else is refused by its name.
//!
//! The file's metadata may hold `portbloom.bin_ns`, the length of a bin, `portbloom.account`
//! ([`StoredAccount`] as JSON) and `portbloom.crc32` (see `checksums.rs`). All may be missing: the
//! length of a bin is then concluded from the times (see `bins.rs`).

mod account;
mod bins;
mod checksums;
mod columns;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;

pub use account::StoredAccount;
use read::Prepared;
pub use write::{StoredBubble, write};

use crate::input::error::InputError;
use crate::input::format::{About, FileFormat, LogFile};
use crate::input::formats::parquet::file::{MAGIC, begins_with};

/// The format.
pub(in crate::input) struct PreparedFormat;

impl FileFormat for PreparedFormat {
    fn about(&self) -> About {
        About {
            name: "prepared",
            title: "a prepared log (Parquet), as `prepare` writes it",
            counted: "each bubble, by its packets",
            measures: About::EVERY,
        }
    }

    fn open(&self, path: &Path) -> Result<Option<Box<dyn LogFile>>, InputError> {
        if !begins_with(path, MAGIC) {
            return Ok(None);
        }
        let prepared = Prepared::open(path)?;
        Ok(prepared.map(|prepared| Box::new(prepared) as Box<dyn LogFile>))
    }
}
