//! The hosts that something reached: none, some of the first 64, or any, in 16 bytes as long as they are of the first 64
//! or a single one.

use std::fmt::Debug;

use super::distinct::Few;

/// What is kept of hosts: [`Hosts`], or nothing where a log has only one.
pub trait HostSet: Clone + Debug + Default {
    /// Takes in some of the first 64 hosts: a bit for each.
    fn insert_first(&mut self, bits: u64);
    /// Takes in a host.
    fn insert(&mut self, host: u32);
    /// Takes in the hosts that another reached.
    fn merge(&mut self, other: &Self);
    /// The hosts; none where nothing is kept.
    fn hosts(&self) -> Hosts;
    /// Bytes on the heap.
    fn bytes(&self) -> usize;
}

impl HostSet for () {
    fn insert_first(&mut self, _: u64) {}
    fn insert(&mut self, _: u32) {}
    fn merge(&mut self, (): &Self) {}

    fn hosts(&self) -> Hosts {
        Hosts::default()
    }

    fn bytes(&self) -> usize {
        0
    }
}

/// Hosts by their numbers.
#[derive(Clone, Debug)]
pub enum Hosts {
    /// Some of the first 64, a bit for each; none at first.
    First(u64),
    /// A single one.
    One(u32),
    /// Several.
    Several(Box<Few>),
}

impl Default for Hosts {
    fn default() -> Self {
        Self::First(0)
    }
}

/// The bit of a host that is one of the first 64.
#[inline]
pub const fn bit_of(host: u32) -> Option<u64> {
    1_u64.checked_shl(host)
}

impl HostSet for Hosts {
    #[inline]
    fn insert_first(&mut self, bits: u64) {
        match self {
            Self::First(ours) => *ours |= bits,
            // One stays one.
            Self::One(_) | Self::Several(_) if bits == 0 => {}
            Self::One(_) | Self::Several(_) => {
                let several = self.several();
                numbers(bits).for_each(|host| several.insert(host));
            }
        }
    }

    fn insert(&mut self, host: u32) {
        match (&mut *self, bit_of(host)) {
            (Self::First(ours), Some(bit)) => *ours |= bit,
            (Self::First(0), None) => *self = Self::One(host),
            (Self::One(one), _) if *one == host => {}
            _ => self.several().insert(host),
        }
    }

    fn merge(&mut self, other: &Self) {
        match other {
            Self::First(bits) => self.insert_first(*bits),
            Self::One(host) => self.insert(*host),
            Self::Several(theirs) => self.several().merge(theirs),
        }
    }

    fn hosts(&self) -> Hosts {
        self.clone()
    }

    fn bytes(&self) -> usize {
        match self {
            Self::First(_) | Self::One(_) => 0,
            Self::Several(several) => size_of::<Few>() + several.bytes(),
        }
    }
}

impl Hosts {
    /// The same hosts, one by one.
    fn several(&mut self) -> &mut Few {
        if let Self::First(_) | Self::One(_) = self {
            let mut several = Few::new();
            match self {
                Self::First(bits) => numbers(*bits).for_each(|host| several.insert(host)),
                Self::One(host) => several.insert(*host),
                Self::Several(_) => {}
            }
            *self = Self::Several(Box::new(several));
        }
        match self {
            Self::Several(several) => several,
            Self::First(_) | Self::One(_) => unreachable!("it was just made several"),
        }
    }

    /// The number of hosts, and whether it is exact.
    pub fn count(&self) -> (u64, bool) {
        match self {
            Self::First(bits) => (u64::from(bits.count_ones()), true),
            Self::One(_) => (1, true),
            Self::Several(several) => several.count(),
        }
    }

    /// The host, where it is one.
    pub fn one(&self) -> Option<u32> {
        match self {
            Self::First(bits) if bits.is_power_of_two() => Some(bits.trailing_zeros()),
            Self::One(host) => Some(*host),
            Self::First(_) | Self::Several(_) => None,
        }
    }

    /// Whether a host is among them; of those that are only counted by an estimate, none is known to be.
    pub fn has(&self, host: u32) -> bool {
        match self {
            Self::First(bits) => bit_of(host).is_some_and(|bit| bits & bit != 0),
            Self::One(one) => *one == host,
            Self::Several(several) => several.exact().is_some_and(|hosts| hosts.contains(&host)),
        }
    }
}

/// The numbers of bits that are set.
fn numbers(bits: u64) -> impl Iterator<Item = u32> {
    (0..u64::BITS).filter(move |host| bits >> host & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_counted_in_whatever_order_they_come() {
        let of = |hosts: &[u32]| {
            let mut all = Hosts::default();
            hosts.iter().for_each(|host| all.insert(*host));
            all
        };
        let parts: [&[u32]; 7] = [&[], &[3], &[3, 7], &[63, 63], &[64], &[u32::MAX, 0], &[100, 3, 200]];
        for a in parts {
            for b in parts {
                let (mut merged, both) = (of(a), [a, b].concat());
                merged.merge(&of(b));
                let mut different = both.clone();
                different.sort_unstable();
                different.dedup();
                for hosts in [&merged, &of(&both)] {
                    assert_eq!(hosts.count(), (different.len() as u64, true), "{a:?} {b:?}");
                    assert!(both.iter().all(|host| hosts.has(*host)) && !hosts.has(99));
                    let one = (different.len() == 1).then(|| different[0]);
                    assert_eq!(hosts.one(), one, "{a:?} {b:?}");
                }
            }
        }
        let many = of(&(0..5000).collect::<Vec<_>>());
        assert!(!many.count().1 && many.one().is_none());
        assert_eq!(size_of::<Hosts>(), 16);
    }
}
