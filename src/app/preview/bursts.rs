//! The moments worth jumping to, and those worth skipping.
//!
//! A **burst** begins where a fifth of a second of film (five bins) has at least [`TIMES_USUAL`]
//! times the packets that are usual around it, and the fifth before it had not. Usual is the median
//! over the fifths with packets within [`AROUND`] of them on either side, and at least
//! [`LEAST_USUAL`] packets: where a log is all but silent, a handful is no burst.
//!
//! A **gap** is film time in which nothing flies: from the last arrival to the next departure.

use crate::log::Log;
use crate::timeline::Timeline;

/// Fifths of a second of film.
const PER_FILM_SEC: f64 = 5.0;
/// A log is cut in at most so many pieces; those of very long films are longer than a fifth.
const MOST_PIECES: usize = 20_000;
/// Times what is usual.
const TIMES_USUAL: u64 = 2;
/// Pieces on either side: 15 seconds of film.
const AROUND: usize = 75;
/// Packets that are usual at least.
const LEAST_USUAL: u64 = 5;
/// A gap shorter than this is watched: skipping it would show as a jerk. Seconds of film.
const SHORTEST_GAP_SECS: f64 = 0.5;
/// How long before its first departure a burst or the end of a gap is shown, in seconds of film.
const LEAD_SECS: f64 = 0.2;
/// Back jumps to the burst before the one that began so short a time ago, in seconds of film.
const JUST_BEGUN_SECS: f64 = 0.8;

/// The frames at which bursts begin, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bursts {
    frames: Vec<u64>,
    just_begun: u64,
}

impl Bursts {
    /// Finds the bursts of a log.
    pub fn new(log: &Log) -> Self {
        let timeline = &log.timeline;
        let span_ns = timeline.span_ns();
        let film_secs = span_ns as f64 / 1e9 / timeline.pace_secs();
        let pieces = ((film_secs * PER_FILM_SEC).ceil() as usize).clamp(1, MOST_PIECES);
        let piece_of = |offset_ns: i64| (i128::from(offset_ns) * pieces as i128 / i128::from(span_ns)) as usize;
        let mut packets = vec![0_u64; pieces];
        let mut first_ns = vec![None; pieces];
        for bubble in log.bubbles.iter() {
            let piece = piece_of(bubble.offset_ns);
            packets[piece] += bubble.packets;
            first_ns[piece].get_or_insert(bubble.offset_ns);
        }
        let is_burst: Vec<bool> = (0..pieces)
            .map(|piece| packets[piece] >= TIMES_USUAL * usual(&packets, piece))
            .collect();
        let begins = |piece: &usize| is_burst[*piece] && (*piece == 0 || !is_burst[piece - 1]);
        let first_ns = (0..pieces).filter(begins).filter_map(|piece| first_ns[piece]);
        Self {
            frames: first_ns.map(|offset_ns| frame_before(timeline, offset_ns)).collect(),
            just_begun: frames_in(timeline, JUST_BEGUN_SECS),
        }
    }

    /// The first burst after a frame.
    pub fn after(&self, frame: u64) -> Option<u64> {
        let next = self.frames.partition_point(|burst| *burst <= frame);
        self.frames.get(next).copied()
    }

    /// The last burst before a frame, but for one that has just begun.
    pub fn before(&self, frame: u64) -> Option<u64> {
        let earlier = self.frames.partition_point(|burst| burst + self.just_begun < frame);
        let last = earlier.checked_sub(1)?;
        Some(self.frames[last])
    }
}

/// The median of the pieces around one that have packets.
fn usual(packets: &[u64], piece: usize) -> u64 {
    let around = &packets[piece.saturating_sub(AROUND)..(piece + AROUND + 1).min(packets.len())];
    let mut busy: Vec<u64> = around.iter().copied().filter(|count| *count > 0).collect();
    let middle = busy.len() / 2;
    let median = if busy.is_empty() {
        0
    } else {
        *busy.select_nth_unstable(middle).1
    };
    median.max(LEAST_USUAL)
}

/// The frame at which to go on when frame `frame` is in a gap: shortly before the next departure.
/// None where something flies, will soon, or never will again.
pub fn end_of_gap(log: &Log, frame: u64) -> Option<u64> {
    let timeline = &log.timeline;
    let bubbles = &log.bubbles;
    let next = bubbles.departed_by(timeline.departed_ns(frame));
    let flies = next > 0 && bubbles.get(next - 1).offset_ns > timeline.arrived_ns(frame);
    if flies || next == bubbles.len() {
        return None;
    }
    let resume = frame_before(timeline, bubbles.get(next).offset_ns);
    (resume > frame + frames_in(timeline, SHORTEST_GAP_SECS)).then_some(resume)
}

/// The frame shortly before an event departs.
fn frame_before(timeline: &Timeline, offset_ns: i64) -> u64 {
    let secs = (timeline.departure_secs(offset_ns) - LEAD_SECS).max(0.0);
    ((secs * timeline.fps.as_f64()) as u64).min(timeline.frames() - 1)
}

fn frames_in(timeline: &Timeline, secs: f64) -> u64 {
    (secs * timeline.fps.as_f64()).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::open_log;
    use crate::app::stages::Stages;
    use crate::input::{self, Options};
    use crate::log::LogBuilder;
    use crate::settings::PreviewSettings;
    use crate::timeline::TimeSpec;

    fn log(csv: &str, spec: &TimeSpec) -> Log {
        let mut log = LogBuilder::new(spec.clone());
        let options = Options { strict: true };
        let reading = input::stream_from(csv.as_bytes(), "test", &options, &mut |batch| log.add(batch));
        log.finish(reading.unwrap()).unwrap()
    }

    /// A packet every ten seconds, `more` at some of them; a minute of data is a second of film.
    fn steady(seconds: i64, more: &[(i64, u32)]) -> Log {
        let mut csv = "ts,proto,dpt,cc,packets\n".to_owned();
        for second in (0..seconds).step_by(10) {
            let packets = more
                .iter()
                .find(|(at, _)| *at == second)
                .map_or(1, |(_, packets)| *packets);
            csv += &format!("{second},TCP,80,US,{packets}\n");
        }
        log(
            &csv,
            &TimeSpec {
                pace_ns: Some(60_000_000_000),
                ..TimeSpec::default()
            },
        )
    }

    #[test]
    fn a_burst_begins_where_far_more_arrive_than_usual() {
        let log = steady(6000, &[(1200, 100), (1210, 90), (4800, 50)]);
        let bursts = Bursts::new(&log);
        // 1200 s of data are 20 s of film, 500 frames; shown 0.2 s before. The one that follows
        // belongs to it.
        assert_eq!(bursts.frames, [495, 1995]);
        assert_eq!(
            (bursts.after(0), bursts.after(495), bursts.after(1995)),
            (Some(495), Some(1995), None)
        );
        assert_eq!(
            (bursts.before(2500), bursts.before(2000), bursts.before(500)),
            (Some(1995), Some(495), None)
        );
        assert_eq!(bursts.before(0), None);
    }

    #[test]
    fn steady_traffic_has_no_bursts() {
        assert_eq!(Bursts::new(&steady(6000, &[])).frames, Vec::<u64>::new());
    }

    #[test]
    fn july_2013_has_the_flood_among_its_bursts() {
        let view = PreviewSettings::from_words(&["portbloom", "preview"]).unwrap().view;
        let log = open_log(&view, true, &Stages::new(false)).unwrap();
        let bursts = Bursts::new(&log);
        // The flood from Iran departs at frame 6714, on 2013-07-24 after 07:45.
        assert!(bursts.frames.contains(&6709), "{bursts:?}");
        assert_eq!(bursts.frames.len(), 17, "{bursts:?}");
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
