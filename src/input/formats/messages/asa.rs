//! What Cisco's firewalls log by syslog, ASA and its relatives (PIX, FWSM, the same messages of FTD): a line
//! an event, behind `%ASA-6-302013: `.
//!
//! Source: Cisco, "Secure Firewall ASA Series Syslog Messages"
//! (<https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html>). Counted are connections
//! that were built (302013, 302015, and by name 302017, 302020, 302303), once each, and packets that were
//! denied (106001, 106006, 106007, 106010, 106014, 106015, 106021, 106023, 106100, 710003, 710005). The end
//! of a connection, translations and all else are not. Of an outbound connection the address behind `to`
//! began. A connection that a list permitted (106100) is told again when it is built: a repeat. Packets that
//! were denied may be replies.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::record::{Telling, Tie};
use crate::input::syslog::Message;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::{End, one_way, sign};

/// The format.
pub(super) struct Asa;

/// Words that a message's number is behind.
const DEVICES: [&[u8]; 4] = [b"ASA-", b"FTD-", b"PIX-", b"FWSM-"];

impl Lines for Asa {
    fn about(&self) -> About {
        About {
            name: "cisco-asa",
            title: "Cisco ASA, PIX and FWSM",
            counted: "each connection that was built and each packet that was denied, 106100 by its hits; the host \
                      is the one that logged it, else the destination address; a connection that a list permitted \
                      before it was built is a repeat, and packets denied on their way back are replies",
            measures: About::WITHOUT_BYTES,
        }
    }

    fn fields(&self) -> &'static str {
        "addresses, protocol and port as each message has them, and the line's time and host"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        let Some((number, text)) = numbered(message.line) else {
            return Said::Nothing;
        };
        let found = match number {
            b"302013" => built(text, b"TCP"),
            b"302015" => built(text, b"UDP"),
            b"302017" => named(b"GRE"),
            b"302020" => named(b"ICMP"),
            b"302303" => named(b"SCTP"),
            b"106001" | b"106006" | b"106007" | b"106015" | b"106021" | b"710003" | b"710005" => from_to(text),
            b"106010" | b"106014" | b"106023" => source_destination(text),
            b"106100" => access_list(text),
            _ => return Said::Other,
        };
        let Some(found) = found else {
            return Said::Unreadable(format!(
                "message {} is not as it should be; expected both its ends, and a line that was not cut off",
                String::from_utf8_lossy(number)
            ));
        };
        packets.fields = Fields {
            protocol: found.protocol,
            port: found.to.port,
            packets: found.packets,
            host: message.host,
            source: found.from.address,
            destination: found.to.address,
            no_country: true,
            tie: found.tie,
            ..Fields::default()
        };
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "time",
            Field::Protocol => "protocol",
            Field::Port => "destination port",
            Field::Packets => "hit-cnt",
            Field::Bytes => "bytes",
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
    packets: &'l [u8],
    tie: Tie,
}

/// A message's number and what follows it: `%ASA-6-302013: ...`, `%ASA-session-6-302013: ...`.
fn numbered(line: &[u8]) -> Option<(&[u8], &[u8])> {
    for percent in memchr::memchr_iter(b'%', line) {
        let rest = &line[percent + 1..];
        let Some(device) = DEVICES.iter().find(|device| rest.starts_with(device)) else {
            continue;
        };
        let colon = rest.iter().take(40).position(|byte| *byte == b':')?;
        let number = rest[device.len()..colon].split(|byte| *byte == b'-').next_back()?;
        let is_number = number.len() == 6 && number.iter().all(u8::is_ascii_digit);
        // Messages of FTD from 430001 on are of another kind.
        return (is_number && !number.starts_with(b"43000")).then(|| (number, rest[colon + 1..].trim_ascii()));
    }
    None
}

/// A message that is counted by its protocol's name.
fn named(protocol: &'static [u8]) -> Option<Found<'static>> {
    Some(Found {
        protocol,
        ..Found::default()
    })
}

/// `Built inbound TCP connection 1 for outside:192.0.2.1/4000 (192.0.2.1/4000) to inside:10.0.0.5/80 (...)`.
fn built<'l>(text: &'l [u8], protocol: &'static [u8]) -> Option<Found<'l>> {
    let (before, rest) = split_once(text, b" for ")?;
    let (near, far) = split_once(rest, b" to ")?;
    let (near, far) = (end(first_word(near)), end(first_word(far)));
    let outbound = memchr::memmem::find(before, b"utbound").is_some();
    let (from, to) = if outbound { (far, near) } else { (near, far) };
    Some(Found {
        protocol,
        from,
        to,
        tie: connection(protocol, &from, &to, Telling::Follows),
        ..Found::default()
    })
}

/// `Deny TCP (no connection) from 192.0.2.1/4000 to 10.0.0.5/80 flags SYN on interface outside`, and others
/// that name the protocol with their first words.
fn from_to(text: &[u8]) -> Option<Found<'_>> {
    let (before, rest) = split_once(text, b" from ")?;
    let (from, rest) = split_once(rest, b" to ")?;
    let to = first_word(rest);
    let words = before.split(|byte| *byte == b' ');
    let mut words = words.filter(|word| !matches!(*word, b"Deny" | b"inbound" | b"Inbound"));
    let protocol = words.next()?;
    let has = |flag: &[u8]| memchr::memmem::find(rest, flag).is_some();
    let (from, to) = (end(first_word(from)), end(to));
    let sign = sign(has(b" SYN"), has(b" ACK"));
    Some(Found {
        protocol,
        from,
        to,
        tie: one_way(protocol, &from, &to, sign),
        ..Found::default()
    })
}

/// `Deny tcp src outside:192.0.2.1/4000 dst inside:10.0.0.5/80 by access-group "x"`.
fn source_destination(text: &[u8]) -> Option<Found<'_>> {
    let (before, rest) = split_once(text, b" src ")?;
    let (from, rest) = split_once(rest, b" dst ")?;
    let protocol = before.split(|byte| *byte == b' ').next_back()?;
    let (from, to) = (end(first_word(from)), end(first_word(rest)));
    Some(Found {
        protocol,
        from,
        to,
        tie: one_way(protocol, &from, &to, sign(false, false)),
        ..Found::default()
    })
}

/// `access-list x denied tcp outside/192.0.2.1(4000) -> inside/10.0.0.5(80) hit-cnt 1 first hit [...]`.
fn access_list(text: &[u8]) -> Option<Found<'_>> {
    let mut words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let verdict = words
        .by_ref()
        .skip(2)
        .find(|word| matches!(*word, b"permitted" | b"denied" | b"est-allowed"))?;
    let protocol = words.next()?;
    let from = words.next()?;
    words.by_ref().find(|word| *word == b"->")?;
    let to = words.next()?;
    words.by_ref().find(|word| *word == b"hit-cnt")?;
    let packets = words.next()?;
    let of = |text: &'_ [u8]| memchr::memchr(b'/', text).map_or(0, |slash| slash + 1);
    let (from, to) = (End::by_bracket(&from[of(from)..]), End::by_bracket(&to[of(to)..]));
    let tie = match (verdict, words.next()) {
        (b"permitted", Some(b"first")) => connection(protocol, &from, &to, Telling::Announces),
        (b"permitted", _) => Tie::default(),
        _ => one_way(protocol, &from, &to, sign(false, false)),
    };
    Some(Found {
        protocol,
        from,
        to,
        packets,
        tie,
    })
}

/// The tie of messages that tell of one connection.
fn connection(protocol: &[u8], from: &End<'_>, to: &End<'_>, telling: Telling) -> Tie {
    let tie = one_way(protocol, from, to, sign(false, false));
    // Both have the same ends, so the conversation names the connection.
    Tie {
        connection: tie.conversation,
        telling,
        ..Tie::default()
    }
}

/// An end behind its interface, `outside:192.0.2.1/4000`, or without one, perhaps with a user in brackets.
fn end(text: &[u8]) -> End<'_> {
    let text = &text[..memchr::memchr(b'(', text).unwrap_or(text.len())];
    let Some(colon) = memchr::memchr(b':', text) else {
        return End::by_slash(text);
    };
    let whole = End::by_slash(text);
    // An IPv6 address without an interface has colons of its own.
    if whole.address.ip().is_some() {
        return whole;
    }
    End::by_slash(&text[colon + 1..])
}

fn first_word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    &text[..memchr::memchr(b' ', text).unwrap_or(text.len())]
}

fn split_once<'l>(text: &'l [u8], by: &[u8]) -> Option<(&'l [u8], &'l [u8])> {
    let at = memchr::memmem::find(text, by)?;
    Some((&text[..at], &text[at + by.len()..]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ports, read, sources};
    use crate::model::Reason;

    #[test]
    fn messages_are_read_as_they_are_documented() {
        let head = "Jan 02 2026 10:11:12 asa : %ASA-6-";
        let text = format!(
            "{head}302013: Built inbound TCP connection 1 for outside:192.0.2.1/4000 (192.0.2.1/4000) to inside:10.0.0.5/80 (203.0.113.5/80)\n\
             {head}302014: Teardown TCP connection 1 for outside:192.0.2.1/4000 to inside:10.0.0.5/80 duration 0:00:01 bytes 5 TCP FINs\n\
             {head}302015: Built outbound UDP connection 2 for outside:198.51.100.9/53 (198.51.100.9/53)(LOCAL\\x) to inside:10.0.0.7/5000 (10.0.0.7/5000) (x)\n\
             {head}106023: Deny tcp src outside:192.0.2.3/4001 dst inside:10.0.0.5/telnet by access-group \"x\" [0x0, 0x0]\n\
             {head}106023: Deny icmp src outside:192.0.2.3 dst inside:10.0.0.5 (type 8, code 0) by access-group \"x\"\n\
             {head}106100: access-list x denied udp outside/192.0.2.4(4002) -> inside/10.0.0.5(161) hit-cnt 7 300-second interval [0x0, 0x0]\n\
             {head}106001: Inbound TCP connection denied from 192.0.2.5/4003 to 203.0.113.5/23 flags SYN on interface outside\n\
             {head}106006: Deny inbound UDP from 192.0.2.6/4004 to 203.0.113.5/1900 on interface outside\n\
             {head}106015: Deny TCP (no connection) from 192.0.2.7/443 to 203.0.113.5/50000 flags SYN ACK on interface outside\n\
             {head}710003: TCP access denied by ACL from 192.0.2.8/4005 to outside:203.0.113.5/22\n\
             {head}710005: UDP request discarded from 2001:db8::1/4006 to outside:2001:db8::2/snmp\n\
             {head}302020: Built inbound ICMP connection for faddr 192.0.2.1/0 gaddr 203.0.113.5/0 laddr 10.0.0.5/0\n\
             {head}302013: Built inbound TCP connection 3 for outside:192.0\n"
        );
        let log = read(&text);
        assert_eq!(
            ports(&log),
            [
                "TCP 80", "UDP 53", "TCP 23", "UDP 161", "TCP 23", "UDP 1900", "TCP 22", "UDP 161"
            ]
        );
        assert_eq!(
            sources(&text),
            [
                "192.0.2.1",
                "10.0.0.7",
                "192.0.2.3",
                "192.0.2.4",
                "192.0.2.5",
                "192.0.2.6",
                "192.0.2.8",
                "2001:db8::1"
            ]
        );
        let packets: Vec<u64> = log.events.iter().map(|event| event.packets).collect();
        assert_eq!(packets, [1, 1, 1, 7, 1, 1, 1, 1]);
        assert_eq!(log.names.hosts, ["asa"]);
        assert_eq!(log.other_protocols, [("ICMP".to_owned(), 2)].into());
        assert_eq!(
            (
                log.left_out[&Reason::Reply].rows,
                log.left_out[&Reason::Unreadable].rows
            ),
            (1, 1)
        );
        assert_eq!(log.events[0].time_ns, 1_767_348_672_000_000_000);
    }

    #[test]
    fn a_connection_that_was_permitted_is_built_once() {
        let text = "<166>Jan 02 2026 10:11:12: %ASA-6-106100: access-list x permitted tcp outside/192.0.2.1(4000) -> \
                    inside/10.0.0.5(80) hit-cnt 1 first hit [0x0, 0x0]\n\
                    <166>Jan 02 2026 10:11:12: %ASA-6-302013: Built inbound TCP connection 1 for \
                    outside:192.0.2.1/4000 (192.0.2.1/4000) to inside:10.0.0.5/80 (10.0.0.5/80)\n";
        let log = read(text);
        assert_eq!((log.events.len(), log.left_out[&Reason::Repeat].rows), (1, 1));
    }
}
