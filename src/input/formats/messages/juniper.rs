//! Sessions that Juniper's SRX logged: `RT_FLOW_SESSION_CREATE`, `_CLOSE` and `_DENY`, as text
//! (`192.0.2.1/4000->198.51.100.7/23`) or as structured data (`source-address="192.0.2.1" ...`).
//!
//! Source: Juniper, "System Log Explorer", RT_FLOW
//! (<https://apps.juniper.net/syslog-explorer/>). The creation of a session counts as a packet; its end by
//! the packets from the client that were not told of before. A session that was denied is one packet.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::pairs::Pairs;
use crate::input::record::Telling;
use crate::input::syslog::Message;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::End;

/// The format.
pub(super) struct Juniper;

const SESSION: &[u8] = b"RT_FLOW_SESSION_";

impl Lines for Juniper {
    fn about(&self) -> About {
        About {
            name: "juniper-srx",
            title: "Juniper SRX sessions",
            counted: "each session by its packets from the client: one when it is created, the others by its end; the \
                      host is the one that logged it, else the destination address",
            measures: About::EVERY,
        }
    }

    fn fields(&self) -> &'static str {
        "addresses, protocol and port of each session, and the line's time and host"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        let Some(at) = memchr::memmem::find(message.line, SESSION) else {
            return Said::Nothing;
        };
        let text = &message.line[at + SESSION.len()..];
        let is_close = text.starts_with(b"CLOSE");
        if !is_close && !text.starts_with(b"CREATE") && !text.starts_with(b"DENY") {
            return Said::Other;
        }
        let structured = memchr::memmem::find(text, b"source-address=").is_some();
        let found = if structured { by_pairs(text) } else { by_words(text) };
        let Some(found) = found else {
            return Said::Unreadable("session is not whole; expected two ends and a protocol".to_owned());
        };
        let mut fields = Fields {
            protocol: found.protocol,
            port: found.to.port,
            host: message.host,
            source: found.from.address,
            destination: found.to.address,
            no_country: true,
            ..Fields::default()
        };
        if is_close {
            (fields.packets, fields.bytes) = (found.packets, found.bytes);
        }
        if !text.starts_with(b"DENY") && !found.session.is_empty() {
            let names = [
                found.session,
                message.host,
                found.from.port,
                found.to.port,
                found.protocol,
            ];
            fields.tie = fields.tie.told_by(names);
            fields.tie.telling = Telling::Sums;
        }
        packets.fields = fields;
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "time",
            Field::Protocol => "protocol-id",
            Field::Port => "destination-port",
            Field::Packets => "packets-from-client",
            Field::Bytes => "bytes-from-client",
            Field::Code | Field::Country => "country",
        }
    }
}

/// What a message tells.
#[derive(Default)]
struct Found<'l> {
    protocol: &'l [u8],
    from: End<'l>,
    to: End<'l>,
    session: &'l [u8],
    packets: &'l [u8],
    bytes: &'l [u8],
}

fn by_pairs(text: &[u8]) -> Option<Found<'_>> {
    let mut found = Found::default();
    let [mut source, mut source_port, mut destination, mut port] = [&b""[..]; 4];
    for (key, value) in Pairs::of(text) {
        match key {
            b"source-address" => source = value,
            b"source-port" => source_port = value,
            b"destination-address" => destination = value,
            b"destination-port" => port = value,
            b"protocol-id" => found.protocol = value,
            b"session-id-32" | b"session-id" => found.session = value,
            b"bytes-from-client" => found.bytes = value,
            b"packets-from-client" if value != b"0" => found.packets = value,
            _ => {}
        }
    }
    (found.from, found.to) = (End::of(source, source_port), End::of(destination, port));
    (!destination.is_empty() && !found.protocol.is_empty()).then_some(found)
}

/// `session created 192.0.2.1/4000->198.51.100.7/23 0x0 junos-telnet 192.0.2.1/4000->... N/A N/A 6 policy trust untrust
/// 12345 ...`; of a session that ended, its packets and bytes follow, `5(300) 4(280)`. The number of words between
/// the ends and the protocol is that of the version: the protocol is the first that is a number.
fn by_words(text: &[u8]) -> Option<Found<'_>> {
    let arrow = memchr::memmem::find(text, b"->")?;
    let start = memchr::memrchr(b' ', &text[..arrow]).map_or(0, |blank| blank + 1);
    let mut words = text[start..]
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty());
    let ends = words.next()?;
    let arrow = memchr::memmem::find(ends, b"->")?;
    let (from, to) = (End::by_slash(&ends[..arrow]), End::by_slash(&ends[arrow + 2..]));
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let protocol = words.find_map(|word| {
        // `6(0)` is the protocol and the type of an ICMP message.
        let number = &word[..memchr::memchr(b'(', word).unwrap_or(word.len())];
        is_number(number).then_some(number)
    })?;
    // Policy and zones stand between.
    let session = words.clone().skip(3).find(|word| is_number(word)).unwrap_or_default();
    let sums = words.skip(3).find_map(|word| {
        let bracket = memchr::memchr(b'(', word)?;
        let (number, bytes) = (&word[..bracket], word[bracket + 1..].strip_suffix(b")")?);
        (is_number(number) && number != b"0").then_some((number, bytes))
    });
    let (packets, bytes) = sums.unwrap_or_default();
    Some(Found {
        protocol,
        from,
        to,
        session,
        packets,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ports, read};
    use crate::model::Reason;

    #[test]
    fn sessions_are_read_in_both_forms() {
        let head = "<14>1 2026-01-02T10:11:12.000Z srx RT_FLOW - RT_FLOW_SESSION_";
        let ends = "source-address=\"192.0.2.1\" source-port=\"4000\" destination-address=\"198.51.100.7\" destination-port=\"23\"";
        let text = format!(
            "{head}CREATE [junos@2636.1.1.1.2.40 {ends} protocol-id=\"6\" policy-name=\"p\" session-id-32=\"7\"]\n\
             {head}CLOSE [junos@2636.1.1.1.2.40 reason=\"TCP FIN\" {ends} protocol-id=\"6\" session-id-32=\"7\" packets-from-client=\"5\"]\n\
             Jan  2 10:11:12 srx RT_FLOW: RT_FLOW_SESSION_CREATE: session created 192.0.2.2/4001->198.51.100.7/53 0x0 junos-dns-udp \
             192.0.2.2/4001->198.51.100.7/53 0x0 N/A N/A N/A N/A 17 policy trust untrust 12345 N/A(N/A) ge-0/0/0.0\n\
             Jan  2 10:11:12 srx RT_FLOW: RT_FLOW_SESSION_CLOSE: session closed idle Timeout: 192.0.2.3/4002->198.51.100.7/80 junos-http \
             192.0.2.3/4002->198.51.100.7/80 None None 6 policy trust untrust 12346 8(480) 4(280) 2 UNKNOWN\n\
             Jan  2 10:11:12 srx RT_FLOW: RT_FLOW_SESSION_DENY: session denied 192.0.2.4/4003->198.51.100.7/445 junos-smb 6(0) policy \
             trust untrust UNKNOWN\n\
             Jan  2 10:11:12 srx RT_FLOW: RT_FLOW_SESSION_DENY: session denied 192.0.2.4/8->198.51.100.7/1 icmp 1(8) policy a b\n\
             Jan  2 10:11:12 srx RT_FLOW: RT_FLOW_SESSION_CREATE: session created 192.0.2.2/4001->198.5\n"
        );
        let log = read(&text);
        assert_eq!(ports(&log), ["TCP 23", "TCP 23", "UDP 53", "TCP 80", "TCP 445"]);
        let packets: Vec<u64> = log.events.iter().map(|event| event.packets).collect();
        assert_eq!(packets, [1, 4, 1, 8, 1]);
        assert_eq!(log.left_out[&Reason::Unreadable].rows, 1);
        assert!(!log.left_out.contains_key(&Reason::Repeat));
        assert_eq!(log.names.hosts, ["srx"]);
    }
}
