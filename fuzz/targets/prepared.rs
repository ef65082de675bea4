//! Prepared logs: damaged ones are refused, and of those that are read everything adds up.

use std::cell::OnceCell;

use portbloom::input::{self, LogPart, Options};
use portbloom::model::MOST_PACKETS;
use tempfile::TempDir;

use super::kind_of;

thread_local! {
    static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
}

/// Reads the bytes as a file, twice.
pub fn run(data: &[u8]) -> u64 {
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| tempfile::tempdir().expect("a temporary folder"));
        let path = folder.path().join("log.bloom");
        std::fs::write(&path, data).expect("the temporary folder takes files");
        let told = told(LogPart::File(path.clone()));
        assert_eq!(told, self::told(LogPart::File(path)), "the second time");
        kind_of(&told)
    })
}

fn told(source: LogPart) -> String {
    let (mut events, mut packets) = (0, 0);
    let reading = input::stream(&[source], &Options::default(), &mut |_| {}, &mut |batch| {
        events += batch.events.len();
        packets += batch.events.iter().map(|event| event.packets).sum::<u64>();
    });
    match reading {
        Ok(reading) => {
            let left: u64 = reading.left_out.values().map(|left| left.packets).sum();
            assert!(packets <= MOST_PACKETS && left + packets == reading.packets);
            format!("{events} {} {:?}", reading.rows, reading.left_out.keys())
        }
        Err(error) => error.to_string(),
    }
}
