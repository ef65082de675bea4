//! The places of a log's hosts in a picture: their order, their names, and which of them are joined with their
//! neighbours or have no room for a name. Knows nothing of where a place is drawn.

use std::cmp::Reverse;
use std::sync::Arc;

use super::Log;
use crate::model::SEVERAL_HOSTS;
use crate::words::{SEVERAL_HOSTS_TEXT, host_order, joined_hosts};

/// Places at most: of more hosts, neighbours share one.
const MOST: usize = 500;
/// Places up to which all stand as far apart, each with its name.
const EVENLY: usize = 12;
/// Places up to which all have names.
const ALL_NAMED: usize = 60;
/// Places that have names where there are more.
const NAMED: usize = 44;

/// The places of hosts, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostPlaces {
    /// Place of each of the log's hosts; none of those without packets.
    of_host: Vec<Option<u32>>,
    /// Place of the packets that went to several hosts, which a prepared log may not tell apart.
    of_several: u32,
    names: Vec<Arc<str>>,
    is_named: Vec<bool>,
}

impl HostPlaces {
    /// The places of the hosts of `whole` and of `scale`, which have the same names, in the order of [`host_order`];
    /// last, where there are such bubbles, several hosts. Of those that have packets in `whole`, the busiest of `scale`
    /// have names; others where there is room.
    #[must_use]
    pub fn new(scale: &Log, whole: &Log) -> Self {
        let hosts = &whole.names.hosts;
        // The last is for several.
        let several = hosts.len();
        let mut packets = vec![0_u64; hosts.len() + 1];
        let mut is_in_whole = vec![false; hosts.len() + 1];
        for bubble in scale.bubbles.iter() {
            packets[(bubble.host as usize).min(several)] += bubble.packets;
        }
        for index in 0..whole.bubbles.len() {
            is_in_whole[(whole.bubbles.host(index) as usize).min(several)] = true;
        }
        let is_there = |host: usize| is_in_whole[host] || packets[host] > 0;
        let order: Vec<u32> = host_order(hosts)
            .into_iter()
            .filter(|host| is_there(*host as usize))
            .collect();
        let ordered: Vec<&str> = order.iter().map(|host| hosts[*host as usize].as_str()).collect();
        let joined = joined_hosts(&ordered, MOST);
        let mut of_host = vec![None; hosts.len()];
        let mut sums: Vec<u64> = Vec::with_capacity(joined.len() + 1);
        for (place, group) in (0..).zip(&joined) {
            let of_group = &order[group.hosts.clone()];
            of_group.iter().for_each(|host| of_host[*host as usize] = Some(place));
            sums.push(of_group.iter().map(|host| packets[*host as usize]).sum());
        }
        let mut names: Vec<Arc<str>> = joined.into_iter().map(|group| group.name.into()).collect();
        if is_there(several) {
            names.push(SEVERAL_HOSTS_TEXT.into());
            sums.push(packets[several]);
        }
        let mut busiest: Vec<usize> = (0..sums.len()).collect();
        // Those that have packets in `whole` first, which is what is shown; of equals, some all over the column.
        let is_shown: Vec<bool> = {
            let mut is_shown = vec![false; names.len()];
            let shown = order.iter().filter(|host| is_in_whole[**host as usize]);
            let places = shown.filter_map(|host| of_host[*host as usize]);
            places.for_each(|place| is_shown[place as usize] = true);
            if let Some(last) = is_shown.last_mut() {
                *last |= is_in_whole[several];
            }
            is_shown
        };
        busiest.sort_unstable_by_key(|place| (!is_shown[*place], Reverse(sums[*place]), place.reverse_bits()));
        let most = if names.len() <= ALL_NAMED { ALL_NAMED } else { NAMED };
        let mut is_named = vec![false; names.len()];
        busiest.iter().take(most).for_each(|place| is_named[*place] = true);
        Self {
            of_host,
            of_several: names.len().saturating_sub(1) as u32,
            names,
            is_named,
        }
    }

    /// Number of places.
    #[must_use]
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Number of places with a name.
    #[must_use]
    pub fn named(&self) -> usize {
        self.is_named.iter().filter(|named| **named).count()
    }

    /// The log's hosts at a place, by their numbers.
    pub fn hosts_at(&self, place: u32) -> impl Iterator<Item = u32> + '_ {
        (0..)
            .zip(&self.of_host)
            .filter(move |(_, of_host)| **of_host == Some(place))
            .map(|(host, _)| host)
    }

    /// Whether all have room for their names, wherever the heat is.
    #[must_use]
    pub fn are_few(&self) -> bool {
        self.count() <= EVENLY
    }

    /// Whether all have names.
    #[must_use]
    pub fn are_all_named(&self) -> bool {
        self.count() <= ALL_NAMED
    }

    /// The place of the packets to a host.
    #[must_use]
    pub fn of(&self, host: u32) -> u32 {
        if host == SEVERAL_HOSTS {
            self.of_several
        } else {
            self.of_host[host as usize].unwrap_or(0)
        }
    }

    /// The name of a place: a host's, as short as tells it from the others, or that of the hosts that share it.
    #[must_use]
    pub fn name(&self, place: u32) -> &Arc<str> {
        &self.names[place as usize]
    }

    /// The names of all places.
    #[must_use]
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// Whether a place has room for its name: all have where they are few, else the busiest.
    #[must_use]
    pub fn is_named(&self, place: u32) -> bool {
        self.is_named[place as usize]
    }
}
