//! What of a bin becomes one bubble: a choice of the log. Also the number of protocol, port, source and host by which
//! events are grouped, and how several hosts are written among its bits.

use super::kind;
use crate::model::{Event, SEVERAL_HOSTS};

/// Which packets of a bin are one bubble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// Those of one source to one port.
    #[default]
    Ports,
    /// Those of one source to one port of one host. All bubbles of one source and port in a bin depart with the first
    /// event of them, whatever its host: joined over hosts they are those of [`Grouping::Ports`].
    PortsByHost,
}

impl Grouping {
    /// The part of a [`who_of`] that the groups of one bubble share; in its order.
    #[inline]
    pub(super) fn key(self, who: u64) -> u64 {
        match self {
            Self::Ports => kind_in(who),
            Self::PortsByHost => who,
        }
    }
}

/// Bits of a host in a [`who_of`]; a log has fewer hosts.
const HOST_BITS: u32 = 21;

/// Protocol, port and source, and host in one number.
pub(super) fn who(kind: u64, host: u32) -> u64 {
    kind << HOST_BITS | in_bits(host, HOST_BITS)
}

/// Protocol, port, source and host of an event in one number.
pub(super) fn who_of(event: &Event) -> u64 {
    who(kind::kind_of(event), event.host)
}

/// Protocol, port and source in a [`who_of`].
pub(super) fn kind_in(who: u64) -> u64 {
    who >> HOST_BITS
}

/// The host in a [`who_of`], or [`SEVERAL_HOSTS`].
pub(super) fn host_in(who: u64) -> u32 {
    from_bits(who & low_bits(HOST_BITS), HOST_BITS)
}

/// A host's number in some bits: the last of their numbers stands for several hosts.
pub(super) fn in_bits(host: u32, bits: u32) -> u64 {
    u64::from(host).min(low_bits(bits))
}

/// The host that [`in_bits`] wrote.
pub(super) fn from_bits(number: u64, bits: u32) -> u32 {
    if number == low_bits(bits) {
        SEVERAL_HOSTS
    } else {
        number as u32
    }
}

/// The host of two bubbles, or groups, that become one.
pub(super) fn common_host(one: u32, other: u32) -> u32 {
    if one == other { one } else { SEVERAL_HOSTS }
}

/// A number whose lowest `count` bits are set.
pub(super) fn low_bits(count: u32) -> u64 {
    (1 << count) - 1
}
