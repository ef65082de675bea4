//! The seam between the lines of a log and the formats whose records are lines: a format reads one line
//! at a time and says what it tells.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::stamp::Stamp;
use crate::input::syslog::Message;

/// A format each of whose records is a line that can be read by itself.
pub(super) trait Lines: Sync {
    /// What the format is called, and what of it is counted.
    fn about(&self) -> About;

    /// The fields that are taken for what, in a few words.
    fn fields(&self) -> &'static str;

    /// Reads a line into `packets`, which are those of a line without any. It is called with lines of all
    /// kinds, and returns quickly, with nothing read, where one is not its own.
    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said;

    /// Name of a field in messages.
    fn name_of(&self, field: Field) -> &'static str;
}

/// Packets that a line tells of.
#[derive(Clone, Copy, Default)]
pub(super) struct Packets<'l> {
    pub fields: Fields<'l>,
    /// The message's own time; where it has none, it is that of the line's head.
    pub stamp: Stamp,
}

/// What a line tells.
pub(super) enum Said {
    /// The line is of another format.
    Nothing,
    /// The line is of this format, and tells of no packets that count.
    Other,
    /// Packets, which were read.
    Packets,
    /// The line is of this format, and cannot be read: what was found, and what was expected.
    Unreadable(String),
}
