//! The cell of time that rows fall into at the moment: the packets of each key are added up here, in a
//! table that fits into a core's cache, before anything larger is touched. Knows no sketch.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use indexmap::IndexSet;

use crate::counting::bit_of;
use crate::model::Event;

/// The rows of a key in the open cell, added up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub key: u64,
    pub packets: u64,
    /// Latest time of its rows, in this cell and before, Unix nanoseconds.
    pub latest_ns: i64,
    /// Those of the first 64 hosts that its rows went to in this cell, a bit for each.
    pub first_hosts: u64,
}

/// The entries of a cell.
#[derive(Debug, Default)]
pub(super) struct Closed {
    /// In the order of their first rows.
    pub entries: Vec<Entry>,
    /// Hosts beyond the first 64, by the entry's index.
    pub more_hosts: IndexSet<(u32, u32), RandomState>,
}

/// Keys in the open cell, by an open addressing table of their indices.
#[derive(Debug)]
pub(super) struct Open {
    /// First instant of the cell, and the first after it.
    pub start_ns: i64,
    pub end_ns: i64,
    entries: Vec<Entry>,
    more_hosts: IndexSet<(u32, u32), RandomState>,
    /// Index of an entry + 1, 0 where no entry is; a power of two, at most half full.
    places: Vec<u32>,
    /// How keys are hashed, which whoever chooses them does not know.
    hash: RandomState,
}

impl Open {
    /// Entries at most, 32 bytes each, and hosts of them beyond the first 64: a cell with more is emptied before its
    /// end.
    pub const MOST: usize = 1 << 16;

    pub fn new() -> Self {
        Self {
            start_ns: 0,
            end_ns: 0,
            entries: Vec::new(),
            more_hosts: IndexSet::default(),
            places: vec![0; 1 << 10],
            hash: RandomState::default(),
        }
    }

    /// Whether a time is in the cell.
    #[inline]
    pub fn holds(&self, time_ns: i64) -> bool {
        (self.start_ns..self.end_ns).contains(&time_ns)
    }

    pub fn is_full(&self) -> bool {
        self.entries.len() >= Self::MOST || self.more_hosts.len() >= Self::MOST
    }

    /// Adds a row to the entry of its key, and its host, where hosts are told apart. Returns the latest time of the key's
    /// rows before; of the first one in this cell, `before` is asked for it, and says [`i64::MIN`] where there is none.
    #[inline]
    pub fn add(&mut self, key: u64, row: &Event, host: Option<u32>, before: impl FnOnce() -> i64) -> i64 {
        let mask = self.places.len() - 1;
        let mut at = self.hash.hash_one(key) as usize & mask;
        let first_hosts = host.and_then(bit_of).unwrap_or(0);
        let later_host = host.filter(|_| first_hosts == 0);
        while self.places[at] != 0 {
            let index = self.places[at] - 1;
            let entry = &mut self.entries[index as usize];
            if entry.key == key {
                entry.packets += row.packets;
                entry.first_hosts |= first_hosts;
                let before_ns = entry.latest_ns;
                entry.latest_ns = before_ns.max(row.time_ns);
                if let Some(host) = later_host {
                    self.more_hosts.insert((index, host));
                }
                return before_ns;
            }
            at = (at + 1) & mask;
        }
        let before_ns = before();
        if let Some(host) = later_host {
            self.more_hosts.insert((self.entries.len() as u32, host));
        }
        self.entries.push(Entry {
            key,
            packets: row.packets,
            latest_ns: before_ns.max(row.time_ns),
            first_hosts,
        });
        self.places[at] = self.entries.len() as u32;
        if 2 * self.entries.len() > self.places.len() {
            self.grow();
        }
        before_ns
    }

    fn grow(&mut self) {
        let mask = 2 * self.places.len() - 1;
        let mut places = vec![0; mask + 1];
        for (index, entry) in (1..).zip(&self.entries) {
            let mut at = self.hash.hash_one(entry.key) as usize & mask;
            while places[at] != 0 {
                at = (at + 1) & mask;
            }
            places[at] = index;
        }
        self.places = places;
    }

    /// All entries; none are left.
    pub fn take(&mut self) -> Closed {
        let entries = std::mem::take(&mut self.entries);
        if 8 * entries.len() > self.places.len() {
            self.places.fill(0);
        } else {
            // Of a wide table with a few entries, only their places.
            let mask = self.places.len() - 1;
            for entry in &entries {
                let mut at = self.hash.hash_one(entry.key) as usize & mask;
                while self.places[at] != 0 {
                    self.places[at] = 0;
                    at = (at + 1) & mask;
                }
            }
        }
        Closed {
            entries,
            more_hosts: std::mem::take(&mut self.more_hosts),
        }
    }

    /// Gives the memory of what [`Open::take`] returned back.
    pub fn recycle(&mut self, mut closed: Closed) {
        closed.entries.clear();
        closed.more_hosts.clear();
        self.entries = closed.entries;
        self.more_hosts = closed.more_hosts;
    }
}
