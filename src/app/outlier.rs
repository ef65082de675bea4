//! Remarks on packets that are far in time from all others, as those of a clock that was not set: a film
//! that holds them shows little else.

use crate::log::Log;
use crate::model::{EventPlace, Measure, Reading};
use crate::profile::{Drawn, FarOff, Span, far_off};
use crate::words::{counted, measured, spoken_duration, utc};

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

    /// Remarks on a film's packets before or behind a long gap, with the option that leaves them out.
    pub fn remarks(&self, log: &Log) -> Vec<String> {
        let bubbles = &log.bubbles;
        let count = bubbles.len();
        if count == 0 {
            return Vec::new();
        }
        let time = |index: usize| log.timeline.start_ns.saturating_add(bubbles.get(index).offset_ns);
        let far_off = |total: u64, weight: &dyn Fn(usize) -> u64| {
            let span = |index: usize| Span {
                first_ns: time(index),
                last_ns: time(index),
                count: weight(index),
            };
            far_off(total, (0..count).map(span), (0..count).rev().map(span))
        };
        let by_bubbles = far_off(count as u64, &|_| 1);
        // What is far off may have made bins so long that the bulk of the log is a bubble or two.
        let packets = log.packets.iter().fold(0, |sum: u64, side| sum.saturating_add(*side));
        let mut by_packets = far_off(packets, &|index| bubbles.packets(index));
        for (of_bubbles, of_packets) in by_bubbles.iter().zip(&mut by_packets) {
            *of_packets = of_packets.filter(|_| of_bubbles.is_none());
        }
        let ends_ns = [time(0), time(count - 1)];
        let bin_ns = log.timeline.bin_ns;
        let mut remarks = self.told(by_bubbles, ends_ns, bin_ns, |far| {
            format!("{} of {}", counted(far, "bubble"), counted(count as u64, "bubble"))
        });
        remarks.extend(self.told(by_packets, ends_ns, bin_ns, |far| {
            format!("{} of {}", measured(far, log.measure), measured(packets, log.measure))
        }));
        remarks
    }

    /// The same for the packets that a profile counted.
    pub fn remarks_on(&self, drawn: &Drawn, measure: Measure) -> Vec<String> {
        let packets = drawn.protocols.iter().map(|protocol| protocol.packets).sum();
        self.told(drawn.far_off, [drawn.first_ns, drawn.last_ns], drawn.bin_ns, |far| {
            format!("{} of {}", measured(far, measure), measured(packets, measure))
        })
    }

    fn told(
        &self,
        [before, behind]: [Option<FarOff>; 2],
        [first_ns, last_ns]: [i64; 2],
        bin_ns: i64,
        share: impl Fn(u64) -> String,
    ) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(far) = before
            && let Some(place) = self.place(self.earliest, first_ns)
        {
            remarks.push(format!(
                "{place} is {} before the bulk of the log, {}: leave that out with --start {}",
                spoken_duration(far.gap_ns.unsigned_abs()),
                share(far.count),
                utc(far.edge_ns),
            ));
        }
        if let Some(far) = behind
            && let Some(place) = self.place(self.latest, last_ns)
        {
            // The bubble before the gap may have packets until its bin ends.
            let end_ns = far.edge_ns.saturating_add(bin_ns.min(far.gap_ns));
            remarks.push(format!(
                "{place} is {} behind the bulk of the log, {}: leave that out with --end {}",
                spoken_duration(far.gap_ns.unsigned_abs()),
                share(far.count),
                utc(end_ns),
            ));
        }
        remarks
    }

    /// The place of an end of the log, if that end is shown.
    fn place(&self, end: Option<EventPlace>, shown_ns: i64) -> Option<String> {
        let end = end.filter(|end| end.time_ns == shown_ns)?;
        let file = match self.files.as_slice() {
            [_] => String::new(),
            files => format!("{}, ", files.get(end.file as usize)?),
        };
        Some(format!("{file}{} ({})", end.place, utc(end.time_ns)))
    }
}
