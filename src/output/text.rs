//! Text to a file, plain or compressed by its ending, or to standard output.
//! Owns the compressors; must not know what the text says.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;

use super::OutputError;
use super::whole_file::{WholeFile, write_error};

/// Bytes gathered before they go to the system.
const BUFFER_BYTES: usize = 1 << 20;

/// The destination of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextTarget {
    /// A file, gzipped where it ends in `.gz`, by zstd where it ends in `.zst`, and whether it may
    /// replace one; or a pipe or a device.
    File(PathBuf, bool),
    /// Standard output; a reader that goes away ends the text without an error.
    Stdout,
}

impl TextTarget {
    /// Its name in messages.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path, _) => path.display().to_string(),
            Self::Stdout => "standard output".to_owned(),
        }
    }
}

/// Writes the text that `produce` produces, and gives the file its name when it is whole; where
/// `produce` returns false, the file is thrown away. Returns the length of the file in bytes, or
/// `None` for standard output and for a file that was thrown away.
///
/// # Errors
/// Those of [`WholeFile`]; an error of the writer that `produce` returns becomes one of them.
pub fn write_text(
    target: &TextTarget,
    produce: impl FnOnce(&mut dyn Write) -> io::Result<bool>,
) -> Result<Option<u64>, OutputError> {
    let (path, force) = match target {
        TextTarget::Stdout => {
            let mut stdout = BufWriter::with_capacity(BUFFER_BYTES, io::stdout());
            let written = produce(&mut stdout).and_then(|_| stdout.flush());
            return match written {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
                Err(error) => Err(write_error(Path::new("standard output"), error)),
                Ok(()) => Ok(None),
            };
        }
        TextTarget::File(path, force) => (path, *force),
    };
    let mut file = WholeFile::create(path, force)?;
    let writer = file.writer();
    let written = match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => {
            // The fastest level: a log of a hundred million rows waits for this thread. Measured: a
            // made-up log shrinks to a fifth of its size at 300 MB a second.
            let mut encoder = GzEncoder::new(writer, flate2::Compression::fast());
            produce(&mut encoder).and_then(|whole| encoder.finish().map(|_| whole))
        }
        Some("zst") => zstd::Encoder::new(writer, zstd::DEFAULT_COMPRESSION_LEVEL)
            .and_then(|mut encoder| produce(&mut encoder).and_then(|whole| encoder.finish().map(|_| whole))),
        _ => produce(writer),
    };
    match written {
        // Of a pipe: no file gives this error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Err(error) => Err(write_error(path, error)),
        Ok(false) => Ok(None),
        Ok(true) => file.finish().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::names_in;
    use std::io::Read as _;

    #[test]
    fn a_text_comes_back_from_every_kind_of_file() {
        let folder = tempfile::tempdir().unwrap();
        let text = "datetime,proto,dpt\n".repeat(100_000);
        for name in ["log.csv", "log.csv.gz", "log.csv.zst"] {
            let path = folder.path().join(name);
            let target = TextTarget::File(path.clone(), false);
            let bytes = write_text(&target, |writer| writer.write_all(text.as_bytes()).map(|()| true)).unwrap();
            let file = std::fs::read(&path).unwrap();
            assert_eq!(bytes, Some(file.len() as u64));
            let mut back = String::new();
            match name {
                "log.csv" => back = String::from_utf8(file).unwrap(),
                "log.csv.gz" => drop(
                    flate2::read::GzDecoder::new(&file[..])
                        .read_to_string(&mut back)
                        .unwrap(),
                ),
                _ => drop(
                    zstd::Decoder::new(&file[..])
                        .unwrap()
                        .read_to_string(&mut back)
                        .unwrap(),
                ),
            }
            assert!(back == text, "{name}");
            assert!(
                name == "log.csv" || bytes < Some(text.len() as u64 / 10),
                "{name}: {bytes:?}"
            );
        }
    }

    #[test]
    fn what_is_thrown_away_or_fails_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = TextTarget::File(folder.path().join("log.csv.gz"), false);
        assert_eq!(
            write_text(&target, |writer| writer.write_all(b"half").map(|()| false)).unwrap(),
            None
        );
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let error = write_text(&target, |_| Err(full())).unwrap_err();
        assert!(matches!(error, OutputError::NoRoom { .. }), "{error}");
        assert!(names_in(folder.path()).is_empty());
    }
}
