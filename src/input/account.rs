//! The account of a log in the making: events go on to whoever takes them, everything else is added up.
//! Every format feeds it, piece by piece or by itself. Knows no format and no file system.

use std::collections::BTreeMap;

use super::conversations::{Conversations, Verdict};
use super::error::InputError;
use super::fields::escape;
#[cfg(feature = "prepared")]
use super::filter::Facts;
use super::names::AllNames;
#[cfg(feature = "prepared")]
use super::names::PieceNames;
use super::options::Options;
use super::piece::{Foreign, Piece, Skipped, Told};
use super::record::Tie;
use crate::model::{
    Batch, Event, EventPlace, LeftOut, MOST_PACKETS, Measure, Names, Place, PlaceUnit, Reading, Reason, SEVERAL_HOSTS,
    SourceKind,
};
use crate::words::{counted, grouped, protocol_name};

/// Where pieces go that were added.
enum Outlet<'t> {
    /// Their events to whoever takes them, after a look at what ties them.
    Events(&'t mut dyn FnMut(&Batch<'_>)),
    /// As they are to the account of the log, which looks at what ties them to those of other files; false where it
    /// wants no more.
    Pieces(&'t mut dyn FnMut(Relayed) -> bool),
}

/// A piece of a file that is read apart from others of its log.
pub(super) struct Relayed {
    pub piece: Piece,
    /// Number of the file among those that are read together with it, as an archive is.
    pub file: u32,
    /// Name of the file, where this is its first piece.
    pub begins: Option<String>,
    /// The place at which the piece begins.
    pub first_place: Place,
    /// What its sources are, where that is settled.
    pub source_kind: Option<SourceKind>,
}

/// What a file comes to that was read apart, but for its events.
pub(super) struct Apart {
    pub read: Result<(), InputError>,
    pub reading: Reading,
    pub source_kind: Option<SourceKind>,
    empty: Option<InputError>,
    told: Told,
}

/// A [`Reading`] in the making, of one file or several.
pub(super) struct Account<'t> {
    outlet: Outlet<'t>,
    pub options: Options,
    /// Whether there are several sources, one of which may be without rows.
    several: bool,
    reading: Reading,
    names: AllNames,
    /// The error of the first source that has no readable row.
    empty: Option<InputError>,
    /// Packets in the events handed on so far.
    packets: u64,
    conversations: Conversations,
    /// Packets in the rows read that other rows had told of.
    told_before: u64,
    /// What the records of the files before this one tell of.
    told: Told,
    file: FileAccount,
}

/// The part of the account that begins anew with each file.
#[derive(Default)]
struct FileAccount {
    unit: PlaceUnit,
    /// Whether a piece of it was handed on.
    has_begun: bool,
    /// Number of places before what comes next.
    places: u64,
    rows: u64,
    told: Told,
    /// The name of a prepared log, where those of the files that it was made of stand in its place.
    #[cfg(feature = "prepared")]
    prepared: Option<String>,
    unreadable: u64,
    /// The first row that cannot be read, and why.
    first: Option<(Place, String)>,
    /// Rows that were skipped; `first` is a place of the file.
    skipped: Option<Skipped>,
    /// Lines of something else; `first` is a place of the file.
    foreign: Foreign,
    /// Remarks on places that were read though they look odd: for each, its first place and the number of places.
    remarks: BTreeMap<&'static str, (Place, u64)>,
}

impl<'t> Account<'t> {
    /// An empty account of a log with one source or `several`; events go to `take`.
    pub fn new(options: Options, several: bool, take: &'t mut dyn FnMut(&Batch<'_>)) -> Self {
        Self::of(options, several, Outlet::Events(take))
    }

    /// An account of one of several files, whose pieces are handed on to that of the log.
    pub fn apart(options: Options, relay: &'t mut dyn FnMut(Relayed) -> bool) -> Self {
        Self::of(options, true, Outlet::Pieces(relay))
    }

    fn of(options: Options, several: bool, outlet: Outlet<'t>) -> Self {
        let source_kind = options.source_kind.clone().unwrap_or_default();
        let measure = options.measure.unwrap_or_default();
        Self {
            outlet,
            options,
            several,
            reading: Reading {
                source: String::new(),
                files: Vec::new(),
                source_kind,
                measure,
                names: Names {
                    sources: Vec::new(),
                    hosts: Vec::new(),
                },
                rows: 0,
                packets: 0,
                left_out: BTreeMap::new(),
                other_protocols: BTreeMap::new(),
                earliest: None,
                latest: None,
                formats: Vec::new(),
                warnings: Vec::new(),
                losses: Vec::new(),
                joined_hosts: None,
            },
            names: AllNames::default(),
            empty: None,
            packets: 0,
            conversations: Conversations::default(),
            told_before: 0,
            told: Told::default(),
            file: FileAccount::default(),
        }
    }

    /// Begins the next file.
    pub fn begin_file(&mut self, name: String) {
        self.end_told();
        self.reading.files.push(name);
        self.file = FileAccount::default();
    }

    /// Takes note of what the records of a file tell of, with a remark where that is not what is measured.
    fn end_told(&mut self) {
        let told = std::mem::take(&mut self.file.told);
        if let Some(measure) = self.options.measure
            && self.several
            && told.lacks(measure)
        {
            self.warn(format!("has no {measure}, so nothing of it is shown"));
        }
        self.told.merge(told);
    }

    /// Sets what the places of the file are, and how many there are before its first row.
    pub fn set_places(&mut self, unit: PlaceUnit, before: u64) {
        self.file.unit = unit;
        self.file.places = before;
    }

    /// The place that comes next in the file.
    pub fn place(&self) -> Place {
        self.place_at(0)
    }

    /// The place that comes a number of places after the next.
    pub fn place_at(&self, offset: u64) -> Place {
        Place {
            unit: self.file.unit,
            number: self.file.places + 1 + offset,
        }
    }

    /// Index of the file being read.
    fn index(&self) -> u32 {
        self.reading.files.len() as u32 - 1
    }

    fn name(&self) -> String {
        self.reading.files.last().cloned().unwrap_or_default()
    }

    /// A remark about the file being read, by its name where there are several.
    pub fn warn(&mut self, what: String) {
        let name = self.reading.files.last().filter(|_| self.several);
        let warning = name.map_or_else(|| what.clone(), |name| format!("{name}: {what}"));
        self.reading.warnings.push(warning);
    }

    /// Takes over what the sources of a prepared log are.
    ///
    /// # Errors
    /// [`InputError::PreparedSources`] where others are asked for, or another file has others.
    #[cfg(feature = "prepared")]
    pub fn take_sources(&mut self, kind: SourceKind) -> Result<(), InputError> {
        match &self.options.source_kind {
            Some(asked) if *asked != kind => Err(InputError::PreparedSources {
                name: self.name(),
                own: kind.to_string(),
                asked: asked.to_string(),
            }),
            _ => {
                self.reading.source_kind = kind.clone();
                self.options.source_kind = Some(kind);
                Ok(())
            }
        }
    }

    /// Takes over what a prepared log counts; what was asked for is the same.
    ///
    /// # Errors
    /// [`InputError::PreparedMeasure`] where something else is asked for, or counted of another file.
    #[cfg(feature = "prepared")]
    pub fn take_measure(&mut self, own: Measure) -> Result<(), InputError> {
        let asked = self.options.measure.unwrap_or_default();
        if asked != own {
            return Err(InputError::PreparedMeasure {
                name: self.name(),
                own,
                asked,
            });
        }
        if let Some(filter) = &self.options.filter {
            let name = self.name();
            if own != Measure::Packets && filter.asks_packets() {
                return Err(InputError::PreparedWithoutPackets { name, own });
            }
            if filter.asks_source_address() {
                return Err(InputError::PreparedSourceAddresses { name });
            }
        }
        self.file.told = Told {
            records: true,
            packets: own == Measure::Packets,
            bytes: own == Measure::Bytes,
        };
        Ok(())
    }

    /// Settles what the sources of this log and of those after it are, with a remark where that is unusual.
    pub fn settle_sources(&mut self, kind: SourceKind, remark: Option<String>) {
        if let Some(remark) = remark {
            self.warn(remark);
        }
        self.reading.source_kind = kind.clone();
        self.options.source_kind = Some(kind);
    }

    /// The same for a file that was read apart, if it settled that and no other did before.
    pub fn follow_sources(&mut self, kind: Option<&SourceKind>) {
        if let (None, Some(kind)) = (&self.options.source_kind, kind) {
            self.settle_sources(kind.clone(), None);
        }
    }

    /// Adds a file that is read apart; returns its number.
    pub fn add_file(&mut self, name: String) -> u32 {
        self.reading.files.push(name);
        self.index()
    }

    /// Ends a file that was read apart, as far as the error that `read` is.
    pub fn end_apart(mut self, read: Result<(), InputError>) -> Apart {
        self.end_told();
        Apart {
            told: self.told,
            read: self.end_part(read),
            reading: self.reading,
            source_kind: self.options.source_kind,
            empty: self.empty,
        }
    }

    /// Adds what a file comes to that was read apart, and whose pieces were handed on. `files` are the numbers of those
    /// of its files that [were added](Self::add_file).
    ///
    /// # Errors
    /// [`InputError::TooManyPackets`].
    pub fn join(&mut self, apart: Apart, files: &[Option<u32>]) -> Result<(), InputError> {
        let Apart {
            reading, empty, told, ..
        } = apart;
        self.told.merge(told);
        let names = reading.files.into_iter().enumerate();
        let numbers = names.map(|(file, name)| match files.get(file) {
            Some(Some(number)) => *number,
            _ => self.add_file(name),
        });
        let numbers: Vec<u32> = numbers.collect();
        self.count(reading.rows, reading.packets)?;
        for (reason, mut left) in reading.left_out {
            for row in &mut left.first_rows {
                row.file = numbers[row.file as usize];
            }
            self.leave_out(reason, left);
        }
        for (name, rows) in reading.other_protocols {
            self.count_protocol(name, rows);
        }
        reading.formats.into_iter().for_each(|what| self.tell_format(what));
        self.reading.warnings.extend(reading.warnings);
        self.reading.losses.extend(reading.losses);
        self.empty = self.empty.take().or(empty);
        Ok(())
    }

    /// Tells the format of the file being read, and what was taken for what; once for files that are alike.
    pub fn tell_format(&mut self, what: String) {
        if !self.reading.formats.contains(&what) {
            self.reading.formats.push(what);
        }
    }

    /// A remark about the log as a whole.
    pub fn warn_of_all(&mut self, what: String) {
        self.reading.warnings.push(what);
    }

    /// Takes note that the file begun last is several, which are begun next, in its place.
    pub fn end_container(&mut self) {
        self.reading.files.pop();
        self.several = true;
    }

    /// Ends a part of the log. One that cannot be read, or not to its end, is a loss, and the others are read
    /// all the same.
    ///
    /// # Errors
    /// The error given, where nothing that can be drawn was read before, or the first row that cannot be read
    /// is an error, or reading more of the log makes no sense.
    pub fn end_part(&mut self, read: Result<(), InputError>) -> Result<(), InputError> {
        match read {
            Err(error) if error.is_of_the_rest() && self.reading.earliest.is_some() => self.lose(error),
            Err(error) if self.several && !self.options.strict && error.is_of_one_file() => {
                self.reading.losses.push(error.to_string());
                self.empty.get_or_insert(error);
                Ok(())
            }
            read => read,
        }
    }

    /// Takes note of a part of the file that could not be read.
    ///
    /// # Errors
    /// That error, where the first row that cannot be read is one.
    pub fn lose(&mut self, loss: InputError) -> Result<(), InputError> {
        if self.options.strict {
            return Err(loss);
        }
        self.reading.losses.push(loss.to_string());
        Ok(())
    }

    /// Hands events on, after numbering their sources and hosts by the log's order. Those of a
    /// prepared log have bins of `bin_ns`.
    ///
    /// # Errors
    /// [`InputError::TooManyPackets`], so that whoever takes the events may add their packets up.
    #[cfg(feature = "prepared")]
    pub fn take(
        &mut self,
        events: &mut [Event],
        place_offsets: &[u32],
        names: &PieceNames,
        first_place: Place,
        bin_ns: Option<i64>,
    ) -> Result<(), InputError> {
        let numbers = self.names.merge(names);
        let joins_hosts = events.iter().any(|event| event.host == SEVERAL_HOSTS);
        let joining = joins_hosts.then(|| self.file.prepared.clone().unwrap_or_else(|| self.name()));
        if self.reading.joined_hosts.is_none() {
            self.reading.joined_hosts.clone_from(&joining);
        }
        let Some(filter) = self.options.filter.clone() else {
            return self.take_numbered(events, place_offsets, &[], numbers, (self.index(), first_place), bin_ns);
        };
        if let Some(name) = joining.filter(|_| filter.asks_host()) {
            return Err(InputError::PreparedHosts { name });
        }
        let passes = |event: &Event| {
            filter.passes(&Facts {
                time_ns: event.time_ns,
                protocol: event.port.protocol,
                port: event.port.number,
                packets: event.packets,
                source: None,
                country: names.source_text(event.source),
                host: names.host_text(event.host),
                destination: None,
            })
        };
        let file = self.index();
        let (mut kept, mut kept_offsets, mut left) = (Vec::new(), Vec::new(), LeftOut::default());
        for (event, offset) in events.iter().zip(place_offsets) {
            if passes(event) {
                kept.push(*event);
                kept_offsets.push(*offset);
            } else {
                let place = Place {
                    number: first_place.number + u64::from(*offset),
                    ..first_place
                };
                left.add(file, place, event.packets, String::new);
            }
        }
        if left.rows > 0 {
            self.leave_out(Reason::Filtered, left);
        }
        self.take_numbered(&mut kept, &kept_offsets, &[], numbers, (file, first_place), bin_ns)
    }

    /// The same for events whose sources and hosts have these numbers in the log: `[sources, hosts]`, in a file and from
    /// a place on.
    fn take_numbered(
        &mut self,
        events: &mut [Event],
        place_offsets: &[u32],
        addresses: &[u64],
        [sources, hosts]: [Vec<u32>; 2],
        (file, first_place): (u32, Place),
        bin_ns: Option<i64>,
    ) -> Result<(), InputError> {
        let Outlet::Events(take) = &mut self.outlet else {
            return Ok(());
        };
        if events.is_empty() {
            return Ok(());
        }
        let packets = events
            .iter()
            .fold(0, |sum: u64, event| sum.saturating_add(event.packets));
        self.packets = self.packets.saturating_add(packets);
        if self.packets > MOST_PACKETS {
            let name = self.reading.files[file as usize].clone();
            return Err(InputError::TooManyPackets {
                name,
                measure: self.reading.measure,
            });
        }
        let (mut earliest, mut latest) = (0, 0);
        let mut ends_ns = [events[0].time_ns; 2];
        for (index, event) in events.iter_mut().enumerate() {
            if event.time_ns < ends_ns[0] {
                (ends_ns[0], earliest) = (event.time_ns, index);
            } else if event.time_ns > ends_ns[1] {
                (ends_ns[1], latest) = (event.time_ns, index);
            }
            event.source = sources[event.source as usize];
            if event.host != SEVERAL_HOSTS {
                event.host = hosts[event.host as usize];
            }
        }
        let batch = Batch {
            file,
            events,
            place_offsets,
            addresses,
            first_place,
            bin_ns,
        };
        let moment = |index: usize| EventPlace {
            time_ns: events[index].time_ns,
            file,
            place: batch.place(index),
        };
        let Reading {
            earliest: first,
            latest: last,
            ..
        } = &mut self.reading;
        if first.is_none_or(|first| ends_ns[0] < first.time_ns) {
            *first = Some(moment(earliest));
        }
        if last.is_none_or(|last| ends_ns[1] > last.time_ns) {
            *last = Some(moment(latest));
        }
        take(&batch);
        Ok(())
    }

    /// Counts rows, and the packets in them, drawn or not.
    ///
    /// # Errors
    /// [`InputError::TooManyPackets`], so that sums of them are right.
    pub fn count(&mut self, rows: u64, packets: u64) -> Result<(), InputError> {
        self.reading.rows = self.reading.rows.saturating_add(rows);
        self.reading.packets = self.reading.packets.saturating_add(packets);
        if self.reading.packets > MOST_PACKETS {
            return Err(InputError::TooManyPackets {
                name: self.name(),
                measure: self.reading.measure,
            });
        }
        Ok(())
    }

    /// Counts rows of a protocol without ports.
    pub fn count_protocol(&mut self, name: String, rows: u64) {
        let protocols = &mut self.reading.other_protocols;
        let known = protocols.contains_key(&name) || protocols.len() < Reading::MOST_PROTOCOLS;
        let all = protocols.entry(if known { name } else { String::new() }).or_default();
        *all = all.saturating_add(rows);
    }

    /// Counts rows that were left out; their files and places are those of the log.
    pub fn leave_out(&mut self, reason: Reason, left: LeftOut) {
        self.reading.left_out.entry(reason).or_default().merge(left);
    }

    /// Adds the piece of the file that comes next.
    ///
    /// # Errors
    /// [`InputError::Row`] where reading the piece stopped at a row, [`InputError::TooManyPackets`].
    pub fn add(&mut self, mut piece: Piece) -> Result<(), InputError> {
        if let Some((offset, what)) = piece.stopped {
            return Err(InputError::Row {
                name: self.name(),
                place: self.place_at(offset),
                what,
            });
        }
        let (file, first_place) = (self.index(), self.place());
        self.note(&mut piece)?;
        let begins = !std::mem::replace(&mut self.file.has_begun, true);
        let begins = begins.then(|| self.name());
        if let Outlet::Pieces(relay) = &mut self.outlet {
            let relayed = Relayed {
                piece,
                file,
                begins,
                first_place,
                source_kind: self.options.source_kind.clone(),
            };
            return if relay(relayed) {
                Ok(())
            } else {
                Err(InputError::ReadNoFurther)
            };
        }
        let ties = piece.ties.iter().zip(&mut piece.events);
        let reasons: Vec<Option<Reason>> = ties.map(|(tie, event)| self.judge(tie, event)).collect();
        self.hand_on(piece, &reasons, file, first_place)
    }

    /// Counts all of a piece but its events.
    fn note(&mut self, piece: &mut Piece) -> Result<(), InputError> {
        let (file, places) = (self.index(), self.file.places);
        self.count(piece.rows, piece.packets)?;
        for (what, (offset, count)) in std::mem::take(&mut piece.remarks) {
            let place = self.place_at(offset);
            self.file.remarks.entry(what).or_insert((place, 0)).1 += count;
        }
        self.file.places += piece.places;
        self.file.rows += piece.rows;
        self.file.told.merge(piece.told);
        for (name, rows) in piece.protocols.drain(..) {
            let number = str::from_utf8(&name).ok().and_then(|name| name.parse().ok());
            let name = match number.and_then(protocol_name) {
                Some(name) => name.to_uppercase(),
                None => escape(&name).to_uppercase(),
            };
            self.count_protocol(name, rows);
        }
        for (reason, mut left) in std::mem::take(&mut piece.left_out) {
            for row in &mut left.first_rows {
                row.file = file;
                row.place.number += places + 1;
            }
            if reason == Reason::Unreadable {
                self.file.unreadable += left.rows;
                let first = left.first_rows.first();
                if self.file.first.is_none() {
                    self.file.first = first.map(|first| (first.place, first.what.clone()));
                }
            }
            self.leave_out(reason, left);
        }
        if let Some(first) = piece.foreign.first {
            self.file.foreign.add(piece.foreign.lines, places + 1 + first);
        }
        if let Some(mut skipped) = piece.skipped.take() {
            skipped.first += places + 1;
            match &mut self.file.skipped {
                None => self.file.skipped = Some(skipped),
                Some(all) => {
                    all.rows += skipped.rows;
                    all.places += skipped.places;
                }
            }
        }
        Ok(())
    }

    /// The reason why a record with this tie is left out, if it is; records are to come in the order of time. Of one that
    /// tells of packets again, those are taken off.
    pub fn judge(&mut self, tie: &Tie, event: &mut Event) -> Option<Reason> {
        match self.conversations.judge(tie, event.packets) {
            _ if tie.filtered => Some(Reason::Filtered),
            Verdict::Reply if !self.options.replies => Some(Reason::Reply),
            Verdict::Repeat if !self.options.repeats => Some(Reason::Repeat),
            Verdict::Beyond(before) if !self.options.repeats => {
                event.packets -= before;
                self.told_before = self.told_before.saturating_add(before);
                None
            }
            Verdict::Event | Verdict::Reply | Verdict::Repeat | Verdict::Beyond(_) => None,
        }
    }

    /// Hands the events of a piece on, but for those with a reason why they are left out; where nothing ties them,
    /// there are no reasons.
    ///
    /// # Errors
    /// [`InputError::TooManyPackets`].
    pub fn hand_on(
        &mut self,
        mut piece: Piece,
        reasons: &[Option<Reason>],
        file: u32,
        first_place: Place,
    ) -> Result<(), InputError> {
        if !piece.addresses.is_empty() {
            piece.addresses.resize(piece.events.len(), 0);
        }
        let numbers = if piece.ties.is_empty() {
            self.names.merge(&piece.names)
        } else {
            piece.keep(reasons);
            self.names.merge_used(&piece.names, &piece.events)
        };
        for (reason, mut left) in std::mem::take(&mut piece.left_out) {
            for row in &mut left.first_rows {
                row.file = file;
                row.place.number += first_place.number;
            }
            self.leave_out(reason, left);
        }
        let Piece {
            events,
            place_offsets,
            addresses,
            ..
        } = &mut piece;
        self.take_numbered(events, place_offsets, addresses, numbers, (file, first_place), None)
    }

    /// Ends a file that was read piece by piece, or as far as the error that `read` is.
    ///
    /// # Errors
    /// The error given, or one of a file without a row that can be read; the second kind is a remark
    /// where there are several sources: rotated logs have idle days.
    pub fn end_file(&mut self, read: Result<(), InputError>) -> Result<(), InputError> {
        match read.and_then(|()| self.check_rows()) {
            Err(error @ (InputError::Empty { .. } | InputError::NoRows { .. } | InputError::NoReadableRow { .. }))
                if self.several =>
            {
                self.reading.warnings.push(error.to_string());
                self.empty.get_or_insert(error);
            }
            result => result?,
        }
        if let Foreign {
            lines,
            first: Some(first),
        } = self.file.foreign
        {
            self.warn(format!(
                "{} of something else among the records, the first at line {first}: left out, and not counted as rows",
                counted(lines, "line"),
            ));
        }
        for (what, (place, count)) in std::mem::take(&mut self.file.remarks) {
            self.warn(match count {
                1 => format!("{place}: {what}"),
                _ => format!("{place} and {} more: {what}", grouped(count - 1)),
            });
        }
        if let Some(skipped) = self.file.skipped.take() {
            let first = Place {
                unit: self.file.unit,
                number: skipped.first,
            };
            self.warn(format!(
                "{} on {} skipped, the first at {first}: {}; reading went on at the next {}",
                counted(skipped.rows, "row"),
                counted(skipped.places, self.file.unit.name()),
                skipped.what,
                self.file.unit.name(),
            ));
        }
        Ok(())
    }

    fn check_rows(&mut self) -> Result<(), InputError> {
        let name = self.name();
        if self.file.rows == 0 {
            return Err(InputError::NoRows { name });
        }
        match self.file.first.take() {
            Some((place, what)) if self.file.unreadable == self.file.rows => Err(InputError::NoReadableRow {
                name,
                rows: self.file.rows,
                place,
                what,
            }),
            _ => Ok(()),
        }
    }

    /// The reading, under a name for all of it.
    ///
    /// # Errors
    /// The error of the first source, where no source has a row that can be read.
    pub fn finish(mut self, source: String) -> Result<Reading, InputError> {
        self.end_told();
        let Self {
            mut reading,
            names,
            empty,
            conversations,
            told_before,
            told,
            options,
            ..
        } = self;
        reading.packets -= told_before.min(reading.packets);
        let unreadable = reading.left_out.get(&Reason::Unreadable).map_or(0, |left| left.rows);
        if let Some(error) = empty
            && reading.rows == unreadable
        {
            return Err(error);
        }
        if let Some(asked) = options.measure
            && told.lacks(asked)
        {
            return Err(InputError::NotMeasured {
                name: source,
                asked,
                has_packets: told.packets,
            });
        }
        if options.measure.is_none() && told.lacks(Measure::Packets) {
            reading.measure = Measure::Records;
        }
        reading.source = source;
        let asked = options.lookup.asked();
        reading
            .formats
            .extend(asked.map(|table| format!("looked addresses up in {table}")));
        reading.warnings.extend(options.lookup.remarks());
        reading.warnings.extend(conversations.remark());
        reading.warnings.extend(names.warnings());
        reading.names = names.finish();
        if let Some(filter) = &options.filter {
            reading.warnings.extend(filter.remarks(&reading.names.sources));
        }
        let missing = match &reading.source_kind {
            SourceKind::Country => None,
            SourceKind::Asn => Some("an address that the table of autonomous systems has".to_owned()),
            SourceKind::Network | SourceKind::Address => Some("the address of its source".to_owned()),
            SourceKind::Column(name) => Some(format!("a value of `{name}`")),
        };
        if let (Some(missing), [_]) = (missing, &reading.names.sources[..]) {
            reading.warnings.push(format!(
                "no record has {missing}, by which sources are grouped: all packets come from `Unknown`"
            ));
        }
        Ok(reading)
    }
}

/// For a file that knows the log it was made of.
#[cfg(feature = "prepared")]
impl Account<'_> {
    /// Names the files that a prepared log was made of in place of its own name, if it knows them;
    /// returns the index of the first.
    pub fn made_of(&mut self, files: &[String]) -> u32 {
        let first = self.index();
        if !files.is_empty() {
            self.file.prepared = self.reading.files.pop();
            self.reading.files.extend_from_slice(files);
        }
        first
    }

    /// Numbers sources and hosts in the order given, before the events that have them.
    pub fn introduce(&mut self, names: &PieceNames) {
        self.names.merge(names);
    }
}
