//! Protocol, port and source of an event in one number: the events of a bin that share it are one bubble.

use crate::model::{Event, Port};

/// Bits of a source's number.
const SOURCE_BITS: u32 = 20;

/// Bits of a [`kind_of`].
pub(super) const KIND_BITS: u32 = Port::COUNT.trailing_zeros() + SOURCE_BITS;

/// Port and source in one number, ordered by the port first.
pub(super) fn kind(port: u32, source: u32) -> u64 {
    u64::from(port) << SOURCE_BITS | u64::from(source)
}

/// Port and source of an event in one number.
pub(super) fn kind_of(event: &Event) -> u64 {
    kind(event.port.index(), event.source)
}

/// The port's number in a kind.
pub(super) fn port_in(kind: u64) -> usize {
    (kind >> SOURCE_BITS) as usize
}

/// The source in a kind.
pub(super) fn source_in(kind: u64) -> usize {
    (kind & ((1 << SOURCE_BITS) - 1)) as usize
}
