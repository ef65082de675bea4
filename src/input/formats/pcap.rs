//! Captures of packets as tcpdump writes them (pcap): a header of 24 bytes with the byte order, the unit of
//! time and the link type, then the packets, each behind a header of its own. Captures that were joined have
//! the first header again in the middle.
//!
//! Source: <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-06.html>. Each packet to a TCP or UDP port
//! is an event; its host is the address that it goes to. Replies are the packets to whoever began the
//! conversation (see `conversations.rs`). Nothing is told twice.

use std::sync::Arc;

use crate::input::blocks::{BlockReader, Blocks, Look, MOST_BLOCK_BYTES};
use crate::input::error::InputError;
use crate::input::format::{About, Begin, Begun, Format, Start};
use crate::input::options::Options;
use crate::input::packet::{Link, Packet};
use crate::input::piece::Piece;
use crate::model::PlaceUnit;

/// The format.
pub(super) struct Pcap;

/// Number of bytes of the header of a capture.
const HEAD_BYTES: usize = 24;

/// The most bytes of a packet: what tcpdump and Wireshark take, unless the capture says more.
const MOST_PACKET_BYTES: u32 = 1 << 18;

/// Number of bytes before each packet, in captures that begin like most and in those of modified libpcaps: the first is
/// taken unless another makes more sense. They are those of libpcap, of Red Hat 6.1 and of Nokia; and those of
/// Kuznetzov and of SuSE 6.3. Source: <https://gitlab.com/wireshark/wireshark/-/blob/master/wiretap/libpcap.c>.
const HEADERS: [&[usize]; 2] = [&[16, 24, 20], &[24, 28]];

/// Number of packets by which headers are told apart.
const TOLD_PACKETS: usize = 8;

/// Packets further apart than this many seconds look odd.
const FAR_SECS: u32 = 30 * 86_400;

/// What the header of a capture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Capture {
    big_endian: bool,
    /// Whether the fraction of a time is in nanoseconds; otherwise it is in microseconds.
    nano: bool,
    /// Whether it begins like those of a modified libpcap.
    modified: bool,
    /// Number of bytes before each packet, one of [`HEADERS`].
    header_bytes: usize,
    /// The most bytes of a packet.
    most: u32,
    /// Number of the link type.
    link_type: u16,
    link: Option<Link>,
}

impl Capture {
    /// The header at the start of the bytes, if one is there.
    fn read(bytes: &[u8]) -> Option<Self> {
        let head = bytes.first_chunk::<HEAD_BYTES>()?;
        let magic = [head[0], head[1], head[2], head[3]];
        let big_endian = matches!(magic[0], 0xa1);
        let magic = if big_endian {
            u32::from_be_bytes(magic)
        } else {
            u32::from_le_bytes(magic)
        };
        let (nano, modified) = match magic {
            0xa1b2_c3d4 => (false, false),
            0xa1b2_3c4d => (true, false),
            0xa1b2_cd34 => (false, true),
            _ => return None,
        };
        let capture = Self {
            big_endian,
            nano,
            modified,
            header_bytes: HEADERS[usize::from(modified)][0],
            most: 0,
            link_type: 0,
            link: None,
        };
        // The high bits are about checksums of frames.
        let link_type = capture.word(head, 20) as u16;
        Some(Self {
            most: capture.word(head, 16).clamp(MOST_PACKET_BYTES, MOST_BLOCK_BYTES as u32),
            link_type,
            link: Link::of(link_type, big_endian),
            ..capture
        })
    }

    /// The same with the headers of packets that make the most sense of the bytes behind the head.
    fn with_headers_of(self, packets: &[u8]) -> Self {
        let all = HEADERS[usize::from(self.modified)].iter();
        let all = all.map(|header_bytes| Self {
            header_bytes: *header_bytes,
            ..self
        });
        // Of several, the first.
        let most = all.rev().max_by_key(|capture| capture.packets(packets));
        most.unwrap_or(self)
    }

    /// Number of packets that make sense one behind the other, up to a few.
    fn packets(&self, bytes: &[u8]) -> usize {
        let (mut at, mut before) = (0, None);
        for number in 0..TOLD_PACKETS {
            let rest = &bytes[at..];
            match self.look(rest, before) {
                Look::Sure(length) if length <= rest.len() => {
                    before = Some(&rest[..length]);
                    at += length;
                }
                // What ends where the bytes do, or was cut off there, leaves nothing to compare.
                Look::More | Look::Sure(_) => return TOLD_PACKETS,
                Look::Odd(_) | Look::Wrong => return number,
            }
        }
        TOLD_PACKETS
    }

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

    /// Fractions of a second in a second.
    fn unit(&self) -> u32 {
        if self.nano { 1_000_000_000 } else { 1_000_000 }
    }
}

impl Format for Pcap {
    fn about(&self) -> About {
        About {
            name: "pcap",
            title: "a capture of packets by tcpdump and others",
            counted: "each packet; the host is the address that it goes to; packets to whoever began a conversation \
                      are replies",
            measures: About::EVERY,
        }
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let Some(capture) = Capture::read(start.bytes) else {
            return Begin::Other(InputError::OtherFormat {
                name: start.name.to_owned(),
                format: "pcap",
                what:
                    "it does not begin with one of the numbers 0xa1b2c3d4, 0xa1b23c4d and 0xa1b2cd34, and 20 bytes more"
                        .to_owned(),
            });
        };
        let Some(link) = capture.link else {
            return Begin::Refused(InputError::LinkType {
                name: start.name.to_owned(),
                number: capture.link_type,
                links: Link::names(),
            });
        };
        let unit = if capture.nano { "nanoseconds" } else { "microseconds" };
        let capture = capture.with_headers_of(&start.bytes[HEAD_BYTES..]);
        Begin::Head(Begun {
            head: Arc::new(Blocks::new(capture)),
            at: HEAD_BYTES,
            places: 0,
            taken: format!("read as a capture (pcap): {}, times in {unit}", link.name()),
            remarks: Vec::new(),
        })
    }
}

impl BlockReader for Capture {
    const UNIT: PlaceUnit = PlaceUnit::Packet;
    const HEADER_BYTES: usize = 16;
    const SHORT_BYTES: usize = 128;

    #[inline]
    fn look(&self, bytes: &[u8], before: Option<&[u8]>) -> Look {
        let Some(header) = bytes.first_chunk::<16>() else {
            return Look::More;
        };
        let [secs, fraction, captured, length] = [0, 4, 8, 12].map(|at| self.word(header, at));
        if captured > self.most {
            return Look::Wrong;
        }
        let block = self.header_bytes + captured as usize;
        let before_secs = before.map_or(secs, |before| self.word(before, 0));
        if captured > 0
            && captured <= length
            && length <= MOST_PACKET_BYTES
            && fraction < self.unit()
            && before_secs.abs_diff(secs) <= FAR_SECS
        {
            return Look::Sure(block);
        }
        if Self::read(bytes).is_some() {
            return Look::Odd(HEAD_BYTES);
        }
        // Nothing but zeros, as in the room that was made for a file and not filled.
        if length == 0 && secs == 0 {
            Look::Wrong
        } else {
            Look::Odd(block)
        }
    }

    fn fault(&self, bytes: &[u8]) -> String {
        let captured = self.word(bytes, 8);
        if captured > self.most {
            format!("a packet of {captured} bytes, expected at most {}", self.most)
        } else {
            "no packet begins here".to_owned()
        }
    }

    fn behind(&self, block: &[u8]) -> Option<Self> {
        let behind = (block.len() == HEAD_BYTES).then(|| Self::read(block)).flatten()?;
        // Captures that were joined are most likely of one program.
        let like_this = behind.modified == self.modified;
        Some(Self {
            header_bytes: if like_this {
                self.header_bytes
            } else {
                behind.header_bytes
            },
            ..behind
        })
    }

    #[inline]
    fn read(&self, block: &[u8], piece: &mut Piece, options: &Options) -> bool {
        let place = piece.places;
        piece.places += 1;
        let fraction = i64::from(self.word(block, 4)) * if self.nano { 1 } else { 1000 };
        let time_ns = i64::from(self.word(block, 0)) * 1_000_000_000 + fraction;
        let length = u64::from(self.word(block, 12));
        match self.link {
            Some(link) => {
                let packet = Packet::read(link, &block[self.header_bytes..], options.inner);
                piece.take(place, &packet.record(time_ns, length));
            }
            None => piece.take(place, &Packet::of_unknown_link(self.link_type).record(time_ns, length)),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::input::InputError;
    use crate::input::Options;
    use crate::input::whole::{Whole, read_from};
    use crate::model::{Protocol, Reason};

    /// Packets of each kind that Ethernet carries, as `tests/logs/captures/make.py` made them.
    const ODD: &[u8] = include_bytes!("../../../tests/logs/captures/odd.pcap");

    fn everything() -> Options {
        Options {
            replies: true,
            ..Options::default()
        }
    }

    fn read(bytes: &[u8], options: &Options) -> Result<Whole, InputError> {
        read_from(bytes, "x.pcap", options)
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
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/logs/captures/");
        // By tshark -r NAME -T fields -e tcp.dstport -e udp.dstport, as `make.py` calls it.
        for (name, expected) in [
            ("odd.pcap", [25, 8, 6]),
            ("odd-nano-be.pcap", [25, 8, 6]),
            ("modified.pcap", [25, 8, 6]),
            ("snapped-40.pcap", [25, 3, 3]),
            ("snapped-30.pcap", [25, 0, 0]),
            ("link-0.pcap", [4, 2, 1]),
            ("link-9.pcap", [4, 2, 1]),
            ("link-12.pcap", [4, 2, 1]),
            ("link-50.pcap", [4, 2, 1]),
            ("link-51.pcap", [4, 2, 1]),
            ("link-101.pcap", [4, 2, 1]),
            ("link-104.pcap", [4, 2, 1]),
            ("link-105.pcap", [5, 2, 1]),
            ("link-108.pcap", [4, 2, 1]),
            ("link-113.pcap", [4, 2, 1]),
            ("link-117.pcap", [4, 2, 1]),
            ("link-127.pcap", [5, 2, 1]),
            ("link-228.pcap", [3, 2, 0]),
            ("link-229.pcap", [1, 0, 1]),
            ("link-239.pcap", [4, 2, 1]),
            ("link-276.pcap", [4, 2, 1]),
        ] {
            let bytes = std::fs::read(format!("{folder}{name}")).unwrap();
            let log = read(&bytes, &everything()).unwrap();
            assert_eq!(counts(&log), expected, "{name}");
            let told = log.warnings.iter().any(|warning| warning.contains("packet"));
            assert!(!told, "{name}: {:?}", log.warnings);
        }
    }

    #[test]
    fn headers_of_modified_libpcaps_are_told_by_the_packets_behind_them() {
        // As `editcap -F` of nokiapcap, rh6_1pcap, modpcap and suse6_3pcap writes them.
        for (magic, more) in [(0xd4, 4), (0xd4, 8), (0x34, 8), (0x34, 12)] {
            for packets in [2, 3, 25] {
                let mut bytes = ODD[..24].to_vec();
                if magic == 0x34 {
                    bytes[..4].copy_from_slice(&[0x34, 0xcd, 0xb2, 0xa1]);
                }
                let mut at = 24;
                for number in 0..packets {
                    let length = u32::from_le_bytes(ODD[at + 8..at + 12].try_into().unwrap()) as usize;
                    bytes.extend_from_slice(&ODD[at..at + 16]);
                    bytes.extend((0..more).map(|byte| (number * 37 + byte * 11) as u8));
                    bytes.extend_from_slice(&ODD[at + 16..at + 16 + length]);
                    at += 16 + length;
                }
                let [log, expected] = [&bytes[..], &ODD[..at]].map(|bytes| read(bytes, &everything()).unwrap());
                assert_eq!(counts(&log), counts(&expected), "{magic:x} {more} {packets}");
                assert_eq!(log.events, expected.events);
                // Two of them joined.
                let log = read(&[&bytes[..], &bytes[..]].concat(), &everything()).unwrap();
                assert_eq!(counts(&log), counts(&expected).map(|count| 2 * count));
            }
        }
    }

    #[test]
    fn what_has_no_ports_is_counted_by_its_name() {
        let log = read(ODD, &Options::default()).unwrap();
        let names: Vec<(&str, u64)> = log
            .other_protocols
            .iter()
            .map(|(name, rows)| (&**name, *rows))
            .collect();
        assert_eq!(
            names,
            [
                ("ARP", 1),
                ("ESP", 1),
                ("ETHERTYPE 0X88B5", 1),
                ("ICMP", 1),
                ("ICMPV6", 1),
                ("IP FRAGMENT", 4),
                ("SCTP", 1),
                ("STP", 1)
            ]
        );
        assert_eq!(log.left_out[&Reason::NoPort].rows, 11);
        assert_eq!(log.left_out[&Reason::Reply].rows, 2);
        assert_eq!((log.rows, log.packets, log.events.len()), (25, 25, 12));
    }

    #[test]
    fn a_packet_goes_to_a_port_of_a_host_at_a_time() {
        for (bytes, unit) in [
            (ODD, "microseconds"),
            (
                include_bytes!("../../../tests/logs/captures/odd-nano-be.pcap"),
                "nanoseconds",
            ),
        ] {
            let log = read(bytes, &everything()).unwrap();
            let [first, second, ..] = &log.events[..] else { panic!() };
            assert_eq!(
                (first.time_ns, first.packets, first.port.number),
                (1_767_312_000_000_000_000, 1, 22)
            );
            assert_eq!(second.time_ns - first.time_ns, 250_000_000);
            assert_eq!(log.names.hosts[first.host as usize], "198.51.100.7");
            assert_eq!(log.names.hosts[second.host as usize], "192.0.2.1");
            assert_eq!(log.lines[..2], [1, 2]);
            assert_eq!(
                log.formats,
                [format!("read as a capture (pcap): Ethernet, times in {unit}")]
            );
        }
    }

    #[test]
    fn what_tunnels_carry_is_read_on_demand() {
        let bytes = include_bytes!("../../../tests/logs/captures/tunnels.pcap");
        let log = read(bytes, &Options::default()).unwrap();
        let ports: Vec<u16> = log.events.iter().map(|event| event.port.number).collect();
        assert_eq!(ports, [4789, 6081, 2152, 3544, 1701]);
        let of = |name: &str| log.other_protocols[name];
        assert_eq!([of("GRE"), of("IPIP"), of("IPV6")], [4, 2, 1]);
        let options = Options {
            inner: true,
            ..Options::default()
        };
        let log = read(bytes, &options).unwrap();
        assert_eq!(counts(&log), [12, 12, 0]);
        assert!(log.events.iter().all(|event| event.port.number == 8080));
        assert_eq!(log.names.hosts, ["203.0.113.10", "2001:db8:9::2"]);
    }

    /// Where each packet of a capture begins.
    fn starts(bytes: &[u8]) -> Vec<usize> {
        let mut at = 24;
        let mut starts = Vec::new();
        while at < bytes.len() {
            starts.push(at);
            at += 16 + u32::from_le_bytes(bytes[at + 8..at + 12].try_into().unwrap()) as usize;
        }
        starts
    }

    #[test]
    fn a_capture_that_was_cut_off_is_read_as_far_as_it_goes() {
        let starts = starts(ODD);
        for length in 0..ODD.len() {
            let whole = starts
                .iter()
                .filter(|start| **start <= length)
                .count()
                .saturating_sub(1);
            let at_border = starts.contains(&length);
            let read = read(&ODD[..length], &everything());
            match read {
                Ok(log) => {
                    assert_eq!(log.rows, whole as u64, "{length}");
                    let cut = format!("packet {}: the log ends in the middle of it", whole + 1);
                    let told = log.warnings.iter().any(|warning| warning.starts_with(&cut));
                    assert_eq!(told, !at_border, "{length}: {:?}", log.warnings);
                    assert!(!log.left_out.contains_key(&Reason::Unreadable));
                }
                Err(error) => assert!(whole == 0, "{length}: {error}"),
            }
        }
    }

    #[test]
    fn a_length_that_lies_costs_its_packet() {
        let starts = starts(ODD);
        for (number, start) in starts.iter().enumerate() {
            for lie in [0, 1, 7, 200, 1500, 70_000, 1 << 18, 1 << 19, u32::MAX] {
                let mut bytes = ODD.to_vec();
                bytes[start + 8..start + 12].copy_from_slice(&lie.to_le_bytes());
                if bytes == ODD {
                    continue;
                }
                let log = read(&bytes, &everything()).unwrap();
                let unreadable = log.left_out.get(&Reason::Unreadable).map_or(0, |left| left.rows);
                let told = log.warnings.len() as u64 + unreadable;
                let last = number + 2 >= starts.len();
                assert!(told > 0, "packet {number}, {lie} bytes");
                assert!(unreadable <= 2, "packet {number}, {lie} bytes: {unreadable}");
                let read = log.rows - unreadable;
                assert!(read + 1 >= starts.len() as u64, "packet {number}, {lie} bytes: {read}");
                assert!(last || log.events.last().unwrap().port.number == 3389);
            }
        }
    }

    #[test]
    fn garbage_and_zeros_are_skipped_and_told() {
        let starts = starts(ODD);
        let at = starts[7];
        for (filler, length) in [(0, 5000), (0xff, 5000), (0x20, 1), (7, 300_000), (1, 17 << 20)] {
            let bytes = [&ODD[..at], &vec![filler; length], &ODD[at..]].concat();
            let log = read(&bytes, &everything()).unwrap();
            assert_eq!(counts(&log), [26, 8, 6], "{filler} {length}");
            let unreadable = &log.left_out[&Reason::Unreadable];
            assert_eq!((unreadable.rows, unreadable.first_rows[0].place.number), (1, 8));
            let what = &unreadable.first_rows[0].what;
            let bytes = crate::words::counted(length as u64, "byte");
            assert!(
                what.ends_with(&format!("{bytes} skipped to the next that makes sense")),
                "{what}"
            );
        }
        let log = read(&[ODD, &[0; 4096]].concat(), &everything()).unwrap();
        assert_eq!(counts(&log), [26, 8, 6]);
        let what = &log.left_out[&Reason::Unreadable].first_rows[0].what;
        assert!(what.ends_with("4,096 bytes skipped to the end of the log"), "{what}");
        let strict = Options {
            strict: true,
            ..Options::default()
        };
        let error = read(&[ODD, &[0; 4096]].concat(), &strict).unwrap_err().to_string();
        assert!(
            error.starts_with("x.pcap: packet 26: no packet begins here; 4,096 bytes skipped"),
            "{error}"
        );
    }

    #[test]
    fn joined_captures_are_one() {
        let other = include_bytes!("../../../tests/logs/captures/odd-nano-be.pcap");
        let raw = include_bytes!("../../../tests/logs/captures/link-101.pcap");
        let log = read(&[ODD, other, raw, ODD].concat(), &everything()).unwrap();
        assert_eq!(counts(&log), [79, 26, 19]);
        assert!(!log.left_out.contains_key(&Reason::Unreadable), "{:?}", log.left_out);
    }

    #[test]
    fn odd_times_are_read() {
        // The clock of 1970 until it is set, and a fraction of more than a second.
        let mut bytes = ODD.to_vec();
        let starts = starts(ODD);
        for start in &starts[..5] {
            bytes[*start..start + 4].copy_from_slice(&5_u32.to_le_bytes());
        }
        bytes[starts[9] + 4..starts[9] + 8].copy_from_slice(&1_500_000_u32.to_le_bytes());
        let log = read(&bytes, &everything()).unwrap();
        assert_eq!(counts(&log), [25, 8, 6]);
        assert!(!log.left_out.contains_key(&Reason::Unreadable));
        assert_eq!(log.events[0].time_ns, 5_000_000_000);
        assert_eq!(log.events[9].time_ns % 10_000_000_000, 3_500_000_000);
    }

    #[test]
    fn links_that_are_not_known_are_refused() {
        let mut bytes = ODD.to_vec();
        bytes[20] = 147;
        let error = read(&bytes, &everything()).unwrap_err().to_string();
        assert!(
            error.contains(
                "its packets are of link type 147, which portbloom does not know; it reads BSD loopback, Ethernet"
            ),
            "{error}"
        );
    }
}
