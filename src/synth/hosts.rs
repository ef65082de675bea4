//! The hosts of a made-up log: their names or addresses, and how often each is knocked at.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::random::{Lottery, zipf};
use super::world::{CITIES, HOSTS};

/// The most hosts that a made-up log has: as many as a log's names are told apart.
pub const MAX_HOSTS: u32 = 1_000_000;

/// Hosts up to which they have names, three a city; more have addresses.
const NAMED: usize = 3 * CITIES.len();
/// Hosts of a network.
const IN_NETWORK: usize = 48;
/// A fifth of all networks are of IPv6.
const V6: usize = 5;
/// Above the largest number of hosts, and prime: multiples of it meet each host once.
const STRIDE: u64 = 2_654_435_761;

/// The hosts of a log, in the order in which a sweep goes through them.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    names: Vec<String>,
    /// The nine of every log that asks for no number are drawn by Zipf's law.
    lottery: Option<Lottery>,
}

impl Hosts {
    /// So many hosts, or the nine that a log has by default.
    pub fn new(count: Option<u32>) -> Self {
        let Some(count) = count else {
            return Self {
                names: HOSTS.map(str::to_owned).into(),
                lottery: Some(Lottery::new(&zipf(HOSTS.len(), 3.0).collect::<Vec<_>>(), 10)),
            };
        };
        let count = count.max(1) as usize;
        let mut names: Vec<String> = if count <= NAMED {
            let number = |index: usize| 1 + index / CITIES.len();
            let name = |index: usize| format!("{}-{}", CITIES[index % CITIES.len()], number(index));
            (0..count).map(name).collect()
        } else {
            let networks = count.div_ceil(IN_NETWORK);
            (0..count).map(|host| address(host, networks)).collect()
        };
        if count <= NAMED {
            names.sort();
        }
        Self { names, lottery: None }
    }

    /// Number of hosts.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The name or the address of a host.
    pub fn name(&self, host: usize) -> &str {
        &self.names[host]
    }

    /// A host by 32 random bits: a few are knocked at much more often than most.
    pub fn draw(&self, random: u32) -> usize {
        if let Some(lottery) = &self.lottery {
            return lottery.draw(random);
        }
        // The square of an even chance: half of all go to the first quarter.
        let square = (u64::from(random) * u64::from(random)) >> 32;
        let rank = (square * self.len() as u64) >> 32;
        // Those that are busy stand among the others.
        (rank * STRIDE % self.len() as u64) as usize
    }
}

/// The address of a host in one of some networks, in the order of addresses: IPv4 before IPv6.
fn address(host: usize, networks: usize) -> String {
    let (network, within) = (host / IN_NETWORK, (host % IN_NETWORK) as u16);
    let of_v4 = networks - networks / V6;
    if network < of_v4 {
        // With room between the networks.
        let [high, low] = (3 * network as u16 + 1).to_be_bytes();
        Ipv4Addr::new(10, high, low, 1 + 5 * within as u8).to_string()
    } else {
        let network = (network - of_v4) as u16;
        Ipv6Addr::new(0x2001, 0xdb8, network / 16, network % 16, 0, 0, 0, 1 + within).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::net::IpAddr;

    #[test]
    fn hosts_are_as_many_as_asked_for_and_different() {
        for count in [1, 2, 9, 48, 49, 500, 5000, MAX_HOSTS] {
            let hosts = Hosts::new(Some(count));
            assert_eq!(hosts.len(), count as usize);
            let different: BTreeSet<&String> = hosts.names.iter().collect();
            assert_eq!(different.len(), count as usize);
            let addresses: Vec<IpAddr> = hosts.names.iter().filter_map(|name| name.parse().ok()).collect();
            assert_eq!(addresses.len(), if count <= 48 { 0 } else { count as usize });
            assert!(addresses.is_sorted());
            assert_eq!(addresses.iter().any(IpAddr::is_ipv6), count >= 500);
            assert!(addresses.iter().any(IpAddr::is_ipv4) || count <= 48);
        }
    }

    #[test]
    fn every_host_is_drawn_and_some_more_often() {
        let hosts = Hosts::new(Some(100));
        let mut drawn = vec![0_u32; 100];
        for step in 0..100_000_u32 {
            drawn[hosts.draw(step * 42_949)] += 1;
        }
        drawn.sort_unstable();
        assert!(drawn[0] > 200 && drawn[99] > 5_000, "{drawn:?}");
    }
}
