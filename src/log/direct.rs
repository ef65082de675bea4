//! Bubbles that come ready-made and in order, as those of a prepared log do: taken as they are, neither
//! gathered nor sorted. Nothing is taken on trust: the first that is out of order, or that departs at another
//! time than one of its bin, source and port, ends it, and everything goes the way of other logs.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use super::bubbles::{Bubble, Bubbles};
use super::grouping::Grouping;
use super::kind::{self, KIND_BITS};
use super::totals::Totals;
use crate::model::{Event, Port, SEVERAL_HOSTS};

/// Bubbles so far, in order of departure, port and source, and of host where these stay apart.
#[derive(Debug)]
pub(super) struct Direct {
    bin_ns: i64,
    grouping: Grouping,
    /// With times since 1970, and all ports in place of slots.
    bubbles: Bubbles,
    /// Time, port with source, and host of the last.
    last: Option<(i64, u64, u32)>,
    /// First instant after the bin of the last.
    bin_end_ns: i64,
    kinds: Kinds,
    totals: Totals,
}

impl Direct {
    /// An empty list, of bins of `bin_ns` that are counted from 1970.
    pub fn new(bin_ns: i64, grouping: Grouping) -> Self {
        Self {
            bin_ns,
            grouping,
            bubbles: Bubbles::growing(Port::COUNT),
            last: None,
            bin_end_ns: i64::MIN,
            kinds: Kinds::default(),
            totals: Totals::new(),
        }
    }

    /// Takes a bubble, one of the last one's flight, or more of the last one; false where it does not come in order.
    #[inline]
    pub fn add(&mut self, event: &Event) -> bool {
        let port = event.port.index();
        let kind = kind::kind(port, event.source);
        let this = (event.time_ns, kind, event.host);
        if let Some(last) = self.last {
            if (last.0, last.1) > (this.0, this.1) {
                return false;
            }
            if (last.0, last.1) == (this.0, this.1) {
                if last.2 > this.2 && self.grouping == Grouping::PortsByHost {
                    return false;
                }
                if last.2 != this.2 && self.grouping == Grouping::PortsByHost {
                    self.push(this, port, event);
                    return true;
                }
                self.bubbles.add_to_last(event.packets);
                if last.2 != this.2 {
                    self.bubbles.spread_last();
                    self.last = Some((this.0, this.1, SEVERAL_HOSTS));
                }
                self.count(port, event);
                return true;
            }
        }
        if event.time_ns >= self.bin_end_ns {
            self.kinds.clear();
            self.bin_end_ns = bin_end_ns(event.time_ns, self.bin_ns);
        }
        if !self.kinds.insert(kind) {
            return false;
        }
        self.push(this, port, event);
        true
    }

    #[inline]
    fn push(&mut self, this: (i64, u64, u32), port: u32, event: &Event) {
        self.last = Some(this);
        self.bubbles.push_growing(&Bubble {
            offset_ns: event.time_ns,
            port,
            source: event.source,
            host: event.host,
            packets: event.packets,
        });
        self.count(port, event);
    }

    #[inline]
    fn count(&mut self, port: u32, event: &Event) {
        let source = event.source as usize;
        self.totals.add(port as usize, source, event.packets);
    }

    /// Gives up: all events so far, in order.
    pub fn into_events(self) -> impl Iterator<Item = Event> {
        let bubbles = self.bubbles;
        (0..bubbles.len()).map(move |index| {
            let bubble = bubbles.get(index);
            Event {
                time_ns: bubble.offset_ns,
                port: Port::at(bubble.port),
                source: bubble.source,
                host: bubble.host,
                packets: bubble.packets,
            }
        })
    }

    /// The bubbles, with times since 1970 and all ports in place of slots, and what they come to.
    pub fn finish(self) -> (Bubbles, Totals) {
        (self.bubbles, self.totals)
    }
}

/// First instant after a time's bin.
fn bin_end_ns(time_ns: i64, bin_ns: i64) -> i64 {
    // The first bin there is begins before all times.
    let left_ns = bin_ns - time_ns.rem_euclid(bin_ns);
    time_ns.saturating_add(left_ns)
}

/// The kinds that a bin has so far: a hash table that a new bin finds empty without its being emptied.
#[derive(Debug)]
struct Kinds {
    /// Bin's number in the highest bits, kind in the rest; a power of two, at most half full.
    places: Vec<u64>,
    bin: u64,
    count: usize,
    /// How kinds are hashed, which whoever wrote a prepared log does not know.
    hash: RandomState,
}

impl Default for Kinds {
    fn default() -> Self {
        Self {
            places: vec![0; 1 << 10],
            bin: 1,
            count: 0,
            hash: RandomState::default(),
        }
    }
}

impl Kinds {
    /// Begins the next bin.
    fn clear(&mut self) {
        self.count = 0;
        self.bin += 1;
        if self.bin >> (u64::BITS - KIND_BITS) > 0 {
            self.bin = 1;
            self.places.fill(0);
        }
    }

    /// Takes a kind; false if the bin has it already.
    #[inline]
    fn insert(&mut self, kind: u64) -> bool {
        let entry = self.bin << KIND_BITS | kind;
        let mask = self.places.len() - 1;
        let mut at = self.hash.hash_one(kind) as usize & mask;
        while self.places[at] >> KIND_BITS == self.bin {
            if self.places[at] == entry {
                return false;
            }
            at = (at + 1) & mask;
        }
        self.places[at] = entry;
        self.count += 1;
        if 2 * self.count > self.places.len() {
            self.grow();
        }
        true
    }

    fn grow(&mut self) {
        let places = vec![0; 2 * self.places.len()];
        let before = std::mem::replace(&mut self.places, places);
        let mask = self.places.len() - 1;
        for entry in before.into_iter().filter(|entry| entry >> KIND_BITS == self.bin) {
            let mut at = self.hash.hash_one(entry & ((1 << KIND_BITS) - 1)) as usize & mask;
            while self.places[at] != 0 {
                at = (at + 1) & mask;
            }
            self.places[at] = entry;
        }
    }
}
