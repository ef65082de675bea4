//! A fault in a filter, and its place.

use std::fmt;

/// Why a text is no filter. It is displayed with the text's fault marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// Number of characters before the fault.
    pub at: usize,
    what: String,
    /// The filter; empty as long as it is not known.
    text: String,
}

impl FilterError {
    pub(super) fn new(at: usize, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
            text: String::new(),
        }
    }

    /// The same fault, of this filter.
    pub(super) fn of(self, text: &str) -> Self {
        Self {
            text: text.replace(char::is_control, " "),
            ..self
        }
    }
}

impl std::error::Error for FilterError {}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, what, text } = self;
        write!(f, "{what}\n  {text}\n  {:at$}^", "")
    }
}
