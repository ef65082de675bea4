//! The row groups of a file, read side by side and handed on in order, part by part. Owns the threads; knows no
//! column.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use parquet::file::metadata::RowGroupMetaData;

use crate::input::error::InputError;

/// Parts of a row group that may wait for those of the groups before it: a whole group of ours and
/// more, in 12 MB at most.
const PARTS_AHEAD: usize = 32;

/// Some rows of a row group that were read.
pub(in crate::input::formats) trait Part: Send {
    /// Number of rows.
    fn row_count(&self) -> u64;
}

/// Reads a row group, given its number and the number of rows before it, part by part, as long as the last
/// argument wants them.
pub(in crate::input::formats) type Read<'r, P> =
    dyn Fn(usize, u64, &mut dyn FnMut(P) -> bool) -> Result<(), InputError> + Sync + 'r;

/// Has threads read row groups by `read`, and hands their parts to `add` in the order of the file. `name` is that of
/// the file, and `damaged` makes an error of what is wrong with it.
///
/// # Errors
/// The first of `read` and `add`, and that of a group that ends early.
pub(in crate::input::formats) fn read_groups<P: Part>(
    name: &str,
    groups: &[RowGroupMetaData],
    read: &Read<'_, P>,
    damaged: &dyn Fn(String) -> InputError,
    add: &mut dyn FnMut(P) -> Result<(), InputError>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), InputError> {
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(groups.len());
    let mut starts = Vec::with_capacity(groups.len());
    let mut start = 0_u64;
    for group in groups {
        starts.push(start);
        start = start.saturating_add(group.num_rows().unsigned_abs());
    }
    thread::scope(|scope| {
        let (send_job, jobs) = channel::<(usize, SyncSender<Result<P, InputError>>)>();
        let jobs = Arc::new(Mutex::new(jobs));
        let mut handles = Vec::new();
        for number in 0..threads {
            let (jobs, starts) = (Arc::clone(&jobs), &starts);
            let work = move || {
                loop {
                    let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((group, parts)) = job else { return };
                    // Where nobody waits any more, another group was refused.
                    let mut take = |part| parts.send(Ok(part)).is_ok();
                    if let Err(error) = read(group, starts[group], &mut take) {
                        let _ = parts.send(Err(error));
                    }
                }
            };
            let thread = thread::Builder::new().name(format!("read {number}"));
            match thread.spawn_scoped(scope, work) {
                Ok(handle) => handles.push(handle),
                // With one thread less there is less speed; with none, nobody would read.
                Err(error) if number == 0 => {
                    let name = name.to_owned();
                    return Err(InputError::Open { name, error });
                }
                Err(_) => {}
            }
        }
        let mut ask = |group: usize| {
            let (parts, receive) = sync_channel(PARTS_AHEAD);
            // The threads are there as long as the sender is.
            let _ = send_job.send((group, parts));
            receive
        };
        let result = collect(groups, threads, &mut ask, damaged, add, progress);
        drop(send_job);
        // A thread that failed was noticed by its silence.
        handles.into_iter().for_each(|handle| drop(handle.join()));
        result
    })
}

/// Asks for one row group after the other, and hands on what comes of them.
fn collect<P: Part>(
    groups: &[RowGroupMetaData],
    threads: usize,
    ask: &mut dyn FnMut(usize) -> Receiver<Result<P, InputError>>,
    damaged: &dyn Fn(String) -> InputError,
    add: &mut dyn FnMut(P) -> Result<(), InputError>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), InputError> {
    let mut in_flight = VecDeque::new();
    let mut next = 0;
    for (number, group) in groups.iter().enumerate() {
        while next < groups.len() && in_flight.len() <= threads {
            in_flight.push_back(ask(next));
            next += 1;
        }
        let mut left = group.num_rows().unsigned_abs();
        for part in in_flight.pop_front().into_iter().flatten() {
            let part = part?;
            left = left.saturating_sub(part.row_count());
            add(part)?;
        }
        if left > 0 {
            return Err(damaged(format!("row group {number} ends {left} rows early")));
        }
        let bytes = group.columns().iter().map(|column| column.compressed_size());
        progress(bytes.fold(0, |sum, bytes| sum.saturating_add(bytes.unsigned_abs())));
    }
    Ok(())
}
