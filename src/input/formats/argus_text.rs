//! What Argus' `ra` prints by itself: a conversation a line, in columns, below a line that names them.
//!
//! Source: <https://openargus.org>, ra(1). Address and port are one word, with a point between them; flags may be blank.
//! So both ends are found by the direction that stands between them: `->`, `<->`, `<?>`, `o>` and so on. The source is
//! the side that began, unless the direction points back (`<-`): then it is the destination. Records without a
//! direction are Argus' own (`man`). Times may lack their date.

use std::sync::Arc;

use super::ends::End;
use crate::input::clock::{Clock, LATE};
use crate::input::error::InputError;
use crate::input::fields::{Fault, Field, Fields, transport};
use crate::input::format::{About, Begin, Begun, Format, Start};
use crate::input::lines::{Line, LineReader, Lines};
use crate::input::piece::Piece;
use crate::input::stamp::read_stamp;

/// The format.
pub(super) struct ArgusText;

const NAME: &str = "argus-text";

/// Number of lines that may stand before the one that names the columns.
const ODD_LINES: usize = 20;

/// Where the numbers of packets are among the words behind both ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Columns {
    /// Those of the side on the left, or of both.
    packets: Option<usize>,
    /// Those of the side on the right.
    back: Option<usize>,
    /// The same of bytes.
    bytes: Option<usize>,
    bytes_back: Option<usize>,
}

impl Columns {
    /// The columns that a line names; none where they are others, or in another order.
    fn of(line: &[u8]) -> Option<Self> {
        let titles: Vec<&[u8]> = words(line).collect();
        let is = |title: &[u8], known: &str| title.eq_ignore_ascii_case(known.as_bytes());
        let ends = titles.iter().position(|title| is(title, "Proto"))?;
        let mut rest = titles[ends + 1..].iter();
        for (title, needed) in [
            ("SrcAddr", true),
            ("Sport", false),
            ("Dir", true),
            ("DstAddr", true),
            ("Dport", false),
        ] {
            let found = rest.as_slice().first().is_some_and(|found| is(found, title));
            if found {
                rest.next();
            } else if needed {
                return None;
            }
        }
        let place = |known: &str| rest.clone().position(|title| is(title, known));
        (is(titles[0], "StartTime")).then(|| Self {
            packets: place("SrcPkts").or_else(|| place("TotPkts")),
            back: place("DstPkts"),
            bytes: place("SrcBytes").or_else(|| place("TotBytes")),
            bytes_back: place("DstBytes"),
        })
    }
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| byte.is_ascii_whitespace())
        .filter(|word| !word.is_empty())
}

/// Whether a word is a direction: what became of the conversation, and to which side it went. `who` asks for an
/// address.
fn is_direction(word: &[u8]) -> bool {
    let inner = word.strip_prefix(b"<").unwrap_or(word);
    let inner = inner.strip_suffix(b">").unwrap_or(inner);
    word == b"who" || (inner.len() < word.len() && matches!(inner, b"" | b"-" | b"|" | b"o" | b"?"))
}

impl Format for ArgusText {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Argus, as ra prints it in columns",
            counted: "each conversation, by the packets of the side that began it, else of both; the host is the other side",
            measures: About::EVERY,
        }
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let (mut at, mut places) = (0, 0);
        while let Some(length) = memchr::memchr(b'\n', &start.bytes[at..]) {
            let columns = Columns::of(&start.bytes[at..at + length]);
            at += length + 1;
            places += 1;
            if let Some(columns) = columns {
                let stamp = |line: &[u8]| read_stamp(line.trim_ascii()).map(|(stamp, _)| stamp);
                let first = start.bytes[at..].split(|byte| *byte == b'\n').find_map(stamp);
                let last = start.last.split(|byte| *byte == b'\n').filter_map(stamp).next_back();
                let (clock, remark) = Clock::new(start, first.unwrap_or_default(), last.unwrap_or_default());
                return Begin::Head(Begun {
                    head: Arc::new(Lines(Arc::new(Reader { columns, clock }))),
                    at,
                    places,
                    taken: "read as what Argus' ra prints: StartTime, Proto, SrcAddr, Dir, DstAddr, Dport".to_owned(),
                    remarks: remark.into_iter().collect(),
                });
            }
            if places as usize >= ODD_LINES {
                break;
            }
        }
        Begin::Other(InputError::OtherFormat {
            name: start.name.to_owned(),
            format: NAME,
            what: "no line of it names `StartTime`, `Proto`, `SrcAddr`, `Dir` and `DstAddr`".to_owned(),
        })
    }
}

/// Reads lines.
#[derive(Clone)]
struct Reader {
    columns: Columns,
    clock: Clock,
}

impl LineReader for Reader {
    fn read(&self, line: &[u8], place: u64, piece: &mut Piece) -> Line<Self> {
        let Some((stamp, length)) = read_stamp(line) else {
            return match Columns::of(line) {
                Some(columns) if columns != self.columns => Line::Change(Self {
                    columns,
                    ..self.clone()
                }),
                Some(_) => Line::Other,
                None => Line::Foreign,
            };
        };
        let told: Vec<&[u8]> = words(&line[length..]).collect();
        let mut fields = Fields {
            time: &line[..length],
            no_country: true,
            ..Fields::default()
        };
        match told.iter().position(|word| is_direction(word)) {
            Some(at @ 2..) => {
                let (protocol, direction) = (told[at - 2], told[at]);
                let has_ports = transport(protocol).is_some();
                let end = |index: usize| End::by_point(told.get(index).copied().unwrap_or_default(), has_ports);
                let count = |column: Option<usize>| column.and_then(|column| told.get(at + 2 + column).copied());
                let [left, right] = [end(at - 1), end(at + 1)];
                let Columns {
                    packets,
                    back,
                    bytes,
                    bytes_back,
                } = self.columns;
                let [packets, back, bytes, bytes_back] = [packets, back, bytes, bytes_back].map(count);
                let (from, to, packets, bytes) = match direction {
                    b"<-" => (right, left, back.or(packets), bytes_back.or(bytes)),
                    _ => (left, right, packets, bytes),
                };
                fields.bytes = bytes.unwrap_or_default();
                fields.protocol = protocol;
                fields.port = if has_ports { to.port } else { b"" };
                fields.packets = packets.unwrap_or_default();
                (fields.source, fields.destination) = (from.address, to.address);
            }
            // Flags are of a letter or two.
            _ => {
                let is_name = |word: &&&[u8]| word.len() > 2 && word.iter().all(u8::is_ascii_alphanumeric);
                fields.protocol = told.iter().find(is_name).copied().unwrap_or_default();
            }
        }
        let read = match self.clock.read(stamp) {
            Ok(read) => read,
            Err(error) => return Line::Unreadable(Fault::Time(error).describe("StartTime", &fields)),
        };
        fields.time_ns = Some(read.time_ns);
        let name = |field: Field| match field {
            Field::Time => "StartTime",
            Field::Protocol => "Proto",
            Field::Port => "Dport",
            Field::Packets => "packets",
            Field::Bytes => "bytes",
            Field::Code | Field::Country => "country",
        };
        if let Err(fault) = piece.add(place, &fields, name) {
            return Line::Unreadable(fault.describe(name(fault.field()), &fields));
        }
        let Some(clock) = read.moved else { return Line::Record };
        if self.clock.is_first_late(&clock) {
            piece.remark(place, LATE);
        }
        Line::Change(Self { clock, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use crate::input::Options;
    use crate::input::whole::{Whole, read_from};
    use crate::model::Protocol::{Tcp, Udp};
    use crate::model::{Protocol, Reason};

    /// Printed by ra 3.0.8 of the capture that the tables of text are of.
    const COLUMNS: &[u8] = include_bytes!("../../../tests/logs/argus/ra.txt");

    fn read(text: &[u8]) -> Whole {
        read_from(text, "flows-20130724.txt", &Options::default()).unwrap()
    }

    fn events(log: &Whole) -> Vec<(Protocol, u16, u64)> {
        let events = log.events.iter();
        events
            .map(|event| (event.port.protocol, event.port.number, event.packets))
            .collect()
    }

    #[test]
    fn conversations_are_those_of_the_capture() {
        let log = read(COLUMNS);
        let conversations = [(Tcp, 22, 6), (Udp, 53, 2), (Tcp, 443, 1), (Tcp, 23, 1), (Udp, 1900, 1)];
        assert_eq!(events(&log), conversations);
        assert_eq!(
            log.other_protocols,
            [("ICMP".to_owned(), 1), ("MAN".to_owned(), 2)].into()
        );
        assert_eq!(log.names.hosts, ["198.51.100.7", "2001:db8::7"]);
        // 2013-07-24T09:40:05.250Z.
        assert_eq!(log.events[0].time_ns, 1_374_658_805_250_000_000);
        assert!(log.formats[0].starts_with("read as what Argus"), "{:?}", log.formats);
        assert!(
            log.warnings.iter().all(|warning| !warning.contains("something else")),
            "{:?}",
            log.warnings
        );
    }

    #[test]
    fn directions_point_to_the_server_and_names_of_services_are_known() {
        let text = "StartTime Flgs Proto SrcAddr Sport Dir DstAddr Dport SrcPkts DstPkts State\n\
            2013-07-24 09:40:05.25 e s tcp 192.0.2.9.http <- 198.51.100.7.40000 5 3 FIN\n\
            2013-07-24 09:40:06 udp 192.0.2.9.5353 <?> 198.51.100.7.domain 2 1 CON\n\
            2013-07-24 09:40:07 e arp 192.0.2.9 who 192.0.2.1 1 1 CON\n\
            2013-07-24 09:40:08 e tcp 192.0.2.9.40000 ?> 198.51.100.7.nowhere 1 0 REQ\n\
            2013-07-24 09:40:09 e tcp 192.0.2.9.40000 o> 198.51.100.7.8080 4 0 TIM\n\
            ra terminated\n";
        let log = read(text.as_bytes());
        assert_eq!(events(&log), [(Tcp, 80, 3), (Udp, 53, 2), (Tcp, 8080, 4)]);
        assert_eq!(log.other_protocols, [("ARP".to_owned(), 1)].into());
        assert_eq!(log.names.hosts, ["192.0.2.9", "198.51.100.7"]);
        let unreadable = &log.left_out[&Reason::Unreadable].first_rows[0];
        assert!(
            unreadable.what.starts_with("`Dport` is \"nowhere\""),
            "{}",
            unreadable.what
        );
        assert!(log.warnings.iter().any(|warning| warning.contains("something else")));
    }

    #[test]
    fn every_prefix_is_read_or_refused() {
        let options = Options {
            format: Some("argus-text".to_owned()),
            ..Options::default()
        };
        for end in 0..COLUMNS.len() {
            if let Ok(log) = read_from(&COLUMNS[..end], "x-20130724", &options) {
                let left: u64 = log.left_out.values().map(|left| left.rows).sum();
                assert_eq!(log.rows, left + log.events.len() as u64);
            }
        }
    }
}
