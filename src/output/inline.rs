//! Bytes as text: base64, for files within files.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;

use base64::engine::general_purpose::STANDARD;
use base64::prelude::Engine as _;
use base64::write::EncoderWriter;

use super::OutputError;
use super::whole_file::{WholeFile, write_error};

/// Some bytes.
#[must_use]
pub fn in_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Writes a file within another.
///
/// # Errors
/// One of them could not be read or written.
pub fn copy(from: &Path, to: &mut WholeFile) -> Result<(), OutputError> {
    let path = to.path().to_path_buf();
    let mut copied = || -> io::Result<()> {
        let mut file = BufReader::with_capacity(1 << 16, File::open(from)?);
        let mut encoder = EncoderWriter::new(to.writer(), &STANDARD);
        io::copy(&mut file, &mut encoder)?;
        encoder.finish()?.flush()
    };
    copied().map_err(|error| write_error(&path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_within_another_is_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["a", "b"].map(|name| folder.path().join(name));
        for length in [0_usize, 1, 2, 3, 100_000] {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 7) as u8).collect();
            std::fs::write(&from, &bytes).unwrap();
            let mut file = WholeFile::create(&to, true).unwrap();
            file.write(b"<").unwrap();
            copy(&from, &mut file).unwrap();
            file.write(b">").unwrap();
            file.finish().unwrap();
            let text = std::fs::read_to_string(&to).unwrap();
            assert_eq!(text, format!("<{}>", in_base64(&bytes)));
            assert_eq!(STANDARD.decode(&text[1..text.len() - 1]).unwrap(), bytes);
        }
    }
}
