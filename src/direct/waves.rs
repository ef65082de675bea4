//! Where a number of different things, cell by cell, is far above what is usual: **waves**. Looked for in windows of four
//! lengths, since what is slow shows in long ones alone. Knows neither ports nor sources.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::counting::{Few, Lossy, Series, Union, Usual, dense_part};

/// Windows in a film of a month by default: bins of five minutes, half a second, a second and three seconds of film.
const WINDOWS: [i64; 4] = [8064, 672, 323, 112];
/// How far above the usual a wave begins, in terms of [`Usual::above`], and how far it goes on.
pub(super) const BEGINS: f64 = 6.0;
const GOES_ON: f64 = 3.0;
/// A thing is usual where it is seen in as many other windows.
const USUAL_WINDOWS: usize = 2;
/// The cells of a log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub first: i64,
    /// The first behind the last.
    pub end: i64,
}

impl Span {
    fn count(self) -> i64 {
        self.end - self.first
    }

    /// Cells of each window, shortest first.
    pub fn windows(self) -> [i64; 4] {
        WINDOWS.map(|windows| (self.count() / windows).max(1))
    }
}

/// Cells with far more different things than usual.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wave {
    /// First cell, and the first behind the last.
    pub from: i64,
    pub to: i64,
    /// First cell of the highest window, and the first behind it.
    pub peak: (i64, i64),
    /// Different things in it, and whether that is exact.
    pub things: u64,
    pub exact: bool,
    /// What is usual in a window.
    pub usual: u64,
    /// How far the highest window is above that.
    pub above: f64,
}

/// Least numbers of things in the highest window of a wave, by the length of the window.
pub(super) type Least = [u64; 4];

/// What is known of all series.
pub(super) struct Known {
    span: Span,
    /// Things that may have been forgotten of a series in a window, at most, for each length.
    forgotten: [Vec<u64>; 4],
}

impl Known {
    pub fn new(span: Span, counted: &Lossy<Few>) -> Self {
        let forgotten = span.windows().map(|length| {
            let windows = span.count().unsigned_abs().div_ceil(length.unsigned_abs());
            let mut forgotten = vec![0; windows as usize];
            for cell in span.first..span.end {
                let window = &mut forgotten[((cell - span.first) / length) as usize];
                *window = counted.missing(cell).max(*window);
            }
            forgotten
        });
        Self { span, forgotten }
    }

    /// The waves of a series, some of which overlap: those of windows of different lengths.
    pub fn waves(&self, series: &Series<Few>, least: Least) -> Vec<Wave> {
        let mut waves = Vec::new();
        let sum: u64 = series.iter().map(|(_, few)| few.count().0).sum();
        let mut before = 0;
        for ((length, least), forgotten) in self.span.windows().into_iter().zip(least).zip(&self.forgotten) {
            // Of short logs, windows of two lengths are one.
            if sum < least || length == before {
                continue;
            }
            before = length;
            self.in_windows(series, length, least, forgotten, &mut waves);
        }
        waves
    }

    fn in_windows(&self, series: &Series<Few>, length: i64, least: u64, forgotten: &[u64], waves: &mut Vec<Wave>) {
        let first = self.span.first;
        let window = |cell: i64| (cell - first).div_euclid(length);
        let counts: Vec<(i64, u64)> = series
            .chunk_by(|a, b| window(a.0) == window(b.0))
            .map(|cells| (window(cells[0].0), different(cells).0))
            .collect();
        // Where a series has nothing, it may have been forgotten.
        let mut numbers: Vec<u64> = counts.iter().map(|(_, count)| *count).collect();
        let mut seen = counts.iter().map(|(window, _)| *window).peekable();
        for (window, forgotten) in (0..).zip(forgotten) {
            if seen.next_if_eq(&window).is_none() && *forgotten > 0 {
                numbers.push(*forgotten);
            }
        }
        let usual = Usual::of(&mut numbers, forgotten.len() as u64);
        for run in runs(&counts, &usual) {
            let highest = run.iter().rev().max_by_key(|(_, count)| *count);
            let Some(&&(peak, count)) = highest else { continue };
            if count < least || usual.above(count) < BEGINS {
                continue;
            }
            let ends = (run[0].0, run[run.len() - 1].0 + 1);
            let (from, to) = trimmed(
                series,
                [ends.0 - 1, ends.0, ends.1, ends.1 + 1].map(|window| first + window * length),
                length,
            );
            let (things, exact) = different(between(series, from, to));
            let at = first + peak * length;
            waves.push(Wave {
                from,
                to,
                peak: (at.clamp(from, to - 1), (at + length).clamp(from + 1, to)),
                things,
                exact,
                usual: usual.median,
                above: usual.above(count),
            });
        }
    }
}

/// Windows that follow each other, with one that is usual between them at most, all others above it.
fn runs<'a>(counts: &'a [(i64, u64)], usual: &Usual) -> Vec<Vec<&'a (i64, u64)>> {
    let mut runs: Vec<Vec<&(i64, u64)>> = Vec::new();
    for count in counts.iter().filter(|(_, count)| usual.above(*count) >= GOES_ON) {
        match runs.last_mut() {
            Some(run) if count.0 - run[run.len() - 1].0 <= 2 => run.push(count),
            _ => runs.push(vec![count]),
        }
    }
    runs
}

/// The cells of a series from one on to before another.
fn between(series: &Series<Few>, from: i64, to: i64) -> &[(i64, Few)] {
    let at = |cell| series.partition_point(|(found, _)| *found < cell);
    &series[at(from)..at(to)]
}

/// Different things in cells, and whether their number is exact.
fn different(cells: &[(i64, Few)]) -> (u64, bool) {
    match cells {
        [(_, few)] => few.count(),
        cells => {
            let mut union = Union::new();
            cells.iter().for_each(|(_, few)| _ = union.take_in(few));
            union.count()
        }
    }
}

/// The first cell of a wave and the first behind it, by the cells that have things which are not usual. `[before, from,
/// to, behind]` are its windows, and one more on either side.
fn trimmed(series: &Series<Few>, [before, from, to, behind]: [i64; 4], length: i64) -> (i64, i64) {
    let Some(mut unusual) = things(between(series, from, to)) else {
        return (from, to);
    };
    // What is seen in other windows, too, is no part of it.
    let mut windows: HashMap<u32, (i64, usize), RandomState> = HashMap::default();
    for (cell, few) in series.iter().filter(|(cell, _)| !(from..to).contains(cell)) {
        for thing in few.exact().into_iter().flatten() {
            let window = cell.div_euclid(length);
            let (last, count) = windows.entry(*thing).or_insert((window, 1));
            if *last != window {
                (*last, *count) = (window, *count + 1);
            }
        }
    }
    unusual.retain(|thing| windows.get(thing).is_none_or(|(_, count)| *count < USUAL_WINDOWS));
    let count = |few: &Few| {
        few.exact().map_or(few.count().0, |things| {
            things.iter().filter(|thing| unusual.contains(thing)).count() as u64
        })
    };
    let counts: Vec<(i64, u64)> = between(series, before, behind)
        .iter()
        .map(|(cell, few)| (*cell, count(few)))
        .collect();
    dense_part(&counts, (from, to)).unwrap_or((from, to))
}

fn things(cells: &[(i64, Few)]) -> Option<HashSet<u32, RandomState>> {
    let mut all = HashSet::default();
    for (_, few) in cells {
        all.extend(few.exact()?.iter().copied());
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(cells: impl Iterator<Item = (i64, Vec<u32>)>) -> Series<Few> {
        cells
            .map(|(cell, things)| {
                let mut few = Few::new();
                things.into_iter().for_each(|thing| few.insert(thing));
                (cell, few)
            })
            .collect()
    }

    fn waves(series: &Series<Few>) -> Vec<Wave> {
        let span = Span { first: 0, end: 8064 };
        Known::new(span, &Lossy::new(1 << 20)).waves(series, [8; 4])
    }

    #[test]
    fn a_slow_wave_is_found_with_its_ends() {
        // The same two ports all the time, and a new one every other cell for a day.
        let found = waves(&series((0..8064).map(|cell| {
            let mut things = vec![22, 23];
            if (3001..3289).contains(&cell) && cell % 2 == 1 {
                things.push(1000 + cell as u32);
            }
            (cell, things)
        })));
        assert!(!found.is_empty());
        for wave in &found {
            assert_eq!((wave.from, wave.to, wave.exact), (3001, 3288, true), "{wave:?}");
            assert_eq!((wave.things, wave.usual), (146, 2), "{wave:?}");
        }
    }

    #[test]
    fn a_fast_wave_is_found_among_many() {
        let found = waves(&series((0..8064).map(|cell| {
            let count = if cell == 500 { 120 } else { 30 };
            (cell, (0..count).map(|thing| thing + cell as u32 % 3).collect())
        })));
        assert!(found.iter().any(|wave| (wave.from, wave.to) == (500, 501)), "{found:?}");
        assert!(
            found.iter().all(|wave| (wave.from..wave.to).contains(&500)),
            "{found:?}"
        );
    }

    #[test]
    fn what_is_steady_makes_no_waves() {
        let mut random = 1_u32;
        let found = waves(&series((0..8064).map(|cell| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let count = (random >> 28) % 5;
            (cell, (0..count).map(|thing| thing * 77 + (random >> 8) % 500).collect())
        })));
        assert_eq!(found, []);
    }
}
