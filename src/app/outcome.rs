//! The end of a command that was carried out.

/// The end of a command that was carried out, as far as it could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is done.
    Done,
    /// All is done with what could be read of the log, and rows of it are lost.
    Incomplete,
    /// Ctrl-C; what there was has been saved.
    Interrupted,
}

impl Outcome {
    /// The end of a command that read a log with these losses.
    pub(super) fn of(losses: &[String]) -> Self {
        if losses.is_empty() {
            Self::Done
        } else {
            Self::Incomplete
        }
    }
}
