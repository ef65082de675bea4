//! Ctrl-C: whom it concerns. Before a film has begun there is nothing to save and the program ends
//! at once; from then on the pipeline is asked to close the file.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by the signal handler and the command at work.
#[derive(Default)]
pub struct Interrupt {
    asked: AtomicBool,
    taken_over: AtomicBool,
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Interrupt {
    /// For the signal handler: asks the command to end. False where it does not listen yet; then
    /// the handler has to end the program.
    pub fn ask(&self) -> bool {
        self.asked.store(true, Ordering::SeqCst);
        if let Some(wake) = self.wake.get() {
            wake();
        }
        self.taken_over.load(Ordering::SeqCst)
    }

    /// For the command: from now on it looks at [`Interrupt::is_asked`] and ends by itself.
    pub(super) fn take_over(&self) {
        self.taken_over.store(true, Ordering::SeqCst);
    }

    /// The same for a command that sleeps: `wake` is called whenever it is asked.
    pub(super) fn take_over_waking(&self, wake: impl Fn() + Send + Sync + 'static) {
        // The first to take over is the one at work.
        let _ = self.wake.set(Box::new(wake));
        self.take_over();
    }

    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
