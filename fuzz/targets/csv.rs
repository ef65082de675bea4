//! Logs as text: no row is lost from the account, and bytes that come one at a time are the same log.

use std::io::Read;

use portbloom::input::{self, Options};
use portbloom::model::Event;

use super::kind_of;

/// Reads the bytes as a log.
pub fn run(data: &[u8]) -> u64 {
    let whole = read(data, false);
    assert_eq!(whole, read(Dribble(data), false), "by the size of reads");
    let strict = read(data, true);
    let (kind, strict) = match (&whole, &strict) {
        (Ok((_, told)), Err(error)) => (told, error.as_str()),
        (Ok((_, told)), Ok(_)) => (told, ""),
        (Err(error), Err(_)) => (error, ""),
        (Err(error), Ok(_)) => panic!("read under --strict alone: {error}"),
    };
    kind_of(kind) ^ kind_of(strict).rotate_left(1)
}

/// The events of a log and all that is told of it.
fn read(bytes: impl Read + Send, strict: bool) -> Result<(Vec<Event>, String), String> {
    let mut events = Vec::new();
    let mut take = |batch: &portbloom::model::Batch<'_>| {
        assert!(!batch.events.is_empty());
        assert_eq!(batch.events.len(), batch.place_offsets.len());
        events.extend_from_slice(batch.events);
    };
    let reading =
        input::stream_from(bytes, "log", &Options { strict }, &mut take).map_err(|error| error.to_string())?;
    let left_out: u64 = reading.left_out.values().map(|left| left.rows).sum();
    assert_eq!(reading.rows, events.len() as u64 + left_out, "rows");
    let left_packets: u64 = reading.left_out.values().map(|left| left.packets).sum();
    let drawn: u64 = events.iter().map(|event| event.packets).sum();
    assert_eq!(reading.packets, drawn + left_packets, "packets");
    for event in &events {
        assert!(event.packets > 0);
        let country = &reading.names.countries[event.country as usize];
        assert!(!country.code.contains('\r'), "{country:?}");
        assert!(reading.names.hosts.len() > event.host as usize);
    }
    let kinds: Vec<_> = reading
        .left_out
        .iter()
        .map(|(reason, left)| (reason, &left.first_rows))
        .collect();
    let told = format!(
        "{:?} {kinds:?} {} {}",
        reading.warnings,
        reading.names.countries.len(),
        reading.rows
    );
    Ok((events, told))
}

/// Bytes that come in small parts of changing size.
struct Dribble<'a>(&'a [u8]);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(1 + self.0.len() % 7);
        self.0.read(&mut buffer[..most])
    }
}
