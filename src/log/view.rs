//! A log as a view shows it: its flights end at ports, at hosts, or at both. Made of its bubbles, so that whatever
//! leaves a source leaves it at the same moment in every view.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::bubbles::{Bubble, Bubbles};
use super::grouping::common_host;
use super::{Ends, Grouping, HostPlaces, Log, LogError};

/// What stands at the ends of flights in a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum View {
    /// Ports.
    #[default]
    Ports,
    /// Hosts.
    Hosts,
    /// Ports in one half of the picture, hosts in the other.
    PortsAndHosts,
}

impl View {
    /// The next of the three, in turn.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Ports => Self::Hosts,
            Self::Hosts => Self::PortsAndHosts,
            Self::PortsAndHosts => Self::Ports,
        }
    }

    /// Whether it shows ports.
    #[must_use]
    pub fn has_ports(self) -> bool {
        self != Self::Hosts
    }

    /// Whether it shows hosts at the ends of flights.
    #[must_use]
    pub fn has_hosts(self) -> bool {
        self != Self::Ports
    }
}

/// Written as `--view` takes it.
impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ports => "ports",
            Self::Hosts => "hosts",
            Self::PortsAndHosts => "ports,hosts",
        })
    }
}

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
                    let source_name = self.joined_hosts.clone().unwrap_or_else(source_name);
                    return Err(LogError::SeveralHosts { source_name });
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

    /// The bubbles and ends that a view has: a bubble is what leaves one source at a time for one port, for one host
    /// where `by_host`, or for one place of hosts. In a view of both, every packet is in two of them. `places` are
    /// those of the whole log, of which this one may be a part.
    #[must_use]
    pub fn in_view(&self, view: View, by_host: bool, places: &HostPlaces) -> Self {
        let to_ports = if by_host { self.clone() } else { self.joined_by_port() };
        if view == View::Ports {
            return to_ports;
        }
        let ends = match view {
            View::Hosts => Ends::default(),
            _ => to_ports.ends.clone(),
        }
        .with_hosts(places.names());
        let counts = [ends.len(), self.names.sources.len(), self.names.hosts.len()];
        let mut shown = Bubbles::new(self.bubbles.unit_ns(), counts);
        let to_hosts = self.bubbles_to_hosts(places, ends.hosts_from());
        if view == View::Hosts {
            to_hosts.for_each(|bubble| shown.push(&bubble));
        } else {
            // Slots of hosts come after those of ports.
            let mut to_hosts = to_hosts.peekable();
            for bubble in to_ports.bubbles.iter() {
                while let Some(before) = to_hosts.next_if(|other| other.order() < bubble.order()) {
                    shown.push(&before);
                }
                shown.push(&bubble);
            }
            to_hosts.for_each(|bubble| shown.push(&bubble));
        }
        shown.shrink_to_fit();
        Self {
            grouping: if by_host { self.grouping } else { Grouping::Ports },
            ends,
            bubbles: Arc::new(shown),
            ..self.clone()
        }
    }

    /// What leaves one source for one place of hosts at a time, in order, in slots from `first` on.
    fn bubbles_to_hosts<'a>(&'a self, places: &'a HostPlaces, first: u32) -> impl Iterator<Item = Bubble> + 'a {
        let mut bubbles = self.bubbles.iter().peekable();
        // Host and packets of those that leave together, by slot and source.
        let mut together: BTreeMap<(u32, u32), (u32, u64)> = BTreeMap::new();
        let mut leaving_ns = 0;
        std::iter::from_fn(move || {
            if together.is_empty() {
                leaving_ns = bubbles.peek()?.offset_ns;
                while let Some(bubble) = bubbles.next_if(|bubble| bubble.offset_ns == leaving_ns) {
                    let slot = first + places.of(bubble.host);
                    let (host, packets) = together.entry((slot, bubble.source)).or_insert((bubble.host, 0));
                    *host = common_host(*host, bubble.host);
                    *packets += bubble.packets;
                }
            }
            let ((port, source), (host, packets)) = together.pop_first()?;
            Some(Bubble {
                offset_ns: leaving_ns,
                port,
                source,
                host,
                packets,
            })
        })
    }
}
