//! The outcome of reading a piece of a log: its events, and an account of its other rows.
//! Formats fill it in row by row; places and names are numbered from the piece's start.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use super::fields::{Fault, Field, Fields, Row, escape};
use super::filter::{Facts, Filter};
use super::names::{PieceNames, Spellings, stands_for_none};
use super::options::Options;
use super::record::{Address, Amounts, End, Origin, Record, Tie};
use super::sources::{self, Lookup};
use super::time_reader::TimeReader;
use crate::model::{Event, LeftOut, Measure, Place, PlaceUnit, Reason, SourceKind, address_token};

/// The outcome of reading a piece of a log.
pub(super) struct Piece {
    /// Its drawable rows; sources and hosts are numbers of `names`.
    pub events: Vec<Event>,
    /// Place of each event, the piece's first being 0.
    pub place_offsets: Vec<u32>,
    /// Token of each event's source address, up to the last that has one; empty unless it is asked for.
    pub addresses: Vec<u64>,
    /// Tie of each event; empty in formats without ties.
    pub ties: Vec<Tie>,
    pub names: PieceNames,
    /// Number of rows, without headers and blank lines.
    pub rows: u64,
    /// What its records tell of.
    pub told: Told,
    /// Packets in all rows; `u64::MAX` where they are that many or more.
    pub packets: u64,
    /// Rows that are not drawn; their file is not known yet.
    pub left_out: BTreeMap<Reason, LeftOut>,
    /// Protocols without ports as written, and the rows of each.
    pub protocols: Vec<(Box<[u8]>, u64)>,
    /// Rows that were skipped by a fault that may hide other rows.
    pub skipped: Option<Skipped>,
    pub foreign: Foreign,
    /// Remarks on places that were read though they look odd: for each, its first place and the number of places.
    pub remarks: BTreeMap<&'static str, (u64, u64)>,
    /// Place of the last row whose amount cannot be read.
    no_amount: Option<u64>,
    /// The row that reading stopped at under `--strict`: its place and its fault.
    pub stopped: Option<(u64, String)>,
    /// Number of places in the piece, up to `unfinished`.
    pub places: u64,
    /// Offset of the last row if it does not end in this piece.
    pub unfinished: Option<usize>,
    /// Reads the times of rows of text.
    pub times: TimeReader,
    unit: PlaceUnit,
    /// Whether the tokens of addresses are asked for.
    with_addresses: bool,
    filter: Option<Filter>,
    measure: Measure,
    source_kind: SourceKind,
    lookup: Lookup,
    /// Events whose source is the country of an address, which is looked up at the end ([`Piece::settle`]).
    waiting: Vec<(u32, Ipv4Addr)>,
    protocol_numbers: Spellings,
}

/// What records that go to a port tell of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    /// Whether there is one.
    pub records: bool,
    /// Whether one tells of packets.
    pub packets: bool,
    /// Whether one tells of bytes; known where bytes are measured.
    pub bytes: bool,
}

impl Told {
    fn add(&mut self, amounts: &Amounts) {
        self.records = true;
        self.packets |= amounts.has_packets;
        self.bytes |= amounts.bytes.is_some();
    }

    /// Adds what others tell of.
    pub fn merge(&mut self, other: Self) {
        self.records |= other.records;
        self.packets |= other.packets;
        self.bytes |= other.bytes;
    }

    /// Whether there are records, and none tells of what is measured.
    pub fn lacks(self, measure: Measure) -> bool {
        self.records
            && match measure {
                Measure::Packets => !self.packets,
                Measure::Bytes => !self.bytes,
                Measure::Records => false,
            }
    }
}

/// Lines of something else that stand among the records.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Foreign {
    /// Number of lines.
    pub lines: u64,
    /// Place of the first.
    pub first: Option<u64>,
}

impl Foreign {
    /// Adds lines that come after these, the first of them at a place.
    pub fn add(&mut self, lines: u64, first: u64) {
        self.lines += lines;
        self.first.get_or_insert(first);
    }
}

/// Rows that were skipped by a fault that may hide other rows: a quote that does not close, a block
/// whose length lies.
#[derive(Clone, Debug)]
pub(super) struct Skipped {
    /// Number of rows.
    pub rows: u64,
    /// Number of places.
    pub places: u64,
    /// Place of the first.
    pub first: u64,
    /// Fault of the first.
    pub what: String,
}

impl Piece {
    /// A piece without rows, with room for `expected` events.
    pub fn new(unit: PlaceUnit, expected: usize, options: &Options) -> Self {
        Self {
            events: Vec::with_capacity(expected),
            place_offsets: Vec::with_capacity(expected),
            addresses: Vec::new(),
            ties: Vec::new(),
            names: PieceNames::default(),
            rows: 0,
            told: Told::default(),
            packets: 0,
            left_out: BTreeMap::new(),
            protocols: Vec::new(),
            skipped: None,
            foreign: Foreign::default(),
            remarks: BTreeMap::new(),
            no_amount: None,
            stopped: None,
            places: 0,
            unfinished: None,
            times: options.times(),
            unit,
            with_addresses: options.addresses,
            filter: options.filter.clone(),
            measure: options.measure.unwrap_or_default(),
            source_kind: options.source_kind.clone().unwrap_or_default(),
            lookup: options.lookup.clone(),
            waiting: Vec::new(),
            protocol_numbers: Spellings::default(),
        }
    }

    /// Takes in the row of text at `place`, unless it cannot be read. `name_of` gives the names that
    /// messages call fields by.
    #[inline]
    pub fn add<'n>(
        &mut self,
        place: u64,
        fields: &Fields<'_>,
        name_of: impl FnOnce(Field) -> &'n str,
    ) -> Result<(), Fault> {
        let row = Row::read(fields, &self.times, self.measure).inspect_err(|fault| {
            self.no_amount = matches!(fault, Fault::Packets | Fault::Bytes).then_some(place);
        })?;
        match row {
            Row::Drawable { time_ns, port, amounts } => {
                let record = Record {
                    time_ns,
                    end: End::Port(port),
                    amounts,
                    source: fields.source,
                    destination: fields.destination,
                    host: fields.host,
                    origin: fields.origin(),
                    group: fields.group,
                    tie: fields.tie,
                };
                if !self.push(place, &record) {
                    return Err(Fault::country(fields));
                }
            }
            Row::NoPort { amounts, field } => {
                let packets = amounts.of(self.measure);
                if field == Field::Protocol {
                    self.count_protocol(fields.protocol);
                }
                self.leave_out(Reason::NoPort, place, packets, || field.quote(name_of(field), fields));
            }
        }
        Ok(())
    }

    /// Takes in a record at `place`.
    #[inline]
    pub fn take(&mut self, place: u64, record: &Record<'_>) {
        match record.end {
            End::Port(_) => {
                if !self.push(place, record) {
                    // Its country cannot be one.
                    let origin = Origin::Named { code: b"", name: b"" };
                    self.push(place, &Record { origin, ..*record });
                }
            }
            End::Protocol(name) => {
                self.count_protocol(name);
                self.leave_out(Reason::NoPort, place, record.amounts.of(self.measure), || {
                    format!("the protocol is {}", escape(name))
                });
            }
            End::NoPort => {
                let packets = record.amounts.of(self.measure);
                self.leave_out(Reason::NoPort, place, packets, || "without a port".to_owned());
            }
        }
    }

    /// Makes an event of a record that goes to a port; false where its country cannot be one.
    #[inline]
    fn push(&mut self, place: u64, record: &Record<'_>) -> bool {
        let End::Port(port) = record.end else { return true };
        self.told.add(&record.amounts);
        let packets = record.amounts.of(self.measure);
        if packets == 0 {
            self.leave_out(Reason::NothingMeasured, place, 0, String::new);
            return true;
        }
        let Self {
            names,
            source_kind,
            lookup,
            filter,
            ..
        } = self;
        let is_asked = self.with_addresses || filter.is_some() || sources::needs_address(source_kind, record.origin);
        let address = if is_asked { record.source.ip() } else { None };
        // A filter asks for the country of each; of IPv6, addresses are few.
        let waiting = match (address, &source_kind, record.origin, &filter) {
            (Some(IpAddr::V4(address)), SourceKind::Country, Origin::Address, None) => Some(address),
            _ => None,
        };
        let source = match waiting {
            Some(_) => 0,
            None => match sources::number(names, record, address, source_kind, lookup) {
                Some(source) => source,
                None => return false,
            },
        };
        let destination = if filter.is_some() {
            record.destination.ip()
        } else {
            None
        };
        let mut tie = record.tie;
        let found;
        let country = match filter {
            // A source that is an address has a country all the same.
            Some(filter) if *source_kind != SourceKind::Country && filter.asks_country() => {
                found = sources::country_of(record.origin, address, lookup);
                found.text()
            }
            _ => names.source_text(source),
        };
        if let Some(filter) = filter
            && !filter.passes(&Facts {
                time_ns: record.time_ns,
                protocol: port.protocol,
                port: port.number,
                packets: record.amounts.packets,
                source: address,
                country,
                host: if stands_for_none(record.host) { b"" } else { record.host },
                destination,
            })
        {
            if tie == Tie::default() {
                self.leave_out(Reason::Filtered, place, packets, String::new);
                return true;
            }
            // It is looked at for those that are tied to it.
            tie.filtered = true;
        }
        // A host goes by its address where it has no name.
        let named = match record.host {
            [] => None,
            name => self.names.host(name),
        };
        let host = named.unwrap_or_else(|| match destination.or_else(|| record.destination.ip()) {
            Some(address) => self.names.host_at(address),
            None => self.names.no_host(),
        });
        if let Some(address) = waiting {
            self.waiting.push((self.events.len() as u32, address));
        }
        self.events.push(Event {
            time_ns: record.time_ns,
            port,
            source,
            host,
            packets,
        });
        // A piece is far below 2^32 bytes.
        self.place_offsets.push(place as u32);
        if self.with_addresses && (record.source != Address::None || !self.addresses.is_empty()) {
            self.addresses.resize(self.events.len() - 1, 0);
            self.addresses.push(address.map_or(0, address_token));
        }
        if tie != Tie::default() || !self.ties.is_empty() {
            self.ties.resize(self.events.len() - 1, Tie::default());
            self.ties.push(tie);
        }
        self.rows += 1;
        self.packets = self.packets.saturating_add(packets);
        true
    }

    /// Gives all events their sources. To be called once the piece holds its records, before anyone looks at them.
    pub fn settle(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        sources::settle(&mut self.names, &waiting, &mut self.events, &self.lookup);
    }

    /// Leaves out those events that have a reason for it.
    pub fn keep(&mut self, reasons: &[Option<Reason>]) {
        let mut kept = 0;
        for (index, reason) in reasons.iter().enumerate() {
            if let Some(reason) = reason {
                let place = Place {
                    unit: self.unit,
                    number: u64::from(self.place_offsets[index]),
                };
                let packets = self.events[index].packets;
                let left = self.left_out.entry(*reason).or_default();
                left.add(0, place, packets, String::new);
                continue;
            }
            self.events[kept] = self.events[index];
            self.place_offsets[kept] = self.place_offsets[index];
            if let Some(address) = self.addresses.get(index).copied() {
                self.addresses[kept] = address;
            }
            kept += 1;
        }
        self.events.truncate(kept);
        self.place_offsets.truncate(kept);
        self.addresses.truncate(kept);
    }

    /// Counts the row at `place` as one that cannot be read; false where reading is to stop at it. It counts as one
    /// packet, unless its number of packets is what cannot be read.
    pub fn unreadable(&mut self, strict: bool, place: u64, what: impl FnOnce() -> String) -> bool {
        if strict {
            self.stopped = Some((place, what()));
            return false;
        }
        // Nobody can know how many bytes it holds.
        let is_known =
            self.measure != Measure::Bytes && (self.measure == Measure::Records || self.no_amount != Some(place));
        let packets = u64::from(is_known);
        self.leave_out(Reason::Unreadable, place, packets, what);
        true
    }

    /// Counts places in another unit: what stands at the first place of the piece stands at the first of
    /// `places`, and so on.
    pub fn stands_at(&mut self, unit: PlaceUnit, places: &[u64]) {
        // Behind the last, a piece ends.
        let end = places.last().map_or(0, |last| last + 1);
        let moved = |place: u64| places.get(place as usize).copied().unwrap_or(end);
        self.unit = unit;
        for place in &mut self.place_offsets {
            *place = moved(u64::from(*place)) as u32;
        }
        let left_out = self.left_out.values_mut().flat_map(|left| &mut left.first_rows);
        for row in left_out {
            row.place = Place {
                unit,
                number: moved(row.place.number),
            };
        }
        for (place, _) in self.remarks.values_mut() {
            *place = moved(*place);
        }
        if let Some(skipped) = &mut self.skipped {
            skipped.first = moved(skipped.first);
        }
        if let Some((place, _)) = &mut self.stopped {
            *place = moved(*place);
        }
        self.foreign.first = self.foreign.first.map(moved);
    }

    /// Tells of a row at `place` that was left out by a fault that may hide other rows.
    pub fn skip(&mut self, place: u64, places: u64, what: impl FnOnce() -> String) {
        let skipped = self.skipped.get_or_insert_with(|| Skipped {
            rows: 0,
            places: 0,
            first: place,
            what: what(),
        });
        skipped.rows += 1;
        skipped.places += places;
    }

    /// Tells of a place that was read though it looks odd.
    pub fn remark(&mut self, place: u64, what: &'static str) {
        self.remarks.entry(what).or_insert((place, 0)).1 += 1;
    }

    fn leave_out(&mut self, reason: Reason, place: u64, packets: u64, what: impl FnOnce() -> String) {
        self.rows += 1;
        self.packets = self.packets.saturating_add(packets);
        let place = Place {
            unit: self.unit,
            number: place,
        };
        self.left_out.entry(reason).or_default().add(0, place, packets, what);
    }

    fn count_protocol(&mut self, name: &[u8]) {
        let next = self.protocols.len() as u32;
        let index = self.protocol_numbers.index(name, next);
        if index == next {
            self.protocols.push((name.into(), 0));
        }
        self.protocols[index as usize].1 += 1;
    }
}
