//! Archives of logs: the files in a tar archive, one after the other. Knows no log.
//!
//! The archive is unpacked by a thread of its own, since the `tar` crate's files cannot be handed to others.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Number of bytes of a header, by which an archive is told.
pub(super) const HEADER_BYTES: usize = 512;

/// Number of bytes that are handed over at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// Whether bytes begin like a tar archive: with `ustar` where POSIX has it (IEEE Std 1003.1, pax, "ustar
/// Interchange Format"), and with a checksum that is right.
pub(super) fn is_archive(head: &[u8]) -> bool {
    let Some(header) = head.get(..HEADER_BYTES) else {
        return false;
    };
    // The checksum is that of the header with blanks in its own place.
    let bytes = header.iter().enumerate();
    let sum: u32 = bytes
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
        .sum();
    let digits = header[148..156].iter().filter(|byte| byte.is_ascii_digit());
    let told = digits.fold(0_u32, |number, digit| {
        number.wrapping_mul(8).wrapping_add(u32::from(digit - b'0'))
    });
    &header[257..262] == b"ustar" && sum == told
}

/// A tar archive. It reads as the file that [`Archive::next`] named last.
pub(super) struct Archive {
    messages: Receiver<Message>,
    chunk: io::Cursor<Vec<u8>>,
    /// The message that ended the file.
    stashed: Option<Message>,
}

enum Message {
    /// A file begins, of this name.
    File(String),
    /// Bytes of it.
    Bytes(Vec<u8>),
    /// The archive cannot be read on.
    Failed(io::Error),
}

impl Archive {
    /// Begins to unpack an archive.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn new(bytes: impl Read + Send + 'static) -> io::Result<Self> {
        let (send, messages) = sync_channel(2);
        thread::Builder::new().name("archive".to_owned()).spawn(move || {
            if let Err(error) = unpack(bytes, &send) {
                // Nobody waits any more.
                let _ = send.send(Message::Failed(error));
            }
        })?;
        Ok(Self {
            messages,
            chunk: io::Cursor::default(),
            stashed: None,
        })
    }

    /// The name of the file that comes next; `None` at the end.
    ///
    /// # Errors
    /// The archive is damaged, or cannot be read on.
    pub fn next(&mut self) -> io::Result<Option<String>> {
        io::copy(self, &mut io::sink())?;
        match self.stashed.take() {
            Some(Message::File(name)) => Ok(Some(name)),
            _ => Ok(None),
        }
    }
}

impl Read for Archive {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.chunk.read(buffer)?;
            if length > 0 || buffer.is_empty() || self.stashed.is_some() {
                return Ok(length);
            }
            match self.messages.recv() {
                Ok(Message::Bytes(bytes)) => self.chunk = io::Cursor::new(bytes),
                Ok(Message::Failed(error)) => return Err(error),
                Ok(file @ Message::File(_)) => self.stashed = Some(file),
                Err(_) => return Ok(0),
            }
        }
    }
}

/// Sends all files of an archive, until nobody takes them.
fn unpack(bytes: impl Read, send: &SyncSender<Message>) -> io::Result<()> {
    let mut archive = tar::Archive::new(bytes);
    for entry in archive.entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if send.send(Message::File(name)).is_err() {
            return Ok(());
        }
        loop {
            let mut bytes = Vec::with_capacity(CHUNK_BYTES);
            (&mut entry).take(CHUNK_BYTES as u64).read_to_end(&mut bytes)?;
            if bytes.is_empty() {
                break;
            }
            if send.send(Message::Bytes(bytes)).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn files_come_in_their_order() {
        let long = "x".repeat(3 * CHUNK_BYTES);
        let bytes = archive(&[
            ("a.csv", b"one"),
            ("b/c.csv", long.as_bytes()),
            ("empty", b""),
            ("d", b"two"),
        ]);
        assert!(is_archive(&bytes));
        let mut archive = Archive::new(io::Cursor::new(bytes)).unwrap();
        let mut found = Vec::new();
        while let Some(name) = archive.next().unwrap() {
            let mut text = String::new();
            // One is not read to its end.
            if name != "b/c.csv" {
                archive.read_to_string(&mut text).unwrap();
            }
            found.push((name, text));
        }
        let expected = [("a.csv", "one"), ("b/c.csv", ""), ("empty", ""), ("d", "two")];
        assert_eq!(found, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn what_is_no_archive_is_told_from_one() {
        let bytes = archive(&[("a.csv", b"one")]);
        for at in [0, 100, 150, 257] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(!is_archive(&damaged), "{at}");
        }
        assert!(!is_archive(&bytes[..500]) && !is_archive(&[0; 512]));
    }

    #[test]
    fn an_archive_that_ends_early_is_an_error() {
        let bytes = archive(&[("a.csv", &[b'x'; 5000])]);
        let mut archive = Archive::new(io::Cursor::new(bytes[..2000].to_vec())).unwrap();
        assert_eq!(archive.next().unwrap().as_deref(), Some("a.csv"));
        assert!(archive.next().is_err());
    }
}
