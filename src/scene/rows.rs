//! The rows of the middle column: which sources have one, and in which order.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::colors::{self, Rgba, Theme};
use crate::log::Log;
use crate::model::{Source, UNKNOWN_SOURCE};
use crate::words;

/// A row of the middle column: a source, or those that are pooled.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceRow {
    /// The source's code; `Other` and `Unknown` for those two.
    pub code: String,
    /// The name as people say it.
    pub name: String,
    /// Its colour.
    pub color: Rgba,
    /// Middle of the row in pixels.
    pub y_px: f32,
}

/// The top sources, the busiest in the middle, `Other` at the bottom; and each source's row. They are those of `log`,
/// which has the sources of what is shown: `sends` tells which of them that has.
/// Rows without a source count as a source. Equal counts are ordered by code.
pub(super) fn rows(log: &Log, sends: impl Fn(usize) -> bool, most: usize, theme: Theme) -> (Vec<SourceRow>, Vec<u32>) {
    let sources = &log.names.sources;
    let mut ranked: Vec<usize> = (0..sources.len())
        .filter(|index| log.source_packets[*index] > 0)
        .collect();
    ranked.sort_unstable_by_key(|index| (Reverse(log.source_packets[*index]), &sources[*index].code));
    let strange = (0..sources.len()).any(|index| sends(index) && log.source_packets[index] == 0);
    let pooled = ranked.len() > most || strange;
    ranked.truncate(most);
    // From the middle outwards, above and below in turn: 5 3 1 0 2 4.
    let (above, below): (Vec<_>, Vec<_>) = ranked.iter().enumerate().partition(|(rank, _)| rank % 2 == 1);
    let order = above.iter().rev().chain(&below).map(|(_, index)| **index);

    // By their codes and not by their packets, so that films of the same sources have the same colours.
    let mut codes: Vec<&str> = ranked.iter().map(|index| sources[*index].code.as_str()).collect();
    codes.sort_unstable_by_key(|code| colors::rank(code));
    let colors: BTreeMap<&str, Rgba> = codes.iter().copied().zip(colors::sources(&codes, theme)).collect();
    let mut rows = Vec::with_capacity(ranked.len() + 1);
    let mut row_of_source = vec![ranked.len() as u32; sources.len()];
    for index in order {
        row_of_source[index] = rows.len() as u32;
        let color = if index as u32 == UNKNOWN_SOURCE {
            theme.palette().unknown
        } else {
            colors[sources[index].code.as_str()]
        };
        rows.push(row(&sources[index], color));
    }
    if pooled {
        rows.push(SourceRow {
            code: words::OTHER.to_owned(),
            name: words::OTHER.to_owned(),
            color: theme.palette().other,
            y_px: 0.0,
        });
    }
    (rows, row_of_source)
}

fn row(source: &Source, color: Rgba) -> SourceRow {
    SourceRow {
        code: source.code.clone(),
        name: words::spoken_name(source).to_owned(),
        color,
        y_px: 0.0,
    }
}
