//! The cell of time that rows fall into at the moment: the packets of each key are added up here, in a
//! table that fits into a core's cache, before anything larger is touched. Knows no sketch.

/// The rows of a key in the open cell, added up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub source: u32,
    pub slot: u32,
    /// The key, spread over 64 bits.
    pub hash: u64,
    pub packets: u64,
    /// Latest time of its rows, in this cell and before, Unix nanoseconds.
    pub latest_ns: i64,
}

/// Keys in the open cell, by an open addressing table of their indices.
#[derive(Debug)]
pub(super) struct Open {
    /// First instant of the cell, and the first after it.
    pub start_ns: i64,
    pub end_ns: i64,
    entries: Vec<Entry>,
    /// Index of an entry + 1, 0 where no entry is; a power of two, at most half full.
    places: Vec<u32>,
}

impl Open {
    /// Entries at most, 40 bytes each: a cell with more is emptied before its end.
    pub const MOST: usize = 1 << 16;

    pub fn new() -> Self {
        Self {
            start_ns: 0,
            end_ns: 0,
            entries: Vec::new(),
            places: vec![0; 1 << 10],
        }
    }

    /// Whether a time is in the cell.
    #[inline]
    pub fn holds(&self, time_ns: i64) -> bool {
        (self.start_ns..self.end_ns).contains(&time_ns)
    }

    pub fn is_full(&self) -> bool {
        self.entries.len() >= Self::MOST
    }

    /// Adds a row to its key's entry. Returns the latest time of the key's rows before; of the first one in this cell,
    /// `before` is asked for it, and says [`i64::MIN`] where there is none.
    #[inline]
    pub fn add(&mut self, mut row: Entry, before: impl FnOnce() -> i64) -> i64 {
        let mask = self.places.len() - 1;
        let mut at = row.hash as usize & mask;
        while self.places[at] != 0 {
            let entry = &mut self.entries[self.places[at] as usize - 1];
            // The hash is one to one.
            if entry.hash == row.hash {
                entry.packets += row.packets;
                let before_ns = entry.latest_ns;
                entry.latest_ns = before_ns.max(row.latest_ns);
                return before_ns;
            }
            at = (at + 1) & mask;
        }
        let before_ns = before();
        row.latest_ns = row.latest_ns.max(before_ns);
        self.entries.push(row);
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
            let mut at = entry.hash as usize & mask;
            while places[at] != 0 {
                at = (at + 1) & mask;
            }
            places[at] = index;
        }
        self.places = places;
    }

    /// The entries in the order of their first rows; none are left.
    pub fn take(&mut self) -> Vec<Entry> {
        let entries = std::mem::take(&mut self.entries);
        if 8 * entries.len() > self.places.len() {
            self.places.fill(0);
        } else {
            // Of a wide table with a few entries, only their places.
            let mask = self.places.len() - 1;
            for entry in &entries {
                let mut at = entry.hash as usize & mask;
                while self.places[at] != 0 {
                    self.places[at] = 0;
                    at = (at + 1) & mask;
                }
            }
        }
        entries
    }

    /// Gives the memory of what [`Open::take`] returned back.
    pub fn recycle(&mut self, mut entries: Vec<Entry>) {
        entries.clear();
        self.entries = entries;
    }
}
