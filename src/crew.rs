//! Threads that work on one picture together. Encoders have one each and share nothing; a window, which
//! waits for every picture, has them all. Knows no picture: what is shared out are closures.
//!
//! What can be shared out calls [`each`] and [`both`]. On the threads of a [`Crew`] they work side by
//! side, anywhere else one after the other, and the outcome is the same.

use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads that work on one picture together.
pub struct Crew(ThreadPool);

impl Crew {
    /// So many, at least one.
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

    /// Does something on one of them; what of it can be shared, all do.
    pub fn work<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.install(work)
    }
}

/// Does something with each item.
pub fn each<T: Send>(items: impl Iterator<Item = T>, work: impl Fn(T) + Sync + Send) {
    if is_in_crew() {
        let items: Vec<T> = items.collect();
        items.into_par_iter().with_max_len(1).for_each(work);
    } else {
        items.for_each(work);
    }
}

/// Does two things.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    if is_in_crew() {
        rayon::join(one, other)
    } else {
        (one(), other())
    }
}

/// rayon would send the work of any other thread to a pool of its own making.
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
        // Nobody passes before two are there.
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
