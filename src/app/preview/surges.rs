//! The moments worth jumping to, and those worth skipping.
//!
//! A **surge** begins where a fifth of a second of film (five bins) has at least [`TIMES_USUAL`]
//! times the packets that are usual around it, and the fifth before it had not. Usual is the median
//! over the fifths with packets within [`AROUND`] of them on either side, and at least
//! [`LEAST_USUAL`] packets: where a log is all but silent, a handful is no surge.
//!
//! A **gap** is film time in which nothing flies: from the last arrival to the next departure.

use std::collections::BTreeMap;

use crate::log::{Bubble, Log};
use crate::timeline::Timeline;

/// Fifths of a second of film.
const PER_FILM_SEC: f64 = 5.0;
/// Most pieces that a log is cut into; those of very long films are longer than a fifth.
const MOST_PIECES: usize = 20_000;
/// A surge has at least this many times the usual packets.
const TIMES_USUAL: u64 = 2;
/// Pieces on either side: 15 seconds of film.
const AROUND: usize = 75;
/// Least number of packets that is taken to be usual.
const LEAST_USUAL: u64 = 5;
/// A gap shorter than this is watched: skipping it would show as a jerk. Seconds of film.
const SHORTEST_GAP_SECS: f64 = 0.5;
/// Time before its first departure at which a surge or the end of a gap is shown, in seconds of film.
const LEAD_SECS: f64 = 0.2;
/// A surge that began less than this time ago is not the previous one, in seconds of film.
const JUST_BEGUN_SECS: f64 = 0.8;

/// The surges of a log, in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surges {
    all: Vec<Surge>,
    just_begun: u64,
}

/// A moment at which far more packets than usual are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surge {
    /// The frame at which it is shown: shortly before it begins.
    pub frame: u64,
    /// Country and port with the most packets in it, by their numbers in the log.
    pub busiest: (u32, u32),
    /// Time of the first packet of those, in nanoseconds from the start of the time range.
    pub busiest_ns: i64,
    /// Packets of those.
    pub busiest_packets: u64,
    /// Packets of all.
    pub packets: u64,
}

/// The bubbles of a surge, while they are counted.
#[derive(Default)]
struct Sums {
    /// Time at which the first departs.
    first_ns: Option<i64>,
    /// Packets of each country and port, and when the first of them departs. Ordered: of equals, the
    /// first in the order of numbers is named.
    packets: BTreeMap<(u32, u32), (u64, i64)>,
}

impl Sums {
    fn add(&mut self, bubble: &Bubble) {
        self.first_ns.get_or_insert(bubble.offset_ns);
        let key = (bubble.source, bubble.port);
        let (packets, _) = self.packets.entry(key).or_insert((0, bubble.offset_ns));
        *packets += bubble.packets;
    }

    /// The surge, where it has any packets; begins the next.
    fn take(&mut self, timeline: &Timeline) -> Option<Surge> {
        let Self { first_ns, packets } = std::mem::take(self);
        let most = packets.iter().rev().max_by_key(|(_, (packets, _))| *packets);
        let (busiest, (busiest_packets, busiest_ns)) = most?;
        Some(Surge {
            frame: frame_before(timeline, first_ns?),
            busiest: *busiest,
            busiest_ns: *busiest_ns,
            busiest_packets: *busiest_packets,
            packets: packets.values().map(|(packets, _)| packets).sum(),
        })
    }
}

impl Surges {
    /// Finds the surges of a log.
    pub fn new(log: &Log) -> Self {
        let timeline = &log.timeline;
        let span_ns = timeline.span_ns();
        let film_secs = span_ns as f64 / 1e9 / timeline.pace_secs();
        let pieces = ((film_secs * PER_FILM_SEC).ceil() as usize).clamp(1, MOST_PIECES);
        let piece_of = |offset_ns: i64| (i128::from(offset_ns) * pieces as i128 / i128::from(span_ns)) as usize;
        let mut packets = vec![0_u64; pieces];
        for bubble in log.bubbles.iter() {
            packets[piece_of(bubble.offset_ns)] += bubble.packets;
        }
        let is_surge: Vec<bool> = (0..pieces)
            .map(|piece| packets[piece] >= usual(&packets, piece).saturating_mul(TIMES_USUAL))
            .collect();
        let (mut all, mut sums, mut last) = (Vec::new(), Sums::default(), 0);
        for bubble in log.bubbles.iter() {
            let piece = piece_of(bubble.offset_ns);
            // Pieces that are no surge have bubbles, or none at all: either ends the one before.
            if is_surge[last..=piece].contains(&false) {
                all.extend(sums.take(timeline));
            }
            last = piece;
            if is_surge[piece] {
                sums.add(&bubble);
            }
        }
        all.extend(sums.take(timeline));
        Self {
            all,
            just_begun: frames_in(timeline, JUST_BEGUN_SECS),
        }
    }

    /// Number of surges.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The first surge after a frame, with its place among all, from 0.
    pub fn after(&self, frame: u64) -> Option<(usize, Surge)> {
        self.at(self.all.partition_point(|surge| surge.frame <= frame))
    }

    /// The last surge before a frame, but for one that has just begun, with its place among all.
    pub fn before(&self, frame: u64) -> Option<(usize, Surge)> {
        let earlier = self.all.partition_point(|surge| surge.frame + self.just_begun < frame);
        self.at(earlier.checked_sub(1)?)
    }

    fn at(&self, index: usize) -> Option<(usize, Surge)> {
        Some((index, *self.all.get(index)?))
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
/// `None` where a bubble flies, or will soon, or never will again.
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
    use crate::input::{self, LogPart, Options};
    use crate::log::{Grouping, LogBuilder};
    use crate::settings::PreviewSettings;
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

    fn frames(surges: &Surges) -> Vec<u64> {
        surges.all.iter().map(|surge| surge.frame).collect()
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
    fn a_surge_begins_where_far_more_arrive_than_usual() {
        let log = steady(6000, &[(1200, 100), (1210, 90), (4800, 50)]);
        let surges = Surges::new(&log);
        // 1200 s of data are 20 s of film, 500 frames; shown 0.2 s before. The one that follows
        // belongs to it.
        assert_eq!(frames(&surges), [495, 1995]);
        let at = |found: Option<(usize, Surge)>| found.map(|(index, surge)| (index, surge.frame));
        assert_eq!(
            [surges.after(0), surges.after(495), surges.after(1995)].map(at),
            [Some((0, 495)), Some((1, 1995)), None]
        );
        assert_eq!(
            [
                surges.before(2500),
                surges.before(2000),
                surges.before(500),
                surges.before(0)
            ]
            .map(at),
            [Some((1, 1995)), Some((0, 495)), None, None]
        );
    }

    #[test]
    fn steady_traffic_has_no_surges() {
        assert_eq!(Surges::new(&steady(6000, &[])).len(), 0);
    }

    #[test]
    fn july_2013_has_the_flood_among_its_surges() {
        let view = PreviewSettings::from_words(&["portbloom", "preview"]).unwrap().view;
        let log = open_log(&view, true, &Stages::new(false)).unwrap();
        let surges = Surges::new(&log);
        assert_eq!(surges.len(), 17, "{surges:?}");
        // The fifth of a second in which the flood from Iran begins has its first departure in frame 6714;
        // the flood itself departs in frame 6718.
        let (_, flood) = surges.after(6700).unwrap();
        assert_eq!((flood.frame, flood.busiest_packets), (6709, 11_116), "{flood:?}");
        let (country, port) = flood.busiest;
        assert_eq!(log.names.sources[country as usize].code, "IR");
        assert_eq!(
            log.ends.get(port as usize).port().unwrap().protocol,
            crate::model::Protocol::Udp
        );
    }

    #[test]
    fn a_surge_is_told_by_what_sent_the_most() {
        let mut csv = "ts,proto,dpt,cc,packets\n".to_owned();
        for second in (0..6000).step_by(10) {
            csv += &format!("{second},TCP,80,US,1\n");
        }
        // Two pieces of twelve seconds, out of the order of time.
        csv += "1209,TCP,22,CN,40\n1203,UDP,53,DE,70\n1215,TCP,22,CN,50\n4800,TCP,22,CN,30\n";
        let spec = TimeSpec {
            pace_ns: Some(60_000_000_000),
            ..TimeSpec::default()
        };
        let log = log(&csv, &spec);
        let surges = Surges::new(&log);
        let told = |surge: &Surge| {
            let (country, port) = surge.busiest;
            let code = log.names.sources[country as usize].code.clone();
            (
                code,
                log.ends.get(port as usize).port().unwrap().number,
                surge.busiest_packets,
                surge.packets,
            )
        };
        let all: Vec<_> = surges.all.iter().map(told).collect();
        assert_eq!(
            all,
            [("CN".to_owned(), 22, 90, 163), ("CN".to_owned(), 22, 30, 31)],
            "{surges:?}"
        );
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
