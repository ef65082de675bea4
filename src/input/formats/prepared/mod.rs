//! Prepared logs: the bubbles of a log as Parquet, one row a bubble, for portbloom and for any engine
//! that reads or writes Parquet. Owns the schema and what is kept beside the rows; the only home of
//! the `parquet` crate. Knows no picture.
//!
//! | column | type | is |
//! | --- | --- | --- |
//! | `bin_start` | `TIMESTAMP` (UTC) | start of the bin, a multiple of its length since 1970 |
//! | `first_time` | `TIMESTAMP` (UTC) | time of the bubble's first packet, in the bin |
//! | `country` | `STRING`, may be null | ISO code of the source, or its name; null where it is not known |
//! | `protocol` | `INT32` or `STRING` | 6 or `TCP`, 17 or `UDP` |
//! | `port` | `INT32` | destination port |
//! | `packets` | `INT64` | packets, at least 1 |
//! | `host` | `STRING`, may be null or missing | receiving host; null where there were several |
//!
//! The file's metadata may hold `portbloom.bin_ns`, the length of a bin, and `portbloom.account`
//! ([`Account`] as JSON). Both may be missing: a bin is then the largest that all starts are
//! multiples of.

mod columns;
mod read;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use std::path::Path;

use read::{Prepared, is_prepared};
pub use write::{Row, write};

use crate::input::error::InputError;
use crate::input::format::{FileFormat, LogFile};

use crate::model::{LeftOut, LeftOutRow, Names, Place, PlaceUnit, Reading, Reason};

const BIN_START: &str = "bin_start";
const FIRST_TIME: &str = "first_time";
const COUNTRY: &str = "country";
const PROTOCOL: &str = "protocol";
const PORT: &str = "port";
const PACKETS: &str = "packets";
const HOST: &str = "host";

/// Metadata key of the length of a bin in nanoseconds.
const BIN_KEY: &str = "portbloom.bin_ns";
/// Metadata key of the [`Account`].
const ACCOUNT_KEY: &str = "portbloom.account";

/// What is known of the log that was prepared, beside its bubbles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// What the log was called.
    source: String,
    /// The files it was read from.
    files: Vec<String>,
    /// Rows and packets read.
    rows: u64,
    packets: u64,
    /// Rows left out, by the key of the reason.
    left_out: BTreeMap<String, LeftOutAccount>,
    /// Rows of other protocols, by their name.
    other_protocols: BTreeMap<String, u64>,
    /// Codes and names of countries, by code; hosts by name.
    countries: Vec<(String, String)>,
    hosts: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct LeftOutAccount {
    rows: u64,
    packets: u64,
    first_lines: Vec<LineAccount>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct LineAccount {
    file: u32,
    line: u64,
    /// What `line` counts, where that is no lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    what: String,
}

impl Account {
    /// The account of a log that was read, without its countries and hosts.
    #[must_use]
    pub fn new(reading: &Reading) -> Self {
        let left_out = |left: &LeftOut| LeftOutAccount {
            rows: left.rows,
            packets: left.packets,
            first_lines: left
                .first_rows
                .iter()
                .map(|row| LineAccount {
                    file: row.file,
                    line: row.place.number,
                    unit: Some(row.place.unit.name().to_owned()).filter(|unit| unit != PlaceUnit::Line.name()),
                    what: row.what.clone(),
                })
                .collect(),
        };
        Self {
            source: reading.source.clone(),
            files: reading.files.clone(),
            rows: reading.rows,
            packets: reading.packets,
            left_out: reading
                .left_out
                .iter()
                .map(|(reason, left)| (reason.key().to_owned(), left_out(left)))
                .collect(),
            other_protocols: reading.other_protocols.clone(),
            countries: Vec::new(),
            hosts: Vec::new(),
        }
    }

    /// The same with countries and hosts.
    #[must_use]
    pub fn with_names(self, names: &Names) -> Self {
        // The first country is `Unknown` in every log.
        let countries = names.countries.iter().skip(1);
        let countries = countries.map(|country| (country.code.clone(), country.name.clone()));
        Self {
            countries: countries.collect(),
            hosts: names.hosts.clone(),
            ..self
        }
    }

    /// What was left out; its lines are of files from `first_file` on.
    fn left_out(&self, reason: Reason, first_file: u32) -> Option<LeftOut> {
        let left = self.left_out.get(reason.key())?;
        let lines = left.first_lines.iter().take(LeftOut::FIRST_ROWS);
        Some(LeftOut {
            rows: left.rows,
            packets: left.packets,
            first_rows: lines
                .map(|line| LeftOutRow {
                    // A number that a file says need not be one of its files.
                    file: first_file + line.file.min((self.files.len() as u32).saturating_sub(1)),
                    place: Place {
                        unit: PlaceUnit::of(line.unit.as_deref()),
                        number: line.line,
                    },
                    what: line.what.clone(),
                })
                .collect(),
        })
    }
}

/// The format.
pub(in crate::input) struct PreparedFormat;

impl FileFormat for PreparedFormat {
    fn open(&self, path: &Path) -> Result<Option<Box<dyn LogFile>>, InputError> {
        if !is_prepared(path) {
            return Ok(None);
        }
        Ok(Some(Box::new(Prepared::open(path)?)))
    }
}
