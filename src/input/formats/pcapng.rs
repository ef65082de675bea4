//! Captures of packets as Wireshark writes them (pcapng): blocks that each tell their kind and length. A
//! section, of which there may be several, has a byte order of its own; its interfaces have a link type, a
//! unit of time and an offset each.
//!
//! Source: <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html>. Each packet to a TCP or UDP
//! port is an event; its host is the address that it goes to. Replies are the packets to whoever began the
//! conversation (see `conversations.rs`). Nothing is told twice. A Simple Packet Block has no time and cannot
//! be read; blocks that hold no packet are passed over.

use std::sync::Arc;

use crate::input::blocks::{BlockReader, Blocks, Look, MOST_BLOCK_BYTES};
use crate::input::error::InputError;
use crate::input::format::{About, Begin, Begun, Format, Start};
use crate::input::options::Options;
use crate::input::packet::{Link, Packet};
use crate::input::piece::Piece;
use crate::input::time::TimeError;
use crate::model::PlaceUnit;

/// The format.
pub(super) struct Pcapng;

/// Kinds of blocks.
const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;
/// Kinds up to this are those of the standard; there are some by agreement beyond.
const LAST_OF_STANDARD: u32 = 10;
const CUSTOM: [u32; 2] = [0xbad, 0x4000_0bad];

/// What tells the byte order of a section, behind its kind and length.
const BYTE_ORDER: u32 = 0x1a2b_3c4d;

/// Blocks that are longer look odd.
const LONG_BLOCK_BYTES: usize = 1 << 20;

/// Interfaces of a section that are known at most: those of a file of garbage cost their time.
const MOST_INTERFACES: usize = 1 << 12;

/// Options of an interface.
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;

/// A section, as far as it was read.
#[derive(Clone, Default)]
struct Section {
    big_endian: bool,
    interfaces: Arc<Vec<Interface>>,
}

/// An interface of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Interface {
    link_type: u16,
    link: Option<Link>,
    unit: Unit,
    /// Seconds to add to each time.
    offset_secs: i64,
}

/// The unit of an interface's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// A power of ten of a second, negative.
    Decimal(u8),
    /// A power of two of a second, negative.
    Binary(u8),
}

impl Unit {
    /// Nanoseconds of a number of units.
    #[inline]
    fn ns(self, units: u64) -> u128 {
        let units = u128::from(units);
        match self {
            Self::Decimal(power @ 0..=9) => units * 10_u128.pow(9 - u32::from(power)),
            Self::Decimal(power) => units / 10_u128.checked_pow(u32::from(power) - 9).unwrap_or(u128::MAX),
            Self::Binary(power) => (units * 1_000_000_000) >> power,
        }
    }
}

impl Interface {
    /// The time of a number of units, in nanoseconds since 1970.
    #[inline]
    fn time_ns(&self, units: u64) -> Result<i64, TimeError> {
        let offset_ns = i128::from(self.offset_secs) * 1_000_000_000;
        let ns = i128::try_from(self.unit.ns(units)).map_err(|_| TimeError::OutOfRange)?;
        i64::try_from(ns + offset_ns).map_err(|_| TimeError::OutOfRange)
    }
}

impl Section {
    /// The word at an offset.
    #[inline]
    fn word(&self, bytes: &[u8], at: usize) -> u32 {
        let word = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        if self.big_endian {
            u32::from_be_bytes(word)
        } else {
            u32::from_le_bytes(word)
        }
    }

    fn half(&self, bytes: &[u8], at: usize) -> u16 {
        let half = [bytes[at], bytes[at + 1]];
        if self.big_endian {
            u16::from_be_bytes(half)
        } else {
            u16::from_le_bytes(half)
        }
    }

    /// The section that begins with a block; none where that names no byte order.
    fn begun(block: &[u8]) -> Option<Self> {
        [false, true].into_iter().find_map(|big_endian| {
            let section = Self {
                big_endian,
                ..Self::default()
            };
            (section.word(block, 8) == BYTE_ORDER).then_some(section)
        })
    }

    /// The interface that a block of at least 20 bytes describes.
    fn interface(&self, block: &[u8]) -> Interface {
        let link_type = self.half(block, 8);
        let mut interface = Interface {
            link_type,
            link: Link::of(link_type, self.big_endian),
            unit: Unit::Decimal(6),
            offset_secs: 0,
        };
        // Options, each with its kind and its length, up to the length of the block.
        let mut options = &block[16..block.len() - 4];
        while options.len() >= 4 {
            let (kind, length) = (self.half(options, 0), usize::from(self.half(options, 2)));
            let Some(value) = options[4..].get(..length) else { break };
            match (kind, value) {
                (0, _) => break,
                (IF_TSRESOL, &[value]) if value & 0x80 > 0 => interface.unit = Unit::Binary(value & 0x7f),
                (IF_TSRESOL, &[value]) => interface.unit = Unit::Decimal(value),
                (IF_TSOFFSET, value) if value.len() == 8 => {
                    let [first, second] = [self.word(value, 0), self.word(value, 4)].map(u64::from);
                    let secs = if self.big_endian {
                        first << 32 | second
                    } else {
                        second << 32 | first
                    };
                    interface.offset_secs = secs.cast_signed();
                }
                _ => {}
            }
            options = options.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        }
        interface
    }

    /// The time and the captured bytes of a packet, and the interface that it was captured on.
    #[inline]
    fn packet<'b>(&self, block: &'b [u8]) -> Result<(&Interface, i64, &'b [u8], u64), String> {
        let number = match self.word(block, 0) {
            SIMPLE_PACKET => {
                return Err("a Simple Packet Block, which has no time; expected an Enhanced Packet Block".to_owned());
            }
            OBSOLETE_PACKET => u32::from(self.half(block, 8)),
            _ => self.word(block, 8),
        };
        if block.len() < 32 {
            return Err(format!(
                "a packet's block of {} bytes, expected at least 32",
                block.len()
            ));
        }
        let Some(interface) = self.interfaces.get(number as usize) else {
            return Err(format!(
                "it is of interface {number}, of which there is no description before it"
            ));
        };
        let captured = self.word(block, 20) as usize;
        let Some(bytes) = block[28..block.len() - 4].get(..captured) else {
            return Err(format!("{captured} captured bytes in a block of {}", block.len()));
        };
        let units = u64::from(self.word(block, 12)) << 32 | u64::from(self.word(block, 16));
        let time_ns = interface.time_ns(units);
        let time_ns = time_ns.map_err(|error| {
            format!(
                "its time is {units} units, with an offset of {} seconds; {error}",
                interface.offset_secs
            )
        })?;
        Ok((interface, time_ns, bytes, u64::from(self.word(block, 24))))
    }
}

/// Whether a block of a kind holds a packet.
fn is_packet(kind: u32) -> bool {
    matches!(kind, OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET)
}

impl Format for Pcapng {
    fn about(&self) -> About {
        About {
            name: "pcapng",
            title: "a capture of packets by Wireshark and others",
            counted: "each packet; the host is the address that it goes to; packets to whoever began a conversation \
                      are replies",
            measures: About::EVERY,
        }
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let bytes = start.bytes;
        let name = || start.name.to_owned();
        let is_section = bytes.starts_with(&SECTION.to_be_bytes());
        let Some(mut section) = bytes.get(..12).and_then(Section::begun).filter(|_| is_section) else {
            return Begin::Other(InputError::OtherFormat {
                name: name(),
                format: "pcapng",
                what: "it does not begin with 0x0a0d0d0a, a length and 0x1a2b3c4d".to_owned(),
            });
        };
        let mut at = 0;
        loop {
            match section.look(&bytes[at..], None) {
                // A first block that does not make sense is skipped like any other.
                Look::Odd(_) | Look::Wrong => break,
                Look::Sure(_) if is_packet(section.word(bytes, at)) => break,
                Look::Sure(length) => {
                    section = section.behind(&bytes[at..at + length]).unwrap_or(section);
                    at += length;
                }
                Look::More if at > 0 || start.whole => break,
                Look::More => return Begin::More,
            }
        }
        let links: Vec<Option<Link>> = section.interfaces.iter().map(|interface| interface.link).collect();
        if let [first, ..] = &section.interfaces[..]
            && links.iter().all(Option::is_none)
        {
            return Begin::Refused(InputError::LinkType {
                name: name(),
                number: first.link_type,
                links: Link::names(),
            });
        }
        let mut names: Vec<&str> = links.into_iter().flatten().map(Link::name).collect();
        names.sort_unstable();
        names.dedup();
        let colon = if names.is_empty() { "" } else { ": " };
        Begin::Head(Begun {
            head: Arc::new(Blocks::new(section)),
            at,
            places: 0,
            taken: format!("read as a capture (pcapng){colon}{}", names.join(", ")),
            remarks: Vec::new(),
        })
    }
}

impl BlockReader for Section {
    const UNIT: PlaceUnit = PlaceUnit::Packet;
    const HEADER_BYTES: usize = 12;
    const SHORT_BYTES: usize = 144;

    #[inline]
    fn look(&self, bytes: &[u8], before: Option<&[u8]>) -> Look {
        let Some(header) = bytes.first_chunk::<12>() else {
            return Look::More;
        };
        let kind = self.word(header, 0);
        let length = if kind == SECTION {
            match Self::begun(header) {
                Some(section) => section.word(header, 4),
                None => return Look::Wrong,
            }
        } else {
            self.word(header, 4)
        };
        let length = length as usize;
        let least = match kind {
            SECTION => 28,
            INTERFACE => 20,
            OBSOLETE_PACKET | ENHANCED_PACKET => 32,
            SIMPLE_PACKET => 16,
            _ => 12,
        };
        if length < least || !length.is_multiple_of(4) || length > MOST_BLOCK_BYTES {
            return Look::Wrong;
        }
        // The length stands at both ends.
        match bytes.get(length - 4..length) {
            None => Look::More,
            Some(behind) if behind != &bytes[4..8] => Look::Wrong,
            Some(_) => {
                // Others may stand anywhere, but are no place to begin at.
                let known = matches!(kind, 1..=LAST_OF_STANDARD | SECTION) || CUSTOM.contains(&kind);
                if (known || before.is_some()) && length <= LONG_BLOCK_BYTES {
                    Look::Sure(length)
                } else {
                    Look::Odd(length)
                }
            }
        }
    }

    fn stands_alone(&self, block: &[u8]) -> bool {
        matches!(self.look(block, None), Look::Sure(_))
    }

    fn fault(&self, bytes: &[u8]) -> String {
        let length = self.word(bytes, 4) as usize;
        match bytes.get(length.saturating_sub(4)..length) {
            Some(behind) if length >= 12 && behind != &bytes[4..8] => {
                format!(
                    "a block whose length is {length} at its beginning and {} at its end",
                    self.word(behind, 0)
                )
            }
            _ => "no block begins here".to_owned(),
        }
    }

    fn behind(&self, block: &[u8]) -> Option<Self> {
        match self.word(block, 0) {
            SECTION => Self::begun(block),
            INTERFACE if self.interfaces.len() < MOST_INTERFACES => {
                let interfaces = self.interfaces.iter().copied().chain([self.interface(block)]);
                Some(Self {
                    interfaces: Arc::new(interfaces.collect()),
                    ..*self
                })
            }
            _ => None,
        }
    }

    #[inline]
    fn read(&self, block: &[u8], piece: &mut Piece, options: &Options) -> bool {
        if !is_packet(self.word(block, 0)) {
            return true;
        }
        let place = piece.places;
        piece.places += 1;
        match self.packet(block) {
            Ok((interface, time_ns, bytes, length)) => {
                match interface.link {
                    Some(link) => piece.take(place, &Packet::read(link, bytes, options.inner).record(time_ns, length)),
                    None => piece.take(
                        place,
                        &Packet::of_unknown_link(interface.link_type).record(time_ns, length),
                    ),
                }
                true
            }
            Err(what) => piece.unreadable(options.strict, place, || what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Interface, Unit};
    use crate::input::InputError;
    use crate::input::Options;
    use crate::input::time::TimeError;
    use crate::input::whole::{Whole, read_from};
    use crate::model::{Protocol, Reason};

    /// Two sections of both byte orders, with three interfaces each and blocks of all kinds.
    const SECTIONS: &[u8] = include_bytes!("../../../tests/logs/captures/sections.pcapng");

    fn read(bytes: &[u8]) -> Result<Whole, InputError> {
        let options = Options {
            replies: true,
            ..Options::default()
        };
        read_from(bytes, "x.pcapng", &options)
    }

    /// All packets, those to ports of TCP, and those to ports of UDP.
    fn counts(log: &Whole) -> [usize; 3] {
        let of = |protocol: Protocol| {
            log.events
                .iter()
                .filter(|event| event.port.protocol == protocol)
                .count()
        };
        [log.rows as usize, of(Protocol::Tcp), of(Protocol::Udp)]
    }

    #[test]
    fn packets_are_counted_as_tshark_counts_them() {
        // By tshark -r NAME -T fields -e tcp.dstport -e udp.dstport, as `make.py` calls it.
        let odd = read(include_bytes!("../../../tests/logs/captures/odd.pcapng")).unwrap();
        assert_eq!(counts(&odd), [25, 8, 6]);
        assert_eq!(odd.formats, ["read as a capture (pcapng): Ethernet"]);
        let sections = read(SECTIONS).unwrap();
        // tshark lists the two custom blocks as packets, too: 64.
        assert_eq!(counts(&sections), [62, 24, 14]);
        assert_eq!(sections.formats, ["read as a capture (pcapng): Ethernet, raw IP"]);
        assert!(!sections.left_out.contains_key(&Reason::Unreadable));
    }

    #[test]
    fn each_interface_has_a_clock_of_its_own() {
        let log = read(SECTIONS).unwrap();
        // By tshark -r sections.pcapng -T fields -e frame.time_epoch: the last six packets of the first section.
        let of_first = log
            .lines
            .iter()
            .zip(&log.events)
            .filter(|(place, _)| (26..=31).contains(*place));
        let times: Vec<i64> = of_first
            .map(|(_, event)| event.time_ns - 1_767_312_000_000_000_000)
            .collect();
        assert_eq!(times, [5, 1_000_000_005, 3_000_000_005, 500_000_000, 7_000_000_000]);
        assert_eq!(log.events[13].time_ns - log.events[0].time_ns, 5_750_000_000);
    }

    #[test]
    fn units_of_time_are_powers_of_ten_and_two() {
        let time = |unit: Unit, units: u64, offset_secs: i64| {
            let interface = Interface {
                link_type: 1,
                link: None,
                unit,
                offset_secs,
            };
            interface.time_ns(units)
        };
        assert_eq!(time(Unit::Decimal(6), 1_500_000, 0), Ok(1_500_000_000));
        assert_eq!(time(Unit::Decimal(0), 7, -10), Ok(-3_000_000_000));
        assert_eq!(time(Unit::Decimal(12), 1_234_567_890_123, 0), Ok(1_234_567_890));
        assert_eq!(time(Unit::Decimal(127), u64::MAX, 0), Ok(0));
        assert_eq!(time(Unit::Binary(32), 3 << 31, 0), Ok(1_500_000_000));
        assert_eq!(time(Unit::Binary(127), u64::MAX, 0), Ok(0));
        for (unit, units, offset_secs) in [
            (Unit::Decimal(6), u64::MAX, 0),
            (Unit::Decimal(0), u64::MAX, i64::MAX),
            (Unit::Decimal(6), 0, i64::MIN),
            (Unit::Binary(0), 1 << 40, 0),
        ] {
            assert_eq!(
                time(unit, units, offset_secs),
                Err(TimeError::OutOfRange),
                "{unit:?} {units}"
            );
        }
    }

    #[test]
    fn packets_that_cannot_be_read_are_told() {
        let log = read(include_bytes!("../../../tests/logs/captures/simple.pcapng")).unwrap();
        assert_eq!(counts(&log), [4, 1, 0]);
        let unreadable = &log.left_out[&Reason::Unreadable];
        assert_eq!((unreadable.rows, unreadable.first_rows[0].place.number), (3, 2));
        assert!(
            unreadable.first_rows[0]
                .what
                .starts_with("a Simple Packet Block, which has no time")
        );
        // Without the description of its second interface, behind which lies the next block.
        let two = include_bytes!("../../../tests/logs/captures/two-links.pcapng");
        let log = read(two).unwrap();
        assert_eq!(counts(&log), [8, 2, 1]);
        assert_eq!(log.other_protocols["LINK TYPE 220"], 4);
        let one = [&two[..28], &two[48..]].concat();
        let log = read(&one).unwrap();
        let what = &log.left_out[&Reason::Unreadable].first_rows[0].what;
        assert_eq!(what, "it is of interface 1, of which there is no description before it");
        let usb = [&two[..48], &two[68..]].concat();
        let error = read(&usb).unwrap_err().to_string();
        assert!(
            error.starts_with("x.pcapng: its packets are of link type 220, which portbloom does not know"),
            "{error}"
        );
    }

    /// Where each block begins, and whether it holds a packet.
    fn starts(bytes: &[u8]) -> Vec<(usize, bool)> {
        let (mut at, mut starts) = (0, Vec::new());
        let mut big_endian = false;
        while at < bytes.len() {
            big_endian = match &bytes[at..at + 12] {
                [0x0a, 0x0d, 0x0d, 0x0a, .., first] => *first == 0x4d,
                _ => big_endian,
            };
            let word = |at: usize| {
                let word: [u8; 4] = bytes[at..at + 4].try_into().unwrap();
                if big_endian {
                    u32::from_be_bytes(word)
                } else {
                    u32::from_le_bytes(word)
                }
            };
            starts.push((at, matches!(word(at), 2 | 3 | 6)));
            at += word(at + 4) as usize;
        }
        starts
    }

    #[test]
    fn a_capture_that_was_cut_off_is_read_as_far_as_it_goes() {
        let starts = starts(SECTIONS);
        for length in 0..SECTIONS.len() {
            let whole = starts
                .iter()
                .filter(|(start, _)| *start <= length)
                .count()
                .saturating_sub(1);
            let packets = starts[..whole].iter().filter(|(_, packet)| *packet).count();
            match read(&SECTIONS[..length]) {
                Ok(log) => {
                    assert_eq!(log.rows, packets as u64, "{length}");
                    let told = log
                        .warnings
                        .iter()
                        .any(|warning| warning.contains("the log ends in the middle of it"));
                    assert_eq!(told, starts.iter().all(|(start, _)| *start != length), "{length}");
                }
                Err(error) => assert!(packets == 0, "{length}: {error}"),
            }
        }
    }

    #[test]
    fn a_length_that_lies_costs_its_block() {
        let starts = starts(SECTIONS);
        for (number, (start, packet)) in starts.iter().enumerate().filter(|(_, start)| start.1) {
            for lie in [0, 4, 12, 32, 36, 5000, 1 << 20, 1 << 23, u32::MAX] {
                for at in [
                    start + 4,
                    starts.get(number + 1).map_or(SECTIONS.len(), |next| next.0) - 4,
                ] {
                    let mut bytes = SECTIONS.to_vec();
                    bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(lie));
                    if bytes == SECTIONS {
                        continue;
                    }
                    let log = read(&bytes).unwrap();
                    let unreadable = log.left_out.get(&Reason::Unreadable).map_or(0, |left| left.rows);
                    let told = unreadable + log.warnings.len() as u64;
                    assert!(
                        *packet && told > 0 && unreadable <= 1,
                        "block {number}, {lie}: {unreadable}"
                    );
                    assert!(log.rows - unreadable >= 61, "block {number}, {lie}: {}", log.rows);
                }
            }
        }
    }

    #[test]
    fn garbage_is_skipped_and_told() {
        let at = starts(SECTIONS)[9].0;
        for (filler, length) in [(0, 5000), (0xff, 5000), (0x20, 4), (6, 300_000), (1, 17 << 20)] {
            let bytes = [&SECTIONS[..at], &vec![filler; length], &SECTIONS[at..]].concat();
            let log = read(&bytes).unwrap();
            assert_eq!(counts(&log), [63, 24, 14], "{filler} {length}");
            let what = &log.left_out[&Reason::Unreadable].first_rows[0].what;
            let bytes = crate::words::counted(length as u64, "byte");
            assert!(
                what.ends_with(&format!("{bytes} skipped to the next that makes sense")),
                "{what}"
            );
        }
    }

    #[test]
    fn what_is_no_capture_is_not_taken_for_one() {
        for bytes in [
            &b"\n\r\r\n"[..],
            b"\n\r\r\n\x1c\x01\x01\x01wxyz",
            b"time,proto,dpt\n0,6,1\n",
        ] {
            let options = Options {
                format: Some("pcapng".to_owned()),
                ..Options::default()
            };
            let error = read_from(bytes, "x", &options).unwrap_err().to_string();
            assert!(error.starts_with("x: is not of the format pcapng: "), "{error}");
        }
    }
}
