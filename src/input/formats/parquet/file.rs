//! A Parquet file on disk: its magic number, and its footer. Knows no column.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::pages::general;
use super::{guard, thrift};
use crate::input::error::InputError;

/// First and last bytes of a Parquet file ("File Format", apache/parquet-format).
pub(in crate::input::formats) const MAGIC: &[u8; 4] = b"PAR1";

/// The same of one whose footer is encrypted.
pub(super) const ENCRYPTED: &[u8; 4] = b"PARE";

/// Bytes behind a footer: its length, and the magic number.
pub(in crate::input::formats) const TAIL_BYTES: u64 = 8;

/// Whether a file begins with these bytes; one that cannot be read is left to others.
pub(in crate::input::formats) fn begins_with(path: &Path, magic: &[u8; 4]) -> bool {
    let mut head = [0; 4];
    // A pipe would lose what is read of it here.
    path.is_file() && File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok()) && head == *magic
}

/// Opens a file; returns its length, too.
///
/// # Errors
/// [`InputError::Open`].
pub(in crate::input::formats) fn open(path: &Path, name: &str) -> Result<(File, u64), InputError> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (length, file) = opened.map_err(|error| InputError::Open {
        name: name.to_owned(),
        error,
    })?;
    Ok((file, length))
}

/// A file whose footer was read.
pub(in crate::input::formats) struct Opened {
    pub file: File,
    pub length: u64,
    /// The bytes of the footer, and what they claim.
    pub footer: Bytes,
    pub claims: thrift::Footer,
    pub metadata: ParquetMetaData,
}

impl Opened {
    /// Opens a file, and reads its footer after a look at what it claims.
    ///
    /// # Errors
    /// The file cannot be read, is damaged or encrypted.
    pub fn new(path: &Path, name: &str) -> Result<Self, InputError> {
        let (file, length) = open(path, name)?;
        let damaged = |error: ParquetError| damaged(name, &error);
        let footer = footer(&file, length).map_err(damaged)?;
        let claims = thrift::footer(&footer).ok_or_else(|| damaged(general("its footer is not readable")))?;
        if claims.encrypted {
            return Err(encrypted(name, "a Parquet file with encrypted columns"));
        }
        Ok(Self {
            metadata: metadata(&footer).map_err(damaged)?,
            file,
            length,
            footer,
            claims,
        })
    }
}

/// The error of a file that is encrypted.
pub(super) fn encrypted(name: &str, what: &'static str) -> InputError {
    InputError::NotText {
        name: name.to_owned(),
        what,
        remedy: "export it without encryption",
    }
}

/// The bytes of a file's footer, which its last bytes tell the length of.
fn footer(mut file: &File, length: u64) -> Result<Bytes, ParquetError> {
    let early = || general("it ends early");
    let end = length.checked_sub(TAIL_BYTES).ok_or_else(early)?;
    let mut tail = [0; 8];
    file.seek(SeekFrom::Start(end))?;
    file.read_exact(&mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    if magic != *MAGIC {
        return Err(early());
    }
    let length = u32::from_le_bytes([a, b, c, d]);
    let start = end.checked_sub(u64::from(length)).ok_or_else(early)?;
    let mut bytes = vec![0; length as usize];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes.into())
}

/// What a footer says.
fn metadata(footer: &Bytes) -> Result<ParquetMetaData, ParquetError> {
    let metadata = guard::decode(|| ParquetMetaDataReader::decode_metadata(footer))?;
    let rows = metadata.row_groups().iter().map(|group| group.num_rows());
    let all = metadata.file_metadata().num_rows();
    if rows.clone().any(|rows| rows < 0) || rows.clone().try_fold(0, i64::checked_add) != Some(all) {
        return Err(general("its row groups do not have all of its rows"));
    }
    Ok(metadata)
}

/// The error of a file that is damaged, or compressed in an unknown way.
pub(super) fn damaged(name: &str, error: &ParquetError) -> InputError {
    let name = name.to_owned();
    if is_codec(error) {
        return InputError::ParquetCodec { name };
    }
    InputError::ParquetDamaged {
        name,
        what: reason(error),
    }
}

/// The words of an error of the `parquet` crate, for a message.
pub(in crate::input::formats) fn reason(error: &ParquetError) -> String {
    error.to_string().replace(|letter: char| letter.is_control(), " ")
}

/// Whether an error is that of a compression that the crate was built without.
pub(in crate::input::formats) fn is_codec(error: &ParquetError) -> bool {
    matches!(error, ParquetError::General(what) if what.contains("Disabled feature at compile time"))
}
