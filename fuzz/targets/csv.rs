//! Logs as text: no row is lost from the account, and a log under `--strict` is the same or an error.

use portbloom::input::{self, LogPart, Options};
use portbloom::model::Event;

use super::{file_of, kind_of};

/// Reads the bytes as a log.
pub fn run(data: &[u8]) -> u64 {
    if data.starts_with(b"PAR1") {
        return 0;
    }
    let (_file, source) = file_of(data);
    let (whole, strict) = (read(&source, false), read(&source, true));
    let (kind, strict) = match (&whole, &strict) {
        (Ok((_, told)), Err(error)) => (told, error.as_str()),
        (Ok((_, told)), Ok(_)) => {
            assert_eq!(whole, strict);
            (told, "")
        }
        (Err(error), Err(_)) => (error, ""),
        (Err(error), Ok(_)) => panic!("read under --strict alone: {error}"),
    };
    kind_of(kind) ^ kind_of(strict).rotate_left(1)
}

/// The events of a log and all that is told of it.
fn read(source: &LogPart, strict: bool) -> Result<(Vec<Event>, String), String> {
    let mut events = Vec::new();
    let mut take = |batch: &portbloom::model::Batch<'_>| {
        assert!(!batch.events.is_empty());
        assert_eq!(batch.events.len(), batch.place_offsets.len());
        events.extend_from_slice(batch.events);
    };
    let sources = std::slice::from_ref(source);
    let reading = input::stream(
        sources,
        &Options {
            strict,
            ..Options::default()
        },
        &mut |_| {},
        &mut take,
    );
    let reading = reading.map_err(|error| error.to_string().replace(&source.name(), "log"))?;
    let left_out: u64 = reading.left_out.values().map(|left| left.rows).sum();
    assert_eq!(reading.rows, events.len() as u64 + left_out, "rows");
    let left_packets: u64 = reading.left_out.values().map(|left| left.packets).sum();
    let drawn: u64 = events.iter().map(|event| event.packets).sum();
    assert_eq!(reading.packets, drawn + left_packets, "packets");
    for event in &events {
        assert!(event.packets > 0);
        let country = &reading.names.sources[event.source as usize];
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
        reading.names.sources.len(),
        reading.rows
    );
    Ok((events, told))
}
