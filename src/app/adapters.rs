//! `portbloom adapters`: the graphics adapters of this machine, and how to choose one.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::gpu::{self, AdapterReport};

/// An adapter in the JSON of `--json`.
#[derive(Serialize)]
struct Entry<'a> {
    index: usize,
    name: &'a str,
    api: &'a str,
    kind: &'a str,
    driver: &'a str,
    largest_side_px: u32,
    largest_buffer_bytes: u64,
    features: &'a [&'static str],
}

/// Lists them on standard output: as a table, or as JSON.
///
/// # Errors
/// Standard output cannot be written; that its reader went away is no error.
pub fn adapters(json: bool) -> anyhow::Result<()> {
    let found = gpu::adapters();
    let text = if json {
        super::json_text(&found.iter().map(entry).collect::<Vec<_>>())?
    } else if found.is_empty() {
        format!("{}; the CPU draws without any\n", gpu::GpuError::NoAdapter)
    } else {
        found.iter().map(line).collect()
    };
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn entry(adapter: &AdapterReport) -> Entry<'_> {
    Entry {
        index: adapter.index,
        name: &adapter.name,
        api: adapter.api,
        kind: adapter.kind,
        driver: &adapter.driver,
        largest_side_px: adapter.largest_side_px,
        largest_buffer_bytes: adapter.largest_buffer_bytes,
        features: &adapter.features,
    }
}

fn line(adapter: &AdapterReport) -> String {
    let AdapterReport {
        index,
        name,
        api,
        kind,
        driver,
        largest_side_px,
        largest_buffer_bytes,
        features,
    } = adapter;
    let features = if features.is_empty() {
        "none of the optional features".to_owned()
    } else {
        features.join(", ")
    };
    let buffer_mib = largest_buffer_bytes >> 20;
    format!(
        "{index}: {name}, {api}, {kind}, driver {driver}; pictures up to {largest_side_px} pixels a side, buffers up to {buffer_mib} MiB; {features}\n"
    )
}
