//! The elastic column of ports: like a dock, a hot label takes the height it needs and pushes its
//! neighbours apart. Knows lengths and font sizes, no ports and no pixels of its own.

/// Height of a label's place over its font size. Digits of IBM Plex Sans are 0.70 em high, so this
/// leaves a quarter of an em between two neighbours of equal size.
pub const LINE: f32 = 0.95;
/// Share of the column that stays with the quiet, however hot the hot are: every port keeps a place.
const QUIET_SHARE: f32 = 0.18;

/// The place of a port in its column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Middle of its place, from the column's top.
    pub center: f32,
    /// Height of its place.
    pub height: f32,
    /// Font size it gets; at most what it asked for.
    pub size: f32,
}

/// A column of places, of which only those with a label are kept: between them, all are alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    count: u32,
    /// Height of a place without a label.
    quiet: f32,
    /// Places with a label, in order: number, top and place.
    labelled: Vec<(u32, f64, Place)>,
}

/// A column of `length` with `count` places, in which labels ask for font sizes: `wanted` gives the
/// number of a place and its wish, in order; all others ask for nothing.
///
/// Every place has the same quiet height, plus what its label needs. When that is more than the
/// column holds, the quiet height shrinks to its least; then every label gives up the same number
/// of pixels, so the small vanish first and the hottest stay. Continuous in every wish, so a
/// column moves without jumps when heat does.
pub fn arrange(count: u32, wanted: &[(u32, f32)], length: f32) -> Column {
    if count == 0 {
        return Column::default();
    }
    let wishes = || wanted.iter().map(|(_, wish)| *wish);
    let demand: f32 = wishes().sum::<f32>() * LINE;
    let room = length * (1.0 - QUIET_SHARE);
    let given_up = if demand > room { cut(wishes(), room / LINE) } else { 0.0 };
    let granted: f32 = wishes().map(|size| (size - given_up).max(0.0)).sum::<f32>() * LINE;
    let quiet = ((length - granted) / count as f32).max(0.0);
    let (mut top, mut next) = (0.0_f64, 0);
    let labelled = wanted.iter().map(|(number, wish)| {
        top += f64::from(number - next) * f64::from(quiet);
        next = number + 1;
        let size = (wish - given_up).max(0.0);
        let height = quiet + size * LINE;
        let place = Place {
            center: (top + f64::from(height) / 2.0) as f32,
            height,
            size,
        };
        let begins = top;
        top += f64::from(height);
        (*number, begins, place)
    });
    Column {
        count,
        quiet,
        labelled: labelled.collect(),
    }
}

/// A part of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// A place with a label: number and place.
    Labelled(u32, Place),
    /// Places without a label that follow each other: number of the first, count, and top of the first.
    Quiet(u32, u32, f64),
}

impl Column {
    /// Height of a place without a label.
    pub fn quiet(&self) -> f32 {
        self.quiet
    }

    /// The place with a number.
    pub fn place(&self, number: u32) -> Place {
        match self.labelled.binary_search_by_key(&number, |labelled| labelled.0) {
            Ok(at) => self.labelled[at].2,
            Err(0) => self.quiet_place(number, 0.0),
            Err(after) => {
                let (before, top, place) = self.labelled[after - 1];
                self.quiet_place(number - before - 1, top + f64::from(place.height))
            }
        }
    }

    /// The place after `below` quiet ones under a top.
    pub fn quiet_place(&self, below: u32, top: f64) -> Place {
        let quiet = f64::from(self.quiet);
        Place {
            center: (top + f64::from(below) * quiet + quiet / 2.0) as f32,
            height: self.quiet,
            size: 0.0,
        }
    }

    /// All places, in order.
    pub fn places(&self) -> Vec<Place> {
        let mut places = Vec::with_capacity(self.count as usize);
        for part in self.parts() {
            match part {
                Part::Labelled(_, place) => places.push(place),
                Part::Quiet(_, count, top) => places.extend((0..count).map(|below| self.quiet_place(below, top))),
            }
        }
        places
    }

    /// The middles of all places, in order.
    pub fn centers(&self, take: &mut impl FnMut(f32)) {
        for part in self.parts() {
            match part {
                Part::Labelled(_, place) => take(place.center),
                Part::Quiet(_, count, top) => (0..count).for_each(|below| take(self.quiet_place(below, top).center)),
            }
        }
    }

    /// The whole column, from its top.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let (mut next, mut top) = (0, 0.0);
        let quiet =
            move |next: u32, until: u32, top: f64| (until > next).then_some(Part::Quiet(next, until - next, top));
        let ends = self.labelled.iter().map(Some).chain([None]);
        ends.flat_map(move |labelled| {
            let Some((number, begins, place)) = labelled else {
                return [quiet(next, self.count, top), None].into_iter().flatten();
            };
            let parts = [quiet(next, *number, top), Some(Part::Labelled(*number, *place))];
            (next, top) = (number + 1, begins + f64::from(place.height));
            parts.into_iter().flatten()
        })
    }
}

/// The amount by which every wish is cut so that the rest sums up to `room`.
fn cut(wanted: impl Iterator<Item = f32>, room: f32) -> f32 {
    let mut wishes: Vec<f32> = wanted.filter(|wish| *wish > 0.0).collect();
    let largest_first = |a: &f32, b: &f32| b.total_cmp(a);
    // A few hundred are left of tens of thousands: no more of them are put in order than need be.
    let mut sorted = 0;
    let mut sum = 0.0;
    let mut cut = 0.0;
    for index in 0..wishes.len() {
        // The one after this is compared with too.
        if index + 1 >= sorted && sorted < wishes.len() {
            let end = (2 * sorted).max(256).min(wishes.len());
            let rest = &mut wishes[sorted..];
            if end - sorted < rest.len() {
                rest.select_nth_unstable_by(end - sorted, largest_first);
            }
            rest[..end - sorted].sort_unstable_by(largest_first);
            sorted = end;
        }
        sum += wishes[index];
        let level = (sum - room) / (index + 1) as f32;
        // Once the level is above the next wish, that one and all after it are cut to nothing.
        cut = level;
        if wishes.get(index + 1).is_none_or(|next| *next <= level) {
            break;
        }
    }
    cut.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn places(wanted: &[f32], length: f32) -> Vec<Place> {
        let numbered = (0..).zip(wanted.iter().copied());
        let labelled: Vec<(u32, f32)> = numbered.filter(|(_, wish)| *wish > 0.0).collect();
        let column = arrange(wanted.len() as u32, &labelled, length);
        let places: Vec<Place> = (0..wanted.len() as u32).map(|number| column.place(number)).collect();
        // Part by part, the column is the same.
        assert_eq!(places, column.places());
        let mut next = 0;
        for part in column.parts() {
            let (first, count) = match part {
                Part::Labelled(number, _) => (number, 1),
                Part::Quiet(first, count, _) => (first, count),
            };
            assert_eq!(first, next);
            next += count;
        }
        assert_eq!(next as usize, places.len());
        places
    }

    proptest! {
        #[test]
        fn labels_never_overlap_and_fill_the_column(wanted in prop::collection::vec(prop_oneof![Just(0.0_f32), 0.0_f32..120.0], 1..300)) {
            let places = places(&wanted, 1770.0);
            for pair in places.windows(2) {
                let gap = (pair[1].center - pair[0].center) - (pair[0].size + pair[1].size) * LINE / 2.0;
                prop_assert!(gap >= -1e-2, "{pair:?}");
            }
            let total: f32 = places.iter().map(|place| place.height).sum();
            prop_assert!((total - 1770.0).abs() < 0.5, "{total}");
            let hottest = wanted.iter().copied().fold(0.0, f32::max);
            let largest = places.iter().map(|place| place.size).fold(0.0, f32::max);
            for (wish, place) in wanted.iter().zip(&places) {
                prop_assert!(place.size <= *wish);
                prop_assert!(*wish < hottest || place.size == largest);
            }
        }
    }

    #[test]
    fn the_quiet_give_way_first() {
        let mut wanted = vec![30.0; 200];
        wanted[100] = 120.0;
        let places = places(&wanted, 1770.0);
        assert!(places[100].size > 90.0, "{:?}", places[100]);
        assert!(places[0].size < 10.0, "{:?}", places[0]);
    }

    #[test]
    fn a_single_port_stands_in_the_middle() {
        assert_eq!(places(&[0.0], 1000.0)[0].center, 500.0);
        assert!(places(&[], 1000.0).is_empty());
    }
}
