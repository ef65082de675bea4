//! Remarks on packets that are far in time from all others, as those of a clock that was not set: a film
//! that holds them shows little else.

use crate::log::Log;
use crate::model::{EventPlace, Reading};
use crate::words::{counted, spoken_duration, utc};

const DAY_NS: i64 = 86_400_000_000_000;

/// A gap is remarked on if it is this many times as long as the time that nearly all bubbles take.
const FACTOR: i64 = 20;

/// The first and the last packets of a log: their times, and where they stand.
pub struct Ends {
    earliest: Option<EventPlace>,
    latest: Option<EventPlace>,
    files: Vec<String>,
}

impl Ends {
    /// The ends of a log that was read.
    pub fn new(reading: &Reading) -> Self {
        Self {
            earliest: reading.earliest,
            latest: reading.latest,
            files: reading.files.clone(),
        }
    }

    /// Remarks on packets before or behind a long gap, with the option that leaves them out.
    pub fn remarks(&self, log: &Log) -> Vec<String> {
        let bubbles = &log.bubbles;
        let count = bubbles.len();
        // As many as may be far off: some, and few of all.
        let most = (count / 50).clamp(5, 10_000).min(count / 4);
        if most == 0 {
            return Vec::new();
        }
        let time = |index: usize| log.timeline.start_ns.saturating_add(bubbles.get(index).offset_ns);
        let usual_ns = time(count - 1 - most).saturating_sub(time(most));
        let gap = |index: &usize| time(*index).saturating_sub(time(*index - 1));
        let is_long = |index: &usize| gap(index) >= DAY_NS && gap(index) / FACTOR > usual_ns;
        let mut remarks = Vec::new();
        if let Some(first) = (1..=most).max_by_key(gap).filter(is_long)
            && let Some(place) = self.place(self.earliest, time(0))
        {
            remarks.push(format!(
                "{place} is {} before the bulk of the log, {} of {}: leave that out with --start {}",
                spoken_duration(gap(&first).unsigned_abs()),
                counted(first as u64, "bubble"),
                counted(count as u64, "bubble"),
                utc(time(first)),
            ));
        }
        if let Some(last) = (count - most..count).max_by_key(gap).filter(is_long)
            && let Some(place) = self.place(self.latest, time(count - 1))
        {
            // The bubble before the gap may have packets until its bin ends.
            let end_ns = time(last - 1).saturating_add(log.timeline.bin_ns.min(gap(&last)));
            remarks.push(format!(
                "{place} is {} behind the bulk of the log, {} of {}: leave that out with --end {}",
                spoken_duration(gap(&last).unsigned_abs()),
                counted((count - last) as u64, "bubble"),
                counted(count as u64, "bubble"),
                utc(end_ns),
            ));
        }
        remarks
    }

    /// The place of an end of the log, if it is in the film.
    fn place(&self, end: Option<EventPlace>, shown_ns: i64) -> Option<String> {
        let end = end.filter(|end| end.time_ns == shown_ns)?;
        let file = match self.files.as_slice() {
            [_] => String::new(),
            files => format!("{}, ", files.get(end.file as usize)?),
        };
        Some(format!("{file}{} ({})", end.place, utc(end.time_ns)))
    }
}
