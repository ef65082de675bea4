//! Counts bubbles on a thread of its own, since that takes as long as everything else that a profile
//! counts. The thread takes the same rows in the same order, so its counts are those of one thread.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::ladder::{Ladder, Step};

/// Rows handed over at a time, 32 bytes each.
const ROWS: usize = 1 << 13;
/// Such parts that may wait: 1 MB of them.
const PARTS: usize = 4;

/// A ladder that is climbed beside.
#[derive(Debug)]
pub(super) struct Beside {
    rows: Vec<Step>,
    thread: Option<(SyncSender<Vec<Step>>, JoinHandle<Ladder>)>,
    /// Memory of parts that were counted.
    spare: Receiver<Vec<Step>>,
    /// Where no thread is to be had.
    here: Ladder,
}

impl Beside {
    pub fn new() -> Self {
        let (send, receive) = sync_channel::<Vec<Step>>(PARTS);
        let (give_back, spare) = sync_channel(PARTS + 2);
        let work = move || {
            let mut ladder = Ladder::new();
            receive.into_iter().for_each(|mut rows| {
                ladder.add(&mut rows);
                // Where there is no room for it, or nobody takes it any more, it is let go.
                let _ = give_back.try_send(rows);
            });
            ladder
        };
        let thread = thread::Builder::new().name("count".to_owned()).spawn(work);
        Self {
            rows: Vec::with_capacity(ROWS),
            thread: thread.ok().map(|handle| (send, handle)),
            spare,
            here: Ladder::new(),
        }
    }

    /// See [`Ladder::add`].
    #[inline]
    pub fn add(&mut self, row: Step) {
        self.rows.push(row);
        if self.rows.len() == ROWS {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        match &self.thread {
            Some((send, _)) => {
                let mut next = self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(ROWS));
                next.clear();
                let rows = std::mem::replace(&mut self.rows, next);
                // A thread that failed is noticed when it is waited for.
                let _ = send.send(rows);
            }
            None => {
                self.here.add(&mut self.rows);
                self.rows.clear();
            }
        }
    }

    /// The ladder with all rows counted.
    pub fn finish(mut self) -> Ladder {
        self.hand_over();
        match self.thread.take() {
            None => self.here,
            Some((send, handle)) => {
                drop(send);
                handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        }
    }
}
