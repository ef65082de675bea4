//! Sessions and threats that Palo Alto's firewalls logged by syslog: lines of commas, whose fourth field is
//! `TRAFFIC` or `THREAT`.
//!
//! Source: Palo Alto Networks, "Syslog Field Descriptions"
//! (<https://docs.paloaltonetworks.com/pan-os/11-0/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions>).
//! The first line of a session counts, by the packets that its client sent where they are told, else as one packet;
//! its end by those that were not told of before. Without any, as threats in it are, lines are repeats.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::record::Telling;
use crate::input::stamp::read_stamp;
use crate::input::syslog::Message;
use crate::words::counted;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::End;

/// The format.
pub(super) struct PaloAlto;

/// Fields that are looked at, counted from 0.
const MOST_FIELDS: usize = 60;

/// Fields of both kinds.
const TYPE: usize = 3;
const SERIAL: usize = 2;
const GENERATED: usize = 6;
const SOURCE: usize = 7;
const DESTINATION: usize = 8;
const SESSION: usize = 22;
const REPEATED: usize = 23;
const SOURCE_PORT: usize = 24;
const PORT: usize = 25;
const PROTOCOL: usize = 29;
/// Bytes sent, and bytes of both ways.
const BYTES: [usize; 2] = [32, 31];

impl Lines for PaloAlto {
    fn about(&self) -> About {
        About {
            name: "palo-alto",
            title: "Palo Alto TRAFFIC and THREAT by syslog",
            counted: "each session by the packets sent: one when it starts, the others by its end; the host is the \
                      device's name; lines that tell of no more packets, such as threats, are repeats",
            measures: About::EVERY,
        }
    }

    fn fields(&self) -> &'static str {
        "start or generated time, source, destination, protocol, destination port, packets sent, source location, \
         device name"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        let traffic = memchr::memmem::find(message.text, b",TRAFFIC,").is_some();
        if !traffic && memchr::memmem::find(message.text, b",THREAT,").is_none() {
            return Said::Nothing;
        }
        let mut found = [&b""[..]; MOST_FIELDS];
        let mut count = 0;
        for (field, cell) in found.iter_mut().zip(Cells(Some(message.text))) {
            *field = cell;
            count += 1;
        }
        if !matches!(found[TYPE], b"TRAFFIC" | b"THREAT") {
            return Said::Nothing;
        }
        if count <= PROTOCOL {
            let found = counted(count as u64, "field");
            return Said::Unreadable(format!("line has {found}, expected at least {}", PROTOCOL + 1));
        }
        // Sessions have the time of their start, and say their packets in one of two fields.
        let (times, numbers, location, device) = match traffic {
            true => ([35, GENERATED], [44, 34], 41, 52),
            false => ([GENERATED, 1], [REPEATED, REPEATED], 38, 59),
        };
        let (stamp, time) = times
            .iter()
            .find_map(|at| Some((read_stamp(found[*at])?.0, found[*at])))
            .unwrap_or((packets.stamp, found[GENERATED]));
        let sent = numbers
            .into_iter()
            .map(|at| found[at])
            .find(|text| !matches!(*text, b"" | b"0"));
        let bytes = BYTES
            .map(|at| found[at])
            .into_iter()
            .find(|text| traffic && !text.is_empty());
        let (from, to) = (
            End::of(found[SOURCE], found[SOURCE_PORT]),
            End::of(found[DESTINATION], found[PORT]),
        );
        let protocol = found[PROTOCOL];
        let mut fields = Fields {
            time,
            protocol,
            port: to.port,
            packets: sent.unwrap_or_default(),
            bytes: bytes.unwrap_or_default(),
            host: if found[device].is_empty() {
                message.host
            } else {
                found[device]
            },
            source: from.address,
            destination: to.address,
            no_country: count <= location,
            ..Fields::default()
        };
        match found[location] {
            // The range of private addresses that it is of.
            [b'0'..=b'9', ..] => {}
            code @ [_, _] => fields.code = code,
            name => fields.country = name,
        }
        if !matches!(found[SESSION], b"" | b"0") {
            let names = [SESSION, SERIAL, SOURCE, SOURCE_PORT, DESTINATION, PORT].map(|at| found[at]);
            fields.tie = fields.tie.told_by(names.into_iter().chain([protocol]));
            fields.tie.telling = Telling::Sums;
        }
        packets.stamp = stamp;
        packets.fields = fields;
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "generated time",
            Field::Protocol => "protocol",
            Field::Port => "destination port",
            Field::Packets => "packets",
            Field::Bytes => "bytes",
            Field::Code | Field::Country => "source location",
        }
    }
}

/// The cells of a line of commas; one in quotes may hold commas.
struct Cells<'l>(Option<&'l [u8]>);

impl<'l> Iterator for Cells<'l> {
    type Item = &'l [u8];

    fn next(&mut self) -> Option<&'l [u8]> {
        let text = self.0?;
        if let Some(inner) = text.strip_prefix(b"\"") {
            let mut at = 0;
            while let Some(length) = memchr::memchr(b'"', &inner[at..]) {
                at += length + 1;
                match inner.get(at) {
                    // A quote in a quoted cell is doubled.
                    Some(b'"') => at += 1,
                    behind => {
                        self.0 = behind.map(|_| inner[at..].strip_prefix(b",").unwrap_or(&inner[at..]));
                        return Some(&inner[..at - 1]);
                    }
                }
            }
        }
        match memchr::memchr(b',', text) {
            Some(comma) => {
                self.0 = Some(&text[comma + 1..]);
                Some(&text[..comma])
            }
            None => {
                self.0 = None;
                Some(text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{countries, ports, read};
    use super::Cells;
    use crate::model::Reason;

    fn line(kind: &str, subtype: &str, session: &str, protocol: &str, more: &[(usize, &str)]) -> String {
        let mut fields = vec![""; 60];
        for (at, text) in [
            (0, "1"),
            (1, "2026/01/02 10:12:00"),
            (2, "001234"),
            (3, kind),
            (4, subtype),
            (6, "2026/01/02 10:11:30"),
            (7, "192.0.2.1"),
            (8, "198.51.100.7"),
            (11, "\"a, \"\"rule\"\"\""),
            (22, session),
            (23, "3"),
            (24, "4000"),
            (25, "443"),
            (29, protocol),
        ]
        .iter()
        .chain(more)
        {
            fields[*at] = text;
        }
        format!("Jan  2 10:12:00 pa {}\n", fields.join(","))
    }

    #[test]
    fn sessions_and_threats_are_read() {
        let start = [
            (34, "0"),
            (35, "2026/01/02 10:11:12"),
            (41, "CN"),
            (52, "edge"),
            (44, "0"),
        ];
        let end = [
            (34, "20"),
            (35, "2026/01/02 10:11:12"),
            (41, "CN"),
            (52, "edge"),
            (44, "12"),
        ];
        let text = [
            line("TRAFFIC", "start", "7", "tcp", &start),
            line("TRAFFIC", "end", "7", "tcp", &end),
            line("THREAT", "vulnerability", "7", "tcp", &[(38, "China")]),
            line(
                "TRAFFIC",
                "end",
                "8",
                "udp",
                &[(34, "20"), (44, "12"), (41, "10.0.0.0-10.255.255.255")],
            ),
            line("TRAFFIC", "drop", "0", "tcp", &[(34, "1"), (41, "South Korea")]),
            line("THREAT", "flood", "0", "tcp", &[(38, "DE")]),
            "Jan  2 10:12:00 pa 1,2026/01/02 10:12:00,0012,TRAFFIC,end,2305\n".to_owned(),
            "Jan  2 10:12:00 pa 1,2026/01/02 10:12:00,0012,SYSTEM,general,0\n".to_owned(),
        ]
        .concat();
        let log = read(&text);
        assert_eq!(ports(&log), ["TCP 443", "TCP 443", "UDP 443", "TCP 443", "TCP 443"]);
        let packets: Vec<u64> = log.events.iter().map(|event| event.packets).collect();
        assert_eq!(packets, [1, 11, 12, 1, 3]);
        assert_eq!(countries(&log), ["CN", "CN", "Unknown", "South Korea", "DE"]);
        assert_eq!(log.names.hosts, ["edge", "pa"]);
        assert_eq!(
            (
                log.left_out[&Reason::Repeat].rows,
                log.left_out[&Reason::Unreadable].rows
            ),
            (1, 1)
        );
        // 10:11:12 and 10:11:30
        let times: Vec<i64> = log
            .events
            .iter()
            .map(|event| event.time_ns / 1_000_000_000 - 1_767_348_672)
            .collect();
        assert_eq!(times, [0, 0, 18, 18, 18]);
    }

    #[test]
    fn cells_are_cut_at_commas() {
        for (text, expected) in [
            ("a,,\"b,c\",\"d\"\"e\"", &["a", "", "b,c", "d\"\"e"][..]),
            ("\"open,b", &["\"open", "b"]),
            ("\"a\"b,c", &["a", "b", "c"]),
            ("", &[""]),
            ("a,", &["a", ""]),
        ] {
            let cells = Cells(Some(text.as_bytes())).map(|cell| std::str::from_utf8(cell).unwrap());
            assert_eq!(cells.collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
