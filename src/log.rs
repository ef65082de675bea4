//! A log made ready for drawing: bubbles and ports, aggregated, sorted, columnar.
//! Owns what a bubble is; knows no file format and nothing of where things stand in a picture.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::model::{Batch, Event, LeftOut, Names, Port, Protocol, Reading, Reason};
use crate::timeline::{TimeSpec, Timeline, TimelineError};

/// [`Bubbles::host`] of a bubble whose packets went to more than one host.
pub const SEVERAL_HOSTS: u32 = u32::MAX;

/// Why a log gives no film.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LogError {
    /// Rows, but none that can be drawn.
    #[error("{source_name}: no row can be drawn: {rows} rows, none with TCP or UDP and a destination port")]
    NothingDrawable {
        /// The log.
        source_name: String,
        /// Rows read.
        rows: u64,
    },
    /// Drawable rows, but none in the window.
    #[error(
        "{source_name}: no drawable row from {start} up to {end}; they run from {first} to {last}: change --start or --end"
    )]
    EmptyWindow {
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
    /// The clock cannot be settled.
    #[error(transparent)]
    Timeline(#[from] TimelineError),
}

/// The bubbles of a window, sorted by departure; parallel columns, one row a bubble.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bubbles {
    /// Nanoseconds from the window's start to the bubble's first event.
    pub offset_ns: Vec<i64>,
    /// Slot in [`Log::ports`].
    pub port: Vec<u32>,
    /// Index into [`Names::countries`].
    pub country: Vec<u32>,
    /// Index into [`Names::hosts`], or [`SEVERAL_HOSTS`].
    pub host: Vec<u32>,
    /// Packets, at least 1.
    pub packets: Vec<u64>,
}

impl Bubbles {
    /// Number of bubbles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offset_ns.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offset_ns.is_empty()
    }
}

/// What is drawn of a log, and an account of what is not.
#[derive(Clone, Debug)]
pub struct Log {
    /// What to call the log.
    pub source: String,
    /// The files it was read from; [`LeftOutLine::file`](crate::model::LeftOutLine::file) is one of them.
    pub files: Vec<String>,
    /// The settled clock.
    pub timeline: Timeline,
    /// Countries and hosts by index.
    pub names: Names,
    /// Every port of the window: UDP before TCP, ascending.
    pub ports: Vec<Port>,
    /// How many of them are UDP.
    pub udp_ports: usize,
    /// The bubbles, sorted by departure.
    pub bubbles: Bubbles,
    /// Packets of the window per protocol: `[udp, tcp]`.
    pub packets: [u64; 2],
    /// Packets of the window per country, by index into [`Names::countries`].
    pub country_packets: Vec<u64>,
    /// Rows drawn.
    pub drawable_rows: u64,
    /// Rows read.
    pub rows: u64,
    /// Packets read.
    pub rows_packets: u64,
    /// Rows left out, by reason.
    pub left_out: BTreeMap<Reason, LeftOut>,
    /// Remarks for the user.
    pub warnings: Vec<String>,
}

/// One event on its way into a bubble.
struct Keyed {
    bin: i64,
    port: Port,
    country: u32,
    time_ns: i64,
    host: u32,
    packets: u32,
}

/// A log in the making: takes what [`input::stream`](crate::input::stream) delivers.
#[derive(Debug)]
pub struct LogBuilder {
    spec: TimeSpec,
    events: Vec<Event>,
    lines: Vec<(u32, u64)>,
}

impl LogBuilder {
    /// Begins a log that will be shown by this clock.
    #[must_use]
    pub fn new(spec: TimeSpec) -> Self {
        Self {
            spec,
            events: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Takes in events; batches come in the order of the log.
    pub fn add(&mut self, batch: &Batch<'_>) {
        self.events.extend_from_slice(batch.events);
        self.lines
            .extend((0..batch.events.len()).map(|index| (batch.file, batch.line(index))));
    }

    /// Settles the clock and aggregates the events of its window into bubbles: one a bin, country,
    /// protocol and port, departing with its first event.
    ///
    /// # Errors
    /// [`LogError`]: nothing to draw, or no usable clock.
    pub fn finish(self, reading: Reading) -> Result<Log, LogError> {
        let Self { spec, events, lines } = self;
        let Reading {
            source,
            files,
            names,
            rows,
            packets: rows_packets,
            mut left_out,
            warnings,
            ..
        } = reading;
        let times = || events.iter().map(|event| event.time_ns);
        let (Some(first_ns), Some(last_ns)) = (times().min(), times().max()) else {
            return Err(LogError::NothingDrawable {
                source_name: source,
                rows,
            });
        };
        let empty_window = |source_name: &str| LogError::EmptyWindow {
            source_name: source_name.to_owned(),
            start: utc(spec.start_ns.unwrap_or(first_ns)),
            end: utc(spec.end_ns.unwrap_or(last_ns)),
            first: utc(first_ns),
            last: utc(last_ns),
        };
        let timeline = match Timeline::settle(&spec, first_ns, last_ns) {
            // Both ends asked for and crossed is the user's slip; one end beyond the log is an empty film.
            Err(TimelineError::EmptyWindow) if spec.start_ns.is_none() || spec.end_ns.is_none() => {
                return Err(empty_window(&source));
            }
            settled => settled?,
        };

        let mut keyed = Vec::with_capacity(events.len());
        for (event, (file, line)) in events.iter().zip(&lines) {
            if (timeline.start_ns..timeline.end_ns).contains(&event.time_ns) {
                keyed.push(Keyed::new(event, &timeline));
            } else {
                let left = left_out.entry(Reason::OutsideWindow).or_default();
                left.add(*file, *line, u64::from(event.packets), || utc(event.time_ns));
            }
        }
        if keyed.is_empty() {
            return Err(empty_window(&source));
        }

        let mut ports: Vec<Port> = keyed.iter().map(|event| event.port).collect();
        ports.sort_unstable();
        ports.dedup();
        let udp_ports = ports.partition_point(|port| port.protocol == Protocol::Udp);
        let mut packets = [0; 2];
        let mut country_packets = vec![0; names.countries.len()];
        for event in &keyed {
            packets[event.port.protocol.index()] += u64::from(event.packets);
            country_packets[event.country as usize] += u64::from(event.packets);
        }
        let drawable_rows = keyed.len() as u64;
        let bubbles = aggregate(keyed, &ports, timeline.start_ns);
        Ok(Log {
            source,
            files,
            timeline,
            names,
            ports,
            udp_ports,
            bubbles,
            packets,
            country_packets,
            drawable_rows,
            rows,
            rows_packets,
            left_out,
            warnings,
        })
    }
}

impl Log {
    /// Number of countries with packets in the window; rows without a country count as one.
    #[must_use]
    pub fn countries(&self) -> usize {
        self.country_packets.iter().filter(|packets| **packets > 0).count()
    }
}

impl Keyed {
    fn new(event: &Event, timeline: &Timeline) -> Self {
        Self {
            bin: (event.time_ns - timeline.start_ns) / timeline.bin_ns,
            port: event.port,
            country: event.country,
            time_ns: event.time_ns,
            host: event.host,
            packets: event.packets,
        }
    }
}

/// Groups events by (bin, port, country), then sorts the groups by departure. Ties keep the order
/// of port and country, so the result does not depend on the order of the rows.
fn aggregate(mut keyed: Vec<Keyed>, ports: &[Port], start_ns: i64) -> Bubbles {
    keyed.sort_unstable_by_key(|event| (event.bin, event.port, event.country, event.time_ns, event.host));
    let mut groups: Vec<(i64, u32, u32, u32, u64)> = Vec::with_capacity(keyed.len());
    for group in keyed.chunk_by(|a, b| (a.bin, a.port, a.country) == (b.bin, b.port, b.country)) {
        let first = &group[0];
        let slot = ports
            .binary_search(&first.port)
            .expect("every event's port is in the list made from them");
        let host = if group.iter().all(|event| event.host == first.host) {
            first.host
        } else {
            SEVERAL_HOSTS
        };
        let packets = group.iter().map(|event| u64::from(event.packets)).sum();
        groups.push((first.time_ns - start_ns, slot as u32, first.country, host, packets));
    }
    groups.sort_unstable_by_key(|&(offset_ns, slot, country, ..)| (offset_ns, slot, country));
    let mut bubbles = Bubbles::default();
    for (offset_ns, slot, country, host, packets) in groups {
        bubbles.offset_ns.push(offset_ns);
        bubbles.port.push(slot);
        bubbles.country.push(country);
        bubbles.host.push(host);
        bubbles.packets.push(packets);
    }
    bubbles
}

/// A time as messages and data write it: `2013-07-24T09:40:00Z`, with a fraction where there is one.
#[must_use]
pub fn utc(time_ns: i64) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(time_ns))
        .map_or_else(|_| format!("{time_ns} ns"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{self, Options, Source};
    use crate::model::{Country, UNKNOWN_COUNTRY};
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000_000_000;

    fn log_of(events: &[Event], spec: &TimeSpec) -> Result<Log, LogError> {
        let country = |code: &str| Country {
            code: code.to_owned(),
            name: String::new(),
        };
        let mut builder = LogBuilder::new(spec.clone());
        if !events.is_empty() {
            builder.add(&Batch {
                file: 0,
                events,
                line_offsets: &(0..events.len() as u32).collect::<Vec<_>>(),
                first_line: 2,
            });
        }
        builder.finish(Reading {
            source: "test".to_owned(),
            files: vec!["test".to_owned()],
            rows: events.len() as u64,
            packets: events.iter().map(|event| u64::from(event.packets)).sum(),
            names: Names {
                countries: vec![country("Unknown"), country("AA"), country("BB")],
                hosts: vec!["h0".to_owned(), "h1".to_owned()],
            },
            left_out: BTreeMap::new(),
            other_protocols: BTreeMap::new(),
            warnings: Vec::new(),
        })
    }

    fn event(time_ns: i64, number: u16, country: u32, host: u32) -> Event {
        Event {
            time_ns,
            port: Port {
                protocol: Protocol::Tcp,
                number,
            },
            country,
            host,
            packets: 1,
        }
    }

    #[test]
    fn july_2013_has_the_known_facts() {
        let mut builder = LogBuilder::new(TimeSpec::default());
        let reading = input::stream(&[Source::Sample], &Options::default(), &mut |_| {}, &mut |batch| {
            builder.add(batch);
        });
        let log = builder.finish(reading.unwrap()).unwrap();
        assert_eq!(log.packets.iter().sum::<u64>(), 72_599);
        assert_eq!(log.packets, [17_959, 54_640]);
        assert_eq!(log.bubbles.len(), 39_337);
        assert_eq!((log.ports.len() - log.udp_ports, log.udp_ports), (910, 243));
        assert_eq!(log.countries(), 137);
        let largest = (0..log.bubbles.len())
            .max_by_key(|index| log.bubbles.packets[*index])
            .unwrap();
        assert_eq!(log.bubbles.packets[largest], 5_716);
        assert_eq!(log.names.countries[log.bubbles.country[largest] as usize].code, "IR");
        let flood = Port {
            protocol: Protocol::Udp,
            number: 2193,
        };
        assert_eq!(log.ports[log.bubbles.port[largest] as usize], flood);
        let time = utc(log.timeline.start_ns + log.bubbles.offset_ns[largest] / (5 * MINUTE) * 5 * MINUTE);
        assert_eq!(time, "2013-07-24T07:45:00Z");
        assert_eq!(
            log.rows,
            log.drawable_rows + log.left_out.values().map(|left| left.rows).sum::<u64>()
        );
    }

    #[test]
    fn one_bin_country_and_port_make_one_bubble() {
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
        assert_eq!(bubbles.offset_ns, [MINUTE, MINUTE, MINUTE, 6 * MINUTE]);
        assert_eq!(bubbles.packets, [2, 1, 1, 1]);
        assert_eq!(bubbles.host, [SEVERAL_HOSTS, 0, 0, 0]);
        assert_eq!(bubbles.country, [1, 2, 1, 1]);
    }

    #[test]
    fn what_is_outside_the_window_is_counted_and_quoted() {
        let events = vec![event(0, 80, 1, 0), event(MINUTE, 80, 1, 0), event(2 * MINUTE, 80, 1, 0)];
        let spec = TimeSpec {
            start_ns: Some(MINUTE),
            end_ns: Some(2 * MINUTE),
            ..TimeSpec::default()
        };
        let log = log_of(&events, &spec).unwrap();
        let left = &log.left_out[&Reason::OutsideWindow];
        assert_eq!((log.drawable_rows, left.rows), (1, 2));
        let lines: Vec<u64> = left.first_lines.iter().map(|line| line.line).collect();
        assert_eq!(lines, [2, 4]);
    }

    #[test]
    fn an_empty_window_says_where_the_rows_are() {
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

    proptest! {
        #[test]
        fn the_order_of_rows_does_not_matter(
            rows in prop::collection::vec((0_i64..20 * MINUTE, 0_u16..4, UNKNOWN_COUNTRY..3, 0_u32..2), 1..60),
            seed in any::<u64>(),
        ) {
            let events: Vec<Event> = rows.into_iter().map(|(time, port, country, host)| event(time, port, country, host)).collect();
            let mut shuffled = events.clone();
            let mut state = seed | 1;
            for index in (1..shuffled.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                shuffled.swap(index, (state >> 33) as usize % (index + 1));
            }
            let spec = TimeSpec { bin_ns: Some(5 * MINUTE), ..TimeSpec::default() };
            let (one, other) = (log_of(&events, &spec).unwrap(), log_of(&shuffled, &spec).unwrap());
            prop_assert_eq!(&one.bubbles, &other.bubbles);
            prop_assert!(one.bubbles.offset_ns.is_sorted());
            prop_assert_eq!(one.bubbles.packets.iter().sum::<u64>(), one.packets[1]);
        }
    }
}
