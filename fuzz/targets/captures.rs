//! Captures and files of nfcapd: every packet and flow is an event or left out, and what tunnels carry makes
//! no difference to their number.

use portbloom::input::{self, Options};

use super::{file_of, kind_of};

/// Reads the bytes as a log, whatever it is.
pub fn run(data: &[u8]) -> u64 {
    let (rows, outcome) = read(data, false);
    let (rows_inner, inner) = read(data, true);
    assert_eq!(rows, rows_inner);
    kind_of(&outcome) ^ kind_of(&inner).rotate_left(1)
}

fn read(data: &[u8], inner: bool) -> (u64, String) {
    let (_file, source) = file_of(data);
    let options = Options {
        inner,
        ..Options::default()
    };
    let mut events = 0;
    let sources = std::slice::from_ref(&source);
    let reading = input::stream(sources, &options, &mut |_| {}, &mut |batch| {
        events += batch.events.len() as u64
    });
    match reading {
        Ok(reading) => {
            let left_out: u64 = reading.left_out.values().map(|left| left.rows).sum();
            assert_eq!(reading.rows, events + left_out);
            let protocols: Vec<&String> = reading.other_protocols.keys().collect();
            let first: Vec<_> = reading.left_out.values().flat_map(|left| &left.first_rows).collect();
            let first: Vec<&String> = first.iter().map(|row| &row.what).collect();
            (
                reading.rows,
                format!("{protocols:?} {first:?} {:?}", reading.warnings).replace('"', "'"),
            )
        }
        Err(error) => (0, error.to_string().replace(&source.name(), "log")),
    }
}
