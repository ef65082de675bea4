//! Files that are no log, told by their first bytes, and the remedy for each.

use super::unpack::{GZIP_MAGIC, ZSTD_MAGIC};

const DECOMPRESS: &str = "decompress it first, to a file or into standard input";
const PARQUET: &str = if cfg!(feature = "prepared") {
    "give it as a file of its own, not compressed again nor by standard input"
} else {
    "this portbloom was built without the feature `prepared`"
};
const CAPTURE: &str = "convert it with Wireshark's `editcap -F pcap` and give that";

/// Text of UTF-16 is read where a byte order mark tells it.
const UTF16: (&str, &str) = ("UTF-16 text without a byte order mark", "save it as UTF-8");

/// Number of bytes that a guess is made by.
const HEAD_BYTES: usize = 8192;

/// First bytes of files that people may well hand over, their kind, and the remedy.
const BINARIES: [(&[u8], &str, &str); 8] = [
    (b"PAR1", "a Parquet file", PARQUET),
    (&GZIP_MAGIC, "gzip data within compressed data", DECOMPRESS),
    (&ZSTD_MAGIC, "zstd data within compressed data", DECOMPRESS),
    (b"\xfd7zXZ\0", "xz data within compressed data", DECOMPRESS),
    (b"BZh9", "bzip2 data within compressed data", DECOMPRESS),
    (
        b"PK\x03\x04",
        "a zip archive or a spreadsheet",
        "unpack it, or save the sheet as CSV",
    ),
    (b"snoop\0", "a packet capture by snoop", CAPTURE),
    (b"GMBU", "a packet capture by Network Monitor", CAPTURE),
];

/// The kind of a file that is known to be no log, and the remedy.
pub(super) fn recognise(head: &[u8]) -> Option<(&'static str, &'static str)> {
    BINARIES
        .iter()
        .find(|(magic, ..)| head.starts_with(magic))
        .map(|&(_, what, remedy)| (what, remedy))
}

/// The likely kind of a file that no format takes, and the remedy; none where it is text.
pub(super) fn guess(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let head = &head[..head.len().min(HEAD_BYTES)];
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let [even, odd] = [zeros(0), zeros(1)];
    match even + odd {
        0 => None,
        // Letters of Latin texts have a zero each.
        _ if even.max(odd) > head.len() / 3 && even.min(odd) < head.len() / 16 => Some(UTF16),
        _ => Some(("binary data", "check that this is the log you mean")),
    }
}
