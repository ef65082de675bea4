//! The bubbles of a log, in columns of 12 to 16 bytes each, whatever their number.
//! Owns how they are packed; knows neither where they come from nor what is drawn of them.

use std::ops::Range;

use super::grouping::{self, low_bits};
use crate::model::SEVERAL_HOSTS;

/// The packets from one source to one port in one bin of time, or those of them that go to one host
/// ([`Grouping`](super::Grouping)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bubble {
    /// Nanoseconds from the time range's start to the bubble's first event.
    pub offset_ns: i64,
    /// Slot in [`Log::ends`](super::Log::ends).
    pub port: u32,
    /// Index into [`Names::sources`](crate::model::Names::sources).
    pub source: u32,
    /// Index into [`Names::hosts`](crate::model::Names::hosts), or [`SEVERAL_HOSTS`].
    pub host: u32,
    /// Packets, at least 1.
    pub packets: u64,
}

impl Bubble {
    /// Key of the order of bubbles: departure, then port, then source, then host. No two of a log share it.
    #[must_use]
    pub fn order(&self) -> (i64, u32, u32, u32) {
        (self.offset_ns, self.port, self.source, self.host)
    }

    /// Departure, port and source: bubbles that share it go to different hosts.
    #[must_use]
    pub fn flight(&self) -> (i64, u32, u32) {
        (self.offset_ns, self.port, self.source)
    }
}

/// The numbers that ports, sources and hosts have in a log, by those that they had while it was read.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    /// Slots, by the number of the port among those of both protocols.
    pub ports: &'a [u32],
    pub sources: &'a [u32],
    pub hosts: &'a [u32],
    /// Number of different ones of each.
    pub counts: [usize; 3],
}

impl Numbers<'_> {
    /// The number that a host has in the log; several stay several.
    pub fn host(&self, host: u32) -> u32 {
        self.hosts.get(host as usize).copied().unwrap_or(SEVERAL_HOSTS)
    }
}

/// Bubbles sorted by departure, at most 2^32 - 1 of them.
///
/// A time takes 4 bytes, packets 4, and port, source and host together 4, 6 or 8, by how many
/// different ones there are. Nothing is rounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bubbles {
    times: Times,
    packets: Vec<u32>,
    /// Bubbles of `u32::MAX` packets and more, by index: their packets.
    floods: Vec<(u32, u64)>,
    who: Who,
}

impl Bubbles {
    /// No bubbles yet. All offsets will be multiples of `unit_ns`, which is above 0; ports,
    /// sources and hosts below these numbers.
    #[must_use]
    pub fn new(unit_ns: i64, counts: [usize; 3]) -> Self {
        Self {
            times: Times {
                unit_ns,
                ..Times::default()
            },
            who: Who {
                bits: Who::bits_for(counts),
                ..Who::default()
            },
            ..Self::default()
        }
    }

    /// No bubbles yet, to be added by [`Bubbles::push_growing`]; ports below a number.
    pub(super) fn growing(ports: usize) -> Self {
        let mut bubbles = Self::new(0, [ports, 1, 1]);
        bubbles.times.unit_ns = 0;
        bubbles
    }

    /// Adds a bubble, which departs no earlier than the one before it, and makes times finer and numbers
    /// wider where it takes that. What was added before is then gone through again: not often, as
    /// each unit divides the one before and each number has twice the room.
    #[inline]
    pub(super) fn push_growing(&mut self, bubble: &Bubble) {
        self.times.push_growing(self.packets.len() as u32, bubble.offset_ns);
        self.push_packets(bubble.packets);
        self.who.fit(bubble);
        self.who.push(bubble);
    }

    /// Adds packets to the bubble added last.
    pub(super) fn add_to_last(&mut self, packets: u64) {
        let Some(index) = self.packets.len().checked_sub(1) else {
            return;
        };
        let all = self.packets(index) + packets;
        self.floods.pop_if(|flood| flood.0 as usize == index);
        self.packets.pop();
        self.push_packets(all);
    }

    /// Has the bubble added last go to several hosts.
    pub(super) fn spread_last(&mut self) {
        if let Some(index) = self.packets.len().checked_sub(1) {
            let [port, source, _] = self.who.get(index);
            self.who.set(index, [port, source, SEVERAL_HOSTS]);
        }
    }

    /// The same bubbles as [`Bubbles::new`] would hold them: with times from `start_ns` on, and the
    /// numbers of the log. They were sorted by time, port, source and host as these were numbered before.
    pub(super) fn settled(mut self, start_ns: i64, numbers: &Numbers<'_>) -> Self {
        let bits = Who::bits_for(numbers.counts);
        self.times.unit_ns = self.times.unit_ns.max(1);
        for block in &mut self.times.blocks {
            block.base_ns -= start_ns;
        }
        // A log that `prepare` wrote has its names in order: there the numbers are the same.
        let in_order = numbers.sources.is_sorted() && numbers.hosts.is_sorted();
        if in_order {
            let ports = numbers.ports;
            self.who
                .recode(bits, |[port, source, host]| [ports[port as usize], source, host]);
        } else {
            self.who.recode(bits, |[port, source, host]| {
                let source = numbers.sources[source as usize];
                [numbers.ports[port as usize], source, numbers.host(host)]
            });
        }
        if !in_order {
            self = self.in_order();
        }
        self.shrink_to_fit();
        self
    }

    /// The same bubbles, of which those of one departure may not have been in the order of port, source and host.
    fn in_order(&self) -> Self {
        self.emptied().ordered(self.iter(), self.len())
    }

    /// These, which are none yet, with `count` others, sorted by departure: those of one departure in any order.
    pub(super) fn ordered(mut self, bubbles: impl Iterator<Item = Bubble>, count: usize) -> Self {
        self.reserve(count);
        let mut together: Vec<Bubble> = Vec::new();
        let mut end = |together: &mut Vec<Bubble>| {
            together.sort_unstable_by_key(Bubble::order);
            together.drain(..).for_each(|bubble| self.push(&bubble));
        };
        for bubble in bubbles {
            if together.last().is_some_and(|last| last.offset_ns != bubble.offset_ns) {
                end(&mut together);
            }
            together.push(bubble);
        }
        end(&mut together);
        self
    }

    /// An empty list, to take some of these.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self {
            times: Times {
                unit_ns: self.times.unit_ns,
                ..Times::default()
            },
            who: Who {
                bits: self.who.bits,
                ..Who::default()
            },
            ..Self::default()
        }
    }

    /// Makes room for `count` more.
    pub fn reserve(&mut self, count: usize) {
        self.times.deltas.reserve_exact(count);
        self.packets.reserve_exact(count);
        self.who.reserve(count);
    }

    /// Gives back the room that was not needed.
    pub fn shrink_to_fit(&mut self) {
        self.times.deltas.shrink_to_fit();
        self.times.blocks.shrink_to_fit();
        self.packets.shrink_to_fit();
        self.floods.shrink_to_fit();
        self.who.shrink_to_fit();
    }

    /// Adds a bubble, which departs no earlier than the one before it.
    pub fn push(&mut self, bubble: &Bubble) {
        self.times.push(self.packets.len() as u32, bubble.offset_ns);
        self.push_packets(bubble.packets);
        self.who.push(bubble);
    }

    #[inline]
    fn push_packets(&mut self, packets: u64) {
        match u32::try_from(packets) {
            Ok(packets) if packets < u32::MAX => self.packets.push(packets),
            _ => {
                self.floods.push((self.packets.len() as u32, packets));
                self.packets.push(u32::MAX);
            }
        }
    }

    /// Number of bubbles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether there is no bubble.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// All offsets are multiples of this, above 0.
    #[must_use]
    pub fn unit_ns(&self) -> i64 {
        self.times.unit_ns.max(1)
    }

    /// Slots of ports are below this, a power of two.
    #[must_use]
    pub fn ports(&self) -> usize {
        1 << self.who.bits[0]
    }

    /// The bubble at `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Bubble {
        self.bubble(index, self.times.block_of(index))
    }

    #[inline]
    fn bubble(&self, index: usize, block: usize) -> Bubble {
        self.bubble_from(self.times.blocks[block].base_ns, index)
    }

    #[inline(always)]
    fn bubble_from(&self, base_ns: i64, index: usize) -> Bubble {
        let [port, source, host] = self.who.get(index);
        Bubble {
            offset_ns: base_ns + i64::from(self.times.deltas[index]) * self.times.unit_ns,
            port,
            source,
            host,
            packets: self.packets(index),
        }
    }

    /// Slot of a bubble's port.
    #[must_use]
    pub fn port(&self, index: usize) -> u32 {
        self.who.get(index)[0]
    }

    /// Index of a bubble's source.
    #[must_use]
    pub fn source(&self, index: usize) -> u32 {
        self.who.get(index)[1]
    }

    /// Index of a bubble's host, or [`SEVERAL_HOSTS`].
    #[must_use]
    pub fn host(&self, index: usize) -> u32 {
        self.who.get(index)[2]
    }

    /// Packets of a bubble.
    #[must_use]
    #[inline]
    pub fn packets(&self, index: usize) -> u64 {
        match self.packets[index] {
            u32::MAX => match self.floods.binary_search_by_key(&(index as u32), |flood| flood.0) {
                Ok(at) => self.floods[at].1,
                Err(_) => u64::from(u32::MAX),
            },
            packets => u64::from(packets),
        }
    }

    /// Packets of the largest; 0 where there is none.
    #[must_use]
    pub fn most_packets(&self) -> u64 {
        let floods = self.floods.iter().map(|(_, packets)| *packets);
        let others = self.packets.iter().copied().max().map(u64::from);
        floods.chain(others).max().unwrap_or(0)
    }

    /// Some bubbles, in order of departure.
    pub fn range(&self, range: Range<usize>) -> impl Iterator<Item = Bubble> {
        InOrder {
            bubbles: self,
            index: range.start,
            end: range.end.min(self.len()),
            block: self.times.block_of(range.start),
            block_end: range.start,
            base_ns: 0,
        }
    }

    /// The parts of a range that are in one block of times each, and what these count from.
    fn parts(&self, range: Range<usize>) -> impl Iterator<Item = (i64, Range<usize>)> {
        let mut block = self.times.block_of(range.start);
        let mut start = range.start;
        std::iter::from_fn(move || {
            if start >= range.end {
                return None;
            }
            while self.times.block_end(block) <= start {
                block += 1;
            }
            let part = start..self.times.block_end(block).min(range.end);
            start = part.end;
            Some((self.times.blocks[block].base_ns, part))
        })
    }

    /// The same with offset, port's slot and packets alone, for the thousands that a frame looks through.
    pub fn arrivals(&self, range: Range<usize>) -> impl Iterator<Item = (i64, u32, u64)> {
        let ports = low_bits(self.who.bits[0]) as u32;
        self.parts(range).flat_map(move |(base_ns, part)| {
            let columns = self.times.deltas[part.clone()].iter().zip(&self.who.low[part.clone()]);
            let unit_ns = self.times.unit_ns;
            columns.zip(part).map(move |((delta, who), index)| {
                // A slot has 18 bits at most, which are the lowest.
                (base_ns + i64::from(*delta) * unit_ns, who & ports, self.packets(index))
            })
        })
    }

    /// All bubbles, in order of departure.
    pub fn iter(&self) -> impl Iterator<Item = Bubble> {
        self.range(0..self.len())
    }

    /// All bubbles, to be taken from the first on.
    #[must_use]
    pub fn taken(&self) -> Taken<'_> {
        Taken {
            bubbles: self,
            index: 0,
            block: 0,
        }
    }

    /// Packets of all bubbles of a range together.
    fn packets_in(&self, range: Range<usize>) -> u64 {
        let floods = [range.start, range.end].map(|at| self.floods.partition_point(|flood| (flood.0 as usize) < at));
        let beyond = |flood: &(u32, u64)| flood.1 - u64::from(u32::MAX);
        let beyond: u64 = self.floods[floods[0]..floods[1]].iter().map(beyond).sum();
        let packets = self.packets[range].iter();
        packets.map(|packets| u64::from(*packets)).sum::<u64>() + beyond
    }

    /// Departure and packets of all that leave one source for one port at a time, joined over hosts: the bubbles of
    /// [`Grouping::Ports`](super::Grouping::Ports), in order of departure.
    pub fn by_port(&self) -> impl Iterator<Item = (i64, u64)> {
        self.joined_by_port().map(|bubble| (bubble.offset_ns, bubble.packets))
    }

    /// Neighbours that differ in their hosts alone, as one.
    pub(super) fn joined_by_port(&self) -> impl Iterator<Item = Bubble> {
        let mut bubbles = self.iter().peekable();
        std::iter::from_fn(move || {
            let mut joined = bubbles.next()?;
            while let Some(next) = bubbles.next_if(|next| next.flight() == joined.flight()) {
                joined.packets += next.packets;
                joined.host = grouping::common_host(joined.host, next.host);
            }
            Some(joined)
        })
    }

    /// Number of those that have departed at `offset_ns` or before.
    #[must_use]
    pub fn departed_by(&self, offset_ns: i64) -> usize {
        self.times.count_up_to(offset_ns)
    }

    /// Number of those that have departed before `offset_ns`.
    #[must_use]
    pub fn departed_before(&self, offset_ns: i64) -> usize {
        offset_ns
            .checked_sub(1)
            .map_or(0, |offset_ns| self.times.count_up_to(offset_ns))
    }

    /// Bytes of memory that they take.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.times.deltas.capacity() * size_of::<u32>()
            + self.times.blocks.capacity() * size_of::<Block>()
            + self.packets.capacity() * size_of::<u32>()
            + self.floods.capacity() * size_of::<(u32, u64)>()
            + self.who.heap_bytes()
    }
}

/// Bubbles that are taken in the order in which they depart.
#[derive(Clone, Debug)]
pub struct Taken<'a> {
    bubbles: &'a Bubbles,
    /// The next.
    index: usize,
    /// The block that it is in, or one before it.
    block: usize,
}

impl Taken<'_> {
    /// When the next departs; the end of time where there is none.
    #[must_use]
    pub fn next_ns(&self) -> i64 {
        let times = &self.bubbles.times;
        if self.index >= self.bubbles.len() {
            return i64::MAX;
        }
        let mut block = self.block;
        while times.block_end(block) <= self.index {
            block += 1;
        }
        times.at(block, self.index)
    }

    /// Takes those that depart by then: their packets, and their number.
    pub fn take_until(&mut self, until_ns: i64) -> (u64, u64) {
        let times = &self.bubbles.times;
        let start = self.index;
        while self.index < self.bubbles.len() {
            let end = times.block_end(self.block);
            if self.index >= end {
                self.block += 1;
                continue;
            }
            let since = i128::from(until_ns) - i128::from(times.blocks[self.block].base_ns);
            if since < 0 {
                break;
            }
            let most = u32::try_from(since / i128::from(self.bubbles.unit_ns())).unwrap_or(u32::MAX);
            self.index += count_up_to(&times.deltas[self.index..end], most);
            if self.index < end {
                break;
            }
        }
        (self.bubbles.packets_in(start..self.index), (self.index - start) as u64)
    }
}

/// How many of some sorted numbers are `most` or less, found in steps that grow: they are few as a rule.
fn count_up_to(sorted: &[u32], most: u32) -> usize {
    let mut step = 1;
    while step < sorted.len() && sorted[step] <= most {
        step *= 2;
    }
    let from = step / 2;
    from + sorted[from..step.min(sorted.len())].partition_point(|number| *number <= most)
}

/// Bubbles of a range. By hand: adapters over blocks took three times as long.
struct InOrder<'a> {
    bubbles: &'a Bubbles,
    index: usize,
    end: usize,
    /// The block that the next bubble is in, or one before it.
    block: usize,
    /// Index up to which times count from `base_ns`.
    block_end: usize,
    base_ns: i64,
}

impl InOrder<'_> {
    #[cold]
    fn next_block(&mut self) {
        let times = &self.bubbles.times;
        while times.block_end(self.block) <= self.index {
            self.block += 1;
        }
        self.block_end = times.block_end(self.block);
        self.base_ns = times.blocks[self.block].base_ns;
    }
}

impl Iterator for InOrder<'_> {
    type Item = Bubble;

    #[inline(always)]
    fn next(&mut self) -> Option<Bubble> {
        if self.index >= self.end {
            return None;
        }
        if self.index >= self.block_end {
            self.next_block();
        }
        let bubble = self.bubbles.bubble_from(self.base_ns, self.index);
        self.index += 1;
        Some(bubble)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end.saturating_sub(self.index);
        (left, Some(left))
    }
}

/// Sorted offsets, exact to the nanosecond in 4 bytes: multiples of a unit, counted from the start of
/// a block. The unit is the largest that all offsets are multiples of (a second where a log has whole
/// seconds); a block ends where the next offset would not fit, 4.3 s on if the unit is a nanosecond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Times {
    unit_ns: i64,
    deltas: Vec<u32>,
    blocks: Vec<Block>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    /// Index of its first bubble.
    first: u32,
    /// Offset that its deltas count from: that of its first bubble.
    base_ns: i64,
}

impl Times {
    /// Adds an offset of any unit.
    #[inline]
    fn push_growing(&mut self, index: u32, offset_ns: i64) {
        if let (Some(block), Some(delta)) = (self.blocks.last(), self.deltas.last()) {
            let since = offset_ns.wrapping_sub(block.base_ns) as u64;
            let unit = self.unit_ns as u64;
            // Most leave with the one before.
            if since == u64::from(*delta) * unit {
                self.deltas.push(*delta);
                return;
            }
            // A time beyond all that a block holds begins the next, where all units fit.
            if let Ok(since) = i64::try_from(since)
                && (unit == 0 || !(since as u64).is_multiple_of(unit))
            {
                self.refine(gcd(self.unit_ns, since));
            }
        }
        self.push(index, offset_ns);
    }

    #[cold]
    fn refine(&mut self, unit_ns: i64) {
        let before = std::mem::replace(
            self,
            Self {
                unit_ns,
                ..Self::default()
            },
        );
        for block in 0..before.blocks.len() {
            for index in before.blocks[block].first as usize..before.block_end(block) {
                self.push(index as u32, before.at(block, index));
            }
        }
    }

    fn push(&mut self, index: u32, offset_ns: i64) {
        let delta = self.blocks.last().and_then(|block| {
            let since = offset_ns.checked_sub(block.base_ns)?;
            u32::try_from(since.checked_div(self.unit_ns).unwrap_or(0)).ok()
        });
        if delta.is_none() {
            self.blocks.push(Block {
                first: index,
                base_ns: offset_ns,
            });
        }
        self.deltas.push(delta.unwrap_or(0));
    }

    fn block_of(&self, index: usize) -> usize {
        self.blocks
            .partition_point(|block| block.first as usize <= index)
            .saturating_sub(1)
    }

    fn block_end(&self, block: usize) -> usize {
        self.blocks
            .get(block + 1)
            .map_or(self.deltas.len(), |next| next.first as usize)
    }

    fn at(&self, block: usize, index: usize) -> i64 {
        self.blocks[block].base_ns + i64::from(self.deltas[index]) * self.unit_ns
    }

    fn count_up_to(&self, offset_ns: i64) -> usize {
        let block = self.blocks.partition_point(|block| block.base_ns <= offset_ns);
        let Some(block) = block.checked_sub(1) else { return 0 };
        let Block { first, base_ns } = self.blocks[block];
        let most = u32::try_from((i128::from(offset_ns) - i128::from(base_ns)) / i128::from(self.unit_ns));
        let most = most.unwrap_or(u32::MAX);
        let first = first as usize;
        first + self.deltas[first..self.block_end(block)].partition_point(|delta| *delta <= most)
    }
}

/// Port, source and host, packed into as many bits as their numbers need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Who {
    bits: [u32; 3],
    low: Vec<u32>,
    /// Bits 32 to 47, and from 48 on; empty where there are fewer.
    middle: Vec<u16>,
    high: Vec<u16>,
}

impl Who {
    /// Bits that the numbers of these counts of ports, sources and hosts take.
    fn bits_for([ports, sources, hosts]: [usize; 3]) -> [u32; 3] {
        let bits = |count: usize| usize::BITS - count.leading_zeros();
        // A host more: that of bubbles with several.
        [
            bits(ports.saturating_sub(1)),
            bits(sources.saturating_sub(1)),
            bits(hosts),
        ]
    }

    /// Makes room for the numbers of a bubble that comes next.
    #[inline]
    fn fit(&mut self, bubble: &Bubble) {
        let host = if bubble.host == SEVERAL_HOSTS { 0 } else { bubble.host };
        let [ports, sources, hosts] = self.bits;
        if u64::from(bubble.source) > low_bits(sources) || u64::from(host) >= low_bits(hosts) {
            let bits = |number: u32| u32::BITS - number.leading_zeros();
            let wider = [ports, bits(bubble.source).max(sources), bits(host + 1).max(hosts)];
            self.recode(wider, |numbers| numbers);
        }
    }

    /// Packs port, source and host into other numbers of bits, with what `numbers` makes of them in
    /// their place.
    fn recode(&mut self, bits: [u32; 3], numbers: impl Fn([u32; 3]) -> [u32; 3]) {
        let (count, width) = (self.low.len(), bits.iter().sum::<u32>());
        // In place, a word after the other: wider columns are there before, and too wide ones still.
        if width > 32 {
            self.middle.resize(count, 0);
        }
        if width > 48 {
            self.high.resize(count, 0);
        }
        let before = self.bits;
        for index in 0..count {
            self.bits = before;
            let [port, source, host] = numbers(self.get(index));
            self.bits = bits;
            self.set(index, [port, source, host]);
        }
        self.bits = bits;
        if width <= 32 {
            self.middle = Vec::new();
        }
        if width <= 48 {
            self.high = Vec::new();
        }
    }

    #[inline]
    fn word(&self, port: u32, source: u32, host: u32) -> u64 {
        let [ports, sources, hosts] = self.bits;
        u64::from(port) | u64::from(source) << ports | grouping::in_bits(host, hosts) << (ports + sources)
    }

    /// Puts other numbers, which fit, in the place of those of a bubble.
    fn set(&mut self, index: usize, [port, source, host]: [u32; 3]) {
        let word = self.word(port, source, host);
        self.low[index] = word as u32;
        if let Some(middle) = self.middle.get_mut(index) {
            *middle = (word >> 32) as u16;
        }
        if let Some(high) = self.high.get_mut(index) {
            *high = (word >> 48) as u16;
        }
    }

    fn width(&self) -> u32 {
        self.bits.iter().sum()
    }

    fn reserve(&mut self, count: usize) {
        self.low.reserve_exact(count);
        if self.width() > 32 {
            self.middle.reserve_exact(count);
        }
        if self.width() > 48 {
            self.high.reserve_exact(count);
        }
    }

    fn shrink_to_fit(&mut self) {
        self.low.shrink_to_fit();
        self.middle.shrink_to_fit();
        self.high.shrink_to_fit();
    }

    fn push(&mut self, bubble: &Bubble) {
        let word = self.word(bubble.port, bubble.source, bubble.host);
        self.low.push(word as u32);
        if self.width() > 32 {
            self.middle.push((word >> 32) as u16);
        }
        if self.width() > 48 {
            self.high.push((word >> 48) as u16);
        }
    }

    fn get(&self, index: usize) -> [u32; 3] {
        let part = |column: &[u16]| column.get(index).copied().map_or(0, u64::from);
        let word = u64::from(self.low[index]) | part(&self.middle) << 32 | part(&self.high) << 48;
        let [ports, sources, hosts] = self.bits;
        [
            (word & low_bits(ports)) as u32,
            (word >> ports & low_bits(sources)) as u32,
            grouping::from_bits(word >> (ports + sources), hosts),
        ]
    }

    fn heap_bytes(&self) -> usize {
        self.low.capacity() * size_of::<u32>() + (self.middle.capacity() + self.high.capacity()) * size_of::<u16>()
    }
}

/// The greatest common divisor, of a number and 0 the number.
pub(super) fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bubbles from a list that is sorted by departure, in as few bits as they take.
    fn pack(bubbles: &[Bubble]) -> Bubbles {
        let most = |part: fn(&Bubble) -> u32| {
            let parts = bubbles.iter().map(part).filter(|part| *part != SEVERAL_HOSTS);
            parts.max().map_or(0, |most| most as usize + 1)
        };
        let unit_ns = bubbles.iter().fold(0, |unit, bubble| gcd(unit, bubble.offset_ns));
        let counts = [
            most(|bubble| bubble.port),
            most(|bubble| bubble.source),
            most(|bubble| bubble.host),
        ];
        let mut packed = Bubbles::new(unit_ns.max(1), counts);
        bubbles.iter().for_each(|bubble| packed.push(bubble));
        packed
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(
            rows in prop::collection::vec(
                (0_i64..1 << 50, 0_u32..1 << 17, 0_u32..1 << 20, 0_u32..1 << 20, 1_u64..1 << 40), 1..200),
            shift in 0_u32..40,
            few in any::<bool>(),
        ) {
            let mut bubbles: Vec<Bubble> = rows.into_iter().map(|(time, port, source, host, packets)| Bubble {
                offset_ns: time >> shift << (shift / 2),
                port: if few { port % 1000 } else { port },
                source: if few { source % 200 } else { source },
                host: if host % 3 == 0 { SEVERAL_HOSTS } else if few { host % 9 } else { host },
                packets: if few { packets % 1000 + 1 } else { packets },
            }).collect();
            bubbles.sort_by_key(|bubble| bubble.offset_ns);
            let packed = pack(&bubbles);
            prop_assert_eq!(packed.iter().collect::<Vec<_>>(), bubbles.clone());
            for (index, bubble) in bubbles.iter().enumerate() {
                prop_assert_eq!(packed.get(index), *bubble);
                prop_assert_eq!((packed.port(index), packed.source(index)), (bubble.port, bubble.source));
                for offset in [bubble.offset_ns - 1, bubble.offset_ns, bubble.offset_ns + 1] {
                    prop_assert_eq!(
                        packed.departed_by(offset),
                        bubbles.partition_point(|bubble| bubble.offset_ns <= offset)
                    );
                    prop_assert_eq!(
                        packed.departed_before(offset),
                        bubbles.partition_point(|bubble| bubble.offset_ns < offset)
                    );
                }
            }
            // The same where neither the unit nor the numbers are known before.
            let mut growing = Bubbles::growing(1 << 17);
            bubbles.iter().for_each(|bubble| growing.push_growing(bubble));
            let shift_ns = bubbles[0].offset_ns;
            let same: Vec<u32> = (0..1 << 20).collect();
            let counts = [1 << 17, 1 << 20, 1 << 20];
            let numbers = Numbers { ports: &same, sources: &same, hosts: &same, counts };
            let settled = growing.clone().settled(shift_ns, &numbers);
            let back = |bubble: Bubble| Bubble { offset_ns: bubble.offset_ns + shift_ns, ..bubble };
            prop_assert_eq!(settled.iter().map(back).collect::<Vec<_>>(), bubbles.clone());
            // Renumbered, those of one departure are in the order of their new numbers.
            let turned: Vec<u32> = (0..1 << 20).rev().collect();
            let numbers = Numbers { ports: &same, sources: &turned, hosts: &turned, counts };
            let mut expected: Vec<Bubble> = bubbles.iter().map(|bubble| Bubble {
                source: turned[bubble.source as usize],
                host: turned.get(bubble.host as usize).copied().unwrap_or(SEVERAL_HOSTS),
                ..*bubble
            }).collect();
            expected.sort_by_key(|bubble| (bubble.order(), bubble.packets, bubble.host));
            let mut found: Vec<Bubble> = growing.settled(shift_ns, &numbers).iter().map(back).collect();
            prop_assert!(found.is_sorted_by_key(Bubble::order));
            found.sort_by_key(|bubble| (bubble.order(), bubble.packets, bubble.host));
            prop_assert_eq!(found, expected);

            // All that depart by the same moments, one moment after the other, and the next of them.
            let mut taken = packed.taken();
            let mut before = 0;
            for until_ns in bubbles.iter().step_by(3).map(|bubble| bubble.offset_ns + i64::from(bubble.port % 2)) {
                let next = bubbles.partition_point(|bubble| bubble.offset_ns <= until_ns).max(before);
                let packets = bubbles[before..next].iter().map(|bubble| bubble.packets).sum::<u64>();
                prop_assert_eq!(taken.next_ns(), bubbles.get(before).map_or(i64::MAX, |bubble| bubble.offset_ns));
                prop_assert_eq!(taken.take_until(until_ns), (packets, (next - before) as u64));
                before = next;
            }

            let middle = bubbles.len() / 2;
            prop_assert_eq!(packed.range(middle..bubbles.len()).collect::<Vec<_>>(), bubbles[middle..].to_vec());
            let arrivals = bubbles[middle..].iter().map(|bubble| (bubble.offset_ns, bubble.port, bubble.packets));
            prop_assert_eq!(packed.arrivals(middle..bubbles.len()).collect::<Vec<_>>(), arrivals.collect::<Vec<_>>());
            prop_assert_eq!((packed.departed_by(i64::MIN), packed.departed_before(i64::MIN)), (0, 0));
            prop_assert_eq!(packed.departed_by(i64::MAX), bubbles.len());
        }
    }

    #[test]
    fn none_are_none() {
        let none = pack(&[]);
        assert!(none.is_empty() && none.iter().next().is_none());
        assert_eq!(none.departed_by(5), 0);
    }
}
