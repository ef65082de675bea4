//! Length of a prepared log's bins where its metadata does not tell: by the starts of all bins and,
//! where these do not settle it, by the first times of the bubbles.

use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use super::columns::Columns;
use super::schema::{BIN_START, FIRST_TIME};
use crate::input::format::{MOST_CONCLUDED_NS, in_common};
use crate::input::formats::parquet::pages::Storage;
use crate::input::formats::parquet::types::Number;
use crate::input::formats::parquet::values::{Group, Numbers};
use crate::timeline::BIN_LADDER_NS;

/// Rows read at a time.
const PART_ROWS: usize = 1 << 14;

/// The reason why no length of a bin was found.
pub(super) enum BinFault {
    /// A page cannot be decoded.
    Damaged(ParquetError),
    /// Row of the file, from 1, and what is wrong with it.
    Row(u64, String),
    /// No length fits: the fault of the metadata that should tell it.
    Unknown(String),
}

impl From<ParquetError> for BinFault {
    fn from(error: ParquetError) -> Self {
        Self::Damaged(error)
    }
}

/// What was concluded from the rows of a log.
pub(super) struct Concluded {
    /// Length of a bin in nanoseconds.
    pub bin_ns: i64,
    /// The largest length that the starts of all bins are multiples of.
    pub starts_ns: u64,
}

/// Length of a bin: the largest that the starts of all bins are multiples of, if there
/// are several and it is a week at most. Otherwise the shortest of [`BIN_LADDER_NS`] that the starts
/// are multiples of and that holds the first time of every bubble.
///
/// # Errors
/// [`BinFault`] for a row without a time, a damaged file, and starts that fit no such length.
pub(super) fn bin_ns(storage: &Storage, metadata: &ParquetMetaData, columns: &Columns) -> Result<Concluded, BinFault> {
    let (mut common, mut first, mut several) = (0, None, false);
    let mut before = None;
    each_part(storage, metadata, [(columns.bin_start, BIN_START)], |[starts]| {
        for start in starts {
            if before != Some(*start) {
                before = Some(*start);
                several |= *first.get_or_insert(*start) != *start;
                common = in_common(common, start.unsigned_abs());
            }
        }
    })?;
    if several && common <= MOST_CONCLUDED_NS {
        return Ok(Concluded {
            bin_ns: common as i64,
            starts_ns: common,
        });
    }
    let mut longest = 0;
    let both = [(columns.bin_start, BIN_START), (columns.first_time, FIRST_TIME)];
    each_part(storage, metadata, both, |[starts, firsts]| {
        for (start, first) in starts.iter().zip(firsts) {
            // One before its bin is told when the row is read.
            longest = longest.max(i128::from(*first) - i128::from(*start));
        }
    })?;
    let fits = |bin: &&i64| common.is_multiple_of(bin.unsigned_abs()) && longest < i128::from(**bin);
    let fitting = BIN_LADDER_NS.iter().find(fits).copied();
    let concluded = fitting.map(|bin_ns| Concluded {
        bin_ns,
        starts_ns: common,
    });
    concluded.ok_or_else(|| {
        BinFault::Unknown(format!(
            "is missing, and no round length from 40 ms to 28 days has all of `{BIN_START}` as multiples and every \
             `{FIRST_TIME}` less than it after its `{BIN_START}`: write the length of a bin there in nanoseconds, \
             like 300000000000 for 5 minutes (in DuckDB by `KV_METADATA`)"
        ))
    })
}

/// Reads some columns of times side by side, and hands them on part by part.
fn each_part<const N: usize>(
    storage: &Storage,
    metadata: &ParquetMetaData,
    columns: [(Number, &str); N],
    mut take: impl FnMut([&[i64]; N]),
) -> Result<(), BinFault> {
    let mut first_row = 0;
    for metadata in metadata.row_groups() {
        let storage = storage.clone();
        let group = Group { storage, metadata };
        let mut readers = Vec::with_capacity(N);
        for (column, name) in columns {
            readers.push((Numbers::new(&group, column)?, name));
        }
        loop {
            for (reader, name) in &mut readers {
                if let Some((row, what)) = reader.next(PART_ROWS)? {
                    return Err(BinFault::Row(first_row + row as u64 + 1, format!("`{name}` {what}")));
                }
            }
            let parts: [&[i64]; N] = std::array::from_fn(|index| readers[index].0.numbers.as_slice());
            // Columns that are not equally long are told when the rows are read.
            let rows = parts.iter().map(|part| part.len()).min().unwrap_or(0);
            if rows == 0 {
                break;
            }
            take(parts);
            first_row += rows as u64;
        }
    }
    Ok(())
}
