//! Bars and histograms as SVG.

use std::fmt::Write as _;

use super::escape::text;

/// Units of a histogram's height, and of a column's width.
const HEIGHT: f64 = 100.0;
const COLUMN: usize = 4;

/// Traffic over time.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// The amount of each column.
    pub columns: Vec<u64>,
    /// When the first begins, and the last ends.
    pub ends: [String; 2],
    /// What it shows: `Packets in 3 hours`.
    pub title: String,
    /// The highest amount, as text.
    pub most: String,
}

/// A bar whose length is the square root of an amount, as in the film.
pub fn bar(amount: u64, most: u64) -> String {
    let share = (amount as f64 / most.max(1) as f64).sqrt() * 100.0;
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect width=\"{share:.1}\" height=\"10\"/></svg>"
    )
}

/// Traffic over time, by the square root.
pub fn histogram(histogram: &Histogram) -> String {
    let most = histogram.columns.iter().copied().max().unwrap_or(0).max(1);
    let mut path = String::new();
    for (column, amount) in histogram.columns.iter().enumerate().filter(|(_, amount)| **amount > 0) {
        let height = ((*amount as f64 / most as f64).sqrt() * HEIGHT).max(1.0);
        // Writing to a `String` never fails.
        let _ = write!(
            path,
            "M{} {HEIGHT}v-{height:.1}h{}v{height:.1}z",
            column * COLUMN,
            COLUMN - 1
        );
    }
    format!(
        "<figure class=\"histogram\">\n<svg viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{title}, from {from} to {to}; at most {top}\"><path d=\"{path}\"/></svg>\n\
         <figcaption><span>{from}</span><span>{title}, by their square root; at most {top}</span><span>{to}</span></figcaption>\n</figure>\n",
        histogram.columns.len() * COLUMN,
        title = text(&histogram.title),
        top = text(&histogram.most),
        from = text(&histogram.ends[0]),
        to = text(&histogram.ends[1]),
    )
}
