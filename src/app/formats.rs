//! `portbloom formats`: the formats of logs that can be read.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::input::{self, About};

/// A format in the JSON of `--json`.
#[derive(Serialize)]
struct Entry {
    name: &'static str,
    title: &'static str,
    counted: &'static str,
}

/// Lists them on standard output, in the order in which they are tried: as text, or as JSON.
///
/// # Errors
/// Standard output cannot be written; that its reader went away is no error.
pub fn formats(json: bool) -> anyhow::Result<()> {
    let text = if json {
        let entries = input::formats().map(|About { name, title, counted }| Entry { name, title, counted });
        super::json_text(&entries.collect::<Vec<_>>())?
    } else {
        let entries = input::formats();
        let entries =
            entries.map(|About { name, title, counted }| format!("{name}: {title}\n    counted: {counted}\n"));
        entries.collect()
    };
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
