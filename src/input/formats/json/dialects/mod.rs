//! The dialects of JSON, a file each. A new one is a file and a line in this list.

mod eve;
mod zeek;

use super::dialect::Dialect;

/// All dialects, in the order in which they are tried: an object is of the first whose marks it has.
pub(super) const ALL: &[&Dialect] = &[&eve::EVE, &zeek::ZEEK];
