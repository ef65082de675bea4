//! Chance that is the same on every machine: a small generator of numbers, and lotteries by weight.
//! Integers, and floats only through `+ - * /` and `sqrt`, which IEEE 754 rounds the same everywhere;
//! nothing here may call `exp`, `ln`, `sin` or `powf`. Knows nothing of logs.

/// SplitMix64. Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014,
/// with the constants of Vigna's `splitmix64.c`.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The numbers of a part of the work, so that no part depends on how many another one took.
    pub fn of_part(seed: u64, part: u64) -> Self {
        Self(Self(seed).next() ^ Self(part).next())
    }

    /// The next 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }

    /// Evenly from 0 to below `end`, which is above 0.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// Evenly from `start` up to `end`, both included.
    pub fn within(&mut self, start: u64, end: u64) -> u64 {
        start + self.below(end - start + 1)
    }

    /// Evenly from 0 to below 1, in steps of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Mostly near 1, at times twenty times that: `1 / (0.05 + u)`, a Pareto tail that ends.
    pub fn heavy(&mut self) -> f64 {
        1.0 / (0.05 + self.unit())
    }
}

/// Draws outcomes by weight: every outcome holds tickets in proportion.
#[derive(Clone, Debug)]
pub(super) struct Lottery {
    tickets: Vec<u16>,
    /// Shift that makes a ticket's number of the upper bits of a `u32`.
    shift: u32,
}

impl Lottery {
    /// `2^bits` tickets for outcomes 0, 1, 2 ... with these weights. An outcome below half a ticket
    /// may hold none.
    pub fn new(weights: &[f64], bits: u32) -> Self {
        let count = 1_usize << bits;
        let total: f64 = weights.iter().sum();
        let mut tickets = Vec::with_capacity(count);
        let mut sum = 0.0;
        for (outcome, weight) in weights.iter().enumerate() {
            sum += weight;
            let end = (sum / total * count as f64 + 0.5) as usize;
            tickets.resize(end.clamp(tickets.len(), count), outcome as u16);
        }
        tickets.resize(count, weights.len().saturating_sub(1) as u16);
        Self {
            tickets,
            shift: 32 - bits,
        }
    }

    /// The outcome of 32 random bits, of which the upper ones count.
    pub fn draw(&self, random: u32) -> usize {
        usize::from(self.tickets[(random >> self.shift) as usize])
    }
}

/// Weights `1 / (rank + offset)`: Zipf's law with the first ranks brought closer.
pub(super) fn zipf(count: usize, offset: f64) -> impl Iterator<Item = f64> {
    (0..count).map(move |rank| 1.0 / (rank as f64 + offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // The first numbers of seed 1234567 by Vigna's `splitmix64.c`.
        let mut random = Random(1_234_567);
        let numbers = [(); 5].map(|()| random.next());
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(numbers, expected);
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut random = Random(7);
        for _ in 0..10_000 {
            assert!(random.below(3) < 3);
            assert!((5..=7).contains(&random.within(5, 7)));
            assert!((0.0..1.0).contains(&random.unit()));
            assert!((0.9..=20.0).contains(&random.heavy()));
        }
        assert_ne!(Random::of_part(1, 2).next(), Random::of_part(1, 3).next());
        assert_ne!(Random::of_part(1, 2).next(), Random::of_part(2, 2).next());
    }

    #[test]
    fn a_lottery_draws_in_proportion_to_weights() {
        let lottery = Lottery::new(&[6.0, 1.0, 0.0, 1.0], 10);
        let mut drawn = [0_u32; 4];
        for ticket in 0..1024_u32 {
            drawn[lottery.draw(ticket << 22)] += 1;
        }
        assert_eq!(drawn, [768, 128, 0, 128]);
        assert_eq!(Lottery::new(&[1e-9], 4).draw(u32::MAX), 0);
    }
}
