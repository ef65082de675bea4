//! Protocol, port and source of an event in one number: the events of a bin that share it are one bubble.

use crate::model::{Event, Port, Protocol};

/// Number of ports of both protocols.
pub(super) const PORTS: usize = 1 << 17;

/// Bits of a source's number.
const SOURCE_BITS: u32 = 20;

/// Bits of a [`kind_of`].
pub(super) const KIND_BITS: u32 = PORTS.trailing_zeros() + SOURCE_BITS;

/// Number of a port among those of both protocols, below [`PORTS`]: UDP before TCP.
pub(super) fn number_of(port: Port) -> u32 {
    (port.protocol.index() as u32) << 16 | u32::from(port.number)
}

/// The port of a number from [`number_of`].
pub(super) fn port_of(number: usize) -> Port {
    Port {
        protocol: Protocol::ALL[number >> 16],
        number: number as u16,
    }
}

/// Port and source in one number, ordered by the port first.
pub(super) fn kind(port: u32, source: u32) -> u64 {
    u64::from(port) << SOURCE_BITS | u64::from(source)
}

/// Port and source of an event in one number.
pub(super) fn kind_of(event: &Event) -> u64 {
    kind(number_of(event.port), event.source)
}

/// The port's number in a kind.
pub(super) fn port_in(kind: u64) -> usize {
    (kind >> SOURCE_BITS) as usize
}

/// The source in a kind.
pub(super) fn source_in(kind: u64) -> usize {
    (kind & ((1 << SOURCE_BITS) - 1)) as usize
}
