//! Ctrl-C: whom it concerns. Before a film has begun there is nothing to save and the program ends
//! at once; from then on the pipeline is asked to close the file.

use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by the signal handler and the command at work.
#[derive(Debug, Default)]
pub struct Interrupt {
    asked: AtomicBool,
    taken_over: AtomicBool,
}

impl Interrupt {
    /// For the signal handler: asks the command to end. False where it does not listen yet; then
    /// the handler has to end the program.
    pub fn ask(&self) -> bool {
        self.asked.store(true, Ordering::SeqCst);
        self.taken_over.load(Ordering::SeqCst)
    }

    /// For the command: from now on it looks at [`Interrupt::is_asked`] and ends by itself.
    pub(super) fn take_over(&self) {
        self.taken_over.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
