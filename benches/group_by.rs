//! Reads a log into bubbles, and prints rows a second and the largest memory use, for `compare/group_by.sh`.
//! `cargo bench --bench group_by -- LOG.csv [BIN_SECS]`. Without a log it measures nothing.
#![expect(clippy::unwrap_used, reason = "a bench that cannot run should say so loudly")]

use std::path::PathBuf;
use std::time::Instant;

use portbloom::input::{self, LogPart, Options};
use portbloom::log::{Grouping, LogBuilder};
use portbloom::timeline::{NS, TimeSpec};

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let Some(path) = arguments.first() else {
        println!("group_by: no log was named");
        return;
    };
    let bin_secs: Option<i64> = arguments.get(1).map(|secs| secs.parse().unwrap());
    let sources = LogPart::from_arguments(&[PathBuf::from(path)]).unwrap();

    let start = Instant::now();
    let mut log = LogBuilder::new(
        TimeSpec {
            bin_ns: bin_secs.map(|secs| secs * NS),
            ..TimeSpec::default()
        },
        Grouping::Ports,
    );
    let reading = input::stream(&sources, &Options::default(), &mut |_| {}, &mut |batch| log.add(batch)).unwrap();
    let rows = reading.rows;
    let read_secs = start.elapsed().as_secs_f64();
    let log = log.finish(reading).unwrap();
    let secs = start.elapsed().as_secs_f64();
    println!(
        "portbloom: {rows} rows, {} bubbles, {secs:.2} s ({read_secs:.2} s reading), {:.2} million rows a second, {} MB at most",
        log.bubbles.len(),
        rows as f64 / secs / 1e6,
        peak_mb().map_or("?".to_owned(), |mb| mb.to_string())
    );
}

/// The most memory that this process had, by Linux.
fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kb: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1000)
}
