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
    measures: Vec<&'static str>,
}

impl From<About> for Entry {
    fn from(about: About) -> Self {
        Self {
            name: about.name,
            title: about.title,
            counted: about.counted,
            measures: about.measures.iter().map(|measure| measure.name()).collect(),
        }
    }
}

/// Lists them on standard output, in the order in which they are tried: as text, or as JSON.
///
/// # Errors
/// Standard output cannot be written; that its reader went away is no error.
pub fn formats(json: bool) -> anyhow::Result<()> {
    let text = if json {
        super::json_text(&input::formats().map(Entry::from).collect::<Vec<_>>())?
    } else {
        let entries = input::formats().map(Entry::from).map(|entry| {
            let Entry {
                name,
                title,
                counted,
                measures,
            } = entry;
            let measures = measures.join(", ");
            format!("{name}: {title}\n    counted: {counted}\n    measures: {measures}\n")
        });
        entries.collect()
    };
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
