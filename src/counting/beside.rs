//! Counts on a thread of its own, so that whoever reads the rows goes on meanwhile. The thread takes the same rows in the
//! same order, so its counts are those of one thread. Knows nothing of what is counted.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Rows handed over at a time, some 32 bytes each.
const ROWS: usize = 1 << 13;
/// Such parts that may wait: about 1 MB of them.
const PARTS: usize = 4;

/// What counts rows.
pub trait Counter: Send + 'static {
    /// A row.
    type Row: Send;
    /// Counts rows, in order; what it leaves in the list is of no use.
    fn count(&mut self, rows: &mut Vec<Self::Row>);
}

/// A counter that counts beside.
#[derive(Debug)]
pub struct Beside<C: Counter> {
    rows: Vec<C::Row>,
    counter: Place<C>,
    /// Memory of parts that were counted.
    spare: Receiver<Vec<C::Row>>,
}

/// Where rows are counted.
#[derive(Debug)]
enum Place<C: Counter> {
    Thread(SyncSender<Vec<C::Row>>, JoinHandle<C>),
    /// Where no thread is to be had.
    Here(C),
}

impl<C: Counter> Beside<C> {
    /// Begins to count with a new counter.
    pub fn new(new: fn() -> C) -> Self {
        let (send, receive) = sync_channel::<Vec<C::Row>>(PARTS);
        let (give_back, spare) = sync_channel(PARTS + 2);
        let work = move || {
            let mut counter = new();
            receive.into_iter().for_each(|mut rows| {
                counter.count(&mut rows);
                // Where there is no room for it, or nobody takes it any more, it is let go.
                let _ = give_back.try_send(rows);
            });
            counter
        };
        let thread = thread::Builder::new().name("count".to_owned()).spawn(work);
        Self {
            rows: Vec::with_capacity(ROWS),
            counter: match thread {
                Ok(handle) => Place::Thread(send, handle),
                Err(_) => Place::Here(new()),
            },
            spare,
        }
    }

    /// Takes in a row.
    #[inline]
    pub fn add(&mut self, row: C::Row) {
        self.rows.push(row);
        if self.rows.len() == ROWS {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        match &mut self.counter {
            Place::Thread(send, _) => {
                let mut next = self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(ROWS));
                next.clear();
                let rows = std::mem::replace(&mut self.rows, next);
                // A thread that failed is noticed when it is waited for.
                let _ = send.send(rows);
            }
            Place::Here(counter) => {
                counter.count(&mut self.rows);
                self.rows.clear();
            }
        }
    }

    /// The counter with all rows counted.
    pub fn finish(mut self) -> C {
        self.hand_over();
        match self.counter {
            Place::Here(counter) => counter,
            Place::Thread(send, handle) => {
                drop(send);
                handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default)]
    struct Seen(Vec<usize>);

    impl Counter for Seen {
        type Row = usize;

        fn count(&mut self, rows: &mut Vec<usize>) {
            self.0.append(rows);
        }
    }

    #[test]
    fn all_rows_are_counted_in_order_on_a_thread_and_without_one() {
        for is_here in [false, true] {
            let mut beside = Beside::new(Seen::default);
            if is_here {
                beside.counter = Place::Here(Seen::default());
            }
            let all: Vec<usize> = (0..10 * ROWS + 17).collect();
            all.iter().for_each(|row| beside.add(*row));
            assert_eq!(beside.finish().0, all);
        }
    }
}
