//! What stands at the ends of flights: the ports of a log, or its hosts, each in a slot, on two sides of a picture.
//! Owns their order and their names; knows nothing of where they are drawn.

use std::ops::Range;

use crate::model::{Names, Port, Protocol};
use crate::words::{self, SEVERAL_HOSTS_TEXT};

/// A thing to which bubbles fly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// A port.
    Port(Port),
    /// A host: an index into [`Names::hosts`], or [`SEVERAL_HOSTS`](crate::model::SEVERAL_HOSTS).
    Host(u32),
}

impl End {
    /// Its name in a picture: the number of a port, a host as the log calls it.
    #[must_use]
    pub fn name(self, names: &Names) -> String {
        match self {
            Self::Port(port) => port.number.to_string(),
            Self::Host(host) => {
                let name = names.hosts.get(host as usize);
                name.map_or(SEVERAL_HOSTS_TEXT.to_owned(), Clone::clone)
            }
        }
    }

    /// What is told beside its name: the short name of a port's service.
    #[must_use]
    pub fn note(self) -> Option<&'static str> {
        match self {
            Self::Port(port) => words::service_name(port),
            Self::Host(_) => None,
        }
    }

    /// The port that it is.
    #[must_use]
    pub fn port(self) -> Option<Port> {
        match self {
            Self::Port(port) => Some(port),
            Self::Host(_) => None,
        }
    }
}

/// The ends of a log by their slots: those on the left side, then those on the right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    all: Vec<End>,
    left: usize,
}

impl Ends {
    /// Ports in ascending order: UDP to the left, TCP to the right.
    #[must_use]
    pub fn of_ports(ports: impl IntoIterator<Item = Port>) -> Self {
        let all: Vec<End> = ports.into_iter().map(End::Port).collect();
        let is_left = |end: &End| end.port().is_some_and(|port| port.protocol == Protocol::Udp);
        Self {
            left: all.partition_point(is_left),
            all,
        }
    }

    /// Hosts in this order, all to the right.
    #[must_use]
    pub fn of_hosts(hosts: impl IntoIterator<Item = u32>) -> Self {
        Self {
            all: hosts.into_iter().map(End::Host).collect(),
            left: 0,
        }
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
        self.iter().filter_map(End::port)
    }

    /// The slot of a port.
    #[must_use]
    pub fn slot_of(&self, port: Port) -> Option<usize> {
        self.all.binary_search(&End::Port(port)).ok()
    }

    /// Number of the ends on the left side: the slots on the right begin with it.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left
    }

    /// The side of a slot: 0 to the left, 1 to the right.
    #[must_use]
    #[inline]
    pub fn side(&self, slot: u32) -> usize {
        usize::from(slot as usize >= self.left)
    }

    /// The slots of a side.
    #[must_use]
    pub fn slots(&self, side: usize) -> Range<usize> {
        if side == 0 {
            0..self.left
        } else {
            self.left..self.all.len()
        }
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
        assert_eq!(
            (ends.len(), ends.left(), ends.slots(0), ends.slots(1)),
            (3, 1, 0..1, 1..3)
        );
        assert_eq!([0, 1, 2].map(|slot| ends.side(slot)), [0, 1, 1]);
        assert_eq!(ends.ports().collect::<Vec<_>>(), ports);
        assert_eq!(ports.map(|port| ends.slot_of(port)), [Some(0), Some(1), Some(2)]);
        assert_eq!(ends.slot_of(port(Protocol::Udp, 22)), None);
        let names = Names {
            sources: Vec::new(),
            hosts: vec!["a".to_owned(), "b".to_owned()],
        };
        assert_eq!(
            (ends.get(2).name(&names), ends.get(2).note()),
            ("1433".to_owned(), Some("ms-sql"))
        );

        let ends = Ends::of_hosts([1, 0]);
        assert_eq!(
            (ends.left(), ends.slots(0), ends.slots(1), ends.side(0)),
            (0, 0..0, 0..2, 1)
        );
        assert_eq!((ends.get(0).name(&names), ends.get(0).note()), ("b".to_owned(), None));
        assert_eq!(ends.ports().count(), 0);
    }
}
