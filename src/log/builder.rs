//! Events into bubbles, on the way past: what is kept grows with the bubbles, not with the rows.
//! Owns the groups in the making; knows no file and nothing of how bubbles are packed.
//!
//! Bins are chosen when the last event is known. Until then events are grouped by cells, of which every
//! bin still possible is a whole number ([`Cells`]). Groups gather in a buffer, which a second thread
//! sorts when it is full; the sorted runs are merged bin by bin at the end.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{RecvError, SendError, sync_channel};
use std::thread::{self, JoinHandle};

use foldhash::fast::RandomState;

use super::bubbles::{Bubble, Bubbles, Numbers, gcd};
use super::direct::Direct;
use super::grouping::{self, Grouping};
use super::kind;
use super::totals::Totals;
use super::{AskedRange, Ends, Log, LogError};
use crate::model::{Batch, Event, LeftOut, Port, Reading, Reason};
use crate::timeline::{Cells, TimeSpec, Timeline, TimelineError};
use crate::words::{grouped, utc};

/// Groups that gather before they are sorted: 12 MB of them.
const RUN_GROUPS: usize = 1 << 19;
/// Recently used groups that are found again, a power of two. Others make a second group, which the
/// merge joins with the first.
const RECENT: usize = 1 << 15;
/// Number of full runs from which on runs are merged when cells grow: groups of cells that became one
/// need not be kept apart.
const COMPACT_RUNS: usize = 8;

/// Some events of one cell, source, protocol and port, and of one host where these stay apart: 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group {
    /// The first of them.
    time_ns: i64,
    /// Protocol and port, source, host.
    who: u64,
    packets: u32,
    /// Cell, counted from [`Buffer::first_cell`].
    cell: u32,
}

impl Group {
    /// Most packets of a group; what an event has beyond is a [`Flood`].
    const MOST_PACKETS: u64 = u32::MAX as u64;

    fn new(event: &Event, cell: u32) -> Self {
        Self {
            time_ns: event.time_ns,
            who: grouping::who_of(event),
            packets: event.packets.min(Self::MOST_PACKETS) as u32,
            cell,
        }
    }

    /// Protocol, port and source.
    fn kind(&self) -> u64 {
        grouping::kind_in(self.who)
    }

    /// Index into the names of hosts, or [`SEVERAL_HOSTS`](crate::model::SEVERAL_HOSTS).
    fn host(&self) -> u32 {
        grouping::host_in(self.who)
    }

    /// Number of the protocol and port among all.
    fn port(&self) -> usize {
        kind::port_in(self.kind())
    }

    fn source(&self) -> usize {
        kind::source_in(self.kind())
    }

    /// Takes in another of the same key; false where their packets do not fit into one.
    fn join(&mut self, other: &Self) -> bool {
        let Some(packets) = self.packets.checked_add(other.packets) else {
            return false;
        };
        self.packets = packets;
        self.time_ns = self.time_ns.min(other.time_ns);
        if self.who != other.who {
            self.who = grouping::who(self.kind(), grouping::common_host(self.host(), other.host()));
        }
        true
    }
}

/// Packets of an event beyond those that its group holds.
#[derive(Clone, Copy, Debug)]
struct Flood {
    time_ns: i64,
    /// Protocol and port, source, host.
    who: u64,
    packets: u64,
}

/// Groups that gather.
#[derive(Debug)]
struct Buffer {
    groups: Vec<Group>,
    /// Index of the group that was used last, by a hash of cell and key, and the rest of the hash: a
    /// group of another key is not looked at, which would be a miss of the cache.
    recent: Vec<(u32, u32)>,
    /// The cell that is number 2^31 here.
    first_cell: i64,
    /// Whether groups are to be sorted by time alone, and stay apart unless their times are equal:
    /// where there are no cells, or where they are too many to be numbered.
    by_time: bool,
    grouping: Grouping,
}

impl Buffer {
    fn new(groups: usize, grouping: Grouping) -> Self {
        Self {
            grouping,
            groups: Vec::with_capacity(groups),
            recent: vec![(0, 0); RECENT],
            first_cell: 0,
            by_time: false,
        }
    }

    fn add(&mut self, event: &Event, cells: Option<Cells>) {
        let mut cell = 0;
        if let Some(cells) = cells {
            let index = cells.index(event.time_ns);
            if self.groups.is_empty() {
                self.first_cell = index;
            }
            match u32::try_from(index.saturating_sub(self.first_cell).saturating_add(1 << 31)) {
                Ok(number) => cell = number,
                Err(_) => self.by_time = true,
            }
        } else {
            self.by_time = true;
        }
        let group = Group::new(event, cell);
        // Fibonacci hashing (Knuth, TAOCP 6.4): the highest bits of a product depend on all.
        let key = self.grouping.key(group.who);
        let hash = (key ^ u64::from(cell).rotate_left(40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (index, rest) = &mut self.recent[(hash >> (u64::BITS - RECENT.trailing_zeros())) as usize];
        if *rest == hash as u32
            && let Some(found) = self.groups.get_mut(*index as usize)
            && self.grouping.key(found.who) == key
            && found.cell == cell
            && (!self.by_time || found.time_ns == group.time_ns)
            && found.join(&group)
        {
            return;
        }
        (*index, *rest) = (self.groups.len() as u32, hash as u32);
        self.groups.push(group);
    }
}

/// Sorted groups: by time, at least to the cell.
#[derive(Debug)]
struct Run {
    groups: Groups,
    /// The largest unit of which all their times are multiples.
    unit_ns: i64,
}

/// The groups of a run. Those of one cell are to become one bubble, and are few; those that are kept
/// apart to the end, and may be as many as the log has rows, are packed as bubbles are.
#[derive(Debug)]
enum Groups {
    Plain(Vec<Group>),
    /// Sorted by time, with times since 1970 and all ports in place of slots.
    Packed(Bubbles),
}

impl Groups {
    fn packed(groups: &[Group]) -> Self {
        let mut bubbles = Bubbles::growing(Port::COUNT);
        bubbles.reserve(groups.len());
        for group in groups {
            bubbles.push_growing(&Bubble {
                offset_ns: group.time_ns,
                port: group.port() as u32,
                source: group.source() as u32,
                host: group.host(),
                packets: u64::from(group.packets),
            });
        }
        bubbles.shrink_to_fit();
        Self::Packed(bubbles)
    }

    fn len(&self) -> usize {
        match self {
            Self::Plain(groups) => groups.len(),
            Self::Packed(bubbles) => bubbles.len(),
        }
    }

    /// Some groups, unpacked.
    fn part(&self, range: Range<usize>) -> Cow<'_, [Group]> {
        match self {
            Self::Plain(groups) => Cow::Borrowed(&groups[range]),
            Self::Packed(bubbles) => Cow::Owned(bubbles.range(range).map(unpacked).collect()),
        }
    }

    /// All of them, part by part.
    fn parts(&self) -> impl Iterator<Item = Cow<'_, [Group]>> {
        let starts = (0..self.len()).step_by(Cursor::PART);
        starts.map(|start| self.part(start..(start + Cursor::PART).min(self.len())))
    }
}

/// A group that was packed.
fn unpacked(bubble: Bubble) -> Group {
    Group {
        time_ns: bubble.offset_ns,
        who: grouping::who(kind::kind(bubble.port, bubble.source), bubble.host),
        // No more than a group held.
        packets: bubble.packets as u32,
        cell: 0,
    }
}

/// Goes through the groups of a run, and lets go of them at its end.
struct Cursor {
    groups: Groups,
    /// Groups that were taken, those of `part` too.
    taken: usize,
    part: Vec<Group>,
    in_part: usize,
}

impl Cursor {
    /// Groups unpacked at a time.
    const PART: usize = 4096;

    fn new(groups: Groups) -> Self {
        let mut cursor = Self {
            groups,
            taken: 0,
            part: Vec::new(),
            in_part: 0,
        };
        cursor.refill();
        cursor
    }

    /// The next groups in order; none at the end.
    fn rest(&self) -> &[Group] {
        &self.part[self.in_part..]
    }

    fn skip(&mut self, count: usize) {
        self.in_part += count;
        if self.in_part == self.part.len() {
            self.refill();
        }
    }

    fn refill(&mut self) {
        self.in_part = 0;
        self.part = match &mut self.groups {
            Groups::Plain(groups) => std::mem::take(groups),
            packed => {
                let range = self.taken..(self.taken + Self::PART).min(packed.len());
                self.taken = range.end;
                let part = packed.part(range).into_owned();
                if part.is_empty() {
                    // The merged groups make room for the bubbles.
                    *packed = Groups::Plain(Vec::new());
                }
                part
            }
        };
    }
}

/// Sorts groups and joins those of the same cell and key.
fn sort(mut groups: Vec<Group>, by_time: bool, grouping: Grouping) -> Run {
    if by_time {
        groups.sort_unstable_by_key(|group| group.time_ns);
        return Run {
            unit_ns: unit_of(&groups, 0),
            groups: Groups::packed(&groups),
        };
    }
    let key = |group: &Group| (group.cell, grouping.key(group.who));
    groups.sort_unstable_by_key(key);
    groups.dedup_by(|next, group| key(group) == key(next) && group.join(next));
    groups.shrink_to_fit();
    Run {
        unit_ns: unit_of(&groups, 0),
        groups: Groups::Plain(groups),
    }
}

/// The largest unit of which all times and `unit_ns` are multiples.
fn unit_of(groups: &[Group], unit_ns: i64) -> i64 {
    groups.iter().fold(unit_ns, |unit, group| {
        if unit != 0 && group.time_ns % unit == 0 {
            unit
        } else {
            gcd(unit, group.time_ns)
        }
    })
}

/// Merges runs bin by bin: `take` gets the groups of a bin, one of each key but for those whose
/// packets do not fit into one, in order of key. `bin_of` numbers the bins of times in their order.
fn merge(runs: Vec<Run>, grouping: Grouping, bin_of: impl Fn(i64) -> i64, mut take: impl FnMut(&mut Vec<Group>)) {
    let mut runs: Vec<Cursor> = runs.into_iter().map(|run| Cursor::new(run.groups)).collect();
    let first_bin = |run: &Cursor| run.rest().first().map(|group| bin_of(group.time_ns));
    let bins = runs.iter().enumerate();
    let mut next: BinaryHeap<Reverse<(i64, usize)>> = bins
        .filter_map(|(index, run)| Some(Reverse((first_bin(run)?, index))))
        .collect();
    let mut bin_groups = Vec::new();
    while let Some(Reverse((bin, _))) = next.peek().copied() {
        bin_groups.clear();
        while let Some(Reverse((_, index))) = next.peek().copied().filter(|Reverse((other, _))| *other == bin) {
            next.pop();
            let run = &mut runs[index];
            loop {
                let rest = run.rest();
                let length = rest.iter().position(|group| bin_of(group.time_ns) != bin);
                let length = length.unwrap_or(rest.len());
                bin_groups.extend_from_slice(&rest[..length]);
                if length == 0 {
                    break;
                }
                run.skip(length);
            }
            if let Some(bin) = first_bin(run) {
                next.push(Reverse((bin, index)));
            }
        }
        let key = |group: &Group| grouping.key(group.who);
        bin_groups.sort_unstable_by_key(key);
        bin_groups.dedup_by(|next, group| key(group) == key(next) && group.join(next));
        take(&mut bin_groups);
    }
}

/// A log in the making: takes what [`input::stream`](crate::input::stream) delivers.
#[derive(Debug)]
pub struct LogBuilder {
    spec: TimeSpec,
    grouping: Grouping,
    /// Times of the first and the last drawable event, inside the time range or not.
    span_ns: Option<(i64, i64)>,
    cells: Option<Cells>,
    /// Bubbles of a prepared log, as long as they come as they are to be.
    direct: Option<Direct>,
    buffer: Buffer,
    runs: Vec<Run>,
    floods: Vec<Flood>,
    /// The run that is being sorted.
    sorting: Option<JoinHandle<Result<Run, RecvError>>>,
    /// Groups that gather before they are sorted.
    run_groups: usize,
    drawable_rows: u64,
    outside: LeftOut,
}

impl LogBuilder {
    /// Begins a log that will be shown by this clock, and whose bubbles are what `grouping` says.
    #[must_use]
    pub fn new(spec: TimeSpec, grouping: Grouping) -> Self {
        Self::with_runs_of(spec, grouping, RUN_GROUPS)
    }

    /// The same with runs of `run_groups` groups; bubbles are the same for any number.
    pub(super) fn with_runs_of(spec: TimeSpec, grouping: Grouping, run_groups: usize) -> Self {
        Self {
            run_groups,
            spec,
            grouping,
            span_ns: None,
            cells: None,
            direct: None,
            buffer: Buffer::new(run_groups, grouping),
            runs: Vec::new(),
            floods: Vec::new(),
            sorting: None,
            drawable_rows: 0,
            outside: LeftOut::default(),
        }
    }

    /// Takes in events; batches come in the order of the log.
    pub fn add(&mut self, batch: &Batch<'_>) {
        let times = || batch.events.iter().map(|event| event.time_ns);
        let (Some(first), Some(last)) = (times().min(), times().max()) else {
            return;
        };
        if self.span_ns.is_none() && batch.bin_ns.is_some_and(|bin_ns| self.keeps_bins(bin_ns)) {
            self.direct = batch.bin_ns.map(|bin_ns| Direct::new(bin_ns, self.grouping));
        } else if self.direct.is_some() && !batch.bin_ns.is_some_and(|bin_ns| self.keeps_bins(bin_ns)) {
            self.give_up_direct();
        }
        self.widen(first, last);
        let (start_ns, end_ns) = (self.spec.start_ns, self.spec.end_ns);
        for (index, event) in batch.events.iter().enumerate() {
            let early = start_ns.is_some_and(|start_ns| event.time_ns < start_ns);
            if early || end_ns.is_some_and(|end_ns| event.time_ns >= end_ns) {
                let (place, packets) = (batch.place(index), event.packets);
                self.outside.add(batch.file, place, packets, || utc(event.time_ns));
                continue;
            }
            self.drawable_rows += 1;
            if let Some(direct) = &mut self.direct {
                if direct.add(event) {
                    continue;
                }
                self.give_up_direct();
            }
            self.gather(event);
        }
    }

    fn gather(&mut self, event: &Event) {
        self.buffer.add(event, self.cells);
        if event.packets > Group::MOST_PACKETS {
            self.floods.push(Flood {
                time_ns: event.time_ns,
                who: grouping::who_of(event),
                packets: event.packets - Group::MOST_PACKETS,
            });
        }
        if self.buffer.groups.len() == self.run_groups {
            self.flush();
        }
    }

    /// Whether bins that a prepared log has are those that are asked for.
    fn keeps_bins(&self, bin_ns: i64) -> bool {
        self.spec.bin_ns == Some(bin_ns) && self.spec.start_ns.is_none_or(|start_ns| start_ns % bin_ns == 0)
    }

    /// Gathers and sorts what was taken as it came, as what comes next is not in order.
    fn give_up_direct(&mut self) {
        let Some(direct) = self.direct.take() else { return };
        for event in direct.into_events() {
            self.gather(&event);
        }
    }

    /// Takes account of times, which may make cells longer.
    fn widen(&mut self, first_ns: i64, last_ns: i64) {
        let (first, last) = self.span_ns.unwrap_or((first_ns, last_ns));
        let span_ns = (first.min(first_ns), last.max(last_ns));
        if self.span_ns == Some(span_ns) {
            return;
        }
        self.span_ns = Some(span_ns);
        let cells = Cells::settle(&self.spec, span_ns.0, span_ns.1);
        if cells == self.cells {
            return;
        }
        self.flush();
        self.cells = cells;
        if let Some(cells) = cells {
            self.compact(cells);
        }
    }

    /// Has the groups sorted that have gathered.
    fn flush(&mut self) {
        if self.buffer.groups.is_empty() {
            return;
        }
        self.wait();
        let groups = std::mem::replace(&mut self.buffer.groups, Vec::with_capacity(self.run_groups));
        let by_time = std::mem::take(&mut self.buffer.by_time);
        self.buffer.recent.fill((0, 0));
        let (send, receive) = sync_channel(1);
        let grouping = self.grouping;
        let work = move || receive.recv().map(|(groups, by_time)| sort(groups, by_time, grouping));
        let handle = thread::Builder::new().name("sort".to_owned()).spawn(work);
        // Where no thread is to be had, the groups come back and are sorted by this one.
        match send.send((groups, by_time)) {
            Ok(()) => self.sorting = handle.ok(),
            Err(SendError((groups, by_time))) => self.runs.push(sort(groups, by_time, grouping)),
        }
    }

    /// Waits for the run that is being sorted.
    fn wait(&mut self) {
        if let Some(handle) = self.sorting.take() {
            match handle.join() {
                Ok(run) => self.runs.extend(run),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    }

    /// Merges all runs, if they are many, into groups of these cells.
    fn compact(&mut self, cells: Cells) {
        self.wait();
        if self.runs.iter().map(|run| run.groups.len()).sum::<usize>() < COMPACT_RUNS * self.run_groups {
            return;
        }
        let runs = std::mem::take(&mut self.runs);
        let unit_ns = runs.iter().fold(0, |unit, run| gcd(unit, run.unit_ns));
        let mut groups = Vec::new();
        merge(
            runs,
            self.grouping,
            |time_ns| cells.index(time_ns),
            |bin| groups.append(bin),
        );
        groups.shrink_to_fit();
        self.runs.push(Run {
            groups: Groups::Plain(groups),
            unit_ns,
        });
    }

    /// Settles the clock and makes bubbles of the events in its time range: one a bin, source, protocol
    /// and port, departing with its first event, or of these one a host.
    ///
    /// # Errors
    /// [`LogError`]: nothing to draw, or no usable clock.
    pub fn finish(mut self, reading: Reading) -> Result<Log, LogError> {
        self.flush();
        self.wait();
        let Self {
            spec,
            grouping,
            runs,
            floods,
            ..
        } = self;
        let Reading {
            source,
            files,
            names,
            source_kind,
            measure,
            rows,
            packets: rows_packets,
            mut left_out,
            formats,
            warnings,
            losses,
            joined_hosts,
            ..
        } = reading;
        let Some((first_ns, last_ns)) = self.span_ns else {
            return Err(LogError::NothingDrawable {
                source_name: source,
                rows,
                why: why_none(&left_out),
            });
        };
        let empty_range =
            |source: &str| LogError::empty_range(source, [spec.start_ns, spec.end_ns], [first_ns, last_ns]);
        let timeline = match Timeline::settle_for(&spec, first_ns, last_ns, self.drawable_rows) {
            // Both ends asked for and crossed is the user's slip; one end beyond the log is an empty film.
            Err(TimelineError::EmptyRange) if spec.start_ns.is_none() || spec.end_ns.is_none() => {
                return Err(empty_range(&source));
            }
            settled => settled?,
        };
        if self.drawable_rows == 0 {
            return Err(empty_range(&source));
        }
        if self.outside.rows > 0 {
            left_out.insert(Reason::OutsideRange, self.outside);
        }

        let (ready, mut totals) = match self.direct {
            Some(direct) => {
                let (bubbles, totals) = direct.finish();
                (Some(bubbles), totals)
            }
            None => (None, Totals::new()),
        };
        for part in runs.iter().flat_map(|run| run.groups.parts()) {
            for group in part.iter() {
                totals.add(group.port(), group.source(), u64::from(group.packets));
            }
        }
        for flood in &floods {
            let kind = grouping::kind_in(flood.who);
            totals.add(kind::port_in(kind), kind::source_in(kind), flood.packets);
        }
        let Totals { seen, sources, packets } = totals;
        // Here names are numbered by their first row, in a log by themselves: the same rows in another
        // order are the same log.
        let (names, [source_numbers, host_numbers]) = names.sorted();
        let mut source_packets = vec![0; names.sources.len()];
        for (number, packets) in source_numbers.iter().zip(sources) {
            source_packets[*number as usize] = packets;
        }
        // UDP comes first in every order of ports.
        let numbers: Vec<usize> = (0..Port::COUNT).filter(|number| seen[*number]).collect();
        let mut slots = vec![0_u32; Port::COUNT];
        for (slot, number) in (0..).zip(&numbers) {
            slots[*number] = slot;
        }
        let ends = Ends::of_ports(numbers.iter().map(|number| Port::at(*number as u32)));

        let numbers = Numbers {
            ports: &slots,
            sources: &source_numbers,
            hosts: &host_numbers,
            counts: [ends.len(), names.sources.len(), names.hosts.len()],
        };
        let bubbles = match ready {
            Some(bubbles) => bubbles.settled(timeline.start_ns, &numbers),
            None => merged(runs, &floods, grouping, &timeline, &numbers),
        };
        Ok(Log {
            source,
            files,
            grouping,
            timeline,
            names,
            source_kind,
            ends,
            measure,
            bubbles: Arc::new(bubbles),
            packets,
            source_packets,
            // By what is left out: a prepared log has a row for many.
            drawable_rows: left_out
                .values()
                .fold(rows, |rows, left| rows.saturating_sub(left.rows)),
            rows,
            rows_packets,
            left_out,
            formats,
            warnings,
            losses,
            joined_hosts,
            unit: None,
            span_ns: (first_ns, last_ns),
            events: self.drawable_rows,
            paced: None,
            asked: AskedRange::of(&spec),
        })
    }
}

/// The bubbles of all runs.
fn merged(runs: Vec<Run>, floods: &[Flood], grouping: Grouping, timeline: &Timeline, numbers: &Numbers<'_>) -> Bubbles {
    let mut beyond: HashMap<(i64, u64), u64, RandomState> = HashMap::default();
    for flood in floods {
        *beyond
            .entry((timeline.bin_of(flood.time_ns), grouping.key(flood.who)))
            .or_default() += flood.packets;
    }
    let unit_ns = runs.iter().fold(0, |unit, run| gcd(unit, run.unit_ns));
    let unit_ns = gcd(unit_ns, timeline.start_ns);
    let mut bubbles = Bubbles::new(unit_ns.max(1), numbers.counts);
    // Room that is not written to takes no memory.
    bubbles.reserve(runs.iter().map(|run| run.groups.len()).sum());
    let mut bin = Vec::new();
    merge(
        runs,
        grouping,
        |time_ns| timeline.bin_of(time_ns),
        |groups| {
            bin.clear();
            for kind in groups.chunk_by(|a, b| a.kind() == b.kind()) {
                let first_ns = kind
                    .iter()
                    .map(|group| group.time_ns)
                    .min()
                    .unwrap_or(timeline.start_ns);
                for group in kind.chunk_by(|a, b| grouping.key(a.who) == grouping.key(b.who)) {
                    let mut bubble = bubble(group, numbers, first_ns - timeline.start_ns);
                    if !beyond.is_empty() {
                        let key = (timeline.bin_of(first_ns), grouping.key(group[0].who));
                        bubble.packets += beyond.get(&key).copied().unwrap_or(0);
                    }
                    bin.push(bubble);
                }
            }
            bin.sort_unstable_by_key(Bubble::order);
            bin.iter().for_each(|bubble| bubbles.push(bubble));
        },
    );
    bubbles.shrink_to_fit();
    bubbles
}

/// The bubble of groups of one bin and key, which departs at `offset_ns`.
fn bubble(groups: &[Group], numbers: &Numbers<'_>, offset_ns: i64) -> Bubble {
    let first = &groups[0];
    let host = groups
        .iter()
        .fold(first.host(), |host, group| grouping::common_host(host, group.host()));
    Bubble {
        offset_ns,
        port: numbers.ports[first.port()],
        source: numbers.sources[first.source()],
        host: numbers.host(host),
        packets: groups.iter().map(|group| u64::from(group.packets)).sum(),
    }
}

/// Why no row of a log can be drawn, by what was left out of it.
fn why_none(left_out: &BTreeMap<Reason, LeftOut>) -> String {
    let counts = left_out.iter().filter(|(_, left)| left.rows > 0);
    let counts = counts.map(|(reason, left)| {
        let what = match reason {
            Reason::OutsideRange => "outside the time range",
            Reason::NoPort => "without TCP or UDP and a destination port",
            Reason::NothingMeasured => "without anything to count",
            Reason::Filtered => "left out by --where",
            Reason::Reply => "that are replies",
            Reason::Repeat => "that tell of a connection again",
            Reason::Unreadable => "that cannot be read",
        };
        (*reason, format!("{} {what}", grouped(left.rows)))
    });
    match &counts.collect::<Vec<_>>()[..] {
        [] | [(Reason::NoPort, _)] => "none with TCP or UDP and a destination port".to_owned(),
        counts => counts
            .iter()
            .map(|(_, text)| text.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    }
}
