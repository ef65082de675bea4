//! The words every module shares: protocols, ports, events, and what reading a log left out.
//! Plain data over `std`; knows no file format, no picture and no GPU.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A transport protocol with ports; its side of the picture: UDP left, TCP right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// User Datagram Protocol, drawn to the left.
    Udp,
    /// Transmission Control Protocol, drawn to the right.
    Tcp,
}

impl Protocol {
    /// Both protocols, in the order of every per-protocol array: `[udp, tcp]`.
    pub const ALL: [Self; 2] = [Self::Udp, Self::Tcp];

    /// Position in a per-protocol array: 0 for UDP, 1 for TCP.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name as written in the picture and the data: `UDP` or `TCP`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A destination port; ordered by protocol, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// The protocol the number belongs to.
    pub protocol: Protocol,
    /// The port number, 0 to 65535.
    pub number: u16,
}

impl Port {
    /// Number of ports of both protocols.
    pub const COUNT: usize = 2 << 16;

    /// Its place among those of both protocols, below [`Port::COUNT`]: UDP before TCP.
    #[inline]
    #[must_use]
    pub const fn index(self) -> u32 {
        (self.protocol as u32) << 16 | self.number as u32
    }

    /// The port at a place, below [`Port::COUNT`].
    #[inline]
    #[must_use]
    pub const fn at(index: u32) -> Self {
        Self {
            protocol: Protocol::ALL[(index >> 16) as usize],
            number: index as u16,
        }
    }
}

/// Written as options and plans name it: `udp/2193`.
impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.protocol.name().to_lowercase(), self.number)
    }
}

/// A text that names no port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPort;

impl FromStr for Port {
    type Err = NoPort;

    fn from_str(text: &str) -> Result<Self, NoPort> {
        let (protocol, number) = text.split_once('/').ok_or(NoPort)?;
        let named = |known: &Protocol| known.name().eq_ignore_ascii_case(protocol);
        Ok(Self {
            protocol: Protocol::ALL.into_iter().find(named).ok_or(NoPort)?,
            number: number.parse().map_err(|_| NoPort)?,
        })
    }
}

/// Index of the source that rows without one belong to: always the first of [`Names::sources`].
pub const UNKNOWN_SOURCE: u32 = 0;

/// What the sources of a log are: the things in the middle of its picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SourceKind {
    /// Countries.
    #[default]
    Country,
    /// Autonomous systems, the networks of one operator each.
    Asn,
    /// Networks of addresses: 256 addresses of IPv4, 64 bits of IPv6.
    Network,
    /// Single addresses.
    Address,
    /// The values of a column.
    Column(String),
}

impl SourceKind {
    /// The word for one source: `country`, `autonomous system`, `network`, `address`, or the column's name.
    #[must_use]
    pub fn noun(&self) -> &str {
        match self {
            Self::Country => "country",
            Self::Asn => "autonomous system",
            Self::Network => "network",
            Self::Address => "address",
            Self::Column(name) => name,
        }
    }
}

/// A text that names no kind of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSourceKind;

impl FromStr for SourceKind {
    type Err = NoSourceKind;

    fn from_str(text: &str) -> Result<Self, NoSourceKind> {
        match (text, text.strip_prefix("column:")) {
            ("country", _) => Ok(Self::Country),
            ("asn", _) => Ok(Self::Asn),
            ("network", _) => Ok(Self::Network),
            ("address", _) => Ok(Self::Address),
            (_, Some(name)) if !name.is_empty() => Ok(Self::Column(name.to_owned())),
            _ => Err(NoSourceKind),
        }
    }
}

/// Written as `--group-by` takes it.
impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country => f.write_str("country"),
            Self::Asn => f.write_str("asn"),
            Self::Network => f.write_str("network"),
            Self::Address => f.write_str("address"),
            Self::Column(name) => write!(f, "column:{name}"),
        }
    }
}

/// What is counted of a log, and what the area of a bubble is proportional to. In code and in JSON it goes by the name
/// of what it is as a rule: packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Packets.
    #[default]
    Packets,
    /// Bytes, as the log's format has them.
    Bytes,
    /// Records of the log, each counting one.
    Records,
}

impl Measure {
    /// All of them, in the order of messages.
    pub const ALL: [Self; 3] = [Self::Packets, Self::Bytes, Self::Records];

    /// Its name, as `--measure` takes it, and the word for several: `packets`, `bytes`, `records`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Packets => "packets",
            Self::Bytes => "bytes",
            Self::Records => "records",
        }
    }

    /// The word for one: `packet`, `byte`, `record`.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Packets => "packet",
            Self::Bytes => "byte",
            Self::Records => "record",
        }
    }
}

/// A text that names no measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMeasure;

impl FromStr for Measure {
    type Err = NoMeasure;

    fn from_str(text: &str) -> Result<Self, NoMeasure> {
        let mut all = Self::ALL.into_iter();
        all.find(|measure| measure.name() == text).ok_or(NoMeasure)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Code of the source of packets from addresses that are not of the public internet, among countries.
pub const PRIVATE: &str = "Private";

/// A source as the log names it: a source, as a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// ISO 3166-1 alpha-2 code in capitals, or whatever stands in its place in the log; the name
    /// where the log has no code; `Unknown` for [`UNKNOWN_SOURCE`].
    pub code: String,
    /// The log's own name; empty where it has none.
    pub name: String,
}

/// Stands for a host where packets went to more than one: those of a bubble, or of a row of a prepared
/// log, which no longer tells to which.
pub const SEVERAL_HOSTS: u32 = u32::MAX;

/// The sources and hosts that the numbers in an [`Event`] stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Sources by [`Event::source`]; the first is `Unknown`.
    pub sources: Vec<Source>,
    /// Receiving hosts by [`Event::host`]; an empty string where the log names none.
    pub hosts: Vec<String>,
}

impl Names {
    /// The same names in an order that the rows of the log do not change: sources by code, after
    /// the first, and hosts by name. Also the new number of each source and each host, by the old.
    #[must_use]
    pub fn sorted(self) -> (Self, [Vec<u32>; 2]) {
        let mut rest = self.sources;
        let unknown: Vec<Source> = rest.drain(..1.min(rest.len())).collect();
        let (rest, numbers) = sorted(rest, |source| &source.code);
        let first = unknown.len() as u32;
        let source_numbers = (0..first).chain(numbers.into_iter().map(|number| first + number));
        let (hosts, host_numbers) = sorted(self.hosts, |host| host);
        let names = Self {
            sources: unknown.into_iter().chain(rest).collect(),
            hosts,
        };
        (names, [source_numbers.collect(), host_numbers])
    }
}

/// Items in the order of their names, and the new index of each by the old.
fn sorted<T>(items: Vec<T>, name: impl Fn(&T) -> &String) -> (Vec<T>, Vec<u32>) {
    let mut numbered: Vec<(u32, T)> = (0..).zip(items).collect();
    numbered.sort_by(|(_, a), (_, b)| name(a).cmp(name(b)));
    let mut numbers = vec![0; numbered.len()];
    for (new, (old, _)) in (0..).zip(&numbered) {
        numbers[*old as usize] = new;
    }
    (numbered.into_iter().map(|(_, item)| item).collect(), numbers)
}

/// A number for an address, by which events are counted: one for each IPv4 address, and one for each
/// IPv6 network of 64 bits, since hosts there change the rest of theirs. 0 for none.
#[must_use]
pub fn address_token(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => 1 << 32 | u64::from(u32::from(address)),
        IpAddr::V6(address) => (u128::from(address) >> 64) as u64,
    }
}

/// The address, or the IPv6 network, that [`address_token`] made a number of; none for 0.
#[must_use]
pub fn address_text(token: u64) -> Option<String> {
    match (token, token >> 32) {
        (0, _) => None,
        (_, 1) => Some(Ipv4Addr::from(token as u32).to_string()),
        _ => Some(format!("{}/64", Ipv6Addr::from(u128::from(token) << 64))),
    }
}

/// The most packets, or whatever is measured, that a row, and all rows of a log together, may have: a signed number of
/// 64 bits, as Parquet and other programs have it. In a view of ports and hosts each packet is counted twice, which 64
/// bits without a sign hold.
pub const MOST_PACKETS: u64 = i64::MAX as u64;

/// The largest unit of a picture: 5 * 10^18.
pub const MAX_UNIT: u64 = 5_000_000_000_000_000_000;

/// One drawable row of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: i64,
    /// Destination.
    pub port: Port,
    /// Index into [`Names::sources`].
    pub source: u32,
    /// Index into [`Names::hosts`], or [`SEVERAL_HOSTS`].
    pub host: u32,
    /// Packets in this row, or what is [measured](Measure) of it, at least 1 and at most [`MOST_PACKETS`].
    pub packets: u64,
}

/// The reason why a row is not in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Its time is before the time range's start, or not before its end.
    OutsideRange,
    /// A protocol without ports (ICMP), or no destination port.
    NoPort,
    /// It holds no packets, or none of what is measured.
    NothingMeasured,
    /// The filter `--where` leaves it out.
    Filtered,
    /// It goes back to whoever began the conversation.
    Reply,
    /// It tells again of a connection that an earlier record told of.
    Repeat,
    /// A field does not parse.
    Unreadable,
}

impl Reason {
    /// Every reason, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::OutsideRange,
        Self::NoPort,
        Self::NothingMeasured,
        Self::Filtered,
        Self::Reply,
        Self::Repeat,
        Self::Unreadable,
    ];

    /// Whether rows that are left out for it may hide a fault of the log, so that it is worth looking at them.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        !matches!(
            self,
            Self::NothingMeasured | Self::Filtered | Self::Reply | Self::Repeat
        )
    }

    /// The key in a report: `outside_range`, `no_port`, `nothing_measured`, `filtered`, `reply`, `repeat`, `unreadable`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::OutsideRange => "outside_range",
            Self::NoPort => "no_port",
            Self::NothingMeasured => "nothing_measured",
            Self::Filtered => "filtered",
            Self::Reply => "reply",
            Self::Repeat => "repeat",
            Self::Unreadable => "unreadable",
        }
    }
}

/// The unit that places of a file are counted in; it depends on the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlaceUnit {
    /// Lines of a text, after undoing compression.
    #[default]
    Line,
    /// Rows of a table.
    Row,
    /// Packets of a capture.
    Packet,
    /// Records of a binary log.
    Record,
}

impl PlaceUnit {
    /// The word for one place: `line`, `row`, `packet` or `record`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Row => "row",
            Self::Packet => "packet",
            Self::Record => "record",
        }
    }

    /// The unit with a name; lines for any other name, and for none.
    #[must_use]
    pub fn of(name: Option<&str>) -> Self {
        [Self::Row, Self::Packet, Self::Record]
            .into_iter()
            .find(|unit| Some(unit.name()) == name)
            .unwrap_or_default()
    }
}

/// A place in a file; displayed as `line 12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The unit of the number.
    pub unit: PlaceUnit,
    /// Number of the place, the first of the file being 1.
    pub number: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.unit.name(), self.number)
    }
}

/// A row that was left out, as a report quotes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOutRow {
    /// Index into [`Reading::files`] of the file it is in.
    pub file: u32,
    /// Where in the file.
    pub place: Place,
    /// The value that was found, and what was expected; empty where the reason says it all.
    pub what: String,
}

/// The rows left out for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Number of rows.
    pub rows: u64,
    /// Packets they hold, or what is measured; an unreadable row counts as one packet, or record, and as no bytes.
    pub packets: u64,
    /// The first [`LeftOut::FIRST_ROWS`] of them.
    pub first_rows: Vec<LeftOutRow>,
}

impl LeftOut {
    /// Number of rows that a report quotes for each reason.
    pub const FIRST_ROWS: usize = 5;

    /// Adds rows that were left out after these.
    pub fn merge(&mut self, other: Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.packets = self.packets.saturating_add(other.packets);
        let room = Self::FIRST_ROWS - self.first_rows.len();
        self.first_rows.extend(other.first_rows.into_iter().take(room));
    }

    /// Counts a row of `packets`; `what` is only called for rows that are quoted.
    pub fn add(&mut self, file: u32, place: Place, packets: u64, what: impl FnOnce() -> String) {
        self.rows += 1;
        self.packets = self.packets.saturating_add(packets);
        if self.first_rows.len() < Self::FIRST_ROWS {
            let what = what();
            self.first_rows.push(LeftOutRow { file, place, what });
        }
    }
}

/// Some drawable rows that follow each other in one file of a log.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Index into [`Reading::files`] of the file they are in; batches come in the order of the files.
    pub file: u32,
    /// The rows, in the order of the file; never empty.
    pub events: &'a [Event],
    /// Distance of each event's place from `first_place`, parallel to `events`.
    pub place_offsets: &'a [u32],
    /// Token of the address that each event is from ([`address_token`]), parallel to `events`; empty
    /// where nobody asked for them, or the log has none.
    pub addresses: &'a [u64],
    /// The place that `place_offsets` count from.
    pub first_place: Place,
    /// In a prepared log, where an event is a bubble (or a part of one whose packets do not fit into
    /// an event): length of its bins in nanoseconds, counted from 1970.
    pub bin_ns: Option<i64>,
}

impl Batch<'_> {
    /// Place in the file of the event at `index`.
    #[must_use]
    pub fn place(&self, index: usize) -> Place {
        let number = self.first_place.number + u64::from(self.place_offsets[index]);
        Place {
            number,
            ..self.first_place
        }
    }
}

/// The time of an event, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPlace {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: i64,
    /// Index into [`Reading::files`].
    pub file: u32,
    /// Where in the file.
    pub place: Place,
}

/// The outcome of reading a log, without its events, which were delivered in [`Batch`]es.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Name of the log in messages and as a title: a path, `standard input`, the sample's
    /// name, or the first of several and how many more.
    pub source: String,
    /// Names of the files (or other sources) it was read from, in the order of reading.
    pub files: Vec<String>,
    /// Sources and hosts.
    pub names: Names,
    /// What its sources are.
    pub source_kind: SourceKind,
    /// What is counted of it.
    pub measure: Measure,
    /// Data rows read: headers and blank lines are none.
    pub rows: u64,
    /// Packets in all rows read, or what is measured.
    pub packets: u64,
    /// Rows left out, by reason; [`Reason::OutsideRange`] is only known once there is a time range.
    pub left_out: BTreeMap<Reason, LeftOut>,
    /// Rows of protocols other than TCP and UDP, by the protocol as the log writes it, in capitals;
    /// those beyond the first [`Reading::MOST_PROTOCOLS`] together under an empty name.
    pub other_protocols: BTreeMap<String, u64>,
    /// The event with the lowest time; of several the first. `None` where there are no events.
    pub earliest: Option<EventPlace>,
    /// The event with the highest time; of several the first.
    pub latest: Option<EventPlace>,
    /// The formats that the files are of, and the fields that were taken for what: a line each.
    pub formats: Vec<String>,
    /// Remarks for the user that concern the log as a whole.
    pub warnings: Vec<String>,
    /// Messages on parts of the log that could not be read, so that rows are missing.
    pub losses: Vec<String>,
    /// The first of its files that has events to several hosts, which it no longer tells apart.
    pub joined_hosts: Option<String>,
}

impl Reading {
    /// Names that [`Reading::other_protocols`] holds at most: IP has 256 protocols.
    pub const MOST_PROTOCOLS: usize = 256;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_stand_in_one_order() {
        for index in [0, 2193, 65_535, 65_536, 131_071] {
            assert_eq!(Port::at(index).index(), index);
        }
        assert!((0..Port::COUNT as u32 - 1).all(|index| Port::at(index) < Port::at(index + 1)));
    }

    #[test]
    fn ports_are_read_as_they_are_written() {
        for text in ["udp/2193", "tcp/0"] {
            assert_eq!(text.parse::<Port>().map(|port| port.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("TCP/22".parse::<Port>().map(|port| port.number), Ok(22));
        for text in ["22", "tcp/70000", "icmp/1", ""] {
            assert_eq!(text.parse::<Port>(), Err(NoPort), "{text}");
        }
    }

    #[test]
    fn tokens_stand_for_addresses() {
        for (address, text) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("0.0.0.0", Some("0.0.0.0")),
            ("::ffff:192.0.2.7", Some("192.0.2.7")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::/64")),
            ("fe80::1", Some("fe80::/64")),
            ("::", None),
        ] {
            assert_eq!(
                address_text(address_token(address.parse().unwrap())).as_deref(),
                text,
                "{address}"
            );
        }
    }
}
