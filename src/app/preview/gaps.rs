//! Gaps: film time in which nothing flies, from the last arrival to the next departure.

use super::super::clock::{frame_before, frames_in};
use crate::log::Log;

/// A gap shorter than this is watched: skipping it would show as a jerk. Seconds of film.
const SHORTEST_GAP_SECS: f64 = 0.5;
/// Time before the next departure at which the end of a gap is shown, in seconds of film.
const LEAD_SECS: f64 = 0.2;

/// The frame at which to go on when frame `frame` is in a gap: shortly before the next departure.
/// `None` where a bubble flies, or will soon, or never will again.
pub fn end_of_gap(log: &Log, frame: u64) -> Option<u64> {
    let timeline = &log.timeline;
    let bubbles = &log.bubbles;
    let next = bubbles.departed_by(timeline.departed_ns(frame));
    let flies = next > 0 && bubbles.get(next - 1).offset_ns > timeline.arrived_ns(frame);
    if flies || next == bubbles.len() {
        return None;
    }
    let resume = frame_before(bubbles.get(next).offset_ns, LEAD_SECS, timeline);
    (resume > frame + frames_in(SHORTEST_GAP_SECS, timeline)).then_some(resume)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{self, LogPart, Options};
    use crate::log::{Grouping, LogBuilder};
    use crate::timeline::TimeSpec;

    fn log(csv: &str, spec: &TimeSpec) -> Log {
        let mut log = LogBuilder::new(spec.clone(), Grouping::Ports);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), csv).unwrap();
        let sources = [LogPart::File(file.path().to_owned())];
        let options = Options {
            strict: true,
            ..Options::default()
        };
        let reading = input::stream(&sources, &options, &mut |_| {}, &mut |batch| log.add(batch));
        log.finish(reading.unwrap()).unwrap()
    }

    #[test]
    fn gaps_end_shortly_before_the_next_departure() {
        let csv = "ts,proto,dpt,cc\n0,TCP,80,US\n6000,TCP,80,US\n";
        let spec = TimeSpec {
            pace_ns: Some(60_000_000_000),
            ..TimeSpec::default()
        };
        let log = log(csv, &spec);
        // In flight for 2.8 s, 70 frames; the second departs at 100 s, frame 2500.
        assert_eq!(end_of_gap(&log, 0), None);
        assert_eq!(end_of_gap(&log, 69), None);
        assert_eq!(end_of_gap(&log, 70), Some(2495));
        assert_eq!(end_of_gap(&log, 2490), None);
        assert_eq!(end_of_gap(&log, 2510), None);
        assert_eq!(end_of_gap(&log, 2569), None);
    }
}
