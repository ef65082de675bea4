//! Files of nfdump's collectors, nfcapd and nfpcapd: a header, then blocks of records, which may be compressed.
//! Layout 1 is that of nfdump 1.6, layout 2 that of 1.7.
//!
//! Source: <https://github.com/phaag/nfdump> (`nffile.h`, `nffileV2.h`, `nfxV3.h`). Each flow is an event, by
//! its packets from source to destination; its host is the destination. A flow is one direction of a
//! conversation: replies are those of the other (see `conversations.rs`). A long flow is written in parts, each
//! of which has packets of its own, so nothing is told twice.

use std::borrow::Cow;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::input::blocks::{BlockReader, Blocks, Look};
use crate::input::error::InputError;
use crate::input::format::{About, Begin, Begun, Format, Start};
use crate::input::options::Options;
use crate::input::piece::Piece;
use crate::input::record::{Address, Amounts, End, Origin, Record, Sign, Tie};
use crate::model::{MOST_PACKETS, PlaceUnit, Port, Protocol};
use crate::words::protocol_name;

/// The format.
pub(super) struct Nfcapd;

/// The first two bytes, in the byte order of a PC: those of other machines are not met any more.
const MAGIC: [u8; 2] = 0xa50c_u16.to_le_bytes();

/// Number of bytes before the blocks of each layout: in the first, a record of sums follows the header.
const LAYOUT_1_BYTES: usize = 140 + 136;
const LAYOUT_2_BYTES: usize = 40;

/// Number of bytes of a block's header.
const BLOCK_HEADER_BYTES: usize = 12;

/// The most bytes of a block, compressed or not: nfdump's buffers are no larger.
const MOST_BLOCK_BYTES: usize = 5 << 20;

/// Kinds of records that are flows.
const FLOW_OF_1_5: u16 = 1;
const FLOW_OF_1_6: u16 = 10;
const FLOW_OF_1_7: u16 = 11;

/// The last kind of record that there is, and the first of those that nfdump writes for itself.
const LAST_KIND: u16 = 15;
const FIRST_INTERNAL_KIND: u16 = 0x8000;

/// Flags of TCP.
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    /// 1 or 2.
    layout: u16,
    compression: Compression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    None,
    Lzo,
    Bzip2,
    Lz4,
    Zstd,
}

impl Compression {
    fn name(self) -> &'static str {
        match self {
            Self::None => "not compressed",
            Self::Lzo => "compressed by LZO",
            Self::Bzip2 => "compressed by bzip2",
            Self::Lz4 => "compressed by LZ4",
            Self::Zstd => "compressed by zstd",
        }
    }

    /// The content of a block; what is wrong with it, where it does not decompress.
    fn undo(self, bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
        let fault = |error: &dyn std::fmt::Display| format!("a block {} that is damaged: {error}", self.name());
        let mut content = vec![0; MOST_BLOCK_BYTES];
        let length = match self {
            Self::None => return Ok(Cow::Borrowed(bytes)),
            Self::Lzo => lzokay::decompress::decompress(bytes, &mut content).map_err(|error| fault(&error))?,
            Self::Lz4 => lz4_flex::block::decompress_into(bytes, &mut content).map_err(|error| fault(&error))?,
            Self::Zstd => zstd::bulk::decompress_to_buffer(bytes, &mut content[..]).map_err(|error| fault(&error))?,
            Self::Bzip2 => {
                content.clear();
                let most = MOST_BLOCK_BYTES as u64;
                let mut decoder = bzip2::read::BzDecoder::new(bytes).take(most);
                decoder.read_to_end(&mut content).map_err(|error| fault(&error))?
            }
        };
        content.truncate(length);
        Ok(Cow::Owned(content))
    }
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn double(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at + 4)) << 32 | u64::from(word(bytes, at))
}

impl Header {
    /// The header at the start of the bytes, and its length: nothing where it is of no such file, a reason
    /// where it cannot be read.
    fn read(bytes: &[u8]) -> Option<Result<(Self, usize), &'static str>> {
        let header = bytes.get(..12).filter(|header| header.starts_with(&MAGIC))?;
        let layout = half(header, 2);
        if !(1..=9).contains(&layout) {
            return None;
        }
        let (length, compression, encrypted) = match layout {
            1 => {
                let compression = match word(header, 4) & 0x19 {
                    0 => Compression::None,
                    1 => Compression::Lzo,
                    8 => Compression::Bzip2,
                    16 => Compression::Lz4,
                    _ => return Some(Err("a file of nfcapd in a compression that portbloom does not know")),
                };
                (LAYOUT_1_BYTES, compression, false)
            }
            2 => {
                let header = bytes.get(..LAYOUT_2_BYTES)?;
                let compression = match header[16] {
                    0 => Compression::None,
                    1 => Compression::Lzo,
                    2 => Compression::Bzip2,
                    3 => Compression::Lz4,
                    4 => Compression::Zstd,
                    _ => return Some(Err("a file of nfcapd in a compression that portbloom does not know")),
                };
                (LAYOUT_2_BYTES, compression, header[17] != 0)
            }
            _ => return Some(Err("a file of nfcapd in a layout that portbloom does not know")),
        };
        if encrypted {
            return Some(Err("an encrypted file of nfcapd"));
        }
        bytes.get(..length)?;
        Some(Ok((Self { layout, compression }, length)))
    }
}

impl Format for Nfcapd {
    fn about(&self) -> About {
        About {
            name: "nfcapd",
            title: "a file of nfdump's collectors nfcapd and nfpcapd, layouts 1 and 2",
            counted: "each flow, by its packets; the host is the destination; flows to whoever began a conversation are \
                      replies",
            measures: About::EVERY,
        }
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        match Header::read(start.bytes) {
            None => Begin::Other(InputError::OtherFormat {
                name: start.name.to_owned(),
                format: "nfcapd",
                what: "it does not begin with the number 0xa50c and the header of a layout".to_owned(),
            }),
            Some(Err(what)) => Begin::Refused(InputError::NotText {
                name: start.name.to_owned(),
                what,
                remedy: "make text of it by `nfdump -r FILE -o csv` and give that",
            }),
            Some(Ok((header, length))) => Begin::Head(Begun {
                head: Arc::new(Blocks::new(header)),
                at: length,
                places: 0,
                taken: format!(
                    "read as a file of nfcapd, layout {}, {}",
                    header.layout,
                    header.compression.name()
                ),
                remarks: Vec::new(),
            }),
        }
    }
}

impl BlockReader for Header {
    const UNIT: PlaceUnit = PlaceUnit::Record;
    const HEADER_BYTES: usize = BLOCK_HEADER_BYTES;
    const SHORT_BYTES: usize = 64;

    fn look(&self, bytes: &[u8], _: Option<&[u8]>) -> Look {
        let Some(header) = bytes.first_chunk::<BLOCK_HEADER_BYTES>() else {
            return Look::More;
        };
        let (records, length) = (word(header, 0) as usize, word(header, 4) as usize);
        let (kind, flags) = (half(header, 8), half(header, 10));
        let known = match self.layout {
            1 => kind == 2,
            _ => matches!(kind, 3 | 4),
        };
        if !known || flags > 7 || length == 0 || length > MOST_BLOCK_BYTES {
            return Look::Wrong;
        }
        let block = BLOCK_HEADER_BYTES + length;
        // A block that is not compressed begins with a record, which tells its kind and its length.
        if (self.compression == Compression::None || flags & 1 > 0)
            && let Some(record) = bytes.get(BLOCK_HEADER_BYTES..BLOCK_HEADER_BYTES + 4)
        {
            let (kind, record_bytes) = (half(record, 0), usize::from(half(record, 2)));
            let known = matches!(kind, 1..=LAST_KIND) || kind >= FIRST_INTERNAL_KIND;
            if !known || !(4..=length).contains(&record_bytes) {
                return Look::Odd(block);
            }
        }
        // A record has four bytes at least.
        if records > 0 && records <= MOST_BLOCK_BYTES / 4 {
            Look::Sure(block)
        } else {
            Look::Odd(block)
        }
    }

    fn fault(&self, bytes: &[u8]) -> String {
        let length = word(bytes, 4) as usize;
        if length > MOST_BLOCK_BYTES {
            format!("a block of {length} bytes, expected at most {MOST_BLOCK_BYTES}")
        } else {
            "no block begins here".to_owned()
        }
    }

    fn behind(&self, _: &[u8]) -> Option<Self> {
        None
    }

    fn read(&self, block: &[u8], piece: &mut Piece, options: &Options) -> bool {
        let (kind, flags) = (half(block, 8), half(block, 10));
        // Tables of names and addresses.
        if kind == 4 {
            return true;
        }
        let compression = if flags & 1 > 0 {
            Compression::None
        } else {
            self.compression
        };
        let unreadable = |piece: &mut Piece, what: String| {
            let place = piece.places;
            piece.places += 1;
            piece.unreadable(options.strict, place, || what)
        };
        let content = match compression.undo(&block[BLOCK_HEADER_BYTES..]) {
            Ok(content) => content,
            Err(what) => return unreadable(piece, what),
        };
        let mut rest = &content[..];
        while !rest.is_empty() {
            let length = rest.get(2..4).map_or(0, |length| usize::from(half(length, 0)));
            let Some(record) = rest.get(..length).filter(|record| record.len() >= 4) else {
                let left = rest.len();
                return unreadable(
                    piece,
                    format!("a record of {length} bytes, expected 4 to {left}; {left} bytes skipped"),
                );
            };
            rest = &rest[length..];
            let flow = match half(record, 0) {
                FLOW_OF_1_5 | FLOW_OF_1_6 => Flow::of_layout_1(record),
                FLOW_OF_1_7 => Flow::of_layout_2(record),
                _ => continue,
            };
            let on = match flow {
                Ok(flow) => {
                    let place = piece.places;
                    piece.places += 1;
                    flow.take(place, piece);
                    true
                }
                Err(what) => unreadable(piece, what),
            };
            if !on {
                return false;
            }
        }
        true
    }
}

/// A flow.
struct Flow {
    time_ns: i64,
    addresses: Option<(IpAddr, IpAddr)>,
    protocol: u8,
    ports: (u16, u16),
    tcp_flags: u8,
    packets: u64,
    bytes: u64,
}

/// The addresses of two numbers, as nfdump stores them.
fn v4(bytes: &[u8], at: usize) -> (IpAddr, IpAddr) {
    let address = |at: usize| IpAddr::from(Ipv4Addr::from(word(bytes, at)));
    (address(at), address(at + 4))
}

/// The addresses of four numbers, the high half of each address first.
fn v6(bytes: &[u8], at: usize) -> (IpAddr, IpAddr) {
    let address = |at: usize| {
        let bits = u128::from(double(bytes, at)) << 64 | u128::from(double(bytes, at + 8));
        IpAddr::from(Ipv6Addr::from(bits)).to_canonical()
    };
    (address(at), address(at + 16))
}

impl Flow {
    /// A flow of nfdump 1.6 or before: fields of a fixed order, whose width is told by flags.
    fn of_layout_1(record: &[u8]) -> Result<Self, String> {
        let (addresses_at, flags) = match half(record, 0) {
            FLOW_OF_1_5 => (28, record.get(4).copied().map(u16::from)),
            _ => (32, record.get(4..6).map(|flags| half(flags, 0))),
        };
        let flags = flags.unwrap_or(0);
        let (is_v6, long_packets) = (flags & 1 > 0, flags & 2 > 0);
        let packets_at = addresses_at + if is_v6 { 32 } else { 8 };
        let long_bytes = flags & 4 > 0;
        let bytes_at = packets_at + if long_packets { 8 } else { 4 };
        let least = bytes_at + if long_bytes { 8 } else { 4 };
        if record.len() < least {
            return Err(format!("a flow of {} bytes, expected at least {least}", record.len()));
        }
        let ms = i64::from(word(record, 12)) * 1000 + i64::from(half(record, 8));
        Self {
            time_ns: ms * 1_000_000,
            addresses: Some(if is_v6 {
                v6(record, addresses_at)
            } else {
                v4(record, addresses_at)
            }),
            protocol: record[22],
            ports: (half(record, 24), half(record, 26)),
            tcp_flags: record[21],
            packets: if long_packets {
                double(record, packets_at)
            } else {
                u64::from(word(record, packets_at))
            },
            bytes: if long_bytes {
                double(record, bytes_at)
            } else {
                u64::from(word(record, bytes_at))
            },
        }
        .checked()
    }

    /// A flow of nfdump 1.7: elements, each with its kind and length.
    fn of_layout_2(record: &[u8]) -> Result<Self, String> {
        const HEADER_BYTES: usize = 12;
        let mut generic = None;
        let mut addresses = None;
        let mut rest = record.get(HEADER_BYTES..).unwrap_or_default();
        while let Some(length) = rest.get(2..4).map(|length| usize::from(half(length, 0))) {
            let Some(element) = rest.get(4..length) else { break };
            match half(rest, 0) {
                1 if element.len() >= 46 => generic = Some(element),
                2 if element.len() >= 8 => addresses = Some(v4(element, 0)),
                3 if element.len() >= 32 => addresses = Some(v6(element, 0)),
                _ => {}
            }
            rest = &rest[length..];
        }
        let Some(generic) = generic else {
            return Err("a flow without its time, protocol and ports; expected an element of kind 1".to_owned());
        };
        let time_ns = i64::try_from(double(generic, 0))
            .ok()
            .and_then(|ms| ms.checked_mul(1_000_000));
        Self {
            time_ns: time_ns
                .ok_or_else(|| format!("its time is {} milliseconds, beyond the year 2262", double(generic, 0)))?,
            addresses,
            protocol: generic[44],
            ports: (half(generic, 40), half(generic, 42)),
            tcp_flags: generic[45],
            packets: double(generic, 24),
            bytes: double(generic, 32),
        }
        .checked()
    }

    fn checked(self) -> Result<Self, String> {
        for (number, what) in [(self.packets, "packets"), (self.bytes, "bytes")] {
            if number > MOST_PACKETS {
                return Err(format!("{number} {what}, expected {MOST_PACKETS} or fewer"));
            }
        }
        Ok(self)
    }

    /// Brings the flow into a piece.
    fn take(&self, place: u64, piece: &mut Piece) {
        let protocol = match self.protocol {
            6 => Some(Protocol::Tcp),
            17 => Some(Protocol::Udp),
            _ => None,
        };
        let name = match (protocol, protocol_name(self.protocol)) {
            (Some(_), _) => Cow::Borrowed(""),
            (None, Some(name)) => Cow::Borrowed(name),
            (None, None) => Cow::Owned(format!("IP protocol {}", self.protocol)),
        };
        let (end, tie) = match (protocol, self.addresses) {
            (Some(protocol), Some((source, destination))) => {
                let (from, number) = self.ports;
                // A flow has the flags of all its packets.
                let opens = protocol == Protocol::Tcp && self.tcp_flags & (SYN | ACK) == SYN;
                let sign = if opens { Sign::Opens } else { Sign::None };
                let tie = Tie::one_way(self.protocol, (source, from), (destination, number), sign);
                (End::Port(Port { protocol, number }), tie)
            }
            (Some(_), None) => (End::NoPort, Tie::default()),
            (None, _) => (End::Protocol(name.as_bytes()), Tie::default()),
        };
        let address = |address: Option<IpAddr>| address.map_or(Address::None, Address::Ip);
        let record = Record {
            time_ns: self.time_ns,
            end,
            amounts: Amounts {
                packets: self.packets,
                has_packets: true,
                bytes: Some(self.bytes),
            },
            source: address(self.addresses.map(|both| both.0)),
            destination: address(self.addresses.map(|both| both.1)),
            host: b"",
            group: b"",
            origin: Origin::Address,
            tie,
        };
        piece.take(place, &record);
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_HEADER_BYTES, LAYOUT_2_BYTES};
    use crate::input::InputError;
    use crate::input::Options;
    use crate::input::whole::{Whole, read_from};
    use crate::model::{Protocol, Reason};

    const PLAIN: &[u8] = include_bytes!("../../../tests/logs/nfcapd/plain.nfcapd");
    const LAYOUT_1: &[u8] = include_bytes!("../../../tests/logs/nfcapd/layout-1.nfcapd");

    fn read(bytes: &[u8], replies: bool) -> Result<Whole, InputError> {
        let options = Options {
            replies,
            ..Options::default()
        };
        read_from(bytes, "x.nfcapd", &options)
    }

    /// All flows, those to ports of TCP, those to ports of UDP, and packets of all.
    fn counts(log: &Whole) -> [u64; 4] {
        let of = |protocol: Protocol| {
            log.events
                .iter()
                .filter(|event| event.port.protocol == protocol)
                .count() as u64
        };
        [log.rows, of(Protocol::Tcp), of(Protocol::Udp), log.packets]
    }

    #[test]
    fn flows_are_counted_as_nfdump_counts_them() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/logs/nfcapd/");
        // By nfdump -r NAME -q, as `make.py` calls it; of layout-1.nfcapd by what it was made of, 16 and 5e9 packets.
        for (name, expected) in [
            ("plain.nfcapd", [14, 3, 4, 16]),
            ("lzo.nfcapd", [14, 3, 4, 16]),
            ("lz4.nfcapd", [14, 3, 4, 16]),
            ("bzip2.nfcapd", [14, 3, 4, 16]),
            ("layout-1.nfcapd", [5, 2, 2, 5_000_000_016]),
        ] {
            let bytes = std::fs::read(format!("{folder}{name}")).unwrap();
            let log = read(&bytes, true).unwrap();
            assert_eq!(counts(&log), expected, "{name}");
            let told = log.warnings.iter().any(|warning| warning.starts_with("record "));
            assert!(!told, "{name}: {:?}", log.warnings);
        }
    }

    #[test]
    fn blocks_may_be_compressed_by_zstd() {
        let block = LAYOUT_2_BYTES + BLOCK_HEADER_BYTES;
        let length = u32::from_le_bytes(PLAIN[block - 8..block - 4].try_into().unwrap()) as usize;
        let compressed = zstd::bulk::compress(&PLAIN[block..block + length], 3).unwrap();
        let mut bytes = [&PLAIN[..block], &compressed].concat();
        bytes[16] = 4;
        bytes[block - 8..block - 4].copy_from_slice(&(compressed.len() as u32).to_le_bytes());
        let log = read(&bytes, true).unwrap();
        assert_eq!(counts(&log), [14, 3, 4, 16]);
        assert_eq!(log.formats, ["read as a file of nfcapd, layout 2, compressed by zstd"]);
        // A block that does not decompress costs itself.
        let at = bytes.len() - 9;
        bytes[at] ^= 0xff;
        let mut plain = PLAIN[LAYOUT_2_BYTES..block + length].to_vec();
        // Of this block alone: it is not compressed.
        plain[10] = 1;
        let log = read(&[&bytes[..], &plain].concat(), true).unwrap();
        assert_eq!(counts(&log), [15, 3, 4, 17]);
        let what = &log.left_out[&Reason::Unreadable].first_rows[0].what;
        assert!(
            what.starts_with("a block compressed by zstd that is damaged: "),
            "{what}"
        );
    }

    #[test]
    fn a_flow_goes_to_a_port_of_a_host_at_a_time() {
        let log = read(PLAIN, false).unwrap();
        assert_eq!(log.left_out[&Reason::Reply].rows, 2);
        let ports: Vec<u16> = log.events.iter().map(|event| event.port.number).collect();
        assert_eq!(ports, [53, 22, 23, 123, 161]);
        assert_eq!(log.names.hosts, ["198.51.100.7"]);
        assert_eq!(
            (log.events[0].time_ns, log.events[1].packets),
            (1_767_312_000_750_000_000, 2)
        );
        let log = read(LAYOUT_1, false).unwrap();
        assert_eq!(log.left_out[&Reason::Reply].packets, 5);
        assert_eq!(log.events[1].time_ns, 1_767_312_002_500_000_000);
        assert_eq!(log.names.hosts, ["198.51.100.7", "2001:db8:ff::7"]);
        assert_eq!(log.other_protocols, [("ICMP".to_owned(), 1)].into());
    }

    #[test]
    fn a_file_that_was_cut_off_or_damaged_is_told() {
        for bytes in [PLAIN, LAYOUT_1] {
            for length in 0..bytes.len() {
                if let Ok(log) = read(&bytes[..length], true) {
                    assert!(log.rows <= 14);
                }
            }
            for at in 0..bytes.len() {
                let mut damaged = bytes.to_vec();
                damaged[at] ^= 0x80;
                if let Ok(log) = read(&damaged, true) {
                    assert!(log.rows <= 16, "{at}: {}", log.rows);
                }
            }
        }
        let at = LAYOUT_2_BYTES + BLOCK_HEADER_BYTES + 2;
        let mut damaged = PLAIN.to_vec();
        damaged[at] = 2;
        let error = read(&damaged, true).unwrap_err().to_string();
        assert!(
            error.contains("a record of 2 bytes, expected 4 to 1136; 1136 bytes skipped"),
            "{error}"
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_way_out() {
        for (at, value, what) in [
            (2, 3, "a file of nfcapd in a layout that portbloom does not know"),
            (16, 9, "a file of nfcapd in a compression that portbloom does not know"),
            (17, 1, "an encrypted file of nfcapd"),
        ] {
            let mut bytes = PLAIN.to_vec();
            bytes[at] = value;
            let error = read(&bytes, true).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("x.nfcapd: is {what}; make text of it by `nfdump -r FILE -o csv` and give that")
            );
        }
    }
}
