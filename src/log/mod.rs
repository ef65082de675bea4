//! A log made ready for drawing: bubbles and ports, aggregated, sorted, columnar.
//! Owns what a bubble is; knows no file format and nothing of where things stand in a picture.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use crate::model::{LeftOut, Measure, Names, Reason, SourceKind};
use crate::timeline::{TimeSpec, Timeline, TimelineError};
use crate::words::{counted, port_text, utc};

mod bubbles;
mod builder;
mod direct;
mod ends;
mod grouping;
mod kind;
mod paced;
mod places;
mod regroup;
mod speeds;
mod totals;
mod united;
mod view;

pub use bubbles::{Bubble, Bubbles, Taken};
pub use builder::LogBuilder;
pub use ends::{End, Ends, SIDES};
pub use grouping::Grouping;
pub use places::HostPlaces;
pub use view::View;

use paced::Paced;

/// The reason why a log gives no film.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LogError {
    /// Rows, but none that can be drawn.
    #[error("{source_name}: no row can be drawn: {}, {why}", counted(*rows, "row"))]
    NothingDrawable {
        /// The log.
        source_name: String,
        /// Rows read.
        rows: u64,
        /// What was left out of them, and why.
        why: String,
    },
    /// Drawable rows, but none in the time range.
    #[error(
        "{source_name}: no drawable row from {start} up to {end}; they run from {first} to {last}: change --start or --end"
    )]
    EmptyRange {
        /// The log.
        source_name: String,
        /// Asked start, or the log's.
        start: String,
        /// Asked end, or the log's.
        end: String,
        /// Time of the first drawable row.
        first: String,
        /// Time of the last.
        last: String,
    },
    /// No row names a host, where hosts are to be shown.
    #[error(
        "{source_name}: names no hosts: it has no field for them, or an empty one; name the field that has them: \
         --columns host=NAME"
    )]
    NoHosts {
        /// The log.
        source_name: String,
    },
    /// A prepared log that no longer tells to which hosts packets went, where hosts are to be shown.
    #[error(
        "{source_name}: was prepared without telling hosts apart; prepare it again: portbloom prepare --by-host LOG -o FILE"
    )]
    SeveralHosts {
        /// The log.
        source_name: String,
    },
    /// The clock cannot be settled.
    #[error(transparent)]
    Timeline(#[from] TimelineError),
}

impl LogError {
    /// Nothing from one bound on up to another, where there is some from `first_ns` up to `last_ns`; a bound that was not
    /// asked for is the log's.
    #[must_use]
    pub fn empty_range(source_name: &str, asked_ns: [Option<i64>; 2], [first_ns, last_ns]: [i64; 2]) -> Self {
        Self::EmptyRange {
            source_name: source_name.to_owned(),
            start: utc(asked_ns[0].unwrap_or(first_ns)),
            end: utc(asked_ns[1].unwrap_or(last_ns)),
            first: utc(first_ns),
            last: utc(last_ns),
        }
    }
}

/// A log as it is drawn, and the counts of what is not drawn of it.
#[derive(Clone, Debug)]
pub struct Log {
    /// Name of the log in messages.
    pub source: String,
    /// The files it was read from; [`LeftOutRow::file`](crate::model::LeftOutRow::file) is one of them.
    pub files: Vec<String>,
    /// What of a bin is one of its bubbles.
    pub grouping: Grouping,
    /// The settled clock; of a log at speeds of its own, in stretched time.
    pub timeline: Timeline,
    /// Sources and hosts by index.
    pub names: Names,
    /// What its sources are.
    pub source_kind: SourceKind,
    /// What is counted of it.
    pub measure: Measure,
    /// What stands at the ends of its flights: every port of the time range, UDP before TCP, ascending.
    pub ends: Ends,
    /// The bubbles, sorted by departure.
    pub bubbles: Arc<Bubbles>,
    /// Packets of the time range per protocol: `[udp, tcp]`.
    pub packets: [u64; 2],
    /// Packets of the time range per source, by index into [`Names::sources`].
    pub source_packets: Vec<u64>,
    /// Rows drawn.
    pub drawable_rows: u64,
    /// Rows read.
    pub rows: u64,
    /// Packets read.
    pub rows_packets: u64,
    /// Rows left out, by reason.
    pub left_out: BTreeMap<Reason, LeftOut>,
    /// The formats of the files, and the fields that were taken for what.
    pub formats: Vec<String>,
    /// Remarks for the user.
    pub warnings: Vec<String>,
    /// The unit of its films that name none, where it is a prepared log that has one.
    pub unit: Option<u64>,
    /// Messages on parts of the log that could not be read, so that rows are missing.
    pub losses: Vec<String>,
    /// The first of its files that no longer tells hosts apart.
    pub joined_hosts: Option<String>,
    /// The speeds that it is shown at, where these are its own.
    paced: Option<Arc<Paced>>,
    /// Times of the first and the last drawable event, inside the time range or not.
    span_ns: (i64, i64),
    /// Events in the time range.
    events: u64,
    /// The ends of the time range as they were asked for.
    asked: AskedRange,
}

/// The ends of a time range as they were asked for: none where they follow from the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AskedRange {
    start_ns: Option<i64>,
    end_ns: Option<i64>,
}

impl AskedRange {
    fn of(spec: &TimeSpec) -> Self {
        Self {
            start_ns: spec.start_ns,
            end_ns: spec.end_ns,
        }
    }
}

impl Log {
    /// The same log with only some of its bubbles, whose packets are `packets`: `[udp, tcp]`.
    #[must_use]
    pub fn with(&self, bubbles: Bubbles, packets: [u64; 2]) -> Self {
        Self {
            bubbles: Arc::new(bubbles),
            packets,
            ..self.clone()
        }
    }

    /// The same log with its bubbles joined over hosts: as if it had been read with [`Grouping::Ports`].
    #[must_use]
    pub fn joined_by_port(&self) -> Self {
        if self.grouping == Grouping::Ports {
            return self.clone();
        }
        let mut joined = self.bubbles.emptied();
        self.bubbles.joined_by_port().for_each(|bubble| joined.push(&bubble));
        joined.shrink_to_fit();
        Self {
            grouping: Grouping::Ports,
            bubbles: Arc::new(joined),
            ..self.clone()
        }
    }

    /// The length of a bin that its clock would have, by `spec`, if it had more events: no longer than it has.
    #[must_use]
    pub fn bin_of_many_ns(&self, spec: &TimeSpec) -> i64 {
        let (first_ns, last_ns) = self.span_ns;
        Timeline::settle(spec, first_ns, last_ns).map_or(self.timeline.bin_ns, |timeline| timeline.bin_ns)
    }

    /// The name of an end in a picture: `1433`, `tokyo`.
    fn end_name(&self, slot: usize) -> String {
        self.ends.name(slot).to_string()
    }

    /// The end as it is told where its side is not seen: `TCP 1433`, `tokyo`.
    #[must_use]
    pub fn end_full_name(&self, slot: usize) -> String {
        match self.ends.get(slot) {
            End::Port(port) => format!("{} {}", port.protocol, port.number),
            End::Host(_) => self.end_name(slot),
        }
    }

    /// The end in words: `TCP 1433 ms-sql`, `tokyo`.
    #[must_use]
    pub fn end_text(&self, slot: usize) -> String {
        match self.ends.get(slot) {
            End::Port(port) => port_text(port),
            End::Host(_) => self.end_name(slot),
        }
    }

    /// Number of sources with packets in the time range; rows without a source count as one.
    #[must_use]
    pub fn sources(&self) -> usize {
        self.source_packets.iter().filter(|packets| **packets > 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{self, LogPart, Options};
    use crate::model::{
        Batch, Event, Place, PlaceUnit, Port, Protocol, Reading, SEVERAL_HOSTS, Source, UNKNOWN_SOURCE,
    };
    use crate::timeline::TimeSpec;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const MINUTE: i64 = 60_000_000_000;

    fn log_of(events: &[Event], spec: &TimeSpec) -> Result<Log, LogError> {
        log_by(events, spec, Grouping::Ports)
    }

    fn log_by(events: &[Event], spec: &TimeSpec, grouping: Grouping) -> Result<Log, LogError> {
        log_in_runs(events, spec, grouping, 1 << 19, events.len(), None)
    }

    /// A log whose groups are sorted in runs of `run_groups`, and that comes in batches of `batch` events,
    /// perhaps as bubbles with bins of a length.
    fn log_in_runs(
        events: &[Event],
        spec: &TimeSpec,
        grouping: Grouping,
        run_groups: usize,
        batch: usize,
        bin_ns: Option<i64>,
    ) -> Result<Log, LogError> {
        let source = |code: &str| Source {
            code: code.to_owned(),
            name: String::new(),
        };
        let mut builder = LogBuilder::with_runs_of(spec.clone(), grouping, run_groups);
        for (index, events) in events.chunks(batch.max(1)).enumerate() {
            builder.add(&Batch {
                file: 0,
                events,
                place_offsets: &(0..events.len() as u32).collect::<Vec<_>>(),
                addresses: &[],
                first_place: Place {
                    unit: PlaceUnit::Line,
                    number: 2 + (index * batch) as u64,
                },
                bin_ns,
            });
        }
        builder.finish(Reading {
            source: "test".to_owned(),
            files: vec!["test".to_owned()],
            rows: events.len() as u64,
            packets: events.iter().map(|event| event.packets).sum(),
            source_kind: SourceKind::Country,
            measure: Measure::Packets,
            names: Names {
                sources: vec![source("Unknown"), source("AA"), source("BB")],
                hosts: ["h0", "h1", "h2"].map(str::to_owned).into(),
            },
            left_out: BTreeMap::new(),
            other_protocols: BTreeMap::new(),
            earliest: None,
            latest: None,
            formats: Vec::new(),
            warnings: Vec::new(),
            losses: Vec::new(),
            joined_hosts: None,
        })
    }

    fn event(time_ns: i64, number: u16, source: u32, host: u32) -> Event {
        Event {
            time_ns,
            port: Port {
                protocol: Protocol::Tcp,
                number,
            },
            source,
            host,
            packets: 1,
        }
    }

    #[test]
    fn july_2013_has_the_known_facts() {
        let mut builder = LogBuilder::new(TimeSpec::default(), Grouping::Ports);
        let reading = input::stream(&[LogPart::Sample], &Options::default(), &mut |_| {}, &mut |batch| {
            builder.add(batch);
        });
        let log = builder.finish(reading.unwrap()).unwrap();
        assert_eq!(log.packets.iter().sum::<u64>(), 72_599);
        assert_eq!(log.packets, [17_959, 54_640]);
        assert_eq!(log.bubbles.len(), 39_337);
        assert_eq!([1, 0, 2].map(|side| log.ends.slots(side).len()), [910, 243, 0]);
        assert_eq!(log.sources(), 137);
        let largest = (0..log.bubbles.len())
            .max_by_key(|index| log.bubbles.packets(*index))
            .unwrap();
        let largest = log.bubbles.get(largest);
        assert_eq!(largest.packets, 5_716);
        assert_eq!(log.names.sources[largest.source as usize].code, "IR");
        let flood = Port {
            protocol: Protocol::Udp,
            number: 2193,
        };
        assert_eq!(log.ends.get(largest.port as usize), End::Port(flood));
        let time = utc(log.timeline.start_ns + largest.offset_ns / (5 * MINUTE) * 5 * MINUTE);
        assert_eq!(time, "2013-07-24T07:45:00Z");
        assert_eq!(
            log.rows,
            log.drawable_rows + log.left_out.values().map(|left| left.rows).sum::<u64>()
        );
    }

    #[test]
    fn one_bin_source_and_port_make_one_bubble() {
        let events = vec![
            event(2 * MINUTE, 80, 1, 1),
            event(MINUTE, 80, 1, 0),
            event(MINUTE, 81, 1, 0),
            event(MINUTE, 80, 2, 0),
            event(6 * MINUTE, 80, 1, 0),
        ];
        let spec = TimeSpec {
            bin_ns: Some(5 * MINUTE),
            ..TimeSpec::default()
        };
        let bubbles = log_of(&events, &spec).unwrap().bubbles;
        let found: Vec<_> = bubbles
            .iter()
            .map(|bubble| (bubble.offset_ns, bubble.packets, bubble.host, bubble.source))
            .collect();
        let expected = [
            (MINUTE, 2, SEVERAL_HOSTS, 1),
            (MINUTE, 1, 0, 2),
            (MINUTE, 1, 0, 1),
            (6 * MINUTE, 1, 0, 1),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_outside_the_range_is_counted_and_quoted() {
        let events = vec![event(0, 80, 1, 0), event(MINUTE, 80, 1, 0), event(2 * MINUTE, 80, 1, 0)];
        let spec = TimeSpec {
            start_ns: Some(MINUTE),
            end_ns: Some(2 * MINUTE),
            ..TimeSpec::default()
        };
        let log = log_of(&events, &spec).unwrap();
        let left = &log.left_out[&Reason::OutsideRange];
        assert_eq!((log.drawable_rows, left.rows), (1, 2));
        let lines: Vec<u64> = left.first_rows.iter().map(|row| row.place.number).collect();
        assert_eq!(lines, [2, 4]);
    }

    #[test]
    fn an_empty_range_says_where_the_rows_are() {
        for spec in [
            TimeSpec {
                start_ns: Some(9 * MINUTE),
                ..TimeSpec::default()
            },
            TimeSpec {
                end_ns: Some(-9 * MINUTE),
                ..TimeSpec::default()
            },
            TimeSpec {
                start_ns: Some(5 * MINUTE),
                end_ns: Some(6 * MINUTE),
                ..TimeSpec::default()
            },
        ] {
            let error = log_of(&[event(MINUTE, 80, 1, 0)], &spec).unwrap_err();
            assert!(error.to_string().contains("from 1970-01-01T00:01:00Z"), "{error}");
        }
        let none = log_of(&[], &TimeSpec::default()).unwrap_err();
        assert!(matches!(none, LogError::NothingDrawable { .. }));
    }

    /// What the logs of some events are to have in common, with all of their bubbles.
    fn facts(log: &Log) -> impl PartialEq + std::fmt::Debug + use<> {
        let bubbles: Vec<Bubble> = log.bubbles.iter().collect();
        let packets = (log.packets, log.source_packets.clone());
        let rows = (log.drawable_rows, log.left_out.clone());
        (log.grouping, bubbles, log.timeline, log.ends.clone(), packets, rows)
    }

    fn groupings() -> impl Strategy<Value = Grouping> {
        prop::sample::select(&[Grouping::Ports, Grouping::PortsByHost][..])
    }

    /// Bubbles by the definition, with all events at hand.
    fn expected(events: &[Event], log: &Log) -> Vec<Bubble> {
        let timeline = &log.timeline;
        let mut groups: BTreeMap<_, Vec<&Event>> = BTreeMap::new();
        for event in events {
            if (timeline.start_ns..timeline.end_ns).contains(&event.time_ns) {
                let bin = (event.time_ns - timeline.start_ns) / timeline.bin_ns;
                groups.entry((bin, event.port, event.source)).or_default().push(event);
            }
        }
        let mut bubbles: Vec<Bubble> = Vec::new();
        for ((_, port, source), events) in groups {
            let hosts: BTreeSet<u32> = events.iter().map(|event| event.host).collect();
            let parts: Vec<(u32, Vec<&Event>)> = match (log.grouping, hosts.len()) {
                (Grouping::Ports, 1) => vec![(events[0].host, events.clone())],
                (Grouping::Ports, _) => vec![(SEVERAL_HOSTS, events.clone())],
                (Grouping::PortsByHost, _) => {
                    let of = |host| events.iter().copied().filter(move |event| event.host == host);
                    hosts.iter().map(|host| (*host, of(*host).collect())).collect()
                }
            };
            bubbles.extend(parts.into_iter().map(|(host, part)| Bubble {
                offset_ns: events.iter().map(|event| event.time_ns).min().unwrap() - timeline.start_ns,
                port: log.ends.slot_of(port).unwrap() as u32,
                source,
                host,
                packets: part.iter().map(|event| event.packets).sum(),
            }));
        }
        bubbles.sort_by_key(|bubble| (bubble.offset_ns, bubble.port, bubble.source, bubble.host));
        bubbles
    }

    /// Bubbles to hosts by the definition: what leaves a source for a host at a time.
    fn expected_by_host(log: &Log) -> Vec<Bubble> {
        let hosts: BTreeSet<u32> = log.bubbles.iter().map(|bubble| bubble.host).collect();
        let mut sums = BTreeMap::new();
        for bubble in log.bubbles.iter() {
            // Hosts are numbered in their order here, and several are the last.
            let slot = hosts.iter().position(|host| *host == bubble.host).unwrap() as u32;
            *sums
                .entry((bubble.offset_ns, slot, bubble.source, bubble.host))
                .or_insert(0) += bubble.packets;
        }
        let bubbles = sums
            .into_iter()
            .map(|((offset_ns, port, source, host), packets)| Bubble {
                offset_ns,
                port,
                source,
                host,
                packets,
            });
        bubbles.collect()
    }

    /// Asked times: none, or bins, paces, durations and time ranges of all kinds.
    fn specs() -> impl Strategy<Value = TimeSpec> {
        let times = || prop::option::of(0_i64..40 * MINUTE);
        let lengths = || prop::option::weighted(0.2, 1_i64..10 * MINUTE);
        (times(), times(), lengths(), lengths(), lengths()).prop_map(
            |(start_ns, end_ns, bin_ns, pace_ns, duration_ns)| TimeSpec {
                start_ns: start_ns.filter(|start_ns| start_ns % 3 == 0),
                end_ns: end_ns.filter(|end_ns| end_ns % 3 == 0),
                bin_ns,
                pace_ns,
                duration_ns: duration_ns.filter(|_| pace_ns.is_none()),
                ..TimeSpec::default()
            },
        )
    }

    proptest! {
        #[test]
        fn bubbles_are_what_the_definition_says(
            rows in prop::collection::vec((0_i64..30 * MINUTE, 0_u16..4, 0_u32..3, 0_u32..3, 1_u32..9), 1..150),
            spec in specs(),
            spread in 0_u32..12,
            coarse in prop_oneof![Just(1), Just(1_000_000_000), Just(MINUTE)],
            mostly_sorted in any::<bool>(),
            flood in any::<bool>(),
            run_groups in 1_usize..40,
            batch in 1_usize..40,
            prepared in any::<bool>(),
            grouping in groupings(),
        ) {
            let mut events: Vec<Event> = rows.into_iter().map(|(time_ns, number, source, host, packets)| Event {
                time_ns: (time_ns >> 12 << spread) / coarse * coarse,
                // Below and above what a group holds.
                packets: if flood { u64::from(u32::MAX) + 4 - u64::from(packets) } else { packets.into() },
                // A prepared log may no longer tell which.
                ..event(0, number, source, if host == 2 { SEVERAL_HOSTS } else { host })
            }).collect();
            if mostly_sorted {
                events.sort_by_key(|event| event.time_ns / (3 * MINUTE));
            }
            // Also where events that claim to be bubbles are not, or not in order.
            match log_in_runs(&events, &spec, grouping, run_groups, batch, spec.bin_ns.filter(|_| prepared)) {
                Ok(log) => {
                    prop_assert_eq!(log.bubbles.iter().collect::<Vec<_>>(), expected(&events, &log));
                    let drawn: u64 = log.bubbles.iter().map(|bubble| bubble.packets).sum();
                    prop_assert_eq!((log.packets[1], log.source_packets.iter().sum::<u64>()), (drawn, drawn));
                    let left = log.left_out.get(&Reason::OutsideRange).map_or(0, |left| left.rows);
                    prop_assert_eq!(log.drawable_rows + left, events.len() as u64);
                    let by_port = log_of(&events, &spec).unwrap();
                    prop_assert_eq!(facts(&log.joined_by_port()), facts(&by_port));
                    let leaving: Vec<(i64, u64)> =
                        by_port.bubbles.iter().map(|bubble| (bubble.offset_ns, bubble.packets)).collect();
                    prop_assert_eq!(log.bubbles.by_port().collect::<Vec<_>>(), leaving);
                    let places = HostPlaces::new(&log, &log);
                    let by_host = log.in_view(View::Hosts, true, &places);
                    prop_assert_eq!(by_host.bubbles.iter().collect::<Vec<_>>(), expected_by_host(&log));
                    prop_assert_eq!((by_host.packets, by_host.timeline), (log.packets, log.timeline));
                    let ports = log.in_view(View::Ports, false, &places);
                    prop_assert_eq!(facts(&ports), facts(&by_port));
                    let both = log.in_view(View::PortsAndHosts, false, &places);
                    let (to_ports, to_hosts): (Vec<Bubble>, Vec<Bubble>) =
                        both.bubbles.iter().partition(|bubble| both.ends.side(bubble.port) < 2);
                    prop_assert_eq!(to_ports, by_port.bubbles.iter().collect::<Vec<_>>());
                    let first = both.ends.hosts_from();
                    let to_hosts: Vec<Bubble> =
                        to_hosts.into_iter().map(|bubble| Bubble { port: bubble.port - first, ..bubble }).collect();
                    prop_assert_eq!(to_hosts, expected_by_host(&log));
                    prop_assert!(both.bubbles.iter().is_sorted_by_key(|bubble| bubble.offset_ns));
                    // At every moment as many packets leave as without hosts.
                    let leaving = |log: &Log| {
                        let mut sums = BTreeMap::new();
                        for bubble in log.bubbles.iter() {
                            *sums.entry((bubble.offset_ns, bubble.source)).or_insert(0) += bubble.packets;
                        }
                        sums
                    };
                    prop_assert_eq!(leaving(&by_host), leaving(&by_port));
                    let several = log.bubbles.iter().any(|bubble| bubble.host == SEVERAL_HOSTS);
                    prop_assert_eq!(log.check_hosts().is_err(), several);
                }
                Err(error) => {
                    // Only where the same events at once have no film either.
                    prop_assert_eq!(log_of(&events, &spec).unwrap_err(), error);
                }
            }
        }

        #[test]
        fn on_another_clock_it_is_what_reading_again_would_give(
            rows in prop::collection::vec((0_i64..30 * MINUTE, 0_u16..4, 0_u32..3, 0_u32..2), 1..150),
            spec in specs(),
            bin_ns in prop_oneof![Just(1), Just(10_000_000_000), Just(MINUTE), 1_i64..5 * MINUTE],
            times in 1_i64..8,
            same_range in prop::bool::weighted(0.8),
            grouping in groupings(),
        ) {
            let events: Vec<Event> = rows.into_iter().map(|(time, port, source, host)| event(time, port, source, host)).collect();
            // Bins of the ladder, asked ones, multiples and others.
            let read_as = TimeSpec { bin_ns: Some(bin_ns), duration_ns: None, ..spec.clone() };
            let Ok(log) = log_by(&events, &read_as, grouping) else { return Ok(()) };
            let mut shown_as = if spec.bin_ns.is_some() {
                TimeSpec { bin_ns: Some(times * bin_ns), travel_ns: 3 * spec.travel_ns, ..spec }
            } else {
                spec
            };
            if !same_range {
                shown_as.start_ns = Some(shown_as.start_ns.map_or(0, |start_ns| start_ns + MINUTE));
            }
            let again = log_by(&events, &shown_as, grouping);
            match (log.on_clock(&shown_as), again) {
                (Some(shown), Ok(again)) => {
                    prop_assert!(same_range && shown.timeline.bin_ns % log.timeline.bin_ns == 0);
                    prop_assert_eq!(facts(&shown), facts(&again));
                }
                (Some(_), Err(error)) => prop_assert!(false, "reading says: {error}"),
                (None, Ok(again)) => {
                    let whole = again.timeline.bin_ns % log.timeline.bin_ns == 0;
                    let aligned = (again.timeline.start_ns - log.timeline.start_ns) % log.timeline.bin_ns == 0;
                    prop_assert!(!same_range || !whole || !aligned);
                }
                (None, Err(_)) => {}
            }
        }

        #[test]
        fn bubbles_that_come_ready_made_are_taken_as_they_are(
            rows in prop::collection::vec((0_i64..30 * MINUTE, 0_u16..9, 0_u32..3, 0_u32..3, 1_u64..9), 1..150),
            bin_ns in prop_oneof![Just(1), Just(7_000_000_000), Just(MINUTE), 1_i64..10 * MINUTE],
            coarse in prop_oneof![Just(1), Just(1_000_000_000), Just(MINUTE), Just(30 * MINUTE)],
            from in prop::option::weighted(0.3, 0_i64..5),
            flood in prop::option::of(0_usize..150),
            displaced in prop::option::weighted(0.3, (any::<prop::sample::Index>(), any::<prop::sample::Index>())),
            batch in 1_usize..40,
            prepared in groupings(),
            opened in groupings(),
        ) {
            let events: Vec<Event> = rows.iter().map(|(time_ns, number, source, host, packets)| Event {
                packets: *packets,
                ..event(time_ns / coarse * coarse, *number, *source, *host)
            }).collect();
            let spec = TimeSpec { bin_ns: Some(bin_ns), ..TimeSpec::default() };
            let Ok(log) = log_by(&events, &spec, prepared) else { return Ok(()) };
            // As a prepared log would have them; a flood may come in parts.
            let mut ready: Vec<Event> = log.bubbles.iter().map(|bubble| Event {
                time_ns: log.timeline.start_ns + bubble.offset_ns,
                port: log.ends.get(bubble.port as usize).port().unwrap(),
                source: bubble.source,
                host: bubble.host,
                packets: bubble.packets,
            }).collect();
            if let Some(flood) = flood.filter(|flood| *flood < ready.len()) {
                let whole = Event { packets: 1 << 40, ..ready[flood] };
                ready.splice(flood..flood, [whole, whole]);
            }
            if let Some((from, to)) = displaced {
                let moved = ready.remove(from.index(ready.len()));
                ready.insert(to.index(ready.len() + 1), moved);
            }
            let spec = TimeSpec { start_ns: from.map(|from| from * bin_ns), ..spec };
            let sorted = log_by(&ready, &spec, opened);
            let taken = log_in_runs(&ready, &spec, opened, 1 << 10, batch, Some(bin_ns));
            match (taken, sorted) {
                (Ok(taken), Ok(sorted)) => {
                    prop_assert_eq!(facts(&taken), facts(&sorted));
                    prop_assert!(taken.bubbles.heap_bytes() <= sorted.bubbles.heap_bytes() + 64);
                    if displaced.is_none() && flood.is_none() && from.is_none() {
                        // What hosts were told apart is the log that was not prepared.
                        let plain = log_by(&events, &spec, opened).unwrap();
                        if prepared == Grouping::PortsByHost || opened == Grouping::Ports {
                            prop_assert_eq!(taken.bubbles.iter().collect::<Vec<_>>(), plain.bubbles.iter().collect::<Vec<_>>());
                        }
                    }
                }
                (taken, sorted) => prop_assert_eq!(taken.err(), sorted.err()),
            }
        }

        #[test]
        fn the_order_of_rows_does_not_matter(
            rows in prop::collection::vec((0_i64..20 * MINUTE, 0_u16..4, UNKNOWN_SOURCE..3, 0_u32..2), 1..60),
            seed in any::<u64>(),
            grouping in groupings(),
        ) {
            let events: Vec<Event> = rows.into_iter().map(|(time, port, source, host)| event(time, port, source, host)).collect();
            let mut shuffled = events.clone();
            let mut state = seed | 1;
            for index in (1..shuffled.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                shuffled.swap(index, (state >> 33) as usize % (index + 1));
            }
            let spec = TimeSpec { bin_ns: Some(5 * MINUTE), ..TimeSpec::default() };
            let [one, other] = [&events, &shuffled].map(|events| log_by(events, &spec, grouping).unwrap());
            prop_assert_eq!(&*one.bubbles, &*other.bubbles);
            prop_assert!(one.bubbles.iter().is_sorted_by_key(|bubble| bubble.offset_ns));
            prop_assert_eq!(one.bubbles.iter().map(|bubble| bubble.packets).sum::<u64>(), one.packets[1]);
        }
    }
}
