//! What is usual among numbers, and how far another one is above it.

/// The standard deviation of a normal distribution in terms of its median absolute deviation.
const MAD_TO_DEVIATION: f64 = 1.4826;

/// What is usual among numbers: half of them are at most [`Usual::median`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// The number in the middle; of an even number of them the upper one.
    pub median: u64,
    /// How far numbers are from it as a rule, at least 1.
    spread: f64,
}

impl Usual {
    /// What is usual among `numbers` and as many zeros as are missing to `count`; the numbers are sorted for it.
    pub fn of(numbers: &mut [u64], count: u64) -> Self {
        numbers.sort_unstable();
        let zeros = count.saturating_sub(numbers.len() as u64);
        let middle = count.max(numbers.len() as u64) / 2;
        let at = |rank: u64| match rank.checked_sub(zeros) {
            None => 0,
            Some(rank) => usize::try_from(rank)
                .ok()
                .and_then(|rank| numbers.get(rank).copied())
                .unwrap_or(0),
        };
        let median = at(middle);
        let mut far: Vec<u64> = numbers.iter().map(|number| number.abs_diff(median)).collect();
        // Zeros are as far off as the median is large.
        far.sort_unstable();
        let nearer = far.partition_point(|far| *far < median) as u64;
        let deviation = if middle < nearer {
            far[middle as usize]
        } else if middle < nearer + zeros {
            median
        } else {
            far.get((middle - zeros) as usize).copied().unwrap_or(median)
        };
        let sum: u128 = numbers.iter().map(|number| u128::from(*number)).sum();
        let mean = sum as f64 / count.max(numbers.len() as u64).max(1) as f64;
        // What comes by chance is as far off as the root of its mean, and farther above it than below.
        let chance = mean.max(median as f64).sqrt() + 1.0;
        let spread = (MAD_TO_DEVIATION * deviation as f64).max(chance);
        Self { median, spread }
    }

    /// How far numbers are from the median as a rule, at least 1.
    pub fn spread(&self) -> f64 {
        self.spread
    }

    /// How far a number is above the usual ones, in terms of how far those are from their median.
    pub fn above(&self, number: u64) -> f64 {
        (number as f64 - self.median as f64) / self.spread
    }
}

/// The weight of something that is `above` the usual ([`Usual::above`]) for some time, in seconds of film or in cells of
/// it: `log2(1 + above) * sqrt(time)`.
pub fn score(above: f64, time: f64) -> f64 {
    log2(1.0 + above.max(0.0)) * time.max(0.0).sqrt()
}

/// The logarithm to the base 2 of a number from 1 on, to 24 bits behind the point, by operations that IEEE 754 rounds
/// the same on every machine.
fn log2(number: f64) -> f64 {
    let (mut rest, mut whole) = (number, 0.0);
    while rest >= 2.0 && rest.is_finite() {
        rest /= 2.0;
        whole += 1.0;
    }
    let (mut log, mut bit) = (whole, 0.5);
    for _ in 0..24 {
        rest *= rest;
        if rest >= 2.0 {
            rest /= 2.0;
            log += bit;
        }
        bit /= 2.0;
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_all_numbers_are_usual() {
        let usual = |numbers: &[u64], count| {
            let usual = Usual::of(&mut numbers.to_vec(), count);
            (usual.median, usual.spread)
        };
        // Distances from 4: 0, 1, 2, 3, 96; the mean of 22.4 has a larger root.
        assert_eq!(usual(&[1, 2, 4, 5, 100], 5), (4, 22.4_f64.sqrt() + 1.0));
        // With four zeros: distances from 10 are 10, 10, 10, 10, 0, 10, 20, 20, 20.
        assert_eq!(usual(&[10, 20, 30, 30, 30], 9), (10, 10.0 * MAD_TO_DEVIATION));
        assert_eq!(usual(&[1, 2, 4, 5], 1200), (0, 1.1));
        assert_eq!(usual(&[100, 100, 100], 3), (100, 11.0));
        assert_eq!(usual(&[], 0), (0, 1.0));
        assert_eq!(Usual::of(&mut [100, 100, 100], 3).above(166), 6.0);
    }

    #[test]
    fn a_score_grows_with_height_and_length() {
        for number in [1.0, 1.5, 2.0, 3.0, 1000.0, 1e9, 1e300] {
            assert!((log2(number) - f64::log2(number)).abs() < 1e-7, "{number}");
        }
        assert_eq!((score(3.0, 4.0), score(-5.0, 4.0)), (4.0, 0.0));
        assert!(score(f64::INFINITY, 1.0).is_finite());
    }
}
