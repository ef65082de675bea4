//! A log as its hosts see it: flights end at hosts in place of ports. Made of the bubbles of a log, so that whatever
//! leaves a source leaves it at the same moment in both.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bubbles::{Bubble, Bubbles};
use super::{End, Ends, Log, LogError};
use crate::model::SEVERAL_HOSTS;
use crate::words::host_order;

impl Log {
    /// Whether it tells to which hosts its packets went.
    ///
    /// # Errors
    /// [`LogError::NoHosts`] and [`LogError::SeveralHosts`], with what helps.
    pub fn check_hosts(&self) -> Result<(), LogError> {
        let source_name = || self.source.clone();
        let mut named = false;
        for bubble in self.bubbles.iter() {
            match self.names.hosts.get(bubble.host as usize) {
                None => {
                    return Err(LogError::SeveralHosts {
                        source_name: source_name(),
                    });
                }
                Some(host) => named |= !host.is_empty(),
            }
        }
        if named {
            Ok(())
        } else {
            Err(LogError::NoHosts {
                source_name: source_name(),
            })
        }
    }

    /// The hosts of its bubbles, in the order of [`host_order`]; last, where there are such bubbles, several hosts.
    #[must_use]
    pub fn host_ends(&self) -> Ends {
        let mut seen = vec![false; self.names.hosts.len()];
        let mut several = false;
        for bubble in self.bubbles.iter() {
            match seen.get_mut(bubble.host as usize) {
                Some(seen) => *seen = true,
                None => several = true,
            }
        }
        let hosts: Vec<u32> = (0..)
            .zip(seen)
            .filter_map(|(host, seen)| seen.then_some(host))
            .collect();
        let names: Vec<&str> = hosts
            .iter()
            .map(|host| self.names.hosts[*host as usize].as_str())
            .collect();
        let ordered = host_order(&names).into_iter().map(|index| hosts[index as usize]);
        Ends::of_hosts(ordered.chain(several.then_some(SEVERAL_HOSTS)))
    }

    /// The same log with its flights to its hosts: a bubble is what leaves one source for one host at a time. It has
    /// the frames of this one, and its unit is to be that of this one, too.
    #[must_use]
    pub fn by_host(&self) -> Self {
        self.by_hosts_of(&self.host_ends())
    }

    /// The same with the places of a whole log, of which this one may be a part: its [`Log::host_ends`].
    #[must_use]
    pub fn by_hosts_of(&self, whole: &Ends) -> Self {
        let hosts = self.names.hosts.len();
        // The last is for several.
        let mut slots = vec![0; hosts + 1];
        for (slot, end) in (0..).zip(whole.iter()) {
            if let End::Host(host) = end {
                slots[(host as usize).min(hosts)] = slot;
            }
        }
        let counts = [whole.len(), self.names.sources.len(), hosts];
        let mut joined = Bubbles::new(self.bubbles.unit_ns(), counts);
        let mut leaving_ns = None;
        // Packets of those that leave together, by slot and source, and their host.
        let mut together: BTreeMap<(u32, u32), (u32, u64)> = BTreeMap::new();
        let mut end = |offset_ns: Option<i64>, together: &mut BTreeMap<(u32, u32), (u32, u64)>| {
            let Some(offset_ns) = offset_ns else { return };
            for ((port, source), (host, packets)) in std::mem::take(together) {
                joined.push(&Bubble {
                    offset_ns,
                    port,
                    source,
                    host,
                    packets,
                });
            }
        };
        for bubble in self.bubbles.iter() {
            if leaving_ns != Some(bubble.offset_ns) {
                end(leaving_ns, &mut together);
                leaving_ns = Some(bubble.offset_ns);
            }
            let slot = slots[(bubble.host as usize).min(hosts)];
            together.entry((slot, bubble.source)).or_insert((bubble.host, 0)).1 += bubble.packets;
        }
        end(leaving_ns, &mut together);
        joined.shrink_to_fit();
        Self {
            ends: whole.clone(),
            bubbles: Arc::new(joined),
            packets: [0, self.packets.iter().sum()],
            ..self.clone()
        }
    }
}
