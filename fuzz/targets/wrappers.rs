//! Compressed logs: damaged ones are refused or read as far as they are whole, and padding changes nothing.

use std::io::Write as _;

use portbloom::input::{self, Options};

use super::{file_of, kind_of};

/// Reads the bytes as they are, and as the content of compressed data.
pub fn run(data: &[u8]) -> u64 {
    let mut kind = kind_of(&told(data));
    let plain = told(data);
    let magics: [&[u8]; 3] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"];
    let skippable = data.get(1..4) == Some(b"\x2a\x4d\x18");
    // Compressed twice is refused, as is a compressed prepared log: those differ.
    if !skippable && !magics.iter().any(|magic| data.starts_with(magic)) {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(data).expect("memory takes bytes");
        let gzip = gzip.finish().expect("memory takes bytes");
        let zstd = zstd::encode_all(data, 1).expect("memory takes bytes");
        assert_eq!(plain, told(&gzip), "as gzip");
        assert_eq!(plain, told(&zstd), "as zstd");
        let padded = [&gzip[..], &[0; 700]].concat();
        assert_eq!(plain, told(&padded), "as gzip with zeros behind");
        let skippable = [&b"\x50\x2a\x4d\x18\x02\0\0\0ab"[..], &zstd].concat();
        assert_eq!(plain, told(&skippable), "as zstd behind a skippable frame");
        kind ^= 1;
    }
    kind
}

fn told(bytes: &[u8]) -> String {
    let mut events = 0;
    let (_file, source) = file_of(bytes);
    let sources = std::slice::from_ref(&source);
    let reading = input::stream(sources, &Options::default(), &mut |_| {}, &mut |batch| {
        events += batch.events.len()
    });
    match reading {
        Ok(reading) => format!(
            "{events} {} {:?} {:?}",
            reading.rows, reading.warnings, reading.left_out
        ),
        Err(error) => error.to_string().replace(&source.name(), "log"),
    }
}
