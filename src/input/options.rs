//! How a log is read: what whoever reads it may choose. Knows no format.

use super::columns::ColumnNames;
use super::filter::Filter;
use super::sources::Lookup;
use super::time_reader::{TimeFormat, TimeReader, Zone};
use crate::model::{Measure, SourceKind};

/// How to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether the first row that cannot be read is an error; otherwise it is counted, and reading
    /// goes on.
    pub strict: bool,
    /// Name of the format that the log is of; `None` to tell it by its content.
    pub format: Option<String>,
    /// What sources are; by default countries, unless most addresses are private.
    pub source_kind: Option<SourceKind>,
    /// What is counted; by default packets, and records where the log has no packets.
    pub measure: Option<Measure>,
    /// The tables in which addresses are looked up.
    pub lookup: Lookup,
    /// The records that are read, where not all are.
    pub filter: Option<Filter>,
    /// Columns of tables, and keys of objects, that are named outright.
    pub columns: ColumnNames,
    /// How times are written in logs of text; `None` for the usual notations.
    pub time_format: Option<TimeFormat>,
    /// The zone of times that name none; `None` for UTC.
    pub timezone: Option<Zone>,
    /// Whether packets of a tunnel are taken for those that it carries.
    pub inner: bool,
    /// Whether replies are events, too.
    pub replies: bool,
    /// Whether records that tell again of a connection are events, too.
    pub repeats: bool,
    /// Whether events come with the addresses that they are from ([`Batch::addresses`](crate::model::Batch::addresses)).
    pub addresses: bool,
}

impl Options {
    /// Whether the log may be of the format of this name.
    pub(super) fn may_be(&self, format: &str) -> bool {
        self.format.as_deref().is_none_or(|asked| asked == format)
    }

    /// The reader of the log's times.
    pub(super) fn times(&self) -> TimeReader {
        TimeReader::new(self.time_format.as_ref(), self.timezone.as_ref())
    }
}
