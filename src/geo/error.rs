//! Errors of opening a table, and the words of their messages.

use std::io;

use thiserror::Error;

/// The reason why a table cannot be used. Each message names the table, its fault and the remedy.
///
/// Causes are part of the message, and so not repeated by [`std::error::Error::source`].
#[derive(Debug, Error)]
pub enum GeoError {
    /// The file cannot be read.
    #[error("{name}: cannot read the table: {error}; {}", remedy(error))]
    Read {
        /// The table's file.
        name: String,
        /// The system's reason.
        error: io::Error,
    },
    /// Not an mmdb.
    #[error("{name}: {what}; expected a MaxMind DB, like GeoLite2-Country.mmdb or dbip-country-lite.mmdb")]
    NotMmdb {
        /// The table's file.
        name: String,
        /// What it seems to be, and what helps.
        what: &'static str,
    },
    /// An mmdb that does not decode.
    #[error("{name}: the table is damaged ({fault}); fetch it again")]
    Damaged {
        /// The table's file.
        name: String,
        /// The reader's reason.
        fault: String,
    },
    /// An mmdb of something else.
    #[error("{name}: is a table of {kind} and names no {wanted}; expected one like {example}")]
    Without {
        /// The table's file.
        name: String,
        /// Its own name for its kind.
        kind: String,
        /// `countries` or `autonomous systems`.
        wanted: &'static str,
        /// A file that would do.
        example: &'static str,
    },
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check its path",
        io::ErrorKind::PermissionDenied => "allow this user to read it",
        io::ErrorKind::IsADirectory => "name the file in it",
        _ => "try again, or use another table",
    }
}
