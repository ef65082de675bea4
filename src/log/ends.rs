//! What stands at the ends of flights: the ports of a log, or its hosts, each in a slot, on a side of a picture.
//! Owns their order and their names; knows nothing of where they are drawn.

use std::ops::Range;
use std::sync::Arc;

use crate::model::{Port, Protocol};
use crate::words;

/// A thing to which bubbles fly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// A port.
    Port(Port),
    /// A place of hosts, by its number.
    Host(u32),
}

impl End {
    /// The port that it is.
    #[must_use]
    pub fn port(self) -> Option<Port> {
        match self {
            Self::Port(port) => Some(port),
            Self::Host(_) => None,
        }
    }
}

/// Number of sides: UDP, TCP and hosts, in this order.
pub const SIDES: usize = 3;

/// The ends of a log by their slots, side by side: UDP ports, TCP ports, places of hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    all: Vec<End>,
    /// The first slots of the second and of the third side.
    from: [u32; SIDES - 1],
    host_names: Vec<Arc<str>>,
}

impl Ends {
    /// Ports in ascending order: UDP, then TCP.
    #[must_use]
    pub fn of_ports(ports: impl IntoIterator<Item = Port>) -> Self {
        let all: Vec<End> = ports.into_iter().map(End::Port).collect();
        let is_udp = |end: &End| end.port().is_some_and(|port| port.protocol == Protocol::Udp);
        Self {
            from: [all.partition_point(is_udp), all.len()].map(|slot| slot as u32),
            all,
            host_names: Vec::new(),
        }
    }

    /// The same with places of hosts behind the ports, in place of any that there are.
    #[must_use]
    pub fn with_hosts(mut self, names: &[Arc<str>]) -> Self {
        self.all.truncate(self.hosts_from() as usize);
        self.all.extend((0..names.len() as u32).map(End::Host));
        self.host_names = names.to_vec();
        self
    }

    /// Number of ends.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The end in a slot.
    #[must_use]
    pub fn get(&self, slot: usize) -> End {
        self.all[slot]
    }

    /// All ends, in the order of their slots.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = End> {
        self.all.iter().copied()
    }

    /// The ports among them, in the order of their slots.
    pub fn ports(&self) -> impl Iterator<Item = Port> {
        self.iter().map_while(End::port)
    }

    /// The slot of a port.
    #[must_use]
    pub fn slot_of(&self, port: Port) -> Option<usize> {
        self.all[..self.hosts_from() as usize]
            .binary_search(&End::Port(port))
            .ok()
    }

    /// The name of an end in a picture: the number of a port, the name of a place of hosts.
    #[must_use]
    pub fn name(&self, slot: usize) -> Arc<str> {
        match self.get(slot) {
            End::Port(port) => port.number.to_string().into(),
            End::Host(place) => Arc::clone(&self.host_names[place as usize]),
        }
    }

    /// What is told beside a name: the short name of a port's service.
    #[must_use]
    pub fn note(&self, slot: usize) -> Option<&'static str> {
        self.get(slot).port().and_then(words::service_name)
    }

    /// The first slots of the second and of the third side.
    #[must_use]
    pub fn sides_from(&self) -> [u32; SIDES - 1] {
        self.from
    }

    /// The first slot of hosts.
    #[must_use]
    pub fn hosts_from(&self) -> u32 {
        self.from[1]
    }

    /// The side of a slot: 0 for UDP, 1 for TCP, 2 for hosts.
    #[must_use]
    #[inline]
    pub fn side(&self, slot: u32) -> usize {
        usize::from(slot >= self.from[0]) + usize::from(slot >= self.from[1])
    }

    /// The slots of a side.
    #[must_use]
    pub fn slots(&self, side: usize) -> Range<usize> {
        let [tcp, hosts] = self.from.map(|slot| slot as usize);
        [0..tcp, tcp..hosts, hosts..self.all.len()][side].clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_have_two_sides_and_hosts_have_one() {
        let port = |protocol, number| Port { protocol, number };
        let ports = [
            port(Protocol::Udp, 53),
            port(Protocol::Tcp, 22),
            port(Protocol::Tcp, 1433),
        ];
        let ends = Ends::of_ports(ports);
        let slots = |ends: &Ends| [0, 1, 2].map(|side| ends.slots(side));
        assert_eq!((ends.len(), slots(&ends)), (3, [0..1, 1..3, 3..3]));
        assert_eq!([0, 1, 2].map(|slot| ends.side(slot)), [0, 1, 1]);
        assert_eq!(ends.ports().collect::<Vec<_>>(), ports);
        assert_eq!(ports.map(|port| ends.slot_of(port)), [Some(0), Some(1), Some(2)]);
        assert_eq!(ends.slot_of(port(Protocol::Udp, 22)), None);
        assert_eq!((&*ends.name(2), ends.note(2)), ("1433", Some("ms-sql")));

        let names = ["b", "a"].map(Arc::from);
        let both = ends.with_hosts(&names);
        assert_eq!((both.len(), slots(&both)), (5, [0..1, 1..3, 3..5]));
        assert_eq!([0, 1, 2, 3, 4].map(|slot| both.side(slot)), [0, 1, 1, 2, 2]);
        assert_eq!(both.slot_of(ports[2]), Some(2));
        assert_eq!((&*both.name(3), both.note(3)), ("b", None));

        let hosts = Ends::default().with_hosts(&names);
        assert_eq!((slots(&hosts), hosts.side(0)), ([0..0, 0..0, 0..2], 2));
        assert_eq!(hosts.ports().count(), 0);
    }
}
