//! Connections that Cisco's FTD logged: `%FTD-1-430002: ` for the beginning of one and 430003 for its end,
//! behind them pairs, `SrcIP: 192.0.2.1, DstIP: ...`.
//!
//! Source: Cisco, "Secure Firewall Threat Defense Syslog Messages", "Security Event Syslog Messages"
//! (<https://www.cisco.com/c/en/us/td/docs/security/firepower/Syslogs/fptd_syslog_guide.html>). The first
//! line of a connection counts, as a packet; its end by the packets of whoever began that were not told of before.
//! Intrusions, files and malware in it (430001, 430004, 430005) are repeats.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::record::Telling;
use crate::input::stamp::read_stamp;
use crate::input::syslog::Message;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::End;

/// The format.
pub(super) struct Ftd;

impl Lines for Ftd {
    fn about(&self) -> About {
        About {
            name: "cisco-ftd",
            title: "Cisco FTD connection events",
            counted: "each connection by InitiatorPackets: one when it begins, the others by its end; the host is the \
                      one that logged it, else the destination address; lines that tell of no more packets, such as \
                      alerts, are repeats",
            measures: About::EVERY,
        }
    }

    fn fields(&self) -> &'static str {
        "FirstPacketSecond, SrcIP, DstIP, Protocol, DstPort, InitiatorPackets"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        let Some(at) = memchr::memmem::find(message.line, b"-43000") else {
            return Said::Nothing;
        };
        let before = &message.line[..at];
        let Some(percent) = memchr::memrchr(b'%', before) else {
            return Said::Nothing;
        };
        let device = &before[percent + 1..];
        let number = b"-43000x".len();
        let is_own = device.starts_with(b"FTD-") || device.starts_with(b"NGIPS-");
        if !is_own || message.line.get(at + number) != Some(&b':') {
            return Said::Nothing;
        }
        let text = &message.line[at + number + 1..];
        let [
            mut source,
            mut destination,
            mut source_port,
            mut connection,
            mut device,
            mut instance,
        ] = [&b""[..]; 6];
        let fields = &mut packets.fields;
        *fields = Fields {
            host: message.host,
            no_country: true,
            ..Fields::default()
        };
        for (key, value) in values(text) {
            match key {
                b"SrcIP" => source = value,
                b"DstIP" => destination = value,
                b"SrcPort" => source_port = value,
                b"DstPort" => fields.port = value,
                b"Protocol" => fields.protocol = value,
                b"InitiatorPackets" if value != b"0" => fields.packets = value,
                b"InitiatorBytes" => fields.bytes = value,
                b"ConnectionID" => connection = value,
                b"InstanceID" => instance = value,
                b"DeviceUUID" => device = value,
                b"FirstPacketSecond" => {
                    fields.time = value;
                    packets.stamp = read_stamp(value).unwrap_or_default().0;
                }
                _ => {}
            }
        }
        if source.is_empty() || destination.is_empty() {
            return Said::Unreadable("`SrcIP` or `DstIP` is missing; expected a line that was not cut off".to_owned());
        }
        if !connection.is_empty() {
            let names = [
                connection,
                instance,
                device,
                fields.time,
                source,
                source_port,
                destination,
                fields.port,
            ];
            fields.tie = fields.tie.told_by(names);
            fields.tie.telling = Telling::Sums;
        }
        let (from, to) = (End::of(source, source_port), End::of(destination, fields.port));
        (fields.source, fields.destination, fields.port) = (from.address, to.address, to.port);
        if let [b'i' | b'I', b'c' | b'C', ..] = fields.protocol {
            fields.port = b"";
        }
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "FirstPacketSecond",
            Field::Protocol => "Protocol",
            Field::Port => "DstPort",
            Field::Packets => "InitiatorPackets",
            Field::Bytes => "InitiatorBytes",
            Field::Code | Field::Country => "country",
        }
    }
}

/// The pairs of a text, `Key: value, Key: value`. A value may hold commas.
fn values(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    memchr::memmem::find_iter(text, b": ").map(|colon| {
        let letters = text[..colon]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric());
        let key = &text[colon - letters.count()..colon];
        let rest = &text[colon + 2..];
        let mut commas = memchr::memmem::find_iter(rest, b", ").filter(|comma| {
            let behind = &rest[comma + 2..];
            let letters = behind.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            behind[letters..].starts_with(b": ")
        });
        (key, rest[..commas.next().unwrap_or(rest.len())].trim_ascii())
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ports, read};
    use crate::model::Reason;

    #[test]
    fn a_connection_is_told_at_its_beginning_and_its_end() {
        let text = "2026-01-02T10:11:15Z ftd %FTD-1-430002: EventPriority: Low, DeviceUUID: a-b, InstanceID: 1, \
                    FirstPacketSecond: 2026-01-02T10:11:12Z, ConnectionID: 7, AccessControlRuleAction: Allow, \
                    SrcIP: 192.0.2.1, DstIP: 198.51.100.7, SrcPort: 4000, DstPort: 443, Protocol: tcp, \
                    AccessControlRuleName: a, b: c\n\
                    2026-01-02T10:12:15Z ftd %FTD-1-430003: EventPriority: Low, DeviceUUID: a-b, InstanceID: 1, \
                    FirstPacketSecond: 2026-01-02T10:11:12Z, ConnectionID: 7, AccessControlRuleAction: Allow, \
                    SrcIP: 192.0.2.1, DstIP: 198.51.100.7, SrcPort: 4000, DstPort: 443, Protocol: tcp, \
                    InitiatorPackets: 12, ResponderPackets: 9\n\
                    2026-01-02T10:12:15Z ftd %FTD-1-430003: DeviceUUID: a-b, InstanceID: 1, \
                    FirstPacketSecond: 2026-01-02T10:11:13Z, ConnectionID: 8, \
                    SrcIP: 192.0.2.2, DstIP: 198.51.100.7, SrcPort: 4000, DstPort: 53, Protocol: udp, \
                    InitiatorPackets: 3\n\
                    2026-01-02T10:12:15Z ftd %FTD-1-430003: SrcIP: 192.0.2.2, DstI\n";
        let log = read(text);
        assert_eq!(ports(&log), ["TCP 443", "TCP 443", "UDP 53"]);
        let events = log.events.iter();
        let events: Vec<(i64, u64)> = events
            .map(|event| (event.time_ns / 1_000_000_000 - 1_767_348_672, event.packets))
            .collect();
        assert_eq!(events, [(0, 1), (0, 11), (1, 3)]);
        assert_eq!(
            (log.rows, log.packets, log.left_out[&Reason::Unreadable].rows),
            (4, 16, 1)
        );
        assert_eq!(log.names.hosts, ["ftd"]);
    }
}
