//! Decoders that may panic: a damaged file is an error, and says nothing on the terminal. The only home
//! of the panic hook.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use parquet::errors::{ParquetError, Result};

thread_local! {
    /// Whether this thread is in a decoder.
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder; its panic is an error. Of what it was working on, nothing is to be used after one.
pub(in crate::input::formats) fn decode<T>(decoder: impl FnOnce() -> Result<T>) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !DECODING.get() {
                others(panic);
            }
        }));
    });
    let within = DECODING.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(decoder));
    DECODING.set(within);
    result.unwrap_or_else(|_| Err(ParquetError::General("a page cannot be decoded".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_the_next_call_works() {
        let panics = || decode(|| -> Result<u8> { panic!("in a decoder") });
        assert!(panics().is_err_and(|error| error.to_string().contains("cannot be decoded")));
        assert_eq!(decode(|| Ok(5)).ok(), Some(5));
        // Other threads at once, and one within another.
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert!(decode(|| Ok(panics().is_err())).is_ok_and(|failed| failed)));
            }
        });
        assert!(!DECODING.get());
    }
}
