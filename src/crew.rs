//! Threads that work on one picture together. Encoders have one thread each and share nothing; a window,
//! which waits for every picture, uses all threads for it. Knows no picture, only closures.
//!
//! Work that can be shared out calls [`each`] and [`both`]. On the threads of a [`Crew`] its parts run
//! side by side, on any other thread one after the other, with the same outcome.

use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads that work on one picture together.
pub struct Crew(ThreadPool);

impl Crew {
    /// Starts `threads` threads, at least 1.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(|number| format!("drawing {number}"))
            .build();
        pool.map(Self).map_err(std::io::Error::other)
    }

    /// Runs a closure on one of the threads; the parts that it shares out run on all of them.
    pub fn work<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.install(work)
    }
}

/// Calls a closure with each item.
pub fn each<T: Send>(items: impl Iterator<Item = T>, work: impl Fn(T) + Sync + Send) {
    if is_in_crew() {
        let items: Vec<T> = items.collect();
        items.into_par_iter().with_max_len(1).for_each(work);
    } else {
        items.for_each(work);
    }
}

/// Calls two closures.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    if is_in_crew() {
        rayon::join(one, other)
    } else {
        (one(), other())
    }
}

/// Whether this is the thread of a crew. From any other thread, rayon would send the work to a pool that it
/// makes itself.
fn is_in_crew() -> bool {
    rayon::current_thread_index().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::sync::{Barrier, Mutex};
    use std::thread;

    #[test]
    fn a_crew_works_side_by_side_and_others_one_after_the_other() {
        // No thread passes before two are there.
        let barrier = Barrier::new(2);
        let threads = Mutex::new(BTreeSet::new());
        let meet = || {
            threads.lock().unwrap().insert(format!("{:?}", thread::current().id()));
            barrier.wait();
        };
        let crew = Crew::new(2).unwrap();
        crew.work(|| {
            each(0..2, |_| meet());
            both(meet, meet)
        });
        assert_eq!(threads.lock().unwrap().len(), 2);

        let here = thread::current().id();
        let order = Mutex::new(Vec::new());
        let note = |number| {
            assert_eq!(thread::current().id(), here);
            order.lock().unwrap().push(number);
        };
        each(0..3, note);
        assert_eq!(both(|| note(3), || note(4)), ((), ()));
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
    }
}
