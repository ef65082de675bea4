//! The rows of the middle column: which countries have one, and in which order.

use std::cmp::Reverse;

use super::colors::{self, Rgba, Theme};
use crate::log::Log;
use crate::model::{Country, UNKNOWN_COUNTRY};
use crate::words;

/// A row of the middle column: a country, or those that are pooled.
#[derive(Clone, Debug, PartialEq)]
pub struct CountryRow {
    /// The country's code; `Other` and `Unknown` for those two.
    pub code: String,
    /// The name as people say it.
    pub name: String,
    /// Its colour.
    pub color: Rgba,
    /// Middle of the row in pixels.
    pub y_px: f32,
}

/// The top countries, the busiest in the middle, `Other` at the bottom; and each country's row.
/// Rows without a country count as a country. Equal counts are ordered by code.
pub(super) fn rows(log: &Log, most: usize, theme: Theme) -> (Vec<CountryRow>, Vec<u32>) {
    let countries = &log.names.countries;
    let mut ranked: Vec<usize> = (0..countries.len())
        .filter(|index| log.country_packets[*index] > 0)
        .collect();
    ranked.sort_unstable_by_key(|index| (Reverse(log.country_packets[*index]), &countries[*index].code));
    let pooled = ranked.len() > most;
    ranked.truncate(most);
    // From the middle outwards, above and below in turn: 5 3 1 0 2 4.
    let (above, below): (Vec<_>, Vec<_>) = ranked.iter().enumerate().partition(|(rank, _)| rank % 2 == 1);
    let order = above.iter().rev().chain(&below).map(|(_, index)| **index);

    let mut rows = Vec::with_capacity(ranked.len() + 1);
    let mut row_of_country = vec![ranked.len() as u32; countries.len()];
    for index in order {
        row_of_country[index] = rows.len() as u32;
        rows.push(row(index as u32, &countries[index], theme));
    }
    if pooled {
        rows.push(CountryRow {
            code: words::OTHER.to_owned(),
            name: words::OTHER.to_owned(),
            color: theme.palette().other,
            y_px: 0.0,
        });
    }
    (rows, row_of_country)
}

fn row(index: u32, country: &Country, theme: Theme) -> CountryRow {
    let color = if index == UNKNOWN_COUNTRY {
        theme.palette().unknown
    } else {
        colors::country(&country.code, theme)
    };
    CountryRow {
        code: country.code.clone(),
        name: words::spoken_name(country).to_owned(),
        color,
        y_px: 0.0,
    }
}
