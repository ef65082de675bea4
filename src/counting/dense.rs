//! Where something that comes in cells of time begins and ends in earnest.

/// Cells with hardly anything that may lie within it.
const PAUSE: i64 = 3;

/// The part of some cells that begins and ends with at least a quarter of the mean number of a cell of `core`, and goes
/// on beyond that while no more than [`PAUSE`] cells have less. `core` is its first cell and the first behind it; cells
/// are in the order of time. `None` where there is nothing.
pub fn dense_part(counts: &[(i64, u64)], core: (i64, i64)) -> Option<(i64, i64)> {
    let in_core = |cell: i64| (core.0..core.1).contains(&cell);
    let inside = counts.iter().filter(|(cell, _)| in_core(*cell));
    let sum: u128 = inside.map(|(_, count)| u128::from(*count)).sum();
    let length = u128::from(core.0.abs_diff(core.1).max(1));
    let dense: Vec<i64> = counts
        .iter()
        .filter(|(_, count)| *count > 0 && 4 * u128::from(*count) * length >= sum)
        .map(|(cell, _)| *cell)
        .collect();
    let mut first = dense.iter().position(|cell| in_core(*cell))?;
    let mut last = dense.iter().rposition(|cell| in_core(*cell))?;
    while first > 0 && dense[first] - dense[first - 1] <= PAUSE {
        first -= 1;
    }
    while last + 1 < dense.len() && dense[last + 1] - dense[last] <= PAUSE {
        last += 1;
    }
    Some((dense[first], dense[last] + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_and_ends_where_it_is_dense() {
        let counts = |numbers: &[u64]| (0..).zip(numbers.iter().copied()).collect::<Vec<_>>();
        // The mean is 4: a single one is enough, though not after a long time.
        let all = counts(&[1, 0, 0, 0, 0, 1, 0, 0, 1, 5, 6, 0, 5, 0, 0, 0, 0, 1]);
        assert_eq!(dense_part(&all, (9, 13)), Some((5, 13)));
        // The mean is 10: a single one is not.
        assert_eq!(dense_part(&counts(&[0, 1, 10, 20, 2, 3, 1]), (2, 4)), Some((2, 4)));
        assert_eq!(dense_part(&counts(&[0, 1, 10, 20, 4, 3, 1]), (1, 6)), Some((2, 6)));
        assert_eq!(dense_part(&counts(&[0, 0, 1]), (0, 2)), None);
    }
}
