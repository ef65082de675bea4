//! The elastic column of ports: like a dock, a hot label takes the height it needs and pushes its
//! neighbours apart. Knows lengths and font sizes, no ports and no pixels of its own.

/// Height of a label's place over its font size. Digits of IBM Plex Sans are 0.70 em high, so this
/// leaves a quarter of an em between two neighbours of equal size.
pub const LINE: f32 = 0.95;
/// Share of the column that stays with the quiet, however hot the hot are: every port keeps a place.
const QUIET_SHARE: f32 = 0.18;

/// Where a port stands in its column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Middle of its place, from the column's top.
    pub center: f32,
    /// Height of its place.
    pub height: f32,
    /// Font size it gets; at most what it asked for.
    pub size: f32,
}

/// Places for labels that ask for font sizes `wanted`, in order, down a column of `length`.
///
/// Every place has the same quiet height, plus what its label needs. When that is more than the
/// column holds, the quiet height shrinks to its least; then every label gives up the same number
/// of pixels, so the small vanish first and the hottest stay. Continuous in every wish, so a
/// column moves without jumps when heat does.
pub fn arrange(wanted: &[f32], length: f32, places: &mut Vec<Place>) {
    places.clear();
    if wanted.is_empty() {
        return;
    }
    let count = wanted.len() as f32;
    let demand: f32 = wanted.iter().sum::<f32>() * LINE;
    let room = length * (1.0 - QUIET_SHARE);
    let given_up = if demand > room { cut(wanted, room / LINE) } else { 0.0 };
    let granted: f32 = wanted.iter().map(|size| (size - given_up).max(0.0)).sum::<f32>() * LINE;
    let quiet = ((length - granted) / count).max(0.0);
    let mut top = 0.0_f64;
    places.extend(wanted.iter().map(|wish| {
        let size = (wish - given_up).max(0.0);
        let height = quiet + size * LINE;
        let center = (top + f64::from(height) / 2.0) as f32;
        top += f64::from(height);
        Place { center, height, size }
    }));
}

/// The amount by which every wish is cut so that the rest sums up to `room`.
fn cut(wanted: &[f32], room: f32) -> f32 {
    let mut wishes: Vec<f32> = wanted.iter().copied().filter(|wish| *wish > 0.0).collect();
    wishes.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut sum = 0.0;
    let mut cut = 0.0;
    for (index, wish) in wishes.iter().enumerate() {
        sum += wish;
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
        let mut places = Vec::new();
        arrange(wanted, length, &mut places);
        places
    }

    proptest! {
        #[test]
        fn labels_never_overlap_and_fill_the_column(wanted in prop::collection::vec(0.0_f32..120.0, 1..300)) {
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
