//! What tcpdump prints: a line a packet, `10:11:12.123456 IP 192.0.2.1.4000 > 198.51.100.7.23: Flags [S], ...`,
//! with any of its times (`-t` to `-tttt`), with `-e`, `-q`, `-v`, `-n` or not, and what it prints of the log of
//! OpenBSD's pf, `rule 0/(match) block in on em0: ...`.
//!
//! Sources: `tcpdump(1)`, "OUTPUT FORMAT"; `pflogd(8)` of OpenBSD. Each packet counts; it is one way of a
//! conversation, so replies are told by its flags and ports. A time of day is of the day before which the log
//! was written, and so on from there.

use std::sync::Arc;

use crate::input::clock::{Clock, LATE};
use crate::input::error::InputError;
use crate::input::fields::{Fault, Field, Fields};
use crate::input::format::{About, Begin, Begun, Format, Start};
use crate::input::lines::{Line, LineReader, Lines};
use crate::input::piece::Piece;
use crate::input::record::Sign;
use crate::input::stamp::{Stamp, read_stamp};

use super::ends::{End, one_way, sign};

/// The format.
pub(super) struct Tcpdump;

/// Lines that tcpdump prints of itself.
const OWN: [&[u8]; 3] = [b"tcpdump: ", b"listening on ", b"reading from file "];

/// A protocol with ports or without, by the word that tcpdump has for it.
const PROTOCOLS: [(&[u8], &[u8]); 16] = [
    (b"Flags", b"TCP"),
    (b"tcp", b"TCP"),
    (b"TCP", b"TCP"),
    (b"UDP", b"UDP"),
    (b"udp", b"UDP"),
    (b"ICMP", b"ICMP"),
    (b"ICMP6", b"ICMPv6"),
    (b"icmp", b"ICMP"),
    (b"icmp6", b"ICMPv6"),
    (b"igmp", b"IGMP"),
    (b"sctp", b"SCTP"),
    (b"GREv0", b"GRE"),
    (b"GREv1", b"GRE"),
    (b"OSPFv2", b"OSPF"),
    (b"PIMv2", b"PIM"),
    (b"VRRPv2", b"VRRP"),
];

/// A line as it begins: its time, and what follows.
enum Begins<'l> {
    /// Both ends of a packet, and what is told of it.
    Packet(&'l [u8]),
    /// The first line of a packet of which `-v` tells in two, and its protocol.
    Verbose(&'static [u8]),
    /// A frame without IP, by its protocol.
    Other(&'static [u8]),
}

impl<'l> Begins<'l> {
    /// Reads what follows a time; none where it is no line of tcpdump.
    fn of(text: &'l [u8]) -> Option<Self> {
        let find = |word: &[u8]| memchr::memmem::find(text, word);
        // With `-e` there are addresses and a type before it.
        if let Some(at) = find(b", ethertype ") {
            let kind = &text[at + 12..];
            if kind.starts_with(b"ARP") {
                return Some(Self::Other(b"ARP"));
            }
            let length = memchr::memmem::find(kind, b", length ")?;
            let rest = &kind[length + 9..];
            return Self::behind(&rest[memchr::memmem::find(rest, b": ")? + 2..]);
        }
        // With `-i any` the interface and the direction, in a few words.
        for word in [&b"IP "[..], b"IP6 "] {
            if let Some(at) = find(word).filter(|at| *at == 0 || (*at < 40 && text[at - 1] == b' ')) {
                return Self::behind(&text[at + word.len()..]);
            }
        }
        if text.starts_with(b"ARP, ") || text.starts_with(b"arp ") {
            return Some(Self::Other(b"ARP"));
        }
        if text.starts_with(b"rule ") {
            let on = find(b" on ")?;
            let rest = &text[on..];
            return Self::behind(&rest[memchr::memmem::find(rest, b": ")? + 2..]);
        }
        // tcpdump of OpenBSD has no word for IP.
        let arrow = find(b" > ")?;
        End::by_point(&text[..arrow], true)
            .address
            .ip()
            .map(|_| Self::Packet(text))
    }

    fn behind(text: &'l [u8]) -> Option<Self> {
        if !text.starts_with(b"(") {
            return memchr::memmem::find(text, b" > ").map(|_| Self::Packet(text));
        }
        let at = memchr::memmem::find(text, b"proto ").or(memchr::memmem::find(text, b"next-header "))?;
        let word = text[at..].split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        // Of IPv6, the ends are in the same line.
        let arrow = memchr::memmem::find(text, b" > ");
        let end = arrow.and_then(|arrow| memchr::memmem::rfind(&text[..arrow], b") "));
        Some(match end {
            Some(end) => Self::Packet(&text[end + 2..]),
            None => Self::Verbose(protocol(word).unwrap_or_default()),
        })
    }
}

/// The protocol that a word stands for.
fn protocol(word: &[u8]) -> Option<&'static [u8]> {
    let word = word.split(|byte| matches!(byte, b',' | b':' | b'(')).next()?;
    let found = PROTOCOLS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    found.map(|(_, protocol)| *protocol)
}

/// A packet, `192.0.2.1.4000 > 198.51.100.7.23: Flags [S], ...`; `known` is its protocol where a line above told.
fn packet<'l>(text: &'l [u8], known: &'static [u8]) -> Option<Fields<'l>> {
    let arrow = memchr::memmem::find(text, b" > ")?;
    let (from, rest) = (&text[..arrow], &text[arrow + 3..]);
    let colon = memchr::memmem::find(rest, b": ").or_else(|| rest.strip_suffix(b":").map(<[u8]>::len))?;
    let (to, told) = (&rest[..colon], rest[(colon + 2).min(rest.len())..].trim_ascii());
    if from.contains(&b' ') || to.contains(&b' ') {
        return None;
    }
    let word = told.split(|byte| *byte == b' ').next().unwrap_or_default();
    let protocol = match (protocol(word), known) {
        (Some(protocol), _) => protocol,
        (None, b"") if is_old_tcp(told) => b"TCP",
        // tcpdump tells what it knows of it: DNS, NTP, SNMP and others, all by UDP.
        (None, b"") if End::by_point(from, false).port.is_empty() => word,
        (None, b"") => b"UDP",
        (None, known) => known,
    };
    let has_ports = matches!(protocol, b"TCP" | b"UDP");
    let (from, to) = (End::by_point(from, has_ports), End::by_point(to, has_ports));
    Some(Fields {
        protocol,
        port: if has_ports { to.port } else { b"" },
        source: from.address,
        destination: to.address,
        no_country: true,
        tie: one_way(protocol, &from, &to, sign_of(told)),
        ..Fields::default()
    })
}

/// What is told of a TCP packet by tcpdump of OpenBSD: `S 1:1(0) win 1024`, `. ack 1 win 1024`.
fn is_old_tcp(told: &[u8]) -> bool {
    let flags = told
        .iter()
        .take_while(|byte| matches!(byte, b'S' | b'F' | b'P' | b'R' | b'W' | b'E' | b'.'));
    let length = flags.count();
    length > 0
        && told.get(length) == Some(&b' ')
        && (told[..length].contains(&b'R') || memchr::memmem::find(told, b" win ").is_some())
}

/// What the flags of a TCP packet tell of who began.
fn sign_of(told: &[u8]) -> Sign {
    if let Some(flags) = told.strip_prefix(b"Flags [") {
        let flags = &flags[..memchr::memchr(b']', flags).unwrap_or(0)];
        return sign(flags.contains(&b'S'), flags.contains(&b'.'));
    }
    sign(
        is_old_tcp(told) && told.starts_with(b"S"),
        memchr::memmem::find(told, b" ack ").is_some(),
    )
}

impl Format for Tcpdump {
    fn about(&self) -> About {
        About {
            name: "tcpdump",
            title: "what tcpdump prints, of captures and of pf's log",
            counted: "each packet; the host is the destination address; packets back to whoever began are replies",
            measures: About::WITHOUT_BYTES,
        }
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let stamp = |line: &[u8]| {
            let line = line.trim_ascii();
            let (stamp, length) = read_stamp(line)?;
            Begins::of(line[length..].trim_ascii()).map(|_| stamp)
        };
        let first = start.bytes.split(|byte| *byte == b'\n').find_map(stamp);
        if first.is_none() && start.options.format.is_none() {
            return Begin::Other(InputError::OtherFormat {
                name: start.name.to_owned(),
                format: "tcpdump",
                what: "none of its first lines is a time and a packet".to_owned(),
            });
        }
        let last = start.last.split(|byte| *byte == b'\n').filter_map(stamp).next_back();
        let (clock, remark) = Clock::new(start, first.unwrap_or_default(), last.unwrap_or_default());
        Begin::Head(Begun {
            head: Arc::new(Lines(Arc::new(Reader { clock, pending: None }))),
            at: 0,
            places: 0,
            taken: "read as what tcpdump prints: time, both ends, protocol".to_owned(),
            remarks: remark.into_iter().collect(),
        })
    }
}

/// Reads lines.
#[derive(Clone)]
struct Reader {
    clock: Clock,
    /// Time and protocol of a packet whose ends are in the next line.
    pending: Option<(Stamp, &'static [u8])>,
}

impl Reader {
    /// Reads a packet into the piece.
    fn add(&self, mut fields: Fields<'_>, stamp: Stamp, place: u64, piece: &mut Piece) -> Line<Self> {
        let read = match self.clock.read(stamp) {
            Ok(read) => read,
            Err(error) => return Line::Unreadable(Fault::Time(error).describe("time", &fields)),
        };
        fields.time_ns = Some(read.time_ns);
        let name = |field: Field| match field {
            Field::Time => "time",
            Field::Protocol => "protocol",
            Field::Port => "port",
            Field::Packets => "packets",
            Field::Bytes => "bytes",
            Field::Code | Field::Country => "country",
        };
        if let Err(fault) = piece.add(place, &fields, name) {
            return Line::Unreadable(fault.describe(name(fault.field()), &fields));
        }
        if read.moved.is_none() && self.pending.is_none() {
            return Line::Record;
        }
        let clock = read.moved.unwrap_or_else(|| self.clock.clone());
        if self.clock.is_first_late(&clock) {
            piece.remark(place, LATE);
        }
        Line::Change(Self { clock, pending: None })
    }
}

impl LineReader for Reader {
    fn read(&self, line: &[u8], place: u64, piece: &mut Piece) -> Line<Self> {
        let Some((stamp, length)) = read_stamp(line) else {
            if let Some((stamp, known)) = self.pending
                && let Some(fields) = packet(line, known)
            {
                return self.add(fields, stamp, place, piece);
            }
            let is_own = OWN.iter().any(|own| line.starts_with(own)) || line.starts_with(b"0x");
            let is_count =
                line.first().is_some_and(u8::is_ascii_digit) && memchr::memmem::find(line, b" packet").is_some();
            return if is_own || is_count { Line::Other } else { Line::Foreign };
        };
        let text = line[length..].trim_ascii();
        let fields = match Begins::of(text) {
            None => return Line::Foreign,
            Some(Begins::Verbose(protocol)) => {
                return Line::Change(Self {
                    clock: self.clock.clone(),
                    pending: Some((stamp, protocol)),
                });
            }
            Some(Begins::Other(protocol)) => Fields {
                protocol,
                no_country: true,
                ..Fields::default()
            },
            Some(Begins::Packet(text)) => match packet(text, b"") {
                Some(fields) => fields,
                None => {
                    return Line::Unreadable(
                        "packet has no two ends; expected `a.p > b.q: ` and what it holds".to_owned(),
                    );
                }
            },
        };
        let time = &line[..length];
        self.add(Fields { time, ..fields }, stamp, place, piece)
    }
}

#[cfg(test)]
mod tests {
    use crate::input::Options;
    use crate::input::whole::{Whole, read_from};
    use crate::model::Reason;

    /// A capture of nine packets as tcpdump 4.99 printed it: `tcpdump -n`, with `-e -tttt`, with `-v -tt`, with
    /// `-q -tttt`, and with `-tttt` but without `-n`.
    const PRINTED: [&str; 5] = [
        include_str!("../../../tests/logs/tcpdump/plain.txt"),
        include_str!("../../../tests/logs/tcpdump/dates.txt"),
        include_str!("../../../tests/logs/tcpdump/verbose.txt"),
        include_str!("../../../tests/logs/tcpdump/quiet.txt"),
        include_str!("../../../tests/logs/tcpdump/names.txt"),
    ];

    fn read(text: &str) -> Whole {
        read_from(text.as_bytes(), "trace-20260102.txt", &Options::default()).unwrap()
    }

    fn ports(log: &Whole) -> Vec<String> {
        let events = log.events.iter();
        events
            .map(|event| format!("{} {}", event.port.protocol, event.port.number))
            .collect()
    }

    fn left(log: &Whole, reason: Reason) -> u64 {
        log.left_out.get(&reason).map_or(0, |left| left.rows)
    }

    #[test]
    fn packets_are_read_however_they_are_printed() {
        for text in PRINTED {
            let log = read(text);
            // As `tshark -T fields -e tcp.dstport -e udp.dstport` has them, without the two replies.
            assert_eq!(ports(&log), ["TCP 23", "UDP 53", "TCP 445", "UDP 5060"], "{text}");
            assert_eq!(
                (left(&log, Reason::NoPort), left(&log, Reason::Reply)),
                (3, 2),
                "{text}"
            );
            let protocols = ["ARP", "GRE", "ICMP"].map(|name| (name.to_owned(), 1));
            assert_eq!(log.other_protocols, protocols.into(), "{text}");
            assert_eq!(log.events[0].time_ns, 1_767_348_672_250_000_000, "{text}");
            assert_eq!(log.names.hosts, ["203.0.113.7", "2001:db8::2"], "{text}");
            assert_eq!(left(&log, Reason::Unreadable), 0, "{text}");
        }
    }

    #[test]
    fn packets_of_pf_and_of_any_interface() {
        let log = read(
            "Jan 02 10:11:12.250000 rule 0/(match) block in on em0: 8.8.8.8.40000 > 203.0.113.7.23: S 1:1(0) win 1024\n\
             Jan 02 10:11:12.260000 rule 0/(match) pass out on em0: 203.0.113.7.23 > 8.8.8.8.40000: S 1:1(0) ack 2 win 1024\n\
             Jan 02 10:11:13.000000 rule 7/0(match): block in on em0: 1.1.1.1.40001 > 203.0.113.7.1900: UDP, length 94\n\
             Jan 02 10:11:14.000000 9.9.9.9.40001 > 203.0.113.7.161: udp 40\n\
             2026-01-02 10:11:15.000000 eth0  In  IP 9.9.9.9.40002 > 203.0.113.7.80: Flags [S], seq 1, length 0\n\
             2026-01-02 10:11:16.000000 IP scan.example.net.40003 > web.example.org.https: Flags [S], seq 1, length 0\n\
             2026-01-02 10:11:16.000000 IP 9.9.9.9.40003 > 203.0.1\n\
             2026-01-02 10:11:16.000000 IP 9.9.9.9 40003 > 203.0.113.7.80: Flags [S]\n\
             5 packets captured\n\
             words\n",
        );
        assert_eq!(ports(&log), ["TCP 23", "UDP 1900", "UDP 161", "TCP 80", "TCP 443"]);
        assert_eq!((left(&log, Reason::Reply), left(&log, Reason::Unreadable)), (1, 2));
        assert!(
            log.warnings
                .iter()
                .any(|warning| warning.starts_with("1 line of something else"))
        );
    }

    #[test]
    fn a_log_that_is_cut_anywhere_loses_nothing_in_silence() {
        let options = Options {
            format: Some("tcpdump".to_owned()),
            ..Options::default()
        };
        for text in PRINTED {
            for cut in 0..text.len() {
                let Ok(log) = read_from(&text.as_bytes()[..cut], "x", &options) else {
                    continue;
                };
                let left: u64 = log.left_out.values().map(|left| left.rows).sum();
                assert_eq!(log.rows, log.events.len() as u64 + left, "{cut}");
            }
        }
    }
}
