//! Raw events in Parquet, of any engine: a row a record, columns known by the same names as those of a table of
//! text. Also how Parquet is read, for prepared logs, too: nothing that a file claims is believed before it is checked.
//!
//! Source: <https://github.com/apache/parquet-format>. Times may be of any type that stands for one, INT96, numbers
//! whose size tells their unit, or texts; numbers signed or not, decimal or floating-point; addresses texts, numbers of
//! 32 bits, or 4 or 16 bytes. A nested column goes by its path, with points; lists are left alone.

mod cells;
mod cursor;
mod delta;
mod events;
pub(super) mod file;
pub(super) mod groups;
pub(super) mod guard;
pub(super) mod pages;
#[cfg(test)]
mod tests;
pub(super) mod thrift;
pub(super) mod types;
pub(super) mod values;

use std::path::Path;

use crate::input::error::InputError;
use crate::input::format::{About, FileFormat, LogFile};
use events::Events;
use file::{ENCRYPTED, MAGIC, begins_with, encrypted};

/// The format.
pub(super) struct ParquetFormat;

impl FileFormat for ParquetFormat {
    fn about(&self) -> About {
        About {
            name: "parquet",
            title: "events in Parquet, with the usual names of columns",
            counted: "each row, by its number of packets where there is one; replies as in a table of text; the host is the \
                      one named, else the destination address",
            measures: About::EVERY,
        }
    }

    fn open(&self, path: &Path) -> Result<Option<Box<dyn LogFile>>, InputError> {
        if begins_with(path, ENCRYPTED) {
            return Err(encrypted(
                &path.display().to_string(),
                "a Parquet file with an encrypted footer",
            ));
        }
        if !begins_with(path, MAGIC) {
            return Ok(None);
        }
        Ok(Some(Box::new(Events::open(path)?)))
    }
}
